#include "base/time.h"

static const gint64 china_offset = G_GINT64_CONSTANT(8) * 3600 * G_USEC_PER_SEC;

gint64
fn_time_now(void)
{
	return g_get_real_time();
}

char *
fn_time_format(gint64 us)
{
	g_autoptr(GDateTime) moment = g_date_time_new_from_unix_utc(us / G_USEC_PER_SEC);
	g_autofree char *seconds = g_date_time_format(moment, "%Y-%m-%dT%H:%M:%S");

	return g_strdup_printf("%s.%06dZ", seconds, (int)(us % G_USEC_PER_SEC));
}

gboolean
fn_time_parse(const char *text, gint64 *us_out)
{
	g_autoptr(GDateTime) moment = NULL;

	if (text == NULL || (moment = g_date_time_new_from_iso8601(text, NULL)) == NULL)
		return FALSE;
	*us_out = g_date_time_to_unix(moment) * G_USEC_PER_SEC + g_date_time_get_microsecond(moment);
	return TRUE;
}

void
fn_time_date(gint64 us, GDate *date_out)
{
	g_autoptr(GDateTime) moment = g_date_time_new_from_unix_utc((us + china_offset) / G_USEC_PER_SEC);
	int year, month, day;

	g_date_time_get_ymd(moment, &year, &month, &day);
	g_date_clear(date_out, 1);
	g_date_set_dmy(date_out, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
}

char *
fn_time_date_text(gint64 us)
{
	char text[11];
	GDate date;

	fn_time_date(us, &date);
	g_date_strftime(text, sizeof(text), "%Y-%m-%d", &date);
	return g_strdup(text);
}

guint
fn_time_minute_of_day(gint64 us)
{
	return (guint)((us + china_offset) / (60 * G_USEC_PER_SEC) % (24 * 60));
}
