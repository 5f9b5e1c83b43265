#include "ledger/ledger.h"

#include <string.h>

typedef struct {
	FnAppended done;
	gpointer data;
} Appending;

static gboolean
read_appended(GBytes *reply, guint64 *index_out, const guint8 **salt_out, GError **error)
{
	gsize size;
	const guint8 *data = g_bytes_get_data(reply, &size);

	if (size != 8 + 16) {
		g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_FRAME, "the ledger's answer has %" G_GSIZE_FORMAT " bytes instead of 24", size);
		return FALSE;
	}
	memcpy(index_out, data, 8);
	*index_out = GUINT64_FROM_LE(*index_out);
	*salt_out = data + 8;
	return TRUE;
}

static void
answered(GBytes *reply, const GError *error, gpointer data)
{
	Appending *appending = data;
	g_autoptr(GError) broken = NULL;
	const guint8 *salt = NULL;
	guint64 index = 0;

	if (error == NULL && !read_appended(reply, &index, &salt, &broken))
		error = broken;
	appending->done(error == NULL ? index : 0, error == NULL ? salt : NULL, error, appending->data);
	g_free(appending);
}

static GBytes *
request(FnClass class, const char *body, gsize size)
{
	guint8 *payload = g_malloc(size + 1);

	payload[0] = (guint8)class;
	memcpy(payload + 1, body, size);
	return g_bytes_new_take(payload, size + 1);
}

void
fn_ledger_append(FnIpcClient *ledger, FnClass class, const char *body, gsize size, FnAppended done, gpointer data)
{
	g_autoptr(GBytes) payload = request(class, body, size);
	Appending *appending = g_new(Appending, 1);

	*appending = (Appending){ done, data };
	fn_ipc_send(ledger, FN_LEDGER_OP_APPEND, g_bytes_get_data(payload, NULL), g_bytes_get_size(payload), answered, appending);
}

gboolean
fn_ledger_append_wait(FnIpcClient *ledger, FnClass class, const char *body, gsize size, guint64 *index_out, GError **error)
{
	g_autoptr(GBytes) payload = request(class, body, size);
	g_autoptr(GBytes) reply = fn_ipc_call(ledger, FN_LEDGER_OP_APPEND, g_bytes_get_data(payload, NULL), g_bytes_get_size(payload),
		0, error);
	const guint8 *salt;
	guint64 index;

	if (reply == NULL || !read_appended(reply, &index, &salt, error))
		return FALSE;
	if (index_out != NULL)
		*index_out = index;
	return TRUE;
}

GPtrArray *
fn_ledger_read(FnIpcClient *ledger, guint64 first, guint32 most, GError **error)
{
	g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_autoptr(GBytes) reply = NULL;
	guint8 payload[12];
	const guint8 *data;
	gsize size, at = 0;

	first = GUINT64_TO_LE(first);
	most = GUINT32_TO_LE(most);
	memcpy(payload, &first, 8);
	memcpy(payload + 8, &most, 4);
	reply = fn_ipc_call(ledger, FN_LEDGER_OP_READ, payload, sizeof(payload), 0, error);
	if (reply == NULL)
		return NULL;
	data = g_bytes_get_data(reply, &size);
	while (size - at >= 2) {
		gsize length = (gsize)data[at] << 8 | data[at + 1];

		if (length > size - at - 2)
			break;
		g_ptr_array_add(entries, g_bytes_new_from_bytes(reply, at + 2, length));
		at += 2 + length;
	}
	if (at == size)
		return g_steal_pointer(&entries);
	g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_FRAME, "the ledger's entries are cut short");
	return NULL;
}

static gboolean
call_number(FnIpcClient *ledger, guint32 op, const void *payload, gsize size, guint timeout_ms, guint64 *number_out, GError **error)
{
	g_autoptr(GBytes) reply = fn_ipc_call(ledger, op, payload, size, timeout_ms, error);

	if (reply == NULL)
		return FALSE;
	if (g_bytes_get_size(reply) != sizeof(*number_out)) {
		g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_FRAME, "the ledger's answer is no number");
		return FALSE;
	}
	memcpy(number_out, g_bytes_get_data(reply, NULL), sizeof(*number_out));
	*number_out = GUINT64_FROM_LE(*number_out);
	return TRUE;
}

gboolean
fn_ledger_next(FnIpcClient *ledger, guint64 index, guint64 *next_out, GError **error)
{
	guint64 payload = GUINT64_TO_LE(index);

	return call_number(ledger, FN_LEDGER_OP_NEXT, &payload, sizeof(payload), 0, next_out, error);
}

gboolean
fn_ledger_prune(FnIpcClient *ledger, const char *authorised, guint timeout_ms, guint64 *minimum_out, GError **error)
{
	return call_number(ledger, FN_LEDGER_OP_PRUNE, authorised, strlen(authorised), timeout_ms, minimum_out, error);
}

GPtrArray *
fn_ledger_read_left(FnIpcClient *ledger, guint64 *first, guint32 most, GError **error)
{
	g_autoptr(GError) why = NULL;
	GPtrArray *entries = fn_ledger_read(ledger, *first, most, &why);

	if (entries == NULL && fn_ipc_error_is(why, "pruned"))
		return fn_ledger_next(ledger, *first, first, error) ? fn_ledger_read(ledger, *first, most, error) : NULL;
	if (entries == NULL)
		g_propagate_error(error, g_steal_pointer(&why));
	return entries;
}

char *
fn_ledger_receipt(FnIpcClient *ledger, guint64 index, GError **error)
{
	guint64 payload = GUINT64_TO_LE(index);
	g_autoptr(GBytes) reply = fn_ipc_call(ledger, FN_LEDGER_OP_PROVE, &payload, sizeof(payload), 0, error);

	return reply != NULL ? g_strndup(g_bytes_get_data(reply, NULL), g_bytes_get_size(reply)) : NULL;
}

GBytes *
fn_ledger_file(FnIpcClient *ledger, const char *path, GError **error)
{
	return fn_ipc_call(ledger, FN_LEDGER_OP_FILE, path, strlen(path), 0, error);
}
