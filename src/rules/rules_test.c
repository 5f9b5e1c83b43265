#include "rules/rules.h"

#include <glib/gstdio.h>

static char *
real_directory(void)
{
	return g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);
}

static FnRules *
real_rules(void)
{
	g_autofree char *directory = real_directory();
	g_autoptr(GError) error = NULL;
	FnRules *rules = fn_rules_load(directory, "national", NULL, &error);

	g_assert_no_error(error);
	return rules;
}

static const struct {
	const char *from, *due;
	guint days;
	gboolean provisional;
} due_cases[] = {
	{ "2026-02-12", "2026-03-04", 10, FALSE },
	{ "2026-02-12", "2026-03-18", 20, FALSE },
	{ "2026-02-14", "2026-03-06", 10, FALSE },
	{ "2026-04-28", "2026-05-14", 10, FALSE },
	{ "2026-09-22", "2026-10-13", 10, FALSE },
	{ "2025-12-26", "2026-01-12", 10, FALSE },
	{ "2025-09-26", "2025-10-16", 10, FALSE },
	{ "2024-02-08", "2024-02-28", 10, FALSE },
	{ "2022-12-30", "2023-01-03", 1, FALSE },
	{ "2020-01-23", "2020-02-03", 1, FALSE },
	{ "2026-12-30", "2026-12-31", 1, FALSE },
	{ "2026-12-31", "2027-01-01", 1, TRUE },
	{ "2026-12-28", "2027-01-11", 10, TRUE },
	{ "2019-12-30", "2019-12-31", 1, TRUE },
};

static void
test_due(void)
{
	g_autoptr(FnRules) rules = real_rules();

	for (gsize i = 0; i < G_N_ELEMENTS(due_cases); i++) {
		gboolean provisional;
		GDate from, due;
		char text[11];

		g_date_clear(&from, 1);
		g_assert_true(fn_date_parse(due_cases[i].from, &from, NULL));
		due = fn_calendar_due(fn_rules_calendar(rules), &from, due_cases[i].days, &provisional);
		g_date_strftime(text, sizeof(text), "%Y-%m-%d", &due);
		g_assert_cmpstr(text, ==, due_cases[i].due);
		g_assert_cmpint(provisional, ==, due_cases[i].provisional);
	}
}

static void
test_workdays_of_a_year(void)
{
	static const struct {
		GDateYear year;
		guint days;
	} years[] = { { 2024, 251 }, { 2025, 248 }, { 2026, 248 } };
	g_autoptr(FnRules) rules = real_rules();

	for (gsize i = 0; i < G_N_ELEMENTS(years); i++) {
		guint days = 0;
		GDate day;

		for (g_date_clear(&day, 1), g_date_set_dmy(&day, 1, 1, years[i].year); g_date_get_year(&day) == years[i].year;
			g_date_add_days(&day, 1))
			days += fn_calendar_is_workday(fn_rules_calendar(rules), &day);
		g_assert_cmpuint(days, ==, years[i].days);
	}
}

static void
test_lookups(void)
{
	g_autoptr(FnRules) rules = real_rules();
	const FnNode *const *all;
	const FnNode *roles;
	FnParameter found;
	guint n;

	all = fn_rules_all(rules, "calendar", &n);
	g_assert_cmpuint(n, ==, 7);
	g_assert_cmpstr(fn_node_text(all[0], "id"), ==, "2020");
	g_assert_cmpstr(fn_node_text(all[6], "id"), ==, "2026");
	fn_rules_all(rules, "no such kind", &n);
	g_assert_cmpuint(n, ==, 0);
	g_assert_null(fn_rules_get(rules, "packs", "nowhere"));
	roles = fn_rules_get(rules, "roles", "roles");
	g_assert_cmpstr(fn_rules_title(roles, "zh"), ==, "岗位与分离");
	g_assert_cmpstr(fn_rules_title(roles, "en"), ==, "Offices and their separation");
	g_assert_true(fn_rules_parameter(rules, "reply_conditional", &found));
	g_assert_cmpstr(found.value, ==, "10");
	g_assert_cmpstr(found.unit, ==, "working_day");
	g_assert_true(g_str_has_prefix(found.source, "D809-A21"));
	g_assert_cmpint(fn_rules_parameter_int(rules, "catalog_review", 0), ==, 2);
	g_assert_cmpint(fn_rules_parameter_int(rules, "nothing", -7), ==, -7);
	g_assert_false(fn_rules_parameter(rules, "nothing", &found));
}

static void
test_finds_the_tree(void)
{
	g_autofree char *found = fn_rules_directory(NULL);
	g_autofree char *real = real_directory();

	g_assert_cmpstr(found, ==, real);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rules/due", test_due);
	g_test_add_func("/rules/workdays-of-a-year", test_workdays_of_a_year);
	g_test_add_func("/rules/lookups", test_lookups);
	g_test_add_func("/rules/finds-the-tree", test_finds_the_tree);
	return g_test_run();
}
