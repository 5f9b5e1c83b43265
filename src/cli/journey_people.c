/* People come and go by cases: an account that four persons open, and an office that is taken away. */
#include "cli/journey_priv.h"

#include "base/text.h"

#define NEW   "shuju.newcomer"
#define OWN   "Own-" /* before the city's password: the person's, known to nobody else */
#define OFFICER "shuju.officer"
#define HEAD  "shuju.sharing_head"

static char *
open_case(FnCity *city, const char *procedure, json_t *form, GError **error)
{
	json_t *reply = fn_city_call(city, OFFICER, "POST", "/cases", json_pack("{s:s, s:s, s:o}", "procedure", procedure, "subject", NEW, "form", form),
		error);
	char *id = g_strdup(json_string_value(json_object_get(reply, "id")));

	json_decref(reply);
	return id;
}

/* A step that fills in a part of the form. */
static gboolean
fill(FnCity *city, const char *who, const char *id, const char *name, json_t *form, GError **error)
{
	g_autofree char *path = g_strdup_printf("/cases/%s/steps", id);

	return fn_city_do(city, who, "POST", path, json_pack("{s:s, s:s, s:o}", "step", name, "say", "已当面核对工作证", "form", form), error);
}

static gboolean
sign(FnCity *city, const char *who, const char *id, const char *name, GError **error)
{
	g_autofree char *path = g_strdup_printf("/cases/%s/steps", id), *seen = fn_journey_seen(city, who, id, name, error);

	return seen != NULL && fn_city_do(city, who, "POST", path, json_pack("{s:s, s:s, s:s}", "step", name, "digest", seen, "password",
		city->password), error);
}

/* ---- the account ---- */

static gboolean
verify(FnCity *city, const char *id, GError **error)
{
	return fn_journey_take(city, OFFICER, id, "send", NULL, error) && fn_journey_not_taken(city, OFFICER, id, "approve", "office", error) &&
		sign(city, HEAD, id, "approve", error) &&
		fill(city, "security_admin", id, "check", json_pack("{s:s, s:s}", "single", "yes", "least", "yes"), error) &&
		fn_journey_take(city, "security_admin", id, "verify", NULL, error);
}

/* A name that is taken opens nothing; the fourth person gives another. *account_out: caller frees. */
static gboolean
activate(FnCity *city, const char *id, char **account_out, GError **error)
{
	g_autofree char *path = g_strdup_printf("/cases/%s/steps", id);
	json_t *list, *one;
	size_t i;

	if (!fn_city_refused(city, "system_admin", "POST", path, json_pack("{s:s, s:s, s:{s:s}}", "step", "activate", "say", "开通", "form", "login",
		OFFICER), "effect", error) || !fill(city, "system_admin", id, "activate", json_pack("{s:s}", "login", NEW), error) ||
		(list = fn_city_call(city, "security_admin", "GET", "/accounts", NULL, error)) == NULL)
		return FALSE;
	json_array_foreach(json_object_get(list, "items"), i, one)
		if (g_strcmp0(json_string_value(json_object_get(one, "login")), NEW) == 0)
			*account_out = g_strdup(json_string_value(json_object_get(one, "account")));
	json_decref(list);
	return *account_out != NULL || fn_city_fail(error, "the account that was opened is not there");
}

/* Logs in with @password, which the city does not know of. */
static gboolean
log_in(FnCity *city, const char *password, GError **error)
{
	json_t *reply;

	fn_client_set_token(city->client, NULL);
	reply = fn_client_call(city->client, "POST", "/api/v1/login", json_pack("{s:s, s:s}", "login", NEW, "password", password), error);
	if (reply == NULL)
		return FALSE;
	g_hash_table_insert(city->tokens, g_strdup(NEW), g_strdup(json_string_value(json_object_get(reply, "token"))));
	json_decref(reply);
	return TRUE;
}

static gboolean
take_possession(FnCity *city, const char *account, GError **error)
{
	g_autofree char *path = g_strdup_printf("/accounts/%s/first-password", account), *own = g_strconcat(OWN, city->password, NULL);
	json_t *reply = fn_city_call(city, "security_admin", "POST", path, json_object(), error);
	gboolean done = reply != NULL && log_in(city, json_string_value(json_object_get(reply, "password")), error) &&
		fn_city_refused(city, NEW, "GET", "/inbox", NULL, "own_password", error) &&
		fn_city_do(city, NEW, "POST", "/me/password", json_pack("{s:s}", "password", own), error) && log_in(city, own, error) &&
		fn_city_do(city, NEW, "GET", "/inbox", NULL, error) && fn_city_do(city, NEW, "GET", "/alerts", NULL, error);

	json_decref(reply);
	return done;
}

gboolean
fn_step_account(FnJourney *journey, GError **error)
{
	FnCity *city = journey->city;
	g_autofree char *account = NULL, *id = open_case(city, "account_request", json_pack("{s:s, s:s, s:s, s:[s], s:s}", "name", "新到任专员", "post",
		"数据专员", "employed", "staff", "offices", "officer", "need", "办理政务数据共享申请"), error);
	g_autoptr(GError) why = NULL;

	if (id == NULL || !verify(city, id, error) || !activate(city, id, &account, error))
		return FALSE;
	if (log_in(city, city->password, &why)) /* before there is a first password, none opens it */
		return fn_city_fail(error, "an account without a password was logged in to");
	return take_possession(city, account, error);
}

/* ---- the office ---- */

/* The session is gone with the office; a new one holds nothing. */
gboolean
fn_step_office(FnJourney *journey, GError **error)
{
	FnCity *city = journey->city;
	g_autofree char *own = g_strconcat(OWN, city->password, NULL), *id = open_case(city, "role_change", json_pack("{s:s, s:s, s:[s], s:s}",
		"account", NEW, "change", "take", "offices", "officer", "cause", "调离数据专员岗位，收回权限"), error);

	return id != NULL && fn_journey_take(city, OFFICER, id, "send", NULL, error) && fn_city_do(city, NEW, "GET", "/alerts", NULL, error) &&
		fn_journey_take(city, "security_admin", id, "take_away", "即时收回", error) &&
		fn_city_refused(city, NEW, "GET", "/alerts", NULL, "session", error) && log_in(city, own, error) &&
		fn_city_refused(city, NEW, "GET", "/alerts", NULL, "forbidden", error) &&
		fn_journey_take(city, HEAD, id, "confirm", NULL, error);
}
