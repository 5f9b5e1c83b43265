#include "ledger/kept.h"

#include "ledger/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER	"kept"
#define RECORD	16u
#define CHUNK	(1u << 20)
#define BUFFER	(1u << 18)
#define LARGEST ((guint64)1 << 56) /* bytes of a file, indexes of entries */

void
fn_kept_clear(FnKept *kept)
{
	if (kept->fd >= 0)
		close(kept->fd);
	*kept = FN_KEPT_NONE;
}

FnKept
fn_kept_share(const FnKept *kept)
{
	FnKept shared = *kept;

	if (kept->fd >= 0)
		shared.fd = fcntl(kept->fd, F_DUPFD_CLOEXEC, 0);
	return shared;
}

/* ---- names and titles ---- */

char *
fn_kept_path(guint64 minimum)
{
	return g_strdup_printf(FOLDER "/%016" G_GUINT64_FORMAT ".kept", minimum);
}

static gboolean
parse_name(const char *name, guint64 *minimum_out)
{
	guint64 minimum = g_ascii_strtoull(name, NULL, 10);
	g_autofree char *again = fn_kept_path(minimum);

	*minimum_out = minimum;
	return strlen(name) == 21 && g_str_equal(again + strlen(FOLDER "/"), name);
}

GArray *
fn_segment_list(int directory, GError **error)
{
	return fn_file_list_numbers(directory, "segments", fn_segment_name_parse, "segment", FALSE, error);
}

GArray *
fn_kept_list(int directory, GError **error)
{
	return fn_file_list_numbers(directory, FOLDER, parse_name, "file of kept entries", TRUE, error);
}

static void
write_title(const char *origin, const FnKept *kept, char title_out[FN_KEPT_HEAD])
{
	g_assert(strlen(origin) <= FN_ORIGIN_MAX);
	memset(title_out, 0, FN_KEPT_HEAD);
	snprintf(title_out, FN_KEPT_HEAD,
		"fengni ledger kept 1\norigin %s\nminimum %" G_GUINT64_FORMAT "\nbefore %s\nfirst %" G_GUINT64_FORMAT
		"\nentries %" G_GUINT64_FORMAT "\nbytes %" G_GUINT64_FORMAT "\n",
		origin, kept->minimum, kept->before, kept->first, kept->entries, kept->bytes);
}

/* The numbers, by spelling them again. */
static gboolean
parse_title(const char title[FN_KEPT_HEAD], const char *origin, FnKept *kept)
{
	static const char *const name[] = { "\nminimum ", "\nfirst ", "\nentries ", "\nbytes " };
	guint64 *const number[] = { &kept->minimum, &kept->first, &kept->entries, &kept->bytes };
	static const char before[] = "\nbefore ";
	g_autofree char *text = g_strndup(title, FN_KEPT_HEAD);
	const char *month = strstr(text, before);
	char again[FN_KEPT_HEAD];

	for (guint i = 0; i < G_N_ELEMENTS(name); i++) {
		const char *at = strstr(text, name[i]);

		*number[i] = at != NULL ? g_ascii_strtoull(at + strlen(name[i]), NULL, 10) : 0;
		if (*number[i] > LARGEST)
			return FALSE;
	}
	g_strlcpy(kept->before, month != NULL ? month + strlen(before) : "", sizeof(kept->before));
	write_title(origin, kept, again);
	return memcmp(again, title, FN_KEPT_HEAD) == 0 && kept->minimum > 0 && kept->minimum <= kept->first &&
		kept->first % FN_BUNDLE == 0 && kept->entries <= kept->first;
}

static guint64
frames_at(const FnKept *kept)
{
	return FN_KEPT_HEAD + kept->entries * RECORD;
}

guint64
fn_kept_file_size(const FnKept *kept)
{
	return frames_at(kept) + kept->bytes;
}

gboolean
fn_kept_open(int directory, const char *path, const char *origin, FnKept *kept_out, GError **error)
{
	g_auto(FnKept) kept = { .fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) };
	char title[FN_KEPT_HEAD];
	struct stat about;

	if (kept.fd < 0 || fstat(kept.fd, &about) != 0 || !S_ISREG(about.st_mode)) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s: %s", path, kept.fd < 0 ? g_strerror(errno) : "no plain file");
		return FALSE;
	}
	if (about.st_size < (off_t)FN_KEPT_HEAD || !fn_file_read_all(kept.fd, title, sizeof(title), 0, NULL) ||
	    !parse_title(title, origin, &kept) || (guint64)about.st_size != fn_kept_file_size(&kept)) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED,
			"%s at offset 0: the title does not name this ledger and what the file holds", path);
		return FALSE;
	}
	*kept_out = kept;
	kept = FN_KEPT_NONE;
	return TRUE;
}

gboolean
fn_kept_open_last(int directory, const char *origin, FnKept *kept_out, GError **error)
{
	g_autoptr(GArray) list = fn_kept_list(directory, error);
	g_autofree char *path = NULL;

	if (list == NULL || list->len == 0)
		return list != NULL;
	path = fn_kept_path(g_array_index(list, guint64, list->len - 1));
	return fn_kept_open(directory, path, origin, kept_out, error);
}

/* ---- reading ---- */

static gboolean
damaged(const FnKept *kept, guint64 place, GError **error)
{
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED,
		FOLDER "/%016" G_GUINT64_FORMAT ".kept at offset %" G_GUINT64_FORMAT ": names no entry in its place", kept->minimum,
		FN_KEPT_HEAD + place * RECORD);
	return FALSE;
}

/* The record at @place; behind the last one stands the file's end. */
static gboolean
read_record(const FnKept *kept, guint64 place, guint64 *index_out, guint64 *offset_out, GError **error)
{
	guint64 record[2] = { GUINT64_TO_BE(kept->first), GUINT64_TO_BE(fn_kept_file_size(kept)) };

	if (place < kept->entries && !fn_file_read_all(kept->fd, record, RECORD, FN_KEPT_HEAD + place * RECORD, error))
		return FALSE;
	*index_out = GUINT64_FROM_BE(record[0]);
	*offset_out = GUINT64_FROM_BE(record[1]);
	return TRUE;
}

gboolean
fn_kept_find(const FnKept *kept, guint64 index, guint64 *place_out, GError **error)
{
	guint64 low = 0, high = kept->entries;

	while (low < high) {
		guint64 middle = low + (high - low) / 2, found, offset;

		if (!read_record(kept, middle, &found, &offset, error))
			return FALSE;
		if (found < index)
			low = middle + 1;
		else
			high = middle;
	}
	*place_out = low;
	return TRUE;
}

gboolean
fn_kept_take(const FnKept *kept, guint64 place, guint64 *index_out, GByteArray *out, GError **error)
{
	guint64 index, offset, next_index, next;
	guint8 frame[FN_ENTRY_MAX + 2];
	gsize size;

	g_assert(place < kept->entries);
	if (!read_record(kept, place, &index, &offset, error) || !read_record(kept, place + 1, &next_index, &next, error))
		return FALSE;
	if (index >= next_index || (place == 0 && offset != frames_at(kept)) || offset < frames_at(kept) || next > fn_kept_file_size(kept) ||
	    next < offset + 3 || next - offset > sizeof(frame))
		return damaged(kept, place, error);
	size = (gsize)(next - offset);
	if (!fn_file_read_all(kept->fd, frame, size, offset, error))
		return FALSE;
	if (((gsize)frame[0] << 8 | frame[1]) + 2 != size)
		return damaged(kept, place, error);
	*index_out = index;
	if (out != NULL)
		g_byte_array_append(out, frame, (guint)size);
	return TRUE;
}

gboolean
fn_kept_digest(const FnKept *kept, guint8 digest_out[FN_DIGEST_SIZE], GError **error)
{
	g_autoptr(FnDigest) digest = fn_digest_new(FN_SUITE_GM);
	g_autofree guint8 *chunk = g_malloc(CHUNK);
	guint64 end = fn_kept_file_size(kept);

	for (guint64 at = 0; at < end; at += CHUNK) {
		gsize size = (gsize)MIN(CHUNK, end - at);

		if (!fn_file_read_all(kept->fd, chunk, size, at, error))
			return FALSE;
		fn_digest_add(digest, chunk, size);
	}
	fn_digest_peek(digest, digest_out);
	return TRUE;
}

/* ---- writing ---- */

/* Bytes that go to one stretch of the file. */
typedef struct {
	GByteArray *bytes;
	guint64 at;
} Stretch;

struct FnKeptWriter {
	FnKept shape; /* with the descriptor */
	char *origin;
	guint64 added;
	Stretch index, frames;
};

FnKeptWriter *
fn_kept_writer_new(int directory, const char *path, const char *origin, const FnKept *shape, GError **error)
{
	g_autoptr(FnKeptWriter) writer = g_new0(FnKeptWriter, 1);

	writer->shape = *shape;
	writer->origin = g_strdup(origin);
	writer->index = (Stretch){ g_byte_array_new(), FN_KEPT_HEAD };
	writer->frames = (Stretch){ g_byte_array_new(), frames_at(shape) };
	writer->shape.fd = openat(directory, path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	if (writer->shape.fd >= 0)
		return g_steal_pointer(&writer);
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_STOPPED, "creating %s: %s", path, g_strerror(errno));
	return NULL;
}

static gboolean
flush(const FnKeptWriter *writer, Stretch *stretch, GError **error)
{
	if (!fn_file_write_all(writer->shape.fd, stretch->bytes->data, stretch->bytes->len, stretch->at, error))
		return FALSE;
	stretch->at += stretch->bytes->len;
	g_byte_array_set_size(stretch->bytes, 0);
	return TRUE;
}

gboolean
fn_kept_writer_add(FnKeptWriter *writer, guint64 index, FnSpan frame, GError **error)
{
	guint64 record[2] = { GUINT64_TO_BE(index), GUINT64_TO_BE(writer->frames.at + writer->frames.bytes->len) };
	const guint8 size[2] = { (guint8)(frame.size >> 8), (guint8)frame.size };

	g_byte_array_append(writer->index.bytes, (const guint8 *)record, RECORD);
	g_byte_array_append(writer->frames.bytes, size, sizeof(size));
	g_byte_array_append(writer->frames.bytes, (const guint8 *)frame.text, (guint)frame.size);
	writer->added++;
	return (writer->index.bytes->len < BUFFER || flush(writer, &writer->index, error)) &&
		(writer->frames.bytes->len < BUFFER || flush(writer, &writer->frames, error));
}

gboolean
fn_kept_writer_end(FnKeptWriter *writer, GError **error)
{
	char title[FN_KEPT_HEAD];

	if (!flush(writer, &writer->index, error) || !flush(writer, &writer->frames, error))
		return FALSE;
	if (writer->added != writer->shape.entries || writer->frames.at != fn_kept_file_size(&writer->shape)) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "the entries to be kept changed while they were copied");
		return FALSE;
	}
	write_title(writer->origin, &writer->shape, title);
	if (!fn_file_write_all(writer->shape.fd, title, sizeof(title), 0, error))
		return FALSE;
	if (fsync(writer->shape.fd) == 0)
		return TRUE;
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_STOPPED, "syncing the kept entries: %s", g_strerror(errno));
	return FALSE;
}

void
fn_kept_writer_free(FnKeptWriter *writer)
{
	if (writer == NULL)
		return;
	fn_kept_clear(&writer->shape);
	g_byte_array_unref(writer->index.bytes);
	g_byte_array_unref(writer->frames.bytes);
	g_free(writer->origin);
	g_free(writer);
}
