/* Archives: zips by our own reader, every other kind by libarchive from memory. Members are documents inside. */
#include "extract/readers.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#define STEP 65536u

/* ---- zip ---- */

gboolean
fn_zip_is(const FnDocument *document)
{
	return document->zip != NULL || fn_document_starts(document, "PK\3\4", 4) || fn_document_starts(document, "PK\5\6", 4);
}

static gboolean
tell_name(FnExtract *extract, const char *name)
{
	g_autofree char *shown = fn_name_shown(name, -1);

	return fn_extract_text(extract, shown, -1) && fn_extract_text(extract, "\n", 1);
}

static void
note_link(FnExtract *extract, const char *name)
{
	g_autofree char *shown = fn_name_shown(name, -1), *detail = g_strdup_printf("%s: a link, not followed", shown);

	fn_extract_note(extract, FN_NOTE_UNKNOWN, detail);
}

static void
tell_comments(FnExtract *extract, const GString *comments)
{
	g_autoptr(GString) text = NULL;

	fn_extract_begin(extract, "comments");
	text = fn_text_decode(extract, (const guint8 *)comments->str, comments->len, NULL);
	fn_extract_text(extract, text->str, (gssize)text->len);
}

void
fn_zip_read_all(FnExtract *extract, const FnDocument *document)
{
	const FnZip *zip = document->zip;

	if (zip == NULL) {
		fn_extract_note(extract, FN_NOTE_BROKEN, "no zip in what begins as one");
		return;
	}
	fn_extract_begin(extract, "names");
	for (guint i = 0; i < fn_zip_members(zip); i++)
		if (!tell_name(extract, fn_zip_member(zip, i)->name))
			return;
	if (fn_zip_comments(zip)->len > 0)
		tell_comments(extract, fn_zip_comments(zip));
	fn_extract_begin(extract, "");
	for (guint i = 0; i < fn_zip_members(zip) && !fn_extract_stopped(extract); i++) {
		const FnZipMember *member = fn_zip_member(zip, i);
		g_autoptr(GByteArray) bytes = fn_zip_read(extract, zip, member);

		if (member->symlink)
			note_link(extract, member->name);
		if (bytes != NULL && !fn_extract_inner(extract, member->name, bytes->data, bytes->len))
			return;
	}
}

/* ---- the others ---- */

typedef struct archive Archive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Archive, archive_read_free)

static const struct {
	const char *magic;
	gsize size, at;
	gboolean packed; /* one stream, not an archive */
} magics[] = {
	{ "\x1f\x8b\x08", 3, 0, TRUE },         { "BZh", 3, 0, TRUE },
	{ "\xFD" "7zXZ\0", 6, 0, TRUE },        { "\x28\xB5\x2F\xFD", 4, 0, TRUE },
	{ "\x04\x22\x4D\x18", 4, 0, TRUE },     { "LZIP\1", 5, 0, TRUE },
	{ "\x1f\x9d", 2, 0, TRUE },             { "\x5D\0\0", 3, 0, TRUE },
	{ "7z\xBC\xAF\x27\x1C", 6, 0, FALSE },  { "Rar!\x1A\x07", 6, 0, FALSE },
	{ "MSCF\0\0\0\0", 8, 0, FALSE },        { "!<arch>\n", 8, 0, FALSE },
	{ "070701", 6, 0, FALSE },              { "070707", 6, 0, FALSE },
	{ "xar!", 4, 0, FALSE },                { "ustar", 5, 257, FALSE },
	{ "CD001", 5, 32769, FALSE },           { "-lh", 3, 2, FALSE },
};

/* The old tar has no signature: the checksum of its first head is right. */
static gboolean
is_old_tar(const FnDocument *document)
{
	guint sum = 0;
	guint64 said;
	char digits[9] = "";

	if (document->size < 512 || document->bytes[0] == 0)
		return FALSE;
	for (guint i = 0; i < 512; i++)
		sum += i >= 148 && i < 156 ? ' ' : document->bytes[i];
	memcpy(digits, document->bytes + 148, 8);
	said = g_ascii_strtoull(digits, NULL, 8);
	return said == sum;
}

/* -1: none. */
static int
magic_of(const FnDocument *document)
{
	for (gsize i = 0; i < G_N_ELEMENTS(magics); i++)
		if (document->size > magics[i].at && document->size - magics[i].at >= magics[i].size &&
			memcmp(document->bytes + magics[i].at, magics[i].magic, magics[i].size) == 0)
			return (int)i;
	return -1;
}

gboolean
fn_archive_is(const FnDocument *document)
{
	return magic_of(document) >= 0 || is_old_tar(document);
}

/* Formats and filters by name: "all" would take in those that start programs. */
static Archive *
open_archive(gboolean packed)
{
	static int (*const filters[])(Archive *) = { archive_read_support_filter_gzip, archive_read_support_filter_bzip2,
		archive_read_support_filter_xz, archive_read_support_filter_zstd, archive_read_support_filter_lz4,
		archive_read_support_filter_lzip, archive_read_support_filter_compress, archive_read_support_filter_lzma };
	static int (*const formats[])(Archive *) = { archive_read_support_format_tar, archive_read_support_format_7zip,
		archive_read_support_format_rar, archive_read_support_format_rar5, archive_read_support_format_cab,
		archive_read_support_format_ar, archive_read_support_format_cpio, archive_read_support_format_xar,
		archive_read_support_format_iso9660, archive_read_support_format_lha, archive_read_support_format_gnutar };
	Archive *archive = archive_read_new();

	g_assert(archive != NULL);
	if (packed) {
		for (gsize i = 0; i < G_N_ELEMENTS(filters); i++)
			filters[i](archive);
		archive_read_support_format_raw(archive);
	} else {
		for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
			formats[i](archive);
		/* What stands behind the end of a tar is read, or noted. */
		archive_read_set_option(archive, "tar", "read_concatenated_archives", "1");
	}
	return archive;
}

/* Asking before a format is known makes libarchive fall over. */
static gboolean
is_encrypted(Archive *archive)
{
	return archive_format(archive) != 0 && archive_read_has_encrypted_entries(archive) > 0;
}

static void
note_archive(FnExtract *extract, Archive *archive, const char *name)
{
	const char *error = archive_error_string(archive);
	g_autofree char *shown = fn_name_shown(name, -1);
	g_autofree char *detail = g_strdup_printf("%s%s%s", shown, *shown != '\0' ? ": " : "", error != NULL ? error : "broken");
	gboolean encrypted = is_encrypted(archive) ||
			     (error != NULL && (strstr(error, "ncrypt") != NULL || strstr(error, "assphrase") != NULL));

	fn_extract_note(extract,
		encrypted                                              ? FN_NOTE_ENCRYPTED :
		error != NULL && strstr(error, "nsupported") != NULL ? FN_NOTE_UNKNOWN :
									 FN_NOTE_BROKEN,
		detail);
}

/* The bytes of the current member as far as they come. */
static GByteArray *
read_member(FnExtract *extract, Archive *archive, const char *name)
{
	GByteArray *out = g_byte_array_new();
	g_autofree guint8 *piece = g_malloc(STEP);
	FnUnpacked unpacked = { extract, 0 };

	for (;;) {
		la_ssize_t n = archive_read_data(archive, piece, STEP);

		if (n == 0)
			return out;
		if (n < 0) {
			note_archive(extract, archive, name);
			return out;
		}
		if (!fn_unpacked_add(&unpacked, (guint64)n, (guint64)MAX(archive_filter_bytes(archive, -1), 0)))
			return out;
		if (out->len + (guint64)n > fn_extract_limits(extract)->input) {
			fn_extract_note(extract, FN_NOTE_LIMIT, "size of a member");
			return out;
		}
		g_byte_array_append(out, piece, (guint)n);
	}
}

static void
put_le(guint8 *to, guint64 value, guint size)
{
	for (guint i = 0; i < size; i++)
		to[i] = (guint8)(value >> 8 * i);
}

/* libarchive is given a zip of this member alone, with sizes in its head that are true. */
GByteArray *
fn_archive_zipped(FnExtract *extract, const FnZipMember *member, const guint8 *packed, const char *shown)
{
	g_autoptr(GByteArray) zip = g_byte_array_sized_new((guint)member->packed + 31);
	g_autoptr(Archive) archive = archive_read_new();
	struct archive_entry *entry;
	guint8 head[31] = "PK\3\4\77";

	put_le(head + 8, member->method, 2);
	put_le(head + 14, member->crc, 4);
	put_le(head + 18, member->packed, 4);
	put_le(head + 22, member->size, 4);
	put_le(head + 26, 1, 2);
	head[30] = 'x';
	g_byte_array_append(zip, head, sizeof(head));
	g_byte_array_append(zip, packed, (guint)member->packed);
	archive_read_support_format_zip_streamable(archive);
	if (archive_read_open_memory(archive, zip->data, zip->len) == ARCHIVE_OK &&
		archive_read_next_header(archive, &entry) == ARCHIVE_OK)
		return read_member(extract, archive, shown);
	note_archive(extract, archive, shown);
	return g_byte_array_new();
}

static const char *
entry_name(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname_utf8(entry);

	if (name == NULL)
		name = archive_entry_pathname(entry);
	return name != NULL ? name : "?";
}

/* FALSE: nothing more comes. */
static gboolean
read_entry(FnExtract *extract, Archive *archive, struct archive_entry *entry, const char *name)
{
	g_autoptr(GByteArray) bytes = NULL;

	if (archive_entry_filetype(entry) == AE_IFLNK || archive_entry_hardlink(entry) != NULL)
		note_link(extract, name);
	if (archive_entry_filetype(entry) == AE_IFDIR)
		return TRUE;
	if (archive_entry_is_encrypted(entry)) {
		g_autofree char *shown = fn_name_shown(name, -1), *detail = g_strdup_printf("%s: needs a password", shown);

		fn_extract_note(extract, FN_NOTE_ENCRYPTED, detail);
		return TRUE;
	}
	bytes = read_member(extract, archive, name);
	return !fn_extract_stopped(extract) && fn_extract_inner(extract, name, bytes->data, bytes->len);
}

/* What is in "a.tar.gz" is "a.tar". */
static char *
unpacked_name(const char *name)
{
	static const struct {
		const char *end, *becomes;
	} ends[] = { { ".tgz", ".tar" }, { ".tbz", ".tar" }, { ".tbz2", ".tar" }, { ".txz", ".tar" }, { ".tzst", ".tar" } };
	const char *slash = strrchr(name, '/'), *base = slash != NULL ? slash + 1 : name, *dot = strrchr(base, '.');

	for (gsize i = 0; dot != NULL && i < G_N_ELEMENTS(ends); i++)
		if (g_ascii_strcasecmp(dot, ends[i].end) == 0)
			return g_strdup_printf("%.*s%s", (int)(dot - base), base, ends[i].becomes);
	return dot != NULL && dot > base ? g_strndup(base, (gsize)(dot - base)) : g_strdup("unpacked");
}

/* A tar ends with two blocks of zeros: without them members may have been cut off and nobody knows. */
static gboolean
tar_is_whole(Archive *archive, const FnDocument *document)
{
	gsize from = document->size - MIN(document->size, 512);

	if ((archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR)
		return TRUE;
	while (from < document->size && document->bytes[from] == 0)
		from++;
	return from == document->size;
}

/* What stands behind the one stream of a packed file; unpackers pass over it. */
static void
read_behind(FnExtract *extract, const FnDocument *document, guint64 at)
{
	while (at < document->size && document->bytes[at] == 0)
		at++;
	if (at < document->size)
		fn_extract_inner(extract, "appended", document->bytes + at, document->size - at);
}

void
fn_archive_read(FnExtract *extract, const FnDocument *document)
{
	int magic = magic_of(document);
	gboolean packed = magic >= 0 && magics[magic].packed;
	g_autoptr(Archive) archive = open_archive(packed);
	g_autofree char *inner = packed ? unpacked_name(document->name) : NULL;
	g_autoptr(GString) names = g_string_new(NULL);
	struct archive_entry *entry;
	int state = archive_read_open_memory(archive, document->bytes, document->size);

	while (state >= ARCHIVE_WARN && fn_extract_member(extract)) {
		const char *name;

		state = archive_read_next_header(archive, &entry);
		if (state == ARCHIVE_EOF || state == ARCHIVE_FATAL)
			break;
		if (state == ARCHIVE_RETRY) { /* a broken head; the next one may be whole */
			note_archive(extract, archive, "");
			continue;
		}
		name = packed ? inner : entry_name(entry);
		if (!packed) {
			g_autofree char *shown = fn_name_shown(name, -1);

			g_string_append_printf(names, "%s\n", shown);
		}
		if (!read_entry(extract, archive, entry, name))
			break;
	}
	if (state != ARCHIVE_EOF && state < ARCHIVE_WARN && !fn_extract_stopped(extract))
		note_archive(extract, archive, "");
	else if (archive_file_count(archive) == 0 && !fn_extract_stopped(extract))
		fn_extract_note(extract, is_encrypted(archive) ? FN_NOTE_ENCRYPTED : FN_NOTE_BROKEN, "nothing in an archive");
	else if (!fn_extract_stopped(extract) && !tar_is_whole(archive, document))
		fn_extract_note(extract, FN_NOTE_BROKEN, "the end of a tar is missing");
	fn_extract_begin(extract, "names");
	fn_extract_text(extract, names->str, (gssize)names->len);
	fn_extract_begin(extract, "");
	if (packed && state == ARCHIVE_EOF)
		read_behind(extract, document, (guint64)MAX(archive_filter_bytes(archive, -1), 0));
}
