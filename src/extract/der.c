#include "extract/der.h"

#include "base/encoding.h"

#include <string.h>

enum {
	DEPTH = 32,
	SEQUENCE = 0x30, CONSTRUCTED = 0x20, CONTEXT = 0x80,
	OCTETS = 0x04, UTF8 = 0x0c, NUMERIC = 0x12, PRINTABLE = 0x13, TELETEX = 0x14, IA5 = 0x16, VISIBLE = 0x1a, BMP = 0x1e,
};

static gboolean
is_string(guint8 tag)
{
	return tag == UTF8 || tag == NUMERIC || tag == PRINTABLE || tag == TELETEX || tag == IA5 || tag == VISIBLE || tag == BMP;
}

typedef struct {
	guint8 tag;
	const guint8 *content;
	gsize length, whole; /* of the content; with its head */
} Node;

/* One element at the start of @bytes; FALSE when there is none. */
static gboolean
next_node(const guint8 *bytes, gsize size, Node *node)
{
	gsize length, head = 2;
	guint n;

	if (size < 2 || (bytes[0] & 0x1f) == 0x1f)
		return FALSE;
	length = bytes[1];
	if (length & 0x80) {
		n = length & 0x7f;
		if (n == 0 || n > 4 || size < 2 + n)
			return FALSE;
		length = 0;
		for (guint i = 0; i < n; i++)
			length = length << 8 | bytes[2 + i];
		head += n;
	}
	if (length > size - head)
		return FALSE;
	*node = (Node){bytes[0], bytes + head, length, head + length};
	return TRUE;
}

gboolean
fn_der_is(const guint8 *bytes, gsize size)
{
	Node node;

	return next_node(bytes, size, &node) && node.tag == SEQUENCE && node.whole == size && node.length > 0;
}

static gboolean
is_printable(const Node *node)
{
	for (gsize i = 0; i < node->length; i++)
		if (node->content[i] < ' ' || node->content[i] > '~')
			return FALSE;
	return node->length > 3;
}

static gboolean
say(FnExtract *extract, const Node *node)
{
	guint encoding = node->tag == BMP ? FN_ENCODING_UTF16BE : FN_ENCODING_UTF8;

	return fn_extract_encoded(extract, encoding, (const char *)node->content, node->length) && fn_extract_text(extract, "\n", 1);
}

/* Something that has a signature of its own: a picture, a document. */
static gboolean
is_document(const Node *node)
{
	const FnDocument document = {"", node->content, node->length, NULL};
	const FnFormat *format = node->length > 16 ? fn_format_of(&document) : NULL;

	return format && strcmp(format->name, "text") != 0;
}

static gboolean
walk(FnExtract *extract, const guint8 *bytes, gsize size, guint depth)
{
	gboolean goes_on = TRUE;
	Node node;

	if (depth > DEPTH) {
		fn_extract_note(extract, FN_NOTE_LIMIT, "elements too deep");
		return TRUE;
	}
	for (; goes_on && next_node(bytes, size, &node); bytes += node.whole, size -= node.whole) {
		if ((node.tag & CONSTRUCTED) || (node.tag == OCTETS && fn_der_is(node.content, node.length)))
			goes_on = walk(extract, node.content, node.length, depth + 1);
		else if (node.tag == OCTETS && is_document(&node))
			goes_on = fn_extract_inner(extract, "seal", node.content, node.length);
		else if (is_string(node.tag) || ((node.tag & CONTEXT) && is_printable(&node)))
			goes_on = say(extract, &node);
	}
	if (goes_on && size > 0)
		fn_extract_note(extract, FN_NOTE_BROKEN, "an element that does not end");
	return goes_on;
}

void
fn_der_read(FnExtract *extract, const guint8 *bytes, gsize size)
{
	walk(extract, bytes, size, 0);
}
