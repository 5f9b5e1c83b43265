/* What is kept of tables, on every engine: written once, paid for once, by whoever comes first. */
#include "share/told.h"

#include "base/json.h"
#include "share_sql.h"
#include "store/testing.h"

#include <pthread.h>
#include <string.h>

static const FnMigration *const rooms[] = { fn_sql_share_migrations, NULL };
static const guint8 key[FN_DIGEST_SIZE] = "0123456789abcdef0123456789abcde";

static const FnCounts exact = { .threshold = 5, .interval_days = 30 }, noisy = { .threshold = 5, .interval_days = 30, .epsilon = "1/2", .budget = "2" };

static json_t *
table(int total)
{
	return json_pack("{s:[i, n], s:i}", "cells", total, "total", total);
}

static FnTelling
tell(const FnTold *told, const FnCounts *counts, int total, gint64 before, gint64 now)
{
	json_t *of = table(total);
	g_autoptr(GError) error = NULL;
	FnTelling done = fn_told_write(told, counts, of, before, now, &error);

	if (done != FN_TELLING_FAILED)
		g_assert_no_error(error);
	else
		g_assert_nonnull(error);
	json_decref(of);
	return done;
}

static void
check_told(const FnTold *told, int total, gint64 counted_at)
{
	json_t *found, *expected = total >= 0 ? table(total) : NULL;
	g_autoptr(GError) error = NULL;
	gint64 at;

	g_assert_true(fn_told_read(told, &found, &at, &error));
	g_assert_no_error(error);
	g_assert_true(expected == NULL ? found == NULL : json_equal(found, expected));
	g_assert_cmpint(at, ==, counted_at);
	json_decref(found);
	json_decref(expected);
}

static void
test_exact(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);
	FnTold told = { db, FN_SUITE_GM, key, "g", 0 }, other = { db, FN_SUITE_GM, key, "g", 1 };

	check_told(&told, -1, -1);
	g_assert_cmpint(tell(&told, &exact, 7, -1, 100), ==, FN_TELLING_DONE);
	check_told(&told, 7, 100);
	check_told(&other, -1, -1);
	g_assert_cmpint(tell(&told, &exact, 8, -1, 101), ==, FN_TELLING_LATE);
	g_assert_cmpint(tell(&told, &exact, 8, 99, 101), ==, FN_TELLING_LATE);
	check_told(&told, 7, 100);
	g_assert_cmpint(tell(&told, &exact, 8, 100, 101), ==, FN_TELLING_DONE);
	check_told(&told, 8, 101);
}

static const char *const none[] = { NULL };
static const FnSql steal = { .name = "test_steal", .sqlite = "UPDATE shared_table SET grant_id = 'other'",
	.postgres = "UPDATE shared_table SET grant_id = 'other'", .parameters = none };

/* Under another key, suite or grant nothing of it can be read. */
static void
test_sealed(gconstpointer engine)
{
	static const guint8 wrong[FN_DIGEST_SIZE] = "1123456789abcdef0123456789abcde";
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);
	FnTold told = { db, FN_SUITE_GM, key, "g", 0 };
	const FnTold others[] = { { db, FN_SUITE_GM, wrong, "g", 0 }, { db, FN_SUITE_INTL, key, "g", 0 }, { db, FN_SUITE_GM, key, "other", 0 } };

	g_assert_cmpint(tell(&told, &exact, 7, -1, 100), ==, FN_TELLING_DONE);
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
		g_autoptr(GError) error = NULL;
		json_t *found = NULL;
		gint64 at;

		if (i == 2)
			g_assert_true(fn_db_exec(db, &steal, FN_NO_BINDS, NULL, NULL));
		g_assert_false(fn_told_read(&others[i], &found, &at, &error));
		g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_TABLE);
		g_assert_null(found);
	}
}

/* The budget is spent to the last, and not beyond; who comes late pays nothing. */
static void
test_budget(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);

	for (guint i = 0; i < 6; i++) {
		FnTold told = { db, FN_SUITE_GM, key, "g", i };

		g_assert_cmpint(fn_told_affordable(&told, &noisy, NULL), ==, i < 4 ? FN_TELLING_DONE : FN_TELLING_SPENT);
		g_assert_cmpint(tell(&told, &noisy, 7, -1, 100), ==, i < 4 ? FN_TELLING_DONE : FN_TELLING_SPENT);
		check_told(&told, i < 4 ? 7 : -1, i < 4 ? 100 : -1);
		if (i < 3)
			g_assert_cmpint(tell(&told, &noisy, 8, -1, 101), ==, FN_TELLING_LATE);
	}
	FnTold another = { db, FN_SUITE_GM, key, "h", 0 };

	g_assert_cmpint(tell(&another, &noisy, 7, -1, 100), ==, FN_TELLING_DONE);
}

typedef struct {
	const char *url;
	guint first;          /* tables first to first + 2 */
	guint told, late, spent;
	pthread_t thread;
} Writer;

static void *
write_all(void *data)
{
	Writer *writer = data;
	g_autoptr(GError) error = NULL;
	g_autoptr(FnDb) db = fn_db_open(writer->url, &error);

	g_assert_no_error(error);
	for (guint i = 0; i < 3; i++) {
		FnTold told = { db, FN_SUITE_GM, key, "g", writer->first + i };
		FnTelling done = tell(&told, &noisy, 7, -1, 100);

		writer->told += done == FN_TELLING_DONE;
		writer->late += done == FN_TELLING_LATE;
		writer->spent += done == FN_TELLING_SPENT;
		g_assert_true(done != FN_TELLING_FAILED);
	}
	return NULL;
}

/* Several gates at one registry: four tables are paid for, never five. */
static void
test_concurrent(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);
	Writer writer[3];
	guint told = 0, spent = 0, late = 0;

	for (guint i = 0; i < G_N_ELEMENTS(writer); i++) {
		writer[i] = (Writer){ .url = fn_test_db_url(db), .first = i * 2 };
		g_assert_cmpint(pthread_create(&writer[i].thread, NULL, write_all, &writer[i]), ==, 0);
	}
	for (guint i = 0; i < G_N_ELEMENTS(writer); i++) {
		pthread_join(writer[i].thread, NULL);
		told += writer[i].told;
		spent += writer[i].spent;
		late += writer[i].late;
	}
	g_assert_cmpuint(told, ==, 4);
	g_assert_cmpuint(told + spent + late, ==, 9);
	FnTold next = { db, FN_SUITE_GM, key, "g", 9 };

	g_assert_cmpint(fn_told_affordable(&next, &noisy, NULL), ==, FN_TELLING_SPENT);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/told/exact", test_exact);
	fn_test_add("/told/sealed", test_sealed);
	fn_test_add("/told/budget", test_budget);
	fn_test_add("/told/concurrent", test_concurrent);
	return g_test_run();
}
