/* Checks, inspections, findings, scores, and whether the law is kept. Bureau, regulators and the government see the whole city, everybody
 * else what concerns the own organization. */
#include "api/api_priv.h"

#include "base/say.h"
#include "oversight/oversight.h"

#include <string.h>

enum { ANSWERS_MOST = 500 };

static gboolean
oversees(const FnActor *actor)
{
	static const char *const kinds[] = { "bureau", "regulator", "government", NULL };

	return g_strv_contains(kinds, actor->organization_kind);
}

/* Whose evidence the caller may see; NULL: of all. */
static const char *
whose(const FnApiCall *call)
{
	return oversees(call->actor) ? NULL : call->actor->organization;
}

static gboolean
need_overseer(const FnApiCall *call, GError **error)
{
	if (oversees(call->actor))
		return TRUE;
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_FORBIDDEN, "inspections are the bureau's, the regulators' and the government's");
	return FALSE;
}

static FnOversight
oversight_of(const FnApiCall *call, const char *index)
{
	return (FnOversight){ .rules = call->force->rules, .work = call->force->work, .db = call->db, .index = index, .now = call->now };
}

/* Asked of the clock, and only where nothing is written: the clock may be waiting for the registry just now. Caller frees; NULL: unknown. */
static char *
witnesses_of(FnApiCall *call)
{
	g_autoptr(GError) why = NULL;
	json_t *status = call->api->options.clock != NULL ? fn_api_ledger_witnesses(call, &why) : NULL;
	char *text = status != NULL ? json_dumps(status, JSON_COMPACT) : NULL, *copy = g_strdup(text);

	free(text);
	json_decref(status);
	return copy;
}

static json_t *
items(json_t *list)
{
	return list != NULL ? json_pack("{s:o}", "items", list) : NULL;
}

/* ---- reading ---- */

json_t *
fn_api_list_checks(FnApiCall *call, GError **error)
{
	g_autofree char *index = fn_audit_url(call->api->options.settings), *witnesses = witnesses_of(call);
	FnOversight oversight = oversight_of(call, index);
	g_autoptr(FnLook) look = NULL;

	oversight.witnesses = witnesses;
	look = fn_look_new(&oversight);
	return items(fn_oversight_checks(look, whose(call), call->chinese, error));
}

json_t *
fn_api_compliance(FnApiCall *call, GError **error)
{
	g_autofree char *index = fn_audit_url(call->api->options.settings), *witnesses = witnesses_of(call);
	FnOversight oversight = oversight_of(call, index);
	FnComplianceFilter filter = { .article = fn_http_query(call->request, "article"), .instrument = fn_http_query(call->request, "instrument"),
		.state = fn_http_query(call->request, "state"), .organization = whose(call), .chinese = call->chinese };
	g_autoptr(FnLook) look = NULL;

	oversight.witnesses = witnesses;
	look = fn_look_new(&oversight);
	return fn_oversight_compliance(look, &filter, error);
}

json_t *
fn_api_list_inspections(FnApiCall *call, GError **error)
{
	return items(fn_inspection_list(call->db, error));
}

json_t *
fn_api_show_inspection(FnApiCall *call, GError **error)
{
	FnOversight oversight = oversight_of(call, NULL);

	return fn_inspection_show(&oversight, call->part[0], whose(call), call->chinese, error);
}

json_t *
fn_api_list_findings(FnApiCall *call, GError **error)
{
	const char *asked = fn_http_query(call->request, "organization"), *own = whose(call);

	return items(fn_finding_list(call->db, call->force->rules, own != NULL ? own : asked, fn_http_query(call->request, "check"),
		fn_http_query(call->request, "state"), call->chinese, error));
}

json_t *
fn_api_list_scores(FnApiCall *call, GError **error)
{
	return items(fn_score_list(call->db, fn_http_query(call->request, "period"), whose(call), error));
}

/* ---- reports ---- */

json_t *
fn_api_list_reports(FnApiCall *call, GError **error)
{
	return items(fn_report_list(call->force->rules, call->chinese));
}

static char *
as_html(const json_t *report, GError **error)
{
	g_autoptr(FnPrint) print = fn_report_print(report, error);

	return print != NULL ? fn_print_html(print) : NULL;
}

static const struct {
	const char *name, *type;
	char *(*make)(const json_t *report, GError **error); /* NULL: the JSON itself */
} formats[] = {
	{ "json", NULL, NULL }, { "html", "text/html; charset=utf-8", as_html }, { "csv", "text/csv; charset=utf-8", fn_report_csv },
};

static json_t *
answer_report(FnApiCall *call, const char *format, json_t *report, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
		if (strcmp(formats[i].name, format) == 0) {
			char *text = formats[i].make != NULL ? formats[i].make(report, error) : NULL;

			if (formats[i].make == NULL)
				return report;
			json_decref(report);
			return text != NULL ? fn_api_answer_bytes(call, g_bytes_new_take(text, strlen(text)), formats[i].type, "no-store") : NULL;
		}
	json_decref(report);
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"format\": write json, html or csv; a PDF is made of the JSON by who asks");
	return NULL;
}

json_t *
fn_api_make_report(FnApiCall *call, GError **error)
{
	g_autofree char *index = fn_audit_url(call->api->options.settings);
	FnOversight oversight = oversight_of(call, index);
	FnReportAsked asked = { .period = fn_http_query(call->request, "period"), .inspection = fn_http_query(call->request, "inspection"),
		.organization = whose(call), .chinese = call->chinese };
	const char *format = fn_http_query(call->request, "format");
	json_t *report = fn_report_make(&oversight, call->part[0], &asked, error);

	if (report == NULL)
		return NULL;
	call->conditions = json_pack("{s:O, s:O}", "digest", json_object_get(report, "digest"), "period", json_object_get(report, "period"));
	return answer_report(call, format != NULL ? format : "json", report, error);
}

/* ---- writing ---- */

json_t *
fn_api_run_inspection(FnApiCall *call, GError **error)
{
	g_autofree char *index = fn_audit_url(call->api->options.settings);
	FnOversight oversight = oversight_of(call, index);
	const json_t *checks = json_object_get(call->body, "checks");
	const char *period = fn_api_need(call, "period", error), *kind, *organization;
	json_t *told;

	if (period == NULL || !fn_api_want(call, "kind", &kind, error) || !fn_api_want(call, "organization", &organization, error) ||
		!need_overseer(call, error))
		return NULL;
	if (checks != NULL && !json_is_array(checks)) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"checks\" must be a list of ids");
		return NULL;
	}
	told = fn_inspection_open(&oversight, period, kind != NULL ? kind : "routine", organization, checks, call->actor, error);
	if (told != NULL)
		call->subject = g_strdup(json_string_value(json_object_get(told, "id")));
	return told;
}

/* One of {check, item, answer, organization, note}; without organization it is the caller's own. */
static gboolean
take_answer(FnApiCall *call, const FnOversight *oversight, const json_t *given, GError **error)
{
	const char *names[] = { "check", "item", "answer", "organization", "note" }, *text[G_N_ELEMENTS(names)];

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		GError *wrong = NULL;

		text[i] = fn_json_get_text(given, names[i], i < 3, &wrong);
		if (wrong != NULL) {
			g_propagate_error(error, wrong);
			return FALSE;
		}
	}
	if (text[3] == NULL)
		text[3] = call->actor->organization;
	if (strcmp(text[3], call->actor->organization) != 0 && !need_overseer(call, error))
		return FALSE;
	return fn_inspection_answer(oversight, call->part[0], text[0], text[1], text[3], text[2], text[4], call->actor, error);
}

/* {answers: […]}, all or none, or one answer as the body itself. */
json_t *
fn_api_answer_inspection(FnApiCall *call, GError **error)
{
	FnOversight oversight = oversight_of(call, NULL);
	const json_t *answers = json_object_get(call->body, "answers");

	if (answers == NULL)
		return take_answer(call, &oversight, call->body, error) ? json_pack("{s:i}", "answered", 1) : NULL;
	if (!json_is_array(answers) || json_array_size(answers) == 0 || json_array_size(answers) > ANSWERS_MOST) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"answers\" must be a list of 1 to %d answers", ANSWERS_MOST);
		return NULL;
	}
	for (size_t i = 0; i < json_array_size(answers); i++)
		if (!take_answer(call, &oversight, json_array_get(answers, i), error)) {
			g_prefix_error(error, "answers[%zu]: ", i);
			return NULL;
		}
	return json_pack("{s:i}", "answered", (int)json_array_size(answers));
}

json_t *
fn_api_close_inspection(FnApiCall *call, GError **error)
{
	g_autofree char *index = fn_audit_url(call->api->options.settings);
	FnOversight oversight = oversight_of(call, index);
	const char *opinion = fn_api_need(call, "opinion", error);

	if (opinion == NULL || !need_overseer(call, error) || !fn_inspection_close(&oversight, call->part[0], opinion, call->actor, error))
		return NULL;
	return json_pack("{s:s}", "state", "closed");
}
