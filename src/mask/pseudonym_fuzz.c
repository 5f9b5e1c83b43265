/* Any bytes through every kind of pseudonym, there and back. */
#include "mask/pseudonym_priv.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

enum { MOST_KINDS = 16 };

static FnPseudonym *
pseudonym_of(guint i)
{
	static const guint8 key[32] = { 7 };
	static FnPseudonym *made[MOST_KINDS];

	g_assert(i < MOST_KINDS);
	if (made[i] == NULL)
		made[i] = fn_pseudonym_new(fn_pseudonym_kind_at(i), FN_SUITE_GM, key, NULL);
	return made[i];
}

/* What becomes of @text, or NULL. */
static const char *
turn(const FnPseudonym *pseudonym, gboolean back, const char *text, guint32 *size, FnMaskArena *arena)
{
	FnColumn column = { &text, size, 1 };

	if (back)
		fn_pseudonym_reverse(pseudonym, &column, arena);
	else
		fn_pseudonym_apply(pseudonym, FN_MASK_ELSE_NULL, &column, arena);
	return text;
}

/* A pseudonym has a way back to the canonical form, whose pseudonym is the same; what @text stands for as a pseudonym has a
 * pseudonym that stands for the same. */
static void
try_kind(guint i, const char *text, guint32 size, FnMaskArena *arena)
{
	const FnPseudonym *pseudonym = pseudonym_of(i);
	guint32 there = size, canonical, again;
	const char *out = turn(pseudonym, FALSE, text, &there, arena), *clear, *same;

	if (out == NULL) {
		there = size;
		out = text;
	}
	canonical = there;
	clear = turn(pseudonym, TRUE, out, &canonical, arena);
	g_assert(clear != NULL || out == text);
	if (clear == NULL)
		return;
	again = canonical;
	same = turn(pseudonym, FALSE, clear, &again, arena);
	g_assert(out == text || (same != NULL && again == there && memcmp(same, out, again) == 0));
	if (same == NULL)
		return;
	there = again;
	same = turn(pseudonym, TRUE, same, &there, arena);
	g_assert(same != NULL && there == canonical && memcmp(same, clear, there) == 0);
}

/* First byte: which kind, or all of them. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	g_autofree char *copy = NULL;
	guint kinds = 0;

	if (size == 0 || size > 4096)
		return 0;
	copy = g_memdup2(data + 1, size - 1);
	while (fn_pseudonym_kind_at(kinds) != NULL)
		kinds++;
	for (guint i = 0; i < kinds; i++)
		if (data[0] % (kinds + 1) == i || data[0] % (kinds + 1) == kinds)
			try_kind(i, copy != NULL ? copy : "", (guint32)size - 1, arena);
	return 0;
}
