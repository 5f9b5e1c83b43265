/* A case in memory, and what the files of this room share. Private to the room. */
#pragma once

#include "work/work.h"

struct FnWork {
	const FnRules *rules;
	const FnEffect *effects;
	gpointer data;
	char *calendar; /* digest of the days off and on by which due dates are worked out */
};

#define FN_WORK_NEVER G_MAXINT64

typedef struct {
	gint64 number, at;
	char *kind, *step, *from, *to, *role, *office, *account, *person, *name, *organization, *say, *changes;
	char *on_behalf, *on_behalf_person, *on_behalf_name, *reason, *signed_, *seen, *linked;
} FnWorkEvent;

typedef struct {
	char *name, *state, *from_on, *due_on, *unit;
	gint64 days; /* in @unit; for hours seconds */
	gint64 from_at, due_at;
	gboolean provisional, extended, warned, late;
} FnWorkClock;

typedef struct {
	FnWork *work;
	FnDb *db;
	const FnNode *procedure;
	char *id, *state, *subject;
	json_t *form, *parties;
	gint64 revision, opened_at;
	gboolean ended;
	GPtrArray *history, *clocks;
	json_t *attachments; /* read when first asked for */
} FnWorkCase;

/* case.c: an empty one; and reads @id whole; @locked holds it until the transaction ends. */
FnWorkCase *fn_work_case_new(FnWork *work, FnDb *db, const char *id);
FnWorkCase *fn_work_case_load(FnWork *work, FnDb *db, const char *id, gboolean locked, GError **error);
/* The same for @actor: UNKNOWN also when it may not see the case. */
FnWorkCase *fn_work_case_seen(FnWork *work, FnDb *db, const char *id, gboolean locked, const FnActor *actor, GError **error);
void fn_work_case_free(FnWorkCase *which);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnWorkCase, fn_work_case_free)
FnWorkClock *fn_work_case_clock(const FnWorkCase *which, const char *name);
const FnNode *fn_work_step_named(const FnNode *procedure, const char *step);
gboolean fn_work_taken(const FnWorkCase *which, const char *step);
/* Adds one entry to the history, in memory and on disk. @role and @office empty and @actor NULL: the clock did it. */
typedef struct {
	const char *kind, *step, *to, *role, *office;
	const FnActor *actor;
	const char *say, *reason, *signed_, *linked;
	const json_t *changes, *seen;
} FnWorkEntry;
gboolean fn_work_case_enter(FnWorkCase *which, const FnWorkEntry *entry, gint64 now, GError **error);
/* The soonest moment at which a running clock is due, FN_WORK_NEVER without one. */
gint64 fn_work_case_due(const FnWorkCase *which);

/* who.c: may @actor act as @role; *office_out is the office held. */
typedef enum { FN_FIT_NONE = 0, FN_FIT_PARTY, FN_FIT_APART, FN_FIT } FnFit;
FnFit fn_work_fit(const FnWorkCase *which, const char *role, const FnActor *actor, const char **office_out);
/* The first of @roles ("a" or "[a, b]") that fits; NULL with error. */
const char *fn_work_role_for(const FnWorkCase *which, const FnNode *roles, const FnActor *actor, const char **office_out, GError **error);
/* Where office@party of this case is: an organization's id, or "" and a kind. */
void fn_work_seat(const FnWorkCase *which, const char *seat, const char **organization_out, const char **kind_out);
/* Calls @each for every office that @roles stand for. Stops at the first FALSE. */
typedef gboolean (*FnWorkSeat)(const FnWorkCase *which, const char *office, const char *organization, const char *kind, gpointer data,
	GError **error);
gboolean fn_work_each_seat(const FnWorkCase *which, const FnNode *roles, FnWorkSeat each, gpointer data, GError **error);
gboolean fn_work_may_see(const FnWorkCase *which, const FnActor *actor);
/* Whether @actor holds any office that this case gives something to do. */
gboolean fn_work_is_seated(const FnWorkCase *which, const FnActor *actor);

/* "regulator:police" for an actor of such a regulator, else "". Caller frees. */
char *fn_work_kind_of_authority(const FnActor *actor);

/* guard.c: what the form says of a step. @form NULL: the case's. */
gboolean fn_work_guard_holds(const FnNode *step, const json_t *form);
gboolean fn_work_guard_check(const FnWorkCase *which, const FnNode *step, GError **error);
/* The i-th map of a map or a list of maps, NULL beyond. */
const FnNode *fn_work_each_map(const FnNode *one_or_many, guint i);

/* attach.c: what is attached, as a JSON list of {kind, digest} in order; borrowed. */
const json_t *fn_work_attachments(FnWorkCase *which, GError **error);
gboolean fn_work_attach_check(FnWorkCase *which, const FnNode *step, GError **error);
/* SM3 in hexadecimal over what an actor sees who takes @step. Caller frees. */
char *fn_work_digest(const char *id, gint64 revision, const json_t *form, const json_t *attachments, const char *step);

/* open.c: opens the cases that @step opens, as the platform; *linked_out are their ids, NULL when there are none. */
gboolean fn_work_open_linked(FnWorkCase *which, const FnCase *shown, const FnNode *step, gint64 now, char **linked_out, GError **error);

/* form.c: how a person finds a field: its Chinese title with its id for who reads Chinese, else the id. @field NULL: it has no title. */
char *fn_work_field_shown(const FnNode *field, const char *name);
/* The whole form against the procedure's. What stands in @before (may be NULL) as it is was judged then: a day that was to come may
 * have come. */
gboolean fn_work_form_check(const FnRules *rules, const FnNode *schema, const json_t *form, const json_t *before, const char *subject, gint64 now,
	GError **error);
gboolean fn_work_say_check(const char *say, gboolean demanded, const char *what, GError **error);

/* clock.c */
gboolean fn_work_clocks_step(FnWorkCase *which, const FnNode *step, gint64 now, GError **error);
/* The first moment after the day @date ("YYYY-MM-DD") in China; 0 when it is no date. */
gint64 fn_work_day_end(const char *date);
char *fn_work_calendar_digest(const FnRules *rules);
gint64 fn_work_clock_left(const FnWorkCase *which, const FnWorkClock *clock, gint64 now);

/* show.c: the steps that @actor may take now. @awaited: only those that the case waits for. */
json_t *fn_work_actions(FnWorkCase *which, const FnActor *actor, gboolean awaited);
json_t *fn_work_titles(const FnNode *node);
json_t *fn_work_show_attachment(FnRows *row);

/* inbox.c: a line of a list; takes @steps over. */
json_t *fn_work_line(const FnWorkCase *which, json_t *steps, gint64 now);

/* claim.c: who works on it: [{organization, account, name, since}]; the same of @actor's organization, as "claimed_by" of @line. */
json_t *fn_work_show_claims(const FnWorkCase *which, GError **error);
gboolean fn_work_line_claim(const FnWorkCase *which, const FnActor *actor, json_t *line, GError **error);

/* step.c: whether the step is possible but for reason, form, needs and effect. */
gboolean fn_work_possible(const FnWorkCase *which, const FnNode *step, const FnActor *actor, const char **role_out, const char **office_out,
	GError **error);

/* notice.c */
gboolean fn_work_tell(FnWorkCase *which, const FnNode *roles, const char *kind, const char *about, gint64 now, GError **error);
gboolean fn_work_tell_waiting(FnWorkCase *which, const char *kind, const char *about, gint64 now, GError **error);
gboolean fn_work_set_waiting(FnWorkCase *which, GError **error);
