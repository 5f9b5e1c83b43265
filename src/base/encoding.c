#include "base/encoding.h"

#include "base/encoding_priv.h"

#include <string.h>

#define REPLACEMENT 0xfffdu
#define CUT_MAX     4u /* bytes of a character that can wait for more */

/* What stands at a place: @bytes of the original are @c (and @second, when one code is two characters). @bytes 0: cut off by the
 * end. */
typedef struct {
	guint bytes;
	gunichar c, second;
	gboolean wrong;
} Step;

static const struct {
	const char *name;
	const char *aliases; /* lower case, between spaces */
} encodings[FN_ENCODINGS] = {
	[FN_ENCODING_NONE] = { "unknown", " " },
	[FN_ENCODING_UTF8] = { "UTF-8", " utf-8 utf8 us-ascii ascii unicode-1-1-utf-8 " },
	[FN_ENCODING_GB18030] = { "GB18030", " gb18030 gb18030-2000 gb18030-2022 gbk gb2312 gb_2312-80 gb2312-80 csgb2312 x-gbk cp936 "
					     "ms936 windows-936 euc-cn chinese iso-ir-58 csiso58gb231280 " },
	[FN_ENCODING_BIG5] = { "BIG5-HKSCS", " big5 big5-hkscs big5hkscs big-5 cn-big5 csbig5 x-x-big5 cp950 ms950 windows-950 big5-eten " },
	[FN_ENCODING_UTF16LE] = { "UTF-16LE", " utf-16le utf-16 utf16 ucs-2 iso-10646-ucs-2 unicode csunicode ucs-2le " },
	[FN_ENCODING_UTF16BE] = { "UTF-16BE", " utf-16be ucs-2be unicodefffe " },
};

const char *
fn_encoding_name(FnEncoding encoding)
{
	return encodings[encoding < FN_ENCODINGS ? encoding : FN_ENCODING_NONE].name;
}

FnEncoding
fn_encoding_named(const char *charset)
{
	g_autofree char *trimmed = g_strstrip(g_ascii_strdown(charset, -1));
	g_autofree char *word = g_strdup_printf(" %s ", trimmed);

	if (*trimmed == '\0' || strchr(trimmed, ' ') != NULL)
		return FN_ENCODING_NONE;
	for (guint i = FN_ENCODING_UTF8; i < FN_ENCODINGS; i++)
		if (strstr(encodings[i].aliases, word) != NULL)
			return (FnEncoding)i;
	return FN_ENCODING_NONE;
}

/* ---- one character ---- */

static const Step cut_off = { 0, 0, 0, FALSE };

static Step
wrong(guint bytes)
{
	return (Step){ bytes, REPLACEMENT, 0, TRUE };
}

static Step
step_utf8(const guint8 *at, gsize size)
{
	gunichar c = g_utf8_get_char_validated((const char *)at, (gssize)MIN(size, 6));

	if (*at == 0)
		return (Step){ 1, 0, 0, FALSE };
	if (c == (gunichar)-2)
		return size < 4 ? cut_off : wrong(1);
	return c == (gunichar)-1 ? wrong(1) : (Step){ (guint)g_unichar_to_utf8(c, NULL), c, 0, FALSE };
}

static gunichar
gb_four(guint n)
{
	gsize low = 0, high = fn_gb_ranges_n;

	while (high - low > 1) {
		gsize middle = (low + high) / 2;

		if (fn_gb_ranges[middle].from <= n)
			low = middle;
		else
			high = middle;
	}
	return fn_gb_ranges[low].c == 0 ? 0 : (gunichar)fn_gb_ranges[low].c + n - fn_gb_ranges[low].from;
}

/* Numbers 189,000 and up, beginning with 90 30 81 30, are the characters from U+10000 on. */
static Step
step_gb_four(const guint8 *at, gsize size)
{
	guint n;
	gunichar c;

	if (size < 3)
		return cut_off;
	if (at[2] < 0x81 || at[2] > 0xfe)
		return wrong(1);
	if (size < 4)
		return cut_off;
	if (at[3] < 0x30 || at[3] > 0x39)
		return wrong(1);
	n = (at[0] - 0x81u) * 12600 + (at[1] - 0x30u) * 1260 + (at[2] - 0x81u) * 10 + at[3] - 0x30u;
	c = n < 39420 ? gb_four(n) : n >= 189000 && n < 189000 + 0x100000 ? n - 189000 + 0x10000 : 0;
	return c == 0 ? wrong(1) : (Step){ 4, c, 0, FALSE };
}

static Step
step_gb(const guint8 *at, gsize size)
{
	guint32 c;

	if (at[0] < 0x80)
		return (Step){ 1, at[0], 0, FALSE };
	if (at[0] == 0x80 || at[0] == 0xff)
		return wrong(1);
	if (size < 2)
		return cut_off;
	if (at[1] >= 0x30 && at[1] <= 0x39)
		return step_gb_four(at, size);
	if (at[1] < 0x40 || at[1] == 0x7f || at[1] == 0xff)
		return wrong(1);
	c = fn_gb_pairs[(at[0] - 0x81u) * FN_GB_TRAILS + at[1] - 0x40u - (at[1] > 0x7f)];
	return c == 0 ? wrong(1) : (Step){ 2, c, 0, FALSE };
}

static Step
step_big5(const guint8 *at, gsize size)
{
	guint32 c;

	if (at[0] < 0x80)
		return (Step){ 1, at[0], 0, FALSE };
	if (at[0] < 0x87 || at[0] == 0xff)
		return wrong(1);
	if (size < 2)
		return cut_off;
	if (at[1] < 0x40 || (at[1] > 0x7e && at[1] < 0xa1) || at[1] == 0xff)
		return wrong(1);
	c = fn_big5_pairs[(at[0] - 0x87u) * FN_BIG5_TRAILS + at[1] - (at[1] > 0x7e ? 0xa1u - 63 : 0x40u)];
	if (c == 0)
		return wrong(1);
	if (c & FN_BIG5_PAIR)
		return (Step){ 2, (c & ~FN_BIG5_PAIR) >> 12, c & 0xfff, FALSE };
	return (Step){ 2, c, 0, FALSE };
}

static Step
step_utf16(const guint8 *at, gsize size, guint low)
{
	gunichar c, second;

	if (size < 2)
		return cut_off;
	c = (gunichar)(at[low] | at[1 - low] << 8);
	if (c < 0xd800 || c > 0xdfff)
		return (Step){ 2, c, 0, FALSE };
	if (c > 0xdbff)
		return wrong(2);
	if (size < 4)
		return cut_off;
	second = (gunichar)(at[2 + low] | at[3 - low] << 8);
	if (second < 0xdc00 || second > 0xdfff)
		return wrong(2);
	return (Step){ 4, 0x10000 + ((c & 0x3ff) << 10) + (second & 0x3ff), 0, FALSE };
}

/* @size is at least 1. */
static Step
step_any(FnEncoding encoding, const guint8 *at, gsize size)
{
	switch (encoding) {
	case FN_ENCODING_UTF8:
		return step_utf8(at, size);
	case FN_ENCODING_GB18030:
		return step_gb(at, size);
	case FN_ENCODING_BIG5:
		return step_big5(at, size);
	case FN_ENCODING_UTF16LE:
		return step_utf16(at, size, 0);
	case FN_ENCODING_UTF16BE:
		return step_utf16(at, size, 1);
	case FN_ENCODING_NONE:
	case FN_ENCODINGS:
		break;
	}
	g_assert_not_reached();
}

/* What the end cuts off is no character any more once nothing follows. */
static Step
step_last(FnEncoding encoding, const guint8 *at, gsize size)
{
	Step step = step_any(encoding, at, size);

	if (step.bytes > 0)
		return step;
	return wrong(encoding >= FN_ENCODING_UTF16LE && size >= 2 ? 2 : 1);
}

static gsize
ascii_run(FnEncoding encoding, const guint8 *at, gsize size)
{
	gsize n = 0;

	if (encoding >= FN_ENCODING_UTF16LE)
		return 0;
	for (guint64 eight; size - n >= 8; n += 8) {
		memcpy(&eight, at + n, 8);
		if (eight & 0x8080808080808080u)
			break;
	}
	while (n < size && at[n] < 0x80)
		n++;
	return n;
}

/* ---- streams ---- */

struct FnDecoder {
	FnEncoding encoding;
	guint8 cut[2 * CUT_MAX];
	guint waiting; /* bytes in @cut */
	guint64 errors;
};

FnDecoder *
fn_decoder_new(FnEncoding encoding)
{
	FnDecoder *decoder = g_new0(FnDecoder, 1);

	g_assert(encoding > FN_ENCODING_NONE && encoding < FN_ENCODINGS);
	decoder->encoding = encoding;
	return decoder;
}

void
fn_decoder_free(FnDecoder *decoder)
{
	g_free(decoder);
}

guint64
fn_decoder_errors(const FnDecoder *decoder)
{
	return decoder->errors;
}

static void
append(FnDecoder *decoder, const Step *step, GString *out)
{
	char text[12];
	int n = g_unichar_to_utf8(step->c, text);

	if (step->second != 0)
		n += g_unichar_to_utf8(step->second, text + n);
	g_string_append_len(out, text, n);
	decoder->errors += step->wrong;
}

/* Converts up to @size; answers the bytes taken, fewer when the end cuts a character off and more is to come. */
static gsize
convert(FnDecoder *decoder, const guint8 *bytes, gsize size, gboolean last, GString *out)
{
	gsize at = 0;

	while (at < size) {
		gsize run = ascii_run(decoder->encoding, bytes + at, size - at);
		Step step;

		if (run > 0) {
			g_string_append_len(out, (const char *)bytes + at, (gssize)run);
			at += run;
			continue;
		}
		step = last ? step_last(decoder->encoding, bytes + at, size - at) :
			      step_any(decoder->encoding, bytes + at, size - at);
		if (step.bytes == 0)
			break;
		append(decoder, &step, out);
		at += step.bytes;
	}
	return at;
}

void
fn_decoder_add(FnDecoder *decoder, const char *bytes, gsize size, gboolean last, GString *out)
{
	gsize taken;

	/* The character that waits is completed byte by byte; it needs at most three more. */
	while (decoder->waiting > 0 && size > 0) {
		decoder->cut[decoder->waiting++] = (guint8)*bytes++;
		size--;
		taken = convert(decoder, decoder->cut, decoder->waiting, FALSE, out);
		decoder->waiting -= (guint)taken;
		memmove(decoder->cut, decoder->cut + taken, decoder->waiting);
	}
	if (decoder->waiting > 0 && last) {
		convert(decoder, decoder->cut, decoder->waiting, TRUE, out);
		decoder->waiting = 0;
	}
	taken = convert(decoder, (const guint8 *)bytes, size, last, out);
	if (size > taken) {
		g_assert(size - taken < CUT_MAX);
		memcpy(decoder->cut, bytes + taken, size - taken);
		decoder->waiting = (guint)(size - taken);
	}
}

gsize
fn_encoding_offset(FnEncoding encoding, const char *bytes, gsize size, gsize at)
{
	const guint8 *from = (const guint8 *)bytes;
	gsize utf8 = 0, original = 0;

	while (original < size) {
		gsize run = MIN(ascii_run(encoding, from + original, size - original), at - utf8);
		Step step;
		gsize length;

		utf8 += run;
		original += run;
		if (utf8 == at || original == size)
			break;
		step = step_last(encoding, from + original, size - original);
		length = (gsize)g_unichar_to_utf8(step.c, NULL) + (step.second != 0 ? (gsize)g_unichar_to_utf8(step.second, NULL) : 0);
		if (utf8 + length > at)
			break;
		utf8 += length;
		original += step.bytes;
	}
	return original;
}

/* ---- guessing ---- */

/* What a text looks like when it is read as one encoding. */
typedef struct {
	guint64 characters; /* beyond ASCII */
	guint64 common, usual, errors, ascii, strange; /* strange: private use, unassigned */
} Look;

static gboolean
is_common(gunichar c)
{
	gsize low = 0, high = fn_common_characters_n;

	while (low < high) {
		gsize middle = (low + high) / 2;

		if (fn_common_characters[middle] == c)
			return TRUE;
		if (fn_common_characters[middle] < c)
			low = middle + 1;
		else
			high = middle;
	}
	return FALSE;
}

/* The first level of either standard holds what running text consists of. */
static gboolean
is_usual(FnEncoding encoding, const guint8 *at, const Step *step)
{
	if (step->bytes != 2)
		return FALSE;
	if (encoding == FN_ENCODING_GB18030)
		return at[0] >= 0xa1 && at[0] <= 0xd7 && at[1] >= 0xa1;
	if (encoding == FN_ENCODING_BIG5)
		return at[0] >= 0xa1 && at[0] <= 0xc6;
	/* Characters, punctuation of either world, numbers in circles, full-width forms. */
	return (step->c >= 0x4e00 && step->c <= 0x9fff) || (step->c >= 0x2010 && step->c <= 0x303f) || step->c >= 0xff00;
}

static Look
look(FnEncoding encoding, const guint8 *bytes, gsize size)
{
	Look seen = { 0 };

	for (gsize at = 0; at < size;) {
		Step step = step_any(encoding, bytes + at, size - at);

		if (step.bytes == 0)
			break;
		if (step.wrong) {
			seen.errors++;
		} else if (step.c < 0x80) {
			seen.ascii += step.c >= 0x20 ? step.c != 0x7f : strchr("\t\n\r\f", (int)step.c) != NULL && step.c != 0;
			seen.strange += step.c < 0x20 && (step.c == 0 || strchr("\t\n\r\f", (int)step.c) == NULL);
		} else {
			seen.characters++;
			seen.common += is_common(step.c);
			seen.usual += is_usual(encoding, bytes + at, &step);
			seen.strange += (step.c >= 0xe000 && step.c <= 0xf8ff) || (step.c >= 0x80 && step.c < 0xa0) ||
					(step.c >= 0xfffe);
		}
		at += step.bytes;
	}
	return seen;
}

static gboolean
many_controls(const guint8 *bytes, gsize size)
{
	gsize controls = 0;

	for (gsize i = 0; i < size; i++)
		controls += bytes[i] < 0x20 ? bytes[i] == 0 || strchr("\t\n\r\f\v\033", bytes[i]) == NULL : bytes[i] == 0x7f;
	return controls > 0 && controls * 50 >= size;
}

static FnEncoding
guess_by_mark(const guint8 *bytes, gsize size, gsize *bom)
{
	static const struct {
		const char *mark;
		gsize size;
		FnEncoding encoding;
	} marks[] = {
		{ "\xEF\xBB\xBF", 3, FN_ENCODING_UTF8 },
		{ "\x84\x31\x95\x33", 4, FN_ENCODING_GB18030 },
		{ "\xFF\xFE", 2, FN_ENCODING_UTF16LE },
		{ "\xFE\xFF", 2, FN_ENCODING_UTF16BE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
		/* FF FE 00 00 is UTF-32, which nobody here reads. */
		if (size >= marks[i].size && memcmp(bytes, marks[i].mark, marks[i].size) == 0 &&
			(marks[i].encoding != FN_ENCODING_UTF16LE || size < 4 || bytes[2] != 0 || bytes[3] != 0)) {
			*bom = marks[i].size;
			return marks[i].encoding;
		}
	return FN_ENCODING_NONE;
}

/* UTF-16 without a mark: nearly every unit is ASCII or a frequent character, which no other text looks like. */
static FnEncoding
guess_utf16(const guint8 *bytes, gsize size)
{
	for (FnEncoding encoding = FN_ENCODING_UTF16LE; encoding <= FN_ENCODING_UTF16BE; encoding++) {
		Look seen = look(encoding, bytes, size & ~(gsize)1);
		guint64 all = seen.characters + seen.ascii + seen.strange + seen.errors;

		if (all > 0 && (seen.ascii + seen.usual) * 100 >= all * 97 && (seen.ascii + seen.common) * 100 >= all * 55)
			return encoding;
	}
	return FN_ENCODING_NONE;
}

static gint64
score(const Look *seen)
{
	return (gint64)(3 * seen->common + seen->usual) - (gint64)(4 * seen->errors + 2 * seen->strange);
}

static FnEncoding
guess_double(const guint8 *bytes, gsize size)
{
	Look gb = look(FN_ENCODING_GB18030, bytes, size), big5 = look(FN_ENCODING_BIG5, bytes, size);
	/* What we meet is mainland text: Big5 must be clearly the likelier. */
	gboolean is_big5 = score(&big5) * 10 > score(&gb) * 11 && score(&big5) > score(&gb) + 2;
	const Look *seen = is_big5 ? &big5 : &gb;

	if (seen->errors * 20 > seen->characters || seen->usual * 2 < seen->characters || seen->strange * 10 > seen->characters)
		return FN_ENCODING_NONE;
	return is_big5 ? FN_ENCODING_BIG5 : FN_ENCODING_GB18030;
}

FnEncoding
fn_encoding_guess(const char *text, gsize size, gsize *bom_out)
{
	const guint8 *bytes = (const guint8 *)text;
	gsize bom = 0;
	FnEncoding encoding = guess_by_mark(bytes, size, &bom);
	Look utf8;

	if (bom_out != NULL)
		*bom_out = bom;
	if (encoding != FN_ENCODING_NONE)
		return encoding;
	if (many_controls(bytes, size))
		return guess_utf16(bytes, size);
	utf8 = look(FN_ENCODING_UTF8, bytes, size);
	if (utf8.errors == 0 || utf8.characters > 10 * utf8.errors)
		return FN_ENCODING_UTF8;
	encoding = guess_double(bytes, size);
	if (encoding == FN_ENCODING_NONE)
		encoding = guess_utf16(bytes, size);
	if (encoding == FN_ENCODING_NONE && utf8.ascii > 10 * utf8.errors)
		encoding = FN_ENCODING_UTF8;
	return encoding;
}
