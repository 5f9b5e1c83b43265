/* What is in these bytes? Findings and a verdict, with exact byte offsets into the original. See rules/detectors/. */
#pragma once

#include "rules/rules.h"

#include <glib.h>

typedef enum {
	FN_SCAN_ERROR_RULE,    /* a detector file is wrong; the message names file, line, key and remedy */
	FN_SCAN_ERROR_MACHINE, /* this processor or this library cannot scan */
} FnScanError;
#define FN_SCAN_ERROR (fn_scan_error_quark())
GQuark fn_scan_error_quark(void);

typedef enum {
	FN_SCAN_NOT_FULLY_INSPECTED = 0, /* the zero value is never "clean" */
	FN_SCAN_CLEAN,
	FN_SCAN_FOUND,
	FN_SCAN_BLOCKED,
} FnScanVerdict;
const char *fn_scan_verdict_name(FnScanVerdict verdict);

typedef struct {
	const char *detector; /* "cn.resident_id"; lives as long as the result */
	gsize start, end;     /* bytes of the original text or segment, end exclusive */
	guint score;          /* 0-100 */
	guint level;          /* 1-4, 5 important, 6 core */
	const char *where;    /* "" for plain text; segment and place: "年报.zip/a.xlsx: Sheet1!B3"; owned by the result */
} FnFinding;

typedef struct FnFindings FnFindings;
typedef struct {
	FnScanVerdict verdict;
	guint level;   /* highest of all findings, 1 when there are none */
	char *reason;  /* why not fully inspected: the first reason and how many more there are; NULL when fully */
	guint64 found; /* how many findings there are */
	guint listed;  /* how many of them fn_scan_finding() gives, a million at most; may be lowered, to list fewer */
	FnFindings *findings;
} FnScanResult;
/* Finding @i, below result->listed: in order of segments, then of places. What it points to lives as long as
 * @result. Millions of findings are cheap: they are stored packed. */
FnFinding fn_scan_finding(const FnScanResult *result, guint i);
void fn_scan_result_free(FnScanResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnScanResult, fn_scan_result_free)
/* {"verdict","level","reason"?,"findings":[{"detector","start","end","score","level","where"}]}. Caller frees. */
char *fn_scan_result_json(const FnScanResult *result);

typedef struct FnScanner FnScanner; /* immutable after it is made: share it among threads */
/* Compiles all detectors of the rules. What counts as an issued number is the national table and what the pack in force
 * adds to it (parameters issued_provinces, issued_mobile, issued_cards): demonstration data is real where its pack says so. */
FnScanner *fn_scanner_new(const FnRules *rules, GError **error);
/* One more owner; each owner frees. Results and streams own their scanner too. */
FnScanner *fn_scanner_share(const FnScanner *scanner);
void fn_scanner_free(FnScanner *scanner);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnScanner, fn_scanner_free)

/* The scanner in force, for programs that read their rules again while they run. Thread-safe. */
typedef struct FnScannerRef FnScannerRef;
FnScannerRef *fn_scanner_ref_new(FnScanner *scanner); /* takes it */
void fn_scanner_ref_free(FnScannerRef *ref);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnScannerRef, fn_scanner_ref_free)
/* The scanner in force: free it when done. It stays whole while another takes its place. */
FnScanner *fn_scanner_ref_get(FnScannerRef *ref);
void fn_scanner_ref_set(FnScannerRef *ref, FnScanner *scanner); /* takes it */
/* Reads the rules as fn_rules_load() and builds a scanner aside; it takes the place only when everything is sound. FALSE: the
 * scanner in force stays, and the error names file, line and remedy. May take seconds with large dictionaries. */
gboolean fn_scanner_ref_reload(FnScannerRef *ref, const char *directory, const char *pack, const char *more, GError **error);

/* rules/profiles/: which findings count at a gate, and how many of them block. */
typedef struct FnProfile FnProfile;
/* @id NULL: "default". NULL when there is none of that name. Lives as long as the scanner. */
const FnProfile *fn_scanner_profile(const FnScanner *scanner, const char *id);
char *fn_scanner_profiles(const FnScanner *scanner); /* "default, mail, strict"; caller frees */
/* Are pictures that nobody reads no reason for not_fully_inspected? */
gboolean fn_profile_passes_pictures(const FnProfile *profile);

/* Runs the examples of the rule files (yes, no); a detector has three of each at least, and a law. The error names file, line and
 * example. */
gboolean fn_scan_check_examples(const FnScanner *scanner, const FnRules *rules, GError **error);
/* The same with a scanner of its own: everything that scan reads of the rules is sound. */
gboolean fn_scan_check_rules(const FnRules *rules, GError **error);

/* A whole text in any encoding of base/encoding.h, with the default profile. Bytes that are no text are scanned for what is
 * ASCII in them and answered with not_fully_inspected, unless a finding blocks. More than a million findings: the same. */
FnScanResult *fn_scan(const FnScanner *scanner, const char *bytes, gsize size);

/* Rows whose columns are known beforehand, as they leave a program: the names are read once, for many pieces of rows. Immutable:
 * share it among threads. */
typedef struct FnScanHeader FnScanHeader;
/* @names: UTF-8, as many as columns; NULL: nothing is known of it. */
FnScanHeader *fn_scan_header_new(const FnScanner *scanner, const char *const *names, guint columns);
void fn_scan_header_free(FnScanHeader *header);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnScanHeader, fn_scan_header_free)
/* Does the name of @column say that it holds what @detector looks for? */
gboolean fn_scan_header_says(const FnScanHeader *header, guint column, const char *detector);
/* Whole rows in UTF-8, without the header: cells parted by FN_SCAN_DELIMITER, quoted as in CSV where they hold that, quotes or line
 * ends; a row ends with a line feed. Names and other values that only a header tells are not looked for: the header says so already. */
enum { FN_SCAN_DELIMITER = ';' }; /* part of no number, and the border of a mark */
FnScanResult *fn_scan_rows(const FnScanHeader *header, const char *bytes, gsize size);

/* The same over a stream of any length in bounded memory; offsets count from the first byte of the text. One thread at a
 * time. @profile NULL: "default"; an unknown one gives NULL. @on_finding (may be NULL) is called for each listed finding in order, with its text. */
typedef struct FnScanStream FnScanStream;
typedef void (*FnScanFound)(const FnFinding *finding, const char *text, gpointer data);
FnScanStream *fn_scan_stream_new(const FnScanner *scanner, const char *profile, FnScanFound on_finding, gpointer data);
void fn_scan_stream_add(FnScanStream *stream, const char *bytes, gsize size);
/* A new text begins, in UTF-8; its offsets count from 0 again, and nothing before it is its context. @where: what findings
 * in it say. A stream without segments is one text whose findings say "". */
void fn_scan_stream_segment(FnScanStream *stream, const char *where);
/* The text from here on stands at @label ("Sheet1!B3"): findings that begin in it say segment and place. Nothing is cut: a
 * number may cross it. */
void fn_scan_stream_place(FnScanStream *stream, const char *label);
/* Something was not inspected, and why. */
void fn_scan_stream_note(FnScanStream *stream, const char *reason);
/* Ends the stream; it is to be freed after. @broken (or NULL): why the bytes that were to come did not. */
FnScanResult *fn_scan_stream_end(FnScanStream *stream, const char *broken);
void fn_scan_stream_free(FnScanStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnScanStream, fn_scan_stream_free)

/* Profile of one column from sampled values: what it holds, with confidence and evidence. Samples are masked, never clear. */
typedef enum {
	FN_COLUMN_NOTHING = 0,
	FN_COLUMN_HEADER,            /* the header alone says so */
	FN_COLUMN_VALUES,            /* the values alone */
	FN_COLUMN_HEADER_AND_VALUES,
	FN_COLUMN_CONTAINS,          /* text that has findings inside; no kind of its own */
} FnColumnWhy;
typedef struct {
	char *text; /* masked */
	gboolean matched;
} FnColumnSample;
typedef struct {
	const char *detector;
	guint level, values; /* values that have it inside */
} FnColumnContent;
typedef struct {
	const char *detector; /* NULL: nothing recognised as a whole */
	guint confidence;     /* percent of the filled values that match, or that contain a finding */
	guint level;          /* proposed */
	const char *identifier; /* "direct", "quasi", "none" */
	const char *mask;     /* proposed mask in the form fn_mask_column_new() reads, "keep" when none */
	FnColumnWhy why;
	guint sampled, filled, distinct; /* values given, not empty, different */
	guint matched, strong, weak;     /* values; weak ones count as matched under the right header */
	FnColumnSample sample[3];        /* what matches first */
	guint samples;
	FnColumnContent *contained;      /* FN_COLUMN_CONTAINS */
	guint contents;
} FnColumnProfile;
void fn_column_profile_clear(FnColumnProfile *profile);
/* @header and values are UTF-8; NULL values count as empty. Texts but the samples live as long as the scanner. */
FnColumnProfile fn_scan_column(const FnScanner *scanner, const char *header, const char *const *values, guint n);

/* The same through fengni-inspect, for programs that must not parse strangers' bytes themselves. */
enum { FN_INSPECT_OP_SCAN = 16 /* bytes → JSON {verdict, level, findings} */, FN_INSPECT_OP_PROFILE /* JSON {"columns":[{"header","values":[…]}]} → JSON {"columns":[{detector, confidence, level, identifier, mask, sampled, matched, sample, filled, distinct, strong, weak, why, samples, contains}]} */ };
/* What fengni-inspect answers to a profile request. NULL and error (FN_JSON_ERROR) when @text is no such request. */
char *fn_scan_profile_json(const FnScanner *scanner, const char *text, gsize size, GError **error);
