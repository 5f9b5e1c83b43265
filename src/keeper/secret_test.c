#include "keeper/test_help.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <unistd.h>

static int
pipe_with(const void *bytes, gsize size)
{
	int fd[2];

	g_assert_cmpint(pipe(fd), ==, 0);
	g_assert_cmpint(write(fd[1], bytes, size), ==, (gssize)size);
	close(fd[1]);
	return fd[0];
}

static void
test_pipe(void)
{
	int fd = pipe_with(secret, sizeof secret);
	g_autoptr(GError) error = NULL;
	guint8 *read_secret = fn_keeper_secret_read(fd, &error);

	g_assert_no_error(error);
	g_assert_cmpmem(read_secret, 32, secret, 32);
	g_assert_true(CRYPTO_secure_allocated(read_secret));
	fn_keeper_secret_free(read_secret);
	fn_keeper_secret_free(NULL);
	g_assert_cmpint(fcntl(fd, F_GETFD), ==, -1); /* closed */
}

static void
test_short_and_missing(void)
{
	for (gsize size = 0; size < 32; size += 31) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_keeper_secret_read(pipe_with(secret, size), &error));
		g_assert_error(error, FN_KEEPER_ERROR, FN_KEEPER_ERROR_SECRET);
	}
	g_assert_null(fn_keeper_secret_read(1 << 20, NULL));
}

static void
test_file(void)
{
	static const struct {
		gsize size;
		gboolean fit;
	} table[] = { { 0, FALSE }, { 31, FALSE }, { 32, TRUE }, { 33, FALSE } };
	g_autofree char *path = NULL;
	guint8 bytes[33] = { 0 };
	int made = g_file_open_tmp("fengni-test-XXXXXX", &path, NULL);

	close(made);
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		guint8 *read_secret;

		g_assert_true(g_file_set_contents(path, (const char *)bytes, (gssize)table[i].size, NULL));
		read_secret = fn_keeper_secret_read(open(path, O_RDONLY | O_CLOEXEC), NULL);
		g_assert_cmpint(read_secret != NULL, ==, table[i].fit);
		fn_keeper_secret_free(read_secret);
	}
	g_unlink(path);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/secret/pipe", test_pipe);
	g_test_add_func("/secret/short-and-missing", test_short_and_missing);
	g_test_add_func("/secret/file", test_file);
	return g_test_run();
}
