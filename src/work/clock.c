/* Clocks in working days, days and hours. Of days, the one after the start is day one (002A-A16b, D809-A21), and the last one counts whole;
 * Saturdays that are made up are working days. Hours count from the moment. Every running clock knows the moment when the tick has to
 * look at it next, so that a sweep touches only what is due. */
#include "work/work_priv.h"

#include "base/say.h"
#include "base/time.h"
#include "work_sql.h"

#include <string.h>

enum { UNIX_DAY = 719163 }; /* 1970-01-01 as GDate counts */
static const gint64 HOUR = G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC;

static char *
date_text(const GDate *day)
{
	char text[11];

	g_date_strftime(text, sizeof(text), "%Y-%m-%d", day);
	return g_strdup(text);
}

gint64
fn_work_day_end(const char *date)
{
	GDate day;

	g_date_clear(&day, 1);
	if (!fn_date_parse(date, &day, NULL))
		return 0;
	/* midnight in China, eight hours before midnight UTC */
	return (((gint64)g_date_get_julian(&day) - UNIX_DAY + 1) * 24 - 8) * HOUR;
}

static gboolean
is_hours(const FnWorkClock *clock)
{
	return strcmp(clock->unit, "hour") == 0;
}

/* The first day on which no more than @warn days are left, @from at the earliest. */
static GDate
near_day(const FnWorkCase *which, const FnWorkClock *clock, gint64 warn, const GDate *from, const GDate *due)
{
	gboolean all_days = strcmp(clock->unit, "day") == 0;
	GDate day = *due;

	while (g_date_compare(&day, from) > 0) {
		warn -= all_days || fn_calendar_is_workday(fn_rules_calendar(which->work->rules), &day);
		if (warn < 0)
			break;
		g_date_subtract_days(&day, 1);
	}
	return day;
}

static gint64
near_at(const FnWorkCase *which, const FnWorkClock *clock, gint64 warn)
{
	GDate from, due, near;
	g_autofree char *date = NULL;

	if (is_hours(clock))
		return clock->due_at - warn * HOUR;
	g_date_clear(&from, 1);
	g_date_clear(&due, 1);
	if (!fn_date_parse(clock->from_on, &from, NULL) || !fn_date_parse(clock->due_on, &due, NULL))
		return 0;
	near = near_day(which, clock, warn, &from, &due);
	date = date_text(&near);
	return fn_work_day_end(date) - 24 * HOUR;
}

/* When the tick has something to do with it next. */
static gint64
look_at(const FnWorkCase *which, const FnWorkClock *clock)
{
	gint64 warn = fn_node_int(fn_node_get(fn_node_get(which->procedure, "clocks"), clock->name), "warn", -1);

	if (strcmp(clock->state, "running") != 0 || clock->late)
		return FN_WORK_NEVER;
	return warn >= 0 && !clock->warned ? MIN(near_at(which, clock, warn), clock->due_at) : clock->due_at;
}

static gboolean
save(FnWorkCase *which, const FnWorkClock *clock, GError **error)
{
	return fn_db_exec(which->db, &fn_sql_work_set_clock,
		FN_BINDS(FN_TEXT("id", which->id), FN_TEXT("name", clock->name), FN_TEXT("state", clock->state), FN_TEXT("from", clock->from_on),
			FN_INT("days", clock->days), FN_TEXT("due", clock->due_on), FN_INT("provisional", clock->provisional),
			FN_INT("extended", clock->extended), FN_INT("warned", clock->warned), FN_INT("late", clock->late),
			FN_TEXT("unit", clock->unit), FN_INT("from_at", clock->from_at), FN_INT("due_at", clock->due_at),
			FN_INT("look_at", look_at(which, clock))),
		NULL, error);
}

static void
set_state(FnWorkClock *clock, const char *state)
{
	g_free(clock->state);
	clock->state = g_strdup(state);
}

/* The last day of a clock of days. *provisional_out: a year on the way has no notice. */
static char *
due_day(const FnRules *rules, const char *unit, const char *from_on, gint64 days, gboolean *provisional_out)
{
	GDate from, due;

	*provisional_out = FALSE;
	g_date_clear(&from, 1);
	if (!fn_date_parse(from_on, &from, NULL))
		return NULL;
	due = from;
	if (strcmp(unit, "day") == 0)
		g_date_add_days(&due, (guint)CLAMP(days, 0, 10000));
	else
		due = fn_calendar_due(fn_rules_calendar(rules), &from, (guint)CLAMP(days, 0, 10000), provisional_out);
	return date_text(&due);
}

/* Works the due date out anew; TRUE when it or its certainty changed. */
static gboolean
compute(const FnWorkCase *which, FnWorkClock *clock)
{
	g_autofree char *before = clock->due_on;
	gboolean was_provisional = clock->provisional;

	if (is_hours(clock)) {
		clock->due_at = clock->from_at + clock->days * G_USEC_PER_SEC;
		clock->due_on = fn_time_date_text(clock->due_at);
		return g_strcmp0(before, clock->due_on) != 0;
	}
	clock->due_on = due_day(which->work->rules, clock->unit, clock->from_on, clock->days, &clock->provisional);
	if (clock->due_on == NULL) {
		clock->due_on = g_steal_pointer(&before);
		return FALSE;
	}
	clock->due_at = fn_work_day_end(clock->due_on);
	return g_strcmp0(before, clock->due_on) != 0 || was_provisional != clock->provisional;
}

/* Days in (@a, @b] that the clock counts. */
static gint64
between(const FnWorkCase *which, const FnWorkClock *clock, const GDate *a, const GDate *b)
{
	gint64 days = 0;
	GDate day = *a;

	if (strcmp(clock->unit, "day") == 0)
		return g_date_days_between(a, b);
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
		return is_hours(clock) ? clock->days / 3600 : clock->days;
	if (is_hours(clock))
		return (clock->due_at - now) / HOUR;
	if (!fn_date_parse(clock->due_on, &due, NULL))
		return 0;
	fn_time_date(now, &today);
	return g_date_compare(&today, &due) <= 0 ? between(which, clock, &today, &due) : -between(which, clock, &due, &today);
}

static gboolean
is_past(const FnWorkClock *clock, gint64 now)
{
	return strcmp(clock->state, "running") == 0 && now >= clock->due_at;
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

static void
run_from(const FnWorkCase *which, FnWorkClock *clock, gint64 now)
{
	set_state(clock, "running");
	g_free(clock->from_on);
	clock->from_on = fn_time_date_text(now);
	clock->from_at = now;
	compute(which, clock);
}

/* How long it runs: by its parameter, or by the one that the form chooses. */
static gboolean
length_of(const FnWorkCase *which, const FnNode *declared, gint64 *length_out, GError **error)
{
	const char *parameter = fn_node_text(declared, "parameter"), *of = fn_node_text(declared, "of");
	const char *chosen = of != NULL ? json_string_value(json_object_get(which->form, of)) : NULL;

	if (of != NULL)
		parameter = chosen != NULL ? fn_node_text(fn_node_get(declared, "parameters"), chosen) : NULL;
	if (parameter == NULL) {
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "%s: is missing; the time limit depends on it", of != NULL ? of : "form");
		return FALSE;
	}
	*length_out = fn_rules_parameter_int(which->work->rules, parameter, 0);
	return TRUE;
}

static gboolean
start(FnWorkCase *which, const char *name, gint64 now, GError **error)
{
	const FnNode *declared = fn_node_get(fn_node_get(which->procedure, "clocks"), name);
	FnWorkClock *clock;
	gint64 length;

	if (!length_of(which, declared, &length, error))
		return FALSE;
	clock = make(which, name);
	g_free(clock->unit);
	clock->unit = g_strdup(fn_node_text(declared, "unit"));
	clock->days = is_hours(clock) ? length * 3600 : length;
	clock->provisional = clock->extended = clock->warned = clock->late = FALSE;
	run_from(which, clock, now);
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
	clock->days = is_hours(clock) ? MAX(clock->due_at - now, 0) / G_USEC_PER_SEC : MAX(fn_work_clock_left(which, clock, now), 0);
	set_state(clock, "paused");
	return save(which, clock, error);
}

static gboolean
go_on(FnWorkCase *which, const char *name, gint64 now, GError **error)
{
	FnWorkClock *clock = fn_work_case_clock(which, name);

	if (clock == NULL || strcmp(clock->state, "paused") != 0)
		return TRUE;
	run_from(which, clock, now);
	return save(which, clock, error);
}

static gboolean
extend(FnWorkCase *which, const char *name, const char *parameter, gint64 now, GError **error)
{
	FnWorkClock *clock = fn_work_case_clock(which, name);

	if (clock == NULL || strcmp(clock->state, "running") != 0) {
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE, "the clock \"%s\" does not run, so it cannot be extended", name);
		return FALSE;
	}
	if (clock->extended) {
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_ONCE, "the clock \"%s\" was extended already", name);
		return FALSE;
	}
	if (is_past(clock, now) && !clock->late && !mark_late(which, clock, now, error))
		return FALSE;
	clock->days += fn_rules_parameter_int(which->work->rules, parameter, 0) * (is_hours(clock) ? 3600 : 1);
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
	FnWorkEntry entry;

	if (!compute(which, clock))
		return TRUE;
	say = g_strdup_printf("due %s -> %s%s", before, clock->due_on, clock->provisional ? " (provisional)" : "");
	entry = (FnWorkEntry){ .kind = "clock", .step = clock->name, .to = which->state, .say = say };
	return save(which, clock, error) &&
		fn_work_case_enter(which, &entry, now, error) &&
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
	if (is_past(clock, now) && !clock->late) {
		(*marked_out)++;
		return mark_late(which, clock, now, error);
	}
	if (!clock->warned && !is_past(clock, now) && near >= 0 && now >= near_at(which, clock, near)) {
		(*marked_out)++;
		return warn(which, clock, now, error);
	}
	return save(which, clock, error); /* else it would be looked at for ever */
}

/* The step that the platform takes by itself because a clock ran out, where the case still stands before it; else NULL. */
static const FnNode *
step_by_itself(const FnWorkCase *which)
{
	for (guint i = 0; i < which->clocks->len; i++) {
		const FnWorkClock *clock = which->clocks->pdata[i];
		const char *name = fn_node_text(fn_node_get(fn_node_get(which->procedure, "overdue"), clock->name), "step");
		const FnNode *step = name != NULL ? fn_work_step_named(which->procedure, name) : NULL;

		if (step != NULL && clock->late && strcmp(clock->state, "running") == 0 && fn_node_has_word(fn_node_get(step, "from"), which->state))
			return step;
	}
	return NULL;
}

static gboolean
go_by_itself(FnWork *work, FnDb *db, const char *id, const FnNode *step, gint64 now, GError **error)
{
	g_autoptr(FnActor) platform = fn_work_platform();

	return fn_work_step(work, db, id, fn_node_text(step, "do"), "the time is over", NULL, platform, now, error);
}

static gboolean
tick_case(FnWork *work, FnDb *db, const char *id, gint64 now, gint64 *marked_out, GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_load(work, db, id, TRUE, error);
	const FnNode *step;

	for (guint i = 0; which != NULL && i < which->clocks->len; i++)
		if (!tick_clock(which, which->clocks->pdata[i], now, marked_out, error))
			return FALSE;
	/* a step leaves due dates and who waits as they then are */
	if (which != NULL && (step = step_by_itself(which)) != NULL)
		return go_by_itself(work, db, id, step, now, error);
	return which != NULL &&
		fn_db_exec(db, &fn_sql_work_set_due, FN_BINDS(FN_TEXT("id", id), FN_INT("due", fn_work_case_due(which))), NULL, error) &&
		fn_db_exec(db, &fn_sql_work_set_waiting_due, FN_BINDS(FN_TEXT("id", id), FN_INT("due", fn_work_case_due(which))), NULL, error);
}

/* ---- another calendar ---- */

char *
fn_work_calendar_digest(const FnRules *rules)
{
	static const char *const kinds[] = { "off", "work" };
	g_autoptr(GString) days = g_string_new(NULL);
	guint n;
	const FnNode *const *years = fn_rules_all(rules, "calendar", &n);

	for (guint i = 0; i < n; i++) {
		const FnNode *holidays = fn_node_get(years[i], "holidays");

		g_string_append_printf(days, "%s\n", fn_node_text(years[i], "id"));
		for (guint j = 0; j < fn_node_count(holidays); j++)
			for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++) {
				const FnNode *list = fn_node_get(fn_node_at(holidays, j), kinds[k]);

				for (guint l = 0; l < fn_node_count(list); l++)
					g_string_append_printf(days, "%s %s\n", kinds[k], fn_node_scalar(fn_node_at(list, l)));
			}
	}
	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, days->str, -1);
}

/* The next clocks after @at; those whose date moves are added to @moved. *at is the last one read, *n_out how many were. */
static gboolean
find_moved(FnWork *work, FnDb *db, char *at[2], GHashTable *moved, guint *n_out, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_work_clocks_by_calendar, FN_BINDS(FN_TEXT("case", at[0]), FN_TEXT("name", at[1])), error);
	g_autoptr(GError) why = NULL;

	*n_out = 0;
	while (rows != NULL && fn_rows_next(rows, &why)) {
		gboolean provisional;
		g_autofree char *due = due_day(work->rules, "working_day", fn_rows_text(rows, "from_on"), fn_rows_int(rows, "days"), &provisional);

		(*n_out)++;
		for (guint i = 0; i < 2; i++) {
			g_free(at[i]);
			at[i] = g_strdup(fn_rows_text(rows, i == 0 ? "case_id" : "name"));
		}
		if (g_strcmp0(due, fn_rows_text(rows, "due_on")) != 0 || provisional != (fn_rows_int(rows, "provisional") != 0))
			g_hash_table_add(moved, g_strdup(at[0]));
	}
	if (why == NULL)
		return rows != NULL;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

static gboolean
tick_moved(FnWork *work, FnDb *db, gint64 now, gint64 *marked_out, GError **error)
{
	g_autoptr(GHashTable) moved = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	char *at[2] = { g_strdup(""), g_strdup("") };
	gboolean whole = TRUE;
	guint n = 1;

	while (whole && n > 0)
		whole = find_moved(work, db, at, moved, &n, error);
	if (whole) {
		g_autoptr(GList) ids = g_list_sort(g_hash_table_get_keys(moved), (GCompareFunc)strcmp);

		for (GList *id = ids; whole && id != NULL; id = id->next)
			whole = tick_case(work, db, id->data, now, marked_out, error);
	}
	g_free(at[0]);
	g_free(at[1]);
	return whole;
}

/* When a year's notice came, or another was corrected, every date that follows from it moves; else nothing is touched. */
static gboolean
follow_calendar(FnWork *work, FnDb *db, gint64 now, gint64 *marked_out, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autofree char *before = fn_db_text(db, &fn_sql_work_mark, FN_BINDS(FN_TEXT("name", "calendar")), &why);

	if (why != NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	if (g_strcmp0(before, work->calendar) == 0)
		return TRUE;
	return tick_moved(work, db, now, marked_out, error) &&
		fn_db_exec(db, &fn_sql_work_set_mark, FN_BINDS(FN_TEXT("name", "calendar"), FN_TEXT("value", work->calendar)), NULL, error);
}

/* ---- the tick ---- */

static GPtrArray *
cases_to_look_at(FnDb *db, gint64 now, const char *after, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_work_cases_to_look_at, FN_BINDS(FN_INT("now", now), FN_TEXT("after", after)), error);
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
	g_autofree char *after = g_strdup("");
	gint64 marked = 0;

	if (!follow_calendar(work, db, now, &marked, error))
		return -1;
	for (;;) {
		g_autoptr(GPtrArray) ids = cases_to_look_at(db, now, after, error);

		if (ids == NULL || ids->len == 0)
			return ids != NULL ? marked : -1;
		for (guint i = 0; i < ids->len; i++)
			if (!tick_case(work, db, ids->pdata[i], now, &marked, error))
				return -1;
		g_free(after);
		after = g_strdup(ids->pdata[ids->len - 1]);
	}
}
