/* A zip in memory, read by its central directory and checked against what lies there: an entry that the directory does not list is
 * listed here too, and marked. */
#pragma once

#include "extract/extract.h"

typedef struct {
	char *name;           /* as it stands there, not yet UTF-8: fn_name_shown() before anybody sees it */
	guint64 packed, size; /* as declared; believe nothing */
	guint64 start;        /* where its local header begins */
	guint64 data;         /* where its packed bytes begin */
	guint32 crc;
	guint method;         /* 0 stored, 8 deflated */
	gboolean encrypted, directory, symlink;
	gboolean hidden;      /* not in the central directory */
} FnZipMember;

typedef struct FnZip FnZip;
/* NULL when there is no zip in @bytes (which are borrowed). One with a broken or missing directory is read by its entries. */
FnZip *fn_zip_open(const guint8 *bytes, gsize size);
void fn_zip_free(FnZip *zip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnZip, fn_zip_free)

guint fn_zip_members(const FnZip *zip);
const FnZipMember *fn_zip_member(const FnZip *zip, guint i);
/* The member of exactly this name, or NULL. */
const FnZipMember *fn_zip_find(const FnZip *zip, const char *name);
/* Unpacks one member within the limits and counts it. What cannot be unpacked (password, method, broken) is noted and the bytes
 * that came out are returned all the same; NULL when there are none, or the job is stopped. */
GByteArray *fn_zip_read(FnExtract *extract, const FnZip *zip, const FnZipMember *member);
/* Where the first entry begins: what stands before it is no part of the zip. */
gsize fn_zip_start(const FnZip *zip);
/* TRUE when nothing stands behind it. */
gboolean fn_zip_ends(const FnZip *zip);
/* What stands between the entries and behind the end, where nothing should: told as strings and as a document. Called by the core. */
void fn_zip_rest(FnExtract *extract, const FnZip *zip);
/* The comments of the zip and of its entries, a line each, in whatever encoding; borrowed. */
const GString *fn_zip_comments(const FnZip *zip);
/* Notes what is wrong with the zip as a whole: hidden, doubled or overlapping entries, a directory that says otherwise than they do.
 * Called once by the core for every zip before its reader. */
void fn_zip_note(FnExtract *extract, const FnZip *zip);
