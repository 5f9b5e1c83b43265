/* Inside of inspect. */
#pragma once

#include "base/pool.h"
#include "extract/wire.h"
#include "inspect/nursery.h"

struct FnInspector {
	FnInspectOptions options;
	FnNursery *nursery;
	FnMutex mutex;
	FnCond freed;
	guint running; /* under the mutex: documents that have a worker, at most options.workers */
};

/* Gathers a document in memory that can be sealed and handed to a worker. */
typedef struct {
	int fd; /* -1: none yet, or it could not be had */
	guint64 size;
} FnShelf;
gboolean fn_shelf_open(FnShelf *shelf, gsize head);
gboolean fn_shelf_add(FnShelf *shelf, const void *bytes, gsize size);
/* Nobody can change it from now on, and reading begins at its start. */
gboolean fn_shelf_seal(FnShelf *shelf);
void fn_shelf_close(FnShelf *shelf);

/* Where what is read of a document goes. */
typedef struct {
	FnInspector *inspector;
	FnScanStream *stream;
	gboolean passes_pictures; /* by the profile, pictures that nobody reads are no reason for not_fully_inspected */
} FnReading;
/* Has everything that needs a worker read and tells the stream what came of it: segments, places, texts, and a note for all
 * that was not read. @shelf holds FN_JOB_HEAD free bytes, then the document. */
void fn_document_read(const FnReading *reading, FnShelf *shelf, const char *name);
/* What stands behind it, for other readings: at most options.workers have a turn at once; a worker has until the deadline (monotonic
 * µs). @cells: sheets cell by cell. The shelf is closed after. */
void fn_document_take_turn(FnInspector *inspector);
void fn_document_end_turn(FnInspector *inspector);
gint64 fn_document_deadline(const FnInspector *inspector);
FnWorkerEnd fn_document_work(FnInspector *inspector, FnShelf *shelf, const char *name, gboolean cells, gint64 deadline,
	FnWorkerAnswer on_answer, gpointer data);
/* Tells that something at @where was not inspected, in words. Both texts are strangers'. */
void fn_document_note(const FnReading *reading, FnNote note, const char *where, const char *detail);

/* What a worker answers, or whatever pretends to be one: the part that meets hostile bytes. */
typedef struct FnAnswer FnAnswer;
FnAnswer *fn_answer_new(const FnReading *reading);
void fn_answer_free(FnAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnAnswer, fn_answer_free)
/* A FnWorkerAnswer: FALSE once it is broken or too much. */
gboolean fn_answer_take(const guint8 *bytes, gsize size, gpointer answer);
/* NULL when it was whole and the worker ended well; else what went wrong, in words. Caller frees. */
char *fn_answer_fault(const FnAnswer *answer, const FnWorkerEnd *end);
/* The same of any answer: what came of its wire, whether it was too much, how the worker ended. */
char *fn_worker_fault(const FnInspectOptions *options, FnWireState state, gboolean flooded, const FnWorkerEnd *end);
/* Bytes of an answer that are taken at most. */
guint64 fn_answer_wire_max(const FnInspectOptions *options);
/* A note in words; NULL for what is none. Borrowed. */
const char *fn_note_text(FnNote note);
/* The documents for other programs that came in it: FnOutside. */
GPtrArray *fn_answer_outside(const FnAnswer *answer);

/* The same of a workbook's cells: a FnWorkerAnswer, and what went wrong. */
gboolean fn_sheets_answer(const guint8 *bytes, gsize size, gpointer sheets);
char *fn_sheets_fault(FnSheets *sheets, const FnWorkerEnd *end);

/* ---- the programs for what fengni-extract does not read (outside.c) ---- */
typedef struct {
	gboolean pdf; /* else a picture */
	char *where;
	FnShelf shelf;
	gboolean pictures, password; /* of a PDF: it has pictures, it is encrypted */
} FnOutside;
/* Keeps a copy. @kind: as in FnSink.outside. NULL: it is of no kind we know, or there is no memory. */
FnOutside *fn_outside_new(const char *kind, const char *where, const guint8 *bytes, gsize size);
void fn_outside_free(FnOutside *outside);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnOutside, fn_outside_free)
void fn_outside_read(FnOutside *outside, const FnReading *reading, gint64 deadline);
