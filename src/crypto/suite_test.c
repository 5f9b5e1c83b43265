#include "crypto/crypto_priv.h"

#include <openssl/evp.h>
#include <pthread.h>

static void
test_names(void)
{
	static const char *const wrong[] = { "", "GM", "sm", "intl ", "gmx", NULL };
	FnSuite suite = 0;

	g_assert_true(fn_suite_from_name("gm", &suite));
	g_assert_cmpint(suite, ==, FN_SUITE_GM);
	g_assert_true(fn_suite_from_name("intl", &suite));
	g_assert_cmpint(suite, ==, FN_SUITE_INTL);
	g_assert_cmpstr(fn_suite_name(FN_SUITE_GM), ==, "gm");
	g_assert_cmpstr(fn_suite_name(FN_SUITE_INTL), ==, "intl");
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
		g_assert_false(fn_suite_from_name(wrong[i], &suite));
	g_assert_cmpint(suite, ==, FN_SUITE_INTL);
}

static void *
start_here(void *data)
{
	guint8 digest[FN_DIGEST_SIZE];

	fn_crypto_init();
	fn_sm3("abc", 3, digest);
	return GINT_TO_POINTER(digest[0] == 0x66);
}

static void
test_init_from_many_threads(void)
{
	pthread_t thread[8];

	for (gsize i = 0; i < G_N_ELEMENTS(thread); i++)
		g_assert_cmpint(pthread_create(&thread[i], NULL, start_here, NULL), ==, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(thread); i++) {
		void *right;

		pthread_join(thread[i], &right);
		g_assert_nonnull(right);
	}
}

static void
test_error_is_told_once(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) second = NULL;

	fn_crypto_init();
	g_assert_null(EVP_CIPHER_fetch(NULL, "no-such-cipher", NULL));
	g_assert_false(fn_openssl_failed(FN_CRYPTO_ERROR_LIBRARY, "trying", &error));
	g_assert_error(error, FN_CRYPTO_ERROR, FN_CRYPTO_ERROR_LIBRARY);
	g_assert_true(g_str_has_prefix(error->message, "trying: "));
	fn_openssl_failed(FN_CRYPTO_ERROR_KEY, "again", &second);
	g_assert_cmpstr(second->message, ==, "again");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/suite/init-from-many-threads", test_init_from_many_threads);
	g_test_add_func("/suite/names", test_names);
	g_test_add_func("/suite/error-is-told-once", test_error_is_told_once);
	return g_test_run();
}
