#include "base/pool.h"

#include <errno.h>
#include <time.h>

typedef struct {
	FnJob job;
	gpointer data;
} Waiting;

struct FnPool {
	FnMutex mutex;
	FnCond changed;
	char *name;
	GQueue queue; /* of Waiting */
	guint most;
	gboolean ending;
	guint threads;
	pthread_t *thread;
	FnWorkerOpen open;
	FnWorkerClose close;
	gpointer pool_data;
};

void
fn_mutex_lock(FnMutex *mutex)
{
	int failed = pthread_mutex_lock(mutex);

	g_assert(failed == 0);
}

void
fn_mutex_unlock(FnMutex *mutex)
{
	int failed = pthread_mutex_unlock(mutex);

	g_assert(failed == 0);
}

void
fn_cond_wait(FnCond *cond, FnMutex *mutex)
{
	int failed = pthread_cond_wait(cond, mutex);

	g_assert(failed == 0);
}

gboolean
fn_cond_wait_for(FnCond *cond, FnMutex *mutex, gint64 us)
{
	struct timespec until;
	int failed;

	clock_gettime(CLOCK_REALTIME, &until);
	us += until.tv_nsec / 1000;
	until.tv_sec += us / G_USEC_PER_SEC;
	until.tv_nsec = us % G_USEC_PER_SEC * 1000;
	failed = pthread_cond_timedwait(cond, mutex, &until);
	g_assert(failed == 0 || failed == ETIMEDOUT);
	return failed == 0;
}

static Waiting *
next(FnPool *pool)
{
	Waiting *waiting;

	fn_mutex_lock(&pool->mutex);
	while (g_queue_is_empty(&pool->queue) && !pool->ending)
		fn_cond_wait(&pool->changed, &pool->mutex);
	waiting = g_queue_pop_head(&pool->queue);
	fn_mutex_unlock(&pool->mutex);
	return waiting;
}

static void *
work(void *data)
{
	FnPool *pool = data;
	gpointer worker = pool->open != NULL ? pool->open(pool->pool_data) : pool->pool_data;
	Waiting *waiting;

	while ((waiting = next(pool)) != NULL) {
		waiting->job(waiting->data, worker);
		g_free(waiting);
	}
	if (pool->close != NULL)
		pool->close(worker);
	return NULL;
}

FnPool *
fn_pool_new(const char *name, guint threads, guint waiting, FnWorkerOpen open, FnWorkerClose close, gpointer pool_data)
{
	FnPool *pool = g_new0(FnPool, 1);

	g_assert(threads > 0);
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->changed, NULL);
	pool->name = g_strndup(name, 15);
	pool->most = waiting;
	pool->threads = threads;
	pool->thread = g_new0(pthread_t, threads);
	pool->open = open;
	pool->close = close;
	pool->pool_data = pool_data;
	for (guint i = 0; i < threads; i++) {
		int failed = pthread_create(&pool->thread[i], NULL, work, pool);

		g_assert(failed == 0);
		pthread_setname_np(pool->thread[i], pool->name);
	}
	return pool;
}

gboolean
fn_pool_push(FnPool *pool, FnJob job, gpointer data)
{
	gboolean taken;

	fn_mutex_lock(&pool->mutex);
	taken = !pool->ending && g_queue_get_length(&pool->queue) < pool->most;
	if (taken) {
		Waiting *waiting = g_new(Waiting, 1);

		*waiting = (Waiting){ job, data };
		g_queue_push_tail(&pool->queue, waiting);
		pthread_cond_signal(&pool->changed);
	}
	fn_mutex_unlock(&pool->mutex);
	return taken;
}

void
fn_pool_free(FnPool *pool)
{
	if (pool == NULL)
		return;
	fn_mutex_lock(&pool->mutex);
	pool->ending = TRUE;
	pthread_cond_broadcast(&pool->changed);
	fn_mutex_unlock(&pool->mutex);
	for (guint i = 0; i < pool->threads; i++)
		pthread_join(pool->thread[i], NULL);
	pthread_mutex_destroy(&pool->mutex);
	pthread_cond_destroy(&pool->changed);
	g_free(pool->name);
	g_free(pool->thread);
	g_free(pool);
}
