#include "table/command_priv.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static char *directory, *path;

static void
test_making(void)
{
	g_autoptr(GError) error = NULL;
	guint8 key[FN_MASK_KEY_SIZE], again[FN_MASK_KEY_SIZE];
	struct stat about;

	g_assert_true(fn_mask_key_make(path, &error));
	g_assert_cmpint(stat(path, &about), ==, 0);
	g_assert_cmpuint(about.st_mode & 07777, ==, 0600);
	g_assert_true(fn_mask_key_read(path, key, &error));
	/* a key that is there stays */
	g_assert_false(fn_mask_key_make(path, &error));
	g_assert_error(error, FN_TABLE_ERROR, FN_TABLE_ERROR_ENVIRONMENT);
	g_assert_true(fn_mask_key_read(path, again, NULL));
	g_assert_cmpmem(key, sizeof(key), again, sizeof(again));
	g_assert_cmpint(g_unlink(path), ==, 0);
}

static void
test_reading(void)
{
#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	static const struct {
		const char *text;
		gssize size;
		int mode;
		const char *wrong; /* part of the message; NULL: fine */
	} cases[] = {
		{ HEX, -1, 0600, NULL },
		{ HEX "\n", -1, 0600, NULL },
		{ HEX "\r\n", -1, 0400, NULL },
		{ "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24\25\26\27\30\31\32\33\34\35\36\37", 32, 0600, NULL },
		{ HEX, -1, 0640, "chmod 600" },
		{ HEX, -1, 0604, "chmod 600" },
		{ HEX, -1, 0610, "chmod 600" },
		{ "", -1, 0600, "64 hexadecimal digits" },
		{ "x" HEX, -1, 0600, "64 hexadecimal digits" },
		{ HEX "\n\n\n\n", -1, 0600, "64 hexadecimal digits" },
		{ HEX HEX, -1, 0600, "64 hexadecimal digits" },
		{ "g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", -1, 0600, "64 hexadecimal digits" },
		{ "0123456789012345678901234567890", -1, 0600, "64 hexadecimal digits" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		guint8 key[FN_MASK_KEY_SIZE];

		g_assert_true(g_file_set_contents(path, cases[i].text, cases[i].size, NULL));
		g_assert_cmpint(g_chmod(path, cases[i].mode), ==, 0);
		g_assert_true(fn_mask_key_read(path, key, &error) == (cases[i].wrong == NULL));
		if (cases[i].wrong != NULL)
			g_assert_nonnull(strstr(error->message, cases[i].wrong));
		for (guint8 k = 0; cases[i].wrong == NULL && k < sizeof(key); k++)
			g_assert_cmpuint(key[k], ==, k);
		g_assert_cmpint(g_unlink(path), ==, 0);
	}
}

static void
test_no_file(void)
{
	g_autoptr(GError) absent = NULL, strange = NULL;
	guint8 key[FN_MASK_KEY_SIZE];

	g_assert_false(fn_mask_key_read(path, key, &absent));
	g_assert_false(fn_mask_key_read(directory, key, &strange));
	g_assert_nonnull(strstr(strange->message, "plain file"));
	g_assert_cmpint(mkfifo(path, 0600), ==, 0);
	g_clear_error(&strange);
	g_assert_false(fn_mask_key_read(path, key, &strange));
	g_assert_nonnull(strstr(strange->message, "plain file"));
	g_assert_cmpint(g_unlink(path), ==, 0);
}

int
main(int argc, char **argv)
{
	int code;

	g_test_init(&argc, &argv, NULL);
	directory = g_dir_make_tmp("fn-key-XXXXXX", NULL);
	path = g_build_filename(directory, "key", NULL);
	g_test_add_func("/table/key/making", test_making);
	g_test_add_func("/table/key/reading", test_reading);
	g_test_add_func("/table/key/no_file", test_no_file);
	code = g_test_run();
	g_rmdir(directory);
	g_free(path);
	g_free(directory);
	return code;
}
