#include "base/text.h"
#include "store/store_priv.h"

#include <libpq-fe.h>
#include <poll.h>
#include <string.h>

enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_TEXT = 25 };

typedef struct {
	FnDb base;
	PGconn *connection;
	GHashTable *prepared; /* "t,i,…" + address of the FnSql → name on the server; emptied by a new connection */
	guint names;
} PostgresDb;

typedef struct {
	FnRows base;
	PGresult *result;
	int at;             /* -1 before the first row */
	GPtrArray *decoded; /* blobs of this row */
} PostgresRows;

static const struct {
	const char *state; /* SQLSTATE or its class */
	FnDbError as;
	const char *remedy;
} meanings[] = {
	{ "40001", FN_DB_ERROR_BUSY, "try again" },
	{ "40P01", FN_DB_ERROR_BUSY, "try again" },
	{ "55P03", FN_DB_ERROR_BUSY, "another writer held the lock too long; try again" },
	{ "57014", FN_DB_ERROR_BUSY, "the server cancelled it; try again" },
	{ "42P01", FN_DB_ERROR_SCHEMA, "the registry was never made or is older than this program; migrate it first" },
	{ "3F000", FN_DB_ERROR_SCHEMA, "the schema in the search path does not exist" },
	{ "53100", FN_DB_ERROR_FULL, "free space on the disk of the database server" },
	{ "53", FN_DB_ERROR_BUSY, "the database server is short of resources" },
	{ "58", FN_DB_ERROR_FULL, "check the disk of the database server and its log" },
	{ "57P", FN_DB_ERROR_LOST, "the database server ended the connection; try again" },
	{ "08", FN_DB_ERROR_LOST, "the connection broke; try again" },
	{ "23", FN_DB_ERROR_CONSTRAINT, NULL },
	{ "25006", FN_DB_ERROR_CONNECT,
		"the server is a standby or read only: point the setting \"registry\" at the primary" },
};

static gboolean
fail_with(FnDbError as, const char *doing, const char *message, const char *remedy, GError **error)
{
	g_autofree char *line = g_strdup(message);
	g_autofree char *shown = fn_text_safe(g_strstrip(g_strdelimit(line, "\r\n\t", ' ')), -1, 300);

	g_set_error(error, FN_DB_ERROR, as, "%s: %s%s%s", doing, shown, remedy != NULL ? "; " : "",
		remedy != NULL ? remedy : "");
	return FALSE;
}

static gboolean
fail(PostgresDb *db, const char *doing, const PGresult *result, GError **error)
{
	const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	/* The first line alone: DETAIL repeats values, and those of a data exception (22…) are values through and
	 * through. */
	const char *message = result != NULL ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	if (state == NULL || PQstatus(db->connection) == CONNECTION_BAD)
		return fail_with(
			FN_DB_ERROR_LOST, doing, "the connection to the database server broke", "try again", error);
	if (g_str_has_prefix(state, "22"))
		message = "a value does not fit";
	for (gsize i = 0; i < G_N_ELEMENTS(meanings); i++)
		if (g_str_has_prefix(state, meanings[i].state))
			return fail_with(meanings[i].as, doing, message, meanings[i].remedy, error);
	return fail_with(FN_DB_ERROR_STATEMENT, doing, message != NULL ? message : state, NULL, error);
}

static void
ignore_notice(void *data, const char *message)
{
}

static gboolean
fail_to_connect(PostgresDb *db, GError **error)
{
	const char *host = PQhost(db->connection), *port = PQport(db->connection), *database = PQdb(db->connection);
	g_autofree char *doing = g_strdup_printf("registry %s on %s port %s", database != NULL ? database : "?",
		host != NULL && *host != '\0' ? host : "the local socket", port != NULL ? port : "?");
	g_autofree char *shown = fn_text_safe(doing, -1, 300);

	return fail_with(FN_DB_ERROR_CONNECT, shown, PQerrorMessage(db->connection),
		"check that the server runs, that the database and the user exist, and the setting \"registry\"",
		error);
}

/* After every (re)connect. */
static gboolean
set_up(PostgresDb *db, GError **error)
{
	g_autofree char *text = g_strdup_printf("SET lock_timeout = %d; SET standard_conforming_strings = on;"
						" SET bytea_output = 'hex'; SET synchronous_commit = on",
		FN_DB_PATIENCE_MS);
	const char *encoding;
	PGresult *result;
	gboolean done;

	g_hash_table_remove_all(db->prepared);
	if (PQstatus(db->connection) != CONNECTION_OK)
		return fail_to_connect(db, error);
	PQsetNoticeProcessor(db->connection, ignore_notice, NULL);
	encoding = PQparameterStatus(db->connection, "server_encoding");
	if (g_strcmp0(encoding, "UTF8") != 0)
		return fail_with(FN_DB_ERROR_CONNECT, "registry", "the database is not encoded in UTF-8",
			"make it anew with ENCODING 'UTF8'", error);
	result = PQexec(db->connection, text);
	done = PQresultStatus(result) == PGRES_COMMAND_OK || fail(db, "session settings", result, error);
	PQclear(result);
	return done;
}

/* A server that restarted while the connection was idle has left its farewell in the socket. */
static gboolean
is_alive(PostgresDb *db)
{
	struct pollfd poll_fd = { .fd = PQsocket(db->connection), .events = POLLIN };

	if (PQstatus(db->connection) != CONNECTION_OK)
		return FALSE;
	/* First the words, then the end: each is a read of its own. */
	while (poll(&poll_fd, 1, 0) > 0)
		if (!PQconsumeInput(db->connection) || PQstatus(db->connection) != CONNECTION_OK)
			return FALSE;
	return TRUE;
}

static gboolean
make_sure_of_connection(PostgresDb *db, GError **error)
{
	if (db->base.in_transaction) /* what was begun there is gone with it: the statement will say so */
		return TRUE;
	if (is_alive(db))
		return TRUE;
	PQreset(db->connection);
	return set_up(db, error);
}

typedef struct {
	const char *values[FN_DB_MAX_BINDS];
	int lengths[FN_DB_MAX_BINDS], formats[FN_DB_MAX_BINDS];
	Oid types[FN_DB_MAX_BINDS];
	char signature[FN_DB_MAX_BINDS + 1];
	char numbers[FN_DB_MAX_BINDS][24];
	guint count;
} Parameters;

static void
parameter_set(Parameters *parameters, guint i, const FnBind *bind)
{
	parameters->signature[i] = bind->type;
	parameters->values[i] = bind->text;
	parameters->lengths[i] = 0;
	parameters->formats[i] = 0;
	parameters->types[i] = OID_TEXT;
	switch (bind->type) {
	case 'i':
		g_snprintf(parameters->numbers[i], sizeof(parameters->numbers[i]), "%" G_GINT64_FORMAT, bind->number);
		parameters->values[i] = parameters->numbers[i];
		parameters->types[i] = OID_INT8;
		break;
	case 'b':
		g_assert(bind->number >= 0 && bind->number <= G_MAXINT);
		parameters->lengths[i] = (int)bind->number;
		parameters->formats[i] = 1;
		parameters->types[i] = OID_BYTEA;
		break;
	case 'n':
		parameters->values[i] = NULL;
		parameters->types[i] = 0;
		break;
	default:
		g_assert(bind->type == 't');
	}
}

static void
parameters_set(Parameters *parameters, const FnSql *sql, const FnBind *binds)
{
	guint count = fn_db_bind_count(binds);

	g_assert(count <= FN_DB_MAX_BINDS && count == g_strv_length((char **)sql->parameters));
	for (guint i = 0; i < count; i++)
		parameter_set(parameters, i, fn_db_bind_find(sql, binds, sql->parameters[i]));
	parameters->signature[count] = '\0';
	parameters->count = count;
}

static char *
prepared_key(const FnSql *sql, const Parameters *parameters)
{
	return g_strdup_printf("%p%s", (gconstpointer)sql, parameters->signature);
}

/* The server's name for @sql with parameters of these types; borrowed. */
static const char *
prepare(PostgresDb *db, const FnSql *sql, const Parameters *parameters, GError **error)
{
	g_autofree char *key = prepared_key(sql, parameters);
	char *name = g_hash_table_lookup(db->prepared, key);
	PGresult *result;

	if (name != NULL)
		return name;
	name = g_strdup_printf("s%u", ++db->names);
	result = PQprepare(db->connection, name, sql->postgres, (int)parameters->count, parameters->types);
	if (PQresultStatus(result) != PGRES_COMMAND_OK) {
		fail(db, sql->name, result, error);
		g_clear_pointer(&name, g_free);
	} else {
		g_hash_table_insert(db->prepared, g_steal_pointer(&key), name);
	}
	PQclear(result);
	return name;
}

static gboolean
has_result(const PGresult *result)
{
	return PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
}

/* A prepared statement goes stale when another program changes the schema, or a pooler hands us another session. */
static gboolean
is_stale(const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return g_strcmp0(state, "26000") == 0 || g_strcmp0(state, "0A000") == 0;
}

static PGresult *
run_once(PostgresDb *db, const FnSql *sql, const Parameters *parameters, GError **error)
{
	const char *name = prepare(db, sql, parameters, error);

	if (name == NULL)
		return NULL;
	return PQexecPrepared(db->connection, name, (int)parameters->count, parameters->values, parameters->lengths,
		parameters->formats, 0);
}

static PGresult *
run(PostgresDb *db, const FnSql *sql, const FnBind *binds, GError **error)
{
	Parameters parameters;
	PGresult *result;

	parameters_set(&parameters, sql, binds);
	if (!make_sure_of_connection(db, error))
		return NULL;
	result = run_once(db, sql, &parameters, error);
	if (result != NULL && is_stale(result) && !db->base.in_transaction) {
		g_autofree char *key = prepared_key(sql, &parameters);

		PQclear(result);
		g_hash_table_remove(db->prepared, key);
		result = run_once(db, sql, &parameters, error);
	}
	if (result == NULL || has_result(result))
		return result;
	fail(db, sql->name, result, error);
	PQclear(result);
	return NULL;
}

static gboolean
postgres_exec(FnDb *base, const FnSql *sql, const FnBind *binds, gint64 *changed_out, GError **error)
{
	PGresult *result = run((PostgresDb *)base, sql, binds, error);

	if (result == NULL)
		return FALSE;
	*changed_out =
		g_str_has_prefix(PQcmdStatus(result), "SELECT") ? 0 : g_ascii_strtoll(PQcmdTuples(result), NULL, 10);
	PQclear(result);
	return TRUE;
}

static FnRows *
postgres_query(FnDb *base, const FnSql *sql, const FnBind *binds, GError **error)
{
	PGresult *result = run((PostgresDb *)base, sql, binds, error);
	PostgresRows *rows;

	if (result == NULL)
		return NULL;
	rows = g_new0(PostgresRows, 1);
	rows->base.db = base;
	rows->result = result;
	rows->at = -1;
	return &rows->base;
}

static gboolean
postgres_next(FnRows *base, GError **error)
{
	PostgresRows *rows = (PostgresRows *)base;

	g_clear_pointer(&rows->decoded, g_ptr_array_unref);
	if (rows->at < PQntuples(rows->result))
		rows->at++;
	return rows->at < PQntuples(rows->result);
}

static PGresult *
result_of(FnRows *base)
{
	return ((PostgresRows *)base)->result;
}

static guint
postgres_columns(FnRows *base)
{
	return (guint)PQnfields(result_of(base));
}

static const char *
postgres_column_name(FnRows *base, guint i)
{
	return PQfname(result_of(base), (int)i);
}

static const char *
postgres_text(FnRows *base, guint i)
{
	PostgresRows *rows = (PostgresRows *)base;
	const char *text = PQgetvalue(rows->result, rows->at, (int)i);

	if (PQgetisnull(rows->result, rows->at, (int)i))
		return NULL;
	if (PQftype(rows->result, (int)i) == OID_BOOL) /* as SQLite says it */
		return *text == 't' ? "1" : "0";
	return text;
}

static gint64
postgres_number(FnRows *base, guint i)
{
	const char *text = postgres_text(base, i);

	return text != NULL ? g_ascii_strtoll(text, NULL, 10) : 0;
}

static gconstpointer
postgres_blob(FnRows *base, guint i, gsize *size_out)
{
	PostgresRows *rows = (PostgresRows *)base;
	const char *text = PQgetvalue(rows->result, rows->at, (int)i);
	gsize size = (gsize)PQgetlength(rows->result, rows->at, (int)i);
	guint8 *bytes;

	*size_out = 0;
	if (PQgetisnull(rows->result, rows->at, (int)i))
		return NULL;
	if (PQftype(rows->result, (int)i) != OID_BYTEA) {
		*size_out = size;
		return text;
	}
	g_assert(size >= 2 && text[0] == '\\' && text[1] == 'x'); /* bytea_output is set */
	size = size / 2 - 1;
	bytes = g_malloc(size + 1);
	g_assert(fn_unhex(text + 2, bytes, size));
	bytes[size] = '\0';
	if (rows->decoded == NULL)
		rows->decoded = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(rows->decoded, bytes);
	*size_out = size;
	return bytes;
}

static void
postgres_rows_free(FnRows *base)
{
	PostgresRows *rows = (PostgresRows *)base;

	g_clear_pointer(&rows->decoded, g_ptr_array_unref);
	PQclear(rows->result);
	g_free(rows);
}

static gboolean
postgres_script(FnDb *base, const char *name, const char *text, GError **error)
{
	PostgresDb *db = (PostgresDb *)base;
	PGresult *result = PQexec(db->connection, text);
	gboolean done = has_result(result) || fail(db, name, result, error);

	PQclear(result);
	return done;
}

static gboolean
postgres_begin(FnDb *base, GError **error)
{
	return make_sure_of_connection((PostgresDb *)base, error) && postgres_script(base, "begin", "BEGIN", error);
}

static gboolean
postgres_commit(FnDb *base, GError **error)
{
	return postgres_script(base, "commit", "COMMIT", error);
}

static void
postgres_rollback(FnDb *base)
{
	PostgresDb *db = (PostgresDb *)base;

	/* A broken connection has rolled back at the server; the next statement opens another. */
	if (PQtransactionStatus(db->connection) != PQTRANS_IDLE)
		PQclear(PQexec(db->connection, "ROLLBACK"));
}

static gboolean
postgres_check(FnDb *base, const FnSql *sql, GError **error)
{
	PostgresDb *db = (PostgresDb *)base;
	PGresult *result = PQprepare(db->connection, "", sql->postgres, 0, NULL);
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	/* Without the types that binds bring, a parameter may be ambiguous: no fault of the statement. */
	gboolean done = PQresultStatus(result) == PGRES_COMMAND_OK || g_strcmp0(state, "42P08") == 0 ||
			g_strcmp0(state, "42P18") == 0 || fail(db, sql->name, result, error);

	PQclear(result);
	return done;
}

static void
postgres_close(FnDb *base)
{
	PostgresDb *db = (PostgresDb *)base;

	PQfinish(db->connection);
	g_hash_table_unref(db->prepared);
	g_free(db);
}

static const FnDbEngine postgres_engine = {
	.exec = postgres_exec,
	.query = postgres_query,
	.script = postgres_script,
	.begin = postgres_begin,
	.commit = postgres_commit,
	.rollback = postgres_rollback,
	.check = postgres_check,
	.close = postgres_close,
	.next = postgres_next,
	.columns = postgres_columns,
	.column_name = postgres_column_name,
	.text = postgres_text,
	.number = postgres_number,
	.blob = postgres_blob,
	.rows_free = postgres_rows_free,
};

/* libpq repeats a malformed address, password and all; so what it says of one is not passed on. */
static gboolean
is_well_formed(const char *url, GError **error)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);

	PQconninfoFree(options);
	return options != NULL || fail_with(FN_DB_ERROR_CONNECT, "registry", "the postgresql:// address is malformed",
					  "correct the setting \"registry\"", error);
}

FnDb *
fn_db_postgres_open(const char *url, GError **error)
{
	/* What the address itself says comes later and wins. */
	const char *const names[] = { "connect_timeout", "application_name", "tcp_user_timeout", "dbname",
		"client_encoding", NULL };
	const char *const values[] = { "10", "fengni", "30000", url, "UTF8", NULL };
	PostgresDb *db;

	if (!is_well_formed(url, error))
		return NULL;
	db = g_new0(PostgresDb, 1);
	db->base.engine = &postgres_engine;
	db->prepared = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	db->connection = PQconnectdbParams(names, values, 1);
	g_assert(db->connection != NULL);
	if (set_up(db, error))
		return &db->base;
	postgres_close(&db->base);
	return NULL;
}
