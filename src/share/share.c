#include "share/share_priv.h"

#include "base/time.h"

#include <stdio.h>
#include <string.h>

#define DESK_THREADS 2
#define DESK_WAITING 1024
#define CALLERS_MOST 4096
#define NONCES_MOST  (4u << 20)

gint64
fn_share_clock(FnShare *share)
{
	return share->clock != NULL ? share->clock(share->clock_data) : fn_time_now();
}

void
fn_share_date(gint64 us, char out[11])
{
	GDate date;

	fn_time_date(us, &date);
	g_snprintf(out, 11, "%04u-%02u-%02u", (guint)(g_date_get_year(&date) % 10000u), (guint)g_date_get_month(&date) % 100u,
		(guint)g_date_get_day(&date) % 100u);
}

gboolean
fn_share_ready(FnShare *share)
{
	return g_atomic_int_get(&share->ready) != 0;
}

void
fn_share_take_off(FnShare *share)
{
	fn_mutex_lock(&share->flight_mutex);
	share->in_flight++;
	fn_mutex_unlock(&share->flight_mutex);
}

void
fn_share_land(FnShare *share)
{
	fn_mutex_lock(&share->flight_mutex);
	g_assert(share->in_flight > 0);
	if (--share->in_flight == 0)
		pthread_cond_broadcast(&share->landed);
	fn_mutex_unlock(&share->flight_mutex);
}

void
fn_share_digest_write(FnSuite suite, const guint8 *digest, char out[FN_DIGEST_TEXT])
{
	static const char hex[] = "0123456789abcdef";
	char *to = out + g_strlcpy(out, suite == FN_SUITE_GM ? "sm3:" : "sha-256:", FN_DIGEST_TEXT);

	for (guint i = 0; i < FN_DIGEST_SIZE; i++) {
		*to++ = hex[digest[i] >> 4];
		*to++ = hex[digest[i] & 15];
	}
	*to = '\0';
}

void
fn_share_digest_text(FnSuite suite, const void *data, gsize size, char out[FN_DIGEST_TEXT])
{
	guint8 digest[FN_DIGEST_SIZE];

	if (suite == FN_SUITE_GM)
		fn_sm3(data, size, digest);
	else
		fn_sha256(data, size, digest);
	fn_share_digest_write(suite, digest, out);
}

/* ---- waiting for an entry ---- */

typedef struct {
	FnMutex mutex;
	FnCond done_cond;
	gboolean done;
	char *id;
	GError *error;
} Waiting;

static void
on_entered(guint64 index, const guint8 *salt, const GError *error, gpointer data)
{
	Waiting *waiting = data;

	fn_mutex_lock(&waiting->mutex);
	if (error != NULL)
		waiting->error = g_error_copy(error);
	else
		fn_receipt_id(waiting->id, index, salt);
	waiting->done = TRUE;
	pthread_cond_signal(&waiting->done_cond);
	fn_mutex_unlock(&waiting->mutex);
}

gboolean
fn_share_enter(FnShare *share, FnClass class, const FnShareEntry *entry, char id_out[FN_RECEIPT_ID_SIZE], GError **error)
{
	g_autoptr(GString) text = g_string_sized_new(512);
	char id[FN_RECEIPT_ID_SIZE] = "";
	Waiting waiting = { .mutex = FN_MUTEX_INIT, .done_cond = FN_COND_INIT, .id = id };

	fn_share_entry_write(text, entry);
	fn_ledger_append(share->ledger, class, text->str, text->len, on_entered, &waiting);
	fn_mutex_lock(&waiting.mutex);
	while (!waiting.done)
		fn_cond_wait(&waiting.done_cond, &waiting.mutex);
	fn_mutex_unlock(&waiting.mutex);
	if (waiting.error != NULL) {
		g_propagate_error(error, waiting.error);
		return FALSE;
	}
	if (id_out != NULL)
		memcpy(id_out, id, sizeof(id));
	return TRUE;
}

/* ---- bulkheads ---- */

static FnBulkhead *
bulkhead_new(FnShare *share, const char *source, guint threads, guint waiting)
{
	FnBulkhead *bulkhead = g_new0(FnBulkhead, 1);

	bulkhead->share = share;
	bulkhead->source = g_strdup(source);
	bulkhead->pool = fn_pool_new(source != NULL ? "source" : "desk", threads, waiting, fn_worker_open, fn_worker_close, bulkhead);
	return bulkhead;
}

static void
bulkhead_free(gpointer data)
{
	FnBulkhead *bulkhead = data;

	if (bulkhead == NULL)
		return;
	fn_pool_free(bulkhead->pool);
	g_free(bulkhead->source);
	g_free(bulkhead);
}

/* Reading a file is work, not waiting: more threads than cores would only take turns. Two always, so that one slow query
 * does not stop all others. */
static guint
threads_for(FnShare *share, const FnSnapGrant *grant)
{
	guint threads = (guint)fn_settings_int(share->settings, "source_threads");

	return strstr(grant->spec, "\"sqlite\"") != NULL ? MIN(threads, MAX(2, g_get_num_processors() / 2)) : threads;
}

/* With the mutex of the pools. */
static FnBulkhead *
bulkhead_of(FnShare *share, const FnSnapGrant *grant)
{
	FnBulkhead *bulkhead;

	if (g_atomic_int_get(&share->ending))
		return NULL;
	bulkhead = g_hash_table_lookup(share->bulkheads, grant->source);
	if (bulkhead == NULL) {
		bulkhead = bulkhead_new(share, grant->source, threads_for(share, grant),
			(guint)fn_settings_int(share->settings, "source_waiting"));
		g_hash_table_insert(share->bulkheads, bulkhead->source, bulkhead);
	}
	return bulkhead;
}

FnBulkhead *
fn_share_bulkhead(FnShare *share, const FnSnapGrant *grant)
{
	FnBulkhead *bulkhead;

	fn_mutex_lock(&share->pools_mutex);
	bulkhead = bulkhead_of(share, grant);
	fn_mutex_unlock(&share->pools_mutex);
	return bulkhead;
}

gboolean
fn_share_push(FnShare *share, const FnSnapGrant *grant, FnJob job, gpointer data)
{
	FnBulkhead *bulkhead;
	gboolean taken;

	fn_mutex_lock(&share->pools_mutex);
	bulkhead = bulkhead_of(share, grant);
	taken = bulkhead != NULL && fn_pool_push(bulkhead->pool, job, data);
	fn_mutex_unlock(&share->pools_mutex);
	return taken;
}

gboolean
fn_share_enter_source(FnCall *call)
{
	FnBulkhead *bulkhead = call->grant->spec != NULL ? fn_share_bulkhead(call->share, call->grant) : NULL;
	gboolean room = FALSE;

	if (bulkhead == NULL)
		return FALSE;
	fn_mutex_lock(&call->share->pools_mutex);
	room = bulkhead->streams < ((guint)fn_settings_int(call->share->settings, "streams") + 1) / 2;
	bulkhead->streams += room;
	fn_mutex_unlock(&call->share->pools_mutex);
	return room;
}

void
fn_share_leave_source(FnShare *share, const char *source)
{
	FnBulkhead *bulkhead;

	fn_mutex_lock(&share->pools_mutex);
	bulkhead = g_hash_table_lookup(share->bulkheads, source);
	if (bulkhead != NULL)
		bulkhead->streams--;
	fn_mutex_unlock(&share->pools_mutex);
}

/* ---- life ---- */

static gboolean
read_minute(const FnSettings *settings, const char *key, guint *out, GError **error)
{
	const char *text = fn_settings_text(settings, key);
	guint hour, minute;
	char rest;

	if (strlen(text) != 5 || sscanf(text, "%2u:%2u%c", &hour, &minute, &rest) != 2 || hour * 60 + minute > 1440 || minute > 59) {
		g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_UNAVAILABLE, "fengni.conf: %s must be a time like 08:30, up to 24:00", key);
		return FALSE;
	}
	*out = hour * 60 + minute;
	return TRUE;
}

gboolean
fn_share_hours(const FnSettings *settings, FnHours *hours_out, GError **error)
{
	return read_minute(settings, "work_from", &hours_out->from, error) && read_minute(settings, "work_until", &hours_out->until, error);
}

static gboolean
read_settings(FnShare *share, GError **error)
{
	const char *root = fn_settings_text(share->settings, "source_root");

	if (!fn_suite_from_name(fn_settings_text(share->settings, "suite"), &share->suite)) {
		g_set_error(error, FN_SHARE_ERROR, FN_SHARE_ERROR_UNAVAILABLE, "fengni.conf: suite must be gm or intl");
		return FALSE;
	}
	share->source_root = *root != '\0' ? g_strdup(root) : fn_settings_path(share->settings, "sources");
	share->timeout_ms = (guint)fn_settings_int(share->settings, "source_timeout_ms");
	return fn_share_hours(share->settings, &share->hours, error);
}

static void
start_threads(FnShare *share)
{
	guint streams = (guint)fn_settings_int(share->settings, "streams");
	int failed;

	share->desk = bulkhead_new(share, NULL, DESK_THREADS, DESK_WAITING);
	share->streams = fn_pool_new("stream", streams, streams, fn_worker_open, fn_worker_close, share->desk);
	failed = pthread_create(&share->warden, NULL, fn_warden_run, share);
	g_assert(failed == 0);
}

FnShare *
fn_share_new(const FnShareOptions *options, GError **error)
{
	FnShare *share = g_new0(FnShare, 1);

	share->settings = options->settings;
	share->registry = g_strdup(options->registry);
	share->keeper = options->keeper;
	share->ledger = options->ledger;
	g_assert(options->scanner != NULL);
	share->scanner = options->scanner;
	share->clock = options->clock;
	share->clock_data = options->clock_data;
	share->snapshot_mutex = share->load_mutex = share->pools_mutex = share->flight_mutex =
		share->warden_mutex = (FnMutex)FN_MUTEX_INIT;
	share->landed = share->warden_wake = (FnCond)FN_COND_INIT;
	share->callers = fn_callers_new(CALLERS_MOST);
	share->nonces = fn_nonces_new(NONCES_MOST);
	share->quotas = fn_quotas_new();
	share->strangers = fn_strangers_new();
	share->bulkheads = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, bulkhead_free);
	share->workers = g_ptr_array_new();
	fn_nonces_begin(share->nonces, fn_time_now() / G_USEC_PER_SEC);
	if (!read_settings(share, error)) {
		fn_share_free(share);
		return NULL;
	}
	share->subjects = fn_subjects_new(share->keeper, share->suite);
	start_threads(share);
	return share;
}

static void
stop_threads(FnShare *share)
{
	g_atomic_int_set(&share->ending, TRUE);
	fn_mutex_lock(&share->pools_mutex); /* whoever is making a bulkhead now finishes first */
	fn_mutex_unlock(&share->pools_mutex);
	fn_pool_free(share->streams);
	bulkhead_free(share->desk); /* may still forward to the others */
	g_hash_table_remove_all(share->bulkheads);
	fn_mutex_lock(&share->warden_mutex);
	share->warden_ends = TRUE;
	pthread_cond_signal(&share->warden_wake);
	fn_mutex_unlock(&share->warden_mutex);
	pthread_join(share->warden, NULL);
	fn_mutex_lock(&share->flight_mutex);
	while (share->in_flight > 0)
		fn_cond_wait(&share->landed, &share->flight_mutex);
	fn_mutex_unlock(&share->flight_mutex);
}

void
fn_share_free(FnShare *share)
{
	if (share == NULL)
		return;
	if (share->desk != NULL)
		stop_threads(share);
	g_hash_table_unref(share->bulkheads);
	g_ptr_array_unref(share->workers);
	fn_callers_free(share->callers);
	fn_nonces_free(share->nonces);
	fn_quotas_free(share->quotas);
	fn_strangers_free(share->strangers);
	fn_snapshot_unref(share->snapshot);
	fn_verified_free(share->verified);
	fn_public_key_free(share->grant_key);
	fn_subjects_free(share->subjects);
	g_free(share->registry);
	g_free(share->source_root);
	g_free(share);
}
