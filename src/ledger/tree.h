/* The Merkle tree of RFC 6962 over a growing list of leaves, in tiles of 256 (C2SP tlog-tiles), and its proofs.
 *
 * FnTree holds the right edge only: at each level the open tile with the nodes inside it, 16 KiB a level. Each leaf costs one
 * interior hash, the root at any moment at most eight hashes a level. A tile that fills is handed out and forgotten.
 * One thread at a time. */
#pragma once

#include "crypto/crypto.h"

#define FN_TILE_WIDTH 256u
#define FN_TILE_BYTES (FN_TILE_WIDTH * FN_DIGEST_SIZE)
#define FN_TILE_LEVELS 8u
/* No proof is longer: two hashes a level of a tree of 2^64. */
#define FN_PROOF_MAX 128u

typedef struct FnTree FnTree;
/* The tile @index of @level: @width hashes, 256 when it has just filled. */
typedef void (*FnTileReady)(guint level, guint64 index, guint width, const guint8 *hashes, gpointer data);

/* An empty tree. @ready (may be NULL) gets every tile that fills. */
FnTree *fn_tree_new(FnSuite suite, FnTileReady ready, gpointer data);
void fn_tree_free(FnTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnTree, fn_tree_free)
guint64 fn_tree_size(const FnTree *tree);
/* Adds the hashes of the next @count leaves; many at once are several times as fast. */
void fn_tree_add(FnTree *tree, const guint8 *leaves, guint64 count);
/* The root; of no leaves the digest of nothing. */
void fn_tree_root(const FnTree *tree, guint8 root_out[FN_DIGEST_SIZE]);
/* Hands out the open tile of every level that has hashes in it. */
void fn_tree_open_tiles(const FnTree *tree, FnTileReady ready, gpointer data);
/* Width of the open tile at @level of a tree of @size leaves, and the index it has. */
guint fn_tile_width(guint64 size, guint level);
guint64 fn_tile_index(guint64 size, guint level);
/* Takes up an empty tree at @size leaves: to be called once for each level with an open tile, highest level or lowest first
 * alike, with its fn_tile_width() hashes. */
void fn_tree_resume(FnTree *tree, guint64 size, guint level, const guint8 *hashes);

/* A tile with the nodes inside it: 256 leaves, then 128 nodes two wide, and so on up to the tile's own root. Of a partial tile those
 * are set whose leaves are all there. */
typedef struct {
	guint8 hash[2 * FN_TILE_WIDTH - 1][FN_DIGEST_SIZE];
} FnTile;

/* Sets the first @width leaves of @tile and the nodes that they complete. */
void fn_tile_fill(FnSuite suite, FnTile *tile, const guint8 *hashes, guint width);

/* Finds tiles for proofs. Returns tile (@level, @index) with at least @width leaves, borrowed until the next call; NULL with @error
 * when there is none. */
typedef const FnTile *(*FnTileGet)(guint level, guint64 index, guint width, gpointer data, GError **error);

typedef struct {
	FnSuite suite;
	guint64 size; /* of the tree that the tiles are of */
	FnTileGet get;
	gpointer data;
} FnTiles;

/* Root of the first @size leaves. */
gboolean fn_tiles_root(const FnTiles *tiles, guint64 size, guint8 root_out[FN_DIGEST_SIZE], GError **error);
/* Audit path of leaf @index in the tree of @size leaves (RFC 6962 2.1.1): *@count_out hashes, nearest the leaf first.
 * @proof_out has room for FN_PROOF_MAX hashes. */
gboolean fn_tiles_inclusion(const FnTiles *tiles, guint64 index, guint64 size, guint8 *proof_out, guint *count_out, GError **error);
/* Consistency of the trees of @first and @size leaves (RFC 6962 2.1.2). */
gboolean fn_tiles_consistency(const FnTiles *tiles, guint64 first, guint64 size, guint8 *proof_out, guint *count_out, GError **error);

/* Checks by hashes alone, as RFC 9162 2.1.3.2 and 2.1.4.2 state them. FALSE: does not verify. */
gboolean fn_proof_inclusion(FnSuite suite, guint64 index, guint64 size, const guint8 leaf[FN_DIGEST_SIZE], const guint8 *proof,
	guint count, const guint8 root[FN_DIGEST_SIZE]);
gboolean fn_proof_consistency(FnSuite suite, guint64 first, guint64 size, const guint8 *proof, guint count,
	const guint8 first_root[FN_DIGEST_SIZE], const guint8 root[FN_DIGEST_SIZE]);
