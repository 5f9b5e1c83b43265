#include "share/rows.h"

#include "base/json.h"

#include <string.h>

void
fn_rows_json(GString *out, const char *const *fields, const FnRowBatch *batch, guint row)
{
	FnJson json = fn_json_to(out);

	fn_json_begin_object(&json);
	for (guint i = 0; fields[i] != NULL; i++) {
		fn_json_name(&json, fields[i]);
		if (batch->value[i][row] == NULL)
			fn_json_raw(&json, "null", 4);
		else
			fn_json_text_sized(&json, batch->value[i][row], batch->size[i][row]);
	}
	fn_json_end_object(&json);
}

/* A first '#' is quoted, so that no row looks like the last line of a batch; other programs trim spaces, so those too. */
static gboolean
wants_quotes(const char *text, gsize size, char delimiter)
{
	if (size == 0 || text[0] == '#' || text[0] == ' ' || text[size - 1] == ' ')
		return TRUE;
	for (gsize i = 0; i < size; i++)
		if (text[i] == '"' || text[i] == delimiter || text[i] == '\n' || text[i] == '\r')
			return TRUE;
	return FALSE;
}

void
fn_rows_cell(GString *out, const char *text, gsize size, char delimiter)
{
	if (!wants_quotes(text, size, delimiter)) {
		g_string_append_len(out, text, (gssize)size);
		return;
	}
	g_string_append_c(out, '"');
	for (const char *end = text + size; text < end;) {
		const char *quote = memchr(text, '"', (gsize)(end - text));
		gsize run = (gsize)((quote != NULL ? quote + 1 : end) - text);

		g_string_append_len(out, text, (gssize)run);
		if (quote != NULL)
			g_string_append_c(out, '"');
		text += run;
	}
	g_string_append_c(out, '"');
}

void
fn_rows_csv(GString *out, const char *const *fields, const FnRowBatch *batch, guint row)
{
	for (guint i = 0; fields[i] != NULL; i++) {
		if (i > 0)
			g_string_append_c(out, ',');
		if (batch->value[i][row] != NULL)
			fn_rows_cell(out, batch->value[i][row], batch->size[i][row], ',');
	}
	g_string_append_c(out, '\n');
}

void
fn_rows_csv_head(GString *out, const char *const *fields)
{
	for (guint i = 0; fields[i] != NULL; i++) {
		if (i > 0)
			g_string_append_c(out, ',');
		fn_rows_cell(out, fields[i], strlen(fields[i]), ',');
	}
	g_string_append_c(out, '\n');
}

/* NULL: the totals. */
static void
table_line(GString *out, const char *row, gboolean two, const char *column, const json_t *count)
{
	if (row != NULL)
		fn_rows_cell(out, row, strlen(row), ',');
	if (two)
		g_string_append_c(out, ',');
	if (column != NULL)
		fn_rows_cell(out, column, strlen(column), ',');
	g_string_append_c(out, ',');
	if (json_is_integer(count))
		g_string_append_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(count));
	g_string_append_c(out, '\n');
}

void
fn_rows_table_csv(GString *out, const json_t *table)
{
	const json_t *by = json_object_get(table, "by"), *rows = json_object_get(table, "rows"), *columns = json_object_get(table, "columns");
	const json_t *cells = json_object_get(table, "cells");
	gboolean two = json_array_size(by) == 2;

	for (gsize i = 0; i < json_array_size(by); i++)
		g_string_append_printf(out, "%s,", json_string_value(json_array_get(by, i)));
	g_string_append(out, "count\n");
	for (gsize r = 0; r < json_array_size(rows); r++) {
		const char *row = json_string_value(json_array_get(rows, r));
		const json_t *line = json_array_get(cells, r);

		for (gsize c = 0; c < json_array_size(columns); c++)
			table_line(out, row, two, json_string_value(json_array_get(columns, c)), json_array_get(line, c));
		table_line(out, row, two, NULL, two ? json_array_get(json_object_get(table, "row_totals"), r) : line);
	}
	for (gsize c = 0; c < json_array_size(columns); c++)
		table_line(out, NULL, two, json_string_value(json_array_get(columns, c)), json_array_get(json_object_get(table, "column_totals"), c));
	table_line(out, NULL, two, NULL, json_object_get(table, "total"));
}
