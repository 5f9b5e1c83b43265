/* A document of any texts: the page is UTF-8 and holds no mark-up but its own; now and then it is also put on paper. */
#include "print/print.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

enum { LINES = 40, COLUMNS = 3 };

/* # heading, = pair, + table, | row; all else is a paragraph. Cells stand between tabs. */
static void
put_line(FnPrint *print, const char *line, gboolean *in_table)
{
	static const FnPrintColumn heads[COLUMNS] = { { "A", TRUE }, { "丙", FALSE }, { "", TRUE } };
	g_auto(GStrv) part = g_strsplit(*line != '\0' ? line + 1 : line, "\t", COLUMNS);
	const char *cells[COLUMNS] = { NULL };

	for (guint i = 0; part[i] != NULL; i++)
		cells[i] = part[i];
	if (*line == '|' && *in_table) {
		fn_print_row(print, cells);
		return;
	}
	*in_table = *line == '+';
	if (*line == '+')
		fn_print_table(print, heads, COLUMNS);
	else if (*line == '#')
		fn_print_heading(print, line + 1);
	else if (*line == '=')
		fn_print_pair(print, cells[0], cells[1]);
	else
		fn_print_paragraph(print, line);
}

/* The first three lines are title, subtitle and foot. */
static FnPrint *
document(const char *text)
{
	g_auto(GStrv) line = g_strsplit(text, "\n", LINES);
	FnPrint *print;
	gboolean in_table = FALSE;

	if (g_strv_length(line) < 3)
		return NULL;
	print = fn_print_new(line[0], line[1], *line[2] == 'z');
	fn_print_foot(print, line[2], "2026-02-12", line[2]);
	for (guint i = 3; line[i] != NULL; i++)
		put_line(print, line[i], &in_table);
	return print;
}

static gsize
marks(const char *html)
{
	gsize n = 0;

	for (; *html != '\0'; html++)
		n += strchr("<>&\"'", *html) != NULL && !g_str_has_prefix(html, "&lt;") && !g_str_has_prefix(html, "&gt;") &&
			!g_str_has_prefix(html, "&amp;") && !g_str_has_prefix(html, "&quot;") && !g_str_has_prefix(html, "&#39;");
	return n;
}

/* The page of @text has as much mark-up as that of the same text without any. */
static void
check_page(const FnPrint *print, const char *text)
{
	g_autofree char *without = g_strdelimit(g_strdup(text), "<>&\"'", 'x'), *html = fn_print_html(print), *plain = NULL;
	g_autoptr(FnPrint) other = document(without);

	plain = fn_print_html(other);
	g_assert_true(g_utf8_validate(html, -1, NULL));
	g_assert_cmpuint(marks(html), ==, marks(plain));
}

static void
check_paper(const FnPrint *print)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) pdf = fn_print_pdf(print, &error);

	g_assert_true((pdf == NULL) == (error != NULL));
	g_assert_true(pdf == NULL || memcmp(g_bytes_get_data(pdf, NULL), "%PDF-", 5) == 0);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autoptr(FnPrint) print = document(text);

	if (print == NULL)
		return 0;
	check_page(print, text);
	if (g_str_has_suffix(text, "!pdf")) /* slow: only where asked for */
		check_paper(print);
	return 0;
}
