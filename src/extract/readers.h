/* One pair a reader, named in the table of formats.c. */
#pragma once

#include "extract/extract_priv.h"

gboolean fn_zip_is(const FnDocument *document);
void fn_zip_read_all(FnExtract *extract, const FnDocument *document);
gboolean fn_text_is(const FnDocument *document);
void fn_text_read(FnExtract *extract, const FnDocument *document);
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
gboolean fn_ole_is(const FnDocument *document);
void fn_ole_read(FnExtract *extract, const FnDocument *document);
gboolean fn_pdf_is(const FnDocument *document);
void fn_pdf_read(FnExtract *extract, const FnDocument *document);
gboolean fn_ofd_is(const FnDocument *document);
void fn_ofd_read(FnExtract *extract, const FnDocument *document);
