#include "http/target_priv.h"

#include <string.h>

static const struct {
	const char *raw, *path, *name, *value;
} good[] = {
	{ "/", "/", "x", NULL },
	{ "/share/v1/catalog", "/share/v1/catalog", NULL, NULL },
	{ "/a%20b/%E4%BA%BA?q=%e4%ba%ba+x", "/a b/人", "q", "人 x" },
	{ "/%2541", "/%41", NULL, NULL }, /* once, not twice */
	{ "/a?x=1&y=2", "/a", "y", "2" },
	{ "/a?x", "/a", "x", "" },
	{ "/a?&&x=a=b&", "/a", "x", "a=b" },
	{ "/a?x=/../%2F", "/a", "x", "/..//" },
	{ "/a+b", "/a+b", NULL, NULL },
	{ "/..a/...", "/..a/...", NULL, NULL },
};

static const char *const bad[] = {
	"", "a", "*", "http://x/y", "/a#b", "/a?b#c", "/%", "/%4", "/%zz", "/a%00b", "/a\nb", "/a%7f", "/%ff", "/%c0%af",
	"/a%2fb", "/a%2Fb", "/.", "/..", "/a/../b", "/a/./b", "/a/..", "/%2e%2e/a", "/a/%2E", "/a?x=%", "/a?x=%00", "/a?%ff=1",
	"/a?x=1&x=2", "/a?x=1&%78=2", "/a?x=\xff",
};

static void
test_good(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
		FnHttpTarget target;

		g_assert_cmpstr(fn_target_parse(good[i].raw, &target), ==, NULL);
		g_assert_cmpstr(target.path, ==, good[i].path);
		if (good[i].name != NULL)
			g_assert_cmpstr(fn_target_query(&target, good[i].name), ==, good[i].value);
		fn_target_clear(&target);
	}
}

static void
test_bad(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		FnHttpTarget target;

		g_test_message("%s", bad[i]);
		g_assert_nonnull(fn_target_parse(bad[i], &target));
		g_assert_null(target.path);
		g_assert_null(fn_target_query(&target, "x"));
		fn_target_clear(&target);
	}
}

static void
test_many_parameters(void)
{
	g_autoptr(GString) raw = g_string_new("/?");
	FnHttpTarget target;

	for (guint i = 0; i < FN_TARGET_PARAMETERS; i++)
		g_string_append_printf(raw, "p%u=%u&", i, i);
	g_assert_null(fn_target_parse(raw->str, &target));
	g_assert_cmpstr(fn_target_query(&target, "p63"), ==, "63");
	fn_target_clear(&target);
	g_string_append(raw, "one=more");
	g_assert_cmpstr(fn_target_parse(raw->str, &target), ==, "too many parameters");
	fn_target_clear(&target);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/target/good", test_good);
	g_test_add_func("/target/bad", test_bad);
	g_test_add_func("/target/many-parameters", test_many_parameters);
	return g_test_run();
}
