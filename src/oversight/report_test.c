#include "oversight/fixture.h"

#include <glib/gstdio.h>

static json_t *
make_of(const Town *town, const char *id, const char *period, const char *organization)
{
	FnOversight at = town_at(town);
	FnReportAsked asked = { .period = period, .organization = organization, .chinese = TRUE };
	g_autoptr(GError) error = NULL;
	json_t *made = fn_report_make(&at, id, &asked, &error);

	g_assert_no_error(error);
	return made;
}

/* "市民政局 1 1 …" of each row of a section, one a line. */
static char *
rows_of(const json_t *report, guint section)
{
	const json_t *rows = json_object_get(json_array_get(json_object_get(report, "sections"), section), "rows");
	GString *out = g_string_new(NULL);

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *shown = json_object_get(json_array_get(rows, i), "shown");

		for (size_t j = 0; j < json_array_size(shown); j++)
			g_string_append_printf(out, "%s%s", j > 0 ? " " : i > 0 ? "\n" : "", json_string_value(json_array_get(shown, j)));
	}
	return g_string_free(out, FALSE);
}

static void
expect(const json_t *report, guint section, const char *rows)
{
	g_autofree char *found = rows_of(report, section);

	g_test_message("%s, section %u: %s", json_string_value(json_object_get(report, "id")), section, found);
	g_assert_cmpstr(found, ==, rows);
}

static void
play(const Town *town, const char *text)
{
	static const char *const none[] = { NULL };
	/* Statements are kept by their address for as long as the connection, so these live as long as the town. */
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
play_entry(const Town *town, guint serial, const char *organization, const char *type)
{
	g_autofree char *code = g_strdup_printf("130100/x/%u", serial), *entry = NULL, *version = NULL;

	entry = g_strdup_printf("INSERT INTO resource (code, organization, serial, name, sharing_type, level, state, offered, version, published_version, "
		"created_by, created_at, changed_at) VALUES ('%s', '%s', %u, 'r', '%s', 1, 'published', 'published', 1, 1, '%s', 1, 1)", code, organization,
		serial + 100, type, town->city->editor->account);
	version = g_strdup_printf("INSERT INTO resource_version (resource, version, body, sharing_type, level, edited_by, edited_at, published_at) VALUES "
		"('%s', 1, '{}', '%s', 1, '%s', 1, %" G_GINT64_FORMAT ")", code, type, town->city->editor->account, noon);
	play(town, entry);
	play(town, version);
}

/* Whatever the rules' files name is there, and every report can be made of an empty registry. */
static void
test_files(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	FnOversight at = town_at(town);
	g_autoptr(GError) error = NULL;
	json_t *list = fn_report_list(town->rules, TRUE);

	g_assert_true(fn_reports_check(&at, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(json_array_size(list), ==, 7);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *id = json_string_value(json_object_get(json_array_get(list, i), "id"));
		json_t *made = strcmp(id, "inspection") != 0 ? make_of(town, id, "2026", NULL) : NULL;

		json_decref(made);
	}
	json_decref(list);
}

/* An application that is answered, one that is late, one that was taken back; each stands where it belongs. */
static void
test_quarterly(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	g_autofree char *answered = town_application(town, "130100/x/1"), *late = town_application(town, "130100/x/2"),
		*back = town_application(town, "130100/x/3");
	json_t *city, *own, *before;

	town_step(town, back, "withdraw", "不再需要", town->city->asking_head);
	town_step(town, answered, "refuse", "没有法律依据", town->city->sharing);
	town_wait(town, 40);
	city = make_of(town, "quarterly_notice", "2026-Q3", NULL);
	expect(city, 0, "市民政局 3 1 1 1 50.0% 1 1");
	expect(city, 1, "市人社局 3 0 1 0");
	own = make_of(town, "quarterly_notice", "2026-Q3", town->city->consumer);
	expect(own, 0, "");
	expect(own, 1, "市人社局 3 0 1 0");
	before = make_of(town, "quarterly_notice", "2026-Q2", NULL);
	expect(before, 0, "");
	json_decref(city);
	json_decref(own);
	json_decref(before);

	/* what is due in October was late then */
	city = make_of(town, "quarterly_notice", "2026-Q4", NULL);
	expect(city, 3, "市民政局 答复逾期 1");
	json_decref(city);
	city = make_of(town, "overdue", "2026-10", NULL);
	{
		g_autofree char *rows = rows_of(city, 0);

		g_assert_true(g_str_has_prefix(rows, "市民政局 共享申请 答复时限 已受理 2026-"));
		g_assert_true(g_str_has_suffix(rows, late));
	}
	json_decref(city);
	own = make_of(town, "overdue", "2026-10", town->city->consumer);
	expect(own, 0, "");
	json_decref(own);
}

static void
test_types(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	json_t *city, *own;

	for (guint i = 1; i <= 6; i++)
		play_entry(town, i, town->city->provider, i == 1 ? "unconditional" : i == 6 ? "withheld" : "conditional");
	play_entry(town, 7, town->city->consumer, "unconditional");
	city = make_of(town, "share_of_types", "2026-H2", NULL);
	expect(city, 0, "市民政局 6 1 4 1 16.6% 偏低\n市人社局 1 1 0 0 100.0% 数量少不评价");
	expect(city, 1, "7 2 4 1 28.5%");
	json_decref(city);
	own = make_of(town, "share_of_types", "2026-H2", town->city->consumer);
	expect(own, 0, "市人社局 1 1 0 0 100.0% 数量少不评价");
	expect(own, 1, ""); /* the city's row is for who oversees it */
	json_decref(own);
	own = make_of(town, "share_of_types", "2026-H1", NULL);
	expect(own, 0, "");
	json_decref(own);
}

static void
test_demand(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	json_t *form = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "kind", "new", "name", "养老机构床位", "items", "机构、床位", "purpose", "核定补贴",
		"basis", "养老服务条例有关规定", "searched", "市级目录"), *made;
	g_autofree char *id = town_case(town, "data_demand", "-", form, town->city->asker), *expected = NULL;

	json_decref(form);
	made = make_of(town, "demand", "2026-Q3", NULL);
	expect(made, 0, "市人社局 1 0 0 0 0 1");
	expected = g_strdup_printf("市人社局 养老机构床位 市民政局 草稿 %s", id);
	expect(made, 1, expected);
	json_decref(made);
	town_step(town, id, "withdraw", "不再需要", town->city->asking_head);
	made = make_of(town, "demand", "2026-Q3", NULL);
	expect(made, 0, "市人社局 1 0 0 0 1 0");
	json_decref(made);
	made = make_of(town, "demand", "2026-Q3", town->city->provider);
	expect(made, 0, "");
	expect(made, 1, "");
	json_decref(made);
}

/* Findings of an inspection, and what the year comes to. */
static void
test_assessment(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	g_autofree char *late = town_application(town, "130100/x/1"), *id = NULL, *csv = NULL, *html = NULL;
	FnOversight at;
	FnReportAsked asked = { .chinese = TRUE }, foreign = { .organization = "", .chinese = TRUE };
	g_autoptr(FnPrint) print = NULL;
	g_autoptr(GError) error = NULL;
	json_t *made, *own, *both;

	town_wait(town, 40);
	id = town_inspect(town, "2026", "full", NULL);
	at = town_at(town);
	asked.inspection = id;
	made = fn_report_make(&at, "inspection", &asked, &error);
	g_assert_no_error(error);
	html = rows_of(made, 1);
	g_test_message("%s", html);
	g_assert_nonnull(strstr(html, late));
	g_assert_nonnull(strstr(html, "市民政局 逾期未答复"));
	g_assert_cmpstr(json_string_value(json_object_get(made, "period")), ==, "2026");
	foreign.inspection = id;
	foreign.organization = town->city->company;
	both = fn_report_make(&at, "inspection", &foreign, &error);
	g_assert_no_error(error);
	expect(both, 1, "");
	json_decref(both);

	/* rows of one organization and no other */
	own = make_of(town, "yearly_assessment", "2026", town->city->provider);
	both = make_of(town, "yearly_assessment", "2026", NULL);
	{
		g_autofree char *scores = rows_of(own, 0), *found = rows_of(own, 1), *all = rows_of(both, 0);

		g_assert_true(g_str_has_prefix(scores, "市民政局 "));
		g_assert_null(strchr(scores, '\n'));
		g_assert_true(g_str_has_prefix(found, "市民政局 "));
		g_assert_nonnull(strstr(all, "市人社局"));
	}
	json_decref(own);
	json_decref(both);

	print = fn_report_print(made, &error);
	g_assert_no_error(error);
	g_free(html);
	html = fn_print_html(print);
	g_assert_nonnull(strstr(html, "<h1>监督检查结果</h1>"));
	g_assert_nonnull(strstr(html, json_string_value(json_object_get(made, "digest"))));
	csv = fn_report_csv(made, &error);
	g_assert_no_error(error);
	g_assert_nonnull(strstr(csv, "市民政局,"));
	json_decref(made);
}

/* The law's duties, as they stand today and of no other day. */
static void
test_compliance(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	FnOversight at = town_at(town);
	FnReportAsked past = { .period = "2025" };
	g_autoptr(GError) error = NULL;
	json_t *made = make_of(town, "compliance", "2026", NULL);
	g_autofree char *counts = rows_of(made, 0);

	g_assert_nonnull(strstr(counts, "石家庄"));
	g_assert_nonnull(strchr(counts, '\n'));
	json_decref(made);
	g_assert_null(fn_report_make(&at, "compliance", &past, &error));
	g_assert_error(error, FN_OVERSIGHT_ERROR, FN_OVERSIGHT_ERROR_INPUT);
}

/* No moment in it: made later, of the same data, it is the same. */
static void
test_same(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	g_autofree char *one = NULL, *two = NULL;
	json_t *made, *other;

	g_free(town_application(town, "130100/x/1"));
	made = make_of(town, "quarterly_notice", "2026-Q3", NULL);
	one = json_dumps(made, JSON_SORT_KEYS);
	json_decref(made);
	town->now += G_TIME_SPAN_HOUR;
	made = make_of(town, "quarterly_notice", "2026-Q3", NULL);
	two = json_dumps(made, JSON_SORT_KEYS);
	g_assert_cmpstr(one, ==, two);
	other = make_of(town, "quarterly_notice", "2026-Q2", NULL);
	g_assert_cmpstr(json_string_value(json_object_get(made, "digest")), !=, json_string_value(json_object_get(other, "digest")));
	json_decref(made);
	json_decref(other);

	/* what tells of today: the one that runs */
	made = make_of(town, "compliance", NULL, NULL);
	g_assert_cmpstr(json_string_value(json_object_get(made, "period")), ==, "2026");
	json_decref(made);
	/* without a period: the last one that is over */
	made = make_of(town, "quarterly_notice", NULL, NULL);
	g_assert_cmpstr(json_string_value(json_object_get(made, "period")), ==, "2026-Q2");
	json_decref(made);
}

/* What only its offices see is not told by a report either. */
static void
test_restricted(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	json_t *made;

	play(town, "INSERT INTO work_case (id, procedure, state, subject, form, parties, revision, opened_at, changed_at, ended) VALUES "
		"('c1', 'secret_found', 'x', '-', '{}', '{}', 1, 1, 1, 0), ('c2', 'no_more_in_force', 'x', '-', '{}', '{}', 1, 1, 1, 0)");
	play(town, "INSERT INTO work_clock (case_id, name, state, from_on, days, due_on, provisional, extended, warned, late) VALUES "
		"('c1', 'k', 'running', '2026-01-01', 1, '2026-02-01', 0, 0, 1, 1), ('c2', 'k', 'running', '2026-01-01', 1, '2026-02-01', 0, 0, 1, 1)");
	g_assert_true(fn_node_bool(fn_rules_get(town->rules, "procedures", "secret_found"), "restricted", FALSE));
	made = make_of(town, "overdue", "2026-08", NULL);
	expect(made, 0, "");
	json_decref(made);
}

static void
test_refused(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	static const struct {
		const char *id, *period, *inspection;
		FnOversightError code;
	} cases[] = {
		{ "nothing", "2026", NULL, FN_OVERSIGHT_ERROR_UNKNOWN },
		{ "quarterly_notice", "", NULL, FN_OVERSIGHT_ERROR_INPUT },
		{ "quarterly_notice", "2026-Q5", NULL, FN_OVERSIGHT_ERROR_INPUT },
		{ "quarterly_notice", "2026-09-21", NULL, FN_OVERSIGHT_ERROR_INPUT },
		{ "quarterly_notice", "2026-9", NULL, FN_OVERSIGHT_ERROR_INPUT },
		{ "quarterly_notice", "2026-H0", NULL, FN_OVERSIGHT_ERROR_INPUT },
		{ "quarterly_notice", "2026' OR '1'='1", NULL, FN_OVERSIGHT_ERROR_INPUT },
		{ "quarterly_notice", "2027-Q1", NULL, FN_OVERSIGHT_ERROR_INPUT },
		{ "quarterly_notice", "2026-Q3", "x", FN_OVERSIGHT_ERROR_INPUT },
		{ "inspection", NULL, NULL, FN_OVERSIGHT_ERROR_INPUT },
		{ "inspection", "2026", "x", FN_OVERSIGHT_ERROR_INPUT },
		{ "inspection", NULL, "x", FN_OVERSIGHT_ERROR_UNKNOWN },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		FnOversight at = town_at(town);
		FnReportAsked asked = { .period = cases[i].period, .inspection = cases[i].inspection };
		g_autoptr(GError) error = NULL;

		g_test_message("%s %s", cases[i].id, cases[i].period);
		g_assert_null(fn_report_make(&at, cases[i].id, &asked, &error));
		g_assert_error(error, FN_OVERSIGHT_ERROR, (int)cases[i].code);
	}
}

/* Files that do not fit the program, each by name; and what comes from elsewhere and is no report. */
static void
test_misfits(gconstpointer engine)
{
	static const struct {
		const char *section, *says;
	} cases[] = {
		{ "{sql: missing, columns: [{id: name, zh: 名, en: N}], title: {zh: 题, en: T}}", "no statement \"missing\"" },
		{ "{sql: applications, columns: [{id: salary, zh: 名, en: N}], title: {zh: 题, en: T}}", "no column \"salary\"" },
		{ "{builtin: missing, columns: [{id: name, zh: 名, en: N}], title: {zh: 题, en: T}}", "no part \"missing\"" },
		{ "{builtin: scores, columns: [{id: salary, zh: 名, en: N}], title: {zh: 题, en: T}}", "no such column" },
	};
	static const char *const papers[] = { "{}", "{\"id\": \"a\", \"title\": \"t\"}", "{\"id\": \"a\", \"title\": \"t\", \"sections\": [{}]}",
		"{\"id\": \"a\", \"title\": \"t\", \"sections\": [{\"columns\": [{}], \"rows\": [{\"shown\": []}]}]}",
		"{\"id\": \"a\", \"title\": \"t\", \"sections\": [{\"columns\": [{}], \"rows\": [{\"shown\": [1]}]}]}" };

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = g_strdup_printf("id: own\ntitle: {zh: 题, en: T}\nlaw: [A]\nperiod: year\nsections:\n  - %s\n", cases[i].section);
		g_autofree char *directory = g_dir_make_tmp("fengni-reports-XXXXXX", NULL), *folder = g_build_filename(directory, "reports", NULL),
			*file = g_build_filename(folder, "own.yaml", NULL);
		g_autoptr(GError) error = NULL;

		g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
		g_assert_true(g_file_set_contents(file, text, -1, NULL));
		{
			g_autoptr(Town) town = town_new(engine, directory);
			FnOversight at = town_at(town);

			g_assert_false(fn_reports_check(&at, &error));
			g_test_message("%s", error->message);
			g_assert_nonnull(strstr(error->message, cases[i].says));
			g_assert_nonnull(strstr(error->message, "own.yaml"));
		}
		g_unlink(file);
		g_rmdir(folder);
		g_rmdir(directory);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(papers); i++) {
		json_t *paper = json_loads(papers[i], 0, NULL);
		g_autoptr(GError) error = NULL;

		g_assert_nonnull(paper);
		g_assert_null(fn_report_print(paper, &error));
		g_assert_error(error, FN_OVERSIGHT_ERROR, FN_OVERSIGHT_ERROR_INPUT);
		g_assert_null(fn_report_csv(paper, NULL));
		json_decref(paper);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/oversight/report/files", test_files);
	fn_test_add("/oversight/report/quarterly", test_quarterly);
	fn_test_add("/oversight/report/types", test_types);
	fn_test_add("/oversight/report/demand", test_demand);
	fn_test_add("/oversight/report/assessment", test_assessment);
	fn_test_add("/oversight/report/compliance", test_compliance);
	fn_test_add("/oversight/report/same", test_same);
	fn_test_add("/oversight/report/restricted", test_restricted);
	fn_test_add("/oversight/report/refused", test_refused);
	fn_test_add("/oversight/report/misfits", test_misfits);
	return g_test_run();
}
