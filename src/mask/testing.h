/* For the tests of mask. */
#pragma once

#include "base/text.h"
#include "mask/mask_priv.h"

#include <string.h>

static const guint8 test_key[32] = "an all too well known mask key.";

/* Masks one value; NULL for SQL null. */
static inline char *
test_mask_one(const char *spec, FnSuite suite, const guint8 *key, const char *column_name, const char *value)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnMaskColumn) mask = fn_mask_column_new(spec, suite, key, column_name, &error);
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	const char *cell = value;
	guint32 size = value != NULL ? (guint32)strlen(value) : 0;
	FnColumn column = { &cell, &size, 1 };

	g_assert_no_error(error);
	fn_mask_apply(mask, &column, arena);
	g_assert_cmpuint(size, ==, cell != NULL ? strlen(cell) : 0);
	if (!fn_mask_column_is_keep(mask) && value != NULL)
		g_assert_true(cell != value);
	return g_strdup(cell);
}

/* Names the case that runs. */
static inline void
test_mask_say(const char *spec, const char *in)
{
	g_autofree char *safe = fn_text_safe(in != NULL ? in : "null", -1, 120);

	g_test_message("%s: %s", spec, safe);
}

typedef struct {
	const char *spec, *in, *out;
} TestCase;

static inline void
test_mask_cases(const TestCase *cases, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		g_autofree char *out = test_mask_one(cases[i].spec, FN_SUITE_GM, test_key, "c", cases[i].in);

		test_mask_say(cases[i].spec, cases[i].in);
		g_assert_cmpstr(out, ==, cases[i].out);
	}
}
