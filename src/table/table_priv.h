/* Inside of table: gathering rows, and what a format is. */
#pragma once

#include "table/table.h"

#include <stdio.h>

/* Sets @error to a finished sentence; always FALSE. */
gboolean fn_table_refuse(FnTableError code, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Two columns of one name. */
gboolean fn_table_refuse_twice(const char *name, guint64 line, const char *column, GError **error);
/* @batch has more columns than the @from that the header was written with. */
gboolean fn_table_refuse_late(const FnTableBatch *batch, guint from, GError **error);

/* What to do about an operator that cannot be made, or "". */
const char *fn_table_mask_remedy(const GError *error);

/* ---- rows.c: cells one by one become batches of columns ---- */
typedef struct FnTableRows FnTableRows;
FnTableRows *fn_table_rows_new(const char *name, FnTableTake take, gpointer data);
void fn_table_rows_free(FnTableRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnTableRows, fn_table_rows_free)
/* Another table begins; the one before is told to its end. */
gboolean fn_table_rows_begin(FnTableRows *rows, const char *table, GError **error);
/* The column called @name, made when it is new (then *@new_out, which may be NULL). -1 with an error when it has no fit name or
 * there are too many. */
int fn_table_rows_column(FnTableRows *rows, const char *name, gsize size, guint64 line, gboolean *new_out, GError **error);
/* A cell of the row under way. FALSE when the row has one in that column already. */
gboolean fn_table_rows_cell(FnTableRows *rows, guint column, FnCellKind kind, const char *text, gsize size);
/* The row is whole; a full batch goes out. */
gboolean fn_table_rows_end_row(FnTableRows *rows, guint64 line, GError **error);
/* All rows have come. */
gboolean fn_table_rows_end(FnTableRows *rows, GError **error);

/* ---- formats ---- */
/* Text comes as UTF-8 without a byte order mark; a workbook as it is. */
typedef struct {
	const char *name, *endings;
	gboolean text;
	gpointer (*read_new)(const FnTableInput *input, char delimiter, FnTableRows *rows);
	gboolean (*read_add)(gpointer reading, const char *bytes, gsize size, GError **error);
	gboolean (*read_end)(gpointer reading, GError **error);
	void (*read_free)(gpointer reading);
	gpointer (*write_new)(char delimiter, FnTableOutput *output);
	gboolean (*write_add)(gpointer writing, const FnTableBatch *batch, GError **error);
	gboolean (*write_end)(gpointer writing, GError **error);
	void (*write_free)(gpointer writing);
} FnTableForm;
const FnTableForm *fn_table_form(FnTableFormat format);
extern const FnTableForm fn_table_csv, fn_table_ndjson, fn_table_workbook;

/* A number as JSON writes one. */
gboolean fn_is_json_number(const char *text, gsize size);
