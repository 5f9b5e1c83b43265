/* JSON: a streaming writer for rows and entries, strict reading for requests.
 *
 * The writer appends compact JSON to a GString and never fails; the caller nests rightly (asserted). For ledger entries
 * the caller writes members in byte order of their names, which makes the text canonical (RFC 8785 for the texts and
 * integers that we use). */
#pragma once

#include <glib.h>
#include <jansson.h>

typedef struct {
	GString *out; /* borrowed */
	guint depth;
	gboolean comma; /* a value stands before on this level */
} FnJson;

static inline FnJson
fn_json_to(GString *out)
{
	return (FnJson){ .out = out };
}

void fn_json_begin_object(FnJson *json);
void fn_json_end_object(FnJson *json);
void fn_json_begin_array(FnJson *json);
void fn_json_end_array(FnJson *json);
void fn_json_name(FnJson *json, const char *name);
/* NULL writes null; invalid UTF-8 is replaced by U+FFFD byte by byte. */
void fn_json_text(FnJson *json, const char *text);
void fn_json_text_sized(FnJson *json, const char *text, gsize size);
void fn_json_int(FnJson *json, gint64 value);
void fn_json_bool(FnJson *json, gboolean value);
/* Finished JSON of the caller's own making. */
void fn_json_raw(FnJson *json, const char *text, gsize size);

/* name + value in one. */
void fn_json_member(FnJson *json, const char *name, const char *text);
void fn_json_member_int(FnJson *json, const char *name, gint64 value);
void fn_json_member_bool(FnJson *json, const char *name, gboolean value);

typedef enum {
	FN_JSON_ERROR_SYNTAX, /* not JSON; the message names line and column */
	FN_JSON_ERROR_SHAPE,  /* JSON, but a member is missing, unknown or of another type */
} FnJsonError;
#define FN_JSON_ERROR (fn_json_error_quark())
GQuark fn_json_error_quark(void);

/* Strict: one value, valid UTF-8, no duplicate names, depth within 64. json_decref() the result. */
json_t *fn_json_parse(const char *text, gsize size, GError **error);
/* Canonical text of @value: sorted names, compact. */
char *fn_json_canonical(const json_t *value);
/* The text member @name; with @required its absence is an error, else NULL. Borrowed from @object. */
const char *fn_json_get_text(const json_t *object, const char *name, gboolean required, GError **error);
