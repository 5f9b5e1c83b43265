/* What other programs may ask of fengni-keeper. Whether they may is the keeper's table: role × purpose × operation.
 *
 * purposes and who may use them:
 *   ledger_head_gm, ledger_head_intl  sign: ledger      public: all
 *   grant                             sign: clock       public: all      (a stolen gate cannot sign a grant)
 *   reversal                          sign: clock                        (with the key of grants: what may be turned back)
 *   pruning                           sign: clock                        (with the key of grants: what the ledger may prune)
 *   ca                                issue: admin, gate                public: all
 *   mask                              lease: gate                        (per grant: context = grant id and key version)
 *                                     reverse: gate                      (only what the clock had signed as a reversal)
 *   field                             lease: gate                        (per resource: context = resource code)
 *   secret                            lease: gate                        (account secrets: TOTP seeds)
 *   receipt_digest                    lease: gate                        (keyed digests of identifiers in the ledger)
 *   mask, field, secret, receipt_digest  destroy: admin, clock           (for ever: what they opened stays shut)
 * Signing takes typed structures only: the keeper checks the shape of the purpose and builds the signed bytes itself. */
#pragma once

#include "crypto/crypto.h"
#include "ipc/ipc.h"

#include <jansson.h>

enum { /* operations on the keeper's socket; payloads and replies are JSON */
	FN_KEEPER_OP_STATUS = FN_IPC_FIRST_OP, /* {} → {"suite","ready"} */
	FN_KEEPER_OP_PUBLIC,  /* {"purpose"} → {"key"} (ca: {"certificate": PEM}) */
	FN_KEEPER_OP_SIGN,    /* {"purpose","message": object} → {"signature": base64} */
	FN_KEEPER_OP_LEASE,   /* {"purpose","context"} → {"key": base64 of 32 bytes, "seconds"} */
	FN_KEEPER_OP_ISSUE,   /* {"purpose":"ca","csr": PEM,"subject":{"CN","O","OU","serialNumber"},"days","usage":"client"|"server","dns"?}
	                       * → {"certificate": PEM}. subject: CN demanded, each 1 to 64 characters; dns: array of host names
	                       * or addresses, demanded for a server, refused for a client; days at most the setting
	                       * certificate_days. What the CSR says beside its key is not looked at. */
	FN_KEEPER_OP_DESTROY, /* {"purpose","context"} → {}: leases of it are refused for ever */
	FN_KEEPER_OP_REVERSE, /* {"purpose":"mask","authorisation": object,"signature": base64} → {"values": [text or null]}: what the
	                       * pseudonyms of the authorisation stand for, null for what is none. The signature is the keeper's
	                       * own over exactly this authorisation, made for the purpose "reversal" */
};

/* What one authorisation can do at most, however it came about. */
#define FN_REVERSAL_PSEUDONYMS 100
#define FN_REVERSAL_SECONDS 300

/* Codes of the keeper's refusals: not_allowed, unknown_operation, bad_request, bad_csr, destroyed, expired, failed. */

typedef enum {
	FN_KEEPER_CLIENT_ERROR_MESSAGE, /* what the caller gave is not JSON, or not its canonical form */
	FN_KEEPER_CLIENT_ERROR_REPLY,   /* the keeper answered something else than it should */
} FnKeeperClientError;
#define FN_KEEPER_CLIENT_ERROR (fn_keeper_client_error_quark())
GQuark fn_keeper_client_error_quark(void);

/* All of these block, and fail with FN_IPC_ERROR (a refusal: see fn_ipc_error_is()) or FN_KEEPER_CLIENT_ERROR. Thread-safe.
 *
 * The reply's "signature" decoded; caller frees. @message is canonical JSON (as fn_json_canonical() writes it, or it is
 * refused here: the keeper signs the canonical form) of the purpose's shape:
 *   ledger_head_*: {"origin","root" (64 hex),"size","time" (RFC 3339)}
 *     gm signs the fn_verify() form of that canonical JSON; intl signs the bare C2SP note body "origin\nsize\nbase64(root)\n"
 *   grant: {"case","fields","grant","mode",…} any object with a text member "grant"; whole numbers only
 *   reversal: {"case","column","context","pseudonyms","spec","until"}: column and spec as for fn_mask_column_new(), context of
 *     the lease, 1 to 100 pseudonyms of at most 128 characters, until (RFC 3339) at most 300 s from now
 *   pruning: {"before" (month),"case","origin","until"}: until as above */
guint8 *fn_keeper_sign(FnIpcClient *keeper, const char *purpose, const char *message, gsize *size_out, GError **error);
/* The text of the public key (fn_public_key_parse()), for "ca" the certificate in PEM. Caller frees. */
char *fn_keeper_public(FnIpcClient *keeper, const char *purpose, GError **error);

/* @authorised: {"authorisation","signature"} as the clock gives it. The array of originals, null for what is no pseudonym, in the
 * order of the authorisation; json_decref() it. */
json_t *fn_keeper_reverse(FnIpcClient *keeper, const char *authorised, GError **error);

/* Leases of this context are refused for ever after. */
gboolean fn_keeper_destroy(FnIpcClient *keeper, const char *purpose, const char *context, GError **error);

/* A leased key: 32 bytes, wiped on release and after its time. A context is 1 to 512 bytes without controls. */
typedef struct FnLease FnLease;
FnLease *fn_lease_get(FnIpcClient *keeper, const char *purpose, const char *context, GError **error);
/* NULL once the lease has run out: ask again. The bytes are good until the next call on this lease, which may wipe them:
 * for one thread at a time. */
const guint8 *fn_lease_key(FnLease *lease);
/* A copy that the caller wipes; FALSE once the lease has run out. Thread-safe, for leases that threads share. */
gboolean fn_lease_copy(FnLease *lease, guint8 key_out[32]);
void fn_lease_free(FnLease *lease);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnLease, fn_lease_free)

/* @request_json: an object of "subject", "days", "usage" and, for a server, "dns" (see FN_KEEPER_OP_ISSUE). The certificate
 * in PEM; caller frees. */
char *fn_keeper_issue(FnIpcClient *keeper, const char *csr_pem, const char *request_json, GError **error);
