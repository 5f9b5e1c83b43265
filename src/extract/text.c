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

/* ---- what nobody reads ---- */

#define RUN_MIN 6u /* characters; shorter ones are noise */

/* A run of printable ASCII, one byte (@wide 1) or two bytes (2: UTF-16LE) a character: its end. */
static gsize
ascii_run(const guint8 *bytes, gsize size, gsize at, gsize wide)
{
	while (at + wide <= size && bytes[at] >= 0x20 && bytes[at] < 0x7f && (wide == 1 || bytes[at + 1] == 0))
		at += wide;
	return at;
}

void
fn_extract_unknown(FnExtract *extract, const FnDocument *document)
{
	fn_extract_note(extract, FN_NOTE_UNKNOWN, "a format that nobody here reads");
	fn_extract_begin(extract, "strings");
	for (gsize at = 0; at < document->size;) {
		gsize narrow = ascii_run(document->bytes, document->size, at, 1);
		gsize wide = ascii_run(document->bytes, document->size, at, 2);
		gsize end = MAX(narrow, wide);

		if (narrow - at >= RUN_MIN)
			fn_extract_text(extract, (const char *)document->bytes + at, (gssize)(narrow - at));
		else if (wide - at >= 2 * RUN_MIN)
			fn_extract_encoded(extract, FN_ENCODING_UTF16LE, (const char *)document->bytes + at, wide - at);
		if (end - at >= RUN_MIN && !fn_extract_text(extract, "\n", 1))
			return;
		at = MAX(end, at + 1);
	}
}
