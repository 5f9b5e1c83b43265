#include "base/encoding.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static GString *
decode(FnEncoding encoding, const char *bytes, gsize size, gsize step)
{
	g_autoptr(FnDecoder) decoder = fn_decoder_new(encoding);
	GString *text = g_string_new(NULL);

	for (gsize at = 0; at < size; at += step)
		fn_decoder_add(decoder, bytes + at, MIN(step, size - at), at + step >= size, text);
	return text;
}

/* Valid UTF-8 comes out of any bytes, the same however they are cut, and offsets lead back to where the rest reads the same. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	const char *bytes = (const char *)data;
	gsize bom;
	FnEncoding guess = fn_encoding_guess(bytes, size, &bom);

	g_assert_true(bom <= size && guess < FN_ENCODINGS);
	for (FnEncoding encoding = FN_ENCODING_UTF8; encoding < FN_ENCODINGS && size > 0; encoding++) {
		g_autoptr(GString) text = decode(encoding, bytes, size, size), pieces = decode(encoding, bytes, size, 1 + data[0] % 7u);
		gsize at = text->len * data[size - 1] / 256, offset;
		g_autoptr(GString) rest = NULL;

		g_assert_true(g_string_equal(text, pieces));
		while (at > 0 && ((guint8)text->str[at] & 0xc0) == 0x80)
			at--;
		offset = fn_encoding_offset(encoding, bytes, size, at);
		g_assert_true(offset <= size);
		rest = decode(encoding, bytes + offset, size - offset, size);
		/* One code of Big5 is two characters: its second leads to the code's beginning. */
		g_assert_true(encoding == FN_ENCODING_BIG5 || strcmp(rest->str, text->str + at) == 0 || memchr(text->str, 0, text->len));
		g_assert_cmpuint(fn_encoding_offset(encoding, bytes, size, text->len), ==, size);
	}
	return 0;
}
