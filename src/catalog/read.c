/* Small readers that the catalog's files share, and the registry generation. */
#include "catalog/catalog_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "catalog_sql.h"

FnRows *
fn_catalog_row(FnDb *db, const FnSql *sql, const FnBind *binds, const char *english, const char *id, GError **error)
{
	g_autoptr(FnRows) row = fn_db_query(db, sql, binds, error);
	g_autofree char *safe = fn_text_safe(id, -1, 60);
	GError *failed = NULL;

	if (row == NULL)
		return NULL;
	if (fn_rows_next(row, &failed))
		return g_steal_pointer(&row);
	if (failed != NULL)
		g_propagate_error(error, failed);
	else
		fn_refuse(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_UNKNOWN, "%s \"%s\"", fn_say(english), safe);
	return NULL;
}

static json_t *
row_json(FnRows *rows, const char *const *integers)
{
	json_t *object = json_object();

	for (guint i = 0; i < fn_rows_columns(rows); i++) {
		const char *column = fn_rows_column_name(rows, i), *text = fn_rows_text(rows, column);
		json_t *value = text == NULL                        ? json_null()
				: g_strv_contains(integers, column) ? json_integer(fn_rows_int(rows, column))
								    : json_string(text);

		json_object_set_new(object, column, value);
	}
	return object;
}

json_t *
fn_catalog_list(FnDb *db, const FnSql *sql, const FnBind *binds, const char *const *integers, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, sql, binds, error);
	GError *failed = NULL;
	json_t *list;

	if (rows == NULL)
		return NULL;
	list = json_array();
	while (fn_rows_next(rows, &failed))
		json_array_append_new(list, row_json(rows, integers));
	if (failed == NULL)
		return list;
	g_propagate_error(error, failed);
	json_decref(list);
	return NULL;
}

char **
fn_catalog_ids(FnDb *db, const FnSql *sql, const FnBind *binds, GError **error)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(FnRows) rows = fn_db_query(db, sql, binds, error);
	GError *failed = NULL;

	if (rows == NULL)
		return NULL;
	while (fn_rows_next(rows, &failed))
		g_ptr_array_add(ids, g_strdup(fn_rows_text(rows, "id")));
	if (failed != NULL) {
		g_propagate_error(error, failed);
		return NULL;
	}
	g_ptr_array_add(ids, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&ids), FALSE);
}

const char *
fn_catalog_scope(const FnActor *actor)
{
	return fn_actor_oversees(actor) ? "" : actor == NULL ? "nobody" : actor->organization;
}

gint64
fn_counter_next(FnDb *db, const char *name, GError **error)
{
	const FnBind *which = FN_BINDS(FN_TEXT("name", name));
	GError *failed = NULL;
	gint64 value;

	if (!fn_db_exec(db, &fn_sql_catalog_raise_counter, which, NULL, error))
		return 0;
	value = fn_db_int(db, &fn_sql_catalog_counter, which, 0, &failed);
	if (failed != NULL)
		g_propagate_error(error, failed);
	return value;
}

gint64
fn_catalog_generation(FnDb *db, GError **error)
{
	return fn_db_int(db, &fn_sql_catalog_generation, FN_NO_BINDS, 0, error);
}

gboolean
fn_catalog_raise_generation(FnDb *db, GError **error)
{
	return fn_db_exec(db, &fn_sql_catalog_raise_generation, FN_NO_BINDS, NULL, error);
}
