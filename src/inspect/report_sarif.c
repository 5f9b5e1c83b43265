/* SARIF 2.1.0 (OASIS, 2020): one run; rules are our detectors; a file that could not be inspected fully is a result too. */
#include "inspect/command_priv.h"

#include "base/json.h"

#include <string.h>

#define NOT_INSPECTED "not_fully_inspected"

/* A name that is safe inside a URI reference; a first part with ':' would be taken for a scheme. */
static char *
uri_of(const char *name)
{
	g_autofree char *escaped = g_uri_escape_bytes((const guint8 *)name, strlen(name), "/!$&'()*+,=@");

	return *name == '/' ? g_strconcat("file://", escaped, NULL) : g_steal_pointer(&escaped);
}

static void
write_message(FnJson *json, const char *name, const char *text)
{
	fn_json_name(json, name);
	fn_json_begin_object(json);
	fn_json_member(json, "text", text);
	fn_json_end_object(json);
}

static void
write_rule(FnJson *json, const char *id, const char *text)
{
	fn_json_begin_object(json);
	fn_json_member(json, "id", id);
	write_message(json, "shortDescription", text);
	fn_json_end_object(json);
}

/* The same list in each language: a viewer picks its own. */
static void
write_rules(FnReport *report, FnJson *json, gboolean chinese)
{
	const GArray *all = fn_abouts_all(report->abouts);

	fn_json_name(json, "rules");
	fn_json_begin_array(json);
	for (guint i = 0; i < all->len; i++) {
		const FnAbout *about = &g_array_index(all, FnAbout, i);

		write_rule(json, about->id, chinese ? about->zh : about->en);
	}
	write_rule(json, NOT_INSPECTED, chinese ? "未能完整检查" : "Not fully inspected");
	fn_json_end_array(json);
}

static void
write_begin(FnReport *report)
{
	FnJson json = fn_json_to(report->out);

	fn_json_begin_object(&json);
	fn_json_member(&json, "$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json");
	fn_json_member(&json, "version", "2.1.0");
	fn_json_name(&json, "runs");
	fn_json_begin_array(&json);
	fn_json_begin_object(&json);
	fn_json_name(&json, "tool");
	fn_json_begin_object(&json);
	fn_json_name(&json, "driver");
	fn_json_begin_object(&json);
	fn_json_member(&json, "name", "fengni scan");
	fn_json_member(&json, "version", FN_VERSION);
	fn_json_member(&json, "language", "en");
	write_rules(report, &json, FALSE);
	fn_json_end_object(&json);
	fn_json_end_object(&json);
	fn_json_name(&json, "translations");
	fn_json_begin_array(&json);
	fn_json_begin_object(&json);
	fn_json_member(&json, "name", "fengni scan");
	fn_json_member(&json, "language", "zh-CN");
	write_rules(report, &json, TRUE);
	fn_json_end_object(&json);
	fn_json_end_array(&json);
	fn_json_name(&json, "results");
	fn_json_begin_array(&json);
}

/* Marks of state secrets and the like are errors, personal information a warning. */
static const char *
severity(const FnAbout *about, guint level)
{
	return about->blocks || level >= 4 ? "error" : level == 3 ? "warning" : "note";
}

/* @finding NULL: the file as a whole. Offsets are of the file where the finding has no place inside a document, else the place
 * says where. */
static void
write_location(FnJson *json, const char *name, const FnFinding *finding)
{
	g_autofree char *uri = uri_of(name);
	gboolean inside = finding != NULL && *finding->where != '\0';

	fn_json_name(json, "locations");
	fn_json_begin_array(json);
	fn_json_begin_object(json);
	fn_json_name(json, "physicalLocation");
	fn_json_begin_object(json);
	fn_json_name(json, "artifactLocation");
	fn_json_begin_object(json);
	fn_json_member(json, "uri", uri);
	fn_json_end_object(json);
	if (finding != NULL && !inside) {
		fn_json_name(json, "region");
		fn_json_begin_object(json);
		fn_json_member_int(json, "byteOffset", (gint64)finding->start);
		fn_json_member_int(json, "byteLength", (gint64)(finding->end - finding->start));
		fn_json_end_object(json);
	}
	fn_json_end_object(json);
	if (inside) {
		fn_json_name(json, "logicalLocations");
		fn_json_begin_array(json);
		fn_json_begin_object(json);
		fn_json_member(json, "fullyQualifiedName", finding->where);
		fn_json_end_object(json);
		fn_json_end_array(json);
	}
	fn_json_end_object(json);
	fn_json_end_array(json);
}

static void
write_result(FnReport *report, const char *rule, const char *level, const char *message, const char *name, const FnFinding *finding)
{
	FnJson json = fn_json_to(report->out);

	if (report->comma)
		g_string_append_c(report->out, ',');
	report->comma = TRUE;
	g_string_append_c(report->out, '\n');
	fn_json_begin_object(&json);
	fn_json_member(&json, "ruleId", rule);
	fn_json_member(&json, "level", level);
	write_message(&json, "message", message);
	write_location(&json, name, finding);
	if (finding != NULL) {
		fn_json_name(&json, "properties");
		fn_json_begin_object(&json);
		fn_json_member_int(&json, "score", finding->score);
		fn_json_member_int(&json, "level", finding->level);
		fn_json_end_object(&json);
	}
	fn_json_end_object(&json);
	fn_report_flush(report, FALSE);
}

static void
write_file(FnReport *report, const FnLooked *looked)
{
	const FnScanResult *result = looked->result;

	for (guint i = 0; i < result->listed && i < looked->text->len; i++) {
		FnFinding finding = fn_scan_finding(result, i);
		FnAbout about = fn_abouts_get(report->abouts, finding.detector);
		g_autofree char *message = g_strdup_printf("%s（%s）: %s", about.zh, about.en, (char *)looked->text->pdata[i]);

		write_result(report, finding.detector, severity(&about, finding.level), message, looked->name, &finding);
	}
	if (result->verdict == FN_SCAN_NOT_FULLY_INSPECTED || result->reason != NULL) {
		g_autofree char *message = g_strdup_printf("未能完整检查（not fully inspected）: %s", result->reason != NULL ? result->reason : "");

		write_result(report, NOT_INSPECTED, "error", message, looked->name, NULL);
	}
}

static void
write_end(FnReport *report, const FnTotals *totals)
{
	g_string_append_printf(report->out, "],\"invocations\":[{\"executionSuccessful\":%s}]}]}\n", totals->interrupted ? "false" : "true");
}

const FnReportForm fn_report_sarif = { write_begin, write_file, write_end };
