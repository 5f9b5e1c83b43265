/* Tiles on disk, in the layout of C2SP tlog-tiles: tile/<level>/<index>[.p/<width>], and the same below sm3/ for the national
 * tree. The index is written in groups of three digits, all but the last with an x before: 1234067 is x001/x234/067. */
#pragma once

#include "ledger/files.h"
#include "ledger/tree.h"

/* "x001/x234/067", with ".p/5" behind it when @width is less than 256. Caller frees. */
char *fn_tile_number(guint64 index, guint width);
/* Path of a tile relative to the ledger's directory; @width 256 is the full one. Caller frees. */
char *fn_tile_path(FnSuite suite, guint level, guint64 index, guint width);

/* At least @width hashes: where the narrower tile is gone, the full one is there. Faults are FN_LEDGER_ERROR_TAMPERED with the path. */
GBytes *fn_tile_read(int directory, FnSuite suite, guint level, guint64 index, guint width, GError **error);

/* Has the system fetch a tile that is about to be read, without waiting for it. */
void fn_tile_expect(int directory, FnSuite suite, guint level, guint64 index, guint width);

/* Tiles of both trees of one open log with their nodes, for proofs to come: the FN_TILES_CACHED that were used last, 16 MiB, of all
 * but the full ones of leaves, which are as many as entries. What a tree has said of its first leaves it never takes back, so that a
 * wider tile stands for each narrower one and none grows old. Thread-safe. */
#define FN_TILES_CACHED 1024u
typedef struct FnTileCache FnTileCache;
FnTileCache *fn_tile_cache_new(void);
void fn_tile_cache_free(FnTileCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnTileCache, fn_tile_cache_free)
guint fn_tile_cache_count(FnTileCache *cache);

/* Reads tiles for proofs, as an FnTileGet with the reader as data, and keeps those of one proof; @cache, which may be NULL, those of
 * many. Faults as those of fn_tile_read(). One thread at a time. */
typedef struct FnTileReader FnTileReader;
FnTileReader *fn_tile_reader_new(int directory, FnSuite suite, FnTileCache *cache);
void fn_tile_reader_free(FnTileReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnTileReader, fn_tile_reader_free)
const FnTile *fn_tile_reader_get(guint level, guint64 index, guint width, gpointer reader, GError **error);
/* The tiles of @reader, for the tree of @size leaves. */
FnTiles fn_tile_reader_tiles(FnTileReader *reader, guint64 size);

/* Removes the partial tiles of a tile that is full and durable, as tlog-tiles permits. */
void fn_tile_drop_partials(int directory, FnSuite suite, guint level, guint64 index);
