/* Lists of cases, newest first. An organization without a seat by its kind finds its cases by an index of parties; who supervises sees most
 * of all there are. */
#include "work/work_priv.h"

#include "base/say.h"
#include "work_sql.h"

#include <string.h>

enum { MAX_PAGE = 200, MAX_SEEN = 1000 }; /* lines of a page; cases looked at for one */

#define NEWEST "zzzz" /* after every id, by any collation */

/* Whether procedures give seats to kinds of organization as @actor's is, whoever the parties are. */
static gboolean
sees_by_kind(const FnWork *work, const FnActor *actor)
{
	const FnNode *parties = fn_node_get(fn_rules_get(work->rules, "roles", "roles"), "parties");

	for (guint i = 0; i < fn_node_count(parties); i++)
		if (g_strcmp0(fn_node_text(fn_node_at(parties, i), "kind"), actor->organization_kind) == 0)
			return TRUE;
	return FALSE;
}

static const char *
given(const char *text)
{
	return text != NULL ? text : "";
}

static GPtrArray *
next_ids(const FnWork *work, FnDb *db, const FnWorkQuery *query, const FnActor *actor, const char *before, GError **error)
{
	const FnSql *sql = sees_by_kind(work, actor) ? &fn_sql_work_cases_all : &fn_sql_work_cases_of;
	const FnBind all[] = { FN_TEXT("before", before), FN_TEXT("procedure", given(query->procedure)), FN_TEXT("state", given(query->state)),
		FN_INT("limit", MAX_PAGE), { 0 } };
	const FnBind own[] = { FN_TEXT("before", before), FN_TEXT("procedure", given(query->procedure)), FN_TEXT("state", given(query->state)),
		FN_INT("limit", MAX_PAGE), FN_TEXT("organization", actor->organization), { 0 } };
	g_autoptr(FnRows) rows = fn_db_query(db, sql, sql == &fn_sql_work_cases_all ? all : own, error);
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) why = NULL;

	while (rows != NULL && fn_rows_next(rows, &why))
		g_ptr_array_add(ids, g_strdup(fn_rows_text(rows, "id")));
	if (rows != NULL && why == NULL)
		return g_steal_pointer(&ids);
	if (why != NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	return NULL;
}

static gboolean
acted_in(const FnWorkCase *which, const json_t *line, const FnActor *actor)
{
	const json_t *claim = json_object_get(line, "claimed_by");

	for (guint i = 0; i < which->history->len; i++)
		if (strcmp(((const FnWorkEvent *)which->history->pdata[i])->account, actor->account) == 0)
			return TRUE;
	return g_strcmp0(json_string_value(json_object_get(claim, "account")), actor->account) == 0;
}

static gboolean
add_line(FnWork *work, FnDb *db, const char *id, const FnWorkQuery *query, const FnActor *actor, gint64 now, json_t *list, GError **error)
{
	g_autoptr(FnWorkCase) which = fn_work_case_load(work, db, id, FALSE, error);
	json_t *line;
	gboolean whole;

	if (which == NULL || !fn_work_may_see(which, actor))
		return which != NULL;
	line = fn_work_line(which, fn_work_actions(which, actor, FALSE), now);
	json_object_set_new(line, "ended", json_boolean(which->ended));
	whole = fn_work_line_claim(which, actor, line, error);
	if (whole && (!query->mine || acted_in(which, line, actor)))
		json_array_append(list, line);
	json_decref(line);
	return whole;
}

static gboolean
check_query(const FnWork *work, const FnWorkQuery *query, GError **error)
{
	const FnNode *procedure = query->procedure != NULL ? fn_rules_get(work->rules, "procedures", query->procedure) : NULL;

	if (query->procedure != NULL && procedure == NULL)
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "procedure: there is none of that name; see the list of procedures");
	else if (query->state != NULL && procedure != NULL && fn_node_get(fn_node_get(procedure, "states"), query->state) == NULL)
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "state: the procedure has none of that name");
	else if (query->cursor != NULL && (strlen(query->cursor) > 64 || !g_str_is_ascii(query->cursor)))
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM, "cursor: give back what the page before gave as next");
	else
		return TRUE;
	return FALSE;
}

json_t *
fn_work_list(FnWork *work, FnDb *db, const FnWorkQuery *query, const FnActor *actor, gint64 now, char **next_out, GError **error)
{
	g_autofree char *before = g_strdup(query->cursor != NULL && *query->cursor != '\0' ? query->cursor : NEWEST);
	guint wanted = CLAMP(query->limit, 1, MAX_PAGE), seen = 0;
	gboolean whole = check_query(work, query, error), more = whole;
	json_t *list = json_array();

	while (whole && more && json_array_size(list) < wanted && seen < MAX_SEEN) {
		g_autoptr(GPtrArray) ids = next_ids(work, db, query, actor, before, error);
		guint i = 0;

		whole = ids != NULL;
		for (; whole && i < ids->len && json_array_size(list) < wanted; i++, seen++) {
			whole = add_line(work, db, ids->pdata[i], query, actor, now, list, error);
			g_free(before);
			before = g_strdup(ids->pdata[i]);
		}
		more = ids != NULL && (i < ids->len || ids->len == MAX_PAGE);
	}
	*next_out = whole && more ? g_steal_pointer(&before) : NULL;
	if (whole)
		return list;
	json_decref(list);
	return NULL;
}
