/* For tests: ways in which a rule file may be broken, each one change to the rules of the tree, and what must be said of it. */
#pragma once

#include "rules/fixture.h"

#include <unistd.h>

typedef struct {
	const char *why, *file;
	const char *old, *new; /* the first @old becomes @new; @old NULL: the file is new */
	const char *says;      /* pattern of what follows the place: the key, what is wrong, and what to do */
	const char *at, *in;   /* what the line begins with that must be named, and its file; NULL: where the change is */
	gboolean no_line;      /* what is wrong is the name of the file */
} BrokenRule;

#define BROKEN_TITLE "title: {zh: 甲, en: A}\n"
#define BROKEN_CHECK(find_) "id: x\n" BROKEN_TITLE "law: [A-1]\nevery: [month]\nseverity: minor\nfind: " find_ "\nfinding: {zh: 甲, en: A}\n" \
	"score: {parameter: score_minor}\nfix_within: {parameter: rectify_minor}\nadvice: {zh: 甲, en: A}\n"
#define BROKEN_DUTIES(duties_) "id: X\n" BROKEN_TITLE "scope: policy\nrank: notice\nduties:\n" duties_
#define BROKEN_DUTY(more_) BROKEN_DUTIES("  - {id: X-1, article: \"1\", who: bureau, duty: {zh: 甲, en: A}, " more_ "}\n")
#define BROKEN_REPORT(period_, section_) "id: x\n" BROKEN_TITLE "law: [A-1]\nperiod: " period_ "\nsections:\n  - " section_ "\n"
#define BROKEN_QUALITY(rule_) "id: x\n" BROKEN_TITLE "law: [A-1]\nresource: r\nrules:\n  - " rule_ "\n"
#define BROKEN_IN_MAILBOX .file = "procedures/mailbox_request.yaml"
#define BROKEN_IN_SHARING .file = "procedures/sharing_application.yaml"
#define BROKEN_IN_TERMINALS .file = "registers/terminals.yaml"
#define BROKEN_IN_ROOM .file = "checks/room_security.yaml"
#define BROKEN_IN_DEZHOU .file = "packs/dezhou.yaml"

static const BrokenRule broken_rules[] = {
	/* procedures */
	{ "a key misspelt", BROKEN_IN_MAILBOX, "opener: r", "opner: r", "opner: unknown key; known here: .*opener" },
	{ "a key missing", BROKEN_IN_MAILBOX, "opener: requester\n", "", "opener: missing; add it", "id: " },
	{ "a word for a list", BROKEN_IN_MAILBOX, "parties: [organization]", "parties: organization", "parties: \"organization\" is not a list.*; write" },
	{ "a procedure in one language", BROKEN_IN_MAILBOX, ", en: Request for a mailbox}", "}", "en: missing in title; add it" },
	{ "a step in one language", BROKEN_IN_MAILBOX, "zh: 提交, en: Send,", "zh: 提交,", "en: missing in steps; add it" },
	{ "no such office", BROKEN_IN_MAILBOX, "officer@organization", "offcer@organization", "requester: roles.yaml has no office \"offcer\"; declare it or" },
	{ "no such party", BROKEN_IN_MAILBOX, "officer@organization", "officer@org", "requester: roles.yaml has no party \"org\"; declare it or correct" },
	{ "a party not of this case", BROKEN_IN_MAILBOX, "officer@organization", "officer@provider", "\"provider\" is not under parties.*; add it" },
	{ "no such register", BROKEN_IN_MAILBOX, "{register: mailboxes", "{register: mailbox", "register: there is no register \"mailbox\"; add it or" },
	{ "no such column", BROKEN_IN_MAILBOX, "set: {holder:", "set: {holdr:", "holdr: register \"mailboxes\" has no such field; correct" },
	{ "no such field", BROKEN_IN_MAILBOX, "{holder: {field: holder}", "{holder: {field: holdr}", "\"holdr\" is not declared under form; declare it" },
	{ "what a column cannot keep", BROKEN_IN_MAILBOX, "state: {value: in_use}", "state: {value: open}", "state: register .* cannot keep this there; take" },
	{ "no such parameter", BROKEN_IN_MAILBOX, "parameter: mailbox_answer", "parameter: mail_answer", "no parameter \"mail_answer\"; add it to a pack" },
	{ "a clock of another unit", BROKEN_IN_MAILBOX, "mailbox_answer, unit: working_day", "mailbox_answer, unit: hour", "counts in working_day; name one in" },
	{ "no such state", BROKEN_IN_MAILBOX, "to: requested, by", "to: requestd, by", "to: \"requestd\" is not declared under states; declare it" },
	{ "no such clock", BROKEN_IN_MAILBOX, "start: answer", "start: anser", "start: \"anser\" is not declared under clocks; declare it" },
	{ "no such person", BROKEN_IN_MAILBOX, "tell: [approver]}", "tell: [approvr]}", "tell: \"approvr\" is not declared under people; declare it" },
	{ "no value of the field", BROKEN_IN_MAILBOX, "is: [personal, unit]", "is: [private, unit]", "is: \"private\" is not one of the field's values; correct" },
	{ "no such procedure", .file = "procedures/off_boarding.yaml", "{procedure: mailbox_closure", "{procedure: mail_closure",
		"procedure: there is no procedure \"mail_closure\"; add it or" },
	{ "an effect that is not given what it takes", .file = "procedures/account_request.yaml", "with: {organization: {party: organization}, ", "with: {",
		"with: account.open takes \"organization\"; say" },
	{ "an effect that is given too much", .file = "procedures/account_request.yaml", "until: {field: until}}", "till: {field: until}}", "till: no effect of this step takes it; leave" },
	{ "an effect that is given another thing", .file = "procedures/account_request.yaml", "login: {field: login}, ", "login: {field: offices}, ",
		"login: account.open takes text here; give" },
	{ "a state that nothing reaches", BROKEN_IN_MAILBOX, "  refused:   {zh", "  lost: {zh: 甲, en: A}\n  refused:   {zh", "lost: no step leads into this state; add one" },
	{ "a circle without exit", BROKEN_IN_MAILBOX, "  - {do: withdraw,", "  - {do: stay, zh: 留, en: Stay, from: in_use, to: in_use, by: admin}\n  - {do: withdraw,",
		"in_use: no way leads from here to an end; add a step", "  in_use:" },
	{ "a clock that nothing stops", BROKEN_IN_MAILBOX, "say: reason, stop: answer, tell", "say: reason, tell",
		"answer: runs in state \"refused\", from which no step stops it; stop it", "  answer:" },
	{ "a person who would act twice", BROKEN_IN_SHARING, "officer@provider", "sharing_head@provider",
		"apart: only one person is sharing_head@provider, and would have to act as answerer and as decider; give one role", "apart:" },
	{ "two steps of one name", BROKEN_IN_MAILBOX, "do: refuse,", "do: approve,", "approve: two steps have this name; .*rename one" },
	{ "a walk by no step", BROKEN_IN_MAILBOX, "[approver, approve]", "[approver, aprove]", "walks: there is no such step; write" },
	{ "a walk of nobody", BROKEN_IN_MAILBOX, "[approver, approve]", "[aprover, approve]", "walks: .*role of people; name one" },
	{ "a sample of no field", BROKEN_IN_MAILBOX, "sample: {address", "sample: {adress", "adress: is not declared under form; correct" },
	{ "a sample without a field", BROKEN_IN_MAILBOX, "sample: {address: wang.jianguo@dz.shandong.cn, ", "sample: {", "demands \"address\"; set it", "id: " },
	{ "two reasons of one id", BROKEN_IN_MAILBOX, "{id: second", "{id: not_staff", "id: two reasons have this id; rename one" },
	{ "two procedures of one id", BROKEN_IN_SHARING, "id: sharing_application", "id: mailbox_request", "id: \"mailbox_request\" is declared at .*:3 already; give" },

	/* registers */
	{ "no such type", BROKEN_IN_TERMINALS, "type: ip,", "type: ipv4,", "type: \"ipv4\" is not one of text, .*; write one of" },
	{ "a column in one language", BROKEN_IN_TERMINALS, "zh: 名称, en: Name", "zh: 名称", "en: missing in name; add it" },
	{ "a seat of no office", BROKEN_IN_TERMINALS, "[officer@organization", "[offcer@organization", "write: names an office that roles.yaml has not; declare it" },
	{ "a seat of no party", BROKEN_IN_TERMINALS, "auditor@bureau", "auditor@bureaus", "read: names a party that is neither .*; correct" },
	{ "a key of no field", BROKEN_IN_TERMINALS, "key: [name]", "key: [nam]", "key: names what is not declared under fields; declare it" },
	{ "a renewal by no parameter", BROKEN_IN_TERMINALS, "terminal_check", "terminal_chek", "every: names a parameter that the pack in force has not; add it" },
	{ "a renewal by no date", BROKEN_IN_TERMINALS, "field: checked_on", "field: name", "field: is no field of type date; name one" },
	{ "a bound on what has none", BROKEN_IN_TERMINALS, "{type: ip,", "{type: ip, max: 3,", "max: goes with texts .* and numbers" },
	{ "a name of no value", BROKEN_IN_TERMINALS, "outdated: {zh", "old: {zh", "old: is none of the values; correct" },
	{ "a reference to no register", .file = "registers/network_access.yaml", "of: network_zones", "of: network_zone", "of: no register has this id; add its file" },

	/* checks */
	{ "a register for each that is none", .file = "checks/duty_roster_missing.yaml", "each_has: duty_rosters", "each_has: duty_roster",
		"each_has: rules/registers/ has no \"duty_roster\"; add it" },
	{ "a value that no record has", .file = "checks/crypto_inventory_missing.yaml", "[transport,", "[transprt,",
		"purpose: \"transprt\" is none of the field's values; correct" },
	{ "a field that no record has", .file = "checks/crypto_inventory_missing.yaml", "{purpose:", "{purpse:",
		"purpse: register \"crypto_inventory\" has no such field; correct" },
	{ "a grace in points", .file = "checks/budget_missing.yaml", "first_records", "score_minor", "parameter: parameter \"score_minor\" counts in points; name one in day" },
	{ "offenders called after no field", .file = "checks/budget_missing.yaml", "field: purpose", "field: porpose",
		"field: register \"budgets\" has no field \"porpose\" with names; correct it" },
	{ "offenders called after a field without names", .file = "checks/budget_missing.yaml", "field: purpose", "field: amount", "field: register \"budgets\" has no field \"amount\" with names" },
	{ "offenders called after half of a field", .file = "checks/budget_missing.yaml", "{register: budgets, field: purpose}", "{field: purpose}",
		"subject: \"register\" and \"field\" stand together; add the other" },
	{ "late for no procedure", .file = "checks/late_correction.yaml", "late: correction", "late: corection", "late: rules/procedures/ has no \"corection\"; add it" },
	{ "late by no clock", .file = "checks/late_correction.yaml", "clock: answer", "clock: anser", "clock: procedure \"correction\" has no clock \"anser\"; correct" },
	{ "watched by no rule", .file = "checks/sensitive_misuse.yaml", "sensitive_volume", "sensitive_volum", "watch: rules/watch/ has no \"sensitive_volum\"; add it" },
	{ "points of no parameter", BROKEN_IN_ROOM, "score_minor", "score_small", "parameter: .*no parameter \"score_small\"; add it" },
	{ "a deadline in points", BROKEN_IN_ROOM, "rectify_minor", "score_minor", "parameter: parameter \"score_minor\" counts in points; name one in working_day" },
	{ "two questions of one id", BROKEN_IN_ROOM, "id: escorted", "id: approved", "id: two items have this id; rename one" },
	{ "a way to find that there is not", .file = "checks/zz.yaml", NULL, BROKEN_CHECK("{guess: x}"), "find: has none of the keys sql, .*manual; write one", "find:" },
	{ "advice in one language", .file = "checks/zz.yaml", NULL, BROKEN_CHECK("{sql: x}") "law_: x\n", "law_: unknown key; known here: ", "law_:" },

	/* regulations */
	{ "one duty in two files", .file = "regulations/shijiazhuang_sharing_2020.yaml", "id: 002A-A2a", "id: 000-P2",
		"id: \"000-P2\" is at .*dezhou_opinion_news.yaml:[0-9]+ already; give it another" },
	{ "a restatement of nothing", .file = "regulations/dezhou_annex_cybersecurity_law.yaml", "restates: 001-A18b", "restates: 001-A99",
		"restates: \"001-A99\" is no other duty; correct" },
	{ "an engine without a test", .file = "regulations/zz.yaml", NULL, BROKEN_DUTY("control: {engine: mask}"), "proof: .*proved by a test; name one", "  - {id" },
	{ "a control of no kind", .file = "regulations/zz.yaml", NULL, BROKEN_DUTY("control: {office: x}"), "control: has none of the keys engine, .*; write one", "  - {id" },
	{ "a duty in one language", .file = "regulations/zz.yaml", NULL, BROKEN_DUTIES("  - {id: X-1, article: \"1\", who: bureau, duty: {zh: 甲}}\n"),
		"en: missing in duty; add it", "  - {id" },
	{ "a duty of nobody known", .file = "regulations/dezhou_opinion_news.yaml", "who: department", "who: clerk", "who: \"clerk\" is not one of bureau, .*; write" },

	/* rules of misuse */
	{ "a threshold of no parameter", .file = "watch/off_hours.yaml", "parameter: watch_off_hours", "parameter: watch_hours",
		"parameter: .*no parameter \"watch_hours\"; add it" },
	{ "hours of no parameter", .file = "watch/off_hours.yaml", "parameter: watch_day_end", "parameter: watch_day_over", "no parameter \"watch_day_over\"; add it" },
	{ "per what is not counted", .file = "watch/off_hours.yaml", "per: account", "per: accounts", "per: \"accounts\" is not one of grant, .*; write" },

	/* reports, rules of quality */
	{ "a report without columns", .file = "reports/zz.yaml", NULL, BROKEN_REPORT("year", "{title: {zh: 甲, en: A}, sql: x}"),
		"columns: missing in sections; add it", "  - {title" },
	{ "a report of no period", .file = "reports/zz.yaml", NULL, BROKEN_REPORT("week", "{title: {zh: 甲, en: A}, sql: x, columns: [{id: n, zh: 甲, en: A}]}"),
		"period: \"week\" is not one of month, .*; write", "period:" },
	{ "a rule of quality of no kind", .file = "quality/zz.yaml", NULL, BROKEN_QUALITY("{kind: good, field: a}"), "kind: \"good\" is not one of complete, .*; write", "  - {kind" },
	{ "days of no parameter", .file = "quality/zz.yaml", NULL, BROKEN_QUALITY("{kind: fresh, field: a, days: {parameter: freshness}}"),
		"no parameter \"freshness\"; add it", "  - {kind" },

	/* packs */
	{ "a pack that extends none", BROKEN_IN_DEZHOU, "extends: national", "extends: natonal", "extends: there is no pack \"natonal\"; add it or" },
	{ "a pack that extends itself", BROKEN_IN_DEZHOU, "extends: national", "extends: dezhou", "extends: a circle .*; shorten the chain" },
	{ "two packs that extend each other", .file = "packs/national.yaml", "instruments:", "extends: dezhou\ninstruments:", "extends: a circle .*; shorten the chain",
		"extends:", "packs/dezhou.yaml" },
	{ "one parameter in two units", .file = "packs/shijiazhuang.yaml", "unit: working_day", "unit: day",
		"reply_conditional: unit differs from .*national.yaml:[0-9]+ \\(working_day\\); make them alike", "    title: {zh: 有条件" },
	{ "one parameter in two directions", .file = "packs/shijiazhuang.yaml", "direction: lower", "direction: higher",
		"reply_conditional: direction differs from .*national.yaml:[0-9]+ \\(lower\\); make them alike", "    title: {zh: 有条件" },
	{ "a number in words", BROKEN_IN_DEZHOU, "value: 8", "value: eight", "password_length: is not a whole number of count; write one" },
	{ "a value from nowhere", .file = "packs/shijiazhuang.yaml", "    source: ", "    sauce: ", "sauce: unknown key; known here: .*source" },
	{ "a free choice to be tightened", BROKEN_IN_DEZHOU, "direction: free\n    may_tighten: false", "direction: free\n    may_tighten: true",
		"mail_domains: may_tighten needs a stricter side; write", "    title: {zh: 公务邮箱域名" },

	/* roles, levels */
	{ "neither true nor false", .file = "roles.yaml", "single: true", "single: yes", "single: \"yes\" is not true or false; write" },
	{ "a word for no office", .file = "roles.yaml", "head: [sharing_head,", "head: [sharing_chief,", "head: \"sharing_chief\" is not declared under offices; declare" },
	{ "apart from oneself", .file = "roles.yaml", "[system_admin, security_admin]", "[system_admin, system_admin]", "offices: names the same office twice; name two" },
	{ "apart from no office", .file = "roles.yaml", "[system_admin, security_admin]", "[system_admin, guard]", "offices: \"guard\" is not declared under offices; declare" },
	{ "no such obligation", .file = "levels.yaml", "mask: none", "mask: nothing", "mask: \"nothing\" is not one of none, default, strict; write" },
	{ "a cell missing", .file = "levels.yaml", "      open:        {deny: level_exceeds_scenario}\n", "",
		"level_2: has no cell for scenario \"open\"; write its obligations", "    zh: 二级" },
	{ "two levels of one rank", .file = "levels.yaml", "    rank: 2", "    rank: 1", "level_2: has the rank of another level; ranks run", "    zh: 二级" },

	/* detectors, masks, calendar, profiles */
	{ "a level beyond the last", .file = "detectors/email.yaml", "level: 2", "level: 9", "level: \"9\" is not a whole number from 1 to .*; write" },
	{ "two detectors of one id", .file = "detectors/mac.yaml", "id: mac", "id: email", "id: \"email\" is declared at .*email.yaml:1 already; give it another" },
	{ "an operator with a key of nothing", .file = "masks/keep.yaml", "examples:", "exmaples:", "exmaples: unknown key; known here: .*examples", "  - {spec" },
	{ "a day of another year", .file = "calendar/2026.yaml", "2026-04-04", "2028-04-04", "2028-04-04: is not a day of 2026; put it into the file of its year" },
	{ "a spring of last year", .file = "calendar/2026.yaml", "2026-04-04", "2025-03-04", "2025-03-04: is not a day of 2026; put it into the file of its year" },
	{ "no day at all", .file = "calendar/2026.yaml", "2026-04-04", "2026-02-30", "off: \"2026-02-30\" is not a date .*; write" },
	{ "one day off and made up", .file = "calendar/2026.yaml", "work: [2026-01-04]", "work: [2026-01-01]", "2026-01-01: .*; keep one" },
	{ "a profile that blocks at nothing", .file = "profiles/mail.yaml", "level_3: 50", "level_3: 0", "level_3: \"0\" is not a whole number from 1 .*; write" },
	{ "a profile that says half", .file = "profiles/mail.yaml", "pictures: not_inspected", "pictures: maybe", "pictures: \"maybe\" is not one of .*; write" },

	/* YAML */
	{ "an alias", BROKEN_IN_ROOM, "title: {zh: 机房安全检查, en: Security of the machine room}\n",
		"title: &t {zh: 机房安全检查, en: Security of the machine room}\nadvice: *t\n", "anchors and aliases .* are not used here; write the value out" },
	{ "a tag", BROKEN_IN_ROOM, "severity: minor", "severity: !urgent minor", "YAML tags are not used here; remove" },
	{ "a key twice", BROKEN_IN_ROOM, "severity: minor", "\"severity\": minor\nseverity: minor", "severity: is given twice; keep one", "severity:" },
	{ "a tabulator", BROKEN_IN_ROOM, "severity: minor", "\tseverity: minor", "not YAML: .*; check indentation" },
	{ "a bracket left open", BROKEN_IN_ROOM, "severity: minor", "severity: [minor", "not YAML: .*; check indentation", "find:" },
	{ "no text at all", BROKEN_IN_ROOM, "severity: minor", "severity: \xff\xfe", "not YAML: .*; save the file as UTF-8" },
	{ "two documents", BROKEN_IN_ROOM, "severity: minor", "severity: minor\n---\nid: b", "a second document; one file holds one rule", "---" },
	{ "an empty file", .file = "checks/zz.yaml", NULL, "\n", "the file is empty; write the rule or remove the file" },
	{ "another ending", .file = "checks/zz.yml", NULL, BROKEN_CHECK("{sql: x}"), "would not be read; name it .yaml", .no_line = TRUE },
	{ "a folder of no kind", .file = "procedurs/zz.yaml", NULL, "id: zz\n", "no such kind of rule; known are .*procedures/", .in = "procedurs", .no_line = TRUE },
};

/* ---- a copy of the tree with the change in it ---- */

/* Everything of @from into @to as links, but @except. */
static inline void
broken_link(const char *from, const char *to, const char *except)
{
	g_autoptr(GDir) dir = g_dir_open(from, 0, NULL);
	const char *name;

	g_assert_cmpint(g_mkdir_with_parents(to, 0700), ==, 0);
	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *target = g_build_filename(from, name, NULL), *link = g_build_filename(to, name, NULL);

		if (strcmp(name, except) != 0)
			g_assert_cmpint(symlink(target, link), ==, 0);
	}
}

static inline guint
broken_line(const char *text, const char *at)
{
	guint line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/* The line that begins with @at; one that is not there is a mistake of the table. */
static inline guint
broken_line_with(const char *text, const char *at)
{
	g_autofree char *after = g_strdup_printf("\n%s", at);
	const char *found = g_str_has_prefix(text, at) ? text : strstr(text, after);

	if (found == NULL)
		g_error("no line begins with \"%s\"", at);
	return broken_line(text, found) + (found != text);
}

/* Writes the changed file; its place, "file:line", as it must be named. */
static inline char *
broken_write(const BrokenRule *rule, const char *tree, const char *copy)
{
	g_autofree char *from = g_build_filename(tree, rule->file, NULL), *to = g_build_filename(copy, rule->file, NULL), *whole = NULL, *text = NULL;
	g_autofree char *other = rule->in != NULL ? g_build_filename(tree, rule->in, NULL) : NULL, *named = NULL;
	const char *at = NULL, *shown = rule->in != NULL ? rule->in : rule->file;
	guint line;

	if (rule->old == NULL)
		text = g_strdup(rule->new);
	else {
		g_assert_true(g_file_get_contents(from, &whole, NULL, NULL));
		if ((at = strstr(whole, rule->old)) == NULL)
			g_error("%s: %s has no \"%s\"", rule->why, rule->file, rule->old);
		text = g_strdup_printf("%.*s%s%s", (int)(at - whole), whole, rule->new, at + strlen(rule->old));
	}
	g_assert_true(g_file_set_contents(to, text, -1, NULL));
	if (rule->no_line)
		return g_build_filename(copy, shown, NULL);
	if (other != NULL)
		g_assert_true(g_file_get_contents(other, &named, NULL, NULL));
	if (rule->at != NULL)
		line = broken_line_with(named != NULL ? named : text, rule->at);
	else
		line = at != NULL ? broken_line(whole, at) : 1;
	return g_strdup_printf("%s/%s:%u", copy, shown, line);
}

/* A directory of rules that is the tree's but for @rule. *@place_out: what the message must begin with. */
static inline char *
broken_make(const BrokenRule *rule, char **place_out)
{
	g_autofree char *tree = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);
	g_autofree char *folder = g_path_get_dirname(rule->file), *name = g_path_get_basename(rule->file);
	gboolean single = strcmp(folder, ".") == 0;
	char *copy = g_dir_make_tmp("fengni-broken-XXXXXX", NULL);

	broken_link(tree, copy, single ? name : folder);
	if (!single) {
		g_autofree char *from = g_build_filename(tree, folder, NULL), *to = g_build_filename(copy, folder, NULL);

		broken_link(from, to, name);
	}
	*place_out = broken_write(rule, tree, copy);
	return copy;
}

/* Links are removed, not what they name. */
static inline void
broken_remove(const char *path)
{
	g_autoptr(GDir) dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *below = g_build_filename(path, name, NULL);

		broken_remove(below);
	}
	g_remove(path);
}
