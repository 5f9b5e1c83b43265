#include "rules/node_priv.h"

#include <string.h>

static FnNode *
read_text(const char *text, GError **error)
{
	return fn_node_read(text, strlen(text), "t.yaml", error);
}

static void
test_values(void)
{
	g_autoptr(FnNode) root = read_text("id: x\nlist: [1, -2, 0.5, true, \"3\"]\nmap:\n  a: {b: c}\n  文: 字\n", NULL);
	const FnNode *list = fn_node_get(root, "list");
	const FnNode *map = fn_node_get(root, "map");
	g_autofree char *place = fn_node_place(fn_node_get(map, "文"));
	gint64 number;
	gboolean truth;

	g_assert_nonnull(root);
	g_assert_cmpstr(fn_node_text(root, "id"), ==, "x");
	g_assert_cmpuint(fn_node_count(list), ==, 5);
	g_assert_true(fn_node_read_int(fn_node_at(list, 1), &number));
	g_assert_cmpint(number, ==, -2);
	g_assert_true(fn_node_read_bool(fn_node_at(list, 3), &truth));
	g_assert_true(truth);
	g_assert_false(fn_node_read_int(fn_node_at(list, 2), &number));
	g_assert_false(fn_node_read_int(fn_node_at(list, 4), &number)); /* quoted: a text */
	g_assert_cmpstr(fn_node_text(fn_node_get(map, "a"), "b"), ==, "c");
	g_assert_cmpstr(fn_node_key_at(map, 1), ==, "文");
	g_assert_cmpstr(place, ==, "t.yaml:5");
	g_assert_true(fn_node_has_word(list, "true"));
	g_assert_cmpstr(fn_node_word(fn_node_get(root, "id"), 0), ==, "x");
	g_assert_null(fn_node_word(fn_node_get(root, "id"), 1));
}

/* Absent is absent, however one asks. */
static void
test_absent(void)
{
	g_autoptr(FnNode) root = read_text("a: 1", NULL);
	g_autofree char *place = fn_node_place(NULL);

	g_assert_null(fn_node_get(NULL, "a"));
	g_assert_null(fn_node_get(fn_node_get(root, "a"), "b"));
	g_assert_null(fn_node_text(root, "b"));
	g_assert_cmpint(fn_node_int(root, "b", 7), ==, 7);
	g_assert_cmpfloat(fn_node_number(NULL, "b", 0.5), ==, 0.5);
	g_assert_true(fn_node_bool(root, "a", TRUE));
	g_assert_cmpuint(fn_node_count(NULL), ==, 0);
	g_assert_null(fn_node_at(root, 9));
	g_assert_null(fn_node_key_at(root, 9));
	g_assert_null(fn_node_scalar(root));
	g_assert_cmpstr(place, ==, "?");
}

static const struct {
	const char *why, *text, *says;
} bad[] = {
	{ "empty", "", "t.yaml:1: the file is empty" },
	{ "comment only", "# nothing\n", "the file is empty" },
	{ "syntax", "a: [1, 2\nb: 3\n", "t.yaml:2: not YAML" },
	{ "tab", "a:\n\t- b\n", "t.yaml:2: not YAML" },
	{ "two documents", "a: 1\n---\nb: 2\n", "a second document" },
	{ "rubbish after the document", "a: 1\n...\n]\n", "not YAML" },
	{ "duplicate key", "a: 1\nb: 2\na: 3\n", "t.yaml:3: a: is given twice" },
	{ "alias", "a: &x [1]\nb: *x\n", "aliases" },
	{ "circle", "a: &x [*x]\n", "aliases" },
	{ "merge key", "a: &x {k: 1}\nb:\n  <<: *x\n", "aliases" },
	{ "billion laughs", "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n", "aliases" },
	{ "unknown alias", "a: *nobody\n", "not YAML" },
	{ "tag", "a: !!int 3\n", "tags" },
	{ "own tag", "a: !evil {b: 1}\n", "tags" },
	{ "key that is a list", "? [a]\n: 1\n", "a key must be a word" },
	{ "empty key", "\"\": 1\n", "a key must be a word" },
	{ "not UTF-8", "a: \xff\xfe\n", "not YAML" },
	{ "zero byte in a text", "a: \"x\\0y\"\n", "zero byte" },
};

static void
test_bad(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(FnNode) root = read_text(bad[i].text, &error);

		if (root != NULL || strstr(error->message, bad[i].says) == NULL)
			g_error("%s: %s", bad[i].why, error != NULL ? error->message : "was read");
		g_assert_error(error, FN_RULES_ERROR, FN_RULES_ERROR_FILE);
	}
}

static void
test_bounds(void)
{
	g_autofree char *open = g_strnfill(FN_NODE_MAX_DEPTH + 2, '[');
	g_autofree char *close = g_strnfill(FN_NODE_MAX_DEPTH + 2, ']');
	g_autofree char *deep = g_strconcat("a: ", open, close, NULL);
	g_autofree char *deeper = g_strnfill(100000, '[');
	g_autofree char *large = g_strnfill(FN_NODE_MAX_FILE + 1, ' ');
	const char *texts[] = { deep, deeper, large };

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(read_text(texts[i], &error));
		g_assert_error(error, FN_RULES_ERROR, FN_RULES_ERROR_FILE);
	}
}

/* A fixed seed: files cut and changed anywhere are read or refused with a place, never more. */
static void
test_damaged(void)
{
	static const char text[] = "id: x\ntitle: {zh: 标题, en: \"Title\"}\nlist:\n  - {a: 1, b: [c, d]}\n  - |\n    block\n  - 'quoted'\n";
	GRand *random = g_rand_new_with_seed(20260212);

	for (guint i = 0; i < 20000; i++) {
		g_autofree char *copy = g_strndup(text, sizeof(text) - 1);
		gsize size = (gsize)g_rand_int_range(random, 0, (gint32)sizeof(text));
		g_autoptr(FnNode) root = NULL;
		g_autoptr(GError) error = NULL;

		for (guint j = 0; j < 3; j++)
			copy[g_rand_int_range(random, 0, (gint32)sizeof(text) - 1)] = (char)g_rand_int_range(random, 1, 256);
		root = fn_node_read(copy, size, "t.yaml", &error);
		g_assert_true((root != NULL) == (error == NULL));
		g_assert_true(error == NULL || g_str_has_prefix(error->message, "t.yaml:"));
	}
	g_rand_free(random);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/node/values", test_values);
	g_test_add_func("/node/absent", test_absent);
	g_test_add_func("/node/bad", test_bad);
	g_test_add_func("/node/bounds", test_bounds);
	g_test_add_func("/node/damaged", test_damaged);
	return g_test_run();
}
