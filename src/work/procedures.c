/* Procedures as a client needs them: what may be opened, and the form to draw. */
#include "work/work_priv.h"

#include "base/say.h"
#include "base/text.h"

#include <string.h>

/* ---- who may open ---- */

/* The offices of @actor that may open a case in which its own organization is every party that is not known by its kind. */
static json_t *
opening_offices(FnWork *work, const FnNode *procedure, const FnActor *actor)
{
	const FnNode *wanted = fn_node_get(procedure, "parties"), *openers = fn_node_get(procedure, "opener");
	const FnNode *known = fn_node_get(fn_rules_get(work->rules, "roles", "roles"), "parties");
	g_autoptr(FnWorkCase) which = fn_work_case_new(work, NULL, "");
	json_t *offices = json_array();
	const char *party, *role, *office;

	which->procedure = procedure;
	which->parties = json_object();
	for (guint i = 0; (party = fn_node_word(wanted, i)) != NULL; i++)
		if (fn_node_text(fn_node_get(known, party), "kind") == NULL)
			json_object_set_new(which->parties, party, json_string(actor->organization));
	for (guint i = 0; (role = fn_node_word(openers, i)) != NULL; i++) {
		FnFit fit = fn_work_fit(which, role, actor, &office);

		if (fit == FN_FIT)
			json_array_append_new(offices, json_string(office));
	}
	return offices;
}

static json_t *
show_head(FnWork *work, const FnNode *procedure, const FnActor *actor)
{
	return json_pack("{s:s, s:o, s:b, s:b, s:o}", "id", fn_node_text(procedure, "id"), "title", fn_work_titles(fn_node_get(procedure, "title")),
		"restricted", (int)fn_node_bool(procedure, "restricted", FALSE), "single", (int)fn_node_bool(procedure, "single", FALSE), "offices",
		opening_offices(work, procedure, actor));
}

json_t *
fn_work_procedures(FnWork *work, const FnActor *actor)
{
	json_t *list = json_array();
	guint n;
	const FnNode *const *all = fn_rules_all(work->rules, "procedures", &n);

	for (guint i = 0; i < n; i++)
		json_array_append_new(list, show_head(work, all[i], actor));
	return list;
}

/* ---- one ---- */

static json_t *
show_words(const FnNode *word_or_list)
{
	json_t *list = json_array();
	const char *word;

	for (guint i = 0; (word = fn_node_word(word_or_list, i)) != NULL; i++)
		json_array_append_new(list, json_string(word));
	return list;
}

/* Titles of the children of a map, by their keys: states, clocks, names of values. NULL without the map. */
static json_t *
show_titles(const FnNode *map)
{
	json_t *titles = map != NULL ? json_object() : NULL;

	for (guint i = 0; i < fn_node_count(map); i++)
		json_object_set_new(titles, fn_node_key_at(map, i), fn_work_titles(fn_node_at(map, i)));
	return titles;
}

/* A bound as a number: written, or a parameter of the pack in force. NULL without one. */
static json_t *
show_bound(FnWork *work, const FnNode *field, const char *name)
{
	const FnNode *bound = fn_node_get(field, name);
	const char *parameter = bound != NULL && fn_node_is_map(bound) ? fn_node_text(bound, "parameter") : NULL;

	if (bound == NULL)
		return NULL;
	return json_integer((json_int_t)(parameter != NULL ? fn_rules_parameter_int(work->rules, parameter, 0) : fn_node_int(field, name, 0)));
}

static json_t *
show_field(FnWork *work, const FnNode *field, const char *id)
{
	const FnNode *values = fn_node_get(field, "values");

	return json_pack("{s:s, s:o, s:s, s:b, s:o*, s:o*, s:s*, s:s*, s:o*, s:o*}", "id", id, "title", fn_work_titles(field), "type",
		fn_node_text(field, "type"), "required", (int)fn_node_bool(field, "required", FALSE), "min", show_bound(work, field, "min"), "max",
		show_bound(work, field, "max"), "of", fn_node_text(field, "of"), "where", fn_node_text(field, "where"), "values",
		values != NULL ? show_words(values) : NULL, "names", show_titles(fn_node_get(field, "names")));
}

static json_t *
show_form(FnWork *work, const FnNode *form)
{
	json_t *list = json_array();

	for (guint i = 0; i < fn_node_count(form); i++)
		json_array_append_new(list, show_field(work, fn_node_at(form, i), fn_node_key_at(form, i)));
	return list;
}

static json_t *
show_step(const FnNode *step)
{
	return json_pack("{s:s, s:o, s:o, s:s*, s:o, s:s*, s:o, s:o, s:o, s:o, s:b, s:b, s:b}", "do", fn_node_text(step, "do"), "title",
		fn_work_titles(step), "from", show_words(fn_node_get(step, "from")), "to", fn_node_text(step, "to"), "by",
		show_words(fn_node_get(step, "by")), "say", fn_node_text(step, "say"), "fields", show_words(fn_node_get(step, "fields")), "fill",
		show_words(fn_node_get(step, "fill")), "attach", show_words(fn_node_get(step, "attach")), "needs", show_words(fn_node_get(step, "needs")),
		"sign", (int)fn_node_bool(step, "sign", FALSE), "may", (int)fn_node_bool(step, "may", FALSE), "once",
		(int)fn_node_bool(step, "once", FALSE));
}

static json_t *
show_list(const FnNode *list, json_t *(*show)(const FnNode *item))
{
	json_t *shown = json_array();

	for (guint i = 0; i < fn_node_count(list); i++)
		json_array_append_new(shown, show(fn_node_at(list, i)));
	return shown;
}

static json_t *
show_reason(const FnNode *reason)
{
	return json_pack("{s:s, s:o}", "id", fn_node_text(reason, "id"), "title", fn_work_titles(reason));
}

static json_t *
show_parties(FnWork *work, const FnNode *wanted)
{
	const FnNode *known = fn_node_get(fn_rules_get(work->rules, "roles", "roles"), "parties");
	json_t *parties = json_object();
	const char *party;

	for (guint i = 0; (party = fn_node_word(wanted, i)) != NULL; i++)
		json_object_set_new(parties, party, fn_work_titles(fn_node_get(known, party)));
	return parties;
}

static json_t *
show_people(const FnNode *people)
{
	json_t *shown = json_object();

	for (guint i = 0; i < fn_node_count(people); i++)
		json_object_set_new(shown, fn_node_key_at(people, i), show_words(fn_node_at(people, i)));
	return shown;
}

json_t *
fn_work_procedure(FnWork *work, const char *id, const FnActor *actor, GError **error)
{
	const FnNode *procedure = fn_rules_get(work->rules, "procedures", id);
	json_t *shown;

	if (procedure == NULL) {
		g_autofree char *safe = fn_text_safe(id, -1, 64);

		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_UNKNOWN, "there is no procedure \"%s\"", safe);
		return NULL;
	}
	shown = show_head(work, procedure, actor);
	json_object_set_new(shown, "law", show_words(fn_node_get(procedure, "law")));
	json_object_set_new(shown, "parties", show_parties(work, fn_node_get(procedure, "parties")));
	json_object_set_new(shown, "opener", show_words(fn_node_get(procedure, "opener")));
	json_object_set_new(shown, "people", show_people(fn_node_get(procedure, "people")));
	json_object_set_new(shown, "form", show_form(work, fn_node_get(procedure, "form")));
	json_object_set_new(shown, "states", show_titles(fn_node_get(procedure, "states")));
	json_object_set_new(shown, "clocks", fn_node_get(procedure, "clocks") != NULL ? show_titles(fn_node_get(procedure, "clocks")) : json_object());
	json_object_set_new(shown, "steps", show_list(fn_node_get(procedure, "steps"), show_step));
	json_object_set_new(shown, "reasons", show_list(fn_node_get(procedure, "reasons"), show_reason));
	return shown;
}
