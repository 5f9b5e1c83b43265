#include "disclosure/requirement.h"

#include "base/json.h"

#include <string.h>

static const FnRequiredField fields[] = { { "birth", "date" }, { "district", "region" }, { "age", "number:1,5,20" } };

static void
test_round(void)
{
	g_autoptr(GError) error = NULL;
	json_t *json = fn_requirement_write(fields, G_N_ELEMENTS(fields), &(FnRequirementTerms){ .k = 7, .suppress_ppm = 20000 }, &error);
	g_autoptr(FnRequirement) read = fn_requirement_read(json, &error);
	const FnQuasi *quasi;
	guint n;

	g_assert_no_error(error);
	g_assert_cmpuint(fn_requirement_options(read)->k, ==, 7);
	g_assert_cmpuint(fn_requirement_options(read)->l, ==, 1);
	g_assert_cmpuint(fn_requirement_options(read)->suppress_ppm, ==, 20000);
	g_assert_false(fn_requirement_options(read)->joint);
	quasi = fn_requirement_quasi(read, &n);
	g_assert_cmpuint(n, ==, G_N_ELEMENTS(fields));
	for (guint i = 0; i < n; i++) {
		g_autoptr(FnHierarchy) same = fn_hierarchy_new(fields[i].generalise, NULL, 0, NULL);

		g_assert_cmpstr(quasi[i].name, ==, fields[i].name);
		g_assert_cmpuint(quasi[i].levels, ==, 0);
		g_assert_cmpstr(fn_hierarchy_version(quasi[i].hierarchy), ==, fn_hierarchy_version(same));
	}
	json_decref(json);
}

/* What is asked for beyond is read as it was written, and what is not asked for is not there. */
static void
test_more(void)
{
	for (guint i = 0; i < 4; i++) {
		FnRequirementTerms terms = { .k = 5, .l = 3, .sensitive = i & 1 ? "illness" : NULL, .joint = (i & 2) != 0 };
		g_autoptr(GError) error = NULL;
		json_t *json = fn_requirement_write(fields, G_N_ELEMENTS(fields), &terms, &error);
		g_autoptr(FnRequirement) read = fn_requirement_read(json, &error);

		g_assert_no_error(error);
		g_assert_cmpuint(json_object_size(json), ==, 3 + (i & 1 ? 2 : 0) + (i & 2 ? 1 : 0));
		g_assert_cmpuint(fn_requirement_options(read)->l, ==, i & 1 ? 3 : 1);
		g_assert_cmpstr(fn_requirement_sensitive(read), ==, terms.sensitive);
		g_assert_cmpint(fn_requirement_options(read)->joint, ==, terms.joint);
		json_decref(json);
	}
}

/* A plan of @options over twenty rows that are all alike. */
static FnDisclosurePlan *
plan_with(const FnQuasi *quasi, guint n, const FnDisclosureOptions *options)
{
	enum { ROWS = 20 };
	const char *value[ROWS];
	guint32 size[ROWS];
	FnColumn column[FN_DISCLOSURE_MAX_QUASI];
	g_autoptr(FnCensus) census = fn_census_new(quasi, n, NULL, FN_DISCLOSURE_MEMORY, NULL, NULL);
	g_autoptr(GError) error = NULL;
	FnDisclosurePlan *plan;

	for (guint i = 0; i < ROWS; i++) {
		value[i] = "17";
		size[i] = 2;
	}
	for (guint i = 0; i < n; i++)
		column[i] = (FnColumn){ value, size, ROWS };
	g_assert_true(fn_census_add(census, column, NULL, NULL));
	plan = fn_census_choose(census, options, &error);
	g_assert_no_error(error);
	return plan;
}

static void
test_allows(void)
{
	static const struct {
		guint n, k, ppm;
		gboolean joint, swapped, allows;
	} cases[] = { { 2, 5, 50000, FALSE, FALSE, TRUE }, { 2, 6, 0, FALSE, FALSE, TRUE }, { 2, 4, 50000, FALSE, FALSE, FALSE },
		{ 2, 5, 50001, FALSE, FALSE, FALSE }, { 2, 5, 50000, TRUE, FALSE, FALSE }, { 1, 5, 50000, FALSE, FALSE, FALSE },
		{ 2, 5, 50000, FALSE, TRUE, FALSE } };
	const FnRequirementTerms terms = { .k = 5, .suppress_ppm = 50000 };
	json_t *json = fn_requirement_write(fields, 2, &terms, NULL), *other = fn_requirement_write(&fields[1], 2, &terms, NULL);
	g_autoptr(FnRequirement) requirement = fn_requirement_read(json, NULL), another = fn_requirement_read(other, NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		FnDisclosureOptions options = { .k = cases[i].k, .l = 1, .suppress_ppm = cases[i].ppm, .joint = cases[i].joint };
		guint n;
		const FnQuasi *quasi = fn_requirement_quasi(cases[i].swapped ? another : requirement, &n);
		g_autoptr(FnDisclosurePlan) plan = plan_with(quasi, cases[i].n, &options);

		g_test_message("case %zu", i);
		g_assert_cmpint(fn_requirement_allows(requirement, plan), ==, cases[i].allows);
	}
	json_decref(json);
	json_decref(other);
}

/* A plan may leave increments together only where that is asked for, and needs the sensitive column that is. */
static void
test_allows_more(void)
{
	static const struct {
		FnRequirementTerms terms;
		gboolean joint, allows; /* joint: the plan */
	} cases[] = { { { 5, 0, 1, NULL, TRUE }, TRUE, TRUE }, { { 5, 0, 1, NULL, TRUE }, FALSE, TRUE }, { { 5, 0, 1, NULL, FALSE }, TRUE, FALSE },
		{ { 5, 0, 2, "illness", FALSE }, FALSE, FALSE } };

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		json_t *json = fn_requirement_write(fields, 2, &cases[i].terms, NULL);
		g_autoptr(FnRequirement) requirement = fn_requirement_read(json, NULL);
		FnDisclosureOptions options = { .k = 5, .l = 1, .joint = cases[i].joint };
		guint n;
		const FnQuasi *quasi = fn_requirement_quasi(requirement, &n);
		g_autoptr(FnDisclosurePlan) plan = plan_with(quasi, n, &options);

		g_test_message("case %zu", i);
		g_assert_cmpint(fn_requirement_allows(requirement, plan), ==, cases[i].allows);
		json_decref(json);
	}
}

static void
test_not_written(void)
{
	static const struct {
		FnRequiredField field[2];
		guint n;
		FnRequirementTerms terms;
		int code;
	} bad[] = {
		{ { { "a", "date" } }, 0, { 5, 0 }, FN_DISCLOSURE_ERROR_OPTIONS }, { { { "a", "date" } }, 1, { 1, 0 }, FN_DISCLOSURE_ERROR_OPTIONS },
		{ { { "a", "date" } }, 1, { 5, 500001 }, FN_DISCLOSURE_ERROR_OPTIONS }, { { { "a", "dates" } }, 1, { 5, 0 }, FN_DISCLOSURE_ERROR_HIERARCHY },
		{ { { "a", "" } }, 1, { 5, 0 }, FN_DISCLOSURE_ERROR_HIERARCHY }, { { { "a", "list" } }, 1, { 5, 0 }, FN_DISCLOSURE_ERROR_HIERARCHY },
		{ { { "", "date" } }, 1, { 5, 0 }, FN_DISCLOSURE_ERROR_OPTIONS },
		{ { { "a", "date" }, { "a", "region" } }, 2, { 5, 0 }, FN_DISCLOSURE_ERROR_OPTIONS },
		{ { { "a", "date" } }, 1, { 5, 0, 1, "b", FALSE }, FN_DISCLOSURE_ERROR_OPTIONS },
		{ { { "a", "date" } }, 1, { 5, 0, 2, "a", FALSE }, FN_DISCLOSURE_ERROR_OPTIONS },
		{ { { "a", "date" } }, 1, { 5, 0, 2, "", FALSE }, FN_DISCLOSURE_ERROR_OPTIONS },
		{ { { "a", "date" } }, 1, { 5, 0, 6, "b", FALSE }, FN_DISCLOSURE_ERROR_OPTIONS },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_test_message("case %zu", i);
		g_assert_null(fn_requirement_write(bad[i].field, bad[i].n, &bad[i].terms, &error));
		g_assert_error(error, FN_DISCLOSURE_ERROR, bad[i].code);
	}
}

/* Whatever is taken away, added or changed is refused. */
static void
test_not_read(void)
{
	static const struct {
		const char *name, *value; /* NULL: the member is taken away */
		gboolean of_field;
	} changes[] = { { "k", NULL, FALSE }, { "k", "1", FALSE }, { "k", "\"5\"", FALSE }, { "k", "-5", FALSE }, { "k", "4294967301", FALSE },
		{ "suppress_ppm", NULL, FALSE }, { "suppress_ppm", "1000000", FALSE }, { "fields", NULL, FALSE }, { "fields", "[]", FALSE },
		{ "fields", "{}", FALSE }, { "fields", "[1]", FALSE }, { "l", "1", FALSE }, { "l", "2", FALSE },
		{ "sensitive", "\"illness\"", FALSE }, { "joint", "false", FALSE }, { "joint", "1", FALSE }, { "name", NULL, TRUE }, { "name", "\"district\"", TRUE },
		{ "hierarchy", NULL, TRUE }, { "hierarchy", "\"date/0\"", TRUE }, { "generalise", "\"region\"", TRUE }, { "generalise", NULL, TRUE },
		{ "more", "1", TRUE } };

	for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
		json_t *json = fn_requirement_write(fields, G_N_ELEMENTS(fields), &(FnRequirementTerms){ .k = 5, .suppress_ppm = 50000 }, NULL);
		json_t *of = changes[i].of_field ? json_array_get(json_object_get(json, "fields"), 0) : json;
		g_autoptr(GError) error = NULL;

		g_test_message("case %zu", i);
		if (changes[i].value == NULL)
			json_object_del(of, changes[i].name);
		else
			json_object_set_new(of, changes[i].name, json_loads(changes[i].value, JSON_DECODE_ANY, NULL));
		g_assert_null(fn_requirement_read(json, &error));
		g_assert_nonnull(error);
		json_decref(json);
	}
	g_assert_null(fn_requirement_read(NULL, NULL));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/requirement/round", test_round);
	g_test_add_func("/requirement/more", test_more);
	g_test_add_func("/requirement/allows", test_allows);
	g_test_add_func("/requirement/allows-more", test_allows_more);
	g_test_add_func("/requirement/not-written", test_not_written);
	g_test_add_func("/requirement/not-read", test_not_read);
	return g_test_run();
}
