#include "ledger/canon.h"

#include "base/json.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* Whatever is taken parses, and printing it again gives the same bytes. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	FnCanon canon = fn_canon_over((const char *)data, size);
	g_autofree char *printed = NULL;
	json_t *value;

	if (!fn_canon_value(&canon) || canon.at != canon.end)
		return 0;
	value = fn_json_parse((const char *)data, size, NULL);
	g_assert_nonnull(value);
	printed = fn_json_canonical(value);
	json_decref(value);
	g_assert_cmpuint(strlen(printed), ==, size);
	g_assert_true(memcmp(printed, data, size) == 0);
	return 0;
}
