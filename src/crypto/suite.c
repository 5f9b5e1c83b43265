#include "base/program.h"
#include "crypto/crypto_priv.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>

G_DEFINE_QUARK(fn-crypto-error-quark, fn_crypto_error)

static const struct {
	FnSuite suite;
	const char *name;
	int digest;
} table[] = {
	{ FN_SUITE_GM, "gm", GCRY_MD_SM3 },
	{ FN_SUITE_INTL, "intl", GCRY_MD_SHA256 },
};

static void
start(void)
{
	/* No configuration: a file or a variable of the environment must not choose our providers. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		fn_program_fail("OpenSSL does not start: reinstall libssl3", NULL);
	if (!gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P)) {
		if (gcry_check_version(GCRYPT_VERSION) == NULL)
			fn_program_fail("libgcrypt is older than " GCRYPT_VERSION ": install the version of this release", NULL);
		gcry_control(GCRYCTL_DISABLE_SECMEM, 0); /* long-lived keys have their own locked memory, in the keeper */
		gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	}
	if (gcry_md_test_algo(GCRY_MD_SM3) != 0 || gcry_cipher_test_algo(GCRY_CIPHER_SM4) != 0)
		fn_program_fail("libgcrypt refuses SM3 or SM4: it runs in FIPS mode, which has no GM algorithms; turn that off", NULL);
	if (EVP_get_digestbyname("SM3") == NULL)
		fn_program_fail("OpenSSL has no SM3: install the OpenSSL of the distribution", NULL);
}

void
fn_crypto_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, start);
}

const char *
fn_suite_name(FnSuite suite)
{
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		if (table[i].suite == suite)
			return table[i].name;
	g_assert_not_reached();
}

gboolean
fn_suite_from_name(const char *name, FnSuite *suite_out)
{
	for (gsize i = 0; name != NULL && i < G_N_ELEMENTS(table); i++)
		if (g_str_equal(table[i].name, name)) {
			*suite_out = table[i].suite;
			return TRUE;
		}
	return FALSE;
}

int
fn_suite_digest(FnSuite suite)
{
	fn_crypto_init();
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		if (table[i].suite == suite)
			return table[i].digest;
	g_assert_not_reached();
}

gboolean
fn_openssl_failed(FnCryptoError code, const char *doing, GError **error)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	g_set_error(error, FN_CRYPTO_ERROR, code, "%s%s%s", doing, reason != NULL ? ": " : "", reason != NULL ? reason : "");
	ERR_clear_error();
	return FALSE;
}
