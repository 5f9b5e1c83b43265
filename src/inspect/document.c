/* A document that needs a worker gets its turn. */
#include "inspect/inspect_priv.h"

#include "inspect/job.h"

#include <string.h>
#include <unistd.h>

enum { NAME_MAX_CHARS = 250 }; /* each of at most four bytes */

static void
take_turn(FnInspector *inspector)
{
	fn_mutex_lock(&inspector->mutex);
	while (inspector->running >= inspector->options.workers)
		fn_cond_wait(&inspector->freed, &inspector->mutex);
	inspector->running++;
	fn_mutex_unlock(&inspector->mutex);
}

static void
end_turn(FnInspector *inspector)
{
	fn_mutex_lock(&inspector->mutex);
	inspector->running--;
	pthread_cond_signal(&inspector->freed);
	fn_mutex_unlock(&inspector->mutex);
}

static gboolean
write_head(const FnInspector *inspector, const FnShelf *shelf, const char *name)
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
	/* The end of a name tells its format. */
	end = g_utf8_offset_to_pointer(valid, MAX(g_utf8_strlen(valid, -1), NAME_MAX_CHARS) - NAME_MAX_CHARS);
	g_strlcpy(head->name, end, FN_JOB_NAME);
	return pwrite(shelf->fd, head, sizeof(*head), 0) == sizeof(*head);
}

void
fn_document_read(const FnReading *reading, FnShelf *shelf, const char *name)
{
	FnInspector *inspector = reading->inspector;
	g_autoptr(FnAnswer) answer = fn_answer_new(reading);
	g_autofree char *fault = NULL;
	FnWorkerEnd end = { 0 };
	gint64 deadline;
	GPtrArray *outside = fn_answer_outside(answer);

	take_turn(inspector);
	deadline = g_get_monotonic_time() + (gint64)inspector->options.wall_seconds * G_USEC_PER_SEC;
	if (write_head(inspector, shelf, name) && fn_shelf_seal(shelf))
		end = fn_nursery_run(inspector->nursery, FN_WORKER_EXTRACT, shelf->fd, deadline, fn_answer_take, answer);
	fn_shelf_close(shelf);
	if ((fault = fn_answer_fault(answer, &end)) != NULL)
		fn_scan_stream_note(reading->stream, fault);
	for (guint i = 0; i < outside->len; i++)
		fn_outside_read(outside->pdata[i], reading, deadline);
	end_turn(inspector);
}
