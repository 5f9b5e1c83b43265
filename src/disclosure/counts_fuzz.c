#include "disclosure/counts.h"

#include "base/json.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* What is read is complete, and no field stands in two tables. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	json_t *json = fn_json_parse((const char *)data, size, NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnCounts) counts = fn_counts_read(json, &error);
	guint standing = 0;

	g_assert((counts == NULL) == (error != NULL));
	for (guint t = 0; counts != NULL && t < counts->tables; t++)
		standing += counts->table[t].fields;
	if (counts != NULL) {
		g_assert(standing == counts->fields && counts->threshold >= 2 && (counts->epsilon == NULL) == (counts->budget == NULL));
		for (guint f = 0; f < counts->fields; f++)
			g_assert(counts->field[f].hierarchy == NULL || counts->field[f].level < fn_hierarchy_top(counts->field[f].hierarchy));
	}
	json_decref(json);
	return 0;
}
