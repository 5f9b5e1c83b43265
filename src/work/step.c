/* Taking a step. */
#include "work/work_priv.h"

#include "base/json.h"
#include "base/say.h"
#include "base/text.h"
#include "work_sql.h"

#include <string.h>

/* The effect that writes a register; what and where stands in the step. */
#define RECORD "record"

/* ---- the closed table ---- */

static const FnEffect *
find_effect(const FnEffect *effects, const char *prefix, const char *name)
{
	g_autofree char *wanted = g_strconcat(prefix, name, NULL);

	for (const FnEffect *effect = effects; effect != NULL && effect->name != NULL; effect++)
		if (strcmp(effect->name, wanted) == 0)
			return effect;
	return NULL;
}

static gboolean
check_effects(const FnEffect *effects, const FnNode *step, const char *key, const char *prefix, GError **error)
{
	const FnNode *names = fn_node_get(step, key);
	const char *name;

	for (guint i = 0; (name = fn_node_word(names, i)) != NULL; i++)
		if (find_effect(effects, prefix, name) == NULL) {
			g_autofree char *place = fn_node_place(names);

			fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_UNKNOWN, "%s: %s: this program has no %s \"%s\"; correct the name", place, key, key,
				name);
			return FALSE;
		}
	return TRUE;
}

static gboolean
check_record(const FnEffect *effects, const FnNode *step, GError **error)
{
	const FnNode *record = fn_node_get(step, "record");
	g_autofree char *place = fn_node_place(record);

	if (record == NULL || find_effect(effects, "", RECORD) != NULL)
		return TRUE;
	fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_UNKNOWN, "%s: record: this program keeps no registers; run the one that does", place);
	return FALSE;
}

FnWork *
fn_work_new(const FnRules *rules, const FnEffect *effects, gpointer effect_data, GError **error)
{
	FnWork *work;
	guint n;
	const FnNode *const *all = fn_rules_all(rules, "procedures", &n);

	for (guint i = 0; i < n; i++) {
		const FnNode *steps = fn_node_get(all[i], "steps");

		for (guint j = 0; j < fn_node_count(steps); j++)
			if (!check_effects(effects, fn_node_at(steps, j), "effect", "", error) ||
			    !check_effects(effects, fn_node_at(steps, j), "needs", "need:", error) ||
			    !check_record(effects, fn_node_at(steps, j), error))
				return NULL;
	}
	work = g_new0(FnWork, 1);
	work->rules = rules;
	work->effects = effects;
	work->data = effect_data;
	work->calendar = fn_work_calendar_digest(rules);
	return work;
}

void
fn_work_free(FnWork *work)
{
	if (work != NULL)
		g_free(work->calendar);
	g_free(work);
}

/* ---- what is possible ---- */

static char *
steps_here(const FnWorkCase *which)
{
	const FnNode *steps = fn_node_get(which->procedure, "steps");
	GString *names = g_string_new(NULL);

	for (guint i = 0; i < fn_node_count(steps); i++)
		if (fn_node_has_word(fn_node_get(fn_node_at(steps, i), "from"), which->state) &&
		    fn_work_guard_holds(fn_node_at(steps, i), which->form))
			g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", fn_node_text(fn_node_at(steps, i), "do"));
	return g_string_free(names, FALSE);
}

static gboolean
check_state(const FnWorkCase *which, const FnNode *step, GError **error)
{
	g_autofree char *names = NULL;

	if (fn_node_has_word(fn_node_get(step, "from"), which->state))
		return TRUE;
	names = steps_here(which);
	fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE, "not possible in state \"%s\"; possible are: %s", which->state,
		*names != '\0' ? names : fn_say("none, the case has ended"));
	return FALSE;
}

static gboolean
check_before(const FnWorkCase *which, const FnNode *step, GError **error)
{
	const FnNode *after = fn_node_get(step, "after");
	const char *name;

	if (fn_node_bool(step, "once", FALSE) && fn_work_taken(which, fn_node_text(step, "do"))) {
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_ONCE, "\"%s\" may be done once only", fn_node_text(step, "do"));
		return FALSE;
	}
	for (guint i = 0; (name = fn_node_word(after, i)) != NULL; i++)
		if (!fn_work_taken(which, name)) {
			fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_NEEDS, "%s must come first", name);
			return FALSE;
		}
	return TRUE;
}

gboolean
fn_work_possible(const FnWorkCase *which, const FnNode *step, const FnActor *actor, const char **role_out, const char **office_out,
	GError **error)
{
	const char *role;

	if (!check_state(which, step, error) || !fn_work_guard_check(which, step, error))
		return FALSE;
	role = fn_work_role_for(which, fn_node_get(step, "by"), actor, office_out, error);
	if (role == NULL || !check_before(which, step, error))
		return FALSE;
	*role_out = role;
	return TRUE;
}

/* ---- taking it ---- */

typedef struct {
	FnWorkCase *which;
	const FnNode *step;
	const FnActor *actor;
	const char *role, *office, *say, *to;
	const json_t *changes;
	gint64 now;
	const FnWorkTaking *how;
	char *signed_; /* the digest confirmed, or NULL; owned */
	char *linked;  /* the cases opened, or NULL; owned */
} Taking;

static gboolean
is_changed_here(const FnNode *fields, const char *name, GError **error)
{
	g_autofree char *shown = fn_text_safe(name, -1, 64);

	if (fn_node_has_word(fields, "all") || fn_node_has_word(fields, name))
		return TRUE;
	fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "%s: this step does not change it", shown);
	return FALSE;
}

/* Lays the changes over the form; the whole form must hold afterwards. */
static gboolean
change_form(Taking *taking, GError **error)
{
	FnWorkCase *which = taking->which;
	const FnNode *fields = fn_node_get(taking->step, "fields");
	json_t *before;
	gboolean good;
	const char *name;
	const json_t *value;

	if (taking->changes == NULL || (json_is_object(taking->changes) && json_object_size(taking->changes) == 0)) {
		taking->changes = NULL;
		return TRUE;
	}
	if (!json_is_object(taking->changes)) {
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "form: must be an object");
		return FALSE;
	}
	json_object_foreach((json_t *)taking->changes, name, value)
		if (!is_changed_here(fields, name, error))
			return FALSE;
	before = json_copy(which->form);
	json_object_foreach((json_t *)taking->changes, name, value) {
		if (json_is_null(value))
			json_object_del(which->form, name);
		else
			json_object_set(which->form, name, (json_t *)value);
	}
	good = fn_work_form_check(which->work->rules, fn_node_get(which->procedure, "form"), which->form, before, which->subject, taking->now, error);
	json_decref(before);
	return good;
}

/* What need not be there when the case is opened, but must be by now. */
static gboolean
check_filled(const Taking *taking, GError **error)
{
	const FnNode *fill = fn_node_get(taking->step, "fill");
	const char *name;

	for (guint i = 0; (name = fn_node_word(fill, i)) != NULL; i++)
		if (json_object_get(taking->which->form, name) == NULL) {
			fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "%s: %s", name, fn_say("is missing"));
			return FALSE;
		}
	return TRUE;
}

/* The moment of the last entry that changed the state. */
static gint64
state_since(const FnWorkCase *which)
{
	gint64 since = which->opened_at;

	for (guint i = 0; i < which->history->len; i++) {
		const FnWorkEvent *event = which->history->pdata[i];

		if (strcmp(event->from, event->to) != 0)
			since = event->at;
	}
	return since;
}

static FnCase
as_case(const Taking *taking)
{
	const FnWorkCase *which = taking->which;
	const FnWorkEvent *first = which->history->len > 0 ? which->history->pdata[0] : NULL;

	return (FnCase){
		.id = which->id,
		.procedure = fn_node_text(which->procedure, "id"),
		.state = which->state,
		.subject = which->subject,
		.form = which->form,
		.parties = which->parties,
		.step = fn_node_text(taking->step, "do"),
		.to = taking->to,
		.say = taking->say,
		.opened_by = first != NULL ? first->account : "",
		.since = state_since(which),
		.with = fn_node_get(taking->step, "with"),
		.work = which->work,
	};
}

/* A signature is over what the actor saw: anybody's step in between makes it stale. */
static gboolean
check_signature(Taking *taking, GError **error)
{
	FnWorkCase *which = taking->which;
	const json_t *attachments;
	g_autofree char *digest = NULL;

	if (!fn_node_bool(taking->step, "sign", FALSE))
		return TRUE;
	if ((attachments = fn_work_attachments(which, error)) == NULL)
		return FALSE;
	digest = fn_work_digest(which->id, which->revision, which->form, attachments, fn_node_text(taking->step, "do"));
	if (!taking->how->confirmed || taking->how->seen == NULL)
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_SIGN, "this step is signed: confirm it with your password and the digest of what you saw");
	else if (g_ascii_strcasecmp(taking->how->seen, digest) != 0)
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_SIGN, "the case is not what you saw any more; look at it again and confirm it anew");
	else
		taking->signed_ = g_steal_pointer(&digest);
	return taking->signed_ != NULL;
}

static gboolean
check_reason(const Taking *taking, GError **error)
{
	const FnNode *reasons = fn_node_get(taking->which->procedure, "reasons");
	const char *reason = taking->how->reason;
	g_autofree char *shown = NULL;

	if (reason == NULL || *reason == '\0')
		return TRUE;
	for (guint i = 0; fn_node_text(taking->step, "say") != NULL && i < fn_node_count(reasons); i++)
		if (strcmp(fn_node_text(fn_node_at(reasons, i), "id"), reason) == 0)
			return TRUE;
	shown = fn_text_safe(reason, -1, 64);
	fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_SAY, "\"%s\" is no reason that this step offers", shown);
	return FALSE;
}

static gboolean
check_needs(const Taking *taking, GError **error)
{
	const FnWork *work = taking->which->work;
	const FnNode *needs = fn_node_get(taking->step, "needs");
	FnCase shown = as_case(taking);
	const char *name;

	for (guint i = 0; (name = fn_node_word(needs, i)) != NULL; i++) {
		g_autoptr(GError) why = NULL;

		if (find_effect(work->effects, "need:", name)->run(taking->which->db, &shown, taking->actor, taking->now, work->data, &why))
			continue;
		if (why != NULL)
			g_propagate_prefixed_error(error, g_steal_pointer(&why), "%s: ", name);
		else
			fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_NEEDS, "%s must be there first", name);
		return FALSE;
	}
	return TRUE;
}

static gboolean
run_effects(const Taking *taking, GError **error)
{
	const FnWork *work = taking->which->work;
	const FnNode *names = fn_node_get(taking->step, "effect");
	FnCase shown = as_case(taking);
	const char *name;

	for (guint i = 0; (name = fn_node_word(names, i)) != NULL; i++) {
		g_autoptr(GError) why = NULL;

		if (find_effect(work->effects, "", name)->run(taking->which->db, &shown, taking->actor, taking->now, work->data, &why))
			continue;
		g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_EFFECT, "%s: %s", name, why != NULL ? why->message : fn_say("failed"));
		return FALSE;
	}
	return TRUE;
}

static gboolean
run_records(const Taking *taking, GError **error)
{
	const FnWork *work = taking->which->work;
	FnCase shown = as_case(taking);

	for (guint i = 0; (shown.record = fn_work_each_map(fn_node_get(taking->step, "record"), i)) != NULL; i++) {
		g_autoptr(GError) why = NULL;

		if (find_effect(work->effects, "", RECORD)->run(taking->which->db, &shown, taking->actor, taking->now, work->data, &why))
			continue;
		g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_EFFECT, "%s: %s", fn_node_text(shown.record, "register"),
			why != NULL ? why->message : fn_say("failed"));
		return FALSE;
	}
	return TRUE;
}

static gboolean
open_linked(Taking *taking, GError **error)
{
	FnCase shown = as_case(taking);

	return fn_work_open_linked(taking->which, &shown, taking->step, taking->now, &taking->linked, error);
}

static gboolean
leads_on(const FnNode *procedure, const char *state)
{
	const FnNode *steps = fn_node_get(procedure, "steps");

	for (guint i = 0; i < fn_node_count(steps); i++)
		if (fn_node_has_word(fn_node_get(fn_node_at(steps, i), "from"), state))
			return TRUE;
	return FALSE;
}

/* The one place that changes a case's state. */
static gboolean
move(Taking *taking, GError **error)
{
	FnWorkCase *which = taking->which;
	g_autofree char *form = fn_json_canonical(which->form);
	gint64 changed = 0;
	gboolean asks = taking->signed_ != NULL || fn_node_get(taking->step, "attach") != NULL;
	const char *reason = taking->how->reason;
	const FnWorkEntry entry = { .kind = "step", .step = fn_node_text(taking->step, "do"), .to = taking->to, .role = taking->role,
		.office = taking->office, .actor = taking->actor, .say = taking->say, .changes = taking->changes, .signed_ = taking->signed_,
		.reason = reason != NULL && *reason != '\0' ? reason : NULL, .seen = asks ? which->attachments : NULL, .linked = taking->linked };

	if (!fn_work_case_enter(which, &entry, taking->now, error))
		return FALSE;
	if (!fn_db_exec(which->db, &fn_sql_work_move_case,
		FN_BINDS(FN_TEXT("id", which->id), FN_TEXT("state", taking->to), FN_TEXT("form", form), FN_INT("now", taking->now),
			FN_INT("ended", !leads_on(which->procedure, taking->to)), FN_INT("revision", which->revision),
			FN_INT("due", fn_work_case_due(which))), &changed, error))
		return FALSE;
	if (changed != 1) {
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE, "somebody else moved this case just now; look at it again");
		return FALSE;
	}
	g_free(which->state);
	which->state = g_strdup(taking->to);
	which->revision++;
	return fn_work_set_waiting(which, error);
}

static gboolean
take(Taking *taking, GError **error)
{
	FnWorkCase *which = taking->which;
	const char *demanded = fn_node_text(taking->step, "say");
	const char *name = fn_node_text(taking->step, "do");

	if (!fn_work_possible(which, taking->step, taking->actor, &taking->role, &taking->office, error) ||
	    !fn_work_say_check(taking->say, demanded != NULL, demanded, error) || !check_reason(taking, error) ||
	    !fn_work_attach_check(which, taking->step, error) || !check_signature(taking, error) || !change_form(taking, error) ||
	    !check_filled(taking, error) || !check_needs(taking, error) || !run_effects(taking, error) || !run_records(taking, error) || !open_linked(taking, error))
		return FALSE;
	return fn_work_clocks_step(which, taking->step, taking->now, error) && move(taking, error) &&
		fn_work_tell(which, fn_node_get(taking->step, "tell"), "step", name, taking->now, error);
}

gboolean
fn_work_step(FnWork *work, FnDb *db, const char *id, const char *step, const char *say, const json_t *form, const FnActor *actor,
	gint64 now, GError **error)
{
	const FnWorkTaking how = { .say = say, .form = form };

	return fn_work_take(work, db, id, step, &how, actor, now, error);
}

gboolean
fn_work_take(FnWork *work, FnDb *db, const char *id, const char *step, const FnWorkTaking *how, const FnActor *actor, gint64 now,
	GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_load(work, db, id, TRUE, error);
	Taking taking = { .which = which, .actor = actor, .how = how, .say = how->say != NULL && *how->say != '\0' ? how->say : NULL,
		.changes = how->form, .now = now };
	g_autofree char *to = NULL;
	gboolean taken;

	if (which == NULL)
		return FALSE;
	taking.step = fn_work_step_named(which->procedure, step);
	if (taking.step == NULL) {
		g_autofree char *shown = fn_text_safe(step, -1, 64);
		g_autofree char *names = steps_here(which);

		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE, "there is no step \"%s\"; possible are: %s", shown, names);
		return FALSE;
	}
	to = g_strdup(fn_node_text(taking.step, "to") != NULL ? fn_node_text(taking.step, "to") : which->state);
	taking.to = to;
	taken = take(&taking, error);
	g_free(taking.signed_);
	g_free(taking.linked);
	return taken;
}
