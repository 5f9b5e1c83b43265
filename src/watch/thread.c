/* The thread that follows the log for misuse. */
#include "watch/watch.h"

enum { LOOK_EVERY = 60 };

struct FnWatchFollower {
	FnWatchOptions options;
	FnForce *force; /* what @watch was made of */
	FnWatch *watch;
	FnAuditFollower *thread;
	gint64 looked; /* monotonic, us; 0: not yet */
};

/* Those in force now; counters of rules that stayed as they were go on. */
static gboolean
take_rules(FnWatchFollower *follower, GError **error)
{
	g_autoptr(FnForce) force = fn_in_force_take(follower->options.rules);
	FnWatch *watch;

	if (follower->force != NULL && force->rules == follower->force->rules)
		return TRUE;
	if ((watch = fn_watch_new(force->rules, force->work, error)) == NULL)
		return FALSE;
	fn_watch_free(follower->watch);
	fn_force_release(follower->force);
	follower->watch = watch;
	follower->force = g_steal_pointer(&force);
	return TRUE;
}

static gboolean
step(FnDb *db, const FnAuditLog *log, guint32 most, guint *done_out, gpointer data, GError **error)
{
	FnWatchFollower *follower = data;
	gint64 now = follower->options.clock(follower->options.clock_data);

	if (!take_rules(follower, error) || !fn_watch_step(follower->watch, db, log, FN_WATCH_STEP, now, done_out, error))
		return FALSE;
	if (*done_out > 0)
		return TRUE;
	if (follower->looked == 0 || g_get_monotonic_time() - follower->looked >= LOOK_EVERY * G_USEC_PER_SEC) {
		if (!fn_watch_look(follower->watch, db, now, error))
			return FALSE;
		follower->looked = g_get_monotonic_time();
	}
	return fn_watch_enter(db, follower->options.ledger, error);
}

FnWatchFollower *
fn_watch_follower_new(const char *registry, const FnWatchOptions *options, FnAuditWarn warn, gpointer data)
{
	FnAuditLog log = fn_audit_log(options->ledger);
	FnWatchFollower *follower = g_new0(FnWatchFollower, 1);
	FnAuditFollowing what = { .open = fn_db_open_existing, .step = step, .data = follower };

	follower->options = *options;
	follower->thread = fn_audit_follower_of(registry, &log, &what, warn, data);
	return follower;
}

void
fn_watch_follower_free(FnWatchFollower *follower)
{
	if (follower == NULL)
		return;
	fn_audit_follower_free(follower->thread);
	fn_watch_free(follower->watch);
	fn_force_release(follower->force);
	g_free(follower);
}
