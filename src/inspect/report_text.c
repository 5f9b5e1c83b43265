/* For people: a line for each file, a line for each finding, a summary. */
#include "inspect/command_priv.h"

#include "base/say.h"
#include "base/text.h"

#include <string.h>

static const char *
verdict_in_words(FnScanVerdict verdict)
{
	switch (verdict) {
	case FN_SCAN_CLEAN:
		return fn_say("clean");
	case FN_SCAN_FOUND:
		return fn_say("found");
	case FN_SCAN_BLOCKED:
		return fn_say("blocked");
	case FN_SCAN_NOT_FULLY_INSPECTED:
		break;
	}
	return fn_say("not fully inspected");
}

static void
write_finding(FnReport *report, const FnFinding *finding, const char *text)
{
	FnAbout about = fn_abouts_get(report->abouts, finding->detector);
	g_autofree char *where = fn_text_safe(finding->where, -1, 300), *safe = fn_text_safe(text, -1, 400);

	g_string_append(report->out, "  ");
	if (*where != '\0')
		g_string_append_printf(report->out, "%s  ", where);
	g_string_append_printf(report->out, fn_say("%zu-%zu  %s (%s)  %u%%  level %u  %s\n"), finding->start, finding->end,
		fn_about_title(&about), finding->detector, finding->score, finding->level, safe);
}

static void
write_file(FnReport *report, const FnLooked *looked)
{
	g_autofree char *name = fn_text_safe(looked->name, -1, 1000);
	const FnScanResult *result = looked->result;
	guint shown = MIN(MIN(result->listed, looked->text->len), report->options->limit);

	if (report->options->quiet && result->verdict == FN_SCAN_CLEAN)
		return;
	g_string_append_printf(report->out, "%s: %s", name, verdict_in_words(result->verdict));
	if (result->reason != NULL) {
		g_autofree char *reason = fn_text_safe(result->reason, -1, 1000);

		g_string_append_printf(report->out, fn_say(" (%s)"), reason);
	}
	g_string_append_c(report->out, '\n');
	for (guint i = 0; i < shown; i++) {
		FnFinding finding = fn_scan_finding(result, i);

		write_finding(report, &finding, looked->text->pdata[i]);
		fn_report_flush(report, FALSE);
	}
	if (result->found > shown)
		g_string_append_printf(report->out, fn_say("  … and %zu more\n"), (gsize)(result->found - shown));
}

static void
write_counts(FnReport *report, const FnTotals *totals)
{
	g_autofree const char **ids = fn_report_ids(totals->counts);

	for (const char **id = ids; *id != NULL; id++) {
		FnAbout about = fn_abouts_get(report->abouts, *id);

		g_string_append_printf(report->out, "  %8" G_GUINT64_FORMAT "  %s (%s)\n",
			*(guint64 *)g_hash_table_lookup(totals->counts, *id), fn_about_title(&about), about.id);
	}
}

static void
write_end(FnReport *report, const FnTotals *totals)
{
	g_autofree char *size = fn_bytes_text(totals->bytes);

	if (totals->interrupted)
		g_string_append_printf(report->out, "%s\n", fn_say("Interrupted: this is what was looked at until then."));
	g_string_append_printf(report->out,
		fn_say("%zu files, %s, %.1f s: %zu clean, %zu found, %zu blocked, %zu not fully inspected; %zu findings\n"),
		(gsize)totals->files, size, totals->seconds, (gsize)totals->verdict[FN_SCAN_CLEAN], (gsize)totals->verdict[FN_SCAN_FOUND],
		(gsize)totals->verdict[FN_SCAN_BLOCKED], (gsize)totals->verdict[FN_SCAN_NOT_FULLY_INSPECTED], (gsize)totals->found);
	if (totals->excluded > 0)
		g_string_append_printf(report->out, fn_say("  left out by --exclude: %zu\n"), (gsize)totals->excluded);
	write_counts(report, totals);
}

const FnReportForm fn_report_text = { NULL, write_file, write_end };
