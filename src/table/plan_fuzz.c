/* Any bytes as a plan: read or refused, never more; what was read has rules that are masks or are refused. */
#include "table/table_priv.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	static const guint8 key[32] = { 1 };
	g_autoptr(FnTablePlan) plan = fn_table_plan_new();
	g_autoptr(GError) error = NULL, unfit = NULL;
	gboolean good = fn_table_plan_read(plan, (const char *)data, size, "fuzz", &error);

	g_assert_true(good == (error == NULL));
	for (guint i = 0; i < fn_table_plan_count(plan); i++) {
		const char *name = fn_table_plan_name(plan, i);

		g_assert_true(*name != '\0' && (fn_table_plan_rule(plan, name) == NULL) == fn_table_plan_allows(plan, name));
	}
	good = fn_table_plan_check(plan, FN_SUITE_GM, key, &unfit);
	g_assert_true(good == (unfit == NULL));
	return 0;
}
