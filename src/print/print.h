/* A document as it is printed: title, paragraphs, pairs of name and value, tables, and a foot that says which one it is. One model, two
 * renderings: HTML that needs nothing else, and PDF on A4. The same document gives the same bytes, on the same fonts.
 *
 * Texts are taken as data: what is no valid UTF-8 becomes U+FFFD, controls become spaces, marks that turn the direction of text around
 * are dropped. Sentences are the caller's, in the language that it says. */
#pragma once

#include <glib.h>

typedef struct FnPrint FnPrint;
FnPrint *fn_print_new(const char *title, const char *subtitle, gboolean chinese);
void fn_print_free(FnPrint *print);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnPrint, fn_print_free)

void fn_print_heading(FnPrint *print, const char *text);
void fn_print_paragraph(FnPrint *print, const char *text);
/* Pairs that follow each other are one list. */
void fn_print_pair(FnPrint *print, const char *name, const char *value);

typedef struct {
	const char *title;
	gboolean right; /* numbers stand at the right */
} FnPrintColumn;
void fn_print_table(FnPrint *print, const FnPrintColumn *columns, guint n);
/* As many cells as the table that was begun last has columns; NULL is an empty cell. */
void fn_print_row(FnPrint *print, const char *const *cells);

/* On every page: number, date (YYYY-MM-DD) and digest of the document; each may be NULL. The date is the one that the PDF says it was
 * made on. */
void fn_print_foot(FnPrint *print, const char *number, const char *date, const char *digest);

typedef enum {
	FN_PRINT_ERROR_FONT,   /* no installed font shows what is written; the message says which package to install */
	FN_PRINT_ERROR_FAILED, /* the library failed */
} FnPrintError;
#define FN_PRINT_ERROR (fn_print_error_quark())
GQuark fn_print_error_quark(void);

/* A page that needs nothing else and runs nothing. Caller frees. */
char *fn_print_html(const FnPrint *print);
/* A4, fonts embedded, headers of tables repeated on each page, pages numbered. */
GBytes *fn_print_pdf(const FnPrint *print, GError **error);
