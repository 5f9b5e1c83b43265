/* What is in these bytes? Findings and a verdict, with exact byte offsets into the original. See rules/detectors/. */
#pragma once

#include "rules/rules.h"

#include <glib.h>

typedef enum {
	FN_SCAN_NOT_FULLY_INSPECTED = 0, /* the zero value is never "clean" */
	FN_SCAN_CLEAN,
	FN_SCAN_FOUND,
	FN_SCAN_BLOCKED,
} FnScanVerdict;
const char *fn_scan_verdict_name(FnScanVerdict verdict);

typedef struct {
	const char *detector; /* "cn.resident_id"; lives as long as the scanner */
	gsize start, end;     /* bytes of the original, end exclusive */
	guint score;          /* 0-100 */
	guint level;          /* 1-4, 5 important, 6 core */
	char *where;          /* "" for plain text; "row 3, column phone" for tables; owned by the result */
} FnFinding;

typedef struct {
	FnScanVerdict verdict;
	guint level; /* highest of the findings, 1 when there are none */
	char *reason; /* why not fully inspected, or NULL */
	GArray *findings; /* FnFinding */
} FnScanResult;
void fn_scan_result_free(FnScanResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnScanResult, fn_scan_result_free)

typedef struct FnScanner FnScanner; /* immutable after it is made: share it among threads */
/* Compiles all detectors of the rules. */
FnScanner *fn_scanner_new(const FnRules *rules, GError **error);
void fn_scanner_free(FnScanner *scanner);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnScanner, fn_scanner_free)
FnScanResult *fn_scan(const FnScanner *scanner, const char *bytes, gsize size);

/* Profile of one column from sampled values: what it holds, with confidence and masked samples, never clear values. */
typedef struct {
	const char *detector; /* NULL: nothing recognised */
	guint confidence;     /* percent of non-empty values that match */
	guint level;          /* proposed */
	const char *identifier; /* "direct", "quasi", "none" */
	const char *mask;     /* proposed operator, "keep" when none */
	guint sampled, matched;
	char *sample;         /* one masked sample, or NULL */
} FnColumnProfile;
void fn_column_profile_clear(FnColumnProfile *profile);
FnColumnProfile fn_scan_column(const FnScanner *scanner, const char *header, const char *const *values, guint n);

/* The same through fengni-inspect, for programs that must not parse strangers' bytes themselves. */
enum { FN_INSPECT_OP_SCAN = 16 /* bytes → JSON {verdict, level, findings} */, FN_INSPECT_OP_PROFILE /* JSON {"columns":[{"header","values":[…]}]} → JSON {"columns":[{detector, confidence, level, identifier, mask, sampled, matched, sample}]} */ };
