#include "disclosure/disclosure_priv.h"

#include <string.h>

static void
test_whole(void)
{
	static const char text[] = "{\"columns\": [{\"name\": \"home\", \"hierarchy\": \"region\"}, {\"name\": \"born\", \"hierarchy\": \"date\", "
				   "\"levels\": 4}, {\"name\": \"work\", \"hierarchy\": \"list\", \"tree\": {\"b\": [\"x\", \"w\"], \"a\": [\"v\"]}}],"
				   "\"k\": 7, \"l\": 2, \"sensitive\": \"illness\", \"suppress_ppm\": 100, \"joint\": true}";
	static const char tree[] = "{\"b\": [\"x\", \"w\"], \"a\": [\"v\"]}";
	g_autoptr(GError) error = NULL;
	g_autoptr(FnDeclaration) declaration = fn_declaration_parse(text, strlen(text), &error);
	g_autoptr(FnHierarchy) list = fn_hierarchy_new("list", tree, strlen(tree), NULL);
	FnDisclosureOptions options;
	const FnQuasi *quasi;
	guint n;

	g_assert_no_error(error);
	quasi = fn_declaration_quasi(declaration, &n);
	g_assert_cmpuint(n, ==, 3);
	g_assert_cmpstr(quasi[0].name, ==, "home");
	g_assert_cmpuint(quasi[0].levels, ==, 0);
	g_assert_cmpstr(fn_hierarchy_version(quasi[1].hierarchy), ==, "date/1");
	g_assert_cmpuint(quasi[1].levels, ==, 4);
	g_assert_cmpstr(fn_hierarchy_version(quasi[2].hierarchy), ==, fn_hierarchy_version(list));
	g_assert_cmpstr(fn_declaration_sensitive(declaration), ==, "illness");
	options = fn_declaration_options(declaration);
	g_assert_cmpuint(options.k, ==, 7);
	g_assert_cmpuint(options.l, ==, 2);
	g_assert_cmpuint(options.suppress_ppm, ==, 100);
	g_assert_true(options.joint);
}

static void
test_least(void)
{
	static const char text[] = "{\"columns\": [{\"name\": \"born\", \"hierarchy\": \"date\"}]}";
	g_autoptr(GError) error = NULL;
	g_autoptr(FnDeclaration) declaration = fn_declaration_parse(text, strlen(text), &error);
	FnDisclosureOptions options;

	g_assert_no_error(error);
	options = fn_declaration_options(declaration);
	g_assert_cmpuint(options.k, ==, FN_DISCLOSURE_K);
	g_assert_cmpuint(options.l, ==, 1);
	g_assert_cmpuint(options.suppress_ppm, ==, FN_DISCLOSURE_SUPPRESS_PPM);
	g_assert_false(options.joint);
	g_assert_null(fn_declaration_sensitive(declaration));
}

#define BORN "{\"name\": \"born\", \"hierarchy\": \"date\"}"

static const struct {
	const char *text, *named;
} bad[] = {
	{ "", "line 1" },
	{ "[]", "expected an object" },
	{ "{}", "\"columns\"" },
	{ "{\"columns\": []}", "1 to 16" },
	{ "{\"columns\": [7]}", "a column must" },
	{ "{\"columns\": [{\"name\": \"born\"}]}", "\"hierarchy\"" },
	{ "{\"columns\": [{\"hierarchy\": \"date\"}]}", "\"name\"" },
	{ "{\"columns\": [{\"name\": \"\", \"hierarchy\": \"date\"}]}", "\"name\"" },
	{ "{\"columns\": [{\"name\": \"born\", \"hierarchy\": \"dates\"}]}", "column 1: hierarchy \"dates\"" },
	{ "{\"columns\": [{\"name\": \"born\", \"hierarchy\": \"date\", \"tree\": []}]}", "no tree" },
	{ "{\"columns\": [{\"name\": \"born\", \"hierarchy\": \"list\", \"tree\": null}]}", "neither" },
	{ "{\"columns\": [{\"name\": \"born\", \"hierarchy\": \"date\", \"levels\": 0}]}", "\"levels\"" },
	{ "{\"columns\": [{\"name\": \"born\", \"hierarchy\": \"date\", \"levels\": 6}]}", "1 to 5" },
	{ "{\"columns\": [{\"name\": \"born\", \"hierarchy\": \"date\", \"level\": 1}]}", "no member \"level\"" },
	{ "{\"columns\": [" BORN ", " BORN "]}", "twice" },
	{ "{\"columns\": [" BORN "], \"K\": 5}", "no member \"K\"" },
	{ "{\"columns\": [" BORN "], \"k\": 1}", "\"k\"" },
	{ "{\"columns\": [" BORN "], \"k\": \"5\"}", "\"k\"" },
	{ "{\"columns\": [" BORN "], \"l\": 6, \"sensitive\": \"s\"}", "\"l\"" },
	{ "{\"columns\": [" BORN "], \"l\": 2}", "sensitive" },
	{ "{\"columns\": [" BORN "], \"sensitive\": \"born\"}", "sensitive and a quasi-identifier" },
	{ "{\"columns\": [" BORN "], \"sensitive\": null}", "\"sensitive\"" },
	{ "{\"columns\": [" BORN "], \"suppress_ppm\": 500001}", "\"suppress_ppm\"" },
	{ "{\"columns\": [" BORN "], \"joint\": 1}", "\"joint\"" },
};

static void
test_bad(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_declaration_parse(bad[i].text, strlen(bad[i].text), &error));
		g_test_message("%s", error->message);
		g_assert_true(error->domain == FN_DISCLOSURE_ERROR);
		g_assert_nonnull(strstr(error->message, bad[i].named));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/declaration/whole", test_whole);
	g_test_add_func("/declaration/least", test_least);
	g_test_add_func("/declaration/bad", test_bad);
	return g_test_run();
}
