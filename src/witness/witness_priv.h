/* Inside the witness. */
#pragma once

#include "witness/witness.h"

#include "base/pool.h"
#include "ledger/files.h"
#include "ledger/head.h"
#include "ledger/note.h"
#include "ledger/tree.h"

#include <openssl/evp.h>

enum { FN_WITNESS_SHA256, FN_WITNESS_SM3, FN_WITNESS_TREES };
#define FN_WITNESS_PROOF_MAX 63u

/* ---- keys ---- */

typedef struct {
	EVP_PKEY *pair[FN_WITNESS_TREES]; /* Ed25519, SM2 */
	FnNoteKey *key;                   /* the public half with the name, type 0x04 */
	char *gm_text;
} FnWitnessKeys;
gboolean fn_witness_keys_make(const char *path, GError **error);
gboolean fn_witness_keys_load(FnWitnessKeys *keys, const char *path, const char *name, GError **error);
void fn_witness_keys_clear(FnWitnessKeys *keys);
/* The lines that vouch for a body of a note, and for the SM3 tree. Callers free. */
char *fn_witness_cosign(const FnWitnessKeys *keys, FnSpan body, guint64 time);
char *fn_witness_cosign_sm3(const FnWitnessKeys *keys, const FnHead *head, guint64 time);

/* ---- logs and what is known of them ---- */

typedef struct {
	gboolean known, has_sm3;
	guint64 size; /* 0 as long as nothing is known */
	guint8 root[FN_WITNESS_TREES][FN_DIGEST_SIZE];
	char *note; /* a checkpoint with the log's signature */
} FnWitnessState;
void fn_witness_state_clear(FnWitnessState *state);

typedef struct {
	FnNoteKey *key; /* its name is the log's origin */
	char *intl_text, *gm_text; /* gm_text NULL: its SM3 tree is not looked at */
	char *file; /* SHA-256 of the origin */
	FnWitnessState state;
} FnWitnessLog;

/* A file of state: a head's line, or a checkpoint that the log signed. FN_WITNESS_ERROR_STATE. */
gboolean fn_witness_state_parse(const char *text, gsize size, const FnWitnessLog *log, FnWitnessState *state_out, GError **error);

typedef struct {
	char *name, *listen;
	guint rate;
	GPtrArray *logs; /* of FnWitnessLog */
} FnWitnessConfig;
gboolean fn_witness_config_parse(const char *text, FnWitnessConfig *config_out, GError **error);
void fn_witness_config_clear(FnWitnessConfig *config);
char *fn_witness_config_example(const char *name);

struct FnWitness {
	int directory, lock;
	FnWitnessConfig config;
	FnWitnessKeys keys;
	FnMutex mutex; /* the states of the logs, and their files */
};

/* ---- requests ---- */

typedef struct {
	guint8 hash[FN_WITNESS_PROOF_MAX * FN_DIGEST_SIZE];
	guint count;
} FnWitnessProof;

typedef struct {
	guint64 old;
	FnWitnessProof proof[FN_WITNESS_TREES];
	FnSpan rest; /* borrowed: the checkpoint, or the head with its line end */
} FnWitnessRequest;
/* With @proofs proofs, one or both. FN_WITNESS_ERROR_REQUEST. */
gboolean fn_witness_request_parse(const char *body, gsize size, guint proofs, FnWitnessRequest *request_out, GError **error);
