#include "store/store_priv.h"
#include "store/testing.h"

#include <string.h>

#define SQL(symbol, text_, ...)                                                                                        \
	static const char *const symbol##_parameters[] = { __VA_ARGS__ };                                              \
	static const FnSql symbol = { .name = "test." #symbol, .postgres = (text_), .parameters = symbol##_parameters }

SQL(add, "INSERT INTO t (id, x) VALUES ($1, $2)", "id", "x", NULL);
SQL(count, "SELECT COUNT(*) FROM t", NULL);
SQL(every, "SELECT * FROM t", NULL);
SQL(change, "UPDATE t SET x = $1", "x", NULL);
SQL(to_number, "SELECT CAST($1 AS BIGINT) AS n", "x", NULL);
SQL(pid, "SELECT pg_backend_pid()", NULL);
SQL(terminate, "SELECT pg_terminate_backend(CAST($1 AS INTEGER), 10000)", "pid", NULL);
static const FnMigration steps[] = {
	{ .room = "test", .number = 1, .title = "t", .postgres = "CREATE TABLE t (id TEXT PRIMARY KEY, x BIGINT)" },
	{ 0 }
};
static const FnMigration *const rooms[] = { steps, NULL };

/* Ends the server's side of @db from another connection, and waits for it. */
static void
kill_session(FnDb *db)
{
	g_autoptr(FnDb) other = fn_db_open(fn_test_db_url(db), NULL);
	gint64 who = fn_db_int(db, &pid, FN_NO_BINDS, -1, NULL);

	g_assert_cmpint(fn_db_int(other, &terminate, FN_BINDS(FN_INT("pid", who)), 0, NULL), ==, 1);
}

static void
add_row(FnDb *db, const char *id)
{
	g_autoptr(GError) error = NULL;

	fn_db_exec(db, &add, FN_BINDS(FN_TEXT("id", id), FN_INT("x", 1)), NULL, &error);
	g_assert_no_error(error);
}

static void
test_lost_while_idle(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);

	add_row(db, "before");
	kill_session(db);
	add_row(db, "after"); /* with its statements prepared anew */
	kill_session(db);
	g_assert_true(fn_db_begin(db, NULL));
	add_row(db, "in a transaction");
	g_assert_true(fn_db_commit(db, NULL));
	g_assert_cmpint(fn_db_int(db, &count, FN_NO_BINDS, -1, NULL), ==, 3);
}

static void
test_lost_in_transaction(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);
	g_autoptr(GError) lost = NULL, sticky = NULL, commit = NULL;

	g_assert_true(fn_db_begin(db, NULL));
	add_row(db, "gone");
	kill_session(db);
	g_assert_false(fn_db_exec(db, &add, FN_BINDS(FN_TEXT("id", "stray"), FN_INT("x", 1)), NULL, &lost));
	g_assert_error(lost, FN_DB_ERROR, FN_DB_ERROR_LOST);
	g_assert_false(fn_db_exec(db, &add, FN_BINDS(FN_TEXT("id", "stray"), FN_INT("x", 1)), NULL, &sticky));
	g_assert_error(sticky, FN_DB_ERROR, FN_DB_ERROR_LOST);
	g_assert_false(fn_db_commit(db, &commit));
	g_assert_error(commit, FN_DB_ERROR, FN_DB_ERROR_LOST);
	g_assert_cmpint(fn_db_int(db, &count, FN_NO_BINDS, -1, NULL), ==, 0);
}

static void
test_lost_at_commit(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_db_begin(db, NULL));
	add_row(db, "gone");
	kill_session(db);
	g_assert_false(fn_db_commit(db, &error));
	g_assert_error(error, FN_DB_ERROR, FN_DB_ERROR_LOST);
	add_row(db, "again");
	g_assert_cmpint(fn_db_int(db, &count, FN_NO_BINDS, -1, NULL), ==, 1);
}

static void
test_schema_changes_under_us(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);
	g_autoptr(FnDb) other = fn_db_open(fn_test_db_url(db), NULL);
	g_autoptr(FnRows) rows = NULL;
	g_autoptr(GError) error = NULL;

	add_row(db, "a");
	fn_rows_free(fn_db_query(db, &every, FN_NO_BINDS, NULL));
	g_assert_true(fn_db_script(other, "test", "ALTER TABLE t ADD COLUMN y TEXT", NULL));
	rows = fn_db_query(db, &every, FN_NO_BINDS, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(fn_rows_columns(rows), ==, 3);
	g_assert_true(fn_db_script(db, "test", "DEALLOCATE ALL", NULL)); /* as a pooler's other session */
	add_row(db, "b");
}

static void
test_lock_timeout(gconstpointer engine)
{
	g_autoptr(FnDb) first = fn_test_db(engine, rooms);
	g_autoptr(FnDb) second = fn_db_open(fn_test_db_url(first), NULL);
	g_autoptr(GError) error = NULL;

	add_row(first, "a");
	g_assert_true(fn_db_script(second, "test", "SET lock_timeout = 10", NULL));
	g_assert_true(fn_db_begin(first, NULL));
	g_assert_true(fn_db_exec(first, &change, FN_BINDS(FN_INT("x", 2)), NULL, NULL));
	g_assert_false(fn_db_exec(second, &change, FN_BINDS(FN_INT("x", 3)), NULL, &error));
	g_assert_error(error, FN_DB_ERROR, FN_DB_ERROR_BUSY);
	fn_db_rollback(first);
	g_assert_true(fn_db_exec(second, &change, FN_BINDS(FN_INT("x", 3)), NULL, NULL));
}

static void
test_data_exception_hides_values(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_db_query(db, &to_number, FN_BINDS(FN_TEXT("x", "a secret")), &error));
	g_assert_error(error, FN_DB_ERROR, FN_DB_ERROR_STATEMENT);
	g_assert_null(strstr(error->message, "secret"));
}

static void
test_types_decide_the_plan(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, NULL);

	for (int i = 0; i < 2; i++) { /* one statement, prepared once per kind of value */
		g_assert_cmpint(fn_db_int(db, &to_number, FN_BINDS(FN_INT("x", 7)), 0, NULL), ==, 7);
		g_assert_cmpint(fn_db_int(db, &to_number, FN_BINDS(FN_TEXT("x", "8")), 0, NULL), ==, 8);
		g_assert_cmpint(fn_db_int(db, &to_number, FN_BINDS(FN_NULL("x")), 9, NULL), ==, 9);
	}
}

static void
test_no_server(void)
{
	static const char *const urls[] = {
		"postgresql://user:Pa55word@/db?host=/nowhere",
		"postgresql://user:Pa55word@/db?host=/nowhere&nonsense=1",
		"postgres://user:Pa55word@[::1/db",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(urls); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_db_open(urls[i], &error));
		g_assert_error(error, FN_DB_ERROR, FN_DB_ERROR_CONNECT);
		g_assert_nonnull(strstr(error->message, "setting \"registry\""));
		g_assert_null(strstr(error->message, "Pa55word"));
	}
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(gconstpointer engine);
	} on_server[] = {
		{ "/postgres/lost-while-idle", test_lost_while_idle },
		{ "/postgres/lost-in-transaction", test_lost_in_transaction },
		{ "/postgres/lost-at-commit", test_lost_at_commit },
		{ "/postgres/schema-changes-under-us", test_schema_changes_under_us },
		{ "/postgres/lock-timeout", test_lock_timeout },
		{ "/postgres/data-exception-hides-values", test_data_exception_hides_values },
		{ "/postgres/types-decide-the-plan", test_types_decide_the_plan },
	};
	gboolean have_server = g_strv_contains(fn_test_engines(), "postgres");

	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/postgres/no-server", test_no_server);
	for (gsize i = 0; have_server && i < G_N_ELEMENTS(on_server); i++)
		g_test_add_data_func(on_server[i].path, "postgres", on_server[i].test);
	return g_test_run();
}
