/* Which function a word after `fengni ledger` leads to, told by its exit code. */
#include "cli/ledger_command.h"
#include "cli/test_quiet.h"

#include "base/program.h"

#include <glib.h>
#include <string.h>

static int
run(const char *words)
{
	g_auto(GStrv) word = g_strsplit(words, " ", -1);
	g_autofree char **argv = g_memdup2(word, sizeof(char *) * (g_strv_length(word) + 1)); /* the option parser moves them */

	return quietly(fn_ledger_command, (int)g_strv_length(word), argv);
}

static void
test_leads(void)
{
	static const struct {
		const char *words;
		int code;
	} cases[] = {
		{ "ledger --help", FN_EXIT_OK },
		{ "ledger", FN_EXIT_USAGE },
		{ "ledger nothing", FN_EXIT_USAGE },
		{ "ledger verify", FN_EXIT_USAGE },
		{ "ledger reindex", FN_EXIT_USAGE },
		{ "ledger export", FN_EXIT_USAGE },
		{ "ledger export /nonexistent", FN_EXIT_ENVIRONMENT },
		{ "ledger export /nonexistent --form xml", FN_EXIT_USAGE },
		{ "ledger export /nonexistent --from -1", FN_EXIT_USAGE },
		{ "ledger export /nonexistent --until x", FN_EXIT_USAGE },
		{ "ledger export /nonexistent --form cef --from 1 --until 9", FN_EXIT_ENVIRONMENT },
		{ "ledger prune /nonexistent", FN_EXIT_USAGE }, /* only a dry run */
		{ "ledger prune --dry-run", FN_EXIT_USAGE },
		{ "ledger prune /nonexistent --dry-run", FN_EXIT_ENVIRONMENT },
		{ "ledger verify /nonexistent --keys /nonexistent", FN_EXIT_ENVIRONMENT },
		{ "ledger head", FN_EXIT_ENVIRONMENT }, /* of nouns.c: no session here */
		{ "ledger receipt", FN_EXIT_USAGE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("%s", cases[i].words);
		g_assert_cmpint(run(cases[i].words), ==, cases[i].code);
	}
}

static void
test_help(void)
{
	g_autofree char *help = fn_ledger_help();

	g_assert_nonnull(strstr(help, "  ledger verify DIR|URL "));
	g_assert_true(g_str_has_suffix(help, "\n"));
}

int
main(int argc, char **argv)
{
	g_setenv("FENGNI_SESSION", "/nonexistent/session.json", TRUE);
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ledger-command/leads", test_leads);
	g_test_add_func("/ledger-command/help", test_help);
	return g_test_run();
}
