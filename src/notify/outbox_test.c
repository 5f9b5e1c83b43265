#include "notify/notify.h"

#include "base/identifiers.h"
#include "notify_sql.h"
#include "people/testing.h"
#include "people_sql.h"
#include "store/testing.h"
#include "work_sql.h"

#include <string.h>

#define START  (G_GINT64_CONSTANT(1770861600) * G_USEC_PER_SEC)
#define MINUTE (G_GINT64_CONSTANT(60) * G_USEC_PER_SEC)

static const FnMigration *const rooms[] = { fn_sql_people_migrations, fn_sql_work_migrations, fn_sql_notify_migrations, NULL };
static const char *const no_parameters[] = { NULL };

typedef enum { OFFICER, DEPUTY, HEAD, CLOSED, SILENT, CAC, POLICE, PEOPLE } Who;
static const struct {
	const char *login, *organization17, *office;
} people[PEOPLE] = {
	[OFFICER] = { "officer", "11130100MB00000015", "officer" }, [DEPUTY] = { "deputy", "11130100MB00000015", "editor" },
	[HEAD] = { "head", "11130100MB00000015", "sharing_head" }, [CLOSED] = { "closed", "11130100MB00000015", "officer" },
	[SILENT] = { "silent", "11130100MB00000015", "officer" }, [CAC] = { "cac", "11130100MB00000023", "officer" },
	[POLICE] = { "police", "11130100MB00000031", "officer" },
};

typedef struct {
	FnDb *db;
	GPtrArray *statements; /* the store knows a statement by where it lies */
	char *account[PEOPLE];
	/* the other side */
	GString *sent;     /* "channel address kind\n" */
	FnNotifyError fails; /* with this code … */
	guint times;       /* … so many times */
} World;

static void
run_sql(World *world, const char *text)
{
	char *kept = g_strdup(text);
	FnSql *sql = g_memdup2(&(const FnSql){ "test", kept, kept, no_parameters }, sizeof(FnSql));
	g_autoptr(GError) error = NULL;

	g_ptr_array_add(world->statements, kept);
	g_ptr_array_add(world->statements, sql);
	fn_db_exec(world->db, sql, FN_NO_BINDS, NULL, &error);
	g_assert_no_error(error);
}

static char *
code_of(const char *first17)
{
	return g_strdup_printf("%.17s%c", first17, fn_credit_code_check_character(first17));
}

static void
add_person(World *world, Who who)
{
	g_autofree char *code = code_of(people[who].organization17), *email = g_strconcat(people[who].login, "@dept.city.gov.cn", NULL);
	g_autoptr(GError) error = NULL;

	world->account[who] = fn_people_add_account_at_cost(world->db, code, people[who].login, people[who].login, "Fengche#7Lu-tai",
		FN_PASSWORD_TEST_COST, &error);
	g_assert_no_error(error);
	g_assert_true(fn_people_set_office(world->db, world->account[who], people[who].office, TRUE, &error));
	if (who != SILENT)
		g_assert_true(fn_notify_set_contact(world->db, world->account[who], email, "city.gov.cn", START, &error));
	g_assert_no_error(error);
}

static void
add_organization(World *world, const char *first17, const char *name, const char *kind)
{
	g_autofree char *code = code_of(first17);
	g_autoptr(GError) error = NULL;

	fn_people_add_organization(world->db, code, name, kind, "130100", NULL, &error);
	g_assert_no_error(error);
}

static World *
world_new(gconstpointer engine)
{
	World *world = g_new0(World, 1);
	g_autoptr(GError) error = NULL;

	world->db = fn_test_db(engine, rooms);
	world->sent = g_string_new(NULL);
	world->statements = g_ptr_array_new_with_free_func(g_free);
	g_assert_true(fn_db_begin(world->db, &error));
	add_organization(world, "11130100MB00000015", "民政局", "department");
	add_organization(world, "11130100MB00000023", "网信办", "regulator");
	add_organization(world, "11130100MB00000031", "公安局", "regulator");
	for (Who who = 0; who < PEOPLE; who++)
		add_person(world, who);
	run_sql(world, "UPDATE organization SET authority = 'cac' WHERE name = '网信办'");
	run_sql(world, "UPDATE organization SET authority = 'police' WHERE name = '公安局'");
	g_assert_true(fn_people_close_account(world->db, world->account[CLOSED], &error));
	run_sql(world, "INSERT INTO work_case (id, procedure, state, subject, form, parties, revision, opened_at, changed_at, ended) "
		"VALUES ('case-1', 'incident', 'open', 'the subject', '{\"matter\":\"the matter\"}', '{}', 1, 0, 0, 0)");
	g_assert_true(fn_db_commit(world->db, &error));
	return world;
}

static void
world_free(World *world)
{
	fn_db_close(world->db);
	g_ptr_array_unref(world->statements);
	for (Who who = 0; who < PEOPLE; who++)
		g_free(world->account[who]);
	g_string_free(world->sent, TRUE);
	g_free(world);
}

static void
add_notice(World *world, const char *id, const char *organization, const char *kind, gint64 at)
{
	g_autofree char *text = g_strdup_printf("INSERT INTO work_notice (id, case_id, organization, organization_kind, office, kind, about, at) "
		"VALUES ('%s', 'case-1', '%s', '%s', 'officer', 'near', 'reply', %" G_GINT64_FORMAT ")", id, organization, kind, at);

	run_sql(world, text);
}

static gboolean
take(const FnNotifyMessage *message, gpointer data, GError **error)
{
	World *world = data;

	if (world->times > 0) {
		world->times--;
		g_set_error(error, FN_NOTIFY_ERROR, (gint)world->fails, "told to fail");
		return FALSE;
	}
	g_assert_cmpstr(message->case_id, ==, "case-1");
	g_string_append_printf(world->sent, "%s %s %s\n", message->channel, message->address, message->kind);
	return TRUE;
}

static gint
spread(World *world, const char *webhook, gint64 now)
{
	g_autoptr(GError) error = NULL;
	gint count = fn_notify_spread(world->db, webhook, now, &error);

	g_assert_no_error(error);
	return count;
}

/* Sends all that is due; how many were tried. */
static guint
send_all(World *world, gint64 now)
{
	g_autoptr(GError) error = NULL;
	guint tried = 0;

	while (fn_notify_send_next(world->db, take, world, now, NULL, &error) > 0)
		tried++;
	g_assert_no_error(error);
	return tried;
}

static char *
states(World *world)
{
	g_autoptr(GError) error = NULL;
	json_t *status = fn_notify_status(world->db, &error), *one;
	GString *text = g_string_new(NULL);
	size_t i;

	g_assert_no_error(error);
	json_array_foreach(json_object_get(status, "counts"), i, one)
		g_string_append_printf(text, "%s %s %" JSON_INTEGER_FORMAT "; ", json_string_value(json_object_get(one, "channel")),
			json_string_value(json_object_get(one, "state")), json_integer_value(json_object_get(one, "n")));
	json_decref(status);
	return g_string_free(text, FALSE);
}

static void
assert_states(World *world, const char *wanted)
{
	g_autofree char *have = states(world);

	g_assert_cmpstr(have, ==, wanted);
}

/* Whoever holds the office there now and wants mail, and nobody else; once. */
static void
test_whom(gconstpointer engine)
{
	World *world = world_new(engine);
	g_autofree char *department = code_of("11130100MB00000015");

	add_notice(world, "n-1", department, "", START);
	g_assert_cmpint(spread(world, NULL, START), ==, 1);
	g_assert_cmpuint(send_all(world, START), ==, 1);
	g_assert_cmpstr(world->sent->str, ==, "mail officer@dept.city.gov.cn near\n");
	g_assert_cmpint(spread(world, NULL, START + MINUTE), ==, 0);
	g_assert_cmpuint(send_all(world, START + MINUTE), ==, 0);
	assert_states(world, "mail sent 1; ");
	world_free(world);
}

/* A regulator's notice goes to those of its authority; one for any regulator to all. */
static void
test_authority(gconstpointer engine)
{
	World *world = world_new(engine);

	add_notice(world, "n-1", "", "regulator:cac", START);
	g_assert_cmpint(spread(world, NULL, START), ==, 1);
	g_assert_cmpuint(send_all(world, START), ==, 1);
	g_assert_cmpstr(world->sent->str, ==, "mail cac@dept.city.gov.cn near\n");
	add_notice(world, "n-2", "", "regulator", START);
	g_assert_cmpint(spread(world, NULL, START), ==, 1);
	g_assert_cmpuint(send_all(world, START), ==, 2);
	world_free(world);
}

static void
test_delegate(gconstpointer engine)
{
	World *world = world_new(engine);
	g_autofree char *department = code_of("11130100MB00000015");
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_db_begin(world->db, &error));
	run_sql(world, "INSERT INTO delegation (id, from_account, to_account, office, valid_from, valid_until) "
		"SELECT 'd-1', a.id, b.id, 'officer', 0, 1770861660000000 FROM account a, account b WHERE a.login = 'officer' AND b.login = 'deputy'");
	g_assert_true(fn_db_commit(world->db, &error));
	add_notice(world, "n-1", department, "", START);
	g_assert_cmpint(spread(world, NULL, START), ==, 1);
	g_assert_cmpuint(send_all(world, START), ==, 2);
	add_notice(world, "n-2", department, "", START + 2 * MINUTE); /* the delegation is over */
	g_assert_cmpint(spread(world, NULL, START + 2 * MINUTE), ==, 1);
	g_assert_cmpuint(send_all(world, START + 2 * MINUTE), ==, 1);
	world_free(world);
}

static void
test_webhook(gconstpointer engine)
{
	World *world = world_new(engine);

	add_notice(world, "n-old", "", "bureau", START - G_GINT64_CONSTANT(4) * 24 * 60 * MINUTE);
	add_notice(world, "n-1", "", "bureau", START);
	g_assert_cmpint(spread(world, "https://duty.city.gov.cn/hook", START), ==, 1);
	g_assert_cmpuint(send_all(world, START), ==, 1);
	g_assert_cmpstr(world->sent->str, ==, "webhook https://duty.city.gov.cn/hook near\n");
	world_free(world);
}

/* What is not taken now is tried again, ever later, eight times in all; what is refused never. */
static void
test_trying_again(gconstpointer engine)
{
	World *world = world_new(engine);
	gint64 now = START;

	add_notice(world, "n-1", "", "bureau", START);
	g_assert_cmpint(spread(world, "https://x", now), ==, 1);
	world->fails = FN_NOTIFY_ERROR_LATER;
	world->times = 2;
	g_assert_cmpuint(send_all(world, now), ==, 1);
	assert_states(world, "webhook waiting 1; ");
	g_assert_cmpuint(send_all(world, now + MINUTE - 1), ==, 0);
	g_assert_cmpuint(send_all(world, now + MINUTE), ==, 1);
	g_assert_cmpuint(send_all(world, now + 2 * MINUTE), ==, 0);
	g_assert_cmpuint(send_all(world, now + 3 * MINUTE), ==, 1);
	assert_states(world, "webhook sent 1; ");

	add_notice(world, "n-2", "", "bureau", START);
	g_assert_cmpint(spread(world, "https://x", now), ==, 1);
	world->times = 100;
	for (guint i = 0; i < 20; i++)
		send_all(world, now += 24 * 60 * MINUTE);
	g_assert_cmpuint(world->times, ==, 92);
	assert_states(world, "webhook failed 1; webhook sent 1; ");
	add_notice(world, "n-3", "", "bureau", now);
	g_assert_cmpint(spread(world, "https://x", now), ==, 1);
	world->fails = FN_NOTIFY_ERROR_REFUSED;
	g_assert_cmpuint(send_all(world, now), ==, 1);
	assert_states(world, "webhook failed 2; webhook sent 1; ");
	world_free(world);
}

/* What may have arrived is not sent a second time: after an answer that was cut, after a crash. */
static void
test_never_twice(gconstpointer engine)
{
	World *world = world_new(engine);
	g_autoptr(GError) error = NULL;

	add_notice(world, "n-1", "", "bureau", START);
	add_notice(world, "n-2", "", "bureau", START);
	g_assert_cmpint(spread(world, "https://x", START), ==, 2);
	world->fails = FN_NOTIFY_ERROR_UNSURE;
	world->times = 1;
	g_assert_cmpint(fn_notify_send_next(world->db, take, world, START, NULL, &error), ==, 1);
	assert_states(world, "webhook unsure 1; webhook waiting 1; ");
	run_sql(world, "UPDATE notify_message SET state = 'sending' WHERE state = 'waiting'"); /* and the program died */
	g_assert_cmpuint(send_all(world, START), ==, 0);
	g_assert_true(fn_notify_recover(world->db, START, &error));
	assert_states(world, "webhook unsure 2; ");
	g_assert_cmpuint(send_all(world, START + 60 * MINUTE), ==, 0);
	g_assert_cmpstr(world->sent->str, ==, "");
	world_free(world);
}

static const struct {
	const char *email, *domains;
	gboolean fine;
} contacts[] = {
	{ "name@city.gov.cn", "city.gov.cn", TRUE },
	{ "name@DEPT.city.gov.cn", "dz.shandong.cn city.gov.cn", TRUE },
	{ "name@city.gov.cn", "", FALSE },
	{ "name@evilcity.gov.cn", "city.gov.cn", FALSE },
	{ "name@city.gov.cn.evil.com", "city.gov.cn", FALSE },
	{ "name@qq.com", "city.gov.cn", FALSE },
	{ "a@b@city.gov.cn", "city.gov.cn", FALSE },
	{ "@city.gov.cn", "city.gov.cn", FALSE },
	{ "name", "city.gov.cn", FALSE },
	{ "na me@city.gov.cn", "city.gov.cn", FALSE },
	{ "name@city.gov.cn>\r\nRCPT TO:<x@y.z", "city.gov.cn", FALSE },
	{ "名@city.gov.cn", "city.gov.cn", FALSE },
	{ "name@.city.gov.cn", "city.gov.cn", FALSE },
};

static void
test_contacts(gconstpointer engine)
{
	World *world = world_new(engine);
	g_autofree char *before = NULL, *none = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(contacts); i++) {
		g_autoptr(GError) error = NULL;
		gboolean taken = fn_notify_set_contact(world->db, world->account[SILENT], contacts[i].email, contacts[i].domains, START, &error);

		if (taken != contacts[i].fine)
			g_error("%s for \"%s\": %d", contacts[i].email, contacts[i].domains, taken);
		if (!taken)
			g_assert_error(error, FN_NOTIFY_ERROR, FN_NOTIFY_ERROR_INPUT);
	}
	before = fn_notify_contact(world->db, world->account[SILENT], NULL);
	g_assert_cmpstr(before, ==, "name@DEPT.city.gov.cn");
	g_assert_true(fn_notify_set_contact(world->db, world->account[SILENT], "", "", START, NULL));
	none = fn_notify_contact(world->db, world->account[SILENT], NULL);
	g_assert_null(none);
	world_free(world);
}

static void
test_statements(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, rooms);

	fn_test_statements(db, fn_sql_notify_all);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/notify/statements", test_statements);
	fn_test_add("/notify/whom", test_whom);
	fn_test_add("/notify/authority", test_authority);
	fn_test_add("/notify/delegate", test_delegate);
	fn_test_add("/notify/webhook", test_webhook);
	fn_test_add("/notify/trying-again", test_trying_again);
	fn_test_add("/notify/never-twice", test_never_twice);
	fn_test_add("/notify/contacts", test_contacts);
	return g_test_run();
}
