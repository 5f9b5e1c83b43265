/* Commands that are one call: arguments, requests, exit codes. */
#include "cli/nouns.h"
#include "cli/test_quiet.h"
#include "cli/test_server.h"

#include "base/program.h"

#include <signal.h>

/* Runs "a\tb\tc" with its output thrown away. */
static int
run(const char *words)
{
	g_auto(GStrv) argv = g_strsplit(words, "\t", -1);

	return quietly(fn_nouns_command, (int)g_strv_length(argv), argv);
}

static void
keep(const TestServer *server, const char *text)
{
	g_autofree char *path = g_build_filename(server->directory, "session.json", NULL);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	g_setenv("FENGNI_SESSION", path, TRUE);
}

static void
write_file(const TestServer *server, const char *name, const char *text, gssize size)
{
	g_autofree char *path = g_build_filename(server->directory, name, NULL);

	g_assert_true(g_file_set_contents(path, text, size, NULL));
}

/* What is sent. "%" stands for the scratch directory. */
static void
test_requests(void)
{
	static const struct {
		const char *words, *line, *body;
	} cases[] = {
		{ "status", "GET /api/v1/health", NULL },
		{ "org\tlist", "GET /api/v1/organizations", NULL },
		{ "inspect\trun\tperiod=2026-11", "POST /api/v1/inspections", "{\"period\":\"2026-11\"}" },
		{ "inspect\tscores\tperiod=2026-11", "GET /api/v1/scores?period=2026-11", NULL },
		{ "org\tadd\tid=1\tname=民政局", "POST /api/v1/organizations", "{\"id\":\"1\",\"name\":\"民政局\"}" },
		{ "org\tadd\tname=a=b", "POST /api/v1/organizations", "{\"name\":\"a=b\"}" },
		{ "org\tadd\tname=", "POST /api/v1/organizations", "{\"name\":\"\"}" },
		{ "user\toffice\ta/1?x\toffice=officer\tholds:=false", "POST /api/v1/accounts/a%2F1%3Fx/offices", "{\"holds\":false,\"office\":\"officer\"}" },
		{ "user\tfirst-password\ta1", "POST /api/v1/accounts/a1/first-password", "{}" },
		{ "system\tcertificate\ts1\tcsr=@%/csr\tdays:=30", "POST /api/v1/systems/s1/certificates", "{\"csr\":\"PEM\\n\",\"days\":30}" },
		{ "resource\tadd\t@%/whole.json\tname=other", "POST /api/v1/resources", "{\"level\":2,\"name\":\"other\"}" },
		{ "resource\tsearch\tq=户 籍&x\tlimit:=5", "GET /api/v1/search?q=%E6%88%B7%20%E7%B1%8D%26x&limit=5", NULL },
		{ "resource\tsearch\ta&b=c", "GET /api/v1/search?a%26b=c", NULL },
		{ "resource\tupdate\tR1\tname:=[\"a\"]", "PATCH /api/v1/resources/R1", "{\"name\":[\"a\"]}" },
		{ "watch\talerts\tstate=open", "GET /api/v1/alerts?state=open", NULL },
		{ "watch\trules", "GET /api/v1/alerts/rules", NULL },
		{ "watch\thandle\tA1\treason=查明", "POST /api/v1/alerts/A1/handle", "{\"reason\":\"查明\"}" },
		{ "intake\tsend\tR1\trows:=1\tperiod=2026-09\tfile=@%/csr", "POST /api/v1/intake/R1/batches?rows=1&period=2026-09&digest=4e703cc47d0bab3728240b0a46e9829be9776aeb6abcc5e73ab8c211379be79c", "PEM\n" },
		{ "intake\trelease\tB1\treason=核对", "POST /api/v1/intake/batches/B1/release", "{\"reason\":\"核对\"}" },
		{ "explain\tgrant=g", "POST /api/v1/explain", "{\"grant\":\"g\"}" },
	};
	g_autoptr(TestServer) server = test_server_with_session();

	write_file(server, "csr", "PEM\n", -1);
	write_file(server, "whole.json", "{\"level\":2,\"name\":\"one\"}", -1);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(GStrv) part = g_strsplit(cases[i].words, "@%", -1);
		g_autofree char *at = g_strconcat("@", server->directory, NULL), *words = g_strjoinv(at, part), *request = NULL;
		g_autofree char *line = g_strconcat(cases[i].line, " HTTP/1.1\r\n", NULL);

		test_server_answer(server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
		g_assert_cmpint(run(words), ==, FN_EXIT_OK);
		request = test_server_request(server);
		g_test_message("%s", request);
		g_assert_true(g_str_has_prefix(request, line));
		g_assert_nonnull(strstr(request, "Bearer t0ken"));
		g_assert_cmpstr(strstr(request, "\r\n\r\n") + 4, ==, cases[i].body != NULL ? cases[i].body : "");
	}
}

/* Nothing is sent. */
static void
test_usage(void)
{
	static const struct {
		const char *words;
		int code;
	} cases[] = {
		{ "org", FN_EXIT_USAGE },
		{ "org\tsteal", FN_EXIT_USAGE },
		{ "org\t--help", FN_EXIT_OK },
		{ "user\toffice", FN_EXIT_USAGE },
		{ "grant\tshow", FN_EXIT_USAGE },
		{ "org\tadd\tname", FN_EXIT_USAGE },
		{ "org\tadd\t=x", FN_EXIT_USAGE },
		{ "org\tadd\t:=1", FN_EXIT_USAGE },
		{ "org\tadd\tname:=", FN_EXIT_USAGE },
		{ "org\tadd\tname:={", FN_EXIT_USAGE },
		{ "org\tadd\tname=\xff", FN_EXIT_USAGE },
		{ "org\tadd\tname=@/nonexistent", FN_EXIT_USAGE },
		{ "org\tadd\tname=@%/bytes", FN_EXIT_USAGE },
		{ "org\tadd\t@/nonexistent", FN_EXIT_USAGE },
		{ "org\tadd\t@%/bytes", FN_EXIT_USAGE },
		{ "org\tadd\t@%/list.json", FN_EXIT_USAGE },
	};
	g_autoptr(TestServer) server = test_server_with_session();

	write_file(server, "bytes", "\xff\xfe", 2);
	write_file(server, "list.json", "[1]", -1);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(GStrv) part = g_strsplit(cases[i].words, "%", -1);
		g_autofree char *words = g_strjoinv(server->directory, part), *request = NULL;

		test_server_answer(server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
		g_test_message("%s", cases[i].words);
		g_assert_cmpint(run(words), ==, cases[i].code);
		request = test_server_request(server);
		g_assert_cmpstr(request, ==, "");
	}
}

static void
test_answers(void)
{
	g_autoptr(TestServer) server = test_server_with_session();

	test_server_answer(server, "HTTP/1.1 403 Forbidden\r\nContent-Length: 20\r\n\r\n{\"code\":\"forbidden\"}");
	g_assert_cmpint(run("me"), ==, FN_EXIT_NO);
	test_server_answer(server, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}");
	g_assert_cmpint(run("me"), ==, FN_EXIT_ENVIRONMENT);
	test_server_answer(server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno");
	g_assert_cmpint(run("me"), ==, FN_EXIT_ENVIRONMENT);
	keep(server, "[]");
	g_assert_cmpint(run("me"), ==, FN_EXIT_ENVIRONMENT);
	keep(server, "not json");
	g_assert_cmpint(run("me"), ==, FN_EXIT_ENVIRONMENT);
	g_setenv("FENGNI_SESSION", "/nonexistent/session", TRUE);
	g_assert_cmpint(run("me"), ==, FN_EXIT_ENVIRONMENT);
}

/* Every command of the table stands in the help once. */
static void
test_help(void)
{
	g_autofree char *help = fn_nouns_help(NULL);
	g_auto(GStrv) line = g_strsplit(g_strchomp(help), "\n", -1);

	g_assert_cmpuint(g_strv_length(line), >, 30);
	for (guint i = 0; line[i] != NULL; i++) {
		g_auto(GStrv) word = g_strsplit(g_strchug(line[i]), " ", 2);

		g_assert_true(fn_nouns_have(word[0], NULL));
		for (guint j = 0; j < i; j++)
			g_assert_cmpstr(line[i], !=, line[j]);
	}
	g_assert_false(fn_nouns_have("nothing", NULL));
	g_assert_false(fn_nouns_have("", NULL));
	g_assert_true(fn_nouns_have("ledger", "head"));
	g_assert_false(fn_nouns_have("ledger", "add"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	signal(SIGPIPE, SIG_IGN);
	g_test_add_func("/nouns/requests", test_requests);
	g_test_add_func("/nouns/usage", test_usage);
	g_test_add_func("/nouns/answers", test_answers);
	g_test_add_func("/nouns/help", test_help);
	return g_test_run();
}
