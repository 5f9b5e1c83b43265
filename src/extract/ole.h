/* The compound file of [MS-CFB] ("OLE2"): storages and streams inside .doc, .xls, .ppt, .msg and their Kingsoft sisters.
 *
 * Own reader: directory entries are read one by one, so that entries which no tree leads to (deleted ones) are seen too, and
 * everything is linear in the file's size whatever chains it claims. What is broken is noted, what can be read is read. */
#pragma once

#include "extract/extract_priv.h"
#include "extract/readers.h"

typedef struct {
	char *name;        /* UTF-8, may hold controls ("\1CompObj") */
	guint parent;      /* index of its storage; 0 is the root */
	guint first, next; /* of a storage's entries, and the one behind this; 0: none */
	gboolean storage;
	gboolean orphan;   /* no tree leads to it: deleted or hidden */
	gboolean taken;    /* a reader has had it */
	guint32 start;     /* first sector */
	guint64 size;
} FnOleEntry;

typedef struct FnOle FnOle;
/* @bytes are borrowed. NULL (and a note) when nothing can be made of them. */
FnOle *fn_ole_open(FnExtract *extract, const guint8 *bytes, gsize size);
void fn_ole_free(FnOle *ole);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnOle, fn_ole_free)

FnExtract *fn_ole_extract(const FnOle *ole);
guint fn_ole_count(const FnOle *ole);
const FnOleEntry *fn_ole_entry(const FnOle *ole, guint index);
/* The entry @name of a storage (whatever the case), 0 when there is none. */
guint fn_ole_find(const FnOle *ole, guint storage, const char *name);
/* "ObjectPool/_1023/\x01CompObj", "" for the root. Caller frees. */
char *fn_ole_path(const FnOle *ole, guint index);
/* Begins a segment for @what in a storage or stream: "ObjectPool/_1023: comments". */
void fn_ole_begin(const FnOle *ole, guint index, const char *what);

/* The stream's bytes; marks it taken. Shorter than declared (and noted) when the file is broken; never NULL. Caller unrefs. */
GByteArray *fn_ole_stream(FnOle *ole, guint index);
/* Marks an entry taken without reading it: it is encrypted, or another copy of what was read. */
void fn_ole_skip(FnOle *ole, guint index);
/* What lies in the file but in no stream: free sectors and the ends of last ones. Caller unrefs. */
GByteArray *fn_ole_remains(FnOle *ole);

/* A reader of a kind of document, by the stream that makes one; @storage holds it. */
void fn_doc_read(FnOle *ole, guint storage, guint stream);
void fn_xls_read(FnOle *ole, guint storage, guint stream);
void fn_ppt_read(FnOle *ole, guint storage, guint stream);
void fn_msg_read(FnOle *ole, guint storage, guint stream);
/* "\5SummaryInformation" and its like. */
void fn_properties_read(FnOle *ole, guint storage, guint stream);
/* Modules of macros, unpacked from @bytes wherever they begin. FALSE once a limit stops the job. */
gboolean fn_vba_read(FnExtract *extract, const guint8 *bytes, gsize size);
/* Pictures of office drawings in @bytes (records F01A to F02A), each read as a document of its own. */
gboolean fn_drawing_read(FnExtract *extract, const guint8 *bytes, gsize size);
/* The RTF of a mail message, packed by [MS-OXRTFCP]; NULL when it is none. */
GByteArray *fn_lzfu_unpack(FnExtract *extract, const guint8 *bytes, gsize size);

static inline guint
fn_le16(const guint8 *bytes)
{
	return bytes[0] | (guint)bytes[1] << 8;
}

static inline guint32
fn_le32(const guint8 *bytes)
{
	return bytes[0] | (guint32)bytes[1] << 8 | (guint32)bytes[2] << 16 | (guint32)bytes[3] << 24;
}
