#include "share/warden.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

static void
stream_free(gpointer data)
{
	FnPastStream *stream = data;

	g_free(stream->id);
	g_free(stream->grant);
	g_free(stream->address);
	g_free(stream->organization);
	g_free(stream->provider);
	g_free(stream->system);
	g_free(stream->operator_account);
	g_free(stream->resource);
	g_free(stream->purpose);
	g_free(stream->case_number);
	g_free(stream);
}

void
fn_past_init(FnPast *past, const char *today)
{
	*past = (FnPast){ .today = today };
	past->used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	past->streams = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, stream_free);
}

void
fn_past_clear(FnPast *past)
{
	g_hash_table_unref(past->used);
	g_hash_table_unref(past->streams);
}

static const char *
text_of(const json_t *body, const char *name)
{
	return json_string_value(json_object_get(body, name));
}

static FnPastStream *
stream_of(FnPast *past, const char *id)
{
	FnPastStream *stream = g_hash_table_lookup(past->streams, id);

	if (stream == NULL) {
		stream = g_new0(FnPastStream, 1);
		stream->id = g_strdup(id);
		g_hash_table_insert(past->streams, stream->id, stream);
	}
	return stream;
}

static void
take_query(FnPast *past, const json_t *body)
{
	const char *grant = text_of(body, "grant");
	gint64 *used;

	if (grant == NULL || g_strcmp0(text_of(body, "date"), past->today) != 0)
		return;
	used = g_hash_table_lookup(past->used, grant);
	if (used == NULL) {
		used = g_new0(gint64, 1);
		g_hash_table_insert(past->used, g_strdup(grant), used);
	}
	++*used;
}

static void
take_open(FnPast *past, guint64 index, const char *salt, const json_t *body)
{
	char id[FN_RECEIPT_ID_SIZE];
	guint8 bytes[16];
	FnPastStream *stream;

	if (salt == NULL || !fn_unhex(salt, bytes, sizeof(bytes)))
		return;
	fn_receipt_id(id, index, bytes);
	stream = stream_of(past, id);
	if (stream->opened)
		return;
	stream->opened = TRUE;
	stream->address = g_strdup(text_of(body, "address"));
	stream->organization = g_strdup(text_of(body, "organization"));
	stream->provider = g_strdup(text_of(body, "provider"));
	stream->system = g_strdup(text_of(body, "system"));
	stream->operator_account = g_strdup(text_of(body, "operator"));
	stream->resource = g_strdup(text_of(body, "resource"));
	stream->purpose = g_strdup(text_of(body, "purpose"));
	stream->case_number = g_strdup(text_of(body, "case"));
}

static void
take_stream(FnPast *past, const json_t *body, gboolean closes)
{
	const char *id = text_of(body, "stream");
	FnPastStream *stream;

	if (id == NULL)
		return;
	stream = stream_of(past, id);
	stream->closed |= closes;
	stream->rows = MAX(stream->rows, json_integer_value(json_object_get(body, "rows")));
}

static void
take_body(FnPast *past, guint64 index, const char *salt, const json_t *body)
{
	const char *event = text_of(body, "event"), *id = text_of(body, "stream");
	FnPastStream *stream;

	if (g_strcmp0(event, "share.query") == 0 || g_strcmp0(event, "share.aggregate") == 0)
		take_query(past, body);
	else if (g_strcmp0(event, "share.ready") == 0)
		past->started = TRUE;
	else if (g_strcmp0(event, "share.batch.open") == 0)
		take_open(past, index, salt, body);
	else if (g_strcmp0(event, "share.batch.progress") == 0)
		take_stream(past, body, FALSE);
	else if (g_strcmp0(event, "share.batch.close") == 0)
		take_stream(past, body, TRUE);
	stream = id != NULL ? g_hash_table_lookup(past->streams, id) : NULL;
	if (stream != NULL) {
		stream->today |= g_strcmp0(text_of(body, "date"), past->today) == 0;
		if (stream->grant == NULL)
			stream->grant = g_strdup(text_of(body, "grant"));
	}
}

void
fn_past_take(FnPast *past, guint64 index, const char *entry, gsize size)
{
	json_t *parsed;

	if (memmem(entry, size, "\"event\":\"share.", 15) == NULL) /* most are not ours: cheap to see */
		return;
	parsed = fn_json_parse(entry, size, NULL);
	if (fn_share_entry_is_ours(text_of(parsed, "from")))
		take_body(past, index, text_of(parsed, "salt"), json_object_get(parsed, "body"));
	json_decref(parsed);
}
