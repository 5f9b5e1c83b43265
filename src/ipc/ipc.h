/* Frames between our programs over named Unix sockets.
 *
 * A frame is a 16-byte head (u32 payload size, u32 op, u64 id; little endian) and a payload of at most FN_IPC_MAX bytes.
 * A reply carries the id of its request; its op is FN_IPC_OK or FN_IPC_FAILED (payload: JSON {"code","message"}).
 * The server knows the peer's uid (SO_PEERCRED) and from it the role; a peer without a role is closed at once. The client
 * checks in the same way who listens. Clients connect on first use and again after any death of the other side; requests
 * under way then fail with LOST, which for a write means uncertain. */
#pragma once

#include "ipc/roles.h"

#include <glib.h>

#define FN_IPC_MAX       (1u << 20)
#define FN_IPC_UNDER_WAY 16384u /* requests without an answer on one connection; more get BUSY */
enum { FN_IPC_OK = 0, FN_IPC_FAILED = 1, FN_IPC_FIRST_OP = 16 };

typedef enum {
	FN_IPC_ERROR_CONNECT, /* nobody listens, or a stranger does; the request was certainly not seen */
	FN_IPC_ERROR_LOST,    /* the peer died, or was silent too long, before it answered: uncertain whether it acted */
	FN_IPC_ERROR_FRAME,   /* broken or oversized frame */
	FN_IPC_ERROR_REFUSED, /* the peer answered FAILED; the message is "code: text" */
	FN_IPC_ERROR_BUSY,    /* too many requests under way; not sent */
} FnIpcError;
#define FN_IPC_ERROR (fn_ipc_error_quark())
GQuark fn_ipc_error_quark(void);
/* TRUE when @error is a refusal (FN_IPC_ERROR_REFUSED) with exactly this @code. NULL is fine. */
gboolean fn_ipc_error_is(const GError *error, const char *code);

/* ---- client: thread-safe, pipelined, one connection ---- */
typedef struct FnIpcClient FnIpcClient;
/* Runs on the client's reader thread: be short, never call fn_ipc_call() from it (asserted). @reply is NULL on failure;
 * both are borrowed. */
typedef void (*FnIpcReply)(GBytes *reply, const GError *error, gpointer data);

/* @path of the socket; @peer is the role that must be listening there (checked; root may stand for any role),
 * FN_ROLE_ANY to skip. Starts no thread and opens nothing before the first request, so it may be made before
 * fn_confine(). */
FnIpcClient *fn_ipc_client_new(const char *path, FnRole peer);
/* Requests under way fail with LOST. Not from a callback. NULL is fine. */
void fn_ipc_client_free(FnIpcClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnIpcClient, fn_ipc_client_free)
/* Asynchronous; never blocks on the peer. @payload is copied. @on_reply runs exactly once, even on failure (then perhaps
 * before this returns). Requests of one thread reach the peer in order. */
void fn_ipc_send(FnIpcClient *client, guint32 op, const void *payload, gsize size, FnIpcReply on_reply, gpointer data);
/* Blocking, at most @timeout_ms (0: 10 s; then LOST). Caller owns the reply. */
GBytes *fn_ipc_call(FnIpcClient *client, guint32 op, const void *payload, gsize size, guint timeout_ms, GError **error);

/* ---- server: one epoll thread; handlers answer at once or keep the token and answer later from any thread ---- */
typedef struct FnIpcServer FnIpcServer;
typedef struct FnIpcToken FnIpcToken; /* one unanswered request; answered exactly once, safe after the peer's death */
/* @payload is borrowed until the handler returns. */
typedef void (*FnIpcHandler)(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data);
/* Called when all frames that one wake-up brought were handled: the natural place for a group commit. May be NULL. Replies
 * made by handlers and here leave afterwards with one write per connection. */
typedef void (*FnIpcBatchEnd)(gpointer data);
typedef void (*FnIpcOnFd)(int fd, gpointer data);

/* The listening, non-blocking socket alone, as fn_ipc_server_new() makes it: for rooms with another protocol. -1 on failure. */
int fn_socket_listen(const char *path, GError **error);
/* The process that listens at @path; 0 and errno when none does. */
pid_t fn_socket_listener(const char *path);

/* Binds @path (directory made 0755, socket 0666: the uid check is the guard; a stale socket is replaced, a live one
 * refuses). Starts no thread. May be called before or after fn_confine(). */
FnIpcServer *fn_ipc_server_new(const char *path, FnIpcHandler handler, FnIpcBatchEnd batch_end, gpointer data, GError **error);
/* Before the run: @on_fd runs on the server's thread whenever @fd (a timer, a pipe; borrowed) is readable. */
void fn_ipc_server_watch(FnIpcServer *server, int fd, FnIpcOnFd on_fd, gpointer data);
/* Before the run: @on_leave runs on the server's thread when a peer is gone, however. For state that belongs to a connection. */
typedef void (*FnIpcOnLeave)(guint64 peer, gpointer data);
void fn_ipc_server_on_leave(FnIpcServer *server, FnIpcOnLeave on_leave, gpointer data);
/* The connection that asked: a number that no other connection of this server ever has. */
guint64 fn_ipc_token_peer(const FnIpcToken *token);
/* Runs until fn_ipc_server_stop() (async-signal-safe, also before the run). */
void fn_ipc_server_run(FnIpcServer *server);
void fn_ipc_server_stop(FnIpcServer *server);
/* After the run. Tokens that are still kept may be answered later: nothing happens then. NULL is fine. */
void fn_ipc_server_free(FnIpcServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnIpcServer, fn_ipc_server_free)
/* The answer; ends the token. A payload above FN_IPC_MAX becomes the refusal "reply_too_large". Thread-safe, never blocks: off the
 * server's thread it is written at once, as far as the peer takes it. */
void fn_ipc_reply(FnIpcToken *token, const void *payload, gsize size);
/* @code is an identifier for programs, @message a text for people. */
void fn_ipc_refuse(FnIpcToken *token, const char *code, const char *message);
/* For a committer thread that answers many tokens: between hold and release replies gather, and leave together. Nests. */
void fn_ipc_hold(FnIpcServer *server);
void fn_ipc_release(FnIpcServer *server);
