#include "people/fixture.h"

#include "base/text.h"
#include "base/time.h"

#include <string.h>

static const gint64 second = G_USEC_PER_SEC, idle = 30 * G_TIME_SPAN_MINUTE;
static const gint64 noon = G_GINT64_CONSTANT(1790000000000000);
static const guint8 key[32] = { 7 };

static FnActor *
try_login(FnDb *db, const char *login, const char *password, const char *code, const char *address, gint64 now,
	char **token_out, GError **error)
{
	g_autofree char *token = NULL;
	FnActor *actor = fn_people_login(db, login, password, code, address, "browser", key, now, idle, &token, error);

	if (token_out != NULL)
		*token_out = g_steal_pointer(&token);
	return actor;
}

static void
expect_login(FnDb *db, const char *login, const char *password, const char *address, gint64 now, const char *refusal)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnActor) actor = try_login(db, login, password, NULL, address, now, NULL, &error);

	if (refusal == NULL) {
		g_assert_no_error(error);
		g_assert_nonnull(actor);
		return;
	}
	g_assert_null(actor);
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_LOGIN);
	g_assert_nonnull(strstr(error->message, refusal));
}

static void
test_login(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = fixture_account(db, DEPARTMENT, "zhangsan", "张三"), *token = NULL;
	g_autoptr(FnActor) actor = NULL;
	g_autoptr(GError) error = NULL;

	fixture_office(db, account, "officer");
	actor = try_login(db, "ZhangSan", GOOD_WORD, NULL, "10.0.0.1", noon, &token, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(actor->account, ==, account);
	g_assert_cmpstr(actor->organization_kind, ==, "department");
	g_assert_true(fn_actor_has(actor, "officer"));
	g_assert_nonnull(actor->session);
	g_assert_cmpuint(strlen(token), ==, 64);
}

/* Wrong name and wrong password look the same; what cannot be a name or a password does no harm. */
static void
test_wrong(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account G_GNUC_UNUSED = fixture_account(db, DEPARTMENT, "zhangsan", "张三"),
				 *closed = fixture_account(db, DEPARTMENT, "lisi", "李四");
	g_autofree char *huge = g_strnfill(5000, 'x');
	const struct {
		const char *login, *password;
	} cases[] = { { "zhangsan", "Fengche#7Lu-tal" }, { "zhangsan", "" }, { "zhangsan", NULL },
		{ "nobody", GOOD_WORD }, { "", GOOD_WORD }, { NULL, NULL }, { "\xff\xfe", GOOD_WORD }, { huge, huge },
		{ "lisi", GOOD_WORD }, { "' OR 1=1 --", "'" } };

	g_assert_true(fn_people_close_account(db, closed, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *address = g_strdup_printf("10.0.1.%zu", i);

		g_test_message("case %zu", i);
		expect_login(db, cases[i].login, cases[i].password, address, noon, "name, the password or the code");
	}
}

/* A password asked for again counts as a login does. */
static void
test_confirm(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = fixture_account(db, DEPARTMENT, "zhangsan", "张三");
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_people_confirm(db, account, GOOD_WORD, "10.0.0.1", noon, &error));
	g_assert_no_error(error);
	g_assert_false(fn_people_confirm(db, account, "Wrong#Word-1", "10.0.0.1", noon, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_LOGIN);
	g_clear_error(&error);
	g_assert_false(fn_people_confirm(db, "nobody", GOOD_WORD, "10.0.0.1", noon, NULL));
	g_assert_false(fn_people_confirm(db, account, NULL, "10.0.0.1", noon, NULL));
	for (guint i = 0; i < 10; i++)
		g_assert_false(fn_people_confirm(db, account, "Wrong#Word-1", "10.0.0.1", noon, NULL));
	g_assert_false(fn_people_confirm(db, account, GOOD_WORD, "10.0.0.1", noon, &error)); /* it has to wait */
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_LOGIN);
	g_clear_error(&error);
	g_assert_true(fn_people_confirm(db, account, GOOD_WORD, "10.0.0.1", noon + G_TIME_SPAN_HOUR, &error));
}

static void
test_pair_delay(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account G_GNUC_UNUSED = fixture_account(db, DEPARTMENT, "zhangsan", "张三");
	gint64 now = noon;

	for (int i = 0; i < 3; i++)
		expect_login(db, "zhangsan", "wrong", "10.0.0.1", now, "name, the password or the code");
	expect_login(db, "zhangsan", GOOD_WORD, "10.0.0.1", now, "wait 1 seconds");
	expect_login(db, "zhangsan", GOOD_WORD, "10.0.0.2", now, NULL); /* another address does not wait */
	now += second;
	expect_login(db, "zhangsan", "wrong", "10.0.0.1", now, "name, the password or the code");
	expect_login(db, "zhangsan", GOOD_WORD, "10.0.0.1", now + second, "wait 1 seconds");
	expect_login(db, "zhangsan", GOOD_WORD, "10.0.0.1", now + 2 * second, NULL);
	expect_login(db, "zhangsan", "wrong", "10.0.0.1", now + 2 * second,
		"name, the password or the code"); /* forgiven: free again */
	expect_login(db, "zhangsan", GOOD_WORD, "10.0.0.1", now + 2 * second, NULL);
}

/* From ever new addresses nobody keeps the owner out, whose address succeeded before. */
static void
test_no_lock_by_strangers(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account G_GNUC_UNUSED = fixture_account(db, DEPARTMENT, "zhangsan", "张三");
	gint64 now = noon;

	expect_login(db, "zhangsan", GOOD_WORD, "10.0.0.1", now, NULL);
	for (int i = 0; i < 15; i++) {
		g_autofree char *address = g_strdup_printf("10.9.0.%d", i);
		g_autoptr(GError) error = NULL;
		g_autoptr(FnActor) actor = try_login(db, "zhangsan", "wrong", NULL, address, now, NULL, &error);

		g_assert_null(actor);
	}
	expect_login(db, "zhangsan", GOOD_WORD, "10.0.0.9", now, "wait");
	expect_login(db, "zhangsan", GOOD_WORD, "10.0.0.1", now, NULL);
	expect_login(db, "zhangsan", GOOD_WORD, "10.0.0.9", now + 10 * second,
		NULL); /* and a new address waits 10 seconds at most */
}

static void
test_address_delay(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account G_GNUC_UNUSED = fixture_account(db, DEPARTMENT, "zhangsan", "张三"),
				 *other G_GNUC_UNUSED = fixture_account(db, DEPARTMENT, "lisi", "李四");
	gint64 now = noon;

	for (int i = 0; i < 20; i++) { /* one household, many addresses; slow enough for the delay of the pair */
		g_autofree char *address = g_strdup_printf("2001:db8:1:2::%x", i + 1);

		now += 20 * G_TIME_SPAN_MINUTE;
		expect_login(db, "lisi", "wrong", address, now, "name, the password or the code");
	}
	expect_login(db, "zhangsan", GOOD_WORD, "2001:db8:1:2::ffff", now, "wait");
	expect_login(db, "zhangsan", GOOD_WORD, "2001:db8:1:3::1", now, NULL);
	expect_login(db, "zhangsan", GOOD_WORD, "2001:db8:1:2::ffff", now + 60 * second, NULL);
}

static void
test_totp(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = fixture_account(db, DEPARTMENT, "zhangsan", "张三"), *sealed = NULL, *code = NULL,
			*next = NULL;
	g_autofree char *address = fn_people_totp_enroll(db, account, FN_SUITE_INTL, key, NULL);
	g_autofree guint8 *seed = NULL;
	g_autoptr(FnActor) actor = NULL, again = NULL;
	g_autoptr(FnRows) row = fn_people_account_row(db, account, NULL);
	g_autoptr(GError) error = NULL;
	gsize size;

	sealed = g_strdup(fn_rows_text(row, "totp"));
	g_clear_pointer(&row, fn_rows_free);
	seed = fn_totp_open(account, sealed, key, &size, &error);
	code = g_strdup_printf("%06u", fn_totp_code(seed, size, noon / second / 30));
	next = g_strdup_printf("%06u", fn_totp_code(seed, size, noon / second / 30 + 1));
	g_assert_nonnull(address);
	expect_login(db, "zhangsan", GOOD_WORD, "10.0.0.1", noon, "name, the password or the code"); /* no code */
	g_assert_null(
		try_login(db, "zhangsan", "wrong", code, "10.0.0.1", noon, NULL, NULL)); /* does not spend the code */
	actor = try_login(db, "zhangsan", GOOD_WORD, code, "10.0.0.1", noon, NULL, &error);
	g_assert_no_error(error);
	g_assert_null(try_login(db, "zhangsan", GOOD_WORD, code, "10.0.0.1", noon, NULL, &error)); /* once only */
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_LOGIN);
	g_clear_error(&error);
	again = try_login(db, "zhangsan", GOOD_WORD, next, "10.0.0.1", noon, NULL, &error);
	g_assert_no_error(error);
}

static FnActor *
session(FnDb *db, const char *token, const char *terminal, gint64 now)
{
	g_autoptr(GError) error = NULL;
	FnActor *actor = fn_people_session(db, token, terminal, now, idle, &error);

	if (actor == NULL)
		g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_SESSION);
	return actor;
}

static gboolean
alive(FnDb *db, const char *token, const char *terminal, gint64 now)
{
	g_autoptr(FnActor) actor = session(db, token, terminal, now);

	return actor != NULL;
}

static char *
token_by(FnDb *db, const char *login, const char *password, gint64 now)
{
	g_autoptr(GError) error = NULL;
	char *token = NULL;
	g_autoptr(FnActor) actor G_GNUC_UNUSED = try_login(db, login, password, NULL, "10.0.0.1", now, &token, &error);

	g_assert_no_error(error);
	return token;
}

static char *
token_of(FnDb *db, const char *login, gint64 now)
{
	return token_by(db, login, GOOD_WORD, now);
}

static void
test_session(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account G_GNUC_UNUSED = fixture_account(db, DEPARTMENT, "zhangsan", "张三"),
				 *one = token_of(db, "zhangsan", noon), *two = NULL, *three = NULL,
				 *zeros = g_strnfill(64, '0');

	g_assert_true(alive(db, one, "browser", noon + idle - 1));
	g_assert_true(alive(db, one, "browser", noon + 2 * idle - 2)); /* use moves the end */
	two = token_of(db, "zhangsan", noon);
	g_assert_false(alive(db, one, "browser", noon)); /* one at a time */
	g_assert_true(alive(db, two, "browser", noon));
	g_assert_false(alive(db, NULL, "browser", noon));
	g_assert_false(alive(db, "", "browser", noon));
	g_assert_false(alive(db, zeros, "browser", noon));
	g_assert_false(alive(db, two, "another browser", noon)); /* and that ends it: a token went astray */
	g_assert_false(alive(db, two, "browser", noon));
	three = token_of(db, "zhangsan", noon);
	g_assert_false(alive(db, three, "browser", noon + idle));
	g_assert_false(alive(db, three, "browser", noon));
}

/* Looking at a session does not keep it alive. */
static void
test_session_seen(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = fixture_account(db, DEPARTMENT, "zhangsan", "张三"), *token = token_of(db, "zhangsan", noon);

	for (gint64 now = noon; now < noon + idle; now += idle / 10) {
		g_autoptr(FnActor) actor = fn_people_session_seen(db, token, "browser", now, idle, NULL);

		g_assert_cmpstr(actor->account, ==, account);
	}
	g_assert_null(fn_people_session_seen(db, token, "browser", noon + idle, idle, NULL));
	g_assert_false(alive(db, token, "browser", noon + idle));
}

static void
test_session_ends(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = fixture_account(db, DEPARTMENT, "zhangsan", "张三"),
			*one = token_of(db, "zhangsan", noon), *two = NULL, *three = NULL, *four = NULL;
	g_autoptr(GError) error = NULL;
	gint64 now = noon;

	g_assert_true(fn_people_logout(db, one, &error));
	g_assert_false(alive(db, one, "browser", noon));
	g_assert_false(fn_people_logout(db, "no such token", &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_SESSION);
	g_clear_error(&error);
	two = token_of(db, "zhangsan", noon);
	fn_people_set_password_at_cost(db, account, "Kiln-tree#71", FN_PASSWORD_TEST_COST, &error);
	g_assert_no_error(error);
	g_assert_false(alive(db, two, "browser", noon));
	three = token_by(db, "zhangsan", "Kiln-tree#71", noon);
	while (now < noon + 12 * G_TIME_SPAN_HOUR) { /* however busy: not for ever */
		g_assert_true(alive(db, three, "browser", now));
		now += idle - 1;
	}
	g_assert_false(alive(db, three, "browser", now));
	four = token_by(db, "zhangsan", "Kiln-tree#71", noon);
	g_assert_true(fn_people_close_account(db, account, &error));
	g_assert_false(alive(db, four, "browser", noon));
}

static void
test_rise_of_right(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = fixture_account(db, DEPARTMENT, "zhangsan", "张三"), *fresh = NULL, *old = NULL;
	g_autoptr(FnActor) before = NULL, after = NULL, lowered = NULL;
	g_autoptr(GError) error = NULL;

	fixture_office(db, account, "editor");
	old = token_of(db, "zhangsan", noon);
	fixture_office(db, account, "sharing_head");
	before = session(db, old, "browser", noon);
	g_assert_true(fn_actor_has(before, "editor"));
	g_assert_false(fn_actor_has(before, "sharing_head"));
	after = fn_people_renew(db, old, "browser", noon, idle, &fresh, &error);
	g_assert_no_error(error);
	g_assert_true(fn_actor_has(after, "sharing_head"));
	g_assert_cmpstr(fresh, !=, old);
	g_assert_false(alive(db, old, "browser", noon));
	g_assert_true(fn_people_set_office(db, account, "editor", FALSE, &error)); /* a fall of right counts at once */
	lowered = session(db, fresh, "browser", noon);
	g_assert_true(fn_actor_has(lowered, "sharing_head"));
	g_assert_false(fn_actor_has(lowered, "editor"));
}

/* Neither token nor terminal nor a typed name is in the tables. */
static void
test_nothing_in_clear(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account G_GNUC_UNUSED = fixture_account(db, DEPARTMENT, "zhangsan", "张三"),
				 *token = token_of(db, "zhangsan", noon);
	g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, token, -1);
	g_autoptr(FnRows) row =
		fn_db_query(db, &fn_sql_people_session, FN_BINDS(FN_TEXT("token_digest", digest)), NULL);

	g_assert_true(fn_rows_next(row, NULL));
	g_assert_cmpuint(strlen(fn_rows_text(row, "terminal_digest")), ==, 64);
	for (guint i = 0; i < fn_rows_columns(row); i++)
		g_assert_cmpstr(fn_rows_text(row, fn_rows_column_name(row, i)), !=, token);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/people/login", test_login);
	fn_test_add("/people/login/wrong", test_wrong);
	fn_test_add("/people/login/confirm", test_confirm);
	fn_test_add("/people/login/pair-delay", test_pair_delay);
	fn_test_add("/people/login/no-lock-by-strangers", test_no_lock_by_strangers);
	fn_test_add("/people/login/address-delay", test_address_delay);
	fn_test_add("/people/login/totp", test_totp);
	fn_test_add("/people/session", test_session);
	fn_test_add("/people/session/seen", test_session_seen);
	fn_test_add("/people/session/ends", test_session_ends);
	fn_test_add("/people/session/rise-of-right", test_rise_of_right);
	fn_test_add("/people/session/nothing-in-clear", test_nothing_in_clear);
	return g_test_run();
}
