/* The caller's side of a signed request: `fengni share sign`, `fengni share get`, the loader, and programs of consumers. */
#pragma once

#include "share/signature.h"

typedef struct FnSigner FnSigner; /* immutable, thread-safe */
/* @key_file: PEM private key (P-256, Ed25519 or SM2); @certificate_file: PEM certificate of the same key.
 * Errors: FN_SHARE_ERROR_CERTIFICATE naming the file. */
FnSigner *fn_signer_new(const char *key_file, const char *certificate_file, GError **error);
void fn_signer_free(FnSigner *signer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnSigner, fn_signer_free)
/* SHA-256 of the certificate, hex: what is pinned. */
const char *fn_signer_fingerprint(const FnSigner *signer);

typedef struct {
	const char *path;                     /* "/share/v1/…/query" */
	const char *grant, *case_number, *operator_account, *purpose; /* header texts as they will be sent; NULL: header absent */
	const char *body;
	gsize size;
	gint64 created;    /* seconds; 0: now */
	const char *nonce; /* NULL: a fresh one */
} FnSignedRequest;
/* Header lines "Name: value\r\n" - Content-Digest, Signature-Input, Signature - for a POST. Caller frees. */
char *fn_signer_headers(const FnSigner *signer, const FnSignedRequest *request, GError **error);

/* @text percent-encoded so that it may stand in a header: everything but printable ASCII, and '%'. Caller frees. */
char *fn_share_header_text(const char *text);
