#include "rules/fixture.h"

#define P(value_, tighten_) FIXTURE_PARAMETER("p", value_, "day", "lower", tighten_)
#define HIGH FIXTURE_PACK_HEAD("high") "parameters:\n"
#define LOW FIXTURE_PACK_HEAD("low") "extends: high\nparameters:\n"

/* The pack "low" extends "high". @value NULL: refused with @says. */
static const struct {
	const char *why, *high, *low, *value, *says;
} cases[] = {
	{ "alike", HIGH P("10", "false"), LOW P("10", "false"), "10", NULL },
	{ "stricter where it may", HIGH P("10", "true"), LOW P("5", "true"), "5", "may tighten it" },
	{ "stricter where it may not", HIGH P("10", "false"), LOW P("5", "false"), "10", "may not be tightened" },
	{ "looser where it may tighten", HIGH P("10", "true"), LOW P("15", "true"), "10", "may be tightened only" },
	{ "looser", HIGH P("10", "false"), LOW P("15", "false"), "10", "does not count" },
	{ "higher is stricter", HIGH FIXTURE_PARAMETER("p", "6", "month", "higher", "true"),
		LOW FIXTURE_PARAMETER("p", "12", "month", "higher", "true"), "12", "may tighten it" },
	{ "free", HIGH FIXTURE_PARAMETER("p", "a", "text", "free", "false"), LOW FIXTURE_PARAMETER("p", "b", "text", "free", "false"), "b",
		"may set it" },
	{ "a list", HIGH FIXTURE_PARAMETER("p", "[a]", "list", "free", "false"), LOW FIXTURE_PARAMETER("p", "[b, c]", "list", "free", "false"),
		"b c", NULL },
	{ "only below", HIGH FIXTURE_PARAMETER("q", "1", "day", "lower", "true"), LOW P("3", "true"), "3", NULL },
	{ "only above", HIGH P("3", "true"), LOW FIXTURE_PARAMETER("q", "1", "day", "lower", "true"), "3", NULL },
	{ "another unit", HIGH P("10", "true"), LOW FIXTURE_PARAMETER("p", "10", "hour", "lower", "true"), NULL, "unit differs" },
	{ "another direction", HIGH P("10", "true"), LOW FIXTURE_PARAMETER("p", "10", "day", "higher", "true"), NULL, "direction differs" },
	{ "not a number", HIGH P("ten", "true"), LOW P("10", "true"), NULL, "is not a whole number of day" },
	{ "below zero", HIGH P("-1", "true"), LOW P("10", "true"), NULL, "is not a whole number of day" },
	{ "a list that is none", HIGH FIXTURE_PARAMETER("p", "a", "list", "free", "false"), LOW P("1", "true"), NULL, "unit and value differ" },
	{ "a text with a stricter side", HIGH FIXTURE_PARAMETER("p", "a", "text", "lower", "false"), LOW P("1", "true"), NULL, "no stricter side" },
	{ "free and tightened", HIGH FIXTURE_PARAMETER("p", "1", "day", "free", "true"), LOW P("1", "true"), NULL, "needs a stricter side" },
	{ "a circle", FIXTURE_PACK_HEAD("high") "extends: low\n", FIXTURE_PACK_HEAD("low") "extends: high\n", NULL, "a circle" },
	{ "nothing to extend", HIGH P("1", "true"), FIXTURE_PACK_HEAD("low") "extends: above\n", NULL, "there is no pack \"above\"" },
};

static void
test_chains(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const FixtureFile files[] = { { "packs/high.yaml", cases[i].high }, { "packs/low.yaml", cases[i].low }, { NULL, NULL } };
		g_autofree char *message = NULL;
		g_autoptr(FnRules) rules = fixture_load(files, "low", NULL, &message);
		FnParameter found;

		if ((rules != NULL) != (cases[i].value != NULL))
			g_error("%s: %s", cases[i].why, message != NULL ? message : "was loaded");
		if (rules == NULL) {
			g_assert_nonnull(strstr(message, cases[i].says));
			continue;
		}
		g_assert_true(fn_rules_parameter(rules, "p", &found));
		g_assert_cmpstr(found.value, ==, cases[i].value);
		g_assert_true(cases[i].says == NULL ? found.contest == NULL || g_str_equal(cases[i].why, "a list") :
			found.contest != NULL && strstr(found.contest, cases[i].says) != NULL);
	}
}

/* A demo's own pack beside the national one. */
static void
test_more(void)
{
	static const FixtureFile files[] = { { "packs/high.yaml", HIGH P("10", "true") }, { NULL, NULL } };
	static const FixtureFile more[] = { { "packs/demo.yaml", FIXTURE_PACK_HEAD("demo") "extends: high\nparameters:\n" P("4", "true") },
		{ NULL, NULL } };
	static const FixtureFile same[] = { { "packs/other.yaml", HIGH P("4", "true") }, { NULL, NULL } };
	g_autofree char *message = NULL, *refused = NULL;
	g_autoptr(FnRules) rules = fixture_load(files, "demo", more, &message);

	g_assert_nonnull(rules);
	g_assert_cmpint(fn_rules_parameter_int(rules, "p", 0), ==, 4);
	g_assert_null(fixture_load(files, "high", same, &refused));
	g_assert_nonnull(strstr(refused, "is declared at"));
}

static void
test_no_such_pack(void)
{
	static const FixtureFile files[] = { { "packs/high.yaml", HIGH P("10", "true") }, { NULL, NULL } };
	g_autofree char *message = NULL;

	g_assert_null(fixture_load(files, "nowhere", NULL, &message));
	g_assert_nonnull(strstr(message, "there is no pack \"nowhere\""));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pack/chains", test_chains);
	g_test_add_func("/pack/more", test_more);
	g_test_add_func("/pack/no-such-pack", test_no_such_pack);
	return g_test_run();
}
