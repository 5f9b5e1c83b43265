#include "share/sign.h"

#include "base/text.h"
#include "base/time.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

struct FnSigner {
	EVP_PKEY *key;
	char *fingerprint;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free)

static gboolean
fail(GError **error, const char *file, const char *why)
{
	g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_CERTIFICATE, "%s: %s", file, why);
	return FALSE;
}

static gboolean
read_certificate(FnSigner *signer, const char *file, GError **error)
{
	g_autoptr(BIO) in = BIO_new_file(file, "r");
	g_autoptr(X509) certificate = in != NULL ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
	guint8 digest[32];
	unsigned n = sizeof(digest);

	if (certificate == NULL)
		return fail(error, file, "not a PEM certificate");
	if (X509_digest(certificate, EVP_sha256(), digest, &n) != 1 || X509_check_private_key(certificate, signer->key) != 1)
		return fail(error, file, "is not the certificate of this private key");
	signer->fingerprint = fn_hex(digest, sizeof(digest));
	return TRUE;
}

FnSigner *
fn_signer_new(const char *key_file, const char *certificate_file, GError **error)
{
	g_autoptr(FnSigner) signer = g_new0(FnSigner, 1);
	g_autoptr(BIO) in = BIO_new_file(key_file, "r");

	signer->key = in != NULL ? PEM_read_bio_PrivateKey(in, NULL, NULL, NULL) : NULL;
	if (signer->key == NULL) {
		fail(error, key_file, "not a PEM private key");
		return NULL;
	}
	if (fn_sign_alg(signer->key) == FN_SIGN_NONE) {
		fail(error, key_file, "cannot sign requests; use a key on P-256, Ed25519 or SM2");
		return NULL;
	}
	if (!read_certificate(signer, certificate_file, error))
		return NULL;
	return g_steal_pointer(&signer);
}

void
fn_signer_free(FnSigner *signer)
{
	if (signer == NULL)
		return;
	EVP_PKEY_free(signer->key);
	g_free(signer->fingerprint);
	g_free(signer);
}

const char *
fn_signer_fingerprint(const FnSigner *signer)
{
	return signer->fingerprint;
}

/* Covers what this request has; then the base is exactly what the gate will build. */
static void
describe(FnSignatureInput *input, const FnSigner *signer, const FnSignedRequest *request, const FnSignedMessage *message)
{
	g_autofree char *nonce = request->nonce != NULL ? g_strdup(request->nonce) : fn_id_new();
	g_autoptr(GString) params = g_string_new("(");

	for (guint part = 0; part < FN_PARTS; part++)
		if (message->value[part] != NULL) {
			g_string_append_printf(params, "%s\"%s\"", input->parts > 0 ? " " : "", fn_signed_part_name((FnSignedPart)part));
			input->part[input->parts++] = (FnSignedPart)part;
		}
	g_string_append_printf(params, ");created=%" G_GINT64_FORMAT ";nonce=\"%.64s\";keyid=\"%s\";alg=\"%s\"",
		request->created != 0 ? request->created : fn_time_now() / G_USEC_PER_SEC, nonce, signer->fingerprint,
		fn_sign_alg_name(fn_sign_alg(signer->key)));
	g_strlcpy(input->params, params->str, sizeof(input->params));
}

char *
fn_signer_headers(const FnSigner *signer, const FnSignedRequest *request, GError **error)
{
	guint8 digest[FN_DIGEST_SIZE];
	g_autofree char *digest_text = NULL, *digest_header = NULL, *signature_text = NULL;
	g_autofree guint8 *signature = NULL;
	g_autoptr(GString) base = g_string_new(NULL);
	FnSignatureInput input = { 0 };
	gsize size;

	fn_sha256(request->body, request->size, digest);
	digest_text = g_base64_encode(digest, sizeof(digest));
	digest_header = g_strdup_printf("sha-256=:%s:", digest_text);
	FnSignedMessage message = { .value = { [FN_PART_METHOD] = "POST", [FN_PART_PATH] = request->path, [FN_PART_DIGEST] = digest_header,
		[FN_PART_GRANT] = request->grant, [FN_PART_CASE] = request->case_number, [FN_PART_OPERATOR] = request->operator_account,
		[FN_PART_PURPOSE] = request->purpose } };
	describe(&input, signer, request, &message);
	if (!fn_signature_base(base, &input, &message, error))
		return NULL;
	signature = fn_signature_make(signer->key, base->str, base->len, &size, error);
	if (signature == NULL)
		return NULL;
	signature_text = g_base64_encode(signature, size);
	return g_strdup_printf("Content-Digest: %s\r\nSignature-Input: fengni=%s\r\nSignature: fengni=:%s:\r\n", digest_header, input.params,
		signature_text);
}

char *
fn_share_header_text(const char *text)
{
	GString *out = g_string_new(NULL);

	for (const char *p = text; *p != '\0'; p++)
		if (*p > 0x20 && *p < 0x7f && *p != '%')
			g_string_append_c(out, *p);
		else
			g_string_append_printf(out, "%%%02X", (guint8)*p);
	return g_string_free(out, FALSE);
}
