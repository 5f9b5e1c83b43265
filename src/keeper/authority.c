/* The minimal CA: one self-signed P-256 root, which signs certificates of systems (client) and of the door (server).
 * X.509 after RFC 5280; P-256 because the door's TLS library speaks no SM2. */
#include "keeper/keeper_priv.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_REQ, X509_REQ_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_NAME, X509_NAME_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIGNUM, BN_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GENERAL_NAME, GENERAL_NAME_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GENERAL_NAMES, GENERAL_NAMES_free)

enum { CSR_MAX = 16384, SERIAL = 16, CLOCK_SKEW = 300, NAMES_MAX = 16, NAME_MAX_SIZE = 253, LABEL_MAX = 63 };

static const char begin_csr[] = "-----BEGIN CERTIFICATE REQUEST-----\n";
static const char end_csr[] = "-----END CERTIFICATE REQUEST-----";

/* ---- what both kinds of certificate have ---- */

static gboolean
set_serial(X509 *certificate)
{
	guint8 bytes[SERIAL];
	g_autoptr(BIGNUM) number = NULL;

	do {
		fn_random(bytes, sizeof bytes);
		g_clear_pointer(&number, BN_free);
		number = BN_bin2bn(bytes, sizeof bytes, NULL);
	} while (number != NULL && BN_is_zero(number));
	return number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
}

static gboolean
add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	gboolean added;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	X509V3_set_ctx_nodb(&context);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	added = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return added;
}

static gboolean
add_name(X509_NAME *name, const char *field, const char *text)
{
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const guint8 *)text, -1, -1, 0) == 1;
}

static X509 *
start_certificate(EVP_PKEY *key, glong from, gint64 days)
{
	g_autoptr(X509) certificate = X509_new();

	if (certificate == NULL || X509_set_version(certificate, X509_VERSION_3) != 1 || !set_serial(certificate) ||
	    X509_gmtime_adj(X509_getm_notBefore(certificate), from) == NULL ||
	    X509_time_adj_ex(X509_getm_notAfter(certificate), (int)days, 0, NULL) == NULL || X509_set_pubkey(certificate, key) != 1)
		return NULL;
	return g_steal_pointer(&certificate);
}

static gpointer
wrong(GError **error, const char *what)
{
	fn_keeper_fail(error, FN_KEEPER_ERROR_REQUEST, "%s", what);
	return NULL;
}

static gpointer
wrong_csr(GError **error, const char *what)
{
	fn_keeper_openssl_failed(error, FN_KEEPER_ERROR_CSR, what);
	return NULL;
}

/* ---- the root ---- */

X509 *
fn_authority_new(EVP_PKEY *pair, const char *city, guint years, GError **error)
{
	g_autoptr(X509) root = start_certificate(pair, -CLOCK_SKEW, (gint64)years * 365);
	g_autoptr(X509_NAME) name = X509_NAME_new();

	if (root == NULL || name == NULL || !add_name(name, "O", city) || !add_name(name, "CN", "Fengni CA") ||
	    X509_set_subject_name(root, name) != 1 || X509_set_issuer_name(root, name) != 1 ||
	    !add_extension(root, root, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
	    !add_extension(root, root, NID_key_usage, "critical,keyCertSign,cRLSign") ||
	    !add_extension(root, root, NID_subject_key_identifier, "hash") || X509_sign(root, pair, EVP_sha256()) == 0) {
		fn_keeper_openssl_failed(error, FN_KEEPER_ERROR_LIBRARY,
			"cannot make the CA's certificate (the setting \"city\" may have 1 to 64 characters)");
		return NULL;
	}
	return g_steal_pointer(&root);
}

X509 *
fn_authority_load(GBytes *der, EVP_PKEY *pair, GError **error)
{
	gsize size;
	const guint8 *at = g_bytes_get_data(der, &size);
	const guint8 *end = at + size;
	g_autoptr(X509) root = d2i_X509(NULL, &at, (long)size);

	if (root == NULL || at != end || X509_check_private_key(root, pair) != 1) {
		fn_keeper_openssl_failed(error, FN_KEEPER_ERROR_DAMAGED, "the bundle's certificate does not fit its key");
		return NULL;
	}
	return g_steal_pointer(&root);
}

GBytes *
fn_authority_der(X509 *certificate)
{
	guint8 *der = NULL;
	int size = i2d_X509(certificate, &der);
	GBytes *bytes;

	g_assert(size > 0);
	bytes = g_bytes_new(der, (gsize)size);
	OPENSSL_free(der);
	return bytes;
}

char *
fn_authority_pem(X509 *certificate)
{
	g_autoptr(BIO) bio = BIO_new(BIO_s_mem());
	int written = PEM_write_bio_X509(bio, certificate);
	char *text;
	long size;

	g_assert(written == 1);
	size = BIO_get_mem_data(bio, &text);
	return g_strndup(text, (gsize)size);
}

/* ---- the request ---- */

/* One PEM block and nothing else. OpenSSL's own reader would skip text before it, and ask the terminal for a password when
 * the block says that it is encrypted. */
static guint8 *
csr_der(const char *pem, gsize *size_out)
{
	g_autoptr(GString) plain = g_string_new(pem);
	g_autofree char *body = NULL;
	const char *end;

	g_string_replace(plain, "\r\n", "\n", 0);
	if (!g_str_has_prefix(plain->str, begin_csr) || (end = strstr(plain->str, end_csr)) == NULL ||
	    strspn(end + strlen(end_csr), "\n") != strlen(end + strlen(end_csr)))
		return NULL;
	body = g_strndup(plain->str + strlen(begin_csr), (gsize)(end - plain->str) - strlen(begin_csr));
	if (strspn(body, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n") != strlen(body))
		return NULL;
	return g_base64_decode(body, size_out);
}

static X509_REQ *
read_csr(const char *pem)
{
	gsize size;
	g_autofree guint8 *der = csr_der(pem, &size);
	const guint8 *at = der;
	g_autoptr(X509_REQ) request = NULL;

	if (der == NULL || (request = d2i_X509_REQ(NULL, &at, (long)size)) == NULL || at != der + size)
		return NULL;
	return g_steal_pointer(&request);
}

/* Keys that TLS 1.3 and the door take. */
static gboolean
key_is_fit(const EVP_PKEY *key)
{
	static const char *const curves[] = { "prime256v1", "secp384r1", "secp521r1", NULL };
	char group[32];

	if (EVP_PKEY_is_a(key, "ED25519"))
		return TRUE;
	if (EVP_PKEY_is_a(key, "RSA"))
		return EVP_PKEY_get_bits(key) >= 2048 && EVP_PKEY_get_bits(key) <= 4096;
	return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
		g_strv_contains(curves, group);
}

static gboolean
digest_is_fit(const X509_REQ *request)
{
	int digest, key;

	if (OBJ_find_sigid_algs(X509_REQ_get_signature_nid(request), &digest, &key) != 1)
		return FALSE;
	return digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512 || key == NID_ED25519;
}

EVP_PKEY *
fn_authority_csr_key(const char *pem, GError **error)
{
	g_autoptr(X509_REQ) request = NULL;
	g_autoptr(EVP_PKEY) key = NULL;

	if (strnlen(pem, CSR_MAX + 1) > CSR_MAX || (request = read_csr(pem)) == NULL)
		return wrong_csr(error, "the certificate request is not one PEM block of at most 16 KiB (openssl req -new)");
	key = X509_REQ_get_pubkey(request);
	if (key == NULL || !key_is_fit(key))
		return wrong_csr(error, "the certificate request's key must be P-256, P-384, P-521, Ed25519 or RSA of 2048 to 4096 bits");
	if (!digest_is_fit(request))
		return wrong_csr(error, "the certificate request must be signed with SHA-256 or better");
	if (X509_REQ_verify(request, key) != 1)
		return wrong_csr(error, "the certificate request's own signature does not verify");
	return g_steal_pointer(&key);
}

/* ---- names ---- */

static gboolean
label_is_fit(const char *label)
{
	gsize size = strlen(label);

	return size >= 1 && size <= LABEL_MAX && strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-") == size &&
		label[0] != '-' && label[size - 1] != '-';
}

/* Lower-case labels; no wildcard: it would be a certificate for strangers' hosts. */
static gboolean
host_is_fit(const char *host)
{
	g_auto(GStrv) label = g_strsplit(host, ".", -1);

	if (strlen(host) > NAME_MAX_SIZE || label[0] == NULL)
		return FALSE;
	for (gsize i = 0; label[i] != NULL; i++)
		if (!label_is_fit(label[i]))
			return FALSE;
	return TRUE;
}

static GENERAL_NAME *
general_name(const char *text)
{
	guint8 address[16];
	int size = inet_pton(AF_INET, text, address) == 1 ? 4 : inet_pton(AF_INET6, text, address) == 1 ? 16 : 0;
	g_autoptr(GENERAL_NAME) name = GENERAL_NAME_new();
	ASN1_STRING *value = size > 0 ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();

	if (name == NULL || value == NULL ||
	    ASN1_STRING_set(value, size > 0 ? (const void *)address : text, size > 0 ? size : -1) != 1) {
		ASN1_STRING_free(value);
		return NULL;
	}
	GENERAL_NAME_set0_value(name, size > 0 ? GEN_IPADD : GEN_DNS, value);
	return g_steal_pointer(&name);
}

static gboolean
add_alternative_names(X509 *certificate, const char *const *dns)
{
	g_autoptr(GENERAL_NAMES) names = GENERAL_NAMES_new();

	for (gsize i = 0; names != NULL && dns[i] != NULL; i++) {
		g_autoptr(GENERAL_NAME) name = general_name(dns[i]);

		if (name == NULL || sk_GENERAL_NAME_push(names, name) == 0)
			return FALSE;
		g_steal_pointer(&name);
	}
	return names != NULL && X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0) == 1;
}

static gboolean
names_are_fit(const FnIssue *wish, GError **error)
{
	guint8 address[16];
	gsize count = wish->dns != NULL ? g_strv_length((char **)wish->dns) : 0;

	if (wish->server != (count > 0) || count > NAMES_MAX)
		return wrong(error, "\"dns\" must name 1 to 16 hosts for a server, and be left out for a client") != NULL;
	for (gsize i = 0; i < count; i++)
		if (inet_pton(AF_INET, wish->dns[i], address) != 1 && inet_pton(AF_INET6, wish->dns[i], address) != 1 &&
		    !host_is_fit(wish->dns[i]))
			return wrong(error, "\"dns\" holds what is neither a lower-case host name nor an address") != NULL;
	return TRUE;
}

/* ---- issuing ---- */

static gboolean
set_subject(X509 *certificate, const FnIssue *wish, GError **error)
{
	static const char *const field[FN_SUBJECT_FIELDS] = { "O", "OU", "CN", "serialNumber" };
	g_autoptr(X509_NAME) name = X509_NAME_new();

	for (gsize i = 0; i < FN_SUBJECT_FIELDS; i++)
		if (wish->subject[i] != NULL && !add_name(name, field[i], wish->subject[i]))
			return fn_keeper_openssl_failed(error, FN_KEEPER_ERROR_REQUEST,
				"the subject does not fit a certificate (64 characters each; serialNumber: letters, digits and '()+,-./:=? only)");
	return X509_set_subject_name(certificate, name) == 1 ||
		fn_keeper_openssl_failed(error, FN_KEEPER_ERROR_LIBRARY, "cannot set the subject");
}

static gboolean
set_extensions(X509 *certificate, X509 *authority, const FnIssue *wish)
{
	return add_extension(certificate, authority, NID_basic_constraints, "critical,CA:FALSE") &&
		add_extension(certificate, authority, NID_key_usage, "critical,digitalSignature") &&
		add_extension(certificate, authority, NID_ext_key_usage, wish->server ? "serverAuth" : "clientAuth") &&
		add_extension(certificate, authority, NID_subject_key_identifier, "hash") &&
		add_extension(certificate, authority, NID_authority_key_identifier, "keyid:always") &&
		(!wish->server || add_alternative_names(certificate, wish->dns));
}

char *
fn_authority_issue(X509 *authority, EVP_PKEY *pair, const FnIssue *wish, GError **error)
{
	g_autoptr(EVP_PKEY) key = fn_authority_csr_key(wish->csr, error);
	g_autoptr(X509) certificate = NULL;

	if (key == NULL || !names_are_fit(wish, error))
		return NULL;
	if ((certificate = start_certificate(key, -CLOCK_SKEW, wish->days)) == NULL) {
		fn_keeper_openssl_failed(error, FN_KEEPER_ERROR_LIBRARY, "cannot make a certificate");
		return NULL;
	}
	if (ASN1_TIME_compare(X509_get0_notAfter(certificate), X509_get0_notAfter(authority)) > 0)
		return wrong(error, "\"days\" goes beyond the end of the CA's own certificate: ask for fewer, or renew the CA");
	if (!set_subject(certificate, wish, error))
		return NULL;
	if (X509_set_issuer_name(certificate, X509_get_subject_name(authority)) != 1 ||
	    !set_extensions(certificate, authority, wish) || X509_sign(certificate, pair, EVP_sha256()) == 0) {
		fn_keeper_openssl_failed(error, FN_KEEPER_ERROR_LIBRARY, "cannot sign the certificate");
		return NULL;
	}
	return fn_authority_pem(certificate);
}
