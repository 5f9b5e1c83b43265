/* Each check finds what it is for, and not its innocent neighbour. A new check adds a row. */
#include "oversight/fixture.h"
#include "register/register.h"

#include <glib/gstdio.h>

/* ---- statements ---- */

static void
test_statements(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);

	fn_test_statements(city->db, fn_sql_oversight_all);
}

/* What checks.sql promises at its head: a single read, bounded, with parameters that the pack has; and nobody else may be named. */
static void
test_promises(void)
{
	static const char *const given[] = { "now", "today", "soon", "most", NULL };
	g_autofree char *directory = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);
	g_autoptr(FnRules) rules = fn_rules_load(directory, "national", NULL, NULL);
	guint n = 0;

	g_assert_nonnull(rules);
	for (guint i = 0; fn_sql_oversight_all[i] != NULL; i++) {
		const FnSql *sql = fn_sql_oversight_all[i];

		if (!g_str_has_prefix(sql->name, "oversight.check_"))
			continue;
		g_test_message("%s", sql->name);
		n++;
		for (guint j = 0; j < 2; j++) {
			const char *text = j == 0 ? sql->sqlite : sql->postgres;

			g_assert_true(g_str_has_prefix(text, "SELECT") || g_str_has_prefix(text, "WITH"));
			g_assert_nonnull(strstr(text, "LIMIT"));
		}
		g_assert_true(g_strv_contains(sql->parameters, "most"));
		for (guint j = 0; sql->parameters[j] != NULL; j++) {
			FnParameter parameter;

			g_assert_true(g_strv_contains(given, sql->parameters[j]) || fn_rules_parameter(rules, sql->parameters[j], &parameter));
		}
	}
	g_assert_cmpuint(n, >=, 15);
}

/* Every check file names what there is. */
static void
test_files(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	FnOversight at = town_at(town);
	g_autoptr(FnLook) look = fn_look_new(&at);
	guint n;
	const FnNode *const *all = fn_rules_all(town->rules, "checks", &n);

	g_assert_cmpuint(n, >=, 16);
	for (guint i = 0; i < n; i++) {
		const FnChecked *checked = fn_look_check(look, fn_node_text(all[i], "id"));

		g_test_message("%s: %s", fn_node_text(all[i], "id"), checked->cannot != NULL ? checked->cannot : "runs");
		if (fn_node_text(fn_node_get(all[i], "find"), "builtin") == NULL) /* those need the ledger's index or its witnesses */
			g_assert_null(checked->cannot);
		g_assert_true(checked == fn_look_check(look, fn_node_text(all[i], "id"))); /* once only */
	}
	g_assert_nonnull(fn_look_check(look, "no_such_check")->cannot);
}

/* ---- what each finds ---- */

/* Plays in the town; the text is what offends or is near afterwards. */
typedef void (*Play)(Town *town);

/* A statement of a play's own. */
static void
play_sql(Town *town, const char *text)
{
	static const char *const none[] = { NULL };
	/* Statements are kept by their address for as long as the connection, so these live as long as the program. */
	FnSql *sql = g_new0(FnSql, 1);
	g_autoptr(GError) error = NULL;

	*sql = (FnSql){ "play", g_strdup(text), NULL, none };
	sql->postgres = sql->sqlite;
	fn_db_exec(town->city->db, sql, FN_NO_BINDS, NULL, &error);
	g_assert_no_error(error);
	g_ptr_array_add(town->names, (gpointer)sql->sqlite);
	g_ptr_array_add(town->names, sql);
}

static void
play_nothing(Town *town)
{
}

static void
play_application(Town *town)
{
	g_free(town_application(town, "130100-x-1"));
}

static void
play_unanswered(Town *town)
{
	play_application(town);
	town_wait(town, 40);
}

static void
play_nearly_late(Town *town)
{
	play_application(town);
	town_wait(town, 20); /* National Day lies between */
}

static void
play_answered_late(Town *town)
{
	g_autofree char *id = town_application(town, "130100-x-1");

	town_wait(town, 40);
	town_step(town, id, "refuse", "不符合共享条件", town->city->sharing);
}

static void
play_not_supplied(Town *town)
{
	g_autofree char *id = town_application(town, "130100-x-1");

	town_step(town, id, "agree", NULL, town->city->sharing);
	town_wait(town, 60);
}

static void
play_disputed(Town *town)
{
	g_autofree char *id = town_application(town, "130100-x-1");

	town_step(town, id, "refuse", "不符合共享条件", town->city->sharing);
	town_step(town, id, "dispute", "理由不成立", town->city->asking_head);
	town_wait(town, 60);
}

/* The catalog's officer answers and the department's head delivers. */
static char *
play_active(Town *town)
{
	char *id = town_application(town, "130100-x-1");

	town_step(town, id, "agree", NULL, town->city->sharing);
	town_step(town, id, "provide", NULL, town->city->officer);
	town_step(town, id, "deliver", NULL, town->city->officer);
	return id;
}

static void
play_not_disposed(Town *town)
{
	g_autofree char *id = play_active(town);

	town_step(town, id, "finish", "业务结束", town->city->asker);
	town_wait(town, 60);
}

static void
play_not_rectified(Town *town)
{
	g_autofree char *id = play_active(town);

	town_step(town, id, "suspend", "超范围使用", town->city->sharing);
	town_step(town, id, "order", "停止超范围使用", town->city->sharing);
	town_wait(town, 60);
}

static void
play_published(Town *town)
{
	g_autofree char *code = fixture_add(town->city, NULL);

	fixture_publish(town->city, code);
}

static void
play_old_entry(Town *town)
{
	play_published(town);
	town->now += 366 * DAY;
}

static void
play_ageing_entry(Town *town)
{
	play_published(town);
	town->now += 360 * DAY;
}

static void
play_kept(Town *town)
{
	play_published(town);
	play_sql(town, "UPDATE field SET mask = 'keep' WHERE name = 'person_name'");
}

static void
play_labelled(Town *town)
{
	play_published(town);
	play_sql(town, "UPDATE field SET labels = '[\"personal\"]'");
}

static void
play_agreement(Town *town, const char *until)
{
	g_autofree char *grant = NULL, *paper = NULL, *code = fixture_add(town->city, NULL);

	grant = g_strdup_printf("INSERT INTO sharing_grant (id, case_id, resource, resource_version, provider, consumer, system, mode, purpose, basis, "
		"scenario, row_scope, operators, hour_from, hour_until, quota_day, case_required, level, valid_from, valid_until, state, content, "
		"prepared_at, changed_at) VALUES ('g1', 'c1', '%s', 1, '%s', '%s', '%s', 'query', 'p', 'b', 's', '[]', '[]', 0, 1440, 0, 0, 3, 0, "
		"9000000000000000, 'active', '{}', 0, 0)", code, town->city->provider, town->city->consumer, town->city->system);
	paper = g_strdup_printf("INSERT INTO sharing_paper (id, kind, provider, consumer, digest, note, provider_signer, consumer_signer, created_at, "
		"valid_until) VALUES ('p1', 'nda', '%s', '%s', 'd', '', '%s', '%s', 0, %s)", town->city->provider, town->city->consumer,
		town->city->sharing->account, town->city->asking_head->account, until);
	play_sql(town, grant);
	play_sql(town, paper);
}

static void
play_agreement_over(Town *town)
{
	play_agreement(town, "1789000000000000");
}

static void
play_agreement_ends(Town *town)
{
	play_agreement(town, "1790200000000000");
}

static void
play_agreement_good(Town *town)
{
	play_agreement(town, "1890000000000000");
}

static void
play_certificate(Town *town, gint64 until)
{
	g_autofree char *text = g_strdup_printf("INSERT INTO certificate (fingerprint, system, pem, not_before, not_after, created_at) VALUES "
		"('f1', '%s', 'pem', 0, %" G_GINT64_FORMAT ", 0)", town->city->system, until);

	play_sql(town, text);
}

static void
play_certificate_over(Town *town)
{
	play_certificate(town, noon - DAY);
}

static void
play_certificate_ends(Town *town)
{
	play_certificate(town, noon + 3 * DAY);
}

static void
play_certificate_good(Town *town)
{
	play_certificate(town, noon + 300 * DAY);
}

/* Accounts are as old as the machine's clock says. */
static void
play_today(Town *town)
{
	town->now = fn_time_now();
}

static void
play_idle(Town *town)
{
	town->now = fn_time_now();
	play_sql(town, "UPDATE account SET created_at = created_at - 7862400000000 WHERE login = 'asker1'"); /* 91 days */
}

static void
play_nearly_idle(Town *town)
{
	town->now = fn_time_now();
	play_sql(town, "UPDATE account SET created_at = created_at - 6912000000000 WHERE login = 'asker1'"); /* 80 days */
}

static void
play_old_password(Town *town)
{
	town->now = fn_time_now();
	play_sql(town, "UPDATE account SET password_at = password_at - 7862400000000 WHERE login = 'head1'");
}

static void
play_left(Town *town)
{
	g_autoptr(GError) error = NULL;

	fn_people_close_account(town->city->db, town->city->asker->account, &error);
	g_assert_no_error(error);
}

static void
play_left_with_office(Town *town)
{
	play_left(town);
	play_sql(town, "INSERT INTO office (account, office, since) SELECT id, 'officer', 0 FROM account WHERE login = 'asker1'");
}

static void
play_closed_organization(Town *town)
{
	play_sql(town, "UPDATE organization SET state = 'closed' WHERE kind = 'enterprise'");
}

static void
play_alert(Town *town, const char *rule, const char *state)
{
	g_autofree char *alert = g_strdup_printf("INSERT INTO watch_alert (id, rule, per, subject, organization, severity, state, first_at, last_at, "
		"count, log, from_index, to_index, measured, threshold, entered) VALUES ('%s-1', '%s', 'system', '%s', '%s', 'major', '%s', 1, 1, 1, 1, 1, "
		"1, 9, 3, 1)", rule, rule, town->city->system, town->city->consumer, state);

	play_sql(town, alert);
}

static void
play_purposes(Town *town)
{
	play_alert(town, "purpose_denied", "open");
	play_alert(town, "sensitive_volume", "handled");
}

static const struct {
	const char *name, *check;
	Play play;
	guint offending, near;
	const char *whose; /* "provider", "consumer", "bureau", "company": of the first */
} plays[] = {
	{ "waits", "late_answer", play_application, 0, 0 },
	{ "late", "late_answer", play_unanswered, 1, 0, "provider" },
	{ "nearly", "late_answer", play_nearly_late, 0, 1, "provider" },
	{ "came-late", "late_answer", play_answered_late, 1, 0, "provider" },
	{ "late", "late_supply", play_not_supplied, 1, 0, "provider" },
	{ "other", "late_supply", play_unanswered, 0, 0 },
	{ "late", "late_dispute", play_disputed, 1, 0, "bureau" },
	{ "other", "late_dispute", play_unanswered, 0, 0 },
	{ "late", "late_disposal", play_not_disposed, 1, 0, "consumer" },
	{ "other", "late_disposal", play_unanswered, 0, 0 },
	{ "late", "late_rectification", play_not_rectified, 1, 0, "consumer" },
	{ "other", "late_rectification", play_not_disposed, 0, 0 },
	{ "fresh", "catalog_overdue", play_published, 0, 0 },
	{ "ageing", "catalog_overdue", play_ageing_entry, 0, 1, "provider" },
	{ "old", "catalog_overdue", play_old_entry, 1, 0, "provider" },
	{ "unlabelled", "fields_unclassified", play_published, 3, 0, "provider" },
	{ "labelled", "fields_unclassified", play_labelled, 0, 0 },
	{ "masked", "fields_unmasked", play_published, 0, 0 },
	{ "kept", "fields_unmasked", play_kept, 1, 0, "provider" },
	{ "over", "expired_agreements", play_agreement_over, 1, 0, "provider" },
	{ "ends", "expired_agreements", play_agreement_ends, 0, 1, "provider" },
	{ "good", "expired_agreements", play_agreement_good, 0, 0 },
	{ "over", "certificates_expiring", play_certificate_over, 1, 0, "consumer" },
	{ "ends", "certificates_expiring", play_certificate_ends, 0, 1, "consumer" },
	{ "good", "certificates_expiring", play_certificate_good, 0, 0 },
	{ "new", "accounts_idle", play_today, 0, 0 },
	{ "idle", "accounts_idle", play_idle, 1, 0, "consumer" },
	{ "nearly", "accounts_idle", play_nearly_idle, 0, 1, "consumer" },
	{ "new", "password_old", play_today, 0, 0 },
	{ "old", "password_old", play_old_password, 1, 0, "provider" },
	{ "closed", "leavers_with_rights", play_left, 0, 0 },
	{ "office", "leavers_with_rights", play_left_with_office, 1, 0, "consumer" },
	{ "house", "leavers_with_rights", play_closed_organization, 1, 0, "company" },
	{ "there", "data_officer_missing", play_nothing, 0, 0 },
	{ "left", "data_officer_missing", play_left, 1, 0, "consumer" },
	{ "missing", "editor_reviewer_missing", play_nothing, 2, 0 }, /* the provider has both, consumer and bureau none */
	{ "alert", "purpose_breach", play_purposes, 1, 0, "consumer" },
	{ "handled", "sensitive_misuse", play_purposes, 0, 0 },
	{ "other", "scope_breach", play_purposes, 0, 0 },
	{ "no-index", "unused_grants", play_nothing, 0, 0 },
};

static const char *
place(const Town *town, const char *whose)
{
	const City *city = town->city;

	return strcmp(whose, "provider") == 0 ? city->provider : strcmp(whose, "consumer") == 0 ? city->consumer :
		strcmp(whose, "bureau") == 0 ? city->bureau : city->company;
}

static void
test_plays(gconstpointer engine)
{
	for (gsize i = 0; i < G_N_ELEMENTS(plays); i++) {
		g_autoptr(Town) town = town_new(engine, NULL);
		FnOversight at;
		g_autoptr(FnLook) look = NULL;
		const FnChecked *checked;

		plays[i].play(town);
		at = town_at(town);
		look = fn_look_new(&at);
		checked = fn_look_check(look, plays[i].check);
		g_test_message("%s %s: %u and %u, %s", plays[i].check, plays[i].name, checked->offending, checked->near,
			checked->cannot != NULL ? checked->cannot : "ran");
		g_assert_cmpuint(checked->offending, ==, plays[i].offending);
		g_assert_cmpuint(checked->near, ==, plays[i].near);
		if (plays[i].whose != NULL)
			g_assert_cmpstr(((FnOffender *)checked->offenders->pdata[0])->organization, ==, place(town, plays[i].whose));
	}
}

static void
test_both(void)
{
	for (guint i = 0; town_played[i] != NULL; i++) {
		guint offends = 0, innocent = 0;

		for (gsize j = 0; j < G_N_ELEMENTS(plays); j++)
			if (strcmp(plays[j].check, town_played[i]) == 0) {
				offends += plays[j].offending > 0;
				innocent += plays[j].offending == 0;
			}
		if (offends == 0 || innocent == 0)
			g_test_fail_printf("%s: %u trials in which it finds somebody, %u in which nobody", town_played[i], offends, innocent);
	}
}

/* ---- the other ways to find, by check files of a test's own ---- */

static void
write_check(const char *directory, const char *id, const char *find)
{
	g_autofree char *file = g_strdup_printf("%s/checks/%s.yaml", directory, id);
	g_autofree char *text = g_strdup_printf("id: %s\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nevery: [year]\nseverity: minor\nfind: %s\n"
		"finding: {zh: 甲, en: A}\nscore: {parameter: score_minor}\nfix_within: {parameter: rectify_minor}\nadvice: {zh: 甲, en: A}\n", id, find);

	g_assert_true(g_file_set_contents(file, text, -1, NULL));
}

static const struct {
	const char *id, *find;
	guint offending, near;
} others[] = {
	{ "own_each", "{each_has: own_book, kinds: [department, bureau]}", 2, 0 },
	{ "own_each_on", "{each_has: own_book, where: {state: [\"on\"]}, kinds: [department]}", 2, 0 },
	{ "own_renewal", "{none_overdue: own_book}", 0, 1 },
	{ "own_where", "{none_where: own_book, where: {state: [\"off\"]}}", 1, 0 },
	{ "own_late", "{late: sharing_application, clock: reply}", 1, 0 },
	{ "own_open", "{open: sharing_application, older: {parameter: account_idle}}", 0, 0 },
	{ "own_old", "{open: sharing_application, older: {parameter: check_warn}}", 1, 0 },
};

static char *
other_rules(void)
{
	static const char book[] = "id: own_book\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nscope: organization\nwrite: [officer@organization]\nkey: [name]\n"
		"fields:\n  name: {type: text, required: true, zh: 名, en: Name}\n  state: {type: enum, values: [\"on\", \"off\"], zh: 态, en: State}\n"
		"  until: {type: date, zh: 止, en: Until}\nrenew: {until: until, warn: 30}\n";
	char *directory = g_dir_make_tmp("oversight-XXXXXX", NULL);
	g_autofree char *checks = g_build_filename(directory, "checks", NULL), *registers = g_build_filename(directory, "registers", NULL);
	g_autofree char *file = g_build_filename(registers, "own_book.yaml", NULL);

	g_assert_cmpint(g_mkdir(checks, 0700), ==, 0);
	g_assert_cmpint(g_mkdir(registers, 0700), ==, 0);
	g_assert_true(g_file_set_contents(file, book, -1, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
		write_check(directory, others[i].id, others[i].find);
	return directory;
}

static void
drop_rules(char *directory)
{
	static const char *const folders[] = { "checks", "registers" };
	g_autofree char *book = g_build_filename(directory, "registers", "own_book.yaml", NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
		g_autofree char *file = g_strdup_printf("%s/checks/%s.yaml", directory, others[i].id);

		g_unlink(file);
	}
	g_unlink(book);
	for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
		g_autofree char *folder = g_build_filename(directory, folders[i], NULL);

		g_rmdir(folder);
	}
	g_rmdir(directory);
	g_free(directory);
}

/* A record of the provider that is off and ends soon; an application that waits for forty days. */
static void
test_others(gconstpointer engine)
{
	char *directory = other_rules();
	g_autoptr(Town) town = town_new(engine, directory);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnLook) look = NULL;
	g_autofree char *record = NULL;
	json_t *values;
	FnOversight at;

	play_application(town);
	town_wait(town, 40); /* 2026-10-31 */
	values = json_pack("{s:s, s:s, s:s}", "name", "a", "state", "off", "until", "2026-11-10");
	record = fn_register_add(town->city->db, town->rules, "own_book", NULL, values, town->city->officer, town->now, &error);
	g_assert_no_error(error);
	json_decref(values);
	at = town_at(town);
	look = fn_look_new(&at);
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
		const FnChecked *checked = fn_look_check(look, others[i].id);

		g_test_message("%s: %u and %u, %s", others[i].id, checked->offending, checked->near, checked->cannot != NULL ? checked->cannot : "ran");
		g_assert_null(checked->cannot);
		g_assert_cmpuint(checked->offending, ==, others[i].offending);
		g_assert_cmpuint(checked->near, ==, others[i].near);
	}
	g_assert_cmpstr(((FnOffender *)fn_look_check(look, "own_late")->offenders->pdata[0])->organization, ==, town->city->provider);
	g_assert_cmpstr(((FnOffender *)fn_look_check(look, "own_where")->offenders->pdata[0])->subject, ==, record);
	drop_rules(directory);
}

/* More than can be told: bounded, and said so; what is not told is not taken for gone. */
static void
test_bounded(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	FnOversight at = town_at(town);
	g_autoptr(FnLook) look = NULL;
	const FnChecked *checked;

	for (guint i = 0; i < FN_OFFENDERS_MOST + 5; i++) {
		g_autofree char *text = g_strdup_printf("INSERT INTO watch_alert (id, rule, per, subject, organization, severity, state, first_at, last_at, "
			"count, log, from_index, to_index, measured, threshold, entered) VALUES ('a%u', 'scope_denied', 'system', 's', 'o', 'major', 'open', 1, "
			"1, 1, 1, 1, 1, 9, 3, 1)", i);

		play_sql(town, text);
	}
	look = fn_look_new(&at);
	checked = fn_look_check(look, "scope_breach");
	g_assert_cmpuint(checked->offending, ==, FN_OFFENDERS_MOST);
	g_assert_true(checked->more);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/oversight/find/promises", test_promises);
	fn_test_add("/oversight/find/statements", test_statements);
	fn_test_add("/oversight/find/files", test_files);
	g_test_add_func("/oversight/find/both", test_both);
	fn_test_add("/oversight/find/plays", test_plays);
	fn_test_add("/oversight/find/others", test_others);
	fn_test_add("/oversight/find/bounded", test_bounded);
	return g_test_run();
}
