#include "print/print.h"
#include "print/test_fonts.h"

#include <fontconfig/fontconfig.h>
#include <glib/gstdio.h>
#include <string.h>

/* What another program reads in it: poppler's, which the tests of documents need anyway. */
static char *
run_on(GBytes *pdf, const char *program, const char *const *options)
{
	g_autofree char *path = NULL, *out = NULL;
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	gsize size;
	gconstpointer bytes = g_bytes_get_data(pdf, &size);
	int file = g_file_open_tmp("fengni-print-XXXXXX.pdf", &path, &error), status;

	g_assert_no_error(error);
	g_assert_true(g_close(file, NULL));
	g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
	g_ptr_array_add(argv, (gpointer)program);
	for (; *options != NULL; options++)
		g_ptr_array_add(argv, (gpointer)(strcmp(*options, "FILE") == 0 ? path : *options));
	g_ptr_array_add(argv, NULL);
	g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, &status, &error);
	g_assert_no_error(error);
	g_assert_cmpint(status, ==, 0);
	if (g_getenv("FENGNI_KEEP_PDF") == NULL)
		g_unlink(path);
	else
		g_test_message("kept: %s", path);
	return g_steal_pointer(&out);
}

static char *
text_of(GBytes *pdf)
{
	return run_on(pdf, "pdftotext", (const char *const[]){ "-layout", "FILE", "-", NULL });
}

static char *
about(GBytes *pdf)
{
	return run_on(pdf, "pdfinfo", (const char *const[]){ "FILE", NULL });
}

static GBytes *
pdf_of(const FnPrint *print)
{
	g_autoptr(GError) error = NULL;
	GBytes *pdf = fn_print_pdf(print, &error);

	g_assert_no_error(error);
	g_assert_cmpmem(g_bytes_get_data(pdf, NULL), 5, "%PDF-", 5);
	return pdf;
}

static guint
count(const char *text, const char *what)
{
	guint n = 0;

	while ((text = strstr(text, what)) != NULL) {
		n++;
		text += strlen(what);
	}
	return n;
}

/* A notice of @rows organizations. */
static FnPrint *
notice(guint rows)
{
	static const FnPrintColumn columns[] = { { "单位" }, { "受理申请", TRUE }, { "按时答复率", TRUE }, { "说明" } };
	FnPrint *print = fn_print_new("政务数据共享季度通报", "2026年第一季度", TRUE);

	fn_print_pair(print, "起止日期", "2026-01-01 至 2026-03-31");
	fn_print_pair(print, "规则版本", "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0");
	fn_print_paragraph(print, "现将本季度政务数据共享情况通报如下。\nEnglish words <stand> here as they are.");
	fn_print_heading(print, "一、申请与答复");
	fn_print_table(print, columns, G_N_ELEMENTS(columns));
	for (guint i = 1; i <= rows; i++) {
		g_autofree char *name = g_strdup_printf("第%u局", i), *number = g_strdup_printf("%u", i * 7);

		fn_print_row(print, (const char *const[]){ name, number, "98.5%", i % 10 == 0 ? "有一件申请超过规定期限未予答复，已发出整改通知，正在整改。" : "" });
	}
	fn_print_foot(print, "TB-2026-Q1", "2026-04-01", "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
	return print;
}

static void
test_text(void)
{
	g_autoptr(FnPrint) print = notice(5);
	g_autoptr(GBytes) pdf = pdf_of(print);
	g_autofree char *text = text_of(pdf), *info = about(pdf);
	static const char *const said[] = { "政务数据共享季度通报", "2026年第一季度", "起止日期", "2026-01-01 至 2026-03-31", "一、申请与答复", "按时答复率",
		"第5局", "35", "98.5%", "English words <stand> here", "TB-2026-Q1", "66c7f0f462eeedd9d1f2d46bdc10e4e2", "1/1" };

	for (gsize i = 0; i < G_N_ELEMENTS(said); i++) {
		g_test_message("%s", said[i]);
		g_assert_nonnull(strstr(text, said[i]));
	}
	g_test_message("%s", info);
	g_assert_nonnull(strstr(info, "政务数据共享季度通报"));
	g_assert_nonnull(strstr(info, "A4"));
}

/* The titles of a table stand on every page that it takes, and no row is lost. */
static void
test_pages(void)
{
	g_autoptr(FnPrint) print = notice(150);
	g_autoptr(GBytes) pdf = pdf_of(print);
	g_autofree char *text = text_of(pdf), *info = about(pdf), *last = NULL;
	guint pages = count(text, "\f");

	g_test_message("%u pages: %s", pages, info);
	g_assert_cmpuint(pages, >=, 4);
	g_assert_cmpuint(count(text, "按时答复率"), ==, pages);
	last = g_strdup_printf("%u/%u", pages, pages);
	g_assert_nonnull(strstr(text, last));
	for (guint i = 1; i <= 150; i++) {
		g_autofree char *name = g_strdup_printf("第%u局", i);

		g_assert_nonnull(strstr(text, name));
	}
}

/* A row that is longer than a page goes on; so does a paragraph. */
static void
test_long(void)
{
	g_autoptr(FnPrint) print = fn_print_new("长文", NULL, TRUE);
	g_autoptr(GString) much = g_string_new(NULL);
	g_autoptr(GBytes) pdf = NULL;
	g_autofree char *text = NULL;

	for (guint i = 0; i < 3000; i++)
		g_string_append_printf(much, "第%u句。", i);
	fn_print_paragraph(print, much->str);
	fn_print_table(print, (const FnPrintColumn[]){ { "序号" }, { "内容" } }, 2);
	fn_print_row(print, (const char *const[]){ "1", much->str });
	fn_print_row(print, (const char *const[]){ "2", "末行" });
	pdf = pdf_of(print);
	text = text_of(pdf);
	for (char *at = text, *to = text;; at++) { /* where lines break is no matter */
		if (*at != '\n' && *at != ' ' && *at != '\f')
			*to++ = *at;
		if (*at == '\0')
			break;
	}
	g_assert_cmpuint(count(text, "第2999句。"), ==, 2);
	g_assert_cmpuint(count(text, "第1500句。"), ==, 2);
	g_assert_nonnull(strstr(text, "末行"));
}

/* What has no place is refused, and does not go on for ever. */
static void
test_refused(void)
{
	FnPrintColumn columns[40];
	const char *cells[40];
	g_autoptr(FnPrint) wide = fn_print_new("宽表", NULL, TRUE), high = fn_print_new("高表头", NULL, TRUE);
	g_autoptr(GString) much = g_string_new(NULL);
	FnPrint *both[] = { wide, high };

	for (gsize i = 0; i < G_N_ELEMENTS(columns); i++) {
		columns[i] = (FnPrintColumn){ "列" };
		cells[i] = "值";
	}
	for (guint i = 0; i < 5000; i++)
		g_string_append(much, "标题");
	fn_print_table(wide, columns, G_N_ELEMENTS(columns));
	fn_print_row(wide, cells);
	fn_print_table(high, (const FnPrintColumn[]){ { much->str } }, 1);
	fn_print_row(high, cells);
	for (gsize i = 0; i < G_N_ELEMENTS(both); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fn_print_pdf(both[i], &error));
		g_assert_error(error, FN_PRINT_ERROR, FN_PRINT_ERROR_FAILED);
	}
}

static void
test_same(void)
{
	g_autoptr(FnPrint) print = notice(40);
	g_autoptr(GBytes) first = pdf_of(print), second = pdf_of(print);

	g_assert_true(g_bytes_equal(first, second));
}

static void
test_embedded(void)
{
	g_autoptr(FnPrint) print = notice(3);
	g_autoptr(GBytes) pdf = pdf_of(print);
	g_autofree char *fonts = run_on(pdf, "pdffonts", (const char *const[]){ "FILE", NULL });
	g_auto(GStrv) lines = g_strsplit(fonts, "\n", -1);
	guint n = 0;

	g_test_message("%s", fonts);
	for (guint i = 2; lines[i] != NULL && *lines[i] != '\0'; i++) { /* behind two lines of titles: name type encoding emb sub uni object */
		g_assert_nonnull(strstr(lines[i], " yes yes yes "));
		n++;
	}
	g_assert_cmpuint(n, >=, 1);
}

/* A machine without a font that has Chinese: said with the package that has one, and no page of empty boxes. */
static void
test_no_font(void)
{
	if (g_test_subprocess()) {
		g_autoptr(FnPrint) print = notice(1);
		g_autoptr(GError) error = NULL;
		FcConfig *config = FcConfigCreate();

		g_assert_true(FcConfigParseAndLoadFromMemory(config,
			(const FcChar8 *)"<?xml version=\"1.0\"?><fontconfig><dir>/usr/share/fonts/truetype/dejavu</dir></fontconfig>", FcTrue));
		g_assert_true(FcConfigSetCurrent(config));
		FcConfigDestroy(config);
		g_assert_null(fn_print_pdf(print, &error));
		g_assert_error(error, FN_PRINT_ERROR, FN_PRINT_ERROR_FONT);
		g_assert_nonnull(strstr(error->message, "fonts-wqy-microhei"));
		return;
	}
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_passed();
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/print/pdf/text", test_text);
	g_test_add_func("/print/pdf/pages", test_pages);
	g_test_add_func("/print/pdf/long", test_long);
	g_test_add_func("/print/pdf/refused", test_refused);
	g_test_add_func("/print/pdf/same", test_same);
	g_test_add_func("/print/pdf/embedded", test_embedded);
	g_test_add_func("/print/pdf/no_font", test_no_font);
	return g_test_run();
}
