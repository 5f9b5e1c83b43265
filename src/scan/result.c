/* What was found: packed findings, and the result that is made of them. */
#include "scan/scan_priv.h"

#include <string.h>

FnFindings *
fn_findings_new(const FnScanner *scanner)
{
	FnFindings *findings = g_new0(FnFindings, 1);

	findings->scanner = fn_scanner_share(scanner);
	findings->where = g_string_new_len("", 1);
	return findings;
}

void
fn_findings_free(FnFindings *findings)
{
	if (findings == NULL)
		return;
	g_free(findings->at);
	g_free(findings->place);
	g_string_free(findings->where, TRUE);
	fn_scanner_free(findings->scanner);
	g_free(findings);
}

FnFound *
fn_findings_reserve(FnFindings *findings, guint n)
{
	while (findings->at == NULL || findings->room - findings->n < n) {
		findings->room = MAX(64, findings->room * 2);
		findings->at = g_renew(FnFound, findings->at, findings->room);
	}
	return findings->at + findings->n;
}

void
fn_findings_put(FnFindings *findings, guint i, guint32 place)
{
	if (place == 0 && findings->place == NULL)
		return;
	if (i >= findings->places) {
		guint before = findings->places;

		findings->places = findings->room;
		findings->place = g_renew(guint32, findings->place, findings->places);
		memset(findings->place + before, 0, (findings->places - before) * sizeof(guint32));
	}
	findings->place[i] = place;
}

FnFinding
fn_findings_get(const FnFindings *findings, guint i)
{
	const FnFound *found = &findings->at[i];
	const FnDetector *detector = &findings->scanner->detector[found->which];

	return (FnFinding){ detector->id, found->start, found->start + found->size, found->score, detector->level,
		findings->where->str + (i < findings->places ? findings->place[i] : 0) };
}

FnFinding
fn_scan_finding(const FnScanResult *result, guint i)
{
	g_assert(i < result->listed && i < result->findings->n);
	return fn_findings_get(result->findings, i);
}

void
fn_scan_result_free(FnScanResult *result)
{
	if (result == NULL)
		return;
	g_free(result->reason);
	fn_findings_free(result->findings);
	g_free(result);
}

static void
write_finding(FnJson *json, const FnFinding *finding)
{
	fn_json_begin_object(json);
	fn_json_member(json, "detector", finding->detector);
	fn_json_member_int(json, "start", (gint64)finding->start);
	fn_json_member_int(json, "end", (gint64)finding->end);
	fn_json_member_int(json, "score", finding->score);
	fn_json_member_int(json, "level", finding->level);
	fn_json_member(json, "where", finding->where);
	fn_json_end_object(json);
}

char *
fn_scan_result_json(const FnScanResult *result)
{
	GString *text = g_string_new(NULL);
	FnJson json = fn_json_to(text);

	fn_json_begin_object(&json);
	fn_json_member(&json, "verdict", fn_scan_verdict_name(result->verdict));
	fn_json_member_int(&json, "level", result->level);
	if (result->reason != NULL)
		fn_json_member(&json, "reason", result->reason);
	fn_json_name(&json, "findings");
	fn_json_begin_array(&json);
	for (guint i = 0; i < result->listed; i++) {
		FnFinding finding = fn_scan_finding(result, i);

		write_finding(&json, &finding);
	}
	fn_json_end_array(&json);
	fn_json_end_object(&json);
	return g_string_free(text, FALSE);
}
