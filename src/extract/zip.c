#include "extract/zip.h"

#include "extract/extract_priv.h"
#include "extract/readers.h"

#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#define LISTED_MAX 200000u /* entries that are listed; more are noted */

#define DESCRIPTOR_MAX 24u /* bytes that may follow an entry's data */

enum { LOCAL_HEAD = 30, CENTRAL_HEAD = 46, END_HEAD = 22, END64_HEAD = 56, LOCATOR64 = 20 };

struct FnZip {
	const guint8 *bytes;
	gsize size;
	GArray *members;   /* FnZipMember */
	GHashTable *index; /* name → position + 1 of the first of this name */
	GString *comments;
	GArray *gaps; /* Gap: bytes that belong to no entry */
	gsize directory, end; /* where the central directory begins, and where all of it ends */
	gboolean directory_broken, differs, overlaps, doubled, hidden, more;
};

/* Where the central directory lies, and what its offsets must be moved by when something stands before the zip. */
typedef struct {
	gsize at, end;
	gint64 shift;
} Directory;

typedef struct {
	gsize from, to;
} Gap;

static guint
u16(const guint8 *at)
{
	return (guint)(at[0] | at[1] << 8);
}

static guint32
u32(const guint8 *at)
{
	return (guint32)u16(at) | (guint32)u16(at + 2) << 16;
}

static guint64
u64(const guint8 *at)
{
	return u32(at) | (guint64)u32(at + 4) << 32;
}

static gboolean
is_at(const FnZip *zip, guint64 at, const char *signature, gsize head)
{
	return at <= zip->size && zip->size - at >= head && memcmp(zip->bytes + at, signature, 4) == 0;
}

static void
member_clear(gpointer data)
{
	g_free(((FnZipMember *)data)->name);
}

/* ---- the directory ---- */

static void
add_comment(FnZip *zip, gsize at, gsize size)
{
	if (size == 0 || at >= zip->size)
		return;
	g_string_append_len(zip->comments, (const char *)zip->bytes + at, (gssize)MIN(size, zip->size - at));
	g_string_append_c(zip->comments, '\n');
}

/* The last end record; one whose comment ends with the bytes is trusted before one that only looks like it. */
static gboolean
find_end(const FnZip *zip, gsize *at_out)
{
	gsize lowest = zip->size > END_HEAD + 0xffff ? zip->size - END_HEAD - 0xffff : 0;
	gboolean found = FALSE;

	if (zip->size < END_HEAD)
		return FALSE;
	for (gsize at = zip->size - END_HEAD + 1; at-- > lowest;) {
		if (!is_at(zip, at, "PK\5\6", END_HEAD))
			continue;
		if (!found)
			*at_out = at;
		found = TRUE;
		if (at + END_HEAD + u16(zip->bytes + at + 20) == zip->size) {
			*at_out = at;
			return TRUE;
		}
	}
	return found;
}

static gboolean
find_directory(FnZip *zip, Directory *directory)
{
	gsize end;
	guint64 length, offset;

	if (!find_end(zip, &end))
		return FALSE;
	zip->end = MIN(end + END_HEAD + u16(zip->bytes + end + 20), zip->size);
	add_comment(zip, end + END_HEAD, u16(zip->bytes + end + 20));
	length = u32(zip->bytes + end + 12);
	offset = u32(zip->bytes + end + 16);
	if (end >= LOCATOR64 + END64_HEAD && is_at(zip, end - LOCATOR64, "PK\6\7", LOCATOR64) &&
	    is_at(zip, end - LOCATOR64 - END64_HEAD, "PK\6\6", END64_HEAD)) {
		end -= LOCATOR64 + END64_HEAD;
		length = u64(zip->bytes + end + 40);
		offset = u64(zip->bytes + end + 48);
	}
	directory->end = end;
	if (length <= end && (length == 0 || is_at(zip, end - length, "PK\1\2", CENTRAL_HEAD)))
		directory->at = end - length;
	else if (is_at(zip, offset, "PK\1\2", CENTRAL_HEAD))
		directory->at = offset;
	else
		return FALSE;
	directory->shift = (gint64)directory->at - (gint64)MIN(offset, G_MAXINT64);
	return TRUE;
}

/* Sizes and offset that did not fit stand in the zip64 field, in this order, each only when it did not fit. */
static void
read_zip64(FnZipMember *member, const guint8 *extra, gsize size)
{
	guint64 *const wide[] = { &member->size, &member->packed, &member->start };

	while (size >= 4) {
		gsize length = MIN(u16(extra + 2), size - 4);
		const guint8 *value = extra + 4, *end = value + length;

		for (gsize i = 0; u16(extra) == 1 && i < G_N_ELEMENTS(wide); i++) {
			if (*wide[i] != G_MAXUINT32 || end - value < 8)
				continue;
			*wide[i] = u64(value);
			value += 8;
		}
		extra = end;
		size -= 4 + length;
	}
}

static void
add_member(FnZip *zip, FnZipMember *member)
{
	gsize length = strlen(member->name);

	member->directory |= length > 0 && member->name[length - 1] == '/' && member->packed == 0;
	g_array_append_val(zip->members, *member);
	if (g_hash_table_contains(zip->index, member->name))
		zip->doubled = TRUE;
	else
		g_hash_table_insert(zip->index, member->name, GUINT_TO_POINTER(zip->members->len));
}

/* Holds the entry against what the directory says; sets where its data begins, and clips what reaches beyond the end. */
static void
check_local(FnZip *zip, FnZipMember *member, const guint8 *name, gsize name_size)
{
	const guint8 *local;

	if (!is_at(zip, member->start, "PK\3\4", LOCAL_HEAD)) {
		zip->directory_broken = TRUE;
		member->start = member->data = zip->size;
		member->packed = 0;
		return;
	}
	local = zip->bytes + member->start;
	member->data = MIN(member->start + LOCAL_HEAD + u16(local + 26) + u16(local + 28), zip->size);
	if (u16(local + 8) != member->method || u16(local + 26) != name_size || member->start + LOCAL_HEAD + name_size > zip->size ||
	    memcmp(local + LOCAL_HEAD, name, name_size) != 0 || (local[6] & 1) != (member->encrypted ? 1 : 0) ||
	    (!(local[6] & 8) && u32(local + 18) != G_MAXUINT32 && u32(local + 18) != member->packed))
		zip->differs = TRUE;
	if (member->packed > zip->size - member->data) {
		zip->directory_broken = TRUE;
		member->packed = zip->size - member->data;
	}
}

static void
read_directory(FnZip *zip, const Directory *directory)
{
	gsize at = directory->at;

	while (at < directory->end && is_at(zip, at, "PK\1\2", CENTRAL_HEAD) && !zip->more) {
		const guint8 *head = zip->bytes + at;
		gsize name_size = u16(head + 28), extra_size = u16(head + 30);
		guint mode = u32(head + 38) >> 16;
		FnZipMember member = { .method = u16(head + 10),
			.encrypted = (head[8] & 1) != 0,
			.crc = u32(head + 16),
			.packed = u32(head + 20),
			.size = u32(head + 24),
			.start = u32(head + 42) };

		if (directory->end - at < CENTRAL_HEAD + name_size + extra_size)
			break;
		read_zip64(&member, head + CENTRAL_HEAD + name_size, extra_size);
		member.start += (guint64)directory->shift;
		member.symlink = head[5] == 3 && S_ISLNK(mode);
		member.name = g_strndup((const char *)head + CENTRAL_HEAD, name_size);
		check_local(zip, &member, head + CENTRAL_HEAD, name_size);
		add_member(zip, &member);
		zip->more = zip->members->len >= LISTED_MAX;
		at += CENTRAL_HEAD + name_size + extra_size;
		add_comment(zip, at, u16(head + 32));
		at += u16(head + 32);
	}
	zip->directory_broken |= at < directory->end && !zip->more;
}

/* ---- entries that the directory hides ---- */

static gsize
next_local(const FnZip *zip, gsize from, gsize to)
{
	const guint8 *found = from < to ? memmem(zip->bytes + from, to - from, "PK\3\4", 4) : NULL;

	return found != NULL ? (gsize)(found - zip->bytes) : to;
}

static void
read_gap(FnZip *zip, gsize from, gsize to)
{
	const Gap gap = { from, MIN(next_local(zip, from, to), to) };

	/* A program before the first entry is told by whoever opened the zip behind it. */
	if (gap.to - gap.from > DESCRIPTOR_MAX && from > 0)
		g_array_append_val(zip->gaps, gap);
	for (gsize at = gap.to; at < to && !zip->more;) {
		const guint8 *local = zip->bytes + at;
		FnZipMember member = { .start = at, .hidden = TRUE };
		gsize next;

		if (to - at < LOCAL_HEAD || u16(local + 26) == 0 || to - at < LOCAL_HEAD + (gsize)u16(local + 26)) {
			at = next_local(zip, at + 4, to);
			continue;
		}
		member.data = MIN(at + LOCAL_HEAD + u16(local + 26) + u16(local + 28), to);
		next = next_local(zip, member.data, to);
		member.method = u16(local + 8);
		member.encrypted = (local[6] & 1) != 0;
		member.crc = u32(local + 14);
		member.packed = u32(local + 18);
		member.size = u32(local + 22);
		if ((local[6] & 8) != 0 || member.packed > to - member.data)
			member.packed = next - member.data;
		else
			next = next_local(zip, member.data + member.packed, to);
		member.name = g_strndup((const char *)local + LOCAL_HEAD, u16(local + 26));
		zip->hidden = TRUE;
		add_member(zip, &member);
		zip->more = zip->members->len >= LISTED_MAX;
		at = next;
	}
}

static int
by_start(gconstpointer a, gconstpointer b, gpointer members)
{
	guint64 x = g_array_index((GArray *)members, FnZipMember, *(const guint *)a).start;
	guint64 y = g_array_index((GArray *)members, FnZipMember, *(const guint *)b).start;

	return x < y ? -1 : x > y;
}

/* Everything before the directory belongs to exactly one entry, but for what stands before the first one (a program that unpacks
 * itself) and the descriptors behind data. */
static void
read_gaps(FnZip *zip, gsize end)
{
	guint listed = zip->members->len;
	g_autofree guint *order = g_new(guint, listed + 1);
	gsize covered = 0;

	for (guint i = 0; i < listed; i++)
		order[i] = i;
	g_qsort_with_data(order, (int)listed, sizeof(guint), by_start, zip->members);
	for (guint i = 0; i < listed; i++) {
		FnZipMember member = g_array_index(zip->members, FnZipMember, order[i]);

		if (member.start >= zip->size)
			break; /* the directory is broken from here on */
		if (member.start < covered)
			zip->overlaps = TRUE;
		else if (member.start > covered)
			read_gap(zip, covered, MIN(member.start, end));
		covered = MAX(covered, member.data + member.packed);
	}
	read_gap(zip, MIN(covered, end), end);
}

FnZip *
fn_zip_open(const guint8 *bytes, gsize size)
{
	g_autoptr(FnZip) zip = g_new0(FnZip, 1);
	Directory directory = { 0 };

	zip->bytes = bytes;
	zip->size = size;
	zip->members = g_array_new(FALSE, FALSE, sizeof(FnZipMember));
	g_array_set_clear_func(zip->members, member_clear);
	zip->index = g_hash_table_new(g_str_hash, g_str_equal);
	zip->comments = g_string_new(NULL);
	zip->gaps = g_array_new(FALSE, FALSE, sizeof(Gap));
	zip->end = size;
	if (find_directory(zip, &directory)) {
		zip->directory = directory.at;
		read_directory(zip, &directory);
		read_gaps(zip, directory.at);
	} else if (is_at(zip, 0, "PK\3\4", LOCAL_HEAD)) {
		zip->directory_broken = TRUE;
		read_gap(zip, 0, size);
	} else {
		return NULL;
	}
	return g_steal_pointer(&zip);
}

void
fn_zip_free(FnZip *zip)
{
	if (zip == NULL)
		return;
	g_hash_table_unref(zip->index);
	g_array_unref(zip->members);
	g_array_unref(zip->gaps);
	g_string_free(zip->comments, TRUE);
	g_free(zip);
}

/* ---- members ---- */

guint
fn_zip_members(const FnZip *zip)
{
	return zip->members->len;
}

const FnZipMember *
fn_zip_member(const FnZip *zip, guint i)
{
	return &g_array_index(zip->members, FnZipMember, i);
}

const FnZipMember *
fn_zip_find(const FnZip *zip, const char *name)
{
	guint position = GPOINTER_TO_UINT(g_hash_table_lookup(zip->index, name));

	return position > 0 ? fn_zip_member(zip, position - 1) : NULL;
}

gsize
fn_zip_start(const FnZip *zip)
{
	guint64 start = zip->directory;

	for (guint i = 0; i < zip->members->len; i++)
		start = MIN(start, fn_zip_member(zip, i)->start);
	return start;
}

gboolean
fn_zip_ends(const FnZip *zip)
{
	return zip->end == zip->size;
}

static void
note_member(FnExtract *extract, FnNote note, const char *shown, const char *why)
{
	g_autofree char *detail = g_strdup_printf("%s: %s", shown, why);

	fn_extract_note(extract, note, detail);
}

static GByteArray *
read_stored(FnExtract *extract, const FnZip *zip, const FnZipMember *member, const char *shown)
{
	GByteArray *out = g_byte_array_new();

	if (member->packed > fn_extract_limits(extract)->input)
		note_member(extract, FN_NOTE_LIMIT, shown, "size of a member");
	else if (fn_extract_spend(extract, member->packed, member->packed))
		g_byte_array_append(out, zip->bytes + member->data, (guint)member->packed);
	return out;
}

GByteArray *
fn_zip_read(FnExtract *extract, const FnZip *zip, const FnZipMember *member)
{
	g_autofree char *shown = fn_name_shown(member->name, -1);
	g_autoptr(GByteArray) out = NULL;

	if (!fn_extract_member(extract) || member->directory)
		return NULL;
	if (member->encrypted) {
		note_member(extract, FN_NOTE_ENCRYPTED, shown, "needs a password");
		return NULL;
	}
	if (member->method == 0)
		out = read_stored(extract, zip, member, shown);
	else if (member->method == 8)
		out = fn_inflate(extract, zip->bytes + member->data, member->packed, -15, shown, NULL);
	else
		out = fn_archive_zipped(extract, member, zip->bytes + member->data, shown);
	if (fn_extract_stopped(extract))
		return NULL;
	if (!member->hidden && (member->method == 0 || member->method == 8) && crc32_z(0, out->data, out->len) != member->crc)
		note_member(extract, FN_NOTE_BROKEN, shown, "checksum differs");
	return g_steal_pointer(&out);
}

const GString *
fn_zip_comments(const FnZip *zip)
{
	return zip->comments;
}

void
fn_zip_rest(FnExtract *extract, const FnZip *zip)
{
	gsize behind = zip->end;

	fn_extract_begin(extract, "between entries");
	for (guint i = 0; i < zip->gaps->len; i++) {
		const Gap *gap = &g_array_index(zip->gaps, Gap, i);

		if (!fn_extract_strings(extract, zip->bytes + gap->from, gap->to - gap->from))
			return;
	}
	fn_extract_begin(extract, "");
	while (behind < zip->size && zip->bytes[behind] == 0)
		behind++;
	if (behind < zip->size)
		fn_extract_inner(extract, "appended", zip->bytes + behind, zip->size - behind);
}

void
fn_zip_note(FnExtract *extract, const FnZip *zip)
{
	const struct {
		gboolean wrong;
		FnNote note;
		const char *detail;
	} notes[] = {
		{ zip->directory_broken, FN_NOTE_BROKEN, "the zip's directory is broken" },
		{ zip->differs, FN_NOTE_BROKEN, "the zip's directory and its entries differ" },
		{ zip->overlaps, FN_NOTE_BROKEN, "entries of the zip overlap" },
		{ zip->doubled, FN_NOTE_BROKEN, "entries of the zip have the same name" },
		{ zip->hidden, FN_NOTE_BROKEN, "the zip holds entries that its directory does not list" },
		{ zip->more, FN_NOTE_LIMIT, "members" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(notes); i++)
		if (notes[i].wrong)
			fn_extract_note(extract, notes[i].note, notes[i].detail);
}
