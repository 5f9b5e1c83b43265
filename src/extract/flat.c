/* Office documents in one XML file (flat OpenDocument, Word's and Excel's XML of 2003 and 2006) and the Chinese standard UOF (GB/T
 * 20916), flat or as a zip. As markup of any kind their runs would come out one by one. */
#include "extract/odf.h"
#include "extract/ooxml.h"
#include "extract/readers.h"

#include <string.h>

static const FnFlowWord sheet_words[] = {
	{"Row", FN_FLOW_ROW},
	{"Cell", FN_FLOW_CELL},
	{"Data", FN_FLOW_PARAGRAPH},
	{"Comment", FN_FLOW_NOTE},
	{"Worksheet", FN_FLOW_ATTRIBUTES},
	{"NamedRange", FN_FLOW_ATTRIBUTES},
};

/* Names in UOF 2 carry the number of their definition. */
static const FnFlowWord uof_words[] = {
	{"段落", FN_FLOW_PARAGRAPH},
	{"段落_416B", FN_FLOW_PARAGRAPH},
	{"制表符", FN_FLOW_TAB},
	{"制表符_415E", FN_FLOW_TAB},
	{"换行符", FN_FLOW_BREAK},
	{"换行符_415F", FN_FLOW_BREAK},
	{"空格符", FN_FLOW_SPACES},
	{"空格符_4161", FN_FLOW_SPACES},
};

typedef struct {
	const char *mark;        /* in the first bytes */
	const FnFlowWord *words;
	gsize n;
	gboolean mixed;
} Kind;

/* Which of them, by the name space of its root; NULL: none. The bounds of other rooms' tables are no constants. */
static gboolean
kind_of(const FnDocument *document, Kind *kind)
{
	const Kind kinds[] = {
		{"urn:oasis:names:tc:opendocument:xmlns:office", fn_odf_words, fn_odf_word_count, TRUE},
		{"http://schemas.microsoft.com/office/2006/xmlPackage", fn_ooxml_words, fn_ooxml_word_count, FALSE},
		{"http://schemas.microsoft.com/office/word/2003/wordml", fn_ooxml_words, fn_ooxml_word_count, FALSE},
		{"urn:schemas-microsoft-com:office:spreadsheet", sheet_words, G_N_ELEMENTS(sheet_words), TRUE},
		{"http://schemas.uof.org", uof_words, G_N_ELEMENTS(uof_words), TRUE},
	};
	gsize head = MIN(document->size, 4096);

	if (document->zip || head == 0 || !memchr(document->bytes, '<', MIN(head, 16)))
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (!memmem(document->bytes, head, kinds[i].mark, strlen(kinds[i].mark)))
			continue;
		*kind = kinds[i];
		return TRUE;
	}
	return FALSE;
}

static gboolean
is_uof_zip(const FnDocument *document)
{
	return document->zip && fn_zip_find(document->zip, "uof.xml");
}

gboolean
fn_flat_is(const FnDocument *document)
{
	static const char html[] = "<html";
	gsize head = MIN(document->size, 4096);
	Kind kind;

	/* Office saves HTML with all of these name spaces too. */
	return is_uof_zip(document) || (kind_of(document, &kind) && !memmem(document->bytes, head, html, sizeof html - 1));
}

/* ---- what is packed into it ---- */

typedef struct {
	GString *base64;
	GPtrArray *packed; /* GByteArray */
	gboolean in;
} Packed;

static gboolean
holds_bytes(const char *name)
{
	return strcmp(name, "binary-data") == 0 || strcmp(name, "binaryData") == 0 || strcmp(name, "binData") == 0;
}

static void
packed_start(FnXml *xml, const char *name, const char **attributes, gpointer data)
{
	Packed *packed = data;

	packed->in = holds_bytes(name);
	g_string_truncate(packed->base64, 0);
}

static void
packed_end(FnXml *xml, const char *name, gpointer data)
{
	Packed *packed = data;
	gsize size = 0;
	guint8 *bytes;

	if (packed->in && packed->base64->len && fn_extract_spend(fn_xml_extract(xml), packed->base64->len, packed->base64->len)) {
		bytes = g_base64_decode(packed->base64->str, &size);
		g_ptr_array_add(packed->packed, g_byte_array_new_take(bytes, size));
	}
	packed->in = FALSE;
}

static void
packed_text(FnXml *xml, const char *text, gsize size, gpointer data)
{
	Packed *packed = data;

	if (packed->in)
		g_string_append_len(packed->base64, text, (gssize)size);
}

static void
read_packed(FnExtract *extract, const FnDocument *document)
{
	g_autoptr(GString) base64 = g_string_new(NULL);
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
	Packed packed = {base64, list, FALSE};
	const FnXmlHandler handler = {packed_start, packed_end, packed_text, &packed};

	fn_extract_begin(extract, "embedded");
	fn_xml_read(extract, "embedded", document->bytes, document->size, &handler);
	for (guint i = 0; i < list->len; i++) {
		const GByteArray *bytes = list->pdata[i];
		g_autofree char *name = g_strdup_printf("embedded %u", i + 1);

		if (!fn_extract_member(extract) || !fn_extract_inner(extract, name, bytes->data, bytes->len))
			return;
	}
}

/* The parts of UOF as a zip. */
static void
read_uof_zip(FnExtract *extract, const FnZip *zip)
{
	g_autoptr(FnFlow) flow = fn_flow_new(extract, uof_words, G_N_ELEMENTS(uof_words), TRUE);

	for (guint i = 0; i < fn_zip_members(zip) && !fn_extract_stopped(extract); i++) {
		const FnZipMember *part = fn_zip_member(zip, i);
		g_autoptr(GByteArray) bytes = fn_zip_read(extract, zip, part);
		g_autofree char *shown = fn_name_shown(part->name, -1);

		if (!bytes || bytes->len == 0)
			continue;
		if (fn_name_ends(part->name, "xml"))
			fn_flow_read(flow, part->name, strcmp(part->name, "content.xml") == 0 ? "" : shown, bytes->data, bytes->len);
		else
			fn_extract_inner(extract, part->name, bytes->data, bytes->len);
	}
}

void
fn_flat_read(FnExtract *extract, const FnDocument *document)
{
	static const char mark[] = "inary";
	g_autoptr(FnFlow) flow = NULL;
	Kind kind;

	if (document->zip) {
		read_uof_zip(extract, document->zip);
		return;
	}
	if (!kind_of(document, &kind))
		return;
	flow = fn_flow_new(extract, kind.words, kind.n, kind.mixed);
	if (kind.words == fn_odf_words)
		fn_odf_content(extract, flow, "content", "", document->bytes, document->size);
	else
		fn_flow_read(flow, "content", "", document->bytes, document->size);
	if (memmem(document->bytes, document->size, mark, sizeof mark - 1) || memmem(document->bytes, document->size, "binData", 7))
		read_packed(extract, document);
}
