#include "mask/testing.h"

enum { N = 200 };

/* Shuffles @n values that are their row, or NULL where @is_null says so; out are the texts, NULL for null. */
static void
shuffle(const guint8 *key, const char *name, guint n, const char *const *in, char **out)
{
	g_autoptr(FnMaskColumn) mask = fn_mask_column_new("shuffle", FN_SUITE_GM, key, name, NULL);
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	g_autofree const char **cell = g_new(const char *, n + 1);
	g_autofree guint32 *size = g_new(guint32, n + 1);
	FnColumn column = { cell, size, n };

	for (guint i = 0; i < n; i++) {
		cell[i] = in[i];
		size[i] = in[i] != NULL ? (guint32)strlen(in[i]) : 0;
	}
	fn_mask_apply(mask, &column, arena);
	for (guint i = 0; i < n; i++) {
		g_assert_cmpint(cell[i] == NULL, <=, size[i] == 0);
		out[i] = g_strndup(cell[i], size[i]);
	}
}

static int
compare(gconstpointer a, gconstpointer b)
{
	return g_strcmp0(*(char *const *)a, *(char *const *)b);
}

static void
free_all(char **texts, guint n)
{
	for (guint i = 0; i < n; i++)
		g_free(texts[i]);
}

static guint
differences(char **a, char **b, guint n)
{
	guint differ = 0;

	for (guint i = 0; i < n; i++)
		differ += g_strcmp0(a[i], b[i]) != 0;
	return differ;
}

/* The same values, each in another row, nulls where they were; the order depends on key, column and batch. */
static void
test_shuffle(void)
{
	static const guint8 other_key[32] = { 9 };
	char *in[N], *out[N], *again[N], *other[N], *elsewhere[N], *later[N];

	for (guint i = 0; i < N; i++)
		in[i] = i % 10 == 3 ? NULL : g_strdup_printf("value %u", i);
	shuffle(test_key, "c", N, (const char *const *)in, out);
	shuffle(test_key, "c", N, (const char *const *)in, again);
	shuffle(other_key, "c", N, (const char *const *)in, other);
	shuffle(test_key, "d", N, (const char *const *)in, elsewhere);
	for (guint i = 0; i < N; i++) {
		g_assert_cmpint(in[i] == NULL, ==, out[i] == NULL);
		g_assert_true(in[i] == NULL || !g_str_equal(in[i], out[i]));
	}
	g_assert_cmpuint(differences(out, again, N), ==, 0);
	g_assert_cmpuint(differences(out, other, N), >, N / 2);
	g_assert_cmpuint(differences(out, elsewhere, N), >, N / 2);
	g_free(in[0]);
	in[0] = g_strdup("another batch");
	shuffle(test_key, "c", N, (const char *const *)in, later);
	g_assert_cmpuint(differences(out, later, N), >, N / 2);
	qsort(in, N, sizeof(*in), compare);
	qsort(later, N, sizeof(*later), compare);
	g_assert_cmpuint(differences(in, later, N), ==, 0);
	free_all(in, N);
	free_all(out, N);
	free_all(again, N);
	free_all(other, N);
	free_all(elsewhere, N);
	free_all(later, N);
}

/* Batches that would tell: too few values, or one value in most rows. */
static const struct {
	guint values, nulls, equal; /* @equal of the values are the same text */
	gboolean suppressed;
} batches[] = {
	{ 0, 0, 0, TRUE }, { 1, 0, 0, TRUE }, { 15, 0, 0, TRUE }, { 15, 100, 0, TRUE }, { 16, 0, 0, FALSE }, { 16, 100, 0, FALSE },
	{ 40, 0, 20, FALSE }, { 40, 0, 21, TRUE }, { 40, 0, 40, TRUE },
};

static void
test_suppressed(void)
{
	for (gsize b = 0; b < G_N_ELEMENTS(batches); b++) {
		guint n = batches[b].values + batches[b].nulls, left = 0;
		char *in[N], *out[N];

		for (guint i = 0; i < n; i++)
			in[i] = i < batches[b].nulls ? NULL : g_strdup_printf("value %u", i < n - batches[b].equal ? i : n);
		shuffle(test_key, "c", n, (const char *const *)in, out);
		for (guint i = 0; i < n; i++)
			left += out[i] != NULL;
		g_assert_cmpuint(left, ==, batches[b].suppressed ? 0 : batches[b].values);
		free_all(in, n);
		free_all(out, n);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/keyed/shuffle", test_shuffle);
	g_test_add_func("/keyed/suppressed", test_suppressed);
	return g_test_run();
}
