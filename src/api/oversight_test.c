/* Inspections, findings and compliance by the console API: who sees what, who may, what is entered. */
#include "api/test_console.h"

static const char *
token(Console *c, const char *office)
{
	for (guint i = 0; i < OFFICES; i++)
		if (g_str_equal(console_offices[i], office))
			return c->token[i];
	g_assert_not_reached();
}

static char *
this_month(void)
{
	g_autofree char *today = fn_time_date_text(fn_time_now());

	return g_strndup(today, 7);
}

static char *
run(Console *c, guint status)
{
	g_autofree char *month = this_month(), *body = g_strdup_printf("{\"period\":\"%s\"}", month);
	json_t *told = console_expect(c, "POST", "/api/v1/inspections", token(c, "auditor"), body, status);
	char *id = g_strdup(text_of(told, "id"));

	json_decref(told);
	return id;
}

/* From the first look to the score, and an entry for each write. */
static void
test_way(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *month = this_month(), *scores = g_strdup_printf("/api/v1/scores?period=%s", month), *path = NULL;
	g_autofree char *id = run(c, 200), *again = run(c, 200);
	guint entries = console_entries(c);
	json_t *answer = console_expect(c, "GET", "/api/v1/checks", token(c, "officer"), NULL, 200), *entry;

	g_assert_cmpstr(id, ==, again);
	entry = console_entry(c, entries - 1);
	g_assert_cmpstr(text_of(entry, "event"), ==, "inspection.run");
	g_assert_cmpstr(text_of(entry, "subject"), ==, id);
	json_decref(entry);
	g_assert_cmpuint(json_array_size(json_object_get(answer, "items")), >=, 16);
	json_decref(answer);
	answer = console_expect(c, "GET", scores, token(c, "auditor"), NULL, 200);
	g_assert_cmpuint(json_array_size(json_object_get(answer, "items")), >=, 1);
	json_decref(answer);
	path = g_strdup_printf("/api/v1/inspections/%s", id);
	answer = console_expect(c, "GET", path, token(c, "department_head"), NULL, 200);
	g_assert_cmpstr(text_of(answer, "period"), ==, month);
	json_decref(answer);
	console_do(c, "GET", "/api/v1/findings?state=open", token(c, "officer"), NULL, 200);
	console_do(c, "GET", "/api/v1/inspections", token(c, "officer"), NULL, 200);
}

static void
test_compliance(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	json_t *all = console_expect(c, "GET", "/api/v1/compliance", token(c, "auditor"), NULL, 200), *one;

	g_assert_cmpuint(json_array_size(json_object_get(all, "duties")), ==, 380);
	g_assert_cmpint(json_integer_value(json_object_get(all, "unmapped")), ==,
		json_integer_value(json_object_get(json_object_get(all, "counts"), "unmapped")));
	json_decref(all);
	one = console_expect(c, "GET", "/api/v1/compliance?article=002A-A16b&instrument=002A", token(c, "auditor"), NULL, 200);
	g_assert_cmpuint(json_array_size(json_object_get(one, "duties")), ==, 1);
	json_decref(one);
}

/* A report leaves an entry with its digest; a period that is none, and a format that others make, are refused. */
static void
test_reports(gconstpointer engine)
{
	g_autoptr(Console) c = console_new(engine);
	json_t *list = console_expect(c, "GET", "/api/v1/reports", token(c, "officer"), NULL, 200), *made, *entry;

	g_assert_cmpuint(json_array_size(json_object_get(list, "items")), ==, 7);
	json_decref(list);
	made = console_expect(c, "GET", "/api/v1/reports/quarterly_notice?period=2025-Q1", token(c, "auditor"), NULL, 200);
	entry = console_entry(c, console_entries(c) - 1);
	g_assert_cmpstr(text_of(entry, "event"), ==, "report.make");
	g_assert_cmpstr(text_of(entry, "subject"), ==, "quarterly_notice");
	g_assert_cmpstr(text_of(json_object_get(entry, "conditions"), "digest"), ==, text_of(made, "digest"));
	json_decref(entry);
	json_decref(made);
	console_do(c, "GET", "/api/v1/reports/quarterly_notice?period=2025-Q9", token(c, "auditor"), NULL, 400);
	console_do(c, "GET", "/api/v1/reports/quarterly_notice?period=2025-Q1&format=pdf", token(c, "auditor"), NULL, 400);
	console_do(c, "GET", "/api/v1/reports/nothing", token(c, "auditor"), NULL, 404);
	console_do(c, "GET", "/api/v1/reports/quarterly_notice", token(c, "system_admin"), NULL, 403);
}

/* What is wrong is said with its code; a company's people see their own and inspect nobody. */
static void
test_refusals(gconstpointer engine)
{
	static const struct {
		const char *office, *method, *path, *body;
		guint status;
	} cases[] = {
		{ "auditor", "POST", "/api/v1/inspections", "{}", 400 },
		{ "auditor", "POST", "/api/v1/inspections", "{\"period\":7}", 400 },
		{ "auditor", "POST", "/api/v1/inspections", "{\"period\":\"2020-01\"}", 409 },
		{ "auditor", "POST", "/api/v1/inspections", "{\"period\":\"tomorrow\"}", 400 },
		{ "auditor", "POST", "/api/v1/inspections", "{\"period\":\"2020-01\",\"checks\":\"all\"}", 400 },
		{ "system_admin", "POST", "/api/v1/inspections", "{\"period\":\"2026-11\"}", 403 },
		{ "editor", "GET", "/api/v1/compliance", NULL, 403 },
		{ "auditor", "GET", "/api/v1/compliance?state=fine", NULL, 400 },
		{ "auditor", "GET", "/api/v1/scores", NULL, 400 },
		{ "auditor", "GET", "/api/v1/scores?period=1999", NULL, 404 },
		{ "auditor", "GET", "/api/v1/inspections/nothing", NULL, 404 },
		{ "auditor", "POST", "/api/v1/inspections/nothing/close", "{}", 400 },
		{ "auditor", "POST", "/api/v1/inspections/nothing/close", "{\"opinion\":\"o\"}", 404 },
		{ "auditor", "POST", "/api/v1/inspections/nothing/answers", "{}", 400 },
		{ "auditor", "POST", "/api/v1/inspections/nothing/answers", "{\"answers\":[]}", 400 },
		{ "auditor", "POST", "/api/v1/inspections/nothing/answers", "{\"answers\":[7]}", 400 },
		{ "auditor", "POST", "/api/v1/inspections/nothing/answers", "{\"check\":\"a\",\"item\":\"b\",\"answer\":\"yes\"}", 404 },
	};
	g_autoptr(Console) c = console_new(engine);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		console_do(c, cases[i].method, cases[i].path, token(c, cases[i].office), cases[i].body, cases[i].status);
}

/* The same person in a company: the list of findings is the company's, an inspection is refused. */
static void
test_stranger(gconstpointer engine)
{
	static const char *const parameters[] = { "company", NULL };
	static const FnSql move = { "t", "UPDATE account SET organization = :company WHERE login = 'auditor'",
		"UPDATE account SET organization = $1 WHERE login = 'auditor'", parameters };
	g_autoptr(Console) c = console_new(engine);
	g_autofree char *bare = console_organization(c, "11130100MB0000002", "市人社局", "department"); /* nobody is its data officer */
	g_autofree char *month = this_month(), *body = g_strdup_printf("{\"period\":\"%s\"}", month);
	g_autofree char *path = g_strdup_printf("/api/v1/findings?organization=%s", bare);
	g_autoptr(GError) error = NULL;
	gboolean some;
	json_t *list;

	g_free(run(c, 200));
	list = console_expect(c, "GET", path, token(c, "auditor"), NULL, 200);
	some = json_array_size(json_object_get(list, "items")) > 0;
	json_decref(list);
	g_assert_true(some);
	fn_db_exec(c->db, &move, FN_BINDS(FN_TEXT("company", c->company)), NULL, &error);
	g_assert_no_error(error);
	list = console_expect(c, "GET", path, token(c, "auditor"), NULL, 200);
	g_assert_cmpuint(json_array_size(json_object_get(list, "items")), ==, 0);
	json_decref(list);
	console_do(c, "POST", "/api/v1/inspections", token(c, "auditor"), body, 403);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/api/oversight/way", test_way);
	fn_test_add("/api/oversight/compliance", test_compliance);
	fn_test_add("/api/oversight/reports", test_reports);
	fn_test_add("/api/oversight/refusals", test_refusals);
	fn_test_add("/api/oversight/stranger", test_stranger);
	return g_test_run();
}
