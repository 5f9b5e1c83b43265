/* The document. */
#include "print/print_priv.h"

#include <string.h>

G_DEFINE_QUARK(fn-print-error-quark, fn_print_error)

/* Marks by which a text shows itself in another order than it is stored in: a name must not pass for another. */
static gboolean
turns_around(gunichar c)
{
	return c == 0x200E || c == 0x200F || c == 0x061C || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static char *
clean(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text != NULL ? text : "", -1);
	GString *out = g_string_sized_new(strlen(valid));

	for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (turns_around(c))
			continue;
		g_string_append_unichar(out, c != '\n' && (g_unichar_iscntrl(c) || c == 0x2028 || c == 0x2029) ? ' ' : c);
	}
	return g_string_free(out, FALSE);
}

static void
block_free(gpointer data)
{
	FnBlock *block = data;

	g_free(block->text);
	if (block->cells != NULL)
		g_ptr_array_unref(block->cells);
	g_free(block->right);
	g_free(block);
}

static FnBlock *
add(FnPrint *print, FnBlockKind kind, guint columns)
{
	FnBlock *block = g_new0(FnBlock, 1);

	block->kind = kind;
	block->columns = columns;
	block->cells = columns > 0 ? g_ptr_array_new_with_free_func(g_free) : NULL;
	block->right = g_new0(gboolean, MAX(columns, 1));
	g_ptr_array_add(print->blocks, block);
	return block;
}

static FnBlock *
last(FnPrint *print)
{
	return print->blocks->len > 0 ? print->blocks->pdata[print->blocks->len - 1] : NULL;
}

FnPrint *
fn_print_new(const char *title, const char *subtitle, gboolean chinese)
{
	FnPrint *print = g_new0(FnPrint, 1);

	print->title = clean(title);
	print->subtitle = clean(subtitle);
	print->chinese = chinese;
	print->blocks = g_ptr_array_new_with_free_func(block_free);
	return print;
}

void
fn_print_free(FnPrint *print)
{
	if (print == NULL)
		return;
	g_free(print->title);
	g_free(print->subtitle);
	g_free(print->number);
	g_free(print->date);
	g_free(print->digest);
	g_ptr_array_unref(print->blocks);
	g_free(print);
}

void
fn_print_heading(FnPrint *print, const char *text)
{
	add(print, FN_BLOCK_HEADING, 0)->text = clean(text);
}

void
fn_print_paragraph(FnPrint *print, const char *text)
{
	add(print, FN_BLOCK_PARAGRAPH, 0)->text = clean(text);
}

void
fn_print_pair(FnPrint *print, const char *name, const char *value)
{
	FnBlock *block = last(print);

	if (block == NULL || block->kind != FN_BLOCK_PAIRS)
		block = add(print, FN_BLOCK_PAIRS, 2);
	g_ptr_array_add(block->cells, clean(name));
	g_ptr_array_add(block->cells, clean(value));
}

void
fn_print_table(FnPrint *print, const FnPrintColumn *columns, guint n)
{
	FnBlock *block;

	g_return_if_fail(n > 0);
	block = add(print, FN_BLOCK_TABLE, n);
	for (guint i = 0; i < n; i++) {
		block->right[i] = columns[i].right;
		g_ptr_array_add(block->cells, clean(columns[i].title));
	}
}

void
fn_print_row(FnPrint *print, const char *const *cells)
{
	FnBlock *block = last(print);

	g_return_if_fail(block != NULL && block->kind == FN_BLOCK_TABLE);
	for (guint i = 0; i < block->columns; i++)
		g_ptr_array_add(block->cells, clean(cells[i]));
}

void
fn_print_foot(FnPrint *print, const char *number, const char *date, const char *digest)
{
	g_free(print->number);
	g_free(print->date);
	g_free(print->digest);
	print->number = clean(number);
	print->date = clean(date);
	print->digest = clean(digest);
}

guint
fn_block_rows(const FnBlock *block)
{
	guint rows = block->cells->len / block->columns;

	return block->kind == FN_BLOCK_TABLE ? rows - 1 : rows;
}

const char *
fn_block_cell(const FnBlock *block, guint row, guint column)
{
	return block->cells->pdata[row * block->columns + column];
}
