/* Rows on their way out: generalised, and withheld where their group may not leave. */
#include "disclosure/disclosure_priv.h"

#include <string.h>

struct FnStream {
	const FnAdmission *admission;
	GArray *codes;   /* guint32: one batch, row by row */
	GArray *labels;  /* char[FN_LABEL_SCRATCH] for each cell */
	guint64 rows, sum;
	GError *error;   /* the first that met a batch */
};

FnStream *
fn_stream_new(const FnAdmission *admission)
{
	FnStream *stream = g_new0(FnStream, 1);

	stream->admission = admission;
	stream->codes = g_array_new(FALSE, FALSE, sizeof(guint32));
	stream->labels = g_array_new(FALSE, FALSE, FN_LABEL_SCRATCH);
	return stream;
}

void
fn_stream_free(FnStream *stream)
{
	if (stream == NULL)
		return;
	g_array_unref(stream->codes);
	g_array_unref(stream->labels);
	g_clear_error(&stream->error);
	g_free(stream);
}

static guint32 *
encode(FnStream *stream, const FnColumn *column, guint rows)
{
	const FnAdmission *admission = stream->admission;
	guint n = admission->census->n;
	guint32 *codes;

	g_array_set_size(stream->codes, rows * n);
	codes = (guint32 *)(void *)stream->codes->data;
	for (guint i = 0; i < n; i++) {
		const FnHierarchy *hierarchy = admission->census->quasi[i].hierarchy;

		g_assert(column[i].n == rows);
		for (guint row = 0; row < rows; row++)
			codes[(gsize)row * n + i] =
				fn_hierarchy_coarsen(hierarchy, fn_hierarchy_encode(hierarchy, column[i].value[row], column[i].size[row]), admission->level[i]);
	}
	return codes;
}

/* May a row with these codes leave? What cannot be asked may not. */
static gboolean
is_admitted(FnStream *stream, const guint32 *codes)
{
	const FnAdmission *admission = stream->admission;
	guint64 count = 0;

	if (stream->error != NULL || !fn_tally_find(admission->groups, codes, &count, &stream->error) || count == 0)
		return FALSE;
	stream->rows++;
	stream->sum += fn_key_sum(codes, admission->census->n);
	return TRUE;
}

static void
put_labels(FnStream *stream, FnColumn *column, guint i, const guint32 *codes, const gboolean *keep)
{
	const FnAdmission *admission = stream->admission;
	char *scratch = stream->labels->data + (gsize)i * column->n * FN_LABEL_SCRATCH;

	for (guint row = 0; row < column->n; row++, scratch += FN_LABEL_SCRATCH) {
		gsize size = 0;

		column->value[row] = keep[row] ? fn_hierarchy_label(admission->census->quasi[i].hierarchy, codes[(gsize)row * admission->census->n + i],
							 admission->level[i], scratch, &size)
					       : NULL;
		column->size[row] = (guint32)size;
	}
}

guint
fn_stream_apply(FnStream *stream, FnColumn *column, gboolean *keep)
{
	guint n = stream->admission->census->n, rows = column[0].n, kept = 0;
	const guint32 *codes;

	g_assert((gsize)rows * n <= G_MAXUINT / FN_LABEL_SCRATCH);
	codes = encode(stream, column, rows);
	g_array_set_size(stream->labels, rows * n);
	for (guint row = 0; row < rows; row++)
		kept += (guint)(keep[row] = is_admitted(stream, codes + (gsize)row * n));
	for (guint i = 0; i < n; i++)
		put_labels(stream, &column[i], i, codes, keep);
	return kept;
}

gboolean
fn_stream_end(const FnStream *stream, GError **error)
{
	const FnLoss *loss = &stream->admission->loss;

	if (stream->error != NULL) {
		g_propagate_error(error, g_error_copy(stream->error));
		return FALSE;
	}
	if (stream->rows == loss->rows - loss->withheld && stream->sum == stream->admission->sum)
		return TRUE;
	g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_CHANGED,
		"%" G_GUINT64_FORMAT " rows left, %" G_GUINT64_FORMAT " were counted, or their groups differ: the rows changed since", stream->rows,
		loss->rows - loss->withheld);
	return FALSE;
}
