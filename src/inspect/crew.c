/* Many files at once: each thread takes the next file of the walk, and the results come out in the order of the walk. */
#include "inspect/command_priv.h"

#include "base/pool.h"

enum { AHEAD = 256 }; /* results that may wait for an earlier one */

typedef struct {
	FnLooked *looked;
	char *name; /* while it is looked at */
} Place;

struct FnCrew {
	FnLook *look;
	FnWalk *walk;
	guint jobs;
	pthread_t *thread;
	FnMutex mutex;
	FnCond changed;
	/* under the mutex: */
	Place place[AHEAD]; /* of file n: n % AHEAD */
	guint64 taken;      /* files that were given out */
	guint64 told;       /* results that were fetched */
	gboolean over;      /* the walk has ended, or we were stopped */
	guint working;
};

/* With the mutex. FALSE: there is no more. */
static gboolean
take(FnCrew *crew, FnItem *item, guint64 *n_out)
{
	while (!crew->over && crew->taken - crew->told == AHEAD)
		fn_cond_wait(&crew->changed, &crew->mutex);
	if (crew->over || g_atomic_int_get(&crew->look->stop) != 0 || !fn_walk_next(crew->walk, item)) {
		crew->over = TRUE;
		return FALSE;
	}
	*n_out = crew->taken++;
	crew->place[*n_out % AHEAD].name = g_strdup(item->name);
	return TRUE;
}

static void *
work(void *data)
{
	FnCrew *crew = data;
	FnItem item;
	guint64 n;

	fn_mutex_lock(&crew->mutex);
	while (take(crew, &item, &n)) {
		FnLooked *looked;

		fn_mutex_unlock(&crew->mutex);
		looked = fn_look(crew->look, &item);
		fn_mutex_lock(&crew->mutex);
		crew->place[n % AHEAD].looked = looked;
		g_clear_pointer(&crew->place[n % AHEAD].name, g_free);
		pthread_cond_broadcast(&crew->changed);
	}
	crew->working--;
	pthread_cond_broadcast(&crew->changed);
	fn_mutex_unlock(&crew->mutex);
	return NULL;
}

FnCrew *
fn_crew_new(FnLook *look, FnWalk *walk, guint jobs)
{
	FnCrew *crew = g_new0(FnCrew, 1);

	crew->look = look;
	crew->walk = walk;
	crew->jobs = crew->working = jobs;
	crew->thread = g_new0(pthread_t, jobs);
	pthread_mutex_init(&crew->mutex, NULL);
	pthread_cond_init(&crew->changed, NULL);
	for (guint i = 0; i < jobs; i++) {
		int failed = pthread_create(&crew->thread[i], NULL, work, crew);

		g_assert(failed == 0);
	}
	return crew;
}

void
fn_crew_free(FnCrew *crew)
{
	if (crew == NULL)
		return;
	g_atomic_int_set(&crew->look->stop, 1);
	fn_mutex_lock(&crew->mutex);
	crew->over = TRUE;
	pthread_cond_broadcast(&crew->changed);
	fn_mutex_unlock(&crew->mutex);
	for (guint i = 0; i < crew->jobs; i++)
		pthread_join(crew->thread[i], NULL);
	for (guint i = 0; i < AHEAD; i++)
		fn_looked_free(crew->place[i].looked);
	pthread_mutex_destroy(&crew->mutex);
	pthread_cond_destroy(&crew->changed);
	g_free(crew->thread);
	g_free(crew);
}

FnCrewState
fn_crew_next(FnCrew *crew, gint64 us, FnLooked **looked_out)
{
	FnCrewState state = FN_CREW_WAIT;
	Place *place;

	fn_mutex_lock(&crew->mutex);
	place = &crew->place[crew->told % AHEAD];
	if (place->looked == NULL && (crew->told < crew->taken || crew->working > 0))
		(void)fn_cond_wait_for(&crew->changed, &crew->mutex, us);
	if (place->looked != NULL) {
		*looked_out = g_steal_pointer(&place->looked);
		crew->told++;
		pthread_cond_broadcast(&crew->changed);
		state = FN_CREW_READY;
	} else if (crew->told == crew->taken && crew->working == 0) {
		state = FN_CREW_DONE;
	}
	fn_mutex_unlock(&crew->mutex);
	return state;
}

char *
fn_crew_current(FnCrew *crew)
{
	char *name = NULL;

	fn_mutex_lock(&crew->mutex);
	for (guint64 n = crew->told; name == NULL && n < crew->taken; n++)
		name = g_strdup(crew->place[n % AHEAD].name);
	fn_mutex_unlock(&crew->mutex);
	return name;
}
