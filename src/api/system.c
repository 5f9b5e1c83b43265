/* The ledger and the instance itself. */
#include "api/api_priv.h"

#include "catalog/activation.h"
#include "base/time.h"
#include "ledger/ledger.h"

#include <string.h>

static json_t *
ledger_json(FnApiCall *call, guint32 op, GError **error)
{
	g_autoptr(GBytes) reply = fn_ipc_call(call->api->options.ledger, op, NULL, 0, 0, error);
	gconstpointer bytes;
	gsize size;

	if (reply == NULL)
		return NULL;
	bytes = g_bytes_get_data(reply, &size);
	return fn_json_parse(bytes, size, error);
}

json_t *
fn_api_ledger_head(FnApiCall *call, GError **error)
{
	return ledger_json(call, FN_LEDGER_OP_HEAD, error);
}

json_t *
fn_api_ledger_entries(FnApiCall *call, GError **error)
{
	g_autoptr(GPtrArray) entries = NULL;
	guint64 first, most;
	json_t *items;

	if (!fn_api_number(fn_http_query(call->request, "from"), "from", 0, &first, error) ||
		!fn_api_number(fn_http_query(call->request, "limit"), "limit", 100, &most, error) ||
		(entries = fn_ledger_read_left(call->api->options.ledger, &first, (guint32)CLAMP(most, 1, 1000), error)) == NULL)
		return NULL;
	items = json_array();
	for (guint i = 0; i < entries->len; i++) {
		gsize size;
		gconstpointer text = g_bytes_get_data(g_ptr_array_index(entries, i), &size);
		json_t *entry = fn_json_parse(text, size, NULL);

		json_array_append_new(items, json_pack("{s:I, s:o}", "index", (json_int_t)first + i, "entry", entry != NULL ? entry : json_null()));
	}
	return json_pack("{s:o, s:I}", "items", items, "next", (json_int_t)first + entries->len);
}

json_t *
fn_api_ledger_receipt(FnApiCall *call, GError **error)
{
	g_autofree char *receipt = NULL;
	guint64 index;

	if (!fn_api_number(call->part[0], "index", 0, &index, error))
		return NULL;
	receipt = fn_ledger_receipt(call->api->options.ledger, index, error);
	return receipt != NULL ? fn_json_parse(receipt, strlen(receipt), error) : NULL;
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
		g_set_error(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"minutes\" must be a whole number from 1 to ten years");
		return NULL;
	}
	if (!fn_now_advance(call->api->options.now, minutes * 60 * G_USEC_PER_SEC, error))
		return NULL;
	fn_ipc_send(call->api->options.clock, FN_CLOCK_OP_TICK, NULL, 0, ticked, NULL);
	moment = fn_time_format(fn_now(call->api->options.now));
	return json_pack("{s:s}", "now", moment);
}

json_t *
fn_api_health(FnApiCall *call, GError **error)
{
	json_t *ledger = ledger_json(call, FN_LEDGER_OP_STATUS, error);
	g_autofree char *now = fn_time_format(call->now);

	return ledger != NULL ? json_pack("{s:s, s:s, s:o, s:o}", "version", FN_VERSION, "now", now, "ledger", ledger, "index",
		fn_api_index_state(call->api->index)) : NULL;
}
