/* Shared by the files of this room. */
#pragma once

#include "print/print.h"

typedef enum { FN_BLOCK_HEADING, FN_BLOCK_PARAGRAPH, FN_BLOCK_PAIRS, FN_BLOCK_TABLE } FnBlockKind;

typedef struct {
	FnBlockKind kind;
	char *text;       /* of headings and paragraphs */
	GPtrArray *cells; /* texts: name, value, name, value …; of a table row by row, behind the titles of its columns */
	guint columns;    /* of pairs 2 */
	gboolean *right;  /* of each column */
} FnBlock;

struct FnPrint {
	char *title, *subtitle, *number, *date, *digest;
	gboolean chinese;
	GPtrArray *blocks; /* FnBlock */
};

guint fn_block_rows(const FnBlock *block); /* without the row of titles */
/* @row 0 of a table is the row of titles. */
const char *fn_block_cell(const FnBlock *block, guint row, guint column);

/* page.c: text on pages of paper, line by line. One document, one FnPages. */
typedef struct FnPages FnPages;
typedef enum { FN_FACE_TITLE, FN_FACE_SUBTITLE, FN_FACE_HEADING, FN_FACE_TEXT, FN_FACE_CELL, FN_FACE_HEAD, FN_FACE_FOOT, FN_FACES } FnFace;
/* @total: how many pages there are, 0 while nobody knows. @into: where the bytes go, or NULL: only to count. */
FnPages *fn_pages_new(const FnPrint *print, guint total, GByteArray *into);
/* TRUE when all was shown. *pages_out (may be NULL): how many pages it took. */
gboolean fn_pages_end(FnPages *pages, guint *pages_out, GError **error);
void fn_pages_free(FnPages *pages);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnPages, fn_pages_free)
/* A text over the whole width, centred or not, with space before it. @keep: room that must be left below it on the same page. */
void fn_pages_text(FnPages *pages, FnFace face, const char *text, gboolean centred, double before, double keep);
void fn_pages_table(FnPages *pages, const FnBlock *block);
