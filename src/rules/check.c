/* What no single file can say of itself: references between files. */
#include "rules/rules_priv.h"

#include <string.h>

static const FnNode *
roles_of(const FnRules *rules)
{
	return fn_rules_get(rules, "roles", "roles");
}

gboolean
fn_check_words(const FnNode *list, const char *key, const FnNode *map, const char *where, GError **error)
{
	const char *word;

	for (guint i = 0; (word = fn_node_word(list, i)) != NULL; i++)
		if (fn_node_get(map, word) == NULL)
			return fn_node_refuse(list, key, FN_RULES_ERROR_REFERENCE, error, "\"%s\" is not declared under %s; declare it or correct the name",
				word, where);
	return TRUE;
}

gboolean
fn_check_parameter(const FnRules *rules, const FnNode *map, const char *key, const char *wanted_unit, GError **error)
{
	const char *name = fn_node_text(map, key);
	FnParameter found;

	if (name == NULL)
		return TRUE;
	if (!fn_rules_parameter(rules, name, &found))
		return fn_node_refuse(fn_node_get(map, key), key, FN_RULES_ERROR_REFERENCE, error,
			"the pack in force has no parameter \"%s\"; add it to a pack or correct the name", name);
	if (wanted_unit != NULL && strcmp(found.unit, wanted_unit) != 0)
		return fn_node_refuse(fn_node_get(map, key), key, FN_RULES_ERROR_REFERENCE, error,
			"parameter \"%s\" counts in %s; name one in %s", name, found.unit, wanted_unit);
	return TRUE;
}

/* roles.yaml */

static gboolean
check_roles(const FnRules *rules, GError **error)
{
	const FnNode *roles = roles_of(rules);
	const FnNode *offices = fn_node_get(roles, "offices");
	const FnNode *words = fn_node_get(roles, "words");
	const FnNode *apart = fn_node_get(roles, "apart");

	for (guint i = 0; i < fn_node_count(words); i++) {
		if (fn_node_get(offices, fn_node_key_at(words, i)) != NULL)
			return fn_node_refuse(fn_node_at(words, i), fn_node_key_at(words, i), FN_RULES_ERROR_REFERENCE, error,
				"is an office already; give the word another name");
		if (!fn_check_words(fn_node_at(words, i), fn_node_key_at(words, i), offices, "offices", error))
			return FALSE;
	}
	for (guint i = 0; i < fn_node_count(apart); i++) {
		const FnNode *pair = fn_node_get(fn_node_at(apart, i), "offices");

		if (!fn_check_words(pair, "offices", offices, "offices", error))
			return FALSE;
		if (strcmp(fn_node_word(pair, 0), fn_node_word(pair, 1)) == 0)
			return fn_node_refuse(pair, "offices", FN_RULES_ERROR_REFERENCE, error, "names the same office twice; name two");
	}
	return TRUE;
}

/* levels.yaml */

static gboolean
check_level(const FnNode *scenarios, const FnNode *level, const char *name, GError **error)
{
	const FnNode *cells = fn_node_get(level, "scenarios");

	for (guint i = 0; i < fn_node_count(cells); i++)
		if (fn_node_get(scenarios, fn_node_key_at(cells, i)) == NULL)
			return fn_node_refuse(fn_node_at(cells, i), fn_node_key_at(cells, i), FN_RULES_ERROR_REFERENCE, error,
				"is not declared under scenarios; declare it or correct the name");
	for (guint i = 0; i < fn_node_count(scenarios); i++)
		if (fn_node_get(cells, fn_node_key_at(scenarios, i)) == NULL)
			return fn_node_refuse(level, name, FN_RULES_ERROR_REFERENCE, error,
				"has no cell for scenario \"%s\"; write its obligations or {deny: reason}", fn_node_key_at(scenarios, i));
	return TRUE;
}

static gboolean
check_levels(const FnRules *rules, GError **error)
{
	const FnNode *document = fn_rules_get(rules, "levels", "levels");
	const FnNode *levels = fn_node_get(document, "levels");
	guint ranks = 0;

	for (guint i = 0; i < fn_node_count(levels); i++) {
		const FnNode *level = fn_node_at(levels, i);
		guint rank = 1u << fn_node_int(level, "rank", 0);

		if ((ranks & rank) != 0)
			return fn_node_refuse(level, fn_node_key_at(levels, i), FN_RULES_ERROR_REFERENCE, error,
				"has the rank of another level; ranks run 1, 2, 3, …");
		ranks |= rank;
		if (!check_level(fn_node_get(document, "scenarios"), level, fn_node_key_at(levels, i), error))
			return FALSE;
	}
	return TRUE;
}

gboolean
fn_rules_check(const FnRules *rules, GError **error)
{
	guint n;
	const FnNode *const *all = fn_rules_all(rules, "procedures", &n);

	if (!check_roles(rules, error) || !check_levels(rules, error))
		return FALSE;
	for (guint i = 0; i < n; i++)
		if (!fn_check_procedure(rules, all[i], error))
			return FALSE;
	return fn_check_registers(rules, error) && fn_check_quality(rules, error) && fn_check_duties(rules, error);
}
