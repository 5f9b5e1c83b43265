/* What the procedures of accounts and offices do to people: as the step says, in its transaction. What people refuses (a login that is
 * taken, offices that may not be one person's) refuses the step, and nothing of it stays. */
#include "catalog/catalog_priv.h"

static const char *
text_of(const json_t *given, const char *name)
{
	return json_string_value(json_object_get(given, name));
}

static gboolean
give_offices(FnDb *db, const char *account, const json_t *offices, GError **error)
{
	const json_t *office;
	gsize i;

	json_array_foreach(offices, i, office)
		if (!fn_people_set_office(db, account, json_string_value(office), TRUE, error))
			return FALSE;
	return TRUE;
}

static gboolean
open_account(FnDb *db, const json_t *given, gint64 now, GError **error)
{
	const char *until = text_of(given, "until");
	g_autofree char *account = NULL;
	gint64 end = 0;

	if (until != NULL && (!fn_catalog_day_end(until, &end) || end <= now))
		return fn_catalog_input(error, "the term of the account must be a day to come");
	account = fn_people_open_account(db, text_of(given, "organization"), text_of(given, "login"), text_of(given, "name"), end, error);
	return account != NULL && give_offices(db, account, json_object_get(given, "offices"), error);
}

gboolean
fn_account_open(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	json_t *given = fn_work_values(which, which->with, now);
	gboolean done = open_account(db, given, now, error);

	json_decref(given);
	return done;
}

/* ---- offices ---- */

/* Whom the step is about: of the organization of the case, and never who takes the step. */
static char *
colleague(FnDb *db, const json_t *given, const char *name, const FnActor *actor, GError **error)
{
	g_autofree char *account = fn_people_account_of(db, text_of(given, "organization"), text_of(given, name), error);

	if (account == NULL)
		return NULL;
	if (g_strcmp0(account, actor->account) != 0)
		return g_steal_pointer(&account);
	g_set_error(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_OFFICE, "nobody changes their own offices; let somebody else do it");
	return NULL;
}

typedef gboolean (*Change)(FnDb *db, const char *account, const json_t *offices, GError **error);

static gboolean
set_offices(FnDb *db, const char *account, const json_t *offices, GError **error)
{
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();
	g_auto(GStrv) list = NULL;
	const json_t *office;
	gsize i;

	json_array_foreach(offices, i, office)
		g_strv_builder_add(names, json_string_value(office));
	list = g_strv_builder_end(names);
	return fn_people_set_offices(db, account, (const char *const *)list, error) && fn_people_end_sessions(db, account, "office", error);
}

static gboolean
take_offices(FnDb *db, const char *account, const json_t *offices, GError **error)
{
	const json_t *office;
	gsize i;

	json_array_foreach(offices, i, office)
		if (!fn_people_set_office(db, account, json_string_value(office), FALSE, error))
			return FALSE;
	return fn_people_end_sessions(db, account, "office", error);
}

static gboolean
change_offices(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, Change change, GError **error)
{
	json_t *given = fn_work_values(which, which->with, now);
	g_autofree char *account = colleague(db, given, "account", actor, error);
	gboolean done = account != NULL && change(db, account, json_object_get(given, "offices"), error);

	json_decref(given);
	return done;
}

gboolean
fn_office_give(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	return change_offices(db, which, actor, now, give_offices, error);
}

gboolean
fn_office_set(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	return change_offices(db, which, actor, now, set_offices, error);
}

gboolean
fn_office_take(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	return change_offices(db, which, actor, now, take_offices, error);
}
