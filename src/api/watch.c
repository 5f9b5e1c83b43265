/* What looks like misuse: alerts, the rules behind them, and what came of those that have no case. */
#include "api/api_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "watch/watch.h"

static gboolean
are_known(FnApiCall *call, GError **error)
{
	static const char *const known[] = { "state", "rule", "subject", "organization", "before", "limit", NULL };
	const char *name;

	for (guint i = 0; (name = fn_http_query_name(call->request, i)) != NULL; i++)
		if (!g_strv_contains(known, name)) {
			g_autofree char *safe = fn_text_safe(name, -1, 40);

			fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "there is no condition \"%s\"", safe);
			return FALSE;
		}
	return TRUE;
}

json_t *
fn_api_list_alerts(FnApiCall *call, GError **error)
{
	FnWatchQuestion question = {
		.state = fn_http_query(call->request, "state"),
		.rule = fn_http_query(call->request, "rule"),
		.subject = fn_http_query(call->request, "subject"),
		.organization = fn_http_query(call->request, "organization"),
		.before = fn_http_query(call->request, "before"),
	};
	guint64 limit;

	if (!are_known(call, error) || !fn_api_number(fn_http_query(call->request, "limit"), "limit", 100, &limit, error))
		return NULL;
	question.limit = (guint)MIN(limit, G_MAXUINT);
	return fn_watch_alerts(call->db, call->force->rules, call->actor, &question, error);
}

json_t *
fn_api_show_alert(FnApiCall *call, GError **error)
{
	return fn_watch_show(call->db, call->force->rules, call->actor, call->part[0], error);
}

json_t *
fn_api_list_watch_rules(FnApiCall *call, GError **error)
{
	json_t *items = fn_watch_rules(call->force->rules, error);

	return items != NULL ? json_pack("{s:o}", "items", items) : NULL;
}

json_t *
fn_api_handle_alert(FnApiCall *call, GError **error)
{
	const char *reason = fn_api_need(call, "reason", error);

	if (reason == NULL || !fn_watch_handle(call->db, call->part[0], reason, call->actor, call->now, error))
		return NULL;
	return json_pack("{s:s, s:s}", "id", call->part[0], "state", "handled");
}
