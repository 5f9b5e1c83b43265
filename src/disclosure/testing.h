/* Made-up rows for the tests of the room, and what a plan ought to be, found by trying all. */
#pragma once

#include "disclosure/disclosure_priv.h"

#include <string.h>

enum { FN_TEST_COLUMNS = 4, FN_TEST_BATCH = 97 };

typedef struct {
	FnHierarchy *hierarchy[FN_TEST_COLUMNS];
	FnQuasi quasi[FN_TEST_COLUMNS];
	guint n, rows;
	char **cell;        /* rows × FN_TEST_COLUMNS; NULL: SQL null */
	char **sensitive;   /* rows */
} FnTestRows;

static inline FnHierarchy *
fn_test_hierarchy(const char *spec, const char *tree)
{
	g_autoptr(GError) error = NULL;
	FnHierarchy *hierarchy = fn_hierarchy_new(spec, tree, tree != NULL ? strlen(tree) : 0, &error);

	g_assert_no_error(error);
	return hierarchy;
}

/* A value of column @i; now and then one that does not fit. @spread: how many different ones, about. */
static inline char *
fn_test_value(GRand *rand, guint i, guint spread)
{
	static const char *const jobs[] = { "nurse", "doctor", "clerk", "judge", "other" };
	int any = g_rand_int_range(rand, 0, (int)spread);

	if (g_rand_int_range(rand, 0, 60) == 0)
		return g_rand_boolean(rand) ? NULL : g_strdup("?");
	switch (i) {
	case 0:
		return g_strdup_printf("13%02d%02d", 1 + any % 3, 1 + any % 4);
	case 1:
		return g_strdup_printf("19%02d-%02d-%02d", 50 + any % 45, 1 + any % 5, 1 + any % 28);
	case 2:
		return g_strdup_printf("%d", any % 90);
	default:
		return g_strdup(jobs[any % (int)G_N_ELEMENTS(jobs)]);
	}
}

static inline FnTestRows
fn_test_rows(guint32 seed, guint n, guint rows, guint spread)
{
	static const char *const name[] = { "region", "birth", "age", "job" };
	static const char *const spec[] = { "region", "date", "number:1,5,20", "list" };
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	FnTestRows out = { .n = n, .rows = rows };

	for (guint i = 0; i < n; i++) {
		out.hierarchy[i] = fn_test_hierarchy(spec[i], i == 3 ? "{\"health\": [\"nurse\", \"doctor\"], \"office\": [\"clerk\", \"judge\"], \"other\": {}}" : NULL);
		out.quasi[i] = (FnQuasi){ name[i], out.hierarchy[i], 0 };
	}
	out.cell = g_new0(char *, (gsize)rows * FN_TEST_COLUMNS);
	out.sensitive = g_new0(char *, rows);
	for (guint row = 0; row < rows; row++) {
		for (guint i = 0; i < n; i++)
			out.cell[row * FN_TEST_COLUMNS + i] = fn_test_value(rand, i, spread);
		if (g_rand_int_range(rand, 0, 20) > 0)
			out.sensitive[row] = g_strdup_printf("s%d", g_rand_int_range(rand, 0, 6));
	}
	return out;
}

static inline void
fn_test_rows_clear(FnTestRows *rows)
{
	for (guint i = 0; i < rows->n; i++)
		fn_hierarchy_free(rows->hierarchy[i]);
	for (guint i = 0; i < rows->rows * FN_TEST_COLUMNS; i++)
		g_free(rows->cell[i]);
	for (guint i = 0; i < rows->rows; i++)
		g_free(rows->sensitive[i]);
	g_free(rows->cell);
	g_free(rows->sensitive);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FnTestRows, fn_test_rows_clear)

/* Columns of one batch, pointing into the rows. */
typedef struct {
	const char *value[FN_TEST_COLUMNS + 1][FN_TEST_BATCH];
	guint32 size[FN_TEST_COLUMNS + 1][FN_TEST_BATCH];
	FnColumn column[FN_TEST_COLUMNS + 1]; /* the last is the sensitive one */
} FnTestBatch;

static inline void
fn_test_batch(const FnTestRows *rows, guint from, guint n, FnTestBatch *out)
{
	for (guint i = 0; i <= FN_TEST_COLUMNS; i++) {
		for (guint row = 0; row < n; row++) {
			const char *value = i < FN_TEST_COLUMNS ? rows->cell[(from + row) * FN_TEST_COLUMNS + i] : rows->sensitive[from + row];

			out->value[i][row] = value;
			out->size[i][row] = value != NULL ? (guint32)strlen(value) : 0;
		}
		out->column[i] = (FnColumn){ out->value[i], out->size[i], n };
	}
}

/* A census of the rows from @from to @to. */
static inline FnCensus *
fn_test_census(const FnTestRows *rows, gboolean sensitive, gsize memory, guint from, guint to)
{
	g_autoptr(GError) error = NULL;
	FnCensus *census = fn_census_new(rows->quasi, rows->n, sensitive ? "sensitive" : NULL, memory, g_get_tmp_dir(), &error);

	g_assert_no_error(error);
	for (guint row = from; row < to; row += FN_TEST_BATCH) {
		FnTestBatch batch;

		fn_test_batch(rows, row, MIN(to - row, FN_TEST_BATCH), &batch);
		g_assert_true(fn_census_add(census, batch.column, sensitive ? &batch.column[FN_TEST_COLUMNS] : NULL, &error));
		g_assert_no_error(error);
	}
	return census;
}

/* ---- by texts alone: groups as a table from joined values to what is in them ---- */

typedef struct {
	guint rows;
	GHashTable *values;
} FnTestGroup;

static inline void
fn_test_group_free(gpointer group)
{
	g_hash_table_unref(((FnTestGroup *)group)->values);
	g_free(group);
}

static inline char *
fn_test_joined(const FnTestRows *rows, guint row, const guint *level)
{
	GString *joined = g_string_new(NULL);

	for (guint i = 0; i < rows->n; i++) {
		const char *value = rows->cell[row * FN_TEST_COLUMNS + i];
		g_autofree char *text = fn_hierarchy_generalise(rows->hierarchy[i], value, value != NULL ? strlen(value) : 0, level[i]);

		g_string_append_printf(joined, "%s|", text);
	}
	return g_string_free(joined, FALSE);
}

static inline void
fn_test_group_add(GHashTable *groups, const char *joined, const char *sensitive)
{
	FnTestGroup *group = g_hash_table_lookup(groups, joined);

	if (group == NULL) {
		group = g_new0(FnTestGroup, 1);
		group->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
		g_hash_table_insert(groups, g_strdup(joined), group);
	}
	group->rows++;
	if (sensitive != NULL)
		g_hash_table_add(group->values, g_strdup(sensitive));
}

static inline GHashTable *
fn_test_groups(const FnTestRows *rows, guint from, guint to, const guint *level)
{
	GHashTable *groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, fn_test_group_free);

	for (guint row = from; row < to; row++) {
		g_autofree char *joined = fn_test_joined(rows, row, level);

		fn_test_group_add(groups, joined, rows->sensitive[row]);
	}
	return groups;
}

static inline gboolean
fn_test_group_is_safe(const FnTestGroup *group, const FnDisclosureOptions *options)
{
	return group != NULL && group->rows >= options->k && (options->l < 2 || g_hash_table_size(group->values) >= options->l);
}
