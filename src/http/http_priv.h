/* What the files of this room share about a request. */
#pragma once

#include "http/http.h"
#include "http/target_priv.h"

#include "base/pool.h"

#include <microhttpd.h>

struct FnHttpServer {
	gint refs; /* atomic: the owner and each request */
	FnHttpOptions options;
	struct MHD_Daemon *daemon;
	int listen_fd;
	FnMutex mutex;
	FnCond quiet; /* no request is unanswered */
	/* under the mutex: */
	GQueue live; /* FnHttpRequest that were handed to the handler and whose connection lives */
	guint unanswered;
	gboolean ending;
	GPtrArray *large; /* owners (char *) of the large bodies that are in memory */
};

typedef struct {
	char *name, *value; /* in the request's text */
} FnHttpField;

/* Life: MHD owns one reference from the request line until it reports completion, the handler one from dispatch until its
 * answer, a stream one until its end. Everything that the accessors return was copied, so that a handler may read it even
 * after the server has ended. */
struct FnHttpRequest {
	gint refs; /* atomic */
	FnHttpServer *server;
	FnHttpTarget target;
	const char *target_wrong; /* NULL, or why the target is no good */
	char *method;
	GArray *fields;   /* FnHttpField */
	char *field_text; /* where they lie */
	GByteArray *body; /* NUL-terminated once whole */
	gboolean begun, dispatched; /* HTTP thread */
	char *large; /* whose large body this is: in server->large; HTTP thread */
	guint64 received; /* bytes of the body so far; HTTP thread */
	const struct FnHttpRefusal *refusal; /* of the body: what comes of it is thrown away; HTTP thread */
	gpointer own;
	GDestroyNotify own_free;
	GList link; /* in server->live, with the server's mutex */
	FnMutex mutex;
	/* under the mutex: */
	struct MHD_Connection *connection; /* NULL once completed */
	int fd;
	struct MHD_Response *response; /* made, not yet queued */
	guint status;
	gboolean answered;  /* the handler has let go */
	gboolean suspended; /* MHD does not look at the connection before it is resumed */
	gboolean woken;     /* fn_http_wake() since the last pull began */
	gboolean cut;       /* the server ends: close, whatever comes */
};

FnHttpRequest *fn_request_new(FnHttpServer *server, const char *raw_target);
FnHttpRequest *fn_request_ref(FnHttpRequest *request);
void fn_request_unref(FnHttpRequest *request);
/* Copies method and header fields. HTTP thread, once. */
void fn_request_begin(FnHttpRequest *request, struct MHD_Connection *connection, const char *method);

/* Why the body may not have @size bytes, or NULL; then a large one has its place among the large ones. */
typedef struct FnHttpRefusal {
	guint status;
	const char *code, *zh, *en;
} FnHttpRefusal;
const FnHttpRefusal *fn_body_refusal(FnHttpRequest *request, guint64 size);
void fn_large_leave(FnHttpRequest *request);

/* The server as such, shared by its requests. */
void fn_http_server_unref(FnHttpServer *server);

/* A response with @content_type and @headers; takes @body over. Headers that cannot be sent (line breaks) make it a 500. */
struct MHD_Response *fn_response_new(guint *status, const char *content_type, const FnHttpHeader *headers, char *body,
	gsize size);
/* The JSON of a problem document. */
char *fn_problem_text(guint status, const char *code, const char *detail, const char *field, const FnHttpHeader *headers,
	gsize *size_out);
