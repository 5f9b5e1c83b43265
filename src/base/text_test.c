#include "base/text.h"

#include <string.h>

static const struct {
	const char *text, *safe;
	gsize max;
} cases[] = {
	{ "plain", "plain", 20 },
	{ "封泥", "封…", 3 },
	{ "a\nb\x1b[0m", "a\\x0ab\\x1b[0m", 50 },
	{ "\xff\xc3", "\\xff\\xc3", 50 },
	{ NULL, "", 5 },
};

static void
test_safe(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *safe = fn_text_safe(cases[i].text, -1, cases[i].max);

		g_assert_cmpstr(safe, ==, cases[i].safe);
	}
}

static void
test_hex(void)
{
	guint8 bytes[2] = { 0x0f, 0xa0 }, back[2];
	g_autofree char *text = fn_hex(bytes, 2);

	g_assert_cmpstr(text, ==, "0fa0");
	g_assert_true(fn_unhex("0FA0", back, 2));
	g_assert_cmpmem(back, 2, bytes, 2);
	g_assert_false(fn_unhex("0fa", back, 2));
	g_assert_false(fn_unhex("0fag", back, 2));
	g_assert_false(fn_unhex(NULL, back, 2));
}

static void
test_equal_secret(void)
{
	g_assert_true(fn_text_equal_secret("abc", "abc"));
	g_assert_false(fn_text_equal_secret("abc", "abd"));
	g_assert_false(fn_text_equal_secret("abc", "ab"));
	g_assert_false(fn_text_equal_secret("", "ab"));
	g_assert_true(fn_text_equal_secret("", ""));
	g_assert_false(fn_text_equal_secret(NULL, NULL));
}

static void
test_id(void)
{
	g_autofree char *one = fn_id_new(), *two = fn_id_new();

	g_assert_cmpuint(strlen(one), ==, 26);
	g_assert_cmpstr(one, !=, two);
	g_assert_true(strncmp(one, two, 10) <= 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/text/safe", test_safe);
	g_test_add_func("/text/hex", test_hex);
	g_test_add_func("/text/equal-secret", test_equal_secret);
	g_test_add_func("/text/id", test_id);
	return g_test_run();
}
