/* Plain HTTP for the server with TLS before it. One worker decides, since each answer waits for the one before anyway. */
#include "witness/witness_priv.h"

#include "http/http.h"
#include "ipc/ipc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAITING     64u
#define CONNECTIONS 256u
#define IDLE        60u /* seconds */
#define GRACE_MS    3000u

struct FnWitnessServer {
	FnWitness *witness;
	FnHttpServer *http;
	FnPool *pool;
	void (*alarm)(const char *text);
	FnMutex mutex;
	gint64 second; /* that @answered counts */
	guint answered;
};

/* ---- the socket ---- */

static int
bind_address(const char *listen_on, GError **error)
{
	g_autofree char *host = g_strdup(listen_on);
	char *colon = strrchr(host, ':');
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd, on = 1;
	guint64 port = 0;

	if (colon != NULL)
		*colon = '\0';
	/* Whoever is beyond this machine comes through the server before us, which knows limits and TLS. */
	if (colon == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL) ||
	    inet_pton(AF_INET, host, &address.sin_addr) != 1 || ntohl(address.sin_addr.s_addr) >> 24 != 127) {
		g_set_error(error, FN_WITNESS_ERROR, FN_WITNESS_ERROR_OPEN, "listen: expected 127.0.0.1:PORT or the path of a socket");
		return -1;
	}
	address.sin_port = htons((guint16)port);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	g_set_error(error, FN_WITNESS_ERROR, FN_WITNESS_ERROR_OPEN, "%s: %s", listen_on, g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

int
fn_witness_bind(const FnWitness *witness, GError **error)
{
	const char *listen_on = fn_witness_listen(witness);

	return strchr(listen_on, '/') != NULL ? fn_socket_listen(listen_on, error) : bind_address(listen_on, error);
}

/* ---- requests ---- */

static void
run(gpointer data, gpointer worker)
{
	FnHttpRequest *request = data;
	FnWitnessServer *server = fn_http_get_data(request);
	FnWitnessAnswer answer;
	const char *body;
	gsize size;

	body = fn_http_body(request, &size);
	fn_witness_answer(server->witness, fn_http_method(request), fn_http_path(request), body, size, &answer);
	if (answer.alarm != NULL)
		server->alarm(answer.alarm);
	size = strlen(answer.body);
	fn_http_answer(request, answer.status, answer.type, NULL, g_steal_pointer(&answer.body), size);
	fn_witness_answer_clear(&answer);
}

/* Second by second; enough to keep a flood from the disk and the keys. */
static gboolean
within_rate(FnWitnessServer *server)
{
	gint64 second = g_get_monotonic_time() / G_USEC_PER_SEC;
	gboolean within;

	fn_mutex_lock(&server->mutex);
	if (second != server->second) {
		server->second = second;
		server->answered = 0;
	}
	within = server->answered < fn_witness_rate(server->witness);
	server->answered += within;
	fn_mutex_unlock(&server->mutex);
	return within;
}

static void
turn_away(FnHttpRequest *request, guint status, const char *why)
{
	static const FnHttpHeader later[] = { { "Retry-After", "1" }, { NULL, NULL } };

	fn_http_answer(request, status, "text/plain; charset=utf-8", later, g_strdup(why), strlen(why));
}

static void
on_request(FnHttpRequest *request, gpointer data)
{
	FnWitnessServer *server = data;

	fn_http_set_data(request, server, NULL);
	if (!within_rate(server))
		turn_away(request, 429, "too many requests: try again in a second\n");
	else if (!fn_pool_push(server->pool, run, request))
		turn_away(request, 503, "too many requests wait: try again in a second\n");
}

FnWitnessServer *
fn_witness_serve(FnWitness *witness, int fd, void (*alarm)(const char *text), GError **error)
{
	FnWitnessServer *server = g_new0(FnWitnessServer, 1);
	FnHttpOptions options = { .listen_fd = fd, .peer_uid = (uid_t)-1, .threads = 1, .body_max = FN_WITNESS_BODY_MAX,
		.connections = CONNECTIONS, .timeout = IDLE, .handler = on_request, .data = server };

	server->witness = witness;
	server->alarm = alarm;
	pthread_mutex_init(&server->mutex, NULL);
	server->pool = fn_pool_new("witness", 1, WAITING, NULL, NULL, NULL);
	server->http = fn_http_server_new(&options, error);
	if (server->http != NULL)
		return server;
	fn_witness_server_free(server);
	return NULL;
}

void
fn_witness_server_free(FnWitnessServer *server)
{
	if (server == NULL)
		return;
	fn_http_server_free(server->http, GRACE_MS);
	fn_pool_free(server->pool);
	pthread_mutex_destroy(&server->mutex);
	g_free(server);
}
