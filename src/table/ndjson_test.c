#include "table/testing.h"

static void
test_reading(void)
{
	static const struct {
		const char *text, *seen;
	} cases[] = {
		{ "", "" },
		{ "{}\n\n  \n{}", "[]\n" },
		{ "{\"a\":\"x\",\"b\":1}\n{\"b\":-2.50e+3,\"c\":true}\n", "[] a|b|c\nt'x'|n'1'|-\n-|n'-2.50e+3'|b'true'\n" },
		{ "{\"a\":110105194912310021999999}\r\n", "[] a\nn'110105194912310021999999'\n" },
		{ " { \"a\" : null , \"b\" : \"\" } ", "[] a|b\n~|t''\n" },
		{ "{\"a\":\"\\u5f20\\ud83d\\ude00\\n\\/\"}", "[] a\nt'张😀\n/'\n" },
		{ "{\"a\":[1, {\"b\" : \"\\u0031\\t\"} ,[ ] , { } ]}", "[] a\nj'[1,{\"b\":\"1\\t\"},[],{}]'\n" },
		/* what is wrong, and where */
		{ "{\"a\":1}\n[1]\n", "f:2:1: each line is one JSON object; of a list, make lines first (jq -c '.[]')" },
		{ "{\"a\":1,\"a\":2}", "f:1: \"a\" stands there twice; rename one" },
		{ "{\"\":1}", "f:1: column 1 has no name, or one of more than 1024 bytes; name it" },
		{ "{\"a\":1} x", "f:1:9: something stands behind the object; one object a line" },
		{ "{\"a\":1", "f:1:7: a comma or a closing bracket is missing here" },
		{ "{\"a\":1,}", "f:1:8: a name in quotes and a colon are missing here" },
		{ "{a:1}", "f:1:2: a name in quotes and a colon are missing here" },
		{ "{\"a\" 1}", "f:1:6: a name in quotes and a colon are missing here" },
		{ "{\"a\":[1 2]}", "f:1:9: a comma or a closing bracket is missing here" },
		{ "{\"a\":{1:2}}", "f:1:7: a name in quotes and a colon are missing here" },
		{ "{\"a\":01}", "f:1:6: no JSON value" },
		{ "{\"a\":1.}", "f:1:6: no JSON value" },
		{ "{\"a\":1e}", "f:1:6: no JSON value" },
		{ "{\"a\":NaN}", "f:1:6: no JSON value" },
		{ "{\"a\":}", "f:1:6: no JSON value" },
		{ "{\"a\":\"x\ty\"}", "f:1:8: a control character inside a text; escape it" },
		{ "{\"a\":\"\\x\"}", "f:1:9: an escape that JSON does not have" },
		{ "{\"a\":\"\\u12g4\"}", "f:1:11: four hexadecimal digits are missing here" },
		{ "{\"a\":\"\\ud800x\"}", "f:1:13: half of a surrogate pair" },
		{ "{\"a\":\"\\udc00\"}", "f:1:13: half of a surrogate pair" },
		{ "{\"a\":\"\\u0000\"}", "f:1:13: a NUL character; take it out" },
		{ "{\"姓名\":\"x}", "f:1:10: a text without its closing quote" },
		{ "{\"a\":\"\xff\"}", "f:1:7: not valid UTF-8; save the file as UTF-8, or name its --encoding" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		FnTableInput input = { .name = "f", .format = FN_TABLE_NDJSON, .encoding = FN_ENCODING_UTF8 };
		g_autofree char *whole = testing_read(&input, cases[i].text, strlen(cases[i].text), 4096);
		g_autofree char *pieces = testing_read(&input, cases[i].text, strlen(cases[i].text), 1);

		g_assert_cmpstr(whole, ==, cases[i].seen);
		g_assert_cmpstr(pieces, ==, cases[i].seen);
	}
}

static char *
nested(guint depth)
{
	GString *text = g_string_new("{\"a\":");

	for (guint i = 0; i < depth; i++)
		g_string_append_c(text, '[');
	for (guint i = 0; i < depth; i++)
		g_string_append_c(text, ']');
	g_string_append(text, "}\n");
	return g_string_free(text, FALSE);
}

static void
test_bounds(void)
{
	FnTableInput input = { .name = "f", .format = FN_TABLE_NDJSON };
	g_autofree char *deep = nested(62), *deeper = nested(100000), *good = NULL, *bad = NULL, *wide = NULL, *nul = NULL;
	g_autoptr(GString) many = g_string_new("{\"x\":0");

	for (guint i = 0; i < FN_TABLE_COLUMNS; i++)
		g_string_append_printf(many, ",\"%u\":%u", i, i);
	g_string_append_c(many, '}');
	good = testing_read(&input, deep, strlen(deep), 4096);
	bad = testing_read(&input, deeper, strlen(deeper), 4096);
	wide = testing_read(&input, many->str, many->len, 4096);
	input.encoding = FN_ENCODING_UTF8;
	nul = testing_read(&input, "{\"a\":1}\n{\"a\":\"x\0\"}\n", 20, 4096);
	g_assert_true(g_str_has_prefix(good, "[] a\nj'[["));
	g_assert_cmpstr(bad, ==, "f:1:70: nested deeper than 64");
	g_assert_cmpstr(wide, ==, "f:1: more than 512 columns; split the table");
	g_assert_cmpstr(nul, ==, "f:2:8: a NUL character; take it out");
}

static void
test_writing(void)
{
	static const struct {
		const char *name, *text, *out;
		gboolean masked;
	} cases[] = {
		{ "a.ndjson", "{\"b\":1.50,\"a\":[1]}\n{\"a\":\"\\u0031\\\"\",\"b\":false}\n{\"a\":null}\n",
			"{\"b\":1.50,\"a\":[1]}\n{\"b\":false,\"a\":\"1\\\"\"}\n{\"a\":null}\n", FALSE },
		/* after a mask, numbers stay numbers where they are some */
		{ "a.ndjson", "{\"a\":12,\"b\":true,\"c\":\"12\"}\n", "{\"a\":12,\"b\":\"true\",\"c\":\"12\"}\n", TRUE },
		{ "a.csv", "a,b\n=1,\n", "{\"a\":\"=1\",\"b\":null}\n", TRUE },
		{ "a.csv", "a\n", "", FALSE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		FnTableInput input = { .name = cases[i].name };
		g_autofree char *out = testing_copy(&input, cases[i].text, FN_TABLE_NDJSON, cases[i].masked);

		g_assert_cmpstr(out, ==, cases[i].out);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/table/ndjson/reading", test_reading);
	g_test_add_func("/table/ndjson/bounds", test_bounds);
	g_test_add_func("/table/ndjson/writing", test_writing);
	return g_test_run();
}
