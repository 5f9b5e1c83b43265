#include "ipc/frame_priv.h"

#include "base/json.h"
#include "base/pool.h"
#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define OUT_MAX      (64u << 20)
#define CONNECT_WAIT 1 /* seconds that a connect may wait for a full backlog */
#define DEFAULT_WAIT 10000

/* One request under way. Its id on the wire is generation << 32 | index, so that an answer to an earlier user of the
 * same slot is noticed. */
typedef struct {
	FnIpcReply on_reply; /* NULL: free */
	gpointer data;
	guint32 generation;
	guint32 next_free;
} Slot;

struct FnIpcClient {
	char *path;
	FnRole peer;
	int wake_fd;
	FnInbox inbox; /* reader only */
	FnMutex mutex;
	FnCond idle; /* the writer is done */
	/* under the mutex: */
	pthread_t reader;
	gboolean started, ending;
	int fd; /* -1: not connected; only the reader closes it */
	gboolean writing;
	gboolean answering; /* the reader is handing out answers, and writes what comes meanwhile */
	gboolean broken; /* the reader will close it */
	gboolean full;   /* the reader waits for room */
	FnOutbox out;
	Slot *slot;
	guint32 fresh; /* slots from here on were never used */
	guint32 free;  /* 1 + index of the first free slot, 0: none */
	guint32 under_way;
};

G_DEFINE_QUARK(fn-ipc-error-quark, fn_ipc_error)

gboolean
fn_ipc_error_is(const GError *error, const char *code)
{
	gsize n = strlen(code);

	return g_error_matches(error, FN_IPC_ERROR, FN_IPC_ERROR_REFUSED) && strncmp(error->message, code, n) == 0 &&
	       error->message[n] == ':';
}

FnIpcClient *
fn_ipc_client_new(const char *path, FnRole peer)
{
	FnIpcClient *client = g_new0(FnIpcClient, 1);

	client->path = g_strdup(path);
	client->peer = peer;
	client->fd = -1;
	client->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	g_assert(client->wake_fd >= 0);
	pthread_mutex_init(&client->mutex, NULL);
	pthread_cond_init(&client->idle, NULL);
	fn_outbox_init(&client->out);
	client->slot = g_new0(Slot, FN_IPC_UNDER_WAY);
	return client;
}

static void
wake(FnIpcClient *client)
{
	guint64 one = 1;
	ssize_t n = write(client->wake_fd, &one, sizeof(one));

	g_assert(n == sizeof(one) || errno == EAGAIN);
}

/* ---- slots, with the mutex ---- */

static guint64
enter(FnIpcClient *client, FnIpcReply on_reply, gpointer data)
{
	guint32 index = client->free != 0 ? client->free - 1 : client->fresh++;
	Slot *slot = &client->slot[index];

	client->free = client->free != 0 ? slot->next_free : 0;
	client->under_way++;
	slot->on_reply = on_reply;
	slot->data = data;
	slot->generation++;
	return (guint64)slot->generation << 32 | index;
}

static void
leave(FnIpcClient *client, guint32 index)
{
	client->slot[index].on_reply = NULL;
	client->slot[index].next_free = client->free;
	client->free = index + 1;
	client->under_way--;
}

/* The request that @id names; FALSE when there is none such: the peer is broken. */
static gboolean
take(FnIpcClient *client, guint64 id, Slot *slot_out)
{
	guint32 index = (guint32)id;

	if (index >= client->fresh || client->slot[index].on_reply == NULL || client->slot[index].generation != id >> 32)
		return FALSE;
	*slot_out = client->slot[index];
	leave(client, index);
	return TRUE;
}

/* ---- the connection ---- */

static gboolean
peer_fits(const FnIpcClient *client, int fd, GError **error)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (client->peer == FN_ROLE_ANY)
		return TRUE;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
		(peer.uid == 0 || peer.uid == fn_role_uid(client->peer)))
		return TRUE;
	g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_CONNECT,
		"%s: user %u listens there instead of %s (user %u): stop that program and remove its socket", client->path,
		(guint)peer.uid, fn_role_name(client->peer), (guint)fn_role_uid(client->peer));
	return FALSE;
}

static int
open_socket(const FnIpcClient *client, GError **error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval wait = { .tv_sec = CONNECT_WAIT };
	int fd;

	if (g_strlcpy(address.sun_path, client->path, sizeof(address.sun_path)) >= sizeof(address.sun_path)) {
		g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_CONNECT,
			"%s: longer than the %zu bytes of a socket's name: use a shorter instance directory", client->path,
			sizeof(address.sun_path) - 1);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) != 0 ||
		connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_CONNECT, "%s: %s: is the program running?", client->path,
			g_strerror(errno));
	} else if (peer_fits(client, fd, error)) {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Closes the connection and fails what was under way. Reader only. */
static void
drop(FnIpcClient *client, FnIpcError code, const char *why)
{
	g_autoptr(GArray) lost = g_array_new(FALSE, FALSE, sizeof(Slot));
	g_autoptr(GError) error = g_error_new(FN_IPC_ERROR, code, "%s: %s", client->path, why);

	fn_mutex_lock(&client->mutex);
	client->broken = TRUE;
	while (client->writing)
		fn_cond_wait(&client->idle, &client->mutex);
	for (guint32 i = 0; i < client->fresh; i++)
		if (client->slot[i].on_reply != NULL) {
			g_array_append_val(lost, client->slot[i]);
			leave(client, i);
		}
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	client->broken = client->full = FALSE;
	fn_outbox_drop(&client->out);
	fn_mutex_unlock(&client->mutex);
	fn_inbox_clear(&client->inbox);
	for (guint i = 0; i < lost->len; i++) {
		const Slot *slot = &g_array_index(lost, Slot, i);

		slot->on_reply(NULL, error, slot->data);
	}
}

/* Writes what is queued unless someone else is at it. With the mutex; gives it up meanwhile. */
static void
flush(FnIpcClient *client)
{
	if (client->writing || client->full || client->answering)
		return;
	client->writing = TRUE;
	while (client->fd >= 0 && !client->broken && !client->full && fn_outbox_take(&client->out)) {
		FnOutboxState state;
		int fd = client->fd;

		fn_mutex_unlock(&client->mutex);
		state = fn_outbox_write(&client->out, fd);
		fn_mutex_lock(&client->mutex);
		client->broken |= state == FN_OUTBOX_BROKEN;
		client->full |= state == FN_OUTBOX_FULL;
	}
	client->writing = FALSE;
	pthread_cond_broadcast(&client->idle);
	if (client->broken)
		shutdown(client->fd, SHUT_RDWR);
	if (client->full)
		wake(client);
}

/* ---- the reader thread ---- */

static void wake_caller(GBytes *reply, const GError *error, gpointer data);
static void take_reply(gpointer waiter, GBytes *reply);

static void
answer(const Slot *slot, const FnFrame *frame)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) broken = NULL;
	json_t *refusal;

	if (frame->op == FN_IPC_OK) {
		g_autoptr(GBytes) reply = g_bytes_new(frame->payload, frame->size);

		if (slot->on_reply == wake_caller)
			take_reply(slot->data, g_steal_pointer(&reply));
		else
			slot->on_reply(reply, NULL, slot->data);
		return;
	}
	refusal = fn_json_parse((const char *)frame->payload, frame->size, &broken);
	if (refusal != NULL && json_is_string(json_object_get(refusal, "code")) &&
		json_is_string(json_object_get(refusal, "message"))) {
		const char *code = json_string_value(json_object_get(refusal, "code"));
		const char *message = json_string_value(json_object_get(refusal, "message"));
		g_autofree char *safe_code = fn_text_safe(code, -1, 64);
		g_autofree char *safe = fn_text_safe(message, -1, 1024);

		error = g_error_new(FN_IPC_ERROR, FN_IPC_ERROR_REFUSED, "%s: %s", safe_code, safe);
	} else {
		error = g_error_new(FN_IPC_ERROR, FN_IPC_ERROR_FRAME, "a refusal that cannot be read");
	}
	json_decref(refusal);
	slot->on_reply(NULL, error, slot->data);
}

/* Handles all whole frames of the inbox. */
static gboolean
handle_frames(FnIpcClient *client)
{
	FnFrameState state;
	FnFrame frame;
	Slot slot;

	while ((state = fn_inbox_next(&client->inbox, &frame)) == FN_FRAME_READY) {
		gboolean known;

		fn_mutex_lock(&client->mutex);
		known = take(client, frame.id, &slot);
		fn_mutex_unlock(&client->mutex);
		if (!known)
			return FALSE;
		answer(&slot, &frame);
	}
	return state == FN_FRAME_MORE;
}

static void
receive(FnIpcClient *client, int fd)
{
	gsize room;
	guint8 *to = fn_inbox_room(&client->inbox, &room);
	ssize_t n = recv(fd, to, room, MSG_DONTWAIT);
	gboolean good;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(client, FN_IPC_ERROR_LOST, "the other side ended before it answered");
		return;
	}
	fn_inbox_added(&client->inbox, (gsize)n);
	fn_mutex_lock(&client->mutex);
	client->answering = TRUE;
	fn_mutex_unlock(&client->mutex);
	good = handle_frames(client);
	fn_mutex_lock(&client->mutex);
	client->answering = FALSE;
	if (good)
		flush(client);
	fn_mutex_unlock(&client->mutex);
	if (!good)
		drop(client, FN_IPC_ERROR_FRAME, "the other side sent a broken frame");
}

static void
make_room(FnIpcClient *client)
{
	fn_mutex_lock(&client->mutex);
	client->full = FALSE;
	flush(client);
	fn_mutex_unlock(&client->mutex);
}

static gboolean
reader_turn(FnIpcClient *client)
{
	struct pollfd wait[2] = { { client->wake_fd, POLLIN, 0 }, { -1, POLLIN, 0 } };
	gboolean ending;
	guint64 count;

	fn_mutex_lock(&client->mutex);
	ending = client->ending;
	wait[1].fd = client->fd;
	if (client->full)
		wait[1].events |= POLLOUT;
	fn_mutex_unlock(&client->mutex);
	if (ending)
		return FALSE;
	if (poll(wait, 2, -1) < 0)
		return TRUE;
	if ((wait[0].revents & POLLIN) != 0 && read(client->wake_fd, &count, sizeof(count)) < 0)
		g_assert(errno == EAGAIN);
	if ((wait[1].revents & POLLOUT) != 0)
		make_room(client);
	if ((wait[1].revents & ~POLLOUT) != 0)
		receive(client, wait[1].fd);
	return TRUE;
}

static void *
read_answers(void *data)
{
	FnIpcClient *client = data;

	while (reader_turn(client))
		;
	drop(client, FN_IPC_ERROR_LOST, "we ended before the answer came");
	return NULL;
}

static gboolean
start(FnIpcClient *client, GError **error)
{
	int failed;

	if (client->started)
		return TRUE;
	failed = pthread_create(&client->reader, NULL, read_answers, client);
	if (failed != 0) {
		g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_CONNECT, "%s: no thread: %s", client->path, g_strerror(failed));
		return FALSE;
	}
	pthread_setname_np(client->reader, "ipc-reader");
	client->started = TRUE;
	return TRUE;
}

/* ---- requests ---- */

static gboolean
connected(FnIpcClient *client, GError **error)
{
	if (client->broken) {
		g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_CONNECT, "%s: the other side has just ended", client->path);
		return FALSE;
	}
	if (client->fd >= 0)
		return TRUE;
	if (!start(client, error) || (client->fd = open_socket(client, error)) < 0)
		return FALSE;
	wake(client);
	return TRUE;
}

/* With the mutex. */
static gboolean
queue(FnIpcClient *client, guint32 op, const void *payload, gsize size, FnIpcReply on_reply, gpointer data, GError **error)
{
	if (size > FN_IPC_MAX) {
		g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_FRAME, "%s: a request of %zu bytes; at most %u fit", client->path,
			size, FN_IPC_MAX);
		return FALSE;
	}
	if (!connected(client, error))
		return FALSE;
	if (client->under_way == FN_IPC_UNDER_WAY || fn_outbox_size(&client->out) + size > OUT_MAX) {
		g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_BUSY, "%s: too many requests under way: try again later",
			client->path);
		return FALSE;
	}
	fn_frame_append(client->out.queued, op, enter(client, on_reply, data), payload, size);
	return TRUE;
}

void
fn_ipc_send(FnIpcClient *client, guint32 op, const void *payload, gsize size, FnIpcReply on_reply, gpointer data)
{
	g_autoptr(GError) error = NULL;
	gboolean queued;

	g_assert(op >= FN_IPC_FIRST_OP && on_reply != NULL);
	fn_mutex_lock(&client->mutex);
	g_assert(!client->ending);
	queued = queue(client, op, payload, size, on_reply, data, &error);
	if (queued)
		flush(client);
	fn_mutex_unlock(&client->mutex);
	if (!queued)
		on_reply(NULL, error, data);
}

/* A caller that waits. It lives until both the caller and the answer are done with it. */
typedef struct {
	FnMutex mutex;
	FnCond done;
	gint refs;
	gboolean answered;
	GBytes *reply;
	GError *error;
} Waiter;

static void
waiter_unref(Waiter *waiter)
{
	if (!g_atomic_int_dec_and_test(&waiter->refs))
		return;
	g_clear_pointer(&waiter->reply, g_bytes_unref);
	g_clear_error(&waiter->error);
	pthread_mutex_destroy(&waiter->mutex);
	pthread_cond_destroy(&waiter->done);
	g_free(waiter);
}

/* Takes @reply and @error over: shared with the caller's thread they would be counted twice for nothing. */
static void
wake_with(Waiter *waiter, GBytes *reply, GError *error)
{
	fn_mutex_lock(&waiter->mutex);
	waiter->reply = reply;
	waiter->error = error;
	waiter->answered = TRUE;
	fn_mutex_unlock(&waiter->mutex);
	pthread_cond_signal(&waiter->done); /* not before: who wakes would run into the lock and sleep again */
	waiter_unref(waiter);
}

static void
take_reply(gpointer waiter, GBytes *reply)
{
	wake_with(waiter, reply, NULL);
}

static void
wake_caller(GBytes *reply, const GError *error, gpointer data)
{
	wake_with(data, reply != NULL ? g_bytes_ref(reply) : NULL, error != NULL ? g_error_copy(error) : NULL);
}

static void
wait_answer(Waiter *waiter, guint timeout_ms)
{
	gint64 until = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
	gint64 left = (gint64)timeout_ms * 1000;

	while (!waiter->answered && left > 0) {
		fn_cond_wait_for(&waiter->done, &waiter->mutex, left);
		left = until - g_get_monotonic_time();
	}
}

static gboolean
is_reader(FnIpcClient *client)
{
	gboolean is;

	fn_mutex_lock(&client->mutex);
	is = client->started && pthread_equal(client->reader, pthread_self());
	fn_mutex_unlock(&client->mutex);
	return is;
}

GBytes *
fn_ipc_call(FnIpcClient *client, guint32 op, const void *payload, gsize size, guint timeout_ms, GError **error)
{
	Waiter *waiter = g_new0(Waiter, 1);
	GBytes *reply;

	g_assert(!is_reader(client));
	if (timeout_ms == 0)
		timeout_ms = DEFAULT_WAIT;
	pthread_mutex_init(&waiter->mutex, NULL);
	pthread_cond_init(&waiter->done, NULL);
	waiter->refs = 2;
	fn_ipc_send(client, op, payload, size, wake_caller, waiter);
	fn_mutex_lock(&waiter->mutex);
	wait_answer(waiter, timeout_ms);
	if (!waiter->answered)
		g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_LOST, "%s: no answer within %u ms", client->path, timeout_ms);
	else if (waiter->error != NULL)
		g_propagate_error(error, g_steal_pointer(&waiter->error));
	reply = g_steal_pointer(&waiter->reply);
	fn_mutex_unlock(&waiter->mutex);
	waiter_unref(waiter);
	return reply;
}

void
fn_ipc_client_free(FnIpcClient *client)
{
	if (client == NULL)
		return;
	fn_mutex_lock(&client->mutex);
	client->ending = TRUE;
	fn_mutex_unlock(&client->mutex);
	wake(client);
	if (client->started)
		pthread_join(client->reader, NULL);
	close(client->wake_fd);
	fn_inbox_clear(&client->inbox);
	fn_outbox_clear(&client->out);
	pthread_mutex_destroy(&client->mutex);
	pthread_cond_destroy(&client->idle);
	g_free(client->slot);
	g_free(client->path);
	g_free(client);
}
