#include "share/rescan.h"

#include "mask/plan.h"
#include "share/rows.h"

typedef struct {
	guint field, level;
} Column;

struct FnRescan {
	FnScanHeader *header; /* its first column is the mark of a row */
	guint n;
	Column column[];
};

struct FnRescanRoom {
	GString *rows;
	GArray *cell; /* gsize: where each cell begins, row by row */
};

/* ---- life ---- */

FnRescan *
fn_rescan_new(const FnScanner *scanner, const FnRescanField *fields, guint n)
{
	FnRescan *rescan = g_malloc0(sizeof(FnRescan) + n * sizeof(Column));
	g_autofree const char **names = g_new0(const char *, n + 1);

	for (guint i = 0; i < n; i++) {
		if (fields[i].level >= FN_PLAN_LEVELS || !fn_plan_shows(fields[i].mask))
			continue;
		rescan->column[rescan->n++] = (Column){ i, fields[i].level };
		names[rescan->n] = fields[i].heading;
	}
	rescan->header = fn_scan_header_new(scanner, names, rescan->n + 1);
	return rescan;
}

void
fn_rescan_free(FnRescan *rescan)
{
	if (rescan == NULL)
		return;
	fn_scan_header_free(rescan->header);
	g_free(rescan);
}

FnRescanRoom *
fn_rescan_room_new(void)
{
	FnRescanRoom *room = g_new0(FnRescanRoom, 1);

	room->rows = g_string_sized_new(4096);
	room->cell = g_array_new(FALSE, FALSE, sizeof(gsize));
	return room;
}

void
fn_rescan_room_free(FnRescanRoom *room)
{
	if (room == NULL)
		return;
	g_string_free(room->rows, TRUE);
	g_array_unref(room->cell);
	g_free(room);
}

/* ---- rows as text ---- */

/* Each row begins with a letter: no number goes on from one row to the next. */
static void
write_row(const FnRescan *rescan, FnRescanRoom *room, const guint *column, const FnRowBatch *batch, guint row)
{
	g_string_append_c(room->rows, 'r');
	for (guint i = 0; i < rescan->n; i++) {
		guint at = column[rescan->column[i].field];

		g_string_append_c(room->rows, FN_SCAN_DELIMITER);
		g_array_append_val(room->cell, room->rows->len);
		if (at != G_MAXUINT && batch->value[at][row] != NULL)
			fn_rows_cell(room->rows, batch->value[at][row], batch->size[at][row], FN_SCAN_DELIMITER);
	}
	g_string_append_c(room->rows, '\n');
}

/* ---- findings ---- */

static void
note(FnRescanFound *found, guint field, const char *detector)
{
	guint i = 0;

	if (found->count++ == 0)
		found->field = field;
	while (i < FN_RESCAN_DETECTORS && found->detector[i] != NULL && !g_str_equal(found->detector[i], detector))
		i++;
	if (i < FN_RESCAN_DETECTORS)
		found->detector[i] = g_intern_string(detector); /* outlives the scanner's rules; there are few */
}

/* Whether the finding lies in @cell alone: what two columns make together, as two decimals a place, is in none of them. */
static gboolean
within(const FnRescanRoom *room, guint cell, const FnFinding *finding)
{
	return cell + 1 == room->cell->len || finding->end < g_array_index(room->cell, gsize, cell + 1);
}

/* Findings come by start, so that the cells are stepped over once. */
static void
judge(const FnRescan *rescan, const FnRescanRoom *room, const FnScanResult *result, FnRescanFound *found)
{
	guint cell = 0;

	for (guint i = 0; i < result->listed; i++) {
		FnFinding finding = fn_scan_finding(result, i);
		guint column;

		while (cell + 1 < room->cell->len && g_array_index(room->cell, gsize, cell + 1) <= finding.start)
			cell++;
		column = cell % rescan->n;
		if (finding.level > rescan->column[column].level && within(room, cell, &finding) &&
			!fn_scan_header_says(rescan->header, column + 1, finding.detector))
			note(found, rescan->column[column].field, finding.detector);
	}
	if (result->reason != NULL)
		note(found, rescan->column[0].field, fn_scan_verdict_name(FN_SCAN_NOT_FULLY_INSPECTED));
}

gboolean
fn_rescan_look(const FnRescan *rescan, FnRescanRoom *room, const guint *column, const FnRowBatch *batch, FnRescanFound *found)
{
	g_autoptr(FnScanResult) result = NULL;
	gboolean asked = FALSE;

	for (guint i = 0; i < rescan->n; i++)
		asked |= column[rescan->column[i].field] != G_MAXUINT;
	if (!asked)
		return TRUE;
	g_string_truncate(room->rows, 0);
	g_array_set_size(room->cell, 0);
	for (guint row = 0; row < batch->rows; row++)
		write_row(rescan, room, column, batch, row);
	result = fn_scan_rows(rescan->header, room->rows->str, room->rows->len);
	if (result->verdict == FN_SCAN_CLEAN)
		return TRUE;
	*found = (FnRescanFound){ 0 };
	judge(rescan, room, result, found);
	return found->count == 0;
}
