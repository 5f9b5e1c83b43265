/* Canonical JSON: the one way in which the ledger writes a value, so that equal meaning is equal bytes.
 *
 * No white space; names unique and sorted by their bytes; texts in UTF-8 with the shortest escape and none where none is
 * needed (\" \\ \b \f \n \r \t, other controls as \u00xx in lower case, no NUL); whole numbers of 64 bits without leading
 * zeros; nesting within FN_CANON_DEPTH. That is RFC 8785 for the values we use, and what base/json.h writes.
 *
 * A cursor walks borrowed bytes that need no terminator. Each step takes what it names and moves on, or returns FALSE and
 * leaves the cursor at the fault. Thread-safe: nothing but the cursor is touched. */
#pragma once

#include <glib.h>

#define FN_CANON_DEPTH 64

typedef struct {
	const char *at, *end;
} FnCanon;

typedef struct { /* borrowed bytes */
	const char *text;
	gsize size;
} FnSpan;

static inline FnCanon
fn_canon_over(const char *text, gsize size)
{
	return (FnCanon){ text, text + size };
}

/* Exactly these bytes. */
gboolean fn_canon_literal(FnCanon *canon, const char *literal);
/* A quoted text; @raw_out (may be NULL) becomes what stands between the quotes, still escaped. */
gboolean fn_canon_text(FnCanon *canon, FnSpan *raw_out);
/* A whole number from 0 on. */
gboolean fn_canon_unsigned(FnCanon *canon, guint64 *value_out);
/* Any value. */
gboolean fn_canon_value(FnCanon *canon);
/* An object; when it has a text member @wanted, its still escaped text goes to @wanted_out, else size 0 and NULL. */
gboolean fn_canon_object(FnCanon *canon, const char *wanted, FnSpan *wanted_out);

/* The text behind a raw one that fn_canon_text() took. Caller frees. */
char *fn_canon_unescape(FnSpan raw);
/* TRUE when the raw text needs no unescaping and equals @text. */
gboolean fn_span_is(FnSpan raw, const char *text);
