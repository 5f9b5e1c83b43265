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

/* The last migration of the room of @steps that the database has seen; -1: failed, or a newer program's. */
static gint64
room_version(FnDb *db, const FnMigration *steps, GError **error)
{
	GError *failure = NULL;
	gint64 have = fn_db_int(db, &fn_sql_store_version, FN_BINDS(FN_TEXT("room", steps->room)), 0, &failure);
	int last = 0;

	if (failure != NULL) {
		g_propagate_error(error, failure);
		return -1;
	}
	while (steps[last].room != NULL)
		last++;
	if (have <= last)
		return have;
	g_set_error(error, FN_DB_ERROR, FN_DB_ERROR_SCHEMA,
		"the registry's tables of \"%s\" are at version %" G_GINT64_FORMAT
		", this program knows up to %d: install the newer program, or restore a backup made before it ran",
		steps->room, have, last);
	return -1;
}

static gboolean
migrate_room(FnDb *db, const FnMigration *steps, GError **error)
{
	gint64 have = steps->room != NULL ? room_version(db, steps, error) : 0;

	for (; have >= 0 && steps->room != NULL; steps++)
		if (steps->number > have && !apply_one(db, steps, error))
			return FALSE;
	return have >= 0;
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

/* Asks only: reading needs no transaction, and makes nothing. */
char *
fn_db_migrations_due(FnDb *db, const FnMigration *const *rooms, GError **error)
{
	g_autoptr(GString) due = g_string_new(NULL);

	for (; *rooms != NULL; rooms++) {
		const FnMigration *step = *rooms;
		gint64 have = step->room != NULL ? room_version(db, step, error) : 0;

		if (have < 0)
			return NULL;
		for (; step->room != NULL; step++)
			if (step->number > have)
				g_string_append_printf(due, "%s%s %d (%s)", due->len > 0 ? ", " : "", step->room, step->number, step->title);
	}
	return g_string_free(g_steal_pointer(&due), FALSE);
}
