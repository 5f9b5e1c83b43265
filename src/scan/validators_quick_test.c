#include "scan/testing.h"

#include <string.h>

/* ---- values ---- */

static char *
any_resident(GRand *rand)
{
	static const char *const regions[] = { "110105", "130102", "810000", "711000", "130199", "661234", "931156" };
	g_autofree char *first = g_strdup_printf("%s%04d%02d%02d%03d", regions[g_rand_int_range(rand, 0, G_N_ELEMENTS(regions))],
		g_rand_int_range(rand, 1890, 2060), g_rand_int_range(rand, 0, 14), g_rand_int_range(rand, 0, 33), g_rand_int_range(rand, 0, 3));

	return g_strdup_printf("%s%c", first, fn_resident_id_check_character(first));
}

static char *
any_card(GRand *rand)
{
	static const char *const issuers[] = { "622202", "621700", "436742", "370246", "411111", "690755", "888888" };
	g_autoptr(GString) digits = g_string_new(issuers[g_rand_int_range(rand, 0, G_N_ELEMENTS(issuers))]);
	gint size = g_rand_int_range(rand, 12, 20);

	while ((gint)digits->len < size)
		g_string_append_c(digits, (char)('0' + g_rand_int_range(rand, 0, 10)));
	return g_strdup_printf("%s%c", digits->str, fn_luhn_digit(digits->str, digits->len));
}

static char *
any_mobile(GRand *rand)
{
	return g_strdup_printf("%s%03d%08d", g_rand_int_range(rand, 0, 8) == 0 ? "86" : "", g_rand_int_range(rand, 120, 200),
		g_rand_int_range(rand, 0, 100000000));
}

static char *
any_credit_code(GRand *rand)
{
	static const char *const heads[] = { "91", "11", "52", "N2", "98", "Z1", "Y1" };
	static const char *const places[] = { "130100", "100000", "990000", "110105", "660000" };
	static const char *const bodies[] = { "MA", "00", "Z9", "K7" };
	g_autofree char *body = g_strdup_printf("%s%06d", bodies[g_rand_int_range(rand, 0, G_N_ELEMENTS(bodies))], g_rand_int_range(rand, 0, 1000000));
	g_autofree char *first = g_strdup_printf("%s%s%s%c", heads[g_rand_int_range(rand, 0, G_N_ELEMENTS(heads))],
		places[g_rand_int_range(rand, 0, G_N_ELEMENTS(places))], body, fn_organization_code_check_character(body));
	char last = fn_credit_code_check_character(first);

	return g_strdup_printf("%s%c", first, last != '\0' ? last : '0');
}

static char *
any_email(GRand *rand)
{
	static const char *const names[] = { "user", "u.n", "a", "a_b", "x-", "%x", "a.", "..a", "A9+1" };
	static const char *const domains[] = { "mail.example.com", "example.cn", "a1.b2.example.COM", "-a.example.com", "a-.example.com", "example",
		"example.c", "example.c0m", "a..example.com", ".example.com", "10.1.2.3", "example.com.", "example.co-m", "x_y.example.com" };

	return g_strdup_printf("%s@%s", names[g_rand_int_range(rand, 0, G_N_ELEMENTS(names))], domains[g_rand_int_range(rand, 0, G_N_ELEMENTS(domains))]);
}

/* Another byte here and there, one more or one less. */
static void
spoil(GRand *rand, GString *text)
{
	static const char others[] = "0123456789ABIOSVXZaxz@.-_+ \x01\x80\xff/:";
	gsize at = (gsize)g_rand_int_range(rand, 0, (gint)text->len);
	char other = others[g_rand_int_range(rand, 0, sizeof(others) - 1)];

	switch (g_rand_int_range(rand, 0, 8)) {
	case 0: g_string_erase(text, (gssize)at, text->len > 1 ? 1 : 0); break;
	case 1: g_string_insert_c(text, (gssize)at, other); break;
	case 2: case 3: text->str[at] = other; break;
	case 4: text->str[text->len - 1] = other; break;
	default: break;
	}
}

static gboolean
is_here(void)
{
#if defined(__x86_64__)
	return fn_machine() >= FN_MACHINE_VECTOR;
#else
	return FALSE;
#endif
}

/* ---- the long way ---- */

static gboolean
is_sure(const FnScanner *scanner, guint which, const char *text, gsize size)
{
	const FnValidator *validator = scanner->detector[which].validator;

	if (validator->kind != FN_VALIDATE_TOKEN)
		return validator->check(text, size, &scanner->issued) == FN_MATCH_STRONG;
	for (const FnReader *reader = size <= FN_RUN_MAX ? scanner->reader[size] : scanner->reader[0]; reader->check != NULL; reader++) {
		FnMatch match = reader->check(text, size, &scanner->issued);

		if (match != FN_MATCH_NONE)
			return match == FN_MATCH_STRONG && reader->which == which;
	}
	return FALSE;
}

static guint
detector(const FnScanner *scanner, const char *id)
{
	guint which = 0;

	while (which < scanner->detectors && strcmp(scanner->detector[which].id, id) != 0)
		which++;
	g_assert_cmpuint(which, <, scanner->detectors);
	return which;
}

static gboolean
is_quickly_sure(const FnScanner *scanner, guint which, const char *text, gsize size, gsize before, gsize behind)
{
	g_autofree char *bytes = g_malloc(before + size + behind);
	guint64 known[4] = { 0 };
	FnWindow window = { .bytes = bytes, .size = before + size + behind };
	FnCell cell = { (guint32)before, (guint32)size, { (gint16)which, -1 } };
	guint8 sure;
	guint bits = 0;

	memset(bytes, '1', window.size);
	memcpy(bytes + before, text, size);
	fn_quick_cells(scanner, &window, &cell, 1, &sure, known);
	for (gsize i = 0; i < 4 * 64; i++) {
		gboolean bit = (known[i / 64] >> i % 64 & 1) != 0;

		bits += (guint)bit;
		g_assert_true(!bit || (i >= before && i < before + size));
	}
	g_assert_cmpuint(bits, ==, sure ? size : 0);
	return sure;
}

/* ---- tests ---- */

static const struct {
	const char *detector;
	char *(*make)(GRand *rand);
} kinds[] = { { "cn.resident_id", any_resident }, { "cn.bank_card", any_card }, { "cn.mobile", any_mobile }, { "cn.credit_code", any_credit_code },
	{ "email", any_email } };

/* What is quickly sure is sure, and much of what is sure is so quickly. */
static void
test_same(void)
{
	g_autoptr(FnScanner) scanner = fn_testing_scanner();
	g_autoptr(GRand) rand = g_rand_new_with_seed(31);

	for (gsize kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
		guint which = detector(scanner, kinds[kind].detector), sure = 0, quick = 0;

		for (guint round = 0; round < 200000; round++) {
			gsize of = g_rand_int_range(rand, 0, 8) == 0 ? (gsize)g_rand_int_range(rand, 0, G_N_ELEMENTS(kinds)) : kind;
			g_autofree char *value = kinds[of].make(rand);
			g_autoptr(GString) text = g_string_new(value);
			gboolean is, quickly;

			spoil(rand, text);
			is = is_sure(scanner, which, text->str, text->len);
			quickly = is_quickly_sure(scanner, which, text->str, text->len, 32 + round % 64, 32);
			if (quickly && !is)
				g_test_message("%s: %s", kinds[kind].detector, text->str);
			g_assert_true(is || !quickly);
			sure += (guint)is;
			quick += (guint)quickly;
		}
		g_test_message("%s: %u sure, %u quickly", kinds[kind].detector, sure, quick);
		g_assert_cmpuint(sure, >, 1000);
		g_assert_true(quick == 0 ? !is_here() : quick > sure / 4);
	}
}

/* Nothing outside of the window is read: what stands too near its ends is left to the long way. */
static void
test_ends(void)
{
	g_autoptr(FnScanner) scanner = fn_testing_scanner();
	static const char mobile[] = "13800138000";
	guint which = detector(scanner, "cn.mobile");

	for (gsize before = 0; before < 40; before++)
		for (gsize behind = 0; behind < 40; behind++)
			g_assert_cmpint(is_quickly_sure(scanner, which, mobile, strlen(mobile), before, behind), ==,
				is_here() && before >= 32 && strlen(mobile) + behind >= 32);
}

/* A second detector of a validator has what the first leaves: nothing of it is quick. */
static void
test_second(void)
{
	static const FixtureFile files[] = {
		{ "detectors/a.yaml", FIXTURE_HEAD("zz.mobile") "level: 3\nidentifier: direct\nheader: [手机]\nshape: {class: digits, length: [11, 11], validator: mobile}\n"
			"score: {shape: 0.9, report: 0.5}\nyes: [\"13800138000\", \"13800138001\", \"13800138002\"]\nno: [a, b, c]\n" },
		{ NULL, NULL },
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(FnScanner) scanner = fixture_scanner(files, &error);

	g_assert_no_error(error);
	g_assert_false(is_quickly_sure(scanner, detector(scanner, "zz.mobile"), "13800138000", 11, 32, 32));
	g_assert_cmpint(is_quickly_sure(scanner, detector(scanner, "cn.mobile"), "13800138000", 11, 32, 32), ==, is_here());
}

/* The places of the table are places that the long way takes. */
static void
test_six(void)
{
	g_autofree guint8 *six = fn_quick_six_new();
	FnIssued issued = fn_issued_national();

	for (guint i = 0; i < 1000000; i++) {
		g_autofree char *text = six[i] != 0 ? g_strdup_printf("%06u", i) : NULL;

		if ((six[i] & 1) != 0)
			g_assert_true(i % 10000 != 0 && issued.province[i / 10000] && fn_resident_id_region(text, &issued));
		for (gsize size = 16; size <= 19 && six[i] != 0; size++)
			g_assert_cmpint((six[i] >> (size - 15) & 1) != 0, ==, fn_card_issuer(i, size));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/validators-quick/same", test_same);
	g_test_add_func("/validators-quick/ends", test_ends);
	g_test_add_func("/validators-quick/second", test_second);
	g_test_add_func("/validators-quick/six", test_six);
	return g_test_run();
}
