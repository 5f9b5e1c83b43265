#include "disclosure/disclosure_priv.h"

#include <string.h>

static const char categories[] = "{\"公办\": {\"学校\": [\"小学\", \"中学\"], \"医院\": {}}, \"民办\": [\"诊所\"]}";
static const char places[] =
	"{\"甲省\": {\"乙市\": [\"东区\", \"西区\"], \"丙市\": [\"东区\"]}, \"丁省\": {\"戊市\": [\"西区\"]}, \"己市\": {\"己市\": [\"中区\"]}}";

static FnHierarchy *
make(const char *spec, const char *tree)
{
	g_autoptr(GError) error = NULL;
	FnHierarchy *hierarchy = fn_hierarchy_new(spec, tree, tree != NULL ? strlen(tree) : 0, &error);

	g_assert_no_error(error);
	return hierarchy;
}

/* A value at every level from the finest; after the last comes nothing but "*". */
static const struct {
	const char *spec, *tree, *value, *level[6];
} cases[] = {
	{ "date", NULL, "1987-03-12", { "1987-03-12", "1987-03", "1987", "1980s", "*" } },
	{ "date", NULL, "19870312", { "1987-03-12", "1987-03", "1987", "1980s", "*" } },
	{ "date", NULL, "2000-02-29", { "2000-02-29", "2000-02", "2000", "2000s", "*" } },
	{ "date", NULL, "1900-02-29", { "*", "*", "*", "*", "*" } },
	{ "date", NULL, "1987-13-01", { "*", "*" } },
	{ "date", NULL, "1987-3-12", { "*", "*" } },
	{ "date", NULL, "1987/03/12", { "*", "*" } },
	{ "date", NULL, "1987-03-12 00:00", { "*", "*" } },
	{ "date", NULL, "0000-00-00", { "*" } },
	{ "date", NULL, "", { "*" } },
	{ "date", NULL, NULL, { "*" } },
	{ "region", NULL, "130102", { "130102", "130100", "130000", "*" } },
	{ "region", NULL, "130102001", { "130102", "130100", "130000", "*" } },
	{ "region", NULL, "130102001003", { "130102", "130100", "130000", "*" } },
	{ "region", NULL, "130000", { "130000", "130000", "130000", "*" } },
	{ "region", NULL, "990102", { "*", "*" } },
	{ "region", NULL, "1301021", { "*", "*" } },
	{ "region", NULL, "13010a", { "*", "*" } },
	{ "region", NULL, "130102 00", { "*", "*" } },
	{ "region", NULL, "甲省", { "*" } },
	{ "region", places, "130102", { "130102", "130100", "130000", "*" } },
	{ "region", places, "甲省乙市东区", { "甲省乙市东区", "甲省乙市", "甲省", "*" } },
	{ "region", places, "乙市东区", { "甲省乙市东区", "甲省乙市", "甲省", "*" } },
	{ "region", places, "东区", { "甲省", "甲省", "甲省", "*" } },
	{ "region", places, "西区", { "*", "*", "*", "*" } },
	{ "region", places, "己市", { "己市", "己市", "己市", "*" } },
	{ "region", places, "己市己市", { "己市己市", "己市己市", "己市", "*" } },
	{ "region", places, "甲省东区", { "*" } },
	{ "number:1,5,50", NULL, "17", { "17", "15..19", "0..49", "*" } },
	{ "number:1,5,50", NULL, "17.99", { "17", "15..19", "0..49", "*" } },
	{ "number:1,5,50", NULL, "-1", { "-1", "-5..-1", "-50..-1", "*" } },
	{ "number:1,5,50", NULL, "-0.5", { "-1", "-5..-1", "-50..-1", "*" } },
	{ "number:1,5,50", NULL, "-5.0", { "-5", "-5..-1", "-50..-1", "*" } },
	{ "number:1,5,50", NULL, "0", { "0", "0..4", "0..49", "*" } },
	{ "number:1000", NULL, "1234567890123", { "*", "*" } },
	{ "number:1000", NULL, "123456789012", { "123456789000..123456789999", "*" } },
	{ "number:1,1000000000", NULL, "-1073741823", { "-1073741823", "-2000000000..-1000000001", "*" } },
	{ "number:1", NULL, "1073741824", { "*" } },
	{ "number:1", NULL, "99999999999999999999999999", { "*" } },
	{ "number:1", NULL, "1e3", { "*" } },
	{ "number:1", NULL, "-", { "*" } },
	{ "number:1", NULL, "1.", { "*" } },
	{ "number:1", NULL, ".5", { "*" } },
	{ "number:1", NULL, "1.x", { "*" } },
	{ "number:1", NULL, " 1", { "*" } },
	{ "list", categories, "小学", { "小学", "学校", "公办", "*" } },
	{ "list", categories, "医院", { "医院", "医院", "公办", "*" } },
	{ "list", categories, "诊所", { "诊所", "诊所", "民办", "*" } },
	{ "list", categories, "公办", { "公办", "公办", "公办", "*" } },
	{ "list", categories, "大学", { "*", "*" } },
	{ "list", "[\"a\", \"b\"]", "a", { "a", "*" } },
	{ "list", "[\"a\", \"b\"]", "", { "*" } },
};

static void
test_levels(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(FnHierarchy) hierarchy = make(cases[i].spec, cases[i].tree);

		for (guint level = 0; level <= fn_hierarchy_top(hierarchy); level++) {
			const char *expected = level < G_N_ELEMENTS(cases[i].level) && cases[i].level[level] != NULL ? cases[i].level[level] : "*";
			g_autofree char *out =
				fn_hierarchy_generalise(hierarchy, cases[i].value, cases[i].value != NULL ? strlen(cases[i].value) : 0, level);

			g_assert_cmpstr(out, ==, expected);
		}
	}
}

/* Coarser by steps is coarser at once, and what is the same stays the same: the search relies on both. */
static void
test_steps(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(FnHierarchy) hierarchy = make(cases[i].spec, cases[i].tree);
		guint32 code = fn_hierarchy_encode(hierarchy, cases[i].value, cases[i].value != NULL ? strlen(cases[i].value) : 0);

		for (guint low = 0; low <= fn_hierarchy_top(hierarchy); low++)
			for (guint high = low; high <= fn_hierarchy_top(hierarchy); high++)
				g_assert_cmpuint(fn_hierarchy_coarsen(hierarchy, fn_hierarchy_coarsen(hierarchy, code, low), high), ==,
					fn_hierarchy_coarsen(hierarchy, code, high));
		g_assert_cmpuint(fn_hierarchy_coarsen(hierarchy, code, 0), ==, code);
	}
}

static const struct {
	const char *spec, *tree, *named;
} bad[] = {
	{ "", NULL, "known are" },
	{ "dates", NULL, "known are" },
	{ "evil\n\x1b[31m", NULL, "\\x0a" },
	{ "date:5", NULL, "no parameters" },
	{ "date", "[]", "no tree" },
	{ "number", NULL, "widths" },
	{ "number:", NULL, "widths" },
	{ "number:0", NULL, "\"0\"" },
	{ "number:-5", NULL, "\"-5\"" },
	{ "number:5,", NULL, "\"\"" },
	{ "number:5,5", NULL, "multiple" },
	{ "number:5,7", NULL, "multiple" },
	{ "number:10,5", NULL, "multiple" },
	{ "number:9999999999", NULL, "9999999999" },
	{ "number:1,2,4,8,16,32,64,128,256", NULL, "widths" },
	{ "list", NULL, "needs a tree" },
	{ "list", "", "its tree" },
	{ "list", "{", "its tree" },
	{ "list", "{}", "empty" },
	{ "list", "[]", "empty" },
	{ "list", "7", "neither" },
	{ "list", "{\"a\": 7}", "neither" },
	{ "list", "{\"a\": \"b\"}", "neither" },
	{ "list", "[7]", "no text" },
	{ "list", "[\"a\", \"a\"]", "twice" },
	{ "list", "{\"a\": [\"a\"]}", "twice" },
	{ "list", "[\"*\"]", "no label" },
	{ "list", "[\"\"]", "no label" },
	{ "list", "[\"a\\nb\"]", "no label" },
	{ "region", "{\"a\": {\"b\": {\"c\": [\"d\"]}}}", "more than 3 levels" },
	{ "region:6", NULL, "no parameters" },
};

static void
test_bad(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_hierarchy_new(bad[i].spec, bad[i].tree, bad[i].tree != NULL ? strlen(bad[i].tree) : 0, &error));
		g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_HIERARCHY);
		g_test_message("%s", error->message);
		g_assert_nonnull(strstr(error->message, bad[i].named));
		g_assert_null(strchr(error->message, '\n'));
	}
}

static void
test_bounds(void)
{
	g_autoptr(GString) deep = g_string_new("[\"x\"]"), wide = g_string_new("[\"0\"");
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < FN_TREE_MAX_DEPTH; i++) {
		g_autofree char *inner = g_strdup(deep->str);

		g_string_printf(deep, "{\"%u\": %s}", i, inner);
	}
	g_assert_null(fn_hierarchy_new("list", deep->str, deep->len, &error));
	g_assert_nonnull(strstr(error->message, "levels"));
	g_clear_error(&error);
	for (guint i = 1; i <= FN_TREE_MAX_NODES; i++)
		g_string_append_printf(wide, ",\"%u\"", i);
	g_string_append_c(wide, ']');
	g_assert_null(fn_hierarchy_new("list", wide->str, wide->len, &error));
	g_assert_nonnull(strstr(error->message, "labels"));
}

/* A version says all that decides what a value becomes. */
static void
test_versions(void)
{
	g_autoptr(FnHierarchy) date = make("date", NULL), number = make("number:5,10", NULL), list = make("list", "[\"a\", \"b\"]"),
		same = make("list", " [ \"a\",\"b\" ]"), other = make("list", "[\"b\", \"a\"]"), deeper = make("list", "{\"a\": [\"b\"]}");

	g_assert_cmpstr(fn_hierarchy_version(date), ==, "date/1");
	g_assert_cmpstr(fn_hierarchy_version(number), ==, "number/1:5,10");
	g_assert_true(g_str_has_prefix(fn_hierarchy_version(list), "list/1#"));
	g_assert_cmpstr(fn_hierarchy_version(list), ==, fn_hierarchy_version(same));
	g_assert_cmpstr(fn_hierarchy_version(list), !=, fn_hierarchy_version(other));
	g_assert_cmpstr(fn_hierarchy_version(list), !=, fn_hierarchy_version(deeper));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/hierarchy/levels", test_levels);
	g_test_add_func("/hierarchy/steps", test_steps);
	g_test_add_func("/hierarchy/bad", test_bad);
	g_test_add_func("/hierarchy/bounds", test_bounds);
	g_test_add_func("/hierarchy/versions", test_versions);
	return g_test_run();
}
