#include "oversight/oversight_priv.h"

static void
test_parse(void)
{
	static const struct {
		const char *text, *first, *last; /* first NULL: no period */
		FnOften often;
	} cases[] = {
		{ "2026", "2026-01-01", "2026-12-31", FN_YEAR },
		{ "2026-H1", "2026-01-01", "2026-06-30", FN_HALF_YEAR },
		{ "2026-H2", "2026-07-01", "2026-12-31", FN_HALF_YEAR },
		{ "2026-Q4", "2026-10-01", "2026-12-31", FN_QUARTER },
		{ "2024-02", "2024-02-01", "2024-02-29", FN_MONTH },
		{ "2026-12", "2026-12-01", "2026-12-31", FN_MONTH },
		{ "2026-11-22", "2026-11-22", "2026-11-22", FN_DAY },
		{ NULL }, { "" }, { "26" }, { "2026-" }, { "2026-H3" }, { "2026-H0" }, { "2026-Q5" }, { "2026-00" }, { "2026-13" }, { "2026-1" },
		{ "2026-02-30" }, { "2026/11" }, { "0026" }, { "2100" }, { "2026-11-22 " }, { "2026-h1" }, { "２０２６" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		FnPeriod period;
		char first[11], last[11];

		g_test_message("%s", cases[i].text);
		g_assert_cmpint(fn_period_parse(cases[i].text, &period), ==, cases[i].first != NULL);
		if (cases[i].first == NULL)
			continue;
		g_date_strftime(first, sizeof(first), "%Y-%m-%d", &period.first);
		g_date_strftime(last, sizeof(last), "%Y-%m-%d", &period.last);
		g_assert_cmpstr(first, ==, cases[i].first);
		g_assert_cmpstr(last, ==, cases[i].last);
		g_assert_cmpint(period.often, ==, cases[i].often);
	}
}

static void
test_of(void)
{
	static const struct {
		const char *day;
		FnOften often;
		const char *is, *before;
	} cases[] = {
		{ "2026-01-01", FN_DAY, "2026-01-01", "2025-12-31" }, { "2026-01-31", FN_MONTH, "2026-01", "2025-12" },
		{ "2026-03-31", FN_QUARTER, "2026-Q1", "2025-Q4" },   { "2026-04-01", FN_QUARTER, "2026-Q2", "2026-Q1" },
		{ "2026-06-30", FN_HALF_YEAR, "2026-H1", "2025-H2" }, { "2026-07-01", FN_HALF_YEAR, "2026-H2", "2026-H1" },
		{ "2026-12-31", FN_YEAR, "2026", "2025" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *is = NULL, *before = NULL;
		GDate day;

		g_date_clear(&day, 1);
		g_assert_true(fn_date_parse(cases[i].day, &day, NULL));
		is = fn_period_of(cases[i].often, &day);
		before = fn_period_before(cases[i].often, &day);
		g_assert_cmpstr(is, ==, cases[i].is);
		g_assert_cmpstr(before, ==, cases[i].before);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/oversight/period/parse", test_parse);
	g_test_add_func("/oversight/period/of", test_of);
	return g_test_run();
}
