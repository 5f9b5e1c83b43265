/* Cases over the API: a procedure that a file alone added goes from open to end; who may what; files, signatures, lists of steps, claims. */
#include "api/test_console.h"

#include <glib/gstdio.h>

#define STATE(name_) "  " name_ ": {zh: 状态, en: State " name_ "}\n"
#define NOTE "id: note\ntitle: {zh: 请示件, en: Note}\nlaw: [A-1]\nparties: [organization, recipient]\nopener: drafter\n" \
	"form:\n  matter: {type: text, min: 4, max: 200, required: true, zh: 事项, en: Matter}\n" \
	"  grade: {type: enum, values: [plain, urgent], names: {plain: {zh: 平件, en: Plain}, urgent: {zh: 急件, en: Urgent}}, zh: 等级, en: Grade}\n" \
	"people:\n  drafter: officer@organization\n  head: sharing_head@organization\n  reader: officer@recipient\napart: [[drafter, head]]\n" \
	"reasons:\n  - {id: unclear, zh: 事项不清, en: Unclear}\n" \
	"states:\n" STATE("draft") STATE("sent") STATE("agreed") STATE("back") \
	"steps:\n  - {do: send, zh: 报送, en: Send, from: draft, to: sent, by: drafter, attach: [report]}\n" \
	"  - {do: remark, zh: 批注, en: Remark, from: [draft, sent], by: [drafter, head], may: true, say: remark}\n" \
	"  - {do: agree, zh: 同意, en: Agree, from: sent, to: agreed, by: head, sign: true}\n" \
	"  - {do: return, zh: 退回, en: Return, from: sent, to: back, by: head, may: true, say: reason}\n"
#define SECRET "id: hush\ntitle: {zh: 限制件, en: Restricted}\nlaw: [A-1]\nparties: [organization]\nopener: drafter\nrestricted: true\n" \
	"form:\n  matter: {type: text, min: 4, required: true, zh: 事项, en: Matter}\n" \
	"people:\n  drafter: secrecy_reviewer@organization\nstates:\n" STATE("draft") STATE("done") \
	"steps:\n  - {do: end, zh: 办结, en: End, from: draft, to: done, by: drafter}\n"

enum { HEAD = 1, OFFICER = 2, SECRECY = 5, SYSTEM = 6, SECURITY = 7, AUDITOR = 8 };

/* The rules with two more files; they are read once, so nothing of them stays on the disk. */
static void
add_procedures(Console *c)
{
	static const char *const files[][2] = { { "procedures/note.yaml", NOTE }, { "procedures/hush.yaml", SECRET } };
	g_autofree char *more = g_dir_make_tmp("fengni-rules-XXXXXX", NULL), *folder = g_build_filename(more, "procedures", NULL);
	g_autofree char *directory = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);
	g_autoptr(GError) error = NULL;
	FnRules *rules;

	g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(more, files[i][0], NULL);

		g_assert_true(g_file_set_contents(path, files[i][1], -1, NULL));
	}
	rules = fn_rules_load(directory, fn_settings_text(c->settings, "pack"), more, &error);
	g_assert_no_error(error);
	fn_in_force_replace(c->in_force, rules, c->db, &error);
	g_assert_no_error(error);
	for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(more, files[i][0], NULL);

		g_unlink(path);
	}
	g_rmdir(folder);
	g_rmdir(more);
}

static Console *
town(gconstpointer engine)
{
	Console *c = console_new(engine);

	add_procedures(c);
	return c;
}

static const char *
error_code(Console *c, const char *method, const char *path, guint who, const char *body, guint status)
{
	json_t *reply = console_expect(c, method, path, c->token[who], body, status);
	const char *code = g_intern_string(text_of(reply, "code"));

	json_decref(reply);
	return code;
}

static char *
open_note(Console *c)
{
	g_autofree char *body = g_strdup_printf("{\"procedure\":\"note\",\"subject\":\"n-1\",\"form\":{\"matter\":\"请批准 <b>试行</b>\",\"grade\":\"urgent\"},"
		"\"parties\":{\"recipient\":\"%s\"}}", c->company);
	json_t *reply = console_expect(c, "POST", "/api/v1/cases", c->token[OFFICER], body, 200);
	char *id = g_strdup(text_of(reply, "id"));

	json_decref(reply);
	return id;
}

static char *
at(const char *id, const char *rest)
{
	return g_strdup_printf("/api/v1/cases/%s%s", id, rest);
}

static json_t *
attach(Console *c, const char *id, const char *query, guint who, const char *bytes, guint status)
{
	int fd = test_http_connect(c->http_path);
	g_autofree char *text = g_strdup_printf("POST /api/v1/cases/%s/attachments%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Fengni-Address: 10.0.0.9\r\n"
		"User-Agent: test\r\nAuthorization: Bearer %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s", id, query, c->token[who], strlen(bytes),
		bytes);
	Answer answer;
	json_t *reply;

	test_http_send(fd, text, strlen(text));
	answer = test_http_receive(fd, G_MAXSSIZE);
	close(fd);
	if (answer.status != status)
		g_test_message("%s", answer.body->str);
	g_assert_cmpuint(answer.status, ==, status);
	reply = fn_json_parse(answer.body->str, answer.body->len, NULL);
	answer_clear(&answer);
	return reply;
}

#define REPORT "?kind=report&name=%E6%8A%A5%E5%91%8A.txt"

static void
send_note(Console *c, const char *id)
{
	g_autofree char *steps = at(id, "/steps");

	json_decref(attach(c, id, REPORT, OFFICER, "the report", 200));
	console_do(c, "POST", steps, c->token[OFFICER], "{\"step\":\"send\"}", 200);
}

static char *
digest_of_step(Console *c, const char *id, guint who)
{
	g_autofree char *path = at(id, "");
	json_t *shown = console_expect(c, "GET", path, c->token[who], NULL, 200), *action;
	char *digest = NULL;
	size_t i;

	json_array_foreach(json_object_get(shown, "allowed_actions"), i, action)
		if (json_is_true(json_object_get(action, "sign")))
			digest = g_strdup(text_of(action, "digest"));
	json_decref(shown);
	g_assert_nonnull(digest);
	return digest;
}

/* ---- from open to end ---- */

static void
test_whole(gconstpointer engine)
{
	g_autoptr(Console) c = town(engine);
	g_autofree char *id = open_note(c), *steps = at(id, "/steps"), *digest = NULL, *body = NULL, *wrong = NULL, *stale = NULL;
	json_t *shown, *last;

	g_assert_cmpstr(error_code(c, "POST", steps, OFFICER, "{\"step\":\"send\"}", 409), ==, "needs");
	send_note(c, id);
	digest = digest_of_step(c, id, HEAD);
	g_assert_cmpstr(error_code(c, "POST", steps, HEAD, "{\"step\":\"agree\"}", 409), ==, "confirm");
	wrong = g_strdup_printf("{\"step\":\"agree\",\"digest\":\"%s\",\"password\":\"Wrong#71-word\"}", digest);
	console_do(c, "POST", steps, c->token[HEAD], wrong, 401);
	stale = g_strdup_printf("{\"step\":\"agree\",\"digest\":\"%064d\",\"password\":\"" CONSOLE_WORD "\"}", 0);
	body = g_strdup_printf("{\"step\":\"agree\",\"digest\":\"%s\",\"password\":\"" CONSOLE_WORD "\"}", digest);
	for (guint i = 0; i < 40; i++) { /* after a failure the next attempt has to wait, as at a login */
		Answer answer = console_ask(c, "POST", steps, c->token[HEAD], stale);
		guint status = answer.status;

		answer_clear(&answer);
		if (status == 409)
			break;
		g_assert_cmpuint(status, ==, 401);
		g_usleep(200000);
	}
	shown = console_expect(c, "POST", steps, c->token[HEAD], body, 200);
	g_assert_cmpstr(text_of(shown, "state"), ==, "agreed");
	g_assert_true(json_is_true(json_object_get(shown, "ended")));
	last = json_array_get(json_object_get(shown, "history"), json_array_size(json_object_get(shown, "history")) - 1);
	g_assert_cmpstr(text_of(last, "signed"), ==, digest);
	json_decref(shown);
}

static void
test_opening(gconstpointer engine)
{
	static const struct {
		guint who;
		const char *body;
		guint status;
		const char *code;
	} refused[] = {
		{ OFFICER, "{\"procedure\":\"note\",\"subject\":\"s\",\"form\":{\"matter\":\"some matter\"}}", 400, "input" },
		{ OFFICER, "{\"procedure\":\"note\",\"subject\":\"s\",\"form\":{\"matter\":\"some matter\"},\"parties\":{\"recipient\":\"nobody\"}}", 400, "input" },
		{ OFFICER, "{\"procedure\":\"note\",\"subject\":\"s\",\"form\":{\"matter\":\"some matter\"},\"parties\":{\"recipient\":7}}", 400, "input" },
		{ OFFICER, "{\"procedure\":\"note\",\"subject\":\"s\",\"form\":{\"matter\":\"some matter\"},\"parties\":[]}", 400, "input" },
		{ OFFICER, "{\"procedure\":\"note\",\"subject\":\"s\",\"form\":{\"matter\":\"x\"},\"parties\":{\"recipient\":\"%s\"}}", 400, "form" },
		{ OFFICER, "{\"procedure\":\"note\",\"subject\":\"s\",\"form\":{\"matter\":\"some matter\"},\"parties\":{\"recipient\":\"%s\",\"provider\":\"%s\"}}", 400, "input" },
		{ OFFICER, "{\"procedure\":\"note\",\"subject\":\"s\",\"form\":{\"matter\":\"some matter\"},\"parties\":{\"recipient\":\"%s\",\"organization\":\"%s\"}}", 403, "office" },
		{ HEAD, "{\"procedure\":\"note\",\"subject\":\"s\",\"form\":{\"matter\":\"some matter\"},\"parties\":{\"recipient\":\"%s\"}}", 403, "office" },
		{ OFFICER, "{\"procedure\":\"flying\",\"subject\":\"s\",\"form\":{}}", 404, "unknown" },
		{ OFFICER, "{\"procedure\":\"sharing_application\",\"subject\":\"nothing\",\"form\":{}}", 404, "unknown" },
		{ OFFICER, "{\"procedure\":\"sharing_application\",\"subject\":\"nothing\",\"form\":{},\"parties\":{\"provider\":\"%s\"}}", 404, "unknown" },
		{ OFFICER, "{\"procedure\":\"note\"}", 400, "input" },
	};
	g_autoptr(Console) c = town(engine);
	json_t *list, *one;
	size_t i;
	gboolean found = FALSE;

	for (gsize k = 0; k < G_N_ELEMENTS(refused); k++) {
		g_auto(GStrv) parts = g_strsplit(refused[k].body, "%s", -1);
		g_autofree char *body = g_strjoinv(c->company, parts);

		g_test_message("%s", body);
		g_assert_cmpstr(error_code(c, "POST", "/api/v1/cases", refused[k].who, body, refused[k].status), ==, refused[k].code);
	}
	list = console_expect(c, "GET", "/api/v1/procedures", c->token[OFFICER], NULL, 200);
	json_array_foreach(json_object_get(list, "items"), i, one)
		if (g_str_equal(text_of(one, "id"), "note"))
			found = json_array_size(json_object_get(one, "offices")) == 1;
	g_assert_true(found);
	json_decref(list);
	one = console_expect(c, "GET", "/api/v1/procedures/note", c->token[HEAD], NULL, 200);
	g_assert_cmpuint(json_array_size(json_object_get(one, "form")), ==, 2);
	g_assert_cmpuint(json_array_size(json_object_get(one, "offices")), ==, 0);
	json_decref(one);
	console_do(c, "GET", "/api/v1/procedures/flying", c->token[HEAD], NULL, 404);
}

static guint
listed(Console *c, const char *query, guint who)
{
	g_autofree char *path = g_strconcat("/api/v1/cases", query, NULL);
	json_t *reply = console_expect(c, "GET", path, c->token[who], NULL, 200);
	guint n = (guint)json_array_size(json_object_get(reply, "items"));

	json_decref(reply);
	return n;
}

static void
test_lists(gconstpointer engine)
{
	g_autoptr(Console) c = town(engine);
	g_autofree char *hidden = NULL, *path = NULL;
	json_t *reply = console_expect(c, "POST", "/api/v1/cases", c->token[SECRECY],
		"{\"procedure\":\"hush\",\"subject\":\"s\",\"form\":{\"matter\":\"some matter\"}}", 200);

	hidden = g_strdup(text_of(reply, "id"));
	json_decref(reply);
	for (guint i = 0; i < 2; i++)
		g_free(open_note(c));
	path = at(hidden, "");
	console_do(c, "GET", path, c->token[SECRECY], NULL, 200);
	console_do(c, "GET", path, c->token[OFFICER], NULL, 404);
	g_assert_cmpuint(listed(c, "", SECRECY), ==, 3);
	g_assert_cmpuint(listed(c, "", OFFICER), ==, 2);
	g_assert_cmpuint(listed(c, "?procedure=hush", OFFICER), ==, 0);
	g_assert_cmpuint(listed(c, "?limit=1", OFFICER), ==, 1);
	g_assert_cmpuint(listed(c, "?mine=1&procedure=note&state=draft", OFFICER), ==, 2);
	g_assert_cmpuint(listed(c, "?mine=1", HEAD), ==, 0);
	g_assert_cmpuint(listed(c, "?state=sent", OFFICER), ==, 0);
	console_do(c, "GET", "/api/v1/cases?mine=perhaps", c->token[OFFICER], NULL, 400);
	console_do(c, "GET", "/api/v1/cases?procedure=flying", c->token[OFFICER], NULL, 400);
	console_do(c, "GET", "/api/v1/cases?limit=-1", c->token[OFFICER], NULL, 400);
	console_do(c, "GET", "/api/v1/cases", NULL, NULL, 401);
}

/* ---- files ---- */

static void
inspect_says(Console *c, const char *says)
{
	fn_mutex_lock(&c->mutex);
	c->inspect_says = says;
	fn_mutex_unlock(&c->mutex);
}

static void
test_files(gconstpointer engine)
{
	static const char *const verdicts[] = { "{\"verdict\":\"blocked\",\"level\":4,\"found\":1,\"counts\":{},\"findings\":[]}",
		"{\"verdict\":\"not_fully_inspected\",\"reason\":\"encrypted\",\"level\":1,\"found\":0,\"counts\":{},\"findings\":[]}", "{}" };
	g_autoptr(Console) c = town(engine);
	g_autofree char *id = open_note(c), *hidden = NULL, *list = at(id, "/attachments"), *file = NULL;
	json_t *reply, *entry;
	Answer answer;

	for (gsize i = 0; i < G_N_ELEMENTS(verdicts); i++) {
		inspect_says(c, verdicts[i]);
		json_decref(attach(c, id, REPORT, OFFICER, "x", i < 2 ? 400 : 503));
	}
	inspect_says(c, "{\"verdict\":\"clean\",\"level\":1,\"found\":0,\"counts\":{},\"findings\":[]}");
	json_decref(attach(c, id, "?kind=report&name=a%2Fb", OFFICER, "x", 400));
	json_decref(attach(c, id, "?kind=picture&name=a", OFFICER, "x", 400));
	json_decref(attach(c, id, "?name=a", OFFICER, "x", 400));
	json_decref(attach(c, id, REPORT, OFFICER, "", 400));
	json_decref(attach(c, id, REPORT, AUDITOR, "x", 403));
	json_decref(attach(c, id, REPORT, PLAIN, "x", 403));
	json_decref(attach(c, id, REPORT, CLOSED, "x", 401));
	json_decref(attach(c, "01nothing", REPORT, OFFICER, "x", 404));
	console_do(c, "POST", list, c->token[OFFICER], "{}", 400);
	reply = console_expect(c, "GET", list, c->token[OFFICER], NULL, 200);
	g_assert_cmpuint(json_array_size(json_object_get(reply, "items")), ==, 0); /* nothing was kept */
	json_decref(reply);

	reply = attach(c, id, REPORT, OFFICER, "abc", 200);
	g_assert_cmpstr(text_of(reply, "digest"), ==, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
	file = g_strconcat(list, "/", text_of(reply, "id"), NULL);
	json_decref(reply);
	answer = console_ask(c, "GET", file, c->token[AUDITOR], NULL);
	g_assert_cmpuint(answer.status, ==, 200);
	g_assert_cmpstr(answer.body->str, ==, "abc");
	g_assert_nonnull(strstr(answer.head->str, "Content-Disposition: attachment; filename*=UTF-8''%E6%8A%A5%E5%91%8A.txt"));
	g_assert_nonnull(strstr(answer.head->str, "application/octet-stream"));
	answer_clear(&answer);
	entry = console_entry(c, console_entries(c) - 1);
	g_assert_cmpstr(text_of(entry, "event"), ==, "case.attachment");
	json_decref(entry);
	console_ledger_refuses(c, "full"); /* what cannot be entered is not shown */
	console_do(c, "GET", file, c->token[AUDITOR], NULL, 503);
	console_ledger_refuses(c, NULL);

	reply = console_expect(c, "POST", "/api/v1/cases", c->token[SECRECY], "{\"procedure\":\"hush\",\"subject\":\"s\",\"form\":{\"matter\":\"some matter\"}}", 200);
	hidden = g_strdup(text_of(reply, "id"));
	json_decref(reply);
	reply = attach(c, hidden, "?kind=other&name=a", SECRECY, "abc", 200);
	g_free(file);
	file = g_strdup_printf("/api/v1/cases/%s/attachments/%s", hidden, text_of(reply, "id"));
	json_decref(reply);
	console_do(c, "GET", file, c->token[OFFICER], NULL, 404);
	json_decref(attach(c, hidden, "?kind=other&name=a", OFFICER, "abc", 404));
	g_free(file); /* not by the way of a case that one may see */
	reply = console_expect(c, "GET", list, c->token[OFFICER], NULL, 200);
	file = g_strdup_printf("/api/v1/cases/%s/attachments/%s", hidden, text_of(json_array_get(json_object_get(reply, "items"), 0), "id"));
	json_decref(reply);
	console_do(c, "GET", file, c->token[SECRECY], NULL, 404);
}

/* ---- many at once ---- */

static void
test_bulk(gconstpointer engine)
{
	static const char *const wrong[] = { "{\"step\":\"remark\"}", "{\"step\":\"remark\",\"cases\":[]}", "{\"step\":\"remark\",\"cases\":[1]}",
		"{\"step\":\"remark\",\"cases\":[\"a\",\"a\"]}", "{\"step\":\"remark\",\"cases\":\"a\"}", "{\"cases\":[\"a\"]}",
		"{\"step\":\"remark\",\"cases\":[\"a\"],\"all_or_none\":1}" };
	g_autoptr(Console) c = town(engine);
	g_autofree char *a = open_note(c), *b = open_note(c), *body = NULL, *all = NULL, *some = NULL, *sign = NULL;
	json_t *reply, *entry;

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
		console_do(c, "POST", "/api/v1/cases/steps", c->token[OFFICER], wrong[i], 400);
	send_note(c, a);
	body = g_strdup_printf("\"step\":\"return\",\"say\":\"事项没有说清楚，请补充\",\"cases\":[\"%s\",\"%s\"]", a, b);
	all = g_strdup_printf("{%s,\"all_or_none\":true}", body);
	some = g_strdup_printf("{%s}", body);

	reply = console_expect(c, "POST", "/api/v1/cases/steps", c->token[HEAD], all, 200);
	g_assert_false(json_is_true(json_object_get(reply, "written")));
	g_assert_cmpstr(text_of(json_array_get(json_object_get(reply, "items"), 0), "code"), ==, "undone");
	g_assert_cmpstr(text_of(json_array_get(json_object_get(reply, "items"), 1), "code"), ==, "state");
	json_decref(reply);
	g_assert_cmpuint(listed(c, "?state=sent", HEAD), ==, 1);

	sign = g_strdup_printf("{\"step\":\"agree\",\"cases\":[\"%s\"],\"password\":\"" CONSOLE_WORD "\"}", a);
	reply = console_expect(c, "POST", "/api/v1/cases/steps", c->token[HEAD], sign, 200);
	g_assert_cmpstr(text_of(json_array_get(json_object_get(reply, "items"), 0), "code"), ==, "confirm");
	json_decref(reply);

	reply = console_expect(c, "POST", "/api/v1/cases/steps", c->token[HEAD], some, 200);
	g_assert_true(json_is_true(json_object_get(reply, "written")));
	g_assert_cmpint(json_integer_value(json_object_get(reply, "refused")), ==, 1);
	g_assert_true(json_is_true(json_object_get(json_array_get(json_object_get(reply, "items"), 0), "done")));
	json_decref(reply);
	g_assert_cmpuint(listed(c, "?state=back", HEAD), ==, 1);
	entry = console_entry(c, console_entries(c) - 1);
	g_assert_cmpstr(text_of(entry, "event"), ==, "case.steps");
	g_assert_cmpstr(text_of(entry, "result"), ==, "done:in_part");
	g_assert_cmpstr(json_string_value(json_array_get(json_object_get(json_object_get(entry, "conditions"), "done"), 0)), ==, a);
	json_decref(entry);
}

/* ---- who works on it ---- */

static char *
second_officer(Console *c)
{
	g_autoptr(GError) error = NULL;
	char *account;

	g_assert_true(fn_db_begin(c->db, &error));
	account = fn_people_add_account_at_cost(c->db, c->organization, "second", "second", CONSOLE_WORD, FN_PASSWORD_TEST_COST, &error);
	g_assert_no_error(error);
	g_assert_true(fn_people_set_office(c->db, account, "officer", TRUE, &error));
	g_assert_true(fn_db_commit(c->db, &error));
	return account;
}

static void
test_claims(gconstpointer engine)
{
	g_autoptr(Console) c = town(engine);
	g_autofree char *a = open_note(c), *b = open_note(c), *claim = at(a, "/claim"), *claim_b = at(b, "/claim"), *over = at(a, "/hand-over");
	g_autofree char *second = second_officer(c), *to_second = g_strdup_printf("{\"to\":\"%s\"}", second);
	g_autofree char *to_auditor = g_strdup_printf("{\"to\":\"%s\"}", c->account[AUDITOR]);
	g_autofree char *close = g_strdup_printf("/api/v1/accounts/%s/close", c->account[OFFICER]);
	g_autofree char *all = g_strdup_printf("/api/v1/accounts/%s/hand-over", c->account[OFFICER]);
	json_t *reply;

	reply = console_expect(c, "POST", claim, c->token[OFFICER], "{}", 200);
	g_assert_cmpuint(json_array_size(json_object_get(reply, "claims")), ==, 1);
	json_decref(reply);
	g_assert_cmpstr(error_code(c, "POST", claim, HEAD, "{}", 409), ==, "state");
	g_assert_cmpstr(error_code(c, "POST", claim, AUDITOR, "{}", 403), ==, "office");
	g_assert_cmpstr(error_code(c, "POST", over, OFFICER, to_auditor, 403), ==, "office");
	console_do(c, "POST", over, c->token[OFFICER], "{\"to\":\"nobody\"}", 404);
	console_do(c, "POST", over, c->token[OFFICER], "{}", 400);
	console_do(c, "POST", over, c->token[OFFICER], to_second, 200);
	g_assert_cmpstr(error_code(c, "POST", over, OFFICER, to_second, 403), ==, "office");
	console_do(c, "POST", claim_b, c->token[OFFICER], "{}", 200);
	console_do(c, "POST", claim_b, c->token[OFFICER], "{\"release\":true}", 200);
	console_do(c, "POST", claim_b, c->token[OFFICER], "{}", 200);

	console_do(c, "POST", all, c->token[OFFICER], to_second, 403);
	g_assert_cmpstr(error_code(c, "POST", close, SECURITY, "{}", 409), ==, "state");
	g_assert_cmpstr(error_code(c, "POST", all, SECURITY, to_auditor, 403), ==, "office");
	console_do(c, "POST", all, c->token[SECURITY], to_second, 200);
	console_do(c, "POST", claim_b, c->token[HEAD], "{\"release\":true}", 200);
	console_do(c, "POST", claim_b, c->token[OFFICER], "{}", 200);
	console_do(c, "POST", close, c->token[SECURITY], to_second, 200);
	g_assert_cmpint(fn_work_open_claims(c->db, second, NULL), ==, 2);
}

/* ---- on paper ---- */

static void
test_print(gconstpointer engine)
{
	static const char *const wanted[] = { "<!DOCTYPE html>", "&lt;b&gt;试行&lt;/b&gt;", "急件", "接收单位", "某公司", "报送", "officer · 数据专员", "报告.txt",
		"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", "事项不清", "盖章" };
	g_autoptr(Console) c = town(engine);
	g_autofree char *id = open_note(c), *path = at(id, "/print"), *steps = at(id, "/steps");
	json_t *entry;
	Answer answer;

	c->language = "zh";
	json_decref(attach(c, id, REPORT, OFFICER, "abc", 200));
	console_do(c, "POST", steps, c->token[OFFICER], "{\"step\":\"send\"}", 200);
	console_do(c, "POST", steps, c->token[HEAD], "{\"step\":\"return\",\"reason\":\"unclear\",\"say\":\"<script>alert(1)</script> 请说清楚\"}", 200);
	answer = console_ask(c, "GET", path, c->token[OFFICER], NULL);
	g_assert_cmpuint(answer.status, ==, 200);
	for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++)
		if (strstr(answer.body->str, wanted[i]) == NULL)
			g_error("the page lacks %s", wanted[i]);
	g_assert_null(strstr(answer.body->str, "<script"));
	g_assert_null(strstr(answer.body->str, "<b>"));
	g_assert_nonnull(strstr(answer.head->str, "Content-Security-Policy: default-src 'none'"));
	g_assert_nonnull(strstr(answer.head->str, "text/html; charset=utf-8"));
	answer_clear(&answer);
	entry = console_entry(c, console_entries(c) - 1);
	g_assert_cmpstr(text_of(entry, "event"), ==, "case.print");
	json_decref(entry);
	console_do(c, "GET", "/api/v1/cases/nothing/print", c->token[OFFICER], NULL, 404);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/cases/whole", test_whole);
	fn_test_add("/cases/opening", test_opening);
	fn_test_add("/cases/lists", test_lists);
	fn_test_add("/cases/files", test_files);
	fn_test_add("/cases/bulk", test_bulk);
	fn_test_add("/cases/claims", test_claims);
	fn_test_add("/cases/print", test_print);
	return g_test_run();
}
