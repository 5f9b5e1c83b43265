/* `fengni compliance`: what it asks, what it prints, when it says no. */
#include "cli/compliance_command.h"
#include "cli/test_quiet.h"
#include "cli/test_server.h"

#include "base/program.h"

#include <signal.h>

#define BODY(violated_) "{\"at\":\"2026-11-22T00:00:00Z\",\"counts\":{\"all\":2,\"met\":1,\"violated\":" violated_ "},\"law_counts\":{\"all\":0}," \
	"\"law\":[],\"unmapped\":0,\"duties\":[{\"id\":\"002A-A16b\",\"duty\":\"Answer in time\",\"state\":\"violated\",\"why\":\"offenders\"," \
	"\"unconfirmed\":true,\"checks\":[{\"check\":\"late_answer\",\"offending\":1,\"near\":0,\"cannot\":null,\"first\":[{\"organization\":\"o\"," \
	"\"subject\":\"\\u001b[31mred\",\"detail\":\"2026-11-05\"}]}],\"findings\":[{\"id\":\"f1\",\"case\":\"c1\",\"deadline\":\"2026-12-01\"}]}," \
	"{\"id\":\"x\",\"duty\":\"y\",\"state\":\"at_risk\",\"why\":\"cannot_check\",\"checks\":[{\"check\":\"k\",\"cannot\":\"no index\"}]}]}"
#define ANSWER(body_) "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n" body_

static int
run(const char *words)
{
	g_auto(GStrv) argv = g_strsplit(words, "\t", -1);
	guint argc = g_strv_length(argv);
	g_autofree char **given = g_memdup2(argv, (argc + 1) * sizeof(*argv)); /* the parser takes words out */

	return quietly(fn_compliance_command, (int)argc, given);
}

static void
answers(TestServer *server, const char *answer)
{
	fn_mutex_lock(&server->mutex);
	server->answer = answer;
	fn_mutex_unlock(&server->mutex);
}

static void
test_command(void)
{
	static const struct {
		const char *words, *answer, *line;
		int code;
	} cases[] = {
		{ "compliance", ANSWER(BODY("1")), "GET /api/v1/compliance HTTP", FN_EXIT_OK },
		{ "compliance\t--strict", ANSWER(BODY("1")), "GET /api/v1/compliance HTTP", FN_EXIT_NO },
		{ "compliance\t--strict\t--json", ANSWER(BODY("0")), "GET /api/v1/compliance HTTP", FN_EXIT_OK },
		{ "compliance\t--law", ANSWER(BODY("1")), "GET /api/v1/compliance HTTP", FN_EXIT_OK },
		{ "compliance\t--article\t16 b&c\t--instrument\t002A\t--state\tviolated", ANSWER(BODY("1")),
			"GET /api/v1/compliance?article=16%20b%26c&instrument=002A&state=violated HTTP", FN_EXIT_OK },
		{ "compliance", "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Type: application/problem+json\r\n\r\n"
			"{\"code\":\"forbidden\",\"detail\":\"no\"}", "GET /api/v1/compliance HTTP", FN_EXIT_NO },
		{ "compliance", ANSWER("{\"counts\""), "GET /api/v1/compliance HTTP", FN_EXIT_ENVIRONMENT },
		{ "compliance\t--help", NULL, NULL, FN_EXIT_OK },
		{ "compliance\textra", NULL, NULL, FN_EXIT_USAGE },
		{ "compliance\t--nothing", NULL, NULL, FN_EXIT_USAGE },
	};
	TestServer *server = test_server_new();
	g_autofree char *path = g_build_filename(server->directory, "session.json", NULL);
	g_autofree char *session = g_strdup_printf("{\"ca\":\"%s\",\"token\":\"t\",\"url\":\"%s\"}", server->certificate, server->url);

	g_assert_true(g_file_set_contents(path, session, -1, NULL));
	g_setenv("FENGNI_SESSION", path, TRUE);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("%s", cases[i].words);
		if (cases[i].answer != NULL)
			answers(server, cases[i].answer);
		g_assert_cmpint(run(cases[i].words), ==, cases[i].code);
		if (cases[i].line == NULL)
			continue;
		fn_mutex_lock(&server->mutex);
		g_assert_true(g_str_has_prefix(server->request->str, cases[i].line));
		fn_mutex_unlock(&server->mutex);
	}
	test_server_free(server);
}

static void
test_no_session(void)
{
	g_setenv("FENGNI_SESSION", "/nonexistent/session", TRUE);
	g_assert_cmpint(run("compliance"), ==, FN_EXIT_ENVIRONMENT);
}

int
main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	g_setenv("LC_ALL", "C.UTF-8", TRUE);
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cli/compliance/command", test_command);
	g_test_add_func("/cli/compliance/no-session", test_no_session);
	return g_test_run();
}
