#include "source/source_priv.h"

#include <string.h>

static json_t *
one_column(void)
{
	return json_pack("[{s:s}]", "name", "c");
}

static void
test_spread(void)
{
	static const guint counts[] = { 0, 1, 9, 10, 11, 20, 1000, 99999 };

	for (gsize i = 0; i < G_N_ELEMENTS(counts); i++) {
		json_t *columns = one_column();
		FnSampler *sampler = fn_sampler_new(columns, 10);
		json_t *out;
		const json_t *values;

		for (guint k = 0; k < counts[i]; k++) {
			g_autofree char *text = g_strdup_printf("%05u", k);

			fn_sampler_add(sampler, 0, text, strlen(text));
			fn_sampler_add(sampler, 0, NULL, 0);
		}
		out = fn_sampler_finish(sampler);
		values = json_object_get(out, "c");
		g_assert_cmpuint(json_array_size(values), ==, MIN(counts[i], 10));
		for (gsize k = 1; k < json_array_size(values); k++) /* in order, none twice */
			g_assert_cmpstr(json_string_value(json_array_get(values, k - 1)), <,
				json_string_value(json_array_get(values, k)));
		if (counts[i] > 100) /* from the last quarter as well */
			g_assert_cmpuint(g_ascii_strtoull(json_string_value(json_array_get(values, 9)), NULL, 10), >,
				counts[i] / 4 * 3);
		json_decref(out);
		json_decref(columns);
	}
}

static void
test_texts(void)
{
	g_autofree char *ascii = g_strnfill(5000, 'x');
	g_autoptr(GString) han = g_string_new(NULL);
	json_t *columns = one_column();
	FnSampler *sampler = fn_sampler_new(columns, 100);
	json_t *out;
	const json_t *values;

	for (guint i = 0; i < 2000; i++)
		g_string_append(han, "汉");
	fn_sampler_add(sampler, 0, "\xff\x00\x01", 3);
	fn_sampler_add(sampler, 0, "a\0b", 3);
	fn_sampler_add(sampler, 0, ascii, 5000);
	fn_sampler_add(sampler, 0, han->str, han->len);
	ascii[100] = (char)0xff;
	fn_sampler_add(sampler, 0, ascii, 5000);
	fn_sampler_add(sampler, 0, "", 0);
	out = fn_sampler_finish(sampler);
	values = json_object_get(out, "c");
	g_assert_cmpuint(json_array_size(values), ==, 3);
	g_assert_cmpuint(json_string_length(json_array_get(values, 0)), ==, 4096);
	g_assert_cmpuint(json_string_length(json_array_get(values, 1)), ==, 4095); /* whole characters */
	g_assert_cmpuint(json_string_length(json_array_get(values, 2)), ==, 0);
	json_decref(out);
	json_decref(columns);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sample/spread", test_spread);
	g_test_add_func("/sample/texts", test_texts);
	return g_test_run();
}
