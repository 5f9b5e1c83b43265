/* What the readers of formats share: one row of the table in formats.c each.
 *
 * A reader returns nothing: it says what it read and notes what it could not. It returns early once a call answers FALSE. */
#pragma once

#include "extract/extract.h"
#include "extract/zip.h"

/* A document while its reader works. */
typedef struct {
	const char *name; /* as its container calls it, "" when unknown */
	const guint8 *bytes;
	gsize size;
	FnZip *zip; /* the document as a zip, NULL when it is none: opened once for all readers that are zips */
} FnDocument;

typedef struct {
	const char *name;       /* "docx" */
	const char *extensions; /* "docx docm dotx": a name that ends so claims this format; "" when nobody is called so */
	/* From the content alone, but for formats that have no signature. The first 4 KiB must do for anything but zips, since
	 * fn_extract_needed() has no more; a format that is a zip looks at document->zip. */
	gboolean (*is)(const FnDocument *document);
	void (*read)(FnExtract *extract, const FnDocument *document);
	gboolean holds; /* documents as they are: a zip in it is read by @read, unless it stands at the very end */
} FnFormat;

/* The reader for @document, the first row that says yes; NULL when nobody knows it. */
const FnFormat *fn_format_of(const FnDocument *document);
/* The format that the name claims, or NULL. */
const FnFormat *fn_format_claimed(const char *name);
/* TRUE when @name ends with one of @extensions ("htm html"), whatever the case. */
gboolean fn_name_ends(const char *name, const char *extensions);

static inline gboolean
fn_document_starts(const FnDocument *document, const char *magic, gsize size)
{
	return document->size >= size && memcmp(document->bytes, magic, size) == 0;
}

/* A name from a document as UTF-8 fit to be shown: GB18030 where it is no UTF-8, controls escaped, cut. Caller frees. */
char *fn_name_shown(const char *name, gssize size);

/* What unpacks piece by piece counts here: {extract}, then each piece. */
typedef struct {
	FnExtract *extract;
	guint64 out; /* bytes of this member so far */
} FnUnpacked;
/* @more bytes came out of @packed bytes taken in up to now (of this member). FALSE over the limits. */
gboolean fn_unpacked_add(FnUnpacked *unpacked, guint64 more, guint64 packed);

/* Unpacks deflate data (@window_bits as zlib knows them: 15 zlib, -15 raw, 31 gzip). Whatever came out before the data broke or
 * a limit was hit is returned and the rest noted with @what; @used (or NULL): bytes taken in. */
GByteArray *fn_inflate(FnExtract *extract, const guint8 *bytes, gsize size, int window_bits, const char *what, gsize *used);
/* Unpacks a member of a zip that is neither stored nor deflated (bzip2, lzma, xz, zstd, ppmd); what cannot be is noted. */
GByteArray *fn_archive_zipped(FnExtract *extract, const FnZipMember *member, const guint8 *packed, const char *shown);
/* What a reader of anything does with bytes that nobody can read: noted unknown, and the runs of characters in them are text. */
void fn_extract_unknown(FnExtract *extract, const FnDocument *document);
