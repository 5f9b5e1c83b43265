/* What a power cut leaves: of the last commit any sectors may be missing, of those before none. */
#include "ledger/test_keys.h"

#include "ledger/segment.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <signal.h>

#define SEGMENT "segments/0000000000000000.seg"

static char *
segment_path(const char *directory)
{
	return g_build_filename(directory, SEGMENT, NULL);
}

static FnCommit
last_commit(const char *data)
{
	FnCommit commit[2] = { { 0 } };

	for (guint i = 0; i < 2; i++)
		fn_commit_read((const guint8 *)data + fn_commit_offset(i), &commit[i]);
	return commit[0].sequence > commit[1].sequence ? commit[0] : commit[1];
}

static guint64
durable(FnLog *log)
{
	g_autofree char *status = fn_log_status(log);
	json_t *json = fn_json_parse(status, strlen(status), NULL);
	guint64 size = (guint64)json_integer_value(json_object_get(json, "durable"));

	json_decref(json);
	return size;
}

/* A log with @single commits of one entry and then one of about @last entries; returns its only segment. */
static char *
make_log(const char *directory, TestKeys *keys, gboolean publish, guint single, guint last, gsize *size_out, guint64 *before_last)
{
	FnLog *log = test_open(directory, keys);
	g_autofree char *path = segment_path(directory);
	char *data;

	test_append(log, 0, single);
	if (publish)
		g_assert_true(fn_log_publish(log, NULL));
	for (guint i = 0; i < 50; i++) { /* until the head's own entry has come */
		g_usleep(1000);
		*before_last = durable(log);
	}
	test_append_many(log, single, last);
	fn_log_close(log);
	g_assert_true(g_file_get_contents(path, &data, size_out, NULL));
	return data;
}

static void
check_opens(const char *directory, TestKeys *keys, guint64 least, guint64 most)
{
	FnLog *log = test_open(directory, keys);
	g_autoptr(GError) error = NULL;

	g_assert_cmpuint(durable(log), >=, least);
	g_assert_cmpuint(durable(log), <=, most);
	test_append(log, 0, 1);
	fn_log_publish(log, &error);
	g_assert_no_error(error);
	fn_log_close(log);
	fn_ledger_verify(directory, keys->gm_text, keys->intl_text, NULL, NULL, NULL, &error);
	g_assert_no_error(error);
}

static void
copy_tree(const char *from, const char *to)
{
	const char *const command[] = { "cp", "-a", from, to, NULL };
	g_autoptr(GError) error = NULL;
	int status;

	g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, &error);
	g_assert_no_error(error);
	g_assert_cmpint(status, ==, 0);
}

/* Zeroes some sectors of the last commit, its record among them, as if they had not been written. */
static void
tear(GRand *random, char *data, const FnCommit *last)
{
	guint offset = fn_commit_offset(last->sequence);

	for (guint64 at = last->start; at < last->end;) {
		guint64 next = MIN(last->end, (at / FN_SECTOR + 1) * FN_SECTOR);

		if (g_rand_int_range(random, 0, 3) == 0)
			memset(data + at, 0, next - at);
		at = next;
	}
	if (g_rand_int_range(random, 0, 3) == 0)
		memset(data + offset, 0, FN_SECTOR); /* the record is torn, or still the older one (here: none) */
}

static void
test_torn(gconstpointer published)
{
	g_autoptr(TestDirectory) scratch = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(GRand) random = g_rand_new_with_seed(7);
	g_autofree char *whole = g_build_filename(scratch, "whole", NULL);
	guint64 before_last;
	gsize size;
	g_autofree char *data = make_log(whole, keys, GPOINTER_TO_INT(published), 6, 25, &size, &before_last);
	FnCommit last = last_commit(data);

	g_assert_cmpuint(last.size, ==, before_last + 25);
	for (guint i = 0; i < 60; i++) {
		g_autofree char *torn = g_build_filename(scratch, "torn", NULL);
		g_autofree char *path = segment_path(torn);
		g_autofree char *copy = g_memdup2(data, size);

		copy_tree(whole, torn);
		tear(random, copy, &last);
		g_assert_true(g_file_set_contents(path, copy, (gssize)size, NULL));
		/* The commit may have been two: the first entry alone and the rest. */
		check_opens(torn, keys, before_last, last.size);
		test_remove(torn);
	}
}

/* The first commit of a segment has no other before it. */
static void
test_torn_first(void)
{
	g_autoptr(TestKeys) keys = test_keys_new();

	for (guint kind = 0; kind < 4; kind++) {
		g_autoptr(TestDirectory) directory = test_directory_new();
		g_autofree char *path = segment_path(directory);
		guint64 before_last;
		gsize size;
		g_autofree char *data = make_log(directory, keys, FALSE, 1, 1, &size, &before_last);
		FnCommit first = { 0 };

		g_assert_cmpint(fn_commit_read((const guint8 *)data + fn_commit_offset(1), &first), ==, FN_FOUND_GOOD);
		memset(data + fn_commit_offset(2), 0, FN_SECTOR);
		memset(data + first.end, 0, size - first.end);
		if (kind == 1)
			memset(data + first.start + 20, 0, 50);
		if (kind == 2)
			memset(data + fn_commit_offset(1) + 90, 0, 10);
		if (kind == 3)
			memset(data + first.start, 0, first.end - first.start);
		g_assert_true(g_file_set_contents(path, data, (gssize)size, NULL));
		check_opens(directory, keys, 0, 1);
	}
}

/* A byte of what was acknowledged is changed: opening says where, and changes nothing. */
static void
test_altered(gconstpointer published)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autofree char *path = segment_path(directory);
	guint64 before_last;
	gsize size;
	g_autofree char *data = make_log(directory, keys, GPOINTER_TO_INT(published), 12, 3, &size, &before_last);
	FnCommit last = last_commit(data);

	for (guint64 at = FN_SEGMENT_HEAD; at < last.start; at += 5) {
		FnLogOptions options = test_options(directory, keys);
		g_autoptr(GError) error = NULL;
		g_autofree char *after = NULL;
		FnLog *log;
		gsize after_size;

		data[at] ^= (char)0x81; /* no longer ASCII: seen even where no tile covers it yet */
		g_assert_true(g_file_set_contents(path, data, (gssize)size, NULL));
		log = fn_log_open(&options, &error);
		g_assert_null(log);
		g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED);
		g_assert_nonnull(strstr(error->message, SEGMENT " at offset"));
		g_assert_true(g_file_get_contents(path, &after, &after_size, NULL));
		g_assert_true(after_size == size && memcmp(after, data, size) == 0);
		data[at] ^= (char)0x81;
	}
	g_assert_true(g_file_set_contents(path, data, (gssize)size, NULL));
	check_opens(directory, keys, last.size, last.size);
}

static void
test_derived_files(void)
{
	static const char *const made_again[] = { "state", "bundles", "checkpoint" };
	g_autoptr(TestKeys) keys = test_keys_new();

	for (gsize i = 0; i < G_N_ELEMENTS(made_again); i++) {
		g_autoptr(TestDirectory) directory = test_directory_new();
		g_autofree char *path = g_build_filename(directory, made_again[i], NULL);
		g_autofree char *state = g_build_filename(directory, "state", NULL);
		g_autofree char *data = NULL;
		guint64 before_last;
		gsize size;

		data = make_log(directory, keys, TRUE, 300, 3, &size, &before_last);
		g_unlink(path);
		if (i == 1)
			g_unlink(state); /* without the state nothing derived is believed */
		check_opens(directory, keys, before_last + 3, before_last + 3);
	}
}

/* The segments end before the last head: an older copy. */
static void
test_rolled_back(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autofree char *path = segment_path(directory);
	g_autofree char *old = NULL;
	FnLogOptions options = test_options(directory, keys);
	g_autoptr(GError) error = NULL;
	guint64 before_last;
	gsize size;
	FnLog *log;

	old = make_log(directory, keys, TRUE, 5, 2, &size, &before_last);
	log = test_open(directory, keys);
	test_append(log, 7, 9);
	g_assert_true(fn_log_publish(log, NULL));
	fn_log_close(log);
	g_assert_true(g_file_set_contents(path, old, (gssize)size, NULL));
	g_assert_null(fn_log_open(&options, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED);
}

/* The disk takes no more: the writer stops, reading goes on, and nothing acknowledged is lost. */
static void
test_full_disk(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	FnLog *log = test_open(directory, keys);
	const char *body = "{\"event\":\"test\",\"n\":1}";
	g_autoptr(GError) error = NULL;
	g_autoptr(GByteArray) out = g_byte_array_new();
	struct rlimit before, low;
	guint64 taken;

	test_append(log, 0, 4);
	signal(SIGXFSZ, SIG_IGN);
	g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
	low = (struct rlimit){ 20000, before.rlim_max };
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &low), ==, 0);
	while (fn_log_append_wait(log, FN_ROLE_GATE, FN_CLASS_6M, body, strlen(body), NULL, NULL, &error))
		;
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &before), ==, 0);
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_STOPPED);
	g_clear_error(&error);
	taken = durable(log);
	g_assert_cmpuint(taken, >, 20);
	g_assert_false(fn_log_append_wait(log, FN_ROLE_ADMIN, FN_CLASS_6M, body, strlen(body), NULL, NULL, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_STOPPED);
	g_assert_true(fn_log_read(log, 0, 1000, 1u << 20, out, NULL));
	g_assert_cmpuint(out->len, >, 1000);
	fn_log_close(log);
	check_opens(directory, keys, taken, taken);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	g_test_add_data_func("/ledger/recovery/torn", GINT_TO_POINTER(FALSE), test_torn);
	g_test_add_data_func("/ledger/recovery/torn-published", GINT_TO_POINTER(TRUE), test_torn);
	g_test_add_func("/ledger/recovery/torn-first", test_torn_first);
	g_test_add_data_func("/ledger/recovery/altered", GINT_TO_POINTER(FALSE), test_altered);
	g_test_add_data_func("/ledger/recovery/altered-published", GINT_TO_POINTER(TRUE), test_altered);
	g_test_add_func("/ledger/recovery/derived-files", test_derived_files);
	g_test_add_func("/ledger/recovery/rolled-back", test_rolled_back);
	g_test_add_func("/ledger/recovery/full-disk", test_full_disk);
	return g_test_run();
}
