#include "share/cursor.h"

#include <string.h>

#define CURSOR_MOST 8192

static void
derive(FnSuite suite, const guint8 *key, guint8 out[FN_DIGEST_SIZE])
{
	fn_hkdf(suite, key, FN_DIGEST_SIZE, "fengni/v1/cursor", out, FN_DIGEST_SIZE);
}

char *
fn_cursor_seal(FnSuite suite, const guint8 *key, const char *grant, const char *value, gsize size)
{
	guint8 own[FN_DIGEST_SIZE];
	g_autofree guint8 *sealed = NULL;
	char *text, *end;
	gsize sealed_size;

	derive(suite, key, own);
	sealed = fn_seal(suite, own, grant, value, size, &sealed_size);
	explicit_bzero(own, sizeof(own));
	text = g_base64_encode(sealed, sealed_size);
	g_strdelimit(g_strdelimit(text, "+", '-'), "/", '_');
	for (end = text + strlen(text); end > text && end[-1] == '='; end--)
		end[-1] = '\0';
	return text;
}

char *
fn_cursor_open(FnSuite suite, const guint8 *key, const char *grant, const char *cursor)
{
	g_autofree char *text = NULL;
	g_autofree guint8 *sealed = NULL, *value = NULL;
	guint8 own[FN_DIGEST_SIZE];
	gsize size = strnlen(cursor, CURSOR_MOST + 1), sealed_size, value_size;

	if (size > CURSOR_MOST || strspn(cursor, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != size)
		return NULL;
	text = g_strconcat(cursor, size % 4 == 2 ? "==" : size % 4 == 3 ? "=" : "", NULL);
	g_strdelimit(g_strdelimit(text, "-", '+'), "_", '/');
	sealed = g_base64_decode(text, &sealed_size);
	derive(suite, key, own);
	value = sealed_size >= FN_SEAL_OVERHEAD ? fn_open(suite, own, grant, sealed, sealed_size, &value_size, NULL) : NULL;
	explicit_bzero(own, sizeof(own));
	if (value == NULL || memchr(value, '\0', value_size) != NULL)
		return NULL;
	return g_strndup((const char *)value, value_size);
}
