/* `fengni register`: what is sent, what is written to files, exit codes. */
#include "cli/register_command.h"

#include "cli/test_quiet.h"
#include "cli/test_server.h"

#include "base/program.h"

#include <signal.h>
#include <sys/wait.h>

#define OK(body_) "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body_
#define RECORD "{\"id\":\"01J\",\"key\":\"PC-1\",\"state\":\"active\",\"revision\":3,\"due\":null,\"renewal\":\"none\",\"values\":{\"name\":\"PC-1\"},\"shown\":{}}"
#define REPORT(bad_, written_) "{\"rows\":2,\"added\":1,\"changed\":0,\"same\":0,\"bad\":" bad_ ",\"problems\":[],\"sample\":[],\"written\":" written_ \
	",\"dry_run\":false}"

static int
run(const char *words)
{
	g_auto(GStrv) argv = g_strsplit(words, "\t", -1);
	g_autofree char **own = g_memdup2(argv, (g_strv_length(argv) + 1) * sizeof(char *)); /* options are taken out of it */

	return quietly(fn_register_command, (int)g_strv_length(argv), own);
}

static void
test_requests(void)
{
	static const struct {
		const char *words, *line, *body, *answer;
	} cases[] = {
		{ "register\tlist", "GET /api/v1/registers HTTP", NULL, OK("{\"items\":[]}") },
		{ "register\tlist\tterminals\tq=PC 1\tantivirus=ok\tlimit=5", "GET /api/v1/registers/terminals/records?q=PC%201&where.antivirus=ok&limit=5 HTTP", NULL,
			OK("{\"items\":[" RECORD "],\"next\":\"abc\"}") },
		{ "register\tshow\tterminals\t--json", "GET /api/v1/registers/terminals HTTP", NULL, OK("{\"fields\":[]}") },
		{ "register\tshow\tterminals", "GET /api/v1/registers/terminals HTTP", NULL,
			OK("{\"fields\":[{\"id\":\"a\"}],\"rules\":[{\"field\":\"a\",\"text\":{\"zh\":\"甲\",\"en\":\"A\"}},{}]}") },
		{ "register\tshow\tterminals\t01J/x", "GET /api/v1/registers/terminals/records/01J%2Fx HTTP", NULL, OK(RECORD) },
		{ "register\tadd\tterminals\tname=PC-1\tready:=true", "POST /api/v1/registers/terminals/records HTTP", "{\"values\":{\"name\":\"PC-1\",\"ready\":true}}",
			OK(RECORD) },
		{ "register\tchange\tterminals\t01J\tname=\t--revision=3", "PATCH /api/v1/registers/terminals/records/01J HTTP",
			"{\"revision\":3,\"values\":{\"name\":\"\"}}", OK(RECORD) },
		{ "register\tchange\tterminals\t01J\tname=x", "PATCH /api/v1/registers/terminals/records/01J HTTP", "{\"revision\":3,\"values\":{\"name\":\"x\"}}",
			OK(RECORD) },
		{ "register\tclose\tterminals\t01J\t--say\tscrapped\t--revision=3", "POST /api/v1/registers/terminals/records/01J/close HTTP",
			"{\"revision\":3,\"say\":\"scrapped\"}", OK(RECORD) },
		{ "register\thistory\tterminals\t01J", "GET /api/v1/registers/terminals/records/01J/history HTTP", NULL,
			OK("{\"items\":[{\"at\":\"x\",\"kind\":\"add\",\"name\":\"n\",\"changes\":{}}]}") },
	};
	g_autoptr(TestServer) server = test_server_with_session();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *request = NULL;
		const char *body;

		test_server_answer(server, cases[i].answer);
		g_assert_cmpint(run(cases[i].words), ==, FN_EXIT_OK);
		request = test_server_request(server);
		g_test_message("%s", request);
		g_assert_true(g_str_has_prefix(request, cases[i].line));
		g_assert_nonnull(strstr(request, "Bearer t0ken"));
		body = strstr(request, "\r\n\r\n") + 4;
		if (cases[i].body != NULL)
			g_assert_cmpstr(body, ==, cases[i].body);
	}
}

static void
test_import(void)
{
	g_autoptr(TestServer) server = test_server_with_session();
	g_autofree char *path = g_build_filename(server->directory, "rows.csv", NULL), *words = NULL, *kept = NULL, *request = NULL;

	g_assert_true(g_file_set_contents(path, "name,place\nPC-1,三楼\n", -1, NULL));
	words = g_strdup_printf("register\timport\tterminals\t%s", path);
	kept = g_strdup_printf("%s\t--keep-good", words);
	test_server_answer(server, OK(REPORT("0", "true")));
	g_assert_cmpint(run(words), ==, FN_EXIT_OK);
	request = test_server_request(server);
	g_assert_true(g_str_has_prefix(request, "POST /api/v1/registers/terminals/import?dry_run=0&keep_good=0 HTTP"));
	g_assert_true(g_str_has_suffix(request, "name,place\nPC-1,三楼\n"));
	test_server_answer(server, OK(REPORT("1", "false")));
	g_assert_cmpint(run(words), ==, FN_EXIT_NO);
	test_server_answer(server, OK(REPORT("1", "true")));
	g_assert_cmpint(run(kept), ==, FN_EXIT_NO);
	g_assert_cmpint(run("register\timport\tterminals\t/nowhere/rows.csv"), ==, FN_EXIT_ENVIRONMENT);
}

/* A file of either form; as a workbook it comes back as what it was, cell by cell, and nothing in it is a formula. */
static void
test_export(void)
{
	g_autoptr(TestServer) server = test_server_with_session();
	g_autofree char *csv = g_build_filename(server->directory, "out.csv", NULL), *xlsx = g_build_filename(server->directory, "out.xlsx", NULL);
	g_autofree char *to_csv = g_strdup_printf("register\texport\tterminals\t%s\tantivirus=ok", csv);
	g_autofree char *to_xlsx = g_strdup_printf("register\texport\tterminals\t%s", xlsx), *text = NULL, *bytes = NULL, *request = NULL;
	gsize size;

	test_server_answer(server, "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nConnection: close\r\n\r\nname,place\r\n\"'=1+1\",三楼\r\n");
	g_assert_cmpint(run(to_csv), ==, FN_EXIT_OK);
	request = test_server_request(server);
	g_assert_true(g_str_has_prefix(request, "GET /api/v1/registers/terminals/export?where.antivirus=ok HTTP"));
	g_assert_true(g_file_get_contents(csv, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, "name,place\r\n\"'=1+1\",三楼\r\n");
	g_assert_cmpint(run(to_xlsx), ==, FN_EXIT_OK);
	g_assert_true(g_file_get_contents(xlsx, &bytes, &size, NULL));
	g_assert_cmpuint(size, >, 1000);
	g_assert_cmpmem(bytes, 2, "PK", 2);
}

/* As a program of its own: its worker lies beside it. */
static int
run_program(const char *words)
{
	g_autofree char *program = g_build_filename(g_getenv("FENGNI_BUILD"), "fengni", NULL), *line = g_strdup_printf("%s\t%s", program, words);
	g_auto(GStrv) argv = g_strsplit(line, "\t", -1);
	g_autoptr(GError) error = NULL;
	int status;

	g_spawn_sync(NULL, argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, &error);
	g_assert_no_error(error);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* In through the confined worker, out as the rows that are sent. */
static void
test_workbook(void)
{
	g_autoptr(TestServer) server = test_server_with_session();
	g_autofree char *xlsx = g_build_filename(server->directory, "rows.xlsx", NULL), *words = NULL, *request = NULL;
	g_autofree char *out = g_strdup_printf("register\texport\tterminals\t%s", xlsx);

	test_server_answer(server, "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nConnection: close\r\n\r\nname,place\r\n\"'=1+1\",\"三楼, 东\"\r\n");
	g_assert_cmpint(run(out), ==, FN_EXIT_OK);
	words = g_strdup_printf("register\timport\tterminals\t%s\t--dry-run", xlsx);
	test_server_answer(server, OK(REPORT("0", "false")));
	g_assert_cmpint(run_program(words), ==, FN_EXIT_OK);
	request = test_server_request(server);
	g_test_message("%s", request);
	g_assert_true(g_str_has_suffix(request, "name,place\n=1+1,\"三楼, 东\"\n"));
}

static void
test_usage(void)
{
	static const char *const wrong[] = { "register", "register\tfly", "register\tshow", "register\tchange\tterminals\t01J", "register\tclose\tterminals",
		"register\tlist\t--loud", "register\timport\tterminals" };

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
		g_assert_cmpint(run(wrong[i]), ==, FN_EXIT_USAGE);
	g_assert_cmpint(run("register\t--help"), ==, FN_EXIT_OK);
	g_assert_cmpint(run("register\timport\t--help"), ==, FN_EXIT_OK);
}

static void
test_refused(void)
{
	g_autoptr(TestServer) server = test_server_with_session();

	test_server_answer(server, "HTTP/1.1 403 Forbidden\r\nContent-Type: application/problem+json\r\nConnection: close\r\n\r\n{\"code\":\"office\",\"detail\":\"no\"}");
	g_assert_cmpint(run("register\tlist\tterminals"), ==, FN_EXIT_NO);
	g_assert_cmpint(run("register\texport\tterminals"), ==, FN_EXIT_NO);
	g_assert_cmpint(run("register\tchange\tterminals\t01J\tname=x"), ==, FN_EXIT_NO);
}

int
main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/register-command/requests", test_requests);
	g_test_add_func("/register-command/import", test_import);
	g_test_add_func("/register-command/export", test_export);
	g_test_add_func("/register-command/workbook", test_workbook);
	g_test_add_func("/register-command/usage", test_usage);
	g_test_add_func("/register-command/refused", test_refused);
	return g_test_run();
}
