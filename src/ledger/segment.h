/* Segment files: where the entries lie.
 *
 *   segments/<first index, 16 digits>.seg
 *   bytes 0..511       "fengni ledger segment 1\norigin <origin>\nfirst <index>\n", rest zero
 *   bytes 512..1023    commit record of an even commit        bytes 1024..1535  of an odd one, rest up to 4096 zero
 *   bytes 4096..       C2SP entry bundles one after the other: u16 big-endian size || bytes; then zeros to the end
 *
 * A bundle of 256 entries lies within one segment, so that it is a byte range. A commit record is written with each commit
 * and made durable by the same fdatasync: it says which bytes this commit wrote and their digest, so that after a crash the
 * record of the commit before tells what was certainly acknowledged, and the digest whether the last one arrived whole.
 * A file is preallocated and zeroed to the setting segment_bytes; when the last bundle needs more it grows by whole pages.
 *
 * Pure functions over bytes; thread-safe. */
#pragma once

#include "ledger/entry.h"

#include "crypto/crypto.h"

#define FN_SEGMENT_HEAD 4096u
#define FN_SECTOR	512u
#define FN_PAGE		4096u
#define FN_BUNDLE	256u /* entries */

typedef struct {
	guint64 sequence; /* of the commit in this segment, from 1 on */
	guint64 start, end; /* the bytes it wrote, offsets in the file */
	guint64 size; /* entries of the log after it */
	guint8 digest[FN_DIGEST_SIZE]; /* SHA-256 of those bytes */
} FnCommit;

typedef enum { FN_FOUND_NONE, FN_FOUND_GOOD, FN_FOUND_BAD } FnFound;

/* The first sector. @origin is at most FN_ORIGIN_MAX bytes. */
#define FN_ORIGIN_MAX 200u
void fn_segment_title(const char *origin, guint64 first, guint8 sector_out[FN_SECTOR]);
/* Where the record of @sequence stands. */
guint fn_commit_offset(guint64 sequence);
void fn_commit_write(const FnCommit *commit, guint8 sector_out[FN_SECTOR]);
/* NONE: all zero. BAD: torn or altered. */
FnFound fn_commit_read(const guint8 sector[FN_SECTOR], FnCommit *commit_out);

/* Takes the entry at @at of @data and moves @at behind it. NONE: zero padding starts here, or the data end here. BAD: cut
 * short or no entry. @entry_out may be NULL; @frame_out becomes the entry's bytes. */
FnFound fn_frame_take(const guint8 *data, gsize size, gsize *at, FnSpan *frame_out, FnEntry *entry_out);
/* The same without looking into the entry. */
FnFound fn_frame_skip(const guint8 *data, gsize size, gsize *at, FnSpan *frame_out);

/* "0000000000000256.seg". */
char *fn_segment_name(guint64 first);
gboolean fn_segment_name_parse(const char *name, guint64 *first_out);
