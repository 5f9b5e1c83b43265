#include "store/testing.h"

#include "store_sql.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define SQL(symbol, both_sqlite, both_postgres, ...)                                                                   \
	static const char *const symbol##_parameters[] = { __VA_ARGS__ };                                              \
	static const FnSql symbol = { .name = "test." #symbol,                                                         \
		.sqlite = (both_sqlite),                                                                               \
		.postgres = (both_postgres),                                                                           \
		.parameters = symbol##_parameters }

SQL(put, "INSERT INTO item (id, label, amount, bytes) VALUES (:id, :label, :amount, :bytes)",
	"INSERT INTO item (id, label, amount, bytes) VALUES ($1, $2, $3, $4)", "id", "label", "amount", "bytes", NULL);
SQL(upsert,
	"INSERT INTO item (id, amount) VALUES (:id, :amount) ON CONFLICT (id) DO UPDATE SET amount = excluded.amount",
	"INSERT INTO item (id, amount) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET amount = excluded.amount", "id",
	"amount", NULL);
SQL(get, "SELECT id, label, amount, bytes FROM item WHERE id = :id",
	"SELECT id, label, amount, bytes FROM item WHERE id = $1", "id", NULL);
SQL(list, "SELECT id, label FROM item ORDER BY id", "SELECT id, label FROM item ORDER BY id", NULL);
SQL(count, "SELECT COUNT(*) FROM item", "SELECT COUNT(*) FROM item", NULL);
SQL(like, "SELECT COUNT(*) FROM item WHERE id LIKE :x", "SELECT COUNT(*) FROM item WHERE id LIKE $1", "x", NULL);
SQL(filter, "SELECT COUNT(*) FROM item WHERE CAST(:x AS BIGINT) IS NULL OR amount = :x",
	"SELECT COUNT(*) FROM item WHERE CAST($1 AS BIGINT) IS NULL OR amount = $1", "x", NULL);
SQL(exists, "SELECT EXISTS (SELECT 1 FROM item)", "SELECT EXISTS (SELECT 1 FROM item)", NULL);
SQL(drop_all, "DELETE FROM item", "DELETE FROM item", NULL);
SQL(refer, "INSERT INTO part (item) VALUES (:item)", "INSERT INTO part (item) VALUES ($1)", "item", NULL);
SQL(nonsense, "SELEKT 1", "SELEKT 1", NULL);
SQL(no_table, "SELECT x FROM nowhere", "SELECT x FROM nowhere", NULL);

#define ITEMS "CREATE TABLE item (id TEXT PRIMARY KEY, label TEXT, amount BIGINT CHECK (amount < 1000)"
static const FnMigration items[] = {
	{ .room = "test",
		.number = 1,
		.title = "items",
		.sqlite = ITEMS ", bytes BLOB);",
		.postgres = "CREATE TABLE item (id TEXT COLLATE \"C\" PRIMARY KEY, label TEXT, amount BIGINT CHECK "
			    "(amount < 1000),"
			    " bytes BYTEA);" },
	{ .room = "test",
		.number = 2,
		.title = "parts and a first item",
		.sqlite = "CREATE TABLE part (item TEXT NOT NULL REFERENCES item (id)); CREATE INDEX part_item ON part "
			  "(item);",
		.postgres = "CREATE TABLE part (item TEXT NOT NULL REFERENCES item (id)); CREATE INDEX part_item ON "
			    "part (item);" },
	{ 0 },
};
static const FnMigration *const rooms[] = { items, NULL };

static void
put_item(FnDb *db, const char *id, gint64 amount)
{
	g_autoptr(GError) error = NULL;

	fn_db_exec(db, &put,
		FN_BINDS(FN_TEXT("id", id), FN_TEXT("label", NULL), FN_INT("amount", amount), FN_NULL("bytes")), NULL,
		&error);
	g_assert_no_error(error);
}

static gint64
count_items(FnDb *db)
{
	g_autoptr(GError) error = NULL;
	gint64 found = fn_db_int(db, &count, FN_NO_BINDS, -1, &error);

	g_assert_no_error(error);
	return found;
}

static void
test_round_trip(gconstpointer engine)
{
	static const guint8 bytes[] = { 0, 255, '\\', 'x', '\'', 0 };
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);
	g_autoptr(FnRows) rows = NULL;
	g_autoptr(GError) error = NULL;
	gconstpointer found;
	gint64 changed = -1;
	gsize size;

	g_assert_cmpint(fn_db_is_postgres(db), ==, g_str_equal(engine, "postgres"));
	fn_db_exec(db, &put,
		FN_BINDS(FN_TEXT("id", "汉字'\"\\"), FN_TEXT("label", NULL), FN_INT("amount", G_MININT64),
			FN_BLOB("bytes", bytes, sizeof(bytes))),
		&changed, &error);
	g_assert_no_error(error);
	g_assert_cmpint(changed, ==, 1);
	rows = fn_db_query(db, &get, FN_BINDS(FN_TEXT("id", "汉字'\"\\")), &error);
	g_assert_no_error(error);
	g_assert_cmpuint(fn_rows_columns(rows), ==, 4);
	g_assert_cmpstr(fn_rows_column_name(rows, 2), ==, "amount");
	g_assert_true(fn_rows_next(rows, &error));
	g_assert_cmpstr(fn_rows_text(rows, "ID"), ==, "汉字'\"\\");
	g_assert_null(fn_rows_text(rows, "label"));
	g_assert_cmpint(fn_rows_int(rows, "label"), ==, 0);
	g_assert_true(fn_rows_int(rows, "amount") == G_MININT64);
	found = fn_rows_blob(rows, "bytes", &size);
	g_assert_cmpmem(found, (int)size, bytes, sizeof(bytes));
	g_assert_false(fn_rows_next(rows, &error));
	g_assert_no_error(error);
}

static void
test_blobs(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);
	g_autofree char *big = g_malloc(300000);
	const struct {
		const char *id, *bytes;
		gsize size;
	} cases[] = { { "null", NULL, 0 }, { "empty", "", 0 }, { "big", big, 300000 } };

	memset(big, 0xa5, 300000);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(FnRows) rows = NULL;
		gconstpointer found;
		gsize size = 99;

		g_assert_true(fn_db_exec(db, &put,
			FN_BINDS(FN_TEXT("id", cases[i].id), FN_TEXT("label", ""), FN_INT("amount", 0),
				FN_BLOB("bytes", cases[i].bytes, cases[i].size)),
			NULL, NULL));
		rows = fn_db_query(db, &get, FN_BINDS(FN_TEXT("id", cases[i].id)), NULL);
		g_assert_true(fn_rows_next(rows, NULL));
		found = fn_rows_blob(rows, "bytes", &size);
		g_assert_cmpint(found == NULL, ==, cases[i].bytes == NULL);
		g_assert_cmpmem(found, (int)size, cases[i].bytes, (int)cases[i].size);
		g_assert_cmpstr(fn_rows_text(rows, "label"), ==, "");
	}
}

static void
test_same_meaning(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);
	g_autoptr(FnRows) rows = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *none = NULL;
	static const char *const order[] = { "B", "a", "b", "é", "汉" };
	gint64 changed = -1;

	g_assert_cmpint(fn_db_int(db, &exists, FN_NO_BINDS, -1, NULL), ==, 0);
	for (gsize i = G_N_ELEMENTS(order); i > 0; i--)
		put_item(db, order[i - 1], (gint64)i);
	g_assert_cmpint(fn_db_int(db, &exists, FN_NO_BINDS, -1, NULL), ==, 1);
	g_assert_cmpint(fn_db_int(db, &like, FN_BINDS(FN_TEXT("x", "b%")), -1, NULL), ==, 1);
	g_assert_cmpint(fn_db_int(db, &filter, FN_BINDS(FN_NULL("x")), -1, NULL), ==, 5);
	g_assert_cmpint(fn_db_int(db, &filter, FN_BINDS(FN_INT("x", 2)), -1, NULL), ==, 1);
	rows = fn_db_query(db, &list, FN_NO_BINDS, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(order); i++) {
		g_assert_true(fn_rows_next(rows, &error));
		g_assert_cmpstr(fn_rows_text(rows, "id"), ==, order[i]);
	}
	g_assert_false(fn_rows_next(rows, &error));
	g_clear_pointer(&rows, fn_rows_free);
	g_assert_true(fn_db_exec(db, &upsert, FN_BINDS(FN_TEXT("id", "a"), FN_INT("amount", 77)), &changed, NULL));
	g_assert_cmpint(changed, ==, 1);
	g_assert_cmpint(fn_db_int(db, &filter, FN_BINDS(FN_INT("x", 77)), -1, NULL), ==, 1);
	g_assert_true(fn_db_exec(db, &count, FN_NO_BINDS, &changed, NULL));
	g_assert_cmpint(changed, ==, 0);
	g_assert_true(fn_db_exec(db, &drop_all, FN_NO_BINDS, &changed, NULL));
	g_assert_cmpint(changed, ==, 5);
	none = fn_db_text(db, &get, FN_BINDS(FN_TEXT("id", "a")), &error);
	g_assert_null(none);
	g_assert_no_error(error);
}

static void
test_nested_rows(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);
	g_autoptr(FnRows) outer = NULL;
	guint pairs = 0;

	put_item(db, "a", 1);
	put_item(db, "b", 2);
	outer = fn_db_query(db, &list, FN_NO_BINDS, NULL);
	while (fn_rows_next(outer, NULL)) {
		g_autoptr(FnRows) inner = fn_db_query(db, &list, FN_NO_BINDS, NULL);

		while (fn_rows_next(inner, NULL))
			pairs++;
		g_assert_nonnull(fn_rows_text(outer, "id"));
	}
	g_assert_cmpuint(pairs, ==, 4);
}

static void
assert_fails(FnDb *db, const FnSql *sql, const FnBind *binds, FnDbError code)
{
	g_autoptr(GError) error = NULL;
	gint64 changed = 42;

	g_assert_false(fn_db_exec(db, sql, binds, &changed, &error));
	g_assert_error(error, FN_DB_ERROR, (int)code);
	g_assert_nonnull(strstr(error->message, sql->name));
	g_assert_cmpint(changed, ==, 42);
}

static void
test_errors(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);
	const FnBind *same = FN_BINDS(FN_TEXT("id", "a"), FN_NULL("label"), FN_INT("amount", 1), FN_NULL("bytes"));

	g_assert_true(fn_db_exec(db, &put, same, NULL, NULL));
	assert_fails(db, &put, same, FN_DB_ERROR_CONSTRAINT);
	assert_fails(db, &upsert, FN_BINDS(FN_TEXT("id", "b"), FN_INT("amount", 1000)), FN_DB_ERROR_CONSTRAINT);
	assert_fails(db, &refer, FN_BINDS(FN_TEXT("item", "nobody")), FN_DB_ERROR_CONSTRAINT);
	assert_fails(db, &nonsense, FN_NO_BINDS, FN_DB_ERROR_STATEMENT);
	assert_fails(db, &no_table, FN_NO_BINDS, FN_DB_ERROR_SCHEMA);
	assert_fails(db, &refer, FN_BINDS(FN_TEXT("item", "\xff\xfe")), FN_DB_ERROR_STATEMENT);
	g_assert_cmpint(count_items(db), ==, 1);
}

static void
test_messages_hold_no_values(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);

	for (int i = 0; i < 2; i++) {
		g_autoptr(GError) error = NULL;

		if (!fn_db_exec(db, &upsert, FN_BINDS(FN_TEXT("id", "110101199003070000"), FN_INT("amount", 100000)),
			    NULL, &error))
			g_assert_null(strstr(error->message, "110101199003070000"));
		g_assert_nonnull(error);
	}
}

static void
test_transactions(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);
	g_autoptr(GError) error = NULL, again = NULL, committed = NULL;

	g_assert_true(fn_db_begin(db, NULL));
	put_item(db, "kept", 1);
	g_assert_true(fn_db_commit(db, NULL));
	g_assert_true(fn_db_begin(db, NULL));
	put_item(db, "dropped", 1);
	fn_db_rollback(db);
	fn_db_rollback(db);
	g_assert_cmpint(count_items(db), ==, 1);

	g_assert_true(fn_db_begin(db, NULL));
	put_item(db, "lost", 1);
	g_assert_false(fn_db_exec(db, &refer, FN_BINDS(FN_TEXT("item", "nobody")), NULL, &error));
	g_assert_null(fn_db_query(db, &list, FN_NO_BINDS, &again));
	g_assert_cmpstr(again->message, ==, error->message);
	g_assert_false(fn_db_commit(db, &committed));
	g_assert_error(committed, FN_DB_ERROR, FN_DB_ERROR_CONSTRAINT);
	g_assert_cmpint(count_items(db), ==, 1);
	put_item(db, "after", 1);
	g_assert_cmpint(count_items(db), ==, 2);
}

static void
test_closing_rolls_back(gconstpointer engine)
{
	g_autoptr(FnDb) first = fn_test_db(engine, rooms);
	g_autoptr(GError) error = NULL;
	FnDb *second = fn_db_open(fn_test_db_url(first), &error);

	g_assert_no_error(error);
	g_assert_true(fn_db_begin(second, NULL));
	put_item(second, "half", 1);
	fn_db_close(second);
	g_assert_cmpint(count_items(first), ==, 0);
}

/* @due NULL: the database is a newer program's. */
static void
assert_due(FnDb *db, const FnMigration *const *wanted, const char *due)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *found = fn_db_migrations_due(db, wanted, &error);

	g_assert_cmpstr(found, ==, due);
	g_assert_true((error != NULL) == (due == NULL));
}

static void
test_migrate(gconstpointer engine)
{
	static const FnMigration broken[] = {
		{ .room = "test", .number = 1, .title = "items", .sqlite = "unused", .postgres = "unused" },
		{ .room = "test", .number = 2, .title = "parts", .sqlite = "unused", .postgres = "unused" },
		{ .room = "test",
			.number = 3,
			.title = "half",
			.sqlite = "CREATE TABLE half (x TEXT); SELEKT",
			.postgres = "CREATE TABLE half (x TEXT); SELEKT" },
		{ 0 },
	};
	static const FnMigration older[] = {
		{ .room = "test", .number = 1, .title = "items", .sqlite = "x", .postgres = "x" }, { 0 }
	};
	SQL(half, "SELECT x FROM half", "SELECT x FROM half", NULL);
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);
	g_autoptr(GError) error = NULL, newer = NULL;

	put_item(db, "a", 1);
	g_assert_true(fn_db_migrate(db, rooms, NULL));
	g_assert_cmpint(count_items(db), ==, 1);
	assert_due(db, rooms, "");
	assert_due(db, (const FnMigration *const[]){ broken, NULL }, "test 3 (half)");
	g_assert_false(fn_db_migrate(db, (const FnMigration *const[]){ broken, NULL }, &error));
	g_assert_error(error, FN_DB_ERROR, FN_DB_ERROR_STATEMENT);
	g_assert_nonnull(strstr(error->message, "test migration 3 (half)"));
	assert_fails(db, &half, FN_NO_BINDS, FN_DB_ERROR_SCHEMA); /* nothing of it stays */
	g_assert_true(fn_db_migrate(db, rooms, NULL));
	g_assert_false(fn_db_migrate(db, (const FnMigration *const[]){ older, NULL }, &newer));
	g_assert_error(newer, FN_DB_ERROR, FN_DB_ERROR_SCHEMA);
	assert_due(db, (const FnMigration *const[]){ older, NULL }, NULL);
	g_assert_cmpint(count_items(db), ==, 1);
}

static gpointer
migrate_once(gpointer url)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnDb) db = fn_db_open(url, &error);

	g_assert_no_error(error);
	fn_db_migrate(db, rooms, &error);
	g_assert_no_error(error);
	return NULL;
}

static void
test_migrate_at_once(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, NULL);
	GThread *threads[4];

	for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
		threads[i] = g_thread_new("migrate", migrate_once, (gpointer)fn_test_db_url(db));
	for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
		g_thread_join(threads[i]);
	put_item(db, "a", 1);
}

/* A registry that is there but holds nothing is not taken for one; one with tables is. */
static void
test_open_existing(gconstpointer engine)
{
	g_autoptr(FnDb) empty = fn_test_db(engine, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_db_open_existing(fn_test_db_url(empty), &error));
	g_assert_error(error, FN_DB_ERROR, FN_DB_ERROR_SCHEMA);
	g_assert_nonnull(strstr(error->message, "backup"));
	g_assert_true(fn_db_migrate(empty, rooms, NULL));
	{
		g_autoptr(FnDb) db = fn_db_open_existing(fn_test_db_url(empty), NULL);

		g_assert_nonnull(db);
		put_item(db, "a", 1);
	}
	g_assert_cmpint(count_items(empty), ==, 1);
}

static void
test_open_missing(void)
{
	g_autofree char *directory = g_dir_make_tmp("fengni-store-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(directory, "registry.db", NULL), *url = g_strconcat("sqlite:", path, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_db_open_existing(url, &error));
	g_assert_error(error, FN_DB_ERROR, FN_DB_ERROR_CONNECT);
	g_assert_nonnull(strstr(error->message, path));
	g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS)); /* not made in passing */
	g_rmdir(directory);
}

static void
test_own_statements(gconstpointer engine)
{
	static const FnMigration none[] = { { 0 } };
	g_autoptr(FnDb) db = fn_test_db(engine, (const FnMigration *const[]){ none, NULL });

	fn_test_statements(db, fn_sql_store_all);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/store/round-trip", test_round_trip);
	fn_test_add("/store/blobs", test_blobs);
	fn_test_add("/store/same-meaning", test_same_meaning);
	fn_test_add("/store/nested-rows", test_nested_rows);
	fn_test_add("/store/errors", test_errors);
	fn_test_add("/store/messages-hold-no-values", test_messages_hold_no_values);
	fn_test_add("/store/transactions", test_transactions);
	fn_test_add("/store/closing-rolls-back", test_closing_rolls_back);
	fn_test_add("/store/migrate", test_migrate);
	fn_test_add("/store/migrate-at-once", test_migrate_at_once);
	fn_test_add("/store/open-existing", test_open_existing);
	g_test_add_func("/store/open-missing", test_open_missing);
	fn_test_add("/store/own-statements", test_own_statements);
	return g_test_run();
}
