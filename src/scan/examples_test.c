#include "scan/fixture.h"

/* All examples of the tree hold, and every detector says what it finds and what it does not. */
static void
test_tree(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnRules) rules = fixture_rules(NULL, &error);

	g_assert_no_error(error);
	fn_scan_check_rules(rules, &error);
	g_assert_no_error(error);
}

static const struct {
	const char *rest, *named; /* NULL: they hold */
} cases[] = {
	{ "yes: [请看玄铁计划, 玄鐵計劃, 玄铁計劃]\nno: [玄铁, 计划, 甲]\n", NULL },
	{ "header: [代号]\nyes: [{header: 项目代号, values: [甲]}, 玄铁计划, 玄铁计划]\nno: [{header: 项目, values: [甲]}, 甲, 乙]\n", NULL },
	{ "yes: [玄铁计划, 玄铁计划, 玄铁计划]\nno: [玄铁,\n  好的玄铁计划, 甲]\n", "x.yaml:10: x: example 2 of no, \"好的玄铁计划\", is found" },
	{ "yes: [玄铁计划, 玄铁计, 甲]\nno: [甲, 乙, 丙]\n", "x.yaml:8: x: example 2 of yes, \"玄铁计\", is not found" },
	{ "yes: [{header: 项目, values: [甲]}, 甲, 乙]\nno: [甲, 乙, 丙]\n", "example 1 of yes, \"项目\", is not found" },
	{ "header: [项目]\nyes: [玄铁计划, 玄铁计划, 玄铁计划]\nno: [{header: 项目, values: [甲]}, 甲, 乙]\n", "example 1 of no, \"项目\", is found" },
	{ "yes: [玄铁计划, 玄铁计划, 玄铁计划]\nno: [甲, 乙]\n", "fewer than 3 examples of no" },
	{ "no: [甲, 乙, 丙]\n", "fewer than 3 examples of yes" },
	{ "yes: [{header: 项目, values: []}]\n", "values" },
	{ "yes: [{header: 项目}]\n", "values" },
	{ "yes: [[甲]]\n", "yes" },
};

static void
test_examples(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = g_strconcat(FIXTURE_HEAD("x") "level: 3\nshape: {validator: words}\nscore: {shape: 0.9, report: 0.8}\n"
			"words: [玄铁计划]\n", cases[i].rest, NULL);
		const FixtureFile files[] = { { "detectors/x.yaml", text }, { 0 } };
		g_autoptr(GError) error = NULL;
		g_autoptr(FnRules) rules = fixture_rules(files, &error);
		gboolean fine = rules != NULL && fn_scan_check_rules(rules, &error);

		g_test_message("%s", error != NULL ? error->message : "sound");
		g_assert_cmpint(fine, ==, cases[i].named == NULL);
		if (!fine)
			g_assert_nonnull(strstr(error->message, cases[i].named));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/examples/tree", test_tree);
	g_test_add_func("/examples/cases", test_examples);
	return g_test_run();
}
