/* For the tests of this room: a file read in pieces, as text that a person can compare. */
#pragma once

#include "table/table_priv.h"

#include <string.h>
#include <unistd.h>

/* Each batch: "[table] name|name", then a line for each row: "-" absent, "~" null, t'text', n'number', b'true', j'nested'. */
static inline gboolean
testing_note(FnTableBatch *batch, gpointer data, GError **error)
{
	static const char mark[] = { [FN_CELL_TEXT] = 't', [FN_CELL_NUMBER] = 'n', [FN_CELL_BOOLEAN] = 'b', [FN_CELL_NESTED] = 'j' };
	GString *seen = data;

	g_string_append_printf(seen, "%s[%s]", batch->first ? "" : "+", batch->table);
	for (guint i = 0; i < batch->columns; i++)
		g_string_append_printf(seen, "%s%s", i > 0 ? "|" : " ", batch->column[i].name);
	for (guint row = 0; row < batch->rows; row++)
		for (guint i = 0; i < batch->columns; i++) {
			const FnTableColumn *column = &batch->column[i];
			FnCellKind kind = column->kind[row];

			g_string_append_c(seen, i > 0 ? '|' : '\n');
			g_assert_true((column->values.value[row] == NULL) == (kind <= FN_CELL_NULL));
			if (kind <= FN_CELL_NULL) {
				g_string_append_c(seen, kind == FN_CELL_NULL ? '~' : '-');
				continue;
			}
			g_assert_cmpuint(strlen(column->values.value[row]), ==, column->values.size[row]);
			g_assert_true(g_utf8_validate(column->values.value[row], -1, NULL));
			g_string_append_printf(seen, "%c'%s'", mark[kind], column->values.value[row]);
		}
	g_string_append_c(seen, '\n');
	return TRUE;
}

/* What came, or the error's message. Caller frees. */
static inline char *
testing_read(const FnTableInput *input, const char *bytes, gsize size, gsize piece)
{
	GString *seen = g_string_new(NULL);
	g_autoptr(FnTableReader) reader = fn_table_reader_new(input, testing_note, seen);
	g_autoptr(GError) error = NULL;
	gboolean good = TRUE;

	for (gsize at = 0; good && at < size; at += piece)
		good = fn_table_reader_add(reader, bytes + at, MIN(piece, size - at), &error);
	good = good && fn_table_reader_end(reader, &error);
	g_assert_true(good == (error == NULL));
	if (!good)
		g_string_assign(seen, error->message);
	return g_string_free(seen, FALSE);
}

/* Reads and writes again; what stands in the file then, or the error's message. Caller frees. */
typedef struct {
	FnTableWriter *writer;
	FnTableOutput *output;
	FnTableFormat to;
	gboolean masked; /* all columns count as masked */
} TestingCopy;

static inline gboolean
testing_copy_batch(FnTableBatch *batch, gpointer data, GError **error)
{
	TestingCopy *copy = data;

	for (guint i = 0; i < batch->columns; i++)
		batch->column[i].masked = copy->masked;
	if (copy->writer == NULL)
		copy->writer = fn_table_writer_new(copy->to, ',', copy->output);
	return fn_table_writer_add(copy->writer, batch, error);
}

static inline char *
testing_copy(const FnTableInput *input, const char *text, FnTableFormat to, gboolean masked)
{
	g_autofree char *directory = g_dir_make_tmp("fn-table-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(directory, "out", NULL);
	g_autoptr(GError) error = NULL;
	TestingCopy copy = { NULL, fn_table_output_new(path, FN_SUITE_GM, NULL), to, masked };
	g_autoptr(FnTableReader) reader = fn_table_reader_new(input, testing_copy_batch, &copy);
	guint8 digest[FN_DIGEST_SIZE];
	char *out = NULL;

	if (!fn_table_reader_add(reader, text, strlen(text), &error) || !fn_table_reader_end(reader, &error) ||
		!fn_table_writer_end(copy.writer, &error) || !fn_table_output_commit(copy.output, digest, &error))
		out = g_strdup(error->message);
	else
		g_assert_true(g_file_get_contents(path, &out, NULL, NULL));
	fn_table_writer_free(copy.writer);
	fn_table_output_free(copy.output);
	unlink(path);
	g_assert_cmpint(rmdir(directory), ==, 0);
	return out;
}
