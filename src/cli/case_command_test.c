/* `fengni case`: what is sent, what is kept, exit codes. */
#include "cli/case_command.h"

#include "cli/test_quiet.h"
#include "cli/test_server.h"

#include "base/program.h"

#include <signal.h>

#define OK(body_) "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body_
#define REFUSED "HTTP/1.1 403 Forbidden\r\nContent-Type: application/problem+json\r\nConnection: close\r\n\r\n{\"code\":\"office\",\"detail\":\"no\"}"

static int
run(const char *words)
{
	g_auto(GStrv) argv = g_strsplit(words, "\t", -1);

	return quietly(fn_case_command, (int)g_strv_length(argv), argv);
}

static void
test_requests(void)
{
	static const struct {
		const char *words, *line, *body;
	} cases[] = {
		{ "case\topen\tprocedure=note\tsubject=s\tparties:={\"recipient\":\"x\"}", "POST /api/v1/cases HTTP",
			"{\"parties\":{\"recipient\":\"x\"},\"procedure\":\"note\",\"subject\":\"s\"}" },
		{ "case\tlist\tmine=1\tprocedure=note", "GET /api/v1/cases?mine=1&procedure=note HTTP", NULL },
		{ "case\tshow\t01J/x", "GET /api/v1/cases/01J%2Fx HTTP", NULL },
		{ "case\tsteps\tstep=agree\tcases:=[\"a\",\"b\"]\tall_or_none:=true", "POST /api/v1/cases/steps HTTP",
			"{\"all_or_none\":true,\"cases\":[\"a\",\"b\"],\"step\":\"agree\"}" },
		{ "case\tclaim\t01J", "POST /api/v1/cases/01J/claim HTTP", "{}" },
		{ "case\thand-over\t01J\tto=b", "POST /api/v1/cases/01J/hand-over HTTP", "{\"to\":\"b\"}" },
		{ "case\tprocedures", "GET /api/v1/procedures HTTP", NULL },
		{ "case\tprocedure\tnote", "GET /api/v1/procedures/note HTTP", NULL },
		{ "case\tattachments\t01J", "GET /api/v1/cases/01J/attachments HTTP", NULL },
	};
	g_autoptr(TestServer) server = test_server_with_session();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *request = NULL;

		test_server_answer(server, OK("{}"));
		g_assert_cmpint(run(cases[i].words), ==, FN_EXIT_OK);
		request = test_server_request(server);
		g_test_message("%s", request);
		g_assert_true(g_str_has_prefix(request, cases[i].line));
		if (cases[i].body != NULL)
			g_assert_cmpstr(strstr(request, "\r\n\r\n") + 4, ==, cases[i].body);
	}
}

static void
test_files(void)
{
	g_autoptr(TestServer) server = test_server_with_session();
	g_autofree char *path = g_build_filename(server->directory, "报告.txt", NULL), *page = g_build_filename(server->directory, "p.html", NULL);
	g_autofree char *attach = g_strdup_printf("case\tattach\t01J\t%s\tkind=report", path), *print = g_strdup_printf("case\tprint\t01J\t%s", page);
	g_autofree char *request = NULL, *kept = NULL;

	g_assert_cmpint(run(attach), ==, FN_EXIT_ENVIRONMENT); /* no such file */
	g_assert_true(g_file_set_contents(path, "the report", -1, NULL));
	test_server_answer(server, OK("{\"digest\":\"d\"}"));
	g_assert_cmpint(run(attach), ==, FN_EXIT_OK);
	request = test_server_request(server);
	g_assert_true(g_str_has_prefix(request, "POST /api/v1/cases/01J/attachments?kind=report&name=%E6%8A%A5%E5%91%8A.txt HTTP"));
	g_assert_true(g_str_has_suffix(request, "\r\n\r\nthe report"));
	test_server_answer(server, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>");
	g_assert_cmpint(run(print), ==, FN_EXIT_OK);
	g_assert_true(g_file_get_contents(page, &kept, NULL, NULL));
	g_assert_cmpstr(kept, ==, "<html>");
	test_server_answer(server, REFUSED);
	g_assert_cmpint(run(print), ==, FN_EXIT_NO);
}

static void
test_usage(void)
{
	static const char *const wrong[] = { "case", "case\tfly", "case\tstep\t01J", "case\tattach\t01J", "case\tprint", "case\tshow", "case\tfile\ta\tb" };
	g_autoptr(TestServer) server = test_server_with_session();

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
		g_assert_cmpint(run(wrong[i]), ==, FN_EXIT_USAGE);
	g_assert_cmpint(run("case\t--help"), ==, FN_EXIT_OK);
	test_server_answer(server, REFUSED);
	g_assert_cmpint(run("case\tstep\t01J\tstep=send"), ==, FN_EXIT_NO);
}

int
main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/case-command/requests", test_requests);
	g_test_add_func("/case-command/files", test_files);
	g_test_add_func("/case-command/usage", test_usage);
	return g_test_run();
}
