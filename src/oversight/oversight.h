/* Is the law kept? Checks name offenders, an offender becomes a finding with a case of rectification, inspections gather findings by
 * period, organizations have scores, and every duty of the regulations is judged by what its checks find now.
 *
 * What can be violated is a check (rules/checks/); a duty (rules/regulations/) is violated while one of its checks has an offender or a
 * finding that is not rectified. A check that cannot run is never good news: its duties are at risk. Writes happen in the caller's
 * transaction; one FnOversight belongs to one thread at a time. Moments are microseconds, dates those of China. */
#pragma once

#include "print/print.h"
#include "work/work.h"

typedef enum {
	FN_OVERSIGHT_ERROR_INPUT,   /* a field is wrong; the message names it */
	FN_OVERSIGHT_ERROR_UNKNOWN, /* no such inspection, check, organization */
	FN_OVERSIGHT_ERROR_STATE,   /* closed already, opened already, not yet, too late; items that nobody answered */
} FnOversightError;
#define FN_OVERSIGHT_ERROR (fn_oversight_error_quark())
GQuark fn_oversight_error_quark(void);

/* What a look needs; all borrowed. */
typedef struct {
	const FnRules *rules;
	FnWork *work; /* NULL: for looks that write nothing */
	FnDb *db;
	const char *index; /* address of the ledger's index, for what only it knows; NULL: such checks cannot run */
	gint64 now;
	const char *witnesses; /* fn_collector_status(), how those who vouch for the ledger stand; NULL: such checks cannot run */
} FnOversight;

/* ---- what a check finds ---- */

enum { FN_OFFENDERS_MOST = 1000 }; /* of one check; beyond that it says that there are more */

typedef struct {
	char *organization, *subject, *detail;
	gboolean near; /* does not offend yet */
} FnOffender;

typedef struct {
	const FnNode *check;
	GPtrArray *offenders; /* FnOffender, by organization and subject */
	guint offending, near;
	gboolean more;        /* there are more than these */
	char *cannot;         /* why it could not run, or NULL */
} FnChecked;

/* All checks of @oversight, each evaluated when it is first asked for and once only. */
typedef struct FnLook FnLook;
FnLook *fn_look_new(const FnOversight *oversight);
void fn_look_free(FnLook *look);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnLook, fn_look_free)
/* Never NULL: a check that is not declared, or fails, has a reason in cannot. */
const FnChecked *fn_look_check(FnLook *look, const char *id);
/* [{id, title, law, every, severity, kind, offending, near, more, cannot, first: […]}]; @organization: what concerns this one only, or
 * NULL: of all. */
json_t *fn_oversight_checks(FnLook *look, const char *organization, gboolean chinese, GError **error);

/* ---- inspections ---- */

/* Opens the inspection of a period ("2026-11-22", "2026-11", "2026-Q4", "2026-H2", "2026") and looks at once; of a period whose routine
 * inspection runs, looks again. @kind: routine (the checks that are due in such a period), full (all), special (@checks, a JSON list of
 * ids). @organization: of this one only, or NULL. A period can be opened from its first day until inspection_grace days after its last;
 * the moment is that of @oversight, never an earlier one. {id, outcome: "opened"|"looked", findings, found}. */
json_t *fn_inspection_open(const FnOversight *oversight, const char *period, const char *kind, const char *organization,
	const json_t *checks, const FnActor *actor, GError **error);
/* One item of a manual check, of @organization: "yes", "no" or "na" (with a reason), "no" with what is wrong. */
gboolean fn_inspection_answer(const FnOversight *oversight, const char *id, const char *check, const char *item, const char *organization,
	const char *answer, const char *note, const FnActor *actor, GError **error);
/* Looks a last time and closes; every item of its manual checks must be answered. @opinion: what is to be done about it. */
gboolean fn_inspection_close(const FnOversight *oversight, const char *id, const char *opinion, const FnActor *actor, GError **error);
/* Newest first. */
json_t *fn_inspection_list(FnDb *db, GError **error);
/* With its checks, answers, items not answered and findings; @organization: only what concerns it, or NULL. */
json_t *fn_inspection_show(const FnOversight *oversight, const char *id, const char *organization, gboolean chinese, GError **error);

/* Findings, newest first, at most 1000; every filter may be NULL. */
json_t *fn_finding_list(FnDb *db, const FnRules *rules, const char *organization, const char *check, const char *state, gboolean chinese,
	GError **error);
/* Scores of a period: 100 less the points of each finding that its inspections (routine and full) met, by the weights that they
 * opened with; never below 0. [{organization, name, score, findings, lost: {check: points}}] */
json_t *fn_score_list(FnDb *db, const char *period, const char *organization, GError **error);

/* What the clock does once a day, and never twice: opens the routine inspection of each period that began, and looks again at those that
 * run. TRUE in *done_out when this call did it. Makes its own transaction. */
gboolean fn_oversight_daily(const FnOversight *oversight, gboolean *done_out, GError **error);

/* ---- compliance ---- */

typedef struct {
	const char *article;    /* "16", "002A-A16b": ids and articles that are or begin with it; NULL: all */
	const char *instrument; /* "002A", or NULL */
	const char *state;      /* met, at_risk, violated, recorded, not_yet, unmapped; or NULL */
	const char *organization; /* evidence of this one only, or NULL */
	gboolean chinese;
} FnComplianceFilter;
/* {duties: […], law: […], counts: {state: n}, unmapped: n, at}: counts are of all duties of the policies, whatever the filter shows. */
json_t *fn_oversight_compliance(FnLook *look, const FnComplianceFilter *filter, GError **error);

/* ---- reports ---- */

/* [{id, title, law, period}]: period is how often it is due, or "inspection". */
json_t *fn_report_list(const FnRules *rules, gboolean chinese);
typedef struct {
	const char *period;       /* "2026-02", "2026-Q1", "2026-H1", "2026"; NULL: the last one that is over */
	const char *inspection;   /* of reports on one inspection, in place of the period */
	const char *organization; /* rows of this one only, or NULL */
	gboolean chinese;
} FnReportAsked;
/* {id, title, law, period, from, until, organization, language, rules, facts: [{name, value}], sections: [{title, note, columns: [{id,
 * title, unit}], rows: [{values: {…}, shown: […]}], more}], digest}: what rules/reports/ID.yaml says, of what the registry holds. No
 * moment stands in it: the same data give the same report, which its digest (SM3 over everything else) holds. A row of another
 * organization, or of a case that only its offices see, is never in it. */
json_t *fn_report_make(const FnOversight *oversight, const char *id, const FnReportAsked *asked, GError **error);
/* Of such JSON, which may have come from elsewhere. */
FnPrint *fn_report_print(const json_t *report, GError **error);
char *fn_report_csv(const json_t *report, GError **error);
/* Every section of every report finds its statement or function and each column in it. */
gboolean fn_reports_check(const FnOversight *oversight, GError **error);
