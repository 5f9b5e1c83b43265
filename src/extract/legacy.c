#include "extract/legacy.h"

#include "base/encoding.h"

#include <string.h>

static void
append_units(GString *out, const guint8 *bytes, gsize n, guint high)
{
	for (gsize i = 0; i < n; i++) {
		gunichar c = bytes[2 * i + (1 - high)] | (gunichar)bytes[2 * i + high] << 8;

		if (c >= 0xD800 && c < 0xDC00 && i + 1 < n) {
			gunichar low = bytes[2 * i + 2 + (1 - high)] | (gunichar)bytes[2 * i + 2 + high] << 8;

			if (low >= 0xDC00 && low < 0xE000) {
				c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
				i++;
			}
		}
		g_string_append_unichar(out, c >= 0xD800 && c < 0xE000 ? 0xFFFD : c);
	}
}

void
fn_utf16le_append(GString *out, const guint8 *bytes, gsize n)
{
	append_units(out, bytes, n, 1);
}

void
fn_utf16be_append(GString *out, const guint8 *bytes, gsize n)
{
	append_units(out, bytes, n, 0);
}

/* Windows-1252 from 0x80 to 0x9F; the rest is Latin-1. */
static const guint16 windows_1252[32] = { 0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
	0x2039, 0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161,
	0x203A, 0x0153, 0x9D, 0x017E, 0x0178 };

static void
append_1252(GString *out, const guint8 *bytes, gsize size)
{
	for (gsize i = 0; i < size; i++)
		g_string_append_unichar(out, bytes[i] >= 0x80 && bytes[i] < 0xA0 ? windows_1252[bytes[i] - 0x80] : bytes[i]);
}

/* Every byte above ASCII belongs to a pair of GBK, and most pairs are Chinese of GB 2312. */
static gboolean
looks_gbk(const guint8 *bytes, gsize size)
{
	gsize pairs = 0, chinese = 0;

	for (gsize i = 0; i < size; i++) {
		if (bytes[i] < 0x80)
			continue;
		if (i + 1 == size)
			break;
		if (bytes[i] == 0x80 || bytes[i] == 0xFF || bytes[i + 1] < 0x40 || bytes[i + 1] == 0x7F || bytes[i + 1] == 0xFF)
			return FALSE;
		chinese += bytes[i] >= 0xA1 && bytes[i] <= 0xF7 && bytes[i + 1] >= 0xA1;
		pairs++;
		i++;
	}
	return pairs > 0 && 2 * chinese >= pairs;
}

static FnEncoding
encoding_of(guint codepage, const guint8 *bytes, gsize size)
{
	static const struct {
		guint codepage;
		FnEncoding encoding;
	} known[] = { { 936, FN_ENCODING_GB18030 }, { 54936, FN_ENCODING_GB18030 }, { 20936, FN_ENCODING_GB18030 },
		{ 10008, FN_ENCODING_GB18030 }, { 950, FN_ENCODING_BIG5 }, { 10002, FN_ENCODING_BIG5 } };

	for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
		if (known[i].codepage == codepage)
			return known[i].encoding;
	return looks_gbk(bytes, size) ? FN_ENCODING_GB18030 : FN_ENCODING_NONE;
}

void
fn_legacy_append(GString *out, guint codepage, const guint8 *bytes, gsize size)
{
	FnEncoding encoding;

	if (g_utf8_validate_len((const char *)bytes, size, NULL)) {
		g_string_append_len(out, (const char *)bytes, (gssize)size);
	} else if ((encoding = encoding_of(codepage, bytes, size)) != FN_ENCODING_NONE) {
		g_autoptr(FnDecoder) decoder = fn_decoder_new(encoding);

		fn_decoder_add(decoder, (const char *)bytes, size, TRUE, out);
	} else {
		append_1252(out, bytes, size);
	}
}

void
fn_tidy(GString *text)
{
	gsize to = 0;

	while (text->len > 0 && text->str[text->len - 1] == '\0')
		g_string_truncate(text, text->len - 1);
	for (gsize i = 0; i < text->len; i++) {
		char c = text->str[i];

		if (c == '\r' && i + 1 < text->len && text->str[i + 1] == '\n')
			continue;
		if (c == '\r' || c == '\v' || c == '\f')
			c = '\n';
		text->str[to++] = (guchar)c < 0x20 && c != '\t' && c != '\n' ? ' ' : c;
	}
	g_string_truncate(text, to);
}
