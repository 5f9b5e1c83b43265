/* The nursery: a child that starts workers when told so and does nothing else. Its parent can then give up fork, exec and files.
 *
 * It takes requests of one fixed size with four descriptors, starts the program of that kind with them, ends it when its time
 * is over or when nobody wants its answer any more, and reports how it ended. It never looks into a document or an answer.
 * It dies with its parent, and every worker dies with it. Private to the room. */
#pragma once

#include "inspect/inspect.h"

typedef enum {
	FN_WORKER_EXTRACT, /* fengni-extract */
	FN_WORKER_PDF,     /* pdftotext */
	FN_WORKER_PICTURE, /* tesseract */
	FN_WORKERS,
} FnWorkerKind;

typedef struct FnNursery FnNursery;
/* Before any thread and any confinement. @worker: path of fengni-extract, NULL: beside our own program. */
FnNursery *fn_nursery_new(const FnInspectOptions *options, const char *worker, GError **error);
void fn_nursery_free(FnNursery *nursery);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnNursery, fn_nursery_free)
/* Whether there is a program for it, and a cell to hold it. */
gboolean fn_nursery_has(const FnNursery *nursery, FnWorkerKind kind);
/* Readable (at its end) once the nursery is gone; no worker starts any more then. */
int fn_nursery_fd(const FnNursery *nursery);

/* How a worker ended; all zero: it did not end well. */
typedef struct {
	gboolean ended;  /* by itself, its answer read to the end */
	gboolean late;   /* its time was over */
	int status;      /* as waitpid() gives it, when it ended */
	guint complaints; /* lines on its standard error that tell of an error in the document */
} FnWorkerEnd;
/* FALSE: no more of it is wanted, the worker is ended. */
typedef gboolean (*FnWorkerAnswer)(const guint8 *bytes, gsize size, gpointer data);
/* Runs one worker over @document (a descriptor at its beginning, borrowed) and hands on what it answers, until it ended or
 * @deadline (monotonic µs) is over. Blocks; thread-safe. */
FnWorkerEnd fn_nursery_run(FnNursery *nursery, FnWorkerKind kind, int document, gint64 deadline, FnWorkerAnswer on_answer,
	gpointer data);
