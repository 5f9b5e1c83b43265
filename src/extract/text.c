#include "extract/readers.h"

#include "base/encoding.h"

#define GUESS_FROM 65536u

gboolean
fn_text_is(const FnDocument *document)
{
	return fn_encoding_guess((const char *)document->bytes, MIN(document->size, GUESS_FROM), NULL) != FN_ENCODING_NONE;
}

void
fn_text_read(FnExtract *extract, const FnDocument *document)
{
	const char *bytes = (const char *)document->bytes;
	gsize bom = 0;
	FnEncoding encoding = fn_encoding_guess(bytes, MIN(document->size, GUESS_FROM), &bom);

	fn_extract_begin(extract, "");
	fn_extract_encoded(extract, encoding, bytes + bom, document->size - bom);
}

/* What the bytes are, when they say so themselves without doubt, or else what their container or they declare, or else a guess. */
static FnEncoding
encoding_of(const char *bytes, gsize size, const char *charset, gsize *bom)
{
	FnEncoding declared = charset != NULL ? fn_encoding_named(charset) : FN_ENCODING_NONE;
	FnEncoding guessed = fn_encoding_guess(bytes, MIN(size, GUESS_FROM), bom);

	if (*bom > 0 || guessed == FN_ENCODING_UTF8 || declared == FN_ENCODING_NONE)
		return guessed;
	/* What calls itself UTF-16 and is read as bytes is not. */
	return declared >= FN_ENCODING_UTF16LE && guessed != FN_ENCODING_NONE ? guessed : declared;
}

GString *
fn_text_decode(FnExtract *extract, const guint8 *bytes, gsize size, const char *charset)
{
	gsize bom = 0;
	FnEncoding encoding = encoding_of((const char *)bytes, size, charset, &bom);
	g_autoptr(FnDecoder) decoder = NULL;
	GString *text;

	if (encoding == FN_ENCODING_NONE) {
		g_autofree char *shown = charset != NULL ? fn_name_shown(charset, -1) : g_strdup("not declared");
		g_autofree char *detail = g_strdup_printf("encoding of a text: %s", shown);

		fn_extract_note(extract, FN_NOTE_UNKNOWN, detail);
		encoding = FN_ENCODING_UTF8;
	}
	decoder = fn_decoder_new(encoding);
	text = g_string_sized_new(size + 16);
	fn_decoder_add(decoder, (const char *)bytes + bom, size - bom, TRUE, text);
	if (fn_decoder_errors(decoder) > 0)
		fn_extract_note(extract, FN_NOTE_BROKEN, "bytes that are no characters");
	return text;
}

void
fn_extract_unknown(FnExtract *extract, const FnDocument *document)
{
	fn_extract_note(extract, FN_NOTE_UNKNOWN, "a format that nobody here reads");
	fn_extract_begin(extract, "strings");
	fn_extract_strings(extract, document->bytes, document->size);
}
