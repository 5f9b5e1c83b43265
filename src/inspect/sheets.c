/* A workbook cell by cell: what the worker answers, read without believing it. */
#include "inspect/inspect_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "extract/grid.h"
#include "inspect/job.h"

#include <string.h>

enum { CELL_MAX = 1 << 20, WHERE_MAX = 300 };

struct FnSheets {
	FnInspector *inspector;
	char *name;
	FnShelf shelf;
	gboolean full; /* no more can be kept */
	FnSheetTake take;
	gpointer data;
	/* while the worker answers */
	FnWireReader *reader;
	FnWireState state;
	guint64 size, wire;   /* of texts so far; of all */
	gboolean flooded, unwanted, disordered;
	gboolean in_cells;    /* the segment is one of cells */
	GString *label, *text, *sheet; /* of the cell under way; sheet of the one before */
	guint row, column;    /* of the one before */
	char *note;           /* the first that counts */
};

void
fn_sheets_free(FnSheets *sheets)
{
	if (sheets == NULL)
		return;
	fn_shelf_close(&sheets->shelf);
	fn_wire_reader_free(sheets->reader);
	g_string_free(sheets->label, TRUE);
	explicit_bzero(sheets->text->str, sheets->text->allocated_len);
	g_string_free(sheets->text, TRUE);
	g_string_free(sheets->sheet, TRUE);
	g_free(sheets->note);
	g_free(sheets->name);
	g_free(sheets);
}

gboolean
fn_sheets_add(FnSheets *sheets, const char *bytes, gsize size)
{
	sheets->full = sheets->full || size > sheets->inspector->options.document_max - sheets->shelf.size ||
		       !fn_shelf_add(&sheets->shelf, bytes, size);
	return !sheets->full;
}

/* "Sheet1!B3 number": the sheet is what stands before the last "!". */
static gboolean
parse_label(char *label, FnSheetCell *cell)
{
	char *mark = strrchr(label, '!'), *blank = mark != NULL ? strchr(mark, ' ') : NULL;

	if (mark == NULL)
		return FALSE;
	cell->number = blank != NULL && strcmp(blank, " number") == 0;
	if (blank != NULL && !cell->number)
		return FALSE;
	if (blank != NULL)
		*blank = '\0';
	*mark = '\0';
	cell->sheet = label;
	return fn_grid_reference(mark + 1, &cell->row, &cell->column);
}

/* The cell is whole. */
static void
tell(FnSheets *sheets)
{
	FnSheetCell cell = { .text = sheets->text->str, .size = sheets->text->len };
	gboolean same;

	if (sheets->text->len > 0 && !sheets->unwanted && !sheets->disordered) {
		same = parse_label(sheets->label->str, &cell) && strcmp(sheets->sheet->str, cell.sheet) == 0;
		sheets->disordered = cell.row == 0 || (same && (cell.row < sheets->row || (cell.row == sheets->row && cell.column <= sheets->column)));
		sheets->unwanted = !sheets->disordered && !sheets->take(&cell, sheets->data);
		g_string_assign(sheets->sheet, cell.sheet != NULL ? cell.sheet : "");
		sheets->row = cell.row;
		sheets->column = cell.column;
	}
	g_string_truncate(sheets->text, 0);
	g_string_truncate(sheets->label, 0);
}

static void
take_segment(const char *where, gpointer data)
{
	static const char *const of_cells[] = { "", "hidden sheet", "very hidden sheet" };
	FnSheets *sheets = data;

	tell(sheets);
	sheets->in_cells = FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(of_cells); i++)
		sheets->in_cells |= strcmp(where, of_cells[i]) == 0;
}

static void
take_place(const char *label, gpointer data)
{
	FnSheets *sheets = data;

	tell(sheets);
	if (sheets->in_cells)
		g_string_assign(sheets->label, label);
}

static void
take_text(const char *text, gsize size, gpointer data)
{
	FnSheets *sheets = data;

	sheets->size += size;
	sheets->flooded |= sheets->size > sheets->inspector->options.limits.output || sheets->text->len + size > CELL_MAX;
	if (sheets->label->len > 0 && !sheets->flooded)
		g_string_append_len(sheets->text, text, (gssize)size);
}

static void
take_note(FnNote note, const char *where, const char *detail, gpointer data)
{
	FnSheets *sheets = data;
	g_autofree char *safe_where = fn_text_safe(where, -1, WHERE_MAX), *safe = fn_text_safe(detail, -1, WHERE_MAX);

	if (sheets->note == NULL && note != FN_NOTE_PICTURE && note != FN_NOTE_FORGED)
		sheets->note = g_strdup_printf("%s%s%s (%s)", safe_where, *safe_where != '\0' ? ": " : "", fn_note_text(note), safe);
}

static void
take_outside(const char *kind, const char *where, const guint8 *bytes, gsize size, gpointer data)
{
}

FnSheets *
fn_sheets_new(FnInspector *inspector, const char *name, FnSheetTake take, gpointer data)
{
	FnSheets *sheets = g_new0(FnSheets, 1);
	const FnSink sink = { take_segment, take_place, take_text, take_note, take_outside, sheets };

	sheets->inspector = inspector;
	sheets->name = g_strdup(name);
	sheets->take = take;
	sheets->data = data;
	sheets->full = !fn_shelf_open(&sheets->shelf, FN_JOB_HEAD);
	sheets->reader = fn_wire_reader_new(&sink, (gsize)inspector->options.document_max);
	sheets->state = FN_WIRE_MORE;
	sheets->label = g_string_new(NULL);
	sheets->text = g_string_new(NULL);
	sheets->sheet = g_string_new(NULL);
	return sheets;
}

gboolean
fn_sheets_answer(const guint8 *bytes, gsize size, gpointer data)
{
	FnSheets *sheets = data;

	sheets->wire += size;
	sheets->flooded |= sheets->wire > fn_answer_wire_max(&sheets->inspector->options);
	if (!sheets->flooded)
		sheets->state = fn_wire_reader_add(sheets->reader, bytes, size);
	return sheets->state != FN_WIRE_BROKEN && !sheets->flooded && !sheets->unwanted && !sheets->disordered;
}

char *
fn_sheets_fault(FnSheets *sheets, const FnWorkerEnd *end)
{
	char *fault;

	tell(sheets);
	if (sheets->unwanted)
		return NULL;
	if (sheets->disordered)
		return g_strdup(fn_say("its cells do not come in the order of rows"));
	fault = fn_worker_fault(&sheets->inspector->options, sheets->state, sheets->flooded, end);
	return fault != NULL ? fault : g_strdup(sheets->note);
}

char *
fn_sheets_end(FnSheets *sheets)
{
	FnInspector *inspector = sheets->inspector;
	FnWorkerEnd end;

	if (sheets->full)
		return g_strdup_printf(fn_say("it is larger than %zu MiB, or there is no memory for it"),
			(gsize)(inspector->options.document_max >> 20));
	fn_document_take_turn(inspector);
	end = fn_document_work(inspector, &sheets->shelf, sheets->name, TRUE, fn_document_deadline(inspector), fn_sheets_answer, sheets);
	fn_document_end_turn(inspector);
	return fn_sheets_fault(sheets, &end);
}
