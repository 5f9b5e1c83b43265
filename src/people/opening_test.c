#include "people/fixture.h"

#include "base/text.h"
#include "base/time.h"

#include <string.h>

static const gint64 idle = 30 * G_TIME_SPAN_MINUTE;
static const gint64 noon = G_GINT64_CONSTANT(1790000000000000);
static const guint8 key[32] = { 7 };

static char *
opened(FnDb *db, const char *login, const char *name, gint64 until)
{
	g_autofree char *department = fixture_code(DEPARTMENT);
	g_autoptr(GError) error = NULL;
	char *account = fn_people_open_account(db, department, login, name, until, &error);

	g_assert_no_error(error);
	return account;
}

/* The session's token, or NULL when the login is refused as any wrong one is. */
static char *
log_in(FnDb *db, const char *login, const char *password, gint64 now, gboolean *first_out)
{
	g_autoptr(GError) error = NULL;
	char *token = NULL;
	g_autoptr(FnActor) actor = fn_people_login(db, login, password, NULL, "10.0.0.1", "browser", key, now, idle, &token, &error);

	if (actor == NULL) {
		g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_LOGIN);
		g_assert_nonnull(strstr(error->message, "is wrong"));
		return NULL;
	}
	if (first_out != NULL)
		*first_out = actor->first;
	return token;
}

static void
expect_no_session(FnDb *db, const char *token, gint64 now)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_people_session(db, token, "browser", now, idle, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_SESSION);
}

/* Nobody logs in before the first password; with it nothing is allowed but an own one; after that there is no other first one. */
static void
test_first(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = opened(db, "lisi", "李四", 0), *token = NULL;
	g_autoptr(FnActor) actor = NULL;
	g_autoptr(GError) error = NULL;
	char *one, *two;
	gboolean first = FALSE;

	g_assert_null(log_in(db, "lisi", "", noon, NULL));
	one = fn_people_first_password(db, account, noon, &error);
	g_assert_no_error(error);
	two = fn_people_first_password(db, account, noon, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(one, !=, two);
	g_assert_null(log_in(db, "lisi", one, noon, NULL));
	token = log_in(db, "lisi", two, noon, &first);
	g_assert_nonnull(token);
	g_assert_true(first);
	actor = fn_people_session(db, token, "browser", noon, idle, &error);
	g_assert_true(actor->first);
	g_assert_false(fn_people_set_password_at_cost(db, account, two, FN_PASSWORD_TEST_COST, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_PASSWORD);
	g_clear_error(&error);
	fn_people_set_password_at_cost(db, account, GOOD_WORD, FN_PASSWORD_TEST_COST, &error);
	g_assert_no_error(error);
	expect_no_session(db, token, noon);
	g_clear_pointer(&token, g_free);
	token = log_in(db, "lisi", GOOD_WORD, noon, &first);
	g_assert_nonnull(token);
	g_assert_false(first);
	g_assert_null(fn_people_first_password(db, account, noon, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT);
	fn_secret_free(one);
	fn_secret_free(two);
}

/* A first password that nobody used is dead after three days, and another may be made. */
static void
test_first_lasts(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = opened(db, "lisi", "李四", 0), *token = NULL;
	char *one = fn_people_first_password(db, account, noon, NULL), *two;

	g_assert_null(log_in(db, "lisi", one, noon + 3 * G_TIME_SPAN_DAY, NULL));
	two = fn_people_first_password(db, account, noon + 3 * G_TIME_SPAN_DAY, NULL);
	token = log_in(db, "lisi", two, noon + 6 * G_TIME_SPAN_DAY - 1, NULL);
	g_assert_nonnull(token);
	fn_secret_free(one);
	fn_secret_free(two);
}

static void
test_first_refused(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *own = fixture_account(db, DEPARTMENT, "zhangsan", "张三"), *closed = opened(db, "lisi", "李四", 0);
	const struct {
		const char *account;
		int code;
	} cases[] = { { own, FN_PEOPLE_ERROR_INPUT }, { closed, FN_PEOPLE_ERROR_UNKNOWN }, { "nobody", FN_PEOPLE_ERROR_UNKNOWN } };

	g_assert_true(fn_people_close_account(db, closed, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_people_first_password(db, cases[i].account, noon, &error));
		g_assert_error(error, FN_PEOPLE_ERROR, cases[i].code);
	}
	g_free(log_in(db, "zhangsan", GOOD_WORD, noon, NULL));
}

static void
test_opening_refused(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *department = fixture_code(DEPARTMENT), *first G_GNUC_UNUSED = fixture_account(db, DEPARTMENT, "zhangsan", "张三");
	const struct {
		const char *organization, *login, *name;
		int code;
	} cases[] = {
		{ department, "ZhangSan", "李四", FN_PEOPLE_ERROR_INPUT },
		{ department, "lisi", "张三", FN_PEOPLE_ERROR_INPUT },
		{ department, "l", "李四", FN_PEOPLE_ERROR_INPUT },
		{ department, NULL, "李四", FN_PEOPLE_ERROR_INPUT },
		{ department, "lisi", " 李四", FN_PEOPLE_ERROR_INPUT },
		{ department, "lisi", NULL, FN_PEOPLE_ERROR_INPUT },
		{ "nobody", "lisi", "李四", FN_PEOPLE_ERROR_UNKNOWN },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_test_message("case %zu", i);
		g_assert_null(fn_people_open_account(db, cases[i].organization, cases[i].login, cases[i].name, 0, &error));
		g_assert_error(error, FN_PEOPLE_ERROR, cases[i].code);
	}
}

/* When the term is over nobody logs in, no session goes on, and nobody acts for who was away. */
static void
test_term(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	const gint64 real = fn_time_now(), end = real + G_TIME_SPAN_HOUR;
	g_autofree char *account = opened(db, "lisi", "李四", end), *deputy = fixture_account(db, DEPARTMENT, "zhangsan", "张三");
	g_autofree char *token = NULL;
	g_autoptr(FnActor) before = NULL, after = NULL;

	g_assert_true(fn_people_set_password_at_cost(db, account, GOOD_WORD, FN_PASSWORD_TEST_COST, NULL));
	fixture_office(db, account, "officer");
	g_assert_true(fn_people_delegate(db, account, deputy, "officer", end + G_TIME_SPAN_DAY, NULL));
	token = log_in(db, "lisi", GOOD_WORD, end - 2, NULL);
	g_assert_nonnull(token);
	before = fn_people_actor(db, deputy, end - 1, NULL);
	g_assert_true(fn_actor_has(before, "officer"));
	after = fn_people_actor(db, deputy, end, NULL);
	g_assert_false(fn_actor_has(after, "officer"));
	g_assert_null(log_in(db, "lisi", GOOD_WORD, end, NULL));
	expect_no_session(db, token, end);
}

/* The clock says so for all, by the instance's time. */
static void
test_lapse(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = opened(db, "lisi", "李四", noon + G_TIME_SPAN_DAY), *other = fixture_account(db, DEPARTMENT, "zhangsan", "张三");
	g_autofree char *token = NULL, *kept = NULL;
	g_autoptr(FnActor) actor = NULL;

	g_assert_true(fn_people_set_password_at_cost(db, account, GOOD_WORD, FN_PASSWORD_TEST_COST, NULL));
	token = log_in(db, "lisi", GOOD_WORD, noon, NULL);
	kept = log_in(db, "zhangsan", GOOD_WORD, noon, NULL);
	g_assert_cmpint(fn_people_lapse(db, noon + G_TIME_SPAN_DAY - 1, NULL), ==, 0);
	actor = fn_people_session(db, token, "browser", noon, idle, NULL);
	g_assert_nonnull(actor);
	g_assert_cmpint(fn_people_lapse(db, noon + G_TIME_SPAN_DAY, NULL), ==, 1);
	g_assert_cmpint(fn_people_lapse(db, noon + G_TIME_SPAN_DAY, NULL), ==, 0);
	expect_no_session(db, token, noon);
	g_assert_null(log_in(db, "lisi", GOOD_WORD, noon, NULL));
	fn_actor_free(actor);
	actor = fn_people_session(db, kept, "browser", noon, idle, NULL);
	g_assert_nonnull(actor);
	g_assert_cmpstr(actor->account, ==, other);
}

/* A term that is over may begin anew; none ends in the past. */
static void
test_set_term(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = opened(db, "lisi", "李四", noon), *closed = opened(db, "wangwu", "王五", 0), *token = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_people_set_password_at_cost(db, account, GOOD_WORD, FN_PASSWORD_TEST_COST, NULL));
	g_assert_true(fn_people_close_account(db, closed, NULL));
	g_assert_cmpint(fn_people_lapse(db, noon, NULL), ==, 1);
	g_assert_null(log_in(db, "lisi", GOOD_WORD, noon, NULL));
	g_assert_false(fn_people_set_term(db, account, noon, noon, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT);
	g_clear_error(&error);
	g_assert_false(fn_people_set_term(db, closed, noon + G_TIME_SPAN_DAY, noon, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN);
	g_assert_true(fn_people_set_term(db, account, noon + G_TIME_SPAN_DAY, noon, NULL));
	token = log_in(db, "lisi", GOOD_WORD, noon, NULL);
	g_assert_nonnull(token);
	expect_no_session(db, token, noon + G_TIME_SPAN_DAY);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/people/opening/first", test_first);
	fn_test_add("/people/opening/first-lasts", test_first_lasts);
	fn_test_add("/people/opening/first-refused", test_first_refused);
	fn_test_add("/people/opening/refused", test_opening_refused);
	fn_test_add("/people/opening/term", test_term);
	fn_test_add("/people/opening/lapse", test_lapse);
	fn_test_add("/people/opening/set-term", test_set_term);
	return g_test_run();
}
