#include "share/signature.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* What was taken in must come out of its own serialization the same. */
static void
check_input(const char *text)
{
	FnSignatureInput first, second;
	g_autofree char *again = NULL;

	if (!fn_signature_input_parse(text, &first, NULL))
		return;
	again = g_strdup_printf("%s=%s", first.label, first.params);
	g_assert(fn_signature_input_parse(again, &second, NULL));
	g_assert_cmpstr(first.params, ==, second.params);
	g_assert_cmpint(first.created, ==, second.created);
	g_assert_cmpstr(first.nonce, ==, second.nonce);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	guint8 bytes[128], digest[32];
	gsize n;

	check_input(text);
	if (fn_signature_bytes_parse(text, "fengni", bytes, sizeof(bytes), &n, NULL)) {
		g_autofree char *base64 = g_base64_encode(bytes, n);

		g_assert_nonnull(strstr(text, base64));
	}
	(void)fn_content_digest_parse(text, digest, NULL);
	return 0;
}
