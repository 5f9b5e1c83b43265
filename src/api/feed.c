#include "api/feed.h"

#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "ledger/ledger.h"

#include <string.h>

#define TICK	  (G_USEC_PER_SEC / 2)
#define HEARTBEAT (15 * G_USEC_PER_SEC) /* below every time-out on the way */
#define LOOK	  (10 * G_USEC_PER_SEC) /* between two looks at a session */
#define BLIND	  (60 * G_USEC_PER_SEC) /* so long a session may not be looked at */
#define STRANGERS (10 * G_USEC_PER_SEC) /* between two looks whether refusals have waited for a minute */
#define FRAMES	  256u                   /* entries asked for at once */

struct FnFeed {
	gint refs; /* atomic: the answer, a read under way, a look at the session */
	FnFeeds *feeds;
	FnApi *api;
	FnFeedOptions options;
	char *origin, *account, *token, *terminal;
	const FnRoute *route;
	FnMutex mutex;
	/* under the mutex: */
	FnHttpRequest *request; /* good until ended */
	GString *out;           /* written, not yet taken */
	gsize out_at;
	GBytes *frames; /* read, not yet written */
	gsize frames_at;
	guint64 next; /* index of the next entry to be written */
	gboolean reading, waits, closing, broken, ended;
	gboolean gap; /* the next entry was pruned */
	gint64 said, looked; /* monotonic: when bytes last left, when the session last was good */
	gboolean looking;
};

struct FnFeeds {
	FnApi *api;
	pthread_t warden;
	FnMutex mutex; /* before a feed's */
	FnCond wake;
	GPtrArray *feeds; /* borrowed; each takes itself out */
	gboolean ending, look;
};

/* ---- a feed's life ---- */

static void
feed_unref(FnFeed *feed)
{
	if (!g_atomic_int_dec_and_test(&feed->refs))
		return;
	pthread_mutex_destroy(&feed->mutex);
	g_string_free(feed->out, TRUE);
	g_clear_pointer(&feed->frames, g_bytes_unref);
	g_free(feed->origin);
	g_free(feed->account);
	fn_secret_free(feed->token);
	g_free(feed->terminal);
	g_free(feed);
}

/* FALSE when there is no room for one more. */
static gboolean
enlist(FnFeeds *feeds, FnFeed *feed)
{
	guint his = 0;
	gboolean room;

	fn_mutex_lock(&feeds->mutex);
	for (guint i = 0; i < feeds->feeds->len; i++)
		his += g_str_equal(((FnFeed *)feeds->feeds->pdata[i])->account, feed->account);
	room = feeds->feeds->len < FN_FEEDS && his < FN_FEEDS_OF_ONE;
	if (room)
		g_ptr_array_add(feeds->feeds, feed);
	fn_mutex_unlock(&feeds->mutex);
	return room;
}

static void
leave(FnFeed *feed)
{
	fn_mutex_lock(&feed->feeds->mutex);
	g_ptr_array_remove_fast(feed->feeds->feeds, feed);
	fn_mutex_unlock(&feed->feeds->mutex);
	feed_unref(feed);
}

void
fn_feed_drop(FnFeed *feed)
{
	if (feed != NULL)
		leave(feed);
}

/* With the feed's mutex, which keeps the request from ending meanwhile. */
static void
wake(FnFeed *feed)
{
	if (!feed->ended && feed->request != NULL)
		fn_http_wake(feed->request);
}

/* ---- reading ---- */

static guint32
wanted(const FnFeed *feed)
{
	return (guint32)MIN(FRAMES, feed->options.until - feed->next);
}

/* With the mutex, under which the feed's own copy lives and ends: the client lets go of its one when it likes. At its end a feed that
 * follows waits for the warden; for any other that is a gap. */
static void
take_frames(FnFeed *feed, GBytes *frames)
{
	gsize size;
	gconstpointer data = g_bytes_get_data(frames, &size);
	gboolean none = size == 0;

	if (!none)
		feed->frames = g_bytes_new(data, size);
	feed->frames_at = 0;
	feed->waits = none && feed->options.follow;
	feed->broken |= none && !feed->options.follow;
}

/* A bundle has no gaps; whatever else is told goes on behind what was pruned. */
static gboolean
is_gap(const FnFeed *feed, const GError *error)
{
	return feed->options.form != FN_EXPORT_BUNDLE && fn_ipc_error_is(error, "pruned");
}

static gboolean
take_next(FnFeed *feed, GBytes *number)
{
	guint64 next;

	if (g_bytes_get_size(number) != sizeof(next))
		return FALSE;
	memcpy(&next, g_bytes_get_data(number, NULL), sizeof(next));
	next = GUINT64_FROM_LE(next);
	if (next <= feed->next)
		return FALSE;
	feed->next = MIN(next, feed->options.until);
	return TRUE;
}

/* With the mutex, which is let go here. */
static void
answered(FnFeed *feed)
{
	feed->reading = FALSE;
	wake(feed);
	fn_mutex_unlock(&feed->mutex);
	feed_unref(feed);
}

/* These two on the reader thread of the ledger's client: no more than this. */
static void
on_frames(GBytes *frames, const GError *error, gpointer data)
{
	FnFeed *feed = data;

	fn_mutex_lock(&feed->mutex);
	if (error == NULL)
		take_frames(feed, frames);
	else if (!(feed->gap = is_gap(feed, error)))
		feed->broken = TRUE;
	answered(feed);
}

static void
on_next(GBytes *number, const GError *error, gpointer data)
{
	FnFeed *feed = data;

	fn_mutex_lock(&feed->mutex);
	feed->gap = FALSE;
	feed->broken |= error != NULL || !take_next(feed, number);
	answered(feed);
}

static void
question(guint64 first, guint32 most, guint8 payload_out[12])
{
	first = GUINT64_TO_LE(first);
	most = GUINT32_TO_LE(most);
	memcpy(payload_out, &first, 8);
	memcpy(payload_out + 8, &most, 4);
}

/* With the mutex, which is let go for a moment: the answer may come before this returns. */
static void
read_more(FnFeed *feed)
{
	gboolean gap = feed->gap;
	guint8 payload[12];

	question(feed->next, wanted(feed), payload);
	feed->reading = TRUE;
	g_atomic_int_inc(&feed->refs);
	fn_mutex_unlock(&feed->mutex);
	if (gap)
		fn_ipc_send(feed->api->options.ledger, FN_LEDGER_OP_NEXT, payload, 8, on_next, feed);
	else
		fn_ipc_send(feed->api->options.ledger, FN_LEDGER_OP_READ, payload, sizeof(payload), on_frames, feed);
	fn_mutex_lock(&feed->mutex);
}

/* ---- writing ---- */

/* Writes entries until there is about one block. */
static void
write_some(FnFeed *feed)
{
	gsize size, at = feed->frames_at;
	const guint8 *data = g_bytes_get_data(feed->frames, &size);

	while (!feed->broken && size - at >= 2 && feed->out->len < FN_HTTP_BLOCK) {
		gsize length = (gsize)data[at] << 8 | data[at + 1];

		if (length > size - at - 2 || feed->next >= feed->options.until ||
		    !fn_export_write(feed->out, feed->options.form, feed->origin, feed->next, data + at + 2, length)) {
			feed->broken = TRUE;
			return;
		}
		at += 2 + length;
		feed->next++;
	}
	feed->broken |= size - at == 1;
	feed->frames_at = at;
	if (at == size)
		g_clear_pointer(&feed->frames, g_bytes_unref);
}

static gssize
take_out(FnFeed *feed, char *to, gsize room)
{
	gsize n = MIN(feed->out->len - feed->out_at, room);

	memcpy(to, feed->out->str + feed->out_at, n);
	feed->out_at += n;
	if (feed->out_at == feed->out->len) {
		g_string_truncate(feed->out, 0);
		feed->out_at = 0;
	}
	feed->said = g_get_monotonic_time();
	return (gssize)n;
}

/* With the mutex: the next state of a feed whose bytes have all left. */
static gboolean
goes_on(FnFeed *feed, gssize *result_out)
{
	gboolean over = feed->options.follow ? feed->closing : feed->next >= feed->options.until;

	*result_out = FN_HTTP_LATER;
	if (feed->broken || (feed->closing && !feed->options.follow))
		*result_out = -1;
	else if (over)
		*result_out = 0;
	else if (feed->frames != NULL)
		write_some(feed);
	else if (!feed->reading && !feed->waits)
		read_more(feed);
	else
		return FALSE;
	return *result_out == FN_HTTP_LATER;
}

static gssize
pull(gpointer data, char *to, gsize room)
{
	FnFeed *feed = data;
	gssize result = FN_HTTP_LATER;

	fn_mutex_lock(&feed->mutex);
	while (feed->out->len == 0 && goes_on(feed, &result))
		continue;
	if (feed->broken)
		result = -1;
	else if (feed->out->len > 0)
		result = take_out(feed, to, room);
	fn_mutex_unlock(&feed->mutex);
	return result;
}

static void
end(gpointer data)
{
	FnFeed *feed = data;

	fn_mutex_lock(&feed->mutex);
	feed->ended = TRUE;
	fn_mutex_unlock(&feed->mutex);
	leave(feed);
}

void
fn_feed_start(FnFeed *feed, FnHttpRequest *request)
{
	static const FnHttpHeader headers[] = { { "Cache-Control", "no-store" }, { NULL, NULL } };

	fn_mutex_lock(&feed->mutex);
	feed->request = request;
	feed->said = feed->looked = g_get_monotonic_time();
	if (feed->options.form == FN_EXPORT_EVENT)
		g_string_append(feed->out, "retry: 2000\n\n");
	fn_mutex_unlock(&feed->mutex);
	fn_http_stream(request, 200, fn_export_type(feed->options.form), headers, pull, end, feed);
}

/* ---- making one ---- */

static char *
origin_of(FnApiCall *call, GError **error)
{
	g_autoptr(GBytes) reply = fn_ipc_call(call->api->options.ledger, FN_LEDGER_OP_HEAD, NULL, 0, 0, error);
	json_t *head = reply != NULL ? fn_json_parse(g_bytes_get_data(reply, NULL), g_bytes_get_size(reply), error) : NULL;
	char *origin = head != NULL ? g_strdup(fn_json_get_text(head, "origin", TRUE, error)) : NULL;

	json_decref(head);
	return origin;
}

/* What cannot be read is told while there is still a status to tell it with. */
static gboolean
read_first(FnFeed *feed, GError **error)
{
	g_autoptr(GBytes) frames = NULL;
	g_autoptr(GError) why = NULL;
	guint8 payload[12];

	if (feed->next >= feed->options.until)
		return TRUE;
	question(feed->next, wanted(feed), payload);
	frames = fn_ipc_call(feed->api->options.ledger, FN_LEDGER_OP_READ, payload, sizeof(payload), 0, &why);
	if (frames != NULL)
		take_frames(feed, frames);
	else if (!(feed->gap = is_gap(feed, why)))
		g_propagate_error(error, g_steal_pointer(&why));
	return frames != NULL || feed->gap;
}

FnFeed *
fn_feed_new(FnApiCall *call, const FnFeedOptions *options, GError **error)
{
	FnFeed *feed = g_new0(FnFeed, 1);

	*feed = (FnFeed){ .refs = 1, .feeds = call->api->feeds, .api = call->api, .options = *options, .route = call->route,
		.account = g_strdup(call->actor->account), .token = g_strdup(fn_api_token(call)), .terminal = fn_api_terminal(call),
		.mutex = FN_MUTEX_INIT, .out = g_string_new(NULL), .next = options->from };
	if (!enlist(feed->feeds, feed)) {
		feed_unref(feed);
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_BUSY, "too many long answers are under way; try again later");
		return NULL;
	}
	if ((feed->origin = origin_of(call, error)) != NULL && read_first(feed, error))
		return feed;
	leave(feed);
	return NULL;
}

/* ---- the warden ---- */

/* On a thread of the pool, with its connection to the registry. */
static void
look(gpointer data, gpointer worker)
{
	FnFeed *feed = data;
	FnDb *db = fn_api_registry(worker, NULL);
	g_autoptr(FnActor) actor = db != NULL ? fn_people_session_seen(db, feed->token, feed->terminal, fn_time_now(),
		fn_api_idle(feed->api), NULL) : NULL;
	gboolean good = actor != NULL && fn_api_permits(feed->route, actor);

	fn_mutex_lock(&feed->mutex);
	feed->looking = FALSE;
	if (good)
		feed->looked = g_get_monotonic_time();
	else if (db != NULL)
		feed->closing = TRUE;
	wake(feed);
	fn_mutex_unlock(&feed->mutex);
	feed_unref(feed);
}

static void
look_soon(FnFeed *feed)
{
	if (fn_pool_push(feed->api->pool, look, feed))
		return;
	fn_mutex_lock(&feed->mutex);
	feed->looking = FALSE;
	fn_mutex_unlock(&feed->mutex);
	feed_unref(feed);
}

/* With both mutexes. A feed that has not started is its maker's alone. TRUE: its session is to be looked at. */
static gboolean
rouse(FnFeed *feed, gint64 now, gboolean all)
{
	gboolean due;

	if (feed->request == NULL || feed->ended)
		return FALSE;
	due = !feed->looking && (all || now - feed->looked >= LOOK);
	feed->looking |= due;
	feed->closing |= now - feed->looked >= BLIND;
	if (feed->options.follow && feed->out->len == 0 && now - feed->said >= HEARTBEAT)
		g_string_append(feed->out, ":\n\n");
	if (feed->waits || feed->closing || feed->out->len > 0) {
		feed->waits = FALSE;
		wake(feed);
	}
	return due;
}

/* With the mutex of the feeds. */
static void
visit(FnFeed *feed, gint64 now, gboolean all)
{
	gboolean due;

	fn_mutex_lock(&feed->mutex);
	due = rouse(feed, now, all);
	if (due)
		g_atomic_int_inc(&feed->refs);
	fn_mutex_unlock(&feed->mutex);
	if (due)
		look_soon(feed);
}

static void *
watch(void *data)
{
	FnFeeds *feeds = data;
	gint64 entered = g_get_monotonic_time();

	fn_mutex_lock(&feeds->mutex);
	while (!feeds->ending) {
		gint64 now;

		if (!feeds->look)
			(void)fn_cond_wait_for(&feeds->wake, &feeds->mutex, TICK);
		now = g_get_monotonic_time();
		for (guint i = 0; i < feeds->feeds->len; i++)
			visit(feeds->feeds->pdata[i], now, feeds->look);
		feeds->look = FALSE;
		if (now - entered >= STRANGERS) {
			entered = now;
			fn_mutex_unlock(&feeds->mutex);
			fn_api_enter_strangers(feeds->api, FALSE);
			fn_mutex_lock(&feeds->mutex);
		}
	}
	fn_mutex_unlock(&feeds->mutex);
	return NULL;
}

void
fn_feeds_look(FnFeeds *feeds)
{
	fn_mutex_lock(&feeds->mutex);
	feeds->look = feeds->feeds->len > 0;
	pthread_cond_signal(&feeds->wake);
	fn_mutex_unlock(&feeds->mutex);
}

FnFeeds *
fn_feeds_new(FnApi *api)
{
	FnFeeds *feeds = g_new0(FnFeeds, 1);
	int failed;

	feeds->api = api;
	feeds->mutex = (FnMutex)FN_MUTEX_INIT;
	feeds->wake = (FnCond)FN_COND_INIT;
	feeds->feeds = g_ptr_array_new();
	failed = pthread_create(&feeds->warden, NULL, watch, feeds);
	if (failed != 0)
		g_error("ledger feeds: cannot start a thread: %s", g_strerror(failed));
	return feeds;
}

void
fn_feeds_end(FnFeeds *feeds)
{
	fn_mutex_lock(&feeds->mutex);
	feeds->ending = TRUE;
	pthread_cond_signal(&feeds->wake);
	fn_mutex_unlock(&feeds->mutex);
	pthread_join(feeds->warden, NULL);
}

void
fn_feeds_free(FnFeeds *feeds)
{
	g_assert(feeds->feeds->len == 0);
	g_ptr_array_unref(feeds->feeds);
	g_free(feeds);
}
