/* Record books over the console API: records with their ledger entries, permission, import and export. */
#include "api/test_console.h"

#define TERMINALS "/api/v1/registers/terminals"
#define PC(name) "{\"values\":{\"name\":\"" name "\",\"user\":\"officer\",\"place\":\"三楼\",\"connection\":\"wired\",\"system\":\"UOS\",\"antivirus\":\"ok\"}}"

static const char *
token_of(Console *c, const char *office)
{
	for (guint i = 0; i < OFFICES; i++)
		if (strcmp(console_offices[i], office) == 0)
			return c->token[i];
	g_assert_not_reached();
}

/* Sends a file as it is. */
static Answer
send_file(Console *c, const char *path, const char *token, const char *text)
{
	g_autofree char *head = g_strdup_printf("POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Fengni-Address: 10.0.0.9\r\nUser-Agent: test\r\n"
						"Authorization: Bearer %s\r\nContent-Type: text/csv\r\nAccept-Language: en\r\nContent-Length: %zu\r\n\r\n%s",
		path, token, strlen(text), text);
	int fd = test_http_connect(c->http_path);
	Answer answer;

	test_http_send(fd, head, strlen(head));
	answer = test_http_receive(fd, G_MAXSSIZE);
	close(fd);
	return answer;
}

static json_t *
import(Console *c, const char *query, const char *text, guint status)
{
	g_autofree char *path = g_strconcat(TERMINALS "/import", query, NULL);
	Answer answer = send_file(c, path, token_of(c, "officer"), text);
	json_t *reply = fn_json_parse(answer.body->str, answer.body->len, NULL);

	if (answer.status != status)
		g_test_message("%u %s", answer.status, answer.body->str);
	g_assert_cmpuint(answer.status, ==, status);
	answer_clear(&answer);
	return reply;
}

static json_t *
last_entry(Console *c)
{
	return console_entry(c, console_entries(c) - 1);
}

static guint
records(Console *c)
{
	json_t *found = console_expect(c, "GET", TERMINALS "/records?limit=500&state=all", token_of(c, "officer"), NULL, 200);
	guint n = (guint)json_array_size(json_object_get(found, "items"));

	json_decref(found);
	return n;
}

static void
test_life(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	const char *officer = token_of(c, "officer");
	json_t *record = console_expect(c, "POST", TERMINALS "/records", officer, PC("PC-1"), 200), *reply;
	g_autofree char *id = g_strdup(text_of(record, "id")), *path = g_strconcat(TERMINALS "/records/", id, NULL);
	g_autofree char *close = g_strconcat(path, "/close", NULL), *history = g_strconcat(path, "/history", NULL);
	g_autofree char *subject = g_strconcat("terminals/", id, NULL);

	g_assert_cmpstr(text_of(json_object_get(record, "shown"), "user"), ==, "officer");
	json_decref(record);
	reply = last_entry(c);
	g_assert_cmpstr(text_of(reply, "event"), ==, "register.add");
	g_assert_cmpstr(text_of(reply, "subject"), ==, subject);
	json_decref(reply);
	console_do(c, "POST", TERMINALS "/records", officer, PC("PC-1"), 409);
	console_do(c, "PATCH", path, officer, "{\"revision\":1,\"values\":{\"antivirus\":\"outdated\"}}", 200);
	console_do(c, "PATCH", path, officer, "{\"revision\":1,\"values\":{\"antivirus\":\"ok\"}}", 409);
	console_do(c, "PATCH", path, officer, "{\"revision\":2,\"values\":{\"antivirus\":\"perhaps\"}}", 400);
	console_do(c, "PATCH", path, officer, "{\"values\":{\"antivirus\":\"ok\"}}", 400);
	console_do(c, "PATCH", path, officer, "{\"revision\":2}", 400);
	console_do(c, "POST", close, officer, "{\"revision\":2,\"say\":\"scrapped\"}", 200);
	console_do(c, "POST", close, officer, "{\"revision\":3}", 409);
	reply = console_expect(c, "GET", history, officer, NULL, 200);
	g_assert_cmpuint(json_array_size(json_object_get(reply, "items")), ==, 3);
	json_decref(reply);
	reply = console_expect(c, "GET", "/api/v1/registers", officer, NULL, 200);
	g_assert_cmpuint(json_array_size(json_object_get(reply, "items")), >=, 2);
	json_decref(reply);
	reply = console_expect(c, "GET", TERMINALS, officer, NULL, 200);
	g_assert_true(json_is_true(json_object_get(reply, "write")));
	json_decref(reply);
}

/* What cannot be entered did not happen. */
static void
test_entered(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);

	console_ledger_refuses(c, "disk_full");
	console_do(c, "POST", TERMINALS "/records", token_of(c, "officer"), PC("PC-1"), 503);
	console_ledger_refuses(c, NULL);
	g_assert_cmpuint(records(c), ==, 0);
}

static void
test_permission(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	static const struct {
		const char *method, *path, *body;
	} calls[] = { { "GET", TERMINALS, NULL }, { "GET", TERMINALS "/records", NULL }, { "POST", TERMINALS "/records", PC("PC-2") },
		{ "GET", TERMINALS "/export", NULL } };

	for (gsize i = 0; i < G_N_ELEMENTS(calls); i++) {
		console_do(c, calls[i].method, calls[i].path, NULL, calls[i].body, 401);
		console_do(c, calls[i].method, calls[i].path, token_of(c, "editor"), calls[i].body, 403);
		console_do(c, calls[i].method, calls[i].path, c->token[PLAIN], calls[i].body, 403);
	}
	console_do(c, "POST", TERMINALS "/records", token_of(c, "auditor"), PC("PC-2"), 403);
	console_do(c, "POST", TERMINALS "/records", token_of(c, "security_admin"), PC("PC-2"), 200);
	console_do(c, "GET", TERMINALS "/records", token_of(c, "auditor"), NULL, 200);
	console_do(c, "GET", "/api/v1/registers/nothing", token_of(c, "officer"), NULL, 404);
	console_do(c, "GET", TERMINALS "/records/01J", token_of(c, "officer"), NULL, 404);
}

static void
test_find(gconstpointer engine)
{
	static const struct {
		const char *query;
		guint hits, status;
	} cases[] = { { "?q=PC-1", 1, 200 }, { "?q=pc", 2, 200 }, { "?where.antivirus=ok", 2, 200 }, { "?where.antivirus=none", 0, 200 },
		{ "?renewal=over", 0, 200 }, { "?sort=due", 2, 200 }, { "?limit=0", 0, 400 }, { "?antivirus=ok", 0, 400 }, { "?where.x=ok", 0, 400 },
		{ "?cursor=x", 0, 400 }, { "?state=open", 0, 400 } };
	g_autoptr(Console) c = console_new(engine);
	const char *officer = token_of(c, "officer");

	console_do(c, "POST", TERMINALS "/records", officer, PC("PC-1"), 200);
	console_do(c, "POST", TERMINALS "/records", officer, PC("PC-2"), 200);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = g_strconcat(TERMINALS "/records", cases[i].query, NULL);
		json_t *reply = console_expect(c, "GET", path, officer, NULL, cases[i].status);

		g_assert_cmpuint(json_array_size(json_object_get(reply, "items")), ==, cases[i].hits);
		json_decref(reply);
	}
}

#define HEADER "名称,使用人,Place,connection,操作系统,防病毒\r\n"

static void
test_import(gconstpointer engine)
{
	static const char good[] = HEADER "PC-1,officer,三楼,有线,UOS,正常\r\nPC-2,officer,四楼,wired,UOS,none\r\n";
	static const char mixed[] = HEADER "PC-1,officer,一楼,有线,UOS,正常\r\nPC-3,nobody at all,四楼,wired,UOS,none\r\n";
	g_autoptr(Console) c = console_new(engine);
	json_t *reply = import(c, "?dry_run=1", good, 200);

	g_assert_cmpint(json_integer_value(json_object_get(reply, "added")), ==, 2);
	g_assert_true(json_is_false(json_object_get(reply, "written")));
	json_decref(reply);
	g_assert_cmpuint(records(c), ==, 0);
	reply = last_entry(c);
	g_assert_cmpstr(text_of(reply, "result"), ==, "done:dry_run");
	json_decref(reply);
	json_decref(import(c, "", good, 200));
	g_assert_cmpuint(records(c), ==, 2);
	reply = last_entry(c);
	g_assert_cmpstr(text_of(reply, "event"), ==, "register.import");
	g_assert_cmpint(json_integer_value(json_object_get(json_object_get(reply, "conditions"), "added")), ==, 2);
	json_decref(reply);

	/* one bad row: it is named and nothing is written */
	reply = import(c, "", mixed, 200);
	g_assert_true(json_is_false(json_object_get(reply, "written")));
	g_assert_cmpint(json_integer_value(json_object_get(reply, "bad")), ==, 1);
	g_assert_cmpint(json_integer_value(json_object_get(json_array_get(json_object_get(reply, "problems"), 0), "row")), ==, 3);
	g_assert_cmpstr(text_of(json_array_get(json_object_get(reply, "problems"), 0), "field"), ==, "user");
	json_decref(reply);
	reply = console_expect(c, "GET", TERMINALS "/records?q=%E4%B8%80%E6%A5%BC", token_of(c, "officer"), NULL, 200);
	g_assert_cmpuint(json_array_size(json_object_get(reply, "items")), ==, 0);
	json_decref(reply);
	reply = import(c, "?keep_good=1", mixed, 200);
	g_assert_true(json_is_true(json_object_get(reply, "written")));
	g_assert_cmpint(json_integer_value(json_object_get(reply, "changed")), ==, 1);
	json_decref(reply);
	g_assert_cmpuint(records(c), ==, 2);
}

static void
test_bad_files(gconstpointer engine)
{
	static const char *const bad[] = { "", "名称,颜色\r\nPC-1,红\r\n", "使用人\r\nofficer\r\n", HEADER "\"PC-1,officer\r\n", HEADER "a,b\r\n",
		"名称,name\r\nPC-1,PC-1\r\n" };
	g_autoptr(Console) c = console_new(engine);
	Answer answer;

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_test_message("file %zu", i);
		json_decref(import(c, "", bad[i], 400));
	}
	console_do(c, "POST", TERMINALS "/import", token_of(c, "officer"), "{}", 400);
	answer = send_file(c, TERMINALS "/import", token_of(c, "auditor"), HEADER);
	g_assert_cmpuint(answer.status, ==, 403);
	answer_clear(&answer);
	g_assert_cmpuint(records(c), ==, 0);
}

/* What leaves can be taken back, and no spreadsheet runs it. */
static void
test_export(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	const char *officer = token_of(c, "officer");
	Answer answer;
	json_t *reply;

	json_decref(import(c, "", HEADER "=1+1,officer,@三楼,有线,UOS,正常\r\nPC-2,officer,四楼,wired,UOS,none\r\n", 200));
	answer = console_ask(c, "GET", TERMINALS "/export?language=zh", officer, NULL);
	g_assert_cmpuint(answer.status, ==, 200);
	g_assert_true(g_str_has_prefix(answer.body->str, "\xef\xbb\xbf单位,名称,使用人,"));
	g_assert_nonnull(strstr(answer.body->str, ",\"'=1+1\","));
	g_assert_nonnull(strstr(answer.body->str, ",\"'@三楼\","));
	reply = import(c, "", answer.body->str, 200);
	g_assert_cmpint(json_integer_value(json_object_get(reply, "same")), ==, 2);
	json_decref(reply);
	answer_clear(&answer);
	reply = console_entry(c, console_entries(c) - 2);
	g_assert_cmpstr(text_of(reply, "event"), ==, "register.export");
	json_decref(reply);
	answer = console_ask(c, "GET", TERMINALS "/export?language=id&where.antivirus=none", officer, NULL);
	g_assert_nonnull(strstr(answer.body->str, "PC-2"));
	g_assert_null(strstr(answer.body->str, "1+1"));
	g_assert_nonnull(strstr(answer.body->str, "antivirus"));
	answer_clear(&answer);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/register/life", test_life);
	fn_test_add("/register/entered", test_entered);
	fn_test_add("/register/permission", test_permission);
	fn_test_add("/register/find", test_find);
	fn_test_add("/register/import", test_import);
	fn_test_add("/register/bad-files", test_bad_files);
	fn_test_add("/register/export", test_export);
	return g_test_run();
}
