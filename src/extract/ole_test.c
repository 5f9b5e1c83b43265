#include "extract/testing_ole.h"

static GByteArray *
bytes_of(const char *text, gsize size)
{
	GByteArray *bytes = g_byte_array_new();

	testing_bytes(bytes, text, size);
	return bytes;
}

static void
add_text(TestingOle *ole, guint parent, const char *name, const char *text)
{
	g_autoptr(GByteArray) bytes = bytes_of(text, strlen(text));

	testing_ole_stream(ole, parent, name, bytes);
}

static GByteArray *
native_object(void)
{
	GByteArray *bytes = g_byte_array_new();
	const char inside[] = "native MARKER number 13800138000";

	testing_le(bytes, 0, 4);
	testing_le(bytes, 2, 2);
	testing_bytes(bytes, "a label", 8);
	testing_bytes(bytes, "\xB8\xBD\xBC\xFE.txt", 9);
	testing_le(bytes, 0x00030000, 4);
	testing_le(bytes, 8, 4);
	testing_bytes(bytes, "C:\\temp", 8);
	testing_le(bytes, sizeof inside - 1, 4);
	testing_bytes(bytes, inside, sizeof inside - 1);
	return bytes;
}

/* A property set with one section: title in GBK by code page 936, and a custom property in the second file. */
static GByteArray *
properties(gboolean custom)
{
	GByteArray *bytes = g_byte_array_new();
	const char title[] = "\xD6\xD0\xCE\xC4\xB1\xEA\xCC\xE2"; /* 中文标题 */

	testing_le(bytes, 0xFFFE, 4);
	for (guint i = 0; i < 5; i++)
		testing_le(bytes, 0, 4);
	testing_le(bytes, 1, 4);
	for (guint i = 0; i < 4; i++)
		testing_le(bytes, 0, 4);
	testing_le(bytes, 48, 4);
	testing_le(bytes, 0, 4); /* the section: size, count, offsets */
	testing_le(bytes, 3, 4);
	testing_le(bytes, 1, 4);
	testing_le(bytes, 32, 4);
	testing_le(bytes, custom ? 0 : 4, 4);
	testing_le(bytes, 40, 4);
	testing_le(bytes, custom ? 7 : 2, 4);
	testing_le(bytes, custom ? 60 : 60, 4);
	testing_le(bytes, 2, 4); /* at 32: code page */
	testing_le(bytes, 936, 4);
	if (custom) { /* at 40: one name */
		testing_le(bytes, 1, 4);
		testing_le(bytes, 7, 4);
		testing_le(bytes, 8, 4);
		testing_bytes(bytes, "own key", 8);
	} else {
		testing_le(bytes, 31, 4);
		testing_le(bytes, 5, 4);
		testing_wide(bytes, "\xe4\xbd\x9c\xe8\x80\x85");
		testing_le(bytes, 0, 8);
	}
	testing_le(bytes, 30, 4); /* at 60 */
	testing_le(bytes, sizeof title, 4);
	testing_bytes(bytes, title, sizeof title);
	testing_le(bytes, 0, 7);
	return bytes;
}

/* A module: what the interpreter keeps, then 40 characters as they are and a token that says the last six again. */
static GByteArray *
macro(void)
{
	GByteArray *bytes = bytes_of("kept\1\x2f\xb0", 7);
	const char source[] = "Attribute VB_Name = \"M\"\n' says: a MARKER";

	g_assert_cmpuint(sizeof source - 1, ==, 40);
	for (guint i = 0; i < 40; i += 8) {
		testing_le(bytes, 0, 1);
		testing_bytes(bytes, source + i, 8);
	}
	testing_le(bytes, 1, 1);
	testing_le(bytes, 5 << 10 | 3, 2); /* six back, six long; six bits of distance at 40 */
	return bytes;
}

static GByteArray *
everything(void)
{
	TestingOle ole = testing_ole();
	guint pool = testing_ole_storage(&ole, 0, "ObjectPool"), one = testing_ole_storage(&ole, pool, "_1");
	guint macros = testing_ole_storage(&ole, 0, "Macros"), vba = testing_ole_storage(&ole, macros, "VBA");
	g_autoptr(GByteArray) native = native_object(), summary = properties(FALSE), custom = properties(TRUE);
	g_autoptr(GByteArray) wide = g_byte_array_new(), big = g_byte_array_new(), module = NULL;
	TestingZip zip = testing_zip();
	g_autoptr(GByteArray) package = NULL;

	testing_ole_stream(&ole, one, "\1Ole10Native", native);
	testing_ole_stream(&ole, 0, "\5SummaryInformation", summary);
	testing_ole_stream(&ole, 0, "\5Other", custom);
	testing_zip_add_text(&zip, "in.txt", "zipped MARKER");
	package = testing_zip_end(&zip);
	testing_ole_stream(&ole, one, "Package", package);
	testing_le(wide, 0x0102030405060708, 8);
	testing_wide(wide, "\xe6\x9c\xba\xe5\xaf\x86 wide MARKER");
	testing_le(wide, 3, 8);
	testing_ole_stream(&ole, 0, "strange", wide);
	module = macro();
	testing_ole_stream(&ole, vba, "Module1", module);
	while (big->len < 9000)
		testing_bytes(big, "filler of a big stream\n", 23);
	testing_bytes(big, "big MARKER end", 14);
	testing_ole_stream(&ole, 0, "big", big);
	return testing_ole_end(&ole);
}

static void
test_streams(void)
{
	static const char *const texts[] = { "[ObjectPool/_1/\\x01Ole10Native: names]", "C:\\temp", "a label",
		"[\xe9\x99\x84\xe4\xbb\xb6.txt]native MARKER", "{title}\xe4\xb8\xad\xe6\x96\x87\xe6\xa0\x87\xe9\xa2\x98",
		"{author}\xe4\xbd\x9c\xe8\x80\x85", "{own key}own key: \xe4\xb8\xad\xe6\x96\x87", "zipped MARKER",
		"[strange]\xe6\x9c\xba\xe5\xaf\x86 wide MARKER", "big MARKER end", "{macro}Attribute VB_Name = \"M\"\n' says: a MARKERMARKER", NULL };
	g_autoptr(GByteArray) bytes = everything();
	g_autofree char *said = testing_extract("a.doc", bytes->data, bytes->len, NULL);

	testing_has(said, texts);
	g_assert_null(strstr(said, "!broken"));
	g_assert_null(strstr(said, "!unknown"));
	testing_maim_some("a.doc", bytes);
}

/* Entries that no tree leads to, free sectors and ends of sectors: what was deleted is read too. */
static void
test_hidden(void)
{
	TestingOle ole = testing_ole();
	g_autoptr(GByteArray) bytes = NULL, big = g_byte_array_new();
	g_autofree char *said = NULL, *whole = NULL;
	guint8 *name;

	while (big->len < 5000)
		testing_bytes(big, "filler of a big stream\n", 23);
	add_text(&ole, 0, "first", "a stream that is left alone");
	add_text(&ole, 0, "hidden", "orphan MARKER");
	testing_ole_stream(&ole, 0, "big", big);
	bytes = testing_ole_end(&ole);
	whole = testing_extract("a.doc", bytes->data, bytes->len, NULL);
	testing_has(whole, (const char *const[]){ "[hidden]orphan MARKER", "!unknown : compound file of an unknown kind", NULL });
	/* The list of brothers ends before "hidden". */
	name = memmem(bytes->data, bytes->len, "f\0i\0r\0s\0t", 9);
	memset(name + 72, 0xFF, 4);
	/* The slack of the last sector of "big". */
	memcpy(bytes->data + 512 + 10 * 512 - 20, "slack MARKER", 12);
	/* A sector behind all that the table knows. */
	g_byte_array_set_size(bytes, bytes->len + 512);
	memset(bytes->data + bytes->len - 512, 0, 512);
	memcpy(bytes->data + bytes->len - 400, "free sector MARKER", 18);
	said = testing_extract("a.doc", bytes->data, bytes->len, NULL);
	testing_has(said, (const char *const[]){ "orphan MARKER", "slack MARKER", "free sector MARKER", NULL });
}

/* Chains that run in circles, entries in circles, sizes beyond everything. */
static void
test_circles(void)
{
	TestingOle ole = testing_ole();
	g_autoptr(GByteArray) bytes = NULL, big = g_byte_array_new();
	g_autofree char *circle = NULL, *size = NULL, *tree = NULL;
	guint8 *name;

	while (big->len < 6000)
		testing_bytes(big, "text of a big stream MARKER\n", 28);
	testing_ole_stream(&ole, 0, "big", big);
	bytes = testing_ole_end(&ole);
	name = memmem(bytes->data, bytes->len, "b\0i\0g", 5);
	memset(name + 120, 0x7F, 4);
	size = testing_extract("", bytes->data, bytes->len, NULL);
	testing_has(size, (const char *const[]){ "!broken : stream big", "MARKER", NULL });
	/* The table is the last sector: sector 3 of the stream leads back to 1. */
	memset(bytes->data + bytes->len - 512 + 12, 0, 4);
	bytes->data[bytes->len - 512 + 12] = 1;
	circle = testing_extract("", bytes->data, bytes->len, NULL);
	testing_has(circle, (const char *const[]){ "!broken", "MARKER", NULL });
	name[72] = 1;
	memset(name + 73, 0, 3);
	tree = testing_extract("", bytes->data, bytes->len, NULL);
	testing_has(tree, (const char *const[]){ "!broken : tree of entries", NULL });
}

/* A list of very many entries must cost neither the stack nor square time. */
static void
test_many(void)
{
	TestingOle ole = testing_ole();
	g_autoptr(GByteArray) bytes = NULL;
	g_autofree char *said = NULL;
	FnLimits limits = fn_limits_default();

	for (guint i = 0; i < 6000; i++) {
		char name[16];

		g_snprintf(name, sizeof name, "s%u", i);
		add_text(&ole, 0, name, "x MARKER x");
	}
	bytes = testing_ole_end(&ole);
	limits.members = 5000;
	said = testing_extract("", bytes->data, bytes->len, &limits);
	testing_has(said, (const char *const[]){ "[s4000]x MARKER x", "!limit", NULL });
}

static void
test_encrypted(void)
{
	TestingOle ole = testing_ole();
	g_autoptr(GByteArray) bytes = NULL;
	g_autofree char *said = NULL;

	add_text(&ole, 0, "EncryptionInfo", "1234");
	add_text(&ole, 0, "EncryptedPackage", "plain words that were never encrypted");
	bytes = testing_ole_end(&ole);
	said = testing_extract("a.docx", bytes->data, bytes->len, NULL);
	testing_has(said, (const char *const[]){ "!encrypted", NULL });
	g_assert_null(strstr(said, "plain words"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ole/streams", test_streams);
	g_test_add_func("/ole/hidden", test_hidden);
	g_test_add_func("/ole/circles", test_circles);
	g_test_add_func("/ole/many", test_many);
	g_test_add_func("/ole/encrypted", test_encrypted);
	return g_test_run();
}
