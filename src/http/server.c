#include "http/http_priv.h"

#include "ipc/ipc.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTION_MEMORY (64u * 1024) /* request line and headers, and one block of a stream */
#define FIRST_BODY        (64u * 1024)

void
fn_http_server_unref(FnHttpServer *server)
{
	if (!g_atomic_int_dec_and_test(&server->refs))
		return;
	pthread_mutex_destroy(&server->mutex);
	pthread_cond_destroy(&server->quiet);
	g_ptr_array_unref(server->large);
	g_free((char *)server->options.socket_path);
	g_free(server);
}

/* ---- answers before and without the handler ---- */

static enum MHD_Result
queue_problem(const FnHttpRequest *request, struct MHD_Connection *connection, guint status, const char *code,
	const char *zh, const char *en)
{
	gsize size;
	char *text = fn_problem_text(status, code, fn_http_wants_chinese(request) ? zh : en, NULL, NULL, &size);
	struct MHD_Response *response = fn_response_new(&status, FN_HTTP_PROBLEM_TYPE, NULL, text, size);
	enum MHD_Result queued;

	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	queued = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return queued;
}

static enum MHD_Result
refuse_body(const FnHttpRequest *request, struct MHD_Connection *connection)
{
	const FnHttpRefusal *why = request->refusal;

	return queue_problem(request, connection, why->status, why->code, why->zh, why->en);
}

/* While a body comes in, MHD takes no answer. Nothing was sent yet on this connection for this request, so the answer may go
 * out by hand; the connection is closed after it. */
static enum MHD_Result
refuse_running_body(FnHttpRequest *request)
{
	const FnHttpRefusal *why = request->refusal;
	gsize size;
	g_autofree char *text = fn_problem_text(why->status, why->code, fn_http_wants_chinese(request) ? why->zh : why->en, NULL, NULL, &size);
	g_autofree char *whole = g_strdup_printf("HTTP/1.1 %u %s\r\nContent-Type: " FN_HTTP_PROBLEM_TYPE
						 "\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
		why->status, MHD_get_reason_phrase_for(why->status), size, text);

	/* Best effort: a peer that does not read loses the text, not the refusal. */
	if (send(request->fd, whole, strlen(whole), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return MHD_NO;
	return MHD_NO;
}

/* ---- one request ---- */

typedef struct {
	guint lengths;
	gboolean chunked, fine;
	guint64 length;
} Framing;

/* Which body is announced; a doubtful announcement (two lengths, length and chunks) is refused, never repaired. */
static Framing
body_framing(const FnHttpRequest *request)
{
	Framing framing = { .fine = TRUE };

	for (guint i = 0; i < request->fields->len; i++) {
		const FnHttpField *field = &g_array_index(request->fields, FnHttpField, i);

		if (g_ascii_strcasecmp(field->name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
			framing.lengths++;
			framing.fine &= g_ascii_string_to_unsigned(field->value, 10, 0, G_MAXINT64, &framing.length, NULL);
		} else if (g_ascii_strcasecmp(field->name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
			framing.chunked = TRUE;
		}
	}
	framing.fine &= framing.lengths + framing.chunked <= 1;
	return framing;
}

static enum MHD_Result
begin(FnHttpRequest *request, struct MHD_Connection *connection, const char *method)
{
	Framing framing;

	fn_request_begin(request, connection, method);
	framing = body_framing(request);
	if (request->target_wrong != NULL) {
		g_autofree char *en = g_strdup_printf("The address holds %s.", request->target_wrong);

		return queue_problem(request, connection, 400, "bad_target", "请求地址格式不正确。", en);
	}
	if (!framing.fine)
		return queue_problem(request, connection, 400, "bad_framing", "请求正文长度标示不正确。",
			"The length of the body is announced in a doubtful way.");
	request->refusal = fn_body_refusal(request, framing.length);
	if (request->refusal != NULL && framing.length > request->server->options.large_max)
		return refuse_body(request, connection);
	if (request->refusal == NULL && framing.length > 0)
		request->body = g_byte_array_sized_new((guint)MIN(framing.length, FIRST_BODY) + 1);
	return MHD_YES;
}

/* A refused body that may still come is let come: whoever passes it on is better at reading our answer after than in between. */
static enum MHD_Result
take_body(FnHttpRequest *request, const char *data, size_t *size)
{
	request->received += *size;
	if (request->refusal == NULL && (request->refusal = fn_body_refusal(request, request->received)) != NULL)
		g_clear_pointer(&request->body, g_byte_array_unref);
	if (request->refusal != NULL && request->received > request->server->options.large_max)
		return refuse_running_body(request);
	if (request->refusal == NULL) {
		if (request->body == NULL)
			request->body = g_byte_array_new();
		g_byte_array_append(request->body, (const guint8 *)data, (guint)*size);
	}
	*size = 0;
	return MHD_YES;
}

static enum MHD_Result
send_answer(FnHttpRequest *request, struct MHD_Connection *connection)
{
	struct MHD_Response *response;
	enum MHD_Result queued;

	fn_mutex_lock(&request->mutex);
	response = g_steal_pointer(&request->response);
	fn_mutex_unlock(&request->mutex);
	if (response == NULL) /* cut */
		return MHD_NO;
	queued = MHD_queue_response(connection, request->status, response);
	MHD_destroy_response(response);
	return queued;
}

/* FALSE when the server ends and takes no more. */
static gboolean
enlist(FnHttpRequest *request)
{
	FnHttpServer *server = request->server;
	gboolean taken;

	fn_mutex_lock(&server->mutex);
	taken = !server->ending;
	if (taken) {
		g_queue_push_tail_link(&server->live, &request->link);
		server->unanswered++;
		request->dispatched = TRUE;
	}
	fn_mutex_unlock(&server->mutex);
	return taken;
}

static enum MHD_Result
dispatch(FnHttpRequest *request, struct MHD_Connection *connection)
{
	gboolean waits, cut;

	if (!enlist(request))
		return queue_problem(request, connection, 503, "ending", "服务正在停止，请稍后重试。",
			"The server is ending: try again later.");
	if (request->body != NULL) {
		g_byte_array_append(request->body, (const guint8 *)"", 1);
		g_byte_array_set_size(request->body, request->body->len - 1);
	}
	fn_request_ref(request);
	request->server->options.handler(request, request->server->options.data);
	/* The answer may have come already, from this thread or another; only without it does the connection sleep. */
	fn_mutex_lock(&request->mutex);
	cut = request->cut;
	waits = !request->answered && !cut;
	if (waits) {
		request->suspended = TRUE;
		MHD_suspend_connection(connection);
	}
	fn_mutex_unlock(&request->mutex);
	if (waits)
		return MHD_YES;
	return cut ? MHD_NO : send_answer(request, connection);
}

/* ---- what MHD calls ---- */

static void *
on_target(void *data, const char *raw, struct MHD_Connection *connection)
{
	return fn_request_new(data, raw);
}

/* The target is read by us; MHD must not decode it a second time. */
static size_t
on_unescape(void *data, struct MHD_Connection *connection, char *text)
{
	return strlen(text);
}

static enum MHD_Result
on_request(void *data, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
	const char *upload, size_t *upload_size, void **slot)
{
	const union MHD_ConnectionInfo *stranger = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	FnHttpRequest *request = *slot;

	if (request == NULL || (stranger != NULL && stranger->socket_context != NULL))
		return MHD_NO;
	if (!request->begun)
		return begin(request, connection, method);
	if (*upload_size > 0)
		return take_body(request, upload, upload_size);
	if (request->refusal != NULL)
		return refuse_body(request, connection);
	if (!request->dispatched)
		return dispatch(request, connection);
	return send_answer(request, connection);
}

static void
on_completed(void *data, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode how)
{
	FnHttpRequest *request = g_steal_pointer(slot);
	struct MHD_Response *response;

	if (request == NULL)
		return;
	fn_mutex_lock(&request->mutex);
	request->connection = NULL;
	response = g_steal_pointer(&request->response);
	fn_mutex_unlock(&request->mutex);
	if (request->dispatched) {
		fn_mutex_lock(&request->server->mutex);
		g_queue_unlink(&request->server->live, &request->link);
		fn_mutex_unlock(&request->server->mutex);
	}
	if (response != NULL)
		MHD_destroy_response(response);
	fn_request_unref(request);
}

/* A peer of another user is marked and cut off; should bytes of it be read all the same, on_request() refuses. */
static void
on_connection(void *data, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode what)
{
	static char stranger;
	const FnHttpServer *server = data;
	struct ucred peer;
	socklen_t size = sizeof(peer);
	int fd;

	if (what != MHD_CONNECTION_NOTIFY_STARTED || server->options.peer_uid == (uid_t)-1)
		return;
	fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == server->options.peer_uid)
		return;
	*context = &stranger;
	shutdown(fd, SHUT_RDWR);
}

static void
on_log(void *data, const char *format, va_list arguments)
{
}

/* ---- the server ---- */

static struct MHD_Daemon *
start(FnHttpServer *server)
{
	const FnHttpOptions *options = &server->options;
	/* MHD calls a pool of one thread an error. */
	struct MHD_OptionItem pool[] = {
		{ options->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (intptr_t)options->threads, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};

	return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
		on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_LISTEN_SOCKET, server->listen_fd,
		MHD_OPTION_URI_LOG_CALLBACK, on_target, server, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
		MHD_OPTION_CONNECTION_LIMIT, MAX(options->connections, options->threads), MHD_OPTION_CONNECTION_TIMEOUT,
		options->timeout, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_ARRAY, pool,
		MHD_OPTION_END);
}

static void
stop_listening(const FnHttpServer *server)
{
	close(server->listen_fd);
	if (server->options.socket_path != NULL)
		unlink(server->options.socket_path);
}

FnHttpServer *
fn_http_server_new(const FnHttpOptions *options, GError **error)
{
	FnHttpServer *server;
	int fd = options->socket_path != NULL ? fn_socket_listen(options->socket_path, error) : options->listen_fd;

	if (fd < 0)
		return NULL;
	server = g_new0(FnHttpServer, 1);
	server->refs = 1;
	server->options = *options;
	server->options.socket_path = g_strdup(options->socket_path);
	server->listen_fd = fd;
	pthread_mutex_init(&server->mutex, NULL);
	pthread_cond_init(&server->quiet, NULL);
	server->large = g_ptr_array_new();
	server->daemon = start(server);
	if (server->daemon == NULL) {
		g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_CONNECT, "%s: the HTTP server does not start: %s",
			options->socket_path != NULL ? options->socket_path : "its socket", g_strerror(errno));
		stop_listening(server);
		fn_http_server_unref(server);
		return NULL;
	}
	return server;
}

static void
await_quiet(FnHttpServer *server, guint grace_ms)
{
	gint64 until = g_get_monotonic_time() + (gint64)grace_ms * 1000;
	gint64 left = (gint64)grace_ms * 1000;

	while (server->unanswered > 0 && left > 0) {
		fn_cond_wait_for(&server->quiet, &server->mutex, left);
		left = until - g_get_monotonic_time();
	}
}

/* MHD must have no sleeping connection when it is stopped. */
static void
cut_all(FnHttpServer *server)
{
	for (GList *at = server->live.head; at != NULL; at = at->next) {
		FnHttpRequest *request = at->data;

		fn_mutex_lock(&request->mutex);
		request->cut = TRUE;
		if (request->suspended)
			MHD_resume_connection(request->connection);
		request->suspended = FALSE;
		fn_mutex_unlock(&request->mutex);
	}
}

void
fn_http_server_free(FnHttpServer *server, guint grace_ms)
{
	if (server == NULL)
		return;
	MHD_quiesce_daemon(server->daemon);
	stop_listening(server);
	fn_mutex_lock(&server->mutex);
	await_quiet(server, grace_ms);
	server->ending = TRUE;
	cut_all(server);
	fn_mutex_unlock(&server->mutex);
	MHD_stop_daemon(server->daemon);
	fn_http_server_unref(server);
}
