/* Small steps over UTF-8 text, forwards and backwards. Nothing here reads outside of the bytes given. */
#include "scan/validators_priv.h"

#include <string.h>

gsize
fn_word_at(const char *bytes, gsize size, gsize at, const char *const *words, gsize n)
{
	/* Byte by byte: most differ in the first, and the ends of the words are not known. */
	for (gsize i = 0; i < n; i++) {
		gsize same = 0;

		while (words[i][same] != '\0' && same < size - at && words[i][same] == bytes[at + same])
			same++;
		if (words[i][same] == '\0')
			return same;
	}
	return 0;
}

gsize
fn_word_before(const char *bytes, gsize at, const char *const *words, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		gsize length = strlen(words[i]);

		if (length <= at && bytes[at - 1] == words[i][length - 1] && memcmp(bytes + at - length, words[i], length) == 0)
			return length;
	}
	return 0;
}

gboolean
fn_han_among(const char *bytes, gsize size, gsize at, const char16_t *sorted, gsize n)
{
	const guint8 *c = (const guint8 *)bytes + at;
	gsize low = 0, high = n;
	guint code;

	if (fn_han_at(bytes, size, at) != 3)
		return FALSE;
	code = (c[0] & 15u) << 12 | (c[1] & 63u) << 6 | (c[2] & 63u);
	while (low < high) {
		gsize middle = (low + high) / 2;

		if (sorted[middle] == code)
			return TRUE;
		if (sorted[middle] < code)
			low = middle + 1;
		else
			high = middle;
	}
	return FALSE;
}

gboolean
fn_pair_among(const char *bytes, gsize size, gsize at, const FnPair *sorted, gsize n)
{
	gsize low = 0, high = size - at < sizeof(FnPair) - 1 ? 0 : n;

	while (low < high) {
		gsize middle = (low + high) / 2;
		int order = memcmp(sorted[middle], bytes + at, sizeof(FnPair) - 1);

		if (order == 0)
			return TRUE;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return FALSE;
}

static const char *const blanks[] = { " ", "\t", "\xe3\x80\x80" /* ideographic */, "\xc2\xa0" /* no-break */ };

gsize
fn_blanks_end(const char *bytes, gsize size, gsize at)
{
	gsize step;

	while ((step = FN_AT(blanks, bytes, size, at)) > 0)
		at += step;
	return at;
}

gsize
fn_blanks_begin(const char *bytes, gsize at)
{
	gsize step;

	while ((step = FN_BEFORE(blanks, bytes, at)) > 0)
		at -= step;
	return at;
}

/* U+3400-4DBF, U+4E00-9FFF, and the planes of rare characters, which names use. */
gsize
fn_han_at(const char *bytes, gsize size, gsize at)
{
	const guint8 *c = (const guint8 *)bytes + at;

	if (size - at >= 3 && c[0] >= 0xe3 && c[0] <= 0xe9)
		return (c[0] == 0xe3 && c[1] < 0x90) || (c[0] == 0xe4 && c[1] == 0xb7) ? 0 : 3;
	return size - at >= 4 && c[0] == 0xf0 && c[1] >= 0xa0 && c[1] <= 0xb3 ? 4 : 0;
}

gsize
fn_han_before(const char *bytes, gsize at)
{
	if (at >= 3 && fn_han_at(bytes, at, at - 3) == 3)
		return 3;
	return at >= 4 && fn_han_at(bytes, at, at - 4) == 4 ? 4 : 0;
}

gsize
fn_digits_end(const char *bytes, gsize size, gsize at)
{
	while (at < size && g_ascii_isdigit(bytes[at]))
		at++;
	return at;
}

gsize
fn_alnum_end(const char *bytes, gsize size, gsize at)
{
	while (at < size && g_ascii_isalnum(bytes[at]))
		at++;
	return at;
}

gboolean
fn_alnum_before(const char *bytes, gsize at)
{
	return at > 0 && g_ascii_isalnum(bytes[at - 1]);
}

/* Past a bracket behind a label, "(必填)"; not past one that holds digits, "(0311)". */
static gsize
bracket_end(const char *bytes, gsize size, gsize at)
{
	static const char *const open[] = { "（", "(" }, *const close[] = { "）", ")" };
	gsize from = at, begun = FN_AT(open, bytes, size, at), step;

	for (at += begun; begun > 0 && at < size && at - from < 48 && bytes[at] != '\n' && !g_ascii_isdigit(bytes[at]); at++)
		if ((step = FN_AT(close, bytes, size, at)) > 0)
			return at + step;
	return from;
}

gsize
fn_value_at(const char *bytes, gsize size, gsize at, FnGap *gap)
{
	static const char *const says[] = { ":", "：", "=", "＝", "是", "为", "為", ">", "】", "]", "|" };
	static const char *const fills[] = { "号码", "號碼", "编号", "編號", "号", "號", "码", "碼", "证", "證", "\"", "'", "“", "”", "‘", "「", "【", "[", "<" };
	static const char *const breaks[] = { "\r\n", "\n" };
	gsize step;

	*gap = FN_GAP_NONE;
	for (guint steps = 0; steps < 8; steps++) {
		gsize clear = fn_blanks_end(bytes, size, at);

		if (clear > at && *gap == FN_GAP_NONE)
			*gap = FN_GAP_BLANK;
		at = clear;
		if (*gap != FN_GAP_SAID && (step = FN_AT(says, bytes, size, at)) > 0)
			*gap = FN_GAP_SAID;
		else if ((step = FN_AT(fills, bytes, size, at)) == 0 && *gap == FN_GAP_SAID)
			step = FN_AT(breaks, bytes, size, at);
		else if (step == 0)
			step = bracket_end(bytes, size, at) - at;
		if (step == 0)
			break;
		at += step;
	}
	return at;
}

FnMatch
fn_labelled_run(const FnPlace *place, FnMatch (*check)(const char *text, gsize size, const FnIssued *issued), gsize *start, gsize *end)
{
	FnGap gap;

	*start = fn_value_at(place->bytes, place->size, place->end, &gap);
	*end = fn_alnum_end(place->bytes, place->size, *start);
	if (*end == *start || check(place->bytes + *start, *end - *start, place->issued) == FN_MATCH_NONE)
		return FN_MATCH_NONE;
	return FN_MATCH_STRONG;
}

static gboolean
fits_one(const char *text, gsize size, const char *shape)
{
	for (gsize i = 0; i < size; i++) {
		char c = g_ascii_toupper(text[i]);

		if (shape[i] == '\0' || (shape[i] == '9' ? !g_ascii_isdigit(c) : shape[i] == 'a' ? !g_ascii_isupper(c) || c == 'I' || c == 'O' : c != shape[i]))
			return FALSE;
	}
	return shape[size] == '\0';
}

gboolean
fn_fits(const char *text, gsize size, const char *const *shapes, gsize n)
{
	/* All shapes end in digits; words do not. */
	if (size < 2 || !g_ascii_isdigit(text[size - 2]))
		return FALSE;
	for (gsize i = 0; i < n; i++)
		if (fits_one(text, size, shapes[i]))
			return TRUE;
	return FALSE;
}

gboolean
fn_is_placeholder(const char *text, gsize size)
{
	static const char *const words[] = { "your", "example", "placeholder", "changeme", "xxxx", "****", "....", "<", "{", "$", "%s", "123456789012" };
	g_autofree char *lower = g_ascii_strdown(text, (gssize)size);

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (strstr(lower, words[i]) != NULL)
			return TRUE;
	for (gsize i = 1; i < size; i++)
		if (lower[i] != lower[0])
			return FALSE;
	return TRUE;
}
