#include "mask/testing.h"

static const TestCase cases[] = {
	{ "number:round=10", "37", "40" },
	{ "number:round=10", "35", "40" },
	{ "number:round=10", "34.999", "30" },
	{ "number:round=10", "-35", "-40" },
	{ "number:round=10", "-4", "0" },
	{ "number:round=10", "0", "0" },
	{ "number:round=1", "0.5", "1" },
	{ "number:round=1000", "8236.5", "8000" },
	{ "number:round=1000000000", "999999999999999", "1000000000000000" },
	{ "number:bucket=10", "0", "[0,10)" },
	{ "number:bucket=10", "9.999", "[0,10)" },
	{ "number:bucket=10", "10", "[10,20)" },
	{ "number:bucket=10", "-1", "[-10,0)" },
	{ "number:bucket=10", "-10", "[-10,0)" },
	{ "number:bucket=10", "-10.1", "[-20,-10)" },
	{ "number:bucket=10", "-0", "[0,10)" },
	{ "number:bucket=500", "1234.56", "[1000,1500)" },
	{ "number:bucket=1000000000", "999999999999999", "[999999000000000,1000000000000000)" },
	{ "number:bucket=10", NULL, NULL },
	{ "number:bucket=10", "", "***" },
	{ "number:bucket=10", "-", "***" },
	{ "number:bucket=10", ".5", "***" },
	{ "number:bucket=10", "5.", "***" },
	{ "number:bucket=10", "1.2.3", "***" },
	{ "number:bucket=10", "+5", "***" },
	{ "number:bucket=10", "--5", "***" },
	{ "number:bucket=10", "007", "***" },
	{ "number:bucket=10", "-01", "***" },
	{ "number:bucket=10", "1e5", "***" },
	{ "number:bucket=10", "1,234", "***" },
	{ "number:bucket=10", " 5", "***" },
	{ "number:bucket=10", "5 ", "***" },
	{ "number:bucket=10", "0x10", "***" },
	{ "number:bucket=10", "nan", "***" },
	{ "number:bucket=10", "八", "***" },
	{ "number:bucket=10", "５", "***" },
	{ "number:bucket=10", "1.1234567", "***" },
	{ "number:bucket=10", "1234567890123456", "***" },
	{ "number:bucket=10", "1\xff", "***" },
	{ "number:noise=10", "007", "***" },
	{ "number:round=10,else=null", "n/a", NULL },
};

static void
test_cases(void)
{
	test_mask_cases(cases, G_N_ELEMENTS(cases));
}

/* Within the bound, never the number itself, as many decimals, the sign stays, the same each time. */
static void
test_noise(void)
{
	static const struct {
		const char *sign, *decimals;
	} forms[] = { { "", "" }, { "", ".5" }, { "-", "" }, { "-", ".25" }, { "", ".000001" } };
	guint above = 0, n = 0;

	for (gsize f = 0; f < G_N_ELEMENTS(forms); f++)
		for (guint i = 0; i < 200; i++, n++) {
			g_autofree char *in = g_strdup_printf("%s%u%s", forms[f].sign, i, forms[f].decimals);
			g_autofree char *out = test_mask_one("number:noise=20", FN_SUITE_GM, test_key, "c", in);
			g_autofree char *again = test_mask_one("number:noise=20", FN_SUITE_GM, test_key, "c", in);
			double was = g_ascii_strtod(in, NULL), is = g_ascii_strtod(out, NULL);
			const char *point_in = strchr(in, '.'), *point_out = strchr(out, '.');

			g_assert_cmpstr(out, ==, again);
			g_assert_true(was != is && is - was <= 20.0000001 && was - is <= 20.0000001);
			g_assert_true(was * is >= 0);
			g_assert_cmpuint(point_in != NULL ? strlen(point_in) : 0, ==, point_out != NULL ? strlen(point_out) : 0);
			above += is > was;
		}
	g_assert_cmpuint(above, >, n / 3);
	g_assert_cmpuint(above, <, n * 2 / 3);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/number/cases", test_cases);
	g_test_add_func("/number/noise", test_noise);
	return g_test_run();
}
