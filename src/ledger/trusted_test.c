/* What an auditor can tell who kept a head, a receipt or a witness's key. */
#include "ledger/proven.h"
#include "ledger/test_pruned.h"
#include "ledger/test_witness.h"
#include "ledger/trusted.h"

#include <fcntl.h>
#include <unistd.h>

static char *
below(const char *directory, const char *name)
{
	return g_build_filename(directory, name, NULL);
}

static char *
read_text(const char *directory, const char *name)
{
	g_autofree char *path = below(directory, name);
	char *text = NULL;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return text;
}

static gboolean
follows(const char *directory, const TestKeys *keys, const char *kept, GError **error)
{
	g_auto(FnTrusted) trusted = { 0 };
	FnLedgerReport report;

	fn_ledger_verify(directory, keys->gm_text, keys->intl_text, NULL, NULL, &report, error);
	g_assert_no_error(*error);
	return fn_trusted_read(kept, strlen(kept), keys->gm_text, keys->intl_text, &trusted, error) &&
		fn_trusted_is_past_of(&trusted, directory, &report, error);
}

enum { HEAD, RECEIPT, PROOF, CHECKPOINT, SPACED, FORMS };

/* What is given out over the first @size entries, in each form. */
static void
keep(FnLog *log, const char *directory, char *kept[FORMS])
{
	json_t *json;

	kept[HEAD] = fn_log_head(log, NULL);
	kept[RECEIPT] = fn_log_receipt(log, 1, NULL);
	kept[PROOF] = fn_receipt_tlog_proof(kept[RECEIPT], strlen(kept[RECEIPT]), NULL, NULL);
	kept[CHECKPOINT] = read_text(directory, "checkpoint");
	json = fn_json_parse(kept[HEAD], strlen(kept[HEAD]), NULL);
	kept[SPACED] = json_dumps(json, JSON_INDENT(2) | JSON_SORT_KEYS);
	json_decref(json);
}

static void
forget(char *kept[FORMS])
{
	for (guint form = 0; form < FORMS; form++)
		g_free(kept[form]);
}

static FnLog *
grow(const char *directory, TestKeys *keys, guint from, guint count)
{
	FnLog *log = test_open(directory, keys);

	test_append_many(log, from, count);
	g_assert_true(fn_log_publish(log, NULL));
	return log;
}

static void
test_follows(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	char *kept[5][FORMS];

	for (guint round = 0; round < 5; round++) {
		FnLog *log = grow(directory, keys, round * 150, 5 + round * 97);

		keep(log, directory, kept[round]);
		fn_log_close(log);
		for (guint i = 0; i <= round; i++)
			for (guint form = 0; form < FORMS; form++) {
				g_autoptr(GError) error = NULL;

				follows(directory, keys, kept[i][form], &error);
				g_assert_no_error(error);
			}
	}
	for (guint round = 0; round < 5; round++)
		forget(kept[round]);
}

/* An older copy put back is good in itself; another history with the same keys as well. The kept head tells. */
static void
test_back_and_fork(void)
{
	g_autoptr(TestDirectory) one = test_directory_new();
	g_autoptr(TestDirectory) two = test_directory_new();
	g_autoptr(TestDirectory) other = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	FnLogOptions options = test_options(other, keys);
	char *kept[FORMS], *elsewhere[FORMS];
	FnLog *log = grow(one, keys, 0, 40);

	keep(log, one, kept);
	fn_log_close(log);
	fn_log_close(grow(two, keys, 0, 20));
	options.origin = "log.test.example/two";
	log = fn_log_open(&options, NULL);
	test_append_many(log, 0, 9);
	g_assert_true(fn_log_publish(log, NULL));
	keep(log, other, elsewhere);
	fn_log_close(log);
	for (guint form = 0; form < FORMS; form++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(follows(two, keys, kept[form], &error));
		g_assert_nonnull(strstr(error->message, "rolled back"));
		g_clear_error(&error);
		g_assert_false(follows(one, keys, elsewhere[form], &error));
		g_assert_nonnull(strstr(error->message, "another log"));
	}
	fn_log_close(grow(two, keys, 20, 40));
	for (guint form = 0; form < FORMS; form++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(follows(two, keys, kept[form], &error));
		g_assert_nonnull(strstr(error->message, "forked"));
	}
	forget(kept);
	forget(elsewhere);
}

/* Nothing is believed that is not signed with the log's keys, whatever its form. */
static void
test_not_genuine(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(TestKeys) others = test_keys_new();
	FnLog *log = grow(directory, keys, 0, 9);
	static const char *const wrong[] = { "", "{}", "[]", "\n", "{\"entry\":1}", "c2sp.org/tlog-proof@v1\n" };
	char *kept[FORMS];

	keep(log, directory, kept);
	fn_log_close(log);
	for (guint form = 0; form < FORMS; form++) {
		gsize size = strlen(kept[form]);

		for (gsize at = 3; at < size; at += 1 + size / 60) {
			g_auto(FnTrusted) trusted = { 0 };
			gboolean good;

			kept[form][at] ^= 1;
			good = fn_trusted_read(kept[form], size, keys->gm_text, keys->intl_text, &trusted, NULL);
			kept[form][at] ^= 1;
			g_assert_false(good && form != SPACED);
		}
		for (guint which = 0; which < 2; which++) {
			g_auto(FnTrusted) trusted = { 0 };

			g_assert_cmpint(fn_trusted_read(kept[form], size, which == 0 ? others->gm_text : keys->gm_text,
				which == 1 ? others->intl_text : keys->intl_text, &trusted, NULL), ==, form == CHECKPOINT && which == 0);
		}
	}
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_auto(FnTrusted) trusted = { 0 };
		g_autoptr(GError) error = NULL;

		g_assert_false(fn_trusted_read(wrong[i], strlen(wrong[i]), keys->gm_text, keys->intl_text, &trusted, &error));
		g_assert_nonnull(error);
	}
	forget(kept);
}

static void
write_text(const char *directory, const char *name, const char *text)
{
	g_autofree char *path = below(directory, name);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static gboolean
is_witnessed(const char *directory, const TestWitness *witness, const TestKeys *keys, guint64 *size_out, guint64 *time_out)
{
	g_auto(FnTrusted) trusted = { 0 };
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gboolean good = fn_trusted_of_witness(fd, witness->key, keys->intl_text, &trusted, time_out, NULL);

	close(fd);
	*size_out = trusted.size;
	return good;
}

static void
test_witnesses(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(TestWitness) one = test_witness_new("witness.example/one");
	g_autoptr(TestWitness) two = test_witness_new("witness.example/two");
	FnLog *log = grow(directory, keys, 0, 9);
	g_autofree char *head = fn_log_head(log, NULL);
	g_autofree char *note = read_text(directory, "checkpoint");
	g_autofree char *line = test_witness_sign(one, note, 1700000000);
	g_autofree char *cosigned = g_strconcat(note, line, NULL);
	g_autofree char *folder = below(directory, "cosignatures");
	g_autofree char *id = fn_hex(one->key->id, sizeof(one->key->id));
	g_autofree char *name = g_build_filename("cosignatures", id, NULL);
	g_autofree char *kept = g_strconcat(head, "\n", line, NULL);
	gsize unsigned_from = (gsize)(strstr(head, ",\"origin\":") - head), unsigned_to = strlen(head);
	guint64 size, time = 0;

	fn_log_close(log);
	g_assert_false(is_witnessed(directory, one, keys, &size, &time));
	write_text(directory, "checkpoint", cosigned);
	g_assert_true(is_witnessed(directory, one, keys, &size, &time));
	g_assert_cmpuint(size, ==, 9);
	g_assert_cmpuint(time, ==, 1700000000);
	write_text(directory, "checkpoint", note);
	g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
	write_text(directory, name, kept);
	g_assert_true(is_witnessed(directory, one, keys, &size, &time));
	g_assert_false(is_witnessed(directory, two, keys, &size, &time));
	for (gsize i = 0; kept[i] != '\0'; i++) {
		kept[i] ^= 2;
		write_text(directory, name, kept);
		kept[i] ^= 2;
		/* What the head says beside its note is not what a witness signs. */
		if (is_witnessed(directory, one, keys, &size, &time) && (i < unsigned_from || i > unsigned_to))
			g_error("byte %zu of what is kept of a witness may be changed", i);
	}
}

static gboolean
proves(const char *text, const TestKeys *keys, const GPtrArray *witnesses, guint demanded, FnProven *proven)
{
	return fn_receipt_prove(text, strlen(text), NULL, 0, keys->gm_text, keys->intl_text, witnesses, demanded, proven, NULL);
}

static void
test_proven(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(TestKeys) others = test_keys_new();
	g_autoptr(TestWitness) one = test_witness_new("witness.example/one");
	g_autoptr(TestWitness) two = test_witness_new("witness.example/two");
	g_autoptr(GPtrArray) witnesses = g_ptr_array_new();
	FnLog *log = grow(directory, keys, 0, 600);
	g_autofree char *note = read_text(directory, "checkpoint");
	g_autofree char *line = test_witness_sign(one, note, 1700000000);
	g_autofree char *cosigned = g_strconcat(note, line, NULL);

	fn_log_close(log);
	g_ptr_array_add(witnesses, one->key);
	g_ptr_array_add(witnesses, two->key);
	for (guint64 i = 0; i < 600; i += 77) {
		g_autofree char *receipt = fn_ledger_prove(directory, i, NULL);
		g_autofree char *proof = fn_receipt_tlog_proof(receipt, strlen(receipt), cosigned, NULL);
		const char *const text[] = { receipt, proof };

		for (guint form = 0; form < 2; form++) {
			g_auto(FnProven) proven = { 0 };
			g_auto(FnProven) none = { 0 };

			g_assert_true(proves(text[form], keys, witnesses, form, &proven));
			g_assert_cmpuint(proven.index, ==, i);
			g_assert_cmpuint(proven.size, ==, 600);
			g_assert_cmpstr(proven.event, ==, "test");
			g_assert_cmpstr(proven.from, ==, "gate");
			g_assert_true(proven.both && proven.head_time != NULL && proven.strangers == 0);
			g_assert_cmpuint(proven.witnesses->len, ==, form);
			if (form == 1)
				g_assert_cmpstr(proven.witnesses->pdata[0], ==, "witness.example/one 2023-11-14T22:13:20.000000Z");
			g_assert_false(proves(text[form], keys, witnesses, form + 1, &none));
			g_assert_false(proves(text[form], others, witnesses, 0, &none));
		}
	}
	g_assert_null(fn_ledger_prove(directory, 600, NULL));
	g_assert_null(fn_ledger_prove("/nonexistent", 0, NULL));
}

/* A proof without our receipt, as others write it, needs the entry from elsewhere and proves one tree. */
static void
test_bare(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(GPtrArray) none = g_ptr_array_new();
	FnLog *log = grow(directory, keys, 0, 9);
	g_autofree char *receipt = fn_log_receipt(log, 4, NULL);
	g_autofree char *proof = fn_receipt_tlog_proof(receipt, strlen(receipt), NULL, NULL);
	g_autofree char *bare = g_strconcat("c2sp.org/tlog-proof@v1", strstr(proof, "\nindex "), NULL);
	g_autoptr(FnReceipt) read = fn_receipt_parse(receipt, strlen(receipt), NULL);
	g_autofree char *entry = g_strndup(read->bytes.text, read->bytes.size);
	g_auto(FnProven) proven = { 0 };

	fn_log_close(log);
	g_assert_false(proves(bare, keys, none, 0, &proven));
	g_assert_true(fn_receipt_prove(bare, strlen(bare), entry, strlen(entry), keys->gm_text, keys->intl_text, none, 0, &proven, NULL));
	g_assert_cmpuint(proven.index, ==, 4);
	g_assert_false(proven.both);
	strstr(entry, "test")[0] = 'b';
	g_assert_false(fn_receipt_prove(bare, strlen(bare), entry, strlen(entry), keys->gm_text, keys->intl_text, none, 0, &proven, NULL));
}

/* Of a pruned log: what is kept is proven as before, what is gone is said to be gone. */
static void
test_pruned_log(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autofree char *checkpoint = NULL;
	g_autoptr(GError) wrong = NULL;
	guint gone = 0, kept = 0;

	test_pruned(directory, keys);
	for (guint64 index = 0; index < 1900; index++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *receipt = index < 800 || index % 50 == 0 ? fn_ledger_prove(directory, index, &error) : NULL;

		if (receipt != NULL) {
			g_assert_true(fn_receipt_verify(receipt, strlen(receipt), keys->gm_text, keys->intl_text, NULL));
			kept += index < 800;
		} else if (error != NULL) {
			g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_PRUNED);
			gone++;
		}
	}
	g_assert_true(gone > 700 && kept > 3);
	checkpoint = read_text(directory, "checkpoint");
	g_assert_true(follows(directory, keys, checkpoint, &wrong));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	g_test_add_func("/ledger/trusted/follows", test_follows);
	g_test_add_func("/ledger/trusted/back-and-fork", test_back_and_fork);
	g_test_add_func("/ledger/trusted/not-genuine", test_not_genuine);
	g_test_add_func("/ledger/trusted/witnesses", test_witnesses);
	g_test_add_func("/ledger/trusted/proven", test_proven);
	g_test_add_func("/ledger/trusted/bare", test_bare);
	g_test_add_func("/ledger/trusted/pruned", test_pruned_log);
	return g_test_run();
}
