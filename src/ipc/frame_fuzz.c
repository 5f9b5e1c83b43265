#include "ipc/frame_priv.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* The same bytes in pieces, whose sizes the first byte chooses, must give the same frames as in one piece. */
static guint64
frames(const guint8 *data, gsize size, gsize piece)
{
	FnInbox inbox = { 0 };
	FnFrameState state = FN_FRAME_MORE;
	guint64 seen = 0;
	FnFrame frame;

	for (gsize at = 0, n; at < size && state == FN_FRAME_MORE; at += n) {
		gsize room;
		guint8 *to = fn_inbox_room(&inbox, &room);

		g_assert(room > 0 && room <= 2 * FN_IPC_MAX);
		n = MIN(MIN(piece, room), size - at);
		memcpy(to, data + at, n);
		fn_inbox_added(&inbox, n);
		while ((state = fn_inbox_next(&inbox, &frame)) == FN_FRAME_READY) {
			for (gsize i = 0; i < frame.size; i++)
				seen = seen * 31 + frame.payload[i];
			seen = seen * 31 + frame.op + frame.id;
		}
	}
	fn_inbox_clear(&inbox);
	return seen;
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	if (size > 0)
		g_assert_cmpuint(frames(data + 1, size - 1, (gsize)data[0] + 1), ==, frames(data + 1, size - 1, size));
	return 0;
}
