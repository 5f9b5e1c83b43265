/* date: a day becomes the year, quarter, month or decade it lies in, or moves by some days that depend on the key and on
 * itself: one day always moves to the same other day, never to itself, so that no number of answers averages out, and one
 * known person's day tells nothing of the others', as it would if a whole column moved alike. The form stays as it was
 * given: 1990-03-07, 1990/3/7, 19900307, 1990年3月7日. A time of day behind it is dropped. */
#include "mask/mask_priv.h"

#include <string.h>

enum { OUT_SIZE = 40 };

typedef struct {
	guint year, month, day;
	char mark;       /* between the parts; '\0' for eight digits, 'n' for 年月日 */
	gboolean padded; /* two digits for month and day */
} Day;

/* Reads @least to @most digits at *@at. */
static gboolean
take_number(const char **at, const char *end, guint least, guint most, guint *out)
{
	guint n = 0, value = 0;

	for (; n < most && *at < end && g_ascii_isdigit(**at); n++, (*at)++)
		value = value * 10 + (guint)(**at - '0');
	*out = value;
	return n >= least;
}

static gboolean
take_word(const char **at, const char *end, const char *word)
{
	gsize size = strlen(word);

	if ((gsize)(end - *at) < size || memcmp(*at, word, size) != 0)
		return FALSE;
	*at += size;
	return TRUE;
}

/* Between year and month; 'x' for none that is known. */
static char
take_mark(const char **at, const char *end)
{
	return take_word(at, end, "-") ? '-' : take_word(at, end, "/") ? '/' : take_word(at, end, "年") ? 'n' : '\0';
}

/* "", or a blank or T and a time: digits with the marks of RFC 3339. */
static gboolean
is_time(const char *at, const char *end)
{
	guint hour, minute;

	if (at == end)
		return TRUE;
	if (*at != ' ' && *at != 'T')
		return FALSE;
	at++;
	if (!take_number(&at, end, 1, 2, &hour) || !take_word(&at, end, ":") || !take_number(&at, end, 2, 2, &minute))
		return FALSE;
	for (; at < end; at++)
		if (!g_ascii_isdigit(*at) && strchr(":.+-Z", *at) == NULL)
			return FALSE;
	return TRUE;
}

static gboolean
read_day(const char *text, gsize size, Day *out)
{
	const char *at = text, *end = text + size, *month;
	guint least;

	if (!take_number(&at, end, 4, 4, &out->year))
		return FALSE;
	out->mark = take_mark(&at, end);
	least = out->mark == '\0' || out->mark == '-' ? 2 : 1;
	month = at;
	if (!take_number(&at, end, least, 2, &out->month))
		return FALSE;
	out->padded = at - month == 2 && out->month < 10;
	if (out->mark != '\0' && !take_word(&at, end, out->mark == 'n' ? "月" : out->mark == '-' ? "-" : "/"))
		return FALSE;
	month = at;
	if (!take_number(&at, end, least, 2, &out->day))
		return FALSE;
	out->padded |= (at - month == 2 && out->day < 10) || least == 2;
	return (out->mark != 'n' || take_word(&at, end, "日")) && out->year > 0 && g_date_valid_dmy((GDateDay)out->day,
		(GDateMonth)out->month, (GDateYear)out->year) && is_time(at, end);
}

static int
write_part(const Day *day, FnDateUnit unit, char *out)
{
	gboolean chinese = day->mark == 'n';
	char mark[2] = { chinese ? '\0' : day->mark, '\0' };

	switch (unit) {
	case FN_DATE_YEAR:
		return g_snprintf(out, OUT_SIZE, "%04u%s", day->year, chinese ? "年" : "");
	case FN_DATE_MONTH:
		return g_snprintf(out, OUT_SIZE, chinese ? "%04u年%s%0*u月" : "%04u%s%0*u", day->year, mark, day->padded ? 2 : 1, day->month);
	case FN_DATE_QUARTER:
		return g_snprintf(out, OUT_SIZE, chinese ? "%04u年%s第%u季度" : "%04u%sQ%u", day->year, mark, (day->month + 2) / 3);
	case FN_DATE_DECADE:
		return g_snprintf(out, OUT_SIZE, chinese ? "%04u年代" : "%04us", day->year / 10 * 10);
	}
	g_assert_not_reached();
}

static int
write_day(const Day *day, char *out)
{
	const char *first = day->mark == 'n' ? "年" : (char[2]){ day->mark, '\0' };
	const char *second = day->mark == 'n' ? "月" : first;
	int width = day->padded ? 2 : 1;

	return g_snprintf(out, OUT_SIZE, "%04u%s%0*u%s%0*u%s", day->year, first, width, day->month, second, width, day->day,
		day->mark == 'n' ? "日" : "");
}

/* By 1 to @most days back or forth. FALSE when the day would lie outside the years 1 to 9999. */
static gboolean
move(Day *day, FnMaskMac *mac, guint most)
{
	GDate date;
	char text[9];
	gint64 offset, moved;

	g_snprintf(text, sizeof(text), "%04u%02u%02u", day->year, day->month, day->day);
	offset = (gint64)fn_mask_mac_below(mac, text, 8, 2 * (guint64)most) - most;
	offset += offset >= 0; /* never 0 */
	g_date_clear(&date, 1);
	g_date_set_dmy(&date, (GDateDay)day->day, (GDateMonth)day->month, (GDateYear)day->year);
	moved = (gint64)g_date_get_julian(&date) + offset;
	if (moved < 1)
		return FALSE;
	g_date_set_julian(&date, (guint32)moved);
	day->year = g_date_get_year(&date);
	day->month = (guint)g_date_get_month(&date);
	day->day = g_date_get_day(&date);
	return day->year <= 9999;
}

void
fn_mask_apply_date(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	g_autoptr(FnMaskMac) mac = mask->spec.keyed ? fn_mask_mac_new(mask) : NULL;

	for (guint row = 0; row < column->n; row++) {
		char out[OUT_SIZE];
		int size = 0;
		Day day;

		if (column->value[row] == NULL)
			continue;
		if (read_day(column->value[row], column->size[row], &day)) {
			if (mac == NULL)
				size = write_part(&day, mask->spec.to, out);
			else if (move(&day, mac, mask->spec.shift))
				size = write_day(&day, out);
		}
		if (size > 0)
			fn_mask_put(column, row, out, (gsize)size, arena);
		else
			fn_mask_fall_back(mask, column, row, arena);
	}
}
