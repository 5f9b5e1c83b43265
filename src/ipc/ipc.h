/* Frames between our programs over named Unix sockets.
 *
 * A frame is a 16-byte head (u32 payload size, u32 op, u64 id; little endian) and a payload of at most FN_IPC_MAX bytes.
 * A reply carries the id of its request; its op is FN_IPC_OK or FN_IPC_FAILED (payload: JSON {"code","message"}).
 * The server knows the peer's uid (SO_PEERCRED) and from it the role; a peer without a role is closed at once.
 * Clients connect on first use and again after any death of the other side; requests under way then fail with LOST,
 * which for a write means uncertain. */
#pragma once

#include "ipc/roles.h"

#include <glib.h>

#define FN_IPC_MAX (1u << 20)
enum { FN_IPC_OK = 0, FN_IPC_FAILED = 1, FN_IPC_FIRST_OP = 16 };

typedef enum {
	FN_IPC_ERROR_CONNECT, /* nobody listens */
	FN_IPC_ERROR_LOST,    /* the peer died before it answered */
	FN_IPC_ERROR_FRAME,   /* broken or oversized frame */
	FN_IPC_ERROR_REFUSED, /* the peer answered FAILED; the message is "code: text" */
	FN_IPC_ERROR_BUSY,    /* too many requests under way */
} FnIpcError;
#define FN_IPC_ERROR (fn_ipc_error_quark())
GQuark fn_ipc_error_quark(void);

/* ---- client: thread-safe, pipelined, one connection ---- */
typedef struct FnIpcClient FnIpcClient;
/* Runs on the client's reader thread: be short, never call fn_ipc_call() from it. @reply is NULL on failure, borrowed. */
typedef void (*FnIpcReply)(GBytes *reply, const GError *error, gpointer data);

/* @path of the socket; @peer is the role that must be listening there (checked), FN_ROLE_ANY to skip. */
FnIpcClient *fn_ipc_client_new(const char *path, FnRole peer);
void fn_ipc_client_free(FnIpcClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnIpcClient, fn_ipc_client_free)
/* Asynchronous. @on_reply runs exactly once, even on failure (then perhaps before this returns). */
void fn_ipc_send(FnIpcClient *client, guint32 op, const void *payload, gsize size, FnIpcReply on_reply, gpointer data);
/* Blocking, at most @timeout_ms (0: 10 s). Caller owns the reply. */
GBytes *fn_ipc_call(FnIpcClient *client, guint32 op, const void *payload, gsize size, guint timeout_ms, GError **error);

/* ---- server: one epoll thread; handlers answer at once or keep the token and answer later from any thread ---- */
typedef struct FnIpcServer FnIpcServer;
typedef struct FnIpcToken FnIpcToken; /* one unanswered request; answered exactly once, safe after the peer's death */
typedef void (*FnIpcHandler)(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data);
/* Called when all frames that one wake-up brought were handled: the natural place for a group commit. May be NULL. */
typedef void (*FnIpcBatchEnd)(gpointer data);

/* Binds @path (directory made 0755, socket 0666: the uid check is the guard; a stale socket is replaced, a live one refuses). */
FnIpcServer *fn_ipc_server_new(const char *path, FnIpcHandler handler, FnIpcBatchEnd batch_end, gpointer data, GError **error);
/* Runs until fn_ipc_server_stop() (async-signal-safe). @also_fd (or -1) is watched too: @on_fd runs when readable. */
void fn_ipc_server_run(FnIpcServer *server);
void fn_ipc_server_stop(FnIpcServer *server);
void fn_ipc_server_free(FnIpcServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnIpcServer, fn_ipc_server_free)
void fn_ipc_reply(FnIpcToken *token, const void *payload, gsize size);
void fn_ipc_refuse(FnIpcToken *token, const char *code, const char *message);
