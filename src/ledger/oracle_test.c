/* What our code writes, a verifier that shares nothing with it accepts; and it refuses what was changed. */
#include "ledger/test_pruned.h"
#include "ledger/test_witness.h"
#include "ledger/tlog_proof.h"
#include "ledger/trusted.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* @more (may be NULL) comes before the keys, @witness (may be NULL) behind them. */
static gboolean
oracle_of(const char *command, const char *path, const char *more, const TestKeys *keys, const char *witness)
{
	g_autofree char *script = g_build_filename(g_getenv("FENGNI_ROOT"), "tests/oracle/ledger_verify.py", NULL);
	const char *const arguments[] = { "python3", script, command, path, more != NULL ? more : keys->gm_text,
		more != NULL ? keys->gm_text : keys->intl_text, more != NULL ? keys->intl_text : witness, NULL };
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

static gboolean
oracle(const char *command, const char *path, const TestKeys *keys)
{
	return oracle_of(command, path, NULL, keys, NULL);
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

/* ---- both, over logs that were damaged somewhere ---- */

static void
list_files(const char *directory, const char *below, GPtrArray *files)
{
	g_autofree char *path = g_build_filename(directory, below, NULL);
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	const char *name;

	while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
		g_autofree char *next = below[0] != '\0' ? g_build_filename(below, name, NULL) : g_strdup(name);
		g_autofree char *whole = g_build_filename(directory, next, NULL);

		if (g_file_test(whole, G_FILE_TEST_IS_DIR))
			list_files(directory, next, files);
		else if (!g_str_equal(next, "lock"))
			g_ptr_array_add(files, g_steal_pointer(&next));
	}
}

static gint
by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

typedef enum { FLIP, CUT, LONGER, ABSENT, DAMAGES } Damage;

/* Does it, and gives what was there. */
static GBytes *
damage(const char *directory, const char *file, Damage how, GRand *chance)
{
	g_autofree char *path = g_build_filename(directory, file, NULL);
	char *text;
	gsize size;

	g_assert_true(g_file_get_contents(path, &text, &size, NULL));
	if (how == FLIP)
		flip(directory, file, (off_t)g_rand_int_range(chance, 0, (gint32)size));
	else if (how == CUT)
		g_assert_cmpint(truncate(path, g_rand_int_range(chance, 0, (gint32)size)), ==, 0);
	else if (how == LONGER)
		g_assert_cmpint(truncate(path, (off_t)size + g_rand_int_range(chance, 1, 9000)), ==, 0);
	else
		g_assert_cmpint(unlink(path), ==, 0);
	return g_bytes_new_take(text, size);
}

/* The two verifiers share nothing and must say the same of each; both must say no to most. */
static void
test_agree(const char *directory, const TestKeys *keys, guint rounds)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	GRand *chance = g_rand_new_with_seed(20261122);
	guint bad = 0;

	list_files(directory, "", files);
	g_ptr_array_sort(files, by_name);
	g_assert_true(oracle("log", directory, keys));
	for (guint i = 0; i < rounds; i++) {
		const char *file = files->pdata[g_rand_int_range(chance, 0, (gint32)files->len)];
		Damage how = (Damage)g_rand_int_range(chance, 0, DAMAGES);
		g_autofree char *path = g_build_filename(directory, file, NULL);
		g_autoptr(GBytes) was = damage(directory, file, how, chance);
		g_autoptr(GError) error = NULL;
		gboolean good = fn_ledger_verify(directory, keys->gm_text, keys->intl_text, NULL, NULL, NULL, &error);

		g_test_message("%s, damage %d: %s", file, how, good ? "good" : error->message);
		g_assert_cmpint(oracle("log", directory, keys), ==, good);
		bad += !good;
		g_assert_true(g_file_set_contents(path, g_bytes_get_data(was, NULL), (gssize)g_bytes_get_size(was), NULL));
	}
	g_assert_cmpuint(bad, >, rounds / 2);
	g_rand_free(chance);
}

static void
test_damaged(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();

	make_log(directory, keys);
	test_agree(directory, keys, 16);
}

static void
test_damaged_pruned(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();

	test_pruned(directory, keys);
	test_agree(directory, keys, 9);
}

/* ---- proofs and heads that were kept ---- */

static gboolean
ours(const char *path, const TestKeys *keys, const TestWitness *witness)
{
	g_autofree char *text = NULL;
	g_auto(FnTlogProof) proof = { 0 };
	g_autoptr(FnReceipt) receipt = NULL;
	gsize size;

	g_assert_true(g_file_get_contents(path, &text, &size, NULL));
	return fn_tlog_proof_parse(text, size, &proof, NULL) && fn_checkpoint_is_of_log(&proof.checkpoint, keys->intl_text, NULL) &&
		fn_cosignature_find(proof.checkpoint.lines, proof.checkpoint.body, witness->key, NULL, NULL, NULL) &&
		(receipt = fn_tlog_proof_receipt(&proof, NULL)) != NULL && fn_receipt_holds(receipt, keys->gm_text, keys->intl_text, NULL);
}

static void
test_proofs(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(TestWitness) witness = test_witness_new("witness.example/one");
	g_autofree char *path = g_build_filename(directory, "proof", NULL);
	g_autofree char *receipt = NULL;
	g_autofree char *note = NULL;
	g_autofree char *text = NULL;
	g_autofree char *line = NULL;
	g_autofree char *cosigned = NULL;
	GRand *chance = g_rand_new_with_seed(7);

	make_log(directory, keys);
	receipt = fn_ledger_prove(directory, 300, NULL);
	text = g_build_filename(directory, "checkpoint", NULL);
	g_assert_true(g_file_get_contents(text, &note, NULL, NULL));
	line = test_witness_sign(witness, note, 1700000000);
	cosigned = g_strconcat(note, line, NULL);
	g_free(text);
	text = fn_receipt_tlog_proof(receipt, strlen(receipt), cosigned, NULL);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	g_assert_true(ours(path, keys, witness));
	g_assert_true(oracle_of("proof", path, NULL, keys, witness->text));
	for (guint i = 0; i < 6; i++) {
		off_t at = i == 0 ? (off_t)strlen(text) - 30 : g_rand_int_range(chance, 0, (gint32)strlen(text));

		flip(directory, "proof", at);
		g_assert_false(ours(path, keys, witness));
		g_assert_false(oracle_of("proof", path, NULL, keys, witness->text));
		flip(directory, "proof", at);
	}
	g_rand_free(chance);
}

static gboolean
ours_from(const char *path, const char *directory, const TestKeys *keys)
{
	g_autofree char *text = NULL;
	g_auto(FnTrusted) kept = { 0 };
	FnLedgerReport report;
	gsize size;

	g_assert_true(g_file_get_contents(path, &text, &size, NULL));
	return fn_trusted_read(text, size, keys->gm_text, keys->intl_text, &kept, NULL) &&
		fn_ledger_verify(directory, keys->gm_text, keys->intl_text, NULL, NULL, &report, NULL) &&
		fn_trusted_is_past_of(&kept, directory, &report, NULL);
}

/* Heads of a log, held against itself, against what it was before, and against one that went another way. */
static void
test_from(void)
{
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(TestDirectory) log = test_directory_new();
	g_autoptr(TestDirectory) other = test_directory_new();
	g_autoptr(TestDirectory) kept = test_directory_new();
	const char *const directory[] = { log, other };

	make_log(log, keys);
	make_log(other, keys);
	for (guint i = 0; i < 2; i++) {
		FnLog *open = test_open(directory[i], keys);
		g_autofree char *path = g_strdup_printf("%s/%u.json", kept, i);
		g_autofree char *head = fn_log_head(open, NULL);

		g_assert_true(g_file_set_contents(path, head, -1, NULL));
		if (i == 0) {
			test_append_many(open, 5000, 50);
			g_assert_true(fn_log_publish(open, NULL));
		}
		fn_log_close(open);
	}
	for (guint i = 0; i < 4; i++) {
		g_autofree char *path = g_strdup_printf("%s/%u.json", kept, i / 2);
		gboolean good = ours_from(path, directory[i % 2], keys);

		g_assert_cmpint(good, ==, i / 2 == i % 2);
		g_assert_cmpint(oracle_of("from", path, directory[i % 2], keys, NULL), ==, good);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	g_test_add_func("/ledger/oracle/log", test_log);
	g_test_add_func("/ledger/oracle/receipts", test_receipts);
	g_test_add_func("/ledger/oracle/damaged", test_damaged);
	g_test_add_func("/ledger/oracle/damaged-pruned", test_damaged_pruned);
	g_test_add_func("/ledger/oracle/proofs", test_proofs);
	g_test_add_func("/ledger/oracle/from", test_from);
	return g_test_run();
}
