#include "table/table_priv.h"

#include <string.h>

static FnTablePlan *
read_plan(const char *text, GError **error)
{
	FnTablePlan *plan = fn_table_plan_new();

	if (fn_table_plan_read(plan, text, strlen(text), "p.yaml", error))
		return plan;
	fn_table_plan_free(plan);
	return NULL;
}

static void
test_files(void)
{
	static const char *const texts[] = {
		"columns:\n  手机号: partial:keep=3.4\n  id: \"pseudonym:kind=resident_id\"  # cn.resident_id\nallow:\n  - 城市\n",
		"{\"columns\": {\"手机号\": \"partial:keep=3.4\", \"id\": \"pseudonym:kind=resident_id\"}, \"allow\": [\"城市\"]}",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(FnTablePlan) plan = read_plan(texts[i], &error);
		const guint8 key[32] = { 0 };

		g_assert_no_error(error);
		g_assert_cmpstr(fn_table_plan_rule(plan, "手机号"), ==, "partial:keep=3.4");
		g_assert_cmpstr(fn_table_plan_rule(plan, "id"), ==, "pseudonym:kind=resident_id");
		g_assert_null(fn_table_plan_rule(plan, "城市"));
		g_assert_null(fn_table_plan_rule(plan, "姓名"));
		g_assert_true(fn_table_plan_allows(plan, "城市"));
		g_assert_false(fn_table_plan_allows(plan, "手机号"));
		g_assert_false(fn_table_plan_allows(plan, "姓名"));
		g_assert_cmpuint(fn_table_plan_count(plan), ==, 3);
		g_assert_cmpstr(fn_table_plan_name(plan, 2), ==, "城市");
		g_assert_cmpstr(fn_table_plan_place(plan, 1), ==, i == 0 ? "p.yaml:3" : "p.yaml:1");
		g_assert_true(fn_table_plan_check(plan, FN_SUITE_GM, key, &error));
		g_assert_no_error(error);
	}
}

static void
test_wrong_files(void)
{
	static const struct {
		const char *text, *message; /* how it begins */
	} cases[] = {
		{ "", "p.yaml" },
		{ "columns: [a]", "p.yaml:1: \"columns\": must be a map" },
		{ "columns: a", "p.yaml:1: \"columns\": must be a map" },
		{ "columns:\n  a: [x]", "p.yaml:2: \"a\": an operator is missing" },
		{ "columns:\n  a:\n", "p.yaml:2: \"a\": an operator is missing" },
		{ "columns:\n  a: redact\n  a: keep\n", "p.yaml:3: " },
		{ "columns:\n  a: redact\nallow: [a]\n", "p.yaml:3: \"a\": the column is named twice" },
		{ "allow: a", "p.yaml:1: \"allow\": must be a list" },
		{ "allow: [[a]]", "p.yaml:1: \"allow\": must be a list" },
		{ "allow: [\"\"]", "p.yaml:1: \"\": a column's name is missing" },
		{ "\"\": redact", "p.yaml:1: a key must be a word" },
		{ "rows: 3", "p.yaml:1: \"rows\": a plan has" },
		{ "- a", "p.yaml:1: \"\": a plan has" },
		{ "a", "p.yaml:1: \"\": a plan has" },
		{ "columns: *x", "p.yaml:1" },
		{ "columns: {a: redact", "p.yaml" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(read_plan(cases[i].text, &error));
		g_assert_error(error, FN_TABLE_ERROR, FN_TABLE_ERROR_PLAN);
		g_test_message("%s", error->message);
		g_assert_true(g_str_has_prefix(error->message, cases[i].message));
	}
}

static void
test_rules(void)
{
	static const struct {
		const char *rule, *message; /* NULL: fine */
	} cases[] = {
		{ "a=redact", NULL },
		{ "b=partial:keep=1.0", NULL },
		{ "a=redact", "\"a\": the column is named twice" },
		{ "c", "\"c\": a rule is NAME=OPERATOR" },
		{ "c=", "\"c=\": a rule is NAME=OPERATOR" },
		{ "=redact", "\"\": a column's name is missing" },
		{ "\xff=redact", "\"\\xff=redact\": not valid UTF-8" },
	};
	g_autoptr(FnTablePlan) plan = fn_table_plan_new();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_true(fn_table_plan_add(plan, cases[i].rule, &error) == (cases[i].message == NULL));
		if (cases[i].message != NULL)
			g_assert_true(g_str_has_prefix(error->message, cases[i].message));
	}
	g_assert_cmpstr(fn_table_plan_rule(plan, "b"), ==, "partial:keep=1.0");
}

/* Operators are whatever the masks know: a plan is checked before anything is read. */
static void
test_operators(void)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "columns:\n  a: redact\n  b: scramble\n", "p.yaml:3: \"b\": mask \"scramble\": no operator" },
		{ "columns:\n  a: partial:keep=x\n", "p.yaml:2: \"a\": mask \"partial:keep=x\": " },
		{ "columns:\n  a: hash\n", "p.yaml:2: \"a\": mask \"hash\" needs the key" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(FnTablePlan) plan = read_plan(cases[i].text, NULL);

		g_assert_false(fn_table_plan_check(plan, FN_SUITE_GM, NULL, &error));
		g_assert_error(error, FN_TABLE_ERROR, FN_TABLE_ERROR_PLAN);
		g_assert_true(g_str_has_prefix(error->message, cases[i].message));
		g_assert_true((strstr(error->message, "--new-key") != NULL) == (i == 2));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/table/plan/files", test_files);
	g_test_add_func("/table/plan/wrong_files", test_wrong_files);
	g_test_add_func("/table/plan/rules", test_rules);
	g_test_add_func("/table/plan/operators", test_operators);
	return g_test_run();
}
