#include "ledger/tlog_proof.h"

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
	memset(proof, 0, sizeof(*proof));
}

/* ---- writing ---- */

/* @checkpoint when it is of the head, with the lines that it has; else the head's note. */
static const char *
note_of(const FnHead *head, const char *checkpoint)
{
	g_autofree char *body = fn_head_note_body(head);
	FnCheckpoint with;

	if (checkpoint != NULL && fn_checkpoint_parse(checkpoint, strlen(checkpoint), &with, NULL) && with.body.size == strlen(body) &&
	    memcmp(with.body.text, body, with.body.size) == 0)
		return checkpoint;
	return head->note;
}

char *
fn_receipt_tlog_proof(const char *receipt, gsize size, const char *checkpoint, GError **error)
{
	g_autoptr(FnReceipt) read = fn_receipt_parse(receipt, size, error);
	const FnProof *proof;
	g_autofree char *extra = NULL;
	GString *text;

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
	g_string_append_printf(text, "\n%s", note_of(&read->head, checkpoint));
	return g_string_free(text, FALSE);
}

/* ---- reading ---- */

/* What stands behind @word in the next line; FALSE, and nothing is taken, when it begins otherwise. */
static gboolean
take_word(const char *word, const char **at, const char *end, FnSpan *rest_out)
{
	gsize size = strlen(word);
	FnSpan line;

	if ((gsize)(end - *at) < size || memcmp(*at, word, size) != 0 || !fn_line_next(at, end, &line))
		return FALSE;
	*rest_out = (FnSpan){ line.text + size, line.size - size };
	return TRUE;
}

static gboolean
take_hashes(FnProof *proof, const char **at, const char *end, GError **error)
{
	FnSpan line = { 0 };
	gboolean whole;

	while ((whole = fn_line_next(at, end, &line)) && line.size > 0) {
		if (proof->count == FN_PROOF_MAX || !fn_span_digest(line, proof->hash + (gsize)proof->count * FN_DIGEST_SIZE))
			return fault(error, "a line of the proof is no hash, or there are too many");
		proof->count++;
	}
	return whole || fault(error, "it ends before the checkpoint");
}

static gboolean
take_head(FnTlogProof *proof, const char **at, const char *end, GError **error)
{
	FnSpan extra, index;

	if (take_word("extra ", at, end, &extra) && (proof->extra = fn_span_base64(extra, FN_TLOG_PROOF_MAX, &proof->extra_size)) == NULL)
		return fault(error, "the extra data are not in base64");
	return (take_word("index ", at, end, &index) && fn_span_unsigned(index, &proof->index)) || fault(error, "no index where it should be");
}

gboolean
fn_tlog_proof_parse(const char *text, gsize size, FnTlogProof *proof_out, GError **error)
{
	g_auto(FnTlogProof) proof = { 0 };
	const char *at, *end = text + size;

	if (size > FN_TLOG_PROOF_MAX || !fn_tlog_proof_is(text, size))
		return fault(error, "it does not begin like a proof, or is too long");
	at = text + strlen(TITLE);
	if (!take_head(&proof, &at, end, error) || !take_hashes(&proof.proof, &at, end, error) ||
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
	    memcmp(inner->hash, proof->proof.hash, (gsize)inner->count * FN_DIGEST_SIZE) == 0 &&
	    strlen(body) == proof->checkpoint.body.size && memcmp(body, proof->checkpoint.body.text, strlen(body)) == 0)
		return g_steal_pointer(&receipt);
	return fault(error, "the receipt in it tells of another index, tree or path"), NULL;
}
