/* Small cells of a table with totals, and the cells that must go with them.
 *
 * A table whose rows and columns add up to their totals is a network: nodes are rows and columns, cells are edges (totals with the
 * sign turned), and what is published fixes an edge. How far a suppressed cell may move while all sums stay is a flow from its
 * column back to its row over other suppressed cells; its bounds are exact, and whole numbers (Cox 1995; Fischetti and Salazar
 * 1999). Cells are added by rectangles around what is not yet wide enough (as in the hypercube method, Giessing 2003). */
#include "disclosure/disclosure_priv.h"

#include "base/json.h"

#include <string.h>

enum { MAX_THRESHOLD = 1000, TIDY_MAX = 400 /* cells of a table from which needless suppressions are taken back */ };

#define ENDLESS G_MAXINT64

typedef struct {
	guint rows, columns; /* with totals */
	gint64 *value, *moved; /* moved: what a flow adds to the edge of a cell */
	FnCell *shown;
	gint64 need;         /* width of every small cell */
	guint *from;         /* the cell by which a node was reached, + 1 */
	guint *queue;
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

/* Nodes are columns, then rows. From a column one goes on by edges that move against @sign, from a row by edges that move with it.
 * FALSE when the row of @target is not reached. */
static gboolean
find_way(Table *table, guint target, int sign)
{
	guint row = target / table->columns, column = target % table->columns, head = 0, tail = 0;

	memset(table->from, 0, (table->rows + table->columns) * sizeof(*table->from));
	table->from[column] = G_MAXUINT;
	for (table->queue[tail++] = column; head < tail && table->from[table->columns + row] == 0;) {
		guint node = table->queue[head++];
		gboolean at_column = node < table->columns;

		for (guint i = 0; i < (at_column ? table->rows : table->columns); i++) {
			guint cell = at_column ? i * table->columns + node : (node - table->columns) * table->columns + i;
			guint next = at_column ? table->columns + i : i;

			if (table->from[next] != 0 || table->shown[cell] == FN_CELL_SHOWN || cell == target ||
				slack(table, cell, at_column ? -sign : sign) == 0)
				continue;
			table->from[next] = cell + 1;
			table->queue[tail++] = next;
		}
	}
	return table->from[table->columns + row] != 0;
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

		table->moved[step_back(table, &node)] += against * most;
	}
	return most;
}

/* How far the edge of @cell can move in the direction of @sign, at most @most. */
static gint64
reach(Table *table, guint cell, int sign, gint64 most)
{
	gint64 sum = 0;

	memset(table->moved, 0, (gsize)table->rows * table->columns * sizeof(*table->moved));
	most = MIN(most, slack(table, cell, sign));
	while (sum < most && find_way(table, cell, sign))
		sum += send(table, cell, sign, most - sum);
	memset(table->moved, 0, (gsize)table->rows * table->columns * sizeof(*table->moved));
	return sum;
}

/* Possible values of @cell beyond one, as far as @most. */
static gint64
width(Table *table, guint cell, gint64 most)
{
	gint64 up = reach(table, cell, 1, most);

	return up < most ? up + reach(table, cell, -1, most - up) : up;
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

/* Suppresses the best rectangle around @target that is not yet suppressed wholly. */
static void
widen(Table *table, guint target)
{
	Rectangle best = { .gain = -1 };

	for (guint row = 0; row < table->rows; row++)
		for (guint column = 0; column < table->columns; column++) {
			Rectangle one = rectangle(table, target, row, column);

			if (row != target / table->columns && column != target % table->columns && one.price > 0 && is_better(table, &one, &best))
				best = one;
		}
	/* With all cells suppressed nothing is narrow. */
	g_assert(best.gain >= 0);
	for (guint i = 0; i < 3; i++)
		table->shown[best.cell[i]] = FN_CELL_SUPPRESSED;
}

static gboolean
all_wide(Table *table)
{
	for (guint cell = 0; cell < table->rows * table->columns; cell++)
		if (is_small(table, cell) && width(table, cell, table->need) < table->need)
			return FALSE;
	return TRUE;
}

/* Shows what need not be hidden: in small tables, whatever leaves all small cells wide; in all, what can be derived anyway. */
static void
tidy(Table *table)
{
	guint cells = table->rows * table->columns;

	for (guint cell = cells; cell-- > 0 && cells <= TIDY_MAX;) {
		if (table->shown[cell] == FN_CELL_SHOWN || is_small(table, cell))
			continue;
		table->shown[cell] = FN_CELL_SHOWN;
		if (!all_wide(table))
			table->shown[cell] = FN_CELL_SUPPRESSED;
	}
	for (guint cell = 0; cell < cells; cell++)
		if (table->shown[cell] == FN_CELL_SUPPRESSED && !is_small(table, cell) && width(table, cell, 1) == 0)
			table->shown[cell] = FN_CELL_SHOWN;
}

static void
suppress(Table *table)
{
	guint cells = table->rows * table->columns;

	for (guint cell = 0; cell < cells; cell++)
		table->shown[cell] = is_small(table, cell) ? FN_CELL_SUPPRESSED : FN_CELL_SHOWN;
	for (guint cell = 0; cell < cells; cell++)
		while (is_small(table, cell) && width(table, cell, table->need) < table->need)
			widen(table, cell);
	tidy(table);
}

/* ---- tables ---- */

static gboolean
refuse_table(guint rows, guint columns, guint threshold, GError **error)
{
	if (rows < 1 || columns < 1 || rows >= FN_CELLS_MAX || columns >= FN_CELLS_MAX || (rows + 1) * (columns + 1) > FN_CELLS_MAX) {
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_TABLE, "a table of %u by %u; at most %d cells, totals included, at least one", rows,
			columns, FN_CELLS_MAX);
		return TRUE;
	}
	if (threshold < 2 || threshold > MAX_THRESHOLD) {
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_OPTIONS, "threshold %u; expected 2 to %d", threshold, MAX_THRESHOLD);
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

gboolean
fn_cells_suppress(const guint64 *count, guint rows, guint columns, guint threshold, FnCell *shown_out, GError **error)
{
	g_autofree gint64 *value = NULL, *moved = NULL;
	g_autofree guint *from = NULL, *queue = NULL;
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
	Table table = { rows + 1, columns + 1, value, moved, shown_out, threshold, from, queue };
	suppress(&table);
	return TRUE;
}

char *
fn_cells_report(const guint64 *count, guint rows, guint columns, guint threshold, const FnCell *shown)
{
	guint cells = (rows + 1) * (columns + 1), small = 0, others = 0, totals = 0;
	g_autofree gint64 *value = g_new0(gint64, cells);
	Table table = { rows + 1, columns + 1, value, NULL, NULL, threshold, NULL, NULL };
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
