/* A file of rows for a book of every type of field, and for one whose fields make demands of each other: rows are taken or named as bad,
 * never more; and what was taken comes out as cells that change nothing when they come in again. */
#include "register/fixture.h"

enum { COLUMNS = 64, ROWS = 12 };

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static City *city;

static gint64
at(const json_t *report, const char *name)
{
	return json_integer_value(json_object_get(report, name));
}

static json_t *
report_of(const FnRegisterImport *import)
{
	json_t *report = fn_register_import_report(import, TRUE);

	g_assert_cmpint(at(report, "rows"), ==, at(report, "added") + at(report, "changed") + at(report, "same") + at(report, "bad"));
	return report;
}

/* Lines with tabs between cells; the first is the header. */
static gboolean
feed(const char *book, char **line)
{
	g_auto(GStrv) header = g_strsplit(line[0] != NULL ? line[0] : "", "\t", COLUMNS);
	guint columns = g_strv_length(header);
	g_autoptr(FnRegisterImport) import = fn_register_import_new(city->db, city->rules, book, (const char *const *)header, columns, city->officer, noon, NULL);
	g_autoptr(GError) error = NULL;

	if (import == NULL)
		return FALSE;
	for (guint i = 1; line[i] != NULL && i < ROWS; i++) {
		g_auto(GStrv) cell = g_strsplit(line[i], "\t", (gint)columns);
		const char *cells[COLUMNS + 1] = { NULL };

		for (guint n = 0; cell[n] != NULL; n++)
			cells[n] = cell[n];
		fn_register_import_row(import, i + 1, cells, &error);
		g_assert_no_error(error);
	}
	json_decref(report_of(import));
	return TRUE;
}

static void
comes_in_again(const char *book)
{
	g_auto(GStrv) columns = fn_register_columns(city->rules, book, city->officer, NULL);
	FnRegisterQuery query = { .limit = 100 };
	g_autoptr(GError) error = NULL;
	json_t *page = fn_register_find(city->db, city->rules, book, &query, city->officer, noon, &error), *items = json_object_get(page, "items"), *report;
	g_autoptr(FnRegisterImport) import = fn_register_import_new(city->db, city->rules, book, (const char *const *)columns, g_strv_length(columns),
		city->officer, noon, &error);

	g_assert_no_error(error);
	for (gsize i = 0; i < json_array_size(items); i++) {
		g_auto(GStrv) cells = fn_register_row(city->rules, book, json_array_get(items, i), columns);

		g_assert_true(fn_register_import_row(import, i + 2, (const char *const *)cells, &error));
	}
	report = report_of(import);
	g_assert_cmpint(at(report, "same"), ==, (gint64)json_array_size(items));
	json_decref(report);
	json_decref(page);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	const char *book = size > 0 && data[0] == 'L' ? "loans" : "things";
	g_autofree char *text = g_strndup((const char *)data + MIN(size, 1), size - MIN(size, 1));
	g_auto(GStrv) line = g_strsplit(text, "\n", ROWS);

	if (city == NULL)
		city = city_new("sqlite");
	g_assert_true(fn_db_begin(city->db, NULL));
	if (feed(book, line))
		comes_in_again(book);
	fn_db_rollback(city->db);
	return 0;
}
