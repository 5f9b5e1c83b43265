#include "extract/runs.h"

#include "base/encoding.h"

#include <string.h>

#define COMMON     3755u
#define FLUSH      65536u
#define ASCII_MIN  6u /* characters of a run without Chinese, one byte each */
#define WIDE_MIN   4u /* two bytes each */
#define COMMON_MIN 2u /* common Chinese characters that make a run */

/* Chance makes Chinese characters of any two bytes, but only every seventeenth pair is one of the 3,755 common ones. */
struct FnRuns {
	guint8 common[65536 / 8];
};

typedef struct {
	const FnRuns *runs;
	FnExtract *extract;
	GString *out;
} Job;

FnRuns *
fn_runs_new(void)
{
	FnRuns *runs = g_new0(FnRuns, 1);
	g_autoptr(FnDecoder) decoder = fn_decoder_new(FN_ENCODING_GB18030);
	g_autoptr(GString) text = g_string_sized_new(COMMON * 3);
	char pairs[COMMON * 2];

	/* The first level of GB 2312: rows 16 to 55, the last one without its end. */
	for (guint i = 0; i < COMMON; i++) {
		pairs[2 * i] = (char)(0xB0 + i / 94);
		pairs[2 * i + 1] = (char)(0xA1 + i % 94);
	}
	fn_decoder_add(decoder, pairs, sizeof pairs, TRUE, text);
	for (const char *at = text->str; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (c < 65536)
			runs->common[c / 8] |= (guint8)(1u << (c % 8));
	}
	return runs;
}

void
fn_runs_free(FnRuns *runs)
{
	g_free(runs);
}

static gboolean
is_common(const FnRuns *runs, gunichar c)
{
	return c < 65536 && (runs->common[c / 8] >> (c % 8) & 1) != 0;
}

static gboolean
flush(Job *job, gsize above)
{
	gboolean going = TRUE;

	if (job->out->len > above) {
		going = fn_extract_text(job->extract, job->out->str, (gssize)job->out->len);
		g_string_truncate(job->out, 0);
	}
	return going;
}

/* ---- UTF-16 ---- */

static gboolean
is_ascii_text(guint c)
{
	return (c >= 0x20 && c < 0x7F) || c == '\t';
}

static gboolean
is_utf16_text(guint c)
{
	return is_ascii_text(c) || (c >= 0x4E00 && c < 0xA000) || (c >= 0x3000 && c < 0x3130) || (c >= 0xFF00 && c < 0xFFF0) ||
	       (c >= 0x2010 && c < 0x2040) || (c >= 0xA1 && c < 0x100) || (c >= 0x2460 && c < 0x2500) || c == 0x2605 || c == 0x2606 ||
	       (c >= 0x3400 && c < 0x4DC0);
}

/* Units of UTF-16 in bytes: 1 when the first byte is the high one. */
typedef struct {
	const guint8 *bytes;
	guint big;
} Units;

static guint
unit(Units units, gsize i)
{
	return units.bytes[2 * i + units.big] | (guint)units.bytes[2 * i + 1 - units.big] << 8;
}

/* What speaks for a run being words. Mixed noise has no four ASCII characters in a row and few common Chinese ones. */
typedef struct {
	gsize chinese, common, ascii, longest; /* longest: ASCII characters in a row */
} Signs;

static void
count(const FnRuns *runs, gunichar c, Signs *signs)
{
	signs->ascii = is_ascii_text(c) ? signs->ascii + 1 : 0;
	signs->longest = MAX(signs->longest, signs->ascii);
	signs->chinese += c >= 0x3400 && c < 0xA000; /* signs between characters tell nothing */
	signs->common += is_common(runs, c);
}

static gboolean
likely(const Signs *signs, gsize ascii_min)
{
	/* Two alone may be a whole word; among others they are chance, and three in four must be common. */
	return signs->longest >= ascii_min || (signs->common == COMMON_MIN && signs->chinese == COMMON_MIN) ||
	       (signs->common > COMMON_MIN && 4 * signs->common >= 3 * signs->chinese);
}

/* ASCII read from the wrong byte on makes units that end with a zero byte: those are no words. ASCII with the high byte first has
 * come out already, as the same with the low byte first, one byte on: there Chinese alone counts. */
static gboolean
utf16_likely(const Job *job, Units units, gsize begin, gsize end)
{
	Signs signs = { 0, 0, 0, 0 };
	gsize turned = 0;

	for (gsize i = begin; i < end; i++) {
		guint c = unit(units, i);

		count(job->runs, c, &signs);
		turned += (c & 0xFF) == 0;
	}
	return 2 * turned < end - begin && likely(&signs, units.big ? G_MAXSIZE : WIDE_MIN);
}

static void
append_units(GString *out, Units units, gsize begin, gsize end)
{
	for (gsize i = begin; i < end; i++)
		g_string_append_unichar(out, unit(units, i));
	g_string_append_c(out, '\n');
}

static gboolean
read_utf16(Job *job, Units units, gsize size)
{
	gsize n = size / 2, begin = 0;

	for (gsize i = 0; i <= n; i++) {
		gboolean text = i < n && is_utf16_text(unit(units, i));

		if (text && i - begin < FLUSH)
			continue;
		if (i - begin >= COMMON_MIN && utf16_likely(job, units, begin, i)) {
			append_units(job->out, units, begin, i);
			if (!flush(job, FLUSH))
				return FALSE;
		}
		begin = text ? i : i + 1;
	}
	return TRUE;
}

/* ---- bytes ---- */

static gboolean
is_pair(const guint8 *bytes, gsize left)
{
	return left >= 2 && bytes[0] >= 0x81 && bytes[0] < 0xFF && bytes[1] >= 0x40 && bytes[1] != 0x7F && bytes[1] < 0xFF;
}

static gboolean
is_common_pair(const guint8 *bytes)
{
	return bytes[0] >= 0xB0 && bytes[0] <= 0xD7 && bytes[1] >= 0xA1 && bytes[1] < 0xFF;
}

/* A run of ASCII and pairs, at most @size bytes; returns its length. */
static gsize
pairs_run(const guint8 *bytes, gsize size, Signs *signs)
{
	gsize at = 0;

	*signs = (Signs){ 0, 0, 0, 0 };
	while (at < size) {
		if (is_ascii_text(bytes[at])) {
			signs->ascii++;
			signs->longest = MAX(signs->longest, signs->ascii);
			at++;
		} else if (is_pair(bytes + at, size - at)) {
			signs->ascii = 0;
			signs->chinese += bytes[at] < 0xA1 || bytes[at] > 0xA9;
			signs->common += is_common_pair(bytes + at);
			at += 2;
		} else {
			break;
		}
	}
	return at;
}

static void
read_pairs(Job *job, const guint8 *bytes, gsize size)
{
	g_autoptr(FnDecoder) decoder = fn_decoder_new(FN_ENCODING_GB18030);

	for (gsize at = 0; at < size;) {
		Signs signs;
		gsize n = pairs_run(bytes + at, size - at, &signs);

		if (likely(&signs, ASCII_MIN)) {
			fn_decoder_add(decoder, (const char *)bytes + at, n, TRUE, job->out);
			g_string_append_c(job->out, '\n');
		}
		at += MAX(n, 1);
	}
}

static gboolean
utf8_likely(const Job *job, const char *text, gsize size)
{
	Signs signs = { 0, 0, 0, 0 };

	for (const char *at = text; at < text + size; at = g_utf8_next_char(at))
		count(job->runs, g_utf8_get_char(at), &signs);
	return likely(&signs, ASCII_MIN);
}

static gboolean
read_bytes(Job *job, const guint8 *bytes, gsize size)
{
	gsize begin = 0;

	for (gsize i = 0; i <= size; i++) {
		gboolean text = i < size && (is_ascii_text(bytes[i]) || bytes[i] >= 0x80);
		const char *run = (const char *)bytes + begin;

		/* A very long run is cut where no character can be. */
		if (text && (i - begin < FLUSH || bytes[i] >= 0x80))
			continue;
		if (i - begin >= 4 && g_utf8_validate_len(run, i - begin, NULL)) {
			if (utf8_likely(job, run, i - begin)) {
				g_string_append_len(job->out, run, (gssize)(i - begin));
				g_string_append_c(job->out, '\n');
			}
		} else if (i - begin >= 4) {
			read_pairs(job, bytes + begin, i - begin);
		}
		if (!flush(job, FLUSH))
			return FALSE;
		begin = text ? i : i + 1;
	}
	return TRUE;
}

gboolean
fn_runs_read(const FnRuns *runs, FnExtract *extract, const guint8 *bytes, gsize size)
{
	g_autoptr(GString) out = g_string_new(NULL);
	Job job = { runs, extract, out };

	if (size < 4)
		return !fn_extract_stopped(extract);
	for (guint i = 0; i < 4; i++)
		if (!read_utf16(&job, (Units){ bytes + i % 2, i / 2 }, size - i % 2))
			return FALSE;
	return read_bytes(&job, bytes, size) && flush(&job, 0);
}
