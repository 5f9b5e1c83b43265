#include "share/signature.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>
#include <string.h>

#define SIGNATURE_MAX 128

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_MD_CTX, EVP_MD_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ECDSA_SIG, ECDSA_SIG_free)

static const char *const alg_names[] = {
	[FN_SIGN_NONE] = "none", [FN_SIGN_P256] = "ecdsa-p256-sha256", [FN_SIGN_ED25519] = "ed25519", [FN_SIGN_SM2] = "sm2-sm3",
};

const char *
fn_sign_alg_name(FnSignAlg alg)
{
	return alg_names[alg];
}

FnSignAlg
fn_sign_alg(EVP_PKEY *key)
{
	char group[32] = "";

	if (EVP_PKEY_is_a(key, "ED25519"))
		return FN_SIGN_ED25519;
	if (EVP_PKEY_is_a(key, "SM2"))
		return FN_SIGN_SM2;
	if (!EVP_PKEY_is_a(key, "EC") || EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1)
		return FN_SIGN_NONE;
	return strcmp(group, SN_X9_62_prime256v1) == 0 || strcmp(group, "P-256") == 0 ? FN_SIGN_P256 :
		strcmp(group, SN_sm2) == 0 ? FN_SIGN_SM2 : FN_SIGN_NONE;
}

static gboolean
refuse(GError **error, const char *why)
{
	g_set_error_literal(error, FN_SHARE_ERROR, FN_SHARE_ERROR_SIGNATURE, why);
	return FALSE;
}

static void
append_line(GString *out, const char *name, const char *value)
{
	g_string_append_c(out, '"');
	g_string_append(out, name);
	g_string_append(out, "\": ");
	g_string_append(out, value);
}

gboolean
fn_signature_base(GString *out, const FnSignatureInput *input, const FnSignedMessage *message, GError **error)
{
	guint covered = 0;

	for (guint i = 0; i < input->parts; i++) {
		FnSignedPart part = input->part[i];

		if (message->value[part] == NULL) {
			g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_SIGNATURE, "\"%s\" is signed but not sent", fn_signed_part_name(part));
			return FALSE;
		}
		covered |= 1u << part;
		append_line(out, fn_signed_part_name(part), message->value[part]);
		g_string_append_c(out, '\n');
	}
	for (guint part = 0; part < FN_PARTS; part++)
		if ((covered & 1u << part) == 0 && (part <= FN_PART_DIGEST || message->value[part] != NULL)) {
			g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_SIGNATURE, "\"%s\" is not signed", fn_signed_part_name(part));
			return FALSE;
		}
	append_line(out, "@signature-params", input->params);
	return TRUE;
}

/* RFC 9421 3.3.4 wants r || s; OpenSSL speaks DER. */
static guint8 *
raw_to_der(const guint8 *raw, gsize size, gsize *size_out)
{
	g_autoptr(ECDSA_SIG) pair = ECDSA_SIG_new();
	guint8 *der = NULL, *copy;
	int n;

	if (size != 64 || pair == NULL)
		return NULL;
	if (!ECDSA_SIG_set0(pair, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL)) || (n = i2d_ECDSA_SIG(pair, &der)) <= 0)
		return NULL;
	copy = g_memdup2(der, (gsize)n);
	OPENSSL_free(der);
	*size_out = (gsize)n;
	return copy;
}

static guint8 *
der_to_raw(const guint8 *der, gsize size)
{
	const guint8 *at = der;
	g_autoptr(ECDSA_SIG) pair = d2i_ECDSA_SIG(NULL, &at, (long)size);
	g_autofree guint8 *raw = g_malloc0(64);

	if (pair == NULL || BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, 32) != 32 || BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + 32, 32) != 32)
		return NULL;
	return g_steal_pointer(&raw);
}

static const EVP_MD *
digest_of(FnSignAlg alg)
{
	return alg == FN_SIGN_P256 ? EVP_sha256() : alg == FN_SIGN_SM2 ? EVP_sm3() : NULL;
}

/* The signer id of OpenSSL 3.0 is empty by default; ours is the one of GB/T 32918.2. */
static gboolean
set_signer(EVP_PKEY_CTX *context, FnSignAlg alg)
{
	return alg != FN_SIGN_SM2 || EVP_PKEY_CTX_set1_id(context, FN_SM2_ID, sizeof(FN_SM2_ID) - 1) == 1;
}

static gboolean
verifies_fast(const FnP256 *key, const guint8 *signature, gsize size, const GString *base)
{
	guint8 digest[FN_DIGEST_SIZE];

	fn_sha256(base->str, base->len, digest);
	return size == 64 && fn_p256_verify(key, digest, signature);
}

static gboolean
verifies(EVP_PKEY *key, FnSignAlg alg, const guint8 *signature, gsize size, const GString *base)
{
	g_autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();
	g_autofree guint8 *der = NULL;
	EVP_PKEY_CTX *of_key;

	if (alg == FN_SIGN_P256) {
		der = raw_to_der(signature, size, &size);
		if (der == NULL)
			return FALSE;
		signature = der;
	}
	return context != NULL && EVP_DigestVerifyInit(context, &of_key, digest_of(alg), NULL, key) == 1 && set_signer(of_key, alg) &&
		EVP_DigestVerify(context, signature, size, (const guint8 *)base->str, base->len) == 1;
}

guint8 *
fn_signature_make(EVP_PKEY *key, const char *base, gsize size, gsize *size_out, GError **error)
{
	g_autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();
	FnSignAlg alg = fn_sign_alg(key);
	g_autofree guint8 *signature = g_malloc(SIGNATURE_MAX);
	EVP_PKEY_CTX *of_key;
	gsize n = SIGNATURE_MAX;

	if (alg == FN_SIGN_NONE) {
		refuse(error, "this key cannot sign requests; use a key on P-256, Ed25519 or SM2");
		return NULL;
	}
	if (context == NULL || EVP_DigestSignInit(context, &of_key, digest_of(alg), NULL, key) != 1 || !set_signer(of_key, alg) ||
		EVP_DigestSign(context, signature, &n, (const guint8 *)base, size) != 1) {
		refuse(error, "the key does not sign");
		return NULL;
	}
	if (alg == FN_SIGN_P256) {
		guint8 *raw = der_to_raw(signature, n);

		g_free(g_steal_pointer(&signature));
		signature = raw;
		n = 64;
	}
	*size_out = n;
	return g_steal_pointer(&signature);
}

static gboolean
digest_right(const char *header, const char *body, gsize size, GError **error)
{
	guint8 stated[FN_DIGEST_SIZE], is[FN_DIGEST_SIZE];

	if (!fn_content_digest_parse(header, stated, error))
		return FALSE;
	fn_sha256(body, size, is);
	return memcmp(stated, is, sizeof(is)) == 0 || refuse(error, "Content-Digest is not the digest of the body");
}

gboolean
fn_signature_verify(const char *input_header, const char *signature_header, const FnSignedMessage *message, const char *body,
	gsize size, const FnSignedBy *by, FnSignatureInput *input_out, GError **error)
{
	g_autoptr(GString) base = g_string_sized_new(512);
	guint8 signature[SIGNATURE_MAX];
	FnSignAlg alg = by->fast != NULL ? FN_SIGN_P256 : fn_sign_alg(by->key);
	gsize signature_size;

	if (!fn_signature_input_parse(input_header, input_out, error) ||
		!fn_signature_bytes_parse(signature_header, input_out->label, signature, sizeof(signature), &signature_size, error))
		return FALSE;
	if (strcmp(input_out->keyid, by->fingerprint) != 0)
		return refuse(error, "keyid is not the SHA-256 of the certificate of this connection");
	if (alg == FN_SIGN_NONE || strcmp(input_out->alg, fn_sign_alg_name(alg)) != 0)
		return refuse(error, "alg does not fit the certificate's key");
	if (!digest_right(message->value[FN_PART_DIGEST], body, size, error) || !fn_signature_base(base, input_out, message, error))
		return FALSE;
	if (by->fast != NULL ? verifies_fast(by->fast, signature, signature_size, base) : verifies(by->key, alg, signature, signature_size, base))
		return TRUE;
	return refuse(error, "the signature does not verify");
}
