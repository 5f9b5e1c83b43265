/* One part of an OFD document (GB/T 33190-2016): text that is set at places on a page, brought back into lines.
 *
 * A page holds pieces (TextCode) with coordinates. In the order of the file, which is how people read it nearly always,
 * pieces on one line are joined, so that an identifier set in several pieces is whole. Where the file's order is not the
 * page's, lines by position that are not among those stand in a segment of their own. */
#pragma once

#include "extract/flow.h"

typedef struct {
	double x, y;    /* where the first character stands, in millimetres */
	double end;     /* where the next one would */
	double size;    /* of the characters */
	gsize from, length; /* its text */
} FnOfdPiece;

typedef struct {
	GArray *pieces;     /* FnOfdPiece */
	GString *text;
	GPtrArray *templates; /* names of the templates that the page stands on */
} FnOfdLayout;
FnOfdLayout *fn_ofd_layout_new(void);
void fn_ofd_layout_free(FnOfdLayout *layout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnOfdLayout, fn_ofd_layout_free)

/* Reads one part, begun as the segment @place: its pieces into @layout, everything else said. @other (or {0}) sees the
 * elements first. */
void fn_ofd_layout_read(FnOfdLayout *layout, FnFlow *flow, const char *part, const char *place, const GByteArray *bytes,
	const FnXmlHandler *other);
/* Says the lines of @layout as @place. @below (or NULL): the template under it, whose words label what stands behind them. */
void fn_ofd_layout_say(const FnOfdLayout *layout, const FnOfdLayout *below, FnExtract *extract, const char *place);

extern const FnFlowWord fn_ofd_words[];
extern const gsize fn_ofd_word_count;
