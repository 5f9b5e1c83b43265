/* Where the data lies: tables of SQLite and PostgreSQL databases, and CSV files taken into a SQLite file.
 *
 * A source is opened read-only from typed fields; a binding maps a resource's fields on one table's columns. All SQL against
 * foreign tables is built here: identifiers only from the introspected schema, quoted by dialect, values bound. */
#pragma once

#include <glib.h>
#include <jansson.h>

typedef enum {
	FN_SOURCE_ERROR_SPEC,   /* a field of the specification is wrong or outside the allowed root */
	FN_SOURCE_ERROR_CONNECT,
	FN_SOURCE_ERROR_SCHEMA, /* no such table or column */
	FN_SOURCE_ERROR_INPUT,  /* malformed CSV: file, line, column and remedy */
	FN_SOURCE_ERROR_QUERY,
	FN_SOURCE_ERROR_TIMEOUT,
} FnSourceError;
#define FN_SOURCE_ERROR (fn_source_error_quark())
GQuark fn_source_error_quark(void);

/* {"kind":"sqlite","path":"…"} | {"kind":"postgres","host","port","database","user","password"?} ; paths must lie under @root. */
typedef struct FnSourceConnection FnSourceConnection; /* one thread at a time */
FnSourceConnection *fn_source_open(const json_t *spec, const char *root, GError **error);
void fn_source_close(FnSourceConnection *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnSourceConnection, fn_source_close)

/* [{"table","columns":[{"name","type","nullable"}],"rows"?}] */
json_t *fn_source_tables(FnSourceConnection *source, GError **error);
/* Up to @most values of each column of @table, spread over the table: {"column":[…]} */
json_t *fn_source_sample(FnSourceConnection *source, const char *table, guint most, GError **error);

/* Imports @csv_path (UTF-8, RFC 4180, header line; strict: equal column counts, valid UTF-8, closed quotes) into a new SQLite
 * file @sqlite_path as @table, atomically (nothing is left behind on failure). @index names columns to index, may be NULL. */
gboolean fn_source_import_csv(const char *csv_path, const char *sqlite_path, const char *table, const char *const *index, guint64 *rows_out, GError **error);

/* field-operator-value conjunction; ops: "=", "!=", "<", "<=", ">", ">=", "like_prefix". NULL-column ended. */
typedef struct {
	const char *column, *op, *value;
} FnSourceFilter;

/* A prepared select of @columns from @table; reuse it for every query of a grant. Checked against the schema. */
typedef struct FnSourceSelect FnSourceSelect;
typedef struct {
	const char *table;
	const char *const *columns;     /* NULL-ended */
	const FnSourceFilter *filters;  /* fixed by the grant (row scope), may be NULL */
	const char *const *keys;        /* columns whose values come with each query, compared by =; NULL-ended, may be NULL */
	const char *cursor;             /* batch: column (unique) ordered by and resumed after; NULL: none */
	guint limit;                    /* 0: none */
} FnSourceQuery;
FnSourceSelect *fn_source_prepare(FnSourceConnection *source, const FnSourceQuery *query, GError **error);
void fn_source_select_free(FnSourceSelect *select);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnSourceSelect, fn_source_select_free)

/* A batch of rows, column by column; values live until the next fetch. */
typedef struct {
	guint columns, rows;
	const char ***value; /* value[column][row], NULL for SQL null */
	guint32 **size;
} FnRowBatch;
gboolean fn_source_run(FnSourceSelect *select, const char *const *key_values, const char *after, guint timeout_ms, GError **error);
/* The next rows (at most @most, up to about 1,024); rows == 0: end. */
gboolean fn_source_fetch(FnSourceSelect *select, guint most, FnRowBatch *batch_out, GError **error);
/* Stops a running statement from another thread. */
void fn_source_cancel(FnSourceConnection *source);
