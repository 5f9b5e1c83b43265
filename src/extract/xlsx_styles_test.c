#include "extract/xlsx_styles.h"

#include "extract/testing_office.h"

static void
test_formats(void)
{
	static const struct {
		const char *code;
		gboolean date;
	} cases[] = {
		{"yyyy-mm-dd", TRUE},
		{"yyyy\"年\"m\"月\"d\"日\"", TRUE},
		{"[$-804]aaaa;@", FALSE},
		{"[$-F800]dddd, mmmm dd, yyyy", TRUE},
		{"上午/下午h\"时\"mm\"分\"", TRUE},
		{"[Red]m/d", TRUE},
		{"[h]:mm:ss", FALSE},
		{"General", FALSE},
		{"0.00E+00", FALSE},
		{"#,##0.00 \"days\"", FALSE},
		{"0\\d", FALSE},
		{"0_d", FALSE},
		{"0;yyyy", FALSE},
		{"\"open", FALSE},
		{"[open", FALSE},
		{"\\", FALSE},
		{"", FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpint(fn_xlsx_format_is_date(cases[i].code), ==, cases[i].date);
}

/* What is said of a sheet with one cell of @style that holds @number. */
static char *
cell_said(const char *properties, const char *style, const char *number)
{
	g_autofree char *book = g_strdup_printf("<workbook xmlns:r=\"r\"><workbookPr %s/><sheets><sheet name=\"S\" r:id=\"r1\"/></sheets></workbook>",
		properties);
	g_autofree char *sheet = g_strdup_printf("<worksheet><sheetData><row r=\"1\"><c r=\"A1\" %s><v>%s</v></c></row></sheetData></worksheet>",
		style, number);
	const TestingPart parts[] = {{"[Content_Types].xml", "<Types><Override PartName=\"/xl/workbook.xml\" ContentType=\"" TESTING_SHEET "sheet.main+xml\"/></Types>"},
		{"xl/workbook.xml", book},
		{"xl/_rels/workbook.xml.rels", TESTING_RELS(TESTING_REL("r1", "worksheet", "worksheets/sheet1.xml") TESTING_REL("r2", "styles", "styles.xml"))},
		{"xl/worksheets/sheet1.xml", sheet},
		{"xl/styles.xml", "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy\"/><numFmt numFmtId=\"165\" formatCode=\"0.0\"/></numFmts>"
			"<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
			"<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/></cellXfs></styleSheet>"}};
	TestingZip zip = testing_zip();
	GString *said = g_string_new(NULL);
	FnSink sink = testing_sink(said, FALSE);
	FnLimits limits = fn_limits_default();
	g_autoptr(FnExtract) extract = fn_extract_new(&limits, &sink);
	g_autoptr(GByteArray) bytes = NULL;
	const char *cell;
	char *out;

	for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
		testing_zip_add_text(&zip, parts[i].name, parts[i].text);
	bytes = testing_zip_end(&zip);
	fn_extract_want_cells(extract);
	fn_extract_document(extract, "a.xlsx", bytes->data, bytes->len);
	cell = strstr(said->str, "{S!A1");
	out = cell ? g_strndup(cell + 5, strcspn(cell + 5, "[!")) : g_strdup("nothing");
	g_string_free(said, TRUE);
	return out;
}

static void
test_dates(void)
{
	static const struct {
		const char *properties, *style, *number, *said;
	} cases[] = {
		{"", "s=\"1\"", "45296", "}2024-01-05"},
		{"", "s=\"2\"", "45296.5729166667", "}2024-01-05 13:45:00"},
		{"", "s=\"1\"", "0.25", "}06:00:00"},
		{"", "s=\"1\"", "45296.999999999", "}2024-01-06"},
		{"", "s=\"1\"", "61", "}1900-03-01"},
		{"", "s=\"1\"", "1", "}1900-01-01"},
		{"date1904=\"1\"", "s=\"1\"", "43834", "}2024-01-05"},
		/* no dates */
		{"", "", "45296", " number}45296"},
		{"", "s=\"0\"", "45296", " number}45296"},
		{"", "s=\"3\"", "45296", " number}45296"},
		{"", "s=\"4\"", "45296", " number}45296"},
		{"", "s=\"-1\"", "45296", " number}45296"},
		{"", "s=\"99999999999\"", "45296", " number}45296"},
		{"", "s=\"1\"", "-1", " number}-1"},
		{"", "s=\"1\"", "1E+300", " number}1E+300"},
		{"", "s=\"1\"", "nan", " number}nan"},
		{"", "s=\"1\" t=\"str\"", "45296", "}45296"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *said = cell_said(cases[i].properties, cases[i].style, cases[i].number);

		g_assert_cmpstr(said, ==, cases[i].said);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xlsx_styles/formats", test_formats);
	g_test_add_func("/xlsx_styles/dates", test_dates);
	return g_test_run();
}
