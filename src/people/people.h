/* Organizations, persons, accounts, offices, delegation, sessions, systems and their certificates.
 *
 * Everything here runs inside the caller's transaction on the registry, but fn_people_login(), which makes its own
 * short ones: a failed attempt must stay counted, and no write lock may be held while a password is hashed. Passwords
 * are hashed on the caller's thread (argon2id 64 MiB, t 3: about 150 ms), so callers are pool threads. Moments are
 * microseconds. One FnDb belongs to one thread at a time; nothing else is shared, so all functions are thread-safe in
 * that sense. Errors: FN_PEOPLE_ERROR as named below, or FN_DB_ERROR as it comes from the store. */
#pragma once

#include "crypto/crypto.h"
#include "store/store.h"

#include <glib.h>
#include <jansson.h>

typedef enum {
	FN_PEOPLE_ERROR_INPUT,    /* a field is wrong; the message names it */
	FN_PEOPLE_ERROR_UNKNOWN,  /* no such organization, account, office … */
	FN_PEOPLE_ERROR_APART,    /* separation rule: these offices may never be one person's */
	FN_PEOPLE_ERROR_PASSWORD, /* policy: length, classes, weak list, reuse */
	FN_PEOPLE_ERROR_LOGIN,    /* wrong name, password or code (never says which); or wait */
	FN_PEOPLE_ERROR_SESSION,  /* none, expired, other terminal */
} FnPeopleError;
#define FN_PEOPLE_ERROR (fn_people_error_quark())
GQuark fn_people_error_quark(void);

/* An office held for somebody who delegated it and is not at work. */
typedef struct {
	char *office, *account, *person, *name; /* of whom it is */
} FnDelegation;

/* Who acts: an account with its person and organization, and the offices it holds now (own and delegated). */
typedef struct {
	char *account, *person, *name, *organization, *organization_kind;
	GPtrArray *offices; /* "department_head", "sharing_head", "officer", "system_admin", … texts */
	char *session;      /* id, or NULL */
	char *authority;    /* what a regulator supervises: cac, police, secrecy, crypto, org_office; or NULL */
	GPtrArray *delegations; /* FnDelegation, for offices that the account holds for another only; or NULL */
	gboolean first; /* the password is one that somebody else gave: nothing is allowed but to set an own one */
} FnActor;
void fn_actor_free(FnActor *actor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnActor, fn_actor_free)
gboolean fn_actor_has(const FnActor *actor, const char *office);
/* For whom @actor holds @office, the first who delegated it; NULL when it is the actor's own. */
const FnDelegation *fn_actor_delegation(const FnActor *actor, const char *office);
void fn_delegation_free(FnDelegation *delegation);

/* @kind of domain.md: department, bureau, regulator, government, contractor, enterprise, institution, public. @id is
 * the unified social credit code (its check character is verified). */
gboolean fn_people_add_organization(FnDb *db, const char *id, const char *name, const char *kind, const char *region,
	const char *parent, GError **error);
/* What a regulator supervises; INPUT when @authority is none, or the organization is no regulator. */
gboolean fn_people_set_authority(FnDb *db, const char *organization, const char *authority, GError **error);
/* One person, one account, real name. Gives the account id (caller frees). @password must satisfy the policy. */
char *fn_people_add_account(FnDb *db, const char *organization, const char *login, const char *real_name,
	const char *password, GError **error);
gboolean fn_people_close_account(FnDb *db, const char *account, GError **error);
/* The same account without a password: nobody logs in before fn_people_first_password(). From @valid_until on it is of no use, 0: no
 * end. */
char *fn_people_open_account(FnDb *db, const char *organization, const char *login, const char *real_name, gint64 valid_until,
	GError **error);
/* A random password for an account whose person has set none yet; for three days, and for setting an own one only. Asked for again, it
 * is another and the one before is dead. Shown once, fn_secret_free(). Hashes like any password. */
char *fn_people_first_password(FnDb *db, const char *account, gint64 now, GError **error);
/* Another end of the term, after @now; an account that was past it is of use again. */
gboolean fn_people_set_term(FnDb *db, const char *account, gint64 valid_until, gint64 now, GError **error);
/* Ends the sessions of accounts whose term is over, and keeps that it is. How many accounts, -1 on failure. */
gint64 fn_people_lapse(FnDb *db, gint64 now, GError **error);
/* Grants or ends an office; refuses what the separation rules (rules/roles.yaml, also in a table here) forbid. */
gboolean fn_people_set_office(FnDb *db, const char *account, const char *office, gboolean holds, GError **error);
/* Exactly these offices (NULL-ended), own ones: takes the others first, so that what may not be one person's can be exchanged. */
gboolean fn_people_set_offices(FnDb *db, const char *account, const char *const *offices, GError **error);
/* The active account of @organization with this id or login. Caller frees; NULL with UNKNOWN. */
char *fn_people_account_of(FnDb *db, const char *organization, const char *id_or_login, GError **error);
/* *login_out: of an active account of @organization that is this person's, by its name, or has this id or login (NULL: the name alone);
 * NULL when there is none. Caller frees. */
gboolean fn_people_account_left(FnDb *db, const char *organization, const char *real_name, const char *id_or_login, char **login_out,
	GError **error);
/* @reason: a word, kept with each session that ends. */
gboolean fn_people_end_sessions(FnDb *db, const char *account, const char *reason, GError **error);
/* AB roles: @to acts in @office of @from until @until. */
gboolean fn_people_delegate(
	FnDb *db, const char *from, const char *to, const char *office, gint64 until, GError **error);
gboolean fn_people_set_password(FnDb *db, const char *account, const char *password, GError **error);
FnActor *fn_people_actor(FnDb *db, const char *account, gint64 now, GError **error);

/* TOTP (RFC 6238, SHA-1, 6 digits, 30 s, ±1 step, each code once). The seed is sealed with @seal_key (a lease of
 * "secret") by
 * @suite, which stands in the sealed text. Enrolling again replaces the seed. Gives the otpauth:// address: a secret,
 * shown once, fn_secret_free(). */
char *fn_people_totp_enroll(FnDb *db, const char *account, FnSuite suite, const guint8 *seal_key, GError **error);

/* Called OUTSIDE a transaction. Checks password and, when enrolled, the code; growing delay per login name and per
 * @address; one session by default: an older one ends. @terminal is free text that binds the session (user agent +
 * address digest). *token_out is the secret for the cookie. */
FnActor *fn_people_login(FnDb *db, const char *login, const char *password, const char *code, const char *address,
	const char *terminal, const guint8 *seal_key, gint64 now, gint64 idle_us, char **token_out, GError **error);
/* Called OUTSIDE a transaction. Asks for the password again, for a signature: as slow after failures as a login, and counted with them. */
gboolean fn_people_confirm(
	FnDb *db, const char *account, const char *password, const char *address, gint64 now, GError **error);
/* The session's actor; pushes the idle time. Its offices are those held when the token was made and still held now:
 * what came later (an office, a delegation) counts after fn_people_renew(). */
FnActor *fn_people_session(
	FnDb *db, const char *token, const char *terminal, gint64 now, gint64 idle_us, GError **error);
/* The same without pushing the idle time: for what watches a session rather than uses it, so that an answer which never ends
 * does not keep it alive. */
FnActor *fn_people_session_seen(
	FnDb *db, const char *token, const char *terminal, gint64 now, gint64 idle_us, GError **error);
/* A new token for the same session with the offices of now; the old token is dead. */
FnActor *fn_people_renew(FnDb *db, const char *token, const char *terminal, gint64 now, gint64 idle_us,
	char **token_out, GError **error);
gboolean fn_people_logout(FnDb *db, const char *token, GError **error);

/* A calling program of an organization. The certificate is pinned by SHA-256 of its DER (hex). */
char *fn_people_add_system(FnDb *db, const char *organization, const char *name, gint64 mlps_level, GError **error);
gboolean fn_people_add_certificate(FnDb *db, const char *system, const char *fingerprint, const char *pem,
	gint64 not_before, gint64 not_after, GError **error);
gboolean fn_people_revoke_certificate(
	FnDb *db, const char *fingerprint, const char *reason, gint64 now, GError **error);
/* An operator a system may name: an account of the same organization, allowed for the system. */
gboolean fn_people_allow_operator(FnDb *db, const char *system, const char *account, GError **error);
gboolean fn_people_close_system(FnDb *db, const char *system, GError **error);

/* Lists for the console, as JSON arrays of objects; @organization NULL: of all. json_decref() the result. */
json_t *fn_people_organizations(FnDb *db, GError **error);
json_t *fn_people_accounts(FnDb *db, const char *organization,
	GError **error); /* [{account, login, name, organization, state, offices}] */
json_t *fn_people_systems(FnDb *db, const char *organization,
	GError **error); /* [{system, name, organization, state, operators, certificates}] */
