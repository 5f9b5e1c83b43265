#include "mask/testing.h"

static const TestCase cases[] = {
	{ "date:to=year", "1990-03-07", "1990" },
	{ "date:to=year", "1990/3/7", "1990" },
	{ "date:to=year", "19900307", "1990" },
	{ "date:to=year", "1990年3月7日", "1990年" },
	{ "date:to=month", "1990-03-07", "1990-03" },
	{ "date:to=month", "1990/3/7", "1990/3" },
	{ "date:to=month", "1990/03/07", "1990/03" },
	{ "date:to=month", "19900307", "199003" },
	{ "date:to=month", "1990年03月07日", "1990年03月" },
	{ "date:to=month", "1990年12月7日", "1990年12月" },
	{ "date:to=quarter", "1990-03-31", "1990-Q1" },
	{ "date:to=quarter", "1990/4/1", "1990/Q2" },
	{ "date:to=quarter", "19901231", "1990Q4" },
	{ "date:to=quarter", "1990年7月1日", "1990年第3季度" },
	{ "date:to=decade", "1999-12-31", "1990s" },
	{ "date:to=decade", "2000年1月1日", "2000年代" },
	{ "date:to=year", "2024-02-29", "2024" },
	{ "date:to=month", "1990-03-07 08:30:00", "1990-03" },
	{ "date:to=month", "1990-03-07T08:30:00.123+08:00", "1990-03" },
	{ "date:to=month", "1990/3/7 8:30", "1990/3" },
	{ "date:to=year", NULL, NULL },
	{ "date:to=year", "", "***" },
	{ "date:to=year", "2023-02-29", "***" },
	{ "date:to=year", "1990-13-01", "***" },
	{ "date:to=year", "1990-00-01", "***" },
	{ "date:to=year", "0000-01-01", "***" },
	{ "date:to=year", "1990-3-7", "***" },
	{ "date:to=year", "1990-03/07", "***" },
	{ "date:to=year", "90-03-07", "***" },
	{ "date:to=year", "1990-03", "***" },
	{ "date:to=year", "1990", "***" },
	{ "date:to=year", "199003070", "***" },
	{ "date:to=year", "1990年3月7", "***" },
	{ "date:to=year", "1990年3-7日", "***" },
	{ "date:to=year", "1990-03-07x", "***" },
	{ "date:to=year", "1990-03-07 ", "***" },
	{ "date:to=year", "1990-03-07 noon", "***" },
	{ "date:to=year", "1990-03-07 08:30 Beijing", "***" },
	{ "date:to=year", " 1990-03-07", "***" },
	{ "date:to=year", "11010519491231002X", "***" },
	{ "date:to=year", "1990-0\xff-07", "***" },
	{ "date:to=year,else=null", "soon", NULL },
	{ "date:shift=5", "soon", "***" },
	{ "date:shift=5", NULL, NULL },
	{ "date:shift=5,else=null", "1990-02-30", NULL },
};

static void
test_cases(void)
{
	test_mask_cases(cases, G_N_ELEMENTS(cases));
}

/* The numbers in @text are year, month and day, or eight digits that are all three. */
static gint64
day_of(const char *text)
{
	guint64 part[3] = { 0 };
	GDate date;
	guint n = 0;

	for (const char *at = text; *at != '\0' && n < 3; n++) {
		part[n] = g_ascii_strtoull(at, (char **)&at, 10);
		while (*at != '\0' && !g_ascii_isdigit(*at))
			at++;
	}
	if (n == 1) {
		part[2] = part[0] % 100;
		part[1] = part[0] / 100 % 100;
		part[0] /= 10000;
	}
	g_date_clear(&date, 1);
	g_date_set_dmy(&date, (GDateDay)part[2], (GDateMonth)part[1], (GDateYear)part[0]);
	return g_date_get_julian(&date);
}

/* Within the bound, never the day itself, both ways, the same each time, another under another key. */
static void
test_shift(void)
{
	static const guint8 other_key[32] = { 9 };
	guint before = 0, differs = 0;

	for (guint i = 0; i < 400; i++) {
		g_autofree char *in = g_strdup_printf("%04u-%02u-%02u", 1950 + i / 8, 1 + i % 12, 1 + i % 28);
		g_autofree char *out = test_mask_one("date:shift=7", FN_SUITE_GM, test_key, "c", in);
		g_autofree char *again = test_mask_one("date:shift=7", FN_SUITE_GM, test_key, "c", in);
		g_autofree char *other = test_mask_one("date:shift=7", FN_SUITE_GM, other_key, "c", in);
		gint64 moved = day_of(out) - day_of(in);

		g_assert_true(moved != 0 && moved >= -7 && moved <= 7);
		g_assert_cmpstr(out, ==, again);
		before += moved < 0;
		differs += !g_str_equal(out, other);
	}
	g_assert_cmpuint(before, >, 100);
	g_assert_cmpuint(before, <, 300);
	g_assert_cmpuint(differs, >, 300);
}

/* One day moves to one day, whatever its form and column, where columns join. */
static void
test_forms(void)
{
	static const char *const forms[] = { "1990-03-07", "1990/3/7", "1990/03/07", "19900307", "1990年3月7日", "1990-03-07 08:30" };
	gint64 first = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
		g_autofree char *column = g_strdup_printf("column%zu", i);
		g_autofree char *out = test_mask_one("date:shift=3650,join=birth", FN_SUITE_INTL, test_key, column, forms[i]);
		gint64 day = day_of(out);

		g_assert_true(first == 0 || first == day);
		first = day;
	}
}

/* A day that would leave the calendar is not read. */
static void
test_ends(void)
{
	static const char *const edges[] = { "0001-01-01", "9999-12-31" };
	guint redacted = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(edges); i++)
		for (guint c = 0; c < 32; c++) {
			g_autofree char *column = g_strdup_printf("column%u", c);
			g_autofree char *out = test_mask_one("date:shift=10", FN_SUITE_GM, test_key, column, edges[i]);

			if (g_str_equal(out, FN_MASK_REDACTED))
				redacted++;
			else
				g_assert_cmpuint(strlen(out), ==, 10);
		}
	g_assert_cmpuint(redacted, >, 0);
	g_assert_cmpuint(redacted, <, 64);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/date/cases", test_cases);
	g_test_add_func("/date/shift", test_shift);
	g_test_add_func("/date/forms", test_forms);
	g_test_add_func("/date/ends", test_ends);
	return g_test_run();
}
