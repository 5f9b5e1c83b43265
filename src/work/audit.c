/* Replays what is written of a case against its procedure. A row changed past the engine does not survive it. */
#include "work/work_priv.h"

#include "base/json.h"

#include <string.h>

static gboolean
refuse(const FnWorkCase *which, gint64 number, GError **error, const char *what)
{
	g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE, "case %s, entry %" G_GINT64_FORMAT " of its history: %s", which->id, number, what);
	return FALSE;
}

static gboolean
has_office(const FnWorkCase *which, const char *seat, const FnWorkEvent *event)
{
	g_autofree char *word = g_strndup(seat, strcspn(seat, "@"));
	const FnNode *stands_for = fn_node_get(fn_node_get(fn_rules_get(which->work->rules, "roles", "roles"), "words"), word);
	const char *organization, *kind;

	fn_work_seat(which, seat, &organization, &kind);
	if (*organization != '\0' ? strcmp(organization, event->organization) != 0 : *kind == '\0')
		return FALSE;
	return stands_for != NULL ? fn_node_has_word(stands_for, event->office) : strcmp(word, event->office) == 0;
}

/* The written role was the step's, and the written office and organization fit it. */
static gboolean
was_entitled(const FnWorkCase *which, const FnNode *by, const FnWorkEvent *event)
{
	const FnNode *seats = fn_node_get(fn_node_get(which->procedure, "people"), event->role);
	const char *seat;

	if (!fn_node_has_word(by, event->role) || *event->account == '\0')
		return FALSE;
	for (guint i = 0; (seat = fn_node_word(seats, i)) != NULL; i++)
		if (has_office(which, seat, event))
			return TRUE;
	return FALSE;
}

static gboolean
is_party(const FnWorkCase *which, const FnWorkEvent *event)
{
	const FnNode *parties = fn_node_get(which->procedure, "parties");
	const char *party;

	for (guint i = 0; (party = fn_node_word(parties, i)) != NULL; i++)
		if (g_strcmp0(json_string_value(json_object_get(which->parties, party)), event->organization) == 0)
			return TRUE;
	return FALSE;
}

static gboolean
is_same(const FnWorkEvent *a, const FnWorkEvent *b)
{
	return strcmp(a->account, b->account) == 0 || (*a->person != '\0' && strcmp(a->person, b->person) == 0);
}

static gboolean
must_differ(const FnWorkCase *which, const char *a, const char *b)
{
	const FnNode *apart = fn_node_get(which->procedure, "apart");

	for (guint i = 0; i < fn_node_count(apart); i++)
		if (fn_node_has_word(fn_node_at(apart, i), a) && fn_node_has_word(fn_node_at(apart, i), b) && strcmp(a, b) != 0)
			return TRUE;
	return FALSE;
}

static gboolean
kept_apart(const FnWorkCase *which, guint upto)
{
	const FnWorkEvent *event = which->history->pdata[upto];

	for (guint i = 0; i < upto; i++) {
		const FnWorkEvent *before = which->history->pdata[i];

		if (*before->account != '\0' && is_same(before, event) && must_differ(which, before->role, event->role))
			return FALSE;
	}
	return TRUE;
}

static gboolean
taken_before(const FnWorkCase *which, guint upto, const char *step)
{
	for (guint i = 0; i < upto; i++) {
		const FnWorkEvent *before = which->history->pdata[i];

		if (strcmp(before->kind, "step") == 0 && strcmp(before->step, step) == 0)
			return TRUE;
	}
	return FALSE;
}

static gboolean
audit_step(const FnWorkCase *which, guint i, const char *state, GError **error)
{
	const FnWorkEvent *event = which->history->pdata[i];
	const FnNode *step = fn_work_step_named(which->procedure, event->step);
	const char *to = fn_node_text(step, "to"), *after;

	if (step == NULL || !fn_node_has_word(fn_node_get(step, "from"), state) || strcmp(event->from, state) != 0)
		return refuse(which, event->number, error, "the step was not possible in this state");
	if (strcmp(event->to, to != NULL ? to : state) != 0)
		return refuse(which, event->number, error, "the step leads elsewhere");
	if (!was_entitled(which, fn_node_get(step, "by"), event))
		return refuse(which, event->number, error, "who took it does not hold the office");
	if (fn_node_has_word(fn_node_get(which->procedure, "impartial"), event->role) && is_party(which, event))
		return refuse(which, event->number, error, "a party decided its own case");
	if (!kept_apart(which, i))
		return refuse(which, event->number, error, "one person acted where two must");
	if (fn_node_bool(step, "once", FALSE) && taken_before(which, i, event->step))
		return refuse(which, event->number, error, "it was done twice");
	if (fn_node_text(step, "say") != NULL && (event->say == NULL || *event->say == '\0'))
		return refuse(which, event->number, error, "the reason is missing");
	for (guint j = 0; (after = fn_node_word(fn_node_get(step, "after"), j)) != NULL; j++)
		if (!taken_before(which, i, after))
			return refuse(which, event->number, error, "what must come first did not");
	return TRUE;
}

static gboolean
audit_entry(const FnWorkCase *which, guint i, const char **state, GError **error)
{
	const FnWorkEvent *event = which->history->pdata[i];
	gboolean is_open = strcmp(event->kind, "open") == 0;

	if (event->number != (gint64)i + 1)
		return refuse(which, event->number, error, "an entry is missing before it");
	if (is_open != (i == 0))
		return refuse(which, event->number, error, "a history begins with its opening, once");
	if (i > 0 && event->at < ((const FnWorkEvent *)which->history->pdata[i - 1])->at)
		return refuse(which, event->number, error, "it is older than the entry before it");
	if (is_open) {
		if (!was_entitled(which, fn_node_get(which->procedure, "opener"), event) || strcmp(event->to, *state) != 0)
			return refuse(which, event->number, error, "it was not opened by whom and where the procedure says");
		return TRUE;
	}
	if (strcmp(event->kind, "clock") == 0)
		return strcmp(event->to, *state) == 0 || refuse(which, event->number, error, "a clock changes no state");
	if (!audit_step(which, i, *state, error))
		return FALSE;
	*state = event->to;
	return TRUE;
}

static json_t *
changes_of(const FnWorkEvent *event)
{
	return event->changes != NULL ? fn_json_parse(event->changes, strlen(event->changes), NULL) : NULL;
}

/* Form, parties and subject are those of the opening with every written change laid over. */
static gboolean
audit_content(const FnWorkCase *which, GError **error)
{
	json_t *opened = changes_of(which->history->pdata[0]);
	json_t *form = json_deep_copy(json_object_get(opened, "form"));
	gboolean same;

	for (guint i = 1; i < which->history->len; i++) {
		json_t *changes = changes_of(which->history->pdata[i]);
		const char *name;
		json_t *value;

		json_object_foreach(changes, name, value) {
			if (json_is_null(value))
				json_object_del(form, name);
			else
				json_object_set(form, name, value);
		}
		json_decref(changes);
	}
	same = json_equal(form, which->form) && json_equal(json_object_get(opened, "parties"), which->parties) &&
		g_strcmp0(json_string_value(json_object_get(opened, "subject")), which->subject) == 0 &&
		g_strcmp0(json_string_value(json_object_get(opened, "procedure")), fn_node_text(which->procedure, "id")) == 0;
	json_decref(form);
	json_decref(opened);
	return same || refuse(which, 1, error, "form, parties or subject of the case differ from what its history says");
}

gboolean
fn_work_audit(FnWork *work, FnDb *db, const char *id, GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_load(work, db, id, FALSE, error);
	const char *state;

	if (which == NULL)
		return FALSE;
	if (which->history->len == 0)
		return refuse(which, 0, error, "it has none");
	state = fn_node_key_at(fn_node_get(which->procedure, "states"), 0);
	for (guint i = 0; i < which->history->len; i++)
		if (!audit_entry(which, i, &state, error))
			return FALSE;
	if (strcmp(state, which->state) != 0)
		return refuse(which, (gint64)which->history->len, error, "the case stands in a state that its history does not lead to");
	return audit_content(which, error);
}
