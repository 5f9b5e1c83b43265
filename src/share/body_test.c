#include "share/body.h"

#include <string.h>

static gboolean
parse(FnShareBody *body, FnShareMode mode, const char *text, char **kept, GError **error)
{
	*kept = g_strdup(text);
	return fn_share_body_parse(body, mode, *kept, strlen(text), error);
}

static void
test_query(void)
{
	g_autofree char *kept = NULL;
	g_autoptr(GError) error = NULL;
	FnShareBody body;

	g_assert_true(parse(&body, FN_MODE_QUERY,
		" { \"fields\" : [ \"name\" , \"town\" ] , \"keys\" : { \"id\" : \"1\\u00e9\\ud83d\\ude00\\n\\\"\\/\" , \"b\":\"\" } }\n", &kept, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(body.keys, ==, 2);
	g_assert_cmpstr(body.key[0], ==, "id");
	g_assert_cmpstr(body.value[0], ==, "1é😀\n\"/");
	g_assert_cmpstr(body.value[1], ==, "");
	g_assert_true(body.fields_given);
	g_assert_cmpstr(body.field[0], ==, "name");
	g_assert_cmpstr(body.field[1], ==, "town");
	g_assert_null(body.field[2]);
}

static void
test_batch(void)
{
	g_autofree char *kept = NULL, *empty = NULL;
	FnShareBody body;

	g_assert_true(parse(&body, FN_MODE_BATCH, "{\"limit\":200000,\"format\":\"csv\",\"after\":\"abc\"}", &kept, NULL));
	g_assert_cmpint(body.limit, ==, 200000);
	g_assert_true(body.csv);
	g_assert_cmpstr(body.after, ==, "abc");
	g_assert_false(body.fields_given);
	g_assert_true(parse(&body, FN_MODE_BATCH, "{}", &empty, NULL));
	g_assert_false(body.csv);
	g_assert_null(body.after);
	g_assert_cmpint(body.limit, ==, 0);
}

static void
test_aggregate(void)
{
	g_autofree char *kept = NULL, *one = NULL;
	FnShareBody body;

	g_assert_true(parse(&body, FN_MODE_AGGREGATE, "{\"by\":[\"a\",\"b\"],\"measure\":\"count\",\"format\":\"csv\"}", &kept, NULL));
	g_assert_true(body.fields_given && body.csv);
	g_assert_cmpstr(body.field[1], ==, "b");
	g_assert_null(body.field[2]);
	g_assert_true(parse(&body, FN_MODE_AGGREGATE, "{\"by\":[\"a\"],\"format\":\"json\"}", &one, NULL));
	g_assert_false(body.csv);
	g_assert_null(body.field[1]);
}

static const struct {
	FnShareMode mode;
	const char *text, *message;
} bad[] = {
	{ FN_MODE_QUERY, "", "byte 0 of the body: expected a JSON object" },
	{ FN_MODE_QUERY, "[]", "byte 0 of the body: expected a JSON object" },
	{ FN_MODE_QUERY, "{}", "keys" },
	{ FN_MODE_QUERY, "{\"keys\":{}}", "expected a text" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":1}}", "byte 13 of the body: expected a text" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":null}}", "expected a text" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"1\",\"a\":\"2\"}}", "a key twice" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"1\"},\"keys\":{\"b\":\"2\"}}", "a member twice" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"1\"}} x", "something stands behind" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"1\"}}{", "something stands behind" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"1\"},}", "expected a text" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"1\",}}", "expected a text" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"1\"}", "expected ',' or '}'" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"1", "does not end" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"1\\", "does not end" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"\\u00", "cut short" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"\\u00zz\"}}", "hexadecimal" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"\\u0000\"}}", "NUL" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"\\ud800\"}}", "surrogate" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"\\ud800\\u0041\"}}", "surrogate" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"\\udc00\"}}", "surrogate" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"\\x\"}}", "unknown escape" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"\n\"}}", "control character" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"\xff\"}}", "byte 14 of the body is not UTF-8" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"1\"},\"fields\":[]}", "expected a text" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"1\"},\"fields\":[\"a\",\"a\"]}", "a field twice" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"1\"},\"fields\":\"a\"}", "array" },
	{ FN_MODE_QUERY, "{\"keys\":{\"a\":\"1\"},\"limit\":1}", "does not have" },
	{ FN_MODE_QUERY, "{\"keys\":[]}", "object" },
	{ FN_MODE_QUERY, "{'keys':1}", "expected a text" },
	{ FN_MODE_BATCH, "{\"keys\":{\"a\":\"1\"}}", "does not have" },
	{ FN_MODE_BATCH, "{\"limit\":0}", "from 1 on" },
	{ FN_MODE_BATCH, "{\"limit\":-1}", "from 1 on" },
	{ FN_MODE_BATCH, "{\"limit\":1.5}", "expected ',' or '}'" },
	{ FN_MODE_BATCH, "{\"limit\":01}", "from 1 on" },
	{ FN_MODE_BATCH, "{\"limit\":99999999999999999999}", "from 1 on" },
	{ FN_MODE_BATCH, "{\"format\":\"xml\"}", "ndjson" },
	{ FN_MODE_BATCH, "{\"format\":\"csv\",\"format\":\"csv\"}", "twice" },
	{ FN_MODE_BATCH, "{\"by\":[\"a\"]}", "does not have" },
	{ FN_MODE_AGGREGATE, "{}", "\"by\" is missing" },
	{ FN_MODE_AGGREGATE, "{\"measure\":\"count\"}", "\"by\" is missing" },
	{ FN_MODE_AGGREGATE, "{\"by\":[]}", "expected a text" },
	{ FN_MODE_AGGREGATE, "{\"by\":[\"a\",\"b\",\"c\"]}", "too many fields" },
	{ FN_MODE_AGGREGATE, "{\"by\":[\"a\",\"a\"]}", "a field twice" },
	{ FN_MODE_AGGREGATE, "{\"by\":[\"a\"],\"measure\":\"sum\"}", "\"count\"" },
	{ FN_MODE_AGGREGATE, "{\"by\":[\"a\"],\"format\":\"ndjson\"}", "\"json\"" },
	{ FN_MODE_AGGREGATE, "{\"by\":[\"a\"],\"fields\":[\"a\"]}", "does not have" },
};

static void
test_refused(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *kept = NULL;
		g_autoptr(GError) error = NULL;
		FnShareBody body;

		g_test_message("%zu", i);
		g_assert_false(parse(&body, bad[i].mode, bad[i].text, &kept, &error));
		g_assert_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_BODY);
		g_assert_nonnull(strstr(error->message, bad[i].message));
	}
}

/* As many as allowed pass, one more does not. */
static void
test_bounds(void)
{
	for (guint n = FN_BODY_KEYS; n <= FN_BODY_KEYS + 1; n++) {
		g_autoptr(GString) text = g_string_new("{\"keys\":{");
		g_autofree char *kept = NULL;
		FnShareBody body;

		for (guint i = 0; i < n; i++)
			g_string_append_printf(text, "%s\"k%u\":\"v\"", i > 0 ? "," : "", i);
		g_string_append(text, "}}");
		g_assert_cmpint(parse(&body, FN_MODE_QUERY, text->str, &kept, NULL), ==, n <= FN_BODY_KEYS);
	}
	for (guint n = FN_BODY_FIELDS; n <= FN_BODY_FIELDS + 1; n++) {
		g_autoptr(GString) text = g_string_new("{\"fields\":[");
		g_autofree char *kept = NULL;
		FnShareBody body;

		for (guint i = 0; i < n; i++)
			g_string_append_printf(text, "%s\"f%u\"", i > 0 ? "," : "", i);
		g_string_append(text, "]}");
		g_assert_cmpint(parse(&body, FN_MODE_BATCH, text->str, &kept, NULL), ==, n <= FN_BODY_FIELDS);
	}
	for (guint n = FN_BODY_VALUE; n <= FN_BODY_VALUE + 1; n++) {
		g_autofree char *value = g_strnfill(n, 'x'), *kept = NULL;
		g_autofree char *text = g_strdup_printf("{\"keys\":{\"a\":\"%s\"}}", value);
		FnShareBody body;

		g_assert_cmpint(parse(&body, FN_MODE_QUERY, text, &kept, NULL), ==, n <= FN_BODY_VALUE);
	}
}

/* Every prefix of a good body is refused, and no prefix reads beyond its end (the sanitizer watches). */
static void
test_cut_short(void)
{
	static const char good[] = "{\"keys\":{\"id\":\"a\\u00e9\\\"\",\"b\":\"2\"},\"fields\":[\"x\",\"y\"]}";

	for (gsize n = 0; n < sizeof(good) - 1; n++) {
		g_autofree char *kept = g_strndup(good, n);
		FnShareBody body;

		g_assert_false(fn_share_body_parse(&body, FN_MODE_QUERY, kept, n, NULL));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/body/query", test_query);
	g_test_add_func("/body/batch", test_batch);
	g_test_add_func("/body/aggregate", test_aggregate);
	g_test_add_func("/body/refused", test_refused);
	g_test_add_func("/body/bounds", test_bounds);
	g_test_add_func("/body/cut-short", test_cut_short);
	return g_test_run();
}
