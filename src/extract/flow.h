/* The text of office XML: what its elements mean for the words around them is a table, so that one reader serves documents,
 * slides, comments, drawings and charts of OOXML, and ODF too.
 *
 * A paragraph is put together from all its runs before a word of it leaves, so an identifier split over runs comes out whole.
 * Where changes are tracked or runs are hidden, a paragraph has more than one reading: the body gets it as it stands now and
 * is seen; the readings before the changes and with what is hidden go to segments of their own ("tracked changes", "hidden
 * text"). Rows of tables are lines with tabs between cells. What stands outside any paragraph, and attributes that people
 * write, are lines "name: text". */
#pragma once

#include "extract/xml.h"

typedef enum {
	FN_FLOW_OTHER = 0,  /* its own characters are a line "name: text" */
	FN_FLOW_PARAGRAPH,
	FN_FLOW_ROW,
	FN_FLOW_CELL,
	FN_FLOW_TEXT,       /* its characters belong to the paragraph */
	FN_FLOW_CODE,       /* a piece of a field's code */
	FN_FLOW_TAB,
	FN_FLOW_BREAK,
	FN_FLOW_HYPHEN,
	FN_FLOW_SPACES,     /* as many as the attribute "c" says (ODF) */
	FN_FLOW_SYMBOL,     /* one character by number, attribute "char" */
	FN_FLOW_SPAN,       /* the cell takes "val" columns */
	FN_FLOW_DELETED,    /* not in the text as it stands now */
	FN_FLOW_INSERTED,   /* not in the text as it was */
	FN_FLOW_VANISH,     /* what holds its holder is hidden: <r><rPr><vanish/> */
	FN_FLOW_ALTERNATE,  /* holds the same thing twice, the second time in: */
	FN_FLOW_FALLBACK,
	FN_FLOW_PHONETIC,   /* its paragraphs stand aside */
	FN_FLOW_NOTE,       /* a comment or footnote in the midst of a paragraph: aside */
	FN_FLOW_ASIDE,      /* anything else there that is no part of its text */
	FN_FLOW_CHANGES,    /* what was deleted, kept in one place (ODF) */
	FN_FLOW_SECTION,    /* hidden when the attribute "display" is "none" */
	FN_FLOW_ATTRIBUTES, /* every attribute is text, its characters too */
	FN_FLOW_GIVES,      /* the attribute "val" is text, on a line of its own */
	FN_FLOW_HEADER,     /* a sheet's header or footer with its codes (&L, &C, &"font") */
	FN_FLOW_NUMBERS,    /* its characters are measures */
	FN_FLOW_SKIP,       /* nothing in it is words: measures, base64 */
	FN_FLOW_ROLES,
} FnFlowRole;

typedef struct {
	const char *name; /* without prefix */
	FnFlowRole role;
} FnFlowWord;

typedef struct FnFlow FnFlow;
/* @words lives as long as the flow. @mixed: any characters inside a paragraph are its text (ODF), not only those of
 * FN_FLOW_TEXT elements. */
FnFlow *fn_flow_new(FnExtract *extract, const FnFlowWord *words, gsize n, gboolean mixed);
void fn_flow_free(FnFlow *flow);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnFlow, fn_flow_free)

/* Reads one part, named @part in notes, as the segment @place and those beside it. */
void fn_flow_read(FnFlow *flow, const char *part, const char *place, const guint8 *bytes, gsize size);

/* The same for readers that see some elements themselves: begin, then pass events on, then end. */
void fn_flow_begin(FnFlow *flow, const char *place);
/* The body is somebody else's segment: everything goes beside it. */
void fn_flow_begin_beside(FnFlow *flow, const char *place);
void fn_flow_start(FnXml *xml, const char *name, const char **attributes, gpointer flow);
void fn_flow_end(FnXml *xml, const char *name, gpointer flow);
void fn_flow_text(FnXml *xml, const char *text, gsize size, gpointer flow);
void fn_flow_comment(FnXml *xml, const char *text, gpointer flow);
void fn_flow_finish(FnFlow *flow);
FnExtract *fn_flow_extract(const FnFlow *flow);
/* Lines of the body go into @out from here on, a space between them; NULL: no more. */
void fn_flow_capture(FnFlow *flow, GString *out);
