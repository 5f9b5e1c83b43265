#include "base/text.h"
#include "crypto/crypto_priv.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <string.h>

#define ABCD16 "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd"

static const FnSuite suites[] = { FN_SUITE_GM, FN_SUITE_INTL };

static void
assert_hex(const guint8 *bytes, gsize size, const char *expected)
{
	g_autofree char *hex = fn_hex(bytes, size);

	g_assert_cmpstr(hex, ==, expected);
}

/* GB/T 32905 appendix A; FIPS 180-4 examples. */
static void
test_standard_digests(void)
{
	static const struct {
		void (*digest)(const void *, gsize, guint8 *);
		const char *text, *expected;
	} table[] = {
		{ fn_sm3, "abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" },
		{ fn_sm3, ABCD16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732" },
		{ fn_sm3, "", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b" },
		{ fn_sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ fn_sha256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ fn_sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	};
	guint8 out[FN_DIGEST_SIZE];

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		table[i].digest(table[i].text, strlen(table[i].text), out);
		assert_hex(out, sizeof out, table[i].expected);
	}
	fn_sm3(NULL, 0, out);
	assert_hex(out, sizeof out, table[2].expected);
}

/* RFC 6962 2.1: the published hash of an empty leaf, and the two forms against plain concatenation. */
static void
test_tree_nodes(void)
{
	guint8 leaf[FN_DIGEST_SIZE], node[FN_DIGEST_SIZE], plain[FN_DIGEST_SIZE];
	guint8 joined[1 + 2 * FN_DIGEST_SIZE] = { 1 };

	fn_tree_leaf(FN_SUITE_INTL, "", 0, leaf);
	assert_hex(leaf, sizeof leaf, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
	for (gsize i = 0; i < G_N_ELEMENTS(suites); i++) {
		void (*digest)(const void *, gsize, guint8 *) = suites[i] == FN_SUITE_GM ? fn_sm3 : fn_sha256;

		fn_tree_leaf(suites[i], "entry", 5, leaf);
		digest("\0entry", 6, plain);
		g_assert_cmpmem(leaf, sizeof leaf, plain, sizeof plain);
		fn_tree_node(suites[i], leaf, node, node);
		digest("x", 1, node);
		memcpy(joined + 1, leaf, sizeof leaf);
		memcpy(joined + 1 + sizeof leaf, node, sizeof node);
		digest(joined, sizeof joined, plain);
		fn_tree_node(suites[i], leaf, node, node); /* the output may be an input */
		g_assert_cmpmem(node, sizeof node, plain, sizeof plain);
	}
}

static void
test_running_digest(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);
	guint8 data[1000], whole[FN_DIGEST_SIZE], peeked[FN_DIGEST_SIZE];

	for (gsize i = 0; i < sizeof data; i++)
		data[i] = (guint8)g_rand_int(rand);
	for (gsize i = 0; i < G_N_ELEMENTS(suites); i++) {
		g_autoptr(FnDigest) digest = fn_digest_new(suites[i]);
		gsize done = 0;

		while (done < sizeof data) {
			gsize most = (gsize)g_rand_int_range(rand, 0, 100), piece = MIN(sizeof data - done, most);

			fn_digest_add(digest, data + done, piece);
			done += piece;
			(suites[i] == FN_SUITE_GM ? fn_sm3 : fn_sha256)(data, done, whole);
			fn_digest_peek(digest, peeked);
			g_assert_cmpmem(whole, sizeof whole, peeked, sizeof peeked);
		}
	}
	fn_digest_free(NULL);
}

/* RFC 4231. */
static void
test_hmac_vectors(void)
{
	static const struct {
		guint8 fill;
		gsize key_size;
		const char *key, *text, *expected;
	} table[] = {
		{ 0x0b, 20, NULL, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
		{ 0, 4, "Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
		{ 0xaa, 131, NULL, "Test Using Larger Than Block-Size Key - Hash Key First",
			"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
		{ 0xaa, 131, NULL,
			"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
			"hashed before being used by the HMAC algorithm.",
			"9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
	};
	guint8 out[FN_DIGEST_SIZE], key[131];

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		memset(key, table[i].fill, sizeof key);
		if (table[i].key != NULL)
			memcpy(key, table[i].key, table[i].key_size);
		fn_hmac(FN_SUITE_INTL, key, table[i].key_size, table[i].text, strlen(table[i].text), out);
		assert_hex(out, sizeof out, table[i].expected);
	}
}

/* HMAC-SM3 has no vectors in a public standard: OpenSSL, which is another implementation, is the oracle. */
static void
test_hmac_like_openssl(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(2);
	guint8 key[200], data[200], out[FN_DIGEST_SIZE], other[EVP_MAX_MD_SIZE];
	guint other_size;

	for (gsize i = 0; i < sizeof key; i++) {
		key[i] = (guint8)g_rand_int(rand);
		data[i] = (guint8)g_rand_int(rand);
	}
	for (gsize size = 0; size < sizeof key; size++)
		for (gsize i = 0; i < G_N_ELEMENTS(suites); i++) {
			gsize data_size = (size * 37) % sizeof data;

			fn_hmac(suites[i], key, size, data, data_size, out);
			g_assert_nonnull(HMAC(suites[i] == FN_SUITE_GM ? EVP_sm3() : EVP_sha256(), key, (int)size, data, data_size, other,
				&other_size));
			g_assert_cmpmem(out, sizeof out, other, (int)other_size);
		}
}

/* RFC 5869 appendix A.1 to A.3. */
static void
test_hkdf_vectors(void)
{
	guint8 key[80], salt[80], info[80], out[82];

	memset(key, 0x0b, 22);
	for (gsize i = 0; i < 13; i++)
		salt[i] = (guint8)i;
	for (gsize i = 0; i < 10; i++)
		info[i] = (guint8)(0xf0 + i);
	fn_hkdf_salted(FN_SUITE_INTL, key, 22, salt, 13, info, 10, out, 42);
	assert_hex(out, 42, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
	fn_hkdf(FN_SUITE_INTL, key, 22, "", out, 42);
	assert_hex(out, 42, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
	for (gsize i = 0; i < 80; i++) {
		key[i] = (guint8)i;
		salt[i] = (guint8)(0x60 + i);
		info[i] = (guint8)(0xb0 + i);
	}
	fn_hkdf_salted(FN_SUITE_INTL, key, 80, salt, 80, info, 80, out, 82);
	assert_hex(out, 82,
		"b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8"
		"367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

static void
openssl_hkdf(const char *digest, const guint8 *key, gsize key_size, const char *info, guint8 *out, gsize out_size)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM param[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)digest, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_size),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, strlen(info)),
		OSSL_PARAM_construct_end(),
	};

	g_assert_cmpint(EVP_KDF_derive(context, out, out_size, param), ==, 1);
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
}

static void
test_hkdf_like_openssl(void)
{
	static const gsize sizes[] = { 1, 16, 31, 32, 33, 64, 100, 255 * FN_DIGEST_SIZE };
	static const char *const infos[] = { "fengni/v1/mask", "上下文", "x" };
	g_autofree guint8 *out = g_malloc(255 * FN_DIGEST_SIZE);
	g_autofree guint8 *other = g_malloc(255 * FN_DIGEST_SIZE);
	guint8 key[32];

	memset(key, 7, sizeof key);
	for (gsize i = 0; i < G_N_ELEMENTS(suites); i++)
		for (gsize j = 0; j < G_N_ELEMENTS(sizes); j++)
			for (gsize k = 0; k < G_N_ELEMENTS(infos); k++) {
				fn_hkdf(suites[i], key, sizeof key, infos[k], out, sizes[j]);
				openssl_hkdf(suites[i] == FN_SUITE_GM ? "SM3" : "SHA256", key, sizeof key, infos[k], other, sizes[j]);
				g_assert_cmpmem(out, (int)sizes[j], other, (int)sizes[j]);
			}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/digest/standard", test_standard_digests);
	g_test_add_func("/digest/tree-nodes", test_tree_nodes);
	g_test_add_func("/digest/running", test_running_digest);
	g_test_add_func("/digest/hmac-vectors", test_hmac_vectors);
	g_test_add_func("/digest/hmac-like-openssl", test_hmac_like_openssl);
	g_test_add_func("/digest/hkdf-vectors", test_hkdf_vectors);
	g_test_add_func("/digest/hkdf-like-openssl", test_hkdf_like_openssl);
	return g_test_run();
}
