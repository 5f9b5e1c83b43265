/* Certificate requests: DER, wrapped into PEM here so that the fuzzer need not find base64, and the PEM text itself. */
#include "keeper/test_help.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autofree char *base64 = g_base64_encode(data, size);
	g_autofree char *wrapped =
		g_strconcat("-----BEGIN CERTIFICATE REQUEST-----\n", base64, "\n-----END CERTIFICATE REQUEST-----\n", NULL);
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autoptr(EVP_PKEY) a = NULL;
	g_autoptr(EVP_PKEY) b = NULL;
	g_autoptr(GError) error = NULL;

	fn_crypto_init();
	a = fn_authority_csr_key(wrapped, &error);
	g_assert_true((a == NULL) == (error != NULL));
	b = fn_authority_csr_key(text, NULL);
	return 0;
}
