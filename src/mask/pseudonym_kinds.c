/* Kinds of pseudonyms: how a structured identifier is ranked, and how a rank becomes a well-formed identifier that is
 * nobody's. The tables here are frozen as table 1: a grant pins the table, so they never change; what later numbers
 * need is a new table beside them. */
#include "base/identifiers.h"
#include "mask/mask_priv.h"

#include <string.h>

static gboolean
all_digits(const char *text, guint32 size)
{
	for (guint32 i = 0; i < size; i++)
		if (text[i] < '0' || text[i] > '9')
			return FALSE;
	return TRUE;
}

static guint64
number(const char *digits, guint n)
{
	guint64 value = 0;

	for (guint i = 0; i < n; i++)
		value = value * 10 + (guint64)(digits[i] - '0');
	return value;
}

static void
write_digits(guint64 value, char *to, guint n)
{
	for (guint i = n; i > 0; i--, value /= 10)
		to[i - 1] = (char)('0' + value % 10);
}

/* Position of @prefix in the @n sorted or unsorted entries of @table, -1 when absent. */
static int
position(const guint8 *table, gsize n, guint64 prefix)
{
	const guint8 *at = prefix > 255 ? NULL : memchr(table, (int)prefix, n);

	return at == NULL ? -1 : (int)(at - table);
}

static guint
root(guint64 domain, guint n)
{
	guint low = 2, high = 65536;

	while (low < high) {
		guint middle = (low + high) / 2;
		unsigned __int128 all = 1;

		for (guint i = 0; i < n; i++)
			all *= middle;
		if (all >= domain)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static void
split_rank(const FnPseudonymShape *shape, guint64 rank, guint64 *a, guint64 *b)
{
	*a = rank / shape->plan.modulus_v;
	*b = rank % shape->plan.modulus_v;
}

static guint64
join_rank(const FnPseudonymShape *shape, guint64 a, guint64 b)
{
	return a * shape->plan.modulus_v + b;
}

/* ---- resident identity number ----
 * In: prefixes that were issued, those of demonstration data, foreigners' 91-98; any four digits of place; days of
 * 1900-2029; sequence. Out: 52 prefixes that were never issued; days of 1908-2025, so that every pseudonym has an age;
 * sequence. More prefixes make good for fewer days. */
static const guint8 resident_in[] = { 11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54,
	61, 62, 63, 64, 65, 71, 81, 82, 83, 66, 67, 68, 69, 91, 92, 93, 94, 95, 96, 97, 98 };
static const guint8 resident_out[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 17, 18, 19, 20, 24, 25, 26, 27, 28, 29, 30, 38, 39, 40, 47, 48, 49,
	55, 56, 57, 58, 59, 60, 70, 72, 73, 74, 75, 76, 77, 78, 79, 80, 84, 85, 86, 87, 88, 89 };
enum {
	DAYS_IN = 47482,  /* 1900-01-01 to 2029-12-31 */
	DAYS_OUT = 43830, /* 1906-01-01 to 2025-12-31 */
	OUT_FIRST_YEAR = 1906,
};
#define RESIDENT_DOMAIN (G_N_ELEMENTS(resident_in) * 10000 * (guint64)DAYS_IN * 1000)

static gboolean
is_leap(guint year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static const guint16 month_start[13] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 };

/* Days from 1 January of @first to the given day; leap years between 1901 and 2099 are every fourth. */
static guint
day_number(guint first, guint year, guint month, guint day)
{
	guint leaps = (year - 1) / 4 - (first - 1) / 4 - (guint)(first <= 1900 && year > 1900);

	return (year - first) * 365 + leaps + month_start[month - 1] + (guint)(month > 2 && is_leap(year)) + day - 1;
}

/* The day @number days after 1 January of OUT_FIRST_YEAR as eight digits. */
static void
write_day(guint number, char *to)
{
	guint year = OUT_FIRST_YEAR + number / 366, month = 1, rest, leap;

	while ((rest = number - day_number(OUT_FIRST_YEAR, year, 1, 1)) >= 365 + (guint)is_leap(year))
		year++;
	leap = is_leap(year);
	while (month < 12 && rest >= month_start[month] + (month > 1 ? leap : 0))
		month++;
	rest -= month_start[month - 1] + (month > 2 ? leap : 0);
	write_digits(year, to, 4);
	write_digits(month, to + 4, 2);
	write_digits(rest + 1, to + 6, 2);
}

static void
resident_describe(guint shape, guint *radix, guint *n, guint64 *domain)
{
	*n = 3;
	*domain = RESIDENT_DOMAIN;
	*radix = root(*domain, *n);
}

/* The 18-digit form of what was given: the old 15 digits are the same person's. */
static gboolean
resident_long(const char *text, guint32 size, char *digits17)
{
	if (size == 15 && all_digits(text, 15)) {
		memcpy(digits17, text, 6);
		memcpy(digits17 + 6, "19", 2);
		memcpy(digits17 + 8, text + 6, 9);
		return TRUE;
	}
	if (size != 18 || !all_digits(text, 17) || (text[17] == 'x' ? 'X' : text[17]) != fn_resident_id_check_character(text))
		return FALSE;
	memcpy(digits17, text, 17);
	return TRUE;
}

static int
resident_classify(const char *text, guint32 size)
{
	char digits[17];
	guint year;

	if (!resident_long(text, size, digits))
		return -1;
	year = (guint)number(digits + 6, 4);
	if (position(resident_in, sizeof(resident_in), number(digits, 2)) < 0 || year > 2029)
		return -1;
	return fn_identifier_date(year, (guint)number(digits + 10, 2), (guint)number(digits + 12, 2)) ? 0 : -1;
}

static void
resident_split(const FnPseudonymShape *shape, const char *text, guint32 size, guint64 *a, guint64 *b)
{
	char digits[17];
	guint64 rank;

	g_assert(resident_long(text, size, digits));
	rank = (guint64)position(resident_in, sizeof(resident_in), number(digits, 2)) * 10000 + number(digits + 2, 4);
	rank = rank * DAYS_IN +
		day_number(1900, (guint)number(digits + 6, 4), (guint)number(digits + 10, 2), (guint)number(digits + 12, 2));
	split_rank(shape, rank * 1000 + number(digits + 14, 3), a, b);
}

static void
resident_join(const FnPseudonymShape *shape, guint64 a, guint64 b, const char *text, guint32 size, char *out)
{
	guint64 rank = join_rank(shape, a, b), sequence = rank % 1000, day = rank / 1000 % DAYS_OUT, place = rank / 1000 / DAYS_OUT;

	write_digits(resident_out[place / 10000], out, 2);
	write_digits(place % 10000, out + 2, 4);
	write_day((guint)day, out + 6);
	write_digits(sequence, out + 14, 3);
	out[17] = fn_resident_id_check_character(out);
}

static guint32
resident_size(const FnPseudonymShape *shape, guint32 size)
{
	return 18;
}

static guint32
same_size(const FnPseudonymShape *shape, guint32 size)
{
	return size;
}

/* ---- mobile ----
 * In: 13x to 19x. Out: 220 to 289. The free segments that begin with 1 would not hold all numbers, and no Chinese number
 * of eleven digits begins with 2. */
static void
mobile_describe(guint shape, guint *radix, guint *n, guint64 *domain)
{
	*n = 3;
	*domain = 70 * (guint64)100000000;
	*radix = root(*domain, *n);
}

static int
mobile_classify(const char *text, guint32 size)
{
	return size == 11 && all_digits(text, size) && text[0] == '1' && text[1] >= '3' ? 0 : -1;
}

static void
mobile_split(const FnPseudonymShape *shape, const char *text, guint32 size, guint64 *a, guint64 *b)
{
	split_rank(shape, number(text, 11) - 13000000000, a, b);
}

static void
mobile_join(const FnPseudonymShape *shape, guint64 a, guint64 b, const char *text, guint32 size, char *out)
{
	write_digits(join_rank(shape, a, b) + 22000000000, out, 11);
}

/* ---- bank card ----
 * One shape per length. In: the first four digits of issuers' ranges. Out: first two digits that no card issuer has
 * (ISO/IEC 7812-1 industries 0, 7, 8 without telecommunications and UnionPay's 81; 10-19 are airlines' cards of 15
 * digits, a length whose few prefixes never reach that far). */
static const struct {
	guint16 from, to;
	guint8 least, most; /* lengths */
} card_in[] = {
	{ 2221, 2720, 16, 16 }, { 3000, 3059, 14, 16 }, { 3400, 3499, 15, 15 }, { 3528, 3589, 16, 19 }, { 3600, 3699, 14, 19 },
	{ 3700, 3799, 15, 15 }, { 3800, 3899, 14, 14 }, { 4000, 4999, 13, 19 }, { 5100, 5599, 16, 16 }, { 6000, 6099, 16, 19 },
	{ 6200, 6299, 16, 19 }, { 6500, 6599, 16, 19 }, { 8100, 8171, 16, 19 }, { 8800, 8899, 16, 19 }, { 9000, 9099, 16, 19 },
	{ 9400, 9599, 16, 19 }, { 9800, 9999, 16, 19 },
};
static const guint8 card_out[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 82, 83, 84, 85, 86, 87, 20, 21, 28, 29,
	10, 11, 12, 13, 14, 16, 17, 18, 19 };

/* How many ranges' prefixes of @length lie before @prefix; -1 when it is in none. With @prefix 10000: all of them. */
static int
card_position(guint prefix, guint length)
{
	guint before = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(card_in); i++) {
		if (length < card_in[i].least || length > card_in[i].most)
			continue;
		if (prefix >= card_in[i].from && prefix <= card_in[i].to)
			return (int)(before + prefix - card_in[i].from);
		before += card_in[i].to - card_in[i].from + 1u;
	}
	return prefix == 10000 ? (int)before : -1;
}

static guint64
power_of_ten(guint n)
{
	guint64 power = 1;

	while (n-- > 0)
		power *= 10;
	return power;
}

static void
card_describe(guint shape, guint *radix, guint *n, guint64 *domain)
{
	guint length = 13 + shape;

	*domain = (guint64)card_position(10000, length) * power_of_ten(length - 5);
	*n = 4;
	*radix = root(*domain, *n);
}

static int
card_classify(const char *text, guint32 size)
{
	if (size < 13 || size > 19 || !fn_luhn_check(text, size))
		return -1;
	return card_position((guint)number(text, 4), size) < 0 ? -1 : (int)size - 13;
}

static void
card_split(const FnPseudonymShape *shape, const char *text, guint32 size, guint64 *a, guint64 *b)
{
	guint64 prefix = (guint64)card_position((guint)number(text, 4), size);

	split_rank(shape, prefix * power_of_ten(size - 5) + number(text + 4, size - 5), a, b);
}

static void
card_join(const FnPseudonymShape *shape, guint64 a, guint64 b, const char *text, guint32 size, char *out)
{
	guint64 rank = join_rank(shape, a, b), rest = power_of_ten(size - 5), prefix = rank / rest;

	write_digits(card_out[prefix / 100], out, 2);
	write_digits(prefix % 100, out + 2, 2);
	write_digits(rank % rest, out + 4, size - 5);
	out[size - 1] = fn_luhn_digit(out, size - 1);
}

/* ---- digits: any number of 6 to 36 digits keeps its length and nothing else ---- */
enum { DIGITS_MIN = 6, DIGITS_MAX = 36 };

static void
digits_describe(guint shape, guint *radix, guint *n, guint64 *domain)
{
	*radix = 10;
	*n = DIGITS_MIN + shape;
	*domain = 0;
}

static int
digits_classify(const char *text, guint32 size)
{
	return size >= DIGITS_MIN && size <= DIGITS_MAX && all_digits(text, size) ? (int)size - DIGITS_MIN : -1;
}

static void
digits_split(const FnPseudonymShape *shape, const char *text, guint32 size, guint64 *a, guint64 *b)
{
	*a = number(text, shape->plan.u);
	*b = number(text + shape->plan.u, shape->plan.v);
}

static void
digits_join(const FnPseudonymShape *shape, guint64 a, guint64 b, const char *text, guint32 size, char *out)
{
	write_digits(a, out, shape->plan.u);
	write_digits(b, out + shape->plan.u, shape->plan.v);
}

/* ---- text: ASCII letters and digits are permuted, marks between them stay; 4 to 20 letters and digits ---- */
enum { TEXT_MIN = 4, TEXT_MAX = 20, TEXT_LONGEST = 64 };

static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static guint
letter_value(char c)
{
	return (guint)(c <= '9' ? c - '0' : c <= 'Z' ? c - 'A' + 10 : c - 'a' + 36);
}

static void
text_describe(guint shape, guint *radix, guint *n, guint64 *domain)
{
	*radix = 62;
	*n = TEXT_MIN + shape;
	*domain = 0;
}

static int
text_classify(const char *text, guint32 size)
{
	guint n = 0;

	for (guint32 i = 0; i < size; i++) {
		if (!g_ascii_isprint(text[i]))
			return -1;
		n += (guint)g_ascii_isalnum(text[i]);
	}
	return n >= TEXT_MIN && n <= TEXT_MAX && size <= TEXT_LONGEST ? (int)(n - TEXT_MIN) : -1;
}

static void
text_split(const FnPseudonymShape *shape, const char *text, guint32 size, guint64 *a, guint64 *b)
{
	guint seen = 0;

	*a = *b = 0;
	for (guint32 i = 0; i < size; i++)
		if (g_ascii_isalnum(text[i])) {
			guint64 *half = seen++ < shape->plan.u ? a : b;

			*half = *half * 62 + letter_value(text[i]);
		}
}

static void
text_join(const FnPseudonymShape *shape, guint64 a, guint64 b, const char *text, guint32 size, char *out)
{
	guint left = shape->plan.u + shape->plan.v;

	for (guint32 i = size; i > 0; i--) {
		guint64 *half = left <= shape->plan.u ? &a : &b;

		out[i - 1] = text[i - 1];
		if (!g_ascii_isalnum(text[i - 1]))
			continue;
		out[i - 1] = letters[*half % 62];
		*half /= 62;
		left--;
	}
}

static const FnPseudonymKind kinds[] = {
	{ "resident_id", 1, resident_describe, resident_classify, resident_split, resident_size, resident_join },
	{ "mobile", 1, mobile_describe, mobile_classify, mobile_split, same_size, mobile_join },
	{ "bank_card", 7, card_describe, card_classify, card_split, same_size, card_join },
	{ "digits", DIGITS_MAX - DIGITS_MIN + 1, digits_describe, digits_classify, digits_split, same_size, digits_join },
	{ "text", TEXT_MAX - TEXT_MIN + 1, text_describe, text_classify, text_split, same_size, text_join },
};

const FnPseudonymKind *
fn_pseudonym_kind(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (g_str_equal(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

const char *
fn_pseudonym_kind_names(void)
{
	return "resident_id, mobile, bank_card, digits, text";
}
