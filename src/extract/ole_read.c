/* Who reads which stream of a compound file: the documents by the stream that makes them, the parts that all of them may have by
 * name, and whatever is left as an embedded document, pictures or runs of characters. Nothing is left out. */
#include "extract/ole.h"

#include "extract/legacy.h"

#include <string.h>

static const char signature[] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

gboolean
fn_ole_is(const FnDocument *document)
{
	return fn_document_starts(document, signature, 8);
}

/* ---- streams that mean encryption ---- */

static void
note_encrypted(FnOle *ole, guint storage, guint stream)
{
	fn_ole_begin(ole, storage, "");
	fn_extract_note(fn_ole_extract(ole), FN_NOTE_ENCRYPTED, "needs a password");
	g_byte_array_unref(fn_ole_stream(ole, stream));
}

static const struct {
	const char *stream;
	void (*read)(FnOle *ole, guint storage, guint stream);
} kinds[] = {
	{ "WordDocument", fn_doc_read },
	{ "Workbook", fn_xls_read },
	{ "Book", fn_xls_read },
	{ "PowerPoint Document", fn_ppt_read },
	{ "__properties_version1.0", fn_msg_read },
	{ "EncryptedPackage", note_encrypted },
	{ "\tDRMContent", note_encrypted },
};

/* ---- an embedded file with its name ---- */

typedef struct {
	const guint8 *at;
	gsize left;
} Bytes;

static const guint8 *
take(Bytes *bytes, gsize n)
{
	const guint8 *at = bytes->at;

	if (n > bytes->left)
		return NULL;
	bytes->at += n;
	bytes->left -= n;
	return at;
}

/* A text that ends with NUL. */
static char *
take_name(Bytes *bytes)
{
	const guint8 *end = bytes->left > 0 ? memchr(bytes->at, 0, bytes->left) : NULL;
	GString *name;

	if (end == NULL)
		return NULL;
	name = g_string_new(NULL);
	fn_legacy_append(name, 0, bytes->at, (gsize)(end - bytes->at));
	take(bytes, (gsize)(end - bytes->at) + 1);
	return g_string_free(name, FALSE);
}

/* "\1Ole10Native": size, flags, label, file name, four bytes, the size of a path and the path, the file's size and bytes, and the names
 * once more in UTF-16. FALSE when it is not so; then it is read like any stream. */
static gboolean
read_native(FnOle *ole, guint stream, const GByteArray *data)
{
	FnExtract *extract = fn_ole_extract(ole);
	Bytes bytes = { data->data, data->len };
	g_autofree char *label = NULL, *file = NULL;
	const guint8 *raw, *path;
	guint32 size, path_size;

	if (take(&bytes, 6) == NULL || (label = take_name(&bytes)) == NULL || (file = take_name(&bytes)) == NULL ||
		(raw = take(&bytes, 8)) == NULL || (path_size = fn_le32(raw + 4)) > bytes.left)
		return FALSE;
	path = take(&bytes, path_size);
	if ((raw = take(&bytes, 4)) == NULL || (size = fn_le32(raw)) > bytes.left)
		return FALSE;
	raw = take(&bytes, size);
	fn_ole_begin(ole, stream, "names");
	fn_extract_strings(extract, path, path_size);
	fn_extract_strings(extract, bytes.at, bytes.left);
	fn_extract_text(extract, label, -1);
	fn_extract_text(extract, "\n", 1);
	if (size > 0)
		fn_extract_inner(extract, *file != '\0' ? file : label, raw, size);
	return TRUE;
}

/* ---- the rest ---- */

/* What the bytes say they are; plain text is none, since runs find that in any encoding and place. */
static gboolean
is_document(const GByteArray *data)
{
	const FnDocument document = { "", data->data, data->len, NULL };
	const FnFormat *format = fn_format_of(&document);

	return format != NULL && strcmp(format->name, "text") != 0;
}

static gboolean
within_vba(const FnOle *ole, guint stream)
{
	const FnOleEntry *storage = fn_ole_entry(ole, fn_ole_entry(ole, stream)->parent);

	return g_ascii_strcasecmp(storage->name, "VBA") == 0;
}

/* *@known becomes TRUE when the stream was read for what it is. */
static gboolean
read_stream(FnOle *ole, guint stream, gboolean *known)
{
	FnExtract *extract = fn_ole_extract(ole);
	const FnOleEntry *entry = fn_ole_entry(ole, stream);
	g_autoptr(GByteArray) data = fn_ole_stream(ole, stream);

	if (data->len == 0)
		return !fn_extract_stopped(extract);
	if (strcmp(entry->name, "\1Ole10Native") == 0 && read_native(ole, stream, data)) {
		*known = TRUE;
		return !fn_extract_stopped(extract);
	}
	fn_ole_begin(ole, stream, "");
	if (is_document(data)) {
		*known = TRUE;
		return fn_extract_inner(extract, entry->name, data->data, data->len);
	}
	if (within_vba(ole, stream)) {
		*known = TRUE;
		fn_vba_read(extract, data->data, data->len);
	}
	return fn_drawing_read(extract, data->data, data->len);
}

static gboolean
read_documents(FnOle *ole)
{
	gboolean any = FALSE;

	for (guint i = 1; i < fn_ole_count(ole) && !fn_extract_stopped(fn_ole_extract(ole)); i++) {
		const FnOleEntry *entry = fn_ole_entry(ole, i);

		if (entry->storage || entry->taken || entry->orphan)
			continue;
		for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++)
			if (g_ascii_strcasecmp(entry->name, kinds[k].stream) == 0) {
				any = TRUE;
				kinds[k].read(ole, entry->parent, i);
				break;
			}
	}
	return any;
}

static void
read_rest(FnOle *ole, gboolean *known)
{
	for (guint i = 1; i < fn_ole_count(ole); i++) {
		const FnOleEntry *entry = fn_ole_entry(ole, i);

		if (entry->storage || entry->taken)
			continue;
		if (!fn_extract_member(fn_ole_extract(ole)))
			return;
		if (entry->name[0] == '\5')
			fn_properties_read(ole, entry->parent, i);
		else if (!read_stream(ole, i, known))
			return;
	}
}

static void
read_whole(FnExtract *extract, const FnDocument *document)
{
	fn_extract_begin(extract, "");
	fn_extract_strings(extract, document->bytes, document->size);
}

void
fn_ole_read(FnExtract *extract, const FnDocument *document)
{
	g_autoptr(FnOle) ole = fn_ole_open(extract, document->bytes, document->size);
	g_autoptr(GByteArray) remains = NULL;
	gboolean known;

	if (ole == NULL) {
		read_whole(extract, document);
		return;
	}
	known = read_documents(ole);
	read_rest(ole, &known);
	fn_extract_begin(extract, "");
	if (!known)
		fn_extract_note(extract, FN_NOTE_UNKNOWN, "compound file of an unknown kind");
	remains = fn_ole_remains(ole);
	fn_extract_begin(extract, "left-over bytes");
	fn_extract_strings(extract, remains->data, remains->len);
}
