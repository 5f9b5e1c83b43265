/* Inside people: hashing, codes, checks and small readers that its files share. */
#pragma once

#include "people/people.h"
#include "people/testing.h"

/* NULL @cost: the standard one (64 MiB, 3 passes). Encoded argon2id (RFC 9106) with a random salt; caller frees. */
char *fn_password_hash(const char *password, const FnPasswordCost *cost, GError **error);
/* FALSE also when @encoded is damaged or wants more memory than we ever gave. */
gboolean fn_password_verify(const char *encoded, const char *password);
/* As costly as verifying against a real account; always FALSE. */
gboolean fn_password_verify_nobody(const char *password);
/* Length, kinds of characters, weak words and runs, login and name inside. Says which rule failed, never the password.
 */
gboolean fn_password_policy(const char *password, const char *login, const char *real_name, GError **error);
#define FN_PASSWORD_MAX 256 /* bytes: bounds what a stranger makes us hash */

/* RFC 6238 with HMAC-SHA-1, 30 seconds, 6 digits. */
#define FN_TOTP_SEED 20
guint fn_totp_code(const guint8 *seed, gsize size, gint64 step);
/* The step (now ± 1, later than @last) whose code @text is; -1 when none. */
gint64 fn_totp_find(const guint8 *seed, gsize size, const char *text, gint64 now, gint64 last);
/* RFC 4648 base 32 without padding; caller frees. */
char *fn_base32(const guint8 *bytes, gsize size);
guint8 *fn_totp_open(const char *account, const char *sealed, const guint8 *seal_key, gsize *size_out, GError **error);

/* Trimmed text of 1 to @max bytes without controls; @what names it in the message. */
gboolean fn_people_check_text(const char *text, gsize max, const char *english, GError **error);
/* Lower case, 2 to 64 of a-z 0-9 . _ - @; NULL when it is anything else. Caller frees. */
char *fn_people_fold_login(const char *login);
/* The offices as held now, each once, sorted. */
GPtrArray *fn_people_offices(FnDb *db, const char *account, gint64 now, GError **error);
/* For whom @account holds offices now that are not its own: FnDelegation. */
GPtrArray *fn_people_delegations(FnDb *db, const char *account, gint64 now, GError **error);
/* NULL and UNKNOWN when there is no active account; the row is at its first and only step. */
FnRows *fn_people_account_row(FnDb *db, const char *account, GError **error);
/* The person's id, made when new; NULL when login or name will not do, or the person has an active account. *folded_out: the login as
 * it is kept. */
char *fn_people_prepare_account(FnDb *db, const char *organization, const char *login, const char *real_name, char **folded_out,
	GError **error);
gboolean fn_people_remember_password(FnDb *db, const char *account, const char *hash, GError **error);
/* Whether the account of this row, with columns valid_until and lapsed_at, is past its term. */
gboolean fn_people_term_over(FnRows *row, gint64 now);
/* What an office is, and whether two may meet in one person. */
gboolean fn_office_known(const char *office);
gboolean fn_office_fits(const char *office, const char *organization_kind);
gboolean fn_offices_apart(const char *one, const char *other);
