/* For tests: the rules of the tree, read once for a whole program, since they are many. */
#pragma once

#include "rules/rules.h"

/* Under @pack. Never freed. */
static inline FnRules *
test_tree_rules(const char *pack)
{
	static GHashTable *by_pack;
	g_autofree char *directory = fn_rules_directory(NULL);
	g_autoptr(GError) error = NULL;
	FnRules *rules;

	if (by_pack == NULL)
		by_pack = g_hash_table_new(g_str_hash, g_str_equal);
	rules = g_hash_table_lookup(by_pack, pack);
	if (rules == NULL)
		rules = fn_rules_load(directory, pack, NULL, &error);
	g_assert_no_error(error);
	g_hash_table_insert(by_pack, (gpointer)pack, rules);
	return rules;
}
