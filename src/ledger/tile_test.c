#include "ledger/tile.h"

#include "ledger/test_keys.h"

#include <fcntl.h>
#include <pthread.h>
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
	g_autoptr(FnTileReader) reader = fn_tile_reader_new(directory, FN_SUITE_GM, NULL);
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

/* ---- with and without a cache ---- */

#define SEED	 0x5eed5
#define MOST	 (FN_TILE_WIDTH * FN_TILE_WIDTH + 3000) /* so that three levels are open */
#define ASKED	 12u  /* proofs of each kind after each step */
#define THREADS 4u

typedef struct {
	FnSuite suite;
	int directory;
	FnTree *tree;
} Growing;

static void
write_tile(guint level, guint64 index, guint width, const guint8 *hashes, gpointer data)
{
	const Growing *growing = data;
	g_autofree char *path = fn_tile_path(growing->suite, level, index, width);
	g_autofree char *folder = g_path_get_dirname(path);
	int fd;

	if (width == FN_TILE_WIDTH)
		fn_tile_drop_partials(growing->directory, growing->suite, level, index);
	g_assert_true(fn_file_make_folder(growing->directory, folder, NULL));
	fd = openat(growing->directory, path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	g_assert_cmpint(fd, >=, 0);
	g_assert_true(fn_file_write_all(fd, hashes, (gsize)width * FN_DIGEST_SIZE, 0, NULL));
	close(fd);
}

static void
grow(Growing *growing, GRand *rand, guint count)
{
	g_autofree guint8 *leaves = g_malloc((gsize)count * FN_DIGEST_SIZE);

	for (guint i = 0; i < count * FN_DIGEST_SIZE; i++)
		leaves[i] = (guint8)g_rand_int(rand);
	fn_tree_add(growing->tree, leaves, count);
	fn_tree_open_tiles(growing->tree, write_tile, growing);
}

typedef gboolean (*Prove)(const FnTiles *tiles, guint64 which, guint64 size, guint8 *proof_out, guint *count_out, GError **error);

static void
compare(const Growing *growing, FnTileCache *cache, Prove prove, guint64 which, guint64 size)
{
	guint8 proof[2][FN_PROOF_MAX * FN_DIGEST_SIZE];
	guint count[2];

	for (guint i = 0; i < 2; i++) {
		g_autoptr(FnTileReader) reader = fn_tile_reader_new(growing->directory, growing->suite, i == 0 ? NULL : cache);
		FnTiles tiles = fn_tile_reader_tiles(reader, fn_tree_size(growing->tree));
		g_autoptr(GError) error = NULL;

		g_assert_true(prove(&tiles, which, size, proof[i], &count[i], &error));
		g_assert_no_error(error);
	}
	g_assert_cmpuint(count[0], ==, count[1]);
	g_assert_true(memcmp(proof[0], proof[1], (gsize)count[0] * FN_DIGEST_SIZE) == 0);
}

/* Of the whole tree the proof verifies, too. */
static void
verify_leaf(const Growing *growing, FnTileCache *cache, guint64 index)
{
	g_autoptr(FnTileReader) reader = fn_tile_reader_new(growing->directory, growing->suite, cache);
	guint64 size = fn_tree_size(growing->tree);
	FnTiles tiles = fn_tile_reader_tiles(reader, size);
	guint width = index / FN_TILE_WIDTH < fn_tile_index(size, 0) ? FN_TILE_WIDTH : fn_tile_width(size, 0);
	const FnTile *tile = fn_tile_reader_get(0, index / FN_TILE_WIDTH, width, reader, NULL);
	guint8 proof[FN_PROOF_MAX * FN_DIGEST_SIZE], root[FN_DIGEST_SIZE];
	guint count;

	fn_tree_root(growing->tree, root);
	g_assert_true(fn_tiles_inclusion(&tiles, index, size, proof, &count, NULL));
	g_assert_true(fn_proof_inclusion(growing->suite, index, size, tile->hash[index % FN_TILE_WIDTH], proof, count, root));
}

static void
compare_some(const Growing *growing, FnTileCache *cache, GRand *rand)
{
	double whole = (double)fn_tree_size(growing->tree);

	for (guint i = 0; i < ASKED; i++) {
		guint64 size = i % 3 == 0 ? (guint64)whole : 1 + (guint64)(g_rand_double(rand) * whole);

		compare(growing, cache, fn_tiles_inclusion, (guint64)(g_rand_double(rand) * (double)size), size);
		compare(growing, cache, fn_tiles_consistency, (guint64)(g_rand_double(rand) * (double)(size + 1)), size);
		verify_leaf(growing, cache, (guint64)(g_rand_double(rand) * whole));
	}
}

static void *
compare_in_thread(void *data)
{
	void **both = data;
	g_autoptr(GRand) rand = g_rand_new_with_seed(SEED + 1);

	for (guint i = 0; i < 5; i++)
		compare_some(both[0], both[1], rand);
	return NULL;
}

/* Proofs in trees of random sizes are the same with a cache that lives as long as the tree grows, its partial tiles widen and fill. */
static void
test_cache_changes_nothing(gconstpointer data)
{
	g_autoptr(TestDirectory) path = test_directory_new();
	g_autoptr(GRand) rand = g_rand_new_with_seed(SEED);
	g_autoptr(FnTileCache) cache = fn_tile_cache_new();
	Growing growing = { *(const FnSuite *)data, open(path, O_RDONLY | O_DIRECTORY), NULL };
	g_autoptr(FnTree) tree = fn_tree_new(growing.suite, write_tile, &growing);
	void *both[] = { &growing, cache };
	pthread_t thread[THREADS];

	growing.tree = tree;
	while (fn_tree_size(tree) < MOST) {
		grow(&growing, rand, (guint)g_rand_int_range(rand, 1, g_rand_int_range(rand, 0, 3) == 0 ? 3000 : 100));
		compare_some(&growing, cache, rand);
	}
	g_assert_cmpuint(fn_tile_cache_count(cache), >, 0);
	for (guint i = 0; i < THREADS; i++)
		g_assert_cmpint(pthread_create(&thread[i], NULL, compare_in_thread, both), ==, 0);
	for (guint i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	close(growing.directory);
}

/* What is kept needs no file, what is wider does, and full tiles of leaves are not kept. */
static void
test_what_is_kept(void)
{
	g_autoptr(TestDirectory) path = test_directory_new();
	int directory = open(path, O_RDONLY | O_DIRECTORY);
	g_autoptr(FnTileCache) cache = fn_tile_cache_new();
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_file_make_folder(directory, "tmp", NULL));
	put(directory, "tile/0/000", FN_TILE_BYTES);
	put(directory, "tile/1/000.p/5", 5 * FN_DIGEST_SIZE);
	for (guint i = 0; i < 2; i++) {
		g_autoptr(FnTileReader) reader = fn_tile_reader_new(directory, FN_SUITE_INTL, cache);

		g_assert_nonnull(fn_tile_reader_get(0, 0, 256, reader, NULL));
		g_assert_cmpuint(fn_tile_cache_count(cache), ==, i);
		g_assert_nonnull(fn_tile_reader_get(1, 0, 5 - i, reader, NULL));
		g_assert_cmpuint(fn_tile_cache_count(cache), ==, 1);
		g_assert_cmpint(unlinkat(directory, "tile/1/000.p/5", 0), ==, i == 0 ? 0 : -1);
	}
	for (guint i = 0; i < 2; i++) {
		g_autoptr(FnTileReader) reader = fn_tile_reader_new(directory, i == 0 ? FN_SUITE_INTL : FN_SUITE_GM, cache);

		g_assert_null(fn_tile_reader_get(1, 0, 6 - i, reader, &error)); /* wider, or of the other tree */
		g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED);
		g_clear_error(&error);
	}
	close(directory);
}

/* No more than so many; those that were used longest ago go first. */
static void
test_cache_is_bounded(void)
{
	g_autoptr(TestDirectory) path = test_directory_new();
	Growing growing = { FN_SUITE_INTL, open(path, O_RDONLY | O_DIRECTORY), NULL };
	g_autoptr(FnTileCache) cache = fn_tile_cache_new();
	static const guint8 hash[FN_DIGEST_SIZE];

	for (guint i = 0; i < FN_TILES_CACHED + 10; i++) {
		g_autoptr(FnTileReader) reader = fn_tile_reader_new(growing.directory, growing.suite, cache);

		write_tile(1, i, 1, hash, &growing);
		g_assert_nonnull(fn_tile_reader_get(1, i, 1, reader, NULL));
		g_assert_nonnull(fn_tile_reader_get(1, 0, 1, reader, NULL));
		g_assert_cmpuint(fn_tile_cache_count(cache), ==, MIN(i + 1, FN_TILES_CACHED));
	}
	for (guint i = 0; i < 13; i++) {
		g_autoptr(FnTileReader) reader = fn_tile_reader_new(growing.directory, growing.suite, cache);
		g_autofree char *file = fn_tile_path(growing.suite, 1, i, 1);

		g_assert_cmpint(unlinkat(growing.directory, file, 0), ==, 0);
		g_assert_true((fn_tile_reader_get(1, i, 1, reader, NULL) != NULL) == (i == 0 || i > 10));
	}
	close(growing.directory);
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
	static const FnSuite suites[] = { FN_SUITE_GM, FN_SUITE_INTL };

	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ledger/tile/paths", test_paths);
	g_test_add_func("/ledger/tile/reader", test_reader);
	g_test_add_data_func("/ledger/tile/cache/changes-nothing/gm", &suites[0], test_cache_changes_nothing);
	g_test_add_data_func("/ledger/tile/cache/changes-nothing/intl", &suites[1], test_cache_changes_nothing);
	g_test_add_func("/ledger/tile/cache/what-is-kept", test_what_is_kept);
	g_test_add_func("/ledger/tile/cache/bounded", test_cache_is_bounded);
	g_test_add_func("/ledger/files/not-committed", test_not_committed);
	return g_test_run();
}
