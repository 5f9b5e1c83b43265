#include "cli/ledger_command.h"

#include "base/program.h"
#include "base/say.h"
#include "cli/evidence.h"
#include "cli/ledger_export.h"
#include "cli/ledger_prune.h"
#include "cli/ledger_verify.h"
#include "cli/ledger_vouched.h"
#include "cli/nouns.h"
#include "cli/reindex.h"

#include <string.h>

typedef struct {
	const char *verb;
	int (*run)(int argc, char **argv); /* argv[0] is the verb */
	const char *arguments, *about;
} Row;

static const Row rows[] = {
	{ "export", fn_ledger_export_command, "DIR", FN_SAY("entries as NDJSON, syslog or CEF, to standard output") },
	{ "reindex", fn_ledger_reindex_command, "DIR", FN_SAY("throws the index of the ledger away; fengni-clock makes it anew") },
	{ "prune", fn_ledger_prune_command, "DIR", FN_SAY("what pruning could take, month by month; changes nothing") },
	{ "verify", fn_ledger_verify_command, "DIR|URL", FN_SAY("checks every byte of a ledger directory, or what a ledger publishes") },
	{ "vouched", fn_ledger_vouched_command, "DIR", FN_SAY("who outside vouches for a ledger: cosignatures and time stamps, verified") },
	{ "prove", fn_ledger_prove_command, "DIR INDEX", FN_SAY("writes the proof of an entry: a receipt, or a C2SP tlog-proof") },
};

char *
fn_ledger_help(void)
{
	GString *text = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *words = g_strjoin(" ", "ledger", rows[i].verb, rows[i].arguments, NULL);

		g_string_append_printf(text, "  %-22s %s\n", words, fn_say(rows[i].about));
	}
	return g_string_free(text, FALSE);
}

static int
help(gboolean asked)
{
	g_autofree char *mine = fn_ledger_help();
	g_autofree char *theirs = fn_nouns_help("ledger");
	FILE *to = asked ? stdout : stderr;

	fprintf(to, fn_say("usage: %s"), "fengni ledger COMMAND …\n");
	fprintf(to, "%s\n%s\n%s", mine, fn_say("With a session (fengni login):"), theirs);
	return asked ? FN_EXIT_OK : FN_EXIT_USAGE;
}

int
fn_ledger_command(int argc, char **argv)
{
	const char *wanted = argc > 1 ? argv[1] : "";

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		if (g_str_equal(rows[i].verb, wanted))
			return rows[i].run(argc - 1, argv + 1);
	if (fn_nouns_have(argv[0], wanted))
		return fn_nouns_command(argc, argv);
	return help(g_str_equal(wanted, "--help"));
}
