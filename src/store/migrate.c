#include "base/time.h"
#include "store/store_priv.h"
#include "store_sql.h"

static gboolean
apply_one(FnDb *db, const FnMigration *step, GError **error)
{
	g_autofree char *name = g_strdup_printf("%s migration %d (%s)", step->room, step->number, step->title);
	const char *text = fn_db_is_postgres(db) ? step->postgres : step->sqlite;

	return fn_db_script(db, name, text, error) &&
	       fn_db_exec(db, &fn_sql_store_add_version,
		       FN_BINDS(FN_TEXT("room", step->room), FN_INT("number", step->number),
			       FN_TEXT("title", step->title), FN_INT("applied_at", fn_time_now())),
		       NULL, error);
}

static gboolean
migrate_room(FnDb *db, const FnMigration *steps, GError **error)
{
	GError *failure = NULL;
	gint64 have;
	int last = 0;

	if (steps->room == NULL)
		return TRUE;
	have = fn_db_int(db, &fn_sql_store_version, FN_BINDS(FN_TEXT("room", steps->room)), 0, &failure);
	if (failure != NULL) {
		g_propagate_error(error, failure);
		return FALSE;
	}
	for (; steps[last].room != NULL; last++)
		if (steps[last].number > have && !apply_one(db, &steps[last], error))
			return FALSE;
	if (have <= last)
		return TRUE;
	g_set_error(error, FN_DB_ERROR, FN_DB_ERROR_SCHEMA,
		"the registry's tables of \"%s\" are at version %" G_GINT64_FORMAT
		", this program knows up to %d: install the newer program, or restore a backup made before it ran",
		steps->room, have, last);
	return FALSE;
}

static gboolean
migrate_rooms(FnDb *db, const FnMigration *const *rooms, GError **error)
{
	g_autofree char *waited = NULL;
	GError *failure = NULL;

	waited = fn_db_text(db, &fn_sql_store_lock_versions, FN_NO_BINDS, &failure);
	if (failure != NULL) {
		g_propagate_error(error, failure);
		return FALSE;
	}
	if (!fn_db_exec(db, &fn_sql_store_make_versions, FN_NO_BINDS, NULL, error))
		return FALSE;
	for (; *rooms != NULL; rooms++)
		if (!migrate_room(db, *rooms, error))
			return FALSE;
	return TRUE;
}

gboolean
fn_db_migrate(FnDb *db, const FnMigration *const *rooms, GError **error)
{
	if (!fn_db_begin(db, error))
		return FALSE;
	if (migrate_rooms(db, rooms, error))
		return fn_db_commit(db, error);
	fn_db_rollback(db);
	return FALSE;
}
