/* Categories as a tree: read once from JSON, then arrays. */
#include "disclosure/disclosure_priv.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

typedef struct {
	guint32 parent;
	guint depth;
	char *label; /* as shown: places with all that is above them */
} Node;

struct FnCategories {
	GArray *nodes;     /* Node */
	GHashTable *found; /* text -> index of the node, as a pointer */
	gboolean places;
	guint depth, most_depth;
};

static Node *
node_at(const FnCategories *tree, guint32 i)
{
	return &g_array_index(tree->nodes, Node, i);
}

static void
clear_node(gpointer node)
{
	g_free(((Node *)node)->label);
}

void
fn_categories_free(FnCategories *tree)
{
	if (tree == NULL)
		return;
	g_array_unref(tree->nodes);
	g_hash_table_unref(tree->found);
	g_free(tree);
}

static gboolean
is_label(const char *label)
{
	gsize size = strlen(label);

	if (size == 0 || size > FN_TREE_MAX_LABEL || g_str_equal(label, "*"))
		return FALSE;
	for (const char *at = label; *at != '\0'; at = g_utf8_next_char(at))
		if (g_unichar_iscntrl(g_utf8_get_char(at)))
			return FALSE;
	return TRUE;
}

static guint32
shared_ancestor(const FnCategories *tree, guint32 a, guint32 b)
{
	guint depth = MIN(node_at(tree, a)->depth, node_at(tree, b)->depth);

	for (a = fn_categories_cut(tree, a, depth), b = fn_categories_cut(tree, b, depth); a != b;) {
		a = node_at(tree, a)->parent;
		b = node_at(tree, b)->parent;
	}
	return a;
}

/* FALSE when a list holds the label already. */
static gboolean
remember(FnCategories *tree, const char *text, guint32 node)
{
	gpointer other;
	gboolean known = g_hash_table_lookup_extended(tree->found, text, NULL, &other);

	if (known && !tree->places)
		return FALSE;
	g_hash_table_insert(tree->found, g_strdup(text), GUINT_TO_POINTER(known ? shared_ancestor(tree, GPOINTER_TO_UINT(other), node) : node));
	return TRUE;
}

/* A place is known by its own label, with the one above, and so on up. */
static gboolean
remember_ways(FnCategories *tree, const char *label, guint32 node)
{
	const char *whole = node_at(tree, node)->label;

	if (!tree->places)
		return remember(tree, label, node);
	remember(tree, label, node);
	for (guint32 up = node_at(tree, node)->parent; up != 0; up = node_at(tree, up)->parent) {
		guint32 above = node_at(tree, up)->parent;

		/* What is left of the whole way when that of the node above is taken off. */
		remember(tree, whole + strlen(node_at(tree, above)->label), node);
	}
	return TRUE;
}

static gboolean
add_node(FnCategories *tree, const char *label, guint32 parent, const char *spec, guint32 *out, GError **error)
{
	const Node *above = node_at(tree, parent);
	Node node = { parent, above->depth + 1, tree->places ? g_strconcat(above->label, label, NULL) : g_strdup(label) };

	*out = tree->nodes->len;
	g_array_append_val(tree->nodes, node);
	tree->depth = MAX(tree->depth, node.depth);
	if (!is_label(label)) {
		g_autofree char *shown = fn_text_safe(label, -1, 40);

		return fn_hierarchy_refuse(error, spec, "\"%s\" is no label: 1 to %d bytes without control characters, and not *", shown, FN_TREE_MAX_LABEL);
	}
	if (node.depth > tree->most_depth || tree->nodes->len > FN_TREE_MAX_NODES)
		return fn_hierarchy_refuse(error, spec, "its tree has more than %u levels or %d labels", tree->most_depth, FN_TREE_MAX_NODES);
	if (!remember_ways(tree, label, *out)) {
		g_autofree char *shown = fn_text_safe(label, -1, 40);

		return fn_hierarchy_refuse(error, spec, "label \"%s\" is there twice", shown);
	}
	return TRUE;
}

static gboolean
add_children(FnCategories *tree, const json_t *value, guint32 parent, const char *spec, GError **error)
{
	const char *key;
	const json_t *child;
	gsize i;
	guint32 node;

	json_object_foreach ((json_t *)value, key, child) {
		if (!json_is_object(child) && !json_is_array(child))
			return fn_hierarchy_refuse(error, spec, "below \"%s\" stands neither an object nor a list", node_at(tree, parent)->label);
		if (!add_node(tree, key, parent, spec, &node, error) || !add_children(tree, child, node, spec, error))
			return FALSE;
	}
	json_array_foreach (value, i, child) {
		if (!json_is_string(child))
			return fn_hierarchy_refuse(error, spec, "a list below \"%s\" holds what is no text",
				node_at(tree, parent)->label);
		if (!add_node(tree, json_string_value(child), parent, spec, &node, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
read_tree(FnCategories *tree, const char *text, gsize size, const char *spec, GError **error)
{
	g_autoptr(GError) why = NULL;
	json_t *value = size <= FN_TREE_MAX_TEXT ? fn_json_parse(text, size, &why) : NULL;
	gboolean fine = FALSE;

	if (value == NULL)
		fn_hierarchy_refuse(error, spec, "its tree: %s", why != NULL ? why->message : "above 4 MiB");
	else if (!json_is_object(value) && !json_is_array(value))
		fn_hierarchy_refuse(error, spec, "its tree is neither an object nor a list");
	else
		fine = add_children(tree, value, 0, spec, error);
	json_decref(value);
	if (fine && tree->nodes->len == 1)
		fine = fn_hierarchy_refuse(error, spec, "its tree is empty");
	return fine;
}

FnCategories *
fn_categories_new(const char *text, gsize size, guint depth, gboolean places, const char *spec, GError **error)
{
	g_autoptr(FnCategories) tree = g_new0(FnCategories, 1);
	Node root = { 0, 0, g_strdup("") };

	tree->places = places;
	tree->most_depth = depth;
	tree->nodes = g_array_new(FALSE, FALSE, sizeof(Node));
	g_array_set_clear_func(tree->nodes, clear_node);
	g_array_append_val(tree->nodes, root);
	tree->found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return read_tree(tree, text, size, spec, error) ? g_steal_pointer(&tree) : NULL;
}

guint
fn_categories_depth(const FnCategories *tree)
{
	return tree->depth;
}

guint32
fn_categories_find(const FnCategories *tree, const char *value, gsize size)
{
	char text[FN_TREE_MAX_DEPTH * FN_TREE_MAX_LABEL + 1];

	if (size == 0 || size >= sizeof(text) || memchr(value, '\0', size) != NULL)
		return 0;
	memcpy(text, value, size);
	text[size] = '\0';
	return GPOINTER_TO_UINT(g_hash_table_lookup(tree->found, text));
}

guint32
fn_categories_cut(const FnCategories *tree, guint32 node, guint depth)
{
	while (node_at(tree, node)->depth > depth)
		node = node_at(tree, node)->parent;
	return node;
}

const char *
fn_categories_label(const FnCategories *tree, guint32 node)
{
	return node == 0 ? "*" : node_at(tree, node)->label;
}

char *
fn_categories_digest(const FnCategories *tree)
{
	g_autoptr(GString) all = g_string_new(NULL);
	guint8 digest[FN_DIGEST_SIZE];

	for (guint32 i = 1; i < tree->nodes->len; i++)
		g_string_append_printf(all, "%u %s\n", node_at(tree, i)->depth, node_at(tree, i)->label);
	fn_sm3(all->str, all->len, digest);
	return fn_hex(digest, sizeof(digest));
}
