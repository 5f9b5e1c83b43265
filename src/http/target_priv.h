/* The request target: path and query of RFC 3986, read strictly and decoded once. */
#pragma once

#include <glib.h>

#define FN_TARGET_PARAMETERS 64u

typedef struct {
	char *path;       /* UTF-8, begins with '/', no segment "." or ".." */
	GPtrArray *query; /* name, value, name, value, … */
} FnHttpTarget;

/* Reads @raw (origin form). NULL when all is well, else a static text in English that says what is wrong; *target_out is
 * then empty. Refused are other forms, fragments, broken or encoded-slash escapes, control characters, invalid UTF-8, dot
 * segments, more than FN_TARGET_PARAMETERS parameters and a parameter given twice. */
const char *fn_target_parse(const char *raw, FnHttpTarget *target_out);
void fn_target_clear(FnHttpTarget *target);
const char *fn_target_query(const FnHttpTarget *target, const char *name);
