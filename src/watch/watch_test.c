/* How alerts come, stay one, are handled; how the log is followed. */
#include "watch/testing.h"

#include <glib/gstdio.h>

/* Twenty refusals within two hundred seconds, at @at: rule denied_burst, a case. */
static void
burst(World *world, gint64 at)
{
	const Play refusals = { .event = "refused", .n = 20, .at = at, .every = 10000, .code = "quota_exceeded" };

	play(world->log, &refusals);
}

/* Fifteen failed logins: rule failed_logins, no case. */
static void
guesses(World *world, gint64 at)
{
	const Play failures = { .event = "failed", .n = 15, .at = at, .every = 10000 };

	play(world->log, &failures);
}

static void
everything(World *world)
{
	static const Play plays[] = {
		{ .event = "query", .n = 70, .every = 5000 },
		{ .event = "query", .n = 40, .at = 3600, .every = 30000, .cases = 1, .accounts = 3, .places = 4, .rows = 300, .grant = "g-high" },
		{ .event = "batch", .n = 4, .at = 13 * 3600, .every = 60000 },
		{ .event = "query", .n = 30, .at = 14 * 3600, .every = 60000, .persons = 2, .accounts = 9, .bare = TRUE },
		{ .event = "stranger", .n = 40, .at = 15 * 3600, .every = 60000 },
	};

	burst(world, -DAYS);
	guesses(world, -3600);
	for (gsize i = 0; i < G_N_ELEMENTS(plays); i++)
		play(world->log, &plays[i]);
}

/* All alerts as text but for their cases, whose ids are new each time. */
static char *
told(World *world)
{
	json_t *alerts = world_alerts(world, NULL), *alert;
	char *text;
	size_t i;

	json_array_foreach(alerts, i, alert)
		json_object_del(alert, "case");
	text = fn_json_canonical(alerts);
	json_decref(alerts);
	return text;
}

static guint
cases(World *world)
{
	static const FnSql all = WORLD_SQL("SELECT COUNT(*) FROM work_case WHERE procedure = 'alert'");

	return (guint)fn_db_int(world->db, &all, FN_NO_BINDS, -1, NULL);
}

static void
restart(World *world)
{
	fn_watch_free(world->watch);
	world->watch = fn_watch_new(world->rules, world->work, NULL);
}

/* ---- following ---- */

/* However the steps are cut, and whether or not the program ends in between: the same alerts. Read once more, they do not come twice. */
static void
test_same(gconstpointer engine)
{
	g_autoptr(World) whole = world_new(engine), cut = world_new(engine);
	g_autofree char *one = NULL, *other = NULL, *again = NULL;
	FnAuditLog over = test_log_over(cut->log);
	guint done, opened;

	everything(whole);
	world_follow(whole, 10000);
	everything(cut);
	do {
		restart(cut);
		g_assert_true(fn_watch_step(cut->watch, cut->db, &over, 7, MONDAY, &done, NULL));
	} while (done > 0);
	one = told(whole);
	other = told(cut);
	g_assert_cmpstr(one, ==, other);
	g_assert_nonnull(strstr(one, "\"rule\":\"enumeration\""));
	opened = cases(whole);
	g_assert_cmpuint(opened, >, 3);
	g_assert_true(fn_watch_reset(whole->db, NULL));
	world_follow(whole, 100);
	again = told(whole);
	g_assert_cmpstr(one, ==, again);
	g_assert_cmpuint(cases(whole), ==, opened);
}

/* All counters as they stand in the registry. */
static char *
counted(FnDb *db)
{
	g_autoptr(FnRows) rows = fn_db_query(db, &fn_sql_watch_counters, FN_BINDS(FN_INT("most", 1000000)), NULL);
	GString *text = g_string_new(NULL);

	while (fn_rows_next(rows, NULL)) {
		gsize size;
		const guint8 *state = fn_rows_blob(rows, "state", &size);
		g_autofree char *hex = fn_hex(state, size);

		g_string_append_printf(text, "%s %s %s %" G_GINT64_FORMAT " %s\n", fn_rows_text(rows, "rule"), fn_rows_text(rows, "subject"),
			fn_rows_text(rows, "slot"), fn_rows_int(rows, "last_at"), hex);
	}
	return g_string_free(text, FALSE);
}

/* Caught up in one step, or followed as each entry came: every counter, alert and case the same. Beyond what a table plays, with
 * entries that hit the rules at random over two months. */
static void
test_catch_up(gconstpointer engine)
{
	static const char *const events[] = { "query", "query", "query", "close", "refused", "login", "failed", "stranger" };
	g_autoptr(World) whole = world_new(engine), each = world_new(engine);
	g_autofree char *one = NULL, *other = NULL, *ours = NULL, *theirs = NULL;
	g_autoptr(GRand) random = g_rand_new_with_seed(11);
	gint64 at = 0;

	for (guint i = 0; i < 400; i++) {
		const Play some = { .event = events[g_rand_int_range(random, 0, G_N_ELEMENTS(events))], .n = 1, .at = at,
			.cases = (guint)g_rand_int_range(random, 0, 2), .rows = g_rand_int_range(random, 1, 3000), .persons = 1, .addresses = 3,
			.code = "quota_exceeded", .grant = i % 3 == 0 ? "g-high" : "g-low" };

		at += g_rand_int_range(random, 0, 40) == 0 ? g_rand_int_range(random, 0, 40 * DAYS) : g_rand_int_range(random, 0, 900);
		play(whole->log, &some);
		play(each->log, &some);
	}
	everything(whole);
	everything(each);
	world_follow(whole, FN_WATCH_STEP);
	world_follow(each, 1);
	one = told(whole);
	other = told(each);
	g_assert_cmpstr(one, ==, other);
	g_assert_cmpuint(cases(whole), ==, cases(each));
	ours = counted(whole->db);
	theirs = counted(each->db);
	g_assert_cmpstr(ours, ==, theirs);
	g_assert_cmpuint(strlen(ours), >, 1000);
}

/* A person handles an alert between its reading and its writing: what came then is not slipped under the decision. */
static void
test_handled_meanwhile(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	g_autoptr(FnActor) eve = world_actor("a-eve", "Z", "bureau", "officer");
	g_autofree char *id = NULL;
	FnAlert *alert;
	gboolean late;
	json_t *alerts;

	guesses(world, 0);
	world_follow(world, 64);
	alerts = world_alerts(world, "failed_logins");
	id = g_strdup(text_in(json_array_get(alerts, 0), "id"));
	json_decref(alerts);
	for (guint i = 0; i < world->watch->rules->len; i++)
		if (g_str_equal(((const FnWatchRule *)world->watch->rules->pdata[i])->id, "failed_logins"))
			g_assert_true(fn_hit_find(world->watch, world->db, world->watch->rules->pdata[i], "10.0.0.0", &alert, NULL));
	fn_hit_add(alert, &(const FnHit){ .at = MONDAY, .to = 99, .measured = 16 });
	g_assert_true(fn_watch_handle(world->db, id, "a forgotten password", eve, MONDAY, NULL));
	g_assert_true(fn_db_begin(world->db, NULL));
	g_assert_true(fn_hits_write(world->watch, world->db, MONDAY, &late, NULL));
	g_assert_true(late);
	fn_db_rollback(world->db);
	alerts = world_alerts(world, "failed_logins");
	g_assert_cmpint(json_integer_value(json_object_get(json_array_get(alerts, 0), "to")), ==, 14);
	json_decref(alerts);
}

/* What was read once more goes on where it was: the next pattern is told. */
static void
test_goes_on(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	json_t *alerts;

	guesses(world, 0);
	world_follow(world, 64);
	g_assert_true(fn_watch_reset(world->db, NULL));
	world_follow(world, 64);
	guesses(world, 3600);
	world_follow(world, 64);
	alerts = world_alerts(world, "failed_logins"); /* still open: added to */
	g_assert_cmpuint(json_array_size(alerts), ==, 1);
	g_assert_cmpint(json_integer_value(json_object_get(json_array_get(alerts, 0), "to")), ==, 29);
	g_assert_cmpint(json_integer_value(json_object_get(json_array_get(alerts, 0), "count")), ==, 2);
	json_decref(alerts);
}

static void
test_failed_step(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	FnAuditLog over = test_log_over(world->log);
	g_autoptr(GError) error = NULL;
	guint64 seen;

	burst(world, 0);
	world->log->away = TRUE;
	g_assert_false(fn_watch_step(world->watch, world->db, &over, 100, MONDAY, NULL, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN);
	world->log->away = FALSE;
	g_assert_true(fn_watch_seen(world->db, &seen, NULL));
	g_assert_cmpuint(seen, ==, 0);
	world_follow(world, 100);
	g_assert_true(fn_watch_seen(world->db, &seen, NULL));
	g_assert_cmpuint(seen, ==, 20);
	g_assert_cmpuint(cases(world), ==, 1);
}

/* Another log, or an older copy: it is looked at from its beginning, and places of the former one hide nothing. */
static void
test_other_log(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	json_t *alerts;

	burst(world, 0);
	guesses(world, 3600);
	world_follow(world, 64);
	test_log_free(world->log);
	world->log = test_log_new();
	burst(world, DAYS);
	world_follow(world, 64);
	alerts = world_alerts(world, "denied_burst");
	g_assert_cmpuint(json_array_size(alerts), ==, 2);
	json_decref(alerts);
}

static void
test_pruned(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	json_t *alerts;

	burst(world, 0);
	for (guint64 i = 0; i < 5; i++)
		test_log_prune(world->log, i);
	world_follow(world, 64);
	alerts = world_alerts(world, NULL);
	g_assert_cmpuint(json_array_size(alerts), ==, 0); /* fifteen are left */
	json_decref(alerts);
}

/* Only what the gate entered counts: another program that may write entries cannot accuse or whitewash anybody. */
static void
test_forged(gconstpointer engine)
{
	static const Play refusals = { .event = "refused", .n = 30, .every = 10000, .code = "quota_exceeded" };
	g_autoptr(World) world = world_new(engine);
	json_t *alerts;

	play_from(world->log, &refusals, "clock");
	world_follow(world, 64);
	alerts = world_alerts(world, NULL);
	g_assert_cmpuint(json_array_size(alerts), ==, 0);
	json_decref(alerts);
}

/* Strangers' texts: long, escaped, of other scripts; entries without what they should have. Nothing stops. */
static void
test_odd_entries(gconstpointer engine)
{
	g_autofree char *longest = g_strnfill(4000, 'x'), *wide = g_strdup_printf("%.*s%s", 159, longest, "中中"),
		*one = g_strdup_printf("{\"address\":\"%s\",\"count\":40,\"event\":\"share.strangers\"}", longest),
		*two = g_strdup_printf("{\"address\":\"%s\",\"count\":40,\"event\":\"share.strangers\"}", wide);
	const char *const bodies[] = { "{\"event\":\"share.query\"}", "{\"event\":\"share.query\",\"subjects\":[]}",
		"{\"event\":\"share.query\",\"grant\":\"\\\"\\u0001\",\"operator\":\"中\",\"rows\":99999999999,\"subjects\":[\"a\",{\"b\":1},\"c\"]}",
		"{\"event\":\"share.refused\",\"system\":null}", "{\"count\":0,\"event\":\"share.strangers\"}", "{\"event\":\"x\",\"subjects\":7}", one, two };
	g_autoptr(World) world = world_new(engine);
	json_t *alerts;

	for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++)
		play_add(world->log, bodies[i], "gate", MONDAY);
	world_follow(world, 3);
	alerts = world_alerts(world, "unknown_certificates");
	g_assert_cmpuint(json_array_size(alerts), ==, 2);
	for (guint i = 0; i < 2; i++)
		g_assert_cmpuint(strlen(text_in(json_array_get(alerts, i), "subject")), <=, FN_WATCH_KEY);
	json_decref(alerts);
}

/* Counters of rules that are gone, and rows that are none of ours, go; the others stay bounded. */
static void
test_bounded(gconstpointer engine)
{
	static const FnSql strange = WORLD_SQL("INSERT INTO watch_counter VALUES ('gone:00', 'x', '', 0, '')");
	static const FnSql all = WORLD_SQL("SELECT COUNT(*) FROM watch_counter");
	const Play strangers = { .event = "stranger", .n = 300, .every = 1000, .places = 300 };
	const Play later = { .event = "stranger", .n = 1, .at = 2 * DAYS };
	g_autoptr(World) world = world_new(engine);

	world_exec(world->db, &strange);
	play(world->log, &strangers);
	world_follow(world, 64);
	g_assert_cmpint(fn_db_int(world->db, &all, FN_NO_BINDS, -1, NULL), ==, 300);
	play(world->log, &later);
	world_follow(world, 64);
	g_assert_cmpint(fn_db_int(world->db, &all, FN_NO_BINDS, -1, NULL), ==, 1);
}

/* A counter whose row was damaged begins anew. */
static void
test_damaged(gconstpointer engine)
{
	static const FnSql damage = { "test", "UPDATE watch_counter SET state = CAST(substr(state, 1, 9) AS BLOB)",
		"UPDATE watch_counter SET state = substr(state, 1, 9)", world_no_parameters };
	const Play half = { .event = "failed", .n = 14, .every = 10000 };
	g_autoptr(World) world = world_new(engine);
	json_t *alerts;

	play(world->log, &half);
	world_follow(world, 64);
	world_exec(world->db, &damage);
	restart(world);
	guesses(world, 140);
	world_follow(world, 64);
	alerts = world_alerts(world, "failed_logins");
	g_assert_cmpuint(json_array_size(alerts), ==, 1);
	g_assert_cmpint(json_integer_value(json_object_get(json_array_get(alerts, 0), "from")), ==, 14);
	json_decref(alerts);
}

/* ---- alerts ---- */

static gboolean
handle(World *world, const char *id, const char *account, const char *kind, const char *reason, GError **error)
{
	g_autoptr(FnActor) actor = world_actor(account, "Z", kind, "security_admin");

	return fn_watch_handle(world->db, id, reason, actor, MONDAY, error);
}

static void
test_handle(gconstpointer engine)
{
	static const struct {
		const char *id, *account, *kind, *reason;
		gint code;
	} refused[] = {
		{ NULL, "a-eve", "bureau", "", FN_WATCH_ERROR_INPUT },
		{ NULL, "a-eve", "bureau", "no", FN_WATCH_ERROR_INPUT },
		{ NULL, "a-eve", "bureau", NULL, FN_WATCH_ERROR_INPUT },
		{ NULL, "a-eve", "department", "looked into it", FN_WATCH_ERROR_OFFICE },
		{ NULL, "10.0.0.0", "bureau", "it is about me", FN_WATCH_ERROR_OFFICE },
		{ "none", "a-eve", "bureau", "looked into it", FN_WATCH_ERROR_UNKNOWN },
		{ "\xff", "a-eve", "bureau", "looked into it", FN_WATCH_ERROR_UNKNOWN },
	};
	g_autoptr(World) world = world_new(engine);
	g_autofree char *id = NULL;
	g_autoptr(GError) error = NULL;
	json_t *alerts;

	guesses(world, 0);
	world_follow(world, 64);
	alerts = world_alerts(world, "failed_logins");
	id = g_strdup(text_in(json_array_get(alerts, 0), "id"));
	json_decref(alerts);
	for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
		g_autoptr(GError) why = NULL;

		g_assert_false(handle(world, refused[i].id != NULL ? refused[i].id : id, refused[i].account, refused[i].kind, refused[i].reason, &why));
		g_assert_error(why, FN_WATCH_ERROR, refused[i].code);
	}
	g_assert_true(handle(world, id, "a-eve", "bureau", "a forgotten password", &error));
	g_assert_false(handle(world, id, "a-eve", "bureau", "once more", &error));
	g_assert_error(error, FN_WATCH_ERROR, FN_WATCH_ERROR_STATE);
	/* what was handled is not told again while the window still holds it, and then is */
	play(world->log, &(const Play){ .event = "failed", .n = 3, .at = 160, .every = 10000 });
	world_follow(world, 64);
	alerts = world_alerts(world, "failed_logins");
	g_assert_cmpuint(json_array_size(alerts), ==, 1);
	json_decref(alerts);
	guesses(world, 3600);
	world_follow(world, 64);
	alerts = world_alerts(world, "failed_logins");
	g_assert_cmpuint(json_array_size(alerts), ==, 2);
	g_assert_cmpstr(text_in(json_array_get(alerts, 1), "reason"), ==, "a forgotten password");
	json_decref(alerts);
}

static void
test_list(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	g_autoptr(FnActor) bo = world_actor("a-bo", "B", "department", "officer"), gu = world_actor("a-gu", "A", "department", "officer"),
		eve = world_actor("a-eve", "Z", "bureau", "officer");
	g_autoptr(GError) error = NULL;
	FnWatchQuestion question = { .limit = 1 };
	json_t *answer, *next;
	g_autofree char *before = NULL;
	guint pages = 0;

	burst(world, 0);
	guesses(world, 3600);
	world_follow(world, 64);
	do {
		question.before = before;
		answer = fn_watch_alerts(world->db, NULL, eve, &question, &error);
		g_assert_no_error(error);
		g_assert_cmpuint(json_array_size(json_object_get(answer, "items")), ==, 1);
		next = json_object_get(answer, "next");
		g_free(before);
		before = g_strdup(json_string_value(next));
		json_decref(answer);
	} while (++pages < 9 && before != NULL);
	g_assert_cmpuint(pages, ==, 2);
	question = (FnWatchQuestion){ .limit = 500 };
	answer = fn_watch_alerts(world->db, NULL, bo, &question, &error); /* its own, not those of nobody */
	g_assert_cmpuint(json_array_size(json_object_get(answer, "items")), ==, 1);
	json_decref(answer);
	question.organization = "B"; /* who is not of the bureau does not see others by asking for them */
	answer = fn_watch_alerts(world->db, NULL, gu, &question, &error);
	g_assert_cmpuint(json_array_size(json_object_get(answer, "items")), ==, 0);
	json_decref(answer);
	question.state = "lost";
	g_assert_null(fn_watch_alerts(world->db, NULL, eve, &question, &error));
	g_assert_error(error, FN_WATCH_ERROR, FN_WATCH_ERROR_INPUT);
	g_clear_error(&error);
	question = (FnWatchQuestion){ .limit = 501 };
	g_assert_null(fn_watch_alerts(world->db, NULL, eve, &question, &error));
	g_assert_error(error, FN_WATCH_ERROR, FN_WATCH_ERROR_INPUT);
}

/* ---- cases ---- */

static void
step(World *world, const char *id, const char *what, const FnActor *actor)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_db_begin(world->db, NULL));
	fn_work_step(world->work, world->db, id, what, "so it was seen", NULL, actor, MONDAY, &error);
	g_assert_no_error(error);
	g_assert_true(fn_db_commit(world->db, NULL));
}

static char *
state_of(World *world, const char *sql_id)
{
	static const char *const parameters[] = { "id", NULL };
	static const FnSql sql = { "test", "SELECT state FROM work_case WHERE id = :id", "SELECT state FROM work_case WHERE id = $1", parameters };

	return fn_db_text(world->db, &sql, FN_BINDS(FN_TEXT("id", sql_id)), NULL);
}

static char *
only_case(World *world, const char *rule)
{
	json_t *alerts = world_alerts(world, rule);
	char *id = g_strdup(text_in(json_array_get(alerts, 0), "case"));

	g_assert_cmpuint(json_array_size(alerts), ==, 1);
	json_decref(alerts);
	return id;
}

static void
test_false_alarm(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	g_autoptr(FnActor) eve = world_actor("a-eve", "Z", "bureau", "officer"), bo = world_actor("a-bo", "B", "department", "officer");
	g_autofree char *id = NULL, *alert = NULL;
	g_autoptr(GError) error = NULL;
	json_t *alerts;

	burst(world, 0);
	world_follow(world, 64);
	id = only_case(world, "denied_burst");
	g_assert_true(fn_work_audit(world->work, world->db, id, &error));
	step(world, id, "ask", eve);
	step(world, id, "explain", bo);
	g_assert_false(handle(world, "x", "a-eve", "bureau", "a short cut", &error));
	g_clear_error(&error);
	step(world, id, "dismiss", eve);
	world_look(world, MONDAY);
	alerts = world_alerts(world, "denied_burst");
	g_assert_cmpstr(text_in(json_array_get(alerts, 0), "state"), ==, "handled");
	alert = g_strdup(text_in(json_array_get(alerts, 0), "id"));
	json_decref(alerts);
	g_assert_false(handle(world, alert, "a-eve", "bureau", "a short cut", &error)); /* it has a case */
	g_assert_error(error, FN_WATCH_ERROR, FN_WATCH_ERROR_STATE);
}

/* An application that stands active, as its own procedure would have left it. */
static const FnSql application[] = {
	WORLD_SQL("INSERT INTO work_case (id, procedure, state, subject, form, parties, revision, opened_at, changed_at, ended) VALUES "
		"('case-g-low', 'sharing_unconditional', 'active', 'r1', '{}', '{\"provider\":\"A\",\"consumer\":\"B\"}', 1, 0, 0, 0)"),
	WORLD_SQL("INSERT INTO work_history (case_id, number, at, kind, step, from_state, to_state, role, office, account, person, name, "
		"organization) VALUES ('case-g-low', 1, 0, 'open', '', '', 'active', 'drafter', 'officer', 'a', 'p', 'n', 'B')"),
};

static void
confirm(World *world, const char *rule, char **case_out)
{
	g_autoptr(FnActor) eve = world_actor("a-eve", "Z", "bureau", "officer");

	*case_out = only_case(world, rule);
	step(world, *case_out, "confirm", eve);
	step(world, *case_out, "suspend", eve);
	world_look(world, MONDAY);
}

/* On the word of the bureau the platform suspends the grant, and its application says so. */
static void
test_suspend(gconstpointer engine)
{
	static const FnSql state = WORLD_SQL("SELECT state FROM sharing_grant WHERE id = 'g-low'");
	const Play numbers = { .event = "query", .n = 70, .every = 5000 };
	g_autoptr(World) world = world_new(engine);
	g_autofree char *id = NULL, *grant = NULL, *alert = NULL, *of_application = NULL;
	json_t *alerts;

	for (gsize i = 0; i < G_N_ELEMENTS(application); i++)
		world_exec(world->db, &application[i]);
	play(world->log, &numbers);
	world_follow(world, 64);
	confirm(world, "enumeration", &id);
	grant = fn_db_text(world->db, &state, FN_NO_BINDS, NULL);
	alert = state_of(world, id);
	of_application = state_of(world, "case-g-low");
	g_assert_cmpstr(grant, ==, "suspended");
	g_assert_cmpstr(alert, ==, "closed");
	g_assert_cmpstr(of_application, ==, "suspended");
	alerts = world_alerts(world, "enumeration");
	g_assert_cmpstr(text_in(json_array_get(alerts, 0), "state"), ==, "handled");
	json_decref(alerts);
}

/* What names no grant goes back to the desk with the reason. */
static void
test_not_suspended(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	g_autofree char *id = NULL, *state = NULL;

	burst(world, 0);
	world_follow(world, 64);
	confirm(world, "denied_burst", &id);
	state = state_of(world, id);
	g_assert_cmpstr(state, ==, "confirmed");
}

/* What is ordered reaches the organization, with its clock. */
static void
test_rectify(gconstpointer engine)
{
	static const FnSql rectification = WORLD_SQL("SELECT state FROM work_case WHERE procedure = 'rectification'");
	g_autoptr(World) world = world_new(engine);
	g_autoptr(FnActor) eve = world_actor("a-eve", "Z", "bureau", "officer");
	g_autofree char *id = NULL, *state = NULL;

	burst(world, 0);
	world_follow(world, 64);
	id = only_case(world, "denied_burst");
	step(world, id, "confirm", eve);
	step(world, id, "rectify", eve);
	step(world, id, "close", eve);
	world_look(world, MONDAY);
	state = fn_db_text(world->db, &rectification, FN_NO_BINDS, NULL);
	g_assert_cmpstr(state, ==, "fixing");
}

/* ---- what no entry tells ---- */

static void
test_unused(gconstpointer engine)
{
	const Play call = { .event = "query", .n = 1, .at = 80 * DAYS };
	g_autoptr(World) world = world_new(engine);
	g_autofree char *id = NULL;
	json_t *alerts;

	play(world->log, &call); /* g-low; g-high became active on MONDAY and is never used */
	world_follow(world, 64);
	world_look(world, MONDAY + 89 * DAYS * G_USEC_PER_SEC);
	alerts = world_alerts(world, "unused_grant");
	g_assert_cmpuint(json_array_size(alerts), ==, 0);
	json_decref(alerts);
	for (guint i = 0; i < 3; i++)
		world_look(world, MONDAY + (91 + (gint64)i) * DAYS * G_USEC_PER_SEC);
	alerts = world_alerts(world, "unused_grant");
	g_assert_cmpuint(json_array_size(alerts), ==, 1);
	g_assert_cmpstr(text_in(json_array_get(alerts, 0), "subject"), ==, "g-high");
	g_assert_cmpint(json_integer_value(json_object_get(json_array_get(alerts, 0), "measured")), ==, 93);
	id = g_strdup(text_in(json_array_get(alerts, 0), "id"));
	json_decref(alerts);
	g_assert_true(handle(world, id, "a-eve", "bureau", "kept for the census", NULL));
	world_look(world, MONDAY + 100 * DAYS * G_USEC_PER_SEC);
	alerts = world_alerts(world, "unused_grant"); /* not at once again */
	g_assert_cmpuint(json_array_size(alerts), ==, 1);
	json_decref(alerts);
}

/* Each return after months is told, the one behind a handled alert too. */
static void
test_returns(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);
	json_t *alerts;

	play(world->log, &(const Play){ .event = "login", .n = 2, .every = 100 * DAYS * 1000 });
	world_follow(world, 64);
	alerts = world_alerts(world, "idle_account");
	g_assert_cmpuint(json_array_size(alerts), ==, 1);
	g_assert_cmpint(json_integer_value(json_object_get(json_array_get(alerts, 0), "measured")), ==, 100);
	g_assert_cmpint(json_integer_value(json_object_get(json_array_get(alerts, 0), "from")), ==, 1);
	json_decref(alerts);
	world_exec(world->db, &(const FnSql)WORLD_SQL("UPDATE watch_alert SET state = 'handled'"));
	play(world->log, &(const Play){ .event = "login", .n = 1, .at = 200 * DAYS });
	world_follow(world, 64);
	alerts = world_alerts(world, "idle_account");
	g_assert_cmpuint(json_array_size(alerts), ==, 2);
	json_decref(alerts);
}

/* ---- rules ---- */

#define RULE(...) "id: x\ntitle: {zh: 甲, en: A}\nlaw: [L]\nseverity: minor\nwindow: {value: 1, unit: day}\n" __VA_ARGS__

static void
test_bad_rules(void)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ RULE("measure: weather\nper: grant\nthreshold: {value: 1}\nthen: [alert]\n"), "there is no measure \"weather\"" },
		{ RULE("measure: calls\nper: person\nthreshold: {value: 1}\nthen: [alert]\n"), "cannot be counted per person" },
		{ RULE("measure: calls\nper: grant\nthreshold: {value: 0}\nthen: [alert]\n"), "always reached" },
		{ RULE("measure: sensitive\nper: grant\nthreshold: {value: 1}\nthen: [alert]\n"), "needs \"level\"" },
		{ RULE("measure: off_hours\nper: grant\nthreshold: {value: 1}\nthen: [alert]\n"), "needs \"hours\"" },
		{ RULE("measure: off_hours\nper: grant\nthreshold: {value: 1}\nthen: [alert]\nhours: {begin: 20, end: 7}\n"), "begin before they end" },
		{ RULE("measure: calls\nper: account\nlevel: 3\nthreshold: {value: 1}\nthen: [alert]\n"), "is a grant's" },
		{ RULE("measure: calls\nper: grant\nthreshold: {value: 1}\nthen: [case]\n"), "add \"alert\"" },
		{ RULE("measure: one_person\nper: person\nthreshold: {value: 1}\nthen: [alert, case]\n"), "has no case" },
		{ "id: x\ntitle: {zh: 甲, en: A}\nlaw: [L]\nseverity: minor\nwindow: {value: 0, unit: day}\nmeasure: calls\nper: grant\n"
			"threshold: {value: 1}\nthen: [alert]\n", "write 1 to 400" },
	};
	g_autofree char *directory = fn_rules_directory(NULL), *more = g_dir_make_tmp("fengni-watch-XXXXXX", NULL),
		*folder = g_build_filename(more, "watch", NULL), *file = g_build_filename(folder, "x.yaml", NULL);

	g_mkdir(folder, 0700);
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(FnRules) rules = NULL;
		g_autoptr(GError) error = NULL;

		g_assert_true(g_file_set_contents(file, bad[i].text, -1, NULL));
		rules = fn_rules_load(directory, "national", more, &error);
		g_assert_no_error(error);
		g_assert_null(fn_watch_new(rules, NULL, &error));
		g_assert_error(error, FN_RULES_ERROR, FN_RULES_ERROR_REFERENCE);
		g_assert_nonnull(strstr(error->message, bad[i].says));
		g_assert_nonnull(strstr(error->message, "x.yaml:"));
		g_clear_error(&error);
		g_assert_null(fn_watch_rules(rules, &error));
	}
	g_unlink(file);
	g_rmdir(folder);
	g_rmdir(more);
}

static void
test_told_rules(void)
{
	g_autofree char *directory = fn_rules_directory(NULL);
	g_autoptr(FnRules) rules = fn_rules_load(directory, "national", NULL, NULL);
	json_t *list = fn_watch_rules(rules, NULL), *rule;
	size_t i;

	json_array_foreach(list, i, rule) {
		g_assert_cmpint(json_integer_value(json_object_get(rule, "threshold")), >, 0);
		g_assert_cmpuint(json_array_size(json_object_get(rule, "law")), >, 0);
		g_assert_nonnull(text_in(rule, "parameter"));
	}
	g_assert_cmpuint(json_array_size(list), >=, 12);
	json_decref(list);
}

static void
test_statements(gconstpointer engine)
{
	g_autoptr(World) world = world_new(engine);

	fn_test_statements(world->db, fn_sql_watch_all);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(90000);
	fn_test_add("/watch/same", test_same);
	fn_test_add("/watch/catch_up", test_catch_up);
	fn_test_add("/watch/handled_meanwhile", test_handled_meanwhile);
	fn_test_add("/watch/goes_on", test_goes_on);
	fn_test_add("/watch/failed_step", test_failed_step);
	fn_test_add("/watch/other_log", test_other_log);
	fn_test_add("/watch/pruned", test_pruned);
	fn_test_add("/watch/forged", test_forged);
	fn_test_add("/watch/odd_entries", test_odd_entries);
	fn_test_add("/watch/bounded", test_bounded);
	fn_test_add("/watch/damaged", test_damaged);
	fn_test_add("/watch/handle", test_handle);
	fn_test_add("/watch/list", test_list);
	fn_test_add("/watch/false_alarm", test_false_alarm);
	fn_test_add("/watch/suspend", test_suspend);
	fn_test_add("/watch/not_suspended", test_not_suspended);
	fn_test_add("/watch/rectify", test_rectify);
	fn_test_add("/watch/unused", test_unused);
	fn_test_add("/watch/returns", test_returns);
	fn_test_add("/watch/statements", test_statements);
	g_test_add_func("/watch/bad_rules", test_bad_rules);
	g_test_add_func("/watch/told_rules", test_told_rules);
	return g_test_run();
}
