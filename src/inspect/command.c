#include "inspect/command.h"

#include "inspect/command_priv.h"

#include "base/program.h"
#include "base/say.h"
#include "base/text.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { TICK_US = 100000, NOBODY = 65534 };

/* FALSE when nobody takes what we say. */
static gboolean
said(FnReport *report)
{
	fn_report_flush(report, TRUE);
	return fflush(report->to) == 0 && ferror(report->to) == 0;
}

static void
add_up(FnTotals *totals, const FnLooked *looked)
{
	GHashTableIter iter;
	gpointer id, n;

	totals->files++;
	totals->bytes += looked->bytes;
	totals->found += looked->result->found;
	totals->verdict[looked->result->verdict]++;
	g_hash_table_iter_init(&iter, looked->counts);
	while (g_hash_table_iter_next(&iter, &id, &n)) {
		guint64 *sum = g_hash_table_lookup(totals->counts, id);

		if (sum == NULL)
			g_hash_table_insert(totals->counts, g_strdup(id), sum = g_new0(guint64, 1));
		*sum += GPOINTER_TO_UINT(n);
	}
}

/* SIGINT and SIGTERM come through the descriptor given; a second one ends us at once. */
static int
catch_end(void)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

static gboolean
end_was_asked(int signals)
{
	struct signalfd_siginfo signal;
	sigset_t ends;

	if (signals < 0 || read(signals, &signal, sizeof(signal)) != sizeof(signal))
		return FALSE;
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	pthread_sigmask(SIG_UNBLOCK, &ends, NULL);
	return TRUE;
}

static void
draw(FnProgress *progress, const FnTotals *totals, guint64 bytes, FnCrew *crew)
{
	g_autofree char *current = NULL, *size = NULL, *safe = NULL, *line = NULL;

	if (!fn_progress_due(progress))
		return;
	current = fn_crew_current(crew);
	size = fn_bytes_text(bytes);
	safe = fn_text_safe(current != NULL ? current : "", -1, 1000);
	line = g_strdup_printf(fn_say("%zu files  %s  %.0f MB/s  %zu findings  %s"), (gsize)totals->files, size,
		(double)bytes / 1e6 / fn_progress_seconds(progress), (gsize)totals->found, safe);
	fn_progress_draw(progress, line);
}

/* Prints results as they become ready; FALSE when they cannot be written. */
static gboolean
run_crew(FnLook *look, FnWalk *walk, FnReport *report, FnTotals *totals)
{
	FnProgress progress = fn_progress_new();
	int signals = catch_end();
	FnCrew *crew = fn_crew_new(look, walk, look->options->jobs);
	FnCrewState state;
	FnLooked *looked = NULL;
	gboolean good = TRUE;

	while (good && (state = fn_crew_next(crew, TICK_US, &looked)) != FN_CREW_DONE) {
		if (!totals->interrupted && end_was_asked(signals)) {
			totals->interrupted = TRUE;
			g_atomic_int_set(&look->stop, 1);
		}
		if (state == FN_CREW_READY) {
			fn_progress_wipe(&progress);
			add_up(totals, looked);
			report->form->file(report, looked);
			good = said(report);
			g_clear_pointer(&looked, fn_looked_free);
		}
		draw(&progress, totals, __atomic_load_n(&look->bytes, __ATOMIC_RELAXED), crew);
	}
	fn_progress_wipe(&progress);
	fn_crew_free(crew);
	totals->seconds = fn_progress_seconds(&progress);
	if (signals >= 0)
		close(signals);
	return good;
}

static int
exit_code(const FnScanOptions *options, const FnTotals *totals)
{
	if (totals->interrupted || totals->verdict[FN_SCAN_BLOCKED] > 0 || totals->verdict[FN_SCAN_NOT_FULLY_INSPECTED] > 0)
		return FN_EXIT_NO;
	return options->fail_on_found && totals->verdict[FN_SCAN_FOUND] > 0 ? FN_EXIT_NO : FN_EXIT_OK;
}

static int
look_at_all(FnLook *look)
{
	static const FnReportForm *const forms[] = { [FN_FORM_TEXT] = &fn_report_text, [FN_FORM_JSON] = &fn_report_json,
		[FN_FORM_SARIF] = &fn_report_sarif };
	FnReport report = { .form = forms[look->options->form], .to = stdout, .out = g_string_new(NULL), .abouts = look->abouts,
		.options = look->options };
	FnTotals totals = { .counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free) };
	FnWalk *walk = fn_walk_new(look->options);
	int code;

	if (report.form->begin != NULL)
		report.form->begin(&report);
	if (run_crew(look, walk, &report, &totals)) {
		totals.excluded = fn_walk_excluded(walk);
		if (report.form->end != NULL)
			report.form->end(&report, &totals);
	}
	code = said(&report) ? exit_code(look->options, &totals) : FN_EXIT_ENVIRONMENT;
	fn_walk_free(walk);
	g_hash_table_unref(totals.counts);
	g_string_free(report.out, TRUE);
	return code;
}

static int
fail(const char *why)
{
	fprintf(stderr, "fengni scan: %s\n", why);
	return FN_EXIT_ENVIRONMENT;
}

static int
with_rules(const FnScanOptions *options, const FnRules *rules, FnInspector *inspector)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnAbouts) abouts = fn_abouts_new(rules);
	g_autoptr(FnScanner) scanner = NULL;
	FnLook look = { .inspector = inspector, .abouts = abouts, .options = options };

	if (options->list) {
		fn_scan_list(rules, abouts, stdout);
		return FN_EXIT_OK;
	}
	if ((scanner = fn_scanner_new(rules, &error)) == NULL)
		return fail(error->message);
	look.scanner = scanner;
	if (fn_scanner_profile(scanner, options->profile) == NULL) {
		g_autofree char *known = fn_scanner_profiles(scanner), *safe = fn_text_safe(options->profile, -1, 100);

		fprintf(stderr, fn_say("fengni scan: there is no profile \"%s\"; there are: %s\n"), safe, known);
		return FN_EXIT_USAGE;
	}
	return look_at_all(&look);
}

/* The inspector comes first: it forks, and there must be no thread yet. */
static int
run(const FnScanOptions *options)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *directory = options->rules != NULL ? g_strdup(options->rules) : fn_rules_directory(NULL);
	FnInspectOptions inspect = fn_inspect_options_default();
	g_autoptr(FnInspector) inspector = NULL;
	g_autoptr(FnRules) rules = NULL;

	inspect.user = geteuid() == 0 ? NOBODY : 0;
	inspect.workers = options->jobs;
	inspect.recognise = options->recognise;
	if ((inspector = fn_inspector_new(&inspect, NULL, &error)) == NULL ||
		(rules = fn_rules_load(directory, options->pack != NULL ? options->pack : "national", NULL, &error)) == NULL)
		return fail(error->message);
	return with_rules(options, rules, inspector);
}

int
fn_scan_command(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	FnScanOptions options;
	int code = FN_EXIT_OK;

	if (!fn_scan_options_read(&options, argc, argv, &error)) {
		g_autofree char *why = fn_text_safe(error->message, -1, 300);

		fprintf(stderr, "fengni scan: %s\n", why);
		fn_scan_usage(stderr);
		code = FN_EXIT_USAGE;
	} else if (options.help) {
		fn_scan_help(stdout);
	} else {
		code = run(&options);
	}
	fn_scan_options_clear(&options);
	return code;
}
