/* A receipt, checked with nothing but itself and the public keys.
 *
 *   {"entry":E,"head":H,"index":I,"proof":{"sha256":["64 hex",…],"sm3":[…]}}   one line end may follow
 *
 * Every byte counts: the entry by both trees, the roots and the size by both signatures, the index and the proofs by the
 * roots, and what is left by there being one spelling only. */
#include "ledger/receipt.h"

#include "base/text.h"

#include <string.h>

static gboolean
fault(GError **error, const char *part)
{
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RECEIPT, "the receipt does not verify: %s", part);
	return FALSE;
}

static gboolean
take_hash(FnCanon *canon, guint8 *hash_out)
{
	g_autofree char *hex = NULL;
	FnSpan raw;

	if (!fn_canon_text(canon, &raw) || raw.size != 2 * FN_DIGEST_SIZE)
		return FALSE;
	for (gsize i = 0; i < raw.size; i++)
		if (g_ascii_isupper(raw.text[i]))
			return FALSE;
	hex = g_strndup(raw.text, raw.size);
	return fn_unhex(hex, hash_out, FN_DIGEST_SIZE);
}

static gboolean
take_proof(FnCanon *canon, const char *literal, FnProof *proof)
{
	if (!fn_canon_literal(canon, literal))
		return FALSE;
	if (fn_canon_literal(canon, "]"))
		return TRUE;
	do {
		if (proof->count == FN_PROOF_MAX || !take_hash(canon, proof->hash + (gsize)proof->count * FN_DIGEST_SIZE))
			return FALSE;
		proof->count++;
	} while (fn_canon_literal(canon, ","));
	return fn_canon_literal(canon, "]");
}

static gboolean
leads_to(FnSuite suite, FnSpan entry, guint64 index, const FnHead *head, const FnProof *proof)
{
	guint8 leaf[FN_DIGEST_SIZE];

	fn_tree_leaf(suite, entry.text, entry.size, leaf);
	return fn_proof_inclusion(suite, index, head->size, leaf, proof->hash, proof->count,
		suite == FN_SUITE_GM ? head->sm3 : head->sha256);
}

static gboolean
take(FnCanon *canon, FnReceipt *receipt, GError **error)
{
	if (!fn_canon_literal(canon, "{\"entry\":"))
		return fault(error, "it does not begin like a receipt");
	receipt->bytes.text = canon->at;
	if (!fn_entry_take(canon, &receipt->entry))
		return fault(error, "the entry is not in canonical form");
	receipt->bytes.size = (gsize)(canon->at - receipt->bytes.text);
	if (!fn_canon_literal(canon, ",\"head\":") || !fn_head_take(canon, &receipt->head))
		return fault(error, "the head is not in canonical form");
	if (!fn_canon_literal(canon, ",\"index\":") || !fn_canon_unsigned(canon, &receipt->index))
		return fault(error, "the index is not in canonical form");
	if (!take_proof(canon, ",\"proof\":{\"sha256\":[", &receipt->proof[FN_PROOF_SHA256]) ||
	    !take_proof(canon, ",\"sm3\":[", &receipt->proof[FN_PROOF_SM3]) || !fn_canon_literal(canon, "}}"))
		return fault(error, "the proof is not in canonical form");
	fn_canon_literal(canon, "\n");
	return canon->at == canon->end || fault(error, "something follows its end");
}

FnReceipt *
fn_receipt_parse(const char *text, gsize size, GError **error)
{
	FnCanon canon = fn_canon_over(text, size);
	g_autoptr(FnReceipt) receipt = g_new0(FnReceipt, 1);

	return take(&canon, receipt, error) ? g_steal_pointer(&receipt) : NULL;
}

void
fn_receipt_free(FnReceipt *receipt)
{
	if (receipt == NULL)
		return;
	fn_head_clear(&receipt->head);
	g_free(receipt);
}

gboolean
fn_receipt_holds(const FnReceipt *receipt, const char *gm_key, const char *intl_key, GError **error)
{
	g_autoptr(GError) why = NULL;

	if (!fn_head_verify(&receipt->head, gm_key, intl_key, &why))
		return fault(error, why->message);
	if (!leads_to(FN_SUITE_INTL, receipt->bytes, receipt->index, &receipt->head, &receipt->proof[FN_PROOF_SHA256]))
		return fault(error, "the SHA-256 proof does not lead from the entry to the signed root");
	if (!leads_to(FN_SUITE_GM, receipt->bytes, receipt->index, &receipt->head, &receipt->proof[FN_PROOF_SM3]))
		return fault(error, "the SM3 proof does not lead from the entry to the signed root");
	return TRUE;
}

gboolean
fn_receipt_verify(const char *receipt, gsize size, const char *gm_key, const char *intl_key, GError **error)
{
	g_autoptr(FnReceipt) read = fn_receipt_parse(receipt, size, error);

	return read != NULL && fn_receipt_holds(read, gm_key, intl_key, error);
}
