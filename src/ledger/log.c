#include "ledger/log_priv.h"

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define ZEROS (1u << 18)
#define GROW  (16u * FN_PAGE)

/* ---- taking entries ---- */

void
fn_log_stop(FnLog *log, const GError *why)
{
	fn_mutex_lock(&log->mutex);
	if (log->stopped == NULL)
		log->stopped = g_error_new(FN_LEDGER_ERROR, FN_LEDGER_ERROR_STOPPED,
			"the ledger has stopped: %s: nothing is taken until it is started again", why->message);
	fn_mutex_unlock(&log->mutex);
}

void
fn_log_look_at_disk(FnLog *log)
{
	struct statvfs about;
	gboolean low = fstatvfs(log->directory, &about) == 0 && (guint64)about.f_bavail * about.f_frsize < log->options.reserve;

	fn_mutex_lock(&log->mutex);
	log->low = low;
	fn_mutex_unlock(&log->mutex);
}

static gboolean
is_administration(FnRole from, FnSpan event)
{
	return from == FN_ROLE_ADMIN || from == FN_ROLE_KEEPER || from == FN_ROLE_CLOCK || from == FN_ROLE_LEDGER ||
		(event.size >= 6 && memcmp(event.text, "admin.", 6) == 0);
}

/* With the mutex. */
static GError *
refusal(const FnLog *log, FnRole from, FnSpan event)
{
	if (log->stopped != NULL)
		return g_error_copy(log->stopped);
	if (log->low && !is_administration(from, event))
		return g_error_new(FN_LEDGER_ERROR, FN_LEDGER_ERROR_RESERVE,
			"less than %" G_GUINT64_FORMAT " bytes of disk are left (ledger_reserve): free some", log->options.reserve);
	if (log->filling.bytes->len > FN_PENDING_MAX)
		return g_error_new(FN_LEDGER_ERROR, FN_LEDGER_ERROR_BUSY, "too much waits to be written: try again");
	return NULL;
}

/* With the mutex: the time of the next entry. Formatting is done once a second, the microseconds are filled in. */
static const char *
stamp(FnLog *log)
{
	gint64 clock = log->options.clock != NULL ? log->options.clock(log->options.clock_data) : fn_time_now();
	gint64 now = MAX(clock, log->last_time);
	guint us = (guint)(now % G_USEC_PER_SEC);

	log->last_time = now;
	if (now / G_USEC_PER_SEC != log->second) {
		g_autofree char *text = fn_time_format(now);

		g_assert(strlen(text) == FN_TIME_SIZE);
		memcpy(log->time_text, text, FN_TIME_SIZE + 1);
		log->second = now / G_USEC_PER_SEC;
	}
	for (guint i = 25; i >= 20; i--, us /= 10)
		log->time_text[i] = (char)('0' + us % 10);
	return log->time_text;
}

/* With the mutex. */
static const guint8 *
salt(FnLog *log)
{
	if (log->salts == 0) {
		fn_random(log->random, sizeof(log->random));
		log->salts = sizeof(log->random) / FN_SALT_SIZE;
	}
	return log->random + (gsize)--log->salts * FN_SALT_SIZE;
}

/* With the mutex. */
static void
enter(FnLog *log, FnRole from, FnClass class, const char *body, gsize size, FnLogDone done, gpointer data)
{
	GByteArray *bytes = log->filling.bytes;
	guint before = bytes->len;
	FnWaiter waiter = { done, data };
	gsize written;
	guint8 *at;

	memcpy(waiter.salt, salt(log), FN_SALT_SIZE);
	g_byte_array_set_size(bytes, before + 2 + (guint)size + FN_ENVELOPE_MAX);
	at = bytes->data + before;
	written = fn_entry_write((char *)at + 2, body, size, class, fn_role_name(from), waiter.salt, stamp(log));
	at[0] = (guint8)(written >> 8);
	at[1] = (guint8)written;
	waiter.frame = (guint)written + 2;
	g_byte_array_set_size(bytes, before + waiter.frame);
	g_array_append_val(log->filling.waiters, waiter);
}

void
fn_log_append(FnLog *log, FnRole from, FnClass class, const char *body, gsize size, FnLogDone done, gpointer data)
{
	g_autoptr(GError) error = NULL;
	FnSpan event;

	if (fn_class_name(class) == NULL)
		g_set_error(&error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_ENTRY, "unknown retention class %u", (guint)class);
	else if (fn_body_check(body, size, &event, &error)) {
		fn_mutex_lock(&log->mutex);
		error = refusal(log, from, event);
		if (error == NULL)
			enter(log, from, class, body, size, done, data);
		fn_mutex_unlock(&log->mutex);
	}
	if (error != NULL)
		done(0, NULL, error, data);
}

void
fn_log_kick(FnLog *log)
{
	pthread_cond_signal(&log->work);
}

typedef struct {
	FnMutex mutex;
	FnCond changed;
	gboolean done;
	guint64 index;
	guint8 salt[FN_SALT_SIZE];
	GError *error;
} Waiting;

static void
wake(guint64 index, const guint8 *salt_given, const GError *error, gpointer data)
{
	Waiting *waiting = data;

	fn_mutex_lock(&waiting->mutex);
	waiting->done = TRUE;
	waiting->index = index;
	if (error == NULL)
		memcpy(waiting->salt, salt_given, FN_SALT_SIZE);
	else
		waiting->error = g_error_copy(error);
	pthread_cond_signal(&waiting->changed);
	fn_mutex_unlock(&waiting->mutex);
}

gboolean
fn_log_append_wait(FnLog *log, FnRole from, FnClass class, const char *body, gsize size, guint64 *index_out, guint8 *salt_out,
	GError **error)
{
	Waiting waiting = { FN_MUTEX_INIT, FN_COND_INIT };

	fn_log_append(log, from, class, body, size, wake, &waiting);
	fn_log_kick(log);
	fn_mutex_lock(&waiting.mutex);
	while (!waiting.done)
		fn_cond_wait(&waiting.changed, &waiting.mutex);
	fn_mutex_unlock(&waiting.mutex);
	if (waiting.error != NULL) {
		g_propagate_error(error, waiting.error);
		return FALSE;
	}
	if (index_out != NULL)
		*index_out = waiting.index;
	if (salt_out != NULL)
		memcpy(salt_out, waiting.salt, FN_SALT_SIZE);
	return TRUE;
}

void
fn_log_around(FnLog *log, void (*before)(gpointer), void (*after)(gpointer), gpointer data)
{
	fn_mutex_lock(&log->mutex);
	log->before = before;
	log->after = after;
	log->around = data;
	fn_mutex_unlock(&log->mutex);
}

/* ---- segments ---- */

static gboolean
write_zeros(int fd, guint64 from, guint64 to, GError **error)
{
	static const guint8 zero[ZEROS];

	for (; from < to; from += MIN(to - from, ZEROS))
		if (!fn_file_write_all(fd, zero, MIN(to - from, ZEROS), from, error))
			return FALSE;
	return TRUE;
}

static gboolean
sync_data(int fd, const char *what, GError **error)
{
	if (fdatasync(fd) == 0)
		return TRUE;
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_STOPPED, "syncing %s: %s", what, g_strerror(errno));
	return FALSE;
}

int
fn_log_make_segment(FnLog *log, const char *name, GError **error)
{
	int fd = openat(log->directory, name, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_STOPPED, "creating %s: %s", name, g_strerror(errno));
		return -1;
	}
	/* Written, not only allocated: a block that was never written costs a journal commit when it is. */
	if (write_zeros(fd, 0, log->options.segment_bytes, error) && sync_data(fd, name, error))
		return fd;
	close(fd);
	unlinkat(log->directory, name, 0);
	return -1;
}

/* The next segment as tmp/segment: the spare one, or one made now. While the spare is marked as being there nobody else
 * touches its name. */
static int
next_segment(FnLog *log, GError **error)
{
	gboolean spare;
	int fd = -1;

	fn_mutex_lock(&log->mutex);
	spare = log->spare;
	fn_mutex_unlock(&log->mutex);
	if (spare) {
		if (renameat(log->directory, "tmp/spare", log->directory, "tmp/segment") == 0)
			fd = openat(log->directory, "tmp/segment", O_RDWR | O_CLOEXEC);
		fn_mutex_lock(&log->mutex);
		log->spare = FALSE;
		fn_mutex_unlock(&log->mutex);
	}
	return fd >= 0 ? fd : fn_log_make_segment(log, "tmp/segment", error);
}

gboolean
fn_log_roll(FnLog *log, guint64 first, GError **error)
{
	g_autofree char *file = fn_segment_name(first);
	g_autofree char *path = g_build_filename("segments", file, NULL);
	FnLogSegment segment = { first, FN_SEGMENT_HEAD };
	guint8 title[FN_SECTOR];
	int fd = next_segment(log, error);

	if (fd < 0)
		return FALSE;
	if (log->segment >= 0)
		close(log->segment);
	log->segment = fd;
	log->allocated = log->options.segment_bytes;
	log->commit = (FnCommit){ .start = FN_SEGMENT_HEAD, .end = FN_SEGMENT_HEAD, .size = first };
	fn_segment_title(log->origin, first, title);
	if (!fn_file_write_all(fd, title, sizeof(title), 0, error) || !sync_data(fd, path, error))
		return FALSE;
	if (renameat(log->directory, "tmp/segment", log->directory, path) != 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_STOPPED, "putting %s in place: %s", path, g_strerror(errno));
		return FALSE;
	}
	if (!fn_file_sync_folder(log->directory, "segments", error))
		return FALSE;
	fn_mutex_lock(&log->mutex);
	g_array_append_val(log->segments, segment);
	fn_mutex_unlock(&log->mutex);
	fn_log_look_at_disk(log);
	return TRUE;
}

gboolean
fn_log_commit_bytes(FnLog *log, const void *data, gsize size, guint64 entries, GError **error)
{
	FnCommit commit = { log->commit.sequence + 1, log->commit.end, log->commit.end + size, entries };
	guint64 grown = log->allocated;
	guint8 record[FN_SECTOR];

	fn_sha256(data, size, commit.digest);
	fn_commit_write(&commit, record);
	if (commit.end > log->allocated) {
		grown = (commit.end + GROW - 1) / GROW * GROW;
		if (!write_zeros(log->segment, log->allocated, grown, error))
			return FALSE;
	}
	if (!fn_file_write_all(log->segment, data, size, commit.start, error) ||
	    !fn_file_write_all(log->segment, record, sizeof(record), fn_commit_offset(commit.sequence), error) ||
	    !sync_data(log->segment, "the segment", error))
		return FALSE;
	log->allocated = grown;
	log->commit = commit;
	return TRUE;
}

/* ---- the committer ---- */

/* At the start of a bundle: no room for one more like the last one. A bundle never crosses a segment's end. */
static gboolean
is_full(FnLog *log, guint64 end)
{
	guint64 bundle = FN_PAGE;

	fn_mutex_lock(&log->mutex);
	if (log->bundles->len > 0) {
		guint32 last = g_array_index(log->bundles, guint32, log->bundles->len - 1);

		bundle = end > last ? end - last : 0;
	}
	fn_mutex_unlock(&log->mutex);
	return end > FN_SEGMENT_HEAD && end + bundle + bundle / 8 > log->options.segment_bytes;
}

static gboolean
begin_bundle(FnLog *log, guint64 index, guint64 end, GError **error)
{
	guint32 offset;

	if (log->segment < 0 || is_full(log, end)) {
		if (!fn_log_roll(log, index, error))
			return FALSE;
		end = FN_SEGMENT_HEAD;
	}
	offset = (guint32)end;
	fn_mutex_lock(&log->mutex);
	g_array_append_val(log->bundles, offset);
	fn_mutex_unlock(&log->mutex);
	return TRUE;
}

static gboolean
commit_run(FnLog *log, const FnBatch *batch, guint64 from, guint64 to, guint64 entries, GError **error)
{
	if (to > from && !fn_log_commit_bytes(log, batch->bytes->data + from, to - from, entries, error))
		return FALSE;
	fn_mutex_lock(&log->mutex);
	if (log->segments->len > 0)
		g_array_index(log->segments, FnLogSegment, log->segments->len - 1).end = log->commit.end;
	fn_mutex_unlock(&log->mutex);
	return TRUE;
}

/* One sync for the batch, or one more where a segment ends within it. */
static gboolean
commit_batch(FnLog *log, const FnBatch *batch, guint64 index, GError **error)
{
	guint64 from = 0, to = 0;

	for (guint i = 0; i < batch->waiters->len; i++, index++) {
		guint64 end = log->commit.end + (to - from);

		if (index % FN_BUNDLE == 0) {
			if (log->segment >= 0 && is_full(log, end)) {
				if (!commit_run(log, batch, from, to, index, error))
					return FALSE;
				from = to;
			}
			if (!begin_bundle(log, index, end, error))
				return FALSE;
		}
		to += g_array_index(batch->waiters, FnWaiter, i).frame;
	}
	return commit_run(log, batch, from, to, index, error);
}

static void
answer(FnLog *log, const FnBatch *batch, guint64 index, const GError *error)
{
	void (*before)(gpointer);
	void (*after)(gpointer);
	gpointer around;

	fn_mutex_lock(&log->mutex);
	before = log->before;
	after = log->after;
	around = log->around;
	fn_mutex_unlock(&log->mutex);
	if (before != NULL)
		before(around);
	for (guint i = 0; i < batch->waiters->len; i++) {
		const FnWaiter *waiter = &g_array_index(batch->waiters, FnWaiter, i);

		waiter->done(error == NULL ? index + i : 0, error == NULL ? waiter->salt : NULL, error, waiter->data);
	}
	if (after != NULL)
		after(around);
}

static void
settle(FnLog *log, const FnBatch *batch)
{
	g_autoptr(GError) error = NULL;
	guint64 index;

	fn_mutex_lock(&log->mutex);
	index = log->durable;
	if (log->stopped != NULL)
		error = g_error_copy(log->stopped);
	fn_mutex_unlock(&log->mutex);
	if (error == NULL && !commit_batch(log, batch, index, &error)) {
		fn_log_stop(log, error);
		g_clear_error(&error);
		fn_mutex_lock(&log->mutex);
		error = g_error_copy(log->stopped);
		fn_mutex_unlock(&log->mutex);
	}
	if (error == NULL) {
		fn_mutex_lock(&log->mutex);
		log->durable = index + batch->waiters->len;
		fn_mutex_unlock(&log->mutex);
	}
	answer(log, batch, index, error);
}

void *
fn_log_committer(void *data)
{
	FnLog *log = data;
	FnBatch batch;

	for (;;) {
		fn_mutex_lock(&log->mutex);
		while (log->filling.waiters->len == 0 && !log->closing)
			fn_cond_wait(&log->work, &log->mutex);
		batch = log->filling;
		log->filling = log->idle;
		fn_mutex_unlock(&log->mutex);
		if (batch.waiters->len > 0)
			settle(log, &batch);
		else
			break;
		g_byte_array_set_size(batch.bytes, 0);
		g_array_set_size(batch.waiters, 0);
		fn_mutex_lock(&log->mutex);
		log->idle = batch;
		fn_mutex_unlock(&log->mutex);
	}
	fn_mutex_lock(&log->mutex);
	log->idle = batch;
	fn_mutex_unlock(&log->mutex);
	return NULL;
}
