#include "scan/fixture.h"

#include <string.h>

static const struct {
	const char *text, *detector; /* NULL: nothing is found */
	gsize start, end;
} places[] = {
	{ "电话１３８００１３８０００。", "cn.mobile", 6, 39 },
	{ "卡号６２２２　０２００　００００　００００　０００", "cn.bank_card", 6, 75 },
	{ "138.0013.8000", "cn.mobile", 0, 13 },
	{ "138–0013–8000", "cn.mobile", 0, 17 },
	{ "138\xe2\x80\x91" "0013\xe2\x80\x91" "8000", "cn.mobile", 0, 17 },
	{ "138\xc2\xa0" "0013\xc2\xa0" "8000", "cn.mobile", 0, 15 },
	{ "1380\xe2\x80\x8b" "013\xe2\x81\xa0" "8000", "cn.mobile", 0, 17 },
	{ "1380\xc2\xad" "0138000", "cn.mobile", 0, 13 },
	{ "13800138000　１３９", "cn.mobile", 0, 11 },
	{ "身份证1101051949\n1231002X", "cn.resident_id", 9, 28 },
	{ "身份证号110105-\r\n\t19491231002X男", "cn.resident_id", 12, 34 },
	{ "卡号6222 0200\n0000 0000 000。", "cn.bank_card", 6, 29 },
	{ "电话138-0013-\n8000", "cn.mobile", 6, 20 },
	{ "邮箱ｕｓｅｒ＠ｅｘａｍｐｌｅ．ｃｏｍ", "email", 6, 54 },
	{ "us\xe2\x80\x8b" "er@example.com", "email", 0, 19 },
	{ "京Ａ１２３４５", "cn.plate", 0, 21 },
	{ "11010519491231002Ｘ", "cn.resident_id", 0, 20 },
	/* What only looks like one. */
	{ "1２345678901234567890", NULL, 0, 0 },
	{ "13800138000１", NULL, 0, 0 },
	{ "订单号１３８００１３８０００", NULL, 0, 0 },
	{ "138001\n38000", NULL, 0, 0 },
	{ "110105\n19491231\n002X", NULL, 0, 0 },
	{ "11010519\n491231002X\n22", NULL, 0, 0 },
	{ "138001.38000", NULL, 0, 0 },
	{ "2024　年", NULL, 0, 0 },
};

static void
test_places(gconstpointer scanner)
{
	for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
		g_autoptr(FnScanResult) result = fn_scan(scanner, places[i].text, strlen(places[i].text));
		FnFinding finding;

		g_test_message("%s", places[i].text);
		g_assert_cmpuint(result->found, ==, places[i].detector != NULL);
		if (places[i].detector == NULL)
			continue;
		finding = fn_scan_finding(result, 0);
		g_assert_cmpstr(finding.detector, ==, places[i].detector);
		g_assert_cmpuint(finding.start, ==, places[i].start);
		g_assert_cmpuint(finding.end, ==, places[i].end);
	}
}

/* ---- any identifier in any dress ---- */

typedef struct {
	const char *detector;
	char *(*make)(GRand *rand);
	const char *context;  /* without it nothing joins over a line break */
	guint8 group[5];      /* 0: not written apart */
} Kind;

static char *
make_resident(GRand *rand)
{
	g_autofree char *first = g_strdup_printf("%d19%02d%02d%02d%03d", g_rand_boolean(rand) ? 110105 : 440305, g_rand_int_range(rand, 30, 99),
		g_rand_int_range(rand, 1, 13), g_rand_int_range(rand, 1, 29), g_rand_int_range(rand, 1, 999));

	return g_strdup_printf("%s%c", first, fn_resident_id_check_character(first));
}

static char *
make_card(GRand *rand)
{
	g_autofree char *first = g_strdup_printf("622202%09d%03d", g_rand_int_range(rand, 0, 1000000000), g_rand_int_range(rand, 0, 1000));

	return g_strdup_printf("%s%c", first, fn_luhn_digit(first, strlen(first)));
}

static char *
make_mobile(GRand *rand)
{
	return g_strdup_printf("13%d%08d", g_rand_int_range(rand, 0, 10), g_rand_int_range(rand, 0, 100000000));
}

static char *
make_credit(GRand *rand)
{
	g_autofree char *body = g_strdup_printf("MA%06d", g_rand_int_range(rand, 0, 1000000));
	g_autofree char *first = g_strdup_printf("91110105%s%c", body, fn_organization_code_check_character(body));

	return g_strdup_printf("%s%c", first, fn_credit_code_check_character(first));
}

static char *
make_email(GRand *rand)
{
	return g_strdup_printf("user%d@mail.example.com", g_rand_int_range(rand, 0, 100000));
}

static const Kind kinds[] = {
	{ "cn.resident_id", make_resident, "身份证号", { 6, 8, 4 } },
	{ "cn.bank_card", make_card, "卡号", { 4, 4, 4, 4, 3 } },
	{ "cn.mobile", make_mobile, "手机", { 3, 4, 4 } },
	{ "cn.credit_code", make_credit, "信用代码", { 0 } },
	{ "email", make_email, "邮箱", { 0 } },
};

static const char *const separators[] = { " ", "-", "\xe2\x80\x90", "\xe2\x80\x93", "\xe2\x88\x92", "－", "　", "\xc2\xa0", "\xe2\x80\xaf" };
static const char *const invisible[] = { "\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x80\x8e", "\xe2\x81\xa0", "\xef\xbb\xbf", "\xc2\xad",
	"\xe2\x80\xae" };
static const char *const breaks[] = { "\n", "\r\n", "\n  ", "\r\n\t", "\n　　", "-\n", "-\r\n " };
static const char *const before[] = { "", "：", "，", "（", "\n", "见附件", "The ", "2024年，", "共3人。", "\xe2\x80\x9c" };
static const char *const behind[] = { "", "。", "，", "）", "\n", "等", " and", "，2024年", "\xe2\x80\x9d" };

static const char *
any(GRand *rand, const char *const *texts, gsize n)
{
	return texts[g_rand_int_range(rand, 0, (gint32)n)];
}
#define ANY(rand, texts) any((rand), (texts), G_N_ELEMENTS(texts))

/* Where the groups of @kind end: TRUE before the @i-th character of a group but the first. */
static gboolean
begins_group(const Kind *kind, gsize i)
{
	gsize at = 0;

	for (guint g = 0; g < G_N_ELEMENTS(kind->group) && kind->group[g] > 0; g++) {
		if (at == i && i > 0)
			return TRUE;
		at += kind->group[g];
	}
	return FALSE;
}

typedef struct {
	gboolean wide, apart, hidden, broken;
} Dress;

/* A break leaves no part that is a number of its own. */
enum { PART_MAX = 9 };

static void
put_on(GRand *rand, const Kind *kind, const Dress *dress, const char *plain, GString *out)
{
	const char *separator = ANY(rand, separators);
	gint32 size = (gint32)strlen(plain), broken = dress->broken ? g_rand_int_range(rand, MAX(size - PART_MAX, 1), MIN(size, 13)) : 0;

	for (gint32 i = 0; i < size; i++) {
		if (i > 0 && i == broken)
			g_string_append(out, ANY(rand, breaks));
		else if (dress->apart && begins_group(kind, (gsize)i))
			g_string_append(out, separator);
		if (dress->hidden && i > 0 && g_rand_int_range(rand, 0, 4) == 0)
			g_string_append(out, ANY(rand, invisible));
		if (dress->wide && g_rand_boolean(rand))
			g_string_append_unichar(out, (gunichar)plain[i] - 0x21 + 0xff01);
		else
			g_string_append_c(out, plain[i]);
	}
}

/* Everything may come together but a break: it is told from a list by what stands around it. */
static Dress
any_dress(GRand *rand, const Kind *kind)
{
	Dress dress = { .broken = kind->make != make_email && kind->make != make_credit && g_rand_int_range(rand, 0, 4) == 0 };

	if (dress.broken)
		return dress;
	dress.wide = g_rand_boolean(rand);
	dress.apart = kind->group[0] > 0 && g_rand_boolean(rand);
	dress.hidden = g_rand_boolean(rand);
	return dress;
}

static void
test_dressed(gconstpointer scanner)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(23);

	for (guint round = 0; round < 6000; round++) {
		const Kind *kind = &kinds[g_rand_int_range(rand, 0, G_N_ELEMENTS(kinds))];
		Dress dress = any_dress(rand, kind);
		g_autofree char *plain = kind->make(rand);
		g_autoptr(GString) text = g_string_new(ANY(rand, before));
		g_autoptr(FnScanResult) result = NULL;
		gsize start, end;

		if (dress.broken)
			g_string_append(text, kind->context);
		start = text->len;
		put_on(rand, kind, &dress, plain, text);
		end = text->len;
		g_string_append(text, ANY(rand, behind));
		result = fn_scan(scanner, text->str, text->len);
		g_test_message("%u: %s", round, text->str);
		g_assert_cmpuint(result->found, ==, 1);
		g_assert_cmpstr(fn_scan_finding(result, 0).detector, ==, kind->detector);
		g_assert_cmpuint(fn_scan_finding(result, 0).start, ==, start);
		g_assert_cmpuint(fn_scan_finding(result, 0).end, ==, end);
	}
}

/* Long text of nothing but what may be folded: pieces overlap, nothing is lost and nothing is found twice. */
static void
test_crowd(gconstpointer scanner)
{
	enum { N = 3000 };
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(FnScanResult) result = NULL;

	for (guint i = 0; i < N; i++)
		g_string_append(text, "13800138000\xc2\xa0word\xe3\x80\x80");
	result = fn_scan(scanner, text->str, text->len);
	g_assert_cmpuint(result->found, ==, N);
	for (guint i = 0; i < N; i++)
		g_assert_cmpuint(fn_scan_finding(result, i).start, ==, 20 * (gsize)i);
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnScanner) scanner = NULL;

	g_test_init(&argc, &argv, NULL);
	scanner = fixture_scanner(NULL, &error);
	g_assert_no_error(error);
	g_test_add_data_func("/scan-fold/places", scanner, test_places);
	g_test_add_data_func("/scan-fold/dressed", scanner, test_dressed);
	g_test_add_data_func("/scan-fold/crowd", scanner, test_crowd);
	return g_test_run();
}
