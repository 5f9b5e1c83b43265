#include "extract/testing_office.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* A slide and the presentation. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	static const TestingPart fixed[] = {
		{"[Content_Types].xml",
			"<Types>"
			"<Override PartName=\"/ppt/presentation.xml\" ContentType=\"" TESTING_SLIDE "presentation.main+xml" "\"/>"
			"<Override PartName=\"/ppt/slides/slide1.xml\" ContentType=\"" TESTING_SLIDE "slide+xml" "\"/>"
			"</Types>"},
		{"ppt/_rels/presentation.xml.rels", 
			TESTING_RELS(TESTING_REL("r1", "slide", "slides/slide1.xml"))},
	};
	static const char *const names[] = {"ppt/slides/slide1.xml", "ppt/presentation.xml"};

	testing_fuzz_package("a.pptx", fixed, G_N_ELEMENTS(fixed), names, G_N_ELEMENTS(names), data, size);
	return 0;
}
