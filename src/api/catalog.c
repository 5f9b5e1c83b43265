/* Sources, resources, search and grants: the console's side of src/catalog. */
#include "api/api_priv.h"

#include "api_sql.h"
#include "base/say.h"
#include "base/time.h"
#include "catalog/activation.h"
#include "catalog/pruning.h"
#include "policy/policy.h"
#include "scan/scan.h"
#include "share/share.h"
#include "source/source.h"

#include <string.h>

char *
fn_api_source_root(FnApiCall *call)
{
	const FnSettings *settings = call->api->options.settings;
	const char *set = fn_settings_text(settings, "source_root");

	return *set != '\0' ? g_strdup(set) : fn_settings_path(settings, "sources");
}

static char *
csv_table(const json_t *spec)
{
	const char *table = json_string_value(json_object_get(spec, "table"));

	return g_strdup(table != NULL && *table != '\0' ? table : "data");
}

/* A CSV file becomes a SQLite file beside it; what is registered is that file. */
static json_t *
take_csv(const json_t *spec, const char *root, GError **error)
{
	const char *path = json_string_value(json_object_get(spec, "path"));
	const json_t *index = json_object_get(spec, "index");
	g_autofree char *csv = fn_source_path(path != NULL ? path : "", root, error), *db = NULL, *table = csv_table(spec);
	g_autofree const char **columns = g_new0(const char *, json_array_size(index) + 1);
	guint64 rows;

	if (csv == NULL)
		return NULL;
	for (size_t i = 0; i < json_array_size(index); i++)
		columns[i] = json_string_value(json_array_get(index, i)) != NULL ? json_string_value(json_array_get(index, i)) : "";
	db = g_strconcat(csv, ".db", NULL);
	if (!fn_source_import_csv(csv, db, table, columns, &rows, error))
		return NULL;
	return json_pack("{s:s, s:s}", "kind", "sqlite", "path", db);
}

/* The specification as it is opened: typed fields, a CSV file taken in. */
static json_t *
usable_spec(const json_t *spec, const char *root, GError **error)
{
	if (!json_is_object(spec)) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT,
			"\"spec\" must be an object, for example {\"kind\":\"sqlite\",\"path\":\"register.db\"}");
		return NULL;
	}
	if (g_strcmp0(json_string_value(json_object_get(spec, "kind")), "csv") == 0)
		return take_csv(spec, root, error);
	return json_deep_copy(spec);
}

/* A connection that cannot be opened is not taken; a password is kept sealed. */
static json_t *
sealed_spec(FnApiCall *call, const json_t *asked, GError **error)
{
	g_autofree char *root = fn_api_source_root(call);
	g_autoptr(FnLease) lease = fn_lease_get(call->api->options.keeper, "secret", "source", error);
	json_t *spec = lease != NULL ? usable_spec(asked, root, error) : NULL, *sealed = NULL;
	g_autoptr(FnSourceConnection) connection = spec != NULL ? fn_source_open(spec, root, error) : NULL;

	if (connection != NULL)
		sealed = fn_catalog_seal_spec(spec, call->api->suite, fn_lease_key(lease), error);
	json_decref(spec);
	return sealed;
}

json_t *
fn_api_add_source(FnApiCall *call, GError **error)
{
	const char *organization = fn_api_need(call, "organization", error);
	const char *name = organization != NULL ? fn_api_need(call, "name", error) : NULL;
	json_t *spec = name != NULL ? sealed_spec(call, json_object_get(call->body, "spec"), error) : NULL;
	g_autofree char *id = NULL;

	if (spec == NULL)
		return NULL;
	id = fn_catalog_add_source(call->db, organization, name, spec, call->actor, call->now, error);
	json_decref(spec);
	if (id == NULL)
		return NULL;
	call->subject = g_strdup(id);
	return json_pack("{s:s}", "id", id);
}

json_t *
fn_api_list_sources(FnApiCall *call, GError **error)
{
	json_t *items = fn_catalog_sources(call->db, call->actor, error);

	return items != NULL ? json_pack("{s:o}", "items", items) : NULL;
}

FnSourceConnection *
fn_api_open_source(FnApiCall *call, const char *id, GError **error)
{
	g_autofree char *root = fn_api_source_root(call);
	FnSourceConnection *connection = NULL;
	g_autoptr(FnLease) lease = fn_lease_get(call->api->options.keeper, "secret", "source", error);
	json_t *source, *spec = NULL;

	if (lease == NULL || (source = fn_catalog_source(call->db, id, error)) == NULL)
		return NULL;
	spec = fn_catalog_open_spec(json_object_get(source, "spec"), fn_lease_key(lease), error);
	if (spec != NULL)
		connection = fn_source_open(spec, root, error);
	json_decref(spec);
	json_decref(source);
	return connection;
}

/* Opens a source of the actor's organization (administrators: any). */
static FnSourceConnection *
open_source(FnApiCall *call, const char *id, GError **error)
{
	g_autofree char *owner = fn_db_text(call->db, &fn_sql_api_source_organization, FN_BINDS(FN_TEXT("id", id)), NULL);

	if (owner != NULL && (g_str_equal(owner, call->actor->organization) || fn_actor_has(call->actor, "system_admin")))
		return fn_api_open_source(call, id, error);
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_UNKNOWN, "your organization has no such source");
	return NULL;
}

json_t *
fn_api_source_tables(FnApiCall *call, GError **error)
{
	g_autoptr(FnSourceConnection) connection = open_source(call, call->part[0], error);
	json_t *tables = connection != NULL ? fn_source_tables(connection, error) : NULL;

	return tables != NULL ? json_pack("{s:o}", "items", tables) : NULL;
}

/* The sample goes to fengni-inspect: values of strangers are looked at there, and only counts and masked samples return. */
json_t *
fn_api_profile_table(FnApiCall *call, GError **error)
{
	const char *table = fn_api_need(call, "table", error), *column;
	g_autoptr(FnSourceConnection) connection = NULL;
	json_t *sample, *question, *columns = json_array(), *values, *reply = NULL;

	if (table == NULL || (connection = open_source(call, call->part[0], error)) == NULL ||
		(sample = fn_source_sample(connection, table, 400, error)) == NULL) {
		json_decref(columns);
		return NULL;
	}
	json_object_foreach(sample, column, values)
		json_array_append_new(columns, json_pack("{s:s, s:O}", "header", column, "values", values));
	question = json_pack("{s:o}", "columns", columns);
	reply = fn_api_ask(call->api->options.inspect, FN_INSPECT_OP_PROFILE, question, error);
	if (reply != NULL) {
		const json_t *profiles = json_object_get(reply, "columns");

		for (size_t i = 0; i < json_array_size(profiles); i++)
			json_object_set(json_array_get(profiles, i), "column", json_object_get(json_array_get(columns, i), "header"));
	}
	json_decref(question);
	json_decref(sample);
	return reply;
}

json_t *
fn_api_add_resource(FnApiCall *call, GError **error)
{
	g_autofree char *code = fn_catalog_add_resource(call->db, call->body, call->actor, call->now, error);

	if (code == NULL)
		return NULL;
	call->subject = g_strdup(code);
	return json_pack("{s:s}", "code", code);
}

json_t *
fn_api_update_resource(FnApiCall *call, GError **error)
{
	return fn_catalog_update_resource(call->db, call->part[0], call->body, call->actor, call->now, error) ? json_object() : NULL;
}

json_t *
fn_api_show_resource(FnApiCall *call, GError **error)
{
	guint64 version;

	if (!fn_api_number(fn_http_query(call->request, "version"), "version", 0, &version, error))
		return NULL;
	return fn_catalog_resource(call->db, call->part[0], (gint64)version, call->actor, error);
}

json_t *
fn_api_missing(FnApiCall *call, GError **error)
{
	json_t *missing = fn_catalog_missing(call->db, call->part[0], error);

	return missing != NULL ? json_pack("{s:o}", "items", missing) : NULL;
}

json_t *
fn_api_search(FnApiCall *call, GError **error)
{
	const char *text = fn_http_query(call->request, "q");
	guint64 most;

	if (!fn_api_number(fn_http_query(call->request, "limit"), "limit", 20, &most, error))
		return NULL;
	return fn_catalog_search(call->db, text != NULL ? text : "", fn_http_query(call->request, "organization"),
		fn_http_query(call->request, "sharing_type"), fn_http_query(call->request, "cursor"), (guint)CLAMP(most, 1, 100),
		call->actor, error);
}

json_t *
fn_api_assess(FnApiCall *call, GError **error)
{
	const char *kind = fn_api_need(call, "kind", error);
	const char *answer = kind != NULL ? fn_api_need(call, "answer", error) : NULL;
	gboolean passed;

	if (answer == NULL || !fn_api_want_truth(call, "passed", FALSE, &passed, error) ||
		!fn_catalog_assess(call->db, call->part[0], kind, passed, answer, call->actor, call->now, error))
		return NULL;
	return json_object();
}

json_t *
fn_api_accept_basis(FnApiCall *call, GError **error)
{
	return fn_catalog_accept_basis(call->db, call->part[0], call->actor, call->now, error) ? json_object() : NULL;
}

json_t *
fn_api_list_papers(FnApiCall *call, GError **error)
{
	json_t *items = fn_catalog_papers(call->db, call->actor, error);

	return items != NULL ? json_pack("{s:o}", "items", items) : NULL;
}

/* People and programs write moments; the registry counts microseconds. */
static gboolean
moment_to_number(json_t *body, const char *name, GError **error)
{
	gint64 moment;

	if (!fn_time_parse(json_string_value(json_object_get(body, name)), &moment)) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"%s\" must be a moment like 2026-12-31T16:00:00Z", name);
		return FALSE;
	}
	json_object_set_new(body, name, json_integer((json_int_t)moment));
	return TRUE;
}

json_t *
fn_api_add_paper(FnApiCall *call, GError **error)
{
	g_autofree char *id = NULL;

	if (!moment_to_number(call->body, "valid_until", error))
		return NULL;
	id = fn_catalog_add_paper(call->db, call->body, call->actor, call->now, error);

	if (id == NULL)
		return NULL;
	call->subject = g_strdup(id);
	return json_pack("{s:s}", "id", id);
}

json_t *
fn_api_sign_paper(FnApiCall *call, GError **error)
{
	return fn_catalog_sign_paper(call->db, call->part[0], call->actor, call->now, error) ? json_object() : NULL;
}

/* ---- grants ---- */

json_t *
fn_api_list_grants(FnApiCall *call, GError **error)
{
	json_t *items = fn_catalog_grants(call->db, call->actor, error);

	return items != NULL ? json_pack("{s:o}", "items", items) : NULL;
}

static gboolean
may_see(const FnApiCall *call, const json_t *grant)
{
	const char *organization = call->actor->organization;

	return g_strcmp0(json_string_value(json_object_get(grant, "provider")), organization) == 0 ||
		g_strcmp0(json_string_value(json_object_get(grant, "consumer")), organization) == 0 ||
		g_str_equal(call->actor->organization_kind, "bureau") || fn_actor_has(call->actor, "auditor");
}

json_t *
fn_api_show_grant(FnApiCall *call, GError **error)
{
	json_t *grant = fn_catalog_grant(call->db, call->part[0], error);

	if (grant == NULL)
		return NULL;
	if (!may_see(call, grant)) {
		json_decref(grant);
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_UNKNOWN, "your organization has no such grant");
		return NULL;
	}
	return grant;
}

/* ---- why ---- */

/* NULL-ended; NULL with an error unless all are texts. */
static const char **
text_list(const json_t *array, GError **error)
{
	g_autofree const char **texts = g_new0(const char *, json_array_size(array) + 1);
	gboolean good = json_is_array(array);

	for (size_t i = 0; good && i < json_array_size(array); i++)
		good = (texts[i] = json_string_value(json_array_get(array, i))) != NULL;
	if (good)
		return g_steal_pointer(&texts);
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"fields\" must be an array of texts");
	return NULL;
}

/* The rules, for who may see the grant: to others its fields and masks are not told. */
static const FnRules *
rules_for(FnApiCall *call, const char *grant)
{
	json_t *seen = grant != NULL ? fn_catalog_grant(call->db, grant, NULL) : NULL;
	gboolean may = seen != NULL && may_see(call, seen);

	json_decref(seen);
	return may ? call->force->rules : NULL;
}

json_t *
fn_api_explain(FnApiCall *call, GError **error)
{
	FnShareCase about = { .now = call->now };
	const struct {
		const char *name, **to;
	} texts[] = { { "resource", &about.resource }, { "mode", &about.mode }, { "grant", &about.grant }, { "purpose", &about.purpose },
		{ "case", &about.case_number }, { "operator", &about.operator_account }, { "certificate", &about.certificate } };
	const FnApiOptions *options = &call->api->options;
	const json_t *fields = json_object_get(call->body, "fields");
	g_autofree const char **asked = NULL;
	g_autofree char *text = NULL;
	gboolean permit = FALSE;
	json_t *masks = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		if (!fn_api_want(call, texts[i].name, texts[i].to, error))
			return NULL;
	if (fields != NULL && (asked = text_list(fields, error)) == NULL)
		return NULL;
	about.fields = asked;
	about.rules = rules_for(call, about.grant);
	text = fn_share_explain(call->db, options->keeper, options->share, options->settings, &about, call->chinese ? "zh" : "en",
		&permit, &masks, error);
	return text != NULL ? json_pack("{s:s, s:o*, s:b}", "explanation", text, "masks", masks, "permit", permit) : NULL;
}
