/* Inspections: opened in their period and not before or long after, looked at again while they run, closed by a person. */
#include "oversight/oversight_priv.h"

#include "base/json.h"
#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "oversight_sql.h"

#include <string.h>

enum { OPINION_MOST = 4000, MISSING_SHOWN = 200 };

static gpointer
refuse(GError **error, FnOversightError code, const char *english, ...) G_GNUC_PRINTF(3, 4);

static gpointer
refuse(GError **error, FnOversightError code, const char *english, ...)
{
	va_list arguments;

	va_start(arguments, english);
	fn_refuse_valist(error, FN_OVERSIGHT_ERROR, code, english, arguments);
	va_end(arguments);
	return NULL;
}

/* ---- what it will look at ---- */

/* "2026-11" may be opened from 1 November to 30 November and inspection_grace days. */
static gboolean
check_period(const FnOversight *oversight, const char *text, FnPeriod *period, GError **error)
{
	gint64 grace = CLAMP(fn_rules_parameter_int(oversight->rules, "inspection_grace", 0), 0, 366);
	GDate today, last;

	if (!fn_period_parse(text, period)) {
		refuse(error, FN_OVERSIGHT_ERROR_INPUT, "\"period\": write 2026-11-22, 2026-11, 2026-Q4, 2026-H2 or 2026");
		return FALSE;
	}
	fn_time_date(oversight->now, &today);
	last = period->last;
	g_date_add_days(&last, (guint)grace);
	if (g_date_compare(&today, &period->first) < 0) {
		refuse(error, FN_OVERSIGHT_ERROR_STATE, "%s has not begun", text);
		return FALSE;
	}
	if (g_date_compare(&today, &last) > 0) {
		refuse(error, FN_OVERSIGHT_ERROR_STATE, "%s is over for more than %" G_GINT64_FORMAT " days: an inspection is never back-dated", text,
			grace);
		return FALSE;
	}
	return TRUE;
}

static json_t *
named_checks(const FnOversight *oversight, const json_t *given, GError **error)
{
	json_t *checks = json_array();

	for (size_t i = 0; i < json_array_size(given); i++) {
		const char *id = json_string_value(json_array_get(given, i));

		if (id == NULL || fn_rules_get(oversight->rules, "checks", id) == NULL) {
			g_autofree char *shown = fn_text_safe(id != NULL ? id : "?", -1, 64);

			json_decref(checks);
			return refuse(error, FN_OVERSIGHT_ERROR_UNKNOWN, "there is no check \"%s\"", shown);
		}
		json_array_append_new(checks, json_string(id));
	}
	return checks;
}

static json_t *
choose_checks(const FnOversight *oversight, const FnPeriod *period, const char *kind, const json_t *given, GError **error)
{
	gboolean all = g_strcmp0(kind, "full") == 0;
	json_t *checks;
	guint n;
	const FnNode *const *each = fn_rules_all(oversight->rules, "checks", &n);

	if (!all && g_strcmp0(kind, "routine") != 0 && g_strcmp0(kind, "special") != 0)
		return refuse(error, FN_OVERSIGHT_ERROR_INPUT, "\"kind\" must be routine, full or special");
	if (strcmp(kind, "special") == 0)
		checks = named_checks(oversight, given, error);
	else {
		checks = json_array();
		for (guint i = 0; i < n; i++)
			if (all || fn_node_has_word(fn_node_get(each[i], "every"), fn_often[period->often]))
				json_array_append_new(checks, json_string(fn_node_text(each[i], "id")));
	}
	if (checks == NULL || json_array_size(checks) > 0)
		return checks;
	json_decref(checks);
	return refuse(error, FN_OVERSIGHT_ERROR_INPUT, strcmp(kind, "special") == 0 ? "\"checks\": name those to run" :
		"no check is due in such a period");
}

/* {check: points}; by these the score can be worked out for ever. */
static json_t *
weights_of(const FnOversight *oversight, const json_t *checks)
{
	json_t *weights = json_object();

	for (size_t i = 0; i < json_array_size(checks); i++) {
		const char *id = json_string_value(json_array_get(checks, i));
		const FnNode *score = fn_node_get(fn_rules_get(oversight->rules, "checks", id), "score");

		json_object_set_new(weights, id, json_integer(MAX(fn_rules_parameter_int(oversight->rules, fn_node_text(score, "parameter"), 0), 0)));
	}
	return weights;
}

/* ---- opening and looking ---- */

static gboolean
look_at(FnLook *look, const char *id, const char *organization, const json_t *checks, guint *opened_out, guint *met_out, GError **error)
{
	const FnFollow follow = { .oversight = fn_look_at(look), .inspection = id, .organization = organization };

	for (size_t i = 0; i < json_array_size(checks); i++)
		if (!fn_finding_follow(&follow, fn_look_check(look, json_string_value(json_array_get(checks, i))), opened_out, met_out, error))
			return FALSE;
	return TRUE;
}

static json_t *
told(const char *id, const char *outcome, guint opened, guint met)
{
	return json_pack("{s:s, s:s, s:i, s:i}", "id", id, "outcome", outcome, "found", (int)met, "findings", (int)opened);
}

/* What is found after the period (and its days of grace) belongs to a later one. */
static gboolean
is_over(const FnOversight *oversight, const char *text)
{
	FnPeriod period;

	return !check_period(oversight, text, &period, NULL);
}

/* Of a running one; NULL with error when it is closed or unknown. */
static json_t *
look_again(FnLook *look, const char *id, GError **error)
{
	const FnOversight *oversight = fn_look_at(look);
	g_autoptr(FnRows) rows = NULL;
	g_autofree char *organization = NULL;
	gboolean over;
	gint64 changed = 0;
	guint opened = 0, met = 0;
	json_t *checks, *answer = NULL;

	if (!fn_db_exec(oversight->db, &fn_sql_oversight_lock_inspection, FN_BINDS(FN_TEXT("id", id), FN_INT("now", oversight->now)), &changed, error) ||
		(rows = fn_db_query(oversight->db, &fn_sql_oversight_inspection, FN_BINDS(FN_TEXT("id", id)), error)) == NULL)
		return NULL;
	if (!fn_rows_next(rows, error))
		return error != NULL && *error != NULL ? NULL : refuse(error, FN_OVERSIGHT_ERROR_UNKNOWN, "there is no such inspection");
	if (changed != 1)
		return refuse(error, FN_OVERSIGHT_ERROR_STATE, "this inspection is closed");
	organization = g_strdup(fn_rows_text(rows, "organization"));
	over = is_over(oversight, fn_rows_text(rows, "period"));
	checks = json_loads(fn_rows_text(rows, "checks"), 0, NULL);
	g_clear_pointer(&rows, fn_rows_free);
	if (over || look_at(look, id, organization, checks, &opened, &met, error))
		answer = told(id, over ? "over" : "looked", opened, met);
	json_decref(checks);
	return answer;
}

/* Adds the row; FALSE without an error: the period's routine inspection is there. */
static gboolean
add(const FnOversight *oversight, const char *id, const char *period, const char *kind, const char *organization, const json_t *checks,
	const char *account, GError **error)
{
	json_t *weights = weights_of(oversight, checks);
	g_autofree char *said = fn_json_canonical(weights), *list = fn_json_canonical(checks);
	gint64 changed = 0;
	gboolean done;

	json_decref(weights);
	done = fn_db_exec(oversight->db, &fn_sql_oversight_add_inspection,
		FN_BINDS(FN_TEXT("id", id), FN_TEXT("period", period), FN_TEXT("kind", kind), FN_TEXT("organization", organization),
			FN_TEXT("checks", list), FN_TEXT("weights", said), FN_TEXT("digest", fn_rules_digest(oversight->rules)), FN_TEXT("by", account), FN_INT("now", oversight->now)),
		&changed, error);
	return done && changed == 1;
}

static gboolean
check_organization(const FnOversight *oversight, const char *organization, const char *kind, GError **error)
{
	g_autofree char *known = NULL;
	g_autoptr(GError) why = NULL;

	if (organization == NULL)
		return TRUE;
	if (g_strcmp0(kind, "special") != 0) {
		refuse(error, FN_OVERSIGHT_ERROR_INPUT, "only a special inspection is of one organization");
		return FALSE;
	}
	known = fn_db_text(oversight->db, &fn_sql_oversight_organization, FN_BINDS(FN_TEXT("id", organization)), &why);
	if (known == NULL && why == NULL)
		refuse(error, FN_OVERSIGHT_ERROR_UNKNOWN, "there is no such organization");
	else if (known == NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	return known != NULL;
}

static json_t *
open_with(FnLook *look, const char *period, const char *kind, const char *organization, const json_t *checks,
	const FnActor *actor, GError **error)
{
	const FnOversight *oversight = fn_look_at(look);
	g_autofree char *id = fn_id_new(), *before = NULL;
	g_autoptr(GError) why = NULL;
	guint opened = 0, met = 0;

	if (add(oversight, id, period, kind, organization, checks, actor->account, &why))
		return look_at(look, id, organization, checks, &opened, &met, error) ? told(id, "opened", opened, met) : NULL;
	if (why == NULL)
		before = fn_db_text(oversight->db, &fn_sql_oversight_routine_of, FN_BINDS(FN_TEXT("period", period)), &why);
	if (why == NULL && before != NULL)
		return look_again(look, before, error);
	if (why != NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	else
		refuse(error, FN_OVERSIGHT_ERROR_STATE, "somebody else opened it just now; look at it again");
	return NULL;
}

static json_t *
open_period(FnLook *look, const char *period, const char *kind, const char *organization, const json_t *checks, const FnActor *actor,
	GError **error)
{
	const FnOversight *oversight = fn_look_at(look);
	json_t *chosen, *answer;
	FnPeriod parsed;

	if (!check_period(oversight, period, &parsed, error) || !check_organization(oversight, organization, kind, error) ||
		(chosen = choose_checks(oversight, &parsed, kind, checks, error)) == NULL)
		return NULL;
	answer = open_with(look, period, kind, organization != NULL ? organization : "", chosen, actor, error);
	json_decref(chosen);
	return answer;
}

json_t *
fn_inspection_open(const FnOversight *oversight, const char *period, const char *kind, const char *organization,
	const json_t *checks, const FnActor *actor, GError **error)
{
	g_autoptr(FnLook) look = fn_look_new(oversight);

	return open_period(look, period, kind, organization, checks, actor, error);
}

/* ---- closing ---- */

static gboolean
check_answered(const FnOversight *oversight, const char *id, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(oversight->db, &fn_sql_oversight_inspection, FN_BINDS(FN_TEXT("id", id)), error);
	json_t *checks, *missing;
	gboolean all;

	if (rows == NULL || !fn_rows_next(rows, error))
		return FALSE;
	checks = json_loads(fn_rows_text(rows, "checks"), 0, NULL);
	missing = fn_answers_missing(oversight, id, checks, fn_rows_text(rows, "organization"), MISSING_SHOWN, error);
	json_decref(checks);
	all = missing != NULL && json_array_size(missing) == 0;
	if (missing != NULL && !all) {
		const json_t *first = json_array_get(missing, 0);

		refuse(error, FN_OVERSIGHT_ERROR_STATE, json_array_size(missing) == MISSING_SHOWN ?
			"%zu items or more are not answered yet, the first is %s of %s for %s" :
			"%zu items are not answered yet, the first is %s of %s for %s", json_array_size(missing),
			json_string_value(json_object_get(first, "item")), json_string_value(json_object_get(first, "check")),
			json_string_value(json_object_get(first, "organization")));
	}
	json_decref(missing);
	return all;
}

gboolean
fn_inspection_close(const FnOversight *oversight, const char *id, const char *opinion, const FnActor *actor, GError **error)
{
	g_autoptr(FnLook) look = fn_look_new(oversight);
	json_t *looked;
	gint64 changed = 0;

	if (opinion == NULL || *opinion == '\0' || g_utf8_strlen(opinion, -1) > OPINION_MOST) {
		refuse(error, FN_OVERSIGHT_ERROR_INPUT, "\"opinion\": say what is to be done about it, in at most %u characters", OPINION_MOST);
		return FALSE;
	}
	if ((looked = look_again(look, id, error)) == NULL)
		return FALSE;
	json_decref(looked);
	return check_answered(oversight, id, error) &&
		fn_db_exec(oversight->db, &fn_sql_oversight_close_inspection,
			FN_BINDS(FN_TEXT("id", id), FN_TEXT("by", actor->account), FN_INT("now", oversight->now), FN_TEXT("opinion", opinion)), &changed, error);
}

/* ---- telling ---- */

static json_t *
moment(gint64 us)
{
	g_autofree char *text = us != 0 ? fn_time_format(us) : NULL;

	return text != NULL ? json_string(text) : json_null();
}

static json_t *
inspection_json(FnRows *row)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:s?, s:o, s:s?}", "id", fn_rows_text(row, "id"), "period",
		fn_rows_text(row, "period"), "kind", fn_rows_text(row, "kind"), "organization", fn_rows_text(row, "organization"), "rules_digest",
		fn_rows_text(row, "rules_digest"), "opened_by", fn_rows_text(row, "opened_by"), "opened_at", moment(fn_rows_int(row, "opened_at")),
		"looked_at", moment(fn_rows_int(row, "looked_at")), "state", fn_rows_text(row, "state"), "closed_by", fn_rows_text(row, "closed_by"),
		"closed_at", moment(fn_rows_int(row, "closed_at")), "opinion", fn_rows_text(row, "opinion"));
}

json_t *
fn_inspection_list(FnDb *db, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_oversight_inspections, FN_NO_BINDS, error);
	g_autoptr(GError) why = NULL;
	json_t *list;

	if (rows == NULL)
		return NULL;
	list = json_array();
	while (fn_rows_next(rows, &why)) {
		json_t *one = inspection_json(rows);

		json_object_set_new(one, "findings", json_integer(fn_rows_int(rows, "findings")));
		json_array_append_new(list, one);
	}
	if (why == NULL)
		return list;
	g_propagate_error(error, g_steal_pointer(&why));
	json_decref(list);
	return NULL;
}

static json_t *
answers_json(FnDb *db, const char *id, const char *organization, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_oversight_answers,
		FN_BINDS(FN_TEXT("inspection", id), FN_TEXT("organization", organization != NULL ? organization : "")), error);
	g_autoptr(GError) why = NULL;
	json_t *list;

	if (rows == NULL)
		return NULL;
	list = json_array();
	while (fn_rows_next(rows, &why))
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "check", fn_rows_text(rows, "check_id"), "organization",
			fn_rows_text(rows, "organization"), "item", fn_rows_text(rows, "item"), "answer", fn_rows_text(rows, "answer"), "note",
			fn_rows_text(rows, "note"), "by", fn_rows_text(rows, "account"), "at", moment(fn_rows_int(rows, "answered_at"))));
	if (why == NULL)
		return list;
	g_propagate_error(error, g_steal_pointer(&why));
	json_decref(list);
	return NULL;
}

/* The items of the manual checks, as they are asked. */
static json_t *
items_json(const FnRules *rules, const json_t *checks, gboolean chinese)
{
	json_t *all = json_object();

	for (size_t i = 0; i < json_array_size(checks); i++) {
		const char *id = json_string_value(json_array_get(checks, i));
		const FnNode *items = fn_node_get(fn_node_get(fn_rules_get(rules, "checks", id), "find"), "manual");
		json_t *list = items != NULL ? json_array() : NULL;

		for (guint j = 0; j < fn_node_count(items); j++)
			json_array_append_new(list, json_pack("{s:s, s:s}", "item", fn_node_text(fn_node_at(items, j), "id"), "text",
				fn_oversight_say(fn_node_at(items, j), chinese)));
		if (list != NULL)
			json_object_set_new(all, id, list);
	}
	return all;
}

json_t *
fn_inspection_show(const FnOversight *oversight, const char *id, const char *organization, gboolean chinese, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(oversight->db, &fn_sql_oversight_inspection, FN_BINDS(FN_TEXT("id", id)), error);
	const char *whose;
	json_t *shown, *checks, *missing = NULL, *answers = NULL, *findings = NULL;

	if (rows == NULL)
		return NULL;
	if (!fn_rows_next(rows, error))
		return error != NULL && *error != NULL ? NULL : refuse(error, FN_OVERSIGHT_ERROR_UNKNOWN, "there is no such inspection");
	whose = organization != NULL ? organization : fn_rows_text(rows, "organization");
	checks = json_loads(fn_rows_text(rows, "checks"), 0, NULL);
	if ((missing = fn_answers_missing(oversight, id, checks, whose, MISSING_SHOWN, error)) == NULL ||
		(answers = answers_json(oversight->db, id, organization, error)) == NULL ||
		(findings = fn_finding_of_inspection(oversight->db, oversight->rules, id, organization, chinese, error)) == NULL) {
		json_decref(checks);
		json_decref(missing);
		json_decref(answers);
		return NULL;
	}
	shown = inspection_json(rows);
	json_object_set_new(shown, "weights", json_loads(fn_rows_text(rows, "weights"), 0, NULL));
	json_object_set_new(shown, "items", items_json(oversight->rules, checks, chinese));
	json_object_set_new(shown, "checks", checks);
	json_object_set_new(shown, "not_answered", missing);
	json_object_set_new(shown, "answers", answers);
	json_object_set_new(shown, "findings", findings);
	return shown;
}

/* ---- the clock ---- */

/* The routine inspection of each period that has begun and has checks. Days have none: what is looked at daily needs no opinion. */
static gboolean
open_periods(FnLook *look, GError **error)
{
	g_autoptr(FnActor) platform = fn_work_platform();
	GDate today;

	fn_time_date(fn_look_at(look)->now, &today);
	for (guint i = FN_MONTH; i < FN_OFTEN; i++) {
		g_autofree char *period = fn_period_of((FnOften)i, &today), *before = NULL;
		g_autoptr(GError) why = NULL;
		json_t *opened;

		before = fn_db_text(fn_look_at(look)->db, &fn_sql_oversight_routine_of, FN_BINDS(FN_TEXT("period", period)), &why);
		opened = before == NULL && why == NULL ? open_period(look, period, "routine", NULL, NULL, platform, &why) : NULL;
		json_decref(opened);
		if (why != NULL && !g_error_matches(why, FN_OVERSIGHT_ERROR, FN_OVERSIGHT_ERROR_INPUT)) { /* INPUT: no check is due in it */
			g_propagate_error(error, g_steal_pointer(&why));
			return FALSE;
		}
	}
	return TRUE;
}

/* Those that run and whose period does, or whose days of grace do. */
static gboolean
look_at_running(FnLook *look, GError **error)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(FnRows) rows = fn_db_query(fn_look_at(look)->db, &fn_sql_oversight_running, FN_NO_BINDS, error);
	g_autoptr(GError) why = NULL;

	while (rows != NULL && fn_rows_next(rows, &why))
		if (!is_over(fn_look_at(look), fn_rows_text(rows, "period")))
			g_ptr_array_add(ids, g_strdup(fn_rows_text(rows, "id")));
	if (rows == NULL || why != NULL) {
		if (why != NULL)
			g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	for (guint i = 0; i < ids->len; i++) {
		json_t *looked = look_again(look, ids->pdata[i], error);

		if (looked == NULL)
			return FALSE;
		json_decref(looked);
	}
	return TRUE;
}

/* Daily checks; of the others, whether what was verified is really gone. */
static gboolean
look_daily(FnLook *look, GError **error)
{
	guint n, opened = 0, met = 0;
	const FnNode *const *all = fn_rules_all(fn_look_at(look)->rules, "checks", &n);
	g_autoptr(FnRows) rows = fn_db_query(fn_look_at(look)->db, &fn_sql_oversight_checks_to_repeat, FN_NO_BINDS, error);
	g_autoptr(GHashTable) again = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GError) why = NULL;

	while (rows != NULL && fn_rows_next(rows, &why))
		g_hash_table_add(again, g_strdup(fn_rows_text(rows, "check_id")));
	for (guint i = 0; rows != NULL && why == NULL && i < n; i++) {
		gboolean daily = fn_node_has_word(fn_node_get(all[i], "every"), fn_often[FN_DAY]);
		const FnFollow follow = { .oversight = fn_look_at(look), .organization = "", .known_only = !daily };

		if (daily || g_hash_table_contains(again, fn_node_text(all[i], "id")))
			fn_finding_follow(&follow, fn_look_check(look, fn_node_text(all[i], "id")), &opened, &met, &why);
	}
	if (why != NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	else if (rows != NULL)
		return TRUE;
	return FALSE;
}

gboolean
fn_oversight_daily(const FnOversight *oversight, gboolean *done_out, GError **error)
{
	g_autofree char *today = fn_time_date_text(oversight->now);
	g_autoptr(FnLook) look = fn_look_new(oversight);
	gint64 claimed = 0;

	if (!fn_db_begin(oversight->db, error))
		return FALSE;
	if (fn_db_exec(oversight->db, &fn_sql_oversight_claim_day, FN_BINDS(FN_TEXT("day", today), FN_INT("now", oversight->now)), &claimed, error) &&
		(claimed == 0 || (look_at_running(look, error) && open_periods(look, error) && look_daily(look, error))) &&
		fn_db_commit(oversight->db, error)) {
		*done_out = claimed == 1;
		return TRUE;
	}
	fn_db_rollback(oversight->db);
	return FALSE;
}
