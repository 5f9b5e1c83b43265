/* Organizations, persons and their accounts. */
#include "people/people_priv.h"

#include "base/identifiers.h"
#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "people_sql.h"

#include <string.h>

G_DEFINE_QUARK(fn - people - error - quark, fn_people_error)

static const char *const kinds[] = { "department", "bureau", "regulator", "government", "contractor", "enterprise",
	"institution", "public", NULL };

void
fn_actor_free(FnActor *actor)
{
	if (actor == NULL)
		return;
	g_free(actor->account);
	g_free(actor->person);
	g_free(actor->name);
	g_free(actor->organization);
	g_free(actor->organization_kind);
	g_free(actor->session);
	g_free(actor->authority);
	g_clear_pointer(&actor->offices, g_ptr_array_unref);
	g_clear_pointer(&actor->delegations, g_ptr_array_unref);
	g_free(actor);
}

gboolean
fn_actor_has(const FnActor *actor, const char *office)
{
	for (guint i = 0; actor != NULL && actor->offices != NULL && i < actor->offices->len; i++)
		if (g_str_equal(actor->offices->pdata[i], office))
			return TRUE;
	return FALSE;
}

gboolean
fn_people_check_text(const char *text, gsize max, const char *english, GError **error)
{
	gboolean good = text != NULL && *text != '\0' && strlen(text) <= max && g_utf8_validate(text, -1, NULL);

	for (const char *at = text; good && *at != '\0'; at = g_utf8_next_char(at))
		good = g_unichar_isprint(g_utf8_get_char(at));
	good = good && !g_unichar_isspace(g_utf8_get_char(text)) && !g_ascii_isspace(text[strlen(text) - 1]);
	if (!good)
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT,
			"%s must be a text of 1 to %zu bytes without control characters or blanks around it", fn_say(english),
			max);
	return good;
}

static gboolean
check_region(const char *region, GError **error)
{
	gsize digits = region == NULL ? 0 : strspn(region, "0123456789");

	if (digits == 6 && region[6] == '\0')
		return TRUE;
	fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT,
		"region must be the six digits of an administrative division");
	return FALSE;
}

static gboolean
check_organization(FnDb *db, const char *id, const char *kind, const char *parent, GError **error)
{
	g_autofree char *known = NULL, *safe = fn_text_safe(id, -1, 40);
	GError *failed = NULL;

	if (id == NULL || !fn_credit_code_well_formed(id, strlen(id))) {
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT,
			"\"%s\" is no unified social credit code (18 characters, the last one is a check character)",
			safe);
		return FALSE;
	}
	if (kind == NULL || !g_strv_contains(kinds, kind)) {
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT,
			"kind must be department, bureau, regulator, government, contractor, enterprise, institution "
			"or public");
		return FALSE;
	}
	if (parent == NULL)
		return TRUE;
	known = fn_db_text(db, &fn_sql_people_organization, FN_BINDS(FN_TEXT("id", parent)), &failed);
	if (failed != NULL)
		g_propagate_error(error, failed);
	else if (known == NULL)
		fn_refuse(
			error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN, "the parent organization is not registered");
	return known != NULL;
}

/* FALSE and INPUT when the statement finds something: said in words here rather than as a broken constraint. */
static gboolean
check_free(FnDb *db, const FnSql *sql, const FnBind *binds, const char *english, GError **error)
{
	GError *failed = NULL;
	g_autofree char *found = fn_db_text(db, sql, binds, &failed);

	if (failed != NULL)
		g_propagate_error(error, failed);
	else if (found != NULL)
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT, "%s", fn_say(english));
	else
		return TRUE;
	return FALSE;
}

gboolean
fn_people_add_organization(FnDb *db, const char *id, const char *name, const char *kind, const char *region,
	const char *parent, GError **error)
{
	return fn_people_check_text(name, 200, "the organization's name", error) && check_region(region, error) &&
	       check_organization(db, id, kind, parent, error) &&
	       check_free(db, &fn_sql_people_organization, FN_BINDS(FN_TEXT("id", id)),
		       "the organization is registered already", error) &&
	       check_free(db, &fn_sql_people_organization_by_name, FN_BINDS(FN_TEXT("name", name)),
		       "another organization has this name", error) &&
	       fn_db_exec(db, &fn_sql_people_add_organization,
		       FN_BINDS(FN_TEXT("id", id), FN_TEXT("name", name), FN_TEXT("kind", kind),
			       FN_TEXT("region", region), FN_TEXT("parent", parent), FN_INT("now", fn_time_now())),
		       NULL, error);
}

gboolean
fn_people_set_authority(FnDb *db, const char *organization, const char *authority, GError **error)
{
	static const char *const known[] = { "cac", "police", "secrecy", "crypto", "org_office", NULL };
	gint64 changed = 0;

	if (authority == NULL || !g_strv_contains(known, authority)) {
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT,
			"authority must be cac, police, secrecy, crypto or org_office");
		return FALSE;
	}
	if (!fn_db_exec(db, &fn_sql_people_set_authority,
		    FN_BINDS(FN_TEXT("id", organization), FN_TEXT("authority", authority)), &changed, error))
		return FALSE;
	if (changed == 1)
		return TRUE;
	fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT, "only a regulator has an authority; add it with the kind regulator");
	return FALSE;
}

char *
fn_people_fold_login(const char *login)
{
	gsize size = login == NULL ? 0 : strlen(login);

	if (size < 2 || size > 64)
		return NULL;
	for (gsize i = 0; i < size; i++)
		if (!g_ascii_isalnum(login[i]) && strchr("._-@", login[i]) == NULL)
			return NULL;
	return g_ascii_strdown(login, -1);
}

FnRows *
fn_people_account_row(FnDb *db, const char *account, GError **error)
{
	g_autoptr(FnRows) row = fn_db_query(db, &fn_sql_people_account, FN_BINDS(FN_TEXT("id", account)), error);
	GError *failed = NULL;

	if (row == NULL)
		return NULL;
	if (fn_rows_next(row, &failed) && g_str_equal(fn_rows_text(row, "state"), "active") &&
		g_str_equal(fn_rows_text(row, "organization_state"), "active"))
		return g_steal_pointer(&row);
	if (failed != NULL)
		g_propagate_error(error, failed);
	else
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN, "there is no such active account");
	return NULL;
}

char *
fn_people_account_of(FnDb *db, const char *organization, const char *id_or_login, GError **error)
{
	g_autofree char *folded = fn_people_fold_login(id_or_login);
	GError *failed = NULL;
	char *account = fn_db_text(db, &fn_sql_people_account_of,
		FN_BINDS(FN_TEXT("value", folded != NULL ? folded : ""), FN_TEXT("organization", organization)), &failed);
	g_autofree char *safe = fn_text_safe(id_or_login, -1, 64);

	if (failed != NULL)
		g_propagate_error(error, failed);
	else if (account == NULL)
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN, "the organization has no active account \"%s\"", safe);
	return account;
}

gboolean
fn_people_account_left(FnDb *db, const char *organization, const char *real_name, const char *id_or_login, char **login_out, GError **error)
{
	g_autofree char *folded = fn_people_fold_login(id_or_login);
	GError *failed = NULL;
	char *login = fn_db_text(db, &fn_sql_people_account_left, FN_BINDS(FN_TEXT("organization", organization), FN_TEXT("name", real_name),
		FN_TEXT("value", folded != NULL ? folded : "")), &failed);

	if (failed != NULL) {
		g_propagate_error(error, failed);
		return FALSE;
	}
	*login_out = login;
	return TRUE;
}

/* The person's id, made when new; NULL when the person has an active account. */
static char *
person_for_account(FnDb *db, const char *organization, const char *real_name, GError **error)
{
	GError *failed = NULL;
	g_autofree char *person = fn_db_text(db, &fn_sql_people_person_by_name,
		FN_BINDS(FN_TEXT("organization", organization), FN_TEXT("real_name", real_name)), &failed);

	if (failed != NULL) {
		g_propagate_error(error, failed);
		return NULL;
	}
	if (person != NULL) {
		if (!check_free(db, &fn_sql_people_account_of_person, FN_BINDS(FN_TEXT("person", person)),
			    "this person has an account already; a colleague of the same name is entered with a mark, "
			    "as in 张伟（二科）",
			    error))
			return NULL;
		return g_steal_pointer(&person);
	}
	person = fn_id_new();
	if (!fn_db_exec(db, &fn_sql_people_add_person,
		    FN_BINDS(FN_TEXT("id", person), FN_TEXT("organization", organization),
			    FN_TEXT("real_name", real_name), FN_INT("now", fn_time_now())),
		    NULL, error))
		return NULL;
	return g_steal_pointer(&person);
}

static gboolean
check_account(FnDb *db, const char *organization, const char *folded, const char *real_name, GError **error)
{
	GError *failed = NULL;
	g_autofree char *known = NULL;

	if (folded == NULL) {
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT,
			"a login name has 2 to 64 characters of letters, digits, '.', '_', '-' and '@'");
		return FALSE;
	}
	if (!fn_people_check_text(real_name, 100, "the person's name", error) ||
		!check_free(db, &fn_sql_people_account_by_login, FN_BINDS(FN_TEXT("login", folded)),
			"the login name is taken, or was once; names are not used again", error))
		return FALSE;
	known = fn_db_text(db, &fn_sql_people_organization, FN_BINDS(FN_TEXT("id", organization)), &failed);
	if (failed != NULL)
		g_propagate_error(error, failed);
	else if (known == NULL)
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN, "the organization is not registered");
	return known != NULL;
}

gboolean
fn_people_remember_password(FnDb *db, const char *account, const char *hash, GError **error)
{
	g_autofree char *id = fn_id_new();

	return fn_db_exec(db, &fn_sql_people_add_former_password,
		FN_BINDS(FN_TEXT("id", id), FN_TEXT("account", account), FN_TEXT("password", hash),
			FN_INT("now", fn_time_now())),
		NULL, error);
}

char *
fn_people_prepare_account(FnDb *db, const char *organization, const char *login, const char *real_name, char **folded_out, GError **error)
{
	g_autofree char *folded = fn_people_fold_login(login), *person = NULL;

	if (!check_account(db, organization, folded, real_name, error) ||
		(person = person_for_account(db, organization, real_name, error)) == NULL)
		return NULL;
	*folded_out = g_steal_pointer(&folded);
	return g_steal_pointer(&person);
}

char *
fn_people_add_account_at_cost(FnDb *db, const char *organization, const char *login, const char *real_name,
	const char *password, const FnPasswordCost *cost, GError **error)
{
	g_autofree char *folded = NULL, *hash = NULL, *id = fn_id_new();
	g_autofree char *person = fn_people_prepare_account(db, organization, login, real_name, &folded, error);

	if (person == NULL || !fn_password_policy(password, folded, real_name, error))
		return NULL;
	hash = fn_password_hash(password, cost, error);
	if (hash == NULL ||
		!fn_db_exec(db, &fn_sql_people_add_account,
			FN_BINDS(FN_TEXT("id", id), FN_TEXT("person", person), FN_TEXT("organization", organization),
				FN_TEXT("login", folded), FN_TEXT("password", hash), FN_INT("now", fn_time_now())),
			NULL, error) ||
		!fn_people_remember_password(db, id, hash, error))
		return NULL;
	return g_steal_pointer(&id);
}

char *
fn_people_add_account(FnDb *db, const char *organization, const char *login, const char *real_name,
	const char *password, GError **error)
{
	return fn_people_add_account_at_cost(db, organization, login, real_name, password, NULL, error);
}

gboolean
fn_people_close_account(FnDb *db, const char *account, GError **error)
{
	gint64 now = fn_time_now(), changed = 0;
	const FnBind *mine = FN_BINDS(FN_TEXT("account", account));
	const FnBind *mine_now = FN_BINDS(FN_TEXT("account", account), FN_INT("now", now));

	if (!fn_db_exec(db, &fn_sql_people_close_account, FN_BINDS(FN_TEXT("id", account), FN_INT("now", now)),
		    &changed, error))
		return FALSE;
	if (changed == 0) {
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN, "there is no such active account");
		return FALSE;
	}
	return fn_db_exec(db, &fn_sql_people_end_offices, mine, NULL, error) &&
	       fn_db_exec(db, &fn_sql_people_end_operator, mine, NULL, error) &&
	       fn_db_exec(db, &fn_sql_people_end_delegations, mine_now, NULL, error) &&
	       fn_people_end_sessions(db, account, "closed", error);
}

enum { FORMER_PASSWORDS = 5 };

/* FALSE when @password is one of the last ones, the current one included. */
static gboolean
check_not_reused(FnDb *db, const char *account, const char *password, GError **error)
{
	g_autoptr(GPtrArray) hashes = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_people_former_passwords,
		FN_BINDS(FN_TEXT("account", account), FN_INT("most", FORMER_PASSWORDS)), error);
	GError *failed = NULL;

	if (rows == NULL)
		return FALSE;
	while (fn_rows_next(rows, &failed))
		g_ptr_array_add(hashes, g_strdup(fn_rows_text(rows, "password")));
	g_clear_pointer(&rows, fn_rows_free);
	if (failed != NULL) {
		g_propagate_error(error, failed);
		return FALSE;
	}
	for (guint i = 0; i < hashes->len; i++) {
		if (fn_password_verify(hashes->pdata[i], password)) {
			fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_PASSWORD,
				"the password was used before; take one that differs from the last %d",
				FORMER_PASSWORDS);
			return FALSE;
		}
	}
	return TRUE;
}

static gboolean
replace_password(FnDb *db, const char *account, const char *old, const char *hash, GError **error)
{
	gint64 now = fn_time_now(), changed = 0;

	if (!fn_db_exec(db, &fn_sql_people_set_password,
		    FN_BINDS(
			    FN_TEXT("password", hash), FN_INT("now", now), FN_TEXT("id", account), FN_TEXT("old", old)),
		    &changed, error))
		return FALSE;
	if (changed == 0) {
		fn_refuse(
			error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT, "the password was changed meanwhile; try again");
		return FALSE;
	}
	return fn_people_remember_password(db, account, hash, error) &&
	       fn_db_exec(db, &fn_sql_people_forget_former_passwords,
		       FN_BINDS(FN_TEXT("account", account), FN_INT("most", FORMER_PASSWORDS)), NULL, error) &&
	       fn_people_end_sessions(db, account, "password", error);
}

gboolean
fn_people_set_password_at_cost(
	FnDb *db, const char *account, const char *password, const FnPasswordCost *cost, GError **error)
{
	g_autofree char *old = NULL, *hash = NULL;
	g_autoptr(FnRows) row = fn_people_account_row(db, account, error);

	if (row == NULL ||
		!fn_password_policy(password, fn_rows_text(row, "login"), fn_rows_text(row, "real_name"), error))
		return FALSE;
	old = g_strdup(fn_rows_text(row, "password"));
	g_clear_pointer(&row, fn_rows_free);
	if (!check_not_reused(db, account, password, error))
		return FALSE;
	hash = fn_password_hash(password, cost, error);
	return hash != NULL && replace_password(db, account, old, hash, error);
}

gboolean
fn_people_set_password(FnDb *db, const char *account, const char *password, GError **error)
{
	return fn_people_set_password_at_cost(db, account, password, NULL, error);
}

FnActor *
fn_people_actor(FnDb *db, const char *account, gint64 now, GError **error)
{
	g_autoptr(FnActor) actor = NULL;
	g_autoptr(FnRows) row = fn_people_account_row(db, account, error);

	if (row == NULL)
		return NULL;
	if (fn_people_term_over(row, now)) {
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN, "there is no such active account: its term is over");
		return NULL;
	}
	actor = g_new0(FnActor, 1);
	actor->first = fn_rows_text(row, "first_until") != NULL;
	actor->account = g_strdup(account);
	actor->person = g_strdup(fn_rows_text(row, "person"));
	actor->name = g_strdup(fn_rows_text(row, "real_name"));
	actor->organization = g_strdup(fn_rows_text(row, "organization"));
	actor->organization_kind = g_strdup(fn_rows_text(row, "organization_kind"));
	actor->authority = g_strdup(fn_rows_text(row, "authority"));
	g_clear_pointer(&row, fn_rows_free);
	if ((actor->offices = fn_people_offices(db, account, now, error)) == NULL ||
		(actor->delegations = fn_people_delegations(db, account, now, error)) == NULL)
		return NULL;
	return g_steal_pointer(&actor);
}
