/* Filters of PDF streams (ISO 32000-1, 7.4), each from bytes to bytes. */
#include "extract/pdf_priv.h"

#include <string.h>

#define COLUMNS_MAX (1u << 20)
#define LZW_CODES   4096u

typedef GByteArray *Unfilter(FnExtract *extract, const FnPdfFilter *filter, const guint8 *bytes, gsize size);

static gboolean
is_white(guint c)
{
	return c == 0 || c == ' ' || (c >= '\t' && c <= '\r');
}

static void
put(GByteArray *out, guint byte)
{
	guint8 one = (guint8)byte;

	g_byte_array_append(out, &one, 1);
}

/* ---- predictors ---- */

static guint
paeth(int left, int up, int corner)
{
	int p = left + up - corner, a = ABS(p - left), b = ABS(p - up), c = ABS(p - corner);

	return (guint)(a <= b && a <= c ? left : b <= c ? up : corner);
}

static guint8
predicted(guint kind, guint left, guint up, guint corner)
{
	switch (kind) {
	case 1:
		return (guint8)left;
	case 2:
		return (guint8)up;
	case 3:
		return (guint8)((left + up) / 2);
	case 4:
		return (guint8)paeth((int)left, (int)up, (int)corner);
	default:
		return 0;
	}
}

/* Rows of PNG: a byte that names the predictor, then the differences. */
static GByteArray *
undo_png(const GByteArray *in, gsize row, gsize pixel)
{
	GByteArray *out = g_byte_array_sized_new(in->len);
	g_autofree guint8 *line = g_malloc0(row), *above = g_malloc0(row);

	for (gsize at = 0; at + 1 < in->len; at += row + 1) {
		gsize n = MIN(row, in->len - at - 1);
		guint8 *swap;

		for (gsize i = 0; i < n; i++) {
			guint left = i >= pixel ? line[i - pixel] : 0, corner = i >= pixel ? above[i - pixel] : 0;

			line[i] = (guint8)(in->data[at + 1 + i] + predicted(in->data[at], left, above[i], corner));
		}
		g_byte_array_append(out, line, (guint)n);
		swap = line;
		line = above;
		above = swap;
	}
	return out;
}

static void
undo_tiff(GByteArray *data, gsize row, gsize pixel)
{
	for (gsize at = 0; at < data->len; at += row)
		for (gsize i = pixel; i < row && at + i < data->len; i++)
			data->data[at + i] = (guint8)(data->data[at + i] + data->data[at + i - pixel]);
}

static GByteArray *
unpredict(FnExtract *extract, const FnPdfFilter *filter, GByteArray *data)
{
	guint64 columns = filter->columns > 0 ? filter->columns : 1, colors = filter->colors > 0 ? filter->colors : 1;
	guint64 bits = filter->bits > 0 ? filter->bits : 8, row = (columns * colors * bits + 7) / 8;
	gsize pixel = (gsize)MAX(1, colors * bits / 8);
	GByteArray *out;

	if (filter->predictor < 2)
		return data;
	if (columns > COLUMNS_MAX || bits > 16) {
		fn_extract_note(extract, FN_NOTE_BROKEN, "predictor of a stream");
		return data;
	}
	if (filter->predictor == 2) {
		if (bits == 8)
			undo_tiff(data, (gsize)row, pixel);
		return data;
	}
	out = undo_png(data, (gsize)row, pixel);
	g_byte_array_unref(data);
	return out;
}

/* ---- filters ---- */

static GByteArray *
undo_flate(FnExtract *extract, const FnPdfFilter *filter, const guint8 *bytes, gsize size)
{
	return unpredict(extract, filter, fn_inflate(extract, bytes, size, 15, "stream", NULL));
}

static GByteArray *
undo_hex(FnExtract *extract, const FnPdfFilter *filter, const guint8 *bytes, gsize size)
{
	GByteArray *out = g_byte_array_new();
	int high = -1;

	for (gsize i = 0; i < size && bytes[i] != '>'; i++) {
		int digit = g_ascii_xdigit_value((char)bytes[i]);

		if (digit < 0)
			continue;
		if (high >= 0)
			put(out, (guint)(high * 16 + digit));
		high = high >= 0 ? -1 : digit;
	}
	if (high >= 0)
		put(out, (guint)high * 16);
	return out;
}

static GByteArray *
undo_85(FnExtract *extract, const FnPdfFilter *filter, const guint8 *bytes, gsize size)
{
	GByteArray *out = g_byte_array_new();
	guint64 group = 0;
	guint n = 0;

	for (gsize i = 0; i < size && bytes[i] != '~'; i++) {
		if (bytes[i] == 'z' && n == 0) {
			for (guint k = 0; k < 4; k++)
				put(out, 0);
			continue;
		}
		if (is_white(bytes[i]))
			continue;
		if (bytes[i] < '!' || bytes[i] > 'u') {
			fn_extract_note(extract, FN_NOTE_BROKEN, "stream in base 85");
			return out;
		}
		group = group * 85 + (bytes[i] - '!');
		if (++n < 5)
			continue;
		for (guint k = 0; k < 4; k++)
			put(out, (guint)(group >> (24 - 8 * k)) & 0xFF);
		group = n = 0;
	}
	if (n > 1) {
		for (guint k = n; k < 5; k++)
			group = group * 85 + 84;
		for (guint k = 0; k + 1 < n; k++)
			put(out, (guint)(group >> (24 - 8 * k)) & 0xFF);
	}
	return out;
}

static GByteArray *
undo_runs(FnExtract *extract, const FnPdfFilter *filter, const guint8 *bytes, gsize size)
{
	GByteArray *out = g_byte_array_new();

	for (gsize at = 0; at < size && bytes[at] != 128;) {
		gsize n = bytes[at] < 128 ? bytes[at] + 1u : 257u - bytes[at];

		if (bytes[at] < 128) {
			n = MIN(n, size - at - 1);
			g_byte_array_append(out, bytes + at + 1, (guint)n);
			at += 1 + n;
		} else if (at + 1 < size) {
			for (; n > 0; n--)
				put(out, bytes[at + 1]);
			at += 2;
		} else {
			break;
		}
	}
	fn_extract_spend(extract, out->len, size);
	return out;
}

typedef struct {
	guint16 before[LZW_CODES];
	guint8 last[LZW_CODES];
	guint16 length[LZW_CODES];
	guint count; /* codes that are known */
} Lzw;

/* Appends what @code stands for; returns its first byte. */
static guint8
lzw_put(const Lzw *lzw, guint code, GByteArray *out)
{
	guint length = lzw->length[code];
	guint8 *to;

	g_byte_array_set_size(out, out->len + length);
	to = out->data + out->len;
	for (guint i = 0; i < length; i++, code = lzw->before[code])
		*--to = lzw->last[code];
	return *to;
}

static void
lzw_clear(Lzw *lzw)
{
	for (guint i = 0; i < 256; i++) {
		lzw->last[i] = (guint8)i;
		lzw->length[i] = 1;
	}
	lzw->count = 258;
}

/* A new code for @before with one byte more; the byte follows once the next code is read. */
static void
lzw_add(Lzw *lzw, guint before, guint8 last)
{
	if (lzw->count >= LZW_CODES)
		return;
	lzw->before[lzw->count] = (guint16)before;
	lzw->last[lzw->count] = last;
	lzw->length[lzw->count] = (guint16)(lzw->length[before] + 1);
	lzw->count++;
}

static guint
lzw_width(guint count)
{
	return count >= 2048 ? 12 : count >= 1024 ? 11 : count >= 512 ? 10 : 9;
}

static guint8
lzw_first(const Lzw *lzw, guint code)
{
	while (lzw->length[code] > 1)
		code = lzw->before[code];
	return lzw->last[code];
}

static GByteArray *
undo_lzw(FnExtract *extract, const FnPdfFilter *filter, const guint8 *bytes, gsize size)
{
	g_autofree Lzw *lzw = g_new0(Lzw, 1);
	GByteArray *out = g_byte_array_new();
	guint64 hold = 0;
	guint held = 0, before = 256;
	gsize at = 0, told = 0;

	lzw_clear(lzw);
	for (;;) {
		guint width = lzw_width(MIN(lzw->count + (filter->late ? 0u : 1u), LZW_CODES - 1)), code;

		for (; held < width && at < size; held += 8)
			hold = hold << 8 | bytes[at++];
		if (held < width)
			break;
		code = (guint)(hold >> (held - width)) & ((1u << width) - 1);
		held -= width;
		if (code == 257)
			break;
		if (code == 256) {
			lzw_clear(lzw);
		} else if (before == 256 ? code > 255 : code > lzw->count) {
			fn_extract_note(extract, FN_NOTE_BROKEN, "stream packed by LZW");
			break;
		} else {
			if (before != 256)
				lzw_add(lzw, before, lzw_first(lzw, code == lzw->count ? before : code));
			lzw_put(lzw, code, out);
		}
		before = code;
		if (out->len - told > 65536) {
			if (!fn_extract_spend(extract, out->len - told, at))
				break;
			told = out->len;
		}
	}
	return unpredict(extract, filter, out);
}

static const struct {
	const char *name, *brief;
	Unfilter *undo;
} known[] = {
	{ "FlateDecode", "Fl", undo_flate },
	{ "ASCIIHexDecode", "AHx", undo_hex },
	{ "ASCII85Decode", "A85", undo_85 },
	{ "LZWDecode", "LZW", undo_lzw },
	{ "RunLengthDecode", "RL", undo_runs },
};

guint8
fn_pdf_filter_kind(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
		if (strcmp(name, known[i].name) == 0 || strcmp(name, known[i].brief) == 0)
			return (guint8)(i + 1);
	return 0;
}

GByteArray *
fn_pdf_unfilter(FnExtract *extract, const FnPdfFilter *filters, guint n, const guint8 *bytes, gsize size)
{
	GByteArray *data = g_byte_array_new();

	g_byte_array_append(data, bytes, (guint)size);
	for (guint i = 0; i < n && filters[i].kind != 0 && !fn_extract_stopped(extract); i++) {
		GByteArray *out = known[filters[i].kind - 1].undo(extract, &filters[i], data->data, data->len);

		g_byte_array_unref(data);
		data = out;
	}
	return data;
}
