#include "audit/testing.h"


enum { MANY = 9000 }; /* three blocks */

/* Bodies by a fixed seed: some terms in most entries, some in few, some in one. */
static TestLog *
log_of(guint n)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(7);
	TestLog *log = test_log_new();

	for (guint i = 0; i < n; i++) {
		g_autofree char *body = g_strdup_printf("{\"case\":\"case-%u\",\"event\":\"share.%s\",\"operator\":\"op%u\",\"result\":\"permitted\"}",
			g_rand_int_range(random, 0, 2000), g_rand_int_range(random, 0, 5) == 0 ? "refused" : "query", g_rand_int_range(random, 0, 9));

		test_log_add(log, body);
	}
	return log;
}

static json_t *
search(FnDb *db, TestLog *log, const FnAuditQuestion *question)
{
	FnAuditLog over = test_log_over(log);
	g_autoptr(GError) error = NULL;
	json_t *answer = fn_audit_search(db, &over, question, &error);

	g_assert_no_error(error);
	return answer;
}

/* Everything that is indexed, row by row: what two ways to the same index must agree on. Not how a list is written, which is longer
 * where it grew step by step. */
static char *
rows_of(FnDb *db)
{
	static const char text[] = "SELECT run, term, block, list FROM audit_posting ORDER BY run, term, block";
	static const char *const none[] = { NULL };
	static const FnSql sql = { "test", text, text, none };
	g_autoptr(FnRows) rows = fn_db_query(db, &sql, FN_NO_BINDS, NULL);
	GString *out = g_string_new(NULL);

	while (fn_rows_next(rows, NULL)) {
		FnAuditPlaces places;
		gsize size;
		const guint8 *list = fn_rows_blob(rows, "list", &size);
		g_autofree char *hex = NULL;

		fn_audit_places_read(&places, list, size);
		hex = fn_hex((const guint8 *)&places, sizeof(places));

		g_string_append_printf(out, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s\n", fn_rows_int(rows, "run"),
			fn_rows_int(rows, "term"), fn_rows_int(rows, "block"), hex);
	}
	return g_string_free(out, FALSE);
}

static guint64
indexed(FnDb *db)
{
	g_autoptr(GError) error = NULL;
	guint64 n = 0;

	fn_audit_indexed(db, &n, &error);
	g_assert_no_error(error);
	return n;
}

/* However the steps are cut, and made anew, the rows are the same. */
static void
test_same(gconstpointer engine)
{
	g_autoptr(FnDb) one = fn_test_db(engine, test_audit_rooms), other = fn_test_db(engine, test_audit_rooms);
	g_autoptr(TestLog) log = log_of(MANY);
	g_autofree char *whole = NULL, *cut = NULL, *again = NULL;

	test_follow(one, log, MANY);
	test_follow(other, log, 997);
	g_assert_cmpuint(indexed(one), ==, MANY);
	g_assert_cmpuint(indexed(other), ==, MANY);
	whole = rows_of(one);
	cut = rows_of(other);
	g_assert_cmpstr(whole, ==, cut);
	g_assert_true(fn_audit_reset(one, NULL));
	g_assert_cmpuint(indexed(one), ==, 0);
	test_follow(one, log, 4000);
	again = rows_of(one);
	g_assert_cmpstr(whole, ==, again);
}

/* A step that fails or is cut off leaves nothing; the next one goes on where the last that stands ended. */
static void
test_restart(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, test_audit_rooms), whole = fn_test_db(engine, test_audit_rooms);
	g_autoptr(FnDb) second = NULL;
	g_autoptr(TestLog) log = log_of(500);
	FnAuditLog over = test_log_over(log);
	g_autofree char *before = NULL, *after = NULL, *straight = NULL;
	g_autoptr(GPtrArray) entries = NULL;
	g_autoptr(GError) error = NULL;
	FnAuditState state;

	g_assert_true(fn_audit_step(db, &over, 200, NULL, &error));
	before = rows_of(db);
	g_assert_true(fn_audit_state_read(db, &state, &error));
	entries = over.read(log, 200, 100, &error);
	g_assert_true(fn_db_begin(db, &error) && fn_audit_add(db, 200, entries, &state, &error));
	fn_db_rollback(db); /* the program ended here */
	g_assert_cmpuint(indexed(db), ==, 200);
	after = rows_of(db);
	g_assert_cmpstr(before, ==, after);
	log->away = TRUE;
	g_assert_false(fn_audit_step(db, &over, 200, NULL, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN);
	log->away = FALSE;
	second = fn_audit_open(fn_test_db_url(db), NULL);
	test_follow(second, log, 77);
	test_follow(whole, log, 1000);
	g_clear_pointer(&after, g_free);
	after = rows_of(db);
	straight = rows_of(whole);
	g_assert_cmpstr(after, ==, straight);
	g_clear_pointer(&second, fn_db_close);
}

/* Somebody begins the index anew while a step is under way: the step leaves nothing behind. */
static void
test_reset_meanwhile(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, test_audit_rooms);
	g_autoptr(TestLog) log = log_of(300);
	FnAuditLog over = test_log_over(log);
	guint done = 9;

	g_assert_true(fn_audit_step(db, &over, 100, NULL, NULL));
	log->reset = fn_audit_open(fn_test_db_url(db), NULL);
	g_assert_true(fn_audit_step(db, &over, 100, &done, NULL));
	g_clear_pointer(&log->reset, fn_db_close);
	g_assert_cmpuint(done, ==, 0);
	g_assert_cmpuint(indexed(db), ==, 0);
	test_follow(db, log, 100);
	g_assert_cmpuint(indexed(db), ==, 300);
}

/* Another log, or an older copy of this one: the index is made anew and says nothing of the old one. */
static void
test_other_log(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, test_audit_rooms), fresh = fn_test_db(engine, test_audit_rooms);
	g_autoptr(TestLog) log = log_of(300), other = log_of(400), shorter = log_of(10);
	TestLog *const logs[] = { other, shorter, log };

	test_follow(db, log, 1000);
	for (gsize i = 0; i < G_N_ELEMENTS(logs); i++) {
		g_autofree char *rows = NULL, *wanted = NULL;

		test_follow(db, logs[i], 1000);
		g_assert_true(fn_audit_reset(fresh, NULL));
		test_follow(fresh, logs[i], 1000);
		g_assert_cmpuint(indexed(db), ==, logs[i]->entries->len);
		rows = rows_of(db);
		wanted = rows_of(fresh);
		g_assert_cmpstr(rows, ==, wanted);
	}
}

/* What was pruned is dropped, what was kept stays, and an index made after that is the same. */
static void
test_prune(gconstpointer engine)
{
	FnAuditQuestion question = FN_AUDIT_ANYTHING;
	g_autoptr(FnDb) db = fn_test_db(engine, test_audit_rooms), fresh = fn_test_db(engine, test_audit_rooms);
	g_autoptr(TestLog) log = log_of(MANY);
	g_autofree char *rows = NULL, *wanted = NULL;
	json_t *answer;

	test_follow(db, log, MANY);
	for (guint i = 0; i < 6000; i++)
		if (i % 500 != 3)
			test_log_prune(log, i);
	log->minimum = 6000;
	test_follow(db, log, MANY);
	test_follow(fresh, log, MANY);
	rows = rows_of(db);
	wanted = rows_of(fresh);
	g_assert_cmpstr(rows, ==, wanted);
	question.before = 6000;
	answer = search(db, log, &question);
	g_assert_cmpuint(json_array_size(json_object_get(answer, "items")), ==, 12);
	json_decref(answer);
	/* the last that was indexed is gone too */
	test_log_prune(log, MANY - 1);
	test_log_add(log, "{\"event\":\"x\"}");
	test_follow(db, log, MANY);
	g_assert_cmpuint(indexed(db), ==, MANY + 1);
}

static void
put_row(FnDb *db, gint64 term, gint64 block, const char *list, gsize size)
{
	static const char text[] = "INSERT INTO audit_posting (run, term, block, list) VALUES (0, :term, :block, :list)"
		" ON CONFLICT (run, term, block) DO UPDATE SET list = excluded.list";
	static const char numbered[] = "INSERT INTO audit_posting (run, term, block, list) VALUES (0, $1, $2, $3)"
		" ON CONFLICT (run, term, block) DO UPDATE SET list = excluded.list";
	static const char *const names[] = { "term", "block", "list", NULL };
	static const FnSql sql = { "test", text, numbered, names };
	g_autoptr(GError) error = NULL;

	fn_db_exec(db, &sql, FN_BINDS(FN_INT("term", term), FN_INT("block", block), FN_BLOB("list", list, size)), NULL, &error);
	g_assert_no_error(error);
}

/* Rows that no step has written: blocks of other runs, places beyond a block, half a place. Dropping takes them away. */
static void
test_strange_rows(gconstpointer engine)
{
	static const struct {
		gint64 block;
		const char *list;
		gsize size;
	} strange[] = { { -5, "\0\1", 2 }, { G_MAXINT64, "\0\1", 2 }, { 0, "\xff\xff\x10\x00\x00\x01", 6 }, { 1, "\0", 1 } };
	g_autoptr(FnDb) db = fn_test_db(engine, test_audit_rooms), fresh = fn_test_db(engine, test_audit_rooms);
	g_autoptr(TestLog) log = log_of(300);
	g_autofree char *rows = NULL, *wanted = NULL;
	FnAuditQuestion question = { .value = { [FN_AUDIT_ACTOR] = "op1" }, .from = G_MININT64, .until = G_MAXINT64, .before = G_MAXUINT64, .limit = 500 };

	test_follow(db, log, 100);
	for (gsize i = 0; i < G_N_ELEMENTS(strange); i++)
		put_row(db, (gint64)i, strange[i].block, strange[i].list, strange[i].size);
	put_row(db, fn_audit_term_number(FN_AUDIT_ACTOR, "op1", 3), 0, "\xff\xff\x0f", 3);
	json_decref(search(db, log, &question));
	for (guint i = 0; i < 299; i++)
		test_log_prune(log, i);
	test_follow(db, log, 100);
	test_follow(fresh, log, 100);
	rows = rows_of(db);
	wanted = rows_of(fresh);
	g_assert_cmpstr(rows, ==, wanted);
}

static gint64
longest(FnDb *db)
{
	static const char text[] = "SELECT max(length(list)) FROM audit_posting";
	static const char *const none[] = { NULL };
	static const FnSql sql = { "test", text, text, none };

	return fn_db_int(db, &sql, FN_NO_BINDS, -1, NULL);
}

/* Lists that grew entry by entry are written shorter once their run is full, and say the same. */
static void
test_shortened(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, test_audit_rooms), whole = fn_test_db(engine, test_audit_rooms);
	g_autoptr(TestLog) log = log_of(1200);
	g_autofree char *rows = NULL, *wanted = NULL;

	test_follow(db, log, 2);
	g_assert_cmpint(longest(db), >, FN_AUDIT_LIST);
	g_ptr_array_set_size(log->entries, FN_AUDIT_BLOCK * FN_AUDIT_RUN); /* pruned, all of them */
	test_log_add(log, "{\"event\":\"x\"}");
	test_follow(db, log, 2);
	g_assert_cmpint(longest(db), <=, FN_AUDIT_LIST);
	test_follow(whole, log, 5000);
	rows = rows_of(db);
	wanted = rows_of(whole);
	g_assert_cmpstr(rows, ==, wanted);
}

/* ---- the thread, over a real ledger ---- */

static void
count_warning(const char *message, gpointer data)
{
	g_atomic_int_inc((gint *)data);
}

static guint64
wait_indexed(const char *url, guint64 n)
{
	g_autoptr(FnDb) db = NULL;
	guint64 have = 0;

	for (guint i = 0; i < 1500 && have < n; i++) {
		g_usleep(10000);
		if (db == NULL)
			db = fn_db_open_existing(url, NULL);
		if (db != NULL)
			fn_audit_indexed(db, &have, NULL);
	}
	return have;
}

static void
test_follower(gconstpointer engine)
{
	FnDb *db = fn_test_db(engine, NULL); /* no tables: the follower makes them */
	g_autoptr(TestLog) log = log_of(5000);
	FnAuditLog over = test_log_over(log);
	gint warnings = 0;
	FnAuditFollower *follower = fn_audit_follower_new(fn_test_db_url(db), &over, count_warning, &warnings);

	g_assert_cmpuint(wait_indexed(fn_test_db_url(db), 5000), ==, 5000);
	fn_audit_follower_free(follower);
	g_assert_cmpint(g_atomic_int_get(&warnings), ==, 0);
	log->away = TRUE;
	follower = fn_audit_follower_new(fn_test_db_url(db), &over, count_warning, &warnings);
	for (guint i = 0; i < 1500 && g_atomic_int_get(&warnings) == 0; i++)
		g_usleep(10000);
	fn_audit_follower_free(follower);
	g_assert_cmpint(g_atomic_int_get(&warnings), ==, 1);
	fn_db_close(db);
}

static void
test_statements(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, test_audit_rooms);

	fn_test_statements(db, fn_sql_audit_all);
}

static void
test_bad_entry(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, test_audit_rooms);
	g_autoptr(TestLog) log = log_of(10);
	FnAuditLog over = test_log_over(log);
	g_autoptr(GError) error = NULL;

	g_ptr_array_add(log->entries, g_bytes_new_static("{\"event\":1}", 11));
	g_assert_false(fn_audit_step(db, &over, 100, NULL, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED);
	g_assert_nonnull(strstr(error->message, "entry 10"));
	g_assert_cmpuint(indexed(db), ==, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/audit/statements", test_statements);
	fn_test_add("/audit/same", test_same);
	fn_test_add("/audit/restart", test_restart);
	fn_test_add("/audit/reset-meanwhile", test_reset_meanwhile);
	fn_test_add("/audit/other-log", test_other_log);
	fn_test_add("/audit/prune", test_prune);
	fn_test_add("/audit/strange-rows", test_strange_rows);
	fn_test_add("/audit/bad-entry", test_bad_entry);
	fn_test_add("/audit/shortened", test_shortened);
	fn_test_add("/audit/follower", test_follower);
	return g_test_run();
}
