/* What no entry tells: grants that nobody uses, suspensions and rectifications that were decided, alerts whose case has ended. */
#include "watch/watch_priv.h"

#include "catalog/catalog.h"
#include "watch_sql.h"

#include <string.h>

/* ---- grants that nobody uses ---- */

typedef struct {
	char *grant, *consumer;
	gint64 at;
	guint64 entry;
} Unused;

static void
free_unused(gpointer data)
{
	Unused *unused = data;

	g_free(unused->grant);
	g_free(unused->consumer);
	g_free(unused);
}

static GPtrArray *
find_unused(FnDb *db, gint64 until, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_watch_unused, FN_BINDS(FN_INT("until", until)), error);
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_unused);
	GError *why = NULL;

	if (rows == NULL)
		return NULL;
	while (fn_rows_next(rows, &why)) {
		Unused *unused = g_new0(Unused, 1);

		*unused = (Unused){ g_strdup(fn_rows_text(rows, "id")), g_strdup(fn_rows_text(rows, "consumer")), fn_rows_int(rows, "at"),
			(guint64)fn_rows_int(rows, "entry") };
		g_ptr_array_add(list, unused);
	}
	if (why == NULL)
		return g_steal_pointer(&list);
	g_propagate_error(error, why);
	return NULL;
}

/* Told once for each time it goes unused, and again after as many days once it was handled. */
static gboolean
tell_unused(FnWatch *watch, FnDb *db, const FnWatchRule *rule, const Unused *unused, gint64 now, GError **error)
{
	gint64 days = (now - unused->at) / G_TIME_SPAN_DAY;
	const FnHit hit = { .at = now, .from = unused->entry, .to = MAX(unused->entry, watch->state.next > 0 ? watch->state.next - 1 : 0),
		.measured = days, .place = now };
	FnAlert *alert;

	if (!fn_hit_find(watch, db, rule, unused->grant, &alert, error))
		return FALSE;
	if (alert != NULL && alert->open) {
		if (days > alert->measured)
			fn_hit_add(alert, &hit);
		return TRUE;
	}
	if (alert != NULL && now - MAX(alert->last_at, unused->at) < rule->threshold * G_TIME_SPAN_DAY)
		return TRUE;
	fn_hit_new(watch, rule, unused->grant, (FnSpan){ unused->consumer, strlen(unused->consumer) }, &hit);
	return TRUE;
}

static gboolean
look_at_unused(FnWatch *watch, FnDb *db, gint64 now, gboolean *late_out, GError **error)
{
	const FnMeasure *measure = fn_measure_find("unused");

	for (guint i = 0; i < watch->rules->len; i++) {
		const FnWatchRule *rule = watch->rules->pdata[i];
		g_autoptr(GPtrArray) list = NULL;

		if (rule->measure != measure)
			continue;
		if ((list = find_unused(db, now - rule->threshold * G_TIME_SPAN_DAY, error)) == NULL)
			return FALSE;
		for (guint j = 0; j < list->len; j++)
			if (!tell_unused(watch, db, rule, list->pdata[j], now, error))
				return FALSE;
	}
	return fn_hits_write(watch, db, now, late_out, error);
}

/* ---- what was decided ---- */

/* The grant goes by itself, and with it the case of its application, as when an agreement runs out. */
static gboolean
suspend(FnWatch *watch, FnDb *db, const char *grant, const char *why, gint64 now, gboolean *done_out, GError **error)
{
	g_autoptr(FnActor) platform = fn_work_platform();
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_watch_grant, FN_BINDS(FN_TEXT("id", grant)), error);
	g_autofree char *application = NULL;
	GError *failed = NULL;

	*done_out = FALSE;
	if (rows == NULL)
		return FALSE;
	if (!fn_rows_next(rows, &failed) || !g_str_equal(fn_rows_text(rows, "state"), "active")) {
		if (failed != NULL)
			g_propagate_error(error, failed);
		return failed == NULL;
	}
	application = g_strdup(fn_rows_text(rows, "case_id"));
	g_clear_pointer(&rows, fn_rows_free);
	*done_out = TRUE;
	return fn_catalog_set_grant_state(db, grant, "suspended", why, NULL, now, error) &&
		fn_work_step(watch->work, db, application, "lapse", why, NULL, platform, now, error);
}

static gboolean
carry_out(FnWatch *watch, FnDb *db, const char *case_id, gint64 now, GError **error)
{
	g_autoptr(FnActor) platform = fn_work_platform();
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_watch_of_case, FN_BINDS(FN_TEXT("case_id", case_id)), error);
	g_autofree char *why = NULL, *grant = NULL;
	gboolean done = FALSE;
	GError *failed = NULL;

	if (rows == NULL)
		return FALSE;
	if (fn_rows_next(rows, &failed)) {
		why = g_strdup_printf("misuse was confirmed: alert %s", fn_rows_text(rows, "id"));
		grant = g_str_equal(fn_rows_text(rows, "per"), "grant") ? g_strdup(fn_rows_text(rows, "subject")) : NULL;
	}
	g_clear_pointer(&rows, fn_rows_free);
	if (failed != NULL) {
		g_propagate_error(error, failed);
		return FALSE;
	}
	if (grant != NULL && !suspend(watch, db, grant, why, now, &done, error))
		return FALSE;
	return fn_work_step(watch->work, db, case_id, done ? "suspended" : "not_suspended", done ? why : "the alert names no grant that is active",
		NULL, platform, now, error);
}

/* A rectification that a step of another case opened: the platform gives notice, from which its clock runs. */
static gboolean
give_notice(FnWatch *watch, FnDb *db, gint64 now, GError **error)
{
	g_autoptr(FnActor) platform = fn_work_platform();
	g_auto(GStrv) ids = fn_work_cases_in(db, "rectification", "found", error);

	for (guint i = 0; ids != NULL && ids[i] != NULL; i++)
		if (!fn_work_step(watch->work, db, ids[i], "notify", NULL, NULL, platform, now, error))
			return FALSE;
	return ids != NULL;
}

/* *@late_out: an alert was handled between reading and writing it; nothing of this stands. */
static gboolean
look(FnWatch *watch, FnDb *db, gint64 now, gboolean *late_out, GError **error)
{
	g_auto(GStrv) ids = NULL;

	if (!fn_watch_lock(watch, db, error) || (ids = fn_work_cases_in(db, "alert", "suspending", error)) == NULL)
		return FALSE;
	for (guint i = 0; ids[i] != NULL; i++)
		if (!carry_out(watch, db, ids[i], now, error))
			return FALSE;
	return give_notice(watch, db, now, error) && fn_db_exec(db, &fn_sql_watch_close_with_cases, FN_BINDS(FN_INT("now", now)), NULL, error) &&
		look_at_unused(watch, db, now, late_out, error) && (*late_out || fn_db_commit(db, error));
}

gboolean
fn_watch_look(FnWatch *watch, FnDb *db, gint64 now, GError **error)
{
	gboolean late = FALSE, done;

	if (!fn_db_begin(db, error))
		return FALSE;
	done = look(watch, db, now, &late, error);
	if (done && !late)
		return TRUE;
	fn_db_rollback(db);
	fn_watch_forget(watch);
	return done;
}
