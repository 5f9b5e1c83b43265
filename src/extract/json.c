/* JSON, one value or many (a line each): strings with their escapes undone, every value under its pointer (RFC 6901). What is no JSON
 * any more is noted, and the rest of it is told as it stands. */
#include "extract/readers.h"

#include <string.h>

#define DEPTH_MAX   1000u
#define POINTER_MAX 512u /* bytes of a pointer that are told */
#define SNIFF       4096u

typedef struct {
	gsize pointer; /* its length before this container's member */
	guint index;   /* of the current member of an array */
	gboolean array;
} Level;

typedef struct {
	FnExtract *extract; /* NULL: only looking */
	const char *at, *end;
	GString *pointer, *string;
	GArray *levels; /* Level */
	guint values;   /* whole ones before this one */
	const char *wrong;
} Json;

static void
skip_space(Json *json)
{
	while (json->at < json->end && strchr(" \t\r\n\x1e", *json->at) != NULL && *json->at != '\0')
		json->at++;
}

static gboolean
fail(Json *json, const char *why)
{
	json->wrong = why;
	return FALSE;
}

static gboolean
read_unit(Json *json, guint *unit)
{
	*unit = 0;
	if (json->end - json->at < 4)
		return fail(json, "a string ends early");
	for (guint i = 0; i < 4; i++, json->at++) {
		if (!g_ascii_isxdigit(*json->at))
			return fail(json, "a wrong escape");
		*unit = *unit << 4 | (guint)g_ascii_xdigit_value(*json->at);
	}
	return TRUE;
}

/* Behind "\u". */
static gboolean
read_escaped(Json *json)
{
	guint first, second;

	if (!read_unit(json, &first))
		return FALSE;
	if (first >= 0xd800 && first < 0xdc00 && json->end - json->at >= 6 && json->at[0] == '\\' && json->at[1] == 'u') {
		const char *before = json->at;

		json->at += 2;
		if (!read_unit(json, &second))
			return FALSE;
		if (second >= 0xdc00 && second < 0xe000)
			first = 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff);
		else
			json->at = before;
	}
	g_string_append_unichar(json->string, first != 0 && g_unichar_validate(first) ? first : 0xfffd);
	return TRUE;
}

static gboolean
read_escape(Json *json)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *known;

	if (json->at >= json->end)
		return fail(json, "a string ends early");
	if (*json->at == 'u') {
		json->at++;
		return read_escaped(json);
	}
	known = *json->at != '\0' ? strchr(from, *json->at) : NULL;
	if (known == NULL)
		return fail(json, "a wrong escape");
	g_string_append_c(json->string, to[known - from]);
	json->at++;
	return TRUE;
}

/* At the opening quote; into json->string. */
static gboolean
read_string(Json *json)
{
	g_string_truncate(json->string, 0);
	for (json->at++; json->at < json->end && *json->at != '"';) {
		const char *from = json->at;

		while (json->at < json->end && *json->at != '"' && *json->at != '\\')
			json->at++;
		g_string_append_len(json->string, from, json->at - from);
		if (json->at < json->end && *json->at == '\\') {
			json->at++;
			if (!read_escape(json))
				return FALSE;
		}
	}
	if (json->at >= json->end)
		return fail(json, "a string ends early");
	json->at++;
	return TRUE;
}

/* A number or a name. */
static gboolean
read_word(Json *json)
{
	static const char *const names[] = { "true", "false", "null", "NaN", "Infinity", "-Infinity" };
	const char *from = json->at;
	char *after;
	gsize length;

	while (json->at < json->end && (g_ascii_isalnum(*json->at) || strchr("+-.", *json->at) != NULL) && *json->at != '\0')
		json->at++;
	length = (gsize)(json->at - from);
	g_string_truncate(json->string, 0);
	g_string_append_len(json->string, from, (gssize)length);
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(json->string->str, names[i]) == 0)
			return TRUE;
	if (length == 0 || !(g_ascii_isdigit(*from) || (*from == '-' && length > 1)))
		return fail(json, "no value");
	if (length > 400)
		return TRUE; /* as no machine reads it, but digits */
	g_ascii_strtod(json->string->str, &after);
	return *after == '\0' || json->at == json->end || fail(json, "no number");
}

static void
add_key(Json *json)
{
	g_string_append_c(json->pointer, '/');
	for (const char *at = json->string->str; *at != '\0' && json->pointer->len < POINTER_MAX; at++) {
		if (*at == '~' || *at == '/')
			g_string_append(json->pointer, *at == '~' ? "~0" : "~1");
		else
			g_string_append_c(json->pointer, *at);
	}
}

static gboolean
tell(Json *json, const char *key, gsize key_size)
{
	g_autofree char *label = NULL;
	gsize length = MIN(json->pointer->len, POINTER_MAX);

	if (json->extract == NULL)
		return TRUE;
	while (length > 0 && length < json->pointer->len && ((guint8)json->pointer->str[length] & 0xc0) == 0x80)
		length--;
	label = json->values == 0 ? g_strndup(json->pointer->str, length) :
				    g_strdup_printf("value %u %.*s", json->values + 1, (int)length, json->pointer->str);
	fn_extract_place(json->extract, label);
	return (key_size == 0 || (fn_extract_text(json->extract, key, (gssize)key_size) && fn_extract_text(json->extract, ": ", 2))) &&
	       fn_extract_text(json->extract, json->string->str, (gssize)json->string->len) && fn_extract_text(json->extract, "\n", 1);
}

static gboolean
open_level(Json *json)
{
	Level level = { .pointer = json->pointer->len, .array = *json->at == '[' };

	if (json->levels->len >= DEPTH_MAX)
		return fail(json, "values too deep");
	g_array_append_val(json->levels, level);
	json->at++;
	return TRUE;
}

/* Behind a value: to the next member, or out of what ends here. */
static gboolean
close_levels(Json *json)
{
	for (;;) {
		Level *level;

		skip_space(json);
		if (json->levels->len == 0)
			return TRUE;
		level = &g_array_index(json->levels, Level, json->levels->len - 1);
		g_string_truncate(json->pointer, level->pointer);
		if (json->at >= json->end)
			return fail(json, "ends early");
		if (*json->at == ',') {
			json->at++;
			level->index++;
			return TRUE;
		}
		if (*json->at != (level->array ? ']' : '}'))
			return fail(json, "something between values");
		json->at++;
		g_array_set_size(json->levels, json->levels->len - 1);
	}
}

/* One value and the key before it, as far as its opening. TRUE: go on. */
static gboolean
read_member(Json *json)
{
	Level *level = json->levels->len > 0 ? &g_array_index(json->levels, Level, json->levels->len - 1) : NULL;
	g_autofree char *key = NULL;
	gsize key_size = 0;

	skip_space(json);
	if (json->at >= json->end)
		return fail(json, "ends early");
	if (level != NULL && *json->at == (level->array ? ']' : '}'))
		return close_levels(json); /* empty, or a comma before the end */
	if (level != NULL && level->array) {
		g_string_append_printf(json->pointer, "/%u", level->index);
	} else if (level != NULL) {
		if (*json->at != '"' || !read_string(json))
			return fail(json, "no key");
		key_size = json->string->len;
		key = g_memdup2(json->string->str, key_size + 1);
		add_key(json);
		skip_space(json);
		if (json->at >= json->end || *json->at++ != ':')
			return fail(json, "no colon");
		skip_space(json);
	}
	if (json->at >= json->end)
		return fail(json, "ends early");
	if (*json->at == '{' || *json->at == '[')  {
		g_string_truncate(json->string, 0);
		return (key_size == 0 || tell(json, key, key_size)) && open_level(json);
	}
	if (!(*json->at == '"' ? read_string(json) : read_word(json)))
		return FALSE;
	return tell(json, key, key_size) && close_levels(json);
}

static gboolean
read_value(Json *json)
{
	do
		if (!read_member(json))
			return FALSE;
	while (json->levels->len > 0);
	return TRUE;
}

static Json
json_over(FnExtract *extract, const char *text, gsize size)
{
	return (Json){ .extract = extract,
		.at = text,
		.end = text + size,
		.pointer = g_string_new(NULL),
		.string = g_string_new(NULL),
		.levels = g_array_new(FALSE, FALSE, sizeof(Level)) };
}

static void
json_clear(Json *json)
{
	g_string_free(json->pointer, TRUE);
	g_string_free(json->string, TRUE);
	g_array_unref(json->levels);
}

static gsize
mark_size(const FnDocument *document)
{
	return fn_document_starts(document, "\xEF\xBB\xBF", 3) ? 3 : 0;
}

/* An object or an array whose first kilobytes have nothing wrong but their end. */
gboolean
fn_json_is(const FnDocument *document)
{
	gsize skip = mark_size(document), size = MIN(document->size, SNIFF);
	Json json;
	gboolean is;

	while (skip < size && g_ascii_isspace((char)document->bytes[skip]))
		skip++;
	if (skip == size || (document->bytes[skip] != '{' && document->bytes[skip] != '['))
		return FALSE;
	if (fn_name_ends(document->name, "json ndjson jsonl geojson"))
		return TRUE;
	json = json_over(NULL, (const char *)document->bytes + skip, size - skip);
	is = (read_value(&json) && (json.at >= json.end || *json.at == '{' || *json.at == '[' || *json.at == '"')) || json.at >= json.end;
	json_clear(&json);
	return is;
}

void
fn_json_read(FnExtract *extract, const FnDocument *document)
{
	g_autoptr(GString) text = fn_text_decode(extract, document->bytes, document->size, NULL);
	Json json = json_over(extract, text->str, text->len);

	fn_extract_begin(extract, "");
	for (skip_space(&json); json.at < json.end && read_value(&json); json.values++)
		skip_space(&json);
	if (json.wrong != NULL) {
		fn_extract_note(extract, json.levels->len >= DEPTH_MAX ? FN_NOTE_LIMIT : FN_NOTE_BROKEN, json.wrong);
		fn_extract_begin(extract, "rest");
		/* What was read of the last string goes with it: nothing of it was told yet. */
		fn_extract_text(extract, json.string->str, (gssize)json.string->len);
		fn_extract_text(extract, json.at, json.end - json.at);
	}
	json_clear(&json);
}
