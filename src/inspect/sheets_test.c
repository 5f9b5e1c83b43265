/* Cells from what a worker answers: told once, in order, and never a part of them as if it were all. */
#include "inspect/inspect_priv.h"

#include <string.h>

static FnInspector inspector;

static gboolean
note_cell(const FnSheetCell *cell, gpointer data)
{
	g_string_append_printf(data, "%s %u %u %s%s|", cell->sheet, cell->row, cell->column, cell->number ? "#" : "", cell->text);
	return strcmp(cell->text, "stop") != 0;
}

/* Frames as a script: a letter and its text, ended by a line feed each; "N" is a note of the kind that its first digit says. */
static GByteArray *
frames(const char *script)
{
	GByteArray *out = g_byte_array_new();
	g_auto(GStrv) line = g_strsplit(script, "\n", -1);

	for (char **at = line; *at != NULL && **at != '\0'; at++) {
		gsize size = strlen(*at) - 1;
		guint8 head[5] = { (guint8)**at, (guint8)size, (guint8)(size >> 8), 0, 0 };

		if (**at == 'N') {
			at[0][1] = (char)(at[0][1] - '0');
			*strchr(*at, '/') = '\0';
		}
		g_byte_array_append(out, head, sizeof(head));
		g_byte_array_append(out, (const guint8 *)*at + 1, (guint)size);
	}
	return out;
}

static char *
said(const char *script)
{
	GString *out = g_string_new(NULL);
	g_autoptr(FnSheets) sheets = fn_sheets_new(&inspector, "a.xlsx", note_cell, out);
	g_autoptr(GByteArray) bytes = frames(script);
	const FnWorkerEnd end = { .ended = TRUE };
	g_autofree char *fault = NULL;

	for (gsize at = 0; at < bytes->len && fn_sheets_answer(bytes->data + at, 1, sheets); at++)
		;
	fault = fn_sheets_fault(sheets, &end);
	g_string_append(out, fault != NULL ? fault : "whole");
	return g_string_free(out, FALSE);
}

static void
test_answers(void)
{
	static const struct {
		const char *script, *said;
	} cases[] = {
		{ "S\nPA!B3\nTx\nTy\nPA!C3 number\nT7\nPB!A1\nTz\nE\n", "A 3 2 xy|A 3 3 #7|B 1 1 z|whole" },
		{ "Shidden sheet\nPA!b!B3\nTx\nE\n", "A!b 3 2 x|whole" },
		/* what is beside cells */
		{ "SA, comments\nPA!B3\nTx\nSA\nTy\nS\nTz\nPA!B4\nTw\nSinner.xlsx\nPA!B5\nTv\nE\n", "A 4 2 w|whole" },
		{ "S\nPA!A1\nTx\nTmore\nPA!B1\nE\n", "A 1 1 xmore|whole" },
		{ "S\nPA!A1\nTx\nN5where/a picture\nN6where/forged\nE\n", "A 1 1 x|whole" },
		/* not whole */
		{ "S\nPA!A1\nTx\nN1where/cut\nE\n", "A 1 1 x|where: it is damaged or cut off (cut)" },
		{ "S\nPA!A1\nTx\n", "A 1 1 x|the program that reads it ended too early" },
		{ "S\nPA!A1\nTx\nE\nTy\n", "A 1 1 x|the program that reads it gave a broken answer" },
		{ "S\nPA!A1\nTstop\nPA!B1\nTx\nE\n", "A 1 1 stop|whole" },
		/* no places of cells, or not in order */
		{ "S\nPA!A2\nTx\nPA!A1\nTy\nE\n", "A 2 1 x|its cells do not come in the order of rows" },
		{ "S\nPA!B2\nTx\nPA!A2\nTy\nE\n", "A 2 2 x|its cells do not come in the order of rows" },
		{ "S\nPA!B2\nTx\nPA!B2\nTy\nE\n", "A 2 2 x|its cells do not come in the order of rows" },
		{ "S\nPnowhere\nTx\nE\n", "its cells do not come in the order of rows" },
		{ "S\nPA!B2 date\nTx\nE\n", "its cells do not come in the order of rows" },
		{ "S\nPA!2B\nTx\nE\n", "its cells do not come in the order of rows" },
		{ "S\nPA!A1\nT\nE\n", "whole" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = said(cases[i].script);

		g_test_message("%s", cases[i].script);
		g_assert_cmpstr(got, ==, cases[i].said);
	}
}

static void
test_ends(void)
{
	static const FnWorkerEnd ends[] = { { 0 }, { .late = TRUE }, { .ended = TRUE, .status = 9 }, { .ended = TRUE, .status = 3 << 8 } };

	for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
		g_autoptr(GString) out = g_string_new(NULL);
		g_autoptr(FnSheets) sheets = fn_sheets_new(&inspector, "a.xlsx", note_cell, out);
		g_autofree char *fault = fn_sheets_fault(sheets, &ends[i]);

		g_assert_nonnull(fault);
	}
}

static void
test_too_large(void)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(FnSheets) sheets = fn_sheets_new(&inspector, "a.xlsx", note_cell, out);
	g_autofree char *large = g_malloc0(inspector.options.document_max), *why = NULL;

	g_assert_true(fn_sheets_add(sheets, large, inspector.options.document_max));
	g_assert_false(fn_sheets_add(sheets, large, 1));
	why = fn_sheets_end(sheets);
	g_assert_cmpstr(why, ==, "it is larger than 1 MiB, or there is no memory for it");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	inspector.options = fn_inspect_options_default();
	inspector.options.document_max = 1 << 20;
	g_test_add_func("/sheets/answers", test_answers);
	g_test_add_func("/sheets/ends", test_ends);
	g_test_add_func("/sheets/too_large", test_too_large);
	return g_test_run();
}
