/* For tests: a time-stamping authority with a CA of its own, and a server that answers as it is told. */
#pragma once

#include "base/pool.h"
#include "http/http.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- certificates and stamps ---- */

typedef struct {
	EVP_PKEY *ca_key, *key;
	X509 *ca, *certificate;
	char *ca_pem;
	gboolean refuses;
} TestAuthority;

static inline void
test_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	g_assert_nonnull(extension);
	g_assert_cmpint(X509_add_ext(certificate, extension, -1), ==, 1);
	X509_EXTENSION_free(extension);
}

static inline X509 *
test_certificate(const char *name, long serial, EVP_PKEY *key, X509 *issuer, EVP_PKEY *signer, gboolean stamps)
{
	X509 *certificate = X509_new();
	X509_NAME *subject = X509_get_subject_name(certificate);

	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_set_pubkey(certificate, key);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const guchar *)name, -1, -1, 0);
	X509_set_issuer_name(certificate, issuer != NULL ? X509_get_subject_name(issuer) : subject);
	test_extension(certificate, NID_basic_constraints, stamps ? "critical,CA:FALSE" : "critical,CA:TRUE");
	test_extension(certificate, NID_key_usage, stamps ? "critical,digitalSignature" : "critical,keyCertSign");
	if (stamps)
		test_extension(certificate, NID_ext_key_usage, "critical,timeStamping");
	g_assert_cmpint(X509_sign(certificate, signer, EVP_sha256()), >, 0);
	return certificate;
}

static inline TestAuthority *
test_authority_new(void)
{
	TestAuthority *authority = g_new0(TestAuthority, 1);
	BIO *text = BIO_new(BIO_s_mem());
	char *bytes;
	long size;

	authority->ca_key = EVP_EC_gen("P-256");
	authority->key = EVP_EC_gen("P-256");
	authority->ca = test_certificate("Test CA", 1, authority->ca_key, NULL, authority->ca_key, FALSE);
	authority->certificate = test_certificate("Test TSA", 2, authority->key, authority->ca, authority->ca_key, TRUE);
	PEM_write_bio_X509(text, authority->ca);
	size = BIO_get_mem_data(text, &bytes);
	authority->ca_pem = g_strndup(bytes, (gsize)size);
	BIO_free(text);
	return authority;
}

static inline void
test_authority_free(TestAuthority *authority)
{
	EVP_PKEY_free(authority->ca_key);
	EVP_PKEY_free(authority->key);
	X509_free(authority->ca);
	X509_free(authority->certificate);
	g_free(authority->ca_pem);
	g_free(authority);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestAuthority, test_authority_free)

static inline ASN1_INTEGER *
test_serial(TS_RESP_CTX *context, void *data)
{
	ASN1_INTEGER *serial = ASN1_INTEGER_new();

	ASN1_INTEGER_set(serial, 42);
	return serial;
}

/* The answer to a question, as an authority makes it. */
static inline GBytes *
test_authority_answer(const TestAuthority *authority, const void *question, gsize size)
{
	TS_RESP_CTX *context = TS_RESP_CTX_new();
	BIO *in = BIO_new_mem_buf(question, (int)size);
	ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4.1", 1);
	TS_RESP *response;
	guint8 *der = NULL;
	GBytes *bytes;
	int length;

	g_assert_cmpint(TS_RESP_CTX_set_signer_cert(context, authority->certificate), ==, 1);
	g_assert_cmpint(TS_RESP_CTX_set_signer_key(context, authority->key), ==, 1);
	g_assert_cmpint(TS_RESP_CTX_set_signer_digest(context, EVP_sha256()), ==, 1);
	g_assert_cmpint(TS_RESP_CTX_set_def_policy(context, policy), ==, 1);
	g_assert_cmpint(TS_RESP_CTX_add_md(context, EVP_sha256()), ==, 1);
	if (!authority->refuses)
		g_assert_cmpint(TS_RESP_CTX_add_md(context, EVP_sm3()), ==, 1);
	TS_RESP_CTX_set_serial_cb(context, test_serial, NULL);
	response = TS_RESP_create_response(context, in);
	g_assert_nonnull(response);
	length = i2d_TS_RESP(response, &der);
	g_assert_cmpint(length, >, 0);
	bytes = g_bytes_new(der, (gsize)length);
	OPENSSL_free(der);
	TS_RESP_free(response);
	ASN1_OBJECT_free(policy);
	BIO_free(in);
	TS_RESP_CTX_free(context);
	return bytes;
}

/* ---- a server ---- */

static inline int
test_listen(char **url_out)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
	g_assert_cmpint(listen(fd, 8), ==, 0);
	g_assert_cmpint(getsockname(fd, (struct sockaddr *)&address, &size), ==, 0);
	*url_out = g_strdup_printf("http://127.0.0.1:%u", ntohs(address.sin_port));
	return fd;
}

typedef struct {
	FnHttpServer *http;
	char *url;
	FnMutex mutex;
	FnCond asked_one;
	guint status, asked; /* status 0: never answers */
	const char *type;
	GBytes *body;             /* NULL: the authority answers */
	const TestAuthority *authority;
	FnHttpRequest *held;
} TestStub;

static inline void
test_stub_handle(FnHttpRequest *request, gpointer data)
{
	TestStub *stub = data;
	g_autoptr(GBytes) body = NULL;
	const char *sent;
	gsize size;

	sent = fn_http_body(request, &size);
	fn_mutex_lock(&stub->mutex);
	stub->asked++;
	pthread_cond_broadcast(&stub->asked_one);
	if (stub->status == 0) {
		stub->held = request;
		fn_mutex_unlock(&stub->mutex);
		return;
	}
	body = stub->body != NULL ? g_bytes_ref(stub->body) : test_authority_answer(stub->authority, sent, size);
	fn_mutex_unlock(&stub->mutex);
	sent = g_bytes_get_data(body, &size);
	fn_http_answer(request, stub->status, stub->type, NULL, g_memdup2(sent, size), size);
}

static inline void
test_stub_start(TestStub *stub)
{
	FnHttpOptions options = { .peer_uid = (uid_t)-1, .threads = 1, .body_max = 65536, .connections = 16, .timeout = 60, .handler = test_stub_handle,
		.data = stub };
	g_autoptr(GError) error = NULL;

	pthread_mutex_init(&stub->mutex, NULL);
	pthread_cond_init(&stub->asked_one, NULL);
	options.listen_fd = test_listen(&stub->url);
	stub->http = fn_http_server_new(&options, &error);
	g_assert_no_error(error);
}

/* What it answers from now on. */
static inline void
test_stub_say(TestStub *stub, guint status, const char *type, const char *body)
{
	fn_mutex_lock(&stub->mutex);
	stub->status = status;
	stub->type = type;
	g_clear_pointer(&stub->body, g_bytes_unref);
	if (body != NULL)
		stub->body = g_bytes_new(body, strlen(body));
	fn_mutex_unlock(&stub->mutex);
}

static inline void
test_stub_stop(TestStub *stub)
{
	fn_http_server_free(stub->http, 0);
	if (stub->held != NULL)
		fn_http_answer(stub->held, 500, "text/plain", NULL, NULL, 0);
	g_clear_pointer(&stub->body, g_bytes_unref);
	g_free(stub->url);
	pthread_mutex_destroy(&stub->mutex);
	pthread_cond_destroy(&stub->asked_one);
}
