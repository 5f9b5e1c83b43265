#include "inspect/inspect.h"

#include "base/json.h"

#include <string.h>

enum { PIECE = FN_IPC_MAX - 8, END_MS = 600000 };

static GBytes *
open_job(FnIpcClient *client, const char *profile, const char *name, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	FnJson json = fn_json_to(text);

	fn_json_begin_object(&json);
	if (name != NULL)
		fn_json_member(&json, "name", name);
	if (profile != NULL)
		fn_json_member(&json, "profile", profile);
	fn_json_end_object(&json);
	return fn_ipc_call(client, FN_INSPECT_OP_OPEN, text->str, text->len, 0, error);
}

static gboolean
job_of(GBytes *reply, guint64 *job, GError **error)
{
	gsize size;
	const char *text = g_bytes_get_data(reply, &size);
	json_t *value = fn_json_parse(text, size, NULL), *number = json_object_get(value, "job");
	gboolean is = json_is_integer(number) && json_integer_value(number) > 0;

	if (is)
		*job = GUINT64_TO_LE((guint64)json_integer_value(number));
	else
		g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_FRAME, "the answer of fengni-inspect makes no sense");
	json_decref(value);
	return is;
}

/* FALSE on failure; what was said to an earlier piece may make later ones needless. */
static gboolean
send_all(FnIpcClient *client, guint64 job, const char *bytes, gsize size, GError **error)
{
	g_autofree char *frame = g_malloc(FN_IPC_MAX);
	gboolean more = TRUE;

	memcpy(frame, &job, sizeof(job));
	while (size > 0 && more) {
		g_autoptr(GBytes) reply = NULL;
		gsize part = MIN(size, PIECE);

		memcpy(frame + sizeof(job), bytes, part);
		if ((reply = fn_ipc_call(client, FN_INSPECT_OP_ADD, frame, sizeof(job) + part, END_MS, error)) == NULL)
			return FALSE;
		more = g_bytes_get_size(reply) == 1 && *(const char *)g_bytes_get_data(reply, NULL) != 0;
		bytes += part;
		size -= part;
	}
	return TRUE;
}

GBytes *
fn_inspect_ask(FnIpcClient *client, const char *profile, const char *name, const void *bytes, gsize size, GError **error)
{
	g_autoptr(GBytes) opened = open_job(client, profile, name, error);
	guint64 job;

	if (opened == NULL || !job_of(opened, &job, error))
		return NULL;
	if (send_all(client, job, bytes, size, error))
		return fn_ipc_call(client, FN_INSPECT_OP_END, &job, sizeof(job), END_MS, error);
	g_bytes_unref(fn_ipc_call(client, FN_INSPECT_OP_ABORT, &job, sizeof(job), 0, NULL));
	return NULL;
}
