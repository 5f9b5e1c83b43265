/* Accounts, offices, organizations, systems: the console's side of src/people. */
#include "api/api_priv.h"

#include "api_sql.h"
#include "base/say.h"
#include "base/text.h"
#include "base/time.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

static json_t *
actor_json(const FnActor *actor)
{
	json_t *offices = json_array();

	for (guint i = 0; i < actor->offices->len; i++)
		json_array_append_new(offices, json_string(g_ptr_array_index(actor->offices, i)));
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:b}", "account", actor->account, "name", actor->name, "organization",
		actor->organization, "organization_kind", actor->organization_kind, "offices", offices, "first_password", actor->first);
}

static FnLease *
seal_lease(FnApiCall *call, GError **error)
{
	return fn_lease_get(call->api->options.keeper, "secret", "totp", error);
}

static json_t *
session_json(FnApiCall *call, char *token)
{
	json_t *reply = actor_json(call->actor);

	json_object_set_new(reply, "token", json_string(token));
	fn_secret_free(token);
	return reply;
}

json_t *
fn_api_login(FnApiCall *call, GError **error)
{
	const char *login = fn_api_need(call, "login", error);
	const char *password = login != NULL ? fn_api_need(call, "password", error) : NULL;
	const char *address = fn_http_header(call->request, "X-Fengni-Address"), *code;
	g_autofree char *terminal = fn_api_terminal(call);
	g_autoptr(FnLease) lease = NULL;
	char *token = NULL;

	if (login != NULL)
		call->subject = g_strdup(login);
	if (password == NULL || !fn_api_want(call, "code", &code, error) || (lease = seal_lease(call, error)) == NULL)
		return NULL;
	call->actor = fn_people_login(call->db, login, password, code, address != NULL ? address : "", terminal,
		fn_lease_key(lease), fn_time_now(), fn_api_idle(call->api), &token, error);
	return call->actor != NULL ? session_json(call, token) : NULL;
}

json_t *
fn_api_renew(FnApiCall *call, GError **error)
{
	g_autofree char *terminal = fn_api_terminal(call);
	char *token = NULL;
	FnActor *actor = fn_people_renew(call->db, fn_api_token(call), terminal, fn_time_now(), fn_api_idle(call->api), &token, error);

	if (actor == NULL)
		return NULL;
	fn_actor_free(call->actor);
	call->actor = actor;
	return session_json(call, token);
}

json_t *
fn_api_logout(FnApiCall *call, GError **error)
{
	return fn_people_logout(call->db, fn_api_token(call), error) ? json_object() : NULL;
}

json_t *
fn_api_me(FnApiCall *call, GError **error)
{
	return actor_json(call->actor);
}

json_t *
fn_api_set_password(FnApiCall *call, GError **error)
{
	const char *password = fn_api_need(call, "password", error);

	if (password == NULL || !fn_people_set_password(call->db, call->actor->account, password, error))
		return NULL;
	return json_object();
}

json_t *
fn_api_enroll_totp(FnApiCall *call, GError **error)
{
	g_autoptr(FnLease) lease = seal_lease(call, error);
	char *address;
	json_t *reply;

	if (lease == NULL ||
		(address = fn_people_totp_enroll(call->db, call->actor->account, call->api->suite, fn_lease_key(lease), error)) == NULL)
		return NULL;
	reply = json_pack("{s:s}", "otpauth", address);
	fn_secret_free(address);
	return reply;
}

static json_t *
items(json_t *array)
{
	return array != NULL ? json_pack("{s:o}", "items", array) : NULL;
}

/* Administrators see all (NULL), others what is their organization's. */
static const char *
horizon(const FnActor *actor)
{
	static const char *const sees_all[] = { "system_admin", "security_admin", "auditor" };

	for (gsize i = 0; i < G_N_ELEMENTS(sees_all); i++)
		if (fn_actor_has(actor, sees_all[i]))
			return NULL;
	return actor->organization;
}

json_t *
fn_api_list_organizations(FnApiCall *call, GError **error)
{
	return items(fn_people_organizations(call->db, error));
}

json_t *
fn_api_list_accounts(FnApiCall *call, GError **error)
{
	return items(fn_people_accounts(call->db, horizon(call->actor), error));
}

json_t *
fn_api_list_systems(FnApiCall *call, GError **error)
{
	return items(fn_people_systems(call->db, horizon(call->actor), error));
}

json_t *
fn_api_add_organization(FnApiCall *call, GError **error)
{
	const char *id = fn_api_need(call, "id", error);
	const char *name = id != NULL ? fn_api_need(call, "name", error) : NULL;
	const char *kind = name != NULL ? fn_api_need(call, "kind", error) : NULL;
	const char *region = kind != NULL ? fn_api_need(call, "region", error) : NULL, *parent, *authority;

	if (region == NULL || !fn_api_want(call, "parent", &parent, error) || !fn_api_want(call, "authority", &authority, error) ||
		!fn_people_add_organization(call->db, id, name, kind, region, parent, error) ||
		(authority != NULL && *authority != '\0' && !fn_people_set_authority(call->db, id, authority, error)))
		return NULL;
	call->subject = g_strdup(id);
	return json_pack("{s:s}", "id", id);
}

json_t *
fn_api_add_account(FnApiCall *call, GError **error)
{
	const char *organization = fn_api_need(call, "organization", error);
	const char *login = organization != NULL ? fn_api_need(call, "login", error) : NULL;
	const char *name = login != NULL ? fn_api_need(call, "name", error) : NULL;
	const char *password = name != NULL ? fn_api_need(call, "password", error) : NULL;
	g_autofree char *id = NULL;

	if (password == NULL)
		return NULL;
	id = fn_people_add_account(call->db, organization, login, name, password, error);
	if (id == NULL)
		return NULL;
	call->subject = g_strdup(id);
	return json_pack("{s:s}", "id", id);
}

json_t *
fn_api_close_account(FnApiCall *call, GError **error)
{
	if (!fn_api_leave_cases(call, error) || !fn_people_close_account(call->db, call->part[0], error) || !fn_catalog_raise_generation(call->db, error))
		return NULL;
	return json_object();
}

json_t *
fn_api_set_office(FnApiCall *call, GError **error)
{
	const char *office = fn_api_need(call, "office", error);
	gboolean holds;

	if (office == NULL || !fn_api_want_truth(call, "holds", TRUE, &holds, error) ||
		!fn_people_set_office(call->db, call->part[0], office, holds, error))
		return NULL;
	return json_object();
}

/* Accounts of the own organization, for the bureau all: whose password somebody makes, that somebody can be. */
static gboolean
is_ours(FnApiCall *call, const char *account, GError **error)
{
	g_autoptr(FnActor) whose = fn_people_actor(call->db, account, fn_time_now(), error);
	gboolean ours = whose != NULL && (g_str_equal(call->actor->organization_kind, "bureau") ||
		g_str_equal(whose->organization, call->actor->organization));

	if (whose != NULL && !ours)
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_FORBIDDEN, "the account is another organization's");
	return ours;
}

json_t *
fn_api_first_password(FnApiCall *call, GError **error)
{
	char *password = is_ours(call, call->part[0], error) ? fn_people_first_password(call->db, call->part[0], fn_time_now(), error) : NULL;
	json_t *reply = password != NULL ? json_pack("{s:s}", "password", password) : NULL;

	fn_secret_free(password);
	return reply;
}

json_t *
fn_api_delegate(FnApiCall *call, GError **error)
{
	const char *to = fn_api_need(call, "to", error);
	const char *office = to != NULL ? fn_api_need(call, "office", error) : NULL;
	const char *until = office != NULL ? fn_api_need(call, "until", error) : NULL;
	gint64 moment;

	if (until == NULL)
		return NULL;
	if (!fn_time_parse(until, &moment)) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"until\" must be a moment like 2026-12-31T16:00:00Z");
		return NULL;
	}
	return fn_people_delegate(call->db, call->actor->account, to, office, moment, error) ? json_object() : NULL;
}

json_t *
fn_api_add_system(FnApiCall *call, GError **error)
{
	const char *organization = fn_api_need(call, "organization", error);
	const char *name = organization != NULL ? fn_api_need(call, "name", error) : NULL;
	g_autofree char *id = NULL;
	gint64 level;

	if (name == NULL || !fn_api_want_number(call, "mlps_level", 0, &level, error))
		return NULL;
	id = fn_people_add_system(call->db, organization, name, level, error);
	if (id == NULL || !fn_catalog_raise_generation(call->db, error))
		return NULL;
	call->subject = g_strdup(id);
	return json_pack("{s:s}", "id", id);
}

json_t *
fn_api_close_system(FnApiCall *call, GError **error)
{
	if (!fn_people_close_system(call->db, call->part[0], error) || !fn_catalog_raise_generation(call->db, error))
		return NULL;
	return json_object();
}

/* ---- certificates ---- */

typedef struct {
	char fingerprint[65];
	gint64 not_before, not_after;
} Issued;

static gint64
moment_of(const ASN1_TIME *time)
{
	struct tm parts = { 0 };

	return ASN1_TIME_to_tm(time, &parts) == 1 ? (gint64)timegm(&parts) * G_USEC_PER_SEC : 0;
}

static gboolean
read_certificate(const char *pem, Issued *out, GError **error)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	guint8 digest[32];
	gboolean read = certificate != NULL && X509_digest(certificate, EVP_sha256(), digest, NULL) == 1;

	if (read) {
		g_autofree char *text = fn_hex(digest, sizeof(digest));

		g_strlcpy(out->fingerprint, text, sizeof(out->fingerprint));
		out->not_before = moment_of(X509_get0_notBefore(certificate));
		out->not_after = moment_of(X509_get0_notAfter(certificate));
	} else
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_SERVICE, "the keeper gave no certificate");
	X509_free(certificate);
	BIO_free(bio);
	return read;
}

static char *
issue(FnApiCall *call, const char *csr, const char *organization, GError **error)
{
	g_autofree char *name = fn_db_text(call->db, &fn_sql_api_system_name, FN_BINDS(FN_TEXT("id", call->part[0])), error);
	g_autoptr(GError) why = NULL;
	g_autofree char *text = NULL;
	json_t *request;
	gint64 days;
	char *pem;

	if (name == NULL || !fn_api_want_number(call, "days", 365, &days, error))
		return NULL;
	request = json_pack("{s:{s:s, s:s, s:s}, s:I, s:s}", "subject", "CN", call->part[0], "O", organization, "OU", name, "days",
		(json_int_t)days, "usage", "client");
	text = fn_json_canonical(request);
	json_decref(request);
	pem = fn_keeper_issue(call->api->options.keeper, csr, text, &why);
	if (why != NULL && fn_ipc_error_is(why, "bad_csr"))
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "csr: %s", why->message + strlen("bad_csr: "));
	else if (why != NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	return pem;
}

json_t *
fn_api_issue_certificate(FnApiCall *call, GError **error)
{
	const char *csr = fn_api_need(call, "csr", error);
	g_autofree char *organization = NULL, *pem = NULL;
	Issued issued;

	if (csr == NULL)
		return NULL;
	organization = fn_db_text(call->db, &fn_sql_api_system_organization, FN_BINDS(FN_TEXT("id", call->part[0])), error);
	if (organization == NULL) {
		if (error == NULL || *error == NULL)
			fn_refuse(error, FN_API_ERROR, FN_API_ERROR_UNKNOWN, "no such system");
		return NULL;
	}
	if ((pem = issue(call, csr, organization, error)) == NULL || !read_certificate(pem, &issued, error))
		return NULL;
	if (!fn_people_add_certificate(call->db, call->part[0], issued.fingerprint, pem, issued.not_before, issued.not_after, error) ||
		!fn_catalog_raise_generation(call->db, error))
		return NULL;
	return json_pack("{s:s, s:s}", "certificate", pem, "fingerprint", issued.fingerprint);
}

json_t *
fn_api_revoke_certificate(FnApiCall *call, GError **error)
{
	const char *reason = fn_api_need(call, "reason", error);

	if (reason == NULL || !fn_people_revoke_certificate(call->db, call->part[0], reason, call->now, error) ||
		!fn_catalog_raise_generation(call->db, error))
		return NULL;
	return json_object();
}

json_t *
fn_api_allow_operator(FnApiCall *call, GError **error)
{
	const char *account = fn_api_need(call, "account", error);

	if (account == NULL || !fn_people_allow_operator(call->db, call->part[0], account, error) ||
		!fn_catalog_raise_generation(call->db, error))
		return NULL;
	return json_object();
}
