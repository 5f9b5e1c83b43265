#include "extract/testing.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* A document in one XML file. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	testing_fuzz("a.fodt", data, size);
	return 0;
}
