#include "extract/extract_priv.h"

#include <zlib.h>

#define STEP 65536u

static void
note_end(FnExtract *extract, const char *what, int state, gboolean too_large)
{
	g_autofree char *detail = NULL;

	if (fn_extract_stopped(extract) || (state == Z_STREAM_END && !too_large))
		return;
	detail = g_strdup_printf("%s: %s", what,
		too_large                ? "size of a member" :
		state == Z_NEED_DICT     ? "needs a dictionary" :
		state == Z_BUF_ERROR     ? "packed data ends early" :
					   "packed data is broken");
	fn_extract_note(extract, too_large ? FN_NOTE_LIMIT : FN_NOTE_BROKEN, detail);
}

GByteArray *
fn_inflate(FnExtract *extract, const guint8 *bytes, gsize size, int window_bits, const char *what, gsize *used)
{
	GByteArray *out = g_byte_array_new();
	FnUnpacked unpacked = { extract, 0 };
	z_stream stream = { .next_in = (guint8 *)bytes };
	g_autofree guint8 *piece = g_malloc(STEP);
	int state = inflateInit2(&stream, window_bits);
	gboolean too_large = FALSE;
	gsize taken = 0;

	g_assert(state == Z_OK);
	while (state == Z_OK && !too_large) {
		guint more;

		if (stream.avail_in == 0) {
			stream.avail_in = (guint)MIN(size - taken, 1u << 30);
			taken += stream.avail_in;
		}
		stream.next_out = piece;
		stream.avail_out = STEP;
		state = inflate(&stream, Z_NO_FLUSH);
		more = STEP - stream.avail_out;
		if (!fn_unpacked_add(&unpacked, more, taken - stream.avail_in))
			break;
		g_byte_array_append(out, piece, more);
		too_large = out->len > fn_extract_limits(extract)->input;
	}
	note_end(extract, what, state, too_large);
	if (used != NULL)
		*used = taken - stream.avail_in;
	inflateEnd(&stream);
	return out;
}
