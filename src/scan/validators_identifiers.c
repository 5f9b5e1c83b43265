/* Numbers that the state gives to people, organizations and property, and banks to accounts. */
#include "scan/validators_priv.h"

#include <string.h>

FN_CHECK(resident_id)
{
	if (size == 15)
		return fn_resident_id15_check(text, size, issued) && fn_resident_id_region(text, issued) ? FN_MATCH_WEAK : FN_MATCH_NONE;
	if (!fn_resident_id_check(text, size, issued))
		return FN_MATCH_NONE;
	return fn_resident_id_region(text, issued) ? FN_MATCH_STRONG : FN_MATCH_WEAK;
}

/* Of 16 letters and digits or more: only small letters have both of the bits 0x40 and 0x20. */
static gboolean
has_lower(const char *text, gsize size)
{
	guint64 word[2], lower;

	memcpy(word, text, sizeof(word));
	lower = word[0] & word[0] >> 1;
	lower |= word[1] & word[1] >> 1;
	for (gsize i = sizeof(word); i < size; i++)
		lower |= (guint64)(text[i] & text[i] >> 1);
	return (lower & G_GUINT64_CONSTANT(0x2020202020202020)) != 0;
}

FN_CHECK(credit_code)
{
	char upper[18];

	if (size != sizeof(upper) || !g_ascii_isdigit(text[2]) || !g_ascii_isdigit(text[7]))
		return FN_MATCH_NONE;
	if (has_lower(text, size)) {
		for (gsize i = 0; i < size; i++)
			upper[i] = g_ascii_toupper(text[i]);
		text = upper;
	}
	if (!fn_credit_code_check(text, size, issued))
		return FN_MATCH_NONE;
	return fn_credit_code_is_telling(text, size) ? FN_MATCH_STRONG : FN_MATCH_WEAK;
}

/* Eight characters, a hyphen or none, and the check character. One serial number in eleven would pass: never STRONG here. */
FN_CHECK(org_code)
{
	char upper[9];

	if (size == 10 && text[8] != '-')
		return FN_MATCH_NONE;
	if (size != 9 && size != 10)
		return FN_MATCH_NONE;
	for (gsize i = 0; i < 8; i++)
		upper[i] = g_ascii_toupper(text[i]);
	upper[8] = g_ascii_toupper(text[size - 1]);
	return fn_organization_code_check(upper, sizeof(upper)) ? FN_MATCH_WEAK : FN_MATCH_NONE;
}

FN_AROUND(org_code)
{
	FnGap gap;
	gsize at = fn_value_at(place->bytes, place->size, place->end, &gap), run = fn_alnum_end(place->bytes, place->size, at);

	if (run == at + 8 && run + 1 < place->size && place->bytes[run] == '-')
		run = fn_alnum_end(place->bytes, place->size, run + 1);
	*start = at;
	*end = run;
	return fn_check_org_code(place->bytes + at, run - at, place->issued) != FN_MATCH_NONE ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

/* A known bank's number of the right length is enough by itself; of other numbers one in a hundred would pass. */
FN_CHECK(bank_card)
{
	FnCard card = fn_bank_card_check(text, size, issued);

	return card == FN_CARD_BANK ? FN_MATCH_STRONG : card == FN_CARD_SCHEME ? FN_MATCH_WEAK : FN_MATCH_NONE;
}

/* Ordinary, diplomatic, service and public affairs passports of all series, those of Hong Kong and Macau, and the form before
 * 1997. Nothing in them can be checked, and part numbers look the same: never STRONG. */
FN_CHECK(passport)
{
	static const char *const shapes[] = { "E99999999", "Ea9999999", "G99999999", "D99999999", "DE9999999", "S99999999", "SE9999999", "P99999999",
		"PE9999999", "H99999999", "K99999999", "KJ9999999", "M99999999", "MA9999999", "MB9999999", "149999999", "159999999" };

	return fn_fits(text, size, shapes, G_N_ELEMENTS(shapes)) ? FN_MATCH_WEAK : FN_MATCH_NONE;
}

/* To Hong Kong and Macau (C, W), and their residents' to the mainland (H, M, with or without the number of renewals). */
FN_CHECK(hkm_permit)
{
	static const char *const shapes[] = { "C99999999", "Ca9999999", "W99999999", "H99999999", "M99999999", "H9999999999", "M9999999999" };

	return fn_fits(text, size, shapes, G_N_ELEMENTS(shapes)) ? FN_MATCH_WEAK : FN_MATCH_NONE;
}

/* Taiwan residents' to the mainland (8 digits, 10 before 2015), mainland residents' to Taiwan (T, L). */
FN_CHECK(tw_permit)
{
	static const char *const shapes[] = { "99999999", "9999999999", "9999999999B", "T99999999", "L99999999" };

	return fn_fits(text, size, shapes, G_N_ELEMENTS(shapes)) ? FN_MATCH_WEAK : FN_MATCH_NONE;
}

FN_AROUND(tw_permit)
{
	return fn_labelled_run(place, fn_check_tw_permit, start, end);
}

/* ---- officer's certificates: 军字第2001988号 ---- */

static const char *const numbering[] = { "号", "號" };

/* "字第" and the number behind it: where it ends, 0 when it is another's number. */
static gsize
numbered_end(const char *bytes, gsize size, gsize at)
{
	gsize digits = fn_blanks_end(bytes, size, at), end = fn_digits_end(bytes, size, digits);

	if (end - digits < 6 || end - digits > 10)
		return 0;
	return end + FN_AT(numbering, bytes, size, end);
}

/* Who gives it: the forces and the old commands. Only the first are nobody else's. */
static FnMatch
issuer_before(const char *bytes, gsize at)
{
	static const char *const forces[] = { "军", "武", "士", "兵", "軍" };
	static const char *const commands[] = { "南", "北", "沈", "兰", "成", "济", "广", "海", "空", "后", "装", "政", "参", "边", "消", "东", "西", "中", "火", "警",
		"文", "学", "京" };

	return FN_BEFORE(forces, bytes, at) > 0 ? FN_MATCH_STRONG : FN_BEFORE(commands, bytes, at) > 0 ? FN_MATCH_WEAK : FN_MATCH_NONE;
}

/* At "字第", or behind a label. */
FN_AROUND(officer_id)
{
	static const char *const numbered[] = { "字第", "字號", "字号" };
	const char *bytes = place->bytes;
	FnGap gap;
	gsize at, step;

	if (FN_AT(numbered, bytes, place->size, place->start) > 0) {
		*start = place->start - fn_han_before(bytes, place->start);
		*end = numbered_end(bytes, place->size, place->end);
		return *end > 0 ? issuer_before(bytes, place->start) : FN_MATCH_NONE;
	}
	*start = at = fn_value_at(bytes, place->size, place->end, &gap);
	for (guint i = 0; i < 3 && (step = fn_han_at(bytes, place->size, at)) > 0 && FN_AT(numbered, bytes, place->size, at) == 0; i++)
		at += step;
	if (FN_AT(numbered, bytes, place->size, at) > 0)
		at += strlen("字第");
	*end = numbered_end(bytes, place->size, at);
	return *end > 0 && gap != FN_GAP_NONE ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

FN_CHECK(officer_id)
{
	const char *word = memmem(text, size, "字第", strlen("字第"));
	gsize at = word != NULL ? (gsize)(word - text) : 0;

	if (word == NULL || at > 4 || numbered_end(text, size, at + strlen("字第")) != size)
		return FN_MATCH_NONE;
	return issuer_before(text, at);
}

/* ---- social security and medical insurance ---- */

/* The detector asks for a header: under it, or behind a label, the shape is enough. */
FN_CHECK(social_security)
{
	guint digits = 0;

	if (size < 8 || size > 20)
		return FN_MATCH_NONE;
	for (gsize i = 0; i < size; i++) {
		if (!g_ascii_isalnum(text[i]))
			return FN_MATCH_NONE;
		digits += (guint)g_ascii_isdigit(text[i]);
	}
	/* Many places use the resident ID itself: that is another detector's. */
	return digits >= 6 && !fn_resident_id_check(text, size, issued) && !fn_mobile_check(text, size, issued) ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

/* Behind 社保, 医保 …: only when it goes on to be a number's label. */
FN_AROUND(social_security)
{
	static const char *const middle[] = { "卡", "证", "證", "个人", "個人", "人员", "手册", "电脑", "登记", "保险" };
	static const char *const label[] = { "号", "號", "编号", "編號", "账号", "帐号", "账户", "ID", "id" };
	FnPlace behind = *place;
	gsize step;

	while (behind.end - place->end < 24 && (step = FN_AT(middle, place->bytes, place->size, behind.end)) > 0)
		behind.end += step;
	step = FN_AT(label, place->bytes, place->size, behind.end);
	behind.end += step;
	return step > 0 ? fn_labelled_run(&behind, fn_check_social_security, start, end) : FN_MATCH_NONE;
}

/* ---- real estate ---- */

static const char *const opening[] = { "（", "(", "〔", "[" };
static const char *const closing[] = { "）", ")", "〕", "]" };

/* "（2023）" between @at and what is returned; @at when there is none. */
static gsize
year_end(const char *bytes, gsize size, gsize at)
{
	gsize year = at + FN_AT(opening, bytes, size, at), end = fn_digits_end(bytes, size, year), close = FN_AT(closing, bytes, size, end);

	return year > at && end == year + 4 && close > 0 ? end + close : at;
}

/* Back over "冀（2023）石家庄市"; @at when something else stands there. */
static gsize
issued_begin(const char *bytes, gsize at)
{
	gsize place = at, step, close, year;

	for (guint i = 0; i < 14 && (step = fn_han_before(bytes, place)) > 0; i++)
		place -= step;
	close = FN_BEFORE(closing, bytes, place);
	year = place - close;
	if (close == 0 || year < 4 || fn_digits_end(bytes, year, year - 4) != year)
		return at;
	year -= 4;
	year -= FN_BEFORE(opening, bytes, year);
	return year - fn_han_before(bytes, year);
}

/* Up to @most Han characters, a year, then 第 or 字第, then the number: its end or 0. */
static gsize
certificate_end(const char *bytes, gsize size, gsize at, guint most)
{
	gsize step, digits, end;

	at = year_end(bytes, size, at);
	for (guint i = 0; i < most && (step = fn_han_at(bytes, size, at)) > 0; i++)
		at += step;
	digits = fn_blanks_end(bytes, size, at);
	end = fn_digits_end(bytes, size, digits);
	if (end - digits < 4 || end - digits > 12)
		return 0;
	/* "第0012345-1号" */
	if (end + 1 < size && bytes[end] == '-' && g_ascii_isdigit(bytes[end + 1]))
		end = fn_digits_end(bytes, size, end + 1);
	return end + FN_AT(numbering, bytes, size, end);
}

/* The number of a unit: 28 letters and digits, often in groups. Gives where it ends, or 0. */
static gsize
unit_end(const char *bytes, gsize size, gsize at)
{
	guint n = 0;

	for (; at < size && n < 28; at++) {
		if (g_ascii_isalnum(bytes[at]))
			n++;
		else if (n == 0 || bytes[at] != ' ')
			return 0;
	}
	return n == 28 && (at == size || !g_ascii_isalnum(bytes[at])) ? at : 0;
}

FN_AROUND(estate_cert)
{
	static const char *const unit[] = { "不动产单元" }, *const property[] = { "不动产权", "不動產權" };
	const char *bytes = place->bytes;
	FnGap gap;

	if (FN_AT(unit, bytes, place->size, place->start) > 0) {
		*start = fn_value_at(bytes, place->size, place->end, &gap);
		*end = unit_end(bytes, place->size, *start);
		return *end > 0 ? FN_MATCH_STRONG : FN_MATCH_NONE;
	}
	*end = certificate_end(bytes, place->size, place->end, 8);
	if (FN_AT(property, bytes, place->size, place->start) > 0)
		*start = issued_begin(bytes, place->start);
	else
		*start = place->start - fn_han_before(bytes, place->start);
	return *end > 0 && memmem(bytes + place->start, *end - place->start, "第", strlen("第")) != NULL ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

FN_CHECK(estate_cert)
{
	static const char *const words[] = { "不动产权第", "不动产权证", "房权证", "房地权证", "房地字", "房地证", "国用" };

	if (unit_end(text, size, 0) == size && size >= 28)
		return FN_MATCH_STRONG;
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
		const char *word = memmem(text, size, words[i], strlen(words[i]));

		if (word != NULL && certificate_end(text, size, (gsize)(word - text) + strlen(words[i]), 8) == size)
			return FN_MATCH_STRONG;
	}
	return FN_MATCH_NONE;
}
