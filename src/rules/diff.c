#include "rules/diff.h"

#include "rules/rules_priv.h"

#include <string.h>

typedef struct {
	FnRulesChange change;
	GString *path;
	FnRulesChanged changed;
	gpointer data;
	guint count;
} Comparing;

static void
tell(Comparing *comparing, const FnNode *was, const FnNode *is)
{
	g_autofree char *where = fn_node_place(is != NULL ? is : was);
	FnRulesChange change = comparing->change;

	change.path = comparing->path->len > 0 ? comparing->path->str : NULL;
	change.was = was != NULL ? fn_node_scalar(was) != NULL ? fn_node_scalar(was) : "…" : NULL;
	change.is = is != NULL ? fn_node_scalar(is) != NULL ? fn_node_scalar(is) : "…" : NULL;
	change.where = where;
	comparing->changed(&change, comparing->data);
	comparing->count++;
}

/* By what an item of a list is known: its id, or what a step does; else NULL, and its number counts. */
static const char *
name_of(const FnNode *item)
{
	static const char *const names[] = { "id", "do", "field" };
	const char *name = NULL;

	for (gsize i = 0; item != NULL && item->type == FN_NODE_MAP && name == NULL && i < G_N_ELEMENTS(names); i++)
		name = fn_node_text(item, names[i]);
	return name;
}

/* NULL also where two have the name: then it says nothing, and they are told apart by their number. */
static const FnNode *
item_named(const FnNode *list, const char *name)
{
	const FnNode *found = NULL;

	for (guint i = 0; name != NULL && i < fn_node_count(list); i++)
		if (g_strcmp0(name_of(fn_node_at(list, i)), name) == 0) {
			if (found != NULL)
				return NULL;
			found = fn_node_at(list, i);
		}
	return found;
}

/* What the i-th of @list is known by, NULL: its number. */
static const char *
name_in(const FnNode *list, guint i)
{
	const char *name = name_of(fn_node_at(list, i));

	return item_named(list, name) != NULL ? name : NULL;
}

static void compare(Comparing *comparing, const FnNode *was, const FnNode *is);

static void
compare_below(Comparing *comparing, const char *name, const FnNode *was, const FnNode *is)
{
	gsize before = comparing->path->len;

	g_string_append_printf(comparing->path, "%s%s", before > 0 ? "." : "", name);
	compare(comparing, was, is);
	g_string_truncate(comparing->path, before);
}

/* The i-th value of @node under its key, its name or its number; what stands at the same place in @other. */
static const FnNode *
counterpart(const FnNode *node, guint i, const FnNode *other, char **name_out)
{
	const char *name = node->type == FN_NODE_MAP ? fn_node_key_at(node, i) : name_in(node, i);

	*name_out = name != NULL ? g_strdup(name) : g_strdup_printf("%u", i + 1);
	if (node->type == FN_NODE_MAP)
		return fn_node_get(other, name);
	return name != NULL ? item_named(other, name) : i < fn_node_count(other) && name_in(other, i) == NULL ? fn_node_at(other, i) : NULL;
}

static void
compare_many(Comparing *comparing, const FnNode *was, const FnNode *is)
{
	for (guint i = 0; i < fn_node_count(was); i++) {
		g_autofree char *name = NULL;
		const FnNode *now = counterpart(was, i, is, &name);

		compare_below(comparing, name, fn_node_at(was, i), now);
	}
	for (guint i = 0; i < fn_node_count(is); i++) {
		g_autofree char *name = NULL;

		if (counterpart(is, i, was, &name) == NULL)
			compare_below(comparing, name, NULL, fn_node_at(is, i));
	}
}

static void
compare(Comparing *comparing, const FnNode *was, const FnNode *is)
{
	gboolean alike = was != NULL && is != NULL && was->type == is->type;

	if (alike && was->type != FN_NODE_SCALAR)
		compare_many(comparing, was, is);
	else if (!alike || strcmp(was->text, is->text) != 0)
		tell(comparing, was, is);
}

static void
compare_kind(Comparing *comparing, const char *kind, const FnRules *before, const FnRules *after)
{
	guint n;
	const FnNode *const *all = fn_rules_all(before, kind, &n);

	comparing->change.kind = kind;
	for (guint i = 0; i < n; i++) {
		comparing->change.id = fn_node_text(all[i], "id");
		compare(comparing, all[i], fn_rules_get(after, kind, comparing->change.id));
	}
	all = fn_rules_all(after, kind, &n);
	for (guint i = 0; i < n; i++) {
		comparing->change.id = fn_node_text(all[i], "id");
		if (fn_rules_get(before, kind, comparing->change.id) == NULL)
			compare(comparing, NULL, all[i]);
	}
}

static int
by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(a, b);
}

static void
compare_parameters(Comparing *comparing, const FnRules *before, const FnRules *after)
{
	g_autoptr(GList) names = g_hash_table_get_keys(after->parameters);
	FnParameter was, is;

	names = g_list_sort(names, by_text);
	comparing->change.kind = "parameters";
	for (GList *at = names; at != NULL; at = at->next) {
		if (!fn_rules_parameter(before, at->data, &was) || !fn_rules_parameter(after, at->data, &is) || strcmp(was.value, is.value) == 0)
			continue;
		comparing->change = (FnRulesChange){ .kind = "parameters", .id = at->data, .was = was.value, .is = is.value, .where = is.place };
		comparing->changed(&comparing->change, comparing->data);
		comparing->count++;
	}
}

guint
fn_rules_diff(const FnRules *before, const FnRules *after, FnRulesChanged changed, gpointer data)
{
	Comparing comparing = { .path = g_string_new(NULL), .changed = changed, .data = data };

	for (const FnKind *kind = fn_kinds; kind->name != NULL; kind++)
		compare_kind(&comparing, kind->name, before, after);
	compare_parameters(&comparing, before, after);
	g_string_free(comparing.path, TRUE);
	return comparing.count;
}
