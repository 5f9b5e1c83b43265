/* A city's own patterns: PCRE2 in a bounded piece of text, with a bounded effort. Immutable: share it among threads, each with
 * a scratch of its own. */
#pragma once

#include <glib.h>

typedef struct FnRegex FnRegex;
/* ASCII classes and boundaries (\d, \w, \b) are ASCII, so that a boundary stands between a Han character and a digit; UTF-8,
 * broken text included. What could match without end or not at all is refused: NULL, and *why (caller frees) says what and
 * the remedy. */
FnRegex *fn_regex_new(const char *pattern, char **why);
void fn_regex_free(FnRegex *regex);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnRegex, fn_regex_free)

typedef struct FnRegexScratch FnRegexScratch;
FnRegexScratch *fn_regex_scratch_new(void);
void fn_regex_scratch_free(FnRegexScratch *scratch);
typedef void (*FnRegexFound)(gsize start, gsize end, gpointer data);
/* All matches in @bytes that do not overlap, from left to right. FALSE when the effort was spent before the end. */
gboolean fn_regex_find(const FnRegex *regex, FnRegexScratch *scratch, const char *bytes, gsize size, FnRegexFound found, gpointer data);
/* Is all of @bytes one match? */
gboolean fn_regex_is(const FnRegex *regex, const char *bytes, gsize size);
