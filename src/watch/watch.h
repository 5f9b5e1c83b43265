/* Is anyone misusing it? Rules of rules/watch/ over the stream of the ledger's entries: streaming counters per grant, system, account,
 * address or person; what passes a threshold becomes an alert, and where the rule says so a case that a person has to decide.
 *
 * The log is the truth. Position and counters are derived: they can be thrown away (fn_watch_reset()) and are made again by reading
 * the log once more, and no alert comes twice of it. An alert names its evidence as places in the log. While it is open, whatever
 * the same rule finds of the same subject is added to it; once a person has handled it, only entries behind its evidence raise
 * another. No identifier of a person is kept: persons are the keyed digests of the entries.
 *
 * What can be counted is a closed table (measure.c); windows, thresholds and severities are the rules' and the pack's. A rule that
 * is new or was changed counts from where the log is then; nothing is dated back. Errors: FN_WATCH_ERROR, FN_DB_ERROR, FN_RULES_ERROR
 * and those of the log and of cases. */
#pragma once

#include "audit/audit.h"
#include "people/people.h"
#include "rules/rules.h"
#include "work/in_force.h"

#include <jansson.h>

typedef enum {
	FN_WATCH_ERROR_INPUT,   /* the message names the field */
	FN_WATCH_ERROR_UNKNOWN, /* no such alert */
	FN_WATCH_ERROR_STATE,   /* it has a case, or was handled */
	FN_WATCH_ERROR_OFFICE,  /* not of the bureau, or the one it is about */
} FnWatchError;
#define FN_WATCH_ERROR (fn_watch_error_quark())
GQuark fn_watch_error_quark(void);

/* ---- following ---- */

typedef struct FnWatch FnWatch; /* of one thread */
/* Refuses rules that name no measure, lack what theirs needs or name a parameter that there is not. @work: where cases are opened. */
FnWatch *fn_watch_new(const FnRules *rules, FnWork *work, GError **error);
void fn_watch_free(FnWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnWatch, fn_watch_free)

/* Whether fn_watch_new() would take the rules. */
gboolean fn_watch_check(const FnRules *rules, GError **error);

/* What a follower takes in one step: catching up, it writes down what is left of so many entries, at most all counters there may be. */
#define FN_WATCH_STEP 131072u
/* Looks at what comes next in the log, one transaction for at most @most entries; *@done_out (may be NULL) is how many, 0 at the end.
 * However the steps are cut, counters and alerts come out the same. Cases are opened at @now, what is counted goes by the times of the
 * entries. */
gboolean fn_watch_step(FnWatch *watch, FnDb *db, const FnAuditLog *log, guint32 most, gint64 now, guint *done_out, GError **error);
/* What no entry tells: grants that nobody uses, alerts whose case has ended, suspensions and rectifications that were decided. In one
 * transaction. */
gboolean fn_watch_look(FnWatch *watch, FnDb *db, gint64 now, GError **error);
/* Enters alerts in the ledger (watch.alert) that are not in it yet, each at least once. */
gboolean fn_watch_enter(FnDb *db, FnIpcClient *ledger, GError **error);
/* Forgets position and counters, not alerts. */
gboolean fn_watch_reset(FnDb *db, GError **error);
/* How many entries of the log were looked at. */
gboolean fn_watch_seen(FnDb *db, guint64 *seen_out, GError **error);

typedef gint64 (*FnWatchClock)(gpointer data); /* us since 1970 */
typedef struct {
	FnInForce *rules; /* those in force at each step */
	FnIpcClient *ledger;
	FnWatchClock clock; /* terms go by it */
	gpointer clock_data;
} FnWatchOptions; /* everything is borrowed */
/* A thread that does all of this with a connection of its own to @registry. @warn (may be NULL) is told, on that thread, when that
 * begins to fail. */
typedef struct FnWatchFollower FnWatchFollower;
FnWatchFollower *fn_watch_follower_new(const char *registry, const FnWatchOptions *options, FnAuditWarn warn, gpointer data);
/* NULL is fine. */
void fn_watch_follower_free(FnWatchFollower *follower);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnWatchFollower, fn_watch_follower_free)

/* ---- alerts ---- */

typedef struct {
	const char *state, *rule, *subject, *organization; /* NULL: any */
	const char *before;                                /* id of the last alert of the page before; NULL for the first page */
	guint limit;                                       /* 1 to 500 */
} FnWatchQuestion;
/* Newest first: {"items":[{id, rule, title {zh, en}, per, subject, organization, severity, state, first_at, last_at, count, from, to,
 * measured, threshold, case, handled_by, handled_at, reason}], "next"}. @rules (may be NULL) gives titles. Who belongs to the bureau
 * sees all, others those of their organization. */
json_t *fn_watch_alerts(FnDb *db, const FnRules *rules, const FnActor *actor, const FnWatchQuestion *question, GError **error);
/* One of them, with "explanation" {seen, compared, next}, each {zh, en}. FN_WATCH_ERROR_UNKNOWN: none that the actor may see. */
json_t *fn_watch_show(FnDb *db, const FnRules *rules, const FnActor *actor, const char *id, GError **error);
/* An alert that has no case is handled with a reason, once, by somebody of the bureau whom it is not about. */
gboolean fn_watch_handle(FnDb *db, const char *id, const char *reason, const FnActor *actor, gint64 now, GError **error);
/* The rules in force, with their thresholds as the pack has them: [{id, title, law, measure, per, window {value, unit}, threshold,
 * parameter, severity, then}]. */
json_t *fn_watch_rules(const FnRules *rules, GError **error);
