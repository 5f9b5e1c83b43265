/* Keys stay private, requests and certificates are what they say. */
#include "cli/certificate.h"

#include "ledger/test_keys.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

static void
test_request(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autofree char *path = g_build_filename(directory, "a.key", NULL), *text = NULL;
	g_autoptr(GError) error = NULL;
	struct stat about;
	X509_REQ *request;
	EVP_PKEY *key;
	FILE *file;
	BIO *bio;

	text = fn_certificate_request(path, &error);
	g_assert_no_error(error);
	g_assert_cmpint(stat(path, &about), ==, 0);
	g_assert_cmpint(about.st_mode & 0777, ==, 0600);
	bio = BIO_new_mem_buf(text, -1);
	request = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
	g_assert_nonnull(request);
	file = fopen(path, "r");
	key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
	/* it proves possession of the very key that was kept */
	g_assert_cmpint(X509_REQ_verify(request, key), ==, 1);
	g_assert_cmpint(X509_REQ_check_private_key(request, key), ==, 1);
	g_assert_null(strstr(text, "PRIVATE"));
	EVP_PKEY_free(key);
	X509_REQ_free(request);
	BIO_free(bio);
}

static void
test_self_signed(void)
{
	static const struct {
		int from_day;
		gboolean begun, over;
	} cases[] = { { 0, TRUE, FALSE }, { 1, FALSE, FALSE }, { -2, TRUE, TRUE } };
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autofree char *key = g_build_filename(directory, "a.key", NULL), *path = g_build_filename(directory, "a.crt", NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		X509 *certificate;
		char name[64];
		FILE *file;

		g_assert_true(fn_certificate_self_signed(key, path, "stranger", cases[i].from_day, &error));
		g_assert_no_error(error);
		file = fopen(path, "r");
		certificate = PEM_read_X509(file, NULL, NULL, NULL);
		fclose(file);
		g_assert_nonnull(certificate);
		X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof(name));
		g_assert_cmpstr(name, ==, "stranger");
		g_assert_cmpint(X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0, ==, cases[i].begun);
		g_assert_cmpint(X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0, ==, cases[i].over);
		g_assert_cmpint(X509_verify(certificate, X509_get0_pubkey(certificate)), ==, 1);
		X509_free(certificate);
	}
}

static void
test_nowhere(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_certificate_request("/nonexistent/a.key", &error));
	g_assert_nonnull(strstr(error->message, "/nonexistent/a.key"));
	g_clear_error(&error);
	g_assert_false(fn_certificate_self_signed("/nonexistent/a.key", "/nonexistent/a.crt", "x", 0, &error));
	g_assert_nonnull(error);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/certificate/request", test_request);
	g_test_add_func("/certificate/self-signed", test_self_signed);
	g_test_add_func("/certificate/nowhere", test_nowhere);
	return g_test_run();
}
