/* Heads that were kept away from the log: what an auditor brings along, what a witness signed. The tree of today must begin
 * with the tree that such a head is about; else the log was rolled back or forked. Thread-safe but for clear. */
#pragma once

#include "ledger/head.h"
#include "ledger/note.h"
#include "ledger/receipt.h"

typedef struct {
	char *origin;
	char *time; /* RFC 3339; NULL: a checkpoint alone does not say */
	guint64 size;
	gboolean has_sm3; /* nor does it know this root */
	guint8 root[FN_PROOFS][FN_DIGEST_SIZE];
} FnTrusted;

void fn_trusted_clear(FnTrusted *trusted);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FnTrusted, fn_trusted_clear)
void fn_trusted_of_head(const FnHead *head, FnTrusted *trusted_out);
void fn_trusted_of_checkpoint(const FnCheckpoint *checkpoint, FnTrusted *trusted_out);

/* Reads a head's JSON, a receipt, a tlog-proof or a checkpoint, each as it was given out or with other white space in its JSON, and
 * verifies what it says with the log's keys. FN_LEDGER_ERROR_TAMPERED or _RECEIPT. */
gboolean fn_trusted_read(const char *text, gsize size, const char *gm_key, const char *intl_key, FnTrusted *trusted_out, GError **error);
/* The log's signature under a checkpoint. */
gboolean fn_checkpoint_is_of_log(const FnCheckpoint *checkpoint, const char *intl_key, GError **error);

/* That the tree of @now begins with the tree of @kept, proven by hashes from @tiles (one per tree, of @now's size). Names which it
 * is: FN_LEDGER_ERROR_TAMPERED "another log", "rolled back" or "forked". */
gboolean fn_trusted_is_past(const FnTrusted *kept, const FnTrusted *now, const FnTiles tiles[FN_PROOFS], GError **error);

/* The last that @witness signed of the log in @directory: the checkpoint, verified with both keys, and when, in seconds since 1970.
 * FN_LEDGER_ERROR_TAMPERED: there is none, or it does not verify. */
gboolean fn_trusted_of_witness(int directory, const FnNoteKey *witness, const char *intl_key, FnTrusted *trusted_out, guint64 *time_out,
	GError **error);
/* The same for a directory that fn_ledger_verify() has just found good. */
gboolean fn_trusted_is_past_of(const FnTrusted *kept, const char *directory, const FnLedgerReport *report, GError **error);
