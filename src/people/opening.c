/* Accounts that somebody else opened: their first password, and the end of their term. */
#include "people/people_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "people_sql.h"

#include <string.h>

/* Long enough for a letter to reach its reader and for a weekend. */
static const gint64 first_lasts = 3 * G_TIME_SPAN_DAY;
enum { FIRST_SIZE = 12 };

gboolean
fn_people_term_over(FnRows *row, gint64 now)
{
	return fn_rows_text(row, "lapsed_at") != NULL ||
	       (fn_rows_text(row, "valid_until") != NULL && fn_rows_int(row, "valid_until") <= now);
}

char *
fn_people_open_account(FnDb *db, const char *organization, const char *login, const char *real_name, gint64 valid_until, GError **error)
{
	g_autofree char *folded = NULL, *id = fn_id_new();
	g_autofree char *person = fn_people_prepare_account(db, organization, login, real_name, &folded, error);

	if (person == NULL || !fn_db_exec(db, &fn_sql_people_open_account,
				      FN_BINDS(FN_TEXT("id", id), FN_TEXT("person", person), FN_TEXT("organization", organization),
					      FN_TEXT("login", folded), FN_INT("now", fn_time_now()),
					      valid_until > 0 ? FN_INT("valid_until", valid_until) : FN_NULL("valid_until")),
				      NULL, error))
		return NULL;
	return g_steal_pointer(&id);
}

static char *
random_password(void)
{
	guint8 bytes[FIRST_SIZE];
	g_autofree char *text = NULL;
	char *password;

	fn_random(bytes, sizeof(bytes));
	text = fn_hex(bytes, sizeof(bytes));
	password = g_strconcat("Fn-", text, NULL);
	explicit_bzero(text, strlen(text));
	explicit_bzero(bytes, sizeof(bytes));
	return password;
}

/* The account must be there, and still wait for a password of its own. */
static gboolean
set_first(FnDb *db, const char *account, const char *hash, gint64 now, GError **error)
{
	gint64 changed = 0;

	if (!fn_db_exec(db, &fn_sql_people_set_first_password,
		    FN_BINDS(FN_TEXT("id", account), FN_TEXT("password", hash), FN_INT("now", now), FN_INT("until", now + first_lasts)),
		    &changed, error))
		return FALSE;
	if (changed == 0) {
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT,
			"the account has a password of its own already; a first one is for accounts that were just opened");
		return FALSE;
	}
	return fn_people_remember_password(db, account, hash, error) &&
	       fn_people_end_sessions(db, account, "password", error);
}

char *
fn_people_first_password(FnDb *db, const char *account, gint64 now, GError **error)
{
	g_autoptr(FnRows) row = fn_people_account_row(db, account, error);
	g_autofree char *hash = NULL;
	char *password;

	if (row == NULL)
		return NULL;
	g_clear_pointer(&row, fn_rows_free);
	password = random_password();
	if ((hash = fn_password_hash(password, NULL, error)) != NULL && set_first(db, account, hash, now, error))
		return password;
	fn_secret_free(password);
	return NULL;
}

gboolean
fn_people_set_term(FnDb *db, const char *account, gint64 valid_until, gint64 now, GError **error)
{
	gint64 changed = 0;

	if (valid_until <= now) {
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT, "the term must end in time to come; close the account instead");
		return FALSE;
	}
	if (!fn_db_exec(db, &fn_sql_people_set_term, FN_BINDS(FN_TEXT("id", account), FN_INT("until", valid_until)), &changed, error))
		return FALSE;
	if (changed == 0)
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN, "there is no such active account");
	return changed == 1;
}

gint64
fn_people_lapse(FnDb *db, gint64 now, GError **error)
{
	const FnBind *binds = FN_BINDS(FN_INT("now", now));
	gint64 lapsed = 0;

	if (!fn_db_exec(db, &fn_sql_people_lapse_sessions, binds, NULL, error) ||
		!fn_db_exec(db, &fn_sql_people_lapse_accounts, binds, &lapsed, error))
		return -1;
	return lapsed;
}
