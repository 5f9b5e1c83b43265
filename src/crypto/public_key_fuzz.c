#include "crypto/crypto.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autoptr(FnPublicKey) key = fn_public_key_parse(text, NULL);

	if (key != NULL) {
		const char *rest = data[0] == 'g' ? text + 3 : text + 5;

		/* What parses must be the one spelling of that key, and random bytes never a signature by it. */
		gsize bytes_size;
		g_autofree guint8 *bytes = g_base64_decode(rest, &bytes_size);
		g_autofree char *again = fn_public_key_text(fn_public_key_suite(key), bytes);

		g_assert_cmpstr(again, ==, text);
		g_assert_false(fn_verify(key, "grant", "m", 1, data, size, NULL));
	}
	return 0;
}
