#include "ledger/tree.h"

#include <string.h>

#define MOST 320u

static const FnSuite suites[] = { FN_SUITE_GM, FN_SUITE_INTL };

/* The definition of RFC 6962, word by word: the slow twin that everything else is held against. */
static void
mth(FnSuite suite, const guint8 leaf[][FN_DIGEST_SIZE], guint64 n, guint8 *out)
{
	guint8 left[FN_DIGEST_SIZE], right[FN_DIGEST_SIZE];
	guint64 k = 1;

	if (n == 0)
		return (suite == FN_SUITE_GM ? fn_sm3 : fn_sha256)("", 0, out);
	if (n == 1) {
		memcpy(out, leaf[0], FN_DIGEST_SIZE);
		return;
	}
	while (2 * k < n)
		k *= 2;
	mth(suite, leaf, k, left);
	mth(suite, leaf + k, n - k, right);
	fn_tree_node(suite, left, right, out);
}

typedef struct {
	guint8 leaf[MOST][FN_DIGEST_SIZE], root[MOST + 1][FN_DIGEST_SIZE];
	GHashTable *tile; /* "level/index" -> FnTile */
	FnSuite suite;
} Grown;

static void
keep(guint level, guint64 index, guint width, const guint8 *hashes, gpointer data)
{
	Grown *grown = data;
	FnTile *tile = g_new0(FnTile, 1);

	fn_tile_fill(grown->suite, tile, hashes, width);
	g_hash_table_replace(grown->tile, g_strdup_printf("%u/%" G_GUINT64_FORMAT, level, index), tile);
}

static const FnTile *
find(guint level, guint64 index, guint width, gpointer data, GError **error)
{
	Grown *grown = data;
	g_autofree char *key = g_strdup_printf("%u/%" G_GUINT64_FORMAT, level, index);
	const FnTile *tile = g_hash_table_lookup(grown->tile, key);

	g_assert_nonnull(tile);
	return tile;
}

static FnTree *
grow(Grown *grown, FnSuite suite)
{
	FnTree *tree = fn_tree_new(suite, keep, grown);

	grown->suite = suite;
	grown->tile = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	for (guint i = 0; i < MOST; i++) {
		guint8 expected[FN_DIGEST_SIZE];

		fn_tree_root(tree, grown->root[i]);
		mth(suite, (const guint8(*)[FN_DIGEST_SIZE])grown->leaf, i, expected);
		g_assert_cmpmem(grown->root[i], FN_DIGEST_SIZE, expected, FN_DIGEST_SIZE);
		fn_tree_leaf(suite, &i, sizeof(i), grown->leaf[i]);
		fn_tree_add(tree, grown->leaf[i], 1);
	}
	fn_tree_root(tree, grown->root[MOST]);
	fn_tree_open_tiles(tree, keep, grown);
	g_assert_cmpuint(fn_tree_size(tree), ==, MOST);
	return tree;
}

/* Roots of RFC 6962's and of the certificate transparency code's own eight-leaf example. */
static void
test_known(void)
{
	static const char *const hex[] = { "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
		"606162636465666768696a6b6c6d6e6f" };
	static const char *const root[] = { "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" };
	g_autoptr(FnTree) tree = fn_tree_new(FN_SUITE_INTL, NULL, NULL);

	for (gsize i = 0; i <= G_N_ELEMENTS(hex); i++) {
		guint8 got[FN_DIGEST_SIZE], leaf[FN_DIGEST_SIZE], data[16];
		GString *text = g_string_new(NULL);

		fn_tree_root(tree, got);
		for (gsize b = 0; b < sizeof(got); b++)
			g_string_append_printf(text, "%02x", got[b]);
		g_assert_cmpstr(text->str, ==, root[i]);
		g_string_free(text, TRUE);
		if (i == G_N_ELEMENTS(hex))
			break;
		for (gsize b = 0; b < strlen(hex[i]) / 2; b++)
			data[b] = (guint8)(g_ascii_xdigit_value(hex[i][2 * b]) << 4 | g_ascii_xdigit_value(hex[i][2 * b + 1]));
		fn_tree_leaf(FN_SUITE_INTL, data, strlen(hex[i]) / 2, leaf);
		fn_tree_add(tree, leaf, 1);
	}
}

static void
test_inclusion(gconstpointer data)
{
	FnSuite suite = *(const FnSuite *)data;
	g_autofree Grown *grown = g_new0(Grown, 1);
	FnTiles tiles = { suite, MOST, find, grown };
	guint8 proof[FN_PROOF_MAX * FN_DIGEST_SIZE];
	guint count;

	fn_tree_free(grow(grown, suite));
	for (guint size = 1; size <= MOST; size += size < 40 || size > 250 ? 1 : 7)
		for (guint i = 0; i < size; i += size < 40 ? 1 : 1 + size / 23) {
			g_assert_true(fn_tiles_inclusion(&tiles, i, size, proof, &count, NULL));
			g_assert_true(fn_proof_inclusion(suite, i, size, grown->leaf[i], proof, count, grown->root[size]));
			g_assert_false(fn_proof_inclusion(suite, i, size + 1, grown->leaf[i], proof, count, grown->root[size + 1 <= MOST ? size + 1 : 0]));
			g_assert_false(fn_proof_inclusion(suite, i + 1, size, grown->leaf[i], proof, count, grown->root[size]));
			g_assert_false(fn_proof_inclusion(suite, i, size, grown->leaf[(i + 1) % MOST], proof, count, grown->root[size]));
			if (count == 0)
				continue;
			g_assert_false(fn_proof_inclusion(suite, i, size, grown->leaf[i], proof, count - 1, grown->root[size]));
			proof[(i * 7u) % (count * FN_DIGEST_SIZE)] ^= 1;
			g_assert_false(fn_proof_inclusion(suite, i, size, grown->leaf[i], proof, count, grown->root[size]));
		}
	g_hash_table_unref(grown->tile);
}

static void
test_consistency(gconstpointer data)
{
	FnSuite suite = *(const FnSuite *)data;
	g_autofree Grown *grown = g_new0(Grown, 1);
	FnTiles tiles = { suite, MOST, find, grown };
	guint8 proof[FN_PROOF_MAX * FN_DIGEST_SIZE];
	guint count;

	fn_tree_free(grow(grown, suite));
	for (guint size = 0; size <= MOST; size += size < 40 || size > 250 ? 1 : 7)
		for (guint first = 0; first <= size; first += size < 40 ? 1 : 1 + size / 19) {
			guint other = (first + 1) % MOST;

			g_assert_true(fn_tiles_consistency(&tiles, first, size, proof, &count, NULL));
			g_assert_true(fn_proof_consistency(suite, first, size, proof, count, grown->root[first], grown->root[size]));
			g_assert_false(fn_proof_consistency(suite, first, size, proof, count, grown->root[other], grown->root[size]));
			if (first > 0) /* of an empty tree everything is a continuation */
				g_assert_false(fn_proof_consistency(suite, first, size, proof, count, grown->root[first],
					grown->root[other == size ? (size + 1) % MOST : other]));
			if (count == 0)
				continue;
			g_assert_false(fn_proof_consistency(suite, first, size, proof, count - 1, grown->root[first], grown->root[size]));
			proof[(first * 5u) % (count * FN_DIGEST_SIZE)] ^= 128;
			g_assert_false(fn_proof_consistency(suite, first, size, proof, count, grown->root[first], grown->root[size]));
		}
	g_hash_table_unref(grown->tile);
}

static void
test_roots_and_resume(gconstpointer data)
{
	FnSuite suite = *(const FnSuite *)data;
	g_autofree Grown *grown = g_new0(Grown, 1);
	FnTiles tiles = { suite, MOST, find, grown };

	fn_tree_free(grow(grown, suite));
	for (guint size = 0; size <= MOST; size++) {
		guint8 root[FN_DIGEST_SIZE];
		FnTree *again = fn_tree_new(suite, NULL, NULL);

		g_assert_true(fn_tiles_root(&tiles, size, root, NULL));
		g_assert_cmpmem(root, sizeof(root), grown->root[size], sizeof(root));
		for (guint level = 0; level < 2; level++)
			if (fn_tile_width(size, level) > 0)
				fn_tree_resume(again, size, level, find(level, fn_tile_index(size, level), 0, grown, NULL)->hash[0]);
		fn_tree_root(again, root);
		g_assert_cmpmem(root, sizeof(root), grown->root[size], sizeof(root));
		for (guint i = size; i < MOST; i++)
			fn_tree_add(again, grown->leaf[i], 1);
		fn_tree_root(again, root);
		g_assert_cmpmem(root, sizeof(root), grown->root[MOST], sizeof(root));
		fn_tree_free(again);
	}
	g_hash_table_unref(grown->tile);
}

static void
write_down(guint level, guint64 index, guint width, const guint8 *hashes, gpointer data)
{
	fn_digest_add(data, &level, sizeof(level));
	fn_digest_add(data, &index, sizeof(index));
	fn_digest_add(data, hashes, (gsize)width * FN_DIGEST_SIZE);
}

/* Runs of random lengths give the same roots and hand out the same tiles, in the same order, as leaf after leaf does. */
static void
test_runs(gconstpointer data)
{
	FnSuite suite = *(const FnSuite *)data;
	g_autoptr(GRand) rand = g_rand_new_with_seed(0x5eed4);
	g_autoptr(FnDigest) singly_seen = fn_digest_new(FN_SUITE_INTL);
	g_autoptr(FnDigest) runs_seen = fn_digest_new(FN_SUITE_INTL);
	g_autoptr(FnTree) singly = fn_tree_new(suite, write_down, singly_seen);
	g_autoptr(FnTree) runs = fn_tree_new(suite, write_down, runs_seen);
	guint8 leaves[700 * FN_DIGEST_SIZE] = { 0 }, one[FN_DIGEST_SIZE], other[FN_DIGEST_SIZE];

	while (fn_tree_size(runs) < FN_TILE_WIDTH * FN_TILE_WIDTH + 1000) {
		guint count = (guint)g_rand_int_range(rand, 0, g_rand_boolean(rand) ? 20 : 701);

		for (guint i = 0; i < count * FN_DIGEST_SIZE; i += 4)
			leaves[i] = (guint8)g_rand_int(rand);
		for (guint i = 0; i < count; i++)
			fn_tree_add(singly, leaves + i * FN_DIGEST_SIZE, 1);
		fn_tree_add(runs, leaves, count);
		fn_tree_root(singly, one);
		fn_tree_root(runs, other);
		g_assert_cmpmem(one, sizeof(one), other, sizeof(other));
	}
	g_assert_cmpuint(fn_tree_size(singly), ==, fn_tree_size(runs));
	fn_tree_open_tiles(singly, write_down, singly_seen);
	fn_tree_open_tiles(runs, write_down, runs_seen);
	fn_digest_peek(singly_seen, one);
	fn_digest_peek(runs_seen, other);
	g_assert_cmpmem(one, sizeof(one), other, sizeof(other));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ledger/tree/known", test_known);
	for (gsize i = 0; i < G_N_ELEMENTS(suites); i++) {
		const char *name = fn_suite_name(suites[i]);
		g_autofree char *inclusion = g_strdup_printf("/ledger/tree/inclusion/%s", name);
		g_autofree char *consistency = g_strdup_printf("/ledger/tree/consistency/%s", name);
		g_autofree char *resume = g_strdup_printf("/ledger/tree/resume/%s", name);
		g_autofree char *runs = g_strdup_printf("/ledger/tree/runs/%s", name);

		g_test_add_data_func(inclusion, &suites[i], test_inclusion);
		g_test_add_data_func(consistency, &suites[i], test_consistency);
		g_test_add_data_func(resume, &suites[i], test_roots_and_resume);
		g_test_add_data_func(runs, &suites[i], test_runs);
	}
	return g_test_run();
}
