#include "ledger/test_keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void
check(const char *directory, const TestKeys *keys, guint64 entries, guint64 signed_size)
{
	g_autoptr(GError) error = NULL;
	FnLedgerReport report;

	fn_ledger_verify(directory, keys->gm_text, keys->intl_text, NULL, NULL, &report, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(report.entries, ==, entries);
	g_assert_cmpuint(report.signed_size, ==, signed_size);
	g_assert_cmpuint(strlen(report.root_sm3), ==, 64);
}

/* Must fail with a message that names @where. */
static void
check_fault(const char *directory, const TestKeys *keys, const char *where)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(fn_ledger_verify(directory, keys->gm_text, keys->intl_text, NULL, NULL, NULL, &error));
	g_assert_nonnull(error);
	if (where != NULL && strstr(error->message, where) == NULL)
		g_error("\"%s\" does not name %s", error->message, where);
}

/* Paths of all files below, relative to @directory. */
static void
list_files(const char *directory, const char *below, GPtrArray *files)
{
	g_autofree char *path = g_build_filename(directory, below, NULL);
	GDir *folder = g_dir_open(path, 0, NULL);
	const char *name;

	while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
		g_autofree char *next = below[0] != '\0' ? g_build_filename(below, name, NULL) : g_strdup(name);
		g_autofree char *whole = g_build_filename(directory, next, NULL);

		if (g_file_test(whole, G_FILE_TEST_IS_DIR))
			list_files(directory, next, files);
		else
			g_ptr_array_add(files, g_steal_pointer(&next));
	}
	if (folder != NULL)
		g_dir_close(folder);
}

static gboolean
is_protected(const char *file)
{
	return !g_str_equal(file, "lock") && !g_str_has_prefix(file, "tmp/");
}

static void
flip(int fd, off_t at, guint8 mask)
{
	guint8 byte;

	g_assert_cmpint(pread(fd, &byte, 1, at), ==, 1);
	byte ^= mask;
	g_assert_cmpint(pwrite(fd, &byte, 1, at), ==, 1);
}

/* Changes every @step-th byte of every file, then cuts and lengthens it. */
static void
tamper_with(const char *directory, const TestKeys *keys, guint step)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	guint tried = 0;

	list_files(directory, "", files);
	for (guint i = 0; i < files->len; i++) {
		const char *file = files->pdata[i];
		g_autofree char *path = g_build_filename(directory, file, NULL);
		int fd = open(path, O_RDWR);
		struct stat about;
		guint8 last;

		g_assert_cmpint(fstat(fd, &about), ==, 0);
		for (off_t at = 0; at < about.st_size && is_protected(file); at += step, tried++) {
			g_autoptr(GError) error = NULL;
			guint8 mask = (guint8)(1u << (at + tried) % 8);

			flip(fd, at, mask);
			if (fn_ledger_verify(directory, keys->gm_text, keys->intl_text, NULL, NULL, NULL, &error))
				g_error("byte %lld of %s may be changed", (long long)at, file);
			if ((g_str_has_prefix(file, "segments/") || strstr(file, "tile/") != NULL) && strstr(error->message, file) == NULL)
				g_error("byte %lld of %s: \"%s\" does not name it", (long long)at, file, error->message);
			flip(fd, at, mask);
		}
		if (about.st_size > 0 && is_protected(file)) {
			g_assert_cmpint(pread(fd, &last, 1, about.st_size - 1), ==, 1);
			g_assert_cmpint(ftruncate(fd, about.st_size - 1), ==, 0);
			check_fault(directory, keys, NULL);
			g_assert_cmpint(pwrite(fd, &last, 1, about.st_size - 1), ==, 1);
			g_assert_cmpint(pwrite(fd, "x", 1, about.st_size), ==, 1);
			check_fault(directory, keys, NULL);
			g_assert_cmpint(ftruncate(fd, about.st_size), ==, 0);
		}
		close(fd);
	}
	g_assert_cmpuint(tried, >, 300);
}

static FnLog *
open_small(const char *directory, TestKeys *keys)
{
	FnLogOptions options = test_options(directory, keys);

	options.segment_bytes = 8192;
	return fn_log_open(&options, NULL);
}

static guint64
head_size(FnLog *log)
{
	g_autofree char *head = fn_log_head(log, NULL);
	json_t *json = fn_json_parse(head, strlen(head), NULL);
	guint64 size = (guint64)json_integer_value(json_object_get(json, "size"));

	json_decref(json);
	return size;
}

/* Entries in two heads' time; the last head's own entry is the only one that no head covers. */
static guint64
make_log(const char *directory, TestKeys *keys, guint first, guint second, FnLog *(*opener)(const char *, TestKeys *))
{
	FnLog *log = opener(directory, keys);
	guint64 size;

	test_append_many(log, 0, first);
	g_assert_true(fn_log_publish(log, NULL));
	test_append_many(log, first, second);
	g_assert_true(fn_log_publish(log, NULL));
	size = head_size(log);
	g_assert_cmpuint(size, >=, first + second);
	fn_log_close(log);
	return size;
}

/* ThreadSanitizer has nothing to find in one thread and is slow: there a part is enough. */
#ifdef __SANITIZE_THREAD__
#define EVERY 31u
#else
#define EVERY 1u
#endif

static void
test_every_byte(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	guint64 size = make_log(directory, keys, 5, 4, open_small);

	check(directory, keys, size + 1, size);
	tamper_with(directory, keys, EVERY);
	check(directory, keys, size + 1, size);
}

static void
test_larger(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	guint64 size = make_log(directory, keys, 300, 500, test_open);

	check(directory, keys, size + 1, size);
	tamper_with(directory, keys, g_test_thorough() ? 1 : 397);
	check(directory, keys, size + 1, size);
}

static void
copy_file(const char *directory, const char *from, const char *to)
{
	g_autofree char *a = g_build_filename(directory, from, NULL);
	g_autofree char *b = g_build_filename(directory, to, NULL);
	g_autofree char *text = NULL;
	gsize size;

	g_assert_true(g_file_get_contents(a, &text, &size, NULL));
	g_assert_true(g_file_set_contents(b, text, (gssize)size, NULL));
}

/* Swaps an older copy in for some of the files: whatever knows more tells. */
static void
test_roll_back(void)
{
	static const char *const file[] = { "heads", "checkpoint", "state", "bundles", "segments/0000000000000000.seg" };
	g_autoptr(TestKeys) keys = test_keys_new();

	for (gsize i = 0; i < G_N_ELEMENTS(file); i++) {
		g_autoptr(TestDirectory) directory = test_directory_new();
		FnLog *log = test_open(directory, keys);
		g_autofree char *path = g_build_filename(directory, file[i], NULL);
		guint64 size;

		test_append_many(log, 0, 250);
		g_assert_true(fn_log_publish(log, NULL));
		fn_log_close(log);
		copy_file(directory, file[i], "old");
		log = test_open(directory, keys);
		test_append_many(log, 250, 300);
		g_assert_true(fn_log_publish(log, NULL));
		size = head_size(log);
		fn_log_close(log);
		check(directory, keys, size + 1, size);
		copy_file(directory, "old", file[i]);
		check_fault(directory, keys, NULL);
		g_unlink(path);
		check_fault(directory, keys, NULL);
	}
}

static void
test_other_keys(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(TestKeys) others = test_keys_new();
	g_autofree char *path = g_build_filename(directory, "keys", NULL);
	g_autoptr(GError) error = NULL;

	make_log(directory, keys, 5, 4, open_small);
	check_fault(directory, others, "keys");
	g_unlink(path);
	check_fault(directory, others, "heads");
	g_assert_false(fn_ledger_verify(directory, keys->intl_text, keys->gm_text, NULL, NULL, NULL, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN);
	check_fault("/nonexistent", keys, "nonexistent");
}

typedef struct {
	FnLog *log;
	gint stop;
} Writing;

static void *
write_on(void *data)
{
	Writing *writing = data;

	for (guint i = 0; g_atomic_int_get(&writing->stop) == 0; i += 7) {
		test_append_many(writing->log, i, 7);
		if (i > 3000) /* else each look takes longer than the one before */
			g_usleep(20000);
	}
	return NULL;
}

/* While a writer is at work and heads are signed all the time. */
static void
test_live(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	FnLogOptions options = test_options(directory, keys);
	Writing writing = { NULL, 0 };
	pthread_t thread;

	options.head_interval_ms = 20;
	writing.log = fn_log_open(&options, NULL);
	g_assert_cmpint(pthread_create(&thread, NULL, write_on, &writing), ==, 0);
	for (guint i = 0; i < 25; i++) {
		g_autoptr(GError) error = NULL;

		fn_ledger_verify(directory, keys->gm_text, keys->intl_text, NULL, NULL, NULL, &error);
		g_assert_no_error(error);
	}
	g_atomic_int_set(&writing.stop, 1);
	pthread_join(thread, NULL);
	fn_log_close(writing.log);
	fn_ledger_verify(directory, keys->gm_text, keys->intl_text, NULL, NULL, NULL, NULL);
}

/* Padding changed under a live, idle writer is found as well. */
static void
test_live_padding(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(FnLog) log = test_open(directory, keys);
	g_autofree char *path = g_build_filename(directory, "segments/0000000000000000.seg", NULL);
	int fd;

	test_append(log, 0, 5);
	g_assert_true(fn_log_publish(log, NULL));
	fd = open(path, O_RDWR);
	flip(fd, 30000, 1);
	check_fault(directory, keys, "segments/0000000000000000.seg at offset 30000");
	flip(fd, 30000, 1);
	close(fd);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	g_test_add_func("/ledger/verify/every-byte", test_every_byte);
	g_test_add_func("/ledger/verify/larger", test_larger);
	g_test_add_func("/ledger/verify/roll-back", test_roll_back);
	g_test_add_func("/ledger/verify/other-keys", test_other_keys);
	g_test_add_func("/ledger/verify/live", test_live);
	g_test_add_func("/ledger/verify/live-padding", test_live_padding);
	return g_test_run();
}
