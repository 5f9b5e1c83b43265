/* The console API as its callers meet it: who may, what is refused and how, what is entered. */
#include "api/test_console.h"

/* ---- every answer that is no success ---- */

static void
check_problem(const Answer *answer, guint status)
{
	static const char *const leaks[] = { "SELECT", "INSERT", "UPDATE ", "WHERE", "sqlite3", "SQLSTATE", "syntax error", "src/", ".c:", "ERROR:" };
	g_autofree char *type = answer_header(answer, "Content-Type");
	g_autoptr(GError) error = NULL;
	json_t *problem = fn_json_parse(answer->body->str, answer->body->len, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(type, ==, FN_HTTP_PROBLEM_TYPE);
	g_assert_cmpint(json_integer_value(json_object_get(problem, "status")), ==, status);
	g_assert_true(g_str_has_prefix(text_of(problem, "type"), "urn:fengni:problem:"));
	g_assert_cmpstr(text_of(problem, "type") + strlen("urn:fengni:problem:"), ==, text_of(problem, "code"));
	g_assert_cmpuint(strlen(text_of(problem, "code")), >, 2);
	g_assert_cmpuint(strlen(text_of(problem, "detail")), >, 5);
	for (gsize i = 0; i < G_N_ELEMENTS(leaks); i++)
		if (strstr(text_of(problem, "detail"), leaks[i]) != NULL)
			g_test_fail_printf("the caller reads \"%s\"", text_of(problem, "detail"));
	json_decref(problem);
}

/* ---- the walk: every route, every office ---- */

static gboolean
table_allows(const FnRoute *route, guint who)
{
	g_auto(GStrv) office = g_strsplit(route->offices, " ", -1);

	if (*route->offices == '\0')
		return TRUE;
	if (who >= CLOSED) /* closed, or nobody */
		return FALSE;
	if (g_str_equal(route->offices, "*"))
		return TRUE;
	return who < OFFICES && g_strv_contains((const char *const *)office, console_offices[who]);
}

static void
walk_one(Console *c, const FnRoute *route, guint who)
{
	g_auto(GStrv) part = g_strsplit(route->path, "*", -1);
	g_autofree char *below = g_strjoinv("nothing-1", part), *path = g_strconcat("/api/v1", below, NULL);
	const char *token = who < CALLERS ? c->token[who] : NULL;
	Answer answer = console_ask(c, route->method, path, token, g_str_equal(route->method, "GET") ? NULL : "{}");
	json_t *reply = fn_json_parse(answer.body->str, answer.body->len, NULL);

	g_test_message("%s %s as %s: %u", route->method, path, who < OFFICES ? console_offices[who] : who == PLAIN ? "plain" : "nobody", answer.status);
	if (table_allows(route, who)) {
		g_assert_cmpuint(answer.status, !=, 401);
		g_assert_cmpuint(answer.status, !=, 403);
		g_assert_cmpuint(answer.status, <, 500);
	} else {
		g_assert_cmpuint(answer.status, ==, who >= CLOSED ? 401 : 403);
		g_assert_cmpstr(text_of(reply, "code"), ==, who >= CLOSED ? "session" : "forbidden");
	}
	if (answer.status != 200)
		check_problem(&answer, answer.status);
	json_decref(reply);
	answer_clear(&answer);
	if (who < CLOSED && (g_str_equal(route->path, "/logout") || g_str_equal(route->path, "/renew")))
		console_login(c, who);
}

static void
test_walk(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);

	for (const FnRoute *route = fn_api_routes; route->method != NULL; route++)
		for (guint who = 0; who <= CALLERS; who++)
			walk_one(c, route, who);
}

/* Every office that a route names exists: a misspelt one would shut everybody out. */
static void
test_table(void)
{
	for (const FnRoute *route = fn_api_routes; route->method != NULL; route++) {
		g_auto(GStrv) office = g_strsplit(route->offices, " ", -1);

		g_assert_nonnull(route->handler);
		g_assert_true(route->path[0] == '/');
		/* What changes anything is entered; looking, and asking why, is not. */
		if (!g_str_equal(route->method, "GET") && !g_str_equal(route->path, "/explain"))
			g_assert_nonnull(route->event);
		for (guint i = 0; office[i] != NULL && !g_str_equal(route->offices, "*"); i++)
			g_assert_true(g_strv_contains(console_offices, office[i]));
		for (const FnRoute *other = fn_api_routes; other < route; other++)
			g_assert_false(g_str_equal(other->method, route->method) && g_str_equal(other->path, route->path));
	}
}

/* ---- bad input ---- */

typedef struct {
	const char *office, *method, *path, *body;
	guint status;
	const char *code;
} Bad;

static const Bad bad[] = {
	/* addresses and methods */
	{ "auditor", "GET", "/", NULL, 404, "unknown" },
	{ "auditor", "GET", "/api/v2/me", NULL, 404, "unknown" },
	{ "auditor", "GET", "/api/v1/nothing", NULL, 404, "unknown" },
	{ "auditor", "GET", "/api/v1/me/", NULL, 404, "unknown" },
	{ "auditor", "GET", "/api/v1/me/../me", NULL, 400, "bad_target" },
	{ "auditor", "POST", "/api/v1/me", "{}", 405, "method" },
	{ "auditor", "DELETE", "/api/v1/organizations", NULL, 405, "method" },
	{ "auditor", "PUT", "/api/v1/resources/x", "{}", 405, "method" },
	/* what is no JSON object */
	{ "system_admin", "POST", "/api/v1/organizations", "x", 400, "not_json" },
	{ "system_admin", "POST", "/api/v1/organizations", "{\"id\":", 400, "not_json" },
	{ "system_admin", "POST", "/api/v1/organizations", "[]", 400, "input" },
	{ "system_admin", "POST", "/api/v1/organizations", "{\"id\":\"1\",\"id\":\"2\"}", 400, "not_json" },
	{ "system_admin", "POST", "/api/v1/organizations", "{\"id\":\"\\u0000\"}", 400, "not_json" },
	{ "system_admin", "POST", "/api/v1/organizations", "{\"id\":\"\xff\"}", 400, "not_json" },
	/* people */
	{ "system_admin", "POST", "/api/v1/organizations", "{}", 400, "input" },
	{ "system_admin", "POST", "/api/v1/organizations", "{\"id\":1,\"name\":\"n\",\"kind\":\"bureau\",\"region\":\"130100\"}", 400, "input" },
	{ "system_admin", "POST", "/api/v1/organizations", "{\"id\":\"x' OR 1\",\"name\":\"n\",\"kind\":\"bureau\",\"region\":\"130100\"}", 400, "input" },
	{ "system_admin", "POST", "/api/v1/organizations",
		"{\"id\":\"x\",\"name\":\"n\",\"kind\":\"bureau\",\"region\":\"130100\",\"parent\":7}", 400, "input" },
	{ "security_admin", "POST", "/api/v1/accounts", "{\"organization\":\"nothing\",\"login\":\"li\",\"name\":\"Li\",\"password\":\"Fengche#7Lu-tai\"}", 404, "unknown" },
	{ "security_admin", "POST", "/api/v1/accounts", "{\"organization\":\"nothing\",\"login\":\"li\",\"name\":\"Li\",\"password\":null}", 400, "input" },
	{ "security_admin", "POST", "/api/v1/accounts/nothing/close", "{}", 404, "unknown" },
	{ "security_admin", "POST", "/api/v1/accounts/nothing/offices", "{\"office\":\"officer\"}", 404, "unknown" },
	{ "security_admin", "POST", "/api/v1/accounts/nothing/offices", "{\"office\":\"officer\",\"holds\":\"yes\"}", 400, "input" },
	{ "officer", "POST", "/api/v1/me/password", "{\"password\":\"123456\"}", 400, "password_policy" },
	{ "officer", "POST", "/api/v1/me/password", "{\"password\":[]}", 400, "input" },
	{ "officer", "POST", "/api/v1/delegations", "{\"to\":\"x\",\"office\":\"officer\",\"until\":\"tomorrow\"}", 400, "input" },
	{ "officer", "POST", "/api/v1/delegations", "{\"to\":\"x\",\"office\":\"officer\",\"until\":5}", 400, "input" },
	{ "officer", "POST", "/api/v1/delegations", "{\"to\":\"x\",\"office\":\"officer\",\"until\":\"2100-01-01T00:00:00Z\"}", 404, "unknown" },
	/* systems */
	{ "system_admin", "POST", "/api/v1/systems", "{\"organization\":\"nothing\",\"name\":\"s\",\"mlps_level\":3}", 404, "unknown" },
	{ "system_admin", "POST", "/api/v1/systems", "{\"organization\":\"nothing\",\"name\":\"s\",\"mlps_level\":\"3\"}", 400, "input" },
	{ "system_admin", "POST", "/api/v1/systems", "{\"organization\":\"nothing\",\"name\":\"s\",\"mlps_level\":99}", 400, "input" },
	{ "system_admin", "POST", "/api/v1/systems/nothing/close", "{}", 404, "unknown" },
	{ "security_admin", "POST", "/api/v1/systems/nothing/certificates", "{\"csr\":\"x\"}", 404, "unknown" },
	{ "security_admin", "POST", "/api/v1/systems/nothing/certificates", "{}", 400, "input" },
	{ "security_admin", "POST", "/api/v1/certificates/nothing/revoke", "{\"reason\":\"lost\"}", 404, "unknown" },
	{ "security_admin", "POST", "/api/v1/systems/nothing/operators", "{\"account\":\"nothing\"}", 404, "unknown" },
	/* sources and resources */
	{ "system_admin", "POST", "/api/v1/sources", "{\"organization\":\"x\",\"name\":\"s\"}", 400, "input" },
	{ "system_admin", "POST", "/api/v1/sources", "{\"organization\":\"x\",\"name\":\"s\",\"spec\":\"sqlite\"}", 400, "input" },
	{ "system_admin", "POST", "/api/v1/sources", "{\"organization\":\"x\",\"name\":\"s\",\"spec\":{}}", 400, "source_spec" },
	{ "system_admin", "POST", "/api/v1/sources", "{\"organization\":\"x\",\"name\":\"s\",\"spec\":{\"kind\":\"sqlite\",\"path\":\"../../etc/passwd\"}}", 400, "source_spec" },
	{ "system_admin", "POST", "/api/v1/sources", "{\"organization\":\"x\",\"name\":\"s\",\"spec\":{\"kind\":\"csv\",\"path\":7,\"index\":5}}", 400, "source_spec" },
	{ "officer", "GET", "/api/v1/sources/nothing/tables", NULL, 404, "unknown" },
	{ "officer", "POST", "/api/v1/sources/nothing/profile", "{\"table\":\"t\"}", 404, "unknown" },
	{ "officer", "POST", "/api/v1/sources/nothing/profile", "{\"table\":{}}", 400, "input" },
	{ "officer", "POST", "/api/v1/resources", "{}", 400, "input" },
	{ "editor", "POST", "/api/v1/resources", "{\"name\":[],\"fields\":7}", 400, "input" },
	{ "editor", "PATCH", "/api/v1/resources/nothing", "{}", 404, "unknown" },
	{ "officer", "GET", "/api/v1/resources/nothing", NULL, 404, "unknown" },
	{ "officer", "GET", "/api/v1/resources/nothing?version=two", NULL, 400, "input" },
	{ "officer", "GET", "/api/v1/resources/nothing?version=-1", NULL, 400, "input" },
	{ "officer", "GET", "/api/v1/resources/nothing/missing", NULL, 404, "unknown" },
	{ "officer", "GET", "/api/v1/search?limit=many", NULL, 400, "input" },
	{ "reviewer", "POST", "/api/v1/resources/nothing/assessments", "{\"kind\":\"audit\",\"answer\":\"a\",\"passed\":\"true\"}", 400, "input" },
	{ "reviewer", "POST", "/api/v1/resources/nothing/assessments", "{\"kind\":\"audit\",\"answer\":\"none found\",\"passed\":true}", 404, "unknown" },
	{ "officer", "POST", "/api/v1/resources/nothing/basis", "{}", 404, "unknown" },
	/* papers, cases, grants */
	{ "officer", "POST", "/api/v1/papers", "{}", 400, "input" },
	{ "officer", "POST", "/api/v1/papers", "{\"valid_until\":\"2100-01-01T00:00:00Z\",\"kind\":5}", 400, "input" },
	{ "officer", "POST", "/api/v1/papers/nothing/sign", "{}", 404, "unknown" },
	{ "officer", "POST", "/api/v1/cases", "{\"procedure\":\"apply\"}", 400, "input" },
	{ "officer", "POST", "/api/v1/cases", "{\"procedure\":\"apply\",\"subject\":\"nothing\"}", 404, "unknown" },
	{ "officer", "GET", "/api/v1/cases/nothing", NULL, 404, "unknown" },
	{ "officer", "POST", "/api/v1/cases/nothing/steps", "{\"step\":\"decide\"}", 404, "unknown" },
	{ "officer", "POST", "/api/v1/cases/nothing/steps", "{\"step\":\"decide\",\"say\":5}", 400, "input" },
	{ "officer", "POST", "/api/v1/cases/nothing/steps", "{\"step\":true}", 400, "input" },
	{ "officer", "POST", "/api/v1/cases", "{\"procedure\":\"reidentification\",\"subject\":\"nothing\"}", 404, "unknown" },
	{ "officer", "POST", "/api/v1/cases/nothing/originals", "{}", 404, "unknown" },
	{ "auditor", "POST", "/api/v1/cases", "{\"procedure\":\"ledger_pruning\",\"subject\":\"ledger\",\"form\":{\"year\":2026,\"month\":13}}", 400, "form" },
	{ "officer", "POST", "/api/v1/cases", "{\"procedure\":\"ledger_pruning\",\"subject\":\"ledger\",\"form\":{\"year\":2026,\"month\":1,\"reason\":\"0123456789\"}}", 403, "office" },
	{ "system_admin", "POST", "/api/v1/cases", "{\"procedure\":\"ledger_pruning\",\"subject\":\"ledger\"}", 403, NULL },
	{ "officer", "GET", "/api/v1/grants/nothing", NULL, 404, "unknown" },
	{ "officer", "POST", "/api/v1/explain", "{\"grant\":5}", 400, "input" },
	{ "officer", "POST", "/api/v1/explain", "{\"grant\":\"g\",\"fields\":\"all\"}", 400, "input" },
	{ "officer", "POST", "/api/v1/explain", "{\"grant\":\"g\",\"fields\":[\"a\",1]}", 400, "input" },
	/* scanning, ledger, clock */
	{ "officer", "POST", "/api/v1/scan", "{}", 400, "input" },
	{ "auditor", "GET", "/api/v1/ledger/entries?from=first", NULL, 400, "input" },
	{ "auditor", "GET", "/api/v1/ledger/entries?from=99999999999999999999", NULL, 400, "input" },
	{ "auditor", "GET", "/api/v1/ledger/entries?limit=-1", NULL, 400, "input" },
	{ "auditor", "GET", "/api/v1/ledger/entries?from=1&from=2", NULL, 400, NULL },
	{ "auditor", "GET", "/api/v1/ledger/receipts/first", NULL, 400, "input" },
	{ "auditor", "GET", "/api/v1/ledger/receipts/12345", NULL, 404, "unknown" },
	{ "system_admin", "POST", "/api/v1/test-clock", "{}", 400, "input" },
	{ "system_admin", "POST", "/api/v1/test-clock", "{\"minutes\":1e300}", 400, "input" },
	/* of the server below: answered before the API sees it */
	{ "auditor", "GET", "/api/v1/cases/%00", NULL, 400, NULL },
	{ "auditor", "GET", "/api/v1/cases/%ff", NULL, 400, NULL },
	/* login */
	{ NULL, "POST", "/api/v1/login", "{\"login\":\"officer\"}", 400, "input" },
	{ NULL, "POST", "/api/v1/login", "{\"login\":\"officer\",\"password\":\"x\",\"code\":123456}", 400, "input" },
	{ NULL, "POST", "/api/v1/login", "[1]", 400, "input" },
	{ NULL, "GET", "/api/v1/me", NULL, 401, "session" },
};

static guint
office_index(const char *office)
{
	guint i = 0;

	while (i < OFFICES && !g_str_equal(console_offices[i], office))
		i++;
	return i;
}

static void
check_bad(Console *c, const Bad *one)
{
	const char *token = one->office != NULL ? c->token[office_index(one->office)] : NULL;
	Answer answer = console_ask(c, one->method, one->path, token, one->body);
	json_t *problem = fn_json_parse(answer.body->str, answer.body->len, NULL);

	if (answer.status != one->status || (one->code != NULL && !g_str_equal(text_of(problem, "code"), one->code))) {
		g_test_message("%s %s %s: %u %s", one->method, one->path, one->body != NULL ? one->body : "", answer.status, answer.body->str);
		g_test_fail();
	}
	if (answer.status != 200)
		check_problem(&answer, answer.status);
	json_decref(problem);
	answer_clear(&answer);
}

static void
test_bad(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		check_bad(c, &bad[i]);
}

/* A long address is looked up as any other, and what is entered of it fits an entry. */
static void
test_long(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *part = g_strnfill(6000, 'x'), *path = g_strdup_printf("/api/v1/accounts/%s/close", part);
	guint before = console_entries(c);
	json_t *entry;

	console_do(c, "POST", path, c->token[office_index("security_admin")], "{}", 404);
	entry = console_entry(c, before);
	g_assert_cmpstr(text_of(entry, "result"), ==, "refused:unknown");
	g_assert_cmpuint(strlen(text_of(entry, "subject")), <, 300);
	g_assert_true(g_str_has_prefix(text_of(entry, "subject"), "xxxx"));
	json_decref(entry);
}

/* ---- a write and its entry ---- */

static json_t *
ask_items(Console *c, const char *path, const char *office)
{
	return console_expect(c, "GET", path, c->token[office_index(office)], NULL, 200);
}

static gsize
count_items(Console *c, const char *path, const char *office)
{
	json_t *reply = ask_items(c, path, office);
	gsize n = json_array_size(json_object_get(reply, "items"));

	json_decref(reply);
	return n;
}

typedef struct {
	const char *office, *path, *body, *list;
} Write;

/* Valid bodies; '@' is the organization. */
static const Write writes[] = {
	{ "system_admin", "/api/v1/systems", "{\"organization\":\"@\",\"name\":\"hall\",\"mlps_level\":3}", "/api/v1/systems" },
	{ "security_admin", "/api/v1/accounts", "{\"organization\":\"@\",\"login\":\"wang\",\"name\":\"王\",\"password\":\"Fengche#7Lu-tai\"}", "/api/v1/accounts" },
};

static char *
filled(const Console *c, const char *body)
{
	g_auto(GStrv) part = g_strsplit(body, "@", -1);

	return g_strjoinv(c->organization, part);
}

/* Nothing is answered as done, and nothing stands in the registry, unless it is in the ledger. */
static void
check_write(Console *c, const Write *one)
{
	g_autofree char *body = filled(c, one->body);
	const char *token = c->token[office_index(one->office)];
	gsize before = count_items(c, one->list, one->office);
	guint entries = console_entries(c);
	json_t *entry;

	console_ledger_refuses(c, "stopped");
	console_do(c, "POST", one->path, token, body, 503);
	console_ledger_refuses(c, NULL);
	g_assert_cmpuint(count_items(c, one->list, one->office), ==, before);
	peer_stop(&c->ledger);
	console_do(c, "POST", one->path, token, body, 503);
	peer_start(c, &c->ledger, "l", console_ledger);
	g_assert_cmpuint(count_items(c, one->list, one->office), ==, before);
	g_assert_cmpuint(console_entries(c), ==, entries);
	console_do(c, "POST", one->path, token, body, 200);
	g_assert_cmpuint(count_items(c, one->list, one->office), ==, before + 1);
	entry = console_entry(c, entries);
	g_assert_cmpstr(text_of(entry, "result"), ==, "done");
	g_assert_cmpstr(text_of(entry, "actor"), ==, c->account[office_index(one->office)]);
	g_assert_cmpstr(text_of(entry, "organization"), ==, c->organization);
	g_assert_cmpstr(text_of(entry, "address"), ==, "10.0.0.9");
	g_assert_cmpuint(strlen(text_of(entry, "subject")), >, 0);
	json_decref(entry);
}

static void
test_writes(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);

	for (gsize i = 0; i < G_N_ELEMENTS(writes); i++)
		check_write(c, &writes[i]);
}

/* An auditor's reading is entered too: unless it can be, nothing is shown. */
static void
test_read_entered(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	const char *token = c->token[office_index("auditor")];
	guint before = console_entries(c);
	json_t *reply, *entry;

	console_ledger_refuses(c, "stopped");
	console_do(c, "GET", "/api/v1/ledger/entries", token, NULL, 503);
	console_ledger_refuses(c, NULL);
	reply = console_expect(c, "GET", "/api/v1/ledger/entries?from=0&limit=1", token, NULL, 200);
	g_assert_cmpuint(json_array_size(json_object_get(reply, "items")), >=, 1);
	entry = console_entry(c, before);
	g_assert_cmpstr(text_of(entry, "event"), ==, "ledger.read");
	json_decref(entry);
	json_decref(reply);
}

static void
test_refusals_entered(gconstpointer engine)
{
	static const struct {
		const char *office, *path, *body, *event, *result;
	} cases[] = {
		{ "auditor", "/api/v1/organizations", "{}", "organization.add", "refused:forbidden" },
		{ NULL, "/api/v1/organizations", "{}", "organization.add", "refused:session" },
		{ "system_admin", "/api/v1/organizations", "{}", "organization.add", "refused:input" },
		{ "system_admin", "/api/v1/organizations", "x", "organization.add", "refused:not_json" },
		{ "security_admin", "/api/v1/accounts/nothing/close", "{}", "account.close", "refused:unknown" },
		{ NULL, "/api/v1/login", "{\"login\":\"stranger\",\"password\":\"x\"}", "session.login", "refused:login" },
	};
	g_autoptr(Console) c = console_new(engine);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *office = cases[i].office, *token = office != NULL ? c->token[office_index(office)] : NULL;
		guint before = console_entries(c);
		Answer answer = console_ask(c, "POST", cases[i].path, token, cases[i].body);
		json_t *entry = console_entry(c, before);

		g_assert_cmpuint(answer.status, >=, 400);
		g_assert_cmpuint(console_entries(c), ==, before + 1);
		g_assert_cmpstr(text_of(entry, "event"), ==, cases[i].event);
		g_assert_cmpstr(text_of(entry, "result"), ==, cases[i].result);
		json_decref(entry);
		answer_clear(&answer);
	}
}

/* ---- sessions ---- */

static char *
login_answer(Console *c, const char *login, const char *password, guint *status_out)
{
	g_autofree char *body = g_strdup_printf("{\"login\":\"%s\",\"password\":\"%s\"}", login, password);
	Answer answer = console_ask(c, "POST", "/api/v1/login", NULL, body);
	char *text = g_strdup(answer.body->str);

	*status_out = answer.status;
	answer_clear(&answer);
	return text;
}

/* A caller cannot tell a name that exists, or existed, from one that does not. */
static void
test_login_tells_nothing(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	guint statuses[3];
	g_autofree char *wrong = login_answer(c, "officer", "Fengche#7Lu-tai?", &statuses[0]);
	g_autofree char *unknown = login_answer(c, "stranger", CONSOLE_WORD, &statuses[1]);
	g_autofree char *closed = login_answer(c, "gone", CONSOLE_WORD, &statuses[2]);

	for (gsize i = 0; i < G_N_ELEMENTS(statuses); i++)
		g_assert_cmpuint(statuses[i], ==, 401);
	g_assert_cmpstr(wrong, ==, unknown);
	g_assert_cmpstr(wrong, ==, closed);
	g_assert_nonnull(strstr(wrong, "\"code\":\"login\""));
}

static void
test_session(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	guint who = office_index("officer");
	g_autofree char *old = NULL;
	json_t *reply = console_expect(c, "GET", "/api/v1/me", c->token[who], NULL, 200);

	g_assert_cmpstr(text_of(reply, "account"), ==, c->account[who]);
	g_assert_cmpuint(json_array_size(json_object_get(reply, "offices")), ==, 1);
	json_decref(reply);
	/* a new token; the old one is dead */
	old = g_strdup(c->token[who]);
	reply = console_expect(c, "POST", "/api/v1/renew", old, "{}", 200);
	g_assert_cmpstr(text_of(reply, "token"), !=, old);
	console_do(c, "GET", "/api/v1/me", old, NULL, 401);
	console_do(c, "GET", "/api/v1/me", text_of(reply, "token"), NULL, 200);
	/* one session: a new login ends it */
	console_login(c, who);
	console_do(c, "GET", "/api/v1/me", text_of(reply, "token"), NULL, 401);
	json_decref(reply);
	console_do(c, "POST", "/api/v1/logout", c->token[who], NULL, 200);
	console_do(c, "GET", "/api/v1/me", c->token[who], NULL, 401);
	console_do(c, "POST", "/api/v1/logout", c->token[who], NULL, 401);
	console_do(c, "GET", "/api/v1/me", "0000", NULL, 401);
	console_do(c, "GET", "/api/v1/me", "", NULL, 401);
}

/* An office given, and one taken away, from the outside in. */
static void
test_offices(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *path = g_strdup_printf("/api/v1/accounts/%s/offices", c->account[PLAIN]);
	const char *admin = c->token[office_index("security_admin")];

	console_do(c, "POST", "/api/v1/resources", c->token[PLAIN], "{}", 403);
	console_do(c, "POST", path, admin, "{\"office\":\"editor\"}", 200);
	console_do(c, "POST", path, admin, "{\"office\":\"system_admin\"}", 409);
	console_login(c, PLAIN);
	console_do(c, "POST", "/api/v1/resources", c->token[PLAIN], "{}", 400);
	console_do(c, "POST", path, admin, "{\"office\":\"editor\",\"holds\":false}", 200);
	console_do(c, "POST", "/api/v1/resources", c->token[PLAIN], "{}", 403);
}

static void
test_clock(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	const char *admin = c->token[office_index("system_admin")];
	gint64 before = fn_now(c->now);

	console_do(c, "POST", "/api/v1/test-clock", admin, "{\"minutes\":1440}", 200);
	g_assert_cmpint(fn_now(c->now), >=, before + G_TIME_SPAN_DAY);
	console_do(c, "GET", "/api/v1/health", NULL, NULL, 200);
	peer_stop(&c->ledger);
	console_do(c, "GET", "/api/v1/health", NULL, NULL, 503);
}

/* A request for a certificate that is none is the caller's mistake. */
static void
test_certificate(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *body = filled(c, writes[0].body), *path = NULL;
	const char *admin = c->token[office_index("security_admin")];
	json_t *reply = console_expect(c, "POST", "/api/v1/systems", c->token[office_index("system_admin")], body, 200), *problem;

	path = g_strdup_printf("/api/v1/systems/%s/certificates", text_of(reply, "id"));
	json_decref(reply);
	problem = console_expect(c, "POST", path, admin, "{\"csr\":\"nonsense\"}", 400);
	g_assert_cmpstr(text_of(problem, "code"), ==, "input");
	json_decref(problem);
	console_do(c, "POST", path, admin, "{\"csr\":\"nonsense\",\"days\":\"ten\"}", 400);
}

/* ---- pseudonyms turned back ---- */

/* A case of the officer's, approved just now. */
static void
approve_reversal(Console *c)
{
	gint64 now = fn_now(c->now);
	g_autofree char *which = g_strdup_printf("INSERT INTO work_case (id, procedure, state, subject, form, parties, revision, opened_at, "
		"changed_at, ended) VALUES ('case-1', 'reidentification', 'approved', 'g1', '{\"days\":1}', '{\"provider\":\"%s\"}', 2, %"
		G_GINT64_FORMAT ", 0, 0)", c->organization, now);
	g_autofree char *history = g_strdup_printf("INSERT INTO work_history (case_id, number, at, kind, step, from_state, to_state, role, office, "
		"account, person, name, organization) VALUES ('case-1', 1, %" G_GINT64_FORMAT ", 'open', 'open', '', 'draft', 'requester', 'officer', "
		"'%s', '', 'officer', '%s'), ('case-1', 2, %" G_GINT64_FORMAT ", 'step', 'approve', 'requested', 'approved', 'reviewer', "
		"'secrecy_reviewer', 'else', '', 'else', '%s')", now, c->account[office_index("officer")], c->organization, now, c->organization);
	static const char *const none[] = { NULL };
	const FnSql sql[] = { { "test", which, which, none }, { "test", history, history, none } };
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_db_begin(c->db, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(sql); i++)
		fn_db_exec(c->db, &sql[i], FN_NO_BINDS, NULL, &error);
	g_assert_no_error(error);
	g_assert_true(fn_db_commit(c->db, NULL));
}

/* The answer holds them, and nothing else does; who may not turn back gets none of them. */
static void
test_reversal(gconstpointer engine)
{
	static const char path[] = "/api/v1/cases/case-1/originals";
	g_autoptr(Console) c = console_new(engine);
	const char *officer = c->token[office_index("officer")];
	guint before;
	Answer answer;
	json_t *entry;

	approve_reversal(c);
	before = console_entries(c);
	answer = console_ask(c, "POST", path, officer, "{}");
	g_assert_cmpstr(answer.body->str, ==, "{\"items\":[{\"pseudonym\":\"p1\",\"value\":\"CLEAR\"},{\"pseudonym\":\"p2\",\"value\":null}]}");
	answer_clear(&answer);
	g_assert_cmpuint(console_entries(c), ==, before + 1);
	for (guint i = 0; i <= before; i++) {
		g_autofree char *text = NULL;

		entry = console_entry(c, i);
		text = fn_json_canonical(entry);
		g_assert_null(strstr(text, "CLEAR"));
		g_assert_cmpint(g_str_equal(text_of(entry, "event"), "reidentification.use"), ==, i == before);
		json_decref(entry);
	}
	console_do(c, "POST", path, c->token[office_index("secrecy_reviewer")], "{}", 403);
	c->keeper_refuses = "destroyed";
	before = console_entries(c);
	console_do(c, "POST", path, officer, "{}", 409);
	g_assert_cmpuint(console_entries(c), ==, before + 2); /* the use, and that nothing came of it */
	entry = console_entry(c, before + 1);
	g_assert_cmpstr(text_of(entry, "result"), ==, "refused:state");
	json_decref(entry);
	c->keeper_refuses = "failed";
	console_do(c, "POST", path, officer, "{}", 503);
	c->clock_refuses = "not_authorised";
	console_do(c, "POST", path, officer, "{}", 409);
	peer_stop(&c->clock);
	console_do(c, "POST", path, officer, "{}", 503);
	console_ledger_refuses(c, "stopped");
	console_do(c, "POST", path, officer, "{}", 503);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/api/table", test_table);
	fn_test_add("/api/walk", test_walk);
	fn_test_add("/api/bad", test_bad);
	fn_test_add("/api/long", test_long);
	fn_test_add("/api/writes", test_writes);
	fn_test_add("/api/read-entered", test_read_entered);
	fn_test_add("/api/refusals-entered", test_refusals_entered);
	fn_test_add("/api/login-tells-nothing", test_login_tells_nothing);
	fn_test_add("/api/session", test_session);
	fn_test_add("/api/offices", test_offices);
	fn_test_add("/api/clock", test_clock);
	fn_test_add("/api/certificate", test_certificate);
	fn_test_add("/api/reversal", test_reversal);
	return g_test_run();
}
