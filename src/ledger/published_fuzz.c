#include "ledger/published.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* Whatever is a path is written again as the same bytes, and goes no way but down. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	FnPublished published;
	g_autofree char *path = NULL;

	if (!fn_published_parse((const char *)data, size, &published)) {
		g_assert_cmpint(published.kind, ==, FN_PUBLISHED_NONE);
		return 0;
	}
	path = fn_published_path(&published);
	g_assert_cmpuint(strlen(path), ==, size);
	g_assert_true(memcmp(path, data, size) == 0);
	g_assert_true(path[0] != '/' && strstr(path, "..") == NULL && strstr(path, "//") == NULL);
	return 0;
}
