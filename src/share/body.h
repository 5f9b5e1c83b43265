/* The body of a query, batch or aggregate request, read in place without building a tree. */
#pragma once

#include "share/share.h"

#define FN_BODY_KEYS   8
#define FN_BODY_FIELDS 128
#define FN_BODY_VALUE  1024 /* bytes of a key's value or a cursor */

typedef enum { FN_MODE_QUERY = 1, FN_MODE_BATCH, FN_MODE_AGGREGATE } FnShareMode;
enum { FN_MODE_LAST = FN_MODE_AGGREGATE };
const char *fn_share_mode_name(FnShareMode mode);

typedef struct {
	guint keys;
	const char *key[FN_BODY_KEYS + 1], *value[FN_BODY_KEYS + 1]; /* NULL-ended */
	const char *field[FN_BODY_FIELDS + 1]; /* NULL-ended; none: fields_given is FALSE. Of an aggregate: those it is counted by */
	gboolean fields_given, csv;
	const char *after;
	gint64 limit; /* 0: none */
} FnShareBody;

/* Reads @text (@size bytes and a NUL behind them), which is changed: all texts in @body point into it. Strict: one JSON
 * object, only the members of @mode, none twice, no NUL in a text, nothing behind. Errors: FN_SHARE_ERROR_BODY with the byte. */
gboolean fn_share_body_parse(FnShareBody *body, FnShareMode mode, char *text, gsize size, GError **error);
