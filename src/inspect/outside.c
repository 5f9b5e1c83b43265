/* What programs of others read: PDF pages by pdftotext, pictures by tesseract, each in a cell of its own. */
#include "inspect/inspect_priv.h"

#include "base/say.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* Pages come one behind the other, with a form feed after each. */
typedef struct {
	const FnReading *reading;
	const FnOutside *about;
	gboolean blank;    /* nothing but spaces on this page so far */
	guint page;
	guint64 text;
	gboolean flooded;
} Pages;

static void
begin_page(Pages *pages)
{
	g_autofree char *label = g_strdup_printf("page %u", ++pages->page);

	fn_scan_stream_place(pages->reading->stream, label);
	pages->blank = TRUE;
}

static void
end_page(Pages *pages)
{
	const char *whole = pages->about->where;
	g_autofree char *where = g_strdup_printf("%s%spage %u", whole, *whole != '\0' ? ": " : "", pages->page);

	/* The page may be one. Where pictures are read, those of a PDF come by themselves. */
	if (pages->blank && pages->about->pictures && !fn_nursery_has(pages->reading->inspector->nursery, FN_WORKER_PICTURE))
		fn_document_note(pages->reading, FN_NOTE_PICTURE, where, "");
}

static void
add_text(Pages *pages, const char *text, gsize size)
{
	for (gsize i = 0; i < size && pages->blank; i++)
		pages->blank = g_ascii_isspace(text[i]);
	fn_scan_stream_add(pages->reading->stream, text, size);
}

static gboolean
take_bytes(const guint8 *bytes, gsize size, gpointer data)
{
	Pages *pages = data;
	const char *at = (const char *)bytes, *end = at + size, *feed;

	pages->text += size;
	pages->flooded = pages->text > pages->reading->inspector->options.limits.output;
	while (!pages->flooded && pages->about->pdf && (feed = memchr(at, '\f', (gsize)(end - at))) != NULL) {
		add_text(pages, at, (gsize)(feed + 1 - at));
		end_page(pages);
		begin_page(pages);
		at = feed + 1;
	}
	if (!pages->flooded)
		add_text(pages, at, (gsize)(end - at));
	return !pages->flooded;
}

/* ---- the documents ---- */

static gboolean
holds(const guint8 *bytes, gsize size, const char *word)
{
	return bytes != NULL && memmem(bytes, size, word, strlen(word)) != NULL;
}

FnOutside *
fn_outside_new(const char *kind, const char *where, const guint8 *bytes, gsize size)
{
	g_autoptr(FnOutside) outside = g_new0(FnOutside, 1);

	outside->pdf = g_str_equal(kind, "pdf");
	outside->where = g_strdup(where);
	outside->pictures = outside->pdf && holds(bytes, size, "/Image");
	outside->password = outside->pdf && holds(bytes, size, "/Encrypt");
	if ((outside->pdf || g_str_equal(kind, "picture")) && fn_shelf_open(&outside->shelf, 0) &&
		fn_shelf_add(&outside->shelf, bytes, size) && fn_shelf_seal(&outside->shelf))
		return g_steal_pointer(&outside);
	return NULL;
}

void
fn_outside_free(FnOutside *outside)
{
	if (outside == NULL)
		return;
	fn_shelf_close(&outside->shelf);
	g_free(outside->where);
	g_free(outside);
}

/* Programs tell of passwords only by failing. */
static void
note_end(const Pages *pages, const FnWorkerEnd *end)
{
	const FnOutside *about = pages->about;
	gboolean exited = end->ended && WIFEXITED(end->status);
	gboolean failed = !exited || WEXITSTATUS(end->status) != 0;

	if (pages->flooded)
		fn_document_note(pages->reading, FN_NOTE_LIMIT, about->where, fn_say("it holds more text than is inspected"));
	else if (end->late || (end->ended && WIFSIGNALED(end->status) && WTERMSIG(end->status) == SIGXCPU))
		fn_document_note(pages->reading, FN_NOTE_LIMIT, about->where, fn_say("time"));
	else if (exited && failed && about->password)
		fn_document_note(pages->reading, FN_NOTE_ENCRYPTED, about->where, "");
	else if (failed || (about->pdf && end->complaints > 0))
		fn_document_note(pages->reading, FN_NOTE_BROKEN, about->where, "");
}

void
fn_outside_read(FnOutside *outside, const FnReading *reading, gint64 deadline)
{
	FnWorkerKind worker = outside->pdf ? FN_WORKER_PDF : FN_WORKER_PICTURE;
	Pages pages = { .reading = reading, .about = outside };
	FnWorkerEnd end;

	if (!fn_nursery_has(reading->inspector->nursery, worker)) {
		fn_document_note(reading, outside->pdf ? FN_NOTE_UNKNOWN : FN_NOTE_PICTURE, outside->where, "");
		return;
	}
	fn_scan_stream_segment(reading->stream, outside->where);
	if (outside->pdf)
		begin_page(&pages);
	end = fn_nursery_run(reading->inspector->nursery, worker, outside->shelf.fd, deadline, take_bytes, &pages);
	note_end(&pages, &end);
}
