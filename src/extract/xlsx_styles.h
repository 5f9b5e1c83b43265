/* Which numbers of a workbook are dates, and which. */
#pragma once

#include "extract/ooxml.h"

typedef struct FnXlsxStyles FnXlsxStyles;
/* @part: the name of the part with the styles. Never NULL. */
FnXlsxStyles *fn_xlsx_styles_read(FnPackage *package, const char *part, gboolean since_1904);
void fn_xlsx_styles_free(FnXlsxStyles *styles);
/* TRUE when a cell of @style (its attribute, or NULL) with @number is a date: @out becomes "2024-01-05", "2024-01-05 13:45:00" or
 * "13:45:00". */
gboolean fn_xlsx_styles_date(const FnXlsxStyles *styles, const char *style, const char *number, GString *out);
/* Is it a moment that this format of numbers shows? */
gboolean fn_xlsx_format_is_date(const char *code);
