#include "catalog/pruning.h"

#include "base/json.h"
#include "base/time.h"
#include "catalog/catalog_priv.h"
#include "crypto/keeper_client.h"
#include "ledger/prune.h"

#include <string.h>

enum { AUTHORISED_SECONDS = 60, PATIENCE_MS = 5000 };

static json_t *
ask_ledger(FnIpcClient *ledger, guint32 op, GError **error)
{
	g_autoptr(GBytes) reply = fn_ipc_call(ledger, op, NULL, 0, 0, error);

	return reply != NULL ? fn_json_parse(g_bytes_get_data(reply, NULL), g_bytes_get_size(reply), error) : NULL;
}

/* The text member of what the ledger answers; "" when there is none. */
static char *
ledger_text(FnIpcClient *ledger, guint32 op, const char *name, GError **error)
{
	json_t *json = ask_ledger(ledger, op, error);
	const char *text = json_string_value(json_object_get(json, name));
	char *copy = json != NULL ? g_strdup(text != NULL ? text : "") : NULL;

	json_decref(json);
	return copy;
}

/* "YYYY-MM" of the case, whose history holds and which stands approved. */
static char *
month_of(FnDb *db, FnWork *work, const char *case_id, gint64 now, GError **error)
{
	g_autoptr(FnActor) platform = fn_work_platform();
	g_autofree char *before = NULL;
	const json_t *form;
	json_t *shown;
	gboolean approved;

	if (!fn_work_audit(work, db, case_id, error) || (shown = fn_work_show(work, db, case_id, platform, now, error)) == NULL)
		return NULL;
	approved = g_strcmp0(json_string_value(json_object_get(shown, "procedure")), FN_PRUNING) == 0 &&
		g_strcmp0(json_string_value(json_object_get(shown, "state")), "approved") == 0;
	form = json_object_get(shown, "form");
	before = g_strdup_printf("%04d-%02d", (int)json_integer_value(json_object_get(form, "year")),
		(int)json_integer_value(json_object_get(form, "month")));
	json_decref(shown);
	if (approved && fn_month_is_valid(before))
		return g_steal_pointer(&before);
	fn_catalog_state(error, "the case is not an approved one about the ledger");
	return NULL;
}

/* {"authorisation","signature"} */
static char *
authorise(FnIpcClient *keeper, const char *before, const char *case_id, const char *origin, GError **error)
{
	g_autofree char *until = fn_time_format(fn_time_now() + AUTHORISED_SECONDS * G_USEC_PER_SEC);
	json_t *message = json_pack("{s:s, s:s, s:s, s:s}", "before", before, "case", case_id, "origin", origin, "until", until);
	g_autofree char *text = fn_json_canonical(message);
	g_autofree guint8 *bytes = NULL;
	g_autofree char *signature = NULL;
	gsize size;

	json_decref(message);
	if ((bytes = fn_keeper_sign(keeper, "pruning", text, &size, error)) == NULL)
		return NULL;
	signature = g_base64_encode(bytes, size);
	return g_strdup_printf("{\"authorisation\":%s,\"signature\":\"%s\"}", text, signature);
}

/* Refusals that stay what they are. */
static gboolean
is_final(const GError *error)
{
	return fn_ipc_error_is(error, "range") || fn_ipc_error_is(error, "not_authorised") || fn_ipc_error_is(error, "tampered");
}

static const char *
ask_to_prune(FnIpcClient *keeper, FnIpcClient *ledger, const char *before, const char *case_id, char **say_out, GError **error)
{
	g_autofree char *origin = ledger_text(ledger, FN_LEDGER_OP_HEAD, "origin", error);
	g_autofree char *authorised = origin != NULL ? authorise(keeper, before, case_id, origin, error) : NULL;
	g_autoptr(GError) why = NULL;
	guint64 minimum;

	if (authorised == NULL)
		return NULL;
	if (fn_ledger_prune(ledger, authorised, PATIENCE_MS, &minimum, &why)) {
		*say_out = g_strdup_printf("pruned up to entry %" G_GUINT64_FORMAT, minimum);
		return "done";
	}
	if (is_final(why)) {
		*say_out = g_strdup(why->message);
		return "fail";
	}
	g_propagate_error(error, g_steal_pointer(&why));
	return NULL;
}

const char *
fn_pruning_carry_out(FnDb *db, FnWork *work, FnIpcClient *keeper, FnIpcClient *ledger, const char *case_id, gint64 now,
	char **say_out, GError **error)
{
	g_autofree char *before = month_of(db, work, case_id, now, error);
	g_autofree char *reached = before != NULL ? ledger_text(ledger, FN_LEDGER_OP_STATUS, "before", error) : NULL;

	if (reached == NULL)
		return NULL;
	if (strcmp(reached, before) < 0)
		return ask_to_prune(keeper, ledger, before, case_id, say_out, error);
	*say_out = g_strdup_printf("pruned before %s", reached);
	return "done";
}
