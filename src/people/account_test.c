#include "people/fixture.h"

#include "base/text.h"
#include "base/time.h"

#include <string.h>

#define OTHER "11130100MB00000031"

static void
test_statements(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, fixture_rooms);

	fn_test_statements(db, fn_sql_people_all);
}

static void
test_organization(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *good = fixture_code(OTHER), *taken = fixture_code(BUREAU), *bad = g_strdup(good);
	const struct {
		const char *id, *name, *kind, *region, *parent;
		int code;
	} cases[] = {
		{ bad, "市公安局", "department", "130100", NULL, FN_PEOPLE_ERROR_INPUT },
		{ "", "市公安局", "department", "130100", NULL, FN_PEOPLE_ERROR_INPUT },
		{ NULL, "市公安局", "department", "130100", NULL, FN_PEOPLE_ERROR_INPUT },
		{ taken, "市公安局", "department", "130100", NULL, FN_PEOPLE_ERROR_INPUT },
		{ good, "市数据局", "department", "130100", NULL, FN_PEOPLE_ERROR_INPUT },
		{ good, "", "department", "130100", NULL, FN_PEOPLE_ERROR_INPUT },
		{ good, "a\nb", "department", "130100", NULL, FN_PEOPLE_ERROR_INPUT },
		{ good, " 市公安局", "department", "130100", NULL, FN_PEOPLE_ERROR_INPUT },
		{ good, "\xff", "department", "130100", NULL, FN_PEOPLE_ERROR_INPUT },
		{ good, "市公安局", "army", "130100", NULL, FN_PEOPLE_ERROR_INPUT },
		{ good, "市公安局", NULL, "130100", NULL, FN_PEOPLE_ERROR_INPUT },
		{ good, "市公安局", "department", "13010", NULL, FN_PEOPLE_ERROR_INPUT },
		{ good, "市公安局", "department", "13010x", NULL, FN_PEOPLE_ERROR_INPUT },
		{ good, "市公安局", "department", "130100", "nobody", FN_PEOPLE_ERROR_UNKNOWN },
	};
	g_autoptr(GError) error = NULL;
	json_t *list;

	bad[17] = bad[17] == '1' ? '2' : '1';
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) refused = NULL;

		g_test_message("case %zu", i);
		g_assert_false(fn_people_add_organization(
			db, cases[i].id, cases[i].name, cases[i].kind, cases[i].region, cases[i].parent, &refused));
		g_assert_error(refused, FN_PEOPLE_ERROR, cases[i].code);
	}
	fn_people_add_organization(db, good, "市公安局", "department", "130100", taken, &error);
	g_assert_no_error(error);
	list = fn_people_organizations(db, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(json_array_size(list), ==, 4);
	json_decref(list);
}

static void
test_account(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *department = fixture_code(DEPARTMENT),
			*first G_GNUC_UNUSED = fixture_account(db, DEPARTMENT, "Zhang.San", "张三");
	const struct {
		const char *organization, *login, *name, *password;
		int code;
	} cases[] = {
		{ department, "zhang.san", "李四", GOOD_WORD, FN_PEOPLE_ERROR_INPUT }, /* taken, in whatever case */
		{ department, "lisi", "张三", GOOD_WORD, FN_PEOPLE_ERROR_INPUT },      /* one person, one account */
		{ department, "l", "李四", GOOD_WORD, FN_PEOPLE_ERROR_INPUT },
		{ department, "李四", "李四", GOOD_WORD, FN_PEOPLE_ERROR_INPUT },
		{ department, "li si", "李四", GOOD_WORD, FN_PEOPLE_ERROR_INPUT },
		{ department, NULL, "李四", GOOD_WORD, FN_PEOPLE_ERROR_INPUT },
		{ department, "lisi", "", GOOD_WORD, FN_PEOPLE_ERROR_INPUT },
		{ department, "lisi", NULL, GOOD_WORD, FN_PEOPLE_ERROR_INPUT },
		{ "nobody", "lisi", "李四", GOOD_WORD, FN_PEOPLE_ERROR_UNKNOWN },
		{ department, "lisi", "李四", "abc123", FN_PEOPLE_ERROR_PASSWORD },
	};
	json_t *list;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_test_message("case %zu", i);
		g_assert_null(fn_people_add_account_at_cost(db, cases[i].organization, cases[i].login, cases[i].name,
			cases[i].password, FN_PASSWORD_TEST_COST, &error));
		g_assert_error(error, FN_PEOPLE_ERROR, cases[i].code);
	}
	list = fn_people_accounts(db, department, NULL);
	g_assert_cmpuint(json_array_size(list), ==, 1);
	g_assert_cmpstr(json_string_value(json_object_get(json_array_get(list, 0), "login")), ==, "zhang.san");
	json_decref(list);
}

static void
test_close(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = fixture_account(db, DEPARTMENT, "zhangsan", "张三"),
			*deputy = fixture_account(db, DEPARTMENT, "lisi", "李四");
	g_autofree char *again = NULL;
	g_autoptr(FnActor) actor = NULL;
	g_autoptr(GError) error = NULL;
	gint64 now = fn_time_now();

	fixture_office(db, account, "officer");
	fn_people_delegate(db, account, deputy, "officer", now + G_TIME_SPAN_DAY, &error);
	g_assert_no_error(error);
	fn_people_close_account(db, account, &error);
	g_assert_no_error(error);
	g_assert_null(fn_people_actor(db, account, now, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN);
	g_clear_error(&error);
	actor = fn_people_actor(db, deputy, fn_time_now(), &error);
	g_assert_no_error(error);
	g_assert_false(fn_actor_has(actor, "officer"));
	g_assert_false(fn_people_close_account(db, account, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN);
	g_clear_error(&error);
	again = fixture_account(
		db, DEPARTMENT, "zhangsan2", "张三"); /* the person comes back, the login name does not */
	g_assert_cmpstr(again, !=, account);
}

static void
test_password_reuse(gconstpointer engine)
{
	static const char *const words[] = { "Kiln-tree#71", "Kiln-tree#72", "Kiln-tree#73", "Kiln-tree#74",
		"Kiln-tree#75" };
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = fixture_account(db, DEPARTMENT, "zhangsan", "张三");
	g_autoptr(GError) error = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
		g_assert_false(fn_people_set_password_at_cost(db, account, GOOD_WORD, FN_PASSWORD_TEST_COST, &error));
		g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_PASSWORD);
		g_clear_error(&error);
		fn_people_set_password_at_cost(db, account, words[i], FN_PASSWORD_TEST_COST, &error);
		g_assert_no_error(error);
	}
	g_assert_false(fn_people_set_password_at_cost(db, account, words[0], FN_PASSWORD_TEST_COST, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_PASSWORD);
	g_clear_error(&error);
	fn_people_set_password_at_cost(
		db, account, GOOD_WORD, FN_PASSWORD_TEST_COST, &error); /* the sixth before is forgotten */
	g_assert_no_error(error);
	g_assert_false(fn_people_set_password_at_cost(db, account, "short", FN_PASSWORD_TEST_COST, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_PASSWORD);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/people/statements", test_statements);
	fn_test_add("/people/organization", test_organization);
	fn_test_add("/people/account", test_account);
	fn_test_add("/people/account/close", test_close);
	fn_test_add("/people/account/password-reuse", test_password_reuse);
	return g_test_run();
}
