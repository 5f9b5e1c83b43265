/* The witness' own keys: two private keys in one PEM file, first Ed25519, then SM2, as `openssl genpkey` writes them too. */
#include "witness/witness_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 8192

static const char *const type[FN_WITNESS_TREES] = { [FN_WITNESS_SHA256] = "ED25519", [FN_WITNESS_SM3] = "SM2" };

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_MD_CTX, EVP_MD_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free)

static gboolean
fail(GError **error, const char *path, const char *why)
{
	g_set_error(error, FN_WITNESS_ERROR, FN_WITNESS_ERROR_OPEN, "%s: %s", path, why);
	return FALSE;
}

/* ---- making ---- */

static gboolean
write_pairs(BIO *to)
{
	for (guint i = 0; i < FN_WITNESS_TREES; i++) {
		g_autoptr(EVP_PKEY) pair = EVP_PKEY_Q_keygen(NULL, NULL, type[i]);

		if (pair == NULL || PEM_write_bio_PKCS8PrivateKey(to, pair, NULL, NULL, 0, NULL, NULL) != 1)
			return FALSE;
	}
	return TRUE;
}

gboolean
fn_witness_keys_make(const char *path, GError **error)
{
	g_autoptr(BIO) text = BIO_new(BIO_s_secmem());
	char *bytes = NULL;
	gboolean made;
	long size;
	int fd;

	fn_crypto_init();
	if (text == NULL || !write_pairs(text))
		return fn_openssl_failed(FN_CRYPTO_ERROR_LIBRARY, "cannot make keys", error);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(error, path, g_strerror(errno));
	size = BIO_get_mem_data(text, &bytes);
	made = write(fd, bytes, (size_t)size) == size && fsync(fd) == 0;
	if (!made) {
		fail(error, path, g_strerror(errno));
		unlink(path);
	}
	close(fd);
	return made;
}

/* ---- loading ---- */

/* A key that others may read is no key of ours any more. */
static gboolean
is_private(int fd, const char *path, GError **error)
{
	struct stat about;

	if (fstat(fd, &about) != 0)
		return fail(error, path, g_strerror(errno));
	if (!S_ISREG(about.st_mode) || about.st_size > FILE_MAX)
		return fail(error, path, "not a file of keys");
	if ((about.st_mode & 0077) != 0)
		return fail(error, path, "others may read or write it: chmod 600, and ask yourself who has read it");
	return TRUE;
}

static gboolean
read_pairs(FnWitnessKeys *keys, int fd, const char *path, GError **error)
{
	guint8 bytes[FILE_MAX];
	ssize_t size = pread(fd, bytes, sizeof(bytes), 0);
	g_autoptr(BIO) text = size > 0 ? BIO_new_mem_buf(bytes, (int)size) : NULL;
	gboolean good = text != NULL;

	for (guint i = 0; good && i < FN_WITNESS_TREES; i++) {
		keys->pair[i] = PEM_read_bio_PrivateKey(text, NULL, NULL, (void *)"");
		good = keys->pair[i] != NULL && EVP_PKEY_is_a(keys->pair[i], type[i]) == 1;
	}
	explicit_bzero(bytes, sizeof(bytes));
	return good || fn_openssl_failed(FN_CRYPTO_ERROR_KEY, path, error);
}

static gboolean
publish(FnWitnessKeys *keys, const char *name, GError **error)
{
	guint8 raw[32], point[65];
	gsize raw_size = sizeof(raw), point_size = 0;
	g_autofree char *text = NULL;

	if (EVP_PKEY_get_raw_public_key(keys->pair[FN_WITNESS_SHA256], raw, &raw_size) != 1 || raw_size != sizeof(raw) ||
	    EVP_PKEY_get_octet_string_param(keys->pair[FN_WITNESS_SM3], OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &point_size) != 1 ||
	    point_size != sizeof(point))
		return fn_openssl_failed(FN_CRYPTO_ERROR_KEY, "no public half", error);
	keys->gm_text = fn_public_key_text(FN_SUITE_GM, point);
	text = fn_note_key_text(name, FN_NOTE_COSIGNATURE, raw);
	keys->key = fn_note_key_parse(text, FN_NOTE_COSIGNATURE, error);
	return keys->key != NULL;
}

gboolean
fn_witness_keys_load(FnWitnessKeys *keys, const char *path, const char *name, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	gboolean good;

	fn_crypto_init();
	if (fd < 0)
		return fail(error, path, g_strerror(errno));
	good = is_private(fd, path, error) && read_pairs(keys, fd, path, error) && publish(keys, name, error);
	close(fd);
	return good;
}

void
fn_witness_keys_clear(FnWitnessKeys *keys)
{
	for (guint i = 0; i < FN_WITNESS_TREES; i++)
		EVP_PKEY_free(keys->pair[i]);
	fn_note_key_free(keys->key);
	g_free(keys->gm_text);
	memset(keys, 0, sizeof(*keys));
}

/* ---- signing ---- */

/* With valid keys and memory there is no way for this to fail. */
static gsize
sign(EVP_PKEY *pair, gboolean gm, const void *message, gsize size, guint8 *signature_out, gsize room)
{
	OSSL_PARAM id[] = {
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_DIST_ID, (char *)FN_SM2_ID, strlen(FN_SM2_ID)),
		OSSL_PARAM_construct_end(),
	};
	g_autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();
	int done = EVP_DigestSignInit_ex(context, NULL, gm ? "SM3" : NULL, NULL, NULL, pair, gm ? id : NULL);

	g_assert(done == 1);
	done = EVP_DigestSign(context, signature_out, &room, message, size);
	g_assert(done == 1);
	return room;
}

char *
fn_witness_cosign(const FnWitnessKeys *keys, FnSpan body, guint64 time)
{
	g_autofree char *text = fn_cosigned_text(body, time);
	guint8 signature[64];

	sign(keys->pair[FN_WITNESS_SHA256], FALSE, text, strlen(text), signature, sizeof(signature));
	return fn_cosignature_line(keys->key, time, signature);
}

char *
fn_witness_cosign_sm3(const FnWitnessKeys *keys, const FnHead *head, guint64 time)
{
	g_autofree char *text = fn_cosigned_sm3_text(head->origin, head->size, head->sm3, time);
	gsize size;
	g_autofree guint8 *bytes = fn_signed_bytes(FN_COSIGN_PURPOSE, text, strlen(text), &size);
	guint8 signature[80];

	size = sign(keys->pair[FN_WITNESS_SM3], TRUE, bytes, size, signature, sizeof(signature));
	return fn_cosignature_sm2_line(time, signature, size);
}
