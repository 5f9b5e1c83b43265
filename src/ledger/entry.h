/* One entry of the log: the envelope that the ledger puts around what a writer gave.
 *
 *   {"body":B,"class":"6m","from":"gate","salt":"<32 hex>","time":"2026-07-01T08:00:00.000000Z"}
 *
 * The salt keeps a guess from being confirmed by the public hashes. All functions are thread-safe. */
#pragma once

#include "ledger/canon.h"
#include "ledger/ledger.h"

#define FN_ENTRY_MAX 65535u
#define FN_SALT_SIZE 16u
#define FN_TIME_SIZE 27u /* characters of fn_time_format() */
/* What the envelope adds to the body at most. */
#define FN_ENVELOPE_MAX 160u

typedef struct { /* borrows the entry's bytes */
	FnSpan body, event, from, salt, time;
	FnClass class;
} FnEntry;

/* "6m", "1y", "3y", "permanent"; NULL for what is no class. */
const char *fn_class_name(FnClass class);

/* Checks a writer's body: a canonical object with a text member "event", small enough. FN_LEDGER_ERROR_ENTRY says what is
 * wrong and where. @event_out (may be NULL) borrows from @body. */
gboolean fn_body_check(const char *body, gsize size, FnSpan *event_out, GError **error);
/* Writes the envelope to @out, which has room for @size + FN_ENVELOPE_MAX bytes, and returns its size. @body was checked,
 * @from is the name of a role, @time has FN_TIME_SIZE characters. */
gsize fn_entry_write(char *out, const char *body, gsize size, FnClass class, const char *from, const guint8 salt[FN_SALT_SIZE],
	const char *time);
/* Takes exactly one entry from the cursor. FALSE when these are not the bytes of an entry. */
gboolean fn_entry_take(FnCanon *canon, FnEntry *entry_out);
/* The same for a whole buffer. */
gboolean fn_entry_parse(const char *text, gsize size, FnEntry *entry_out);
