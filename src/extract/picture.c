/* Pictures go outside to be recognised; what they carry as text (comments, EXIF, XMP) and what hangs behind them is read here. */
#include "extract/readers.h"

#include <string.h>

static gboolean
is_png(const FnDocument *document)
{
	return fn_document_starts(document, "\x89PNG\r\n\x1a\n", 8);
}

static gboolean
is_jpeg(const FnDocument *document)
{
	return fn_document_starts(document, "\xFF\xD8\xFF", 3);
}

static gboolean
is_gif(const FnDocument *document)
{
	return fn_document_starts(document, "GIF87a", 6) || fn_document_starts(document, "GIF89a", 6);
}

static gboolean
is_webp(const FnDocument *document)
{
	return document->size >= 12 && fn_document_starts(document, "RIFF", 4) && memcmp(document->bytes + 8, "WEBP", 4) == 0;
}

static gboolean
is_tiff(const FnDocument *document)
{
	return fn_document_starts(document, "II*\0", 4) || fn_document_starts(document, "MM\0*", 4);
}

static gboolean
is_bmp(const FnDocument *document)
{
	/* Two letters prove little: the reserved fields are zero and the header has one of its known sizes. */
	return fn_document_starts(document, "BM", 2) && document->size >= 18 && memcmp(document->bytes + 6, "\0\0\0\0", 4) == 0 &&
	       document->bytes[14] >= 12 && document->bytes[14] <= 124 && document->bytes[15] == 0;
}

static gsize
u32be(const guint8 *at)
{
	return (gsize)at[0] << 24 | (gsize)at[1] << 16 | (gsize)at[2] << 8 | at[3];
}

static gsize
u32le(const guint8 *at)
{
	return (gsize)at[3] << 24 | (gsize)at[2] << 16 | (gsize)at[1] << 8 | at[0];
}

/* A short text in whatever encoding. */
static void
tell_text(FnExtract *extract, const guint8 *bytes, gsize size)
{
	g_autoptr(GString) text = size > 0 ? fn_text_decode(extract, bytes, size, NULL) : NULL;

	if (text != NULL && fn_extract_text(extract, text->str, (gssize)text->len))
		fn_extract_text(extract, "\n", 1);
}

static void
broken(FnExtract *extract)
{
	fn_extract_note(extract, FN_NOTE_BROKEN, "a picture ends early");
}

/* zTXt and iTXt may be deflated behind their keyword: keyword NUL method data, keyword NUL flag method language NUL keyword NUL data. */
static void
read_png_text(FnExtract *extract, const char *type, const guint8 *data, gsize size)
{
	const guint8 *at = memchr(data, '\0', size), *end = data + size;
	gboolean international = *type == 'i', packed = *type == 'z' || (international && at != NULL && end - at > 2 && at[1] == 1);
	g_autoptr(GByteArray) plain = NULL;

	tell_text(extract, data, at != NULL ? (gsize)(at - data) : size);
	if (at == NULL)
		return;
	at += international ? 3 : packed ? 2 : 1;
	for (guint i = 0; international && i < 2 && at != NULL && at < end; i++) {
		at = memchr(at, '\0', (gsize)(end - at));
		at = at != NULL ? at + 1 : NULL;
	}
	if (at == NULL || at >= end)
		return;
	if (!packed) {
		tell_text(extract, at, (gsize)(end - at));
		return;
	}
	plain = fn_inflate(extract, at, (gsize)(end - at), 15, "text of a picture", NULL);
	tell_text(extract, plain->data, plain->len);
}

static gsize
read_png(FnExtract *extract, const FnDocument *document)
{
	gsize at = 8;

	while (document->size - at >= 12) {
		const guint8 *chunk = document->bytes + at;
		gsize size = u32be(chunk);
		char type[5] = "";

		memcpy(type, chunk + 4, 4);
		if (size > document->size - at - 12)
			break;
		if (strcmp(type, "tEXt") == 0 || strcmp(type, "zTXt") == 0 || strcmp(type, "iTXt") == 0)
			read_png_text(extract, type, chunk + 8, size);
		else if (strcmp(type, "eXIf") == 0)
			fn_extract_strings(extract, chunk + 8, size);
		at += 12 + size;
		if (strcmp(type, "IEND") == 0)
			return at;
	}
	broken(extract);
	return document->size;
}

/* Segments up to the picture itself; within it every 0xFF that is no marker is followed by 0. */
static gsize
read_jpeg(FnExtract *extract, const FnDocument *document)
{
	gsize at = 2;

	while (document->size - at >= 2) {
		const guint8 *segment = document->bytes + at;
		gsize size;

		if (segment[0] != 0xff) {
			at++; /* within the picture */
			continue;
		}
		if (segment[1] == 0xd9)
			return at + 2;
		if (segment[1] == 0 || segment[1] == 0xff || (segment[1] >= 0xd0 && segment[1] <= 0xd8)) {
			at += segment[1] == 0xff ? 1 : 2;
			continue;
		}
		size = document->size - at >= 4 ? (gsize)segment[2] << 8 | segment[3] : 0;
		if (size < 2 || size > document->size - at - 2)
			break;
		if (segment[1] == 0xfe)
			tell_text(extract, segment + 4, size - 2);
		else if (segment[1] >= 0xe1 && segment[1] <= 0xef && segment[1] != 0xe2 && segment[1] != 0xee)
			fn_extract_strings(extract, segment + 4, size - 2);
		at += 2 + size;
	}
	broken(extract);
	return document->size;
}

static gsize
read_webp(FnExtract *extract, const FnDocument *document)
{
	gsize at = 12;

	while (document->size - at >= 8) {
		const guint8 *chunk = document->bytes + at;
		gsize size = u32le(chunk + 4);

		if (size > document->size - at - 8)
			break;
		if (memcmp(chunk, "EXIF", 4) == 0 || memcmp(chunk, "XMP ", 4) == 0)
			fn_extract_strings(extract, chunk + 8, size);
		at += MIN(8 + size + size % 2, document->size - at);
		if (at - 8 >= u32le(document->bytes + 4))
			return at;
	}
	if (at != document->size)
		broken(extract);
	return document->size;
}

/* The extensions of GIF (0x21, label) are sub-blocks, each with its size before it. */
static gsize
read_gif(FnExtract *extract, const FnDocument *document)
{
	g_autoptr(GString) said = g_string_new(NULL);
	gsize at = 13 + (document->size > 10 && (document->bytes[10] & 0x80) ? 3u << ((document->bytes[10] & 7) + 1) : 0);

	while (at < document->size) {
		const guint8 *block = document->bytes + at;
		gboolean text = FALSE;

		if (*block == 0x3b)
			return at + 1;
		if (*block == 0x2c && document->size - at > 10) {
			at += 11 + (block[9] & 0x80 ? 3u << ((block[9] & 7) + 1) : 0);
		} else if (*block == 0x21 && document->size - at > 2) {
			text = block[1] == 0xfe || block[1] == 1 || block[1] == 0xff;
			at += 2;
		} else {
			break;
		}
		while (at < document->size && document->bytes[at] != 0) {
			gsize size = MIN(document->bytes[at], document->size - at - 1);

			if (text)
				g_string_append_len(said, (const char *)document->bytes + at + 1, (gssize)size);
			at += 1 + size;
		}
		at++;
		tell_text(extract, (const guint8 *)said->str, said->len);
		g_string_truncate(said, 0);
	}
	broken(extract);
	return document->size;
}

/* Texts may lie anywhere in a TIFF; what packed pixels look like is noise, and short. */
static gsize
read_tiff(FnExtract *extract, const FnDocument *document)
{
	fn_extract_strings(extract, document->bytes, document->size);
	return document->size;
}

static gsize
read_bmp(FnExtract *extract, const FnDocument *document)
{
	gsize size = u32le(document->bytes + 2);

	if (size > document->size)
		broken(extract);
	return size >= 18 ? MIN(size, document->size) : document->size;
}

static const struct {
	gboolean (*is)(const FnDocument *document);
	gsize (*read)(FnExtract *extract, const FnDocument *document); /* where the picture ends */
} pictures[] = {
	{ is_png, read_png }, { is_jpeg, read_jpeg }, { is_gif, read_gif }, { is_webp, read_webp }, { is_tiff, read_tiff }, { is_bmp, read_bmp },
};

gboolean
fn_picture_is(const FnDocument *document)
{
	for (gsize i = 0; i < G_N_ELEMENTS(pictures); i++)
		if (pictures[i].is(document))
			return TRUE;
	return FALSE;
}

void
fn_picture_read(FnExtract *extract, const FnDocument *document)
{
	gsize end = document->size;

	fn_extract_begin(extract, "metadata");
	for (gsize i = 0; i < G_N_ELEMENTS(pictures); i++)
		if (pictures[i].is(document)) {
			end = pictures[i].read(extract, document);
			break;
		}
	fn_extract_begin(extract, "");
	if (!fn_extract_outside(extract, "picture", document->bytes, document->size) || end >= document->size)
		return;
	/* Zeros and line ends hang behind pictures everywhere. */
	while (end < document->size && (document->bytes[end] == 0 || g_ascii_isspace((char)document->bytes[end])))
		end++;
	/* A zip behind it is found by the core. */
	if (end < document->size && (document->size - end < 4 || memcmp(document->bytes + end, "PK\3\4", 4) != 0))
		fn_extract_inner(extract, "appended", document->bytes + end, document->size - end);
}
