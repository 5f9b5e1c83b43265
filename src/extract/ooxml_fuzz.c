#include "extract/testing_office.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* The body of a Word document, its relations and a header. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	static const TestingPart fixed[] = {
		{"[Content_Types].xml",
			"<Types>"
			"<Override PartName=\"/word/document.xml\" ContentType=\"" TESTING_WORD "document.main+xml" "\"/>"
			"<Override PartName=\"/word/header1.xml\" ContentType=\"" TESTING_WORD "header+xml" "\"/>"
			"</Types>"},
	};
	static const char *const names[] = {"word/document.xml", "word/_rels/document.xml.rels", "word/header1.xml"};

	testing_fuzz_package("a.docx", fixed, G_N_ELEMENTS(fixed), names, G_N_ELEMENTS(names), data, size);
	return 0;
}
