#include "keeper/test_help.h"

static const FnSuite suites[] = { FN_SUITE_GM, FN_SUITE_INTL };

static FnBundle *
sample(FnSuite suite, guint destroyed)
{
	FnBundle *bundle = fn_bundle_new(suite);

	for (int i = 0; i < FN_KEYS; i++)
		memset(bundle->key[i], i + 1, FN_PRIVATE);
	bundle->certificate = g_bytes_new_static("certificate", 11);
	for (guint i = 0; i < destroyed; i++) {
		g_autofree char *context = g_strdup_printf("grant %u", i);

		g_hash_table_add(bundle->destroyed, fn_bundle_context("mask", context));
	}
	return bundle;
}

static void
test_round_trip(void)
{
	static const guint counts[] = { 0, 1, 2, 1000 };

	for (gsize s = 0; s < G_N_ELEMENTS(suites); s++)
		for (gsize c = 0; c < G_N_ELEMENTS(counts); c++) {
			g_autoptr(FnBundle) before = sample(suites[s], counts[c]);
			g_autoptr(GBytes) file = NULL;
			g_autoptr(FnBundle) after = NULL;
			g_autoptr(GError) error = NULL;
			guint8 key[32];
			const guint8 *bytes;
			gsize size;

			fn_bundle_key(suites[s], secret, key);
			file = fn_bundle_seal(before, key);
			bytes = g_bytes_get_data(file, &size);
			after = fn_bundle_open(bytes, size, key, &error);
			g_assert_no_error(error);
			g_assert_cmpint(after->suite, ==, suites[s]);
			g_assert_cmpmem(before->key, FN_KEYS * FN_PRIVATE, after->key, FN_KEYS * FN_PRIVATE);
			g_assert_true(g_bytes_equal(before->certificate, after->certificate));
			g_assert_cmpuint(g_hash_table_size(after->destroyed), ==, counts[c]);
			for (guint i = 0; i < counts[c]; i++) {
				g_autofree char *context = g_strdup_printf("grant %u", i);
				g_autoptr(GBytes) mark = fn_bundle_context("mask", context);

				g_assert_true(g_hash_table_contains(after->destroyed, mark));
			}
		}
}

/* A file whose digest was put right again after the change: then the seal refuses, or the head is not known. */
static void
test_forged(void)
{
	g_autoptr(FnBundle) bundle = sample(FN_SUITE_GM, 2);
	g_autoptr(GBytes) file = NULL;
	g_autofree guint8 *copy = NULL;
	guint8 key[32];
	gsize size;

	fn_bundle_key(FN_SUITE_GM, secret, key);
	file = fn_bundle_seal(bundle, key);
	size = g_bytes_get_size(file);
	copy = g_memdup2(g_bytes_get_data(file, NULL), size);
	for (gsize i = 8; i < size; i++) {
		g_autoptr(FnDigest) digest = fn_digest_new(FN_SUITE_INTL);
		g_autoptr(GError) error = NULL;

		if (i >= 12 && i < 44)
			continue; /* the digest itself */
		copy[i] ^= 1;
		fn_digest_add(digest, copy, 12);
		fn_digest_add(digest, copy + 44, size - 44);
		fn_digest_peek(digest, copy + 12);
		g_assert_null(fn_bundle_open(copy, size, key, &error));
		g_assert_error(error, FN_KEEPER_ERROR, (int)(i < 12 ? FN_KEEPER_ERROR_DAMAGED : FN_KEEPER_ERROR_SECRET));
		copy[i] ^= 1;
	}
}

static void
refused(const guint8 *content, gsize size)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_bundle_parse(FN_SUITE_GM, content, size, &error));
	g_assert_error(error, FN_KEEPER_ERROR, FN_KEEPER_ERROR_DAMAGED);
}

/* Content that someone who has the key made wrong: sizes and counts that lie, marks out of order or twice. */
static void
test_bad_content(void)
{
	enum { KEYS = FN_KEYS * FN_PRIVATE, SIZE = KEYS + 4 + 3 + 4 + 64 };
	guint8 content[SIZE + 1] = { 0 };
	g_autoptr(FnBundle) good = NULL;

	content[KEYS + 3] = 3;
	content[KEYS + 10] = 2;
	content[KEYS + 11] = 1;
	content[KEYS + 11 + 32] = 2;
	good = fn_bundle_parse(FN_SUITE_GM, content, SIZE, NULL);
	g_assert_nonnull(good);
	for (gsize cut = 0; cut < SIZE; cut++)
		refused(content, cut);
	refused(content, SIZE + 1);
	content[KEYS + 10] = 1;
	refused(content, SIZE);
	content[KEYS + 10] = 2;
	content[KEYS + 7] = 0xff;
	refused(content, SIZE);
	content[KEYS + 7] = 0;
	content[KEYS] = 0xff;
	refused(content, SIZE);
	content[KEYS] = 0;
	content[KEYS + 11 + 32] = 1; /* twice the same */
	refused(content, SIZE);
	content[KEYS + 11 + 32] = 0; /* falling */
	refused(content, SIZE);
}

static void
test_contexts_do_not_run_together(void)
{
	g_autoptr(GBytes) a = fn_bundle_context("mask", "x");
	g_autoptr(GBytes) b = fn_bundle_context("mas", "kx");
	g_autoptr(GBytes) c = fn_bundle_context("field", "x");

	g_assert_false(g_bytes_equal(a, b));
	g_assert_false(g_bytes_equal(a, c));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_assert_true(fn_locked_start(NULL));
	g_test_add_func("/bundle/round-trip", test_round_trip);
	g_test_add_func("/bundle/forged", test_forged);
	g_test_add_func("/bundle/bad-content", test_bad_content);
	g_test_add_func("/bundle/contexts-do-not-run-together", test_contexts_do_not_run_together);
	return g_test_run();
}
