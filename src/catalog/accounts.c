/* What the procedures of accounts and offices do to people: as the step says, in its transaction. What people refuses (a login that is
 * taken, offices that may not be one person's) refuses the step, and nothing of it stays. */
#include "catalog/catalog_priv.h"

#include "base/say.h"

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
	fn_refuse(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_OFFICE, "nobody changes their own account or offices; let somebody else do it");
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

static gboolean
prolong(FnDb *db, const json_t *given, const FnActor *actor, gint64 now, GError **error)
{
	g_autofree char *account = colleague(db, given, "account", actor, error);
	gint64 end;

	if (account == NULL)
		return FALSE;
	if (!fn_catalog_day_end(text_of(given, "until"), &end))
		return fn_catalog_input(error, "the term of the account must be a day to come");
	return fn_people_set_term(db, account, end, now, error) && fn_catalog_raise_generation(db, error);
}

gboolean
fn_account_prolong(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	json_t *given = fn_work_values(which, which->with, now);
	gboolean done = prolong(db, given, actor, now, error);

	json_decref(given);
	return done;
}

/* ---- who leaves ---- */

/* All that @from works on goes to @to, who must hold an office in each of these cases. */
static gboolean
hand_over(FnDb *db, FnWork *work, const char *from, const char *to, gint64 now, GError **error)
{
	g_autoptr(FnActor) successor = fn_people_actor(db, to, now, error);

	return successor != NULL && fn_work_hand_over_all(work, db, from, successor, now, error) >= 0;
}

static gboolean
pass_on(FnDb *db, FnWork *work, const json_t *given, const FnActor *actor, gint64 now, GError **error)
{
	g_autofree char *from = colleague(db, given, "from", actor, error), *to = from != NULL ? colleague(db, given, "to", actor, error) : NULL;
	const char *office = text_of(given, "office");

	if (to == NULL)
		return FALSE;
	if (g_str_equal(from, to))
		return fn_catalog_input(error, "the new holder of the office is the old one; name another");
	return fn_people_set_office(db, from, office, FALSE, error) && fn_people_set_office(db, to, office, TRUE, error) &&
	       hand_over(db, work, from, to, now, error) && fn_people_end_sessions(db, from, "office", error);
}

gboolean
fn_office_pass_on(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	json_t *given = fn_work_values(which, which->with, now);
	gboolean done = pass_on(db, which->work, given, actor, now, error);

	json_decref(given);
	return done;
}

/* Nobody leaves with cases that others think are being worked on. */
static gboolean
leaves_nothing(FnDb *db, const char *account, GError **error)
{
	gint64 open = fn_work_open_claims(db, account, error);

	return open == 0 || (open > 0 && fn_catalog_state(error, "the account works on %" G_GINT64_FORMAT " open cases; name who takes them over", open));
}

static gboolean
close_account(FnDb *db, FnWork *work, const json_t *given, const FnActor *actor, gint64 now, GError **error)
{
	g_autofree char *account = colleague(db, given, "account", actor, error), *successor = NULL;

	if (account == NULL)
		return FALSE;
	if (text_of(given, "successor") != NULL) {
		successor = fn_people_account_of(db, text_of(given, "organization"), text_of(given, "successor"), error);
		if (successor == NULL || !hand_over(db, work, account, successor, now, error))
			return FALSE;
	}
	return leaves_nothing(db, account, error) && fn_people_close_account(db, account, error) && fn_catalog_raise_generation(db, error);
}

gboolean
fn_account_close(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	json_t *given = fn_work_values(which, which->with, now);
	gboolean done = close_account(db, which->work, given, actor, now, error);

	json_decref(given);
	return done;
}

gboolean
fn_account_gone(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error)
{
	json_t *given = fn_work_values(which, which->with, now);
	g_autofree char *login = NULL;
	gboolean asked = fn_people_account_left(db, text_of(given, "organization"), text_of(given, "person"), text_of(given, "login"), &login, error);

	json_decref(given);
	if (login != NULL)
		fn_refuse(error, FN_WORK_ERROR, FN_WORK_ERROR_NEEDS, "the account \"%s\" is still open", login);
	return asked && login == NULL;
}
