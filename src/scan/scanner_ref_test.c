#include "scan/fixture.h"

#define WORDS(word_) FIXTURE_HEAD("x") "level: 3\nshape: {validator: words}\nscore: {shape: 0.9, report: 0.8}\nwords: [" word_ "]\n"

static const char text[] = "玄铁计划";

static guint64
found_by(FnScannerRef *ref)
{
	g_autoptr(FnScanner) scanner = fn_scanner_ref_get(ref);
	g_autoptr(FnScanResult) result = fn_scan(scanner, text, strlen(text));

	return result->found;
}

static gboolean
reload(FnScannerRef *ref, const FixtureFile *files, GError **error)
{
	g_autofree char *tree = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL), *more = fixture_write(files);
	gboolean fine = fn_scanner_ref_reload(ref, tree, "national", more, error);

	fixture_remove(more, files);
	return fine;
}

/* A new rule is in force after a reload; a broken file changes nothing and is named. */
static void
test_reload(void)
{
	static const FixtureFile good[] = { { "detectors/x.yaml", WORDS("玄铁计划") }, { 0 } };
	static const FixtureFile broken[] = { { "detectors/x.yaml", WORDS("''") }, { 0 } };
	g_autoptr(GError) error = NULL;
	g_autoptr(FnScannerRef) ref = fn_scanner_ref_new(fixture_scanner(NULL, &error));

	g_assert_no_error(error);
	g_assert_cmpuint(found_by(ref), ==, 0);
	g_assert_true(reload(ref, good, &error));
	g_assert_cmpuint(found_by(ref), ==, 1);
	g_assert_false(reload(ref, broken, &error));
	g_assert_nonnull(strstr(error->message, "x.yaml:"));
	g_assert_cmpuint(found_by(ref), ==, 1);
}

/* A result and a stream outlive the place of their scanner. */
static void
test_owners(void)
{
	g_autoptr(FnScannerRef) ref = fn_scanner_ref_new(fixture_scanner(NULL, NULL));
	FnScanner *scanner = fn_scanner_ref_get(ref);
	g_autoptr(FnScanStream) stream = fn_scan_stream_new(scanner, "mail", NULL, NULL);
	g_autoptr(FnScanResult) result = NULL;

	fn_scanner_free(scanner);
	fn_scanner_ref_set(ref, fixture_scanner(NULL, NULL));
	fn_scan_stream_add(stream, "a@example.com", 13);
	result = fn_scan_stream_end(stream, NULL);
	fn_scan_stream_free(g_steal_pointer(&stream));
	g_assert_cmpuint(result->listed, ==, 1);
	g_assert_cmpstr(fn_scan_finding(result, 0).detector, ==, "email");
}

typedef struct {
	FnScannerRef *ref;
	gint stop;
} Shared;

static void *
scan_on(void *data)
{
	Shared *shared = data;

	while (!g_atomic_int_get(&shared->stop))
		g_assert_cmpuint(found_by(shared->ref), ==, 0);
	return NULL;
}

/* Scanners are replaced while others scan. */
static void
test_threads(void)
{
	Shared shared = { fn_scanner_ref_new(fixture_scanner(NULL, NULL)), 0 };
	pthread_t thread[2];

	for (guint i = 0; i < G_N_ELEMENTS(thread); i++)
		g_assert_cmpint(pthread_create(&thread[i], NULL, scan_on, &shared), ==, 0);
	for (guint i = 0; i < 5; i++)
		fn_scanner_ref_set(shared.ref, fixture_scanner(NULL, NULL));
	g_atomic_int_set(&shared.stop, 1);
	for (guint i = 0; i < G_N_ELEMENTS(thread); i++)
		pthread_join(thread[i], NULL);
	fn_scanner_ref_free(shared.ref);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scanner-ref/reload", test_reload);
	g_test_add_func("/scanner-ref/owners", test_owners);
	g_test_add_func("/scanner-ref/threads", test_threads);
	return g_test_run();
}
