/* Words and streams of a PDF (ISO 32000-1, 7.2 to 7.5), for the reader in pdf.c. */
#pragma once

#include "extract/extract_priv.h"

/* ---- words ---- */
typedef enum { FN_PDF_END = 0, FN_PDF_NAME, FN_PDF_STRING, FN_PDF_NUMBER, FN_PDF_KEYWORD, FN_PDF_OPEN_DICTIONARY,
	FN_PDF_CLOSE_DICTIONARY, FN_PDF_OPEN_ARRAY, FN_PDF_CLOSE_ARRAY, FN_PDF_COMMENT } FnPdfKind;

typedef struct {
	const guint8 *bytes;
	gsize size, at;
	GString *value; /* of a name (unescaped), string (decoded), keyword or comment; the lexer's own */
	gint64 number;
} FnPdfLexer;
/* The next word. Never fails: what is no word is skipped, what has no end ends with the bytes. Always moves on. */
FnPdfKind fn_pdf_next(FnPdfLexer *lexer);

/* ---- streams ---- */
#define FN_PDF_FILTERS 4u

typedef struct {
	guint8 kind; /* fn_pdf_filter_kind(); 0: not one that is undone */
	guint8 predictor, colors, bits;
	gboolean late; /* LZW changes its width late */
	guint32 columns;
} FnPdfFilter;
guint8 fn_pdf_filter_kind(const char *name);
/* Undoes the filters; stops before one it does not know (a picture's). Limits and broken data are noted. Caller unrefs. */
GByteArray *fn_pdf_unfilter(FnExtract *extract, const FnPdfFilter *filters, guint n, const guint8 *bytes, gsize size);

/* ---- objects ---- */
/* Of a stream, by its /Type and /Subtype. */
enum { FN_PDF_KIND_OTHER, FN_PDF_KIND_OBJECTS, FN_PDF_KIND_TABLE, FN_PDF_KIND_METADATA, FN_PDF_KIND_FILE, FN_PDF_KIND_PICTURE };

/* What a stream's dictionary says about it. */
typedef struct {
	guint number; /* of its object; 0 in object streams and trailers */
	gsize at, size;
	FnPdfFilter filters[FN_PDF_FILTERS];
	guint8 kind, n_filters, n_parameters;
	guint32 width, height; /* of a picture */
	gint64 length;
	gboolean length_elsewhere;
	gboolean filters_unknown; /* too many, or elsewhere */
} FnPdfStream;

typedef struct {
	FnExtract *extract;
	const guint8 *bytes;
	gsize size;
	GHashTable *files;    /* object number of an embedded file -> its name */
	GHashTable *wanted;   /* object numbers of streams that are text: scripts, forms, rich text */
	GHashTable *integers; /* object number -> the integer that it is; made when a length stands elsewhere */
	GArray *streams;      /* FnPdfStream, to be read when all names are known */
	GHashTable *seen;     /* object numbers */
	GArray *rewritten;    /* gsize: where an object begins whose number was there before */
	gboolean encrypted;
	gboolean no_more_ends;  /* no "endstream" in the rest */
	gboolean layers_packed; /* layers are listed where they cannot be renamed */
	gboolean layers_off;    /* there is one that is not shown */
	guint8 *renamed;        /* all bytes, layers renamed; NULL: there are none */
} FnPdf;

#define FN_PDF_LAYERS "OCProperties"

/* Looks at every word of every object, of object streams too: all strings are said, streams, names of files and the rest gathered
 * for the caller. */
void fn_pdf_objects(FnPdf *pdf);
/* The stream's bytes without its filters; what cannot be undone is noted. Caller unrefs. */
GByteArray *fn_pdf_stream(const FnPdf *pdf, const FnPdfStream *stream);

/* ---- pictures ---- */
/* A picture of a page, to be recognised: JPEG as it is, plain points as a picture of the simplest format. Others are noted. */
void fn_pdf_picture(FnExtract *extract, guint number, guint32 width, guint32 height, const GByteArray *unfiltered);
