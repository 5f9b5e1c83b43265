/* XML parts of documents, on expat: no document type, no entities but the five, nothing external, at most 1,000 elements deep.
 * Names come without their prefix ("w:t" is "t"): readers know their part, and prefixes are free to choose. */
#pragma once

#include "extract/extract.h"

#define FN_XML_DEPTH 1000u

typedef struct FnXml FnXml;
typedef struct {
	/* @attributes: name, value, name, value, …, NULL, names with their prefix. */
	void (*start)(FnXml *xml, const char *name, const char **attributes, gpointer data);
	void (*end)(FnXml *xml, const char *name, gpointer data); /* any of them may be NULL */
	void (*text)(FnXml *xml, const char *text, gsize size, gpointer data); /* whole characters; comes in pieces */
	gpointer data;
	/* A comment or the text of a processing instruction: no reader of documents shows them, people hide things there. */
	void (*comment)(FnXml *xml, const char *text, gpointer data);
} FnXmlHandler;

/* Reads @bytes (UTF-8, UTF-16 or what the declaration says: GB18030, Big5). FALSE when they are broken or stopped by a limit, which
 * is noted with @what ("word/document.xml"); handlers have seen everything up to there. */
gboolean fn_xml_read(FnExtract *extract, const char *what, const guint8 *bytes, gsize size, const FnXmlHandler *handler);

/* In a handler. Depth of the current element (the root is 1), and the names above it: 0 is the current one, NULL past the root. */
guint fn_xml_depth(const FnXml *xml);
const char *fn_xml_above(const FnXml *xml, guint levels);
/* TRUE when the current element or one above it has this name. */
gboolean fn_xml_within(const FnXml *xml, const char *name);
FnExtract *fn_xml_extract(const FnXml *xml);
/* Ends reading: the handler has enough, or a limit said FALSE. */
void fn_xml_stop(FnXml *xml);
/* The value of the attribute of this name without prefix, or NULL. */
const char *fn_xml_attribute(const char **attributes, const char *name);
