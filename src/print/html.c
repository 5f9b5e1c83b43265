/* As a page for browsers, and for their printers. */
#include "print/print_priv.h"

#include <string.h>

static const char style[] =
	"@page{size:A4;margin:20mm 18mm}"
	"body{font:10.5pt/1.6 \"Noto Serif CJK SC\",\"Source Han Serif SC\",SimSun,serif;color:#000;background:#fff;max-width:174mm;margin:0 auto;padding:8mm}"
	"h1{font-size:18pt;text-align:center;margin:0 0 2mm}"
	".subtitle{text-align:center;margin:0 0 6mm}"
	"h2{font-size:13pt;margin:6mm 0 2mm;break-after:avoid}"
	"p{margin:0 0 2mm;white-space:pre-line}"
	"dl{display:grid;grid-template-columns:fit-content(30%) 1fr;gap:1mm 6mm;margin:0 0 4mm}"
	"dt{font-weight:bold}"
	"dd{margin:0;overflow-wrap:anywhere}"
	"table{border-collapse:collapse;width:100%;margin:0 0 4mm;font-size:9.5pt}"
	"thead{display:table-header-group}"
	"tr{break-inside:avoid}"
	"th,td{border:.2mm solid #000;padding:.8mm 1.6mm;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
	"th{background:#eee}"
	".n{text-align:right;white-space:nowrap}"
	"footer{border-top:.2mm solid #000;margin-top:8mm;padding-top:2mm;font-size:8pt;overflow-wrap:anywhere}"
	"footer span{margin-right:6mm}"
	"@media print{body{max-width:none;margin:0;padding:0}}";

static void
put(GString *out, const char *before, const char *text, const char *after)
{
	g_string_append(out, before);
	for (const char *at = text; *at != '\0'; at++)
		switch (*at) {
		case '&': g_string_append(out, "&amp;"); break;
		case '<': g_string_append(out, "&lt;"); break;
		case '>': g_string_append(out, "&gt;"); break;
		case '"': g_string_append(out, "&quot;"); break;
		case '\'': g_string_append(out, "&#39;"); break;
		default: g_string_append_c(out, *at);
		}
	g_string_append(out, after);
}

static void
put_heading(GString *out, const FnBlock *block)
{
	put(out, "<h2>", block->text, "</h2>\n");
}

static void
put_paragraph(GString *out, const FnBlock *block)
{
	put(out, "<p>", block->text, "</p>\n");
}

static void
put_pairs(GString *out, const FnBlock *block)
{
	g_string_append(out, "<dl>\n");
	for (guint i = 0; i < fn_block_rows(block); i++) {
		put(out, "<dt>", fn_block_cell(block, i, 0), "</dt>");
		put(out, "<dd>", fn_block_cell(block, i, 1), "</dd>\n");
	}
	g_string_append(out, "</dl>\n");
}

static void
put_row(GString *out, const FnBlock *block, guint row, const char *tag)
{
	g_string_append(out, "<tr>");
	for (guint i = 0; i < block->columns; i++) {
		g_string_append_printf(out, "<%s%s>", tag, block->right[i] ? " class=\"n\"" : "");
		put(out, "", fn_block_cell(block, row, i), "");
		g_string_append_printf(out, "</%s>", tag);
	}
	g_string_append(out, "</tr>\n");
}

static void
put_table(GString *out, const FnBlock *block)
{
	g_string_append(out, "<table>\n<thead>\n");
	put_row(out, block, 0, "th");
	g_string_append(out, "</thead>\n<tbody>\n");
	for (guint i = 1; i <= fn_block_rows(block); i++)
		put_row(out, block, i, "td");
	g_string_append(out, "</tbody>\n</table>\n");
}

static void (*const puts_block[])(GString *out, const FnBlock *block) = {
	[FN_BLOCK_HEADING] = put_heading, [FN_BLOCK_PARAGRAPH] = put_paragraph, [FN_BLOCK_PAIRS] = put_pairs, [FN_BLOCK_TABLE] = put_table,
};

static void
put_foot(GString *out, const FnPrint *print)
{
	const char *const parts[] = { print->number, print->date, print->digest };

	g_string_append(out, "<footer>");
	for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
		if (parts[i] != NULL && *parts[i] != '\0')
			put(out, "<span>", parts[i], "</span>");
	g_string_append(out, "</footer>\n");
}

/* The policy stands in the page itself: a file that was saved has no headers. */
char *
fn_print_html(const FnPrint *print)
{
	GString *out = g_string_new("<!DOCTYPE html>\n");

	g_string_append_printf(out, "<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n", print->chinese ? "zh-CN" : "en");
	g_string_append(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
	put(out, "<title>", print->title, "</title>\n<style>");
	g_string_append(out, style);
	g_string_append(out, "</style>\n</head>\n<body>\n");
	put(out, "<h1>", print->title, "</h1>\n");
	if (*print->subtitle != '\0')
		put(out, "<p class=\"subtitle\">", print->subtitle, "</p>\n");
	for (guint i = 0; i < print->blocks->len; i++) {
		const FnBlock *block = print->blocks->pdata[i];

		puts_block[block->kind](out, block);
	}
	put_foot(out, print);
	g_string_append(out, "</body>\n</html>\n");
	return g_string_free(out, FALSE);
}
