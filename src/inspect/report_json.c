/* For programs: one object a line for each file. Members are only ever added. */
#include "inspect/command_priv.h"

#include "base/json.h"

#include <string.h>

static void
write_counts(FnJson *json, const FnLooked *looked)
{
	g_autofree const char **ids = fn_report_ids(looked->counts);

	fn_json_name(json, "counts");
	fn_json_begin_object(json);
	for (const char **id = ids; *id != NULL; id++)
		fn_json_member_int(json, *id, GPOINTER_TO_UINT(g_hash_table_lookup(looked->counts, *id)));
	fn_json_end_object(json);
}

static void
write_finding(FnReport *report, FnJson *json, const FnFinding *finding, const char *text)
{
	fn_json_begin_object(json);
	fn_json_member(json, "detector", finding->detector);
	fn_json_member_int(json, "start", (gint64)finding->start);
	fn_json_member_int(json, "end", (gint64)finding->end);
	fn_json_member_int(json, "score", finding->score);
	fn_json_member_int(json, "level", finding->level);
	fn_json_member(json, "where", finding->where);
	fn_json_member(json, report->options->show ? "text" : "excerpt", text);
	fn_json_end_object(json);
}

static void
write_file(FnReport *report, const FnLooked *looked)
{
	const FnScanResult *result = looked->result;
	FnJson json = fn_json_to(report->out);

	if (report->options->quiet && result->verdict == FN_SCAN_CLEAN)
		return;
	fn_json_begin_object(&json);
	fn_json_member(&json, "file", looked->name);
	fn_json_member_int(&json, "bytes", (gint64)looked->bytes);
	fn_json_member(&json, "verdict", fn_scan_verdict_name(result->verdict));
	fn_json_member_int(&json, "level", result->level);
	if (result->reason != NULL)
		fn_json_member(&json, "reason", result->reason);
	fn_json_member_int(&json, "found", (gint64)result->found);
	write_counts(&json, looked);
	fn_json_name(&json, "findings");
	fn_json_begin_array(&json);
	for (guint i = 0; i < result->listed && i < looked->text->len; i++) {
		FnFinding finding = fn_scan_finding(result, i);

		write_finding(report, &json, &finding, looked->text->pdata[i]);
		fn_report_flush(report, FALSE);
	}
	fn_json_end_array(&json);
	fn_json_end_object(&json);
	g_string_append_c(report->out, '\n');
}

const FnReportForm fn_report_json = { NULL, write_file, NULL };
