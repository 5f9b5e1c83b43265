/* Proofs and receipts out of the files of a ledger, whether it is open or not; @cache may be NULL. Thread-safe. */
#pragma once

#include "ledger/head.h"
#include "ledger/tile.h"

#include "base/json.h"

/* fn_tiles_inclusion() or fn_tiles_consistency(). */
typedef gboolean (*FnProve)(const FnTiles *tiles, guint64 which, guint64 size, guint8 *proof_out, guint *count_out, GError **error);

/* {"sha256":["64 hex",…],"sm3":[…]}; @tree is the size of a signed head: of it there are tiles on disk, of any other there may be none. */
gboolean fn_prove_write(int directory, FnTileCache *cache, FnJson *json, FnProve prove, guint64 which, guint64 size, guint64 tree,
	GError **error);
/* The receipt of @index, whose entry is @entry, under the head of @size whose line is @head. Caller frees. */
char *fn_prove_receipt(int directory, FnTileCache *cache, const char *head, guint64 size, FnSpan entry, guint64 index, GError **error);

/* The head that the file checkpoint names. FN_LEDGER_ERROR_OPEN when there is none. */
gboolean fn_last_head(int directory, FnHead *head_out, GError **error);
/* The bytes of entry @index of the log @origin, of which tiles and bundles are written. FN_LEDGER_ERROR_PRUNED, or _TAMPERED names the
 * place. */
GBytes *fn_entry_find(int directory, const char *origin, guint64 index, GError **error);
