/* What works with HMAC under the column's key: hash, shuffle, and the numbers that move dates and amounts. */
#include "mask/mask_priv.h"

#include <string.h>

struct FnMaskMac {
	gcry_mac_hd_t handle;
};

FnMaskMac *
fn_mask_mac_new(const FnMaskColumn *mask)
{
	FnMaskMac *mac = g_new(FnMaskMac, 1);

	g_assert(gcry_mac_open(&mac->handle, mask->suite == FN_SUITE_GM ? GCRY_MAC_HMAC_SM3 : GCRY_MAC_HMAC_SHA256, 0, NULL) == 0);
	g_assert(gcry_mac_setkey(mac->handle, mask->key, sizeof(mask->key)) == 0);
	return mac;
}

void
fn_mask_mac_free(FnMaskMac *mac)
{
	if (mac == NULL)
		return;
	gcry_mac_close(mac->handle);
	g_free(mac);
}

void
fn_mask_mac_code(FnMaskMac *mac, const void *data, gsize size, guint8 out[32])
{
	gsize written = 32;

	g_assert(gcry_mac_reset(mac->handle) == 0);
	g_assert(gcry_mac_write(mac->handle, data, size) == 0);
	g_assert(gcry_mac_read(mac->handle, out, &written) == 0 && written == 32);
}

static guint64
below(const guint8 *random, guint64 n)
{
	guint64 value;

	memcpy(&value, random, 8);
	return (guint64)((unsigned __int128)GUINT64_FROM_BE(value) * n >> 64);
}

guint64
fn_mask_mac_below(FnMaskMac *mac, const void *data, gsize size, guint64 n)
{
	guint8 code[32];

	fn_mask_mac_code(mac, data, size, code);
	return below(code, n);
}

/* ---- hash ---- */

enum { HASHED = 64 }; /* hexadecimal digits */

/* Four bytes at a time: their nibbles are spread over eight bytes, and those above 9 moved on from behind '9' to 'a'. */
static void
write_hex(const guint8 code[32], char *out)
{
	for (guint i = 0; i < 32; i += 4, out += 8) {
		guint64 x, letters;
		guint32 word;

		memcpy(&word, code + i, 4);
		x = GUINT32_FROM_BE(word);
		x = (x << 16 | x) & 0x0000ffff0000ffff;
		x = (x << 8 | x) & 0x00ff00ff00ff00ff;
		x = (x << 4 | x) & 0x0f0f0f0f0f0f0f0f;
		letters = (x + 0x0606060606060606) >> 4 & 0x0101010101010101;
		x = GUINT64_TO_BE(x + 0x3030303030303030 + letters * ('a' - '9' - 1));
		memcpy(out, &x, 8);
	}
	*out = '\0';
}

void
fn_mask_apply_hash(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	g_autoptr(FnMaskMac) mac = fn_mask_mac_new(mask);
	char *out = fn_mask_arena_take(arena, column->n * (gsize)(HASHED + 1));

	for (guint row = 0; row < column->n; row++) {
		guint8 code[32];

		if (column->value[row] == NULL)
			continue;
		fn_mask_mac_code(mac, column->value[row], column->size[row], code);
		write_hex(code, out);
		column->value[row] = out;
		column->size[row] = HASHED;
		out += HASHED + 1;
	}
}

/* ---- shuffle ----
 * Values of a batch trade rows. With few values whoever knows some of them finds out the rest, and where one value is most of
 * the batch nearly every row gets its own back: such a batch is suppressed. The permutation has no fixed point, so that no
 * row keeps its own entry; it may still get an equal one. It depends on the key and on all values of the batch: one batch
 * tells nothing about the order of another. */
enum { FEWEST = 16 };

typedef struct {
	const char *text;
	guint32 size;
} Value;

static gboolean
same(const Value *a, const Value *b)
{
	return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

/* Is one value more than half of them? Boyer and Moore's vote finds the only one that can be. */
static gboolean
has_majority(const Value *value, guint n)
{
	const Value *leader = value;
	guint votes = 0, count = 0;

	for (guint i = 0; i < n; i++) {
		if (votes == 0)
			leader = &value[i];
		votes = same(leader, &value[i]) ? votes + 1 : votes - 1;
	}
	for (guint i = 0; i < n; i++)
		count += (guint)same(leader, &value[i]);
	return count > n / 2;
}

/* Sattolo's permutation: one cycle through all. */
static void
permute(const FnMaskColumn *mask, Value *value, guint n)
{
	g_autoptr(FnDigest) all = fn_digest_new(mask->suite);
	g_autoptr(FnMaskMac) mac = fn_mask_mac_new(mask);
	struct {
		guint8 digest[FN_DIGEST_SIZE];
		guint32 step;
	} seed = { .step = 0 };

	for (guint i = 0; i < n; i++) {
		guint32 size = GUINT32_TO_BE(value[i].size);

		fn_digest_add(all, &size, sizeof(size));
		fn_digest_add(all, value[i].text, value[i].size);
	}
	fn_digest_peek(all, seed.digest);
	for (guint i = n - 1; i > 0; i--) {
		guint other;
		Value held = value[i];

		seed.step = GUINT32_TO_BE(i);
		other = (guint)fn_mask_mac_below(mac, &seed, sizeof(seed), i);
		value[i] = value[other];
		value[other] = held;
	}
}

void
fn_mask_apply_shuffle(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	g_autofree Value *value = g_new(Value, column->n + (gsize)1);
	gboolean fine;
	guint n = 0;

	for (guint row = 0; row < column->n; row++)
		if (column->value[row] != NULL)
			value[n++] = (Value){ column->value[row], column->size[row] };
	fine = n >= FEWEST && !has_majority(value, n);
	if (fine)
		permute(mask, value, n);
	n = 0;
	for (guint row = 0; row < column->n; row++) {
		if (column->value[row] == NULL)
			continue;
		if (fine) {
			fn_mask_put(column, row, value[n].text, value[n].size, arena);
			n++;
			continue;
		}
		column->value[row] = NULL;
		column->size[row] = 0;
	}
}
