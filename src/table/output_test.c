#include "table/table_priv.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static char *directory;

static guint
files(void)
{
	g_autoptr(GDir) open = g_dir_open(directory, 0, NULL);
	guint n = 0;

	while (g_dir_read_name(open) != NULL)
		n++;
	return n;
}

/* There whole after the commit, and not at all without one. */
static void
test_whole_or_not(void)
{
	g_autofree char *path = g_build_filename(directory, "out", NULL), *text = NULL;
	guint8 digest[FN_DIGEST_SIZE], expected[FN_DIGEST_SIZE];
	struct stat about;

	for (guint commit = 0; commit < 2; commit++) {
		g_autoptr(FnTableOutput) output = fn_table_output_new(path, FN_SUITE_INTL, NULL);

		g_assert_true(fn_table_output_add(output, "ab", 2, NULL) && fn_table_output_add(output, "c", 1, NULL));
		g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
		g_assert_false(fn_table_output_has_left(output));
		if (commit)
			g_assert_true(fn_table_output_commit(output, digest, NULL));
		g_clear_pointer(&output, fn_table_output_free);
		g_assert_cmpuint(files(), ==, commit);
	}
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, "abc");
	fn_sha256("abc", 3, expected);
	g_assert_cmpmem(digest, sizeof(digest), expected, sizeof(expected));
	g_assert_cmpint(stat(path, &about), ==, 0);
	g_assert_cmpuint(about.st_mode & 07777, ==, 0600);
	g_assert_cmpint(g_unlink(path), ==, 0);
}

static void
test_nowhere(void)
{
	g_autofree char *path = g_build_filename(directory, "none", "out", NULL);
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_table_output_new(path, FN_SUITE_GM, &error));
	g_assert_error(error, FN_TABLE_ERROR, FN_TABLE_ERROR_OUTPUT);
	g_assert_cmpuint(files(), ==, 0);
}

int
main(int argc, char **argv)
{
	int code;

	g_test_init(&argc, &argv, NULL);
	directory = g_dir_make_tmp("fn-output-XXXXXX", NULL);
	g_test_add_func("/table/output/whole_or_not", test_whole_or_not);
	g_test_add_func("/table/output/nowhere", test_nowhere);
	code = g_test_run();
	g_rmdir(directory);
	g_free(directory);
	return code;
}
