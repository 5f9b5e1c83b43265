#include "ipc/frame_priv.h"

#include "base/json.h"
#include "base/pool.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG     511
#define PEERS       512u        /* connections */
#define OUT_MAX     (64u << 20) /* bytes that a peer has not fetched; then it is closed */
#define EVENTS      64
#define ACCEPT_TURN 16

/* What an epoll event is about: the first member of everything that is watched. */
typedef enum { WATCH_LISTEN, WATCH_WAKE, WATCH_PEER, WATCH_OTHER } WatchKind;

typedef struct {
	WatchKind kind;
	int fd;
} Watch;

typedef struct {
	Watch watch;
	FnIpcOnFd on_fd;
	gpointer data;
} OtherWatch;

typedef struct {
	Watch watch;
	gint refs; /* atomic: the server, the dirty list, each token */
	FnIpcServer *server;
	FnRole role;
	guint64 number;
	FnInbox inbox;   /* server thread */
	gboolean waits;  /* server thread: EPOLLOUT is on */
	FnMutex mutex;
	FnCond idle; /* the writer is done */
	/* under the mutex: */
	FnOutbox out;
	guint unanswered;
	gboolean writing;  /* a thread is at it */
	gboolean dirty;    /* in the server's list */
	gboolean overflow; /* to be closed */
	gboolean closed;
} Peer;

struct FnIpcToken {
	Peer *peer;
	guint64 id;
};

struct FnIpcServer {
	gint refs; /* atomic: the owner and each peer */
	char *path;
	FnIpcHandler handler;
	FnIpcBatchEnd batch_end;
	gpointer data;
	FnIpcOnLeave on_leave;
	gpointer leave_data;
	guint64 peers_so_far; /* server thread */
	Watch listening, waking;
	int epoll_fd;
	gint stopping;     /* atomic */
	GPtrArray *others; /* OtherWatch */
	GHashTable *peers; /* server thread */
	FnMutex mutex;
	/* under the mutex: */
	pthread_t thread;
	gboolean running;
	GPtrArray *dirty; /* Peer with a reference: has something to write */
	guint held;
	gboolean woken;
	gboolean over; /* its owner has let go of it */
};

/* ---- lives ---- */

static void
server_unref(FnIpcServer *server)
{
	if (!g_atomic_int_dec_and_test(&server->refs))
		return;
	close(server->waking.fd);
	close(server->epoll_fd);
	g_ptr_array_unref(server->dirty);
	g_ptr_array_unref(server->others);
	g_hash_table_unref(server->peers);
	pthread_mutex_destroy(&server->mutex);
	g_free(server->path);
	g_free(server);
}

static void
peer_unref(gpointer data)
{
	Peer *peer = data;

	if (!g_atomic_int_dec_and_test(&peer->refs))
		return;
	fn_inbox_clear(&peer->inbox);
	fn_outbox_clear(&peer->out);
	pthread_mutex_destroy(&peer->mutex);
	pthread_cond_destroy(&peer->idle);
	server_unref(peer->server);
	g_free(peer);
}

static Peer *
peer_ref(Peer *peer)
{
	g_atomic_int_inc(&peer->refs);
	return peer;
}

static void
watch(FnIpcServer *server, Watch *about, int operation, guint32 events)
{
	struct epoll_event event = { .events = events, .data.ptr = about };
	int failed = epoll_ctl(server->epoll_fd, operation, about->fd, &event);

	g_assert(failed == 0);
}

/* From here on nobody writes: the descriptor may be closed. */
static void
end_writing(Peer *peer)
{
	fn_mutex_lock(&peer->mutex);
	g_assert(!peer->closed);
	peer->closed = TRUE;
	while (peer->writing)
		fn_cond_wait(&peer->idle, &peer->mutex);
	fn_mutex_unlock(&peer->mutex);
}

static void
peer_close(Peer *peer)
{
	end_writing(peer);
	/* Not by close() alone: a child that is being started may hold a copy of the descriptor, and then events would go on coming for
	 * a peer that is freed. */
	watch(peer->server, &peer->watch, EPOLL_CTL_DEL, 0);
	close(peer->watch.fd);
	if (peer->server->on_leave != NULL)
		peer->server->on_leave(peer->number, peer->server->leave_data);
	g_hash_table_remove(peer->server->peers, peer);
}

/* ---- the socket ---- */

static gboolean
fail(GError **error, const char *path, const char *why)
{
	g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_CONNECT, "%s: %s", path, why);
	return FALSE;
}

/* Removes what a dead server left behind; FALSE when one is alive. */
static gboolean
clear_path(const char *path, const struct sockaddr_un *address, GError **error)
{
	struct stat about;
	int fd, failed;

	if (lstat(path, &about) != 0)
		return errno == ENOENT || fail(error, path, g_strerror(errno));
	if (!S_ISSOCK(about.st_mode))
		return fail(error, path, "is in the way and no socket: remove it");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	failed = fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	if (failed != ECONNREFUSED)
		return fail(error, path, "another program listens there already: stop it first");
	return unlink(path) == 0 || fail(error, path, g_strerror(errno));
}

int
fn_socket_listen(const char *path, GError **error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	g_autofree char *directory = g_path_get_dirname(path);
	int fd;

	if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >= sizeof(address.sun_path)) {
		fail(error, path, "longer than the 107 bytes of a socket's name: use a shorter instance directory");
		return -1;
	}
	if (g_mkdir_with_parents(directory, 0755) != 0) {
		fail(error, directory, g_strerror(errno));
		return -1;
	}
	if (!clear_path(path, &address, error))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 && chmod(path, 0666) == 0 &&
		listen(fd, BACKLOG) == 0)
		return fd;
	fail(error, path, g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

pid_t
fn_socket_listener(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct ucred peer = { 0 };
	socklen_t size = sizeof(peer);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), failed;

	g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	failed = fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	errno = failed;
	return failed == 0 ? peer.pid : 0;
}

FnIpcServer *
fn_ipc_server_new(const char *path, FnIpcHandler handler, FnIpcBatchEnd batch_end, gpointer data, GError **error)
{
	FnIpcServer *server;
	int fd = fn_socket_listen(path, error);

	if (fd < 0)
		return NULL;
	server = g_new0(FnIpcServer, 1);
	server->refs = 1;
	server->path = g_strdup(path);
	server->handler = handler;
	server->batch_end = batch_end;
	server->data = data;
	server->listening = (Watch){ WATCH_LISTEN, fd };
	server->waking = (Watch){ WATCH_WAKE, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	g_assert(server->waking.fd >= 0 && server->epoll_fd >= 0);
	server->others = g_ptr_array_new_with_free_func(g_free);
	server->peers = g_hash_table_new_full(NULL, NULL, peer_unref, NULL);
	server->dirty = g_ptr_array_new_with_free_func(peer_unref);
	pthread_mutex_init(&server->mutex, NULL);
	watch(server, &server->listening, EPOLL_CTL_ADD, EPOLLIN);
	watch(server, &server->waking, EPOLL_CTL_ADD, EPOLLIN);
	return server;
}

void
fn_ipc_server_watch(FnIpcServer *server, int fd, FnIpcOnFd on_fd, gpointer data)
{
	OtherWatch *other = g_new0(OtherWatch, 1);

	*other = (OtherWatch){ { WATCH_OTHER, fd }, on_fd, data };
	g_ptr_array_add(server->others, other);
	watch(server, &other->watch, EPOLL_CTL_ADD, EPOLLIN);
}

void
fn_ipc_server_on_leave(FnIpcServer *server, FnIpcOnLeave on_leave, gpointer data)
{
	server->on_leave = on_leave;
	server->leave_data = data;
}

guint64
fn_ipc_token_peer(const FnIpcToken *token)
{
	return token->peer->number;
}

/* ---- replies ---- */

static void
wake(FnIpcServer *server)
{
	guint64 one = 1;
	ssize_t n = write(server->waking.fd, &one, sizeof(one));

	g_assert(n == sizeof(one) || errno == EAGAIN);
}

/* Writes what is queued, unless another thread is at it, which then takes it along. FULL and BROKEN are for the server's thread to
 * see to. */
static FnOutboxState
peer_write(Peer *peer)
{
	FnOutboxState state = FN_OUTBOX_EMPTY;

	fn_mutex_lock(&peer->mutex);
	peer->dirty = FALSE;
	if (!peer->writing) {
		peer->writing = TRUE;
		while (state == FN_OUTBOX_EMPTY && !peer->closed && !peer->overflow && fn_outbox_take(&peer->out)) {
			fn_mutex_unlock(&peer->mutex);
			state = fn_outbox_write(&peer->out, peer->watch.fd);
			fn_mutex_lock(&peer->mutex);
		}
		peer->writing = FALSE;
		pthread_cond_signal(&peer->idle);
	}
	if (peer->overflow)
		state = FN_OUTBOX_BROKEN;
	fn_mutex_unlock(&peer->mutex);
	return state;
}

/* With the server's mutex; FALSE once the owner has let go: nobody would ever take it out, and the two would hold each other. */
static gboolean
add_dirty(Peer *peer)
{
	if (!peer->server->over)
		g_ptr_array_add(peer->server->dirty, peer_ref(peer));
	return !peer->server->over;
}

static void
hand_over(Peer *peer)
{
	FnIpcServer *server = peer->server;
	gboolean waking;

	fn_mutex_lock(&server->mutex);
	waking = add_dirty(peer) && !server->woken;
	server->woken |= waking;
	fn_mutex_unlock(&server->mutex);
	if (waking)
		wake(server);
}

/* With the server's mutex. */
static GPtrArray *
take_dirty(FnIpcServer *server)
{
	GPtrArray *dirty = server->dirty;

	server->dirty = g_ptr_array_new_with_free_func(peer_unref);
	return dirty;
}

/* With the server's mutex, which is given up: replies that another thread than the server's made leave from that thread, for
 * each switch of threads costs a lone caller more than the write. */
static void
unlock_and_send(FnIpcServer *server)
{
	gboolean ours = server->running && pthread_equal(server->thread, pthread_self());
	g_autoptr(GPtrArray) dirty = !ours && server->held == 0 && server->dirty->len > 0 ? take_dirty(server) : NULL;

	fn_mutex_unlock(&server->mutex);
	for (guint i = 0; dirty != NULL && i < dirty->len; i++)
		if (peer_write(dirty->pdata[i]) != FN_OUTBOX_EMPTY)
			hand_over(dirty->pdata[i]);
}

static void
mark_dirty(Peer *peer)
{
	fn_mutex_lock(&peer->server->mutex);
	add_dirty(peer);
	unlock_and_send(peer->server);
}

static void
finish(FnIpcToken *token, guint32 op, const void *payload, gsize size)
{
	Peer *peer = token->peer;
	gboolean first = FALSE;

	fn_mutex_lock(&peer->mutex);
	g_assert(peer->unanswered > 0);
	peer->unanswered--;
	if (!peer->closed && !peer->overflow) {
		peer->overflow = fn_outbox_size(&peer->out) + size > OUT_MAX;
		if (!peer->overflow)
			fn_frame_append(peer->out.queued, op, token->id, payload, size);
		first = !peer->dirty;
		peer->dirty = TRUE;
	}
	fn_mutex_unlock(&peer->mutex);
	if (first)
		mark_dirty(peer);
	peer_unref(peer);
	g_free(token);
}

void
fn_ipc_reply(FnIpcToken *token, const void *payload, gsize size)
{
	if (size <= FN_IPC_MAX)
		finish(token, FN_IPC_OK, payload, size);
	else
		fn_ipc_refuse(token, "reply_too_large", "the answer is larger than a frame: ask for less at a time");
}

void
fn_ipc_refuse(FnIpcToken *token, const char *code, const char *message)
{
	g_autoptr(GString) text = g_string_new(NULL);
	FnJson json = fn_json_to(text);

	fn_json_begin_object(&json);
	fn_json_member(&json, "code", code);
	fn_json_member(&json, "message", message);
	fn_json_end_object(&json);
	finish(token, FN_IPC_FAILED, text->str, MIN(text->len, FN_IPC_MAX));
}

void
fn_ipc_hold(FnIpcServer *server)
{
	fn_mutex_lock(&server->mutex);
	server->held++;
	fn_mutex_unlock(&server->mutex);
}

void
fn_ipc_release(FnIpcServer *server)
{
	fn_mutex_lock(&server->mutex);
	g_assert(server->held > 0);
	server->held--;
	unlock_and_send(server);
}

/* ---- the server's thread ---- */

static void
peer_flush(Peer *peer)
{
	FnOutboxState state = peer_write(peer);

	if (peer->closed)
		return;
	if (state == FN_OUTBOX_BROKEN) {
		peer_close(peer);
	} else if (peer->waits != (state == FN_OUTBOX_FULL)) {
		peer->waits = state == FN_OUTBOX_FULL;
		watch(peer->server, &peer->watch, EPOLL_CTL_MOD, peer->waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
	}
}

static void
flush_dirty(FnIpcServer *server)
{
	g_autoptr(GPtrArray) dirty = NULL;

	fn_mutex_lock(&server->mutex);
	if (server->dirty->len > 0)
		dirty = take_dirty(server);
	server->woken = FALSE;
	fn_mutex_unlock(&server->mutex);
	for (guint i = 0; dirty != NULL && i < dirty->len; i++)
		peer_flush(dirty->pdata[i]);
}

static FnRole
role_of_socket(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
		return FN_ROLE_NONE;
	return fn_role_of_uid(peer.uid);
}

static void
add_peer(FnIpcServer *server, int fd, FnRole role)
{
	Peer *peer = g_new0(Peer, 1);

	peer->watch = (Watch){ WATCH_PEER, fd };
	peer->refs = 1;
	peer->server = server;
	peer->role = role;
	peer->number = ++server->peers_so_far;
	g_atomic_int_inc(&server->refs);
	pthread_mutex_init(&peer->mutex, NULL);
	pthread_cond_init(&peer->idle, NULL);
	fn_outbox_init(&peer->out);
	g_hash_table_add(server->peers, peer);
	watch(server, &peer->watch, EPOLL_CTL_ADD, EPOLLIN);
}

static void
accept_peers(FnIpcServer *server)
{
	for (int i = 0; i < ACCEPT_TURN; i++) {
		int fd = accept4(server->listening.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		FnRole role;

		if (fd < 0)
			return;
		role = role_of_socket(fd);
		if (role == FN_ROLE_NONE || g_hash_table_size(server->peers) >= PEERS)
			close(fd);
		else
			add_peer(server, fd, role);
	}
}

static gboolean
handle_request(Peer *peer, const FnFrame *frame)
{
	FnIpcServer *server = peer->server;
	FnIpcToken *token;
	gboolean fits;

	fn_mutex_lock(&peer->mutex);
	fits = peer->unanswered < FN_IPC_UNDER_WAY;
	peer->unanswered += fits;
	fn_mutex_unlock(&peer->mutex);
	if (!fits || frame->op < FN_IPC_FIRST_OP)
		return FALSE;
	token = g_new(FnIpcToken, 1);
	*token = (FnIpcToken){ peer_ref(peer), frame->id };
	server->handler(token, peer->role, frame->op, frame->payload, frame->size, server->data);
	return TRUE;
}

/* One read, and all whole frames in it. FALSE: the peer is gone or broken. */
static gboolean
receive(Peer *peer, guint *handled)
{
	FnFrameState state;
	FnFrame frame;
	gsize room;
	guint8 *to = fn_inbox_room(&peer->inbox, &room);
	ssize_t n = recv(peer->watch.fd, to, room, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return FALSE;
	fn_inbox_added(&peer->inbox, (gsize)n);
	while ((state = fn_inbox_next(&peer->inbox, &frame)) == FN_FRAME_READY) {
		if (!handle_request(peer, &frame))
			return FALSE;
		++*handled;
	}
	return state == FN_FRAME_MORE;
}

static void
handle_peer(Peer *peer, guint32 events, guint *handled)
{
	if ((events & ~(guint32)EPOLLOUT) != 0 && !receive(peer, handled))
		peer_close(peer);
	else if ((events & EPOLLOUT) != 0)
		peer_flush(peer);
}

static void
handle_event(FnIpcServer *server, const struct epoll_event *event, guint *handled)
{
	Watch *about = event->data.ptr;
	guint64 count;

	switch (about->kind) {
	case WATCH_LISTEN:
		accept_peers(server);
		break;
	case WATCH_WAKE:
		if (read(about->fd, &count, sizeof(count)) < 0)
			g_assert(errno == EAGAIN);
		break;
	case WATCH_PEER:
		handle_peer((Peer *)about, event->events, handled);
		break;
	case WATCH_OTHER:
		((OtherWatch *)about)->on_fd(about->fd, ((OtherWatch *)about)->data);
		break;
	}
}

static void
turn(FnIpcServer *server)
{
	struct epoll_event event[EVENTS];
	int n = epoll_wait(server->epoll_fd, event, EVENTS, -1);
	guint handled = 0;

	g_assert(n >= 0 || errno == EINTR);
	for (int i = 0; i < n; i++)
		handle_event(server, &event[i], &handled);
	if (handled > 0 && server->batch_end != NULL)
		server->batch_end(server->data);
	flush_dirty(server);
}

void
fn_ipc_server_run(FnIpcServer *server)
{
	fn_mutex_lock(&server->mutex);
	server->thread = pthread_self();
	server->running = TRUE;
	fn_mutex_unlock(&server->mutex);
	/* Clients see the user that listened last: after fn_confine() that is the role's own. */
	if (listen(server->listening.fd, BACKLOG) != 0)
		g_error("%s: listen: %s", server->path, g_strerror(errno));
	while (g_atomic_int_get(&server->stopping) == 0)
		turn(server);
	fn_mutex_lock(&server->mutex);
	server->running = FALSE;
	fn_mutex_unlock(&server->mutex);
}

void
fn_ipc_server_stop(FnIpcServer *server)
{
	int before = errno;

	g_atomic_int_set(&server->stopping, 1);
	wake(server);
	errno = before;
}

void
fn_ipc_server_free(FnIpcServer *server)
{
	GHashTableIter at;
	gpointer peer;

	if (server == NULL)
		return;
	close(server->listening.fd);
	unlink(server->path);
	g_hash_table_iter_init(&at, server->peers);
	while (g_hash_table_iter_next(&at, &peer, NULL)) {
		end_writing(peer);
		close(((Peer *)peer)->watch.fd);
		g_hash_table_iter_remove(&at);
	}
	fn_mutex_lock(&server->mutex);
	server->over = TRUE;
	g_ptr_array_set_size(server->dirty, 0);
	fn_mutex_unlock(&server->mutex);
	server_unref(server);
}
