#include "ledger/canon.h"

#include <string.h>

static const char short_escape[] = "\bb\ff\nn\rr\tt\"\"\\\\";

gboolean
fn_canon_literal(FnCanon *canon, const char *literal)
{
	gsize size = strlen(literal);

	if ((gsize)(canon->end - canon->at) < size || memcmp(canon->at, literal, size) != 0)
		return FALSE;
	canon->at += size;
	return TRUE;
}

static gboolean
is_plain(guint8 c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* TRUE when one of the eight bytes is a control, a quote, a backslash or not ASCII. */
static gboolean
any_special(guint64 eight)
{
	const guint64 ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	guint64 quote = eight ^ ones * '"', slash = eight ^ ones * '\\';

	return (((eight - ones * 0x20) | (quote - ones) | (slash - ones) | eight) & tops) != 0;
}

static const char *
skip_plain(const char *at, const char *end)
{
	guint64 eight;

	while (end - at >= 8) {
		memcpy(&eight, at, 8);
		if (any_special(eight))
			break;
		at += 8;
	}
	while (at < end && is_plain((guint8)*at))
		at++;
	return at;
}

/* Bytes of the one character of two to four bytes at @p, 0 when it is not valid UTF-8. */
static gsize
wide_character(const guint8 *p, gsize left)
{
	static const struct {
		guint8 first, last, low, high; /* of the first byte, and of the second */
		gsize size;
	} form[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe4, 0xec, 0x80, 0xbf, 3 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xe3, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(form); i++) {
		if (p[0] < form[i].first || p[0] > form[i].last)
			continue;
		if (left < form[i].size || p[1] < form[i].low || p[1] > form[i].high)
			return 0;
		for (gsize j = 2; j < form[i].size; j++)
			if ((p[j] & 0xc0) != 0x80)
				return 0;
		return form[i].size;
	}
	return 0;
}

/* Bytes of the shortest escape at @at, 0 when there is none; the character goes to @c_out. */
static gsize
escape(const char *at, const char *end, guint8 *c_out)
{
	const char *hex = "0123456789abcdef", *high, *low;

	if (end - at < 2)
		return 0;
	for (const char *e = short_escape; *e != '\0'; e += 2)
		if (at[1] == e[1]) {
			*c_out = (guint8)*e;
			return 2;
		}
	if (end - at < 6 || memcmp(at + 1, "u00", 3) != 0 || (at[4] != '0' && at[4] != '1') || at[5] == '\0')
		return 0;
	high = strchr(hex, at[4]);
	low = strchr(hex, at[5]);
	if (low == NULL)
		return 0;
	*c_out = (guint8)((high - hex) << 4 | (low - hex));
	return *c_out == 0 || strchr("\b\f\n\r\t", *c_out) != NULL ? 0 : 6;
}

gboolean
fn_canon_text(FnCanon *canon, FnSpan *raw_out)
{
	const char *from;
	guint8 c;

	if (!fn_canon_literal(canon, "\""))
		return FALSE;
	from = canon->at;
	for (;;) {
		gsize step;

		canon->at = skip_plain(canon->at, canon->end);
		if (canon->at == canon->end)
			return FALSE;
		if (*canon->at == '"')
			break;
		step = *canon->at == '\\' ? escape(canon->at, canon->end, &c)
					  : wide_character((const guint8 *)canon->at, (gsize)(canon->end - canon->at));
		if (step == 0)
			return FALSE;
		canon->at += step;
	}
	if (raw_out != NULL)
		*raw_out = (FnSpan){ from, (gsize)(canon->at - from) };
	canon->at++;
	return TRUE;
}

gboolean
fn_canon_unsigned(FnCanon *canon, guint64 *value_out)
{
	const char *at = canon->at;
	guint64 value = 0;

	while (at < canon->end && g_ascii_isdigit(*at)) {
		guint64 digit = (guint64)(*at - '0');

		if (value > (G_MAXINT64 - digit) / 10)
			return FALSE;
		value = value * 10 + digit;
		at++;
	}
	if (at == canon->at || (*canon->at == '0' && at - canon->at > 1))
		return FALSE;
	canon->at = at;
	*value_out = value;
	return TRUE;
}

static gboolean
number(FnCanon *canon)
{
	guint64 value;
	gboolean minus = fn_canon_literal(canon, "-");

	/* -2^63 has no positive counterpart: nobody writes it. */
	return fn_canon_unsigned(canon, &value) && !(minus && value == 0);
}

static int
next_byte(FnSpan *raw)
{
	guint8 c;
	gsize step = 1;

	if (raw->size == 0)
		return -1;
	c = (guint8)*raw->text;
	if (c == '\\')
		step = escape(raw->text, raw->text + raw->size, &c);
	raw->text += step;
	raw->size -= step;
	return c;
}

static gboolean
comes_before(FnSpan a, FnSpan b)
{
	int x, y;

	do {
		x = next_byte(&a);
		y = next_byte(&b);
	} while (x == y && x >= 0);
	return x < y;
}

static gboolean value_within(FnCanon *canon, guint depth);

static gboolean
members(FnCanon *canon, guint depth, const char *wanted, FnSpan *wanted_out)
{
	FnSpan name, before = { NULL, 0 };

	do {
		if (!fn_canon_text(canon, &name) || (before.text != NULL && !comes_before(before, name)) ||
		    !fn_canon_literal(canon, ":"))
			return FALSE;
		before = name;
		if (wanted != NULL && canon->at < canon->end && *canon->at == '"' && fn_span_is(name, wanted)) {
			if (!fn_canon_text(canon, wanted_out))
				return FALSE;
		} else if (!value_within(canon, depth)) {
			return FALSE;
		}
	} while (fn_canon_literal(canon, ","));
	return fn_canon_literal(canon, "}");
}

static gboolean
elements(FnCanon *canon, guint depth)
{
	do {
		if (!value_within(canon, depth))
			return FALSE;
	} while (fn_canon_literal(canon, ","));
	return fn_canon_literal(canon, "]");
}

static gboolean
value_within(FnCanon *canon, guint depth)
{
	if (canon->at == canon->end || depth == 0)
		return FALSE;
	switch (*canon->at) {
	case '{':
		canon->at++;
		return fn_canon_literal(canon, "}") || members(canon, depth - 1, NULL, NULL);
	case '[':
		canon->at++;
		return fn_canon_literal(canon, "]") || elements(canon, depth - 1);
	case '"':
		return fn_canon_text(canon, NULL);
	case 't':
		return fn_canon_literal(canon, "true");
	case 'f':
		return fn_canon_literal(canon, "false");
	case 'n':
		return fn_canon_literal(canon, "null");
	default:
		return number(canon);
	}
}

gboolean
fn_canon_value(FnCanon *canon)
{
	return value_within(canon, FN_CANON_DEPTH);
}

gboolean
fn_canon_object(FnCanon *canon, const char *wanted, FnSpan *wanted_out)
{
	if (wanted_out != NULL)
		*wanted_out = (FnSpan){ NULL, 0 };
	if (!fn_canon_literal(canon, "{"))
		return FALSE;
	return fn_canon_literal(canon, "}") || members(canon, FN_CANON_DEPTH - 1, wanted, wanted_out);
}

char *
fn_canon_unescape(FnSpan raw)
{
	GString *text = g_string_sized_new(raw.size + 1);
	int c;

	while ((c = next_byte(&raw)) >= 0)
		g_string_append_c(text, (char)c);
	return g_string_free(text, FALSE);
}

gboolean
fn_span_is(FnSpan raw, const char *text)
{
	return raw.text != NULL && raw.size == strlen(text) && memcmp(raw.text, text, raw.size) == 0;
}
