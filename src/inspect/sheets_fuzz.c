/* A worker that answers whatever it likes about a workbook: cells come in order, and half of an answer is never a whole one. The
 * first byte says in which pieces it comes. */
#include "inspect/inspect_priv.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize size);

typedef struct {
	char *sheet;
	guint row, column;
} Last;

static gboolean
take_cell(const FnSheetCell *cell, gpointer data)
{
	Last *last = data;

	g_assert_true(cell->size > 0 && strlen(cell->text) == cell->size && g_utf8_validate(cell->text, -1, NULL));
	g_assert_true(cell->row > 0 && cell->column > 0 && g_utf8_validate(cell->sheet, -1, NULL));
	if (g_strcmp0(last->sheet, cell->sheet) == 0)
		g_assert_true(cell->row > last->row || (cell->row == last->row && cell->column > last->column));
	g_free(last->sheet);
	*last = (Last){ g_strdup(cell->sheet), cell->row, cell->column };
	return TRUE;
}

int
LLVMFuzzerTestOneInput(const guint8 *bytes, gsize size)
{
	static FnInspector inspector;
	gsize piece = size > 0 ? (gsize)bytes[0] + 1 : 1;
	const FnWorkerEnd end = { .ended = TRUE };
	g_autofree char *fault = NULL;
	FnSheets *sheets;
	Last last = { 0 };

	inspector.options = fn_inspect_options_default();
	inspector.options.limits.output = inspector.options.document_max = 1 << 20;
	sheets = fn_sheets_new(&inspector, "a.xlsx", take_cell, &last);
	for (gsize at = 1; at < size && fn_sheets_answer(bytes + at, MIN(piece, size - at), sheets); at += piece)
		;
	fault = fn_sheets_fault(sheets, &end);
	g_assert_true(fault != NULL || (size >= 6 && memcmp(bytes + size - 5, "E\0\0\0\0", 5) == 0));
	fn_sheets_free(sheets);
	g_free(last.sheet);
	return 0;
}
