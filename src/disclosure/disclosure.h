/* May these rows leave together? Disclosure control over rows with declared quasi-identifiers, over small cells of tables, and
 * over counts.
 *
 * Rows: a census counts the distinct combinations of quasi-identifiers; a plan is the full-domain generalisation of least loss
 * under which every row that leaves shares its combination with at least k - 1 others (Samarati and Sweeney 1998) and, where
 * asked, its group holds at least l distinct sensitive values (distinct l-diversity: Machanavajjhala et al. 2007); an admission
 * holds the groups that may leave; a stream generalises rows batch by batch and withholds the others. The way:
 *
 *   fn_census_new, fn_census_add (every row), fn_census_choose -> plan (pinned in the grant)
 *   fn_admission_new(plan, census, what was released before)  -> which groups may leave, and what is lost
 *   fn_stream_new, fn_stream_apply (the same rows once more), fn_stream_end
 *
 * What it does not promise: a person who stands in several rows counts as several (declare one row per person); anything about
 * columns that are not declared, or about what a reader knows besides; rows that change or vanish between two snapshots (an
 * increment is rows that are added); that who knows the algorithm learns nothing from the choice of a least plan (Wong et al. 2007).
 *
 * Values that do not fit their hierarchy are fully generalised, never kept. Memory is bounded by a parameter; beyond it sorted
 * runs go to an unlinked file in a directory that the caller names. Objects belong to one thread at a time, if not said otherwise. */
#pragma once

#include "mask/mask.h"

#include <glib.h>

typedef enum {
	FN_DISCLOSURE_ERROR_HIERARCHY,  /* the spec or tree of a hierarchy */
	FN_DISCLOSURE_ERROR_OPTIONS,    /* k, l, limits, columns */
	FN_DISCLOSURE_ERROR_PLAN,       /* not a plan, or its hierarchies are not these */
	FN_DISCLOSURE_ERROR_IMPOSSIBLE, /* no plan keeps within the limits; the message names what stands in the way */
	FN_DISCLOSURE_ERROR_CHANGED,    /* the rows that went through are not those that were counted */
	FN_DISCLOSURE_ERROR_SPILL,      /* the file for what memory does not hold */
	FN_DISCLOSURE_ERROR_TABLE,      /* no table of counts, or too large */
	FN_DISCLOSURE_ERROR_BUDGET,     /* not a budget, or spent */
} FnDisclosureError;
#define FN_DISCLOSURE_ERROR (fn_disclosure_error_quark())
GQuark fn_disclosure_error_quark(void);

enum {
	FN_DISCLOSURE_MAX_QUASI = 16,
	FN_DISCLOSURE_K = 5,
	FN_DISCLOSURE_SUPPRESS_PPM = 50000, /* rows in a million */
	FN_DISCLOSURE_MEMORY = 64 << 20,    /* bytes */
	FN_DISCLOSURE_MIN_MEMORY = 16 << 10,
};

/* ---- hierarchies ---- */

/* How a value becomes coarser, level by level; the last level is "*". Immutable, thread-safe. Specs:
 *   "date"            "1987-03-12" (or 19870312) -> 1987-03 -> 1987 -> 1980s -> *
 *   "region"          six digits of GB/T 2260 (nine and twelve digits are cut to six): district -> city -> province -> *;
 *                     with a tree, names too (see there)
 *   "number:1,5,50"   buckets of these widths, each a multiple of the one before: 17 -> 15..19 -> 0..49 -> *. A decimal number
 *                     counts by its whole part, rounded down.
 *   "list"            the categories of a tree, one level for each step towards its root
 * A tree is JSON: objects of objects, innermost lists of texts or empty objects, as in {"city": {"east": ["a", "b"]}} or, where
 * nothing lies between a value and *, ["a", "b"]. A label of a list is there once. In a tree for "region" the outermost labels are
 * provinces; a place is written as its label or with those above it, without a gap, and a text that fits several places counts
 * as the place that they share. */
typedef struct FnHierarchy FnHierarchy;
FnHierarchy *fn_hierarchy_new(const char *spec, const char *tree, gsize tree_size, GError **error);
void fn_hierarchy_free(FnHierarchy *hierarchy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnHierarchy, fn_hierarchy_free)
/* Spec, version of its table, digest of the tree: two hierarchies of one version generalise alike. */
const char *fn_hierarchy_version(const FnHierarchy *hierarchy);
/* The level of "*"; level 0 is the finest. */
guint fn_hierarchy_top(const FnHierarchy *hierarchy);
/* One value at @level, "*" when it does not fit or is NULL. Caller frees. */
char *fn_hierarchy_generalise(const FnHierarchy *hierarchy, const char *value, gsize size, guint level);

/* ---- rows: counting and choosing ---- */

/* A declared quasi-identifier; both members borrowed. */
typedef struct {
	const char *name;             /* 1 to 128 bytes of UTF-8, once */
	const FnHierarchy *hierarchy;
	guint levels;                 /* how many levels, from the finest, are still useful; 0: all of them, "*" included */
} FnQuasi;

typedef struct {
	guint k;            /* at least 2 */
	guint l;            /* 1: no l-diversity */
	guint suppress_ppm; /* rows in a million that the plan may leave out */
	gboolean joint;     /* see fn_admission_new() */
} FnDisclosureOptions;
/* k = 5, l = 1, 5 %, not joint. */
FnDisclosureOptions fn_disclosure_options(void);

typedef struct FnCensus FnCensus;
/* Counts rows by @n quasi-identifiers (copied; names and hierarchies borrowed) and, where @sensitive names a column (else NULL),
 * by its values. @memory bytes at most (about; from FN_DISCLOSURE_MIN_MEMORY), the rest spills into @directory; NULL: when memory
 * is full, that is an error. */
FnCensus *fn_census_new(const FnQuasi *quasi, guint n, const char *sensitive, gsize memory, const char *directory, GError **error);
void fn_census_free(FnCensus *census);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnCensus, fn_census_free)
/* One batch: @column in the order of the quasi-identifiers, all of the same number of rows; @sensitive as declared, else NULL. A
 * NULL in the sensitive column counts as no value. After an error the census gives that error for ever. */
gboolean fn_census_add(FnCensus *census, const FnColumn *column, const FnColumn *sensitive, GError **error);
guint64 fn_census_rows(const FnCensus *census);

typedef struct FnDisclosurePlan FnDisclosurePlan; /* immutable, thread-safe */
/* The plan of least loss among those that leave out at most @options->suppress_ppm of the rows. Loss is Sweeney's precision
 * metric: the mean over the quasi-identifiers of level / top level (Sweeney 2002); equal loss is decided by fewer rows left out,
 * then by lower levels, first column first. Exact: no plan of less loss keeps within the limits. FN_DISCLOSURE_ERROR_IMPOSSIBLE
 * names the quasi-identifier that stands in the way. */
FnDisclosurePlan *fn_census_choose(FnCensus *census, const FnDisclosureOptions *options, GError **error);
void fn_disclosure_plan_free(FnDisclosurePlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnDisclosurePlan, fn_disclosure_plan_free)
/* Canonical JSON, for the grant: format, columns (name, hierarchy version, level), k, l, sensitive, suppress_ppm, joint, digest
 * (SM3 of the canonical text without this member). Caller frees. */
char *fn_disclosure_plan_text(const FnDisclosurePlan *plan);
/* Reads such a text strictly; the digest must be right. */
FnDisclosurePlan *fn_disclosure_plan_parse(const char *text, gsize size, GError **error);
/* "sm3:" and 64 hexadecimal digits. */
const char *fn_disclosure_plan_digest(const FnDisclosurePlan *plan);
guint fn_disclosure_plan_columns(const FnDisclosurePlan *plan);
const char *fn_disclosure_plan_name(const FnDisclosurePlan *plan, guint column);
guint fn_disclosure_plan_level(const FnDisclosurePlan *plan, guint column);
/* NULL without l-diversity. */
const char *fn_disclosure_plan_sensitive(const FnDisclosurePlan *plan);

/* ---- rows: releasing ---- */

/* What left under one plan so far: rows per group. */
typedef struct FnReleased FnReleased;
void fn_released_free(FnReleased *released);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnReleased, fn_released_free)
guint64 fn_released_rows(const FnReleased *released);
guint64 fn_released_groups(const FnReleased *released);
/* As lines of text into @fd, from where it stands, and back. Reading checks the plan's digest, the order, the sums and a digest
 * at the end. @memory and @directory as in fn_census_new(). */
gboolean fn_released_write(const FnReleased *released, int fd, GError **error);
FnReleased *fn_released_read(int fd, const FnDisclosurePlan *plan, gsize memory, const char *directory, GError **error);

/* Which groups of @census (taken with the plan's hierarchies: else FN_DISCLOSURE_ERROR_PLAN) may leave under @plan.
 * @before: what was released under this plan so far, or NULL for a first snapshot; the census is then of the added rows alone, to
 * which the caller may add again what was withheld before.
 * An added group leaves
 *   not joint   when it holds k rows and l values by itself: then the difference of two releases is as safe as a release;
 *   joint       or when its group was released before: the union is safe, but who holds both sees a single added row. */
typedef struct FnAdmission FnAdmission;
FnAdmission *fn_admission_new(const FnDisclosurePlan *plan, FnCensus *census, const FnReleased *before, GError **error);
void fn_admission_free(FnAdmission *admission);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnAdmission, fn_admission_free)
/* FALSE when more rows are withheld than the plan's limit: a pinned plan does not suit these rows any more. */
gboolean fn_admission_within_limit(const FnAdmission *admission);
guint64 fn_admission_withheld(const FnAdmission *admission); /* rows */
/* What was lost, as JSON: rows, withheld rows, level of each column, loss in millionths, groups, smallest and largest group,
 * discernibility. Counts of rows that were withheld are for the owner, not for the recipient. Caller frees. */
char *fn_admission_report(const FnAdmission *admission);
/* @before of fn_admission_new() and what this admission lets out. */
FnReleased *fn_admission_released(const FnAdmission *admission, const FnReleased *before, GError **error);

/* One pass over the rows of an admission, which it borrows. */
typedef struct FnStream FnStream;
FnStream *fn_stream_new(const FnAdmission *admission);
void fn_stream_free(FnStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnStream, fn_stream_free)
/* Generalises the quasi-identifiers of one batch in place (never the input; values live until the next call) and says in @keep[row]
 * which rows may leave. The quasi-identifiers of a withheld row become NULL; the caller drops the row. Returns rows kept. */
guint fn_stream_apply(FnStream *stream, FnColumn *column, gboolean *keep);
/* FN_DISCLOSURE_ERROR_CHANGED when the rows that left are not exactly those that the admission counted: the caller takes the
 * release back. */
gboolean fn_stream_end(const FnStream *stream, GError **error);

/* ---- small cells ---- */

enum {
	FN_CELLS_MAX = 16384,        /* cells of a table, totals included */
	FN_CELLS_MAX_THRESHOLD = 100, /* the least is 2 */
};
/* What a cell may show. Zero is "suppressed". */
typedef enum { FN_CELL_SUPPRESSED = 0, FN_CELL_SHOWN } FnCell;
/* @count: @rows × @columns counts, row by row. @shown_out: (@rows + 1) × (@columns + 1), the last row and column are the totals, the
 * last of all the grand total.
 *
 * Guarantee: counts from 1 to @threshold - 1 are suppressed, totals too, and others with them, so that whoever knows what is
 * shown, all sums, and that counts are whole and not negative, can narrow no such small count to less than @threshold + 1
 * possible values, and can derive no suppressed cell. It does not cover other tables over the same rows, nor a reader who knows
 * one of the suppressed counts or the order in which cells are chosen. Few cells are suppressed, not provably fewest. */
gboolean fn_cells_suppress(const guint64 *count, guint rows, guint columns, guint threshold, FnCell *shown_out, GError **error);
/* Where categories that are too small to be named stand together; G_MAXUINT: nowhere. */
typedef struct {
	guint row, column;
} FnCellsRest;
/* The same for a table that others with the same grand total stand beside: the grand total is always shown, so that tables that
 * share no category say no more together than each by itself. @rest: the line of categories that hold fewer than @threshold each and
 * are not named; all its counts above 0 are suppressed, and each can be lower by @threshold (down to 0) and higher by it, so that
 * whoever knows such a category learns no more of it than that it is not named. FN_DISCLOSURE_ERROR_TABLE when fewer than @threshold
 * stand outside of it. */
gboolean fn_cells_suppress_rest(const guint64 *count, guint rows, guint columns, guint threshold, const FnCellsRest *rest, FnCell *shown_out,
	GError **error);
/* What was lost: cells and counts suppressed, of them small ones and totals. JSON; caller frees. */
char *fn_cells_report(const guint64 *count, guint rows, guint columns, guint threshold, const FnCell *shown);

/* ---- noisy counts ---- */

/* Fills with random bytes; NULL in the functions below is the kernel's (fn_random()). */
typedef void (*FnRandomBytes)(void *out, gsize size, gpointer data);

/* Epsilon that one grant may spend, as an exact fraction. */
typedef struct FnBudget FnBudget;
/* From "total" as "3" or "7/10"; numerator and denominator from 1 to 10^9. */
FnBudget *fn_budget_new(const char *total, GError **error);
void fn_budget_free(FnBudget *budget);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnBudget, fn_budget_free)
/* Canonical JSON {"spent":"1/2","total":"3"}, and back. */
char *fn_budget_text(const FnBudget *budget);
FnBudget *fn_budget_parse(const char *text, gsize size, GError **error);
/* Takes @epsilon from the budget; FALSE, and nothing taken, when it does not hold it. The caller stores the budget before it
 * shows what was bought. Denominators of the sum beyond 10^9 are refused as well. */
gboolean fn_budget_spend(FnBudget *budget, const char *epsilon, GError **error);
/* @count plus two-sided geometric (discrete Laplace) noise: P(x) proportional to exp(-|x| epsilon); @epsilon-differentially private
 * for a count that one person changes by at most 1. Sampled exactly, in whole numbers (Canonne, Kamath and Steinke 2020, algorithms
 * 1 and 2). The result may be negative; rounding it up to 0 is free. */
gboolean fn_noisy_count(gint64 count, const char *epsilon, FnRandomBytes random, gpointer data, gint64 *out, GError **error);
