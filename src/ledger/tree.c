#include "ledger/tree.h"

#include <string.h>

#define TILE_HEIGHT 8u

/* Node @n of those that are 2^@k leaves wide. */
#define NODE(tile, k, n) ((tile)->hash[2 * FN_TILE_WIDTH - (2 * FN_TILE_WIDTH >> (k)) + (n)])

struct FnTree {
	FnSuite suite;
	FnTileReady ready;
	gpointer data;
	guint64 size;
	FnTile *open[FN_TILE_LEVELS]; /* made when first needed */
};

FnTree *
fn_tree_new(FnSuite suite, FnTileReady ready, gpointer data)
{
	FnTree *tree = g_new0(FnTree, 1);

	tree->suite = suite;
	tree->ready = ready;
	tree->data = data;
	return tree;
}

void
fn_tree_free(FnTree *tree)
{
	if (tree == NULL)
		return;
	for (guint level = 0; level < FN_TILE_LEVELS; level++)
		g_free(tree->open[level]);
	g_free(tree);
}

guint64
fn_tree_size(const FnTree *tree)
{
	return tree->size;
}

guint
fn_tile_width(guint64 size, guint level)
{
	return (guint)(size >> (TILE_HEIGHT * level)) & (FN_TILE_WIDTH - 1);
}

guint64
fn_tile_index(guint64 size, guint level)
{
	return level + 1 >= FN_TILE_LEVELS ? 0 : size >> (TILE_HEIGHT * (level + 1));
}

/* Puts @count hashes at place @n of @open and on, and hashes every pair that they complete, level by level. */
static void
place(FnSuite suite, FnTile *open, guint n, const guint8 *hashes, guint count)
{
	guint end = n + count;

	memcpy(NODE(open, 0, n), hashes, (gsize)count * FN_DIGEST_SIZE);
	for (guint k = 0; k < TILE_HEIGHT && n >> 1 < end >> 1; k++, n >>= 1, end >>= 1)
		fn_tree_nodes(suite, NODE(open, k, n & ~1u), (end >> 1) - (n >> 1), NODE(open, k + 1, n >> 1));
}

void
fn_tile_fill(FnSuite suite, FnTile *tile, const guint8 *hashes, guint width)
{
	place(suite, tile, 0, hashes, width);
}

static FnTile *
open_tile(FnTree *tree, guint level)
{
	if (tree->open[level] == NULL)
		tree->open[level] = g_new0(FnTile, 1);
	return tree->open[level];
}

/* What the open tile of leaves has room for; a tile that fills adds its root to the level above. */
static void
add_to_tile(FnTree *tree, const guint8 *hashes, guint count)
{
	for (guint level = 0, many = count;; level++, many = 1) {
		guint n = fn_tile_width(tree->size, level);
		FnTile *open;

		g_assert(level < FN_TILE_LEVELS);
		open = open_tile(tree, level);
		place(tree->suite, open, n, hashes, many);
		if (n + many < FN_TILE_WIDTH)
			break;
		if (tree->ready != NULL)
			tree->ready(level, fn_tile_index(tree->size, level), FN_TILE_WIDTH, NODE(open, 0, 0), tree->data);
		hashes = NODE(open, TILE_HEIGHT, 0);
	}
	tree->size += count;
}

void
fn_tree_add(FnTree *tree, const guint8 *leaves, guint64 count)
{
	while (count > 0) {
		guint some = (guint)MIN(count, FN_TILE_WIDTH - fn_tile_width(tree->size, 0));

		add_to_tile(tree, leaves, some);
		leaves += (gsize)some * FN_DIGEST_SIZE;
		count -= some;
	}
}

/* Folds the nodes of @n filled places to the left of *@hash, which is as good as absent while *@have is FALSE. */
static void
fold(FnSuite suite, const FnTile *open, guint n, guint8 *hash, gboolean *have)
{
	for (guint k = 0; k < TILE_HEIGHT; k++) {
		const guint8 *node = NODE(open, k, (n >> k) & ~1u);

		if ((n >> k & 1) == 0)
			continue;
		if (*have)
			fn_tree_node(suite, node, hash, hash);
		else
			memcpy(hash, node, FN_DIGEST_SIZE);
		*have = TRUE;
	}
}

static void
digest_of_nothing(FnSuite suite, guint8 *root_out)
{
	(suite == FN_SUITE_GM ? fn_sm3 : fn_sha256)("", 0, root_out);
}

void
fn_tree_root(const FnTree *tree, guint8 root_out[FN_DIGEST_SIZE])
{
	gboolean have = FALSE;

	for (guint level = 0; level < FN_TILE_LEVELS && tree->open[level] != NULL; level++)
		fold(tree->suite, tree->open[level], fn_tile_width(tree->size, level), root_out, &have);
	if (!have)
		digest_of_nothing(tree->suite, root_out);
}

void
fn_tree_open_tiles(const FnTree *tree, FnTileReady ready, gpointer data)
{
	for (guint level = 0; level < FN_TILE_LEVELS; level++) {
		guint width = fn_tile_width(tree->size, level);

		if (width > 0)
			ready(level, fn_tile_index(tree->size, level), width, NODE(tree->open[level], 0, 0), data);
	}
}

void
fn_tree_resume(FnTree *tree, guint64 size, guint level, const guint8 *hashes)
{
	guint width = fn_tile_width(size, level);

	g_assert(tree->size == 0 || tree->size == size);
	for (guint below = 0; below <= level; below++)
		open_tile(tree, below);
	place(tree->suite, tree->open[level], 0, hashes, width);
	tree->size = size;
}

/* ---- proofs from tiles ---- */

/* Hash of the complete subtree @index of 2^@height leaves. */
static gboolean
subtree(const FnTiles *tiles, guint height, guint64 index, guint8 *hash_out, GError **error)
{
	guint level = height / TILE_HEIGHT, inside = height % TILE_HEIGHT;
	guint64 number = index >> (TILE_HEIGHT - inside);
	gboolean full = number < fn_tile_index(tiles->size, level);
	const FnTile *tile = tiles->get(level, number, full ? FN_TILE_WIDTH : fn_tile_width(tiles->size, level), tiles->data, error);

	if (tile == NULL)
		return FALSE;
	memcpy(hash_out, NODE(tile, inside, index & ((FN_TILE_WIDTH >> inside) - 1)), FN_DIGEST_SIZE);
	return TRUE;
}

static guint
height_of(guint64 leaves)
{
	return (guint)(63 - __builtin_clzll(leaves));
}

/* Hash of the leaves [@first, @end): its complete subtrees folded from the right. @first is where a subtree may start. */
static gboolean
range(const FnTiles *tiles, guint64 first, guint64 end, guint8 *hash_out, GError **error)
{
	gboolean have = FALSE;

	while (end > first) {
		guint height = (guint)__builtin_ctzll(end - first);
		guint8 left[FN_DIGEST_SIZE];

		end -= G_GUINT64_CONSTANT(1) << height;
		if (!subtree(tiles, height, end >> height, left, error))
			return FALSE;
		if (have)
			fn_tree_node(tiles->suite, left, hash_out, hash_out);
		else
			memcpy(hash_out, left, FN_DIGEST_SIZE);
		have = TRUE;
	}
	return TRUE;
}

gboolean
fn_tiles_root(const FnTiles *tiles, guint64 size, guint8 root_out[FN_DIGEST_SIZE], GError **error)
{
	g_assert(size <= tiles->size);
	if (size == 0)
		digest_of_nothing(tiles->suite, root_out);
	return range(tiles, 0, size, root_out, error);
}

/* Where RFC 6962 splits @leaves > 1: the largest power of two below. */
static guint64
split(guint64 leaves)
{
	return G_GUINT64_CONSTANT(1) << height_of(leaves - 1);
}

/* The definitions walk from the root down and list from the leaf up: what is found is put in front. */
static gboolean
put(const FnTiles *tiles, guint64 first, guint64 end, guint8 *proof_out, guint *count, GError **error)
{
	g_assert(*count < FN_PROOF_MAX);
	memmove(proof_out + FN_DIGEST_SIZE, proof_out, (gsize)*count * FN_DIGEST_SIZE);
	*count += 1;
	return range(tiles, first, end, proof_out, error);
}

gboolean
fn_tiles_inclusion(const FnTiles *tiles, guint64 index, guint64 size, guint8 *proof_out, guint *count_out, GError **error)
{
	guint64 first = 0, end = size;
	guint count = 0;

	g_assert(index < size && size <= tiles->size);
	while (end - first > 1) {
		guint64 middle = first + split(end - first);
		gboolean left = index < middle;

		if (!put(tiles, left ? middle : first, left ? end : middle, proof_out, &count, error))
			return FALSE;
		if (left)
			end = middle;
		else
			first = middle;
	}
	*count_out = count;
	return TRUE;
}

gboolean
fn_tiles_consistency(const FnTiles *tiles, guint64 old, guint64 size, guint8 *proof_out, guint *count_out, GError **error)
{
	guint64 first = 0, end = size;
	guint count = 0;

	g_assert(old <= size && size <= tiles->size);
	*count_out = 0;
	if (old == 0 || old == size)
		return TRUE;
	while (end > old) {
		guint64 middle = first + split(end - first);
		gboolean left = old <= middle;

		if (!put(tiles, left ? middle : first, left ? end : middle, proof_out, &count, error))
			return FALSE;
		if (left)
			end = middle;
		else
			first = middle;
	}
	/* The subtree that ends where the old tree ended; the old root itself is known to whoever asks. */
	if (first != 0 && !put(tiles, first, end, proof_out, &count, error))
		return FALSE;
	*count_out = count;
	return TRUE;
}

/* ---- checks ---- */

gboolean
fn_proof_inclusion(FnSuite suite, guint64 index, guint64 size, const guint8 leaf[FN_DIGEST_SIZE], const guint8 *proof, guint count,
	const guint8 root[FN_DIGEST_SIZE])
{
	guint8 hash[FN_DIGEST_SIZE];
	guint64 last = size - 1;

	if (index >= size)
		return FALSE;
	memcpy(hash, leaf, sizeof(hash));
	for (guint i = 0; i < count; i++, proof += FN_DIGEST_SIZE) {
		if (last == 0)
			return FALSE;
		if ((index & 1) == 1 || index == last) {
			fn_tree_node(suite, proof, hash, hash);
			while ((index & 1) == 0 && index != 0) {
				index >>= 1;
				last >>= 1;
			}
		} else {
			fn_tree_node(suite, hash, proof, hash);
		}
		index >>= 1;
		last >>= 1;
	}
	return last == 0 && memcmp(hash, root, sizeof(hash)) == 0;
}

/* Both roots are rebuilt along the path; the old one takes only what lay to its left. */
static gboolean
rebuild_both(FnSuite suite, guint64 at, guint64 last, const guint8 *start, const guint8 *proof, guint count, const guint8 *first_root,
	const guint8 *root)
{
	guint8 old[FN_DIGEST_SIZE], new[FN_DIGEST_SIZE];

	memcpy(old, start, sizeof(old));
	memcpy(new, start, sizeof(new));
	for (guint i = 0; i < count; i++, proof += FN_DIGEST_SIZE) {
		if (last == 0)
			return FALSE;
		if ((at & 1) == 1 || at == last) {
			fn_tree_node(suite, proof, old, old);
			fn_tree_node(suite, proof, new, new);
			while ((at & 1) == 0 && at != 0) {
				at >>= 1;
				last >>= 1;
			}
		} else {
			fn_tree_node(suite, new, proof, new);
		}
		at >>= 1;
		last >>= 1;
	}
	return last == 0 && memcmp(old, first_root, sizeof(old)) == 0 && memcmp(new, root, sizeof(new)) == 0;
}

gboolean
fn_proof_consistency(FnSuite suite, guint64 first, guint64 size, const guint8 *proof, guint count,
	const guint8 first_root[FN_DIGEST_SIZE], const guint8 root[FN_DIGEST_SIZE])
{
	guint8 nothing[FN_DIGEST_SIZE];
	guint64 at, last;

	if (first > size)
		return FALSE;
	if (first == size)
		return count == 0 && memcmp(first_root, root, FN_DIGEST_SIZE) == 0;
	digest_of_nothing(suite, nothing);
	if (first == 0)
		return count == 0 && memcmp(first_root, nothing, FN_DIGEST_SIZE) == 0;
	if (count == 0)
		return FALSE;
	at = first - 1;
	last = size - 1;
	while ((at & 1) == 1) {
		at >>= 1;
		last >>= 1;
	}
	if (at == 0) /* a complete tree is its own start and not part of the proof */
		return rebuild_both(suite, at, last, first_root, proof, count, first_root, root);
	return rebuild_both(suite, at, last, proof, proof + FN_DIGEST_SIZE, count - 1, first_root, root);
}
