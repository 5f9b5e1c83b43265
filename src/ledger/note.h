/* Signed notes as logs and their witnesses exchange them (C2SP signed-note, tlog-checkpoint, tlog-cosignature).
 *
 *   checkpoint   "ORIGIN\nSIZE\nbase64(SHA-256 root)\n[extension\n…]\n— NAME base64(key id || signature)\n…"
 *   key          "NAME+hex(key id)+base64(type || 32 bytes)", the text of a verifier's key; Ed25519 in both types
 *   cosignature  a signature line of type 0x04: base64(key id || u64 big endian POSIX time || signature), the signature over
 *                "cosignature/v1\ntime TIME\n" and the checkpoint without its signatures
 *
 * A witness of ours vouches for the SM3 tree too: "sm2 TIME base64(signature)\n", made for the purpose ledger_cosignature
 * (the signed bytes of fn_verify()) over "ORIGIN\nSIZE\nbase64(SM3 root)\ntime TIME\n". It stands beside the note and not in
 * it, since the note does not say the root that it is about. Thread-safe. */
#pragma once

#include "ledger/canon.h"
#include "ledger/ledger.h"

#include "crypto/crypto.h"

#define FN_NOTE_MAX        16384u /* bytes of a note that is read */
#define FN_NOTE_SIGNATURES 64u
#define FN_KEY_ID_SIZE     4u
#define FN_NOTE_NAME_MAX   255u
#define FN_COSIGN_PURPOSE  "ledger_cosignature"

typedef enum { FN_NOTE_ED25519 = 0x01, FN_NOTE_COSIGNATURE = 0x04 } FnNoteType;

/* SHA-256(name || 0x0A || type || key), its first four bytes. */
void fn_note_key_id(const char *name, FnNoteType type, const guint8 key[32], guint8 id_out[FN_KEY_ID_SIZE]);
/* A name of a key: printable ASCII without spaces, '+' and quotes, at most FN_NOTE_NAME_MAX bytes. */
gboolean fn_note_name_is_valid(const char *name);

typedef struct {
	char *name;
	guint8 id[FN_KEY_ID_SIZE], bytes[32];
	FnNoteType type;
	FnPublicKey *key;
} FnNoteKey;
/* FN_LEDGER_ERROR_OPEN says what is wrong with the text; it must be of @type. */
FnNoteKey *fn_note_key_parse(const char *text, FnNoteType type, GError **error);
void fn_note_key_free(FnNoteKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnNoteKey, fn_note_key_free)
/* The text of a key. Caller frees. */
char *fn_note_key_text(const char *name, FnNoteType type, const guint8 key[32]);

typedef struct { /* borrows the note's bytes */
	FnSpan body;  /* with its last line end */
	FnSpan lines; /* of signatures */
	FnSpan origin;
	guint64 size;
	guint8 root[FN_DIGEST_SIZE];
} FnCheckpoint;
/* The whole of @text must be one checkpoint. FN_LEDGER_ERROR_ENTRY says what is wrong. */
gboolean fn_checkpoint_parse(const char *text, gsize size, FnCheckpoint *checkpoint_out, GError **error);
/* A signature of @key (type 0x01) is there and each line of its name and id verifies; FN_LEDGER_ERROR_TAMPERED.
 * @line_out (may be NULL) becomes the first, with its end. */
gboolean fn_checkpoint_verify(const FnCheckpoint *checkpoint, const FnNoteKey *key, FnSpan *line_out, GError **error);

/* What a witness signs at @time (seconds since 1970), and the line that carries it. Callers free. */
char *fn_cosigned_text(FnSpan body, guint64 time);
char *fn_cosignature_line(const FnNoteKey *key, guint64 time, const guint8 signature[64]);
/* Looks for the line of @key (type 0x04) in @lines, which may hold others, and verifies it over @body.
 * FN_LEDGER_ERROR_TAMPERED. @line_out (with its end) and @time_out may be NULL. */
gboolean fn_cosignature_find(FnSpan lines, FnSpan body, const FnNoteKey *key, FnSpan *line_out, guint64 *time_out, GError **error);

/* The same for the SM3 tree. @line without its end. */
char *fn_cosigned_sm3_text(const char *origin, guint64 size, const guint8 root[FN_DIGEST_SIZE], guint64 time);
char *fn_cosignature_sm2_line(guint64 time, const guint8 *signature, gsize size);
gboolean fn_cosignature_sm2_verify(FnSpan line, const char *origin, guint64 size, const guint8 root[FN_DIGEST_SIZE],
	const FnPublicKey *key, guint64 *time_out, GError **error);

/* Small readers that such texts need. The line at *@at without its end; FALSE when there is no whole line. */
gboolean fn_line_next(const char **at, const char *end, FnSpan *line_out);
/* A whole number without leading zeros. */
gboolean fn_span_unsigned(FnSpan text, guint64 *value_out);
/* Base64 in its one right spelling, at most @most bytes. Caller frees; NULL when it is none. */
guint8 *fn_span_base64(FnSpan text, gsize most, gsize *size_out);
gboolean fn_span_digest(FnSpan text, guint8 digest_out[FN_DIGEST_SIZE]);
