/* FF1, NIST SP 800-38G algorithms 7 and 8.
 *
 * Ten Feistel rounds per value cannot run side by side, but the same round of many values can. libgcrypt has fast code
 * for many blocks of SM4 and AES only in modes whose blocks are independent; CFB decryption is such a mode, and it
 * computes E(c[i-1]) xor c[i]: with the first block as the start and the rest as the text, one call encrypts them all. */
#include "mask/pseudonym_priv.h"

enum { BATCH = 256, ROUNDS = 10 };

struct FnFf1 {
	int algorithm;
	guint8 key[32];
	gsize key_size;
	guint radix;
};

struct FnFf1Batch {
	gcry_cipher_hd_t cipher;
	guint64 in[(BATCH + 1) * 2], out[BATCH * 2]; /* blocks, as the cipher reads and writes them */
};

G_DEFINE_QUARK(fn-mask-error-quark, fn_mask_error)

static gpointer
start_gcrypt(gpointer unused)
{
	if (!gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P)) {
		g_assert(gcry_check_version(NULL) != NULL);
		gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	}
	return NULL;
}

FnFf1 *
fn_ff1_new(FnSuite suite, const guint8 *key, gsize key_size, guint radix, GError **error)
{
	static GOnce once = G_ONCE_INIT;
	gboolean fits = suite == FN_SUITE_GM ? key_size == 16 : key_size == 16 || key_size == 24 || key_size == 32;
	FnFf1 *ff1;

	g_once(&once, start_gcrypt, NULL);
	if (!fits) {
		g_set_error(error, FN_MASK_ERROR, FN_MASK_ERROR_KEY, "a key of %" G_GSIZE_FORMAT " bytes does not fit suite %s",
			key_size, suite == FN_SUITE_GM ? "gm" : "intl");
		return NULL;
	}
	if (radix < 2 || radix > 65536) {
		g_set_error(error, FN_MASK_ERROR, FN_MASK_ERROR_DOMAIN, "FF1 radix %u is outside 2 to 65536", radix);
		return NULL;
	}
	ff1 = g_new0(FnFf1, 1);
	ff1->algorithm = suite == FN_SUITE_GM ? GCRY_CIPHER_SM4
		: key_size == 16 ? GCRY_CIPHER_AES128 : key_size == 24 ? GCRY_CIPHER_AES192 : GCRY_CIPHER_AES256;
	memcpy(ff1->key, key, key_size);
	ff1->key_size = key_size;
	ff1->radix = radix;
	return ff1;
}

void
fn_ff1_free(FnFf1 *ff1)
{
	if (ff1 == NULL)
		return;
	explicit_bzero(ff1, sizeof(*ff1));
	g_free(ff1);
}

FnFf1Batch *
fn_ff1_batch_new(const FnFf1 *ff1)
{
	FnFf1Batch *batch = g_new(FnFf1Batch, 1);

	/* Algorithm and key size were checked when @ff1 was made. */
	g_assert(gcry_cipher_open(&batch->cipher, ff1->algorithm, GCRY_CIPHER_MODE_CFB, 0) == 0);
	g_assert(gcry_cipher_setkey(batch->cipher, ff1->key, ff1->key_size) == 0);
	return batch;
}

void
fn_ff1_batch_free(FnFf1Batch *batch)
{
	if (batch == NULL)
		return;
	gcry_cipher_close(batch->cipher);
	explicit_bzero(batch, sizeof(*batch));
	g_free(batch);
}

/* Encrypts the first @n blocks of batch->in; word() gives the results. */
static void
encrypt_blocks(FnFf1Batch *batch, gsize n)
{
	batch->in[2 * n] = batch->in[2 * n + 1] = 0;
	g_assert(gcry_cipher_setiv(batch->cipher, batch->in, 16) == 0);
	g_assert(gcry_cipher_decrypt(batch->cipher, batch->out, n * 16, batch->in + 2, n * 16) == 0);
}

/* The first (@half 0) or last eight bytes of encrypted block @i, as a number. */
static inline guint64
word(const FnFf1Batch *batch, gsize i, guint half)
{
	return GUINT64_FROM_BE(batch->out[2 * i + half] ^ batch->in[2 * (i + 1) + half]);
}

/* radix^n, or 0 above 2^63. */
static guint64
power(guint radix, guint n)
{
	unsigned __int128 value = 1;

	for (guint i = 0; i < n; i++)
		if ((value *= radix) > ((unsigned __int128)1 << 63))
			return 0;
	return (guint64)value;
}

static guint
bytes_of(guint64 modulus)
{
	guint bits = 0;

	for (guint64 most = modulus - 1; most != 0; most >>= 1)
		bits++;
	return (bits + 7) / 8;
}

/* CBC-MAC over P and all blocks of Q but the last, xored with what is constant in that last block. */
static void
chain_constant(const FnFf1 *ff1, const guint8 *tweak, gsize tweak_size, guint n, FnFf1Plan *plan)
{
	guint8 p[16] = { 1, 2, 1, (guint8)(ff1->radix >> 16), (guint8)(ff1->radix >> 8), (guint8)ff1->radix, ROUNDS,
		(guint8)plan->u, (guint8)(n >> 24), (guint8)(n >> 16), (guint8)(n >> 8), (guint8)n, (guint8)(tweak_size >> 24),
		(guint8)(tweak_size >> 16), (guint8)(tweak_size >> 8), (guint8)tweak_size };
	gsize q_size = (tweak_size + 1 + plan->b + 15) / 16 * 16;
	g_autofree guint8 *q = g_malloc0(q_size);
	g_autoptr(FnFf1Batch) batch = fn_ff1_batch_new(ff1);

	if (tweak_size > 0)
		memcpy(q, tweak, tweak_size);
	memcpy(batch->in, p, 16);
	for (gsize at = 0; at < q_size; at += 16) {
		guint64 part[2];

		memcpy(part, q + at, 16);
		encrypt_blocks(batch, 1);
		plan->high = word(batch, 0, 0) ^ GUINT64_FROM_BE(part[0]);
		plan->low = word(batch, 0, 1) ^ GUINT64_FROM_BE(part[1]);
		batch->in[0] = GUINT64_TO_BE(plan->high);
		batch->in[1] = GUINT64_TO_BE(plan->low);
	}
}

static FnDivisor
divisor(guint64 by)
{
	return (FnDivisor){ by, by > 0 ? G_MAXUINT64 / by : 0 };
}

gboolean
fn_ff1_plan(const FnFf1 *ff1, const void *tweak, gsize tweak_size, guint n, FnFf1Plan *out, GError **error)
{
	FnFf1Plan plan = { .u = n / 2, .v = n - n / 2 };

	plan.modulus_u = divisor(power(ff1->radix, plan.u));
	plan.modulus_v = divisor(power(ff1->radix, plan.v));
	if (n < 2 || plan.modulus_v.by == 0) {
		g_set_error(error, FN_MASK_ERROR, FN_MASK_ERROR_DOMAIN, "FF1 over %u numerals of radix %u: halves must lie between 1 and 2^63", n,
			ff1->radix);
		return FALSE;
	}
	if ((unsigned __int128)plan.modulus_u.by * plan.modulus_v.by < 1000000) {
		g_set_error(error, FN_MASK_ERROR, FN_MASK_ERROR_DOMAIN,
			"FF1 over %u numerals of radix %u has fewer than 1,000,000 values", n, ff1->radix);
		return FALSE;
	}
	if (tweak_size > 65536) {
		g_set_error(error, FN_MASK_ERROR, FN_MASK_ERROR_DOMAIN, "FF1 tweak longer than 65536 bytes");
		return FALSE;
	}
	plan.b = bytes_of(plan.modulus_v.by);
	plan.d = 4 * ((plan.b + 3) / 4) + 4;
	chain_constant(ff1, tweak, tweak_size, n, &plan);
	*out = plan;
	return TRUE;
}

/* The last blocks of Q for round @round. A half has at most eight bytes, and the round's number stands before them. */
static void
fill_blocks(FnFf1Batch *batch, const FnFf1Plan *plan, guint round, const guint64 *half, gsize n)
{
	guint64 high = GUINT64_TO_BE(plan->high ^ (plan->b == 8 ? round : 0));
	guint64 low = plan->low ^ (plan->b < 8 ? (guint64)round << (8 * plan->b) : 0);

	for (gsize i = 0; i < n; i++) {
		batch->in[2 * i] = high;
		batch->in[2 * i + 1] = GUINT64_TO_BE(low ^ half[i]);
	}
}

/* NUM of the first d bytes of encrypted block @i, modulo @modulus. d is 8 or 12. */
static inline guint64
reduce(const FnFf1Batch *batch, const FnFf1Plan *plan, gsize i, const FnDivisor *modulus)
{
	guint64 rest, low;

	fn_divide(modulus, word(batch, i, 0), &rest);
	if (plan->d == 8)
		return rest;
	low = word(batch, i, 1) >> 32;
	if (modulus->by >> 32 != 0)
		return (guint64)(((unsigned __int128)rest << 32 | low) % modulus->by);
	fn_divide(modulus, rest << 32 | low, &rest);
	return rest;
}

/* One round of @n <= BATCH values: the half @from moves @to, which becomes the next. */
static void
run_round(FnFf1Batch *batch, const FnFf1Plan *plan, guint round, const guint64 *from, guint64 *to, gsize n, gboolean back)
{
	const FnDivisor *modulus = round % 2 == 0 ? &plan->modulus_u : &plan->modulus_v;

	fill_blocks(batch, plan, round, from, n);
	encrypt_blocks(batch, n);
	for (gsize i = 0; i < n; i++) {
		guint64 y = reduce(batch, plan, i, modulus);

		to[i] += back ? modulus->by - y : y;
		if (to[i] >= modulus->by)
			to[i] -= modulus->by;
	}
}

/* The halves trade places each round; ten rounds later they stand where they began. */
void
fn_ff1_batch_encrypt(FnFf1Batch *batch, const FnFf1Plan *plan, guint64 *a, guint64 *b, gsize n)
{
	for (gsize at = 0; at < n; at += BATCH)
		for (guint round = 0; round < ROUNDS; round++) {
			guint64 *from = (round % 2 == 0 ? b : a) + at, *to = (round % 2 == 0 ? a : b) + at;

			run_round(batch, plan, round, from, to, MIN(n - at, BATCH), FALSE);
		}
}

void
fn_ff1_batch_decrypt(FnFf1Batch *batch, const FnFf1Plan *plan, guint64 *a, guint64 *b, gsize n)
{
	for (gsize at = 0; at < n; at += BATCH)
		for (guint round = ROUNDS; round-- > 0;) {
			guint64 *from = (round % 2 == 0 ? b : a) + at, *to = (round % 2 == 0 ? a : b) + at;

			run_round(batch, plan, round, from, to, MIN(n - at, BATCH), TRUE);
		}
}

static guint64
number_of(const guint16 *numerals, guint n, guint radix)
{
	guint64 value = 0;

	for (guint i = 0; i < n; i++)
		value = value * radix + numerals[i];
	return value;
}

static void
write_number(guint64 value, guint16 *numerals, guint n, guint radix)
{
	for (guint i = n; i > 0; i--, value /= radix)
		numerals[i - 1] = (guint16)(value % radix);
}

static gboolean
run_single(const FnFf1 *ff1, const void *tweak, gsize tweak_size, const guint16 *in, guint16 *out, guint n, gboolean back,
	GError **error)
{
	g_autoptr(FnFf1Batch) batch = NULL;
	FnFf1Plan plan;
	guint64 a, b;

	if (!fn_ff1_plan(ff1, tweak, tweak_size, n, &plan, error))
		return FALSE;
	for (guint i = 0; i < n; i++)
		if (in[i] >= ff1->radix) {
			g_set_error(error, FN_MASK_ERROR, FN_MASK_ERROR_DOMAIN, "numeral %u is not below the radix %u", in[i],
				ff1->radix);
			return FALSE;
		}
	batch = fn_ff1_batch_new(ff1);
	a = number_of(in, plan.u, ff1->radix);
	b = number_of(in + plan.u, plan.v, ff1->radix);
	(back ? fn_ff1_batch_decrypt : fn_ff1_batch_encrypt)(batch, &plan, &a, &b, 1);
	write_number(a, out, plan.u, ff1->radix);
	write_number(b, out + plan.u, plan.v, ff1->radix);
	return TRUE;
}

gboolean
fn_ff1_encrypt(const FnFf1 *ff1, const void *tweak, gsize tweak_size, const guint16 *in, guint16 *out, guint n, GError **error)
{
	return run_single(ff1, tweak, tweak_size, in, out, n, FALSE, error);
}

gboolean
fn_ff1_decrypt(const FnFf1 *ff1, const void *tweak, gsize tweak_size, const guint16 *in, guint16 *out, guint n, GError **error)
{
	return run_single(ff1, tweak, tweak_size, in, out, n, TRUE, error);
}
