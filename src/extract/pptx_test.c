#include "extract/testing_office.h"

#define TEXT(x) "<a:p><a:r><a:t>" x "</a:t></a:r></a:p>"

static void
test_slides(void)
{
	static const TestingPart parts[] = {
		{"ppt/presentation.xml", "<p:presentation xmlns:r=\"r\"><p:sldIdLst><p:sldId id=\"256\" r:id=\"r2\"/>"
			"<p:sldId id=\"257\" r:id=\"r1\"/><p:sldId id=\"258\" r:id=\"r7\"/></p:sldIdLst></p:presentation>"},
		{"ppt/_rels/presentation.xml.rels", TESTING_RELS(TESTING_REL("r1", "slide", "slides/slide1.xml")
			TESTING_REL("r2", "slide", "slides/slide2.xml") TESTING_REL("r7", "slide", "slides/slide7.xml")
			TESTING_REL("r3", "slideMaster", "slideMasters/slideMaster1.xml")
			TESTING_REL("r4", "commentAuthors", "commentAuthors.xml"))},
		{"ppt/slides/slide1.xml", "<p:sld show=\"0\">" TEXT("hidden words") "</p:sld>"},
		{"ppt/slides/slide2.xml", "<p:sld><p:cNvPr id=\"1\" descr=\"described\"/><a:p><a:r><a:t>1101</a:t></a:r><a:r><a:t>05</a:t></a:r>"
			"</a:p><a:tbl><a:tr><a:tc>" TEXT("a") "</a:tc><a:tc>" TEXT("b") "</a:tc></a:tr></a:tbl></p:sld>"},
		{"ppt/slides/_rels/slide2.xml.rels", TESTING_RELS(TESTING_REL("r1", "notesSlide", "../notesSlides/notesSlide4.xml")
			TESTING_REL("r2", "comments", "../comments/comment1.xml") TESTING_REL("r3", "diagramData", "../diagrams/data1.xml")
			TESTING_REL("r4", "slideLayout", "../slideLayouts/slideLayout1.xml"))},
		{"ppt/notesSlides/notesSlide4.xml", "<p:notes>" TEXT("noted") "</p:notes>"},
		{"ppt/comments/comment1.xml", "<p:cmLst><p:cm authorId=\"0\"><p:text>remark</p:text></p:cm></p:cmLst>"},
		{"ppt/commentAuthors.xml", "<p:cmAuthorLst><p:cmAuthor name=\"author\"/></p:cmAuthorLst>"},
		{"ppt/diagrams/data1.xml", "<dgm:dataModel><dgm:pt><dgm:t>" TEXT("node") "</dgm:t></dgm:pt></dgm:dataModel>"},
		{"ppt/slideMasters/slideMaster1.xml", "<p:sldMaster>" TEXT("on every slide") "</p:sldMaster>"},
	};
	g_autofree char *said = testing_ooxml_said("a.pptx", parts, G_N_ELEMENTS(parts));

	g_assert_cmpstr(said, ==,
		"[slide 1]110105\na\tb\n[slide 1, attributes]descr: described\n"
		"[slide 1, notes]noted\n[slide 1, comments]remark\n[slide 1, diagram]node\n"
		"[slide 2 (hidden)]hidden words\n!broken slide 2 (hidden): a slide that is not there\n"
		"[master 1]on every slide\n[comment authors, attributes]name: author\n");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pptx/slides", test_slides);
	return g_test_run();
}
