/* Custody of the platform's keys: what fengni-keeper does, without its socket.
 *
 * DIR/keeper/bundle is the one file: suite, master key, signing keys, the CA's key and certificate, and the list of
 * destroyed contexts, sealed under a key derived (HKDF) from the 32-byte unseal secret. It is replaced whole and atomically.
 * Keys are derived downwards: master key -> key-encryption key per purpose -> key per context. Private keys lie in locked
 * memory that no core file holds, and are wiped when the keeper is freed.
 *
 * A FnKeeper serves one thread at a time. */
#pragma once

#include "base/settings.h"
#include "crypto/crypto.h"
#include "ipc/roles.h"

#include <glib.h>

#define FN_KEEPER_SECRET 32

typedef enum {
	FN_KEEPER_ERROR_EXISTS,  /* create: there is a bundle already */
	FN_KEEPER_ERROR_ABSENT,  /* open: there is none */
	FN_KEEPER_ERROR_SECRET,  /* the unseal secret is another */
	FN_KEEPER_ERROR_DAMAGED, /* the bundle is not what was written */
	FN_KEEPER_ERROR_SUITE,   /* the bundle is of the other suite than the setting */
	FN_KEEPER_ERROR_FILE,    /* reading or writing failed; a write was not made durable */
	FN_KEEPER_ERROR_MEMORY,  /* no locked memory */
	FN_KEEPER_ERROR_NOT_ALLOWED,
	FN_KEEPER_ERROR_OPERATION, /* no such operation */
	FN_KEEPER_ERROR_REQUEST,   /* the request has not the operation's shape */
	FN_KEEPER_ERROR_CSR,
	FN_KEEPER_ERROR_DESTROYED,
	FN_KEEPER_ERROR_EXPIRED, /* the authorisation */
	FN_KEEPER_ERROR_LIBRARY,
} FnKeeperError;
#define FN_KEEPER_ERROR (fn_keeper_error_quark())
GQuark fn_keeper_error_quark(void);
/* The code of a refusal on the wire: "not_allowed", "unknown_operation", "bad_request", "bad_csr", "destroyed", "expired",
 * "failed". */
const char *fn_keeper_error_code(const GError *error);

/* Reads the 32-byte unseal secret from @fd into locked memory and closes @fd. Free with fn_keeper_secret_free(), which wipes;
 * NULL is fine there. */
guint8 *fn_keeper_secret_read(int fd, GError **error);
void fn_keeper_secret_free(guint8 *secret);
/* Locks the whole process into memory, now and later, so that what the libraries hold in passing is never swapped either.
 * FALSE where we may not: keys proper lie in locked memory all the same. */
gboolean fn_keeper_lock_memory(void);

typedef struct FnKeeper FnKeeper;

/* Makes DIR/keeper and a new bundle in it, with fresh keys of the instance's suite and a certificate of the CA for its city.
 * As root the two are given to the keeper's user. Never replaces a bundle (EXISTS). @secret is not kept. */
gboolean fn_keeper_create(const FnSettings *settings, const guint8 secret[FN_KEEPER_SECRET], GError **error);
/* Opens the bundle; no other process may have it open. Free with fn_keeper_free(), which wipes. */
FnKeeper *fn_keeper_open(const FnSettings *settings, const guint8 secret[FN_KEEPER_SECRET], GError **error);
void fn_keeper_free(FnKeeper *keeper);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnKeeper, fn_keeper_free)

/* Whether @role may do @operation (FN_KEEPER_OP_…) with @purpose ("" for the status): the keeper's table. With @development
 * ADMIN, as which all programs are then seen, may do what any role may. */
gboolean fn_keeper_permits(FnRole role, gboolean development, const char *purpose, guint32 operation);

/* One request of a peer of @role: the JSON of crypto/keeper_client.h. Appends the reply's JSON, which may hold a key or originals:
 * the caller gives a string with room for FN_KEEPER_REPLY bytes, so that it never moves, and wipes it. */
#define FN_KEEPER_REPLY (64 * 1024)
gboolean fn_keeper_handle(FnKeeper *keeper, FnRole role, guint32 operation, const void *payload, gsize size, GString *reply,
	GError **error);
