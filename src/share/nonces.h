/* Nonces of signed requests: each once, as long as its signature could still pass (RFC 9421 7.2.2). */
#pragma once

#include <glib.h>

#define FN_NONCE_WINDOW 300 /* seconds either way, as in the judge */

typedef enum { FN_NONCE_SEEN = 0, FN_NONCE_FRESH, FN_NONCE_FULL } FnNonce;

/* Holds at most @most nonces, 8 bytes each: a keyed hash, so that nobody can aim for a collision. Thread-safe. */
typedef struct FnNonces FnNonces;
FnNonces *fn_nonces_new(guint most);
void fn_nonces_free(FnNonces *nonces);
/* Takes @nonce of @keyid made at @created, seen at @now (seconds since 1970). FN_NONCE_FULL: cannot be remembered, so it must be refused. What
 * was created outside the window, or before the table began - a former run may have seen it -, counts as seen. */
FnNonce fn_nonces_take(FnNonces *nonces, const char *keyid, const char *nonce, gint64 created, gint64 now);
/* Begins at @start (seconds since 1970). */
void fn_nonces_begin(FnNonces *nonces, gint64 start);
