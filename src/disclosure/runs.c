/* Sorted runs of records in an unlinked file: what a tally's memory does not hold. */
#include "disclosure/disclosure_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { FAN = 32, MAX_BUFFER = 64 << 10, BLOCK = 64 /* records for each key of the index */ };

typedef struct {
	guint64 from, n; /* records */
} Run;

struct FnRuns {
	guint words;
	gsize stride;    /* bytes of a record */
	char *directory;
	int fd;
	GArray *runs;    /* Run */
	guint64 records; /* in the file */
	guint64 begun;   /* where the open run begins */
	guint32 *buffer;
	gsize room, used; /* of the buffer, in records */
	GArray *index;   /* after the merge: every BLOCK-th key */
};

static gboolean
failed(const FnRuns *runs, const char *doing, int code, GError **error)
{
	return fn_disclosure_refuse(error, FN_DISCLOSURE_ERROR_SPILL, "directory", runs->directory, "%s what memory does not hold: %s", doing,
		g_strerror(code));
}

/* A file without a name: nothing stays behind, whatever ends the program. */
static int
open_unnamed(const char *directory)
{
	int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
		g_autofree char *path = g_build_filename(directory, "spill-XXXXXX", NULL);

		fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0)
			g_unlink(path);
	}
	return fd;
}

FnRuns *
fn_runs_new(guint words, gsize memory, const char *directory, GError **error)
{
	g_autoptr(FnRuns) runs = g_new0(FnRuns, 1);

	runs->words = words;
	runs->stride = (words + 2) * sizeof(guint32);
	runs->room = MAX(MIN(memory / (FAN + 1), MAX_BUFFER) / runs->stride, 1);
	runs->directory = g_strdup(directory);
	runs->runs = g_array_new(FALSE, FALSE, sizeof(Run));
	runs->index = g_array_new(FALSE, FALSE, words * (guint)sizeof(guint32));
	runs->buffer = g_malloc(runs->room * runs->stride);
	runs->fd = open_unnamed(directory);
	if (runs->fd < 0) {
		failed(runs, "no file for", errno, error);
		return NULL;
	}
	return g_steal_pointer(&runs);
}

void
fn_runs_free(FnRuns *runs)
{
	if (runs == NULL)
		return;
	if (runs->fd >= 0)
		close(runs->fd);
	g_free(runs->directory);
	g_free(runs->buffer);
	g_array_unref(runs->runs);
	g_array_unref(runs->index);
	g_free(runs);
}

static gboolean
flush(FnRuns *runs, GError **error)
{
	const char *at = (const char *)runs->buffer;
	gsize left = runs->used * runs->stride;
	off_t offset = (off_t)((runs->records - runs->used) * runs->stride);

	while (left > 0) {
		ssize_t n = pwrite(runs->fd, at, left, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return failed(runs, "cannot write", n < 0 ? errno : ENOSPC, error);
		at += n;
		left -= (gsize)n;
		offset += n;
	}
	runs->used = 0;
	return TRUE;
}

gboolean
fn_runs_put(FnRuns *runs, const guint32 *record, GError **error)
{
	memcpy((char *)runs->buffer + runs->used * runs->stride, record, runs->stride);
	runs->used++;
	runs->records++;
	return runs->used < runs->room || flush(runs, error);
}

gboolean
fn_runs_end_run(FnRuns *runs, GError **error)
{
	Run run = { runs->begun, runs->records - runs->begun };

	if (!flush(runs, error))
		return FALSE;
	runs->begun = runs->records;
	if (run.n > 0)
		g_array_append_val(runs->runs, run);
	return runs->runs->len < FAN || fn_runs_merge(runs, error);
}

guint64
fn_runs_records(const FnRuns *runs)
{
	return runs->records;
}

gboolean
fn_runs_read(const FnRuns *runs, guint64 from, guint32 *out, gsize n, GError **error)
{
	char *at = (char *)out;
	gsize left = n * runs->stride;
	off_t offset = (off_t)(from * runs->stride);

	while (left > 0) {
		ssize_t got = pread(runs->fd, at, left, offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return failed(runs, "cannot read", got < 0 ? errno : EIO, error);
		at += got;
		left -= (gsize)got;
		offset += got;
	}
	return TRUE;
}

/* ---- merging ---- */

typedef struct {
	Run left;        /* not yet in the buffer */
	guint32 *buffer;
	gsize at, have;
} Source;

static void
free_sources(Source *source, guint n)
{
	for (guint i = 0; i < n; i++)
		g_free(source[i].buffer);
}

/* The record that @source stands on, NULL behind the last; FALSE on an error. */
static gboolean
peek(const FnRuns *runs, Source *source, const guint32 **out, GError **error)
{
	if (source->at == source->have) {
		source->at = 0;
		source->have = (gsize)MIN(source->left.n, runs->room);
		if (!fn_runs_read(runs, source->left.from, source->buffer, source->have, error))
			return FALSE;
		source->left.from += source->have;
		source->left.n -= source->have;
	}
	*out = source->have > 0 ? source->buffer + source->at * (runs->words + 2) : NULL;
	return TRUE;
}

/* The smallest key, with the counts of all sources that stand on it, which go on. *found is FALSE when all are at their end. */
static gboolean
take_smallest(const FnRuns *runs, Source *source, guint n, guint32 *record, gboolean *found, GError **error)
{
	const guint32 *head[FAN], *smallest = NULL;
	guint64 count = 0;

	for (guint i = 0; i < n; i++) {
		if (!peek(runs, &source[i], &head[i], error))
			return FALSE;
		if (head[i] != NULL && (smallest == NULL || fn_key_compare(head[i], smallest, runs->words) < 0))
			smallest = head[i];
	}
	*found = smallest != NULL;
	if (smallest == NULL)
		return TRUE;
	memcpy(record, smallest, runs->words * sizeof(guint32));
	for (guint i = 0; i < n; i++)
		if (head[i] != NULL && fn_key_compare(head[i], record, runs->words) == 0) {
			count += fn_record_count(head[i], runs->words);
			source[i].at++;
		}
	fn_record_set_count(record, runs->words, count);
	return TRUE;
}

static gboolean
merge_into(const FnRuns *runs, FnRuns *merged, GError **error)
{
	Source source[FAN] = { 0 };
	guint32 record[FN_TALLY_MAX_WORDS + 2];
	gboolean fine = TRUE, found = TRUE;

	for (guint i = 0; i < runs->runs->len; i++)
		source[i] = (Source){ g_array_index(runs->runs, Run, i), g_malloc(runs->room * runs->stride), 0, 0 };
	while (fine && found) {
		fine = take_smallest(runs, source, runs->runs->len, record, &found, error);
		if (!fine || !found)
			break;
		if (merged->records % BLOCK == 0)
			g_array_append_vals(merged->index, record, 1);
		fine = fn_runs_put(merged, record, error);
	}
	free_sources(source, runs->runs->len);
	return fine && fn_runs_end_run(merged, error);
}

gboolean
fn_runs_merge(FnRuns *runs, GError **error)
{
	FnRuns whole = *runs;
	g_autoptr(FnRuns) merged = fn_runs_new(runs->words, runs->room * runs->stride * (FAN + 1), runs->directory, error);

	g_assert(runs->used == 0 && runs->begun == runs->records);
	if (merged == NULL || !merge_into(runs, merged, error))
		return FALSE;
	*runs = *merged;
	*merged = whole;
	return TRUE;
}

/* ---- finding ---- */

/* The last block whose first key is not above @key; FALSE when even the first is. */
static gboolean
find_block(const FnRuns *runs, const guint32 *key, guint64 *block)
{
	guint low = 0, high = runs->index->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (fn_key_compare((const guint32 *)(const void *)runs->index->data + (gsize)middle * runs->words, key, runs->words) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	*block = low > 0 ? low - 1 : 0;
	return low > 0;
}

gboolean
fn_runs_find(const FnRuns *runs, const guint32 *key, guint64 *count_out, GError **error)
{
	guint32 record[BLOCK * (FN_TALLY_MAX_WORDS + 2)];
	guint64 block;
	gsize n;

	*count_out = 0;
	if (!find_block(runs, key, &block))
		return TRUE;
	n = (gsize)MIN(runs->records - block * BLOCK, BLOCK);
	if (!fn_runs_read(runs, block * BLOCK, record, n, error))
		return FALSE;
	for (gsize i = 0; i < n; i++)
		if (fn_key_compare(record + i * (runs->words + 2), key, runs->words) == 0)
			*count_out = fn_record_count(record + i * (runs->words + 2), runs->words);
	return TRUE;
}
