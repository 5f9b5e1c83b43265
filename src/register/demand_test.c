/* What fields demand of each other: held when a record is added, changed, imported or kept by a step, and told where a book is described. */
#include "register/fixture.h"

/* @wrong NULL: it is taken. */
static const struct {
	const char *values, *wrong;
} cases[] = {
	{ "'state':'kept'", NULL },
	{ "'state':'kept','lent_on':'2026-03-01','returned_on':'2026-03-01','wiped':true", NULL },
	{ "'state':'kept','returned_on':'2026-03-01','wiped':true", NULL },
	{ "'state':'kept','lent_on':'2026-03-01','returned_on':'2026-02-28','wiped':true",
		"returned_on: \"Returned on\" may not be before \"Lent on\"" },
	{ "'state':'kept','budget':'100','spent':'100.00'", NULL },
	{ "'state':'kept','budget':'100','spent':'100.01'", "spent: \"Spent\" may not be more than \"Budget\"" },
	{ "'state':'kept','spent':'100.01'", NULL },
	{ "'state':'kept','low':'9.5','high':'10'", NULL },
	{ "'state':'kept','low':'10','high':'10.000'", NULL },
	{ "'state':'kept','low':'10.01','high':'10'", "low: the lower bound is above the upper one" },
	{ "'state':'kept','low':'10','high':'9.99'", "low: the lower bound" },
	{ "'state':'kept','low':'-2','high':'-10'", "low: the lower bound" },
	{ "'state':'kept','low':'-10','high':'-2.5'", NULL },
	{ "'state':'kept','low':'-1','high':'0'", NULL },
	{ "'state':'kept','low':'0','high':'-0.5'", "low: the lower bound" },
	{ "'state':'kept','low':'0.5','high':'0.49'", "low: the lower bound" },
	{ "'state':'kept','holder':'officer1','receiver':'head1'", NULL },
	{ "'state':'kept','holder':'officer1','receiver':'officer1'", "receiver: \"Receiver\" may not be the same as \"Holder\"" },
	{ "'state':'lent','lent_on':'2026-03-01'", NULL },
	{ "'state':'lent'", "lent_on: when \"State\" is Lent, \"Lent on\" must be filled in" },
	{ "'state':'lent','lent_on':'2026-03-01','returned_on':'2026-03-01','wiped':true",
		"returned_on: when \"State\" is Lent or lost, \"Returned on\" must be left empty" },
	{ "'state':'kept','returned_on':'2026-03-01'", "wiped: when \"Returned on\" is filled in, \"Wiped\" must be filled in" },
	{ "'state':'kept','returned_on':'2026-03-01','wiped':false",
		"reason: when \"Wiped\" is no and \"State\" is kept, \"Reason\" must be filled in" },
	{ "'state':'kept','returned_on':'2026-03-01','wiped':false,'reason':'坏了'", NULL },
	{ "'state':'lost','wiped':false", NULL },
};

static void
test_added(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *values = g_strdup_printf("{'number':'A-%u',%s}", (guint)i, cases[i].values);
		g_autoptr(GError) error = NULL;
		g_autofree char *id = city_add(city, "loans", values, city->officer, &error);

		g_assert_true((id == NULL) == (error != NULL));
		g_test_message("%s: %s", values, id == NULL ? error->message : "taken");
		if (cases[i].wrong == NULL) {
			g_assert_no_error(error);
			continue;
		}
		g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT);
		g_assert_true(g_str_has_prefix(error->message, cases[i].wrong));
	}
}

/* A change is held against what the record has already. */
static void
test_changed(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *id = city_must_add(city, "loans", "{'number':'A-1','state':'lent','lent_on':'2026-03-01'}", city->officer);
	g_autoptr(GError) error = NULL;

	g_assert_false(city_change(city, "loans", id, 1, "{'state':'kept','returned_on':'2026-02-01','wiped':true}", city->officer, &error));
	g_assert_nonnull(strstr(error->message, "may not be before \"Lent on\""));
	g_clear_error(&error);
	g_assert_false(city_change(city, "loans", id, 1, "{'lent_on':null}", city->officer, &error));
	g_assert_nonnull(strstr(error->message, "must be filled in"));
	g_clear_error(&error);
	g_assert_true(city_change(city, "loans", id, 1, "{'state':'kept','returned_on':'2026-03-02','wiped':true}", city->officer, &error));
	g_assert_no_error(error);
}

/* A row with a rule broken is named with its column, in the reader's language. */
static void
test_imported(gconstpointer engine)
{
	static const char *const header[] = { "编号", "状态", "借出日期", "归还日期", "已清除" };
	static const char *const rows[][5] = { { "B-1", "借出", "2026-03-01", "", "" }, { "B-2", "借出", "", "", "" },
		{ "B-3", "kept", "2026-03-02", "2026-03-01", "是" } };
	g_autoptr(City) city = city_new(engine);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnRegisterImport) import = fn_register_import_new(city->db, city->rules, "loans", header, 5, city->officer, noon, &error);
	json_t *report, *problems;

	g_assert_no_error(error);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		g_assert_true(fn_register_import_row(import, i + 2, rows[i], &error));
	report = fn_register_import_report(import, TRUE);
	problems = json_object_get(report, "problems");
	g_assert_cmpint(json_integer_value(json_object_get(report, "added")), ==, 1);
	g_assert_cmpint(json_array_size(problems), ==, 2);
	g_assert_cmpint(json_integer_value(json_object_get(json_array_get(problems, 0), "row")), ==, 3);
	g_assert_cmpstr(text_at(json_array_get(problems, 0), "field"), ==, "lent_on");
	g_assert_cmpstr(text_at(json_array_get(problems, 0), "reason"), ==, "“状态”为借出时，“借出日期”必填");
	g_assert_cmpint(json_integer_value(json_object_get(json_array_get(problems, 1), "row")), ==, 4);
	g_assert_cmpstr(text_at(json_array_get(problems, 1), "reason"), ==, "“归还日期”不得早于“借出日期”");
	json_decref(report);
}

static gboolean
apply(City *city, const char *act, const char *values, GError **error)
{
	json_t *key = fixture_json("{'number':'C-1'}"), *given = fixture_json(values);
	gboolean done = fn_register_apply(city->db, city->rules, "loans", act, key, given, city->one, "case 1", city->officer, noon, error);

	json_decref(key);
	json_decref(given);
	return done;
}

static void
test_by_step(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_db_begin(city->db, NULL));
	g_assert_false(apply(city, "add", "{'state':'lent'}", &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT);
	g_assert_true(g_str_has_prefix(error->message, "lent_on: "));
	g_clear_error(&error);
	g_assert_true(apply(city, "add", "{'state':'lent','lent_on':'2026-03-01'}", &error));
	g_assert_false(apply(city, "close", "{'returned_on':'2026-03-01','wiped':true}", &error));
	g_assert_true(g_str_has_prefix(error->message, "returned_on: "));
	g_clear_error(&error);
	g_assert_true(apply(city, "close", "{'state':'kept','returned_on':'2026-03-01','wiped':true}", &error));
	fn_db_rollback(city->db);
}

static void
test_described(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autoptr(GError) error = NULL;
	json_t *schema = fn_register_schema(city->rules, "loans", city->officer, &error), *rules = json_object_get(schema, "rules");
	json_t *last = json_object_get(json_array_get(rules, 7), "text"), *none;

	g_assert_no_error(error);
	g_assert_cmpint(json_array_size(rules), ==, 8);
	g_assert_cmpstr(text_at(json_array_get(rules, 0), "field"), ==, "returned_on");
	g_assert_cmpstr(text_at(json_array_get(rules, 0), "not_before"), ==, "lent_on");
	g_assert_cmpstr(text_at(last, "zh"), ==, "“已清除”为否且“状态”为kept时，“理由”必填");
	g_assert_cmpstr(text_at(last, "en"), ==, "when \"Wiped\" is no and \"State\" is kept, \"Reason\" must be filled in");
	json_decref(schema);
	none = fn_register_schema(city->rules, "things", city->officer, &error);
	g_assert_cmpint(json_array_size(json_object_get(none, "rules")), ==, 0);
	json_decref(none);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/demand/added", test_added);
	fn_test_add("/demand/changed", test_changed);
	fn_test_add("/demand/imported", test_imported);
	fn_test_add("/demand/by-step", test_by_step);
	fn_test_add("/demand/described", test_described);
	return g_test_run();
}
