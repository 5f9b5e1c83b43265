#include "catalog/fixture.h"

/* @says: part of the message; NULL: fine. */
static const struct {
	const char *body, *says;
} checks[] = {
	{ "{}", NULL },
	{ "{'name': '甲', 'level': 6, 'carrier': 'paper', 'sharing_modes': [], 'keywords': ['一', '二']}", NULL },
	{ "{'name': null}", NULL },
	{ "[]", "must be a JSON object" },
	{ "{'price': 5}", "no item \"price\"" }, /* no fee on a share, ever */
	{ "{'fee\\n': 5}", "no item \"fee\\x0a\"" },
	{ "{'name': ''}", "\"name\"" },
	{ "{'name': 5}", "\"name\"" },
	{ "{'name': 'a\\u0007b'}", "\"name\"" },
	{ "{'sharing_type': 'maybe'}", "unconditional, conditional, withheld" },
	{ "{'sharing_type': 1}", "unconditional, conditional, withheld" },
	{ "{'sharing_modes': 'query'}", "array" },
	{ "{'sharing_modes': ['query', 'steal']}", "each of \"sharing_modes\"" },
	{ "{'level': 0}", "from 1 to 6" },
	{ "{'level': 7}", "from 1 to 6" },
	{ "{'level': 2.5}", "from 1 to 6" },
	{ "{'level': '3'}", "from 1 to 6" },
	{ "{'update_period': 'sometimes'}", "realtime" },
	{ "{'openness': true}", "open, conditional, closed" },
	{ "{'base_library': 'everything'}", "population" },
	{ "{'sharing_basis': '居民身份证法'}", "must hold objects" },
	{ "{'sharing_basis': {'kind': 'rumour'}}", "law, admin_regulation, central_policy" },
	{ "{'sharing_basis': {'page': '5'}}", "no member \"page\"" },
	{ "{'responsible': {'editor': 7}}", "\"editor\" of \"responsible\"" },
	{ "{'row_scope': [{'field': 'x', 'op': 'in', 'value': '1'}]}", "\"op\" of \"row_scope\"" },
	{ "{'row_scope': ['x']}", "must hold objects" },
	{ "{'labels': ['secret']}", "each of \"labels\"" },
};

static void
test_check(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(checks); i++) {
		g_autoptr(GError) error = NULL;
		json_t *body = fixture_json(checks[i].body);

		g_test_message("case %zu", i);
		g_assert_cmpint(fn_items_check(body, &error), ==, checks[i].says == NULL);
		if (checks[i].says != NULL) {
			g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_INPUT);
			g_assert_nonnull(strstr(error->message, checks[i].says));
		}
		json_decref(body);
	}
}

static void
test_bounds(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *name = g_strnfill(201, 'x');
	json_t *body = json_pack("{s:s}", "name", name), *list = json_array();

	g_assert_false(fn_items_check(body, &error));
	g_clear_error(&error);
	json_object_set_new(body, "name", json_string(name + 1));
	g_assert_true(fn_items_check(body, &error));
	for (int i = 0; i < 201; i++)
		json_array_append_new(list, json_string("x"));
	json_object_set_new(body, "keywords", list);
	g_assert_false(fn_items_check(body, &error));
	json_array_remove(list, 0);
	g_clear_error(&error);
	g_assert_true(fn_items_check(body, &error));
	json_decref(body);
}

/* Items that a complete body lacks after a change: names, separated by blanks. */
static const struct {
	const char *changes, *missing;
	gboolean bound;
} gaps[] = {
	{ "{}", "", TRUE },
	{ "{}", "binding", FALSE },
	{ "{'carrier': 'paper', 'fields': []}", "level", FALSE },
	{ "{'carrier': 'paper', 'fields': [], 'level': 2}", "", FALSE },
	{ "{'fields': []}", "fields level", TRUE },
	{ "{'summary': null, 'duties': [], 'responsible': {'editor': '乙'}}", "summary duties responsible", TRUE },
	{ "{'use_conditions': null}", "use_conditions", TRUE },
	{ "{'use_conditions': null, 'sharing_basis': null, 'sharing_type': 'unconditional'}", "", TRUE },
	{ "{'sharing_basis': {'kind': 'law', 'document': '居民身份证法'}}", "sharing_basis", TRUE },
	{ "{'sharing_type': 'withheld'}", "withheld_reason", FALSE },
	{ "{'sharing_type': 'withheld', 'withheld_reason': '国家秘密以外的理由', 'sharing_modes': []}", "", FALSE },
	{ "{'sharing_modes': []}", "sharing_modes", TRUE },
	{ "{'format_class': 'image'}", "sharing_modes", TRUE },
	{ "{'format_class': 'image', 'sharing_modes': ['file']}", "", TRUE },
	{ "{'base_library': 'population'}", "sharing_type", TRUE },
	{ "{'row_scope': [{'field': 'nothing', 'op': '=', 'value': '1'}]}", "row_scope", TRUE },
	{ "{'code_lists': [{'list': 'GB/T 2260', 'version': '2007'}]}", "code_lists", TRUE },
};

static char *
missing_names(const json_t *missing)
{
	GString *names = g_string_new(NULL);
	json_t *one;
	gsize i;

	json_array_foreach((json_t *)missing, i, one)
	{
		g_assert_nonnull(json_string_value(json_object_get(one, "problem")));
		g_string_append_printf(
			names, "%s%s", i > 0 ? " " : "", json_string_value(json_object_get(one, "field")));
	}
	return g_string_free(names, FALSE);
}

static void
test_missing(void)
{
	const City city = { .source = (char *)"s" };

	for (gsize i = 0; i < G_N_ELEMENTS(gaps); i++) {
		json_t *body = fixture_resource(&city, gaps[i].changes), *missing = json_array();
		g_autoptr(GPtrArray) fields = fn_fields_parse(json_object_get(body, "fields"), NULL);
		g_autofree char *names = NULL;
		const char *name;
		json_t *value;
		void *next;

		if (json_object_get(body, "carrier") == NULL)
			json_object_set_new(body, "carrier", json_string("electronic"));
		json_object_set_new(body, "upstream_status", json_string("none"));
		json_object_foreach_safe(body, next, name, value) if (json_is_null(value)) json_object_del(body, name);
		fn_items_missing(body, fields, gaps[i].bound, missing);
		names = missing_names(missing);
		g_test_message("case %zu", i);
		g_assert_cmpstr(names, ==, gaps[i].missing);
		json_decref(missing);
		json_decref(body);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/catalog/item/check", test_check);
	g_test_add_func("/catalog/item/bounds", test_bounds);
	g_test_add_func("/catalog/item/missing", test_missing);
	return g_test_run();
}
