#include "catalog/fixture.h"

static void
test_statements(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, fixture_rooms);

	fn_test_statements(db, fn_sql_catalog_all);
}

static json_t *
seen_by(const City *city, const char *code, gint64 version, const FnActor *actor)
{
	g_autoptr(GError) error = NULL;
	json_t *resource = fn_catalog_resource(city->db, code, version, actor, &error);

	if (resource == NULL)
		g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_UNKNOWN);
	return resource;
}

static gboolean
exists_for(const City *city, const char *code, gint64 version, const FnActor *actor)
{
	json_t *resource = seen_by(city, code, version, actor);
	gboolean there = resource != NULL;

	json_decref(resource);
	return there;
}

static void
test_add(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *one = fixture_add(city, NULL), *two = fixture_add(city, "{'name': '另一个'}");
	g_autofree char *first = g_strdup_printf("130100-%s-000001", city->provider),
			*second = g_strdup_printf("130100-%s-000002", city->provider);
	json_t *resource = seen_by(city, one, 0, city->editor);

	g_assert_cmpstr(one, ==, first);
	g_assert_cmpstr(two, ==, second);
	g_assert_cmpstr(json_string_value(json_object_get(resource, "state")), ==, "draft");
	g_assert_cmpstr(json_string_value(json_object_get(resource, "carrier")), ==, "electronic");
	g_assert_cmpint(json_integer_value(json_object_get(resource, "level")), ==, 4); /* its highest field's */
	g_assert_cmpstr(
		json_string_value(json_object_get(json_object_get(resource, "binding"), "table")), ==, "resident");
	json_decref(resource);
}

static void
test_add_refused(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autoptr(GError) error = NULL;
	const struct {
		const char *resource;
		const FnActor *actor;
		int code;
	} cases[] = {
		{ "{}", city->editor, FN_CATALOG_ERROR_INPUT },
		{ "[]", city->editor, FN_CATALOG_ERROR_INPUT },
		{ "{'name': '甲', 'fee': 1}", city->editor, FN_CATALOG_ERROR_INPUT },
		{ "{'name': '甲', 'fields': [{'name': 'A'}]}", city->editor, FN_CATALOG_ERROR_INPUT },
		{ "{'name': '甲', 'binding': 'people.db'}", city->editor, FN_CATALOG_ERROR_INPUT },
		{ "{'name': '甲', 'binding': {'source': 'x'}}", city->editor, FN_CATALOG_ERROR_INPUT },
		{ "{'name': '甲', 'binding': {'source': 'x', 'table': 't'}}", city->editor, FN_CATALOG_ERROR_UNKNOWN },
		{ "{'name': '甲'}", city->head, FN_CATALOG_ERROR_OFFICE },
		{ "{'name': '甲'}", city->outsider, FN_CATALOG_ERROR_OFFICE },
		{ "{'name': '甲'}", NULL, FN_CATALOG_ERROR_OFFICE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		json_t *resource = fixture_json(cases[i].resource);

		g_test_message("case %zu", i);
		g_assert_null(fn_catalog_add_resource(city->db, resource, cases[i].actor, noon, &error));
		g_assert_error(error, FN_CATALOG_ERROR, cases[i].code);
		g_clear_error(&error);
		json_decref(resource);
	}
}

/* A source of another organization cannot be bound. */
static void
test_foreign_source(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autoptr(GError) error = NULL;
	g_autofree char *text =
		g_strdup_printf("{'name': '甲', 'binding': {'source': '%s', 'table': 't'}}", city->source);
	json_t *resource = fixture_json(text);

	g_assert_null(fn_catalog_add_resource(city->db, resource, city->asker, noon, &error));
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_UNKNOWN);
	json_decref(resource);
}

static gboolean
update(const City *city, const char *code, const char *changes, const FnActor *actor, GError **error)
{
	json_t *object = fixture_json(changes);
	gboolean done = fn_catalog_update_resource(city->db, code, object, actor, noon + 1, error);

	json_decref(object);
	return done;
}

static void
test_update(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *code = fixture_add(city, NULL);
	g_autoptr(GError) error = NULL;
	json_t *resource;

	update(city, code,
		"{'summary': '新的摘要', 'keywords': null, 'fields': [{'name': 'a', 'level': 2}], 'binding': null}",
		city->officer, &error);
	g_assert_no_error(error);
	resource = seen_by(city, code, 0, city->editor);
	g_assert_cmpstr(json_string_value(json_object_get(resource, "summary")), ==, "新的摘要");
	g_assert_cmpstr(json_string_value(json_object_get(resource, "name")), ==, "常住人口登记信息");
	g_assert_null(json_object_get(resource, "keywords"));
	g_assert_cmpint(json_integer_value(json_object_get(resource, "level")), ==, 2);
	g_assert_cmpuint(json_array_size(json_object_get(resource, "binding")), ==, 0);
	g_assert_cmpstr(json_string_value(json_object_get(resource, "edited_by")), ==, city->officer->account);
	json_decref(resource);
	g_assert_false(update(city, code, "{'name': null}", city->editor, &error));
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_INPUT);
	g_clear_error(&error);
	g_assert_false(update(city, code, "{'summary': 'x'}", city->asker, &error));
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_OFFICE);
	g_clear_error(&error);
	g_assert_false(update(city, "nothing", "{'summary': 'x'}", city->editor, &error));
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_UNKNOWN);
}

/* What was assessed and then changed is assessed again. */
static void
test_update_after_assessment(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *code = fixture_add(city, NULL);
	g_autoptr(GError) error = NULL;
	json_t *resource;

	fixture_assess(city, code);
	update(city, code, "{'summary': '新的摘要'}", city->editor, &error);
	g_assert_no_error(error);
	resource = seen_by(city, code, 0, city->editor);
	g_assert_cmpstr(json_string_value(json_object_get(resource, "state")), ==, "draft");
	g_assert_cmpuint(json_array_size(json_object_get(resource, "assessments")), ==, 0);
	json_decref(resource);
	g_assert_false(fn_catalog_set_state(city->db, code, "assessed", city->secrecy, noon, &error));
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_STATE);
}

static void
test_sight(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *code = fixture_add(city, NULL);
	g_autoptr(GError) error = NULL;
	json_t *outside;

	g_assert_true(exists_for(city, code, 0, city->sharing));
	g_assert_false(exists_for(city, code, 0, city->asker));
	g_assert_false(exists_for(city, code, 0, city->bureau_officer));
	g_assert_false(exists_for(city, code, 0, NULL));
	g_assert_false(exists_for(city, "nothing", 0, city->sharing));
	fixture_publish(city, code);
	g_assert_true(exists_for(city, code, 0, city->bureau_officer));
	outside = seen_by(city, code, 0, city->asker);
	g_assert_nonnull(json_object_get(outside, "fields"));
	g_assert_null(json_object_get(outside, "binding"));
	g_assert_null(json_object_get(outside, "assessments"));
	g_assert_null(json_object_get(json_array_get(json_object_get(outside, "fields"), 0), "column"));
	json_decref(outside);
	fixture_state(city, code, "revising", city->editor);
	update(city, code, "{'summary': '修订中的摘要'}", city->editor, &error);
	g_assert_no_error(error);
	outside = seen_by(city, code, 0, city->asker); /* goes on with the published version */
	g_assert_cmpstr(json_string_value(json_object_get(outside, "summary")), ==, "户籍与居住登记的基本项");
	json_decref(outside);
	g_assert_false(exists_for(city, code, 2, city->asker));
	g_assert_true(exists_for(city, code, 2, city->editor));
	g_assert_true(exists_for(city, code, 1, city->editor));
}

static void
test_withheld(gconstpointer engine)
{
	static const char *const shown[] = { "code", "organization", "organization_name", "state", "sharing_type",
		"name", "withheld_reason", NULL };
	g_autoptr(City) city = city_new(engine);
	g_autofree char *code = fixture_add(city, "{'sharing_type': 'withheld', 'withheld_reason': '涉及个人隐私'}");
	json_t *outside, *value;
	const char *name;

	fixture_publish(city, code);
	outside = seen_by(city, code, 0, city->asker);
	json_object_foreach(outside, name, value) g_assert_true(g_strv_contains(shown, name));
	g_assert_cmpstr(json_string_value(json_object_get(outside, "withheld_reason")), ==, "涉及个人隐私");
	json_decref(outside);
	outside = seen_by(city, code, 0, city->bureau_officer);
	g_assert_nonnull(json_object_get(outside, "fields"));
	json_decref(outside);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/catalog/statements", test_statements);
	fn_test_add("/catalog/resource/add", test_add);
	fn_test_add("/catalog/resource/add-refused", test_add_refused);
	fn_test_add("/catalog/resource/foreign-source", test_foreign_source);
	fn_test_add("/catalog/resource/update", test_update);
	fn_test_add("/catalog/resource/update-after-assessment", test_update_after_assessment);
	fn_test_add("/catalog/resource/sight", test_sight);
	fn_test_add("/catalog/resource/withheld", test_withheld);
	return g_test_run();
}
