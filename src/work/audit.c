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
is_one_of(const FnWorkEvent *event, const char *account, const char *person)
{
	return (account != NULL && (strcmp(event->account, account) == 0 || g_strcmp0(event->on_behalf, account) == 0)) ||
		(person != NULL && *person != '\0' && (strcmp(event->person, person) == 0 || g_strcmp0(event->on_behalf_person, person) == 0));
}

/* By the same person, or for the same person who delegated the office. */
static gboolean
is_same(const FnWorkEvent *a, const FnWorkEvent *b)
{
	return is_one_of(a, b->account, b->person) || is_one_of(a, b->on_behalf, b->on_behalf_person);
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

/* What the replay knows when it comes to an entry. */
typedef struct {
	const FnWorkCase *which;
	const char *state;
	gint64 revision;
	json_t *form; /* before the entry */
} Replay;

static gboolean
has_kind(const json_t *seen, const char *kind)
{
	for (gsize i = 0; i < json_array_size(seen); i++)
		if (g_strcmp0(json_string_value(json_object_get(json_array_get(seen, i), "kind")), kind) == 0)
			return TRUE;
	return FALSE;
}

/* Every attachment that was seen is still on the case. */
static gboolean
are_kept(Replay *replay, const json_t *seen)
{
	const json_t *now = fn_work_attachments((FnWorkCase *)replay->which, NULL);

	for (gsize i = 0; i < json_array_size(seen); i++) {
		gboolean found = FALSE;

		for (gsize j = 0; !found && j < json_array_size(now); j++)
			found = json_equal(json_array_get(now, j), json_array_get(seen, i));
		if (!found)
			return FALSE;
	}
	return TRUE;
}

static gboolean
audit_papers(Replay *replay, const FnWorkEvent *event, const FnNode *step, GError **error)
{
	json_t *seen = event->seen != NULL ? fn_json_parse(event->seen, strlen(event->seen), NULL) : NULL;
	g_autofree char *digest = json_is_array(seen) ?
		fn_work_digest(replay->which->id, replay->revision, replay->form, seen, event->step) : NULL;
	const char *wrong = NULL, *kind;

	for (guint i = 0; (kind = fn_node_word(fn_node_get(step, "attach"), i)) != NULL; i++)
		if (!has_kind(seen, kind))
			wrong = "an attachment that it takes was not there";
	if (fn_node_bool(step, "sign", FALSE) && (event->signed_ == NULL || g_strcmp0(event->signed_, digest) != 0))
		wrong = "it is not signed, or something else was signed";
	if (wrong == NULL && !are_kept(replay, seen))
		wrong = "an attachment that was there then is gone";
	json_decref(seen);
	return wrong == NULL || refuse(replay->which, event->number, error, wrong);
}

static gboolean
audit_words(const FnWorkCase *which, const FnWorkEvent *event, const FnNode *step, GError **error)
{
	const FnNode *reasons = fn_node_get(which->procedure, "reasons");
	gboolean known = event->reason == NULL;

	if (fn_node_text(step, "say") != NULL && (event->say == NULL || *event->say == '\0'))
		return refuse(which, event->number, error, "the reason is missing");
	for (guint i = 0; !known && i < fn_node_count(reasons); i++)
		known = strcmp(fn_node_text(fn_node_at(reasons, i), "id"), event->reason) == 0;
	return known || refuse(which, event->number, error, "the procedure offers no such reason");
}

static gboolean
audit_openings(const FnWorkCase *which, const FnWorkEvent *event, const FnNode *step, GError **error)
{
	g_auto(GStrv) linked = g_strsplit(event->linked != NULL ? event->linked : "", " ", -1);
	guint n = 0;

	while (fn_work_each_map(fn_node_get(step, "opens"), n) != NULL)
		n++;
	return g_strv_length(linked) == n || refuse(which, event->number, error, "the cases that it opened are not named");
}

static gboolean
audit_step(Replay *replay, guint i, GError **error)
{
	const FnWorkCase *which = replay->which;
	const FnWorkEvent *event = which->history->pdata[i];
	const FnNode *step = fn_work_step_named(which->procedure, event->step);
	const char *to = fn_node_text(step, "to"), *after;

	if (step == NULL || !fn_node_has_word(fn_node_get(step, "from"), replay->state) || strcmp(event->from, replay->state) != 0)
		return refuse(which, event->number, error, "the step was not possible in this state");
	if (!fn_work_guard_holds(step, replay->form))
		return refuse(which, event->number, error, "the step was not possible by what the form said");
	if (strcmp(event->to, to != NULL ? to : replay->state) != 0)
		return refuse(which, event->number, error, "the step leads elsewhere");
	if (!was_entitled(which, fn_node_get(step, "by"), event))
		return refuse(which, event->number, error, "who took it does not hold the office");
	if (fn_node_has_word(fn_node_get(which->procedure, "impartial"), event->role) && is_party(which, event))
		return refuse(which, event->number, error, "a party decided its own case");
	if (!kept_apart(which, i))
		return refuse(which, event->number, error, "one person acted where two must");
	if (fn_node_bool(step, "once", FALSE) && taken_before(which, i, event->step))
		return refuse(which, event->number, error, "it was done twice");
	for (guint j = 0; (after = fn_node_word(fn_node_get(step, "after"), j)) != NULL; j++)
		if (!taken_before(which, i, after))
			return refuse(which, event->number, error, "what must come first did not");
	return audit_words(which, event, step, error) && audit_papers(replay, event, step, error) &&
		audit_openings(which, event, step, error);
}

static json_t *
changes_of(const FnWorkEvent *event)
{
	return event->changes != NULL ? fn_json_parse(event->changes, strlen(event->changes), NULL) : NULL;
}

static void
lay_over(json_t *form, const FnWorkEvent *event)
{
	json_t *changes = changes_of(event), *value;
	const char *name;

	json_object_foreach(changes, name, value) {
		if (json_is_null(value))
			json_object_del(form, name);
		else
			json_object_set(form, name, value);
	}
	json_decref(changes);
}

static gboolean
audit_entry(Replay *replay, guint i, GError **error)
{
	const FnWorkCase *which = replay->which;
	const FnWorkEvent *event = which->history->pdata[i];
	gboolean is_open = strcmp(event->kind, "open") == 0;

	if (event->number != (gint64)i + 1)
		return refuse(which, event->number, error, "an entry is missing before it");
	if (is_open != (i == 0))
		return refuse(which, event->number, error, "a history begins with its opening, once");
	if (i > 0 && event->at < ((const FnWorkEvent *)which->history->pdata[i - 1])->at)
		return refuse(which, event->number, error, "it is older than the entry before it");
	if (is_open) {
		if (!was_entitled(which, fn_node_get(which->procedure, "opener"), event) || strcmp(event->to, replay->state) != 0)
			return refuse(which, event->number, error, "it was not opened by whom and where the procedure says");
		return TRUE;
	}
	if (strcmp(event->kind, "clock") == 0)
		return strcmp(event->to, replay->state) == 0 || refuse(which, event->number, error, "a clock changes no state");
	if (!audit_step(replay, i, error))
		return FALSE;
	lay_over(replay->form, event);
	replay->state = event->to;
	replay->revision++;
	return TRUE;
}

/* Form, parties and subject are those of the opening with every written change laid over. */
static gboolean
audit_content(const Replay *replay, const json_t *opened, GError **error)
{
	const FnWorkCase *which = replay->which;

	return (json_equal(replay->form, which->form) && json_equal(json_object_get(opened, "parties"), which->parties) &&
		g_strcmp0(json_string_value(json_object_get(opened, "subject")), which->subject) == 0 &&
		g_strcmp0(json_string_value(json_object_get(opened, "procedure")), fn_node_text(which->procedure, "id")) == 0) ||
		refuse(which, 1, error, "form, parties or subject of the case differ from what its history says");
}

gboolean
fn_work_audit(FnWork *work, FnDb *db, const char *id, GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_load(work, db, id, FALSE, error);
	Replay replay = { .which = which, .revision = 1 };
	gboolean good = TRUE;
	json_t *opened;

	if (which == NULL)
		return FALSE;
	if (which->history->len == 0)
		return refuse(which, 0, error, "it has none");
	opened = changes_of(which->history->pdata[0]);
	replay.form = json_deep_copy(json_object_get(opened, "form"));
	replay.state = fn_node_key_at(fn_node_get(which->procedure, "states"), 0);
	for (guint i = 0; good && i < which->history->len; i++)
		good = audit_entry(&replay, i, error);
	if (good && strcmp(replay.state, which->state) != 0)
		good = refuse(which, (gint64)which->history->len, error, "the case stands in a state that its history does not lead to");
	good = good && audit_content(&replay, opened, error);
	json_decref(replay.form);
	json_decref(opened);
	return good;
}
