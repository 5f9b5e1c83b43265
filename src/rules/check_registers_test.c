/* Registers that do not fit together are refused, each with the reason. */
#include "rules/fixture.h"

#include "base/test_say.h"

#define ROLES "id: roles\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\noffices: {officer: {zh: 甲, en: A, kinds: [department]}}\nwords: {head: [officer]}\n" \
	"parties: {provider: {zh: 甲, en: A}, bureau: {zh: 甲, en: A, kind: bureau}}\napart: []\n"
#define PACK FIXTURE_PACK_HEAD("national") "parameters:\n" FIXTURE_PARAMETER("moons", "3", "month", "lower", "false") \
	FIXTURE_PARAMETER("hours", "2", "hour", "lower", "false")
#define HEAD "id: x\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nscope: organization\nwrite: [officer@organization]\n"
#define NAMES ", zh: 甲, en: A}"
#define FIELDS(more_) "key: [n]\nfields:\n  n: {type: text" NAMES "\n" more_
#define FIELD(text_) HEAD FIELDS("  f: {" text_ NAMES "\n")
#define ACROSS(text_) HEAD FIELDS("  a: {type: date" NAMES "\n  b: {type: date" NAMES "\n  c: {type: date" NAMES "\n  i: {type: int" NAMES "\n" \
	"  m: {type: money" NAMES "\n  o: {type: money" NAMES "\n  l: {type: texts" NAMES "\n  k: {type: texts" NAMES "\n  t: {type: bool" NAMES "\n" \
	"  e: {type: enum, values: [x, y]" NAMES "\n  r: {type: date, required: true" NAMES "\n  g: {type: enum, values: [given, z]" NAMES "\n") \
	"rules:\n" text_
#define RULE(text_) "  - {" text_ "}\n"
#define TEN_RULES RULE("field: a, required_when: {e: x}") RULE("field: a, required_when: {e: x}") RULE("field: a, required_when: {e: x}") \
	RULE("field: a, required_when: {e: x}") RULE("field: a, required_when: {e: x}") RULE("field: a, required_when: {e: x}") \
	RULE("field: a, required_when: {e: x}") RULE("field: a, required_when: {e: x}") RULE("field: a, required_when: {e: x}") \
	RULE("field: a, required_when: {e: x}")
#define RENEW(text_) HEAD FIELDS("  d: {type: date" NAMES "\n") "renew: {" text_ "}\n"

/* @says NULL: it loads. */
static const struct {
	const char *text, *says;
} cases[] = {
	{ FIELD("type: int, min: 1, max: 5"), NULL },
	{ FIELD("type: enum, values: [a, b], names: {a: {zh: 甲, en: A}}"), NULL },
	{ FIELD("type: reference, of: x"), NULL },
	{ RENEW("field: d, every: 90, unit: day, warn: 10"), NULL },
	{ RENEW("field: d, every: {parameter: moons}"), NULL },
	{ RENEW("until: d, warn: 30"), NULL },
	{ FIELD("type: enum"), "goes with the type enum, which must have it" },
	{ FIELD("type: text, values: [a]"), "goes with the type enum" },
	{ FIELD("type: enum, values: [a], names: {b: {zh: 甲, en: A}}"), "is none of the values" },
	{ FIELD("type: text, suffix: [.cn]"), "goes with the types domain, email and url" },
	{ FIELD("type: reference"), "goes with the type reference" },
	{ FIELD("type: reference, of: y"), "no register has this id" },
	{ FIELD("type: date, min: 1"), "goes with texts" },
	{ FIELD("type: int, min: 5, max: 1"), "is above max" },
	{ FIELD("type: text, sensitive: true, search: true"), "is sensitive" },
	{ FIELD("type: texts, unique: true"), "is a list, which cannot be unique" },
	{ FIELD("type: colour"), "\"colour\" is not one of" },
	{ HEAD "key: [q]\nfields: {n: {type: text" NAMES "}\n", "names what is not declared under fields" },
	{ HEAD "key: [n]\nfields: {n: {type: texts" NAMES "}\n", "names a list" },
	{ HEAD "key: [n]\nfields: {n: {type: text, sensitive: true" NAMES "}\n", "is sensitive" },
	{ HEAD FIELDS("") "read: [boss@organization]\n", "names an office that roles.yaml has not" },
	{ HEAD FIELDS("") "read: [officer@provider]\n", "names a party that is neither" },
	{ HEAD FIELDS("") "read: [officer@nobody]\n", "names a party that is neither" },
	{ HEAD FIELDS("") "read: everybody\n", NULL },
	{ RENEW("field: n, every: 90, unit: day"), "is no field of type date" },
	{ RENEW("until: q"), "is no field of type date" },
	{ RENEW("field: d, every: 90"), "has no unit" },
	{ RENEW("field: d"), "has either field with every, or until" },
	{ RENEW("until: d, every: 3, unit: day"), "has either field with every, or until" },
	{ RENEW("field: d, until: d, every: 3, unit: day"), "has either field with every, or until" },
	{ RENEW("field: d, every: {parameter: suns}"), "names a parameter that the pack in force has not" },
	{ RENEW("field: d, every: {parameter: hours}"), "counts neither in days nor in months" },
	{ ACROSS(RULE("field: b, not_before: a") RULE("field: c, not_before: b") RULE("field: c, not_before: a")), NULL },
	{ ACROSS(RULE("field: m, not_above: o, text: {zh: 甲, en: A}") RULE("field: a, differs_from: b")), NULL },
	{ ACROSS(RULE("field: a, required_when: {e: [x, y], t: true}") RULE("field: b, forbidden_when: {a: given}")), NULL },
	{ ACROSS(RULE("field: a, required_when: {e: x}") RULE("field: a, forbidden_when: {e: y}")), NULL },
	{ ACROSS(RULE("field: a, required_when: {g: given}")), NULL },
	{ ACROSS(RULE("field: a")), "says one thing" },
	{ ACROSS(RULE("field: a, not_before: b, differs_from: c")), "x.yaml:22: rules: says one thing" },
	{ ACROSS(RULE("field: q, not_before: b")), "field: names what is not declared under fields" },
	{ ACROSS(RULE("field: a, not_before: q")), "not_before: names what is not declared under fields" },
	{ ACROSS(RULE("field: a, not_before: a")), "holds a field against itself" },
	{ ACROSS(RULE("field: a, not_before: i")), "name fields of type date" },
	{ ACROSS(RULE("field: i, not_before: i")), "holds a field against itself" },
	{ ACROSS(RULE("field: m, not_before: o")), "name fields of type date" },
	{ ACROSS(RULE("field: m, not_above: i")), "name fields of one type among" },
	{ ACROSS(RULE("field: a, not_above: b")), "name fields of one type among" },
	{ ACROSS(RULE("field: l, differs_from: k")), "which are no lists" },
	{ ACROSS(RULE("field: a, differs_from: i")), "of one type" },
	{ ACROSS(RULE("field: a, not_before: b") RULE("field: a, not_before: b")), "says what a rule above says already" },
	{ ACROSS(RULE("field: a, not_before: b") RULE("field: b, not_before: a")), "goes round in a circle" },
	{ ACROSS(RULE("field: a, not_before: b") RULE("field: b, not_before: c") RULE("field: c, not_before: a")), "goes round in a circle" },
	{ ACROSS(RULE("field: a, required_when: {q: x}")), "q: is not declared under fields" },
	{ ACROSS(RULE("field: e, required_when: {e: x}")), "makes the field depend on itself" },
	{ ACROSS(RULE("field: a, required_when: {e: z}")), "e: is never so" },
	{ ACROSS(RULE("field: a, required_when: {t: yes}")), "t: is never so" },
	{ ACROSS(RULE("field: a, required_when: {i: 5}")), "i: is never so" },
	{ ACROSS(RULE("field: a, required_when: {e: [x, given]}")), "beside values" },
	{ ACROSS(RULE("field: a, required_when: {r: given}")), "is always there" },
	{ ACROSS(RULE("field: a, required_when: {n: given}")), "is always there" },
	{ ACROSS(RULE("field: r, required_when: {e: x}")), "is there in every record" },
	{ ACROSS(RULE("field: n, forbidden_when: {e: x}")), "is there in every record" },
	{ ACROSS(RULE("field: a, required_when: {e: x}") RULE("field: a, forbidden_when: {e: [y, x]}")), "contradicts a rule above" },
	{ ACROSS(RULE("field: a, forbidden_when: {t: true}") RULE("field: a, required_when: {e: x}")), "contradicts a rule above" },
	{ ACROSS(RULE("field: a, forbidden_when: {e: given}") RULE("field: a, required_when: {e: x}")), "contradicts a rule above" },
	{ ACROSS(RULE("field: a, required_when: {}")), "required_when" },
	{ ACROSS(RULE("field: a, not_after: b")), "not_after" },
	{ ACROSS(TEN_RULES TEN_RULES TEN_RULES TEN_RULES TEN_RULES TEN_RULES TEN_RULES), "has more than 64 rules" },
};

static void
test_registers(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const FixtureFile files[] = { { "packs/p.yaml", PACK }, { "roles.yaml", ROLES }, { "registers/x.yaml", cases[i].text }, { NULL, NULL } };
		g_autofree char *message = NULL;
		FnRules *rules = fixture_load(files, "national", NULL, &message);

		g_test_message("%s", message);
		g_assert_true((rules != NULL) == (cases[i].says == NULL));
		g_assert_true(cases[i].says == NULL || strstr(message, cases[i].says) != NULL);
		fn_rules_free(rules);
		if (cases[i].says == NULL)
			continue;
		g_clear_pointer(&message, g_free);
		fn_say_to(FN_READER_CHINESE);
		g_assert_null(fixture_load(files, "national", NULL, &message));
		fn_say_to(FN_READER_OF_PROGRAM);
		if (!test_say_is_chinese(message))
			g_error("%s", message);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/check-registers/registers", test_registers);
	return g_test_run();
}
