#include "scan/fixture.h"

static void
write_match(gsize start, gsize end, gpointer out)
{
	g_string_append_printf(out, "%zu-%zu ", start, end);
}

static const struct {
	const char *pattern, *text, *found;
} cases[] = {
	{ "\\d{4}", "12345678 12", "0-4 4-8 " },
	{ "\\b\\d{4}\\b", "工号1234号", "6-10 " }, /* a boundary between Han and digit */
	{ "[A-Z]{2}-\\d{1,4}", "AB-12 xCD-34567", "0-5 7-14 " },
	{ "(?i)ab{1,2}", "ABBB", "0-3 " },
	{ "第[一二三]{1,3}号", "第一二号", "0-12 " },
	{ ".", "é\xff国", "0-2 3-6 " }, /* broken bytes are no character */
	{ "(?<=工号)\\d{3}", "工号123 123", "6-9 " },
	{ "a(?=b)", "ab", "0-1 " },
	{ "(?:ab){2}", "ababab", "0-4 " },
	{ "[]a]{2}", "a]", "0-2 " },
	{ "[[:digit:]a]{2}", "1a", "0-2 " },
	{ "a{b", "a{b", "0-3 " },
	{ "\\w", "é国", "" },
	{ "\\d", "１", "" },
};

static void
test_cases(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *why = NULL;
		g_autoptr(FnRegex) regex = fn_regex_new(cases[i].pattern, &why);
		FnRegexScratch *scratch = fn_regex_scratch_new();
		g_autoptr(GString) found = g_string_new(NULL);

		g_test_message("%s", cases[i].pattern);
		g_assert_null(why);
		g_assert_true(fn_regex_find(regex, scratch, cases[i].text, strlen(cases[i].text), write_match, found));
		g_assert_cmpstr(found->str, ==, cases[i].found);
		fn_regex_scratch_free(scratch);
	}
}

static void
test_refused(void)
{
	static const struct {
		const char *pattern, *why;
	} bad[] = {
		{ "", "1 to 500" }, { "a*b", "no end" }, { "a+", "no end" }, { "a{2,}", "without end" }, { "a{201}", "more than 200" },
		{ "a{1,99999999999999999999}", "more than 200" }, { "[a*]b*", "no end" }, { "[[:]a*b[x:]]", "no end" }, { "a{0,3}", "matches nothing" },
		{ "a?", "matches nothing" }, { "(a", "missing closing" }, { "(?R)a", "groups" }, { "(?1)(a)", "groups" }, { "(?x)a", "groups" },
		{ "(?ix)a", "groups" }, { "(?#a)a", "groups" }, { "(?C1)a", "groups" }, { "(*UCP)a", "(*" }, { "(*LIMIT_MATCH=9)a", "(*" },
		{ "\\Qa*\\E", "\\Q" }, { "(a)\\g<1>", "\\Q" }, { "\\Xa", "\\Q" }, { "a\\Kb", "\\Q" }, { "(?", "groups" }, { "[a", "missing" }, { "\\", "\\" },
		{ "((((((((((((((((((((((((a))))))))))))))))))))))))", "nest" },
	};
	g_autofree char *longest = g_strnfill(501, 'a');
	g_autofree char *why = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *because = NULL;

		g_assert_null(fn_regex_new(bad[i].pattern, &because));
		g_test_message("%s: %s", bad[i].pattern, because);
		g_assert_nonnull(strstr(because, bad[i].why));
	}
	g_assert_null(fn_regex_new(longest, &why));
	g_assert_nonnull(strstr(why, "500"));
}

static void
test_is(void)
{
	g_autofree char *why = NULL;
	g_autoptr(FnRegex) regex = fn_regex_new("[A-Z]\\d{3}|[A-Z]\\d{5}", &why);

	g_assert_true(fn_regex_is(regex, "A123", 4));
	g_assert_true(fn_regex_is(regex, "A12345", 6));
	g_assert_false(fn_regex_is(regex, "A1234", 5));
	g_assert_false(fn_regex_is(regex, " A123", 5));
	g_assert_false(fn_regex_is(regex, "", 0));
}

/* A pattern that would go back for ever is given up, and says so. */
static void
test_effort(void)
{
	g_autofree char *why = NULL, *fill = g_strnfill(600, 'a'), *text = g_strconcat(fill, "-b", NULL);
	g_autoptr(FnRegex) regex = fn_regex_new("(?:a{1,100}){1,100}b", &why);
	FnRegexScratch *scratch = fn_regex_scratch_new();
	g_autoptr(GString) found = g_string_new(NULL);

	g_assert_null(why);
	g_assert_false(fn_regex_find(regex, scratch, text, strlen(text), write_match, found));
	g_assert_cmpstr(found->str, ==, "");
	fn_regex_scratch_free(scratch);
}

/* ---- as a detector ---- */

#define STAFF FIXTURE_HEAD("staff") "level: 3\nscore: {shape: 0.5, validated: 0.4, report: 0.8}\nheader: [工号]\n"

static FnScanner *
scanner_of(const char *shape, GError **error)
{
	g_autofree char *text = g_strconcat(STAFF, "shape: {validator: regex", shape, "}\n", NULL);
	const FixtureFile files[] = { { "detectors/staff.yaml", text }, { 0 } };

	return fixture_scanner(files, error);
}

static void
test_detector(void)
{
	static const struct {
		const char *text, *found;
	} texts[] = {
		{ "工号：JB-20193", "9-17 " }, { "JB-20193", "" }, { "職工工號 JB-20193 和 JB-20194，JB-20195", "13-21 26-34 37-45 " },
		{ "工号工号JB-20193工号JB-20194", "12-20 26-34 " }, { "JB-20193工号", "" },
		{ "工号在很远很远很远的地方，差不多有二十个字以外 JB-20193", "" },
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(FnScanner) scanner = scanner_of(", pattern: '[A-Z]{2}-\\d{5}', anchors: [工号, 职工], after: 20", &error);
	const char *const values[] = { "JB-20193", "JB-20194" };
	FnColumnProfile profile;

	g_assert_no_error(error);
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(FnScanResult) result = fn_scan(scanner, texts[i].text, strlen(texts[i].text));
		g_autoptr(GString) found = g_string_new(NULL);

		for (guint f = 0; f < result->listed; f++) {
			FnFinding finding = fn_scan_finding(result, f);

			g_assert_cmpstr(finding.detector, ==, "staff");
			write_match(finding.start, finding.end, found);
		}
		g_test_message("%s", texts[i].text);
		g_assert_cmpstr(found->str, ==, texts[i].found);
	}
	profile = fn_scan_column(scanner, "工号", values, 2);
	g_assert_cmpstr(profile.detector, ==, "staff");
	fn_column_profile_clear(&profile);
	profile = fn_scan_column(scanner, "c1", values, 2);
	g_assert_cmpstr(profile.detector, !=, "staff");
	fn_column_profile_clear(&profile);
}

/* What took too long was not inspected. */
static void
test_given_up(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnScanner) scanner = scanner_of(", pattern: '(?:a{1,100}){1,100}b', anchors: [工号], after: 200", &error);
	g_autofree char *fill = g_strnfill(500, 'a'), *text = g_strconcat("工号", fill, "-b", NULL);
	g_autoptr(FnScanResult) result = NULL, short_text = NULL;

	g_assert_no_error(error);
	result = fn_scan(scanner, text, strlen(text));
	g_assert_cmpint(result->verdict, ==, FN_SCAN_NOT_FULLY_INSPECTED);
	g_assert_nonnull(strstr(result->reason, "staff"));
	short_text = fn_scan(scanner, "工号aab", 9);
	g_assert_cmpint(short_text->verdict, ==, FN_SCAN_FOUND);
	g_assert_null(short_text->reason);
}

static void
test_bad_files(void)
{
	static const struct {
		const char *shape, *named;
	} bad[] = {
		{ "", "pattern" }, { ", pattern: 'a'", "anchors" }, { ", pattern: 'a', anchors: []", "anchors" },
		{ ", pattern: 'a+', anchors: [工号]", "no end" }, { ", pattern: [a], anchors: [工号]", "pattern" },
		{ ", pattern: 'a', anchors: [a]", "2 to 64" }, { ", pattern: 'a', anchors: [[a]]", "2 to 64" }, { ", pattern: 'a', anchors: 工号", "anchors" },
		{ ", pattern: 'a', anchors: [工号], before: 201", "before" }, { ", pattern: 'a', anchors: [工号], after: -1", "after" },
		{ ", pattern: 'a', anchors: [工号], after: many", "after" }, { ", pattern: 'a', anchors: [工号], length: [1, 2]", "length" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(scanner_of(bad[i].shape, &error));
		g_assert_nonnull(error);
		g_test_message("%s", error->message);
		g_assert_nonnull(strstr(error->message, "staff.yaml:"));
		g_assert_nonnull(strstr(error->message, bad[i].named));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/regex/cases", test_cases);
	g_test_add_func("/regex/refused", test_refused);
	g_test_add_func("/regex/is", test_is);
	g_test_add_func("/regex/effort", test_effort);
	g_test_add_func("/regex/detector", test_detector);
	g_test_add_func("/regex/given-up", test_given_up);
	g_test_add_func("/regex/bad-files", test_bad_files);
	return g_test_run();
}
