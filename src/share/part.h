/* Rows that leave in groups only (disclosure/requirement.h): which of them one batch is about, what was counted, what may leave.
 *
 * A grant's rows leave in parts. The first is the snapshot of the first batch; its plan of generalisation holds for all parts that
 * follow, each of the rows that came since. Where a part ends is written down before any row of it leaves, so that who asks for it again
 * gets the same rows again, however many came meanwhile: two answers never differ by a row. A part of which more than the limit would
 * be withheld waits, and is counted anew with what comes. */
#pragma once

#include "share/share_priv.h"

#include "disclosure/requirement.h"

typedef struct FnPart FnPart;
/* The part that begins after the cursor's value @after; NULL: the first. FALSE in *@known_out: none begins there. NULL: an error. @key:
 * of the grant's cursors. */
FnPart *fn_part_open(FnWorker *worker, FnCall *call, const guint8 *key, const char *after, gboolean *known_out, GError **error);
void fn_part_free(FnPart *part);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnPart, fn_part_free)

/* Counts its rows in the source, chooses the plan where there is none yet, and says what may leave. Blocks. */
gboolean fn_part_count(FnPart *part, GError **error);
guint64 fn_part_rows(const FnPart *part); /* that may leave; 0: none, and nothing is written down */
gboolean fn_part_is_empty(const FnPart *part); /* no row came */
gboolean fn_part_is_newest(const FnPart *part); /* nothing was known behind it when it was opened */
/* Enters what was found, then writes down where the part ends and by which plan it leaves, where that is new. */
gboolean fn_part_pin(FnPart *part, GError **error);

/* Begins the pass in which rows leave. */
gboolean fn_part_run(FnPart *part, GError **error);
/* The next rows, generalised, columns in the order of the call's fields, withheld rows gone; FALSE in *@more_out: there are none left.
 * FALSE: the source failed, or the rows are not those that were counted. */
gboolean fn_part_fetch(FnPart *part, guint most, FnRowBatch *batch_out, gboolean *more_out, GError **error);
/* The value of the cursor at its end. */
const char *fn_part_until(const FnPart *part);

/* The plan that is pinned for a grant whose rows leave in groups. NULL: none yet, or with an error. */
FnDisclosurePlan *fn_part_plan(FnDb *db, const FnSnapGrant *grant, GError **error);
