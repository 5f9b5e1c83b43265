#include "extract/testing.h"

static const struct {
	const char *why, *name, *document, *said;
} cases[] = {
	{ "values under their pointers", "", "{\"people\":[{\"phone\":\"1\\u0033\\n\",\"n\":-1.5e3},null,true]}",
		"[]{/people}people: \n{/people/0/phone}phone: 13\n\n{/people/0/n}n: -1.5e3\n{/people/1}null\n{/people/2}true\n" },
	{ "escapes of pointers", "", "{\"a/b~\":\"\"}", "[]{/a~1b~0}a/b~: \n" },
	{ "pairs and halves of pairs", "", "[\"\\ud83d\\ude00\",\"\\ud83d\\u0041\",\"\\udc00\",\"\\u0000\"]",
		"[]{/0}\xF0\x9F\x98\x80\n{/1}\xEF\xBF\xBD" "A\n{/2}\xEF\xBF\xBD\n{/3}\xEF\xBF\xBD\n" },
	{ "a line each", "", "{\"a\":1}\n{\"a\":2}\n", "[]{/a}a: 1\n{value 2 /a}a: 2\n" },
	{ "empty things", "", "[[],{},\"\"]", "[]{/2}\n" },
	{ "cut off", "a.json", "{\"a\":\"1\",\"b\":[\"2", "[]{/a}a: 1\n{/b}b: \n!broken : a string ends early\n[rest]2" },
	{ "not JSON any more", "a.json", "{\"a\":1} x", "[]{/a}a: 1\n!broken : no value\n[rest]x" },
	{ "a wrong escape", "a.json", "[\"12\\q34\"]", "!broken : a wrong escape\n[rest]12q34\"]" },
	{ "a log is no JSON", "a.log", "[2024-01-01] {x}", "[]text" },
	{ "a name that lies", "a.json", "plain", "!forged : called json, is text\n[]plain" },
};

static void
test_cases(gconstpointer data)
{
	gsize i = GPOINTER_TO_SIZE(data);
	g_autofree char *said = testing_extract(cases[i].name, cases[i].document, strlen(cases[i].document), NULL);

	if (g_str_has_suffix(cases[i].name, ".log")) {
		g_autofree char *plain = g_strconcat("[]", cases[i].document, NULL);

		g_assert_cmpstr(said, ==, plain);
		g_assert_false(fn_extract_needed(cases[i].name, (const guint8 *)cases[i].document, strlen(cases[i].document)));
		return;
	}
	g_assert_cmpstr(said, ==, cases[i].said);
	g_assert_true(fn_extract_needed(cases[i].name, (const guint8 *)cases[i].document, strlen(cases[i].document)));
	testing_maim(cases[i].name, cases[i].document, strlen(cases[i].document));
}

static void
test_depth(void)
{
	g_autoptr(GString) deep = g_string_new(NULL);
	g_autofree char *said = NULL;

	for (guint i = 0; i < 5000; i++)
		g_string_append_c(deep, '[');
	g_string_append(deep, "\"13\"");
	said = testing_extract("a.json", deep->str, deep->len, NULL);
	g_assert_true(g_str_has_prefix(said, "!limit : values too deep\n[rest][[["));
	g_assert_true(g_str_has_suffix(said, "[\"13\""));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = g_strdup_printf("/json/%s", cases[i].why);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_cases);
	}
	g_test_add_func("/json/depth", test_depth);
	return g_test_run();
}
