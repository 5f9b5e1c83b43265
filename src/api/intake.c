/* Batches of rows: sent, looked at, judged, released, traced, compared. What takes long (the inspection, reading the file, reading the
 * business database) is done before the transaction begins; the answer is made once the pool has followed the registry. */
#include "api/api_priv.h"

#include "api_sql.h"
#include "base/say.h"
#include "base/text.h"
#include "inspect/inspect.h"
#include "intake/intake.h"
#include "scan/scan.h"

#include <string.h>

enum { PAGE = 50 };

/* What a call prepared. */
struct FnApiIntake {
	char *root;
	FnIntakeBatch *batch;
	FnIntakeBound *bound;
	FnIntakeSum source, pool;
	gboolean secret; /* a mark of secrecy stands in the file */
};

void
fn_api_intake_free(struct FnApiIntake *intake)
{
	if (intake == NULL)
		return;
	g_free(intake->root);
	g_clear_pointer(&intake->batch, fn_intake_batch_free);
	g_clear_pointer(&intake->bound, fn_intake_bound_free);
	g_free(intake);
}

static FnIntake
intake_of(FnApiCall *call)
{
	if (call->intake == NULL)
		call->intake = g_new0(struct FnApiIntake, 1);
	if (call->intake->root == NULL)
		call->intake->root = fn_api_source_root(call);
	return (FnIntake){ .db = call->db, .rules = call->force->rules, .root = call->intake->root, .actor = call->actor, .now = call->now };
}

/* ---- sending ---- */

static gboolean
given_of(FnApiCall *call, FnIntakeGiven *given, GError **error)
{
	const char *rows = fn_http_query(call->request, "rows"), *whole = fn_http_query(call->request, "whole");
	guint64 number = 0;

	if (!fn_api_is_document(call->request)) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "send the file as it is, with Content-Type: text/csv");
		return FALSE;
	}
	if (!fn_api_number(rows, "rows", 0, &number, error))
		return FALSE;
	*given = (FnIntakeGiven){ .resource = call->part[0], .name = fn_http_query(call->request, "name"), .digest = fn_http_query(call->request, "digest"),
		.period = fn_http_query(call->request, "period"), .rows = rows != NULL ? (gint64)number : -1,
		.whole = whole != NULL && (g_str_equal(whole, "1") || g_str_equal(whole, "true")) };
	given->bytes = fn_http_body(call->request, &given->size);
	return TRUE;
}

/* Why the file may not come in, a constant; NULL: it may. Without an answer that makes sense nothing is known of it. */
static const char *
barred(const json_t *answer, gboolean *secret_out)
{
	static const struct {
		const char *verdict;
		gboolean passes;
	} verdicts[] = { { "clean", TRUE }, { "found", TRUE }, { "blocked", FALSE }, { "not_fully_inspected", FALSE } };
	const char *verdict = json_string_value(json_object_get(answer, "verdict"));

	*secret_out = json_integer_value(json_object_get(json_object_get(answer, "counts"), "cn.secrecy_mark")) > 0;
	for (gsize i = 0; verdict != NULL && i < G_N_ELEMENTS(verdicts); i++)
		if (strcmp(verdicts[i].verdict, verdict) == 0)
			return verdicts[i].passes && !*secret_out ? NULL : *secret_out && verdicts[i].passes ? "blocked" : verdicts[i].verdict;
	return "not_fully_inspected";
}

gboolean
fn_api_prepare_batch(FnApiCall *call, GError **error)
{
	FnIntake in = intake_of(call);
	g_autoptr(GBytes) reply = NULL;
	FnIntakeGiven given;
	const char *text, *why;
	json_t *answer;
	gsize size;

	if (!given_of(call, &given, error) || !fn_intake_may_send(&in, &given, error))
		return FALSE;
	reply = fn_inspect_ask(call->api->options.inspect, NULL, "batch.csv", given.bytes, given.size, error);
	if (reply == NULL)
		return FALSE;
	text = g_bytes_get_data(reply, &size);
	answer = fn_json_parse(text, size, NULL);
	why = barred(answer, &call->intake->secret);
	json_decref(answer);
	call->intake->batch = why == NULL ? fn_intake_take(&in, &given, error) : fn_intake_refuse(&in, &given, why, error);
	return call->intake->batch != NULL;
}

/* The place is the gate itself: the file was refused there and nothing of it stands anywhere. A city without the procedure, or without
 * a secrecy authority, has the refusal all the same. */
static char *
open_secret_case(FnApiCall *call)
{
	g_autoptr(FnActor) platform = fn_work_platform();
	g_autofree char *place = g_strdup_printf(fn_say_in("intake batch %s", call->chinese), fn_intake_batch_id(call->intake->batch));
	g_autoptr(GError) error = NULL;
	g_autofree char *secrecy = fn_db_text(call->db, &fn_sql_api_organization_of_authority, FN_BINDS(FN_TEXT("authority", "secrecy")), NULL);
	json_t *parties, *form;
	char *id;

	if (secrecy == NULL || fn_rules_get(call->force->rules, "procedures", "secret_found") == NULL) {
		g_message("intake: a mark of secrecy was refused at the gate; no case, since there is no secrecy authority or no procedure secret_found");
		return NULL;
	}
	parties = json_pack("{s:s, s:s}", "organization", call->actor->organization, "secrecy", secrecy);
	form = json_pack("{s:s, s:s, s:s, s:s}", "found_at", place, "found_by", "scan", "mark", "unclear", "sealed", "refused_at_gate");
	id = fn_work_open(call->force->work, call->db, "secret_found", fn_intake_batch_id(call->intake->batch), parties, form, platform, call->now, &error);
	if (id == NULL || !fn_work_step(call->force->work, call->db, id, "start", NULL, NULL, platform, call->now, &error))
		g_warning("intake: the case of a secrecy mark was not opened: %s", error->message);
	json_decref(parties);
	json_decref(form);
	return id;
}

static json_t *
batch_settled(FnApiCall *call, GError **error)
{
	FnIntake in = intake_of(call);
	g_autoptr(GError) why = NULL;

	if (!fn_intake_settle(&in, call->part[0], &why)) /* the next call that looks into this pool does it */
		g_warning("intake: %s", why->message);
	return fn_intake_show(&in, fn_intake_batch_id(call->intake->batch), error);
}

json_t *
fn_api_send_batch(FnApiCall *call, GError **error)
{
	FnIntake in = intake_of(call);
	const FnIntakeBatch *batch = call->intake->batch;
	g_autofree char *secret = NULL;

	if (!fn_intake_enter(&in, batch, error))
		return NULL;
	if (call->intake->secret)
		secret = open_secret_case(call);
	call->subject = g_strdup_printf("%s/%s", call->part[0], fn_intake_batch_id(batch));
	call->outcome = fn_intake_batch_state(batch);
	call->conditions = json_pack("{s:I, s:I, s:I}", "alarms", (json_int_t)json_array_size(fn_intake_batch_alarms(batch)), "reasons",
		(json_int_t)json_array_size(fn_intake_batch_reasons(batch)), "rows", (json_int_t)fn_intake_batch_rows(batch));
	call->then = batch_settled;
	return json_object();
}

/* ---- looking ---- */

static gboolean
are_known(FnApiCall *call, GError **error)
{
	static const char *const known[] = { "resource", "organization", "state", "before", "limit", NULL };
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
fn_api_list_batches(FnApiCall *call, GError **error)
{
	FnIntake in = intake_of(call);
	FnIntakeQuery query = { .resource = fn_http_query(call->request, "resource"), .organization = fn_http_query(call->request, "organization"),
		.state = fn_http_query(call->request, "state"), .before = fn_http_query(call->request, "before") };
	guint64 limit;

	if (!are_known(call, error) || !fn_api_number(fn_http_query(call->request, "limit"), "limit", PAGE, &limit, error))
		return NULL;
	query.limit = (guint)MIN(limit, G_MAXUINT);
	return fn_intake_batches(&in, &query, error);
}

json_t *
fn_api_show_batch(FnApiCall *call, GError **error)
{
	FnIntake in = intake_of(call);

	return fn_intake_show(&in, call->part[0], error);
}

/* ---- deciding ---- */

static json_t *
decision_settled(FnApiCall *call, GError **error)
{
	FnIntake in = intake_of(call);
	json_t *batch = fn_intake_show(&in, call->part[0], error);

	if (batch != NULL && fn_intake_settle(&in, json_string_value(json_object_get(batch, "resource")), error))
		return batch;
	json_decref(batch);
	return NULL;
}

static json_t *
decide(FnApiCall *call, gboolean release, GError **error)
{
	FnIntake in = intake_of(call);
	const char *reason = fn_api_need(call, "reason", error);
	g_autofree char *resource = reason != NULL ? fn_intake_decide(&in, call->part[0], release, reason, error) : NULL;

	if (resource == NULL)
		return NULL;
	call->then = decision_settled;
	return json_object();
}

json_t *
fn_api_release_batch(FnApiCall *call, GError **error)
{
	return decide(call, TRUE, error);
}

json_t *
fn_api_discard_batch(FnApiCall *call, GError **error)
{
	return decide(call, FALSE, error);
}

/* The value is asked for in the body and enters nowhere. */
json_t *
fn_api_trace_value(FnApiCall *call, GError **error)
{
	FnIntake in = intake_of(call);
	const char *resource = fn_api_need(call, "resource", error), *field = resource != NULL ? fn_api_need(call, "field", error) : NULL;
	const char *value = field != NULL ? fn_api_need(call, "value", error) : NULL;
	json_t *items;

	if (value == NULL)
		return NULL;
	call->subject = g_strdup(resource);
	call->conditions = json_pack("{s:s}", "field", field);
	items = fn_intake_trace(&in, resource, field, value, error);
	return items != NULL ? json_pack("{s:o}", "items", items) : NULL;
}

/* ---- comparing ---- */

gboolean
fn_api_prepare_comparison(FnApiCall *call, GError **error)
{
	FnIntake in = intake_of(call);
	g_autoptr(FnSourceConnection) source = NULL;
	struct FnApiIntake *intake = call->intake;

	if ((intake->bound = fn_intake_bound(&in, call->part[0], error)) == NULL ||
		(source = fn_api_open_source(call, intake->bound->source, error)) == NULL)
		return FALSE;
	return fn_intake_sum(source, intake->bound->table, intake->bound->columns, &intake->source, error) &&
		fn_intake_pool_sum(&in, intake->bound, &intake->pool, error);
}

json_t *
fn_api_compare_resource(FnApiCall *call, GError **error)
{
	FnIntake in = intake_of(call);
	json_t *answer = fn_intake_compared(&in, call->intake->bound, &call->intake->source, &call->intake->pool, error);

	call->outcome = json_is_true(json_object_get(answer, "agrees")) ? "agrees" : "differs";
	return answer;
}
