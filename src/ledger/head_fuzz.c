#include "ledger/head.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* A head that is taken spells itself again in the same bytes. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	FnCanon canon = fn_canon_over((const char *)data, size);
	g_auto(FnHead) head = { 0 };
	g_autoptr(GString) again = g_string_new(NULL);

	if (!fn_head_take(&canon, &head))
		return 0;
	fn_head_write(&head, again);
	g_assert_cmpuint(again->len, ==, (gsize)(canon.at - (const char *)data));
	g_assert_true(memcmp(again->str, data, again->len) == 0);
	g_assert_true(fn_origin_is_valid(head.origin) && head.size > 0);
	return 0;
}
