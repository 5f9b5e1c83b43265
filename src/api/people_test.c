/* Accounts that a case opened, over the console: the first password, and what it is good for. */
#include "api/test_console.h"

#define ME "/api/v1/me"
#define OWN "Feng-che#7Lutai"

static char *
opened(Console *c, const char *organization, const char *login)
{
	g_autoptr(GError) error = NULL;
	char *account;

	g_assert_true(fn_db_begin(c->db, NULL));
	account = fn_people_open_account(c->db, organization, login, login, 0, &error);
	g_assert_no_error(error);
	g_assert_true(fn_people_set_office(c->db, account, "officer", TRUE, &error));
	g_assert_true(fn_db_commit(c->db, NULL));
	return account;
}

/* *token_out of the login; the answer says whether an own password comes first. */
static void
log_in(Console *c, const char *login, const char *password, gboolean first, char **token_out)
{
	g_autofree char *body = g_strdup_printf("{\"login\":\"%s\",\"password\":\"%s\"}", login, password);
	json_t *reply = console_expect(c, "POST", "/api/v1/login", NULL, body, 200);

	g_assert_true(json_is_true(json_object_get(reply, "first_password")) == first);
	g_free(*token_out);
	*token_out = g_strdup(text_of(reply, "token"));
	json_decref(reply);
}

static void
refused(Console *c, const char *method, const char *path, const char *token, const char *body, guint status, const char *code)
{
	json_t *reply = console_expect(c, method, path, token, body, status);

	g_assert_cmpstr(text_of(reply, "code"), ==, code);
	json_decref(reply);
}

static void
expect_unspoken(Console *c, const char *secret)
{
	fn_mutex_lock(&c->mutex);
	for (guint i = 0; i < c->entries->len; i++)
		g_assert_null(strstr(c->entries->pdata[i], secret));
	fn_mutex_unlock(&c->mutex);
}

/* Nobody logs in before it; with it an own password comes first; and it stands in no entry. */
static void
test_first_password(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *account = opened(c, c->organization, "lisi"), *path = g_strdup_printf("/api/v1/accounts/%s/first-password", account);
	g_autofree char *token = NULL, *password = NULL;
	const char *security = c->token[7];
	json_t *reply, *entry;

	refused(c, "POST", "/api/v1/login", NULL, "{\"login\":\"lisi\",\"password\":\"\"}", 401, "login");
	reply = console_expect(c, "POST", path, security, "{}", 200);
	password = g_strdup(text_of(reply, "password"));
	g_assert_cmpuint(strlen(password), >, 20);
	json_decref(reply);
	entry = console_entry(c, console_entries(c) - 1);
	g_assert_cmpstr(text_of(entry, "event"), ==, "account.first_password");
	g_assert_cmpstr(text_of(entry, "subject"), ==, account);
	json_decref(entry);
	log_in(c, "lisi", password, TRUE, &token);
	console_do(c, "GET", ME, token, NULL, 200);
	refused(c, "GET", "/api/v1/inbox", token, NULL, 403, "own_password");
	refused(c, "POST", "/api/v1/cases", token, "{}", 403, "own_password");
	refused(c, "POST", "/api/v1/renew", token, "{}", 403, "own_password");
	refused(c, "POST", ME "/password", token, "{\"password\":\"short\"}", 400, "password_policy");
	console_do(c, "POST", ME "/password", token, "{\"password\":\"" OWN "\"}", 200);
	refused(c, "GET", ME, token, NULL, 401, "session");
	log_in(c, "lisi", OWN, FALSE, &token);
	console_do(c, "GET", "/api/v1/inbox", token, NULL, 200);
	refused(c, "POST", path, security, "{}", 400, "input");
	expect_unspoken(c, password);
	expect_unspoken(c, OWN);
}

/* For whom it may be made. */
static void
test_whose(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *theirs = opened(c, c->company, "wangwu"), *path = g_strdup_printf("/api/v1/accounts/%s/first-password", theirs);
	g_autofree char *closed = g_strdup_printf("/api/v1/accounts/%s/first-password", c->account[CLOSED]);

	refused(c, "POST", closed, c->token[7], "{}", 404, "unknown");
	refused(c, "POST", "/api/v1/accounts/nobody/first-password", c->token[7], "{}", 404, "unknown");
	refused(c, "POST", path, c->token[6], "{}", 403, "forbidden");
	console_do(c, "POST", path, c->token[7], "{}", 200); /* the bureau's, for all */
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/api/people/first-password", test_first_password);
	fn_test_add("/api/people/whose", test_whose);
	return g_test_run();
}
