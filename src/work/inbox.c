/* What waits for somebody, soonest due first, a page at a time. Every seat that the actor holds has its own run of cases in the order of
 * their due moments, kept by one index; a page is these runs merged, so that it costs the same however many cases wait. */
#include "work/work_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "work_sql.h"

#include <string.h>

enum { MAX_PAGE = 200, MAX_SEEN = 1000 }; /* lines of a page; cases looked at for one */

typedef struct {
	gint64 due;
	char *id;
} Waiting;

static void
free_waiting(gpointer data)
{
	g_free(((Waiting *)data)->id);
	g_free(data);
}

static int
by_due(gconstpointer a, gconstpointer b)
{
	const Waiting *one = *(Waiting *const *)a, *other = *(Waiting *const *)b;

	return one->due != other->due ? (one->due < other->due ? -1 : 1) : strcmp(one->id, other->id);
}

/* ---- the runs ---- */

/* Adds the next cases of one seat after @from; where there are more, *horizon_out is drawn in to the last one read. */
static gboolean
read_seat(FnDb *db, const char *organization, const char *kind, const char *office, const Waiting *from, guint limit, GPtrArray *found,
	Waiting *horizon, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_work_waiting_for_seat,
		FN_BINDS(FN_TEXT("organization", organization), FN_TEXT("kind", kind), FN_TEXT("office", office), FN_INT("due", from->due),
			FN_TEXT("case", from->id), FN_INT("limit", (gint64)limit)), error);
	g_autoptr(GError) why = NULL;
	Waiting *last = NULL;
	guint n = 0;

	for (; rows != NULL && fn_rows_next(rows, &why); n++) {
		last = g_new0(Waiting, 1);
		last->due = fn_rows_int(rows, "due_at");
		last->id = g_strdup(fn_rows_text(rows, "case_id"));
		g_ptr_array_add(found, last);
	}
	if (why != NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	if (rows != NULL && n == limit && by_due(&(const Waiting *){ last }, &(const Waiting *){ horizon }) < 0) {
		g_free(horizon->id);
		*horizon = (Waiting){ last->due, g_strdup(last->id) };
	}
	return rows != NULL;
}

/* The next cases after @from of all seats of @actor, in order, each once; none of them beyond what every run was read to. */
static GPtrArray *
read_runs(FnDb *db, const FnActor *actor, const Waiting *from, guint limit, gboolean *more_out, GError **error)
{
	g_autofree char *authority = fn_work_kind_of_authority(actor);
	const char *const scopes[][2] = { { actor->organization, "" }, { "", actor->organization_kind }, { "", authority } };
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(free_waiting);
	Waiting horizon = { G_MAXINT64, g_strdup("\xf4\x8f\xbf\xbf") }; /* after every id */
	gboolean whole = TRUE;

	for (guint i = 0; actor->offices != NULL && i < actor->offices->len; i++)
		for (gsize j = 0; whole && j < G_N_ELEMENTS(scopes); j++)
			if (*scopes[j][0] != '\0' || *scopes[j][1] != '\0')
				whole = read_seat(db, scopes[j][0], scopes[j][1], actor->offices->pdata[i], from, limit, found, &horizon, error);
	g_ptr_array_sort(found, by_due);
	for (guint i = found->len; i-- > 0;) {
		Waiting *one = found->pdata[i], *before = i > 0 ? found->pdata[i - 1] : NULL;

		if (by_due(&(const Waiting *){ one }, &(const Waiting *){ &horizon }) > 0 || (before != NULL && strcmp(before->id, one->id) == 0))
			g_ptr_array_remove_index(found, i);
	}
	*more_out = *horizon.id != '\xf4';
	g_free(horizon.id);
	return whole ? g_steal_pointer(&found) : NULL;
}

/* ---- the lines ---- */

static const FnWorkClock *
soonest(const FnWorkCase *which)
{
	const FnWorkClock *first = NULL;

	for (guint i = 0; i < which->clocks->len; i++) {
		const FnWorkClock *clock = which->clocks->pdata[i];

		if (strcmp(clock->state, "running") == 0 && (first == NULL || clock->due_at < first->due_at))
			first = clock;
	}
	return first;
}

json_t *
fn_work_line(const FnWorkCase *which, json_t *steps, gint64 now)
{
	const FnNode *states = fn_node_get(which->procedure, "states");
	const FnWorkClock *clock = soonest(which);
	g_autofree char *due_at = clock != NULL ? fn_time_format(clock->due_at) : NULL;
	json_t *line;

	line = json_pack("{s:s, s:s, s:o, s:s, s:o, s:s, s:o}", "id", which->id, "procedure", fn_node_text(which->procedure, "id"), "title",
		fn_work_titles(fn_node_get(which->procedure, "title")), "state", which->state, "state_title",
		fn_work_titles(fn_node_get(states, which->state)), "subject", which->subject, "steps", steps);
	if (clock != NULL) {
		json_object_set_new(line, "due", json_string(clock->due_on));
		json_object_set_new(line, "due_at", json_string(due_at));
		json_object_set_new(line, "left", json_integer((json_int_t)fn_work_clock_left(which, clock, now)));
		json_object_set_new(line, "unit", json_string(clock->unit));
		json_object_set_new(line, "provisional", json_boolean(clock->provisional));
	}
	return line;
}

/* One line of the inbox, or NULL when @actor can do none of what is waited for. */
static json_t *
show_line(FnWorkCase *which, const FnActor *actor, gint64 now)
{
	json_t *steps = fn_work_actions(which, actor, TRUE);

	if (json_array_size(steps) > 0)
		return fn_work_line(which, steps, now);
	json_decref(steps);
	return NULL;
}

/* ---- the page ---- */

static gboolean
read_cursor(const char *cursor, Waiting *from, GError **error)
{
	const char *dot = cursor != NULL ? strchr(cursor, '.') : NULL;
	g_autofree char *number = dot != NULL ? g_strndup(cursor, (gsize)(dot - cursor)) : NULL;

	*from = (Waiting){ G_MININT64, NULL };
	if (cursor == NULL || *cursor == '\0') {
		from->id = g_strdup("");
		return TRUE;
	}
	if (number == NULL || strlen(dot + 1) > 64 || !g_utf8_validate(dot + 1, -1, NULL) ||
	    !g_ascii_string_to_signed(number, 10, G_MININT64, G_MAXINT64, &from->due, NULL)) {
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "cursor: give back what the page before gave as next");
		return FALSE;
	}
	from->id = g_strdup(dot + 1);
	return TRUE;
}

static gboolean
add_line(FnWork *work, FnDb *db, const Waiting *waiting, const FnActor *actor, gint64 now, json_t *list, GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_load(work, db, waiting->id, FALSE, error);
	json_t *line = which != NULL ? show_line(which, actor, now) : NULL;

	if (line == NULL)
		return which != NULL;
	json_array_append_new(list, line);
	return fn_work_line_claim(which, actor, line, error);
}

static void
set_from(Waiting *from, const Waiting *at)
{
	char *id = g_strdup(at->id);

	g_free(from->id);
	*from = (Waiting){ at->due, id };
}

json_t *
fn_work_inbox_page(FnWork *work, FnDb *db, const FnActor *actor, const char *cursor, guint limit, gint64 now, char **next_out,
	GError **error)
{
	guint wanted = CLAMP(limit, 1, MAX_PAGE), seen = 0;
	gboolean whole, more = TRUE;
	json_t *list = json_array();
	Waiting from;

	whole = read_cursor(cursor, &from, error);
	while (whole && more && json_array_size(list) < wanted && seen < MAX_SEEN) {
		g_autoptr(GPtrArray) found = read_runs(db, actor, &from, wanted + 1, &more, error);
		guint i = 0;

		whole = found != NULL;
		for (; whole && i < found->len && json_array_size(list) < wanted; i++, seen++) {
			whole = add_line(work, db, found->pdata[i], actor, now, list, error);
			set_from(&from, found->pdata[i]);
		}
		more = more || (found != NULL && i < found->len);
	}
	if (next_out != NULL)
		*next_out = whole && more ? g_strdup_printf("%" G_GINT64_FORMAT ".%s", from.due, from.id) : NULL;
	g_free(from.id);
	if (whole)
		return list;
	json_decref(list);
	return NULL;
}

json_t *
fn_work_inbox(FnWork *work, FnDb *db, const FnActor *actor, gint64 now, GError **error)
{
	return fn_work_inbox_page(work, db, actor, NULL, MAX_PAGE, now, NULL, error);
}
