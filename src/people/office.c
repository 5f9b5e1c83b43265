/* Offices: which there are, in which organizations, which never meet in one person; holding, delegating, resolving. */
#include "people/people_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "people_sql.h"

#include <string.h>

/* Organization kinds in which an office can be held, separated by blanks. */
static const struct {
	const char *office, *kinds;
} offices[] = {
	{ "department_head", "department bureau regulator government institution" },
	{ "sharing_head", "department bureau regulator government institution" },
	{ "officer", "department bureau regulator government institution enterprise" },
	{ "editor", "department bureau institution" },
	{ "reviewer", "department bureau institution" },
	{ "secrecy_reviewer", "department bureau institution" },
	{ "system_admin", "department bureau government institution contractor" },
	{ "security_admin", "department bureau government institution" },
	{ "auditor", "department bureau regulator government institution" },
};

/* Never one person's, own or delegated (domain: "Never one person"): the three administrators; and who runs the
 * machines or reads the evidence takes no part in the business that they carry. What differs by case (drafter and
 * decider) the procedure engine keeps apart; what differs by entry (editor and reviewer) the catalog. */
static const struct {
	const char *office, *others;
} apart[] = {
	{ "system_admin",
		"security_admin auditor department_head sharing_head officer editor reviewer secrecy_reviewer" },
	{ "security_admin", "auditor department_head sharing_head officer editor reviewer" },
	{ "auditor", "department_head sharing_head officer editor reviewer secrecy_reviewer" },
};

static gboolean
listed(const char *list, const char *word)
{
	gsize size = strlen(word);

	for (const char *at = list; (at = strstr(at, word)) != NULL; at += size)
		if ((at == list || at[-1] == ' ') && (at[size] == '\0' || at[size] == ' '))
			return TRUE;
	return FALSE;
}

static const char *
kinds_of(const char *office)
{
	for (gsize i = 0; office != NULL && i < G_N_ELEMENTS(offices); i++)
		if (g_str_equal(offices[i].office, office))
			return offices[i].kinds;
	return NULL;
}

gboolean
fn_office_known(const char *office)
{
	return kinds_of(office) != NULL;
}

gboolean
fn_office_fits(const char *office, const char *organization_kind)
{
	const char *kinds = kinds_of(office);

	return kinds != NULL && listed(kinds, organization_kind);
}

gboolean
fn_offices_apart(const char *one, const char *other)
{
	for (gsize i = 0; i < G_N_ELEMENTS(apart); i++)
		if ((g_str_equal(apart[i].office, one) && listed(apart[i].others, other)) ||
			(g_str_equal(apart[i].office, other) && listed(apart[i].others, one)))
			return TRUE;
	return FALSE;
}

static GPtrArray *
read_offices(FnDb *db, const FnSql *sql, const FnBind *binds, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(db, sql, binds, error);
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
	GError *failed = NULL;

	if (rows == NULL)
		return NULL;
	while (fn_rows_next(rows, &failed))
		g_ptr_array_add(found, g_strdup(fn_rows_text(rows, "office")));
	if (failed == NULL)
		return g_steal_pointer(&found);
	g_propagate_error(error, failed);
	return NULL;
}

GPtrArray *
fn_people_offices(FnDb *db, const char *account, gint64 now, GError **error)
{
	return read_offices(db, &fn_sql_people_offices_now, FN_BINDS(FN_TEXT("account", account), FN_INT("now", now)), error);
}

void
fn_delegation_free(FnDelegation *delegation)
{
	g_free(delegation->office);
	g_free(delegation->account);
	g_free(delegation->person);
	g_free(delegation->name);
	g_free(delegation);
}

static void
free_delegation(gpointer data)
{
	fn_delegation_free(data);
}

GPtrArray *
fn_people_delegations(FnDb *db, const char *account, gint64 now, GError **error)
{
	g_autoptr(FnRows) rows = fn_db_query(
		db, &fn_sql_people_delegations_now, FN_BINDS(FN_TEXT("account", account), FN_INT("now", now)), error);
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(free_delegation);
	GError *failed = NULL;

	if (rows == NULL)
		return NULL;
	while (fn_rows_next(rows, &failed)) {
		FnDelegation *delegation = g_new0(FnDelegation, 1);

		delegation->office = g_strdup(fn_rows_text(rows, "office"));
		delegation->account = g_strdup(fn_rows_text(rows, "from_account"));
		delegation->person = g_strdup(fn_rows_text(rows, "person"));
		delegation->name = g_strdup(fn_rows_text(rows, "real_name"));
		g_ptr_array_add(found, delegation);
	}
	if (failed == NULL)
		return g_steal_pointer(&found);
	g_propagate_error(error, failed);
	return NULL;
}

const FnDelegation *
fn_actor_delegation(const FnActor *actor, const char *office)
{
	for (guint i = 0; actor != NULL && actor->delegations != NULL && i < actor->delegations->len; i++) {
		const FnDelegation *delegation = actor->delegations->pdata[i];

		if (g_str_equal(delegation->office, office))
			return delegation;
	}
	return NULL;
}

/* Whether @office may join what @account holds now or will by delegations already made. Takes the account's row lock
 * first, so that two administrators at once cannot each add one half of a forbidden pair. */
static gboolean
may_join(FnDb *db, const char *account, const char *office, GError **error)
{
	g_autoptr(GPtrArray) held = NULL;

	if (!fn_db_exec(db, &fn_sql_people_lock_account, FN_BINDS(FN_TEXT("id", account)), NULL, error))
		return FALSE;
	held = read_offices(
		db, &fn_sql_people_offices_ever, FN_BINDS(FN_TEXT("account", account), FN_INT("now", fn_time_now())), error);
	for (guint i = 0; held != NULL && i < held->len; i++) {
		if (fn_offices_apart(office, held->pdata[i])) {
			fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_APART,
				"one person may never hold %s and %s; give the office to somebody else", office,
				(const char *)held->pdata[i]);
			return FALSE;
		}
	}
	return held != NULL;
}

static gboolean
check_fit(FnDb *db, const char *account, const char *office, char **organization_out, GError **error)
{
	g_autoptr(FnRows) row = NULL;

	if (!fn_office_known(office)) {
		g_autofree char *safe = fn_text_safe(office, -1, 40);

		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT, "there is no office \"%s\"", safe);
		return FALSE;
	}
	row = fn_people_account_row(db, account, error);
	if (row == NULL)
		return FALSE;
	if (!fn_office_fits(office, fn_rows_text(row, "organization_kind"))) {
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT, "the office %s does not exist in a %s",
			office, fn_rows_text(row, "organization_kind"));
		return FALSE;
	}
	*organization_out = g_strdup(fn_rows_text(row, "organization"));
	return TRUE;
}

static gboolean
give_office(FnDb *db, const char *account, const char *office, GError **error)
{
	g_autofree char *organization = NULL;

	return check_fit(db, account, office, &organization, error) && may_join(db, account, office, error) &&
	       fn_db_exec(db, &fn_sql_people_add_office,
		       FN_BINDS(FN_TEXT("account", account), FN_TEXT("office", office), FN_INT("now", fn_time_now())),
		       NULL, error);
}

static gboolean
take_office(FnDb *db, const char *account, const char *office, GError **error)
{
	gint64 changed = 0;

	if (!fn_db_exec(db, &fn_sql_people_end_office, FN_BINDS(FN_TEXT("account", account), FN_TEXT("office", office)),
		    &changed, error))
		return FALSE;
	if (changed == 0) {
		g_autofree char *safe = fn_text_safe(office, -1, 40);

		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN,
			"the account does not hold the office \"%s\"", safe);
		return FALSE;
	}
	return fn_db_exec(db, &fn_sql_people_end_delegations_of_office,
		FN_BINDS(FN_INT("now", fn_time_now()), FN_TEXT("account", account), FN_TEXT("office", office)), NULL,
		error);
}

gboolean
fn_people_set_office(FnDb *db, const char *account, const char *office, gboolean holds, GError **error)
{
	return holds ? give_office(db, account, office, error) : take_office(db, account, office, error);
}

gboolean
fn_people_set_offices(FnDb *db, const char *account, const char *const *wanted, GError **error)
{
	g_autoptr(GPtrArray) held = read_offices(db, &fn_sql_people_own_offices, FN_BINDS(FN_TEXT("account", account)), error);

	for (guint i = 0; held != NULL && i < held->len; i++)
		if (!g_strv_contains(wanted, held->pdata[i]) && !take_office(db, account, held->pdata[i], error))
			return FALSE;
	for (guint i = 0; held != NULL && wanted[i] != NULL; i++)
		if (!give_office(db, account, wanted[i], error))
			return FALSE;
	return held != NULL;
}

static gboolean
check_delegation(FnDb *db, const char *from, const char *to, const char *office, gint64 until, GError **error)
{
	const gint64 longest = 366 * G_TIME_SPAN_DAY;
	g_autofree char *of_from = NULL, *of_to = NULL;
	const char *wrong = NULL;
	GError *failed = NULL;
	gint64 now = fn_time_now();

	if (!check_fit(db, from, office, &of_from, error) || !check_fit(db, to, office, &of_to, error))
		return FALSE;
	if (g_str_equal(from, to))
		wrong = FN_SAY("nobody delegates to themselves");
	else if (!g_str_equal(of_from, of_to))
		wrong = FN_SAY("an office is delegated within one organization only");
	else if (until <= now || until > now + longest)
		wrong = FN_SAY("a delegation ends within the next 366 days");
	else if (fn_db_int(db, &fn_sql_people_holds_office,
			 FN_BINDS(FN_TEXT("account", from), FN_TEXT("office", office)), 0, &failed) == 0)
		wrong = FN_SAY("who delegates must hold the office itself");
	if (failed != NULL) {
		g_propagate_error(error, failed);
		return FALSE;
	}
	if (wrong != NULL)
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT, "%s", fn_say(wrong));
	return wrong == NULL;
}

gboolean
fn_people_delegate(FnDb *db, const char *from, const char *to, const char *office, gint64 until, GError **error)
{
	g_autofree char *id = fn_id_new();

	return check_delegation(db, from, to, office, until, error) && may_join(db, to, office, error) &&
	       fn_db_exec(db, &fn_sql_people_add_delegation,
		       FN_BINDS(FN_TEXT("id", id), FN_TEXT("from_account", from), FN_TEXT("to_account", to),
			       FN_TEXT("office", office), FN_INT("valid_from", fn_time_now()),
			       FN_INT("valid_until", until)),
		       NULL, error);
}
