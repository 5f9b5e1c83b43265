#include "base/text.h"
#include "crypto/crypto_priv.h"

#include <openssl/evp.h>
#include <string.h>

static const FnSuite suites[] = { FN_SUITE_GM, FN_SUITE_INTL };

static GByteArray *
unhex(const char *text)
{
	GByteArray *bytes = g_byte_array_new();

	g_byte_array_set_size(bytes, (guint)strlen(text) / 2);
	g_assert_true(fn_unhex(text, bytes->data, bytes->len));
	return bytes;
}

/* RFC 8998 A.1 (SM4-GCM); test case 16 of the GCM submission (AES-256). Their associated data has no zero byte, so it can
 * be a context. */
static void
test_standard_vectors(void)
{
	static const struct {
		FnSuite suite;
		const char *key, *context, *plain, *sealed;
	} table[] = {
		{ FN_SUITE_GM, "0123456789abcdeffedcba9876543210", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
			"aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeee"
			"aaaaaaaaaaaaaaaa",
			"00001234567800000000abcd"
			"17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397"
			"b4024a2691233b8d"
			"83de3541e4c2b58177e065a9bf7b62ec" },
		{ FN_SUITE_INTL, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
			"feedfacedeadbeeffeedfacedeadbeefabaddad2",
			"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
			"ba637b39",
			"cafebabefacedbaddecaf888"
			"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
			"bcc9f662"
			"76fc6ece0f4e1768cddf8853bb2d551b" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(GByteArray) key = unhex(table[i].key);
		g_autoptr(GByteArray) plain = unhex(table[i].plain);
		g_autoptr(GByteArray) sealed = unhex(table[i].sealed);
		g_autoptr(GByteArray) bytes = unhex(table[i].context);
		g_autofree char *context = g_strndup((const char *)bytes->data, bytes->len);
		g_autoptr(GError) error = NULL;
		g_autofree guint8 *open = NULL;
		gsize size;

		open = fn_open(table[i].suite, key->data, context, sealed->data, sealed->len, &size, &error);
		g_assert_no_error(error);
		g_assert_cmpmem(open, (int)size, plain->data, (int)plain->len);
	}
}

/* GB/T 32907 appendix A.1, in both libraries. */
static void
test_sm4_block(void)
{
	static const char *const expected = "681edf34d206965e86b3e94f536e4246";
	guint8 key[16], out[32];
	g_autofree char *first = NULL;
	g_autofree char *second = NULL;
	gcry_cipher_hd_t cipher;
	EVP_CIPHER_CTX *other = EVP_CIPHER_CTX_new();
	int size;

	fn_crypto_init();
	g_assert_true(fn_unhex("0123456789abcdeffedcba9876543210", key, sizeof key));
	g_assert_cmpint(gcry_cipher_open(&cipher, GCRY_CIPHER_SM4, GCRY_CIPHER_MODE_ECB, 0), ==, 0);
	g_assert_cmpint(gcry_cipher_setkey(cipher, key, sizeof key), ==, 0);
	g_assert_cmpint(gcry_cipher_encrypt(cipher, out, 16, key, 16), ==, 0);
	gcry_cipher_close(cipher);
	first = fn_hex(out, 16);
	g_assert_cmpstr(first, ==, expected);
	g_assert_cmpint(EVP_EncryptInit_ex(other, EVP_sm4_ecb(), NULL, key, NULL), ==, 1);
	g_assert_cmpint(EVP_EncryptUpdate(other, out, &size, key, 16), ==, 1);
	EVP_CIPHER_CTX_free(other);
	second = fn_hex(out, 16);
	g_assert_cmpstr(second, ==, expected);
}

static void
test_round_trips(void)
{
	static const gsize sizes[] = { 0, 1, 15, 16, 17, 255, 4096, 100001 };
	static const char *const contexts[] = { "", "a", "字段/居民" };
	g_autofree guint8 *data = g_malloc(100001);
	guint8 key[32];

	fn_random(key, sizeof key);
	fn_random(data, 100001);
	for (gsize s = 0; s < G_N_ELEMENTS(suites); s++)
		for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
			for (gsize c = 0; c < G_N_ELEMENTS(contexts); c++) {
				gsize sealed_size, size;
				g_autofree guint8 *sealed = fn_seal(suites[s], key, contexts[c], data, sizes[i], &sealed_size);
				g_autofree guint8 *again = fn_seal(suites[s], key, contexts[c], data, sizes[i], &size);
				g_autofree guint8 *open = fn_open(suites[s], key, contexts[c], sealed, sealed_size, &size, NULL);

				g_assert_cmpuint(sealed_size, ==, sizes[i] + FN_SEAL_OVERHEAD);
				g_assert_cmpint(memcmp(sealed, again, 12), !=, 0); /* another nonce every time */
				g_assert_nonnull(open);
				g_assert_cmpmem(open, (int)size, data, (int)sizes[i]);
				g_assert_cmpint(open[size], ==, 0);
			}
}

static void
refused(FnSuite suite, const guint8 *key, const char *context, const guint8 *sealed, gsize size)
{
	g_autoptr(GError) error = NULL;
	gsize untouched = 12345;

	g_assert_null(fn_open(suite, key, context, sealed, size, &untouched, &error));
	g_assert_error(error, FN_CRYPTO_ERROR, FN_CRYPTO_ERROR_OPEN);
	g_assert_cmpuint(untouched, ==, 12345);
}

/* One bit changed anywhere: nonce, text, tag, key or context. */
static void
test_any_change_is_refused(void)
{
	static const char text[] = "the quick brown fox jumps over thirteen lazy dogs";

	for (gsize s = 0; s < G_N_ELEMENTS(suites); s++) {
		guint8 key[32];
		gsize size;
		g_autofree guint8 *sealed = NULL;
		gsize key_size = suites[s] == FN_SUITE_GM ? 16 : 32;

		fn_random(key, sizeof key);
		sealed = fn_seal(suites[s], key, "context", text, sizeof text, &size);
		for (gsize bit = 0; bit < size * 8; bit++) {
			sealed[bit / 8] ^= (guint8)(1 << bit % 8);
			refused(suites[s], key, "context", sealed, size);
			sealed[bit / 8] ^= (guint8)(1 << bit % 8);
		}
		for (gsize bit = 0; bit < key_size * 8; bit++) {
			key[bit / 8] ^= (guint8)(1 << bit % 8);
			refused(suites[s], key, "context", sealed, size);
			key[bit / 8] ^= (guint8)(1 << bit % 8);
		}
		for (gsize cut = 0; cut < size; cut++)
			refused(suites[s], key, "context", sealed, cut);
		refused(suites[s], key, "contexs", sealed, size);
		refused(suites[s], key, "", sealed, size);
		refused(suites[s], key, "context2", sealed, size);
		refused(suites[1 - s], key, "context", sealed, size);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/aead/standard-vectors", test_standard_vectors);
	g_test_add_func("/aead/sm4-block", test_sm4_block);
	g_test_add_func("/aead/round-trips", test_round_trips);
	g_test_add_func("/aead/any-change-is-refused", test_any_change_is_refused);
	return g_test_run();
}
