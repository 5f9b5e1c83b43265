#include "disclosure/crosstab.h"

#include "base/json.h"

#include <string.h>

enum { THRESHOLD = 5 };

typedef struct {
	FnHierarchy *birth;
	FnMaskColumn *keep, *first;
	FnCrosstab *table;
} Fixture;

static void
set_up(Fixture *f, gconstpointer unused)
{
	f->birth = fn_hierarchy_new("date", NULL, 0, NULL);
	f->keep = fn_mask_column_new("keep", FN_SUITE_INTL, NULL, "x", NULL);
	f->first = fn_mask_column_new("partial:keep=1.0", FN_SUITE_INTL, NULL, "x", NULL);
}

static void
tear_down(Fixture *f, gconstpointer unused)
{
	fn_crosstab_free(f->table);
	fn_hierarchy_free(f->birth);
	fn_mask_column_free(f->keep);
	fn_mask_column_free(f->first);
}

/* By decade of birth, and by colour. */
static void
begin(Fixture *f, guint n)
{
	FnCrosstabField field[] = { { "birth", f->birth, 3, f->keep }, { "colour", NULL, 0, f->keep } };

	fn_crosstab_free(f->table);
	f->table = fn_crosstab_new(field, n);
}

static gboolean
try_add(Fixture *f, const char *a, const char *b, GError **error)
{
	const char *value[2] = { a, b };
	guint32 size[2] = { a != NULL ? (guint32)strlen(a) : 0, b != NULL ? (guint32)strlen(b) : 0 };
	FnColumn column[2] = { { &value[0], &size[0], 1 }, { &value[1], &size[1], 1 } };

	return fn_crosstab_add(f->table, column, error);
}

static void
add(Fixture *f, const char *a, const char *b, guint times)
{
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < times; i++)
		try_add(f, a, b, &error);
	g_assert_no_error(error);
}

static char *
closed(Fixture *f)
{
	g_autoptr(GError) error = NULL;
	json_t *json;
	char *text;

	fn_crosstab_close(f->table, THRESHOLD, FALSE, &error);
	g_assert_no_error(error);
	json = fn_crosstab_exact(f->table, &error);
	g_assert_no_error(error);
	text = fn_json_canonical(json);
	json_decref(json);
	return text;
}

/* Nothing is small: all is shown, and what does not fit its hierarchy, or is too long, stands under "*". */
static void
test_plain(Fixture *f, gconstpointer unused)
{
	g_autofree char *text = NULL, *one = NULL;
	char longer[FN_CROSSTAB_LABEL + 2];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	begin(f, 2);
	add(f, "1987-03-12", "red", 6);
	add(f, "1981-07-01", "red", 4);
	add(f, "1981-07-01", "blue", 20);
	add(f, "1999-12-31", "blue", 7);
	add(f, "1999-12-31", longer, 5);
	add(f, "today", NULL, 9);
	add(f, NULL, "red", 11);
	g_assert_cmpuint(fn_crosstab_rows(f->table), ==, 62);
	text = closed(f);
	g_assert_cmpstr(text, ==, "{\"by\":[\"birth\",\"colour\"],\"cells\":[[20,10,0],[7,0,5],[0,11,9]],\"column_totals\":[27,21,14],"
		"\"columns\":[\"blue\",\"red\",\"*\"],\"measure\":\"count\",\"row_totals\":[30,12,20],\"rows\":[\"1980s\",\"1990s\",\"*\"],"
		"\"threshold\":5,\"total\":62,\"withheld\":0}");
	begin(f, 1);
	add(f, "1987-03-12", NULL, 6);
	add(f, "1999-12-31", NULL, 3);
	add(f, "2005-12-31", NULL, 8);
	one = closed(f);
	g_assert_cmpstr(one, ==, "{\"by\":[\"birth\"],\"cells\":[null,null,8],\"measure\":\"count\",\"rows\":[\"1980s\",\"1990s\",\"2000s\"],"
		"\"threshold\":5,\"total\":17,\"withheld\":2}");
}

/* A value without a hierarchy that few have is not named, and how many have such is not told. */
static void
test_unnamed(Fixture *f, gconstpointer unused)
{
	g_autofree char *text = NULL;

	begin(f, 2);
	add(f, "1987-03-12", "red", 60);
	add(f, "1999-12-31", "red", 40);
	add(f, "1987-03-12", "blue", 30);
	add(f, "1999-12-31", "blue", 50);
	for (guint i = 0; i < 6; i++) {
		g_autofree char *rare = g_strdup_printf("rare %u", i);

		add(f, "1987-03-12", rare, THRESHOLD - 1);
	}
	text = closed(f);
	g_assert_null(strstr(text, "rare"));
	g_assert_nonnull(strstr(text, "\"columns\":[\"blue\",\"red\",\"*\"]"));
	g_assert_null(strstr(text, "24"));
	g_assert_nonnull(strstr(text, "\"total\":204"));
	g_assert_null(strstr(text, "\"withheld\":0"));
}

/* What a mask makes alike is counted as alike. */
static void
test_masked(Fixture *f, gconstpointer unused)
{
	FnCrosstabField field = { "name", NULL, 0, f->first };
	g_autofree char *text = NULL;

	f->table = fn_crosstab_new(&field, 1);
	add(f, "Wang", NULL, 5);
	add(f, "Wong", NULL, 4);
	add(f, "Li", NULL, 8);
	text = closed(f);
	g_assert_nonnull(strstr(text, "\"rows\":[\"L*\",\"W***\"]"));
	g_assert_nonnull(strstr(text, "\"cells\":[8,9]"));
}

static void
test_too_few(Fixture *f, gconstpointer unused)
{
	static const struct {
		const char *a, *b;
		guint times, kinds;
	} rows[] = { { "1987-03-12", "red", 0, 1 }, { "1987-03-12", "red", THRESHOLD - 1, 1 }, { "1987-03-12", NULL, 4, 30 } };

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		for (guint noisy = 0; noisy < 2; noisy++) {
			g_autoptr(GError) error = NULL;

			begin(f, 2);
			for (guint k = 0; k < rows[i].kinds; k++) {
				g_autofree char *own = g_strdup_printf("colour %u", k);

				add(f, rows[i].a, rows[i].b != NULL ? rows[i].b : own, rows[i].times);
			}
			g_assert_false(fn_crosstab_close(f->table, THRESHOLD, noisy != 0, &error));
			g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_IMPOSSIBLE);
		}
}

/* Memory is bounded by the table: one label more than it may have ends it. */
static void
test_too_large(Fixture *f, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	guint i = 0;

	begin(f, 2);
	for (gboolean good = TRUE; good; i++) {
		g_autofree char *colour = g_strdup_printf("%u", i);

		good = try_add(f, i % 2 == 0 ? "1987-03-12" : "1999-03-12", colour, &error);
	}
	g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_TABLE);
	g_assert_cmpuint(i, ==, FN_CROSSTAB_CELLS / 3);
}

/* More values than are remembered: they are counted rightly all the same. */
static void
test_forgotten(Fixture *f, gconstpointer unused)
{
	enum { DAYS = 70000 };
	g_autofree char *text = NULL;
	GDate day;

	begin(f, 1);
	g_date_set_dmy(&day, 1, 1, 1900);
	for (guint i = 0; i < DAYS; i++) {
		char written[16];

		g_date_strftime(written, sizeof(written), "%Y-%m-%d", &day);
		add(f, written, NULL, 1);
		g_date_add_days(&day, 1);
	}
	text = closed(f);
	g_assert_nonnull(strstr(text, "\"cells\":[3652,3652,3653,"));
	g_assert_nonnull(strstr(text, "\"total\":70000"));
}

/* ---- noise ---- */

static void
fill_seeded(void *out, gsize size, gpointer rand)
{
	for (gsize i = 0; i < size; i++)
		((guint8 *)out)[i] = (guint8)g_rand_int(rand);
}

static json_t *
noisy(Fixture *f, guint32 seed)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	g_autoptr(GError) error = NULL;
	json_t *json = fn_crosstab_noisy(f->table, "1", fill_seeded, rand, &error);

	g_assert_no_error(error);
	return json;
}

/* Every count is near what it is, none is the exact one throughout, and rare names are not told. */
static void
test_noisy(Fixture *f, gconstpointer unused)
{
	guint other = 0;

	begin(f, 2);
	add(f, "1987-03-12", "red", 60);
	add(f, "1999-12-31", "blue", 500);
	add(f, "1871-12-31", "rare", 1);
	g_assert_true(fn_crosstab_close(f->table, THRESHOLD, TRUE, NULL));
	for (guint32 seed = 0; seed < 40; seed++) {
		json_t *json = noisy(f, seed), *again = noisy(f, seed);
		json_int_t red = json_integer_value(json_array_get(json_array_get(json_object_get(json, "cells"), 0), 1));
		json_int_t none = json_integer_value(json_array_get(json_array_get(json_object_get(json, "cells"), 0), 0));

		g_assert_true(json_equal(json, again));
		g_assert_cmpuint(json_array_size(json_object_get(json, "rows")), ==, 3);
		g_assert_cmpstr(json_string_value(json_array_get(json_object_get(json, "rows"), 2)), ==, "*");
		g_assert_cmpint(ABS(red - 60), <, 25); /* more comes once in 10^10 */
		g_assert_cmpint(none, >=, 0);
		g_assert_cmpint(none, <, 25);
		g_assert_cmpint(ABS(json_integer_value(json_object_get(json, "total")) - 561), <, 120);
		g_assert_cmpstr(json_string_value(json_object_get(json, "epsilon")), ==, "1");
		other += red != 60;
		json_decref(json);
		json_decref(again);
	}
	g_assert_cmpuint(other, >, 10);
}

/* ---- tables after another ---- */

static void
test_distance(void)
{
	static const char base[] = "{\"cells\":[[20,null],[7,9]],\"column_totals\":[27,null],\"columns\":[\"a\",\"b\"],\"row_totals\":[null,16],"
		"\"rows\":[\"x\",\"y\"],\"total\":36}";
	static const struct {
		const char *a, *b;
		gint64 distance;
	} pairs[] = {
		{ base, base, 0 },
		{ base, "{\"cells\":[[20,null],[7,9]],\"column_totals\":[27,null],\"columns\":[\"a\",\"b\"],\"row_totals\":[null,16],\"rows\":[\"x\",\"y\"],"
			"\"total\":40}", 4 },
		{ base, "{\"cells\":[[null,50],[7,9]],\"column_totals\":[27,null],\"columns\":[\"a\",\"b\"],\"row_totals\":[null,16],\"rows\":[\"x\",\"y\"],"
			"\"total\":36}", 0 }, /* what either withholds is no difference */
		{ base, "{\"cells\":[[20,null],[7,9]],\"column_totals\":[27,null],\"columns\":[\"a\",\"b\"],\"row_totals\":[null,16],\"rows\":[\"z\",\"y\"],"
			"\"total\":36}", 20 }, /* x is not named any more */
		{ "{\"cells\":[5,6],\"rows\":[\"x\",\"y\"],\"total\":11}", "{\"cells\":[5,9],\"rows\":[\"x\",\"y\"],\"total\":14}", 3 },
		{ "{\"cells\":[5,6],\"rows\":[\"x\",\"y\"],\"total\":11}", "{\"cells\":[5],\"rows\":[\"x\"],\"total\":11}", 6 },
		{ "{}", "{}", 0 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
		json_t *a = fn_json_parse(pairs[i].a, strlen(pairs[i].a), NULL), *b = fn_json_parse(pairs[i].b, strlen(pairs[i].b), NULL);

		g_test_message("pair %zu", i);
		g_assert_cmpint(fn_crosstab_distance(a, b), ==, pairs[i].distance);
		g_assert_cmpint(fn_crosstab_distance(b, a), ==, pairs[i].distance);
		json_decref(a);
		json_decref(b);
	}
}

#define ADD(path, test) g_test_add(path, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("/crosstab/plain", test_plain);
	ADD("/crosstab/unnamed", test_unnamed);
	ADD("/crosstab/masked", test_masked);
	ADD("/crosstab/too-few", test_too_few);
	ADD("/crosstab/too-large", test_too_large);
	ADD("/crosstab/forgotten", test_forgotten);
	ADD("/crosstab/noisy", test_noisy);
	g_test_add_func("/crosstab/distance", test_distance);
	return g_test_run();
}
