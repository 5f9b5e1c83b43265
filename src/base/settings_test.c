#include "base/settings.h"

#include <glib/gstdio.h>

static FnSettings *
load(const char *text, GError **error)
{
	g_autofree char *directory = g_dir_make_tmp("settings-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(directory, "fengni.conf", NULL);
	FnSettings *settings;

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	settings = fn_settings_load(directory, error);
	g_unlink(path);
	g_rmdir(directory);
	return settings;
}

static void
test_read(void)
{
	g_autoptr(FnSettings) settings = load("# note\n city = 德州市\nshare_port=9000\n\n", NULL);

	g_assert_nonnull(settings);
	g_assert_cmpstr(fn_settings_text(settings, "city"), ==, "德州市");
	g_assert_cmpint(fn_settings_int(settings, "share_port"), ==, 9000);
	g_assert_cmpint(fn_settings_int(settings, "console_port"), ==, 8444);
}

static void
test_refused(void)
{
	static const char *const bad[] = { "prot = 1", "share_port = 0", "share_port = x", "city", "city = a\ncity = b", "city = \xff" };

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(load(bad[i], &error));
		g_assert_error(error, FN_SETTINGS_ERROR, FN_SETTINGS_ERROR_LINE);
		g_assert_nonnull(strstr(error->message, "fengni.conf:"));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/settings/read", test_read);
	g_test_add_func("/settings/refused", test_refused);
	return g_test_run();
}
