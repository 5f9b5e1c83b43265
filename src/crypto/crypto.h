/* The two crypto suites behind one table: digests, MAC, AEAD, key derivation, signatures.
 *
 * gm:   SM2 with SM3 and signer id 1234567812345678 (GB/T 32918), SM3 (GB/T 32905), SM4-GCM (GB/T 32907)
 * intl: Ed25519 (RFC 8032), SHA-256, AES-256-GCM
 * Private keys stay in the keeper; other programs hold public keys and short leases. All functions are thread-safe. */
#pragma once

#include <glib.h>

/* Starts libgcrypt and OpenSSL (no configuration file is read) and checks that both know the algorithms of the suites; ends
 * the program when one is missing. Every function here calls it; a program calls it before it confines itself, and so does
 * whoever uses either library directly. Idempotent, thread-safe. */
void fn_crypto_init(void);

typedef enum { FN_SUITE_GM = 1, FN_SUITE_INTL = 2 } FnSuite;
const char *fn_suite_name(FnSuite suite);
gboolean fn_suite_from_name(const char *name, FnSuite *suite_out);

typedef enum {
	FN_CRYPTO_ERROR_KEY,       /* not a key of this suite */
	FN_CRYPTO_ERROR_SIGNATURE, /* does not verify */
	FN_CRYPTO_ERROR_OPEN,      /* AEAD tag wrong: the data or its context was changed */
	FN_CRYPTO_ERROR_LIBRARY,
} FnCryptoError;
#define FN_CRYPTO_ERROR (fn_crypto_error_quark())
GQuark fn_crypto_error_quark(void);

#define FN_DIGEST_SIZE 32
typedef struct FnDigest FnDigest; /* a running digest; one thread at a time */
void fn_sm3(const void *data, gsize size, guint8 out[FN_DIGEST_SIZE]);
void fn_sha256(const void *data, gsize size, guint8 out[FN_DIGEST_SIZE]);
/* Tree nodes (RFC 6962): 0x00||leaf, 0x01||left||right, without copying. */
void fn_tree_leaf(FnSuite suite, const void *data, gsize size, guint8 out[FN_DIGEST_SIZE]);
void fn_tree_node(FnSuite suite, const guint8 left[FN_DIGEST_SIZE], const guint8 right[FN_DIGEST_SIZE], guint8 out[FN_DIGEST_SIZE]);
/* The same of @count messages at once, faster, under SM3 several times: @leaves one after the other, or @pairs, of which each is
 * left||right, into @out, @count hashes that do not overlap the pairs. */
typedef struct {
	const void *data; /* borrowed */
	gsize size;
} FnMessage;
void fn_tree_leaves(FnSuite suite, const FnMessage *leaves, gsize count, guint8 *out);
void fn_tree_nodes(FnSuite suite, const guint8 *pairs, gsize count, guint8 *out);
FnDigest *fn_digest_new(FnSuite suite);
void fn_digest_add(FnDigest *digest, const void *data, gsize size);
/* The digest so far; more may be added after. */
void fn_digest_peek(const FnDigest *digest, guint8 out[FN_DIGEST_SIZE]);
void fn_digest_free(FnDigest *digest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnDigest, fn_digest_free)

/* HMAC-SM3 or HMAC-SHA-256. */
void fn_hmac(FnSuite suite, const void *key, gsize key_size, const void *data, gsize size, guint8 out[FN_DIGEST_SIZE]);
/* HKDF (RFC 5869) with the suite's digest, no salt, @context as info. @out_size at most 255 × 32 bytes. */
void fn_hkdf(FnSuite suite, const void *key, gsize key_size, const char *context, guint8 *out, gsize out_size);

/* AEAD: result = 12-byte random nonce || ciphertext || 16-byte tag. @context is authenticated, not stored. SM4: 16-byte key
 * (the first half of a lease); AES-256: 32-byte key. Nonces are random: at most 2^32 seals under one key (SP 800-38D 8.3).
 * Caller frees (what fn_open() gives also has a NUL behind it, not counted). */
#define FN_SEAL_OVERHEAD (12 + 16)
guint8 *fn_seal(FnSuite suite, const guint8 *key, const char *context, const void *data, gsize size, gsize *size_out);
guint8 *fn_open(FnSuite suite, const guint8 *key, const char *context, const void *sealed, gsize size, gsize *size_out, GError **error);

/* Public keys as text "gm:<base64 of 65-byte SM2 point>" or "intl:<base64 of 32 bytes>"; signatures are raw (SM2: DER). */
typedef struct FnPublicKey FnPublicKey;
FnPublicKey *fn_public_key_parse(const char *text, GError **error);
FnSuite fn_public_key_suite(const FnPublicKey *key);
/* The text of a key from its bytes: 65 for gm, 32 for intl. Caller frees. */
char *fn_public_key_text(FnSuite suite, const guint8 *bytes);
void fn_public_key_free(FnPublicKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnPublicKey, fn_public_key_free)
/* Verifies what the keeper signed: the signed bytes are "fengni/v1/<purpose>\n" || message. */
gboolean fn_verify(const FnPublicKey *key, const char *purpose, const void *message, gsize message_size, const void *signature,
	gsize signature_size, GError **error);
/* The bytes that fn_verify() checks: "fengni/v1/<purpose>\n" || message. Caller frees. */
guint8 *fn_signed_bytes(const char *purpose, const void *message, gsize message_size, gsize *size_out);
/* The same over bare bytes (C2SP notes). */
gboolean fn_verify_bare(const FnPublicKey *key, const void *message, gsize message_size, const void *signature,
	gsize signature_size, GError **error);

/* The signer id that GB/T 32918 signatures use where parties agreed on no other (GM/T 0009). */
#define FN_SM2_ID "1234567812345678"
/* Sets @error to "@doing: what OpenSSL says" and empties OpenSSL's queue of errors; always FALSE. */
gboolean fn_openssl_failed(FnCryptoError code, const char *doing, GError **error);
