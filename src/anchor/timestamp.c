#include "anchor/timestamp.h"

#include "base/text.h"
#include "ledger/cosign.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <string.h>
#include <time.h>

#define NONCE_SIZE 16

struct FnTimestampRequest {
	TS_REQ *request;
};

G_DEFINE_QUARK(fn-timestamp-error-quark, fn_timestamp_error)

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TS_REQ, TS_REQ_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TS_RESP, TS_RESP_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TS_MSG_IMPRINT, TS_MSG_IMPRINT_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TS_VERIFY_CTX, TS_VERIFY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TS_TST_INFO, TS_TST_INFO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PKCS7, PKCS7_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_STORE, X509_STORE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_ALGOR, X509_ALGOR_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ASN1_INTEGER, ASN1_INTEGER_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free)

/* What a stamp may be made over; an older digest says nothing any more. */
static const struct {
	const char *name;
	int nid;
} digests[] = {
	{ "sha256", NID_sha256 },
	{ "sm3", NID_sm3 },
};

/* Always FALSE. The queue of OpenSSL's errors has the reason, and is emptied. */
static gboolean
fail(GError **error, FnTimestampError code, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	g_set_error(error, FN_TIMESTAMP_ERROR, code, "%s%s%s", what, reason != NULL ? ": " : "", reason != NULL ? reason : "");
	ERR_clear_error();
	return FALSE;
}

static void
digest_of(int nid, const void *data, gsize size, guint8 digest_out[FN_DIGEST_SIZE])
{
	if (nid == NID_sm3)
		fn_sm3(data, size, digest_out);
	else
		fn_sha256(data, size, digest_out);
}

/* ---- asking ---- */

static gboolean
set_imprint(TS_REQ *request, int nid, const void *data, gsize size)
{
	g_autoptr(TS_MSG_IMPRINT) imprint = TS_MSG_IMPRINT_new();
	g_autoptr(X509_ALGOR) algorithm = X509_ALGOR_new();
	guint8 digest[FN_DIGEST_SIZE];

	digest_of(nid, data, size, digest);
	return imprint != NULL && algorithm != NULL && X509_ALGOR_set0(algorithm, OBJ_nid2obj(nid), V_ASN1_NULL, NULL) == 1 &&
		TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 && TS_MSG_IMPRINT_set_msg(imprint, digest, sizeof(digest)) == 1 &&
		TS_REQ_set_msg_imprint(request, imprint) == 1;
}

static gboolean
set_nonce(TS_REQ *request)
{
	g_autoptr(ASN1_INTEGER) nonce = NULL;
	guint8 bytes[NONCE_SIZE];
	BIGNUM *number;

	fn_random(bytes, sizeof(bytes));
	bytes[0] |= 0x40; /* never short, never negative */
	bytes[0] &= 0x7f;
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	nonce = number != NULL ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
	BN_free(number);
	return nonce != NULL && TS_REQ_set_nonce(request, nonce) == 1;
}

FnTimestampRequest *
fn_timestamp_request_new(const char *digest, const void *data, gsize size, GError **error)
{
	g_autoptr(TS_REQ) request = NULL;
	FnTimestampRequest *result;
	int nid = NID_undef;

	fn_crypto_init();
	for (gsize i = 0; i < G_N_ELEMENTS(digests); i++)
		if (g_str_equal(digests[i].name, digest))
			nid = digests[i].nid;
	if (nid == NID_undef)
		return fail(error, FN_TIMESTAMP_ERROR_REQUEST, "the digest of time stamps is sha256 or sm3"), NULL;
	request = TS_REQ_new();
	if (request == NULL || TS_REQ_set_version(request, 1) != 1 || !set_imprint(request, nid, data, size) || !set_nonce(request) ||
	    TS_REQ_set_cert_req(request, 1) != 1)
		return fail(error, FN_TIMESTAMP_ERROR_REQUEST, "cannot ask for a time stamp"), NULL;
	result = g_new0(FnTimestampRequest, 1);
	result->request = g_steal_pointer(&request);
	return result;
}

void
fn_timestamp_request_free(FnTimestampRequest *request)
{
	if (request == NULL)
		return;
	TS_REQ_free(request->request);
	g_free(request);
}

GBytes *
fn_timestamp_request_bytes(const FnTimestampRequest *request)
{
	guint8 *der = NULL;
	int size = i2d_TS_REQ(request->request, &der);
	GBytes *bytes;

	g_assert(size > 0);
	bytes = g_bytes_new(der, (gsize)size);
	OPENSSL_free(der);
	return bytes;
}

/* ---- verifying ---- */

static gboolean
add_certificates(X509_STORE *store, const char *ca)
{
	g_autoptr(BIO) text = BIO_new_mem_buf(ca, -1);
	guint count = 0;
	X509 *certificate;

	while (text != NULL && (certificate = PEM_read_bio_X509(text, NULL, NULL, NULL)) != NULL) {
		count += X509_STORE_add_cert(store, certificate) == 1;
		X509_free(certificate);
	}
	ERR_clear_error(); /* the end of the text is an error to it */
	return count > 0;
}

/* Certificates count as of @time; 0: as of now. */
static X509_STORE *
trust(const char *ca, guint64 time, GError **error)
{
	g_autoptr(X509_STORE) store = X509_STORE_new();

	if (store == NULL || (ca != NULL ? !add_certificates(store, ca) : X509_STORE_set_default_paths(store) != 1))
		return fail(error, FN_TIMESTAMP_ERROR_REQUEST, "no CA certificates for time stamps"), NULL;
	if (time != 0)
		X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)time);
	return g_steal_pointer(&store);
}

/* When the token was made, and over which digest. */
static gboolean
read_info(PKCS7 *token, guint64 *time_out, int *nid_out)
{
	g_autoptr(TS_TST_INFO) info = PKCS7_to_TS_TST_INFO(token);
	const ASN1_GENERALIZEDTIME *made = info != NULL ? TS_TST_INFO_get_time(info) : NULL;
	const ASN1_OBJECT *object = NULL;
	struct tm civil;
	time_t time;

	if (made == NULL || ASN1_TIME_to_tm(made, &civil) != 1 || (time = timegm(&civil)) <= 0)
		return FALSE;
	X509_ALGOR_get0(&object, NULL, NULL, TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(info)));
	*time_out = (guint64)time;
	*nid_out = OBJ_obj2nid(object);
	return TRUE;
}

GBytes *
fn_timestamp_take(const FnTimestampRequest *request, const void *answer, gsize size, const char *ca, guint64 *time_out, GError **error)
{
	const guint8 *at = answer;
	g_autoptr(TS_RESP) response = size <= FN_STAMP_MAX ? d2i_TS_RESP(NULL, &at, (long)size) : NULL;
	g_autoptr(TS_VERIFY_CTX) context = NULL;
	X509_STORE *store;
	guint8 *der = NULL;
	GBytes *bytes;
	int nid, length;

	if (response == NULL || at != (const guint8 *)answer + size)
		return fail(error, FN_TIMESTAMP_ERROR_REFUSED, "the answer is none of a time-stamping authority"), NULL;
	if (TS_RESP_get_token(response) == NULL)
		return fail(error, FN_TIMESTAMP_ERROR_REFUSED, "the time-stamping authority refused"), NULL;
	context = TS_REQ_to_TS_VERIFY_CTX(request->request, NULL);
	store = trust(ca, 0, error);
	if (context == NULL || store == NULL)
		return X509_STORE_free(store), NULL;
	TS_VERIFY_CTX_set_store(context, store);
	TS_VERIFY_CTX_add_flags(context, TS_VFY_SIGNATURE);
	if (TS_RESP_verify_response(context, response) != 1 || !read_info(TS_RESP_get_token(response), time_out, &nid))
		return fail(error, FN_TIMESTAMP_ERROR_TOKEN, "the time stamp does not verify"), NULL;
	length = i2d_PKCS7(TS_RESP_get_token(response), &der);
	g_assert(length > 0);
	bytes = g_bytes_new(der, (gsize)length);
	OPENSSL_free(der);
	return bytes;
}

static gboolean
is_known(int nid)
{
	for (gsize i = 0; i < G_N_ELEMENTS(digests); i++)
		if (digests[i].nid == nid)
			return TRUE;
	return FALSE;
}

gboolean
fn_timestamp_verify(const void *data, gsize size, const void *token, gsize token_size, const char *ca, guint64 *time_out, GError **error)
{
	const guint8 *at = token;
	g_autoptr(PKCS7) parsed = NULL;
	g_autoptr(TS_VERIFY_CTX) context = NULL;
	guint8 *imprint;
	X509_STORE *store;
	guint64 time;
	int nid = NID_undef;

	fn_crypto_init();
	if (token_size <= FN_STAMP_MAX)
		parsed = d2i_PKCS7(NULL, &at, (long)token_size);
	if (parsed == NULL || at != (const guint8 *)token + token_size || !PKCS7_type_is_signed(parsed) || !read_info(parsed, &time, &nid) || !is_known(nid))
		return fail(error, FN_TIMESTAMP_ERROR_TOKEN, "not a time stamp over SHA-256 or SM3");
	if ((store = trust(ca, time, error)) == NULL)
		return FALSE;
	context = TS_VERIFY_CTX_new();
	g_assert(context != NULL);
	imprint = OPENSSL_malloc(FN_DIGEST_SIZE);
	g_assert(imprint != NULL);
	digest_of(nid, data, size, imprint);
	TS_VERIFY_CTX_set_store(context, store); /* both are the context's from here on */
	TS_VERIFY_CTX_set_imprint(context, imprint, FN_DIGEST_SIZE);
	TS_VERIFY_CTX_add_flags(context, TS_VFY_SIGNATURE | TS_VFY_VERSION | TS_VFY_IMPRINT);
	if (TS_RESP_verify_token(context, parsed) != 1)
		return fail(error, FN_TIMESTAMP_ERROR_TOKEN, "the time stamp does not verify");
	*time_out = time;
	return TRUE;
}

gboolean
fn_timestamp_verify_kept(const char *text, gsize size, const char *gm_key, const char *intl_key, const char *ca, guint64 *size_out,
	guint64 *time_out, GError **error)
{
	g_autoptr(GBytes) token = NULL;
	g_auto(FnHead) head = { 0 };
	guint64 said, time;
	const char *end;

	if (!fn_stamped_parse(text, size, gm_key, intl_key, &head, &said, &token, error))
		return FALSE;
	end = memchr(text, '\n', size);
	if (!fn_timestamp_verify(text, (gsize)(end - text), g_bytes_get_data(token, NULL), g_bytes_get_size(token), ca, &time, error))
		return FALSE;
	if (time != said)
		return fail(error, FN_TIMESTAMP_ERROR_TOKEN, "the time beside the stamp is not the stamp's");
	*size_out = head.size;
	*time_out = time;
	return TRUE;
}
