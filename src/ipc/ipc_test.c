/* Client and server together, over real sockets. */
#include "ipc/frame_priv.h"

#include "base/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ECHO = FN_IPC_FIRST_OP, REFUSE, LATER, SILENT, LARGE };
#define BASE 61000

typedef struct {
	char *directory, *path;
	FnIpcServer *server;
	FnPool *pool;
	pthread_t thread;
	FnMutex mutex;
	guint batches, requests;
	FnRole role;
	GPtrArray *kept;
} World;

typedef struct {
	FnIpcToken *token;
	GBytes *payload;
} Late;

static void
answer_late(gpointer data, gpointer worker)
{
	Late *late = data;
	gsize size;
	gconstpointer bytes = g_bytes_get_data(late->payload, &size);

	fn_ipc_reply(late->token, bytes, size);
	g_bytes_unref(late->payload);
	g_free(late);
}

static void
handle(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	World *world = data;
	Late *late;

	fn_mutex_lock(&world->mutex);
	world->requests++;
	world->role = role;
	if (op == SILENT)
		g_ptr_array_add(world->kept, token);
	fn_mutex_unlock(&world->mutex);
	switch (op) {
	case ECHO:
		fn_ipc_reply(token, payload, size);
		break;
	case REFUSE:
		fn_ipc_refuse(token, "no_such_key", "the \"key\"\n is unknown");
		break;
	case LATER:
		late = g_new(Late, 1);
		*late = (Late){ token, g_bytes_new(payload, size) };
		g_assert_true(fn_pool_push(world->pool, answer_late, late));
		break;
	case LARGE: {
		g_autofree guint8 *big = g_malloc0(FN_IPC_MAX + 1);

		fn_ipc_reply(token, big, FN_IPC_MAX + (size > 0));
		break;
	}
	}
}

static void
batch_end(gpointer data)
{
	World *world = data;

	fn_mutex_lock(&world->mutex);
	world->batches++;
	fn_mutex_unlock(&world->mutex);
}

/* What the server's thread counted. */
#define READER(name, type, member)              \
	static type name(World *world)          \
	{                                       \
		type value;                     \
		fn_mutex_lock(&world->mutex);   \
		value = world->member;          \
		fn_mutex_unlock(&world->mutex); \
		return value;                   \
	}
READER(last_role, FnRole, role)
READER(batches, guint, batches)
READER(requests, guint, requests)

static void *
serve(void *data)
{
	fn_ipc_server_run(data);
	return NULL;
}

static void
start(World *world)
{
	g_autoptr(GError) error = NULL;

	world->server = fn_ipc_server_new(world->path, handle, batch_end, world, &error);
	g_assert_no_error(error);
	g_assert_cmpint(pthread_create(&world->thread, NULL, serve, world->server), ==, 0);
}

static void
stop(World *world)
{
	fn_ipc_server_stop(world->server);
	pthread_join(world->thread, NULL);
	g_clear_pointer(&world->server, fn_ipc_server_free);
}

static void
set_up(World *world, gconstpointer unused)
{
	world->directory = g_dir_make_tmp("fn-ipc-XXXXXX", NULL);
	world->path = g_build_filename(world->directory, "run", "test.sock", NULL);
	pthread_mutex_init(&world->mutex, NULL);
	world->kept = g_ptr_array_new();
	world->pool = fn_pool_new("late", 2, 20000, NULL, NULL, NULL);
	start(world);
}

static void
tear_down(World *world, gconstpointer unused)
{
	g_autofree char *run = g_path_get_dirname(world->path);

	if (world->server != NULL)
		stop(world);
	for (guint i = 0; i < world->kept->len; i++)
		fn_ipc_reply(world->kept->pdata[i], "late", 4); /* after the server's end: harmless */
	g_ptr_array_unref(world->kept);
	fn_pool_free(world->pool);
	g_assert_cmpint(rmdir(run), ==, 0); /* the socket is gone */
	g_assert_cmpint(rmdir(world->directory), ==, 0);
	pthread_mutex_destroy(&world->mutex);
	g_free(world->path);
	g_free(world->directory);
}

static void
expect(FnIpcClient *client, guint32 op, const void *payload, gsize size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) reply = fn_ipc_call(client, op, payload, size, 0, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(g_bytes_get_size(reply), ==, size);
	g_assert_true(size == 0 || memcmp(g_bytes_get_data(reply, NULL), payload, size) == 0);
}

static void
expect_error(FnIpcClient *client, guint32 op, gsize size, guint timeout, int code)
{
	g_autofree guint8 *payload = g_malloc0(size + 1);
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_ipc_call(client, op, payload, size, timeout, &error));
	g_assert_error(error, FN_IPC_ERROR, code);
}

static void
test_call(World *world, gconstpointer unused)
{
	g_autoptr(FnIpcClient) client = fn_ipc_client_new(world->path, FN_ROLE_LEDGER); /* root may stand for any role */
	g_autofree guint8 *big = g_malloc0(FN_IPC_MAX);

	expect(client, ECHO, "hello", 5);
	expect(client, ECHO, "", 0);
	expect(client, LATER, "later", 5);
	for (int i = 0; i < 8; i++)
		expect(client, ECHO, big, FN_IPC_MAX);
	expect(client, LATER, big, FN_IPC_MAX);
	g_assert_cmpint(last_role(world), ==, FN_ROLE_ADMIN);
	g_assert_cmpuint(batches(world), >=, 12);
}

static void
test_failures(World *world, gconstpointer unused)
{
	g_autoptr(FnIpcClient) client = fn_ipc_client_new(world->path, FN_ROLE_ANY);
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_ipc_call(client, REFUSE, NULL, 0, 0, &error));
	g_assert_error(error, FN_IPC_ERROR, FN_IPC_ERROR_REFUSED);
	g_assert_cmpstr(error->message, ==, "no_such_key: the \"key\"\\x0a is unknown");
	g_assert_true(fn_ipc_error_is(error, "no_such_key"));
	g_assert_false(fn_ipc_error_is(error, "no_such"));
	g_assert_false(fn_ipc_error_is(NULL, "no_such_key"));
	expect_error(client, ECHO, FN_IPC_MAX + 1, 0, FN_IPC_ERROR_FRAME);
	expect_error(client, SILENT, 3, 20, FN_IPC_ERROR_LOST);
	expect_error(client, LARGE, 1, 0, FN_IPC_ERROR_REFUSED);
	expect(client, ECHO, "still there", 11);
}

static void
test_absent(World *world, gconstpointer unused)
{
	g_autofree char *longer = g_strnfill(200, 'x');
	g_autoptr(FnIpcClient) nobody = fn_ipc_client_new("/nonexistent/x.sock", FN_ROLE_ANY);
	g_autoptr(FnIpcClient) too_long = fn_ipc_client_new(longer, FN_ROLE_ANY);
	g_autoptr(GError) error = NULL;

	expect_error(nobody, ECHO, 1, 0, FN_IPC_ERROR_CONNECT);
	expect_error(too_long, ECHO, 1, 0, FN_IPC_ERROR_CONNECT);
	g_assert_null(fn_ipc_server_new(world->path, handle, NULL, NULL, &error)); /* alive */
	g_assert_error(error, FN_IPC_ERROR, FN_IPC_ERROR_CONNECT);
}

/* The server ends while requests are under way, and comes back: LOST once, then all is well. */
static void
test_reconnect(World *world, gconstpointer unused)
{
	g_autoptr(FnIpcClient) client = fn_ipc_client_new(world->path, FN_ROLE_ANY);

	for (int i = 0; i < 20; i++) {
		g_autoptr(GError) error = NULL;
		GBytes *reply;

		expect(client, ECHO, "x", 1);
		stop(world);
		while ((reply = fn_ipc_call(client, ECHO, "x", 1, 0, &error)) != NULL)
			g_bytes_unref(reply);
		g_assert_true(g_error_matches(error, FN_IPC_ERROR, FN_IPC_ERROR_LOST) ||
			g_error_matches(error, FN_IPC_ERROR, FN_IPC_ERROR_CONNECT));
		start(world);
		g_clear_error(&error);
		/* The reader may not have noticed the end yet. */
		while ((reply = fn_ipc_call(client, ECHO, "x", 1, 0, &error)) == NULL)
			g_clear_error(&error);
		g_bytes_unref(reply);
	}
}

typedef struct {
	FnMutex mutex;
	FnCond changed;
	guint ok, lost, busy, other;
} Tally;

static void
tally(GBytes *reply, const GError *error, gpointer data)
{
	Tally *count = data;

	fn_mutex_lock(&count->mutex);
	if (reply != NULL)
		count->ok++;
	else if (g_error_matches(error, FN_IPC_ERROR, FN_IPC_ERROR_LOST))
		count->lost++;
	else if (g_error_matches(error, FN_IPC_ERROR, FN_IPC_ERROR_BUSY))
		count->busy++;
	else
		count->other++;
	pthread_cond_signal(&count->changed);
	fn_mutex_unlock(&count->mutex);
}

static void
await(Tally *count, guint total)
{
	fn_mutex_lock(&count->mutex);
	while (count->ok + count->lost + count->busy + count->other < total)
		fn_cond_wait(&count->changed, &count->mutex);
	fn_mutex_unlock(&count->mutex);
}

static void
test_bounds(World *world, gconstpointer unused)
{
	Tally count = { FN_MUTEX_INIT, FN_COND_INIT };
	FnIpcClient *client = fn_ipc_client_new(world->path, FN_ROLE_ANY);
	guint seen = 0;

	for (guint i = 0; i < FN_IPC_UNDER_WAY + 10; i++)
		fn_ipc_send(client, SILENT, "x", 1, tally, &count);
	await(&count, 10);
	g_assert_cmpuint(count.busy, ==, 10);
	while (seen < FN_IPC_UNDER_WAY) { /* a client that ends at once need not deliver */
		seen = requests(world);
		g_usleep(1000);
	}
	fn_ipc_client_free(client);
	g_assert_cmpuint(count.lost, ==, FN_IPC_UNDER_WAY);
	g_assert_cmpuint(count.ok + count.other, ==, 0);
}

typedef struct {
	FnIpcClient *client;
	guint32 op, from;
	gboolean failed;
} Caller;

static void *
call_often(void *data)
{
	Caller *caller = data;

	for (guint32 i = 0; i < 500; i++) {
		guint32 word[2] = { caller->from, i };

		expect(caller->client, i % 2 == 0 ? ECHO : LATER, word, sizeof(word));
	}
	return NULL;
}

static void
test_many_callers(World *world, gconstpointer unused)
{
	g_autoptr(FnIpcClient) client = fn_ipc_client_new(world->path, FN_ROLE_ANY);
	Caller caller[16];
	pthread_t thread[16];

	for (guint i = 0; i < G_N_ELEMENTS(caller); i++) {
		caller[i] = (Caller){ client, ECHO, i };
		g_assert_cmpint(pthread_create(&thread[i], NULL, call_often, &caller[i]), ==, 0);
	}
	for (guint i = 0; i < G_N_ELEMENTS(caller); i++)
		pthread_join(thread[i], NULL);
	g_assert_cmpuint(requests(world), ==, 16 * 500);
}

/* Held replies do not leave before the release. */
static void
test_hold(World *world, gconstpointer unused)
{
	g_autoptr(FnIpcClient) client = fn_ipc_client_new(world->path, FN_ROLE_ANY);
	Tally count = { FN_MUTEX_INIT, FN_COND_INIT };
	guint seen = 0;

	for (guint i = 0; i < 100; i++)
		fn_ipc_send(client, SILENT, NULL, 0, tally, &count);
	while (seen < 100) {
		fn_mutex_lock(&world->mutex);
		seen = world->kept->len;
		fn_mutex_unlock(&world->mutex);
		g_usleep(100);
	}
	fn_ipc_hold(world->server);
	for (guint i = 0; i < 100; i++)
		fn_ipc_reply(world->kept->pdata[i], "x", 1);
	g_ptr_array_set_size(world->kept, 0);
	fn_mutex_lock(&count.mutex);
	g_assert_cmpuint(count.ok, ==, 0);
	fn_mutex_unlock(&count.mutex);
	fn_ipc_release(world->server);
	await(&count, 100);
	g_assert_cmpuint(count.ok, ==, 100);
}

static int
raw_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
	return fd;
}

/* The server closes a peer that breaks the protocol, and goes on serving others. */
static void
test_broken_peers(World *world, gconstpointer unused)
{
	static const struct {
		const char *why;
		guint8 head[FN_FRAME_HEAD];
	} bad[] = {
		{ "oversized", { 0xff, 0xff, 0xff, 0x7f, ECHO } },
		{ "a reply's op", { 0, 0, 0, 0, FN_IPC_OK } },
		{ "a reserved op", { 0, 0, 0, 0, FN_IPC_FIRST_OP - 1 } },
	};
	g_autoptr(FnIpcClient) client = fn_ipc_client_new(world->path, FN_ROLE_ANY);

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		int fd = raw_connect(world->path);
		char byte;

		g_test_message("%s", bad[i].why);
		g_assert_cmpint(send(fd, bad[i].head, sizeof(bad[i].head), 0), ==, sizeof(bad[i].head));
		g_assert_cmpint(recv(fd, &byte, 1, 0), ==, 0);
		close(fd);
	}
	expect(client, ECHO, "well", 4);
}

/* A peer that sends requests and never fetches the answers is closed in the end. */
static void
test_slow_peer(World *world, gconstpointer unused)
{
	g_autoptr(FnIpcClient) client = fn_ipc_client_new(world->path, FN_ROLE_ANY);
	g_autoptr(GByteArray) wire = g_byte_array_new();
	int fd = raw_connect(world->path);
	ssize_t n = 0;

	for (int i = 0; i < 200 && n >= 0; i++) {
		g_byte_array_set_size(wire, 0);
		fn_frame_append(wire, LARGE, (guint64)i, NULL, 0);
		n = send(fd, wire->data, wire->len, MSG_NOSIGNAL);
		if (i % 50 == 0)
			expect(client, ECHO, "others are served", 17);
	}
	while (n >= 0) { /* closed in the meantime, or soon */
		n = send(fd, wire->data, wire->len, MSG_NOSIGNAL);
		g_usleep(1000);
	}
	g_assert_cmpint(errno, ==, EPIPE);
	close(fd);
	expect(client, ECHO, "x", 1);
}

typedef struct {
	FnIpcToken **token;
	guint count;
	guint8 first; /* the answers are filled with these numbers */
} Replier;

#define LONG_REPLY (64u << 10)

static void *
reply_all(void *data)
{
	const Replier *replier = data;
	g_autofree guint8 *payload = g_malloc(LONG_REPLY);

	for (guint i = 0; i < replier->count; i++) {
		memset(payload, (int)(replier->first + i), LONG_REPLY);
		fn_ipc_reply(replier->token[i], payload, LONG_REPLY);
	}
	return NULL;
}

/* Asks @count times for what is answered later, waits until all was heard. */
static int
ask_silently(World *world, guint count)
{
	g_autoptr(GByteArray) wire = g_byte_array_new();
	int fd = raw_connect(world->path);
	guint seen = 0;

	for (guint i = 0; i < count; i++)
		fn_frame_append(wire, SILENT, i, NULL, 0);
	g_assert_cmpint(send(fd, wire->data, wire->len, MSG_NOSIGNAL), ==, (int)wire->len);
	while (seen < count) {
		fn_mutex_lock(&world->mutex);
		seen = world->kept->len;
		fn_mutex_unlock(&world->mutex);
		g_usleep(100);
	}
	return fd;
}

/* Threads that answer write themselves, as far as the socket takes it; the server's thread does the rest. No frame is lost or cut. */
static void
test_replies_from_threads(World *world, gconstpointer unused)
{
	enum { THREADS = 3, EACH = 40 };
	int fd = ask_silently(world, THREADS * EACH);
	guint8 head[FN_FRAME_HEAD];
	g_autofree guint8 *payload = g_malloc(LONG_REPLY), *seen = g_malloc0(THREADS * EACH);
	Replier replier[THREADS];
	pthread_t thread[THREADS];

	for (guint i = 0; i < THREADS; i++) {
		replier[i] = (Replier){ (FnIpcToken **)world->kept->pdata + i * EACH, EACH, (guint8)(i * EACH) };
		g_assert_cmpint(pthread_create(&thread[i], NULL, reply_all, &replier[i]), ==, 0);
	}
	for (guint i = 0; i < THREADS; i++) /* nothing is fetched yet: they do not wait for the peer */
		pthread_join(thread[i], NULL);
	g_ptr_array_set_size(world->kept, 0);
	for (guint i = 0; i < THREADS * EACH; i++) {
		g_assert_cmpint(recv(fd, head, sizeof(head), MSG_WAITALL), ==, sizeof(head));
		g_assert_cmpint(recv(fd, payload, LONG_REPLY, MSG_WAITALL), ==, LONG_REPLY);
		g_assert_cmpuint(head[8], <, THREADS * EACH);
		g_assert_cmpuint(payload[0], ==, head[8]); /* the id, which is where the answer's token was kept */
		g_assert_cmpint(memcmp(payload, payload + 1, LONG_REPLY - 1), ==, 0);
		g_assert_cmpuint(seen[head[8]]++, ==, 0);
	}
	close(fd);
}

/* A peer that leaves while others write to it. */
static void
test_leaves_meanwhile(World *world, gconstpointer unused)
{
	enum { ROUNDS = 20, COUNT = 30 };
	g_autoptr(FnIpcClient) client = fn_ipc_client_new(world->path, FN_ROLE_ANY);

	for (guint i = 0; i < ROUNDS; i++) {
		int fd = ask_silently(world, COUNT);
		Replier replier = { (FnIpcToken **)world->kept->pdata, COUNT, 0 };
		pthread_t thread;

		g_assert_cmpint(pthread_create(&thread, NULL, reply_all, &replier), ==, 0);
		close(fd);
		pthread_join(thread, NULL);
		g_ptr_array_set_size(world->kept, 0);
		expect(client, ECHO, "x", 1);
	}
}

/* A server that answers rubbish: the client drops it and says FRAME. */
static void
test_broken_server(void)
{
	g_autofree char *directory = g_dir_make_tmp("fn-ipc-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(directory, "x.sock", NULL);
	g_autoptr(FnIpcClient) client = fn_ipc_client_new(path, FN_ROLE_ANY);
	Tally count = { FN_MUTEX_INIT, FN_COND_INIT };
	int listening = fn_socket_listen(path, NULL);
	guint8 rubbish[FN_FRAME_HEAD];
	int fd;

	g_assert_cmpint(listening, >=, 0);
	memset(rubbish, 0xee, sizeof(rubbish));
	fn_ipc_send(client, ECHO, NULL, 0, tally, &count);
	fd = accept(listening, NULL, NULL);
	g_assert_cmpint(send(fd, rubbish, sizeof(rubbish), 0), ==, sizeof(rubbish));
	await(&count, 1);
	g_assert_cmpuint(count.other, ==, 1);
	memset(rubbish, 0, sizeof(rubbish)); /* a well-formed answer that nobody asked for */
	fn_ipc_send(client, ECHO, NULL, 0, tally, &count);
	close(fd);
	fd = accept(listening, NULL, NULL);
	rubbish[8] = 77;
	g_assert_cmpint(send(fd, rubbish, sizeof(rubbish), 0), ==, sizeof(rubbish));
	await(&count, 2);
	g_assert_cmpuint(count.other, ==, 2);
	close(fd);
	close(listening);
	g_assert_cmpint(unlink(path), ==, 0);
	g_assert_cmpint(rmdir(directory), ==, 0);
}

/* A child holds copies of all descriptors when a peer leaves: nothing more is heard of that peer. */
static void
test_copied(World *world, gconstpointer unused)
{
	g_autoptr(FnIpcClient) client = fn_ipc_client_new(world->path, FN_ROLE_ANY);
	int fd = raw_connect(world->path), status, end[2];
	pid_t child;
	char byte;

	expect(client, ECHO, "the other is accepted, too", 26);
	g_assert_cmpint(pipe2(end, O_CLOEXEC), ==, 0);
	child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		close(end[1]);
		close(fd);
		_exit(read(end[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(end[0]);
	close(fd);
	for (int i = 0; i < 20; i++)
		expect(client, ECHO, "still there", 11);
	close(end[1]);
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---- who talks to whom: needs root to become someone else ---- */

typedef int (*Attempt)(const char *path);

static int
as_user(uid_t uid, Attempt attempt, const char *path)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (setgid(uid) != 0 || setuid(uid) != 0)
			_exit(99);
		_exit(attempt(path));
	}
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int
call_once(const char *path)
{
	FnIpcClient *client = fn_ipc_client_new(path, FN_ROLE_ANY);
	g_autoptr(GBytes) reply = fn_ipc_call(client, ECHO, "x", 1, 0, NULL);

	return reply != NULL ? 0 : 1;
}

static int
call_ledger(const char *path)
{
	FnIpcClient *client = fn_ipc_client_new(path, FN_ROLE_LEDGER);
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) reply = fn_ipc_call(client, ECHO, "x", 1, 0, &error);

	return reply != NULL ? 0 : g_error_matches(error, FN_IPC_ERROR, FN_IPC_ERROR_CONNECT) ? 1 : 2;
}

static void
test_roles(World *world, gconstpointer unused)
{
	if (geteuid() != 0) {
		g_test_skip("needs root to become other users");
		return;
	}
	g_assert_cmpint(chmod(world->directory, 0755), ==, 0);
	g_assert_cmpint(as_user(BASE + FN_ROLE_GATE, call_once, world->path), ==, 0);
	g_assert_cmpint(last_role(world), ==, FN_ROLE_GATE);
	g_assert_cmpint(as_user(BASE + FN_ROLE_CLOCK, call_once, world->path), ==, 0);
	g_assert_cmpint(last_role(world), ==, FN_ROLE_CLOCK);
	g_assert_cmpint(as_user(65534, call_once, world->path), ==, 1);
	g_assert_cmpint(as_user(BASE + FN_ROLE_ADMIN, call_once, world->path), ==, 1);
}

/* Runs once the server does. */
static void
say_ready(int fd, gpointer data)
{
	guint64 one = 1;

	if (read(fd, &one, sizeof(one)) != sizeof(one) || write(*(int *)data, &one, sizeof(one)) != sizeof(one))
		_exit(1);
}

/* Someone else took the name: the client does not talk to it. One bound as root counts by who listens last. */
static void
test_impostor(void)
{
	static const struct {
		uid_t uid;
		int expected;
	} cases[] = { { BASE + FN_ROLE_GATE, 1 }, { BASE + FN_ROLE_LEDGER, 0 }, { 65534, 1 } };
	g_autofree char *directory = g_dir_make_tmp("fn-ipc-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(directory, "x.sock", NULL);

	if (geteuid() != 0) {
		g_test_skip("needs root to become other users");
		return;
	}
	g_assert_cmpint(chmod(directory, 0755), ==, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		int ready = eventfd(0, 0);
		World world = { .kept = NULL };
		guint64 one = 1;
		pid_t child = fork();
		int status;

		if (child == 0) {
			pthread_mutex_init(&world.mutex, NULL);
			world.server = fn_ipc_server_new(path, handle, NULL, &world, NULL);
			if (world.server == NULL || setgid(cases[i].uid) != 0 || setuid(cases[i].uid) != 0)
				_exit(1);
			fn_ipc_server_watch(world.server, eventfd(1, 0), say_ready, &ready);
			fn_ipc_server_run(world.server);
			_exit(0);
		}
		g_assert_cmpint(read(ready, &one, sizeof(one)), ==, sizeof(one));
		close(ready);
		g_assert_cmpint(call_ledger(path), ==, cases[i].expected);
		g_assert_cmpint(kill(child, SIGKILL), ==, 0);
		g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	}
	g_assert_cmpint(unlink(path), ==, 0);
	g_assert_cmpint(rmdir(directory), ==, 0);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(World *, gconstpointer);
	} with_server[] = {
		{ "/ipc/call", test_call },
		{ "/ipc/failures", test_failures },
		{ "/ipc/absent", test_absent },
		{ "/ipc/reconnect", test_reconnect },
		{ "/ipc/bounds", test_bounds },
		{ "/ipc/many-callers", test_many_callers },
		{ "/ipc/hold", test_hold },
		{ "/ipc/broken-peers", test_broken_peers },
		{ "/ipc/slow-peer", test_slow_peer },
		{ "/ipc/replies-from-threads", test_replies_from_threads },
		{ "/ipc/leaves-meanwhile", test_leaves_meanwhile },
		{ "/ipc/copied", test_copied },
		{ "/ipc/roles", test_roles },
	};

	g_test_init(&argc, &argv, NULL);
	fn_roles_init(BASE);
	for (gsize i = 0; i < G_N_ELEMENTS(with_server); i++)
		g_test_add(with_server[i].path, World, NULL, set_up, with_server[i].test, tear_down);
	g_test_add_func("/ipc/broken-server", test_broken_server);
	g_test_add_func("/ipc/impostor", test_impostor);
	return g_test_run();
}
