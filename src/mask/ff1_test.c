#include "base/text.h"
#include "mask/pseudonym_priv.h"

#include <string.h>

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

/* ---- FF1 once more, by the letter of the standard: whole CBC-MAC, S block by block, big numbers, numeral strings ---- */

static void
slow_prf(gcry_cipher_hd_t ecb, const guint8 *x, gsize size, guint8 y[16])
{
	memset(y, 0, 16);
	for (gsize at = 0; at < size; at += 16) {
		guint8 block[16];

		for (guint i = 0; i < 16; i++)
			block[i] = y[i] ^ x[at + i];
		g_assert(gcry_cipher_encrypt(ecb, y, 16, block, 16) == 0);
	}
}

static gcry_mpi_t
slow_number(const guint16 *x, guint n, guint radix)
{
	gcry_mpi_t value = gcry_mpi_set_ui(NULL, 0);

	for (guint i = 0; i < n; i++) {
		gcry_mpi_mul_ui(value, value, radix);
		gcry_mpi_add_ui(value, value, x[i]);
	}
	return value;
}

static void
slow_string(gcry_mpi_t value, guint m, guint radix, guint16 *x)
{
	gcry_mpi_t base = gcry_mpi_set_ui(NULL, radix), digit = gcry_mpi_new(0);

	for (guint i = m; i > 0; i--) {
		guint one;

		gcry_mpi_div(value, digit, value, base, 0);
		g_assert(gcry_mpi_get_ui(&one, digit) == 0);
		x[i - 1] = (guint16)one;
	}
	gcry_mpi_release(base);
	gcry_mpi_release(digit);
}

/* S: R, then CIPH(R xor [1]), CIPH(R xor [2]), ... cut to d bytes. */
static gcry_mpi_t
slow_y(gcry_cipher_hd_t ecb, const guint8 r[16], gsize d)
{
	guint8 s[64];
	gcry_mpi_t y = NULL;

	memcpy(s, r, 16);
	for (guint j = 1; j * 16 < d; j++) {
		guint8 block[16];

		memcpy(block, r, 16);
		block[15] ^= (guint8)j;
		g_assert(gcry_cipher_encrypt(ecb, s + 16 * j, 16, block, 16) == 0);
	}
	g_assert(gcry_mpi_scan(&y, GCRYMPI_FMT_USG, s, d, NULL) == 0);
	return y;
}

static void
slow_ff1(gcry_cipher_hd_t ecb, const guint8 *tweak, gsize t, const guint16 *in, guint16 *out, guint n, guint radix)
{
	guint u = n / 2, v = n - u, b, d;
	guint16 a_string[64], b_string[64];
	gcry_mpi_t all = gcry_mpi_set_ui(NULL, 1);
	gsize zeros;

	for (guint i = 0; i < v; i++)
		gcry_mpi_mul_ui(all, all, radix);
	gcry_mpi_sub_ui(all, all, 1);
	b = (gcry_mpi_get_nbits(all) + 7) / 8;
	gcry_mpi_release(all);
	d = 4 * ((b + 3) / 4) + 4;
	zeros = (16 - (t + b + 1) % 16) % 16;
	memcpy(a_string, in, u * 2);
	memcpy(b_string, in + u, v * 2);
	for (guint i = 0; i < 10; i++) {
		guint m = i % 2 == 0 ? u : v;
		guint8 x[256] = { 1, 2, 1, (guint8)(radix >> 16), (guint8)(radix >> 8), (guint8)radix, 10, (guint8)u, 0, 0, 0, (guint8)n,
			0, 0, 0, (guint8)t }, r[16], bytes[64];
		gcry_mpi_t number_b = slow_number(b_string, v + u - m, radix), number_a = slow_number(a_string, m, radix), y, modulus;
		gsize size;

		memcpy(x + 16, tweak, t);
		x[16 + t + zeros] = (guint8)i;
		g_assert(gcry_mpi_print(GCRYMPI_FMT_USG, bytes, sizeof(bytes), &size, number_b) == 0);
		memcpy(x + 16 + t + zeros + 1 + b - size, bytes, size);
		slow_prf(ecb, x, 16 + t + zeros + 1 + b, r);
		y = slow_y(ecb, r, d);
		modulus = gcry_mpi_set_ui(NULL, 1);
		for (guint j = 0; j < m; j++)
			gcry_mpi_mul_ui(modulus, modulus, radix);
		gcry_mpi_addm(number_a, number_a, y, modulus);
		memcpy(a_string, b_string, (n - m) * 2);
		slow_string(number_a, m, radix, b_string);
		gcry_mpi_release(number_a);
		gcry_mpi_release(number_b);
		gcry_mpi_release(y);
		gcry_mpi_release(modulus);
	}
	memcpy(out, a_string, u * 2);
	memcpy(out + u, b_string, v * 2);
}

static const struct {
	guint radix, n;
	gsize tweak;
} shapes[] = {
	{ 10, 6, 0 }, { 10, 7, 3 }, { 10, 18, 8 }, { 10, 36, 15 }, { 2, 20, 0 }, { 36, 19, 11 }, { 62, 20, 16 }, { 28156, 3, 15 },
	{ 65536, 3, 17 }, { 1914, 3, 40 }, { 24000, 4, 12 }, { 256, 7, 7 },
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
		gcry_cipher_hd_t ecb;
		FnFf1 *ff1;

		for (guint i = 0; i < 16; i++)
			key[i] = (guint8)g_rand_int(rand);
		for (guint i = 0; i < 64; i++)
			tweak[i] = (guint8)g_rand_int(rand);
		ff1 = fn_ff1_new(suite, key, 16, radix, &error);
		g_assert_no_error(error);
		g_assert(gcry_cipher_open(&ecb, suite == FN_SUITE_GM ? GCRY_CIPHER_SM4 : GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_ECB,
			0) == 0);
		g_assert(gcry_cipher_setkey(ecb, key, 16) == 0);
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
		gcry_cipher_close(ecb);
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
	g_test_add_func("/ff1/refused", test_refused);
	g_test_add_func("/ff1/bad-numeral", test_bad_numeral);
	return g_test_run();
}
