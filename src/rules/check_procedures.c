/* Whether a procedure names only what there is, and can be walked to its end. */
#include "rules/rules_priv.h"

#include <string.h>

typedef struct {
	const FnRules *rules;
	const FnNode *procedure, *states, *steps, *people, *clocks, *roles;
} Procedure;

/* names */

/* "of" names another field of the form; for a record, the register. */
static gboolean
check_field_of(const Procedure *procedure, const FnNode *field, GError **error)
{
	const FnNode *of = fn_node_get(field, "of");

	if (strcmp(fn_node_text(field, "type"), "record") != 0)
		return fn_check_words(of, "of", fn_node_get(procedure->procedure, "form"), "form", error);
	if (fn_rules_get(procedure->rules, "registers", fn_node_scalar(of)) == NULL)
		return fn_node_refuse(field, "of", FN_RULES_ERROR_REFERENCE, error, "a record is of a register; name one that there is");
	return TRUE;
}

/* Who names one value for people names all. */
static gboolean
check_value_names(const FnNode *field, GError **error)
{
	const FnNode *values = fn_node_get(field, "values"), *names = fn_node_get(field, "names");
	const char *value;

	for (guint i = 0; names != NULL && (value = fn_node_word(values, i)) != NULL; i++)
		if (fn_node_get(names, value) == NULL)
			return fn_node_refuse(names, "names", FN_RULES_ERROR_REFERENCE, error, "\"%s\" has no name; write it in both languages", value);
	for (guint i = 0; i < fn_node_count(names); i++)
		if (!fn_node_has_word(values, fn_node_key_at(names, i)))
			return fn_node_refuse(names, fn_node_key_at(names, i), FN_RULES_ERROR_REFERENCE, error, "is not one of the values; correct it");
	return TRUE;
}

static gboolean
check_form(const Procedure *procedure, GError **error)
{
	const FnNode *form = fn_node_get(procedure->procedure, "form");

	for (guint i = 0; i < fn_node_count(form); i++) {
		const FnNode *field = fn_node_at(form, i);
		const FnNode *max = fn_node_get(field, "max");
		gboolean is_enum = strcmp(fn_node_text(field, "type"), "enum") == 0;
		gboolean is_date = strcmp(fn_node_text(field, "type"), "date") == 0;

		if (!check_field_of(procedure, field, error))
			return FALSE;
		if (is_enum != (fn_node_get(field, "values") != NULL))
			return fn_node_refuse(field, fn_node_key_at(form, i), FN_RULES_ERROR_REFERENCE, error,
				"values and type do not suit; an enum, and only an enum, lists its values");
		if (!check_value_names(field, error))
			return FALSE;
		if (max != NULL && is_date != (max->type == FN_NODE_MAP))
			return fn_node_refuse(max, "max", FN_RULES_ERROR_REFERENCE, error,
				"does not suit the type; a date has {parameter: name}, others a number");
		if (max != NULL && !fn_check_parameter(procedure->rules, max, "parameter", "month", error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
check_office(const Procedure *procedure, const FnNode *word, const char *role, GError **error)
{
	g_auto(GStrv) part = g_strsplit(fn_node_scalar(word), "@", 2);
	const FnNode *parties = fn_node_get(procedure->roles, "parties");

	if (fn_node_get(fn_node_get(procedure->roles, "offices"), part[0]) == NULL &&
	    fn_node_get(fn_node_get(procedure->roles, "words"), part[0]) == NULL)
		return fn_node_refuse(word, role, FN_RULES_ERROR_REFERENCE, error, "roles.yaml has no office \"%s\"; declare it or correct the name",
			part[0]);
	if (fn_node_get(parties, part[1]) == NULL)
		return fn_node_refuse(word, role, FN_RULES_ERROR_REFERENCE, error, "roles.yaml has no party \"%s\"; declare it or correct the name",
			part[1]);
	if (fn_node_text(fn_node_get(parties, part[1]), "kind") == NULL &&
	    !fn_node_has_word(fn_node_get(procedure->procedure, "parties"), part[1]))
		return fn_node_refuse(word, role, FN_RULES_ERROR_REFERENCE, error, "\"%s\" is not under parties of this procedure; add it", part[1]);
	return TRUE;
}

static gboolean
check_people(const Procedure *procedure, GError **error)
{
	for (guint i = 0; i < fn_node_count(procedure->people); i++) {
		const FnNode *offices = fn_node_at(procedure->people, i);
		const char *role = fn_node_key_at(procedure->people, i);

		if (offices->type == FN_NODE_SCALAR && !check_office(procedure, offices, role, error))
			return FALSE;
		for (guint j = 0; j < fn_node_count(offices); j++)
			if (!check_office(procedure, fn_node_at(offices, j), role, error))
				return FALSE;
	}
	return fn_check_words(fn_node_get(procedure->procedure, "opener"), "opener", procedure->people, "people", error) &&
		fn_check_words(fn_node_get(procedure->procedure, "impartial"), "impartial", procedure->people, "people", error) &&
		fn_check_words(fn_node_get(procedure->procedure, "parties"), "parties", fn_node_get(procedure->roles, "parties"),
			"parties of roles.yaml", error);
}

/* The one office@party that @role stands for when only one person can hold it, else NULL. */
static const char *
single_office(const Procedure *procedure, const char *role)
{
	const char *office = fn_node_text(procedure->people, role);
	g_auto(GStrv) part = office != NULL ? g_strsplit(office, "@", 2) : NULL;

	if (part == NULL || !fn_node_bool(fn_node_get(fn_node_get(procedure->roles, "offices"), part[0]), "single", FALSE))
		return NULL;
	return office;
}

static gboolean
check_apart(const Procedure *procedure, GError **error)
{
	const FnNode *apart = fn_node_get(procedure->procedure, "apart");

	for (guint i = 0; i < fn_node_count(apart); i++) {
		const FnNode *pair = fn_node_at(apart, i);
		const char *one = fn_node_word(pair, 0), *other = fn_node_word(pair, 1);
		const char *office;

		if (!fn_check_words(pair, "apart", procedure->people, "people", error))
			return FALSE;
		if (strcmp(one, other) == 0)
			return fn_node_refuse(pair, "apart", FN_RULES_ERROR_PROCEDURE, error, "\"%s\" would have to be another than itself; name two roles", one);
		office = single_office(procedure, one);
		if (office != NULL && g_strcmp0(office, single_office(procedure, other)) == 0)
			return fn_node_refuse(pair, "apart", FN_RULES_ERROR_PROCEDURE, error,
				"only one person is %s, and would have to act as %s and as %s; give one role another office", office, one, other);
	}
	return TRUE;
}

/* {of: field, parameters: {value: parameter}}: one for each value. */
static gboolean
check_chosen(const Procedure *procedure, const FnNode *clock, GError **error)
{
	const FnNode *form = fn_node_get(procedure->procedure, "form"), *parameters = fn_node_get(clock, "parameters");
	const FnNode *values = fn_node_get(fn_node_get(form, fn_node_text(clock, "of")), "values");
	const char *value;

	if (values == NULL)
		return fn_node_refuse(clock, "of", FN_RULES_ERROR_REFERENCE, error, "the parameter is chosen by an enum of the form; name one");
	for (guint i = 0; (value = fn_node_word(values, i)) != NULL; i++)
		if (fn_node_get(parameters, value) == NULL)
			return fn_node_refuse(clock, "parameters", FN_RULES_ERROR_REFERENCE, error, "none for \"%s\"; name it", value);
	for (guint i = 0; i < fn_node_count(parameters); i++) {
		if (!fn_node_has_word(values, fn_node_key_at(parameters, i)))
			return fn_node_refuse(parameters, fn_node_key_at(parameters, i), FN_RULES_ERROR_REFERENCE, error,
				"is not one of the field's values; correct it");
		if (!fn_check_parameter(procedure->rules, parameters, fn_node_key_at(parameters, i), fn_node_text(clock, "unit"), error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
check_clock(const Procedure *procedure, const FnNode *clock, const char *name, GError **error)
{
	gboolean is_chosen = fn_node_get(clock, "of") != NULL;

	if (is_chosen == (fn_node_get(clock, "parameter") != NULL) || is_chosen != (fn_node_get(clock, "parameters") != NULL))
		return fn_node_refuse(clock, name, FN_RULES_ERROR_REFERENCE, error,
			"write either parameter, or of and parameters, so that it is known how long it runs");
	if (is_chosen)
		return check_chosen(procedure, clock, error);
	return fn_check_parameter(procedure->rules, clock, "parameter", fn_node_text(clock, "unit"), error);
}

static const FnNode *
step_named(const Procedure *procedure, const char *name)
{
	for (guint i = 0; i < fn_node_count(procedure->steps); i++)
		if (strcmp(fn_node_text(fn_node_at(procedure->steps, i), "do"), name) == 0)
			return fn_node_at(procedure->steps, i);
	return NULL;
}

static gboolean
is_platforms(const Procedure *procedure, const FnNode *step)
{
	const char *role, *seat;

	for (guint i = 0; (role = fn_node_word(fn_node_get(step, "by"), i)) != NULL; i++)
		for (guint j = 0; (seat = fn_node_word(fn_node_get(procedure->people, role), j)) != NULL; j++)
			if (strcmp(seat, "platform@platform") != 0)
				return FALSE;
	return TRUE;
}

/* What happens by itself once a clock ran out: the platform's step that stops it and moves the case on. It carries nothing out, so that time
 * alone decides nothing, and demands nothing, so that no case keeps the clock of the others from going on. */
static gboolean
check_by_itself(const Procedure *procedure, const char *clock, const FnNode *late, GError **error)
{
	static const char *const too_much[] = { "effect", "record", "opens", "needs", "attach", "fill", "sign", "when", "after", "once", "extend" };
	const char *name = fn_node_text(late, "step");
	const FnNode *step = name != NULL ? step_named(procedure, name) : NULL;

	if (name == NULL)
		return TRUE;
	if (step == NULL)
		return fn_node_refuse(late, "step", FN_RULES_ERROR_REFERENCE, error, "there is no step \"%s\"; correct the name", name);
	if (!is_platforms(procedure, step))
		return fn_node_refuse(late, "step", FN_RULES_ERROR_PROCEDURE, error, "\"%s\" is done by persons; give it to platform@platform alone", name);
	if (!fn_node_has_word(fn_node_get(step, "stop"), clock))
		return fn_node_refuse(late, "step", FN_RULES_ERROR_PROCEDURE, error, "\"%s\" does not stop the clock that ran out; let it", name);
	for (guint i = 0; i < G_N_ELEMENTS(too_much); i++)
		if (fn_node_get(step, too_much[i]) != NULL)
			return fn_node_refuse(late, "step", FN_RULES_ERROR_PROCEDURE, error,
				"\"%s\" has \"%s\", but what happens by itself only moves the case; leave that to a person's step", name, too_much[i]);
	return TRUE;
}

static gboolean
check_clocks(const Procedure *procedure, GError **error)
{
	const FnNode *overdue = fn_node_get(procedure->procedure, "overdue");

	if (!fn_check_words(fn_node_get(procedure->procedure, "start"), "start", procedure->clocks, "clocks", error))
		return FALSE;
	for (guint i = 0; i < fn_node_count(procedure->clocks); i++)
		if (!check_clock(procedure, fn_node_at(procedure->clocks, i), fn_node_key_at(procedure->clocks, i), error))
			return FALSE;
	for (guint i = 0; i < fn_node_count(overdue); i++) {
		if (fn_node_get(procedure->clocks, fn_node_key_at(overdue, i)) == NULL)
			return fn_node_refuse(fn_node_at(overdue, i), fn_node_key_at(overdue, i), FN_RULES_ERROR_REFERENCE, error,
				"is not declared under clocks; declare it or correct the name");
		if (!fn_check_words(fn_node_get(fn_node_at(overdue, i), "tell"), "tell", procedure->people, "people", error) ||
			!check_by_itself(procedure, fn_node_key_at(overdue, i), fn_node_at(overdue, i), error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
check_step(const Procedure *procedure, const FnNode *step, GError **error)
{
	static const char *const moves[] = { "start", "pause", "resume", "stop" };
	const FnNode *extend = fn_node_get(step, "extend"), *fields = fn_node_get(step, "fields"), *after = fn_node_get(step, "after");
	const char *word;

	if (!fn_check_words(fn_node_get(step, "from"), "from", procedure->states, "states", error) ||
	    !fn_check_words(fn_node_get(step, "to"), "to", procedure->states, "states", error) ||
	    !fn_check_words(fn_node_get(step, "by"), "by", procedure->people, "people", error) ||
	    !fn_check_words(fn_node_get(step, "tell"), "tell", procedure->people, "people", error))
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(moves); i++)
		if (!fn_check_words(fn_node_get(step, moves[i]), moves[i], procedure->clocks, "clocks", error))
			return FALSE;
	for (guint i = 0; i < fn_node_count(extend); i++) {
		if (fn_node_get(procedure->clocks, fn_node_key_at(extend, i)) == NULL)
			return fn_node_refuse(extend, fn_node_key_at(extend, i), FN_RULES_ERROR_REFERENCE, error, "is not declared under clocks; declare it");
		if (!fn_check_parameter(procedure->rules, extend, fn_node_key_at(extend, i),
			fn_node_text(fn_node_get(procedure->clocks, fn_node_key_at(extend, i)), "unit"), error))
			return FALSE;
	}
	for (guint i = 0; (word = fn_node_word(after, i)) != NULL; i++)
		if (step_named(procedure, word) == NULL)
			return fn_node_refuse(after, "after", FN_RULES_ERROR_REFERENCE, error, "there is no step \"%s\"; correct the name", word);
	if (!fn_check_words(fn_node_get(step, "fill"), "fill", fn_node_get(procedure->procedure, "form"), "form", error))
		return FALSE;
	if (!fn_node_has_word(fields, "all") && !fn_check_words(fields, "fields", fn_node_get(procedure->procedure, "form"), "form", error))
		return FALSE;
	return TRUE;
}

static gboolean
check_steps(const Procedure *procedure, GError **error)
{
	for (guint i = 0; i < fn_node_count(procedure->steps); i++) {
		const FnNode *step = fn_node_at(procedure->steps, i);
		const char *name = fn_node_text(step, "do");

		if (!check_step(procedure, step, error))
			return FALSE;
		for (guint j = 0; j < i; j++)
			if (strcmp(fn_node_text(fn_node_at(procedure->steps, j), "do"), name) == 0)
				return fn_node_refuse(step, name, FN_RULES_ERROR_PROCEDURE, error,
					"two steps have this name; list all states under one \"from\" or rename one");
	}
	return TRUE;
}

/* the walk. A set of states is an array of gboolean by their order. */

static guint
state_number(const Procedure *procedure, const char *name)
{
	for (guint i = 0; i < fn_node_count(procedure->states); i++)
		if (strcmp(fn_node_key_at(procedure->states, i), name) == 0)
			return i;
	g_assert_not_reached();
}

/* Adds to @set what can be reached from it forwards, over steps that do not stop @unless. */
static void
spread(const Procedure *procedure, gboolean *set, const char *unless)
{
	gboolean grown = TRUE;

	while (grown) {
		grown = FALSE;
		for (guint i = 0; i < fn_node_count(procedure->steps); i++) {
			const FnNode *step = fn_node_at(procedure->steps, i);
			guint to = fn_node_text(step, "to") != NULL ? state_number(procedure, fn_node_text(step, "to")) : 0;
			const char *from;

			if (fn_node_text(step, "to") == NULL || set[to] || (unless != NULL && fn_node_has_word(fn_node_get(step, "stop"), unless)))
				continue;
			for (guint j = 0; (from = fn_node_word(fn_node_get(step, "from"), j)) != NULL; j++)
				if (set[state_number(procedure, from)])
					grown = set[to] = TRUE;
		}
	}
}

/* Adds to @set the states from which a state of it can be reached. */
static void
spread_back(const Procedure *procedure, gboolean *set)
{
	gboolean grown = TRUE;

	while (grown) {
		grown = FALSE;
		for (guint i = 0; i < fn_node_count(procedure->steps); i++) {
			const FnNode *step = fn_node_at(procedure->steps, i);
			const char *from;

			if (fn_node_text(step, "to") == NULL || !set[state_number(procedure, fn_node_text(step, "to"))])
				continue;
			for (guint j = 0; (from = fn_node_word(fn_node_get(step, "from"), j)) != NULL; j++)
				if (!set[state_number(procedure, from)])
					grown = set[state_number(procedure, from)] = TRUE;
		}
	}
}

static gboolean
check_reached(const Procedure *procedure, GError **error)
{
	guint n = fn_node_count(procedure->states);
	g_autofree gboolean *reached = g_new0(gboolean, n);

	reached[0] = TRUE;
	spread(procedure, reached, NULL);
	for (guint i = 0; i < n; i++)
		if (!reached[i])
			return fn_node_refuse(fn_node_at(procedure->states, i), fn_node_key_at(procedure->states, i), FN_RULES_ERROR_PROCEDURE, error,
				"no step leads into this state; add one or remove the state");
	return TRUE;
}

/* From every state there is a way to one from which no step leads on. */
static gboolean
check_ends(const Procedure *procedure, GError **error)
{
	guint n = fn_node_count(procedure->states);
	g_autofree gboolean *ends = g_new0(gboolean, n);
	gboolean any = FALSE;

	for (guint i = 0; i < n; i++) {
		ends[i] = TRUE;
		for (guint j = 0; j < fn_node_count(procedure->steps); j++)
			if (fn_node_has_word(fn_node_get(fn_node_at(procedure->steps, j), "from"), fn_node_key_at(procedure->states, i)))
				ends[i] = FALSE;
		any = any || ends[i];
	}
	if (!any)
		return fn_node_refuse(procedure->procedure, "states", FN_RULES_ERROR_PROCEDURE, error,
			"from every state a step leads on, so no case ever ends; add a state that ends it");
	spread_back(procedure, ends);
	for (guint i = 0; i < n; i++)
		if (!ends[i])
			return fn_node_refuse(fn_node_at(procedure->states, i), fn_node_key_at(procedure->states, i), FN_RULES_ERROR_PROCEDURE, error,
				"no way leads from here to an end; add a step out of the circle");
	return TRUE;
}

static gboolean
check_clock_stops(const Procedure *procedure, const char *clock, GError **error)
{
	guint n = fn_node_count(procedure->states);
	g_autofree gboolean *running = g_new0(gboolean, n);
	g_autofree gboolean *stops = g_new0(gboolean, n);
	const FnNode *declared = fn_node_get(procedure->clocks, clock);
	gboolean starts = running[0] = fn_node_has_word(fn_node_get(procedure->procedure, "start"), clock); /* the first state is where a case opens */

	for (guint i = 0; i < fn_node_count(procedure->steps); i++) {
		const FnNode *step = fn_node_at(procedure->steps, i);
		const char *from;

		if (fn_node_has_word(fn_node_get(step, "start"), clock)) {
			const FnNode *into = fn_node_get(step, "to") != NULL ? fn_node_get(step, "to") : fn_node_get(step, "from");

			for (guint j = 0; (from = fn_node_word(into, j)) != NULL; j++)
				starts = running[state_number(procedure, from)] = TRUE;
		}
		for (guint j = 0; fn_node_has_word(fn_node_get(step, "stop"), clock) &&
			(from = fn_node_word(fn_node_get(step, "from"), j)) != NULL; j++)
			stops[state_number(procedure, from)] = TRUE;
	}
	if (!starts)
		return fn_node_refuse(declared, clock, FN_RULES_ERROR_PROCEDURE, error, "no step starts this clock, nor does the opening; add \"start\" or remove the clock");
	spread(procedure, running, clock);
	spread_back(procedure, stops);
	for (guint i = 0; i < n; i++)
		if (running[i] && !stops[i])
			return fn_node_refuse(declared, clock, FN_RULES_ERROR_PROCEDURE, error,
				"runs in state \"%s\", from which no step stops it; stop it on the way there", fn_node_key_at(procedure->states, i));
	return TRUE;
}

gboolean
fn_check_procedure(const FnRules *rules, const FnNode *document, GError **error)
{
	Procedure procedure = {
		.rules = rules,
		.procedure = document,
		.states = fn_node_get(document, "states"),
		.steps = fn_node_get(document, "steps"),
		.people = fn_node_get(document, "people"),
		.clocks = fn_node_get(document, "clocks"),
		.roles = fn_rules_get(rules, "roles", "roles"),
	};

	if (procedure.roles == NULL)
		return fn_node_refuse(document, NULL, FN_RULES_ERROR_REFERENCE, error, "procedures need roles.yaml beside them; add it");
	if (!check_people(&procedure, error) || !check_form(&procedure, error) || !check_clocks(&procedure, error) ||
	    !check_steps(&procedure, error) || !check_apart(&procedure, error) || !check_reached(&procedure, error) || !check_ends(&procedure, error))
		return FALSE;
	for (guint i = 0; i < fn_node_count(procedure.clocks); i++)
		if (!check_clock_stops(&procedure, fn_node_key_at(procedure.clocks, i), error))
			return FALSE;
	return fn_check_links(rules, document, error);
}
