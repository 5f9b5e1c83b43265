/* Speed of masking columns on one core. Lines: name, ours, reference, ratio, in million values a second; medians of rounds.
 *
 *   partial.mobile   partial:keep=3.4; against a loop that writes the same bytes and knows that each value has 11
 *   hmac.id          hash (HMAC-SM3) of resident IDs; against OpenSSL's EVP_MAC with the key set once, and the same digits
 *   ff1.resident_id  pseudonym of resident IDs under SM4; against our own FF1 over a domain of that size, value by value
 *   ff1.card         the same with bank cards of 16 digits
 *
 * What both write is compared where it is the same.
 *
 * mask_bench rows FILE writes a table of 10 columns to FILE and, with 3 of them masked, to FILE.masked, both CSV, and prints the
 * thousand rows a second that masking and writing take, and the key of the hashed column; bench/run has PostgreSQL do the
 * same. */
#include "base/identifiers.h"
#include "mask/pseudonym_priv.h"

#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { N = 1 << 17, BATCH = 1024, ROUNDS = 7 };

static const guint8 key[32] = "an all too well known bench key.";

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int
compare(gconstpointer a, gconstpointer b)
{
	return *(const double *)a < *(const double *)b ? -1 : *(const double *)a > *(const double *)b;
}

static double
median(double *took)
{
	qsort(took, ROUNDS, sizeof(*took), compare);
	return took[ROUNDS / 2];
}

/* N values, one after the other with an end mark, as a source's batch has them. */
typedef struct {
	char *room;
	const char *value[N];
	guint32 size[N];
} Values;

static char *
make_mobile(GRand *rand, guint row)
{
	return g_strdup_printf("1%u%09u", (guint)g_rand_int_range(rand, 3, 10), (guint)g_rand_int_range(rand, 0, 1000000000));
}

static char *
make_id(GRand *rand, guint row)
{
	char *id = g_strdup_printf("%u%04u%04u%02u%02u%03u?", (guint)g_rand_int_range(rand, 66, 70), (guint)g_rand_int_range(rand, 100, 10000),
		(guint)g_rand_int_range(rand, 1940, 2020), (guint)g_rand_int_range(rand, 1, 13), (guint)g_rand_int_range(rand, 1, 29),
		(guint)g_rand_int_range(rand, 0, 1000));

	id[17] = fn_resident_id_check_character(id);
	return id;
}

static char *
make_card(GRand *rand, guint row)
{
	char *card = g_strdup_printf("88%04u%09u?", (guint)g_rand_int_range(rand, 0, 10000), (guint)g_rand_int_range(rand, 0, 1000000000));

	card[15] = fn_luhn_digit(card, 15);
	return card;
}

typedef char *(*Make)(GRand *rand, guint row);

static Values *
make_values(Make make)
{
	GRand *rand = g_rand_new_with_seed(4);
	GString *room = g_string_new(NULL);
	Values *values = g_new(Values, 1);
	gsize at = 0;

	for (guint i = 0; i < N; i++) {
		g_autofree char *text = make(rand, i);

		values->size[i] = (guint32)strlen(text);
		g_string_append_len(room, text, values->size[i] + 1);
	}
	values->room = g_string_free(room, FALSE);
	for (guint i = 0; i < N; at += values->size[i++] + 1)
		values->value[i] = values->room + at;
	g_rand_free(rand);
	return values;
}

static void
free_values(Values *values)
{
	g_free(values->room);
	g_free(values);
}

typedef void (*Look)(const FnColumn *column, guint first);

/* Million values a second; @look sees each batch once, out of the measured time. */
static double
measure(const char *spec, const Values *values, Look look)
{
	g_autoptr(FnMaskColumn) mask = fn_mask_column_new(spec, FN_SUITE_GM, key, "bench", NULL);
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	const char *cell[BATCH];
	guint32 size[BATCH];
	double took[ROUNDS];

	g_assert_nonnull(mask);
	for (guint round = 0; round < ROUNDS; round++) {
		took[round] = 0;
		for (guint first = 0; first < N; first += BATCH) {
			FnColumn column = { cell, size, BATCH };
			double began = seconds();

			memcpy(cell, values->value + first, sizeof(cell));
			memcpy(size, values->size + first, sizeof(size));
			fn_mask_arena_reset(arena);
			fn_mask_apply(mask, &column, arena);
			took[round] += seconds() - began;
			if (round == 0)
				look(&column, first);
		}
	}
	return N / median(took) / 1e6;
}

static void
print_line(const char *name, double ours, double reference)
{
	printf("%s\t%.2fM\t%.2fM\t%.2f\n", name, ours, reference, ours / reference);
}

/* ---- partial ---- */

/* What a reference wrote, for comparing; each value at i * stride. */
static char *expected;
static gsize stride;

static void
look_same(const FnColumn *column, guint first)
{
	for (guint i = 0; i < column->n; i++)
		g_assert_true(memcmp(column->value[i], expected + (first + i) * stride, column->size[i]) == 0);
}

static double
bare_partial(const Values *values)
{
	double took[ROUNDS];

	stride = 12;
	for (guint round = 0; round < ROUNDS; round++) {
		double began = seconds();
		char *out = expected;

		for (guint i = 0; i < N; i++, out += 12) {
			memcpy(out, values->value[i], 12);
			memset(out + 3, '*', 4);
		}
		took[round] = seconds() - began;
	}
	return N / median(took) / 1e6;
}

/* ---- hash ---- */

static double
openssl_hmac(const Values *values)
{
	static const char digit[] = "0123456789abcdef";
	g_autofree guint8 *derived = g_malloc(32);
	EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *mac = EVP_MAC_CTX_new(algorithm);
	OSSL_PARAM parameters[] = { OSSL_PARAM_construct_utf8_string("digest", (char[]){ "SM3" }, 0), OSSL_PARAM_construct_end() };
	double took[ROUNDS];

	stride = 64;
	fn_hkdf(FN_SUITE_GM, key, 32, "fengni/v1/mask/hash//column/bench", derived, 32);
	g_assert(EVP_MAC_init(mac, derived, 32, parameters) == 1);
	for (guint round = 0; round < ROUNDS; round++) {
		double began = seconds();
		char *out = expected;

		for (guint i = 0; i < N; i++) {
			guint8 code[32];
			gsize size;

			g_assert(EVP_MAC_init(mac, NULL, 0, NULL) == 1 &&
				EVP_MAC_update(mac, (const guint8 *)values->value[i], values->size[i]) == 1 &&
				EVP_MAC_final(mac, code, &size, sizeof(code)) == 1);
			for (guint b = 0; b < 32; b++) {
				*out++ = digit[code[b] >> 4];
				*out++ = digit[code[b] & 15];
			}
		}
		took[round] = seconds() - began;
	}
	EVP_MAC_CTX_free(mac);
	EVP_MAC_free(algorithm);
	return N / median(took) / 1e6;
}

/* ---- FF1 ---- */

/* Pseudonyms are as well-formed as what they stand for, and another. */
static void
look_resident(const FnColumn *column, guint first)
{
	for (guint i = 0; i < column->n; i++)
		g_assert_true(column->size[i] == 18 && column->value[i][17] == fn_resident_id_check_character(column->value[i]));
}

static void
look_card(const FnColumn *column, guint first)
{
	for (guint i = 0; i < column->n; i++)
		g_assert_true(column->size[i] == 16 && fn_luhn_check(column->value[i], 16));
}

static double
serial_ff1(guint radix, guint n)
{
	g_autoptr(GError) error = NULL;
	FnFf1 *ff1 = fn_ff1_new(FN_SUITE_GM, key, 16, radix, &error);
	g_autoptr(FnFf1Batch) batch = ff1 != NULL ? fn_ff1_batch_new(ff1) : NULL;
	double took[ROUNDS];
	FnFf1Plan plan;

	g_assert_no_error(error);
	g_assert(fn_ff1_plan(ff1, "bench", 5, n, &plan, &error));
	for (guint round = 0; round < ROUNDS; round++) {
		double began = seconds();

		for (guint i = 0; i < N / 8; i++) {
			guint64 a = i % plan.modulus_u.by, b = i % plan.modulus_v.by;

			fn_ff1_batch_encrypt(batch, &plan, &a, &b, 1);
		}
		took[round] = seconds() - began;
	}
	fn_ff1_free(ff1);
	return N / 8 / median(took) / 1e6;
}

/* ---- rows ---- */

static char *
make_name(GRand *rand, guint row)
{
	static const char *const surnames[] = { "赵", "钱", "孙", "李", "周" }, *const given[] = { "某", "某某", "甲", "乙丙", "丁" };

	return g_strconcat(surnames[g_rand_int_range(rand, 0, 5)], given[g_rand_int_range(rand, 0, 5)], NULL);
}

static char *
make_word(GRand *rand, guint row)
{
	static const char *const words[] = { "未婚", "已婚", "初中", "高中", "本科" };

	return g_strdup(words[g_rand_int_range(rand, 0, 5)]);
}

static char *
make_date(GRand *rand, guint row)
{
	return g_strdup_printf("%u-%02u-%02u", (guint)g_rand_int_range(rand, 1940, 2020), (guint)g_rand_int_range(rand, 1, 13),
		(guint)g_rand_int_range(rand, 1, 29));
}

static char *
make_address(GRand *rand, guint row)
{
	return g_strdup_printf("河北省石家庄市某某区某某路%u号", row % 400);
}

static char *
make_serial(GRand *rand, guint row)
{
	return g_strdup_printf("%010u", row);
}

/* As a register of residents; masks are those of a grant under suite intl, the one whose digest PostgreSQL knows. */
static const struct {
	Make make;
	const char *spec;
} columns_of[] = { { make_id, "hash" }, { make_name, "partial:keep=1.0" }, { make_word }, { make_date }, { make_mobile, "partial:keep=3.4" },
	{ make_address }, { make_serial }, { make_word }, { make_word }, { make_word } };
enum { COLUMNS = G_N_ELEMENTS(columns_of), LONGEST_ROW = 512 };

/* Not 0 when a byte of @word is @byte. */
static inline guint64
holds(guint64 word, guint8 byte)
{
	word ^= 0x0101010101010101 * byte;
	return (word - 0x0101010101010101) & ~word & 0x8080808080808080;
}

/* Copies @n bytes, 8 or fewer, known when this is compiled; not 0 when they would need quotes (RFC 4180). */
static inline guint64
copy_some(char *out, const char *text, gsize n)
{
	guint64 word = 0;

	memcpy(&word, text, n);
	memcpy(out, &word, n);
	return holds(word, ',') | holds(word, '"') | holds(word, '\n') | holds(word, '\r');
}

/* The end of a value is copied with what stands before it once more rather than byte by byte. */
static inline char *
write_cell(char *out, const char *text, guint32 size, char behind)
{
	guint64 quote = 0;

	if (size >= 8) {
		for (guint32 i = 0; i + 8 <= size; i += 8)
			quote |= copy_some(out + i, text + i, 8);
		quote |= copy_some(out + size - 8, text + size - 8, 8);
	} else if (size >= 4) {
		quote = copy_some(out, text, 4) | copy_some(out + size - 4, text + size - 4, 4);
	} else {
		for (guint32 i = 0; i < size; i++)
			quote |= copy_some(out + i, text + i, 1);
	}
	g_assert(quote == 0); /* nothing here needs them */
	out[size] = behind;
	return out + size + 1;
}

static char *
write_rows(char *out, FnColumn *columns, guint n)
{
	for (guint row = 0; row < n; row++)
		for (guint c = 0; c < COLUMNS; c++)
			out = write_cell(out, columns[c].value[row], columns[c].size[row], c + 1 == COLUMNS ? '\n' : ',');
	return out;
}

static char *
mask_rows(Values *const *table, FnMaskColumn *const *masks, FnMaskArena *arena, char *out)
{
	static const char *cell[COLUMNS][BATCH];
	static guint32 size[COLUMNS][BATCH];
	FnColumn columns[COLUMNS];

	for (guint first = 0; first < N; first += BATCH) {
		fn_mask_arena_reset(arena);
		for (guint c = 0; c < COLUMNS; c++) {
			columns[c] = (FnColumn){ cell[c], size[c], BATCH };
			memcpy(cell[c], table[c]->value + first, sizeof(cell[c]));
			memcpy(size[c], table[c]->size + first, sizeof(size[c]));
			if (masks[c] != NULL)
				fn_mask_apply(masks[c], &columns[c], arena);
		}
		out = write_rows(out, columns, BATCH);
	}
	return out;
}

static gboolean
save(const char *path, const char *more, const char *text, gsize size)
{
	g_autofree char *file = g_strconcat(path, more, NULL);
	g_autoptr(GError) error = NULL;

	if (g_file_set_contents(file, text, (gssize)size, &error))
		return TRUE;
	fprintf(stderr, "%s\n", error->message);
	return FALSE;
}

/* The key under which the table's first column is hashed. */
static void
print_key(void)
{
	guint8 derived[32];

	fn_hkdf(FN_SUITE_INTL, key, 32, "fengni/v1/mask/hash//column/bench", derived, sizeof(derived));
	for (gsize i = 0; i < sizeof(derived); i++)
		printf("%02x", derived[i]);
	printf("\n");
}

static gboolean
run_rows(const char *path)
{
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	g_autofree char *out = g_malloc((gsize)N * LONGEST_ROW);
	FnMaskColumn *masks[COLUMNS] = { NULL }, *none[COLUMNS] = { NULL };
	Values *table[COLUMNS];
	double took[ROUNDS];
	gboolean fine;
	char *end;

	for (guint c = 0; c < COLUMNS; c++) {
		table[c] = make_values(columns_of[c].make);
		masks[c] = columns_of[c].spec != NULL ? fn_mask_column_new(columns_of[c].spec, FN_SUITE_INTL, key, "bench", NULL) : NULL;
	}
	end = mask_rows(table, none, arena, out);
	fine = save(path, "", out, (gsize)(end - out));
	for (guint round = 0; round < ROUNDS; round++) {
		double began = seconds();

		end = mask_rows(table, masks, arena, out);
		took[round] = seconds() - began;
	}
	fine = fine && save(path, ".masked", out, (gsize)(end - out));
	printf("%.1f\n", N / median(took) / 1e3);
	print_key();
	for (guint c = 0; c < COLUMNS; c++) {
		free_values(table[c]);
		fn_mask_column_free(masks[c]);
	}
	return fine;
}

/* ---- all ---- */

/* Radix and numerals of a domain as large as that of the kind: 49 prefixes, 10,000 places, 47,482 days, 1,000 numbers; and
 * for 16 digits 5,000 prefixes and 10^11. */
enum { RESIDENT_RADIX = 28553, RESIDENT_NUMERALS = 3, CARD_RADIX = 4730, CARD_NUMERALS = 4 };

int
main(int argc, char **argv)
{
	Values *mobiles, *ids, *cards;
	double ours, reference;

	fn_crypto_init();
	if (argc == 3 && g_str_equal(argv[1], "rows"))
		return run_rows(argv[2]) ? 0 : 1;
	mobiles = make_values(make_mobile);
	ids = make_values(make_id);
	cards = make_values(make_card);
	expected = g_malloc(N * (gsize)64);
	reference = bare_partial(mobiles);
	ours = measure("partial:keep=3.4", mobiles, look_same);
	print_line("partial.mobile", ours, reference);
	reference = openssl_hmac(ids);
	ours = measure("hash", ids, look_same);
	print_line("hmac.id", ours, reference);
	print_line("ff1.resident_id", measure("pseudonym:kind=resident_id", ids, look_resident), serial_ff1(RESIDENT_RADIX, RESIDENT_NUMERALS));
	print_line("ff1.card", measure("pseudonym:kind=bank_card", cards, look_card), serial_ff1(CARD_RADIX, CARD_NUMERALS));
	g_free(expected);
	free_values(mobiles);
	free_values(ids);
	free_values(cards);
	return 0;
}
