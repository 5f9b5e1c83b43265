/* The content of a bundle (what the seal would let through), and the file as a whole. */
#include "keeper/test_help.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autoptr(FnBundle) content = NULL;
	g_autoptr(FnBundle) whole = NULL;
	guint8 key[FN_PRIVATE] = { 0 };

	g_assert_true(fn_locked_start(NULL));
	content = fn_bundle_parse(FN_SUITE_GM, data, size, NULL);
	if (content != NULL) {
		/* What parses has one form only: written again it is the same. */
		g_autoptr(GBytes) file = fn_bundle_seal(content, key);
		g_autoptr(FnBundle) again = NULL;
		gsize file_size;
		const guint8 *bytes = g_bytes_get_data(file, &file_size);

		again = fn_bundle_open(bytes, file_size, key, NULL);
		g_assert_nonnull(again);
		g_assert_cmpuint(file_size, ==, 44 + FN_SEAL_OVERHEAD + size);
	}
	whole = fn_bundle_open(data, size, key, NULL);
	g_assert_null(whole);
	return 0;
}
