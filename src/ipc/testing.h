/* For tests: a program at the other end of a socket, played by a handler on a thread of its own. */
#pragma once

#include "ipc/ipc.h"

#include <pthread.h>

typedef struct {
	char *path;
	FnIpcServer *server;
	FnIpcClient *client; /* to it */
	pthread_t thread;
} TestPeer;

static inline void *
test_peer_run(void *server)
{
	fn_ipc_server_run(server);
	return NULL;
}

/* Serves DIRECTORY/NAME. */
static inline void
test_peer_start(TestPeer *peer, const char *directory, const char *name, FnIpcHandler handler, gpointer data)
{
	g_autoptr(GError) error = NULL;

	peer->path = g_build_filename(directory, name, NULL);
	peer->server = fn_ipc_server_new(peer->path, handler, NULL, data, &error);
	g_assert_no_error(error);
	g_assert_cmpint(pthread_create(&peer->thread, NULL, test_peer_run, peer->server), ==, 0);
	peer->client = fn_ipc_client_new(peer->path, FN_ROLE_ANY);
}

static inline void
test_peer_stop(TestPeer *peer)
{
	fn_ipc_client_free(peer->client);
	fn_ipc_server_stop(peer->server);
	pthread_join(peer->thread, NULL);
	fn_ipc_server_free(peer->server);
	g_free(peer->path);
}
