/* Inspections: when they may open, what they meet, how a finding lives, who must answer, what is lost. */
#include "oversight/fixture.h"

#include <glib/gstdio.h>

/* ---- rules of a test's own: a manual check of two items ---- */

static char *
own_rules(void)
{
	static const char text[] =
		"id: cupboards\ntitle: {zh: 机柜, en: Cupboards}\nlaw: [003-1a]\nevery: [quarter]\nseverity: minor\n"
		"find:\n  manual:\n    - {id: locked, zh: 是否上锁, en: Are they locked}\n    - {id: dry, zh: 是否防潮, en: Are they dry}\n"
		"finding: {zh: 机柜管理不到位, en: Cupboards are not looked after}\nscore: {parameter: score_minor}\n"
		"fix_within: {parameter: rectify_minor}\nadvice: {zh: 上锁, en: Lock them}\n";
	char *directory = g_dir_make_tmp("oversight-XXXXXX", NULL);
	g_autofree char *folder = g_build_filename(directory, "checks", NULL), *file = g_build_filename(folder, "cupboards.yaml", NULL);

	g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
	g_assert_true(g_file_set_contents(file, text, -1, NULL));
	return directory;
}

static void
drop_rules(char *directory)
{
	g_autofree char *folder = g_build_filename(directory, "checks", NULL), *file = g_build_filename(folder, "cupboards.yaml", NULL);

	g_unlink(file);
	g_rmdir(folder);
	g_rmdir(directory);
	g_free(directory);
}

/* ---- opening ---- */

/* Of a period that has begun and is over for at most fifteen days; the town stands on 2026-09-21. */
static void
test_opening(gconstpointer engine)
{
	static const struct {
		const char *period, *kind, *checks; /* JSON */
		gboolean ofone;
		int code; /* -1: opens */
	} cases[] = {
		{ "2026-09", "routine", NULL, FALSE, -1 },
		{ "2026-H2", "routine", NULL, FALSE, -1 },
		{ "2026", "full", NULL, FALSE, -1 },
		{ "2026-09-21", "routine", NULL, FALSE, -1 },
		{ "2026-09-06", "routine", NULL, FALSE, -1 },
		{ "2026-09-21", "special", "[\"late_answer\"]", FALSE, -1 },
		{ "2026-09-21", "special", "[\"late_answer\"]", TRUE, -1 },
		{ "2026-09-05", "routine", NULL, FALSE, FN_OVERSIGHT_ERROR_STATE },
		{ "2026-08", "routine", NULL, FALSE, FN_OVERSIGHT_ERROR_STATE },
		{ "2026-H1", "full", NULL, FALSE, FN_OVERSIGHT_ERROR_STATE },
		{ "2026-10", "routine", NULL, FALSE, FN_OVERSIGHT_ERROR_STATE },
		{ "2027", "routine", NULL, FALSE, FN_OVERSIGHT_ERROR_STATE },
		{ "next year", "routine", NULL, FALSE, FN_OVERSIGHT_ERROR_INPUT },
		{ NULL, "routine", NULL, FALSE, FN_OVERSIGHT_ERROR_INPUT },
		{ "2026-09", "secret", NULL, FALSE, FN_OVERSIGHT_ERROR_INPUT },
		{ "2026-09", NULL, NULL, FALSE, FN_OVERSIGHT_ERROR_INPUT },
		{ "2026-09", "special", NULL, FALSE, FN_OVERSIGHT_ERROR_INPUT },
		{ "2026-09", "special", "[]", FALSE, FN_OVERSIGHT_ERROR_INPUT },
		{ "2026-09", "special", "[\"no_such\"]", FALSE, FN_OVERSIGHT_ERROR_UNKNOWN },
		{ "2026-09", "special", "[7]", FALSE, FN_OVERSIGHT_ERROR_UNKNOWN },
		{ "2026-09", "routine", NULL, TRUE, FN_OVERSIGHT_ERROR_INPUT },
	};
	g_autoptr(Town) town = town_new(engine, NULL);
	FnOversight at = town_at(town);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		json_t *checks = cases[i].checks != NULL ? json_loads(cases[i].checks, 0, NULL) : NULL;
		g_autoptr(GError) error = NULL;
		json_t *told = fn_inspection_open(&at, cases[i].period, cases[i].kind, cases[i].ofone ? town->city->consumer : NULL, checks,
			town->verifier, &error);

		g_test_message("%s %s: %s", cases[i].period, cases[i].kind, error != NULL ? error->message : "opens");
		if (cases[i].code < 0)
			g_assert_no_error(error);
		else
			g_assert_error(error, FN_OVERSIGHT_ERROR, cases[i].code);
		g_assert_cmpint(told != NULL, ==, cases[i].code < 0);
		json_decref(told);
		json_decref(checks);
	}
}

/* A second call looks again at the same one; the moment is the clock's. */
static void
test_once(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	g_autofree char *first = town_inspect(town, "2026-09", "routine", NULL), *second = NULL, *special = NULL, *other = NULL;
	FnOversight at = town_at(town);
	g_autofree char *moment = fn_time_format(town->now);
	g_autoptr(GError) error = NULL;
	json_t *list;

	town->now += DAY;
	second = town_inspect(town, "2026-09", "routine", NULL);
	g_assert_cmpstr(first, ==, second);
	special = town_inspect(town, "2026-09", "full", NULL);
	other = town_inspect(town, "2026-09", "full", NULL);
	g_assert_cmpstr(special, !=, other);
	list = fn_inspection_list(at.db, &error);
	g_assert_cmpuint(json_array_size(list), ==, 3);
	g_assert_cmpstr(json_string_value(json_object_get(json_array_get(list, 2), "opened_at")), ==, moment);
	json_decref(list);
}

/* ---- the life of a finding ---- */

static json_t *
only(json_t *list)
{
	json_t *one;

	g_assert_cmpuint(json_array_size(list), ==, 1);
	one = json_incref(json_array_get(list, 0));
	json_decref(list);
	return one;
}

static const char *
text(const json_t *object, const char *name)
{
	const char *found = json_string_value(json_object_get(object, name));

	return found != NULL ? found : "";
}

static char *
case_of(const Town *town, const char *check)
{
	json_t *finding = only(town_findings(town, check, "open"));
	char *id = g_strdup(text(finding, "case"));

	json_decref(finding);
	return id;
}

static void
leave(Town *town, gboolean leaves)
{
	g_autoptr(GError) error = NULL;
	static const char *const none[] = { NULL };
	static const FnSql goes = { "t", "DELETE FROM office WHERE office = 'officer' AND account IN (SELECT id FROM account WHERE login = 'asker1')",
		"DELETE FROM office WHERE office = 'officer' AND account IN (SELECT id FROM account WHERE login = 'asker1')", none };

	if (leaves)
		fn_db_exec(town->city->db, &goes, FN_NO_BINDS, NULL, &error);
	else
		fn_people_set_office(town->city->db, town->city->asker->account, "officer", TRUE, &error);
	g_assert_no_error(error);
}

/* One finding until it is closed; verified is not enough, gone is not enough. */
static void
test_life(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	g_autofree char *inspection = NULL, *first = NULL, *again = NULL;
	json_t *finding;

	leave(town, TRUE);
	inspection = town_inspect(town, "2026-09", "routine", NULL);
	finding = only(town_findings(town, "data_officer_missing", NULL));
	g_assert_cmpstr(text(finding, "organization"), ==, town->city->consumer);
	g_assert_cmpstr(text(finding, "severity"), ==, "major");
	g_assert_cmpstr(text(finding, "deadline"), ==, "2026-10-19"); /* fifteen working days; two festivals lie between */
	g_assert_cmpstr(text(finding, "case_state"), ==, "fixing");
	g_assert_cmpstr(text(finding, "inspection"), ==, inspection);
	g_assert_cmpstr(text(finding, "text"), ==, "The organization has no data officer");
	json_decref(finding);

	g_free(town_inspect(town, "2026-09", "routine", NULL));
	json_decref(only(town_findings(town, "data_officer_missing", NULL))); /* the same */
	first = case_of(town, "data_officer_missing");

	/* gone, but nobody has verified it */
	leave(town, FALSE);
	g_free(town_inspect(town, "2026-09", "routine", NULL));
	json_decref(only(town_findings(town, "data_officer_missing", "open")));

	/* verified, but it is there again: another case, the same finding */
	town_rectify(town, first, town->city->asker, town->city->asking_head, town->verifier);
	leave(town, TRUE);
	g_free(town_inspect(town, "2026-09", "routine", NULL));
	finding = only(town_findings(town, "data_officer_missing", "open"));
	g_assert_cmpstr(text(finding, "case"), !=, first);
	g_assert_cmpint(json_integer_value(json_object_get(finding, "reopened")), ==, 1);
	json_decref(finding);
	again = case_of(town, "data_officer_missing");

	/* verified and gone */
	leave(town, FALSE);
	town_rectify(town, again, town->city->asker, town->city->asking_head, town->verifier);
	g_free(town_inspect(town, "2026-09", "routine", NULL));
	json_decref(only(town_findings(town, "data_officer_missing", "closed")));

	/* from now on it would be a new one */
	leave(town, TRUE);
	g_free(town_inspect(town, "2026-09", "routine", NULL));
	finding = only(town_findings(town, "data_officer_missing", "open"));
	g_assert_cmpint(json_integer_value(json_object_get(finding, "reopened")), ==, 0);
	json_decref(finding);
}

/* Who answers for a finding does not verify it; what the bureau has to put right the government verifies. */
static void
test_separation(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	g_autofree char *id = NULL, *own = NULL;
	g_autoptr(GError) error = NULL;
	json_t *list;

	leave(town, TRUE);
	leave(town, FALSE);
	g_free(town_inspect(town, "2026-09", "routine", NULL));
	list = town_findings(town, "editor_reviewer_missing", "open"); /* the consumer's and the bureau's */
	g_assert_cmpuint(json_array_size(list), ==, 2);
	for (size_t i = 0; i < 2; i++) {
		const json_t *one = json_array_get(list, i);

		*(g_str_equal(text(one, "organization"), town->city->bureau) ? &own : &id) = g_strdup(text(one, "case"));
	}
	json_decref(list);
	g_assert_false(fn_work_step(town->work, town->city->db, id, "agree", "好", NULL, town->city->sharing, town->now, &error)); /* another house */
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_OFFICE);
	g_clear_error(&error);
	town_step(town, id, "agree", "已指定", town->city->asking_head);
	town_step(town, id, "submit", "任命文件", town->city->asker);
	g_assert_false(fn_work_step(town->work, town->city->db, id, "verify", "好", NULL, town->city->asker, town->now, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_OFFICE);
	g_clear_error(&error);
	town_step(town, id, "return", "文件未盖章", town->verifier);
	town_rectify(town, id, town->city->asker, town->city->asking_head, town->verifier);
	g_assert_true(fn_work_audit(town->work, town->city->db, id, &error));
	g_assert_false(fn_work_step(town->work, town->city->db, own, "report_up", "情况", NULL, town->verifier, town->now, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_OFFICE);
}

/* ---- manual checks ---- */

static void
answer(const Town *town, const char *id, const char *item, const char *organization, const char *answer_, const char *note, int code)
{
	FnOversight at = town_at(town);
	g_autoptr(GError) error = NULL;
	gboolean done = fn_inspection_answer(&at, id, "cupboards", item, organization, answer_, note, town->verifier, &error);

	if (code < 0)
		g_assert_no_error(error);
	else
		g_assert_error(error, FN_OVERSIGHT_ERROR, code);
	g_assert_cmpint(done, ==, code < 0);
}

static const FnChecked *
look_at(FnLook **look, const Town *town)
{
	FnOversight at = town_at(town);

	fn_look_free(*look);
	*look = fn_look_new(&at);
	return fn_look_check(*look, "cupboards");
}

static void
test_answers(gconstpointer engine)
{
	char *directory = own_rules();
	g_autoptr(Town) town = town_new(engine, directory);
	City *city = town->city;
	g_autofree char *id = town_inspect(town, "2026-Q3", "routine", NULL), *case_id = NULL;
	g_autoptr(FnLook) look = NULL;
	FnOversight at = town_at(town);
	g_autoptr(GError) error = NULL;
	json_t *shown;

	/* never answered: at risk, not met */
	g_assert_cmpuint(look_at(&look, town)->near, ==, 3);
	answer(town, id, "locked", city->provider, "perhaps", NULL, FN_OVERSIGHT_ERROR_INPUT);
	answer(town, id, "locked", city->provider, "no", NULL, FN_OVERSIGHT_ERROR_INPUT);
	answer(town, id, "locked", city->provider, "na", "", FN_OVERSIGHT_ERROR_INPUT);
	answer(town, id, "painted", city->provider, "yes", NULL, FN_OVERSIGHT_ERROR_UNKNOWN);
	answer(town, id, "locked", "nobody", "yes", NULL, FN_OVERSIGHT_ERROR_UNKNOWN);
	answer(town, id, "locked", NULL, "yes", NULL, FN_OVERSIGHT_ERROR_UNKNOWN);
	answer(town, "none", "locked", city->provider, "yes", NULL, FN_OVERSIGHT_ERROR_UNKNOWN);
	answer(town, id, "locked", city->provider, "no", "锁坏了", -1);
	answer(town, id, "dry", city->provider, "yes", NULL, -1);
	answer(town, id, "locked", city->consumer, "na", "没有机柜", -1);
	answer(town, id, "dry", city->consumer, "na", "没有机柜", -1);
	answer(town, id, "locked", city->bureau, "yes", NULL, -1);
	g_assert_cmpuint(look_at(&look, town)->offending, ==, 1);
	g_assert_cmpuint(look_at(&look, town)->near, ==, 1);

	/* what is not answered keeps it open */
	g_assert_false(fn_inspection_close(&at, id, "责令整改", town->verifier, &error));
	g_assert_error(error, FN_OVERSIGHT_ERROR, FN_OVERSIGHT_ERROR_STATE);
	g_assert_nonnull(strstr(error->message, "dry"));
	g_clear_error(&error);
	answer(town, id, "dry", city->bureau, "yes", NULL, -1);
	g_assert_false(fn_inspection_close(&at, id, "", town->verifier, &error));
	g_assert_error(error, FN_OVERSIGHT_ERROR, FN_OVERSIGHT_ERROR_INPUT);
	g_clear_error(&error);
	g_assert_true(fn_inspection_close(&at, id, "责令整改", town->verifier, &error));
	g_assert_no_error(error);
	answer(town, id, "dry", city->bureau, "yes", NULL, FN_OVERSIGHT_ERROR_STATE);
	g_assert_false(fn_inspection_close(&at, id, "再次", town->verifier, &error));
	g_assert_error(error, FN_OVERSIGHT_ERROR, FN_OVERSIGHT_ERROR_STATE);
	shown = fn_inspection_show(&at, id, NULL, TRUE, NULL);
	g_assert_cmpuint(json_array_size(json_object_get(shown, "answers")), ==, 6);
	g_assert_cmpuint(json_array_size(json_object_get(shown, "not_answered")), ==, 0);
	g_assert_cmpuint(json_array_size(json_object_get(shown, "findings")), ==, 1); /* the "no": closing looked once more */
	g_assert_cmpstr(text(shown, "opinion"), ==, "责令整改");
	json_decref(shown);

	/* rectified, and the next quarter's answer is yes */
	case_id = case_of(town, "cupboards");
	town_rectify(town, case_id, city->officer, city->sharing, town->verifier);
	town->now += 30 * DAY;
	g_free(id);
	id = town_inspect(town, "2026-Q4", "routine", NULL);
	json_decref(only(town_findings(town, "cupboards", "open"))); /* the last answer is no: reopened */
	answer(town, id, "locked", city->provider, "yes", NULL, -1);
	g_free(case_id);
	case_id = case_of(town, "cupboards");
	town_rectify(town, case_id, city->officer, city->sharing, town->verifier);
	g_free(town_inspect(town, "2026-Q4", "routine", NULL));
	json_decref(only(town_findings(town, "cupboards", "closed")));
	g_assert_cmpuint(look_at(&look, town)->near, ==, 0); /* last quarter's answers still count */
	town->now += 120 * DAY;
	g_assert_cmpuint(look_at(&look, town)->near, ==, 3); /* and then no more */
	drop_rules(directory);
}

/* ---- scores ---- */

static json_int_t
score(const Town *town, const char *period, const char *organization)
{
	g_autoptr(GError) error = NULL;
	json_t *list = fn_score_list(town->city->db, period, organization, &error);
	json_int_t found;

	g_assert_no_error(error);
	g_assert_cmpuint(json_array_size(list), ==, 1);
	found = json_integer_value(json_object_get(json_array_get(list, 0), "score"));
	json_decref(list);
	return found;
}

/* By one check in September. */
static json_int_t
lost(const Town *town, const char *organization, const char *check)
{
	g_autoptr(GError) error = NULL;
	json_t *list = fn_score_list(town->city->db, "2026-09", organization, &error);
	json_int_t points;

	g_assert_no_error(error);
	points = json_integer_value(json_object_get(json_object_get(json_array_get(list, 0), "lost"), check));
	json_decref(list);
	return points;
}

/* What every finding costs, however many checks there are. */
static json_int_t
expected(const Town *town, const char *organization)
{
	g_autoptr(GError) error = NULL;
	json_t *list = fn_finding_list(town->city->db, town->rules, organization, NULL, NULL, FALSE, &error);
	json_int_t left = 100;

	g_assert_no_error(error);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *severity = text(json_array_get(list, i), "severity");

		left -= strcmp(severity, "minor") == 0 ? 2 : strcmp(severity, "major") == 0 ? 5 : 15;
	}
	json_decref(list);
	return MAX(left, 0);
}

static void
test_scores(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	g_autoptr(GError) error = NULL;
	json_int_t september;

	g_assert_null(fn_score_list(town->city->db, "2026-09", NULL, &error));
	g_assert_error(error, FN_OVERSIGHT_ERROR, FN_OVERSIGHT_ERROR_UNKNOWN);
	g_clear_error(&error);
	g_assert_null(fn_score_list(town->city->db, "soon", NULL, &error));
	g_assert_error(error, FN_OVERSIGHT_ERROR, FN_OVERSIGHT_ERROR_INPUT);
	leave(town, TRUE);
	g_free(town_inspect(town, "2026-09", "routine", NULL));
	g_free(town_inspect(town, "2026-09", "routine", NULL));
	g_free(town_inspect(town, "2026-09", "full", NULL)); /* the same findings: once */
	september = score(town, "2026-09", town->city->provider);
	g_assert_cmpint(september, ==, expected(town, town->city->provider));
	g_assert_cmpint(score(town, "2026-09", town->city->consumer), ==, expected(town, town->city->consumer));
	g_assert_cmpint(lost(town, town->city->consumer, "data_officer_missing"), ==, 5); /* a major one */
	g_assert_cmpint(lost(town, town->city->consumer, "editor_reviewer_missing"), ==, 5);
	g_assert_cmpint(lost(town, town->city->provider, "data_officer_missing"), ==, 0);
	g_assert_cmpint(score(town, "2026-09", town->city->bureau), ==, expected(town, town->city->bureau));
	for (guint i = 0; i < 25; i++)
		g_free(town_application(town, "130100-x-1"));
	town_wait(town, 12); /* the month has its days of grace */
	town_wait(town, 12);
	g_free(town_inspect(town, "2026-10", "routine", NULL));
	g_assert_cmpint(score(town, "2026-10", town->city->provider), ==, 0); /* not below */
	g_assert_cmpint(score(town, "2026-09", town->city->provider), ==, september); /* and September stays what it was */
}

/* ---- the clock ---- */

static guint
inspections(const Town *town)
{
	json_t *list = fn_inspection_list(town->city->db, NULL);
	guint n = (guint)json_array_size(list);

	json_decref(list);
	return n;
}

static gboolean
daily(const Town *town)
{
	FnOversight at = town_at(town);
	g_autoptr(GError) error = NULL;
	gboolean done = FALSE;

	g_assert_true(fn_oversight_daily(&at, &done, &error));
	g_assert_no_error(error);
	return done;
}

static void
test_daily(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	g_autofree char *id = NULL, *case_id = NULL;

	g_assert_true(fn_db_commit(town->city->db, NULL));
	g_assert_true(daily(town));
	g_assert_cmpuint(inspections(town), >=, 2); /* September and the half-year; more where a check is due in a quarter or a year */
	g_assert_false(daily(town)); /* never twice */

	/* the next day: a late answer is found without anybody's asking */
	id = town_application(town, "130100-x-1");
	town_wait(town, 40);
	g_assert_true(daily(town));
	case_id = case_of(town, "late_answer");

	/* verified, and the answer given: closed on the day after */
	town_step(town, id, "refuse", "不符合共享条件", town->city->sharing);
	town_rectify(town, case_id, town->city->officer, town->city->sharing, town->verifier);
	g_assert_false(daily(town));
	town_wait(town, 1);
	g_assert_true(daily(town));
	json_decref(only(town_findings(town, "late_answer", "closed")));
	g_assert_true(fn_db_begin(town->city->db, NULL));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/oversight/inspection/opening", test_opening);
	fn_test_add("/oversight/inspection/once", test_once);
	fn_test_add("/oversight/inspection/life", test_life);
	fn_test_add("/oversight/inspection/separation", test_separation);
	fn_test_add("/oversight/inspection/answers", test_answers);
	fn_test_add("/oversight/inspection/scores", test_scores);
	fn_test_add("/oversight/inspection/daily", test_daily);
	return g_test_run();
}
