/* The fast way must say what the library's own way says, about right and wrong signatures and those at the edges. */
#include "share/p256.h"

#include "share/signature.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>
#include <string.h>

static gboolean
library_says(EVP_PKEY *key, const guint8 digest[32], const guint8 raw[64])
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	ECDSA_SIG *pair = ECDSA_SIG_new();
	guint8 *der = NULL;
	gboolean right;
	int n;

	ECDSA_SIG_set0(pair, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
	n = i2d_ECDSA_SIG(pair, &der);
	EVP_PKEY_verify_init(context);
	right = EVP_PKEY_verify(context, der, (gsize)n, digest, 32) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(pair);
	EVP_PKEY_CTX_free(context);
	return right;
}

/* Signs @text as requests are signed; the digest of it is what is verified. */
static void
sign(EVP_PKEY *key, const char *text, guint8 digest[32], guint8 raw[64])
{
	g_autofree guint8 *signature = NULL;
	gsize size;

	signature = fn_signature_make(key, text, strlen(text), &size, NULL);
	g_assert_cmpuint(size, ==, 64);
	memcpy(raw, signature, 64);
	fn_sha256(text, strlen(text), digest);
}

static void
both_say(EVP_PKEY *key, const FnP256 *fast, const guint8 digest[32], const guint8 raw[64], gboolean right)
{
	g_assert_cmpint(library_says(key, digest, raw), ==, right);
	g_assert_cmpint(fn_p256_verify(fast, digest, raw), ==, right);
}

static void
test_agree(void)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(256);

	for (guint keys = 0; keys < 4; keys++) {
		EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), *other = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
		g_autoptr(FnP256) fast = fn_p256_new(key), fast_other = fn_p256_new(other);

		for (guint i = 0; i < 100; i++) {
			g_autofree char *text = g_strdup_printf("message %u %u", keys, i);
			guint8 digest[32], raw[64];

			sign(key, text, digest, raw);
			both_say(key, fast, digest, raw, TRUE);
			both_say(other, fast_other, digest, raw, FALSE);
			raw[g_rand_int_range(random, 0, 64)] ^= (guint8)(1u << g_rand_int_range(random, 0, 8));
			both_say(key, fast, digest, raw, FALSE);
			sign(key, text, digest, raw);
			digest[g_rand_int_range(random, 0, 32)] ^= (guint8)(1u << g_rand_int_range(random, 0, 8));
			both_say(key, fast, digest, raw, FALSE);
		}
		EVP_PKEY_free(key);
		EVP_PKEY_free(other);
	}
}

/* Numbers at the borders of the order and the field; n - s is as right as s (both ways say so). */
static void
test_edges(void)
{
	static const char order[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
	static const char prime[] = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	g_autoptr(FnP256) fast = fn_p256_new(key);
	BIGNUM *n = NULL, *p = NULL, *s = BN_new();
	guint8 digest[32], raw[64], edge[8][32] = { { 0 } }, zeros[32] = { 0 };

	BN_hex2bn(&n, order);
	BN_hex2bn(&p, prime);
	edge[1][31] = 1;
	BN_bn2binpad(n, edge[2], 32);
	BN_bn2binpad(p, edge[3], 32);
	memset(edge[4], 0xff, 32);
	BN_sub_word(n, 1);
	BN_bn2binpad(n, edge[5], 32);
	BN_add_word(n, 2);
	BN_bn2binpad(n, edge[6], 32);
	BN_sub_word(n, 1);
	for (guint i = 0; i < 7; i++)
		for (guint j = 0; j < 7; j++) {
			memcpy(raw, edge[i], 32);
			memcpy(raw + 32, edge[j], 32);
			for (guint k = 0; k < 7; k++)
				both_say(key, fast, edge[k], raw, FALSE);
		}
	sign(key, "x", digest, raw);
	BN_bin2bn(raw + 32, 32, s);
	BN_sub(s, n, s);
	BN_bn2binpad(s, raw + 32, 32);
	both_say(key, fast, digest, raw, TRUE);
	both_say(key, fast, zeros, raw, FALSE);
	BN_free(n);
	BN_free(p);
	BN_free(s);
	EVP_PKEY_free(key);
}

/* The key that belongs to the private number 1 is the generator itself; then u1 G + u2 Q can be a doubling (u1 = u2) and the
 * neutral element (u1 = -u2), where additions go wrong that were not made for it. */
static EVP_PKEY *
generator_key(void)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	guint8 point[65];
	gsize size = EC_POINT_point2oct(group, EC_GROUP_get0_generator(group), POINT_CONVERSION_UNCOMPRESSED, point, sizeof(point), NULL);
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string("group", (char[]){ "P-256" }, 0),
		OSSL_PARAM_construct_octet_string("pub", point, size), OSSL_PARAM_construct_end() };
	EVP_PKEY *key = NULL;

	g_assert_cmpint(EVP_PKEY_fromdata_init(context), ==, 1);
	g_assert_cmpint(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params), ==, 1);
	EVP_PKEY_CTX_free(context);
	EC_GROUP_free(group);
	return key;
}

static void
test_degenerate(void)
{
	EVP_PKEY *key = generator_key();
	g_autoptr(FnP256) fast = fn_p256_new(key);
	guint8 digest[32], raw[64];
	BIGNUM *n = NULL, *z = BN_new();

	BN_hex2bn(&n, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
	for (guint r = 1; r < 40; r++) {
		memset(raw, 0, sizeof(raw));
		raw[31] = (guint8)r;
		raw[63] = 1;
		BN_set_word(z, r); /* u1 = u2 */
		BN_bn2binpad(z, digest, 32);
		g_assert_cmpint(fn_p256_verify(fast, digest, raw), ==, library_says(key, digest, raw));
		BN_sub(z, n, z); /* u1 = -u2 */
		BN_bn2binpad(z, digest, 32);
		both_say(key, fast, digest, raw, FALSE);
	}
	BN_free(n);
	BN_free(z);
	EVP_PKEY_free(key);
}

static void
test_other_keys(void)
{
	EVP_PKEY *edwards = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), *p384 = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
	EVP_PKEY *sm2 = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");

	g_assert_null(fn_p256_new(edwards));
	g_assert_null(fn_p256_new(p384));
	g_assert_null(fn_p256_new(sm2));
	EVP_PKEY_free(edwards);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(sm2);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/p256/agree", test_agree);
	g_test_add_func("/p256/edges", test_edges);
	g_test_add_func("/p256/degenerate", test_degenerate);
	g_test_add_func("/p256/other-keys", test_other_keys);
	return g_test_run();
}
