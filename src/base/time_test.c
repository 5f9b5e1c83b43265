#include "base/time.h"

static void
test_round_trip(void)
{
	gint64 us;
	g_autofree char *text = fn_time_format(G_GINT64_CONSTANT(1763800000123456));

	g_assert_cmpstr(text, ==, "2025-11-22T08:26:40.123456Z");
	g_assert_true(fn_time_parse(text, &us));
	g_assert_cmpint(us, ==, G_GINT64_CONSTANT(1763800000123456));
	g_assert_true(fn_time_parse("2025-11-22T16:26:40+08:00", &us));
	g_assert_cmpint(us, ==, G_GINT64_CONSTANT(1763800000000000));
	g_assert_false(fn_time_parse("yesterday", &us));
	g_assert_false(fn_time_parse(NULL, &us));
}

static void
test_china_date(void)
{
	gint64 us;
	g_autofree char *date = NULL;

	g_assert_true(fn_time_parse("2026-01-31T16:30:00Z", &us));
	date = fn_time_date_text(us);
	g_assert_cmpstr(date, ==, "2026-02-01");
	g_assert_cmpuint(fn_time_minute_of_day(us), ==, 30);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/time/round-trip", test_round_trip);
	g_test_add_func("/time/china-date", test_china_date);
	return g_test_run();
}
