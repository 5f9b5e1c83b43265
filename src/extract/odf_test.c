#include "extract/testing_office.h"

#define TYPE(kind) {"mimetype", "application/vnd.oasis.opendocument." kind}
#define MANIFEST {"META-INF/manifest.xml", "<manifest:manifest/>"}

static char *
content_said(const char *kind, const char *content)
{
	g_autofree char *type = g_strdup_printf("application/vnd.oasis.opendocument.%s", kind);

	return testing_package_said("", (const TestingPart[]){{"mimetype", type}, {"content.xml", content}, MANIFEST}, 3);
}

static void
test_text(void)
{
	static const struct {
		const char *body, *said;
	} cases[] = {
		{"<text:p>1101<text:span>05<text:span>1949</text:span></text:span>1231</text:p><text:h>x<text:s text:c=\"3\"/>y"
		 "<text:tab/>z<text:line-break/>w</text:h>", "[]11010519491231\nx   y\tz\nw\n"},
		{"<text:p>a\n   b</text:p>", "[]a    b\n"},
		{"<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:covered-table-cell/>"
		 "<table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table>", "[]a\t\tb\n"},
		{"<text:p>11<office:annotation><dc:creator>who</dc:creator><text:p>remark</text:p></office:annotation>22</text:p>",
			"[]1122\n[notes]creator: who\nremark\n"},
		{"<text:p>11<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>foot</text:p></text:note-body>"
		 "</text:note>22</text:p>", "[]1122\n[notes]foot\n"},
		{"<text:p>11<draw:frame><svg:title>t</svg:title><svg:desc>d</svg:desc><draw:text-box><text:p>box</text:p></draw:text-box>"
		 "</draw:frame>22</text:p>", "[]box\n1122\n[other text]title: t\ndesc: d\n"},
		{"<text:section text:display=\"none\"><text:p>hid</text:p></text:section><text:p>seen</text:p>",
			"[]seen\n[hidden text]hid\n"},
		{"<text:tracked-changes><text:changed-region text:id=\"c1\"><text:deletion><office:change-info><dc:creator>who</dc:creator>"
		 "</office:change-info><text:p>gone</text:p></text:deletion></text:changed-region></text:tracked-changes><text:p>now</text:p>",
			"[]now\n[tracked changes]creator: who\ngone\n"},
		{"<text:p><text:a xlink:href=\"mailto:a@b.example\">link</text:a></text:p>", "[]link\n[attributes]href: mailto:a@b.example\n"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *content = g_strdup_printf("<office:document-content><office:body><office:text>%s</office:text>"
			"</office:body></office:document-content>", cases[i].body);
		g_autofree char *said = content_said("text", content);

		g_assert_cmpstr(said, ==, cases[i].said);
	}
}

#define SHEETS(x) "<office:document-content><office:automatic-styles><style:style style:name=\"ta2\"><style:table-properties " \
	"table:display=\"false\"/></style:style></office:automatic-styles><office:body><office:spreadsheet>" x \
	"</office:spreadsheet></office:body></office:document-content>"
#define CELL(attributes, text) "<table:table-cell " attributes "><text:p>" text "</text:p></table:table-cell>"

static void
test_sheets(void)
{
	static const struct {
		const char *content, *said;
	} cases[] = {
		{SHEETS("<table:table table:name=\"S\"><table:table-row>" CELL("", "header 1") CELL("", "header 2") "</table:table-row>"
			"<table:table-row table:number-rows-repeated=\"10\"><table:table-cell/></table:table-row><table:table-row>"
			"<table:table-cell table:number-columns-repeated=\"2\"/>" CELL("", "behind") "</table:table-row></table:table>"),
			"[]{S!A1}header 1\t{S!B1}header 2\n\t\t{S!C12}behind\n"},
		{SHEETS("<table:table table:name=\"H\" table:style-name=\"ta2\"><table:table-row>" CELL("", "not shown")
			"</table:table-row></table:table>"), "[hidden sheet]{H!A1}not shown\n"},
		{SHEETS("<table:table table:name=\"S\"><table:table-row>" CELL("office:value-type=\"float\" office:value=\"13812345678\"",
			"1.38E+10") CELL("office:value=\"1.5\"", "1.5 km") "</table:table-row></table:table>"),
			"[]{S!A1}13812345678\t{S!B1}1.5 km\n"},
		{SHEETS("<table:table table:name=\"S\"><table:table-row><table:table-cell table:formula=\"of:=&quot;text&quot;\" "
			"office:string-value=\"result\"/></table:table-row></table:table>"),
			"[]{S!A1}result\n[S, formulas]{S!A1}of:=\"text\"\n"},
		{SHEETS("<table:table table:name=\"S\"><table:table-row><table:table-cell><office:annotation><text:p>remark</text:p>"
			"</office:annotation><text:p>value a</text:p><text:p>value b</text:p></table:table-cell></table:table-row></table:table>"),
			"[]{S!A1}value a value b\n[S, comments]{S!A1}remark\n"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *said = content_said("spreadsheet", cases[i].content);

		g_assert_cmpstr(said, ==, cases[i].said);
	}
}

/* A cell repeated a million times in a million rows costs nothing. */
static void
test_repeated(void)
{
	g_autofree char *said = content_said("spreadsheet", SHEETS("<table:table table:name=\"S\"><table:table-row "
		"table:number-rows-repeated=\"1048576\">" CELL("table:number-columns-repeated=\"1000000\"", "everywhere") CELL("", "at the end")
		"</table:table-row></table:table>"));

	g_assert_cmpuint(strlen(said), <, 1000);
	g_assert_nonnull(strstr(said, "{S!A1}everywhere"));
	g_assert_nonnull(strstr(said, "at the end\n"));
}

static void
test_slides(void)
{
	g_autofree char *said = content_said("presentation", "<office:document-content><office:automatic-styles><style:style "
		"style:name=\"d2\"><style:drawing-page-properties presentation:visibility=\"hidden\"/></style:style></office:automatic-styles>"
		"<office:body><office:presentation><draw:page><text:p>first</text:p><presentation:notes><text:p>noted</text:p>"
		"</presentation:notes></draw:page><draw:page draw:style-name=\"d2\"><text:p>second</text:p></draw:page>"
		"</office:presentation></office:body></office:document-content>");

	g_assert_cmpstr(said, ==, "[]{slide 1}first\n{slide 1, notes}noted\n{slide 2 (hidden)}second\n");
}

static void
test_parts(void)
{
	static const TestingPart parts[] = {
		TYPE("text"),
		{"styles.xml", "<office:document-styles><style:header><text:p>head</text:p></style:header></office:document-styles>"},
		{"content.xml", "<office:document-content><text:p>body</text:p></office:document-content>"},
		{"meta.xml", "<office:document-meta><meta:user-defined meta:name=\"key\">value</meta:user-defined></office:document-meta>"},
		{"Object 1/content.xml", "<office:document-content><text:p>chart</text:p></office:document-content>"},
		{"Object 2", "embedded"},
		{"Thumbnails/thumbnail.png", "\x89PNG"},
		{"secret.xml", "ciphertext"},
		{"META-INF/manifest.xml", "<manifest:manifest><manifest:file-entry manifest:full-path=\"secret.xml\">"
			"<manifest:encryption-data/></manifest:file-entry></manifest:manifest>"},
	};
	g_autofree char *said = testing_package_said("a.odt", parts, G_N_ELEMENTS(parts));

	g_assert_cmpstr(said, ==,
		"[]body\n[header and footer]head\n[properties]user-defined: value\n[properties, attributes]name: key\n"
		"[Object 1/content.xml]chart\n[Object 2]embedded!encrypted secret.xml: secret.xml\n");
}

static void
test_broken(void)
{
	g_autofree char *cut = content_said("spreadsheet", "<office:spreadsheet><table:table table:name=\"S\"><table:table-row>"
		"<table:table-cell><text:p>last words");

	g_assert_nonnull(strstr(cut, "last words"));
	g_assert_nonnull(strstr(cut, "!broken"));
}

static void
test_maimed(void)
{
	const TestingPart parts[] = {TYPE("spreadsheet"), {"content.xml", SHEETS("<table:table table:name=\"S\"><table:table-row>"
		CELL("table:number-columns-repeated=\"3\"", "cell") "</table:table-row></table:table>")}, MANIFEST};
	g_autoptr(GByteArray) bytes = testing_package(parts, G_N_ELEMENTS(parts));

	testing_maim("a.ods", bytes->data, bytes->len);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/odf/text", test_text);
	g_test_add_func("/odf/sheets", test_sheets);
	g_test_add_func("/odf/repeated", test_repeated);
	g_test_add_func("/odf/slides", test_slides);
	g_test_add_func("/odf/parts", test_parts);
	g_test_add_func("/odf/broken", test_broken);
	g_test_add_func("/odf/maimed", test_maimed);
	return g_test_run();
}
