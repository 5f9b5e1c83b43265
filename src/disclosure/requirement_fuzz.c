#include "disclosure/requirement.h"

#include "base/json.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* What is read is complete. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	json_t *json = fn_json_parse((const char *)data, size, NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnRequirement) requirement = fn_requirement_read(json, &error);
	guint n;

	g_assert((requirement == NULL) == (error != NULL));
	if (requirement != NULL) {
		const FnQuasi *quasi = fn_requirement_quasi(requirement, &n);

		g_assert(n >= 1 && n <= FN_DISCLOSURE_MAX_QUASI && fn_requirement_options(requirement)->k >= 2);
		for (guint i = 0; i < n; i++)
			g_assert(quasi[i].name != NULL && fn_hierarchy_top(quasi[i].hierarchy) > 0);
	}
	json_decref(json);
	return 0;
}
