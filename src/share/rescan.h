/* The last look at what leaves: columns in which something of the source may stand are scanned, row batch by row batch, as the table
 * that they leave as. What the plan hides whole (fn_plan_shows()) comes from fn_mask_apply() and needs no look.
 *
 * A finding above the level of its column stops the batch, unless the column is declared to hold such values: then its level is
 * what provider and bureau settled when they published it. What could not be inspected stops it, too. */
#pragma once

#include "scan/scan.h"
#include "source/source.h"

enum { FN_RESCAN_DETECTORS = 8 };

/* A granted field. */
typedef struct {
	const char *heading; /* everything by which it is called */
	const char *mask;
	guint level;         /* 1-6 */
} FnRescanField;

typedef struct FnRescan FnRescan; /* immutable: share it among threads */
FnRescan *fn_rescan_new(const FnScanner *scanner, const FnRescanField *fields, guint n);
void fn_rescan_free(FnRescan *rescan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnRescan, fn_rescan_free)

/* Memory of one batch, kept for the next; belongs to one thread. */
typedef struct FnRescanRoom FnRescanRoom;
FnRescanRoom *fn_rescan_room_new(void);
void fn_rescan_room_free(FnRescanRoom *room);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnRescanRoom, fn_rescan_room_free)

/* Why a batch may not leave. */
typedef struct {
	guint64 count;  /* findings above their column's level; not 0 when stopped */
	guint field;    /* granted field of the first of them */
	const char *detector[FN_RESCAN_DETECTORS + 1]; /* NULL-ended, each once; texts live for ever */
} FnRescanFound;

/* @column: for each granted field where it stands in @batch, G_MAXUINT when it does not. TRUE: may leave; else *@found says why. */
gboolean fn_rescan_look(const FnRescan *rescan, FnRescanRoom *room, const guint *column, const FnRowBatch *batch, FnRescanFound *found);
