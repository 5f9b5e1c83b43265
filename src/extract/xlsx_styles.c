/* Which numbers of a workbook are dates: only the format of a cell's style says so (ECMA-376 part 1, 18.8.30 and 18.17.4). */
#include "extract/xlsx_styles.h"

#include <math.h>
#include <string.h>

enum { STYLES_MAX = 1 << 16, EPOCH = 693594 /* GDate's number of 1899-12-30 */, SERIAL_MAX = 2958465 /* 9999-12-31 */, DAY = 86400,
	OFFSET_1904 = 1462 };

struct FnXlsxStyles {
	GHashTable *custom; /* number of a format → TRUE when it is a date's */
	GByteArray *dates;  /* by style */
	gboolean in_cells;  /* inside of cellXfs */
	gboolean since_1904;
};

/* Formats that every program knows by number. */
static gboolean
is_known_date(guint64 format)
{
	return (format >= 14 && format <= 22) || (format >= 27 && format <= 36) || (format >= 50 && format <= 58);
}

gboolean
fn_xlsx_format_is_date(const char *code)
{
	for (const char *at = code; *at && *at != ';'; at++) {
		if (*at == '"') {
			if (!(at = strchr(at + 1, '"')))
				return FALSE;
		} else if (*at == '[') {
			gsize letters = strspn(at + 1, "hHmMsS");

			/* [h]:mm is a length of time, not a moment */
			if (letters && at[1 + letters] == ']')
				return FALSE;
			if (!(at = strchr(at, ']')))
				return FALSE;
		} else if ((*at == '\\' || *at == '_' || *at == '*') && at[1]) {
			at++;
		} else if (strchr("yYmMdDhHsS", *at)) {
			return TRUE;
		}
	}
	return FALSE;
}

static void
on_start(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	FnXlsxStyles *styles = data;
	const char *number = fn_xml_attribute(attributes, "numFmtId"), *code;
	guint64 format = 0;
	guint8 date;

	(void)xml;
	if (number)
		g_ascii_string_to_unsigned(number, 10, 0, G_MAXUINT32, &format, NULL);
	if (strcmp(name, "cellXfs") == 0) {
		styles->in_cells = TRUE;
	} else if (strcmp(name, "numFmt") == 0 && (code = fn_xml_attribute(attributes, "formatCode"))) {
		if (g_hash_table_size(styles->custom) < STYLES_MAX && fn_xlsx_format_is_date(code))
			g_hash_table_add(styles->custom, GUINT_TO_POINTER((guint)format));
	} else if (strcmp(name, "xf") == 0 && styles->in_cells && styles->dates->len < STYLES_MAX) {
		date = is_known_date(format) || g_hash_table_contains(styles->custom, GUINT_TO_POINTER((guint)format));
		g_byte_array_append(styles->dates, &date, 1);
	}
}

static void
on_end(FnXml *xml, const char *name, gpointer data)
{
	(void)xml;
	if (strcmp(name, "cellXfs") == 0)
		((FnXlsxStyles *)data)->in_cells = FALSE;
}

FnXlsxStyles *
fn_xlsx_styles_read(FnPackage *package, const char *part, gboolean since_1904)
{
	FnXlsxStyles *styles = g_new0(FnXlsxStyles, 1);
	const FnXmlHandler handler = {.start = on_start, .end = on_end, .data = styles};
	const FnZipMember *member = fn_parts_find(&package->parts, part);
	g_autoptr(GByteArray) bytes = member ? fn_parts_take(&package->parts, member) : NULL;

	styles->custom = g_hash_table_new(NULL, NULL);
	styles->dates = g_byte_array_new();
	styles->since_1904 = since_1904;
	if (bytes)
		fn_xml_read(package->extract, part, bytes->data, bytes->len, &handler);
	return styles;
}

void
fn_xlsx_styles_free(FnXlsxStyles *styles)
{
	if (!styles)
		return;
	g_hash_table_unref(styles->custom);
	g_byte_array_unref(styles->dates);
	g_free(styles);
}

gboolean
fn_xlsx_styles_date(const FnXlsxStyles *styles, const char *style, const char *number, GString *out)
{
	guint64 index = 0;
	double serial, day;
	GDate date;
	long second;
	char *end;

	if (style && !g_ascii_string_to_unsigned(style, 10, 0, G_MAXUINT32, &index, NULL))
		return FALSE;
	if (index >= styles->dates->len || !styles->dates->data[index])
		return FALSE;
	serial = g_ascii_strtod(number, &end);
	if (end == number || *end || !(serial >= 0) || serial >= SERIAL_MAX)
		return FALSE;
	if (styles->since_1904)
		serial += OFFSET_1904;
	else if (serial >= 1 && serial < 60) /* the 29th of February 1900 that there never was is number 60 */
		serial++;
	day = floor(serial);
	second = lround((serial - day) * DAY);
	if (second == DAY) {
		day++;
		second = 0;
	}
	g_date_clear(&date, 1);
	g_date_set_julian(&date, EPOCH + (guint)day);
	g_string_truncate(out, 0);
	if (day > 0)
		g_string_printf(out, "%04u-%02u-%02u", g_date_get_year(&date), g_date_get_month(&date), g_date_get_day(&date));
	if (second > 0 || day == 0)
		g_string_append_printf(out, "%s%02ld:%02ld:%02ld", out->len ? " " : "", second / 3600, second / 60 % 60, second % 60);
	return TRUE;
}
