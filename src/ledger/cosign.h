/* What others vouch for about our heads: cosignatures of witnesses, and time stamps (RFC 3161).
 *
 * Each is kept as a text that needs nothing beside it but public keys: the signed head (head.h) in its first line, then what
 * was said about it:
 *   DIR/cosignatures/<key id in hexadecimal>   HEAD\n— NAME base64\n[sm2 TIME base64\n]   the last of each witness (note.h)
 *   DIR/cosignatures/checkpoint                the note of the last head with cosignatures, with these as further lines
 *   DIR/cosignatures/timestamp-<size>          HEAD\ntimestamp TIME base64 of the token\n
 * Witnesses are listed in a file, one a line: "URL KEY [gm:KEY]", KEY being the text of a verifier's key of type 0x04; '#'
 * begins a comment. The URL is the prefix before /add-checkpoint. */
#pragma once

#include "ledger/head.h"
#include "ledger/note.h"

#define FN_WITNESSES_MAX 16u
#define FN_STAMP_MAX     49152u /* bytes of a time stamp's token */
#define FN_COSIGN_MAX    (FN_STAMP_MAX / 3 * 4 + 8192) /* bytes of any such text */

typedef struct {
	char *url;
	FnNoteKey *key;
	FnPublicKey *sm2; /* NULL: it vouches for the SHA-256 tree alone */
} FnKnownWitness;
void fn_known_witness_free(FnKnownWitness *witness);
/* The witnesses listed at @path, as FnKnownWitness; none when there is no such file. FN_LEDGER_ERROR_OPEN names the line. */
GPtrArray *fn_witnesses_read(const char *path, GError **error);
/* The same for the text of such a file. */
GPtrArray *fn_witnesses_parse(const char *text, GError **error);

typedef struct {
	FnHead head;
	FnSpan line; /* the cosignature with its end; borrowed from the text */
	guint64 time, sm2_time; /* seconds since 1970; sm2_time 0: none */
} FnCosigned;
void fn_cosigned_clear(FnCosigned *cosigned);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FnCosigned, fn_cosigned_clear)
/* Verifies such a text of @witness against the keys of the log: FN_LEDGER_ERROR_TAMPERED or _ENTRY. A witness with an SM2 key
 * must have used it. */
gboolean fn_cosigned_verify(const char *text, gsize size, const FnKnownWitness *witness, const char *gm_key, const char *intl_key,
	FnCosigned *cosigned_out, GError **error);

/* A time stamp's parts; @token is freed by the caller. The head's signatures are verified, the token is not looked into
 * (anchor/timestamp.h does). */
gboolean fn_stamped_parse(const char *text, gsize size, const char *gm_key, const char *intl_key, FnHead *head_out,
	guint64 *time_out, GBytes **token_out, GError **error);

typedef struct FnCosignatures FnCosignatures; /* thread-safe */
/* Of the ledger in @directory (made by fn_log_open()). @witnesses is borrowed. What lies there and does not verify any more is
 * not counted: it is collected again. */
FnCosignatures *fn_cosignatures_open(const char *directory, const GPtrArray *witnesses, GError **error);
void fn_cosignatures_free(FnCosignatures *cosignatures);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnCosignatures, fn_cosignatures_free)
/* Takes a text of either kind, verifies it and keeps it durably. FN_LEDGER_ERROR_ENTRY: malformed, or of a witness that is
 * not listed; _TAMPERED: a signature fails; _RANGE: older than what is kept; _STOPPED: it cannot be written. */
gboolean fn_cosignatures_take(FnCosignatures *cosignatures, const char *text, gsize size, GError **error);
/* JSON, as FN_LEDGER_OP_COSIGNED answers. Caller frees. */
char *fn_cosignatures_list(FnCosignatures *cosignatures);
