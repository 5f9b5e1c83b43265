#include "extract/testing.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	testing_fuzz("a.rtf", data, size);
	return 0;
}
