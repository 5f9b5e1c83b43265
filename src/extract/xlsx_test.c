#include "extract/testing_office.h"

#define ROW(n, cells) "<row r=\"" n "\">" cells "</row>"
#define CELL(at, attributes, inside) "<c r=\"" at "\" " attributes ">" inside "</c>"
#define SHEET(rows) "<worksheet><sheetData>" rows "</sheetData></worksheet>"

static const TestingPart workbook = {"xl/workbook.xml",
	"<workbook xmlns:r=\"r\"><sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"};
static const TestingPart relations = {"xl/_rels/workbook.xml.rels",
	TESTING_RELS(TESTING_REL("r1", "worksheet", "worksheets/sheet1.xml") TESTING_REL("r2", "sharedStrings", "sharedStrings.xml"))};

/* One sheet; what is said of its names left out. */
static char *
sheet_said(const char *sheet, const char *strings)
{
	const TestingPart parts[] = {workbook, relations, {"xl/worksheets/sheet1.xml", sheet}, {"xl/sharedStrings.xml", strings}};
	g_autofree char *said = testing_ooxml_said("a.xlsx", parts, G_N_ELEMENTS(parts));
	const char *names = "[workbook, attributes]name: Sheet1\nid: r1\n";

	g_assert_true(g_str_has_prefix(said, names));
	return g_strdup(said + strlen(names));
}

static void
test_cells(void)
{
	static const char strings[] = "<sst><si><t>姓名</t></si><si><r><t>1101</t></r><r><t>05194912</t></r>"
		"<rPh><t>ID</t></rPh></si><si><t>left behind</t></si></sst>";
	static const struct {
		const char *sheet, *said;
	} cases[] = {
		{SHEET(ROW("1", CELL("A1", "t=\"s\"", "<v>0</v>") CELL("C1", "t=\"s\"", "<v>1</v>"))),
			"[]{Sheet1!A1}姓名\t\t{Sheet1!C1}110105194912\n"},
		{SHEET(ROW("7", CELL("B7", "", "<v>1.1010119491231002E+17</v>") CELL("C7", "", "<v>3.5</v>"))
		       ROW("8", CELL("B8", "t=\"b\"", "<v>1</v>") CELL("C8", "t=\"e\"", "<v>#N/A</v>"))),
			"[]\t{Sheet1!B7}110101194912310020\t3.5\n\tTRUE\t#N/A\n"},
		{SHEET(ROW("1", CELL("A1", "t=\"inlineStr\"", "<is><r><t>in</t></r><r><t>line</t></r></is>"))), "[]{Sheet1!A1}inline\n"},
		{SHEET(ROW("2", CELL("A2", "t=\"str\"", "<f>CONCAT(\"secret\",B1)</f><v>cached text</v>"))),
			"[]{Sheet1!A2}cached text\n[Sheet1, formulas]{Sheet1!A2}CONCAT(\"secret\",B1)\n"},
		{SHEET("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"), "[]1\t2\n3\n"},
		{SHEET(ROW("1", CELL("A1", "t=\"s\"", "<v>99</v>") CELL("B1", "t=\"s\"", "<v>-1</v>"))), "[]99\t-1\n"},
		{"<worksheet><sheetData>" ROW("1", CELL("A1", "", "<v>1</v>")) "</sheetData><dataValidations><dataValidation prompt=\"ask\">"
		 "<formula1>\"yes,no\"</formula1></dataValidation></dataValidations><hyperlinks><hyperlink ref=\"A1\" display=\"shown\"/>"
		 "</hyperlinks><headerFooter><oddHeader>&amp;L机密&amp;C&amp;\"黑体,Bold\"&amp;12第&amp;P页 A&amp;&amp;B</oddHeader>"
		 "</headerFooter></worksheet>",
			"[]1\n[Sheet1, header and footer]\n机密\n第页 A&B\n[Sheet1, other text]formula1: \"yes,no\"\n"
			"[Sheet1, attributes]prompt: ask\ndisplay: shown\n"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *said = sheet_said(cases[i].sheet, strings);
		g_autofree char *head = g_strndup(said, strlen(cases[i].said));

		g_assert_cmpstr(head, ==, cases[i].said);
		g_assert_nonnull(strstr(said, "[strings without a cell]"));
		g_assert_nonnull(strstr(said, "left behind\n"));
		g_assert_nonnull(strstr(said, "[phonetic text]ID\n"));
	}
}

/* Every place in a workbook that can hold words says its own, and where it stands. */
static void
test_places(void)
{
	static const TestingPart parts[] = {
		{"xl/workbook.xml", "<workbook xmlns:r=\"r\"><sheets><sheet name=\"甲\" r:id=\"r1\"/>"
			"<sheet name=\"乙\" state=\"hidden\" r:id=\"r2\"/><sheet name=\"丙\" state=\"veryHidden\" r:id=\"r3\"/>"
			"<sheet name=\"丁\" r:id=\"r9\"/></sheets><definedNames><definedName name=\"n\">\"constant\"</definedName>"
			"</definedNames></workbook>"},
		{"xl/_rels/workbook.xml.rels", TESTING_RELS(TESTING_REL("r1", "worksheet", "worksheets/sheet3.xml")
			TESTING_REL("r2", "worksheet", "/xl/worksheets/sheet1.xml") TESTING_REL("r3", "worksheet", "worksheets/sheet2.xml")
			TESTING_REL("r4", "pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml")
			TESTING_REL("r5", "externalLink", "externalLinks/externalLink1.xml"))},
		{"xl/worksheets/sheet1.xml", SHEET(ROW("1", CELL("A1", "", "<v>22222222</v>")))},
		{"xl/worksheets/sheet2.xml", SHEET(ROW("1", CELL("A1", "", "<v>33333333</v>")))},
		{"xl/worksheets/sheet3.xml", SHEET(ROW("1", CELL("A1", "", "<v>11111111</v>")))},
		{"xl/worksheets/_rels/sheet3.xml.rels", TESTING_RELS(TESTING_REL("r1", "comments", "../comments1.xml")
			TESTING_REL("r2", "drawing", "../drawings/drawing1.xml")
			TESTING_REL("r3", "threadedComment", "../threadedComments/threadedComment1.xml"))},
		{"xl/comments1.xml", "<comments><authors><author>writer</author></authors><commentList><comment ref=\"B3\"><text><r><t>re"
			"</t></r><r><t>mark</t></r></text></comment></commentList></comments>"},
		{"xl/threadedComments/threadedComment1.xml", "<ThreadedComments><threadedComment ref=\"C4\"><text>thread</text>"
			"</threadedComment></ThreadedComments>"},
		{"xl/drawings/drawing1.xml", "<xdr:wsDr><xdr:from><xdr:col>1</xdr:col></xdr:from><xdr:sp><xdr:txBody><a:p><a:r><a:t>shape"
			"</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:wsDr>"},
		{"xl/drawings/_rels/drawing1.xml.rels", TESTING_RELS(TESTING_REL("r1", "chart", "../charts/chart1.xml"))},
		{"xl/charts/chart1.xml", "<c:chart><c:title><a:p><a:r><a:t>chart title</a:t></a:r></a:p></c:title></c:chart>"},
		{"xl/pivotCache/pivotCacheDefinition1.xml", "<pivotCacheDefinition><cacheField name=\"field\"><sharedItems>"
			"<s v=\"cached item\"/><n v=\"1.3812345678E10\"/></sharedItems></cacheField></pivotCacheDefinition>"},
		{"xl/externalLinks/externalLink1.xml", "<externalLink><cell r=\"A1\"><v>from elsewhere</v></cell></externalLink>"},
		{"xl/embeddings/sheet.txt", "embedded"},
	};
	static const char *const said_parts[] = {
		"[workbook, attributes]name: 甲\n", "definedName: \"constant\"", "[]{甲!A1}11111111\n",
		"[hidden sheet]{乙!A1}22222222\n", "[very hidden sheet]{丙!A1}33333333\n", "!broken 丁: a sheet that is not there\n",
		"author: writer\n", "[甲, comments]", "{甲!B3}remark\n", "[甲, comments]{甲!C4}thread\n", "[甲, drawing]shape\n",
		"[甲, chart]chart title\n", "[pivot cache 1, attributes]name: field\nv: cached item\nv: 13812345678\n",
		"[external link 1]v: from elsewhere\n", "[xl/embeddings/sheet.txt]embedded",
	};
	g_autofree char *said = testing_ooxml_said("a.xlsx", parts, G_N_ELEMENTS(parts));

	for (gsize i = 0; i < G_N_ELEMENTS(said_parts); i++) {
		if (!strstr(said, said_parts[i]))
			g_test_message("not said: %s\nin: %s", said_parts[i], said);
		g_assert_nonnull(strstr(said, said_parts[i]));
	}
	g_assert_cmpint(strstr(said, "11111111") - strstr(said, "22222222"), <, 0);
}

/* One long string named by a million cells: the limit of output ends it. */
static void
test_amplified(void)
{
	g_autofree char *lorem = g_strnfill(100000, 'x');
	g_autofree char *strings = g_strdup_printf("<sst><si><t>%s</t></si></sst>", lorem);
	g_autoptr(GString) rows = g_string_new("<worksheet><sheetData>");
	FnLimits limits = fn_limits_default();
	g_autofree char *said = NULL;
	g_autoptr(GByteArray) bytes = NULL;

	for (guint i = 0; i < 20000; i++)
		g_string_append(rows, "<row><c t=\"s\"><v>0</v></c></row>");
	g_string_append(rows, "</sheetData></worksheet>");
	bytes = testing_ooxml((const TestingPart[]){workbook, relations, {"xl/worksheets/sheet1.xml", rows->str},
		{"xl/sharedStrings.xml", strings}}, 4);
	limits.output = 4 << 20;
	limits.seconds = 100000;
	said = testing_extract("a.xlsx", bytes->data, bytes->len, &limits);
	g_assert_cmpuint(strlen(said), <, 5 << 20);
	g_assert_nonnull(strstr(said, "!limit : output"));
}

/* Cells of a binary workbook are not read, which is said, but their words come out. */
static void
test_binary(void)
{
	static const char strings[] = "\x13\x1f\0\x0b\0\0\0" "1\0" "3\0" "8\0" "1\0" "2\0" "3\0" "4\0" "5\0" "6\0" "7\0" "8\0" "\xff\xff";
	const TestingPart parts[] = {{"xl/workbook.bin", "\x83\x01"}};
	TestingZip zip = testing_zip();
	g_autoptr(GByteArray) bytes = NULL;
	g_autofree char *said = NULL;

	testing_add_types(&zip, parts, 1);
	testing_zip_add_text(&zip, parts[0].name, parts[0].text);
	testing_zip_add(&zip, "xl/sharedStrings.bin", strings, sizeof strings - 1, TRUE, 0);
	bytes = testing_zip_end(&zip);
	said = testing_extract("a.xlsb", bytes->data, bytes->len, NULL);
	g_assert_nonnull(strstr(said, "!unknown : a binary workbook"));
	g_assert_nonnull(strstr(said, "13812345678"));
	g_assert_null(strstr(said, "!broken"));
}

static void
test_maimed(void)
{
	const TestingPart parts[] = {workbook, relations, {"xl/worksheets/sheet1.xml", SHEET(ROW("1", CELL("A1", "t=\"s\"", "<v>0</v>")))},
		{"xl/sharedStrings.xml", "<sst><si><t>text</t></si></sst>"}};
	g_autoptr(GByteArray) bytes = testing_ooxml(parts, G_N_ELEMENTS(parts));

	testing_maim("a.xlsx", bytes->data, bytes->len);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xlsx/cells", test_cells);
	g_test_add_func("/xlsx/places", test_places);
	g_test_add_func("/xlsx/amplified", test_amplified);
	g_test_add_func("/xlsx/binary", test_binary);
	g_test_add_func("/xlsx/maimed", test_maimed);
	return g_test_run();
}
