/* What a witness knows of a log: the last thing that the log signed and the witness took. The file is believed only as far
 * as the log's own signatures go. */
#include "witness/witness_priv.h"

#include <string.h>

void
fn_witness_state_clear(FnWitnessState *state)
{
	g_free(state->note);
	memset(state, 0, sizeof(*state));
}

static gboolean
broken(const FnWitnessLog *log, const char *why, GError **error)
{
	g_set_error(error, FN_WITNESS_ERROR, FN_WITNESS_ERROR_STATE, "state/%s (%s): %s", log->file, log->key->name, why);
	return FALSE;
}

static gboolean
parse_head(const char *text, gsize size, const FnWitnessLog *log, FnWitnessState *state, GError **error)
{
	FnCanon canon = fn_canon_over(text, size);
	g_auto(FnHead) head = { 0 };
	g_autoptr(GError) why = NULL;

	if (log->gm_text == NULL)
		return broken(log, "it holds a head of both trees; the log's line in witness.conf must name its SM2 key", error);
	if (!fn_head_take(&canon, &head) || !fn_canon_literal(&canon, "\n") || canon.at != canon.end)
		return broken(log, "not a signed head", error);
	if (!g_str_equal(head.origin, log->key->name) || !fn_head_verify(&head, log->gm_text, log->intl_text, &why))
		return broken(log, why != NULL ? why->message : "it is of another log", error);
	state->has_sm3 = TRUE;
	state->size = head.size;
	memcpy(state->root[FN_WITNESS_SHA256], head.sha256, FN_DIGEST_SIZE);
	memcpy(state->root[FN_WITNESS_SM3], head.sm3, FN_DIGEST_SIZE);
	state->note = g_steal_pointer(&head.note);
	return TRUE;
}

static gboolean
parse_note(const char *text, gsize size, const FnWitnessLog *log, FnWitnessState *state, GError **error)
{
	g_autoptr(GError) why = NULL;
	FnCheckpoint checkpoint;

	if (!fn_checkpoint_parse(text, size, &checkpoint, &why))
		return broken(log, why->message, error);
	if (checkpoint.origin.size != strlen(log->key->name) || memcmp(checkpoint.origin.text, log->key->name, checkpoint.origin.size) != 0)
		return broken(log, "it is of another log", error);
	if (!fn_checkpoint_verify(&checkpoint, log->key, NULL, &why))
		return broken(log, why->message, error);
	state->size = checkpoint.size;
	memcpy(state->root[FN_WITNESS_SHA256], checkpoint.root, FN_DIGEST_SIZE);
	state->note = g_strndup(text, size);
	return TRUE;
}

gboolean
fn_witness_state_parse(const char *text, gsize size, const FnWitnessLog *log, FnWitnessState *state_out, GError **error)
{
	FnWitnessState state = { .known = TRUE };
	gboolean good = size > 0 && *text == '{' ? parse_head(text, size, log, &state, error) : parse_note(text, size, log, &state, error);

	if (!good) {
		fn_witness_state_clear(&state);
		return FALSE;
	}
	*state_out = state;
	return TRUE;
}
