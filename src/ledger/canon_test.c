#include "ledger/canon.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

static const struct {
	const char *text;
	gboolean good;
} cases[] = {
	{ "{}", TRUE },
	{ "{\"a\":1,\"b\":[true,false,null,-7,0,\"x\"],\"c\":{\"d\":\"\"}}", TRUE },
	{ "{\"a\":9223372036854775807,\"b\":-9223372036854775807}", TRUE },
	{ "{\"a\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7f/中文😀\"}", TRUE },
	{ "{\"a\":1,\"a中\":2,\"b\":3,\"中\":4}", TRUE },
	{ "{\"\\n\":1,\" \":2}", TRUE },
	{ "[]", FALSE },
	{ "", FALSE },
	{ "{", FALSE },
	{ "{}x", FALSE },
	{ " {}", FALSE },
	{ "{ }", FALSE },
	{ "{\"a\": 1}", FALSE },
	{ "{\"b\":1,\"a\":2}", FALSE },
	{ "{\"a\":1,\"a\":2}", FALSE },
	{ "{\" \":1,\"\\n\":2}", FALSE },
	{ "{\"a\":01}", FALSE },
	{ "{\"a\":-0}", FALSE },
	{ "{\"a\":+1}", FALSE },
	{ "{\"a\":1.0}", FALSE },
	{ "{\"a\":1e3}", FALSE },
	{ "{\"a\":-}", FALSE },
	{ "{\"a\":9223372036854775808}", FALSE },
	{ "{\"a\":1,}", FALSE },
	{ "{\"a\":[1,]}", FALSE },
	{ "{\"a\":tru}", FALSE },
	{ "{\"a\":\"\\/\"}", FALSE },
	{ "{\"a\":\"\\u0041\"}", FALSE },
	{ "{\"a\":\"\\u000a\"}", FALSE },
	{ "{\"a\":\"\\u001F\"}", FALSE },
	{ "{\"a\":\"\\u0000\"}", FALSE },
	{ "{\"a\":\"\\u00", FALSE },
	{ "{\"a\":\"\\", FALSE },
	{ "{\"a\":\"\n\"}", FALSE },
	{ "{\"a\":\"1234567\n\"}", FALSE },
	{ "{\"a\":\"\xc0\x80\"}", FALSE },
	{ "{\"a\":\"\xed\xa0\x80\"}", FALSE },
	{ "{\"a\":\"\xf4\x90\x80\x80\"}", FALSE },
	{ "{\"a\":\"\xe4\xb8\"}", FALSE },
	{ "{\"a\":\"\x80\"}", FALSE },
	{ "{\"a\"}", FALSE },
	{ "{1:2}", FALSE },
};

static gboolean
is_canonical(const char *text, gsize size)
{
	FnCanon canon = fn_canon_over(text, size);

	return fn_canon_object(&canon, NULL, NULL) && canon.at == canon.end;
}

static void
test_table(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		gsize size = strlen(cases[i].text);
		g_autofree char *exact = g_memdup2(cases[i].text, size + 1);
		g_autofree char *safe = fn_text_safe(cases[i].text, -1, 200);

		g_test_message("%s", safe);
		g_assert_cmpint(is_canonical(exact, size), ==, cases[i].good);
		for (gsize cut = 0; cut < size && cases[i].good; cut++)
			g_assert_false(is_canonical(exact, cut));
	}
	g_assert_false(is_canonical("{\"a\":\"x\0y\"}", 11));
}

static void
test_depth(void)
{
	for (gsize depth = 1; depth < 80; depth++) {
		GString *text = g_string_new("{\"a\":");

		for (gsize i = 1; i < depth; i++)
			g_string_append_c(text, '[');
		g_string_append_c(text, '1');
		for (gsize i = 1; i < depth; i++)
			g_string_append_c(text, ']');
		g_string_append_c(text, '}');
		g_assert_cmpint(is_canonical(text->str, text->len), ==, depth < FN_CANON_DEPTH);
		g_string_free(text, TRUE);
	}
}

static void
test_wanted(void)
{
	const char *text = "{\"a\":{\"event\":\"no\"},\"event\":\"share\\n\"}";
	FnCanon canon = fn_canon_over(text, strlen(text));
	g_autofree char *event = NULL;
	FnSpan raw;

	g_assert_true(fn_canon_object(&canon, "event", &raw));
	event = fn_canon_unescape(raw);
	g_assert_cmpstr(event, ==, "share\n");
	canon = fn_canon_over("{\"event\":1}", 11);
	g_assert_true(fn_canon_object(&canon, "event", &raw));
	g_assert_null(raw.text);
}

static json_t *
random_value(GRand *random, guint depth)
{
	json_t *value;

	switch (g_rand_int_range(random, 0, depth == 0 ? 4 : 6)) {
	case 0:
		return json_integer((json_int_t)g_rand_int(random) - (json_int_t)g_rand_int(random));
	case 1:
		return json_boolean(g_rand_boolean(random));
	case 2:
		return json_null();
	case 3: {
		gunichar c = (gunichar)g_rand_int_range(random, 0x20, 0xd000);
		char text[8] = { 0 };

		text[g_unichar_to_utf8(c, text)] = "\n\"\\\tz"[g_rand_int_range(random, 0, 5)];
		return json_string(text);
	}
	case 4:
		value = json_array();
		for (int i = g_rand_int_range(random, 0, 4); i > 0; i--)
			json_array_append_new(value, random_value(random, depth - 1));
		return value;
	default:
		value = json_object();
		for (int i = g_rand_int_range(random, 0, 5); i > 0; i--) {
			char name[8] = { (char)g_rand_int_range(random, 'a', 'f'), (char)g_rand_int_range(random, 1, 127) };

			json_object_set_new(value, name, random_value(random, depth - 1));
		}
		return value;
	}
}

/* What the validator takes parses, and prints again to the same bytes; what the printer prints is taken. */
static void
test_agrees_with_parser(void)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(20260701);

	for (int i = 0; i < 3000; i++) {
		json_t *object = json_object(), *again;
		g_autofree char *text = NULL;
		g_autofree char *printed = NULL;
		gsize size, at;

		json_object_set_new(object, "v", random_value(random, 4));
		text = fn_json_canonical(object);
		json_decref(object);
		size = strlen(text);
		g_assert_true(is_canonical(text, size));
		at = (gsize)g_rand_int_range(random, 0, (gint32)size);
		text[at] = (char)g_rand_int_range(random, 1, 256);
		if (!is_canonical(text, size))
			continue;
		again = fn_json_parse(text, size, NULL);
		g_assert_nonnull(again);
		printed = fn_json_canonical(again);
		json_decref(again);
		g_assert_cmpstr(printed, ==, text);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ledger/canon/table", test_table);
	g_test_add_func("/ledger/canon/depth", test_depth);
	g_test_add_func("/ledger/canon/wanted", test_wanted);
	g_test_add_func("/ledger/canon/agrees-with-parser", test_agrees_with_parser);
	return g_test_run();
}
