#include "ledger/tlog_proof.h"

#include "base/text.h"

#include <string.h>

#define TITLE "c2sp.org/tlog-proof@v1\n"

static gboolean
fault(GError **error, const char *why)
{
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RECEIPT, "the proof does not verify: %s", why);
	return FALSE;
}

gboolean
fn_tlog_proof_is(const char *text, gsize size)
{
	return size >= strlen(TITLE) && memcmp(text, TITLE, strlen(TITLE)) == 0;
}

void
fn_tlog_proof_clear(FnTlogProof *proof)
{
	g_free(proof->extra);
	fn_checkpoint_clear(&proof->checkpoint);
	memset(proof, 0, sizeof(*proof));
}

/* ---- writing ---- */

char *
fn_tlog_proof_write(const char *receipt, gsize size, const char *cosignatures, GError **error)
{
	g_autoptr(FnReceipt) read = fn_receipt_parse(receipt, size, error);
	const FnProof *proof;
	GString *text;
	g_autofree char *extra = NULL;

	if (read == NULL)
		return NULL;
	proof = &read->proof[FN_PROOF_SHA256];
	extra = g_base64_encode((const guchar *)receipt, size);
	text = g_string_new(TITLE);
	g_string_append_printf(text, "extra %s\nindex %" G_GUINT64_FORMAT "\n", extra, read->index);
	for (guint i = 0; i < proof->count; i++) {
		g_autofree char *hash = g_base64_encode(proof->hash + (gsize)i * FN_DIGEST_SIZE, FN_DIGEST_SIZE);

		g_string_append_printf(text, "%s\n", hash);
	}
	g_string_append_printf(text, "\n%s%s", read->head.note, cosignatures != NULL ? cosignatures : "");
	return g_string_free(text, FALSE);
}

/* ---- reading ---- */

/* The line at *@at without its end, and moves on; NULL at the end. */
static const char *
next_line(const char **at, const char *end, gsize *size_out)
{
	const char *line = *at, *stop = line < end ? memchr(line, '\n', (gsize)(end - line)) : NULL;

	if (stop == NULL)
		return NULL;
	*size_out = (gsize)(stop - line);
	*at = stop + 1;
	return line;
}

static gboolean
take_extra(FnTlogProof *proof, const char **at, const char *end, GError **error)
{
	static const char word[] = "extra ";
	gsize size = 0;
	const char *line;

	if ((gsize)(end - *at) < strlen(word) || memcmp(*at, word, strlen(word)) != 0)
		return TRUE;
	line = next_line(at, end, &size);
	if (line != NULL)
		proof->extra = fn_unbase64(line + strlen(word), size - strlen(word), &proof->extra_size);
	return proof->extra != NULL || fault(error, "the extra data are not in base64");
}

static gboolean
take_index(FnTlogProof *proof, const char **at, const char *end, GError **error)
{
	static const char word[] = "index ";
	gsize size = 0;
	const char *line = next_line(at, end, &size);
	FnCanon canon;

	if (line == NULL || size < strlen(word) || memcmp(line, word, strlen(word)) != 0)
		return fault(error, "no index where it should be");
	canon = fn_canon_over(line + strlen(word), size - strlen(word));
	return (fn_canon_unsigned(&canon, &proof->index) && canon.at == canon.end) || fault(error, "the index is no number");
}

static gboolean
take_hashes(FnProof *proof, const char **at, const char *end, GError **error)
{
	const char *line;
	gsize size;

	while ((line = next_line(at, end, &size)) != NULL && size > 0) {
		gsize count = 0;
		g_autofree guint8 *hash = fn_unbase64(line, size, &count);

		if (count != FN_DIGEST_SIZE || proof->count == FN_PROOF_MAX)
			return fault(error, "a line of the proof is no hash, or there are too many");
		memcpy(proof->hash + (gsize)proof->count++ * FN_DIGEST_SIZE, hash, FN_DIGEST_SIZE);
	}
	return line != NULL || fault(error, "it ends before the checkpoint");
}

gboolean
fn_tlog_proof_parse(const char *text, gsize size, FnTlogProof *proof_out, GError **error)
{
	g_auto(FnTlogProof) proof = { 0 };
	const char *at, *end = text + size;

	if (size > FN_TLOG_PROOF_MAX || !fn_tlog_proof_is(text, size))
		return fault(error, "it does not begin like a proof, or is too long");
	at = text + strlen(TITLE);
	if (!take_extra(&proof, &at, end, error) || !take_index(&proof, &at, end, error) || !take_hashes(&proof.proof, &at, end, error) ||
	    !fn_checkpoint_parse(at, (gsize)(end - at), &proof.checkpoint, error))
		return FALSE;
	*proof_out = proof;
	memset(&proof, 0, sizeof(proof));
	return TRUE;
}

/* ---- checking ---- */

gboolean
fn_tlog_proof_leads(const FnTlogProof *proof, const void *entry, gsize size)
{
	guint8 leaf[FN_DIGEST_SIZE];

	fn_tree_leaf(FN_SUITE_INTL, entry, size, leaf);
	return fn_proof_inclusion(FN_SUITE_INTL, proof->index, proof->checkpoint.size, leaf, proof->proof.hash, proof->proof.count,
		proof->checkpoint.root);
}

FnReceipt *
fn_tlog_proof_receipt(const FnTlogProof *proof, GError **error)
{
	g_autoptr(FnReceipt) receipt = NULL;
	g_autofree char *body = NULL;
	const FnProof *inner;

	if (proof->extra == NULL)
		return fault(error, "there is no receipt in it"), NULL;
	if ((receipt = fn_receipt_parse((const char *)proof->extra, proof->extra_size, error)) == NULL)
		return NULL;
	inner = &receipt->proof[FN_PROOF_SHA256];
	body = fn_head_note_body(&receipt->head);
	if (receipt->index == proof->index && inner->count == proof->proof.count &&
	    memcmp(inner->hash, proof->proof.hash, (gsize)inner->count * FN_DIGEST_SIZE) == 0 && g_str_equal(body, proof->checkpoint.body))
		return g_steal_pointer(&receipt);
	return fault(error, "the receipt in it tells of another index, tree or path"), NULL;
}
