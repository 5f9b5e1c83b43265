/* A witness: another organization's word that a log only grows (C2SP tlog-witness).
 *
 *   DIR/witness.conf   name, listen, rate, and one line "log = KEY [gm:KEY]" for each log it vouches for
 *   DIR/key            its two private keys (Ed25519 and SM2) in PEM, mode 0600
 *   DIR/lock           held while it runs: a second one refuses
 *   DIR/state/         the last note or head of each log, in a file named by SHA-256 of the origin
 *   DIR/evidence/      what a log signed that does not go with that: the proof against it
 *
 * POST /add-checkpoint takes "old SIZE\n", lines of a consistency proof, an empty line and a checkpoint; it answers a
 * cosignature. POST /add-head is the same for both trees of a log whose SM2 key is listed: "old SIZE\n", the SHA-256 proof, an
 * empty line, the SM3 proof, an empty line and a signed head (ledger/head.h); it answers a cosignature and the line "sm2 …"
 * of ledger/note.h. Of such a log both trees move in one step or not at all: add-checkpoint then cosigns only what is known.
 * GET /checkpoint/<SHA-256 of the origin in hexadecimal> answers the last note with a cosignature.
 *
 * What is answered was durable before; what was durable and never answered leads on by the 409 of the next request. */
#pragma once

#include <glib.h>

#define FN_WITNESS_BODY_MAX 32768u

typedef struct FnWitness FnWitness; /* thread-safe but open and free */

typedef enum {
	FN_WITNESS_ERROR_OPEN,  /* a file is missing, unreadable, readable by others, wrong, or the directory is in use */
	FN_WITNESS_ERROR_STATE, /* the file of a log does not verify */
	FN_WITNESS_ERROR_REQUEST,
} FnWitnessError;
#define FN_WITNESS_ERROR (fn_witness_error_quark())
GQuark fn_witness_error_quark(void);

/* Makes DIR with new keys and an example of a configuration; refuses when there is a key. */
gboolean fn_witness_init(const char *directory, const char *name, GError **error);
FnWitness *fn_witness_open(const char *directory, GError **error);
/* NULL is fine. */
void fn_witness_free(FnWitness *witness);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnWitness, fn_witness_free)
/* "KEY gm:KEY\n": what the logs' operators must know. Caller frees. */
char *fn_witness_public(const FnWitness *witness);
/* "ADDRESS:PORT" of this machine, or the path of a socket. */
const char *fn_witness_listen(const FnWitness *witness);
/* Requests a second that are answered. */
guint fn_witness_rate(const FnWitness *witness);

typedef struct {
	guint status;
	const char *type; /* of the content */
	char *body;       /* the caller frees it */
	char *alarm;      /* for the log and its people: a fork, a state that cannot be written; NULL: nothing. The caller frees it */
} FnWitnessAnswer;
void fn_witness_answer_clear(FnWitnessAnswer *answer);
/* One request. May wait for the disk. */
void fn_witness_answer(FnWitness *witness, const char *method, const char *path, const char *body, gsize size, FnWitnessAnswer *answer_out);

typedef struct FnWitnessServer FnWitnessServer;
/* Binds what fn_witness_listen() says; may be called while still privileged. The descriptor, or -1. */
int fn_witness_bind(const FnWitness *witness, GError **error);
/* Serves on @fd (taken over) with threads: after fn_confine_alone(). @alarm runs on any of them. */
FnWitnessServer *fn_witness_serve(FnWitness *witness, int fd, void (*alarm)(const char *text), GError **error);
/* Answers what is under way and ends. */
void fn_witness_server_free(FnWitnessServer *server);
