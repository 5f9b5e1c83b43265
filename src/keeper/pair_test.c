#include "base/text.h"
#include "keeper/test_help.h"

/* Private keys with published public keys: RFC 8032 test 1, GB/T 32918.5 appendix A. */
static void
test_published_pairs(void)
{
	static const struct {
		FnPairKind kind;
		const char *private, *public;
	} table[] = {
		{ FN_PAIR_ED25519, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
			"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a" },
		{ FN_PAIR_SM2, "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8",
			"0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
			"ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		guint8 private[FN_PRIVATE], bytes[FN_PUBLIC_MAX], signature_expected[64];
		g_autoptr(EVP_PKEY) pair = NULL;
		g_autofree char *text = NULL;
		g_autofree char *expected = NULL;
		g_autofree guint8 *signature = NULL;
		g_autoptr(FnPublicKey) key = NULL;
		gsize size;

		g_assert_true(fn_unhex(table[i].private, private, sizeof private));
		g_assert_true(fn_unhex(table[i].public, bytes, strlen(table[i].public) / 2));
		pair = fn_pair_load(table[i].kind, private, NULL);
		text = fn_pair_public(table[i].kind, pair);
		expected = fn_public_key_text(table[i].kind == FN_PAIR_SM2 ? FN_SUITE_GM : FN_SUITE_INTL, bytes);
		g_assert_cmpstr(text, ==, expected);
		signature = fn_pair_sign(table[i].kind, pair, (const guint8 *)"", 0, &size, NULL);
		key = fn_public_key_parse(text, NULL);
		g_assert_true(fn_verify_bare(key, "", 0, signature, size, NULL));
		if (table[i].kind == FN_PAIR_ED25519) {
			g_assert_true(fn_unhex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
								   "d25bf5f0595bbe24655141438e7a100b", signature_expected, 64));
			g_assert_cmpmem(signature, (int)size, signature_expected, 64);
		}
	}
}

/* 0, n - 1 and beyond are no private keys of a curve. */
static void
test_out_of_range(void)
{
	static const struct {
		const char *private;
		gboolean sm2, p256;
	} table[] = {
		{ "0000000000000000000000000000000000000000000000000000000000000000", FALSE, FALSE },
		{ "0000000000000000000000000000000000000000000000000000000000000001", TRUE, TRUE },
		{ "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54121", TRUE, TRUE },  /* n - 2 of SM2 */
		{ "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122", FALSE, TRUE }, /* n - 1 */
		{ "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123", FALSE, TRUE },
		{ "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", FALSE, FALSE }, /* n of P-256 */
		{ "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", FALSE, FALSE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		guint8 private[FN_PRIVATE];
		g_autoptr(EVP_PKEY) sm2 = NULL, p256 = NULL;

		g_assert_true(fn_unhex(table[i].private, private, sizeof private));
		sm2 = fn_pair_load(FN_PAIR_SM2, private, NULL);
		p256 = fn_pair_load(FN_PAIR_P256, private, NULL);
		g_assert_cmpint(sm2 != NULL, ==, table[i].sm2);
		g_assert_cmpint(p256 != NULL, ==, table[i].p256);
	}
}

/* What we sign in SM2 the program of OpenSSL verifies under the stated signer id. */
static void
test_openssl_verifies(void)
{
	static const char *const lines[] = {
		"openssl ec -pubin -inform DER -in public -out public.pem",
		"openssl pkeyutl -verify -rawin -digest sm3 -pkeyopt distid:1234567812345678 -pubin -inkey public.pem -in message "
		"-sigfile signature",
	};
	/* SubjectPublicKeyInfo of id-ecPublicKey on sm2p256v1 (1.2.156.10197.1.301) up to the point */
	static const guint8 head[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
		0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d, 0x03, 0x42, 0x00 };
	static const char *const names[] = { "public", "public.pem", "message", "signature", "" };
	g_autofree char *directory = g_dir_make_tmp("fengni-test-XXXXXX", NULL);
	g_autofree char *public = g_build_filename(directory, "public", NULL);
	g_autofree char *message = g_build_filename(directory, "message", NULL);
	g_autofree char *signed_path = g_build_filename(directory, "signature", NULL);
	guint8 private[FN_PRIVATE];
	g_autoptr(EVP_PKEY) pair = NULL;
	g_autofree char *text = NULL;
	g_autofree guint8 *point = NULL, *signature = NULL;
	guint8 der[sizeof head + 65];
	gsize size;

	fn_pair_generate(FN_PAIR_SM2, private);
	pair = fn_pair_load(FN_PAIR_SM2, private, NULL);
	text = fn_pair_public(FN_PAIR_SM2, pair);
	point = g_base64_decode(text + 3, &size);
	memcpy(der, head, sizeof head);
	memcpy(der + sizeof head, point, 65);
	signature = fn_pair_sign(FN_PAIR_SM2, pair, (const guint8 *)"what we sign", 12, &size, NULL);
	g_assert_true(g_file_set_contents(public, (const char *)der, sizeof der, NULL));
	g_assert_true(g_file_set_contents(message, "what we sign", -1, NULL));
	g_assert_true(g_file_set_contents(signed_path, (const char *)signature, (gssize)size, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_auto(GStrv) argument = g_strsplit(lines[i], " ", -1);
		g_autofree char *said = NULL;
		int status;

		g_assert_true(g_spawn_sync(directory, argument, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
			&said, &status, NULL));
		if (status != 0)
			g_error("%s: %s", lines[i], said);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(directory, names[i], NULL);

		g_remove(path);
	}
}

static void
test_generated_differ(void)
{
	for (int kind = FN_PAIR_SM2; kind <= FN_PAIR_P256; kind++) {
		guint8 a[FN_PRIVATE], b[FN_PRIVATE];

		fn_pair_generate((FnPairKind)kind, a);
		fn_pair_generate((FnPairKind)kind, b);
		g_assert_cmpint(memcmp(a, b, sizeof a), !=, 0);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_assert_true(fn_locked_start(NULL));
	g_test_add_func("/pair/published", test_published_pairs);
	g_test_add_func("/pair/out-of-range", test_out_of_range);
	g_test_add_func("/pair/openssl-verifies", test_openssl_verifies);
	g_test_add_func("/pair/generated-differ", test_generated_differ);
	return g_test_run();
}
