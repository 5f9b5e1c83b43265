#include "disclosure/crosstab.h"

#include "disclosure/disclosure_priv.h"

#include <string.h>

enum { REMEMBERED = 1 << 16 /* values of which the label is known */ };

typedef struct {
	FnCrosstabField about;
	GPtrArray *label;      /* in order of their coming; after closing as they are shown */
	GHashTable *index;     /* label → its number */
	GHashTable *known;     /* value as it came → number of its label */
	guint rest;            /* after closing: the line of what is not named; G_MAXUINT: none */
} Side;

struct FnCrosstab {
	Side side[2];
	guint n;
	GPtrArray *line;       /* GArray of guint64, by row */
	guint64 rows;
	FnMaskArena *arena;
	GString *scratch;
	guint threshold;       /* after closing */
	guint64 *count;        /* after closing, row by row */
};

FnCrosstab *
fn_crosstab_new(const FnCrosstabField *field, guint n)
{
	FnCrosstab *crosstab = g_new0(FnCrosstab, 1);

	g_assert(n == 1 || n == 2);
	crosstab->n = n;
	for (guint i = 0; i < n; i++) {
		crosstab->side[i] = (Side){ .about = field[i], .label = g_ptr_array_new_with_free_func(g_free), .rest = G_MAXUINT };
		crosstab->side[i].index = g_hash_table_new(g_str_hash, g_str_equal);
		crosstab->side[i].known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	}
	crosstab->line = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	crosstab->arena = fn_mask_arena_new();
	crosstab->scratch = g_string_new(NULL);
	return crosstab;
}

void
fn_crosstab_free(FnCrosstab *crosstab)
{
	if (crosstab == NULL)
		return;
	for (guint i = 0; i < crosstab->n; i++) {
		g_hash_table_unref(crosstab->side[i].known);
		g_hash_table_unref(crosstab->side[i].index);
		g_ptr_array_unref(crosstab->side[i].label);
	}
	g_ptr_array_unref(crosstab->line);
	fn_mask_arena_free(crosstab->arena);
	g_string_free(crosstab->scratch, TRUE);
	g_free(crosstab->count);
	g_free(crosstab);
}

guint64
fn_crosstab_rows(const FnCrosstab *crosstab)
{
	return crosstab->rows;
}

static guint
columns_of(const FnCrosstab *crosstab)
{
	return crosstab->n == 2 ? crosstab->side[1].label->len : 1;
}

/* ---- labels ---- */

/* What a value becomes; caller frees. */
static char *
make_label(FnCrosstab *crosstab, const Side *side, const char *text, gsize size)
{
	const FnCrosstabField *about = &side->about;
	g_autofree char *coarse = about->hierarchy != NULL ? fn_hierarchy_generalise(about->hierarchy, text, size, about->level) : NULL;
	const char *value = coarse != NULL ? coarse : text;
	guint32 length = (guint32)(coarse != NULL ? strlen(coarse) : size);
	FnColumn column = { &value, &length, 1 };

	if (coarse != NULL && strcmp(coarse, "*") == 0)
		return g_strdup("*");
	fn_mask_arena_reset(crosstab->arena);
	fn_mask_apply(about->mask, &column, crosstab->arena);
	if (value == NULL || length > FN_CROSSTAB_LABEL || memchr(value, '\0', length) != NULL || !g_utf8_validate_len(value, length, NULL))
		return g_strdup("*");
	return g_strndup(value, length);
}

static guint
number_of_label(Side *side, const char *label)
{
	gpointer number;

	if (g_hash_table_lookup_extended(side->index, label, NULL, &number))
		return GPOINTER_TO_UINT(number);
	g_ptr_array_add(side->label, g_strdup(label));
	g_hash_table_insert(side->index, side->label->pdata[side->label->len - 1], GUINT_TO_POINTER(side->label->len - 1));
	return side->label->len - 1;
}

/* Values come again and again: what was once made of one is remembered. */
static guint
number_of(FnCrosstab *crosstab, Side *side, const char *value, guint32 size)
{
	g_autofree char *label = NULL;
	gpointer number;

	if (value == NULL || size > FN_CROSSTAB_LABEL || memchr(value, '\0', size) != NULL)
		return number_of_label(side, "*");
	g_string_truncate(crosstab->scratch, 0);
	g_string_append_len(crosstab->scratch, value, (gssize)size);
	if (g_hash_table_lookup_extended(side->known, crosstab->scratch->str, NULL, &number))
		return GPOINTER_TO_UINT(number);
	label = make_label(crosstab, side, value, size);
	number = GUINT_TO_POINTER(number_of_label(side, label));
	if (g_hash_table_size(side->known) >= REMEMBERED)
		g_hash_table_remove_all(side->known);
	g_hash_table_insert(side->known, g_strdup(crosstab->scratch->str), number);
	return GPOINTER_TO_UINT(number);
}

/* ---- counting ---- */

static void
count_one(FnCrosstab *crosstab, guint row, guint column)
{
	GArray *line;

	while (crosstab->line->len <= row)
		g_ptr_array_add(crosstab->line, g_array_new(FALSE, TRUE, sizeof(guint64)));
	line = crosstab->line->pdata[row];
	if (line->len <= column)
		g_array_set_size(line, column + 1);
	g_array_index(line, guint64, column)++;
	crosstab->rows++;
}

gboolean
fn_crosstab_add(FnCrosstab *crosstab, const FnColumn *column, GError **error)
{
	g_assert(crosstab->count == NULL);
	for (guint i = 0; i < column[0].n; i++) {
		guint number[2] = { 0, 0 };

		for (guint side = 0; side < crosstab->n; side++)
			number[side] = number_of(crosstab, &crosstab->side[side], column[side].value[i], column[side].size[i]);
		if (((gsize)crosstab->side[0].label->len + 1) * (columns_of(crosstab) + 1) > FN_CROSSTAB_CELLS) {
			g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_TABLE, "the table has more than %d cells", FN_CROSSTAB_CELLS);
			return FALSE;
		}
		count_one(crosstab, number[0], number[1]);
	}
	return TRUE;
}

/* ---- closing ---- */

/* Rows by number of label; caller frees. */
static guint64 *
margins(const FnCrosstab *crosstab, guint side)
{
	guint64 *sum = g_new0(guint64, crosstab->side[side].label->len + 1);

	for (guint row = 0; row < crosstab->line->len; row++) {
		const GArray *line = crosstab->line->pdata[row];

		for (guint column = 0; column < line->len; column++)
			sum[side == 0 ? row : column] += g_array_index(line, guint64, column);
	}
	return sum;
}

static gint
by_label(gconstpointer a, gconstpointer b, gpointer data)
{
	const GPtrArray *label = data;

	return strcmp(label->pdata[*(const guint *)a], label->pdata[*(const guint *)b]);
}

static guint *
in_order(const GPtrArray *label)
{
	guint *order = g_new(guint, label->len + 1);

	for (guint i = 0; i < label->len; i++)
		order[i] = i;
	g_qsort_with_data(order, (gint)label->len, sizeof(*order), by_label, (gpointer)label);
	return order;
}

/* Orders a side's labels, "*" last, and with @fold puts those of too few rows there, too. @place_out: the line of each number, to be
 * freed. FALSE: too few rows have a name. */
static gboolean
arrange(FnCrosstab *crosstab, guint of, gboolean fold, guint **place_out)
{
	Side *side = &crosstab->side[of];
	g_autoptr(GPtrArray) before = side->label;
	g_autofree guint *order = in_order(before);
	g_autofree guint64 *margin = margins(crosstab, of);
	guint *place = g_new(guint, before->len + 1), folded = 0;
	guint64 unnamed = 0;

	side->label = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < before->len; i++) {
		const char *label = before->pdata[order[i]];
		guint64 rows = margin[order[i]];
		gboolean star = strcmp(label, "*") == 0, small = !star && fold && rows < crosstab->threshold;

		place[order[i]] = star || small ? G_MAXUINT : side->label->len;
		if (!star && !small)
			g_ptr_array_add(side->label, g_strdup(label));
		else
			unnamed += rows;
		folded += small;
	}
	for (guint i = 0; i < before->len; i++)
		place[i] = MIN(place[i], side->label->len);
	side->rest = folded > 0 ? side->label->len : G_MAXUINT;
	if (unnamed > 0)
		g_ptr_array_add(side->label, g_strdup("*"));
	*place_out = place;
	g_hash_table_remove_all(side->index); /* its keys were those before */
	return crosstab->rows - (folded > 0 ? unnamed : 0) >= crosstab->threshold;
}

static void
fill(FnCrosstab *crosstab, const guint *row_place, const guint *column_place)
{
	guint columns = columns_of(crosstab);

	crosstab->count = g_new0(guint64, (gsize)crosstab->side[0].label->len * columns + 1);
	for (guint row = 0; row < crosstab->line->len; row++) {
		const GArray *line = crosstab->line->pdata[row];

		for (guint column = 0; column < line->len; column++)
			if (g_array_index(line, guint64, column) > 0)
				crosstab->count[(gsize)row_place[row] * columns + (column_place != NULL ? column_place[column] : 0)] +=
					g_array_index(line, guint64, column);
	}
}

gboolean
fn_crosstab_close(FnCrosstab *crosstab, guint threshold, gboolean noisy, GError **error)
{
	guint *place[2] = { NULL, NULL };
	gboolean enough = TRUE;

	g_assert(crosstab->count == NULL);
	crosstab->threshold = threshold;
	for (guint i = 0; i < crosstab->n; i++)
		if (!arrange(crosstab, i, noisy || crosstab->side[i].about.hierarchy == NULL, &place[i]))
			enough = FALSE;
	fill(crosstab, place[0], place[1]);
	g_free(place[0]);
	g_free(place[1]);
	if (enough)
		return TRUE;
	g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_IMPOSSIBLE, "fewer than %u rows are counted under a name", threshold);
	return FALSE;
}

const char *const *
fn_crosstab_labels(const FnCrosstab *crosstab, guint field, guint *n_out)
{
	g_assert(field < crosstab->n);
	*n_out = crosstab->side[field].label->len;
	return (const char *const *)crosstab->side[field].label->pdata;
}

/* ---- as JSON ---- */

static json_t *
labels_of(const Side *side)
{
	json_t *list = json_array();

	for (guint i = 0; i < side->label->len; i++)
		json_array_append_new(list, json_string(side->label->pdata[i]));
	return list;
}

typedef json_t *(*Shown)(gconstpointer table, guint row, guint column); /* of rows and columns with totals */

/* Cells from (@row, @column) on, @n of them, downwards or to the right. */
static json_t *
line_of(Shown shown, gconstpointer table, guint row, guint column, guint n, gboolean down)
{
	json_t *list = json_array();

	for (guint i = 0; i < n; i++)
		json_array_append_new(list, shown(table, down ? row + i : row, down ? column : column + i));
	return list;
}

static json_t *
table_of(const FnCrosstab *crosstab, Shown shown, gconstpointer table)
{
	guint rows = crosstab->side[0].label->len, columns = columns_of(crosstab);
	json_t *json = json_pack("{s:[s], s:s, s:o, s:I, s:o}", "by", crosstab->side[0].about.name, "measure", "count", "rows",
		labels_of(&crosstab->side[0]), "threshold", (json_int_t)crosstab->threshold, "total", shown(table, rows, columns));
	json_t *cells;

	if (crosstab->n == 1) {
		json_object_set_new(json, "cells", line_of(shown, table, 0, 0, rows, TRUE));
		return json;
	}
	cells = json_array();
	for (guint row = 0; row < rows; row++)
		json_array_append_new(cells, line_of(shown, table, row, 0, columns, FALSE));
	json_array_append_new(json_object_get(json, "by"), json_string(crosstab->side[1].about.name));
	json_object_set_new(json, "cells", cells);
	json_object_set_new(json, "columns", labels_of(&crosstab->side[1]));
	json_object_set_new(json, "column_totals", line_of(shown, table, rows, 0, columns, FALSE));
	json_object_set_new(json, "row_totals", line_of(shown, table, 0, columns, rows, TRUE));
	return json;
}

/* ---- exact ---- */

typedef struct {
	const FnCrosstab *crosstab;
	guint rows, columns;
	const FnCell *shown;    /* exact */
	const gint64 *noisy;    /* with totals */
} Table;

static gint64
sum_of(const Table *table, guint row, guint column)
{
	guint first_row = row == table->rows ? 0 : row, last_row = row == table->rows ? row : row + 1;
	guint first_column = column == table->columns ? 0 : column, last_column = column == table->columns ? column : column + 1;
	gint64 sum = 0;

	for (guint r = first_row; r < last_row; r++)
		for (guint c = first_column; c < last_column; c++)
			sum += (gint64)table->crosstab->count[(gsize)r * table->columns + c];
	return sum;
}

static json_t *
show_exact(gconstpointer data, guint row, guint column)
{
	const Table *table = data;

	return table->shown[row * (table->columns + 1) + column] == FN_CELL_SHOWN ? json_integer(sum_of(table, row, column)) : json_null();
}

json_t *
fn_crosstab_exact(const FnCrosstab *crosstab, GError **error)
{
	guint rows = crosstab->side[0].label->len, columns = columns_of(crosstab);
	FnCellsRest rest = { crosstab->side[0].rest, crosstab->n == 2 ? crosstab->side[1].rest : G_MAXUINT };
	g_autofree FnCell *shown = g_new0(FnCell, ((gsize)rows + 1) * (columns + 1));
	Table table = { crosstab, rows, columns, shown, NULL };
	json_int_t withheld = 0;
	json_t *json;

	if (!fn_cells_suppress_rest(crosstab->count, rows, columns, crosstab->threshold, &rest, shown, error))
		return NULL;
	/* Of one column the totals of the rows are its cells again. */
	for (guint cell = 0; cell < (rows + 1) * (columns + 1); cell++)
		withheld += shown[cell] == FN_CELL_SUPPRESSED && (crosstab->n == 2 || cell % 2 == 0);
	json = table_of(crosstab, show_exact, &table);
	json_object_set_new(json, "withheld", json_integer(withheld));
	return json;
}

/* ---- noisy ---- */

static json_t *
show_noisy(gconstpointer data, guint row, guint column)
{
	const Table *table = data;

	return json_integer(MAX(table->noisy[row * (table->columns + 1) + column], 0));
}

static gboolean
add_noise(const FnCrosstab *crosstab, const char *epsilon, FnRandomBytes random, gpointer data, guint rows, guint columns, gint64 *noisy,
	GError **error)
{
	guint wide = columns + 1;

	for (guint row = 0; row < rows; row++)
		for (guint column = 0; column < columns; column++) {
			gint64 one;

			if (!fn_noisy_count((gint64)crosstab->count[(gsize)row * columns + column], epsilon, random, data, &one, error))
				return FALSE;
			one = CLAMP(one, -(G_GINT64_CONSTANT(1) << 40), G_GINT64_CONSTANT(1) << 40);
			noisy[row * wide + column] = one;
			noisy[row * wide + columns] += one;
			noisy[rows * wide + column] += one;
			noisy[rows * wide + columns] += one;
		}
	return TRUE;
}

json_t *
fn_crosstab_noisy(const FnCrosstab *crosstab, const char *epsilon, FnRandomBytes random, gpointer data, GError **error)
{
	guint rows = crosstab->side[0].label->len, columns = columns_of(crosstab);
	g_autofree gint64 *noisy = g_new0(gint64, ((gsize)rows + 1) * (columns + 1));
	Table table = { crosstab, rows, columns, NULL, noisy };
	json_t *json;

	g_assert(crosstab->count != NULL);
	if (!add_noise(crosstab, epsilon, random, data, rows, columns, noisy, error))
		return NULL;
	json = table_of(crosstab, show_noisy, &table);
	json_object_set_new(json, "epsilon", json_string(epsilon));
	json_object_set_new(json, "withheld", json_integer(0));
	return json;
}

/* ---- before and after ---- */

typedef struct {
	const json_t *json;
	GHashTable *row, *column; /* label → number + 1; no columns: by one field */
} View;

static GHashTable *
numbers_of(const json_t *labels)
{
	GHashTable *numbers = g_hash_table_new(g_str_hash, g_str_equal);

	for (gsize i = 0; i < json_array_size(labels); i++)
		if (json_is_string(json_array_get(labels, i)))
			g_hash_table_insert(numbers, (gpointer)json_string_value(json_array_get(labels, i)), GSIZE_TO_POINTER(i + 1));
	return numbers;
}

static View
view_of(const json_t *json)
{
	return (View){ json, numbers_of(json_object_get(json, "rows")), numbers_of(json_object_get(json, "columns")) };
}

static void
view_clear(View *view)
{
	g_hash_table_unref(view->row);
	g_hash_table_unref(view->column);
}

/* The cell of a label each, NULL: of the totals. FALSE: withheld. */
static gboolean
look(const View *view, const char *row, const char *column, gint64 *out)
{
	gsize r = row != NULL ? GPOINTER_TO_SIZE(g_hash_table_lookup(view->row, row)) : 0;
	gsize c = column != NULL ? GPOINTER_TO_SIZE(g_hash_table_lookup(view->column, column)) : 0;
	const json_t *cells = json_object_get(view->json, "cells"), *cell;

	*out = 0;
	if ((row != NULL && r == 0) || (column != NULL && c == 0))
		return TRUE; /* not named there */
	if (row == NULL && column == NULL)
		cell = json_object_get(view->json, "total");
	else if (row == NULL)
		cell = json_array_get(json_object_get(view->json, "column_totals"), c - 1);
	else if (column == NULL && g_hash_table_size(view->column) > 0)
		cell = json_array_get(json_object_get(view->json, "row_totals"), r - 1);
	else
		cell = column == NULL ? json_array_get(cells, r - 1) : json_array_get(json_array_get(cells, r - 1), c - 1);
	*out = json_integer_value(cell);
	return json_is_integer(cell);
}

static void
add_labels(GPtrArray *labels, GHashTable *of, GHashTable *but)
{
	GHashTableIter iter;
	gpointer label;

	g_hash_table_iter_init(&iter, of);
	while (g_hash_table_iter_next(&iter, &label, NULL))
		if (but == NULL || !g_hash_table_contains(but, label))
			g_ptr_array_add(labels, label);
}

static GPtrArray *
labels_of_both(GHashTable *a, GHashTable *b)
{
	GPtrArray *labels = g_ptr_array_new();

	add_labels(labels, a, NULL);
	add_labels(labels, b, a);
	g_ptr_array_add(labels, NULL); /* the totals */
	return labels;
}

gint64
fn_crosstab_distance(const json_t *a, const json_t *b)
{
	View one = view_of(a), other = view_of(b);
	g_autoptr(GPtrArray) rows = labels_of_both(one.row, other.row), columns = labels_of_both(one.column, other.column);
	gint64 most = 0, before, after;

	for (guint r = 0; r < rows->len; r++)
		for (guint c = 0; c < columns->len; c++)
			if (look(&one, rows->pdata[r], columns->pdata[c], &before) && look(&other, rows->pdata[r], columns->pdata[c], &after))
				most = MAX(most, ABS(after - before));
	view_clear(&one);
	view_clear(&other);
	return most;
}
