/* Tables are attacked by trying out which whole numbers fit behind what is shown. */
#include "disclosure/disclosure_priv.h"

#include <string.h>

enum { MAX_CELLS = 700, CAP = 400 /* beyond all counts of the tests, and room for what they could be */ };

typedef struct {
	guint rows, columns; /* with totals */
	int low[MAX_CELLS], high[MAX_CELLS];
} Guess;

/* ---- the attacker ---- */

/* One line of a table: cells at @from, @from + @step, …, the last is the sum. Narrows their bounds; FALSE on a contradiction. */
static gboolean
narrow_line(Guess *guess, guint from, guint step, guint n, gboolean *changed)
{
	int low = 0, high = 0;
	guint sum = from + (n - 1) * step;

	for (guint i = 0; i + 1 < n; i++) {
		low += guess->low[from + i * step];
		high += guess->high[from + i * step];
	}
	for (guint i = 0; i < n; i++) {
		guint cell = from + i * step;
		int least = i + 1 < n ? guess->low[sum] - (high - guess->high[cell]) : low;
		int most = i + 1 < n ? guess->high[sum] - (low - guess->low[cell]) : high;

		*changed |= least > guess->low[cell] || most < guess->high[cell];
		low += i + 1 < n ? MAX(least, guess->low[cell]) - guess->low[cell] : 0;
		high += i + 1 < n ? MIN(most, guess->high[cell]) - guess->high[cell] : 0;
		guess->low[cell] = MAX(least, guess->low[cell]);
		guess->high[cell] = MIN(most, guess->high[cell]);
		if (guess->low[cell] > guess->high[cell])
			return FALSE;
	}
	return TRUE;
}

static gboolean
narrow(Guess *guess)
{
	gboolean changed = TRUE;

	while (changed) {
		changed = FALSE;
		for (guint row = 0; row < guess->rows; row++)
			if (!narrow_line(guess, row * guess->columns, 1, guess->columns, &changed))
				return FALSE;
		for (guint column = 0; column < guess->columns; column++)
			if (!narrow_line(guess, column, guess->columns, guess->rows, &changed))
				return FALSE;
	}
	return TRUE;
}

/* Is there a table within these bounds? */
static gboolean
is_possible(Guess guess)
{
	guint open = MAX_CELLS;

	if (!narrow(&guess))
		return FALSE;
	for (guint i = 0; i < guess.rows * guess.columns; i++)
		if (guess.low[i] < guess.high[i] && (open == MAX_CELLS || guess.high[i] - guess.low[i] < guess.high[open] - guess.low[open]))
			open = i;
	if (open == MAX_CELLS)
		return TRUE;
	for (int value = guess.low[open], last = guess.high[open]; value <= last; value++) {
		Guess next = guess;

		next.low[open] = next.high[open] = value;
		if (is_possible(next))
			return TRUE;
	}
	return FALSE;
}

static gboolean
can_be(const Guess *guess, guint cell, int value)
{
	Guess one = *guess;

	one.low[cell] = one.high[cell] = value;
	return is_possible(one);
}

/* How many more values than one a cell can have, up to @most. */
static int
freedom(const Guess *known, guint cell, int most)
{
	Guess guess = *known;
	int least;

	g_assert_true(narrow(&guess));
	for (least = guess.low[cell]; !can_be(&guess, cell, least); least++)
		g_assert_cmpint(least, <, guess.high[cell]);
	for (int more = most; more > 0; more--)
		if (least + more <= guess.high[cell] && can_be(&guess, cell, least + more))
			return more;
	return 0;
}

/* ---- tables ---- */

static Guess
with_totals(const guint64 *count, guint rows, guint columns, int *value)
{
	Guess guess = { .rows = rows + 1, .columns = columns + 1 };

	memset(value, 0, MAX_CELLS * sizeof(*value));
	for (guint row = 0; row < rows; row++)
		for (guint column = 0; column < columns; column++) {
			int one = (int)count[row * columns + column];

			value[row * (columns + 1) + column] = one;
			value[row * (columns + 1) + columns] += one;
			value[rows * (columns + 1) + column] += one;
			value[rows * (columns + 1) + columns] += one;
		}
	return guess;
}

static Guess
published(const guint64 *count, guint rows, guint columns, const FnCell *shown, int *value)
{
	Guess guess = with_totals(count, rows, columns, value);

	for (guint cell = 0; cell < guess.rows * guess.columns; cell++) {
		guess.low[cell] = shown[cell] == FN_CELL_SHOWN ? value[cell] : 0;
		guess.high[cell] = shown[cell] == FN_CELL_SHOWN ? value[cell] : CAP;
	}
	return guess;
}

/* The promise of the header. Returns cells shown. */
static guint
attack(const guint64 *count, guint rows, guint columns, int threshold, const FnCell *shown)
{
	int value[MAX_CELLS];
	Guess known = published(count, rows, columns, shown, value);
	guint n = 0;

	for (guint cell = 0; cell < known.rows * known.columns; cell++) {
		gboolean small = value[cell] > 0 && value[cell] < threshold;

		n += shown[cell] == FN_CELL_SHOWN;
		g_assert_true(!small || shown[cell] == FN_CELL_SUPPRESSED);
		if (small)
			g_assert_cmpint(freedom(&known, cell, threshold), ==, threshold);
		else if (shown[cell] == FN_CELL_SUPPRESSED)
			g_assert_cmpint(freedom(&known, cell, 1), ==, 1);
	}
	return n;
}

static void
test_random(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);
	guint shown_cells = 0, tables = 0;

	for (guint round = 0; round < 300; round++) {
		guint rows = (guint)g_rand_int_range(rand, 1, 5), columns = (guint)g_rand_int_range(rand, 1, 6);
		int threshold = g_rand_int_range(rand, 2, 7), spread = g_rand_int_range(rand, 1, 20);
		guint64 count[20];
		FnCell shown[MAX_CELLS];
		g_autoptr(GError) error = NULL;

		for (guint i = 0; i < rows * columns; i++)
			count[i] = (guint64)g_rand_int_range(rand, 0, spread + 1);
		g_assert_true(fn_cells_suppress(count, rows, columns, (guint)threshold, shown, &error));
		g_assert_no_error(error);
		shown_cells += attack(count, rows, columns, threshold, shown);
		tables++;
	}
	/* Hiding all would be safe as well. */
	g_assert_cmpuint(shown_cells, >, 5 * tables);
}

/* How far from what it is @cell can be, up (@sign 1) or down, at most @most. */
static int
distance(const Guess *known, const int *value, guint cell, int sign, int most)
{
	Guess guess = *known;
	int far = most;

	g_assert_true(narrow(&guess));
	while (far > 0 && (value[cell] + sign * far < 0 || !can_be(&guess, cell, value[cell] + sign * far)))
		far--;
	return far;
}

static gboolean
in_rest(const FnCellsRest *rest, const Guess *guess, guint cell)
{
	return cell + 1 < guess->rows * guess->columns && (cell / guess->columns == rest->row || cell % guess->columns == rest->column);
}

/* With the grand total shown, and lines in which what has no name stands together. */
static void
test_rest(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(4);
	guint done = 0, shown_cells = 0;

	for (guint round = 0; round < 300; round++) {
		guint rows = (guint)g_rand_int_range(rand, 1, 5), columns = (guint)g_rand_int_range(rand, 1, 5);
		int threshold = g_rand_int_range(rand, 2, 6), spread = g_rand_int_range(rand, 1, 20), value[MAX_CELLS];
		FnCellsRest rest = { round % 3 == 0 ? G_MAXUINT : rows - 1, round % 2 == 0 ? G_MAXUINT : columns - 1 };
		guint64 count[20];
		FnCell shown[MAX_CELLS];
		Guess known;

		for (guint i = 0; i < rows * columns; i++)
			count[i] = (guint64)g_rand_int_range(rand, 0, spread + 1);
		if (!fn_cells_suppress_rest(count, rows, columns, (guint)threshold, &rest, shown, NULL))
			continue;
		done++;
		known = published(count, rows, columns, shown, value);
		shown_cells += attack(count, rows, columns, threshold, shown);
		g_assert_cmpint(shown[(rows + 1) * (columns + 1) - 1], ==, FN_CELL_SHOWN);
		for (guint cell = 0; cell < (rows + 1) * (columns + 1); cell++) {
			if (value[cell] == 0 || !in_rest(&rest, &known, cell))
				continue;
			g_assert_cmpint(shown[cell], ==, FN_CELL_SUPPRESSED);
			g_assert_cmpint(distance(&known, value, cell, 1, threshold), ==, threshold);
			g_assert_cmpint(distance(&known, value, cell, -1, threshold), ==, MIN(threshold, value[cell]));
		}
	}
	g_assert_cmpuint(done, >, 150);
	g_assert_cmpuint(shown_cells, >, 3 * done);
}

/* A table of which too little has a name, or too few are counted at all. */
static void
test_rest_refused(void)
{
	static const struct {
		guint64 count[4];
		FnCellsRest rest;
	} tables[] = { { { 1, 1, 1, 1 }, { G_MAXUINT, G_MAXUINT } }, { { 2, 2, 9, 9 }, { 1, G_MAXUINT } }, { { 2, 9, 2, 9 }, { G_MAXUINT, 1 } } };
	FnCell shown[9];

	for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(fn_cells_suppress_rest(tables[i].count, 2, 2, 5, &tables[i].rest, shown, &error));
		g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_TABLE);
	}
}

/* The attacker is able to win: where small cells alone are hidden, or too few others. */
static void
test_attacker(void)
{
	static const guint64 count[] = { 20, 3, 12, 30, 40, 25, 18, 22, 4 };
	FnCell shown[16];
	int value[MAX_CELLS];
	Guess known;

	for (guint i = 0; i < 16; i++)
		shown[i] = i == 1 || i == 10 ? FN_CELL_SUPPRESSED : FN_CELL_SHOWN;
	known = published(count, 3, 3, shown, value);
	g_assert_cmpint(freedom(&known, 1, 5), ==, 0);
	g_assert_cmpint(freedom(&known, 10, 5), ==, 0);
	shown[2] = shown[9] = FN_CELL_SUPPRESSED;
	known = published(count, 3, 3, shown, value);
	/* From 0 to 15 and no more: the other cell of its row is 12. */
	g_assert_cmpint(freedom(&known, 1, 20), ==, 15);
	g_assert_cmpint(freedom(&known, 1, 5), ==, 5);
}

static const struct {
	guint rows, columns, threshold;
	guint64 count[12];
	const char *shown; /* row by row; '#' is shown, '.' suppressed */
} known_tables[] = {
	{ 2, 2, 5, { 10, 20, 30, 40 }, "### ### ###" },
	{ 2, 2, 5, { 0, 20, 30, 40 }, "### ### ###" },
	{ 2, 2, 5, { 3, 20, 30, 40 }, "..# ..# ###" },
	{ 2, 2, 5, { 5, 20, 30, 40 }, "### ### ###" },
	{ 3, 3, 5, { 20, 3, 12, 30, 40, 25, 18, 22, 4 }, "#..# #### #..# ####" },
	{ 1, 3, 5, { 3, 20, 30 }, "..## ..##" },
	{ 1, 1, 5, { 3 }, ".. .." },
	{ 1, 1, 5, { 0 }, "## ##" },
	{ 2, 2, 5, { 1, 0, 0, 0 }, NULL },
	{ 3, 3, 5, { 1, 1, 1, 1, 1, 1, 1, 1, 1 }, NULL },
};

static void
test_known(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(known_tables); i++) {
		FnCell shown[MAX_CELLS];
		g_autoptr(GString) text = g_string_new(NULL);
		g_autoptr(GError) error = NULL;
		guint rows = known_tables[i].rows, columns = known_tables[i].columns;

		g_assert_true(fn_cells_suppress(known_tables[i].count, rows, columns, known_tables[i].threshold, shown, &error));
		for (guint cell = 0; cell < (rows + 1) * (columns + 1); cell++)
			g_string_append_printf(text, "%s%c", cell > 0 && cell % (columns + 1) == 0 ? " " : "", shown[cell] == FN_CELL_SHOWN ? '#' : '.');
		if (known_tables[i].shown != NULL)
			g_assert_cmpstr(text->str, ==, known_tables[i].shown);
		attack(known_tables[i].count, rows, columns, (int)known_tables[i].threshold, shown);
	}
}

static void
test_report(void)
{
	static const guint64 count[] = { 3, 20, 30, 40 };
	FnCell shown[9];
	g_autofree char *report = NULL;

	g_assert_true(fn_cells_suppress(count, 2, 2, 5, shown, NULL));
	report = fn_cells_report(count, 2, 2, 5, shown);
	g_assert_cmpstr(report, ==,
		"{\"cells\":9,\"counted\":93,\"suppressed_counted\":93,\"suppressed_others\":3,\"suppressed_small\":1,\"suppressed_totals\":0,\"threshold\":5}");
}

/* Tables too large to try all that fits, mostly of zeros: sums alone, line by line, must fix nothing that is hidden. */
static void
test_sparse(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(3);

	for (guint round = 0; round < 60; round++) {
		enum { SIDE = 25 };
		guint64 count[SIDE * SIDE] = { 0 };
		FnCell shown[(SIDE + 1) * (SIDE + 1)];
		int value[MAX_CELLS];
		Guess known;

		for (guint i = 0; i < round; i++)
			count[g_rand_int_range(rand, 0, SIDE * SIDE)] = (guint64)g_rand_int_range(rand, 1, 9);
		g_assert_true(fn_cells_suppress(count, SIDE, SIDE, 4, shown, NULL));
		known = published(count, SIDE, SIDE, shown, value);
		g_assert_true(narrow(&known));
		for (guint cell = 0; cell < G_N_ELEMENTS(shown); cell++)
			g_assert_true(shown[cell] == FN_CELL_SHOWN || known.low[cell] < known.high[cell]);
	}
}

/* A large table with many small cells; too large for the attacker, but the sums of what is hidden in a line must not tell. */
static void
test_large(void)
{
	enum { ROWS = 100, COLUMNS = 60 };
	g_autoptr(GRand) rand = g_rand_new_with_seed(2);
	g_autofree guint64 *count = g_new(guint64, ROWS * COLUMNS);
	g_autofree FnCell *shown = g_new(FnCell, (ROWS + 1) * (COLUMNS + 1));

	for (guint i = 0; i < ROWS * COLUMNS; i++)
		count[i] = (guint64)g_rand_int_range(rand, 0, g_rand_int_range(rand, 0, 10) == 0 ? 8 : 500);
	g_assert_true(fn_cells_suppress(count, ROWS, COLUMNS, 5, shown, NULL));
	for (guint row = 0; row < ROWS; row++) {
		guint hidden = 0;

		for (guint column = 0; column < COLUMNS; column++) {
			guint64 one = count[row * COLUMNS + column];

			hidden += shown[row * (COLUMNS + 1) + column] == FN_CELL_SUPPRESSED;
			g_assert_true(one == 0 || one >= 5 || shown[row * (COLUMNS + 1) + column] == FN_CELL_SUPPRESSED);
		}
		g_assert_cmpuint(hidden, !=, 1);
	}
}

static void
test_bad(void)
{
	static const guint64 count[] = { G_MAXUINT64, 1 };
	FnCell shown[6];
	g_autoptr(GError) error = NULL;
	static const guint sizes[][2] = { { 0, 1 }, { 1, 0 }, { 128, 128 }, { FN_CELLS_MAX, 1 }, { G_MAXUINT, G_MAXUINT }, { 1, G_MAXUINT } };

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_assert_false(fn_cells_suppress(count, sizes[i][0], sizes[i][1], 5, shown, &error));
		g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_TABLE);
		g_clear_error(&error);
	}
	g_assert_false(fn_cells_suppress(count, 1, 2, 5, shown, &error));
	g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_TABLE);
	g_clear_error(&error);
	for (guint i = 0; i < 3; i++) {
		g_assert_false(fn_cells_suppress(count, 1, 2, i < 2 ? i : FN_CELLS_MAX_THRESHOLD + 1, shown, &error));
		g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_OPTIONS);
		g_clear_error(&error);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cells/random", test_random);
	g_test_add_func("/cells/rest", test_rest);
	g_test_add_func("/cells/rest-refused", test_rest_refused);
	g_test_add_func("/cells/attacker", test_attacker);
	g_test_add_func("/cells/known", test_known);
	g_test_add_func("/cells/report", test_report);
	g_test_add_func("/cells/sparse", test_sparse);
	g_test_add_func("/cells/large", test_large);
	g_test_add_func("/cells/bad", test_bad);
	return g_test_run();
}
