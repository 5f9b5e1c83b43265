/* What the rows of a grant are held to, as it is pinned in the grant: written when the grant is prepared, read by the gate. */
#pragma once

#include "disclosure/disclosure.h"

#include <jansson.h>

/* A quasi-identifier by the name of its field; @generalise: the spec of a hierarchy without a tree. */
typedef struct {
	const char *name, *generalise;
} FnRequiredField;

typedef struct {
	guint k, suppress_ppm;
	guint l;               /* distinct values of @sensitive in each group; only where that is given */
	const char *sensitive; /* a field that tells no rows apart; NULL: none */
	gboolean joint;        /* see fn_admission_new() */
} FnRequirementTerms;
/* {"fields":[{"generalise","hierarchy","name"}],"k","suppress_ppm"} with the versions of the hierarchies, "joint":true, and "l" with
 * "sensitive", where they are asked for; json_decref() it. Refuses what fn_requirement_read() would. */
json_t *fn_requirement_write(const FnRequiredField *fields, guint n, const FnRequirementTerms *terms, GError **error);

typedef struct FnRequirement FnRequirement; /* immutable, thread-safe */
/* Strict: exactly these members, 1 to FN_DISCLOSURE_MAX_QUASI fields, each once, hierarchies of the versions that are made today. */
FnRequirement *fn_requirement_read(const json_t *json, GError **error);
void fn_requirement_free(FnRequirement *requirement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnRequirement, fn_requirement_free)
const FnDisclosureOptions *fn_requirement_options(const FnRequirement *requirement);
/* The field of which each group holds several values; NULL: none. */
const char *fn_requirement_sensitive(const FnRequirement *requirement);
/* Whether @plan keeps to it: the same fields and hierarchies, as many alike and as diverse, no more left out, each part by itself unless
 * it is asked for jointly. */
gboolean fn_requirement_allows(const FnRequirement *requirement, const FnDisclosurePlan *plan);
/* In the order in which they are counted. */
const FnQuasi *fn_requirement_quasi(const FnRequirement *requirement, guint *n_out);
