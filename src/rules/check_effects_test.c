/* What a step gives its effects must be what they take; anything else is refused with the reason. */
#include "rules/fixture.h"

#define PACK FIXTURE_PACK_HEAD("national")
#define ROLES "id: roles\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\noffices:\n  officer: {zh: 甲, en: A, kinds: [department]}\n" \
	"words: {head: [officer]}\nparties: {organization: {zh: 甲, en: A}, bureau: {zh: 甲, en: A, kind: bureau}}\napart: []\n"
#define FIELD(name_, type_, more_) name_ ": {type: " type_ more_ ", zh: 甲, en: A}"
#define FORM "form: {" FIELD("login", "text", "") ", " FIELD("name", "text", ", required: true") ", " FIELD("offices", "names", ", required: true") ", " \
	FIELD("until", "date", "") ", " FIELD("day", "day", "") ", " FIELD("who", "person", "") "}\n"
#define PROCEDURE(step_) "id: x\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nparties: [organization]\nopener: a\n" FORM "people: {a: officer@organization}\n" \
	"states: {s: {zh: 甲, en: A}, t: {zh: 甲, en: A}}\nsteps:\n  - {do: go, zh: 走, en: Go, from: s, to: t, by: a, " step_ "}\n"
#define OPEN(fill_, with_) PROCEDURE("fields: [login], " fill_ "effect: account.open, with: {" with_ "}")
#define WHOSE "organization: {party: organization}, "
#define REST "name: {field: name}, offices: {field: offices}"

/* @says NULL: it loads. */
static const struct {
	const char *text, *says;
} cases[] = {
	{ OPEN("fill: [login], ", WHOSE "login: {field: login}, " REST), NULL },
	{ OPEN("fill: [login], ", WHOSE "login: {field: login}, until: {field: until}, " REST), NULL },
	{ OPEN("fill: [login], ", "organization: {party: bureau}, login: {field: login}, " REST), NULL },
	{ PROCEDURE("effect: resource.publish"), NULL },
	{ OPEN("", WHOSE "login: {field: login}, " REST), "login: \"login\" may be missing when the step is taken" },
	{ OPEN("fill: [login], ", WHOSE REST), "with: account.open takes \"login\"; say where" },
	{ PROCEDURE("effect: account.open"), "with: account.open takes \"organization\"; say where" },
	{ OPEN("fill: [login], ", WHOSE "login: {field: lgin}, " REST), "login: \"lgin\" is not declared under form" },
	{ OPEN("fill: [login], ", WHOSE "login: {field: offices}, " REST), "login: account.open takes text here" },
	{ OPEN("fill: [login], ", WHOSE "login: {party: organization}, " REST), "login: account.open takes text here" },
	{ OPEN("fill: [login], ", "organization: {field: name}, login: {field: login}, " REST), "organization: account.open takes party here" },
	{ OPEN("fill: [login], ", "organization: {party: provider}, login: {field: login}, " REST), "organization: \"provider\" is not a party" },
	{ OPEN("fill: [login], ", WHOSE "login: {field: login}, offices: {value: officer}, name: {field: name}"), "offices: account.open takes names here" },
	{ OPEN("fill: [login], ", WHOSE "login: {field: login}, until: {field: day}, " REST), "until: account.open takes date here" },
	{ OPEN("fill: [login], ", WHOSE "login: {field: login}, password: {field: name}, " REST), "password: no effect of this step takes it" },
	{ PROCEDURE("effect: resource.publish, with: {name: {field: name}}"), "name: no effect of this step takes it" },
	{ PROCEDURE("with: {name: {field: name}}"), "name: no effect of this step takes it" },
	{ PROCEDURE("needs: [rights_gone], with: {" WHOSE "person: {field: name}}"), NULL },
	{ PROCEDURE("needs: [rights_gone], with: {" WHOSE "person: {field: name}, login: {field: who}}"), NULL },
	{ PROCEDURE("needs: [rights_gone]"), "with: need:rights_gone takes \"organization\"; say where" },
	{ PROCEDURE("needs: [rights_gone], with: {" WHOSE "person: {field: who}}"), "person: need:rights_gone takes text here" },
	{ PROCEDURE("needs: [nda], with: {" WHOSE "person: {field: name}}"), "organization: no effect of this step takes it" },
	{ PROCEDURE("effect: [account.open, account.close], fill: [login], with: {" WHOSE "login: {field: login}, " REST "}"), "with: account.close takes \"account\"; say" },
	{ PROCEDURE("effect: account.open, with: {}"), "with" },
	{ PROCEDURE("effect: account.open, with: [login]"), "with" },
};

static void
test_with(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const FixtureFile files[] = { { "packs/p.yaml", PACK }, { "roles.yaml", ROLES }, { "procedures/x.yaml", cases[i].text }, { NULL, NULL } };
		g_autofree char *message = NULL;
		FnRules *rules = fixture_load(files, "national", NULL, &message);

		g_test_message("%zu: %s", i, message);
		g_assert_true((rules != NULL) == (cases[i].says == NULL));
		if (cases[i].says != NULL)
			g_assert_nonnull(strstr(message, cases[i].says));
		fn_rules_free(rules);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/check-effects/with", test_with);
	return g_test_run();
}
