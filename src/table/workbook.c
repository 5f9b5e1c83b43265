/* Workbooks: in through the confined worker, cell by cell; out by libxlsxwriter, row by row. */
#include "table/table_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "inspect/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

/* What spreadsheets show of a number. */
#define FIFTEEN_DIGITS "%.15g"
enum { DIGITS = 15 };

/* ---- out ---- */

enum { ROWS_MAX = 1048576, CELL_MAX = 32767, PIECE = 256 << 10 };

typedef struct {
	FnTableOutput *output;
	char *scratch; /* what the library writes, beside the output */
	int fd;        /* of it */
	lxw_workbook *workbook;
	lxw_worksheet *sheet;
	GString *text; /* scratch */
	guint columns; /* of the sheet's first row */
	guint row;     /* the next */
	GError *broken; /* what went wrong when it was made */
} Writing;

static gpointer
write_new(char delimiter, FnTableOutput *output)
{
	Writing *writing = g_new0(Writing, 1);

	writing->output = output;
	writing->text = g_string_new(NULL);
	writing->scratch = g_build_filename(fn_table_output_directory(output), ".fengni-mask.XXXXXX", NULL);
	writing->fd = g_mkstemp_full(writing->scratch, O_RDWR | O_CLOEXEC, 0600);
	if (writing->fd >= 0) {
		lxw_workbook_options options = { .constant_memory = LXW_TRUE, .tmpdir = (char *)fn_table_output_directory(output),
			.use_zip64 = LXW_FALSE };

		writing->workbook = workbook_new_opt(writing->scratch, &options);
	}
	if (writing->workbook == NULL)
		fn_table_refuse(FN_TABLE_ERROR_OUTPUT, &writing->broken, fn_say("no scratch file can be made in %s: %s"),
			fn_table_output_directory(output), g_strerror(errno));
	return writing;
}

static gboolean
refuse_size(const FnTableBatch *batch, GError **error)
{
	g_autofree char *safe = fn_text_safe(batch->table, -1, 100);

	return fn_table_refuse(FN_TABLE_ERROR_OUTPUT, error,
		fn_say("sheet \"%s\", near line %zu: a workbook holds 1,048,576 rows of cells of 32,767 characters; write --to csv"), safe,
		(gsize)batch->line);
}

static const char *
terminated(Writing *writing, const char *text, gsize size)
{
	g_string_truncate(writing->text, 0);
	g_string_append_len(writing->text, text, (gssize)size);
	return writing->text->str;
}

/* A number that a spreadsheet keeps to its last digit. */
static gboolean
is_number(FnCellKind kind, const char *text)
{
	char shown[G_ASCII_DTOSTR_BUF_SIZE];
	double number;

	if (kind != FN_CELL_NUMBER || !fn_is_json_number(text, strlen(text)))
		return FALSE;
	number = g_ascii_strtod(text, NULL);
	g_ascii_formatd(shown, sizeof(shown), FIFTEEN_DIGITS, number);
	return isfinite(number) && g_ascii_strtod(shown, NULL) == number;
}

static gboolean
put_cell(Writing *writing, const FnTableBatch *batch, guint i, guint row, GError **error)
{
	const FnTableColumn *column = &batch->column[i];
	const char *text = column->values.value[row];
	lxw_error failed;

	if (text == NULL)
		return TRUE;
	text = terminated(writing, text, column->values.size[row]);
	if (is_number(column->kind[row], text))
		failed = worksheet_write_number(writing->sheet, writing->row, (lxw_col_t)i, g_ascii_strtod(text, NULL), NULL);
	else if (g_utf8_strlen(text, -1) > CELL_MAX)
		return refuse_size(batch, error);
	else
		failed = *text == '\0' ? LXW_NO_ERROR : worksheet_write_string(writing->sheet, writing->row, (lxw_col_t)i, text, NULL);
	return failed == LXW_NO_ERROR || fn_table_refuse(FN_TABLE_ERROR_OUTPUT, error, "%s", lxw_strerror(failed));
}

static gboolean
begin_sheet(Writing *writing, const FnTableBatch *batch, GError **error)
{
	const char *name = *batch->table != '\0' ? batch->table : "Sheet1";

	if (workbook_validate_sheet_name(writing->workbook, name) != LXW_NO_ERROR ||
		(writing->sheet = workbook_add_worksheet(writing->workbook, name)) == NULL) {
		g_autofree char *safe = fn_text_safe(name, -1, 100);

		return fn_table_refuse(FN_TABLE_ERROR_OUTPUT, error, fn_say("a workbook cannot have a sheet called \"%s\"; rename it"), safe);
	}
	for (guint i = 0; i < batch->columns; i++)
		if (worksheet_write_string(writing->sheet, 0, (lxw_col_t)i, batch->column[i].name, NULL) != LXW_NO_ERROR)
			return refuse_size(batch, error);
	writing->columns = batch->columns;
	writing->row = 1;
	return TRUE;
}

static gboolean
write_add(gpointer data, const FnTableBatch *batch, GError **error)
{
	Writing *writing = data;

	if (writing->broken != NULL) {
		g_propagate_error(error, g_steal_pointer(&writing->broken));
		return FALSE;
	}
	if (batch->first && !begin_sheet(writing, batch, error))
		return FALSE;
	if (batch->columns != writing->columns)
		return fn_table_refuse_late(batch, writing->columns, error);
	for (guint row = 0; row < batch->rows; row++, writing->row++) {
		if (writing->row >= ROWS_MAX)
			return refuse_size(batch, error);
		for (guint i = 0; i < batch->columns; i++)
			if (!put_cell(writing, batch, i, row, error))
				return FALSE;
	}
	return TRUE;
}

static gboolean
write_end(gpointer data, GError **error)
{
	Writing *writing = data;
	g_autofree char *piece = g_malloc(PIECE);
	lxw_error failed = workbook_close(g_steal_pointer(&writing->workbook));
	int fd = failed == LXW_NO_ERROR ? open(writing->scratch, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t got = -1;

	if (failed != LXW_NO_ERROR)
		return fn_table_refuse(FN_TABLE_ERROR_OUTPUT, error, "%s", lxw_strerror(failed));
	while (fd >= 0 && (got = read(fd, piece, PIECE)) > 0 && fn_table_output_add(writing->output, piece, (gsize)got, error))
		;
	if (fd >= 0)
		close(fd);
	if (got < 0)
		return fn_table_refuse(FN_TABLE_ERROR_OUTPUT, error, "%s: %s", writing->scratch, g_strerror(errno));
	return got == 0;
}

static void
write_free(gpointer data)
{
	Writing *writing = data;

	if (writing->workbook != NULL)
		lxw_workbook_free(writing->workbook);
	if (writing->fd >= 0) {
		close(writing->fd);
		unlink(writing->scratch);
	}
	g_clear_error(&writing->broken);
	g_string_free(writing->text, TRUE);
	g_free(writing->scratch);
	g_free(writing);
}

/* ---- in ---- */

enum { NOBODY = 65534, WALL_SECONDS = 600 /* whoever takes our output may be slow, and the worker waits for us */ };

typedef struct {
	FnTableRows *rows;
	const FnTableInput *input;
	char *name;
	FnInspector *inspector;
	FnSheets *sheets;
	GString *sheet;     /* whose rows come */
	GPtrArray *header;  /* names of its columns while its first row comes; NULL where a cell is empty */
	GArray *column;     /* int: the batch's column of each of the sheet's; -1: it has no name */
	guint row;          /* under way; 0: none */
	guint first;        /* the sheet's first row */
	gboolean found;     /* the wanted sheet */
	GError *error;      /* why no more is wanted */
} Reading;

static gpointer
read_new(const FnTableInput *input, char delimiter, FnTableRows *rows)
{
	Reading *reading = g_new0(Reading, 1);

	reading->rows = rows;
	reading->input = input;
	reading->name = fn_text_safe(input->name, -1, 200);
	reading->sheet = g_string_new(NULL);
	reading->column = g_array_new(FALSE, FALSE, sizeof(int));
	return reading;
}

/* The first row is whole: it names the columns. */
static gboolean
end_header(Reading *reading, GError **error)
{
	for (guint i = 0; i < reading->header->len; i++) {
		const char *name = reading->header->pdata[i];
		gboolean new = TRUE;
		int column = -1;

		if (name != NULL && (column = fn_table_rows_column(reading->rows, name, strlen(name), reading->row, &new, error)) < 0)
			return FALSE;
		if (!new)
			return fn_table_refuse_twice(reading->sheet->str, reading->row, name, error);
		g_array_append_val(reading->column, column);
	}
	g_clear_pointer(&reading->header, g_ptr_array_unref);
	return TRUE;
}

static gboolean
end_row(Reading *reading, GError **error)
{
	if (reading->row == 0)
		return TRUE;
	return reading->header != NULL ? end_header(reading, error) : fn_table_rows_end_row(reading->rows, reading->row, error);
}

static gboolean
begin_table(Reading *reading, const FnSheetCell *cell, GError **error)
{
	if (!end_row(reading, error) || !fn_table_rows_begin(reading->rows, cell->sheet, error))
		return FALSE;
	g_string_assign(reading->sheet, cell->sheet);
	g_array_set_size(reading->column, 0);
	g_clear_pointer(&reading->header, g_ptr_array_unref);
	reading->header = g_ptr_array_new_with_free_func(g_free);
	reading->row = reading->first = cell->row;
	reading->found = TRUE;
	return TRUE;
}

static gboolean
refuse_cell(const Reading *reading, const FnSheetCell *cell, GError **error)
{
	g_autofree char *sheet = fn_text_safe(cell->sheet, -1, 100);

	return fn_table_refuse(FN_TABLE_ERROR_INPUT, error,
		fn_say("%s: sheet \"%s\", row %u: column %u holds something but has no name in row %u; name it, or take out what stands above the "
		       "names"),
		reading->name, sheet, cell->row, cell->column, reading->first);
}

/* A workbook keeps 17 digits of a fraction and shows 15: 0.30000000000000004 is 0.3. */
static void
add_number(Reading *reading, guint column, const FnSheetCell *cell)
{
	char shown[G_ASCII_DTOSTR_BUF_SIZE];

	if (cell->size > DIGITS && strchr(cell->text, '.') != NULL && fn_is_json_number(cell->text, cell->size))
		g_ascii_formatd(shown, sizeof(shown), FIFTEEN_DIGITS, g_ascii_strtod(cell->text, NULL));
	else
		shown[0] = '\0';
	if (fn_is_json_number(shown, strlen(shown)))
		fn_table_rows_cell(reading->rows, column, FN_CELL_NUMBER, shown, strlen(shown));
	else
		fn_table_rows_cell(reading->rows, column, FN_CELL_NUMBER, cell->text, cell->size);
}

static gboolean
add_cell(Reading *reading, const FnSheetCell *cell, GError **error)
{
	int column;

	if (strcmp(reading->sheet->str, cell->sheet) != 0 || reading->row == 0) {
		if (!begin_table(reading, cell, error))
			return FALSE;
	} else if (cell->row != reading->row) {
		if (!end_row(reading, error))
			return FALSE;
		reading->row = cell->row;
	}
	if (reading->header != NULL) {
		if (cell->column > FN_TABLE_COLUMNS)
			return refuse_cell(reading, cell, error);
		g_ptr_array_set_size(reading->header, (int)cell->column);
		reading->header->pdata[cell->column - 1] = g_strndup(cell->text, cell->size);
		return TRUE;
	}
	column = cell->column <= reading->column->len ? g_array_index(reading->column, int, cell->column - 1) : -1;
	if (column < 0)
		return refuse_cell(reading, cell, error);
	if (cell->number)
		add_number(reading, (guint)column, cell);
	else
		fn_table_rows_cell(reading->rows, (guint)column, FN_CELL_TEXT, cell->text, cell->size);
	return TRUE;
}

static gboolean
take_cell(const FnSheetCell *cell, gpointer data)
{
	Reading *reading = data;

	if (reading->input->sheet != NULL && strcmp(reading->input->sheet, cell->sheet) != 0)
		return TRUE;
	return add_cell(reading, cell, &reading->error);
}

/* The worker's nursery is made when a workbook comes: nothing else here starts a thread before it. */
static gboolean
open_sheets(Reading *reading, GError **error)
{
	FnInspectOptions options = fn_inspect_options_default();
	g_autoptr(GError) why = NULL;

	options.user = geteuid() == 0 ? NOBODY : 0;
	options.workers = 1;
	options.wall_seconds = WALL_SECONDS;
	if ((reading->inspector = fn_inspector_new(&options, NULL, &why)) == NULL)
		return fn_table_refuse(FN_TABLE_ERROR_ENVIRONMENT, error, "%s", why->message);
	reading->sheets = fn_sheets_new(reading->inspector, reading->input->name, take_cell, reading);
	return TRUE;
}

static gboolean
read_add(gpointer data, const char *bytes, gsize size, GError **error)
{
	Reading *reading = data;

	if (reading->sheets == NULL && !open_sheets(reading, error))
		return FALSE;
	if (!fn_sheets_add(reading->sheets, bytes, size)) {
		g_autofree char *why = fn_sheets_end(reading->sheets);

		return fn_table_refuse(FN_TABLE_ERROR_INPUT, error, "%s: %s", reading->name, why);
	}
	return TRUE;
}

static gboolean
read_end(gpointer data, GError **error)
{
	Reading *reading = data;
	g_autofree char *why = NULL;

	why = reading->sheets != NULL ? fn_sheets_end(reading->sheets) : NULL;
	if (reading->error != NULL) {
		g_propagate_error(error, g_steal_pointer(&reading->error));
		return FALSE;
	}
	if (why != NULL)
		return fn_table_refuse(FN_TABLE_ERROR_INPUT, error, "%s: %s", reading->name, why);
	if (!reading->found)
		return fn_table_refuse(FN_TABLE_ERROR_INPUT, error, fn_say("%s: there is no such sheet, or nothing in it"), reading->name);
	return end_row(reading, error) && fn_table_rows_end(reading->rows, error);
}

static void
read_free(gpointer data)
{
	Reading *reading = data;

	fn_sheets_free(reading->sheets);
	fn_inspector_free(reading->inspector);
	g_string_free(reading->sheet, TRUE);
	g_clear_pointer(&reading->header, g_ptr_array_unref);
	g_array_unref(reading->column);
	g_clear_error(&reading->error);
	g_free(reading->name);
	g_free(reading);
}

const FnTableForm fn_table_workbook = { "xlsx", "xlsx xlsm", FALSE, read_new, read_add, read_end, read_free, write_new, write_add,
	write_end, write_free };
