#include "witness/witness_priv.h"

#include <string.h>

static gboolean
wrong(GError **error, const char *why)
{
	g_set_error(error, FN_WITNESS_ERROR, FN_WITNESS_ERROR_REQUEST, "%s", why);
	return FALSE;
}

/* Up to the empty line. */
static gboolean
take_proof(const char **at, const char *end, FnWitnessProof *proof, GError **error)
{
	FnSpan line;

	while (fn_line_next(at, end, &line)) {
		if (line.size == 0)
			return TRUE;
		if (proof->count == FN_WITNESS_PROOF_MAX)
			return wrong(error, "a consistency proof has at most 63 lines");
		if (!fn_span_digest(line, proof->hash + (gsize)proof->count * FN_DIGEST_SIZE))
			return wrong(error, "a line of the consistency proof is not the base64 of 32 bytes");
		proof->count++;
	}
	return wrong(error, "no empty line ends the consistency proof");
}

gboolean
fn_witness_request_parse(const char *body, gsize size, guint proofs, FnWitnessRequest *request_out, GError **error)
{
	const char *at = body, *end = body + size;
	FnSpan line;

	memset(request_out, 0, sizeof(*request_out));
	if (size > FN_WITNESS_BODY_MAX)
		return wrong(error, "the request is too long");
	if (!fn_line_next(&at, end, &line) || line.size < 5 || memcmp(line.text, "old ", 4) != 0 ||
	    !fn_span_unsigned((FnSpan){ line.text + 4, line.size - 4 }, &request_out->old))
		return wrong(error, "the first line is \"old SIZE\"");
	for (guint i = 0; i < proofs; i++)
		if (!take_proof(&at, end, &request_out->proof[i], error))
			return FALSE;
	request_out->rest = (FnSpan){ at, (gsize)(end - at) };
	return TRUE;
}
