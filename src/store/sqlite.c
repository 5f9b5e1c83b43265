#include "base/text.h"
#include "store/store_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A prepared statement; in the cache, or made for one use while the cached one is busy. */
typedef struct {
	sqlite3_stmt *handle;
	gboolean busy, cached;
} Statement;

typedef struct {
	FnDb base;
	sqlite3 *handle;
	GHashTable *statements; /* FnSql → Statement */
} SqliteDb;

typedef struct {
	FnRows base;
	Statement *statement;
} SqliteRows;

static const struct {
	int code; /* primary result code */
	FnDbError as;
	const char *remedy;
} meanings[] = {
	{ SQLITE_BUSY, FN_DB_ERROR_BUSY, "another writer holds the registry; try again" },
	{ SQLITE_LOCKED, FN_DB_ERROR_BUSY, "another statement holds the table; try again" },
	{ SQLITE_CONSTRAINT, FN_DB_ERROR_CONSTRAINT, NULL },
	{ SQLITE_FULL, FN_DB_ERROR_FULL, "free space on the disk of the registry" },
	{ SQLITE_IOERR, FN_DB_ERROR_FULL, "check the disk of the registry and the kernel's log" },
	{ SQLITE_CANTOPEN, FN_DB_ERROR_CONNECT,
		"check that the file and its directory are there and open to this user" },
	{ SQLITE_NOTADB, FN_DB_ERROR_CONNECT, "the file is not a SQLite database; restore it from a backup" },
	{ SQLITE_CORRUPT, FN_DB_ERROR_CONNECT, "the file is damaged; restore it from a backup" },
	{ SQLITE_PERM, FN_DB_ERROR_CONNECT, "check the owner and mode of the file" },
	{ SQLITE_READONLY, FN_DB_ERROR_CONNECT, "check that this user may write the file and its directory" },
};

static gboolean
fail(SqliteDb *db, const char *doing, GError **error)
{
	int code = sqlite3_errcode(db->handle) & 0xff;
	g_autofree char *message = fn_text_safe(sqlite3_errmsg(db->handle), -1, 300);
	FnDbError as = FN_DB_ERROR_STATEMENT;
	const char *remedy = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(meanings); i++)
		if (meanings[i].code == code) {
			as = meanings[i].as;
			remedy = meanings[i].remedy;
		}
	if (code == SQLITE_ERROR && g_str_has_prefix(message, "no such table")) {
		as = FN_DB_ERROR_SCHEMA;
		remedy = "the registry was never made or is older than this program; migrate it first";
	}
	g_set_error(error, FN_DB_ERROR, as, "%s: %s%s%s", doing, message, remedy != NULL ? "; " : "",
		remedy != NULL ? remedy : "");
	return FALSE;
}

static void
statement_free(gpointer data)
{
	Statement *statement = data;

	sqlite3_finalize(statement->handle);
	g_free(statement);
}

static Statement *
statement_new(SqliteDb *db, const FnSql *sql, guint flags, GError **error)
{
	sqlite3_stmt *handle = NULL;
	const char *rest = NULL;
	Statement *statement;

	if (sqlite3_prepare_v3(db->handle, sql->sqlite, -1, flags, &handle, &rest) != SQLITE_OK) {
		fail(db, sql->name, error);
		return NULL;
	}
	g_assert(handle != NULL && *rest == '\0');
	statement = g_new0(Statement, 1);
	statement->handle = handle;
	return statement;
}

static Statement *
statement_take(SqliteDb *db, const FnSql *sql, GError **error)
{
	Statement *statement = g_hash_table_lookup(db->statements, sql);

	if (statement == NULL) {
		statement = statement_new(db, sql, SQLITE_PREPARE_PERSISTENT, error);
		if (statement == NULL)
			return NULL;
		statement->cached = TRUE;
		g_hash_table_insert(db->statements, (gpointer)sql, statement);
	}
	if (statement->busy) {
		statement = statement_new(db, sql, 0, error);
		if (statement == NULL)
			return NULL;
	}
	statement->busy = TRUE;
	return statement;
}

static void
statement_give_back(Statement *statement)
{
	if (!statement->cached) {
		statement_free(statement);
		return;
	}
	sqlite3_reset(statement->handle);
	sqlite3_clear_bindings(statement->handle);
	statement->busy = FALSE;
}

static int
bind_one(sqlite3_stmt *handle, int i, const FnBind *bind, sqlite3_destructor_type life)
{
	if (bind->type == 'i')
		return sqlite3_bind_int64(handle, i, bind->number);
	if (bind->type == 't' && bind->text != NULL)
		return sqlite3_bind_text(handle, i, bind->text, -1, life);
	if (bind->type == 'b' && bind->text != NULL)
		return bind->number == 0
			       ? sqlite3_bind_zeroblob(handle, i, 0)
			       : sqlite3_bind_blob64(handle, i, bind->text, (sqlite3_uint64)bind->number, life);
	g_assert(strchr("tbn", bind->type) != NULL);
	return sqlite3_bind_null(handle, i);
}

static gboolean
bind_all(SqliteDb *db, Statement *statement, const FnSql *sql, const FnBind *binds, sqlite3_destructor_type life,
	GError **error)
{
	int count = sqlite3_bind_parameter_count(statement->handle);

	g_assert(fn_db_bind_count(binds) == (guint)count);
	for (int i = 1; i <= count; i++) {
		const char *name = sqlite3_bind_parameter_name(statement->handle, i) + 1;

		if (bind_one(statement->handle, i, fn_db_bind_find(sql, binds, name), life) != SQLITE_OK)
			return fail(db, sql->name, error);
	}
	return TRUE;
}

static gboolean
sqlite_exec(FnDb *base, const FnSql *sql, const FnBind *binds, gint64 *changed_out, GError **error)
{
	SqliteDb *db = (SqliteDb *)base;
	Statement *statement = statement_take(db, sql, error);
	sqlite3_int64 before = sqlite3_total_changes64(db->handle);
	gboolean done;
	int step;

	if (statement == NULL)
		return FALSE;
	done = bind_all(db, statement, sql, binds, SQLITE_STATIC, error);
	if (done) {
		do
			step = sqlite3_step(statement->handle);
		while (step == SQLITE_ROW);
		done = step == SQLITE_DONE || fail(db, sql->name, error);
	}
	/* sqlite3_changes64() speaks of the last statement that changed anything. */
	*changed_out = sqlite3_total_changes64(db->handle) == before ? 0 : sqlite3_changes64(db->handle);
	statement_give_back(statement);
	return done;
}

static FnRows *
sqlite_query(FnDb *base, const FnSql *sql, const FnBind *binds, GError **error)
{
	SqliteDb *db = (SqliteDb *)base;
	Statement *statement = statement_take(db, sql, error);
	SqliteRows *rows;

	if (statement == NULL)
		return NULL;
	if (!bind_all(db, statement, sql, binds, SQLITE_TRANSIENT, error)) {
		statement_give_back(statement);
		return NULL;
	}
	rows = g_new0(SqliteRows, 1);
	rows->base.db = base;
	rows->statement = statement;
	return &rows->base;
}

static sqlite3_stmt *
stmt_of(FnRows *base)
{
	return ((SqliteRows *)base)->statement->handle;
}

static gboolean
sqlite_next(FnRows *base, GError **error)
{
	int step = sqlite3_step(stmt_of(base));

	if (step == SQLITE_ROW)
		return TRUE;
	if (step != SQLITE_DONE)
		fail((SqliteDb *)base->db, "reading rows", error);
	return FALSE;
}

static guint
sqlite_columns(FnRows *base)
{
	return (guint)sqlite3_column_count(stmt_of(base));
}

static const char *
sqlite_column_name(FnRows *base, guint i)
{
	return sqlite3_column_name(stmt_of(base), (int)i);
}

static const char *
sqlite_text(FnRows *base, guint i)
{
	return (const char *)sqlite3_column_text(stmt_of(base), (int)i);
}

static gint64
sqlite_number(FnRows *base, guint i)
{
	return sqlite3_column_int64(stmt_of(base), (int)i);
}

static gconstpointer
sqlite_blob(FnRows *base, guint i, gsize *size_out)
{
	gconstpointer bytes = sqlite3_column_blob(stmt_of(base), (int)i);

	*size_out = (gsize)sqlite3_column_bytes(stmt_of(base), (int)i);
	if (bytes == NULL && sqlite3_column_type(stmt_of(base), (int)i) != SQLITE_NULL)
		return ""; /* empty is not null */
	return bytes;
}

static void
sqlite_rows_free(FnRows *base)
{
	statement_give_back(((SqliteRows *)base)->statement);
	g_free(base);
}

static gboolean
sqlite_script(FnDb *base, const char *name, const char *text, GError **error)
{
	SqliteDb *db = (SqliteDb *)base;

	return sqlite3_exec(db->handle, text, NULL, NULL, NULL) == SQLITE_OK || fail(db, name, error);
}

static gboolean
sqlite_begin(FnDb *base, GError **error)
{
	return sqlite_script(base, "begin", "BEGIN IMMEDIATE", error);
}

static gboolean
sqlite_commit(FnDb *base, GError **error)
{
	return sqlite_script(base, "commit", "COMMIT", error);
}

static void
sqlite_rollback(FnDb *base)
{
	SqliteDb *db = (SqliteDb *)base;

	/* A full disk has rolled back on its own account. A rollback that cannot be written stays in the journal and is
	 * done by whoever opens the file next. */
	if (!sqlite3_get_autocommit(db->handle))
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

static gboolean
sqlite_check(FnDb *base, const FnSql *sql, GError **error)
{
	Statement *statement = statement_new((SqliteDb *)base, sql, 0, error);
	gboolean same;

	if (statement == NULL)
		return FALSE;
	same = sqlite3_bind_parameter_count(statement->handle) == (int)g_strv_length((char **)sql->parameters);
	statement_free(statement);
	g_assert(same);
	return TRUE;
}

static void
sqlite_close(FnDb *base)
{
	SqliteDb *db = (SqliteDb *)base;
	int result;

	g_hash_table_unref(db->statements);
	result = sqlite3_close(db->handle);
	g_assert(result == SQLITE_OK);
	g_free(db);
}

static const FnDbEngine sqlite_engine = {
	.exec = sqlite_exec,
	.query = sqlite_query,
	.script = sqlite_script,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.check = sqlite_check,
	.close = sqlite_close,
	.next = sqlite_next,
	.columns = sqlite_columns,
	.column_name = sqlite_column_name,
	.text = sqlite_text,
	.number = sqlite_number,
	.blob = sqlite_blob,
	.rows_free = sqlite_rows_free,
};

gboolean
fn_db_is_postgres(const FnDb *db)
{
	return db->engine != &sqlite_engine;
}

/* SQLite makes files by the umask; the registry's mode is ours to say. Its -wal and -shm take the mode of the file. */
static gboolean
make_file(const char *path, GError **error)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0660);
	g_autofree char *shown = NULL;
	int failed;

	if (fd < 0 && errno == EEXIST)
		return TRUE;
	failed = fd < 0 || fchmod(fd, 0660) < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	if (failed == 0)
		return TRUE;
	shown = fn_text_safe(path, -1, 300);
	g_set_error(error, FN_DB_ERROR, FN_DB_ERROR_CONNECT,
		"cannot make the registry %s: %s; check that its directory is there"
		" and open to this user",
		shown, g_strerror(failed));
	return FALSE;
}

static int
read_word(gpointer data, int columns, char **values, char **names)
{
	char **word = data;

	g_free(*word);
	*word = g_strdup(columns > 0 ? values[0] : NULL);
	return 0;
}

static gboolean
set_up(SqliteDb *db, const char *doing, GError **error)
{
	g_autofree char *mode = NULL;

	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_timeout(db->handle, FN_DB_PATIENCE_MS);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	if (sqlite3_exec(db->handle, "PRAGMA journal_mode = WAL", read_word, &mode, NULL) != SQLITE_OK ||
		sqlite3_exec(db->handle,
			"PRAGMA synchronous = FULL; PRAGMA case_sensitive_like = ON;"
			" PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON",
			NULL, NULL, NULL) != SQLITE_OK)
		return fail(db, doing, error);
	if (g_strcmp0(mode, "wal") == 0)
		return TRUE;
	g_set_error(error, FN_DB_ERROR, FN_DB_ERROR_CONNECT,
		"%s: write-ahead logging does not work there; use a local disk", doing);
	return FALSE;
}

FnDb *
fn_db_sqlite_open(const char *path, GError **error)
{
	g_autofree char *shown = fn_text_safe(path, -1, 300);
	g_autofree char *doing = g_strdup_printf("registry %s", shown);
	SqliteDb *db;
	int opened;

	if (path[0] != '/') {
		g_set_error(error, FN_DB_ERROR, FN_DB_ERROR_CONNECT,
			"%s: write an absolute path, sqlite:/…; correct the setting \"registry\"", doing);
		return NULL;
	}
	if (!make_file(path, error))
		return NULL;
	db = g_new0(SqliteDb, 1);
	db->base.engine = &sqlite_engine;
	db->statements = g_hash_table_new_full(NULL, NULL, NULL, statement_free);
	opened = sqlite3_open_v2(path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (opened == SQLITE_OK ? set_up(db, doing, error) : fail(db, doing, error))
		return &db->base;
	sqlite_close(&db->base);
	return NULL;
}
