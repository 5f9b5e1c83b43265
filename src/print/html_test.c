#include "print/print.h"

#include <string.h>

static void
test_escaped(void)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
		{ "a & b", "a &amp; b" },
		{ "\"quoted\" 'so'", "&quot;quoted&quot; &#39;so&#39;" },
		{ "&lt;", "&amp;lt;" },
		{ "市数据局", "市数据局" },
		{ "tab\tand\x01" "bell", "tab and bell" },
		{ "bad \xff byte", "bad \xef\xbf\xbd byte" },
		{ "abc\xe2\x80\xae" "cba", "abccba" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		static const char *const places[] = { "<h1>%s</h1>", "<title>%s</title>", "<p class=\"subtitle\">%s</p>", "<h2>%s</h2>", "<p>%s</p>",
			"<dt>%s</dt><dd>%s</dd>", "<th>%s</th>", "<td>%s</td>", "<span>%s</span>" };
		const char *text = cases[i].text, *cells[] = { text, NULL };
		g_autoptr(FnPrint) print = fn_print_new(text, text, TRUE);
		g_autofree char *html = NULL;

		fn_print_heading(print, text);
		fn_print_paragraph(print, text);
		fn_print_pair(print, text, text);
		fn_print_table(print, (const FnPrintColumn[]){ { text }, { "数量", TRUE } }, 2);
		fn_print_row(print, cells);
		fn_print_foot(print, text, NULL, NULL);
		html = fn_print_html(print);
		g_test_message("%s", html);
		g_assert_true(g_utf8_validate(html, -1, NULL));
		g_assert_null(strstr(html, "<script"));
		for (gsize j = 0; j < G_N_ELEMENTS(places); j++) {
			g_auto(GStrv) parts = g_strsplit(places[j], "%s", -1);
			g_autofree char *shown = g_strjoinv(cases[i].shown, parts);

			g_assert_nonnull(strstr(html, shown));
		}
		g_assert_nonnull(strstr(html, "<td class=\"n\"></td>"));
	}
}

/* One file, no links, no programs; the titles of a table are repeated by whoever prints it. */
static void
test_alone(void)
{
	g_autoptr(FnPrint) print = fn_print_new("季度通报", "2026年第一季度", TRUE), english = fn_print_new("Notice", NULL, FALSE);
	g_autofree char *html = fn_print_html(print), *again = fn_print_html(print), *other = fn_print_html(english);

	g_assert_true(g_str_has_prefix(html, "<!DOCTYPE html>\n<html lang=\"zh-CN\">"));
	g_assert_nonnull(strstr(html, "default-src 'none'"));
	g_assert_nonnull(strstr(html, "@page{size:A4"));
	g_assert_nonnull(strstr(html, "thead{display:table-header-group}"));
	g_assert_null(strstr(html, "http:"));
	g_assert_null(strstr(html, "src="));
	g_assert_cmpstr(html, ==, again);
	g_assert_nonnull(strstr(other, "<html lang=\"en\">"));
	g_assert_null(strstr(other, "class=\"subtitle\""));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/print/html/escaped", test_escaped);
	g_test_add_func("/print/html/alone", test_alone);
	return g_test_run();
}
