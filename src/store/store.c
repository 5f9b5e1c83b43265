#include "store/store_priv.h"

#include "base/text.h"
#include "store_sql.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

G_DEFINE_QUARK(fn - db - error - quark, fn_db_error)

FnDb *
fn_db_open(const char *url, GError **error)
{
	if (g_str_has_prefix(url, "sqlite:"))
		return fn_db_sqlite_open(url + strlen("sqlite:"), error);
	if (g_str_has_prefix(url, "postgresql://") || g_str_has_prefix(url, "postgres://"))
		return fn_db_postgres_open(url, error);
	/* The address may hold a password: it is not repeated. */
	g_set_error_literal(error, FN_DB_ERROR, FN_DB_ERROR_CONNECT,
		"the registry's address must begin with sqlite:/ or postgresql://; correct the setting \"registry\"");
	return NULL;
}

FnDb *
fn_db_open_existing(const char *url, GError **error)
{
	const char *path = g_str_has_prefix(url, "sqlite:") ? url + strlen("sqlite:") : NULL;
	g_autofree char *shown = path != NULL ? fn_text_safe(path, -1, 300) : g_strdup("(PostgreSQL)"); /* its address may hold a password */
	g_autoptr(GError) why = NULL;
	g_autoptr(FnDb) db = NULL;

	if (path != NULL && access(path, F_OK) != 0) {
		g_set_error(error, FN_DB_ERROR, FN_DB_ERROR_CONNECT, "registry %s: %s; put it back from a backup", shown, g_strerror(errno));
		return NULL;
	}
	if ((db = fn_db_open(url, error)) == NULL)
		return NULL;
	if (fn_db_int(db, &fn_sql_store_versions, FN_NO_BINDS, 0, &why) > 0)
		return g_steal_pointer(&db);
	g_set_error(error, FN_DB_ERROR, FN_DB_ERROR_SCHEMA,
		"registry %s holds no tables of this platform (%s); put it back from a backup, or correct the setting \"registry\"", shown,
		why != NULL ? why->message : "it is empty");
	return NULL;
}

void
fn_db_close(FnDb *db)
{
	GDestroyNotify after;
	gpointer data;

	if (db == NULL)
		return;
	g_assert(db->open_rows == 0);
	fn_db_rollback(db);
	after = db->after_close;
	data = db->after_close_data;
	db->engine->close(db);
	if (after != NULL)
		after(data);
}

guint
fn_db_bind_count(const FnBind *binds)
{
	guint count = 0;

	while (binds[count].name != NULL)
		count++;
	return count;
}

const FnBind *
fn_db_bind_find(const FnSql *sql, const FnBind *binds, const char *parameter)
{
	for (; binds->name != NULL; binds++)
		if (strcmp(binds->name, parameter) == 0)
			return binds;
	g_error("statement %s: parameter :%s is not bound", sql->name, parameter);
}

/* Both engines refuse alike what one of them would: texts that are not UTF-8. */
static gboolean
binds_are_valid(const FnSql *sql, const FnBind *binds, GError **error)
{
	for (; binds->name != NULL; binds++) {
		if (binds->type != 't' || binds->text == NULL || g_utf8_validate(binds->text, -1, NULL))
			continue;
		g_set_error(error, FN_DB_ERROR, FN_DB_ERROR_STATEMENT, "%s: the text for :%s is not valid UTF-8",
			sql->name, binds->name);
		return FALSE;
	}
	return TRUE;
}

/* A failure inside a transaction stays until it is rolled back. */
static void
keep_failure(FnDb *db, GError *failure, GError **error)
{
	if (db->in_transaction && db->failed == NULL)
		db->failed = g_error_copy(failure);
	g_propagate_error(error, failure);
}

static gboolean
may_go_on(FnDb *db, GError **error)
{
	if (db->failed == NULL)
		return TRUE;
	g_propagate_error(error, g_error_copy(db->failed));
	return FALSE;
}

gboolean
fn_db_exec(FnDb *db, const FnSql *sql, const FnBind *binds, gint64 *changed_out, GError **error)
{
	GError *failure = NULL;
	gint64 changed = 0;

	if (!may_go_on(db, error))
		return FALSE;
	if (!binds_are_valid(sql, binds, &failure) || !db->engine->exec(db, sql, binds, &changed, &failure)) {
		keep_failure(db, failure, error);
		return FALSE;
	}
	if (changed_out != NULL)
		*changed_out = changed;
	return TRUE;
}

FnRows *
fn_db_query(FnDb *db, const FnSql *sql, const FnBind *binds, GError **error)
{
	GError *failure = NULL;
	FnRows *rows = NULL;

	if (!may_go_on(db, error))
		return NULL;
	if (binds_are_valid(sql, binds, &failure))
		rows = db->engine->query(db, sql, binds, &failure);
	if (rows == NULL) {
		keep_failure(db, failure, error);
		return NULL;
	}
	db->open_rows++;
	return rows;
}

gboolean
fn_db_script(FnDb *db, const char *name, const char *text, GError **error)
{
	GError *failure = NULL;

	if (!may_go_on(db, error))
		return FALSE;
	if (db->engine->script(db, name, text, &failure))
		return TRUE;
	keep_failure(db, failure, error);
	return FALSE;
}

gboolean
fn_rows_next(FnRows *rows, GError **error)
{
	GError *failure = NULL;

	rows->on_row = rows->db->engine->next(rows, &failure);
	if (failure != NULL)
		keep_failure(rows->db, failure, error);
	return rows->on_row;
}

void
fn_rows_free(FnRows *rows)
{
	if (rows == NULL)
		return;
	rows->db->open_rows--;
	rows->db->engine->rows_free(rows);
}

guint
fn_rows_columns(FnRows *rows)
{
	return rows->db->engine->columns(rows);
}

const char *
fn_rows_column_name(FnRows *rows, guint i)
{
	g_assert(i < fn_rows_columns(rows));
	return rows->db->engine->column_name(rows, i);
}

static guint
column_by_name(FnRows *rows, const char *name)
{
	guint columns = fn_rows_columns(rows);

	g_assert(rows->on_row);
	for (guint i = 0; i < columns; i++)
		if (g_ascii_strcasecmp(rows->db->engine->column_name(rows, i), name) == 0)
			return i;
	g_error("the rows have no column \"%s\"", name);
}

const char *
fn_rows_text(FnRows *rows, const char *column)
{
	return rows->db->engine->text(rows, column_by_name(rows, column));
}

gint64
fn_rows_int(FnRows *rows, const char *column)
{
	return rows->db->engine->number(rows, column_by_name(rows, column));
}

gconstpointer
fn_rows_blob(FnRows *rows, const char *column, gsize *size_out)
{
	return rows->db->engine->blob(rows, column_by_name(rows, column), size_out);
}

char *
fn_db_text(FnDb *db, const FnSql *sql, const FnBind *binds, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, sql, binds, error);

	if (rows == NULL || !fn_rows_next(rows, error))
		return NULL;
	return g_strdup(db->engine->text(rows, 0));
}

gint64
fn_db_int(FnDb *db, const FnSql *sql, const FnBind *binds, gint64 otherwise, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, sql, binds, error);

	if (rows == NULL || !fn_rows_next(rows, error) || db->engine->text(rows, 0) == NULL)
		return otherwise;
	return db->engine->number(rows, 0);
}

/* The one place where a transaction begins and ends. */
static void
set_transaction(FnDb *db, gboolean open)
{
	db->in_transaction = open;
	g_clear_error(&db->failed);
}

gboolean
fn_db_begin(FnDb *db, GError **error)
{
	g_assert(!db->in_transaction);
	if (!db->engine->begin(db, error))
		return FALSE;
	set_transaction(db, TRUE);
	return TRUE;
}

gboolean
fn_db_commit(FnDb *db, GError **error)
{
	gboolean done;

	g_assert(db->in_transaction);
	done = may_go_on(db, error) && db->engine->commit(db, error);
	if (!done)
		db->engine->rollback(db);
	set_transaction(db, FALSE);
	return done;
}

void
fn_db_rollback(FnDb *db)
{
	if (!db->in_transaction)
		return;
	db->engine->rollback(db);
	set_transaction(db, FALSE);
}
