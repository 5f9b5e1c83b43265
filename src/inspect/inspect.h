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
	guint64 memory;       /* of a worker's address space, bytes */
	guint wall_seconds;   /* per document */
	guint workers;        /* at once */
	gboolean recognise;   /* text recognition of pictures by tesseract, where it is installed */
	uid_t user;           /* that workers become when we are root; 0: they stay */
} FnInspectOptions;
FnInspectOptions fn_inspect_options_default(void);

/* The nursery: a child forked at once, before threads and confinement, that starts workers when told so and does nothing else.
 * fengni-inspect itself can then give up fork, exec and files for good. */
typedef struct FnInspector FnInspector;
/* @worker: path of fengni-extract, NULL: beside our own program. Call it before fn_confine() and before any thread. */
FnInspector *fn_inspector_new(const FnInspectOptions *options, const char *worker, GError **error);
void fn_inspector_free(FnInspector *inspector);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnInspector, fn_inspector_free)
/* Readable once the nursery died: no document is read any more, so a daemon ends, to be started again. */
int fn_inspector_fd(const FnInspector *inspector);

/* What cannot be read here, as a sentence for the log; NULL: nothing of note. */
const char *fn_inspector_gap(const FnInspector *inspector);

/* One document that comes in pieces, of any length and format. Each job one thread at a time; many jobs at once. */
typedef struct FnInspection FnInspection;
/* @profile NULL: "default". @name is shown and helps to tell formats; never opened. @on_finding as for fn_scan_stream_new(). */
FnInspection *fn_inspection_new(FnInspector *inspector, const FnScanner *scanner, const char *profile, const char *name,
	FnScanFound on_finding, gpointer data, GError **error);
/* FALSE once more bytes cannot change the verdict (a document over its limit): the caller may stop early. */
gboolean fn_inspection_add(FnInspection *inspection, const char *bytes, gsize size);
/* Bytes of the document that are kept in memory for a worker; 0 for plain text, which needs none. */
guint64 fn_inspection_held(const FnInspection *inspection);
/* Whether a worker will read it: then fn_inspection_end() takes as long as that. */
gboolean fn_inspection_needs_worker(const FnInspection *inspection);
/* Ends it; blocks until the worker is done or its time is over. @broken (or NULL): why the rest of the bytes did not come. */
FnScanResult *fn_inspection_end(FnInspection *inspection, const char *broken);
void fn_inspection_free(FnInspection *inspection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnInspection, fn_inspection_free)

/* ---- the cells of a workbook, for who reads it as rows ---- */
typedef struct {
	const char *sheet;
	guint row, column; /* from 1; rows ascend within a sheet, and columns within a row */
	gboolean number;   /* stored as a number */
	const char *text;  /* valid UTF-8 with a NUL behind it, not empty */
	gsize size;
} FnSheetCell;
/* FALSE: no more is wanted. */
typedef gboolean (*FnSheetTake)(const FnSheetCell *cell, gpointer data);
typedef struct FnSheets FnSheets;
/* One thread. @name is shown and helps to tell formats. */
FnSheets *fn_sheets_new(FnInspector *inspector, const char *name, FnSheetTake take, gpointer data);
/* FALSE once it is too large, or there is no memory. */
gboolean fn_sheets_add(FnSheets *sheets, const char *bytes, gsize size);
/* Has the worker read it; blocks. NULL when every cell was told (or no more was wanted), else why not, in words; caller frees. What is
 * beside cells (pictures, comments, formulas) is not told and no reason. */
char *fn_sheets_end(FnSheets *sheets);
void fn_sheets_free(FnSheets *sheets);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnSheets, fn_sheets_free)

/* ---- through fengni-inspect: for programs that must not parse strangers' bytes themselves ---- */
/* A document goes there in pieces; its job belongs to the connection that opened it, and ends with it or after a minute's silence.
 *   OPEN  JSON {"name"?, "profile"?} → JSON {"job"}          ADD  job (u64), bytes → 1 byte: 0 when more would change nothing
 *   END   job (u64), why the rest did not come (or nothing) → JSON of fn_scan_result_json() and {"counts": {detector: n}}
 *   ABORT job (u64) → nothing
 * Numbers are little endian. Refusals: bad_request (also an unknown profile), no_job, busy (try again later). */
enum { FN_INSPECT_OP_OPEN = 18, FN_INSPECT_OP_ADD, FN_INSPECT_OP_END, FN_INSPECT_OP_ABORT };
/* @bytes of any size; JSON as END gives it. Blocks. Errors are FN_IPC_ERROR. */
GBytes *fn_inspect_ask(FnIpcClient *client, const char *profile, const char *name, const void *bytes, gsize size, GError **error);

/* ---- inside fengni-inspect ---- */
typedef struct FnInspectService FnInspectService;
/* Starts threads: after fn_confine(). Both outlive it. */
FnInspectService *fn_inspect_service_new(FnInspector *inspector, FnScannerRef *scanner);
/* After the server's run. */
void fn_inspect_service_free(FnInspectService *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnInspectService, fn_inspect_service_free)
/* Handler of a server's requests; all are answered from other threads, so that none waits for a slow document. */
void fn_inspect_service_handle(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer service);
void fn_inspect_service_leave(guint64 peer, gpointer service);
/* Every few seconds: forgets jobs that nobody goes on with. */
void fn_inspect_service_tick(FnInspectService *service);
/* Reads the rules again, on another thread; they hold for documents that come from then on. @on_reload is told there what was
 * wrong with them (those in force stay), or NULL. The texts are those of fn_rules_load() and outlive the service. */
typedef void (*FnInspectReload)(const GError *error);
void fn_inspect_service_reload(FnInspectService *service, const char *directory, const char *pack, const char *more,
	FnInspectReload on_reload);
