/* Strict reading of comma-separated values, RFC 4180, in UTF-8, piece by piece.
 *
 * Lines end with LF or CR LF, the last one may end with the file. Every record has as many fields as the first. A quote
 * stands only around a whole field, doubled inside it. NUL bytes, lone CRs, invalid UTF-8, fields over 1 MiB, records over
 * 16 MiB and more than 512 fields are refused. A byte order mark is skipped. */
#pragma once

#include <glib.h>

typedef struct FnCsv FnCsv;

typedef struct {
	const char *text; /* NUL-terminated */
	gsize size;
	gboolean quoted;
} FnCsvField;

/* One record, fields borrowed for the call; @line is where it begins, from 1. FALSE with an error ends the reading. */
typedef gboolean (*FnCsvRecord)(const FnCsvField *fields, guint count, guint64 line, gpointer data, GError **error);

/* @name stands in messages: "name:line:column: …", column counted in characters. */
FnCsv *fn_csv_new(const char *name, FnCsvRecord record, gpointer data);
/* Another ASCII character than the comma ends fields; before anything is fed. Neither a quote nor the end of a line. */
void fn_csv_separate_by(FnCsv *csv, char delimiter);
void fn_csv_free(FnCsv *csv);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnCsv, fn_csv_free)

/* FN_SOURCE_ERROR_INPUT with place and remedy. After an error only fn_csv_free() may follow. */
gboolean fn_csv_feed(FnCsv *csv, const char *bytes, gsize size, GError **error);
/* The file has ended. */
gboolean fn_csv_finish(FnCsv *csv, GError **error);

/* Appends one field, quoted where it must be. @guarded: what a spreadsheet would take for a formula (it begins with = + - @, tab or CR
 * and is no number) gets an apostrophe before it. */
void fn_csv_write_field(GString *out, const char *text, gsize size, char delimiter, gboolean guarded);
