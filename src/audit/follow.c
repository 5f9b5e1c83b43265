/* Keeping up with the log: steps that may be cut at any place, and the thread that takes them. */
#include "audit/audit_priv.h"

#include "audit_sql.h"
#include "base/json.h"
#include "base/pool.h"

#include <string.h>

enum { BATCH = 16384, PAUSE_MS = 500, RETRY_MS = 5000 };

/* ---- the log over its socket ---- */

static GPtrArray *
log_read(gpointer ledger, guint64 first, guint32 most, GError **error)
{
	return fn_ledger_read(ledger, first, most, error);
}

static gboolean
log_size(gpointer ledger, guint64 *size_out, guint64 *minimum_out, GError **error)
{
	g_autoptr(GBytes) reply = fn_ipc_call(ledger, FN_LEDGER_OP_STATUS, NULL, 0, 0, error);
	json_t *status;

	if (reply == NULL || (status = fn_json_parse(g_bytes_get_data(reply, NULL), g_bytes_get_size(reply), error)) == NULL)
		return FALSE;
	*size_out = (guint64)MAX(json_integer_value(json_object_get(status, "durable")), 0);
	*minimum_out = (guint64)MAX(json_integer_value(json_object_get(status, "minimum")), 0);
	json_decref(status);
	return TRUE;
}

static gboolean
log_there(gpointer ledger, guint64 from, guint64 *there_out, GError **error)
{
	return fn_ledger_next(ledger, from, there_out, error);
}

FnAuditLog
fn_audit_log(FnIpcClient *ledger)
{
	return (FnAuditLog){ ledger, log_read, log_size, log_there };
}

char *
fn_audit_url(const FnSettings *settings)
{
	const char *set = fn_settings_text(settings, "audit_index");

	return *set != '\0' ? g_strdup(set) : g_strconcat("sqlite:", fn_settings_directory(settings), "/audit/index.db", NULL);
}

/* ---- one step ---- */

gboolean
fn_audit_log_is(const FnAuditLog *log, guint64 next, const char *anchor, gboolean *same_out, GError **error)
{
	g_autoptr(GPtrArray) entries = NULL;
	guint64 last = next - 1, there;
	char digest[65];

	*same_out = next == 0;
	if (*same_out)
		return TRUE;
	if (!log->there(log->data, last, &there, error))
		return FALSE;
	if (there != last)
		return TRUE;
	entries = log->read(log->data, last, 1, error);
	if (entries != NULL && entries->len > 0) {
		fn_audit_digest(g_ptr_array_index(entries, 0), digest);
		*same_out = strcmp(digest, anchor) == 0;
	}
	return entries != NULL;
}

/* In a transaction, unless somebody began the index anew meanwhile: then nothing is done. */
static gboolean
add(FnDb *db, guint64 first, GPtrArray *entries, FnAuditState *state, guint *done_out, GError **error)
{
	g_autoptr(GError) why = NULL;
	gint64 next;

	if (!fn_db_begin(db, error))
		return FALSE;
	next = fn_db_int(db, &fn_sql_audit_lock, FN_NO_BINDS, -1, &why);
	if (why == NULL && next == (gint64)state->next && fn_audit_add(db, first, entries, state, &why) && fn_db_commit(db, &why)) {
		*done_out = entries->len;
		return TRUE;
	}
	fn_db_rollback(db);
	if (why == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

static gpointer
keep(gconstpointer entry, gpointer unused)
{
	return g_bytes_ref((GBytes *)entry);
}

GPtrArray *
fn_audit_log_read(const FnAuditLog *log, guint64 first, guint32 most, GError **error)
{
	g_autoptr(GPtrArray) entries = log->read(log->data, first, most, error);
	guint64 there = 0;

	while (entries != NULL && entries->len > 0 && entries->len < most) {
		g_autoptr(GPtrArray) more = NULL;

		if (!log->there(log->data, first + entries->len, &there, error))
			return NULL;
		if (there != first + entries->len)
			break;
		if ((more = log->read(log->data, there, most - entries->len, error)) == NULL)
			return NULL;
		if (more->len == 0)
			break;
		g_ptr_array_extend(entries, more, keep, NULL);
	}
	return g_steal_pointer(&entries);
}

static gboolean
add_next(FnDb *db, const FnAuditLog *log, guint64 size, FnAuditState *state, guint32 most, guint *done_out, GError **error)
{
	g_autoptr(GPtrArray) entries = NULL;
	guint64 first;

	if (!log->there(log->data, state->next, &first, error))
		return FALSE;
	if (first >= size)
		return TRUE;
	entries = fn_audit_log_read(log, first, most, error);
	return entries != NULL && (entries->len == 0 || add(db, first, entries, state, done_out, error));
}

gboolean
fn_audit_step(FnDb *db, const FnAuditLog *log, guint32 most, guint *done_out, GError **error)
{
	guint64 size, minimum;
	FnAuditState state;
	gboolean same;
	guint done = 0;

	if (!fn_audit_state_read(db, &state, error) || !log->size(log->data, &size, &minimum, error) ||
		!fn_audit_log_is(log, state.next, state.anchor, &same, error))
		return FALSE;
	if (!same && (!fn_audit_reset(db, error) || !fn_audit_state_read(db, &state, error)))
		return FALSE;
	if (minimum > state.minimum && (!fn_audit_drop(db, log, minimum, error) || !fn_audit_state_read(db, &state, error)))
		return FALSE;
	if (!add_next(db, log, size, &state, most, &done, error))
		return FALSE;
	if (done_out != NULL)
		*done_out = done;
	return TRUE;
}

/* ---- the thread ---- */

struct FnAuditFollower {
	char *url;
	FnAuditLog log;
	FnAuditFollowing what;
	FnAuditWarn warn;
	gpointer data;
	pthread_t thread;
	FnMutex mutex;
	FnCond wake;
	gboolean ending; /* under the mutex */
};

/* FALSE once the follower ends. */
static gboolean
rest(FnAuditFollower *follower, gint64 ms)
{
	gboolean ending;

	fn_mutex_lock(&follower->mutex);
	if (!follower->ending && ms > 0)
		fn_cond_wait_for(&follower->wake, &follower->mutex, ms * 1000);
	ending = follower->ending;
	fn_mutex_unlock(&follower->mutex);
	return !ending;
}

/* One step; after a failure the database is opened anew. How long to rest before the next, in ms. */
static gint64
follow_once(FnAuditFollower *follower, FnDb **db, gboolean *failing, GError **error)
{
	guint done = 0;

	if ((*db != NULL || (*db = follower->what.open(follower->url, error)) != NULL) &&
		follower->what.step(*db, &follower->log, BATCH, &done, follower->what.data, error)) {
		*failing = FALSE;
		return done > 0 ? 0 : PAUSE_MS;
	}
	g_clear_pointer(db, fn_db_close);
	if (!*failing && follower->warn != NULL)
		follower->warn((*error)->message, follower->data);
	*failing = TRUE;
	return RETRY_MS;
}

static void *
follow(void *data)
{
	FnAuditFollower *follower = data;
	gboolean failing = FALSE;
	FnDb *db = NULL;
	gint64 ms;

	do {
		g_autoptr(GError) error = NULL;

		ms = follow_once(follower, &db, &failing, &error);
	} while (rest(follower, ms));
	fn_db_close(db);
	return NULL;
}

FnAuditFollower *
fn_audit_follower_of(const char *url, const FnAuditLog *log, const FnAuditFollowing *what, FnAuditWarn warn, gpointer data)
{
	FnAuditFollower *follower = g_new0(FnAuditFollower, 1);

	*follower = (FnAuditFollower){ .url = g_strdup(url), .log = *log, .what = *what, .warn = warn, .data = data, .mutex = FN_MUTEX_INIT,
		.wake = FN_COND_INIT };
	if (pthread_create(&follower->thread, NULL, follow, follower) != 0)
		g_error("cannot start a thread");
	return follower;
}

static gboolean
index_step(FnDb *db, const FnAuditLog *log, guint32 most, guint *done_out, gpointer unused, GError **error)
{
	return fn_audit_step(db, log, most, done_out, error);
}

FnAuditFollower *
fn_audit_follower_new(const char *url, const FnAuditLog *log, FnAuditWarn warn, gpointer data)
{
	static const FnAuditFollowing index = { .open = fn_audit_open, .step = index_step };

	return fn_audit_follower_of(url, log, &index, warn, data);
}

void
fn_audit_follower_free(FnAuditFollower *follower)
{
	if (follower == NULL)
		return;
	fn_mutex_lock(&follower->mutex);
	follower->ending = TRUE;
	pthread_cond_signal(&follower->wake);
	fn_mutex_unlock(&follower->mutex);
	pthread_join(follower->thread, NULL);
	g_free(follower->url);
	g_free(follower);
}
