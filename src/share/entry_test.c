#include "share/entry.h"

#include "base/json.h"

#include <string.h>

/* Every member set: the text must be its own canonical form. */
static void
test_canonical(void)
{
	static const char *const fields[] = { "name", "封", NULL };
	FnShareEntry entry = { .event = "share.query", .address = "10.0.0.1", .case_number = "c\"1", .code = "x", .date = "2026-11-22",
		.digest = "sm3:00", .epsilon = "1/2", .field = "f", .grant = "g", .mode = "query", .nonce = "n", .operator_account = "op", .organization = "o",
		.policy = "gm", .provider = "p", .purpose = "低保\n", .resource = "r", .result = "permitted", .stream = "1-2", .subjects = fields,
		.system = "sys", .fields = fields, .detectors = fields, .levels = fields, .bytes = 1, .cells = 4, .count = 2, .k = 5, .part = 1,
		.rows = 0, .threshold = 5, .withheld = 3, .is_signed = TRUE };
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *canonical = NULL;
	json_t *parsed;

	fn_share_entry_write(text, &entry);
	parsed = fn_json_parse(text->str, text->len, NULL);
	g_assert_nonnull(parsed);
	g_assert_cmpuint(json_object_size(parsed), ==, 33);
	canonical = fn_json_canonical(parsed);
	g_assert_cmpstr(text->str, ==, canonical);
	json_decref(parsed);
}

static void
test_left_out(void)
{
	FnShareEntry entry = FN_SHARE_ENTRY("share.start");
	g_autoptr(GString) text = g_string_new(NULL);

	fn_share_entry_write(text, &entry);
	g_assert_cmpstr(text->str, ==, "{\"event\":\"share.start\"}");
}

static void
test_receipt_id(void)
{
	static const guint64 numbers[] = { 0, 9, 10, 123456789, G_MAXUINT64 / 10 - 1, 1844674407370955159u };
	static const char *const bad[] = { "", "-", "1", "1-", "1-0011223344556677x", "1-001122334455667", "01-0011223344556677",
		"1-00112233445566GG", "1-001122334455667A", "+1-0011223344556677", "-1-0011223344556677", " 1-0011223344556677",
		"99999999999999999999-0011223344556677", "1--0011223344556677", "1-0011223344556677\n" };
	static const guint8 salt[16] = { 0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0xff };
	char id[FN_RECEIPT_ID_SIZE];
	guint64 index;
	guint8 back[8];

	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
		fn_receipt_id(id, numbers[i], salt);
		g_assert_true(fn_receipt_id_parse(id, &index, back));
		g_assert_cmpuint(index, ==, numbers[i]);
		g_assert_cmpint(memcmp(back, salt, 8), ==, 0);
	}
	fn_receipt_id(id, 7, salt);
	g_assert_cmpstr(id, ==, "7-00112233445566ff");
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_test_message("%zu", i);
		g_assert_false(fn_receipt_id_parse(bad[i], &index, back));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/entry/canonical", test_canonical);
	g_test_add_func("/entry/left-out", test_left_out);
	g_test_add_func("/entry/receipt-id", test_receipt_id);
	return g_test_run();
}
