/* Whether a term was seen since: over blocks and runs, to within the entries between two moments. */
#include "audit/testing.h"

enum { MANY = 9000, USED = 500, LATE = 8000 }; /* three blocks */

static const struct {
	const char *grant;
	gint64 since; /* entries, one a second */
	gboolean used;
} cases[] = {
	{ "g1", 0, TRUE },
	{ "g1", USED - 100, TRUE },
	{ "g1", USED + 100, FALSE },
	{ "g1", MANY - 10, FALSE },
	{ "g2", USED + 100, TRUE }, /* last at LATE */
	{ "g2", LATE - 100, TRUE },
	{ "g2", LATE + 100, FALSE },
	{ "g3", 0, FALSE }, /* nobody's */
	{ "g1", MANY + 100000, FALSE },
	{ "g1", -100000, TRUE },
};

static void
test_used(gconstpointer engine)
{
	g_autoptr(TestLog) log = test_log_new();
	g_autoptr(FnDb) db = fn_test_db(engine, test_audit_rooms);

	for (guint i = 0; i < MANY; i++)
		test_log_add(log, i == USED ? "{\"event\":\"share.query\",\"grant\":\"g1\"}" : i == LATE || i == 10 ?
			"{\"event\":\"share.query\",\"grant\":\"g2\"}" : "{\"event\":\"share.query\",\"grant\":\"g0\"}");
	test_follow(db, log, 1000);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		gboolean used = !cases[i].used;

		g_test_message("%s since %" G_GINT64_FORMAT, cases[i].grant, cases[i].since);
		g_assert_true(fn_audit_used_since(db, FN_AUDIT_GRANT, cases[i].grant, TEST_START + cases[i].since * G_USEC_PER_SEC, &used, &error));
		g_assert_no_error(error);
		g_assert_cmpint(used, ==, cases[i].used);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/audit/used", test_used);
	return g_test_run();
}
