#include "disclosure/disclosure_priv.h"

#include "base/text.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static int
open_memory(const void *bytes, gsize size)
{
	int fd = memfd_create("released", MFD_CLOEXEC);

	g_assert(fd >= 0 && write(fd, bytes, size) == (gssize)size && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* Lines of what was released, without the plan's digest and the last line, which are put in rightly: else nothing would be read. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	FnDisclosurePlan plan = { .n = 2, .digest = (char *)"digest" };
	g_autoptr(GString) text = g_string_new("fengni/v1/released digest ");
	g_autoptr(FnReleased) released = NULL, again = NULL;
	g_autoptr(GError) error = NULL;
	guint8 digest[FN_DIGEST_SIZE];
	g_autofree char *hex = NULL;
	int fd;

	g_string_append_len(text, (const char *)data, (gssize)size);
	fn_sm3(text->str, text->len, digest);
	hex = fn_hex(digest, sizeof(digest));
	g_string_append_printf(text, "sm3 %s\n", hex);
	fd = open_memory(text->str, text->len);
	released = fn_released_read(fd, &plan, FN_DISCLOSURE_MIN_MEMORY, "/tmp", &error);
	close(fd);
	g_assert((released == NULL) == (error != NULL));
	if (released == NULL)
		return 0;
	fd = open_memory("", 0);
	g_assert(fn_released_write(released, fd, NULL) && lseek(fd, 0, SEEK_SET) == 0);
	again = fn_released_read(fd, &plan, FN_DISCLOSURE_MIN_MEMORY, "/tmp", &error);
	close(fd);
	g_assert_no_error(error);
	g_assert(fn_released_rows(again) == fn_released_rows(released) && fn_released_groups(again) == fn_released_groups(released));
	return 0;
}
