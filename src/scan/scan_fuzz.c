#include "scan/scan_priv.h"

#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static const FnScanner *scanner, *plain; /* plain: without vectors */

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *root = g_getenv("FENGNI_ROOT");
	g_autofree char *directory = g_build_filename(root != NULL ? root : ".", "rules", NULL);
	g_autoptr(GError) error = NULL;
	FnRules *rules = fn_rules_load(directory, "national", NULL, &error);
	FnScanner *slow = rules != NULL ? fn_scanner_new(rules, &error) : NULL;

	if (slow == NULL || (scanner = fn_scanner_new(rules, &error)) == NULL)
		g_error("%s", error->message);
	slow->machine = FN_MACHINE_PLAIN;
	plain = slow;
	fn_rules_free(rules);
	return 0;
}

/* Findings lie within the bytes and in order, and are those of the plain scanner; a stream of two parts finds the same; the bytes as a column and as a profile
 * request do no harm. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autoptr(FnScanResult) result = fn_scan(scanner, (const char *)data, size);
	g_autoptr(FnScanResult) same = fn_scan(plain, (const char *)data, size);
	g_autoptr(FnScanStream) stream = fn_scan_stream_new(scanner, NULL, NULL, NULL);
	g_autoptr(FnScanResult) parts = NULL;
	g_autofree char *text = g_strndup((const char *)data, size), *profiled = NULL;
	const char *values[2] = { text, NULL };
	FnColumnProfile profile = fn_scan_column(scanner, text, values, 2);
	gsize before = 0;

	g_assert_cmpuint(result->found, ==, same->found);
	for (guint i = 0; i < result->listed; i++) {
		FnFinding finding = fn_scan_finding(result, i), twin = fn_scan_finding(same, i);

		g_assert_true(finding.start == twin.start && finding.end == twin.end && finding.score == twin.score &&
			strcmp(finding.detector, twin.detector) == 0);

		g_assert_true(finding.start >= before && finding.start < finding.end && finding.end <= size && finding.score <= 100);
		before = finding.start;
	}
	g_assert_true(result->found == 0 || result->verdict != FN_SCAN_CLEAN);
	fn_scan_stream_add(stream, (const char *)data, size / 2);
	fn_scan_stream_add(stream, (const char *)data + size / 2, size - size / 2);
	parts = fn_scan_stream_end(stream, NULL);
	g_assert_true(parts->verdict == result->verdict && parts->found == result->found);
	fn_column_profile_clear(&profile);
	profiled = fn_scan_profile_json(scanner, (const char *)data, size, NULL);
	return 0;
}
