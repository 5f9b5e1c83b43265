#include "ledger/test_keys.h"

static gboolean
verifies(const TestKeys *keys, const char *receipt, gsize size)
{
	return fn_receipt_verify(receipt, size, keys->gm_text, keys->intl_text, NULL);
}

static char *
make_receipt(FnLog *log, guint64 index)
{
	g_autoptr(GError) error = NULL;
	char *receipt = fn_log_receipt(log, index, &error);

	g_assert_no_error(error);
	return receipt;
}

static void
test_all_sizes(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(FnLog) log = test_open(directory, keys);
	guint64 size = 0;

	for (guint round = 0; round < 40; round++) {
		test_append_many(log, round, 1 + round * 13 % 40);
		g_assert_true(fn_log_publish(log, NULL));
		for (guint64 i = 0; i < 8; i++) {
			g_autofree char *head = fn_log_head(log, NULL);
			json_t *json = fn_json_parse(head, strlen(head), NULL);
			g_autofree char *receipt = NULL;

			size = (guint64)json_integer_value(json_object_get(json, "size"));
			json_decref(json);
			receipt = make_receipt(log, (i * 131 + round) % size);
			g_assert_true(verifies(keys, receipt, strlen(receipt)));
		}
	}
	g_assert_cmpuint(size, >, 600);
}

/* Each byte, changed in its lowest bit, in its case bit, and to a space, and each length. */
static void
test_every_byte(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(FnLog) log = test_open(directory, keys);
	g_autofree char *receipt = NULL;
	g_autofree char *longer = NULL;
	gsize size;

	test_append_many(log, 0, 11);
	g_assert_true(fn_log_publish(log, NULL));
	receipt = make_receipt(log, 6);
	size = strlen(receipt);
	g_assert_true(verifies(keys, receipt, size));
	for (gsize i = 0; i < size; i++) {
		char was = receipt[i];
		const char to[] = { (char)(was ^ 1), (char)(was ^ 0x20), (char)(was ^ 0x80), ' ' };

		for (gsize j = 0; j < sizeof(to); j++) {
			receipt[i] = to[j];
			if (to[j] != was && verifies(keys, receipt, size))
				g_error("byte %zu of the receipt may be %02x instead of %02x", i, (guint8)to[j], (guint8)was);
		}
		receipt[i] = was;
		g_assert_false(verifies(keys, receipt, i));
	}
	longer = g_strconcat(receipt, "\n\n", NULL);
	g_assert_true(verifies(keys, longer, size + 1));
	g_assert_false(verifies(keys, longer, size + 2));
}

static void
test_other_keys(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(TestKeys) others = test_keys_new();
	g_autoptr(FnLog) log = test_open(directory, keys);
	g_autoptr(GError) error = NULL;
	g_autofree char *receipt = NULL;

	test_append(log, 0, 3);
	g_assert_null(fn_log_receipt(log, 0, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_NOT_YET);
	g_clear_error(&error);
	g_assert_true(fn_log_publish(log, NULL));
	g_assert_null(fn_log_receipt(log, 100, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RANGE);
	g_clear_error(&error);
	receipt = make_receipt(log, 2);
	g_assert_false(fn_receipt_verify(receipt, strlen(receipt), others->gm_text, keys->intl_text, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RECEIPT);
	g_assert_false(fn_receipt_verify(receipt, strlen(receipt), keys->gm_text, others->intl_text, NULL));
	g_assert_false(fn_receipt_verify(receipt, strlen(receipt), keys->intl_text, keys->gm_text, NULL));
	g_assert_false(fn_receipt_verify(receipt, strlen(receipt), "", "intl:", NULL));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	g_test_add_func("/ledger/receipt/all-sizes", test_all_sizes);
	g_test_add_func("/ledger/receipt/every-byte", test_every_byte);
	g_test_add_func("/ledger/receipt/other-keys", test_other_keys);
	return g_test_run();
}
