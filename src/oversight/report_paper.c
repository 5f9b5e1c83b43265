/* A report on paper, and as rows. The JSON may come from a platform elsewhere, so nothing in it is taken for granted. */
#include "oversight/oversight_priv.h"

#include "base/say.h"
#include "source/csv.h"

#include <string.h>

enum { COLUMNS_MOST = 16 };

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static gboolean
is_chinese(const json_t *report)
{
	return strcmp(text_of(report, "language"), "zh") == 0;
}

static gboolean
is_right(const char *unit)
{
	static const char *const units[] = { "count", "percent", "day", "points", NULL };

	return g_strv_contains(units, unit);
}

/* Each section has columns, and each row one text for each of them. */
static gboolean
is_whole(const json_t *section)
{
	size_t n = json_array_size(json_object_get(section, "columns"));
	const json_t *rows = json_object_get(section, "rows");

	if (n == 0 || n > COLUMNS_MOST || !json_is_array(rows))
		return FALSE;
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *shown = json_object_get(json_array_get(rows, i), "shown");

		if (json_array_size(shown) != n)
			return FALSE;
		for (size_t j = 0; j < n; j++)
			if (!json_is_string(json_array_get(shown, j)))
				return FALSE;
	}
	return TRUE;
}

static gboolean
check(const json_t *report, GError **error)
{
	const json_t *sections = json_object_get(report, "sections");
	gboolean whole = json_is_array(sections) && *text_of(report, "title") != '\0' && *text_of(report, "id") != '\0';

	for (size_t i = 0; whole && i < json_array_size(sections); i++)
		whole = is_whole(json_array_get(sections, i));
	if (!whole)
		fn_refuse(error, FN_OVERSIGHT_ERROR, FN_OVERSIGHT_ERROR_INPUT, "this is no report: each section needs columns, and each row a text for each");
	return whole;
}

static void
print_section(FnPrint *print, const json_t *section, gboolean chinese)
{
	const json_t *columns = json_object_get(section, "columns"), *rows = json_object_get(section, "rows");
	guint n = (guint)json_array_size(columns);
	FnPrintColumn titles[COLUMNS_MOST];
	const char *cells[COLUMNS_MOST];

	fn_print_heading(print, text_of(section, "title"));
	if (*text_of(section, "note") != '\0')
		fn_print_paragraph(print, text_of(section, "note"));
	if (json_array_size(rows) == 0) {
		fn_print_paragraph(print, fn_say_in("None.", chinese));
		return;
	}
	for (guint i = 0; i < n; i++)
		titles[i] = (FnPrintColumn){ text_of(json_array_get(columns, i), "title"), is_right(text_of(json_array_get(columns, i), "unit")) };
	fn_print_table(print, titles, n);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *shown = json_object_get(json_array_get(rows, i), "shown");

		for (guint j = 0; j < n; j++)
			cells[j] = json_string_value(json_array_get(shown, j));
		fn_print_row(print, cells);
	}
	if (json_is_true(json_object_get(section, "more")))
		fn_print_paragraph(print, fn_say_in("There are more rows than are shown here.", chinese));
}

FnPrint *
fn_report_print(const json_t *report, GError **error)
{
	const json_t *facts = json_object_get(report, "facts"), *sections = json_object_get(report, "sections");
	g_autofree char *number = NULL;
	FnPrint *print;

	if (!check(report, error))
		return NULL;
	print = fn_print_new(text_of(report, "title"), text_of(report, "period"), is_chinese(report));
	for (size_t i = 0; i < json_array_size(facts); i++)
		fn_print_pair(print, text_of(json_array_get(facts, i), "name"), text_of(json_array_get(facts, i), "value"));
	for (size_t i = 0; i < json_array_size(sections); i++)
		print_section(print, json_array_get(sections, i), is_chinese(report));
	number = g_strdup_printf("%s/%s", text_of(report, "id"), text_of(report, "period"));
	fn_print_foot(print, number, text_of(report, "until"), text_of(report, "digest"));
	return print;
}

static void
put_cell(GString *out, const char *text, gboolean last)
{
	fn_csv_write_field(out, text, strlen(text), ',', TRUE);
	g_string_append(out, last ? "\r\n" : ",");
}

/* One table below the other, each below its title: that is how spreadsheets show them. */
char *
fn_report_csv(const json_t *report, GError **error)
{
	const json_t *sections = json_object_get(report, "sections");
	GString *out;

	if (!check(report, error))
		return NULL;
	out = g_string_new("\xef\xbb\xbf"); /* without it spreadsheets take UTF-8 for something else */
	for (size_t i = 0; i < json_array_size(sections); i++) {
		const json_t *section = json_array_get(sections, i), *columns = json_object_get(section, "columns"), *rows = json_object_get(section, "rows");
		size_t n = json_array_size(columns);

		put_cell(out, text_of(section, "title"), TRUE);
		for (size_t j = 0; j < n; j++)
			put_cell(out, text_of(json_array_get(columns, j), "title"), j + 1 == n);
		for (size_t j = 0; j < json_array_size(rows); j++)
			for (size_t k = 0; k < n; k++)
				put_cell(out, json_string_value(json_array_get(json_object_get(json_array_get(rows, j), "shown"), k)), k + 1 == n);
		g_string_append(out, "\r\n");
	}
	return g_string_free(out, FALSE);
}
