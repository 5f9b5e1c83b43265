#include "source/source_priv.h"

#include "base/pool.h"
#include "base/text.h"
#include "source/postgres_spec.h"

#include <poll.h>
#include <string.h>

typedef struct {
	FnSourceConnection base;
	PGconn *connection;
	FnMutex mutex; /* of @cancel, which another thread uses */
	PGcancel *cancel;
	char *schema;
	guint generation; /* counts connections: prepared statements die with theirs */
	guint names;
	guint timeout_ms; /* the session's statement_timeout */
	gboolean broken;  /* an answer is still under way that nobody waits for */
} PostgresSource;

/* A select with keys runs as a prepared statement whose rows come one by one; one without is a cursor from which blocks
 * of rows are fetched, the next block under way while one is being used. */
typedef struct {
	char name[16];
	guint generation;
	PGresult *block; /* cursor: the rows being given out */
	int at;
	guint asked;      /* cursor: rows of the FETCH under way; 0: none is */
	guint next_rows;  /* cursor: how many to ask for next */
	gboolean is_last; /* cursor: @block is the last */
} Prepared;

enum { DRAIN_MS = 2000, FIRST_ROWS = 64 };

static const char fetch_sql[] = "FETCH FORWARD %u FROM fengni_rows";

static gboolean
fail_connection(PostgresSource *source, GError **error)
{
	g_autofree char *line = g_strdup(PQerrorMessage(source->connection));
	g_autofree char *shown = fn_text_safe(g_strstrip(g_strdelimit(line, "\r\n\t", ' ')), -1, 300);

	g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_CONNECT,
		"the source's database server: %s; check that it runs, and the source's"
		" host, port, database, user and password",
		*shown != '\0' ? shown : "the connection broke");
	return FALSE;
}

static gboolean
fail(PostgresSource *source, const PGresult *result, GError **error)
{
	static const struct {
		const char *state; /* SQLSTATE or its beginning */
		FnSourceError as;
		const char *text; /* NULL: the server's own */
	} meanings[] = {
		{ "42P01", FN_SOURCE_ERROR_SCHEMA, NULL },
		{ "42703", FN_SOURCE_ERROR_SCHEMA, NULL },
		{ "3F000", FN_SOURCE_ERROR_SCHEMA, NULL },
		{ "42501", FN_SOURCE_ERROR_SCHEMA, "the source's user may not read this; grant it SELECT" },
		{ "22", FN_SOURCE_ERROR_INPUT, "a key or filter does not fit its column's type" },
		{ "57P", FN_SOURCE_ERROR_CONNECT, "the source's database server ended the connection; try again" },
		{ "08", FN_SOURCE_ERROR_CONNECT, "the connection to the source's database server broke; try again" },
		{ "53", FN_SOURCE_ERROR_CONNECT, "the source's database server is short of resources; try later" },
	};
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	g_autofree char *shown = fn_text_safe(message != NULL ? message : "", -1, 200);

	if (state == NULL)
		return fail_connection(source, error);
	if (strcmp(state, "57014") == 0) {
		fn_source_stopped(&source->base, error);
		return FALSE;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(meanings); i++)
		if (g_str_has_prefix(state, meanings[i].state)) {
			g_set_error_literal(error, FN_SOURCE_ERROR, (int)meanings[i].as,
				meanings[i].text != NULL ? meanings[i].text : shown);
			return FALSE;
		}
	g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_QUERY, "the source refused the query: %s", shown);
	return FALSE;
}

static void
postgres_cancel(FnSourceConnection *base)
{
	PostgresSource *source = (PostgresSource *)base;
	char ignored[256];

	fn_mutex_lock(&source->mutex);
	if (source->cancel != NULL)
		PQcancel(source->cancel, ignored, sizeof(ignored));
	fn_mutex_unlock(&source->mutex);
}

/* Milliseconds for poll(): -1 without a deadline. */
static int
patience(gint64 deadline)
{
	gint64 left = deadline - g_get_monotonic_time();

	if (deadline == 0)
		return -1;
	return left <= 0 ? 0 : (int)MIN((left + 999) / 1000, (gint64)G_MAXINT);
}

/* Until PQgetResult() would not block. FALSE: the deadline passed, or (then *broke_out) the connection did. */
static gboolean
wait_for_answer(PostgresSource *source, gint64 deadline, gboolean *broke_out)
{
	struct pollfd wanted = { .fd = PQsocket(source->connection), .events = POLLIN };

	*broke_out = FALSE;
	while (PQisBusy(source->connection)) {
		int ready = poll(&wanted, 1, patience(deadline));

		if (ready == 0)
			return FALSE;
		if (ready > 0 && !PQconsumeInput(source->connection)) {
			*broke_out = TRUE;
			return FALSE;
		}
	}
	return TRUE;
}

/* Throws away all answers to what was sent; whoever cannot wait for them gives the connection up. */
static void
drain(PostgresSource *source)
{
	gint64 deadline = g_get_monotonic_time() + DRAIN_MS * 1000;
	gboolean broke;
	PGresult *result;

	for (;;) {
		if (!wait_for_answer(source, deadline, &broke)) {
			source->broken = TRUE;
			return;
		}
		result = PQgetResult(source->connection);
		if (result == NULL)
			return;
		PQclear(result);
	}
}

static gboolean
is_waiting(PostgresSource *source)
{
	return PQtransactionStatus(source->connection) == PQTRANS_ACTIVE;
}

/* Back to an idle session, whatever was going on. */
static void
settle(PostgresSource *source)
{
	PGTransactionStatusType status;

	if (is_waiting(source)) {
		postgres_cancel(&source->base);
		drain(source);
	}
	status = PQtransactionStatus(source->connection);
	if (!source->broken && (status == PQTRANS_INTRANS || status == PQTRANS_INERROR)) {
		if (PQsendQuery(source->connection, "ROLLBACK"))
			drain(source);
		else
			source->broken = TRUE;
	}
}

/* The next answer; NULL with an error when it is late or the connection broke, NULL without one after the last. */
static PGresult *
next_answer(PostgresSource *source, GError **error)
{
	gboolean broke;

	if (wait_for_answer(source, source->base.deadline, &broke))
		return PQgetResult(source->connection);
	if (broke) {
		fail_connection(source, error);
	} else {
		settle(source);
		fn_source_stopped(&source->base, error);
	}
	return NULL;
}

static gboolean
is_good(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE;
}

/* The one answer to what was just sent; NULL with an error. */
static PGresult *
only_answer(PostgresSource *source, gboolean sent, GError **error)
{
	GError *failure = NULL;
	PGresult *result = NULL, *next;

	if (!sent)
		fail_connection(source, &failure);
	else
		result = next_answer(source, &failure);
	if (result != NULL && !is_good(result))
		fail(source, result, &failure);
	while (failure == NULL && (next = next_answer(source, &failure)) != NULL) {
		PQclear(result);
		result = next;
		if (!is_good(result))
			fail(source, result, &failure);
	}
	if (failure == NULL)
		return result;
	PQclear(result);
	settle(source);
	g_propagate_error(error, failure);
	return NULL;
}

static gboolean
command(PostgresSource *source, const char *sql, GError **error)
{
	PGresult *result = only_answer(source, PQsendQuery(source->connection, sql), error);

	PQclear(result);
	return result != NULL;
}

static void
ignore_notice(void *data, const char *message)
{
}

/* After every (re)connect. */
static gboolean
set_up(PostgresSource *source, GError **error)
{
	fn_mutex_lock(&source->mutex);
	PQfreeCancel(source->cancel);
	source->cancel = PQgetCancel(source->connection);
	fn_mutex_unlock(&source->mutex);
	source->generation++;
	source->broken = FALSE;
	source->timeout_ms = 0;
	if (PQstatus(source->connection) != CONNECTION_OK)
		return fail_connection(source, error);
	PQsetNoticeProcessor(source->connection, ignore_notice, NULL);
	return command(source,
		"SET default_transaction_read_only = on; SET statement_timeout = 0; SET lock_timeout = 5000;"
		" SET cursor_tuple_fraction = 1.0; SET standard_conforming_strings = on; SET search_path = pg_catalog",
		error);
}

/* A server that restarted while the session was idle has left its farewell in the socket. */
static gboolean
is_alive(PostgresSource *source)
{
	struct pollfd wanted = { .fd = PQsocket(source->connection), .events = POLLIN };

	if (source->broken || PQstatus(source->connection) != CONNECTION_OK)
		return FALSE;
	/* First the words, then the end: each is a read of its own. */
	while (poll(&wanted, 1, 0) > 0)
		if (!PQconsumeInput(source->connection) || PQstatus(source->connection) != CONNECTION_OK)
			return FALSE;
	return TRUE;
}

static gboolean
make_sure_of_connection(PostgresSource *source, GError **error)
{
	if (is_alive(source))
		return TRUE;
	PQreset(source->connection);
	return set_up(source, error);
}

static PGresult *
list_columns(PostgresSource *source, const char *table, GError **error)
{
	const char *const values[] = { source->schema, table };

	return only_answer(source,
		PQsendQueryParams(source->connection,
			"SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,"
			" CASE WHEN c.relkind IN ('r', 'p', 'm') THEN c.reltuples::bigint ELSE -1 END"
			" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON "
			"a.attrelid = c.oid"
			" WHERE n.nspname = $1 AND ($2::text IS NULL OR c.relname = $2::text) AND c.relkind IN ('r', "
			"'p', 'v', 'm')"
			" AND a.attnum > 0 AND NOT a.attisdropped AND has_schema_privilege(n.oid, 'USAGE')"
			" AND has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY c.relname COLLATE \"C\", "
			"a.attnum",
			2, NULL, values, NULL, NULL, 0),
		error);
}

static json_t *
new_table(const PGresult *result, int row, gboolean count)
{
	json_t *table = json_pack("{s:s, s:[]}", "table", PQgetvalue(result, row, 0), "columns");
	gint64 rows = g_ascii_strtoll(PQgetvalue(result, row, 4), NULL, 10);

	if (count && rows >= 0)
		json_object_set_new(table, "rows", json_integer(rows));
	return table;
}

static json_t *
postgres_tables(FnSourceConnection *base, const char *table, gboolean count, GError **error)
{
	PostgresSource *source = (PostgresSource *)base;
	PGresult *result;
	json_t *out, *last = NULL;

	g_atomic_int_set(&base->cancelled, FALSE);
	fn_source_deadline(base, FN_SOURCE_SAMPLE_MS);
	if (!make_sure_of_connection(source, error))
		return NULL;
	result = list_columns(source, table, error);
	if (result == NULL)
		return NULL;
	out = json_array();
	for (int i = 0; i < PQntuples(result); i++) {
		json_t *columns;

		if (last == NULL ||
			strcmp(json_string_value(json_object_get(last, "table")), PQgetvalue(result, i, 0)) != 0) {
			last = new_table(result, i, count);
			json_array_append_new(out, last);
		}
		columns = json_object_get(last, "columns");
		if (json_array_size(columns) < FN_SOURCE_MAX_COLUMNS)
			json_array_append_new(columns,
				json_pack("{s:s, s:s, s:b}", "name", PQgetvalue(result, i, 1), "type",
					PQgetvalue(result, i, 2), "nullable", *PQgetvalue(result, i, 3) != 't'));
	}
	PQclear(result);
	return out;
}

static gint64
estimated_rows(PostgresSource *source, const char *table)
{
	const char *const values[] = { source->schema, table };
	PGresult *result = only_answer(source,
		PQsendQueryParams(source->connection,
			"SELECT c.reltuples::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
			" WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'm')",
			2, NULL, values, NULL, NULL, 0),
		NULL);
	gint64 rows =
		result != NULL && PQntuples(result) == 1 ? g_ascii_strtoll(PQgetvalue(result, 0, 0), NULL, 10) : 0;

	PQclear(result);
	return rows;
}

static void
sample_row(const PGresult *result, FnSampler *sampler)
{
	for (int i = 0; i < PQnfields(result); i++)
		if (!PQgetisnull(result, 0, i))
			fn_sampler_add(sampler, (guint)i, PQgetvalue(result, 0, i), (gsize)PQgetlength(result, 0, i));
}

static gboolean
postgres_sample(FnSourceConnection *base, const char *table, const json_t *columns, FnSampler *sampler, GError **error)
{
	enum { WANTED = 20000 };
	PostgresSource *source = (PostgresSource *)base;
	g_autofree char *all = fn_source_select_all(base, table, columns);
	g_autofree char *sql = NULL;
	GError *failure = NULL;
	PGresult *result;
	gint64 rows;

	fn_source_deadline(base, FN_SOURCE_SAMPLE_MS);
	rows = estimated_rows(source, table);
	if (rows > FN_SOURCE_SAMPLE_SCAN) {
		char share[G_ASCII_DTOSTR_BUF_SIZE];

		g_ascii_formatd(share, sizeof(share), "%.9f", 100.0 * WANTED / (gdouble)rows);
		sql = g_strdup_printf(
			"%s TABLESAMPLE SYSTEM (%s) REPEATABLE (1) LIMIT %d", all, share, FN_SOURCE_SAMPLE_SCAN);
	} else {
		sql = g_strdup_printf("%s LIMIT %d", all, FN_SOURCE_SAMPLE_SCAN);
	}
	if (!PQsendQuery(source->connection, sql) || !PQsetSingleRowMode(source->connection))
		return fail_connection(source, error);
	while (failure == NULL && (result = next_answer(source, &failure)) != NULL) {
		if (!is_good(result))
			fail(source, result, &failure);
		else if (PQresultStatus(result) == PGRES_SINGLE_TUPLE)
			sample_row(result, sampler);
		PQclear(result);
	}
	settle(source);
	if (failure == NULL)
		return TRUE;
	g_propagate_error(error, failure);
	return FALSE;
}

static guint
count_values(const FnSourceSelect *select, gboolean resumed)
{
	return select->fixed_count + select->keys + (resumed ? 1 : 0);
}

/* The server reads the SQL: unknown types and operators that a column does not have are told here. */
static gboolean
prepare_on_server(FnSourceSelect *select, const char *name, const char *sql, GError **error)
{
	PostgresSource *source = (PostgresSource *)select->source;
	PGresult *result = only_answer(source, PQsendPrepare(source->connection, name, sql, 0, NULL), error);

	PQclear(result);
	return result != NULL;
}

static gboolean
prepare_again(FnSourceSelect *select, GError **error)
{
	PostgresSource *source = (PostgresSource *)select->source;
	Prepared *prepared = select->driver;

	if (prepared->generation == source->generation)
		return TRUE;
	if (!prepare_on_server(select, prepared->name, select->first, error))
		return FALSE;
	prepared->generation = source->generation;
	return TRUE;
}

static gboolean
postgres_prepare(FnSourceSelect *select, GError **error)
{
	PostgresSource *source = (PostgresSource *)select->source;
	Prepared *prepared = g_new0(Prepared, 1);

	select->driver = prepared;
	fn_source_deadline(&source->base, FN_SOURCE_SAMPLE_MS);
	if (select->keys == 0 || select->has_cursor)
		return prepare_on_server(select, "", select->first, error) &&
		       (!select->has_cursor || prepare_on_server(select, "", select->resumed, error));
	g_snprintf(prepared->name, sizeof(prepared->name), "s%u", ++source->names);
	return prepare_again(select, error);
}

static void
postgres_unprepare(FnSourceSelect *select)
{
	PostgresSource *source = (PostgresSource *)select->source;
	Prepared *prepared = select->driver;

	if (prepared->generation != 0 && prepared->generation == source->generation && !source->broken) {
		g_autofree char *sql = g_strdup_printf("DEALLOCATE %s", prepared->name);

		if (PQsendQuery(source->connection, sql))
			drain(source);
	}
	PQclear(prepared->block);
	g_free(prepared);
}

/* The server stops on its own a second after we would, in case we are gone by then. */
static gboolean
set_timeout(PostgresSource *source, guint timeout_ms, GError **error)
{
	g_autofree char *sql = NULL;

	if (source->timeout_ms == timeout_ms)
		return TRUE;
	sql = g_strdup_printf("SET statement_timeout = %" G_GUINT64_FORMAT,
		timeout_ms == 0 ? 0 : MIN((guint64)timeout_ms + 1000, (guint64)G_MAXINT));
	if (!command(source, sql, error))
		return FALSE;
	source->timeout_ms = timeout_ms;
	return TRUE;
}

static gboolean
run_keyed(FnSourceSelect *select, const char *const *values, GError **error)
{
	PostgresSource *source = (PostgresSource *)select->source;
	Prepared *prepared = select->driver;

	if (!set_timeout(source, select->timeout_ms, error) || !prepare_again(select, error))
		return FALSE;
	return (PQsendQueryPrepared(
			source->connection, prepared->name, (int)count_values(select, FALSE), values, NULL, NULL, 0) &&
		       PQsetSingleRowMode(source->connection)) ||
	       fail_connection(source, error);
}

static gboolean
ask_for_block(FnSourceSelect *select, GError **error)
{
	PostgresSource *source = (PostgresSource *)select->source;
	Prepared *prepared = select->driver;
	char sql[64];

	g_snprintf(sql, sizeof(sql), fetch_sql, prepared->next_rows);
	if (!PQsendQuery(source->connection, sql))
		return fail_connection(source, error);
	prepared->asked = prepared->next_rows;
	return TRUE;
}

static gboolean
run_cursor(FnSourceSelect *select, const char *const *values, gboolean resumed, GError **error)
{
	PostgresSource *source = (PostgresSource *)select->source;
	Prepared *prepared = select->driver;
	g_autofree char *sql = g_strconcat(
		"DECLARE fengni_rows NO SCROLL CURSOR FOR ", resumed ? select->resumed : select->first, NULL);
	PGresult *result;

	/* No time limit at the server: a block may wait long for a slow caller. */
	if (!set_timeout(source, 0, error) || !command(source, "BEGIN READ ONLY", error))
		return FALSE;
	result = only_answer(source,
		PQsendQueryParams(
			source->connection, sql, (int)count_values(select, resumed), NULL, values, NULL, NULL, 0),
		error);
	if (result == NULL)
		return FALSE;
	PQclear(result);
	g_clear_pointer(&prepared->block, PQclear);
	prepared->next_rows = FIRST_ROWS;
	prepared->is_last = FALSE;
	return ask_for_block(select, error);
}

static gboolean
postgres_run(FnSourceSelect *select, const char *const *values, gboolean resumed, GError **error)
{
	PostgresSource *source = (PostgresSource *)select->source;
	Prepared *prepared = select->driver;

	if (!make_sure_of_connection(source, error))
		return FALSE;
	return *prepared->name != '\0' ? run_keyed(select, values, error) : run_cursor(select, values, resumed, error);
}

static void
copy_row(FnSourceSelect *select, const PGresult *result)
{
	FnRowBatch *batch = &select->batch;

	for (guint i = 0; i < batch->columns; i++) {
		gsize size = (gsize)PQgetlength(result, 0, (int)i);

		batch->size[i][batch->rows] = (guint32)size;
		batch->value[i][batch->rows] =
			PQgetisnull(result, 0, (int)i)
				? NULL
				: fn_arena_copy(&select->arena, PQgetvalue(result, 0, (int)i), size);
	}
	batch->rows++;
}

static gboolean
fetch_keyed(FnSourceSelect *select, guint most, gboolean *ended_out, GError **error)
{
	PostgresSource *source = (PostgresSource *)select->source;
	GError *failure = NULL;

	while (select->batch.rows < most && select->arena.used < FN_SOURCE_BATCH_BYTES && !*ended_out &&
		failure == NULL) {
		PGresult *result = next_answer(source, &failure);

		if (result == NULL)
			*ended_out = failure == NULL;
		else if (!is_good(result))
			fail(source, result, &failure);
		else if (PQresultStatus(result) == PGRES_SINGLE_TUPLE)
			copy_row(select, result);
		PQclear(result);
	}
	if (failure == NULL)
		return TRUE;
	g_propagate_error(error, failure);
	return FALSE;
}

/* Blocks of about a quarter of the bytes that a batch may have, growing slowly from the first. */
static guint
rows_for_next(const PGresult *block, guint before)
{
	gsize rows = (gsize)PQntuples(block);
	gsize each = rows == 0 ? 1 : PQresultMemorySize(block) / rows + 1;

	return (guint)CLAMP(FN_SOURCE_BATCH_BYTES / 4 / each, 1, MIN(before * 4, FN_SOURCE_BATCH_ROWS));
}

/* Takes the block that is under way and asks for the one after it. */
static gboolean
next_block(FnSourceSelect *select, GError **error)
{
	PostgresSource *source = (PostgresSource *)select->source;
	Prepared *prepared = select->driver;
	guint asked = prepared->asked;

	g_clear_pointer(&prepared->block, PQclear);
	prepared->at = 0;
	prepared->asked = 0;
	prepared->block = only_answer(source, TRUE, error);
	if (prepared->block == NULL)
		return FALSE;
	prepared->is_last = (guint)PQntuples(prepared->block) < asked;
	prepared->next_rows = rows_for_next(prepared->block, asked);
	return prepared->is_last || ask_for_block(select, error);
}

/* Gives rows of the block out where they are, without copying. */
static void
give_rows(FnSourceSelect *select, guint most)
{
	Prepared *prepared = select->driver;
	FnRowBatch *batch = &select->batch;
	guint rows = MIN(most, (guint)(PQntuples(prepared->block) - prepared->at));

	for (guint i = 0; i < batch->columns; i++)
		for (guint k = 0; k < rows; k++) {
			int row = prepared->at + (int)k;

			batch->value[i][k] = PQgetisnull(prepared->block, row, (int)i)
						     ? NULL
						     : PQgetvalue(prepared->block, row, (int)i);
			batch->size[i][k] = (guint32)PQgetlength(prepared->block, row, (int)i);
		}
	batch->rows = rows;
	prepared->at += (int)rows;
}

static gboolean
fetch_cursor(FnSourceSelect *select, guint most, gboolean *ended_out, GError **error)
{
	Prepared *prepared = select->driver;

	if (prepared->block == NULL || (prepared->at == PQntuples(prepared->block) && !prepared->is_last))
		if (!next_block(select, error))
			return FALSE;
	give_rows(select, most);
	/* Rows live in the block, which ending would free: the end comes with the fetch that finds none. */
	*ended_out = select->batch.rows == 0;
	return TRUE;
}

static gboolean
postgres_fetch(FnSourceSelect *select, guint most, gboolean *ended_out, GError **error)
{
	Prepared *prepared = select->driver;

	return *prepared->name != '\0' ? fetch_keyed(select, most, ended_out, error)
				       : fetch_cursor(select, most, ended_out, error);
}

static void
postgres_stop(FnSourceSelect *select)
{
	PostgresSource *source = (PostgresSource *)select->source;
	Prepared *prepared = select->driver;

	/* All rows are here: what is left is the server's word that it has done. */
	if (*prepared->name != '\0' && select->limit > 0 && select->given >= select->limit)
		drain(source);
	settle(source);
	/* The block stays until the next run or the free: the caller may still hold the last batch. */
	prepared->asked = 0;
}

static void
postgres_close(FnSourceConnection *base)
{
	PostgresSource *source = (PostgresSource *)base;

	PQfreeCancel(source->cancel);
	PQfinish(source->connection);
	pthread_mutex_destroy(&source->mutex);
	g_free(source->schema);
	g_free(source);
}

static const FnSourceDriver postgres_driver = {
	.tables = postgres_tables,
	.sample = postgres_sample,
	.prepare = postgres_prepare,
	.run = postgres_run,
	.fetch = postgres_fetch,
	.stop = postgres_stop,
	.unprepare = postgres_unprepare,
	.cancel = postgres_cancel,
	.close = postgres_close,
	.parameter = '$',
};

FnSourceConnection *
fn_source_postgres_open(const json_t *spec, const char *root, GError **error)
{
	g_autoptr(GString) qualifier = g_string_new(NULL);
	g_autofree char *schema = NULL;
	PGconn *connection = fn_source_postgres_connect(spec, root, &schema, error);
	PostgresSource *source;

	if (connection == NULL)
		return NULL;
	fn_source_quote(qualifier, schema);
	g_string_append_c(qualifier, '.');
	source = g_new0(PostgresSource, 1);
	source->base.driver = &postgres_driver;
	source->base.schema = g_strdup(qualifier->str);
	source->schema = g_steal_pointer(&schema);
	source->connection = connection;
	pthread_mutex_init(&source->mutex, NULL);
	fn_source_deadline(&source->base, FN_SOURCE_SAMPLE_MS);
	if (set_up(source, error))
		return &source->base;
	fn_source_close(&source->base);
	return NULL;
}
