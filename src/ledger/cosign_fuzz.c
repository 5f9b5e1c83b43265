/* Lists of witnesses, and what a clock may hand to the ledger as said about a head. */
#include "ledger/cosign.h"

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

/* Keys of nobody: signatures never hold, so that all is read up to them. */
static const char gm[] = "gm:BDLEriwfGYEZX5kERmo5yZSP4wu/8mYL4XFaRYkzTHTHvDc2ovT2d5xZvc7ja2khU9Cph3zGKkdAAt8y5SE58KA=";
static const char intl[] = "intl:WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY=";

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autoptr(GPtrArray) witnesses = fn_witnesses_parse(text, NULL);
	g_autoptr(GBytes) token = NULL;
	g_auto(FnHead) head = { 0 };
	guint64 time;

	g_assert(!fn_stamped_parse((const char *)data, size, gm, intl, &head, &time, &token, NULL));
	for (guint i = 0; witnesses != NULL && i < witnesses->len; i++) {
		g_auto(FnCosigned) cosigned = { 0 };

		g_assert(!fn_cosigned_verify((const char *)data, size, g_ptr_array_index(witnesses, i), gm, intl, &cosigned, NULL));
	}
	return 0;
}
