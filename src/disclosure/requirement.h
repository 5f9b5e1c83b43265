/* What the rows of a grant are held to, as it is pinned in the grant: written when the grant is prepared, read by the gate. */
#pragma once

#include "disclosure/disclosure.h"

#include <jansson.h>

/* A quasi-identifier by the name of its field; @generalise: the spec of a hierarchy without a tree. */
typedef struct {
	const char *name, *generalise;
} FnRequiredField;

/* {"fields":[{"generalise","hierarchy","name"}],"k","suppress_ppm"} with the versions of the hierarchies; json_decref() it. Refuses
 * what fn_requirement_read() would. */
json_t *fn_requirement_write(const FnRequiredField *fields, guint n, guint k, guint suppress_ppm, GError **error);

typedef struct FnRequirement FnRequirement; /* immutable, thread-safe */
/* Strict: exactly these members, 1 to FN_DISCLOSURE_MAX_QUASI fields, each once, hierarchies of the versions that are made today. */
FnRequirement *fn_requirement_read(const json_t *json, GError **error);
void fn_requirement_free(FnRequirement *requirement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnRequirement, fn_requirement_free)
const FnDisclosureOptions *fn_requirement_options(const FnRequirement *requirement);
/* Whether @plan keeps to it: the same fields and hierarchies, as many alike, no more left out, each part by itself. */
gboolean fn_requirement_allows(const FnRequirement *requirement, const FnDisclosurePlan *plan);
/* In the order in which they are counted. */
const FnQuasi *fn_requirement_quasi(const FnRequirement *requirement, guint *n_out);
