/* Inside of disclosure: codes of values, trees, counts of combinations. */
#pragma once

#include "disclosure/disclosure.h"

#include <jansson.h>

/* Sets *error to "@what "@subject": why" with the subject made safe; always FALSE. */
gboolean fn_disclosure_refuse(GError **error, FnDisclosureError code, const char *what, const char *subject, const char *why, ...)
	G_GNUC_PRINTF(5, 6);
#define fn_hierarchy_refuse(error, spec, ...) fn_disclosure_refuse(error, FN_DISCLOSURE_ERROR_HIERARCHY, "hierarchy", spec, __VA_ARGS__)

/* ---- codes ----
 * A value is a number, and so is what it becomes at any level: 0 is "*". Codes follow from the hierarchy's version alone, so that
 * they mean the same in every census. Coarser by steps is the same as coarser at once. */
guint32 fn_hierarchy_encode(const FnHierarchy *hierarchy, const char *value, gsize size);
/* @code stands at @level or finer. */
guint32 fn_hierarchy_coarsen(const FnHierarchy *hierarchy, guint32 code, guint level);
enum { FN_LABEL_SCRATCH = 32 };
/* The text of a code that stands at @level: in @scratch or the hierarchy's own. */
const char *fn_hierarchy_label(const FnHierarchy *hierarchy, guint32 code, guint level, char scratch[FN_LABEL_SCRATCH], gsize *size_out);

/* ---- trees: node 0 is the root, "*" ---- */
enum { FN_TREE_MAX_TEXT = 4 << 20, FN_TREE_MAX_NODES = 100000, FN_TREE_MAX_LABEL = 128, FN_TREE_MAX_DEPTH = 16 };
typedef struct FnCategories FnCategories;
/* At most @depth levels below the root. With @places a label may stand in several branches and a node is found, and shown, by its
 * way as well. */
FnCategories *fn_categories_new(const char *text, gsize size, guint depth, gboolean places, const char *spec, GError **error);
void fn_categories_free(FnCategories *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnCategories, fn_categories_free)
guint fn_categories_depth(const FnCategories *tree);
guint32 fn_categories_find(const FnCategories *tree, const char *value, gsize size); /* 0 when it is not there */
guint32 fn_categories_cut(const FnCategories *tree, guint32 node, guint depth);      /* itself or its ancestor at @depth */
const char *fn_categories_label(const FnCategories *tree, guint32 node);
/* SM3 of depths and labels in order, 64 hexadecimal digits. Caller frees. */
char *fn_categories_digest(const FnCategories *tree);

/* ---- records on disk ----
 * A record is @words words of key and two of count. Runs are sorted by key, word by word, each key once, in one unlinked file. */
typedef struct FnRuns FnRuns;
/* @memory: what its buffers may take. */
FnRuns *fn_runs_new(guint words, gsize memory, const char *directory, GError **error);
void fn_runs_free(FnRuns *runs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnRuns, fn_runs_free)
/* Records of one run, in order, then its end. */
gboolean fn_runs_put(FnRuns *runs, const guint32 *record, GError **error);
gboolean fn_runs_end_run(FnRuns *runs, GError **error);
/* One run out of all; the counts of equal keys are added. After it runs can be read. */
gboolean fn_runs_merge(FnRuns *runs, GError **error);
guint64 fn_runs_records(const FnRuns *runs);
/* @n records from @from into @out. */
gboolean fn_runs_read(const FnRuns *runs, guint64 from, guint32 *out, gsize n, GError **error);
/* *count_out is 0 when @key is not there. */
gboolean fn_runs_find(const FnRuns *runs, const guint32 *key, guint64 *count_out, GError **error);

static inline guint64
fn_record_count(const guint32 *record, guint words)
{
	return (guint64)record[words + 1] << 32 | record[words];
}

static inline void
fn_record_set_count(guint32 *record, guint words, guint64 count)
{
	record[words] = (guint32)count;
	record[words + 1] = (guint32)(count >> 32);
}

static inline int
fn_key_compare(const guint32 *a, const guint32 *b, guint words)
{
	for (guint i = 0; i < words; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

/* ---- counts by key ---- */
enum { FN_TALLY_MAX_WORDS = FN_DISCLOSURE_MAX_QUASI + 2 };
typedef struct FnTally FnTally;
/* Adds up counts by keys of @words words in about @memory bytes; beyond it spills into @directory (NULL: an error). */
FnTally *fn_tally_new(guint words, gsize memory, const char *directory);
void fn_tally_free(FnTally *tally);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnTally, fn_tally_free)
/* @n keys, one after the other; @count[i] for each, NULL: 1. */
gboolean fn_tally_add(FnTally *tally, const guint32 *keys, const guint64 *count, gsize n, GError **error);
/* After the last key. With @sorted it is read in order of keys, else in any. */
gboolean fn_tally_finish(FnTally *tally, gboolean sorted, GError **error);
guint64 fn_tally_keys(const FnTally *tally);
gsize fn_tally_size(const FnTally *tally);   /* bytes of memory that it holds now */
gboolean fn_tally_spilled(const FnTally *tally);
/* Gives back all memory but the records of a finished tally that did not spill: it can be read, in any order, and no more. */
void fn_tally_pack(FnTally *tally);
gboolean fn_tally_find(const FnTally *tally, const guint32 *key, guint64 *count_out, GError **error);

/* Reads a finished tally from the first key to the last; several readers may stand on one tally. */
typedef struct {
	const FnTally *tally;
	guint64 next, from;
	gsize have;
	guint32 *buffer;
} FnTallyReader;
FnTallyReader fn_tally_read(const FnTally *tally);
/* NULL at the end, or with *error set. The key lives until the next call. */
const guint32 *fn_tally_next(FnTallyReader *reader, guint64 *count_out, GError **error);
void fn_tally_reader_clear(FnTallyReader *reader);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FnTallyReader, fn_tally_reader_clear)

/* ---- groups ---- */

/* One combination of generalised values, and what stands behind it. */
typedef struct {
	guint32 code[FN_DISCLOSURE_MAX_QUASI];
	guint64 rows, values; /* values: distinct sensitive ones; 0 where none is declared */
} FnGroup;

struct FnCensus {
	FnQuasi quasi[FN_DISCLOSURE_MAX_QUASI];
	guint n;
	char *sensitive; /* or NULL */
	gsize memory;
	char *directory;
	guint64 rows;
	FnTally *tally;  /* keys: codes at level 0, then 2 words of the sensitive value */
	gboolean finished;
	GError *error;   /* the first that counting met: what is counted is not all */
	GArray *codes;   /* guint32: keys of one batch */
};
/* Ends the counting; idempotent. After an error of counting it is that error, for ever. */
gboolean fn_census_finish(FnCensus *census, GError **error);
/* Shares of the census's memory, in eighths: the combinations, a generalised copy of them, what is kept of those. */
enum { FN_SHARE_CENSUS = 5, FN_SHARE_ROLLED = 2, FN_SHARE_KEPT = 1 };

/* The combinations of @source (the census's, or what came of them) at @level; finished. *out is NULL where there are more than
 * @most groups (0: no limit). */
gboolean fn_census_roll(const FnCensus *census, const FnTally *source, const guint8 *level, guint64 most, FnTally **out, GError **error);

typedef struct {
	FnTallyReader reader;
	guint n;
	gboolean sensitive;
	const guint32 *ahead; /* the record that opens the next group */
	guint64 ahead_count;
	gboolean begun;
} FnGroupReader;
FnGroupReader fn_groups_read(const FnCensus *census, const FnTally *rolled);
/* FALSE at the end, or with *error set. */
gboolean fn_groups_next(FnGroupReader *reader, FnGroup *out, GError **error);
void fn_group_reader_clear(FnGroupReader *reader);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FnGroupReader, fn_group_reader_clear)

/* Level @level[i] of each column against its top, in millionths. */
guint32 fn_census_loss(const FnCensus *census, const guint8 *level);

/* ---- plans ---- */
enum { FN_DISCLOSURE_MAX_K = 1000000, FN_DISCLOSURE_MAX_PPM = 500000 };
struct FnDisclosurePlan {
	struct {
		char *name, *hierarchy;
	} column[FN_DISCLOSURE_MAX_QUASI];
	guint8 level[FN_DISCLOSURE_MAX_QUASI];
	guint n;
	char *sensitive;
	FnDisclosureOptions options;
	char *digest;
};
gboolean fn_disclosure_options_check(const FnDisclosureOptions *options, GError **error);
FnDisclosurePlan *fn_disclosure_plan_new(const FnCensus *census, const guint8 *level, const FnDisclosureOptions *options);
/* Is @census taken with this plan's columns and hierarchies? */
gboolean fn_disclosure_plan_fits(const FnDisclosurePlan *plan, const FnCensus *census, GError **error);

static inline gboolean
fn_disclosure_is_safe(const FnDisclosureOptions *options, const FnGroup *group)
{
	return group->rows >= options->k && (options->l <= 1 || group->values >= options->l);
}

/* Rows that may be left out of @rows. */
static inline guint64
fn_disclosure_allowed(guint64 rows, guint ppm)
{
	return rows / 1000000 * ppm + rows % 1000000 * ppm / 1000000;
}

/* ---- releases ---- */
struct FnReleased {
	FnTally *groups; /* keys: codes at the plan's levels; finished, sorted */
	guint n;
	guint64 rows;
	char *plan;      /* its digest */
};

typedef struct {
	guint64 rows, withheld, groups, smallest, largest;
	guint64 discernibility; /* sum of the squares of group sizes, and of all rows for each row withheld; at most 2^63 - 1 */
} FnLoss;

struct FnAdmission {
	const FnCensus *census; /* borrowed */
	guint8 level[FN_DISCLOSURE_MAX_QUASI];
	FnDisclosureOptions options;
	char *plan;      /* its digest */
	FnTally *groups; /* that may leave, and their rows */
	guint64 sum;     /* of fn_key_sum() over the rows that may leave */
	FnLoss loss;
};

/* Sums of this over rows tell two collections of rows apart. */
static inline guint64
fn_key_sum(const guint32 *key, guint words)
{
	guint64 hash = words;

	for (guint i = 0; i < words; i++) {
		hash = (hash ^ key[i]) * G_GUINT64_CONSTANT(0xff51afd7ed558ccd);
		hash ^= hash >> 32;
	}
	return hash * G_GUINT64_CONSTANT(0xc4ceb9fe1a85ec53) ^ hash >> 29;
}
