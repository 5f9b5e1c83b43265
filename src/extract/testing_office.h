/* Packages of office documents put together by hand for tests and fuzzers. */
#pragma once

#include "extract/testing.h"

typedef struct {
	const char *name, *text;
} TestingPart;

static const char testing_types_head[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
	"<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
	"<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
	"<Default Extension=\"png\" ContentType=\"image/png\"/>";

#define TESTING_WORD "application/vnd.openxmlformats-officedocument.wordprocessingml."
#define TESTING_SHEET "application/vnd.openxmlformats-officedocument.spreadsheetml."
#define TESTING_SLIDE "application/vnd.openxmlformats-officedocument.presentationml."
#define TESTING_OFFICE "application/vnd.openxmlformats-officedocument."

/* Content types, by the start of a part's name. The first that fits. */
static const struct {
	const char *part, *type;
} testing_types[] = {
	{"word/document", TESTING_WORD "document.main+xml"},
	{"word/header", TESTING_WORD "header+xml"},
	{"word/footer", TESTING_WORD "footer+xml"},
	{"word/comments", TESTING_WORD "comments+xml"},
	{"word/footnotes", TESTING_WORD "footnotes+xml"},
	{"word/endnotes", TESTING_WORD "endnotes+xml"},
	{"word/settings", TESTING_WORD "settings+xml"},
	{"word/glossary/document", TESTING_WORD "document.glossary+xml"},
	{"word/charts/", TESTING_OFFICE "drawingml.chart+xml"},
	{"xl/workbook.bin", "application/vnd.ms-excel.sheet.binary.macroEnabled.main"},
	{"xl/workbook.xml", TESTING_SHEET "sheet.main+xml"},
	{"xl/worksheets/sheet", TESTING_SHEET "worksheet+xml"},
	{"xl/sharedStrings.xml", TESTING_SHEET "sharedStrings+xml"},
	{"xl/comments", TESTING_SHEET "comments+xml"},
	{"xl/threadedComments/", "application/vnd.ms-excel.threadedcomments+xml"},
	{"xl/drawings/drawing", TESTING_OFFICE "drawing+xml"},
	{"xl/charts/", TESTING_OFFICE "drawingml.chart+xml"},
	{"xl/pivotCache/pivotCacheDefinition", TESTING_SHEET "pivotCacheDefinition+xml"},
	{"xl/pivotCache/pivotCacheRecords", TESTING_SHEET "pivotCacheRecords+xml"},
	{"xl/externalLinks/externalLink", TESTING_SHEET "externalLink+xml"},
	{"ppt/presentation.xml", TESTING_SLIDE "presentation.main+xml"},
	{"ppt/slides/slide", TESTING_SLIDE "slide+xml"},
	{"ppt/slideMasters/", TESTING_SLIDE "slideMaster+xml"},
	{"ppt/notesSlides/", TESTING_SLIDE "notesSlide+xml"},
	{"ppt/comments/", TESTING_SLIDE "comments+xml"},
	{"ppt/commentAuthors.xml", TESTING_SLIDE "commentAuthors+xml"},
	{"ppt/diagrams/data", TESTING_OFFICE "drawingml.diagramData+xml"},
	{"docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"},
	{"docProps/app.xml", TESTING_OFFICE "extended-properties+xml"},
	{"docProps/custom.xml", TESTING_OFFICE "custom-properties+xml"},
};

static inline void
testing_add_types(TestingZip *zip, const TestingPart *parts, gsize n)
{
	g_autoptr(GString) types = g_string_new(testing_types_head);

	for (gsize i = 0; i < n; i++) {
		for (gsize k = 0; k < G_N_ELEMENTS(testing_types); k++) {
			if (!g_str_has_prefix(parts[i].name, testing_types[k].part))
				continue;
			g_string_append_printf(types, "<Override PartName=\"/%s\" ContentType=\"%s\"/>", parts[i].name,
				testing_types[k].type);
			break;
		}
	}
	g_string_append(types, "</Types>");
	testing_zip_add_text(zip, "[Content_Types].xml", types->str);
}

/* Parts as a package of OOXML, its content types with them. */
static inline GByteArray *
testing_ooxml(const TestingPart *parts, gsize n)
{
	TestingZip zip = testing_zip();

	testing_add_types(&zip, parts, n);
	for (gsize i = 0; i < n; i++)
		testing_zip_add_text(&zip, parts[i].name, parts[i].text);
	return testing_zip_end(&zip);
}

static inline char *
testing_ooxml_said(const char *name, const TestingPart *parts, gsize n)
{
	g_autoptr(GByteArray) bytes = testing_ooxml(parts, n);

	return testing_extract(name, bytes->data, bytes->len, NULL);
}

/* What the body of a Word document says, @body being what stands in <w:body>. */
static inline char *
testing_docx_said(const char *body)
{
	g_autofree char *document = g_strdup_printf("<w:document xmlns:w=\"w\" xmlns:mc=\"mc\" xmlns:v=\"v\"><w:body>%s</w:body>"
		"</w:document>", body);

	return testing_ooxml_said("a.docx", (const TestingPart[]){{"word/document.xml", document}}, 1);
}

/* A relationships part: @rows of id, type and target. */
#define TESTING_RELS(rows) "<Relationships xmlns=\"r\">" rows "</Relationships>"
#define TESTING_REL(id, type, target) "<Relationship Id=\"" id "\" Type=\"http://x/" type "\" Target=\"" target "\"/>"

/* Parts as a zip of any kind, the first one stored (OpenDocument wants its type so). */
static inline GByteArray *
testing_package(const TestingPart *parts, gsize n)
{
	TestingZip zip = testing_zip();

	for (gsize i = 0; i < n; i++)
		testing_zip_add(&zip, parts[i].name, parts[i].text, strlen(parts[i].text), i > 0, 0);
	return testing_zip_end(&zip);
}

static inline char *
testing_package_said(const char *name, const TestingPart *parts, gsize n)
{
	g_autoptr(GByteArray) bytes = testing_package(parts, n);

	return testing_extract(name, bytes->data, bytes->len, NULL);
}

/* For fuzzers: a package of @fixed parts and of those called @names, whose texts are cut out of @data at lines "====". */
static inline GByteArray *
testing_fuzz_parts(const TestingPart *fixed, gsize n, const char *const *names, gsize m, const guint8 *data, gsize size)
{
	TestingZip zip = testing_zip();

	for (gsize i = 0; i < n; i++)
		testing_zip_add(&zip, fixed[i].name, fixed[i].text, strlen(fixed[i].text), FALSE, 0);
	for (gsize i = 0; i < m; i++) {
		const guint8 *end = size && i + 1 < m ? memmem(data, size, "\n====\n", 6) : NULL;
		gsize length = end ? (gsize)(end - data) : size;

		testing_zip_add(&zip, names[i], length ? (const char *)data : "", length, FALSE, 0);
		data += length + (end ? 6 : 0);
		size -= length + (end ? 6 : 0);
	}
	return testing_zip_end(&zip);
}

static inline void
testing_fuzz_package(const char *document, const TestingPart *fixed, gsize n, const char *const *names, gsize m,
	const guint8 *data, gsize size)
{
	g_autoptr(GByteArray) bytes = testing_fuzz_parts(fixed, n, names, m, data, size);

	testing_fuzz(document, bytes->data, bytes->len);
}
