/* EC_GROUP_precompute_mult() is called deprecated since OpenSSL 3.0, without a successor; where it does nothing any more, all
 * of this still gives the same answers, only slower. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "share/p256.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <string.h>

struct FnP256 {
	EC_GROUP *curve; /* with its own generator */
	EC_GROUP *own;   /* the same curve with the key in the generator's place, and its multiples */
	const BIGNUM *order;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EC_POINT, EC_POINT_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BN_CTX, BN_CTX_free)

void
fn_p256_free(FnP256 *key)
{
	if (key == NULL)
		return;
	EC_GROUP_free(key->curve);
	EC_GROUP_free(key->own);
	g_free(key);
}

static gboolean
is_p256(EVP_PKEY *key)
{
	char group[32] = "";

	return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
		(strcmp(group, SN_X9_62_prime256v1) == 0 || strcmp(group, "P-256") == 0);
}

/* The point is checked to lie on the curve, and not to be its neutral element, where it comes in. */
static gboolean
take_key(FnP256 *fast, EVP_PKEY *key)
{
	g_autoptr(BN_CTX) context = BN_CTX_new();
	g_autoptr(EC_POINT) point = EC_POINT_new(fast->own);
	guint8 bytes[65];
	gsize size;

	return context != NULL && point != NULL &&
		EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, bytes, sizeof(bytes), &size) == 1 &&
		EC_POINT_oct2point(fast->own, point, bytes, size, context) == 1 && EC_POINT_is_at_infinity(fast->own, point) == 0 &&
		EC_POINT_is_on_curve(fast->own, point, context) == 1 &&
		EC_GROUP_set_generator(fast->own, point, fast->order, BN_value_one()) == 1 && EC_GROUP_precompute_mult(fast->own, context) == 1;
}

FnP256 *
fn_p256_new(EVP_PKEY *key)
{
	g_autoptr(FnP256) fast = NULL;

	if (!is_p256(key))
		return NULL;
	fast = g_new0(FnP256, 1);
	fast->curve = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	fast->own = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	if (fast->curve == NULL || fast->own == NULL)
		return NULL;
	fast->order = EC_GROUP_get0_order(fast->curve);
	return take_key(fast, key) ? g_steal_pointer(&fast) : NULL;
}

/* 0 < @number < order */
static gboolean
in_range(const BIGNUM *number, const BIGNUM *order)
{
	return !BN_is_zero(number) && !BN_is_negative(number) && BN_cmp(number, order) < 0;
}

/* x of u1 G + u2 Q, modulo the order. */
static gboolean
combine(const FnP256 *key, const BIGNUM *u1, const BIGNUM *u2, BIGNUM *x, BN_CTX *context)
{
	g_autoptr(EC_POINT) a = EC_POINT_new(key->curve), b = EC_POINT_new(key->curve);

	return a != NULL && b != NULL && EC_POINT_mul(key->curve, a, u1, NULL, NULL, context) == 1 &&
		EC_POINT_mul(key->own, b, u2, NULL, NULL, context) == 1 && EC_POINT_add(key->curve, a, a, b, context) == 1 &&
		EC_POINT_is_at_infinity(key->curve, a) == 0 && EC_POINT_get_affine_coordinates(key->curve, a, x, NULL, context) == 1 &&
		BN_nnmod(x, x, key->order, context) == 1;
}

gboolean
fn_p256_verify(const FnP256 *key, const guint8 digest[32], const guint8 signature[64])
{
	g_autoptr(BN_CTX) context = BN_CTX_new();
	BIGNUM *r, *s, *z, *u1, *u2, *x;
	gboolean right;

	if (context == NULL)
		return FALSE;
	BN_CTX_start(context);
	r = BN_CTX_get(context);
	s = BN_CTX_get(context);
	z = BN_CTX_get(context);
	u1 = BN_CTX_get(context);
	u2 = BN_CTX_get(context);
	x = BN_CTX_get(context);
	right = x != NULL && BN_bin2bn(signature, 32, r) != NULL && BN_bin2bn(signature + 32, 32, s) != NULL &&
		BN_bin2bn(digest, 32, z) != NULL && in_range(r, key->order) && in_range(s, key->order) &&
		BN_mod_inverse(s, s, key->order, context) != NULL && BN_mod_mul(u1, z, s, key->order, context) == 1 &&
		BN_mod_mul(u2, r, s, key->order, context) == 1 && combine(key, u1, u2, x, context) && BN_cmp(x, r) == 0;
	BN_CTX_end(context);
	return right;
}
