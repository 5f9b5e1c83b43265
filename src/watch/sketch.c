#include "watch/sketch.h"

#include <math.h>
#include <string.h>

enum { INDEX_BITS = 10, RANK_BITS = 32 - INDEX_BITS, RANKS = RANK_BITS + 2 };

void
fn_sketch_clear(FnSketch *sketch)
{
	g_free(sketch->few);
	g_free(sketch->registers);
	*sketch = (FnSketch){ 0 };
}

/* ---- adding ---- */

static gboolean
add_register(guint8 *registers, guint32 hash)
{
	guint32 rest = hash << INDEX_BITS;
	guint8 rank = rest == 0 ? RANK_BITS + 1 : (guint8)(__builtin_clz(rest) + 1);
	guint8 *at = &registers[hash >> RANK_BITS];

	if (rank <= *at)
		return FALSE;
	*at = rank;
	return TRUE;
}

static void
spread(const FnSketch *sketch, guint8 *registers)
{
	for (guint i = 0; i < sketch->n; i++)
		add_register(registers, sketch->few[i]);
}

static guint
place_of(const FnSketch *sketch, guint32 hash)
{
	guint low = 0, high = sketch->n;

	while (low < high) {
		guint middle = (low + high) / 2;

		if (sketch->few[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static gboolean
holds(const FnSketch *sketch, guint32 hash)
{
	guint at = place_of(sketch, hash);

	return at < sketch->n && sketch->few[at] == hash;
}

static gboolean
add_few(FnSketch *sketch, guint32 hash)
{
	guint at = place_of(sketch, hash);

	if (holds(sketch, hash))
		return FALSE;
	if (sketch->n == sketch->room) {
		sketch->room = (guint16)MAX(4, sketch->room * 2);
		sketch->few = g_renew(guint32, sketch->few, sketch->room);
	}
	memmove(sketch->few + at + 1, sketch->few + at, (sketch->n - at) * sizeof(guint32));
	sketch->few[at] = hash;
	sketch->n++;
	return TRUE;
}

gboolean
fn_sketch_add(FnSketch *sketch, guint32 hash)
{
	guint8 *registers;

	if (sketch->registers != NULL)
		return add_register(sketch->registers, hash);
	if (sketch->n < FN_SKETCH_FEW || holds(sketch, hash))
		return add_few(sketch, hash);
	registers = g_malloc0(FN_SKETCH_REGISTERS);
	spread(sketch, registers);
	fn_sketch_clear(sketch);
	sketch->registers = registers;
	return add_register(registers, hash);
}

/* ---- counting ---- */

static double
sigma(double x)
{
	double y = 1, z = x, before;

	if (x == 1)
		return INFINITY;
	do {
		x *= x;
		before = z;
		z += x * y;
		y += y;
	} while (z != before);
	return z;
}

static double
tau(double x)
{
	double y = 1, z = 1 - x, before;

	if (x == 0 || x == 1)
		return 0;
	do {
		x = sqrt(x);
		before = z;
		y *= 0.5;
		z -= (1 - x) * (1 - x) * y;
	} while (z != before);
	return z / 3;
}

/* O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", algorithm 6: no ranges, no tables of bias. */
static gint64
estimate(const guint8 *registers)
{
	const double m = FN_SKETCH_REGISTERS;
	guint count[RANKS] = { 0 };
	double z;

	for (guint i = 0; i < FN_SKETCH_REGISTERS; i++)
		count[registers[i]]++;
	z = m * tau(1 - count[RANK_BITS + 1] / m);
	for (guint k = RANK_BITS; k > 0; k--)
		z = 0.5 * (z + count[k]);
	z += m * sigma(count[0] / m);
	return (gint64)llround(m * m / (2 * G_LN2 * z));
}

static int
rising(gconstpointer a, gconstpointer b)
{
	guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;

	return x < y ? -1 : x > y;
}

static gint64
count_few(const FnSketch *sketches, guint n, guint all)
{
	g_autofree guint32 *hashes = g_new(guint32, MAX(all, 1));
	gint64 different = 0;
	guint at = 0;

	for (guint i = 0; i < n; i++)
		for (guint j = 0; j < sketches[i].n; j++)
			hashes[at++] = sketches[i].few[j];
	qsort(hashes, all, sizeof(guint32), rising);
	for (guint i = 0; i < all; i++)
		different += i == 0 || hashes[i] != hashes[i - 1];
	return different;
}

gint64
fn_sketch_count(const FnSketch *sketches, guint n)
{
	guint8 registers[FN_SKETCH_REGISTERS] = { 0 };
	gboolean many = FALSE;
	guint all = 0;

	for (guint i = 0; i < n; i++) {
		many |= sketches[i].registers != NULL;
		all += sketches[i].n;
	}
	if (!many)
		return count_few(sketches, n, all);
	for (guint i = 0; i < n; i++) {
		spread(&sketches[i], registers);
		for (guint j = 0; sketches[i].registers != NULL && j < FN_SKETCH_REGISTERS; j++)
			registers[j] = MAX(registers[j], sketches[i].registers[j]);
	}
	return estimate(registers);
}

/* ---- keeping ---- */

/* u16 n, then n hashes of u32; n = 65535: the registers. All big endian. */
enum { DENSE = 0xffff };

void
fn_sketch_write(const FnSketch *sketch, GByteArray *out)
{
	guint16 head = GUINT16_TO_BE(sketch->registers != NULL ? DENSE : sketch->n);

	g_byte_array_append(out, (const guint8 *)&head, sizeof(head));
	if (sketch->registers != NULL)
		g_byte_array_append(out, sketch->registers, FN_SKETCH_REGISTERS);
	for (guint i = 0; i < sketch->n; i++) {
		guint32 hash = GUINT32_TO_BE(sketch->few[i]);

		g_byte_array_append(out, (const guint8 *)&hash, sizeof(hash));
	}
}

static gboolean
read_registers(FnSketch *sketch, const guint8 **at, const guint8 *end)
{
	if (end - *at < (ptrdiff_t)FN_SKETCH_REGISTERS)
		return FALSE;
	for (guint i = 0; i < FN_SKETCH_REGISTERS; i++)
		if ((*at)[i] > RANK_BITS + 1)
			return FALSE;
	sketch->registers = g_memdup2(*at, FN_SKETCH_REGISTERS);
	*at += FN_SKETCH_REGISTERS;
	return TRUE;
}

gboolean
fn_sketch_read(FnSketch *sketch, const guint8 **at, const guint8 *end)
{
	guint16 n;

	*sketch = (FnSketch){ 0 };
	if (end - *at < (ptrdiff_t)sizeof(n))
		return FALSE;
	memcpy(&n, *at, sizeof(n));
	*at += sizeof(n);
	n = GUINT16_FROM_BE(n);
	if (n == DENSE)
		return read_registers(sketch, at, end);
	if (n > FN_SKETCH_FEW || end - *at < (ptrdiff_t)(n * sizeof(guint32)))
		return FALSE;
	for (guint i = 0; i < n; i++, *at += sizeof(guint32)) {
		guint32 hash;

		memcpy(&hash, *at, sizeof(hash));
		add_few(sketch, GUINT32_FROM_BE(hash));
	}
	return TRUE;
}
