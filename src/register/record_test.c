/* Records: who may, keys, revisions, history, renewal, what procedures and checks do. */
#include "register/fixture.h"

static void
refused(City *city, const char *book, const char *values, const FnActor *actor, FnRegisterError code, const char *begin)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *id = city_add(city, book, values, actor, &error);

	g_assert_null(id);
	g_assert_error(error, FN_REGISTER_ERROR, (int)code);
	g_test_message("%s", error->message);
	g_assert_true(g_str_has_prefix(error->message, begin));
}

static void
test_life(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *id = city_must_add(city, "things", "{'name':'一号','note':'两个字','secret':'内部'}", city->officer), *again = NULL;
	g_autoptr(GError) error = NULL;
	json_t *record, *history;

	refused(city, "things", "{'name':'一号'}", city->officer, FN_REGISTER_ERROR_TAKEN, "Name (name): ");
	refused(city, "things", "{}", city->officer, FN_REGISTER_ERROR_INPUT, "Name (name): is missing");
	refused(city, "things", "{'name':'二','colour':'red'}", city->officer, FN_REGISTER_ERROR_INPUT, "the register has no such field (colour)");
	refused(city, "nothing", "{}", city->officer, FN_REGISTER_ERROR_UNKNOWN, "there is no register");

	g_assert_true(city_change(city, "things", id, 1, "{'note':'另外的','count':3}", city->officer, &error));
	g_assert_false(city_change(city, "things", id, 1, "{'count':4}", city->officer, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_STALE);
	g_clear_error(&error);
	g_assert_false(city_change(city, "things", id, 2, "{'name':null}", city->officer, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT);
	g_clear_error(&error);
	/* nothing changes, nothing is entered */
	g_assert_true(city_change(city, "things", id, 2, "{'count':3}", city->officer, &error));
	record = city_show(city, "things", id, city->officer);
	g_assert_cmpint(json_integer_value(json_object_get(record, "revision")), ==, 2);
	g_assert_cmpstr(text_at(json_object_get(record, "values"), "secret"), ==, "内部");
	json_decref(record);

	g_assert_true(fn_db_begin(city->db, NULL));
	g_assert_true(fn_register_close(city->db, city->rules, "things", id, 2, "scrapped", city->officer, noon, &error));
	g_assert_true(fn_db_commit(city->db, NULL));
	g_assert_false(city_change(city, "things", id, 3, "{'count':4}", city->officer, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_STATE);
	g_clear_error(&error);
	/* its key is free again */
	again = city_must_add(city, "things", "{'name':'一号'}", city->officer);
	history = fn_register_history(city->db, city->rules, "things", id, 0, city->officer, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(json_array_size(history), ==, 3);
	g_assert_cmpstr(text_at(json_array_get(history, 0), "kind"), ==, "add");
	g_assert_cmpstr(text_at(json_array_get(history, 1), "name"), ==, "officer1");
	g_assert_cmpint(json_integer_value(json_object_get(json_object_get(json_array_get(history, 1), "changes"), "count")), ==, 3);
	g_assert_cmpstr(text_at(json_array_get(history, 2), "say"), ==, "scrapped");
	json_decref(history);
}

static void
test_history_is_kept(gconstpointer engine)
{
	static const FnSql attempts[] = { FIXTURE_SQL("UPDATE register_history SET name = 'x'"), FIXTURE_SQL("DELETE FROM register_history") };
	g_autoptr(City) city = city_new(engine);

	g_free(city_must_add(city, "things", "{'name':'一号'}", city->officer));
	for (gsize i = 0; i < G_N_ELEMENTS(attempts); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(fn_db_exec(city->db, &attempts[i], FN_NO_BINDS, NULL, &error));
		g_assert_nonnull(strstr(error->message, "only added to"));
	}
}

static void
test_unique(gconstpointer engine)
{
	static const char hex[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	g_autoptr(City) city = city_new(engine);
	g_autofree char *one = g_strdup_printf("{'name':'一','print':'%s'}", hex), *two = g_strdup_printf("{'name':'二','print':'%s'}", hex);
	g_autofree char *id = city_must_add(city, "things", one, city->officer), *other = NULL, *again = NULL;
	g_autofree char *only = g_strdup_printf("{'print':'%s'}", hex);
	g_autoptr(GError) error = NULL;

	refused(city, "things", two, city->officer, FN_REGISTER_ERROR_INPUT, "Print (print): ");
	refused(city, "things", two, city->stranger, FN_REGISTER_ERROR_INPUT, "Print (print): ");
	other = city_must_add(city, "things", "{'name':'三'}", city->officer);
	g_assert_false(city_change(city, "things", other, 1, only, city->officer, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT);
	g_clear_error(&error);
	/* its own value is no other's, and one that was taken away is free */
	g_assert_true(city_change(city, "things", id, 1, "{'count':1}", city->officer, &error));
	g_assert_true(city_change(city, "things", id, 2, "{'print':null}", city->officer, &error));
	again = city_must_add(city, "things", two, city->stranger);
}

/* Who sees and does what: own records, the bureau, mere readers, strangers. */
static void
test_permission(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *id = city_must_add(city, "things", "{'name':'一','secret':'内部'}", city->officer), *of_other = NULL;
	const struct {
		const FnActor *actor;
		gboolean sees, secret, writes;
	} cases[] = { { city->officer, TRUE, TRUE, TRUE }, { city->head, TRUE, TRUE, FALSE }, { city->editor, TRUE, FALSE, FALSE },
		{ city->plain, FALSE, FALSE, FALSE }, { city->stranger, FALSE, FALSE, FALSE }, { city->bureau_officer, TRUE, TRUE, FALSE },
		{ city->bureau_auditor, TRUE, FALSE, FALSE } };

	of_other = city_must_add(city, "things", "{'name':'一'}", city->stranger);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		json_t *record = fn_register_show(city->db, city->rules, "things", id, cases[i].actor, noon, &error), *history;

		g_test_message("case %zu", i);
		g_assert_true((record != NULL) == cases[i].sees);
		g_assert_true((record != NULL && json_object_get(json_object_get(record, "values"), "secret") != NULL) == cases[i].secret);
		json_decref(record);
		g_clear_error(&error);
		history = fn_register_history(city->db, city->rules, "things", id, 0, cases[i].actor, &error);
		g_assert_true((history != NULL) == cases[i].sees);
		g_assert_true((json_object_get(json_object_get(json_array_get(history, 0), "changes"), "secret") != NULL) == cases[i].secret);
		json_decref(history);
		g_clear_error(&error);
		if (!cases[i].writes) {
			g_assert_false(city_change(city, "things", id, 1, "{'count':1}", cases[i].actor, &error));
			g_assert_true(g_error_matches(error, FN_REGISTER_ERROR, cases[i].sees ? FN_REGISTER_ERROR_OFFICE : FN_REGISTER_ERROR_UNKNOWN));
			g_clear_error(&error);
		}
		/* an officer of another organization writes there, and only there */
		if (!cases[i].writes && !fn_actor_has(cases[i].actor, "officer")) {
			g_assert_null(city_add(city, "things", "{'name':'九'}", cases[i].actor, &error));
			g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_OFFICE);
		}
	}
}

/* One book of the city: everybody reads, an organization writes what is about itself. */
static void
test_city_book(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *own = g_strdup_printf("{'hall':'东','floor':1,'tenant':'%s'}", city->one);
	g_autofree char *foreign = g_strdup_printf("{'hall':'东','floor':2,'tenant':'%s'}", city->other);
	g_autofree char *id = city_must_add(city, "halls", own, city->officer), *of_bureau = NULL;
	json_t *record = city_show(city, "halls", id, city->plain);
	g_autoptr(GError) error = NULL;

	g_assert_cmpstr(text_at(record, "organization"), ==, city->one);
	g_assert_cmpstr(text_at(record, "key"), ==, "东 / 1");
	json_decref(record);
	refused(city, "halls", foreign, city->officer, FN_REGISTER_ERROR_OFFICE, "none of your offices");
	refused(city, "halls", own, city->bureau_officer, FN_REGISTER_ERROR_TAKEN, "Hall (hall): ");
	of_bureau = city_must_add(city, "halls", foreign, city->bureau_officer);
	g_assert_false(city_change(city, "halls", of_bureau, 1, "{'until':'2027-01-01'}", city->officer, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_OFFICE);
	g_clear_error(&error);
	/* nor does it hand its own over to another */
	g_assert_false(city_change(city, "halls", id, 1, "{'tenant':'市卫健委'}", city->officer, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_OFFICE);
}

static void
due(City *city, const char *book, const char *values, const char *want, const char *renewal)
{
	g_autofree char *id = city_must_add(city, book, values, strcmp(book, "halls") == 0 ? city->bureau_officer : city->officer);
	json_t *record = city_show(city, book, id, city->bureau_officer);

	g_assert_cmpstr(text_at(record, "due"), ==, want);
	g_assert_cmpstr(text_at(record, "renewal"), ==, renewal);
	json_decref(record);
}

static void
test_renewal(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);

	/* today is 2026-09-21: 90 days, of which the last ten are near */
	due(city, "things", "{'name':'1','seen':'2026-09-21'}", "2026-12-20", "good");
	due(city, "things", "{'name':'2','seen':'2026-07-03'}", "2026-10-01", "near");
	due(city, "things", "{'name':'3','seen':'2026-06-23'}", "2026-09-21", "near");
	due(city, "things", "{'name':'4','seen':'2026-06-22'}", "2026-09-20", "over");
	due(city, "things", "{'name':'5'}", "2026-12-20", "good"); /* never seen: from the day it was entered */
	due(city, "halls", "{'hall':'a','floor':1}", NULL, "none");
	due(city, "halls", "{'hall':'a','floor':2,'until':'2026-10-21'}", "2026-10-21", "near");
	due(city, "halls", "{'hall':'a','floor':3,'until':'2026-09-20'}", "2026-09-20", "over");
}

static FnNode *
yaml(const char *text)
{
	g_autoptr(GError) error = NULL;
	FnNode *node = fn_node_read(text, strlen(text), "test", &error);

	g_assert_no_error(error);
	return node;
}

static void
test_checks(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *near = city_must_add(city, "things", "{'name':'2','seen':'2026-06-23','kind':'small'}", city->officer);
	g_autofree char *over = city_must_add(city, "things", "{'name':'3','seen':'2026-06-01','kind':'small'}", city->stranger);
	g_autoptr(FnNode) kinds = yaml("of: [department, bureau]\nsmall: {kind: [small]}\nboth: {kind: [small, big]}\n");
	const FnNode *of = fn_node_get(kinds, "of"), *small = fn_node_get(kinds, "small"), *both = fn_node_get(kinds, "both");
	g_autoptr(GError) error = NULL;
	json_t *found;

	g_free(city_must_add(city, "things", "{'name':'1','seen':'2026-09-21','kind':'big'}", city->officer));
	found = fn_register_overdue(city->db, city->rules, "things", NULL, noon, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(json_array_size(found), ==, 2);
	g_assert_cmpstr(text_at(json_array_get(found, 0), "record"), ==, over);
	g_assert_cmpstr(text_at(json_array_get(found, 0), "organization"), ==, city->other);
	g_assert_cmpint(json_integer_value(json_object_get(json_array_get(found, 0), "risk")), ==, 0);
	g_assert_cmpstr(text_at(json_array_get(found, 1), "record"), ==, near);
	g_assert_cmpint(json_integer_value(json_object_get(json_array_get(found, 1), "risk")), ==, 1);
	json_decref(found);
	found = fn_register_where(city->db, city->rules, "things", small, noon, &error);
	g_assert_cmpuint(json_array_size(found), ==, 2);
	json_decref(found);
	found = fn_register_where(city->db, city->rules, "things", both, noon, &error);
	g_assert_cmpuint(json_array_size(found), ==, 3);
	json_decref(found);
	/* the bureau has none, the other department's is over */
	found = fn_register_missing(city->db, city->rules, "things", NULL, of, noon, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(json_array_size(found), ==, 2);
	g_assert_cmpstr(json_string_value(json_array_get(found, 0)), ==, city->other);
	g_assert_cmpstr(json_string_value(json_array_get(found, 1)), ==, city->bureau);
	json_decref(found);
	found = fn_register_missing(city->db, city->rules, "things", small, of, noon + 30 * DAY, &error);
	g_assert_cmpuint(json_array_size(found), ==, 3);
	json_decref(found);
}

static gboolean
apply(City *city, const char *act, const char *key, const char *values, GError **error)
{
	json_t *of = fixture_json(key), *set = values != NULL ? fixture_json(values) : NULL;
	gboolean done;

	g_assert_true(fn_db_begin(city->db, NULL));
	done = fn_register_apply(city->db, city->rules, "things", act, of, set, city->one, "case 1", city->plain, noon, error);
	if (done)
		g_assert_true(fn_db_commit(city->db, NULL));
	else
		fn_db_rollback(city->db);
	json_decref(of);
	json_decref(set);
	return done;
}

static void
test_apply(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autoptr(GError) error = NULL;

	g_assert_true(apply(city, "add", "{'name':'甲'}", "{'count':1}", &error));
	g_assert_no_error(error);
	g_assert_false(apply(city, "add", "{'name':'甲'}", NULL, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_TAKEN);
	g_clear_error(&error);
	g_assert_true(apply(city, "change", "{'name':'甲'}", "{'count':2}", &error));
	g_assert_false(apply(city, "change", "{'name':'乙'}", "{'count':2}", &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_UNKNOWN);
	g_clear_error(&error);
	g_assert_false(apply(city, "change", "{'name':'甲'}", "{'count':2000}", &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT);
	g_clear_error(&error);
	g_assert_false(apply(city, "close", "{}", NULL, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT);
	g_clear_error(&error);
	g_assert_true(apply(city, "close", "{'name':'甲'}", "{'note':'报废了'}", &error));
	g_assert_false(apply(city, "close", "{'name':'甲'}", NULL, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_UNKNOWN);
}

/* Due dates follow a rule that was changed after the records were written. */
static void
test_settle(gconstpointer engine)
{
	static const FnSql spoil = FIXTURE_SQL("UPDATE register_record SET due_on = '2000-01-01'");
	static const FnSql forget = FIXTURE_SQL("UPDATE register_renewal SET rule = 'another'");
	g_autoptr(City) city = city_new(engine);
	g_autofree char *id = city_must_add(city, "things", "{'name':'1','seen':'2026-09-21'}", city->officer);
	g_autoptr(GError) error = NULL;
	json_t *record;

	g_assert_cmpint(fn_register_settle(city->db, city->rules, &error), >=, 3);
	g_assert_no_error(error);
	g_assert_cmpint(fn_register_settle(city->db, city->rules, &error), ==, 0);
	g_assert_true(fn_db_exec(city->db, &spoil, FN_NO_BINDS, NULL, NULL) && fn_db_exec(city->db, &forget, FN_NO_BINDS, NULL, NULL));
	g_assert_cmpint(fn_register_settle(city->db, city->rules, &error), >=, 3);
	record = city_show(city, "things", id, city->officer);
	g_assert_cmpstr(text_at(record, "due"), ==, "2026-12-20");
	json_decref(record);
}

/* The books of the tree and of the further directory, as each sees them. */
static void
test_schema(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	json_t *list = fn_register_list(city->rules, city->officer), *schema;
	g_autoptr(GError) error = NULL;
	gboolean halls = FALSE;

	for (gsize i = 0; i < json_array_size(list); i++)
		halls = halls || strcmp(text_at(json_array_get(list, i), "id"), "halls") == 0;
	g_assert_true(halls);
	json_decref(list);
	schema = fn_register_schema(city->rules, "things", city->editor, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(json_array_size(json_object_get(schema, "fields")), ==, 29);
	g_assert_cmpstr(json_string_value(json_array_get(json_object_get(schema, "hides"), 0)), ==, "secret");
	g_assert_true(json_is_false(json_object_get(schema, "write")));
	json_decref(schema);
	g_assert_null(fn_register_schema(city->rules, "things", city->plain, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_OFFICE);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/record/life", test_life);
	fn_test_add("/record/history-is-kept", test_history_is_kept);
	fn_test_add("/record/unique", test_unique);
	fn_test_add("/record/permission", test_permission);
	fn_test_add("/record/city-book", test_city_book);
	fn_test_add("/record/renewal", test_renewal);
	fn_test_add("/record/checks", test_checks);
	fn_test_add("/record/apply", test_apply);
	fn_test_add("/record/settle", test_settle);
	fn_test_add("/record/schema", test_schema);
	return g_test_run();
}
