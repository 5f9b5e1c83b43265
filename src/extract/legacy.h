/* Strings of binary documents: UTF-16 units and 8-bit texts of an old code page. What they become is appended as UTF-8. */
#pragma once

#include <glib.h>

/* @n units; lone surrogates become U+FFFD. NUL and other controls stay: callers know what they mean. */
void fn_utf16le_append(GString *out, const guint8 *bytes, gsize n);
void fn_utf16be_append(GString *out, const guint8 *bytes, gsize n);
/* 8-bit text of Windows code page @codepage (0: unknown). UTF-8 and GB18030 are recognised whatever the document claims, since
 * Chinese programs wrote them under any label; else Windows-1252. */
void fn_legacy_append(GString *out, guint codepage, const guint8 *bytes, gsize size);
/* Controls but tab and line feed become spaces; CR and CR LF become LF; NULs at the end go. */
void fn_tidy(GString *text);
