#include "extract/testing_ole.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* A whole compound file, whatever its head says. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autofree guint8 *bytes = g_memdup2(data, size);

	if (size >= 8)
		memcpy(bytes, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8);
	testing_fuzz("a.doc", bytes, size);
	return 0;
}
