/* Alerts as the bureau meets them at the console: seen, handled once with a reason, entered. */
#include "api/test_console.h"

#include "watch/watch.h"

static const char *
token_of(const Console *c, const char *office)
{
	guint i = 0;

	while (!g_str_equal(console_offices[i], office))
		i++;
	return c->token[i];
}

/* As fengni-clock does it. */
static void
follow(Console *c)
{
	g_autoptr(FnForce) force = fn_in_force_take(c->in_force);
	FnAuditLog log = fn_audit_log(c->ledger.client);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnWatch) watch = fn_watch_new(force->rules, force->work, &error);
	guint done;

	g_assert_no_error(error);
	do
		fn_watch_step(watch, c->db, &log, 100, CONSOLE_START, &done, &error);
	while (error == NULL && done > 0);
	g_assert_no_error(error);
}

static void
enter(Console *c, const char *body, guint n)
{
	fn_mutex_lock(&c->mutex);
	for (guint i = 0; i < n; i++)
		g_ptr_array_add(c->entries, g_strdup(body));
	fn_mutex_unlock(&c->mutex);
}

static json_t *
alerts(Console *c, const char *query)
{
	g_autofree char *path = g_strconcat("/api/v1/alerts", query, NULL);

	return console_expect(c, "GET", path, token_of(c, "auditor"), NULL, 200);
}

#define FAILED "{\"address\":\"10.1.1.1\",\"count\":40,\"event\":\"console.strangers\",\"result\":\"refused:login\"}"
#define REFUSED "{\"code\":\"purpose_not_granted\",\"event\":\"share.refused\",\"organization\":\"B\",\"result\":\"refused\",\"system\":\"s1\"}"

static void
test_handle(gconstpointer engine)
{
	static const char *const bad[] = { "{}", "{\"reason\":\"no\"}", "{\"reason\":7}" };
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *path = NULL, *one = NULL;
	json_t *answer, *item, *entry;

	enter(c, FAILED, 1);
	follow(c);
	answer = alerts(c, "?state=open&rule=failed_logins");
	item = json_array_get(json_object_get(answer, "items"), 0);
	g_assert_cmpstr(text_of(item, "subject"), ==, "10.1.1.1");
	g_assert_cmpint(json_integer_value(json_object_get(item, "measured")), ==, 40);
	one = g_strconcat("/api/v1/alerts/", text_of(item, "id"), NULL);
	json_decref(answer);
	answer = console_expect(c, "GET", one, token_of(c, "auditor"), NULL, 200);
	g_assert_nonnull(strstr(text_of(json_object_get(json_object_get(answer, "explanation"), "seen"), "en"), "failed logins: 40"));
	json_decref(answer);
	console_do(c, "GET", "/api/v1/alerts/none", token_of(c, "auditor"), NULL, 404);
	path = g_strconcat(one, "/handle", NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		console_do(c, "POST", path, token_of(c, "officer"), bad[i], 400);
	console_do(c, "POST", path, token_of(c, "auditor"), "{\"reason\":\"a forgotten password\"}", 403);
	console_do(c, "POST", path, token_of(c, "security_admin"), "{\"reason\":\"a forgotten password\"}", 200);
	entry = console_entry(c, console_entries(c) - 1);
	g_assert_cmpstr(text_of(entry, "event"), ==, "alert.handle");
	g_assert_cmpstr(text_of(entry, "result"), ==, "done");
	json_decref(entry);
	console_do(c, "POST", path, token_of(c, "officer"), "{\"reason\":\"once more\"}", 409);
	answer = alerts(c, "?state=open");
	g_assert_cmpuint(json_array_size(json_object_get(answer, "items")), ==, 0);
	json_decref(answer);
}

/* What has a case waits on the desk of who handles alerts, and is not handled past it. */
static void
test_case(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *path = NULL, *show = NULL;
	json_t *answer, *item;

	enter(c, REFUSED, 3);
	follow(c);
	answer = alerts(c, "?rule=purpose_denied");
	item = json_array_get(json_object_get(answer, "items"), 0);
	path = g_strconcat("/api/v1/alerts/", text_of(item, "id"), "/handle", NULL);
	show = g_strconcat("/api/v1/cases/", text_of(item, "case"), NULL);
	json_decref(answer);
	console_do(c, "POST", path, token_of(c, "officer"), "{\"reason\":\"a short cut\"}", 409);
	answer = console_expect(c, "GET", show, token_of(c, "officer"), NULL, 200);
	g_assert_cmpstr(text_of(answer, "state"), ==, "opened");
	json_decref(answer);
}

/* Each alert is entered in the ledger, once. */
static void
test_entered(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	g_autoptr(GError) error = NULL;
	json_t *entry;
	guint n;

	enter(c, FAILED, 1);
	follow(c);
	n = console_entries(c);
	g_assert_true(fn_watch_enter(c->db, c->ledger.client, &error));
	g_assert_true(fn_watch_enter(c->db, c->ledger.client, &error));
	g_assert_cmpuint(console_entries(c), ==, n + 1);
	entry = console_entry(c, n);
	g_assert_cmpstr(text_of(entry, "event"), ==, "watch.alert");
	g_assert_cmpstr(text_of(entry, "rule"), ==, "failed_logins");
	g_assert_cmpstr(text_of(entry, "subject"), ==, "10.1.1.1");
	json_decref(entry);
	follow(c); /* and does not make another */
	g_assert_true(fn_watch_enter(c->db, c->ledger.client, &error));
	g_assert_cmpuint(console_entries(c), ==, n + 1);
}

static void
test_asked(gconstpointer engine)
{
	static const char *const bad[] = { "?state=lost", "?limit=0", "?limit=501", "?limit=many", "?order=up" };
	g_autoptr(Console) c = console_new(engine);
	json_t *answer;

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *path = g_strconcat("/api/v1/alerts", bad[i], NULL);

		console_do(c, "GET", path, token_of(c, "auditor"), NULL, 400);
	}
	console_do(c, "GET", "/api/v1/alerts", token_of(c, "editor"), NULL, 403);
	console_do(c, "POST", "/api/v1/alerts/nothing/handle", token_of(c, "officer"), "{\"reason\":\"looked into it\"}", 404);
	answer = console_expect(c, "GET", "/api/v1/alerts/rules", token_of(c, "officer"), NULL, 200);
	g_assert_cmpuint(json_array_size(json_object_get(answer, "items")), >=, 12);
	json_decref(answer);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/api/watch/handle", test_handle);
	fn_test_add("/api/watch/case", test_case);
	fn_test_add("/api/watch/entered", test_entered);
	fn_test_add("/api/watch/asked", test_asked);
	return g_test_run();
}
