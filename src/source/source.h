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
	FN_SOURCE_ERROR_INPUT,  /* malformed CSV: file, line, column and remedy; or a key that its column's type cannot hold */
	FN_SOURCE_ERROR_QUERY,
	FN_SOURCE_ERROR_TIMEOUT,
	FN_SOURCE_ERROR_CANCELLED, /* fn_source_cancel() */
	FN_SOURCE_ERROR_FULL,      /* an import found no room on the disk, or the disk failed; nothing was left behind */
} FnSourceError;
#define FN_SOURCE_ERROR (fn_source_error_quark())
GQuark fn_source_error_quark(void);

/* {"kind":"sqlite","path":"…"} | {"kind":"postgres","host","port"?,"database","user","password"?,"schema"?,"tls"?}
 *
 * A path is absolute or below @root, and after all links it must lie under @root; so must a "host" that begins with "/" (the
 * directory of a Unix socket). Any other host is resolved once; loopback, link-local, multicast and unspecified addresses
 * are refused. "schema" is "public" by default; "tls" is prefer (the default), require, verify-full or disable. Unknown
 * members are refused. Messages never hold the password.
 *
 * SQLite is opened mode=ro and may only read; a file made by fn_source_import_csv() is never written again, only replaced,
 * and is opened immutable (no locks). PostgreSQL sessions are read-only; a lost connection is opened again by the next
 * fn_source_run(). */
typedef struct FnSourceConnection FnSourceConnection; /* one thread at a time */
FnSourceConnection *fn_source_open(const json_t *spec, const char *root, GError **error);
void fn_source_close(FnSourceConnection *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnSourceConnection, fn_source_close)

/* @path made absolute and real, refused unless it exists below @root. Caller frees. Errors: FN_SOURCE_ERROR_SPEC. */
char *fn_source_path(const char *path, const char *root, GError **error);

/* [{"table","columns":[{"name","type","nullable"}],"rows"?}], by name; no virtual tables, nothing this user may not read.
 * "rows": counted (SQLite, unless it takes over a second) or estimated (PostgreSQL, once analysed). */
json_t *fn_source_tables(FnSourceConnection *source, GError **error);
/* Up to @most (1 to 10,000) values of each column of @table, spread over the table: {"column":[…]}, texts of at most 4 KiB.
 * Nulls and what is not UTF-8 are left out. */
json_t *fn_source_sample(FnSourceConnection *source, const char *table, guint most, GError **error);

/* Imports @csv_path (UTF-8, RFC 4180, header line; strict: equal column counts, valid UTF-8, closed quotes) into a new SQLite
 * file @sqlite_path as @table, atomically (nothing is left behind on failure; a file that stood there is replaced as a whole and
 * stays untouched until then). @index names columns to index, ended by NULL, may be NULL. All columns are TEXT; an empty field
 * is null, "" in quotes the empty text. A byte order mark is skipped. */
gboolean fn_source_import_csv(const char *csv_path, const char *sqlite_path, const char *table, const char *const *index,
	guint64 *rows_out, GError **error);

/* field-operator-value conjunction; ops: "=", "!=", "<", "<=", ">", ">=", "like_prefix". NULL-column ended. Null passes no
 * filter, "!=" neither. A value is compared in the column's type. */
typedef struct {
	const char *column, *op, *value;
} FnSourceFilter;

/* A prepared select of @columns from @table; reuse it for every query of a grant. Checked against the schema. Free all of a
 * connection's selects before it. */
typedef struct FnSourceSelect FnSourceSelect;
typedef struct {
	const char *table;
	const char *const *columns;     /* NULL-ended */
	const FnSourceFilter *filters;  /* fixed by the grant (row scope), may be NULL */
	const char *const *keys;        /* columns whose values come with each query, compared by =; NULL-ended, may be NULL */
	const char *cursor;             /* batch: column (unique, rows where it is null are left out) ordered by and resumed
	                                   after; NULL: none */
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
/* Begins: @key_values as many as keys, none NULL; @after: the cursor's value to go on after, or NULL; @timeout_ms: what the
 * run and each fetch may take, 0: no limit. Texts are borrowed for the call. One select of a connection runs at a time:
 * beginning one ends another. A run may be left before its end, but keeps its snapshot until the next run or the free. */
gboolean fn_source_run(FnSourceSelect *select, const char *const *key_values, const char *after, guint timeout_ms,
	GError **error);
/* The next rows (at most @most and 1,024, and about 4 MiB); rows == 0: end. After an error the run has ended. Memory stays flat
 * however long the run is. */
gboolean fn_source_fetch(FnSourceSelect *select, guint most, FnRowBatch *batch_out, GError **error);
/* Stops a running statement from another thread: its run or fetch, and all fetches until the next run, give
 * FN_SOURCE_ERROR_CANCELLED. */
void fn_source_cancel(FnSourceConnection *source);
