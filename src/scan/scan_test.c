#include "scan/scan_priv.h"

#include <string.h>

static FnRules *
load_rules(void)
{
	g_autofree char *directory = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);
	g_autoptr(GError) error = NULL;
	FnRules *rules = fn_rules_load(directory, "national", NULL, &error);

	g_assert_no_error(error);
	return rules;
}

typedef struct {
	FnRules *rules;
	FnScanner *scanner;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	fixture->rules = load_rules();
	fixture->scanner = fn_scanner_new(fixture->rules, &error);
	g_assert_no_error(error);
}

static void
tear_down(Fixture *fixture, gconstpointer unused)
{
	fn_scanner_free(fixture->scanner);
	fn_rules_free(fixture->rules);
}

static guint
count(const FnScanResult *result, const char *detector)
{
	guint n = 0;

	for (guint i = 0; i < result->findings->len; i++)
		n += (guint)g_str_equal(g_array_index(result->findings, FnFinding, i).detector, detector);
	return n;
}

/* "\n" in the examples of the files is a line break. */
static void
check_examples(const FnScanner *scanner, const FnNode *file, const char *key, gboolean expected)
{
	const FnNode *list = fn_node_get(file, key);

	for (guint i = 0; i < fn_node_count(list); i++) {
		const char *text = fn_node_scalar(fn_node_at(list, i));
		g_autoptr(FnScanResult) result = fn_scan(scanner, text, strlen(text));
		gboolean found = count(result, fn_node_text(file, "id")) > 0;

		g_test_message("%s %s: %s", fn_node_text(file, "id"), key, text);
		g_assert_cmpint(found, ==, expected);
	}
}

static void
test_examples(Fixture *fixture, gconstpointer unused)
{
	guint n;
	const FnNode *const *file = fn_rules_all(fixture->rules, "detectors", &n);

	g_assert_cmpuint(n, >=, 7);
	for (guint i = 0; i < n; i++) {
		check_examples(fixture->scanner, file[i], "yes", TRUE);
		check_examples(fixture->scanner, file[i], "no", FALSE);
	}
}

static const struct {
	const char *text, *detector;
	gsize start, end;
	FnScanVerdict verdict;
} places[] = {
	{ "11010519491231002X", "cn.resident_id", 0, 18, FN_SCAN_FOUND },
	{ "张三11010519491231002X男", "cn.resident_id", 6, 24, FN_SCAN_FOUND },
	{ "电话138-0013-8000。", "cn.mobile", 6, 19, FN_SCAN_FOUND },
	{ "+86 138 0013 8000", "cn.mobile", 4, 17, FN_SCAN_FOUND },
	{ "a zhang@example.com.", "email", 2, 19, FN_SCAN_FOUND },
	{ "机密★10年\n通知", "cn.secrecy_mark", 0, 14, FN_SCAN_BLOCKED },
	{ "内部资料", "cn.keyword", 0, 12, FN_SCAN_FOUND },
};

static void
test_places(Fixture *fixture, gconstpointer unused)
{
	for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
		g_autoptr(FnScanResult) result = fn_scan(fixture->scanner, places[i].text, strlen(places[i].text));
		const FnFinding *finding = &g_array_index(result->findings, FnFinding, 0);

		g_test_message("%s", places[i].text);
		g_assert_cmpuint(result->findings->len, ==, 1);
		g_assert_cmpstr(finding->detector, ==, places[i].detector);
		g_assert_cmpuint(finding->start, ==, places[i].start);
		g_assert_cmpuint(finding->end, ==, places[i].end);
		g_assert_cmpint(result->verdict, ==, places[i].verdict);
		g_assert_cmpuint(result->level, ==, finding->level);
		g_assert_cmpstr(finding->where, ==, "");
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)
	ADD("/scan/examples", test_examples);
	ADD("/scan/places", test_places);
	return g_test_run();
}
