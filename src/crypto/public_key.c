#include "crypto/crypto_priv.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_MD_CTX, EVP_MD_CTX_free)

enum { SM2_POINT = 65, ED25519_KEY = 32, ED25519_SIGNATURE = 64, TEXT_MAX = 128 };

struct FnPublicKey {
	FnSuite suite;
	EVP_PKEY *key;
};

static gboolean
wrong_key(const char *why, GError **error)
{
	g_set_error(error, FN_CRYPTO_ERROR, FN_CRYPTO_ERROR_KEY, "not a public key: %s", why);
	return FALSE;
}

/* The point must lie on the curve and not be infinity: OpenSSL checks the first, the 0x04 form excludes the second. */
static EVP_PKEY *
load_sm2(guint8 *point)
{
	OSSL_PARAM param[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)"SM2", 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, SM2_POINT),
		OSSL_PARAM_construct_end(),
	};
	g_autoptr(EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
	EVP_PKEY *key = NULL;

	if (point[0] != 0x04 || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, param) != 1)
		return NULL;
	return key;
}

/* Encodings that OpenSSL takes and nobody's key generation makes: y not below the prime 2^255 - 19, and the points whose
 * order divides 8, under which signatures verify that no private key made. The sign bit is not looked at. */
static gboolean
ed25519_is_degenerate(const guint8 *key)
{
	static const guint8 low_order[][ED25519_KEY] = {
		{ 0 },
		{ 1 },
		{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
		{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac,
			0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
		{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53,
			0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
	};
	guint8 y[ED25519_KEY];
	gboolean full = TRUE;

	memcpy(y, key, sizeof y);
	y[31] &= 0x7f;
	for (gsize i = 0; i < G_N_ELEMENTS(low_order); i++)
		if (memcmp(y, low_order[i], sizeof y) == 0)
			return TRUE;
	for (gsize i = 1; i < 31; i++)
		full = full && y[i] == 0xff;
	return full && y[31] == 0x7f && y[0] >= 0xed;
}

static EVP_PKEY *
load_ed25519(const guint8 *key)
{
	if (ed25519_is_degenerate(key))
		return NULL;
	return EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, key, ED25519_KEY);
}

static guint8 *
decode(const char *text, gsize wanted)
{
	gsize size;
	g_autofree guint8 *bytes = g_base64_decode(text, &size);
	g_autofree char *again = g_base64_encode(bytes, size);

	/* GLib's decoder skips what it does not know: only the one right spelling may pass. */
	if (size != wanted || !g_str_equal(again, text))
		return NULL;
	return g_steal_pointer(&bytes);
}

FnPublicKey *
fn_public_key_parse(const char *text, GError **error)
{
	g_autofree guint8 *bytes = NULL;
	g_autofree char *name = NULL;
	g_autoptr(EVP_PKEY) key = NULL;
	const char *colon;
	FnPublicKey *result;
	FnSuite suite;

	fn_crypto_init();
	if (strnlen(text, TEXT_MAX + 1) > TEXT_MAX || (colon = strchr(text, ':')) == NULL)
		return wrong_key("expected \"gm:\" or \"intl:\" and base64", error), NULL;
	name = g_strndup(text, (gsize)(colon - text));
	if (!fn_suite_from_name(name, &suite))
		return wrong_key("the suite is neither gm nor intl", error), NULL;
	if ((bytes = decode(colon + 1, suite == FN_SUITE_GM ? SM2_POINT : ED25519_KEY)) == NULL)
		return wrong_key("the base64 or its size is wrong", error), NULL;
	if ((key = suite == FN_SUITE_GM ? load_sm2(bytes) : load_ed25519(bytes)) == NULL)
		return fn_openssl_failed(FN_CRYPTO_ERROR_KEY, "not a public key: not a point of the curve", error), NULL;
	result = g_new0(FnPublicKey, 1);
	result->suite = suite;
	result->key = g_steal_pointer(&key);
	return result;
}

FnSuite
fn_public_key_suite(const FnPublicKey *key)
{
	return key->suite;
}

char *
fn_public_key_text(FnSuite suite, const guint8 *bytes)
{
	g_autofree char *text = g_base64_encode(bytes, suite == FN_SUITE_GM ? SM2_POINT : ED25519_KEY);

	return g_strconcat(fn_suite_name(suite), ":", text, NULL);
}

void
fn_public_key_free(FnPublicKey *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->key);
	g_free(key);
}

gboolean
fn_verify_bare(const FnPublicKey *key, const void *message, gsize message_size, const void *signature, gsize signature_size,
	GError **error)
{
	OSSL_PARAM param[] = {
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_DIST_ID, (char *)FN_SM2_ID, strlen(FN_SM2_ID)),
		OSSL_PARAM_construct_end(),
	};
	gboolean gm = key->suite == FN_SUITE_GM;
	g_autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();

	if (!gm && signature_size != ED25519_SIGNATURE) {
		g_set_error(error, FN_CRYPTO_ERROR, FN_CRYPTO_ERROR_SIGNATURE, "the signature does not have 64 bytes");
		return FALSE;
	}
	if (context == NULL ||
	    EVP_DigestVerifyInit_ex(context, NULL, gm ? "SM3" : NULL, NULL, NULL, key->key, gm ? param : NULL) != 1)
		return fn_openssl_failed(FN_CRYPTO_ERROR_LIBRARY, "cannot verify signatures", error);
	if (EVP_DigestVerify(context, signature, signature_size, message, message_size) != 1)
		return fn_openssl_failed(FN_CRYPTO_ERROR_SIGNATURE, "the signature does not verify", error);
	return TRUE;
}

guint8 *
fn_signed_bytes(const char *purpose, const void *message, gsize message_size, gsize *size_out)
{
	g_autofree char *prefix = g_strdup_printf("fengni/v1/%s\n", purpose);
	gsize prefix_size = strlen(prefix);
	guint8 *bytes = g_malloc(prefix_size + message_size);

	g_assert(strchr(purpose, '\n') == NULL);
	memcpy(bytes, prefix, prefix_size);
	if (message_size > 0)
		memcpy(bytes + prefix_size, message, message_size);
	*size_out = prefix_size + message_size;
	return bytes;
}

gboolean
fn_verify(const FnPublicKey *key, const char *purpose, const void *message, gsize message_size, const void *signature,
	gsize signature_size, GError **error)
{
	gsize size;
	g_autofree guint8 *bytes = fn_signed_bytes(purpose, message, message_size, &size);

	return fn_verify_bare(key, bytes, size, signature, signature_size, error);
}
