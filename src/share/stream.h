/* The pipe between the thread that makes a batch and the HTTP thread that sends it: a bounded ring. */
#pragma once

#include "http/http.h"

#include <glib.h>

#define FN_STREAM_ROOM (512 * 1024)

typedef struct FnOutlet FnOutlet;
/* @left runs once, on an HTTP thread, when the caller has gone before the stream was closed. */
FnOutlet *fn_outlet_new(FnHttpRequest *request, void (*left)(gpointer data), gpointer data);
/* Answers the request with what will be put. Afterwards the request belongs to the stream. */
void fn_outlet_start(FnOutlet *stream, const char *content_type, const FnHttpHeader *headers);
/* Waits for room. FALSE: the caller has gone, or took nothing for @patience_ms. */
gboolean fn_outlet_put(FnOutlet *stream, const char *bytes, gsize size, guint patience_ms);
/* No more comes; @whole FALSE cuts the connection, so that nobody takes the rest for all. */
void fn_outlet_close(FnOutlet *stream, gboolean whole);
/* Waits until the HTTP side is through with it (sent, or gone), frees it, and tells whether all that was put was taken. */
gboolean fn_outlet_finish(FnOutlet *stream);
