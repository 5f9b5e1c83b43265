#include "ledger/tlog_proof.h"

#include "ledger/test_witness.h"

static char *
make_receipt(FnLog *log, guint64 index)
{
	g_autoptr(GError) error = NULL;
	char *receipt = fn_log_receipt(log, index, &error);

	g_assert_no_error(error);
	return receipt;
}

/* All that a reader asks of a proof. */
static gboolean
holds(const char *text, gsize size, const TestKeys *keys, const FnNoteKey *witness)
{
	g_auto(FnTlogProof) proof = { 0 };
	g_autoptr(FnNoteKey) log = test_log_key(keys, "log.test.example/one");
	g_autoptr(FnReceipt) receipt = NULL;

	if (!fn_tlog_proof_parse(text, size, &proof, NULL) || (receipt = fn_tlog_proof_receipt(&proof, NULL)) == NULL)
		return FALSE;
	return fn_receipt_holds(receipt, keys->gm_text, keys->intl_text, NULL) && fn_tlog_proof_leads(&proof, receipt->bytes.text, receipt->bytes.size) &&
		fn_checkpoint_verify(&proof.checkpoint, log, NULL, NULL) &&
		(witness == NULL || fn_cosignature_find(proof.checkpoint.lines, proof.checkpoint.body, witness, NULL, NULL, NULL));
}

static void
test_all_sizes(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(FnLog) log = test_open(directory, keys);

	for (guint round = 0; round < 12; round++) {
		test_append_many(log, round, 1 + round * 13 % 60);
		g_assert_true(fn_log_publish(log, NULL));
		for (guint64 i = 0; i < 3; i++) {
			g_autofree char *receipt = make_receipt(log, i * round);
			g_autofree char *text = fn_receipt_tlog_proof(receipt, strlen(receipt), NULL, NULL);

			g_assert_true(holds(text, strlen(text), keys, NULL));
		}
	}
	g_assert_null(fn_receipt_tlog_proof("{}", 2, NULL, NULL));
}

/* Each byte changed in two ways, each length. */
static void
test_every_byte(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(TestWitness) witness = test_witness_new("witness.example/one");
	g_autoptr(FnLog) log = test_open(directory, keys);
	g_autofree char *receipt = NULL;
	g_autofree char *line = NULL;
	g_autofree char *checkpoint = NULL;
	g_autofree char *text = NULL;
	gsize size;

	test_append_many(log, 0, 11);
	g_assert_true(fn_log_publish(log, NULL));
	receipt = make_receipt(log, 6);
	text = fn_receipt_tlog_proof(receipt, strlen(receipt), NULL, NULL);
	line = test_witness_sign(witness, strstr(text, "\n\n") + 2, 1700000000);
	checkpoint = g_strconcat(strstr(text, "\n\n") + 2, line, NULL);
	g_free(text);
	text = fn_receipt_tlog_proof(receipt, strlen(receipt), checkpoint, NULL);
	size = strlen(text);
	g_assert_true(holds(text, size, keys, witness->key));
	for (gsize i = 0; i < size; i++) {
		char was = text[i];

		for (gsize bit = i % 3; bit < 8; bit += 3) {
			text[i] = (char)(was ^ (1 << bit));
			if (holds(text, size, keys, witness->key))
				g_error("byte %zu of the proof may be %02x instead of %02x", i, (guint8)text[i], (guint8)was);
		}
		text[i] = was;
		g_assert_false(holds(text, i, keys, witness->key));
	}
}

/* A proof of another entry, or another head, with a genuine receipt inside. */
static void
test_mixed(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(FnLog) log = test_open(directory, keys);
	g_autofree char *mixed = NULL;
	char *text[3], *part[3];

	test_append_many(log, 0, 11);
	for (guint i = 0; i < 3; i++) {
		g_autofree char *receipt = NULL;

		if (i != 1) { /* 0 and 1 are of one head */
			test_append_many(log, 50 * i, 3);
			g_assert_true(fn_log_publish(log, NULL));
		}
		receipt = make_receipt(log, i + 2);
		text[i] = fn_receipt_tlog_proof(receipt, strlen(receipt), NULL, NULL);
		part[i] = strstr(text[i], "\nindex ");
		g_assert_true(holds(text[i], strlen(text[i]), keys, NULL));
	}
	for (guint i = 0; i < 9; i++) {
		g_autofree char *begin = g_strndup(text[i / 3], (gsize)(part[i / 3] - text[i / 3]));

		g_free(mixed);
		mixed = g_strconcat(begin, part[i % 3], NULL);
		g_assert_cmpint(holds(mixed, strlen(mixed), keys, NULL), ==, i / 3 == i % 3);
	}
	for (guint i = 0; i < 3; i++)
		g_free(text[i]);
}

/* Proofs of others, without our receipt: the entry comes from elsewhere. */
static void
test_foreign(void)
{
	static const char *const wrong[] = { "", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v2\nindex 0\n\n", "c2sp.org/tlog-proof@v1\nindex 0\n",
		"c2sp.org/tlog-proof@v1\nindex 00\n\n", "c2sp.org/tlog-proof@v1\nindex -1\n\n", "c2sp.org/tlog-proof@v1\nextra \nindex 0\n\n",
		"c2sp.org/tlog-proof@v1\nextra ====\nindex 0\n\n", "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n", "c2sp.org/tlog-proof@v1\nindex 0" };
	g_autofree char *root = NULL;
	g_autofree char *text = NULL;
	guint8 leaf[FN_DIGEST_SIZE];
	g_auto(FnTlogProof) proof = { 0 };

	fn_tree_leaf(FN_SUITE_INTL, "entry", 5, leaf);
	root = g_base64_encode(leaf, sizeof(leaf));
	text = g_strdup_printf("c2sp.org/tlog-proof@v1\nindex 0\n\nlog.example\n1\n%s\n\n\xe2\x80\x94 log.example AAAAAAA=\n", root);
	g_assert_true(fn_tlog_proof_parse(text, strlen(text), &proof, NULL));
	g_assert_true(fn_tlog_proof_leads(&proof, "entry", 5));
	g_assert_false(fn_tlog_proof_leads(&proof, "entrz", 5));
	g_assert_null(fn_tlog_proof_receipt(&proof, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		const char *note = strchr(text, '0') + 3;
		g_autofree char *whole = g_strconcat(wrong[i], i % 2 ? note : "", NULL);
		g_auto(FnTlogProof) none = { 0 };
		g_autoptr(GError) error = NULL;

		g_assert_false(fn_tlog_proof_parse(whole, strlen(whole), &none, &error));
		g_assert_nonnull(error);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	g_test_add_func("/ledger/tlog-proof/all-sizes", test_all_sizes);
	g_test_add_func("/ledger/tlog-proof/every-byte", test_every_byte);
	g_test_add_func("/ledger/tlog-proof/mixed", test_mixed);
	g_test_add_func("/ledger/tlog-proof/foreign", test_foreign);
	return g_test_run();
}
