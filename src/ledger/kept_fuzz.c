#include "ledger/kept.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* Whatever a file of kept entries says of itself, what is read lies within it, and places and indexes rise together. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autofree char *path = g_strdup_printf("%s/kept-fuzz-%d", g_get_tmp_dir(), (int)getpid());
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	g_autoptr(GByteArray) frame = g_byte_array_new();
	g_auto(FnKept) kept = FN_KEPT_NONE;
	guint64 before = 0, index, place;

	g_assert_true(fd >= 0 && fn_file_write_all(fd, data, size, 0, NULL));
	close(fd);
	if (fn_kept_open(AT_FDCWD, path, "o/l", &kept, NULL)) {
		g_assert_true(fn_kept_file_size(&kept) == size && kept.entries <= size / 16);
		for (guint64 i = 0; i < kept.entries && fn_kept_take(&kept, i, &index, frame, NULL); i++) {
			g_assert_true((i == 0 || index > before || !fn_kept_find(&kept, index, &place, NULL) || place <= kept.entries) && index < kept.first);
			before = index;
		}
		g_assert_true(frame->len <= kept.bytes || kept.entries > 1);
	}
	unlink(path);
	return 0;
}
