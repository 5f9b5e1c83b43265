/* Whether anything happened since: the last place of a term, and no entry is read. */
#include "audit/audit_priv.h"

#include "audit_sql.h"

#include <string.h>

/* The last entry of @run that has the term; -1 when none has. */
static gint64
last_of_run(FnDb *db, guint64 run, gint64 term, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_audit_blocks,
		FN_BINDS(FN_INT("run", run), FN_INT("term", term), FN_INT("block", G_MAXINT64), FN_INT("most", 1)), error);
	FnAuditPlaces places;
	const guint8 *list;
	gsize size;
	gint last;

	if (rows == NULL || !fn_rows_next(rows, error))
		return -1;
	list = fn_rows_blob(rows, "list", &size);
	fn_audit_places_read(&places, list, size);
	last = fn_audit_places_take_last(&places);
	return last >= 0 ? fn_rows_int(rows, "block") * FN_AUDIT_BLOCK + last : -1;
}

gboolean
fn_audit_used_since(FnDb *db, FnAuditColumn column, const char *text, gint64 since, gboolean *used_out, GError **error)
{
	const guint64 per_run = (guint64)FN_AUDIT_BLOCK * FN_AUDIT_RUN;
	gint64 term = fn_audit_term_number(column, text, strlen(text)), last = -1;
	g_autoptr(GError) why = NULL;
	FnAuditState state;
	guint64 from;

	if (!fn_audit_state_read(db, &state, error))
		return FALSE;
	from = (guint64)fn_db_int(db, &fn_sql_audit_moment_before, FN_BINDS(FN_INT("time", since)), 0, &why);
	for (guint64 run = state.next / per_run + 1; why == NULL && last < 0 && run-- > from / per_run;)
		last = last_of_run(db, run, term, &why);
	if (why != NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	*used_out = last >= 0 && (guint64)last >= from;
	return TRUE;
}
