/* Rows into a book and out of it: headers, what a row does, what is wrong with it. */
#include "register/fixture.h"

/* One row's cells with | between. */
static gboolean
feed(FnRegisterImport *import, guint64 row, guint columns, const char *line)
{
	g_auto(GStrv) cell = g_strsplit(line, "|", -1);
	g_autoptr(GError) error = NULL;
	gboolean fine;

	g_assert_cmpuint(g_strv_length(cell), ==, columns);
	fine = fn_register_import_row(import, row, (const char *const *)cell, &error);
	g_assert_no_error(error);
	return fine;
}

static json_t *
import(City *city, const char *header, const char *const *rows, const FnActor *actor)
{
	g_auto(GStrv) name = g_strsplit(header, "|", -1);
	guint columns = g_strv_length(name);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnRegisterImport) running = NULL;
	json_t *report;

	g_assert_true(fn_db_begin(city->db, NULL));
	running = fn_register_import_new(city->db, city->rules, "things", (const char *const *)name, columns, actor, noon, &error);
	g_assert_no_error(error);
	for (guint64 i = 0; rows[i] != NULL; i++)
		feed(running, i + 2, columns, rows[i]);
	report = fn_register_import_report(running, FALSE);
	g_assert_true(fn_db_commit(city->db, NULL));
	return report;
}

static gint64
number_at(const json_t *report, const char *name)
{
	return json_integer_value(json_object_get(report, name));
}

static void
test_rows(gconstpointer engine)
{
	static const char *const rows[] = { "甲|两个|5|是|12.30|a;b；c", "乙|||||", "甲|两个|5|是|12.30|a;b;c", "甲|两个|6|是|12.30|a;b;c", "丙|一|500|maybe|x|",
		"|没有名字||||", "乙|又||||", "'=1+1|公式||||", NULL };
	g_autoptr(City) city = city_new(engine);
	json_t *report = import(city, "名称|note|Count|就绪|price|部件", rows, city->officer), *problems = json_object_get(report, "problems");
	FnRegisterQuery query = { .limit = 10, .text = "=1+1" };
	json_t *page;

	g_assert_cmpint(number_at(report, "rows"), ==, 8);
	g_assert_cmpint(number_at(report, "added"), ==, 3);
	g_assert_cmpint(number_at(report, "same"), ==, 1);
	g_assert_cmpint(number_at(report, "changed"), ==, 1);
	g_assert_cmpint(number_at(report, "bad"), ==, 3);
	g_assert_cmpint(number_at(json_array_get(problems, 0), "row"), ==, 6);
	g_assert_cmpstr(text_at(json_array_get(problems, 0), "field"), ==, "note");
	g_assert_cmpstr(text_at(json_array_get(problems, 0), "reason"), ==, "is shorter than it must be (2)");
	g_assert_cmpstr(text_at(json_array_get(problems, 1), "field"), ==, "name");
	g_assert_cmpstr(text_at(json_array_get(problems, 1), "reason"), ==, "is missing");
	g_assert_cmpint(number_at(json_array_get(problems, 2), "row"), ==, 8);
	json_decref(report);
	page = fn_register_find(city->db, city->rules, "things", &query, city->officer, noon, NULL);
	g_assert_cmpuint(json_array_size(json_object_get(page, "items")), ==, 1);
	json_decref(page);
}

/* Cells of blanks are empty; one that is no UTF-8 is named, and the row does not count as one without it. */
static void
test_blank(gconstpointer engine)
{
	static const char *const rows[] = { "甲|  |031186057890|", "甲| |\t|  ", "乙|好的|x|\xb1\xa3", "  |好的||", NULL };
	g_autoptr(City) city = city_new(engine);
	json_t *report = import(city, "名称|note|phone|link", rows, city->officer), *problems = json_object_get(report, "problems");

	g_assert_cmpint(number_at(report, "added"), ==, 1);
	g_assert_cmpint(number_at(report, "changed"), ==, 1);
	g_assert_cmpint(number_at(report, "bad"), ==, 2);
	g_assert_cmpstr(text_at(json_array_get(problems, 0), "field"), ==, "link");
	g_assert_cmpstr(text_at(json_array_get(problems, 0), "reason"), ==, "has characters that no text may have");
	g_assert_cmpstr(text_at(json_array_get(problems, 1), "field"), ==, "name");
	json_decref(report);
}

static void
test_headers(gconstpointer engine)
{
	static const struct {
		const char *header, *begin;
	} bad[] = { { "名称|颜色", "header: \"颜色\"" }, { "名称|name", "header: \"name\" stands twice" }, { "note", "header: \"name\" is missing" },
		{ "", "header: \"\"" } };
	g_autoptr(City) city = city_new(engine);

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_auto(GStrv) name = g_strsplit(bad[i].header, "|", -1);
		const char *none[] = { "", NULL };
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_register_import_new(city->db, city->rules, "things", *bad[i].header != '\0' ? (const char *const *)name : none,
			MAX(g_strv_length(name), 1), city->officer, noon, &error));
		g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT);
		g_assert_true(g_str_has_prefix(error->message, bad[i].begin));
	}
	{
		const char *const name[] = { "name", NULL };
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_register_import_new(city->db, city->rules, "things", name, 1, city->head, noon, &error));
		g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_OFFICE);
	}
}

/* Three of ten thousand are wrong: they are named, and never more than a hundred are. */
static void
test_many(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	const char *const name[] = { "name", "count", NULL };
	g_autoptr(GError) error = NULL;
	g_autoptr(FnRegisterImport) running = NULL;
	gboolean quick = g_test_quick();
	guint rows = quick ? 2000 : 10000;
	json_t *report;

	g_assert_true(fn_db_begin(city->db, NULL));
	running = fn_register_import_new(city->db, city->rules, "things", name, 2, city->officer, noon, &error);
	for (guint i = 0; i < rows; i++) {
		g_autofree char *line = g_strdup_printf("n%u|%s", i, i % (rows / 3) == 7 ? "x" : "3");

		feed(running, i + 2, 2, line);
	}
	report = fn_register_import_report(running, TRUE);
	g_assert_cmpint(number_at(report, "bad"), ==, 3);
	g_assert_cmpint(number_at(report, "added"), ==, rows - 3);
	g_assert_cmpuint(json_array_size(json_object_get(report, "problems")), ==, 3);
	g_assert_cmpuint(json_array_size(json_object_get(report, "sample")), ==, 100);
	g_assert_cmpint(number_at(json_array_get(json_object_get(report, "problems"), 0), "row"), ==, 9);
	g_assert_cmpstr(text_at(json_array_get(json_object_get(report, "problems"), 0), "reason"), ==, "不是整数");
	json_decref(report);
	for (guint i = 0; i < 200; i++)
		feed(running, i, 2, "m|x");
	report = fn_register_import_report(running, FALSE);
	g_assert_cmpint(number_at(report, "bad"), ==, 203);
	g_assert_cmpuint(json_array_size(json_object_get(report, "problems")), ==, 100);
	json_decref(report);
	fn_db_rollback(city->db);
	report = fn_register_find(city->db, city->rules, "things", &(FnRegisterQuery){ .limit = 1 }, city->officer, noon, &error);
	g_assert_cmpuint(json_array_size(json_object_get(report, "items")), ==, 0);
	json_decref(report);
}

/* What an export gives an import takes for the same. */
static void
test_there_and_back(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *id = city_must_add(city, "things",
		"{'name':'甲','note':'+1 开头','price':'-12.30','user':'officer1','parts':['a','b'],'ready':true,'site':'石家庄.政务'}", city->officer);
	g_auto(GStrv) columns = fn_register_columns(city->rules, "things", city->officer, NULL);
	g_auto(GStrv) few = fn_register_columns(city->rules, "things", city->bureau_auditor, NULL);
	json_t *item = city_show(city, "things", id, city->officer), *report;
	g_auto(GStrv) row = fn_register_row(city->rules, "things", item, columns);
	g_autoptr(FnRegisterImport) running = NULL;

	g_assert_cmpstr(columns[0], ==, "name");
	g_assert_cmpstr(few[0], ==, "organization");
	g_assert_true(g_strv_contains((const char *const *)columns, "secret"));
	g_assert_false(g_strv_contains((const char *const *)few, "secret"));
	g_assert_cmpuint(g_strv_length(row), ==, g_strv_length(columns));
	g_assert_true(fn_db_begin(city->db, NULL));
	running = fn_register_import_new(city->db, city->rules, "things", (const char *const *)columns, g_strv_length(columns), city->officer, noon, NULL);
	g_assert_true(fn_register_import_row(running, 2, (const char *const *)row, NULL));
	report = fn_register_import_report(running, FALSE);
	g_assert_cmpint(number_at(report, "same"), ==, 1);
	g_assert_true(fn_db_commit(city->db, NULL));
	json_decref(report);
	json_decref(item);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/import/rows", test_rows);
	fn_test_add("/import/blank", test_blank);
	fn_test_add("/import/headers", test_headers);
	fn_test_add("/import/many", test_many);
	fn_test_add("/import/there-and-back", test_there_and_back);
	return g_test_run();
}
