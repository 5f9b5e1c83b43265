/* How people are reached: telephone and mail. */
#include "scan/validators_priv.h"

#include <string.h>

FN_CHECK(mobile)
{
	if (size == 13 && memcmp(text, "86", 2) == 0)
		text += 2, size -= 2;
	return fn_mobile_check(text, size, issued) ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

/* ---- landline ---- */

/* Area codes by their first three digits: which fourth digits exist. "" stands for a code of three. */
static const struct {
	char code[4];
	const char *fourth;
} areas[] = {
	{ "010", "" }, { "020", "" }, { "021", "" }, { "022", "" }, { "023", "" }, { "024", "" }, { "025", "" }, { "027", "" }, { "028", "" },
	{ "029", "" }, { "031", "0123456789" }, { "033", "5" }, { "034", "9" }, { "035", "0123456789" }, { "037", "0123456789" },
	{ "039", "12345678" }, { "041", "0123456789" }, { "042", "179" }, { "043", "123456789" }, { "044", "08" }, { "045", "123456789" },
	{ "046", "46789" }, { "047", "0123456789" }, { "048", "23" }, { "051", "0123456789" }, { "052", "37" }, { "053", "0123456789" },
	{ "054", "36" }, { "055", "0123456789" }, { "056", "1234568" }, { "057", "0123456789" }, { "058", "0" }, { "059", "123456789" },
	{ "063", "12345" }, { "066", "0238" }, { "069", "12" }, { "070", "1" }, { "071", "0123456789" }, { "072", "248" },
	{ "073", "0123456789" }, { "074", "3456" }, { "075", "0123456789" }, { "076", "023689" }, { "077", "0123456789" },
	{ "079", "0123456789" }, { "081", "235678" }, { "082", "5678" }, { "083", "0123456789" }, { "084", "0" }, { "085", "123456789" },
	{ "087", "0123456789" }, { "088", "36789" }, { "089", "012345678" "9" }, { "090", "1236789" }, { "091", "0123456789" }, { "093", "0123456789" },
	{ "094", "13" }, { "095", "12345" }, { "097", "012345679" }, { "099", "0123456789" },
};

/* Digits of the area code that @text begins with, 0 for none. */
static gsize
area_size(const char *text, gsize size)
{
	for (gsize i = 0; i < G_N_ELEMENTS(areas) && size > 4; i++) {
		if (memcmp(text, areas[i].code, 3) != 0)
			continue;
		if (*areas[i].fourth == '\0')
			return 3;
		return fn_is_one_of(text[3], areas[i].fourth) ? 4 : 0;
	}
	return 0;
}

/* Seven or eight digits, not 0 or 1 first: 1 opens the services. Codes of three digits have numbers of eight. */
static gboolean
is_local(const char *digits, gsize size, gsize area)
{
	if (size != 8 && (size != 7 || area == 3))
		return FALSE;
	return digits[0] >= '2' && digits[0] <= '8';
}

static gboolean
is_service(const char *digits, gsize size)
{
	return size == 10 && (memcmp(digits, "400", 3) == 0 || memcmp(digits, "800", 3) == 0);
}

/* Without its groups any number may look so: WEAK. */
static FnMatch
check_digits(const char *digits, gsize size)
{
	gsize area = area_size(digits, size);

	return area > 0 && is_local(digits + area, size - area, area) ? FN_MATCH_WEAK : FN_MATCH_NONE;
}

enum { LANDLINE = 12 };

/* Joins "(0311) 8765-4321" and the like; bytes read, @n digits in @digits. */
static gsize
join(const char *bytes, gsize size, gsize at, char *digits, gsize *n)
{
	static const char *const between[] = { "-", " ", "(", ")", "（", "）", "－", "—", "–", "转" };
	gsize end = at, from = at, step;

	*n = 0;
	while (at < size && at - from < 32) {
		if (g_ascii_isdigit(bytes[at])) {
			if (*n == LANDLINE)
				return fn_alnum_end(bytes, size, at);
			digits[(*n)++] = bytes[at++];
			end = at;
		} else if ((step = FN_AT(between, bytes, size, at)) > 0 && FN_AT(((const char *const[]){ "转" }), bytes, size, at) == 0) {
			/* What is whole already is not joined with what follows. */
			if (*n >= 10 && check_digits(digits, *n) != FN_MATCH_NONE)
				break;
			at += step;
		} else {
			break;
		}
	}
	return end;
}

FN_CHECK(landline)
{
	char digits[LANDLINE];
	gsize n, end = join(text, size, 0, digits, &n);

	if (end != size)
		return FN_MATCH_NONE;
	if (n == size)
		return check_digits(digits, n);
	return check_digits(digits, n) != FN_MATCH_NONE ? FN_MATCH_STRONG : is_service(digits, n) ? FN_MATCH_WEAK : FN_MATCH_NONE;
}

/* Behind a label the area may be left out, and brackets may hold it. */
FN_AROUND(landline)
{
	const char *bytes = place->bytes;
	char digits[LANDLINE];
	FnGap gap;
	gsize n;

	*start = fn_value_at(bytes, place->size, place->end, &gap);
	*end = join(bytes, place->size, *start, digits, &n);
	if (n == 0 || fn_alnum_end(bytes, place->size, *end) != *end)
		return FN_MATCH_NONE;
	if (check_digits(digits, n) != FN_MATCH_NONE || is_service(digits, n))
		return FN_MATCH_STRONG;
	return gap == FN_GAP_SAID && is_local(digits, n, 0) ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

/* ---- e-mail ---- */

/* What characters may be part of: a label of a domain, the name before the @. */
enum { LETTER = 1, LABEL = 2, NAME = 4 };
static const guint8 classes[256] = {
	['0' ... '9'] = LABEL | NAME, ['A' ... 'Z'] = LETTER | LABEL | NAME, ['a' ... 'z'] = LETTER | LABEL | NAME, ['.'] = NAME, ['_'] = NAME,
	['%'] = NAME, ['+'] = NAME, ['-'] = LABEL | NAME,
};

static inline gboolean
is_of(char c, guint class)
{
	return (classes[(guint8)c] & class) != 0;
}

/* RFC 5321 as far as people use it: no quoted local parts, no address literals. */
static gboolean
email_around(const char *bytes, gsize size, gsize at, gsize *start, gsize *end)
{
	gsize first = at, last = at + 1, label = last, least = at > 64 ? at - 64 : 0, most = MIN(size, at + 254), dots = 0;

	while (first > least && is_of(bytes[first - 1], NAME))
		first--;
	while (first < at && !g_ascii_isalnum(bytes[first]))
		first++;
	if (first == at || bytes[at - 1] == '.')
		return FALSE;
	for (; last < most; last++) {
		if (is_of(bytes[last], LABEL))
			continue;
		if (bytes[last] != '.' || last == label || last + 1 >= size || !g_ascii_isalnum(bytes[last + 1]))
			break;
		dots++;
		label = last + 1;
	}
	while (last > label && bytes[last - 1] == '-')
		last--;
	for (gsize i = label; i < last; i++)
		if (!is_of(bytes[i], LETTER))
			return FALSE;
	*start = first;
	*end = last;
	return dots > 0 && last - label >= 2 && last - label <= 63;
}

FN_AROUND(email)
{
	return email_around(place->bytes, place->size, place->start, start, end) ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

FN_CHECK(email)
{
	const char *at = memchr(text, '@', size);
	gsize start, end;

	if (at == NULL || !email_around(text, size, (gsize)(at - text), &start, &end))
		return FN_MATCH_NONE;
	return start == 0 && end == size ? FN_MATCH_STRONG : FN_MATCH_NONE;
}
