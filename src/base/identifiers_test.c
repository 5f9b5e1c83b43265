#include "base/identifiers.h"

#include <string.h>

typedef enum { ID18, ID15, CREDIT, ORGANIZATION, MOBILE } Kind;

static gboolean
check(Kind kind, const char *text, const FnIssued *issued)
{
	gsize size = strlen(text);

	switch (kind) {
	case ID18:
		return fn_resident_id_check(text, size, issued);
	case ID15:
		return fn_resident_id15_check(text, size, issued);
	case CREDIT:
		return fn_credit_code_check(text, size, issued);
	case ORGANIZATION:
		return fn_organization_code_check(text, size);
	case MOBILE:
		return fn_mobile_check(text, size, issued);
	}
	return FALSE;
}

static const struct {
	Kind kind;
	const char *text;
	gboolean valid;
} cases[] = {
	{ ID18, "11010519491231002X", TRUE }, /* the example of GB 11643 */
	{ ID18, "11010519491231002x", TRUE },
	{ ID18, "440524188001010014", FALSE }, /* the standard's other example: nobody born in 1880 is alive */
	{ ID18, "110105194912310021", FALSE },
	{ ID18, "11010519491331002X", FALSE },
	{ ID18, "110105190002291008", FALSE }, /* 1900 was no leap year */
	{ ID18, "810000199408230021", TRUE }, /* residence permit, Hong Kong */
	{ ID18, "1101051949123100", FALSE },
	{ ID18, "１1010519491231002X", FALSE },
	{ ID18, "", FALSE },
	{ ID15, "110105491231002", TRUE },
	{ ID15, "110105491331002", FALSE },
	{ ID15, "660105491231002", FALSE },
	{ ID15, "11010549123100X", FALSE },
	{ CREDIT, "91350100M000100Y43", TRUE }, /* the example of GB 32100 */
	{ CREDIT, "91350100M000100Y44", FALSE },
	{ CREDIT, "91350100M000100y43", FALSE },
	{ CREDIT, "91350100M0001O0Y43", FALSE },
	{ CREDIT, "12100000400000624D", TRUE }, /* body of the state */
	{ CREDIT, "", FALSE },
	{ ORGANIZATION, "M000100Y4", TRUE },
	{ ORGANIZATION, "D2143569X", TRUE }, /* the example of GB 11714 */
	{ ORGANIZATION, "D21435691", FALSE },
	{ ORGANIZATION, "d2143569X", FALSE },
	{ MOBILE, "13800138000", TRUE },
	{ MOBILE, "19012345678", TRUE },
	{ MOBILE, "15412345678", FALSE },
	{ MOBILE, "16012345678", FALSE },
	{ MOBILE, "19412345678", FALSE },
	{ MOBILE, "12012345678", FALSE },
	{ MOBILE, "1380013800", FALSE },
	{ MOBILE, "1380013800a", FALSE },
};

static void
test_cases(void)
{
	FnIssued issued = fn_issued_national();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("%s", cases[i].text);
		g_assert_cmpint(check(cases[i].kind, cases[i].text, &issued), ==, cases[i].valid);
	}
}

/* 18 characters around @place, with the right check character. */
static char *
resident(const char *place, const char *rest)
{
	char *text = g_strdup_printf("%s%s?", place, rest);

	text[17] = fn_resident_id_check_character(text);
	return text;
}

static void
test_provinces(void)
{
	FnIssued issued = fn_issued_national();
	guint found = 0;

	for (guint province = 0; province < 90; province++) {
		g_autofree char *place = g_strdup_printf("%02u0102", province);
		g_autofree char *id = resident(place, "19900307123");
		gboolean valid = fn_resident_id_check(id, 18, &issued);

		found += (guint)valid;
		g_assert_cmpint(fn_province_never_issued(province), ==, !valid);
	}
	g_assert_cmpuint(found, ==, 35);
	g_assert_false(fn_province_never_issued(95));
	g_assert_true(fn_province_never_issued(66));
}

static void
test_regions(void)
{
	static const struct {
		const char *place;
		gboolean known;
	} regions[] = {
		{ "110105", TRUE }, { "110103", TRUE } /* gone in 2010 */, { "132101", TRUE } /* gone in 1993 */, { "510202", TRUE } /* Chongqing before 1997 */,
		{ "330113", TRUE } /* since 2021 */, { "441900", TRUE } /* a city without counties */, { "659011", TRUE }, { "110199", FALSE },
		{ "130000", FALSE }, { "139901", FALSE }, { "100101", FALSE }, { "810000", TRUE }, { "810101", FALSE }, { "931840", TRUE },
		{ "930000", FALSE }, { "660101", FALSE }, { "120105", TRUE }, { "659099", FALSE },
	};
	FnIssued issued = fn_issued_national();
	guint known = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(regions); i++) {
		g_test_message("%s", regions[i].place);
		g_assert_cmpint(fn_resident_id_region(regions[i].place, &issued), ==, regions[i].known);
	}
	g_assert_true(fn_issued_add_provinces(&issued, FN_DEMO_PROVINCES));
	g_assert_true(fn_resident_id_region("660199", &issued));
	g_assert_false(fn_resident_id_region("700199", &issued));
	for (guint six = 0; six < 1000000; six++)
		known += (guint)fn_region_ever_issued(six);
	g_assert_cmpuint(known, ==, 7126);
}

static void
test_foreigner(void)
{
	FnIssued issued = fn_issued_national();
	g_autofree char *good = resident("931840", "19860506001");
	g_autofree char *place = resident("966840", "19860506001");
	g_autofree char *sequence = resident("110105", "19860506000");
	g_autofree char *county = resident("110000", "19860506001");

	g_assert_true(fn_resident_id_check(good, 18, &issued));
	g_assert_false(fn_resident_id_check(place, 18, &issued));
	g_assert_false(fn_resident_id_check(sequence, 18, &issued));
	g_assert_false(fn_resident_id_check(county, 18, &issued));
}

static void
test_demo_ranges(void)
{
	FnIssued national = fn_issued_national(), demo = national;
	g_autofree char *id = resident("660102", "19900307123");

	g_assert_true(fn_issued_add_provinces(&demo, FN_DEMO_PROVINCES));
	g_assert_true(fn_issued_add_mobile(&demo, FN_DEMO_MOBILE));
	g_assert_true(fn_issued_add_cards(&demo, FN_DEMO_CARD));
	g_assert_false(fn_resident_id_check(id, 18, &national));
	g_assert_true(fn_resident_id_check(id, 18, &demo));
	g_assert_false(fn_mobile_check("16012345678", 11, &national));
	g_assert_true(fn_mobile_check("16012345678", 11, &demo));
	g_assert_cmpint(fn_bank_card_check("8800000000000004", 16, &national), ==, FN_CARD_NONE);
	for (guint i = 0; i < 100; i++)
		if (demo.province[i] && !national.province[i])
			g_assert_true(fn_province_never_issued(i));
}

static void
test_bad_lists(void)
{
	static const char *const bad[] = { "6", "666", "6a", "66;67", "66 -7", "66 67 6" };
	FnIssued issued = fn_issued_national(), before = issued;

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(fn_issued_add_provinces(&issued, bad[i]));
	g_assert_cmpmem(&issued, sizeof(issued), &before, sizeof(before));
	g_assert_true(fn_issued_add_provinces(&issued, " 66, 67 "));
	g_assert_true(issued.province[67]);
}

static const struct {
	const char *text;
	FnCard card;
} cards[] = {
	{ "4111111111111111", FN_CARD_SCHEME },
	{ "4111111111111112", FN_CARD_NONE },
	{ "378282246310005", FN_CARD_SCHEME },
	{ "5555555555554444", FN_CARD_SCHEME },
	{ "30569309025904", FN_CARD_SCHEME },
	{ "6217000000000000001", FN_CARD_NONE },
	{ "0000000000000000", FN_CARD_NONE },
	{ "1111111111111117", FN_CARD_NONE },
	{ "411111111111111a", FN_CARD_NONE },
	{ "", FN_CARD_NONE },
};

static void
test_cards(void)
{
	FnIssued issued = fn_issued_national();
	char bank[20] = "621700118000123456";

	for (gsize i = 0; i < G_N_ELEMENTS(cards); i++) {
		g_test_message("%s", cards[i].text);
		g_assert_cmpint(fn_bank_card_check(cards[i].text, strlen(cards[i].text), &issued), ==, cards[i].card);
	}
	bank[18] = fn_luhn_digit(bank, 18);
	g_assert_cmpint(fn_bank_card_check(bank, 19, &issued), ==, FN_CARD_BANK);
	g_assert_false(fn_luhn_check("0", 1));
}

/* Every single wrong digit is noticed by all check digits. */
static void
test_single_errors(void)
{
	static const char id[] = "11010519491231002X", code[] = "91350100M000100Y43", card[] = "4111111111111111";
	FnIssued issued = fn_issued_national();

	for (guint at = 0; at < 18; at++)
		for (char c = '0'; c <= '9'; c++) {
			char text[19];

			memcpy(text, id, 19);
			text[at] = c;
			g_assert_cmpint(fn_resident_id_check(text, 18, &issued), ==, id[at] == c);
			memcpy(text, code, 19);
			text[at] = c;
			g_assert_cmpint(fn_credit_code_check(text, 18, &issued), ==, code[at] == c);
			memcpy(text, card, 17);
			if (at < 16) {
				text[at] = c;
				g_assert_cmpint(fn_luhn_check(text, 16), ==, card[at] == c);
			}
		}
}

static void
test_credit_telling(void)
{
	FnIssued issued = fn_issued_national();
	char serial[19] = "91110000710925032?";

	serial[17] = fn_credit_code_check_character(serial);
	g_assert_true(fn_credit_code_is_telling("91350100M000100Y43", 18));
	g_assert_false(fn_credit_code_is_telling("12100000400000624", 17));
	/* Whatever its check character: without a letter it tells nothing. */
	for (guint n = 0; n < 100000; n++) {
		g_autofree char *code = g_strdup_printf("911101%02u%09u?", n % 100, n * 7919);

		code[17] = fn_credit_code_check_character(code);
		if (g_ascii_isdigit(code[17]) && fn_credit_code_check(code, 18, &issued))
			g_assert_false(fn_credit_code_is_telling(code, 18));
	}
	g_assert_true(fn_credit_code_well_formed("91350100M000100Y43", 18));
	g_assert_cmpint(fn_credit_code_check_character("9135010OM000100Y4"), ==, '\0');
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/identifiers/cases", test_cases);
	g_test_add_func("/identifiers/provinces", test_provinces);
	g_test_add_func("/identifiers/foreigner", test_foreigner);
	g_test_add_func("/identifiers/regions", test_regions);
	g_test_add_func("/identifiers/demo-ranges", test_demo_ranges);
	g_test_add_func("/identifiers/bad-lists", test_bad_lists);
	g_test_add_func("/identifiers/cards", test_cards);
	g_test_add_func("/identifiers/single-errors", test_single_errors);
	g_test_add_func("/identifiers/credit-telling", test_credit_telling);
	return g_test_run();
}
