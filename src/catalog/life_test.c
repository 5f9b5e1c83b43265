#include "catalog/fixture.h"

enum { EDITOR, SECRECY, REVIEWER, HEAD, BUREAU, ASKER, NOBODY };

static const FnActor *
person(const City *city, int who)
{
	const FnActor *people[] = { city->editor, city->secrecy, city->reviewer, city->head, city->bureau_officer,
		city->asker, NULL };

	return people[who];
}

/* One life, step by step; @code -1: done. */
static const struct {
	const char *to;
	int who, code;
} life[] = {
	{ "head_ok", HEAD, FN_CATALOG_ERROR_STATE }, { "submitted", EDITOR, FN_CATALOG_ERROR_STATE },
	{ "published", BUREAU, FN_CATALOG_ERROR_STATE }, { "nonsense", EDITOR, FN_CATALOG_ERROR_STATE },
	{ NULL, EDITOR, FN_CATALOG_ERROR_STATE }, { "assessed", EDITOR, FN_CATALOG_ERROR_OFFICE },
	{ "assessed", NOBODY, FN_CATALOG_ERROR_OFFICE }, { "assessed", SECRECY, -1 },
	{ "head_ok", EDITOR, FN_CATALOG_ERROR_OFFICE }, { "head_ok", HEAD, -1 },
	{ "submitted", HEAD, FN_CATALOG_ERROR_OFFICE }, { "submitted", EDITOR, -1 },
	{ "published", EDITOR, FN_CATALOG_ERROR_OFFICE }, { "published", ASKER, FN_CATALOG_ERROR_OFFICE },
	{ "published", BUREAU, FN_CATALOG_ERROR_STATE }, /* the basis is not accepted */
	{ "accept", EDITOR, FN_CATALOG_ERROR_OFFICE }, { "accept", BUREAU, -1 }, { "published", BUREAU, -1 },
	{ "accept", BUREAU, FN_CATALOG_ERROR_STATE }, { "withdrawn", EDITOR, FN_CATALOG_ERROR_OFFICE },
	{ "suspended", EDITOR, FN_CATALOG_ERROR_OFFICE }, { "suspended", HEAD, -1 },
	{ "published", HEAD, FN_CATALOG_ERROR_OFFICE }, { "published", BUREAU, -1 }, { "revising", EDITOR, -1 },
	{ "assessed", SECRECY, FN_CATALOG_ERROR_STATE }, /* a new version is assessed anew */
};

static gboolean
take(const City *city, const char *code, const char *to, const FnActor *actor, GError **error)
{
	if (g_strcmp0(to, "accept") == 0)
		return fn_catalog_accept_basis(city->db, code, actor, noon, error);
	return fn_catalog_set_state(city->db, code, to, actor, noon, error);
}

static void
assess_all(const City *city, const char *code)
{
	static const char *const kinds[] = { "secrecy_review", "personal_information", "encryption", "masking",
		"backup", "audit" };

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		g_assert_true(fn_catalog_assess(city->db, code, kinds[i], TRUE, "查过", city->secrecy, noon, NULL));
}

static void
test_life(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *code = fixture_add(city, NULL);

	assess_all(city, code);
	for (gsize i = 0; i < G_N_ELEMENTS(life); i++) {
		g_autoptr(GError) error = NULL;
		gboolean done = take(city, code, life[i].to, person(city, life[i].who), &error);

		g_test_message("step %zu", i);
		g_assert_cmpint(done, ==, life[i].code < 0);
		if (!done)
			g_assert_error(error, FN_CATALOG_ERROR, life[i].code);
	}
}

static void
test_assess(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *code = fixture_add(city, NULL);
	const struct {
		const char *kind, *answer;
		const FnActor *actor;
		int code;
	} cases[] = {
		{ "mood", "查过", city->secrecy, FN_CATALOG_ERROR_INPUT },
		{ NULL, "查过", city->secrecy, FN_CATALOG_ERROR_INPUT },
		{ "audit", "", city->secrecy, FN_CATALOG_ERROR_INPUT },
		{ "audit", NULL, city->secrecy, FN_CATALOG_ERROR_INPUT },
		{ "audit", "查过", city->editor, FN_CATALOG_ERROR_OFFICE },
		{ "audit", "查过", city->asker, FN_CATALOG_ERROR_OFFICE },
		{ "secrecy_review", "查过", city->reviewer, FN_CATALOG_ERROR_OFFICE },
		{ "audit", "查过", city->reviewer, -1 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		gboolean done = fn_catalog_assess(
			city->db, code, cases[i].kind, TRUE, cases[i].answer, cases[i].actor, noon, &error);

		g_test_message("case %zu", i);
		g_assert_cmpint(done, ==, cases[i].code < 0);
		if (!done)
			g_assert_error(error, FN_CATALOG_ERROR, cases[i].code);
	}
}

/* Five of six is not assessed; a failed one neither. */
static void
test_assessment_complete(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *code = fixture_add(city, NULL);
	g_autoptr(GError) error = NULL;

	assess_all(city, code);
	g_assert_true(fn_catalog_assess(city->db, code, "masking", FALSE, "姓名未脱敏", city->secrecy, noon, NULL));
	g_assert_false(fn_catalog_set_state(city->db, code, "assessed", city->secrecy, noon, &error));
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_STATE);
	g_assert_nonnull(strstr(error->message, "masking"));
}

/* Who edited last does not assess, even holding the office. */
static void
test_editor_apart(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *code = fixture_add(city, NULL);
	g_autoptr(FnActor) both = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_people_set_office(city->db, city->editor->account, "secrecy_reviewer", TRUE, NULL));
	both = fn_people_actor(city->db, city->editor->account, noon, NULL);
	g_assert_false(fn_catalog_assess(city->db, code, "audit", TRUE, "查过", both, noon, &error));
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_OFFICE);
}

static void
test_incomplete(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *code = fixture_add(city, "{'summary': null, 'duties': []}");
	g_autoptr(GError) error = NULL;
	json_t *missing = fn_catalog_missing(city->db, code, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(json_array_size(missing), ==, 2);
	json_decref(missing);
	fixture_assess(city, code);
	fixture_state(city, code, "head_ok", city->head);
	g_assert_false(fn_catalog_set_state(city->db, code, "submitted", city->editor, noon, &error));
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_STATE);
	g_assert_nonnull(strstr(error->message, "summary"));
}

static void
test_versions(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *code = fixture_add(city, NULL);
	gint64 generation = fixture_generation(city);
	json_t *changes = fixture_json("{'name': '人口登记二版'}"), *resource;
	g_autoptr(GError) error = NULL;

	fixture_publish(city, code);
	g_assert_cmpint(fixture_generation(city), ==, generation + 1);
	g_assert_false(
		fn_catalog_update_resource(city->db, code, changes, city->editor, noon, &error)); /* in place: never */
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_STATE);
	g_clear_error(&error);
	fixture_state(city, code, "revising", city->editor);
	fn_catalog_update_resource(city->db, code, changes, city->editor, noon, &error);
	g_assert_no_error(error);
	g_assert_cmpint(fixture_generation(city), ==, generation + 1); /* nothing changed for callers yet */
	fixture_publish(city, code);
	g_assert_cmpint(fixture_generation(city), ==, generation + 2);
	resource = fn_catalog_resource(city->db, code, 0, city->asker, NULL);
	g_assert_cmpstr(json_string_value(json_object_get(resource, "name")), ==, "人口登记二版");
	g_assert_cmpint(json_integer_value(json_object_get(resource, "version")), ==, 2);
	json_decref(resource);
	resource = fn_catalog_resource(city->db, code, 1, city->asker, NULL);
	g_assert_cmpstr(json_string_value(json_object_get(resource, "name")), ==, "常住人口登记信息");
	json_decref(resource);
	json_decref(changes);
}

static void
test_one_source(gconstpointer engine)
{
	static const char claim[] = "{'fields': [{'name': 'a', 'element': 'DE00001', 'authoritative': true}]}";
	g_autoptr(City) city = city_new(engine);
	g_autofree char *one = fixture_add(city, claim), *two = fixture_add(city, claim);
	g_autoptr(GError) error = NULL;

	fixture_publish(city, one);
	fixture_assess(city, two);
	fixture_state(city, two, "head_ok", city->head);
	fixture_state(city, two, "submitted", city->editor);
	g_assert_true(fn_catalog_accept_basis(city->db, two, city->bureau_officer, noon, NULL));
	g_assert_false(fn_catalog_set_state(city->db, two, "published", city->bureau_officer, noon, &error));
	g_assert_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_STATE);
	g_assert_nonnull(strstr(error->message, one));
	fixture_state(city, one, "withdrawn", city->bureau_officer); /* then the element is free again */
	fixture_state(city, two, "published", city->bureau_officer);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/catalog/life", test_life);
	fn_test_add("/catalog/life/assess", test_assess);
	fn_test_add("/catalog/life/assessment-complete", test_assessment_complete);
	fn_test_add("/catalog/life/editor-apart", test_editor_apart);
	fn_test_add("/catalog/life/incomplete", test_incomplete);
	fn_test_add("/catalog/life/versions", test_versions);
	fn_test_add("/catalog/life/one-source", test_one_source);
	return g_test_run();
}
