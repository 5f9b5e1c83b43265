/* Pseudonyms before the scanner: nobody's number is no finding. */
#include "mask/mask.h"
#include "rules/rules.h"
#include "scan/scan.h"

#include "base/identifiers.h"

#include <string.h>

enum { N = 2000 };

typedef void (*Make)(GRand *rand, char out[64]);

static guint
pick(GRand *rand, guint n)
{
	return (guint)g_rand_int_range(rand, 0, (gint32)n);
}

static const char *const places[] = { "130102", "130104", "110105", "440106" };

static void
make_resident(GRand *rand, char out[64])
{
	g_snprintf(out, 64, "%s%04u%02u%02u%03u?", places[pick(rand, 4)], 1930 + pick(rand, 90), 1 + pick(rand, 12),
		1 + pick(rand, 28), 1 + pick(rand, 999));
	out[17] = fn_resident_id_check_character(out);
}

static void
make_resident15(GRand *rand, char out[64])
{
	g_snprintf(out, 64, "%s%02u%02u%02u%03u", places[pick(rand, 4)], pick(rand, 100), 1 + pick(rand, 12),
		1 + pick(rand, 28), 1 + pick(rand, 999));
}

static void
make_mobile(GRand *rand, char out[64])
{
	g_snprintf(out, 64, "13%09u", pick(rand, 1000000000));
}

static void
make_card(GRand *rand, char out[64])
{
	static const guint length[] = { 16, 17, 18, 19 };
	guint n = length[pick(rand, 4)];

	g_snprintf(out, 64, "622202%06u%07u", pick(rand, 1000000), pick(rand, 10000000));
	out[n - 1] = fn_luhn_digit(out, n - 1);
	out[n] = '\0';
}

static void
make_credit(GRand *rand, char out[64])
{
	g_snprintf(out, 64, "91130%03uMA%06u??", pick(rand, 1000), pick(rand, 1000000));
	out[16] = fn_organization_code_check_character(out + 8);
	out[17] = fn_credit_code_check_character(out);
}

static void
make_plate(GRand *rand, char out[64])
{
	static const struct {
		const char *before, *behind;
	} forms[] = { { "冀A1", "" }, { "冀AD1", "" }, { "冀A1", "F" }, { "冀A", "警" } };
	guint form = pick(rand, 4);

	g_snprintf(out, 64, "%s%04u%s", forms[form].before, pick(rand, 10000), forms[form].behind);
}

static void
make_name(GRand *rand, char out[64])
{
	GString *name = g_string_new("张");

	for (guint i = pick(rand, 3); i < 3; i++)
		g_string_append_unichar(name, 0x4e00 + pick(rand, 20000));
	g_strlcpy(out, name->str, 64);
	g_string_free(name, TRUE);
}

static const struct {
	const char *kind, *detector, *label;
	Make make;
} cases[] = {
	{ "resident_id", "cn.resident_id", "身份证号", make_resident }, { "resident_id15", "cn.resident_id", "身份证号", make_resident15 },
	{ "mobile", "cn.mobile", "手机", make_mobile }, { "bank_card", "cn.bank_card", "银行卡号", make_card },
	{ "credit_code", "cn.credit_code", "统一社会信用代码", make_credit }, { "plate", "cn.plate", "车牌号", make_plate },
	{ "name", "cn.name", "姓名", make_name },
};

/* @n values of a kind, clear (@masked FALSE) or as pseudonyms in @arena. */
static void
fill(guint c, gboolean masked, char (*text)[64], const char **value, FnMaskArena *arena)
{
	g_autofree char *spec = g_strdup_printf("pseudonym:kind=%s", cases[c].kind);
	g_autoptr(GRand) rand = g_rand_new_with_seed(20 + c);
	static const guint8 key[32] = { 8 };
	g_autoptr(FnMaskColumn) mask = fn_mask_column_new(spec, FN_SUITE_GM, key, "c", NULL);
	g_autofree guint32 *size = g_new(guint32, N);
	FnColumn column = { value, size, N };

	for (guint i = 0; i < N; i++) {
		cases[c].make(rand, text[i]);
		value[i] = text[i];
		size[i] = (guint32)strlen(text[i]);
	}
	if (masked)
		fn_mask_apply(mask, &column, arena);
	for (guint i = 0; i < N; i++)
		g_assert_cmpstr(value[i], !=, "***");
}

static guint
count(const FnScanner *scanner, const char *text, gsize size, const char *detector)
{
	g_autoptr(FnScanResult) result = fn_scan(scanner, text, size);
	guint n = 0;

	for (guint i = 0; i < result->listed; i++) {
		FnFinding finding = fn_scan_finding(result, i);

		if (detector == NULL)
			g_test_message("%s %.*s", finding.detector, (int)(finding.end - finding.start), text + finding.start);
		n += (guint)(detector == NULL || g_str_equal(finding.detector, detector));
	}
	return n;
}

/* Behind its own label, where detectors are readiest to believe: clear values are found, pseudonyms never. Bare ones are no
 * detector's at all. */
static void
test_text(gconstpointer data)
{
	const FnScanner *scanner = data;
	g_autofree char (*text)[64] = g_malloc(sizeof(*text) * N);
	g_autofree const char **value = g_new(const char *, N);

	for (guint c = 0; c < G_N_ELEMENTS(cases); c++) {
		for (guint masked = 0; masked < 2; masked++) {
			g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
			g_autoptr(GString) labelled = g_string_new(NULL), bare = g_string_new(NULL);
			guint own;

			fill(c, masked, text, value, arena);
			for (guint i = 0; i < N; i++) {
				g_string_append_printf(labelled, "%s：%s。\n", cases[c].label, value[i]);
				g_string_append_printf(bare, "%s\n", value[i]);
			}
			own = count(scanner, labelled->str, labelled->len, cases[c].detector);
			g_test_message("%s %s: %u", cases[c].kind, masked ? "masked" : "clear", own);
			if (masked) {
				g_assert_cmpuint(own, ==, 0);
				g_assert_cmpuint(count(scanner, bare->str, bare->len, NULL), ==, 0);
			} else
				g_assert_cmpuint(own, >, N / 2);
		}
	}
}

/* As a column under its own header: the header may tell, no value does. */
static void
test_column(gconstpointer data)
{
	const FnScanner *scanner = data;
	g_autofree char (*text)[64] = g_malloc(sizeof(*text) * N);
	g_autofree const char **value = g_new(const char *, N);

	for (guint c = 0; c < G_N_ELEMENTS(cases); c++) {
		g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
		FnColumnProfile profile;

		fill(c, TRUE, text, value, arena);
		profile = fn_scan_column(scanner, cases[c].label, value, N);
		g_test_message("%s: %s, %u matched", cases[c].kind, profile.detector, profile.matched);
		g_assert_cmpuint(profile.matched, ==, 0);
		g_assert_true(profile.why == FN_COLUMN_NOTHING || profile.why == FN_COLUMN_HEADER);
		fn_column_profile_clear(&profile);
		profile = fn_scan_column(scanner, "列", value, N);
		g_assert_null(profile.detector);
		g_assert_cmpint(profile.why, ==, FN_COLUMN_NOTHING);
		fn_column_profile_clear(&profile);
	}
}

static FnScanner *
scanner_of(const char *pack)
{
	g_autofree char *tree = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnRules) rules = fn_rules_load(tree, pack, NULL, &error);
	FnScanner *scanner;

	g_assert_no_error(error);
	scanner = fn_scanner_new(rules, &error);
	g_assert_no_error(error);
	return scanner;
}

int
main(int argc, char **argv)
{
	g_autoptr(FnScanner) national = NULL, city = NULL;

	g_test_init(&argc, &argv, NULL);
	national = scanner_of("national");
	city = scanner_of("shijiazhuang");
	g_test_add_data_func("/pseudonym-scan/text", national, test_text);
	g_test_add_data_func("/pseudonym-scan/text-city", city, test_text);
	g_test_add_data_func("/pseudonym-scan/column", national, test_column);
	return g_test_run();
}
