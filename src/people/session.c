/* Logging in, with delays that grow with failures, and the sessions that follow. */
#include "people/people_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "people_sql.h"

#include <arpa/inet.h>
#include <string.h>

enum { TOKEN_SIZE = 32 };
static const gint64 second = G_USEC_PER_SEC;
static const gint64 session_longest = 12 * G_TIME_SPAN_HOUR;

/* What a failure costs. Many people share an address, so it may fail often before it waits. A login name alone waits a
 * little only, and never for an address that succeeded with it before: no stranger can keep its owner out. */
typedef struct {
	const char *kind;
	gint64 free, longest_us;
} DelayRule;
static const DelayRule rules[] = {
	{ "address", 20, 60 * G_TIME_SPAN_SECOND },
	{ "login", 10, 10 * G_TIME_SPAN_SECOND },
	{ "pair", 3, 15 * G_TIME_SPAN_MINUTE },
};
enum { RULES = G_N_ELEMENTS(rules), BY_ADDRESS = 0, BY_LOGIN, BY_PAIR };
static const gint64 forget_failures = G_TIME_SPAN_DAY;
static const gint64 forget_known = 90 * G_TIME_SPAN_DAY;

typedef struct {
	char *login; /* folded, or what was typed when it cannot be one */
	char *subject[RULES];
	char *account, *password, *totp; /* NULL: there is no such active account */
	gint64 totp_step;
} Attempt;

static void
attempt_clear(Attempt *attempt)
{
	g_free(attempt->login);
	for (gsize i = 0; i < RULES; i++)
		g_free(attempt->subject[i]);
	g_free(attempt->account);
	g_free(attempt->password);
	g_free(attempt->totp);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Attempt, attempt_clear)

static char *
digest_of(const char *text)
{
	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text == NULL ? "" : text, -1);
}

/* One subscriber holds a whole /64 of IPv6: it counts as one address. */
static char *
address_subject(const char *address)
{
	guint8 bytes[16];

	if (address == NULL || inet_pton(AF_INET6, address, bytes) != 1 ||
		IN6_IS_ADDR_V4MAPPED((struct in6_addr *)bytes))
		return digest_of(address);
	return g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, 8);
}

static void
attempt_open(Attempt *attempt, const char *login, const char *address)
{
	g_autofree char *pair = NULL;

	attempt->login = fn_people_fold_login(login);
	attempt->subject[BY_ADDRESS] = address_subject(address);
	attempt->subject[BY_LOGIN] = digest_of(attempt->login == NULL ? login : attempt->login);
	pair = g_strconcat(attempt->subject[BY_ADDRESS], attempt->subject[BY_LOGIN], NULL);
	attempt->subject[BY_PAIR] = digest_of(pair);
}

static gint64
delay_after(const DelayRule *rule, gint64 failures)
{
	gint64 over = failures - rule->free;

	if (over < 0)
		return 0;
	return over > 20 ? rule->longest_us : MIN(rule->longest_us, second << over);
}

static gboolean
set_login_error(GError **error)
{
	fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_LOGIN, "the name, the password or the code is wrong");
	return FALSE;
}

/* Locks and reads one counter; *wait_out: how long from now it still makes wait. */
static gboolean
read_delay(FnDb *db, const DelayRule *rule, const char *subject, gint64 now, gint64 *wait_out, GError **error)
{
	g_autoptr(FnRows) row = NULL;
	gint64 until;

	if (!fn_db_exec(db, &fn_sql_people_lock_delay,
		    FN_BINDS(FN_TEXT("kind", rule->kind), FN_TEXT("subject", subject), FN_INT("now", now)), NULL,
		    error))
		return FALSE;
	row = fn_db_query(
		db, &fn_sql_people_delay, FN_BINDS(FN_TEXT("kind", rule->kind), FN_TEXT("subject", subject)), error);
	if (row == NULL)
		return FALSE;
	if (!fn_rows_next(row, error)) {
		if (error != NULL && *error == NULL)
			fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_LOGIN,
				"the attempt could not be counted; try again");
		return FALSE;
	}
	until = fn_rows_int(row, "last_at") + delay_after(rule, fn_rows_int(row, "failures"));
	*wait_out = CLAMP(until - now, 0, rule->longest_us);
	return TRUE;
}

/* TRUE when the attempt may go on. In every other case nothing was counted: who waits is not made to wait longer. */
static gboolean
check_delays(FnDb *db, const Attempt *attempt, gint64 now, GError **error)
{
	GError *failed = NULL;
	gint64 longest = 0;
	g_autofree char *known = fn_db_text(db, &fn_sql_people_delay,
		FN_BINDS(FN_TEXT("kind", "known"), FN_TEXT("subject", attempt->subject[BY_PAIR])), &failed);

	for (gsize i = 0; failed == NULL && i < RULES; i++) {
		gint64 wait = 0;

		if (!read_delay(db, &rules[i], attempt->subject[i], now, &wait, &failed))
			break;
		if (i != BY_LOGIN || known == NULL)
			longest = MAX(longest, wait);
	}
	if (failed != NULL) {
		g_propagate_error(error, failed);
		return FALSE;
	}
	if (longest > 0)
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_LOGIN,
			"too many failed attempts; wait %" G_GINT64_FORMAT " seconds and try again",
			(longest + second - 1) / second);
	return longest == 0;
}

static gboolean
read_account(FnDb *db, Attempt *attempt, gint64 now, GError **error)
{
	g_autoptr(FnRows) row = NULL;
	GError *failed = NULL;

	if (attempt->login == NULL)
		return TRUE;
	row = fn_db_query(db, &fn_sql_people_account_by_login, FN_BINDS(FN_TEXT("login", attempt->login)), error);
	if (row == NULL)
		return FALSE;
	if (fn_rows_next(row, &failed) && g_str_equal(fn_rows_text(row, "state"), "active") && !fn_people_term_over(row, now) &&
		(fn_rows_text(row, "first_until") == NULL || fn_rows_int(row, "first_until") > now)) {
		attempt->account = g_strdup(fn_rows_text(row, "id"));
		attempt->password = g_strdup(fn_rows_text(row, "password"));
		attempt->totp = g_strdup(fn_rows_text(row, "totp"));
		attempt->totp_step = fn_rows_int(row, "totp_step");
	}
	if (failed != NULL)
		g_propagate_error(error, failed);
	return failed == NULL;
}

/* Counts the attempt as failed before it is tried, so that a thousand tried at once are a thousand failures. */
static gboolean
reserve(FnDb *db, Attempt *attempt, gint64 now, GError **error)
{
	if (!fn_db_exec(
		    db, &fn_sql_people_forget_delays, FN_BINDS(FN_INT("before", now - forget_failures)), NULL, error) ||
		!fn_db_exec(
			db, &fn_sql_people_forget_known, FN_BINDS(FN_INT("before", now - forget_known)), NULL, error) ||
		!check_delays(db, attempt, now, error))
		return FALSE;
	for (gsize i = 0; i < RULES; i++)
		if (!fn_db_exec(db, &fn_sql_people_count_failure,
			    FN_BINDS(FN_TEXT("kind", rules[i].kind), FN_TEXT("subject", attempt->subject[i]),
				    FN_INT("now", now)),
			    NULL, error))
			return FALSE;
	return read_account(db, attempt, now, error);
}

/* The code's step, 0 when none is demanded, -1 when it is wrong. */
static gint64
code_step(const Attempt *attempt, const char *code, const guint8 *seal_key, gint64 now)
{
	g_autofree guint8 *seed = NULL;
	gsize size = 0;
	gint64 step;

	if (attempt->totp == NULL)
		return 0;
	if (seal_key == NULL || code == NULL)
		return -1;
	seed = fn_totp_open(attempt->account, attempt->totp, seal_key, &size, NULL);
	if (seed == NULL)
		return -1;
	step = fn_totp_find(seed, size, code, now, attempt->totp_step);
	explicit_bzero(seed, size);
	return step;
}

static gboolean
forgive(FnDb *db, const Attempt *attempt, gint64 now, GError **error)
{
	for (gsize i = 0; i < BY_PAIR; i++)
		if (!fn_db_exec(db, &fn_sql_people_uncount_failure,
			    FN_BINDS(FN_TEXT("kind", rules[i].kind), FN_TEXT("subject", attempt->subject[i])), NULL,
			    error))
			return FALSE;
	return fn_db_exec(db, &fn_sql_people_end_delay,
		       FN_BINDS(FN_TEXT("kind", "pair"), FN_TEXT("subject", attempt->subject[BY_PAIR])), NULL, error) &&
	       fn_db_exec(db, &fn_sql_people_know_pair,
		       FN_BINDS(FN_TEXT("subject", attempt->subject[BY_PAIR]), FN_INT("now", now)), NULL, error);
}

/* The account as it is now must be the one whose password was verified, and the code must still be unused. */
static gboolean
confirm(FnDb *db, const Attempt *attempt, gint64 step, GError **error)
{
	g_autoptr(FnRows) row = NULL;
	gint64 changed = 0;

	if (!fn_db_exec(db, &fn_sql_people_lock_account, FN_BINDS(FN_TEXT("id", attempt->account)), NULL, error))
		return FALSE;
	row = fn_people_account_row(db, attempt->account, NULL);
	if (row == NULL || g_strcmp0(fn_rows_text(row, "password"), attempt->password) != 0 ||
		g_strcmp0(fn_rows_text(row, "totp"), attempt->totp) != 0)
		return set_login_error(error);
	g_clear_pointer(&row, fn_rows_free);
	if (step == 0)
		return TRUE;
	if (!fn_db_exec(db, &fn_sql_people_use_totp_step,
		    FN_BINDS(FN_INT("step", step), FN_TEXT("id", attempt->account)), &changed, error))
		return FALSE;
	return changed == 1 || set_login_error(error);
}

static char *
new_token(char **digest_out)
{
	guint8 bytes[TOKEN_SIZE];
	char *token;

	fn_random(bytes, sizeof bytes);
	token = fn_hex(bytes, sizeof bytes);
	*digest_out = digest_of(token);
	explicit_bzero(bytes, sizeof bytes);
	return token;
}

static char *
join_offices(const FnActor *actor)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < actor->offices->len; i++)
		g_string_append_printf(out, "%s%s", i > 0 ? " " : "", (const char *)actor->offices->pdata[i]);
	return g_string_free(out, FALSE);
}

static gboolean
open_session(FnDb *db, FnActor *actor, const char *terminal, gint64 now, char **token_out, GError **error)
{
	g_autofree char *id = fn_id_new(), *digest = NULL, *bound = digest_of(terminal), *offices = join_offices(actor);
	char *token = new_token(&digest);

	if (fn_db_exec(db, &fn_sql_people_end_sessions,
		    FN_BINDS(FN_TEXT("account", actor->account), FN_INT("now", now), FN_TEXT("reason", "replaced")),
		    NULL, error) &&
		fn_db_exec(db, &fn_sql_people_add_session,
			FN_BINDS(FN_TEXT("id", id), FN_TEXT("account", actor->account), FN_TEXT("token_digest", digest),
				FN_TEXT("terminal_digest", bound), FN_TEXT("offices", offices), FN_INT("now", now)),
			NULL, error)) {
		actor->session = g_steal_pointer(&id);
		*token_out = token;
		return TRUE;
	}
	fn_secret_free(token);
	return FALSE;
}

static FnActor *
admit(FnDb *db, const Attempt *attempt, gint64 step, const char *terminal, gint64 now, char **token_out, GError **error)
{
	g_autoptr(FnActor) actor = NULL;

	if (!confirm(db, attempt, step, error) || !forgive(db, attempt, now, error))
		return NULL;
	actor = fn_people_actor(db, attempt->account, now, error);
	if (actor == NULL || !open_session(db, actor, terminal, now, token_out, error))
		return NULL;
	return g_steal_pointer(&actor);
}

FnActor *
fn_people_login(FnDb *db, const char *login, const char *password, const char *code, const char *address,
	const char *terminal, const guint8 *seal_key, gint64 now, gint64 idle_us, char **token_out, GError **error)
{
	g_auto(Attempt) attempt = { 0 };
	g_autoptr(FnActor) actor = NULL;
	char *token = NULL;
	gboolean right;
	gint64 step;

	if (password == NULL || strlen(password) > FN_PASSWORD_MAX)
		password = "";
	attempt_open(&attempt, login, address);
	if (!fn_db_begin(db, error))
		return NULL;
	if (!reserve(db, &attempt, now, error) || !fn_db_commit(db, error)) {
		fn_db_rollback(db);
		return NULL;
	}
	right = attempt.account == NULL ? fn_password_verify_nobody(password)
					: fn_password_verify(attempt.password, password);
	step = attempt.account == NULL ? -1 : code_step(&attempt, code, seal_key, now);
	if (!right || step < 0) {
		set_login_error(error);
		return NULL;
	}
	if (!fn_db_begin(db, error))
		return NULL;
	actor = admit(db, &attempt, step, terminal, now, &token, error);
	if (actor == NULL || !fn_db_commit(db, error)) {
		fn_db_rollback(db);
		fn_secret_free(token);
		return NULL;
	}
	*token_out = token;
	return g_steal_pointer(&actor);
}

/* Counts the attempt and reads the account that has to confirm. */
static gboolean
begin_confirming(FnDb *db, Attempt *attempt, gint64 now, GError **error)
{
	if (!fn_db_begin(db, error))
		return FALSE;
	if (reserve(db, attempt, now, error) && fn_db_commit(db, error))
		return TRUE;
	fn_db_rollback(db);
	return FALSE;
}

gboolean
fn_people_confirm(FnDb *db, const char *account, const char *password, const char *address, gint64 now, GError **error)
{
	g_auto(Attempt) attempt = { 0 };
	GError *failed = NULL;
	g_autofree char *login = fn_db_text(db, &fn_sql_people_login_of_account, FN_BINDS(FN_TEXT("id", account)), &failed);

	if (failed != NULL) {
		g_propagate_error(error, failed);
		return FALSE;
	}
	if (password == NULL || strlen(password) > FN_PASSWORD_MAX)
		password = "";
	attempt_open(&attempt, login != NULL ? login : "", address);
	if (!begin_confirming(db, &attempt, now, error))
		return FALSE;
	if (attempt.account == NULL ? !fn_password_verify_nobody(password) : !fn_password_verify(attempt.password, password)) {
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_LOGIN, "the password is wrong");
		return FALSE;
	}
	if (!fn_db_begin(db, error))
		return FALSE;
	if (forgive(db, &attempt, now, error) && fn_db_commit(db, error))
		return TRUE;
	fn_db_rollback(db);
	return FALSE;
}

gboolean
fn_people_end_sessions(FnDb *db, const char *account, const char *reason, GError **error)
{
	return fn_db_exec(db, &fn_sql_people_end_sessions,
		FN_BINDS(FN_TEXT("account", account), FN_INT("now", fn_time_now()), FN_TEXT("reason", reason)), NULL, error);
}

static gboolean
set_session_error(GError **error)
{
	fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_SESSION,
		"there is no such session, or it has ended; log in again");
	return FALSE;
}

typedef struct {
	char *id, *account, *offices, *digest;
} Session;

static void
session_clear(Session *session)
{
	g_free(session->id);
	g_free(session->account);
	g_free(session->offices);
	g_free(session->digest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Session, session_clear)

static gboolean
end_session(FnDb *db, const char *id, const char *reason, gint64 now, GError **error)
{
	return fn_db_exec(db, &fn_sql_people_end_session,
		       FN_BINDS(FN_TEXT("id", id), FN_INT("now", now), FN_TEXT("reason", reason)), NULL, error) &&
	       set_session_error(error);
}

/* Reads a living session of this terminal; one that idled, or is shown from another terminal, ends here. @used pushes its idle
 * time. */
static gboolean
find_session(FnDb *db, const char *token, const char *terminal, gint64 now, gint64 idle_us, gboolean used, Session *session,
	GError **error)
{
	g_autofree char *bound = digest_of(terminal);
	g_autoptr(FnRows) row = NULL;
	const char *over = NULL;
	GError *failed = NULL;
	gint64 seen;

	if (token == NULL || strlen(token) != 2 * TOKEN_SIZE)
		return set_session_error(error);
	session->digest = digest_of(token);
	row = fn_db_query(db, &fn_sql_people_session, FN_BINDS(FN_TEXT("token_digest", session->digest)), error);
	if (row == NULL)
		return FALSE;
	if (!fn_rows_next(row, &failed) || fn_rows_int(row, "ended_at") != 0) {
		if (failed == NULL)
			return set_session_error(error);
		g_propagate_error(error, failed);
		return FALSE;
	}
	session->id = g_strdup(fn_rows_text(row, "id"));
	session->account = g_strdup(fn_rows_text(row, "account"));
	session->offices = g_strdup(fn_rows_text(row, "offices"));
	seen = fn_rows_int(row, "seen_at");
	if (now >= seen + idle_us || now >= fn_rows_int(row, "created_at") + session_longest)
		over = "idle";
	else if (!fn_text_equal_secret(fn_rows_text(row, "terminal_digest"), bound))
		over = "terminal";
	else if (fn_people_term_over(row, now))
		over = "term";
	g_clear_pointer(&row, fn_rows_free);
	if (over != NULL)
		return end_session(db, session->id, over, now, error);
	/* Not at every request: a write lock each would make readers wait. */
	return !used || now - seen < idle_us / 16 ||
	       fn_db_exec(db, &fn_sql_people_see_session, FN_BINDS(FN_TEXT("id", session->id), FN_INT("now", now)),
		       NULL, error);
}

static void
keep_offices(FnActor *actor, const char *list)
{
	g_auto(GStrv) old = g_strsplit(list, " ", -1);

	for (guint i = actor->offices->len; i-- > 0;)
		if (!g_strv_contains((const char *const *)old, actor->offices->pdata[i]))
			g_ptr_array_remove_index(actor->offices, i);
}

static FnActor *
session_actor(FnDb *db, const Session *session, gint64 now, GError **error)
{
	FnActor *actor = fn_people_actor(db, session->account, now, error);

	if (actor != NULL)
		actor->session = g_strdup(session->id);
	return actor;
}

static FnActor *
look_at_session(FnDb *db, const char *token, const char *terminal, gint64 now, gint64 idle_us, gboolean used, GError **error)
{
	g_auto(Session) session = { 0 };
	FnActor *actor;

	if (!find_session(db, token, terminal, now, idle_us, used, &session, error))
		return NULL;
	actor = session_actor(db, &session, now, error);
	if (actor != NULL)
		keep_offices(actor, session.offices);
	return actor;
}

FnActor *
fn_people_session(FnDb *db, const char *token, const char *terminal, gint64 now, gint64 idle_us, GError **error)
{
	return look_at_session(db, token, terminal, now, idle_us, TRUE, error);
}

FnActor *
fn_people_session_seen(FnDb *db, const char *token, const char *terminal, gint64 now, gint64 idle_us, GError **error)
{
	return look_at_session(db, token, terminal, now, idle_us, FALSE, error);
}

FnActor *
fn_people_renew(
	FnDb *db, const char *token, const char *terminal, gint64 now, gint64 idle_us, char **token_out, GError **error)
{
	g_auto(Session) session = { 0 };
	g_autoptr(FnActor) actor = NULL;
	g_autofree char *digest = NULL, *offices = NULL;
	gint64 changed = 0;
	char *fresh;

	if (!find_session(db, token, terminal, now, idle_us, TRUE, &session, error))
		return NULL;
	actor = session_actor(db, &session, now, error);
	if (actor == NULL)
		return NULL;
	offices = join_offices(actor);
	fresh = new_token(&digest);
	if (fn_db_exec(db, &fn_sql_people_renew_session,
		    FN_BINDS(FN_TEXT("token_digest", digest), FN_TEXT("offices", offices), FN_INT("now", now),
			    FN_TEXT("id", session.id), FN_TEXT("old", session.digest)),
		    &changed, error) &&
		(changed == 1 || set_session_error(error))) {
		*token_out = fresh;
		return g_steal_pointer(&actor);
	}
	fn_secret_free(fresh);
	return NULL;
}

gboolean
fn_people_logout(FnDb *db, const char *token, GError **error)
{
	g_autofree char *digest = digest_of(token), *id = NULL;
	GError *failed = NULL;

	id = fn_db_text(db, &fn_sql_people_session, FN_BINDS(FN_TEXT("token_digest", digest)), &failed);
	if (failed != NULL) {
		g_propagate_error(error, failed);
		return FALSE;
	}
	if (id == NULL)
		return set_session_error(error);
	return fn_db_exec(db, &fn_sql_people_end_session,
		FN_BINDS(FN_TEXT("id", id), FN_INT("now", fn_time_now()), FN_TEXT("reason", "logout")), NULL, error);
}
