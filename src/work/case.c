#include "work/work_priv.h"

#include "base/json.h"
#include "base/say.h"
#include "base/text.h"
#include "work_sql.h"

#include <string.h>

G_DEFINE_QUARK(fn-work-error-quark, fn_work_error)

static void
free_event(gpointer data)
{
	FnWorkEvent *event = data;

	g_free(event->kind);
	g_free(event->step);
	g_free(event->from);
	g_free(event->to);
	g_free(event->role);
	g_free(event->office);
	g_free(event->account);
	g_free(event->person);
	g_free(event->name);
	g_free(event->organization);
	g_free(event->say);
	g_free(event->changes);
	g_free(event->on_behalf);
	g_free(event->on_behalf_person);
	g_free(event->on_behalf_name);
	g_free(event->reason);
	g_free(event->signed_);
	g_free(event->seen);
	g_free(event->linked);
	g_free(event);
}

static void
free_clock(gpointer data)
{
	FnWorkClock *clock = data;

	g_free(clock->name);
	g_free(clock->state);
	g_free(clock->from_on);
	g_free(clock->due_on);
	g_free(clock->unit);
	g_free(clock);
}

void
fn_work_case_free(FnWorkCase *which)
{
	if (which == NULL)
		return;
	g_free(which->id);
	g_free(which->state);
	g_free(which->subject);
	json_decref(which->form);
	json_decref(which->parties);
	json_decref(which->attachments);
	g_clear_pointer(&which->history, g_ptr_array_unref);
	g_clear_pointer(&which->clocks, g_ptr_array_unref);
	g_free(which);
}

static FnWorkEvent *
read_event(FnRows *rows)
{
	FnWorkEvent *event = g_new0(FnWorkEvent, 1);

	event->number = fn_rows_int(rows, "number");
	event->at = fn_rows_int(rows, "at");
	event->kind = g_strdup(fn_rows_text(rows, "kind"));
	event->step = g_strdup(fn_rows_text(rows, "step"));
	event->from = g_strdup(fn_rows_text(rows, "from_state"));
	event->to = g_strdup(fn_rows_text(rows, "to_state"));
	event->role = g_strdup(fn_rows_text(rows, "role"));
	event->office = g_strdup(fn_rows_text(rows, "office"));
	event->account = g_strdup(fn_rows_text(rows, "account"));
	event->person = g_strdup(fn_rows_text(rows, "person"));
	event->name = g_strdup(fn_rows_text(rows, "name"));
	event->organization = g_strdup(fn_rows_text(rows, "organization"));
	event->say = g_strdup(fn_rows_text(rows, "say"));
	event->changes = g_strdup(fn_rows_text(rows, "changes"));
	event->on_behalf = g_strdup(fn_rows_text(rows, "on_behalf"));
	event->on_behalf_person = g_strdup(fn_rows_text(rows, "on_behalf_person"));
	event->on_behalf_name = g_strdup(fn_rows_text(rows, "on_behalf_name"));
	event->reason = g_strdup(fn_rows_text(rows, "reason"));
	event->signed_ = g_strdup(fn_rows_text(rows, "signed"));
	event->seen = g_strdup(fn_rows_text(rows, "seen"));
	event->linked = g_strdup(fn_rows_text(rows, "linked"));
	return event;
}

static FnWorkClock *
read_clock(FnRows *rows)
{
	FnWorkClock *clock = g_new0(FnWorkClock, 1);

	clock->name = g_strdup(fn_rows_text(rows, "name"));
	clock->state = g_strdup(fn_rows_text(rows, "state"));
	clock->from_on = g_strdup(fn_rows_text(rows, "from_on"));
	clock->due_on = g_strdup(fn_rows_text(rows, "due_on"));
	clock->days = fn_rows_int(rows, "days");
	clock->provisional = fn_rows_int(rows, "provisional") != 0;
	clock->extended = fn_rows_int(rows, "extended") != 0;
	clock->warned = fn_rows_int(rows, "warned") != 0;
	clock->late = fn_rows_int(rows, "late") != 0;
	clock->unit = g_strdup(fn_rows_text(rows, "unit"));
	clock->from_at = fn_rows_int(rows, "from_at");
	clock->due_at = fn_rows_int(rows, "due_at");
	if (clock->due_at == 0) /* written before moments were kept */
		clock->due_at = fn_work_day_end(clock->due_on);
	return clock;
}

static gboolean
read_history(FnWorkCase *which, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(which->db, &fn_sql_work_history, FN_BINDS(FN_TEXT("id", which->id)), error);
	g_autoptr(GError) why = NULL;

	if (rows == NULL)
		return FALSE;
	while (fn_rows_next(rows, &why))
		g_ptr_array_add(which->history, read_event(rows));
	if (why == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

static gboolean
read_clocks(FnWorkCase *which, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(which->db, &fn_sql_work_clocks, FN_BINDS(FN_TEXT("id", which->id)), error);
	g_autoptr(GError) why = NULL;

	if (rows == NULL)
		return FALSE;
	while (fn_rows_next(rows, &why))
		g_ptr_array_add(which->clocks, read_clock(rows));
	if (why == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

static gboolean
refuse_unknown(const char *id, GError **error)
{
	g_autofree char *shown = fn_text_safe(id, -1, 64);

	fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_UNKNOWN, "there is no case \"%s\"", shown);
	return FALSE;
}

static gboolean
read_row(FnWorkCase *which, FnRows *rows, GError **error)
{
	const char *form = fn_rows_text(rows, "form"), *parties = fn_rows_text(rows, "parties");

	which->procedure = fn_rules_get(which->work->rules, "procedures", fn_rows_text(rows, "procedure"));
	which->state = g_strdup(fn_rows_text(rows, "state"));
	which->subject = g_strdup(fn_rows_text(rows, "subject"));
	which->revision = fn_rows_int(rows, "revision");
	which->opened_at = fn_rows_int(rows, "opened_at");
	which->ended = fn_rows_int(rows, "ended") != 0;
	if (which->procedure == NULL) {
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_UNKNOWN, "case %s belongs to procedure \"%s\", which the rule files lack; add it again",
			which->id, fn_rows_text(rows, "procedure"));
		return FALSE;
	}
	which->form = fn_json_parse(form, strlen(form), error);
	which->parties = which->form != NULL ? fn_json_parse(parties, strlen(parties), error) : NULL;
	if (json_is_object(which->form) && json_is_object(which->parties))
		return TRUE;
	g_prefix_error(error, "case %s in the registry: ", which->id);
	return FALSE;
}

static gboolean
read_case(FnWorkCase *which, gboolean locked, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(which->db, locked ? &fn_sql_work_case_locked : &fn_sql_work_case_read,
		FN_BINDS(FN_TEXT("id", which->id)), error);
	g_autoptr(GError) why = NULL;

	if (rows == NULL)
		return FALSE;
	if (fn_rows_next(rows, &why))
		return read_row(which, rows, error);
	if (why == NULL)
		return refuse_unknown(which->id, error);
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

FnWorkCase *
fn_work_case_new(FnWork *work, FnDb *db, const char *id)
{
	FnWorkCase *which = g_new0(FnWorkCase, 1);

	which->work = work;
	which->db = db;
	which->id = g_strdup(id);
	which->history = g_ptr_array_new_with_free_func(free_event);
	which->clocks = g_ptr_array_new_with_free_func(free_clock);
	return which;
}

FnWorkCase *
fn_work_case_load(FnWork *work, FnDb *db, const char *id, gboolean locked, GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_new(work, db, id);

	if (!g_utf8_validate(id, -1, NULL) || strlen(id) > 64) {
		refuse_unknown(id, error);
		return NULL;
	}
	if (!read_case(which, locked, error) || !read_history(which, error) || !read_clocks(which, error))
		return NULL;
	return g_steal_pointer(&which);
}

FnWorkCase *
fn_work_case_seen(FnWork *work, FnDb *db, const char *id, gboolean locked, const FnActor *actor, GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_load(work, db, id, locked, error);

	if (which == NULL || fn_work_may_see(which, actor))
		return g_steal_pointer(&which);
	refuse_unknown(id, error); /* the same words as for a case that is not there: a stranger learns nothing */
	return NULL;
}

char **
fn_work_cases_in(FnDb *db, const char *procedure, const char *state, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_work_cases_in, FN_BINDS(FN_TEXT("procedure", procedure), FN_TEXT("state", state)), error);
	g_autoptr(GStrvBuilder) ids = g_strv_builder_new();
	g_autoptr(GError) why = NULL;

	while (rows != NULL && fn_rows_next(rows, &why))
		g_strv_builder_add(ids, fn_rows_text(rows, "id"));
	if (why != NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	else if (rows != NULL)
		return g_strv_builder_end(ids);
	return NULL;
}

FnWorkClock *
fn_work_case_clock(const FnWorkCase *which, const char *name)
{
	for (guint i = 0; i < which->clocks->len; i++) {
		FnWorkClock *clock = which->clocks->pdata[i];

		if (strcmp(clock->name, name) == 0)
			return clock;
	}
	return NULL;
}

const FnNode *
fn_work_step_named(const FnNode *procedure, const char *step)
{
	const FnNode *steps = fn_node_get(procedure, "steps");

	for (guint i = 0; i < fn_node_count(steps); i++)
		if (strcmp(fn_node_text(fn_node_at(steps, i), "do"), step) == 0)
			return fn_node_at(steps, i);
	return NULL;
}

gboolean
fn_work_taken(const FnWorkCase *which, const char *step)
{
	for (guint i = 0; i < which->history->len; i++) {
		const FnWorkEvent *event = which->history->pdata[i];

		if (strcmp(event->kind, "step") == 0 && strcmp(event->step, step) == 0)
			return TRUE;
	}
	return FALSE;
}

static char *
text_or_empty(const char *text)
{
	return g_strdup(text != NULL ? text : "");
}

static FnWorkEvent *
make_event(const FnWorkCase *which, const FnWorkEntry *entry, gint64 now)
{
	FnWorkEvent *event = g_new0(FnWorkEvent, 1);
	const FnActor *actor = entry->actor;
	const FnDelegation *delegation = actor != NULL ? fn_actor_delegation(actor, entry->office) : NULL;

	event->number = (gint64)which->history->len + 1;
	event->at = now;
	event->kind = g_strdup(entry->kind);
	event->step = g_strdup(entry->step);
	event->from = text_or_empty(strcmp(entry->kind, "open") == 0 ? "" : which->state);
	event->to = g_strdup(entry->to);
	event->role = text_or_empty(entry->role);
	event->office = text_or_empty(entry->office);
	event->account = text_or_empty(actor != NULL ? actor->account : NULL);
	event->person = text_or_empty(actor != NULL ? actor->person : NULL);
	event->name = text_or_empty(actor != NULL ? actor->name : NULL);
	event->organization = text_or_empty(actor != NULL ? actor->organization : NULL);
	event->say = g_strdup(entry->say);
	event->changes = entry->changes != NULL ? fn_json_canonical(entry->changes) : NULL;
	event->on_behalf = delegation != NULL ? g_strdup(delegation->account) : NULL;
	event->on_behalf_person = delegation != NULL ? g_strdup(delegation->person) : NULL;
	event->on_behalf_name = delegation != NULL ? g_strdup(delegation->name) : NULL;
	event->reason = g_strdup(entry->reason);
	event->signed_ = g_strdup(entry->signed_);
	event->seen = entry->seen != NULL ? fn_json_canonical(entry->seen) : NULL;
	event->linked = g_strdup(entry->linked);
	return event;
}

gboolean
fn_work_case_enter(FnWorkCase *which, const FnWorkEntry *entry, gint64 now, GError **error)
{
	FnWorkEvent *event;

	if (which->history->len > 0) /* a clock set back makes no entry older than the one before it */
		now = MAX(now, ((const FnWorkEvent *)which->history->pdata[which->history->len - 1])->at);
	event = make_event(which, entry, now);
	g_ptr_array_add(which->history, event);
	return fn_db_exec(which->db, &fn_sql_work_add_history,
		FN_BINDS(FN_TEXT("id", which->id), FN_INT("number", event->number), FN_INT("at", now), FN_TEXT("kind", event->kind),
			FN_TEXT("step", event->step), FN_TEXT("from", event->from), FN_TEXT("to", event->to), FN_TEXT("role", event->role),
			FN_TEXT("office", event->office), FN_TEXT("account", event->account), FN_TEXT("person", event->person),
			FN_TEXT("name", event->name), FN_TEXT("organization", event->organization), FN_TEXT("say", event->say),
			FN_TEXT("changes", event->changes), FN_TEXT("on_behalf", event->on_behalf),
			FN_TEXT("on_behalf_person", event->on_behalf_person), FN_TEXT("on_behalf_name", event->on_behalf_name),
			FN_TEXT("reason", event->reason), FN_TEXT("signed", event->signed_), FN_TEXT("seen", event->seen),
			FN_TEXT("linked", event->linked)),
		NULL, error);
}

gint64
fn_work_case_due(const FnWorkCase *which)
{
	gint64 due = FN_WORK_NEVER;

	for (guint i = 0; i < which->clocks->len; i++) {
		const FnWorkClock *clock = which->clocks->pdata[i];

		if (strcmp(clock->state, "running") == 0)
			due = MIN(due, clock->due_at);
	}
	return due;
}
