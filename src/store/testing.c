#include "store/testing.h"

#include "base/text.h"
#include "store/store_priv.h"

#include <glib/gstdio.h>

/* What fn_db_close() removes. */
typedef struct {
	char *url;
	char *directory; /* SQLite */
	char *schema;    /* PostgreSQL */
} Scratch;

const char *const *
fn_test_engines(void)
{
	static const char *const one[] = { "sqlite", NULL };
	static const char *const both[] = { "sqlite", "postgres", NULL };
	const char *server = g_getenv("FENGNI_TEST_POSTGRES");

	return server != NULL && *server != '\0' ? both : one;
}

void
fn_test_add(const char *path, void (*test)(gconstpointer engine))
{
	for (const char *const *engine = fn_test_engines(); *engine != NULL; engine++) {
		g_autofree char *name = g_strdup_printf("%s/%s", path, *engine);

		g_test_add_data_func(name, *engine, test);
	}
}

static void
remove_directory(const char *directory)
{
	g_autoptr(GDir) list = g_dir_open(directory, 0, NULL);
	const char *name;

	while (list != NULL && (name = g_dir_read_name(list)) != NULL) {
		g_autofree char *path = g_build_filename(directory, name, NULL);

		g_unlink(path);
	}
	g_rmdir(directory);
}

static void
run_on_server(const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnDb) db = fn_db_open(g_getenv("FENGNI_TEST_POSTGRES"), &error);

	g_assert_no_error(error);
	fn_db_script(db, "test", text, &error);
	g_assert_no_error(error);
}

static void
scratch_remove(gpointer data)
{
	Scratch *scratch = data;

	if (scratch->directory != NULL)
		remove_directory(scratch->directory);
	if (scratch->schema != NULL) {
		g_autofree char *drop = g_strdup_printf("DROP SCHEMA %s CASCADE", scratch->schema);

		run_on_server(drop);
	}
	g_free(scratch->url);
	g_free(scratch->directory);
	g_free(scratch->schema);
	g_free(scratch);
}

static Scratch *
scratch_file(void)
{
	Scratch *scratch = g_new0(Scratch, 1);
	GError *error = NULL;

	scratch->directory = g_dir_make_tmp("fengni-test-XXXXXX", &error);
	g_assert_no_error(error);
	scratch->url = g_strdup_printf("sqlite:%s/registry.db", scratch->directory);
	return scratch;
}

static Scratch *
scratch_schema(void)
{
	Scratch *scratch = g_new0(Scratch, 1);
	const char *server = g_getenv("FENGNI_TEST_POSTGRES");
	g_autofree char *id = fn_id_new();
	g_autofree char *lower = g_ascii_strdown(id, -1);
	g_autofree char *create = NULL;

	scratch->schema = g_strdup_printf("fn_test_%s", lower);
	create = g_strdup_printf("CREATE SCHEMA %s", scratch->schema);
	run_on_server(create);
	scratch->url = g_strdup_printf(
		"%s%coptions=-csearch_path%%3D%s", server, strchr(server, '?') != NULL ? '&' : '?', scratch->schema);
	return scratch;
}

FnDb *
fn_test_db(const char *engine, const FnMigration *const *rooms)
{
	gboolean postgres = g_strcmp0(engine, "postgres") == 0;
	Scratch *scratch = postgres ? scratch_schema() : scratch_file();
	g_autoptr(GError) error = NULL;
	FnDb *db = fn_db_open(scratch->url, &error);

	g_assert_no_error(error);
	db->after_close = scratch_remove;
	db->after_close_data = scratch;
	if (!postgres) /* a test database need not survive the machine */
		fn_db_script(db, "test", "PRAGMA synchronous = OFF", &error);
	g_assert_no_error(error);
	if (rooms != NULL)
		fn_db_migrate(db, rooms, &error);
	g_assert_no_error(error);
	return db;
}

const char *
fn_test_db_url(const FnDb *db)
{
	g_assert(db->after_close == scratch_remove);
	return ((const Scratch *)db->after_close_data)->url;
}

void
fn_test_statements(FnDb *db, const FnSql *const *all)
{
	for (; *all != NULL; all++) {
		g_autoptr(GError) error = NULL;

		db->engine->check(db, *all, &error);
		g_assert_no_error(error);
	}
}
