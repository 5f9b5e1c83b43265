/* Authenticated encryption: SM4-GCM by libgcrypt (OpenSSL 3.0 has none), AES-256-GCM by OpenSSL (ten times libgcrypt's
 * speed where the processor has VAES). */
#include "base/text.h"
#include "crypto/crypto_priv.h"

#include <openssl/evp.h>
#include <string.h>

enum { NONCE = 12, TAG = 16, PIECE = 1 << 30 /* OpenSSL counts in int */ };

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
typedef struct gcry_cipher_handle GcryCipher;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GcryCipher, gcry_cipher_close)

typedef struct {
	const guint8 *key;
	const char *context;
	const guint8 *nonce;
	const guint8 *in;
	guint8 *out;
	gsize size;
	guint8 *tag; /* made when sealing, checked when opening */
	gboolean seal;
} Job;

static gboolean
run_sm4(const Job *job)
{
	g_autoptr(GcryCipher) cipher = NULL;

	if (gcry_cipher_open(&cipher, GCRY_CIPHER_SM4, GCRY_CIPHER_MODE_GCM, 0) != 0 ||
	    gcry_cipher_setkey(cipher, job->key, 16) != 0 || gcry_cipher_setiv(cipher, job->nonce, NONCE) != 0 ||
	    gcry_cipher_authenticate(cipher, job->context, strlen(job->context)) != 0 || gcry_cipher_final(cipher) != 0)
		return FALSE;
	if (job->seal)
		return gcry_cipher_encrypt(cipher, job->out, job->size, job->in, job->size) == 0 &&
			gcry_cipher_gettag(cipher, job->tag, TAG) == 0;
	return gcry_cipher_decrypt(cipher, job->out, job->size, job->in, job->size) == 0 &&
		gcry_cipher_checktag(cipher, job->tag, TAG) == 0;
}

static gboolean
aes_pieces(EVP_CIPHER_CTX *cipher, const Job *job)
{
	int got;

	for (gsize done = 0; done < job->size; done += (gsize)got) {
		int piece = (int)MIN(job->size - done, (gsize)PIECE);

		if (EVP_CipherUpdate(cipher, job->out + done, &got, job->in + done, piece) != 1 || got != piece)
			return FALSE;
	}
	return TRUE;
}

static gboolean
run_aes(const Job *job)
{
	g_autoptr(EVP_CIPHER_CTX) cipher = EVP_CIPHER_CTX_new();
	gsize context_size = strlen(job->context);
	guint8 rest[TAG];
	int got;

	g_assert(context_size <= PIECE);
	if (cipher == NULL || EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), NULL, job->key, job->nonce, job->seal) != 1 ||
	    (context_size > 0 && EVP_CipherUpdate(cipher, NULL, &got, (const guint8 *)job->context, (int)context_size) != 1) ||
	    !aes_pieces(cipher, job))
		return FALSE;
	if (!job->seal && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG, job->tag) != 1)
		return FALSE;
	if (EVP_CipherFinal_ex(cipher, rest, &got) != 1)
		return FALSE;
	return !job->seal || EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG, job->tag) == 1;
}

static gboolean
run(FnSuite suite, const Job *job)
{
	fn_crypto_init();
	switch (suite) {
	case FN_SUITE_GM:
		return run_sm4(job);
	case FN_SUITE_INTL:
		return run_aes(job);
	}
	g_assert_not_reached();
}

guint8 *
fn_seal(FnSuite suite, const guint8 *key, const char *context, const void *data, gsize size, gsize *size_out)
{
	guint8 *sealed = g_malloc(size + FN_SEAL_OVERHEAD);
	Job job = { .key = key, .context = context, .nonce = sealed, .in = data, .out = sealed + NONCE, .size = size,
		.tag = sealed + NONCE + size, .seal = TRUE };
	gboolean worked;

	fn_random(sealed, NONCE);
	worked = run(suite, &job);
	g_assert(worked); /* a right key size and algorithm cannot fail */
	*size_out = size + FN_SEAL_OVERHEAD;
	return sealed;
}

guint8 *
fn_open(FnSuite suite, const guint8 *key, const char *context, const void *sealed, gsize size, gsize *size_out, GError **error)
{
	const guint8 *bytes = sealed;
	guint8 tag[TAG];
	Job job = { .key = key, .context = context, .nonce = bytes, .tag = tag };
	g_autofree guint8 *out = NULL;

	if (size < FN_SEAL_OVERHEAD) {
		g_set_error(error, FN_CRYPTO_ERROR, FN_CRYPTO_ERROR_OPEN, "sealed data is shorter than its frame: it was cut");
		return NULL;
	}
	job.in = bytes + NONCE;
	job.size = size - FN_SEAL_OVERHEAD;
	memcpy(tag, bytes + NONCE + job.size, TAG);
	if ((job.out = out = g_try_malloc(job.size + 1)) == NULL) {
		g_set_error(error, FN_CRYPTO_ERROR, FN_CRYPTO_ERROR_LIBRARY, "no memory for %" G_GSIZE_FORMAT " bytes", job.size);
		return NULL;
	}
	if (!run(suite, &job)) {
		explicit_bzero(out, job.size); /* bytes that nobody vouches for */
		fn_openssl_failed(FN_CRYPTO_ERROR_OPEN, "sealed data does not open: it, its key or its context is another", error);
		return NULL;
	}
	out[job.size] = '\0';
	*size_out = job.size;
	return g_steal_pointer(&out);
}
