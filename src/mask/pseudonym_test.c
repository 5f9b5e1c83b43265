#include "base/identifiers.h"
#include "mask/mask_priv.h"

#include <string.h>

enum { N = 4000 };

typedef char *(*Make)(GRand *rand, guint i);
typedef gboolean (*Check)(const char *out, const FnIssued *issued);

static guint
pick(GRand *rand, guint n)
{
	return (guint)g_rand_int_range(rand, 0, (gint32)n);
}

static char *
make_resident(GRand *rand, guint i)
{
	static const guint provinces[] = { 11, 13, 37, 41, 65, 71, 83, 66, 69 };
	char *id = g_strdup_printf("%02u%04u%04u%02u%02u%03u?", provinces[pick(rand, 9)], 1 + pick(rand, 9999), 1900 + pick(rand, 130),
		1 + pick(rand, 12), 1 + pick(rand, 28), i % 1000);

	id[17] = fn_resident_id_check_character(id);
	return id;
}

/* Well-formed in everything but the province, and no detector's, not even where demonstration data counts as real. */
static gboolean
check_resident(const char *out, const FnIssued *issued)
{
	guint province = (guint)(out[0] - '0') * 10 + (guint)(out[1] - '0');
	guint year = (guint)g_ascii_strtoull((char[]){ out[6], out[7], out[8], out[9], '\0' }, NULL, 10);

	return strlen(out) == 18 && out[17] == fn_resident_id_check_character(out) && fn_province_never_issued(province) &&
		!issued->province[province] && !fn_resident_id_check(out, 18, issued) && year >= 1906 && year <= 2025 &&
		fn_identifier_date(year, (guint)(out[10] - '0') * 10 + (guint)(out[11] - '0'),
			(guint)(out[12] - '0') * 10 + (guint)(out[13] - '0'));
}

static char *
make_mobile(GRand *rand, guint i)
{
	return g_strdup_printf("1%u%09u", 3 + pick(rand, 7), pick(rand, 1000000000));
}

static gboolean
check_mobile(const char *out, const FnIssued *issued)
{
	return strlen(out) == 11 && strspn(out, "0123456789") == 11 && !fn_mobile_check(out, 11, issued);
}

static char *
make_card(GRand *rand, guint i)
{
	static const struct {
		const char *prefix;
		guint length;
	} shapes[] = { { "621700", 19 }, { "622202", 19 }, { "411111", 16 }, { "378282", 15 }, { "305693", 14 }, { "400000", 13 },
		{ "990000", 16 }, { "999999", 19 }, { "880000", 19 }, { "360000", 15 } };
	guint shape = pick(rand, G_N_ELEMENTS(shapes)), length = shapes[shape].length;
	char *card = g_strdup_printf("%s%012" G_GINT64_FORMAT "%09u", shapes[shape].prefix, (gint64)g_rand_int(rand) * 100 + i % 100, g_rand_int(rand) / 5);

	card[length - 1] = fn_luhn_digit(card, length - 1);
	card[length] = '\0';
	return card;
}

static gboolean
check_card(const char *out, const FnIssued *issued)
{
	return fn_luhn_check(out, strlen(out)) && fn_bank_card_check(out, strlen(out), issued) == FN_CARD_NONE;
}

static char *
make_digits(GRand *rand, guint i)
{
	char *text = g_strdup_printf("%09u%09u%09u%09u", g_rand_int(rand) / 5, g_rand_int(rand) / 5, g_rand_int(rand) / 5, g_rand_int(rand) / 5);

	text[6 + i % 31] = '\0';
	return text;
}

static gboolean
check_digits(const char *out, const FnIssued *issued)
{
	return strspn(out, "0123456789") == strlen(out);
}

static char *
make_text(GRand *rand, guint i)
{
	return g_strdup_printf("No-%u/%08x.%c", i % 10, g_rand_int(rand), "aZ9b"[i % 4]);
}

static gboolean
check_text(const char *out, const FnIssued *issued)
{
	return strlen(out) == 15 && out[2] == '-' && out[4] == '/' && out[13] == '.';
}

static const struct {
	const char *kind;
	Make make;
	Check check;
	gboolean same_length;
} kinds[] = {
	{ "resident_id", make_resident, check_resident, TRUE }, { "mobile", make_mobile, check_mobile, TRUE },
	{ "bank_card", make_card, check_card, TRUE }, { "digits", make_digits, check_digits, TRUE }, { "text", make_text, check_text, TRUE },
};

static FnMaskColumn *
mask_for(const char *kind, FnSuite suite, guint8 first, const char *column)
{
	g_autofree char *spec = g_strdup_printf("pseudonym:kind=%s", kind);
	g_autoptr(GError) error = NULL;
	guint8 key[32] = { first };
	FnMaskColumn *mask = fn_mask_column_new(spec, suite, key, column, &error);

	g_assert_no_error(error);
	return mask;
}

static void
fill(FnColumn *column, const GPtrArray *texts)
{
	column->n = texts->len;
	for (guint i = 0; i < texts->len; i++) {
		column->value[i] = texts->pdata[i];
		column->size[i] = (guint32)strlen(column->value[i]);
	}
}

/* Well-formed, nobody's, one to one, repeatable, apart for another grant or column. */
static void
check_kind(guint k, FnSuite suite)
{
	const char *one[N], *two[N], *three[N];
	guint32 sizes[N];
	FnColumn a = { one, sizes, 0 }, b = { two, sizes, 0 }, c = { three, sizes, 0 };
	g_autoptr(GRand) rand = g_rand_new_with_seed(4711 + k);
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GHashTable) in = g_hash_table_new(g_str_hash, g_str_equal), out = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	g_autoptr(FnMaskColumn) mask = mask_for(kinds[k].kind, suite, 1, "c");
	g_autoptr(FnMaskColumn) grant = mask_for(kinds[k].kind, suite, 2, "c");
	g_autoptr(FnMaskColumn) column = mask_for(kinds[k].kind, suite, 1, "d");
	FnIssued issued = fn_issued_national();
	guint met_grant = 0, met_column = 0;

	g_assert_true(fn_issued_add_provinces(&issued, FN_DEMO_PROVINCES) && fn_issued_add_mobile(&issued, FN_DEMO_MOBILE));
	g_assert_true(fn_issued_add_cards(&issued, FN_DEMO_CARD));
	for (guint i = 0; i < N; i++)
		g_ptr_array_add(texts, kinds[k].make(rand, i));
	fill(&b, texts);
	fn_mask_apply(grant, &b, arena);
	fill(&c, texts);
	fn_mask_apply(column, &c, arena);
	fill(&a, texts);
	fn_mask_apply(mask, &a, arena);
	for (guint i = 0; i < N; i++) {
		g_test_message("%s -> %s", (char *)texts->pdata[i], one[i]);
		g_assert_cmpstr(one[i], !=, FN_MASK_REDACTED);
		g_assert_cmpuint(strlen(one[i]), ==, sizes[i]);
		g_assert_cmpint(strlen(one[i]) == strlen(texts->pdata[i]), ==, kinds[k].same_length);
		g_assert_true(kinds[k].check(one[i], &issued));
		g_hash_table_add(in, texts->pdata[i]);
		g_hash_table_add(out, (char *)one[i]);
		met_grant += (guint)g_str_equal(one[i], two[i]);
		met_column += (guint)g_str_equal(one[i], three[i]);
	}
	g_assert_cmpuint(g_hash_table_size(in), ==, g_hash_table_size(out));
	g_assert_cmpuint(met_grant, <, 5);
	g_assert_cmpuint(met_column, <, 5);
}

static void
test_kinds(void)
{
	for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
		check_kind(k, FN_SUITE_GM);
		check_kind(k, FN_SUITE_INTL);
	}
}

/* One value, alone. */
static char *
one(const FnMaskColumn *mask, const char *text)
{
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	guint32 size = (guint32)strlen(text);
	FnColumn column = { &text, &size, 1 };

	fn_mask_apply(mask, &column, arena);
	return g_strdup(text);
}

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

/* The two ways to write one person's number give one pseudonym. */
static void
test_same_person(void)
{
	g_autoptr(FnMaskColumn) mask = mask_for("resident_id", FN_SUITE_GM, 1, "c");
	g_autofree char *upper = one(mask, "11010519491231002X"), *lower = one(mask, "11010519491231002x");
	g_autofree char *old = one(mask, "110105491231002");

	g_assert_cmpstr(upper, ==, lower);
	g_assert_cmpstr(upper, ==, old);
}

/* First and last day, first and last place and sequence of the domain. */
static void
test_edges(void)
{
	static const char *const edge[] = { "11000019000101000", "98999920291231999", "83999920000229999", "66000019001231001" };
	g_autoptr(FnMaskColumn) mask = mask_for("resident_id", FN_SUITE_GM, 1, "c");
	FnIssued issued = fn_issued_national();

	for (gsize i = 0; i < G_N_ELEMENTS(edge); i++) {
		g_autofree char *id = g_strdup_printf("%s%c", edge[i], fn_resident_id_check_character(edge[i]));
		g_autofree char *out = one(mask, id);

		g_assert_true(check_resident(out, &issued));
	}
}

static void
test_invalid(void)
{
	static const char *const bad[] = { "110105194912310021", "11010519490231002X", "11010518991231002X", "1101051949123100", "１１010519491231002X",
		"880105194912310021", "11010519491231002XX", "110105491331002", " 11010519491231002X" };
	g_autoptr(FnMaskColumn) mask = mask_for("resident_id", FN_SUITE_GM, 1, "c");

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *out = one(mask, bad[i]);

		g_assert_cmpstr(out, ==, FN_MASK_REDACTED);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pseudonym/kinds", test_kinds);
	g_test_add_func("/pseudonym/frozen", test_frozen);
	g_test_add_func("/pseudonym/same-person", test_same_person);
	g_test_add_func("/pseudonym/edges", test_edges);
	g_test_add_func("/pseudonym/invalid", test_invalid);
	return g_test_run();
}
