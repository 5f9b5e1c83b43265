/* Answers of the console API as people read them: tables and lines instead of JSON. */
#pragma once

#include <jansson.h>

/* @answer as text with a newline at its end, in the user's language: members as lines, lists of objects as tables, moments in China
 * Standard Time, {"zh", "en"} as one of the two; what is empty is left out. @columns: members of the rows of "items" ("a.b": one
 * inside of another) with spaces between, in their order; NULL: those that the rows have. Nothing in it can steer a terminal. Caller frees. */
char *fn_readable(const json_t *answer, const char *columns);
