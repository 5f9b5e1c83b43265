/* A receipt, checked with nothing but itself and the public keys.
 *
 *   {"entry":E,"head":H,"index":I,"proof":{"sha256":["64 hex",…],"sm3":[…]}}   one line end may follow
 *
 * Every byte counts: the entry by both trees, the roots and the size by both signatures, the index and the proofs by the
 * roots, and what is left by there being one spelling only. */
#include "ledger/entry.h"
#include "ledger/head.h"
#include "ledger/tree.h"

#include "base/text.h"

#include <string.h>

typedef struct {
	guint8 hash[FN_PROOF_MAX * FN_DIGEST_SIZE];
	guint count;
} Proof;

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
take_proof(FnCanon *canon, const char *literal, Proof *proof)
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
leads_to(FnSuite suite, FnSpan entry, guint64 index, const FnHead *head, const Proof *proof)
{
	guint8 leaf[FN_DIGEST_SIZE];

	fn_tree_leaf(suite, entry.text, entry.size, leaf);
	return fn_proof_inclusion(suite, index, head->size, leaf, proof->hash, proof->count,
		suite == FN_SUITE_GM ? head->sm3 : head->sha256);
}

gboolean
fn_receipt_verify(const char *receipt, gsize size, const char *gm_key, const char *intl_key, GError **error)
{
	FnCanon canon = fn_canon_over(receipt, size);
	g_autofree Proof *proof = g_new0(Proof, 2);
	g_auto(FnHead) head = { 0 };
	g_autoptr(GError) why = NULL;
	guint64 index;
	FnEntry entry;
	FnSpan bytes;

	if (!fn_canon_literal(&canon, "{\"entry\":"))
		return fault(error, "it does not begin like a receipt");
	bytes.text = canon.at;
	if (!fn_entry_take(&canon, &entry))
		return fault(error, "the entry is not in canonical form");
	bytes.size = (gsize)(canon.at - bytes.text);
	if (!fn_canon_literal(&canon, ",\"head\":") || !fn_head_take(&canon, &head))
		return fault(error, "the head is not in canonical form");
	if (!fn_canon_literal(&canon, ",\"index\":") || !fn_canon_unsigned(&canon, &index))
		return fault(error, "the index is not in canonical form");
	if (!take_proof(&canon, ",\"proof\":{\"sha256\":[", &proof[0]) || !take_proof(&canon, ",\"sm3\":[", &proof[1]) ||
	    !fn_canon_literal(&canon, "}}"))
		return fault(error, "the proof is not in canonical form");
	fn_canon_literal(&canon, "\n");
	if (canon.at != canon.end)
		return fault(error, "something follows its end");
	if (!fn_head_verify(&head, gm_key, intl_key, &why))
		return fault(error, why->message);
	if (!leads_to(FN_SUITE_INTL, bytes, index, &head, &proof[0]))
		return fault(error, "the SHA-256 proof does not lead from the entry to the signed root");
	if (!leads_to(FN_SUITE_GM, bytes, index, &head, &proof[1]))
		return fault(error, "the SM3 proof does not lead from the entry to the signed root");
	return TRUE;
}
