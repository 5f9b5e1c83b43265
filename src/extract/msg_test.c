#include "extract/ole.h"
#include "extract/testing_ole.h"

static void
add_wide(TestingOle *ole, guint parent, const char *name, const char *text)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	testing_wide(bytes, text);
	testing_ole_stream(ole, parent, name, bytes);
}

static void
add_bytes(TestingOle *ole, guint parent, const char *name, const char *text, gsize size)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	testing_bytes(bytes, text, size);
	testing_ole_stream(ole, parent, name, bytes);
}

static void
add_properties(TestingOle *ole, guint parent, guint codepage)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	for (guint i = 0; i < 8; i++)
		testing_le(bytes, 0, 4);
	testing_le(bytes, 0x3FFD0003, 4);
	testing_le(bytes, 6, 4);
	testing_le(bytes, codepage, 8);
	testing_ole_stream(ole, parent, "__properties_version1.0", bytes);
}

/* The example of [MS-OXRTFCP] 4.1.1. */
static const char packed[] = "\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125\x42\x32\x0a\xf3 hel\x09\0 bw\x05\xb0ld}\x0a\x80\x0f\xa0";

static GByteArray *
message(void)
{
	TestingOle ole = testing_ole();
	guint recipient, attachment, holder, inner;

	add_properties(&ole, 0, 936);
	add_wide(&ole, 0, "__substg1.0_0037001F", "\xe4\xb8\xbb\xe9\xa2\x98 MARKER");
	add_bytes(&ole, 0, "__substg1.0_1000001E", "\xD5\xFD\xCE\xC4 body", 9);
	add_bytes(&ole, 0, "__substg1.0_10130102", "<html><body>markup MARKER</body></html>", 39);
	add_bytes(&ole, 0, "__substg1.0_10090102", packed, sizeof packed - 1);
	add_wide(&ole, 0, "__substg1.0_8005101F-00000001", "one of many MARKER");
	recipient = testing_ole_storage(&ole, 0, "__recip_version1.0_#00000000");
	add_properties(&ole, recipient, 0);
	add_wide(&ole, recipient, "__substg1.0_3003001F", "someone@example.invalid");
	attachment = testing_ole_storage(&ole, 0, "__attach_version1.0_#00000000");
	add_properties(&ole, attachment, 0);
	add_bytes(&ole, attachment, "__substg1.0_37010102", "plain attachment MARKER", 23);
	add_wide(&ole, attachment, "__substg1.0_3707001F", "\xe9\x99\x84\xe4\xbb\xb6.txt");
	holder = testing_ole_storage(&ole, 0, "__attach_version1.0_#00000001");
	add_properties(&ole, holder, 0);
	inner = testing_ole_storage(&ole, holder, "__substg1.0_3701000D");
	add_properties(&ole, inner, 0);
	add_wide(&ole, inner, "__substg1.0_1000001F", "message in a message MARKER");
	return testing_ole_end(&ole);
}

static void
test_message(void)
{
	static const char *const texts[] = { "[]{subject}\xe4\xb8\xbb\xe9\xa2\x98 MARKER\n", "{body}\xe6\xad\xa3\xe6\x96\x87 body\n",
		"markup MARKER", "hello world", "{property 8005}one of many MARKER",
		"[__recip_version1.0_#00000000]{address}someone@example.invalid", "[\xe9\x99\x84\xe4\xbb\xb6.txt]plain attachment MARKER",
		"[__attach_version1.0_#00000001/__substg1.0_3701000D]{body}message in a message MARKER", NULL };
	g_autoptr(GByteArray) bytes = message();
	g_autofree char *said = testing_extract("a.msg", bytes->data, bytes->len, NULL);

	testing_has(said, texts);
	g_assert_null(strstr(said, "!unknown : compound"));
	testing_maim_some("a.msg", bytes);
}

/* Packed RTF: the standard's second example runs over itself; broken ones end where they break. */
static void
test_rtf(void)
{
	static const char crossing[] = "\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4\x4b\x51\x41\0\x04 WXYZ\x0d\x6e}\x01\x0e\xb0";
	GString *said = g_string_new(NULL);
	FnSink sink = testing_sink(said, FALSE);
	FnLimits limits = fn_limits_default();
	g_autoptr(FnExtract) extract = fn_extract_new(&limits, &sink);
	g_autoptr(GByteArray) simple = fn_lzfu_unpack(extract, (const guint8 *)packed, sizeof packed - 1);
	g_autoptr(GByteArray) crossed = fn_lzfu_unpack(extract, (const guint8 *)crossing, sizeof crossing - 1);
	g_autoptr(GByteArray) plain = fn_lzfu_unpack(extract, (const guint8 *)"\x13\0\0\0\3\0\0\0MELA\0\0\0\0{ }", 19);

	g_assert_cmpmem(simple->data, simple->len, "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n", 43);
	g_assert_cmpmem(crossed->data, crossed->len, "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}", 28);
	g_assert_cmpmem(plain->data, plain->len, "{ }", 3);
	g_assert_null(fn_lzfu_unpack(extract, (const guint8 *)"LZFu", 4));
	for (gsize i = 16; i < sizeof packed - 1; i++) {
		g_autofree guint8 *cut = g_memdup2(packed, i);
		g_autoptr(GByteArray) out = fn_lzfu_unpack(extract, cut, i);

		g_assert_cmpuint(out->len, <=, 43);
	}
	g_string_free(said, TRUE);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/msg/message", test_message);
	g_test_add_func("/msg/rtf", test_rtf);
	return g_test_run();
}
