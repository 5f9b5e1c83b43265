#include "extract/testing_ole.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* Streams that messages and other compound files have, each: which name (u8), size (u16), bytes. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	static const char *const names[] = { "__properties_version1.0", "__substg1.0_0037001F", "__substg1.0_1000001E",
		"__substg1.0_10090102", "__substg1.0_37010102", "__substg1.0_3707001F", "__substg1.0_8005101F-00000001",
		"\1Ole10Native", "\5SummaryInformation", "\5Other", "Module", "Package" };
	TestingOle ole = testing_ole();
	guint vba = testing_ole_storage(&ole, 0, "VBA");
	g_autoptr(GByteArray) bytes = NULL;

	for (guint n = 0; n < 40 && size >= 3; n++) {
		const char *name = names[data[0] % G_N_ELEMENTS(names)];
		gsize length = MIN(size - 3, data[1] | (gsize)data[2] << 8);
		g_autoptr(GByteArray) stream = g_byte_array_new();

		testing_bytes(stream, data + 3, length);
		testing_ole_stream(&ole, name[0] == 'M' ? vba : 0, name, stream);
		data += 3 + length;
		size -= 3 + length;
	}
	bytes = testing_ole_end(&ole);
	testing_fuzz("a.msg", bytes->data, bytes->len);
	return 0;
}
