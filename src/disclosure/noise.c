/* Counts with noise, and the budget that pays for them. All in whole numbers: noise from floating point has holes by which the
 * count can be told (Mironov 2012). */
#include "disclosure/disclosure_priv.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

enum { MAX_PART = 1000000000 };

typedef struct {
	guint64 n, d; /* reduced, each at most MAX_PART: sums of products of four fit 64 bits */
} Fraction;

struct FnBudget {
	Fraction total, spent;
};

/* ---- fractions ---- */

static Fraction
reduce(guint64 n, guint64 d)
{
	guint64 a = n, b = d;

	while (b != 0) {
		guint64 rest = a % b;

		a = b;
		b = rest;
	}
	return (Fraction){ n / a, d / a };
}

static gboolean
parse_fraction(const char *text, guint64 least, Fraction *out)
{
	g_auto(GStrv) part = g_strsplit(text, "/", 3);
	guint parts = g_strv_length(part);
	guint64 n, d = 1;

	if (parts < 1 || parts > 2 || !g_ascii_string_to_unsigned(part[0], 10, least, MAX_PART, &n, NULL) ||
		(parts == 2 && !g_ascii_string_to_unsigned(part[1], 10, 1, MAX_PART, &d, NULL)))
		return FALSE;
	*out = reduce(n, d);
	return TRUE;
}

static gboolean
take_fraction(const char *what, const char *text, guint64 least, Fraction *out, GError **error)
{
	return parse_fraction(text, least, out) ||
		fn_disclosure_refuse(error, FN_DISCLOSURE_ERROR_BUDGET, what, text, "expected a fraction as in 3 or 7/10, parts up to %d", MAX_PART);
}

static char *
fraction_text(const Fraction *fraction)
{
	return fraction->d == 1 ? g_strdup_printf("%" G_GUINT64_FORMAT, fraction->n)
				: g_strdup_printf("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, fraction->n, fraction->d);
}

static gboolean
is_above(const Fraction *a, const Fraction *b)
{
	return a->n * b->d > b->n * a->d;
}

/* ---- budgets ---- */

FnBudget *
fn_budget_new(const char *total, GError **error)
{
	g_autoptr(FnBudget) budget = g_new0(FnBudget, 1);

	budget->spent.d = 1;
	return take_fraction("budget", total, 1, &budget->total, error) ? g_steal_pointer(&budget) : NULL;
}

void
fn_budget_free(FnBudget *budget)
{
	g_free(budget);
}

char *
fn_budget_text(const FnBudget *budget)
{
	GString *text = g_string_new(NULL);
	FnJson json = fn_json_to(text);
	g_autofree char *spent = fraction_text(&budget->spent), *total = fraction_text(&budget->total);

	fn_json_begin_object(&json);
	fn_json_member(&json, "spent", spent);
	fn_json_member(&json, "total", total);
	fn_json_end_object(&json);
	return g_string_free(text, FALSE);
}

static gboolean
take_budget(FnBudget *budget, const json_t *value, GError **error)
{
	const char *spent = json_string_value(json_object_get(value, "spent")), *total = json_string_value(json_object_get(value, "total"));

	if (!json_is_object(value) || json_object_size(value) != 2 || spent == NULL || total == NULL) {
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_BUDGET, "a budget is an object of spent and total, both texts");
		return FALSE;
	}
	if (!take_fraction("budget", total, 1, &budget->total, error) || !take_fraction("budget", spent, 0, &budget->spent, error))
		return FALSE;
	return !is_above(&budget->spent, &budget->total) ||
		fn_disclosure_refuse(error, FN_DISCLOSURE_ERROR_BUDGET, "budget", spent, "more is spent than the total, %s", total);
}

FnBudget *
fn_budget_parse(const char *text, gsize size, GError **error)
{
	g_autoptr(FnBudget) budget = g_new0(FnBudget, 1);
	g_autoptr(GError) why = NULL;
	json_t *value = fn_json_parse(text, size, &why);
	gboolean fine = FALSE;

	if (value == NULL)
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_BUDGET, "budget: %s", why->message);
	else
		fine = take_budget(budget, value, error);
	json_decref(value);
	return fine ? g_steal_pointer(&budget) : NULL;
}

gboolean
fn_budget_spend(FnBudget *budget, const char *epsilon, GError **error)
{
	Fraction price, sum;

	if (!take_fraction("epsilon", epsilon, 1, &price, error))
		return FALSE;
	sum = reduce(budget->spent.n * price.d + price.n * budget->spent.d, budget->spent.d * price.d);
	/* What does not fit is compared no further: its products might not fit either. */
	if (sum.n > MAX_PART || sum.d > MAX_PART)
		return fn_disclosure_refuse(error, FN_DISCLOSURE_ERROR_BUDGET, "epsilon", epsilon,
			"with what was spent it makes no fraction of parts up to %d", MAX_PART);
	if (is_above(&sum, &budget->total)) {
		g_autofree char *spent = fraction_text(&budget->spent), *total = fraction_text(&budget->total);

		return fn_disclosure_refuse(error, FN_DISCLOSURE_ERROR_BUDGET, "epsilon", epsilon, "the budget of %s does not hold it, %s is spent",
			total, spent);
	}
	budget->spent = sum;
	return TRUE;
}

/* ---- sampling: Canonne, Kamath and Steinke 2020 ---- */

typedef struct {
	FnRandomBytes fill;
	gpointer data;
} Source;

static void
fill_from_kernel(void *out, gsize size, gpointer data)
{
	fn_random(out, size);
}

/* 0 to @bound - 1, all alike. */
static guint64
uniform(const Source *source, guint64 bound)
{
	guint64 value, last = G_MAXUINT64 - G_MAXUINT64 % bound;

	do
		source->fill(&value, sizeof(value), source->data);
	while (value >= last);
	return value % bound;
}

/* TRUE with probability exp(-n / d), for n at most d: their algorithm 1. */
static gboolean
bernoulli_exp(const Source *source, guint64 n, guint64 d)
{
	guint64 k = 1;

	while (uniform(source, d * k) < n)
		k++;
	return k % 2 == 1;
}

/* Discrete Laplace noise of scale t / s: their algorithm 2. */
static gint64
discrete_laplace(const Source *source, guint64 s, guint64 t)
{
	for (;;) {
		guint64 rest = uniform(source, t), whole = 0, size;
		gboolean negative;

		if (!bernoulli_exp(source, rest, t))
			continue;
		while (bernoulli_exp(source, 1, 1))
			whole++;
		size = (rest + t * whole) / s;
		negative = uniform(source, 2) == 1;
		/* Zero has no sign: it would come twice. */
		if (!negative || size != 0)
			return negative ? -(gint64)size : (gint64)size;
	}
}

gboolean
fn_noisy_count(gint64 count, const char *epsilon, FnRandomBytes random, gpointer data, gint64 *out, GError **error)
{
	Source source = { random != NULL ? random : fill_from_kernel, data };
	Fraction scale;
	gint64 noise;

	if (!take_fraction("epsilon", epsilon, 1, &scale, error))
		return FALSE;
	noise = discrete_laplace(&source, scale.n, scale.d);
	if (__builtin_add_overflow(count, noise, out))
		*out = noise > 0 ? G_MAXINT64 : G_MININT64;
	return TRUE;
}
