/* The frame on the wire, and the buffer in which frames of a stream are cut. Private to the room. */
#pragma once

#include "ipc/ipc.h"

#define FN_FRAME_HEAD 16u

typedef struct {
	guint32 op;
	guint64 id;
	const guint8 *payload; /* borrowed from the inbox until it takes in more */
	gsize size;
} FnFrame;

typedef enum {
	FN_FRAME_BROKEN = 0, /* the stream is lost: no later byte can be trusted */
	FN_FRAME_MORE,       /* not yet a whole frame */
	FN_FRAME_READY,
} FnFrameState;

/* Bytes received and not yet handled. All zero is an empty one. Not thread-safe. */
typedef struct {
	guint8 *data;
	gsize room, from, to;
} FnInbox;

/* Where the next bytes may be put, once fn_inbox_next() said MORE: at least one is free, also in the middle of the largest
 * frame. */
guint8 *fn_inbox_room(FnInbox *inbox, gsize *room_out);
void fn_inbox_added(FnInbox *inbox, gsize size);
FnFrameState fn_inbox_next(FnInbox *inbox, FnFrame *frame_out);
/* Forgets all and frees the memory. */
void fn_inbox_clear(FnInbox *inbox);

/* Appends one frame. @size is at most FN_IPC_MAX. */
void fn_frame_append(GByteArray *out, guint32 op, guint64 id, const void *payload, gsize size);

/* Bytes on their way to a non-blocking socket: appended to by any thread under the owner's lock, written by one at a
 * time. */
typedef struct {
	GByteArray *queued; /* under the owner's lock */
	GByteArray *sending; /* the writer's own */
	gsize sent;
} FnOutbox;

typedef enum { FN_OUTBOX_BROKEN = 0, FN_OUTBOX_EMPTY, FN_OUTBOX_FULL } FnOutboxState;

void fn_outbox_init(FnOutbox *outbox);
void fn_outbox_clear(FnOutbox *outbox);
void fn_outbox_drop(FnOutbox *outbox);
gsize fn_outbox_size(const FnOutbox *outbox);
/* With the owner's lock: makes what is queued the writer's. FALSE when there is nothing to write. */
gboolean fn_outbox_take(FnOutbox *outbox);
/* Without the lock, writer only: writes what was taken until done or until the socket is full. */
FnOutboxState fn_outbox_write(FnOutbox *outbox, int fd);
