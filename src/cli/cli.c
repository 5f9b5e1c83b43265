#include "cli/case_command.h"
#include "cli/cli.h"

#include "base/program.h"
#include "base/say.h"
#include "cli/compliance_command.h"
#include "cli/demo.h"
#include "cli/evidence.h"
#include "cli/init.h"
#include "cli/ledger_command.h"
#include "cli/nouns.h"
#include "cli/register_command.h"
#include "cli/reload.h"
#include "cli/report_command.h"
#include "cli/share_command.h"
#include "cli/daemons.h"
#include "cli/upgrade.h"
#include "inspect/command.h"
#include "rules/command.h"
#include "scan/scan.h"
#include "table/command.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

typedef struct {
	const char *noun;
	int (*run)(int argc, char **argv); /* argv[0] is the noun */
	const char *about;
} Command;

static int
run_rules(int argc, char **argv)
{
	static const FnRulesCheck checks[] = { fn_scan_check_rules, NULL };

	if (argc > 1 && strcmp(argv[1], "reload") == 0)
		return fn_rules_reload_command(argc - 1, argv + 1);
	return fn_rules_command(argc, argv, checks);
}

static const Command commands[] = {
	{ "demo", fn_demo_command, FN_SAY("a whole city on this machine; --check runs the journey and exits") },
	{ "init", fn_init_command, FN_SAY("makes an instance in DIR") },
	{ "run", fn_run_command, FN_SAY("runs the daemons of an instance until stopped") },
	{ "upgrade", fn_upgrade_command, FN_SAY("brings the registry of an instance, stopped, to this program's version") },
	{ "doctor", fn_doctor_command, FN_SAY("says what is wrong with an instance, and what to do") },
	{ "login", fn_login_command, FN_SAY("logs in and keeps the session for the commands below") },
	{ "logout", fn_logout_command, FN_SAY("ends the session") },
	{ "compliance", fn_compliance_command, FN_SAY("is the law kept? every duty with its evidence, from the kept session's platform") },
	{ "case", fn_case_command, FN_SAY("step, attach, file, print and more: cases; `fengni case --help`") },
	{ "share", fn_share_command, FN_SAY("get: calls a resource as a system; sign: headers for curl") },
	{ "ledger", fn_ledger_command, NULL }, /* its own rows are listed */
	{ "register", fn_register_command, FN_SAY("list, show, add, change, close, history, import, export: record books") },
	{ "report", fn_report_command, FN_SAY("list, make: reports of a period or an inspection, as PDF, HTML, CSV or JSON") },
	{ "inspect", fn_inspect_command, FN_SAY("report INSPECTION: what it came to, as PDF, HTML, CSV or JSON; other verbs are below") },
	{ "receipt", fn_receipt_command, FN_SAY("verify FILE: checks a receipt offline") },
	{ "scan", fn_scan_command, FN_SAY("what is in these files?") },
	{ "mask", fn_mask_command, FN_SAY("gives less of a file of rows: CSV, NDJSON, XLSX") },
	{ "rules", run_rules, FN_SAY("check, list, show, explain, diff, due, reload: the law and the city as data") },
};

static void
help(FILE *to)
{
	g_autofree char *nouns = fn_nouns_help(NULL);
	g_autofree char *ledger = fn_ledger_help();

	fprintf(to, fn_say("usage: %s"), "fengni COMMAND …\n\n");
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		if (commands[i].about != NULL)
			fprintf(to, "  %-22s %s\n", commands[i].noun, fn_say(commands[i].about));
	fprintf(to, "%s\n%s\n%s", ledger, fn_say("With a session (fengni login):"), nouns);
}

int
fn_cli(int argc, char **argv)
{
	fn_program_start("fengni");
	/* A reader that went away is an error of write(), which has a message. */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2 || g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "help")) {
		help(argc < 2 ? stderr : stdout);
		return argc < 2 ? FN_EXIT_USAGE : FN_EXIT_OK;
	}
	if (g_str_equal(argv[1], "--version")) {
		puts("fengni " FN_VERSION);
		return FN_EXIT_OK;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		if (g_str_equal(commands[i].noun, argv[1]))
			return commands[i].run(argc - 1, argv + 1);
	if (fn_nouns_have(argv[1], NULL))
		return fn_nouns_command(argc - 1, argv + 1);
	fprintf(stderr, fn_say("fengni: unknown command \"%s\"; `fengni --help` lists them\n"), argv[1]);
	return FN_EXIT_USAGE;
}
