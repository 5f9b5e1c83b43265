#include "extract/readers.h"

#include "base/encoding.h"

#include <string.h>

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

/* Charsets in which ASCII is not itself: read as ASCII they hide what they say. */
static gboolean
is_shifted(const char *charset)
{
	static const char *const shifted[] = { "utf-7", "hz", "iso-2022", "utf-32", "ucs-4", "unicode-1-1-utf-7", "cp037", "ibm037" };

	for (gsize i = 0; i < G_N_ELEMENTS(shifted); i++)
		if (g_ascii_strncasecmp(charset, shifted[i], strlen(shifted[i])) == 0)
			return TRUE;
	return FALSE;
}

gboolean
fn_charset_is_latin(const char *charset)
{
	return g_ascii_strncasecmp(charset, "iso-8859-", 9) == 0 || g_ascii_strncasecmp(charset, "windows-125", 11) == 0 ||
	       g_ascii_strcasecmp(charset, "latin1") == 0;
}

/* Western text, as far as its bytes are no Chinese under a wrong name. Letters beyond Latin 1 come out as others: nothing that is
 * looked for is written in them. */
static gboolean
decode_latin(const char *charset, const guint8 *bytes, gsize size, GString *text)
{
	FnEncoding guess = fn_encoding_guess((const char *)bytes, MIN(size, GUESS_FROM), NULL);

	if (charset == NULL || !fn_charset_is_latin(charset) || guess > FN_ENCODING_UTF8 || g_utf8_validate_len((const char *)bytes, size, NULL))
		return FALSE;
	for (gsize i = 0; i < size; i++)
		g_string_append_unichar(text, bytes[i]);
	return TRUE;
}

GString *
fn_text_decode(FnExtract *extract, const guint8 *bytes, gsize size, const char *charset)
{
	gsize bom = 0;
	FnEncoding encoding = encoding_of((const char *)bytes, size, charset, &bom);
	g_autoptr(FnDecoder) decoder = NULL;
	GString *text = g_string_sized_new(size + 16);

	if (decode_latin(charset, bytes, size, text))
		return text;
	if (encoding == FN_ENCODING_NONE || (charset != NULL && is_shifted(charset))) {
		g_autofree char *shown = charset != NULL ? fn_name_shown(charset, -1) : g_strdup("not declared");
		g_autofree char *detail = g_strdup_printf("encoding of a text: %s", shown);

		fn_extract_note(extract, FN_NOTE_UNKNOWN, detail);
		if (encoding == FN_ENCODING_NONE)
			encoding = FN_ENCODING_UTF8;
	}
	decoder = fn_decoder_new(encoding);
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
