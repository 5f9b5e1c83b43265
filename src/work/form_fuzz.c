/* What people fill in, against the form of every procedure: taken, or refused by the name of a field; what was taken is taken again as it
 * is stored. */
#include "work/work_priv.h"

#include "base/json.h"
#include "rules/fixture.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static void
check(const FnRules *rules, const FnNode *schema, const json_t *form)
{
	g_autoptr(GError) error = NULL;
	gboolean fine = fn_work_form_check(rules, schema, form, NULL, "subject", G_GINT64_CONSTANT(1790000000000000), &error);
	g_autofree char *stored = NULL;
	json_t *again;

	g_assert_true(fine == (error == NULL));
	if (!fine)
		return;
	stored = fn_json_canonical(form);
	again = fn_json_parse(stored, strlen(stored), &error);
	g_assert_no_error(error);
	g_assert_true(fn_work_form_check(rules, schema, again, NULL, "subject", G_GINT64_CONSTANT(1790000000000000), &error));
	json_decref(again);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	static FnRules *rules;
	guint n;
	const FnNode *const *all;
	json_t *form;

	if (rules == NULL)
		rules = fixture_national();
	if (size == 0 || (form = fn_json_parse((const char *)data + 1, size - 1, NULL)) == NULL)
		return 0;
	all = fn_rules_all(rules, "procedures", &n);
	check(rules, fn_node_get(all[data[0] % n], "form"), form);
	json_decref(form);
	return 0;
}
