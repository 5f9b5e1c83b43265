/* Which encoding are these bytes in, and the way to UTF-8 and back to an offset of the original.
 *
 * Chinese government files come as UTF-8, GB18030 (GBK, GB2312), UTF-16 and, from Hong Kong and Taiwan, Big5. Conversion is
 * libc's iconv; its tables are loaded by fn_encodings_load(), which confined programs call before they lose their files. */
#pragma once

#include <glib.h>

typedef enum {
	FN_ENCODING_NONE = 0, /* binary, or an encoding we do not know */
	FN_ENCODING_UTF8,     /* ASCII included */
	FN_ENCODING_GB18030,
	FN_ENCODING_BIG5,
	FN_ENCODING_UTF16LE,
	FN_ENCODING_UTF16BE,
	FN_ENCODINGS,
} FnEncoding;
const char *fn_encoding_name(FnEncoding encoding); /* "GB18030", as iconv knows it */
/* "gb2312", "GBK", "utf-8", "big5-hkscs" … (a charset as documents and mails declare it); NONE when we do not know it. */
FnEncoding fn_encoding_named(const char *charset);

/* Judges from the first bytes of a text (64 KiB are plenty): byte order mark, then valid UTF-8 (a sequence cut by the end is
 * fine), then the likelier of UTF-16, GB18030 and Big5 by structure and by how frequent its characters are. Bytes with many
 * controls are NONE. @bom (or NULL): bytes of the mark to skip. */
FnEncoding fn_encoding_guess(const char *bytes, gsize size, gsize *bom);

/* Opens and closes every converter once, so that libc has its tables in memory. FALSE when libc lacks one. */
gboolean fn_encodings_load(GError **error);

/* A converter to UTF-8 for a stream that comes in pieces. Not thread-safe. */
typedef struct FnDecoder FnDecoder;
FnDecoder *fn_decoder_new(FnEncoding encoding);
void fn_decoder_free(FnDecoder *decoder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnDecoder, fn_decoder_free)
/* Appends the UTF-8 of @bytes to @out; a character cut off at the end waits for the next piece. What is no character becomes
 * U+FFFD (one per original byte skipped) and is counted. @last: nothing follows. */
void fn_decoder_add(FnDecoder *decoder, const char *bytes, gsize size, gboolean last, GString *out);
guint64 fn_decoder_errors(const FnDecoder *decoder);

/* Where the character at byte @at of the UTF-8 form begins in the original: @bytes (of @encoding) must begin at a character
 * whose UTF-8 form is @utf8. Linear in @at: keep checkpoints. Exact because lengths of characters follow from their bytes. */
gsize fn_encoding_offset(FnEncoding encoding, const char *bytes, gsize size, const char *utf8, gsize at);
