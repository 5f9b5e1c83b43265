#include "table/testing.h"

static void
test_reading(void)
{
	static const struct {
		const char *text, *seen;
	} cases[] = {
		{ "a,b\n", "[] a|b\n" },
		{ "a,b\r\n1,\r\n\"\",\"x,\"\"y\"\"\nz\"", "[] a|b\nt'1'|~\nt''|t'x,\"y\"\nz'\n" },
		{ "a,b\n1\n", "f.csv:2:1: 1 fields where the header has 2; a delimiter is missing or too many, or a field with one needs quotes" },
		{ "a,b\n1,2,3\n", "f.csv:2:1: 3 fields where the header has 2; a delimiter is missing or too many, or a field with one needs quotes" },
		{ "a,b\n1,\"2\n", "f.csv:2:3: this quote is never closed" },
		{ "a,a\n1,2\n", "f.csv:1: \"a\" stands there twice; rename one" },
		{ "a,\n1,2\n", "f.csv:1: column 2 has no name, or one of more than 1024 bytes; name it" },
		{ "", "f.csv:1:1: the file is empty; its first line names the columns" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		FnTableInput input = { .name = "f.csv", .delimiter = ',' };
		g_autofree char *seen = testing_read(&input, cases[i].text, strlen(cases[i].text), 3);

		g_assert_cmpstr(seen, ==, cases[i].seen);
	}
}

/* What text cannot show: NUL, broken UTF-8, too much. */
static void
test_strange(void)
{
	FnTableInput input = { .name = "f.csv", .encoding = FN_ENCODING_UTF8 };
	g_autofree char *nul = testing_read(&input, "a\nx\0y\n", 6, 2);
	g_autofree char *broken = testing_read(&input, "a\nx\xc3(\n", 6, 2);
	g_autoptr(GString) wide = g_string_new("a"), large = g_string_new("a\n");
	g_autofree char *columns = NULL, *field = NULL;

	for (guint i = 0; i < FN_TABLE_COLUMNS; i++)
		g_string_append_printf(wide, ",%u", i);
	for (guint i = 0; i < 1 << 17; i++)
		g_string_append(large, "xxxxxxxxx");
	columns = testing_read(&input, wide->str, wide->len, 4096);
	field = testing_read(&input, large->str, large->len, 4096);
	g_assert_cmpstr(nul, ==, "f.csv:2:2: a NUL byte; this is no text file, or it is UTF-16: save it as UTF-8");
	g_assert_cmpstr(broken, ==, "f.csv:2:2: not valid UTF-8; save the file as UTF-8 (if it is GBK: iconv -f GB18030 -t UTF-8)");
	g_assert_cmpstr(columns, ==, "f.csv:1:1939: more than 512 fields; split the table");
	g_assert_cmpstr(field, ==, "f.csv:2:1: a field of more than 1 MiB; is a quote left open?");
}

static void
test_writing(void)
{
	static const struct {
		const char *name, *text, *out;
		gboolean masked;
	} cases[] = {
		{ "a.csv", "a,b\n1,\n\"\",\"x,\"\"y\"\"\nz\"\n", "a,b\r\n1,\r\n\"\",\"x,\"\"y\"\"\nz\"\r\n", FALSE },
		{ "a.csv", "a;b\n1,2;3\n", "a,b\r\n\"1,2\",3\r\n", FALSE },
		{ "a.csv", "a\n", "a\r\n", FALSE },
		/* formulas: only what a mask made, and no numbers */
		{ "a.csv", "a\n=1+1\n", "a\r\n=1+1\r\n", FALSE },
		{ "a.csv", "a\n=1+1\n+86 138\n-x\n@f\n\"\t=1\"\n", "a\r\n\"'=1+1\"\r\n\"'+86 138\"\r\n\"'-x\"\r\n\"'@f\"\r\n\"'\t=1\"\r\n", TRUE },
		{ "a.csv", "a\n-12.5\n+3\n***\n", "a\r\n-12.5\r\n+3\r\n***\r\n", TRUE },
		{ "a.ndjson", "{\"a\":1.50,\"b\":{\"c\":\"\\u4e00\"}}\n{\"b\":null}\n", "a,b\r\n1.50,\"{\"\"c\"\":\"\"一\"\"}\"\r\n,\r\n", FALSE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		FnTableInput input = { .name = cases[i].name };
		g_autofree char *out = testing_copy(&input, cases[i].text, FN_TABLE_CSV, cases[i].masked);

		g_assert_cmpstr(out, ==, cases[i].out);
	}
}

/* A member that comes when the header is written already. */
static void
test_late(void)
{
	g_autoptr(GString) text = g_string_new(NULL);
	FnTableInput input = { .name = "a.ndjson" };
	g_autofree char *out = NULL;

	for (guint i = 0; i < FN_TABLE_ROWS; i++)
		g_string_append(text, "{\"a\":1}\n");
	g_string_append(text, "{\"a\":1,\"b\":2}\n");
	out = testing_copy(&input, text->str, FN_TABLE_CSV, FALSE);
	g_assert_cmpstr(out, ==, "column \"b\" appears when the first rows are written already (line 1025 or behind); write --to ndjson");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/table/csv/reading", test_reading);
	g_test_add_func("/table/csv/strange", test_strange);
	g_test_add_func("/table/csv/writing", test_writing);
	g_test_add_func("/table/csv/late", test_late);
	return g_test_run();
}
