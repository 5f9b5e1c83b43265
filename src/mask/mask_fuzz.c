#include "mask/mask.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

enum { MOST = 64 };

static const guint8 key[32] = { 7 };

/* The values behind the first line, one a line, each copied to a room that ends where it does; "\0" is null. */
static guint
take_values(const char *at, const char *end, char **room, const char **cell, guint32 *sizes)
{
	guint n = 0;

	for (const char *line; at <= end && n < MOST; at = line + 1, n++) {
		line = at < end ? memchr(at, '\n', (gsize)(end - at)) : NULL;
		line = line != NULL ? line : end;
		sizes[n] = (guint32)(line - at);
		room[n] = sizes[n] == 1 && *at == '\0' ? NULL : g_memdup2(sizes[n] > 0 ? at : "", MAX(sizes[n], 1));
		cell[n] = room[n];
		sizes[n] = room[n] != NULL ? sizes[n] : 0;
	}
	return n;
}

static void
check(const FnMaskColumn *mask, const FnColumn *column, char *const *room)
{
	for (guint i = 0; i < column->n; i++) {
		g_assert_true(room[i] != NULL || column->value[i] == NULL);
		if (fn_mask_column_is_keep(mask) || column->value[i] == NULL)
			continue;
		g_assert_true(column->value[i] != room[i]);
		g_assert_cmpint(column->value[i][column->size[i]], ==, '\0');
	}
}

/* First line: a spec. The rest: values to mask with it, one a line. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	const char *text = (const char *)data, *line = size > 0 ? memchr(text, '\n', size) : NULL;
	g_autofree char *spec = g_strndup(text, line != NULL ? (gsize)(line - text) : size);
	g_autoptr(FnMaskColumn) mask = fn_mask_column_new(spec, FN_SUITE_GM, key, "column", NULL);
	g_autoptr(FnMaskColumn) keyless = fn_mask_column_new(spec, FN_SUITE_GM, NULL, "column", NULL);
	g_autoptr(FnMaskArena) arena = NULL;
	char *room[MOST];
	const char *cell[MOST];
	guint32 sizes[MOST];
	FnColumn column = { cell, sizes, 0 };

	g_assert_true((keyless != NULL) == (mask != NULL && !fn_mask_spec_needs_key(spec)));
	if (mask == NULL || line == NULL || size > 1 << 20)
		return 0;
	column.n = take_values(line + 1, text + size, room, cell, sizes);
	arena = fn_mask_arena_new();
	fn_mask_apply(mask, &column, arena);
	check(mask, &column, room);
	for (guint i = 0; i < column.n; i++)
		g_free(room[i]);
	return 0;
}
