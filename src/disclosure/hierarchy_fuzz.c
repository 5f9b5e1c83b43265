#include "disclosure/disclosure_priv.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* First line: a spec; second: a value; the rest: a tree. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	const guint8 *first = size > 0 ? memchr(data, '\n', size) : NULL;
	const guint8 *second = first != NULL ? memchr(first + 1, '\n', (gsize)(data + size - first - 1)) : NULL;
	g_autoptr(FnHierarchy) hierarchy = NULL;
	g_autofree char *spec = NULL, *value = NULL;
	g_autoptr(GError) error = NULL;
	guint32 code;

	if (second == NULL)
		return 0;
	spec = g_strndup((const char *)data, (gsize)(first - data));
	value = g_memdup2(first + 1, (gsize)(second - first - 1));
	hierarchy = fn_hierarchy_new(spec, second + 1 < data + size ? (const char *)second + 1 : NULL, (gsize)(data + size - second - 1), &error);
	g_assert((hierarchy == NULL) == (error != NULL));
	if (hierarchy == NULL)
		return 0;
	code = fn_hierarchy_encode(hierarchy, value != NULL ? value : "", (gsize)(second - first - 1));
	for (guint level = 0; level <= fn_hierarchy_top(hierarchy); level++) {
		g_autofree char *text = fn_hierarchy_generalise(hierarchy, value, (gsize)(second - first - 1), level);

		g_assert(text[0] != '\0');
		code = fn_hierarchy_coarsen(hierarchy, code, level);
		g_assert(level < fn_hierarchy_top(hierarchy) || (code == 0 && g_str_equal(text, "*")));
	}
	return 0;
}
