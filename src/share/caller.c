#include "share/caller.h"

#include "base/pool.h"
#include "base/text.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#define ESCAPED_MAX (16 * 1024)
#define OFTEN       32 /* calls after which a key is prepared */
#define FAST_MOST   64 /* prepared keys: 150 KiB each */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free)

void
fn_caller_unref(FnCaller *caller)
{
	if (caller == NULL || !g_atomic_int_dec_and_test(&caller->references))
		return;
	fn_p256_free(caller->fast);
	EVP_PKEY_free(caller->key);
	g_free(caller);
}

const FnP256 *
fn_caller_fast(FnCaller *caller)
{
	return g_atomic_pointer_get(&caller->fast);
}

/* Only '%XX' means something; '+' stays a plus, for base64 is full of them. */
static char *
unescape(const char *text)
{
	char *out = g_malloc(strlen(text) + 1), *to = out;

	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '%') {
			int high = g_ascii_xdigit_value(p[1]), low = high < 0 ? -1 : g_ascii_xdigit_value(p[2]);

			if (low < 0) {
				g_free(out);
				return NULL;
			}
			*to++ = (char)(high << 4 | low);
			p += 2;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
	return out;
}

static gboolean
moment(const ASN1_TIME *time, gint64 *us_out)
{
	struct tm parts;
	time_t seconds;

	if (ASN1_TIME_to_tm(time, &parts) != 1)
		return FALSE;
	seconds = timegm(&parts);
	*us_out = (gint64)seconds * G_USEC_PER_SEC;
	return TRUE;
}

static gboolean
fill(FnCaller *caller, X509 *certificate)
{
	guint8 digest[32];
	unsigned n = sizeof(digest);

	if (X509_digest(certificate, EVP_sha256(), digest, &n) != 1)
		return FALSE;
	for (guint i = 0; i < sizeof(digest); i++)
		g_snprintf(caller->fingerprint + 2 * i, 3, "%02x", digest[i]);
	caller->key = X509_get_pubkey(certificate);
	return caller->key != NULL && moment(X509_get0_notBefore(certificate), &caller->not_before) &&
		moment(X509_get0_notAfter(certificate), &caller->not_after);
}

FnCaller *
fn_caller_parse(const char *escaped, GError **error)
{
	g_autofree char *pem = strnlen(escaped, ESCAPED_MAX + 1) <= ESCAPED_MAX ? unescape(escaped) : NULL;
	g_autoptr(BIO) in = pem != NULL ? BIO_new_mem_buf(pem, -1) : NULL;
	g_autoptr(X509) certificate = in != NULL ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
	g_autoptr(FnCaller) caller = g_new0(FnCaller, 1);

	caller->references = 1;
	if (certificate == NULL || !fill(caller, certificate)) {
		fn_openssl_failed(FN_CRYPTO_ERROR_KEY, "certificate", NULL); /* empties OpenSSL's queue */
		g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_CERTIFICATE, "the door passed on something that is no certificate");
		return NULL;
	}
	return g_steal_pointer(&caller);
}

/* ---- those seen lately ---- */

struct FnCallers {
	FnMutex mutex;
	guint most, fast;
	GHashTable *seen; /* digest (32 bytes) → FnCaller */
};

static guint
digest_hash(gconstpointer key)
{
	guint hash;

	memcpy(&hash, key, sizeof(hash)); /* the key is a digest: any part of it is as good as a hash */
	return hash;
}

static gboolean
digest_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, FN_DIGEST_SIZE) == 0;
}

FnCallers *
fn_callers_new(guint most)
{
	FnCallers *callers = g_new0(FnCallers, 1);

	callers->mutex = (FnMutex)FN_MUTEX_INIT;
	callers->most = most;
	callers->seen = g_hash_table_new_full(digest_hash, digest_equal, g_free, (GDestroyNotify)fn_caller_unref);
	return callers;
}

void
fn_callers_free(FnCallers *callers)
{
	if (callers == NULL)
		return;
	g_hash_table_unref(callers->seen);
	g_free(callers);
}

/* *prepare_out: this caller comes often; whoever is told so prepares its key, and nobody else is. */
static FnCaller *
find(FnCallers *callers, const guint8 *digest, gboolean *prepare_out)
{
	FnCaller *caller;

	fn_mutex_lock(&callers->mutex);
	caller = g_hash_table_lookup(callers->seen, digest);
	*prepare_out = caller != NULL && caller->uses < OFTEN && ++caller->uses == OFTEN && callers->fast < FAST_MOST;
	callers->fast += *prepare_out;
	if (caller != NULL)
		g_atomic_int_inc(&caller->references);
	fn_mutex_unlock(&callers->mutex);
	return caller;
}

FnCaller *
fn_callers_get(FnCallers *callers, const char *escaped, GError **error)
{
	guint8 digest[FN_DIGEST_SIZE];
	gboolean prepare;
	FnCaller *caller;

	fn_sha256(escaped, strlen(escaped), digest);
	caller = find(callers, digest, &prepare);
	if (caller != NULL) {
		if (prepare)
			g_atomic_pointer_set(&caller->fast, fn_p256_new(caller->key));
		return caller;
	}
	caller = fn_caller_parse(escaped, error);
	if (caller == NULL)
		return NULL;
	fn_mutex_lock(&callers->mutex);
	if (g_hash_table_size(callers->seen) >= callers->most) {
		g_hash_table_remove_all(callers->seen); /* a crowd of strangers costs the others one parse each */
		callers->fast = 0;
	}
	g_atomic_int_inc(&caller->references);
	g_hash_table_replace(callers->seen, g_memdup2(digest, sizeof(digest)), caller);
	fn_mutex_unlock(&callers->mutex);
	return caller;
}
