/* What other programs may ask of fengni-keeper. Whether they may is the keeper's table: role × purpose × operation.
 *
 * purposes and who may use them:
 *   ledger_head_gm, ledger_head_intl  sign: ledger      public: all
 *   grant                             sign: clock       public: all      (a stolen gate cannot sign a grant)
 *   ca                                issue: admin, gate                public: all
 *   mask                              lease: gate                        (per grant: context = grant id and key version)
 *   field                             lease: gate                        (per resource: context = resource code)
 *   secret                            lease: gate                        (account secrets: TOTP seeds)
 *   receipt_digest                    lease: gate                        (keyed digests of identifiers in the ledger)
 * Signing takes typed structures only: the keeper checks the shape of the purpose and builds the signed bytes itself. */
#pragma once

#include "crypto/crypto.h"
#include "ipc/ipc.h"

enum { /* operations on the keeper's socket; payloads and replies are JSON */
	FN_KEEPER_OP_STATUS = FN_IPC_FIRST_OP, /* {} → {"suite","ready"} */
	FN_KEEPER_OP_PUBLIC,  /* {"purpose"} → {"key"} (ca: {"certificate": PEM}) */
	FN_KEEPER_OP_SIGN,    /* {"purpose","message": object} → {"signature": base64} */
	FN_KEEPER_OP_LEASE,   /* {"purpose","context"} → {"key": base64 of 32 bytes, "seconds"} */
	FN_KEEPER_OP_ISSUE,   /* {"purpose":"ca","csr": PEM,"subject":{"CN","O","OU","serialNumber"},"days","usage":"client"|"server","dns"?} → {"certificate": PEM} */
	FN_KEEPER_OP_DESTROY, /* {"purpose","context"} → {}: leases of it are refused for ever */
};

/* Blocking. The reply's "signature" decoded; caller frees. @message is canonical JSON of the purpose's shape:
 *   ledger_head_*: {"origin","root" (64 hex),"size","time"}
 *     gm signs the fn_verify() form of that canonical JSON; intl signs the bare C2SP note body "origin\nsize\nbase64(root)\n"
 *   grant: {"case","fields","grant","mode",…} any object with a text member "grant" */
guint8 *fn_keeper_sign(FnIpcClient *keeper, const char *purpose, const char *message, gsize *size_out, GError **error);
char *fn_keeper_public(FnIpcClient *keeper, const char *purpose, GError **error);

/* A leased key: 32 bytes, wiped on release and after its time. */
typedef struct FnLease FnLease;
FnLease *fn_lease_get(FnIpcClient *keeper, const char *purpose, const char *context, GError **error);
/* NULL once the lease has run out: ask again. */
const guint8 *fn_lease_key(FnLease *lease);
void fn_lease_free(FnLease *lease);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnLease, fn_lease_free)

char *fn_keeper_issue(FnIpcClient *keeper, const char *csr_pem, const char *request_json, GError **error);
