/* `fengni report`, `fengni inspect report`: what is asked, what is kept, exit codes. */
#include "cli/report_command.h"

#include "cli/test_quiet.h"
#include "cli/test_server.h"

#include "base/program.h"
#include "print/test_fonts.h"

#include <fontconfig/fontconfig.h>
#include <signal.h>

#define OK(body_) "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body_
#define PROBLEM(status_, code_, detail_) "HTTP/1.1 " status_ "\r\nContent-Type: application/problem+json\r\nConnection: close\r\n\r\n{\"code\":\"" code_ "\",\"detail\":\"" detail_ "\"}"
#define LIST "{\"items\":[{\"id\":\"quarterly_notice\",\"title\":\"季度通报\",\"law\":[],\"period\":\"quarter\"},{\"id\":\"new\",\"title\":\"t\",\"period\":\"week\"}]}"
#define REPORT "{\"id\":\"quarterly_notice\",\"title\":\"季度通报\",\"period\":\"2026-Q1\",\"until\":\"2026-03-31\",\"language\":\"zh\",\"digest\":\"ab12\"," \
	"\"facts\":[{\"name\":\"期间\",\"value\":\"2026-Q1\"}],\"sections\":[{\"title\":\"数量\",\"note\":\"\",\"columns\":[{\"id\":\"name\",\"title\":\"单位\"," \
	"\"unit\":\"\"},{\"id\":\"n\",\"title\":\"数量\",\"unit\":\"count\"}],\"rows\":[{\"values\":{},\"shown\":[\"税务局\",\"3\"]}],\"more\":false}]}"

/* @words between tabs; in them %s is @file. */
static int
run(const char *words, const char *file)
{
	g_auto(GStrv) given = g_strsplit(words, "\t", -1);
	g_autofree char **own = NULL; /* options are taken out of it */
	guint n = g_strv_length(given);

	for (guint i = 0; i < n; i++)
		if (g_str_equal(given[i], "%s")) {
			g_free(given[i]);
			given[i] = g_strdup(file);
		}
	own = g_memdup2(given, (n + 1) * sizeof(char *));
	return quietly(g_str_equal(given[0], "inspect") ? fn_inspect_command : fn_report_command, (int)n, own);
}

static void
test_requests(void)
{
	static const struct {
		const char *words, *line, *answer;
	} cases[] = {
		{ "report\tlist", "GET /api/v1/reports HTTP", OK(LIST) },
		{ "report\tlist\t--json", "GET /api/v1/reports HTTP", OK(LIST) },
		{ "report\tmake\tquarterly_notice", "GET /api/v1/reports/quarterly_notice?format=json HTTP", OK(REPORT) },
		{ "report\tmake\tquarterly_notice\t--json", "GET /api/v1/reports/quarterly_notice?format=json HTTP", OK(REPORT) },
		{ "report\tmake\tquarterly_notice\t--period\t2026-Q1\t--format\tcsv", "GET /api/v1/reports/quarterly_notice?period=2026-Q1&format=csv HTTP", OK("a,b") },
		{ "report\tmake\ta/b\t--inspection=01J&x\t--format=html", "GET /api/v1/reports/a%2Fb?inspection=01J%26x&format=html HTTP", OK("<p>") },
		{ "report\tmake\tquarterly_notice\t--format=pdf", "GET /api/v1/reports/quarterly_notice?format=json HTTP", OK(REPORT) },
		{ "inspect\treport\t01J", "GET /api/v1/reports/inspection?inspection=01J&format=json HTTP", OK(REPORT) },
		{ "inspect\treport\t01J\t--format\tcsv", "GET /api/v1/reports/inspection?inspection=01J&format=csv HTTP", OK("a,b") },
		{ "inspect\tlist", "GET /api/v1/inspections HTTP", OK("{\"items\":[]}") }, /* the table's verbs stay what they are */
	};
	g_autoptr(TestServer) server = test_server_with_session();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *request = NULL;

		g_test_message("%s", cases[i].words);
		test_server_answer(server, cases[i].answer);
		g_assert_cmpint(run(cases[i].words, NULL), ==, FN_EXIT_OK);
		request = test_server_request(server);
		g_test_message("%s", request);
		g_assert_true(g_str_has_prefix(request, cases[i].line));
		g_assert_nonnull(strstr(request, "Bearer t0ken"));
	}
}

/* By its ending, or by what --format says over it: bytes as they came, and the PDF that is made here. */
static void
test_files(void)
{
	static const struct {
		const char *name, *words, *asked, *answer, *begins;
		gboolean whole; /* the file is that and no more */
	} cases[] = {
		{ "a.json", "report\tmake\tn\t-o\t%s", "n?format=json ", OK(REPORT), REPORT, TRUE },
		{ "a.html", "report\tmake\tn\t--output\t%s", "n?format=html ", OK("<!doctype html>"), "<!doctype html>", TRUE },
		{ "a.CSV", "report\tmake\tn\t-o\t%s", "n?format=csv ", OK("\xef\xbb\xbf" "a,b\r\n"), "\xef\xbb\xbf" "a,b\r\n", TRUE },
		{ "a.pdf", "report\tmake\tn\t--period=2026-Q1\t-o\t%s", "n?period=2026-Q1&format=json ", OK(REPORT), "%PDF", FALSE },
		{ "paper", "report\tmake\tn\t-o\t%s\t--format=pdf", "n?format=json ", OK(REPORT), "%PDF", FALSE },
		{ "b.pdf", "report\tmake\tn\t-o\t%s\t--format=csv", "n?format=csv ", OK("a"), "a", TRUE },
		{ "c.pdf", "inspect\treport\t01J\t-o\t%s", "inspection?inspection=01J&format=json ", OK(REPORT), "%PDF", FALSE },
	};
	g_autoptr(TestServer) server = test_server_with_session();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *file = g_build_filename(server->directory, cases[i].name, NULL), *request = NULL, *bytes = NULL;
		gsize size;

		g_test_message("%s", cases[i].name);
		test_server_answer(server, cases[i].answer);
		g_assert_cmpint(run(cases[i].words, file), ==, FN_EXIT_OK);
		request = test_server_request(server);
		g_assert_true(g_str_has_prefix(request, "GET /api/v1/reports/") && g_str_has_prefix(request + strlen("GET /api/v1/reports/"), cases[i].asked));
		g_assert_true(g_file_get_contents(file, &bytes, &size, NULL));
		g_assert_true(g_str_has_prefix(bytes, cases[i].begins));
		if (cases[i].whole)
			g_assert_cmpuint(size, ==, strlen(cases[i].begins));
		else
			g_assert_cmpuint(size, >, 1000);
	}
}

/* What fails leaves the file that was there. */
static void
test_refused(void)
{
	static const struct {
		const char *words, *answer;
		int code;
	} cases[] = {
		{ "report\tlist", PROBLEM("403 Forbidden", "office", "no"), FN_EXIT_NO },
		{ "report\tlist", OK("{\"items\":1}"), FN_EXIT_ENVIRONMENT },
		{ "report\tlist", OK("no JSON"), FN_EXIT_ENVIRONMENT },
		{ "report\tmake\tn\t--period=2026-Q9\t-o\t%s", PROBLEM("400 Bad Request", "input", "no period"), FN_EXIT_NO },
		{ "report\tmake\tnothing\t-o\t%s", PROBLEM("404 Not Found", "not_found", "no report"), FN_EXIT_NO },
		{ "report\tmake\tn\t-o\t%s\t--format=html", PROBLEM("403 Forbidden", "office", "no"), FN_EXIT_NO },
		{ "inspect\treport\t01J\t-o\t%s", PROBLEM("404 Not Found", "not_found", "no inspection"), FN_EXIT_NO },
		{ "report\tmake\tn\t-o\t%s", OK("{\"id\":\"n\"}"), FN_EXIT_ENVIRONMENT },
		{ "report\tmake\tn\t-o\t%s", OK("[1"), FN_EXIT_ENVIRONMENT },
		{ "report\tmake\tn\t-o\t/nowhere/a.json", OK(REPORT), FN_EXIT_ENVIRONMENT },
	};
	g_autoptr(TestServer) server = test_server_with_session();
	g_autofree char *file = g_build_filename(server->directory, "kept.pdf", NULL);

	g_assert_true(g_file_set_contents(file, "before", -1, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *bytes = NULL;

		g_test_message("%s", cases[i].words);
		test_server_answer(server, cases[i].answer);
		g_assert_cmpint(run(cases[i].words, file), ==, cases[i].code);
		g_assert_true(g_file_get_contents(file, &bytes, NULL, NULL));
		g_assert_cmpstr(bytes, ==, "before");
	}
}

static void
test_usage(void)
{
	static const char *const wrong[] = { "report", "report\tfly", "report\tmake", "report\tmake\ta\tb", "report\tlist\tall", "report\tlist\t--loud",
		"report\tmake\tn\t--format=odt", "report\tmake\tn\t-o\tfile.odt", "report\tmake\tn\t-o\tfile", "report\tmake\tn\t--period=\xff", "inspect\treport",
		"inspect\treport\t01J\t--period=2026", "inspect\treport\t01J\t--inspection=01J", "inspect\tfly", "inspect" };
	static const char *const asked[] = { "report\t--help", "report\tmake\t-h", "inspect\t--help", "inspect\treport\t--help" };
	g_autoptr(TestServer) server = test_server_with_session();
	g_autofree char *request = NULL;

	test_server_answer(server, OK(REPORT));
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_test_message("%s", wrong[i]);
		g_assert_cmpint(run(wrong[i], NULL), ==, FN_EXIT_USAGE);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(asked); i++)
		g_assert_cmpint(run(asked[i], NULL), ==, FN_EXIT_OK);
	request = test_server_request(server);
	g_assert_cmpstr(request, ==, ""); /* the platform never heard of it */
}

/* What the platform says is what is said. */
static void
test_message(void)
{
	if (g_test_subprocess()) {
		g_autoptr(TestServer) server = test_server_with_session();
		char *argv[] = { (char *)"report", (char *)"make", (char *)"n", (char *)"--period=2026-Q9", NULL };

		test_server_answer(server, PROBLEM("400 Bad Request", "input", "write the quarter as 2026-Q1"));
		g_assert_cmpint(fn_report_command(4, argv), ==, FN_EXIT_NO);
		return;
	}
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_passed();
	g_test_trap_assert_stderr("*fengni report: input: write the quarter as 2026-Q1*");
}

/* A machine without a font that has Chinese: no file, and what to install. */
static void
test_no_font(void)
{
	if (g_test_subprocess()) {
		g_autoptr(TestServer) server = test_server_with_session();
		g_autofree char *file = g_build_filename(server->directory, "a.pdf", NULL);
		char *argv[] = { (char *)"report", (char *)"make", (char *)"n", (char *)"-o", file, NULL };
		FcConfig *config = FcConfigCreate();

		g_assert_true(FcConfigParseAndLoadFromMemory(config,
			(const FcChar8 *)"<?xml version=\"1.0\"?><fontconfig><dir>/usr/share/fonts/truetype/dejavu</dir></fontconfig>", FcTrue));
		g_assert_true(FcConfigSetCurrent(config));
		FcConfigDestroy(config);
		test_server_answer(server, OK(REPORT));
		g_assert_cmpint(fn_report_command(5, argv), ==, FN_EXIT_ENVIRONMENT);
		g_assert_false(g_file_test(file, G_FILE_TEST_EXISTS));
		return;
	}
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_passed();
	g_test_trap_assert_stderr("*fonts-wqy-microhei*");
}

int
main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/report-command/requests", test_requests);
	g_test_add_func("/report-command/files", test_files);
	g_test_add_func("/report-command/refused", test_refused);
	g_test_add_func("/report-command/message", test_message);
	g_test_add_func("/report-command/usage", test_usage);
	g_test_add_func("/report-command/no-font", test_no_font);
	return g_test_run();
}
