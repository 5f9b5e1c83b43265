#include "extract/testing_ole.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* What follows the head of a PDF. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	testing_bytes(bytes, "%PDF-1.7\n", 9);
	testing_bytes(bytes, data, size);
	testing_fuzz("a.pdf", bytes->data, bytes->len);
	return 0;
}
