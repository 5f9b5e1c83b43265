/* Opening a case and taking a step. */
#include "work/work_priv.h"

#include "base/json.h"
#include "base/text.h"
#include "work_sql.h"

#include <string.h>

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

			g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_UNKNOWN, "%s: %s: this program has no %s \"%s\"; correct the name", place, key, key,
				name);
			return FALSE;
		}
	return TRUE;
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
			    !check_effects(effects, fn_node_at(steps, j), "needs", "need:", error))
				return NULL;
	}
	work = g_new0(FnWork, 1);
	work->rules = rules;
	work->effects = effects;
	work->data = effect_data;
	return work;
}

void
fn_work_free(FnWork *work)
{
	g_free(work);
}

/* ---- what is possible ---- */

static char *
steps_here(const FnWorkCase *which)
{
	const FnNode *steps = fn_node_get(which->procedure, "steps");
	GString *names = g_string_new(NULL);

	for (guint i = 0; i < fn_node_count(steps); i++)
		if (fn_node_has_word(fn_node_get(fn_node_at(steps, i), "from"), which->state))
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
	g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE, "not possible in state \"%s\"; possible are: %s", which->state,
		*names != '\0' ? names : "none, the case has ended");
	return FALSE;
}

static gboolean
check_before(const FnWorkCase *which, const FnNode *step, GError **error)
{
	const FnNode *after = fn_node_get(step, "after");
	const char *name;

	if (fn_node_bool(step, "once", FALSE) && fn_work_taken(which, fn_node_text(step, "do"))) {
		g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_ONCE, "\"%s\" may be done once only", fn_node_text(step, "do"));
		return FALSE;
	}
	for (guint i = 0; (name = fn_node_word(after, i)) != NULL; i++)
		if (!fn_work_taken(which, name)) {
			g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_NEEDS, "%s must come first", name);
			return FALSE;
		}
	return TRUE;
}

gboolean
fn_work_possible(const FnWorkCase *which, const FnNode *step, const FnActor *actor, const char **role_out, const char **office_out,
	GError **error)
{
	const char *role;

	if (!check_state(which, step, error))
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
} Taking;

/* Lays the changes over the form; the whole form must hold afterwards. */
static gboolean
change_form(Taking *taking, GError **error)
{
	FnWorkCase *which = taking->which;
	const FnNode *fields = fn_node_get(taking->step, "fields");
	const char *name;
	const json_t *value;

	if (taking->changes == NULL || (json_is_object(taking->changes) && json_object_size(taking->changes) == 0)) {
		taking->changes = NULL;
		return TRUE;
	}
	if (!json_is_object(taking->changes)) {
		g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "form: must be an object");
		return FALSE;
	}
	json_object_foreach((json_t *)taking->changes, name, value) {
		if (!fn_node_has_word(fields, "all") && !fn_node_has_word(fields, name)) {
			g_autofree char *shown = fn_text_safe(name, -1, 64);

			g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "%s: this step does not change it", shown);
			return FALSE;
		}
		if (json_is_null(value))
			json_object_del(which->form, name);
		else
			json_object_set(which->form, name, (json_t *)value);
	}
	return fn_work_form_check(which->work->rules, fn_node_get(which->procedure, "form"), which->form, which->subject, taking->now, error);
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
	};
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
			g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_NEEDS, "%s must be there first", name);
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
		g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_EFFECT, "%s: %s", name, why != NULL ? why->message : "failed");
		return FALSE;
	}
	return TRUE;
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

	if (!fn_work_case_enter(which, "step", fn_node_text(taking->step, "do"), taking->to, taking->role, taking->office, taking->actor,
		taking->say, taking->changes, taking->now, error))
		return FALSE;
	if (!fn_db_exec(which->db, &fn_sql_work_move_case,
		FN_BINDS(FN_TEXT("id", which->id), FN_TEXT("state", taking->to), FN_TEXT("form", form), FN_INT("now", taking->now),
			FN_INT("ended", !leads_on(which->procedure, taking->to)), FN_INT("revision", which->revision)), &changed, error))
		return FALSE;
	if (changed != 1) {
		g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE, "somebody else moved this case just now; look at it again");
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
	    !fn_work_say_check(taking->say, demanded != NULL, demanded, error) || !change_form(taking, error) || !check_needs(taking, error) ||
	    !run_effects(taking, error))
		return FALSE;
	return fn_work_clocks_step(which, taking->step, taking->now, error) && move(taking, error) &&
		fn_work_tell(which, fn_node_get(taking->step, "tell"), "step", name, taking->now, error);
}

gboolean
fn_work_step(FnWork *work, FnDb *db, const char *id, const char *step, const char *say, const json_t *form, const FnActor *actor,
	gint64 now, GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_load(work, db, id, TRUE, error);
	Taking taking = { .which = which, .actor = actor, .say = say != NULL && *say != '\0' ? say : NULL, .changes = form, .now = now };
	g_autofree char *to = NULL;

	if (which == NULL)
		return FALSE;
	taking.step = fn_work_step_named(which->procedure, step);
	if (taking.step == NULL) {
		g_autofree char *shown = fn_text_safe(step, -1, 64);
		g_autofree char *names = steps_here(which);

		g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE, "there is no step \"%s\"; possible are: %s", shown, names);
		return FALSE;
	}
	to = g_strdup(fn_node_text(taking.step, "to") != NULL ? fn_node_text(taking.step, "to") : which->state);
	taking.to = to;
	return take(&taking, error);
}

/* ---- opening ---- */

/* Keeps the parties that this procedure knows. */
static json_t *
take_parties(const FnWork *work, const FnNode *procedure, const json_t *given, GError **error)
{
	const FnNode *known = fn_node_get(fn_rules_get(work->rules, "roles", "roles"), "parties");
	const FnNode *wanted = fn_node_get(procedure, "parties");
	json_t *parties = json_object();
	const char *name;

	for (guint i = 0; i < fn_node_count(known); i++) {
		const char *organization = json_string_value(json_object_get(given, fn_node_key_at(known, i)));
		gboolean is_wanted = fn_node_has_word(wanted, fn_node_key_at(known, i)) || fn_node_text(fn_node_at(known, i), "kind") != NULL;

		if (is_wanted && organization != NULL && *organization != '\0' && strlen(organization) <= 64)
			json_object_set_new(parties, fn_node_key_at(known, i), json_string(organization));
	}
	for (guint i = 0; (name = fn_node_word(wanted, i)) != NULL; i++)
		if (json_object_get(parties, name) == NULL) {
			g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "%s: name the organization", name);
			json_decref(parties);
			return NULL;
		}
	return parties;
}

static gboolean
check_single(FnWork *work, FnDb *db, const FnNode *procedure, const char *subject, GError **error)
{
	g_autofree char *locked = NULL, *before = NULL;
	g_autoptr(GError) why = NULL;

	if (!fn_node_bool(procedure, "single", FALSE))
		return TRUE;
	locked = fn_db_text(db, &fn_sql_work_lock_subject, FN_BINDS(FN_TEXT("subject", subject)), &why);
	if (why == NULL)
		before = fn_db_text(db, &fn_sql_work_open_case_of_subject,
			FN_BINDS(FN_TEXT("procedure", fn_node_text(procedure, "id")), FN_TEXT("subject", subject)), &why);
	if (why != NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	if (before == NULL)
		return TRUE;
	g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_ONCE, "case %s is about this already", before);
	return FALSE;
}

static gboolean
write_case(FnWorkCase *which, const FnActor *actor, gint64 now, GError **error)
{
	const FnNode *opener = fn_node_get(which->procedure, "opener");
	g_autofree char *form = fn_json_canonical(which->form);
	g_autofree char *parties = fn_json_canonical(which->parties);
	const char *office, *role = fn_work_role_for(which, opener, actor, &office, error);
	json_t *whole;
	gboolean written;

	if (role == NULL ||
	    !fn_work_form_check(which->work->rules, fn_node_get(which->procedure, "form"), which->form, which->subject, now, error))
		return FALSE;
	whole = json_pack("{s:O, s:O, s:s, s:s}", "form", which->form, "parties", which->parties, "subject", which->subject, "procedure",
		fn_node_text(which->procedure, "id"));
	written = fn_db_exec(which->db, &fn_sql_work_add_case,
		FN_BINDS(FN_TEXT("id", which->id), FN_TEXT("procedure", fn_node_text(which->procedure, "id")), FN_TEXT("state", which->state),
			FN_TEXT("subject", which->subject), FN_TEXT("form", form), FN_TEXT("parties", parties), FN_INT("now", now)), NULL, error) &&
		fn_work_case_enter(which, "open", "open", which->state, role, office, actor, NULL, whole, now, error) &&
		fn_work_set_waiting(which, error);
	json_decref(whole);
	return written;
}

char *
fn_work_open(FnWork *work, FnDb *db, const char *procedure, const char *subject, const json_t *parties, const json_t *form,
	const FnActor *actor, gint64 now, GError **error)
{
	const FnNode *found = fn_rules_get(work->rules, "procedures", procedure);
	g_autofree char *id = fn_id_new();
	g_autoptr(FnWorkCase) which = fn_work_case_new(work, db, id);

	if (found == NULL) {
		g_autofree char *shown = fn_text_safe(procedure, -1, 64);

		g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_UNKNOWN, "there is no procedure \"%s\"", shown);
		return NULL;
	}
	if (subject == NULL || *subject == '\0' || strlen(subject) > 128 || !g_utf8_validate(subject, -1, NULL)) {
		g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "subject: must be a text of at most 128 bytes");
		return NULL;
	}
	which->procedure = found;
	which->subject = g_strdup(subject);
	which->state = g_strdup(fn_node_key_at(fn_node_get(found, "states"), 0));
	which->form = form != NULL ? json_deep_copy(form) : json_object();
	if ((which->parties = take_parties(work, found, parties, error)) == NULL || !check_single(work, db, found, subject, error) ||
	    !write_case(which, actor, now, error))
		return NULL;
	return g_steal_pointer(&id);
}
