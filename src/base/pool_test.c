#include "base/pool.h"

static FnMutex mutex = FN_MUTEX_INIT;
static guint done;

static void
count(gpointer data, gpointer worker)
{
	g_assert_true(worker == &mutex);
	fn_mutex_lock(&mutex);
	done += GPOINTER_TO_UINT(data);
	fn_mutex_unlock(&mutex);
}

static void
test_runs_all(void)
{
	FnPool *pool = fn_pool_new("test", 3, 1000, NULL, NULL, &mutex);

	for (guint i = 0; i < 1000; i++)
		g_assert_true(fn_pool_push(pool, count, GUINT_TO_POINTER(1)));
	fn_pool_free(pool);
	g_assert_cmpuint(done, ==, 1000);
}

static void
hold(gpointer data, gpointer worker)
{
	fn_mutex_lock(&mutex);
	fn_mutex_unlock(&mutex);
}

static void
test_full(void)
{
	FnPool *pool = fn_pool_new("test", 1, 2, NULL, NULL, NULL);
	guint taken = 0;

	fn_mutex_lock(&mutex);
	for (guint i = 0; i < 10; i++)
		taken += fn_pool_push(pool, hold, NULL);
	fn_mutex_unlock(&mutex);
	fn_pool_free(pool);
	g_assert_cmpuint(taken, >=, 2);
	g_assert_cmpuint(taken, <=, 3);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pool/runs-all", test_runs_all);
	g_test_add_func("/pool/full", test_full);
	return g_test_run();
}
