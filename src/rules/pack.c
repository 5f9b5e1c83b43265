/* Packs extend packs; what is in force of each parameter, and why. */
#include "rules/rules_priv.h"

#include "base/say.h"

#include <string.h>

enum { MAX_CHAIN = 8 };

typedef struct {
	char *value, *place, *contest;
	const FnNode *node;
	const char *pack;
} Parameter;

static void
free_parameter(gpointer data)
{
	Parameter *parameter = data;

	g_free(parameter->value);
	g_free(parameter->place);
	g_free(parameter->contest);
	g_free(parameter);
}

static char *
value_of(const FnNode *declared)
{
	const FnNode *value = fn_node_get(declared, "value");
	GString *joined = g_string_new(fn_node_scalar(value));

	for (guint i = 0; i < fn_node_count(value); i++)
		g_string_append_printf(joined, "%s%s", i > 0 ? " " : "", fn_node_scalar(fn_node_at(value, i)));
	return g_string_free(joined, FALSE);
}

static gboolean
is_measured(const char *unit)
{
	return strcmp(unit, "text") != 0 && strcmp(unit, "list") != 0;
}

/* What the schema cannot say: the value suits its unit, and a text has no stricter side. */
static gboolean
check_parameter(const FnNode *declared, const char *name, GError **error)
{
	const FnNode *value = fn_node_get(declared, "value");
	const char *unit = fn_node_text(declared, "unit");
	gboolean free_direction = strcmp(fn_node_text(declared, "direction"), "free") == 0;
	gint64 number;

	if (is_measured(unit) && (!fn_node_read_int(value, &number) || number < 0))
		return fn_node_refuse(value, name, FN_RULES_ERROR_SCHEMA, error, "is not a whole number of %s; write one from 0", unit);
	if ((strcmp(unit, "list") == 0) != (value->type == FN_NODE_LIST))
		return fn_node_refuse(value, name, FN_RULES_ERROR_SCHEMA, error, "unit and value differ; write [a, b] with \"unit: list\"");
	if (!is_measured(unit) && !free_direction)
		return fn_node_refuse(declared, name, FN_RULES_ERROR_SCHEMA, error, "a %s has no stricter side; write \"direction: free\"", unit);
	if (free_direction && fn_node_bool(declared, "may_tighten", FALSE))
		return fn_node_refuse(declared, name, FN_RULES_ERROR_SCHEMA, error,
			"may_tighten needs a stricter side; write \"direction: lower\" or \"higher\"");
	return TRUE;
}

static void
put(FnRules *rules, const FnNode *pack, const char *name, const FnNode *declared, char *contest)
{
	Parameter *parameter = g_new0(Parameter, 1);

	parameter->value = value_of(declared);
	parameter->place = fn_node_place(declared);
	parameter->contest = contest;
	parameter->node = declared;
	parameter->pack = fn_node_text(pack, "id");
	g_hash_table_replace(rules->parameters, (gpointer)name, parameter);
}

static gboolean
is_stricter(const FnNode *above, const FnNode *below)
{
	gboolean lower = strcmp(fn_node_text(above, "direction"), "lower") == 0;
	gint64 high = fn_node_int(above, "value", 0), low = fn_node_int(below, "value", 0);

	return lower ? low < high : low > high;
}

/* Whoever declares a parameter again means the same thing by it. */
static gboolean
check_alike(const FnNode *above, const FnNode *below, const char *name, GError **error)
{
	static const char *const alike[] = { "unit", "direction" };
	g_autofree char *place = fn_node_place(above);

	for (guint i = 0; i < G_N_ELEMENTS(alike); i++)
		if (strcmp(fn_node_text(above, alike[i]), fn_node_text(below, alike[i])) != 0)
			return fn_node_refuse(below, name, FN_RULES_ERROR_REFERENCE, error, "%s differs from %s (%s); make them alike", alike[i], place,
				fn_node_text(above, alike[i]));
	return TRUE;
}

/* Two packs of one chain declare the same parameter. */
static void
contest(FnRules *rules, const FnNode *pack, const char *name, Parameter *above, const FnNode *below)
{
	gboolean is_free = strcmp(fn_node_text(above->node, "direction"), "free") == 0;
	const char *id = fn_node_text(pack, "id");
	g_autofree char *value = value_of(below);

	if (strcmp(value, above->value) == 0)
		return;
	if (is_free || (fn_node_bool(above->node, "may_tighten", FALSE) && is_stricter(above->node, below))) {
		put(rules, pack, name, below, g_strdup_printf("%s says %s; %s may %s it and says %s", above->pack, above->value, id,
			is_free ? "set" : "tighten", value));
		return;
	}
	g_free(above->contest);
	above->contest = g_strdup_printf("%s says %s, which does not count: %s is higher and %s", id, value, above->pack,
		fn_node_bool(above->node, "may_tighten", FALSE) ? "may be tightened only" : "may not be tightened");
}

static void
lay_over(FnRules *rules, const FnNode *pack)
{
	const FnNode *declared = fn_node_get(pack, "parameters");

	for (guint i = 0; i < fn_node_count(declared); i++) {
		const char *name = fn_node_key_at(declared, i);
		const FnNode *parameter = fn_node_at(declared, i);
		Parameter *above = g_hash_table_lookup(rules->parameters, name);

		if (above == NULL)
			put(rules, pack, name, parameter, NULL);
		else
			contest(rules, pack, name, above, parameter);
	}
}

static gboolean
check_against(const FnNode *pack, const FnNode *above, GError **error)
{
	const FnNode *declared = fn_node_get(pack, "parameters"), *higher = fn_node_get(above, "parameters");

	for (guint i = 0; i < fn_node_count(declared); i++) {
		const char *name = fn_node_key_at(declared, i);

		if (fn_node_get(higher, name) != NULL && !check_alike(fn_node_get(higher, name), fn_node_at(declared, i), name, error))
			return FALSE;
	}
	return TRUE;
}

/* Every pack is checked, in force or not: its own parameters, that what it extends is there and never itself, and that both mean the same
 * by the same name. */
static gboolean
check_pack(const FnRules *rules, const FnNode *pack, GError **error)
{
	const FnNode *declared = fn_node_get(pack, "parameters");
	const FnNode *at = pack;

	for (guint i = 0; i < fn_node_count(declared); i++)
		if (!check_parameter(fn_node_at(declared, i), fn_node_key_at(declared, i), error))
			return FALSE;
	for (guint depth = 0; fn_node_text(at, "extends") != NULL; depth++) {
		const FnNode *above = fn_rules_get(rules, "packs", fn_node_text(at, "extends"));

		if (above == NULL)
			return fn_node_refuse(fn_node_get(at, "extends"), "extends", FN_RULES_ERROR_REFERENCE, error,
				"there is no pack \"%s\"; add it or correct the name", fn_node_text(at, "extends"));
		if (depth >= MAX_CHAIN)
			return fn_node_refuse(fn_node_get(pack, "extends"), "extends", FN_RULES_ERROR_REFERENCE, error,
				"a circle or more than %d packs in a row; shorten the chain", MAX_CHAIN);
		if (above != pack && !check_against(pack, above, error))
			return FALSE;
		at = above;
	}
	return TRUE;
}

gboolean
fn_rules_resolve_pack(FnRules *rules, const char *pack, GError **error)
{
	const FnNode *chain[MAX_CHAIN + 1];
	const FnNode *at = fn_rules_get(rules, "packs", pack);
	guint n, length = 0;
	const FnNode *const *all = fn_rules_all(rules, "packs", &n);

	rules->parameters = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_parameter);
	for (guint i = 0; i < n; i++)
		if (!check_pack(rules, all[i], error))
			return FALSE;
	if (at == NULL) {
		fn_refuse(error, FN_RULES_ERROR, FN_RULES_ERROR_REFERENCE, "pack: there is no pack \"%s\"; correct the setting \"pack\"", pack);
		return FALSE;
	}
	for (; at != NULL; at = fn_rules_get(rules, "packs", fn_node_text(at, "extends")))
		chain[length++] = at;
	while (length > 0)
		lay_over(rules, chain[--length]);
	return TRUE;
}

gboolean
fn_rules_parameter(const FnRules *rules, const char *name, FnParameter *out)
{
	const Parameter *found = g_hash_table_lookup(rules->parameters, name);

	if (found == NULL)
		return FALSE;
	*out = (FnParameter){
		.value = found->value,
		.unit = fn_node_text(found->node, "unit"),
		.source = fn_node_text(found->node, "source"),
		.place = found->place,
		.pack = found->pack,
		.direction = fn_node_text(found->node, "direction"),
		.node = found->node,
		.contest = found->contest,
	};
	return TRUE;
}

gint64
fn_rules_parameter_int(const FnRules *rules, const char *name, gint64 otherwise)
{
	const Parameter *found = g_hash_table_lookup(rules->parameters, name);

	return fn_node_int(found != NULL ? found->node : NULL, "value", otherwise);
}
