/* HTTP server on libmicrohttpd: no TLS, epoll and a thread pool, a Unix socket, suspended connections.
 *
 * The request handler runs on an HTTP thread and must never block: it takes the whole request (body within the limit
 * already read), hands it to a pool and returns. The answer comes later from any thread by exactly one fn_http_answer()
 * or fn_http_stream(). */
#pragma once

#include <glib.h>
#include <sys/types.h>

#define FN_HTTP_PROBLEM_TYPE "application/problem+json"
#define FN_HTTP_RECEIPT      "Fengni-Receipt" /* header that names the ledger entry of an answer */

typedef struct FnHttpServer FnHttpServer;
typedef struct FnHttpRequest FnHttpRequest;
typedef void (*FnHttpHandler)(FnHttpRequest *request, gpointer data);

typedef struct {
	const char *socket_path; /* directory made 0755, socket 0666; only @peer_uid may talk (others are closed at accept) */
	int listen_fd;           /* without a socket_path: a listening, non-blocking socket, which the server takes over */
	uid_t peer_uid;          /* (uid_t)-1: anyone */
	guint threads;
	gsize body_max;    /* larger: 413 at once, from Content-Length or while reading; below 4 GiB */
	guint connections; /* limit */
	guint timeout;     /* idle seconds; above the 30 s that the door keeps idle connections, or it meets closed ones */
	FnHttpHandler handler;
	gpointer data;
	/* Larger bodies for some requests, a few at a time, since they are kept in memory: who sends this one (an address), or NULL
	 * when @body_max holds for it. Called on an HTTP thread with the headers there; must not block. NULL: for none. */
	const char *(*large)(const FnHttpRequest *request, gpointer data);
	gsize large_max;  /* bytes, below 4 GiB; a body up to here that is refused is read to its end before it is answered */
	guint large_most; /* at a time, half of them for one sender; more: 503 */
} FnHttpOptions;

/* Starts threads: call it after fn_confine(). Errors are of FN_IPC_ERROR. */
FnHttpServer *fn_http_server_new(const FnHttpOptions *options, GError **error);
/* Stops taking connections, waits for unanswered requests at most @grace_ms, then cuts what is left and ends. A request that
 * is answered later is dropped in silence: its handler still owns it and still answers once. */
void fn_http_server_free(FnHttpServer *server, guint grace_ms);

const char *fn_http_method(const FnHttpRequest *request);
const char *fn_http_path(const FnHttpRequest *request); /* decoded once, no query; NUL and invalid UTF-8 were answered 400 */
/* The first field of that name, any case; NULL when there is none. */
const char *fn_http_header(const FnHttpRequest *request, const char *name);
/* The caller's address as the door saw it, in the form in which it is entered: cut at 64 bytes, controls escaped; NULL where no door
 * told one. Caller frees. */
char *fn_http_address(const FnHttpRequest *request);
/* The parameter, decoded, valid UTF-8 without controls; NULL when absent. One given twice was answered 400. */
const char *fn_http_query(const FnHttpRequest *request, const char *name);
/* The name of parameter @i, from 0 on; NULL behind the last. */
const char *fn_http_query_name(const FnHttpRequest *request, guint i);
/* Never NULL, NUL-terminated (the body may hold NULs of its own). @size_out may be NULL. */
const char *fn_http_body(const FnHttpRequest *request, gsize *size_out);
/* TRUE when Accept-Language prefers Chinese, or says nothing. */
gboolean fn_http_wants_chinese(const FnHttpRequest *request);
/* A slot for the handler's own data, freed with the request by @free. */
void fn_http_set_data(FnHttpRequest *request, gpointer data, GDestroyNotify free);
gpointer fn_http_get_data(const FnHttpRequest *request);
/* TRUE once the caller has hung up: work for it may stop. Looks at the socket when asked. Thread-safe, until the answer or, for
 * a stream, until its @end. */
gboolean fn_http_gone(const FnHttpRequest *request);

typedef struct {
	const char *name, *value;
} FnHttpHeader; /* arrays end with name == NULL */

/* Answers; takes @body over (g_free'd later; may be NULL). A header with a line break turns the answer into a 500. The request is freed afterwards: do not touch it again. */
void fn_http_answer(FnHttpRequest *request, guint status, const char *content_type, const FnHttpHeader *headers, char *body,
	gsize size);

/* A streamed answer of unknown length. @pull fills up to @room bytes and returns how many; 0: end of stream; -1: broken -
 * the connection is cut so that the client sees an incomplete answer; FN_HTTP_LATER: nothing yet - the connection sleeps
 * until fn_http_wake(). @end runs exactly once. @pull runs on an HTTP thread. */
#define FN_HTTP_LATER ((gssize)-2)
#define FN_HTTP_BLOCK (64u * 1024) /* most that one pull is asked for */
typedef gssize (*FnHttpPull)(gpointer data, char *to, gsize room);
void fn_http_stream(FnHttpRequest *request, guint status, const char *content_type, const FnHttpHeader *headers,
	FnHttpPull pull, void (*end)(gpointer data), gpointer data);
/* Wakes a stream that answered FN_HTTP_LATER. Thread-safe; harmless at other times until @end ran. */
void fn_http_wake(FnHttpRequest *request);

/* A problem document (RFC 9457): application/problem+json {"type":"urn:fengni:problem:CODE","code","title","status","detail",
 * "field"?, "receipt"?}; receipt repeats the header FN_HTTP_RECEIPT. @detail is in the language of Accept-Language (caller's part), @field may be NULL. */
void fn_http_problem(FnHttpRequest *request, guint status, const char *code, const char *detail, const char *field,
	const FnHttpHeader *headers);
