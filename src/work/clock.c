/* Clocks in working days: the day after the start is day one (002A-A16b, D809-A21). Saturdays that are made up count. */
#include "work/work_priv.h"

#include "base/time.h"
#include "work_sql.h"

#include <string.h>

static char *
date_text(const GDate *day)
{
	char text[11];

	g_date_strftime(text, sizeof(text), "%Y-%m-%d", day);
	return g_strdup(text);
}

static gboolean
save(FnWorkCase *which, const FnWorkClock *clock, GError **error)
{
	return fn_db_exec(which->db, &fn_sql_work_set_clock,
		FN_BINDS(FN_TEXT("id", which->id), FN_TEXT("name", clock->name), FN_TEXT("state", clock->state), FN_TEXT("from", clock->from_on),
			FN_INT("days", clock->days), FN_TEXT("due", clock->due_on), FN_INT("provisional", clock->provisional),
			FN_INT("extended", clock->extended), FN_INT("warned", clock->warned), FN_INT("late", clock->late)),
		NULL, error);
}

static void
set_state(FnWorkClock *clock, const char *state)
{
	g_free(clock->state);
	clock->state = g_strdup(state);
}

/* Works the due date out anew; TRUE when it or its certainty changed. */
static gboolean
compute(const FnWorkCase *which, FnWorkClock *clock)
{
	g_autofree char *before = clock->due_on;
	gboolean was_provisional = clock->provisional;
	GDate from, due;

	g_date_clear(&from, 1);
	if (!fn_date_parse(clock->from_on, &from, NULL)) {
		clock->due_on = g_steal_pointer(&before);
		return FALSE;
	}
	due = fn_calendar_due(fn_rules_calendar(which->work->rules), &from, (guint)CLAMP(clock->days, 0, 10000), &clock->provisional);
	clock->due_on = date_text(&due);
	return g_strcmp0(before, clock->due_on) != 0 || was_provisional != clock->provisional;
}

/* Working days in (@a, @b]. */
static gint64
between(const FnWorkCase *which, const GDate *a, const GDate *b)
{
	gint64 days = 0;
	GDate day = *a;

	while (g_date_compare(&day, b) < 0) {
		g_date_add_days(&day, 1);
		days += fn_calendar_is_workday(fn_rules_calendar(which->work->rules), &day);
	}
	return days;
}

gint64
fn_work_clock_left(const FnWorkCase *which, const FnWorkClock *clock, gint64 now)
{
	GDate today, due;

	g_date_clear(&due, 1);
	if (strcmp(clock->state, "paused") == 0)
		return clock->days;
	if (!fn_date_parse(clock->due_on, &due, NULL))
		return 0;
	fn_time_date(now, &today);
	return g_date_compare(&today, &due) <= 0 ? between(which, &today, &due) : -between(which, &due, &today);
}

static gboolean
is_past(const FnWorkClock *clock, gint64 now)
{
	g_autofree char *today = fn_time_date_text(now);

	return strcmp(clock->state, "running") == 0 && strcmp(today, clock->due_on) > 0;
}

/* Writes down, once for a due date, that it passed; whoever asks first: the tick or the step that stops the clock. */
static gboolean
mark_late(FnWorkCase *which, FnWorkClock *clock, gint64 now, GError **error)
{
	const FnNode *overdue = fn_node_get(fn_node_get(which->procedure, "overdue"), clock->name);
	const char *finding = fn_node_text(overdue, "finding");

	clock->late = TRUE;
	if (finding != NULL && !fn_db_exec(which->db, &fn_sql_work_add_finding,
		FN_BINDS(FN_TEXT("id", which->id), FN_TEXT("finding", finding), FN_TEXT("clock", clock->name), FN_TEXT("due", clock->due_on),
			FN_INT("now", now)), NULL, error))
		return FALSE;
	return fn_work_tell(which, fn_node_get(overdue, "tell"), "overdue", clock->name, now, error) && save(which, clock, error);
}

static FnWorkClock *
make(FnWorkCase *which, const char *name)
{
	FnWorkClock *clock = fn_work_case_clock(which, name);

	if (clock != NULL)
		return clock;
	clock = g_new0(FnWorkClock, 1);
	clock->name = g_strdup(name);
	g_ptr_array_add(which->clocks, clock);
	return clock;
}

static gboolean
start(FnWorkCase *which, const char *name, gint64 now, GError **error)
{
	const FnNode *declared = fn_node_get(fn_node_get(which->procedure, "clocks"), name);
	FnWorkClock *clock = make(which, name);

	set_state(clock, "running");
	g_free(clock->from_on);
	clock->from_on = fn_time_date_text(now);
	clock->days = fn_rules_parameter_int(which->work->rules, fn_node_text(declared, "parameter"), 0);
	clock->extended = clock->warned = clock->late = FALSE;
	compute(which, clock);
	return save(which, clock, error);
}

static gboolean
halt(FnWorkCase *which, const char *name, gint64 now, GError **error)
{
	FnWorkClock *clock = fn_work_case_clock(which, name);

	if (clock == NULL || strcmp(clock->state, "stopped") == 0)
		return TRUE;
	if (is_past(clock, now) && !clock->late && !mark_late(which, clock, now, error))
		return FALSE;
	set_state(clock, "stopped");
	return save(which, clock, error);
}

static gboolean
hold(FnWorkCase *which, const char *name, gint64 now, GError **error)
{
	FnWorkClock *clock = fn_work_case_clock(which, name);

	if (clock == NULL || strcmp(clock->state, "running") != 0)
		return TRUE;
	if (is_past(clock, now) && !clock->late && !mark_late(which, clock, now, error))
		return FALSE;
	clock->days = MAX(fn_work_clock_left(which, clock, now), 0);
	set_state(clock, "paused");
	return save(which, clock, error);
}

static gboolean
go_on(FnWorkCase *which, const char *name, gint64 now, GError **error)
{
	FnWorkClock *clock = fn_work_case_clock(which, name);

	if (clock == NULL || strcmp(clock->state, "paused") != 0)
		return TRUE;
	set_state(clock, "running");
	g_free(clock->from_on);
	clock->from_on = fn_time_date_text(now);
	compute(which, clock);
	return save(which, clock, error);
}

static gboolean
extend(FnWorkCase *which, const char *name, const char *parameter, gint64 now, GError **error)
{
	FnWorkClock *clock = fn_work_case_clock(which, name);

	if (clock == NULL || strcmp(clock->state, "running") != 0) {
		g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE, "the clock \"%s\" does not run, so it cannot be extended", name);
		return FALSE;
	}
	if (clock->extended) {
		g_set_error(error, FN_WORK_ERROR, FN_WORK_ERROR_ONCE, "the clock \"%s\" was extended already", name);
		return FALSE;
	}
	if (is_past(clock, now) && !clock->late && !mark_late(which, clock, now, error))
		return FALSE;
	clock->days += fn_rules_parameter_int(which->work->rules, parameter, 0);
	clock->extended = TRUE;
	clock->warned = clock->late = FALSE;
	compute(which, clock);
	return save(which, clock, error);
}

gboolean
fn_work_clocks_step(FnWorkCase *which, const FnNode *step, gint64 now, GError **error)
{
	static const struct {
		const char *key;
		gboolean (*move)(FnWorkCase *which, const char *name, gint64 now, GError **error);
	} moves[] = { { "stop", halt }, { "pause", hold }, { "resume", go_on }, { "start", start } };
	const FnNode *more = fn_node_get(step, "extend");
	const char *name;

	for (gsize i = 0; i < G_N_ELEMENTS(moves); i++)
		for (guint j = 0; (name = fn_node_word(fn_node_get(step, moves[i].key), j)) != NULL; j++)
			if (!moves[i].move(which, name, now, error))
				return FALSE;
	for (guint i = 0; i < fn_node_count(more); i++)
		if (!extend(which, fn_node_key_at(more, i), fn_node_scalar(fn_node_at(more, i)), now, error))
			return FALSE;
	return TRUE;
}

/* The rules changed: the due date follows, and the history says so. */
static gboolean
recompute(FnWorkCase *which, FnWorkClock *clock, gint64 now, GError **error)
{
	g_autofree char *before = g_strdup(clock->due_on);
	g_autofree char *say = NULL;

	if (!compute(which, clock))
		return TRUE;
	say = g_strdup_printf("due %s -> %s%s", before, clock->due_on, clock->provisional ? " (provisional)" : "");
	return save(which, clock, error) &&
		fn_work_case_enter(which, "clock", clock->name, which->state, "", "", NULL, say, NULL, now, error) &&
		fn_work_tell_waiting(which, "recomputed", clock->name, now, error);
}

static gboolean
warn(FnWorkCase *which, FnWorkClock *clock, gint64 now, GError **error)
{
	clock->warned = TRUE;
	return fn_work_tell_waiting(which, "near", clock->name, now, error) && save(which, clock, error);
}

/* One running clock. *marked_out counts what was written. */
static gboolean
tick_clock(FnWorkCase *which, FnWorkClock *clock, gint64 now, gint64 *marked_out, GError **error)
{
	const FnNode *declared = fn_node_get(fn_node_get(which->procedure, "clocks"), clock->name);
	gint64 near = fn_node_int(declared, "warn", -1);

	if (strcmp(clock->state, "running") != 0)
		return TRUE;
	if (!recompute(which, clock, now, error))
		return FALSE;
	if (is_past(clock, now)) {
		if (clock->late)
			return TRUE;
		(*marked_out)++;
		return mark_late(which, clock, now, error);
	}
	if (clock->warned || fn_work_clock_left(which, clock, now) > near)
		return TRUE;
	(*marked_out)++;
	return warn(which, clock, now, error);
}

static GPtrArray *
running_cases(FnDb *db, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_work_cases_with_clocks, FN_NO_BINDS, error);
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) why = NULL;

	while (rows != NULL && fn_rows_next(rows, &why))
		g_ptr_array_add(ids, g_strdup(fn_rows_text(rows, "case_id")));
	if (why != NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	else if (rows != NULL)
		return g_steal_pointer(&ids);
	return NULL;
}

gint64
fn_work_tick(FnWork *work, FnDb *db, gint64 now, GError **error)
{
	g_autoptr(GPtrArray) ids = running_cases(db, error);
	gint64 marked = 0;

	for (guint i = 0; ids != NULL && i < ids->len; i++) {
		g_autoptr(FnWorkCase) which = fn_work_case_load(work, db, ids->pdata[i], TRUE, error);

		for (guint j = 0; which != NULL && j < which->clocks->len; j++)
			if (!tick_clock(which, which->clocks->pdata[j], now, &marked, error))
				return -1;
		if (which == NULL)
			return -1;
	}
	return ids != NULL ? marked : -1;
}
