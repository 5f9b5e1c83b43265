#include "source/source.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

typedef struct {
	char *directory, *csv, *db;
} Place;

static Place *
place_new(const char *csv, gssize size)
{
	Place *place = g_new0(Place, 1);

	place->directory = g_dir_make_tmp("fengni-import-XXXXXX", NULL);
	place->csv = g_build_filename(place->directory, "in.csv", NULL);
	place->db = g_build_filename(place->directory, "out.db", NULL);
	g_assert_true(g_file_set_contents(place->csv, csv, size, NULL));
	return place;
}

static guint
count_files(const Place *place)
{
	g_autoptr(GDir) list = g_dir_open(place->directory, 0, NULL);
	guint count = 0;

	while (g_dir_read_name(list) != NULL)
		count++;
	return count;
}

static void
place_free(Place *place)
{
	g_unlink(place->csv);
	g_unlink(place->db);
	g_assert_cmpint(g_rmdir(place->directory), ==, 0); /* nothing else was left there */
	g_free(place->directory);
	g_free(place->csv);
	g_free(place->db);
	g_free(place);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Place, place_free)

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Every row of @columns of the table, as "a,b;". */
static char *
read_back(const Place *place, const char *table, const char *const *columns)
{
	g_autoptr(GString) seen = g_string_new(NULL);
	json_t *spec = json_pack("{s:s, s:s}", "kind", "sqlite", "path", "out.db");
	g_autoptr(FnSourceConnection) source = NULL;
	g_autoptr(FnSourceSelect) select = NULL;
	g_autoptr(GError) error = NULL;
	FnRowBatch batch = { 0 };

	source = fn_source_open(spec, place->directory, &error);
	g_assert_no_error(error);
	json_decref(spec);
	select = fn_source_prepare(source, &(FnSourceQuery){ .table = table, .columns = columns }, &error);
	g_assert_no_error(error);
	g_assert_true(fn_source_run(select, NULL, NULL, 0, NULL));
	do {
		g_assert_true(fn_source_fetch(select, 100, &batch, NULL));
		for (guint row = 0; row < batch.rows; row++)
			for (guint i = 0; i < batch.columns; i++)
				g_string_append_printf(seen, "%s%c",
					batch.value[i][row] != NULL ? batch.value[i][row] : "NULL",
					i + 1 < batch.columns ? ',' : ';');
	} while (batch.rows > 0);
	return g_strdup(seen->str);
}

static void
test_import(void)
{
	g_autoptr(Place) place = place_new("code,the \"\"name\"\"\n1,张三\n\"2\",\n3,\"\"\n", -1);
	g_autoptr(Place) odd = place_new("\"co\"\"de\",名称\n1,张三\n\"2\",\n3,\"\"\n", -1);
	g_autofree char *rows = NULL;
	g_autoptr(GError) error = NULL;
	guint64 count = 0;
	struct stat about;

	g_assert_false(
		fn_source_import_csv(place->csv, place->db, "t", NULL, NULL, NULL)); /* quotes inside a plain field */
	g_assert_true(fn_source_import_csv(odd->csv, odd->db, "居民 \"x\"", NAMES("co\"de", "名称"), &count, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(count, ==, 3);
	rows = read_back(odd, "居民 \"x\"", NAMES("co\"de", "名称"));
	g_assert_cmpstr(rows, ==, "1,张三;2,NULL;3,;");
	g_assert_cmpint(stat(odd->db, &about), ==, 0);
	g_assert_cmpint(about.st_mode & 07, ==, 0);
	g_assert_cmpuint(count_files(odd), ==, 2);
}

static void
test_import_again(void)
{
	g_autoptr(Place) place = place_new("a\n1\n", -1);
	g_autofree char *first = NULL, *kept = NULL, *second = NULL;

	g_assert_true(fn_source_import_csv(place->csv, place->db, "t", NULL, NULL, NULL));
	first = read_back(place, "t", NAMES("a"));
	g_assert_true(g_file_set_contents(place->csv, "a\n2\n3,4\n", -1, NULL));
	g_assert_false(fn_source_import_csv(place->csv, place->db, "t", NULL, NULL, NULL));
	kept = read_back(place, "t", NAMES("a"));
	g_assert_true(g_file_set_contents(place->csv, "a\n2\n", -1, NULL));
	g_assert_true(fn_source_import_csv(place->csv, place->db, "t", NULL, NULL, NULL));
	second = read_back(place, "t", NAMES("a"));
	g_assert_cmpstr(first, ==, "1;");
	g_assert_cmpstr(kept, ==, "1;");
	g_assert_cmpstr(second, ==, "2;");
}

static void
test_bad_imports(void)
{
	static const struct {
		const char *csv, *table, *index, *where;
		FnSourceError code;
	} cases[] = {
		{ "a,b\n1,2\n3\n", "t", NULL, "in.csv:3:1: ", FN_SOURCE_ERROR_INPUT },
		{ "", "t", NULL, "in.csv:1:1: ", FN_SOURCE_ERROR_INPUT },
		{ "a,\n1,2\n", "t", NULL, "in.csv:1: column 2", FN_SOURCE_ERROR_INPUT },
		{ "ID,id\n1,2\n", "t", NULL, "in.csv:1: column 2", FN_SOURCE_ERROR_INPUT },
		{ "a, b\n1,2\n", "t", NULL, "in.csv:1: column 2", FN_SOURCE_ERROR_INPUT },
		{ "\"a\nb\"\n1\n", "t", NULL, "in.csv:1: column 1", FN_SOURCE_ERROR_INPUT },
		{ "a,b\n1,2\n", "t", "c", "no column \"c\"", FN_SOURCE_ERROR_SCHEMA },
		{ "a\n1\n", "", NULL, "table's name", FN_SOURCE_ERROR_SPEC },
		{ "a\n1\n", "sqlite_x", NULL, "table's name", FN_SOURCE_ERROR_SPEC },
		{ "a\n1\n", "x\ny", NULL, "table's name", FN_SOURCE_ERROR_SPEC },
		{ "a\n1\n\xff\n", "t", "a", "in.csv:3:1: ", FN_SOURCE_ERROR_INPUT },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Place) place = place_new(cases[i].csv, -1);
		g_autoptr(GError) error = NULL;
		guint64 rows = 99;

		g_assert_false(fn_source_import_csv(place->csv, place->db, cases[i].table,
			cases[i].index != NULL ? NAMES(cases[i].index) : NULL, &rows, &error));
		g_assert_error(error, FN_SOURCE_ERROR, (int)cases[i].code);
		g_assert_nonnull(strstr(error->message, cases[i].where));
		g_assert_cmpuint(rows, ==, 99);
		g_assert_cmpuint(count_files(place), ==, 1);
	}
}

static void
test_bad_places(void)
{
	g_autoptr(Place) place = place_new("a\n1\n", -1);
	g_autofree char *absent = g_build_filename(place->directory, "absent.csv", NULL);
	g_autofree char *nowhere = g_build_filename(place->directory, "nowhere", "out.db", NULL);
	const struct {
		const char *csv, *db, *where;
		FnSourceError code;
	} cases[] = {
		{ absent, place->db, "absent.csv", FN_SOURCE_ERROR_INPUT },
		{ place->directory, place->db, "this is no file", FN_SOURCE_ERROR_INPUT },
		{ place->csv, nowhere, "nowhere", FN_SOURCE_ERROR_SPEC },
		{ place->csv, place->directory, "putting it in its place", FN_SOURCE_ERROR_SPEC },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(fn_source_import_csv(cases[i].csv, cases[i].db, "t", NULL, NULL, &error));
		g_assert_error(error, FN_SOURCE_ERROR, (int)cases[i].code);
		g_assert_nonnull(strstr(error->message, cases[i].where));
	}
	g_assert_cmpuint(count_files(place), ==, 1);
}

/* A file-size limit stands for a full disk. */
static void
test_full_disk(void)
{
	g_autoptr(GString) big = g_string_new("a\n");
	g_autoptr(Place) place = NULL;
	g_autoptr(GError) error = NULL;
	struct rlimit before, small;

	for (guint i = 0; i < 40000; i++)
		g_string_append_printf(big, "%0100u\n", i);
	place = place_new(big->str, (gssize)big->len);
	signal(SIGXFSZ, SIG_IGN);
	g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
	small = before;
	small.rlim_cur = 1 << 20;
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
	g_assert_false(fn_source_import_csv(place->csv, place->db, "t", NULL, NULL, &error));
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &before), ==, 0);
	g_assert_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_FULL);
	g_assert_nonnull(strstr(error->message, "free space"));
	g_assert_cmpuint(count_files(place), ==, 1);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/import/good", test_import);
	g_test_add_func("/import/again", test_import_again);
	g_test_add_func("/import/bad", test_bad_imports);
	g_test_add_func("/import/bad-places", test_bad_places);
	g_test_add_func("/import/full-disk", test_full_disk);
	return g_test_run();
}
