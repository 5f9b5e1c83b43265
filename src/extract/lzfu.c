/* The packed RTF of mail messages ([MS-OXRTFCP]). */
#include "extract/ole.h"

#include <string.h>

#define HEAD       16u
#define WINDOW     4096u
#define PACKED     0x75465A4Cu /* "LZFu" */
#define NOT_PACKED 0x414C454Du /* "MELA" */

/* What both sides know beforehand. */
static const char start[] = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
			    "\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
			    "\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

typedef struct {
	guint8 window[WINDOW];
	guint at;
	GByteArray *out;
} Unpacker;

static void
put(Unpacker *unpacker, guint8 byte)
{
	unpacker->window[unpacker->at] = byte;
	unpacker->at = (unpacker->at + 1) % WINDOW;
	g_byte_array_append(unpacker->out, &byte, 1);
}

static void
unpack(FnExtract *extract, Unpacker *unpacker, const guint8 *bytes, gsize size)
{
	gsize at = 0, before = 0;

	while (at < size) {
		guint flags = bytes[at++];

		for (guint bit = 0; bit < 8 && at < size; bit++) {
			guint token, from;

			if ((flags >> bit & 1) == 0) {
				put(unpacker, bytes[at++]);
				continue;
			}
			if (at + 2 > size)
				return;
			token = (guint)bytes[at] << 8 | bytes[at + 1];
			at += 2;
			from = token >> 4;
			if (from == unpacker->at)
				return;
			for (guint n = (token & 15) + 2; n > 0; n--, from = (from + 1) % WINDOW)
				put(unpacker, unpacker->window[from]);
		}
		if (unpacker->out->len - before > 65536) {
			if (!fn_extract_spend(extract, unpacker->out->len - before, at))
				return;
			before = unpacker->out->len;
		}
	}
}

GByteArray *
fn_lzfu_unpack(FnExtract *extract, const guint8 *bytes, gsize size)
{
	Unpacker unpacker = { .at = sizeof start - 1, .out = g_byte_array_new() };
	guint32 kind = size >= HEAD ? fn_le32(bytes + 8) : 0;

	memset(unpacker.window, ' ', WINDOW);
	memcpy(unpacker.window, start, sizeof start - 1);
	if (kind == PACKED)
		unpack(extract, &unpacker, bytes + HEAD, size - HEAD);
	else if (kind == NOT_PACKED)
		g_byte_array_append(unpacker.out, bytes + HEAD, (guint)(size - HEAD));
	else
		g_clear_pointer(&unpacker.out, g_byte_array_unref);
	return unpacker.out;
}
