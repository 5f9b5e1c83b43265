/* What the files of this room share. */
#pragma once

#include "base/json.h"
#include "crypto/keeper_client.h"
#include "keeper/keeper.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)

gboolean fn_keeper_fail(GError **error, FnKeeperError code, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* "@doing: what OpenSSL says"; always FALSE. */
gboolean fn_keeper_openssl_failed(GError **error, FnKeeperError code, const char *doing);

/* ---- memory.c: locked, left out of core files, wiped when freed ---- */
gboolean fn_locked_start(GError **error);
/* Zeroed. After a fn_locked_start() that worked; a keeper needs a few hundred bytes of the 256 KiB. */
gpointer fn_locked_new(gsize size);
void fn_locked_free(gpointer memory, gsize size);

/* ---- pair.c: key pairs from 32 bytes ---- */
typedef enum { FN_PAIR_SM2, FN_PAIR_ED25519, FN_PAIR_P256 } FnPairKind;
enum { FN_PRIVATE = 32, FN_PUBLIC_MAX = 65 };
void fn_pair_generate(FnPairKind kind, guint8 private_out[FN_PRIVATE]);
EVP_PKEY *fn_pair_load(FnPairKind kind, const guint8 private[FN_PRIVATE], GError **error);
/* "gm:…" or "intl:…"; not for P-256. Caller frees. */
char *fn_pair_public(FnPairKind kind, const EVP_PKEY *pair);
guint8 *fn_pair_sign(FnPairKind kind, EVP_PKEY *pair, const guint8 *message, gsize size, gsize *size_out, GError **error);

/* ---- bundle.c: the file ---- */
typedef enum { FN_KEY_MASTER, FN_KEY_HEAD_GM, FN_KEY_HEAD_INTL, FN_KEY_GRANT, FN_KEY_CA, FN_KEYS } FnKey;
typedef struct {
	FnSuite suite;
	guint8 (*key)[FN_PRIVATE]; /* FN_KEYS of them, locked */
	GBytes *certificate;       /* of the CA, DER */
	GHashTable *destroyed;     /* GBytes of 32: fn_bundle_context() */
} FnBundle;
FnBundle *fn_bundle_new(FnSuite suite);
void fn_bundle_free(FnBundle *bundle);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnBundle, fn_bundle_free)
/* The mark of a context in the list of the destroyed. */
GBytes *fn_bundle_context(const char *purpose, const char *context);
/* The key that seals the file, into 32 bytes. */
void fn_bundle_key(FnSuite suite, const guint8 secret[FN_KEEPER_SECRET], guint8 *key_out);
GBytes *fn_bundle_seal(const FnBundle *bundle, const guint8 *key);
/* The suite that the file names, before anything is opened. */
gboolean fn_bundle_suite(const guint8 *file, gsize size, FnSuite *suite_out, GError **error);
FnBundle *fn_bundle_open(const guint8 *file, gsize size, const guint8 *key, GError **error);
/* The content of an opened bundle. */
FnBundle *fn_bundle_parse(FnSuite suite, const guint8 *content, gsize size, GError **error);
/* Files in the keeper's directory @fd. */
GBytes *fn_bundle_load(int fd, GError **error);
/* Temporary file, fsync, rename, fsync of the directory. @owner (uid_t)-1: the caller. On failure the old file stands, but for
 * the last step, after which either may. */
gboolean fn_bundle_store(int fd, GBytes *file, uid_t owner, gid_t group, GError **error);

/* ---- shape.c: typed messages ---- */
enum { FN_CONTEXT_MAX = 512 };
typedef enum { FN_SHAPE_HEAD_GM, FN_SHAPE_HEAD_INTL, FN_SHAPE_GRANT, FN_SHAPE_REVERSAL, FN_SHAPE_PRUNING } FnShape;
/* The bytes to be signed for @message, which must have exactly the shape. Caller frees. */
guint8 *fn_shape_bytes(FnShape shape, const json_t *message, gsize *size_out, GError **error);
/* What an authorisation says; texts are borrowed from its message. */
typedef struct {
	const char *column, *context, *spec;
	const char *pseudonym[FN_REVERSAL_PSEUDONYMS];
	guint n;
	gint64 until;
} FnReversal;
gboolean fn_shape_reversal(const json_t *message, FnReversal *reversal, GError **error);
/* TRUE when @object is an object whose members are all among @names (NULL-ended); REQUEST otherwise. */
gboolean fn_shape_members(const json_t *object, const char *const *names, GError **error);
/* The text member @name of @least to @most characters without controls. Borrowed. */
const char *fn_shape_text(const json_t *object, const char *name, glong least, glong most, GError **error);

/* ---- reverse.c ---- */
gboolean fn_reverse(const FnKeeper *keeper, const json_t *request, FnJson *reply, GError **error);

/* ---- authority.c: the CA ---- */
enum { FN_SUBJECT_O, FN_SUBJECT_OU, FN_SUBJECT_CN, FN_SUBJECT_SERIAL, FN_SUBJECT_FIELDS };
typedef struct {
	const char *csr;                        /* PEM */
	const char *subject[FN_SUBJECT_FIELDS]; /* NULL: absent */
	gint64 days;
	gboolean server;
	const char *const *dns; /* host names and addresses, NULL-ended; NULL or empty for a client */
} FnIssue;
/* A self-signed certificate for the CA's @pair. */
X509 *fn_authority_new(EVP_PKEY *pair, const char *city, guint years, GError **error);
X509 *fn_authority_load(GBytes *der, EVP_PKEY *pair, GError **error);
GBytes *fn_authority_der(X509 *certificate);
char *fn_authority_pem(X509 *certificate);
/* The certificate as PEM. CSR: the request is broken or its key not fit; REQUEST: the wishes are. */
char *fn_authority_issue(X509 *authority, EVP_PKEY *pair, const FnIssue *wish, GError **error);
/* The public key of a CSR whose own signature verifies. */
EVP_PKEY *fn_authority_csr_key(const char *pem, GError **error);

/* ---- keeper.c ---- */
struct FnKeeper {
	FnSuite suite;
	int directory; /* descriptor */
	FnBundle *bundle;
	guint8 *file_key; /* locked, 32 bytes: seals the file again */
	char *public[FN_KEYS]; /* texts of the public keys; NULL for the master key and the CA */
	X509 *authority;
	gint64 lease_seconds, certificate_days;
	gboolean development;
	gboolean dirty; /* the list of the destroyed is longer than the file's */
};
FnPairKind fn_keeper_kind(FnSuite suite, FnKey key);
/* The pair for one use: OpenSSL 3.0 puts Ed25519 keys into ordinary memory, so none is kept. The caller frees, which wipes. */
EVP_PKEY *fn_keeper_pair(const FnKeeper *keeper, FnKey key, GError **error);
gboolean fn_keeper_derive(const FnKeeper *keeper, const char *purpose, const char *context, guint8 key_out[32], GError **error);
gboolean fn_keeper_forget(FnKeeper *keeper, const char *purpose, const char *context, GError **error);
