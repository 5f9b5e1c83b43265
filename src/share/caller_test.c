#include "share/caller.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

static char *
make_pem(long days)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	X509 *certificate = X509_new();
	BIO *out = BIO_new(BIO_s_mem());
	char *data, *pem;
	long n;

	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), days * 86400);
	X509_set_pubkey(certificate, key);
	g_assert_cmpint(X509_sign(certificate, key, EVP_sha256()), >, 0);
	PEM_write_bio_X509(out, certificate);
	n = BIO_get_mem_data(out, &data);
	pem = g_strndup(data, (gsize)n);
	BIO_free(out);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return pem;
}

static void
test_parse(void)
{
	g_autofree char *pem = make_pem(3), *escaped = g_uri_escape_string(pem, NULL, FALSE), *newlines = NULL;
	g_auto(GStrv) lines = g_strsplit(pem, "\n", -1);
	g_autoptr(FnCaller) caller = fn_caller_parse(escaped, NULL), plain = NULL;

	g_assert_nonnull(caller);
	g_assert_cmpuint(strlen(caller->fingerprint), ==, 64);
	g_assert_cmpint(caller->not_after - caller->not_before, ==, (gint64)3 * 86400 * G_USEC_PER_SEC);
	g_assert_cmpint(fn_sign_alg(caller->key), ==, FN_SIGN_P256);
	newlines = g_strjoinv("%0A", lines); /* '+' and '/' as they are */
	plain = fn_caller_parse(newlines, NULL);
	g_assert_cmpstr(plain->fingerprint, ==, caller->fingerprint);
}

static void
test_refused(void)
{
	g_autofree char *pem = make_pem(1), *escaped = g_uri_escape_string(pem, NULL, FALSE), *cut = g_strndup(escaped, strlen(escaped) / 2);
	g_autofree char *huge = g_strnfill(20000, 'A'), *broken = g_strconcat(escaped, "%4", NULL);
	const char *bad[] = { "", "x", "%", "%zz", cut, huge, broken, "-----BEGIN CERTIFICATE-----%0AAAAA%0A-----END CERTIFICATE-----%0A" };

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_caller_parse(bad[i], &error));
		g_assert_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_CERTIFICATE);
	}
}

/* The cache gives the same, and does not grow. */
static void
test_cache(void)
{
	FnCallers *callers = fn_callers_new(4);
	g_autofree char *pem = make_pem(1), *escaped = g_uri_escape_string(pem, NULL, FALSE);
	g_autoptr(FnCaller) first = fn_callers_get(callers, escaped, NULL), again = fn_callers_get(callers, escaped, NULL), later = NULL;

	g_assert_true(first == again);
	for (guint i = 0; i < 40; i++)
		fn_caller_unref(fn_callers_get(callers, escaped, NULL));
	g_assert_nonnull(fn_caller_fast(first));
	for (guint i = 0; i < 6; i++) {
		g_autofree char *other = make_pem(1), *other_escaped = g_uri_escape_string(other, NULL, FALSE);
		g_autoptr(FnCaller) caller = fn_callers_get(callers, other_escaped, NULL);

		g_assert_nonnull(caller);
		g_assert_cmpstr(caller->fingerprint, !=, first->fingerprint);
	}
	later = fn_callers_get(callers, escaped, NULL);
	g_assert_cmpstr(later->fingerprint, ==, first->fingerprint);
	g_assert_null(fn_callers_get(callers, "nonsense", NULL));
	fn_callers_free(callers);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/caller/parse", test_parse);
	g_test_add_func("/caller/refused", test_refused);
	g_test_add_func("/caller/cache", test_cache);
	return g_test_run();
}
