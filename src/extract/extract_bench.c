/* Speed of the readers of office documents on one core: a report of many pages, a register of many rows, a fixed-layout
 * document of many pages. What is said is held against what they were made with; a missing identifier fails the run. Prints
 * name, ours, reference, ratio; the reference is the same bytes inflated and parsed by expat with handlers that do nothing.
 * Figures are pages per second; with ".bytes" behind the name, bytes of the unpacked parts per second. */
#include "extract/testing_office.h"

#include <expat.h>
#include <stdio.h>
#include <time.h>

enum { PAGES = 400, PARAGRAPHS = 28, ROWS = 45, COLUMNS = 8, ROUNDS = 5 };

static const char sentence[] = "各部门应当按照职责分工，加强政务数据资源的采集、归集、共享和应用工作，确保数据真实、准确、完整。";

static double
cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* One for each page, which must come out whole. */
static void
marker(char *out, gsize size, guint page)
{
	g_snprintf(out, size, "11010519491231%04u", page);
}

/* ---- documents ---- */

static void
add_paragraph(GString *xml, guint number)
{
	g_string_append_printf(xml, "<w:p w:rsidR=\"00A77B3E\" w:rsidRDefault=\"00A77B3E\"><w:pPr><w:spacing w:line=\"560\" "
		"w:lineRule=\"exact\"/><w:ind w:firstLineChars=\"200\" w:firstLine=\"640\"/></w:pPr><w:r><w:rPr><w:rFonts w:ascii=\"仿宋_GB2312\" "
		"w:eastAsia=\"仿宋_GB2312\" w:hint=\"eastAsia\"/><w:sz w:val=\"32\"/></w:rPr><w:t>%s</w:t></w:r><w:r><w:rPr><w:sz w:val=\"32\"/>"
		"</w:rPr><w:t xml:space=\"preserve\"> %u </w:t></w:r><w:r><w:t>%s</w:t></w:r></w:p>", sentence, number, sentence);
}

static GByteArray *
make_docx(void)
{
	g_autoptr(GString) xml = g_string_new("<w:document xmlns:w=\"w\"><w:body>");

	for (guint page = 0; page < PAGES; page++) {
		char id[32];

		marker(id, sizeof id, page);
		for (guint i = 0; i < PARAGRAPHS / 2; i++)
			add_paragraph(xml, i);
		g_string_append_printf(xml, "<w:p><w:r><w:t>%.6s</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>%s</w:t></w:r></w:p>", id, id + 6);
	}
	g_string_append(xml, "</w:body></w:document>");
	return testing_ooxml((const TestingPart[]){{"word/document.xml", xml->str}}, 1);
}

static GByteArray *
make_xlsx(void)
{
	g_autoptr(GString) strings = g_string_new("<sst>"), xml = g_string_new("<worksheet><sheetData>");

	for (guint page = 0; page < PAGES; page++) {
		char id[32];

		marker(id, sizeof id, page);
		g_string_append_printf(strings, "<si><t>%s</t></si><si><r><t>%.6s</t></r><r><t>%s</t></r></si>", sentence, id, id + 6);
		for (guint i = 0; i < ROWS; i++) {
			guint row = page * ROWS + i + 1;

			g_string_append_printf(xml, "<row r=\"%u\" spans=\"1:8\"><c r=\"A%u\" s=\"1\" t=\"s\"><v>%u</v></c>", row, row,
				page * 2 + (i == 0));
			for (guint column = 1; column < COLUMNS; column++)
				g_string_append_printf(xml, "<c r=\"%c%u\" s=\"2\"><v>%u</v></c>", 'A' + column, row, row * 7919 + column);
			g_string_append(xml, "</row>");
		}
	}
	g_string_append(xml, "</sheetData></worksheet>");
	g_string_append(strings, "</sst>");
	return testing_ooxml((const TestingPart[]){
		{"xl/workbook.xml", "<workbook xmlns:r=\"r\"><sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"},
		{"xl/_rels/workbook.xml.rels", TESTING_RELS(TESTING_REL("r1", "worksheet", "worksheets/sheet1.xml")
			TESTING_REL("r2", "sharedStrings", "sharedStrings.xml"))},
		{"xl/worksheets/sheet1.xml", xml->str}, {"xl/sharedStrings.xml", strings->str}}, 4);
}

static void
add_line(GString *xml, guint line, double x, const char *text)
{
	g_string_append_printf(xml, "<ofd:TextObject ID=\"%u\" Boundary=\"%.3f %.3f 150 6\" Font=\"3\" Size=\"5.6\"><ofd:FillColor "
		"Value=\"0 0 0\"/><ofd:TextCode X=\"0\" Y=\"4.8\" DeltaX=\"g %ld 2.8\">%s</ofd:TextCode></ofd:TextObject>", line + 10, x,
		30 + line * 8.5, g_utf8_strlen(text, -1) - 1, text);
}

static GByteArray *
make_ofd(void)
{
	g_autoptr(GString) document = g_string_new("<ofd:Document><ofd:Pages>");
	TestingZip zip = testing_zip();

	testing_zip_add_text(&zip, "OFD.xml", "<ofd:OFD><ofd:DocBody><ofd:DocRoot>D/D.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>");
	for (guint page = 0; page < PAGES; page++) {
		g_autofree char *name = g_strdup_printf("D/Pages/%u.xml", page);
		g_autoptr(GString) xml = g_string_new("<ofd:Page><ofd:Content><ofd:Layer>");
		char id[32], head[8];

		marker(id, sizeof id, page);
		g_strlcpy(head, id, 7);
		for (guint i = 0; i < PARAGRAPHS - 1; i++)
			add_line(xml, i, 30, sentence);
		add_line(xml, PARAGRAPHS, 30, head);
		add_line(xml, PARAGRAPHS, 30 + 6 * 2.8, id + 6);
		g_string_append(xml, "</ofd:Layer></ofd:Content></ofd:Page>");
		g_string_append_printf(document, "<ofd:Page ID=\"%u\" BaseLoc=\"Pages/%u.xml\"/>", page, page);
		testing_zip_add_text(&zip, name, xml->str);
	}
	g_string_append(document, "</ofd:Pages></ofd:Document>");
	testing_zip_add_text(&zip, "D/D.xml", document->str);
	return testing_zip_end(&zip);
}

/* ---- measuring ---- */

static void
ignore_start(gpointer data, const char *name, const char **attributes)
{
}

static void
ignore_end(gpointer data, const char *name)
{
}

static void
ignore_text(gpointer data, const char *text, int size)
{
}

static void
ignore_word(const char *word, gpointer data)
{
}

static void
ignore_note(FnNote note, const char *where, const char *detail, gpointer data)
{
}

/* Unpacked bytes of all parts, each inflated and parsed. */
static gsize
reference_run(const GByteArray *bytes)
{
	FnSink sink = {ignore_word, ignore_word, NULL, ignore_note, NULL, NULL};
	FnLimits limits = fn_limits_default();
	g_autoptr(FnExtract) extract = fn_extract_new(&limits, &sink);
	g_autoptr(FnZip) zip = fn_zip_open(bytes->data, bytes->len);
	gsize size = 0;

	for (guint i = 0; i < fn_zip_members(zip); i++) {
		g_autoptr(GByteArray) part = fn_zip_read(extract, zip, fn_zip_member(zip, i));
		XML_Parser parser = XML_ParserCreate(NULL);

		XML_SetElementHandler(parser, ignore_start, ignore_end);
		XML_SetCharacterDataHandler(parser, ignore_text);
		g_assert_true(XML_Parse(parser, (const char *)part->data, (int)part->len, TRUE) == XML_STATUS_OK);
		XML_ParserFree(parser);
		size += part->len;
	}
	return size;
}

static void
collect(const char *text, gsize size, gpointer data)
{
	g_string_append_len(data, text, (gssize)size);
}

static void
note_fails(FnNote note, const char *where, const char *detail, gpointer data)
{
	g_error("%s: %s", where, detail);
}

static GString *
our_run(const char *name, const GByteArray *bytes)
{
	GString *said = g_string_sized_new(16 << 20);
	FnSink sink = {ignore_word, ignore_word, collect, note_fails, NULL, said};
	FnLimits limits = fn_limits_default();
	g_autoptr(FnExtract) extract = fn_extract_new(&limits, &sink);

	fn_extract_document(extract, name, bytes->data, bytes->len);
	return said;
}

static gboolean
is_complete(const char *name, const GString *said)
{
	guint missing = 0;

	for (guint page = 0; page < PAGES; page++) {
		char id[32];

		marker(id, sizeof id, page);
		missing += strstr(said->str, id) == NULL;
	}
	if (missing > 0)
		fprintf(stderr, "%s: %u of %u identifiers did not come out whole\n", name, missing, (guint)PAGES);
	return missing == 0;
}

static gboolean
measure(const char *figure, const char *name, GByteArray *bytes)
{
	double ours = 1e9, reference = 1e9;
	gboolean complete = TRUE;
	gsize size = 0;

	for (guint round = 0; round < ROUNDS; round++) {
		double began = cpu_seconds(), middle;
		GString *said = our_run(name, bytes);

		middle = cpu_seconds();
		ours = MIN(ours, middle - began);
		complete &= is_complete(name, said);
		g_string_free(said, TRUE);
		middle = cpu_seconds();
		size = reference_run(bytes);
		reference = MIN(reference, cpu_seconds() - middle);
	}
	printf("%s\t%.0f\t%.0f\t%.2f\n", figure, PAGES / ours, PAGES / reference, reference / ours);
	printf("%s.bytes\t%.0fM\t%.0fM\t%.2f\n", figure, (double)size / ours / 1e6, (double)size / reference / 1e6, reference / ours);
	g_byte_array_unref(bytes);
	return complete;
}

int
main(void)
{
	gboolean fine = measure("extract.docx", "a.docx", make_docx());

	fine &= measure("extract.xlsx", "a.xlsx", make_xlsx());
	fine &= measure("extract.ofd", "a.ofd", make_ofd());
	return fine ? 0 : 1;
}
