/* What an account is told, and where: the inbox of notices, its address for mail, and what became of what left. */
#include "api/api_priv.h"

#include "notify/notify.h"

json_t *
fn_api_notices(FnApiCall *call, GError **error)
{
	json_t *items = fn_work_notices(call->force->work, call->db, call->actor, call->now, error);

	return items != NULL ? json_pack("{s:o}", "items", items) : NULL;
}

json_t *
fn_api_contact(FnApiCall *call, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autofree char *email = fn_notify_contact(call->db, call->actor->account, &why);

	if (why == NULL)
		return json_pack("{s:s?}", "email", email);
	g_propagate_error(error, g_steal_pointer(&why));
	return NULL;
}

json_t *
fn_api_set_contact(FnApiCall *call, GError **error)
{
	const char *email;

	if (!fn_api_want(call, "email", &email, error) || !fn_notify_set_contact(call->db, call->actor->account, email,
		fn_settings_text(call->api->options.settings, "mail_domains"), call->now, error))
		return NULL;
	return fn_api_contact(call, error);
}

json_t *
fn_api_outbox(FnApiCall *call, GError **error)
{
	return fn_notify_status(call->db, error);
}
