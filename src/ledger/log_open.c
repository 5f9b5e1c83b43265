/* Opening a log: what is there is looked at, what a crash left half done is ended, anything else is an error. */
#include "ledger/log_priv.h"

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_LINE_MAX  4096u
#define SMALL_FILE_MAX 4096u
#define INDEX_MAX      (1u << 30)

static gboolean
tampered(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean
tampered(GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (error != NULL)
		*error = g_error_new_valist(FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED, format, arguments);
	va_end(arguments);
	return FALSE;
}

/* ---- directory, lock, origin ---- */

static gboolean
open_directory(FnLog *log, const char *path, GError **error)
{
	if (g_mkdir_with_parents(path, 0700) == 0)
		log->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (log->directory >= 0)
		log->lock = openat(log->directory, "lock", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (log->lock < 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s: %s", path, g_strerror(errno));
		return FALSE;
	}
	if (flock(log->lock, LOCK_EX | LOCK_NB) != 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN,
			"%s is in use: a ledger has one writer, and another one holds its lock", path);
		return FALSE;
	}
	if (!fn_file_make_folder(log->directory, "tmp", error) || !fn_file_make_folder(log->directory, "segments", error))
		return FALSE;
	fn_file_empty_folder(log->directory, "tmp");
	return TRUE;
}

static gboolean
make_origin(FnLog *log, const char *wanted, GError **error)
{
	guint8 random[8];
	g_autofree char *hex = NULL;
	g_autofree char *line = NULL;

	fn_random(random, sizeof(random));
	hex = fn_hex(random, sizeof(random));
	log->origin = wanted != NULL && *wanted != '\0' ? g_strdup(wanted) : g_strconcat("fengni.local/ledger/", hex, NULL);
	if (!fn_origin_is_valid(log->origin)) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN,
			"the origin must be a host and path without scheme, spaces or '+', such as data.city.example/ledger");
		return FALSE;
	}
	line = g_strconcat(log->origin, "\n", NULL);
	return fn_files_put(log->files, "origin", line, strlen(line), error) && fn_files_commit(log->files, error);
}

static gboolean
find_origin(FnLog *log, const char *wanted, gboolean is_new, GError **error)
{
	gboolean missing;
	g_autoptr(GError) why = NULL;
	g_autoptr(GBytes) bytes = fn_file_read(log->directory, "origin", SMALL_FILE_MAX, &missing, &why);
	const char *text;
	gsize size;

	if (bytes == NULL && missing && is_new)
		return make_origin(log, wanted, error);
	if (bytes == NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	text = g_bytes_get_data(bytes, &size);
	if (size > 0)
		log->origin = g_strndup(text, size - 1);
	if (size < 2 || text[size - 1] != '\n' || strlen(log->origin) != size - 1 || !fn_origin_is_valid(log->origin))
		return tampered(error, "the file origin holds no origin");
	if (wanted != NULL && *wanted != '\0' && !g_str_equal(wanted, log->origin)) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN,
			"this ledger is \"%s\" and stays so: the setting ledger_origin says otherwise", log->origin);
		return FALSE;
	}
	return TRUE;
}

/* ---- segments ---- */

static gboolean
list_segments(FnLog *log, GError **error)
{
	g_autoptr(GArray) list = fn_segment_list(log->directory, error);

	for (guint i = 0; list != NULL && i < list->len; i++) {
		FnLogSegment segment = { g_array_index(list, guint64, i), FN_SEGMENT_HEAD };

		g_array_append_val(log->segments, segment);
	}
	return list != NULL;
}

/* The last pruning is the one in force; segments that it could not remove any more are left aside here. */
static gboolean
find_kept(FnLog *log, GError **error)
{
	guint gone = 0;

	if (!fn_kept_open_last(log->directory, log->origin, &log->kept, error))
		return FALSE;
	while (gone < log->segments->len && g_array_index(log->segments, FnLogSegment, gone).first < log->kept.first)
		gone++;
	g_array_remove_range(log->segments, 0, gone);
	if (log->segments->len > 0 ? g_array_index(log->segments, FnLogSegment, 0).first == log->kept.first : log->kept.fd < 0)
		return TRUE;
	return tampered(error, "the segment of entry %" G_GUINT64_FORMAT " is missing", log->kept.first);
}

/* A segment in memory for looking through it. Mapped: nobody else writes while we hold the lock. */
typedef struct {
	char *path;
	int fd;
	GBytes *bytes;
	const guint8 *data;
	gsize size;
} View;

static void
view_clear(View *view)
{
	g_free(view->path);
	if (view->fd >= 0)
		close(view->fd);
	if (view->bytes != NULL)
		g_bytes_unref(view->bytes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(View, view_clear)

static gboolean
view_open(FnLog *log, guint64 first, View *view, GError **error)
{
	g_autofree char *name = fn_segment_name(first);
	g_autoptr(GMappedFile) mapped = NULL;
	g_autoptr(GError) why = NULL;
	guint8 title[FN_SECTOR];

	view->path = g_build_filename("segments", name, NULL);
	view->fd = openat(log->directory, view->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (view->fd < 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s: %s", view->path, g_strerror(errno));
		return FALSE;
	}
	mapped = g_mapped_file_new_from_fd(view->fd, FALSE, &why);
	if (mapped == NULL) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s: %s", view->path, why->message);
		return FALSE;
	}
	view->bytes = g_mapped_file_get_bytes(mapped);
	view->data = g_bytes_get_data(view->bytes, &view->size);
	fn_segment_title(log->origin, first, title);
	if (view->size < FN_SEGMENT_HEAD || view->size % FN_PAGE != 0)
		return tampered(error, "%s has %" G_GSIZE_FORMAT " bytes: not whole pages", view->path, view->size);
	if (memcmp(view->data, title, sizeof(title)) != 0)
		return tampered(error, "%s at offset 0: the title does not name this ledger and entry", view->path);
	return TRUE;
}

/* ---- the state that tiles cover ---- */

typedef struct {
	guint64 size;
	guint8 root[FN_TREES][FN_DIGEST_SIZE];
} State;

static gboolean
take_root(FnCanon *canon, const char *literal, guint8 *root_out)
{
	g_autofree char *hex = NULL;
	FnSpan raw;

	if (!fn_canon_literal(canon, literal) || !fn_canon_text(canon, &raw))
		return FALSE;
	hex = g_strndup(raw.text, raw.size);
	return fn_unhex(hex, root_out, FN_DIGEST_SIZE);
}

/* An absent state is that of an empty tree: everything that is left is read again. */
static gboolean
read_state(FnLog *log, State *state, GError **error)
{
	gboolean missing;
	g_autoptr(GError) why = NULL;
	g_autoptr(GBytes) bytes = fn_file_read(log->directory, "state", SMALL_FILE_MAX, &missing, &why);
	FnCanon canon;
	gsize size;

	if (bytes == NULL && !missing) {
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	if (bytes == NULL)
		return TRUE;
	canon.at = g_bytes_get_data(bytes, &size);
	canon.end = canon.at + size;
	if (!take_root(&canon, "{\"sha256\":", state->root[FN_TREE_SHA256]) || !fn_canon_literal(&canon, ",\"size\":") ||
	    !fn_canon_unsigned(&canon, &state->size) || !take_root(&canon, ",\"sm3\":", state->root[FN_TREE_SM3]) ||
	    !fn_canon_literal(&canon, "}\n") || canon.at != canon.end)
		return tampered(error, "the file state cannot be read: remove it to have it made again");
	return TRUE;
}

static gboolean
read_index(FnLog *log, guint64 size, GError **error)
{
	guint64 wanted = (size + FN_BUNDLE - 1) / FN_BUNDLE;
	g_autoptr(GBytes) bytes = NULL;
	const guint8 *at;
	gsize bytes_size;

	log->indexed = wanted;
	if (wanted == 0)
		return TRUE;
	bytes = fn_file_read(log->directory, "bundles", INDEX_MAX, NULL, error);
	if (bytes == NULL)
		return FALSE;
	at = g_bytes_get_data(bytes, &bytes_size);
	if (bytes_size / 4 < wanted)
		return tampered(error, "the file bundles ends before entry %" G_GUINT64_FORMAT, bytes_size / 4 * FN_BUNDLE);
	for (guint64 i = 0; i < wanted; i++, at += 4) {
		guint32 offset;

		memcpy(&offset, at, sizeof(offset));
		offset = GUINT32_FROM_BE(offset);
		g_array_append_val(log->bundles, offset);
	}
	return TRUE;
}

static gboolean
resume_tree(FnLog *log, guint tree, const State *state, GError **error)
{
	guint8 root[FN_DIGEST_SIZE];

	for (guint level = 0; level < FN_TILE_LEVELS; level++) {
		guint width = fn_tile_width(state->size, level);
		g_autoptr(GBytes) hashes = NULL;

		if (width == 0)
			continue;
		hashes = fn_tile_read(log->directory, fn_log_suite(tree), level, fn_tile_index(state->size, level), width, error);
		if (hashes == NULL)
			return FALSE;
		fn_tree_resume(log->tree[tree], state->size, level, g_bytes_get_data(hashes, NULL));
	}
	fn_tree_root(log->tree[tree], root);
	if (memcmp(root, state->root[tree], sizeof(root)) == 0)
		return TRUE;
	return tampered(error, "the open tiles of the %s tree do not make the root in the file state",
		fn_suite_name(fn_log_suite(tree)));
}

/* Without a state: of what was pruned the hashes are left, in full tiles. */
static gboolean
regrow_tree(FnLog *log, guint tree, GError **error)
{
	for (guint64 index = 0; index < log->kept.first / FN_TILE_WIDTH; index++) {
		g_autoptr(GBytes) hashes = fn_tile_read(log->directory, fn_log_suite(tree), 0, index, FN_TILE_WIDTH, error);

		if (hashes == NULL)
			return FALSE;
		fn_tree_add(log->tree[tree], g_bytes_get_data(hashes, NULL), FN_TILE_WIDTH);
	}
	return TRUE;
}

/* The trees as of the state, and room for where the pruned bundles were. */
static gboolean
take_up_trees(FnLog *log, const State *state, GError **error)
{
	if (state->size > 0 && state->size < log->kept.first)
		return tampered(error, "the state names %" G_GUINT64_FORMAT " entries, but more were pruned", state->size);
	for (guint tree = 0; tree < FN_TREES; tree++)
		if (state->size > 0 ? !resume_tree(log, tree, state, error) : !regrow_tree(log, tree, error))
			return FALSE;
	if (state->size == 0)
		g_array_set_size(log->bundles, (guint)(log->kept.first / FN_BUNDLE));
	return TRUE;
}

/* ---- heads ---- */

static gboolean
cut_torn_head(FnLog *log, int fd, guint64 size, GError **error)
{
	if (ftruncate(fd, (off_t)size) == 0 && fsync(fd) == 0)
		return TRUE;
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "heads: %s", g_strerror(errno));
	return FALSE;
}

static gboolean
take_last_head(FnLog *log, int fd, guint64 size, GError **error)
{
	guint64 from = size > 2 * HEAD_LINE_MAX ? size - 2 * HEAD_LINE_MAX : 0;
	gsize have = (gsize)(size - from);
	g_autofree char *tail = g_malloc(have + 1);
	const char *end, *line;
	FnCanon canon;

	if (!fn_file_read_all(fd, tail, have, from, error))
		return FALSE;
	end = memrchr(tail, '\n', have);
	if (end == NULL && from > 0)
		return tampered(error, "heads at offset %" G_GUINT64_FORMAT ": no line of a head", from);
	end = end != NULL ? end + 1 : tail;
	/* A line that did not arrive whole was never published. */
	if (end != tail + have && !cut_torn_head(log, fd, from + (guint64)(end - tail), error))
		return FALSE;
	if (end == tail)
		return TRUE;
	line = memrchr(tail, '\n', (gsize)(end - 1 - tail));
	line = line != NULL ? line + 1 : tail;
	canon = fn_canon_over(line, (gsize)(end - 1 - line));
	if (!fn_head_take(&canon, &log->head) || canon.at != canon.end || !g_str_equal(log->head.origin, log->origin))
		return tampered(error, "heads at offset %" G_GUINT64_FORMAT ": no head of this ledger", from + (guint64)(line - tail));
	return TRUE;
}

/* The checkpoint follows the heads: a crash may have come between the two. */
static gboolean
renew_checkpoint(FnLog *log, GError **error)
{
	g_autoptr(GBytes) now = fn_file_read(log->directory, "checkpoint", SMALL_FILE_MAX, NULL, NULL);
	gsize size = strlen(log->head.note);

	if (now != NULL && g_bytes_get_size(now) == size && memcmp(g_bytes_get_data(now, NULL), log->head.note, size) == 0)
		return TRUE;
	return fn_files_put(log->files, "checkpoint", log->head.note, size, error) && fn_files_commit(log->files, error);
}

static gboolean
read_heads(FnLog *log, GError **error)
{
	int fd = openat(log->directory, "heads", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct stat about;
	gboolean good;

	if (fd < 0 && errno == ENOENT)
		return TRUE;
	if (fd < 0 || fstat(fd, &about) != 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "heads: %s", g_strerror(errno));
		if (fd >= 0)
			close(fd);
		return FALSE;
	}
	good = take_last_head(log, fd, (guint64)about.st_size, error);
	close(fd);
	return good && (log->head.size == 0 || renew_checkpoint(log, error));
}

/* ---- looking through the entries behind the state ---- */

typedef struct {
	guint64 index;  /* of the next entry */
	guint64 stated; /* entries that tiles cover */
	const guint8 *leaves[FN_TREES]; /* their hashes from the start of the bundle that the look begins in */
	guint64 leaves_first;
	char time[FN_TIME_SIZE + 1]; /* of the last entry seen */
} Look;

static gboolean
look_at_entry(FnLog *log, Look *look, const View *view, gsize offset, FnSpan frame, const FnEntry *entry, GError **error)
{
	guint32 bundle = (guint32)offset;

	for (guint tree = 0; tree < FN_TREES && look->index < look->stated; tree++) {
		guint8 leaf[FN_DIGEST_SIZE];

		fn_tree_leaf(fn_log_suite(tree), frame.text, frame.size, leaf);
		if (memcmp(leaf, look->leaves[tree] + (look->index - look->leaves_first) * FN_DIGEST_SIZE, FN_DIGEST_SIZE) != 0)
			return tampered(error, "%s at offset %" G_GSIZE_FORMAT ": entry %" G_GUINT64_FORMAT " is not what its tile says",
				view->path, offset, look->index);
	}
	if (look->index % FN_BUNDLE == 0 && look->index / FN_BUNDLE >= log->bundles->len)
		g_array_append_val(log->bundles, bundle);
	memcpy(look->time, entry->time.text, FN_TIME_SIZE);
	look->index++;
	return TRUE;
}

/* Goes on from *@at as long as entries follow. */
static gboolean
look_through(FnLog *log, Look *look, const View *view, gsize *at, gsize until, GError **error)
{
	while (*at < until) {
		gsize offset = *at;
		FnSpan frame;
		FnEntry entry;

		if (fn_frame_take(view->data, view->size, at, &frame, &entry) != FN_FOUND_GOOD)
			break;
		if (!look_at_entry(log, look, view, offset, frame, &entry, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
look_through_closed(FnLog *log, Look *look, guint number, gsize at, GError **error)
{
	FnLogSegment *segment = &g_array_index(log->segments, FnLogSegment, number);
	guint64 next = g_array_index(log->segments, FnLogSegment, number + 1).first;
	g_auto(View) view = { .fd = -1 };

	if (!view_open(log, segment->first, &view, error) || !look_through(log, look, &view, &at, view.size, error))
		return FALSE;
	segment->end = at;
	if (look->index == next)
		return TRUE;
	return tampered(error, "%s at offset %" G_GSIZE_FORMAT ": entry %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " cannot be read",
		view.path, at, look->index, next);
}

/* What the commit records of the last segment say: all before @certain was acknowledged or at least arrived whole. */
typedef struct {
	guint64 certain;
	FnCommit next; /* the record to be written when more than @certain is kept: sequence and start */
	gboolean mend; /* it must be written in any case: one of the records is torn or its bytes are */
	guint64 size;  /* entries at @certain; G_MAXUINT64: not known */
} Records;

static gboolean
is_whole(const View *view, const FnCommit *commit)
{
	guint8 digest[FN_DIGEST_SIZE];

	if (commit->end > view->size)
		return FALSE;
	fn_sha256(view->data + commit->start, commit->end - commit->start, digest);
	return memcmp(digest, commit->digest, sizeof(digest)) == 0;
}

static gboolean
read_records(const View *view, Records *records, GError **error)
{
	FnCommit commit[2] = { { 0 } };
	FnFound found[2];
	const FnCommit *last, *before;

	for (guint i = 0; i < 2; i++)
		found[i] = fn_commit_read(view->data + fn_commit_offset(i), &commit[i]);
	last = commit[0].sequence > commit[1].sequence ? &commit[0] : &commit[1];
	before = last == &commit[0] ? &commit[1] : &commit[0];
	if (found[0] != FN_FOUND_GOOD && found[1] != FN_FOUND_GOOD) {
		if (found[0] != FN_FOUND_NONE) /* the first commit is odd: only its record can be torn */
			return tampered(error, "%s at offset %u: both commit records are unreadable", view->path, FN_SECTOR);
		*records = (Records){ FN_SEGMENT_HEAD, { 1, FN_SEGMENT_HEAD }, found[1] == FN_FOUND_BAD, G_MAXUINT64 };
		return TRUE;
	}
	if (before->sequence != 0 && (before->sequence + 1 != last->sequence || before->end != last->start))
		return tampered(error, "%s at offset %u: the commit records do not follow each other", view->path, FN_SECTOR);
	if (fn_commit_offset(last->sequence) != (last == &commit[0] ? fn_commit_offset(0) : fn_commit_offset(1)))
		return tampered(error, "%s at offset %u: a commit record is out of its place", view->path, FN_SECTOR);
	if (is_whole(view, last)) {
		*records = (Records){ last->end, { last->sequence + 1, last->end }, found[before - commit] == FN_FOUND_BAD, last->size };
		return TRUE;
	}
	if (before->sequence == 0 && last->sequence > 1)
		return tampered(error, "%s at offset %u: a commit record is unreadable", view->path, fn_commit_offset((guint64)(before - commit)));
	*records = (Records){ last->start, { last->sequence, last->start }, TRUE, before->sequence != 0 ? before->size : G_MAXUINT64 };
	return TRUE;
}

static gboolean
is_zero(const guint8 *data, gsize size)
{
	return size == 0 || (data[0] == 0 && memcmp(data, data + 1, size - 1) == 0);
}

/* Cuts what follows the last whole entry, and closes what is kept behind the certain part with a commit record. */
static gboolean
mend(FnLog *log, const View *view, const Records *records, gsize end, guint64 entries, GError **error)
{
	gboolean torn = !is_zero(view->data + end, view->size - end);
	gboolean kept;

	if (torn) {
		g_autofree guint8 *zero = g_malloc0(view->size - end);

		for (gsize at = view->size; at > end && log->cut == 0; at--)
			if (view->data[at - 1] != 0)
				log->cut = at - end;
		if (!fn_file_write_all(view->fd, zero, view->size - end, end, error))
			return FALSE;
	}
	log->commit = (FnCommit){ .sequence = records->next.sequence - 1, .end = records->next.start };
	kept = end > records->next.start;
	if (kept || torn || records->mend) {
		g_autofree guint8 *bytes = g_memdup2(view->data + records->next.start, end - records->next.start);

		return fn_log_commit_bytes(log, bytes, end - records->next.start, entries, error);
	}
	return TRUE;
}

static gboolean
look_through_last(FnLog *log, Look *look, gsize at, GError **error)
{
	FnLogSegment *segment = &g_array_index(log->segments, FnLogSegment, log->segments->len - 1);
	g_auto(View) view = { .fd = -1 };
	Records records = { 0 };

	if (!view_open(log, segment->first, &view, error) || !read_records(&view, &records, error) ||
	    !look_through(log, look, &view, &at, records.certain, error))
		return FALSE;
	if (at != records.certain || (records.size != G_MAXUINT64 && look->index != records.size))
		return tampered(error, "%s at offset %" G_GSIZE_FORMAT ": entry %" G_GUINT64_FORMAT " cannot be read, though it was acknowledged",
			view.path, at, look->index);
	if (!look_through(log, look, &view, &at, view.size, error))
		return FALSE;
	if (look->index < look->stated)
		return tampered(error, "%s at offset %" G_GSIZE_FORMAT ": the log ends at entry %" G_GUINT64_FORMAT ", its tiles know %" G_GUINT64_FORMAT,
			view.path, at, look->index, look->stated);
	log->segment = dup(view.fd);
	log->allocated = view.size;
	segment->end = at;
	return mend(log, &view, &records, at, look->index, error);
}

/* Where the entry @index, the first of a bundle, lies. */
static guint
segment_of(const FnLog *log, guint64 index)
{
	guint low = 0;

	for (guint i = 0; i < log->segments->len; i++)
		if (g_array_index(log->segments, FnLogSegment, i).first <= index)
			low = i;
	return low;
}

static gboolean
look_through_all(FnLog *log, const State *state, GError **error)
{
	guint64 first = MAX(state->size > 0 ? (state->size - 1) / FN_BUNDLE * FN_BUNDLE : 0, log->kept.first);
	Look look = { .index = first, .stated = state->size, .leaves_first = first };
	g_autoptr(GBytes) sha256 = NULL;
	g_autoptr(GBytes) sm3 = NULL;
	GBytes **leaves[FN_TREES] = { [FN_TREE_SHA256] = &sha256, [FN_TREE_SM3] = &sm3 };
	gsize at = state->size > first ? g_array_index(log->bundles, guint32, log->bundles->len - 1) : FN_SEGMENT_HEAD;
	guint number = segment_of(log, first);

	for (guint tree = 0; tree < FN_TREES && state->size > first; tree++) {
		*leaves[tree] = fn_tile_read(log->directory, fn_log_suite(tree), 0, first / FN_BUNDLE, (guint)(state->size - first), error);
		if (*leaves[tree] == NULL)
			return FALSE;
		look.leaves[tree] = g_bytes_get_data(*leaves[tree], NULL);
	}
	for (; number + 1 < log->segments->len; number++, at = FN_SEGMENT_HEAD)
		if (!look_through_closed(log, &look, number, at, error))
			return FALSE;
	if (!look_through_last(log, &look, at, error))
		return FALSE;
	log->durable = look.index;
	log->commit.size = look.index;
	if (look.time[0] != '\0' && !fn_time_parse(look.time, &log->last_time))
		return tampered(error, "the last entry has no time");
	return TRUE;
}

static gboolean
has_segments_for(const FnLog *log, const State *state, GError **error)
{
	if (log->segments->len == 0 && (state->size > 0 || log->head.size > 0))
		return tampered(error, "there are no segments, though a head or the state names %" G_GUINT64_FORMAT " entries",
			MAX(state->size, log->head.size));
	return TRUE;
}

/* The trees at the last head's size are what the head says. */
static gboolean
agrees_with_head(FnLog *log, GError **error)
{
	const guint8 *said[FN_TREES] = { [FN_TREE_SHA256] = log->head.sha256, [FN_TREE_SM3] = log->head.sm3 };

	if (log->head.size > log->durable)
		return tampered(error, "the log ends at entry %" G_GUINT64_FORMAT ", but a head was signed over %" G_GUINT64_FORMAT ": an older copy?",
			log->durable, log->head.size);
	for (guint tree = 0; tree < FN_TREES; tree++) {
		g_autoptr(FnTileReader) reader = fn_tile_reader_new(log->directory, fn_log_suite(tree), NULL);
		FnTiles tiles = fn_tile_reader_tiles(reader, MAX(log->stated, log->head.size));
		guint8 root[FN_DIGEST_SIZE];

		if (log->head.size > log->stated) /* without a state the trees were grown from the entries just now */
			fn_tree_root(log->tree[tree], root);
		else if (!fn_tiles_root(&tiles, log->head.size, root, error))
			return FALSE;
		if (memcmp(root, said[tree], sizeof(root)) != 0)
			return tampered(error, "the %s tree of %" G_GUINT64_FORMAT " entries is not the one that was signed",
				fn_suite_name(fn_log_suite(tree)), log->head.size);
	}
	return TRUE;
}

static gboolean
recover(FnLog *log, GError **error)
{
	State state = { 0 };

	if (!read_heads(log, error) || !read_state(log, &state, error) || !has_segments_for(log, &state, error) ||
	    !read_index(log, state.size, error))
		return FALSE;
	log->stated = state.size;
	if (!take_up_trees(log, &state, error))
		return FALSE;
	if (log->segments->len > 0 && !look_through_all(log, &state, error))
		return FALSE;
	if (log->head.size > state.size && log->head.size <= log->durable && !fn_log_absorb(log, log->head.size, error))
		return FALSE;
	if (log->head.size > 0 && !agrees_with_head(log, error))
		return FALSE;
	/* The state moves only for news: if it is ahead of the head, signing had failed; if behind, it is to be made again. */
	log->fresh = MAX(log->fresh, state.size != log->head.size);
	return log->segments->len > 0 || fn_log_roll(log, 0, error);
}

/* ---- life ---- */

static FnLog *
make(const FnLogOptions *options)
{
	FnLog *log = g_new0(FnLog, 1);

	log->options = *options;
	log->options.segment_bytes = (MAX(options->segment_bytes, 2 * FN_PAGE) + FN_PAGE - 1) / FN_PAGE * FN_PAGE;
	log->directory = log->lock = log->segment = -1;
	log->kept = FN_KEPT_NONE;
	log->second = -1;
	pthread_mutex_init(&log->mutex, NULL);
	pthread_mutex_init(&log->publish, NULL);
	pthread_mutex_init(&log->prune, NULL);
	pthread_cond_init(&log->work, NULL);
	pthread_cond_init(&log->tick, NULL);
	for (guint i = 0; i < 2; i++) {
		FnBatch *batch = i == 0 ? &log->filling : &log->idle;

		batch->bytes = g_byte_array_new();
		batch->waiters = g_array_new(FALSE, FALSE, sizeof(FnWaiter));
	}
	log->segments = g_array_new(FALSE, FALSE, sizeof(FnLogSegment));
	log->bundles = g_array_new(FALSE, FALSE, sizeof(guint32));
	log->full = g_array_new(FALSE, FALSE, sizeof(FnFullTile));
	log->tiles = fn_tile_cache_new();
	for (guint tree = 0; tree < FN_TREES; tree++)
		log->tree[tree] = fn_tree_new(fn_log_suite(tree), fn_log_tile_ready[tree], log);
	return log;
}

static void
destroy(FnLog *log)
{
	for (guint tree = 0; tree < FN_TREES; tree++) {
		fn_tree_free(log->tree[tree]);
		g_free(log->key[tree]);
	}
	fn_files_free(log->files);
	fn_tile_cache_free(log->tiles);
	g_array_unref(log->full);
	g_array_unref(log->bundles);
	g_array_unref(log->segments);
	g_array_unref(log->filling.waiters);
	g_array_unref(log->idle.waiters);
	g_byte_array_unref(log->filling.bytes);
	g_byte_array_unref(log->idle.bytes);
	fn_head_clear(&log->head);
	g_clear_error(&log->stopped);
	g_clear_error(&log->tile_error);
	g_free(log->head_error);
	g_free(log->origin);
	fn_kept_clear(&log->kept);
	if (log->segment >= 0)
		close(log->segment);
	if (log->lock >= 0)
		close(log->lock);
	if (log->directory >= 0)
		close(log->directory);
	pthread_mutex_destroy(&log->mutex);
	pthread_mutex_destroy(&log->publish);
	pthread_mutex_destroy(&log->prune);
	pthread_cond_destroy(&log->work);
	pthread_cond_destroy(&log->tick);
	g_free(log);
}

static void
start(pthread_t *thread, const char *name, void *(*run)(void *), FnLog *log)
{
	int failed = pthread_create(thread, NULL, run, log);

	g_assert(failed == 0);
	pthread_setname_np(*thread, name);
}

FnLog *
fn_log_open(const FnLogOptions *options, GError **error)
{
	FnLog *log = make(options);
	gboolean good = open_directory(log, options->directory, error);

	if (good) {
		log->files = fn_files_new(log->directory);
		good = list_segments(log, error) && find_origin(log, options->origin, log->segments->len == 0, error) &&
			find_kept(log, error) && recover(log, error);
	}
	if (!good) {
		destroy(log);
		return NULL;
	}
	log->options.directory = log->options.origin = NULL;
	fn_log_drop_pruned(log);
	fn_log_look_at_disk(log);
	start(&log->committer, "ledger-commit", fn_log_committer, log);
	if (log->options.head_interval_ms > 0) {
		log->publishing = TRUE;
		start(&log->publisher, "ledger-heads", fn_log_publisher, log);
	}
	return log;
}

void
fn_log_close(FnLog *log)
{
	if (log == NULL)
		return;
	fn_mutex_lock(&log->mutex);
	log->ending = TRUE;
	pthread_cond_broadcast(&log->tick);
	fn_mutex_unlock(&log->mutex);
	if (log->publishing)
		pthread_join(log->publisher, NULL);
	fn_mutex_lock(&log->mutex);
	log->closing = TRUE;
	pthread_cond_broadcast(&log->work);
	fn_mutex_unlock(&log->mutex);
	pthread_join(log->committer, NULL);
	destroy(log);
}

guint64
fn_log_cut(const FnLog *log)
{
	return log->cut;
}
