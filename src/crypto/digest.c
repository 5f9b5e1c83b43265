/* Digests, HMAC and HKDF on libgcrypt's one-shot scatter call: no context to allocate, and for SM3 of the small inputs that
 * trees are made of a quarter faster than OpenSSL's (2.3 against 1.85 million nodes a second on the machine of the
 * benchmarks); SHA-256 is even. */
#include "crypto/crypto_priv.h"

#include <string.h>

enum { BLOCK = 64 }; /* of SM3 and of SHA-256 */

struct FnDigest {
	gcry_md_hd_t handle;
};

static gcry_buffer_t
part(const void *data, gsize size)
{
	return (gcry_buffer_t){ .data = size > 0 ? (void *)data : (void *)"", .len = size };
}

static void
hash(int algorithm, gcry_buffer_t *parts, int count, guint8 out[FN_DIGEST_SIZE])
{
	gcry_error_t failed = gcry_md_hash_buffers(algorithm, 0, out, parts, count);

	g_assert(failed == 0);
}

void
fn_sm3(const void *data, gsize size, guint8 out[FN_DIGEST_SIZE])
{
	gcry_buffer_t parts[] = { part(data, size) };

	hash(fn_suite_digest(FN_SUITE_GM), parts, 1, out);
}

void
fn_sha256(const void *data, gsize size, guint8 out[FN_DIGEST_SIZE])
{
	gcry_buffer_t parts[] = { part(data, size) };

	hash(fn_suite_digest(FN_SUITE_INTL), parts, 1, out);
}

void
fn_tree_leaf(FnSuite suite, const void *data, gsize size, guint8 out[FN_DIGEST_SIZE])
{
	gcry_buffer_t parts[] = { part("\x00", 1), part(data, size) };

	hash(fn_suite_digest(suite), parts, 2, out);
}

void
fn_tree_node(FnSuite suite, const guint8 left[FN_DIGEST_SIZE], const guint8 right[FN_DIGEST_SIZE], guint8 out[FN_DIGEST_SIZE])
{
	gcry_buffer_t parts[] = { part("\x01", 1), part(left, FN_DIGEST_SIZE), part(right, FN_DIGEST_SIZE) };

	hash(fn_suite_digest(suite), parts, 3, out);
}

FnDigest *
fn_digest_new(FnSuite suite)
{
	FnDigest *digest = g_new0(FnDigest, 1);
	gcry_error_t failed = gcry_md_open(&digest->handle, fn_suite_digest(suite), 0);

	g_assert(failed == 0);
	return digest;
}

void
fn_digest_add(FnDigest *digest, const void *data, gsize size)
{
	gcry_md_write(digest->handle, data, size);
}

void
fn_digest_peek(const FnDigest *digest, guint8 out[FN_DIGEST_SIZE])
{
	gcry_md_hd_t copy; /* reading ends a handle */
	gcry_error_t failed = gcry_md_copy(&copy, digest->handle);

	g_assert(failed == 0);
	memcpy(out, gcry_md_read(copy, 0), FN_DIGEST_SIZE);
	gcry_md_close(copy);
}

void
fn_digest_free(FnDigest *digest)
{
	if (digest == NULL)
		return;
	gcry_md_close(digest->handle);
	g_free(digest);
}

/* HMAC (RFC 2104) of @count parts, which stand in @parts from index 1 on; index 0 is for the padded key. */
static void
hmac(int algorithm, const void *key, gsize key_size, gcry_buffer_t *parts, int count, guint8 out[FN_DIGEST_SIZE])
{
	guint8 inner[BLOCK] = { 0 }, outer[BLOCK];
	guint8 middle[FN_DIGEST_SIZE];
	gcry_buffer_t whole = part(key, key_size);
	gcry_buffer_t last[] = { part(outer, BLOCK), part(middle, FN_DIGEST_SIZE) };

	if (key_size > BLOCK)
		hash(algorithm, &whole, 1, inner);
	else if (key_size > 0)
		memcpy(inner, key, key_size);
	for (gsize i = 0; i < BLOCK; i++) {
		outer[i] = inner[i] ^ 0x5c;
		inner[i] ^= 0x36;
	}
	parts[0] = part(inner, BLOCK);
	hash(algorithm, parts, count + 1, middle);
	hash(algorithm, last, 2, out);
	explicit_bzero(inner, sizeof inner);
	explicit_bzero(outer, sizeof outer);
	explicit_bzero(middle, sizeof middle);
}

void
fn_hmac(FnSuite suite, const void *key, gsize key_size, const void *data, gsize size, guint8 out[FN_DIGEST_SIZE])
{
	gcry_buffer_t parts[] = { part(NULL, 0), part(data, size) };

	hmac(fn_suite_digest(suite), key, key_size, parts, 1, out);
}

/* libgcrypt leaves the last digest, here a key, in the dead part of the stack. */
static void __attribute__((noinline))
wipe_below(void)
{
	guint8 below[4096];

	explicit_bzero(below, sizeof below);
}

void
fn_hkdf_salted(FnSuite suite, const void *key, gsize key_size, const void *salt, gsize salt_size, const void *info,
	gsize info_size, guint8 *out, gsize out_size)
{
	int algorithm = fn_suite_digest(suite);
	guint8 extracted[FN_DIGEST_SIZE], block[FN_DIGEST_SIZE];
	gcry_buffer_t parts[4] = { part(NULL, 0), part(key, key_size) };

	g_assert(out_size <= 255 * FN_DIGEST_SIZE);
	hmac(algorithm, salt, salt_size, parts, 1, extracted);
	for (gsize done = 0, round = 1; done < out_size; round++) {
		guint8 number = (guint8)round;
		gsize wanted = MIN(out_size - done, sizeof block);

		parts[1] = part(block, round == 1 ? 0 : sizeof block);
		parts[2] = part(info, info_size);
		parts[3] = part(&number, 1);
		hmac(algorithm, extracted, sizeof extracted, parts, 3, block);
		memcpy(out + done, block, wanted);
		done += wanted;
	}
	explicit_bzero(extracted, sizeof extracted);
	explicit_bzero(block, sizeof block);
	wipe_below();
}

void
fn_hkdf(FnSuite suite, const void *key, gsize key_size, const char *context, guint8 *out, gsize out_size)
{
	fn_hkdf_salted(suite, key, key_size, NULL, 0, context, strlen(context), out, out_size);
}
