/* Sheets of any workbook as text: one segment per sheet, one line per row, a tab between columns, every cell that may hold
 * something with its place ("Sheet1!B3"). The first row tells the scanner what the columns are, so columns stay aligned. */
#pragma once

#include "extract/extract.h"

/* Columns a row may be padded with beyond the first row's width: a cell far right must not cost a thousand tabs. */
#define FN_GRID_GAP 256u

/* What stands behind cells, told after the rows, each with its place. */
typedef enum { FN_GRID_FORMULA, FN_GRID_COMMENT, FN_GRID_ASIDES } FnGridAside;

typedef struct {
	FnExtract *extract;
	GString *label;  /* "Sheet1!" and the cell */
	gsize sheet;     /* bytes of it that are the sheet's */
	guint row;       /* of the cell before, from 1; 0: none yet */
	guint column;    /* of the cell before in this row, from 1 */
	guint width;     /* columns of the first row */
	gboolean first;  /* still in the first row */
	gboolean number; /* the next cell is stored as a number */
	GString *line;   /* scratch */
	GString *asides[FN_GRID_ASIDES];
	gboolean stopped;
} FnGrid;

void fn_grid_init(FnGrid *grid, FnExtract *extract);
void fn_grid_clear(FnGrid *grid);
/* @hidden: NULL, or "hidden", "very hidden". */
void fn_grid_sheet(FnGrid *grid, const char *name, const char *hidden);
/* The text of one cell, rows ascending (@row and @column from 1). FALSE once a limit stops the job. */
gboolean fn_grid_cell(FnGrid *grid, guint row, guint column, const char *text, gsize size);
void fn_grid_aside(FnGrid *grid, FnGridAside kind, guint row, guint column, const char *text);
void fn_grid_end(FnGrid *grid);
/* For what else belongs to cells: which sheet it is, and the place of one cell. */
void fn_grid_name(FnGrid *grid, const char *name);
void fn_grid_place(FnGrid *grid, guint row, guint column);

/* "B3" → column 2, row 3; FALSE when @reference is none. */
gboolean fn_grid_reference(const char *reference, guint *row, guint *column);
/* A number as a file stores it ("1.1010119491231002E+17") without exponent when it is a whole one or not too long,
 * digit by digit: never through a double. */
void fn_grid_number(GString *out, const char *number, gsize size);
