/* Reading: entries, heads, receipts, proofs. Nothing here waits for a commit. */
#include "ledger/log_priv.h"

#include "base/json.h"
#include "ledger/prove.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define BUNDLE_BYTES_MAX ((guint64)FN_BUNDLE * (FN_ENTRY_MAX + 2))
#define GUESS_SPARE	 4096u

typedef struct {
	guint64 segment; /* first entry of its segment */
	guint64 from, to; /* bytes; to 0: to the end of the file */
	guint entries; /* between them */
} Place;

/* With the mutex. */
static Place
find_bundle(const FnLog *log, guint64 bundle)
{
	guint low = 0, high = log->segments->len;
	Place place = { .from = g_array_index(log->bundles, guint32, bundle) };
	const FnLogSegment *segment;

	while (high - low > 1) {
		guint middle = (low + high) / 2;

		if (g_array_index(log->segments, FnLogSegment, middle).first <= bundle * FN_BUNDLE)
			low = middle;
		else
			high = middle;
	}
	segment = &g_array_index(log->segments, FnLogSegment, low);
	place.entries = (guint)MIN(FN_BUNDLE, log->durable - bundle * FN_BUNDLE);
	place.segment = segment->first;
	if (low + 1 == log->segments->len)
		place.to = segment->end;
	if (bundle + 1 < log->bundles->len && g_array_index(log->bundles, guint32, bundle + 1) > place.from)
		place.to = g_array_index(log->bundles, guint32, bundle + 1);
	return place;
}

/* Of the bytes of a bundle those in which its first @wanted entries should lie: entries are of much the same size. */
static guint64
guess(guint64 bytes, guint entries, guint wanted)
{
	return wanted < entries ? MIN(bytes, bytes / entries * wanted * 9 / 8 + GUESS_SPARE) : bytes;
}

static GBytes *
read_place(const FnLog *log, const char *path, const Place *place, guint wanted, gboolean *whole_out, GError **error)
{
	int fd = openat(log->directory, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	guint64 to = place->to;
	g_autofree guint8 *data = NULL;
	struct stat about;
	guint64 bytes = 0;
	gboolean good;

	if (fd < 0 || fstat(fd, &about) != 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s: %s", path, g_strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	if (to == 0)
		to = MIN((guint64)about.st_size, place->from + BUNDLE_BYTES_MAX);
	good = to >= place->from && to - place->from <= BUNDLE_BYTES_MAX;
	if (good) {
		bytes = guess(to - place->from, place->entries, wanted);
		*whole_out = bytes == to - place->from;
		good = (data = g_try_malloc(bytes + 1)) != NULL;
	}
	if (!good)
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "%s at offset %" G_GUINT64_FORMAT ": no bundle", path, place->from);
	good = good && fn_file_read_all(fd, data, bytes, place->from, error);
	close(fd);
	return good ? g_bytes_new_take(g_steal_pointer(&data), bytes) : NULL;
}

/* Of the bundle of @index as much as should hold its first @wanted entries; *@whole_out: all of it. */
static GBytes *
read_part(FnLog *log, guint64 index, guint wanted, gboolean *whole_out, GError **error)
{
	g_autofree char *name = NULL;
	g_autofree char *path = NULL;
	gboolean pruned;
	GBytes *bytes;
	Place place;

	fn_mutex_lock(&log->mutex);
	g_assert(index / FN_BUNDLE < log->bundles->len);
	pruned = index < g_array_index(log->segments, FnLogSegment, 0).first;
	place = find_bundle(log, index / FN_BUNDLE);
	fn_mutex_unlock(&log->mutex);
	if (pruned) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "entry %" G_GUINT64_FORMAT " lies in no segment", index);
		return NULL;
	}
	name = fn_segment_name(place.segment);
	path = g_build_filename("segments", name, NULL);
	bytes = read_place(log, path, &place, wanted, whole_out, error);
	if (bytes == NULL)
		g_prefix_error(error, "%s: ", path);
	return bytes;
}

GBytes *
fn_log_bundle(FnLog *log, guint64 index, guint64 *first_out, GError **error)
{
	gboolean whole;

	*first_out = index / FN_BUNDLE * FN_BUNDLE;
	return read_part(log, index, FN_BUNDLE, &whole, error);
}

typedef struct {
	guint64 start, index, end; /* first and next wanted, behind the last */
	gsize room;
	GByteArray *out;
	gboolean full;
} Reading;

/* With a descriptor of its own when @index lies before the first segment; else the segments hold it. */
static FnKept
kept_for(FnLog *log, guint64 index)
{
	FnKept kept = FN_KEPT_NONE;

	fn_mutex_lock(&log->mutex);
	if (index < log->kept.first)
		kept = fn_kept_share(&log->kept);
	fn_mutex_unlock(&log->mutex);
	return kept;
}

/* As many as follow each other. */
static gboolean
read_kept(Reading *reading, const FnKept *kept, GError **error)
{
	guint64 place, index;

	if (!fn_kept_find(kept, reading->index, &place, error))
		return FALSE;
	for (; place < kept->entries && reading->index < reading->end && !reading->full; place++) {
		guint before = reading->out->len;

		if (!fn_kept_take(kept, place, &index, reading->out, error))
			return FALSE;
		reading->full = index == reading->index && reading->out->len - before > reading->room;
		if (reading->full || index != reading->index) {
			g_byte_array_set_size(reading->out, before);
			break;
		}
		reading->room -= reading->out->len - before;
		reading->index++;
	}
	if (reading->full || reading->index == reading->end || reading->index >= kept->first)
		return TRUE;
	reading->full = reading->index > reading->start;
	if (!reading->full)
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_PRUNED, "entry %" G_GUINT64_FORMAT " was pruned: its time was over",
			reading->index);
	return reading->full;
}

/* What is wanted of @bundle, whose first entry is *@at, up to @end; *@at is then where no entry was. */
static gboolean
take_frames(Reading *reading, GBytes *bundle, guint64 *at_out, guint64 end)
{
	gsize size, at = 0;
	const guint8 *data = g_bytes_get_data(bundle, &size);

	for (guint64 i = *at_out; i < end && !reading->full; i++) {
		gsize before = at;
		FnSpan frame;

		*at_out = i;
		if (fn_frame_skip(data, size, &at, &frame) != FN_FOUND_GOOD)
			return FALSE;
		if (i < reading->index)
			continue;
		reading->full = at - before > reading->room;
		if (reading->full)
			break;
		g_byte_array_append(reading->out, data + before, (guint)(at - before));
		reading->room -= at - before;
		reading->index++;
	}
	return TRUE;
}

static gboolean
read_bundle(FnLog *log, Reading *reading, GError **error)
{
	guint64 first = reading->index / FN_BUNDLE * FN_BUNDLE, end = MIN(reading->end, first + FN_BUNDLE);
	guint wanted = (guint)(end - first);

	for (;; wanted = FN_BUNDLE) {
		guint64 at = first;
		gboolean whole;
		g_autoptr(GBytes) bundle = read_part(log, first, wanted, &whole, error);

		if (bundle == NULL)
			return FALSE;
		if (take_frames(reading, bundle, &at, end))
			return TRUE;
		if (whole) {
			g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, "entry %" G_GUINT64_FORMAT " cannot be read", at);
			return FALSE;
		}
	}
}

static gboolean
read_on(FnLog *log, Reading *reading, GError **error)
{
	g_auto(FnKept) kept = kept_for(log, reading->index);
	g_autoptr(GError) why = NULL;

	if (kept.fd >= 0)
		return read_kept(reading, &kept, error);
	if (read_bundle(log, reading, &why))
		return TRUE;
	kept = kept_for(log, reading->index);
	if (kept.fd >= 0) /* pruned while it was looked for */
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

gboolean
fn_log_read(FnLog *log, guint64 first, guint most, gsize bytes, GByteArray *out, GError **error)
{
	Reading reading = { .start = first, .index = first, .room = bytes, .out = out };
	guint64 durable;

	fn_mutex_lock(&log->mutex);
	durable = log->durable;
	fn_mutex_unlock(&log->mutex);
	reading.end = first < durable ? MIN(durable, first + most) : first;
	while (reading.index < reading.end && !reading.full)
		if (!read_on(log, &reading, error))
			return FALSE;
	return TRUE;
}

gboolean
fn_log_next(FnLog *log, guint64 index, guint64 *next_out, GError **error)
{
	g_auto(FnKept) kept = kept_for(log, index);
	guint64 place, next = kept.fd >= 0 ? kept.first : index;

	if (kept.fd >= 0 && (!fn_kept_find(&kept, index, &place, error) ||
		(place < kept.entries && !fn_kept_take(&kept, place, &next, NULL, error))))
		return FALSE;
	fn_mutex_lock(&log->mutex);
	*next_out = MIN(next, log->durable);
	fn_mutex_unlock(&log->mutex);
	return TRUE;
}

guint64
fn_log_minimum(FnLog *log)
{
	guint64 minimum;

	fn_mutex_lock(&log->mutex);
	minimum = log->kept.minimum;
	fn_mutex_unlock(&log->mutex);
	return minimum;
}

/* ---- heads and status ---- */

/* The last head's line; size 0 before the first. */
static char *
last_head(FnLog *log, guint64 *size_out)
{
	GString *line = g_string_new(NULL);

	fn_mutex_lock(&log->mutex);
	*size_out = log->head.size;
	if (log->head.size > 0)
		fn_head_write(&log->head, line);
	fn_mutex_unlock(&log->mutex);
	return g_string_free(line, FALSE);
}

static gboolean
not_yet(GError **error)
{
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_NOT_YET, "no signed head covers this yet: ask again in a moment");
	return FALSE;
}

char *
fn_log_head(FnLog *log, GError **error)
{
	guint64 size;
	g_autofree char *line = last_head(log, &size);

	return size > 0 || not_yet(error) ? g_steal_pointer(&line) : NULL;
}

char *
fn_log_status(FnLog *log)
{
	GString *text = g_string_new(NULL);
	FnJson json = fn_json_to(text);
	struct statvfs about;
	guint64 free_bytes = fstatvfs(log->directory, &about) == 0 ? (guint64)about.f_bavail * about.f_frsize : 0;

	fn_mutex_lock(&log->mutex);
	fn_json_begin_object(&json);
	if (log->kept.fd >= 0)
		fn_json_member(&json, "before", log->kept.before);
	fn_json_member_int(&json, "durable", (gint64)log->durable);
	fn_json_member_int(&json, "free", (gint64)MIN(free_bytes, G_MAXINT64));
	if (log->head_error != NULL)
		fn_json_member(&json, "heads", log->head_error);
	fn_json_member_int(&json, "minimum", (gint64)log->kept.minimum);
	fn_json_member_int(&json, "signed", (gint64)log->head.size);
	fn_json_member_int(&json, "size", (gint64)(log->durable + log->filling.waiters->len));
	fn_json_member(&json, "state", log->stopped != NULL ? "stopped" : log->low ? "reserve" : "open");
	if (log->stopped != NULL)
		fn_json_member(&json, "why", log->stopped->message);
	fn_json_end_object(&json);
	fn_mutex_unlock(&log->mutex);
	return g_string_free(text, FALSE);
}

/* ---- proofs ---- */

/* A receipt meets three places on the disk that no other did lately: the entry's bundle and its tile in each tree. */
static void
expect_tiles(const FnLog *log, guint64 index, guint64 size)
{
	for (guint tree = 0; tree < FN_TREES && index / FN_TILE_WIDTH < fn_tile_index(size, 0); tree++)
		fn_tile_expect(log->directory, fn_log_suite(tree), 0, index / FN_TILE_WIDTH, FN_TILE_WIDTH);
}

char *
fn_log_receipt(FnLog *log, guint64 index, GError **error)
{
	guint64 size, durable;
	g_autofree char *head = last_head(log, &size);
	g_autoptr(GByteArray) entry = g_byte_array_new();

	fn_mutex_lock(&log->mutex);
	durable = log->durable;
	fn_mutex_unlock(&log->mutex);
	if (index >= durable) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RANGE, "there is no entry %" G_GUINT64_FORMAT, index);
		return NULL;
	}
	if (index >= size && !not_yet(error))
		return NULL;
	expect_tiles(log, index, size);
	if (!fn_log_read(log, index, 1, FN_ENTRY_MAX + 2, entry, error))
		return NULL;
	return fn_prove_receipt(log->directory, log->tiles, head, size, (FnSpan){ (const char *)entry->data + 2, entry->len - 2 }, index,
		error);
}

/* {@name:W,"proof":{…},"size":S}; @size 0 means the last head. */
static char *
proof_text(FnLog *log, const char *name, FnProve prove, guint64 which, guint64 size, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	FnJson json = fn_json_to(text);
	guint64 head_size;

	fn_mutex_lock(&log->mutex);
	head_size = log->head.size;
	fn_mutex_unlock(&log->mutex);
	if (size == 0)
		size = head_size;
	if ((head_size == 0 || size > head_size) && !not_yet(error))
		return NULL;
	if (prove == fn_tiles_inclusion ? which >= size : which > size) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RANGE, "the tree of %" G_GUINT64_FORMAT " entries does not reach to %" G_GUINT64_FORMAT,
			size, which);
		return NULL;
	}
	fn_json_begin_object(&json);
	fn_json_member_int(&json, name, (gint64)which);
	fn_json_name(&json, "proof");
	if (!fn_prove_write(log->directory, log->tiles, &json, prove, which, size, head_size, error))
		return NULL;
	fn_json_member_int(&json, "size", (gint64)size);
	fn_json_end_object(&json);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

char *
fn_log_consistency(FnLog *log, guint64 first, guint64 size, GError **error)
{
	return proof_text(log, "first", fn_tiles_consistency, first, size, error);
}

char *
fn_log_inclusion(FnLog *log, guint64 index, guint64 size, GError **error)
{
	return proof_text(log, "index", fn_tiles_inclusion, index, size, error);
}
