/* Signed notes and who signed them: checkpoints with the lines of witnesses (C2SP signed-note, tlog-checkpoint, tlog-cosignature).
 *
 *   checkpoint  "origin\nsize\nbase64(SHA-256 root)\n" ["extension\n"…] "\n" ("— name base64(key id || signature)\n")…
 *   vkey        "name+<key id, 8 hex>+base64(type || Ed25519 key)": how a signer's public key is handed on
 *
 * A signer is known by name and key id; lines of others are passed over, as signed-note demands, and prove nothing. One
 * spelling is taken only, so that what verifies is what was written. Thread-safe but for the functions that clear. */
#pragma once

#include "crypto/crypto.h"

#define FN_NOTE_MAX	  65536u /* bytes */
#define FN_NOTE_LINES	  64u	 /* signatures */
#define FN_NOTE_KEY_ID	  4u
#define FN_VKEY_LOG	  0x01u /* Ed25519 over the body */
#define FN_VKEY_WITNESS	  0x04u /* cosignature/v1: u64 time big endian || Ed25519 over fn_cosignature_message() */

typedef struct {
	char *name;
	guint8 type, id[FN_NOTE_KEY_ID];
	guint8 key[32];
} FnVkey;

void fn_vkey_clear(FnVkey *vkey);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FnVkey, fn_vkey_clear)
/* Either type; the id must be that of name, type and key. FN_LEDGER_ERROR_OPEN otherwise. */
gboolean fn_vkey_parse(const char *text, FnVkey *vkey_out, GError **error);
/* The vkey of a key; FALSE when @name is none. */
gboolean fn_vkey_make(const char *name, guint8 type, const guint8 key[32], FnVkey *vkey_out);
/* Caller frees. */
char *fn_vkey_text(const FnVkey *vkey);

typedef struct {
	char *name;
	guint8 id[FN_NOTE_KEY_ID];
	guint8 *signature; /* behind the id */
	gsize size;
} FnNoteLine;

typedef struct {
	char *body; /* with its last newline */
	char *origin;
	guint64 size;
	guint8 root[FN_DIGEST_SIZE];
	GPtrArray *lines; /* of FnNoteLine */
} FnCheckpoint;

void fn_checkpoint_clear(FnCheckpoint *checkpoint);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FnCheckpoint, fn_checkpoint_clear)
/* FN_LEDGER_ERROR_TAMPERED says what is not in its form. */
gboolean fn_checkpoint_parse(const char *text, gsize size, FnCheckpoint *checkpoint_out, GError **error);

typedef enum { FN_SIGNED_NOT, FN_SIGNED_GOOD, FN_SIGNED_WRONGLY } FnSigned;
/* Whether a line of @vkey is there and verifies. Of several lines all must: WRONGLY is a reason to refuse the whole note.
 * *@time_out (may be NULL): seconds since 1970 that a witness states, the latest of its lines. */
FnSigned fn_checkpoint_signed(const FnCheckpoint *checkpoint, const FnVkey *vkey, guint64 *time_out);

/* What a witness signs: "cosignature/v1\ntime T\n" || body. Caller frees. */
char *fn_cosignature_message(const char *body, guint64 time);
/* A signature line with its end, for both types; @time is only used for a witness. Caller frees. */
char *fn_note_line(const FnVkey *vkey, guint64 time, const guint8 signature[64]);
