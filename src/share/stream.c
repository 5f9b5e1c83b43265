#include "share/stream.h"

#include "base/pool.h"

#include <string.h>

struct FnOutlet {
	FnMutex mutex;
	FnCond changed;
	FnHttpRequest *request; /* good until ended */
	void (*left)(gpointer data);
	gpointer data;
	char *ring;
	gsize at, held; /* first byte held, and how many */
	gboolean closed, whole, ended;
};

FnOutlet *
fn_outlet_new(FnHttpRequest *request, void (*left)(gpointer data), gpointer data)
{
	FnOutlet *stream = g_new0(FnOutlet, 1);

	stream->mutex = (FnMutex)FN_MUTEX_INIT;
	stream->changed = (FnCond)FN_COND_INIT;
	stream->request = request;
	stream->left = left;
	stream->data = data;
	stream->ring = g_malloc(FN_STREAM_ROOM);
	return stream;
}

static gsize
take(FnOutlet *stream, char *to, gsize room)
{
	gsize n = MIN(MIN(stream->held, room), FN_STREAM_ROOM - stream->at);

	memcpy(to, stream->ring + stream->at, n);
	explicit_bzero(stream->ring + stream->at, n); /* people's data does not stay behind */
	stream->at = (stream->at + n) % FN_STREAM_ROOM;
	stream->held -= n;
	return n;
}

static gssize
pull(gpointer data, char *to, gsize room)
{
	FnOutlet *stream = data;
	gssize n;

	fn_mutex_lock(&stream->mutex);
	if (stream->closed && !stream->whole) {
		n = -1;
	} else if (stream->held > 0) {
		n = (gssize)take(stream, to, room);
		pthread_cond_signal(&stream->changed);
	} else {
		n = stream->closed ? 0 : FN_HTTP_LATER;
	}
	fn_mutex_unlock(&stream->mutex);
	return n;
}

static void
end(gpointer data)
{
	FnOutlet *stream = data;

	fn_mutex_lock(&stream->mutex);
	if (!stream->closed && stream->left != NULL)
		stream->left(stream->data);
	stream->ended = TRUE;
	pthread_cond_signal(&stream->changed);
	fn_mutex_unlock(&stream->mutex);
}

void
fn_outlet_start(FnOutlet *stream, const char *content_type, const FnHttpHeader *headers)
{
	fn_http_stream(stream->request, 200, content_type, headers, pull, end, stream);
}

/* With the mutex; waking under it keeps @end from running in between. */
static void
wake(FnOutlet *stream)
{
	if (!stream->ended)
		fn_http_wake(stream->request);
}

gboolean
fn_outlet_put(FnOutlet *stream, const char *bytes, gsize size, guint patience_ms)
{
	gboolean good = TRUE;

	fn_mutex_lock(&stream->mutex);
	while (good && size > 0) {
		gsize from = (stream->at + stream->held) % FN_STREAM_ROOM;
		gsize n = MIN(MIN(size, FN_STREAM_ROOM - stream->held), FN_STREAM_ROOM - from);

		if (stream->ended) {
			good = FALSE;
		} else if (n == 0) {
			gsize before = stream->held;

			good = fn_cond_wait_for(&stream->changed, &stream->mutex, (gint64)patience_ms * 1000) || stream->held < before;
		} else {
			memcpy(stream->ring + from, bytes, n);
			stream->held += n;
			bytes += n;
			size -= n;
			wake(stream);
		}
	}
	good = good && !stream->ended;
	fn_mutex_unlock(&stream->mutex);
	return good;
}

void
fn_outlet_close(FnOutlet *stream, gboolean whole)
{
	fn_mutex_lock(&stream->mutex);
	stream->closed = TRUE;
	stream->whole = whole;
	wake(stream);
	fn_mutex_unlock(&stream->mutex);
}

gboolean
fn_outlet_finish(FnOutlet *stream)
{
	gboolean taken;

	fn_mutex_lock(&stream->mutex);
	while (!stream->ended)
		fn_cond_wait(&stream->changed, &stream->mutex);
	taken = stream->held == 0;
	fn_mutex_unlock(&stream->mutex);
	explicit_bzero(stream->ring, FN_STREAM_ROOM);
	g_free(stream->ring);
	g_free(stream);
	return taken;
}
