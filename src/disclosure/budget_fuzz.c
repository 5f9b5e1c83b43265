#include "disclosure/disclosure_priv.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* First line: what to spend; the rest: a budget. What was spent is written as a budget that is read, and never above its total. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	const guint8 *line = size > 0 ? memchr(data, '\n', size) : NULL;
	g_autoptr(FnBudget) budget = NULL, again = NULL;
	g_autofree char *epsilon = NULL, *text = NULL;
	g_autoptr(GError) error = NULL;

	if (line == NULL)
		return 0;
	epsilon = g_strndup((const char *)data, (gsize)(line - data));
	budget = fn_budget_parse((const char *)line + 1, (gsize)(data + size - line - 1), &error);
	g_assert((budget == NULL) == (error != NULL));
	if (budget == NULL)
		return 0;
	fn_budget_spend(budget, epsilon, NULL);
	text = fn_budget_text(budget);
	again = fn_budget_parse(text, strlen(text), &error);
	g_assert_no_error(error);
	return 0;
}
