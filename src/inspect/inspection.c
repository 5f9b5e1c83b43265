/* A document that comes in pieces: plain text goes to the scanner at once, everything else is gathered for a worker. */
#include "inspect/inspect_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "inspect/job.h"

#include <string.h>

#define MIB (G_GUINT64_CONSTANT(1) << 20)
enum { HEAD = 4096 /* bytes that tell the format */, NOBODY = 65534 };

typedef enum { STATE_HEAD, STATE_PLAIN, STATE_DOCUMENT, STATE_FULL } State;

struct FnInspection {
	FnReading reading;
	char *name;
	State state;
	GByteArray *head; /* STATE_HEAD */
	FnShelf shelf;    /* STATE_DOCUMENT, STATE_FULL */
};

FnInspectOptions
fn_inspect_options_default(void)
{
	return (FnInspectOptions){ .limits = fn_limits_default(), .document_max = 256 * MIB, .memory = 1536 * MIB, .wall_seconds = 60,
		.workers = 2, .user = NOBODY };
}

FnInspector *
fn_inspector_new(const FnInspectOptions *options, const char *worker, GError **error)
{
	FnNursery *nursery = fn_nursery_new(options, worker, error);
	FnInspector *inspector;

	if (nursery == NULL)
		return NULL;
	inspector = g_new0(FnInspector, 1);
	inspector->options = *options;
	inspector->nursery = nursery;
	pthread_mutex_init(&inspector->mutex, NULL);
	pthread_cond_init(&inspector->freed, NULL);
	return inspector;
}

void
fn_inspector_free(FnInspector *inspector)
{
	if (inspector == NULL)
		return;
	g_assert(inspector->running == 0);
	fn_nursery_free(inspector->nursery);
	pthread_mutex_destroy(&inspector->mutex);
	pthread_cond_destroy(&inspector->freed);
	g_free(inspector);
}

int
fn_inspector_fd(const FnInspector *inspector)
{
	return fn_nursery_fd(inspector->nursery);
}

const char *
fn_inspector_gap(const FnInspector *inspector)
{
	if (!fn_nursery_has(inspector->nursery, FN_WORKER_PDF))
		return fn_say("pdftotext is not installed or cannot be confined on this machine: PDF documents count as not inspected");
	if (inspector->options.recognise && !fn_nursery_has(inspector->nursery, FN_WORKER_PICTURE))
		return fn_say("tesseract is not installed or cannot be confined on this machine: pictures count as not inspected");
	return NULL;
}

FnInspection *
fn_inspection_new(FnInspector *inspector, const FnScanner *scanner, const char *profile, const char *name, FnScanFound on_finding,
	gpointer data, GError **error)
{
	FnScanStream *stream = fn_scan_stream_new(scanner, profile, on_finding, data);
	FnInspection *inspection;

	if (stream == NULL) {
		g_autofree char *known = fn_scanner_profiles(scanner), *safe = fn_text_safe(profile, -1, 80);

		g_set_error(error, FN_SCAN_ERROR, FN_SCAN_ERROR_RULE, fn_say("there is no profile %s; there are: %s"), safe, known);
		return NULL;
	}
	inspection = g_new0(FnInspection, 1);
	inspection->reading = (FnReading){ inspector, stream, fn_profile_passes_pictures(fn_scanner_profile(scanner, profile)) };
	inspection->name = g_strdup(name != NULL ? name : "");
	inspection->head = g_byte_array_sized_new(HEAD);
	inspection->shelf.fd = -1;
	return inspection;
}

void
fn_inspection_free(FnInspection *inspection)
{
	if (inspection == NULL)
		return;
	fn_scan_stream_free(inspection->reading.stream);
	fn_shelf_close(&inspection->shelf);
	explicit_bzero(inspection->head->data, inspection->head->len);
	g_byte_array_unref(inspection->head);
	g_free(inspection->name);
	g_free(inspection);
}

static void
gather(FnInspection *inspection, const void *bytes, gsize size)
{
	const FnInspectOptions *options = &inspection->reading.inspector->options;
	gsize room = (gsize)MIN(options->document_max - inspection->shelf.size, size);

	if (!fn_shelf_add(&inspection->shelf, bytes, room)) {
		fn_scan_stream_note(inspection->reading.stream, fn_say("there is no memory left for the document"));
		inspection->state = STATE_FULL;
	} else if (room < size) {
		g_autofree char *detail = g_strdup_printf("%" G_GUINT64_FORMAT " MiB", options->document_max / MIB);

		fn_document_note(&inspection->reading, FN_NOTE_LIMIT, "", detail);
		inspection->state = STATE_FULL;
	}
}

/* The head is there, or all there is. */
static void
decide(FnInspection *inspection)
{
	GByteArray *head = inspection->head;

	if (!fn_extract_needed(inspection->name, head->data, head->len)) {
		inspection->state = STATE_PLAIN;
		fn_scan_stream_add(inspection->reading.stream, (const char *)head->data, head->len);
	} else if (fn_shelf_open(&inspection->shelf, FN_JOB_HEAD)) {
		inspection->state = STATE_DOCUMENT;
		gather(inspection, head->data, head->len);
	} else {
		fn_scan_stream_note(inspection->reading.stream, fn_say("there is no memory left for the document"));
		inspection->state = STATE_FULL;
	}
	explicit_bzero(head->data, head->len);
	g_byte_array_set_size(head, 0);
}

gboolean
fn_inspection_add(FnInspection *inspection, const char *bytes, gsize size)
{
	if (inspection->state == STATE_HEAD) {
		gsize taken = MIN(size, HEAD - inspection->head->len);

		g_byte_array_append(inspection->head, (const guint8 *)bytes, (guint)taken);
		if (inspection->head->len < HEAD)
			return TRUE;
		decide(inspection);
		bytes += taken;
		size -= taken;
	}
	if (size > 0 && inspection->state == STATE_PLAIN)
		fn_scan_stream_add(inspection->reading.stream, bytes, size);
	else if (size > 0 && inspection->state == STATE_DOCUMENT)
		gather(inspection, bytes, size);
	return inspection->state != STATE_FULL;
}

guint64
fn_inspection_held(const FnInspection *inspection)
{
	return inspection->shelf.fd >= 0 ? inspection->shelf.size : 0;
}

gboolean
fn_inspection_needs_worker(const FnInspection *inspection)
{
	const GByteArray *head = inspection->head;

	return inspection->state == STATE_HEAD ? fn_extract_needed(inspection->name, head->data, head->len)
					       : inspection->shelf.fd >= 0;
}

FnScanResult *
fn_inspection_end(FnInspection *inspection, const char *broken)
{
	/* Of nothing there is nothing to read, whatever its name promises. */
	if (inspection->state == STATE_HEAD && inspection->head->len > 0)
		decide(inspection);
	if (inspection->shelf.fd >= 0)
		fn_document_read(&inspection->reading, &inspection->shelf, inspection->name);
	return fn_scan_stream_end(inspection->reading.stream, broken);
}
