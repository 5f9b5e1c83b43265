/* Procedures and cases: opening, lists, steps, attachments, who works on what. What may be done says each procedure's file. */
#include "api/api_priv.h"

#include "api_sql.h"
#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "catalog/activation.h"
#include "inspect/inspect.h"

#include <string.h>

enum { INBOX_PAGE = 200, BULK_MAX = 200 };

static json_t *
page(json_t *items, const char *next)
{
	return items != NULL ? json_pack("{s:o, s:s?}", "items", items, "next", next) : NULL;
}

static const char *
asked(FnApiCall *call, const char *name)
{
	const char *text = fn_http_query(call->request, name);

	return text != NULL && *text != '\0' ? text : NULL;
}

json_t *
fn_api_inbox(FnApiCall *call, GError **error)
{
	g_autofree char *next = NULL;
	guint64 limit;
	json_t *items;

	if (!fn_api_number(fn_http_query(call->request, "limit"), "limit", INBOX_PAGE, &limit, error))
		return NULL;
	items = fn_work_inbox_page(call->force->work, call->db, call->actor, fn_http_query(call->request, "cursor"), (guint)MIN(limit, INBOX_PAGE),
		call->now, &next, error);
	return page(items, next);
}

/* "", "0", "1", "true", "false"; a condition that is misread would show more than was asked for. */
static gboolean
asked_truth(FnApiCall *call, const char *name, gboolean *truth_out, GError **error)
{
	const char *text = asked(call, name);

	*truth_out = text != NULL && (g_str_equal(text, "1") || g_str_equal(text, "true"));
	if (text == NULL || *truth_out || g_str_equal(text, "0") || g_str_equal(text, "false"))
		return TRUE;
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"%s\" must be 0 or 1", name);
	return FALSE;
}

json_t *
fn_api_list_cases(FnApiCall *call, GError **error)
{
	FnWorkQuery query = { .procedure = asked(call, "procedure"), .state = asked(call, "state"), .cursor = asked(call, "cursor") };
	g_autofree char *next = NULL;
	guint64 limit;

	if (!fn_api_number(asked(call, "limit"), "limit", 50, &limit, error) || !asked_truth(call, "mine", &query.mine, error))
		return NULL;
	query.limit = (guint)MIN(limit, G_MAXUINT);
	return page(fn_work_list(call->force->work, call->db, &query, call->actor, call->now, &next, error), next);
}

json_t *
fn_api_list_procedures(FnApiCall *call, GError **error)
{
	return json_pack("{s:o}", "items", fn_work_procedures(call->force->work, call->actor));
}

json_t *
fn_api_show_procedure(FnApiCall *call, GError **error)
{
	return fn_work_procedure(call->force->work, call->part[0], call->actor, error);
}

/* ---- the parties of a new case ---- */

/* What procedures with effects are about is in the registry, and its owner with it: nobody else can be named. */
static gboolean
has_effects(const FnNode *procedure)
{
	const FnNode *steps = fn_node_get(procedure, "steps");

	for (guint i = 0; i < fn_node_count(steps); i++)
		if (fn_node_get(fn_node_at(steps, i), "effect") != NULL)
			return TRUE;
	return FALSE;
}

static void
set_party(json_t *parties, const char *name, const char *organization)
{
	if (organization != NULL && *organization != '\0')
		json_object_set_new(parties, name, json_string(organization));
}

/* Whose the resource is, or, where a case is about a grant, whose data it gives and to whom. */
static gboolean
derive_from_subject(FnApiCall *call, const FnNode *procedure, const char *subject, json_t *parties, GError **error)
{
	const FnNode *wanted = fn_node_get(procedure, "parties");
	g_autoptr(GError) why = NULL;
	g_autofree char *provider = NULL;
	json_t *grant;

	if (!fn_node_has_word(wanted, "provider"))
		return TRUE;
	provider = fn_db_text(call->db, &fn_sql_api_resource_organization, FN_BINDS(FN_TEXT("code", subject)), &why);
	grant = provider == NULL && why == NULL ? fn_catalog_grant(call->db, subject, NULL) : NULL;
	set_party(parties, "provider", provider != NULL ? provider : json_string_value(json_object_get(grant, "provider")));
	if (fn_node_has_word(wanted, "consumer"))
		set_party(parties, "consumer", provider != NULL ? call->actor->organization : json_string_value(json_object_get(grant, "consumer")));
	json_decref(grant);
	if (why != NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	else if (json_object_get(parties, "provider") == NULL && has_effects(procedure))
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_UNKNOWN, "no such resource or grant");
	else
		return TRUE;
	return FALSE;
}

/* Organizations known by their kind: the bureau and the government always, a regulator where the procedure has one as a party. Those that
 * the instance lacks are left out: the engine says what is missing. */
static gboolean
derive_from_kind(FnApiCall *call, const FnNode *procedure, json_t *parties, GError **error)
{
	const FnNode *known = fn_node_get(fn_rules_get(call->force->rules, "roles", "roles"), "parties");
	const FnNode *wanted = fn_node_get(procedure, "parties");

	for (guint i = 0; i < fn_node_count(known); i++) {
		const char *name = fn_node_key_at(known, i), *kind = fn_node_text(fn_node_at(known, i), "kind");
		const char *authority = fn_node_text(fn_node_at(known, i), "authority");
		g_autoptr(GError) why = NULL;
		g_autofree char *id = NULL;

		if (kind == NULL || (authority != NULL && !fn_node_has_word(wanted, name)))
			continue;
		id = fn_db_text(call->db, &fn_sql_api_organization_of_kind,
			FN_BINDS(FN_TEXT("kind", kind), FN_TEXT("authority", authority != NULL ? authority : "")), &why);
		if (why != NULL) {
			g_propagate_error(error, g_steal_pointer(&why));
			return FALSE;
		}
		set_party(parties, name, id);
	}
	return TRUE;
}

static gboolean
refuse_party(const char *name, const char *english, GError **error)
{
	g_autofree char *safe = fn_text_safe(name, -1, 40);

	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "parties.%s: %s", safe, fn_say(english));
	return FALSE;
}

/* What the caller names, for whom that is nobody else's to say. */
static gboolean
take_named(FnApiCall *call, const FnNode *procedure, json_t *parties, GError **error)
{
	const json_t *given = json_object_get(call->body, "parties"), *value;
	const FnNode *wanted = fn_node_get(procedure, "parties");
	const char *name;

	if (given != NULL && !json_is_object(given)) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "parties: must be an object, party to organization");
		return FALSE;
	}
	json_object_foreach((json_t *)given, name, value) {
		const char *organization = json_string_value(value), *derived = json_string_value(json_object_get(parties, name));
		g_autofree char *state = NULL;

		if (organization == NULL)
			return refuse_party(name, "must be the id of an organization", error);
		if (derived != NULL && !g_str_equal(derived, organization))
			return refuse_party(name, "follows from what the case is about, and is another; leave it out", error);
		if (!fn_node_has_word(wanted, name) && derived == NULL)
			return refuse_party(name, "is no party of this procedure; see its description", error);
		state = fn_db_text(call->db, &fn_sql_api_organization_state, FN_BINDS(FN_TEXT("id", organization)), NULL);
		if (g_strcmp0(state, "active") != 0)
			return refuse_party(name, "there is no such organization, or it is closed", error);
		set_party(parties, name, organization);
	}
	return TRUE;
}

/* The caller's own organization is what nobody else is named for. */
static void
take_own(FnApiCall *call, const FnNode *procedure, json_t *parties)
{
	static const char *const own[] = { "consumer", "organization" };

	for (gsize i = 0; i < G_N_ELEMENTS(own); i++)
		if (fn_node_has_word(fn_node_get(procedure, "parties"), own[i]) && json_object_get(parties, own[i]) == NULL)
			set_party(parties, own[i], call->actor->organization);
}

static gboolean
check_all_named(const FnNode *procedure, const json_t *parties, GError **error)
{
	const FnNode *wanted = fn_node_get(procedure, "parties");
	const char *name;

	for (guint i = 0; (name = fn_node_word(wanted, i)) != NULL; i++)
		if (json_object_get(parties, name) == NULL)
			return refuse_party(name, "name the organization; it does not follow from the subject", error);
	return TRUE;
}

/* Who is who in a case. */
static json_t *
parties_of(FnApiCall *call, const FnNode *procedure, const char *subject, GError **error)
{
	json_t *parties = json_object();

	if (derive_from_subject(call, procedure, subject, parties, error) && derive_from_kind(call, procedure, parties, error) &&
	    take_named(call, procedure, parties, error)) {
		take_own(call, procedure, parties);
		if (check_all_named(procedure, parties, error))
			return parties;
	}
	json_decref(parties);
	return NULL;
}

json_t *
fn_api_open_case(FnApiCall *call, GError **error)
{
	const char *procedure = fn_api_need(call, "procedure", error);
	const char *subject = procedure != NULL ? fn_api_need(call, "subject", error) : NULL;
	const FnNode *declared = subject != NULL ? fn_rules_get(call->force->rules, "procedures", procedure) : NULL;
	const json_t *form = json_object_get(call->body, "form");
	g_autofree char *id = NULL;
	json_t *parties;

	if (subject != NULL && g_str_equal(procedure, "lookup")) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "such a case is opened by POST " FN_API_PREFIX "/lookups, which takes identifiers as digests");
		return NULL;
	}
	if (subject == NULL || (parties = parties_of(call, declared, subject, error)) == NULL) /* the engine refuses an unknown procedure */
		return NULL;
	id = fn_work_open(call->force->work, call->db, procedure, subject, parties, form, call->actor, call->now, error);
	json_decref(parties);
	if (id == NULL)
		return NULL;
	call->subject = g_strdup(id);
	return json_pack("{s:s}", "id", id);
}

json_t *
fn_api_show_case(FnApiCall *call, GError **error)
{
	return fn_work_show(call->force->work, call->db, call->part[0], call->actor, call->now, error);
}

/* ---- steps ---- */

/* The case's grant when the step just taken released it for signature. */
static char *
grant_to_sign(FnApiCall *call)
{
	g_auto(GStrv) waiting = fn_catalog_grants_to_sign(call->db, NULL);
	char *grant = waiting != NULL && waiting[0] != NULL ? fn_catalog_grant_of_case(call->db, call->part[0], NULL) : NULL;

	if (grant != NULL && !g_strv_contains((const char *const *)waiting, grant))
		g_clear_pointer(&grant, g_free);
	return grant;
}

/* What the step did beside moving the case, by the names of its effects; NULL when nothing. */
static json_t *
effects_of(FnApiCall *call, const char *procedure, const char *step)
{
	const FnNode *steps = fn_node_get(fn_rules_get(call->force->rules, "procedures", procedure), "steps");
	json_t *names = json_array();
	const char *name;

	for (guint i = 0; i < fn_node_count(steps); i++)
		for (guint j = 0; g_str_equal(fn_node_text(fn_node_at(steps, i), "do"), step) &&
			(name = fn_node_word(fn_node_get(fn_node_at(steps, i), "effect"), j)) != NULL; j++)
			json_array_append_new(names, json_string(name));
	if (json_array_size(names) > 0)
		return json_pack("{s:o}", "effects", names);
	json_decref(names);
	return NULL;
}

json_t *
fn_api_step_case(FnApiCall *call, GError **error)
{
	const char *step = fn_api_need(call, "step", error);
	FnWorkTaking how = { .form = json_object_get(call->body, "form"),
		.confirmed = call->confirmed != NULL && g_str_equal(call->confirmed, call->actor->account) };
	json_t *shown;

	if (step == NULL || !fn_api_want(call, "say", &how.say, error) || !fn_api_want(call, "reason", &how.reason, error) ||
		!fn_api_want(call, "digest", &how.seen, error) || (how.seen == NULL && !fn_api_want(call, "seen", &how.seen, error)) ||
		!fn_work_take(call->force->work, call->db, call->part[0], step, &how, call->actor, call->now, error))
		return NULL;
	call->subject = g_strdup_printf("%s:%s", call->part[0], step);
	call->grant_to_sign = grant_to_sign(call);
	if ((shown = fn_work_show(call->force->work, call->db, call->part[0], call->actor, call->now, error)) != NULL)
		call->conditions = effects_of(call, json_string_value(json_object_get(shown, "procedure")), step);
	return shown;
}

/* The use is written and committed: the clock enters it in the ledger and authorises, the keeper turns back. */
static json_t *
turn_back(FnApiCall *call, GError **error)
{
	const FnApiOptions *options = &call->api->options;
	g_autoptr(GBytes) reply = fn_ipc_call(options->clock, FN_CLOCK_OP_REVERSAL, call->part[0], strlen(call->part[0]), 0, error);
	g_autofree char *text = reply != NULL ? g_strndup(g_bytes_get_data(reply, NULL), g_bytes_get_size(reply)) : NULL;
	json_t *authorised = text != NULL ? fn_json_parse(text, strlen(text), error) : NULL, *items = json_array();
	json_t *values = authorised != NULL ? fn_keeper_reverse(options->keeper, text, error) : NULL;
	const json_t *pseudonyms = json_object_get(json_object_get(authorised, "authorisation"), "pseudonyms");
	gboolean done = values != NULL;

	for (size_t i = 0; i < json_array_size(values); i++)
		json_array_append_new(items, json_pack("{s:O*, s:O}", "pseudonym", json_array_get(pseudonyms, i), "value", json_array_get(values, i)));
	json_decref(values);
	json_decref(authorised);
	if (done)
		return json_pack("{s:o}", "items", items);
	json_decref(items);
	return NULL;
}

json_t *
fn_api_use_reversal(FnApiCall *call, GError **error)
{
	if (!fn_work_step(call->force->work, call->db, call->part[0], "use", NULL, NULL, call->actor, call->now, error))
		return NULL;
	call->then = turn_back;
	return json_object();
}

/* ---- the same step in many cases ---- */

static gboolean
check_cases(const json_t *cases, GError **error)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	gboolean fine = json_is_array(cases) && json_array_size(cases) >= 1 && json_array_size(cases) <= BULK_MAX;

	for (size_t i = 0; fine && i < json_array_size(cases); i++) {
		const char *id = json_string_value(json_array_get(cases, i));

		fine = id != NULL && strlen(id) <= 64 && g_hash_table_add(seen, (gpointer)id);
	}
	if (!fine)
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"cases\" must be a list of 1 to %d ids of cases, each once", BULK_MAX);
	return fine;
}

/* Adds the result to @results; FALSE only when the registry itself fails. What a refused step had begun is taken back alone. */
static gboolean
take_one(FnApiCall *call, const char *id, const char *step, const FnWorkTaking *how, json_t *results, guint *refused, GError **error)
{
	g_autoptr(GError) why = NULL;
	const char *code;

	if (!fn_db_exec(call->db, &fn_sql_api_savepoint, FN_NO_BINDS, NULL, error))
		return FALSE;
	if (fn_work_take(call->force->work, call->db, id, step, how, call->actor, call->now, &why)) {
		json_array_append_new(results, json_pack("{s:s, s:b}", "case", id, "done", TRUE));
		return fn_db_exec(call->db, &fn_sql_api_savepoint_keep, FN_NO_BINDS, NULL, error);
	}
	if (why->domain != FN_WORK_ERROR) {
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	(*refused)++;
	fn_api_status(why, &code);
	json_array_append_new(results, json_pack("{s:s, s:b, s:s, s:s}", "case", id, "done", FALSE, "code", code, "detail", why->message));
	return fn_db_exec(call->db, &fn_sql_api_savepoint_undo, FN_NO_BINDS, NULL, error) &&
		fn_db_exec(call->db, &fn_sql_api_savepoint_keep, FN_NO_BINDS, NULL, error);
}

/* Under all_or_none, one that was refused undoes the others. */
static void
undo_results(json_t *results)
{
	json_t *result;
	size_t i;

	json_array_foreach(results, i, result)
		if (json_is_true(json_object_get(result, "done"))) {
			json_object_set_new(result, "done", json_false());
			json_object_set_new(result, "code", json_string("undone"));
			json_object_set_new(result, "detail", json_string("possible, but another of the list was refused"));
		}
}

/* One entry of the ledger names every case and what came of it; every case has its own history. */
static void
tell_ledger(FnApiCall *call, const char *step, const json_t *results)
{
	json_t *done = json_array(), *refused = json_object(), *result;
	size_t i;

	json_array_foreach((json_t *)results, i, result)
		if (json_is_true(json_object_get(result, "done")))
			json_array_append(done, json_object_get(result, "case"));
		else
			json_object_set(refused, json_string_value(json_object_get(result, "case")), json_object_get(result, "code"));
	call->subject = g_strdup_printf("%zu:%s", json_array_size(results), step);
	call->conditions = json_pack("{s:o, s:o, s:s}", "done", done, "refused", refused, "step", step);
}

json_t *
fn_api_step_cases(FnApiCall *call, GError **error)
{
	const char *step = fn_api_need(call, "step", error);
	const json_t *cases = json_object_get(call->body, "cases");
	FnWorkTaking how = { 0 }; /* never confirmed: what is signed is looked at one by one */
	json_t *results;
	gboolean all, whole = TRUE;
	guint refused = 0;

	if (step == NULL || !check_cases(cases, error) || !fn_api_want(call, "say", &how.say, error) ||
		!fn_api_want(call, "reason", &how.reason, error) || !fn_api_want_truth(call, "all_or_none", FALSE, &all, error))
		return NULL;
	results = json_array();
	for (size_t i = 0; whole && i < json_array_size(cases); i++)
		whole = take_one(call, json_string_value(json_array_get(cases, i)), step, &how, results, &refused, error);
	if (!whole) {
		json_decref(results);
		return NULL;
	}
	call->undo = all && refused > 0;
	call->outcome = call->undo ? "not_written" : refused > 0 ? "in_part" : NULL;
	if (call->undo)
		undo_results(results);
	tell_ledger(call, step, results);
	return json_pack("{s:o, s:b, s:i}", "items", results, "written", !call->undo, "refused", (int)refused);
}

/* ---- attachments ---- */

static FnWorkFile
file_of(FnApiCall *call)
{
	FnWorkFile file = { .kind = asked(call, "kind"), .name = asked(call, "name"), .media_type = fn_http_header(call->request, "Content-Type") };

	file.bytes = fn_http_body(call->request, &file.size);
	return file;
}

/* Before any transaction is open, since it may take a minute: who asks, whether the case would take it, and what is in it. */
gboolean
fn_api_inspect_file(FnApiCall *call, GError **error)
{
	g_autofree char *terminal = fn_api_terminal(call);
	g_autoptr(FnActor) actor = NULL;
	g_autoptr(GBytes) reply = NULL;
	const FnWorkFile file = file_of(call);

	if (fn_api_token(call) == NULL) /* refused where every call's session is */
		return TRUE;
	actor = fn_people_session_seen(call->db, fn_api_token(call), terminal, fn_time_now(), fn_api_idle(call->api), error);
	if (actor != NULL && !fn_api_permits(call->route, actor)) /* refused where everybody's offices are looked at */
		return TRUE;
	if (actor != NULL && !fn_api_is_document(call->request)) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "send the file as it is, with its own Content-Type");
		return FALSE;
	}
	if (actor == NULL || !fn_work_may_attach(call->force->work, call->db, call->part[0], &file, actor, error))
		return FALSE;
	reply = fn_inspect_ask(call->api->options.inspect, NULL, file.name, file.bytes, file.size, error);
	return reply != NULL && fn_api_is_harmless(reply, error);
}

json_t *
fn_api_attach(FnApiCall *call, GError **error)
{
	const FnWorkFile file = file_of(call);
	json_t *kept = fn_work_attach(call->force->work, call->db, call->part[0], &file, call->actor, call->now, error);

	if (kept == NULL)
		return NULL;
	call->subject = g_strdup_printf("%s/%s", call->part[0], json_string_value(json_object_get(kept, "id")));
	call->conditions = json_pack("{s:O, s:O, s:O}", "digest", json_object_get(kept, "digest"), "kind", json_object_get(kept, "kind"), "size",
		json_object_get(kept, "size"));
	return kept;
}

json_t *
fn_api_list_attachments(FnApiCall *call, GError **error)
{
	json_t *shown = fn_api_show_case(call, error);
	json_t *items = json_incref(json_object_get(shown, "attachments"));

	json_decref(shown);
	return items != NULL ? json_pack("{s:o}", "items", items) : NULL;
}

/* Whatever it is, a browser only saves it. */
json_t *
fn_api_read_attachment(FnApiCall *call, GError **error)
{
	GBytes *bytes = NULL;
	json_t *about = fn_work_attachment(call->force->work, call->db, call->part[0], call->part[1], call->actor, &bytes, error);
	g_autofree char *name = about != NULL ? g_uri_escape_string(json_string_value(json_object_get(about, "name")), NULL, FALSE) : NULL;

	if (about == NULL)
		return NULL;
	call->subject = g_strdup_printf("%s/%s", call->part[0], call->part[1]);
	call->conditions = json_pack("{s:O}", "digest", json_object_get(about, "digest"));
	call->bytes_name = g_strdup_printf("attachment; filename*=UTF-8''%s", name);
	json_decref(about);
	return fn_api_answer_bytes(call, bytes, "application/octet-stream", "no-store");
}

/* ---- who works on it ---- */

json_t *
fn_api_claim_case(FnApiCall *call, GError **error)
{
	FnWork *work = call->force->work;
	gboolean release;

	if (!fn_api_want_truth(call, "release", FALSE, &release, error) ||
		!(release ? fn_work_release(work, call->db, call->part[0], call->actor, error)
			: fn_work_claim(work, call->db, call->part[0], call->actor, call->now, error)))
		return NULL;
	call->outcome = release ? "released" : NULL;
	return fn_api_show_case(call, error);
}

json_t *
fn_api_hand_case_over(FnApiCall *call, GError **error)
{
	const char *account = fn_api_need(call, "to", error);
	g_autoptr(FnActor) to = account != NULL ? fn_people_actor(call->db, account, fn_time_now(), error) : NULL;

	if (to == NULL || !fn_work_hand_over(call->force->work, call->db, call->part[0], to, call->actor, call->now, error))
		return NULL;
	call->conditions = json_pack("{s:s}", "to", account);
	return fn_api_show_case(call, error);
}

/* How many went over, or -1. */
static gint64
hand_all_over(FnApiCall *call, const char *account, GError **error)
{
	g_autoptr(FnActor) to = fn_people_actor(call->db, account, fn_time_now(), error);
	gint64 passed = to != NULL ? fn_work_hand_over_all(call->force->work, call->db, call->part[0], to, call->now, error) : -1;

	if (passed >= 0)
		call->conditions = json_pack("{s:I, s:s}", "cases", (json_int_t)passed, "to", account);
	return passed;
}

json_t *
fn_api_hand_account_over(FnApiCall *call, GError **error)
{
	const char *account = fn_api_need(call, "to", error);
	gint64 passed = account != NULL ? hand_all_over(call, account, error) : -1;

	return passed >= 0 ? json_pack("{s:I}", "cases", (json_int_t)passed) : NULL;
}

/* Nobody leaves with cases that others think are being worked on. */
gboolean
fn_api_leave_cases(FnApiCall *call, GError **error)
{
	const char *to;
	gint64 open;

	if (!fn_api_want(call, "to", &to, error) || (to != NULL && hand_all_over(call, to, error) < 0))
		return FALSE;
	open = fn_work_open_claims(call->db, call->part[0], error);
	if (open > 0)
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_STATE, "this account works on %" G_GINT64_FORMAT " open cases; hand them over: name a colleague as \"to\"",
			open);
	return open == 0;
}
