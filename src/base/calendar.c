#include "base/calendar.h"

#include "base/say.h"

struct FnCalendar {
	GHashTable *declared; /* julian day -> GINT_TO_POINTER(is_off + 1) */
	GHashTable *official; /* set of years that have a notice */
};

G_DEFINE_QUARK(fn-calendar-error-quark, fn_calendar_error)

FnCalendar *
fn_calendar_new(void)
{
	FnCalendar *calendar = g_new0(FnCalendar, 1);

	calendar->declared = g_hash_table_new(NULL, NULL);
	calendar->official = g_hash_table_new(NULL, NULL);
	return calendar;
}

void
fn_calendar_free(FnCalendar *calendar)
{
	if (calendar == NULL)
		return;
	g_hash_table_unref(calendar->declared);
	g_hash_table_unref(calendar->official);
	g_free(calendar);
}

gboolean
fn_date_parse(const char *text, GDate *date_out, GError **error)
{
	static const char shape[] = "dddd-dd-dd";
	guint part[3] = { 0 };
	guint n = 0;
	gsize i;

	for (i = 0; shape[i] != '\0'; i++) {
		if (shape[i] == 'd' ? !g_ascii_isdigit(text[i]) : text[i] != shape[i])
			goto bad;
		if (shape[i] == 'd')
			part[n] = part[n] * 10 + (guint)(text[i] - '0');
		else
			n++;
	}
	if (text[i] != '\0' || part[0] < 1990 || part[0] > 2100 ||
	    !g_date_valid_dmy((GDateDay)part[2], (GDateMonth)part[1], (GDateYear)part[0]))
		goto bad;
	g_date_set_dmy(date_out, (GDateDay)part[2], (GDateMonth)part[1], (GDateYear)part[0]);
	return TRUE;
bad:
	fn_refuse(error, FN_CALENDAR_ERROR, FN_CALENDAR_ERROR_DATE, "not a date between 1990 and 2100 (YYYY-MM-DD)");
	return FALSE;
}

gboolean
fn_calendar_declare(FnCalendar *calendar, const char *date, gboolean is_off, GError **error)
{
	GDate day;
	gpointer key;
	int mark = (is_off ? TRUE : FALSE) + 1;
	int before;

	g_date_clear(&day, 1);
	if (!fn_date_parse(date, &day, error))
		return FALSE;
	key = GUINT_TO_POINTER(g_date_get_julian(&day));
	before = GPOINTER_TO_INT(g_hash_table_lookup(calendar->declared, key));
	if (before != 0 && before != mark) {
		fn_refuse(error, FN_CALENDAR_ERROR, FN_CALENDAR_ERROR_TWICE, "%s is declared both on and off", date);
		return FALSE;
	}
	g_hash_table_insert(calendar->declared, key, GINT_TO_POINTER(mark));
	g_hash_table_add(calendar->official, GUINT_TO_POINTER(g_date_get_year(&day)));
	return TRUE;
}

gboolean
fn_calendar_is_workday(const FnCalendar *calendar, const GDate *day)
{
	int mark = GPOINTER_TO_INT(g_hash_table_lookup(calendar->declared, GUINT_TO_POINTER(g_date_get_julian(day))));

	return mark != 0 ? mark == FALSE + 1 : g_date_get_weekday(day) <= G_DATE_FRIDAY;
}

GDate
fn_calendar_due(const FnCalendar *calendar, const GDate *from, guint days, gboolean *provisional_out)
{
	GDate day = *from;
	gboolean provisional = FALSE;

	while (days > 0) {
		g_date_add_days(&day, 1);
		provisional |= !g_hash_table_contains(calendar->official, GUINT_TO_POINTER(g_date_get_year(&day)));
		if (fn_calendar_is_workday(calendar, &day))
			days--;
	}
	if (provisional_out != NULL)
		*provisional_out = provisional;
	return day;
}
