/* One JSON object a line (NDJSON, RFC 8259), in and out. The reader keeps numbers as they are written, which a library's double
 * would not, and gives lists and objects as compact text without needless escapes, so that nothing hides in \u0031. */
#include "table/table_priv.h"

#include "base/json.h"
#include "base/say.h"
#include "base/text.h"

#include <string.h>

enum { LINE_MAX_BYTES = 16 << 20, DEPTH_MAX = 64 };

/* ---- in ---- */

typedef struct {
	const char *start, *at, *end;
	const char *wrong; /* what is wrong at @at, once something is */
} Scan;

typedef struct {
	FnTableRows *rows;
	char *name;
	GString *line, *text, *key; /* what has come of a line; scratch */
	guint64 number;             /* of the line, from 1 */
} Reading;

static gboolean
wrong(Scan *scan, const char *what)
{
	if (scan->wrong == NULL)
		scan->wrong = what;
	return FALSE;
}

static void
skip_blanks(Scan *scan)
{
	while (scan->at < scan->end && strchr(" \t\r\n", *scan->at) != NULL)
		scan->at++;
}

static gboolean
next_is(Scan *scan, char c)
{
	skip_blanks(scan);
	if (scan->at == scan->end || *scan->at != c)
		return FALSE;
	scan->at++;
	return TRUE;
}

/* Four hexadecimal digits. */
static gboolean
read_unit(Scan *scan, guint *unit)
{
	*unit = 0;
	for (guint i = 0; i < 4; i++, scan->at++) {
		int digit = scan->at < scan->end ? g_ascii_xdigit_value(*scan->at) : -1;

		if (digit < 0)
			return wrong(scan, FN_SAY("four hexadecimal digits are missing here"));
		*unit = *unit * 16 + (guint)digit;
	}
	return TRUE;
}

static gboolean
read_unicode(Scan *scan, GString *out)
{
	guint high, low;

	if (!read_unit(scan, &high))
		return FALSE;
	if (high == 0)
		return wrong(scan, FN_SAY("a NUL character; take it out"));
	if (high >= 0xd800 && high < 0xdc00) {
		if (scan->end - scan->at < 2 || scan->at[0] != '\\' || scan->at[1] != 'u')
			return wrong(scan, FN_SAY("half of a surrogate pair"));
		scan->at += 2;
		if (!read_unit(scan, &low))
			return FALSE;
		if (low < 0xdc00 || low > 0xdfff)
			return wrong(scan, FN_SAY("half of a surrogate pair"));
		high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	} else if (high >= 0xdc00 && high <= 0xdfff) {
		return wrong(scan, FN_SAY("half of a surrogate pair"));
	}
	g_string_append_unichar(out, high);
	return TRUE;
}

static gboolean
read_escape(Scan *scan, GString *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = scan->at < scan->end ? *scan->at++ : '\0';
	const char *known = c != '\0' ? strchr(from, c) : NULL;

	if (c == 'u')
		return read_unicode(scan, out);
	if (known == NULL)
		return wrong(scan, FN_SAY("an escape that JSON does not have"));
	g_string_append_c(out, to[known - from]);
	return TRUE;
}

/* Behind the opening quote; appends to @out. */
static gboolean
read_string(Scan *scan, GString *out)
{
	while (scan->at < scan->end && *scan->at != '"') {
		const char *run = scan->at;

		while (scan->at < scan->end && *scan->at != '"' && *scan->at != '\\' && (guint8)*scan->at >= ' ')
			scan->at++;
		g_string_append_len(out, run, scan->at - run);
		if (scan->at == scan->end || *scan->at == '"')
			break;
		if (*scan->at != '\\')
			return wrong(scan, FN_SAY("a control character inside a text; escape it"));
		scan->at++;
		if (!read_escape(scan, out))
			return FALSE;
	}
	if (scan->at == scan->end)
		return wrong(scan, FN_SAY("a text without its closing quote"));
	scan->at++;
	return TRUE;
}

/* Bytes of the number at @text, 0 when there is none. */
static gsize
number_size(const char *text, const char *end)
{
	const char *at = text, *digits;

	if (at < end && *at == '-')
		at++;
	digits = at;
	while (at < end && g_ascii_isdigit(*at))
		at++;
	if (at == digits || (*digits == '0' && at - digits > 1))
		return 0;
	if (at < end && *at == '.') {
		for (digits = ++at; at < end && g_ascii_isdigit(*at); at++)
			;
		if (at == digits)
			return 0;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		for (digits = at; at < end && g_ascii_isdigit(*at); at++)
			;
		if (at == digits)
			return 0;
	}
	return (gsize)(at - text);
}

gboolean
fn_is_json_number(const char *text, gsize size)
{
	return size > 0 && number_size(text, text + size) == size;
}

static gboolean
read_word(Scan *scan, FnCellKind *kind, GString *out)
{
	static const struct {
		const char *text;
		FnCellKind kind;
	} words[] = { { "null", FN_CELL_NULL }, { "true", FN_CELL_BOOLEAN }, { "false", FN_CELL_BOOLEAN } };
	gsize size = number_size(scan->at, scan->end);

	*kind = FN_CELL_NUMBER;
	for (gsize i = 0; size == 0 && i < G_N_ELEMENTS(words); i++) {
		gsize length = strlen(words[i].text);

		if ((gsize)(scan->end - scan->at) >= length && memcmp(scan->at, words[i].text, length) == 0) {
			size = length;
			*kind = words[i].kind;
		}
	}
	if (size == 0)
		return wrong(scan, FN_SAY("no JSON value"));
	g_string_append_len(out, scan->at, (gssize)size);
	scan->at += size;
	return TRUE;
}

static gboolean read_inner(Scan *scan, GString *out, guint depth);

/* A text again as JSON, with as few escapes as can be. */
static gboolean
copy_string(Scan *scan, GString *out)
{
	g_autoptr(GString) text = g_string_new(NULL);
	FnJson json = fn_json_to(out);

	if (!read_string(scan, text))
		return FALSE;
	fn_json_text_sized(&json, text->str, text->len);
	return TRUE;
}

/* Behind the opening bracket. */
static gboolean
copy_nested(Scan *scan, GString *out, gboolean object, guint depth)
{
	char closing = object ? '}' : ']';

	if (depth > DEPTH_MAX)
		return wrong(scan, FN_SAY("nested deeper than 64"));
	g_string_append_c(out, object ? '{' : '[');
	for (gboolean more = !next_is(scan, closing); more;) {
		if (object && (!next_is(scan, '"') || !copy_string(scan, out) || !next_is(scan, ':')))
			return wrong(scan, FN_SAY("a name in quotes and a colon are missing here"));
		if (object)
			g_string_append_c(out, ':');
		if (!read_inner(scan, out, depth))
			return FALSE;
		more = next_is(scan, ',');
		if (!more && !next_is(scan, closing))
			return wrong(scan, FN_SAY("a comma or a closing bracket is missing here"));
		if (more)
			g_string_append_c(out, ',');
	}
	g_string_append_c(out, closing);
	return TRUE;
}

static gboolean
read_inner(Scan *scan, GString *out, guint depth)
{
	FnCellKind kind;

	if (next_is(scan, '"'))
		return copy_string(scan, out);
	if (next_is(scan, '{'))
		return copy_nested(scan, out, TRUE, depth + 1);
	if (next_is(scan, '['))
		return copy_nested(scan, out, FALSE, depth + 1);
	return read_word(scan, &kind, out);
}

static gboolean
read_value(Scan *scan, FnCellKind *kind, GString *out)
{
	if (next_is(scan, '"')) {
		*kind = FN_CELL_TEXT;
		return read_string(scan, out);
	}
	if (scan->at < scan->end && (*scan->at == '{' || *scan->at == '[')) {
		*kind = FN_CELL_NESTED;
		return read_inner(scan, out, 1);
	}
	return read_word(scan, kind, out);
}

static gboolean
refuse_line(const Reading *reading, const Scan *scan, GError **error)
{
	glong column = g_utf8_pointer_to_offset(scan->start, scan->at) + 1;

	return fn_table_refuse(FN_TABLE_ERROR_INPUT, error, "%s:%zu:%ld: %s", reading->name, (gsize)reading->number, column,
		fn_say(scan->wrong));
}

static gboolean
read_member(Reading *reading, Scan *scan, GError **error)
{
	FnCellKind kind;
	int column;

	g_string_truncate(reading->key, 0);
	g_string_truncate(reading->text, 0);
	if (!next_is(scan, '"') || !read_string(scan, reading->key) || !next_is(scan, ':')) {
		wrong(scan, FN_SAY("a name in quotes and a colon are missing here"));
		return refuse_line(reading, scan, error);
	}
	if (!read_value(scan, &kind, reading->text))
		return refuse_line(reading, scan, error);
	column = fn_table_rows_column(reading->rows, reading->key->str, reading->key->len, reading->number, NULL, error);
	if (column < 0)
		return FALSE;
	return fn_table_rows_cell(reading->rows, (guint)column, kind, reading->text->str, reading->text->len) ||
	       fn_table_refuse_twice(reading->name, reading->number, reading->key->str, error);
}

static gboolean
read_line(Reading *reading, const char *text, gsize size, GError **error)
{
	Scan scan = { text, text, text + size, NULL };
	gboolean more;

	reading->number++;
	if (!g_utf8_validate_len(text, size, &scan.at)) {
		wrong(&scan, *scan.at == '\0' ? FN_SAY("a NUL character; take it out") :
						FN_SAY("not valid UTF-8; save the file as UTF-8, or name its --encoding"));
		return refuse_line(reading, &scan, error);
	}
	scan.at = text;
	skip_blanks(&scan);
	if (scan.at == scan.end)
		return TRUE;
	if (!next_is(&scan, '{')) {
		wrong(&scan, FN_SAY("each line is one JSON object; of a list, make lines first (jq -c '.[]')"));
		return refuse_line(reading, &scan, error);
	}
	for (more = !next_is(&scan, '}'); more;) {
		if (!read_member(reading, &scan, error))
			return FALSE;
		more = next_is(&scan, ',');
		if (!more && !next_is(&scan, '}')) {
			wrong(&scan, FN_SAY("a comma or a closing bracket is missing here"));
			return refuse_line(reading, &scan, error);
		}
	}
	skip_blanks(&scan);
	if (scan.at < scan.end) {
		wrong(&scan, FN_SAY("something stands behind the object; one object a line"));
		return refuse_line(reading, &scan, error);
	}
	return fn_table_rows_end_row(reading->rows, reading->number, error);
}

static gpointer
read_new(const FnTableInput *input, char delimiter, FnTableRows *rows)
{
	Reading *reading = g_new0(Reading, 1);

	reading->rows = rows;
	reading->name = fn_text_safe(input->name, -1, 200);
	reading->line = g_string_new(NULL);
	reading->text = g_string_new(NULL);
	reading->key = g_string_new(NULL);
	return reading;
}

static gboolean
gather(Reading *reading, const char *bytes, gsize size, GError **error)
{
	if (reading->line->len + size > LINE_MAX_BYTES)
		return fn_table_refuse(FN_TABLE_ERROR_INPUT, error, fn_say("%s:%zu: a line of more than 16 MiB"), reading->name,
			(gsize)reading->number + 1);
	g_string_append_len(reading->line, bytes, (gssize)size);
	return TRUE;
}

static gboolean
read_add(gpointer data, const char *bytes, gsize size, GError **error)
{
	Reading *reading = data;
	const char *end = bytes + size, *newline;

	for (; (newline = memchr(bytes, '\n', (gsize)(end - bytes))) != NULL; bytes = newline + 1) {
		if (!gather(reading, bytes, (gsize)(newline - bytes), error) ||
			!read_line(reading, reading->line->str, reading->line->len, error))
			return FALSE;
		g_string_truncate(reading->line, 0);
	}
	return gather(reading, bytes, (gsize)(end - bytes), error);
}

static gboolean
read_end(gpointer data, GError **error)
{
	Reading *reading = data;

	return (reading->line->len == 0 || read_line(reading, reading->line->str, reading->line->len, error)) &&
	       fn_table_rows_end(reading->rows, error);
}

static void
read_free(gpointer data)
{
	Reading *reading = data;

	explicit_bzero(reading->line->str, reading->line->allocated_len);
	g_string_free(reading->line, TRUE);
	g_string_free(reading->text, TRUE);
	g_string_free(reading->key, TRUE);
	g_free(reading->name);
	g_free(reading);
}

/* ---- out ---- */

typedef struct {
	FnTableOutput *output;
	GString *out;
	gboolean begun;
} Writing;

static gpointer
write_new(char delimiter, FnTableOutput *output)
{
	Writing *writing = g_new0(Writing, 1);

	writing->output = output;
	writing->out = g_string_new(NULL);
	return writing;
}

static void
put_cell(FnJson *json, const FnTableColumn *column, guint row)
{
	const char *text = column->values.value[row];
	gsize size = column->values.size[row];

	if (text == NULL)
		fn_json_text(json, NULL);
	else if (column->kind[row] == FN_CELL_TEXT || (column->masked && !fn_is_json_number(text, size)))
		fn_json_text_sized(json, text, size);
	else
		fn_json_raw(json, text, size);
}

static gboolean
write_add(gpointer data, const FnTableBatch *batch, GError **error)
{
	Writing *writing = data;

	if (writing->begun && batch->first)
		return fn_table_refuse(FN_TABLE_ERROR_OUTPUT, error,
			fn_say("NDJSON holds one table, and there are several; name one with --sheet, or write --to xlsx"));
	writing->begun = TRUE;
	for (guint row = 0; row < batch->rows; row++) {
		FnJson json = fn_json_to(writing->out);

		fn_json_begin_object(&json);
		for (guint i = 0; i < batch->columns; i++) {
			const FnTableColumn *column = &batch->column[i];

			if (column->kind[row] == FN_CELL_ABSENT)
				continue;
			fn_json_name(&json, column->name);
			put_cell(&json, column, row);
		}
		fn_json_end_object(&json);
		g_string_append_c(writing->out, '\n');
	}
	return fn_table_output_take(writing->output, writing->out, error);
}

static gboolean
write_end(gpointer data, GError **error)
{
	return TRUE;
}

static void
write_free(gpointer data)
{
	g_string_free(((Writing *)data)->out, TRUE);
	g_free(data);
}

const FnTableForm fn_table_ndjson = { "ndjson", "ndjson jsonl", TRUE, read_new, read_add, read_end, read_free, write_new, write_add,
	write_end, write_free };
