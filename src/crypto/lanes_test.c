#include "base/text.h"
#include "crypto/crypto_priv.h"

#include <openssl/evp.h>
#include <string.h>

#define ABNOPQ	"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
#define ABCD16	"abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd"
#define SEED	0x5eed3
#define ROUNDS	300
#define MOST	70u /* messages a round: more than four times the widest */
#define LONGEST 300u
#define ROOM	(LONGEST + 64u)

static const guint widths[] = { 4, 8, 16 };
static const FnSuite suites[] = { FN_SUITE_GM, FN_SUITE_INTL };

static void
fill(GRand *rand, guint8 *data, gsize size)
{
	for (gsize i = 0; i < size; i++)
		data[i] = (guint8)g_rand_int(rand);
}

/* The digest of @before||data by the other library. */
static void
openssl_digest(FnSuite suite, guint8 before, const guint8 *data, gsize size, guint8 *out)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	guint got;

	g_assert_cmpint(EVP_DigestInit_ex(context, suite == FN_SUITE_GM ? EVP_sm3() : EVP_sha256(), NULL), ==, 1);
	g_assert_cmpint(EVP_DigestUpdate(context, &before, 1), ==, 1);
	g_assert_cmpint(EVP_DigestUpdate(context, data, size), ==, 1);
	g_assert_cmpint(EVP_DigestFinal_ex(context, out, &got), ==, 1);
	g_assert_cmpuint(got, ==, FN_DIGEST_SIZE);
	EVP_MD_CTX_free(context);
}

/* The examples of GB/T 32905-2016 appendix A and of FIPS 180, one in every lane. */
static void
test_standard(gconstpointer data)
{
	static const struct {
		FnMessage message[3];
		const char *expected[3];
	} examples[] = {
		[FN_SUITE_GM] = { { { "abc", 3 }, { ABCD16, 64 }, { "", 0 } },
			{ "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
				"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
				"1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b" } },
		[FN_SUITE_INTL] = { { { "abc", 3 }, { ABNOPQ, 56 }, { "", 0 } },
			{ "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
				"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
				"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" } },
	};
	FnSuite suite = *(const FnSuite *)data;
	guint8 out[MOST * FN_DIGEST_SIZE];
	FnMessage all[MOST];

	for (guint i = 0; i < MOST; i++)
		all[i] = examples[suite].message[i % 3];
	for (gsize w = 0; w < G_N_ELEMENTS(widths); w++) {
		g_assert_true(fn_lanes_run(suite, widths[w], -1, all, NULL, MOST, out));
		for (guint i = 0; i < MOST; i++) {
			g_autofree char *hex = fn_hex(out + i * FN_DIGEST_SIZE, FN_DIGEST_SIZE);

			g_assert_cmpstr(hex, ==, examples[suite].expected[i % 3]);
		}
	}
}

static void
test_every_length(gconstpointer suite_data)
{
	FnSuite suite = *(const FnSuite *)suite_data;
	g_autoptr(GRand) rand = g_rand_new_with_seed(SEED);
	guint8 data[LONGEST], out[FN_DIGEST_SIZE], expected[FN_DIGEST_SIZE], other[FN_DIGEST_SIZE];

	fill(rand, data, sizeof(data));
	for (gsize size = 0; size <= LONGEST; size++)
		for (gsize w = 0; w < G_N_ELEMENTS(widths); w++) {
			FnMessage message = { size > 0 ? data : NULL, size };

			g_assert_true(fn_lanes_run(suite, widths[w], -1, &message, NULL, 1, out));
			(suite == FN_SUITE_GM ? fn_sm3 : fn_sha256)(data, size, expected);
			g_assert_cmpmem(out, sizeof(out), expected, sizeof(expected));
			g_assert_true(fn_lanes_run(suite, widths[w], 0, &message, NULL, 1, out));
			fn_tree_leaf(suite, data, size, expected);
			openssl_digest(suite, 0, data, size, other);
			g_assert_cmpmem(out, sizeof(out), expected, sizeof(expected));
			g_assert_cmpmem(out, sizeof(out), other, sizeof(other));
		}
}

/* Random numbers of messages of random lengths at random, unaligned places: every lane ends and begins anew at another time. */
static void
test_many(gconstpointer suite_data)
{
	FnSuite suite = *(const FnSuite *)suite_data;
	g_autoptr(GRand) rand = g_rand_new_with_seed(SEED + 1);
	g_autofree guint8 *data = g_malloc(MOST * ROOM);
	guint8 out[MOST * FN_DIGEST_SIZE], expected[FN_DIGEST_SIZE];
	FnMessage message[MOST];

	fill(rand, data, MOST * ROOM);
	for (guint round = 0; round < ROUNDS; round++) {
		guint count = (guint)g_rand_int_range(rand, 0, MOST + 1), width = widths[round % G_N_ELEMENTS(widths)];

		for (guint i = 0; i < count; i++)
			message[i] = (FnMessage){ data + i * ROOM + g_rand_int_range(rand, 0, 64),
				(gsize)g_rand_int_range(rand, 0, LONGEST + 1) };
		memset(out, 0xee, sizeof(out));
		if (round % 4 == 0)
			fn_tree_leaves(suite, message, count, out);
		else
			g_assert_true(fn_lanes_run(suite, width, 0, message, NULL, count, out));
		for (guint i = 0; i < count; i++) {
			fn_tree_leaf(suite, message[i].data, message[i].size, expected);
			g_assert_cmpmem(out + i * FN_DIGEST_SIZE, FN_DIGEST_SIZE, expected, sizeof(expected));
		}
		for (gsize i = count * FN_DIGEST_SIZE; i < sizeof(out); i++)
			g_assert_cmpuint(out[i], ==, 0xee);
	}
}

/* One message far longer than the others keeps its lane while they pass. */
static void
test_long(gconstpointer suite_data)
{
	FnSuite suite = *(const FnSuite *)suite_data;
	g_autoptr(GRand) rand = g_rand_new_with_seed(SEED + 2);
	g_autofree guint8 *data = g_malloc(65535);
	guint8 out[MOST * FN_DIGEST_SIZE], expected[FN_DIGEST_SIZE];
	FnMessage message[MOST];

	fill(rand, data, 65535);
	for (guint i = 0; i < MOST; i++)
		message[i] = (FnMessage){ data + i, i % 30 == 7 ? 65535 - MOST : i };
	for (gsize w = 0; w < G_N_ELEMENTS(widths); w++) {
		g_assert_true(fn_lanes_run(suite, widths[w], 0, message, NULL, MOST, out));
		for (guint i = 0; i < MOST; i++) {
			fn_tree_leaf(suite, message[i].data, message[i].size, expected);
			g_assert_cmpmem(out + i * FN_DIGEST_SIZE, FN_DIGEST_SIZE, expected, sizeof(expected));
		}
	}
}

static void
test_nodes(gconstpointer suite_data)
{
	FnSuite suite = *(const FnSuite *)suite_data;
	g_autoptr(GRand) rand = g_rand_new_with_seed(SEED + 3);
	guint8 pairs[MOST * 2 * FN_DIGEST_SIZE], out[MOST * FN_DIGEST_SIZE], expected[FN_DIGEST_SIZE];

	fill(rand, pairs, sizeof(pairs));
	for (guint count = 0; count <= MOST; count++)
		for (gsize w = 0; w <= G_N_ELEMENTS(widths); w++) {
			if (w == G_N_ELEMENTS(widths))
				fn_tree_nodes(suite, pairs, count, out);
			else
				g_assert_true(fn_lanes_run(suite, widths[w], 1, NULL, pairs, count, out));
			for (guint i = 0; i < count; i++) {
				const guint8 *pair = pairs + i * 2 * FN_DIGEST_SIZE;

				fn_tree_node(suite, pair, pair + FN_DIGEST_SIZE, expected);
				g_assert_cmpmem(out + i * FN_DIGEST_SIZE, FN_DIGEST_SIZE, expected, sizeof(expected));
			}
		}
}

static void
test_too_narrow(void)
{
	FnMessage message = { "a", 1 };
	guint8 out[FN_DIGEST_SIZE];

	for (gsize i = 0; i < G_N_ELEMENTS(suites); i++)
		g_assert_false(fn_lanes_run(suites[i], 3, 0, &message, NULL, 1, out));
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(gconstpointer suite);
	} tests[] = { { "standard", test_standard }, { "every-length", test_every_length }, { "many", test_many }, { "long", test_long },
		{ "nodes", test_nodes } };

	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
		for (gsize s = 0; s < G_N_ELEMENTS(suites); s++) {
			g_autofree char *path = g_strdup_printf("/lanes/%s/%s", tests[i].name, fn_suite_name(suites[s]));

			g_test_add_data_func(path, &suites[s], tests[i].run);
		}
	g_test_add_func("/lanes/too-narrow", test_too_narrow);
	return g_test_run();
}
