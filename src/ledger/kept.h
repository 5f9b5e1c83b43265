/* What pruning leaves: the entries before the first segment that must be kept longer than their neighbours, in one file.
 *
 *   kept/<minimum, 16 digits>.kept
 *   bytes 0..511   "fengni ledger kept 1\norigin <origin>\nminimum <M>\nbefore <YYYY-MM>\nfirst <F>\n
 *                  entries <N>\nbytes <B>\n", rest zero
 *   bytes 512..    N times u64 big endian index || u64 big endian offset in this file, both rising
 *   then           the entries as in a bundle: u16 big endian size || bytes; B bytes in all, and the file ends
 *
 * M is the first entry of the month up to which was pruned, YYYY-MM that month, F the entry that the first segment left begins
 * with. Of the entries below M those are here whose time is not over; from M to F, all. The file is never changed: the next
 * pruning makes another.
 *
 * Readers may share an FnKept between threads; it is a descriptor and numbers. Errors: FN_LEDGER_ERROR_TAMPERED names the place,
 * FN_LEDGER_ERROR_OPEN and FN_LEDGER_ERROR_STOPPED the system's reason. */
#pragma once

#include "ledger/files.h"
#include "ledger/segment.h"

#define FN_KEPT_HEAD  512u
#define FN_MONTH_SIZE 7u /* "2026-05" */

typedef struct {
	int fd; /* -1: nothing was pruned */
	guint64 minimum, first, entries, bytes;
	char before[FN_MONTH_SIZE + 1];
} FnKept;
#define FN_KEPT_NONE ((FnKept){ .fd = -1 })

void fn_kept_clear(FnKept *kept);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FnKept, fn_kept_clear)
/* With a descriptor of its own. */
FnKept fn_kept_share(const FnKept *kept);

/* First entries of all segments, as guint64, rising. */
GArray *fn_segment_list(int directory, GError **error);

/* "kept/0000000000000300.kept" */
char *fn_kept_path(guint64 minimum);
/* The minimums of the files there are, as guint64, rising; none when there is no folder. Any other file is TAMPERED. */
GArray *fn_kept_list(int directory, GError **error);
/* Checks title and size. @path may be another than fn_kept_path() while the file is being made. */
gboolean fn_kept_open(int directory, const char *path, const char *origin, FnKept *kept_out, GError **error);
/* That of the last pruning, which is the one in force; without one *@kept_out stays as it was. */
gboolean fn_kept_open_last(int directory, const char *origin, FnKept *kept_out, GError **error);

/* By its numbers. */
guint64 fn_kept_file_size(const FnKept *kept);
/* The first place whose entry is @index or later; @kept->entries when there is none. */
gboolean fn_kept_find(const FnKept *kept, guint64 index, guint64 *place_out, GError **error);
/* Index of the entry at @place and its frame, with the size before it, appended to @out (may be NULL). */
gboolean fn_kept_take(const FnKept *kept, guint64 place, guint64 *index_out, GByteArray *out, GError **error);
/* SM3 over the whole file. */
gboolean fn_kept_digest(const FnKept *kept, guint8 digest_out[FN_DIGEST_SIZE], GError **error);

/* Writing, in the order of the entries. What is added must come to the numbers of @shape, or ending is TAMPERED: the log changed
 * since they were counted. */
typedef struct FnKeptWriter FnKeptWriter;
FnKeptWriter *fn_kept_writer_new(int directory, const char *path, const char *origin, const FnKept *shape, GError **error);
gboolean fn_kept_writer_add(FnKeptWriter *writer, guint64 index, FnSpan frame, GError **error);
/* Syncs. */
gboolean fn_kept_writer_end(FnKeptWriter *writer, GError **error);
void fn_kept_writer_free(FnKeptWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnKeptWriter, fn_kept_writer_free)
