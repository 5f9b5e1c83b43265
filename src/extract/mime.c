#include "extract/mime.h"

#include "base/encoding.h"

#include <string.h>

#define WORD_MAX 4096 /* bytes of an encoded word; 75 are allowed */

/* ---- characters ---- */

/* Bytes in a charset somebody declared as UTF-8, appended; what is not known is guessed. */
static void
append_in(GString *to, const char *charset, const char *bytes, gsize size)
{
	FnEncoding encoding = charset != NULL ? fn_encoding_named(charset) : FN_ENCODING_NONE;
	g_autoptr(FnDecoder) decoder = NULL;

	if (encoding == FN_ENCODING_NONE || g_utf8_validate_len(bytes, size, NULL))
		encoding = fn_encoding_guess(bytes, size, NULL);
	decoder = fn_decoder_new(encoding != FN_ENCODING_NONE ? encoding : FN_ENCODING_UTF8);
	fn_decoder_add(decoder, bytes, size, TRUE, to);
}

static int
hex_pair(const char *at, const char *end)
{
	return end - at >= 2 && g_ascii_isxdigit(at[0]) && g_ascii_isxdigit(at[1]) ?
		       g_ascii_xdigit_value(at[0]) << 4 | g_ascii_xdigit_value(at[1]) :
		       -1;
}

static void
decode_quoted(GByteArray *to, const char *at, gsize size, gboolean word)
{
	const char *end = at + size;

	while (at < end) {
		guint8 byte = (guint8)*at++;

		if (byte == '=') {
			int value = hex_pair(at, end);
			const char *line = at;

			while (value < 0 && line < end && (*line == ' ' || *line == '\t' || *line == '\r'))
				line++;
			if (value >= 0) {
				byte = (guint8)value;
				at += 2;
			} else if (!word && line < end && *line == '\n') {
				at = line + 1;
				continue;
			}
		} else if (word && byte == '_') {
			byte = ' ';
		}
		g_byte_array_append(to, &byte, 1);
	}
}

/* Whatever is no digit of base 64 is passed over; after padding it goes on, as mail programs do. */
static void
decode_base64(GByteArray *to, const char *bytes, gsize size)
{
	g_autofree guchar *piece = g_malloc(65536);
	gint state = 0;
	guint save = 0;

	for (gsize at = 0; at < size; at += 65536) {
		gsize n = g_base64_decode_step(bytes + at, MIN(size - at, 65536), piece, &state, &save);

		g_byte_array_append(to, piece, (guint)n);
	}
}

GByteArray *
fn_mime_decode(const char *encoding, const char *bytes, gsize size)
{
	GByteArray *out = g_byte_array_new();

	if (encoding != NULL && g_ascii_strcasecmp(encoding, "base64") == 0)
		decode_base64(out, bytes, size);
	else if (encoding != NULL && g_ascii_strcasecmp(encoding, "quoted-printable") == 0)
		decode_quoted(out, bytes, size, FALSE);
	else
		g_byte_array_append(out, (const guint8 *)bytes, (guint)size);
	return out;
}

/* ---- encoded words ---- */

typedef struct {
	const char *charset, *text, *end, *after;
	gsize charset_size;
	char encoding;
} Word;

/* "=?charset?B?text?=" at @at, which is an equals sign. */
static gboolean
find_word(const char *at, const char *end, Word *word)
{
	const char *first, *second, *close;

	end = at + MIN(end - at, WORD_MAX);
	if (end - at < 8 || at[1] != '?')
		return FALSE;
	first = memchr(at + 2, '?', (gsize)(end - at) - 2);
	second = first != NULL && end - first > 3 && first[2] == '?' ? first + 2 : NULL;
	close = second != NULL ? memmem(second + 1, (gsize)(end - second) - 1, "?=", 2) : NULL;
	if (close == NULL || strchr("bBqQ", first[1]) == NULL)
		return FALSE;
	*word = (Word){ at + 2, second + 1, close, close + 2, (gsize)(first - at) - 2, g_ascii_tolower(first[1]) };
	return TRUE;
}

/* Where the next encoded word begins, or @end. */
static const char *
next_word(const char *at, const char *end, Word *word)
{
	for (; (at = memchr(at, '=', (gsize)(end - at))) != NULL; at++)
		if (find_word(at, end, word))
			return at;
	return end;
}

static gboolean
only_space(const char *at, const char *end)
{
	while (at < end && g_ascii_isspace(*at))
		at++;
	return at == end;
}

/* Neighbours of one charset are converted together: a character may be cut between them. */
static char *
read_words(const char *value, gsize size)
{
	GString *text = g_string_new(NULL);
	g_autoptr(GByteArray) waiting = g_byte_array_new();
	g_autofree char *charset = g_strdup("");
	const char *at = value, *end = value + size;
	Word word = { 0 };

	while (at < end) {
		const char *next = next_word(at, end, &word);

		if (waiting->len > 0 && (next >= end || !only_space(at, next) ||
			g_ascii_strncasecmp(charset, word.charset, word.charset_size) != 0 || strlen(charset) != word.charset_size)) {
			append_in(text, charset, (const char *)waiting->data, waiting->len);
			if (next < end && only_space(at, next))
				at = next;
			g_byte_array_set_size(waiting, 0);
		}
		if (waiting->len == 0 && next > at)
			append_in(text, NULL, at, (gsize)(next - at));
		if (next >= end)
			break;
		g_free(charset);
		charset = g_strndup(word.charset, word.charset_size);
		charset[strcspn(charset, "*")] = '\0'; /* a language may follow (RFC 2231) */
		if (word.encoding == 'b')
			decode_base64(waiting, word.text, (gsize)(word.end - word.text));
		else
			decode_quoted(waiting, word.text, (gsize)(word.end - word.text), TRUE);
		at = word.after;
	}
	if (waiting->len > 0)
		append_in(text, charset, (const char *)waiting->data, waiting->len);
	return g_string_free(text, FALSE);
}

/* ---- fields ---- */

static void
field_clear(gpointer data)
{
	FnMimeField *field = data;

	g_free(field->name);
	g_free(field->value);
}

GArray *
fn_mime_fields_new(void)
{
	GArray *fields = g_array_new(FALSE, FALSE, sizeof(FnMimeField));

	g_array_set_clear_func(fields, field_clear);
	return fields;
}

static gsize
line_end(const char *bytes, gsize size, gsize at)
{
	const char *end = at < size ? memchr(bytes + at, '\n', size - at) : NULL;

	return end != NULL ? (gsize)(end - bytes) + 1 : size;
}

static gboolean
is_name(const char *bytes, gsize size)
{
	gsize n = 0;

	while (n < size && bytes[n] > ' ' && bytes[n] < 0x7f && bytes[n] != ':')
		n++;
	return n > 0 && n < size && n < 200 && bytes[n] == ':';
}

static void
add_field(GArray *fields, const char *bytes, gsize size)
{
	const char *colon = memchr(bytes, ':', size);
	g_autoptr(GString) plain = g_string_new(NULL);
	FnMimeField field;

	for (const char *at = colon + 1; at < bytes + size; at++)
		if (*at != '\r' && *at != '\n' && (plain->len > 0 || (*at != ' ' && *at != '\t')))
			g_string_append_c(plain, *at);
	field.name = g_ascii_strdown(bytes, colon - bytes);
	field.value = read_words(plain->str, plain->len);
	g_array_append_val(fields, field);
}

gsize
fn_mime_fields(const char *bytes, gsize size, GArray *fields)
{
	gsize at = 0;

	while (at < size) {
		gsize end = line_end(bytes, size, at);

		if (end - at <= 2 && (bytes[at] == '\n' || (bytes[at] == '\r' && end - at == 2)))
			return end;
		while (end < size && (bytes[end] == ' ' || bytes[end] == '\t'))
			end = line_end(bytes, size, end);
		if (!is_name(bytes + at, end - at))
			return at; /* no field: the body begins without an empty line */
		add_field(fields, bytes + at, end - at);
		at = end;
	}
	return at;
}

const char *
fn_mime_field(const GArray *fields, const char *name)
{
	for (guint i = 0; i < fields->len; i++)
		if (strcmp(g_array_index(fields, FnMimeField, i).name, name) == 0)
			return g_array_index(fields, FnMimeField, i).value;
	return NULL;
}

char *
fn_mime_word(const char *value)
{
	gsize length;

	value += strspn(value, " \t");
	length = strcspn(value, "; \t(");
	return g_ascii_strdown(value, (gssize)length);
}

/* ---- parameters ---- */

/* The next "; name=value" behind @at; NULL: there is none. Comments are not understood: they make a name nobody asks for. */
static const char *
next_parameter(const char *at, char **name, GString *value)
{
	gsize length;

	at = strchr(at, ';');
	if (at == NULL)
		return NULL;
	at += 1 + strspn(at + 1, " \t;");
	length = strcspn(at, "=; \t");
	*name = g_ascii_strdown(at, (gssize)length);
	at += length + strspn(at + length, " \t");
	g_string_truncate(value, 0);
	if (*at != '=')
		return at;
	at += 1 + strspn(at + 1, " \t");
	if (*at != '"') {
		length = strcspn(at, "; \t");
		g_string_append_len(value, at, (gssize)length);
		return at + length;
	}
	for (at++; *at != '\0' && *at != '"'; at++) {
		at += *at == '\\' && at[1] != '\0';
		g_string_append_c(value, *at);
	}
	return at + (*at == '"');
}

/* charset'language'percent-encoded. */
static void
append_extended(GString *to, const char *value, gboolean first, char **charset)
{
	const char *tick = first ? strchr(value, '\'') : NULL, *second = tick != NULL ? strchr(tick + 1, '\'') : NULL;
	const char *at = second != NULL ? second + 1 : value, *end = value + strlen(value);

	if (second != NULL && *charset == NULL)
		*charset = g_strndup(value, (gsize)(tick - value));
	for (; at < end; at++) {
		int byte = *at == '%' ? hex_pair(at + 1, end) : -1;

		g_string_append_c(to, byte >= 0 ? (char)byte : *at);
		at += byte >= 0 ? 2 : 0;
	}
}

char *
fn_mime_parameter(const char *header, const char *name)
{
	g_autoptr(GString) value = g_string_new(NULL), whole = g_string_new(NULL);
	g_autofree char *charset = NULL;
	GString *text;
	gsize length = strlen(name);
	gboolean found = FALSE;

	for (const char *at = header; at != NULL;) {
		g_autofree char *key = NULL;
		gboolean extended;

		at = next_parameter(at, &key, value);
		if (at == NULL || strncmp(key, name, length) != 0 || (key[length] != '\0' && key[length] != '*'))
			continue;
		extended = g_str_has_suffix(key + length, "*");
		/* "name" beside "name*": the latter is the better one. */
		if (key[length] == '\0' ? found : g_str_equal(key + length, "*") || g_str_has_prefix(key + length, "*0"))
			g_string_truncate(whole, 0);
		if (extended)
			append_extended(whole, value->str, !found || whole->len == 0, &charset);
		else
			g_string_append(whole, value->str);
		found = TRUE;
	}
	if (!found)
		return NULL;
	text = g_string_new(NULL);
	append_in(text, charset, whole->str, whole->len);
	return g_string_free(text, FALSE);
}
