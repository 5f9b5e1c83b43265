#include "ledger/tlog_proof.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* What is taken can be followed without harm; a receipt in it agrees with the rest. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_auto(FnTlogProof) proof = { 0 };
	g_autoptr(FnReceipt) receipt = NULL;

	if (!fn_tlog_proof_parse((const char *)data, size, &proof, NULL))
		return 0;
	g_assert_true(fn_tlog_proof_is((const char *)data, size) && proof.proof.count <= FN_PROOF_MAX);
	fn_tlog_proof_leads(&proof, "entry", 5);
	receipt = fn_tlog_proof_receipt(&proof, NULL);
	if (receipt != NULL) {
		g_assert_cmpuint(receipt->index, ==, proof.index);
		g_assert_cmpuint(receipt->head.size, ==, proof.checkpoint.size);
		g_assert_cmpmem(receipt->head.sha256, FN_DIGEST_SIZE, proof.checkpoint.root, FN_DIGEST_SIZE);
	}
	return 0;
}
