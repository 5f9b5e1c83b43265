/* A tally against a hash table of GLib, in memory and spilled. */
#include "disclosure/disclosure_priv.h"

#include <string.h>

typedef struct {
	guint words, keys, adds;
	guint32 reach; /* of a word */
	gsize memory;
	gboolean spills, sorted;
} Case;

static const Case cases[] = {
	{ 1, 0, 0, 1, 1 << 20, FALSE, FALSE },
	{ 1, 0, 0, 1, 1 << 20, FALSE, TRUE },
	{ 1, 1, 5, 1, 1 << 20, FALSE, TRUE },
	{ 3, 5000, 20000, 40, 1 << 20, FALSE, FALSE },
	{ 3, 5000, 20000, 40, 1 << 20, FALSE, TRUE },
	{ 3, 5000, 20000, G_MAXUINT32, 1 << 20, FALSE, TRUE },
	{ 3, 5000, 20000, 40, 16 << 10, TRUE, FALSE },
	{ 18, 3000, 9000, 3, 16 << 10, TRUE, TRUE },
	{ 2, 20000, 60000, 300, 1 << 10, TRUE, FALSE }, /* more runs than are merged at once */
	{ 1, 65, 200, G_MAXUINT32, 64, TRUE, FALSE },
};

static GHashTable *
fill(FnTally *tally, const Case *c)
{
	GHashTable *truth = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, g_free);
	g_autoptr(GRand) rand = g_rand_new_with_seed(c->keys + c->words);
	g_autofree guint32 *keys = g_new(guint32, (gsize)MAX(c->keys, 1) * c->words);
	g_autoptr(GError) error = NULL;

	for (gsize i = 0; i < (gsize)c->keys * c->words; i++)
		keys[i] = g_rand_int(rand) % c->reach;
	for (guint i = 0; i < c->adds; i++) {
		const guint32 *key = keys + (gsize)(g_rand_int(rand) % c->keys) * c->words;
		GBytes *bytes = g_bytes_new(key, c->words * sizeof(guint32));
		guint64 count = i % 7 == 0 ? G_GUINT64_CONSTANT(5000000000) : i % 3 + 1, *sum = g_hash_table_lookup(truth, bytes);

		g_assert_true(fn_tally_add(tally, key, &count, 1, &error));
		g_assert_no_error(error);
		if (sum != NULL) {
			*sum += count;
			g_bytes_unref(bytes);
		} else
			g_hash_table_insert(truth, bytes, g_memdup2(&count, sizeof(count)));
	}
	return truth;
}

static void
check_order(const guint32 *last, const guint32 *key, guint64 i, guint words)
{
	if (i > 0)
		g_assert_cmpint(fn_key_compare(last, key, words), <, 0);
}

static void
check(const FnTally *tally, GHashTable *truth, const Case *c)
{
	g_auto(FnTallyReader) reader = fn_tally_read(tally);
	g_autoptr(GError) error = NULL;
	guint32 last[FN_TALLY_MAX_WORDS] = { 0 }, absent[FN_TALLY_MAX_WORDS] = { 0 };
	const guint32 *key;
	guint64 count, found, n = 0;

	for (; (key = fn_tally_next(&reader, &count, &error)) != NULL; n++) {
		g_autoptr(GBytes) bytes = g_bytes_new(key, c->words * sizeof(guint32));
		const guint64 *sum = g_hash_table_lookup(truth, bytes);

		g_assert_nonnull(sum);
		g_assert_cmpuint(*sum, ==, count);
		if (c->sorted || c->spills)
			check_order(last, key, n, c->words);
		memcpy(last, key, c->words * sizeof(guint32));
		g_assert_true(fn_tally_find(tally, last, &found, &error));
		g_assert_cmpuint(found, ==, count);
	}
	g_assert_no_error(error);
	g_assert_cmpuint(n, ==, g_hash_table_size(truth));
	g_assert_cmpuint(n, ==, fn_tally_keys(tally));
	for (guint i = 0; i < 3; i++) {
		g_autoptr(GBytes) bytes = NULL;

		memset(absent, i == 0 ? 0 : i == 1 ? 0xff : 0x55, c->words * sizeof(guint32));
		bytes = g_bytes_new(absent, c->words * sizeof(guint32));
		g_assert_true(fn_tally_find(tally, absent, &found, &error));
		g_assert_cmpint(found > 0, ==, g_hash_table_contains(truth, bytes));
	}
}

static void
test_counts(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(FnTally) tally = fn_tally_new(cases[i].words, cases[i].memory, g_get_tmp_dir());
		g_autoptr(GHashTable) truth = fill(tally, &cases[i]);
		g_autoptr(GError) error = NULL;

		g_assert_true(fn_tally_finish(tally, cases[i].sorted, &error));
		g_assert_no_error(error);
		g_assert_cmpint(fn_tally_spilled(tally), ==, cases[i].spills);
		if (cases[i].spills)
			g_assert_cmpuint(fn_tally_size(tally), ==, 0);
		check(tally, truth, &cases[i]);
	}
}

static void
test_nowhere_to_spill(void)
{
	static const char *const directories[] = { NULL, "/nonexistent/directory", "/proc" };

	for (gsize i = 0; i < G_N_ELEMENTS(directories); i++) {
		g_autoptr(FnTally) tally = fn_tally_new(1, 1, directories[i]);
		g_autoptr(GError) error = NULL;

		for (guint32 key = 0; key < 100; key++)
			if (!fn_tally_add(tally, &key, NULL, 1, &error))
				break;
		g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_SPILL);
		g_test_message("%s", error->message);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/tally/counts", test_counts);
	g_test_add_func("/tally/nowhere-to-spill", test_nowhere_to_spill);
	return g_test_run();
}
