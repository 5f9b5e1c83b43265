#include "people/fixture.h"

#include "base/text.h"

#include <string.h>

static const guint8 rfc_seed[] = "12345678901234567890";
enum { RFC_SIZE = 20 };

/* RFC 6238, appendix B, last six digits. */
static const struct {
	gint64 seconds;
	guint code;
} vectors[] = { { 59, 287082 }, { 1111111109, 81804 }, { 1111111111, 50471 }, { 1234567890, 5924 },
	{ 2000000000, 279037 }, { 20000000000, 353130 } };

static void
test_vectors(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++)
		g_assert_cmpuint(fn_totp_code(rfc_seed, RFC_SIZE, vectors[i].seconds / 30), ==, vectors[i].code);
}

static void
test_window(void)
{
	static const struct {
		gint64 off;
		gboolean found;
	} cases[] = { { -2, FALSE }, { -1, TRUE }, { 0, TRUE }, { 1, TRUE }, { 2, FALSE } };
	gint64 now = (gint64)1111111111 * G_USEC_PER_SEC, step = 1111111111 / 30;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *code = g_strdup_printf("%06u", fn_totp_code(rfc_seed, RFC_SIZE, step + cases[i].off));

		g_assert_cmpint(
			fn_totp_find(rfc_seed, RFC_SIZE, code, now, 0), ==, cases[i].found ? step + cases[i].off : -1);
		g_assert_cmpint(fn_totp_find(rfc_seed, RFC_SIZE, code, now, step + cases[i].off), ==, -1); /* used */
	}
	g_assert_cmpint(fn_totp_find(rfc_seed, RFC_SIZE, "", now, 0), ==, -1);
	g_assert_cmpint(fn_totp_find(rfc_seed, RFC_SIZE, "50471", now, 0), ==, -1); /* the leading zero belongs to it */
	g_assert_cmpint(fn_totp_find(rfc_seed, RFC_SIZE, "050471", now, 0), ==, step);
	g_assert_cmpint(fn_totp_find(rfc_seed, RFC_SIZE, "0504710", now, 0), ==, -1);
}

static void
test_base32(void)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = { { "", "" }, { "f", "MY" }, { "fo", "MZXQ" }, { "foo", "MZXW6" }, { "foob", "MZXW6YQ" },
		{ "fooba", "MZXW6YTB" }, { "foobar", "MZXW6YTBOI" } }; /* RFC 4648 without padding */

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = fn_base32((const guint8 *)cases[i].bytes, strlen(cases[i].bytes));

		g_assert_cmpstr(text, ==, cases[i].text);
	}
}

static void
test_enroll(gconstpointer engine)
{
	static const guint8 key[32] = { 1 }, other[32] = { 2 };
	g_autoptr(FnDb) db = fixture_open(engine);
	g_autoptr(GError) error = NULL;
	g_autofree char *account = fixture_account(db, DEPARTMENT, "zhang.san", "张三"), *sealed = NULL, *text = NULL;
	g_autofree char *address = fn_people_totp_enroll(db, account, FN_SUITE_GM, key, &error);
	g_autofree guint8 *seed = NULL;
	g_autoptr(FnRows) row = NULL;
	gsize size;

	g_assert_no_error(error);
	row = fn_people_account_row(db, account, &error);
	sealed = g_strdup(fn_rows_text(row, "totp"));
	g_assert_true(g_str_has_prefix(sealed, "gm:"));
	seed = fn_totp_open(account, sealed, key, &size, &error);
	g_assert_no_error(error);
	text = fn_base32(seed, size);
	g_assert_nonnull(strstr(address, text));
	g_assert_true(g_str_has_prefix(address, "otpauth://totp/Fengni:zhang.san?"));
	g_assert_null(fn_totp_open(account, sealed, other, &size, &error));
	g_assert_error(error, FN_CRYPTO_ERROR, FN_CRYPTO_ERROR_OPEN);
	g_clear_error(&error);
	g_assert_null(fn_totp_open("somebody else", sealed, key, &size, &error));
	g_assert_error(error, FN_CRYPTO_ERROR, FN_CRYPTO_ERROR_OPEN);
	g_clear_error(&error);
	g_assert_null(fn_totp_open(account, "gm:zz", key, &size, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT);
	g_clear_error(&error);
	g_assert_null(fn_people_totp_enroll(db, "nobody", FN_SUITE_GM, key, &error));
	g_assert_error(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/people/totp/vectors", test_vectors);
	g_test_add_func("/people/totp/window", test_window);
	g_test_add_func("/people/totp/base32", test_base32);
	fn_test_add("/people/totp/enroll", test_enroll);
	return g_test_run();
}
