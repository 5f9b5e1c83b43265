#include "keeper/test_help.h"

#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

typedef struct {
	EVP_PKEY *pair;
	X509 *root;
} Authority;

static void
open_authority(Authority *authority, gconstpointer data)
{
	guint8 private[FN_PRIVATE];
	g_autoptr(GError) error = NULL;

	fn_pair_generate(FN_PAIR_P256, private);
	authority->pair = fn_pair_load(FN_PAIR_P256, private, &error);
	g_assert_no_error(error);
	authority->root = fn_authority_new(authority->pair, "示例市", 1, &error);
	g_assert_no_error(error);
}

static void
close_authority(Authority *authority, gconstpointer data)
{
	EVP_PKEY_free(authority->pair);
	X509_free(authority->root);
}

/* A request with a subject and extensions of its own, which nobody must look at. */
static char *
csr_of(EVP_PKEY *key, const EVP_MD *digest)
{
	X509_REQ *csr = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	STACK_OF(X509_EXTENSION) *wanted = sk_X509_EXTENSION_new_null();
	char *data, *text;
	long size;

	X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(csr), "CN", MBSTRING_ASC, (const guint8 *)"impostor", -1, -1, 0);
	sk_X509_EXTENSION_push(wanted, X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE"));
	sk_X509_EXTENSION_push(wanted, X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:impostor.example"));
	X509_REQ_add_extensions(csr, wanted);
	sk_X509_EXTENSION_pop_free(wanted, X509_EXTENSION_free);
	X509_REQ_set_pubkey(csr, key);
	g_assert_cmpint(X509_REQ_sign(csr, key, digest), >, 0);
	PEM_write_bio_X509_REQ(bio, csr);
	size = BIO_get_mem_data(bio, &data);
	text = g_strndup(data, (gsize)size);
	BIO_free(bio);
	X509_REQ_free(csr);
	return text;
}

static X509 *
read_certificate(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	g_assert_nonnull(certificate);
	BIO_free(bio);
	return certificate;
}

static void
has_field(const X509 *certificate, int nid, const char *expected)
{
	const X509_NAME *name = X509_get_subject_name(certificate);
	int at = X509_NAME_get_index_by_NID(name, nid, -1);
	guint8 *text = NULL;

	if (expected == NULL) {
		g_assert_cmpint(at, ==, -1);
		return;
	}
	g_assert_cmpint(at, >=, 0);
	g_assert_cmpint(X509_NAME_get_index_by_NID(name, nid, at), ==, -1);
	g_assert_cmpint(ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at))), >, 0);
	g_assert_cmpstr((const char *)text, ==, expected);
	OPENSSL_free(text);
}

static void
test_root(Authority *authority, gconstpointer data)
{
	g_autoptr(GBytes) der = fn_authority_der(authority->root);
	g_autoptr(X509) again = fn_authority_load(der, authority->pair, NULL);
	g_autoptr(GError) error = NULL;
	guint8 private[FN_PRIVATE];
	g_autoptr(EVP_PKEY) other = NULL;

	g_assert_nonnull(again);
	g_assert_cmpint(X509_verify(again, authority->pair), ==, 1);
	g_assert_cmpint(X509_check_ca(again), ==, 1);
	g_assert_cmpuint(X509_get_key_usage(again), ==, KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	g_assert_cmpint(X509_get_pathlen(again), ==, 0);
	has_field(again, NID_organizationName, "示例市");
	fn_pair_generate(FN_PAIR_P256, private);
	other = fn_pair_load(FN_PAIR_P256, private, NULL);
	g_assert_null(fn_authority_load(der, other, &error));
	g_assert_error(error, FN_KEEPER_ERROR, FN_KEEPER_ERROR_DAMAGED);
}

static void
test_bad_city(Authority *authority, gconstpointer data)
{
	g_autofree char *city = g_strnfill(65, 'x');
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_authority_new(authority->pair, city, 1, &error));
	g_assert_error(error, FN_KEEPER_ERROR, FN_KEEPER_ERROR_LIBRARY);
	g_assert_nonnull(strstr(error->message, "city"));
}

/* The program of OpenSSL builds the chain, strictly. */
static int
openssl_verify(Authority *authority, const char *pem, const char *purpose)
{
	g_autofree char *directory = g_dir_make_tmp("fengni-test-XXXXXX", NULL);
	g_autofree char *root = g_build_filename(directory, "root", NULL);
	g_autofree char *leaf = g_build_filename(directory, "leaf", NULL);
	g_autofree char *root_pem = fn_authority_pem(authority->root);
	const char *line[] = { "openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", root, leaf, NULL };
	int status;

	g_assert_true(g_file_set_contents(root, root_pem, -1, NULL));
	g_assert_true(g_file_set_contents(leaf, pem, -1, NULL));
	g_assert_true(g_spawn_sync(NULL, (char **)line, NULL,
		G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, NULL));
	g_remove(root);
	g_remove(leaf);
	g_remove(directory);
	return status;
}

static void
test_client(Authority *authority, gconstpointer data)
{
	g_autoptr(EVP_PKEY) key = EVP_EC_gen("P-256");
	g_autofree char *csr = csr_of(key, EVP_sha256());
	FnIssue wish = { .csr = csr, .subject = { "11440300TEST", "业务系统", "system-1", "01HX" }, .days = 30 };
	g_autoptr(GError) error = NULL;
	g_autofree char *pem = fn_authority_issue(authority->root, authority->pair, &wish, &error);
	g_autoptr(X509) certificate = NULL;
	const ASN1_OCTET_STRING *authority_id;
	int days, seconds;

	g_assert_no_error(error);
	certificate = read_certificate(pem);
	has_field(certificate, NID_commonName, "system-1");
	has_field(certificate, NID_organizationName, "11440300TEST");
	has_field(certificate, NID_organizationalUnitName, "业务系统");
	has_field(certificate, NID_serialNumber, "01HX");
	g_assert_cmpint(X509_NAME_entry_count(X509_get_subject_name(certificate)), ==, 4);
	g_assert_cmpint(X509_get_version(certificate), ==, X509_VERSION_3);
	g_assert_cmpint(X509_verify(certificate, authority->pair), ==, 1);
	g_assert_cmpint(EVP_PKEY_eq(X509_get0_pubkey(certificate), key), ==, 1);
	g_assert_cmpint(X509_check_ca(certificate), ==, 0);
	g_assert_cmpuint(X509_get_key_usage(certificate), ==, KU_DIGITAL_SIGNATURE);
	g_assert_cmpuint(X509_get_extended_key_usage(certificate), ==, XKU_SSL_CLIENT);
	g_assert_cmpint(X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1), ==, -1);
	g_assert_nonnull(X509_get0_subject_key_id(certificate));
	authority_id = X509_get0_authority_key_id(certificate);
	g_assert_nonnull(authority_id);
	g_assert_cmpint(ASN1_OCTET_STRING_cmp(authority_id, X509_get0_subject_key_id(authority->root)), ==, 0);
	g_assert_cmpint(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate), X509_get0_notAfter(certificate)), ==, 1);
	g_assert_cmpint(days, ==, 30);
	g_assert_cmpint(openssl_verify(authority, pem, "sslclient"), ==, 0);
	g_assert_cmpint(openssl_verify(authority, pem, "sslserver"), !=, 0);
}

static void
test_server(Authority *authority, gconstpointer data)
{
	static const char *const dns[] = { "share.example.gov.cn", "localhost", "127.0.0.1", "::1", NULL };
	g_autoptr(EVP_PKEY) key = EVP_EC_gen("P-256");
	g_autofree char *csr = csr_of(key, EVP_sha256());
	FnIssue wish = { .csr = csr, .subject = { [FN_SUBJECT_CN] = "door" }, .days = 1, .server = TRUE, .dns = dns };
	g_autofree char *pem = fn_authority_issue(authority->root, authority->pair, &wish, NULL);
	g_autoptr(X509) certificate = NULL;

	g_assert_nonnull(pem);
	certificate = read_certificate(pem);
	has_field(certificate, NID_organizationName, NULL);
	g_assert_cmpuint(X509_get_extended_key_usage(certificate), ==, XKU_SSL_SERVER);
	g_assert_cmpint(X509_check_host(certificate, "share.example.gov.cn", 0, 0, NULL), ==, 1);
	g_assert_cmpint(X509_check_host(certificate, "localhost", 0, 0, NULL), ==, 1);
	g_assert_cmpint(X509_check_host(certificate, "impostor.example", 0, 0, NULL), ==, 0);
	g_assert_cmpint(X509_check_ip_asc(certificate, "127.0.0.1", 0), ==, 1);
	g_assert_cmpint(X509_check_ip_asc(certificate, "::1", 0), ==, 1);
	g_assert_cmpint(X509_check_ip_asc(certificate, "127.0.0.2", 0), ==, 0);
	g_assert_cmpint(openssl_verify(authority, pem, "sslserver"), ==, 0);
	g_assert_cmpint(openssl_verify(authority, pem, "sslclient"), !=, 0);
}

static void
test_serials_differ(Authority *authority, gconstpointer data)
{
	g_autoptr(EVP_PKEY) key = EVP_EC_gen("P-256");
	g_autofree char *csr = csr_of(key, EVP_sha256());
	FnIssue wish = { .csr = csr, .subject = { [FN_SUBJECT_CN] = "s" }, .days = 1 };
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	gsize digits = 0;

	for (int i = 0; i < 32; i++) {
		g_autofree char *pem = fn_authority_issue(authority->root, authority->pair, &wish, NULL);
		g_autoptr(X509) certificate = read_certificate(pem);
		BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
		char *text = BN_bn2hex(number);

		g_assert_false(BN_is_negative(number));
		digits = MAX(digits, strlen(text));
		g_assert_true(g_hash_table_add(seen, g_strdup(text)));
		OPENSSL_free(text);
		BN_free(number);
	}
	g_assert_cmpuint(digits, ==, 32);
}

static void
refused(Authority *authority, const FnIssue *wish, FnKeeperError code)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_authority_issue(authority->root, authority->pair, wish, &error));
	g_assert_error(error, FN_KEEPER_ERROR, (int)code);
}

static void
test_keys(Authority *authority, gconstpointer data)
{
	struct {
		EVP_PKEY *key;
		const EVP_MD *digest;
		gboolean fit;
	} table[] = {
		{ EVP_EC_gen("P-256"), EVP_sha256(), TRUE },
		{ EVP_EC_gen("P-384"), EVP_sha384(), TRUE },
		{ EVP_EC_gen("P-521"), EVP_sha512(), TRUE },
		{ EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL, TRUE },
		{ EVP_RSA_gen(2048), EVP_sha256(), TRUE },
		{ EVP_EC_gen("P-256"), EVP_sha1(), FALSE },
		{ EVP_EC_gen("secp256k1"), EVP_sha256(), FALSE },
		{ EVP_EC_gen("P-224"), EVP_sha256(), FALSE },
		{ EVP_RSA_gen(1024), EVP_sha256(), FALSE },
		{ EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), NULL, FALSE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *csr = csr_of(table[i].key, table[i].digest);
		FnIssue wish = { .csr = csr, .subject = { [FN_SUBJECT_CN] = "s" }, .days = 1 };
		g_autofree char *pem = fn_authority_issue(authority->root, authority->pair, &wish, NULL);

		g_assert_cmpint(pem != NULL, ==, table[i].fit);
		if (!table[i].fit)
			refused(authority, &wish, FN_KEEPER_ERROR_CSR);
		EVP_PKEY_free(table[i].key);
	}
}

/* One bit changed anywhere in the request's DER. */
static void
test_changed_request(Authority *authority, gconstpointer data)
{
	g_autoptr(EVP_PKEY) key = EVP_EC_gen("P-256");
	g_autofree char *csr = csr_of(key, EVP_sha256());
	BIO *bio = BIO_new_mem_buf(csr, -1);
	char *name = NULL, *header = NULL;
	guint8 *der = NULL;
	long size;

	g_assert_cmpint(PEM_read_bio(bio, &name, &header, &der, &size), ==, 1);
	for (long bit = 0; bit < size * 8; bit += 3) {
		BIO *out = BIO_new(BIO_s_mem());
		g_autofree char *text = NULL;
		FnIssue wish = { .subject = { [FN_SUBJECT_CN] = "s" }, .days = 1 };
		char *written;
		long written_size;

		der[bit / 8] ^= (guint8)(1 << bit % 8);
		PEM_write_bio(out, name, "", der, size);
		der[bit / 8] ^= (guint8)(1 << bit % 8);
		written_size = BIO_get_mem_data(out, &written);
		wish.csr = text = g_strndup(written, (gsize)written_size);
		refused(authority, &wish, FN_KEEPER_ERROR_CSR);
		BIO_free(out);
	}
	BIO_free(bio);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
}

static void
test_odd_pem(Authority *authority, gconstpointer data)
{
	g_autoptr(EVP_PKEY) key = EVP_EC_gen("P-256");
	g_autofree char *good = csr_of(key, EVP_sha256());
	g_autofree char *twice = g_strconcat(good, good, NULL);
	g_autofree char *before = g_strconcat("text\n", good, NULL);
	g_autofree char *after = g_strconcat(good, "text\n", NULL);
	g_autofree char *huge = g_strnfill(20000, '\n');
	g_autofree char *padded = g_strconcat(good, huge, NULL);
	g_autoptr(GString) encrypted = g_string_new(good);
	g_autoptr(GString) windows = g_string_new(good);
	g_autofree char *root = fn_authority_pem(authority->root);
	const char *const bad[] = { "", "\n", "-----BEGIN CERTIFICATE REQUEST-----\n",
		"-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n",
		"-----END CERTIFICATE REQUEST----------BEGIN CERTIFICATE REQUEST-----\n", twice, before, after, padded, encrypted->str,
		root };
	FnIssue wish = { .csr = windows->str, .subject = { [FN_SUBJECT_CN] = "s" }, .days = 1 };
	g_autofree char *pem = NULL;

	g_string_replace(encrypted, "REQUEST-----\n", "REQUEST-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n", 1);
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		FnIssue one = { .csr = i == 9 ? encrypted->str : bad[i], .subject = { [FN_SUBJECT_CN] = "s" }, .days = 1 };

		refused(authority, &one, FN_KEEPER_ERROR_CSR);
	}
	g_string_replace(windows, "\n", "\r\n", 0);
	wish.csr = windows->str;
	pem = fn_authority_issue(authority->root, authority->pair, &wish, NULL);
	g_assert_nonnull(pem);
}

static void
test_bad_wishes(Authority *authority, gconstpointer data)
{
	static const char *const bad_hosts[] = { "", "*", "*.example.cn", "UPPER.example", "a..b", ".a", "a.", "-a.b", "a-.b", "a b",
		"a\nb", "a,DNS:b", "a/b", "example.cn:443", "\xe5\xb8\x82.cn",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.cn", "1.2.3.4/8" };
	g_autoptr(EVP_PKEY) key = EVP_EC_gen("P-256");
	g_autofree char *csr = csr_of(key, EVP_sha256());
	g_autofree char *too_long = g_strnfill(65, 'x');
	const char *hosts[18] = { NULL };
	FnIssue client = { .csr = csr, .subject = { [FN_SUBJECT_CN] = "s" }, .days = 1, .dns = hosts };
	FnIssue server = { .csr = csr, .subject = { [FN_SUBJECT_CN] = "s" }, .days = 1, .dns = hosts, .server = TRUE };

	refused(authority, &server, FN_KEEPER_ERROR_REQUEST); /* no names */
	for (gsize i = 0; i < G_N_ELEMENTS(bad_hosts); i++) {
		hosts[0] = bad_hosts[i];
		refused(authority, &server, FN_KEEPER_ERROR_REQUEST);
	}
	hosts[0] = "a.b";
	refused(authority, &client, FN_KEEPER_ERROR_REQUEST); /* a client has none */
	for (gsize i = 0; i < 17; i++)
		hosts[i] = "a.b";
	refused(authority, &server, FN_KEEPER_ERROR_REQUEST);
	hosts[0] = NULL;
	client.days = 366; /* the root lives for 365 */
	refused(authority, &client, FN_KEEPER_ERROR_REQUEST);
	client.days = 1;
	client.subject[FN_SUBJECT_CN] = too_long;
	refused(authority, &client, FN_KEEPER_ERROR_REQUEST);
	client.subject[FN_SUBJECT_CN] = "s";
	client.subject[FN_SUBJECT_SERIAL] = "@";
	refused(authority, &client, FN_KEEPER_ERROR_REQUEST);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(Authority *, gconstpointer);
	} table[] = {
		{ "/authority/root", test_root },
		{ "/authority/bad-city", test_bad_city },
		{ "/authority/client", test_client },
		{ "/authority/server", test_server },
		{ "/authority/serials-differ", test_serials_differ },
		{ "/authority/keys", test_keys },
		{ "/authority/changed-request", test_changed_request },
		{ "/authority/odd-pem", test_odd_pem },
		{ "/authority/bad-wishes", test_bad_wishes },
	};

	g_test_init(&argc, &argv, NULL);
	g_assert_true(fn_locked_start(NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		g_test_add(table[i].name, Authority, NULL, open_authority, table[i].run, close_authority);
	return g_test_run();
}
