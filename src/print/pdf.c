/* As PDF: laid out twice, since a page says how many there are. */
#include "print/print_priv.h"

static void
lay_block(FnPages *pages, const FnBlock *block)
{
	switch (block->kind) {
	case FN_BLOCK_HEADING:
		fn_pages_text(pages, FN_FACE_HEADING, block->text, FALSE, 12, 60); /* a heading is not the last line of its page */
		break;
	case FN_BLOCK_PARAGRAPH:
		fn_pages_text(pages, FN_FACE_TEXT, block->text, FALSE, 4, 0);
		break;
	default:
		fn_pages_table(pages, block);
	}
}

static gboolean
lay(const FnPrint *print, guint total, GByteArray *into, guint *pages_out, GError **error)
{
	g_autoptr(FnPages) pages = fn_pages_new(print, total, into);

	fn_pages_text(pages, FN_FACE_TITLE, print->title, TRUE, 0, 0);
	if (*print->subtitle != '\0')
		fn_pages_text(pages, FN_FACE_SUBTITLE, print->subtitle, TRUE, 4, 0);
	for (guint i = 0; i < print->blocks->len; i++)
		lay_block(pages, print->blocks->pdata[i]);
	return fn_pages_end(pages, pages_out, error);
}

GBytes *
fn_print_pdf(const FnPrint *print, GError **error)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	guint total;

	if (!lay(print, 0, NULL, &total, error) || !lay(print, total, bytes, NULL, error))
		return NULL;
	return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}
