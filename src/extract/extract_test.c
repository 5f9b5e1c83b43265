#include "extract/testing.h"

static void
test_zip(void)
{
	TestingZip inner = testing_zip(), outer = testing_zip();
	g_autoptr(GByteArray) inner_bytes = NULL, bytes = NULL;
	g_autofree char *said = NULL;

	testing_zip_add_text(&inner, "b.txt", "inner text");
	inner_bytes = testing_zip_end(&inner);
	testing_zip_add_text(&outer, "../a.txt", "outer text");
	testing_zip_add(&outer, "in.zip", inner_bytes->data, inner_bytes->len, FALSE, 0);
	bytes = testing_zip_end(&outer);
	said = testing_extract("all.zip", bytes->data, bytes->len, NULL);
	g_assert_cmpstr(said, ==,
		"[names]../a.txt\nin.zip\n"
		"[../a.txt]outer text"
		"[in.zip: names]b.txt\n"
		"[in.zip/b.txt]inner text");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/extract/zip", test_zip);
	return g_test_run();
}
