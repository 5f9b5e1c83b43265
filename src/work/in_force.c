#include "work/in_force.h"

#include "base/pool.h"
#include "base/say.h"
#include "work_sql.h"

typedef struct {
	FnForce shown;
	FnRules *rules;
	gint holders;
} Generation;

struct FnInForce {
	FnMutex lock;
	const FnEffect *effects;
	Generation *now;
};

void
fn_force_release(FnForce *force)
{
	Generation *generation = (Generation *)force;

	if (generation == NULL || !g_atomic_int_dec_and_test(&generation->holders))
		return;
	fn_work_free(generation->shown.work);
	fn_rules_free(generation->rules);
	g_free(generation);
}

static Generation *
generation_new(FnRules *rules, const FnEffect *effects, GError **error)
{
	FnWork *work = fn_work_new(rules, effects, rules, error);
	Generation *generation;

	if (work == NULL) {
		fn_rules_free(rules);
		return NULL;
	}
	generation = g_new(Generation, 1);
	*generation = (Generation){ .shown = { .rules = rules, .work = work }, .rules = rules, .holders = 1 };
	return generation;
}

FnInForce *
fn_in_force_new(FnRules *rules, const FnEffect *effects, GError **error)
{
	Generation *first = generation_new(rules, effects, error);
	FnInForce *in_force;

	if (first == NULL)
		return NULL;
	in_force = g_new0(FnInForce, 1);
	pthread_mutex_init(&in_force->lock, NULL);
	in_force->effects = effects;
	in_force->now = first;
	return in_force;
}

void
fn_in_force_free(FnInForce *in_force)
{
	if (in_force == NULL)
		return;
	fn_force_release(&in_force->now->shown);
	pthread_mutex_destroy(&in_force->lock);
	g_free(in_force);
}

FnForce *
fn_in_force_take(FnInForce *in_force)
{
	Generation *now;

	fn_mutex_lock(&in_force->lock);
	now = in_force->now;
	g_atomic_int_inc(&now->holders);
	fn_mutex_unlock(&in_force->lock);
	return &now->shown;
}

/* Every open case must stand in a state that @rules know. */
static gboolean
check_standing(const FnRules *rules, FnDb *db, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_work_standing, FN_NO_BINDS, error);
	g_autoptr(GError) why = NULL;

	while (rows != NULL && fn_rows_next(rows, &why)) {
		const char *procedure = fn_rows_text(rows, "procedure"), *state = fn_rows_text(rows, "state");

		if (fn_node_get(fn_node_get(fn_rules_get(rules, "procedures", procedure), "states"), state) != NULL)
			continue;
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE,
			"%s: open cases stand in state \"%s\", which the new rules do not have; keep the state until they have left it", procedure, state);
		return FALSE;
	}
	if (why != NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	return rows != NULL && why == NULL;
}

gboolean
fn_in_force_replace(FnInForce *in_force, FnRules *rules, FnDb *db, GError **error)
{
	Generation *next = generation_new(rules, in_force->effects, error), *before;

	if (next == NULL)
		return FALSE;
	if (!check_standing(rules, db, error)) {
		fn_force_release(&next->shown);
		return FALSE;
	}
	fn_mutex_lock(&in_force->lock);
	before = in_force->now;
	in_force->now = next;
	fn_mutex_unlock(&in_force->lock);
	fn_force_release(&before->shown);
	return TRUE;
}
