/* Pruning: entries whose time is over leave, the proof that they were there stays.
 *
 * Tiles, heads and checkpoints are never touched, so every head ever signed still verifies, and so does each receipt. What goes
 * is whole segments, up to the first entry of a month in China Standard Time; of the entries in them those whose retention class
 * is not over are kept (kept.h), readable and provable as before, and the others answer FN_LEDGER_ERROR_PRUNED.
 *
 * A class is over when its time has passed since the entry's own: after 6 months, 1 year, 3 years, counted in civil dates and
 * to the end of the day; never for permanent.
 *
 * Two persons decide (rules/procedures/ledger_pruning.yaml); what the keeper then signed for the clock is, canonical,
 *   {"before":"2026-05","case":ID,"origin":O,"until":TIME}
 * with the prefix of purpose "pruning" and the key of grants. The ledger does, in this order: the kept entries are written aside and
 * synced; the entry ledger.pruned (permanent), which holds the authorisation, its signature, the minimum and SM3 of the kept
 * file, is made durable and covered by a signed head; the kept file is put in its place, durably: from this moment on the log is
 * pruned; the segments and the kept file before are removed. A crash before that moment leaves the log as it was, one after it is
 * ended by the next opening. */
#pragma once

#include "ledger/kept.h"
#include "ledger/log.h"

#define FN_PRUNED_EVENT "ledger.pruned"

typedef struct {
	char before[FN_MONTH_SIZE + 1]; /* "2026-05": what was entered before this month */
	guint64 minimum, first;         /* as in FnKept */
	guint64 gone, gone_bytes;       /* their time is over, and they are still here */
	guint64 kept[FN_CLASS_PERMANENT + 1]; /* below the minimum, by class: their time is not over */
	guint64 tail;                   /* kept because they share a segment with what goes, though they are of the month or later */
	guint64 kept_bytes;             /* of all that is kept */
	guint64 freed;                  /* bytes of files, after what the kept ones take; 0 when they take more */
} FnPruneMonth;

typedef struct {
	guint64 minimum, first;  /* of the pruning before; 0: none */
	guint64 pruned;          /* entries that went with it and those before it */
	guint64 open;            /* first entry of the segment being written: from here on all stay */
	guint64 signed_size;     /* entries from here on stay: no head covers them */
	char origin[FN_ORIGIN_MAX + 1];
	GArray *months;          /* of FnPruneMonth, rising; only those that can be asked for, though nothing may go */
} FnPrunePlan;

void fn_prune_plan_free(FnPrunePlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnPrunePlan, fn_prune_plan_free)

/* What could go at @now (microseconds since 1970). The ledger in @directory may run; nothing is written. */
FnPrunePlan *fn_log_prune_plan(const char *directory, gint64 now, GError **error);
/* The same as JSON text; caller frees. */
char *fn_prune_plan_json(const FnPrunePlan *plan);

/* Whether an entry of @class and @time (microseconds) need not be kept any longer at @now. */
gboolean fn_class_over(FnClass class, gint64 time, gint64 now);
/* "2026-05" with a month of 01 to 12. */
gboolean fn_month_is_valid(const char *text);
