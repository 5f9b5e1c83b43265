#include "http/conf_priv.h"

#include "http/door.h"

static void
test_tree(void)
{
	static const char text[] = "a;# comment; {\nb 1 \"two words\" 'it\"s' es\\ caped;\nhttp { server { listen 1; }\nserver{listen 2;} }";
	g_autoptr(GError) error = NULL;
	g_autoptr(FnConf) conf = fn_conf_parse(text, &error);
	const FnConf *http, *one, *two, *b;
	g_autofree char *value = NULL;

	g_assert_no_error(error);
	b = fn_conf_next(conf, "b", NULL);
	g_assert_cmpuint(b->line, ==, 2);
	g_assert_cmpstr(fn_conf_argument(b, 1), ==, "1");
	g_assert_cmpstr(fn_conf_argument(b, 2), ==, "two words");
	g_assert_cmpstr(fn_conf_argument(b, 3), ==, "it\"s");
	g_assert_cmpstr(fn_conf_argument(b, 4), ==, "es caped");
	g_assert_null(fn_conf_argument(b, 5));
	value = fn_conf_value(b);
	g_assert_cmpstr(value, ==, "1 two words it\"s es caped");
	http = fn_conf_next(conf, "http", NULL);
	one = fn_conf_next(http, "server", NULL);
	two = fn_conf_next(http, "server", one);
	g_assert_cmpstr(fn_conf_argument(fn_conf_next(two, "listen", NULL), 1), ==, "2");
	g_assert_null(fn_conf_next(http, "server", two));
	g_assert_null(fn_conf_next(conf, "server", NULL));
}

static void
test_bad(void)
{
	static const char *const bad[] = { "a", "a {", "}", "a; }", "a { b; ", "\"a;", "a 'b;", "a \"b", "{ a; }", ";",
		"a{a{a{a{a{a{a{a{a{a;}}}}}}}}}}" };

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_conf_parse(bad[i], &error));
		g_assert_error(error, FN_DOOR_ERROR, FN_DOOR_ERROR_SYNTAX);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/conf/tree", test_tree);
	g_test_add_func("/conf/bad", test_bad);
	return g_test_run();
}
