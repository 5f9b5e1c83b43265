/* Small cells of a table with totals, and the cells that must go with them.
 *
 * A table whose rows and columns add up to their totals is a network: nodes are rows and columns, cells are edges (totals with the
 * sign turned), and what is published fixes an edge. How far a suppressed cell may move while all sums stay is a flow from its
 * column back to its row over other suppressed cells; its bounds are exact, and whole numbers (Cox 1995; Fischetti and Salazar
 * 1999). Cells are added by rectangles around what is not yet wide enough (as in the hypercube method, Giessing 2003). */
#include "disclosure/disclosure_priv.h"

#include "base/json.h"

#include <string.h>

enum { TIDY_MAX = 400 /* cells of a table from which needless suppressions are taken back */ };

#define ENDLESS G_MAXINT64

typedef struct {
	guint rows, columns; /* with totals */
	gint64 *value, *moved; /* moved: what a flow adds to the edge of a cell */
	FnCell *shown;
	gint64 need;         /* width of every small cell */
	guint *from;         /* the cell by which a node was reached, + 1 */
	guint *queue;
	GArray *touched;     /* guint: cells whose edges a flow moved */
	gboolean total_known; /* the grand total is shown, whatever it costs */
	guint rest_row, rest_column; /* G_MAXUINT: none */
} Table;

static gboolean
is_total(const Table *table, guint cell)
{
	return (cell / table->columns == table->rows - 1) != (cell % table->columns == table->columns - 1);
}

static gboolean
is_margin(const Table *table, guint cell)
{
	return cell / table->columns == table->rows - 1 || cell % table->columns == table->columns - 1;
}

static gboolean
is_small(const Table *table, guint cell)
{
	return table->value[cell] > 0 && table->value[cell] < table->need;
}

/* A count of categories that are not named, each of which is small. */
static gboolean
is_rest(const Table *table, guint cell)
{
	return table->value[cell] > 0 && cell != table->rows * table->columns - 1 &&
		(cell / table->columns == table->rest_row || cell % table->columns == table->rest_column);
}

static gboolean
is_secret(const Table *table, guint cell)
{
	return is_small(table, cell) || is_rest(table, cell);
}

/* How much the edge of @cell may still rise (@sign 1) or fall (-1) when the cell is suppressed. A total's edge is its negative. */
static gint64
slack(const Table *table, guint cell, int sign)
{
	gint64 moved = table->moved[cell];

	if ((sign > 0) == is_total(table, cell))
		return table->value[cell] + (sign > 0 ? -moved : moved);
	return ENDLESS;
}

/* ---- flows ---- */

/* Can the edge of @cell be used in the direction of @sign while @target moves? */
static gboolean
is_open(const Table *table, guint cell, guint target, int sign)
{
	return table->shown[cell] == FN_CELL_SUPPRESSED && cell != target && slack(table, cell, sign) > 0;
}

/* From a column one goes on by edges that move against @sign, to rows; from a row by edges that move with it, to columns. A column
 * from which the row of @target can be reached at once ends the search. */
static gboolean
leave_row(Table *table, guint row, guint target, int sign, guint *tail)
{
	guint own_row = target / table->columns;

	for (guint column = 0; column < table->columns; column++) {
		guint cell = row * table->columns + column, last = own_row * table->columns + column;

		if (table->from[column] != 0 || !is_open(table, cell, target, sign))
			continue;
		table->from[column] = cell + 1;
		table->queue[(*tail)++] = column;
		if (is_open(table, last, target, -sign)) {
			table->from[table->columns + own_row] = last + 1;
			return TRUE;
		}
	}
	return FALSE;
}

static void
leave_column(Table *table, guint column, guint target, int sign, guint *tail)
{
	for (guint row = 0; row < table->rows; row++) {
		guint cell = row * table->columns + column;

		if (table->from[table->columns + row] != 0 || !is_open(table, cell, target, -sign))
			continue;
		table->from[table->columns + row] = cell + 1;
		table->queue[(*tail)++] = table->columns + row;
	}
}

/* A way from the column of @target to its row; FALSE where there is none. Nodes are columns, then rows. The row itself is never on
 * the way before its end: a column that leads there ends it. */
static gboolean
find_way(Table *table, guint target, int sign)
{
	guint column = target % table->columns, head = 0, tail = 0;

	memset(table->from, 0, (table->rows + table->columns) * sizeof(*table->from));
	table->from[column] = G_MAXUINT;
	table->queue[tail++] = column;
	while (head < tail) {
		guint node = table->queue[head++];

		if (node < table->columns)
			leave_column(table, node, target, sign, &tail);
		else if (leave_row(table, node - table->columns, target, sign, &tail))
			return TRUE;
	}
	return FALSE;
}

/* The cell before @node on the way, and the node before that. */
static guint
step_back(const Table *table, guint *node)
{
	guint cell = table->from[*node] - 1;

	*node = *node < table->columns ? table->columns + cell / table->columns : cell % table->columns;
	return cell;
}

/* Sends what the found way carries, at most @most. */
static gint64
send(Table *table, guint target, int sign, gint64 most)
{
	guint end = table->columns + target / table->columns, start = target % table->columns;

	for (guint node = end; node != start;) {
		int against = node < table->columns ? sign : -sign;
		guint cell = step_back(table, &node);

		most = MIN(most, slack(table, cell, against));
	}
	for (guint node = end; node != start;) {
		int against = node < table->columns ? sign : -sign;
		guint cell = step_back(table, &node);

		table->moved[cell] += against * most;
		g_array_append_val(table->touched, cell);
	}
	return most;
}

/* How far the edge of @cell can move in the direction of @sign, at most @most. */
static gint64
reach(Table *table, guint cell, int sign, gint64 most)
{
	gint64 sum = 0;

	most = MIN(most, slack(table, cell, sign));
	while (sum < most && find_way(table, cell, sign))
		sum += send(table, cell, sign, most - sum);
	for (guint i = 0; i < table->touched->len; i++)
		table->moved[g_array_index(table->touched, guint, i)] = 0;
	g_array_set_size(table->touched, 0);
	return sum;
}

/* Possible values of @cell beyond one, as far as @most. */
static gint64
width(Table *table, guint cell, gint64 most)
{
	gint64 up = reach(table, cell, 1, most);

	return up < most ? up + reach(table, cell, -1, most - up) : up;
}

/* Whether what is promised of a secret cell holds. A total's edge moves against its count. */
static gboolean
is_wide(Table *table, guint cell)
{
	int up = is_total(table, cell) ? -1 : 1;

	if (!is_rest(table, cell))
		return width(table, cell, table->need) >= table->need;
	return reach(table, cell, up, table->need) >= table->need &&
		reach(table, cell, -up, table->need) >= MIN(table->need, table->value[cell]);
}

/* ---- choosing ---- */

/* What is lost when a cell is suppressed; totals go last. */
static double
price(const Table *table, guint cell)
{
	double grand = (double)table->value[table->rows * table->columns - 1];

	if (table->shown[cell] == FN_CELL_SUPPRESSED)
		return 0;
	return (double)table->value[cell] + 1 + (is_margin(table, cell) ? 4 * grand : 0);
}

typedef struct {
	guint cell[3];
	double price;
	gint64 gain;
} Rectangle;

static Rectangle
rectangle(const Table *table, guint target, guint row, guint column)
{
	guint own_row = target / table->columns, own_column = target % table->columns;
	Rectangle out = { .cell = { own_row * table->columns + column, row * table->columns + own_column, row * table->columns + column } };

	for (guint i = 0; i < 3; i++)
		out.price += price(table, out.cell[i]);
	for (int sign = -1; sign <= 1; sign += 2)
		out.gain += MIN(MIN(MIN(slack(table, target, sign), slack(table, out.cell[0], -sign)),
					MIN(slack(table, out.cell[1], -sign), slack(table, out.cell[2], sign))),
			table->need);
	return out;
}

/* Enough at the lowest price; where nothing is enough, the most. */
static gboolean
is_better(const Table *table, const Rectangle *a, const Rectangle *b)
{
	gint64 gain_a = MIN(a->gain, table->need), gain_b = MIN(b->gain, table->need);

	return gain_a != gain_b ? gain_a > gain_b : a->price < b->price;
}

static gboolean
is_allowed(const Table *table, const Rectangle *one)
{
	guint last = table->rows * table->columns - 1;

	return one->price > 0 && !(table->total_known && (one->cell[0] == last || one->cell[1] == last || one->cell[2] == last));
}

/* Suppresses the best rectangle around @target that is not yet suppressed wholly. */
static void
widen(Table *table, guint target)
{
	Rectangle best = { .gain = -1 };

	for (guint row = 0; row < table->rows; row++)
		for (guint column = 0; column < table->columns; column++) {
			Rectangle one = rectangle(table, target, row, column);

			if (row != target / table->columns && column != target % table->columns && is_allowed(table, &one) && is_better(table, &one, &best))
				best = one;
		}
	/* With all cells suppressed nothing is narrow, nor with all but a grand total that is large enough. */
	g_assert(best.gain >= 0);
	for (guint i = 0; i < 3; i++)
		table->shown[best.cell[i]] = FN_CELL_SUPPRESSED;
}

static gboolean
all_wide(Table *table)
{
	for (guint cell = 0; cell < table->rows * table->columns; cell++)
		if (is_secret(table, cell) && !is_wide(table, cell))
			return FALSE;
	return TRUE;
}

/* Shows what need not be hidden: in small tables, whatever leaves all small cells wide; in all, what can be derived anyway. */
static void
tidy(Table *table)
{
	guint cells = table->rows * table->columns;

	for (guint cell = cells; cell-- > 0 && cells <= TIDY_MAX;) {
		if (table->shown[cell] == FN_CELL_SHOWN || is_secret(table, cell))
			continue;
		table->shown[cell] = FN_CELL_SHOWN;
		if (!all_wide(table))
			table->shown[cell] = FN_CELL_SUPPRESSED;
	}
	for (guint cell = 0; cell < cells; cell++)
		if (table->shown[cell] == FN_CELL_SUPPRESSED && !is_secret(table, cell) && width(table, cell, 1) == 0)
			table->shown[cell] = FN_CELL_SHOWN;
}

static void
suppress(Table *table)
{
	guint cells = table->rows * table->columns;

	for (guint cell = 0; cell < cells; cell++)
		table->shown[cell] = is_secret(table, cell) ? FN_CELL_SUPPRESSED : FN_CELL_SHOWN;
	for (guint cell = 0; cell < cells; cell++)
		while (is_secret(table, cell) && !is_wide(table, cell))
			widen(table, cell);
	tidy(table);
}

/* ---- tables ---- */

static gboolean
refuse_table(guint rows, guint columns, guint threshold, GError **error)
{
	if (rows < 1 || columns < 1 || rows >= FN_CELLS_MAX || columns >= FN_CELLS_MAX || (rows + 1) * (columns + 1) > FN_CELLS_MAX) {
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_TABLE,
			"a table of %u by %u; expected at least one cell and at most %d, totals included", rows, columns, FN_CELLS_MAX);
		return TRUE;
	}
	if (threshold < 2 || threshold > FN_CELLS_MAX_THRESHOLD) {
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_OPTIONS, "threshold %u; expected 2 to %d", threshold, FN_CELLS_MAX_THRESHOLD);
		return TRUE;
	}
	return FALSE;
}

/* @count with totals. FALSE when a count is beyond 2^40: sixteen thousand of them still add up. */
static gboolean
add_totals(const guint64 *count, guint rows, guint columns, gint64 *value)
{
	guint wide = columns + 1;

	for (guint row = 0; row < rows; row++)
		for (guint column = 0; column < columns; column++) {
			guint64 one = count[(gsize)row * columns + column];

			if (one > G_GUINT64_CONSTANT(1) << 40)
				return FALSE;
			value[row * wide + column] = (gint64)one;
			value[row * wide + columns] += (gint64)one;
			value[rows * wide + column] += (gint64)one;
			value[rows * wide + columns] += (gint64)one;
		}
	return TRUE;
}

/* Whether everything may be hidden but the grand total, and all secrets be wide. */
static gboolean
check_known_total(const Table *table, GError **error)
{
	guint last = table->rows * table->columns - 1;
	gint64 total = table->value[last], rest = 0;

	if (table->rest_row < table->rows - 1)
		rest = table->value[table->rest_row * table->columns + table->columns - 1];
	if (table->rest_column < table->columns - 1)
		rest = MAX(rest, table->value[(table->rows - 1) * table->columns + table->rest_column]);
	if (total - rest >= table->need)
		return TRUE;
	g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_TABLE, "fewer than %d are counted in what has a name", (int)table->need);
	return FALSE;
}

static gboolean
suppress_table(const guint64 *count, guint rows, guint columns, guint threshold, const FnCellsRest *rest, FnCell *shown_out, GError **error)
{
	g_autofree gint64 *value = NULL, *moved = NULL;
	g_autofree guint *from = NULL, *queue = NULL;
	g_autoptr(GArray) touched = g_array_new(FALSE, FALSE, sizeof(guint));
	guint cells = (rows + 1) * (columns + 1);

	if (refuse_table(rows, columns, threshold, error))
		return FALSE;
	value = g_new0(gint64, cells);
	moved = g_new0(gint64, cells);
	from = g_new(guint, rows + columns + 2);
	queue = g_new(guint, rows + columns + 2);
	if (!add_totals(count, rows, columns, value)) {
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_TABLE, "a count is beyond 2^40");
		return FALSE;
	}
	Table table = { rows + 1, columns + 1, value, moved, shown_out, threshold, from, queue, touched, rest != NULL,
		rest != NULL ? rest->row : G_MAXUINT, rest != NULL ? rest->column : G_MAXUINT };
	if (rest != NULL && !check_known_total(&table, error))
		return FALSE;
	suppress(&table);
	return TRUE;
}

gboolean
fn_cells_suppress(const guint64 *count, guint rows, guint columns, guint threshold, FnCell *shown_out, GError **error)
{
	return suppress_table(count, rows, columns, threshold, NULL, shown_out, error);
}

gboolean
fn_cells_suppress_rest(const guint64 *count, guint rows, guint columns, guint threshold, const FnCellsRest *rest, FnCell *shown_out,
	GError **error)
{
	g_assert(rest != NULL);
	return suppress_table(count, rows, columns, threshold, rest, shown_out, error);
}

char *
fn_cells_report(const guint64 *count, guint rows, guint columns, guint threshold, const FnCell *shown)
{
	guint cells = (rows + 1) * (columns + 1), small = 0, others = 0, totals = 0;
	g_autofree gint64 *value = g_new0(gint64, cells);
	Table table = { rows + 1, columns + 1, value, NULL, NULL, threshold, NULL, NULL, NULL, FALSE, G_MAXUINT, G_MAXUINT };
	GString *text = g_string_new(NULL);
	FnJson json = fn_json_to(text);
	gint64 counts = 0;

	g_assert(add_totals(count, rows, columns, value));
	for (guint cell = 0; cell < cells; cell++) {
		if (shown[cell] == FN_CELL_SHOWN)
			continue;
		small += is_small(&table, cell);
		others += !is_small(&table, cell);
		totals += is_margin(&table, cell);
		counts += is_margin(&table, cell) ? 0 : value[cell];
	}
	fn_json_begin_object(&json);
	fn_json_member_int(&json, "cells", cells);
	fn_json_member_int(&json, "counted", value[cells - 1]);
	fn_json_member_int(&json, "suppressed_counted", counts);
	fn_json_member_int(&json, "suppressed_others", others);
	fn_json_member_int(&json, "suppressed_small", small);
	fn_json_member_int(&json, "suppressed_totals", totals);
	fn_json_member_int(&json, "threshold", threshold);
	fn_json_end_object(&json);
	return g_string_free(text, FALSE);
}
