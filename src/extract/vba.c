/* Modules of macros ([MS-OVBA] 2.4.1): source text, packed, somewhere in a stream behind what the interpreter keeps. */
#include "extract/ole.h"

#include "extract/legacy.h"

#include <string.h>

#define CHUNK 4096u

/* How many bits of a copy token tell the distance when @done bytes of the chunk are there. */
static guint
distance_bits(gsize done)
{
	guint bits = 4;

	while (((gsize)1 << bits) < done)
		bits++;
	return bits;
}

/* One chunk of at most 4,096 bytes; FALSE when it is broken (what came out stays). */
static gboolean
unpack_chunk(const guint8 *bytes, gsize size, GByteArray *out)
{
	gsize begin = out->len;

	for (gsize at = 0; at < size;) {
		guint flags = bytes[at++];

		for (guint bit = 0; bit < 8 && at < size; bit++) {
			guint token, bits, length, distance;

			if ((flags >> bit & 1) == 0) {
				g_byte_array_append(out, bytes + at++, 1);
				continue;
			}
			if (at + 2 > size || out->len == begin)
				return FALSE;
			token = fn_le16(bytes + at);
			at += 2;
			bits = distance_bits(out->len - begin);
			distance = (token >> (16 - bits)) + 1;
			length = (token & (0xFFFFu >> bits)) + 3;
			if (distance > out->len - begin || out->len - begin + length > CHUNK)
				return FALSE;
			for (; length > 0; length--) {
				guint8 byte = out->data[out->len - distance];

				g_byte_array_append(out, &byte, 1);
			}
		}
		if (out->len - begin > CHUNK)
			return FALSE;
	}
	return TRUE;
}

/* Chunks from @bytes on; returns where the last one ends. */
static gsize
unpack(FnExtract *extract, const guint8 *bytes, gsize size, GByteArray *out)
{
	gsize at = 0;

	while (at + 2 < size) {
		guint head = fn_le16(bytes + at);
		gsize length = (head & 0xFFF) + 1, before = out->len;

		if ((head >> 12 & 7) != 3 || length > size - at - 2)
			break;
		if ((head & 0x8000) == 0)
			g_byte_array_append(out, bytes + at + 2, (guint)MIN(length, CHUNK));
		else if (!unpack_chunk(bytes + at + 2, length, out))
			fn_extract_note(extract, FN_NOTE_BROKEN, "macro");
		at += 2 + length;
		if (!fn_extract_spend(extract, out->len - before, at))
			break;
	}
	return at;
}

gboolean
fn_vba_read(FnExtract *extract, const guint8 *bytes, gsize size)
{
	/* Every module begins with an attribute line: a signature, a chunk's head, a flag byte, then the first letters as they are. */
	static const char mark[] = "\0Attribut";
	const gsize length = sizeof mark - 1;

	for (gsize at = 3; at + length < size;) {
		const guint8 *found = memmem(bytes + at, size - at, mark, length);
		g_autoptr(GByteArray) out = NULL;
		g_autoptr(GString) text = NULL;
		gsize start;

		if (found == NULL)
			break;
		start = (gsize)(found - bytes) - 3;
		at = start + 3 + length;
		if (bytes[start] != 1)
			continue;
		out = g_byte_array_new();
		at = MAX(at, start + 1 + unpack(extract, bytes + start + 1, size - start - 1, out));
		text = g_string_new(NULL);
		fn_legacy_append(text, 0, out->data, out->len);
		fn_tidy(text);
		fn_extract_place(extract, "macro");
		if (!fn_extract_text(extract, text->str, (gssize)text->len))
			return FALSE;
	}
	fn_extract_place(extract, "");
	return !fn_extract_stopped(extract);
}
