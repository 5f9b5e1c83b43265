/* Periods of inspections: a day, a month, a quarter, half a year, a year. */
#include "oversight/oversight_priv.h"

#include <stdio.h>
#include <string.h>

const char *const fn_often[FN_OFTEN] = {
	[FN_DAY] = "day", [FN_MONTH] = "month", [FN_QUARTER] = "quarter", [FN_HALF_YEAR] = "half_year", [FN_YEAR] = "year",
};

static const guint months[FN_OFTEN] = { [FN_MONTH] = 1, [FN_QUARTER] = 3, [FN_HALF_YEAR] = 6, [FN_YEAR] = 12 };

static gboolean
set_months(FnPeriod *out, FnOften often, guint year, guint nth)
{
	guint month = (nth - 1) * months[often] + 1;

	if (nth < 1 || month > 12)
		return FALSE;
	out->often = often;
	g_date_set_dmy(&out->first, 1, (GDateMonth)month, (GDateYear)year);
	out->last = out->first;
	g_date_add_months(&out->last, months[often]);
	g_date_subtract_days(&out->last, 1);
	return TRUE;
}

static guint
digits(const char *text, guint n)
{
	guint value = 0;

	for (guint i = 0; i < n; i++) {
		if (!g_ascii_isdigit(text[i]))
			return 0;
		value = value * 10 + (guint)(text[i] - '0');
	}
	return value;
}

gboolean
fn_period_parse(const char *text, FnPeriod *out)
{
	gsize size = text != NULL ? strlen(text) : 0;
	guint year = size >= 4 ? digits(text, 4) : 0;

	g_date_clear(&out->first, 1);
	g_date_clear(&out->last, 1);
	if (year < 1991 || year > 2099 || (size > 4 && text[4] != '-'))
		return FALSE;
	if (size == 4)
		return set_months(out, FN_YEAR, year, 1);
	if (size == 7 && text[5] == 'H')
		return set_months(out, FN_HALF_YEAR, year, digits(text + 6, 1));
	if (size == 7 && text[5] == 'Q')
		return set_months(out, FN_QUARTER, year, digits(text + 6, 1));
	if (size == 7)
		return set_months(out, FN_MONTH, year, digits(text + 5, 2));
	if (size != 10 || !fn_date_parse(text, &out->first, NULL))
		return FALSE;
	out->often = FN_DAY;
	out->last = out->first;
	return TRUE;
}

char *
fn_period_of(FnOften often, const GDate *day)
{
	guint year = g_date_get_year(day), month = (guint)g_date_get_month(day);

	switch (often) {
	case FN_DAY:
		return g_strdup_printf("%04u-%02u-%02u", year, month, (guint)g_date_get_day(day));
	case FN_MONTH:
		return g_strdup_printf("%04u-%02u", year, month);
	case FN_QUARTER:
		return g_strdup_printf("%04u-Q%u", year, (month + 2) / 3);
	case FN_HALF_YEAR:
		return g_strdup_printf("%04u-H%u", year, (month + 5) / 6);
	default:
		return g_strdup_printf("%04u", year);
	}
}

char *
fn_period_before(FnOften often, const GDate *day)
{
	g_autofree char *here = fn_period_of(often, day);
	FnPeriod period;
	gboolean known = fn_period_parse(here, &period);

	g_assert(known);
	g_date_subtract_days(&period.first, 1);
	return fn_period_of(often, &period.first);
}
