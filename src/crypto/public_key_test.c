#include "base/text.h"
#include "crypto/crypto.h"

#include <glib/gstdio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

/* GB/T 32918.5 appendix A: the example on the recommended curve, signer id 1234567812345678. */
#define SM2_POINT \
	"0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020" \
	"ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
#define SM2_SIGNATURE \
	"3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3" \
	"022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"

static FnPublicKey *
key_of(FnSuite suite, const char *hex)
{
	guint8 bytes[65];
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	FnPublicKey *key;

	g_assert_true(fn_unhex(hex, bytes, strlen(hex) / 2));
	text = fn_public_key_text(suite, bytes);
	key = fn_public_key_parse(text, &error);
	g_assert_no_error(error);
	g_assert_cmpint(fn_public_key_suite(key), ==, suite);
	return key;
}

static gboolean
refused(const FnPublicKey *key, const void *message, gsize size, const guint8 *signature, gsize signature_size)
{
	g_autoptr(GError) error = NULL;

	if (fn_verify_bare(key, message, size, signature, signature_size, &error))
		return FALSE;
	g_assert_error(error, FN_CRYPTO_ERROR, FN_CRYPTO_ERROR_SIGNATURE);
	return TRUE;
}

/* The right pair verifies; one bit off in the message or signature, any cut and any tail do not. */
static void
check_pair(const FnPublicKey *key, guint8 *message, gsize size, const guint8 *signature, gsize signature_size)
{
	g_autofree guint8 *copy = g_malloc0(signature_size + 1);

	g_assert_true(fn_verify_bare(key, message, size, signature, signature_size, NULL));
	memcpy(copy, signature, signature_size);
	for (gsize bit = 0; bit < size * 8; bit++) {
		message[bit / 8] ^= (guint8)(1 << bit % 8);
		g_assert_true(refused(key, message, size, signature, signature_size));
		message[bit / 8] ^= (guint8)(1 << bit % 8);
	}
	for (gsize bit = 0; bit < signature_size * 8; bit++) {
		copy[bit / 8] ^= (guint8)(1 << bit % 8);
		g_assert_true(refused(key, message, size, copy, signature_size));
		copy[bit / 8] ^= (guint8)(1 << bit % 8);
	}
	for (gsize cut = 0; cut <= signature_size + 1; cut++)
		if (cut != signature_size)
			g_assert_true(refused(key, message, size, copy, cut));
	g_assert_true(refused(key, message, size - (size > 0), signature, signature_size) || size == 0);
}

static void
test_sm2_standard(void)
{
	g_autoptr(FnPublicKey) key = key_of(FN_SUITE_GM, SM2_POINT);
	guint8 signature[72];
	char message[] = "message digest";

	g_assert_true(fn_unhex(SM2_SIGNATURE, signature, sizeof signature));
	check_pair(key, (guint8 *)message, strlen(message), signature, sizeof signature);
}

/* RFC 8032 7.1, tests 1 to 3. */
static void
test_ed25519_standard(void)
{
	static const struct {
		const char *key, *message, *signature;
	} table[] = {
		{ "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
			"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
			"655141438e7a100b" },
		{ "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
			"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
			"b00d291612bb0c00" },
		{ "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
			"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
			"c027beceea1ec40a" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(FnPublicKey) key = key_of(FN_SUITE_INTL, table[i].key);
		guint8 message[2] = { 0 }, signature[64];

		g_assert_true(fn_unhex(table[i].message, message, strlen(table[i].message) / 2));
		g_assert_true(fn_unhex(table[i].signature, signature, sizeof signature));
		check_pair(key, message, strlen(table[i].message) / 2, signature, sizeof signature);
	}
}

/* The same signature with s + L (RFC 8032 5.1.7 wants s < L). */
static void
test_ed25519_malleable(void)
{
	static const guint8 order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
		0x14, [31] = 0x10 };
	g_autoptr(FnPublicKey) key = key_of(FN_SUITE_INTL, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
	guint8 signature[64];
	guint carry = 0;

	g_assert_true(fn_unhex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
						   "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b", signature, 64));
	g_assert_true(fn_verify_bare(key, "", 0, signature, 64, NULL));
	for (gsize i = 0; i < 32; i++) {
		carry += (guint)signature[32 + i] + order[i];
		signature[32 + i] = (guint8)carry;
		carry >>= 8;
	}
	g_assert_true(refused(key, "", 0, signature, 64));
}

/* Encodings of an SM2 signature that mean the same or nothing: only DER with r and s in range may pass. */
static void
test_sm2_odd_signatures(void)
{
	static const char *const odd[] = {
		"",
		"3000",
		"3006020100020100",
		"3006020101020101",
		"30060201ff0201ff",
		/* r with one zero byte too many */
		"304702220000f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
		"022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
		/* the length in the long form (BER) */
		"308146022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
		"022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
		/* r negative: the leading zero left out */
		"30450220f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
		"022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
		/* a third integer */
		"3049022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
		"022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa020101",
		/* s = the order of the group, s = order + 1, r = order */
		"3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
		"022100fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123",
		"3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
		"022100fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54124",
		"3046022100fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123"
		"022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
		/* the raw r || s of other libraries */
		"f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
		"b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
	};
	g_autoptr(FnPublicKey) key = key_of(FN_SUITE_GM, SM2_POINT);

	for (gsize i = 0; i < G_N_ELEMENTS(odd); i++) {
		guint8 bytes[128];
		gsize size = strlen(odd[i]) / 2;

		g_assert_true(fn_unhex(odd[i], bytes, size));
		g_assert_true(refused(key, "message digest", 14, bytes, size));
	}
}

static void
test_prefix_binds_the_purpose(void)
{
	g_autofree guint8 *bytes = NULL;
	gsize size;

	bytes = fn_signed_bytes("grant", "{}", 2, &size);
	g_assert_cmpmem(bytes, (int)size, "fengni/v1/grant\n{}", 18);
}

static void
test_bad_texts(void)
{
	static const char *const bad[] = {
		"", ":", "gm", "gm:", "intl:", "GM:AAAA", "rsa:AAAA", "intl:AAAA", "gm:AAAA",
		"intl:11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=",  /* base64url */
		"intl:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo",   /* no padding */
		"intl:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURp=",  /* stray bits */
		"intl: 11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", /* a space */
		"intl:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n",
		"gm:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
	};
	g_autofree char *huge = g_strnfill(1 << 20, 'A');

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_public_key_parse(bad[i], &error));
		g_assert_error(error, FN_CRYPTO_ERROR, FN_CRYPTO_ERROR_KEY);
	}
	g_assert_null(fn_public_key_parse(huge, NULL));
	fn_public_key_free(NULL);
}

/* Points off the curve, of low order, or not in the one form. */
static void
test_bad_points(void)
{
	static const struct {
		FnSuite suite;
		const char *hex;
	} bad[] = {
		{ FN_SUITE_GM, "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
					   "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad12" },
		{ FN_SUITE_GM, "0209f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
					   "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13" },
		{ FN_SUITE_GM, "0709f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
					   "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13" }, /* hybrid */
		{ FN_SUITE_GM, "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
					   "000000000000000000000000000000000000" },
		{ FN_SUITE_GM, "04ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
					   "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" },
		/* the generator of P-256 is not on the curve of SM2 */
		{ FN_SUITE_GM, "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
					   "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5" },
		{ FN_SUITE_INTL, "0000000000000000000000000000000000000000000000000000000000000000" },
		{ FN_SUITE_INTL, "0100000000000000000000000000000000000000000000000000000000000000" },
		{ FN_SUITE_INTL, "0100000000000000000000000000000000000000000000000000000000000080" },
		{ FN_SUITE_INTL, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
		{ FN_SUITE_INTL, "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
		{ FN_SUITE_INTL, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" },
		{ FN_SUITE_INTL, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
		{ FN_SUITE_INTL, "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05" },
		{ FN_SUITE_INTL, "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85" },
		{ FN_SUITE_INTL, "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		guint8 bytes[65];
		g_autofree char *text = NULL;
		g_autoptr(GError) error = NULL;

		g_assert_true(fn_unhex(bad[i].hex, bytes, bad[i].suite == FN_SUITE_GM ? 65 : 32));
		text = fn_public_key_text(bad[i].suite, bytes);
		g_assert_null(fn_public_key_parse(text, &error));
		g_assert_error(error, FN_CRYPTO_ERROR, FN_CRYPTO_ERROR_KEY);
	}
}

/* ---- the programs of OpenSSL as the other side ---- */

static void
run(const char *directory, const char *line)
{
	g_auto(GStrv) argument = g_strsplit(line, " ", -1);
	g_autoptr(GError) error = NULL;
	g_autofree char *said = NULL;
	int status;

	g_assert_true(g_spawn_sync(directory, argument, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
		&said, &status, &error));
	if (!g_spawn_check_wait_status(status, &error))
		g_error("%s: %s", line, said);
}

static void
test_openssl_signs(void)
{
	static const struct {
		FnSuite suite;
		const char *make, *sign;
		gsize head; /* bytes of the DER before the key's own */
	} table[] = {
		{ FN_SUITE_GM, "openssl genpkey -algorithm SM2 -out key.pem",
			"openssl pkeyutl -sign -rawin -digest sm3 -pkeyopt distid:1234567812345678 -inkey key.pem -in message -out signature",
			26 },
		{ FN_SUITE_INTL, "openssl genpkey -algorithm ED25519 -out key.pem",
			"openssl pkeyutl -sign -rawin -inkey key.pem -in message -out signature", 12 },
	};
	g_autofree char *directory = g_dir_make_tmp("fengni-test-XXXXXX", NULL);
	g_autofree char *message = g_build_filename(directory, "message", NULL);
	g_autofree char *signature = g_build_filename(directory, "signature", NULL);
	g_autofree char *public = g_build_filename(directory, "public.der", NULL);
	g_autofree char *secret = g_build_filename(directory, "key.pem", NULL);

	g_assert_true(g_file_set_contents(message, "fengni/v1/grant\n{\"grant\":\"1\"}", -1, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *der = NULL;
		g_autofree char *made = NULL;
		g_autofree char *text = NULL;
		g_autoptr(FnPublicKey) key = NULL;
		g_autoptr(GError) error = NULL;
		gsize der_size, made_size;

		run(directory, table[i].make);
		run(directory, "openssl pkey -in key.pem -pubout -outform DER -out public.der");
		run(directory, table[i].sign);
		g_assert_true(g_file_get_contents(public, &der, &der_size, NULL));
		g_assert_true(g_file_get_contents(signature, &made, &made_size, NULL));
		g_assert_cmpuint(der_size, ==, table[i].head + (table[i].suite == FN_SUITE_GM ? 65 : 32));
		text = fn_public_key_text(table[i].suite, (const guint8 *)der + table[i].head);
		key = fn_public_key_parse(text, &error);
		g_assert_no_error(error);
		g_assert_true(fn_verify(key, "grant", "{\"grant\":\"1\"}", 13, made, made_size, NULL));
		g_assert_false(fn_verify(key, "grant2", "{\"grant\":\"1\"}", 13, made, made_size, NULL));
		g_assert_false(fn_verify(key, "grant", "{\"grant\":\"2\"}", 13, made, made_size, NULL));
	}
	g_unlink(message);
	g_unlink(signature);
	g_unlink(public);
	g_unlink(secret);
	g_rmdir(directory);
}

/* A signature under an empty signer id, which is OpenSSL's own default, is not ours. */
static void
test_other_signer_id(void)
{
	EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	guint8 point[65], signature[128];
	gsize point_size, size = sizeof signature;
	g_autofree char *text = NULL;
	g_autoptr(FnPublicKey) key = NULL;

	g_assert_cmpint(EVP_PKEY_get_octet_string_param(pair, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &point_size), ==, 1);
	g_assert_cmpint(EVP_DigestSignInit_ex(context, NULL, "SM3", NULL, NULL, pair, NULL), ==, 1);
	g_assert_cmpint(EVP_DigestSign(context, signature, &size, (const guint8 *)"x", 1), ==, 1);
	text = fn_public_key_text(FN_SUITE_GM, point);
	key = fn_public_key_parse(text, NULL);
	g_assert_true(refused(key, "x", 1, signature, size));
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(pair);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_crypto_init();
	g_test_add_func("/public_key/sm2-standard", test_sm2_standard);
	g_test_add_func("/public_key/ed25519-standard", test_ed25519_standard);
	g_test_add_func("/public_key/ed25519-malleable", test_ed25519_malleable);
	g_test_add_func("/public_key/sm2-odd-signatures", test_sm2_odd_signatures);
	g_test_add_func("/public_key/prefix-binds-the-purpose", test_prefix_binds_the_purpose);
	g_test_add_func("/public_key/bad-texts", test_bad_texts);
	g_test_add_func("/public_key/bad-points", test_bad_points);
	g_test_add_func("/public_key/openssl-signs", test_openssl_signs);
	g_test_add_func("/public_key/other-signer-id", test_other_signer_id);
	return g_test_run();
}
