/* What the program that reads a PDF's pages does not give: document information, XMP, annotations, form values, outlines, scripts,
 * embedded files; and what it is given: the pages, those of older revisions and of hidden layers too, and their pictures. */
#include "extract/pdf_priv.h"
#include "extract/readers.h"

#include <string.h>

/* Pictures smaller than this are rules, bullets and dots: no word fits in. */
#define WIDTH_MIN    24u
#define HEIGHT_MIN   10u
#define REVISIONS    8u  /* older ones whose pages are read too */
#define TRAILING_MIN 16u /* bytes behind the end that are worth a look */

gboolean
fn_pdf_is(const FnDocument *document)
{
	return memmem(document->bytes, MIN(document->size, 1024), "%PDF-", 5) != NULL;
}

/* ---- what streams hold ---- */

/* The name under which a stream is read, NULL when pages alone use it. */
static const char *
name_of(const FnPdf *pdf, const FnPdfStream *stream)
{
	gpointer number = GUINT_TO_POINTER(stream->number);
	const char *file = stream->number != 0 ? g_hash_table_lookup(pdf->files, number) : NULL;

	if (stream->kind == FN_PDF_KIND_PICTURE)
		return stream->width >= WIDTH_MIN && stream->height >= HEIGHT_MIN ? "" : NULL;
	if (stream->kind == FN_PDF_KIND_METADATA)
		return "metadata";
	if (file != NULL || stream->kind == FN_PDF_KIND_FILE)
		return file != NULL ? file : "embedded file";
	return g_hash_table_contains(pdf->wanted, number) ? "form or script" : NULL;
}

static void
read_stream(FnPdf *pdf, const FnPdfStream *stream)
{
	const char *name = name_of(pdf, stream);
	g_autoptr(GByteArray) data = NULL;

	if (name == NULL || !fn_extract_member(pdf->extract))
		return;
	data = fn_pdf_stream(pdf, stream);
	if (stream->kind == FN_PDF_KIND_PICTURE)
		fn_pdf_picture(pdf->extract, stream->number, stream->width, stream->height, data);
	else
		fn_extract_inner(pdf->extract, name, data->data, data->len);
}

/* ---- pages ---- */

/* Words on layers that are switched off come out too when the document's list of layers has another name: then there are none. */
static void
rename_layers(FnPdf *pdf)
{
	static const char key[] = "/" FN_PDF_LAYERS;
	const guint8 *found = memmem(pdf->bytes, pdf->size, key, sizeof key - 1);

	if (found != NULL)
		pdf->renamed = g_memdup2(pdf->bytes, pdf->size);
	for (; found != NULL; found = memmem(found + 1, (gsize)(pdf->bytes + pdf->size - found) - 1, key, sizeof key - 1))
		pdf->renamed[found + 1 - pdf->bytes] = 'X';
}

static void
read_pages(const FnPdf *pdf, gsize size)
{
	fn_extract_outside(pdf->extract, "pdf", pdf->renamed != NULL ? pdf->renamed : pdf->bytes, size);
}

/* Where each "%%EOF" ends. */
static GArray *
ends_of(const FnPdf *pdf)
{
	GArray *ends = g_array_new(FALSE, FALSE, sizeof(gsize));
	const guint8 *at = pdf->bytes, *end = at + pdf->size;

	while ((at = memmem(at, (gsize)(end - at), "%%EOF", 5)) != NULL) {
		gsize behind = (gsize)(at + 5 - pdf->bytes);

		g_array_append_val(ends, behind);
		at += 5;
	}
	return ends;
}

/* Another file may hide behind the end. */
static void
read_trailing(FnPdf *pdf, const GArray *ends)
{
	gsize at;

	if (ends->len == 0) {
		fn_extract_note(pdf->extract, FN_NOTE_BROKEN, "PDF without an end");
		return;
	}
	at = g_array_index(ends, gsize, ends->len - 1);
	while (at < pdf->size && (g_ascii_isspace(pdf->bytes[at]) || pdf->bytes[at] == 0))
		at++;
	if (pdf->size - at >= TRAILING_MIN)
		fn_extract_inner(pdf->extract, "bytes behind the end", pdf->bytes + at, pdf->size - at);
}

/* A PDF is changed by appending: up to an earlier end it is the document that it was before, with the pages that it had. Only
 * revisions whose objects were written anew count; the two ends of a linear file are one. */
static void
read_revisions(FnPdf *pdf, const GArray *ends)
{
	guint n = 0, r = 0;

	for (guint i = 0; i + 1 < ends->len; i++) {
		gsize end = g_array_index(ends, gsize, i), next = g_array_index(ends, gsize, i + 1);
		g_autofree char *place = NULL;

		while (r < pdf->rewritten->len && g_array_index(pdf->rewritten, gsize, r) < end)
			r++;
		if (r == pdf->rewritten->len)
			break;
		if (g_array_index(pdf->rewritten, gsize, r) >= next)
			continue;
		if (++n > REVISIONS) {
			fn_extract_note(pdf->extract, FN_NOTE_LIMIT, "older revisions of a PDF");
			break;
		}
		place = g_strdup_printf("revision %u", i + 1);
		fn_extract_begin(pdf->extract, place);
		read_pages(pdf, end);
	}
}

static void
read_objects(FnPdf *pdf)
{
	g_autoptr(GArray) ends = ends_of(pdf);

	fn_extract_begin(pdf->extract, "objects");
	fn_pdf_objects(pdf);
	if (pdf->encrypted) {
		fn_extract_note(pdf->extract, FN_NOTE_ENCRYPTED, "needs a password");
		return;
	}
	for (guint i = 0; i < pdf->streams->len && !fn_extract_stopped(pdf->extract); i++)
		read_stream(pdf, &g_array_index(pdf->streams, FnPdfStream, i));
	read_trailing(pdf, ends);
	read_revisions(pdf, ends);
	if (pdf->layers_packed && pdf->layers_off) {
		fn_extract_begin(pdf->extract, "");
		fn_extract_note(pdf->extract, FN_NOTE_UNKNOWN, "layers that are not shown");
	}
}

void
fn_pdf_read(FnExtract *extract, const FnDocument *document)
{
	g_autoptr(GHashTable) files = g_hash_table_new_full(NULL, NULL, NULL, g_free), wanted = g_hash_table_new(NULL, NULL);
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	g_autoptr(GArray) streams = g_array_new(FALSE, FALSE, sizeof(FnPdfStream)), rewritten = g_array_new(FALSE, FALSE, sizeof(gsize));
	FnPdf pdf = { .extract = extract, .bytes = document->bytes, .size = document->size, .files = files,
		.wanted = wanted, .streams = streams, .seen = seen, .rewritten = rewritten };

	rename_layers(&pdf);
	read_pages(&pdf, pdf.size);
	read_objects(&pdf);
	g_free(pdf.renamed);
	g_clear_pointer(&pdf.integers, g_hash_table_unref);
}
