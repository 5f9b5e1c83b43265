/* What was told of the tables of a grant, as the registry keeps it: so that a table stays as it is for its interval, and so that noise is
 * paid for before it leaves.
 *
 * An answer is sealed under the grant's own key: who changes the registry makes it unreadable, which refuses the table, and can put an
 * older one in its place, which shows what was told before. The budget is not sealed; each answer that cost of it has its entry in the
 * ledger. Nothing that is withheld is in an answer. */
#pragma once

#include "crypto/crypto.h"
#include "disclosure/counts.h"
#include "store/store.h"

/* One table of one grant; all borrowed. */
typedef struct {
	FnDb *db;
	FnSuite suite;
	const guint8 *key;
	const char *grant;
	guint table;
} FnTold;

/* What was told last, NULL where nothing was; json_decref() it. *@counted_at_out: when it was counted, or found to be the same.
 * FALSE: an error. */
gboolean fn_told_read(const FnTold *told, json_t **table_out, gint64 *counted_at_out, GError **error);

typedef enum {
	FN_TELLING_FAILED = 0, /* with an error; nothing is changed */
	FN_TELLING_DONE,
	FN_TELLING_LATE,       /* somebody told it meanwhile: read that */
	FN_TELLING_SPENT,      /* the budget does not hold it */
} FnTelling;
/* Writes @table in the place of the one of @before (-1: none), and where @counts are noisy takes what it costs from the budget, both or
 * neither. */
FnTelling fn_told_write(const FnTold *told, const FnCounts *counts, const json_t *table, gint64 before, gint64 now, GError **error);
/* FN_TELLING_SPENT: it would be useless to count. */
FnTelling fn_told_affordable(const FnTold *told, const FnCounts *counts, GError **error);
