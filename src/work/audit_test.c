/* Whoever writes past the engine is found out. */
#include "work/fixture.h"

#define SQL(text_) FIXTURE_SQL(text_)

static char *
agreed(Fixture *fixture)
{
	json_t *form = fixture_form();
	char *id = fixture_open(fixture, "sharing_application", form, ANNA, NOON, NULL);

	json_decref(form);
	g_assert_true(fixture_step(fixture, id, "consent", NULL, NULL, BO, NOON, NULL));
	g_assert_true(fixture_step(fixture, id, "send", NULL, NULL, ANNA, NOON, NULL));
	g_assert_true(fixture_step(fixture, id, "agree", NULL, NULL, DING, NOON, NULL));
	return id;
}

#define ENTRY(number_, at_, step_, from_, to_, role_, office_, account_, person_, organization_, say_) \
	"INSERT INTO work_history (case_id, number, at, kind, step, from_state, to_state, role, office, account, person, name, organization, say) " \
	"SELECT id, " number_ ", " at_ ", 'step', '" step_ "', '" from_ "', '" to_ "', '" role_ "', '" office_ "', '" account_ "', '" person_ \
	"', 'x', '" organization_ "', " say_ " FROM work_case"
#define LATER "1890000000000000"
#define TO(state_) "UPDATE work_case SET state = '" state_ "'"

static const struct {
	const char *why;
	FnSql forged[2];
} forgeries[] = {
	{ "a state that no step led to", { SQL(TO("active")) } },
	{ "another form", { SQL("UPDATE work_case SET form = '{\"resource\":\"130100-x-1\"}'") } },
	{ "other parties", { SQL("UPDATE work_case SET parties = '{\"consumer\":\"stranger\",\"provider\":\"provider\"}'") } },
	{ "another subject", { SQL("UPDATE work_case SET subject = 'other'") } },
	{ "another procedure", { SQL("UPDATE work_case SET procedure = 'sharing_unconditional'") } },
	{ "a step that is not possible here",
		{ SQL(ENTRY("5", LATER, "deliver", "agreed", "active", "answerer", "officer", "a-chen", "p-chen", "provider", "NULL")), SQL(TO("active")) } },
	{ "a step that leads elsewhere",
		{ SQL(ENTRY("5", LATER, "provide", "agreed", "active", "answerer", "officer", "a-chen", "p-chen", "provider", "NULL")), SQL(TO("active")) } },
	{ "a gap", { SQL(ENTRY("7", LATER, "provide", "agreed", "provisioning", "answerer", "officer", "a-chen", "p-chen", "provider", "NULL")),
		SQL(TO("provisioning")) } },
	{ "an office of another organization",
		{ SQL(ENTRY("5", LATER, "provide", "agreed", "provisioning", "answerer", "officer", "a-gu", "p-gu", "stranger", "NULL")),
			SQL(TO("provisioning")) } },
	{ "an office that does not do this",
		{ SQL(ENTRY("5", LATER, "provide", "agreed", "provisioning", "answerer", "editor", "a-lin", "p-lin", "provider", "NULL")),
			SQL(TO("provisioning")) } },
	{ "one person twice",
		{ SQL(ENTRY("5", LATER, "provide", "agreed", "provisioning", "answerer", "officer", "a-else", "p-ding", "provider", "NULL")),
			SQL(TO("provisioning")) } },
	{ "nobody", { SQL(ENTRY("5", LATER, "provide", "agreed", "provisioning", "answerer", "officer", "", "", "provider", "NULL")),
		SQL(TO("provisioning")) } },
	{ "older than what came before",
		{ SQL(ENTRY("5", "1", "provide", "agreed", "provisioning", "answerer", "officer", "a-chen", "p-chen", "provider", "NULL")),
			SQL(TO("provisioning")) } },
};

static void
test_forgeries(gconstpointer engine)
{
	for (gsize i = 0; i < G_N_ELEMENTS(forgeries); i++) {
		g_autoptr(Fixture) fixture = fixture_new(engine);
		g_autofree char *id = agreed(fixture);
		g_autoptr(GError) error = NULL;

		g_assert_true(fn_work_audit(fixture->work, fixture->db, id, NULL));
		for (guint j = 0; j < 2 && forgeries[i].forged[j].name != NULL; j++) {
			g_assert_true(fn_db_exec(fixture->db, &forgeries[i].forged[j], FN_NO_BINDS, NULL, &error));
			g_assert_no_error(error);
		}
		if (fn_work_audit(fixture->work, fixture->db, id, &error))
			g_error("not found out: %s", forgeries[i].why);
		g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_STATE);
	}
}

/* The engine of the database itself keeps the history as it is. */
static void
test_history_is_only_added_to(gconstpointer engine)
{
	static const FnSql forged[] = { SQL("UPDATE work_history SET say = 'x'"), SQL("DELETE FROM work_history") };
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autofree char *id = agreed(fixture);

	for (gsize i = 0; i < G_N_ELEMENTS(forged); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_true(fn_db_begin(fixture->db, NULL));
		g_assert_false(fn_db_exec(fixture->db, &forged[i], FN_NO_BINDS, NULL, &error));
		g_assert_nonnull(error);
		fn_db_rollback(fixture->db);
	}
	g_assert_true(fn_work_audit(fixture->work, fixture->db, id, NULL));
}

static void
test_unknown(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autoptr(GError) error = NULL;

	g_assert_false(fn_work_audit(fixture->work, fixture->db, "nothing", &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_UNKNOWN);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/audit/forgeries", test_forgeries);
	fn_test_add("/audit/history-is-only-added-to", test_history_is_only_added_to);
	fn_test_add("/audit/unknown", test_unknown);
	return g_test_run();
}
