#include "source/source.h"

#include "store/testing.h"

#include <glib/gstdio.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

/* A table in a foreign database, made anew for each test: 3,000 residents, a table with an awkward name, a slow view.
 */
typedef struct {
	gboolean postgres;
	char *root, *directory;
	char *user, *schema, *quoted; /* PostgreSQL */
	json_t *spec;
	FnSourceConnection *source;
} Place;

enum { RESIDENTS = 3000 };

static const char sqlite_schema[] =
	"CREATE TABLE resident (id BIGINT PRIMARY KEY, code TEXT NOT NULL, name TEXT, age BIGINT);"
	"INSERT INTO resident WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
	" SELECT i, printf('c%06d', i), CASE WHEN i % 10 = 0 THEN NULL ELSE '居民' || i END, i % 100 FROM n;"
	"CREATE TABLE \"odd \"\"table\" (\"the \"\"column\" TEXT, k TEXT);"
	"INSERT INTO \"odd \"\"table\" VALUES ('50%', 'x_y'), ('it''s', 'xzy'), ('', 'x!y');"
	"CREATE VIEW slow AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) AS i FROM "
	"n;";

static const char postgres_schema[] =
	"CREATE TABLE resident (id BIGINT PRIMARY KEY, code TEXT NOT NULL, name TEXT, age BIGINT);"
	"INSERT INTO resident SELECT i, 'c' || lpad(i::text, 6, '0'), CASE WHEN i % 10 = 0 THEN NULL ELSE '居民' || i "
	"END, i % 100"
	" FROM generate_series(1, 3000) AS i; ANALYZE resident;"
	"CREATE TABLE \"odd \"\"table\" (\"the \"\"column\" TEXT, k TEXT);"
	"INSERT INTO \"odd \"\"table\" VALUES ('50%', 'x_y'), ('it''s', 'xzy'), ('', 'x!y');"
	"CREATE VIEW slow AS SELECT 1::bigint AS i FROM pg_sleep(600);";

static void
ignore_notice(void *data, const char *message)
{
}

static void
run_postgres(const char *sql)
{
	PGconn *connection = PQconnectdb(g_getenv("FENGNI_TEST_POSTGRES"));
	PGresult *result;

	PQsetNoticeProcessor(connection, ignore_notice, NULL);
	result = PQexec(connection, sql);
	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
		g_error("%s", PQerrorMessage(connection));
	PQclear(result);
	PQfinish(connection);
}

static char *
postgres_option(const char *name)
{
	PQconninfoOption *options = PQconninfoParse(g_getenv("FENGNI_TEST_POSTGRES"), NULL);
	char *value = NULL;

	for (PQconninfoOption *at = options; at->keyword != NULL; at++)
		if (strcmp(at->keyword, name) == 0)
			value = g_strdup(at->val);
	PQconninfoFree(options);
	return value;
}

static void
make_sqlite(Place *place)
{
	g_autofree char *path = g_build_filename(place->directory, "data.db", NULL);
	sqlite3 *handle = NULL;

	g_assert_cmpint(sqlite3_open(path, &handle), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_exec(handle, sqlite_schema, NULL, NULL, NULL), ==, SQLITE_OK);
	sqlite3_close(handle);
	place->root = g_strdup(place->directory);
	place->spec = json_pack("{s:s, s:s}", "kind", "sqlite", "path", "data.db");
}

/* The address must be that of a Unix socket: sources refuse loopback addresses. The source's user may only read. */
static void
make_postgres(Place *place)
{
	static guint count;
	g_autofree char *sql = NULL, *database = postgres_option("dbname");

	place->user = g_strdup_printf("fn_source_%d_%u", getpid(), ++count);
	place->schema = g_strdup_printf("%s \"x", place->user);
	place->quoted = g_strdup_printf("\"%s \"\"x\"", place->user);
	sql = g_strdup_printf(
		"CREATE SCHEMA %s; CREATE ROLE %s LOGIN; SET search_path = %s; %s GRANT USAGE ON SCHEMA %s TO %s;"
		" GRANT SELECT ON ALL TABLES IN SCHEMA %s TO %s",
		place->quoted, place->user, place->quoted, postgres_schema, place->quoted, place->user, place->quoted,
		place->user);
	run_postgres(sql);
	place->root = postgres_option("host");
	g_assert_true(place->root[0] == '/');
	place->spec = json_pack("{s:s, s:s, s:i, s:s, s:s, s:s}", "kind", "postgres", "host", place->root, "port", 5432,
		"database", database, "user", place->user, "schema", place->schema);
}

static Place *
place_new(gconstpointer engine)
{
	Place *place = g_new0(Place, 1);
	g_autoptr(GError) error = NULL;

	place->postgres = g_str_equal(engine, "postgres");
	place->directory = g_dir_make_tmp("fengni-source-XXXXXX", NULL);
	if (place->postgres)
		make_postgres(place);
	else
		make_sqlite(place);
	place->source = fn_source_open(place->spec, place->root, &error);
	g_assert_no_error(error);
	return place;
}

static void
remove_tree(const char *directory)
{
	g_autoptr(GDir) list = g_dir_open(directory, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(list)) != NULL) {
		g_autofree char *path = g_build_filename(directory, name, NULL);

		g_unlink(path);
	}
	g_rmdir(directory);
}

static void
place_free(Place *place)
{
	fn_source_close(place->source);
	if (place->postgres) {
		g_autofree char *sql =
			g_strdup_printf("DROP SCHEMA %s CASCADE; DROP ROLE %s", place->quoted, place->user);

		run_postgres(sql);
	}
	remove_tree(place->directory);
	json_decref(place->spec);
	g_free(place->root);
	g_free(place->directory);
	g_free(place->user);
	g_free(place->schema);
	g_free(place->quoted);
	g_free(place);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Place, place_free)

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static FnSourceSelect *
prepare(Place *place, const FnSourceQuery *query)
{
	g_autoptr(GError) error = NULL;
	FnSourceSelect *select = fn_source_prepare(place->source, query, &error);

	g_assert_no_error(error);
	return select;
}

/* All rows of a run as "a,b;c,NULL;". */
static char *
read_rows(FnSourceSelect *select, const char *const *keys, const char *after, guint most)
{
	g_autoptr(GString) seen = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	FnRowBatch batch = { 0 };

	fn_source_run(select, keys, after, 60000, &error);
	g_assert_no_error(error);
	do {
		g_assert_true(fn_source_fetch(select, most, &batch, &error));
		g_assert_no_error(error);
		g_assert_cmpuint(batch.rows, <=, most);
		for (guint row = 0; row < batch.rows; row++)
			for (guint i = 0; i < batch.columns; i++) {
				const char *value = batch.value[i][row];

				g_assert_cmpuint(batch.size[i][row], ==, value != NULL ? strlen(value) : 0);
				g_string_append_printf(seen, "%s%c", value != NULL ? value : "NULL",
					i + 1 < batch.columns ? ',' : ';');
			}
	} while (batch.rows > 0);
	return g_strdup(seen->str);
}

static void
test_tables(gconstpointer engine)
{
	g_autoptr(Place) place = place_new(engine);
	g_autoptr(GError) error = NULL;
	json_t *tables = fn_source_tables(place->source, &error);
	json_t *want = json_pack("[{s:s, s:[{s:s, s:s, s:b}, {s:s, s:s, s:b}]}]", "table", "odd \"table", "columns",
		"name", "the \"column", "type", place->postgres ? "text" : "TEXT", "nullable", 1, "name", "k", "type",
		place->postgres ? "text" : "TEXT", "nullable", 1);
	json_t *resident;

	g_assert_no_error(error);
	g_assert_cmpuint(json_array_size(tables), ==, 3);
	json_object_del(json_array_get(tables, 0), "rows");
	g_assert_true(json_equal(json_array_get(tables, 0), json_array_get(want, 0)));
	resident = json_array_get(tables, 1);
	g_assert_cmpint(json_integer_value(json_object_get(resident, "rows")), ==, RESIDENTS);
	g_assert_cmpuint(json_array_size(json_object_get(resident, "columns")), ==, 4);
	g_assert_true(
		json_is_false(json_object_get(json_array_get(json_object_get(resident, "columns"), 1), "nullable")));
	json_decref(tables);
	json_decref(want);
}

static void
test_sample(gconstpointer engine)
{
	g_autoptr(Place) place = place_new(engine);
	g_autoptr(GError) error = NULL;
	json_t *sample = fn_source_sample(place->source, "resident", 100, &error);
	const json_t *codes = json_object_get(sample, "code");
	gboolean late = FALSE;

	g_assert_no_error(error);
	g_assert_cmpuint(json_object_size(sample), ==, 4);
	g_assert_cmpuint(json_array_size(codes), ==, 100);
	g_assert_cmpuint(json_array_size(json_object_get(sample, "name")), ==, 100);
	for (gsize i = 0; i < 100; i++)
		late |= strcmp(json_string_value(json_array_get(codes, i)), "c002500") > 0;
	g_assert_true(late);
	g_assert_null(fn_source_sample(place->source, "nowhere", 100, &error));
	g_assert_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SCHEMA);
	json_decref(sample);
}

static void
test_by_key(gconstpointer engine)
{
	g_autoptr(Place) place = place_new(engine);
	g_autoptr(FnSourceSelect) select = prepare(place, &(FnSourceQuery){ .table = "resident",
								  .columns = NAMES("name", "code", "id", "name"),
								  .keys = NAMES("code"),
								  .limit = 1 });
	static const struct {
		const char *key, *rows;
	} cases[] = {
		{ "c000007", "居民7,c000007,7,居民7;" },
		{ "c000010", "NULL,c000010,10,NULL;" },
		{ "c000007' OR '1'='1", "" },
		{ "", "" },
		{ "c003000", "NULL,c003000,3000,NULL;" },
	};

	for (guint round = 0; round < 3; round++)
		for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
			g_autofree char *rows = read_rows(select, NAMES(cases[i].key), NULL, 1 + round);

			g_assert_cmpstr(rows, ==, cases[i].rows);
		}
}

static void
test_two_keys_and_types(gconstpointer engine)
{
	g_autoptr(Place) place = place_new(engine);
	g_autoptr(FnSourceSelect) select = prepare(
		place, &(FnSourceQuery){ .table = "resident", .columns = NAMES("code"), .keys = NAMES("age", "id") });
	g_autofree char *found = read_rows(select, NAMES("7", "107"), NULL, 10);
	g_autofree char *none = read_rows(select, NAMES("8", "107"), NULL, 10);
	g_autoptr(GError) error = NULL, broken = NULL;
	FnRowBatch batch;

	g_assert_cmpstr(found, ==, "c000107;");
	g_assert_cmpstr(none, ==, "");
	if (place->postgres) { /* SQLite compares any two values */
		g_assert_false(fn_source_run(select, NAMES("7", "汉"), NULL, 0, &error) &&
			       fn_source_fetch(select, 1, &batch, &error));
		g_assert_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_INPUT);
	}
	g_assert_false(fn_source_run(select, NAMES("7", "\xff"), NULL, 0, &broken));
	g_assert_error(broken, FN_SOURCE_ERROR, FN_SOURCE_ERROR_INPUT);
}

static void
test_filters(gconstpointer engine)
{
	static const struct {
		const char *table, *column, *op, *value;
		guint rows;
	} cases[] = {
		{ "resident", "age", "=", "99", 30 },
		{ "resident", "age", "!=", "99", 2970 },
		{ "resident", "age", "<", "10", 300 },
		{ "resident", "age", "<=", "10", 330 },
		{ "resident", "age", ">", "98", 30 },
		{ "resident", "age", ">=", "98", 60 },
		{ "resident", "name", "=", "居民1", 1 },
		{ "resident", "name", "!=", "居民1", 2699 },
		{ "resident", "name", "like_prefix", "居民1", 1000 },
		{ "resident", "id", "like_prefix", "299", 11 },
		{ "resident", "code", "like_prefix", "C", 0 },
		{ "resident", "code", "like_prefix", "%", 0 },
		{ "odd \"table", "k", "like_prefix", "x_", 1 },
		{ "odd \"table", "k", "like_prefix", "x!", 1 },
		{ "odd \"table", "the \"column", "=", "it's", 1 },
		{ "odd \"table", "the \"column", "like_prefix", "", 3 },
	};
	g_autoptr(Place) place = place_new(engine);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const FnSourceFilter filters[] = { { cases[i].column, cases[i].op, cases[i].value }, { 0 } };
		g_autoptr(FnSourceSelect) select = prepare(place,
			&(FnSourceQuery){
				.table = cases[i].table, .columns = NAMES(cases[i].column), .filters = filters });
		g_autofree char *rows = read_rows(select, NULL, NULL, 1000);
		guint found = 0;

		for (const char *at = rows; (at = strchr(at, ';')) != NULL; at++)
			found++;
		g_assert_cmpuint(found, ==, cases[i].rows);
	}
}

/* The rows of @ids from first to last, as read_rows() gives them. */
static char *
ids_between(guint first, guint last)
{
	GString *text = g_string_new(NULL);

	for (guint i = first; i <= last; i++)
		g_string_append_printf(text, "%u;", i);
	return g_string_free(text, FALSE);
}

static void
test_batch(gconstpointer engine)
{
	static const guint sizes[] = { 7, 100, 1024 };
	g_autoptr(Place) place = place_new(engine);
	g_autoptr(FnSourceSelect) select =
		prepare(place, &(FnSourceQuery){ .table = "resident", .columns = NAMES("id"), .cursor = "id" });
	g_autofree char *all = ids_between(1, RESIDENTS), *rest = ids_between(1235, RESIDENTS);

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree char *whole = read_rows(select, NULL, NULL, sizes[i]);
		g_autofree char *resumed = read_rows(select, NULL, "1234", sizes[i]);
		g_autofree char *over = read_rows(select, NULL, "3000", sizes[i]);

		g_assert_cmpstr(whole, ==, all);
		g_assert_cmpstr(resumed, ==, rest);
		g_assert_cmpstr(over, ==, "");
	}
}

static void
test_batch_limit_and_null_cursor(gconstpointer engine)
{
	const FnSourceFilter young[] = { { "age", "<", "50" }, { 0 } };
	g_autoptr(Place) place = place_new(engine);
	g_autoptr(FnSourceSelect) few = prepare(place,
		&(FnSourceQuery){
			.table = "resident", .columns = NAMES("id"), .filters = young, .cursor = "id", .limit = 3 });
	g_autoptr(FnSourceSelect) names = prepare(place, &(FnSourceQuery){ .table = "resident",
								 .columns = NAMES("name"),
								 .filters = young,
								 .cursor = "name",
								 .limit = 2000 });
	g_autofree char *first = read_rows(few, NULL, NULL, 1024);
	g_autofree char *later = read_rows(few, NULL, "48", 2);
	g_autofree char *named = read_rows(names, NULL, NULL, 1024);

	g_assert_cmpstr(first, ==, "1;2;3;");
	g_assert_cmpstr(later, ==, "49;100;101;");
	g_assert_null(strstr(named, "NULL"));
}

static void
test_schema_errors(gconstpointer engine)
{
	g_autoptr(Place) place = place_new(engine);
	const FnSourceFilter absent[] = { { "nothing", "=", "1" }, { 0 } }, op[] = { { "age", "LIKE", "1" }, { 0 } };
	const FnSourceFilter null[] = { { "age", "=", NULL }, { 0 } }, bytes[] = { { "age", "=", "\xff" }, { 0 } };
	const struct {
		FnSourceQuery query;
		FnSourceError code;
	} cases[] = {
		{ { .table = "nowhere", .columns = NAMES("id") }, FN_SOURCE_ERROR_SCHEMA },
		{ { .table = "resident\"; DROP TABLE resident; --", .columns = NAMES("id") }, FN_SOURCE_ERROR_SCHEMA },
		{ { .table = "sqlite_schema", .columns = NAMES("name") }, FN_SOURCE_ERROR_SCHEMA },
		{ { .table = "pg_class", .columns = NAMES("relname") }, FN_SOURCE_ERROR_SCHEMA },
		{ { .table = "resident", .columns = NAMES("id", "password") }, FN_SOURCE_ERROR_SCHEMA },
		{ { .table = "resident", .columns = NAMES("rowid") }, FN_SOURCE_ERROR_SCHEMA },
		{ { .table = "resident", .columns = NAMES("id"), .keys = NAMES("id\" = id --") },
			FN_SOURCE_ERROR_SCHEMA },
		{ { .table = "resident", .columns = NAMES("id"), .cursor = "nothing" }, FN_SOURCE_ERROR_SCHEMA },
		{ { .table = "resident", .columns = NAMES("id"), .filters = absent }, FN_SOURCE_ERROR_SCHEMA },
		{ { .table = "resident", .columns = NAMES("id"), .filters = op }, FN_SOURCE_ERROR_SPEC },
		{ { .table = "resident", .columns = NAMES("id"), .filters = null }, FN_SOURCE_ERROR_SPEC },
		{ { .table = "resident", .columns = NAMES("id"), .filters = bytes }, FN_SOURCE_ERROR_SPEC },
		{ { .table = "resident", .columns = (const char *const[]){ NULL } }, FN_SOURCE_ERROR_SPEC },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_source_prepare(place->source, &cases[i].query, &error));
		g_assert_error(error, FN_SOURCE_ERROR, (int)cases[i].code);
	}
}

static void
test_cut_short_is_no_end(gconstpointer engine)
{
	g_autoptr(Place) place = place_new(engine);
	g_autoptr(FnSourceSelect) first =
		prepare(place, &(FnSourceQuery){ .table = "resident", .columns = NAMES("id"), .cursor = "id" });
	g_autoptr(FnSourceSelect) second =
		prepare(place, &(FnSourceQuery){ .table = "resident", .columns = NAMES("id"), .keys = NAMES("id") });
	g_autoptr(GError) never = NULL, ended = NULL;
	g_autofree char *row = NULL, *again = NULL, *all = ids_between(1, RESIDENTS);
	FnRowBatch batch;

	g_assert_false(fn_source_fetch(first, 10, &batch, &never));
	g_assert_error(never, FN_SOURCE_ERROR, FN_SOURCE_ERROR_QUERY);
	g_assert_true(fn_source_run(first, NULL, NULL, 0, NULL));
	g_assert_true(fn_source_fetch(first, 10, &batch, NULL));
	g_assert_cmpuint(batch.rows, ==, 10);
	row = read_rows(second, NAMES("5"), NULL, 10);
	g_assert_cmpstr(row, ==, "5;");
	g_assert_false(fn_source_fetch(first, 10, &batch, &ended));
	g_assert_error(ended, FN_SOURCE_ERROR, FN_SOURCE_ERROR_QUERY);
	again = read_rows(first, NULL, NULL, 1024);
	g_assert_cmpstr(again, ==, all);
}

static void
assert_slow_fails(
	Place *place, const FnSourceQuery *query, const char *const *keys, guint timeout_ms, FnSourceError code)
{
	g_autoptr(FnSourceSelect) slow = prepare(place, query);
	g_autoptr(FnSourceSelect) quick =
		prepare(place, &(FnSourceQuery){ .table = "resident", .columns = NAMES("id"), .keys = NAMES("id") });
	g_autoptr(GError) error = NULL;
	g_autofree char *row = NULL;
	FnRowBatch batch;

	g_assert_false(
		fn_source_run(slow, keys, NULL, timeout_ms, &error) && fn_source_fetch(slow, 10, &batch, &error));
	g_assert_error(error, FN_SOURCE_ERROR, (int)code);
	g_assert_false(fn_source_fetch(slow, 10, &batch, NULL));
	/* The connection goes on serving. */
	row = read_rows(quick, NAMES("5"), NULL, 10);
	g_assert_cmpstr(row, ==, "5;");
}

static const FnSourceQuery slow_batch = { .table = "slow", .columns = (const char *const[]){ "i", NULL } };
static const FnSourceQuery slow_query = {
	.table = "slow", .columns = (const char *const[]){ "i", NULL }, .keys = (const char *const[]){ "i", NULL }
};

static void
test_timeout(gconstpointer engine)
{
	g_autoptr(Place) place = place_new(engine);

	assert_slow_fails(place, &slow_batch, NULL, 50, FN_SOURCE_ERROR_TIMEOUT);
	assert_slow_fails(place, &slow_query, NAMES("1"), 50, FN_SOURCE_ERROR_TIMEOUT);
}

typedef struct {
	FnSourceConnection *source;
	gint done;
} Canceller;

static gpointer
cancel_until_done(gpointer data)
{
	Canceller *canceller = data;

	while (!g_atomic_int_get(&canceller->done)) {
		g_usleep(30000);
		if (!g_atomic_int_get(&canceller->done))
			fn_source_cancel(canceller->source);
	}
	return NULL;
}

static void
test_cancel(gconstpointer engine)
{
	static const FnSourceQuery *const queries[] = { &slow_batch, &slow_query };
	g_autoptr(Place) place = place_new(engine);

	for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
		g_autoptr(FnSourceSelect) select = prepare(place, queries[i]);
		Canceller canceller = { .source = place->source };
		GThread *thread = g_thread_new("cancel", cancel_until_done, &canceller);
		g_autoptr(GError) error = NULL;
		FnRowBatch batch;

		g_assert_false(fn_source_run(select, NAMES("1"), NULL, 0, &error) &&
			       fn_source_fetch(select, 10, &batch, &error));
		g_assert_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_CANCELLED);
		g_atomic_int_set(&canceller.done, TRUE);
		g_thread_join(thread);
	}
}

static void
test_many_selects(gconstpointer engine)
{
	g_autoptr(Place) place = place_new(engine);

	for (guint i = 1; i <= 40; i++) {
		g_autoptr(FnSourceSelect) select = prepare(
			place, &(FnSourceQuery){
				       .table = "resident", .columns = NAMES("id"), .keys = NAMES("id"), .limit = 1 });
		g_autofree char *key = g_strdup_printf("%u", i);
		g_autofree char *want = g_strdup_printf("%u;", i);
		g_autofree char *row = read_rows(select, NAMES(key), NULL, 16);

		g_assert_cmpstr(row, ==, want);
	}
}

/* Ends the source's sessions, and waits until they are gone. */
static void
kill_sessions(const Place *place)
{
	g_autofree char *sql = g_strdup_printf(
		"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = '%s'", place->user);

	run_postgres(sql);
}

static void
test_lost_connection(gconstpointer engine)
{
	g_autoptr(Place) place = place_new(engine);
	g_autoptr(FnSourceSelect) one = prepare(place,
		&(FnSourceQuery){ .table = "resident", .columns = NAMES("id"), .keys = NAMES("id"), .limit = 1 });
	g_autoptr(FnSourceSelect) all =
		prepare(place, &(FnSourceQuery){ .table = "resident", .columns = NAMES("id", "code"), .cursor = "id" });
	g_autofree char *before = read_rows(one, NAMES("5"), NULL, 1), *after = NULL, *whole = NULL;
	g_autoptr(GError) error = NULL;
	FnRowBatch batch = { .rows = 1 };

	kill_sessions(place);
	after = read_rows(one, NAMES("5"), NULL, 1);
	g_assert_cmpstr(after, ==, before);
	g_assert_true(fn_source_run(all, NULL, NULL, 0, NULL));
	g_assert_true(fn_source_fetch(all, 1, &batch, NULL));
	kill_sessions(place);
	while (fn_source_fetch(all, 1024, &batch, &error))
		g_assert_cmpuint(batch.rows, >, 0); /* never an end */
	g_assert_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_CONNECT);
	whole = read_rows(all, NULL, NULL, 1024);
	g_assert_true(g_str_has_suffix(whole, "3000,c003000;"));
}

/* A view that writes: the session refuses. */
static void
test_read_only(gconstpointer engine)
{
	g_autoptr(Place) place = place_new(engine);
	g_autoptr(FnSourceSelect) select = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *sql = g_strdup_printf(
		"SET search_path = %s; CREATE TABLE written (x BIGINT);"
		" CREATE FUNCTION write() RETURNS BIGINT LANGUAGE sql AS 'INSERT INTO %s.written VALUES (1) RETURNING "
		"x';"
		" CREATE VIEW writing AS SELECT write() AS x; GRANT ALL ON ALL TABLES IN SCHEMA %s TO %s",
		place->quoted, place->quoted, place->quoted, place->user);
	FnRowBatch batch;

	run_postgres(sql);
	select = prepare(place, &(FnSourceQuery){ .table = "writing", .columns = NAMES("x") });
	g_assert_false(fn_source_run(select, NULL, NULL, 0, &error) && fn_source_fetch(select, 1, &batch, &error));
	g_assert_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_QUERY);
	g_assert_nonnull(strstr(error->message, "read-only"));
}

/* A SQLite file of any make can do nothing but be read. */
static void
test_hostile_file(void)
{
	static const char schema[] = "CREATE TABLE \"bad \xff\" (x); CREATE TABLE half (\"\xff\", good);"
				     "CREATE VIEW loader AS SELECT load_extension('/tmp/x.so') AS x;"
				     "CREATE VIEW reader AS SELECT readfile('/etc/passwd') AS x;"
				     "CREATE VIRTUAL TABLE words USING fts5(x);";
	g_autoptr(Place) place = place_new("sqlite");
	g_autofree char *path = g_build_filename(place->root, "data.db", NULL);
	g_autoptr(GString) names = g_string_new(NULL);
	g_autoptr(GError) error = NULL, listed = NULL;
	sqlite3 *handle = NULL;
	json_t *tables;

	g_assert_cmpint(sqlite3_open(path, &handle), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_exec(handle, schema, NULL, NULL, NULL), ==, SQLITE_OK);
	sqlite3_close(handle);
	g_assert_null(
		fn_source_prepare(place->source, &(FnSourceQuery){ .table = "loader", .columns = NAMES("x") }, NULL));
	g_assert_null(
		fn_source_prepare(place->source, &(FnSourceQuery){ .table = "words", .columns = NAMES("x") }, &error));
	g_assert_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SCHEMA);
	tables = fn_source_tables(place->source, &listed);
	g_assert_no_error(listed);
	for (gsize i = 0; i < json_array_size(tables); i++)
		g_string_append_printf(
			names, "%s;", json_string_value(json_object_get(json_array_get(tables, i), "table")));
	g_assert_cmpstr(names->str, ==, "half;odd \"table;resident;slow;");
	g_assert_cmpuint(json_array_size(json_object_get(json_array_get(tables, 0), "columns")), ==, 1);
	json_decref(tables);
}

static void
assert_spec(const json_t *spec, const char *root, FnSourceError code)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_source_open(spec, root, &error));
	g_assert_error(error, FN_SOURCE_ERROR, (int)code);
	g_assert_null(strstr(error->message, "Pa55word"));
}

static void
test_paths(void)
{
	g_autoptr(Place) place = place_new("sqlite");
	g_autofree char *outside = g_dir_make_tmp("fengni-outside-XXXXXX", NULL);
	g_autofree char *secret = g_build_filename(outside, "secret.db", NULL);
	g_autofree char *link = g_build_filename(place->root, "link.db", NULL);
	g_autofree char *up = g_strdup_printf("../%s/secret.db", strrchr(outside, '/') + 1);
	g_autofree char *text = g_build_filename(place->root, "text.db", NULL);
	g_autofree char *inside = g_build_filename(place->root, "data.db", NULL);
	const struct {
		const char *path;
		FnSourceError code;
	} cases[] = {
		{ up, FN_SOURCE_ERROR_SPEC },
		{ secret, FN_SOURCE_ERROR_SPEC },
		{ "link.db", FN_SOURCE_ERROR_SPEC },
		{ "absent.db", FN_SOURCE_ERROR_SPEC },
		{ "", FN_SOURCE_ERROR_SPEC },
		{ ".", FN_SOURCE_ERROR_SPEC },
		{ "text.db", FN_SOURCE_ERROR_CONNECT },
		{ "/etc/passwd", FN_SOURCE_ERROR_SPEC },
	};
	json_t *good = json_pack("{s:s, s:s}", "kind", "sqlite", "path", inside);
	g_autoptr(FnSourceConnection) source = fn_source_open(good, place->root, NULL);

	g_assert_nonnull(source);
	json_decref(good);
	g_assert_true(g_file_set_contents(secret, "x", 1, NULL));
	g_assert_true(g_file_set_contents(text,
		"this is no database, but longer than one header of a hundred bytes"
		"                                                                            ",
		-1, NULL));
	g_assert_cmpint(symlink(secret, link), ==, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		json_t *spec = json_pack("{s:s, s:s}", "kind", "sqlite", "path", cases[i].path);

		assert_spec(spec, place->root, cases[i].code);
		json_decref(spec);
	}
	remove_tree(outside);
}

static void
test_specs(void)
{
	static const struct {
		const char *text;
		FnSourceError code;
	} cases[] = {
		{ "{}", FN_SOURCE_ERROR_SPEC },
		{ "[]", FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'oracle'}", FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'sqlite','path':'x','mode':'rw'}", FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'sqlite','path':7}", FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'postgres','host':'127.0.0.1','database':'d','user':'u','password':'Pa55word'}",
			FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'postgres','host':'::1','database':'d','user':'u'}", FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'postgres','host':'::ffff:127.0.0.1','database':'d','user':'u'}", FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'postgres','host':'169.254.169.254','database':'d','user':'u'}", FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'postgres','host':'0.0.0.0','database':'d','user':'u'}", FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'postgres','host':'fe80::1','database':'d','user':'u'}", FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'postgres','host':'localhost','database':'d','user':'u'}", FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'postgres','host':'10.0.0.1,10.0.0.2','database':'d','user':'u'}", FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'postgres','host':'/etc','database':'d','user':'u'}", FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'postgres','host':'10.0.0.1','port':0,'database':'d','user':'u'}", FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'postgres','host':'10.0.0.1','port':'5x','database':'d','user':'u'}", FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'postgres','host':'10.0.0.1','database':'','user':'u'}", FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'postgres','host':'10.0.0.1','database':'d'}", FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'postgres','host':'10.0.0.1','database':'d','user':'u','tls':'allow'}",
			FN_SOURCE_ERROR_SPEC },
		{ "{'kind':'postgres','host':'10.0.0.1','database':'d','user':'u','service':'x'}",
			FN_SOURCE_ERROR_SPEC },
		/* no server there */
		{ "{'kind':'postgres','host':'/tmp','port':1,'database':'d','user':'u','password':'Pa55word'}",
			FN_SOURCE_ERROR_CONNECT },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = g_strdelimit(g_strdup(cases[i].text), "'", '"');
		json_t *spec = json_loads(text, 0, NULL);

		g_assert_nonnull(spec);
		assert_spec(spec, "/tmp", cases[i].code);
		json_decref(spec);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/source/hostile-file", test_hostile_file);
	if (g_strv_contains(fn_test_engines(), "postgres")) {
		g_test_add_data_func("/source/lost-connection/postgres", "postgres", test_lost_connection);
		g_test_add_data_func("/source/read-only/postgres", "postgres", test_read_only);
	}
	fn_test_add("/source/tables", test_tables);
	fn_test_add("/source/sample", test_sample);
	fn_test_add("/source/by-key", test_by_key);
	fn_test_add("/source/two-keys-and-types", test_two_keys_and_types);
	fn_test_add("/source/filters", test_filters);
	fn_test_add("/source/batch", test_batch);
	fn_test_add("/source/batch-limit-and-null-cursor", test_batch_limit_and_null_cursor);
	fn_test_add("/source/schema-errors", test_schema_errors);
	fn_test_add("/source/cut-short-is-no-end", test_cut_short_is_no_end);
	fn_test_add("/source/timeout", test_timeout);
	fn_test_add("/source/cancel", test_cancel);
	fn_test_add("/source/many-selects", test_many_selects);
	g_test_add_func("/source/paths", test_paths);
	g_test_add_func("/source/specs", test_specs);
	return g_test_run();
}
