/* Lists of people's things for the console. */
#include "people/people_priv.h"

#include "base/time.h"
#include "people_sql.h"

/* Which columns of a row become which members, in what form. */
typedef struct {
	const char *column, *member;
	char type; /* 't' text, 'i' integer */
} Column;

/* All rows as objects; NULL on failure. */
static json_t *
read_all(FnDb *db, const FnSql *sql, const FnBind *binds, const Column *columns, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, sql, binds, error);
	json_t *list;
	GError *failed = NULL;

	if (rows == NULL)
		return NULL;
	list = json_array();
	while (fn_rows_next(rows, &failed)) {
		json_t *object = json_object();

		for (const Column *column = columns; column->column != NULL; column++) {
			const char *text = fn_rows_text(rows, column->column);
			json_t *value = column->type == 'i' && text != NULL
						? json_integer(fn_rows_int(rows, column->column))
					: text != NULL ? json_string(text)
						       : json_null();

			json_object_set_new(object, column->member, value);
		}
		json_array_append_new(list, object);
	}
	if (failed == NULL)
		return list;
	g_propagate_error(error, failed);
	json_decref(list);
	return NULL;
}

json_t *
fn_people_organizations(FnDb *db, GError **error)
{
	static const Column columns[] = { { "id", "id", 't' }, { "name", "name", 't' }, { "kind", "kind", 't' }, { "authority", "authority", 't' },
		{ "region", "region", 't' }, { "parent", "parent", 't' }, { "state", "state", 't' }, { 0 } };

	return read_all(db, &fn_sql_people_organizations, FN_NO_BINDS, columns, error);
}

static gboolean
add_offices(FnDb *db, json_t *account, GError **error)
{
	const char *id = json_string_value(json_object_get(account, "account"));
	g_autoptr(GPtrArray) offices = fn_people_offices(db, id, fn_time_now(), error);
	json_t *list;

	if (offices == NULL)
		return FALSE;
	list = json_array();
	for (guint i = 0; i < offices->len; i++)
		json_array_append_new(list, json_string(offices->pdata[i]));
	json_object_set_new(account, "offices", list);
	return TRUE;
}

static gboolean
add_system_parts(FnDb *db, json_t *system, GError **error)
{
	static const Column operators[] = { { "account", "account", 't' }, { "login", "login", 't' }, { 0 } };
	static const Column certificates[] = { { "fingerprint", "fingerprint", 't' },
		{ "not_before", "not_before", 'i' }, { "not_after", "not_after", 'i' },
		{ "revoked_at", "revoked_at", 'i' }, { "reason", "reason", 't' }, { 0 } };
	const FnBind *of = FN_BINDS(FN_TEXT("system", json_string_value(json_object_get(system, "system"))));
	json_t *list = read_all(db, &fn_sql_people_operators, of, operators, error);

	if (list == NULL)
		return FALSE;
	json_object_set_new(system, "operators", list);
	list = read_all(db, &fn_sql_people_certificates, of, certificates, error);
	if (list == NULL)
		return FALSE;
	json_object_set_new(system, "certificates", list);
	return TRUE;
}

/* @list with @add applied to every object; consumes it on failure. */
static json_t *
with_parts(FnDb *db, json_t *list, gboolean (*add)(FnDb *, json_t *, GError **), GError **error)
{
	for (gsize i = 0; list != NULL && i < json_array_size(list); i++) {
		if (!add(db, json_array_get(list, i), error)) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

json_t *
fn_people_accounts(FnDb *db, const char *organization, GError **error)
{
	static const Column columns[] = { { "id", "account", 't' }, { "login", "login", 't' },
		{ "real_name", "name", 't' }, { "organization", "organization", 't' }, { "state", "state", 't' },
		{ "valid_until", "valid_until", 'i' }, { 0 } };
	const FnBind *of = FN_BINDS(FN_TEXT("organization", organization == NULL ? "" : organization));

	return with_parts(db, read_all(db, &fn_sql_people_accounts, of, columns, error), add_offices, error);
}

json_t *
fn_people_systems(FnDb *db, const char *organization, GError **error)
{
	static const Column columns[] = { { "id", "system", 't' }, { "name", "name", 't' },
		{ "organization", "organization", 't' }, { "mlps_level", "mlps_level", 'i' }, { "state", "state", 't' },
		{ 0 } };
	const FnBind *of = FN_BINDS(FN_TEXT("organization", organization == NULL ? "" : organization));

	return with_parts(db, read_all(db, &fn_sql_people_systems, of, columns, error), add_system_parts, error);
}
