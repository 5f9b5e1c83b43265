/* The registry: named SQL on SQLite and PostgreSQL behind one interface.
 *
 * Statements live in *.sql files as "-- name: x" sections, one text for both engines (":name" parameters) or a
 * "-- sqlite:" and a "-- postgres:" variant; the build (embed_sql.py, which describes the form) turns each file into FnSql
 * constants: src/people/people.sql with "-- name: account_by_login" gives fn_sql_people_account_by_login in
 * "people_sql.h". Sections "-- migration: N title" are schema steps, gathered into fn_sql_people_migrations. SQL is never
 * put together at run time.
 *
 * To write SQL that means the same on both engines:
 *  - columns are TEXT, BIGINT and BLOB (the build says BYTEA to PostgreSQL, and collates TEXT by code point); truth is a
 *    BIGINT 0 or 1; upserts are INSERT … ON CONFLICT (…) DO UPDATE SET x = excluded.x; names are lower case.
 *  - a parameter has the type it is bound with. Where it may be NULL and stands alone, say CAST(:x AS TEXT) IS NULL.
 *  - LIKE heeds case on both; write the escape character out: LIKE :x ESCAPE '!'.
 *  - texts are valid UTF-8 without NUL bytes; double quotes are for names only.
 *
 * A connection belongs to one thread at a time. Once a statement inside a transaction failed, all that follow fail with
 * the same error until rollback (sticky). Messages never repeat bound values. */
#pragma once

#include <glib.h>

typedef struct {
	const char *name, *sqlite, *postgres;
	const char *const *parameters; /* in the order of PostgreSQL's $1, $2, …; ended by NULL */
} FnSql; /* static: statements are kept prepared by its address */

typedef struct {
	const char *room; /* "people" */
	int number;       /* 1, 2, … without gaps per room */
	const char *title, *sqlite, *postgres;
} FnMigration; /* arrays end with room == NULL */

typedef struct FnDb FnDb;
typedef struct FnRows FnRows;

typedef enum {
	FN_DB_ERROR_CONNECT,   /* cannot open: says what and where */
	FN_DB_ERROR_BUSY,      /* another writer held it too long, or a serialization failure: try again */
	FN_DB_ERROR_CONSTRAINT, /* unique, foreign key, check */
	FN_DB_ERROR_STATEMENT, /* the engine refused the statement */
	FN_DB_ERROR_FULL,      /* disk full or I/O error; nothing was written (a commit on PostgreSQL that says so: undone) */
	FN_DB_ERROR_LOST,      /* the connection broke; a commit under way is uncertain */
	FN_DB_ERROR_SCHEMA,    /* the schema is newer than this program, or was never made */
} FnDbError;
#define FN_DB_ERROR (fn_db_error_quark())
GQuark fn_db_error_quark(void);

/* One bound value. Texts and blobs are borrowed for the call; a blob of NULL is SQL null. */
typedef struct {
	const char *name; /* NULL ends an array */
	char type;        /* 't' text (NULL: SQL null), 'i' integer, 'b' blob, 'n' null */
	const void *text;
	gint64 number; /* the integer, or the size of a blob */
} FnBind;
#define FN_TEXT(name_, value_)        ((FnBind){ .name = (name_), .type = 't', .text = (value_) })
#define FN_INT(name_, value_)         ((FnBind){ .name = (name_), .type = 'i', .number = (value_) })
#define FN_BLOB(name_, value_, size_) ((FnBind){ .name = (name_), .type = 'b', .text = (value_), .number = (gint64)(size_) })
#define FN_NULL(name_)                ((FnBind){ .name = (name_), .type = 'n' })
#define FN_BINDS(...)                 ((const FnBind[]){ __VA_ARGS__, { 0 } })
#define FN_NO_BINDS                   ((const FnBind[]){ { 0 } })

/* @url: "sqlite:/path/registry.db" (made when absent, mode 0660, WAL, foreign keys, synchronous FULL) or "postgresql://…". */
FnDb *fn_db_open(const char *url, GError **error);
/* As fn_db_open() for programs that only use a registry: one that is absent or holds no tables is an error
 * (FN_DB_ERROR_CONNECT, FN_DB_ERROR_SCHEMA), never made in passing - else a lost registry would look like an empty one. */
FnDb *fn_db_open_existing(const char *url, GError **error);
void fn_db_close(FnDb *db);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnDb, fn_db_close)
gboolean fn_db_is_postgres(const FnDb *db);

/* Brings the schema of every room to its last migration in one transaction; a no-op when it is. @rooms: arrays made by the
 * build, ended by NULL, a room that others refer to first: (const FnMigration *const[]){ fn_sql_people_migrations, NULL }.
 * FN_DB_ERROR_SCHEMA: the database was made by a newer program. Safe when several processes do it at once. */
gboolean fn_db_migrate(FnDb *db, const FnMigration *const *rooms, GError **error);
/* What fn_db_migrate() would do: "people 2 (…), work 3 (…)", "" when nothing is due. Caller frees. NULL: failed, with its errors. */
char *fn_db_migrations_due(FnDb *db, const FnMigration *const *rooms, GError **error);

/* Every parameter of @sql must be bound and every bind used (a bug otherwise: asserted). A lost PostgreSQL connection is
 * opened again by the next statement outside a transaction. *@changed_out (may be NULL): rows inserted, updated or deleted.
 * Rows of SQLite are read as they are asked for, those of PostgreSQL wait in memory: a statement that may find many has a
 * LIMIT. Several FnRows may be open at once; free them before fn_db_close(). */
gboolean fn_db_exec(FnDb *db, const FnSql *sql, const FnBind *binds, gint64 *changed_out, GError **error);
FnRows *fn_db_query(FnDb *db, const FnSql *sql, const FnBind *binds, GError **error);

/* TRUE while there is a row; FALSE at the end or on failure (then *error is set). Values are borrowed until the next step;
 * columns by name, an unknown name is a bug. Text gives NULL for SQL null, int gives 0, as for a text that is no number. */
gboolean fn_rows_next(FnRows *rows, GError **error);
const char *fn_rows_text(FnRows *rows, const char *column);
gint64 fn_rows_int(FnRows *rows, const char *column);
gconstpointer fn_rows_blob(FnRows *rows, const char *column, gsize *size_out);
guint fn_rows_columns(FnRows *rows);
const char *fn_rows_column_name(FnRows *rows, guint i);
void fn_rows_free(FnRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnRows, fn_rows_free)

/* First column of the first row as text (caller frees), NULL without error when there is no row or it is SQL null. */
char *fn_db_text(FnDb *db, const FnSql *sql, const FnBind *binds, GError **error);
gint64 fn_db_int(FnDb *db, const FnSql *sql, const FnBind *binds, gint64 otherwise, GError **error);

/* Write transactions (BEGIN IMMEDIATE / SERIALIZABLE-enough for us: READ COMMITTED with explicit locks). Not nested: a bug.
 * A failed commit has rolled back and ended the transaction, but for FN_DB_ERROR_LOST, which leaves it uncertain. A failed
 * begin opens none. fn_db_rollback() outside a transaction does nothing, so that it may stand on every way out. */
gboolean fn_db_begin(FnDb *db, GError **error);
gboolean fn_db_commit(FnDb *db, GError **error);
void fn_db_rollback(FnDb *db);
