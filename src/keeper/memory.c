/* OpenSSL's secure heap serves as the locked arena: guarded on both sides, mlock()ed, MADV_DONTDUMP, and OpenSSL keeps the
 * private numbers of EC keys in it by itself (of Ed25519 keys, in 3.0, only sometimes: see fn_keeper_pair()). */
#include "keeper/keeper_priv.h"

#include <openssl/crypto.h>
#include <pthread.h>

enum { ARENA = 1 << 18, LEAST = 32 };

static gboolean locked; /* written once, under pthread_once() */

static void
start(void)
{
	locked = CRYPTO_secure_malloc_init(ARENA, LEAST) == 1; /* 2: there, but not locked */
}

gboolean
fn_locked_start(GError **error)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	fn_crypto_init();
	pthread_once(&once, start);
	if (locked)
		return TRUE;
	return fn_keeper_fail(error, FN_KEEPER_ERROR_MEMORY,
		"256 KiB of memory cannot be locked: raise the limit (ulimit -l, LimitMEMLOCK=)");
}

gpointer
fn_locked_new(gsize size)
{
	gpointer memory = OPENSSL_secure_zalloc(size);

	g_assert(memory != NULL && CRYPTO_secure_allocated(memory));
	return memory;
}

void
fn_locked_free(gpointer memory, gsize size)
{
	OPENSSL_secure_clear_free(memory, size);
}
