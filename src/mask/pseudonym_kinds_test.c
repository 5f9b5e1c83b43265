#include "base/identifiers.h"
#include "mask/pseudonym_testing.h"

enum { N = 4000 };

typedef char *(*Make)(GRand *rand, guint i);
typedef gboolean (*Check)(const char *in, const char *out, const FnIssued *issued);

static guint
pick(GRand *rand, guint n)
{
	return (guint)g_rand_int_range(rand, 0, (gint32)n);
}

/* @width digits of a number from @first on, one of @n. One call draws once: the order of draws is not the compiler's. */
static void
add(GString *text, GRand *rand, guint width, guint first, guint n)
{
	g_string_append_printf(text, "%0*u", (int)width, first + pick(rand, n));
}

static void
add_one_of(GString *text, GRand *rand, const char *letters_of)
{
	g_string_append_c(text, letters_of[pick(rand, (guint)strlen(letters_of))]);
}

static void
add_place(GString *text, GRand *rand)
{
	static const char *const provinces[] = { "11", "13", "37", "41", "65", "71", "83", "66", "69" };

	g_string_append(text, provinces[pick(rand, G_N_ELEMENTS(provinces))]);
	add(text, rand, 4, 1, 9999);
}

static char *
make_resident(GRand *rand, guint i)
{
	GString *id = g_string_new(NULL);

	add_place(id, rand);
	add(id, rand, 4, 1900, 130);
	add(id, rand, 2, 1, 12);
	add(id, rand, 2, 1, 28);
	g_string_append_printf(id, "%03u", i % 1000);
	g_string_append_c(id, fn_resident_id_check_character(id->str));
	return g_string_free(id, FALSE);
}

static guint
two(const char *digits)
{
	return (guint)(digits[0] - '0') * 10 + (guint)(digits[1] - '0');
}

/* Never issued, and not what demonstration data has. */
static gboolean
check_province(const char *out, const FnIssued *issued)
{
	return fn_province_never_issued(two(out)) && !issued->province[two(out)];
}

/* Well-formed in everything but the province, and no detector's, not even where demonstration data counts as real. */
static gboolean
check_resident(const char *in, const char *out, const FnIssued *issued)
{
	guint year = two(out + 6) * 100 + two(out + 8);

	return strlen(out) == 18 && out[17] == fn_resident_id_check_character(out) && check_province(out, issued) &&
		!fn_resident_id_check(out, 18, issued) && year >= 1906 && year <= 2025 &&
		fn_identifier_date(year, two(out + 10), two(out + 12));
}

static char *
make_resident15(GRand *rand, guint i)
{
	GString *id = g_string_new(NULL);

	add_place(id, rand);
	add(id, rand, 2, 0, 100);
	add(id, rand, 2, 1, 12);
	add(id, rand, 2, 1, 28);
	g_string_append_printf(id, "%03u", i % 1000);
	return g_string_free(id, FALSE);
}

static gboolean
check_resident15(const char *in, const char *out, const FnIssued *issued)
{
	return strlen(out) == 15 && check_province(out, issued) && fn_identifier_date(1900 + two(out + 6), two(out + 8), two(out + 10)) &&
		!fn_resident_id15_check(out, 15, issued);
}

static char *
make_mobile(GRand *rand, guint i)
{
	GString *number = g_string_new("1");

	add(number, rand, 1, 3, 7);
	add(number, rand, 9, 0, 1000000000);
	return g_string_free(number, FALSE);
}

static gboolean
check_mobile(const char *in, const char *out, const FnIssued *issued)
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
	guint shape = pick(rand, G_N_ELEMENTS(shapes));
	GString *card = g_string_new(shapes[shape].prefix);

	while (card->len < shapes[shape].length - 1)
		add(card, rand, 1, 0, 10);
	g_string_append_c(card, fn_luhn_digit(card->str, card->len));
	return g_string_free(card, FALSE);
}

static gboolean
check_card(const char *in, const char *out, const FnIssued *issued)
{
	return fn_luhn_check(out, strlen(out)) && fn_bank_card_check(out, strlen(out), issued) == FN_CARD_NONE;
}

static char *
make_digits(GRand *rand, guint i)
{
	GString *text = g_string_new(NULL);

	while (text->len < 6 + i % 31)
		add(text, rand, 1, 0, 10);
	return g_string_free(text, FALSE);
}

static gboolean
check_digits(const char *in, const char *out, const FnIssued *issued)
{
	return strspn(out, "0123456789") == strlen(out);
}

static char *
make_text(GRand *rand, guint i)
{
	return g_strdup_printf("No-%u/%08x.%c", i % 10, g_rand_int(rand), "aZ9b"[i % 4]);
}

static gboolean
check_text(const char *in, const char *out, const FnIssued *issued)
{
	return strlen(out) == 15 && out[2] == '-' && out[4] == '/' && out[13] == '.';
}

static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY", letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ";

/* Every eighth has an organization code with a wrong check character. */
static char *
make_credit(GRand *rand, guint i)
{
	GString *code = g_string_new(NULL);

	add_one_of(code, rand, "123456789ANY");
	add(code, rand, 1, 1, 9);
	add(code, rand, 6, 0, 1000000);
	while (code->len < 16)
		add_one_of(code, rand, alphabet);
	g_string_append_c(code, fn_organization_code_check_character(code->str + 8));
	if (i % 8 == 0)
		code->str[16] = code->str[16] == 'Y' ? '0' : 'Y';
	g_string_append_c(code, fn_credit_code_check_character(code->str));
	return g_string_free(code, FALSE);
}

static gboolean
check_credit(const char *in, const char *out, const FnIssued *issued)
{
	return strlen(out) == 18 && out[17] == fn_credit_code_check_character(out) && strchr("123456789ANY", out[0]) == NULL &&
		strspn(out + 2, "0123456789") >= 6 && check_province(out + 2, issued) && !fn_credit_code_check(out, 18, issued) &&
		fn_organization_code_check(out + 8, 9) == fn_organization_code_check(in + 8, 9);
}

/* Ordinary, with a suffix, new energy small and large. */
static char *
make_plate(GRand *rand, guint i)
{
	static const char *const provinces[] = { "京", "冀", "粤", "新", "云" };
	static const char *const patterns[] = { "ddddd", "dLddd", "LddLd", "dddd挂", "LLdd学", "dddd应急", "Dddddd", "KLdddd", "dddddA" };
	GString *plate = g_string_new(provinces[pick(rand, G_N_ELEMENTS(provinces))]);

	add_one_of(plate, rand, letters);
	for (const char *at = patterns[i % G_N_ELEMENTS(patterns)]; *at != '\0'; at++)
		if (*at == 'd' || *at == 'L')
			add_one_of(plate, rand, *at == 'd' ? "0123456789" : letters);
		else
			g_string_append_c(plate, *at);
	return g_string_free(plate, FALSE);
}

/* More letters behind the city's than any plate has; as long as it was, with the same suffix. */
static gboolean
check_plate(const char *in, const char *out, const FnIssued *issued)
{
	guint n = 0;
	gsize run = strspn(out + 4, "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ");

	for (gsize i = 0; i < run; i++)
		n += (guint)(strchr(letters, out[4 + i]) != NULL);
	return strlen(out) == strlen(in) && g_utf8_validate(out, -1, NULL) && strchr(letters, out[3]) != NULL && n == 3 && run >= 4 &&
		run <= 6 && g_str_equal(out + 4 + run, in + 4 + run);
}

static char *
make_name(GRand *rand, guint i)
{
	GString *name = g_string_new(NULL);
	guint n = 2 + i % 7;

	for (guint at = 0; at < n; at++)
		if (at == 3 && i % 2 == 0 && n > 4)
			g_string_append(name, "·");
		else
			g_string_append_unichar(name, i % 5 > 0 ? 0x4e00 + pick(rand, 20992) : at == 1 ? 0x3007 : 0x3400 + pick(rand, 6592));
	return g_string_free(name, FALSE);
}

static gboolean
check_name(const char *in, const char *out, const FnIssued *issued)
{
	static const guint lengths[] = { 5, 6, 8, 10, 12, 14, 16 };
	static const char components[] = "亻冫讠辶阝刂忄氵犭饣纟扌艹宀彡夂丬礻衤钅罒灬爫攵疒癶虍亠冖凵勹囗";
	g_autofree char *first = g_utf8_substring(out, 0, 1);

	return g_utf8_validate(out, -1, NULL) && (guint)g_utf8_strlen(out, -1) == lengths[g_utf8_strlen(in, -1) - 2] &&
		strstr(components, first) != NULL;
}

static const struct {
	const char *kind;
	Make make;
	Check check;
	gboolean same_length;
} kinds[] = {
	{ "resident_id", make_resident, check_resident, TRUE }, { "resident_id15", make_resident15, check_resident15, TRUE },
	{ "mobile", make_mobile, check_mobile, TRUE }, { "bank_card", make_card, check_card, TRUE },
	{ "credit_code", make_credit, check_credit, TRUE }, { "plate", make_plate, check_plate, TRUE },
	{ "name", make_name, check_name, FALSE }, { "digits", make_digits, check_digits, TRUE }, { "text", make_text, check_text, TRUE },
};

static void
fill(FnColumn *column, const GPtrArray *texts)
{
	column->n = texts->len;
	for (guint i = 0; i < texts->len; i++) {
		column->value[i] = texts->pdata[i];
		column->size[i] = (guint32)strlen(column->value[i]);
	}
}

/* A column of @texts, masked by @mask; free with its arena. */
typedef struct {
	const char *value[N];
	guint32 size[N];
	FnColumn column;
} Masked;

static void
apply(const FnMaskColumn *mask, const GPtrArray *texts, Masked *masked, FnMaskArena *arena)
{
	masked->column = (FnColumn){ masked->value, masked->size, 0 };
	fill(&masked->column, texts);
	fn_mask_apply(mask, &masked->column, arena);
}

static guint
met(const Masked *one, const Masked *two)
{
	guint same = 0;

	for (guint i = 0; i < one->column.n; i++)
		same += (guint)g_str_equal(one->value[i], two->value[i]);
	return same;
}

static GPtrArray *
make_texts(guint k)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(4711 + k);
	GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < N; i++)
		g_ptr_array_add(texts, kinds[k].make(rand, i));
	return texts;
}

/* Well-formed, nobody's, none that went in, one to one, and the way back. */
static void
check_values(guint k, const FnMaskColumn *mask, const GPtrArray *texts, Masked *out, FnMaskArena *arena)
{
	g_autoptr(GHashTable) in = g_hash_table_new(g_str_hash, g_str_equal), seen = g_hash_table_new(g_str_hash, g_str_equal);
	FnIssued issued = fn_issued_national();

	g_assert_true(fn_issued_add_provinces(&issued, FN_DEMO_PROVINCES) && fn_issued_add_mobile(&issued, FN_DEMO_MOBILE));
	g_assert_true(fn_issued_add_cards(&issued, FN_DEMO_CARD));
	apply(mask, texts, out, arena);
	for (guint i = 0; i < N; i++) {
		const char *text = texts->pdata[i];

		g_assert_cmpstr(out->value[i], !=, FN_MASK_REDACTED);
		g_assert_cmpuint(strlen(out->value[i]), ==, out->size[i]);
		g_assert_cmpint(strlen(out->value[i]) == strlen(text), ==, kinds[k].same_length);
		if (!kinds[k].check(text, out->value[i], &issued))
			g_error("%s: %s -> %s", kinds[k].kind, text, out->value[i]);
		g_hash_table_add(in, (char *)text);
		g_hash_table_add(seen, (char *)out->value[i]);
	}
	g_assert_cmpuint(g_hash_table_size(in), ==, g_hash_table_size(seen));
	g_assert_true(fn_mask_column_reversible(mask));
	fn_mask_reverse(mask, &out->column, arena);
	for (guint i = 0; i < N; i++) {
		g_assert_cmpstr(out->value[i], ==, texts->pdata[i]);
		g_assert_cmpuint(strlen(out->value[i]), ==, out->size[i]);
	}
}

/* Columns that join do, other grants and other columns do not. */
static void
check_kind(guint k, FnSuite suite)
{
	g_autofree Masked *one = g_new(Masked, 1), *two = g_new(Masked, 1);
	g_autoptr(GPtrArray) texts = make_texts(k);
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	g_autoptr(FnMaskColumn) mask = mask_for(kinds[k].kind, suite, 1, "c"), grant = mask_for(kinds[k].kind, suite, 2, "c");
	g_autoptr(FnMaskColumn) column = mask_for(kinds[k].kind, suite, 1, "d");
	g_autofree char *join = g_strconcat(kinds[k].kind, ",join=person", NULL);
	g_autoptr(FnMaskColumn) left = mask_for(join, suite, 1, "c"), right = mask_for(join, suite, 1, "d");

	check_values(k, mask, texts, one, arena);
	apply(mask, texts, one, arena);
	apply(grant, texts, two, arena);
	g_assert_cmpuint(met(one, two), <, 5);
	apply(column, texts, two, arena);
	g_assert_cmpuint(met(one, two), <, 5);
	apply(left, texts, two, arena);
	g_assert_cmpuint(met(one, two), <, 5);
	apply(right, texts, one, arena);
	g_assert_cmpuint(met(one, two), ==, N);
}

static void
test_kinds(void)
{
	for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
		check_kind(k, FN_SUITE_GM);
		check_kind(k, FN_SUITE_INTL);
	}
}

/* The same for thousands of values: characters, places and order of all tables go into these digests. */
static void
test_frozen_tables(void)
{
	static const struct {
		const char *kind, *digest;
	} cases[] = {
		{ "resident_id", "fc18a9b1e1d0298fab6c9da121e3489e75f4650a5c157e7d48361bfc4119af06" },
		{ "resident_id15", "389bbfd099efdf1d821d390b6fc993a59a3a99d118dc82f5c9df4795fae3c68a" },
		{ "mobile", "1265b323b93e1ca45a222c442da31d1787fc5dac51c8b35554350c0be0ebf1f4" },
		{ "bank_card", "859f6ff10eac6ec6c8042a268fda053020e9aa0cb4958041b926a013144448c9" },
		{ "credit_code", "69c1750926b651e7a6fb809a35d048b79f2b12d857b0c8aa17c271972054bd9a" },
		{ "plate", "6bd222e0ccb4ef211412151cd83e125c97a6936951994d034599d2d1c43ea5e9" },
		{ "name", "d20045ac62fe9e05a3bf56483c52bb9bfd2c35fcc5b121e66cb8298cc1845af1" },
		{ "digits", "9b63e3a5292e75600fc2f96a71b73a0b93f971fceac506987ac499a8258dda5a" },
		{ "text", "0780b4a8382396f1d258831056d75f44516a0eef915bc00ca55ea30ee5c90101" },
	};

	g_assert_cmpuint(G_N_ELEMENTS(cases), ==, G_N_ELEMENTS(kinds));
	for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
		g_autofree Masked *out = g_new(Masked, 1);
		g_autoptr(GPtrArray) texts = make_texts(k);
		g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
		g_autofree char *pinned = g_strconcat(cases[k].kind, ",table=1", NULL);
		g_autoptr(FnMaskColumn) mask = mask_for(pinned, FN_SUITE_GM, 9, "frozen");
		g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

		g_assert_cmpstr(cases[k].kind, ==, kinds[k].kind);
		apply(mask, texts, out, arena);
		for (guint i = 0; i < N; i++)
			g_checksum_update(sum, (const guchar *)out->value[i], out->size[i] + 1);
		g_assert_cmpstr(g_checksum_get_string(sum), ==, cases[k].digest);
	}
}

/* What is written in more than one way gives one pseudonym, and back the canonical form. */
static void
test_canonical(void)
{
	static const struct {
		const char *kind, *in, *canonical;
	} cases[] = {
		{ "resident_id", "11010519491231002x", "11010519491231002X" },
		{ "resident_id", "110105491231002", "11010519491231002X" },
		{ "resident_id15", "110105491231002", "110105491231002" },
		{ "credit_code", "91350100m000100y43", "91350100M000100Y43" },
		{ "plate", "冀 A·1b2c3", "冀A1B2C3" },
		{ "plate", "粤z-1234港", "粤Z1234港" },
		{ "name", "张　三", "张三" },
		{ "name", " 买买提•艾力", "买买提·艾力" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(FnMaskColumn) mask = mask_for(cases[i].kind, FN_SUITE_GM, 1, "c");
		g_autofree char *out = one(mask, cases[i].in), *same = one(mask, cases[i].canonical), *clear = back(mask, out);

		g_assert_cmpstr(out, !=, FN_MASK_REDACTED);
		g_assert_cmpstr(out, ==, same);
		g_assert_cmpstr(clear, ==, cases[i].canonical);
	}
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

		g_autofree char *same = back(mask, out);

		g_assert_true(check_resident(id, out, &issued));
		g_assert_cmpstr(same, ==, id);
	}
}

/* What is not of the kind is redacted; what is no pseudonym of it has no way back. */
static void
test_invalid(void)
{
	static const struct {
		const char *kind, *in;
	} cases[] = {
		{ "resident_id", "110105194912310021" }, { "resident_id", "11010519490231002X" }, { "resident_id", "11010518991231002X" },
		{ "resident_id", "1101051949123100" }, { "resident_id", "１１010519491231002X" }, { "resident_id", "880105194912310021" },
		{ "resident_id", "11010519491231002XX" }, { "resident_id", "110105491331002" }, { "resident_id", " 11010519491231002X" },
		{ "resident_id15", "11010519491231002X" }, { "resident_id15", "110105490231002" }, { "resident_id15", "910105491231002" },
		{ "resident_id15", "11010549123100" }, { "resident_id15", "11010549123100X" },
		{ "mobile", "12999999999" }, { "mobile", "20000000000" }, { "mobile", "1380013800" }, { "mobile", "138001380000" },
		{ "bank_card", "6222020000000000001" }, { "bank_card", "4111111111111" },
		{ "bank_card", "41111111111111111110" }, { "bank_card", "" },
		{ "credit_code", "91350100M000100Y44" }, { "credit_code", "B1350100M000100Y43" }, { "credit_code", "91350100M000100Y4" },
		{ "credit_code", "9135010OM000100Y43" }, { "credit_code", "91350100M000100I43" }, { "credit_code", "" },
		{ "plate", "京A1234" }, { "plate", "京I12345" }, { "plate", "京AI2345" }, { "plate", "东A12345" },
		{ "plate", "京A123456" },
		{ "plate", "京" }, { "plate", "京A" }, { "plate", "京A12345挂" }, { "plate", "京A1234挂学" },
		{ "plate", "沪AB12C3D" }, { "plate", "A12345" },
		{ "plate", "京A\xe4\xba" },
		{ "name", "张" }, { "name", "" }, { "name", "Zhang San" }, { "name", "张三3" }, { "name", "·张三" },
		{ "name", "张三·" }, { "name", "买··提" },
		{ "name", "一二三四五六七八九" }, { "name", "张\xe4\xb8" }, { "name", "张三\n" }, { "name", "张**" }, { "name", "   " },
		{ "digits", "12345" }, { "digits", "12345x" }, { "digits", "1234567890123456789012345678901234567" },
		{ "text", "abc" }, { "text", "张三abcd" }, { "text", "abcdefghijklmnopqrstu" }, { "text", "ab\ncd" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(FnMaskColumn) mask = mask_for(cases[i].kind, FN_SUITE_GM, 1, "c");
		g_autofree char *out = one(mask, cases[i].in), *clear = back(mask, cases[i].in);

		if (g_strcmp0(out, FN_MASK_REDACTED) != 0 || clear != NULL)
			g_error("%s \"%s\": %s, back %s", cases[i].kind, cases[i].in, out, clear);
	}
}

/* Clear values, stars and forged pseudonyms have no way back, nor has SQL null. */
static void
test_no_pseudonym(void)
{
	static const struct {
		const char *kind, *in;
	} cases[] = {
		{ "resident_id", "11010519491231002X" }, { "resident_id", "***" }, { "resident_id", "110105491231002" },
		{ "resident_id15", "110105491231002" }, { "mobile", "13800138000" }, { "bank_card", "4111111111111111" },
		{ "bank_card", "8799999999999994" }, { "credit_code", "91350100M000100Y43" },
		{ "plate", "京A12345" }, { "plate", "京AD12345" }, { "name", "张三" }, { "name", "宀张三李四" },
		{ "name", "安安安安安" }, { "name", "亻安安安安安安" }, { "name", "囗麦麦麦麦麦麦麦" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(FnMaskColumn) mask = mask_for(cases[i].kind, FN_SUITE_GM, 1, "c");
		g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
		const char *value[2] = { cases[i].in, NULL };
		guint32 size[2] = { (guint32)strlen(cases[i].in), 0 };
		FnColumn column = { value, size, 2 };

		fn_mask_reverse(mask, &column, arena);
		if (value[0] != NULL || size[0] != 0 || value[1] != NULL)
			g_error("%s: %s, back %s", cases[i].kind, cases[i].in, value[0]);
	}
}

/* ---- forms ---- */

/* Texts of ranks from @first on, in either form, are read as what they were written from, and no two are the same. */
static void
check_ranks(const FnPseudonymKind *kind, guint shape, FnRank first, guint count)
{
	g_autofree char *beside = g_strnfill(4 + shape, 'a');
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	if (g_str_equal(kind->name, "plate")) {
		g_free(beside);
		beside = g_strdup("京A1234警");
	}
	for (guint form = 0; form < 2; form++, g_hash_table_remove_all(seen))
		for (guint i = 0; i < count; i++) {
			const FnPseudonymForm *side = form == 0 ? &kind->clear : &kind->pseudonym;
			char *out = g_malloc0(kind->longest + 1);
			guint32 size = side->write(shape, first + i, beside, (guint32)strlen(beside), out);
			FnRank rank = 0;
			int read = side->read(out, size, &rank);

			g_assert_cmpuint(size, <=, kind->longest);
			g_assert_true(g_hash_table_add(seen, out));
			/* Dots alone are ranks of names, but no names. */
			if (form == 0 && kind == &fn_pseudonym_name && read < 0)
				continue;
			g_assert_cmpint(read, ==, (int)shape);
			g_assert_true(rank == first + i);
		}
}

/* The first, the middle and the last ranks of every shape of every kind. */
static void
test_ranks(void)
{
	const FnPseudonymKind *kind;
	enum { COUNT = 1500 };

	for (guint i = 0; (kind = fn_pseudonym_kind_at(i)) != NULL; i++)
		for (guint shape = 0; shape < kind->shapes; shape++) {
			guint radix, n;
			FnRank domain;

			kind->describe(shape, &radix, &n, &domain);
			g_assert_true(domain >= 1000000);
			check_ranks(kind, shape, 0, COUNT);
			check_ranks(kind, shape, domain / 2, COUNT);
			check_ranks(kind, shape, domain - COUNT, COUNT);
		}
}

/* Days from @first on, as the calendar has them: @at is where the date stands in the text, @year how many digits its year has. */
static void
check_days(const FnPseudonymForm *form, guint days, GDateYear first, guint at, guint year)
{
	GDate date;
	char text[32], expected[16];

	g_date_set_dmy(&date, 1, G_DATE_JANUARY, first);
	for (guint i = 0; i < days; i++, g_date_add_days(&date, 1)) {
		form->write(0, (FnRank)i * 1000, "", 0, text);
		g_assert_cmpuint(g_date_strftime(expected, sizeof(expected), "%Y%m%d", &date), ==, 8);
		g_assert_cmpmem(text + at, year + 4, expected + 4 - year, year + 4);
	}
}

static void
test_days(void)
{
	check_days(&fn_pseudonym_resident_id.clear, 47482, 1900, 6, 4);
	check_days(&fn_pseudonym_resident_id.pseudonym, 43830, 1906, 6, 4);
	check_days(&fn_pseudonym_resident_id15.clear, 36524, 1900, 6, 2);
	check_days(&fn_pseudonym_resident_id15.pseudonym, 36524, 1900, 6, 2);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pseudonym-kinds/properties", test_kinds);
	g_test_add_func("/pseudonym-kinds/frozen-tables", test_frozen_tables);
	g_test_add_func("/pseudonym-kinds/canonical", test_canonical);
	g_test_add_func("/pseudonym-kinds/edges", test_edges);
	g_test_add_func("/pseudonym-kinds/invalid", test_invalid);
	g_test_add_func("/pseudonym-kinds/no-pseudonym", test_no_pseudonym);
	g_test_add_func("/pseudonym-kinds/ranks", test_ranks);
	g_test_add_func("/pseudonym-kinds/days", test_days);
	return g_test_run();
}
