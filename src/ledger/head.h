/* Signed heads: what the keeper vouches for about both trees at one size.
 *
 * One line of canonical JSON, kept for ever in the file `heads`:
 *   {"note":N,"origin":O,"sha256":"64 hex","size":S,"sm3":"64 hex","sm3_signature":"base64","time":T}
 * N is a C2SP checkpoint, the signed note "O\nS\nbase64(SHA-256 root)\n\n— O base64(key id || Ed25519 signature)\n"; the other
 * signature is SM2 with SM3 over {"origin":O,"root":"64 hex","size":S,"time":T} in the keeper's form (GB/T 32918).
 * Each byte of the line is bound by one signature or by the one canonical spelling. Thread-safe but for fn_head_clear(). */
#pragma once

#include "ledger/canon.h"
#include "ledger/ledger.h"

#include "crypto/crypto.h"

typedef struct {
	char *origin;
	guint64 size;
	char *time; /* RFC 3339 */
	guint8 sha256[FN_DIGEST_SIZE], sm3[FN_DIGEST_SIZE];
	char *note;
	guint8 *sm3_signature;
	gsize sm3_signature_size;
} FnHead;

void fn_head_clear(FnHead *head);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FnHead, fn_head_clear)

/* A name for the log: a URL without scheme, no spaces, no '+', at most FN_ORIGIN_MAX bytes of printable ASCII. */
gboolean fn_origin_is_valid(const char *origin);

/* What each suite signs: the message of ledger_head_<suite> as canonical JSON, and the body of the note. Caller frees. */
char *fn_head_message(const FnHead *head, FnSuite suite);
char *fn_head_note_body(const FnHead *head);
/* The note with its one signature. @intl_key is the text of the public key. NULL when it is none. */
char *fn_head_note(const FnHead *head, const char *intl_key, const guint8 *signature, gsize size, GError **error);

/* The line without its end; it appends to @out. */
void fn_head_write(const FnHead *head, GString *out);
/* Takes exactly one head in canonical form. *@head_out is cleared first by the caller or zero. */
gboolean fn_head_take(FnCanon *canon, FnHead *head_out);

/* Both signatures, the note's spelling and its key id. FN_LEDGER_ERROR_TAMPERED says which part fails. */
gboolean fn_head_verify(const FnHead *head, const char *gm_key, const char *intl_key, GError **error);

/* Lines of the file `heads` of the ledger in @directory (an open descriptor): those of more than @above entries, oldest first,
 * as many whole ones as fit @most bytes; empty when there is none. FN_LEDGER_ERROR_TAMPERED names the offset. */
GBytes *fn_heads_after(int directory, guint64 above, gsize most, GError **error);
