/* fengni-clock: deadlines, the signing of grants, pruning of the ledger, its index, and the watch for misuse over it.
 *
 * SECURITY: opens the registry and the sockets of keeper and ledger; serves the gate and the administrator on its own socket
 * with four requests (sign this grant, authorise this use of a re-identification, look at the deadlines now, how do the witnesses stand),
 * none of which
 * carries data. It is the only role for which the keeper signs grants and authorisations, and it does so only after it replayed
 * the case's history; of what is turned back it sees nothing. It has no caller from outside; of strangers it reads no more than
 * stands in entries of the ledger, which two threads of its own walk over with the ledger's strict reader, and what the witnesses
 * and the time-stamping authority of its settings answer: at most 64 KiB, HTTP by libcurl, a stamp by OpenSSL, all else strictly. */
#include "anchor/anchor.h"
#include "audit/audit.h"
#include "base/pool.h"
#include "base/program.h"
#include "base/say.h"
#include "base/time.h"
#include "base/text.h"
#include "catalog/activation.h"
#include "catalog/pruning.h"
#include "catalog/reidentification.h"
#include "instance/instance.h"
#include "ledger/now.h"
#include "notify/notify.h"
#include "oversight/oversight.h"
#include "register/register.h"
#include "watch/watch.h"
#include "work/in_force.h"

#include <string.h>

typedef struct {
	FnInstance *instance;
	FnDb *db;
	FnInForce *in_force;
	FnForce *force; /* of this look at things: held under the mutex */
	FnNow *now;
	FnIpcClient *keeper, *ledger;
	FnAnchor *anchor;
	char *index, *overseen; /* address of the ledger's index; the day on which the checks last ran, or NULL */
	FnMutex mutex; /* the registry connection serves one thread at a time */
	FnCond wake;
	gboolean ending;
} Clock;

static void
on_signal(int fd, gpointer server)
{
	fn_ipc_server_stop(server);
}

/* A rule of misuse that cannot be counted refuses all of the rules, like any other. */
static FnRules *
read_rules(Clock *clock, GError **error)
{
	g_autoptr(FnRules) rules = fn_instance_read_rules(clock->instance, error);

	return rules != NULL && fn_watch_check(rules, error) ? g_steal_pointer(&rules) : NULL;
}

/* All of the rules are read again, or none. */
static void
on_reload(int fd, gpointer data)
{
	Clock *clock = data;
	g_autoptr(GError) error = NULL;
	FnRules *rules = fn_program_reload_asked(fd) ? read_rules(clock, &error) : NULL;

	fn_mutex_lock(&clock->mutex);
	if (rules != NULL && fn_in_force_replace(clock->in_force, rules, clock->db, &error)) {
		fn_force_release(clock->force);
		clock->force = fn_in_force_take(clock->in_force);
		g_message("%s", fn_say("the rules were read again"));
	}
	fn_mutex_unlock(&clock->mutex);
	if (error != NULL)
		g_warning("%s: %s", fn_say("the rules in force stay"), error->message);
}

static gboolean
may_ask(FnRole role)
{
	return role == FN_ROLE_GATE || role == FN_ROLE_ADMIN;
}

/* What the registry ended or suspended by itself is written into its case: the step that the procedure gives to the platform. */
static gboolean
follow(Clock *clock, const json_t *ended, gint64 now, GError **error)
{
	g_autoptr(FnActor) platform = fn_work_platform();

	for (size_t i = 0; i < json_array_size(ended); i++) {
		const json_t *one = json_array_get(ended, i);
		const char *state = json_string_value(json_object_get(one, "state"));

		if (!fn_work_step(clock->force->work, clock->db, json_string_value(json_object_get(one, "case")),
				g_str_equal(state, "suspended") ? "lapse" : "expire", json_string_value(json_object_get(one, "reason")), NULL,
				platform, now, error))
			return FALSE;
	}
	return TRUE;
}

/* Accounts whose term is over lose their sessions; the gate no longer takes them as operators. */
static gboolean
lapse_accounts(Clock *clock, gint64 now, GError **error)
{
	gint64 lapsed = fn_people_lapse(clock->db, now, error);

	return lapsed == 0 || (lapsed > 0 && fn_catalog_raise_generation(clock->db, error));
}

static gboolean
look_at_terms(Clock *clock, GError **error)
{
	gint64 now = fn_now(clock->now);
	json_t *ended;
	gboolean done;

	if (!fn_db_begin(clock->db, error))
		return FALSE;
	ended = fn_catalog_tick(clock->db, now, error);
	done = ended != NULL && follow(clock, ended, now, error) && lapse_accounts(clock, now, error) &&
		fn_approval_expire(clock->db, clock->force->work, now, error) && fn_work_tick(clock->force->work, clock->db, now, error) >= 0 &&
		fn_db_commit(clock->db, error);
	if (!done)
		fn_db_rollback(clock->db);
	json_decref(ended);
	return done;
}

static gboolean
close_pruning(Clock *clock, const char *id, const char *step, const char *say, GError **error)
{
	g_autoptr(FnActor) platform = fn_work_platform();
	gboolean done;

	if (!fn_db_begin(clock->db, error))
		return FALSE;
	done = fn_work_step(clock->force->work, clock->db, id, step, say, NULL, platform, fn_now(clock->now), error) && fn_db_commit(clock->db, error);
	if (!done)
		fn_db_rollback(clock->db);
	return done;
}

/* What two persons decided about the ledger; what could not be done yet is tried at the next look. */
static void
prune(Clock *clock)
{
	g_auto(GStrv) ids = fn_work_cases_in(clock->db, FN_PRUNING, "approved", NULL);

	for (guint i = 0; ids != NULL && ids[i] != NULL; i++) {
		g_autofree char *say = NULL;
		g_autoptr(GError) why = NULL;
		const char *step = fn_pruning_carry_out(clock->db, clock->force->work, clock->keeper, clock->ledger, ids[i], fn_now(clock->now), &say, &why);

		if (step == NULL || !close_pruning(clock, ids[i], step, say, &why))
			g_warning("the ledger is not pruned yet: %s", why->message);
	}
}

/* The daily checks, and the inspections that are due. The registry says whether this day's were done, so that they never are twice. */
static void
oversee(Clock *clock)
{
	g_autofree char *witnesses = fn_anchor_status(clock->anchor);
	FnOversight oversight = { .rules = clock->force->rules, .work = clock->force->work, .db = clock->db, .index = clock->index,
		.now = fn_now(clock->now), .witnesses = witnesses };
	g_autofree char *today = fn_time_date_text(oversight.now);
	g_autoptr(GError) error = NULL;
	gboolean done;

	if (g_strcmp0(today, clock->overseen) == 0)
		return;
	if (!fn_oversight_daily(&oversight, &done, &error)) {
		g_warning("daily checks: %s", error->message);
		return;
	}
	g_free(clock->overseen);
	clock->overseen = g_steal_pointer(&today);
}

/* Due dates and search terms of record books follow their files; a book whose file is as it was costs one look. */
static void
settle_registers(Clock *clock)
{
	g_autoptr(GError) error = NULL;

	if (fn_register_settle(clock->db, clock->force->rules, &error) < 0)
		g_warning("registers: %s", error->message);
}

static void
tick(Clock *clock)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) waiting = NULL;

	fn_now_refresh(clock->now);
	settle_registers(clock);
	if (!look_at_terms(clock, &error)) {
		g_warning("deadlines: %s", error->message);
		return;
	}
	waiting = fn_catalog_grants_to_sign(clock->db, NULL);
	for (guint i = 0; waiting != NULL && waiting[i] != NULL; i++) {
		g_autoptr(GError) why = NULL;

		if (!fn_activation_sign(clock->db, clock->force->work, clock->keeper, clock->ledger, waiting[i], fn_now(clock->now), &why))
			g_warning("a grant stays unsigned: %s", why->message);
	}
	prune(clock);
	oversee(clock);
}

static void
sign(Clock *clock, FnIpcToken *token, const guint8 *payload, gsize size)
{
	g_autofree char *grant = g_strndup((const char *)payload, MIN(size, 64));
	g_autoptr(GError) error = NULL;

	if (fn_activation_sign(clock->db, clock->force->work, clock->keeper, clock->ledger, grant, fn_now(clock->now), &error))
		fn_ipc_reply(token, "{}", 2);
	else {
		g_autofree char *why = fn_text_safe(error->message, -1, 500);

		fn_ipc_refuse(token, "not_signed", why);
	}
}

/* "not_authorised": the case does not allow it; anything else is not its fault. */
static void
authorise(Clock *clock, FnIpcToken *token, const guint8 *payload, gsize size)
{
	g_autofree char *id = g_strndup((const char *)payload, MIN(size, 64)), *text = NULL, *why = NULL;
	g_autoptr(GError) error = NULL;

	text = fn_reidentification_authorise(clock->db, clock->force->work, clock->keeper, clock->ledger, id, fn_now(clock->now), &error);
	if (text != NULL) {
		fn_ipc_reply(token, text, strlen(text));
		return;
	}
	why = fn_text_safe(error->message, -1, 500);
	fn_ipc_refuse(token, error->domain == FN_CATALOG_ERROR || error->domain == FN_WORK_ERROR ? "not_authorised" : "not_signed", why);
}

static void
serve(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	Clock *clock = data;

	if (!may_ask(role) || op < FN_CLOCK_OP_SIGN || op > FN_CLOCK_OP_WITNESSES) {
		fn_ipc_refuse(token, "not_allowed", "the clock does not do that for this role");
		return;
	}
	if (op == FN_CLOCK_OP_WITNESSES) {
		g_autofree char *text = fn_anchor_status(clock->anchor);

		fn_ipc_reply(token, text, strlen(text));
		return;
	}
	fn_mutex_lock(&clock->mutex);
	if (op == FN_CLOCK_OP_SIGN) {
		sign(clock, token, payload, size);
	} else if (op == FN_CLOCK_OP_REVERSAL) {
		authorise(clock, token, payload, size);
	} else {
		tick(clock);
		fn_ipc_reply(token, "{}", 2);
	}
	fn_mutex_unlock(&clock->mutex);
}

/* @data: who warns. */
static void
warn(const char *message, gpointer data)
{
	g_autofree char *safe = fn_text_safe(message, -1, 500);

	g_warning("%s: %s", (const char *)data, safe);
}

static gint64
time_of(gpointer now)
{
	return fn_now(now);
}

static void *
watch(void *data)
{
	Clock *clock = data;

	fn_mutex_lock(&clock->mutex);
	while (!clock->ending) {
		tick(clock);
		fn_cond_wait_for(&clock->wake, &clock->mutex, 60 * G_USEC_PER_SEC);
	}
	fn_mutex_unlock(&clock->mutex);
	return NULL;
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;
	Clock clock = { .mutex = FN_MUTEX_INIT, .wake = FN_COND_INIT };
	g_autoptr(FnIpcServer) server = NULL;
	FnAuditFollower *follower;
	FnWatchFollower *watcher;
	FnNotifier *notifier;
	FnAuditLog log;
	pthread_t thread;
	int signals, reloads;

	fn_program_start("fengni-clock");
	signals = fn_program_signals();
	reloads = fn_program_reloads();
	if ((clock.instance = fn_instance_open(argc, argv, &error)) == NULL)
		fn_program_fail(fn_say("cannot start"), error);
	if ((clock.anchor = fn_anchor_read(clock.instance->settings, &error)) == NULL)
		fn_program_fail(fn_say("cannot read the list of witnesses"), error);
	path = fn_role_socket(clock.instance->settings, FN_ROLE_CLOCK);
	clock.index = fn_audit_url(clock.instance->settings);
	clock.keeper = fn_instance_client(clock.instance, FN_ROLE_KEEPER);
	clock.ledger = fn_instance_client(clock.instance, FN_ROLE_LEDGER);
	if (!fn_instance_confine(clock.instance, FN_ROLE_CLOCK, &error) ||
		(clock.db = fn_db_open_existing(clock.instance->registry, &error)) == NULL ||
		!fn_watch_check(clock.instance->rules, &error) ||
		(clock.in_force = fn_in_force_new(g_steal_pointer(&clock.instance->rules), fn_catalog_effects, &error)) == NULL ||
		(clock.now = fn_now_wait(clock.instance->settings, clock.ledger, &error)) == NULL ||
		(server = fn_ipc_server_new(path, serve, NULL, &clock, &error)) == NULL)
		fn_program_fail(fn_say("cannot start"), error);
	clock.force = fn_in_force_take(clock.in_force);
	fn_ipc_server_watch(server, signals, on_signal, server);
	fn_ipc_server_watch(server, reloads, on_reload, &clock);
	fn_say_logs();
	log = fn_audit_log(clock.ledger);
	follower = fn_audit_follower_new(clock.index, &log, warn, (gpointer)"index of the ledger");
	watcher = fn_watch_follower_new(clock.instance->registry, &(const FnWatchOptions){ .rules = clock.in_force, .ledger = clock.ledger,
		.clock = time_of, .clock_data = clock.now }, warn, (gpointer)"watch for misuse");
	fn_anchor_start(clock.anchor, clock.ledger, clock.keeper);
	notifier = fn_notifier_new(clock.instance->settings, clock.instance->registry, clock.ledger, time_of, clock.now, &error);
	if (error != NULL)
		fn_program_fail(fn_say("cannot start"), error);
	if (pthread_create(&thread, NULL, watch, &clock) != 0)
		fn_program_fail("start a thread", NULL);
	fn_ipc_server_run(server);
	fn_notifier_free(notifier);
	fn_anchor_free(clock.anchor);
	fn_audit_follower_free(follower);
	fn_watch_follower_free(watcher);
	fn_mutex_lock(&clock.mutex);
	clock.ending = TRUE;
	pthread_cond_signal(&clock.wake);
	fn_mutex_unlock(&clock.mutex);
	pthread_join(thread, NULL);
	/* The last to close takes the write-ahead log in: a stopped registry is one whole file. */
	fn_db_close(clock.db);
	fn_force_release(clock.force);
	fn_in_force_free(clock.in_force);
	return FN_EXIT_OK;
}
