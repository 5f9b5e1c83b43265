/* Large bodies: a few at a time, and never all of them one sender's. */
#include "http/http_priv.h"

#include <string.h>

static const FnHttpRefusal too_large = { 413, "body_too_large", "请求正文超过上限，请分批提交。",
	"The request body is larger than allowed: send it in parts." };
static const FnHttpRefusal busy = { 503, "busy", "正在接收的大文件过多，请稍后重试。",
	"Too many large documents are being received: try again later." };

static gboolean
take(FnHttpRequest *request, const char *owner)
{
	FnHttpServer *server = request->server;
	guint his = 0;
	gboolean room;

	fn_mutex_lock(&server->mutex);
	for (guint i = 0; i < server->large->len; i++)
		his += strcmp(server->large->pdata[i], owner) == 0;
	room = server->large->len < server->options.large_most && his < (server->options.large_most + 1) / 2;
	if (room) {
		request->large = g_strdup(owner);
		g_ptr_array_add(server->large, request->large);
	}
	fn_mutex_unlock(&server->mutex);
	return room;
}

const FnHttpRefusal *
fn_body_refusal(FnHttpRequest *request, guint64 size)
{
	const FnHttpOptions *options = &request->server->options;
	const char *owner;

	if (size <= options->body_max || (request->large != NULL && size <= options->large_max))
		return NULL;
	owner = options->large != NULL && size <= options->large_max ? options->large(request, options->data) : NULL;
	if (owner == NULL)
		return &too_large;
	return take(request, owner) ? NULL : &busy;
}

void
fn_large_leave(FnHttpRequest *request)
{
	FnHttpServer *server = request->server;

	if (request->large == NULL)
		return;
	fn_mutex_lock(&server->mutex);
	g_ptr_array_remove_fast(server->large, request->large);
	fn_mutex_unlock(&server->mutex);
	g_clear_pointer(&request->large, g_free);
}
