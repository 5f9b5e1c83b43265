#include "rules/command.h"

#include "base/program.h"

#include <glib.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* A room above that is content, and one that is not. */
static gboolean
is_content(const FnRules *rules, GError **error)
{
	return fn_rules_get(rules, "packs", "national") != NULL;
}

static gboolean
wants_more(const FnRules *rules, GError **error)
{
	g_set_error(error, FN_RULES_ERROR, FN_RULES_ERROR_SCHEMA, "x.yaml:1: too few; add one");
	return FALSE;
}

static const FnRulesCheck content[] = { is_content, NULL }, more[] = { is_content, wants_more, NULL };

/* Each runs in a process of its own. */
static const struct {
	const char *line; /* words after "rules" */
	int code;
	const char *out, *err; /* patterns, NULL: nothing */
	const char *language;
	const FnRulesCheck *checks; /* NULL: content */
} cases[] = {
	{ "due --from 2026-02-12 --days 10", FN_EXIT_OK, "2026-03-04\n", NULL, "C" },
	{ "due --from 2026-02-12 --days 20", FN_EXIT_OK, "2026-03-18\n", NULL, "C" },
	{ "due --from 2026-12-28 --days 10", FN_EXIT_OK, "2027-01-11\n", "*provisional*", "C" },
	{ "due --from 2026-12-28 --days 10", FN_EXIT_OK, "2027-01-11\n", "*暂定*", "zh_CN.UTF-8" },
	{ "due --json --from 2026-12-28 --days 10", FN_EXIT_OK,
		"{\"from\":\"2026-12-28\",\"days\":10,\"due\":\"2027-01-11\",\"provisional\":true}\n", NULL, "C" },
	{ "due --from 2026-02-30 --days 10", FN_EXIT_USAGE, NULL, "*needs --from*", "C" },
	{ "due --from 2026-02-12", FN_EXIT_USAGE, NULL, "*needs --from*", "C" },
	{ "due --from 2026-02-12 --days -1", FN_EXIT_USAGE, NULL, "*", "C" },
	{ "due --from 2026-02-12 --days ten", FN_EXIT_USAGE, NULL, "*", "C" },
	{ "due --from 2026-02-12 --days 10 --rules /nowhere", FN_EXIT_ENVIRONMENT, NULL, "*/nowhere*", "C" },
	{ "check", FN_EXIT_OK, "*sound*", NULL, "C" },
	{ "check", FN_EXIT_OK, "*无误*", NULL, "zh_CN.UTF-8" },
	{ "check /nowhere", FN_EXIT_NO, NULL, "*/nowhere*", "C" },
	{ "check --pack nowhere", FN_EXIT_NO, NULL, "*no pack \"nowhere\"*", "C" },
	{ "check", FN_EXIT_NO, NULL, "x.yaml:1: too few; add one\n", "C", more },
	{ "list packs", FN_EXIT_OK, "*national*", NULL, "C" },
	{ "list --json procedures", FN_EXIT_OK, "*\"id\":\"sharing_application\"*", NULL, "C" },
	{ "list wishes", FN_EXIT_NO, NULL, "*wishes*procedures*", "C" },
	{ "show sharing_application", FN_EXIT_OK, "*received*agree*decider*grant.prepare*", NULL, "C" },
	{ "show sharing_application", FN_EXIT_OK, "*已受理*", NULL, "zh_CN.UTF-8" },
	{ "show levels", FN_EXIT_OK, "*level_3*", NULL, "C" },
	{ "show nothing", FN_EXIT_NO, NULL, "*nothing*", "C" },
	{ "show", FN_EXIT_USAGE, NULL, "*usage*", "C" },
	{ "explain reply_conditional", FN_EXIT_OK, "*10 working_day*D809-A21*national.yaml:*", NULL, "C" },
	{ "explain --pack shijiazhuang reply_conditional", FN_EXIT_OK, "*10 working_day*", NULL, "C" },
	{ "explain --json reply_conditional", FN_EXIT_OK, "*\"value\":\"10\"*", NULL, "C" },
	{ "explain nothing", FN_EXIT_NO, NULL, "*nothing*", "C" },
	{ "diff nowhere", FN_EXIT_NO, NULL, "*nowhere*", "C" },
	{ "diff", FN_EXIT_USAGE, NULL, "*usage*", "C" },
	{ "--help", FN_EXIT_OK, "*diff*reload*", NULL, "C" },
	{ "--help", FN_EXIT_OK, "*用法*重新读取*", NULL, "zh_CN.UTF-8" },
	{ "dance", FN_EXIT_USAGE, NULL, "*usage*", "C" },
	{ "", FN_EXIT_USAGE, NULL, "*用法*", "zh_CN.UTF-8" },
	{ "list --loud", FN_EXIT_USAGE, NULL, "*--loud*", "C" },
};

static void
run_case(gconstpointer data)
{
	gsize i = GPOINTER_TO_SIZE(data);
	g_auto(GStrv) words = g_strsplit(*cases[i].line != '\0' ? cases[i].line : "rules", " ", -1);
	char *argv[12] = { (char *)"rules" };
	int argc = 1;

	for (guint j = 0; *cases[i].line != '\0' && words[j] != NULL; j++)
		argv[argc++] = words[j];
	_exit(fn_rules_command(argc, argv, cases[i].checks != NULL ? cases[i].checks : content) + 64 * (fflush(NULL) != 0));
}

static gboolean
matches(const char *pattern, const char *text)
{
	return pattern != NULL ? g_pattern_match_simple(pattern, text) : *text == '\0';
}

static void
test_case(gconstpointer data)
{
	gsize i = GPOINTER_TO_SIZE(data);
	g_autofree char *number = g_strdup_printf("%zu", i);
	g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
	char *argv[] = { program, number, NULL };
	g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "LC_ALL", cases[i].language, TRUE);
	g_autofree char *out = NULL, *err = NULL;
	int status;

	g_assert_true(g_spawn_sync(NULL, argv, environment, G_SPAWN_DEFAULT, NULL, NULL, &out, &err, &status, NULL));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != cases[i].code || !matches(cases[i].out, out) || !matches(cases[i].err, err))
		g_error("rules %s: %d\n%s\n%s", cases[i].line, status, out, err);
}

int
main(int argc, char **argv)
{
	if (argc == 2 && g_ascii_isdigit(argv[1][0]))
		run_case(GSIZE_TO_POINTER((gsize)g_ascii_strtoull(argv[1], NULL, 10)));
	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = g_strdup_printf("/command/%zu", i);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_case);
	}
	return g_test_run();
}
