/* Rules of quality that do not say enough, or too much, are refused with the reason. */
#include "rules/fixture.h"

#define PACK FIXTURE_PACK_HEAD("national") "parameters:\n" FIXTURE_PARAMETER("week", "7", "day", "lower", "false") \
	FIXTURE_PARAMETER("hours", "2", "hour", "lower", "false")
#define HEAD "id: x\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\n"
#define OF_RESOURCE(rule_) HEAD "resource: 130100-x-1\nrules: [{" rule_ "}]\n"
#define OF_ELEMENT(rule_) HEAD "element: e\nrules: [{" rule_ "}]\n"

/* @says NULL: it loads. */
static const struct {
	const char *text, *says;
} cases[] = {
	{ OF_RESOURCE("kind: complete, field: a"), NULL },
	{ OF_RESOURCE("kind: unique, field: [a, b], at_least: 0.9"), NULL },
	{ OF_RESOURCE("kind: valid, field: a, detector: cn.mobile"), NULL },
	{ OF_RESOURCE("kind: valid, field: a, min: 1"), NULL },
	{ OF_RESOURCE("kind: reference, field: a, of: 130100-y-2, to: b"), NULL },
	{ OF_RESOURCE("kind: fresh, field: a, days: {parameter: week}"), NULL },
	{ OF_RESOURCE("kind: drift, at_most: 0.2"), NULL },
	{ OF_ELEMENT("kind: valid, detector: date"), NULL },
	{ OF_ELEMENT("kind: complete, field: a"), "hold for each field that is one" },
	{ OF_RESOURCE("kind: complete"), "says for which field" },
	{ OF_RESOURCE("kind: valid, field: a"), "needs it" },
	{ OF_RESOURCE("kind: valid, field: a, detector: cn.plate"), "none that a batch can be put to" },
	{ OF_RESOURCE("kind: valid, field: a, values: [x], days: 3"), "does not take it" },
	{ OF_RESOURCE("kind: reference, field: a"), "needs it" },
	{ OF_RESOURCE("kind: reference, field: [a, b], of: y"), "takes one field" },
	{ OF_RESOURCE("kind: fresh, field: a"), "needs it" },
	{ OF_RESOURCE("kind: fresh, field: a, days: {parameter: month}"), "has no parameter" },
	{ OF_RESOURCE("kind: fresh, field: a, days: {parameter: hours}"), "counts in hour" },
	{ OF_RESOURCE("kind: drift, field: a"), "needs it" },
	{ OF_RESOURCE("kind: pretty, field: a"), "is not one of" },
	{ HEAD "rules: [{kind: drift, at_most: 0.2}]\n", "one of the two" },
	{ HEAD "resource: a\nelement: e\nrules: [{kind: drift, at_most: 0.2}]\n", "one of the two" },
};

static void
test_quality(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const FixtureFile files[] = { { "packs/p.yaml", PACK }, { "roles.yaml", FIXTURE_ROLES }, { "quality/x.yaml", cases[i].text }, { NULL, NULL } };
		g_autofree char *message = NULL;
		FnRules *rules = fixture_load(files, "national", NULL, &message);

		g_test_message("%zu: %s", i, message);
		g_assert_true((rules != NULL) == (cases[i].says == NULL));
		if (cases[i].says != NULL)
			g_assert_nonnull(strstr(message, cases[i].says));
		fn_rules_free(rules);
	}
}

static void
test_tree(void)
{
	FnRules *rules = fixture_national();
	guint n;

	fn_rules_all(rules, "quality", &n);
	g_assert_cmpuint(n, >=, 3);
	fn_rules_free(rules);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/check-quality/files", test_quality);
	g_test_add_func("/check-quality/tree", test_tree);
	return g_test_run();
}
