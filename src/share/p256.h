/* ECDSA on P-256 (FIPS 186-4) for a key that verifies again and again: multiples of the key are computed once, as the library
 * has them for the curve's own generator, which more than halves the time of a verification. Verifies only; nothing here is
 * secret. Group arithmetic is OpenSSL's. */
#pragma once

#include <glib.h>
#include <openssl/evp.h>

typedef struct FnP256 FnP256; /* immutable, thread-safe */
/* About 20 ms and 150 KiB. NULL when @key is no public key on P-256. */
FnP256 *fn_p256_new(EVP_PKEY *key);
void fn_p256_free(FnP256 *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnP256, fn_p256_free)
/* @signature: r || s. */
gboolean fn_p256_verify(const FnP256 *key, const guint8 digest[32], const guint8 signature[64]);
