#include "work/fixture.h"

static gboolean
has(const json_t *list, const char *key, const char *value)
{
	gsize i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
		if (g_strcmp0(json_string_value(json_object_get(item, key)), value) == 0)
			return TRUE;
	return FALSE;
}

static char *
received(Fixture *fixture)
{
	json_t *form = fixture_form();
	char *id = fixture_open(fixture, "sharing_application", form, ANNA, NOON, NULL);

	json_decref(form);
	g_assert_true(fixture_step(fixture, id, "consent", NULL, NULL, BO, NOON, NULL));
	g_assert_true(fixture_step(fixture, id, "send", NULL, NULL, ANNA, NOON, NULL));
	return id;
}

static void
test_case(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autofree char *id = received(fixture);
	json_t *shown = fn_work_show(fixture->work, fixture->db, id, fixture->actor[DING], NOON, NULL);
	const json_t *actions = json_object_get(shown, "allowed_actions");
	const json_t *waiting = json_object_get(shown, "waiting_for");

	g_assert_cmpstr(json_string_value(json_object_get(shown, "state")), ==, "received");
	g_assert_cmpstr(json_string_value(json_object_get(json_object_get(shown, "state_title"), "zh")), ==, "已受理");
	g_assert_cmpuint(json_array_size(json_object_get(shown, "history")), ==, 3);
	g_assert_true(has(actions, "do", "agree"));
	g_assert_true(has(actions, "do", "refuse"));
	g_assert_false(has(actions, "do", "extend")); /* the bureau has not consented */
	g_assert_false(has(actions, "do", "ask"));    /* the officer's */
	g_assert_cmpuint(json_array_size(waiting), ==, 1);
	g_assert_true(has(waiting, "organization", "provider"));
	g_assert_true(has(waiting, "office", "sharing_head"));
	json_decref(shown);
}

/* Strangers learn nothing, not even that there is a case. */
static void
test_strangers(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autofree char *id = received(fixture);
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_work_show(fixture->work, fixture->db, id, fixture->actor[GU], NOON, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_UNKNOWN);
}

static void
expect_inbox(Fixture *fixture, Who who, gsize n)
{
	json_t *inbox = fn_work_inbox(fixture->work, fixture->db, fixture->actor[who], NOON, NULL);

	g_assert_cmpuint(json_array_size(inbox), ==, n);
	json_decref(inbox);
}

static void
test_inbox(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autofree char *first = received(fixture);
	g_autofree char *second = received(fixture);
	json_t *inbox;

	g_assert_true(fixture_step(fixture, first, "agree", NULL, NULL, DING, NOON, NULL));
	g_assert_true(fixture_step(fixture, first, "provide", NULL, NULL, CHEN, NOON, NULL));
	expect_inbox(fixture, DING, 1);
	expect_inbox(fixture, CHEN, 1);
	expect_inbox(fixture, ANNA, 0);
	expect_inbox(fixture, EVE, 0);
	expect_inbox(fixture, GU, 0);
	inbox = fn_work_inbox(fixture->work, fixture->db, fixture->actor[DING], NOON, NULL);
	g_assert_true(has(inbox, "id", second));
	g_assert_true(has(inbox, "due", "2026-03-04"));
	json_decref(inbox);
	g_assert_true(fixture_step(fixture, first, "deliver", NULL, NULL, CHEN, NOON, NULL));
	expect_inbox(fixture, CHEN, 0); /* an active grant waits for nobody */
}

static void
test_soonest_first(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autofree char *later = received(fixture);
	g_autofree char *sooner = received(fixture);
	json_t *inbox;

	g_assert_true(fixture_step(fixture, later, "allow_extension", "理由成立", NULL, EVE, NOON, NULL));
	g_assert_true(fixture_step(fixture, later, "extend", "数据量大", NULL, DING, NOON, NULL));
	inbox = fn_work_inbox(fixture->work, fixture->db, fixture->actor[DING], NOON, NULL);
	g_assert_cmpstr(json_string_value(json_object_get(json_array_get(inbox, 0), "id")), ==, sooner);
	g_assert_cmpstr(json_string_value(json_object_get(json_array_get(inbox, 1), "id")), ==, later);
	json_decref(inbox);
}

static void
test_notices(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autofree char *id = received(fixture);
	json_t *told = fn_work_notices(fixture->work, fixture->db, fixture->actor[DING], NOON, NULL);
	json_t *untold = fn_work_notices(fixture->work, fixture->db, fixture->actor[GU], NOON, NULL);

	g_assert_cmpuint(json_array_size(told), ==, 1);
	g_assert_true(has(told, "case", id));
	g_assert_true(has(told, "about", "send"));
	g_assert_cmpuint(json_array_size(untold), ==, 0);
	json_decref(told);
	json_decref(untold);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/show/case", test_case);
	fn_test_add("/show/strangers", test_strangers);
	fn_test_add("/show/inbox", test_inbox);
	fn_test_add("/show/soonest-first", test_soonest_first);
	fn_test_add("/show/notices", test_notices);
	return g_test_run();
}
