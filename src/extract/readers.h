/* One pair a reader, named in the table of formats.c. */
#pragma once

#include "extract/extract_priv.h"

gboolean fn_zip_is(const FnDocument *document);
void fn_zip_read_all(FnExtract *extract, const FnDocument *document);
gboolean fn_text_is(const FnDocument *document);
void fn_text_read(FnExtract *extract, const FnDocument *document);
