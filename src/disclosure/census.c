/* Counting rows by their quasi-identifiers, and reading the counts at coarser levels. */
#include "disclosure/disclosure_priv.h"

#include <string.h>

enum { ROLL = 64 /* combinations made coarser at a time */ };

static gboolean
check_quasi(const FnQuasi *quasi, guint n, GError **error)
{
	if (n < 1 || n > FN_DISCLOSURE_MAX_QUASI) {
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_OPTIONS, "%u quasi-identifiers; expected 1 to %d", n,
			FN_DISCLOSURE_MAX_QUASI);
		return FALSE;
	}
	for (guint i = 0; i < n; i++) {
		gsize size = strlen(quasi[i].name);

		if (size < 1 || size > 128 || !g_utf8_validate(quasi[i].name, (gssize)size, NULL))
			return fn_disclosure_refuse(error, FN_DISCLOSURE_ERROR_OPTIONS, "column", quasi[i].name, "its name is not 1 to 128 bytes of UTF-8");
		if (quasi[i].levels > fn_hierarchy_top(quasi[i].hierarchy) + 1)
			return fn_disclosure_refuse(error, FN_DISCLOSURE_ERROR_OPTIONS, "column", quasi[i].name, "%u levels are declared, its hierarchy has %u",
				quasi[i].levels, fn_hierarchy_top(quasi[i].hierarchy) + 1);
		for (guint other = 0; other < i; other++)
			if (g_str_equal(quasi[i].name, quasi[other].name))
				return fn_disclosure_refuse(error, FN_DISCLOSURE_ERROR_OPTIONS, "column", quasi[i].name, "declared twice");
	}
	return TRUE;
}

static gboolean
check_sensitive(const FnQuasi *quasi, guint n, const char *sensitive, GError **error)
{
	gsize size = sensitive != NULL ? strlen(sensitive) : 1;

	if (size < 1 || size > 128 || (sensitive != NULL && !g_utf8_validate(sensitive, (gssize)size, NULL)))
		return fn_disclosure_refuse(error, FN_DISCLOSURE_ERROR_OPTIONS, "column", sensitive, "its name is not 1 to 128 bytes of UTF-8");
	for (guint i = 0; i < n && sensitive != NULL; i++)
		if (g_str_equal(quasi[i].name, sensitive))
			return fn_disclosure_refuse(error, FN_DISCLOSURE_ERROR_OPTIONS, "column", sensitive, "it is sensitive and a quasi-identifier");
	return TRUE;
}

FnCensus *
fn_census_new(const FnQuasi *quasi, guint n, const char *sensitive, gsize memory, const char *directory, GError **error)
{
	FnCensus *census;

	if (!check_quasi(quasi, n, error) || !check_sensitive(quasi, n, sensitive, error))
		return NULL;
	if (memory < FN_DISCLOSURE_MIN_MEMORY) {
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_OPTIONS, "%" G_GSIZE_FORMAT " bytes of memory; expected at least %d", memory,
			FN_DISCLOSURE_MIN_MEMORY);
		return NULL;
	}
	census = g_new0(FnCensus, 1);
	memcpy(census->quasi, quasi, n * sizeof(*quasi));
	census->n = n;
	census->sensitive = g_strdup(sensitive);
	census->memory = memory;
	census->directory = g_strdup(directory);
	census->tally = fn_tally_new(n + (sensitive != NULL ? 2 : 0), memory / 8 * FN_SHARE_CENSUS, directory);
	census->codes = g_array_new(FALSE, FALSE, sizeof(guint32));
	return census;
}

void
fn_census_free(FnCensus *census)
{
	if (census == NULL)
		return;
	g_free(census->sensitive);
	g_free(census->directory);
	fn_tally_free(census->tally);
	g_clear_error(&census->error);
	g_array_unref(census->codes);
	g_free(census);
}

/* FNV-1a, 64 bits. Two values that collide count as one: that can only make a group look poorer than it is. */
static guint64
hash_value(const char *value, gsize size)
{
	guint64 hash = G_GUINT64_CONSTANT(0xcbf29ce484222325);

	for (gsize i = 0; i < size; i++)
		hash = (hash ^ (guint8)value[i]) * G_GUINT64_CONSTANT(0x100000001b3);
	return hash != 0 ? hash : 1;
}

static void
encode_sensitive(const FnColumn *column, guint32 *codes, guint words)
{
	for (guint row = 0; row < column->n; row++) {
		guint64 hash = column->value[row] != NULL ? hash_value(column->value[row], column->size[row]) : 0;

		codes[(gsize)row * words + words - 2] = (guint32)(hash >> 32);
		codes[(gsize)row * words + words - 1] = (guint32)hash;
	}
}

/* Fails with the error that the census met, if it did. */
static gboolean
is_whole(const FnCensus *census, GError **error)
{
	if (census->error != NULL)
		g_propagate_error(error, g_error_copy(census->error));
	return census->error == NULL;
}

static gboolean
count_rows(FnCensus *census, const FnColumn *column, const FnColumn *sensitive, GError **error)
{
	guint words = census->n + (census->sensitive != NULL ? 2 : 0), rows = column[0].n;
	guint32 *codes;

	if ((gsize)rows * words > G_MAXUINT / sizeof(guint32)) {
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_OPTIONS, "%u rows are too many for one batch", rows);
		return FALSE;
	}
	g_array_set_size(census->codes, rows * words);
	codes = (guint32 *)(void *)census->codes->data;
	for (guint i = 0; i < census->n; i++) {
		g_assert(column[i].n == rows);
		for (guint row = 0; row < rows; row++)
			codes[(gsize)row * words + i] = fn_hierarchy_encode(census->quasi[i].hierarchy, column[i].value[row], column[i].size[row]);
	}
	if (sensitive != NULL)
		encode_sensitive(sensitive, codes, words);
	census->rows += rows;
	return fn_tally_add(census->tally, codes, NULL, rows, error);
}

gboolean
fn_census_add(FnCensus *census, const FnColumn *column, const FnColumn *sensitive, GError **error)
{
	g_assert(!census->finished && (sensitive != NULL) == (census->sensitive != NULL) && (sensitive == NULL || sensitive->n == column[0].n));
	if (census->error == NULL)
		count_rows(census, column, sensitive, &census->error);
	return is_whole(census, error);
}

guint64
fn_census_rows(const FnCensus *census)
{
	return census->rows;
}

gboolean
fn_census_finish(FnCensus *census, GError **error)
{
	if (!census->finished && census->error == NULL)
		fn_tally_finish(census->tally, FALSE, &census->error);
	census->finished = TRUE;
	return is_whole(census, error);
}

guint32
fn_census_loss(const FnCensus *census, const guint8 *level)
{
	guint64 loss = 0;

	g_assert(census->n > 0);
	for (guint i = 0; i < census->n; i++)
		loss += (guint64)level[i] * 1000000 / fn_hierarchy_top(census->quasi[i].hierarchy);
	return (guint32)(loss / census->n);
}

/* The next keys of @reader at @level, up to ROLL of them. 0 at the end, or with *error set. */
static gsize
read_rolled(const FnCensus *census, FnTallyReader *reader, const guint8 *level, guint32 *keys, guint64 *count, GError **error)
{
	guint words = census->n + (census->sensitive != NULL ? 2 : 0);
	const guint32 *record;
	gsize n = 0;

	while (n < ROLL && (record = fn_tally_next(reader, &count[n], error)) != NULL)
		memcpy(keys + n++ * words, record, words * sizeof(guint32));
	for (guint i = 0; i < census->n; i++)
		for (gsize at = 0; at < n && level[i] > 0; at++)
			keys[at * words + i] = fn_hierarchy_coarsen(census->quasi[i].hierarchy, keys[at * words + i], level[i]);
	return n;
}

gboolean
fn_census_roll(const FnCensus *census, const FnTally *source, const guint8 *level, guint64 most, FnTally **out, GError **error)
{
	g_autoptr(FnTally) rolled =
		fn_tally_new(census->n + (census->sensitive != NULL ? 2 : 0), census->memory / 8 * FN_SHARE_ROLLED, census->directory);
	g_auto(FnTallyReader) reader = fn_tally_read(source);
	g_autoptr(GError) why = NULL;
	guint32 keys[ROLL * FN_TALLY_MAX_WORDS];
	guint64 count[ROLL];
	gsize n;

	while ((n = read_rolled(census, &reader, level, keys, count, &why)) > 0 && why == NULL) {
		if (!fn_tally_add(rolled, keys, count, n, error))
			return FALSE;
		if (most != 0 && !fn_tally_spilled(rolled) && fn_tally_keys(rolled) > most) {
			*out = NULL;
			return TRUE;
		}
	}
	if (why != NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	if (!fn_tally_finish(rolled, census->sensitive != NULL, error))
		return FALSE;
	*out = g_steal_pointer(&rolled);
	return TRUE;
}

/* ---- groups ---- */

FnGroupReader
fn_groups_read(const FnCensus *census, const FnTally *rolled)
{
	return (FnGroupReader){ .reader = fn_tally_read(rolled), .n = census->n, .sensitive = census->sensitive != NULL };
}

void
fn_group_reader_clear(FnGroupReader *reader)
{
	fn_tally_reader_clear(&reader->reader);
}

gboolean
fn_groups_next(FnGroupReader *reader, FnGroup *out, GError **error)
{
	g_autoptr(GError) why = NULL;

	if (!reader->begun || !reader->sensitive)
		reader->ahead = fn_tally_next(&reader->reader, &reader->ahead_count, &why);
	reader->begun = TRUE;
	out->rows = out->values = 0;
	if (reader->ahead != NULL) {
		memcpy(out->code, reader->ahead, reader->n * sizeof(guint32));
		out->rows = reader->sensitive ? 0 : reader->ahead_count;
	}
	/* Sensitive values of one group follow each other. */
	while (reader->sensitive && reader->ahead != NULL && fn_key_compare(reader->ahead, out->code, reader->n) == 0) {
		out->rows += reader->ahead_count;
		out->values += (reader->ahead[reader->n] | reader->ahead[reader->n + 1]) != 0;
		reader->ahead = fn_tally_next(&reader->reader, &reader->ahead_count, &why);
	}
	if (why == NULL)
		return out->rows > 0;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}
