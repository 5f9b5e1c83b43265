#include "http/http_priv.h"

typedef struct {
	FnHttpRequest *request;
	FnHttpPull pull;
	void (*end)(gpointer data);
	gpointer data;
} Stream;

/* FALSE when a header cannot be sent as it is. */
static gboolean
add_headers(struct MHD_Response *response, const char *content_type, const FnHttpHeader *headers)
{
	gboolean all = TRUE;

	if (content_type != NULL)
		all = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type) == MHD_YES;
	for (; headers != NULL && headers->name != NULL; headers++)
		all &= MHD_add_response_header(response, headers->name, headers->value) == MHD_YES;
	return all;
}

static struct MHD_Response *
buffer_response(char *body, gsize size)
{
	struct MHD_Response *response = body == NULL || size == 0
		? MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT)
		: MHD_create_response_from_buffer_with_free_callback(size, body, g_free);

	g_assert(response != NULL);
	if (size == 0)
		g_free(body);
	return response;
}

static struct MHD_Response *
broken_header_response(guint *status)
{
	static const char detail[] = "an answer was made with a header that cannot be sent";
	gsize size;
	char *text = fn_problem_text(500, "internal", detail, NULL, NULL, &size);
	struct MHD_Response *response = buffer_response(text, size);
	gboolean fine = add_headers(response, FN_HTTP_PROBLEM_TYPE, NULL);

	g_assert(fine);
	*status = 500;
	return response;
}

struct MHD_Response *
fn_response_new(guint *status, const char *content_type, const FnHttpHeader *headers, char *body, gsize size)
{
	struct MHD_Response *response = buffer_response(body, size);

	if (add_headers(response, content_type, headers))
		return response;
	MHD_destroy_response(response);
	return broken_header_response(status);
}

/* With the request's mutex. */
static void
resume(FnHttpRequest *request)
{
	if (!request->suspended)
		return;
	request->suspended = FALSE;
	MHD_resume_connection(request->connection);
}

/* The one place where a request becomes answered; the handler's reference ends here. */
static void
settle(FnHttpRequest *request, guint status, struct MHD_Response *response)
{
	FnHttpServer *server = request->server;

	fn_mutex_lock(&request->mutex);
	g_assert(!request->answered);
	request->answered = TRUE;
	request->status = status;
	if (!request->cut && request->connection != NULL) {
		request->response = g_steal_pointer(&response);
		resume(request);
	}
	fn_mutex_unlock(&request->mutex);
	if (response != NULL)
		MHD_destroy_response(response);
	fn_mutex_lock(&server->mutex);
	if (--server->unanswered == 0)
		pthread_cond_broadcast(&server->quiet);
	fn_mutex_unlock(&server->mutex);
	fn_request_unref(request);
}

void
fn_http_answer(FnHttpRequest *request, guint status, const char *content_type, const FnHttpHeader *headers, char *body,
	gsize size)
{
	struct MHD_Response *response = fn_response_new(&status, content_type, headers, body, size);

	settle(request, status, response);
}

/* TRUE when the connection sleeps now; FALSE when it was woken meanwhile, or must end. */
static gboolean
sleep_until_woken(FnHttpRequest *request)
{
	gboolean sleeps;

	fn_mutex_lock(&request->mutex);
	sleeps = !request->woken && !request->cut;
	if (sleeps) {
		request->suspended = TRUE;
		MHD_suspend_connection(request->connection);
	}
	fn_mutex_unlock(&request->mutex);
	return sleeps;
}

static gboolean
begin_pull(FnHttpRequest *request)
{
	gboolean cut;

	fn_mutex_lock(&request->mutex);
	request->woken = FALSE;
	cut = request->cut;
	fn_mutex_unlock(&request->mutex);
	return !cut;
}

static ssize_t
pull(void *data, uint64_t at, char *to, size_t room)
{
	Stream *stream = data;

	while (begin_pull(stream->request)) {
		gssize n = stream->pull(stream->data, to, room);

		g_assert(n >= FN_HTTP_LATER && n <= (gssize)room);
		if (n > 0)
			return n;
		if (n == 0)
			return MHD_CONTENT_READER_END_OF_STREAM;
		if (n != FN_HTTP_LATER)
			return MHD_CONTENT_READER_END_WITH_ERROR;
		if (sleep_until_woken(stream->request))
			return 0;
	}
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

static void
end_stream(void *data)
{
	Stream *stream = data;

	if (stream->end != NULL)
		stream->end(stream->data);
	fn_request_unref(stream->request);
	g_free(stream);
}

void
fn_http_stream(FnHttpRequest *request, guint status, const char *content_type, const FnHttpHeader *headers,
	FnHttpPull pull_more, void (*end)(gpointer data), gpointer data)
{
	Stream *stream = g_new(Stream, 1);
	struct MHD_Response *response;

	*stream = (Stream){ fn_request_ref(request), pull_more, end, data };
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, FN_HTTP_BLOCK, pull, stream, end_stream);
	g_assert(response != NULL);
	if (!add_headers(response, content_type, headers)) {
		MHD_destroy_response(response);
		response = broken_header_response(&status);
	}
	settle(request, status, response);
}

void
fn_http_wake(FnHttpRequest *request)
{
	fn_mutex_lock(&request->mutex);
	request->woken = TRUE;
	if (request->answered)
		resume(request);
	fn_mutex_unlock(&request->mutex);
}
