/* Which format it is, and the way of its bytes to the format's reader. */
#include "table/table_priv.h"

#include "base/say.h"
#include "base/text.h"

#include <string.h>

enum { HEAD = 64 << 10 /* bytes that tell format, encoding and delimiter */ };

static const FnTableForm *const forms[FN_TABLE_FORMATS] = { [FN_TABLE_CSV] = &fn_table_csv, [FN_TABLE_NDJSON] = &fn_table_ndjson,
	[FN_TABLE_WORKBOOK] = &fn_table_workbook };

struct FnTableReader {
	FnTableInput input;
	FnTableFormat format; /* once the head was seen */
	char delimiter;
	FnEncoding encoding;
	FnTableRows *rows;
	GByteArray *head;    /* until the format is known */
	gpointer reading;    /* of the format */
	FnDecoder *decoder;  /* NULL: the bytes are UTF-8, or no text */
	GString *decoded;
	guint64 lines;
};

const FnTableForm *
fn_table_form(FnTableFormat format)
{
	g_assert(format > FN_TABLE_UNKNOWN && format < FN_TABLE_FORMATS);
	return forms[format];
}

FnTableFormat
fn_table_format_named(const char *name)
{
	for (FnTableFormat i = FN_TABLE_CSV; i < FN_TABLE_FORMATS; i++)
		if (g_str_equal(forms[i]->name, name))
			return i;
	return FN_TABLE_UNKNOWN;
}

const char *
fn_table_format_name(FnTableFormat format)
{
	return fn_table_form(format)->name;
}

FnTableFormat
fn_table_format_of_name(const char *path)
{
	const char *dot = path != NULL ? strrchr(path, '.') : NULL;

	for (FnTableFormat i = FN_TABLE_CSV; dot != NULL && i < FN_TABLE_FORMATS; i++) {
		g_auto(GStrv) endings = g_strsplit(forms[i]->endings, " ", -1);

		for (char **ending = endings; *ending != NULL; ending++)
			if (g_ascii_strcasecmp(*ending, dot + 1) == 0)
				return i;
	}
	return FN_TABLE_UNKNOWN;
}

/* What no name told: a zip is a workbook, an object is JSON, all else is CSV, whose reader is strict. */
static FnTableFormat
format_of_bytes(const char *bytes, gsize size)
{
	gsize at = 0;

	if (size >= 4 && memcmp(bytes, "PK\3\4", 4) == 0)
		return FN_TABLE_WORKBOOK;
	if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	while (at < size && g_ascii_isspace(bytes[at]))
		at++;
	return at < size && bytes[at] == '{' ? FN_TABLE_NDJSON : FN_TABLE_CSV;
}

/* The likeliest delimiter: what stands most often outside quotes in the first line. */
static char
delimiter_of(const char *text, gsize size)
{
	static const char known[] = { ',', '\t', ';' };
	guint count[G_N_ELEMENTS(known)] = { 0 };
	gboolean quoted = FALSE;
	gsize best = 0;

	for (gsize i = 0; i < size && (quoted || text[i] != '\n'); i++) {
		quoted ^= text[i] == '"';
		for (gsize k = 0; !quoted && k < G_N_ELEMENTS(known); k++)
			count[k] += text[i] == known[k];
	}
	for (gsize k = 1; k < G_N_ELEMENTS(known); k++)
		if (count[k] > count[best])
			best = k;
	return known[best];
}

FnTableReader *
fn_table_reader_new(const FnTableInput *input, FnTableTake take, gpointer data)
{
	FnTableReader *reader = g_new0(FnTableReader, 1);

	reader->input = *input;
	reader->delimiter = ',';
	reader->rows = fn_table_rows_new(input->name, take, data);
	reader->head = g_byte_array_sized_new(HEAD);
	reader->decoded = g_string_new(NULL);
	reader->lines = 1;
	return reader;
}

void
fn_table_reader_free(FnTableReader *reader)
{
	if (reader == NULL)
		return;
	if (reader->reading != NULL)
		fn_table_form(reader->format)->read_free(reader->reading);
	explicit_bzero(reader->head->data, reader->head->len);
	g_byte_array_unref(reader->head);
	explicit_bzero(reader->decoded->str, reader->decoded->allocated_len);
	g_string_free(reader->decoded, TRUE);
	fn_decoder_free(reader->decoder);
	fn_table_rows_free(reader->rows);
	g_free(reader);
}

static gboolean
refuse_encoding(const FnTableReader *reader, const char *text, GError **error)
{
	g_autofree char *name = fn_text_safe(reader->input.name, -1, 200);
	guint64 line = reader->lines;

	for (; text > reader->decoded->str; text--)
		line += text[-1] == '\n';
	return fn_table_refuse(FN_TABLE_ERROR_INPUT, error, fn_say("%s:%zu: not valid %s; save the file as UTF-8, or name its --encoding"), name,
		(gsize)line, fn_encoding_name(reader->encoding));
}

/* Bytes on to the format's reader, as UTF-8 where they are text. */
static gboolean
pass(FnTableReader *reader, const char *bytes, gsize size, gboolean last, GError **error)
{
	const FnTableForm *form = fn_table_form(reader->format);

	if (reader->decoder == NULL)
		return size == 0 || form->read_add(reader->reading, bytes, size, error);
	g_string_truncate(reader->decoded, 0);
	fn_decoder_add(reader->decoder, bytes, size, last, reader->decoded);
	if (fn_decoder_errors(reader->decoder) > 0)
		return refuse_encoding(reader, strstr(reader->decoded->str, "\xef\xbf\xbd"), error);
	for (const char *at = reader->decoded->str; (at = strchr(at, '\n')) != NULL; at++)
		reader->lines++;
	return form->read_add(reader->reading, reader->decoded->str, reader->decoded->len, error);
}

static gboolean
open_text(FnTableReader *reader, gsize *bom, GError **error)
{
	const char *bytes = (const char *)reader->head->data;
	gsize size = reader->head->len;
	FnEncoding guess = fn_encoding_guess(bytes, size, bom);

	reader->encoding = reader->input.encoding != FN_ENCODING_NONE ? reader->input.encoding : guess;
	if (reader->encoding == FN_ENCODING_NONE) {
		g_autofree char *name = fn_text_safe(reader->input.name, -1, 200);

		return fn_table_refuse(FN_TABLE_ERROR_INPUT, error,
			fn_say("%s: this is no text, or in an encoding we do not know; name its --format or --encoding"), name);
	}
	if (reader->encoding != guess)
		*bom = 0;
	if (reader->encoding != FN_ENCODING_UTF8)
		reader->decoder = fn_decoder_new(reader->encoding);
	return TRUE;
}

static void
choose_delimiter(FnTableReader *reader, gsize bom)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(FnDecoder) decoder = NULL;

	if (reader->input.delimiter != '\0') {
		reader->delimiter = reader->input.delimiter;
		return;
	}
	decoder = fn_decoder_new(reader->encoding);
	fn_decoder_add(decoder, (const char *)reader->head->data + bom, reader->head->len - bom, FALSE, text);
	reader->delimiter = delimiter_of(text->str, text->len);
}

/* The head is there, or all there is. */
static gboolean
open_format(FnTableReader *reader, gboolean last, GError **error)
{
	const char *bytes = (const char *)reader->head->data;
	gsize bom = 0;

	reader->format = reader->input.format;
	if (reader->format == FN_TABLE_UNKNOWN)
		reader->format = fn_table_format_of_name(reader->input.name);
	if (reader->format == FN_TABLE_UNKNOWN)
		reader->format = format_of_bytes(bytes, reader->head->len);
	if (fn_table_form(reader->format)->text && !open_text(reader, &bom, error))
		return FALSE;
	if (reader->format == FN_TABLE_CSV)
		choose_delimiter(reader, bom);
	reader->reading = fn_table_form(reader->format)->read_new(&reader->input, reader->delimiter, reader->rows);
	return pass(reader, bytes + bom, reader->head->len - bom, last, error);
}

gboolean
fn_table_reader_add(FnTableReader *reader, const char *bytes, gsize size, GError **error)
{
	gsize taken = 0;

	if (reader->reading == NULL) {
		taken = MIN(size, HEAD - reader->head->len);
		g_byte_array_append(reader->head, (const guint8 *)bytes, (guint)taken);
		if (reader->head->len < HEAD)
			return TRUE;
		if (!open_format(reader, FALSE, error))
			return FALSE;
	}
	return taken == size || pass(reader, bytes + taken, size - taken, FALSE, error);
}

gboolean
fn_table_reader_end(FnTableReader *reader, GError **error)
{
	if (reader->reading == NULL ? !open_format(reader, TRUE, error) : !pass(reader, "", 0, TRUE, error))
		return FALSE;
	return fn_table_form(reader->format)->read_end(reader->reading, error);
}

FnTableFormat
fn_table_reader_format(const FnTableReader *reader)
{
	return reader->format;
}

char
fn_table_reader_delimiter(const FnTableReader *reader)
{
	return reader->delimiter;
}

FnEncoding
fn_table_reader_encoding(const FnTableReader *reader)
{
	return reader->encoding;
}

/* ---- writers ---- */

struct FnTableWriter {
	const FnTableForm *form;
	gpointer writing;
};

FnTableWriter *
fn_table_writer_new(FnTableFormat format, char delimiter, FnTableOutput *output)
{
	FnTableWriter *writer = g_new0(FnTableWriter, 1);

	writer->form = fn_table_form(format);
	writer->writing = writer->form->write_new(delimiter, output);
	return writer;
}

void
fn_table_writer_free(FnTableWriter *writer)
{
	if (writer == NULL)
		return;
	writer->form->write_free(writer->writing);
	g_free(writer);
}

gboolean
fn_table_writer_add(FnTableWriter *writer, const FnTableBatch *batch, GError **error)
{
	return writer->form->write_add(writer->writing, batch, error);
}

gboolean
fn_table_writer_end(FnTableWriter *writer, GError **error)
{
	return writer->form->write_end(writer->writing, error);
}
