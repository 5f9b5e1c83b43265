#include "base/say.h"

#include "base/say_priv.h"

#include <string.h>

static void
test_sorted(void)
{
	for (gsize i = 1; i < fn_sayings_count; i++)
		g_assert_cmpint(strcmp(fn_sayings[i - 1].english, fn_sayings[i].english), <, 0);
}

static void
test_languages(void)
{
	g_assert_cmpstr(fn_say_in("usage: %s", TRUE), ==, "用法：%s");
	g_assert_cmpstr(fn_say_in("usage: %s", FALSE), ==, "usage: %s");
	g_assert_cmpstr(fn_say_in("no such saying", TRUE), ==, "no such saying");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/say/sorted", test_sorted);
	g_test_add_func("/say/languages", test_languages);
	return g_test_run();
}
