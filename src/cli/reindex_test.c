/* An index that is thrown away, whatever state it is in. */
#include "cli/reindex.h"
#include "cli/test_quiet.h"

#include "audit/testing.h"
#include "base/program.h"
#include "ledger/test_keys.h"

typedef struct {
	TestDirectory *directory;
	char *file, *url;
} Place;

static void
set_up(Place *p, gconstpointer unused)
{
	g_autofree char *audit = NULL, *settings = NULL, *conf = NULL;

	p->directory = test_directory_new();
	audit = g_build_filename(p->directory, "audit", NULL);
	settings = g_build_filename(p->directory, "fengni.conf", NULL);
	conf = g_strdup_printf("uid_base = 0\nrules = %s/rules\n", g_getenv("FENGNI_ROOT"));
	g_assert_cmpint(g_mkdir(audit, 0700), ==, 0);
	g_assert_true(g_file_set_contents(settings, conf, -1, NULL));
	p->file = g_build_filename(audit, "index.db", NULL);
	p->url = g_strconcat("sqlite:", p->file, NULL);
}

static void
tear_down(Place *p, gconstpointer unused)
{
	test_directory_free(p->directory);
	g_free(p->file);
	g_free(p->url);
}

static int
reindex(const Place *p)
{
	char *argv[] = { (char *)"reindex", p->directory, NULL };

	return quietly(fn_ledger_reindex_command, 2, argv);
}

static void
fill(const Place *p, guint64 *indexed_out)
{
	g_autoptr(TestLog) log = test_log_new();
	g_autoptr(GError) error = NULL;
	g_autoptr(FnDb) db = fn_audit_open(p->url, &error);

	g_assert_no_error(error);
	test_log_add(log, "{\"event\":\"x\"}");
	test_follow(db, log, 10);
	fn_audit_indexed(db, indexed_out, NULL);
}

static void
test_reindex(Place *p, gconstpointer unused)
{
	g_autoptr(FnDb) db = NULL;
	guint64 indexed = 9;

	g_assert_cmpint(reindex(p), ==, FN_EXIT_OK); /* there is none */
	g_assert_false(g_file_test(p->file, G_FILE_TEST_EXISTS));
	fill(p, &indexed);
	g_assert_cmpuint(indexed, ==, 1);
	g_assert_cmpint(reindex(p), ==, FN_EXIT_OK);
	db = fn_audit_open(p->url, NULL);
	g_assert_true(fn_audit_indexed(db, &indexed, NULL));
	g_assert_cmpuint(indexed, ==, 0);
}

static void
test_damaged(Place *p, gconstpointer unused)
{
	guint64 indexed = 9;

	g_assert_true(g_file_set_contents(p->file, "this was a database once, and is none any more", -1, NULL));
	g_assert_cmpint(reindex(p), ==, FN_EXIT_OK);
	g_assert_false(g_file_test(p->file, G_FILE_TEST_EXISTS));
	fill(p, &indexed);
	g_assert_cmpuint(indexed, ==, 1);
}

static void
test_wrong(Place *p, gconstpointer unused)
{
	char *none[] = { (char *)"reindex", NULL }, *nowhere[] = { (char *)"reindex", (char *)"/nonexistent", NULL };

	g_assert_cmpint(quietly(fn_ledger_reindex_command, 1, none), ==, FN_EXIT_USAGE);
	g_assert_cmpint(quietly(fn_ledger_reindex_command, 2, nowhere), ==, FN_EXIT_ENVIRONMENT);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/reindex/reindex", Place, NULL, set_up, test_reindex, tear_down);
	g_test_add("/reindex/damaged", Place, NULL, set_up, test_damaged, tear_down);
	g_test_add("/reindex/wrong", Place, NULL, set_up, test_wrong, tear_down);
	return g_test_run();
}
