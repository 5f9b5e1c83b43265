#include "extract/grid.h"

#include "extract/testing.h"

static void
test_number(void)
{
	static const struct {
		const char *stored, *plain;
	} cases[] = {
		{"1.1010119491231002E+17", "110101194912310020"},
		{"1.10101E+17", "110101000000000000"},
		{"1.38123456780001E10", "13812345678.0001"},
		{"1E+3", "1000"},
		{"-1.5e2", "-150"},
		{"13812345678", "13812345678"},
		{"1.5E-7", "1.5E-7"},
		{"1E+400", "1E+400"},
		{"1.0E+", "1.0E+"},
		{"E5", "E5"},
		{"", ""},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) out = g_string_new(NULL);

		fn_grid_number(out, cases[i].stored, strlen(cases[i].stored));
		g_assert_cmpstr(out->str, ==, cases[i].plain);
	}
}

static void
test_reference(void)
{
	guint row = 0, column = 0;

	g_assert_true(fn_grid_reference("B3", &row, &column) && row == 3 && column == 2);
	g_assert_true(fn_grid_reference("XFD1048576", &row, &column) && row == 1048576 && column == 16384);
	g_assert_false(fn_grid_reference("", &row, &column));
	g_assert_false(fn_grid_reference("3B", &row, &column));
	g_assert_false(fn_grid_reference("B", &row, &column));
	g_assert_false(fn_grid_reference("B3:C4", &row, &column));
}

static void
test_cells(void)
{
	g_autoptr(GString) said = g_string_new(NULL);
	FnSink sink = testing_sink(said, FALSE);
	FnLimits limits = fn_limits_default();
	g_autoptr(FnExtract) extract = fn_extract_new(&limits, &sink);
	FnGrid grid;

	fn_grid_init(&grid, extract);
	fn_grid_sheet(&grid, "S", "hidden");
	fn_grid_cell(&grid, 2, 1, "姓名", strlen("姓名"));
	fn_grid_cell(&grid, 2, 3, "no", 2);
	fn_grid_cell(&grid, 5, 2, "a\tb\nc", 5);
	fn_grid_cell(&grid, 5, 16384, "number", 6);
	fn_grid_cell(&grid, 6, 28, "after it", 8);
	fn_grid_aside(&grid, FN_GRID_FORMULA, 5, 2, "=A1");
	fn_grid_end(&grid);
	fn_grid_clear(&grid);
	g_assert_cmpstr(said->str, ==,
		"[hidden sheet]{S!A2}姓名\t\tno\n\ta b c\t\t{S!XFD5}number\n\t\t\t{S!AB6}after it\n"
		"[S, formulas]{S!B5}=A1\n");
}

/* Cells as cells: each with its place, its text as it is. */
static void
test_wanted_cells(void)
{
	g_autoptr(GString) said = g_string_new(NULL);
	FnSink sink = testing_sink(said, FALSE);
	FnLimits limits = fn_limits_default();
	g_autoptr(FnExtract) extract = fn_extract_new(&limits, &sink);
	FnGrid grid;

	fn_extract_want_cells(extract);
	fn_grid_init(&grid, extract);
	fn_grid_sheet(&grid, "S", NULL);
	fn_grid_cell(&grid, 2, 1, "a", 1);
	grid.number = TRUE;
	fn_grid_cell(&grid, 2, 16384, "7", 1);
	grid.number = FALSE;
	fn_grid_cell(&grid, 3, 2, "", 0);
	fn_grid_cell(&grid, 5, 2, "a\tb\nc", 5);
	fn_grid_end(&grid);
	fn_grid_clear(&grid);
	g_assert_cmpstr(said->str, ==, "[]{S!A2}a{S!XFD2 number}7{S!B5}a\tb\nc");
}

/* Only of workbooks whose rows are all there. */
static void
test_no_workbook(void)
{
	static const char *const texts[] = { "a,b\n1,2\n", "{\"a\":1}", "%PDF-1.4\n" };

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GString) said = g_string_new(NULL);
		FnSink sink = testing_sink(said, FALSE);
		FnLimits limits = fn_limits_default();
		g_autoptr(FnExtract) extract = fn_extract_new(&limits, &sink);

		fn_extract_want_cells(extract);
		fn_extract_document(extract, "", (const guint8 *)texts[i], strlen(texts[i]));
		g_assert_cmpstr(said->str, ==, "!unknown : a workbook is wanted\n");
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/grid/number", test_number);
	g_test_add_func("/grid/reference", test_reference);
	g_test_add_func("/grid/cells", test_cells);
	g_test_add_func("/grid/wanted_cells", test_wanted_cells);
	g_test_add_func("/grid/no_workbook", test_no_workbook);
	return g_test_run();
}
