#include "ledger/tile.h"

#include "ledger/test_keys.h"

#include <fcntl.h>
#include <unistd.h>

static void
test_paths(void)
{
	static const struct {
		guint level;
		guint64 index;
		guint width;
		const char *path;
	} cases[] = {
		{ 0, 0, 256, "tile/0/000" }, { 0, 67, 256, "tile/0/067" }, { 1, 999, 5, "tile/1/999.p/5" }, { 0, 1000, 256, "tile/0/x001/000" },
		{ 0, 1234067, 256, "tile/0/x001/x234/067" }, { 7, 1234067, 255, "tile/7/x001/x234/067.p/255" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = fn_tile_path(FN_SUITE_INTL, cases[i].level, cases[i].index, cases[i].width);
		g_autofree char *national = fn_tile_path(FN_SUITE_GM, cases[i].level, cases[i].index, cases[i].width);

		g_assert_cmpstr(path, ==, cases[i].path);
		g_assert_true(g_str_has_prefix(national, "sm3/"));
		g_assert_cmpstr(national + 4, ==, path);
	}
}

static void
put(int directory, const char *path, gsize size)
{
	g_autoptr(FnFiles) files = fn_files_new(directory);
	g_autofree guint8 *data = g_malloc0(size);

	memset(data, (int)(size % 251), size);
	g_assert_true(fn_files_put(files, path, data, size, NULL));
	g_assert_true(fn_files_commit(files, NULL));
}

/* The narrow one, else the full one; a wrong size and absence are faults that name the path. */
static void
test_reader(void)
{
	g_autoptr(TestDirectory) path = test_directory_new();
	int directory = open(path, O_RDONLY | O_DIRECTORY);
	g_autoptr(FnTileReader) reader = fn_tile_reader_new(directory, FN_SUITE_GM);
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_file_make_folder(directory, "tmp", NULL));
	put(directory, "sm3/tile/0/000.p/3", 3 * FN_DIGEST_SIZE);
	put(directory, "sm3/tile/0/001", FN_TILE_BYTES);
	put(directory, "sm3/tile/0/002.p/3", 90);
	g_assert_nonnull(fn_tile_reader_get(0, 0, 3, reader, NULL));
	g_assert_nonnull(fn_tile_reader_get(0, 1, 256, reader, NULL));
	g_assert_nonnull(fn_tile_reader_get(0, 1, 200, reader, NULL));
	g_assert_null(fn_tile_reader_get(0, 2, 3, reader, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED);
	g_assert_nonnull(strstr(error->message, "sm3/tile/0/002.p/3"));
	g_clear_error(&error);
	g_assert_null(fn_tile_reader_get(0, 0, 4, reader, &error));
	g_assert_nonnull(strstr(error->message, "sm3/tile/0/000.p/4"));
	fn_tile_drop_partials(directory, FN_SUITE_GM, 0, 0);
	g_assert_cmpint(faccessat(directory, "sm3/tile/0/000.p", F_OK, 0), !=, 0);
	close(directory);
}

/* What is not committed does not appear, and leaves nothing behind. */
static void
test_not_committed(void)
{
	g_autoptr(TestDirectory) path = test_directory_new();
	int directory = open(path, O_RDONLY | O_DIRECTORY);
	FnFiles *files = fn_files_new(directory);
	g_autoptr(GError) error = NULL;

	g_assert_false(fn_files_put(files, "a", "x", 1, &error)); /* there is no tmp yet */
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_STOPPED);
	g_assert_true(fn_file_make_folder(directory, "tmp", NULL));
	g_assert_true(fn_files_put(files, "deep/er/a", "x", 1, NULL));
	g_assert_cmpint(faccessat(directory, "tmp/1", F_OK, 0), ==, 0);
	fn_files_free(files);
	g_assert_cmpint(faccessat(directory, "tmp/1", F_OK, 0), !=, 0);
	g_assert_cmpint(faccessat(directory, "deep", F_OK, 0), !=, 0);
	close(directory);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ledger/tile/paths", test_paths);
	g_test_add_func("/ledger/tile/reader", test_reader);
	g_test_add_func("/ledger/files/not-committed", test_not_committed);
	return g_test_run();
}
