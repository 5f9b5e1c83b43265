#include "extract/testing_ole.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* The stream of a presentation, and the same bytes as its pictures. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	TestingOle ole = testing_ole();
	g_autoptr(GByteArray) stream = g_byte_array_new(), bytes = NULL;

	testing_bytes(stream, data, size);
	testing_ole_stream(&ole, 0, "PowerPoint Document", stream);
	testing_ole_stream(&ole, 0, "Pictures", stream);
	bytes = testing_ole_end(&ole);
	testing_fuzz("a.ppt", bytes->data, bytes->len);
	return 0;
}
