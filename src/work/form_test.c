#include "work/fixture.h"
#include "work/work_priv.h"

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

#define CODE "911301002345678901"

/* One field of a type, one value: what is wrong, or NULL. */
static const struct {
	const char *type, *value, *wrong;
} typed[] = {
	{ "day", "\"2020-02-29\"", NULL }, { "day", "\"2021-02-29\"", "date" }, { "day", "1", "date" },
	{ "moment", "\"2026-02-12T10:00:00+08:00\"", NULL }, { "moment", "\"2026-02-12\"", "moment" }, { "moment", "true", "moment" },
	{ "organization", "\"org\"", NULL }, { "organization", "\"\"", "name" }, { "person", "\"张伟\"", NULL }, { "case", "[]", "name" },
	{ "grant", "\"g\"", NULL }, { "credit_code", "\"" CODE "\"", "credit code" }, { "credit_code", "null", "credit code" },
	{ "email", "\"a.b@sjz.gov.cn\"", NULL }, { "email", "\"a b@sjz.gov.cn\"", "mail" }, { "email", "\"a@b\"", "mail" }, { "email", "\"a@b.cn\\n\"", "mail" },
	{ "phone", "\"+86 311 8688 0000\"", NULL }, { "phone", "\"call me\"", "telephone" }, { "domain", "\"数据.政务\"", NULL },
	{ "domain", "\"www.sjz.gov.cn\"", NULL }, { "domain", "\"-a.cn\"", "domain" }, { "domain", "\"localhost\"", "domain" },
	{ "url", "\"https://www.sjz.gov.cn/a?b=c\"", NULL }, { "url", "\"javascript:alert(1)\"", "address" }, { "ip", "\"10.0.0.1/24\"", NULL },
	{ "ip", "\"10.0.0.x\"", "IP" }, { "digest", "\"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0\"", NULL },
	{ "digest", "\"66C7\"", "digest" }, { "fingerprint", "7", "fingerprint" }, { "money", "\"1200.50\"", NULL }, { "money", "\"1200.505\"", "amount" },
	{ "number", "-1.5", NULL }, { "number", "\"1\"", "number" }, { "percent", "100", NULL }, { "percent", "100.1", "100" },
	{ "texts", "[\"a\", \"b\"]", NULL }, { "texts", "[\"a\", \" \"]", "texts" }, { "texts", "\"a\"", "texts" },
};

static void
test_types(void)
{
	g_autofree char *directory = fn_rules_directory(NULL);
	g_autoptr(FnRules) rules = fn_rules_load(directory, "national", NULL, NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(typed); i++) {
		g_autofree char *text = g_strdup_printf("f: {type: %s, zh: 甲, en: A}\n", typed[i].type);
		g_autoptr(FnNode) schema = fn_node_read(text, strlen(text), "test", NULL);
		json_t *value = json_loads(typed[i].value, JSON_DECODE_ANY, NULL), *form = json_pack("{s:o}", "f", value);
		g_autoptr(GError) error = NULL;
		gboolean good = fn_work_form_check(rules, schema, form, NULL, "s", NOON, &error);

		if (good != (typed[i].wrong == NULL) || (!good && strstr(error->message, typed[i].wrong) == NULL))
			g_error("%s %s: %s", typed[i].type, typed[i].value, good ? "was taken" : error->message);
		json_decref(form);
	}
}

/* A day that was to come and has come stands; another day that is over does not, and what was never judged is. */
static void
test_before(void)
{
	static const char schema_text[] = "d: {type: date, zh: 甲, en: A}\nn: {type: text, zh: 甲, en: A}\n";
	static const struct {
		const char *before, *form;
		gboolean good;
	} known[] = {
		{ "{\"d\":\"2026-01-01\"}", "{\"d\":\"2026-01-01\",\"n\":\"x\"}", TRUE },
		{ "{\"d\":\"2026-01-01\"}", "{\"d\":\"2026-01-02\"}", FALSE },
		{ "{\"n\":\"x\"}", "{\"d\":\"2026-01-01\"}", FALSE },
		{ "{\"d\":\"2026-01-01\"}", "{\"d\":\"2026-01-01\",\"n\":7}", FALSE },
		{ "{}", "{\"d\":\"2026-01-01\"}", FALSE },
	};
	g_autofree char *directory = fn_rules_directory(NULL);
	g_autoptr(FnRules) rules = fn_rules_load(directory, "national", NULL, NULL);
	g_autoptr(FnNode) schema = fn_node_read(schema_text, strlen(schema_text), "test", NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
		json_t *before = json_loads(known[i].before, 0, NULL), *form = json_loads(known[i].form, 0, NULL);
		g_autoptr(GError) error = NULL;

		g_test_message("case %zu", i);
		g_assert_true(fn_work_form_check(rules, schema, form, before, "s", NOON, &error) == known[i].good);
		json_decref(before);
		json_decref(form);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/form/fields", test_fields);
	fn_test_add("/form/bounds", test_bounds);
	fn_test_add("/form/changes", test_changes);
	fn_test_add("/form/agreement", test_agreement);
	g_test_add_func("/form/types", test_types);
	g_test_add_func("/form/before", test_before);
	return g_test_run();
}
