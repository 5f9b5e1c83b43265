/* The plan that is chosen, against the best of all that there are. */
#include "disclosure/testing.h"

typedef struct {
	guint32 seed;
	guint n, rows, spread;
	FnDisclosureOptions options;
	gsize memory;
	guint levels[FN_TEST_COLUMNS];
} Case;

static const Case cases[] = {
	{ 1, 1, 50, 30, { 2, 1, 0, FALSE }, 1 << 20, { 0 } },
	{ 2, 2, 60, 500, { 3, 1, 50000, FALSE }, 1 << 20, { 0 } },
	{ 3, 3, 200, 1000, { 5, 1, 50000, FALSE }, 1 << 20, { 0 } },
	{ 4, 4, 400, 100, { 5, 1, 100000, FALSE }, 1 << 20, { 0 } },
	{ 5, 4, 400, 10, { 5, 1, 20000, FALSE }, 1 << 20, { 0 } },
	{ 6, 4, 400, 10, { 5, 3, 20000, FALSE }, 1 << 20, { 0 } },
	{ 7, 4, 300, 40, { 6, 6, 300000, FALSE }, 1 << 20, { 0 } },
	{ 8, 4, 900, 300, { 2, 1, 0, FALSE }, FN_DISCLOSURE_MIN_MEMORY, { 0 } },
	{ 9, 4, 900, 300, { 4, 2, 100000, FALSE }, FN_DISCLOSURE_MIN_MEMORY, { 0 } },
	{ 10, 3, 500, 60, { 5, 1, 500000, FALSE }, 1 << 20, { 1, 0, 2, 0 } },
	{ 11, 4, 800, 80, { 10, 2, 400000, FALSE }, 1 << 20, { 3, 3, 0, 1 } },
};

static guint
withheld_at(const FnTestRows *rows, const guint *level, const FnDisclosureOptions *options)
{
	g_autoptr(GHashTable) groups = fn_test_groups(rows, 0, rows->rows, level);
	GHashTableIter iter;
	gpointer group;
	guint withheld = 0;

	g_hash_table_iter_init(&iter, groups);
	while (g_hash_table_iter_next(&iter, NULL, &group))
		withheld += fn_test_group_is_safe(group, options) ? 0 : ((FnTestGroup *)group)->rows;
	return withheld;
}

typedef struct {
	gboolean found;
	guint loss, withheld, level[FN_TEST_COLUMNS];
} Best;

/* All nodes in the order of their levels, first column first, so that the first of equals stays. */
static Best
try_all(const FnTestRows *rows, const Case *c)
{
	guint level[FN_TEST_COLUMNS] = { 0 }, allowed = (guint)((guint64)rows->rows * c->options.suppress_ppm / 1000000);
	Best best = { 0 };

	for (gboolean more = TRUE; more;) {
		guint withheld = withheld_at(rows, level, &c->options), loss = 0;

		for (guint i = 0; i < rows->n; i++)
			loss += level[i] * 1000000 / fn_hierarchy_top(rows->hierarchy[i]);
		loss /= rows->n;
		if (withheld <= allowed && (!best.found || loss < best.loss || (loss == best.loss && withheld < best.withheld))) {
			best = (Best){ TRUE, loss, withheld, { 0 } };
			memcpy(best.level, level, sizeof(level));
		}
		more = FALSE;
		for (guint i = rows->n; i-- > 0 && !more;) {
			guint most = c->levels[i] != 0 ? c->levels[i] : fn_hierarchy_top(rows->hierarchy[i]) + 1;

			level[i] = (level[i] + 1) % most;
			more = level[i] != 0;
		}
	}
	return best;
}

static void
test_best(void)
{
	guint found = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const Case *c = &cases[i];
		g_auto(FnTestRows) rows = fn_test_rows(c->seed, c->n, c->rows, c->spread);
		g_autoptr(FnCensus) census = NULL;
		g_autoptr(FnDisclosurePlan) plan = NULL;
		g_autoptr(GError) error = NULL;
		Best best;

		for (guint column = 0; column < c->n; column++)
			rows.quasi[column].levels = c->levels[column];
		census = fn_test_census(&rows, c->options.l > 1, c->memory, 0, c->rows);
		best = try_all(&rows, c);
		plan = fn_census_choose(census, &c->options, &error);
		if (!best.found) {
			g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_IMPOSSIBLE);
			continue;
		}
		g_assert_no_error(error);
		found++;
		for (guint column = 0; column < c->n; column++)
			g_assert_cmpuint(fn_disclosure_plan_level(plan, column), ==, best.level[column]);
	}
	g_assert_cmpuint(found, >, 8);
}

/* Little memory changes nothing but the time. */
static void
test_little_memory(void)
{
	for (guint l = 1; l < 4; l += 2) {
		g_auto(FnTestRows) rows = fn_test_rows(20 + l, 4, 6000, 100000);
		g_autoptr(FnCensus) much = fn_test_census(&rows, l > 1, FN_DISCLOSURE_MEMORY, 0, rows.rows);
		g_autoptr(FnCensus) little = fn_test_census(&rows, l > 1, FN_DISCLOSURE_MIN_MEMORY, 0, rows.rows);
		FnDisclosureOptions options = { 5, l, 50000, FALSE };
		g_autoptr(GError) error = NULL;
		g_autoptr(FnDisclosurePlan) a = fn_census_choose(much, &options, &error), b = fn_census_choose(little, &options, &error);
		g_autofree char *a_text = NULL, *b_text = NULL;

		g_assert_no_error(error);
		g_assert_false(fn_tally_spilled(much->tally));
		g_assert_true(fn_tally_spilled(little->tally));
		a_text = fn_disclosure_plan_text(a);
		b_text = fn_disclosure_plan_text(b);
		g_assert_cmpstr(a_text, ==, b_text);
	}
}

static void
test_no_room(void)
{
	g_auto(FnTestRows) rows = fn_test_rows(30, 4, 3000, 100000);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnCensus) census = fn_census_new(rows.quasi, 4, NULL, FN_DISCLOSURE_MIN_MEMORY, NULL, &error);

	for (guint row = 0; row < rows.rows; row += FN_TEST_BATCH) {
		FnTestBatch batch;

		fn_test_batch(&rows, row, MIN(rows.rows - row, FN_TEST_BATCH), &batch);
		if (!fn_census_add(census, batch.column, NULL, &error))
			break;
	}
	g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_SPILL);
	/* What was not counted whole is never the ground of a plan or a release. */
	for (guint i = 0; i < 2; i++) {
		FnDisclosureOptions options = fn_disclosure_options();

		g_clear_error(&error);
		g_assert_null(fn_census_choose(census, &options, &error));
		g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_SPILL);
	}
}

static const struct {
	FnDisclosureOptions options;
	guint levels, rows; /* of the birth date */
	gboolean sensitive;
	FnDisclosureError code;
	const char *named;
} bad[] = {
	{ { 1, 1, 0, FALSE }, 0, 100, FALSE, FN_DISCLOSURE_ERROR_OPTIONS, "k = 1" },
	{ { 0, 1, 0, FALSE }, 0, 100, FALSE, FN_DISCLOSURE_ERROR_OPTIONS, "k = 0" },
	{ { 5, 0, 0, FALSE }, 0, 100, FALSE, FN_DISCLOSURE_ERROR_OPTIONS, "l = 0" },
	{ { 5, 6, 0, FALSE }, 0, 100, TRUE, FN_DISCLOSURE_ERROR_OPTIONS, "l = 6" },
	{ { 5, 2, 0, FALSE }, 0, 100, FALSE, FN_DISCLOSURE_ERROR_OPTIONS, "sensitive column" },
	{ { 5, 1, 500001, FALSE }, 0, 100, FALSE, FN_DISCLOSURE_ERROR_OPTIONS, "500001" },
	{ { 5, 1, 0, FALSE }, 0, 0, FALSE, FN_DISCLOSURE_ERROR_IMPOSSIBLE, "0 rows" },
	{ { 5, 1, 0, FALSE }, 0, 4, FALSE, FN_DISCLOSURE_ERROR_IMPOSSIBLE, "4 rows" },
	{ { 5, 1, 50000, FALSE }, 1, 100, FALSE, FN_DISCLOSURE_ERROR_IMPOSSIBLE, "\"birth\"" },
	{ { 9, 8, 50000, FALSE }, 0, 100, TRUE, FN_DISCLOSURE_ERROR_IMPOSSIBLE, "\"sensitive\"" },
};

static void
test_bad_options(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_auto(FnTestRows) rows = fn_test_rows(40, 3, bad[i].rows, 1000);
		g_autoptr(FnCensus) census = NULL;
		g_autoptr(GError) error = NULL;

		rows.quasi[1].levels = bad[i].levels;
		census = fn_test_census(&rows, bad[i].sensitive, 1 << 20, 0, rows.rows);
		g_assert_null(fn_census_choose(census, &bad[i].options, &error));
		g_assert_error(error, FN_DISCLOSURE_ERROR, (int)bad[i].code);
		g_test_message("%s", error->message);
		g_assert_nonnull(strstr(error->message, bad[i].named));
	}
}

static void
refuse(const FnQuasi *quasi, guint n, const char *sensitive, gsize memory, const char *named)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_census_new(quasi, n, sensitive, memory, NULL, &error));
	g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_OPTIONS);
	g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, named));
}

static void
test_bad_columns(void)
{
	g_autoptr(FnHierarchy) date = fn_test_hierarchy("date", NULL);
	const FnQuasi twice[] = { { "a", date, 0 }, { "a", date, 0 } }, deep = { "a", date, 6 }, unnamed = { "", date, 0 }, strange = { "\xff", date, 0 },
		      one = { "a", date, 0 };
	FnQuasi many[FN_DISCLOSURE_MAX_QUASI + 1];
	g_autofree char *long_name = g_strnfill(129, 'a');
	const FnQuasi lengthy = { long_name, date, 0 };

	for (guint i = 0; i < G_N_ELEMENTS(many); i++)
		many[i] = one;
	refuse(twice, 2, NULL, 1 << 20, "twice");
	refuse(&deep, 1, NULL, 1 << 20, "6 levels");
	refuse(&unnamed, 1, NULL, 1 << 20, "UTF-8");
	refuse(&strange, 1, NULL, 1 << 20, "\\xff");
	refuse(&lengthy, 1, NULL, 1 << 20, "128");
	refuse(many, G_N_ELEMENTS(many), NULL, 1 << 20, "17");
	refuse(many, 0, NULL, 1 << 20, "0 quasi");
	refuse(&one, 1, "a", 1 << 20, "sensitive");
	refuse(&one, 1, "", 1 << 20, "UTF-8");
	refuse(&one, 1, NULL, 100, "memory");
}

/* Sixteen columns have more combinations of levels than can be looked at: said at once. */
static void
test_too_many_levels(void)
{
	g_autoptr(FnHierarchy) date = fn_test_hierarchy("date", NULL);
	static const char *const name[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p" };
	const char *value[6];
	guint32 size[6];
	FnQuasi quasi[FN_DISCLOSURE_MAX_QUASI];
	FnColumn column[FN_DISCLOSURE_MAX_QUASI];
	g_autoptr(GError) error = NULL;
	g_autoptr(FnCensus) census = NULL;
	FnDisclosureOptions options = fn_disclosure_options();

	for (guint i = 0; i < G_N_ELEMENTS(value); i++) {
		value[i] = "1987-03-12";
		size[i] = 10;
	}
	for (guint i = 0; i < FN_DISCLOSURE_MAX_QUASI; i++) {
		quasi[i] = (FnQuasi){ name[i], date, 0 };
		column[i] = (FnColumn){ value, size, G_N_ELEMENTS(value) };
	}
	census = fn_census_new(quasi, FN_DISCLOSURE_MAX_QUASI, NULL, 1 << 20, NULL, &error);
	g_assert_no_error(error);
	g_assert_true(fn_census_add(census, column, NULL, &error));
	g_assert_null(fn_census_choose(census, &options, &error));
	g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_OPTIONS);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/search/best", test_best);
	g_test_add_func("/search/little-memory", test_little_memory);
	g_test_add_func("/search/no-room", test_no_room);
	g_test_add_func("/search/bad-options", test_bad_options);
	g_test_add_func("/search/bad-columns", test_bad_columns);
	g_test_add_func("/search/too-many-levels", test_too_many_levels);
	return g_test_run();
}
