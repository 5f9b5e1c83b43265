/* What an engine of the store provides. store.c keeps what both have alike: transactions, sticky errors, checks. */
#pragma once

#include "store/store.h"

enum {
	FN_DB_MAX_BINDS = 96,
	FN_DB_PATIENCE_MS = 10000, /* how long a statement waits for another's lock */
};

typedef struct {
	gboolean (*exec)(FnDb *db, const FnSql *sql, const FnBind *binds, gint64 *changed_out, GError **error);
	FnRows *(*query)(FnDb *db, const FnSql *sql, const FnBind *binds, GError **error);
	/* Several statements without parameters; @name stands in messages. */
	gboolean (*script)(FnDb *db, const char *name, const char *text, GError **error);
	gboolean (*begin)(FnDb *db, GError **error);
	gboolean (*commit)(FnDb *db, GError **error);
	void (*rollback)(FnDb *db);
	/* Prepares @sql and throws it away. */
	gboolean (*check)(FnDb *db, const FnSql *sql, GError **error);
	void (*close)(FnDb *db);

	gboolean (*next)(FnRows *rows, GError **error);
	guint (*columns)(FnRows *rows);
	const char *(*column_name)(FnRows *rows, guint i);
	const char *(*text)(FnRows *rows, guint i);
	gint64 (*number)(FnRows *rows, guint i);
	gconstpointer (*blob)(FnRows *rows, guint i, gsize *size_out);
	void (*rows_free)(FnRows *rows);
} FnDbEngine;

struct FnDb {
	const FnDbEngine *engine;
	gboolean in_transaction;
	GError *failed; /* the first failure in this transaction */
	guint open_rows;
	/* Called after the engine has closed (fn_test_db removes what it made). */
	GDestroyNotify after_close;
	gpointer after_close_data;
};

struct FnRows {
	FnDb *db;
	gboolean on_row;
};

FnDb *fn_db_sqlite_open(const char *path, GError **error);
FnDb *fn_db_postgres_open(const char *url, GError **error);

/* The bind for @parameter; its absence is a bug. */
const FnBind *fn_db_bind_find(const FnSql *sql, const FnBind *binds, const char *parameter);
guint fn_db_bind_count(const FnBind *binds);

/* For migrations and tests. */
gboolean fn_db_script(FnDb *db, const char *name, const char *text, GError **error);
