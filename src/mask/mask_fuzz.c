#include "mask/mask.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* First line: a spec. The rest: a value to mask with it. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	static const guint8 key[32] = { 7 };
	const guint8 *line = size > 0 ? memchr(data, '\n', size) : NULL;
	gsize spec_size = line != NULL ? (gsize)(line - data) : size;
	g_autofree char *spec = g_strndup((const char *)data, spec_size);
	g_autoptr(FnMaskColumn) mask = fn_mask_column_new(spec, FN_SUITE_GM, key, "column", NULL);
	g_autoptr(FnMaskArena) arena = NULL;
	g_autofree char *copy = NULL;
	const char *value;
	guint32 value_size;
	FnColumn column = { &value, &value_size, 1 };

	if (mask == NULL || line == NULL || size > 1 << 20)
		return 0;
	value_size = (guint32)(size - spec_size - 1);
	value = copy = g_memdup2(line + 1, value_size);
	arena = fn_mask_arena_new();
	fn_mask_apply(mask, &column, arena);
	g_assert_true(fn_mask_column_is_keep(mask) || copy == NULL || value != copy);
	return 0;
}
