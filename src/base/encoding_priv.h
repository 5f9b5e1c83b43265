/* Tables that embed_encoding.py makes. */
#pragma once

#include <glib.h>

#define FN_GB_LEADS    126u /* 0x81-0xfe */
#define FN_GB_TRAILS   190u /* 0x40-0xfe without 0x7f */
#define FN_BIG5_LEADS  120u /* 0x87-0xfe */
#define FN_BIG5_TRAILS 157u /* 0x40-0x7e, 0xa1-0xfe */
#define FN_BIG5_PAIR   0x80000000u /* two characters: the first << 12 | the second */

/* From the four-byte code number @from on, the characters from @c on; 0: none. */
typedef struct {
	guint16 from, c;
} FnGbRange;

extern const guint32 fn_gb_pairs[FN_GB_LEADS * FN_GB_TRAILS];
extern const FnGbRange fn_gb_ranges[];
extern const gsize fn_gb_ranges_n;
extern const guint32 fn_big5_pairs[FN_BIG5_LEADS * FN_BIG5_TRAILS];
extern const guint16 fn_common_characters[]; /* ascending */
extern const gsize fn_common_characters_n;
