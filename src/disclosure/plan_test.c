#include "disclosure/testing.h"

static FnDisclosurePlan *
make_plan(const FnTestRows *rows, guint l)
{
	FnDisclosureOptions options = { 5, l, 100000, TRUE };
	g_autoptr(FnCensus) census = fn_test_census(rows, TRUE, 1 << 20, 0, rows->rows);
	g_autoptr(GError) error = NULL;
	FnDisclosurePlan *plan = fn_census_choose(census, &options, &error);

	g_assert_no_error(error);
	return plan;
}

static void
test_round(void)
{
	g_auto(FnTestRows) rows = fn_test_rows(1, 4, 500, 20);
	g_autoptr(FnDisclosurePlan) plan = make_plan(&rows, 2), again = NULL;
	g_autofree char *text = fn_disclosure_plan_text(plan), *text_again = NULL, *canonical = NULL;
	g_autoptr(GError) error = NULL;
	json_t *value;

	again = fn_disclosure_plan_parse(text, strlen(text), &error);
	g_assert_no_error(error);
	text_again = fn_disclosure_plan_text(again);
	g_assert_cmpstr(text, ==, text_again);
	g_assert_cmpstr(fn_disclosure_plan_digest(plan), ==, fn_disclosure_plan_digest(again));
	g_assert_cmpstr(fn_disclosure_plan_sensitive(again), ==, "sensitive");
	g_assert_cmpuint(fn_disclosure_plan_columns(again), ==, 4);
	for (guint i = 0; i < 4; i++) {
		g_assert_cmpstr(fn_disclosure_plan_name(again, i), ==, rows.quasi[i].name);
		g_assert_cmpuint(fn_disclosure_plan_level(again, i), ==, fn_disclosure_plan_level(plan, i));
	}
	value = json_loads(text, 0, NULL);
	canonical = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
	g_assert_cmpstr(text, ==, canonical);
	json_decref(value);
}

#define COLUMN "{\"hierarchy\":\"date/1\",\"level\":2,\"name\":\"birth\"}"
#define REST ",\"digest\":\"sm3:0\",\"format\":\"fengni/v1/disclosure\",\"joint\":false,\"k\":5,\"l\":1,\"sensitive\":null,\"suppress_ppm\":0}"

static const struct {
	const char *text, *named;
} bad[] = {
	{ "", "line 1" },
	{ "{", "line 1" },
	{ "[]", "expected an object" },
	{ "{}", "expected an object" },
	{ "{\"columns\":7" REST, "list of 1 to 16" },
	{ "{\"columns\":[]" REST, "list of 1 to 16" },
	{ "{\"columns\":[7]" REST, "a column must" },
	{ "{\"columns\":[{\"hierarchy\":\"date/1\",\"level\":2}]" REST, "a column must" },
	{ "{\"columns\":[{\"hierarchy\":\"date/1\",\"level\":2,\"nome\":\"a\"}]" REST, "\"name\"" },
	{ "{\"columns\":[{\"hierarchy\":7,\"level\":2,\"name\":\"a\"}]" REST, "\"hierarchy\"" },
	{ "{\"columns\":[{\"hierarchy\":\"date/1\",\"level\":-1,\"name\":\"a\"}]" REST, "\"level\"" },
	{ "{\"columns\":[{\"hierarchy\":\"date/1\",\"level\":64,\"name\":\"a\"}]" REST, "\"level\"" },
	{ "{\"columns\":[{\"hierarchy\":\"date/1\",\"level\":2.0,\"name\":\"a\"}]" REST, "\"level\"" },
	{ "{\"columns\":[{\"hierarchy\":\"date/1\",\"level\":2,\"name\":\"a\\u0000b\"}]" REST, "line 1" },
	{ "{\"columns\":[{\"hierarchy\":\"date/1\",\"level\":2,\"name\":\"\"}]" REST, "\"name\"" },
	{ "{\"columns\":[" COLUMN "," COLUMN "]" REST, "twice" },
	{ "{\"columns\":[" COLUMN "]" REST, "its digest" },
	{ "{\"columns\":[" COLUMN "],\"more\":1" REST, "no more" },
	{ "{\"columns\":[" COLUMN "],\"columns\":[]" REST, "line 1" },
	{ "{\"columns\":[" COLUMN
	  "],\"digest\":\"sm3:0\",\"format\":\"fengni/v2/disclosure\",\"joint\":false,\"k\":5,\"l\":1,\"sensitive\":null,\"suppress_ppm\":0}",
		"its format" },
	{ "{\"columns\":[" COLUMN
	  "],\"digest\":\"sm3:0\",\"format\":\"fengni/v1/disclosure\",\"joint\":0,\"k\":5,\"l\":1,\"sensitive\":null,\"suppress_ppm\":0}",
		"\"joint\"" },
	{ "{\"columns\":[" COLUMN
	  "],\"digest\":\"sm3:0\",\"format\":\"fengni/v1/disclosure\",\"joint\":false,\"k\":1,\"l\":1,\"sensitive\":null,\"suppress_ppm\":0}",
		"\"k\"" },
	{ "{\"columns\":[" COLUMN
	  "],\"digest\":\"sm3:0\",\"format\":\"fengni/v1/disclosure\",\"joint\":false,\"k\":5,\"l\":6,\"sensitive\":\"s\",\"suppress_ppm\":0}",
		"\"l\"" },
	{ "{\"columns\":[" COLUMN
	  "],\"digest\":\"sm3:0\",\"format\":\"fengni/v1/disclosure\",\"joint\":false,\"k\":5,\"l\":2,\"sensitive\":null,\"suppress_ppm\":0}",
		"sensitive column" },
	{ "{\"columns\":[" COLUMN
	  "],\"digest\":\"sm3:0\",\"format\":\"fengni/v1/disclosure\",\"joint\":false,\"k\":5,\"l\":1,\"sensitive\":7,\"suppress_ppm\":0}",
		"\"sensitive\"" },
	{ "{\"columns\":[" COLUMN
	  "],\"digest\":\"sm3:0\",\"format\":\"fengni/v1/disclosure\",\"joint\":false,\"k\":5,\"l\":1,\"sensitive\":null,\"suppress_ppm\":1000000}",
		"\"suppress_ppm\"" },
};

static void
test_bad(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_disclosure_plan_parse(bad[i].text, strlen(bad[i].text), &error));
		g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_PLAN);
		g_test_message("%s", error->message);
		g_assert_nonnull(strstr(error->message, bad[i].named));
	}
}

/* No character of a plan can be changed without notice. */
static void
test_changed(void)
{
	g_auto(FnTestRows) rows = fn_test_rows(1, 2, 300, 20);
	g_autoptr(FnDisclosurePlan) plan = make_plan(&rows, 1);
	g_autofree char *text = fn_disclosure_plan_text(plan);

	for (gsize i = 0; text[i] != '\0'; i++) {
		char was = text[i];

		text[i] = was == '1' ? '2' : '1';
		g_assert_null(fn_disclosure_plan_parse(text, strlen(text), NULL));
		text[i] = was;
	}
}

/* A plan is for these columns and hierarchies and no others. */
static void
test_other_rows(void)
{
	g_auto(FnTestRows) rows = fn_test_rows(1, 4, 500, 20), fewer = fn_test_rows(1, 3, 500, 20);
	g_autoptr(FnDisclosurePlan) plan = make_plan(&rows, 1);
	static const char *const named[] = { "4 quasi-identifiers", "sensitive column", "pinned to hierarchy", "not \"other\"" };

	for (guint i = 0; i < G_N_ELEMENTS(named); i++) {
		g_autoptr(FnHierarchy) other = fn_test_hierarchy("list", "[\"nurse\"]");
		FnHierarchy *was = rows.hierarchy[3];
		FnQuasi quasi = rows.quasi[3];
		g_autoptr(FnCensus) census = NULL;
		g_autoptr(GError) error = NULL;

		if (i == 2)
			rows.quasi[3].hierarchy = other;
		if (i == 3)
			rows.quasi[3].name = "other";
		census = i == 0 ? fn_test_census(&fewer, TRUE, 1 << 20, 0, 500) : fn_test_census(&rows, i != 1, 1 << 20, 0, 500);
		g_assert_null(fn_admission_new(plan, census, NULL, &error));
		g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_PLAN);
		g_assert_nonnull(strstr(error->message, named[i]));
		rows.hierarchy[3] = was;
		rows.quasi[3] = quasi;
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/plan/round", test_round);
	g_test_add_func("/plan/bad", test_bad);
	g_test_add_func("/plan/changed", test_changed);
	g_test_add_func("/plan/other-rows", test_other_rows);
	return g_test_run();
}
