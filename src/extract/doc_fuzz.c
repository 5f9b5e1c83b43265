#include "extract/testing_ole.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* Two streams: the size of the table (u16), the table, the text. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	TestingOle ole = testing_ole();
	g_autoptr(GByteArray) main = g_byte_array_new(), table = g_byte_array_new(), bytes = NULL;
	gsize split = size >= 2 ? MIN(size - 2, data[0] | (gsize)data[1] << 8) : 0;

	if (size >= 2) {
		testing_bytes(table, data + 2, split);
		testing_bytes(main, data + 2 + split, size - 2 - split);
	}
	testing_ole_stream(&ole, 0, "WordDocument", main);
	testing_ole_stream(&ole, 0, "1Table", table);
	testing_ole_stream(&ole, 0, "0Table", table);
	bytes = testing_ole_end(&ole);
	testing_fuzz("a.doc", bytes->data, bytes->len);
	return 0;
}
