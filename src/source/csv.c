#include "source/csv.h"

#include "base/say.h"
#include "base/text.h"
#include "source/source_priv.h"

#include <string.h>

enum { MAX_FIELD = 1 << 20, MAX_RECORD = 16 << 20 };

typedef enum {
	AT_START, /* of a field */
	IN_PLAIN,
	IN_QUOTES,
	AFTER_QUOTE, /* the closing one, or the first of two */
	AFTER_CR,
} State;

struct FnCsv {
	char *name;
	FnCsvRecord record;
	gpointer data;
	State state;
	char delimiter;
	guint64 line, column;                          /* of the byte being read, from 1 */
	guint64 record_line, field_line, field_column; /* where they began */
	guint expected;                                /* fields of the header; 0: not known yet */
	GString *bytes;                                /* the record's fields, each with a NUL */
	GArray *fields;                                /* FnCsvField; text is set when the record is whole */
	gsize field_start;
	gboolean field_quoted;
	guint mark;       /* bytes of a byte order mark seen; 3 and more: past it */
	guint pending;    /* continuation bytes still to come */
	guint8 low, high; /* bounds of the next one */
};

FnCsv *
fn_csv_new(const char *name, FnCsvRecord record, gpointer data)
{
	FnCsv *csv = g_new0(FnCsv, 1);

	csv->name = fn_text_safe(name, -1, 200);
	csv->record = record;
	csv->data = data;
	csv->delimiter = ',';
	csv->line = csv->record_line = 1;
	csv->bytes = g_string_new(NULL);
	csv->fields = g_array_new(FALSE, FALSE, sizeof(FnCsvField));
	return csv;
}

void
fn_csv_separate_by(FnCsv *csv, char delimiter)
{
	g_assert(delimiter > 0 && strchr("\"\r\n", delimiter) == NULL);
	csv->delimiter = delimiter;
}

void
fn_csv_free(FnCsv *csv)
{
	if (csv == NULL)
		return;
	g_free(csv->name);
	g_string_free(csv->bytes, TRUE);
	g_array_unref(csv->fields);
	g_free(csv);
}

static gboolean
refuse_at(const FnCsv *csv, guint64 line, guint64 column, const char *what, GError **error)
{
	g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_INPUT, "%s:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ": %s",
		csv->name, line, column, fn_say(what));
	return FALSE;
}

static gboolean
refuse(const FnCsv *csv, const char *what, GError **error)
{
	return refuse_at(csv, csv->line, MAX(csv->column, 1), what, error);
}

static gboolean
refuse_encoding(const FnCsv *csv, GError **error)
{
	return refuse(csv, FN_SAY("not valid UTF-8; save the file as UTF-8 (if it is GBK: iconv -f GB18030 -t UTF-8)"), error);
}

/* The lead bytes of RFC 3629 and what may follow at once; the second bounds refuse overlong forms and surrogates. */
static gboolean
lead(FnCsv *csv, guint8 byte)
{
	static const struct {
		guint8 from, to, pending, low, high;
	} leads[] = {
		{ 0xc2, 0xdf, 1, 0x80, 0xbf },
		{ 0xe0, 0xe0, 2, 0xa0, 0xbf },
		{ 0xe1, 0xec, 2, 0x80, 0xbf },
		{ 0xed, 0xed, 2, 0x80, 0x9f },
		{ 0xee, 0xef, 2, 0x80, 0xbf },
		{ 0xf0, 0xf0, 3, 0x90, 0xbf },
		{ 0xf1, 0xf3, 3, 0x80, 0xbf },
		{ 0xf4, 0xf4, 3, 0x80, 0x8f },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(leads); i++)
		if (byte >= leads[i].from && byte <= leads[i].to) {
			csv->pending = leads[i].pending;
			csv->low = leads[i].low;
			csv->high = leads[i].high;
			return TRUE;
		}
	return FALSE;
}

/* Counts characters and refuses what is no UTF-8. */
static gboolean
see(FnCsv *csv, guint8 byte, GError **error)
{
	if (csv->pending > 0) {
		if (byte < csv->low || byte > csv->high)
			return refuse_encoding(csv, error);
		csv->pending--;
		csv->low = 0x80;
		csv->high = 0xbf;
		return TRUE;
	}
	csv->column++;
	if (byte >= 0x80)
		return lead(csv, byte) || refuse_encoding(csv, error);
	return byte != '\0' ||
	       refuse(csv, FN_SAY("a NUL byte; this is no text file, or it is UTF-16: save it as UTF-8"), error);
}

static gboolean
take(FnCsv *csv, char byte, GError **error)
{
	if (csv->bytes->len - csv->field_start >= MAX_FIELD)
		return refuse_at(csv, csv->field_line, csv->field_column,
			FN_SAY("a field of more than 1 MiB; is a quote left open?"), error);
	if (csv->bytes->len >= MAX_RECORD)
		return refuse_at(csv, csv->record_line, 1, FN_SAY("a record of more than 16 MiB"), error);
	g_string_append_c(csv->bytes, byte);
	return TRUE;
}

static gboolean
end_field(FnCsv *csv, GError **error)
{
	FnCsvField field = { .size = csv->bytes->len - csv->field_start, .quoted = csv->field_quoted };

	if (csv->fields->len >= FN_SOURCE_MAX_COLUMNS)
		return refuse(csv, FN_SAY("more than 512 fields; split the table"), error);
	g_array_append_val(csv->fields, field);
	g_string_append_c(csv->bytes, '\0');
	csv->field_start = csv->bytes->len;
	csv->field_quoted = FALSE;
	csv->state = AT_START;
	return TRUE;
}

static gboolean
refuse_count(const FnCsv *csv, GError **error)
{
	g_autofree char *what =
		g_strdup_printf(fn_say("%u fields where the header has %u; a delimiter is missing or too many, or a field with one needs quotes"),
			csv->fields->len, csv->expected);

	return refuse_at(csv, csv->record_line, 1, what, error);
}

static gboolean
end_record(FnCsv *csv, GError **error)
{
	const char *text;

	if (!end_field(csv, error))
		return FALSE;
	if (csv->expected == 0)
		csv->expected = csv->fields->len;
	if (csv->fields->len != csv->expected)
		return refuse_count(csv, error);
	text = csv->bytes->str;
	for (guint i = 0; i < csv->fields->len; i++) {
		FnCsvField *field = &g_array_index(csv->fields, FnCsvField, i);

		field->text = text;
		text += field->size + 1;
	}
	if (!csv->record((const FnCsvField *)(void *)csv->fields->data, csv->fields->len, csv->record_line, csv->data,
		    error))
		return FALSE;
	g_array_set_size(csv->fields, 0);
	g_string_truncate(csv->bytes, 0);
	csv->field_start = 0;
	return TRUE;
}

static gboolean
end_line(FnCsv *csv, GError **error)
{
	if (!end_record(csv, error))
		return FALSE;
	csv->line++;
	csv->column = 0;
	csv->record_line = csv->line;
	return TRUE;
}

/* What a byte does outside quotes once the field's first byte was seen. */
static gboolean
plain_byte(FnCsv *csv, char byte, GError **error)
{
	if (byte == csv->delimiter)
		return end_field(csv, error);
	switch (byte) {
	case '\n':
		return end_line(csv, error);
	case '\r':
		csv->state = AFTER_CR;
		return TRUE;
	case '"':
		return refuse(csv,
			FN_SAY("a quote inside a field without quotes; put the whole field in quotes and double this one"),
			error);
	default:
		if (csv->state == AFTER_QUOTE)
			return refuse(csv, FN_SAY("text after a closing quote; double the quotes inside a field"), error);
		csv->state = IN_PLAIN;
		return take(csv, byte, error);
	}
}

static gboolean
quoted_byte(FnCsv *csv, char byte, GError **error)
{
	if (byte == '"') {
		csv->state = AFTER_QUOTE;
		return TRUE;
	}
	if (byte == '\n') {
		csv->line++;
		csv->column = 0;
	}
	return take(csv, byte, error);
}

static gboolean
one_byte(FnCsv *csv, char byte, GError **error)
{
	switch (csv->state) {
	case AT_START:
		csv->field_line = csv->line;
		csv->field_column = csv->column;
		if (byte != '"')
			return plain_byte(csv, byte, error);
		csv->state = IN_QUOTES;
		csv->field_quoted = TRUE;
		return TRUE;
	case IN_PLAIN:
		return plain_byte(csv, byte, error);
	case IN_QUOTES:
		return quoted_byte(csv, byte, error);
	case AFTER_QUOTE:
		if (byte != '"')
			return plain_byte(csv, byte, error);
		csv->state = IN_QUOTES;
		return take(csv, byte, error);
	case AFTER_CR:
		return byte == '\n' ? end_line(csv, error)
				    : refuse(csv, FN_SAY("a carriage return without a line feed; end lines with LF or CR LF"),
					      error);
	}
	g_assert_not_reached();
}

/* TRUE while @byte belongs to a byte order mark at the very beginning. A broken one is invalid UTF-8 or no mark: only
 * EF BB BF can begin so, since U+FEFF is no name of a column. */
static gboolean
is_mark(FnCsv *csv, guint8 byte)
{
	static const guint8 mark[] = { 0xef, 0xbb, 0xbf };

	if (csv->mark >= sizeof(mark))
		return FALSE;
	if (byte == mark[csv->mark]) {
		csv->mark++;
		return TRUE;
	}
	return FALSE;
}

/* Bytes held back for a mark that was none belong to the first field. */
static gboolean
give_back_mark(FnCsv *csv, GError **error)
{
	static const char mark[] = "\xef\xbb";
	guint held = csv->mark;

	csv->mark = 3;
	for (guint i = 0; i < held && i < 2; i++)
		if (!see(csv, (guint8)mark[i], error) || !one_byte(csv, mark[i], error))
			return FALSE;
	return TRUE;
}

/* How many bytes from @bytes are ordinary ASCII inside a field. */
static gsize
ordinary(const FnCsv *csv, const char *bytes, gsize size)
{
	gsize i = 0;

	if (csv->pending > 0 || (csv->state != IN_PLAIN && csv->state != IN_QUOTES))
		return 0;
	while (i < size && (guint8)bytes[i] >= ' ' && (guint8)bytes[i] < 0x80 && bytes[i] != '"' && bytes[i] != csv->delimiter)
		i++;
	return csv->bytes->len - csv->field_start + i < MAX_FIELD && csv->bytes->len + i < MAX_RECORD ? i : 0;
}

gboolean
fn_csv_feed(FnCsv *csv, const char *bytes, gsize size, GError **error)
{
	for (gsize i = 0; i < size; i++) {
		gsize run = ordinary(csv, bytes + i, size - i);

		if (run > 0) {
			g_string_append_len(csv->bytes, bytes + i, (gssize)run);
			csv->column += run;
			i += run - 1;
			continue;
		}
		if (csv->mark < 3) {
			if (is_mark(csv, (guint8)bytes[i]))
				continue;
			if (!give_back_mark(csv, error))
				return FALSE;
		}
		if (!see(csv, (guint8)bytes[i], error) || !one_byte(csv, bytes[i], error))
			return FALSE;
	}
	return TRUE;
}

gboolean
fn_csv_finish(FnCsv *csv, GError **error)
{
	if (csv->mark < 3 && !give_back_mark(csv, error))
		return FALSE;
	if (csv->pending > 0)
		return refuse(csv, FN_SAY("the file ends inside a character; it is cut short"), error);
	if (csv->state == IN_QUOTES)
		return refuse_at(csv, csv->field_line, csv->field_column, FN_SAY("this quote is never closed"), error);
	if (csv->state == AFTER_CR)
		return refuse(csv, FN_SAY("a carriage return without a line feed; end lines with LF or CR LF"), error);
	if (csv->state == AT_START && csv->fields->len == 0)
		return csv->expected > 0 || refuse(csv, FN_SAY("the file is empty; its first line names the columns"), error);
	return end_record(csv, error);
}

/* ---- out ---- */

static gsize
digits_of(const char *text, gsize size)
{
	gsize n = 0;

	while (n < size && g_ascii_isdigit(text[n]))
		n++;
	return n;
}

/* [+-]digits[.digits][e[+-]digits], and nothing else. */
static gboolean
is_number(const char *text, gsize size)
{
	gsize at = size > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0, n = digits_of(text + at, size - at);

	at += n;
	if (n > 0 && at < size && text[at] == '.') {
		n = digits_of(text + at + 1, size - at - 1);
		at += 1 + n;
	}
	if (n > 0 && at < size && (text[at] == 'e' || text[at] == 'E')) {
		at += at + 1 < size && (text[at + 1] == '-' || text[at + 1] == '+') ? 2 : 1;
		n = digits_of(text + at, size - at);
		at += n;
	}
	return n > 0 && at == size;
}

/* Spreadsheets run a text that begins so as a formula, quoted or not. */
static gboolean
is_formula(const char *text, gsize size)
{
	return size > 0 && strchr("=+-@\t\r", text[0]) != NULL && !is_number(text, size);
}

static gboolean
needs_quotes(const char *text, gsize size, char delimiter)
{
	for (gsize i = 0; i < size; i++)
		if (text[i] == delimiter || text[i] == '"' || text[i] == '\r' || text[i] == '\n')
			return TRUE;
	return size == 0;
}

void
fn_csv_write_field(GString *out, const char *text, gsize size, char delimiter, gboolean guarded)
{
	guarded = guarded && is_formula(text, size);
	if (!guarded && !needs_quotes(text, size, delimiter)) {
		g_string_append_len(out, text, (gssize)size);
		return;
	}
	g_string_append(out, guarded ? "\"'" : "\"");
	for (gsize i = 0; i < size; i++) {
		if (text[i] == '"')
			g_string_append_c(out, '"');
		g_string_append_c(out, text[i]);
	}
	g_string_append_c(out, '"');
}
