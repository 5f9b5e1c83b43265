/* PowerPoint 97 to 2003 ([MS-PPT]): one stream of nested records, read in a line: containers are entered, atoms with text read, whatever
 * else is kept and read as runs. Older versions of slides lie in the same stream and are read with it. */
#include "extract/ole.h"

#include "extract/legacy.h"

#include <string.h>

#define HEAD 8u

enum { P_TEXT_CHARS = 0x0FA0, P_TEXT_BYTES = 0x0FA8, P_CSTRING = 0x0FBA, P_OLE_STORAGE = 0x1011, P_CRYPT = 0x2F14 };

#define TOKEN_ENCRYPTED 0xF3D1C4DFu /* of the atom in "Current User" */

static const struct {
	guint kind;
	const char *label;
	gboolean counted;
} places[] = {
	{ 0x03E8, "presentation", FALSE },
	{ 0x03EE, "slide", TRUE },
	{ 0x03F0, "notes", TRUE },
	{ 0x03F8, "master", TRUE },
	{ 0x0FC9, "handout", FALSE },
	{ 0x2EE0, "comment", FALSE },
};

typedef struct {
	FnOle *ole;
	FnExtract *extract;
	GByteArray *other;
	guint count[G_N_ELEMENTS(places)];
	gboolean encrypted;
} Ppt;

static void
enter(Ppt *ppt, guint kind)
{
	for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
		if (places[i].kind == kind) {
			g_autofree char *label = places[i].counted ?
							 g_strdup_printf("%s %u", places[i].label, ++ppt->count[i]) :
							 g_strdup(places[i].label);

			fn_extract_place(ppt->extract, label);
		}
	ppt->encrypted |= kind == P_CRYPT;
}

static gboolean
read_text(Ppt *ppt, gboolean wide, const guint8 *bytes, gsize size)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (wide)
		fn_utf16le_append(text, bytes, size / 2);
	else
		fn_legacy_append(text, 0, bytes, size);
	fn_tidy(text);
	g_string_append_c(text, '\n');
	return fn_extract_text(ppt->extract, text->str, (gssize)text->len);
}

/* An embedded document, or the project of macros: a compound file, packed behind its size when the instance is 1. */
static gboolean
read_object(Ppt *ppt, guint instance, const guint8 *bytes, gsize size)
{
	g_autoptr(GByteArray) data = NULL;

	if (!fn_extract_member(ppt->extract))
		return FALSE;
	if (instance == 0)
		return fn_extract_inner(ppt->extract, "embedded object", bytes, size);
	if (size < 4)
		return TRUE;
	data = fn_inflate(ppt->extract, bytes + 4, size - 4, 15, "embedded object", NULL);
	return fn_extract_inner(ppt->extract, "embedded object", data->data, data->len);
}

static gboolean
read_atom(Ppt *ppt, guint kind, guint instance, const guint8 *bytes, gsize size)
{
	static const guint8 gap[3] = { 0 };

	switch (kind) {
	case P_TEXT_CHARS:
	case P_CSTRING:
		return read_text(ppt, TRUE, bytes, size);
	case P_TEXT_BYTES:
		return read_text(ppt, FALSE, bytes, size);
	case P_OLE_STORAGE:
		return read_object(ppt, instance, bytes, size);
	default:
		/* With its head: pictures are found by that. */
		g_byte_array_append(ppt->other, bytes - HEAD, (guint)(size + HEAD));
		g_byte_array_append(ppt->other, gap, sizeof gap);
		return TRUE;
	}
}

static void
read_records(Ppt *ppt, const guint8 *bytes, gsize size)
{
	for (gsize at = 0; at + HEAD <= size && !ppt->encrypted;) {
		guint head = fn_le16(bytes + at), kind = fn_le16(bytes + at + 2);
		gsize length = fn_le32(bytes + at + 4), have = MIN(length, size - at - HEAD);

		if (length > have)
			fn_extract_note(ppt->extract, FN_NOTE_BROKEN, "record beyond the stream");
		at += HEAD;
		if ((head & 15) == 15) {
			enter(ppt, kind);
			continue;
		}
		if (!read_atom(ppt, kind, head >> 4, bytes + at, have))
			return;
		at += have;
	}
}

static gboolean
is_encrypted(FnOle *ole, guint storage)
{
	guint stream = fn_ole_find(ole, storage, "Current User");
	g_autoptr(GByteArray) data = NULL;

	if (stream == 0)
		return FALSE;
	data = fn_ole_stream(ole, stream);
	fn_ole_begin(ole, stream, "");
	fn_extract_strings(fn_ole_extract(ole), data->data, data->len);
	return data->len >= 16 && fn_le32(data->data + 12) == TOKEN_ENCRYPTED;
}

static void
skip_pictures(FnOle *ole, guint storage)
{
	guint stream = fn_ole_find(ole, storage, "Pictures");

	if (stream != 0)
		g_byte_array_unref(fn_ole_stream(ole, stream));
}

void
fn_ppt_read(FnOle *ole, guint storage, guint stream)
{
	g_autoptr(GByteArray) data = fn_ole_stream(ole, stream), other = g_byte_array_new();
	Ppt ppt = { .ole = ole, .extract = fn_ole_extract(ole), .other = other };

	ppt.encrypted = is_encrypted(ole, storage);
	fn_ole_begin(ole, storage, "");
	read_records(&ppt, data->data, data->len);
	if (ppt.encrypted) {
		fn_extract_note(ppt.extract, FN_NOTE_ENCRYPTED, "needs a password");
		skip_pictures(ole, storage);
		return;
	}
	fn_ole_begin(ole, storage, "shapes and settings");
	fn_drawing_read(ppt.extract, other->data, other->len);
}
