#include "ledger/head.h"

#include "ledger/test_keys.h"

static void
make_head(FnHead *head, TestKeys *keys)
{
	g_autofree guint8 *signature = NULL;
	g_autofree char *gm = NULL;
	g_autofree char *intl = NULL;
	gsize size;

	*head = (FnHead){ .origin = g_strdup("log.test.example/one"), .size = 9, .time = g_strdup("2026-07-01T08:00:00.000000Z") };
	memset(head->sha256, 1, sizeof(head->sha256));
	memset(head->sm3, 2, sizeof(head->sm3));
	gm = fn_head_message(head, FN_SUITE_GM);
	intl = fn_head_message(head, FN_SUITE_INTL);
	head->sm3_signature = test_keys_sign(keys, "ledger_head_gm", gm, &head->sm3_signature_size, NULL);
	signature = test_keys_sign(keys, "ledger_head_intl", intl, &size, NULL);
	head->note = fn_head_note(head, keys->intl_text, signature, size, NULL);
	g_assert_nonnull(head->note);
}

static void
test_line(void)
{
	g_autoptr(TestKeys) keys = test_keys_new();
	g_auto(FnHead) head = { 0 };
	g_auto(FnHead) again = { 0 };
	GString *line = g_string_new(NULL);
	FnCanon canon;

	make_head(&head, keys);
	g_assert_true(fn_head_verify(&head, keys->gm_text, keys->intl_text, NULL));
	fn_head_write(&head, line);
	canon = fn_canon_over(line->str, line->len);
	g_assert_true(fn_head_take(&canon, &again));
	g_assert_true(canon.at == canon.end);
	g_assert_cmpstr(again.note, ==, head.note);
	g_assert_true(fn_head_verify(&again, keys->gm_text, keys->intl_text, NULL));
	for (gsize cut = 0; cut < line->len; cut++) {
		g_autofree char *exact = g_memdup2(line->str, cut + 1);
		g_auto(FnHead) none = { 0 };

		canon = fn_canon_over(exact, cut);
		g_assert_false(fn_head_take(&canon, &none));
	}
	g_string_free(line, TRUE);
}

/* Each member alone, changed, breaks a signature. */
static void
test_every_member(void)
{
	g_autoptr(TestKeys) keys = test_keys_new();

	for (guint member = 0; member < 7; member++) {
		g_auto(FnHead) head = { 0 };
		g_autoptr(GError) error = NULL;

		make_head(&head, keys);
		switch (member) {
		case 0:
			head.origin[0] = 'L';
			break;
		case 1:
			head.size++;
			break;
		case 2:
			head.time[3] = '7';
			break;
		case 3:
			head.sha256[31] ^= 1;
			break;
		case 4:
			head.sm3[0] ^= 1;
			break;
		case 5:
			head.note[strlen(head.note) - 10] ^= 1;
			break;
		default:
			head.sm3_signature[20] ^= 1;
		}
		g_assert_false(fn_head_verify(&head, keys->gm_text, keys->intl_text, &error));
		g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_TAMPERED);
	}
}

/* The example of C2SP signed-note's reference implementation: the key id of a known key. */
static void
test_known_key_id(void)
{
	g_auto(FnHead) head = { .origin = g_strdup("PeterNeumann"), .size = 1 };
	const guint8 signature[64] = { 0 };
	g_autofree guint8 *raw = NULL;
	g_autofree char *note = NULL;
	gsize size;

	/* vkey PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW without its type byte */
	note = fn_head_note(&head, "intl:GlzZBxQ8OExB6DDFvOEqqIF+xWSaqr8sMTiLNbLXRNY=", signature, sizeof(signature), NULL);
	g_assert_nonnull(note);
	raw = g_base64_decode(strrchr(note, ' ') + 1, &size);
	g_assert_cmpuint(size, ==, 68);
	g_assert_cmphex(raw[0], ==, 0xc7);
	g_assert_cmphex(raw[1], ==, 0x4f);
	g_assert_cmphex(raw[2], ==, 0x20);
	g_assert_cmphex(raw[3], ==, 0xa3);
}

static void
test_origins(void)
{
	static const char *const good[] = { "a", "log.city.example/ledger", "localhost:8443/x" };
	static const char *const bad[] = { "", "a b", "a+b", "https://a", "fengni/v1/grant", "a\n", "市" };

	for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
		g_assert_true(fn_origin_is_valid(good[i]));
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(fn_origin_is_valid(bad[i]));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ledger/head/line", test_line);
	g_test_add_func("/ledger/head/every-member", test_every_member);
	g_test_add_func("/ledger/head/known-key-id", test_known_key_id);
	g_test_add_func("/ledger/head/origins", test_origins);
	return g_test_run();
}
