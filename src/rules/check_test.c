#include "rules/fixture.h"

#include "base/test_say.h"

#define PACK FIXTURE_PACK_HEAD("national") "parameters:\n" FIXTURE_PARAMETER("ten", "10", "working_day", "lower", "false") \
	FIXTURE_PARAMETER("years", "3", "year", "lower", "false") FIXTURE_PARAMETER("hours", "2", "hour", "lower", "false")
#define HEAD "id: x\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nparties: [provider, consumer]\nopener: a\n"
#define PEOPLE "people: {a: officer@consumer, b: head@provider, c: boss@provider}\n"
#define STATE(name_) "  " name_ ": {zh: 甲, en: A}\n"
#define STATES "states:\n" STATE("s") STATE("t") STATE("u")
#define CLOCK "clocks: {k: {parameter: ten, unit: working_day, zh: 甲, en: A}}\n"
#define STEP(name_, from_, to_, by_, more_) "  - {do: " name_ ", zh: 走, en: Go, from: " from_ ", to: " to_ ", by: " by_ more_ "}\n"
#define STEPS "steps:\n" STEP("go", "s", "t", "a", "") STEP("end", "t", "u", "b", "")

#define FORM "form: {g: {type: enum, required: true, values: [big, small], zh: 甲, en: A}, n: {type: text, zh: 甲, en: A}, b: {type: bool, zh: 甲, en: A}}\n"
#define LAST "  - {do: end, zh: 走, en: Go, from: t, to: u, by: b"
#define WITH(more_) HEAD FORM PEOPLE STATES "steps:\n" STEP("go", "s", "t", "a", "") LAST ", " more_ "}\n"
#define CHOSEN(of_, parameters_, unit_) HEAD FORM PEOPLE STATES "clocks: {k: {of: " of_ ", parameters: {" parameters_ "}, unit: " unit_ ", zh: 甲, en: A}}\n" \
	"steps:\n" STEP("go", "s", "t", "a", ", start: k") STEP("end", "t", "u", "b", ", stop: k")
#define ITSELF(by_, more_, step_) HEAD "people: {a: officer@consumer, p: platform@platform}\n" STATES CLOCK "steps:\n" \
	STEP("go", "s", "t", "a", ", start: k") STEP("end", "t", "u", by_, more_) STEP("out", "t", "u", "a", ", stop: k") \
	"overdue: {k: {tell: [a], step: " step_ "}}\n"
#define WALK(walk_) HEAD FORM PEOPLE STATES STEPS "sample: {g: big}\nwalks:\n  - " walk_ "\n"

/* Procedures that others name: one that the platform may open, one that it may not; and a register. */
#define PLATFORM_ROLES "id: roles\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\noffices:\n" \
	"  officer: {zh: 甲, en: A, kinds: [department]}\n  boss: {zh: 甲, en: A, kinds: [department], single: true}\n" \
	"  platform: {zh: 甲, en: A, kinds: [platform]}\n" \
	"words: {head: [boss]}\nparties: {provider: {zh: 甲, en: A}, consumer: {zh: 甲, en: A}, bureau: {zh: 甲, en: A, kind: bureau}, " \
	"platform: {zh: 甲, en: A, kind: platform}, police: {zh: 甲, en: A, kind: regulator, authority: police}}\napart: []\n"
#define OTHER(id_, seat_) "id: " id_ "\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nparties: [provider]\nopener: [o]\n" \
	"form: {m: {type: text, required: true, zh: 甲, en: A}, o: {type: case, zh: 甲, en: A}}\npeople: {o: [officer@provider, " seat_ "]}\n" \
	STATES "steps:\n" STEP("go", "s", "t", "o", "") STEP("end", "t", "u", "o", "")
#define REGISTER "id: r\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nscope: city\nwrite: [officer@bureau]\nkey: [k]\n" \
	"fields: {k: {type: text, required: true, zh: 甲, en: A}, v: {type: text, zh: 甲, en: A}, d: {type: date, zh: 甲, en: A}, " \
	"e: {type: enum, values: [x, y], zh: 甲, en: A}, u: {type: organization, zh: 甲, en: A}}\n" \
	"rules: [{field: u, required_when: {e: x}}, {field: v, forbidden_when: {e: y}}]\n"

/* @says NULL: it loads. */
static const struct {
	const char *why, *text, *says;
} procedures[] = {
	{ "sound", HEAD PEOPLE STATES STEPS, NULL },
	{ "sound with a clock", HEAD PEOPLE STATES CLOCK "steps:\n" STEP("go", "s", "t", "a", ", start: k") STEP("end", "t", "u", "b", ", stop: k"), NULL },
	{ "unreached", HEAD PEOPLE STATES "steps:\n" STEP("go", "s", "t", "a", ""), "u: no step leads into this state" },
	{ "island", HEAD PEOPLE STATES STATE("v") STEPS STEP("turn", "v", "v", "a", ""), "v: no step leads into this state" },
	{ "unknown from", HEAD PEOPLE STATES STEPS STEP("x", "q", "u", "a", ""), "from: \"q\" is not declared under states" },
	{ "unknown to", HEAD PEOPLE STATES STEPS STEP("x", "s", "q", "a", ""), "to: \"q\" is not declared under states" },
	{ "unknown by", HEAD PEOPLE STATES STEPS STEP("x", "s", "u", "[a, q]", ""), "by: \"q\" is not declared under people" },
	{ "unknown tell", HEAD PEOPLE STATES STEPS STEP("x", "s", "u", "a", ", tell: [q]"), "tell: \"q\" is not declared under people" },
	{ "unknown clock", HEAD PEOPLE STATES STEPS STEP("x", "s", "u", "a", ", start: q"), "start: \"q\" is not declared under clocks" },
	{ "unknown after", HEAD PEOPLE STATES STEPS STEP("x", "s", "u", "a", ", after: [q]"), "there is no step \"q\"" },
	{ "unknown field", HEAD PEOPLE STATES STEPS STEP("x", "s", "u", "a", ", fields: [q]"), "fields: \"q\" is not declared under form" },
	{ "unknown filled", HEAD PEOPLE STATES STEPS STEP("x", "s", "u", "a", ", fill: [q]"), "fill: \"q\" is not declared under form" },
	{ "unknown opener", "id: x\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nparties: [consumer]\nopener: q\npeople: {a: officer@consumer}\n" STATES STEPS,
		"opener: \"q\" is not declared under people" },
	{ "two steps of one name", HEAD PEOPLE STATES STEPS STEP("go", "t", "u", "a", ""), "two steps have this name" },
	{ "clock never stopped", HEAD PEOPLE STATES CLOCK "steps:\n" STEP("go", "s", "t", "a", ", start: k") STEP("end", "t", "u", "b", ""),
		"runs in state \"t\", from which no step stops it" },
	{ "clock escaped", HEAD PEOPLE STATES CLOCK "steps:\n" STEP("go", "s", "t", "a", ", start: k") STEP("end", "t", "u", "b", ", stop: k")
		STEP("out", "t", "u", "a", ""), "runs in state \"u\"" },
	{ "clock never started", HEAD PEOPLE STATES CLOCK STEPS, "no step starts this clock" },
	{ "clock from the opening", HEAD "start: k\n" PEOPLE STATES CLOCK "steps:\n" STEP("go", "s", "t", "a", "") STEP("end", "t", "u", "b", ", stop: k"), NULL },
	{ "clock from the opening, escaped", HEAD "start: k\n" PEOPLE STATES CLOCK STEPS, "runs in state \"s\"" },
	{ "unknown clock at the opening", HEAD "start: [q]\n" PEOPLE STATES STEPS, "start: \"q\" is not declared under clocks" },
	{ "clock without parameter", HEAD PEOPLE STATES "clocks: {k: {parameter: q, unit: working_day, zh: 甲, en: A}}\n" STEPS,
		"no parameter \"q\"" },
	{ "clock in years", HEAD PEOPLE STATES "clocks: {k: {parameter: years, unit: working_day, zh: 甲, en: A}}\n" STEPS,
		"\"years\" counts in year" },
	{ "overdue without clock", HEAD PEOPLE STATES STEPS "overdue: {q: {tell: [a]}}\n", "q: is not declared under clocks" },
	{ "by itself", ITSELF("p", ", stop: k", "end"), NULL },
	{ "by itself by no step", ITSELF("p", ", stop: k", "fly"), "step: there is no step \"fly\"" },
	{ "by itself by a person", ITSELF("a", ", stop: k", "end"), "give it to platform@platform alone" },
	{ "by itself by either", ITSELF("[a, p]", ", stop: k", "end"), "give it to platform@platform alone" },
	{ "by itself for ever", ITSELF("p", "", "go"), "is done by persons" },
	{ "by itself without stopping", ITSELF("p", "", "end"), "does not stop the clock" },
	{ "by itself with a record", ITSELF("p", ", stop: k, record: {register: r, do: add, set: {k: {value: x}}}", "end"), "has \"record\"" },
	{ "by itself with an effect", ITSELF("p", ", stop: k, effect: grant.prepare", "end"), "has \"effect\"" },
	{ "by itself with papers", ITSELF("p", ", stop: k, attach: [x]", "end"), "has \"attach\"" },
	{ "unknown office", HEAD "people: {a: king@consumer}\n" STATES STEPS, "roles.yaml has no office \"king\"" },
	{ "unknown party", HEAD "people: {a: officer@moon}\n" STATES STEPS, "roles.yaml has no party \"moon\"" },
	{ "foreign party", "id: x\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nparties: [consumer]\nopener: a\npeople: {a: officer@provider}\n" STATES STEPS,
		"\"provider\" is not under parties" },
	{ "one officer for the bureau", HEAD "people: {a: officer@consumer, b: officer@bureau}\n" STATES STEPS, NULL },
	{ "apart from itself", HEAD PEOPLE "apart: [[a, a]]\n" STATES STEPS, "another than itself" },
	{ "one head twice", HEAD "people: {a: officer@consumer, b: boss@provider, c: boss@provider}\napart: [[b, c]]\n" STATES STEPS,
		"only one person is boss@provider" },
	{ "apart from nobody", HEAD PEOPLE "apart: [[a, q]]\n" STATES STEPS, "\"q\" is not declared under people" },
	{ "enum without values", HEAD "form: {f: {type: enum, zh: 甲, en: A}}\n" PEOPLE STATES STEPS, "lists its values" },
	{ "of nothing", HEAD "form: {f: {type: fields, of: q, zh: 甲, en: A}}\n" PEOPLE STATES STEPS, "\"q\" is not declared under form" },
	{ "a circle without an end", HEAD PEOPLE STATES STEPS STEP("back", "u", "s", "a", ""), "so no case ever ends" },
	{ "a trap", HEAD PEOPLE STATES STATE("v") STEPS STEP("in", "s", "v", "a", "") STEP("turn", "v", "v", "a", ""), "v: no way leads from here to an end" },
	{ "a guard", HEAD FORM PEOPLE STATES STEPS STEP("x", "s", "u", "a", ", when: {field: g, is: [big]}"), NULL },
	{ "two guards", HEAD FORM PEOPLE STATES STEPS STEP("x", "s", "u", "a", ", when: [{field: g, is: big}, {field: b, is: true}]"), NULL },
	{ "a guard on nothing", WITH("when: {field: q, is: [big]}"), "field: \"q\" is not declared under form" },
	{ "a guard of no value", WITH("when: {field: g, is: [huge]}"), "is: \"huge\" is not one of the field's values" },
	{ "a guard of no truth", WITH("when: {field: b, is: [maybe]}"), "\"maybe\" is not true or false" },
	{ "a guard that never asks", WITH("when: {field: g, is: []}"), "is: names no value" },
	{ "stuck when small", WITH("when: {field: g, is: [big]}"), "when \"g\" is \"small\" no step leads on from state \"t\"" },
	{ "a clock chosen", CHOSEN("g", "big: ten, small: ten", "working_day"), NULL },
	{ "a clock in hours", HEAD FORM PEOPLE STATES "clocks: {k: {parameter: hours, unit: hour, warn: 1, zh: 甲, en: A}}\n"
		"steps:\n" STEP("go", "s", "t", "a", ", start: k") STEP("end", "t", "u", "b", ", stop: k"), NULL },
	{ "a clock chosen by a text", CHOSEN("n", "big: ten", "working_day"), "chosen by an enum" },
	{ "a value without parameter", CHOSEN("g", "big: ten", "working_day"), "none for \"small\"" },
	{ "a parameter without value", CHOSEN("g", "big: ten, small: ten, q: ten", "working_day"), "q: is not one of the field's values" },
	{ "a chosen clock in hours", CHOSEN("g", "big: ten, small: ten", "hour"), "\"ten\" counts in working_day" },
	{ "a clock of nothing", HEAD PEOPLE STATES "clocks: {k: {unit: hour, zh: 甲, en: A}}\n" STEPS, "write either parameter, or of" },
	{ "values half named", HEAD "form: {f: {type: enum, values: [x, y], names: {x: {zh: 甲, en: A}}, zh: 甲, en: A}}\n" PEOPLE STATES STEPS,
		"\"y\" has no name" },
	{ "a name of no value", HEAD "form: {f: {type: enum, values: [x], names: {x: {zh: 甲, en: A}, z: {zh: 甲, en: A}}, zh: 甲, en: A}}\n" PEOPLE
		STATES STEPS, "z: is not one of the values" },
	{ "a record of no register", HEAD "form: {f: {type: record, of: q, zh: 甲, en: A}}\n" PEOPLE STATES STEPS, "a record is of a register" },
	{ "recorded", WITH("record: {register: r, do: add, key: {k: {field: n}}, set: {v: {value: x}}}"), NULL },
	{ "recorded twice", WITH("record: [{register: r, do: add, set: {k: {field: n}}}, {register: r, do: close, key: {k: {party: consumer}}}]"), NULL },
	{ "recorded nowhere", WITH("record: {register: q, do: add, set: {k: {field: n}}}"), "no register \"q\"" },
	{ "a column too many", WITH("record: {register: r, do: add, set: {k: {field: n}, z: {field: n}}}"), "z: register \"r\" has no such field" },
	{ "from no field", WITH("record: {register: r, do: add, set: {k: {field: q}}}"), "\"q\" is not declared under form" },
	{ "from no party", WITH("record: {register: r, do: add, set: {k: {party: moon}}}"), "\"moon\" is not a party" },
	{ "a day", WITH("record: {register: r, do: add, set: {k: {field: n}, d: {value: today}, e: {value: y}, u: {party: consumer}}}"), NULL },
	{ "today is no text of an enum", WITH("record: {register: r, do: add, set: {k: {field: n}, e: {value: today}}}"), "e: register \"r\" cannot keep" },
	{ "a value of no enum", WITH("record: {register: r, do: add, set: {k: {field: n}, e: {value: z}}}"), "e: register \"r\" cannot keep" },
	{ "a case for a day", WITH("record: {register: r, do: add, set: {k: {field: n}, d: {value: case}}}"), "d: register \"r\" cannot keep" },
	{ "a party for a day", WITH("record: {register: r, do: add, set: {k: {field: n}, d: {party: consumer}}}"), "d: register \"r\" cannot keep" },
	{ "a text for a day", WITH("record: {register: r, do: add, set: {k: {field: n}, d: {field: n}}}"), "d: register \"r\" cannot keep" },
	{ "values of another enum", WITH("record: {register: r, do: add, set: {k: {field: n}, e: {field: g}}}"), "e: register \"r\" cannot keep" },
	{ "a column missing", WITH("record: {register: r, do: add, set: {v: {field: n}}}"), "register \"r\" demands \"k\"" },
	{ "what a value demands", WITH("record: {register: r, do: add, set: {k: {field: n}, e: {value: x}}}"), "register \"r\" demands \"u\" with these values; set it" },
	{ "and has it", WITH("record: {register: r, do: add, set: {k: {field: n}, e: {value: x}, u: {party: consumer}}}"), NULL },
	{ "what a value bars", WITH("record: {register: r, do: add, set: {k: {field: n}, e: {value: y}, v: {field: n}}}"), "register \"r\" bars \"v\" with these values" },
	{ "which record", WITH("record: {register: r, do: change, set: {v: {field: n}}}"), "say which record to change" },
	{ "opens", WITH("opens: {procedure: p, set: {m: {field: n}, o: {value: case}}}"), NULL },
	{ "opens for another", WITH("opens: {procedure: p, subject: {value: case}, parties: {provider: {party: consumer}}, set: {m: {field: n}}}"), NULL },
	{ "opens nothing", WITH("opens: {procedure: q, set: {m: {field: n}}}"), "no procedure \"q\"" },
	{ "opens what it may not", WITH("opens: {procedure: shut, set: {m: {field: n}}}"), "give its opener the seat platform@platform" },
	{ "opens half", WITH("opens: {procedure: p, set: {o: {value: case}}}"), "procedure \"p\" demands \"m\"" },
	{ "opens too much", WITH("opens: {procedure: p, set: {m: {field: n}, z: {field: n}}}"), "z: procedure \"p\" has no such field" },
	{ "opens for no party", WITH("opens: {procedure: p, parties: {moon: {field: n}}, set: {m: {field: n}}}"), "moon: roles.yaml has no such party" },
	{ "a supervisor", HEAD "people: {a: officer@consumer, b: officer@police}\n" STATES STEPS, NULL },
	{ "reasons twice", HEAD PEOPLE STATES STEPS "reasons: [{id: x, zh: 甲, en: A}, {id: x, zh: 甲, en: A}]\n", "two reasons have this id" },
	{ "a walk", WALK("{path: [[a, open], [a, go], [b, end, {n: x}]], ends: u}"), NULL },
	{ "a walk refused", WALK("{path: [[a, open]], refused: [a, end], why: state}"), NULL },
	{ "a walk to nowhere", WALK("{path: [[a, open]], ends: q}"), "ends: \"q\" is not declared under states" },
	{ "a walk of nobody", WALK("{path: [[q, open]], ends: s}"), "begins with a role of people" },
	{ "a walk by no step", WALK("{path: [[a, fly]], ends: s}"), "there is no such step" },
	{ "a walk by halves", WALK("{path: [[a, open]], refused: [a, end]}"), "refused and why belong together" },
	{ "a walk for nothing", WALK("{path: [[a, open]]}"), "the walk proves nothing" },
	{ "a walk writes", WALK("{path: [[a, open], [a, go, {q: x}]], ends: t}"), "q: is not declared under form" },
	{ "a walk without sample", HEAD FORM PEOPLE STATES STEPS "walks: [{path: [[a, open]], ends: s}]\n", "demands \"g\"" },
	{ "a sample of what is not asked", HEAD FORM PEOPLE STATES STEPS "sample: {q: x}\n", "q: is not declared under form" },
	{ "a date in days", HEAD "form: {f: {type: date, max: 3, zh: 甲, en: A}}\n" PEOPLE STATES STEPS, "does not suit the type" },
};

static void
expect(const FixtureFile *files, const char *why, const char *says)
{
	g_autofree char *message = NULL;
	g_autoptr(FnRules) rules = fixture_load(files, "national", NULL, &message);

	if ((rules != NULL) != (says == NULL) || (says != NULL && strstr(message, says) == NULL))
		g_error("%s: %s", why, message != NULL ? message : "was loaded");
	if (says == NULL)
		return;
	g_clear_pointer(&message, g_free);
	fn_say_to(FN_READER_CHINESE);
	g_assert_null(fixture_load(files, "national", NULL, &message));
	fn_say_to(FN_READER_OF_PROGRAM);
	if (!test_say_is_chinese(message))
		g_error("%s: %s", why, message);
}

static void
test_procedures(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(procedures); i++) {
		const FixtureFile files[] = { { "packs/p.yaml", PACK }, { "roles.yaml", PLATFORM_ROLES }, { "procedures/x.yaml", procedures[i].text },
			{ "procedures/p.yaml", OTHER("p", "platform@platform") }, { "procedures/shut.yaml", OTHER("shut", "officer@bureau") },
			{ "registers/r.yaml", REGISTER }, { NULL, NULL } };

		expect(files, procedures[i].why, procedures[i].says);
	}
}

static void
test_procedures_need_roles(void)
{
	static const FixtureFile files[] = { { "packs/p.yaml", PACK }, { "procedures/x.yaml", HEAD PEOPLE STATES STEPS }, { NULL, NULL } };

	expect(files, "no roles", "need roles.yaml");
}

#define LEVELS(cells_, rank_) "id: levels\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nscenarios:\n  in: {zh: 甲, en: A, risk: 1, kinds: [department]}\n" \
	"  out: {zh: 甲, en: A, risk: 2, kinds: [public]}\nlevels:\n  one: {zh: 甲, en: A, rank: 1, scenarios: {in: {deny: x}, out: {deny: x}}}\n" \
	"  two: {zh: 甲, en: A, rank: " rank_ ", scenarios: {" cells_ "}}\n"

static const struct {
	const char *path, *text, *says;
} others[] = {
	{ "levels.yaml", LEVELS("in: {deny: x}, out: {deny: x}", "2"), NULL },
	{ "levels.yaml", LEVELS("in: {deny: x}", "2"), "two: has no cell for scenario \"out\"" },
	{ "levels.yaml", LEVELS("in: {deny: x}, out: {deny: x}, moon: {deny: x}", "2"), "moon: is not declared under scenarios" },
	{ "levels.yaml", LEVELS("in: {deny: x}, out: {deny: x}", "1"), "has the rank of another level" },
	{ "roles.yaml", "id: roles\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\noffices: {o: {zh: 甲, en: A, kinds: [bureau]}}\nwords: {o: [o]}\n"
		"parties: {p: {zh: 甲, en: A}}\napart: []\n", "is an office already" },
	{ "roles.yaml", "id: roles\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\noffices: {o: {zh: 甲, en: A, kinds: [bureau]}}\nwords: {w: [q]}\n"
		"parties: {p: {zh: 甲, en: A}}\napart: []\n", "\"q\" is not declared under offices" },
	{ "roles.yaml", "id: roles\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\noffices: {o: {zh: 甲, en: A, kinds: [bureau]}}\nwords: {}\n"
		"parties: {p: {zh: 甲, en: A}}\napart: [{offices: [o, o], zh: 甲, en: A}]\n", "names the same office twice" },
	{ "roles.yaml", "id: other\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\noffices: {o: {zh: 甲, en: A, kinds: [bureau]}}\nwords: {}\n"
		"parties: {p: {zh: 甲, en: A}}\napart: []\n", "must be \"roles\"" },
	{ "calendar/a.yaml", "id: 2026\ntitle: {zh: 甲, en: A}\nnotice: [n]\nsource: [s]\nholidays: [{zh: 甲, en: A, off: [2027-01-01]}]\n",
		"is not a day of 2026" },
	{ "calendar/a.yaml", "id: 2026\ntitle: {zh: 甲, en: A}\nnotice: [n]\nsource: [s]\nholidays: [{zh: 甲, en: A, off: [2025-12-31]}]\n",
		"is not a day of 2026" },
	{ "calendar/a.yaml", "id: 2026\ntitle: {zh: 甲, en: A}\nnotice: [n]\nsource: [s]\n"
		"holidays: [{zh: 甲, en: A, off: [2026-05-01], work: [2026-05-01]}]\n", "declared both on and off" },
	{ "wishes/a.yaml", "id: a\n", "wishes: no such kind of rule" },
	{ "wishes.yaml", "id: a\n", "wishes.yaml: no such kind of rule" },
	{ "packs.yaml", "id: a\n", "packs.yaml: no such kind of rule" },
	{ "packs/a.yml", "id: a\n", "name it .yaml" },
	{ "README.md", "words", NULL },
};

static void
test_others(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
		const FixtureFile files[] = { { "packs/p.yaml", PACK }, { others[i].path, others[i].text }, { NULL, NULL } };

		expect(files, others[i].path, others[i].says);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/check/procedures", test_procedures);
	g_test_add_func("/check/procedures-need-roles", test_procedures_need_roles);
	g_test_add_func("/check/others", test_others);
	return g_test_run();
}
