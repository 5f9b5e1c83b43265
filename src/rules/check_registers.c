/* Whether what a register declares fits together: keys, types with their bounds, renewal, seats, references. */
#include "rules/rules_priv.h"

#include <string.h>

typedef struct {
	const FnRules *rules;
	const FnNode *node, *fields, *roles;
} Register;

static gboolean
refuse(const FnNode *node, const char *key, GError **error, const char *what)
{
	return fn_node_refuse(node, key, FN_RULES_ERROR_REFERENCE, error, "%s", what);
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
	{ "values", (const char *const[]){ "enum", NULL }, TRUE, "goes with the type enum, which must have it" },
	{ "names", (const char *const[]){ "enum", NULL }, FALSE, "goes with the type enum" },
	{ "suffix", (const char *const[]){ "domain", "email", "url", NULL }, FALSE, "goes with the types domain, email and url" },
	{ "of", (const char *const[]){ "reference", NULL }, TRUE, "goes with the type reference, which must have it" },
	{ "min", (const char *const[]){ "text", "texts", "int", "number", "percent", "money", NULL }, FALSE,
		"goes with texts (characters) and numbers (value; fen for money)" },
	{ "max", (const char *const[]){ "text", "texts", "int", "number", "percent", "money", NULL }, FALSE,
		"goes with texts (characters) and numbers (value; fen for money)" },
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

static gboolean
check_register(const FnRules *rules, const FnNode *node, GError **error)
{
	Register book = { rules, node, fn_node_get(node, "fields"), fn_rules_get(rules, "roles", "roles") };

	if (book.roles == NULL)
		return refuse(node, NULL, error, "registers need roles.yaml beside them; add it");
	for (guint i = 0; i < fn_node_count(book.fields); i++)
		if (!check_field(&book, fn_node_at(book.fields, i), fn_node_key_at(book.fields, i), error))
			return FALSE;
	return check_key(&book, error) && check_seats(&book, "write", error) && check_seats(&book, "read", error) && check_renewal(&book, error);
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
