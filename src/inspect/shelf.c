#include "inspect/inspect_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

gboolean
fn_shelf_open(FnShelf *shelf, gsize head)
{
	*shelf = (FnShelf){ .fd = memfd_create("document", MFD_CLOEXEC | MFD_ALLOW_SEALING) };
	if (shelf->fd >= 0 && lseek(shelf->fd, (off_t)head, SEEK_SET) == (off_t)head)
		return TRUE;
	fn_shelf_close(shelf);
	return FALSE;
}

gboolean
fn_shelf_add(FnShelf *shelf, const void *bytes, gsize size)
{
	const guint8 *at = bytes;

	while (size > 0) {
		ssize_t written = write(shelf->fd, at, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return FALSE;
		at += written;
		size -= (gsize)written;
		shelf->size += (guint64)written;
	}
	return TRUE;
}

gboolean
fn_shelf_seal(FnShelf *shelf)
{
	return fcntl(shelf->fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0 &&
	       lseek(shelf->fd, 0, SEEK_SET) == 0;
}

void
fn_shelf_close(FnShelf *shelf)
{
	if (shelf->fd >= 0)
		close(shelf->fd);
	shelf->fd = -1;
}
