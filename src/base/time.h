/* Moments and how they are written: microseconds since 1970 in code, RFC 3339 outside. */
#pragma once

#include <glib.h>

/* Microseconds since 1970, UTC: the machine's real clock. */
gint64 fn_time_now(void);
/* "2026-11-22T08:43:23.123456Z". */
char *fn_time_format(gint64 us);
/* Reads what fn_time_format() writes, or any RFC 3339 moment; FALSE when @text is none. */
gboolean fn_time_parse(const char *text, gint64 *us_out);
/* The civil date of @us in China Standard Time (UTC+8, no daylight saving), in which all working days count. */
void fn_time_date(gint64 us, GDate *date_out);
/* The same as "YYYY-MM-DD". */
char *fn_time_date_text(gint64 us);
/* Minutes since midnight in China Standard Time, for "outside hours". */
guint fn_time_minute_of_day(gint64 us);
