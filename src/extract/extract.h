/* From a document to its text, inside the confined worker `fengni-extract`: every part of it that can carry words, hidden
 * ones included, as UTF-8 segments that say where they came from.
 *
 * The reader of a format is a row of the table in formats.c: how it is recognised (content first, name second) and a function
 * that reads it. Readers hold a document's bytes in memory (FnLimits bounds them), never open a file or a socket, and speak
 * only through this header. Nested documents go through fn_extract_inner(), which finds the reader for them.
 *
 * Any limit, broken place, password or unknown part is a note: the parent answers not_fully_inspected. Silence means that
 * everything was read. Not thread-safe; one FnExtract per process. */
#pragma once

#include <glib.h>

/* The same for all formats. */
typedef struct {
	guint64 input;   /* bytes of one document or member */
	guint64 output;  /* bytes of text and of unpacked members together */
	guint ratio;     /* unpacked bytes per packed byte, once more than 16 MiB came out */
	guint members;   /* files in archives, parts, streams, sheets */
	guint depth;     /* documents inside documents; XML elements inside elements have a bound of their own (1,000) */
	guint seconds;   /* of the worker's own processor time; the parent watches the wall clock */
} FnLimits;
FnLimits fn_limits_default(void);

/* Why something was not read. The values are on the wire: only append. */
typedef enum {
	FN_NOTE_BROKEN = 1,  /* malformed or truncated */
	FN_NOTE_ENCRYPTED,   /* needs a password */
	FN_NOTE_LIMIT,       /* one of FnLimits; the detail says which */
	FN_NOTE_UNKNOWN,     /* a format or an encoding nobody here reads */
	FN_NOTE_PICTURE,     /* a picture, or a page that is one, and text recognition is off */
	FN_NOTE_FORGED,      /* the name claims another format than the content is (read by content) */
	FN_NOTES,
} FnNote;
const char *fn_note_name(FnNote note); /* "encrypted" */

/* Where everything goes: the worker writes frames to its parent, tests collect. All texts are valid UTF-8 without NUL, and names are
 * cut and their controls escaped. The outermost document's own name is no part of @where: the parent knows it. */
typedef struct {
	/* A new text begins; @where: members and place, e.g. "附件.docx/图.zip/说明.rtf: notes", "" for the document's own body. Segments and
	 * places without text are not told; what stands behind an inner document begins the segment anew. */
	void (*segment)(const char *where, gpointer data);
	/* A place inside the segment, for the text from here on: "Sheet1!B3", "page 3", "/people/0/phone". */
	void (*place)(const char *label, gpointer data);
	void (*text)(const char *text, gsize size, gpointer data);
	void (*note)(FnNote note, const char *where, const char *detail, gpointer data);
	/* A PDF or a picture for a program outside this one (parent runs it confined); NULL: there is none, so it is noted.
	 * @kind: "pdf", "picture". */
	void (*outside)(const char *kind, const char *where, const guint8 *bytes, gsize size, gpointer data);
	gpointer data;
} FnSink;

typedef struct FnExtract FnExtract;
FnExtract *fn_extract_new(const FnLimits *limits, const FnSink *sink);
void fn_extract_free(FnExtract *extract);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnExtract, fn_extract_free)
/* Reads one document. @name: what it was called, "" when unknown (never a path we open; parts like "../" are only shown). */
void fn_extract_document(FnExtract *extract, const char *name, const guint8 *bytes, gsize size);
/* Before the document: of sheets every cell that holds something is told by its place, however short it is, with its text as it is and
 * nothing between ("Sheet1!B3"; "Sheet1!B3 number" for what the workbook stores as a number), instead of lines with tabs. Numbers that
 * the workbook shows as dates are told as dates. Of OOXML workbooks only: anything else is noted unknown (OpenDocument stores equal
 * rows once), and documents inside are left out. */
void fn_extract_want_cells(FnExtract *extract);
/* TRUE when @bytes (the first 4 KiB are enough) are of a format that needs this room: everything but plain text, CSV and the
 * like, which the scanner reads itself. Linked by the parent too. @name may be "". */
gboolean fn_extract_needed(const char *name, const guint8 *bytes, gsize size);

/* ---- for readers ---- */
/* Begins a segment in the current document; @place as in FnSink.segment behind the document's own path, "" for its body. */
void fn_extract_begin(FnExtract *extract, const char *place);
void fn_extract_place(FnExtract *extract, const char *label);
/* Text of the segment; made valid UTF-8. FALSE once a limit stops the job: the reader returns. */
gboolean fn_extract_text(FnExtract *extract, const char *text, gssize size);
/* The same for text in another encoding. */
gboolean fn_extract_encoded(FnExtract *extract, guint encoding /* FnEncoding */, const char *bytes, gsize size);
void fn_extract_note(FnExtract *extract, FnNote note, const char *detail);
/* A document inside this one. FALSE once a limit stops the job. */
gboolean fn_extract_inner(FnExtract *extract, const char *name, const guint8 *bytes, gsize size);
/* Hands a PDF or a picture to the outside program under the current segment's place, or notes that there is none. */
gboolean fn_extract_outside(FnExtract *extract, const char *kind, const guint8 *bytes, gsize size);
/* Counts @n unpacked bytes that came from @packed ones, before they are unpacked further: FALSE (and noted) over the limits. */
gboolean fn_extract_spend(FnExtract *extract, guint64 n, guint64 packed);
gboolean fn_extract_member(FnExtract *extract); /* counts one member */
gboolean fn_extract_wants_cells(const FnExtract *extract);
gboolean fn_extract_stopped(const FnExtract *extract);
const FnLimits *fn_extract_limits(const FnExtract *extract);
