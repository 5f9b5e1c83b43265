#include "people/fixture.h"

#include "base/time.h"

#include <string.h>

/* In this order on one account of a department; @code is FnPeopleError, -1: fine. */
static const struct {
	const char *office;
	gboolean holds;
	int code;
} steps[] = {
	{ "officer", TRUE, -1 },
	{ "officer", TRUE, -1 }, /* again: no harm */
	{ "editor", TRUE, -1 },
	{ "auditor", TRUE, FN_PEOPLE_ERROR_APART },
	{ "system_admin", TRUE, FN_PEOPLE_ERROR_APART },
	{ "security_admin", TRUE, FN_PEOPLE_ERROR_APART },
	{ "king", TRUE, FN_PEOPLE_ERROR_INPUT },
	{ "off", TRUE, FN_PEOPLE_ERROR_INPUT },
	{ "", TRUE, FN_PEOPLE_ERROR_INPUT },
	{ "reviewer", FALSE, FN_PEOPLE_ERROR_UNKNOWN },
	{ "officer", FALSE, -1 },
	{ "editor", FALSE, -1 },
	{ "system_admin", TRUE, -1 },
	{ "security_admin", TRUE, FN_PEOPLE_ERROR_APART },
	{ "auditor", TRUE, FN_PEOPLE_ERROR_APART },
	{ "department_head", TRUE, FN_PEOPLE_ERROR_APART },
};

static void
test_steps(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = fixture_account(db, DEPARTMENT, "zhangsan", "张三");

	for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
		g_autoptr(GError) error = NULL;
		gboolean done = fn_people_set_office(db, account, steps[i].office, steps[i].holds, &error);

		g_test_message("step %zu", i);
		g_assert_cmpint(done, ==, steps[i].code < 0);
		if (steps[i].code >= 0)
			g_assert_error(error, FN_PEOPLE_ERROR, steps[i].code);
	}
}

static void
test_kinds(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = fixture_account(db, ACME, "acme", "李四");
	g_autoptr(GError) error = NULL;

	g_assert_false(fn_people_set_office(db, account, "sharing_head", TRUE, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT);
	g_clear_error(&error);
	g_assert_false(fn_people_set_office(db, "nobody", "officer", TRUE, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN);
}

static gboolean
holds(FnDb *db, const char *account, const char *office, gint64 now)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnActor) actor = fn_people_actor(db, account, now, &error);

	g_assert_no_error(error);
	return fn_actor_has(actor, office);
}

/* @of NULL: the office is the account's own. */
static void
expect_delegation(FnDb *db, const char *account, const char *office, gint64 now, const char *of)
{
	g_autoptr(FnActor) actor = fn_people_actor(db, account, now + 1, NULL);
	const FnDelegation *delegation = fn_actor_delegation(actor, office);

	g_assert_true(fn_actor_has(actor, office));
	g_assert_cmpstr(delegation != NULL ? delegation->account : NULL, ==, of);
	g_assert_cmpstr(delegation != NULL ? delegation->name : NULL, ==, of != NULL ? "头一" : NULL);
	g_assert_null(fn_actor_delegation(actor, "officer"));
}

static void
test_authority(gconstpointer engine)
{
	static const struct {
		const char *organization, *authority;
		gboolean set;
	} tries[] = { { "11130100MB00000099", "police", TRUE }, { "11130100MB00000099", "weather", FALSE }, { "11130100MB00000099", NULL, FALSE },
		{ DEPARTMENT, "police", FALSE }, { "11130100MB00000031", "police", FALSE } };
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = NULL;
	g_autoptr(FnActor) actor = NULL;

	fixture_organization(db, tries[0].organization, "市公安局", "regulator");
	for (gsize i = 0; i < G_N_ELEMENTS(tries); i++) {
		g_autofree char *code = fixture_code(tries[i].organization);
		g_autoptr(GError) error = NULL;

		g_assert_cmpint(fn_people_set_authority(db, code, tries[i].authority, &error), ==, tries[i].set);
		g_assert_true(tries[i].set || g_error_matches(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT));
	}
	account = fixture_account(db, tries[0].organization, "jing", "警一");
	actor = fn_people_actor(db, account, fn_time_now(), NULL);
	g_assert_cmpstr(actor->authority, ==, "police");
}

static void
test_delegation(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *head = fixture_account(db, DEPARTMENT, "head", "头一"),
			*deputy = fixture_account(db, DEPARTMENT, "deputy", "副二");
	g_autoptr(GError) error = NULL;
	gint64 now = fn_time_now(), until = now + G_TIME_SPAN_DAY;

	fixture_office(db, head, "sharing_head");
	fn_people_delegate(db, head, deputy, "sharing_head", until, &error);
	g_assert_no_error(error);
	g_assert_true(holds(db, deputy, "sharing_head", until - 1));
	expect_delegation(db, deputy, "sharing_head", until - 2, head);
	expect_delegation(db, head, "sharing_head", until - 2, NULL);
	g_assert_false(holds(db, deputy, "sharing_head", until));
	g_assert_false(fn_people_set_office(db, deputy, "auditor", TRUE, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_APART);
	g_clear_error(&error);
	fn_people_set_office(db, head, "sharing_head", FALSE, &error);
	g_assert_no_error(error);
	g_assert_false(holds(db, deputy, "sharing_head", until - 1));
	fixture_office(db, head, "sharing_head"); /* holding it again does not wake the old delegation */
	g_assert_false(holds(db, deputy, "sharing_head", until - 1));
}

static void
test_delegation_refused(gconstpointer engine)
{
	enum { HEAD, DEPUTY, AUDITOR, STRANGER, NOBODY };
	const gint64 day = G_TIME_SPAN_DAY;
	static const struct {
		int from, to;
		const char *office;
		int days, code;
	} cases[] = {
		{ HEAD, HEAD, "sharing_head", 1, FN_PEOPLE_ERROR_INPUT },
		{ HEAD, STRANGER, "sharing_head", 1, FN_PEOPLE_ERROR_INPUT },
		{ HEAD, AUDITOR, "sharing_head", 1, FN_PEOPLE_ERROR_APART },
		{ HEAD, NOBODY, "sharing_head", 1, FN_PEOPLE_ERROR_UNKNOWN },
		{ HEAD, DEPUTY, "department_head", 1, FN_PEOPLE_ERROR_INPUT },
		{ HEAD, DEPUTY, "king", 1, FN_PEOPLE_ERROR_INPUT },
		{ HEAD, DEPUTY, "sharing_head", 0, FN_PEOPLE_ERROR_INPUT },
		{ HEAD, DEPUTY, "sharing_head", 400, FN_PEOPLE_ERROR_INPUT },
		{ DEPUTY, HEAD, "sharing_head", 1, FN_PEOPLE_ERROR_INPUT },
	};
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *head = fixture_account(db, DEPARTMENT, "head", "头一"),
			*deputy = fixture_account(db, DEPARTMENT, "deputy", "副二");
	g_autofree char *auditor = fixture_account(db, DEPARTMENT, "auditor1", "审三");
	g_autofree char *stranger = fixture_account(db, BUREAU, "stranger", "外四");
	const char *who[] = { head, deputy, auditor, stranger, "nobody" };

	fixture_office(db, head, "sharing_head");
	fixture_office(db, auditor, "auditor");
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_test_message("case %zu", i);
		g_assert_false(fn_people_delegate(db, who[cases[i].from], who[cases[i].to], cases[i].office,
			fn_time_now() + cases[i].days * day, &error));
		g_assert_error(error, FN_PEOPLE_ERROR, cases[i].code);
	}
}

/* The table here and rules/roles.yaml say the same. */
static void
test_same_as_rules(void)
{
	static const char *const names[] = { "department_head", "sharing_head", "officer", "editor", "reviewer",
		"secrecy_reviewer", "system_admin", "security_admin", "auditor" };
	g_autofree char *path = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", "roles.yaml", NULL), *text = NULL;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *declared = g_strdup_printf("\n  %s: ", names[i]);

		g_assert_nonnull(strstr(text, declared));
		for (gsize j = 0; j < G_N_ELEMENTS(names); j++) {
			g_autofree char *one = g_strdup_printf("offices: [%s, %s]", names[i], names[j]);
			g_autofree char *two = g_strdup_printf("offices: [%s, %s]", names[j], names[i]);

			g_assert_cmpint(fn_offices_apart(names[i], names[j]), ==,
				strstr(text, one) != NULL || strstr(text, two) != NULL);
		}
	}
}

/* Exactly those that are named: what goes goes first. */
static void
test_set_all(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = fixture_account(db, DEPARTMENT, "zhangsan", "张三");
	static const char *const auditor[] = { "auditor", NULL }, *const none[] = { NULL }, *const bad[] = { "auditor", "editor", NULL };
	g_autoptr(GPtrArray) held = NULL, after = NULL;
	g_autoptr(GError) error = NULL;

	fixture_office(db, account, "officer");
	fixture_office(db, account, "editor");
	g_assert_true(fn_people_set_offices(db, account, auditor, &error));
	g_assert_no_error(error);
	held = fn_people_offices(db, account, fn_time_now(), NULL);
	g_assert_cmpuint(held->len, ==, 1);
	g_assert_cmpstr(held->pdata[0], ==, "auditor");
	g_assert_false(fn_people_set_offices(db, account, bad, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_APART);
	g_assert_true(fn_people_set_offices(db, account, none, NULL));
	after = fn_people_offices(db, account, fn_time_now(), NULL);
	g_assert_cmpuint(after->len, ==, 0);
}

/* By id or login, of this organization, while it is open. */
static void
test_account_of(gconstpointer engine)
{
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autofree char *account = fixture_account(db, DEPARTMENT, "zhangsan", "张三"), *closed = fixture_account(db, DEPARTMENT, "lisi", "李四");
	g_autofree char *department = fixture_code(DEPARTMENT), *bureau = fixture_code(BUREAU);
	const struct {
		const char *organization, *value;
		gboolean found;
	} cases[] = { { department, account, TRUE }, { department, "zhangsan", TRUE }, { department, "ZhangSan", TRUE }, { bureau, "zhangsan", FALSE },
		{ department, "lisi", FALSE }, { department, "张三", FALSE }, { department, "", FALSE }, { department, NULL, FALSE } };

	g_assert_true(fn_people_close_account(db, closed, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *found = fn_people_account_of(db, cases[i].organization, cases[i].value, &error);

		g_test_message("case %zu", i);
		g_assert_cmpstr(found, ==, cases[i].found ? account : NULL);
		g_assert_true(cases[i].found || g_error_matches(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/people/office/steps", test_steps);
	fn_test_add("/people/office/kinds", test_kinds);
	fn_test_add("/people/office/delegation", test_delegation);
	fn_test_add("/people/office/authority", test_authority);
	fn_test_add("/people/office/delegation-refused", test_delegation_refused);
	g_test_add_func("/people/office/same-as-rules", test_same_as_rules);
	fn_test_add("/people/office/set-all", test_set_all);
	fn_test_add("/people/office/account-of", test_account_of);
	return g_test_run();
}
