/* Inside the flow: what stands beside the body, and which attributes are words. */
#pragma once

#include "extract/flow.h"

/* What stands beside the body, each in a segment of its own. BODY must be first: it is no side. */
typedef enum { BODY = 0, TRACKED, HIDDEN, CODES, WATERMARK, NOTES, PHONETIC, HEADERS, OTHER, NAMES, MARKUP, SIDES } Side;

/* What is known of attributes by name; the caller frees it. */
GHashTable *fn_flow_rules_new(void);
/* Where the @value of an attribute goes that is called @name (without prefix), on an element of this @role; BODY: nowhere. */
Side fn_flow_attribute_side(GHashTable *rules, FnFlowRole role, const char *name, const char *value);
/* "&L机密&C&\"黑体,Bold\"&12第 &P 页": codes of a sheet's header out, its three parts as lines. */
void fn_flow_header_plain(GString *out, const char *text, gsize size);
