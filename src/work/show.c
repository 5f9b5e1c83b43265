/* A case as the console shows it. */
#include "work/work_priv.h"

#include "base/text.h"
#include "base/time.h"
#include "work_sql.h"

#include <string.h>

json_t *
fn_work_titles(const FnNode *node)
{
	return json_pack("{s:s*, s:s*}", "zh", fn_node_text(node, "zh"), "en", fn_node_text(node, "en"));
}

static json_t *
show_clock(const FnWorkCase *which, const FnWorkClock *clock, gint64 now)
{
	const FnNode *declared = fn_node_get(fn_node_get(which->procedure, "clocks"), clock->name);

	g_autofree char *due_at = fn_time_format(clock->due_at);

	return json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:I, s:b, s:b, s:b}", "name", clock->name, "title", fn_work_titles(declared), "state",
		clock->state, "due", clock->due_on, "due_at", due_at, "unit", clock->unit, "left", (json_int_t)fn_work_clock_left(which, clock, now), "provisional",
		(int)clock->provisional, "extended", (int)clock->extended, "late", (int)clock->late);
}

static json_t *
show_clocks(const FnWorkCase *which, gint64 now)
{
	json_t *list = json_array();

	for (guint i = 0; i < which->clocks->len; i++)
		json_array_append_new(list, show_clock(which, which->clocks->pdata[i], now));
	return list;
}

static json_t *
show_linked(const FnWorkEvent *event)
{
	g_auto(GStrv) ids = event->linked != NULL ? g_strsplit(event->linked, " ", -1) : NULL;
	json_t *list = ids != NULL ? json_array() : NULL;

	for (guint i = 0; ids != NULL && ids[i] != NULL; i++)
		json_array_append_new(list, json_string(ids[i]));
	return list;
}

static json_t *
show_event(const FnWorkCase *which, const FnWorkEvent *event)
{
	g_autofree char *at = fn_time_format(event->at);

	return json_pack("{s:I, s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s*, s:s*, s:s*, s:s*, s:s*, s:o*}", "number", (json_int_t)event->number, "at", at,
		"kind", event->kind, "step", event->step, "title", fn_work_titles(fn_work_step_named(which->procedure, event->step)), "from",
		event->from, "to", event->to, "role", event->role, "office", event->office, "account", event->account, "name", event->name,
		"organization", event->organization, "say", event->say, "reason", event->reason, "on_behalf",
		event->on_behalf, "on_behalf_name", event->on_behalf_name, "signed", event->signed_, "linked", show_linked(event));
}

static json_t *
show_history(const FnWorkCase *which)
{
	json_t *list = json_array();

	for (guint i = 0; i < which->history->len; i++)
		json_array_append_new(list, show_event(which, which->history->pdata[i]));
	return list;
}

static json_t *
words(const FnNode *word_or_list)
{
	json_t *list = json_array();
	const char *word;

	for (guint i = 0; (word = fn_node_word(word_or_list, i)) != NULL; i++)
		json_array_append_new(list, json_string(word));
	return list;
}

/* What the button needs: its words, whether a reason is demanded, which fields may change, and what to confirm where it is signed. */
static json_t *
show_action(FnWorkCase *which, const FnNode *step)
{
	gboolean is_signed = fn_node_bool(step, "sign", FALSE);
	const json_t *attachments = is_signed ? fn_work_attachments(which, NULL) : NULL;
	g_autofree char *digest = attachments != NULL ?
		fn_work_digest(which->id, which->revision, which->form, attachments, fn_node_text(step, "do")) : NULL;

	return json_pack("{s:s, s:s, s:s, s:s*, s:o, s:o, s:b, s:o, s:o, s:b, s:s*}", "do", fn_node_text(step, "do"), "zh", fn_node_text(step, "zh"), "en",
		fn_node_text(step, "en"), "say", fn_node_text(step, "say"), "fields", words(fn_node_get(step, "fields")), "needs",
		words(fn_node_get(step, "needs")), "may", (int)fn_node_bool(step, "may", FALSE), "attach", words(fn_node_get(step, "attach")),
		"fill", words(fn_node_get(step, "fill")), "sign", (int)is_signed, "digest", digest);
}

json_t *
fn_work_actions(FnWorkCase *which, const FnActor *actor, gboolean awaited)
{
	const FnNode *steps = fn_node_get(which->procedure, "steps");
	json_t *list = json_array();

	for (guint i = 0; i < fn_node_count(steps); i++) {
		const FnNode *step = fn_node_at(steps, i);
		const char *role, *office;

		if ((!awaited || !fn_node_bool(step, "may", FALSE)) && fn_work_possible(which, step, actor, &role, &office, NULL))
			json_array_append_new(list, show_action(which, step));
	}
	return list;
}

static json_t *
show_waiting(const FnWorkCase *which, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(which->db, &fn_sql_work_waiting, FN_BINDS(FN_TEXT("id", which->id)), error);
	g_autoptr(GError) why = NULL;
	json_t *list = json_array();

	while (rows != NULL && fn_rows_next(rows, &why))
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "organization", fn_rows_text(rows, "organization"), "organization_kind",
			fn_rows_text(rows, "organization_kind"), "office", fn_rows_text(rows, "office")));
	if (rows != NULL && why == NULL)
		return list;
	if (why != NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	json_decref(list);
	return NULL;
}

static json_t *
show_reasons(const FnWorkCase *which)
{
	const FnNode *reasons = fn_node_get(which->procedure, "reasons");
	json_t *list = json_array();

	for (guint i = 0; i < fn_node_count(reasons); i++) {
		const FnNode *reason = fn_node_at(reasons, i);

		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "id", fn_node_text(reason, "id"), "zh", fn_node_text(reason, "zh"), "en",
			fn_node_text(reason, "en")));
	}
	return list;
}

json_t *
fn_work_show_attachment(FnRows *row)
{
	g_autofree char *at = fn_time_format(fn_rows_int(row, "at"));

	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s}", "id", fn_rows_text(row, "id"), "kind", fn_rows_text(row, "kind"), "name",
		fn_rows_text(row, "name"), "media_type", fn_rows_text(row, "media_type"), "size", (json_int_t)fn_rows_int(row, "size"), "digest",
		fn_rows_text(row, "digest"), "at", at, "account", fn_rows_text(row, "account"), "organization", fn_rows_text(row, "organization"));
}

/* Without the bytes. */
static json_t *
show_attachments(const FnWorkCase *which, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(which->db, &fn_sql_work_attachments, FN_BINDS(FN_TEXT("case", which->id)), error);
	g_autoptr(GError) why = NULL;
	json_t *list = json_array();

	while (rows != NULL && fn_rows_next(rows, &why))
		json_array_append_new(list, fn_work_show_attachment(rows));
	if (rows != NULL && why == NULL)
		return list;
	if (why != NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	json_decref(list);
	return NULL;
}

static json_t *
show_case(FnWorkCase *which, const FnActor *actor, gint64 now, GError **error)
{
	g_autofree char *opened = fn_time_format(which->opened_at);
	const FnNode *states = fn_node_get(which->procedure, "states");
	json_t *waiting = show_waiting(which, error), *attachments = waiting != NULL ? show_attachments(which, error) : NULL;
	json_t *claims = attachments != NULL ? fn_work_show_claims(which, error) : NULL;

	if (claims == NULL) {
		json_decref(waiting);
		json_decref(attachments);
		return NULL;
	}
	return json_pack("{s:s, s:s, s:o, s:s, s:o, s:b, s:s, s:s, s:O, s:O, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", which->id, "procedure",
		fn_node_text(which->procedure, "id"), "title", fn_work_titles(fn_node_get(which->procedure, "title")), "state", which->state,
		"state_title", fn_work_titles(fn_node_get(states, which->state)), "ended", (int)which->ended, "subject", which->subject,
		"opened_at", opened, "form", which->form, "parties", which->parties, "clocks", show_clocks(which, now), "waiting_for", waiting,
		"history", show_history(which), "allowed_actions", fn_work_actions(which, actor, FALSE),
		"attachments", attachments, "reasons", show_reasons(which),
		"claims", claims);
}

json_t *
fn_work_show(FnWork *work, FnDb *db, const char *id, const FnActor *actor, gint64 now, GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_seen(work, db, id, FALSE, actor, error);

	return which != NULL ? show_case(which, actor, now, error) : NULL;
}
