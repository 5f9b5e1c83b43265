#include "extract/testing.h"

#define CASE(why, bytes, said) { why, bytes, sizeof(bytes) - 1, said }
#define SIGNATURE              "\x89PNG\r\n\x1a\n"
#define END                    "\0\0\0\0IEND\0\0\0\0"
#define NOTED                  "!picture : nothing outside reads it\n"

static const struct {
	const char *why, *bytes;
	gsize size;
	const char *said;
} cases[] = {
	CASE("PNG text", SIGNATURE "\0\0\0\x0dtEXtname\0" "13812345\0\0\0\0" END, "[metadata]name\n13812345\n" NOTED),
	CASE("PNG text in GBK", SIGNATURE "\0\0\0\x0atEXta\0\xD0\xD5\xC3\xFB\xD0\xD5\xC3\xFB\0\0\0\0" END,
		"[metadata]a\n\xE5\xA7\x93\xE5\x90\x8D\xE5\xA7\x93\xE5\x90\x8D\n" NOTED),
	CASE("PNG international text", SIGNATURE "\0\0\0\x0fiTXtk\0\0\0zh\0\xE5\xA7\x93\0text\0\0\0\0" END, "[metadata]k\ntext\n" NOTED),
	CASE("PNG packed text", SIGNATURE "\0\0\0\x10zTXtk\0\0\x78\x9c\xcbH\xcd\xc9\xc9\x07\0\x06,\x02\x15\0\0\0\0" END,
		"[metadata]k\nhello\n" NOTED),
	CASE("PNG cut off", SIGNATURE "\0\0\0\x0dtEXtname", "!broken metadata: a picture ends early\n" NOTED),
	CASE("something behind a PNG", SIGNATURE END "\n13812345678", NOTED "[appended]13812345678"),
	CASE("JPEG comments and EXIF", "\xff\xd8\xff\xfe\0\7hello\xff\xe1\0\x0f" "Exif\0\0Make: x\xff\xda\0\2\1\xff\0\2\xff\xd9",
		"[metadata]hello\nMake: x\n" NOTED),
	CASE("something behind a JPEG", "\xff\xd8\xff\xda\0\2\1\xff\xd9" "13812345678", NOTED "[appended]13812345678"),
	CASE("JPEG cut off", "\xff\xd8\xff\xfe\0\7he", "!broken metadata: a picture ends early\n" NOTED),
	CASE("GIF comment", "GIF89a\1\0\1\0\0\0\0!\xfe\3hel\2lo\0;", "[metadata]hello\n" NOTED),
	CASE("GIF cut off", "GIF89a\1\0\1\0\0\0\0!\xfe\5hel", "[metadata]hel\n!broken metadata: a picture ends early\n" NOTED),
	CASE("WebP", "RIFF\x16\0\0\0WEBPXMP \x0a\0\0\0number 138", "[metadata]number 138\n" NOTED),
	CASE("TIFF", "II*\0\x08\0\0\0number 138", "[metadata]number 138\n" NOTED),
	CASE("BMP", "BM\x1a\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0\1\0\1\0\1\0\x18\0", NOTED),
};

static void
test_cases(gconstpointer data)
{
	gsize i = GPOINTER_TO_SIZE(data);
	g_autofree char *said = testing_extract("", cases[i].bytes, cases[i].size, NULL);

	g_assert_cmpstr(said, ==, cases[i].said);
	testing_maim("", cases[i].bytes, cases[i].size);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = g_strdup_printf("/picture/%s", cases[i].why);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_cases);
	}
	return g_test_run();
}
