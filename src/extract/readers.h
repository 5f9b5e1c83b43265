/* One pair a reader, named in the table of formats.c; and what readers ask of each other. */
#pragma once

#include "extract/extract_priv.h"

gboolean fn_docx_is(const FnDocument *document);
gboolean fn_xlsx_is(const FnDocument *document);
gboolean fn_pptx_is(const FnDocument *document);
gboolean fn_ooxml_is(const FnDocument *document);
void fn_ooxml_read(FnExtract *extract, const FnDocument *document);
gboolean fn_odt_is(const FnDocument *document);
gboolean fn_ods_is(const FnDocument *document);
gboolean fn_odp_is(const FnDocument *document);
gboolean fn_odf_is(const FnDocument *document);
void fn_odf_read(FnExtract *extract, const FnDocument *document);
gboolean fn_flat_is(const FnDocument *document);
void fn_flat_read(FnExtract *extract, const FnDocument *document);
gboolean fn_ole_is(const FnDocument *document);
void fn_ole_read(FnExtract *extract, const FnDocument *document);
gboolean fn_pdf_is(const FnDocument *document);
void fn_pdf_read(FnExtract *extract, const FnDocument *document);
gboolean fn_ofd_is(const FnDocument *document);
void fn_ofd_read(FnExtract *extract, const FnDocument *document);
gboolean fn_zip_is(const FnDocument *document);
void fn_zip_read_all(FnExtract *extract, const FnDocument *document);
gboolean fn_archive_is(const FnDocument *document);
void fn_archive_read(FnExtract *extract, const FnDocument *document);
gboolean fn_picture_is(const FnDocument *document);
void fn_picture_read(FnExtract *extract, const FnDocument *document);
gboolean fn_rtf_is(const FnDocument *document);
void fn_rtf_read(FnExtract *extract, const FnDocument *document);
gboolean fn_mail_is(const FnDocument *document);
void fn_mail_read(FnExtract *extract, const FnDocument *document);
gboolean fn_json_is(const FnDocument *document);
void fn_json_read(FnExtract *extract, const FnDocument *document);
gboolean fn_html_is(const FnDocument *document);
void fn_html_read(FnExtract *extract, const FnDocument *document);
gboolean fn_xml_is(const FnDocument *document);
void fn_xml_read_any(FnExtract *extract, const FnDocument *document);
gboolean fn_text_is(const FnDocument *document);
void fn_text_read(FnExtract *extract, const FnDocument *document);

/* The text of @bytes as UTF-8, @charset being what the container declares (or NULL). What is no character, or in an encoding nobody
 * knows, is noted. Caller frees. */
GString *fn_text_decode(FnExtract *extract, const guint8 *bytes, gsize size, const char *charset);
/* "iso-8859-1" and its neighbours. */
gboolean fn_charset_is_latin(const char *charset);
/* The runs of characters in @bytes, in any encoding, a line each: for what has no better reader. */
gboolean fn_extract_strings(FnExtract *extract, const guint8 *bytes, gsize size);
/* Markup inside something else, told under @place ("part 2"). */
void fn_markup_text(FnExtract *extract, const char *text, gsize size, gboolean html, const char *place);
void fn_markup_bytes(FnExtract *extract, const guint8 *bytes, gsize size, const char *charset, gboolean html, const char *place);
