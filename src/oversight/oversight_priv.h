/* Shared by the files of this room. */
#pragma once

#include "oversight/oversight.h"

/* period.c */
typedef enum { FN_DAY, FN_MONTH, FN_QUARTER, FN_HALF_YEAR, FN_YEAR, FN_OFTEN } FnOften;
typedef struct {
	FnOften often;
	GDate first, last;
} FnPeriod;
extern const char *const fn_often[FN_OFTEN]; /* as rule files say it */
gboolean fn_period_parse(const char *text, FnPeriod *out);
/* The period of this length in which @day lies. Caller frees. */
char *fn_period_of(FnOften often, const GDate *day);
/* The one before the one in which @day lies. Caller frees. */
char *fn_period_before(FnOften often, const GDate *day);

/* find.c */
const FnOversight *fn_look_at(const FnLook *look);
/* Adds one; @organization NULL or empty: the bureau answers for it. */
void fn_checked_add(FnLook *look, FnChecked *checked, const char *organization, const char *subject, const char *detail, gboolean near);
/* Says that it cannot run, and why; gives FALSE. */
gboolean fn_checked_cannot(FnChecked *checked, const char *why, ...) G_GNUC_PRINTF(2, 3);
/* "sql", "manual", … */
const char *fn_check_kind(const FnNode *check);
char *fn_oversight_bureau(FnDb *db);
/* Text in the reader's language. */
const char *fn_oversight_say(const FnNode *both, gboolean chinese);
/* Adds {offending, near, more, cannot, first [{organization, name, subject, what, detail, near}]} of what concerns @organization (NULL:
 * all). */
void fn_checked_tell(FnLook *look, const FnChecked *checked, const char *organization, gboolean chinese, json_t *into);

/* subject.c: what an offender of @check is called: by the check ("subject"), the register's field or title, the question, else by its
 * detail, and last by its id. Caller frees. */
char *fn_subject_said(const FnRules *rules, const FnNode *check, const char *subject, const char *detail, gboolean chinese);
#define FN_UNANSWERED "unanswered" /* the subject of a list that nobody answered whole */

/* builtin.c: checks that are no one statement. FALSE: *checked says why it cannot run, or *error. */
typedef gboolean (*FnBuiltin)(FnLook *look, FnChecked *checked, GError **error);
FnBuiltin fn_builtin_find(const char *name);

/* answer.c: {manual: …}. */
gboolean fn_answers_find(FnLook *look, const FnNode *find, FnChecked *checked, GError **error);
/* [{check, organization, item}] of @inspection that nobody answered; at most @most. */
json_t *fn_answers_missing(const FnOversight *oversight, const char *inspection, const json_t *checks, const char *organization, guint most,
	GError **error);

/* finding.c: what was found becomes findings and cases; what is gone and rectified is closed. *opened_out, *met_out are added to. */
typedef struct {
	const FnOversight *oversight;
	const char *inspection;   /* NULL: of none */
	const char *organization; /* empty: of all */
	gboolean known_only;      /* looks again at what was found before, and finds nothing new */
} FnFollow;
gboolean fn_finding_follow(const FnFollow *follow, const FnChecked *checked, guint *opened_out, guint *met_out, GError **error);
json_t *fn_finding_of_inspection(FnDb *db, const FnRules *rules, const char *inspection, const char *organization, gboolean chinese,
	GError **error);

/* report_parts.c: sections that are no one statement. Rows: [{column: value}]; each as it is shown to @organization (NULL: all). */
typedef struct {
	const FnOversight *oversight;
	const FnReportAsked *asked;
	const char *period; /* as it is called */
} FnPart;
typedef json_t *(*FnPartMaker)(const FnPart *part, GError **error);
/* TRUE when it tells of the day on which it is made and of no other. @name may be NULL. */
gboolean fn_part_is_of_today(const char *name);
FnPartMaker fn_part_find(const char *name, const char *const **columns_out);
