/* The small change of mail: encoded words, transfer encodings, parameters. */
#pragma once

#include "extract/extract_priv.h"

/* One header field; both texts are UTF-8. */
typedef struct {
	char *name;  /* lower case */
	char *value; /* unfolded, encoded words (RFC 2047) read, raw bytes guessed */
} FnMimeField;
/* Reads the fields up to the empty line; answers where the body begins. Appends to @fields. */
gsize fn_mime_fields(const char *bytes, gsize size, GArray *fields);
GArray *fn_mime_fields_new(void);
/* The first field of this lower-case name, or NULL. */
const char *fn_mime_field(const GArray *fields, const char *name);
/* "text/html" of a field's value, lower case. Caller frees. */
char *fn_mime_word(const char *value);
/* A parameter of a field's value, continued and encoded ones (RFC 2231) put together. Caller frees; NULL: not there. */
char *fn_mime_parameter(const char *value, const char *name);
/* Undoes base64 or quoted-printable ("base64", "quoted-printable"; anything else: copied), as far as it goes. */
GByteArray *fn_mime_decode(const char *encoding, const char *bytes, gsize size);
