#include "share/quotas.h"

#include "base/pool.h"

#define DAY ((gint64)86400 * G_USEC_PER_SEC)
#define NOW ((gint64)1795312800 * G_USEC_PER_SEC) /* 10:00 in China */

static void
test_reserve(void)
{
	FnQuotas *quotas = fn_quotas_new();
	gint64 used = -1;

	g_assert_true(fn_quotas_reserve(quotas, "g", 10, 7, NOW, &used));
	g_assert_cmpint(used, ==, 0);
	g_assert_false(fn_quotas_reserve(quotas, "g", 10, 4, NOW, &used));
	g_assert_cmpint(used, ==, 7);
	g_assert_true(fn_quotas_reserve(quotas, "g", 10, 3, NOW, &used));
	g_assert_false(fn_quotas_reserve(quotas, "g", 10, 1, NOW, &used));
	g_assert_true(fn_quotas_reserve(quotas, "other", 10, 10, NOW, &used));
	g_assert_false(fn_quotas_reserve(quotas, "g", 10, -1, NOW, &used));
	g_assert_false(fn_quotas_reserve(quotas, "x", 10, G_MAXINT64, NOW, &used));
	g_assert_false(fn_quotas_reserve(quotas, "x", -5, 1, NOW, &used));
	g_assert_true(fn_quotas_reserve(quotas, "x", 0, 1000000, NOW, &used)); /* none set */
	g_assert_cmpint(fn_quotas_used(quotas, "x", NOW), ==, 0);
	fn_quotas_free(quotas);
}

static void
test_release(void)
{
	FnQuotas *quotas = fn_quotas_new();
	gint64 used;

	g_assert_true(fn_quotas_reserve(quotas, "g", 10, 7, NOW, &used));
	fn_quotas_release(quotas, "g", 2, NOW);
	g_assert_cmpint(fn_quotas_used(quotas, "g", NOW), ==, 5);
	fn_quotas_release(quotas, "g", 99, NOW);
	g_assert_cmpint(fn_quotas_used(quotas, "g", NOW), ==, 0);
	fn_quotas_release(quotas, "g", -4, NOW); /* what the ledger remembers */
	g_assert_cmpint(fn_quotas_used(quotas, "g", NOW), ==, 4);
	g_assert_cmpint(fn_quotas_used(quotas, "g", NOW + DAY), ==, 0);
	fn_quotas_release(quotas, "g", 3, NOW); /* of yesterday: today's count is not touched */
	g_assert_true(fn_quotas_reserve(quotas, "g", 10, 10, NOW + DAY, &used));
	fn_quotas_free(quotas);
}

/* The day turns at midnight in China, not in Greenwich; a clock set back brings no second quota. */
static void
test_midnight(void)
{
	gint64 midnight = NOW + 14 * 3600 * (gint64)G_USEC_PER_SEC;
	FnQuotas *quotas = fn_quotas_new();
	gint64 used;

	g_assert_cmpint(fn_quota_day(midnight - 1) + 1, ==, fn_quota_day(midnight));
	g_assert_true(fn_quotas_reserve(quotas, "g", 1, 1, midnight - 1, &used));
	g_assert_false(fn_quotas_reserve(quotas, "g", 1, 1, midnight - 1, &used));
	g_assert_true(fn_quotas_reserve(quotas, "g", 1, 1, midnight, &used));
	g_assert_false(fn_quotas_reserve(quotas, "g", 1, 1, midnight - 1, &used));
	fn_quotas_free(quotas);
}

typedef struct {
	FnQuotas *quotas;
	gint got;
} Race;

static void *
race(void *data)
{
	Race *r = data;
	gint64 used;

	for (guint i = 0; i < 5000; i++)
		if (fn_quotas_reserve(r->quotas, "g", 6000, 1, NOW, &used))
			g_atomic_int_inc(&r->got);
	return NULL;
}

static void
test_race(void)
{
	Race r = { .quotas = fn_quotas_new() };
	pthread_t thread[4];

	for (guint i = 0; i < 4; i++)
		g_assert_cmpint(pthread_create(&thread[i], NULL, race, &r), ==, 0);
	for (guint i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	g_assert_cmpint(r.got, ==, 6000);
	fn_quotas_free(r.quotas);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/quotas/reserve", test_reserve);
	g_test_add_func("/quotas/release", test_release);
	g_test_add_func("/quotas/midnight", test_midnight);
	g_test_add_func("/quotas/race", test_race);
	return g_test_run();
}
