/* What a receipt or a tlog-proof proves, with nothing but itself and public keys. Thread-safe but for clear. */
#pragma once

#include "ledger/note.h"

typedef struct {
	guint64 index, size; /* of the entry; of the tree under the signed head */
	char *origin, *head_time; /* head_time NULL: a checkpoint alone does not say */
	char *event, *time, *from; /* of the entry; still escaped as in JSON */
	gboolean both; /* SM3 with SM2 as well as SHA-256 with Ed25519 */
	GPtrArray *witnesses; /* of texts "NAME TIME", those that signed; in the order they were given */
	guint strangers; /* lines of others than the log and the witnesses given */
} FnProven;

void fn_proven_clear(FnProven *proven);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FnProven, fn_proven_clear)

/* @text is a receipt or a tlog-proof. @witnesses (of FnNoteKey): whose lines are verified; each of the first @demanded must be there.
 * @entry (NULL: it is in the receipt) is the entry of a proof that holds no receipt. FN_LEDGER_ERROR_RECEIPT or _TAMPERED. */
gboolean fn_receipt_prove(const char *text, gsize size, const char *entry, gsize entry_size, const char *gm_key, const char *intl_key,
	const GPtrArray *witnesses, guint demanded, FnProven *proven_out, GError **error);
