#include "scan/testing.h"

#include <string.h>

/* 4111111111111111 is a card only where something says so; 13800138000 is a mobile unless something says what else it is. */
static const struct {
	const char *text, *found; /* detectors, with a blank behind each */
} tables[] = {
	{ "姓名,卡号,备注\n某人,4111111111111111,无\n", "cn.bank_card " },
	{ "姓名,订单号,备注\n某人,4111111111111111,无\n", "" },
	{ "姓名\t订单号\t手机\n某人\t13800138000\t13800138001\n", "cn.mobile " },
	{ "订单号,手机\n13800138000,13800138001\n13800138002,13800138003\n", "cn.mobile cn.mobile " },
	{ "订单号,姓名,卡号\n\"a,\"\"b\"\"\",某人,4111111111111111\n", "cn.bank_card " },
	{ "订单号;卡号\n1;\"4111111111111111\"\n2; 4111111111111111 \n", "cn.bank_card cn.bank_card " },
	{ "人员名单\n序号\t姓名\t银行卡号\n1\t某人\t4111111111111111\n", "cn.bank_card " },
	/* Names, dates of birth and addresses are such by their columns; a total is no name, the header none either. */
	{ "姓名,出生日期,办理日期\n王小五,1990-03-07,2024-03-07\n合计,2,2\n\"李四\" ,\"1990年3月7日\",2024-03-08", "cn.name cn.birth_date cn.name cn.birth_date " },
	{ "序号\t住址\r\n1\t河北省石家庄市藁城区某某路12号3栋\r\n2\t不详\r\n", "cn.address " },
	/* The number is not all of its cell; there is no second line of the same form; no header. */
	{ "姓名,卡号\n某人,一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十见4111111111111111\n", "" },
	{ "卡号,姓名\n其他的文字。一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十：4111111111111111\n", "" },
	{ "1,2\n一二三,4111111111111111\n", "" },
};

static char *
found_in(const FnScanner *scanner, const char *text, gsize size)
{
	GString *found = g_string_new(NULL);
	g_autoptr(FnScanResult) result = fn_scan(scanner, text, size);

	for (guint i = 0; i < result->listed; i++)
		g_string_append_printf(found, "%s ", fn_scan_finding(result, i).detector);
	return g_string_free(found, FALSE);
}

static void
test_tables(gconstpointer scanner)
{
	for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
		g_autofree char *found = found_in(scanner, tables[i].text, strlen(tables[i].text));

		g_test_message("%s", tables[i].text);
		g_assert_cmpstr(found, ==, tables[i].found);
	}
}

/* The header is remembered over windows and pieces, and forgotten by the next segment. */
static void
test_long(gconstpointer scanner)
{
	enum { ROWS = 30000 };
	g_autoptr(FnScanStream) stream = fn_scan_stream_new(scanner, NULL, NULL, NULL);
	g_autoptr(FnScanResult) result = NULL;
	g_autoptr(GString) rows = g_string_new("序号,订单号,卡号\n");

	for (guint i = 0; i < ROWS; i++)
		g_string_append_printf(rows, "%u,4111111111111111,\"4111111111111111\"\n", i);
	fn_scan_stream_segment(stream, "a");
	fn_scan_stream_add(stream, rows->str, 100);
	fn_scan_stream_add(stream, rows->str + 100, rows->len - 100);
	fn_scan_stream_segment(stream, "b");
	fn_scan_stream_add(stream, "1,2,4111111111111111\n3,4,4111111111111111\n", 42);
	result = fn_scan_stream_end(stream, NULL);
	g_assert_cmpuint(result->found, ==, ROWS);
	for (guint i = 0; i < result->listed; i++) {
		FnFinding finding = fn_scan_finding(result, i);

		g_assert_cmpint(rows->str[finding.start - 1], ==, '"');
	}
}

/* ---- cells that are told by their columns ---- */

static void
append_cell(GRand *rand, GString *text)
{
	static const char *const cells[] = { "13800138000", "11010519491231002X", "110105194912310021", "11010519491231002x", "u.n@mail.example.com",
		"a1@b2.example.cn", "u@10.1.2.3", "6222020200000000009", "6222020000000000000", "4111111111111111", "91350100M000100Y43",
		"91350100M000100Y44", "138-0013-8000", "8613800138000", "+8613800138000", "1380013", "张三丰", "不详", "见11010519491231002X", "",
		"13800138000 13900139000", "机密★10年", "卡号", "10.1.2.3", "1990-03-07", "x13800138000", "１３８００１３８０００", "13800138000@example.com",
		"u@example.com;v@example.com", "http://u:p@example.com/", "910105194912310021", "密码：a1b2c3d4e5", "password=12Xy345678", "1机密1", "机1密",
		"不动产权第0012345号", "AKIA1234567890ABCDEF", "电话0311-87654321", "12 IP 10.0.0.1", "34讨论稿56", "00000000000000000000000000000000000000会议纪要" };
	static const char *const around[] = { "", "", "", "\"", " ", "'" };
	const char *cell = cells[g_rand_int_range(rand, 0, G_N_ELEMENTS(cells))], *beside = around[g_rand_int_range(rand, 0, G_N_ELEMENTS(around))];

	g_string_append_printf(text, "%s%s%s", beside, cell, beside);
}

static GString *
random_table(GRand *rand, guint rows)
{
	static const char *const headers[] = { "身份证号", "手机号", "邮箱", "银行卡号", "统一社会信用代码", "姓名", "订单号", "备注", "出生日期", "联系电话" };
	static const char *const ends[] = { "\n", "\r\n", "\n\n" };
	static const char delimiters[] = ",\t;|";
	char delimiter = delimiters[g_rand_int_range(rand, 0, 4)];
	gint columns = g_rand_int_range(rand, 2, 9);
	GString *text = g_string_new(NULL);

	for (gint i = 0; i < columns; i++)
		g_string_append_printf(text, "%s%c", headers[g_rand_int_range(rand, 0, G_N_ELEMENTS(headers))], i + 1 < columns ? delimiter : '\n');
	for (guint row = 0; row < rows; row++) {
		gint cells = g_rand_int_range(rand, 0, 20) == 0 ? columns + 1 : columns;

		for (gint i = 0; i < cells; i++) {
			if (i > 0)
				g_string_append_c(text, delimiter);
			append_cell(rand, text);
		}
		g_string_append(text, ends[g_rand_int_range(rand, 0, G_N_ELEMENTS(ends))]);
	}
	return text;
}

static void
assert_same(const char *text, const FnScanResult *one, const FnScanResult *two)
{
	for (guint i = 0; i < MIN(one->listed, two->listed); i++) {
		FnFinding a = fn_scan_finding(one, i), b = fn_scan_finding(two, i);

		if (a.start != b.start || a.end != b.end || a.score != b.score || strcmp(a.detector, b.detector) != 0)
			g_test_message("%.300s\n%s %d, %s %d: %.*s", text, a.detector, a.score, b.detector, b.score, (int)(b.end - b.start), text + b.start);
		g_assert_cmpuint(a.start, ==, b.start);
		g_assert_cmpuint(a.end, ==, b.end);
		g_assert_cmpint(a.score, ==, b.score);
		g_assert_cmpstr(a.detector, ==, b.detector);
	}
	g_assert_cmpuint(one->found, ==, two->found);
}

/* What is read by its column is what is found without, whatever the processor does. */
static void
test_sure(void)
{
	g_autoptr(FnScanner) fast = fn_testing_scanner(), plain = fn_testing_scanner();
	g_autoptr(GRand) rand = g_rand_new_with_seed(23);

	for (guint i = 0; i < plain->detectors; i++)
		plain->detector[i].sure = FALSE;
	plain->machine = FN_MACHINE_PLAIN;
	for (guint round = 0; round < 300; round++) {
		GString *text = random_table(rand, round % 100 == 0 ? 9000 : 30);
		g_autoptr(FnScanResult) found = fn_scan(plain, text->str, text->len);

		for (fast->machine = FN_MACHINE_PLAIN; fast->machine <= fn_machine(); fast->machine++) {
			g_autoptr(FnScanResult) same = fn_scan(fast, text->str, text->len);

			assert_same(text->str, same, found);
		}
		g_string_free(text, TRUE);
	}
}

/* Words with digits are found beside numbers of a table, too. */
static void
test_digits(void)
{
	static const FixtureFile files[] = { { "dictionaries/x.yaml", FIXTURE_HEAD("zz.words") "level: 3\nwords: [代号007, 12工程, \"99\"]\n" }, { 0 } };
	static const char text[] = "姓名,手机,备注\n甲,13800138000,代号007\n乙,13800138001,112工程,99,代号0070\n";
	g_autoptr(GError) error = NULL;
	g_autoptr(FnScanner) scanner = fixture_scanner(files, &error);

	g_assert_no_error(error);
	for (scanner->machine = FN_MACHINE_PLAIN; scanner->machine <= fn_machine(); scanner->machine++) {
		g_autofree char *found = found_in(scanner, text, strlen(text));

		g_assert_cmpstr(found, ==, "cn.mobile zz.words cn.mobile zz.words ");
	}
}

/* ---- columns known beforehand ---- */

static const struct {
	const char *names[3], *rows, *found;
} known[] = {
	{ { "row", "card_no 卡号", "备注" }, "r;4111111111111111;x\n", "cn.bank_card " },
	{ { "row", "order_no 订单号", "备注" }, "r;4111111111111111;x\n", "" },
	{ { "row", NULL, "note" }, "r;;电话13800138000，身份证号11010519491231002X\n", "cn.mobile cn.resident_id " },
	/* What only a header tells is told by it; the first row is no header, however it reads. */
	{ { "row", "姓名", "出生日期" }, "r;王小五;1990-03-07\n", "" },
	{ { "row", "a", "b" }, "姓名;订单号;手机\nr;13800138000;4111111111111111\n", "cn.mobile " },
	/* Cells and rows part numbers; quotes hold delimiters, quotes and line ends. */
	{ { "row", "a", "b" }, "r;1101051949;1231002X\nr;138;0013\nr;8000;1\n", "" },
	{ { "row", "order_no 订单号", "b" }, "r;\"a;\"\"\nb\";4111111111111111\nr;;13800138000\n", "cn.mobile " },
	/* A mark fills its cell. */
	{ { "row", "a", "b" }, "r;机密★10年;绝密 ★ 长期\n", "cn.secrecy_mark cn.secrecy_mark " },
	{ { "row", "a", "b" }, "", "" },
};

static void
test_known(gconstpointer scanner)
{
	for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
		g_autoptr(FnScanHeader) header = fn_scan_header_new(scanner, known[i].names, 3);
		g_autoptr(FnScanResult) result = fn_scan_rows(header, known[i].rows, strlen(known[i].rows));
		g_autoptr(GString) found = g_string_new(NULL);

		for (guint k = 0; k < result->listed; k++)
			g_string_append_printf(found, "%s ", fn_scan_finding(result, k).detector);
		g_test_message("%s", known[i].rows);
		g_assert_cmpstr(found->str, ==, known[i].found);
		g_assert_cmpint(result->verdict == FN_SCAN_CLEAN, ==, *known[i].found == '\0');
	}
}

static void
test_says(gconstpointer scanner)
{
	static const char *const names[] = { "row", "sjh 手机号码", "手机品牌", NULL };
	static const struct {
		guint column;
		const char *detector;
		gboolean says;
	} cases[] = { { 0, "cn.mobile", FALSE }, { 1, "cn.mobile", TRUE }, { 1, "cn.resident_id", FALSE }, { 2, "cn.mobile", FALSE },
		{ 3, "cn.mobile", FALSE }, { 4, "cn.mobile", FALSE }, { G_MAXUINT, "cn.mobile", FALSE }, { 1, "nothing", FALSE } };
	g_autoptr(FnScanHeader) header = fn_scan_header_new(scanner, names, 4);
	FnScanHeader *none = fn_scan_header_new(scanner, NULL, 0);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_assert_cmpint(fn_scan_header_says(header, cases[i].column, cases[i].detector), ==, cases[i].says);
		g_assert_false(fn_scan_header_says(none, cases[i].column, cases[i].detector));
	}
	fn_scan_header_free(none);
}

/* Bytes that are no text are not clean. */
static void
test_known_broken(gconstpointer scanner)
{
	static const char *const names[] = { "a" };
	g_autoptr(FnScanHeader) header = fn_scan_header_new(scanner, names, 1);
	g_autoptr(FnScanResult) broken = fn_scan_rows(header, "\xff\xfe\n", 3);
	g_autoptr(FnScanResult) cut = fn_scan_rows(header, "\xe7\x8e", 2);

	g_assert_cmpint(broken->verdict, ==, FN_SCAN_NOT_FULLY_INSPECTED);
	g_assert_cmpint(cut->verdict, ==, FN_SCAN_NOT_FULLY_INSPECTED);
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnScanner) scanner = NULL;

	g_test_init(&argc, &argv, NULL);
	scanner = fixture_scanner(NULL, &error);
	g_assert_no_error(error);
	g_test_add_data_func("/scan-table/tables", scanner, test_tables);
	g_test_add_data_func("/scan-table/long", scanner, test_long);
	g_test_add_func("/scan-table/sure", test_sure);
	g_test_add_func("/scan-table/digits", test_digits);
	g_test_add_data_func("/scan-table/known", scanner, test_known);
	g_test_add_data_func("/scan-table/says", scanner, test_says);
	g_test_add_data_func("/scan-table/known-broken", scanner, test_known_broken);
	return g_test_run();
}
