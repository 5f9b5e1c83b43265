#include "mask/pseudonym_testing.h"

#include <pthread.h>

/* Old pseudonyms must survive new versions of this program: a grant that lives joins with what it gave before. */
static void
test_frozen(void)
{
	static const struct {
		const char *kind, *in, *gm, *intl;
	} cases[] = {
		{ "resident_id", "11010519491231002X", "017231191210118460", "16863019250426132X" },
		{ "mobile", "13800138000", "27816690971", "28645624215" },
		{ "bank_card", "4111111111111111", "0613448771293628", "0769351399816170" },
		{ "digits", "000000", "552114", "401412" },
		{ "text", "Doc-2026/17", "mbF-zmVA/Fh", "QLk-3RWN/QT" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(FnMaskColumn) gm = mask_for(cases[i].kind, FN_SUITE_GM, 9, "frozen");
		g_autoptr(FnMaskColumn) intl = mask_for(cases[i].kind, FN_SUITE_INTL, 9, "frozen");
		g_autofree char *first = one(gm, cases[i].in), *second = one(intl, cases[i].in);

		g_assert_cmpstr(first, ==, cases[i].gm);
		g_assert_cmpstr(second, ==, cases[i].intl);
	}
}

static void
test_irreversible(void)
{
	static const char *const specs[] = { "keep", "redact", "hash", "partial:keep=1.1" };
	static const guint8 key[32] = { 1 };

	for (gsize i = 0; i < G_N_ELEMENTS(specs); i++) {
		g_autoptr(FnMaskColumn) mask = fn_mask_column_new(specs[i], FN_SUITE_GM, key, "c", NULL);

		g_assert_false(fn_mask_column_reversible(mask));
	}
}

/* ---- kinds of this test alone ---- */

/* Seven digits below its number of texts. */
enum { WALKED = 1000003, TOO_FEW = 999999 };

static void
describe_walked(guint shape, guint *radix, guint *n, FnRank *domain)
{
	*domain = WALKED;
	*n = 3;
	*radix = fn_rank_radix(WALKED, 3) + 5;
}

static void
describe_too_few(guint shape, guint *radix, guint *n, FnRank *domain)
{
	*domain = TOO_FEW;
	*n = 3;
	*radix = fn_rank_radix(WALKED, 3);
}

static int
read_seven(const char *text, guint32 size, FnRank *rank)
{
	*rank = size == 7 && fn_rank_digits(text, 7) ? fn_rank_number(text, 7) : 0;
	return size == 7 && fn_rank_digits(text, 7) ? 0 : -1;
}

static guint32
write_seven(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	fn_rank_write((guint64)rank, out, 7);
	return 7;
}

static const FnPseudonymKind walked = { "walked", 1, 1, 7, describe_walked, { read_seven, write_seven }, { read_seven, write_seven } };
static const FnPseudonymKind walked_2 = { "walked", 2, 1, 7, describe_walked, { read_seven, write_seven }, { read_seven, write_seven } };
static const FnPseudonymKind too_few = { "too_few", 1, 1, 7, describe_too_few, { read_seven, write_seven }, { read_seven, write_seven } };

/* All values of a domain, a slice at a time, go to as many different values, and each back to where it was. */
static void
check_whole_domain(const FnPseudonymKind *kind, guint digits, guint count)
{
	static const guint8 key[32] = { 3 };
	enum { SLICE = 4096 };
	g_autofree guint8 *seen = g_malloc0(count);
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	FnPseudonym *pseudonym = fn_pseudonym_new(kind, FN_SUITE_GM, key, NULL);
	const char *value[SLICE];
	guint32 size[SLICE];
	char text[SLICE][8];

	for (guint at = 0; at < count; at += SLICE) {
		FnColumn column = { value, size, MIN(count - at, SLICE) };

		for (guint i = 0; i < column.n; i++) {
			fn_rank_write(at + i, text[i], digits);
			value[i] = text[i];
			size[i] = digits;
		}
		fn_pseudonym_apply(pseudonym, FN_MASK_ELSE_REDACT, &column, arena);
		for (guint i = 0; i < column.n; i++) {
			guint64 out = fn_rank_number(value[i], digits);

			g_assert_cmpuint(out, <, count);
			g_assert_cmpuint(seen[out]++, ==, 0);
		}
		fn_pseudonym_reverse(pseudonym, &column, arena);
		for (guint i = 0; i < column.n; i++)
			g_assert_cmpuint(fn_rank_number(value[i], digits), ==, at + i);
		fn_mask_arena_reset(arena);
	}
	fn_pseudonym_free(pseudonym);
}

static void
test_whole_domains(void)
{
	check_whole_domain(&fn_pseudonym_digits, 6, 1000000);
	check_whole_domain(&walked, 7, WALKED);
}

static void
test_too_few(void)
{
	static const guint8 key[32] = { 3 };
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_pseudonym_new(&too_few, FN_SUITE_GM, key, &error));
	g_assert_error(error, FN_MASK_ERROR, FN_MASK_ERROR_DOMAIN);
	g_assert_nonnull(strstr(error->message, "too_few"));
}

static char *
with_kind(const FnPseudonymKind *kind, const char *text)
{
	static const guint8 key[32] = { 3 };
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	FnPseudonym *pseudonym = fn_pseudonym_new(kind, FN_SUITE_GM, key, NULL);
	guint32 size = (guint32)strlen(text);
	FnColumn column = { &text, &size, 1 };

	fn_pseudonym_apply(pseudonym, FN_MASK_ELSE_REDACT, &column, arena);
	fn_pseudonym_free(pseudonym);
	return g_strdup(text);
}

/* A row for table 2 beside table 1: whoever is pinned to 1 keeps the values, 2 has its own. */
static void
test_tables(void)
{
	static const FnPseudonymKind *const before[] = { &walked }, *const after[] = { &walked_2, &walked };
	const FnPseudonymKind *one_before = fn_pseudonym_among(before, 1, "walked", 1), *one_after = fn_pseudonym_among(after, 2, "walked", 1);
	g_autofree char *was = with_kind(one_before, "0000042"), *is = with_kind(one_after, "0000042");
	g_autofree char *next = with_kind(fn_pseudonym_among(after, 2, "walked", 2), "0000042");

	g_assert_cmpstr(was, ==, is);
	g_assert_cmpstr(is, !=, next);
	g_assert_null(fn_pseudonym_among(before, 1, "walked", 2));
	g_assert_null(fn_pseudonym_among(after, 2, "walked", 3));
}

/* The rows that there are: each kind has table 1, no row stands twice, and all names are told; other tables are refused. */
static void
test_rows(void)
{
	static const char *const wrong[] = { "0", "-1", "x", "", "1.0", "65536", "99999999999999999999" };
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	const FnPseudonymKind *kind;

	for (guint i = 0; (kind = fn_pseudonym_kind_at(i)) != NULL; i++) {
		g_assert_true(g_hash_table_add(seen, g_strdup_printf("%s/%u", kind->name, kind->table)));
		g_assert_nonnull(fn_pseudonym_kind(kind->name, 1));
		g_assert_nonnull(strstr(fn_pseudonym_kind_names(), kind->name));
	}
	for (guint i = 0; (kind = fn_pseudonym_kind_at(i)) != NULL; i++) {
		g_autofree char *spec = g_strdup_printf("pseudonym:table=9,kind=%s", kind->name);
		static const guint8 key[32] = { 3 };
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_mask_column_new(spec, FN_SUITE_GM, key, "c", &error));
		g_assert_error(error, FN_MASK_ERROR, FN_MASK_ERROR_OPERATOR);
		g_assert_nonnull(strstr(error->message, "no table \"9\""));
	}
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autofree char *spec = g_strdup_printf("pseudonym:kind=mobile,table=%s", wrong[i]);
		static const guint8 key[32] = { 3 };
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_mask_column_new(spec, FN_SUITE_GM, key, "c", &error));
		g_assert_error(error, FN_MASK_ERROR, FN_MASK_ERROR_OPERATOR);
		g_assert_nonnull(strstr(error->message, "\"table\" must be a whole number"));
	}
}

/* ---- one mask, many threads ---- */

static gpointer
mask_often(gpointer data)
{
	for (guint i = 0; i < 200; i++) {
		g_autofree char *out = one(data, "11010519491231002X"), *clear = back(data, out);

		g_assert_cmpstr(out, ==, "017231191210118460");
		g_assert_cmpstr(clear, ==, "11010519491231002X");
	}
	return NULL;
}

static void
test_threads(void)
{
	g_autoptr(FnMaskColumn) mask = mask_for("resident_id", FN_SUITE_GM, 9, "frozen");
	pthread_t thread[4];

	for (guint i = 0; i < G_N_ELEMENTS(thread); i++)
		g_assert_cmpint(pthread_create(&thread[i], NULL, mask_often, mask), ==, 0);
	for (guint i = 0; i < G_N_ELEMENTS(thread); i++)
		pthread_join(thread[i], NULL);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pseudonym/frozen", test_frozen);
	g_test_add_func("/pseudonym/irreversible", test_irreversible);
	g_test_add_func("/pseudonym/whole-domains", test_whole_domains);
	g_test_add_func("/pseudonym/too-few", test_too_few);
	g_test_add_func("/pseudonym/tables", test_tables);
	g_test_add_func("/pseudonym/rows", test_rows);
	g_test_add_func("/pseudonym/threads", test_threads);
	return g_test_run();
}
