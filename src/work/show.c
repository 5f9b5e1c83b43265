/* A case as the console shows it, and the list of those that wait for somebody. */
#include "work/work_priv.h"

#include "base/text.h"
#include "base/time.h"
#include "work_sql.h"

#include <string.h>

static json_t *
both_languages(const FnNode *node)
{
	return json_pack("{s:s*, s:s*}", "zh", fn_node_text(node, "zh"), "en", fn_node_text(node, "en"));
}

static json_t *
show_clock(const FnWorkCase *which, const FnWorkClock *clock, gint64 now)
{
	const FnNode *declared = fn_node_get(fn_node_get(which->procedure, "clocks"), clock->name);

	return json_pack("{s:s, s:o, s:s, s:s, s:I, s:b, s:b, s:b}", "name", clock->name, "title", both_languages(declared), "state",
		clock->state, "due", clock->due_on, "left", (json_int_t)fn_work_clock_left(which, clock, now), "provisional",
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
show_event(const FnWorkCase *which, const FnWorkEvent *event)
{
	g_autofree char *at = fn_time_format(event->at);

	return json_pack("{s:I, s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s*}", "number", (json_int_t)event->number, "at", at,
		"kind", event->kind, "step", event->step, "title", both_languages(fn_work_step_named(which->procedure, event->step)), "from",
		event->from, "to", event->to, "role", event->role, "office", event->office, "account", event->account, "name", event->name,
		"organization", event->organization, "say", event->say);
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

/* What the button needs: its words, whether a reason is demanded and which fields may change. */
static json_t *
show_action(const FnNode *step)
{
	return json_pack("{s:s, s:s, s:s, s:s*, s:o, s:o, s:b}", "do", fn_node_text(step, "do"), "zh", fn_node_text(step, "zh"), "en",
		fn_node_text(step, "en"), "say", fn_node_text(step, "say"), "fields", words(fn_node_get(step, "fields")), "needs",
		words(fn_node_get(step, "needs")), "may", (int)fn_node_bool(step, "may", FALSE));
}

/* @awaited: only those that the case waits for. */
static json_t *
show_actions(const FnWorkCase *which, const FnActor *actor, gboolean awaited)
{
	const FnNode *steps = fn_node_get(which->procedure, "steps");
	json_t *list = json_array();

	for (guint i = 0; i < fn_node_count(steps); i++) {
		const FnNode *step = fn_node_at(steps, i);
		const char *role, *office;

		if ((!awaited || !fn_node_bool(step, "may", FALSE)) && fn_work_possible(which, step, actor, &role, &office, NULL))
			json_array_append_new(list, show_action(step));
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
show_case(const FnWorkCase *which, const FnActor *actor, gint64 now, GError **error)
{
	g_autofree char *opened = fn_time_format(which->opened_at);
	const FnNode *states = fn_node_get(which->procedure, "states");
	json_t *waiting = show_waiting(which, error);

	if (waiting == NULL)
		return NULL;
	return json_pack("{s:s, s:s, s:o, s:s, s:o, s:b, s:s, s:s, s:O, s:O, s:o, s:o, s:o, s:o}", "id", which->id, "procedure",
		fn_node_text(which->procedure, "id"), "title", both_languages(fn_node_get(which->procedure, "title")), "state", which->state,
		"state_title", both_languages(fn_node_get(states, which->state)), "ended", (int)which->ended, "subject", which->subject,
		"opened_at", opened, "form", which->form, "parties", which->parties, "clocks", show_clocks(which, now), "waiting_for", waiting,
		"history", show_history(which), "allowed_actions", show_actions(which, actor, FALSE));
}

json_t *
fn_work_show(FnWork *work, FnDb *db, const char *id, const FnActor *actor, gint64 now, GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_load(work, db, id, FALSE, error);

	if (which == NULL)
		return NULL;
	if (fn_work_may_see(which, actor))
		return show_case(which, actor, now, error);
	/* The same words as for a case that is not there: a stranger learns nothing. */
	g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_UNKNOWN, "there is no case \"%s\"", which->id);
	return NULL;
}

static const FnWorkClock *
soonest(const FnWorkCase *which)
{
	const FnWorkClock *first = NULL;

	for (guint i = 0; i < which->clocks->len; i++) {
		const FnWorkClock *clock = which->clocks->pdata[i];

		if (strcmp(clock->state, "running") == 0 && (first == NULL || strcmp(clock->due_on, first->due_on) < 0))
			first = clock;
	}
	return first;
}

/* One line of the inbox, or NULL when @actor can do none of what is waited for. */
static json_t *
show_line(const FnWorkCase *which, const FnActor *actor, gint64 now)
{
	const FnNode *states = fn_node_get(which->procedure, "states");
	const FnWorkClock *clock = soonest(which);
	json_t *steps = show_actions(which, actor, TRUE);
	json_t *line;

	if (json_array_size(steps) == 0) {
		json_decref(steps);
		return NULL;
	}
	line = json_pack("{s:s, s:s, s:o, s:s, s:o, s:s, s:o}", "id", which->id, "procedure", fn_node_text(which->procedure, "id"), "title",
		both_languages(fn_node_get(which->procedure, "title")), "state", which->state, "state_title",
		both_languages(fn_node_get(states, which->state)), "subject", which->subject, "steps", steps);
	if (clock != NULL) {
		json_object_set_new(line, "due", json_string(clock->due_on));
		json_object_set_new(line, "left", json_integer((json_int_t)fn_work_clock_left(which, clock, now)));
		json_object_set_new(line, "provisional", json_boolean(clock->provisional));
	}
	return line;
}

static GPtrArray *
waiting_ids(FnDb *db, const FnActor *actor, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_work_inbox,
		FN_BINDS(FN_TEXT("organization", actor->organization), FN_TEXT("kind", actor->organization_kind)), error);
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) why = NULL;

	while (rows != NULL && fn_rows_next(rows, &why))
		g_ptr_array_add(ids, g_strdup(fn_rows_text(rows, "id")));
	if (why != NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	return rows != NULL && why == NULL ? g_steal_pointer(&ids) : NULL;
}

static const char *
due_of(gconstpointer line)
{
	const char *due = json_string_value(json_object_get(*(json_t *const *)line, "due"));

	return due != NULL ? due : "9999";
}

static int
by_due(gconstpointer a, gconstpointer b)
{
	int order = strcmp(due_of(a), due_of(b));

	return order != 0 ? order : strcmp(json_string_value(json_object_get(*(json_t *const *)a, "id")),
		json_string_value(json_object_get(*(json_t *const *)b, "id")));
}

json_t *
fn_work_inbox(FnWork *work, FnDb *db, const FnActor *actor, gint64 now, GError **error)
{
	g_autoptr(GPtrArray) ids = waiting_ids(db, actor, error);
	g_autoptr(GPtrArray) lines = g_ptr_array_new();
	gboolean whole = ids != NULL;
	json_t *list = json_array();

	for (guint i = 0; whole && i < ids->len; i++) {
		g_autoptr(FnWorkCase) which = fn_work_case_load(work, db, ids->pdata[i], FALSE, error);
		json_t *line = which != NULL ? show_line(which, actor, now) : NULL;

		whole = which != NULL;
		if (line != NULL)
			g_ptr_array_add(lines, line);
	}
	g_ptr_array_sort(lines, by_due);
	for (guint i = 0; i < lines->len; i++)
		json_array_append_new(list, lines->pdata[i]);
	if (whole)
		return list;
	json_decref(list);
	return NULL;
}
