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

/* Date of eight digits or, with @century, six: the days before it; -1 when it is no date of @first to @last. */
static int
read_day(const char *digits, gboolean century, guint first, guint last)
{
	guint year = century ? 1900 + (guint)fn_rank_number(digits, 2) : (guint)fn_rank_number(digits, 4), day, month, count;

	digits += century ? 2 : 4;
	month = (guint)(digits[0] - '0') * 10 + (guint)(digits[1] - '0');
	day = (guint)(digits[2] - '0') * 10 + (guint)(digits[3] - '0');
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

/* ---- 18 digits, table 1 ----
 * In: prefixes that were issued, those of demonstration data, foreigners' 91-98; any four digits of place; days of
 * 1900-2029; sequence. Out: prefixes that were never issued; days of 1906-2025, so that every pseudonym has an age;
 * sequence. More prefixes make good for fewer days. */
static const guint8 issued[] = { 11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54,
	61, 62, 63, 64, 65, 71, 81, 82, 83, 66, 67, 68, 69, 91, 92, 93, 94, 95, 96, 97, 98 };
static const guint8 free_prefix[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 17, 18, 19, 20, 24, 25, 26, 27, 28, 29, 30, 38, 39, 40, 47, 48, 49,
	55, 56, 57, 58, 59, 60, 70, 72, 73, 74, 75, 76, 77, 78, 79, 80, 84, 85, 86, 87, 88, 89 };
/* Of the issued ones: those that the 15 digits had too, without foreigners' cards. */
enum { ISSUED_15 = 39 };
G_STATIC_ASSERT((guint64)G_N_ELEMENTS(free_prefix) * DAYS_1906_2025 >= (guint64)G_N_ELEMENTS(issued) * DAYS_1900_2029);

static void
describe_18(guint shape, guint *radix, guint *n, FnRank *domain)
{
	*n = 3;
	*domain = G_N_ELEMENTS(issued) * 10000 * (guint64)DAYS_1900_2029 * 1000;
	*radix = fn_rank_radix(*domain, *n);
}

/* The old 15 digits are the same person's: they become 18. */
static int
read_18(const char *text, guint32 size, FnRank *rank)
{
	gboolean old = size == 15;
	guint64 place;
	int prefix, day;

	if (!(old ? fn_rank_digits(text, 15) : size == 18 && fn_rank_digits(text, 17) &&
			(text[17] == 'x' ? 'X' : text[17]) == fn_resident_id_check_character(text)))
		return -1;
	place = fn_rank_number(text, 6);
	prefix = fn_rank_place(issued, sizeof(issued), place / 10000);
	day = read_day(text + 6, old, 1900, 2029);
	if (prefix < 0 || day < 0)
		return -1;
	*rank = (((guint64)prefix * 10000 + place % 10000) * DAYS_1900_2029 + (guint64)(day - DAY_1900)) * 1000 +
		fn_rank_number(text + (old ? 12 : 14), 3);
	return 0;
}

static guint32
write_18(guint prefix, guint place, guint day, guint sequence, char *out)
{
	fn_rank_write(prefix, out, 2);
	fn_rank_write(place, out + 2, 4);
	fn_rank_write(write_day(day, out + 8) / 100, out + 6, 2);
	fn_rank_write(sequence, out + 14, 3);
	out[17] = fn_resident_id_check_character(out);
	return 18;
}

static guint32
write_clear_18(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	guint64 value = (guint64)rank, days = value / 1000, places = days / DAYS_1900_2029;

	return write_18(issued[places / 10000], (guint)(places % 10000), DAY_1900 + (guint)(days % DAYS_1900_2029),
		(guint)(value % 1000), out);
}

static int
read_pseudonym_18(const char *text, guint32 size, FnRank *rank)
{
	guint64 place;
	int prefix, day;

	if (size != 18 || !fn_rank_digits(text, 17) || (text[17] == 'x' ? 'X' : text[17]) != fn_resident_id_check_character(text))
		return -1;
	place = fn_rank_number(text, 6);
	prefix = fn_rank_place(free_prefix, sizeof(free_prefix), place / 10000);
	day = read_day(text + 6, FALSE, 1906, 2025);
	if (prefix < 0 || day < 0)
		return -1;
	*rank = (((guint64)prefix * 10000 + place % 10000) * DAYS_1906_2025 + (guint64)(day - DAY_1906)) * 1000 +
		fn_rank_number(text + 14, 3);
	return 0;
}

static guint32
write_pseudonym_18(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	guint64 value = (guint64)rank, days = value / 1000, places = days / DAYS_1906_2025;

	return write_18(free_prefix[places / 10000], (guint)(places % 10000), DAY_1906 + (guint)(days % DAYS_1906_2025),
		(guint)(value % 1000), out);
}

const FnPseudonymKind fn_pseudonym_resident_id = { "resident_id", 1, 1, 18, describe_18, { read_18, write_clear_18 },
	{ read_pseudonym_18, write_pseudonym_18 } };

/* ---- 15 digits that stay 15, table 1: born 1900-1999, no check digit ---- */

static void
describe_15(guint shape, guint *radix, guint *n, FnRank *domain)
{
	*n = 3;
	*domain = ISSUED_15 * 10000 * (guint64)DAYS_1900_1999 * 1000;
	*radix = fn_rank_radix(*domain, *n);
}

static int
rank_15(const guint8 *prefixes, gsize n, const char *text, guint32 size, FnRank *rank)
{
	guint64 place;
	int prefix, day;

	if (size != 15 || !fn_rank_digits(text, 15))
		return -1;
	place = fn_rank_number(text, 6);
	prefix = fn_rank_place(prefixes, n, place / 10000);
	day = read_day(text + 6, TRUE, 1900, 1999);
	if (prefix < 0 || day < 0)
		return -1;
	*rank = (((guint64)prefix * 10000 + place % 10000) * DAYS_1900_1999 + (guint64)(day - DAY_1900)) * 1000 +
		fn_rank_number(text + 12, 3);
	return 0;
}

static guint32
write_15(const guint8 *prefixes, guint64 rank, char *out)
{
	guint64 days = rank / 1000, places = days / DAYS_1900_1999;

	fn_rank_write(prefixes[places / 10000], out, 2);
	fn_rank_write(places % 10000, out + 2, 4);
	write_day(DAY_1900 + (guint)(days % DAYS_1900_1999), out + 6);
	fn_rank_write(rank % 1000, out + 12, 3);
	return 15;
}

static int
read_15(const char *text, guint32 size, FnRank *rank)
{
	return rank_15(issued, ISSUED_15, text, size, rank);
}

static guint32
write_clear_15(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	return write_15(issued, (guint64)rank, out);
}

static int
read_pseudonym_15(const char *text, guint32 size, FnRank *rank)
{
	return rank_15(free_prefix, sizeof(free_prefix), text, size, rank);
}

static guint32
write_pseudonym_15(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	return write_15(free_prefix, (guint64)rank, out);
}

const FnPseudonymKind fn_pseudonym_resident_id15 = { "resident_id15", 1, 1, 15, describe_15, { read_15, write_clear_15 },
	{ read_pseudonym_15, write_pseudonym_15 } };
