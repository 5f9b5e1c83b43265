#include "disclosure/disclosure_priv.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* A plan that is read is written again as one that is read. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnDisclosurePlan) plan = fn_disclosure_plan_parse((const char *)data, size, &error), again = NULL;
	g_autofree char *text = NULL, *text_again = NULL;

	g_assert((plan == NULL) == (error != NULL));
	if (plan == NULL)
		return 0;
	text = fn_disclosure_plan_text(plan);
	again = fn_disclosure_plan_parse(text, strlen(text), &error);
	g_assert_no_error(error);
	text_again = fn_disclosure_plan_text(again);
	g_assert_cmpstr(text, ==, text_again);
	return 0;
}
