#include "http/http_priv.h"

#include "base/text.h"

#include <poll.h>
#include <string.h>

FnHttpRequest *
fn_request_new(FnHttpServer *server, const char *raw_target)
{
	FnHttpRequest *request = g_new0(FnHttpRequest, 1);

	request->refs = 1;
	request->server = server;
	g_atomic_int_inc(&server->refs);
	request->target_wrong = fn_target_parse(raw_target, &request->target);
	request->link.data = request;
	request->fd = -1;
	pthread_mutex_init(&request->mutex, NULL);
	return request;
}

FnHttpRequest *
fn_request_ref(FnHttpRequest *request)
{
	g_atomic_int_inc(&request->refs);
	return request;
}

void
fn_request_unref(FnHttpRequest *request)
{
	if (!g_atomic_int_dec_and_test(&request->refs))
		return;
	if (request->own_free != NULL)
		request->own_free(request->own);
	g_assert(request->response == NULL);
	fn_target_clear(&request->target);
	g_clear_pointer(&request->fields, g_array_unref);
	g_clear_pointer(&request->body, g_byte_array_unref);
	fn_large_leave(request);
	g_free(request->field_text);
	g_free(request->method);
	pthread_mutex_destroy(&request->mutex);
	fn_http_server_unref(request->server);
	g_free(request);
}

/* Fields are first added as offsets, since the text moves while it grows. */
static enum MHD_Result
add_field(void *data, enum MHD_ValueKind kind, const char *name, size_t name_size, const char *value, size_t value_size)
{
	GByteArray *text = data;

	g_byte_array_append(text, (const guint8 *)name, (guint)name_size);
	g_byte_array_append(text, (const guint8 *)"", 1);
	g_byte_array_append(text, (const guint8 *)(value != NULL ? value : ""), (guint)value_size);
	g_byte_array_append(text, (const guint8 *)"", 1);
	return MHD_YES;
}

void
fn_request_begin(FnHttpRequest *request, struct MHD_Connection *connection, const char *method)
{
	GByteArray *text = g_byte_array_sized_new(1024);
	gsize size;

	request->begun = TRUE;
	request->method = g_strdup(method);
	request->connection = connection;
	request->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	MHD_get_connection_values_n(connection, MHD_HEADER_KIND, add_field, text);
	request->fields = g_array_sized_new(FALSE, FALSE, sizeof(FnHttpField), 16);
	request->field_text = (char *)g_byte_array_steal(text, &size);
	g_byte_array_unref(text);
	for (char *at = request->field_text; at < request->field_text + size;) {
		FnHttpField field = { .name = at };

		field.value = at + strlen(at) + 1;
		at = field.value + strlen(field.value) + 1;
		g_array_append_val(request->fields, field);
	}
}

const char *
fn_http_method(const FnHttpRequest *request)
{
	return request->method;
}

const char *
fn_http_path(const FnHttpRequest *request)
{
	return request->target.path;
}

const char *
fn_http_header(const FnHttpRequest *request, const char *name)
{
	for (guint i = 0; i < request->fields->len; i++) {
		const FnHttpField *field = &g_array_index(request->fields, FnHttpField, i);

		if (g_ascii_strcasecmp(field->name, name) == 0)
			return field->value;
	}
	return NULL;
}

char *
fn_http_address(const FnHttpRequest *request)
{
	const char *address = fn_http_header(request, "X-Fengni-Address");

	return address != NULL && *address != '\0' ? fn_text_safe(address, -1, 64) : NULL;
}

const char *
fn_http_query(const FnHttpRequest *request, const char *name)
{
	return fn_target_query(&request->target, name);
}

const char *
fn_http_query_name(const FnHttpRequest *request, guint i)
{
	const GPtrArray *query = request->target.query;

	return query != NULL && i < query->len / 2 ? query->pdata[2 * i] : NULL;
}

const char *
fn_http_body(const FnHttpRequest *request, gsize *size_out)
{
	if (size_out != NULL)
		*size_out = request->body != NULL ? request->body->len : 0;
	return request->body != NULL ? (const char *)request->body->data : "";
}

void
fn_http_set_data(FnHttpRequest *request, gpointer data, GDestroyNotify free)
{
	if (request->own_free != NULL)
		request->own_free(request->own);
	request->own = data;
	request->own_free = free;
}

gpointer
fn_http_get_data(const FnHttpRequest *request)
{
	return request->own;
}

gboolean
fn_http_gone(const FnHttpRequest *request)
{
	FnHttpRequest *mine = (FnHttpRequest *)request; /* only the lock changes */
	struct pollfd peer = { .events = 0 };
	gboolean gone;

	fn_mutex_lock(&mine->mutex);
	peer.fd = mine->fd;
	/* A caller that has only finished sending (half-close) still wants its answer. */
	gone = mine->connection == NULL || mine->cut || (poll(&peer, 1, 0) == 1 && (peer.revents & (POLLHUP | POLLERR)) != 0);
	fn_mutex_unlock(&mine->mutex);
	return gone;
}
