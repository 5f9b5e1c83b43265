/* Formats, encodings and delimiters told from names and bytes. */
#include "table/testing.h"

static void
test_formats(void)
{
	static const struct {
		const char *name;
		FnTableFormat format;
	} names[] = {
		{ "a.csv", FN_TABLE_CSV },
		{ "a.TSV", FN_TABLE_CSV },
		{ "a.b.jsonl", FN_TABLE_NDJSON },
		{ "a.ndjson", FN_TABLE_NDJSON },
		{ "年报.xlsx", FN_TABLE_WORKBOOK },
		{ "a", FN_TABLE_UNKNOWN },
		{ "a.", FN_TABLE_UNKNOWN },
		{ "a.xls", FN_TABLE_UNKNOWN },
		{ "", FN_TABLE_UNKNOWN },
		{ NULL, FN_TABLE_UNKNOWN },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		g_assert_cmpint(fn_table_format_of_name(names[i].name), ==, names[i].format);
	for (FnTableFormat i = FN_TABLE_CSV; i < FN_TABLE_FORMATS; i++)
		g_assert_cmpint(fn_table_format_named(fn_table_format_name(i)), ==, i);
	g_assert_cmpint(fn_table_format_named("parquet"), ==, FN_TABLE_UNKNOWN);
}

#define BYTES(text) text, sizeof(text) - 1

static void
test_telling(void)
{
	static const struct {
		const char *name, *bytes;
		gsize size;
		const char *seen;
	} cases[] = {
		{ "-", BYTES("a,b\n1,2\n"), "[] a|b\nt'1'|t'2'\n" },
		{ "-", BYTES("\xef\xbb\xbf" "a,b\n1,2\n"), "[] a|b\nt'1'|t'2'\n" },
		{ "-", BYTES("a;b\n1,2;3\n"), "[] a|b\nt'1,2'|t'3'\n" },
		{ "-", BYTES("a\tb,c\td\n1\t2\t3\n"), "[] a|b,c|d\nt'1'|t'2'|t'3'\n" },
		{ "-", BYTES("\"a;;;\",b\n1,2\n"), "[] a;;;|b\nt'1'|t'2'\n" },
		{ "-", BYTES(" {\"a\":1}\n"), "[] a\nn'1'\n" },
		{ "-", BYTES("\xef\xbb\xbf{\"a\":1}\n"), "[] a\nn'1'\n" },
		{ "a.csv", BYTES("{\"a\":1}\n"), "a.csv:1:2: a quote inside a field without quotes; put the whole field in quotes and double this one" },
		/* GB18030 and UTF-16 */
		{ "-", BYTES("\xd0\xd5\xc3\xfb,\xb3\xc7\xca\xd0,\xb1\xb8\xd7\xa2\n\xd5\xc5,\xb1\xb1\xbe\xa9,\xb5\xc4\n"), "[] 姓名|城市|备注\nt'张'|t'北京'|t'的'\n" },
		{ "-", BYTES("\xff\xfe" "a\0,\0b\0\n\0001\0,\0002\0\n\0"), "[] a|b\nt'1'|t'2'\n" },
		{ "-", BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\1\2\3\4\5\6"), "-: this is no text, or in an encoding we do not know; name its --format or --encoding" },
		{ "-", BYTES(""), "-:1:1: the file is empty; its first line names the columns" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		FnTableInput input = { .name = cases[i].name };
		g_autofree char *whole = testing_read(&input, cases[i].bytes, cases[i].size, 4096);
		g_autofree char *bytewise = testing_read(&input, cases[i].bytes, cases[i].size, 1);

		g_assert_cmpstr(whole, ==, cases[i].seen);
		g_assert_cmpstr(bytewise, ==, cases[i].seen);
	}
}

static void
test_told(void)
{
	FnTableInput input = { .name = "a.csv", .delimiter = ';' };
	g_autofree char *semicolon = testing_read(&input, BYTES("a,b\n1,2\n"), 99);
	g_autofree char *strange = NULL, *json = NULL;

	g_assert_cmpstr(semicolon, ==, "[] a,b\nt'1,2'\n");
	input = (FnTableInput){ .name = "a.csv", .encoding = FN_ENCODING_GB18030 };
	strange = testing_read(&input, BYTES("a\nb\n\xff\xff\n"), 99);
	g_assert_cmpstr(strange, ==, "a.csv:3: not valid GB18030; save the file as UTF-8, or name its --encoding");
	input = (FnTableInput){ .name = "a.csv", .format = FN_TABLE_NDJSON };
	json = testing_read(&input, BYTES("{\"a\":null}"), 99);
	g_assert_cmpstr(json, ==, "[] a\n~\n");
}

/* Rows come in batches, and all of them. */
static void
test_batches(void)
{
	g_autoptr(GString) text = g_string_new("n\n"), expected = g_string_new("[] n");
	FnTableInput input = { .name = "a.csv" };
	g_autofree char *seen = NULL;

	for (guint i = 0; i < 2 * FN_TABLE_ROWS + 1; i++) {
		if (i > 0 && i % FN_TABLE_ROWS == 0)
			g_string_append(expected, "\n+[] n");
		g_string_append_printf(text, "%u\n", i);
		g_string_append_printf(expected, "\nt'%u'", i);
	}
	g_string_append_c(expected, '\n');
	seen = testing_read(&input, text->str, text->len, 1000);
	g_assert_cmpstr(seen, ==, expected->str);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/table/formats", test_formats);
	g_test_add_func("/table/telling", test_telling);
	g_test_add_func("/table/told", test_told);
	g_test_add_func("/table/batches", test_batches);
	return g_test_run();
}
