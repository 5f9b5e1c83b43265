/* What may be asked of the ledger's index, by whom, and what is entered of it. */
#include "api/test_console.h"

#include "audit/audit.h"

static guint
office_index(const char *office)
{
	guint i = 0;

	while (!g_str_equal(console_offices[i], office))
		i++;
	return i;
}

static const char *
auditor(const Console *c)
{
	return c->token[office_index("auditor")];
}

/* As fengni-clock does it. */
static void
follow(Console *c)
{
	g_autofree char *url = fn_audit_url(c->settings);
	FnAuditLog log = fn_audit_log(c->ledger.client);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnDb) db = NULL;
	guint done;

	db = fn_audit_open(url, &error);
	g_assert_no_error(error);
	do
		fn_audit_step(db, &log, 100, &done, &error);
	while (error == NULL && done > 0);
	g_assert_no_error(error);
}

static void
enter(Console *c, const char *body)
{
	fn_mutex_lock(&c->mutex);
	g_ptr_array_add(c->entries, g_strdup(body));
	fn_mutex_unlock(&c->mutex);
}

static json_t *
last_entry(Console *c)
{
	return console_entry(c, console_entries(c) - 1);
}

#define DIGEST "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SEARCH "/api/v1/ledger/search"

static void
test_search(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	json_t *answer, *entry;
	const json_t *items;

	enter(c, "{\"case\":\"A-1\",\"event\":\"share.query\",\"operator\":\"wang\",\"subjects\":[\"" DIGEST "\"]}");
	enter(c, "{\"case\":\"A-2\",\"event\":\"share.query\",\"operator\":\"wang\",\"subjects\":[\"" DIGEST "\"]}");
	follow(c);
	answer = console_expect(c, "GET", SEARCH "?actor=wang&subject=" DIGEST "&limit=1", auditor(c), NULL, 200);
	items = json_object_get(answer, "items");
	g_assert_cmpuint(json_array_size(items), ==, 1);
	entry = json_object_get(json_array_get(items, 0), "entry");
	g_assert_cmpstr(text_of(json_object_get(entry, "body"), "case"), ==, "A-2");
	g_assert_cmpint(json_integer_value(json_object_get(answer, "lag")), ==, 0);
	json_decref(answer);
	/* the search is an entry, which the index does not know yet, and which another search finds */
	entry = last_entry(c);
	g_assert_cmpstr(text_of(entry, "event"), ==, "ledger.search");
	g_assert_cmpstr(text_of(entry, "actor"), ==, c->account[office_index("auditor")]);
	g_assert_cmpstr(text_of(json_object_get(entry, "conditions"), "actor"), ==, "wang");
	g_assert_cmpstr(text_of(json_object_get(entry, "conditions"), "subject"), ==, DIGEST);
	json_decref(entry);
	answer = console_expect(c, "GET", SEARCH "?action=ledger.search", auditor(c), NULL, 200);
	g_assert_cmpuint(json_array_size(json_object_get(answer, "items")), ==, 0);
	g_assert_cmpint(json_integer_value(json_object_get(answer, "lag")), ==, 1);
	json_decref(answer);
	follow(c);
	answer = console_expect(c, "GET", SEARCH "?action=ledger.search", auditor(c), NULL, 200);
	g_assert_cmpuint(json_array_size(json_object_get(answer, "items")), ==, 2);
	json_decref(answer);
}

static void
test_times(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *second = fn_time_format(CONSOLE_START + G_USEC_PER_SEC), *path = NULL, *day = fn_time_date_text(CONSOLE_START + G_TIME_SPAN_DAY);
	g_autofree char *tomorrow = g_strconcat(SEARCH "?until=", day, "&limit=500", NULL);
	json_t *answer;
	guint n = console_entries(c);

	follow(c);
	path = g_strconcat(SEARCH "?from=", second, NULL);
	answer = console_expect(c, "GET", path, auditor(c), NULL, 200);
	g_assert_cmpuint(json_array_size(json_object_get(answer, "items")), ==, n - 1);
	json_decref(answer);
	answer = console_expect(c, "GET", tomorrow, auditor(c), NULL, 200);
	g_assert_cmpuint(json_array_size(json_object_get(answer, "items")), ==, n);
	json_decref(answer);
}

static const char *const bad[] = { "?limit=0", "?limit=501", "?limit=many", "?before=-1", "?from=yesterday", "?until=2026-13-01", "?actor=",
	"?subject=110105194912310021", "?subject=", "?from=2026-07-02&until=2026-07-01" };

static void
test_bad(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *longer = g_strnfill(FN_AUDIT_TEXT + 1, 'x'), *path = g_strconcat(SEARCH "?case=", longer, NULL);

	follow(c);
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *whole = g_strconcat(SEARCH, bad[i], NULL), *entered = NULL;
		json_t *problem = console_expect(c, "GET", whole, auditor(c), NULL, 400), *entry = last_entry(c);

		g_assert_cmpstr(text_of(problem, "code"), ==, "input");
		g_assert_cmpstr(text_of(entry, "result"), ==, "refused:input");
		entered = fn_json_canonical(entry);
		g_assert_null(strstr(entered, "110105194912310021"));
		json_decref(problem);
		json_decref(entry);
	}
	console_do(c, "GET", path, auditor(c), NULL, 400);
}

/* Before the index is made, after it was thrown away, and with a ledger that is away. */
static void
test_without(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *url = fn_audit_url(c->settings);
	g_autoptr(FnDb) db = NULL;
	json_t *health;

	g_assert_cmpint(g_unlink(url + strlen("sqlite:")), ==, 0);
	health = console_expect(c, "GET", "/api/v1/health", NULL, NULL, 200);
	g_assert_true(json_is_null(json_object_get(health, "index")));
	json_decref(health);
	console_do(c, "GET", SEARCH, auditor(c), NULL, 503);
	follow(c);
	console_do(c, "GET", SEARCH, auditor(c), NULL, 200);
	db = fn_audit_open(url, NULL);
	g_assert_true(fn_audit_reset(db, NULL));
	health = console_expect(c, "GET", "/api/v1/health", NULL, NULL, 200);
	g_assert_cmpint(json_integer_value(json_object_get(json_object_get(health, "index"), "indexed")), ==, 0);
	g_assert_cmpint(json_integer_value(json_object_get(json_object_get(health, "index"), "lag")), ==, console_entries(c));
	json_decref(health);
	peer_stop(&c->ledger);
	console_do(c, "GET", SEARCH, auditor(c), NULL, 503);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/api/audit/search", test_search);
	fn_test_add("/api/audit/times", test_times);
	fn_test_add("/api/audit/bad", test_bad);
	fn_test_add("/api/audit/without", test_without);
	return g_test_run();
}
