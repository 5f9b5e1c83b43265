/* The procedure engine: cases run through the states that the files of rules/procedures/ declare.
 *
 * A case belongs to a procedure, has a form (JSON object), parties (role word → organization, e.g. "provider"), clocks in
 * working days, days or hours, attachments, and a history in which every step names who did it. Nothing is approved by time-out. A step is taken inside
 * the caller's transaction; effects run in it too. */
#pragma once

#include "people/people.h"
#include "rules/rules.h"

#include <jansson.h>

typedef enum {
	FN_WORK_ERROR_UNKNOWN,  /* no such procedure or case */
	FN_WORK_ERROR_FORM,     /* the message names the field */
	FN_WORK_ERROR_STATE,    /* the step is not possible in this state; says which are */
	FN_WORK_ERROR_OFFICE,   /* the actor does not hold the office, or belongs to another organization */
	FN_WORK_ERROR_APART,    /* the same person acted where another must */
	FN_WORK_ERROR_ONCE,     /* may be done once only */
	FN_WORK_ERROR_SAY,      /* a reason is demanded */
	FN_WORK_ERROR_NEEDS,    /* something must be there first (nda, handover, bureau_consent); the message names it */
	FN_WORK_ERROR_EFFECT,   /* the effect failed; the step was not taken */
	FN_WORK_ERROR_SIGN,     /* the step takes a signature over what the actor saw; it is missing or stale */
} FnWorkError;
#define FN_WORK_ERROR (fn_work_error_quark())
GQuark fn_work_error_quark(void);

typedef struct FnWork FnWork; /* immutable after it is made */

typedef struct {
	const char *id, *procedure, *state, *subject; /* subject: what it is about, e.g. a resource code */
	const json_t *form; /* with the changes of this step */
	const json_t *parties;
	const char *step, *to; /* the step being taken and the state it leads to; @state is the one it leaves */
	const char *say;       /* the reason given, or NULL */
	const char *opened_by; /* account */
	gint64 since;          /* when it came into @state */
	const FnNode *record;  /* for the effect "record": {register, do, key, set, organization}; else NULL */
	const FnNode *with;    /* what the step gives its effects and needs, a map of sources; or NULL */
	FnWork *work;          /* whose step it is */
} FnCase; /* borrowed during an effect */

/* Effects and needs are a closed table handed in from above; a procedure that names another is refused by fn_work_new(). A need
 * that gives FALSE without an error is not there; an effect runs before the step is written, so that a failure leaves no step. */
typedef gboolean (*FnEffectRun)(FnDb *db, const FnCase *which, const FnActor *actor, gint64 now, gpointer data, GError **error);
typedef struct {
	const char *name; /* "grant.prepare"; a need's name has the prefix "need:" ("need:nda") and answers TRUE when it is there */
	FnEffectRun run;
} FnEffect; /* arrays end with name == NULL */
/* The values of a map of sources, as with, record.key, record.set and opens.set are: {field: f} from the form (left out when the form lacks
 * it), {party: p} the organization's id, {value: v} as written, where "case" is the case's id, "subject" its subject, "today" the date
 * in China and "say" the reason given. */
json_t *fn_work_value(const FnCase *which, const FnNode *source, gint64 now); /* one of them, NULL when there is none */
json_t *fn_work_values(const FnCase *which, const FnNode *sources, gint64 now);
FnWork *fn_work_new(const FnRules *rules, const FnEffect *effects, gpointer effect_data, GError **error);
void fn_work_free(FnWork *work);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnWork, fn_work_free)

/* Opens a case in the procedure's first state; @form is checked against the procedure's form. @parties must name every party of the
 * procedure; "bureau" and "government" may be named too, else any organization of that kind is meant. Caller frees the id. */
char *fn_work_open(FnWork *work, FnDb *db, const char *procedure, const char *subject, const json_t *parties, const json_t *form,
	const FnActor *actor, gint64 now, GError **error);
/* Takes a step: checks state, office, separation, once, say, needs; runs the effect; moves clocks; writes history and tells.
 * @say: the reason or what is missing (may be NULL), @form: changed form fields (may be NULL). */
gboolean fn_work_step(FnWork *work, FnDb *db, const char *id, const char *step, const char *say, const json_t *form,
	const FnActor *actor, gint64 now, GError **error);
/* The same with all that a step may be told. @reason: id of one of the procedure's reasons, beside the words in @say, which are demanded
 * all the same. @seen: the digest that fn_work_show() gave with the action, and @confirmed: the actor's password was asked again and is
 * right; both for steps with sign. */
typedef struct {
	const char *say, *reason, *seen;
	const json_t *form;
	gboolean confirmed;
} FnWorkTaking;
gboolean fn_work_take(FnWork *work, FnDb *db, const char *id, const char *step, const FnWorkTaking *how, const FnActor *actor, gint64 now,
	GError **error);
/* The platform itself as an actor, for the steps that procedures give to platform@platform ("expire", "lapse"): the clock takes them
 * once the registry ended or suspended a grant by itself. Free with fn_actor_free(). */
FnActor *fn_work_platform(void);
/* The case as the console shows it: state, form, parties, clocks (due date, due_at, what is left in the clock's unit, provisional),
 * waiting_for (offices and organization), attachments, reasons, history, allowed_actions for @actor (with the digest to confirm where the
 * step takes a signature). NULL when unknown, when @actor's organization is no party, or when the procedure is restricted and @actor
 * holds none of its offices. */
json_t *fn_work_show(FnWork *work, FnDb *db, const char *id, const FnActor *actor, gint64 now, GError **error);
/* Cases that @actor may see, newest first: lines as fn_work_inbox() gives them, with "ended" and what @actor may do. */
typedef struct {
	const char *procedure, *state, *cursor; /* NULL: of any; from the newest on */
	gboolean mine;                          /* only those in which @actor acted, or which it claimed */
	guint limit;                            /* 1 to 200 */
} FnWorkQuery;
/* *next_out as fn_work_inbox_page() gives it: a page may be shorter than the limit. */
json_t *fn_work_list(FnWork *work, FnDb *db, const FnWorkQuery *query, const FnActor *actor, gint64 now, char **next_out, GError **error);
/* The procedures as a client needs them to open a case: [{id, title, restricted, offices: those of @actor that may open one}]; and one
 * with its form (fields in order, titles, types, limits), parties, states, steps, clocks, reasons. */
json_t *fn_work_procedures(FnWork *work, const FnActor *actor);
json_t *fn_work_procedure(FnWork *work, const char *id, const FnActor *actor, GError **error);

/* What is attached. Only ever added to, by who holds an office in the case, while it is open. */
enum { FN_WORK_FILE_MAX = 8 * 1024 * 1024, FN_WORK_FILES_MAX = 100 };
typedef struct {
	const char *kind, *name, *media_type; /* kind: one that a step of the procedure asks for, or "other" */
	gconstpointer bytes;
	gsize size;
} FnWorkFile;
/* Whether fn_work_attach() would take it: for who lets the bytes be inspected first. */
gboolean fn_work_may_attach(FnWork *work, FnDb *db, const char *id, const FnWorkFile *file, const FnActor *actor, GError **error);
/* {id, kind, name, media_type, size, digest, at, account, organization} */
json_t *fn_work_attach(FnWork *work, FnDb *db, const char *id, const FnWorkFile *file, const FnActor *actor, gint64 now, GError **error);
json_t *fn_work_attachment(FnWork *work, FnDb *db, const char *id, const char *attachment, const FnActor *actor, GBytes **bytes_out,
	GError **error);

/* Who works on a case: one account for each organization in it, so that colleagues do not do the same twice. A claim gives no right and
 * takes none. Only who holds an office in the case may claim it or be given it. */
gboolean fn_work_claim(FnWork *work, FnDb *db, const char *id, const FnActor *actor, gint64 now, GError **error);
gboolean fn_work_release(FnWork *work, FnDb *db, const char *id, const FnActor *actor, GError **error);
/* By who claimed it, or a head of the same organization; to somebody of that organization. */
gboolean fn_work_hand_over(FnWork *work, FnDb *db, const char *id, const FnActor *to, const FnActor *actor, gint64 now, GError **error);
/* All open ones of @account, all or none; how many, -1 on failure. Whoever calls it has the right to. */
gint64 fn_work_hand_over_all(FnWork *work, FnDb *db, const char *account, const FnActor *to, gint64 now, GError **error);
gint64 fn_work_open_claims(FnDb *db, const char *account, GError **error);

/* Cases that wait for @actor, soonest due first: [{id, procedure, state, subject, due, due_at, left, unit, steps}]; at most 200. */
json_t *fn_work_inbox(FnWork *work, FnDb *db, const FnActor *actor, gint64 now, GError **error);
/* The same page by page: @limit 1 to 200, @cursor NULL or what the page before gave. *next_out (caller frees) is NULL at the end; a page
 * may be shorter than @limit, where cases wait for an office of @actor that @actor itself may not decide. */
json_t *fn_work_inbox_page(FnWork *work, FnDb *db, const FnActor *actor, const char *cursor, guint limit, gint64 now, char **next_out,
	GError **error);
/* Ids of the cases of @procedure that stand in @state; g_strfreev(). */
char **fn_work_cases_in(FnDb *db, const char *procedure, const char *state, GError **error);
/* Notices for @actor (what was told to an office it holds in its organization), newest first, at most 200:
 * [{id, case, procedure, subject, kind, about, at}]; kind: "step", "near", "overdue", "recomputed". */
json_t *fn_work_notices(FnWork *work, FnDb *db, const FnActor *actor, gint64 now, GError **error);
/* Marks what is overdue or near: writes notices (tell) and findings once each. Returns how many, -1 on failure. */
gint64 fn_work_tick(FnWork *work, FnDb *db, gint64 now, GError **error);
/* Checks the written history of a case against its procedure: every step possible, separation kept. For the clock's signing. */
gboolean fn_work_audit(FnWork *work, FnDb *db, const char *id, GError **error);
