/* Pages of A4. Texts and cells are laid out by Pango and drawn line by line, so that a page may end between any two lines; a row stays
 * together while it fits on a page, and each page of a table begins with its titles. */
#include "print/print_priv.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <string.h>

/* Points: 1/72 inch. */
static const double paper_width = 595.28, paper_height = 841.89, margin = 51, foot_room = 34;
static const double pad_x = 4, pad_y = 2.5, gap = 6, rule = 0.5, narrowest = 30;

static const struct {
	double size;
	gboolean bold;
} faces[FN_FACES] = {
	[FN_FACE_TITLE] = { 18, TRUE }, [FN_FACE_SUBTITLE] = { 11, FALSE }, [FN_FACE_HEADING] = { 13, TRUE }, [FN_FACE_TEXT] = { 10.5, FALSE },
	[FN_FACE_CELL] = { 9.5, FALSE }, [FN_FACE_HEAD] = { 9.5, TRUE }, [FN_FACE_FOOT] = { 7.5, FALSE },
};

/* Whichever of them is there comes first; sans-serif stands for all others that fontconfig knows. */
static const char families[] = "Noto Sans CJK SC, Source Han Sans SC, WenQuanYi Micro Hei, WenQuanYi Zen Hei, DejaVu Sans, sans-serif";

struct FnPages {
	const FnPrint *print;
	cairo_surface_t *surface;
	cairo_t *cairo;
	PangoFontMap *fonts;
	PangoContext *context;
	double y;
	guint number, total, unknown; /* unknown: characters that no font shows */
	gboolean failed; /* what has to be shown has no place on a page */
};

enum { MEASURED = 500, PAGES_MOST = 5000 }; /* rows by which columns get their widths */

static double
width(void)
{
	return paper_width - 2 * margin;
}

static double
bottom(void)
{
	return paper_height - margin - foot_room;
}

/* ---- texts ---- */

/* @wide 0: as wide as it gets. */
static PangoLayout *
layout_of(FnPages *pages, FnFace face, const char *text, double wide)
{
	PangoLayout *layout = pango_layout_new(pages->context);
	PangoFontDescription *font = pango_font_description_new();

	pango_font_description_set_family_static(font, families);
	pango_font_description_set_absolute_size(font, faces[face].size * PANGO_SCALE);
	pango_font_description_set_weight(font, faces[face].bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_spacing(layout, (int)(faces[face].size * 0.2 * PANGO_SCALE));
	if (wide > 0)
		pango_layout_set_width(layout, (int)(wide * PANGO_SCALE));
	pango_layout_set_text(layout, text, -1);
	return layout;
}

static double
height_of(PangoLayout *layout)
{
	int high;

	pango_layout_get_size(layout, NULL, &high);
	return (double)high / PANGO_SCALE;
}

/* Draws lines from @first on into @room points from @y on; the first that had no place. */
static int
draw_lines(FnPages *pages, PangoLayout *layout, int first, double x, double y, double room)
{
	PangoLayoutIter *iter = pango_layout_get_iter(layout);
	double top = 0;
	int n = 0;

	do {
		PangoRectangle line;
		double above, below;
		int from, to;

		if (n < first) {
			n++;
			continue;
		}
		pango_layout_iter_get_line_extents(iter, NULL, &line);
		pango_layout_iter_get_line_yrange(iter, &from, &to);
		above = (double)from / PANGO_SCALE;
		below = (double)to / PANGO_SCALE;
		if (n == first)
			top = above;
		if (below - top > room + 0.01)
			break;
		cairo_move_to(pages->cairo, x + (double)line.x / PANGO_SCALE, y + (double)pango_layout_iter_get_baseline(iter) / PANGO_SCALE - top);
		pango_cairo_show_layout_line(pages->cairo, pango_layout_iter_get_line_readonly(iter));
		n++;
	} while (pango_layout_iter_next_line(iter));
	pango_layout_iter_free(iter);
	return n;
}

/* How much room lines from @first on need. */
static double
height_from(PangoLayout *layout, int first)
{
	PangoLayoutIter *iter = pango_layout_get_iter(layout);
	int from = 0, to = 0;

	for (int n = 0; n < first && pango_layout_iter_next_line(iter); n++)
		;
	pango_layout_iter_get_line_yrange(iter, &from, &to);
	pango_layout_iter_free(iter);
	return height_of(layout) - (double)from / PANGO_SCALE;
}

/* ---- pages ---- */

static void
draw_foot(FnPages *pages)
{
	const FnPrint *print = pages->print;
	const char *const parts[] = { print->number, print->date, print->digest };
	g_autofree char *number = g_strdup_printf("%u/%u", pages->number, pages->total);
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(PangoLayout) left = NULL, right = layout_of(pages, FN_FACE_FOOT, number, 0);
	double y = paper_height - margin - foot_room + 12;
	int wide;

	for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
		if (parts[i] != NULL && *parts[i] != '\0')
			g_string_append_printf(text, "%s%s", text->len > 0 ? "    " : "", parts[i]);
	cairo_set_line_width(pages->cairo, rule);
	cairo_move_to(pages->cairo, margin, y - 4);
	cairo_rel_line_to(pages->cairo, width(), 0);
	cairo_stroke(pages->cairo);
	pango_layout_get_size(right, &wide, NULL);
	left = layout_of(pages, FN_FACE_FOOT, text->str, width() - (double)wide / PANGO_SCALE - 12);
	pages->unknown += (guint)pango_layout_get_unknown_glyphs_count(left);
	draw_lines(pages, left, 0, margin, y, foot_room);
	draw_lines(pages, right, 0, margin + width() - (double)wide / PANGO_SCALE, y, foot_room);
}

static void
next_page(FnPages *pages)
{
	if (pages->number > 0) {
		draw_foot(pages);
		cairo_show_page(pages->cairo);
	}
	pages->number++;
	pages->y = margin;
	pages->failed = pages->failed || pages->number > PAGES_MOST;
}

static cairo_status_t
take(void *data, const unsigned char *bytes, unsigned int size)
{
	if (data != NULL)
		g_byte_array_append(data, bytes, size);
	return CAIRO_STATUS_SUCCESS;
}

/* The document's date, not the moment: else no two were the same. */
static void
describe(const FnPages *pages)
{
	const FnPrint *print = pages->print;
	g_autofree char *made = g_strdup_printf("%sT00:00:00+08:00", print->date != NULL && *print->date != '\0' ? print->date : "2000-01-01");

	cairo_pdf_surface_set_metadata(pages->surface, CAIRO_PDF_METADATA_TITLE, print->title);
	cairo_pdf_surface_set_metadata(pages->surface, CAIRO_PDF_METADATA_SUBJECT, print->subtitle);
	cairo_pdf_surface_set_metadata(pages->surface, CAIRO_PDF_METADATA_CREATOR, "fengni");
	if (print->number != NULL)
		cairo_pdf_surface_set_metadata(pages->surface, CAIRO_PDF_METADATA_KEYWORDS, print->number);
	cairo_pdf_surface_set_metadata(pages->surface, CAIRO_PDF_METADATA_CREATE_DATE, made);
}

FnPages *
fn_pages_new(const FnPrint *print, guint total, GByteArray *into)
{
	FnPages *pages = g_new0(FnPages, 1);
	cairo_font_options_t *options = cairo_font_options_create();

	pages->print = print;
	pages->total = total;
	pages->surface = cairo_pdf_surface_create_for_stream(take, into, paper_width, paper_height);
	describe(pages);
	pages->cairo = cairo_create(pages->surface);
	pages->fonts = pango_cairo_font_map_new();
	pages->context = pango_font_map_create_context(pages->fonts);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(pages->context, options);
	cairo_font_options_destroy(options);
	pango_cairo_context_set_resolution(pages->context, 72);
	/* Which shape a Han character takes hangs on it. */
	pango_context_set_language(pages->context, pango_language_from_string(print->chinese ? "zh-cn" : "en"));
	next_page(pages);
	return pages;
}

void
fn_pages_free(FnPages *pages)
{
	g_object_unref(pages->context);
	g_object_unref(pages->fonts);
	cairo_destroy(pages->cairo);
	cairo_surface_destroy(pages->surface);
	g_free(pages);
}

gboolean
fn_pages_end(FnPages *pages, guint *pages_out, GError **error)
{
	cairo_status_t status;

	draw_foot(pages);
	cairo_show_page(pages->cairo);
	cairo_surface_finish(pages->surface);
	status = cairo_surface_status(pages->surface);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_status(pages->cairo);
	if (status != CAIRO_STATUS_SUCCESS) {
		g_set_error(error, FN_PRINT_ERROR, FN_PRINT_ERROR_FAILED, "the PDF cannot be made: %s", cairo_status_to_string(status));
		return FALSE;
	}
	if (pages->unknown > 0) {
		g_set_error(error, FN_PRINT_ERROR, FN_PRINT_ERROR_FONT, "no installed font shows %u of the characters; install a font with Chinese, "
			"such as the package fonts-noto-cjk or fonts-wqy-microhei (apt-get install fonts-wqy-microhei), or ask for HTML", pages->unknown);
		return FALSE;
	}
	if (pages->failed) {
		g_set_error(error, FN_PRINT_ERROR, FN_PRINT_ERROR_FAILED, "a table is too wide for A4, or there are more than %d pages; ask for less, or for "
			"another format", PAGES_MOST);
		return FALSE;
	}
	if (pages_out != NULL)
		*pages_out = pages->number;
	return TRUE;
}

/* ---- what stands on them ---- */

void
fn_pages_text(FnPages *pages, FnFace face, const char *text, gboolean centred, double before, double keep)
{
	g_autoptr(PangoLayout) layout = layout_of(pages, face, text, width());
	int lines = pango_layout_get_line_count(layout), done = 0;

	pango_layout_set_alignment(layout, centred ? PANGO_ALIGN_CENTER : PANGO_ALIGN_LEFT);
	pages->unknown += (guint)pango_layout_get_unknown_glyphs_count(layout);
	pages->y += pages->y > margin ? before : 0;
	if (keep > 0 && pages->y + height_of(layout) + keep > bottom() && pages->y > margin)
		next_page(pages);
	while (done < lines && !pages->failed) {
		double needed = height_from(layout, done);
		int to = draw_lines(pages, layout, done, margin, pages->y, bottom() - pages->y);

		if (to == lines) {
			pages->y += needed;
			break;
		}
		if (to == done && pages->y <= margin)
			break; /* a line higher than a page: there is none in our sizes */
		done = to;
		next_page(pages);
	}
}

/* Columns get what they ask for while there is room; else those that ask for more than an equal share of the rest are narrowed. */
static void
share_width(const double *asked, double *got, guint n, gboolean fill)
{
	double left = width();
	guint open = n;
	gboolean moved = TRUE;

	for (guint i = 0; i < n; i++)
		got[i] = 0;
	while (moved && open > 0) {
		double equal = left / open;

		moved = FALSE;
		for (guint i = 0; i < n; i++)
			if (got[i] <= 0 && asked[i] <= equal) {
				got[i] = asked[i];
				left -= asked[i];
				open--;
				moved = TRUE;
			}
	}
	for (guint i = 0; i < n; i++) {
		if (got[i] <= 0)
			got[i] = left / open;
		else if (open == 0 && fill)
			got[i] += left / n;
	}
	if (open == 0 && !fill)
		got[n - 1] += left;
}

static void
measure(FnPages *pages, const FnBlock *block, double *got)
{
	g_autofree double *asked = g_new0(double, block->columns);
	guint rows = MIN(block->cells->len / block->columns, MEASURED);

	for (guint i = 0; i < rows; i++)
		for (guint j = 0; j < block->columns; j++) {
			gboolean head = (block->kind == FN_BLOCK_TABLE && i == 0) || (block->kind == FN_BLOCK_PAIRS && j == 0);
			g_autoptr(PangoLayout) layout = layout_of(pages, head ? FN_FACE_HEAD : FN_FACE_CELL, fn_block_cell(block, i, j), 0);
			int wide;

			pango_layout_get_size(layout, &wide, NULL);
			asked[j] = MAX(asked[j], MAX(narrowest, (double)wide / PANGO_SCALE + 2 * pad_x + 1));
		}
	share_width(asked, got, block->columns, block->kind == FN_BLOCK_TABLE);
}

typedef struct {
	const FnBlock *block;
	const double *wide;
	PangoLayout **layouts;
	int *done;     /* lines of each cell that were drawn */
	gboolean head; /* the row of titles */
} Row;

/* What is left of the row needs so much. */
static double
row_height(const Row *row)
{
	double most = 0;

	for (guint i = 0; i < row->block->columns; i++)
		if (row->done[i] < pango_layout_get_line_count(row->layouts[i]))
			most = MAX(most, height_from(row->layouts[i], row->done[i]));
	return most + 2 * pad_y;
}

static void
draw_frame(FnPages *pages, const Row *row, double high)
{
	double x = margin;

	if (row->block->kind != FN_BLOCK_TABLE)
		return;
	cairo_set_line_width(pages->cairo, rule);
	for (guint i = 0; i < row->block->columns; i++) {
		cairo_rectangle(pages->cairo, x, pages->y, row->wide[i], high);
		if (row->head) {
			cairo_set_source_rgb(pages->cairo, 0.93, 0.93, 0.93);
			cairo_fill_preserve(pages->cairo);
			cairo_set_source_rgb(pages->cairo, 0, 0, 0);
		}
		cairo_stroke(pages->cairo);
		x += row->wide[i];
	}
}

/* Draws as many lines as there is room for; TRUE when that was all of them. */
static gboolean
draw_row(FnPages *pages, const Row *row)
{
	double high = MIN(row_height(row), bottom() - pages->y), x = margin;
	gboolean all = TRUE;

	draw_frame(pages, row, high);
	for (guint i = 0; i < row->block->columns; i++) {
		if (row->done[i] < pango_layout_get_line_count(row->layouts[i]))
			row->done[i] = draw_lines(pages, row->layouts[i], row->done[i], x + pad_x, pages->y + pad_y, high - 2 * pad_y);
		all = all && row->done[i] >= pango_layout_get_line_count(row->layouts[i]);
		x += row->wide[i];
	}
	pages->y += high;
	return all;
}

static Row
row_new(FnPages *pages, const FnBlock *block, const double *wide, guint number)
{
	gboolean table = block->kind == FN_BLOCK_TABLE;
	Row row = { .block = block, .wide = wide, .head = table && number == 0, .layouts = g_new0(PangoLayout *, block->columns),
		.done = g_new0(int, block->columns) };

	for (guint i = 0; i < block->columns; i++) {
		FnFace face = row.head || (!table && i == 0) ? FN_FACE_HEAD : FN_FACE_CELL;

		row.layouts[i] = layout_of(pages, face, fn_block_cell(block, number, i), wide[i] - 2 * pad_x);
		if (block->right[i])
			pango_layout_set_alignment(row.layouts[i], PANGO_ALIGN_RIGHT);
		pages->unknown += (guint)pango_layout_get_unknown_glyphs_count(row.layouts[i]);
	}
	return row;
}

static void
row_clear(Row *row)
{
	for (guint i = 0; i < row->block->columns; i++)
		g_object_unref(row->layouts[i]);
	g_free(row->layouts);
	g_free(row->done);
}

static void
draw_titles(FnPages *pages, const FnBlock *block, const double *wide)
{
	Row row = row_new(pages, block, wide, 0);

	if (!draw_row(pages, &row))
		pages->failed = TRUE;
	row_clear(&row);
}

/* How many lines of it were drawn. */
static int
drawn(const Row *row)
{
	int n = 0;

	for (guint i = 0; i < row->block->columns; i++)
		n += row->done[i];
	return n;
}

static void
new_page_of(FnPages *pages, const FnBlock *block, const double *wide)
{
	next_page(pages);
	if (block->kind == FN_BLOCK_TABLE)
		draw_titles(pages, block, wide);
}

static void
put_row(FnPages *pages, const FnBlock *block, const double *wide, guint number)
{
	Row row = row_new(pages, block, wide, number);
	double high = row_height(&row);
	gboolean fits_a_page = high < bottom() - margin - 60;

	if (pages->y + high > bottom() && (fits_a_page || pages->y + 40 > bottom()))
		new_page_of(pages, block, wide);
	for (int before = -1; !pages->failed && !draw_row(pages, &row); before = drawn(&row)) {
		pages->failed = pages->failed || drawn(&row) == before; /* a page on which none of it had a place */
		new_page_of(pages, block, wide);
	}
	row_clear(&row);
}

void
fn_pages_table(FnPages *pages, const FnBlock *block)
{
	g_autofree double *wide = g_new0(double, block->columns);
	gboolean table = block->kind == FN_BLOCK_TABLE;
	guint rows = fn_block_rows(block);

	if (width() / block->columns < narrowest) {
		pages->failed = TRUE;
		return;
	}
	measure(pages, block, wide);
	pages->y += gap;
	if (table) {
		if (pages->y + 50 > bottom())
			next_page(pages);
		draw_titles(pages, block, wide);
	}
	for (guint i = 0; i < rows && !pages->failed; i++)
		put_row(pages, block, wide, table ? i + 1 : i);
	pages->y += gap;
}
