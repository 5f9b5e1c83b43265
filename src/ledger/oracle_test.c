/* What our code writes, a verifier that shares nothing with it accepts; and it refuses what was changed. */
#include "ledger/test_keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
oracle(const char *command, const char *path, const TestKeys *keys)
{
	g_autofree char *script = g_build_filename(g_getenv("FENGNI_ROOT"), "tests/oracle/ledger_verify.py", NULL);
	const char *const arguments[] = { "python3", script, command, path, keys->gm_text, keys->intl_text, NULL };
	g_autofree char *found = NULL;
	g_autofree char *said = NULL;
	g_autoptr(GError) error = NULL;
	int status;

	g_spawn_sync(NULL, (char **)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &found, &said, &status, &error);
	g_assert_no_error(error);
	g_test_message("%s%s", g_strchomp(found), g_strchomp(said));
	g_assert_cmpint(WIFEXITED(status), !=, 0);
	g_assert_cmpint(WEXITSTATUS(status), <=, 1);
	g_assert_null(strstr(said, "Traceback"));
	return WEXITSTATUS(status) == 0;
}

static void
make_log(const char *directory, TestKeys *keys)
{
	FnLog *log = test_open(directory, keys);

	test_append(log, 0, 3);
	g_assert_true(fn_log_publish(log, NULL));
	test_append_many(log, 3, 600);
	g_assert_true(fn_log_publish(log, NULL));
	fn_log_close(log);
}

static void
flip(const char *directory, const char *file, off_t at)
{
	g_autofree char *path = g_build_filename(directory, file, NULL);
	int fd = open(path, O_RDWR);
	guint8 byte;

	g_assert_cmpint(pread(fd, &byte, 1, at), ==, 1);
	byte ^= 1;
	g_assert_cmpint(pwrite(fd, &byte, 1, at), ==, 1);
	close(fd);
}

static void
test_log(void)
{
	static const struct {
		const char *file;
		off_t at;
	} change[] = {
		{ "segments/0000000000000000.seg", 6000 }, { "segments/0000000000000000.seg", 600 }, { "segments/0000000000000256.seg", 4120 },
		{ "tile/0/000", 77 }, { "sm3/tile/0/001", 8000 }, { "sm3/tile/1/000.p/2", 33 }, { "heads", 40 }, { "heads", 300 },
		{ "checkpoint", 30 }, { "state", 20 }, { "bundles", 2 }, { "origin", 3 },
	};
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(TestKeys) others = test_keys_new();

	make_log(directory, keys);
	g_assert_true(oracle("log", directory, keys));
	g_assert_false(oracle("log", directory, others));
	for (gsize i = 0; i < G_N_ELEMENTS(change); i++) {
		flip(directory, change[i].file, change[i].at);
		g_assert_false(oracle("log", directory, keys));
		g_assert_false(fn_ledger_verify(directory, keys->gm_text, keys->intl_text, NULL, NULL, NULL, NULL));
		flip(directory, change[i].file, change[i].at);
	}
	g_assert_true(oracle("log", directory, keys));
}

static void
test_receipts(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autofree char *path = g_build_filename(directory, "receipt", NULL);
	FnLog *log;

	make_log(directory, keys);
	log = test_open(directory, keys);
	for (guint64 i = 0; i < 604; i += 86) {
		g_autofree char *receipt = fn_log_receipt(log, i, NULL);

		g_assert_true(g_file_set_contents(path, receipt, -1, NULL));
		g_assert_true(oracle("receipt", path, keys));
		flip(directory, "receipt", (off_t)(i * 2 + 7));
		g_assert_false(oracle("receipt", path, keys));
	}
	fn_log_close(log);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	g_test_add_func("/ledger/oracle/log", test_log);
	g_test_add_func("/ledger/oracle/receipts", test_receipts);
	return g_test_run();
}
