/* Threads and the bounded pool on which everything that may block runs.
 *
 * The wrappers are plain pthreads: ThreadSanitizer understands them, GLib's own locks it does not. A lock that fails is
 * a bug and ends the program. */
#pragma once

#include <glib.h>
#include <pthread.h>

typedef pthread_mutex_t FnMutex;
typedef pthread_cond_t FnCond;
#define FN_MUTEX_INIT PTHREAD_MUTEX_INITIALIZER
#define FN_COND_INIT  PTHREAD_COND_INITIALIZER

void fn_mutex_lock(FnMutex *mutex);
void fn_mutex_unlock(FnMutex *mutex);
void fn_cond_wait(FnCond *cond, FnMutex *mutex);
/* FALSE when @us microseconds passed without a signal. */
gboolean fn_cond_wait_for(FnCond *cond, FnMutex *mutex, gint64 us);

typedef struct FnPool FnPool;
typedef void (*FnJob)(gpointer data, gpointer worker);
typedef gpointer (*FnWorkerOpen)(gpointer pool_data);
typedef void (*FnWorkerClose)(gpointer worker);

/* @threads workers and at most @waiting jobs in the queue. Every worker thread calls @open once and hands what it made
 * (a database connection, say) to each job as @worker, and @close at its end; both may be NULL. */
FnPool *fn_pool_new(const char *name, guint threads, guint waiting, FnWorkerOpen open, FnWorkerClose close,
	gpointer pool_data);
/* FALSE when the queue is full: the caller answers 503. Thread-safe. */
gboolean fn_pool_push(FnPool *pool, FnJob job, gpointer data);
/* Runs what is queued, then ends the threads. NULL is fine. */
void fn_pool_free(FnPool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnPool, fn_pool_free)
