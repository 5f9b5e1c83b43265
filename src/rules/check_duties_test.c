/* What is owed names what there is, or the file, line and remedy are told. */
#include "rules/fixture.h"
#include "rules/rules_priv.h"

#define PACK FIXTURE_PACK_HEAD("national") "parameters:\n" FIXTURE_PARAMETER("ten", "10", "working_day", "lower", "false") \
	FIXTURE_PARAMETER("five", "5", "points", "higher", "false") FIXTURE_PARAMETER("month", "30", "day", "lower", "false")
#define PROCEDURE "id: p\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nparties: [provider]\nopener: a\npeople: {a: officer@provider, b: boss@provider}\n" \
	"states: {s: {zh: 甲, en: A}, t: {zh: 甲, en: A}, u: {zh: 甲, en: A}}\nclocks: {k: {parameter: ten, unit: working_day, zh: 甲, en: A}}\nsteps:\n" \
	"  - {do: go, zh: 走, en: Go, from: s, to: t, by: a, start: k}\n  - {do: end, zh: 走, en: Go, from: t, to: u, by: b, stop: k}\n"
#define REGISTER "id: r\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nscope: organization\nwrite: [officer@organization]\nkey: [n]\nfields:\n" \
	"  n: {type: text, required: true, zh: 甲, en: A}\n  e: {type: enum, values: [on, off], zh: 甲, en: A}\n"
#define CHECK_AS(find_, score_, within_) "id: c\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nevery: [month]\nseverity: minor\nfind: " find_ "\n" \
	"finding: {zh: 甲, en: A}\nscore: {parameter: " score_ "}\nfix_within: {parameter: " within_ "}\nadvice: {zh: 甲, en: A}\n"
#define CHECK(find_) CHECK_AS(find_, "five", "ten")
#define SOUND CHECK("{sql: x}")
#define DUTY(id_, more_) "  - {id: " id_ ", article: \"1\", who: bureau, duty: {zh: 甲, en: A}, " more_ "}\n"
#define REGULATION(duties_) "id: A\ntitle: {zh: 甲, en: A}\nscope: policy\nrank: notice\nduties:\n" duties_

/* @says NULL: it loads. */
static const struct {
	const char *why, *check, *regulation, *says;
} cases[] = {
	{ "sound", SOUND, REGULATION(DUTY("A-1", "control: {check: c}")), NULL },
	{ "by procedure", SOUND, REGULATION(DUTY("A-1", "control: {procedure: p, clock: k, also: [r, c]}, proof: {checks: [c]}")), NULL },
	{ "engine with a test", SOUND, REGULATION(DUTY("A-1", "control: {engine: mask}, proof: {tests: [mask/plan]}")), NULL },
	{ "coming", SOUND, REGULATION(DUTY("A-1", "control: {coming: mail}")), NULL },
	{ "registers", CHECK("{each_has: r, where: {e: [on]}, kinds: [department]}"), REGULATION(DUTY("A-1", "control: {register: r}")), NULL },
	{ "clock of a check", CHECK("{late: p, clock: k}"), REGULATION(DUTY("A-1", "control: {check: c}")), NULL },
	{ "age", CHECK("{open: p, older: {parameter: month}}"), REGULATION(DUTY("A-1", "control: {check: c}")), NULL },

	{ "id twice", SOUND, REGULATION(DUTY("A-1", "control: {check: c}") DUTY("A-1", "control: {check: c}")), "already; give it another id" },
	{ "no control", SOUND, REGULATION("  - {id: A-1, article: \"1\", who: bureau, duty: {zh: 甲, en: A}}\n"), "control: missing" },
	{ "restates nothing", SOUND, REGULATION(DUTY("A-1", "control: {check: c}, restates: A-9")), "\"A-9\" is no other duty" },
	{ "restates itself", SOUND, REGULATION(DUTY("A-1", "control: {check: c}, restates: A-1")), "\"A-1\" is no other duty" },
	{ "check unknown", SOUND, REGULATION(DUTY("A-1", "control: {check: q}")), "rules/checks/ has no \"q\"" },
	{ "proof unknown", SOUND, REGULATION(DUTY("A-1", "control: {procedure: p}, proof: {checks: [c, q]}")), "rules/checks/ has no \"q\"" },
	{ "procedure unknown", SOUND, REGULATION(DUTY("A-1", "control: {procedure: q}")), "rules/procedures/ has no \"q\"" },
	{ "clock unknown", SOUND, REGULATION(DUTY("A-1", "control: {procedure: p, clock: q}")), "procedure \"p\" has no clock \"q\"" },
	{ "register unknown", SOUND, REGULATION(DUTY("A-1", "control: {register: q}")), "rules/registers/ has no \"q\"" },
	{ "report unknown", SOUND, REGULATION(DUTY("A-1", "control: {report: q}")), "rules/reports/ has no \"q\"" },
	{ "also unknown", SOUND, REGULATION(DUTY("A-1", "control: {register: r, also: [q]}")), "no procedure, register, check or report \"q\"" },
	{ "engine without a test", SOUND, REGULATION(DUTY("A-1", "control: {engine: mask}")), "proved by a test; name one" },

	{ "score in days", CHECK_AS("{sql: x}", "ten", "ten"), REGULATION(DUTY("A-1", "control: {check: c}")), "\"ten\" counts in working_day" },
	{ "deadline in points", CHECK_AS("{sql: x}", "five", "five"), REGULATION(DUTY("A-1", "control: {check: c}")), "\"five\" counts in points" },
	{ "no parameter", CHECK_AS("{sql: x}", "q", "ten"), REGULATION(DUTY("A-1", "control: {check: c}")), "no parameter \"q\"" },
	{ "age in working days", CHECK("{open: p, older: {parameter: ten}}"), REGULATION(DUTY("A-1", "control: {check: c}")), "counts in working_day" },
	{ "register of a check", CHECK("{none_overdue: q}"), REGULATION(DUTY("A-1", "control: {check: c}")), "rules/registers/ has no \"q\"" },
	{ "field of a check", CHECK("{none_where: r, where: {q: [on]}}"), REGULATION(DUTY("A-1", "control: {check: c}")), "has no such field" },
	{ "value of a check", CHECK("{none_where: r, where: {e: [half]}}"), REGULATION(DUTY("A-1", "control: {check: c}")), "none of the field's values" },
	{ "procedure of a check", CHECK("{late: q, clock: k}"), REGULATION(DUTY("A-1", "control: {check: c}")), "rules/procedures/ has no \"q\"" },
	{ "clock of a check unknown", CHECK("{late: p, clock: q}"), REGULATION(DUTY("A-1", "control: {check: c}")), "has no clock \"q\"" },
	{ "rule of misuse", CHECK("{watch: q}"), REGULATION(DUTY("A-1", "control: {check: c}")), "rules/watch/ has no \"q\"" },
	{ "items twice", CHECK("{manual: [{id: i, zh: 甲, en: A}, {id: i, zh: 甲, en: A}]}"), REGULATION(DUTY("A-1", "control: {check: c}")),
		"two items have this id" },
};

static void
test_cases(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const FixtureFile files[] = { { "roles.yaml", FIXTURE_ROLES }, { "packs/national.yaml", PACK }, { "procedures/p.yaml", PROCEDURE },
			{ "registers/r.yaml", REGISTER }, { "checks/c.yaml", cases[i].check }, { "regulations/a.yaml", cases[i].regulation }, { 0 } };
		g_autofree char *message = NULL;
		FnRules *rules = fixture_load(files, "national", NULL, &message);

		fn_rules_free(rules);
		g_test_message("%s: %s", cases[i].why, message != NULL ? message : "sound");
		if (cases[i].says == NULL) {
			g_assert_null(message);
			continue;
		}
		g_assert_nonnull(message);
		g_assert_nonnull(strstr(message, cases[i].says));
		g_assert_nonnull(strstr(message, ".yaml:"));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rules/duties", test_cases);
	return g_test_run();
}
