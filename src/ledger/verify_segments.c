/* Verification: segment files and the entries in them. */
#include "ledger/verify_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK	  (1u << 20)
#define TRIES	  40u /* for a commit that is under way to arrive */
#define TRY_US	  50000u
#define PROGRESS  65536u

/* A segment file read front to back. */
typedef struct {
	FnVerify *verify;
	int fd;
	guint64 size;
	guint8 *buffer; /* CHUNK + one entry */
	guint64 base;   /* offset of buffer[0] */
	gsize have, at;
	FnCommit before, last; /* sequence 0: none */
	gboolean is_last_segment;
} Reading;

/* ---- commit records ---- */

static gboolean
digest_range(const Reading *reading, const FnCommit *commit, gboolean *same_out, GError **error)
{
	g_autoptr(FnDigest) digest = fn_digest_new(FN_SUITE_INTL);
	g_autofree guint8 *chunk = g_malloc(CHUNK);
	guint8 got[FN_DIGEST_SIZE];

	for (guint64 at = commit->start; at < commit->end; at += CHUNK) {
		gsize size = MIN(CHUNK, commit->end - at);

		if (!fn_file_read_all(reading->fd, chunk, size, at, error))
			return FALSE;
		fn_digest_add(digest, chunk, size);
	}
	fn_digest_peek(digest, got);
	*same_out = memcmp(got, commit->digest, sizeof(got)) == 0;
	return TRUE;
}

/* One look at both records. *@settled_out: they make sense, and the bytes of both are there. */
static gboolean
look_at_records(Reading *reading, gboolean *settled_out, GError **error)
{
	guint8 sector[2 * FN_SECTOR];
	FnCommit commit[2] = { { 0 } };
	FnFound found[2];
	guint last;

	*settled_out = FALSE;
	if (!fn_file_read_all(reading->fd, sector, sizeof(sector), FN_SECTOR, error))
		return FALSE;
	for (guint i = 0; i < 2; i++) {
		found[i] = fn_commit_read(sector + (gsize)i * FN_SECTOR, &commit[i]);
		if (found[i] == FN_FOUND_BAD || (found[i] == FN_FOUND_GOOD && (commit[i].sequence & 1) != i))
			return TRUE;
	}
	last = commit[1].sequence > commit[0].sequence;
	reading->last = commit[last];
	reading->before = commit[1 - last];
	if (reading->last.sequence > 1 &&
	    (reading->before.sequence + 1 != reading->last.sequence || reading->before.end != reading->last.start))
		return TRUE;
	if (reading->last.sequence == 1 && (reading->before.sequence != 0 || reading->last.start != FN_SEGMENT_HEAD))
		return TRUE;
	*settled_out = TRUE;
	for (guint i = 0; i < 2 && *settled_out; i++) {
		if (commit[i].end > reading->size)
			*settled_out = FALSE;
		else if (commit[i].sequence != 0 && !digest_range(reading, &commit[i], settled_out, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
update_size(Reading *reading, GError **error)
{
	struct stat about;

	if (fstat(reading->fd, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size < FN_SEGMENT_HEAD || about.st_size % FN_PAGE != 0)
		return fn_verify_fault(error, "%s: has %" G_GINT64_FORMAT " bytes: not whole pages", reading->verify->segment, (gint64)about.st_size);
	reading->size = (guint64)about.st_size;
	return TRUE;
}

static gboolean
read_records(Reading *reading, GError **error)
{
	gboolean live = reading->verify->live && reading->is_last_segment;

	for (guint i = 0; i < TRIES; i++) {
		gboolean settled;

		if (!update_size(reading, error) || !look_at_records(reading, &settled, error))
			return FALSE;
		if (settled)
			return TRUE;
		if (!live)
			break;
		g_usleep(TRY_US);
	}
	return fn_verify_fault(error, "%s at offset %u: the commit records do not fit each other and the bytes they name%s",
		reading->verify->segment, FN_SECTOR,
		reading->is_last_segment ? "; after a crash, opening the ledger once ends what was under way" : "");
}

static gboolean
check_page_zero(Reading *reading, guint64 first, GError **error)
{
	guint8 page[FN_SEGMENT_HEAD], title[FN_SECTOR];

	if (!fn_file_read_all(reading->fd, page, sizeof(page), 0, error))
		return FALSE;
	fn_segment_title(reading->verify->origin, first, title);
	for (guint i = 0; i < sizeof(page); i++)
		if (i < FN_SECTOR ? page[i] != title[i] : i >= 3 * FN_SECTOR && page[i] != 0)
			return fn_verify_fault(error, "%s at offset %u: not what the head of this segment has there", reading->verify->segment, i);
	return TRUE;
}

/* ---- entries ---- */

/* Entries read so far. */
static guint64
seen(const FnVerify *verify)
{
	return verify->entries + verify->waits;
}

static gboolean
hash_waiting(FnVerify *verify, GError **error)
{
	guint8 leaves[FN_BUNDLE * FN_DIGEST_SIZE];
	guint64 before = verify->entries;

	for (guint check = 0; check < FN_CHECKS; check++) {
		fn_tree_leaves(fn_verify_suite(check), verify->waiting, verify->waits, leaves);
		fn_tree_add(verify->tree[check], leaves, verify->waits);
	}
	if (verify->fault != NULL) {
		g_propagate_error(error, g_steal_pointer(&verify->fault));
		return FALSE;
	}
	verify->entries += verify->waits;
	verify->waits = 0;
	if (verify->progress != NULL && verify->entries / PROGRESS != before / PROGRESS)
		verify->progress(verify->entries, MAX(verify->entries, verify->state.size), verify->data);
	return fn_verify_heads(verify, error);
}

/* What waits lies in the buffer and is hashed before it moves. */
static gboolean
fill(Reading *reading, GError **error)
{
	guint64 next = reading->base + reading->have;
	gsize left = reading->have - reading->at, more = (gsize)MIN(CHUNK, reading->size - next);

	if (!hash_waiting(reading->verify, error))
		return FALSE;
	memmove(reading->buffer, reading->buffer + reading->at, left);
	if (!fn_file_read_all(reading->fd, reading->buffer + left, more, next, error))
		return FALSE;
	reading->base += reading->at;
	reading->at = 0;
	reading->have = left + more;
	return TRUE;
}

static gboolean
check_index(FnVerify *verify, guint64 offset, GError **error)
{
	guint64 bundle = seen(verify) / FN_BUNDLE;
	guint32 said;

	if (seen(verify) % FN_BUNDLE != 0 || bundle >= g_bytes_get_size(verify->index) / 4)
		return TRUE;
	memcpy(&said, (const guint8 *)g_bytes_get_data(verify->index, NULL) + bundle * 4, sizeof(said));
	if (GUINT32_FROM_BE(said) == offset)
		return TRUE;
	return fn_verify_fault(error, "bundles at offset %" G_GUINT64_FORMAT ": says %u, but entry %" G_GUINT64_FORMAT " lies in %s at offset %" G_GUINT64_FORMAT,
		bundle * 4, GUINT32_FROM_BE(said), seen(verify), verify->segment, offset);
}

static gboolean
check_entry(FnVerify *verify, guint64 offset, FnSpan frame, GError **error)
{
	FnEntry entry;

	if (!fn_entry_parse(frame.text, frame.size, &entry))
		return fn_verify_fault(error, "%s at offset %" G_GUINT64_FORMAT ": entry %" G_GUINT64_FORMAT " is not in canonical form",
			verify->segment, offset, seen(verify));
	if (memcmp(verify->time, entry.time.text, FN_TIME_SIZE) > 0)
		return fn_verify_fault(error, "%s at offset %" G_GUINT64_FORMAT ": entry %" G_GUINT64_FORMAT " is older than the one before",
			verify->segment, offset, seen(verify));
	if (!check_index(verify, offset, error) || !fn_verify_entered(verify, &entry, seen(verify), error))
		return FALSE;
	memcpy(verify->time, entry.time.text, FN_TIME_SIZE);
	fn_verify_note_pruning(verify, &entry, seen(verify));
	verify->offset[seen(verify) % FN_BUNDLE] = offset;
	verify->waiting[verify->waits++] = (FnMessage){ frame.text, frame.size };
	if (seen(verify) % FN_BUNDLE != 0 && !fn_verify_is_said(verify, seen(verify)))
		return TRUE;
	return hash_waiting(verify, error);
}

static gboolean
ends_rightly(Reading *reading, guint64 offset, GError **error)
{
	const FnVerify *verify = reading->verify;

	if (offset == reading->before.end && reading->before.sequence != 0 && seen(verify) != reading->before.size)
		return fn_verify_fault(error, "%s at offset %u: the commit record says %" G_GUINT64_FORMAT " entries, there are %" G_GUINT64_FORMAT,
			verify->segment, fn_commit_offset(reading->before.sequence), reading->before.size, seen(verify));
	if (offset == reading->last.end && reading->last.sequence != 0 && seen(verify) != reading->last.size)
		return fn_verify_fault(error, "%s at offset %u: the commit record says %" G_GUINT64_FORMAT " entries, there are %" G_GUINT64_FORMAT,
			verify->segment, fn_commit_offset(reading->last.sequence), reading->last.size, seen(verify));
	return TRUE;
}

/* All entries up to the end of the last commit. */
static gboolean
read_entries(Reading *reading, GError **error)
{
	guint64 end = reading->last.sequence != 0 ? reading->last.end : FN_SEGMENT_HEAD;

	while (reading->base + reading->at < end) {
		guint64 offset = reading->base + reading->at;
		FnFound found;
		FnSpan frame;

		if (reading->have - reading->at < FN_ENTRY_MAX + 2 && reading->base + reading->have < reading->size && !fill(reading, error))
			return FALSE;
		found = fn_frame_skip(reading->buffer, reading->have, &reading->at, &frame);
		if (found != FN_FOUND_GOOD || reading->base + reading->at > end)
			return fn_verify_fault(error, "%s at offset %" G_GUINT64_FORMAT ": no entry where entry %" G_GUINT64_FORMAT " should be",
				reading->verify->segment, offset, seen(reading->verify));
		if (!check_entry(reading->verify, offset, frame, error) || !ends_rightly(reading, reading->base + reading->at, error))
			return FALSE;
	}
	return hash_waiting(reading->verify, error);
}

/* The first byte from @from on that is not zero; the file's size when there is none. */
static gboolean
find_nonzero(Reading *reading, guint64 from, guint64 *offset_out, GError **error)
{
	g_autofree guint8 *chunk = g_malloc(CHUNK);

	for (guint64 at = from; at < reading->size; at += CHUNK) {
		gsize size = (gsize)MIN(CHUNK, reading->size - at);

		if (!fn_file_read_all(reading->fd, chunk, size, at, error))
			return FALSE;
		if (chunk[0] == 0 && memcmp(chunk, chunk + 1, size - 1) == 0)
			continue;
		for (gsize i = 0; i < size; i++)
			if (chunk[i] != 0) {
				*offset_out = at + i;
				return TRUE;
			}
	}
	*offset_out = reading->size;
	return TRUE;
}

/* Behind the last commit all is zero, but for what a live writer is just writing: that must turn into commits. */
static gboolean
check_padding(Reading *reading, GError **error)
{
	gboolean live = reading->verify->live && reading->is_last_segment;
	guint64 offset = reading->size;

	for (guint i = 0; i < TRIES; i++) {
		guint64 end = reading->last.sequence != 0 ? reading->last.end : FN_SEGMENT_HEAD;

		if (!find_nonzero(reading, end, &offset, error))
			return FALSE;
		if (offset == reading->size)
			return TRUE;
		if (!live)
			break;
		g_usleep(TRY_US);
		if (!read_records(reading, error))
			return FALSE;
	}
	return fn_verify_fault(error, "%s at offset %" G_GUINT64_FORMAT ": the padding behind the last entry is not zero%s", reading->verify->segment,
		offset, reading->is_last_segment ? "; after a crash, opening the ledger once ends what was under way" : "");
}

static gboolean
verify_segment(Reading *reading, guint64 first, GError **error)
{
	FnVerify *verify = reading->verify;
	g_autofree char *name = fn_segment_name(first);

	g_free(verify->segment);
	verify->segment = g_build_filename("segments", name, NULL);
	if (verify->entries != first)
		return fn_verify_fault(error, "%s: begins with entry %" G_GUINT64_FORMAT ", but the segment before ends with %" G_GUINT64_FORMAT,
			verify->segment, first, verify->entries);
	reading->fd = openat(verify->directory, verify->segment, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (reading->fd < 0)
		return fn_verify_fault(error, "%s: %s", verify->segment, g_strerror(errno));
	reading->base = FN_SEGMENT_HEAD;
	reading->have = reading->at = 0;
	if (!update_size(reading, error) || !check_page_zero(reading, first, error) || !read_records(reading, error) ||
	    !read_entries(reading, error))
		return FALSE;
	return check_padding(reading, error);
}

static gboolean
list_segments(FnVerify *verify, GError **error)
{
	g_autoptr(GError) why = NULL;
	GArray *list = fn_segment_list(verify->directory, &why);
	guint gone = 0;

	if (list == NULL)
		return fn_verify_fault(error, "%s", why->message);
	g_array_unref(verify->segments);
	verify->segments = list;
	while (gone < list->len && g_array_index(list, guint64, gone) < verify->pruned.first)
		gone++;
	if (gone > 0 && !verify->live)
		return fn_verify_fault(error, "segments: some lie before what was pruned; after a crash, opening the ledger once ends what was under way");
	g_array_remove_range(list, 0, gone);
	return TRUE;
}

gboolean
fn_verify_segments(FnVerify *verify, GError **error)
{
	Reading reading = { .verify = verify, .fd = -1 };
	gboolean good = list_segments(verify, error);

	reading.buffer = g_malloc(CHUNK + FN_ENTRY_MAX + 2);
	for (guint i = 0; good && i < verify->segments->len; i++) {
		reading.is_last_segment = i + 1 == verify->segments->len;
		good = verify_segment(&reading, g_array_index(verify->segments, guint64, i), error);
		if (!good && error != NULL && *error != NULL && (*error)->code == FN_LEDGER_ERROR_OPEN)
			g_prefix_error(error, "%s: ", verify->segment);
		if (reading.fd >= 0)
			close(reading.fd);
		reading.fd = -1;
	}
	g_free(reading.buffer);
	return good;
}
