/* Text at the borders: hexadecimal, safe quoting of what strangers wrote, random identifiers. */
#pragma once

#include <glib.h>

/* @size bytes as lower-case hexadecimal. */
char *fn_hex(const void *bytes, gsize size);
/* Reads exactly @size bytes from 2 * @size hexadecimal digits; FALSE when @text is anything else. */
gboolean fn_unhex(const char *text, void *bytes_out, gsize size);

/* @text fit for a message or a log line: cut at a character within @max bytes, controls and invalid UTF-8 as \xNN.
 * Every text from a caller, file or peer goes through here before a person or a log sees it. */
char *fn_text_safe(const char *text, gssize size, gsize max);

/* TRUE when both texts are equal; time depends on the length of @a only. NULL equals nothing. */
gboolean fn_text_equal_secret(const char *a, const char *b);

/* Fills with kernel randomness. Ends the program when the kernel has none. */
void fn_random(void *bytes_out, gsize size);

/* A new identifier: 26 characters of Crockford base 32, 48 bits of milliseconds and 80 random bits, so that ids sort by
 * birth. Ids are not secrets. */
char *fn_id_new(void);

/* Wipes and frees. NULL is fine. */
void fn_secret_free(char *secret);
