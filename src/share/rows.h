/* Rows as text: NDJSON and CSV, straight from column batches into a buffer. */
#pragma once

#include "source/source.h"

#include <glib.h>

/* One JSON object per row, without separators around. */
void fn_rows_json(GString *out, const char *const *fields, const FnRowBatch *batch, guint row);
/* One line of RFC 4180 with LF. SQL null is an empty cell, the empty text is "". */
void fn_rows_csv(GString *out, const char *const *fields, const FnRowBatch *batch, guint row);
void fn_rows_csv_head(GString *out, const char *const *fields);
/* One cell, quoted where its text would be read otherwise. */
void fn_rows_cell(GString *out, const char *text, gsize size, char delimiter);

/* A table of counts (disclosure/crosstab.h), a line for each cell, behind a header of its fields and "count". An empty field (not "")
 * stands for all labels, an empty count is withheld. */
void fn_rows_table_csv(GString *out, const json_t *table);
