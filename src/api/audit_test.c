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
	"?subject=110105194912310021", "?subject=", "?acter=x", "?action=a&x", "?from=2026-07-02&until=2026-07-01" };

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

/* ---- was this person looked up? ---- */

#define CLEAR "11010519491231002X"
#define OPEN "{\"identifiers\":[\"" CLEAR "\",\"13800138000\"],\"reason\":\"当事人投诉其住址被无关人员得知\",\"basis\":\"个人信息保护法第四十五条\",\"days\":2}"

static const char *
officer(const Console *c)
{
	return c->token[office_index("officer")];
}

/* The case's addresses below /cases/…; free them. */
static void
open_lookup(Console *c, char **steps_out, char **lookups_out)
{
	json_t *reply = console_expect(c, "POST", "/api/v1/lookups", officer(c), OPEN, 200);

	*steps_out = g_strdup_printf("/api/v1/cases/%s/steps", text_of(reply, "id"));
	*lookups_out = g_strdup_printf("/api/v1/cases/%s/lookups", text_of(reply, "id"));
	g_assert_cmpuint(json_array_size(json_object_get(reply, "years")), >=, 4);
	json_decref(reply);
}

/* A query of the person with this identifier, as the gate enters it. */
static void
enter_query(Console *c, const char *identifier, const char *which)
{
	g_autoptr(FnSubjects) subjects = fn_subjects_new(c->keeper.client, FN_SUITE_GM);
	g_autoptr(GError) error = NULL;
	GDate date;

	fn_time_date(fn_now(c->now), &date);
	g_autofree char *digest = fn_subject_digest(subjects, g_date_get_year(&date), identifier, &error);
	g_autofree char *body = g_strdup_printf("{\"case\":\"%s\",\"event\":\"share.query\",\"operator\":\"wang\",\"subjects\":[\"%s\"]}", which, digest);

	g_assert_no_error(error);
	enter(c, body);
}

static char *
cases_of(const json_t *answer)
{
	GString *text = g_string_new(NULL);
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(answer, "items"), i, item)
		g_string_append_printf(text, "%s ", text_of(json_object_get(json_object_get(item, "entry"), "body"), "case"));
	return g_string_free(text, FALSE);
}

/* The identifier stands nowhere but in the request. */
static void
is_nowhere(Console *c, const char *text)
{
	static const char query[] = "SELECT form AS text FROM work_case UNION ALL SELECT changes AS text FROM work_history";
	static const char *const none[] = { NULL };
	static const FnSql sql = { "test", query, query, none };
	g_autoptr(FnRows) rows = fn_db_query(c->db, &sql, FN_NO_BINDS, NULL);

	while (fn_rows_next(rows, NULL))
		g_assert_true(fn_rows_text(rows, "text") == NULL || strstr(fn_rows_text(rows, "text"), text) == NULL);
	for (guint i = 0; i < console_entries(c); i++) {
		json_t *entry = console_entry(c, i);
		g_autofree char *entered = fn_json_canonical(entry);

		g_assert_null(strstr(entered, text));
		json_decref(entry);
	}
}

static void
test_lookup(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	const char *reviewer = c->token[office_index("secrecy_reviewer")];
	g_autofree char *steps = NULL, *lookups = NULL, *found = NULL, *first = NULL, *rest = NULL, *page = NULL;
	json_t *answer, *entry;

	enter_query(c, CLEAR, "A-1");
	enter_query(c, "13800138000", "A-2");
	enter_query(c, "110105194912310021", "A-3"); /* somebody else */
	enter_query(c, "110105491231002", "A-4");    /* the old number of the same person */
	open_lookup(c, &steps, &lookups);
	console_do(c, "POST", lookups, officer(c), "{}", 409);
	console_do(c, "POST", steps, officer(c), "{\"step\":\"approve\",\"say\":\"理由成立\"}", 403);
	console_do(c, "POST", steps, reviewer, "{\"step\":\"approve\",\"say\":\"理由成立\"}", 200);
	console_do(c, "POST", lookups, reviewer, "{}", 403);
	console_do(c, "POST", lookups, auditor(c), "{}", 409);
	follow(c);
	answer = console_expect(c, "POST", lookups, officer(c), "{}", 200);
	found = cases_of(answer);
	g_assert_cmpstr(found, ==, "A-4 A-2 A-1 ");
	g_assert_true(json_is_null(json_object_get(answer, "next")));
	g_assert_cmpint(json_integer_value(json_object_get(answer, "lag")), ==, 1); /* this very use */
	g_assert_true(json_is_false(json_object_get(answer, "complete"))); /* and so it says: nobody follows here */
	json_decref(answer);
	entry = last_entry(c);
	g_assert_cmpstr(text_of(entry, "event"), ==, "lookup.use");
	g_assert_cmpstr(text_of(entry, "result"), ==, "done");
	json_decref(entry);
	/* page by page */
	answer = console_expect(c, "POST", lookups, officer(c), "{\"limit\":2}", 200);
	first = cases_of(answer);
	g_assert_cmpstr(first, ==, "A-4 A-2 ");
	page = g_strdup_printf("{\"limit\":2,\"before\":%" JSON_INTEGER_FORMAT "}", json_integer_value(json_object_get(answer, "next")));
	json_decref(answer);
	answer = console_expect(c, "POST", lookups, officer(c), page, 200);
	rest = cases_of(answer);
	g_assert_cmpstr(rest, ==, "A-1 ");
	json_decref(answer);
	is_nowhere(c, CLEAR);
	is_nowhere(c, "13800138000");
	console_do(c, "POST", steps, reviewer, "{\"step\":\"revoke\",\"say\":\"已查清\"}", 200);
	console_do(c, "POST", lookups, officer(c), "{}", 409);
}

/* Another case gives nothing here, and an approval that was written past the procedure is none. */
static void
test_lookup_forged(gconstpointer engine)
{
	static const char text[] = "UPDATE work_case SET state = 'approved' WHERE procedure = 'lookup'";
	static const char *const none[] = { NULL };
	static const FnSql forge = { "test", text, text, none };
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *steps = NULL, *lookups = NULL;
	g_autoptr(GError) error = NULL;

	open_lookup(c, &steps, &lookups);
	fn_db_exec(c->db, &forge, FN_NO_BINDS, NULL, &error);
	g_assert_no_error(error);
	console_do(c, "POST", lookups, officer(c), "{}", 409);
	console_do(c, "POST", "/api/v1/cases/nothing/lookups", officer(c), "{}", 404);
	console_do(c, "POST", "/api/v1/cases", officer(c), "{\"procedure\":\"lookup\",\"subject\":\"x\"}", 400);
}

static const char *const bad_lookups[] = { "{}", "{\"identifiers\":\"" CLEAR "\"}", "{\"identifiers\":[]}", "{\"identifiers\":[\"\"]}",
	"{\"identifiers\":[7]}", "{\"identifiers\":[\"" CLEAR "\"]}", "{\"identifiers\":[\"a\",\"a\"],\"reason\":\"当事人投诉其住址被无关人员得知\",\"basis\":\"个人信息保护法第四十五条\",\"days\":2}",
	"{\"identifiers\":[\"" CLEAR "\"],\"reason\":\"短\",\"basis\":\"个人信息保护法第四十五条\",\"days\":2}",
	"{\"identifiers\":[\"" CLEAR "\"],\"reason\":\"当事人投诉其住址被无关人员得知\",\"basis\":\"个人信息保护法第四十五条\",\"days\":30}" };

static void
test_lookup_bad(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);

	for (gsize i = 0; i < G_N_ELEMENTS(bad_lookups); i++)
		console_do(c, "POST", "/api/v1/lookups", officer(c), bad_lookups[i], 400);
	console_do(c, "POST", "/api/v1/lookups", c->token[office_index("department_head")], OPEN, 403);
	is_nowhere(c, CLEAR);
	peer_stop(&c->keeper);
	console_do(c, "POST", "/api/v1/lookups", officer(c), OPEN, 503);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/api/audit/search", test_search);
	fn_test_add("/api/audit/times", test_times);
	fn_test_add("/api/audit/bad", test_bad);
	fn_test_add("/api/audit/without", test_without);
	fn_test_add("/api/audit/lookup", test_lookup);
	fn_test_add("/api/audit/lookup-forged", test_lookup_forged);
	fn_test_add("/api/audit/lookup-bad", test_lookup_bad);
	return g_test_run();
}
