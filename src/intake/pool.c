/* The pool: one SQLite file for each resource. Table "rows" holds what was accepted, "quarantine" what waits or was staged, "batches" what
 * the file knows of them. Columns are the resource's fields; a field that came later is added, one that went stays.
 *
 * A batch is 'staged' until the registry says what becomes of it. The file never runs ahead of the registry. */
#include "intake/intake_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "intake_sql.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

enum { BUSY_MS = 10000 };
/* How long a call may take from staging its rows to the registry. What is older never reached it. */
#define STAGED_FOR (2 * G_TIME_SPAN_HOUR)

#define OWN_COLUMNS "fengni_batch TEXT NOT NULL, fengni_row INTEGER NOT NULL, fengni_digest TEXT NOT NULL"

G_DEFINE_QUARK(fn-intake-error-quark, fn_intake_error)

gboolean
fn_intake_fail(FnIntakeError code, GError **error, const char *english, ...)
{
	va_list list;

	va_start(list, english);
	fn_refuse_valist(error, FN_INTAKE_ERROR, (int)code, english, list);
	va_end(list);
	return FALSE;
}

void
fn_intake_quote(GString *sql, const char *name)
{
	g_string_append_c(sql, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"')
			g_string_append_c(sql, '"');
		g_string_append_c(sql, *name);
	}
	g_string_append_c(sql, '"');
}

/* ---- the file ---- */

/* The registry gives codes; all the same none of them leads out of the directory. */
static gboolean
is_code(const char *code)
{
	for (const char *at = code; *at != '\0'; at++)
		if (!g_ascii_isalnum(*at) && *at != '-' && *at != '_')
			return FALSE;
	return *code != '\0' && strlen(code) <= 120;
}

char *
fn_intake_pool_path(const char *root, const char *code)
{
	g_autofree char *file = g_strconcat(code, ".db", NULL);

	return g_build_filename(root, "pool", file, NULL);
}

gboolean
fn_intake_pool_fail(const FnIntakePool *pool, const char *english, GError **error)
{
	int code = sqlite3_errcode(pool->handle) & 0xff;
	g_autofree char *message = fn_text_safe(sqlite3_errmsg(pool->handle), -1, 200);

	return fn_intake_fail(FN_INTAKE_ERROR_POOL, error, code == SQLITE_FULL || code == SQLITE_IOERR ?
		"pool/%s.db: %s: %s; free space on the disk of the sources" : code == SQLITE_BUSY ? "pool/%s.db: %s: %s; try again" :
		"pool/%s.db: %s: %s", pool->code, fn_say(english), message);
}

gboolean
fn_intake_pool_run(const FnIntakePool *pool, const char *english, const char *sql, GError **error)
{
	return sqlite3_exec(pool->handle, sql, NULL, NULL, NULL) == SQLITE_OK || fn_intake_pool_fail(pool, english, error);
}

sqlite3_stmt *
fn_intake_pool_prepare(const FnIntakePool *pool, const char *sql, const char *first, const char *second, GError **error)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(pool->handle, sql, -1, &statement, NULL) != SQLITE_OK) {
		fn_intake_pool_fail(pool, "asking", error);
		return NULL;
	}
	if (first != NULL)
		sqlite3_bind_text(statement, 1, first, -1, SQLITE_TRANSIENT);
	if (second != NULL)
		sqlite3_bind_text(statement, 2, second, -1, SQLITE_TRANSIENT);
	return statement;
}

/* Runs a statement that changes something for one batch. */
static gboolean
change(const FnIntakePool *pool, const char *sql, const char *first, const char *second, GError **error)
{
	sqlite3_stmt *statement = fn_intake_pool_prepare(pool, sql, first, second, error);
	gboolean done = statement != NULL && sqlite3_step(statement) == SQLITE_DONE;

	if (statement != NULL && !done)
		fn_intake_pool_fail(pool, "writing", error);
	sqlite3_finalize(statement);
	return done;
}

static gboolean
has_column(const FnIntakePool *pool, const char *name)
{
	sqlite3_stmt *statement = fn_intake_pool_prepare(pool, "SELECT 1 FROM pragma_table_info('quarantine') WHERE name = ?1", name, NULL, NULL);
	gboolean has = statement != NULL && sqlite3_step(statement) == SQLITE_ROW;

	sqlite3_finalize(statement);
	return has;
}

/* Both tables have the same columns in the same order. */
static gboolean
add_column(const FnIntakePool *pool, const char *name, GError **error)
{
	static const char *const tables[] = { "quarantine", "rows" };

	for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
		g_autoptr(GString) sql = g_string_new(NULL);

		g_string_printf(sql, "ALTER TABLE \"%s\" ADD COLUMN ", tables[i]);
		fn_intake_quote(sql, name);
		g_string_append(sql, " TEXT");
		if (!fn_intake_pool_run(pool, "adding a field", sql->str, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
bring_up(const FnIntakePool *pool, const FnIntakeResource *resource, GError **error)
{
	static const char tables[] =
		"CREATE TABLE IF NOT EXISTS batches (id TEXT PRIMARY KEY, state TEXT NOT NULL, received_at INTEGER NOT NULL,"
		" organization TEXT NOT NULL, account TEXT NOT NULL, digest TEXT NOT NULL, whole INTEGER NOT NULL);"
		"CREATE TABLE IF NOT EXISTS \"rows\" (" OWN_COLUMNS ");"
		"CREATE TABLE IF NOT EXISTS quarantine (" OWN_COLUMNS ");"
		"CREATE INDEX IF NOT EXISTS rows_by_batch ON \"rows\" (fengni_batch);"
		"CREATE INDEX IF NOT EXISTS quarantine_by_batch ON quarantine (fengni_batch, fengni_row)";

	if (!fn_intake_pool_run(pool, "making it", "BEGIN IMMEDIATE", error))
		return FALSE;
	if (!fn_intake_pool_run(pool, "making it", tables, error))
		return FALSE;
	for (guint i = 0; i < resource->fields->len; i++) {
		const FnIntakeField *field = resource->fields->pdata[i];

		if (g_str_has_prefix(field->name, "fengni_"))
			return fn_intake_fail(FN_INTAKE_ERROR_STATE, error, "field \"%s\": names that begin with fengni_ are the pool's own; rename it",
				field->name);
		if (!has_column(pool, field->name) && !add_column(pool, field->name, error))
			return FALSE;
	}
	return fn_intake_pool_run(pool, "making it", "COMMIT", error);
}

static gboolean
make_directory(const char *root, GError **error)
{
	g_autofree char *directory = g_build_filename(root, "pool", NULL);

	return g_mkdir_with_parents(directory, 0750) == 0 ||
		fn_intake_fail(FN_INTAKE_ERROR_POOL, error, "%s: %s; make it, for the gate's user", directory, g_strerror(errno));
}

FnIntakePool *
fn_intake_pool_open(const char *root, const char *code, const FnIntakeResource *resource, GError **error)
{
	g_autofree char *path = fn_intake_pool_path(root, code);
	g_autoptr(FnIntakePool) pool = NULL;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_URI;

	if (!is_code(code)) {
		fn_intake_fail(FN_INTAKE_ERROR_UNKNOWN, error, "there is no such resource");
		return NULL;
	}
	if (resource == NULL && !g_file_test(path, G_FILE_TEST_EXISTS))
		return NULL;
	if (resource != NULL && !make_directory(root, error))
		return NULL;
	pool = g_new0(FnIntakePool, 1);
	pool->code = g_strdup(code);
	if (sqlite3_open_v2(path, &pool->handle, flags | (resource != NULL ? SQLITE_OPEN_CREATE : 0), NULL) != SQLITE_OK) {
		fn_intake_pool_fail(pool, "opening", error);
		return NULL;
	}
	sqlite3_busy_timeout(pool->handle, BUSY_MS);
	sqlite3_db_config(pool->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(pool->handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(pool->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (!fn_intake_pool_run(pool, "opening", "PRAGMA synchronous = FULL", error) || (resource != NULL && !bring_up(pool, resource, error)))
		return NULL;
	return g_steal_pointer(&pool);
}

void
fn_intake_pool_close(FnIntakePool *pool)
{
	if (pool == NULL)
		return;
	sqlite3_finalize(pool->insert);
	sqlite3_close(pool->handle); /* rolls back what is open */
	g_free(pool->code);
	g_free(pool);
}

/* ---- staging ---- */

static char *
insert_text(const FnIntakeResource *resource)
{
	GString *sql = g_string_new("INSERT INTO quarantine (fengni_batch, fengni_row, fengni_digest");

	for (guint i = 0; i < resource->fields->len; i++) {
		g_string_append(sql, ", ");
		fn_intake_quote(sql, ((const FnIntakeField *)resource->fields->pdata[i])->name);
	}
	g_string_append(sql, ") VALUES (?1, ?2, ?3");
	for (guint i = 0; i < resource->fields->len; i++)
		g_string_append_printf(sql, ", ?%u", i + 4);
	g_string_append_c(sql, ')');
	return g_string_free(sql, FALSE);
}

gboolean
fn_intake_pool_begin(FnIntakePool *pool, const FnIntakeResource *resource, const FnIntakeStaged *staged, GError **error)
{
	g_autofree char *text = insert_text(resource);
	sqlite3_stmt *add;
	gboolean done;

	if (!fn_intake_pool_run(pool, "beginning", "BEGIN IMMEDIATE", error))
		return FALSE;
	add = fn_intake_pool_prepare(pool,
		"INSERT INTO batches (id, state, received_at, organization, account, digest, whole) VALUES (?1, 'staged', ?3, ?2, ?4, ?5, ?6)",
		staged->id, staged->organization, error);
	if (add == NULL)
		return FALSE;
	sqlite3_bind_int64(add, 3, staged->received_at);
	sqlite3_bind_text(add, 4, staged->account, -1, SQLITE_STATIC);
	sqlite3_bind_text(add, 5, staged->digest, -1, SQLITE_STATIC);
	sqlite3_bind_int(add, 6, staged->whole);
	done = sqlite3_step(add) == SQLITE_DONE || fn_intake_pool_fail(pool, "staging", error);
	sqlite3_finalize(add);
	return done && (pool->insert = fn_intake_pool_prepare(pool, text, staged->id, NULL, error)) != NULL;
}

gboolean
fn_intake_pool_add(FnIntakePool *pool, guint64 row, const char *digest, const char *const *value, guint values, GError **error)
{
	sqlite3_bind_int64(pool->insert, 2, (sqlite3_int64)row);
	sqlite3_bind_text(pool->insert, 3, digest, -1, SQLITE_STATIC);
	for (guint i = 0; i < values; i++)
		if (value[i] == NULL || *value[i] == '\0')
			sqlite3_bind_null(pool->insert, (int)i + 4);
		else
			sqlite3_bind_text(pool->insert, (int)i + 4, value[i], -1, SQLITE_STATIC);
	if (sqlite3_step(pool->insert) != SQLITE_DONE)
		return fn_intake_pool_fail(pool, "staging", error);
	sqlite3_reset(pool->insert);
	return TRUE;
}

gboolean
fn_intake_pool_commit(FnIntakePool *pool, GError **error)
{
	g_clear_pointer(&pool->insert, sqlite3_finalize);
	return fn_intake_pool_run(pool, "staging", "COMMIT", error);
}

void
fn_intake_pool_rollback(FnIntakePool *pool)
{
	g_clear_pointer(&pool->insert, sqlite3_finalize);
	if (!sqlite3_get_autocommit(pool->handle))
		sqlite3_exec(pool->handle, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- following the registry ---- */

#define DROP "DELETE FROM quarantine WHERE fengni_batch = ?1"
#define SAY "UPDATE batches SET state = ?2 WHERE id = ?1"
/* Rows that came before a batch which is all there is. */
#define SUPERSEDE "DELETE FROM \"rows\" WHERE EXISTS (SELECT 1 FROM batches w WHERE w.id = ?1 AND w.whole = 1) AND fengni_batch < ?1"

static const struct {
	const char *registry; /* NULL: it is not there */
	const char *from;     /* state in the pool; NULL: any that waits */
	const char *becomes;
	const char *sql[3];
} moves[] = {
	{ "pooled", NULL, "pooled", { "INSERT INTO \"rows\" SELECT * FROM quarantine WHERE fengni_batch = ?1", DROP, SUPERSEDE } },
	{ "released", NULL, "pooled", { "INSERT INTO \"rows\" SELECT * FROM quarantine WHERE fengni_batch = ?1", DROP, SUPERSEDE } },
	{ "quarantined", "staged", "quarantined", { NULL } },
	{ "discarded", NULL, "discarded", { DROP } },
	{ NULL, "staged", "lost", { DROP } },
};

static gboolean
move(const FnIntakePool *pool, const char *id, gsize n, GError **error)
{
	gboolean done = fn_intake_pool_run(pool, "settling", "BEGIN IMMEDIATE", error);

	for (gsize i = 0; done && i < G_N_ELEMENTS(moves[n].sql) && moves[n].sql[i] != NULL; i++)
		done = change(pool, moves[n].sql[i], id, NULL, error);
	done = done && change(pool, SAY, id, moves[n].becomes, error) && fn_intake_pool_run(pool, "settling", "COMMIT", error);
	if (!done && !sqlite3_get_autocommit(pool->handle))
		sqlite3_exec(pool->handle, "ROLLBACK", NULL, NULL, NULL);
	return done;
}

static gboolean
settle_one(const FnIntakePool *pool, FnDb *db, const char *id, const char *state, gboolean old, GError **error)
{
	GError *why = NULL;
	g_autofree char *registry = fn_db_text(db, &fn_sql_intake_state, FN_BINDS(FN_TEXT("id", id)), &why);

	if (why != NULL) {
		g_propagate_error(error, why);
		return FALSE;
	}
	if (registry == NULL && !old) /* a call that is under way */
		return TRUE;
	for (gsize i = 0; i < G_N_ELEMENTS(moves); i++)
		if (g_strcmp0(moves[i].registry, registry) == 0 && (moves[i].from == NULL || strcmp(moves[i].from, state) == 0))
			return move(pool, id, i, error);
	return TRUE;
}

typedef struct {
	char *id, *state;
	gboolean old;
} Waiting;

static void
waiting_free(gpointer data)
{
	Waiting *waiting = data;

	g_free(waiting->id);
	g_free(waiting->state);
	g_free(waiting);
}

/* Two may settle at once: who comes second finds nothing in "quarantine", or waits until the first has committed. So what waits is read
 * anew inside each move's own transaction by its rows alone. */
gboolean
fn_intake_pool_settle(FnIntakePool *pool, FnDb *db, gint64 now, GError **error)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(waiting_free);
	sqlite3_stmt *list = fn_intake_pool_prepare(pool,
		"SELECT id, state, received_at FROM batches WHERE state IN ('staged', 'quarantined') ORDER BY id", NULL, NULL, error);
	int step = SQLITE_DONE;

	if (list == NULL)
		return FALSE;
	while ((step = sqlite3_step(list)) == SQLITE_ROW) {
		Waiting *waiting = g_new0(Waiting, 1);

		waiting->id = g_strdup((const char *)sqlite3_column_text(list, 0));
		waiting->state = g_strdup((const char *)sqlite3_column_text(list, 1));
		waiting->old = sqlite3_column_int64(list, 2) < now - STAGED_FOR;
		g_ptr_array_add(all, waiting);
	}
	if (step != SQLITE_DONE)
		fn_intake_pool_fail(pool, "settling", error);
	sqlite3_finalize(list);
	for (guint i = 0; step == SQLITE_DONE && i < all->len; i++) {
		const Waiting *waiting = all->pdata[i];

		if (!settle_one(pool, db, waiting->id, waiting->state, waiting->old, error))
			return FALSE;
	}
	return step == SQLITE_DONE;
}
