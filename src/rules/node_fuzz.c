/* Any bytes: read or refused, never more. What was read is checked against every kind's shape. */
#include "rules/schema.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnNode) node = fn_node_read((const char *)data, size, "fuzz.yaml", &error);

	g_assert((node != NULL) == (error == NULL));
	for (const FnKind *kind = fn_kinds; node != NULL && kind->name != NULL; kind++) {
		g_autoptr(GError) why = NULL;

		g_assert(fn_schema_check(kind, node, &why) == (why == NULL));
	}
	return 0;
}
