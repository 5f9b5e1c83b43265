/* Proofs that stand alone as text, for other people's programs as well (C2SP tlog-proof@v1).
 *
 *   c2sp.org/tlog-proof@v1
 *   extra base64(our receipt, receipt.h)     may be missing in proofs of others
 *   index I
 *   base64(hash)…                            SHA-256, nearest the leaf first, one a line
 *   (empty line)
 *   checkpoint                               the head's note with the lines of witnesses (note.h)
 *
 * So one file holds what C2SP wants, what the witnesses said, and both suites: the receipt in it must tell of the same index,
 * the same hashes and the same checkpoint body, or the whole is refused. One spelling only. Thread-safe but for clear. */
#pragma once

#include "ledger/note.h"
#include "ledger/receipt.h"

#define FN_TLOG_PROOF_MAX (1u << 18)

typedef struct {
	guint8 *extra; /* NULL: none */
	gsize extra_size;
	guint64 index;
	FnProof proof;
	FnCheckpoint checkpoint; /* borrows the text that was parsed */
} FnTlogProof;

gboolean fn_tlog_proof_parse(const char *text, gsize size, FnTlogProof *proof_out, GError **error);
void fn_tlog_proof_clear(FnTlogProof *proof);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FnTlogProof, fn_tlog_proof_clear)
/* TRUE for text that begins like one. */
gboolean fn_tlog_proof_is(const char *text, gsize size);

/* That @entry stands at the proof's index under its checkpoint's root, by hashes alone: who signed the checkpoint is for
 * fn_checkpoint_verify() and fn_cosignature_find(). */
gboolean fn_tlog_proof_leads(const FnTlogProof *proof, const void *entry, gsize size);
/* The receipt in it, checked against the rest; NULL with @error when there is none, or it tells of something else. */
FnReceipt *fn_tlog_proof_receipt(const FnTlogProof *proof, GError **error);
