/* The instance itself. */
#include "api/api_priv.h"

#include "base/say.h"
#include "catalog/activation.h"
#include "base/time.h"
#include "ledger/ledger.h"

static json_t *
peer_json(FnIpcClient *peer, guint32 op, GError **error)
{
	g_autoptr(GBytes) reply = fn_ipc_call(peer, op, NULL, 0, 0, error);

	return reply != NULL ? fn_json_parse(g_bytes_get_data(reply, NULL), g_bytes_get_size(reply), error) : NULL;
}

/* The clock also looks at the deadlines by itself: this only makes it sooner. */
static void
ticked(GBytes *reply, const GError *error, gpointer data)
{
}

json_t *
fn_api_advance_clock(FnApiCall *call, GError **error)
{
	json_int_t minutes = json_integer_value(json_object_get(call->body, "minutes"));
	g_autofree char *moment = NULL;

	if (minutes < 1 || minutes > 60 * 24 * 3660) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"minutes\" must be a whole number from 1 to ten years");
		return NULL;
	}
	if (!fn_now_advance(call->api->options.now, minutes * 60 * G_USEC_PER_SEC, error))
		return NULL;
	fn_ipc_send(call->api->options.clock, FN_CLOCK_OP_TICK, NULL, 0, ticked, NULL);
	moment = fn_time_format(fn_now(call->api->options.now));
	return json_pack("{s:s}", "now", moment);
}

json_t *
fn_api_ledger_witnesses(FnApiCall *call, GError **error)
{
	return peer_json(call->api->options.clock, FN_CLOCK_OP_WITNESSES, error);
}

json_t *
fn_api_health(FnApiCall *call, GError **error)
{
	json_t *ledger = peer_json(call->api->options.ledger, FN_LEDGER_OP_STATUS, error);
	g_autofree char *now = fn_time_format(call->now);

	return ledger != NULL ? json_pack("{s:s, s:s, s:s, s:o, s:o}", "version", FN_VERSION, "now", now, "rules",
		fn_rules_digest(call->force->rules), "ledger", ledger, "index", fn_api_index_state(call->api->index)) : NULL;
}
