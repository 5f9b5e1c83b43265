#include "base/json.h"

#include "base/say.h"
#include "base/text.h"

#include <string.h>

G_DEFINE_QUARK(fn-json-error-quark, fn_json_error)

static void
before_value(FnJson *json)
{
	if (json->comma)
		g_string_append_c(json->out, ',');
	json->comma = TRUE;
}

static void
open_bracket(FnJson *json, char bracket)
{
	before_value(json);
	g_string_append_c(json->out, bracket);
	json->depth++;
	json->comma = FALSE;
}

static void
close_bracket(FnJson *json, char bracket)
{
	g_assert(json->depth > 0);
	g_string_append_c(json->out, bracket);
	json->depth--;
	json->comma = TRUE;
}

void
fn_json_begin_object(FnJson *json)
{
	open_bracket(json, '{');
}

void
fn_json_end_object(FnJson *json)
{
	close_bracket(json, '}');
}

void
fn_json_begin_array(FnJson *json)
{
	open_bracket(json, '[');
}

void
fn_json_end_array(FnJson *json)
{
	close_bracket(json, ']');
}

void
fn_json_name(FnJson *json, const char *name)
{
	fn_json_text(json, name);
	g_string_append_c(json->out, ':');
	json->comma = FALSE;
}

/* Length of the run from @text that needs no escape and is plain ASCII. */
static gsize
plain_run(const char *text, const char *end)
{
	const char *p = text;

	while (p < end && (guint8)*p >= 0x20 && (guint8)*p < 0x7f && *p != '"' && *p != '\\')
		p++;
	return (gsize)(p - text);
}

static const char *
append_escaped(GString *out, const char *text, const char *end)
{
	static const char short_escape[] = "\bb\ff\nn\rr\tt\"\"\\\\";
	gunichar c;

	for (const char *e = short_escape; *e != '\0'; e += 2)
		if (*text == *e) {
			g_string_append_c(out, '\\');
			g_string_append_c(out, e[1]);
			return text + 1;
		}
	if ((guint8)*text < 0x20) {
		g_string_append_printf(out, "\\u%04x", (guint8)*text);
		return text + 1;
	}
	c = g_utf8_get_char_validated(text, end - text);
	if (c == (gunichar)-1 || c == (gunichar)-2) {
		g_string_append(out, "\xef\xbf\xbd");
		return text + 1;
	}
	g_string_append_len(out, text, g_utf8_next_char(text) - text);
	return g_utf8_next_char(text);
}

void
fn_json_text_sized(FnJson *json, const char *text, gsize size)
{
	const char *end = text + size;

	before_value(json);
	g_string_append_c(json->out, '"');
	while (text < end) {
		gsize run = plain_run(text, end);

		g_string_append_len(json->out, text, (gssize)run);
		text += run;
		if (text < end)
			text = append_escaped(json->out, text, end);
	}
	g_string_append_c(json->out, '"');
}

void
fn_json_text(FnJson *json, const char *text)
{
	if (text == NULL)
		fn_json_raw(json, "null", 4);
	else
		fn_json_text_sized(json, text, strlen(text));
}

void
fn_json_int(FnJson *json, gint64 value)
{
	before_value(json);
	g_string_append_printf(json->out, "%" G_GINT64_FORMAT, value);
}

void
fn_json_bool(FnJson *json, gboolean value)
{
	before_value(json);
	g_string_append(json->out, value ? "true" : "false");
}

void
fn_json_raw(FnJson *json, const char *text, gsize size)
{
	before_value(json);
	g_string_append_len(json->out, text, (gssize)size);
}

void
fn_json_member(FnJson *json, const char *name, const char *text)
{
	fn_json_name(json, name);
	fn_json_text(json, text);
}

void
fn_json_member_int(FnJson *json, const char *name, gint64 value)
{
	fn_json_name(json, name);
	fn_json_int(json, value);
}

void
fn_json_member_bool(FnJson *json, const char *name, gboolean value)
{
	fn_json_name(json, name);
	fn_json_bool(json, value);
}

static gboolean
too_deep(const char *text, gsize size)
{
	guint depth = 0;
	gboolean quoted = FALSE;

	for (gsize i = 0; i < size; i++) {
		if (quoted && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
		else if (!quoted && (text[i] == '{' || text[i] == '['))
			depth++;
		else if (!quoted && (text[i] == '}' || text[i] == ']'))
			depth -= depth > 0;
		if (depth > 64)
			return TRUE;
	}
	return FALSE;
}

json_t *
fn_json_parse(const char *text, gsize size, GError **error)
{
	json_error_t why;
	json_t *value;

	if (too_deep(text, size)) {
		fn_refuse(error, FN_JSON_ERROR, FN_JSON_ERROR_SYNTAX, "nested deeper than 64");
		return NULL;
	}
	value = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	if (value == NULL) {
		g_autofree char *safe = fn_text_safe(why.text, -1, sizeof(why.text)); /* it quotes the input */

		fn_refuse(error, FN_JSON_ERROR, FN_JSON_ERROR_SYNTAX, "line %d, column %d: %s", why.line, why.column, safe);
	}
	return value;
}

char *
fn_json_canonical(const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

	/* jansson writes \u001F where RFC 8785 and our writer have \u001f. */
	for (char *at = text != NULL ? strchr(text, '\\') : NULL; at != NULL; at = strchr(at + 2, '\\'))
		for (guint i = 2; at[1] == 'u' && i < 6; i++)
			at[i] = g_ascii_tolower(at[i]);
	return text;
}

const char *
fn_json_get_text(const json_t *object, const char *name, gboolean required, GError **error)
{
	const json_t *member = json_object_get(object, name);

	if (member == NULL || json_is_null(member)) {
		if (required)
			fn_refuse(error, FN_JSON_ERROR, FN_JSON_ERROR_SHAPE, "\"%s\" is missing", name);
		return NULL;
	}
	if (!json_is_string(member)) {
		fn_refuse(error, FN_JSON_ERROR, FN_JSON_ERROR_SHAPE, "\"%s\" must be a text", name);
		return NULL;
	}
	return json_string_value(member);
}
