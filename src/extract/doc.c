/* Word 97 to 2007 and, as far as they are simple, Word 6 and 95 ([MS-DOC]): all texts by the piece table, each sub-document a segment
 * of its own; then what else stands in the streams, deleted leftovers included. */
#include "extract/ole.h"

#include "extract/legacy.h"

#include <string.h>

#define FIB_MIN    0x44u
#define WORD_97    193u /* nFib from here on */
#define ENCRYPTED  0x0100u
#define TABLE_ONE  0x0200u
#define CLX        33u /* index of the piece table in the list of positions */
#define FLUSH      32768u
#define PIECE_TIMES 4u /* pieces may overlap: all together at most this many times the stream */

static const char *const parts[] = { "", "footnotes", "headers", "macro texts", "comments", "endnotes", "text boxes",
	"header text boxes", "beyond the text" };
enum { PARTS = G_N_ELEMENTS(parts) };

typedef struct {
	FnOle *ole;
	FnExtract *extract;
	guint storage;
	GByteArray *main, *table;
	guint32 lengths[PARTS]; /* characters of each part; the last takes what the others leave */
	guint32 clx, clx_size;
	guint32 first, last; /* where the text of an unpieced Word 95 document lies */
	gboolean old;
	/* the state of reading */
	guint part;
	guint32 left;     /* characters of the part that are still to come */
	GString *body, *codes;
	guint64 code;     /* one bit per open field: still in its code */
	guint fields;     /* open ones */
	guint64 budget;
} Doc;

/* ---- text ---- */

static gboolean
flush_body(Doc *doc)
{
	gboolean going = fn_extract_text(doc->extract, doc->body->str, (gssize)doc->body->len);

	g_string_truncate(doc->body, 0);
	return going;
}

/* Ends a part: what stood in field codes follows in a segment of its own, so that it tears no sentence apart. */
static void
end_part(Doc *doc)
{
	flush_body(doc);
	if (doc->codes->len > 0) {
		g_autofree char *what = g_strconcat(parts[doc->part], *parts[doc->part] != '\0' ? ", " : "", "field codes", NULL);

		fn_ole_begin(doc->ole, doc->storage, what);
		fn_extract_text(doc->extract, doc->codes->str, (gssize)doc->codes->len);
	}
	g_string_truncate(doc->codes, 0);
	doc->code = 0;
	doc->fields = 0;
}

static void
next_part(Doc *doc)
{
	while (doc->left == 0 && doc->part + 1 < PARTS) {
		end_part(doc);
		doc->part++;
		doc->left = doc->part + 1 < PARTS ? doc->lengths[doc->part] : G_MAXUINT32;
		fn_ole_begin(doc->ole, doc->storage, parts[doc->part]);
	}
}

static void
field(Doc *doc, char mark)
{
	if (mark == 0x13) {
		if (doc->fields < 64)
			doc->code |= (guint64)1 << doc->fields;
		doc->fields++;
	} else if (doc->fields > 0) {
		guint top = doc->fields - 1;

		if (top < 64)
			doc->code &= ~((guint64)1 << top);
		if (mark == 0x15)
			doc->fields = top;
		g_string_append_c(doc->codes, '\n');
	}
}

/* Marks of [MS-DOC] 2.4.1 and 2.8.25: what stands for a picture or a note's number leaves nothing. */
static char
plain_form(const GString *before, char c)
{
	gsize n = before->len;

	switch (c) {
	case 0x07: /* a cell's end, and behind the last one the row's */
		return n > 0 && before->str[n - 1] == '\t' ? '\n' : '\t';
	case '\t':
		return '\t';
	case 0x0A:
	case 0x0B:
	case 0x0C:
	case 0x0D:
	case 0x0E:
		return '\n';
	case 0x1E:
		return '-';
	default:
		return '\0';
	}
}

static gboolean
add_text(Doc *doc, const GString *text)
{
	for (gsize i = 0; i < text->len; i++) {
		GString *out = doc->code != 0 ? doc->codes : doc->body;
		char c = text->str[i];

		if (c >= 0x13 && c <= 0x15) {
			field(doc, c);
			continue;
		}
		if ((guchar)c < 0x20)
			c = plain_form(out, c);
		if (c != '\0')
			g_string_append_c(out, c);
	}
	return doc->body->len < FLUSH || flush_body(doc);
}

/* @n characters at @at of the main stream, each of one byte or two, into the parts they belong to. Read bytes are wiped. */
static gboolean
add_characters(Doc *doc, gsize at, gsize n, guint width)
{
	g_autoptr(GString) text = g_string_new(NULL);

	while (n > 0) {
		gsize some;
		guint8 *bytes = doc->main->data + at;

		next_part(doc);
		some = MIN(n, MIN(doc->left, FLUSH));
		g_string_truncate(text, 0);
		if (width == 2)
			fn_utf16le_append(text, bytes, some);
		else
			fn_legacy_append(text, 0, bytes, some);
		memset(bytes, 0, some * width);
		if (!add_text(doc, text))
			return FALSE;
		at += some * width;
		n -= some;
		doc->left -= (guint32)some;
	}
	return TRUE;
}

/* ---- pieces ---- */

static void
note_broken(Doc *doc, const char *detail)
{
	fn_extract_note(doc->extract, FN_NOTE_BROKEN, detail);
}

/* A piece of @n characters; its position tells the width of its characters since Word 97. */
static gboolean
add_piece(Doc *doc, guint32 position, guint32 n)
{
	gboolean narrow = doc->old || (position & 0x40000000) != 0;
	gsize at = doc->old ? position : narrow ? (position & 0x3FFFFFFF) / 2 : position & 0x3FFFFFFF;
	guint width = narrow ? 1 : 2;
	gsize have = (doc->main->len - MIN(at, doc->main->len)) / width;

	if (have < n) {
		note_broken(doc, "text beyond the stream");
		n = (guint32)have;
	}
	if ((guint64)n * width > doc->budget) {
		note_broken(doc, "overlapping texts");
		return FALSE;
	}
	doc->budget -= (guint64)n * width;
	return add_characters(doc, at, n, width);
}

/* The table of pieces: n + 1 character positions, then n descriptors of eight bytes. */
static void
read_pieces(Doc *doc, const guint8 *bytes, gsize size)
{
	gsize n = size >= 4 ? (size - 4) / 12 : 0;

	for (gsize i = 0; i < n; i++) {
		guint32 from = fn_le32(bytes + 4 * i), to = fn_le32(bytes + 4 * i + 4);

		if (to < from) {
			note_broken(doc, "table of pieces");
			return;
		}
		if (!add_piece(doc, fn_le32(bytes + 4 * (n + 1) + 8 * i + 2), to - from))
			return;
	}
}

/* Clx: formatting entries (1, u16 size), then the pieces (2, u32 size). FALSE when there are none. */
static gboolean
read_clx(Doc *doc)
{
	const guint8 *bytes;
	gsize size, at = 0;

	if (doc->table == NULL || doc->clx > doc->table->len || doc->clx_size > doc->table->len - doc->clx)
		return FALSE;
	bytes = doc->table->data + doc->clx;
	size = doc->clx_size;
	while (at + 3 <= size && bytes[at] == 1)
		at += 3 + fn_le16(bytes + at + 1);
	if (at + 5 > size || bytes[at] != 2)
		return FALSE;
	read_pieces(doc, bytes + at + 5, MIN(size - at - 5, fn_le32(bytes + at + 1)));
	return TRUE;
}

/* ---- the head ---- */

/* The head of Word 97 is made of three arrays, each behind its count. */
static gboolean
read_head(Doc *doc)
{
	const guint8 *bytes = doc->main->data;
	gsize size = doc->main->len, longs, positions;

	longs = 34 + 2 * (gsize)fn_le16(bytes + 32);
	if (longs + 2 > size)
		return FALSE;
	positions = longs + 2 + 4 * (gsize)fn_le16(bytes + longs);
	if (positions + 2 + 8 * (CLX + 1) > size || fn_le16(bytes + positions) <= CLX || fn_le16(bytes + longs) < 11)
		return FALSE;
	for (guint i = 0; i + 1 < PARTS; i++)
		doc->lengths[i] = fn_le32(bytes + longs + 2 + 4 * (3 + i));
	doc->clx = fn_le32(bytes + positions + 2 + 8 * CLX);
	doc->clx_size = fn_le32(bytes + positions + 2 + 8 * CLX + 4);
	return TRUE;
}

static gboolean
read_old_head(Doc *doc)
{
	const guint8 *bytes = doc->main->data;

	if (doc->main->len < 0x168)
		return FALSE;
	doc->first = fn_le32(bytes + 0x18);
	doc->last = fn_le32(bytes + 0x1C);
	for (guint i = 0; i + 1 < PARTS; i++)
		doc->lengths[i] = fn_le32(bytes + 0x34 + 4 * i);
	doc->clx = fn_le32(bytes + 0x160);
	doc->clx_size = fn_le32(bytes + 0x164);
	return TRUE;
}

/* Word 6 and 95 without pieces: one stretch of bytes, or of double bytes in the Chinese edition. */
static void
read_stretch(Doc *doc)
{
	guint64 characters = 0;
	gsize size;

	if (doc->first >= doc->last || doc->last > doc->main->len) {
		note_broken(doc, "text beyond the stream");
		return;
	}
	size = doc->last - doc->first;
	for (guint i = 0; i + 1 < PARTS; i++)
		characters += doc->lengths[i];
	if (characters > 0 && size >= 2 * characters)
		add_characters(doc, doc->first, size / 2, 2);
	else
		add_characters(doc, doc->first, size, 1);
}

static void
read_texts(Doc *doc)
{
	fn_ole_begin(doc->ole, doc->storage, "");
	if (!(doc->old ? read_old_head(doc) : read_head(doc))) {
		note_broken(doc, "head of a Word document");
		return;
	}
	doc->left = doc->lengths[0];
	if (!read_clx(doc)) {
		if (doc->old)
			read_stretch(doc);
		else
			note_broken(doc, "table of pieces");
	}
	end_part(doc);
}

static GByteArray *
table_of(Doc *doc, guint flags)
{
	const char *name = (flags & TABLE_ONE) != 0 ? "1Table" : "0Table";
	guint stream = fn_ole_find(doc->ole, doc->storage, name);

	if (doc->old)
		return g_byte_array_ref(doc->main);
	if (stream == 0 || fn_ole_entry(doc->ole, stream)->storage)
		return NULL;
	return fn_ole_stream(doc->ole, stream);
}

static void
skip_encrypted(FnOle *ole, guint storage)
{
	static const char *const streams[] = { "0Table", "1Table", "Data" };

	fn_ole_begin(ole, storage, "");
	fn_extract_note(fn_ole_extract(ole), FN_NOTE_ENCRYPTED, "needs a password");
	for (gsize i = 0; i < G_N_ELEMENTS(streams); i++) {
		guint stream = fn_ole_find(ole, storage, streams[i]);

		if (stream != 0)
			g_byte_array_unref(fn_ole_stream(ole, stream));
	}
}

void
fn_doc_read(FnOle *ole, guint storage, guint stream)
{
	FnExtract *extract = fn_ole_extract(ole);
	g_autoptr(GByteArray) main = fn_ole_stream(ole, stream), table = NULL;
	g_autoptr(GString) body = g_string_new(NULL), codes = g_string_new(NULL);
	Doc doc = { .ole = ole, .extract = extract, .storage = storage, .main = main, .body = body, .codes = codes,
		.budget = (guint64)main->len * PIECE_TIMES };
	guint flags;

	if (main->len < FIB_MIN) {
		note_broken(&doc, "head of a Word document");
		return;
	}
	flags = fn_le16(main->data + 0x0A);
	if ((flags & ENCRYPTED) != 0) {
		skip_encrypted(ole, storage);
		return;
	}
	doc.old = fn_le16(main->data + 2) < WORD_97;
	doc.table = table = table_of(&doc, flags);
	read_texts(&doc);
	fn_ole_begin(ole, stream, "");
	if (!fn_drawing_read(extract, main->data, main->len) || table == NULL || table == main)
		return;
	fn_ole_begin(ole, storage, "names and styles");
	fn_extract_strings(extract, table->data, table->len);
}
