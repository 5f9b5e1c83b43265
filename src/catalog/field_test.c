#include "catalog/fixture.h"

static const struct {
	const char *fields, *says; /* NULL: fine */
} cases[] = {
	{ "[]", NULL },
	{ "[{'name': 'a'}]", NULL },
	{ "[{'name': 'a', 'type': 'date'}, {'name': 'b', 'type': 'D', 'length': 8}]", NULL },
	{ "[{'name': 'a', 'generalise': 'date'}, {'name': 'b', 'identifier': 'quasi', 'generalise': 'number:1,10'}]", NULL },
	{ "[{'name': 'a', 'generalise': 'dates'}]", "\"generalise\"" },
	{ "[{'name': 'a', 'generalise': 'list'}]", "\"generalise\"" },
	{ "[{'name': 'a', 'generalise': 5}]", "\"generalise\"" },
	{ "{}", "\"fields\" must be an array" },
	{ "[5]", "fields[0] must be an object" },
	{ "[{}]", "\"name\"" },
	{ "[{'name': 'Name'}]", "\"name\"" },
	{ "[{'name': '1a'}]", "\"name\"" },
	{ "[{'name': 'a b'}]", "\"name\"" },
	{ "[{'name': 'a'}, {'name': 'a'}]", "fields[1]: the name \"a\" is there twice" },
	{ "[{'name': 'a', 'title': ''}]", "\"title\"" },
	{ "[{'name': 'a', 'title': 'x\\u001b'}]", "\"title\" holds a control" },
	{ "[{'name': 'a', 'column': ''}]", "\"column\"" },
	{ "[{'name': 'a', 'type': 'blob'}]", "\"type\"" },
	{ "[{'name': 'a', 'length': -1}]", "\"length\"" },
	{ "[{'name': 'a', 'level': 0}]", "\"level\"" },
	{ "[{'name': 'a', 'level': 7}]", "\"level\"" },
	{ "[{'name': 'a', 'level': 'high'}]", "\"level\"" },
	{ "[{'name': 'a', 'identifier': 'some'}]", "\"identifier\"" },
	{ "[{'name': 'a', 'labels': 'personal'}]", "\"labels\"" },
	{ "[{'name': 'a', 'labels': ['funny']}]", "label" },
	{ "[{'name': 'a', 'key': 1}]", "\"key\" must be true or false" },
	{ "[{'name': 'a', 'mask': 'erase'}]", "\"mask\"" },
	{ "[{'name': 'a', 'mask': 'partial:keep=x'}]", "\"mask\"" },
	{ "[{'name': 'a', 'authoritative': true}]", "\"element\"" },
	{ "[{'name': 'a', 'price': 1}]", "no \"price\"" },
};

static void
test_parse(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		json_t *array = fixture_json(cases[i].fields);
		g_autoptr(GPtrArray) fields = fn_fields_parse(array, &error);

		g_test_message("case %zu", i);
		json_decref(array);
		if (cases[i].says == NULL) {
			g_assert_no_error(error);
			g_assert_nonnull(fields);
			continue;
		}
		g_assert_null(fields);
		g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_INPUT);
		g_assert_nonnull(strstr(error->message, cases[i].says));
	}
}

static void
test_defaults(void)
{
	static const struct {
		const char *field, *mask;
		gint64 level;
	} masks[] = { { "[{'name': 'a'}]", "keep", 1 }, { "[{'name': 'a', 'level': 2}]", "keep", 2 },
		{ "[{'name': 'a', 'level': 3}]", "partial:keep=1.1", 3 },
		{ "[{'name': 'a', 'level': 4}]", "redact", 4 }, { "[{'name': 'a', 'level': 6}]", "redact", 6 },
		{ "[{'name': 'a', 'level': 4, 'mask': 'hash'}]", "hash", 4 },
		{ "[{'name': 'b', 'level': 5}, {'name': 'a'}]", "keep", 5 } };

	for (gsize i = 0; i < G_N_ELEMENTS(masks); i++) {
		json_t *array = fixture_json(masks[i].field);
		g_autoptr(GPtrArray) fields = fn_fields_parse(array, NULL);
		const FnField *field = fn_fields_find(fields, "a");

		json_decref(array);
		g_assert_cmpstr(fn_field_mask(field), ==, masks[i].mask);
		g_assert_cmpint(fn_fields_level(fields), ==, masks[i].level);
		g_assert_cmpstr(field->column, ==, "a");
		g_assert_cmpstr(field->title, ==, "a");
		g_assert_cmpstr(field->type, ==, "C");
		g_assert_true(field->offered);
		g_assert_false(field->key);
		g_assert_null(fn_fields_find(fields, "z"));
	}
}

static void
test_generalise(void)
{
	static const struct {
		const char *field, *spec;
	} specs[] = { { "[{'name': 'a'}]", NULL }, { "[{'name': 'a', 'type': 'date'}]", "date" }, { "[{'name': 'a', 'type': 'datetime'}]", NULL },
		{ "[{'name': 'a', 'type': 'date', 'generalise': 'number:1,10'}]", "number:1,10" }, { "[{'name': 'a', 'generalise': 'region'}]", "region" } };

	for (gsize i = 0; i < G_N_ELEMENTS(specs); i++) {
		json_t *array = fixture_json(specs[i].field);
		g_autoptr(GPtrArray) fields = fn_fields_parse(array, NULL);

		g_assert_cmpstr(fn_field_generalise(fn_fields_find(fields, "a")), ==, specs[i].spec);
		json_decref(array);
	}
}

static void
test_too_many(void)
{
	g_autoptr(GError) error = NULL;
	json_t *array = json_array();

	for (int i = 0; i < 501; i++) {
		g_autofree char *name = g_strdup_printf("f%d", i);

		json_array_append_new(array, json_pack("{s:s}", "name", name));
	}
	g_assert_null(fn_fields_parse(array, &error));
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_INPUT);
	json_decref(array);
}

/* What was parsed is what is read back. */
static void
test_store(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *code = fixture_add(city, NULL);
	json_t *resource = fixture_resource(city, NULL), *before, *after;
	g_autoptr(GPtrArray) parsed = fn_fields_parse(json_object_get(resource, "fields"), NULL);
	g_autoptr(GPtrArray) read = fn_fields_read(city->db, code, 1, NULL);

	before = fn_fields_json(parsed, TRUE);
	after = fn_fields_json(read, TRUE);
	g_assert_true(json_equal(before, after));
	g_assert_nonnull(json_object_get(json_array_get(after, 0), "column"));
	json_decref(after);
	after = fn_fields_json(read, FALSE);
	g_assert_null(json_object_get(json_array_get(after, 0), "column"));
	json_decref(before);
	json_decref(after);
	json_decref(resource);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/catalog/field/parse", test_parse);
	g_test_add_func("/catalog/field/defaults", test_defaults);
	g_test_add_func("/catalog/field/generalise", test_generalise);
	g_test_add_func("/catalog/field/too-many", test_too_many);
	fn_test_add("/catalog/field/store", test_store);
	return g_test_run();
}
