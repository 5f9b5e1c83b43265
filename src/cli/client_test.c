/* The client against a server that answers well, badly, and by halves. */
#include "cli/client.h"
#include "cli/test_server.h"

#include <signal.h>

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define PROBLEM "HTTP/1.1 403 Forbidden\r\nContent-Type: application/problem+json\r\nConnection: close\r\n\r\n"

static void
test_calls(void)
{
	static const struct {
		const char *why, *answer;
		int error; /* -1: none */
		const char *says;
	} cases[] = {
		{ "good", HEAD "Content-Length: 9\r\n\r\n{\"a\":\"b\"}", -1, NULL },
		{ "chunks", HEAD "Transfer-Encoding: chunked\r\n\r\n9\r\n{\"a\":\"b\"}\r\n0\r\n\r\n", -1, NULL },
		{ "problem", PROBLEM "{\"code\":\"forbidden\",\"detail\":\"not for you\"}", FN_CLIENT_ERROR_REFUSED, "forbidden: not for you" },
		{ "problem with controls", PROBLEM "{\"code\":\"a\\u001bb\",\"detail\":\"x\\u001by\"}", FN_CLIENT_ERROR_REFUSED, "x\\x1by" },
		{ "problem without detail", PROBLEM "{\"code\":\"forbidden\"}", FN_CLIENT_ERROR_REFUSED, "forbidden: {" },
		{ "problem that is none", PROBLEM "<html>\033[2J</html>", FN_CLIENT_ERROR_REFUSED, "refused: <html>" },
		{ "empty problem", PROBLEM, FN_CLIENT_ERROR_REFUSED, "refused: " },
		{ "cut", HEAD "Content-Length: 900\r\n\r\n{\"a\":\"b\"}", FN_CLIENT_ERROR_CUT, "https://localhost" },
		{ "cut chunks", HEAD "Transfer-Encoding: chunked\r\n\r\n9\r\n{\"a\":\"b\"}\r\n", FN_CLIENT_ERROR_CUT, "https://localhost" },
		{ "nothing", "", FN_CLIENT_ERROR_CONNECT, "https://localhost" },
	};
	g_autoptr(TestServer) server = test_server_new();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(FnClient) client = fn_client_new(server->url, server->certificate);
		g_autoptr(GError) error = NULL;
		json_t *reply;

		test_server_answer(server, cases[i].answer);
		reply = fn_client_call(client, "GET", "/api/v1/me", NULL, &error);
		g_test_message("%s: %s", cases[i].why, error != NULL ? error->message : "no error");
		if (cases[i].error < 0) {
			g_assert_no_error(error);
			g_assert_cmpstr(json_string_value(json_object_get(reply, "a")), ==, "b");
		} else {
			g_assert_null(reply);
			g_assert_error(error, FN_CLIENT_ERROR, cases[i].error);
			g_assert_nonnull(strstr(error->message, cases[i].says));
			g_assert_null(strchr(error->message, '\033'));
		}
		json_decref(reply);
	}
}

/* An answer that is no JSON is an error, not an empty success. */
static void
test_not_json(void)
{
	g_autoptr(TestServer) server = test_server_new();
	g_autoptr(FnClient) client = fn_client_new(server->url, server->certificate);
	g_autoptr(GError) error = NULL;

	test_server_answer(server, HEAD "Content-Length: 5\r\n\r\nhello");
	g_assert_null(fn_client_call(client, "GET", "/x", NULL, &error));
	g_assert_nonnull(error);
}

static void
test_request(void)
{
	static const char *const headers[] = { "Fengni-Grant: g1", NULL };
	g_autoptr(TestServer) server = test_server_new();
	g_autoptr(FnClient) client = fn_client_new(server->url, server->certificate);
	g_autofree char *code = NULL, *request = NULL;
	g_autoptr(GError) error = NULL;
	FnAnswer answer = { 0 };

	fn_client_set_token(client, "t0ken");
	test_server_answer(server, "HTTP/1.1 409 Conflict\r\nfengni-RECEIPT:  7-abc \r\nContent-Length: 16\r\n\r\n{\"code\":\"state\"}");
	g_assert_true(fn_client_send(client, "PATCH", "/api/v1/resources/x", headers, "{\"a\":1}", &answer, &error));
	g_assert_no_error(error);
	g_assert_cmpint(answer.status, ==, 409);
	g_assert_cmpstr(answer.receipt, ==, "7-abc");
	code = fn_answer_code(&answer);
	g_assert_cmpstr(code, ==, "state");
	request = test_server_request(server);
	g_assert_true(g_str_has_prefix(request, "PATCH /api/v1/resources/x HTTP/1.1\r\n"));
	g_assert_nonnull(strstr(request, "\r\nAuthorization: Bearer t0ken\r\n"));
	g_assert_nonnull(strstr(request, "\r\nFengni-Grant: g1\r\n"));
	g_assert_nonnull(strstr(request, "\r\nAccept-Language: "));
	g_assert_true(g_str_has_suffix(request, "\r\n\r\n{\"a\":1}"));
	fn_answer_clear(&answer);
}

/* Only the CA that was named is trusted, and only its name. */
static void
test_trust(void)
{
	g_autoptr(TestServer) server = test_server_new(), other = test_server_new();
	g_autofree char *plain = g_strconcat("http", server->url + strlen("https"), NULL);
	g_autofree char *number = g_strconcat("https://127.0.0.1", strrchr(server->url, ':'), NULL);
	const struct {
		const char *url, *ca;
	} cases[] = { { server->url, other->certificate }, { server->url, "/nonexistent" }, { plain, server->certificate }, { number, server->certificate },
		{ "https://localhost:1", server->certificate }, { "", "" } };

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(FnClient) client = fn_client_new(cases[i].url, cases[i].ca);
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_client_call(client, "GET", "/x", NULL, &error));
		g_assert_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_CONNECT);
	}
}

static void
test_stream(void)
{
	g_autoptr(TestServer) server = test_server_new();
	g_autoptr(FnClient) client = fn_client_new(server->url, server->certificate);
	g_autofree char *path = g_build_filename(server->directory, "out", NULL), *text = NULL;
	FILE *out = fopen(path, "w");
	g_autoptr(GError) error = NULL;
	FnAnswer answer = { 0 };

	test_server_answer(server, HEAD "Transfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n4\r\ntwo\n\r\n");
	g_assert_false(fn_client_fetch(client, "/x", NULL, "{}", fileno(out), &answer, &error));
	g_assert_error(error, FN_CLIENT_ERROR, FN_CLIENT_ERROR_CUT);
	fclose(out);
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, "one\ntwo\n");
	fn_answer_clear(&answer);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	signal(SIGPIPE, SIG_IGN);
	g_test_add_func("/client/calls", test_calls);
	g_test_add_func("/client/not-json", test_not_json);
	g_test_add_func("/client/request", test_request);
	g_test_add_func("/client/trust", test_trust);
	g_test_add_func("/client/stream", test_stream);
	return g_test_run();
}
