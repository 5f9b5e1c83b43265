#include "base/json.h"

#include <string.h>

static void
test_writer(void)
{
	g_autoptr(GString) out = g_string_new(NULL);
	FnJson json = fn_json_to(out);

	fn_json_begin_object(&json);
	fn_json_member(&json, "a", "x\"\\\n\x01封\xff");
	fn_json_member_int(&json, "b", -3);
	fn_json_name(&json, "c");
	fn_json_begin_array(&json);
	fn_json_bool(&json, TRUE);
	fn_json_text(&json, NULL);
	fn_json_end_array(&json);
	fn_json_end_object(&json);
	g_assert_cmpstr(out->str, ==, "{\"a\":\"x\\\"\\\\\\n\\u0001封\xef\xbf\xbd\",\"b\":-3,\"c\":[true,null]}");
}

static void
test_refused(void)
{
	static const char *const bad[] = { "", "{", "{\"a\":1,\"a\":2}", "\"\xff\"", "[1] 2", "nul",
		/* the parser's own message quotes this cut inside a character */
		"\"\\\\\\\\\\\xdb\xa7X\\" };
	g_autoptr(GString) deep = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_json_parse(bad[i], strlen(bad[i]), &error));
		g_assert_true(g_utf8_validate(error->message, -1, NULL));
		g_assert_error(error, FN_JSON_ERROR, FN_JSON_ERROR_SYNTAX);
	}
	for (guint i = 0; i < 100000; i++)
		g_string_append_c(deep, '[');
	g_assert_null(fn_json_parse(deep->str, deep->len, NULL));
}

static void
test_canonical(void)
{
	static const char text[] = "{ \"b\" : 1, \"a\" : [ {\"d\":null,\"c\":\"封\"}, \"\\u001F\\\\u00AF\\n\\u00AF\" ] }";
	json_t *value = fn_json_parse(text, sizeof(text) - 1, NULL);
	g_autofree char *canonical = fn_json_canonical(value);

	g_assert_cmpstr(canonical, ==, "{\"a\":[{\"c\":\"封\",\"d\":null},\"\\u001f\\\\u00AF\\n\xc2\xaf\"],\"b\":1}");
	json_decref(value);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/json/writer", test_writer);
	g_test_add_func("/json/refused", test_refused);
	g_test_add_func("/json/canonical", test_canonical);
	return g_test_run();
}
