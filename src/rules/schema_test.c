#include "rules/schema.h"

#include "base/test_say.h"

#include <string.h>

#define TITLE "title: {zh: 甲, en: A}\n"
#define PACK "id: p\n" TITLE
#define PROCEDURE "id: x\n" TITLE "law: [A-1]\nparties: [provider]\nopener: a\npeople: {a: officer@provider}\nstates: {s: {zh: 甲, en: A}, t: {zh: 乙, en: B}}\n"
#define STEP "steps:\n  - {do: go, zh: 走, en: Go, from: s, to: t, by: a"

/* @says NULL: it fits; else the message holds it. */
static const struct {
	const char *kind, *text, *says;
} cases[] = {
	{ "packs", PACK, NULL },
	{ "packs", PACK "parameters:\n  a: {title: {zh: 甲, en: A}, value: 1, unit: day, direction: lower, may_tighten: true, source: X}\n", NULL },
	{ "packs", PACK "parameters:\n  a: {title: {zh: 甲, en: A}, value: [b, c], unit: list, direction: free, may_tighten: false, source: X}\n", NULL },
	{ "packs", TITLE, "t.yaml:1: id: missing" },
	{ "packs", "id: p\n", "title: missing" },
	{ "packs", "id: p\ntitle: {zh: 甲}\n", "t.yaml:2: en: missing in title" },
	{ "packs", "id: p\ntitle: {zh: 甲, en: \" \"}\n", "en: \" \" is not a text that is not blank" },
	{ "packs", "id: p\ntitle: 甲\n", "title: is one value; write the keys zh, en" },
	{ "packs", PACK "extend: national\n", "t.yaml:3: extend: unknown key; known here: id, title, law, extends" },
	{ "packs", "id: a b\n" TITLE, "is not an id" },
	{ "packs", "id: [p]\n" TITLE, "is a list" },
	{ "packs", PACK "parameters: [a]\n", "parameters: is a list; write \"name: value\" lines" },
	{ "packs", PACK "parameters:\n  a: {title: {zh: 甲, en: A}, value: 1, unit: moons, direction: lower, may_tighten: true, source: X}\n",
		"\"moons\" is not one of" },
	{ "packs", PACK "parameters:\n  a: {title: {zh: 甲, en: A}, value: 1, unit: day, direction: lower, may_tighten: yes, source: X}\n",
		"\"yes\" is not true or false" },
	{ "packs", PACK "parameters:\n  \"a b\": {}\n", "a b: is not an id" },
	{ "packs", "[]", "is one value" },
	{ "procedures", PROCEDURE STEP "}\n", NULL },
	{ "procedures", PROCEDURE STEP ", stop: [c, d], once: true}\n", NULL },
	{ "procedures", PROCEDURE STEP ", leads: y}\n", "leads: unknown key" },
	{ "procedures", PROCEDURE STEP ", tell: []}\n", "tell: has 0 entries; write at least 1" },
	{ "procedures", PROCEDURE "apart: [[a, b, c]]\n" STEP "}\n", "apart: has 3 entries; write at most 2" },
	{ "procedures", PROCEDURE, "steps: missing" },
	{ "procedures", "id: x\n" TITLE "people: {a: officer}\n", "a: \"officer\" is not office@party" },
	{ "procedures", "id: x\n" TITLE "states: {s: {zh: 甲}}\n", "has 1 entries; write at least 2" },
	{ "procedures", "id: x\n" TITLE "form: {f: {type: colour, zh: 甲, en: A}}\n", "\"colour\" is not one of" },
	{ "procedures", "id: x\n" TITLE "form: {f: {type: text, zh: 甲}}\n", "en: missing in f" },
	{ "calendar", "id: 2026\n" TITLE "notice: [n]\nsource: [s]\nholidays: [{zh: 甲, en: A, off: [2026-01-01]}]\n", NULL },
	{ "calendar", "id: 2026\n" TITLE "notice: [n]\nsource: [s]\nholidays: [{zh: 甲, en: A, off: [2026-02-30]}]\n", "is not a date" },
	{ "calendar", "id: 20x6\n" TITLE, "whole number" },
	{ "calendar", "id: 1500\n" TITLE, "whole number from 1991 to 2099" },
	{ "detectors", "id: cn.x\n" TITLE "level: 3\nshape: {class: digits, length: [13, 19], any: {thing: 1}}\nwords: [a]\nheader: [b]\n"
		"context: {near: 24, words: [w], against: [v]}\nscore: {shape: 0.4, against: -0.5}\nmask: {default: partial, keep: [6, 4]}\n"
		"identifier: direct\nlaw: [A-1]\nyes: [x]\nno: [y]\n", NULL },
	{ "detectors", "id: cn.x\n" TITLE "level: 7\n", "level: \"7\" is not a whole number from 1 to 6" },
	{ "detectors", "id: cn.x\n" TITLE "level: 3\nscore: {shape: much}\n", "shape: \"much\" is not a number" },
	{ "detectors", "id: cn.x\n" TITLE "level: 3\ncontext: {far: 3}\n", "far: unknown key" },
	{ "masks", "id: partial\n" TITLE "parameters: {keep: {type: pair, min: 0}}\nexamples: [{in: a, out: b}]\n", NULL },
	{ "masks", "id: partial\n" TITLE "parameters: {keep: pair}\n", "keep: " },
	{ "levels", "id: levels\n" TITLE "law: [A]\nscenarios: {d: {zh: 甲, en: A, risk: 1, kinds: [department]}}\n"
		"levels: {l: {zh: 甲, en: A, rank: 1, scenarios: {d: {deny: never}}}}\n", NULL },
	{ "levels", "id: levels\n" TITLE "law: [A]\nscenarios: {d: {zh: 甲, en: A, risk: 1, kinds: [department]}}\n"
		"levels: {l: {zh: 甲, en: A, rank: 1, scenarios: {d: {}}}}\n", "mask: missing in d" },
	{ "levels", "id: levels\n" TITLE "law: [A]\nscenarios: {d: {zh: 甲, en: A, risk: 1, kinds: [department]}}\n"
		"levels: {l: {zh: 甲, en: A, rank: 1, scenarios: {d: {mask: none}}}}\n", "disclosure: missing in d" },
	{ "levels", "id: levels\n" TITLE "law: [A]\nscenarios: {d: {zh: 甲, en: A, risk: 1, kinds: [department]}}\n"
		"levels: {l: {zh: 甲, en: A, rank: 1, scenarios: {d: {mask: none, disclosure: some}}}}\n", "\"some\" is not one of" },
	{ "levels", "id: levels\n" TITLE "law: [A]\nscenarios: {d: {zh: 甲, en: A, risk: 1, kinds: [army]}}\n", "\"army\" is not one of" },
};

static void
test_cases(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(FnNode) node = fn_node_read(cases[i].text, strlen(cases[i].text), "t.yaml", &error);
		gboolean fits = node != NULL && fn_schema_check(fn_kind_find(cases[i].kind), node, &error);

		g_assert_nonnull(node);
		if (fits != (cases[i].says == NULL) || (!fits && strstr(error->message, cases[i].says) == NULL))
			g_error("%zu %s: %s", i, cases[i].kind, error != NULL ? error->message : "fits");
		if (fits)
			continue;
		g_assert_error(error, FN_RULES_ERROR, FN_RULES_ERROR_SCHEMA);
		g_clear_error(&error);
		fn_say_to(FN_READER_CHINESE);
		g_assert_false(fn_schema_check(fn_kind_find(cases[i].kind), node, &error));
		fn_say_to(FN_READER_OF_PROGRAM);
		if (!test_say_is_chinese(error->message))
			g_error("%zu %s: %s", i, cases[i].kind, error->message);
	}
}

static void
test_kinds(void)
{
	g_assert_nonnull(fn_kind_find("procedures"));
	g_assert_null(fn_kind_find("procedure"));
	for (const FnKind *kind = fn_kinds; kind->name != NULL; kind++)
		g_assert_true(fn_kind_find(kind->name) == kind);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/schema/cases", test_cases);
	g_test_add_func("/schema/kinds", test_kinds);
	return g_test_run();
}
