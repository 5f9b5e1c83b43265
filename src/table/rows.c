#include "table/table_priv.h"

#include "base/say.h"
#include "base/text.h"

#include <string.h>

enum { BATCH_BYTES = 4 << 20, NAME_MAX_BYTES = 1024 };

G_DEFINE_QUARK(fn-table-error-quark, fn_table_error)

typedef struct {
	guint row, column;
	guint32 size;
	guint8 kind;
	gsize offset;
} Cell;

struct FnTableRows {
	char *name;
	FnTableTake take;
	gpointer data;
	GString *table;
	GPtrArray *columns;  /* names */
	GHashTable *by_name; /* name → index + 1 */
	GArray *last;        /* guint by column: the row of this batch, from 1, that has a cell there */
	GString *bytes;      /* texts of the batch, each with a NUL */
	GArray *cells;       /* Cell */
	guint rows;          /* whole ones in the batch */
	guint64 line;        /* of the first */
	gboolean told;       /* a batch of this table went out */
};

gboolean
fn_table_refuse(FnTableError code, GError **error, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list list;

	va_start(list, format);
	text = g_strdup_vprintf(format, list);
	va_end(list);
	g_set_error_literal(error, FN_TABLE_ERROR, (int)code, text);
	return FALSE;
}

gboolean
fn_table_refuse_twice(const char *name, guint64 line, const char *column, GError **error)
{
	g_autofree char *safe_name = fn_text_safe(name, -1, 200), *safe = fn_text_safe(column, -1, 80);

	return fn_table_refuse(FN_TABLE_ERROR_INPUT, error, fn_say("%s:%zu: \"%s\" stands there twice; rename one"), safe_name, (gsize)line, safe);
}

gboolean
fn_table_refuse_late(const FnTableBatch *batch, guint from, GError **error)
{
	g_autofree char *safe = fn_text_safe(batch->column[from].name, -1, 80);

	return fn_table_refuse(FN_TABLE_ERROR_OUTPUT, error,
		fn_say("column \"%s\" appears when the first rows are written already (line %zu or behind); write --to ndjson"), safe,
		(gsize)batch->line);
}

FnTableRows *
fn_table_rows_new(const char *name, FnTableTake take, gpointer data)
{
	FnTableRows *rows = g_new0(FnTableRows, 1);

	rows->name = fn_text_safe(name, -1, 200);
	rows->take = take;
	rows->data = data;
	rows->table = g_string_new(NULL);
	rows->columns = g_ptr_array_new_with_free_func(g_free);
	rows->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	rows->last = g_array_new(FALSE, TRUE, sizeof(guint));
	rows->bytes = g_string_new(NULL);
	rows->cells = g_array_new(FALSE, FALSE, sizeof(Cell));
	return rows;
}

void
fn_table_rows_free(FnTableRows *rows)
{
	if (rows == NULL)
		return;
	g_hash_table_unref(rows->by_name);
	g_ptr_array_unref(rows->columns);
	g_string_free(rows->table, TRUE);
	g_array_unref(rows->last);
	explicit_bzero(rows->bytes->str, rows->bytes->allocated_len);
	g_string_free(rows->bytes, TRUE);
	g_array_unref(rows->cells);
	g_free(rows->name);
	g_free(rows);
}

int
fn_table_rows_column(FnTableRows *rows, const char *name, gsize size, guint64 line, gboolean *new_out, GError **error)
{
	g_autofree char *key = g_strndup(name, size);
	guint known = GPOINTER_TO_UINT(g_hash_table_lookup(rows->by_name, key));

	if (new_out != NULL)
		*new_out = known == 0;
	if (known > 0)
		return (int)known - 1;
	if (rows->columns->len >= FN_TABLE_COLUMNS) {
		fn_table_refuse(FN_TABLE_ERROR_INPUT, error, fn_say("%s:%zu: more than %u columns; split the table"), rows->name, (gsize)line,
			(guint)FN_TABLE_COLUMNS);
		return -1;
	}
	if (size == 0 || size > NAME_MAX_BYTES) {
		fn_table_refuse(FN_TABLE_ERROR_INPUT, error, fn_say("%s:%zu: column %u has no name, or one of more than 1024 bytes; name it"),
			rows->name, (gsize)line, rows->columns->len + 1);
		return -1;
	}
	g_ptr_array_add(rows->columns, g_steal_pointer(&key));
	known = rows->columns->len;
	g_hash_table_insert(rows->by_name, rows->columns->pdata[known - 1], GUINT_TO_POINTER(known));
	g_array_set_size(rows->last, known);
	return (int)known - 1;
}

gboolean
fn_table_rows_cell(FnTableRows *rows, guint column, FnCellKind kind, const char *text, gsize size)
{
	Cell cell = { rows->rows, column, (guint32)size, (guint8)kind, rows->bytes->len };
	guint *last = &g_array_index(rows->last, guint, column);

	g_assert(column < rows->columns->len && size < G_MAXUINT32);
	if (*last == rows->rows + 1)
		return FALSE;
	*last = rows->rows + 1;
	if (kind > FN_CELL_NULL) {
		g_string_append_len(rows->bytes, text, (gssize)size);
		g_string_append_c(rows->bytes, '\0');
	}
	g_array_append_val(rows->cells, cell);
	return TRUE;
}

/* The batch as columns: one block of pointers, one of sizes, one of kinds. */
static gboolean
tell(FnTableRows *rows, GError **error)
{
	guint columns = rows->columns->len;
	gsize n = (gsize)columns * rows->rows;
	g_autofree const char **value = g_new0(const char *, n + 1);
	g_autofree guint32 *size = g_new0(guint32, n + 1);
	g_autofree guint8 *kind = g_new0(guint8, n + 1);
	g_autofree FnTableColumn *column = g_new0(FnTableColumn, columns + 1);
	FnTableBatch batch = { .table = rows->table->str, .first = !rows->told, .line = rows->line, .rows = rows->rows,
		.columns = columns, .column = column };

	for (guint i = 0; i < columns; i++) {
		gsize from = (gsize)i * rows->rows;

		column[i] = (FnTableColumn){ .name = rows->columns->pdata[i], .values = { value + from, size + from, rows->rows },
			.kind = kind + from };
	}
	for (guint i = 0; i < rows->cells->len; i++) {
		const Cell *cell = &g_array_index(rows->cells, Cell, i);

		column[cell->column].kind[cell->row] = cell->kind;
		if (cell->kind <= FN_CELL_NULL)
			continue;
		column[cell->column].values.value[cell->row] = rows->bytes->str + cell->offset;
		column[cell->column].values.size[cell->row] = cell->size;
	}
	rows->told = TRUE;
	return rows->take(&batch, rows->data, error);
}

static gboolean
flush(FnTableRows *rows, GError **error)
{
	gboolean good = tell(rows, error);

	g_string_truncate(rows->bytes, 0);
	g_array_set_size(rows->cells, 0);
	for (guint i = 0; i < rows->last->len; i++)
		g_array_index(rows->last, guint, i) = 0;
	rows->rows = 0;
	return good;
}

gboolean
fn_table_rows_end_row(FnTableRows *rows, guint64 line, GError **error)
{
	if (rows->rows++ == 0)
		rows->line = line;
	return (rows->rows < FN_TABLE_ROWS && rows->bytes->len < BATCH_BYTES) || flush(rows, error);
}

gboolean
fn_table_rows_end(FnTableRows *rows, GError **error)
{
	gboolean left = rows->rows > 0 || (!rows->told && rows->columns->len > 0);

	return !left || flush(rows, error);
}

gboolean
fn_table_rows_begin(FnTableRows *rows, const char *table, GError **error)
{
	if (!fn_table_rows_end(rows, error))
		return FALSE;
	g_hash_table_remove_all(rows->by_name);
	g_ptr_array_set_size(rows->columns, 0);
	g_array_set_size(rows->last, 0);
	g_string_assign(rows->table, table);
	rows->told = FALSE;
	return TRUE;
}
