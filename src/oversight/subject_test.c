/* What offenders are called: by the check, the register's field, its title, the question; else by their detail, and last by their id. */
#include "oversight/oversight_priv.h"
#include "rules/testing.h"

static const struct {
	const char *check, *subject, *detail, *zh, *en;
} cases[] = {
	{ "policy_documents_missing", "backup", "", "备份", "Backup" },
	{ "policy_documents_missing", "no such kind", "", "no such kind", "no such kind" },
	{ "duty_roster_missing", "duty_rosters", "", "值班台账", NULL },
	{ "ledger_unwitnessed", "witnesses", "0", "外部见证", "Witnesses" },
	{ "ledger_unwitnessed", "witness.city", "fork", "fork", "fork" },
	{ "account_one_factor", "01m82yx7j3pxf93fqv61y1p9w5", "renshe.officer", "renshe.officer", "renshe.officer" },
	{ "data_inconsistent", "660100-1-000001", "-12", "660100-1-000001", "660100-1-000001" },
	{ "late_correction", "01m82yx7j3pxf93fqv61y1p9w5", "2026-11-30", "01m82yx7j3pxf93fqv61y1p9w5", "01m82yx7j3pxf93fqv61y1p9w5" },
	{ "five_links", "unanswered", "0/8", "清单已答复条数", "questions of the list answered" },
	{ "no such check", "x", "", "x", "x" },
};

static void
test_said(void)
{
	const FnRules *rules = test_tree_rules("national");

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const FnNode *check = fn_rules_get(rules, "checks", cases[i].check);
		g_autofree char *zh = fn_subject_said(rules, check, cases[i].subject, cases[i].detail, TRUE);
		g_autofree char *en = fn_subject_said(rules, check, cases[i].subject, cases[i].detail, FALSE);

		g_test_message("%s %s", cases[i].check, cases[i].subject);
		g_assert_cmpstr(zh, ==, cases[i].zh);
		if (cases[i].en != NULL)
			g_assert_cmpstr(en, ==, cases[i].en);
	}
}

/* Each question of each list is said as it is asked. */
static void
test_questions(void)
{
	const FnRules *rules = test_tree_rules("national");
	guint n, said = 0;
	const FnNode *const *all = fn_rules_all(rules, "checks", &n);

	for (guint i = 0; i < n; i++) {
		const FnNode *questions = fn_node_get(fn_node_get(all[i], "find"), "manual");

		for (guint j = 0; j < fn_node_count(questions); j++, said++) {
			const FnNode *question = fn_node_at(questions, j);
			g_autofree char *text = fn_subject_said(rules, all[i], fn_node_text(question, "id"), "a note", TRUE);

			g_assert_cmpstr(text, ==, fn_node_text(question, "zh"));
		}
	}
	g_assert_cmpuint(said, >, 20);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/subject/said", test_said);
	g_test_add_func("/subject/questions", test_questions);
	return g_test_run();
}
