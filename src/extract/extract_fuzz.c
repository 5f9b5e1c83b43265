#include "extract/testing.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* Any bytes under any name, with small limits: the name ends at the first line break of the first 64 bytes, if there is one. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	const guint8 *end = size > 0 ? memchr(data, '\n', MIN(size, 64)) : NULL;
	gsize skip = end != NULL ? (gsize)(end - data) + 1 : 0;
	g_autofree char *name = g_strndup((const char *)data, skip > 0 ? skip - 1 : 0);

	testing_fuzz(name, data + skip, size - skip);
	fn_extract_needed(name, data + skip, size - skip);
	return 0;
}
