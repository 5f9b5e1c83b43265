#include "base/calendar.h"

static const struct {
	const char *date;
	gboolean is_off;
} notice_2026[] = {
	{ "2026-02-14", FALSE }, { "2026-02-15", TRUE }, { "2026-02-16", TRUE }, { "2026-02-17", TRUE }, { "2026-02-18", TRUE },
	{ "2026-02-19", TRUE },  { "2026-02-20", TRUE }, { "2026-02-21", TRUE }, { "2026-02-22", TRUE }, { "2026-02-23", TRUE },
	{ "2026-02-28", FALSE },
};

static const struct {
	const char *why, *from, *due;
	guint days;
	gboolean provisional;
} cases[] = {
	{ "no days", "2026-02-12", "2026-02-12", 0, FALSE },
	{ "make-up Saturday counts", "2026-02-13", "2026-02-14", 1, FALSE },
	{ "over the Spring Festival", "2026-02-12", "2026-03-04", 10, FALSE },
	{ "a year without a notice", "2031-01-02", "2031-01-06", 2, TRUE },
};

static FnCalendar *
calendar_2026(void)
{
	FnCalendar *calendar = fn_calendar_new();

	for (gsize i = 0; i < G_N_ELEMENTS(notice_2026); i++)
		g_assert_true(fn_calendar_declare(calendar, notice_2026[i].date, notice_2026[i].is_off, NULL));
	return calendar;
}

static void
test_due(gconstpointer data)
{
	gsize i = GPOINTER_TO_SIZE(data);
	g_autoptr(FnCalendar) calendar = calendar_2026();
	gboolean provisional;
	GDate from, due;
	char text[11];

	g_date_clear(&from, 1);
	g_assert_true(fn_date_parse(cases[i].from, &from, NULL));
	due = fn_calendar_due(calendar, &from, cases[i].days, &provisional);
	g_date_strftime(text, sizeof(text), "%Y-%m-%d", &due);
	g_assert_cmpstr(text, ==, cases[i].due);
	g_assert_cmpint(provisional, ==, cases[i].provisional);
}

static void
test_bad_dates(void)
{
	static const char *const bad[] = { "", "2026-2-1", "2026-02-30", "2026-02-01 ", "2026/02/01", "1026-01-01", "２０２６-01-01" };

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(FnCalendar) calendar = fn_calendar_new();
		g_autoptr(GError) error = NULL;

		g_assert_false(fn_calendar_declare(calendar, bad[i], TRUE, &error));
		g_assert_error(error, FN_CALENDAR_ERROR, FN_CALENDAR_ERROR_DATE);
	}
}

static void
test_declared_twice(void)
{
	g_autoptr(FnCalendar) calendar = calendar_2026();
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_calendar_declare(calendar, "2026-02-17", TRUE, NULL));
	g_assert_false(fn_calendar_declare(calendar, "2026-02-17", FALSE, &error));
	g_assert_error(error, FN_CALENDAR_ERROR, FN_CALENDAR_ERROR_TWICE);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = g_strdup_printf("/calendar/due/%s", cases[i].why);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_due);
	}
	g_test_add_func("/calendar/bad-dates", test_bad_dates);
	g_test_add_func("/calendar/declared-twice", test_declared_twice);
	return g_test_run();
}
