/* Rows counted into a table by one or two fields, and what of it may be shown.
 *
 * A row is counted by what its values become: generalised where there is a hierarchy, then masked; NULL and what does not fit are "*".
 * Neither a row nor a value is kept beyond that. Memory is bounded by the table's own size.
 *
 * What a table names: where a field has a hierarchy, all labels that occur, since those say nothing of one row; else, and in noisy
 * tables always, only what at least the threshold of rows have, and the rest stands together under "*".
 *
 * Exact tables keep the promise of fn_cells_suppress_rest(). In noisy ones each cell has its own noise, of which totals are the sums,
 * so that all of it costs one epsilon, since a row is counted in one cell; that promise is about the counts: which labels are named, and
 * that there are enough rows at all, is told by the exact ones. A person in several rows counts as several. */
#pragma once

#include "disclosure/disclosure.h"

#include <jansson.h>

enum { FN_CROSSTAB_CELLS = 10000 /* most, totals included */, FN_CROSSTAB_LABEL = 256 /* bytes; a longer value is "*" */ };

typedef struct {
	const char *name;
	const FnHierarchy *hierarchy; /* NULL: none */
	guint level;
	const FnMaskColumn *mask;
} FnCrosstabField; /* all borrowed */

typedef struct FnCrosstab FnCrosstab; /* one thread at a time */
FnCrosstab *fn_crosstab_new(const FnCrosstabField *field, guint n);
void fn_crosstab_free(FnCrosstab *crosstab);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnCrosstab, fn_crosstab_free)
/* One batch, a column for each field, unchanged. FN_DISCLOSURE_ERROR_TABLE: more than FN_CROSSTAB_CELLS. */
gboolean fn_crosstab_add(FnCrosstab *crosstab, const FnColumn *column, GError **error);
guint64 fn_crosstab_rows(const FnCrosstab *crosstab);

/* Once, after the last row: puts together what is too small to be named. FN_DISCLOSURE_ERROR_IMPOSSIBLE: fewer than @threshold rows
 * are counted under a name. */
gboolean fn_crosstab_close(FnCrosstab *crosstab, guint threshold, gboolean noisy, GError **error);
/* In order, "*" last; borrowed. */
const char *const *fn_crosstab_labels(const FnCrosstab *crosstab, guint field, guint *n_out);

/* {"by":["a","b"],"cells":[[n or null]],"column_totals":[],"columns":[],"measure":"count","row_totals":[],"rows":[],"threshold","total",
 * "withheld"}; by one field {"by","cells":[n or null],"measure","rows","threshold","total","withheld"}. null: withheld. Both after
 * fn_crosstab_close(); json_decref() them. */
json_t *fn_crosstab_exact(const FnCrosstab *crosstab, GError **error);
/* With "epsilon", nothing withheld. Totals are summed before what is below 0 is shown as 0. @random as in fn_noisy_count(). */
json_t *fn_crosstab_noisy(const FnCrosstab *crosstab, const char *epsilon, FnRandomBytes random, gpointer data, GError **error);

/* The largest difference of a count that both tables show, totals too; a label that a table does not name counts 0 there. */
gint64 fn_crosstab_distance(const json_t *a, const json_t *b);
