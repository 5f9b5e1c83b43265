/* Whom a case waits for, and who is told. */
#include "work/work_priv.h"

#include "base/text.h"
#include "base/time.h"
#include "work_sql.h"

#include <string.h>

enum { MAX_NOTICES = 200 };

typedef struct {
	const char *kind, *about;
	gint64 now;
} Notice;

static gboolean
add_notice(const FnWorkCase *which, const char *office, const char *organization, const char *kind, gpointer data, GError **error)
{
	const Notice *notice = data;
	g_autofree char *id = fn_id_new();

	return fn_db_exec(which->db, &fn_sql_work_add_notice,
		FN_BINDS(FN_TEXT("id", id), FN_TEXT("case", which->id), FN_TEXT("organization", organization), FN_TEXT("organization_kind", kind),
			FN_TEXT("office", office), FN_TEXT("kind", notice->kind), FN_TEXT("about", notice->about), FN_INT("at", notice->now)),
		NULL, error);
}

gboolean
fn_work_tell(FnWorkCase *which, const FnNode *roles, const char *kind, const char *about, gint64 now, GError **error)
{
	Notice notice = { .kind = kind, .about = about, .now = now };

	return fn_work_each_seat(which, roles, add_notice, &notice, error);
}

/* The steps that somebody is waited for in the present state. */
static gboolean
is_awaited(const FnWorkCase *which, const FnNode *step)
{
	return fn_node_has_word(fn_node_get(step, "from"), which->state) && !fn_node_bool(step, "may", FALSE) &&
		fn_work_guard_holds(step, which->form);
}

/* The offices waited for, three texts each (office, organization, kind), read before anything is written. */
static GPtrArray *
waiting_offices(const FnWorkCase *which, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(which->db, &fn_sql_work_waiting, FN_BINDS(FN_TEXT("id", which->id)), error);
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) why = NULL;

	while (rows != NULL && fn_rows_next(rows, &why)) {
		g_ptr_array_add(texts, g_strdup(fn_rows_text(rows, "office")));
		g_ptr_array_add(texts, g_strdup(fn_rows_text(rows, "organization")));
		g_ptr_array_add(texts, g_strdup(fn_rows_text(rows, "organization_kind")));
	}
	if (why == NULL)
		return rows != NULL ? g_steal_pointer(&texts) : NULL;
	g_propagate_error(error, g_steal_pointer(&why));
	return NULL;
}

gboolean
fn_work_tell_waiting(FnWorkCase *which, const char *kind, const char *about, gint64 now, GError **error)
{
	Notice notice = { .kind = kind, .about = about, .now = now };
	g_autoptr(GPtrArray) texts = waiting_offices(which, error);

	for (guint i = 0; texts != NULL && i < texts->len; i += 3)
		if (!add_notice(which, texts->pdata[i], texts->pdata[i + 1], texts->pdata[i + 2], &notice, error))
			return FALSE;
	return texts != NULL;
}

static gboolean
add_waiting(const FnWorkCase *which, const char *office, const char *organization, const char *kind, gpointer data, GError **error)
{
	return fn_db_exec(which->db, &fn_sql_work_add_waiting,
		FN_BINDS(FN_TEXT("id", which->id), FN_TEXT("organization", organization), FN_TEXT("kind", kind), FN_TEXT("office", office),
			FN_INT("due", fn_work_case_due(which))), NULL, error);
}

gboolean
fn_work_set_waiting(FnWorkCase *which, GError **error)
{
	const FnNode *steps = fn_node_get(which->procedure, "steps");

	if (!fn_db_exec(which->db, &fn_sql_work_clear_waiting, FN_BINDS(FN_TEXT("id", which->id)), NULL, error))
		return FALSE;
	for (guint i = 0; i < fn_node_count(steps); i++)
		if (is_awaited(which, fn_node_at(steps, i)))
			if (!fn_work_each_seat(which, fn_node_get(fn_node_at(steps, i), "by"), add_waiting, NULL, error))
				return FALSE;
	return TRUE;
}

static json_t *
show_notice(FnRows *rows)
{
	g_autofree char *at = fn_time_format(fn_rows_int(rows, "at"));

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", fn_rows_text(rows, "id"), "case", fn_rows_text(rows, "case_id"),
		"procedure", fn_rows_text(rows, "procedure"), "subject", fn_rows_text(rows, "subject"), "kind", fn_rows_text(rows, "kind"),
		"about", fn_rows_text(rows, "about"), "at", at);
}

json_t *
fn_work_notices(FnWork *work, FnDb *db, const FnActor *actor, gint64 now, GError **error)
{
	g_autofree char *authority = fn_work_kind_of_authority(actor);
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_work_notices, FN_BINDS(FN_TEXT("organization", actor->organization),
		FN_TEXT("kind", actor->organization_kind), FN_TEXT("authority", authority)), error);
	g_autoptr(GError) why = NULL;
	json_t *list = json_array();

	while (rows != NULL && json_array_size(list) < MAX_NOTICES && fn_rows_next(rows, &why))
		if (fn_actor_has(actor, fn_rows_text(rows, "office")))
			json_array_append_new(list, show_notice(rows));
	if (rows != NULL && why == NULL)
		return list;
	if (why != NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	json_decref(list);
	return NULL;
}
