/* For the tests of validators: rows of text with what must be found in it. */
#pragma once

#include "scan/fixture.h"

#include <string.h>

typedef struct {
	const char *text, *found; /* the one finding of the detector; NULL: none */
} FnFindCase;
typedef struct {
	const char *value;
	FnMatch match;
} FnCheckCase;

static inline FnScanner *
fn_testing_scanner(void)
{
	g_autoptr(GError) error = NULL;
	FnScanner *scanner = fixture_scanner(NULL, &error);

	g_assert_no_error(error);
	return scanner;
}

/* What @detector finds in @text; several findings with "|" between them, NULL for none. Caller frees. */
static inline char *
fn_testing_find(const FnScanner *scanner, const char *detector, const char *text)
{
	g_autoptr(FnScanResult) result = fn_scan(scanner, text, strlen(text));
	GString *found = g_string_new(NULL);

	for (guint i = 0; i < result->listed; i++) {
		FnFinding finding = fn_scan_finding(result, i);

		if (g_str_equal(finding.detector, detector))
			g_string_append_printf(found, "%s%.*s", found->len > 0 ? "|" : "", (int)(finding.end - finding.start), text + finding.start);
	}
	return g_string_free(found, found->len == 0);
}

static inline void
fn_testing_finds(const char *detector, const FnFindCase *cases, gsize n)
{
	g_autoptr(FnScanner) scanner = fn_testing_scanner();

	for (gsize i = 0; i < n; i++) {
		g_autofree char *found = fn_testing_find(scanner, detector, cases[i].text);

		g_test_message("%s: %s", detector, cases[i].text);
		g_assert_cmpstr(found, ==, cases[i].found);
	}
}
#define FN_FINDS(detector, cases) fn_testing_finds((detector), (cases), G_N_ELEMENTS(cases))

/* Whole values, as in a column. */
static inline void
fn_testing_checks(const char *validator, const FnCheckCase *cases, gsize n)
{
	FnIssued issued = fn_issued_national();

	for (gsize i = 0; i < n; i++) {
		g_test_message("%s: %s", validator, cases[i].value);
		g_assert_cmpint(fn_validator(validator)->check(cases[i].value, strlen(cases[i].value), &issued), ==, cases[i].match);
	}
}
#define FN_CHECKS(validator, cases) fn_testing_checks((validator), (cases), G_N_ELEMENTS(cases))
