/* Documents through the console API: what the gate hands on, what it says, what it enters. */
#include "api/test_console.h"

#define SCAN "/api/v1/scan"

static const char *
officer(const Console *c)
{
	guint i = 0;

	while (!g_str_equal(console_offices[i], "officer"))
		i++;
	return c->token[i];
}

/* A POST with these header lines; the JSON that came, its status checked. */
static json_t *
post(Console *c, const char *path, const char *headers, const char *body, gsize size, guint status)
{
	g_autoptr(GString) text = g_string_new(NULL);
	int fd = test_http_connect(c->http_path);
	Answer answer;
	json_t *reply;

	g_string_append_printf(text, "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Fengni-Address: 10.0.0.9\r\nUser-Agent: test\r\n"
		"Accept-Language: en\r\nContent-Length: %zu\r\n%s\r\n", path, size, headers);
	g_string_append_len(text, body, (gssize)size);
	for (gsize at = 0; at < text->len;) {
		ssize_t n = send(fd, text->str + at, text->len - at, MSG_NOSIGNAL);

		if (n < 0) /* refused meanwhile */
			break;
		at += (gsize)n;
	}
	answer = test_http_receive(fd, G_MAXSSIZE);
	close(fd);
	g_test_message("%s: %u %s", path, answer.status, answer.body->str);
	g_assert_cmpuint(answer.status, ==, status);
	reply = fn_json_parse(answer.body->str, answer.body->len, NULL);
	g_assert_nonnull(reply);
	answer_clear(&answer);
	return reply;
}

static json_t *
send_document(Console *c, const char *query, const char *body, gsize size, guint status)
{
	g_autofree char *path = g_strconcat(SCAN, query, NULL);
	g_autofree char *headers = g_strdup_printf("Authorization: Bearer %s\r\nContent-Type: application/octet-stream\r\n", officer(c));

	return post(c, path, headers, body, size, status);
}

static void
inspect(Console *c, const char *refuses, const char *says)
{
	fn_mutex_lock(&c->mutex);
	c->inspect_refuses = refuses;
	if (says != NULL)
		c->inspect_says = says;
	fn_mutex_unlock(&c->mutex);
}

static void
was_handed_on(Console *c, const char *opened, const void *bytes, gsize size)
{
	fn_mutex_lock(&c->mutex);
	g_assert_cmpstr(c->inspect_opened, ==, opened);
	g_assert_cmpuint(c->document->len, ==, size);
	g_assert_true(size == 0 || memcmp(c->document->data, bytes, size) == 0);
	fn_mutex_unlock(&c->mutex);
}

/* The digest of "abc" by GB/T 32905. */
#define SM3_ABC "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"

static void
test_text(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	guint before = console_entries(c);
	json_t *reply = console_expect(c, "POST", SCAN, officer(c), "{\"text\":\"abc\",\"profile\":\"mail\",\"name\":\"a.txt\"}", 200), *entry;

	g_assert_cmpstr(text_of(reply, "verdict"), ==, "clean");
	g_assert_cmpstr(text_of(reply, "digest"), ==, SM3_ABC);
	g_assert_cmpint(json_integer_value(json_object_get(reply, "bytes")), ==, 3);
	was_handed_on(c, "{\"name\":\"a.txt\",\"profile\":\"mail\"}", "abc", 3);
	entry = console_entry(c, before);
	g_assert_cmpstr(text_of(entry, "event"), ==, "scan");
	g_assert_cmpstr(text_of(entry, "result"), ==, "done:clean");
	g_assert_cmpstr(text_of(entry, "subject"), ==, SM3_ABC);
	json_decref(entry);
	json_decref(reply);
	console_do(c, "POST", SCAN, officer(c), "{\"text\":7}", 400);
	console_do(c, "POST", SCAN, officer(c), "{\"text\":\"a\",\"profile\":[]}", 400);
	console_do(c, "POST", SCAN, NULL, "{\"text\":\"abc\"}", 401);
}

/* Bytes of any kind, larger than any other body; nothing of them but the digest is entered. */
static void
test_document(gconstpointer engine)
{
	static const char says[] = "{\"verdict\":\"blocked\",\"level\":6,\"found\":2,\"counts\":{\"cn.secrecy_mark\":2},\"findings\":["
				   "{\"detector\":\"cn.secrecy_mark\",\"start\":0,\"end\":14,\"score\":95,\"level\":6,\"where\":\"a.txt\"}]}";
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *bytes = g_malloc(3000001);
	guint before = console_entries(c);
	json_t *reply, *entry;
	g_autofree char *text = NULL;

	for (guint i = 0; i < 3000001; i++)
		bytes[i] = (char)(i * 7);
	inspect(c, NULL, says);
	reply = send_document(c, "?name=%E5%B9%B4%E6%8A%A5.zip&profile=strict", bytes, 3000001, 200);
	g_assert_cmpstr(text_of(reply, "verdict"), ==, "blocked");
	g_assert_cmpint(json_integer_value(json_object_get(json_object_get(reply, "counts"), "cn.secrecy_mark")), ==, 2);
	g_assert_cmpstr(text_of(json_array_get(json_object_get(reply, "findings"), 0), "where"), ==, "a.txt");
	was_handed_on(c, "{\"name\":\"年报.zip\",\"profile\":\"strict\"}", bytes, 3000001);
	entry = console_entry(c, before);
	g_assert_cmpstr(text_of(entry, "result"), ==, "done:blocked");
	g_assert_cmpstr(text_of(entry, "subject"), ==, text_of(reply, "digest"));
	text = fn_json_canonical(entry);
	g_assert_null(strstr(text, "年报"));
	json_decref(entry);
	json_decref(reply);
	json_decref(send_document(c, "", "", 0, 200));
	was_handed_on(c, "{}", "", 0);
}

static const char *
code_of(json_t *reply)
{
	return text_of(reply, "code");
}

/* Whatever goes wrong, the answer is a problem and never a verdict. */
static void
test_failures(gconstpointer engine)
{
	static const struct {
		const char *refuses, *says;
		guint status;
		const char *code;
	} cases[] = {
		{ "unknown_profile", NULL, 400, "input" },
		{ "busy", NULL, 503, "busy" },
		{ "no_job", NULL, 503, "service" },
		{ NULL, "", 503, "service" },
		{ NULL, "{}", 503, "service" },
		{ NULL, "{\"verdict\":\"fine\",\"findings\":[]}", 503, "service" },
		{ NULL, "{\"verdict\":1,\"findings\":[]}", 503, "service" },
		{ NULL, "{\"verdict\":\"clean\",\"findings\":{}}", 503, "service" },
		{ NULL, "[\"clean\"]", 503, "service" },
	};
	g_autoptr(Console) c = console_new(engine);
	guint before;
	json_t *reply, *entry;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		inspect(c, cases[i].refuses, cases[i].says);
		before = console_entries(c);
		reply = send_document(c, "", "abc", 3, cases[i].status);
		g_assert_cmpstr(code_of(reply), ==, cases[i].code);
		g_assert_null(json_object_get(reply, "verdict"));
		json_decref(reply);
		entry = console_entry(c, before);
		g_assert_true(g_str_has_prefix(text_of(entry, "result"), "refused:"));
		g_assert_cmpstr(text_of(entry, "subject"), ==, SM3_ABC);
		json_decref(entry);
	}
	peer_stop(&c->inspect);
	reply = send_document(c, "", "abc", 3, 503);
	g_assert_null(json_object_get(reply, "verdict"));
	json_decref(reply);
}

/* The verdict is not told unless it can be entered. */
static void
test_entered(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	json_t *reply;

	console_ledger_refuses(c, "stopped");
	reply = send_document(c, "", "abc", 3, 503);
	g_assert_null(json_object_get(reply, "verdict"));
	json_decref(reply);
	console_ledger_refuses(c, NULL);
	json_decref(send_document(c, "", "abc", 3, 200));
}

static void
test_sizes(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *headers = g_strdup_printf("Authorization: Bearer %s\r\n", officer(c));
	g_autofree char *json = g_strconcat(headers, "Content-Type: application/json; charset=utf-8\r\n", NULL);
	g_autofree char *text = g_strconcat(headers, "Content-Type: text/plain\r\n", NULL);
	g_autofree char *bytes = g_strnfill((4 << 20) + 1, 'x'), *long_text = g_strnfill((1 << 20) - 100, 'y');
	g_autofree char *fits = g_strdup_printf("{\"text\":\"%s\"}", long_text);
	static const struct {
		const char *path;
		gboolean json;
		gsize size;
		guint status;
	} cases[] = {
		{ SCAN, FALSE, 4 << 20, 200 },
		{ SCAN, FALSE, (4 << 20) + 1, 413 },
		{ SCAN, TRUE, (1 << 20) + 1, 413 },
		{ "/api/v1/resources", FALSE, (1 << 20) + 1, 413 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		json_t *reply = post(c, cases[i].path, cases[i].json ? json : text, bytes, cases[i].size, cases[i].status);

		g_assert_true(cases[i].status == 200 || g_str_equal(code_of(reply), "body_too_large"));
		json_decref(reply);
	}
	json_decref(post(c, SCAN, json, fits, strlen(fits), 200));
	/* without a session there is no place for a large one */
	json_decref(post(c, SCAN, "Content-Type: text/plain\r\n", bytes, 2 << 20, 413));
	json_decref(post(c, SCAN, "Content-Type: text/plain\r\n", "abc", 3, 401));
}

static void
test_lists(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	json_t *detectors = console_expect(c, "GET", SCAN "/detectors", officer(c), NULL, 200);
	json_t *profiles = console_expect(c, "GET", SCAN "/profiles", officer(c), NULL, 200), *one;
	gboolean mark = FALSE, usual = FALSE;
	gsize i;

	json_array_foreach(json_object_get(detectors, "items"), i, one) {
		g_assert_cmpuint(strlen(text_of(json_object_get(one, "title"), "zh")), >, 0);
		g_assert_cmpuint(strlen(text_of(json_object_get(one, "title"), "en")), >, 0);
		mark |= g_str_equal(text_of(one, "id"), "cn.secrecy_mark") && json_is_true(json_object_get(one, "blocks")) &&
			json_integer_value(json_object_get(one, "level")) == 6;
	}
	json_array_foreach(json_object_get(profiles, "items"), i, one)
		usual |= g_str_equal(text_of(one, "id"), "default");
	g_assert_true(mark && usual);
	json_decref(detectors);
	json_decref(profiles);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/scan/text", test_text);
	fn_test_add("/scan/document", test_document);
	fn_test_add("/scan/failures", test_failures);
	fn_test_add("/scan/entered", test_entered);
	fn_test_add("/scan/sizes", test_sizes);
	fn_test_add("/scan/lists", test_lists);
	return g_test_run();
}
