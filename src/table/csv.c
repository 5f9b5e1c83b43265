/* CSV in and out. */
#include "table/table_priv.h"

#include "base/say.h"
#include "source/csv.h"

#include <string.h>

/* ---- in ---- */

typedef struct {
	FnTableRows *rows;
	FnCsv *csv;
	gboolean header; /* read */
	const char *name;
} Reading;

static gboolean
take_header(Reading *reading, const FnCsvField *fields, guint count, guint64 line, GError **error)
{
	for (guint i = 0; i < count; i++) {
		gboolean new;

		if (fn_table_rows_column(reading->rows, fields[i].text, fields[i].size, line, &new, error) < 0)
			return FALSE;
		if (!new)
			return fn_table_refuse_twice(reading->name, line, fields[i].text, error);
	}
	reading->header = TRUE;
	return TRUE;
}

static gboolean
take_record(const FnCsvField *fields, guint count, guint64 line, gpointer data, GError **error)
{
	Reading *reading = data;

	if (!reading->header)
		return take_header(reading, fields, count, line, error);
	for (guint i = 0; i < count; i++) {
		gboolean null = fields[i].size == 0 && !fields[i].quoted;

		fn_table_rows_cell(reading->rows, i, null ? FN_CELL_NULL : FN_CELL_TEXT, fields[i].text, fields[i].size);
	}
	return fn_table_rows_end_row(reading->rows, line, error);
}

static gpointer
read_new(const FnTableInput *input, char delimiter, FnTableRows *rows)
{
	Reading *reading = g_new0(Reading, 1);

	reading->rows = rows;
	reading->name = input->name;
	reading->csv = fn_csv_new(input->name, take_record, reading);
	fn_csv_separate_by(reading->csv, delimiter);
	return reading;
}

static gboolean
read_add(gpointer data, const char *bytes, gsize size, GError **error)
{
	return fn_csv_feed(((Reading *)data)->csv, bytes, size, error);
}

static gboolean
read_end(gpointer data, GError **error)
{
	Reading *reading = data;

	return fn_csv_finish(reading->csv, error) && fn_table_rows_end(reading->rows, error);
}

static void
read_free(gpointer data)
{
	fn_csv_free(((Reading *)data)->csv);
	g_free(data);
}

/* ---- out ---- */

typedef struct {
	FnTableOutput *output;
	GString *out;
	char delimiter;
	guint columns; /* of the header */
	gboolean begun;
} Writing;

static gpointer
write_new(char delimiter, FnTableOutput *output)
{
	Writing *writing = g_new0(Writing, 1);

	writing->output = output;
	writing->out = g_string_new(NULL);
	writing->delimiter = delimiter;
	return writing;
}

static void
put_field(Writing *writing, const char *text, gsize size, gboolean guarded)
{
	fn_csv_write_field(writing->out, text, size, writing->delimiter, guarded);
}

static void
put_header(Writing *writing, const FnTableBatch *batch)
{
	for (guint i = 0; i < batch->columns; i++) {
		if (i > 0)
			g_string_append_c(writing->out, writing->delimiter);
		put_field(writing, batch->column[i].name, strlen(batch->column[i].name), FALSE);
	}
	g_string_append(writing->out, "\r\n");
	writing->columns = batch->columns;
	writing->begun = TRUE;
}

static gboolean
fits(const Writing *writing, const FnTableBatch *batch, GError **error)
{
	if (writing->begun && batch->first)
		return fn_table_refuse(FN_TABLE_ERROR_OUTPUT, error,
			fn_say("CSV holds one table, and there are several; name one with --sheet, or write --to xlsx"));
	if (writing->begun && batch->columns != writing->columns)
		return fn_table_refuse_late(batch, writing->columns, error);
	return TRUE;
}

static gboolean
write_add(gpointer data, const FnTableBatch *batch, GError **error)
{
	Writing *writing = data;

	if (!fits(writing, batch, error))
		return FALSE;
	if (!writing->begun)
		put_header(writing, batch);
	for (guint row = 0; row < batch->rows; row++) {
		for (guint i = 0; i < batch->columns; i++) {
			const FnTableColumn *column = &batch->column[i];

			if (i > 0)
				g_string_append_c(writing->out, writing->delimiter);
			if (column->values.value[row] != NULL)
				put_field(writing, column->values.value[row], column->values.size[row], column->masked);
		}
		g_string_append(writing->out, "\r\n");
	}
	return fn_table_output_take(writing->output, writing->out, error);
}

static gboolean
write_end(gpointer data, GError **error)
{
	return TRUE;
}

static void
write_free(gpointer data)
{
	g_string_free(((Writing *)data)->out, TRUE);
	g_free(data);
}

const FnTableForm fn_table_csv = { "csv", "csv tsv txt tab", TRUE, read_new, read_add, read_end, read_free, write_new, write_add,
	write_end, write_free };
