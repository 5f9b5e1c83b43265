#include "share/body.h"

#include <string.h>

typedef struct {
	char *start, *at, *end;
	const char *wrong; /* first thing that was wrong; sticky */
	char *wrong_at;
} Reader;

static gboolean
fail(Reader *r, const char *what)
{
	if (r->wrong == NULL) {
		r->wrong = what;
		r->wrong_at = r->at;
	}
	return FALSE;
}

static void
skip_blanks(Reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
		r->at++;
}

/* Takes @c if it comes next. */
static gboolean
take(Reader *r, char c)
{
	skip_blanks(r);
	if (r->at >= r->end || *r->at != c)
		return FALSE;
	r->at++;
	return TRUE;
}

static gboolean
need(Reader *r, char c, const char *what)
{
	return take(r, c) || fail(r, what);
}

static gboolean
four_digits(Reader *r, gunichar *unit_out)
{
	gunichar unit = 0;

	if (r->end - r->at < 4)
		return fail(r, "a \\u escape is cut short");
	for (guint i = 0; i < 4; i++) {
		int digit = g_ascii_xdigit_value(*r->at);

		if (digit < 0)
			return fail(r, "a \\u escape has something else than hexadecimal digits");
		unit = unit << 4 | (gunichar)digit;
		r->at++;
	}
	*unit_out = unit;
	return TRUE;
}

static gboolean
unicode_escape(Reader *r, char **to)
{
	gunichar unit, low;

	if (!four_digits(r, &unit))
		return FALSE;
	if (unit == 0)
		return fail(r, "texts may not contain NUL");
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return fail(r, "half of a surrogate pair");
	if (unit >= 0xd800 && unit <= 0xdbff) {
		if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
			return fail(r, "half of a surrogate pair");
		r->at += 2;
		if (!four_digits(r, &low))
			return FALSE;
		if (low < 0xdc00 || low > 0xdfff)
			return fail(r, "half of a surrogate pair");
		unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
	}
	*to += g_unichar_to_utf8(unit, *to); /* never longer than its escape */
	return TRUE;
}

static gboolean
escape(Reader *r, char **to)
{
	static const char plain[] = "\"\"\\\\//b\bf\fn\nr\rt\t";

	if (r->at >= r->end)
		return fail(r, "the text does not end");
	if (*r->at == 'u') {
		r->at++;
		return unicode_escape(r, to);
	}
	for (const char *p = plain; *p != '\0'; p += 2)
		if (*r->at == *p) {
			*(*to)++ = p[1];
			r->at++;
			return TRUE;
		}
	return fail(r, "an unknown escape");
}

/* A text, unescaped where it stands and ended with NUL. */
static const char *
take_text(Reader *r, gsize most)
{
	char *text, *to;

	if (!need(r, '"', "expected a text"))
		return NULL;
	text = to = r->at;
	while (r->at < r->end && *r->at != '"') {
		if ((guint8)*r->at < 0x20) {
			fail(r, "a control character inside a text");
			return NULL;
		}
		if (*r->at != '\\')
			*to++ = *r->at++;
		else if (r->at++, !escape(r, &to))
			return NULL;
	}
	if (r->at >= r->end) {
		fail(r, "the text does not end");
		return NULL;
	}
	r->at++;
	*to = '\0';
	if ((gsize)(to - text) > most) {
		fail(r, "a text that is too long");
		return NULL;
	}
	return text;
}

static gboolean
take_keys(Reader *r, FnShareBody *body)
{
	if (!need(r, '{', "\"keys\" is an object of field and value"))
		return FALSE;
	do {
		const char *name, *value;

		if (body->keys == FN_BODY_KEYS)
			return fail(r, "too many keys");
		if ((name = take_text(r, 64)) == NULL || !need(r, ':', "expected ':'"))
			return FALSE;
		if ((value = take_text(r, FN_BODY_VALUE)) == NULL)
			return FALSE;
		for (guint i = 0; i < body->keys; i++)
			if (strcmp(body->key[i], name) == 0)
				return fail(r, "a key twice");
		body->key[body->keys] = name;
		body->value[body->keys++] = value;
	} while (take(r, ','));
	return need(r, '}', "expected ',' or '}' in \"keys\"");
}

static gboolean
take_names(Reader *r, FnShareBody *body, guint most)
{
	guint n = 0;

	body->fields_given = TRUE;
	if (!need(r, '[', "expected an array of field names"))
		return FALSE;
	do {
		const char *name;

		if (n == most)
			return fail(r, "too many fields");
		if ((name = take_text(r, 64)) == NULL)
			return FALSE;
		for (guint i = 0; i < n; i++)
			if (strcmp(body->field[i], name) == 0)
				return fail(r, "a field twice");
		body->field[n++] = name;
	} while (take(r, ','));
	body->field[n] = NULL;
	return need(r, ']', "expected ',' or ']' behind a field name");
}

static gboolean
take_fields(Reader *r, FnShareBody *body)
{
	return take_names(r, body, FN_BODY_FIELDS);
}

static gboolean
take_by(Reader *r, FnShareBody *body)
{
	return take_names(r, body, 2);
}

static gboolean
take_measure(Reader *r, FnShareBody *body)
{
	const char *measure = take_text(r, 16);

	return measure != NULL && (strcmp(measure, "count") == 0 || fail(r, "\"measure\" is \"count\""));
}

static gboolean
take_after(Reader *r, FnShareBody *body)
{
	body->after = take_text(r, FN_BODY_VALUE * 2);
	return body->after != NULL;
}

static gboolean
take_limit(Reader *r, FnShareBody *body)
{
	gint64 limit = 0;
	guint digits = 0;

	skip_blanks(r);
	for (; r->at < r->end && g_ascii_isdigit(*r->at); r->at++) {
		limit = limit * 10 + (*r->at - '0');
		if (++digits > 12 || limit == 0)
			return fail(r, "\"limit\" is a whole number of rows from 1 on");
	}
	body->limit = limit;
	return limit > 0 || fail(r, "\"limit\" is a whole number of rows from 1 on");
}

static gboolean
take_format(Reader *r, FnShareBody *body)
{
	const char *format = take_text(r, 16);

	if (format == NULL)
		return FALSE;
	body->csv = strcmp(format, "csv") == 0;
	return body->csv || strcmp(format, "ndjson") == 0 || fail(r, "\"format\" is \"ndjson\" or \"csv\"");
}

static gboolean
take_table_format(Reader *r, FnShareBody *body)
{
	const char *format = take_text(r, 16);

	if (format == NULL)
		return FALSE;
	body->csv = strcmp(format, "csv") == 0;
	return body->csv || strcmp(format, "json") == 0 || fail(r, "\"format\" is \"json\" or \"csv\"");
}

static const struct {
	const char *name;
	guint modes; /* bits 1 << mode */
	gboolean (*take)(Reader *reader, FnShareBody *body);
} members[] = {
	{ "keys", 1 << FN_MODE_QUERY, take_keys },
	{ "fields", 1 << FN_MODE_QUERY | 1 << FN_MODE_BATCH, take_fields },
	{ "after", 1 << FN_MODE_BATCH, take_after },
	{ "limit", 1 << FN_MODE_BATCH, take_limit },
	{ "format", 1 << FN_MODE_BATCH, take_format },
	{ "by", 1 << FN_MODE_AGGREGATE, take_by },
	{ "measure", 1 << FN_MODE_AGGREGATE, take_measure },
	{ "format", 1 << FN_MODE_AGGREGATE, take_table_format },
};

static gboolean
take_member(Reader *r, FnShareMode mode, FnShareBody *body, guint *seen)
{
	const char *name = take_text(r, 64);

	if (name == NULL || !need(r, ':', "expected ':'"))
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(members); i++) {
		if (strcmp(members[i].name, name) != 0 || (members[i].modes & 1u << mode) == 0)
			continue;
		if (*seen & 1u << i)
			return fail(r, "a member twice");
		*seen |= 1u << i;
		return members[i].take(r, body);
	}
	return fail(r, "a member that this mode does not have");
}

static gboolean
take_body(Reader *r, FnShareMode mode, FnShareBody *body)
{
	guint seen = 0;

	if (!need(r, '{', "expected a JSON object"))
		return FALSE;
	if (!take(r, '}')) {
		do
			if (!take_member(r, mode, body, &seen))
				return FALSE;
		while (take(r, ','));
		if (!need(r, '}', "expected ',' or '}'"))
			return FALSE;
	}
	skip_blanks(r);
	if (r->at != r->end)
		return fail(r, "something stands behind the object");
	if (mode == FN_MODE_AGGREGATE && !body->fields_given)
		return fail(r, "\"by\" is missing: name one or two fields to count by");
	return mode != FN_MODE_QUERY || body->keys > 0 || fail(r, "\"keys\" is missing: name at least one key field and its value");
}

gboolean
fn_share_body_parse(FnShareBody *body, FnShareMode mode, char *text, gsize size, GError **error)
{
	Reader reader = { .start = text, .at = text, .end = text + size };
	const char *bad;

	*body = (FnShareBody){ 0 };
	if (!g_utf8_validate_len(text, size, &bad)) {
		g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_BODY, "byte %zd of the body is not UTF-8", bad - text);
		return FALSE;
	}
	if (!take_body(&reader, mode, body)) {
		g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_BODY, "byte %zd of the body: %s", reader.wrong_at - text, reader.wrong);
		return FALSE;
	}
	return TRUE;
}

const char *
fn_share_mode_name(FnShareMode mode)
{
	static const char *const names[FN_MODE_LAST + 1] = { [FN_MODE_QUERY] = "query", [FN_MODE_BATCH] = "batch", [FN_MODE_AGGREGATE] = "aggregate" };

	return (guint)mode <= FN_MODE_LAST ? names[mode] : NULL;
}
