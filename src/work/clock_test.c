/* Deadlines in working days, from 2026-02-12 over the Spring Festival. */
#include "work/fixture.h"

#include <glib/gstdio.h>

static json_t *
clock_of(Fixture *fixture, const char *id, const char *name, gint64 now)
{
	json_t *shown = fn_work_show(fixture->work, fixture->db, id, fixture->actor[EVE], now, NULL);
	json_t *found = NULL, *clock;
	gsize i;

	json_array_foreach(json_object_get(shown, "clocks"), i, clock)
		if (strcmp(json_string_value(json_object_get(clock, "name")), name) == 0)
			found = json_incref(clock);
	json_decref(shown);
	return found;
}

static void
expect_clock(Fixture *fixture, const char *id, const char *name, gint64 now, const char *state, const char *due, gint64 left)
{
	json_t *clock = clock_of(fixture, id, name, now);

	g_assert_nonnull(clock);
	g_assert_cmpstr(json_string_value(json_object_get(clock, "state")), ==, state);
	g_assert_cmpstr(json_string_value(json_object_get(clock, "due")), ==, due);
	g_assert_cmpint(json_integer_value(json_object_get(clock, "left")), ==, left);
	json_decref(clock);
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

static gsize
notices(Fixture *fixture, Who who, const char *kind)
{
	json_t *list = fn_work_notices(fixture->work, fixture->db, fixture->actor[who], NOON, NULL);
	gsize n = 0, i;
	json_t *notice;

	json_array_foreach(list, i, notice)
		n += strcmp(json_string_value(json_object_get(notice, "kind")), kind) == 0;
	json_decref(list);
	return n;
}

static char *
sent(Fixture *fixture, gint64 now)
{
	json_t *form = fixture_form();
	char *id;

	json_object_set_new(form, "until", json_string("2027-12-31"));
	id = fixture_open(fixture, "sharing_application", form, ANNA, now, NULL);

	json_decref(form);
	g_assert_true(fixture_step(fixture, id, "consent", NULL, NULL, BO, now, NULL));
	g_assert_true(fixture_step(fixture, id, "send", NULL, NULL, ANNA, now, NULL));
	return id;
}

static void
test_start_and_stop(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autofree char *id = sent(fixture, NOON);

	expect_clock(fixture, id, "reply", NOON, "running", "2026-03-04", 10);
	expect_clock(fixture, id, "reply", NOON + 2 * DAY, "running", "2026-03-04", 8); /* Saturday the 14th is a working day */
	expect_clock(fixture, id, "reply", NOON + 22 * DAY, "running", "2026-03-04", -2);
	g_assert_true(fixture_step(fixture, id, "agree", NULL, NULL, DING, NOON, NULL));
	expect_clock(fixture, id, "reply", NOON, "stopped", "2026-03-04", 10);
	expect_clock(fixture, id, "supply", NOON, "running", "2026-03-18", 20);
}

static void
test_pause(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autofree char *id = sent(fixture, NOON);

	g_assert_true(fixture_step(fixture, id, "ask", "缺少依据", NULL, CHEN, NOON + DAY, NULL)); /* one day used */
	expect_clock(fixture, id, "reply", NOON + 12 * DAY, "paused", "2026-03-04", 9);
	g_assert_cmpint(tick(fixture, NOON + 60 * DAY), ==, 0); /* nothing is late while it rests */
	/* 2026-02-24, the first day after the holidays: nine days from there */
	g_assert_true(fixture_step(fixture, id, "complete", NULL, NULL, ANNA, NOON + 12 * DAY, NULL));
	expect_clock(fixture, id, "reply", NOON + 12 * DAY, "running", "2026-03-06", 9);
}

static void
test_extend(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autofree char *id = sent(fixture, NOON);

	g_assert_true(fixture_step(fixture, id, "allow_extension", "理由成立", NULL, EVE, NOON, NULL));
	g_assert_true(fixture_step(fixture, id, "extend", "数据量大", NULL, DING, NOON, NULL));
	expect_clock(fixture, id, "reply", NOON, "running", "2026-03-18", 20);
}

static void
test_warns_and_finds_once(gconstpointer engine)
{
	static const FnSql count = FIXTURE_SQL("SELECT COUNT(*) FROM work_finding");
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autofree char *id = sent(fixture, NOON);
	g_autofree char *state = NULL;

	g_assert_cmpint(tick(fixture, NOON), ==, 0);
	g_assert_cmpint(tick(fixture, NOON + 15 * DAY), ==, 0); /* 2026-02-27: four days left */
	g_assert_cmpint(tick(fixture, NOON + 16 * DAY), ==, 1); /* 2026-02-28, a made-up workday: three left */
	g_assert_cmpint(tick(fixture, NOON + 17 * DAY), ==, 0);
	g_assert_cmpuint(notices(fixture, DING, "near"), ==, 1);
	g_assert_cmpint(tick(fixture, NOON + 20 * DAY), ==, 0); /* 2026-03-04 itself is in time */
	g_assert_cmpint(tick(fixture, NOON + 21 * DAY), ==, 1);
	g_assert_cmpint(tick(fixture, NOON + 21 * DAY), ==, 0);
	g_assert_cmpuint(notices(fixture, DING, "overdue"), ==, 1);
	g_assert_cmpuint(notices(fixture, EVE, "overdue"), ==, 1);
	g_assert_cmpuint(notices(fixture, ANNA, "overdue"), ==, 0);
	g_assert_cmpint(fn_db_int(fixture->db, &count, FN_NO_BINDS, -1, NULL), ==, 1);
	state = fixture_state(fixture, id); /* and nothing was approved by time-out */
	g_assert_cmpstr(state, ==, "received");
}

/* Late, but no tick came before the answer: the finding stands all the same. */
static void
test_late_at_the_stop(gconstpointer engine)
{
	static const FnSql found = FIXTURE_SQL("SELECT finding FROM work_finding");
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autofree char *id = sent(fixture, NOON);
	g_autofree char *finding = NULL;

	g_assert_true(fixture_step(fixture, id, "agree", NULL, NULL, DING, NOON + 30 * DAY, NULL));
	finding = fn_db_text(fixture->db, &found, FN_NO_BINDS, NULL);
	g_assert_cmpstr(finding, ==, "late_answer");
}

static char *
told(Fixture *fixture)
{
	json_t *parties = json_pack("{s:s}", "organization", "provider");
	json_t *form = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "breach", "超出授权用途使用共享数据，经责令未改。", "article", "国务院令第809号第四十条",
		"gravity", "major", "correct", "停止超范围使用并报告", "person", "承办科室负责人", "leader", "分管负责人");
	g_autoptr(GError) error = NULL;
	char *id;

	g_assert_true(fn_db_begin(fixture->db, NULL));
	id = fn_work_open(fixture->work, fixture->db, "sanction", "s-1", parties, form, fixture->actor[EVE], NOON, &error);
	g_assert_no_error(error);
	g_assert_true(fn_db_commit(fixture->db, NULL));
	g_assert_true(fixture_step(fixture, id, "tell", NULL, NULL, EVE, NOON, &error));
	g_assert_no_error(error);
	json_decref(form);
	json_decref(parties);
	return id;
}

static void
expect_state(Fixture *fixture, const char *id, const char *wanted)
{
	g_autofree char *state = fixture_state(fixture, id);

	g_assert_cmpstr(state, ==, wanted);
}

/* What a procedure gives to the platform once a clock ran out happens then, once, and not before; nobody else can do it. */
static void
test_by_itself(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autofree char *id = told(fixture);
	g_autoptr(GError) error = NULL;

	g_assert_cmpint(tick(fixture, NOON + DAY), ==, 0);
	expect_state(fixture, id, "told");
	g_assert_false(fixture_step(fixture, id, "unheard", "x", NULL, EVE, NOON + DAY, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_OFFICE);
	g_clear_error(&error);
	tick(fixture, NOON + 30 * DAY);
	expect_state(fixture, id, "heard");
	expect_clock(fixture, id, "hearing", NOON + 30 * DAY, "stopped", "2026-02-26", -12);
	g_assert_cmpint(tick(fixture, NOON + 60 * DAY), ==, 0);
	expect_state(fixture, id, "heard");
	g_assert_true(fn_work_audit(fixture->work, fixture->db, id, &error));
	g_assert_no_error(error);
}

/* Who was in time, or late but before the tick, is not overtaken by it. */
static void
test_by_itself_too_late(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autofree char *id = told(fixture);

	g_assert_true(fixture_step(fixture, id, "defend", "已自行纠正", NULL, DING, NOON + 30 * DAY, NULL));
	tick(fixture, NOON + 60 * DAY);
	expect_state(fixture, id, "heard");
}

/* A year without a notice is provisional; when the notice comes, the date moves and the history says so. */
static void
test_recomputes(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	gint64 december = NOON + 315 * DAY; /* 2026-12-24 */
	g_autofree char *id = sent(fixture, december);
	g_autofree char *more = g_dir_make_tmp("fengni-rules-XXXXXX", NULL);
	g_autofree char *folder = g_build_filename(more, "calendar", NULL);
	g_autofree char *file = g_build_filename(folder, "2027.yaml", NULL);
	g_autofree char *directory = fn_rules_directory(NULL);
	g_autoptr(GError) error = NULL;
	json_t *clock = clock_of(fixture, id, "reply", december);

	g_assert_cmpstr(json_string_value(json_object_get(clock, "due")), ==, "2027-01-07");
	g_assert_true(json_is_true(json_object_get(clock, "provisional")));
	json_decref(clock);
	g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
	g_assert_true(g_file_set_contents(file, "id: 2027\ntitle: {zh: 测试, en: Test}\nnotice: [test]\nsource: [test]\nholidays:\n"
		"  - {zh: 元旦, en: New Year, off: [2027-01-01, 2027-01-02, 2027-01-03]}\n", -1, NULL));
	fn_work_free(fixture->work);
	fixture->rules = fixture->own = fn_rules_load(directory, "national", more, &error);
	g_assert_no_error(error);
	fixture->work = fn_work_new(fixture->rules, fixture_effects, &fixture->effects, NULL);
	tick(fixture, december);
	clock = clock_of(fixture, id, "reply", december);
	g_assert_cmpstr(json_string_value(json_object_get(clock, "due")), ==, "2027-01-08");
	g_assert_false(json_is_true(json_object_get(clock, "provisional")));
	json_decref(clock);
	g_assert_cmpuint(notices(fixture, DING, "recomputed"), ==, 1);
	g_assert_true(fn_work_audit(fixture->work, fixture->db, id, &error));
	g_assert_cmpint(g_unlink(file), ==, 0);
	g_assert_cmpint(g_rmdir(folder), ==, 0);
	g_assert_cmpint(g_rmdir(more), ==, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/clock/start-and-stop", test_start_and_stop);
	fn_test_add("/clock/pause", test_pause);
	fn_test_add("/clock/extend", test_extend);
	fn_test_add("/clock/warns-and-finds-once", test_warns_and_finds_once);
	fn_test_add("/clock/late-at-the-stop", test_late_at_the_stop);
	fn_test_add("/clock/recomputes", test_recomputes);
	fn_test_add("/clock/by-itself", test_by_itself);
	fn_test_add("/clock/by-itself-too-late", test_by_itself_too_late);
	return g_test_run();
}
