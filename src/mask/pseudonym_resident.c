/* Resident identity numbers of 18 and 15 digits: prefix, four digits of place, day of birth, sequence. */
#include "mask/pseudonym_priv.h"

#include "base/identifiers.h"

/* ---- days ---- */

/* Days are counted from 1 March 1896 on, so that a leap day is the last of its year. */
enum {
	NO_DAY = 1460, /* 29 February 1900, which there was not */
	DAY_1900 = 1401, DAY_1906 = 3592,
	DAYS_1900_1999 = 36524, DAYS_1900_2029 = 47482, DAYS_1906_2025 = 43830,
};

/* The day that digits of year, month and day name; -1 when there is none in @first to @last. */
static inline int
read_day(guint year, const char *digits, guint first, guint last)
{
	guint month = (guint)fn_rank_number(digits, 2), day = (guint)fn_rank_number(digits + 2, 2), count;

	if (year < first || year > last || !fn_identifier_date(year, month, day))
		return -1;
	count = (year - 1896 - (guint)(month < 3)) * 1461 / 4 + ((month + 9) % 12 * 153 + 2) / 5 + day - 1;
	return (int)(count - (guint)(count > NO_DAY));
}

/* Writes six digits: two of the year, month, day. Gives the year. */
static guint
write_day(guint count, char *to)
{
	guint years, rest, month;

	count += (guint)(count >= NO_DAY);
	years = (4 * count + 3) / 1461;
	rest = count - years * 1461 / 4;
	month = (5 * rest + 2) / 153;
	years += 1896 + (guint)(month >= 10);
	fn_rank_write(years % 100, to, 2);
	fn_rank_write(month < 10 ? month + 3 : month - 9, to + 2, 2);
	fn_rank_write(rest - (153 * month + 2) / 5 + 1, to + 4, 2);
	return years;
}

/* ---- numbers of table 1 ----
 * In: prefixes that were issued, those of demonstration data, foreigners' 91-98; any four digits of place; days of
 * 1900-2029; sequence. Out: prefixes that were never issued; days of 1906-2025, so that every pseudonym has an age;
 * sequence. More prefixes make good for fewer days. The old 15 digits have days of 1900-1999 on either side, and no
 * foreigners. */
static const guint8 issued[] = { 11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54,
	61, 62, 63, 64, 65, 71, 81, 82, 83, 66, 67, 68, 69, 91, 92, 93, 94, 95, 96, 97, 98 };
static const guint8 never[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 17, 18, 19, 20, 24, 25, 26, 27, 28, 29, 30, 38, 39, 40, 47, 48, 49,
	55, 56, 57, 58, 59, 60, 70, 72, 73, 74, 75, 76, 77, 78, 79, 80, 84, 85, 86, 87, 88, 89 };
enum { FOREIGNERS = 8 };

typedef struct {
	const guint8 *prefix;
	guint prefixes, first_year, last_year, first_day, days;
} Window;
static const Window clear_18 = { issued, G_N_ELEMENTS(issued), 1900, 2029, DAY_1900, DAYS_1900_2029 };
static const Window pseudonym_18 = { never, G_N_ELEMENTS(never), 1906, 2025, DAY_1906, DAYS_1906_2025 };
static const Window clear_15 = { issued, G_N_ELEMENTS(issued) - FOREIGNERS, 1900, 1999, DAY_1900, DAYS_1900_1999 };
static const Window pseudonym_15 = { never, G_N_ELEMENTS(never), 1900, 1999, DAY_1900, DAYS_1900_1999 };

static void
describe_window(const Window *clear, const Window *pseudonym, guint *radix, guint *n, FnRank *domain)
{
	g_assert((guint64)pseudonym->prefixes * pseudonym->days >= (guint64)clear->prefixes * clear->days);
	*n = 3;
	*domain = clear->prefixes * 10000 * (guint64)clear->days * 1000;
	*radix = fn_rank_radix(*domain, *n);
}

/* Inlined, so that what a window fixes is fixed when it is compiled. */
static inline int
read_window(const Window *window, const char *text, gboolean old, FnRank *rank)
{
	guint64 place = fn_rank_number(text, 6);
	int prefix = fn_rank_place(window->prefix, window->prefixes, place / 10000);
	guint year = old ? 1900 + (guint)fn_rank_number(text + 6, 2) : (guint)fn_rank_number(text + 6, 4);
	int day = read_day(year, text + (old ? 8 : 10), window->first_year, window->last_year);

	if (prefix < 0 || day < 0)
		return -1;
	*rank = (((guint64)prefix * 10000 + place % 10000) * window->days + (guint)day - window->first_day) * 1000 +
		fn_rank_number(text + (old ? 12 : 14), 3);
	return 0;
}

static inline guint32
write_window(const Window *window, guint64 rank, gboolean old, char *out)
{
	guint64 days = rank / 1000, places = days / window->days;
	guint year;

	fn_rank_write(window->prefix[places / 10000], out, 2);
	fn_rank_write(places % 10000, out + 2, 4);
	year = write_day(window->first_day + (guint)(days % window->days), out + (old ? 6 : 8));
	fn_rank_write(rank % 1000, out + (old ? 12 : 14), 3);
	if (old)
		return 15;
	fn_rank_write(year / 100, out + 6, 2);
	out[17] = fn_resident_id_check_character(out);
	return 18;
}

static inline gboolean
is_18(const char *text, guint32 size)
{
	return size == 18 && fn_rank_digits(text, 17) && (text[17] == 'x' ? 'X' : text[17]) == fn_resident_id_check_character(text);
}

static inline gboolean
is_15(const char *text, guint32 size)
{
	return size == 15 && fn_rank_digits(text, 15);
}

/* ---- 18 digits ---- */

static void
describe_18(guint shape, guint *radix, guint *n, FnRank *domain)
{
	describe_window(&clear_18, &pseudonym_18, radix, n, domain);
}

/* The old 15 digits are the same person's: they become 18. */
static int
read_clear_18(const char *text, guint32 size, FnRank *rank)
{
	return is_18(text, size) || is_15(text, size) ? read_window(&clear_18, text, size == 15, rank) : -1;
}

static guint32
write_clear_18(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	return write_window(&clear_18, (guint64)rank, FALSE, out);
}

static int
read_pseudonym_18(const char *text, guint32 size, FnRank *rank)
{
	return is_18(text, size) ? read_window(&pseudonym_18, text, FALSE, rank) : -1;
}

static guint32
write_pseudonym_18(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	return write_window(&pseudonym_18, (guint64)rank, FALSE, out);
}

const FnPseudonymKind fn_pseudonym_resident_id = { "resident_id", 1, 1, 18, describe_18, { read_clear_18, write_clear_18 },
	{ read_pseudonym_18, write_pseudonym_18 } };

/* ---- 15 digits that stay 15: no check digit ---- */

static void
describe_15(guint shape, guint *radix, guint *n, FnRank *domain)
{
	describe_window(&clear_15, &pseudonym_15, radix, n, domain);
}

static int
read_clear_15(const char *text, guint32 size, FnRank *rank)
{
	return is_15(text, size) ? read_window(&clear_15, text, TRUE, rank) : -1;
}

static guint32
write_clear_15(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	return write_window(&clear_15, (guint64)rank, TRUE, out);
}

static int
read_pseudonym_15(const char *text, guint32 size, FnRank *rank)
{
	return is_15(text, size) ? read_window(&pseudonym_15, text, TRUE, rank) : -1;
}

static guint32
write_pseudonym_15(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	return write_window(&pseudonym_15, (guint64)rank, TRUE, out);
}

const FnPseudonymKind fn_pseudonym_resident_id15 = { "resident_id15", 1, 1, 15, describe_15, { read_clear_15, write_clear_15 },
	{ read_pseudonym_15, write_pseudonym_15 } };
