#include "disclosure/disclosure_priv.h"

#include <math.h>
#include <string.h>

static void
fill_seeded(void *out, gsize size, gpointer rand)
{
	for (gsize i = 0; i < size; i++)
		((guint8 *)out)[i] = (guint8)g_rand_int(rand);
}

static gint64
draw(gint64 count, const char *epsilon, GRand *rand)
{
	g_autoptr(GError) error = NULL;
	gint64 out;

	g_assert_true(fn_noisy_count(count, epsilon, fill_seeded, rand, &out, &error));
	g_assert_no_error(error);
	return out;
}

/* How often each value comes, against what the mechanism promises: chi squared over -REACH to REACH and both tails. The bound is
 * its 99.99 % point for 2 × REACH + 2 degrees of freedom. */
static void
test_distribution(void)
{
	enum { REACH = 6, DRAWS = 100000, BINS = 2 * REACH + 3 };
	static const struct {
		const char *text;
		double value;
	} epsilons[] = { { "1", 1 }, { "1/2", 0.5 }, { "7/5", 1.4 }, { "999999999/1000000000", 0.999999999 }, { "6/12", 0.5 } };

	for (gsize i = 0; i < G_N_ELEMENTS(epsilons); i++) {
		g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)i + 1);
		double p = exp(-epsilons[i].value), at_zero = (1 - p) / (1 + p), chi = 0;
		guint seen[BINS] = { 0 };

		for (guint draws = 0; draws < DRAWS; draws++) {
			gint64 noise = draw(1000, epsilons[i].text, rand) - 1000;

			seen[CLAMP(noise, -REACH - 1, REACH + 1) + REACH + 1]++;
		}
		for (int value = -REACH - 1; value <= REACH + 1; value++) {
			double expected = DRAWS * at_zero * pow(p, abs(value)) / (abs(value) > REACH ? 1 - p : 1);

			chi += pow(seen[value + REACH + 1] - expected, 2) / expected;
		}
		g_test_message("epsilon %s: chi squared %.1f", epsilons[i].text, chi);
		g_assert_cmpfloat(chi, <, 42.6);
	}
}

/* The same random bytes give the same noise, whatever the count: it depends on nothing else. */
static void
test_independent(void)
{
	for (guint32 seed = 0; seed < 50; seed++) {
		g_autoptr(GRand) a = g_rand_new_with_seed(seed), b = g_rand_new_with_seed(seed);

		g_assert_cmpint(draw(0, "1/10", a), ==, draw(12345, "1/10", b) - 12345);
	}
}

static void
test_ends(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);
	gint64 out = 0;
	guint different = 0;

	for (guint i = 0; i < 50; i++) {
		g_assert_cmpint(draw(G_MAXINT64, "1/1000", rand), >, G_MAXINT64 - 100000);
		g_assert_cmpint(draw(G_MININT64, "1/1000", rand), <, G_MININT64 + 100000);
		g_assert_cmpint(draw(7, "1000", rand), ==, 7);
		g_assert_true(fn_noisy_count(0, "1/1000000", NULL, NULL, &out, NULL));
		different += out != 0;
	}
	g_assert_cmpuint(different, >, 40);
}

static const char *const bad_fractions[] = { "", "0", "-1", "1/0", "0/1", "1/", "/1", "1/2/3", "1.5", "1e3", "1 /2", "1000000001", "1/1000000001", "x" };

static void
test_bad(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(bad_fractions); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(FnBudget) budget = NULL;
		gint64 out = 77;

		g_assert_null(fn_budget_new(bad_fractions[i], &error));
		g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_BUDGET);
		g_clear_error(&error);
		g_assert_false(fn_noisy_count(1, bad_fractions[i], NULL, NULL, &out, &error));
		g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_BUDGET);
		g_assert_cmpint(out, ==, 77);
		g_clear_error(&error);
		budget = fn_budget_new("1", NULL);
		g_assert_false(fn_budget_spend(budget, bad_fractions[i], &error));
		g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_BUDGET);
	}
}

/* What is spent in turn, and the budget after it; a refusal changes nothing. */
static const struct {
	const char *total, *spend[5];
	gboolean fine[5];
	const char *text;
} budgets[] = {
	{ "1", { "1/3", "1/3", "1/3", "1/1000000000" }, { TRUE, TRUE, TRUE, FALSE }, "{\"spent\":\"1\",\"total\":\"1\"}" },
	{ "1", { "2", "1/2", "2/3", "1/2" }, { FALSE, TRUE, FALSE, TRUE }, "{\"spent\":\"1\",\"total\":\"1\"}" },
	{ "14/20", { "1/10" }, { TRUE }, "{\"spent\":\"1/10\",\"total\":\"7/10\"}" },
	{ "3", { "1/999999937", "1/999999929", "1" }, { TRUE, FALSE, TRUE }, "{\"spent\":\"999999938/999999937\",\"total\":\"3\"}" },
	{ "1000000000", { "999999999", "1", "1" }, { TRUE, TRUE, FALSE }, "{\"spent\":\"1000000000\",\"total\":\"1000000000\"}" },
	{ "5", { NULL }, { 0 }, "{\"spent\":\"0\",\"total\":\"5\"}" },
};

static void
test_budgets(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(budgets); i++) {
		g_autoptr(FnBudget) budget = fn_budget_new(budgets[i].total, NULL), again = NULL;
		g_autofree char *text = NULL, *text_again = NULL;
		g_autoptr(GError) error = NULL;

		for (guint spend = 0; spend < 5 && budgets[i].spend[spend] != NULL; spend++) {
			g_autoptr(GError) why = NULL;

			g_assert_cmpint(fn_budget_spend(budget, budgets[i].spend[spend], &why), ==, budgets[i].fine[spend]);
			g_assert_cmpint(why == NULL, ==, budgets[i].fine[spend]);
		}
		text = fn_budget_text(budget);
		g_assert_cmpstr(text, ==, budgets[i].text);
		again = fn_budget_parse(text, strlen(text), &error);
		g_assert_no_error(error);
		text_again = fn_budget_text(again);
		g_assert_cmpstr(text, ==, text_again);
	}
}

static const char *const bad_budgets[] = {
	"",
	"[]",
	"{}",
	"{\"spent\":\"0\"}",
	"{\"spent\":0,\"total\":\"1\"}",
	"{\"spent\":\"0\",\"total\":1}",
	"{\"spent\":\"0\",\"total\":\"0\"}",
	"{\"spent\":\"-1\",\"total\":\"1\"}",
	"{\"spent\":\"2\",\"total\":\"1\"}",
	"{\"spent\":\"0\",\"total\":\"1\",\"more\":\"1\"}",
	"{\"spent\":\"0\",\"spent\":\"0\",\"total\":\"1\"}",
};

static void
test_bad_budgets(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(bad_budgets); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_budget_parse(bad_budgets[i], strlen(bad_budgets[i]), &error));
		g_assert_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_BUDGET);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/noise/distribution", test_distribution);
	g_test_add_func("/noise/independent", test_independent);
	g_test_add_func("/noise/ends", test_ends);
	g_test_add_func("/noise/bad", test_bad);
	g_test_add_func("/noise/budgets", test_budgets);
	g_test_add_func("/noise/bad-budgets", test_bad_budgets);
	return g_test_run();
}
