/* Whether what a register declares fits together: keys, types with their bounds, rules across fields, renewal, seats,
 * references. */
#include "rules/rules_priv.h"

#include "base/say.h"

#include <string.h>

typedef struct {
	const FnRules *rules;
	const FnNode *node, *fields, *roles;
} Register;

static gboolean
refuse(const FnNode *node, const char *key, GError **error, const char *english)
{
	return fn_node_refuse(node, key, FN_RULES_ERROR_REFERENCE, error, "%s", fn_say(english));
}

static gboolean
is_one_of(const char *type, const char *const *types)
{
	return g_strv_contains(types, type);
}

/* Which keys go with which types; a key that would do nothing is a mistake. */
static const struct {
	const char *key;
	const char *const *types;
	gboolean needed; /* by these types */
	const char *what;
} suiting[] = {
	{ "values", (const char *const[]){ "enum", NULL }, TRUE, FN_SAY("goes with the type enum, which must have it") },
	{ "names", (const char *const[]){ "enum", NULL }, FALSE, FN_SAY("goes with the type enum") },
	{ "suffix", (const char *const[]){ "domain", "email", "url", NULL }, FALSE, FN_SAY("goes with the types domain, email and url") },
	{ "of", (const char *const[]){ "reference", NULL }, TRUE, FN_SAY("goes with the type reference, which must have it") },
	{ "min", (const char *const[]){ "text", "texts", "int", "number", "percent", "money", NULL }, FALSE,
		FN_SAY("goes with texts (characters) and numbers (value; fen for money)") },
	{ "max", (const char *const[]){ "text", "texts", "int", "number", "percent", "money", NULL }, FALSE,
		FN_SAY("goes with texts (characters) and numbers (value; fen for money)") },
};

static gboolean
check_names(const FnNode *field, GError **error)
{
	const FnNode *values = fn_node_get(field, "values"), *names = fn_node_get(field, "names");

	for (guint i = 0; i < fn_node_count(names); i++)
		if (!fn_node_has_word(values, fn_node_key_at(names, i)))
			return refuse(fn_node_at(names, i), fn_node_key_at(names, i), error, "is none of the values; correct the name");
	return TRUE;
}

static gboolean
check_field(const Register *book, const FnNode *field, const char *name, GError **error)
{
	const char *type = fn_node_text(field, "type"), *of = fn_node_text(field, "of");
	gboolean sensitive = fn_node_bool(field, "sensitive", FALSE);

	for (gsize i = 0; i < G_N_ELEMENTS(suiting); i++) {
		gboolean suits = is_one_of(type, suiting[i].types), there = fn_node_get(field, suiting[i].key) != NULL;

		if ((there && !suits) || (!there && suits && suiting[i].needed))
			return refuse(there ? fn_node_get(field, suiting[i].key) : field, suiting[i].key, error, suiting[i].what);
	}
	if (fn_node_get(field, "min") != NULL && fn_node_get(field, "max") != NULL && fn_node_int(field, "min", 0) > fn_node_int(field, "max", 0))
		return refuse(fn_node_get(field, "min"), "min", error, "is above max; change one");
	if (of != NULL && fn_rules_get(book->rules, "registers", of) == NULL)
		return refuse(fn_node_get(field, "of"), "of", error, "no register has this id; add its file or correct the name");
	if (sensitive && (fn_node_bool(field, "search", FALSE) || fn_node_has_word(fn_node_get(book->node, "key"), name)))
		return refuse(field, name, error, "is sensitive, so it can be neither searched nor part of the key; who is not shown it could guess it");
	if (fn_node_bool(field, "unique", FALSE) && strcmp(type, "texts") == 0)
		return refuse(field, name, error, "is a list, which cannot be unique; take a type of one value");
	return check_names(field, error);
}

static gboolean
check_key(const Register *book, GError **error)
{
	const FnNode *key = fn_node_get(book->node, "key");
	const char *name;

	for (guint i = 0; (name = fn_node_word(key, i)) != NULL; i++) {
		const FnNode *field = fn_node_get(book->fields, name);

		if (field == NULL)
			return refuse(key, "key", error, "names what is not declared under fields; declare it or correct the name");
		if (strcmp(fn_node_text(field, "type"), "texts") == 0)
			return refuse(key, "key", error, "names a list; take fields of one value");
	}
	return TRUE;
}

static gboolean
check_seat(const Register *book, const FnNode *list, guint i, const char *key, GError **error)
{
	const FnNode *parties = fn_node_get(book->roles, "parties");
	g_auto(GStrv) part = g_strsplit(fn_node_word(list, i), "@", 2);
	gboolean office = fn_node_get(fn_node_get(book->roles, "offices"), part[0]) != NULL ||
		fn_node_get(fn_node_get(book->roles, "words"), part[0]) != NULL;
	const FnNode *party = part[1] != NULL ? fn_node_get(parties, part[1]) : NULL;

	if (part[1] == NULL) /* everybody */
		return TRUE;
	if (!office)
		return refuse(list, key, error, "names an office that roles.yaml has not; declare it or correct the name");
	if (strcmp(part[1], "organization") != 0 && (party == NULL || fn_node_text(party, "kind") == NULL))
		return refuse(list, key, error, "names a party that is neither \"organization\" nor one of roles.yaml with a kind; correct the name");
	return TRUE;
}

static gboolean
check_seats(const Register *book, const char *key, GError **error)
{
	const FnNode *list = fn_node_get(book->node, key);

	for (guint i = 0; fn_node_word(list, i) != NULL; i++)
		if (!check_seat(book, list, i, key, error))
			return FALSE;
	return TRUE;
}

static gboolean
check_day(const Register *book, const FnNode *renew, const char *key, GError **error)
{
	const char *name = fn_node_text(renew, key);

	if (name != NULL && g_strcmp0(fn_node_text(fn_node_get(book->fields, name), "type"), "date") != 0)
		return refuse(fn_node_get(renew, key), key, error, "is no field of type date; name one");
	return TRUE;
}

static gboolean
check_renewal(const Register *book, GError **error)
{
	const FnNode *renew = fn_node_get(book->node, "renew"), *every = fn_node_get(renew, "every");
	gboolean counted = fn_node_get(renew, "field") != NULL, until = fn_node_get(renew, "until") != NULL;
	const char *parameter = fn_node_is_map(every) ? fn_node_text(every, "parameter") : NULL;
	FnParameter found;

	if (renew == NULL)
		return TRUE;
	if (counted == until || counted != (every != NULL))
		return refuse(renew, "renew", error, "has either field with every, or until; write one of the two");
	if (!check_day(book, renew, "field", error) || !check_day(book, renew, "until", error))
		return FALSE;
	if (parameter == NULL && counted && fn_node_text(renew, "unit") == NULL)
		return refuse(renew, "renew", error, "has no unit; write day or month");
	if (parameter == NULL)
		return TRUE;
	if (!fn_rules_parameter(book->rules, parameter, &found))
		return refuse(every, "every", error, "names a parameter that the pack in force has not; add it to a pack or correct the name");
	if (strcmp(found.unit, "day") != 0 && strcmp(found.unit, "month") != 0)
		return refuse(every, "every", error, "names a parameter that counts neither in days nor in months; name another");
	return TRUE;
}

/* ---- rules across fields ---- */

enum { RULES_MAX = 64 };
#define GIVEN "given" /* in a condition: the field holds something, whatever it is */

/* Which fields a rule may hold against each other; the value of the key is a field or a map of conditions. */
static const struct {
	const char *key;
	gboolean pair, no_circle;
	const char *const *types; /* of pairs; NULL: any but lists, whose both sides are alike */
	const char *what;
} across[] = {
	{ "not_before", TRUE, TRUE, (const char *const[]){ "date", NULL }, FN_SAY("holds two dates against each other; name fields of type date") },
	{ "not_above", TRUE, TRUE, (const char *const[]){ "int", "number", "percent", "money", NULL },
		FN_SAY("holds two numbers against each other; name fields of one type among int, number, percent and money") },
	{ "differs_from", TRUE, FALSE, NULL, FN_SAY("holds two fields of one type against each other, which are no lists; name such") },
	{ "required_when", FALSE, FALSE, NULL, NULL },
	{ "forbidden_when", FALSE, FALSE, NULL, NULL },
};

static const char *
type_of(const Register *book, const char *field)
{
	return fn_node_text(fn_node_get(book->fields, field), "type");
}

static gboolean
is_always_there(const Register *book, const char *field)
{
	return fn_node_bool(fn_node_get(book->fields, field), "required", FALSE) || fn_node_has_word(fn_node_get(book->node, "key"), field);
}

static gboolean
check_pair(const Register *book, const FnNode *rule, gsize kind, GError **error)
{
	const char *field = fn_node_text(rule, "field"), *other = fn_node_text(rule, across[kind].key);
	const char *type = type_of(book, field), *type_of_other = type_of(book, other);
	const FnNode *place = fn_node_get(rule, across[kind].key);

	if (type_of_other == NULL)
		return refuse(place, across[kind].key, error, "names what is not declared under fields; declare it or correct the name");
	if (strcmp(field, other) == 0)
		return refuse(place, across[kind].key, error, "holds a field against itself; name another");
	if (strcmp(type, type_of_other) != 0 || strcmp(type, "texts") == 0 || (across[kind].types != NULL && !is_one_of(type, across[kind].types)))
		return refuse(place, across[kind].key, error, across[kind].what);
	return TRUE;
}

static gboolean
suits_condition(const FnNode *field, const char *word)
{
	const char *type = fn_node_text(field, "type");

	if (strcmp(type, "enum") == 0 && fn_node_has_word(fn_node_get(field, "values"), word))
		return TRUE;
	if (strcmp(type, "bool") == 0 && (strcmp(word, "true") == 0 || strcmp(word, "false") == 0))
		return TRUE;
	return strcmp(word, GIVEN) == 0 && !fn_node_has_word(fn_node_get(field, "values"), GIVEN);
}

static gboolean
check_condition(const Register *book, const FnNode *rule, const char *name, const FnNode *words, GError **error)
{
	const FnNode *field = fn_node_get(book->fields, name);
	const char *word;

	if (field == NULL)
		return refuse(words, name, error, "is not declared under fields; declare it or correct the name");
	if (strcmp(name, fn_node_text(rule, "field")) == 0)
		return refuse(words, name, error, "makes the field depend on itself; name another");
	for (guint i = 0; (word = fn_node_word(words, i)) != NULL; i++)
		if (!suits_condition(field, word))
			return refuse(words, name, error, "is never so: write values of the field (of enum and bool), or \"given\" for any");
	if (fn_node_has_word(words, GIVEN) && fn_node_word(words, 1) != NULL)
		return refuse(words, name, error, "has \"given\" beside values, which it holds already; write one of the two");
	if (fn_node_has_word(words, GIVEN) && is_always_there(book, name))
		return refuse(words, name, error, "is always there, so the condition says nothing; take it away");
	return TRUE;
}

static gboolean
check_conditions(const Register *book, const FnNode *rule, gsize kind, GError **error)
{
	const FnNode *when = fn_node_get(rule, across[kind].key);

	if (is_always_there(book, fn_node_text(rule, "field")))
		return refuse(rule, "field", error, "is there in every record, so no rule may say when; take the rule or \"required\" away");
	for (guint i = 0; i < fn_node_count(when); i++)
		if (!check_condition(book, rule, fn_node_key_at(when, i), fn_node_at(when, i), error))
			return FALSE;
	return TRUE;
}

/* Exactly one of the kinds; which. */
static gboolean
kind_of(const FnNode *rule, gsize *kind_out, GError **error)
{
	guint found = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(across); i++)
		if (fn_node_get(rule, across[i].key) != NULL) {
			found++;
			*kind_out = i;
		}
	return found == 1 ||
		refuse(rule, "rules", error, "says one thing: write one of not_before, not_above, differs_from, required_when and forbidden_when");
}

/* A rule of the kind @key that is left and begins where @rule ends. */
static gboolean
goes_on(const FnNode *rules, const gboolean *gone, const char *key, const FnNode *rule)
{
	for (guint i = 0; i < fn_node_count(rules); i++)
		if (!gone[i] && fn_node_get(fn_node_at(rules, i), key) != NULL &&
			strcmp(fn_node_text(fn_node_at(rules, i), "field"), fn_node_text(rule, key)) == 0)
			return TRUE;
	return FALSE;
}

/* What leads nowhere is taken away until nothing does; what is left goes round. */
static gboolean
check_circle(const FnNode *rules, const char *key, GError **error)
{
	gboolean gone[RULES_MAX] = { FALSE }, some = TRUE;

	while (some) {
		some = FALSE;
		for (guint i = 0; i < fn_node_count(rules); i++)
			if (!gone[i] && (fn_node_get(fn_node_at(rules, i), key) == NULL || !goes_on(rules, gone, key, fn_node_at(rules, i))))
				gone[i] = some = TRUE;
	}
	for (guint i = 0; i < fn_node_count(rules); i++)
		if (!gone[i])
			return refuse(fn_node_at(rules, i), key, error, "goes round in a circle, so only equal values could stand; take one rule away");
	return TRUE;
}

/* No record is in both cases: some field would have two values at once. */
static gboolean
exclude_each_other(const FnNode *when, const FnNode *other)
{
	for (guint i = 0; i < fn_node_count(when); i++) {
		const FnNode *words = fn_node_at(when, i), *words_of_other = fn_node_get(other, fn_node_key_at(when, i));
		gboolean common = words_of_other == NULL || fn_node_has_word(words, GIVEN) || fn_node_has_word(words_of_other, GIVEN);
		const char *word;

		for (guint n = 0; !common && (word = fn_node_word(words, n)) != NULL; n++)
			common = fn_node_has_word(words_of_other, word);
		if (!common)
			return TRUE;
	}
	return FALSE;
}

/* @rule against one that stands before it. */
static gboolean
check_two(const FnNode *rule, const FnNode *before, gsize kind, GError **error)
{
	const char *other = fn_node_text(rule, across[kind].key);
	const FnNode *required = fn_node_get(rule, "required_when"), *forbidden = fn_node_get(before, "forbidden_when");

	if (strcmp(fn_node_text(rule, "field"), fn_node_text(before, "field")) != 0)
		return TRUE;
	if (other != NULL && g_strcmp0(other, fn_node_text(before, across[kind].key)) == 0)
		return refuse(rule, "rules", error, "says what a rule above says already; take one away");
	if (required == NULL && forbidden == NULL) {
		required = fn_node_get(before, "required_when");
		forbidden = fn_node_get(rule, "forbidden_when");
	}
	if (required != NULL && forbidden != NULL && !exclude_each_other(required, forbidden))
		return refuse(rule, "rules", error,
			"contradicts a rule above: one demands the field and one forbids it where both conditions are met; tell them apart by the values of one field");
	return TRUE;
}

static gboolean
check_rule(const Register *book, const FnNode *rules, guint i, GError **error)
{
	const FnNode *rule = fn_node_at(rules, i);
	const char *field = fn_node_text(rule, "field");
	gsize kind = 0;

	if (!kind_of(rule, &kind, error))
		return FALSE;
	if (type_of(book, field) == NULL)
		return refuse(fn_node_get(rule, "field"), "field", error, "names what is not declared under fields; declare it or correct the name");
	if (!(across[kind].pair ? check_pair : check_conditions)(book, rule, kind, error))
		return FALSE;
	for (guint before = 0; before < i; before++)
		if (!check_two(rule, fn_node_at(rules, before), kind, error))
			return FALSE;
	return TRUE;
}

static gboolean
check_rules(const Register *book, GError **error)
{
	const FnNode *rules = fn_node_get(book->node, "rules");

	if (fn_node_count(rules) > RULES_MAX)
		return fn_node_refuse(rules, "rules", FN_RULES_ERROR_REFERENCE, error, "has more than %d rules; take some away", RULES_MAX);
	for (guint i = 0; i < fn_node_count(rules); i++)
		if (!check_rule(book, rules, i, error))
			return FALSE;
	for (gsize kind = 0; kind < G_N_ELEMENTS(across); kind++)
		if (across[kind].no_circle && !check_circle(rules, across[kind].key, error))
			return FALSE;
	return TRUE;
}

static gboolean
check_register(const FnRules *rules, const FnNode *node, GError **error)
{
	Register book = { rules, node, fn_node_get(node, "fields"), fn_rules_get(rules, "roles", "roles") };

	if (book.roles == NULL)
		return refuse(node, NULL, error, "registers need roles.yaml beside them; add it");
	for (guint i = 0; i < fn_node_count(book.fields); i++)
		if (!check_field(&book, fn_node_at(book.fields, i), fn_node_key_at(book.fields, i), error))
			return FALSE;
	return check_key(&book, error) && check_seats(&book, "write", error) && check_seats(&book, "read", error) && check_renewal(&book, error) &&
		check_rules(&book, error);
}

gboolean
fn_check_registers(const FnRules *rules, GError **error)
{
	guint n;
	const FnNode *const *all = fn_rules_all(rules, "registers", &n);

	for (guint i = 0; i < n; i++)
		if (!check_register(rules, all[i], error))
			return FALSE;
	return TRUE;
}
