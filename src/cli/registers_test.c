#include "cli/registers.h"

#include "base/identifiers.h"

#include <glib/gstdio.h>
#include <string.h>

static void
test_residents(void)
{
	g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) mobiles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	FnIssued national = fn_issued_national(), demo = national;
	FnResident one;

	g_assert_true(fn_issued_add_provinces(&demo, FN_DEMO_PROVINCES));
	for (guint i = 0; i < FN_DEMO_RESIDENTS; i++) {
		fn_demo_resident(i, &one);
		g_assert_true(fn_resident_id_check(one.id_number, 18, &demo));
		g_assert_false(fn_resident_id_check(one.id_number, 18, &national));
		g_assert_false(fn_mobile_check(one.mobile, 11, &national));
		g_assert_true(g_hash_table_add(ids, g_strdup(one.id_number)));
		g_assert_true(g_hash_table_add(mobiles, g_strdup(one.mobile)));
		g_assert_true(g_utf8_validate(one.address, -1, NULL));
	}
}

static void
test_divisions_refused(void)
{
	g_autofree char *directory = g_dir_make_tmp("divisions-XXXXXX", NULL);
	g_autofree char *provinces = g_build_filename(directory, "provinces.csv", NULL);
	g_autofree char *out = g_build_filename(directory, "out.csv", NULL);
	g_autoptr(GError) error = NULL;
	guint64 rows;

	g_assert_true(g_file_set_contents(provinces, "code,name\n11,\"北京市\"\nx,y\n", -1, NULL));
	g_assert_false(fn_demo_write_divisions(directory, out, &rows, &error));
	g_assert_nonnull(strstr(error->message, "provinces.csv:3:"));
	g_unlink(provinces);
	g_unlink(out);
	g_rmdir(directory);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/registers/residents", test_residents);
	g_test_add_func("/registers/divisions-refused", test_divisions_refused);
	return g_test_run();
}
