/* A package of Office Open XML (ECMA-376, ISO/IEC 29500): parts with content types, tied by relationships. Every part is
 * read once: those that the main part leads to with a place that says what they are, then whatever else lies there. */
#pragma once

#include "extract/flow.h"
#include "extract/parts.h"

typedef struct {
	FnExtract *extract;
	FnParts parts;
	GHashTable *types;    /* name or ".extension" → content type */
	FnFlow *flow;
	GString *links;       /* targets outside the package, one a line */
} FnPackage;

typedef struct {
	char *id, *type, *target; /* @type: its last word ("comments"); @target: the part's name */
} FnRelation;

/* Relations (FnRelation) of the part called @name, outside ones only noted among the links. */
GPtrArray *fn_package_relations(FnPackage *package, const char *name);
/* The relation that one of the attributes called "id" names, or NULL. */
const FnRelation *fn_package_named(const GPtrArray *relations, const char **attributes);
/* Reads one part by what it is, as "@before, its kind", then those that it leads to. */
void fn_package_read(FnPackage *package, const FnZipMember *part, const char *before, guint depth);
void fn_package_related(FnPackage *package, const GPtrArray *relations, const char *before, guint depth);

/* Workbooks and presentations: sheets and slides in their order. @main is taken already. */
void fn_xlsx_read(FnPackage *package, const FnZipMember *main, const GByteArray *bytes);
void fn_pptx_read(FnPackage *package, const FnZipMember *main, const GByteArray *bytes);

extern const FnFlowWord fn_ooxml_words[];
extern const gsize fn_ooxml_word_count;
