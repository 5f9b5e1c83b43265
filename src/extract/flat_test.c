#include "extract/testing_office.h"

static char *
said_of(const char *name, const char *text)
{
	return testing_extract(name, text, strlen(text), NULL);
}

static void
test_kinds(void)
{
	static const struct {
		const char *name, *text, *said;
	} cases[] = {
		{"a.fodt", "<?xml version=\"1.0\"?><office:document xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\"><text:p>1101"
			"<text:span>05</text:span></text:p></office:document>", "[]110105\n"},
		{"a.fods", "<office:document xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\"><office:spreadsheet>"
			"<table:table table:name=\"S\"><table:table-row><table:table-cell><text:p>long cell</text:p></table:table-cell>"
			"</table:table-row></table:table></office:spreadsheet></office:document>", "[]{S!A1}long cell\n"},
		{"a.xml", "<pkg:package xmlns:pkg=\"http://schemas.microsoft.com/office/2006/xmlPackage\"><w:p><w:r><w:t>1101</w:t></w:r><w:r>"
			"<w:t>05</w:t></w:r></w:p></pkg:package>", "[]110105\n"},
		{"a.xml", "<w:wordDocument xmlns:w=\"http://schemas.microsoft.com/office/word/2003/wordml\"><w:p><w:r><w:t>a</w:t></w:r></w:p>"
			"<w:binData>ZW1iZWRkZWQgdGV4dA==</w:binData></w:wordDocument>", "[]a\n[embedded 1]embedded text"},
		{"a.xml", "<ss:Workbook xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\"><ss:Row><ss:Cell><ss:Data>a</ss:Data></ss:Cell>"
			"<ss:Cell><ss:Data>b</ss:Data></ss:Cell></ss:Row></ss:Workbook>", "[]a\tb\n"},
		{"a.uof", "<uof:UOF xmlns:uof=\"http://schemas.uof.org/cn/2003/uof\" xmlns:字=\"x\"><字:段落><字:句><字:文本串>1101</字:文本串></字:句>"
			"<字:句><字:文本串>05</字:文本串></字:句></字:段落></uof:UOF>", "[]110105\n"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *said = said_of(cases[i].name, cases[i].text);

		g_assert_cmpstr(said, ==, cases[i].said);
	}
}

static void
test_uof_zip(void)
{
	g_autofree char *said = testing_package_said("a.uot", (const TestingPart[]){{"uof.xml", "<uof:UOF/>"},
		{"content.xml", "<字:段落_416B><字:句_419D><字:文本串_415B>11</字:文本串_415B></字:句_419D><字:句_419D>05</字:句_419D></字:段落_416B>"},
		{"data/file.txt", "embedded"}}, 3);

	g_assert_cmpstr(said, ==, "[]1105\n[data/file.txt]embedded");
}

/* HTML that Office saved names the same name spaces, and is HTML. */
static void
test_html(void)
{
	g_autofree char *said = said_of("a.html", "<html xmlns:w=\"http://schemas.microsoft.com/office/word/2003/wordml\"><body><p>1101<b>05</b>"
		"</p></body></html>");

	g_assert_nonnull(strstr(said, "110105"));
	g_assert_null(strchr(said, '!'));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/flat/kinds", test_kinds);
	g_test_add_func("/flat/uof-zip", test_uof_zip);
	g_test_add_func("/flat/html", test_html);
	return g_test_run();
}
