#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

char *
fn_hex(const void *bytes, gsize size)
{
	static const char digit[] = "0123456789abcdef";
	const guint8 *from = bytes;
	char *text = g_malloc(2 * size + 1);

	for (gsize i = 0; i < size; i++) {
		text[2 * i] = digit[from[i] >> 4];
		text[2 * i + 1] = digit[from[i] & 15];
	}
	text[2 * size] = '\0';
	return text;
}

gboolean
fn_unhex(const char *text, void *bytes_out, gsize size)
{
	guint8 *to = bytes_out;

	if (text == NULL || strlen(text) != 2 * size)
		return FALSE;
	for (gsize i = 0; i < 2 * size; i++)
		if (!g_ascii_isxdigit(text[i]))
			return FALSE;
	for (gsize i = 0; i < size; i++)
		to[i] = (guint8)(g_ascii_xdigit_value(text[2 * i]) << 4 | g_ascii_xdigit_value(text[2 * i + 1]));
	return TRUE;
}

char *
fn_text_safe(const char *text, gssize size, gsize max)
{
	const char *end;
	GString *safe = g_string_new(NULL);

	if (text == NULL)
		text = "", size = 0;
	end = text + (size < 0 ? strlen(text) : (gsize)size);
	while (text < end && safe->len < max) {
		const char *plain = text;
		gunichar c;

		while (plain < end && *plain >= ' ' && *plain <= '~')
			plain++;
		if (plain > text) { /* nearly everything: places and names */
			gsize length = MIN((gsize)(plain - text), max - safe->len);

			g_string_append_len(safe, text, (gssize)length);
			text += length;
			continue;
		}
		c = g_utf8_get_char_validated(text, end - text);
		if (c == (gunichar)-1 || c == (gunichar)-2 || c == 0 || !g_unichar_isprint(c)) {
			g_string_append_printf(safe, "\\x%02x", (guint8)*text);
			text++;
			continue;
		}
		g_string_append_unichar(safe, c);
		text = g_utf8_next_char(text);
	}
	if (text < end)
		g_string_append(safe, "…");
	return g_string_free(safe, FALSE);
}

gboolean
fn_text_equal_secret(const char *a, const char *b)
{
	gsize n;
	guint8 differs;

	if (a == NULL || b == NULL)
		return FALSE;
	n = strlen(b);
	differs = strlen(a) != n;
	for (gsize i = 0; a[i] != '\0'; i++)
		differs |= (guint8)(a[i] ^ b[n == 0 ? 0 : i % n]);
	return differs == 0;
}

void
fn_random(void *bytes_out, gsize size)
{
	guint8 *to = bytes_out;

	while (size > 0) {
		ssize_t got = getrandom(to, size, 0);

		if (got < 0 && errno == EINTR)
			continue;
		g_assert(got > 0);
		to += got;
		size -= (gsize)got;
	}
}

char *
fn_id_new(void)
{
	static const char digit[] = "0123456789abcdefghjkmnpqrstvwxyz";
	guint8 random[16];
	guint64 ms = (guint64)g_get_real_time() / 1000;
	char *id = g_malloc(27);

	fn_random(random, sizeof(random));
	for (int i = 9; i >= 0; i--, ms >>= 5)
		id[i] = digit[ms & 31];
	for (int i = 0; i < 16; i++)
		id[10 + i] = digit[random[i] & 31];
	id[26] = '\0';
	return id;
}

void
fn_secret_free(char *secret)
{
	if (secret == NULL)
		return;
	explicit_bzero(secret, strlen(secret));
	g_free(secret);
}
