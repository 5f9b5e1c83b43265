/* What holds for every operator, on values made with a fixed seed. */
#include "base/identifiers.h"
#include "mask/testing.h"

enum { MOST = 700 };

/* No output holds the value it stands for, as a whole. It is proven for
 *   redact, suppress, partial, name   a character became a star, and the rest is no longer than it was
 *   hash                              for values with anything but hexadecimal digits
 *   date:to                           without day, and shorter or without 日
 *   pseudonym                         of kinds whose pseudonyms are as long as the identifiers and begin as none of them does
 * for values without a star. What generalises may give back a value that was no finer (address, number), replace writes its
 * constant whatever comes, shuffle gives one row's value to another, and a key may move a day or a number to one whose
 * digits begin alike, or make a name of another's characters. */
static const struct {
	const char *spec, *but; /* proven for values with other characters than these; NULL: not proven */
} specs[] = {
	{ "redact", "" }, { "suppress", "" }, { "replace", NULL }, { "replace:with=某人", NULL }, { "partial:keep=3.4", "" },
	{ "partial:keep=1.0", "" }, { "partial:keep=0.0,else=null", "" }, { "name:keep=surname", "" }, { "name:keep=given", "" },
	{ "name:keep=none,else=null", "" }, { "address:keep=province", NULL }, { "address:keep=district", NULL },
	{ "address:keep=city,else=null", NULL }, { "date:to=year", "" }, { "date:to=month", "" }, { "date:to=quarter", "" },
	{ "date:to=decade,else=null", "" }, { "date:shift=30", NULL }, { "number:round=100", NULL }, { "number:bucket=7", NULL },
	{ "number:noise=9", NULL }, { "hash", "0123456789abcdef" }, { "hash:join=person", "0123456789abcdef" },
	{ "pseudonym:kind=resident_id", "" }, { "pseudonym:kind=mobile", "" }, { "pseudonym:kind=bank_card", "" },
	{ "pseudonym:kind=credit_code", "" }, { "pseudonym:kind=resident_id15", "" }, { "pseudonym:kind=name", NULL },
	{ "pseudonym:kind=plate", NULL }, { "pseudonym:kind=digits", NULL }, { "pseudonym:kind=text,else=null", NULL }, { "shuffle", NULL },
};

static guint
pick(GRand *rand, guint n)
{
	return (guint)g_rand_int_range(rand, 0, (gint32)n);
}

static char *
make_words(GRand *rand)
{
	static const char *const words[] = { "张", "欧阳", "三", "·", "河北省", "石家庄市", "长安区", "某某路", "12号", "Jane", " ", "Doe",
		",", "1990", "-03-07", "年3月7日", "省", "市", "区", "县", "自治州", "\xff", "\xe6\xb2", "\n", "*", "0.5", "😀", "镇" };
	GString *text = g_string_new(NULL);

	for (guint n = 1 + pick(rand, 6); n > 0; n--)
		g_string_append(text, words[pick(rand, G_N_ELEMENTS(words))]);
	return g_string_free(text, FALSE);
}

static char *
make_identifier(GRand *rand)
{
	char *text = g_strdup_printf("66%04u19%02u%02u%02u%03u?", pick(rand, 10000), pick(rand, 100), 1 + pick(rand, 12), 1 + pick(rand, 28),
		pick(rand, 1000));

	text[17] = fn_resident_id_check_character(text);
	return text;
}

static char *
make_card(GRand *rand)
{
	char *text = g_strdup_printf("4%07u%07u?", pick(rand, 10000000), pick(rand, 10000000));

	text[15] = fn_luhn_digit(text, 15);
	return text;
}

static char *
make_credit_code(GRand *rand)
{
	char *text = g_strdup_printf("91%06u%08u%u?", pick(rand, 1000000), pick(rand, 100000000), pick(rand, 10));

	text[16] = fn_organization_code_check_character(text + 8);
	text[17] = fn_credit_code_check_character(text);
	return text;
}

static char *
make_bytes(GRand *rand)
{
	guint n = pick(rand, 8) == 0 ? pick(rand, 100000) : pick(rand, 60);
	char *text = g_malloc(n + 1);

	for (guint i = 0; i < n; i++)
		text[i] = (char)(1 + pick(rand, 255));
	text[n] = '\0';
	return text;
}

/* NULL, or a value of any kind; its end is known by its size too. */
static char *
make_value(GRand *rand)
{
	switch (pick(rand, 14)) {
	case 0:
		return NULL;
	case 1:
		return g_strdup("");
	case 2:
		return make_bytes(rand);
	case 3:
		return g_strdup_printf("1%u%09u", 3 + pick(rand, 7), pick(rand, 1000000000));
	case 4:
	case 5:
		return make_identifier(rand);
	case 6:
		return g_strdup_printf("%04u-%02u-%02u", 1900 + pick(rand, 150), pick(rand, 14), pick(rand, 33));
	case 7:
		return g_strdup_printf("%u年%u月%u日", 1900 + pick(rand, 150), 1 + pick(rand, 12), 1 + pick(rand, 28));
	case 8:
		return g_strdup_printf("%s%u.%u", pick(rand, 2) == 0 ? "-" : "", pick(rand, 100000), pick(rand, 1000));
	case 9:
		return make_card(rand);
	case 10:
		return make_credit_code(rand);
	default:
		return make_words(rand);
	}
}

typedef struct {
	char *given[MOST]; /* the values; NULL for null */
	char *room[MOST];  /* copies without an end mark, for the sanitizer to guard */
	const char *cell[MOST];
	guint32 size[MOST];
} Batch;

static Batch *
make_batch(GRand *rand, guint n)
{
	Batch *batch = g_new0(Batch, 1);

	for (guint i = 0; i < n; i++) {
		batch->given[i] = make_value(rand);
		if (batch->given[i] == NULL)
			continue;
		batch->size[i] = (guint32)strlen(batch->given[i]);
		batch->room[i] = g_malloc(MAX(batch->size[i], 1));
		memcpy(batch->room[i], batch->given[i], batch->size[i]);
		batch->cell[i] = batch->room[i];
	}
	return batch;
}

static void
free_batch(Batch *batch)
{
	for (guint i = 0; i < MOST; i++) {
		g_free(batch->given[i]);
		g_free(batch->room[i]);
	}
	g_free(batch);
}

static void
check_row(const char *spec, const char *but, const Batch *batch, guint row, const char *out, guint32 size)
{
	const char *given = batch->given[row];

	if (given == NULL || out == NULL) {
		g_assert_true(out == NULL);
		g_assert_cmpuint(size, ==, 0);
		return;
	}
	g_assert_true(out != batch->room[row]);
	g_assert_cmpuint(strlen(out), ==, size);
	if (but == NULL || strchr(given, '*') != NULL || given[strspn(given, but)] == '\0' || strstr(out, given) == NULL)
		return;
	test_mask_say(spec, given);
	test_mask_say(spec, out);
	g_assert_not_reached();
}

/* Each value alone comes out as it did among the others. */
static void
check_alone(const FnMaskColumn *mask, const Batch *batch, guint row, const char *out)
{
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	const char *cell = batch->room[row];
	guint32 size = cell != NULL ? (guint32)strlen(batch->given[row]) : 0;
	FnColumn column = { &cell, &size, 1 };

	fn_mask_apply(mask, &column, arena);
	g_assert_cmpstr(cell, ==, out);
}

/* Batches of any size, one arena for all of them. */
static void
test_properties(void)
{
	static const guint sizes[] = { 0, 1, 2, 17, 255, 256, 257, MOST };

	for (gsize s = 0; s < G_N_ELEMENTS(specs); s++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(FnMaskColumn) mask = fn_mask_column_new(specs[s].spec, FN_SUITE_GM, test_key, "c", &error);
		g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
		GRand *rand = g_rand_new_with_seed(4);

		g_assert_no_error(error);
		for (gsize b = 0; b < G_N_ELEMENTS(sizes); b++) {
			Batch *batch = make_batch(rand, sizes[b]);
			FnColumn column = { batch->cell, batch->size, sizes[b] };

			fn_mask_arena_reset(arena);
			fn_mask_apply(mask, &column, arena);
			for (guint i = 0; i < sizes[b]; i++) {
				check_row(specs[s].spec, specs[s].but, batch, i, batch->cell[i], batch->size[i]);
				if (i % 7 == 0 && !g_str_equal(specs[s].spec, "shuffle"))
					check_alone(mask, batch, i, batch->cell[i]);
			}
			free_batch(batch);
		}
		g_rand_free(rand);
	}
}

/* Every operator of the table is among the specs above, but keep. */
static void
test_complete(void)
{
	for (guint i = 0; fn_mask_operator_at(i) != NULL; i++) {
		const char *name = fn_mask_operator_at(i)->name;
		gboolean found = g_str_equal(name, "keep");

		for (gsize s = 0; s < G_N_ELEMENTS(specs); s++)
			found |= g_str_has_prefix(specs[s].spec, name);
		g_test_message("%s", name);
		g_assert_true(found);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/operators/properties", test_properties);
	g_test_add_func("/operators/complete", test_complete);
	return g_test_run();
}
