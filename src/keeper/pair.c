#include "keeper/keeper_priv.h"

#include "base/text.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_MD_CTX, EVP_MD_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EC_GROUP, EC_GROUP_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EC_POINT, EC_POINT_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIGNUM, BN_clear_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OSSL_PARAM, OSSL_PARAM_free)

enum { POINT = 65 };

static const struct {
	const char *type, *group, *digest;
	int curve;
	gsize signature_max;
} kinds[] = {
	[FN_PAIR_SM2] = { "SM2", "SM2", "SM3", NID_sm2, 80 },
	[FN_PAIR_ED25519] = { "ED25519", NULL, NULL, NID_undef, 64 },
	[FN_PAIR_P256] = { "EC", "P-256", "SHA256", NID_X9_62_prime256v1, 80 },
};

/* 1 <= d <= n - 2, which GB/T 32918.1 demands and ECDSA does not mind. */
static gboolean
in_range(const EC_GROUP *group, const guint8 private[FN_PRIVATE])
{
	g_autoptr(BIGNUM) d = BN_secure_new();
	g_autoptr(BIGNUM) last = BN_dup(EC_GROUP_get0_order(group));
	gboolean right = d != NULL && last != NULL && BN_bin2bn(private, FN_PRIVATE, d) != NULL && BN_sub_word(last, 2) == 1;

	g_assert(right);
	return !BN_is_zero(d) && BN_cmp(d, last) <= 0;
}

void
fn_pair_generate(FnPairKind kind, guint8 private_out[FN_PRIVATE])
{
	g_autoptr(EC_GROUP) group = NULL;

	fn_random(private_out, FN_PRIVATE);
	if (kind == FN_PAIR_ED25519)
		return;
	group = EC_GROUP_new_by_curve_name(kinds[kind].curve);
	while (!in_range(group, private_out))
		fn_random(private_out, FN_PRIVATE);
}

static gboolean
point_of(const EC_GROUP *group, const BIGNUM *d, guint8 point_out[POINT])
{
	g_autoptr(EC_POINT) point = EC_POINT_new(group);

	return point != NULL && EC_POINT_mul(group, point, d, NULL, NULL, NULL) == 1 &&
		EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, point_out, POINT, NULL) == POINT;
}

static EVP_PKEY *
load_curve(FnPairKind kind, const guint8 private[FN_PRIVATE])
{
	g_autoptr(EC_GROUP) group = EC_GROUP_new_by_curve_name(kinds[kind].curve);
	g_autoptr(EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name(NULL, kinds[kind].type, NULL);
	g_autoptr(OSSL_PARAM_BLD) build = OSSL_PARAM_BLD_new();
	g_autoptr(OSSL_PARAM) param = NULL;
	g_autoptr(BIGNUM) d = BN_secure_new();
	guint8 point[POINT];
	EVP_PKEY *pair = NULL;

	if (group == NULL || context == NULL || build == NULL || d == NULL || !in_range(group, private) ||
	    BN_bin2bn(private, FN_PRIVATE, d) == NULL || !point_of(group, d, point) ||
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, kinds[kind].group, 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, POINT) != 1 ||
	    OSSL_PARAM_BLD_push_BN_pad(build, OSSL_PKEY_PARAM_PRIV_KEY, d, FN_PRIVATE) != 1 ||
	    (param = OSSL_PARAM_BLD_to_param(build)) == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &pair, EVP_PKEY_KEYPAIR, param) != 1)
		return NULL;
	return pair;
}

EVP_PKEY *
fn_pair_load(FnPairKind kind, const guint8 private[FN_PRIVATE], GError **error)
{
	EVP_PKEY *pair = kind == FN_PAIR_ED25519
		? EVP_PKEY_new_raw_private_key_ex(NULL, kinds[kind].type, NULL, private, FN_PRIVATE)
		: load_curve(kind, private);

	if (pair == NULL)
		fn_keeper_openssl_failed(error, FN_KEEPER_ERROR_DAMAGED, "a private key of the bundle is none");
	return pair;
}

char *
fn_pair_public(FnPairKind kind, const EVP_PKEY *pair)
{
	guint8 bytes[POINT];
	gsize size = 0;
	int got;

	g_assert(kind != FN_PAIR_P256);
	got = EVP_PKEY_get_octet_string_param(pair, OSSL_PKEY_PARAM_PUB_KEY, bytes, sizeof bytes, &size);
	g_assert(got == 1 && size == (kind == FN_PAIR_SM2 ? POINT : 32));
	return fn_public_key_text(kind == FN_PAIR_SM2 ? FN_SUITE_GM : FN_SUITE_INTL, bytes);
}

guint8 *
fn_pair_sign(FnPairKind kind, EVP_PKEY *pair, const guint8 *message, gsize size, gsize *size_out, GError **error)
{
	OSSL_PARAM id[] = {
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_DIST_ID, (char *)FN_SM2_ID, strlen(FN_SM2_ID)),
		OSSL_PARAM_construct_end(),
	};
	g_autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();
	g_autofree guint8 *signature = g_malloc(kinds[kind].signature_max);
	gsize signature_size = kinds[kind].signature_max;

	if (context == NULL ||
	    EVP_DigestSignInit_ex(context, NULL, kinds[kind].digest, NULL, NULL, pair, kind == FN_PAIR_SM2 ? id : NULL) != 1 ||
	    EVP_DigestSign(context, signature, &signature_size, message, size) != 1) {
		fn_keeper_openssl_failed(error, FN_KEEPER_ERROR_LIBRARY, "cannot sign");
		return NULL;
	}
	*size_out = signature_size;
	return g_steal_pointer(&signature);
}
