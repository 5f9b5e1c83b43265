#include "store/store_priv.h"
#include "store/testing.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const none[] = { NULL };
static const FnSql journal = { .name = "test.journal", .sqlite = "PRAGMA journal_mode", .parameters = none };
static const FnSql synchronous = { .name = "test.synchronous", .sqlite = "PRAGMA synchronous", .parameters = none };
static const FnSql foreign_keys = { .name = "test.foreign_keys", .sqlite = "PRAGMA foreign_keys", .parameters = none };
static const char *const add_parameters[] = { "x", NULL };
static const FnSql add = {
	.name = "test.add", .sqlite = "INSERT INTO t (x) VALUES (:x)", .parameters = add_parameters
};
static const FnSql count = { .name = "test.count", .sqlite = "SELECT COUNT(*) FROM t", .parameters = none };
static const FnSql quoted = { .name = "test.quoted", .sqlite = "SELECT \"no column\"", .parameters = none };
static const FnMigration steps[] = { { .room = "test", .number = 1, .title = "t", .sqlite = "CREATE TABLE t (x TEXT)" },
	{ 0 } };
static const FnMigration *const rooms[] = { steps, NULL };

static void
assert_no_open(const char *url, const char *says)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_db_open(url, &error));
	g_assert_error(error, FN_DB_ERROR, FN_DB_ERROR_CONNECT);
	g_assert_nonnull(strstr(error->message, says));
}

static void
test_bad_addresses(void)
{
	g_autofree char *directory = g_dir_make_tmp("fengni-store-XXXXXX", NULL);
	g_autofree char *text = g_build_filename(directory, "text", NULL);
	g_autofree char *text_url = g_strconcat("sqlite:", text, NULL);
	g_autofree char *directory_url = g_strconcat("sqlite:", directory, NULL);
	g_autofree char *missing = g_strconcat("sqlite:", directory, "/absent/registry.db", NULL);
	g_autofree char *filler = g_strnfill(2000, 'x');

	g_assert_true(g_file_set_contents(text, filler, -1, NULL));
	assert_no_open("", "setting \"registry\"");
	assert_no_open("mysql://user:secret@host/db", "must begin with");
	assert_no_open("sqlite:registry.db", "absolute path");
	assert_no_open("sqlite:", "absolute path");
	assert_no_open(missing, "check that its directory is there");
	assert_no_open(text_url, "restore it from a backup");
	assert_no_open(directory_url, directory);
	g_unlink(text);
	g_rmdir(directory);
}

static void
test_address_is_not_repeated(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_db_open("mysql://user:secret@host/db", &error));
	g_assert_null(strstr(error->message, "secret"));
}

static void
test_file(void)
{
	g_autofree char *directory = g_dir_make_tmp("fengni-store-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(directory, "registry.db", NULL),
			*wal = g_strconcat(path, "-wal", NULL);
	g_autofree char *url = g_strconcat("sqlite:", path, NULL);
	mode_t before = umask(0177);
	g_autoptr(FnDb) db = fn_db_open(url, NULL);
	g_autofree char *mode = NULL;
	struct stat about;

	g_assert_nonnull(db);
	umask(before);
	mode = fn_db_text(db, &journal, FN_NO_BINDS, NULL);
	g_assert_cmpstr(mode, ==, "wal");
	g_assert_cmpint(fn_db_int(db, &synchronous, FN_NO_BINDS, -1, NULL), ==, 2);
	g_assert_cmpint(fn_db_int(db, &foreign_keys, FN_NO_BINDS, -1, NULL), ==, 1);
	g_assert_true(fn_db_migrate(db, rooms, NULL));
	g_assert_cmpint(stat(path, &about), ==, 0);
	g_assert_cmpint(about.st_mode & 0777, ==, 0660);
	g_assert_cmpint(stat(wal, &about), ==, 0);
	g_assert_cmpint(about.st_mode & 0777, ==, 0660);
	g_clear_pointer(&db, fn_db_close);
	g_unlink(path);
	g_assert_cmpint(g_rmdir(directory), ==, 0); /* -wal and -shm went with the last connection */
}

static void
test_busy(void)
{
	g_autoptr(FnDb) first = fn_test_db("sqlite", rooms);
	g_autoptr(FnDb) second = fn_db_open(fn_test_db_url(first), NULL);
	g_autoptr(GError) begin = NULL, exec = NULL;

	g_assert_true(fn_db_script(second, "test", "PRAGMA busy_timeout = 1", NULL));
	g_assert_true(fn_db_begin(first, NULL));
	g_assert_true(fn_db_exec(first, &add, FN_BINDS(FN_TEXT("x", "1")), NULL, NULL));
	g_assert_false(fn_db_begin(second, &begin));
	g_assert_error(begin, FN_DB_ERROR, FN_DB_ERROR_BUSY);
	g_assert_false(fn_db_exec(second, &add, FN_BINDS(FN_TEXT("x", "2")), NULL, &exec));
	g_assert_error(exec, FN_DB_ERROR, FN_DB_ERROR_BUSY);
	g_assert_cmpint(fn_db_int(second, &count, FN_NO_BINDS, -1, NULL), ==, 0); /* readers do not wait */
	g_assert_true(fn_db_commit(first, NULL));
	g_assert_true(fn_db_begin(second, NULL));
	g_assert_true(fn_db_commit(second, NULL));
}

/* A page limit stands for a full disk. */
static void
test_full_disk(void)
{
	g_autoptr(FnDb) db = fn_test_db("sqlite", rooms);
	g_autofree char *big = g_strnfill(200000, 'x');
	g_autoptr(GError) error = NULL, sticky = NULL;

	g_assert_true(fn_db_script(db, "test", "PRAGMA max_page_count = 30", NULL));
	g_assert_true(fn_db_begin(db, NULL));
	g_assert_true(fn_db_exec(db, &add, FN_BINDS(FN_TEXT("x", "small")), NULL, NULL));
	g_assert_false(fn_db_exec(db, &add, FN_BINDS(FN_TEXT("x", big)), NULL, &error));
	g_assert_error(error, FN_DB_ERROR, FN_DB_ERROR_FULL);
	g_assert_nonnull(strstr(error->message, "free space"));
	/* SQLite may have rolled back by itself: what follows must not land outside the transaction. */
	g_assert_false(fn_db_exec(db, &add, FN_BINDS(FN_TEXT("x", "stray")), NULL, &sticky));
	g_assert_error(sticky, FN_DB_ERROR, FN_DB_ERROR_FULL);
	fn_db_rollback(db);
	g_assert_cmpint(fn_db_int(db, &count, FN_NO_BINDS, -1, NULL), ==, 0);
	g_assert_true(fn_db_exec(db, &add, FN_BINDS(FN_TEXT("x", "small")), NULL, NULL));
}

static void
test_quotes_are_names(void)
{
	g_autoptr(FnDb) db = fn_test_db("sqlite", NULL);
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_db_query(db, &quoted, FN_NO_BINDS, &error));
	g_assert_error(error, FN_DB_ERROR, FN_DB_ERROR_STATEMENT);
}

static void
test_forgotten_bind(void)
{
	if (g_test_subprocess()) {
		g_autoptr(FnDb) db = fn_test_db("sqlite", rooms);

		fn_db_exec(db, &add, FN_BINDS(FN_TEXT("y", "1")), NULL, NULL);
		return;
	}
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_failed();
	g_test_trap_assert_stderr("*:x is not bound*");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sqlite/bad-addresses", test_bad_addresses);
	g_test_add_func("/sqlite/address-is-not-repeated", test_address_is_not_repeated);
	g_test_add_func("/sqlite/file", test_file);
	g_test_add_func("/sqlite/busy", test_busy);
	g_test_add_func("/sqlite/full-disk", test_full_disk);
	g_test_add_func("/sqlite/quotes-are-names", test_quotes_are_names);
	g_test_add_func("/sqlite/forgotten-bind", test_forgotten_bind);
	return g_test_run();
}
