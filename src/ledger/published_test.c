#include "ledger/published.h"

#include "ledger/segment.h"
#include "ledger/test_keys.h"
#include "ledger/tile.h"

/* ---- the grammar ---- */

static void
test_paths(void)
{
	static const struct {
		const char *path;
		FnPublished is;
	} good[] = {
		{ "checkpoint", { FN_PUBLISHED_CHECKPOINT, FN_SUITE_INTL, 0, 0, 0 } },
		{ "cosigned", { FN_PUBLISHED_COSIGNED, FN_SUITE_INTL, 0, 0, 0 } },
		{ "tile/0/000", { FN_PUBLISHED_TILE, FN_SUITE_INTL, 0, 256, 0 } },
		{ "tile/63/999.p/255", { FN_PUBLISHED_TILE, FN_SUITE_INTL, 63, 255, 999 } },
		{ "tile/1/x001/x234/067", { FN_PUBLISHED_TILE, FN_SUITE_INTL, 1, 256, 1234067 } },
		{ "tile/1/x001/000.p/1", { FN_PUBLISHED_TILE, FN_SUITE_INTL, 1, 1, 1000 } },
		{ "sm3/tile/2/007", { FN_PUBLISHED_TILE, FN_SUITE_GM, 2, 256, 7 } },
		{ "tile/entries/x999/x999/999.p/9", { FN_PUBLISHED_BUNDLE, FN_SUITE_INTL, 0, 9, 999999999 } },
		{ "sm3/tile/entries/000", { FN_PUBLISHED_BUNDLE, FN_SUITE_GM, 0, 256, 0 } },
		{ "tile/0/x072/x057/x594/x037/x927/935", { FN_PUBLISHED_TILE, FN_SUITE_INTL, 0, 256, FN_PUBLISHED_INDEX_MAX } },
		{ "heads/0", { FN_PUBLISHED_HEADS, FN_SUITE_INTL, 0, 0, 0 } },
		{ "heads/9223372036854775807", { FN_PUBLISHED_HEADS, FN_SUITE_INTL, 0, 0, G_MAXINT64 } },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autofree char *again = NULL;
		FnPublished got;

		g_assert_true(fn_published_parse(good[i].path, strlen(good[i].path), &got));
		g_assert_cmpint(got.kind, ==, good[i].is.kind);
		g_assert_cmpint(got.suite, ==, good[i].is.suite);
		g_assert_cmpuint(got.level, ==, good[i].is.level);
		g_assert_cmpuint(got.index, ==, good[i].is.index);
		if (got.kind == FN_PUBLISHED_TILE || got.kind == FN_PUBLISHED_BUNDLE)
			g_assert_cmpuint(got.width, ==, good[i].is.width);
		again = fn_published_path(&got);
		g_assert_cmpstr(again, ==, good[i].path);
	}
}

static void
test_no_paths(void)
{
	static const char *const bad[] = { "", "/checkpoint", "checkpoint/", "checkpoints", "Checkpoint", "cosigned/", "cosignatures/checkpoint", "tile", "tile/", "tile//000", "tile/0/",
		"tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/01/000", "tile/64/000", "tile/-1/000", "tile/0/x00/000",
		"tile/0/x000/001", "tile/0/001/002", "tile/0/x001", "tile/0/x001/", "tile/0/x001/x002", "tile/0/000.p", "tile/0/000.p/",
		"tile/0/000.p/0", "tile/0/000.p/01", "tile/0/000.p/256", "tile/0/000.p/999", "tile/0/000.p/1/", "tile/0/000.p/1 ",
		"tile/0/../000", "tile/0/000/../../state", "tile/0/000\n", "tile/0/+01", "tile/0/ 01", "sm3/checkpoint", "sm3/sm3/tile/0/000",
		"sm3/heads/0", "tile/entries", "tile/entries/", "tile/entries/0/000", "tile/entries/000.p/0", "tile/entry/000", "heads", "heads/",
		"heads/01", "heads/-1", "heads/9223372036854775808", "heads/18446744073709551616", "segments/0000000000000000.seg", "state", "keys",
		"tile/0/x072/x057/x594/x037/x927/936", "tile/0/x001/x000/x000/x000/x000/x000/000", "tile/0/x001/x001/x001/x001/x001/x001/x001/x001/x001/x001/001",
		"tile/0/x01\xef\xbc\x91/000" };
	FnPublished got;

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		if (fn_published_parse(bad[i], strlen(bad[i]), &got))
			g_error("%s is taken for a path", bad[i]);
		g_assert_cmpint(got.kind, ==, FN_PUBLISHED_NONE);
	}
	g_assert_false(fn_published_parse("tile/0/000\0", 11, &got));
	g_assert_false(fn_published_parse("tile/0/00", 9, &got));
}

/* Any tile or bundle there can be has a path that leads back to it. */
static void
test_there_and_back(void)
{
	GRand *random = g_rand_new_with_seed(5);

	for (guint i = 0; i < 20000; i++) {
		FnPublished one = { g_rand_boolean(random) ? FN_PUBLISHED_TILE : FN_PUBLISHED_BUNDLE,
			g_rand_boolean(random) ? FN_SUITE_GM : FN_SUITE_INTL, 0, 1 + (guint)g_rand_int_range(random, 0, 256), 0 };
		guint64 index = (guint64)g_rand_int(random) << 32 | g_rand_int(random);
		g_autofree char *path = NULL;
		FnPublished got;

		one.index = index >> g_rand_int_range(random, 8, 64);
		if (one.kind == FN_PUBLISHED_TILE)
			one.level = (guint)g_rand_int_range(random, 0, 64);
		path = fn_published_path(&one);
		g_assert_cmpuint(strlen(path), <=, FN_PUBLISHED_PATH_MAX);
		g_assert_true(fn_published_parse(path, strlen(path), &got));
		g_assert_cmpint(got.kind, ==, one.kind);
		g_assert_cmpint(got.suite, ==, one.suite);
		g_assert_cmpuint(got.level, ==, one.level);
		g_assert_cmpuint(got.index, ==, one.index);
		g_assert_cmpuint(got.width, ==, one.width);
	}
	g_rand_free(random);
}

/* ---- the bytes ---- */

static GBytes *
file(FnLog *log, const char *path)
{
	g_autoptr(GError) error = NULL;
	GBytes *bytes = fn_log_file(log, path, strlen(path), &error);

	g_assert_no_error(error);
	return bytes;
}

static void
refused(FnLog *log, const char *path, FnLedgerError code)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = fn_log_file(log, path, strlen(path), &error);

	if (bytes != NULL)
		g_error("%s is there", path);
	g_assert_error(error, FN_LEDGER_ERROR, (int)code);
}

static void
publish(FnLog *log)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_log_publish(log, &error));
	g_assert_no_error(error);
}

static void
leaf(FnLog *log, FnSuite suite, guint64 index, guint8 hash_out[FN_DIGEST_SIZE])
{
	g_autoptr(GByteArray) entry = g_byte_array_new();
	g_autoptr(GError) error = NULL;

	fn_log_read(log, index, 1, G_MAXSIZE, entry, &error);
	g_assert_no_error(error);
	fn_tree_leaf(suite, entry->data + 2, entry->len - 2, hash_out);
}

/* Every width of the open tile and of a full one, whether it is a file or not, holds the hashes of the entries. */
static void
check_tiles(FnLog *log, FnSuite suite, guint size)
{
	for (guint index = 0; index * 256 < size; index++)
		for (guint width = 1; width <= MIN(256, size - index * 256); width++) {
			g_autofree char *path = fn_tile_path(suite, 0, index, width);
			g_autoptr(GBytes) tile = file(log, path);
			guint8 hash[FN_DIGEST_SIZE];

			g_assert_cmpuint(g_bytes_get_size(tile), ==, width * FN_DIGEST_SIZE);
			leaf(log, suite, index * 256 + width - 1, hash);
			g_assert_cmpmem((const guint8 *)g_bytes_get_data(tile, NULL) + (width - 1) * FN_DIGEST_SIZE, FN_DIGEST_SIZE, hash, sizeof(hash));
		}
}

static void
test_tiles(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(FnLog) log = test_open(directory, keys);
	g_autoptr(GBytes) note = NULL, above = NULL;

	refused(log, "checkpoint", FN_LEDGER_ERROR_NOT_YET);
	refused(log, "tile/0/000.p/1", FN_LEDGER_ERROR_NOT_YET);
	test_append_many(log, 0, 100);
	publish(log);
	test_append_many(log, 100, 200); /* and the head's own entry between */
	publish(log);
	check_tiles(log, FN_SUITE_INTL, 301);
	check_tiles(log, FN_SUITE_GM, 301);
	above = file(log, "tile/1/000.p/1");
	g_assert_cmpuint(g_bytes_get_size(above), ==, FN_DIGEST_SIZE);
	refused(log, "tile/0/001", FN_LEDGER_ERROR_RANGE);
	refused(log, "tile/0/001.p/46", FN_LEDGER_ERROR_RANGE);
	refused(log, "tile/0/002.p/1", FN_LEDGER_ERROR_RANGE);
	refused(log, "tile/1/000.p/2", FN_LEDGER_ERROR_RANGE);
	refused(log, "tile/2/000.p/1", FN_LEDGER_ERROR_RANGE);
	refused(log, "tile/8/000.p/1", FN_LEDGER_ERROR_RANGE);
	refused(log, "tile/63/000", FN_LEDGER_ERROR_RANGE);
	refused(log, "tile/entries/000", FN_LEDGER_ERROR_RANGE);
	refused(log, "sm3/tile/entries/000.p/1", FN_LEDGER_ERROR_RANGE);
	refused(log, "state", FN_LEDGER_ERROR_RANGE);
	refused(log, "../keys", FN_LEDGER_ERROR_RANGE);
	note = file(log, "checkpoint");
	g_assert_true(g_str_has_prefix(g_bytes_get_data(note, NULL), "log.test.example/one\n301\n"));
}

/* Lines of witnesses come along when they are about the last head, and only then. */
static void
test_cosigned(void)
{
	static const char line[] = "— witness.example AAAA\n";
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(FnLog) log = test_open(directory, keys);
	g_autoptr(GBytes) note = NULL, cosigned = NULL, later = NULL, still = NULL;
	g_autofree char *folder = g_build_filename(directory, "cosignatures", NULL), *path = g_build_filename(folder, "checkpoint", NULL);
	g_autoptr(GByteArray) text = g_byte_array_new();

	test_append(log, 0, 3);
	publish(log);
	refused(log, "cosigned", FN_LEDGER_ERROR_RANGE);
	note = file(log, "checkpoint");
	g_byte_array_append(text, g_bytes_get_data(note, NULL), (guint)g_bytes_get_size(note));
	g_byte_array_append(text, (const guint8 *)line, sizeof(line) - 1);
	g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
	g_assert_true(g_file_set_contents(path, (const char *)text->data, text->len, NULL));
	cosigned = file(log, "checkpoint");
	g_assert_true(g_bytes_get_size(cosigned) == text->len && memcmp(g_bytes_get_data(cosigned, NULL), text->data, text->len) == 0);
	test_append(log, 3, 1);
	publish(log);
	later = file(log, "checkpoint");
	g_assert_true(g_str_has_prefix(g_bytes_get_data(later, NULL), "log.test.example/one\n5\n"));
	g_assert_null(g_strrstr_len(g_bytes_get_data(later, NULL), (gssize)g_bytes_get_size(later), "witness"));
	still = file(log, "cosigned");
	g_assert_true(g_bytes_equal(still, cosigned));
}

/* While no head can be signed, what everybody sees stays the tree of the last one. */
static void
test_without_keeper(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(FnLog) log = test_open(directory, keys);
	g_autoptr(GError) error = NULL;

	test_append_many(log, 0, 10);
	publish(log);
	keys->away = TRUE;
	test_append_many(log, 10, 300);
	g_assert_false(fn_log_publish(log, &error));
	check_tiles(log, FN_SUITE_INTL, 10); /* whose file is a full tile by now */
	refused(log, "tile/0/000", FN_LEDGER_ERROR_RANGE);
	refused(log, "tile/0/000.p/11", FN_LEDGER_ERROR_RANGE);
}

static guint
lines(FnLog *log, guint64 above, guint64 *first_out)
{
	g_autofree char *path = g_strdup_printf("heads/%" G_GUINT64_FORMAT, above);
	g_autoptr(GBytes) bytes = file(log, path);
	gsize size;
	const char *text = g_bytes_get_data(bytes, &size);
	guint64 before = above;
	guint n = 0;

	for (const char *at = text, *end; at < text + size; at = end + 1, n++) {
		g_auto(FnHead) head = { 0 };
		FnCanon canon;

		end = memchr(at, '\n', (gsize)(text + size - at));
		g_assert_nonnull(end);
		canon = fn_canon_over(at, (gsize)(end - at));
		g_assert_true(fn_head_take(&canon, &head) && canon.at == canon.end);
		g_assert_cmpuint(head.size, >, before);
		before = head.size;
		if (n == 0)
			*first_out = head.size;
	}
	return n;
}

static void
test_heads(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(FnLog) log = test_open(directory, keys);
	guint64 size[60], first;

	for (guint i = 0; i < 60; i++) {
		size[i] = (i == 0 ? 0 : size[i - 1] + 1) + 1 + i % 3;
		test_append_many(log, i * 3, 1 + i % 3);
		publish(log);
	}
	for (guint i = 0; i < 60; i++) {
		g_assert_cmpuint(lines(log, size[i] - 1, &first), ==, 60 - i);
		g_assert_cmpuint(first, ==, size[i]);
		g_assert_cmpuint(lines(log, size[i], &first), ==, 59 - i);
	}
	g_assert_cmpuint(lines(log, 0, &first), ==, 60);
	g_assert_cmpuint(lines(log, G_MAXINT64, &first), ==, 0);
}

/* A line under way is not there yet; one that is none is told with its offset. */
static void
test_broken_heads(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(FnLog) log = test_open(directory, keys);
	g_autofree char *path = g_build_filename(directory, "heads", NULL), *text = NULL, *torn = NULL;
	g_autoptr(GError) error = NULL;
	guint64 first;
	gsize size;

	test_append(log, 0, 2);
	publish(log);
	g_assert_true(g_file_get_contents(path, &text, &size, NULL));
	torn = g_strndup(text, size + 30);
	memcpy(torn + size, text, 30);
	g_assert_true(g_file_set_contents(path, torn, (gssize)(size + 30), NULL));
	g_assert_cmpuint(lines(log, 0, &first), ==, 1);
	torn[1] ^= 1;
	g_assert_true(g_file_set_contents(path, torn, (gssize)size, NULL));
	g_assert_null(fn_log_file(log, "heads/0", 7, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED);
	g_assert_nonnull(strstr(error->message, "offset 0"));
}

/* ---- proofs of any two sizes ---- */

static void
check_inclusion(FnLog *log, guint64 index, guint64 size)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = fn_log_inclusion(log, index, size, &error);
	json_t *json;

	g_assert_no_error(error);
	json = fn_json_parse(text, strlen(text), &error);
	g_assert_no_error(error);
	g_assert_cmpint(json_integer_value(json_object_get(json, "index")), ==, (json_int_t)index);
	for (guint i = 0; i < 2; i++) {
		FnSuite suite = i == 0 ? FN_SUITE_INTL : FN_SUITE_GM;
		const json_t *path = json_object_get(json_object_get(json, "proof"), i == 0 ? "sha256" : "sm3"), *item;
		guint8 proof[FN_PROOF_MAX * FN_DIGEST_SIZE], root[FN_DIGEST_SIZE], hash[FN_DIGEST_SIZE];
		FnTree *tree = fn_tree_new(suite, NULL, NULL);
		gsize n;

		json_array_foreach(path, n, item)
			g_assert_true(fn_unhex(json_string_value(item), proof + n * FN_DIGEST_SIZE, FN_DIGEST_SIZE));
		for (guint64 at = 0; at < size; at++) {
			leaf(log, suite, at, hash);
			fn_tree_add(tree, hash, 1);
		}
		fn_tree_root(tree, root);
		leaf(log, suite, index, hash);
		g_assert_true(fn_proof_inclusion(suite, index, size, hash, proof, (guint)json_array_size(path), root));
		fn_tree_free(tree);
	}
	json_decref(json);
}

static void
test_inclusion(void)
{
	static const guint64 sizes[] = { 1, 2, 3, 77, 255, 256, 257, 300, 301 };
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(FnLog) log = test_open(directory, keys);
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_log_inclusion(log, 0, 0, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_NOT_YET);
	g_clear_error(&error);
	test_append_many(log, 0, 301);
	publish(log);
	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
		for (guint64 index = 0; index < sizes[i]; index += 1 + sizes[i] / 5)
			check_inclusion(log, index, sizes[i]);
	g_assert_null(fn_log_inclusion(log, 301, 301, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RANGE);
	g_clear_error(&error);
	g_assert_null(fn_log_inclusion(log, 0, 302, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_NOT_YET);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ledger/published/paths", test_paths);
	g_test_add_func("/ledger/published/no-paths", test_no_paths);
	g_test_add_func("/ledger/published/there-and-back", test_there_and_back);
	g_test_add_func("/ledger/published/tiles", test_tiles);
	g_test_add_func("/ledger/published/cosigned", test_cosigned);
	g_test_add_func("/ledger/published/without-keeper", test_without_keeper);
	g_test_add_func("/ledger/published/heads", test_heads);
	g_test_add_func("/ledger/published/broken-heads", test_broken_heads);
	g_test_add_func("/ledger/published/inclusion", test_inclusion);
	return g_test_run();
}
