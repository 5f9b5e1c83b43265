#include "extract/testing_office.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* Cells as cells: whatever is told as one has its place. */
static void
fuzz_cells(const GByteArray *bytes)
{
	const FnLimits limits = {.input = 1 << 20, .output = 4 << 20, .ratio = 200, .members = 200, .depth = 5, .seconds = 1000000};
	g_autoptr(GString) said = g_string_new(NULL);
	const FnSink sink = testing_sink(said, FALSE);
	g_autoptr(FnExtract) extract = fn_extract_new(&limits, &sink);

	fn_extract_want_cells(extract);
	fn_extract_document(extract, "a.xlsx", bytes->data, bytes->len);
}

/* A sheet, the shared strings, the workbook, the comments and the styles. */
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
			TESTING_RELS(TESTING_REL("r1", "worksheet", "worksheets/sheet1.xml") TESTING_REL("r2", "sharedStrings", "sharedStrings.xml")
				TESTING_REL("r3", "styles", "styles.xml"))},
		{"xl/worksheets/_rels/sheet1.xml.rels", 
			TESTING_RELS(TESTING_REL("r1", "comments", "../comments1.xml"))},
	};
	static const char *const names[] = {"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/comments1.xml", "xl/styles.xml"};
	g_autoptr(GByteArray) bytes = testing_fuzz_parts(fixed, G_N_ELEMENTS(fixed), names, G_N_ELEMENTS(names), data, size);


	testing_fuzz("a.xlsx", bytes->data, bytes->len);
	fuzz_cells(bytes);
	return 0;
}
