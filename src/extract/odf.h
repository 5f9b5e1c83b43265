/* Content of OpenDocument, in a package or flat in one XML file. */
#pragma once

#include "extract/flow.h"

extern const FnFlowWord fn_odf_words[];
extern const gsize fn_odf_word_count;

/* Reads one XML part with texts, sheets or slides in it as the segment @place and those beside it. */
void fn_odf_content(FnExtract *extract, FnFlow *flow, const char *part, const char *place, const guint8 *bytes, gsize size);
