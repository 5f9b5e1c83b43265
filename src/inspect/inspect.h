/* What do these documents hold? The parent's side: plain text goes to the scanner at once, everything else through a worker
 * (`fengni-extract`), one process a document, whose answers are hostile bytes too.
 *
 * Used by fengni-inspect for all gates and by `fengni scan`. A worker that dies, hangs, lies or hits a limit makes
 * not_fully_inspected with the reason; it never makes clean. */
#pragma once

#include "extract/extract.h"
#include "ipc/ipc.h"
#include "scan/scan.h"

typedef struct {
	FnLimits limits;
	guint64 document_max; /* bytes of a document that needs a worker; plain text has no bound */
	guint wall_seconds;   /* per document */
	guint workers;        /* at once */
	gboolean recognise;   /* text recognition of pictures by tesseract, where it is installed */
} FnInspectOptions;
FnInspectOptions fn_inspect_options_default(void);

/* The nursery: a child forked at once, before threads and confinement, that starts workers when told so and does nothing else.
 * fengni-inspect itself can then give up fork, exec and files for good. */
typedef struct FnInspector FnInspector;
/* @worker: path of fengni-extract, NULL: beside our own program. Call it before fn_confine() and before any thread. */
FnInspector *fn_inspector_new(const FnInspectOptions *options, const char *worker, GError **error);
void fn_inspector_free(FnInspector *inspector);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnInspector, fn_inspector_free)

/* One document that comes in pieces, of any length and format. Each job one thread at a time; many jobs at once. */
typedef struct FnInspection FnInspection;
/* @profile NULL: "default". @name is shown and helps to tell formats; never opened. @on_finding as for fn_scan_stream_new(). */
FnInspection *fn_inspection_new(FnInspector *inspector, const FnScanner *scanner, const char *profile, const char *name,
	FnScanFound on_finding, gpointer data, GError **error);
/* FALSE once more bytes cannot change the verdict (a document over its limit): the caller may stop early. */
gboolean fn_inspection_add(FnInspection *inspection, const char *bytes, gsize size);
/* Ends it; blocks until the worker is done or its time is over. @broken (or NULL): why the rest of the bytes did not come. */
FnScanResult *fn_inspection_end(FnInspection *inspection, const char *broken);
void fn_inspection_free(FnInspection *inspection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnInspection, fn_inspection_free)

/* ---- through fengni-inspect: for programs that must not parse strangers' bytes themselves ---- */
/* @bytes of any size up to document_max; JSON of fn_scan_result_json(). Blocks. Errors are FN_IPC_ERROR. */
GBytes *fn_inspect_ask(FnIpcClient *client, const char *profile, const char *name, const void *bytes, gsize size, GError **error);
