/* What becomes of each field that a grant names, and why: compiled once, when the grant is prepared, and pinned in it. A pure
 * function of the fields, the control matrix (rules/levels.yaml) and what the purpose names. Decree 809 art. 23, D000 P4(e).
 *
 *   deny                                          no plan: the field may not go there
 *   rows must be alike in groups, and the field
 *   names a person outright and would be shown    redact, unless it is suppressed   "together"
 *   strict, and the purpose does not name it      redact, unless it is suppressed   "strict"
 *   the provider set a mask of its own            that mask                         "own_mask"
 *   none                                          keep                              "open"
 *   default, or strict and named                  level 4 and above: redact         "level_default"
 *                                                 level 3: first and last character "level_default"
 *                                                 level 2, points at a person: same "identifier"
 *                                                 else keep                         "open"
 * Pseudonyms are pinned to a version of their tables, so that a later one changes nothing that was given out. */
#pragma once

#include "mask/mask.h"
#include "rules/rules.h"

#include <jansson.h>

typedef enum {
	FN_PLAN_ERROR_DENIED, /* the matrix has no way for this level and this kind of organization */
	FN_PLAN_ERROR_FIELD,  /* a field that nobody can plan; the message names it */
	FN_PLAN_ERROR_DIGEST, /* not the plan that was pinned */
} FnPlanError;
#define FN_PLAN_ERROR (fn_plan_error_quark())
GQuark fn_plan_error_quark(void);

enum { FN_PLAN_LEVELS = 6, FN_PLAN_TABLE = 1 /* of pseudonyms, for what is planned now */ };

typedef enum {
	FN_CONTROL_DENY = 0, /* also what the matrix does not know */
	FN_CONTROL_NONE,
	FN_CONTROL_DEFAULT,
	FN_CONTROL_STRICT,
} FnControl;

/* Whether rows may leave only where several are alike. */
typedef enum {
	FN_TOGETHER_NONE = 0,
	FN_TOGETHER_BATCH,  /* in batches */
	FN_TOGETHER_ALWAYS, /* in batches, and nothing leaves by key; also what the matrix does not know */
} FnTogether;

/* The column of the matrix under which an organization receives, by level. Texts are borrowed from the rules. */
typedef struct {
	const char *scenario; /* NULL: nothing is given to such organizations */
	FnControl control[FN_PLAN_LEVELS + 1];
	const char *deny[FN_PLAN_LEVELS + 1]; /* code of the refusal */
	FnTogether together[FN_PLAN_LEVELS + 1];
	guint table;                          /* version of pseudonym tables */
} FnPlanTerms;
/* @kind of the organization that receives ("department", "institution", …). A kind under no scenario is denied everything. */
FnPlanTerms fn_plan_terms(const FnRules *rules, const char *kind);

/* A field as the provider described it. */
typedef struct {
	const char *name, *title, *column, *element;
	const char *identifier; /* "direct", "quasi", "none" */
	const char *mask;       /* the provider's own, "" when it set none */
	gint64 level;
	gboolean named; /* the purpose names it */
} FnPlanField;
/* What the matrix demands for the highest of the fields' levels, or any below. */
FnTogether fn_plan_together(const FnPlanField *fields, guint n, const FnPlanTerms *terms);
/* {"digest","fields":[{"column","element","identifier","level","mask","name","title","why"}],"scenario","table"}; json_decref() it. The digest
 * ("sha-256:…") is over the canonical JSON of the rest. @together: rows leave in groups. Error: FN_PLAN_ERROR, FN_MASK_ERROR. */
json_t *fn_plan_compile(const FnPlanField *fields, guint n, const FnPlanTerms *terms, gboolean together, GError **error);
/* Pins with @plan what its rows are held to (disclosure/requirement.h); takes @requirement over. */
void fn_plan_require(json_t *plan, json_t *requirement);
/* Pins with @plan the tables of counts that may be asked for (disclosure/counts.h); takes @counts over. */
void fn_plan_count(json_t *plan, json_t *counts);
/* Whether the fields beside "plan" in the content of a grant are those that its digest pins; TRUE for grants of before, which have no
 * plan: their fields are signed all the same. */
gboolean fn_plan_check(const json_t *content, GError **error);

/* The mask of a level where nobody set one. */
const char *fn_plan_default(gint64 level, const char *identifier);
/* Whether something of the value may stand in what @spec makes of it; TRUE for operators that are not known here. */
gboolean fn_plan_shows(const char *spec);
/* Whether every value becomes the same, so that rows cannot be told apart by it. */
gboolean fn_plan_blanks(const char *spec);
