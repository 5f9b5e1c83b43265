#include "cli/certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

static G_DEFINE_QUARK(fn-certificate-error-quark, fn_certificate_error)

static gboolean
write_key(EVP_PKEY *key, const char *path, GError **error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	BIO *bio = fd >= 0 ? BIO_new_fd(fd, BIO_CLOSE) : NULL;
	gboolean written = bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;

	if (!written)
		g_set_error(error, fn_certificate_error_quark(), errno, "%s: %s", path, g_strerror(errno));
	BIO_free(bio);
	return written;
}

static char *
request_text(X509_REQ *request)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes, *text = NULL;
	long size;

	if (bio != NULL && PEM_write_bio_X509_REQ(bio, request) == 1 && (size = BIO_get_mem_data(bio, &bytes)) > 0)
		text = g_strndup(bytes, (gsize)size);
	BIO_free(bio);
	return text;
}

char *
fn_certificate_request(const char *key_path, GError **error)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509_REQ *request = X509_REQ_new();
	char *text = NULL;

	if (key != NULL && request != NULL && write_key(key, key_path, error) && X509_REQ_set_version(request, 0) == 1 &&
		X509_REQ_set_pubkey(request, key) == 1 && X509_REQ_sign(request, key, EVP_sha256()) > 0)
		text = request_text(request);
	if (text == NULL && error != NULL && *error == NULL)
		g_set_error(error, fn_certificate_error_quark(), 0, "cannot make a certificate request");
	X509_REQ_free(request);
	EVP_PKEY_free(key);
	return text;
}

static gboolean
write_certificate(X509 *certificate, const char *path, GError **error)
{
	BIO *bio = BIO_new_file(path, "w");
	gboolean written = bio != NULL && PEM_write_bio_X509(bio, certificate) == 1;

	if (!written)
		g_set_error(error, fn_certificate_error_quark(), errno, "%s: %s", path, g_strerror(errno));
	BIO_free(bio);
	return written;
}

gboolean
fn_certificate_self_signed(const char *key_path, const char *certificate_path, const char *name, int from_day, GError **error)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	X509_NAME *subject = X509_get_subject_name(certificate);
	gboolean made = key != NULL && X509_set_version(certificate, 2) == 1 &&
		ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
		X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const guint8 *)name, -1, -1, 0) == 1 &&
		X509_set_issuer_name(certificate, subject) == 1 && X509_gmtime_adj(X509_getm_notBefore(certificate), from_day * 86400L) != NULL &&
		X509_gmtime_adj(X509_getm_notAfter(certificate), (from_day + 1) * 86400L) != NULL && X509_set_pubkey(certificate, key) == 1 &&
		X509_sign(certificate, key, EVP_sha256()) > 0;

	if (!made)
		g_set_error(error, fn_certificate_error_quark(), 0, "cannot make a self-signed certificate");
	made = made && write_key(key, key_path, error) && write_certificate(certificate, certificate_path, error);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return made;
}
