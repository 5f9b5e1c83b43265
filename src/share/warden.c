#include "share/warden.h"

#include "base/json.h"
#include "base/time.h"
#include "share/share_priv.h"

#include <string.h>

#define CHUNK   2048 /* entries read at a time, backwards */
#define HISTORY ((gint64)25 * 3600 * G_USEC_PER_SEC) /* the day of any time zone lies in here */
#define TICK    ((gint64)200000)
#define RETRY   ((gint64)500000)

/* ---- start: what the ledger remembers ---- */

static gint64
time_of(const char *entry, gsize size)
{
	json_t *parsed = fn_json_parse(entry, size, NULL);
	gint64 time = G_MAXINT64;

	(void)fn_time_parse(json_string_value(json_object_get(parsed, "time")) != NULL ?
		json_string_value(json_object_get(parsed, "time")) : "", &time);
	json_decref(parsed);
	return time;
}

/* Takes in [first, end); *oldest_out is the time of the first. */
static gboolean
read_chunk(FnShare *share, FnPast *past, guint64 first, guint64 end, gint64 *oldest_out, GError **error)
{
	for (guint64 at = first; at < end;) {
		g_autoptr(GPtrArray) entries = fn_ledger_read_left(share->ledger, &at, (guint32)(end - at), error);

		if (entries == NULL)
			return FALSE;
		if (entries->len == 0 && at < end) {
			g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_UNAVAILABLE, "the ledger gives no entry %" G_GUINT64_FORMAT, at);
			return FALSE;
		}
		for (guint i = 0; i < entries->len && at < end; i++, at++) {
			gsize size;
			const char *text = g_bytes_get_data(g_ptr_array_index(entries, i), &size);

			if (i == 0)
				*oldest_out = MIN(*oldest_out, time_of(text, size));
			fn_past_take(past, at, text, size);
		}
	}
	return TRUE;
}

static gboolean
read_past(FnShare *share, FnPast *past, guint64 end, GError **error)
{
	gint64 horizon = fn_time_now() - HISTORY, oldest = G_MAXINT64;

	while (end > 0 && !(past->started && oldest < horizon)) {
		guint64 first = end > CHUNK ? end - CHUNK : 0;

		if (!read_chunk(share, past, first, end, &oldest, error))
			return FALSE;
		end = first;
	}
	return TRUE;
}

static gboolean
close_stream(FnShare *share, const FnPastStream *stream, GError **error)
{
	FnShareEntry entry = FN_SHARE_ENTRY("share.batch.close");

	entry.address = stream->address;
	entry.stream = stream->id;
	entry.grant = stream->grant;
	entry.organization = stream->organization;
	entry.provider = stream->provider;
	entry.system = stream->system;
	entry.operator_account = stream->operator_account;
	entry.resource = stream->resource;
	entry.purpose = stream->purpose;
	entry.case_number = stream->case_number;
	entry.mode = fn_share_mode_name(FN_MODE_BATCH);
	entry.code = "gate_restarted";
	entry.result = "broken";
	return fn_share_enter(share, FN_CLASS_3Y, &entry, NULL, error);
}

static gboolean
close_streams(FnShare *share, const FnPast *past, GError **error)
{
	GHashTableIter iter;
	const FnPastStream *stream;

	g_hash_table_iter_init(&iter, past->streams);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&stream))
		if (stream->opened && !stream->closed && !close_stream(share, stream, error))
			return FALSE;
	return TRUE;
}

static void
count_past(FnShare *share, const FnPast *past, gint64 now)
{
	const FnPastStream *stream;
	const char *grant;
	const gint64 *used;
	GHashTableIter iter;

	g_hash_table_iter_init(&iter, past->used);
	while (g_hash_table_iter_next(&iter, (gpointer *)&grant, (gpointer *)&used))
		fn_quotas_release(share->quotas, grant, -*used, now);
	g_hash_table_iter_init(&iter, past->streams);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&stream))
		if (stream->today && stream->grant != NULL)
			fn_quotas_release(share->quotas, stream->grant, -stream->rows, now);
}

/* What a former run had sent lies durable before our first entry; "share.ready" says that nothing before it is open. */
static gboolean
start(FnShare *share, GError **error)
{
	gint64 now = fn_share_clock(share);
	g_autofree char *today = fn_time_date_text(now);
	FnShareEntry begin = FN_SHARE_ENTRY("share.start"), ready = FN_SHARE_ENTRY("share.ready");
	char id[FN_RECEIPT_ID_SIZE];
	guint64 index = 0;
	guint8 salt[8];
	FnPast past;
	gboolean good;

	begin.policy = ready.policy = fn_suite_name(share->suite);
	fn_past_init(&past, today);
	good = fn_share_enter(share, FN_CLASS_1Y, &begin, id, error) && fn_receipt_id_parse(id, &index, salt) &&
		read_past(share, &past, index, error) && close_streams(share, &past, error) &&
		fn_share_enter(share, FN_CLASS_1Y, &ready, NULL, error);
	if (good)
		count_past(share, &past, now);
	fn_past_clear(&past);
	return good;
}

/* ---- afterwards ---- */

static void
cancel_gone(FnShare *share)
{
	fn_mutex_lock(&share->pools_mutex);
	for (guint i = 0; i < share->workers->len; i++) {
		FnWorker *worker = g_ptr_array_index(share->workers, i);

		fn_mutex_lock(&worker->mutex);
		if (worker->running != NULL && !worker->cancelled && worker->source != NULL && fn_http_gone(worker->running)) {
			worker->cancelled = TRUE;
			fn_source_cancel(worker->source);
		}
		fn_mutex_unlock(&worker->mutex);
	}
	fn_mutex_unlock(&share->pools_mutex);
}

/* FALSE once the share ends. */
static gboolean
wait_for(FnShare *share, gint64 us)
{
	gboolean ends;

	fn_mutex_lock(&share->warden_mutex);
	if (!share->warden_ends)
		(void)fn_cond_wait_for(&share->warden_wake, &share->warden_mutex, us);
	ends = share->warden_ends;
	fn_mutex_unlock(&share->warden_mutex);
	return !ends;
}

void *
fn_warden_run(void *data)
{
	FnShare *share = data;
	guint ticks = 0;

	while (!start(share, NULL)) /* the ledger may come later than we do */
		if (!wait_for(share, RETRY))
			return NULL;
	g_atomic_int_set(&share->ready, TRUE);
	while (wait_for(share, TICK)) {
		cancel_gone(share);
		if (++ticks % 5 == 0)
			fn_strangers_flush(share->strangers, fn_time_now(), FALSE, fn_share_enter_strangers, share);
	}
	fn_strangers_flush(share->strangers, fn_time_now(), TRUE, fn_share_enter_strangers, share);
	return NULL;
}
