/* A document that needs a worker gets its turn. */
#include "inspect/inspect_priv.h"

#include "inspect/job.h"

#include <string.h>
#include <unistd.h>

enum { NAME_MAX_CHARS = 250 }; /* each of at most four bytes */

void
fn_document_take_turn(FnInspector *inspector)
{
	fn_mutex_lock(&inspector->mutex);
	while (inspector->running >= inspector->options.workers)
		fn_cond_wait(&inspector->freed, &inspector->mutex);
	inspector->running++;
	fn_mutex_unlock(&inspector->mutex);
}

void
fn_document_end_turn(FnInspector *inspector)
{
	fn_mutex_lock(&inspector->mutex);
	inspector->running--;
	pthread_cond_signal(&inspector->freed);
	fn_mutex_unlock(&inspector->mutex);
}

static gboolean
write_head(const FnInspector *inspector, const FnShelf *shelf, const char *name, gboolean cells)
{
	g_autofree FnJobHead *head = g_new0(FnJobHead, 1);
	g_autofree char *valid = g_utf8_make_valid(name, -1);
	const char *end;

	memcpy(head->magic, FN_JOB_MAGIC, sizeof(head->magic));
	head->size = shelf->size;
	head->memory = inspector->options.memory;
	head->limits = inspector->options.limits;
	head->pdf = fn_nursery_has(inspector->nursery, FN_WORKER_PDF);
	head->picture = fn_nursery_has(inspector->nursery, FN_WORKER_PICTURE);
	head->cells = cells;
	/* The end of a name tells its format. */
	end = g_utf8_offset_to_pointer(valid, MAX(g_utf8_strlen(valid, -1), NAME_MAX_CHARS) - NAME_MAX_CHARS);
	g_strlcpy(head->name, end, FN_JOB_NAME);
	return pwrite(shelf->fd, head, sizeof(*head), 0) == sizeof(*head);
}

FnWorkerEnd
fn_document_work(FnInspector *inspector, FnShelf *shelf, const char *name, gboolean cells, gint64 deadline, FnWorkerAnswer on_answer,
	gpointer data)
{
	FnWorkerEnd end = { 0 };

	if (write_head(inspector, shelf, name, cells) && fn_shelf_seal(shelf))
		end = fn_nursery_run(inspector->nursery, FN_WORKER_EXTRACT, shelf->fd, deadline, on_answer, data);
	fn_shelf_close(shelf);
	return end;
}

gint64
fn_document_deadline(const FnInspector *inspector)
{
	return g_get_monotonic_time() + (gint64)inspector->options.wall_seconds * G_USEC_PER_SEC;
}

void
fn_document_read(const FnReading *reading, FnShelf *shelf, const char *name)
{
	FnInspector *inspector = reading->inspector;
	g_autoptr(FnAnswer) answer = fn_answer_new(reading);
	g_autofree char *fault = NULL;
	FnWorkerEnd end;
	gint64 deadline;
	GPtrArray *outside = fn_answer_outside(answer);

	fn_document_take_turn(inspector);
	deadline = fn_document_deadline(inspector);
	end = fn_document_work(inspector, shelf, name, FALSE, deadline, fn_answer_take, answer);
	if ((fault = fn_answer_fault(answer, &end)) != NULL)
		fn_scan_stream_note(reading->stream, fault);
	for (guint i = 0; i < outside->len; i++)
		fn_outside_read(outside->pdata[i], reading, deadline);
	fn_document_end_turn(inspector);
}
