#include "extract/testing_office.h"

#define TEXT_AT(x, y, attributes, text) "<ofd:TextObject ID=\"9\" Boundary=\"" x " " y " 100 5\" Size=\"4\"><ofd:TextCode X=\"0\" " \
	"Y=\"4\" " attributes ">" text "</ofd:TextCode></ofd:TextObject>"
#define PAGE(x) "<ofd:Page><ofd:Area><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:Area><ofd:Content><ofd:Layer>" x \
	"</ofd:Layer></ofd:Content></ofd:Page>"
#define ROOT {"OFD.xml", "<ofd:OFD><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"}

static char *
page_said(const char *page)
{
	return testing_package_said("a.ofd", (const TestingPart[]){ROOT,
		{"Doc_0/Document.xml", "<ofd:Document><ofd:Pages><ofd:Page ID=\"1\" BaseLoc=\"Pages/P.xml\"/></ofd:Pages></ofd:Document>"},
		{"Doc_0/Pages/P.xml", page}}, 3);
}

static void
test_lines(void)
{
	static const struct {
		const char *page, *said;
	} cases[] = {
		/* one identifier in several codes, several objects, one digit to a box */
		{PAGE("<ofd:TextObject Boundary=\"10 10 90 5\" Size=\"4\"><ofd:TextCode X=\"0\" Y=\"4\" DeltaX=\"g 3 2\">1101</ofd:TextCode>"
		      "<ofd:TextCode X=\"8\" Y=\"4\" DeltaX=\"g 3 2\">0519</ofd:TextCode></ofd:TextObject>"), "[page 1]11010519\n"},
		{PAGE(TEXT_AT("10", "10", "DeltaX=\"2 2 2\"", "1101") TEXT_AT("18", "10", "DeltaX=\"2 2 2\"", "0519")), "[page 1]11010519\n"},
		{PAGE(TEXT_AT("10", "10", "DeltaX=\"2 2 2,\"", "1101") TEXT_AT("18", "10", "DeltaX=\"2 2 2\"", "0519")), "[page 1]11010519\n"},
		{PAGE(TEXT_AT("10", "10", "", "1") TEXT_AT("17", "10", "", "1") TEXT_AT("24", "10", "", "0")), "[page 1]110\n"},
		/* columns, words, lines */
		{PAGE(TEXT_AT("10", "10", "DeltaX=\"4\"", "姓名") TEXT_AT("60", "10", "DeltaX=\"4\"", "电话")), "[page 1]姓名\t电话\n"},
		{PAGE(TEXT_AT("10", "10", "DeltaX=\"2\"", "ab") TEXT_AT("17", "10", "DeltaX=\"2\"", "cd")), "[page 1]ab cd\n"},
		{PAGE(TEXT_AT("10", "10", "", "a") TEXT_AT("10", "20", "", "b")), "[page 1]a\nb\n"},
		/* the file's order is not the page's: the whole number is said by position */
		{PAGE(TEXT_AT("18", "10", "DeltaX=\"2 2 2\"", "0519") TEXT_AT("10", "10", "DeltaX=\"2 2 2\"", "1101")),
			"[page 1]0519\n1101\n[page 1, by position]11010519\n"},
		/* two columns that the file has one after the other stay as they are */
		{PAGE(TEXT_AT("10", "10", "", "a") TEXT_AT("10", "20", "", "b") TEXT_AT("100", "10", "", "c") TEXT_AT("100", "20", "", "d")),
			"[page 1]a\nb\nc\nd\n"},
		/* scaled by its matrix */
		{PAGE("<ofd:TextObject Boundary=\"10 10 9 9\" Size=\"1\" CTM=\"4 0 0 4 0 0\"><ofd:TextCode X=\"0\" Y=\"1\" DeltaX=\"0.5\">12"
		      "</ofd:TextCode></ofd:TextObject>" TEXT_AT("14", "10", "", "3")), "[page 1]123\n"},
		/* what is no text of the page */
		{PAGE("<ofd:PathObject Boundary=\"0 0 12345678 9\"><ofd:AbbreviatedData>M 0 0 L 1 1</ofd:AbbreviatedData></ofd:PathObject>"
		      "<ofd:Actions><ofd:Action><ofd:URI URI=\"http://a.example/\"/></ofd:Action></ofd:Actions><ofd:New>told</ofd:New>"),
			"[page 1]New: told\n[page 1, attributes]URI: http://a.example/\n"},
		{PAGE(TEXT_AT("x", "", "DeltaX=\"g g 99999999999 1 nan\"", "odd") TEXT_AT("-", ".", "", "numbers")), NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *said = page_said(cases[i].page);

		if (cases[i].said)
			g_assert_cmpstr(said, ==, cases[i].said);
		else
			g_assert_true(strstr(said, "odd") && strstr(said, "numbers"));
	}
}

static void
test_parts(void)
{
	static const TestingPart parts[] = {
		{"OFD.xml", "<ofd:OFD><ofd:DocBody><ofd:DocInfo><ofd:Author>somebody</ofd:Author><ofd:CustomDatas><ofd:CustomData "
			"Name=\"key\">value</ofd:CustomData></ofd:CustomDatas></ofd:DocInfo><ofd:DocRoot>/Doc_0/Document.xml</ofd:DocRoot>"
			"<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody></ofd:OFD>"},
		{"Doc_0/Document.xml", "<ofd:Document><ofd:CommonData><ofd:PublicRes>PublicRes.xml</ofd:PublicRes><ofd:TemplatePage ID=\"2\" "
			"BaseLoc=\"Tpls/Tpl_0/Content.xml\"/></ofd:CommonData><ofd:Pages><ofd:Page ID=\"1\" BaseLoc=\"Pages/Page_0/Content.xml\"/>"
			"<ofd:Page ID=\"8\" BaseLoc=\"../Doc_0/Pages/Page_1/../Page_1/Content.xml\"/><ofd:Page ID=\"7\" BaseLoc=\"none.xml\"/>"
			"</ofd:Pages><ofd:Outlines><ofd:OutlineElem Title=\"chapter\"/></ofd:Outlines><ofd:Annotations>Annots/Annotations.xml"
			"</ofd:Annotations><ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments></ofd:Document>"},
		{"Doc_0/Tpls/Tpl_0/Content.xml", PAGE(TEXT_AT("10", "10", "DeltaX=\"4\"", "姓名") TEXT_AT("10", "50", "", "底"))},
		{"Doc_0/Pages/Page_0/Content.xml", "<ofd:Page><ofd:Template TemplateID=\"2\"/><ofd:Content>" TEXT_AT("30", "10", "", "甲")
			"</ofd:Content></ofd:Page>"},
		{"Doc_0/Pages/Page_1/Content.xml", PAGE(TEXT_AT("10", "10", "", "second"))},
		{"Doc_0/Annots/Annotations.xml", "<ofd:Annotations><ofd:Page PageID=\"8\"><ofd:FileLoc>Page_1/Annotation.xml</ofd:FileLoc>"
			"</ofd:Page></ofd:Annotations>"},
		{"Doc_0/Annots/Page_1/Annotation.xml", "<ofd:PageAnnot><ofd:Annot Creator=\"who\"><ofd:Remark>remark</ofd:Remark>"
			"<ofd:Appearance Boundary=\"5 5 9 9\">" TEXT_AT("0", "0", "", "stamp") "</ofd:Appearance></ofd:Annot></ofd:PageAnnot>"},
		{"Doc_0/Attachs/Attachments.xml", "<ofd:Attachments><ofd:Attachment ID=\"1\" Name=\"附件.txt\"><ofd:FileLoc>a1.dat</ofd:FileLoc>"
			"</ofd:Attachment></ofd:Attachments>"},
		{"Doc_0/Attachs/a1.dat", "attached"},
		{"Doc_0/Res/font.ttf", "OTTO font"},
		{"Doc_0/CustomTags/tag.xml", "<tag><inner>tagged</inner></tag>"},
	};
	g_autofree char *said = testing_package_said("a.ofd", parts, G_N_ELEMENTS(parts));

	g_assert_cmpstr(said, ==,
		"[properties]Author: somebody\nCustomData: value\n[properties, attributes]Name: key\n"
		"[outline, attributes]Title: chapter\n"
		"[template 1]姓名\n底\n[page 1]姓名 甲\n[page 2]second\n!broken page 3: Doc_0/none.xml is not there\n"
		"[page 2, annotations]Remark: remark\n[page 2, annotations, attributes]Creator: who\n[page 2, annotations]stamp\n"
		"[attachments, attributes]Name: 附件.txt\n[附件.txt]attached"
		"[Doc_0/CustomTags/tag.xml]inner: tagged\n");
}

static void
test_broken(void)
{
	g_autofree char *cut = page_said("<ofd:Page><ofd:TextObject><ofd:TextCode>last words");
	g_autofree char *empty = testing_package_said("a.ofd", (const TestingPart[]){{"OFD.xml", "<ofd:OFD/>"}}, 1);

	g_assert_nonnull(strstr(cut, "last words"));
	g_assert_nonnull(strstr(cut, "!broken page 1: Doc_0/Pages/P.xml"));
	g_assert_nonnull(strstr(empty, "no document in OFD.xml"));
}

/* Two bodies in one package: places say which. */
static void
test_bodies(void)
{
	g_autofree char *said = testing_package_said("a.ofd", (const TestingPart[]){
		{"OFD.xml", "<ofd:OFD><ofd:DocBody><ofd:DocRoot>A/D.xml</ofd:DocRoot></ofd:DocBody><ofd:DocBody><ofd:DocRoot>B/D.xml"
			"</ofd:DocRoot></ofd:DocBody></ofd:OFD>"},
		{"A/D.xml", "<ofd:Document><ofd:Pages><ofd:Page ID=\"1\" BaseLoc=\"P.xml\"/></ofd:Pages></ofd:Document>"},
		{"A/P.xml", PAGE(TEXT_AT("0", "0", "", "one"))},
		{"B/D.xml", "<ofd:Document><ofd:Pages><ofd:Page ID=\"1\" BaseLoc=\"P.xml\"/></ofd:Pages></ofd:Document>"},
		{"B/P.xml", PAGE(TEXT_AT("0", "0", "", "two"))}}, 5);

	g_assert_cmpstr(said, ==, "[page 1]one\n[document 2, page 1]two\n");
}

static void
test_maimed(void)
{
	const TestingPart parts[] = {ROOT,
		{"Doc_0/Document.xml", "<ofd:Document><ofd:Pages><ofd:Page ID=\"1\" BaseLoc=\"P.xml\"/></ofd:Pages></ofd:Document>"},
		{"Doc_0/P.xml", PAGE(TEXT_AT("18", "10", "DeltaX=\"2 2 2\"", "0519") TEXT_AT("10", "10", "DeltaX=\"2 2 2\"", "1101"))}};
	g_autoptr(GByteArray) bytes = testing_package(parts, G_N_ELEMENTS(parts));

	testing_maim("a.ofd", bytes->data, bytes->len);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ofd/lines", test_lines);
	g_test_add_func("/ofd/parts", test_parts);
	g_test_add_func("/ofd/broken", test_broken);
	g_test_add_func("/ofd/bodies", test_bodies);
	g_test_add_func("/ofd/maimed", test_maimed);
	return g_test_run();
}
