/* The parts of a document that is a zip: found by name as its format compares names, each read once. */
#pragma once

#include "extract/extract_priv.h"

typedef struct {
	FnExtract *extract;
	const FnZip *zip;    /* borrowed */
	GHashTable *names;   /* name without case → FnZipMember (borrowed) */
	gboolean *done;      /* by position in the zip */
} FnParts;

void fn_parts_init(FnParts *parts, FnExtract *extract, const FnZip *zip);
void fn_parts_clear(FnParts *parts);
/* The part of this name, a slash before it or not; NULL when there is none. */
const FnZipMember *fn_parts_find(const FnParts *parts, const char *name);
gboolean fn_parts_done(const FnParts *parts, const FnZipMember *part);
/* Nothing in this part is anybody's words. */
void fn_parts_skip(FnParts *parts, const FnZipMember *part);
/* Unpacks a part that was not read yet and marks it as read; NULL otherwise. */
GByteArray *fn_parts_take(FnParts *parts, const FnZipMember *part);

/* A name as it is compared: lower case, slashes. Caller frees. */
char *fn_part_key(const char *name);
/* The name behind the last slash. */
const char *fn_part_last(const char *name);
/* What @target means inside the part @from: relative to its folder or, behind a slash, to the root; "../" never leaves the
 * package. Caller frees. */
char *fn_part_resolve(const char *from, const char *target);
/* A font by its signature: glyphs, no words. */
gboolean fn_part_is_font(const GByteArray *bytes);
