#include "ledger/proven.h"

#include "base/json.h"
#include "base/time.h"
#include "ledger/tlog_proof.h"
#include "ledger/trusted.h"

#include <string.h>

static gboolean
fault(GError **error, const char *why)
{
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RECEIPT, "the receipt does not verify: %s", why);
	return FALSE;
}

void
fn_proven_clear(FnProven *proven)
{
	g_free(proven->origin);
	g_free(proven->head_time);
	g_free(proven->event);
	g_free(proven->time);
	g_free(proven->from);
	if (proven->witnesses != NULL)
		g_ptr_array_unref(proven->witnesses);
	memset(proven, 0, sizeof(*proven));
}

static void
tell_entry(FnProven *proven, const FnEntry *entry)
{
	proven->event = g_strndup(entry->event.text, entry->event.size);
	proven->time = g_strndup(entry->time.text, entry->time.size);
	proven->from = g_strndup(entry->from.text, entry->from.size);
}

static void
tell_receipt(FnProven *proven, const FnReceipt *receipt)
{
	proven->index = receipt->index;
	proven->size = receipt->head.size;
	proven->origin = g_strdup(receipt->head.origin);
	proven->head_time = g_strdup(receipt->head.time);
	proven->both = TRUE;
	tell_entry(proven, &receipt->entry);
}

/* A line that does not verify proves nothing and is not counted. */
static gboolean
take_witness(const FnCheckpoint *checkpoint, const FnNoteKey *witness, gboolean demanded, FnProven *proven, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autofree char *when = NULL;
	guint64 time;

	if (!fn_cosignature_find(checkpoint->lines, checkpoint->body, witness, NULL, &time, &why))
		return !demanded || fault(error, why->message);
	when = fn_time_format(time < G_MAXINT64 / G_USEC_PER_SEC ? (gint64)time * G_USEC_PER_SEC : 0);
	g_ptr_array_add(proven->witnesses, g_strdup_printf("%s %s", witness->name, when));
	return TRUE;
}

static gboolean
take_witnesses(const FnCheckpoint *checkpoint, const GPtrArray *witnesses, guint demanded, FnProven *proven, GError **error)
{
	const char *at = checkpoint->lines.text;
	FnSpan line;
	guint lines = 0;

	for (guint i = 0; i < witnesses->len; i++)
		if (!take_witness(checkpoint, witnesses->pdata[i], i < demanded, proven, error))
			return FALSE;
	while (fn_line_next(&at, checkpoint->lines.text + checkpoint->lines.size, &line))
		lines++;
	proven->strangers = lines - 1 - MIN(proven->witnesses->len, lines - 1);
	return TRUE;
}

/* A proof made elsewhere: SHA-256 only. */
static gboolean
prove_bare(const FnTlogProof *proof, const char *entry, gsize entry_size, FnProven *proven, GError **error)
{
	FnEntry fields;

	if (entry == NULL)
		return fault(error, "there is no receipt in it: the entry itself is needed");
	if (!fn_entry_parse(entry, entry_size, &fields))
		return fault(error, "the entry is not in canonical form");
	if (!fn_tlog_proof_leads(proof, entry, entry_size))
		return fault(error, "the SHA-256 proof does not lead from the entry to the signed root");
	proven->index = proof->index;
	proven->size = proof->checkpoint.size;
	proven->origin = g_strndup(proof->checkpoint.origin.text, proof->checkpoint.origin.size);
	tell_entry(proven, &fields);
	return TRUE;
}

static gboolean
prove_proof(const char *text, gsize size, const char *entry, gsize entry_size, const char *gm_key, const char *intl_key,
	const GPtrArray *witnesses, guint demanded, FnProven *proven, GError **error)
{
	g_auto(FnTlogProof) proof = { 0 };
	g_autoptr(FnReceipt) receipt = NULL;

	if (!fn_tlog_proof_parse(text, size, &proof, error) || !fn_checkpoint_is_of_log(&proof.checkpoint, intl_key, error) ||
	    !take_witnesses(&proof.checkpoint, witnesses, demanded, proven, error))
		return FALSE;
	if (proof.extra == NULL)
		return prove_bare(&proof, entry, entry_size, proven, error);
	if ((receipt = fn_tlog_proof_receipt(&proof, error)) == NULL || !fn_receipt_holds(receipt, gm_key, intl_key, error))
		return FALSE;
	tell_receipt(proven, receipt);
	return TRUE;
}

static gboolean
prove_receipt(const char *text, gsize size, const char *gm_key, const char *intl_key, guint demanded, FnProven *proven, GError **error)
{
	json_t *json = fn_json_parse(text, size, NULL);
	g_autofree char *canonical = json != NULL ? fn_json_canonical(json) : g_strndup(text, size);
	g_autoptr(FnReceipt) receipt = fn_receipt_parse(canonical, strlen(canonical), error);

	json_decref(json);
	if (receipt == NULL || !fn_receipt_holds(receipt, gm_key, intl_key, error))
		return FALSE;
	if (demanded > 0)
		return fault(error, "it holds no cosignatures: those stand in the form tlog-proof");
	tell_receipt(proven, receipt);
	return TRUE;
}

gboolean
fn_receipt_prove(const char *text, gsize size, const char *entry, gsize entry_size, const char *gm_key, const char *intl_key,
	const GPtrArray *witnesses, guint demanded, FnProven *proven_out, GError **error)
{
	g_auto(FnProven) proven = { .witnesses = g_ptr_array_new_with_free_func(g_free) };
	gboolean good = fn_tlog_proof_is(text, size)
		? prove_proof(text, size, entry, entry_size, gm_key, intl_key, witnesses, demanded, &proven, error)
		: prove_receipt(text, size, gm_key, intl_key, demanded, &proven, error);

	if (!good)
		return FALSE;
	*proven_out = proven;
	memset(&proven, 0, sizeof(proven));
	return TRUE;
}
