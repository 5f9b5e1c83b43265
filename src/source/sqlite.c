#include "source/source_priv.h"

#include "base/text.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
	FnSourceConnection base;
	sqlite3 *handle;
} SqliteSource;

typedef struct {
	sqlite3_stmt *first, *resumed, *running;
} Prepared;

/* How many steps of SQLite's machine pass between two looks at the clock. */
enum { STEPS = 2000, BUSY_MS = 2000 };

static gboolean
fail(SqliteSource *source, GError **error)
{
	int code = sqlite3_errcode(source->handle) & 0xff;
	g_autofree char *message = fn_text_safe(sqlite3_errmsg(source->handle), -1, 200);

	switch (code) {
	case SQLITE_INTERRUPT:
		fn_source_stopped(&source->base, error);
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		g_set_error_literal(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_TIMEOUT,
			"the source's file is being written; try again");
		break;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
		g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_CONNECT,
			"the source's file cannot be read: %s; check that it is a SQLite database and whole, and, "
			"where it keeps a"
			" write-ahead log, that its -wal and -shm files may be read",
			message);
		break;
	default:
		g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_QUERY, "the source refused the query: %s", message);
	}
	return FALSE;
}

/* Runs every few thousand steps of a statement. */
static int
should_stop(gpointer data)
{
	SqliteSource *source = data;

	return g_atomic_int_get(&source->base.cancelled) || fn_source_is_late(&source->base);
}

/* A hostile file may hold views and triggers of any kind: all that they can do here is read. */
static int
only_read(gpointer data, int action, const char *a, const char *b, const char *database, const char *trigger)
{
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return g_ascii_strcasecmp(b, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
	case SQLITE_PRAGMA:
		return b == NULL || g_str_has_prefix(a, "table_") ? SQLITE_OK : SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

static sqlite3_stmt *
prepare_text(SqliteSource *source, const char *sql, guint flags, GError **error)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v3(source->handle, sql, -1, flags, &statement, NULL) == SQLITE_OK)
		return statement;
	fail(source, error);
	return NULL;
}

static const char *
text_at(sqlite3_stmt *statement, int i)
{
	return (const char *)sqlite3_column_text(statement, i);
}

/* Only names that are UTF-8 can be spoken of in a catalog. */
static json_t *
table_columns(SqliteSource *source, const char *table, GError **error)
{
	sqlite3_stmt *statement =
		prepare_text(source, "SELECT name, type, \"notnull\" FROM pragma_table_info(?1, 'main')", 0, error);
	json_t *out = json_array();
	int step = SQLITE_ERROR;

	if (statement != NULL) {
		sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
		while ((step = sqlite3_step(statement)) == SQLITE_ROW && json_array_size(out) < FN_SOURCE_MAX_COLUMNS) {
			json_t *column = json_pack("{s:s?, s:s, s:b}", "name", text_at(statement, 0), "type",
				text_at(statement, 1), "nullable", sqlite3_column_int(statement, 2) == 0);

			if (column != NULL)
				json_array_append_new(out, column);
		}
		if (step != SQLITE_DONE && step != SQLITE_ROW)
			fail(source, error);
	}
	sqlite3_finalize(statement);
	if (step == SQLITE_DONE || step == SQLITE_ROW)
		return out;
	json_decref(out);
	return NULL;
}

/* -1 when it takes too long. */
static gint64
count_rows(SqliteSource *source, const char *table)
{
	g_autoptr(GString) sql = g_string_new("SELECT COUNT(*) FROM main.");
	sqlite3_stmt *statement;
	gint64 rows = -1;

	fn_source_quote(sql, table);
	fn_source_deadline(&source->base, FN_SOURCE_COUNT_MS);
	statement = prepare_text(source, sql->str, 0, NULL);
	if (statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
		rows = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	fn_source_deadline(&source->base, 0);
	return rows;
}

/* A view that is broken, or wants what nobody may do here, is left out like a name that is not UTF-8: one bad object
 * does not hide the others. */
static gboolean
add_table(SqliteSource *source, json_t *tables, const char *name, gboolean count, GError **error)
{
	g_autoptr(GError) failure = NULL;
	json_t *columns = NULL, *table;
	gint64 rows;

	if (!g_utf8_validate(name, -1, NULL))
		return TRUE;
	columns = table_columns(source, name, &failure);
	if (columns == NULL && g_error_matches(failure, FN_SOURCE_ERROR, FN_SOURCE_ERROR_QUERY))
		return TRUE;
	if (columns == NULL) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	table = json_pack("{s:s, s:o}", "table", name, "columns", columns);
	rows = count ? count_rows(source, name) : -1;
	if (rows >= 0)
		json_object_set_new(table, "rows", json_integer(rows));
	json_array_append_new(tables, table);
	return TRUE;
}

static json_t *
sqlite_tables(FnSourceConnection *base, const char *table, gboolean count, GError **error)
{
	SqliteSource *source = (SqliteSource *)base;
	sqlite3_stmt *statement;
	json_t *out;
	int step = SQLITE_ERROR;

	g_atomic_int_set(&base->cancelled, FALSE);
	fn_source_deadline(base, 0);
	statement = prepare_text(source,
		"SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'view')"
		" AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND (?1 IS NULL OR name = ?1) ORDER BY name",
		0, error);
	if (statement == NULL)
		return NULL;
	sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
	out = json_array();
	while ((step = sqlite3_step(statement)) == SQLITE_ROW)
		if (!add_table(source, out, text_at(statement, 0), count, error))
			break;
	if (step != SQLITE_DONE && step != SQLITE_ROW)
		fail(source, error);
	sqlite3_finalize(statement);
	if (step == SQLITE_DONE)
		return out;
	json_decref(out);
	return NULL;
}

static int
sample_row(sqlite3_stmt *statement, FnSampler *sampler, guint columns)
{
	int step = sqlite3_step(statement);

	for (guint i = 0; step == SQLITE_ROW && i < columns; i++) {
		const char *text = text_at(statement, (int)i);

		fn_sampler_add(sampler, i, text, (gsize)sqlite3_column_bytes(statement, (int)i));
	}
	return step;
}

/* First and last row id; FALSE for a view, or a table without row ids. */
static gboolean
row_ids(SqliteSource *source, const char *table, gint64 *first_out, gint64 *last_out)
{
	g_autoptr(GString) sql = g_string_new("SELECT MIN(rowid), MAX(rowid) FROM main.");
	sqlite3_stmt *statement;
	gboolean known;

	fn_source_quote(sql, table);
	statement = prepare_text(source, sql->str, 0, NULL);
	known = statement != NULL && sqlite3_step(statement) == SQLITE_ROW &&
		sqlite3_column_type(statement, 0) == SQLITE_INTEGER &&
		sqlite3_column_type(statement, 1) == SQLITE_INTEGER;
	if (known) {
		*first_out = sqlite3_column_int64(statement, 0);
		*last_out = sqlite3_column_int64(statement, 1);
	}
	sqlite3_finalize(statement);
	return known;
}

/* A big table: rows at equal distances of their ids. */
static gboolean
sample_by_id(SqliteSource *source, const char *all, gint64 first, gint64 last, FnSampler *sampler, guint columns,
	GError **error)
{
	enum { PROBES = 20000 };
	g_autofree char *sql = g_strconcat(all, " WHERE rowid >= ?1 ORDER BY rowid LIMIT 1", NULL);
	sqlite3_stmt *statement = prepare_text(source, sql, 0, error);
	gdouble distance = ((gdouble)last - (gdouble)first) / PROBES;
	int step = SQLITE_ROW;

	for (gint64 i = 0; statement != NULL && i < PROBES && (step == SQLITE_ROW || step == SQLITE_DONE); i++) {
		sqlite3_bind_int64(statement, 1, first + (gint64)(distance * (gdouble)i));
		step = sample_row(statement, sampler, columns);
		if (step == SQLITE_ROW || step == SQLITE_DONE)
			sqlite3_reset(statement);
	}
	if (statement == NULL)
		return FALSE;
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		fail(source, error);
	sqlite3_finalize(statement);
	return step == SQLITE_ROW || step == SQLITE_DONE;
}

static gboolean
sample_by_scan(SqliteSource *source, const char *all, FnSampler *sampler, guint columns, GError **error)
{
	g_autofree char *sql = g_strdup_printf("%s LIMIT %d", all, FN_SOURCE_SAMPLE_SCAN);
	sqlite3_stmt *statement = prepare_text(source, sql, 0, error);
	int step;

	if (statement == NULL)
		return FALSE;
	do
		step = sample_row(statement, sampler, columns);
	while (step == SQLITE_ROW);
	if (step != SQLITE_DONE)
		fail(source, error);
	sqlite3_finalize(statement);
	return step == SQLITE_DONE;
}

static gboolean
sqlite_sample(FnSourceConnection *base, const char *table, const json_t *columns, FnSampler *sampler, GError **error)
{
	SqliteSource *source = (SqliteSource *)base;
	g_autofree char *all = fn_source_select_all(base, table, columns);
	guint count = (guint)json_array_size(columns);
	gint64 first, last;

	fn_source_deadline(base, FN_SOURCE_SAMPLE_MS);
	if (row_ids(source, table, &first, &last) && (gdouble)last - (gdouble)first > FN_SOURCE_SAMPLE_SCAN)
		return sample_by_id(source, all, first, last, sampler, count, error);
	return sample_by_scan(source, all, sampler, count, error);
}

static void
sqlite_unprepare(FnSourceSelect *select)
{
	Prepared *prepared = select->driver;

	sqlite3_finalize(prepared->first);
	sqlite3_finalize(prepared->resumed);
	g_free(prepared);
}

static gboolean
sqlite_prepare(FnSourceSelect *select, GError **error)
{
	SqliteSource *source = (SqliteSource *)select->source;
	Prepared *prepared = g_new0(Prepared, 1);

	select->driver = prepared;
	fn_source_deadline(select->source, 0);
	prepared->first = prepare_text(source, select->first, SQLITE_PREPARE_PERSISTENT, error);
	if (prepared->first != NULL && select->has_cursor) {
		prepared->resumed = prepare_text(source, select->resumed, SQLITE_PREPARE_PERSISTENT, error);
		return prepared->resumed != NULL;
	}
	return prepared->first != NULL;
}

static gboolean
sqlite_run(FnSourceSelect *select, const char *const *values, gboolean resumed, GError **error)
{
	Prepared *prepared = select->driver;
	int count;

	prepared->running = resumed ? prepared->resumed : prepared->first;
	count = sqlite3_bind_parameter_count(prepared->running);
	for (int i = 0; i < count; i++)
		if (sqlite3_bind_text(prepared->running, i + 1, values[i], -1, SQLITE_STATIC) != SQLITE_OK)
			return fail((SqliteSource *)select->source, error);
	return TRUE;
}

static void
take_row(FnSourceSelect *select, sqlite3_stmt *statement)
{
	FnRowBatch *batch = &select->batch;

	for (guint i = 0; i < batch->columns; i++) {
		const char *text = text_at(statement, (int)i);
		gsize size = (gsize)sqlite3_column_bytes(statement, (int)i);

		batch->value[i][batch->rows] = text == NULL ? NULL : fn_arena_copy(&select->arena, text, size);
		batch->size[i][batch->rows] = (guint32)size;
	}
	batch->rows++;
}

static gboolean
sqlite_fetch(FnSourceSelect *select, guint most, gboolean *ended_out, GError **error)
{
	Prepared *prepared = select->driver;

	while (select->batch.rows < most && select->arena.used < FN_SOURCE_BATCH_BYTES) {
		int step = sqlite3_step(prepared->running);

		if (step != SQLITE_ROW) {
			*ended_out = step == SQLITE_DONE;
			return *ended_out || fail((SqliteSource *)select->source, error);
		}
		take_row(select, prepared->running);
	}
	return TRUE;
}

static void
sqlite_stop(FnSourceSelect *select)
{
	Prepared *prepared = select->driver;

	sqlite3_reset(prepared->running);
	prepared->running = NULL;
}

static void
sqlite_cancel(FnSourceConnection *base)
{
	sqlite3_interrupt(((SqliteSource *)base)->handle);
}

static void
sqlite_close(FnSourceConnection *base)
{
	SqliteSource *source = (SqliteSource *)base;
	int result = sqlite3_close(source->handle);

	g_assert(result == SQLITE_OK);
	g_free(source);
}

static const FnSourceDriver sqlite_driver = {
	.tables = sqlite_tables,
	.sample = sqlite_sample,
	.prepare = sqlite_prepare,
	.run = sqlite_run,
	.fetch = sqlite_fetch,
	.stop = sqlite_stop,
	.unprepare = sqlite_unprepare,
	.cancel = sqlite_cancel,
	.close = sqlite_close,
	.parameter = '?',
};

/* An imported file says so in its header (application_id, bytes 68 to 71), and is never written in place. */
static gboolean
is_imported(const char *path)
{
	guint8 head[72] = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	gssize got = fd < 0 ? -1 : read(fd, head, sizeof(head));
	guint32 mark = (guint32)head[68] << 24 | (guint32)head[69] << 16 | (guint32)head[70] << 8 | head[71];

	if (fd >= 0)
		close(fd);
	return got == sizeof(head) && mark == FN_SOURCE_IMPORT_MARK;
}

static gboolean
set_up(SqliteSource *source, GError **error)
{
	sqlite3 *handle = source->handle;

	sqlite3_extended_result_codes(handle, 1);
	sqlite3_busy_timeout(handle, BUSY_MS);
	sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, FN_SOURCE_MAX_VALUE);
	sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	/* The last two read the file (what is no database says so here), and make the tables of pragmas, which is a
	 * CREATE to the authorizer. */
	if (sqlite3_exec(handle,
		    "PRAGMA query_only = ON; PRAGMA case_sensitive_like = ON; PRAGMA cell_size_check = ON;"
		    " PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY; SELECT COUNT(*) FROM pragma_table_list;"
		    " SELECT COUNT(*) FROM pragma_table_info('sqlite_schema')",
		    NULL, NULL, NULL) != SQLITE_OK)
		return fail(source, error);
	sqlite3_set_authorizer(handle, only_read, source);
	sqlite3_progress_handler(handle, STEPS, should_stop, source);
	return TRUE;
}

static char *
uri_of(const char *path)
{
	g_autofree char *escaped = g_uri_escape_string(path, "/", FALSE);

	return g_strdup_printf("file:%s?mode=ro%s", escaped, is_imported(path) ? "&immutable=1" : "");
}

FnSourceConnection *
fn_source_sqlite_open(const json_t *spec, const char *root, GError **error)
{
	static const char *const known[] = { "kind", "path", NULL };
	const char *path = json_string_value(json_object_get(spec, "path"));
	g_autofree char *real = NULL, *uri = NULL;
	SqliteSource *source;
	struct stat about;

	if (!fn_source_members(spec, known, error))
		return NULL;
	if (path == NULL || *path == '\0') {
		g_set_error_literal(
			error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SPEC, "a source of kind sqlite needs a \"path\"");
		return NULL;
	}
	real = fn_source_path(path, root, error);
	if (real == NULL)
		return NULL;
	if (stat(real, &about) < 0 || !S_ISREG(about.st_mode)) {
		g_set_error_literal(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SPEC, "the source's path is no file");
		return NULL;
	}
	uri = uri_of(real);
	source = g_new0(SqliteSource, 1);
	source->base.driver = &sqlite_driver;
	source->base.schema = g_strdup("main.");
	if ((sqlite3_open_v2(uri, &source->handle,
		     SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
		     NULL) == SQLITE_OK ||
		    fail(source, error)) &&
		set_up(source, error))
		return &source->base;
	fn_source_close(&source->base);
	return NULL;
}
