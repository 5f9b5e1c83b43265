/* Registers that do not fit together are refused, each with the reason. */
#include "rules/fixture.h"

#define ROLES "id: roles\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\noffices: {officer: {zh: 甲, en: A, kinds: [department]}}\nwords: {head: [officer]}\n" \
	"parties: {provider: {zh: 甲, en: A}, bureau: {zh: 甲, en: A, kind: bureau}}\napart: []\n"
#define PACK FIXTURE_PACK_HEAD("national") "parameters:\n" FIXTURE_PARAMETER("moons", "3", "month", "lower", "false") \
	FIXTURE_PARAMETER("hours", "2", "hour", "lower", "false")
#define HEAD "id: x\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nscope: organization\nwrite: [officer@organization]\n"
#define NAMES ", zh: 甲, en: A}"
#define FIELDS(more_) "key: [n]\nfields:\n  n: {type: text" NAMES "\n" more_
#define FIELD(text_) HEAD FIELDS("  f: {" text_ NAMES "\n")
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
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/check-registers/registers", test_registers);
	return g_test_run();
}
