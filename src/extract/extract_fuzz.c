#include "extract/testing.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* Any bytes under any name, with small limits: the name ends at the first line break of the first 64 bytes, if there is one. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	const FnLimits limits = { .input = 1 << 20, .output = 4 << 20, .ratio = 200, .members = 200, .depth = 5, .seconds = 1000000 };
	const guint8 *end = size > 0 ? memchr(data, '\n', MIN(size, 64)) : NULL;
	gsize skip = end != NULL ? (gsize)(end - data) + 1 : 0;
	g_autofree char *name = g_strndup((const char *)data, skip > 0 ? skip - 1 : 0);
	g_autofree guint8 *bytes = g_memdup2(data + skip, size - skip);
	g_autofree char *said = testing_extract(name, bytes, size - skip, &limits);

	fn_extract_needed(name, bytes, size - skip);
	return 0;
}
