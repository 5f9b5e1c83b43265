/* What a procedure does beyond its own states: guards on its form, records it keeps, cases it opens; and the walks that prove it. */
#include "rules/rules_priv.h"

#include "base/say.h"

#include <string.h>

typedef struct {
	const FnRules *rules;
	const FnNode *procedure, *form, *people, *steps;
} Links;

/* A map, or a list of maps: the i-th, NULL beyond. */
static const FnNode *
one_of(const FnNode *one_or_many, guint i)
{
	if (one_or_many == NULL || one_or_many->type == FN_NODE_MAP)
		return i == 0 ? one_or_many : NULL;
	return i < fn_node_count(one_or_many) ? fn_node_at(one_or_many, i) : NULL;
}

/* ---- guards ---- */

static gboolean
check_condition(const Links *links, const FnNode *condition, GError **error)
{
	const FnNode *field = fn_node_get(links->form, fn_node_text(condition, "field")), *is = fn_node_get(condition, "is");
	const char *type, *value;

	if (!fn_check_words(fn_node_get(condition, "field"), "field", links->form, "form", error))
		return FALSE;
	type = fn_node_text(field, "type");
	for (guint i = 0; (value = fn_node_word(is, i)) != NULL; i++) {
		if (strcmp(type, "enum") == 0 && !fn_node_has_word(fn_node_get(field, "values"), value))
			return fn_node_refuse(is, "is", FN_RULES_ERROR_REFERENCE, error, "\"%s\" is not one of the field's values; correct it", value);
		if ((strcmp(type, "bool") == 0 || strcmp(type, "accepted") == 0) && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
			return fn_node_refuse(is, "is", FN_RULES_ERROR_REFERENCE, error, "\"%s\" is not true or false; correct it", value);
	}
	return value != NULL || fn_node_word(is, 0) != NULL ||
		fn_node_refuse(is, "is", FN_RULES_ERROR_REFERENCE, error, "names no value; name one");
}

static gboolean
check_when(const Links *links, const FnNode *step, GError **error)
{
	const FnNode *when = fn_node_get(step, "when"), *condition;

	for (guint i = 0; (condition = one_of(when, i)) != NULL; i++)
		if (!check_condition(links, condition, error))
			return FALSE;
	return TRUE;
}

static gboolean
leads_away(const FnNode *step, const char *state)
{
	const char *to = fn_node_text(step, "to");

	return to != NULL && strcmp(to, state) != 0 && fn_node_has_word(fn_node_get(step, "from"), state);
}

/* Some step leads on from @state when @field is @value, or one that does not ask. */
static gboolean
is_covered(const Links *links, const char *state, const char *field, const char *value)
{
	for (guint i = 0; i < fn_node_count(links->steps); i++) {
		const FnNode *step = fn_node_at(links->steps, i), *when = fn_node_get(step, "when");

		if (!leads_away(step, state))
			continue;
		if (one_of(when, 0) == NULL || one_of(when, 1) != NULL || g_strcmp0(fn_node_text(one_of(when, 0), "field"), field) != 0 ||
		    fn_node_has_word(fn_node_get(one_of(when, 0), "is"), value))
			return TRUE;
	}
	return FALSE;
}

/* No case gets stuck because its form says what no guard expects. */
static gboolean
check_guarded(const Links *links, const char *state, GError **error)
{
	for (guint i = 0; i < fn_node_count(links->steps); i++) {
		const FnNode *step = fn_node_at(links->steps, i), *condition = one_of(fn_node_get(step, "when"), 0);
		const FnNode *values;
		const char *value;

		if (condition == NULL || !leads_away(step, state))
			continue;
		values = fn_node_get(fn_node_get(links->form, fn_node_text(condition, "field")), "values");
		for (guint j = 0; (value = fn_node_word(values, j)) != NULL; j++)
			if (!is_covered(links, state, fn_node_text(condition, "field"), value))
				return fn_node_refuse(condition, fn_node_text(step, "do"), FN_RULES_ERROR_PROCEDURE, error,
					"when \"%s\" is \"%s\" no step leads on from state \"%s\"; add one", fn_node_text(condition, "field"), value, state);
	}
	return TRUE;
}

/* ---- where values come from ---- */

gboolean
fn_check_source(const FnRules *rules, const FnNode *procedure, const FnNode *source, const char *key, GError **error)
{
	const char *party = fn_node_text(source, "party");
	const FnNode *known = fn_node_get(fn_rules_get(rules, "roles", "roles"), "parties");

	if (!fn_check_words(fn_node_get(source, "field"), key, fn_node_get(procedure, "form"), "form", error))
		return FALSE;
	if (party != NULL && !fn_node_has_word(fn_node_get(procedure, "parties"), party) &&
	    fn_node_text(fn_node_get(known, party), "kind") == NULL)
		return fn_node_refuse(source, key, FN_RULES_ERROR_REFERENCE, error, "\"%s\" is not a party of this procedure; correct the name", party);
	return TRUE;
}

static gboolean
check_source(const Links *links, const FnNode *source, const char *key, GError **error)
{
	return fn_check_source(links->rules, links->procedure, source, key, error);
}

static gboolean
check_sources(const Links *links, const FnNode *map, const FnNode *known, const char *where, GError **error)
{
	for (guint i = 0; i < fn_node_count(map); i++) {
		const char *name = fn_node_key_at(map, i);

		if (fn_node_get(known, name) == NULL)
			return fn_node_refuse(fn_node_at(map, i), name, FN_RULES_ERROR_REFERENCE, error, "%s has no such field; correct the name", where);
		if (!check_source(links, fn_node_at(map, i), name, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
check_filled(const FnNode *place, const FnNode *fields, const FnNode *set, const FnNode *key, const char *what, GError **error)
{
	for (guint i = 0; i < fn_node_count(fields); i++) {
		const char *name = fn_node_key_at(fields, i);

		if (fn_node_bool(fn_node_at(fields, i), "required", FALSE) && fn_node_get(set, name) == NULL && fn_node_get(key, name) == NULL)
			return fn_node_refuse(place, "set", FN_RULES_ERROR_REFERENCE, error, "%s demands \"%s\"; set it", what, name);
	}
	return TRUE;
}

/* ---- records ---- */

/* What a form calls otherwise than a book does; besides, anything may be written into a text, and a text is read as people write it. */
static const struct {
	const char *form, *column;
} alike[] = { { "day", "date" }, { "record", "reference" } };
static const char *const written[] = { "texts", "domain", "email", "url", "phone", "ip", "mac", "fingerprint", "digest", "time", "hours", "credit_code",
	"number", "money", "percent", "reference", NULL };

static gboolean
is_alike(const char *form, const char *column)
{
	for (gsize i = 0; i < G_N_ELEMENTS(alike); i++)
		if (strcmp(alike[i].form, form) == 0 && strcmp(alike[i].column, column) == 0)
			return TRUE;
	return strcmp(form, column) == 0 || strcmp(column, "text") == 0 || (strcmp(form, "text") == 0 && g_strv_contains(written, column));
}

/* Of the values that a form offers one at least is the column's; which of them come to the step is what its guard says. */
static gboolean
has_common(const FnNode *offered, const FnNode *known)
{
	const char *value;

	for (guint i = 0; (value = fn_node_word(offered, i)) != NULL; i++)
		if (fn_node_has_word(known, value))
			return TRUE;
	return FALSE;
}

static gboolean
holds_word(const FnNode *column, const char *type, const char *word)
{
	if (strcmp(word, "today") == 0)
		return strcmp(type, "date") == 0;
	if (strcmp(word, "case") == 0)
		return strcmp(type, "case") == 0 || strcmp(type, "text") == 0;
	return strcmp(type, "enum") != 0 || fn_node_has_word(fn_node_get(column, "values"), word);
}

static gboolean
holds(const Links *links, const FnNode *column, const FnNode *source)
{
	const char *type = fn_node_text(column, "type"), *word = fn_node_text(source, "value");
	const FnNode *field = fn_node_get(links->form, fn_node_text(source, "field"));

	if (field != NULL)
		return is_alike(fn_node_text(field, "type"), type) &&
			(strcmp(type, "enum") != 0 || has_common(fn_node_get(field, "values"), fn_node_get(column, "values")));
	if (fn_node_get(source, "party") != NULL)
		return strcmp(type, "organization") == 0 || strcmp(type, "text") == 0;
	return word == NULL || holds_word(column, type, word);
}

static gboolean
check_held(const Links *links, const FnNode *map, const FnNode *fields, const char *what, GError **error)
{
	for (guint i = 0; i < fn_node_count(map); i++) {
		const char *name = fn_node_key_at(map, i);

		if (!holds(links, fn_node_get(fields, name), fn_node_at(map, i)))
			return fn_node_refuse(fn_node_at(map, i), name, FN_RULES_ERROR_REFERENCE, error,
				"%s cannot keep this there; take what suits its type and values", what);
	}
	return TRUE;
}

/* What the step writes there is known here to be one of @words. */
static gboolean
is_written(const FnNode *source, const FnNode *words)
{
	const char *word = fn_node_text(source, "value");

	return source != NULL && word != NULL && fn_node_has_word(words, word);
}

/* A record that a step adds is whole at once: what a rule of the book demands for the values that stand in the step must be set. */
static gboolean
check_demands(const FnNode *record, const FnNode *rules, const FnNode *set, const FnNode *key, const char *what, GError **error)
{
	for (guint i = 0; i < fn_node_count(rules); i++) {
		const FnNode *rule = fn_node_at(rules, i), *when = fn_node_get(rule, "required_when"), *barred = fn_node_get(rule, "forbidden_when");
		const FnNode *conditions = when != NULL ? when : barred;
		const char *field = fn_node_text(rule, "field");
		gboolean is_set = fn_node_get(set, field) != NULL || fn_node_get(key, field) != NULL, met = conditions != NULL;

		for (guint n = 0; met && n < fn_node_count(conditions); n++) {
			const char *name = fn_node_key_at(conditions, n);

			met = is_written(fn_node_get(set, name), fn_node_at(conditions, n)) || is_written(fn_node_get(key, name), fn_node_at(conditions, n));
		}
		if (met && is_set == (when == NULL))
			return fn_node_refuse(record, "set", FN_RULES_ERROR_REFERENCE, error, when != NULL ? "%s demands \"%s\" with these values; set it" :
				"%s bars \"%s\" with these values; leave it out", what, field);
	}
	return TRUE;
}

static gboolean
check_record(const Links *links, const FnNode *record, GError **error)
{
	const char *name = fn_node_text(record, "register"), *act = fn_node_text(record, "do");
	const FnNode *set = fn_node_get(record, "set"), *key = fn_node_get(record, "key");
	const FnNode *register_ = fn_rules_get(links->rules, "registers", name);
	const FnNode *fields = fn_node_get(register_, "fields");
	g_autofree char *what = g_strdup_printf(fn_say("register \"%s\""), name);

	if (register_ == NULL)
		return fn_node_refuse(record, "register", FN_RULES_ERROR_REFERENCE, error, "there is no register \"%s\"; add it or correct the name", name);
	if (strcmp(act, "add") != 0 && key == NULL)
		return fn_node_refuse(record, "key", FN_RULES_ERROR_REFERENCE, error, "missing; say which record to %s", act);
	if (!check_sources(links, set, fields, what, error) || !check_sources(links, key, fields, what, error) ||
	    (fn_node_get(record, "organization") != NULL && !check_source(links, fn_node_get(record, "organization"), "organization", error)))
		return FALSE;
	if (!check_held(links, set, fields, what, error) || !check_held(links, key, fields, what, error))
		return FALSE;
	return strcmp(act, "add") != 0 || (check_filled(record, fields, set, key, what, error) &&
		check_demands(record, fn_node_get(register_, "rules"), set, key, what, error));
}

/* ---- openings ---- */

gboolean
fn_check_opened_by_platform(const FnNode *procedure)
{
	const char *role;

	for (guint i = 0; (role = fn_node_word(fn_node_get(procedure, "opener"), i)) != NULL; i++)
		if (fn_node_has_word(fn_node_get(fn_node_get(procedure, "people"), role), "platform@platform"))
			return TRUE;
	return FALSE;
}

/* Every party that the opened procedure must be told. */
static gboolean
check_opened_parties(const Links *links, const FnNode *opening, const FnNode *opened, GError **error)
{
	const FnNode *given = fn_node_get(opening, "parties"), *wanted = fn_node_get(opened, "parties");
	const FnNode *known = fn_node_get(fn_rules_get(links->rules, "roles", "roles"), "parties");
	const char *party;

	for (guint i = 0; i < fn_node_count(given); i++) {
		if (fn_node_get(known, fn_node_key_at(given, i)) == NULL)
			return fn_node_refuse(fn_node_at(given, i), fn_node_key_at(given, i), FN_RULES_ERROR_REFERENCE, error,
				"roles.yaml has no such party; correct the name");
		if (!check_source(links, fn_node_at(given, i), fn_node_key_at(given, i), error))
			return FALSE;
	}
	for (guint i = 0; (party = fn_node_word(wanted, i)) != NULL; i++)
		if (fn_node_get(given, party) == NULL && !fn_node_has_word(fn_node_get(links->procedure, "parties"), party))
			return fn_node_refuse(opening, "parties", FN_RULES_ERROR_REFERENCE, error, "procedure \"%s\" must know its \"%s\"; say which", 
				fn_node_text(opened, "id"), party);
	return TRUE;
}

static gboolean
check_opening(const Links *links, const FnNode *opening, GError **error)
{
	const char *name = fn_node_text(opening, "procedure");
	const FnNode *opened = fn_rules_get(links->rules, "procedures", name), *set = fn_node_get(opening, "set");
	const FnNode *form = fn_node_get(opened, "form"), *subject = fn_node_get(opening, "subject");
	g_autofree char *what = g_strdup_printf(fn_say("procedure \"%s\""), name);

	if (opened == NULL)
		return fn_node_refuse(opening, "procedure", FN_RULES_ERROR_REFERENCE, error, "there is no procedure \"%s\"; add it or correct the name", name);
	if (!fn_check_opened_by_platform(opened))
		return fn_node_refuse(opening, "procedure", FN_RULES_ERROR_REFERENCE, error,
			"the platform may not open \"%s\"; give its opener the seat platform@platform", name);
	return check_sources(links, set, form, what, error) && check_filled(opening, form, set, NULL, what, error) &&
		(subject == NULL || check_source(links, subject, "subject", error)) && check_opened_parties(links, opening, opened, error);
}

static gboolean
check_step(const Links *links, const FnNode *step, GError **error)
{
	const FnNode *one;

	if (!check_when(links, step, error) || !fn_check_with(links->rules, links->procedure, step, error))
		return FALSE;
	for (guint i = 0; (one = one_of(fn_node_get(step, "record"), i)) != NULL; i++)
		if (!check_record(links, one, error))
			return FALSE;
	for (guint i = 0; (one = one_of(fn_node_get(step, "opens"), i)) != NULL; i++)
		if (!check_opening(links, one, error))
			return FALSE;
	return TRUE;
}

/* ---- walks ---- */

static gboolean
is_step(const Links *links, const char *name)
{
	for (guint i = 0; i < fn_node_count(links->steps); i++)
		if (strcmp(fn_node_text(fn_node_at(links->steps, i), "do"), name) == 0)
			return TRUE;
	return FALSE;
}

/* [role, step] or [role, step, {field: value}]. */
static gboolean
check_move(const Links *links, const FnNode *move, GError **error)
{
	const FnNode *role = fn_node_at(move, 0), *step = fn_node_at(move, 1), *form = fn_node_count(move) > 2 ? fn_node_at(move, 2) : NULL;

	if (role->type != FN_NODE_SCALAR || fn_node_get(links->people, role->text) == NULL)
		return fn_node_refuse(role, "walks", FN_RULES_ERROR_REFERENCE, error, "a walk's step begins with a role of people; name one");
	if (step->type != FN_NODE_SCALAR || (strcmp(step->text, "open") != 0 && !is_step(links, step->text)))
		return fn_node_refuse(step, "walks", FN_RULES_ERROR_REFERENCE, error, "there is no such step; write \"open\" or a step's name");
	if (form == NULL)
		return TRUE;
	if (form->type != FN_NODE_MAP)
		return fn_node_refuse(form, "walks", FN_RULES_ERROR_SCHEMA, error, "what a walk changes is written {field: value}");
	for (guint i = 0; i < fn_node_count(form); i++)
		if (fn_node_get(links->form, fn_node_key_at(form, i)) == NULL)
			return fn_node_refuse(form, fn_node_key_at(form, i), FN_RULES_ERROR_REFERENCE, error, "is not declared under form; correct the name");
	return TRUE;
}

static gboolean
check_walk(const Links *links, const FnNode *walk, GError **error)
{
	const FnNode *path = fn_node_get(walk, "path"), *refused = fn_node_get(walk, "refused"), *ends = fn_node_get(walk, "ends");

	for (guint i = 0; i < fn_node_count(path); i++)
		if (!check_move(links, fn_node_at(path, i), error))
			return FALSE;
	if ((refused == NULL) != (fn_node_get(walk, "why") == NULL))
		return fn_node_refuse(walk, "refused", FN_RULES_ERROR_SCHEMA, error, "refused and why belong together; write both");
	if (refused == NULL && ends == NULL)
		return fn_node_refuse(walk, "ends", FN_RULES_ERROR_SCHEMA, error, "the walk proves nothing; say where it ends or what is refused");
	return (refused == NULL || check_move(links, refused, error)) &&
		fn_check_words(ends, "ends", fn_node_get(links->procedure, "states"), "states", error);
}

static gboolean
check_walks(const Links *links, GError **error)
{
	const FnNode *walks = fn_node_get(links->procedure, "walks"), *sample = fn_node_get(links->procedure, "sample");

	for (guint i = 0; i < fn_node_count(sample); i++)
		if (fn_node_get(links->form, fn_node_key_at(sample, i)) == NULL)
			return fn_node_refuse(sample, fn_node_key_at(sample, i), FN_RULES_ERROR_REFERENCE, error,
				"is not declared under form; correct the name");
	if (walks != NULL && !check_filled(links->procedure, links->form, sample, NULL, fn_say("the form (for the sample of its walks)"), error))
		return FALSE;
	for (guint i = 0; i < fn_node_count(walks); i++)
		if (!check_walk(links, fn_node_at(walks, i), error))
			return FALSE;
	return TRUE;
}

/* ---- reasons ---- */

static gboolean
check_reasons(const FnNode *reasons, GError **error)
{
	for (guint i = 0; i < fn_node_count(reasons); i++)
		for (guint j = 0; j < i; j++)
			if (strcmp(fn_node_text(fn_node_at(reasons, i), "id"), fn_node_text(fn_node_at(reasons, j), "id")) == 0)
				return fn_node_refuse(fn_node_at(reasons, i), "id", FN_RULES_ERROR_REFERENCE, error, "two reasons have this id; rename one");
	return TRUE;
}

gboolean
fn_check_links(const FnRules *rules, const FnNode *procedure, GError **error)
{
	const Links links = {
		.rules = rules,
		.procedure = procedure,
		.form = fn_node_get(procedure, "form"),
		.people = fn_node_get(procedure, "people"),
		.steps = fn_node_get(procedure, "steps"),
	};
	const FnNode *states = fn_node_get(procedure, "states");

	for (guint i = 0; i < fn_node_count(links.steps); i++)
		if (!check_step(&links, fn_node_at(links.steps, i), error))
			return FALSE;
	for (guint i = 0; i < fn_node_count(states); i++)
		if (!check_guarded(&links, fn_node_key_at(states, i), error))
			return FALSE;
	return check_reasons(fn_node_get(procedure, "reasons"), error) && check_walks(&links, error);
}
