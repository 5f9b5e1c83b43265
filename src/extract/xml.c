#include "extract/xml.h"

#include "base/encoding.h"

#include <expat.h>
#include <string.h>

struct FnXml {
	FnExtract *extract;
	const FnXmlHandler *handler;
	XML_Parser parser;
	GString *names; /* of the open elements, each with its NUL */
	GArray *starts; /* gsize: where each begins in @names */
	const char *why; /* we stopped it, and it is to be noted */
	gboolean enough;
};

static const char *
local_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon != NULL ? colon + 1 : name;
}

static void
refuse(FnXml *xml, const char *why)
{
	xml->why = why;
	XML_StopParser(xml->parser, XML_FALSE);
}

static void
on_start(gpointer data, const char *name, const char **attributes)
{
	FnXml *xml = data;
	gsize start = xml->names->len;

	if (xml->starts->len >= FN_XML_DEPTH) {
		refuse(xml, "elements too deep");
		return;
	}
	name = local_name(name);
	g_string_append_len(xml->names, name, (gssize)strlen(name) + 1);
	g_array_append_val(xml->starts, start);
	if (fn_extract_stopped(xml->extract))
		fn_xml_stop(xml);
	else if (xml->handler->start != NULL)
		xml->handler->start(xml, name, attributes, xml->handler->data);
}

static void
on_end(gpointer data, const char *name)
{
	FnXml *xml = data;

	if (xml->handler->end != NULL && !xml->enough)
		xml->handler->end(xml, local_name(name), xml->handler->data);
	if (xml->starts->len > 0) {
		g_string_truncate(xml->names, g_array_index(xml->starts, gsize, xml->starts->len - 1));
		g_array_set_size(xml->starts, xml->starts->len - 1);
	}
}

static void
on_text(gpointer data, const char *text, int size)
{
	FnXml *xml = data;

	if (xml->handler->text != NULL && !xml->enough)
		xml->handler->text(xml, text, (gsize)size, xml->handler->data);
}

static void
on_comment(gpointer data, const char *text)
{
	FnXml *xml = data;

	if (xml->handler->comment != NULL && !xml->enough)
		xml->handler->comment(xml, text, xml->handler->data);
}

static void
on_instruction(gpointer data, const char *target, const char *text)
{
	on_comment(data, text);
}

static void
on_entity(gpointer data, const char *name, int is_parameter, const char *value, int size, const char *base, const char *system,
	const char *public_id, const char *notation)
{
	refuse(data, "declares entities");
}

static void
on_skipped(gpointer data, const char *name, int is_parameter)
{
	FnXml *xml = data;

	xml->why = "refers to an entity that is not declared";
}

guint
fn_xml_depth(const FnXml *xml)
{
	return xml->starts->len;
}

const char *
fn_xml_above(const FnXml *xml, guint levels)
{
	return levels < xml->starts->len ? xml->names->str + g_array_index(xml->starts, gsize, xml->starts->len - 1 - levels) : NULL;
}

gboolean
fn_xml_within(const FnXml *xml, const char *name)
{
	for (guint i = 0; i < xml->starts->len; i++)
		if (strcmp(fn_xml_above(xml, i), name) == 0)
			return TRUE;
	return FALSE;
}

FnExtract *
fn_xml_extract(const FnXml *xml)
{
	return xml->extract;
}

void
fn_xml_stop(FnXml *xml)
{
	xml->enough = TRUE;
	XML_StopParser(xml->parser, XML_FALSE);
}

const char *
fn_xml_attribute(const char **attributes, const char *name)
{
	for (; *attributes != NULL; attributes += 2)
		if (strcmp(local_name(attributes[0]), name) == 0)
			return attributes[1];
	return NULL;
}

/* The encoding that the declaration names, when it is one that expat does not know and we do. */
static FnEncoding
declared_encoding(const guint8 *bytes, gsize size)
{
	g_autofree char *head = g_strndup((const char *)bytes, MIN(size, 200));
	char *end = g_str_has_prefix(head, "<?xml") ? strstr(head, "?>") : NULL, *name;
	FnEncoding encoding;

	if (end == NULL)
		return FN_ENCODING_NONE;
	*end = '\0';
	name = strstr(head, "encoding");
	if (name == NULL)
		return FN_ENCODING_NONE;
	name += strlen("encoding");
	name += strspn(name, " \t\r\n=\"'");
	name[strcspn(name, "\"' \t\r\n")] = '\0';
	encoding = fn_encoding_named(name);
	return encoding == FN_ENCODING_GB18030 || encoding == FN_ENCODING_BIG5 ? encoding : FN_ENCODING_NONE;
}

static gboolean
parse(FnXml *xml, const char *bytes, gsize size, FnEncoding encoding)
{
	g_autoptr(FnDecoder) decoder = encoding != FN_ENCODING_NONE ? fn_decoder_new(encoding) : NULL;
	g_autoptr(GString) text = g_string_new(NULL);
	const gsize step = 1 << 16;
	gboolean last;

	for (gsize at = 0;; at += step) {
		const char *piece = bytes + at;
		gsize length = MIN(step, size - at);

		last = at + step >= size;
		if (decoder != NULL) {
			g_string_truncate(text, 0);
			fn_decoder_add(decoder, piece, length, last, text);
			piece = text->str;
			length = text->len;
		}
		if (XML_Parse(xml->parser, piece, (int)length, last) != XML_STATUS_OK)
			return FALSE;
		if (last)
			return TRUE;
	}
}

static void
note_failure(const FnXml *xml, const char *what)
{
	g_autofree char *detail = g_strdup_printf("%s, line %lu: %s", what, XML_GetCurrentLineNumber(xml->parser),
		xml->why != NULL ? xml->why : XML_ErrorString(XML_GetErrorCode(xml->parser)));

	fn_extract_note(xml->extract, xml->starts->len >= FN_XML_DEPTH ? FN_NOTE_LIMIT : FN_NOTE_BROKEN, detail);
}

gboolean
fn_xml_read(FnExtract *extract, const char *what, const guint8 *bytes, gsize size, const FnXmlHandler *handler)
{
	const guint8 *start = size > 0 ? bytes : (const guint8 *)""; /* an empty part may have no bytes at all */
	FnEncoding encoding = declared_encoding(start, size);
	FnXml xml = { .extract = extract, .handler = handler };
	gboolean read;

	xml.parser = XML_ParserCreate(encoding != FN_ENCODING_NONE ? "UTF-8" : NULL);
	g_assert(xml.parser != NULL);
	xml.names = g_string_new(NULL);
	xml.starts = g_array_new(FALSE, FALSE, sizeof(gsize));
	XML_SetUserData(xml.parser, &xml);
	XML_SetElementHandler(xml.parser, on_start, on_end);
	XML_SetCharacterDataHandler(xml.parser, on_text);
	XML_SetCommentHandler(xml.parser, on_comment);
	XML_SetProcessingInstructionHandler(xml.parser, on_instruction);
	XML_SetEntityDeclHandler(xml.parser, on_entity);
	XML_SetSkippedEntityHandler(xml.parser, on_skipped);
	read = parse(&xml, (const char *)start, size, encoding) && xml.why == NULL;
	if (!read && !xml.enough)
		note_failure(&xml, what);
	XML_ParserFree(xml.parser);
	g_string_free(xml.names, TRUE);
	g_array_free(xml.starts, TRUE);
	return (read || xml.enough) && !fn_extract_stopped(extract);
}
