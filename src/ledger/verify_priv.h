/* Inside fn_ledger_verify(). */
#pragma once

#include "ledger/head.h"
#include "ledger/kept.h"
#include "ledger/segment.h"
#include "ledger/tile.h"

enum { FN_CHECK_SHA256, FN_CHECK_SM3, FN_CHECKS };

/* What a file says about the tree at one size. */
typedef struct {
	guint64 size;
	guint8 root[FN_CHECKS][FN_DIGEST_SIZE];
} FnSaid;

typedef struct {
	int directory;
	const char *gm_key, *intl_key;
	char *origin;
	gboolean live; /* a writer has the ledger open: what is younger than our look is passed over */
	FnLedgerReport *report;
	void (*progress)(guint64 done, guint64 all, gpointer data);
	gpointer data;

	FnSaid state;
	GBytes *index;      /* of the file bundles */
	GBytes *checkpoint; /* NULL: none */
	gboolean checkpoint_seen;

	/* of a pruned log */
	FnKept pruned;      /* what was kept from before the first segment */
	guint8 pruned_digest[FN_DIGEST_SIZE]; /* of that file */
	guint64 pruned_said; /* entries up to the one that names it; 0: not met */

	/* heads, read along with the entries */
	int heads;
	guint64 heads_size, heads_at; /* bytes: of the file, of the line behind @head */
	FnHead head; /* the next to be met; size 0: none is left */
	guint64 head_at;
	FnHead last; /* the last one met */
	GArray *met; /* of guint64: sizes of all that were met */

	/* entries */
	GArray *segments; /* of guint64, first entries */
	guint64 entries; /* in the trees */
	FnMessage waiting[FN_BUNDLE]; /* entries that were looked at and are hashed together; never of two bundles */
	guint waits;
	FnTree *tree[FN_CHECKS];
	char *segment;                /* path of the one being read */
	guint64 offset[FN_BUNDLE];    /* of the entries of the open bundle */
	char time[FN_TIME_SIZE + 1];  /* of the last entry */
	GHashTable *kept[FN_CHECKS];  /* path of the full tile -> GBytes: tiles from the last full one of the state on */
	GError *fault;                /* found in a callback */
} FnVerify;

gboolean fn_verify_fault(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static inline FnSuite
fn_verify_suite(guint check)
{
	return check == FN_CHECK_SM3 ? FN_SUITE_GM : FN_SUITE_INTL;
}

/* Callbacks of the trees, one per tree: compare a full tile with its file. */
extern const FnTileReady fn_verify_tile[FN_CHECKS];
/* At the end: the open tiles, all partial tiles, and that nothing else lies between the tiles. */
gboolean fn_verify_tiles(FnVerify *verify, GError **error);
/* When a root is wrong: FALSE with the place when a tile on disk disagrees with an entry just read. */
gboolean fn_verify_locate(FnVerify *verify, GError **error);
/* The last segment may be growing. */
gboolean fn_verify_segments(FnVerify *verify, GError **error);
/* Heads whose size the trees have now. */
gboolean fn_verify_heads(FnVerify *verify, GError **error);
/* TRUE when a file says something about the tree of @entries, so that it must be looked at just then. */
gboolean fn_verify_is_said(const FnVerify *verify, guint64 entries);
/* verify_kept.c: opens what was kept, before all else; then hashes and kept entries up to the first segment. */
gboolean fn_verify_find_kept(FnVerify *verify, GError **error);
gboolean fn_verify_kept(FnVerify *verify, GError **error);
/* The entry @index may be the one that says what was to be kept; at the end it must have been met. */
void fn_verify_note_pruning(FnVerify *verify, const FnEntry *entry, guint64 index);
gboolean fn_verify_pruned(FnVerify *verify, GError **error);
/* verify_entered.c: an entry that tells of a signed head has its line in the file heads. */
gboolean fn_verify_entered(const FnVerify *verify, const FnEntry *entry, guint64 index, GError **error);
