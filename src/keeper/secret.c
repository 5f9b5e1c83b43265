#include "keeper/keeper_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
read_secret(int fd, guint8 *secret, GError **error)
{
	struct stat about;
	gsize done = 0;

	if (fstat(fd, &about) != 0)
		return fn_keeper_fail(error, FN_KEEPER_ERROR_SECRET, "descriptor %d: %s: hand the secret over on it", fd,
			g_strerror(errno));
	if (S_ISREG(about.st_mode) && about.st_size != FN_KEEPER_SECRET)
		return fn_keeper_fail(error, FN_KEEPER_ERROR_SECRET, "the unseal secret must have exactly 32 bytes, this file has %ld",
			(long)about.st_size);
	while (done < FN_KEEPER_SECRET) {
		ssize_t got = read(fd, secret + done, FN_KEEPER_SECRET - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fn_keeper_fail(error, FN_KEEPER_ERROR_SECRET, "descriptor %d: %s", fd, g_strerror(errno));
		if (got == 0)
			return fn_keeper_fail(error, FN_KEEPER_ERROR_SECRET, "the unseal secret ended after %zu of 32 bytes", done);
		done += (gsize)got;
	}
	return TRUE;
}

guint8 *
fn_keeper_secret_read(int fd, GError **error)
{
	guint8 *secret;

	if (!fn_locked_start(error))
		return NULL;
	secret = fn_locked_new(FN_KEEPER_SECRET);
	/* A file that a supervisor hands to every new keeper stands where the last one left it; a pipe cannot be wound back. */
	lseek(fd, 0, SEEK_SET);
	if (!read_secret(fd, secret, error))
		g_clear_pointer(&secret, fn_keeper_secret_free);
	close(fd);
	return secret;
}

void
fn_keeper_secret_free(guint8 *secret)
{
	fn_locked_free(secret, FN_KEEPER_SECRET);
}

gboolean
fn_keeper_lock_memory(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	/* With a limit, later allocations of a user without privileges would fail. */
	return setrlimit(RLIMIT_MEMLOCK, &limit) == 0 && mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}
