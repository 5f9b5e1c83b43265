#include "extract/testing_office.h"

#define P(x) "<w:p>" x "</w:p>"
#define R(x) "<w:r><w:t>" x "</w:t></w:r>"

/* One body, all that is said of it. */
static void
test_body(void)
{
	static const struct {
		const char *body, *said;
	} cases[] = {
		{P(R("1101") "<w:proofErr/>" R("05194912") "<w:r><w:rPr><w:b/></w:rPr><w:t>31002X</w:t></w:r>"), "[]11010519491231002X\n"},
		{P(R("a") "<w:r><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r>"), "[]a\tb\nc-d\n"},
		{P(R("one")) P("") P(R("two")), "[]one\ntwo\n"},
		/* tables are rows */
		{"<w:tbl><w:tr><w:tc>" P(R("姓名")) "</w:tc><w:tc>" P(R("电话")) "</w:tc></w:tr>"
		 "<w:tr><w:tc>" P(R("甲")) "</w:tc><w:tc>" P(R("138")) P(R("12")) "</w:tc></w:tr></w:tbl>",
			"[]姓名\t电话\n甲\t138 12\n"},
		{"<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val=\"2\"/></w:tcPr>" P(R("a")) "</w:tc><w:tc>" P(R("b"))
		 "</w:tc></w:tr><w:tr><w:tc>" P(R("x")) P(R("y")) "</w:tc></w:tr></w:tbl>", "[]a\t\tb\nx\ny\n"},
		/* changes: both readings are whole */
		{P(R("1101") "<w:del w:author=\"乙\"><w:r><w:delText>05</w:delText></w:r></w:del><w:ins>" R("06") "</w:ins>" R("1949")),
			"[]1101061949\n[tracked changes]1101051949\n[attributes]author: 乙\n"},
		{P("<w:ins><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:ins>" R("x")), "[]x\n[tracked changes]gonex\n"},
		{P("<w:moveFrom>" R("moved") "</w:moveFrom>") P("<w:moveTo>" R("moved") "</w:moveTo>"),
			"[]moved\n[tracked changes]moved\n"},
		/* hidden runs */
		{P(R("seen") "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hid</w:t></w:r>" R("too")), "[]seentoo\n[hidden text]seenhidtoo\n"},
		{P("<w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t>seen</w:t></w:r>"), "[]seen\n"},
		{P("<w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr>" R("seen")), "[]seen\n"},
		/* fields, forms, controls */
		{P("<w:r><w:instrText>MERGE</w:instrText></w:r><w:r><w:instrText>FIELD id</w:instrText></w:r>" R("x")),
			"[]x\n[field codes]MERGEFIELD id\n"},
		{P("<w:fldSimple w:instr=\"HYPERLINK x\">" R("shown") "</w:fldSimple>"), "[]shown\n[field codes]HYPERLINK x\n"},
		{P("<w:r><w:ffData><w:default w:val=\"preset\"/><w:ddList><w:listEntry w:val=\"choice\"/></w:ddList></w:ffData></w:r>"),
			"[attributes]val: preset\nval: choice\n"},
		{"<w:sdt><w:sdtPr><w:alias w:val=\"name of it\"/><w:dropDownList><w:listItem w:displayText=\"d\" w:value=\"e\"/>"
		 "</w:dropDownList></w:sdtPr><w:sdtContent>" P(R("inside")) "</w:sdtContent></w:sdt>",
			"[]inside\n[attributes]val: name of it\ndisplayText: d\nvalue: e\n"},
		/* boxes, said once where both branches agree, and both where not */
		{P(R("11") "<w:r><mc:AlternateContent><mc:Choice><w:txbxContent>" P(R("box")) "</w:txbxContent></mc:Choice>"
		   "<mc:Fallback><w:txbxContent>" P(R("box")) "</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r>" R("22")),
			"[]box\n1122\n"},
		{P("<w:r><mc:AlternateContent><mc:Choice><w:txbxContent>" P(R("new")) "</w:txbxContent></mc:Choice>"
		   "<mc:Fallback><w:txbxContent>" P(R("old")) "</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r>"),
			"[]new\nold\n"},
		{P(R("1") "<mc:AlternateContent><mc:Choice>" R("2") "</mc:Choice><mc:Fallback>" R("2") "</mc:Fallback></mc:AlternateContent>"
		   R("3")), "[]123\n"},
		{P(R("1") "<mc:AlternateContent><mc:Choice>" R("2") "</mc:Choice><mc:Fallback>" R("z") "</mc:Fallback></mc:AlternateContent>"
		   R("3")), "[]123\n[other text]z\n"},
		/* what is drawn */
		{P("<w:pict><v:shape alt=\"alternative\"><v:textpath string=\"机密★10年\"/></v:shape></w:pict>"),
			"[watermark]机密★10年\n[attributes]alt: alternative\n"},
		{P(R("x") "<w:drawing><wp:posOffset>12345678</wp:posOffset><wp:docPr id=\"1\" descr=\"what it shows\"/></w:drawing>" R("y")),
			"[]xy\n[attributes]descr: what it shows\n"},
		{P("<w:r><w:sym w:font=\"Symbol\" w:char=\"F031\"/></w:r>" R("2")), "[]12\n"},
		{P("<w:pPr><w:tabs><w:tab w:val=\"left\"/></w:tabs></w:pPr>" R("x")), "[]x\n"},
		{P(R("&lt;&amp;") "<w:r><w:t>\n  </w:t></w:r>" R("x")), "[]<&\n  x\n"},
		{P(R("1101") "<!-- behind the text -->" R("05") "<?do nothing with it?>"),
			"[]110105\n[comments in the markup] behind the text \nnothing with it\n"},
		/* never seen before */
		{"<w:strange w:what=\"名\">told</w:strange>", "[]strange: told\n[attributes]what: 名\n"},
		{P(R("x") "<w:strange>told</w:strange>" R("y")), "[]xy\n[other text]strange: told\n"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *said = testing_docx_said(cases[i].body);

		g_assert_cmpstr(said, ==, cases[i].said);
	}
}

static void
test_parts(void)
{
	static const TestingPart parts[] = {
		{"word/document.xml", "<w:document><w:body>" P(R("body")) "</w:body></w:document>"},
		{"word/_rels/document.xml.rels", TESTING_RELS(TESTING_REL("r1", "header", "header1.xml")
			TESTING_REL("r2", "footnotes", "/word/footnotes.xml")
			TESTING_REL("r3", "comments", "../word/comments.xml")
			"<Relationship Id=\"r9\" Type=\"hyperlink\" Target=\"http://a.example/?id=1\" TargetMode=\"External\"/>")},
		{"word/header1.xml", "<w:hdr>" P(R("head")) "</w:hdr>"},
		{"word/footer2.xml", "<w:ftr>" P(R("foot")) "</w:ftr>"},
		{"word/comments.xml", "<w:comments><w:comment w:author=\"丙\">" P(R("remark")) "</w:comment></w:comments>"},
		{"word/footnotes.xml", "<w:footnotes><w:footnote>" P(R("note")) "</w:footnote></w:footnotes>"},
		{"word/glossary/document.xml", "<w:glossaryDocument>" P(R("block")) "</w:glossaryDocument>"},
		{"word/settings.xml", "<w:settings><w:docVars><w:docVar w:name=\"n\" w:val=\"variable\"/></w:docVars></w:settings>"},
		{"docProps/core.xml", "<cp:coreProperties><dc:creator>somebody</dc:creator></cp:coreProperties>"},
		{"docProps/custom.xml", "<Properties><property name=\"key\"><vt:lpwstr>custom</vt:lpwstr></property></Properties>"},
		{"word/charts/chart1.xml", "<c:chart><c:ser><c:pt><c:v>label</c:v></c:pt><c:pt><c:v>1.5E+3</c:v></c:pt></c:ser></c:chart>"},
		{"word/embeddings/file.txt", "embedded"},
		{"word/unheard.xml", "<x>unknown part</x>"},
		{"docProps/thumbnail.jpeg", "\xff\xd8\xff"},
	};
	g_autofree char *said = testing_ooxml_said("a.docx", parts, G_N_ELEMENTS(parts));

	g_assert_cmpstr(said, ==,
		"[]body\n[header 1]head\n[footnotes]note\n[comments]remark\n[comments, attributes]author: 丙\n"
		"[footer 2]foot\n[glossary]block\n[settings, attributes]name: n\nval: variable\n"
		"[properties]creator: somebody\n[custom properties]lpwstr: custom\n[custom properties, attributes]name: key\n"
		"[chart 1]v: label\tv: 1500\n[word/embeddings/file.txt]embedded[word/unheard.xml]x: unknown part\n"
		"[links]http://a.example/?id=1\n");
}

/* Broken parts are noted with their name, and what stands before the break is said. */
static void
test_broken(void)
{
	g_autofree char *cut = testing_ooxml_said("a.docx", (const TestingPart[]){
		{"word/document.xml", "<w:document><w:body>" P(R("first")) "<w:p><w:r><w:t>second"},
		{"word/header1.xml", "<w:hdr>" P(R("head"))}}, 2);
	g_autofree char *without = testing_ooxml_said("a.docx", (const TestingPart[]){{"word/other.xml", "<a>text</a>"}}, 1);
	g_autofree char *laughs = testing_ooxml_said("a.docx", (const TestingPart[]){
		{"word/document.xml", "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><w:document>" P(R("&b;")) "</w:document>"}}, 1);

	g_assert_nonnull(strstr(cut, "[]first\n"));
	g_assert_nonnull(strstr(cut, "second\n"));
	g_assert_nonnull(strstr(cut, "!broken : word/document.xml, line 1"));
	g_assert_nonnull(strstr(cut, "[header 1]head\n"));
	g_assert_nonnull(strstr(cut, "!broken header 1: word/header1.xml, line 1"));
	g_assert_cmpstr(without, ==, "!broken : no main part\n[word/other.xml]a: text\n");
	g_assert_nonnull(strstr(laughs, "!broken : word/document.xml, line 1: declares entities"));
	g_assert_null(strstr(laughs, "haha"));
}

static void
test_deep(void)
{
	g_autoptr(GString) body = g_string_new(NULL);
	g_autofree char *said = NULL;

	for (guint i = 0; i < 10000; i++)
		g_string_append(body, "<w:p><w:r><w:t>x</w:t>");
	said = testing_docx_said(body->str);
	g_assert_nonnull(strstr(said, "!limit : word/document.xml"));
	g_assert_nonnull(strstr(said, "[]x\nx\n"));
}

/* A package cut off at the border of each part: what lies before is said, and that something is missing. */
static void
test_cut(void)
{
	static const TestingPart parts[] = {
		{"word/document.xml", "<w:document>" P(R("marker0")) "</w:document>"},
		{"word/header1.xml", "<w:hdr>" P(R("marker1")) "</w:hdr>"},
		{"word/footer1.xml", "<w:ftr>" P(R("marker2")) "</w:ftr>"},
		{"docProps/core.xml", "<cp:coreProperties><dc:title>marker3</dc:title></cp:coreProperties>"},
	};
	g_autoptr(GByteArray) bytes = testing_ooxml(parts, G_N_ELEMENTS(parts));
	guint whole = 0; /* parts before the cut; the first is the types */

	for (gsize i = 1; i + 4 < bytes->len; i++) {
		g_autofree guint8 *cut = NULL;
		g_autofree char *said = NULL;

		if (memcmp(bytes->data + i, "PK\3\4", 4) != 0 && memcmp(bytes->data + i, "PK\1\2", 4) != 0)
			continue;
		whole = MIN(whole + 1, G_N_ELEMENTS(parts) + 1);
		cut = g_memdup2(bytes->data, i);
		said = testing_extract("a.docx", cut, i, NULL);
		g_assert_nonnull(strstr(said, "!broken"));
		for (guint k = 0; k < G_N_ELEMENTS(parts); k++) {
			g_autofree char *marker = g_strdup_printf("marker%u", k);

			g_assert_true(k + 1 >= whole || strstr(said, marker));
		}
	}
	g_assert_cmpuint(whole, ==, G_N_ELEMENTS(parts) + 1);
}

static void
test_maimed(void)
{
	static const TestingPart parts[] = {
		{"word/document.xml", "<w:document>" P(R("a") "<w:del>" R("b") "</w:del>") "</w:document>"},
		{"word/_rels/document.xml.rels", TESTING_RELS(TESTING_REL("r1", "header", "header1.xml"))},
		{"word/header1.xml", "<w:hdr>" P(R("c")) "</w:hdr>"},
	};
	g_autoptr(GByteArray) bytes = testing_ooxml(parts, G_N_ELEMENTS(parts));

	testing_maim("a.docx", bytes->data, bytes->len);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ooxml/body", test_body);
	g_test_add_func("/ooxml/parts", test_parts);
	g_test_add_func("/ooxml/broken", test_broken);
	g_test_add_func("/ooxml/deep", test_deep);
	g_test_add_func("/ooxml/cut", test_cut);
	g_test_add_func("/ooxml/maimed", test_maimed);
	return g_test_run();
}
