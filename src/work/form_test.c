#include "work/fixture.h"

/* One field at a time is made wrong; @json NULL takes it away. */
static const struct {
	const char *field, *json;
	gboolean fits;
} cases[] = {
	{ "quota_day", "100", TRUE },
	{ "case_required", "true", TRUE },
	{ "operators", "[\"a\",\"b\"]", TRUE },
	{ "rows", "[{\"field\":\"region\",\"op\":\"=\",\"value\":\"130102\"}]", TRUE },
	{ "until", "\"2026-02-13\"", TRUE },
	{ "until", "\"2029-02-12\"", TRUE },
	{ "until", "\"2029-02-13\"", FALSE },
	{ "until", "\"2026-02-12\"", FALSE },
	{ "until", "\"2026-02-30\"", FALSE },
	{ "until", "20261231", FALSE },
	{ "until", NULL, FALSE },
	{ "fields", "[]", FALSE },
	{ "fields", "[\"a\",\"a\"]", FALSE },
	{ "fields", "[\"a\",7]", FALSE },
	{ "fields", "[\"a\",\" \"]", FALSE },
	{ "fields", "\"a\"", FALSE },
	{ "fields", NULL, FALSE },
	{ "mode", "\"steal\"", FALSE },
	{ "mode", "null", FALSE },
	{ "basis", "\"短\"", FALSE },
	{ "basis", "\"          \"", FALSE },
	{ "scenario", NULL, FALSE },
	{ "resource", "\"130100-x-2\"", FALSE },
	{ "system", "\"\"", FALSE },
	{ "quota_day", "-1", FALSE },
	{ "quota_day", "1.5", FALSE },
	{ "quota_day", "9000000000000", FALSE },
	{ "case_required", "1", FALSE },
	{ "operators", "{}", FALSE },
	{ "rows", "[{\"field\":\"region\"}]", FALSE },
	{ "rows", "[7]", FALSE },
	{ "price", "5", FALSE },
	{ "价格", "5", FALSE },
};

static void
test_fields(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		json_t *form = fixture_form();
		g_autoptr(GError) error = NULL;
		g_autofree char *id = NULL;

		if (cases[i].json != NULL)
			json_object_set_new(form, cases[i].field, json_loads(cases[i].json, JSON_DECODE_ANY, NULL));
		else
			json_object_del(form, cases[i].field);
		id = fixture_open(fixture, "sharing_application", form, ANNA, NOON, &error);
		json_decref(form);
		if ((id != NULL) != cases[i].fits)
			g_error("%s = %s: %s", cases[i].field, cases[i].json, error != NULL ? error->message : "accepted");
		if (!cases[i].fits) {
			g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM);
			g_assert_true(g_str_has_prefix(error->message, cases[i].field));
		}
	}
}

static void
test_bounds(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autofree char *wide = g_strnfill(200 * 1024, 'x');
	json_t *many = json_array();
	json_t *form = fixture_form();
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < 1001; i++)
		json_array_append_new(many, json_sprintf("f%u", i));
	json_object_set_new(form, "fields", many);
	g_assert_null(fixture_open(fixture, "sharing_application", form, ANNA, NOON, NULL));
	json_decref(form);
	form = fixture_form();
	json_object_set_new(form, "scenario", json_string(wide));
	g_assert_null(fixture_open(fixture, "sharing_application", form, ANNA, NOON, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM);
	json_decref(form);
	form = json_array();
	g_assert_null(fixture_open(fixture, "sharing_application", form, ANNA, NOON, NULL));
	json_decref(form);
}

/* What a step may change, and what it may not. */
static void
test_changes(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	json_t *form = fixture_form();
	json_t *fewer = json_pack("{s:[s], s:n}", "fields", "a", "quota_day");
	json_t *more = json_pack("{s:[s,s,s,s]}", "fields", "a", "b", "c", "d");
	json_t *reason = json_pack("{s:s}", "basis", "居民身份证法第十九条第二款");
	g_autofree char *id = fixture_open(fixture, "sharing_application", form, ANNA, NOON, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_true(fixture_step(fixture, id, "edit", NULL, fewer, ANNA, NOON, NULL));
	g_assert_true(fixture_step(fixture, id, "consent", NULL, NULL, BO, NOON, NULL));
	g_assert_true(fixture_step(fixture, id, "send", NULL, NULL, ANNA, NOON, NULL));
	g_assert_true(fixture_step(fixture, id, "ask", "依据不清", NULL, CHEN, NOON, NULL));
	g_assert_false(fixture_step(fixture, id, "complete", NULL, more, ANNA, NOON, &error)); /* wider than the head consented to */
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM);
	g_assert_true(fixture_step(fixture, id, "complete", NULL, reason, ANNA, NOON, NULL));
	g_assert_false(fixture_step(fixture, id, "agree", NULL, reason, DING, NOON, NULL));
	g_assert_true(fn_work_audit(fixture->work, fixture->db, id, NULL));
	json_decref(form);
	json_decref(fewer);
	json_decref(more);
	json_decref(reason);
}

static void
test_agreement(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	json_t *form = fixture_form();
	g_autofree char *id = NULL;
	g_autoptr(GError) error = NULL;

	json_object_set_new(form, "agreement", json_false());
	g_assert_null(fixture_open(fixture, "sharing_unconditional", form, ANNA, NOON, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM);
	json_object_set_new(form, "agreement", json_true());
	id = fixture_open(fixture, "sharing_unconditional", form, ANNA, NOON, NULL);
	g_assert_nonnull(id);
	json_decref(form);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/form/fields", test_fields);
	fn_test_add("/form/bounds", test_bounds);
	fn_test_add("/form/changes", test_changes);
	fn_test_add("/form/agreement", test_agreement);
	return g_test_run();
}
