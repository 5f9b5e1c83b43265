/* GET /share/v1/receipts/{id}: the proof of an entry about one's own organization. */
#include "share/share_priv.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

/* Only entries of the gate that name the caller's organization, and only to who knows the salt. */
static gboolean
is_own(const FnCall *call, const char *text, gsize size)
{
	json_t *receipt = fn_json_parse(text, size, NULL);
	const json_t *entry = json_object_get(receipt, "entry");
	const char *salt = json_string_value(json_object_get(entry, "salt"));
	const char *from = json_string_value(json_object_get(entry, "from"));
	const char *organization = json_string_value(json_object_get(json_object_get(entry, "body"), "organization"));
	guint8 bytes[16];
	gboolean own = salt != NULL && fn_unhex(salt, bytes, sizeof(bytes)) && memcmp(bytes, call->receipt_salt, sizeof(call->receipt_salt)) == 0 &&
		fn_share_entry_is_ours(from) && g_strcmp0(organization, call->system->policy.organization) == 0;

	json_decref(receipt);
	return own;
}

static void
on_proved(GBytes *reply, const GError *error, gpointer data)
{
	static const FnHttpHeader headers[] = { { "Cache-Control", "no-store" }, { NULL, NULL } };
	FnCall *call = data;
	gconstpointer text;
	gsize size;

	if (reply == NULL) {
		fn_call_fail_unentered(call, fn_ipc_error_is(error, "not_yet") ? FN_FAULT_NOT_YET :
			g_error_matches(error, FN_IPC_ERROR, FN_IPC_ERROR_REFUSED) ? FN_FAULT_RECEIPT : FN_FAULT_LEDGER);
		return;
	}
	text = g_bytes_get_data(reply, &size);
	if (!is_own(call, text, size)) {
		fn_call_fail_unentered(call, FN_FAULT_RECEIPT);
		return;
	}
	fn_http_answer(call->request, 200, "application/json", headers, g_memdup2(text, size), size);
	fn_call_free(call);
}

void
fn_receipt_run(gpointer data, gpointer worker)
{
	FnCall *call = data;
	guint64 index;

	if (!fn_call_find(call, worker) || !fn_call_judge_caller(call))
		return;
	index = GUINT64_TO_LE(call->receipt_index);
	fn_ipc_send(call->share->ledger, FN_LEDGER_OP_PROVE, &index, sizeof(index), on_proved, call);
}
