/* Mobile numbers, bank cards, any digits, any letters and digits. */
#include "mask/pseudonym_priv.h"

#include "base/identifiers.h"

/* ---- mobile, table 1 ----
 * In: 13x to 19x. Out: 220 to 289. The free segments that begin with 1 would not hold all numbers, and no Chinese number
 * of eleven digits begins with 2. */
#define MOBILE_CLEAR G_GUINT64_CONSTANT(13000000000)
#define MOBILE_PSEUDONYM G_GUINT64_CONSTANT(22000000000)
#define MOBILE_DOMAIN (70 * G_GUINT64_CONSTANT(100000000))

static void
describe_mobile(guint shape, guint *radix, guint *n, FnRank *domain)
{
	*n = 3;
	*domain = MOBILE_DOMAIN;
	*radix = fn_rank_radix(*domain, *n);
}

static int
rank_mobile(guint64 first, const char *text, guint32 size, FnRank *rank)
{
	guint64 value;

	if (size != 11 || !fn_rank_digits(text, size))
		return -1;
	value = fn_rank_number(text, 11);
	*rank = value - first;
	return value >= first && value - first < MOBILE_DOMAIN ? 0 : -1;
}

static int
read_mobile(const char *text, guint32 size, FnRank *rank)
{
	return rank_mobile(MOBILE_CLEAR, text, size, rank);
}

static int
read_pseudonym_mobile(const char *text, guint32 size, FnRank *rank)
{
	return rank_mobile(MOBILE_PSEUDONYM, text, size, rank);
}

static guint32
write_mobile(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	fn_rank_write((guint64)rank + MOBILE_CLEAR, out, 11);
	return 11;
}

static guint32
write_pseudonym_mobile(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	fn_rank_write((guint64)rank + MOBILE_PSEUDONYM, out, 11);
	return 11;
}

const FnPseudonymKind fn_pseudonym_mobile = { "mobile", 1, 1, 11, describe_mobile, { read_mobile, write_mobile },
	{ read_pseudonym_mobile, write_pseudonym_mobile } };

/* ---- bank card, table 1 ----
 * One shape per length. In: the first four digits of issuers' ranges. Out: first two digits that no card issuer has
 * (ISO/IEC 7812-1 industries 0, 7, 8 without telecommunications and UnionPay's 81; 10-19 are airlines' cards of 15
 * digits, a length whose few prefixes never reach that far). */
enum { CARD_LEAST = 13, CARD_MOST = 19 };
static const struct {
	guint16 from, to;
	guint8 least, most; /* lengths */
} card_in[] = {
	{ 2221, 2720, 16, 16 }, { 3000, 3059, 14, 16 }, { 3400, 3499, 15, 15 }, { 3528, 3589, 16, 19 }, { 3600, 3699, 14, 19 },
	{ 3700, 3799, 15, 15 }, { 3800, 3899, 14, 14 }, { 4000, 4999, 13, 19 }, { 5100, 5599, 16, 16 }, { 6000, 6099, 16, 19 },
	{ 6200, 6299, 16, 19 }, { 6500, 6599, 16, 19 }, { 8100, 8171, 16, 19 }, { 8800, 8899, 16, 19 }, { 9000, 9099, 16, 19 },
	{ 9400, 9599, 16, 19 }, { 9800, 9999, 16, 19 },
};
static const guint8 card_out[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 82, 83, 84, 85, 86, 87,
	20, 21, 28, 29, 10, 11, 12, 13, 14, 16, 17, 18, 19 };

static gboolean
card_has(gsize range, guint length)
{
	return length >= card_in[range].least && length <= card_in[range].most;
}

/* Place of a first four digits among those of cards of @length digits; -1 when it is none. */
static int
card_place(guint prefix, guint length)
{
	guint before = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(card_in); i++) {
		if (!card_has(i, length))
			continue;
		if (prefix >= card_in[i].from && prefix <= card_in[i].to)
			return (int)(before + prefix - card_in[i].from);
		before += card_in[i].to - card_in[i].from + 1u;
	}
	return -1;
}

/* The first four digits at @place; 0 beyond the last. */
static guint
card_prefix(guint place, guint length)
{
	for (gsize i = 0; i < G_N_ELEMENTS(card_in); i++) {
		guint here = card_has(i, length) ? card_in[i].to - card_in[i].from + 1u : 0;

		if (place < here)
			return card_in[i].from + place;
		place -= here;
	}
	return 0;
}

/* Numbers behind the first four digits, but for the check digit. */
static guint64
card_rest(guint length)
{
	static const guint64 rest[] = { 100000000, 1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000 };

	return rest[length - CARD_LEAST];
}

static void
describe_card(guint shape, guint *radix, guint *n, FnRank *domain)
{
	guint length = CARD_LEAST + shape, count = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(card_in); i++)
		count += card_has(i, length) ? card_in[i].to - card_in[i].from + 1u : 0;
	g_assert(count <= G_N_ELEMENTS(card_out) * 100);
	*domain = count * card_rest(length);
	*n = 4;
	*radix = fn_rank_radix(*domain, *n);
}

static int
rank_card(int place, const char *text, guint32 size, FnRank *rank)
{
	*rank = (guint64)MAX(place, 0) * card_rest(size) + fn_rank_number(text + 4, size - 5);
	return place < 0 ? -1 : (int)size - CARD_LEAST;
}

static int
read_card(const char *text, guint32 size, FnRank *rank)
{
	if (size < CARD_LEAST || size > CARD_MOST || !fn_luhn_check(text, size))
		return -1;
	return rank_card(card_place((guint)fn_rank_number(text, 4), size), text, size, rank);
}

static int
read_pseudonym_card(const char *text, guint32 size, FnRank *rank)
{
	int first;

	if (size < CARD_LEAST || size > CARD_MOST || !fn_luhn_check(text, size))
		return -1;
	first = fn_rank_place(card_out, sizeof(card_out), fn_rank_number(text, 2));
	return rank_card(first < 0 ? -1 : first * 100 + (int)fn_rank_number(text + 2, 2), text, size, rank);
}

static guint32
write_any_card(guint prefix, guint64 rest, guint length, char *out)
{
	fn_rank_write(prefix, out, 4);
	fn_rank_write(rest, out + 4, length - 5);
	out[length - 1] = fn_luhn_digit(out, length - 1);
	return length;
}

static guint32
write_card(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	guint length = CARD_LEAST + shape;
	guint64 rest = card_rest(length);

	return write_any_card(card_prefix((guint)((guint64)rank / rest), length), (guint64)rank % rest, length, out);
}

static guint32
write_pseudonym_card(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	guint length = CARD_LEAST + shape;
	guint64 rest = card_rest(length), place = (guint64)rank / rest;

	return write_any_card(card_out[place / 100] * 100u + (guint)(place % 100), (guint64)rank % rest, length, out);
}

const FnPseudonymKind fn_pseudonym_bank_card = { "bank_card", 1, CARD_MOST - CARD_LEAST + 1, CARD_MOST, describe_card,
	{ read_card, write_card }, { read_pseudonym_card, write_pseudonym_card } };

/* ---- digits, table 1: any number of 6 to 36 digits keeps its length and nothing else ---- */
enum { DIGITS_LEAST = 6, DIGITS_MOST = 36 };

static void
describe_digits(guint shape, guint *radix, guint *n, FnRank *domain)
{
	*radix = 10;
	*n = DIGITS_LEAST + shape;
	*domain = 1;
	for (guint i = 0; i < *n; i++)
		*domain *= 10;
}

static int
read_digits(const char *text, guint32 size, FnRank *rank)
{
	guint high;

	if (size < DIGITS_LEAST || size > DIGITS_MOST || !fn_rank_digits(text, size))
		return -1;
	high = size > 18 ? size - 18 : 0;
	*rank = (FnRank)fn_rank_number(text, high) * 1000000000000000000 + fn_rank_number(text + high, size - high);
	return (int)size - DIGITS_LEAST;
}

static guint32
write_digits(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	guint n = DIGITS_LEAST + shape, high = n > 18 ? n - 18 : 0;
	guint64 low = (guint64)rank;

	if (high > 0) {
		fn_rank_write((guint64)(rank / 1000000000000000000), out, high);
		low = (guint64)(rank % 1000000000000000000);
	}
	fn_rank_write(low, out + high, n - high);
	return n;
}

const FnPseudonymKind fn_pseudonym_digits = { "digits", 1, DIGITS_MOST - DIGITS_LEAST + 1, DIGITS_MOST, describe_digits,
	{ read_digits, write_digits }, { read_digits, write_digits } };

/* ---- text, table 1: ASCII letters and digits are permuted, marks between them stay; 4 to 20 letters and digits ---- */
enum { TEXT_LEAST = 4, TEXT_MOST = 20, TEXT_LONGEST = 64 };

static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static guint
letter_value(char c)
{
	return (guint)(c <= '9' ? c - '0' : c <= 'Z' ? c - 'A' + 10 : c - 'a' + 36);
}

static void
describe_text(guint shape, guint *radix, guint *n, FnRank *domain)
{
	*radix = 62;
	*n = TEXT_LEAST + shape;
	*domain = 1;
	for (guint i = 0; i < *n; i++)
		*domain *= 62;
}

static int
read_text(const char *text, guint32 size, FnRank *rank)
{
	guint n = 0;

	*rank = 0;
	for (guint32 i = 0; i < size; i++) {
		if (size > TEXT_LONGEST || n > TEXT_MOST || !g_ascii_isprint(text[i]))
			return -1;
		if (!g_ascii_isalnum(text[i]))
			continue;
		*rank = *rank * 62 + letter_value(text[i]);
		n++;
	}
	return n >= TEXT_LEAST && n <= TEXT_MOST ? (int)(n - TEXT_LEAST) : -1;
}

static guint32
write_text(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	for (guint32 i = size; i > 0; i--) {
		out[i - 1] = beside[i - 1];
		if (!g_ascii_isalnum(beside[i - 1]))
			continue;
		out[i - 1] = letters[rank >> 64 == 0 ? (guint64)rank % 62 : (guint64)(rank % 62)];
		rank = rank >> 64 == 0 ? (guint64)rank / 62 : rank / 62;
	}
	return size;
}

const FnPseudonymKind fn_pseudonym_text = { "text", 1, TEXT_MOST - TEXT_LEAST + 1, TEXT_LONGEST, describe_text,
	{ read_text, write_text }, { read_text, write_text } };
