#include "people/people_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "people_sql.h"

#include <string.h>

enum { STEP_US = 30 * 1000000 };

guint
fn_totp_code(const guint8 *seed, gsize size, gint64 step)
{
	guint64 counter = GUINT64_TO_BE((guint64)step);
	g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_SHA1, seed, size);
	guint8 digest[20];
	gsize n = sizeof digest;
	guint8 at;

	g_hmac_update(hmac, (const guint8 *)&counter, sizeof counter);
	g_hmac_get_digest(hmac, digest, &n);
	at = digest[19] & 15;
	return ((guint)(digest[at] & 127) << 24 | (guint)digest[at + 1] << 16 | (guint)digest[at + 2] << 8 |
		       digest[at + 3]) %
	       1000000;
}

gint64
fn_totp_find(const guint8 *seed, gsize size, const char *text, gint64 now, gint64 last)
{
	gint64 middle = now / STEP_US, found = -1;

	for (gint64 step = middle - 1; step <= middle + 1; step++) {
		char code[8];

		g_snprintf(code, sizeof code, "%06u", fn_totp_code(seed, size, step));
		if (fn_text_equal_secret(code, text) && step > last && found < 0)
			found = step;
	}
	return found;
}

char *
fn_base32(const guint8 *bytes, gsize size)
{
	static const char letter[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	GString *out = g_string_new(NULL);
	guint held = 0, bits = 0;

	for (gsize i = 0; i < size; i++) {
		held = held << 8 | bytes[i];
		for (bits += 8; bits >= 5; bits -= 5)
			g_string_append_c(out, letter[held >> (bits - 5) & 31]);
	}
	if (bits > 0)
		g_string_append_c(out, letter[held << (5 - bits) & 31]);
	return g_string_free(out, FALSE);
}

static char *
seal_context(const char *account)
{
	return g_strconcat("totp/", account, NULL);
}

/* "gm:<hexadecimal>": the suite travels with the seed, so that a platform may change its suite without losing anybody.
 */
static char *
seal_seed(const char *account, FnSuite suite, const guint8 *seal_key, const guint8 *seed)
{
	g_autofree char *context = seal_context(account), *hex = NULL;
	g_autofree guint8 *sealed = NULL;
	gsize size;

	sealed = fn_seal(suite, seal_key, context, seed, FN_TOTP_SEED, &size);
	hex = fn_hex(sealed, size);
	return g_strconcat(fn_suite_name(suite), ":", hex, NULL);
}

guint8 *
fn_totp_open(const char *account, const char *sealed, const guint8 *seal_key, gsize *size_out, GError **error)
{
	g_auto(GStrv) part = g_strsplit(sealed, ":", 2);
	g_autofree char *context = seal_context(account);
	g_autofree guint8 *bytes = NULL;
	FnSuite suite;
	gsize size;

	size = part[0] == NULL || part[1] == NULL ? 0 : strlen(part[1]) / 2;
	bytes = g_malloc(size + 1);
	if (size == 0 || !fn_suite_from_name(part[0], &suite) || !fn_unhex(part[1], bytes, size)) {
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT,
			"the second factor of account %s is damaged; enroll it again", account);
		return NULL;
	}
	return fn_open(suite, seal_key, context, bytes, size, size_out, error);
}

char *
fn_people_totp_enroll(FnDb *db, const char *account, FnSuite suite, const guint8 *seal_key, GError **error)
{
	guint8 seed[FN_TOTP_SEED];
	g_autofree char *sealed = NULL, *text = NULL, *login = NULL;
	g_autoptr(FnRows) row = fn_people_account_row(db, account, error);
	char *address;

	if (row == NULL)
		return NULL;
	login = g_uri_escape_string(fn_rows_text(row, "login"), NULL, FALSE);
	fn_random(seed, sizeof seed);
	sealed = seal_seed(account, suite, seal_key, seed);
	text = fn_base32(seed, sizeof seed);
	address = g_strdup_printf(
		"otpauth://totp/Fengni:%s?secret=%s&issuer=Fengni&algorithm=SHA1&digits=6&period=30", login, text);
	explicit_bzero(seed, sizeof seed);
	explicit_bzero(text, strlen(text));
	g_clear_pointer(&row, fn_rows_free);
	if (fn_db_exec(db, &fn_sql_people_set_totp, FN_BINDS(FN_TEXT("totp", sealed), FN_TEXT("id", account)), NULL,
		    error))
		return address;
	fn_secret_free(address);
	return NULL;
}
