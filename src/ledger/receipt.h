/* Receipts, read but not yet believed; ledger.h has the functions that verify. */
#pragma once

#include "ledger/entry.h"
#include "ledger/head.h"
#include "ledger/tree.h"

typedef struct {
	guint8 hash[FN_PROOF_MAX * FN_DIGEST_SIZE];
	guint count;
} FnProof;

enum { FN_PROOF_SHA256, FN_PROOF_SM3, FN_PROOFS };

typedef struct {
	FnSpan bytes; /* of the entry: borrowed, as are its fields */
	FnEntry entry;
	FnHead head;
	guint64 index;
	FnProof proof[FN_PROOFS];
} FnReceipt;

FnReceipt *fn_receipt_parse(const char *text, gsize size, GError **error);
void fn_receipt_free(FnReceipt *receipt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnReceipt, fn_receipt_free)
/* Both signatures and both proofs. FN_LEDGER_ERROR_RECEIPT says which part fails. */
gboolean fn_receipt_holds(const FnReceipt *receipt, const char *gm_key, const char *intl_key, GError **error);
