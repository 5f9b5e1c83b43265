#include "extract/testing_office.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* A sheet, the shared strings, the workbook and the comments. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	static const TestingPart fixed[] = {
		{"[Content_Types].xml",
			"<Types>"
			"<Override PartName=\"/xl/workbook.xml\" ContentType=\"" TESTING_SHEET "sheet.main+xml" "\"/>"
			"<Override PartName=\"/xl/comments1.xml\" ContentType=\"" TESTING_SHEET "comments+xml" "\"/>"
			"</Types>"},
		{"xl/_rels/workbook.xml.rels", 
			TESTING_RELS(TESTING_REL("r1", "worksheet", "worksheets/sheet1.xml") TESTING_REL("r2", "sharedStrings", "sharedStrings.xml"))},
		{"xl/worksheets/_rels/sheet1.xml.rels", 
			TESTING_RELS(TESTING_REL("r1", "comments", "../comments1.xml"))},
	};
	static const char *const names[] = {"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/comments1.xml"};

	testing_fuzz_package("a.xlsx", fixed, G_N_ELEMENTS(fixed), names, G_N_ELEMENTS(names), data, size);
	return 0;
}
