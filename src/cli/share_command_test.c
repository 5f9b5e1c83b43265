/* `fengni share`: what is sent and signed, and how it ends. */
#include "cli/share_command.h"
#include "cli/test_server.h"

#include "base/program.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>

/* "%" stands for the scratch directory, "@" for the server's address; @out_path takes what is printed. */
static int
run(const TestServer *server, const char *words, const char *out_path)
{
	g_auto(GStrv) part = g_strsplit(words, "%", -1), piece = NULL, word = NULL;
	g_autofree char *half = g_strjoinv(server->directory, part), *text = NULL;
	g_autofree char **argv = NULL;
	int out, err, to = open(out_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), nothing = open("/dev/null", O_WRONLY | O_CLOEXEC), code;

	piece = g_strsplit(half, "@", -1);
	text = g_strjoinv(server->url, piece);
	word = g_strsplit(text, "\t", -1);
	argv = g_memdup2(word, sizeof(char *) * (g_strv_length(word) + 1)); /* the option parser moves them */
	fflush(NULL);
	out = dup(STDOUT_FILENO);
	err = dup(STDERR_FILENO);
	dup2(to, STDOUT_FILENO);
	dup2(nothing, STDERR_FILENO);
	code = fn_share_command((int)g_strv_length(word), argv);
	fflush(NULL);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close(out);
	close(err);
	close(to);
	close(nothing);
	return code;
}

#define PAIR "\t--cert\t%/server.crt\t--key\t%/server.key"
#define CALL PAIR "\t--resource\tR1\t--grant\tg1\t--purpose\t低保\t--body\t{\"keys\":{}}"

static void
test_get(void)
{
	static const struct {
		const char *words, *answer;
		int code;
		const char *printed;
	} cases[] = {
		{ "share\tget\t--url\t@\t--ca\t%/server.crt" CALL, "HTTP/1.1 200 OK\r\nFengni-Receipt: 1-a\r\nContent-Length: 11\r\n\r\n{\"rows\":[]}",
			FN_EXIT_OK, "{\"rows\":[]}" },
		{ "share\tget\t--url\t@\t--ca\t%/server.crt" CALL, "HTTP/1.1 403 Forbidden\r\nContent-Length: 17\r\n\r\n{\"code\":\"hours\"} ",
			FN_EXIT_NO, "{\"code\":\"hours\"} " },
		{ "share\tget\t--url\t@\t--ca\t%/server.crt\t--mode\tbatch" CALL, "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"a\":1}\n",
			FN_EXIT_ENVIRONMENT, "{\"a\":1}\n" },
	};
	g_autoptr(TestServer) server = test_server_new();
	g_autofree char *path = g_build_filename(server->directory, "out", NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *printed = NULL, *request = NULL;

		test_server_answer(server, cases[i].answer);
		g_assert_cmpint(run(server, cases[i].words, path), ==, cases[i].code);
		g_assert_true(g_file_get_contents(path, &printed, NULL, NULL));
		g_assert_cmpstr(printed, ==, cases[i].printed);
		request = test_server_request(server);
		g_assert_true(g_str_has_prefix(request, i == 2 ? "POST /share/v1/R1/batch " : "POST /share/v1/R1/query "));
		g_assert_nonnull(strstr(request, "\r\nFengni-Grant: g1\r\n"));
		g_assert_nonnull(strstr(request, "\r\nFengni-Purpose: %E4%BD%8E%E4%BF%9D\r\n"));
		g_assert_nonnull(strstr(request, "\r\nSignature: "));
		g_assert_nonnull(strstr(request, "\r\nContent-Digest: "));
		g_assert_null(strstr(request, "Fengni-Case"));
		g_assert_true(g_str_has_suffix(request, "{\"keys\":{}}"));
	}
}

/* "--by" in the place of a body. */
static void
test_by(void)
{
	static const struct {
		const char *words, *body;
	} cases[] = {
		{ "\t--by\tsex", "{\"by\":[\"sex\"],\"measure\":\"count\"}" },
		{ "\t--by\tbirth\t--by\tsex\t--format\tcsv", "{\"by\":[\"birth\",\"sex\"],\"format\":\"csv\",\"measure\":\"count\"}" },
		{ "\t--by\ta\"b", "{\"by\":[\"a\\\"b\"],\"measure\":\"count\"}" },
	};
	g_autoptr(TestServer) server = test_server_new();
	g_autofree char *path = g_build_filename(server->directory, "out", NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *words = g_strconcat("share\tget\t--url\t@\t--ca\t%/server.crt" PAIR "\t--resource\tR1\t--grant\tg1", cases[i].words, NULL);
		g_autofree char *request = NULL;

		test_server_answer(server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
		g_assert_cmpint(run(server, words, path), ==, FN_EXIT_OK);
		request = test_server_request(server);
		g_assert_true(g_str_has_prefix(request, "POST /share/v1/R1/aggregate "));
		g_assert_true(g_str_has_suffix(request, cases[i].body));
	}
}

static void
test_sign(void)
{
	g_autoptr(TestServer) server = test_server_new();
	g_autofree char *path = g_build_filename(server->directory, "out", NULL), *printed = NULL, *request = NULL;

	g_assert_cmpint(run(server, "share\tsign" CALL, path), ==, FN_EXIT_OK);
	g_assert_true(g_file_get_contents(path, &printed, NULL, NULL));
	g_assert_true(g_str_has_prefix(printed, "Fengni-Grant: g1\n"));
	g_assert_nonnull(strstr(printed, "\nSignature-Input: "));
	g_assert_nonnull(strstr(printed, "\nSignature: "));
	request = test_server_request(server);
	g_assert_cmpstr(request, ==, "");
}

static void
test_refused(void)
{
	static const struct {
		const char *words;
		int code;
	} cases[] = {
		{ "share", FN_EXIT_USAGE },
		{ "share\tget", FN_EXIT_USAGE },
		{ "share\tsteal" CALL, FN_EXIT_USAGE },
		{ "share\tget" CALL, FN_EXIT_USAGE }, /* no address */
		{ "share\tsign\t--nothing" CALL, FN_EXIT_USAGE },
		{ "share\tsign" PAIR "\t--resource\tR1", FN_EXIT_USAGE },
		{ "share\tsign\t--cert\t%/server.crt\t--key\t%/absent\t--resource\tR1\t--body\t{}", FN_EXIT_ENVIRONMENT },
		{ "share\tsign\t--cert\t%/server.key\t--key\t%/server.key\t--resource\tR1\t--body\t{}", FN_EXIT_ENVIRONMENT },
		{ "share\tget\t--url\thttps://localhost:1\t--ca\t%/server.crt" CALL, FN_EXIT_ENVIRONMENT },
	};
	g_autoptr(TestServer) server = test_server_new();
	g_autofree char *path = g_build_filename(server->directory, "out", NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *printed = NULL;

		g_test_message("%s", cases[i].words);
		g_assert_cmpint(run(server, cases[i].words, path), ==, cases[i].code);
		g_assert_true(g_file_get_contents(path, &printed, NULL, NULL));
		g_assert_cmpstr(printed, ==, "");
	}
}

int
main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "C.UTF-8"); /* as fn_program_start() does */
	g_test_init(&argc, &argv, NULL);
	signal(SIGPIPE, SIG_IGN);
	g_test_add_func("/share-command/get", test_get);
	g_test_add_func("/share-command/by", test_by);
	g_test_add_func("/share-command/sign", test_sign);
	g_test_add_func("/share-command/refused", test_refused);
	return g_test_run();
}
