/* Which encoding are these bytes in, and the way to UTF-8 and back to an offset of the original.
 *
 * Chinese government files come as UTF-8, GB18030 (GBK, GB2312), UTF-16 and, from Hong Kong and Taiwan, Big5. The tables are
 * compiled in: a confined program needs no file of libc for them. Nothing here depends on the locale. */
#pragma once

#include <glib.h>

typedef enum {
	FN_ENCODING_NONE = 0, /* binary, or an encoding we do not know */
	FN_ENCODING_UTF8,     /* ASCII included */
	FN_ENCODING_GB18030,
	FN_ENCODING_BIG5, /* with Hong Kong's supplement */
	FN_ENCODING_UTF16LE,
	FN_ENCODING_UTF16BE,
	FN_ENCODINGS,
} FnEncoding;
const char *fn_encoding_name(FnEncoding encoding); /* "GB18030" */
/* "gb2312", "GBK", "utf-8", "big5-hkscs" … (a charset as documents and mails declare it); NONE when we do not know it. */
FnEncoding fn_encoding_named(const char *charset);

/* Judges from the first bytes of a text (64 KiB are plenty): byte order mark, then valid UTF-8 (a sequence cut by the end is
 * fine), then the likelier of UTF-16, GB18030 and Big5 by structure and by how frequent its characters are. Bytes with many
 * controls are NONE; mostly ASCII with a few strange bytes is UTF-8 with errors. @bom (or NULL): bytes of the mark to skip. */
FnEncoding fn_encoding_guess(const char *bytes, gsize size, gsize *bom);

/* A converter to UTF-8 for a stream that comes in pieces. Not thread-safe. */
typedef struct FnDecoder FnDecoder;
FnDecoder *fn_decoder_new(FnEncoding encoding); /* not NONE */
void fn_decoder_free(FnDecoder *decoder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnDecoder, fn_decoder_free)
/* Appends the UTF-8 of @bytes to @out; a character cut off at the end waits for the next piece. What is no character becomes
 * U+FFFD (one per original byte skipped; in UTF-16 one per lone surrogate) and is counted. @last: nothing follows. */
void fn_decoder_add(FnDecoder *decoder, const char *bytes, gsize size, gboolean last, GString *out);
guint64 fn_decoder_errors(const FnDecoder *decoder);

/* Where the character at byte @at of the UTF-8 form begins in the original: @bytes (of @encoding) must begin at a character,
 * whose UTF-8 form is counted from 0. Linear in @at: keep checkpoints. At most @size. Exact: both ways go by the same steps. */
gsize fn_encoding_offset(FnEncoding encoding, const char *bytes, gsize size, gsize at);
