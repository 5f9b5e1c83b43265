/* Opening a case: by somebody, or by the platform for a step of another case. */
#include "work/work_priv.h"

#include "base/json.h"
#include "base/say.h"
#include "base/text.h"
#include "work_sql.h"

#include <string.h>

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
			fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "%s: name the organization", name);
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
	fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_ONCE, "case %s is about this already", before);
	return FALSE;
}

/* The step that fills @field in when only steps of other roles than the openers' do, else NULL: who asks does not answer for who reviews. */
static const FnNode *
filled_by_others(const FnNode *procedure, const char *field)
{
	const FnNode *steps = fn_node_get(procedure, "steps"), *openers = fn_node_get(procedure, "opener"), *found = NULL;
	const char *role;

	for (guint i = 0; i < fn_node_count(steps); i++) {
		const FnNode *step = fn_node_at(steps, i), *fields = fn_node_get(step, "fields"), *by = fn_node_get(step, "by");

		if (!fn_node_has_word(fields, "all") && !fn_node_has_word(fields, field))
			continue;
		for (guint j = 0; (role = fn_node_word(openers, j)) != NULL; j++)
			if (fn_node_has_word(by, role))
				return NULL;
		found = found != NULL ? found : step;
	}
	return found;
}

/* What the opener may say: all that the form demands, and whatever is not left to somebody else's step. */
static gboolean
check_given(const FnWorkCase *which, GError **error)
{
	const FnNode *known = fn_node_get(which->procedure, "form");
	const char *name;
	json_t *value;

	json_object_foreach(which->form, name, value) {
		const FnNode *field = fn_node_get(known, name);
		const FnNode *step = field != NULL && !fn_node_bool(field, "required", FALSE) ? filled_by_others(which->procedure, name) : NULL;

		if (step == NULL)
			continue;
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "%s: is filled in by the step \"%s\"; leave it out", name, fn_node_text(step, "do"));
		return FALSE;
	}
	return TRUE;
}

static gboolean
write_parties(const FnWorkCase *which, GError **error)
{
	const char *name;
	json_t *organization;

	json_object_foreach(which->parties, name, organization)
		if (!fn_db_exec(which->db, &fn_sql_work_add_party, FN_BINDS(FN_TEXT("organization", json_string_value(organization)),
			FN_TEXT("case", which->id)), NULL, error))
			return FALSE;
	return TRUE;
}

static gboolean
write_case(FnWorkCase *which, const FnActor *actor, const char *linked, gint64 now, GError **error)
{
	const FnNode *opener = fn_node_get(which->procedure, "opener");
	FnWorkEntry entry = { .kind = "open", .step = "open", .to = which->state, .actor = actor, .linked = linked };
	g_autofree char *form = fn_json_canonical(which->form);
	g_autofree char *parties = fn_json_canonical(which->parties);
	const char *office, *role = fn_work_role_for(which, opener, actor, &office, error);
	json_t *whole;
	gboolean written;

	if (role == NULL || (linked == NULL && !check_given(which, error)) ||
	    !fn_work_form_check(which->work->rules, fn_node_get(which->procedure, "form"), which->form, NULL, which->subject, now, error))
		return FALSE;
	whole = json_pack("{s:O, s:O, s:s, s:s}", "form", which->form, "parties", which->parties, "subject", which->subject, "procedure",
		fn_node_text(which->procedure, "id"));
	entry.role = role;
	entry.office = office;
	entry.changes = whole;
	written = fn_db_exec(which->db, &fn_sql_work_add_case,
		FN_BINDS(FN_TEXT("id", which->id), FN_TEXT("procedure", fn_node_text(which->procedure, "id")), FN_TEXT("state", which->state),
			FN_TEXT("subject", which->subject), FN_TEXT("form", form), FN_TEXT("parties", parties), FN_INT("now", now)), NULL, error) &&
		write_parties(which, error) &&
		fn_work_case_enter(which, &entry, now, error) &&
		fn_work_clocks_step(which, which->procedure, now, error) && /* those that run from the opening */
		fn_db_exec(which->db, &fn_sql_work_set_due, FN_BINDS(FN_TEXT("id", which->id), FN_INT("due", fn_work_case_due(which))), NULL, error) &&
		fn_work_set_waiting(which, error);
	json_decref(whole);
	return written;
}

/* @linked: the case whose step opens this one, or NULL. */
static char *
open_case(FnWork *work, FnDb *db, const char *procedure, const char *subject, const json_t *parties, const json_t *form,
	const FnActor *actor, const char *linked, gint64 now, GError **error)
{
	const FnNode *found = fn_rules_get(work->rules, "procedures", procedure);
	g_autofree char *id = fn_id_new();
	g_autoptr(FnWorkCase) which = fn_work_case_new(work, db, id);

	if (found == NULL) {
		g_autofree char *shown = fn_text_safe(procedure, -1, 64);

		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_UNKNOWN, "there is no procedure \"%s\"", shown);
		return NULL;
	}
	if (subject == NULL || *subject == '\0' || strlen(subject) > 128 || !g_utf8_validate(subject, -1, NULL)) {
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "subject: must be a text of at most 128 bytes");
		return NULL;
	}
	which->procedure = found;
	which->subject = g_strdup(subject);
	which->state = g_strdup(fn_node_key_at(fn_node_get(found, "states"), 0));
	which->form = form != NULL ? json_deep_copy(form) : json_object();
	if ((which->parties = take_parties(work, found, parties, error)) == NULL || !check_single(work, db, found, subject, error) ||
	    !write_case(which, actor, linked, now, error))
		return NULL;
	return g_steal_pointer(&id);
}

char *
fn_work_open(FnWork *work, FnDb *db, const char *procedure, const char *subject, const json_t *parties, const json_t *form,
	const FnActor *actor, gint64 now, GError **error)
{
	return open_case(work, db, procedure, subject, parties, form, actor, NULL, now, error);
}

/* ---- by a step ---- */

/* The parties of this case, with those that the step gives laid over. */
static json_t *
parties_for(const FnCase *shown, const FnNode *opening, gint64 now)
{
	json_t *parties = json_copy((json_t *)shown->parties), *given = fn_work_values(shown, fn_node_get(opening, "parties"), now);

	json_object_update(parties, given);
	json_decref(given);
	return parties;
}

static char *
subject_for(const FnCase *shown, const FnNode *opening, gint64 now)
{
	json_t *value = fn_work_value(shown, fn_node_get(opening, "subject"), now);
	char *subject = g_strdup(json_is_string(value) ? json_string_value(value) : shown->subject);

	json_decref(value);
	return subject;
}

static char *
open_one(FnWorkCase *which, const FnCase *shown, const FnNode *opening, gint64 now, GError **error)
{
	g_autoptr(FnActor) platform = fn_work_platform();
	json_t *parties = parties_for(shown, opening, now), *form = fn_work_values(shown, fn_node_get(opening, "set"), now);
	g_autofree char *subject = subject_for(shown, opening, now);
	g_autoptr(GError) why = NULL;
	char *id = open_case(which->work, which->db, fn_node_text(opening, "procedure"), subject, parties, form, platform, which->id, now, &why);

	json_decref(parties);
	json_decref(form);
	if (id == NULL)
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_EFFECT, "opening \"%s\": %s", fn_node_text(opening, "procedure"), why->message);
	return id;
}

gboolean
fn_work_open_linked(FnWorkCase *which, const FnCase *shown, const FnNode *step, gint64 now, char **linked_out, GError **error)
{
	g_autoptr(GString) linked = g_string_new(NULL);
	const FnNode *opening;

	*linked_out = NULL;
	for (guint i = 0; (opening = fn_work_each_map(fn_node_get(step, "opens"), i)) != NULL; i++) {
		g_autofree char *id = open_one(which, shown, opening, now, error);

		if (id == NULL)
			return FALSE;
		g_string_append_printf(linked, "%s%s", i > 0 ? " " : "", id);
	}
	if (linked->len > 0)
		*linked_out = g_strdup(linked->str);
	return TRUE;
}
