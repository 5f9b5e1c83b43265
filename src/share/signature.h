/* HTTP message signatures (RFC 9421) in the one form that the share API takes, and Content-Digest (RFC 9530, sha-256).
 *
 * Covered, in any order, each at most once and without parameters: "@method" "@path" "content-digest" always, and each of
 * "fengni-grant" "fengni-case" "fengni-operator" "fengni-purpose" exactly when the request has that header. Parameters: created
 * (seconds), nonce (8 to 64 characters), keyid (SHA-256 of the certificate, hex) and alg; nothing else.
 * alg: "ecdsa-p256-sha256" and "ed25519" as registered; "sm2-sm3" is a private name (DER signature, GB/T 32918 with signer
 * id 1234567812345678). */
#pragma once

#include "share/p256.h"
#include "share/share.h"

#include <openssl/evp.h>

typedef enum {
	FN_PART_METHOD = 0, FN_PART_PATH, FN_PART_DIGEST, FN_PART_GRANT, FN_PART_CASE, FN_PART_OPERATOR, FN_PART_PURPOSE,
	FN_PARTS,
} FnSignedPart;
/* The component's name, for headers also the header's. */
const char *fn_signed_part_name(FnSignedPart part);

typedef struct {
	char label[33];
	guint parts;
	FnSignedPart part[FN_PARTS];
	gint64 created; /* seconds since 1970 */
	char nonce[65], keyid[65], alg[33];
	char params[512]; /* the inner list with its parameters, serialized as RFC 9421 2.3 wants it */
} FnSignatureInput;

/* Exactly one signature. Errors of all: FN_SHARE_ERROR_SIGNATURE, naming the header and the byte. */
gboolean fn_signature_input_parse(const char *header, FnSignatureInput *out, GError **error);
/* The bytes of the member @label, the only one. */
gboolean fn_signature_bytes_parse(const char *header, const char *label, guint8 *out, gsize most, gsize *size_out, GError **error);
/* The sha-256 member of a Content-Digest; other algorithms beside it are ignored. */
gboolean fn_content_digest_parse(const char *header, guint8 out[32], GError **error);

/* What signs and verifies: key type by its table row. */
typedef enum { FN_SIGN_NONE = 0, FN_SIGN_P256, FN_SIGN_ED25519, FN_SIGN_SM2 } FnSignAlg;
FnSignAlg fn_sign_alg(EVP_PKEY *key); /* FN_SIGN_NONE: a key that cannot sign requests */
const char *fn_sign_alg_name(FnSignAlg alg);

/* A request as seen by the signature; header texts as received, NULL when absent. */
typedef struct {
	const char *value[FN_PARTS];
} FnSignedMessage;

/* The signature base (RFC 9421 2.5); FALSE when a part is covered that the message lacks or the other way round. */
gboolean fn_signature_base(GString *out, const FnSignatureInput *input, const FnSignedMessage *message, GError **error);
/* Who must have signed. */
typedef struct {
	const char *fingerprint; /* SHA-256 of the certificate, hex */
	EVP_PKEY *key;
	const FnP256 *fast;      /* the same key, prepared; may be NULL */
} FnSignedBy;
/* Everything but time and nonce: coverage, body digest, keyid, alg of the key, the signature itself. */
gboolean fn_signature_verify(const char *input_header, const char *signature_header, const FnSignedMessage *message,
	const char *body, gsize size, const FnSignedBy *by, FnSignatureInput *input_out, GError **error);
/* Raw signature of @base (P-256: r || s). g_free() it. */
guint8 *fn_signature_make(EVP_PKEY *key, const char *base, gsize size, gsize *size_out, GError **error);
