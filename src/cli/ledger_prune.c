#include "cli/ledger_prune.h"

#include "base/program.h"
#include "base/say.h"
#include "base/time.h"
#include "ledger/prune.h"

#include <stdio.h>

static void
tell_month(const FnPruneMonth *month)
{
	printf(fn_say("before %s: %lu entries go (%lu MiB of files); kept: %lu of 6 months, %lu of 1 year, %lu of 3 years, %lu permanent, %lu in a shared segment\n"),
		month->before, (gulong)month->gone, (gulong)(month->freed >> 20), (gulong)month->kept[FN_CLASS_6M], (gulong)month->kept[FN_CLASS_1Y],
		(gulong)month->kept[FN_CLASS_3Y], (gulong)month->kept[FN_CLASS_PERMANENT], (gulong)month->tail);
}

static void
tell(const FnPrunePlan *plan)
{
	gboolean any = FALSE;

	if (plan->minimum > 0)
		printf(fn_say("pruned up to entry %lu: %lu entries are gone\n"), (gulong)plan->minimum, (gulong)plan->pruned);
	for (guint i = 0; i < plan->months->len; i++) {
		const FnPruneMonth *month = &g_array_index(plan->months, FnPruneMonth, i);

		if (month->gone > 0)
			tell_month(month);
		any = any || month->gone > 0;
	}
	if (!any)
		puts(fn_say("nothing can go: the time of no entry in a closed and signed segment is over"));
	printf(fn_say("from entry %lu on all stay: that segment is being written\n"), (gulong)plan->open);
}

int
fn_ledger_prune_command(int argc, char **argv)
{
	gboolean dry_run = FALSE, json = FALSE;
	const GOptionEntry entries[] = { { "dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, fn_say("only tells what could go"), NULL },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &json, fn_say("one JSON object"), NULL }, { NULL } };
	g_autoptr(GOptionContext) options = g_option_context_new("DIR");
	g_autoptr(FnPrunePlan) plan = NULL;
	g_autoptr(GError) error = NULL;

	g_option_context_add_main_entries(options, entries, NULL);
	if (!g_option_context_parse(options, &argc, &argv, &error) || argc != 2 || !dry_run) {
		fprintf(stderr, fn_say("usage: %s"), "fengni ledger prune DIR --dry-run [--json]\n");
		if (error == NULL)
			fprintf(stderr, "%s\n", fn_say("pruning itself takes a case of two persons: fengni pruning open"));
		return FN_EXIT_USAGE;
	}
	plan = fn_log_prune_plan(argv[1], fn_time_now(), &error);
	if (plan == NULL) {
		fprintf(stderr, "fengni: %s\n", error->message);
		return error->domain == FN_LEDGER_ERROR && error->code == FN_LEDGER_ERROR_TAMPERED ? FN_EXIT_NO : FN_EXIT_ENVIRONMENT;
	}
	if (json) {
		g_autofree char *text = fn_prune_plan_json(plan);

		puts(text);
	} else {
		tell(plan);
	}
	return FN_EXIT_OK;
}
