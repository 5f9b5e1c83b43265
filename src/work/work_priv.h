/* A case in memory, and what the files of this room share. Private to the room. */
#pragma once

#include "work/work.h"

struct FnWork {
	const FnRules *rules;
	const FnEffect *effects;
	gpointer data;
};

typedef struct {
	gint64 number, at;
	char *kind, *step, *from, *to, *role, *office, *account, *person, *name, *organization, *say, *changes;
} FnWorkEvent;

typedef struct {
	char *name, *state, *from_on, *due_on;
	gint64 days;
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
} FnWorkCase;

/* case.c: an empty one; and reads @id whole; @locked holds it until the transaction ends. */
FnWorkCase *fn_work_case_new(FnWork *work, FnDb *db, const char *id);
FnWorkCase *fn_work_case_load(FnWork *work, FnDb *db, const char *id, gboolean locked, GError **error);
void fn_work_case_free(FnWorkCase *which);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnWorkCase, fn_work_case_free)
FnWorkClock *fn_work_case_clock(const FnWorkCase *which, const char *name);
const FnNode *fn_work_step_named(const FnNode *procedure, const char *step);
gboolean fn_work_taken(const FnWorkCase *which, const char *step);
/* Adds one entry to the history, in memory and on disk. @role and @office empty and @actor NULL: the clock did it. */
gboolean fn_work_case_enter(FnWorkCase *which, const char *kind, const char *step, const char *to, const char *role, const char *office,
	const FnActor *actor, const char *say, const json_t *changes, gint64 now, GError **error);

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

/* form.c: the whole form against the procedure's. */
gboolean fn_work_form_check(const FnRules *rules, const FnNode *schema, const json_t *form, const char *subject, gint64 now, GError **error);
gboolean fn_work_say_check(const char *say, gboolean demanded, const char *what, GError **error);

/* clock.c */
gboolean fn_work_clocks_step(FnWorkCase *which, const FnNode *step, gint64 now, GError **error);
gint64 fn_work_clock_left(const FnWorkCase *which, const FnWorkClock *clock, gint64 now);

/* step.c: whether the step is possible but for reason, form, needs and effect. */
gboolean fn_work_possible(const FnWorkCase *which, const FnNode *step, const FnActor *actor, const char **role_out, const char **office_out,
	GError **error);

/* notice.c */
gboolean fn_work_tell(FnWorkCase *which, const FnNode *roles, const char *kind, const char *about, gint64 now, GError **error);
gboolean fn_work_tell_waiting(FnWorkCase *which, const char *kind, const char *about, gint64 now, GError **error);
gboolean fn_work_set_waiting(FnWorkCase *which, GError **error);
