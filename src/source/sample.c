#include "source/source_priv.h"

enum { MAX_SAMPLE = 4096 };

/* Takes every stride-th value; when twice as many as wanted are kept, every other goes and the stride doubles: even
 * spread without knowing the length beforehand. */
typedef struct {
	const char *name;
	GPtrArray *kept;
	guint64 seen, stride;
} Column;

struct FnSampler {
	guint most, count;
	Column column[];
};

FnSampler *
fn_sampler_new(const json_t *columns, guint most)
{
	guint count = (guint)json_array_size(columns);
	FnSampler *sampler = g_malloc0(sizeof(FnSampler) + count * sizeof(Column));

	sampler->most = most;
	sampler->count = count;
	for (guint i = 0; i < count; i++) {
		sampler->column[i].name = json_string_value(json_object_get(json_array_get(columns, i), "name"));
		sampler->column[i].kept = g_ptr_array_new_with_free_func(g_free);
		sampler->column[i].stride = 1;
	}
	return sampler;
}

static void
thin(Column *column)
{
	GPtrArray *half = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < column->kept->len; i += 2)
		g_ptr_array_add(half, g_steal_pointer(&column->kept->pdata[i]));
	g_ptr_array_unref(column->kept);
	column->kept = half;
	column->stride *= 2;
}

void
fn_sampler_add(FnSampler *sampler, guint i, const char *text, gsize size)
{
	Column *column = &sampler->column[i];
	const char *end = text;

	if (text == NULL || column->seen++ % column->stride != 0)
		return;
	/* A long text is cut at a character; what is then not UTF-8 is binary, and no sample. */
	if (!g_utf8_validate_len(text, MIN(size, (gsize)MAX_SAMPLE), &end) &&
		(size <= MAX_SAMPLE || end < text + MAX_SAMPLE - 3))
		return;
	g_ptr_array_add(column->kept, g_strndup(text, (gsize)(end - text)));
	if (column->kept->len == 2 * sampler->most)
		thin(column);
}

json_t *
fn_sampler_finish(FnSampler *sampler)
{
	json_t *out = json_object();

	for (guint i = 0; i < sampler->count; i++) {
		GPtrArray *kept = sampler->column[i].kept;
		guint give = MIN(kept->len, sampler->most);
		json_t *values = json_array();

		for (guint k = 0; k < give; k++)
			json_array_append_new(values, json_string(kept->pdata[(guint64)k * kept->len / give]));
		json_object_set_new(out, sampler->column[i].name, values);
	}
	fn_sampler_free(sampler);
	return out;
}

void
fn_sampler_free(FnSampler *sampler)
{
	for (guint i = 0; i < sampler->count; i++)
		g_ptr_array_unref(sampler->column[i].kept);
	g_free(sampler);
}
