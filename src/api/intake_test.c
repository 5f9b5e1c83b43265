/* Batches over the console API: inspection first, entries in the ledger, who may release, tracing, comparison. */
#include "api/test_console.h"

#include <sqlite3.h>

#define CODE "130100-test-1"
#define BATCHES "/api/v1/intake/" CODE "/batches"
#define ROWS "code,name\r\n1,甲\r\n2,乙\r\n"

static const char *
token_of(Console *c, const char *office)
{
	for (guint i = 0; i < OFFICES; i++)
		if (strcmp(console_offices[i], office) == 0)
			return c->token[i];
	g_assert_not_reached();
}

/* Statements of the test's own live as long as the program: they are kept by their address. */
static void
run(Console *c, const char *text)
{
	static const char *const none[] = { NULL };
	FnSql *sql = g_new0(FnSql, 1);
	g_autoptr(GError) error = NULL;

	*sql = (FnSql){ "test", text, text, none };
	fn_db_exec(c->db, sql, FN_NO_BINDS, NULL, &error);
	g_assert_no_error(error);
	g_test_queue_free(sql);
	g_test_queue_free((gpointer)text);
}

/* A published resource of the console's organization, bound to a table. */
static void
publish(Console *c)
{
	const char *account = c->account[2], *organization = c->organization;

	run(c, g_strdup_printf("INSERT INTO resource (code, organization, serial, name, sharing_type, level, state, offered, version, published_version, "
		"created_by, created_at, changed_at) VALUES ('" CODE "', '%s', 1, 'n', 'conditional', 1, 'published', 'published', 1, 1, '%s', 0, 0)",
		organization, account));
	run(c, g_strdup_printf("INSERT INTO resource_version (resource, version, body, sharing_type, level, edited_by, edited_at, published_at) "
		"VALUES ('" CODE "', 1, '{}', 'conditional', 1, '%s', 0, 0)", account));
	for (guint i = 0; i < 2; i++)
		run(c, g_strdup_printf("INSERT INTO field (resource, version, ordinal, name, title, type, length, level, identifier, mask, element, "
			"authoritative, labels, column_name, is_key) VALUES ('" CODE "', 1, %u, '%s', '%s', 'C', 10, 1, 'none', '', '', 0, '[]', '%s', 0)", i,
			i == 0 ? "code" : "name", i == 0 ? "代码" : "名称", i == 0 ? "dm" : "mc"));
	run(c, g_strdup_printf("INSERT INTO source (id, organization, name, spec, state, created_by, created_at) VALUES ('s1', '%s', 's', "
		"'{\"kind\":\"sqlite\",\"path\":\"business.db\"}', 'active', '%s', 0)", organization, account));
	run(c, g_strdup("INSERT INTO binding (resource, version, ordinal, source, table_name, cursor_column) VALUES ('" CODE "', 1, 0, 's1', 't', '')"));
}

static json_t *
send_file(Console *c, const char *office, const char *path, const char *text, const char *attested, guint status)
{
	guint8 digest[FN_DIGEST_SIZE];
	g_autofree char *hex = NULL, *head = NULL;
	Answer answer;
	json_t *reply;
	int fd;

	fn_sm3(text, strlen(text), digest);
	hex = fn_hex(digest, sizeof(digest));
	head = g_strdup_printf("POST %s?%s&digest=%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Fengni-Address: 10.0.0.9\r\nUser-Agent: test\r\n"
			       "Authorization: Bearer %s\r\nContent-Type: text/csv\r\nContent-Length: %zu\r\n\r\n%s",
		path, attested, hex, token_of(c, office), strlen(text), text);
	fd = test_http_connect(c->http_path);
	test_http_send(fd, head, strlen(head));
	answer = test_http_receive(fd, G_MAXSSIZE);
	close(fd);
	if (answer.status != status)
		g_test_message("%u %s", answer.status, answer.body->str);
	g_assert_cmpuint(answer.status, ==, status);
	reply = fn_json_parse(answer.body->str, answer.body->len, NULL);
	answer_clear(&answer);
	return reply;
}

static char *
sent(Console *c, const char *text, const char *attested, const char *state)
{
	json_t *reply = send_file(c, "officer", BATCHES, text, attested, 200), *entry;
	g_autofree char *result = g_strconcat("done:", state, NULL);
	char *id = g_strdup(text_of(reply, "id"));

	g_assert_cmpstr(text_of(reply, "state"), ==, state);
	entry = console_entry(c, console_entries(c) - 1);
	g_assert_cmpstr(text_of(entry, "event"), ==, "intake.batch");
	g_assert_cmpstr(text_of(entry, "result"), ==, result);
	json_decref(entry);
	json_decref(reply);
	return id;
}

static void
inspect_says(Console *c, const char *says)
{
	fn_mutex_lock(&c->mutex);
	c->inspect_says = says;
	fn_mutex_unlock(&c->mutex);
}

static guint
traced(Console *c, const char *value)
{
	g_autofree char *body = g_strdup_printf("{\"resource\":\"" CODE "\",\"field\":\"name\",\"value\":\"%s\"}", value);
	json_t *reply = console_expect(c, "POST", "/api/v1/intake/trace", token_of(c, "auditor"), body, 200), *entry;
	guint n = (guint)json_array_size(json_object_get(reply, "items"));
	g_autofree char *whole = NULL;

	json_decref(reply);
	entry = console_entry(c, console_entries(c) - 1);
	whole = json_dumps(entry, 0);
	g_assert_cmpstr(text_of(entry, "event"), ==, "intake.trace");
	g_assert_null(strstr(whole, value)); /* never the value */
	json_decref(entry);
	return n;
}

static void
test_life(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *first = NULL, *second = NULL, *path = NULL;
	json_t *reply;

	publish(c);
	first = sent(c, ROWS, "rows=2&period=2026-09", "pooled");
	g_assert_cmpuint(traced(c, "甲"), ==, 1);
	g_assert_cmpuint(traced(c, "丙"), ==, 0);
	second = sent(c, "code,name\r\n3,丙\r\n", "rows=2&period=2026-09", "quarantined");
	g_assert_cmpuint(traced(c, "丙"), ==, 0);
	path = g_strdup_printf("/api/v1/intake/batches/%s/release", second);
	console_do(c, "POST", path, token_of(c, "officer"), "{\"reason\":\"r\"}", 403); /* who sent it */
	console_do(c, "POST", path, token_of(c, "editor"), "{\"reason\":\"r\"}", 403);
	g_free(path);
	path = g_strdup_printf("/api/v1/intake/batches/%s/discard", second);
	console_do(c, "POST", path, token_of(c, "officer"), "{}", 400);
	console_do(c, "POST", path, token_of(c, "officer"), "{\"reason\":\"sent anew\"}", 200);
	console_do(c, "POST", path, token_of(c, "officer"), "{\"reason\":\"sent anew\"}", 409);
	reply = console_expect(c, "GET", "/api/v1/intake/batches?state=discarded", token_of(c, "auditor"), NULL, 200);
	g_assert_cmpuint(json_array_size(json_object_get(reply, "items")), ==, 1);
	json_decref(reply);
	console_do(c, "GET", "/api/v1/intake/batches?colour=red", token_of(c, "auditor"), NULL, 400);
	console_do(c, "GET", "/api/v1/intake/batches/nothing", token_of(c, "auditor"), NULL, 404);
}

/* The secrecy authority, to which the platform reports a mark. */
static void
found_authority(Console *c)
{
	g_autofree char *id = console_organization(c, "11130100MB0000007", "市保密局", "regulator");
	g_autoptr(GError) error = NULL;

	fn_people_set_authority(c->db, id, "secrecy", &error);
	g_assert_no_error(error);
}

static gint64
cases(Console *c)
{
	static const char *const none[] = { NULL };
	static const FnSql count = { "test", "SELECT COUNT(*) FROM work_case WHERE procedure = 'secret_found'",
		"SELECT COUNT(*) FROM work_case WHERE procedure = 'secret_found'", none };

	return fn_db_int(c->db, &count, FN_NO_BINDS, -1, NULL);
}

/* What may not come in, what cannot be inspected, what cannot be entered. */
static void
test_refused(gconstpointer engine)
{
	static const char *const says[] = { "{\"verdict\":\"blocked\",\"counts\":{\"cn.secrecy_mark\":1},\"findings\":[]}",
		"{\"verdict\":\"not_fully_inspected\",\"counts\":{},\"findings\":[]}", "{\"verdict\":\"clean\",\"counts\":{\"cn.secrecy_mark\":1},\"findings\":[]}",
		"{\"verdict\":\"fine\"}", "{}" };
	g_autoptr(Console) c = console_new(engine);
	guint before;

	publish(c);
	found_authority(c);
	for (gsize i = 0; i < G_N_ELEMENTS(says); i++) {
		g_test_message("%s", says[i]);
		inspect_says(c, says[i]);
		g_free(sent(c, ROWS, "rows=2&period=2026-09&name=x.csv", "refused"));
	}
	g_assert_cmpint(cases(c), ==, 2); /* a mark was seen twice */
	inspect_says(c, "{\"verdict\":\"clean\",\"counts\":{},\"findings\":[]}");
	g_assert_cmpuint(traced(c, "甲"), ==, 0);
	before = console_entries(c);
	console_ledger_refuses(c, "disk_full");
	json_decref(send_file(c, "officer", BATCHES, ROWS, "rows=2&period=2026-09", 503));
	console_ledger_refuses(c, NULL);
	g_assert_cmpuint(console_entries(c), ==, before);
	g_assert_cmpuint(traced(c, "甲"), ==, 0); /* what cannot be entered did not happen */
	json_decref(send_file(c, "auditor", BATCHES, ROWS, "rows=2&period=2026-09", 403));
	json_decref(send_file(c, "officer", BATCHES, ROWS, "rows=many&period=2026-09", 400));
	json_decref(send_file(c, "officer", BATCHES, ROWS, "period=2026-09", 400));
	json_decref(send_file(c, "officer", "/api/v1/intake/130100-x-9/batches", ROWS, "rows=2&period=2026-09", 404));
	console_do(c, "POST", BATCHES, token_of(c, "officer"), "{}", 400);
	console_do(c, "POST", BATCHES, NULL, "{}", 401);
}

static void
test_comparison(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *path = g_build_filename(c->directory, "sources", "business.db", NULL), *folder = g_path_get_dirname(path);
	json_t *reply;
	sqlite3 *db;

	publish(c);
	g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
	g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_exec(db, "CREATE TABLE t (mc TEXT, dm TEXT); INSERT INTO t VALUES ('乙','2'), ('甲','1')", NULL, NULL, NULL), ==, SQLITE_OK);
	reply = console_expect(c, "POST", "/api/v1/resources/" CODE "/comparison", token_of(c, "officer"), "{}", 200);
	g_assert_true(json_is_false(json_object_get(reply, "agrees")));
	json_decref(reply);
	g_free(sent(c, ROWS, "rows=2&period=2026-09", "pooled"));
	reply = console_expect(c, "POST", "/api/v1/resources/" CODE "/comparison", token_of(c, "officer"), "{}", 200);
	g_assert_true(json_is_true(json_object_get(reply, "agrees")));
	json_decref(reply);
	reply = console_entry(c, console_entries(c) - 1);
	g_assert_cmpstr(text_of(reply, "event"), ==, "resource.compare");
	g_assert_cmpstr(text_of(reply, "result"), ==, "done:agrees");
	json_decref(reply);
	sqlite3_close(db);
	console_do(c, "POST", "/api/v1/resources/" CODE "/comparison", token_of(c, "editor"), "{}", 403);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/api-intake/life", test_life);
	fn_test_add("/api-intake/refused", test_refused);
	fn_test_add("/api-intake/comparison", test_comparison);
	return g_test_run();
}
