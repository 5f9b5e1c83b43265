#include "watch/sketch.h"

#include <math.h>

static guint32
mix(guint64 x)
{
	x += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
	return (guint32)(x ^ x >> 31);
}

static void
test_exact(void)
{
	FnSketch sketch = { 0 };

	g_assert_cmpint(fn_sketch_count(&sketch, 1), ==, 0);
	for (guint round = 0; round < 3; round++)
		for (guint i = 0; i < FN_SKETCH_FEW; i++)
			g_assert_true(fn_sketch_add(&sketch, mix(i)) == (round == 0));
	g_assert_cmpint(fn_sketch_count(&sketch, 1), ==, FN_SKETCH_FEW);
	g_assert_null(sketch.registers);
	fn_sketch_clear(&sketch);
}

/* Three standard errors at every size, from the first beyond what is exact on; over many seeds the mean is off by less than one. */
static void
test_error(void)
{
	static const guint sizes[] = { 257, 500, 1000, 2500, 5000, 20000, 100000, 1000000 };
	const double standard = 1.04 / sqrt(FN_SKETCH_REGISTERS);

	for (gsize s = 0; s < G_N_ELEMENTS(sizes); s++) {
		guint seeds = sizes[s] > 50000 ? 4 : 40, outside = 0;
		double sum = 0;

		for (guint seed = 0; seed < seeds; seed++) {
			FnSketch sketch = { 0 };
			double error;

			for (guint i = 0; i < sizes[s]; i++)
				fn_sketch_add(&sketch, mix((guint64)seed << 32 | i));
			error = (double)fn_sketch_count(&sketch, 1) / sizes[s] - 1;
			sum += error;
			outside += fabs(error) > 3 * standard;
			g_assert_cmpfloat(fabs(error), <, 4.5 * standard);
			fn_sketch_clear(&sketch);
		}
		g_assert_cmpuint(outside, <=, seeds / 20);
		g_assert_cmpfloat(fabs(sum / seeds), <, standard * 1.5);
	}
}

/* What several hold in common counts once, few or many. */
static void
test_union(void)
{
	static const guint sizes[] = { 10, 200, 5000 };

	for (gsize s = 0; s < G_N_ELEMENTS(sizes); s++) {
		FnSketch sketch[3] = { { 0 } };
		gint64 count;

		for (guint i = 0; i < sizes[s]; i++) {
			fn_sketch_add(&sketch[0], mix(i));
			fn_sketch_add(&sketch[1], mix(i + sizes[s] / 2));
		}
		fn_sketch_add(&sketch[2], mix(0));
		count = fn_sketch_count(sketch, 3);
		if (sizes[s] < FN_SKETCH_FEW)
			g_assert_cmpint(count, ==, sizes[s] + sizes[s] / 2);
		else
			g_assert_cmpfloat(fabs((double)count / (sizes[s] * 1.5) - 1), <, 0.1);
		for (guint i = 0; i < 3; i++)
			fn_sketch_clear(&sketch[i]);
	}
}

static void
test_kept(void)
{
	static const guint sizes[] = { 0, 1, 256, 257, 3000 };

	for (gsize s = 0; s < G_N_ELEMENTS(sizes); s++) {
		g_autoptr(GByteArray) bytes = g_byte_array_new();
		FnSketch sketch = { 0 }, again;
		const guint8 *at;

		for (guint i = 0; i < sizes[s]; i++)
			fn_sketch_add(&sketch, mix(i));
		fn_sketch_write(&sketch, bytes);
		at = bytes->data;
		g_assert_true(fn_sketch_read(&again, &at, bytes->data + bytes->len));
		g_assert_true(at == bytes->data + bytes->len);
		g_assert_cmpint(fn_sketch_count(&again, 1), ==, fn_sketch_count(&sketch, 1));
		fn_sketch_clear(&again);
		at = bytes->data; /* cut off anywhere */
		g_assert_false(fn_sketch_read(&again, &at, bytes->data + bytes->len - 1));
		fn_sketch_clear(&again);
		fn_sketch_clear(&sketch);
	}
}

static void
test_refused(void)
{
	static const guint8 too_many[2 + 257 * 4] = { 0x01, 0x01 };
	guint8 rank[2 + FN_SKETCH_REGISTERS] = { 0xff, 0xff, [9] = 24 };
	FnSketch sketch;
	const guint8 *at = too_many;

	g_assert_false(fn_sketch_read(&sketch, &at, too_many + sizeof(too_many)));
	at = rank;
	g_assert_false(fn_sketch_read(&sketch, &at, rank + sizeof(rank)));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/watch/sketch/exact", test_exact);
	g_test_add_func("/watch/sketch/error", test_error);
	g_test_add_func("/watch/sketch/union", test_union);
	g_test_add_func("/watch/sketch/kept", test_kept);
	g_test_add_func("/watch/sketch/refused", test_refused);
	return g_test_run();
}
