/* Where a batch stands, as callers keep it: sealed, for the cursor column may hold what the grant does not give. */
#pragma once

#include "share/share.h"

/* @key: 32 bytes leased for the grant. base64url; caller frees. */
char *fn_cursor_seal(FnSuite suite, const guint8 *key, const char *grant, const char *value, gsize size);
/* NULL when @cursor was not given out for @grant. Caller frees. */
char *fn_cursor_open(FnSuite suite, const guint8 *key, const char *grant, const char *cursor);
