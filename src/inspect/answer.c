/* A worker's answer, read without believing it. */
#include "inspect/inspect_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "extract/wire.h"

#include <signal.h>
#include <sys/wait.h>

enum { OUTSIDE_MAX = 128, WHERE_MAX = 300, DETAIL_MAX = 120 };

struct FnAnswer {
	const FnReading *reading;
	FnWireReader *reader;
	FnWireState state;
	guint64 text, wire, outside_size; /* bytes so far */
	gboolean flooded;
	GPtrArray *outside; /* FnOutside */
};

static const char *const note_text[FN_NOTES] = {
	[FN_NOTE_BROKEN] = FN_SAY("it is damaged or cut off"),
	[FN_NOTE_ENCRYPTED] = FN_SAY("it needs a password"),
	[FN_NOTE_LIMIT] = FN_SAY("it exceeds a limit of inspection"),
	[FN_NOTE_UNKNOWN] = FN_SAY("its format or encoding is not read here"),
	[FN_NOTE_PICTURE] = FN_SAY("it is a picture whose text was not recognised"),
	[FN_NOTE_FORGED] = FN_SAY("it is something else than its name says"),
};

const char *
fn_note_text(FnNote note)
{
	return note > 0 && note < FN_NOTES ? fn_say(note_text[note]) : NULL;
}

void
fn_document_note(const FnReading *reading, FnNote note, const char *where, const char *detail)
{
	g_autofree char *safe_where = fn_text_safe(where, -1, WHERE_MAX), *safe_detail = fn_text_safe(detail, -1, DETAIL_MAX);
	g_autofree char *reason = NULL;

	g_assert(note > 0 && note < FN_NOTES);
	if (note == FN_NOTE_PICTURE && reading->passes_pictures)
		return;
	reason = g_strdup_printf("%s%s%s%s%s%s", safe_where, *safe_where != '\0' ? ": " : "", fn_say(note_text[note]),
		*safe_detail != '\0' ? " (" : "", safe_detail, *safe_detail != '\0' ? ")" : "");
	fn_scan_stream_note(reading->stream, reason);
}

static void
take_segment(const char *where, gpointer data)
{
	const FnAnswer *answer = data;

	fn_scan_stream_segment(answer->reading->stream, where);
}

static void
take_place(const char *label, gpointer data)
{
	const FnAnswer *answer = data;

	fn_scan_stream_place(answer->reading->stream, label);
}

static void
take_text(const char *text, gsize size, gpointer data)
{
	FnAnswer *answer = data;

	answer->text += size;
	answer->flooded |= answer->text > answer->reading->inspector->options.limits.output;
	if (!answer->flooded)
		fn_scan_stream_add(answer->reading->stream, text, size);
}

static void
take_note(FnNote note, const char *where, const char *detail, gpointer data)
{
	const FnAnswer *answer = data;

	fn_document_note(answer->reading, note, where, detail);
}

static void
take_outside(const char *kind, const char *where, const guint8 *bytes, gsize size, gpointer data)
{
	FnAnswer *answer = data;
	FnOutside *outside = NULL;

	answer->outside_size += size;
	if (answer->outside->len >= OUTSIDE_MAX || answer->outside_size > answer->reading->inspector->options.document_max)
		fn_document_note(answer->reading, FN_NOTE_LIMIT, where, fn_say("too many pictures or PDF documents"));
	else if ((outside = fn_outside_new(kind, where, bytes, size)) == NULL)
		fn_document_note(answer->reading, FN_NOTE_UNKNOWN, where, "");
	else
		g_ptr_array_add(answer->outside, outside);
}

FnAnswer *
fn_answer_new(const FnReading *reading)
{
	FnAnswer *answer = g_new0(FnAnswer, 1);
	const FnSink sink = { take_segment, take_place, take_text, take_note, take_outside, answer };

	answer->reading = reading;
	answer->state = FN_WIRE_MORE;
	answer->outside = g_ptr_array_new_with_free_func((GDestroyNotify)fn_outside_free);
	answer->reader = fn_wire_reader_new(&sink, (gsize)reading->inspector->options.document_max);
	return answer;
}

void
fn_answer_free(FnAnswer *answer)
{
	if (answer == NULL)
		return;
	g_ptr_array_unref(answer->outside);
	fn_wire_reader_free(answer->reader);
	g_free(answer);
}

GPtrArray *
fn_answer_outside(const FnAnswer *answer)
{
	return answer->outside;
}

/* Heads of frames, labels of cells with little in them: much more than text may come, but not without end. */
guint64
fn_answer_wire_max(const FnInspectOptions *options)
{
	return 4 * options->limits.output + 4 * options->document_max + (G_GUINT64_CONSTANT(1) << 20);
}

gboolean
fn_answer_take(const guint8 *bytes, gsize size, gpointer data)
{
	FnAnswer *answer = data;

	answer->wire += size;
	answer->flooded |= answer->wire > fn_answer_wire_max(&answer->reading->inspector->options);
	if (!answer->flooded)
		answer->state = fn_wire_reader_add(answer->reader, bytes, size);
	return !answer->flooded && answer->state != FN_WIRE_BROKEN;
}

char *
fn_worker_fault(const FnInspectOptions *options, FnWireState state, gboolean flooded, const FnWorkerEnd *end)
{
	if (flooded)
		return g_strdup(fn_say("it holds more text than is inspected"));
	if (end->late)
		return g_strdup_printf(fn_say("it was not read within %u seconds"), options->wall_seconds);
	if (state == FN_WIRE_BROKEN)
		return g_strdup(fn_say("the program that reads it gave a broken answer"));
	if (!end->ended)
		return g_strdup(fn_say("the program that reads it could not be started"));
	if (WIFSIGNALED(end->status) && (WTERMSIG(end->status) == SIGXCPU || WTERMSIG(end->status) == SIGKILL))
		return g_strdup_printf(fn_say("it took more than %u seconds of processor time"), options->limits.seconds);
	if (WIFSIGNALED(end->status))
		return g_strdup_printf(fn_say("the program that reads it ended by signal %d: a fault, or no memory left"),
			WTERMSIG(end->status));
	if (WEXITSTATUS(end->status) != 0)
		return g_strdup_printf(fn_say("the program that reads it gave up (exit code %d)"), WEXITSTATUS(end->status));
	return state == FN_WIRE_ENDED ? NULL : g_strdup(fn_say("the program that reads it ended too early"));
}

char *
fn_answer_fault(const FnAnswer *answer, const FnWorkerEnd *end)
{
	return fn_worker_fault(&answer->reading->inspector->options, answer->state, answer->flooded, end);
}
