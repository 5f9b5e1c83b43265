/* For the tests of pseudonyms. */
#pragma once

#include "mask/pseudonym_priv.h"

/* The mask of @kind ("mobile", "mobile,table=1") under the key that begins with @first. */
static inline FnMaskColumn *
mask_for(const char *kind, FnSuite suite, guint8 first, const char *column)
{
	g_autofree char *spec = g_strdup_printf("pseudonym:kind=%s", kind);
	g_autoptr(GError) error = NULL;
	guint8 key[32] = { first };
	FnMaskColumn *mask = fn_mask_column_new(spec, suite, key, column, &error);

	g_assert_no_error(error);
	return mask;
}

/* One value, alone. */
static inline char *
one(const FnMaskColumn *mask, const char *text)
{
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	guint32 size = (guint32)strlen(text);
	FnColumn column = { &text, &size, 1 };

	fn_mask_apply(mask, &column, arena);
	return g_strdup(text);
}

static inline char *
back(const FnMaskColumn *mask, const char *text)
{
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	guint32 size = (guint32)strlen(text);
	FnColumn column = { &text, &size, 1 };

	fn_mask_reverse(mask, &column, arena);
	return g_strdup(text);
}
