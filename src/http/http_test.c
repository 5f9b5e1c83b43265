/* The server over its real socket, spoken to byte by byte. */
#include "http/http.h"

#include "base/json.h"
#include "base/pool.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define BODY_MAX  4096
#define LARGE_MAX 100000

typedef struct {
	char *directory, *path;
	FnHttpServer *server;
	FnPool *pool;
	FnMutex mutex;
	FnCond changed;
	guint ended, freed;
	gboolean looking, saw_gone;
	GPtrArray *kept;
} World;

typedef struct {
	World *world;
	FnHttpRequest *request;
	guint left;    /* pieces */
	gboolean ready, broken;
} Flow;

/* ---- handlers ---- */

static void
echo(FnHttpRequest *request)
{
	const FnHttpHeader headers[] = { { "X-Own", "yes" }, { NULL, NULL } };
	const char *query = fn_http_query(request, "q");
	const char *header = fn_http_header(request, "x-TEST");
	gsize size;
	const char *body = fn_http_body(request, &size);
	g_autofree char *address = fn_http_address(request);
	g_autofree char *text = g_strdup_printf("%s %s q=%s h=%s%s%s %zu:", fn_http_method(request), fn_http_path(request),
		query != NULL ? query : "-", header != NULL ? header : "-", address != NULL ? " from " : "", address != NULL ? address : "", size);
	gsize n = strlen(text);
	char *whole = g_malloc(n + size + 1);

	g_assert_cmpint(body[size], ==, '\0');
	memcpy(whole, text, n);
	memcpy(whole + n, body, size);
	fn_http_answer(request, 200, "text/plain", headers, whole, n + size);
}

static void
echo_job(gpointer data, gpointer worker)
{
	echo(data);
}

static void
note(World *world, gboolean *flag)
{
	fn_mutex_lock(&world->mutex);
	*flag = TRUE;
	pthread_cond_broadcast(&world->changed);
	fn_mutex_unlock(&world->mutex);
}

static void
await(World *world, const gboolean *flag)
{
	fn_mutex_lock(&world->mutex);
	while (!*flag)
		fn_cond_wait(&world->changed, &world->mutex);
	fn_mutex_unlock(&world->mutex);
}

static void
gone_job(gpointer data, gpointer worker)
{
	World *world = worker;

	note(world, &world->looking);
	while (!fn_http_gone(data))
		g_usleep(200);
	note(world, &world->saw_gone);
	fn_http_problem(data, 504, "gone", "nobody reads this", NULL, NULL);
}

static gssize
pull(gpointer data, char *to, gsize room)
{
	Flow *flow = data;
	World *world = flow->world;
	gssize n = 0;

	fn_mutex_lock(&world->mutex);
	if (!flow->ready)
		n = FN_HTTP_LATER;
	else if (flow->left > 0)
		n = snprintf(to, room, "piece %u\n", flow->left--);
	else if (flow->broken)
		n = -1;
	flow->ready = FALSE;
	fn_mutex_unlock(&world->mutex);
	return n;
}

static void
end(gpointer data)
{
	Flow *flow = data;

	fn_mutex_lock(&flow->world->mutex);
	flow->world->ended++;
	flow->request = NULL;
	pthread_cond_broadcast(&flow->world->changed);
	fn_mutex_unlock(&flow->world->mutex);
}

/* Wakes a stream until it has ended. Whoever wakes from outside must know that @end did not run yet: here by the mutex, which
 * the server never holds while it takes its own. */
static void
flow_job(gpointer data, gpointer worker)
{
	Flow *flow = data;
	gboolean running = TRUE;

	while (running) {
		fn_mutex_lock(&flow->world->mutex);
		running = flow->request != NULL;
		flow->ready = TRUE;
		if (running)
			fn_http_wake(flow->request);
		fn_mutex_unlock(&flow->world->mutex);
		g_usleep(100);
	}
	g_free(flow);
}

static void
start_flow(World *world, FnHttpRequest *request, gboolean broken)
{
	Flow *flow = g_new0(Flow, 1);

	*flow = (Flow){ world, request, 5, FALSE, broken };
	fn_http_stream(request, 200, "application/x-ndjson", NULL, pull, end, flow);
	g_assert_true(fn_pool_push(world->pool, flow_job, flow));
}

static void
count_free(gpointer data)
{
	g_atomic_int_inc(&((World *)data)->freed);
}

static void
handle(FnHttpRequest *request, gpointer data)
{
	static const FnHttpHeader bad[] = { { "X-Bad", "a\r\nSet-Cookie: b" }, { NULL, NULL } };
	static const FnHttpHeader receipt[] = { { FN_HTTP_RECEIPT, "r-1" }, { NULL, NULL } };
	const char *path = fn_http_path(request);
	World *world = data;

	fn_http_set_data(request, world, count_free);
	g_assert_true(fn_http_get_data(request) == world);
	if (g_str_equal(path, "/later")) {
		g_assert_true(fn_pool_push(world->pool, echo_job, request));
	} else if (g_str_equal(path, "/gone")) {
		g_assert_true(fn_pool_push(world->pool, gone_job, request));
	} else if (g_str_equal(path, "/keep")) {
		fn_mutex_lock(&world->mutex);
		g_ptr_array_add(world->kept, request);
		pthread_cond_broadcast(&world->changed);
		fn_mutex_unlock(&world->mutex);
	} else if (g_str_equal(path, "/stream") || g_str_equal(path, "/broken")) {
		start_flow(world, request, g_str_equal(path, "/broken"));
	} else if (g_str_equal(path, "/bad-header")) {
		fn_http_answer(request, 200, NULL, bad, NULL, 0);
	} else if (g_str_equal(path, "/problem")) {
		fn_http_problem(request, 403, "no_case", "a \"quote\",\n a \\ and 人", "case", receipt);
	} else {
		echo(request);
	}
}

/* Whoever says who he is may send more to these. */
static const char *
large(const FnHttpRequest *request, gpointer data)
{
	return g_str_equal(fn_http_path(request), "/keep") || g_str_equal(fn_http_path(request), "/later") ? fn_http_header(request, "X-Test") : NULL;
}

/* ---- the world ---- */

static gpointer
same(gpointer data)
{
	return data;
}

static void
start(World *world, uid_t peer)
{
	g_autoptr(GError) error = NULL;
	FnHttpOptions options = { .socket_path = world->path, .peer_uid = peer, .threads = 2, .body_max = BODY_MAX, .connections = 200,
		.timeout = 60, .handler = handle, .data = world, .large = large, .large_max = LARGE_MAX, .large_most = 4 };

	world->server = fn_http_server_new(&options, &error);
	g_assert_no_error(error);
}

static void
set_up(World *world, gconstpointer unused)
{
	world->directory = g_dir_make_tmp("fn-http-XXXXXX", NULL);
	world->path = g_build_filename(world->directory, "test.sock", NULL);
	world->kept = g_ptr_array_new();
	pthread_mutex_init(&world->mutex, NULL);
	pthread_cond_init(&world->changed, NULL);
	world->pool = fn_pool_new("answer", 2, 10000, same, NULL, world);
	start(world, (uid_t)-1);
}

static void
tear_down(World *world, gconstpointer unused)
{
	fn_http_server_free(world->server, 5000);
	fn_pool_free(world->pool);
	g_ptr_array_unref(world->kept);
	g_assert_cmpint(rmdir(world->directory), ==, 0);
	pthread_mutex_destroy(&world->mutex);
	pthread_cond_destroy(&world->changed);
	g_free(world->path);
	g_free(world->directory);
}

static int
dial(const World *world)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_strlcpy(address.sun_path, world->path, sizeof(address.sun_path));
	g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
	return fd;
}

static void
say(int fd, const char *text)
{
	while (*text != '\0') {
		ssize_t n = send(fd, text, strlen(text), MSG_NOSIGNAL);

		if (n < 0) /* refused meanwhile */
			return;
		text += n;
	}
}

/* All that comes until the server closes. */
static char *
hear(int fd)
{
	GString *text = g_string_new(NULL);
	char piece[4096];
	ssize_t n;

	while ((n = recv(fd, piece, sizeof(piece), 0)) > 0)
		g_string_append_len(text, piece, n);
	close(fd);
	return g_string_free(text, FALSE);
}

static char *
ask(const World *world, const char *request)
{
	int fd = dial(world);

	say(fd, request);
	return hear(fd);
}

/* ---- tests ---- */

static const struct {
	const char *why, *request, *status, *holds;
} talks[] = {
	{ "plain", "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "200", "GET /a q=- h=- 0:" },
	{ "told by the door", "GET /a HTTP/1.1\r\nHost: x\r\nX-Fengni-Address: 10.0.0.7\r\nX-Fengni-Address: 1.2.3.4\r\nConnection: close\r\n\r\n", "200",
		"GET /a q=- h=- from 10.0.0.7 0:" },
	{ "an address that is none", "GET /a HTTP/1.1\r\nHost: x\r\nX-Fengni-Address: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
		"Connection: close\r\n\r\n", "200", "from aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa… 0:" },
	{ "an empty address", "GET /a HTTP/1.1\r\nHost: x\r\nX-Fengni-Address:\r\nConnection: close\r\n\r\n", "200", "q=- h=- 0:" },
	{ "own header", "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "200", "X-Own: yes" },
	{ "decoded once", "GET /%E4%BA%BA%2541?q=%26+ HTTP/1.1\r\nHost: x\r\nX-Test: t\r\nConnection: close\r\n\r\n", "200",
		"GET /人%41 q=&  h=t 0:" },
	{ "body", "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", "200",
		"POST /b q=- h=- 5:hello" },
	{ "chunks", "PUT /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
		"200", "PUT /b q=- h=- 5:hello" },
	{ "from a pool", "POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi", "200",
		"POST /later q=- h=- 2:hi" },
	{ "dot segment", "GET /a/../b HTTP/1.1\r\nHost: x\r\n\r\n", "400", "bad_target" },
	{ "encoded dot", "GET /a/%2e%2e/b HTTP/1.1\r\nHost: x\r\n\r\n", "400", "bad_target" },
	{ "NUL", "GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n", "400", "bad_target" },
	{ "UTF-8", "GET /%ff HTTP/1.1\r\nHost: x\r\nAccept-Language: en\r\n\r\n", "400", "text that is not UTF-8" },
	{ "in Chinese", "GET /%ff HTTP/1.1\r\nHost: x\r\nAccept-Language: zh-CN,en;q=0.5\r\n\r\n", "400", "请求地址格式不正确" },
	{ "absolute", "GET http://a/b HTTP/1.1\r\nHost: x\r\n\r\n", "400", "bad_target" },
	{ "twice", "GET /a?q=1&q=2 HTTP/1.1\r\nHost: x\r\n\r\n", "400", "bad_target" },
	{ "large", "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2147483648\r\n\r\n", "413", "body_too_large" },
	{ "just too large", "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n", "413", "body_too_large" },
	{ "two lengths", "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400", "" },
	{ "length and chunks",
		"POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", "" },
	{ "length no number", "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "400", "" },
	{ "header with a line break", "GET /bad-header HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "500", "internal" },
	{ "problem", "GET /problem HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "403", "application/problem+json" },
};

static void
test_talk(World *world, gconstpointer unused)
{
	for (gsize i = 0; i < G_N_ELEMENTS(talks); i++) {
		g_autofree char *answer = ask(world, talks[i].request);
		g_autofree char *status = g_strdup_printf("HTTP/1.1 %s ", talks[i].status);

		g_test_message("%s: %s", talks[i].why, answer);
		g_assert_true(g_str_has_prefix(answer, status));
		g_assert_nonnull(strstr(answer, talks[i].holds));
		g_assert_null(strstr(answer, "Set-Cookie"));
	}
}

static void
test_problem(World *world, gconstpointer unused)
{
	g_autofree char *answer = ask(world, "GET /problem HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	const char *body = strstr(answer, "\r\n\r\n");
	g_autoptr(GError) error = NULL;
	json_t *problem = fn_json_parse(body + 4, strlen(body + 4), &error);

	g_assert_no_error(error);
	g_assert_cmpstr(json_string_value(json_object_get(problem, "type")), ==, "urn:fengni:problem:no_case");
	g_assert_cmpstr(json_string_value(json_object_get(problem, "code")), ==, "no_case");
	g_assert_cmpstr(json_string_value(json_object_get(problem, "title")), ==, "Forbidden");
	g_assert_cmpint(json_integer_value(json_object_get(problem, "status")), ==, 403);
	g_assert_cmpstr(json_string_value(json_object_get(problem, "detail")), ==, "a \"quote\",\n a \\ and 人");
	g_assert_cmpstr(json_string_value(json_object_get(problem, "field")), ==, "case");
	g_assert_cmpstr(json_string_value(json_object_get(problem, "receipt")), ==, "r-1");
	json_decref(problem);
}

/* Chunks beyond the limit: refused while they come, not after. */
static void
test_endless_body(World *world, gconstpointer unused)
{
	int fd = dial(world);
	g_autofree char *answer = NULL;
	char chunk[1100];

	say(fd, "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	memset(chunk, 'x', sizeof(chunk));
	memcpy(chunk, "400\r\n", 5);
	memcpy(chunk + 5 + 1024, "\r\n", 3);
	for (int i = 0; i < 100; i++)
		say(fd, chunk);
	answer = hear(fd);
	g_assert_true(g_str_has_prefix(answer, "HTTP/1.1 413 "));
	g_assert_nonnull(strstr(answer, "body_too_large"));
	g_assert_null(strstr(answer, "POST /b"));
}

static void
test_largest_body(World *world, gconstpointer unused)
{
	g_autofree char *body = g_strnfill(BODY_MAX, 'y');
	g_autofree char *request = g_strdup_printf(
		"POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", BODY_MAX, body);
	g_autofree char *answer = ask(world, request);

	g_assert_true(g_str_has_prefix(answer, "HTTP/1.1 200 "));
	g_assert_true(g_str_has_suffix(answer, body));
}

static FnHttpRequest *
await_kept(World *world, guint n)
{
	FnHttpRequest *last;

	fn_mutex_lock(&world->mutex);
	while (world->kept->len < n)
		fn_cond_wait(&world->changed, &world->mutex);
	last = world->kept->pdata[n - 1];
	fn_mutex_unlock(&world->mutex);
	return last;
}

/* A request with a body of @size bytes by @owner (NULL: unnamed); the connection. */
static int
send_large(const World *world, const char *path, const char *owner, gsize size, gboolean chunked)
{
	g_autofree char *body = g_strnfill(size, 'z'), *who = owner != NULL ? g_strdup_printf("X-Test: %s\r\n", owner) : g_strdup("");
	g_autofree char *request = chunked
		? g_strdup_printf("POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%sTransfer-Encoding: chunked\r\n\r\n%zx\r\n%s\r\n0\r\n\r\n", path, who, size, body)
		: g_strdup_printf("POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n%s", path, who, size, body);
	int fd = dial(world);

	say(fd, request);
	return fd;
}

static void
expect_large(const World *world, const char *path, const char *owner, gsize size, const char *status)
{
	for (int chunked = 0; chunked < 2; chunked++) {
		g_autofree char *answer = hear(send_large(world, path, owner, size, chunked)), *line = g_strdup_printf("HTTP/1.1 %s ", status);

		g_test_message("%s %s %zu: %.100s", path, owner, size, answer);
		g_assert_true(g_str_has_prefix(answer, line));
	}
}

static void
test_large(World *world, gconstpointer unused)
{
	int fd[4];

	expect_large(world, "/later", "a", LARGE_MAX, "200");
	expect_large(world, "/later", "a", LARGE_MAX + 1, "413");
	expect_large(world, "/later", NULL, BODY_MAX, "200");
	expect_large(world, "/later", NULL, BODY_MAX + 1, "413");
	expect_large(world, "/else", "a", BODY_MAX + 1, "413");
	/* one sender has at most half of the places, all together have all */
	for (guint i = 0; i < G_N_ELEMENTS(fd); i++) {
		fd[i] = send_large(world, "/keep", i < 2 ? "a" : "b", LARGE_MAX, i % 2);
		await_kept(world, i + 1);
		if (i >= 1)
			expect_large(world, "/later", "a", LARGE_MAX, "503");
		if (i == 2)
			expect_large(world, "/later", "b", LARGE_MAX, "200");
	}
	expect_large(world, "/later", "c", LARGE_MAX, "503");
	expect_large(world, "/later", "c", BODY_MAX, "200");
	/* whose request is over gives its place back */
	for (guint i = 0; i < G_N_ELEMENTS(fd); i++) {
		g_autofree char *answer = NULL;

		echo(world->kept->pdata[i]);
		answer = hear(fd[i]);
		g_assert_true(g_str_has_prefix(answer, "HTTP/1.1 200 "));
	}
	for (guint i = 0; i < 2 * G_N_ELEMENTS(fd); i++)
		expect_large(world, "/later", "a", LARGE_MAX, "200");
}

static guint
occurrences(const char *text, const char *of)
{
	guint n = 0;

	for (const char *at = text; (at = strstr(at, of)) != NULL; at++)
		n++;
	return n;
}

static void *
keep_alive(void *data)
{
	World *world = data;
	g_autoptr(GString) all = g_string_new(NULL);
	g_autofree char *answer = NULL;

	for (int i = 0; i < 200; i++)
		g_string_append_printf(all, "GET /%s?q=%d HTTP/1.1\r\nHost: x\r\n%s\r\n", i % 2 == 0 ? "later" : "now", i,
			i == 199 ? "Connection: close\r\n" : "");
	answer = ask(world, all->str);
	g_assert_cmpuint(occurrences(answer, "HTTP/1.1 200 "), ==, 200);
	g_assert_nonnull(strstr(answer, "GET /later q=198 "));
	return NULL;
}

static void
test_many(World *world, gconstpointer unused)
{
	pthread_t thread[8];

	for (gsize i = 0; i < G_N_ELEMENTS(thread); i++)
		g_assert_cmpint(pthread_create(&thread[i], NULL, keep_alive, world), ==, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(thread); i++)
		pthread_join(thread[i], NULL);
	fn_http_server_free(g_steal_pointer(&world->server), 5000);
	g_assert_cmpuint(world->freed, ==, 8 * 200); /* the handlers' data */
}

static void
test_stream(World *world, gconstpointer unused)
{
	g_autofree char *whole = ask(world, "GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	g_autofree char *broken = ask(world, "GET /broken HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

	g_assert_nonnull(strstr(whole, "Transfer-Encoding: chunked"));
	g_assert_nonnull(strstr(whole, "piece 5\n"));
	g_assert_nonnull(strstr(whole, "piece 1\n"));
	g_assert_true(g_str_has_suffix(whole, "\r\n0\r\n\r\n"));
	g_assert_nonnull(strstr(broken, "piece 1\n"));
	g_assert_false(g_str_has_suffix(broken, "\r\n0\r\n\r\n"));
	fn_http_server_free(g_steal_pointer(&world->server), 0);
	g_assert_cmpuint(world->ended, ==, 2);
}

/* The caller leaves in the middle of a stream. */
static void
test_stream_left(World *world, gconstpointer unused)
{
	for (int i = 0; i < 20; i++) {
		int fd = dial(world);
		char piece[100];

		say(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
		g_assert_cmpint(recv(fd, piece, sizeof(piece), 0), >, 0);
		close(fd);
	}
	fn_mutex_lock(&world->mutex);
	while (world->ended < 20)
		fn_cond_wait(&world->changed, &world->mutex);
	fn_mutex_unlock(&world->mutex);
}

static void
test_gone(World *world, gconstpointer unused)
{
	int fd = dial(world);

	say(fd, "GET /gone HTTP/1.1\r\nHost: x\r\n\r\n");
	await(world, &world->looking);
	g_assert_false(world->saw_gone);
	close(fd);
	await(world, &world->saw_gone);
}

/* The server ends with requests unanswered and a stream asleep: callers see the cut, late answers are harmless. */
static void
test_end(World *world, gconstpointer unused)
{
	FnHttpRequest *kept[3];
	int fd[3];

	for (guint i = 0; i < G_N_ELEMENTS(fd); i++) {
		fd[i] = dial(world);
		say(fd[i], "GET /keep?q=a HTTP/1.1\r\nHost: x\r\nX-Test: b\r\n\r\n");
		kept[i] = await_kept(world, i + 1);
	}
	echo(kept[0]);
	fn_http_server_free(g_steal_pointer(&world->server), 20);
	g_assert_true(fn_http_gone(kept[1]));
	echo(kept[1]); /* reads all it wants, answers into the void */
	start_flow(world, kept[2], FALSE);
	for (guint i = 0; i < G_N_ELEMENTS(fd); i++) {
		g_autofree char *answer = hear(fd[i]);

		g_assert_cmpint(*answer != '\0', ==, i == 0);
	}
	g_assert_cmpuint(world->ended, ==, 1);
	g_assert_cmpuint(world->freed, ==, 3);
}

static void
test_end_waits(World *world, gconstpointer unused)
{
	int fd = dial(world);
	FnHttpRequest *request;
	g_autofree char *answer = NULL;

	say(fd, "GET /keep HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	request = await_kept(world, 1);
	g_assert_true(fn_pool_push(world->pool, echo_job, request));
	fn_http_server_free(g_steal_pointer(&world->server), 60000);
	answer = hear(fd);
	g_assert_nonnull(answer);
}

static int
ask_as(uid_t uid, World *world)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		g_autofree char *answer = NULL;

		if (setgid(uid) != 0 || setuid(uid) != 0)
			_exit(99);
		answer = ask(world, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
		_exit(*answer != '\0' ? 0 : 1);
	}
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void
test_peer(World *world, gconstpointer unused)
{
	if (geteuid() != 0) {
		g_test_skip("needs root to become other users");
		return;
	}
	fn_http_server_free(world->server, 0);
	start(world, 61006);
	g_assert_cmpint(chmod(world->directory, 0755), ==, 0);
	g_assert_cmpint(ask_as(61006, world), ==, 0);
	g_assert_cmpint(ask_as(61001, world), ==, 1);
	g_assert_cmpint(ask_as(0, world), ==, 1);
}

static void
test_language(World *world, gconstpointer unused)
{
	static const struct {
		const char *header;
		gboolean zh;
	} cases[] = { { "", TRUE }, { "Accept-Language: en\r\n", FALSE }, { "Accept-Language: zh-Hans-CN\r\n", TRUE },
		{ "Accept-Language: en-US,en;q=0.9,zh;q=0.8\r\n", FALSE }, { "Accept-Language: en;q=0.1, zh;q=0.9\r\n", TRUE },
		{ "Accept-Language: *\r\n", TRUE }, { "Accept-Language: zh;q=0, fr\r\n", FALSE },
		{ "Accept-Language: ;;;q=,,,\r\n", FALSE } };

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *request = g_strdup_printf("GET /%%ff HTTP/1.1\r\nHost: x\r\n%s\r\n", cases[i].header);
		g_autofree char *answer = ask(world, request);

		g_assert_cmpint(strstr(answer, "请求") != NULL, ==, cases[i].zh);
	}
}

/* Rubbish in every part of a request: the server stays, and frees what it began. */
static void
test_rubbish(World *world, gconstpointer unused)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(11);
	g_autofree char *answer = NULL;

	for (int i = 0; i < 500; i++) {
		g_autofree char *request = g_strdup(talks[i % (int)G_N_ELEMENTS(talks)].request);
		int fd = dial(world);

		for (int j = 0; j < 3; j++)
			request[g_rand_int_range(random, 0, (gint32)strlen(request))] = (char)g_rand_int_range(random, 1, 256);
		say(fd, request);
		close(fd);
	}
	answer = ask(world, talks[0].request);
	g_assert_true(g_str_has_prefix(answer, "HTTP/1.1 200 "));
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(World *, gconstpointer);
	} tests[] = {
		{ "/http/talk", test_talk },
		{ "/http/problem", test_problem },
		{ "/http/endless-body", test_endless_body },
		{ "/http/largest-body", test_largest_body },
		{ "/http/large", test_large },
		{ "/http/many", test_many },
		{ "/http/stream", test_stream },
		{ "/http/stream-left", test_stream_left },
		{ "/http/gone", test_gone },
		{ "/http/end", test_end },
		{ "/http/end-waits", test_end_waits },
		{ "/http/peer", test_peer },
		{ "/http/language", test_language },
		{ "/http/rubbish", test_rubbish },
	};

	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, World, NULL, set_up, tests[i].test, tear_down);
	return g_test_run();
}
