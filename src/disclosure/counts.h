/* The tables of counts that a grant may ask for, as they are pinned in it: written when the grant is prepared, read by the gate.
 *
 * A field stands in one table at most, so that tables share nothing but their grand total; that is always shown, and what is hidden in
 * one is protected for itself (fn_cells_suppress_rest()): with equal grand totals any table that fits what is shown of one goes
 * together with any that fits what is shown of another. A table is counted once in an interval and stays as it is in between. */
#pragma once

#include "disclosure/disclosure.h"

#include <jansson.h>

enum { FN_COUNTS_TABLES = 16, FN_COUNTS_FIELDS = 2 * FN_COUNTS_TABLES, FN_COUNTS_INTERVAL = 3660 /* days at most */ };

typedef struct {
	const char *name;
	const FnHierarchy *hierarchy; /* NULL: as its mask leaves it */
	guint level;                  /* of the hierarchy; never the finest, never "*" alone */
} FnCountedField;

typedef struct FnCounts {
	guint threshold;     /* no smaller count is shown */
	guint interval_days;
	const char *epsilon; /* what a table costs of the budget; NULL: counts are exact */
	const char *budget;
	guint fields, tables;
	FnCountedField field[FN_COUNTS_FIELDS];
	struct {
		guint fields;    /* 1 or 2: rows, columns */
		guint field[2];
	} table[FN_COUNTS_TABLES];
} FnCounts; /* immutable, thread-safe */

/* Strict. {"fields":[{"name"} or {"generalise","hierarchy","level","name"}],"interval_days","tables":[["name"],["name","name"]],
 * "threshold"} and, where counts are noisy, "budget" and "epsilon". */
FnCounts *fn_counts_read(const json_t *json, GError **error);
void fn_counts_free(FnCounts *counts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnCounts, fn_counts_free)

/* A field that is asked for; @generalise: the spec of a hierarchy without a tree, NULL: none, and then @level is not looked at. */
typedef struct {
	const char *name, *generalise;
	guint level;
} FnCountedWish;
typedef struct {
	guint threshold, interval_days;
	const char *epsilon, *budget; /* both or none */
} FnCountsTerms;
/* json_decref() it. Refuses what fn_counts_read() would. */
json_t *fn_counts_write(const FnCountsTerms *terms, const FnCountedWish *fields, guint n, const json_t *tables, GError **error);

/* The table by exactly these fields, in this order (NULL-ended); G_MAXUINT: there is none. */
guint fn_counts_find(const FnCounts *counts, const char *const *fields);
