/* All entries of closed segments in order, and those kept from before them: what pruning looks through, once to count and once
 * to copy, and what is exported. The segment being written is looked into only as far as its reader says. */
#pragma once

#include "ledger/prune.h"

typedef struct FnWalk FnWalk;
/* Each entry as it lies there; @walk says of which month it is and which classes of its day are over. FALSE with @error ends the
 * walk. */
typedef gboolean (*FnWalkEntry)(FnWalk *walk, guint64 index, FnSpan frame, const FnEntry *entry, GError **error);
/* Before the first entry of each segment, the one being written among them: @bytes is the size of its file. */
typedef gboolean (*FnWalkSegment)(FnWalk *walk, guint64 first, guint64 bytes, GError **error);

struct FnWalk {
	int directory;       /* borrowed */
	const FnKept *kept;  /* borrowed; FN_KEPT_NONE before the first pruning */
	FnWalkEntry entry;
	FnWalkSegment segment; /* may be NULL */
	guint64 from;          /* segments that end at or before this entry are passed over */
	guint64 until;         /* segments from this entry on are not looked at; G_MAXUINT64: all are */
	guint64 size;          /* entries of the log that surely are there: the last segment is looked into up to here; 0: not at all */
	gpointer data;
	gint64 now; /* microseconds */

	/* of the entry at hand */
	char month[FN_MONTH_SIZE + 1]; /* in China Standard Time */
	gboolean over[FN_CLASS_PERMANENT + 1];
	char hour[sizeof("2026-05-01T08")]; /* for which the two were worked out */
};

/* TAMPERED names the place where no entry is, or that segments are missing. */
gboolean fn_walk(FnWalk *walk, GError **error);

/* An empty plan; and its months counted in @directory, once its signed size is known. */
FnPrunePlan *fn_prune_plan_new(void);
gboolean fn_prune_count(int directory, const FnKept *kept, gint64 now, FnPrunePlan *plan, GError **error);
