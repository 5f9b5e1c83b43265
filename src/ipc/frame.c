#include "ipc/frame_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define INBOX_ROOM (256u * 1024)
#define KEEP_ROOM  (1024u * 1024)

static guint32
get32(const guint8 *from)
{
	return (guint32)from[0] | (guint32)from[1] << 8 | (guint32)from[2] << 16 | (guint32)from[3] << 24;
}

static void
put32(guint8 *to, guint32 value)
{
	for (int i = 0; i < 4; i++, value >>= 8)
		to[i] = (guint8)value;
}

/* The room that the frame at the front needs in all; a broken size is left to fn_inbox_next(). */
static gsize
front_size(const FnInbox *inbox)
{
	gsize size;

	if (inbox->to - inbox->from < FN_FRAME_HEAD)
		return FN_FRAME_HEAD;
	size = get32(inbox->data + inbox->from);
	return FN_FRAME_HEAD + MIN(size, FN_IPC_MAX);
}

guint8 *
fn_inbox_room(FnInbox *inbox, gsize *room_out)
{
	gsize need = MAX(front_size(inbox) + 1, INBOX_ROOM);

	if (inbox->from > 0) {
		memmove(inbox->data, inbox->data + inbox->from, inbox->to - inbox->from);
		inbox->to -= inbox->from;
		inbox->from = 0;
	}
	if (inbox->room < need || (inbox->room > INBOX_ROOM && need == INBOX_ROOM && inbox->to < INBOX_ROOM)) {
		inbox->data = g_realloc(inbox->data, need);
		inbox->room = need;
	}
	*room_out = inbox->room - inbox->to;
	return inbox->data + inbox->to;
}

void
fn_inbox_added(FnInbox *inbox, gsize size)
{
	g_assert(size <= inbox->room - inbox->to);
	inbox->to += size;
}

FnFrameState
fn_inbox_next(FnInbox *inbox, FnFrame *frame_out)
{
	const guint8 *head;
	gsize size;

	if (inbox->to - inbox->from < FN_FRAME_HEAD)
		return FN_FRAME_MORE;
	head = inbox->data + inbox->from;
	size = get32(head);
	if (size > FN_IPC_MAX)
		return FN_FRAME_BROKEN;
	if (inbox->to - inbox->from - FN_FRAME_HEAD < size)
		return FN_FRAME_MORE;
	*frame_out = (FnFrame){ .op = get32(head + 4), .id = get32(head + 8) | (guint64)get32(head + 12) << 32,
		.payload = head + FN_FRAME_HEAD, .size = size };
	inbox->from += FN_FRAME_HEAD + size;
	return FN_FRAME_READY;
}

void
fn_inbox_clear(FnInbox *inbox)
{
	g_free(inbox->data);
	*inbox = (FnInbox){ 0 };
}

void
fn_frame_append(GByteArray *out, guint32 op, guint64 id, const void *payload, gsize size)
{
	guint8 head[FN_FRAME_HEAD];

	g_assert(size <= FN_IPC_MAX);
	put32(head, (guint32)size);
	put32(head + 4, op);
	put32(head + 8, (guint32)id);
	put32(head + 12, (guint32)(id >> 32));
	g_byte_array_append(out, head, sizeof(head));
	if (size > 0)
		g_byte_array_append(out, payload, (guint)size);
}

void
fn_outbox_init(FnOutbox *outbox)
{
	*outbox = (FnOutbox){ g_byte_array_new(), g_byte_array_new(), 0 };
}

void
fn_outbox_clear(FnOutbox *outbox)
{
	g_byte_array_unref(outbox->queued);
	g_byte_array_unref(outbox->sending);
}

void
fn_outbox_drop(FnOutbox *outbox)
{
	fn_outbox_clear(outbox);
	fn_outbox_init(outbox);
}

gsize
fn_outbox_size(const FnOutbox *outbox)
{
	return outbox->queued->len;
}

gboolean
fn_outbox_take(FnOutbox *outbox)
{
	GByteArray *empty = outbox->sending;

	if (outbox->sent < outbox->sending->len)
		return TRUE;
	if (outbox->queued->len == 0)
		return FALSE;
	/* One burst of large replies should not hold its memory for the life of a connection. */
	if (empty->len > KEEP_ROOM) {
		g_byte_array_unref(empty);
		empty = g_byte_array_new();
	}
	g_byte_array_set_size(empty, 0);
	outbox->sending = outbox->queued;
	outbox->queued = empty;
	outbox->sent = 0;
	return TRUE;
}

FnOutboxState
fn_outbox_write(FnOutbox *outbox, int fd)
{
	while (outbox->sent < outbox->sending->len) {
		ssize_t n = send(fd, outbox->sending->data + outbox->sent, outbox->sending->len - outbox->sent,
			MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0)
			outbox->sent += (gsize)n;
		else if (errno == EAGAIN)
			return FN_OUTBOX_FULL;
		else if (errno != EINTR)
			return FN_OUTBOX_BROKEN;
	}
	return FN_OUTBOX_EMPTY;
}
