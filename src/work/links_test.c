/* What a procedure may ask beyond states and offices, on one that asks for everything. */
#include "work/fixture.h"

#include <glib/gstdio.h>

#define HOUR (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC)
#define PACK "id: trial\ntitle: {zh: 试验, en: Trial}\nextends: national\nparameters:\n" \
	PARAMETER("trial_hours", "4", "hour") PARAMETER("trial_days", "10", "day") PARAMETER("trial_big", "2", "working_day") \
	PARAMETER("trial_small", "5", "working_day")
#define PARAMETER(name_, value_, unit_) "  " name_ ": {title: {zh: 甲, en: A}, value: " value_ ", unit: " unit_ \
	", direction: lower, may_tighten: false, source: S}\n"
#define STATE(name_) "  " name_ ": {zh: 甲, en: A}\n"
#define STEP(rest_) "  - {zh: 走, en: Go, " rest_ "}\n"

#define TRIAL "id: trial\ntitle: {zh: 试验, en: Trial}\nlaw: [A-1]\nparties: [organization]\nopener: [drafter, platform]\n" \
	"form:\n  grade: {type: enum, values: [big, small], zh: 级, en: Grade}\n  note: {type: text, zh: 注, en: Note}\n" \
	"people:\n  drafter: officer@organization\n  head: head@organization\n  police: officer@police\n  platform: platform@platform\n" \
	"apart: [[drafter, head]]\nstates:\n" STATE("draft") STATE("sent") STATE("big") STATE("done") \
	"clocks:\n  quick: {parameter: trial_hours, unit: hour, warn: 1, zh: 快, en: Quick}\n" \
	"  slow: {parameter: trial_days, unit: day, warn: 2, zh: 慢, en: Slow}\n" \
	"  chosen: {of: grade, parameters: {big: trial_big, small: trial_small}, unit: working_day, zh: 选, en: Chosen}\n" \
	"reasons:\n  - {id: incomplete, zh: 不全, en: Incomplete}\n" \
	"steps:\n" \
	STEP("do: edit, from: draft, by: drafter, may: true, fields: all") \
	STEP("do: send, from: draft, to: sent, by: drafter, start: [quick, slow, chosen], tell: [police]") \
	STEP("do: raise, from: sent, to: big, by: police, when: {field: grade, is: [big]}, stop: [quick]") \
	STEP("do: settle, from: sent, to: done, by: head, when: {field: grade, is: [small]}, stop: [quick, slow, chosen], " \
		"record: {register: trials, do: add, key: {name: {value: case}}, set: {note: {field: note}}}") \
	STEP("do: refuse, from: sent, to: done, by: head, may: true, say: reason, stop: [quick, slow, chosen]") \
	STEP("do: remark, from: sent, by: head, may: true, fields: [note], fill: [note]") \
	STEP("do: hold, from: sent, by: head, may: true, pause: [quick]") \
	STEP("do: more, from: sent, by: head, may: true, extend: {quick: trial_hours}") \
	STEP("do: close, from: big, to: done, by: head, attach: [report], sign: true, stop: [slow, chosen], tell: [drafter], " \
		"opens: {procedure: child, set: {origin: {value: case}, matter: {field: note}}}") \
	"overdue:\n  quick: {tell: [head], finding: too_slow}\n"

#define CHILD "id: child\ntitle: {zh: 试验, en: Trial}\nlaw: [A-1]\nparties: [organization]\nopener: [head, platform]\nrestricted: true\n" \
	"form:\n  origin: {type: case, required: true, zh: 原, en: Origin}\n  matter: {type: text, min: 4, required: true, zh: 事, en: Matter}\n" \
	"people:\n  head: sharing_head@organization\n  platform: platform@platform\nstates:\n" STATE("open") STATE("done") \
	"start: found\nclocks:\n  found: {parameter: trial_hours, unit: hour, warn: 1, zh: 快, en: Found}\n" \
	"steps:\n" STEP("do: end, from: open, to: done, by: head, stop: found, tell: [head]") \
	"overdue:\n  found: {tell: [head], finding: found_too_slow}\n"

#define TRIALS "id: trials\ntitle: {zh: 试验, en: Trial}\nlaw: [A-1]\nscope: city\nwrite: [officer@bureau]\nkey: [name]\nfields:\n" \
	"  name: {type: text, required: true, zh: 名, en: Name}\n  note: {type: text, zh: 注, en: Note}\n"

static const char *const files[][2] = { { "packs/trial.yaml", PACK }, { "procedures/trial.yaml", TRIAL }, { "procedures/child.yaml", CHILD },
	{ "registers/trials.yaml", TRIALS } };

static FnRules *
trial_read(void)
{
	g_autofree char *more = g_dir_make_tmp("fengni-rules-XXXXXX", NULL), *directory = fn_rules_directory(NULL);
	g_autoptr(GError) error = NULL;
	FnRules *rules;

	for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(more, files[i][0], NULL), *folder = g_path_get_dirname(path);

		g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
		g_assert_true(g_file_set_contents(path, files[i][1], -1, NULL));
	}
	rules = fn_rules_load(directory, "trial", more, &error);
	g_assert_no_error(error);
	for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(more, files[i][0], NULL), *folder = g_path_get_dirname(path);

		g_assert_cmpint(g_unlink(path), ==, 0);
		g_rmdir(folder);
	}
	g_assert_cmpint(g_rmdir(more), ==, 0);
	return rules;
}

/* The fixture with the trial's rules; these are read once, so nothing of them stays on the disk. */
static Fixture *
trial_new(gconstpointer engine)
{
	static FnRules *trial;
	Fixture *fixture = fixture_new(engine);
	g_autoptr(GError) error = NULL;

	if (trial == NULL)
		trial = trial_read();
	fn_work_free(fixture->work);
	fixture->rules = trial;
	fixture->work = fn_work_new(fixture->rules, fixture_effects, &fixture->effects, &error);
	g_assert_no_error(error);
	g_free(fixture->actor[GU]->organization_kind); /* the stranger is the police */
	fixture->actor[GU]->organization_kind = g_strdup("regulator");
	fixture->actor[GU]->authority = g_strdup("police");
	return fixture;
}

static char *
trial_open(Fixture *fixture, const char *grade, const char *subject, GError **error)
{
	json_t *parties = json_pack("{s:s}", "organization", "consumer"), *form = json_pack("{s:s*, s:s}", "grade", grade, "note", "试一试看");
	char *id;

	g_assert_true(fn_db_begin(fixture->db, NULL));
	id = fn_work_open(fixture->work, fixture->db, "trial", subject, parties, form, fixture->actor[ANNA], NOON, error);
	g_assert_true(fn_db_commit(fixture->db, NULL));
	json_decref(parties);
	json_decref(form);
	return id;
}

static char *
trial_sent(Fixture *fixture, const char *grade)
{
	g_autoptr(GError) error = NULL;
	char *id = trial_open(fixture, grade, "s", &error);

	g_assert_no_error(error);
	fixture_step(fixture, id, "send", NULL, NULL, ANNA, NOON, &error);
	g_assert_no_error(error);
	return id;
}

static json_t *
shown_to(Fixture *fixture, const char *id, Who who, gint64 now)
{
	return fn_work_show(fixture->work, fixture->db, id, fixture->actor[who], now, NULL);
}

static json_t *
action_of(Fixture *fixture, const char *id, const char *step, Who who)
{
	json_t *shown = shown_to(fixture, id, who, NOON), *found = NULL, *action;
	size_t i;

	json_array_foreach(json_object_get(shown, "allowed_actions"), i, action)
		if (g_strcmp0(json_string_value(json_object_get(action, "do")), step) == 0)
			found = json_incref(action);
	json_decref(shown);
	return found;
}

static gboolean
may(Fixture *fixture, const char *id, const char *step, Who who)
{
	json_t *action = action_of(fixture, id, step, who);
	gboolean found = action != NULL;

	json_decref(action);
	return found;
}

static gint64
tick(Fixture *fixture, gint64 now)
{
	g_autoptr(GError) error = NULL;
	gint64 marked;

	g_assert_true(fn_db_begin(fixture->db, NULL));
	marked = fn_work_tick(fixture->work, fixture->db, now, &error);
	g_assert_no_error(error);
	g_assert_true(fn_db_commit(fixture->db, NULL));
	return marked;
}

static void
expect_audited(Fixture *fixture, const char *id)
{
	g_autoptr(GError) error = NULL;

	fn_work_audit(fixture->work, fixture->db, id, &error);
	g_assert_no_error(error);
}

/* ---- guards ---- */

static void
test_guards(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = trial_new(engine);
	g_autofree char *id = trial_sent(fixture, "small");
	g_autoptr(GError) error = NULL;

	g_assert_true(may(fixture, id, "settle", BO));
	g_assert_false(may(fixture, id, "raise", GU));
	g_assert_false(fixture_step(fixture, id, "raise", NULL, NULL, GU, NOON, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE);
	g_assert_nonnull(strstr(error->message, "only when grade is one of: big"));
	g_clear_error(&error);
	g_assert_true(fixture_step(fixture, id, "settle", NULL, NULL, BO, NOON, &error));
	g_assert_no_error(error);
	g_assert_cmpstr(fixture->effects.ran->str, ==, "record>done ");
	expect_audited(fixture, id);
}

/* ---- clocks ---- */

static json_t *
clock_of(Fixture *fixture, const char *id, const char *name, gint64 now)
{
	json_t *shown = shown_to(fixture, id, BO, now), *clock, *found = NULL;
	size_t i;

	json_array_foreach(json_object_get(shown, "clocks"), i, clock)
		if (g_strcmp0(json_string_value(json_object_get(clock, "name")), name) == 0)
			found = json_incref(clock);
	json_decref(shown);
	g_assert_nonnull(found);
	return found;
}

static void
expect_clock(Fixture *fixture, const char *id, const char *name, gint64 now, const char *due_at, gint64 left, const char *unit)
{
	json_t *clock = clock_of(fixture, id, name, now);

	g_assert_cmpstr(json_string_value(json_object_get(clock, "due_at")), ==, due_at);
	g_assert_cmpint(json_integer_value(json_object_get(clock, "left")), ==, left);
	g_assert_cmpstr(json_string_value(json_object_get(clock, "unit")), ==, unit);
	json_decref(clock);
}

static void
test_units(gconstpointer engine)
{
	static const FnSql finding = FIXTURE_SQL("SELECT COUNT(*) FROM work_finding WHERE finding = 'too_slow'");
	static const FnSql looks = FIXTURE_SQL("SELECT COUNT(*) FROM work_clock WHERE look_at < 9223372036854775807");
	g_autoptr(Fixture) fixture = trial_new(engine);
	g_autofree char *id = trial_sent(fixture, "big"), *other = trial_sent(fixture, "small");

	/* 2026-02-12 10:00 in China; a day's clock ends with the day */
	expect_clock(fixture, id, "quick", NOON, "2026-02-12T06:00:00.000000Z", 4, "hour");
	expect_clock(fixture, id, "slow", NOON, "2026-02-22T16:00:00.000000Z", 10, "day");
	expect_clock(fixture, id, "chosen", NOON, "2026-02-14T16:00:00.000000Z", 2, "working_day");
	expect_clock(fixture, other, "chosen", NOON, "2026-02-26T16:00:00.000000Z", 5, "working_day");
	g_assert_cmpint(tick(fixture, NOON + 3 * HOUR - 1), ==, 0);
	g_assert_cmpint(tick(fixture, NOON + 3 * HOUR), ==, 2); /* an hour before the end, of both cases */
	g_assert_cmpint(tick(fixture, NOON + 4 * HOUR - 1), ==, 0);
	g_assert_cmpint(tick(fixture, NOON + 4 * HOUR), ==, 2);
	g_assert_cmpint(fn_db_int(fixture->db, &finding, FN_NO_BINDS, -1, NULL), ==, 2);
	g_assert_cmpint(tick(fixture, NOON + 4 * HOUR), ==, 0);
	g_assert_cmpint(fn_db_int(fixture->db, &looks, FN_NO_BINDS, -1, NULL), ==, 4); /* slow and chosen; quick is late for good */
}

/* Rows written before moments were kept: the first tick works them out. */
static void
test_old_rows(gconstpointer engine)
{
	static const FnSql clocks = FIXTURE_SQL("UPDATE work_clock SET due_at = 0, look_at = 0 WHERE name = 'slow'");
	static const FnSql others = FIXTURE_SQL("UPDATE work_clock SET state = 'stopped', look_at = 9223372036854775807 WHERE name <> 'slow'");
	static const FnSql cases = FIXTURE_SQL("UPDATE work_case SET due_at = 9223372036854775807");
	static const FnSql waiting = FIXTURE_SQL("UPDATE work_waiting SET due_at = 9223372036854775807");
	static const FnSql unlooked = FIXTURE_SQL("SELECT COUNT(*) FROM work_clock WHERE look_at = 0");
	static const FnSql undue = FIXTURE_SQL("SELECT COUNT(*) FROM work_case WHERE due_at = 9223372036854775807");
	const FnSql *const all[] = { &clocks, &others, &cases, &waiting };
	g_autoptr(Fixture) fixture = trial_new(engine);
	g_autofree char *id = trial_sent(fixture, "big");

	for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
		g_assert_true(fn_db_exec(fixture->db, all[i], FN_NO_BINDS, NULL, NULL));
	expect_clock(fixture, id, "slow", NOON, "2026-02-22T16:00:00.000000Z", 10, "day");
	g_assert_cmpint(tick(fixture, NOON), ==, 0);
	g_assert_cmpint(fn_db_int(fixture->db, &unlooked, FN_NO_BINDS, -1, NULL), ==, 0);
	g_assert_cmpint(fn_db_int(fixture->db, &undue, FN_NO_BINDS, -1, NULL), ==, 0);
	expect_audited(fixture, id);
}

static void
test_hold_and_extend(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = trial_new(engine);
	g_autofree char *id = trial_sent(fixture, "big");
	g_autoptr(GError) error = NULL;

	g_assert_true(fixture_step(fixture, id, "more", NULL, NULL, BO, NOON, &error));
	expect_clock(fixture, id, "quick", NOON, "2026-02-12T10:00:00.000000Z", 8, "hour");
	g_assert_false(fixture_step(fixture, id, "more", NULL, NULL, BO, NOON, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_ONCE);
	g_assert_true(fixture_step(fixture, id, "hold", NULL, NULL, BO, NOON + HOUR * 3 / 2, NULL));
	g_assert_cmpint(tick(fixture, NOON + 20 * HOUR), ==, 0); /* it rests */
	expect_audited(fixture, id);
}

static void
test_choice_missing(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = trial_new(engine);
	g_autofree char *id = trial_open(fixture, NULL, "s", NULL);
	g_autoptr(GError) error = NULL;

	g_assert_false(fixture_step(fixture, id, "send", NULL, NULL, ANNA, NOON, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM);
	g_assert_nonnull(strstr(error->message, "grade"));
}

/* A field that need not be there at first must be by the step that says so, brought with it or before. */
static void
test_fill(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = trial_new(engine);
	g_autofree char *id = trial_sent(fixture, "small");
	json_t *empty = json_pack("{s:n}", "note"), *note = json_pack("{s:s}", "note", "补记"), *form = json_pack("{s:s}", "grade", "big");
	g_autoptr(GError) error = NULL;

	g_assert_true(fixture_step(fixture, id, "remark", NULL, note, BO, NOON, NULL));
	g_assert_true(fixture_step(fixture, id, "remark", NULL, NULL, BO, NOON, NULL));
	g_assert_false(fixture_step(fixture, id, "remark", NULL, empty, BO, NOON, &error)); /* taken out again */
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM);
	g_assert_cmpstr(error->message, ==, "note: is missing");
	g_clear_error(&error);
	g_assert_false(fixture_step(fixture, id, "remark", NULL, form, BO, NOON, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM);
	json_decref(form);
	json_decref(note);
	json_decref(empty);
	expect_audited(fixture, id);
}

/* ---- authority ---- */

static void
test_authority(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = trial_new(engine);
	g_autofree char *id = trial_sent(fixture, "big");
	g_autoptr(GError) error = NULL;
	json_t *inbox = fn_work_inbox(fixture->work, fixture->db, fixture->actor[GU], NOON, &error);
	json_t *notices = fn_work_notices(fixture->work, fixture->db, fixture->actor[GU], NOON, NULL);

	g_assert_cmpuint(json_array_size(inbox), ==, 1);
	g_assert_cmpstr(json_string_value(json_object_get(json_array_get(inbox, 0), "due_at")), ==, "2026-02-12T06:00:00.000000Z");
	g_assert_cmpuint(json_array_size(notices), ==, 1);
	json_decref(inbox);
	json_decref(notices);
	g_free(fixture->actor[GU]->authority); /* a regulator of something else */
	fixture->actor[GU]->authority = g_strdup("crypto");
	inbox = fn_work_inbox(fixture->work, fixture->db, fixture->actor[GU], NOON, &error);
	g_assert_cmpuint(json_array_size(inbox), ==, 0);
	json_decref(inbox);
	g_assert_null(shown_to(fixture, id, GU, NOON));
	g_assert_false(fixture_step(fixture, id, "raise", NULL, NULL, GU, NOON, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_OFFICE);
	g_clear_pointer(&fixture->actor[GU]->authority, g_free);
	fixture->actor[GU]->authority = g_strdup("police");
	g_assert_true(fixture_step(fixture, id, "raise", NULL, NULL, GU, NOON, NULL));
	expect_audited(fixture, id);
}

/* ---- signatures, attachments, linked cases ---- */

static char *
raised(Fixture *fixture)
{
	char *id = trial_sent(fixture, "big");

	g_assert_true(fixture_step(fixture, id, "raise", NULL, NULL, GU, NOON, NULL));
	return id;
}

static gboolean
close_with(Fixture *fixture, const char *id, const char *seen, gboolean confirmed, GError **error)
{
	const FnWorkTaking how = { .seen = seen, .confirmed = confirmed };
	gboolean taken;

	g_assert_true(fn_db_begin(fixture->db, NULL));
	taken = fn_work_take(fixture->work, fixture->db, id, "close", &how, fixture->actor[BO], NOON, error);
	if (taken)
		g_assert_true(fn_db_commit(fixture->db, NULL));
	else
		fn_db_rollback(fixture->db);
	return taken;
}

static void
attach(Fixture *fixture, const char *id, const char *kind)
{
	g_assert_true(fn_db_begin(fixture->db, NULL));
	fixture_attach(fixture->db, id, kind, fixture->actor[BO], NOON);
	g_assert_true(fn_db_commit(fixture->db, NULL));
}

static char *
digest_of(Fixture *fixture, const char *id)
{
	json_t *action = action_of(fixture, id, "close", BO);
	char *digest = g_strdup(json_string_value(json_object_get(action, "digest")));

	g_assert_true(json_is_true(json_object_get(action, "sign")));
	g_assert_cmpuint(strlen(digest), ==, 64);
	json_decref(action);
	return digest;
}

static void
test_signature(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = trial_new(engine);
	g_autofree char *id = raised(fixture), *before = NULL, *digest = NULL;
	const struct {
		const char *seen;
		gboolean confirmed;
		const char *says;
	} bad[] = { { NULL, TRUE, "confirm it with your password" }, { "", TRUE, "not what you saw" }, { "00", TRUE, "not what you saw" } };
	g_autoptr(GError) error = NULL;
	json_t *shown, *event;

	g_assert_false(close_with(fixture, id, NULL, TRUE, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_NEEDS);
	g_assert_nonnull(strstr(error->message, "\"report\""));
	g_clear_error(&error);
	attach(fixture, id, "picture");
	g_assert_false(close_with(fixture, id, NULL, TRUE, NULL));
	before = digest_of(fixture, id);
	attach(fixture, id, "report");
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_assert_false(close_with(fixture, id, bad[i].seen, bad[i].confirmed, &error));
		g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_SIGN);
		g_assert_nonnull(strstr(error->message, bad[i].says));
		g_clear_error(&error);
	}
	g_assert_false(close_with(fixture, id, before, TRUE, &error)); /* something was attached since */
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_SIGN);
	g_clear_error(&error);
	digest = digest_of(fixture, id);
	g_assert_false(close_with(fixture, id, digest, FALSE, &error)); /* no password */
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_SIGN);
	g_clear_error(&error);
	g_assert_true(close_with(fixture, id, digest, TRUE, &error));
	g_assert_no_error(error);
	shown = shown_to(fixture, id, BO, NOON);
	event = json_array_get(json_object_get(shown, "history"), json_array_size(json_object_get(shown, "history")) - 1);
	g_assert_cmpstr(json_string_value(json_object_get(event, "signed")), ==, digest);
	g_assert_cmpuint(json_array_size(json_object_get(shown, "attachments")), ==, 2);
	json_decref(shown);
	expect_audited(fixture, id);
}

/* The history is only added to; who gets past that is found by the replay. */
static void
test_forged_signature(gconstpointer engine)
{
	static const FnSql unguard_sqlite = FIXTURE_SQL("DROP TRIGGER work_history_kept");
	static const FnSql unguard_postgres = FIXTURE_SQL("DROP TRIGGER work_history_kept ON work_history");
	static const FnSql forge = FIXTURE_SQL("UPDATE work_history SET seen = '[]' WHERE step = 'close'");
	g_autoptr(Fixture) fixture = trial_new(engine);
	g_autofree char *id = raised(fixture), *digest = NULL;
	g_autoptr(GError) error = NULL;

	attach(fixture, id, "report");
	digest = digest_of(fixture, id);
	g_assert_true(close_with(fixture, id, digest, TRUE, NULL));
	g_assert_false(fn_db_exec(fixture->db, &forge, FN_NO_BINDS, NULL, NULL));
	g_assert_true(fn_db_exec(fixture->db, fn_db_is_postgres(fixture->db) ? &unguard_postgres : &unguard_sqlite, FN_NO_BINDS, NULL, NULL));
	g_assert_true(fn_db_exec(fixture->db, &forge, FN_NO_BINDS, NULL, NULL));
	g_assert_false(fn_work_audit(fixture->work, fixture->db, id, &error));
	g_assert_nonnull(strstr(error->message, "something else was signed"));
}

static char *
child_of(Fixture *fixture, const char *id)
{
	json_t *shown = shown_to(fixture, id, BO, NOON), *history = json_object_get(shown, "history");
	json_t *linked = json_object_get(json_array_get(history, json_array_size(history) - 1), "linked");
	char *child = g_strdup(json_string_value(json_array_get(linked, 0)));

	json_decref(shown);
	return child;
}

static void
test_opens(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = trial_new(engine);
	g_autofree char *id = raised(fixture), *digest = NULL, *child = NULL;
	json_t *shown, *inbox;

	attach(fixture, id, "report");
	digest = digest_of(fixture, id);
	g_assert_true(close_with(fixture, id, digest, TRUE, NULL));
	child = child_of(fixture, id);
	g_assert_nonnull(child);
	shown = shown_to(fixture, child, BO, NOON);
	g_assert_cmpstr(json_string_value(json_object_get(json_object_get(shown, "form"), "origin")), ==, id);
	g_assert_cmpstr(json_string_value(json_object_get(json_object_get(shown, "parties"), "organization")), ==, "consumer");
	g_assert_cmpstr(json_string_value(json_array_get(json_object_get(json_array_get(json_object_get(shown, "history"), 0), "linked"), 0)),
		==, id);
	json_decref(shown);
	g_assert_null(shown_to(fixture, child, ANNA, NOON)); /* restricted: her organization's, but none of its offices */
	g_assert_null(shown_to(fixture, child, GU, NOON));
	inbox = fn_work_inbox(fixture->work, fixture->db, fixture->actor[ANNA], NOON, NULL);
	g_assert_cmpuint(json_array_size(inbox), ==, 0);
	json_decref(inbox);
	expect_audited(fixture, id);
	expect_audited(fixture, child);
}

/* A clock that the procedure itself starts runs from the opening: the inbox knows it, and it ends late without any step. */
static void
test_opening_starts(gconstpointer engine)
{
	static const FnSql finding = FIXTURE_SQL("SELECT COUNT(*) FROM work_finding WHERE finding = 'found_too_slow'");
	static const FnSql dues = FIXTURE_SQL("SELECT COUNT(*) FROM work_case JOIN work_waiting ON case_id = id "
		"WHERE procedure = 'child' AND work_case.due_at < 9223372036854775807 AND work_waiting.due_at = work_case.due_at");
	g_autoptr(Fixture) fixture = trial_new(engine);
	g_autofree char *id = raised(fixture), *digest = NULL, *child = NULL;

	attach(fixture, id, "report");
	digest = digest_of(fixture, id);
	g_assert_true(close_with(fixture, id, digest, TRUE, NULL));
	child = child_of(fixture, id);
	expect_clock(fixture, child, "found", NOON, "2026-02-12T06:00:00.000000Z", 4, "hour");
	g_assert_cmpint(fn_db_int(fixture->db, &dues, FN_NO_BINDS, -1, NULL), ==, 1);
	tick(fixture, NOON + 3 * HOUR);
	g_assert_cmpint(fn_db_int(fixture->db, &finding, FN_NO_BINDS, -1, NULL), ==, 0);
	tick(fixture, NOON + 5 * HOUR);
	g_assert_cmpint(fn_db_int(fixture->db, &finding, FN_NO_BINDS, -1, NULL), ==, 1);
	expect_audited(fixture, child);
}

/* What cannot be opened keeps the step from being taken. */
static void
test_opens_not(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = trial_new(engine);
	g_autofree char *id = trial_open(fixture, "big", "s", NULL), *digest = NULL;
	json_t *form = json_pack("{s:s}", "note", "短");
	g_autoptr(GError) error = NULL;

	g_assert_true(fixture_step(fixture, id, "edit", NULL, form, ANNA, NOON, NULL));
	json_decref(form);
	g_assert_true(fixture_step(fixture, id, "send", NULL, NULL, ANNA, NOON, NULL));
	g_assert_true(fixture_step(fixture, id, "raise", NULL, NULL, GU, NOON, NULL));
	attach(fixture, id, "report");
	digest = digest_of(fixture, id);
	g_assert_false(close_with(fixture, id, digest, TRUE, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_EFFECT);
	g_assert_nonnull(strstr(error->message, "opening \"child\": matter"));
	expect_audited(fixture, id);
}

static void
test_record_fails(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = trial_new(engine);
	g_autofree char *id = trial_sent(fixture, "small");
	g_autoptr(GError) error = NULL;

	fixture->effects.failing = "record";
	g_assert_false(fixture_step(fixture, id, "settle", NULL, NULL, BO, NOON, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_EFFECT);
	g_assert_nonnull(strstr(error->message, "trials"));
}

/* ---- reasons ---- */

static void
test_reasons(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = trial_new(engine);
	g_autofree char *id = trial_sent(fixture, "small");
	const struct {
		const char *step, *say, *reason;
		gboolean taken;
	} tries[] = { { "refuse", NULL, "incomplete", FALSE }, { "refuse", "缺盖章", "whim", FALSE }, { "settle", NULL, "incomplete", FALSE },
		{ "refuse", "缺盖章", "incomplete", TRUE } };
	json_t *shown, *history;

	for (gsize i = 0; i < G_N_ELEMENTS(tries); i++) {
		const FnWorkTaking how = { .say = tries[i].say, .reason = tries[i].reason };
		g_autoptr(GError) error = NULL;

		g_assert_true(fn_db_begin(fixture->db, NULL));
		g_assert_cmpint(fn_work_take(fixture->work, fixture->db, id, tries[i].step, &how, fixture->actor[BO], NOON, &error), ==, tries[i].taken);
		g_assert_true(tries[i].taken || g_error_matches(error, FN_WORK_ERROR, FN_WORK_ERROR_SAY));
		g_assert_true(fn_db_commit(fixture->db, NULL));
	}
	shown = shown_to(fixture, id, BO, NOON);
	history = json_object_get(shown, "history");
	g_assert_cmpuint(json_array_size(json_object_get(shown, "reasons")), ==, 1);
	g_assert_cmpstr(json_string_value(json_object_get(json_array_get(history, 2), "reason")), ==, "incomplete");
	json_decref(shown);
	expect_audited(fixture, id);
}

/* ---- delegation ---- */

static void
free_delegation(gpointer data)
{
	fn_delegation_free(data);
}

static void
delegate(FnActor *actor, const char *office, const char *account, const char *person)
{
	FnDelegation *delegation = g_new0(FnDelegation, 1);

	*delegation = (FnDelegation){ g_strdup(office), g_strdup(account), g_strdup(person), g_strdup("delegating") };
	g_clear_pointer(&actor->delegations, g_ptr_array_unref);
	actor->delegations = g_ptr_array_new_with_free_func(free_delegation);
	g_ptr_array_add(actor->delegations, delegation);
}

/* HE is an officer with the head's office of somebody else. */
static void
test_delegation(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = trial_new(engine);
	g_autofree char *id = trial_sent(fixture, "small");
	g_autoptr(GError) error = NULL;
	json_t *shown, *event;

	delegate(fixture->actor[HE], "sharing_head", "a-anna", "p-anna"); /* of ANNA, who drafted it */
	g_assert_false(fixture_step(fixture, id, "settle", NULL, NULL, HE, NOON, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_APART);
	delegate(fixture->actor[HE], "sharing_head", "a-bo", "p-bo");
	g_assert_true(fixture_step(fixture, id, "settle", NULL, NULL, HE, NOON, NULL));
	shown = shown_to(fixture, id, BO, NOON);
	event = json_array_get(json_object_get(shown, "history"), 2);
	g_assert_cmpstr(json_string_value(json_object_get(event, "account")), ==, "a-he");
	g_assert_cmpstr(json_string_value(json_object_get(event, "on_behalf")), ==, "a-bo");
	g_assert_cmpstr(json_string_value(json_object_get(event, "on_behalf_name")), ==, "delegating");
	json_decref(shown);
	expect_audited(fixture, id);
}

/* ---- inbox ---- */

static void
test_pages(gconstpointer engine)
{
	enum { CASES = 7 };
	g_autoptr(Fixture) fixture = trial_new(engine);
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *cursor = NULL;
	g_autofree char *last = g_strdup("");
	g_autoptr(GError) error = NULL;
	guint pages = 0;

	for (guint i = 0; i < CASES; i++) {
		g_autofree char *id = trial_open(fixture, "small", "s", NULL);

		g_assert_true(fixture_step(fixture, id, "send", NULL, NULL, ANNA, NOON + (gint64)((i * 3) % CASES) * HOUR, NULL));
	}
	do {
		char *next = NULL;
		json_t *page = fn_work_inbox_page(fixture->work, fixture->db, fixture->actor[BO], cursor, 3, NOON, &next, &error), *line;
		size_t i;

		g_assert_no_error(error);
		json_array_foreach(page, i, line) {
			const char *due = json_string_value(json_object_get(line, "due_at"));

			g_assert_true(g_hash_table_add(seen, g_strdup(json_string_value(json_object_get(line, "id")))));
			g_assert_cmpstr(due, >=, last);
			g_free(last);
			last = g_strdup(due);
		}
		g_assert_cmpuint(json_array_size(page), <=, 3);
		json_decref(page);
		g_free(cursor);
		cursor = next;
		pages++;
	} while (cursor != NULL);
	g_assert_cmpuint(g_hash_table_size(seen), ==, CASES);
	g_assert_cmpuint(pages, ==, 3);
}

static void
test_bad_cursor(gconstpointer engine)
{
	static const char *const bad[] = { "x", "1", ".", "x.y", "99999999999999999999.a", "1.\xff" };
	g_autoptr(Fixture) fixture = trial_new(engine);

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		char *next = NULL;

		g_assert_null(fn_work_inbox_page(fixture->work, fixture->db, fixture->actor[BO], bad[i], 3, NOON, &next, &error));
		g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_FORM);
		g_assert_null(next);
	}
}

static void
test_no_registers(void)
{
	static const FnEffect none[] = { { NULL, NULL } };
	g_autoptr(Fixture) fixture = trial_new("sqlite");
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_work_new(fixture->rules, none, NULL, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_UNKNOWN);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/links/fill", test_fill);
	fn_test_add("/links/guards", test_guards);
	fn_test_add("/links/units", test_units);
	fn_test_add("/links/old-rows", test_old_rows);
	fn_test_add("/links/hold-and-extend", test_hold_and_extend);
	fn_test_add("/links/choice-missing", test_choice_missing);
	fn_test_add("/links/authority", test_authority);
	fn_test_add("/links/signature", test_signature);
	fn_test_add("/links/forged-signature", test_forged_signature);
	fn_test_add("/links/opens", test_opens);
	fn_test_add("/links/opening-starts", test_opening_starts);
	fn_test_add("/links/opens-not", test_opens_not);
	fn_test_add("/links/record-fails", test_record_fails);
	fn_test_add("/links/reasons", test_reasons);
	fn_test_add("/links/delegation", test_delegation);
	fn_test_add("/links/pages", test_pages);
	fn_test_add("/links/bad-cursor", test_bad_cursor);
	g_test_add_func("/links/no-registers", test_no_registers);
	return g_test_run();
}
