#include "base/identifiers.h"

#include <string.h>

static const guint8 provinces[100] = {
	[11 ... 15] = 1, [21 ... 23] = 1, [31 ... 37] = 1, [41 ... 46] = 1, [50 ... 54] = 1, [61 ... 65] = 1, [71] = 1, [81 ... 83] = 1,
};

/* Any number: a text that holds no digits gives one, too. */
static inline gboolean
is_province(guint code)
{
	return code < G_N_ELEMENTS(provinces) && provinces[code];
}

/* By the second digit of a mobile number: which third digits are in service. */
static const char *const mobile_third[10] = {
	[3] = "0123456789", [4] = "01456789", [5] = "012356789", [6] = "2567",
	[7] = "012345678",  [8] = "0123456789", [9] = "012356789",
};

static gboolean
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- eight characters at a time, the first in the lowest byte ---- */

#define EACH(byte) ((guint64)(byte) * G_GUINT64_CONSTANT(0x0101010101010101))

static inline guint64
eight(const char *text)
{
	guint64 value;

	memcpy(&value, text, sizeof(value));
	return GUINT64_FROM_LE(value);
}

static inline gboolean
are_digits(guint64 value)
{
	return ((value & EACH(0xf0)) | ((value + EACH(0x06)) & EACH(0xf0)) >> 4) == EACH(0x33);
}

/* Eight digits as the digits of a number to the base of @base: neighbours are joined, then pairs, then fours. */
static inline guint64
polynomial(guint64 value, guint base)
{
	value &= EACH(0x0f);
	value = (value * base + (value >> 8)) & G_GUINT64_CONSTANT(0x00ff00ff00ff00ff);
	value = (value * base * base + (value >> 16)) & G_GUINT64_CONSTANT(0x0000ffff0000ffff);
	return (value * base * base * base * base + (value >> 32)) & G_MAXUINT32;
}

/* Of the first six of eight characters. */
static inline gboolean
are_six_digits(const char *text)
{
	return are_digits(eight(text) << 16 | 0x3030);
}

static inline guint
six_of(const char *text)
{
	return (guint)polynomial(eight(text) << 16, 10);
}

static inline gboolean
all_digits(const char *text, gsize size)
{
	if (size < 8) {
		for (gsize i = 0; i < size; i++)
			if (!is_digit(text[i]))
				return FALSE;
		return TRUE;
	}
	for (gsize at = 0; at + 8 < size; at += 8)
		if (!are_digits(eight(text + at)))
			return FALSE;
	return are_digits(eight(text + size - 8));
}

/* The number that @n digits write; they were checked before. */
static inline guint
number(const char *digits, gsize n)
{
	guint value = 0;

	for (gsize i = 0; i < n; i++)
		value = value * 10 + (guint)(digits[i] - '0');
	return value;
}

FnIssued
fn_issued_national(void)
{
	FnIssued issued = { 0 };

	G_STATIC_ASSERT(sizeof(issued.province) == sizeof(provinces));
	memcpy(issued.province, provinces, sizeof(provinces));
	for (guint second = 0; second < 10; second++)
		for (const char *third = mobile_third[second]; third != NULL && *third != '\0'; third++)
			issued.mobile[100 + second * 10 + (guint)(*third - '0')] = 1;
	return issued;
}

/* Reads prefixes of @digits digits into @set, whose size is 10 to the power of @digits. */
static gboolean
add_prefixes(guint8 *set, gsize set_size, gsize digits, const char *list)
{
	g_auto(GStrv) prefix = g_strsplit_set(list, " ,", -1);
	g_autofree guint8 *grown = g_memdup2(set, set_size);

	for (guint i = 0; prefix[i] != NULL; i++) {
		if (prefix[i][0] == '\0')
			continue;
		if (strlen(prefix[i]) != digits || !all_digits(prefix[i], digits))
			return FALSE;
		grown[number(prefix[i], digits)] = 1;
	}
	memcpy(set, grown, set_size);
	return TRUE;
}

gboolean
fn_issued_add_provinces(FnIssued *issued, const char *list)
{
	return add_prefixes(issued->province, sizeof(issued->province), 2, list);
}

gboolean
fn_issued_add_mobile(FnIssued *issued, const char *list)
{
	return add_prefixes(issued->mobile, sizeof(issued->mobile), 3, list);
}

gboolean
fn_issued_add_cards(FnIssued *issued, const char *list)
{
	return add_prefixes(issued->card, sizeof(issued->card), 2, list);
}

gboolean
fn_province_never_issued(guint province)
{
	/* 90 to 99: foreigners' cards begin with 9, and not all of what follows is ours to know. */
	return province < 90 && !is_province(province);
}

gboolean
fn_identifier_date(guint year, guint month, guint day)
{
	static const guint8 days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	gboolean leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (year < 1900 || year > 2049 || month < 1 || month > 12 || day < 1)
		return FALSE;
	return day <= days[month - 1] + (guint)(month == 2 && leap);
}

/* The weights of GB 11643 are powers of two, modulo 11. */
char
fn_resident_id_check_character(const char *digits17)
{
	guint64 sum = (polynomial(eight(digits17), 2) << 10) + (polynomial(eight(digits17 + 8), 2) << 2);

	return "10X98765432"[(sum + 2 * (guint64)(digits17[16] - '0')) % 11];
}

/* Six digits of place: a province with a county below it, a permit (whole province), or a foreigner's 9. */
static gboolean
is_place(guint six, const FnIssued *issued)
{
	guint province = six / 10000;

	if (province >= 90)
		return issued->province[six / 1000 % 100] && six % 1000 != 0;
	return issued->province[province] && (province >= 71 || six % 10000 != 0);
}

gboolean
fn_resident_id_check(const char *text, gsize size, const FnIssued *issued)
{
	guint day;
	char last;

	if (size != 18 || !are_digits(eight(text)) || !are_digits(eight(text + 8)) || !is_digit(text[16]))
		return FALSE;
	last = text[17] == 'x' ? 'X' : text[17];
	day = (guint)polynomial(eight(text + 6), 10);
	return fn_identifier_date(day / 10000, day / 100 % 100, day % 100) && fn_resident_id_check_character(text) == last &&
		is_place(six_of(text), issued) && memcmp(text + 14, "000", 3) != 0;
}

gboolean
fn_resident_id15_check(const char *text, gsize size, const FnIssued *issued)
{
	if (size != 15 || !all_digits(text, 15) || text[0] == '9')
		return FALSE;
	return fn_identifier_date(1900 + number(text + 6, 2), number(text + 8, 2), number(text + 10, 2)) &&
		is_place(six_of(text), issued) && memcmp(text + 12, "000", 3) != 0;
}

gboolean
fn_resident_id_region(const char *text, const FnIssued *issued)
{
	guint six = number(text, 6), province = six / 10000;

	if (!is_province(province))
		return is_place(six, issued);
	return province >= 71 ? six % 10000 == 0 : fn_region_ever_issued(six);
}

/* What characters count for: of GB 32100 (digits and capitals without I, O, S, V, Z) and of GB 11714 (with them). */
enum { NOTHING = 0x80 };
static const guint8 credit_values[256] = { /* and one more: 0 is nothing */
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10, ['A'] = 11,
	['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16, ['G'] = 17, ['H'] = 18, ['J'] = 19, ['K'] = 20, ['L'] = 21,
	['M'] = 22, ['N'] = 23, ['P'] = 24, ['Q'] = 25, ['R'] = 26, ['T'] = 27, ['U'] = 28, ['W'] = 29, ['X'] = 30, ['Y'] = 31,
};

static inline guint8
credit_value(char c)
{
	return (guint8)(credit_values[(guint8)c] - 1);
}

/* Digits, and capitals from 10 on. */
static inline guint
organization_value(char c)
{
	return is_digit(c) ? (guint)(c - '0') : c >= 'A' && c <= 'Z' ? (guint)(c - 'A' + 10) : NOTHING;
}
char
fn_credit_code_check_character(const char *first17)
{
	guint32 sum = 0;
	guint8 all = 0;

	/* The weights are powers of three, modulo 31. */
	for (gsize i = 17; i > 0; i--) {
		guint8 value = credit_value(first17[i - 1]);

		all |= value;
		sum = sum * 3 + value;
	}
	return (all & NOTHING) == 0 ? "0123456789ABCDEFGHJKLMNPQRTUWXY"[(31 - sum % 31) % 31] : '\0';
}

/* Registration authority and the categories that it registers (GB 32100 table 2, with agriculture). */
gboolean
fn_credit_code_registrar(char authority, char category)
{
	static const char *const categories[128] = {
		['1'] = "12349",  /* establishment of public bodies: organs, institutions, people's organizations */
		['2'] = "19",     /* foreign affairs */
		['3'] = "123459", /* justice: law firms, notaries, legal service, forensics, arbitration */
		['4'] = "19",     /* culture */
		['5'] = "1239",   /* civil affairs: associations, private non-enterprise units, foundations */
		['6'] = "129",    /* tourism */
		['7'] = "129",    /* religion */
		['8'] = "19",     /* trade unions */
		['9'] = "1239",   /* market regulation: enterprises, sole traders, cooperatives */
		['A'] = "19",     /* military */
		['N'] = "1239",   /* rural collective economic organizations */
		['Y'] = "1",      /* others */
	};
	const char *known = categories[authority & 0x7f];

	while (known != NULL && *known != '\0' && *known != category)
		known++;
	return known != NULL && *known != '\0' && (authority & 0x80) == 0;
}

gboolean
fn_credit_code_well_formed(const char *text, gsize size)
{
	return size == 18 && are_six_digits(text + 2) && fn_credit_code_registrar(text[0], text[1]) &&
		fn_credit_code_check_character(text) == text[17];
}

gboolean
fn_credit_code_check(const char *text, gsize size, const FnIssued *issued)
{
	guint province;

	if (!fn_credit_code_well_formed(text, size))
		return FALSE;
	province = number(text + 2, 2);
	/* 100000 stands for bodies of the state itself. */
	return issued->province[province] || memcmp(text + 2, "100000", 6) == 0;
}

gboolean
fn_credit_code_is_telling(const char *text, gsize size)
{
	guint province;

	if (size != 18 || all_digits(text, size) || !fn_organization_code_check(text + 8, 9))
		return FALSE;
	province = number(text + 2, 2);
	/* A letter that only a check character brought: then the place must be one. */
	return !all_digits(text + 8, 8) || text[1] > '9' || text[0] > '9' || memcmp(text + 4, "0000", 4) == 0 ||
		!is_province(province) || fn_region_ever_issued(six_of(text + 2));
}

char
fn_organization_code_check_character(const char *first8)
{
	static const guint8 weight[8] = { 3, 7, 9, 10, 5, 8, 4, 2 };
	guint sum = 0, all = 0;

	for (gsize i = 0; i < 8; i++) {
		guint value = organization_value(first8[i]);

		all |= value;
		sum += value * weight[i];
	}
	return (all & NOTHING) == 0 ? "0X987654321"[sum % 11] : '\0';
}

gboolean
fn_organization_code_check(const char *text, gsize size)
{
	return size == 9 && text[8] != '\0' && fn_organization_code_check_character(text) == text[8];
}

gboolean
fn_mobile_check(const char *text, gsize size, const FnIssued *issued)
{
	return size == 11 && all_digits(text, 11) && issued->mobile[number(text, 3)];
}

static inline guint
luhn_eight(guint64 value, guint64 twice)
{
	guint64 two, over;

	value &= EACH(0x0f);
	two = (value & twice) << 1;
	over = (two + EACH(0x80 - 10)) >> 7 & EACH(1);
	return (guint)(((value & ~twice) + two - over * 9) * EACH(1) >> 56);
}

/* Sum of ISO/IEC 7812-1 annex B; @doubled: whether the last of @digits counts twice. */
static guint
luhn_sum(const char *digits, gsize size, gboolean doubled)
{
	guint64 twice = G_GUINT64_CONSTANT(0x00ff00ff00ff00ff) << (doubled ? 8 : 0);
	guint sum = 0;

	/* Zeros before the first digit change nothing. */
	if (size < 8) {
		char part[8] = { 0 };

		memcpy(part + 8 - size, digits, size);
		return luhn_eight(eight(part), twice);
	}
	for (gsize left = size; left > 0; left -= MIN(left, 8))
		sum += luhn_eight(left >= 8 ? eight(digits + left - 8) : eight(digits) << (64 - 8 * left), twice);
	return sum;
}

gboolean
fn_luhn_check(const char *digits, gsize size)
{
	return size > 1 && all_digits(digits, size) && luhn_sum(digits, size, FALSE) % 10 == 0;
}

char
fn_luhn_digit(const char *digits, gsize size)
{
	return (char)('0' + (10 - luhn_sum(digits, size, TRUE) % 10) % 10);
}

/* Ranges of ISO/IEC 7812 issuer numbers by their first six digits. */
static const struct {
	guint from, to;
	const char *lengths; /* 'd' for 13 … 'j' for 19 */
} schemes[] = {
	{ 222100, 272099, "g" },   /* Mastercard */
	{ 300000, 305999, "eg" },  /* Diners */
	{ 340000, 349999, "f" },   /* American Express */
	{ 352800, 358999, "ghij" }, /* JCB */
	{ 360000, 369999, "egj" },  /* Diners, and 19-digit debit cards of Chinese banks */
	{ 370000, 379999, "f" },
	{ 380000, 389999, "e" },
	{ 400000, 499999, "dgj" }, /* Visa */
	{ 510000, 559999, "g" },
	{ 600000, 609999, "ghij" }, /* bank debit cards from before UnionPay */
	{ 620000, 629999, "ghij" }, /* UnionPay */
	{ 650000, 659999, "g" },
	{ 810000, 817199, "ghij" }, /* UnionPay's second range */
	{ 900000, 909999, "ghij" }, /* bank debit cards from before UnionPay */
	{ 940000, 959999, "ghij" },
	{ 980000, 999999, "ghij" },
};

FnCard
fn_bank_card_check(const char *text, gsize size, const FnIssued *issued)
{
	guint six;

	if (size < 13 || size > 19 || !fn_luhn_check(text, size))
		return FN_CARD_NONE;
	six = six_of(text);
	if (fn_card_issuer(six, size) || (size >= 16 && issued->card[six / 10000]))
		return FN_CARD_BANK;
	for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++)
		if (six >= schemes[i].from && six <= schemes[i].to)
			return strchr(schemes[i].lengths, (int)('a' + size - 10)) != NULL ? FN_CARD_SCHEME : FN_CARD_NONE;
	return FN_CARD_NONE;
}
