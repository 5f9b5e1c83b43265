#include "scan/fixture.h"

static FnScanResult *
scan_with(const FnScanner *scanner, const char *profile, const char *text)
{
	g_autoptr(FnScanStream) stream = fn_scan_stream_new(scanner, profile, NULL, NULL);

	g_assert_nonnull(stream);
	fn_scan_stream_add(stream, text, strlen(text));
	return fn_scan_stream_end(stream, NULL);
}

static char *
times(const char *text, guint n)
{
	GString *all = g_string_new(NULL);

	while (n-- > 0)
		g_string_append(all, text);
	return g_string_free(all, FALSE);
}

/* What the profiles of the tree say about the same texts. */
static void
test_shipped(void)
{
	static const struct {
		const char *text;
		guint times;
		FnScanVerdict general, mail, website, strict;
	} cases[] = {
		{ "公开的通知\n", 1, FN_SCAN_CLEAN, FN_SCAN_CLEAN, FN_SCAN_CLEAN, FN_SCAN_CLEAN },
		{ "机密★10年\n", 1, FN_SCAN_BLOCKED, FN_SCAN_BLOCKED, FN_SCAN_BLOCKED, FN_SCAN_BLOCKED },
		{ "举报人\n", 1, FN_SCAN_FOUND, FN_SCAN_FOUND, FN_SCAN_FOUND, FN_SCAN_BLOCKED },
		{ "内部资料\n关于某事的报告\n", 1, FN_SCAN_FOUND, FN_SCAN_FOUND, FN_SCAN_BLOCKED, FN_SCAN_BLOCKED },
		{ "电话13800138000\n", 1, FN_SCAN_FOUND, FN_SCAN_FOUND, FN_SCAN_BLOCKED, FN_SCAN_BLOCKED },
		{ "电话13800138000\n", 49, FN_SCAN_FOUND, FN_SCAN_FOUND, FN_SCAN_BLOCKED, FN_SCAN_BLOCKED },
		{ "电话13800138000\n", 50, FN_SCAN_FOUND, FN_SCAN_BLOCKED, FN_SCAN_BLOCKED, FN_SCAN_BLOCKED },
		{ "邮箱a@example.com\n", 60, FN_SCAN_FOUND, FN_SCAN_FOUND, FN_SCAN_FOUND, FN_SCAN_FOUND },
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(FnScanner) scanner = fixture_scanner(NULL, &error);

	g_assert_no_error(error);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct {
			const char *profile;
			FnScanVerdict verdict;
		} expected[] = { { NULL, cases[i].general }, { "default", cases[i].general },
			{ "mail", cases[i].mail }, { "website", cases[i].website }, { "strict", cases[i].strict } };

		for (gsize p = 0; p < G_N_ELEMENTS(expected); p++) {
			g_autofree char *text = times(cases[i].text, cases[i].times);
			g_autoptr(FnScanResult) result = scan_with(scanner, expected[p].profile, text);

			g_test_message("%s %s", expected[p].profile, cases[i].text);
			g_assert_cmpstr(fn_scan_verdict_name(result->verdict), ==, fn_scan_verdict_name(expected[p].verdict));
		}
	}
}

static void
test_names(void)
{
	g_autoptr(FnScanner) scanner = fixture_scanner(NULL, NULL);
	g_autofree char *names = fn_scanner_profiles(scanner);

	g_assert_cmpstr(names, ==, "default, mail, strict, website");
	g_assert_null(fn_scanner_profile(scanner, ""));
	g_assert_null(fn_scanner_profile(scanner, "mial"));
	g_assert_null(fn_scan_stream_new(scanner, "mial", NULL, NULL));
	g_assert_false(fn_profile_passes_pictures(fn_scanner_profile(scanner, "mail")));
}

/* What a profile ignores or holds too low is no finding; level and verdict follow. */
static void
test_ignored(void)
{
	static const FixtureFile files[] = {
		{ "profiles/ours.yaml", FIXTURE_HEAD("ours") "ignores: [cn.mobile]\nfloor: 0.92\npictures: pass\n" },
		{ 0 },
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(FnScanner) scanner = fixture_scanner(files, &error);
	g_autoptr(FnScanResult) mobile = NULL, id = NULL, low = NULL, mark = NULL;

	g_assert_no_error(error);
	g_assert_true(fn_profile_passes_pictures(fn_scanner_profile(scanner, "ours")));
	mobile = scan_with(scanner, "ours", "手机号码13800138000");
	g_assert_cmpint(mobile->verdict, ==, FN_SCAN_CLEAN);
	g_assert_cmpuint(mobile->found, ==, 0);
	g_assert_cmpuint(mobile->level, ==, 1);
	id = scan_with(scanner, "ours", "手机号码13800138000身份证11010519491231002X");
	g_assert_cmpint(id->verdict, ==, FN_SCAN_FOUND);
	g_assert_cmpuint(id->listed, ==, 1);
	g_assert_cmpuint(id->level, ==, 3);
	low = scan_with(scanner, "ours", "举报人");
	g_assert_cmpint(low->verdict, ==, FN_SCAN_CLEAN);
	mark = scan_with(scanner, "ours", "机密★10年\n");
	g_assert_cmpint(mark->verdict, ==, FN_SCAN_BLOCKED);
}

/* A wrong profile is refused, and the message says where and what. */
static void
test_bad(void)
{
	static const struct {
		const char *file, *named;
	} cases[] = {
		{ "blocks: {cn.mobil: 1}\npictures: pass\n", "x.yaml:4: no detector \"cn.mobil\"" },
		{ "blocks: {level_7: 1}\npictures: pass\n", "level_7" },
		{ "blocks: {level_: 1}\npictures: pass\n", "level_" },
		{ "blocks: {cn.mobile: 0}\npictures: pass\n", "1 to" },
		{ "blocks: {cn.mobile: many}\npictures: pass\n", "many" },
		{ "ignores: [cn.nothing]\npictures: pass\n", "cn.nothing" },
		{ "ignores: [cn.secrecy_mark]\npictures: pass\n", "cannot be ignored" },
		{ "floor: 80\npictures: pass\n", "floor" },
		{ "pictures: maybe\n", "maybe" },
		{ "floor: 0.5\n", "pictures" },
		{ "pictures: pass\nflor: 0.5\n", "flor" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = g_strconcat(FIXTURE_HEAD("x"), cases[i].file, NULL);
		const FixtureFile files[] = { { "profiles/x.yaml", text }, { 0 } };
		g_autoptr(GError) error = NULL;

		g_assert_null(fixture_scanner(files, &error));
		g_assert_nonnull(error);
		g_test_message("%s", error->message);
		g_assert_nonnull(strstr(error->message, "x.yaml:"));
		g_assert_nonnull(strstr(error->message, cases[i].named));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/profile/shipped", test_shipped);
	g_test_add_func("/profile/names", test_names);
	g_test_add_func("/profile/ignored", test_ignored);
	g_test_add_func("/profile/bad", test_bad);
	return g_test_run();
}
