#include "mask/pseudonym_priv.h"

#include "base/text.h"

#include <openssl/bn.h>
#include <openssl/evp.h>

#define KEY128 "2B7E151628AED2A6ABF7158809CF4F3C"
#define KEY192 KEY128 "EF4359D8D580AA4F"
#define KEY256 KEY192 "7F036D6F04FC6A94"

/* The samples that NIST publishes with SP 800-38G. */
static const struct {
	const char *key, *tweak;
	guint radix;
	const char *in, *out;
} samples[] = {
	{ KEY128, "", 10, "0123456789", "2433477484" },
	{ KEY128, "39383736353433323130", 10, "0123456789", "6124200773" },
	{ KEY128, "3737373770717273373737", 36, "0123456789abcdefghi", "a9tv40mll9kdu509eum" },
	{ KEY192, "", 10, "0123456789", "2830668132" },
	{ KEY192, "39383736353433323130", 10, "0123456789", "2496655549" },
	{ KEY192, "3737373770717273373737", 36, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr" },
	{ KEY256, "", 10, "0123456789", "6657667009" },
	{ KEY256, "39383736353433323130", 10, "0123456789", "1001623463" },
	{ KEY256, "3737373770717273373737", 36, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd" },
};

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static void
test_nist(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(samples); i++) {
		gsize key_size = strlen(samples[i].key) / 2, tweak_size = strlen(samples[i].tweak) / 2;
		guint n = (guint)strlen(samples[i].in);
		guint8 key[32], tweak[16];
		guint16 in[32], out[32], back[32];
		g_autoptr(GError) error = NULL;
		FnFf1 *ff1;

		g_assert_true(fn_unhex(samples[i].key, key, key_size));
		g_assert_true(fn_unhex(samples[i].tweak, tweak, tweak_size));
		ff1 = fn_ff1_new(FN_SUITE_INTL, key, key_size, samples[i].radix, &error);
		g_assert_no_error(error);
		for (guint at = 0; at < n; at++)
			in[at] = (guint16)(strchr(digits, samples[i].in[at]) - digits);
		g_assert_true(fn_ff1_encrypt(ff1, tweak, tweak_size, in, out, n, &error));
		for (guint at = 0; at < n; at++)
			g_assert_cmpint(digits[out[at]], ==, samples[i].out[at]);
		g_assert_true(fn_ff1_decrypt(ff1, tweak, tweak_size, out, back, n, &error));
		g_assert_cmpmem(in, n * 2, back, n * 2);
		fn_ff1_free(ff1);
	}
}

/* ---- FF1 once more, by the letter of the standard and another library: OpenSSL's ECB and big numbers, a whole CBC-MAC for
 * every round, numeral strings ---- */

enum { BLOCK = 16, LONGEST = 64 };

static void
slow_cipher(EVP_CIPHER_CTX *ecb, const guint8 in[BLOCK], guint8 out[BLOCK])
{
	int size = 0;

	g_assert_true(EVP_EncryptUpdate(ecb, out, &size, in, BLOCK) == 1 && size == BLOCK);
}

/* Algorithm 6 (PRF). */
static void
slow_prf(EVP_CIPHER_CTX *ecb, const guint8 *x, gsize size, guint8 y[BLOCK])
{
	memset(y, 0, BLOCK);
	for (gsize at = 0; at < size; at += BLOCK) {
		guint8 block[BLOCK];

		for (guint i = 0; i < BLOCK; i++)
			block[i] = y[i] ^ x[at + i];
		slow_cipher(ecb, block, y);
	}
}

/* Algorithm 1 (NUM with a radix). */
static BIGNUM *
slow_number(const guint16 *x, guint n, guint radix)
{
	BIGNUM *value = BN_new();

	for (guint i = 0; i < n; i++)
		g_assert_true(BN_mul_word(value, radix) == 1 && BN_add_word(value, x[i]) == 1);
	return value;
}

/* Algorithm 3 (STR). */
static void
slow_string(BIGNUM *value, guint m, guint radix, guint16 *x)
{
	for (guint i = m; i > 0; i--)
		x[i - 1] = (guint16)BN_div_word(value, radix);
}

static BIGNUM *
slow_power(guint radix, guint n)
{
	BIGNUM *power = BN_new();

	BN_one(power);
	for (guint i = 0; i < n; i++)
		g_assert_true(BN_mul_word(power, radix) == 1);
	return power;
}

/* Algorithm 7, step 6 iii and iv: R, then CIPH(R xor [1]), CIPH(R xor [2]), ... cut to d bytes, as a number. */
static BIGNUM *
slow_y(EVP_CIPHER_CTX *ecb, const guint8 r[BLOCK], gsize d)
{
	guint8 s[LONGEST];

	memcpy(s, r, BLOCK);
	for (guint j = 1; j * BLOCK < d; j++) {
		guint8 block[BLOCK];

		memcpy(block, r, BLOCK);
		block[BLOCK - 1] ^= (guint8)j;
		slow_cipher(ecb, block, s + BLOCK * j);
	}
	return BN_bin2bn(s, (int)d, NULL);
}

/* Step 2: bytes that hold radix^v - 1. */
static guint
slow_bytes(guint radix, guint v)
{
	BIGNUM *most = slow_power(radix, v);
	guint bytes;

	BN_sub_word(most, 1);
	bytes = (guint)BN_num_bytes(most);
	BN_free(most);
	return bytes;
}

/* Steps 5 and 6 i: P, then Q with its zeros, round and half. The size. */
static gsize
slow_block(guint8 *x, guint radix, guint u, guint n, const guint8 *tweak, gsize t, guint round, const BIGNUM *half, guint b)
{
	guint8 p[BLOCK] = { 1, 2, 1, (guint8)(radix >> 16), (guint8)(radix >> 8), (guint8)radix, 10, (guint8)u, 0, 0, 0, (guint8)n, 0, 0, 0,
		(guint8)t };
	gsize zeros = (BLOCK - (t + b + 1) % BLOCK) % BLOCK;

	memcpy(x, p, BLOCK);
	memcpy(x + BLOCK, tweak, t);
	memset(x + BLOCK + t, 0, zeros);
	x[BLOCK + t + zeros] = (guint8)round;
	g_assert_cmpint(BN_bn2binpad(half, x + BLOCK + t + zeros + 1, (int)b), ==, (int)b);
	return BLOCK + t + zeros + 1 + b;
}

static void
slow_ff1(EVP_CIPHER_CTX *ecb, const guint8 *tweak, gsize t, const guint16 *in, guint16 *out, guint n, guint radix)
{
	guint u = n / 2, v = n - u, b = slow_bytes(radix, v), d = 4 * ((b + 3) / 4) + 4;
	guint16 a_string[LONGEST], b_string[LONGEST];
	BN_CTX *room = BN_CTX_new();

	memcpy(a_string, in, u * 2);
	memcpy(b_string, in + u, v * 2);
	for (guint i = 0; i < 10; i++) {
		guint m = i % 2 == 0 ? u : v;
		guint8 x[256], r[BLOCK];
		BIGNUM *half = slow_number(b_string, n - m, radix), *c = slow_number(a_string, m, radix), *modulus = slow_power(radix, m), *y;

		slow_prf(ecb, x, slow_block(x, radix, u, n, tweak, t, i, half, b), r);
		y = slow_y(ecb, r, d);
		g_assert_true(BN_mod_add(c, c, y, modulus, room) == 1);
		memcpy(a_string, b_string, (n - m) * 2);
		slow_string(c, m, radix, b_string);
		BN_free(half);
		BN_free(c);
		BN_free(y);
		BN_free(modulus);
	}
	BN_CTX_free(room);
	memcpy(out, a_string, u * 2);
	memcpy(out + u, b_string, v * 2);
}

static EVP_CIPHER_CTX *
slow_open(FnSuite suite, const guint8 *key)
{
	EVP_CIPHER_CTX *ecb = EVP_CIPHER_CTX_new();

	g_assert_true(EVP_EncryptInit_ex(ecb, suite == FN_SUITE_GM ? EVP_sm4_ecb() : EVP_aes_128_ecb(), NULL, key, NULL) == 1);
	g_assert_true(EVP_CIPHER_CTX_set_padding(ecb, 0) == 1);
	return ecb;
}

static const struct {
	guint radix, n;
	gsize tweak;
} shapes[] = {
	{ 10, 6, 0 }, { 10, 7, 3 }, { 10, 18, 8 }, { 10, 36, 15 }, { 2, 20, 0 }, { 36, 19, 11 }, { 62, 20, 16 }, { 28156, 3, 15 },
	{ 65536, 3, 17 }, { 1914, 3, 40 }, { 24000, 4, 12 }, { 256, 7, 7 }, { 27586, 2, 8 }, { 27586, 8, 6 }, { 2133, 6, 13 }, { 65535, 6, 31 },
	{ 128, 18, 14 }, { 2, 63, 23 }, { 10, 19, 24 },
};

/* Random values of every shape: fast = slow, and back again, in both suites. */
static void
test_slow(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(38);

	for (gsize s = 0; s < G_N_ELEMENTS(shapes) * 2; s++) {
		FnSuite suite = s % 2 == 0 ? FN_SUITE_GM : FN_SUITE_INTL;
		guint radix = shapes[s / 2].radix, n = shapes[s / 2].n;
		guint8 key[16], tweak[64];
		g_autoptr(GError) error = NULL;
		EVP_CIPHER_CTX *ecb;
		FnFf1 *ff1;

		for (guint i = 0; i < 16; i++)
			key[i] = (guint8)g_rand_int(rand);
		for (guint i = 0; i < 64; i++)
			tweak[i] = (guint8)g_rand_int(rand);
		ff1 = fn_ff1_new(suite, key, 16, radix, &error);
		g_assert_no_error(error);
		ecb = slow_open(suite, key);
		for (guint round = 0; round < 40; round++) {
			guint16 in[64], fast[64], slow[64], back[64];

			for (guint i = 0; i < n; i++)
				in[i] = (guint16)g_rand_int_range(rand, 0, (gint32)radix);
			g_assert_true(fn_ff1_encrypt(ff1, tweak, shapes[s / 2].tweak, in, fast, n, &error));
			slow_ff1(ecb, tweak, shapes[s / 2].tweak, in, slow, n, radix);
			g_assert_cmpmem(fast, n * 2, slow, n * 2);
			g_assert_true(fn_ff1_decrypt(ff1, tweak, shapes[s / 2].tweak, fast, back, n, &error));
			g_assert_cmpmem(in, n * 2, back, n * 2);
		}
		EVP_CIPHER_CTX_free(ecb);
		fn_ff1_free(ff1);
	}
}

/* A batch of any size gives what single values give. */
static void
test_batch(void)
{
	static const guint counts[] = { 0, 1, 2, 255, 256, 257, 600 };
	guint8 key[16] = "0123456789abcde";
	FnFf1 *ff1 = fn_ff1_new(FN_SUITE_GM, key, 16, 10, NULL);
	g_autoptr(FnFf1Batch) batch = fn_ff1_batch_new(ff1);
	FnFf1Plan plan;

	g_assert_true(fn_ff1_plan(ff1, "t", 1, 17, &plan, NULL));
	for (gsize c = 0; c < G_N_ELEMENTS(counts); c++) {
		guint64 a[600], b[600];

		for (guint i = 0; i < counts[c]; i++) {
			a[i] = i * 7919;
			b[i] = i * 104729;
		}
		fn_ff1_batch_encrypt(batch, &plan, a, b, counts[c]);
		for (guint i = 0; i < counts[c]; i++) {
			guint64 one_a = i * 7919, one_b = i * 104729;

			fn_ff1_batch_encrypt(batch, &plan, &one_a, &one_b, 1);
			g_assert_cmpuint(a[i], ==, one_a);
			g_assert_cmpuint(b[i], ==, one_b);
		}
		fn_ff1_batch_decrypt(batch, &plan, a, b, counts[c]);
		for (guint i = 0; i < counts[c]; i++)
			g_assert_cmpuint(a[i], ==, i * 7919);
	}
	fn_ff1_free(ff1);
}

static FnDivisor
divisor(guint64 by)
{
	return (FnDivisor){ by, G_MAXUINT64 / by };
}

static void
test_divide(void)
{
	static const guint64 edge[] = { 1, 2, 3, 10, 0xffff, 0x10000, 0xffffffff, G_GUINT64_CONSTANT(0x100000000),
		G_GUINT64_CONSTANT(0x100000001), G_GUINT64_CONSTANT(0x7fffffffffffffff), G_GUINT64_CONSTANT(0x8000000000000000) };
	g_autoptr(GRand) rand = g_rand_new_with_seed(7);

	for (guint i = 0; i < 200000; i++) {
		guint64 by = i % 2 == 0 ? edge[i / 2 % G_N_ELEMENTS(edge)] : (guint64)g_rand_int(rand) << (i % 32) | 1;
		FnDivisor divide = divisor(by);
		guint64 any = (guint64)g_rand_int(rand) << 32 | g_rand_int(rand), times = any / by * by;
		guint64 value[] = { any >> (i % 64), times, times - 1, times + by - 1, G_MAXUINT64, G_MAXUINT64 - i, i, 0 };

		for (guint k = 0; k < G_N_ELEMENTS(value); k++) {
			guint64 rest, quotient = fn_divide(&divide, value[k], &rest);

			g_assert_cmpuint(quotient, ==, value[k] / by);
			g_assert_cmpuint(rest, ==, value[k] % by);
		}
	}
}

static void
test_refused(void)
{
	static const struct {
		guint radix, n;
	} bad[] = { { 10, 5 }, { 2, 19 }, { 65536, 1 }, { 10, 37 }, { 10, 0 }, { 62, 22 }, { 10, 4000000000u } };
	guint8 key[32] = { 0 };
	guint16 in[64] = { 9 }, out[64];

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		FnFf1 *ff1 = fn_ff1_new(FN_SUITE_GM, key, 16, bad[i].radix, NULL);

		g_assert_false(fn_ff1_encrypt(ff1, NULL, 0, in, out, bad[i].n, &error));
		g_assert_error(error, FN_MASK_ERROR, FN_MASK_ERROR_DOMAIN);
		fn_ff1_free(ff1);
	}
	g_assert_null(fn_ff1_new(FN_SUITE_GM, key, 32, 10, NULL));
	g_assert_null(fn_ff1_new(FN_SUITE_INTL, key, 8, 10, NULL));
	g_assert_null(fn_ff1_new(FN_SUITE_GM, key, 16, 1, NULL));
	g_assert_null(fn_ff1_new(FN_SUITE_GM, key, 16, 65537, NULL));
}

static void
test_bad_numeral(void)
{
	g_autoptr(GError) error = NULL;
	guint8 key[16] = { 0 };
	guint16 in[8] = { 1, 2, 3, 10, 4, 5, 6, 7 }, out[8];
	FnFf1 *ff1 = fn_ff1_new(FN_SUITE_GM, key, 16, 10, NULL);

	g_assert_false(fn_ff1_encrypt(ff1, NULL, 0, in, out, 8, &error));
	g_assert_error(error, FN_MASK_ERROR, FN_MASK_ERROR_DOMAIN);
	fn_ff1_free(ff1);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ff1/nist", test_nist);
	g_test_add_func("/ff1/slow", test_slow);
	g_test_add_func("/ff1/batch", test_batch);
	g_test_add_func("/ff1/divide", test_divide);
	g_test_add_func("/ff1/refused", test_refused);
	g_test_add_func("/ff1/bad-numeral", test_bad_numeral);
	return g_test_run();
}
