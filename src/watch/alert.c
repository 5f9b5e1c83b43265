/* Alerts in the registry: written, entered in the ledger, told, handled. */
#include "watch/watch_priv.h"

#include "base/json.h"
#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "watch_sql.h"

#include <string.h>

G_DEFINE_QUARK(fn-watch-error-quark, fn_watch_error)

enum { REASON_MAX = 2000, LIMIT = 500 };

void
fn_alert_free(FnAlert *alert)
{
	g_free(alert->id);
	g_free(alert->subject);
	g_free(alert->organization);
	g_free(alert->case_id);
	g_free(alert);
}

gboolean
fn_alert_read(FnDb *db, const FnWatchRule *rule, const char *subject, gint64 log, FnAlert **alert_out, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_watch_latest, FN_BINDS(FN_TEXT("rule", rule->id), FN_TEXT("subject", subject),
		FN_INT("log", log)), error);
	GError *why = NULL;
	FnAlert *alert;

	*alert_out = NULL;
	if (rows == NULL)
		return FALSE;
	if (!fn_rows_next(rows, &why)) {
		if (why != NULL)
			g_propagate_error(error, why);
		return why == NULL;
	}
	alert = *alert_out = g_new0(FnAlert, 1);
	alert->rule = rule;
	alert->id = g_strdup(fn_rows_text(rows, "id"));
	alert->subject = g_strdup(subject);
	alert->organization = g_strdup(fn_rows_text(rows, "organization"));
	alert->case_id = g_strdup(fn_rows_text(rows, "case_id"));
	alert->open = g_str_equal(fn_rows_text(rows, "state"), "open");
	alert->first_at = fn_rows_int(rows, "first_at");
	alert->last_at = fn_rows_int(rows, "last_at");
	alert->count = fn_rows_int(rows, "count");
	alert->measured = fn_rows_int(rows, "measured");
	alert->from = (guint64)fn_rows_int(rows, "from_index");
	alert->to = (guint64)fn_rows_int(rows, "to_index");
	return TRUE;
}

/* ---- writing ---- */

/* The platform opens it and puts it on the desk of whoever handles alerts. */
static gboolean
open_case(FnDb *db, FnWork *work, FnAlert *alert, gint64 now, GError **error)
{
	g_autoptr(FnActor) platform = fn_work_platform();
	g_autofree char *evidence = g_strdup_printf("%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, alert->from, alert->to);
	g_autofree char *measured = g_strdup_printf("%" G_GINT64_FORMAT, alert->measured);
	g_autofree char *threshold = g_strdup_printf("%" G_GINT64_FORMAT, alert->rule->threshold);
	json_t *parties = json_pack("{s:s}", "organization", alert->organization);
	json_t *form = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "rule", alert->rule->id, "matter", fn_rules_title(alert->rule->node, "zh"),
		"per", fn_per_name(alert->rule->per), "concerned", alert->subject, "measured", measured, "threshold", threshold, "evidence", evidence);

	alert->case_id = fn_work_open(work, db, "alert", alert->id, parties, form, platform, now, error);
	json_decref(parties);
	json_decref(form);
	return alert->case_id != NULL && fn_work_step(work, db, alert->case_id, "raise", NULL, NULL, platform, now, error);
}

/* What a person has handled meanwhile must not grow: evidence would be behind a decision that never saw it. */
static gboolean
update(FnDb *db, const FnAlert *alert, gboolean *late_out, GError **error)
{
	gint64 changed = 0;

	if (!fn_db_exec(db, &fn_sql_watch_set_alert, FN_BINDS(FN_TEXT("id", alert->id), FN_INT("last_at", alert->last_at),
		FN_INT("count", alert->count), FN_INT("to_index", (gint64)alert->to), FN_INT("measured", alert->measured)), &changed, error))
		return FALSE;
	*late_out = changed == 0;
	return TRUE;
}

gboolean
fn_alert_write(FnDb *db, FnWork *work, FnAlert *alert, gint64 log, gint64 now, gboolean *late_out, GError **error)
{
	if (!alert->is_new)
		return update(db, alert, late_out, error);
	if (alert->rule->opens_case && *alert->organization != '\0' && !open_case(db, work, alert, now, error))
		return FALSE;
	return fn_db_exec(db, &fn_sql_watch_add_alert, FN_BINDS(FN_TEXT("id", alert->id), FN_TEXT("rule", alert->rule->id),
		FN_TEXT("per", fn_per_name(alert->rule->per)), FN_TEXT("subject", alert->subject), FN_TEXT("organization", alert->organization),
		FN_TEXT("severity", alert->rule->severity), FN_INT("first_at", alert->first_at), FN_INT("last_at", alert->last_at),
		FN_INT("count", alert->count), FN_INT("log", log), FN_INT("from_index", (gint64)alert->from), FN_INT("to_index", (gint64)alert->to),
		FN_INT("measured", alert->measured), FN_INT("threshold", alert->rule->threshold), FN_TEXT("case_id", alert->case_id)), NULL, error);
}

/* ---- in the ledger ---- */

static char *
entry_of(FnRows *rows)
{
	static const char *const texts[] = { "organization", "per", "rule", "severity", "subject" };
	json_t *body = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "alert", fn_rows_text(rows, "id"), "event", "watch.alert", "from",
		(json_int_t)fn_rows_int(rows, "from_index"), "to", (json_int_t)fn_rows_int(rows, "to_index"), "measured",
		(json_int_t)fn_rows_int(rows, "measured"), "threshold", (json_int_t)fn_rows_int(rows, "threshold"));
	char *text;

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		json_object_set_new(body, texts[i], json_string(fn_rows_text(rows, texts[i])));
	if (fn_rows_text(rows, "case_id") != NULL)
		json_object_set_new(body, "case", json_string(fn_rows_text(rows, "case_id")));
	text = fn_json_canonical(body);
	json_decref(body);
	return text;
}

gboolean
fn_watch_enter(FnDb *db, FnIpcClient *ledger, GError **error)
{
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free); /* id and body in turn */
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_watch_to_enter, FN_NO_BINDS, error);
	GError *why = NULL;

	if (rows == NULL)
		return FALSE;
	while (fn_rows_next(rows, &why)) {
		g_ptr_array_add(texts, g_strdup(fn_rows_text(rows, "id")));
		g_ptr_array_add(texts, entry_of(rows));
	}
	g_clear_pointer(&rows, fn_rows_free);
	for (guint i = 0; why == NULL && i < texts->len; i += 2)
		if (!fn_ledger_append_wait(ledger, FN_CLASS_3Y, texts->pdata[i + 1], strlen(texts->pdata[i + 1]), NULL, &why) ||
			!fn_db_exec(db, &fn_sql_watch_entered, FN_BINDS(FN_TEXT("id", texts->pdata[i])), NULL, &why))
			break;
	if (why != NULL)
		g_propagate_error(error, why);
	return why == NULL;
}

/* ---- telling ---- */

static void
set_moment(json_t *item, const char *name, FnRows *rows, const char *column)
{
	g_autofree char *text = fn_rows_text(rows, column) != NULL ? fn_time_format(fn_rows_int(rows, column)) : NULL;

	json_object_set_new(item, name, text != NULL ? json_string(text) : json_null());
}

static json_t *
title_of(const FnRules *rules, const char *rule)
{
	const FnNode *node = rules != NULL ? fn_rules_get(rules, "watch", rule) : NULL;

	return node == NULL ? json_null() : json_pack("{s:s, s:s}", "zh", fn_rules_title(node, "zh"), "en", fn_rules_title(node, "en"));
}

static json_t *
item_of(FnRows *rows, const FnRules *rules)
{
	static const char *const texts[] = { "id", "rule", "per", "subject", "organization", "severity", "state", "handled_by", "reason" };
	static const struct {
		const char *name, *column;
	} numbers[] = { { "count", "count" }, { "from", "from_index" }, { "to", "to_index" }, { "measured", "measured" }, { "threshold", "threshold" } };
	json_t *item = json_object();

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		const char *text = fn_rows_text(rows, texts[i]);

		json_object_set_new(item, texts[i], text != NULL ? json_string(text) : json_null());
	}
	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
		json_object_set_new(item, numbers[i].name, json_integer(fn_rows_int(rows, numbers[i].column)));
	json_object_set_new(item, "case", fn_rows_text(rows, "case_id") != NULL ? json_string(fn_rows_text(rows, "case_id")) : json_null());
	json_object_set_new(item, "title", title_of(rules, fn_rows_text(rows, "rule")));
	set_moment(item, "first_at", rows, "first_at");
	set_moment(item, "last_at", rows, "last_at");
	set_moment(item, "handled_at", rows, "handled_at");
	return item;
}

static gboolean
of_bureau(const FnActor *actor)
{
	return g_strcmp0(actor->organization_kind, "bureau") == 0;
}

static gboolean
check_question(const FnWatchQuestion *question, GError **error)
{
	static const char *const states[] = { "open", "handled", NULL };

	if (question->state != NULL && !g_strv_contains(states, question->state)) {
		fn_refuse(error, FN_WATCH_ERROR, FN_WATCH_ERROR_INPUT, "\"state\" must be open or handled");
		return FALSE;
	}
	if (question->limit >= 1 && question->limit <= LIMIT)
		return TRUE;
	fn_refuse(error, FN_WATCH_ERROR, FN_WATCH_ERROR_INPUT, "\"limit\" must be a number from 1 to %d", LIMIT);
	return FALSE;
}

static gboolean
refuse(GError **error, FnWatchError code, const char *english)
{
	g_set_error_literal(error, FN_WATCH_ERROR, code, fn_say(english));
	return FALSE;
}

json_t *
fn_watch_alerts(FnDb *db, const FnRules *rules, const FnActor *actor, const FnWatchQuestion *question, GError **error)
{
	const char *organization = of_bureau(actor) ? question->organization : actor->organization;
	g_autoptr(FnRows) rows = NULL;
	json_t *items, *next = NULL;
	GError *why = NULL;

	if (!check_question(question, error))
		return NULL;
	rows = fn_db_query(db, &fn_sql_watch_alerts, FN_BINDS(FN_TEXT("state", question->state), FN_TEXT("rule", question->rule),
		FN_TEXT("subject", question->subject), FN_TEXT("organization", organization), FN_TEXT("before", question->before),
		FN_INT("most", question->limit + 1)), error);
	if (rows == NULL)
		return NULL;
	items = json_array();
	while (next == NULL && fn_rows_next(rows, &why))
		if (json_array_size(items) < question->limit)
			json_array_append_new(items, item_of(rows, rules));
		else
			next = json_incref(json_object_get(json_array_get(items, json_array_size(items) - 1), "id"));
	if (why == NULL)
		return json_pack("{s:o, s:o}", "items", items, "next", next != NULL ? next : json_null());
	g_propagate_error(error, why);
	json_decref(items);
	return NULL;
}

json_t *
fn_watch_show(FnDb *db, const FnRules *rules, const FnActor *actor, const char *id, GError **error)
{
	const char *organization = of_bureau(actor) ? NULL : actor->organization;
	g_autoptr(FnRows) rows = NULL;
	json_t *item, *explanation;
	GError *why = NULL;

	if (!g_utf8_validate(id, -1, NULL) || strlen(id) > 64) {
		refuse(error, FN_WATCH_ERROR_UNKNOWN, "there is no such alert");
		return NULL;
	}
	rows = fn_db_query(db, &fn_sql_watch_one, FN_BINDS(FN_TEXT("id", id), FN_TEXT("organization", organization)), error);
	if (rows == NULL)
		return NULL;
	if (!fn_rows_next(rows, &why)) {
		if (why != NULL)
			g_propagate_error(error, why);
		else
			refuse(error, FN_WATCH_ERROR_UNKNOWN, "there is no such alert");
		return NULL;
	}
	item = item_of(rows, rules);
	if ((explanation = fn_watch_explain(rules, item, error)) == NULL) {
		json_decref(item);
		return NULL;
	}
	json_object_set_new(item, "explanation", explanation);
	return item;
}

/* ---- handling ---- */

/* The bureau handles, never who is suspected. */
static gboolean
may_handle(FnDb *db, const char *id, const FnActor *actor, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_watch_alert, FN_BINDS(FN_TEXT("id", id)), error);
	GError *why = NULL;

	if (rows == NULL)
		return FALSE;
	if (!fn_rows_next(rows, &why)) {
		if (why == NULL)
			return refuse(error, FN_WATCH_ERROR_UNKNOWN, "there is no such alert");
		g_propagate_error(error, why);
		return FALSE;
	}
	if (!of_bureau(actor) || g_strcmp0(fn_rows_text(rows, "subject"), actor->account) == 0)
		return refuse(error, FN_WATCH_ERROR_OFFICE, "alerts are handled by the bureau, and by nobody whom they are about");
	if (fn_rows_text(rows, "case_id") != NULL) {
		fn_refuse(error, FN_WATCH_ERROR, FN_WATCH_ERROR_STATE, "the alert has a case: it is handled there, with the steps of case %s",
			fn_rows_text(rows, "case_id"));
		return FALSE;
	}
	return g_str_equal(fn_rows_text(rows, "state"), "open") || refuse(error, FN_WATCH_ERROR_STATE, "the alert was handled already");
}

gboolean
fn_watch_handle(FnDb *db, const char *id, const char *reason, const FnActor *actor, gint64 now, GError **error)
{
	if (reason == NULL || strlen(reason) > REASON_MAX || !g_utf8_validate(reason, -1, NULL) || g_utf8_strlen(reason, -1) < 4) {
		fn_refuse(error, FN_WATCH_ERROR, FN_WATCH_ERROR_INPUT, "\"reason\" must say in 4 characters or more, %d bytes at most, what came of it",
			REASON_MAX);
		return FALSE;
	}
	if (!g_utf8_validate(id, -1, NULL) || strlen(id) > 64)
		return refuse(error, FN_WATCH_ERROR_UNKNOWN, "there is no such alert");
	return may_handle(db, id, actor, error) && fn_db_exec(db, &fn_sql_watch_handle, FN_BINDS(FN_TEXT("id", id), FN_TEXT("account", actor->account),
		FN_INT("now", now), FN_TEXT("reason", reason)), NULL, error);
}
