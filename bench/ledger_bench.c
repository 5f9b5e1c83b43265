/* ledger_bench [DIRECTORY] - how many entries a second the ledger makes durable, each writer waiting for its own. Lines: name,
 * ours, reference, ratio.
 *
 * append.N: N threads wait for their entries through the real socket of a ledger in another process, with heads signed every
 * second. Reference: N threads on a bare group-commit loop that writes the same bytes into a preallocated file in the same
 * directory: no socket, no checks, no hashes. Rounds alternate; the median of each counts. */
#include "base/pool.h"
#include "ledger/service.h"
#include "ledger/test_keys.h"
#include "ledger_body.h"
#include "ledger_serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS	 5u
#define ROUND_US 1500000 /* longer than the interval of heads, so that ours pays for them */
#define FILE_MAX (256u << 20)

static char body[BODY_MAX];
static gsize frame_size;

static void
make_body(void)
{
	frame_size = bench_body(body, 0) + 2 + strlen("{\"body\":,\"class\":\"6m\",\"from\":\"admin\",\"salt\":\"\",\"time\":\"\"}") + 32 + 27;
}

/* ---- the reference ---- */

typedef struct Writer Writer;

typedef struct {
	FnMutex mutex;
	FnCond work;
	int fd;
	guint8 *filling, *writing;
	gsize used;
	GPtrArray *waiting, *waking; /* of Writer: whose entries are in the buffers */
	guint64 offset;
	gboolean stop;
} Bare;

struct Writer {
	Bare *bare;
	FnIpcClient *client;
	gint *stop;
	guint64 done;
	FnCond durable;
	gboolean is_durable;
};

static void *
bare_commit(void *data)
{
	Bare *bare = data;

	for (;;) {
		guint8 *batch;
		GPtrArray *writers;
		gsize size;

		fn_mutex_lock(&bare->mutex);
		while (bare->used == 0 && !bare->stop)
			fn_cond_wait(&bare->work, &bare->mutex);
		batch = bare->filling;
		bare->filling = bare->writing;
		bare->writing = batch;
		size = bare->used;
		bare->used = 0;
		writers = bare->waiting;
		bare->waiting = bare->waking;
		bare->waking = writers;
		fn_mutex_unlock(&bare->mutex);
		if (size == 0)
			return NULL;
		if (bare->offset + size > FILE_MAX)
			bare->offset = 0;
		if (pwrite(bare->fd, batch, size, (off_t)bare->offset) != (ssize_t)size || fdatasync(bare->fd) != 0)
			g_error("the reference cannot write: %s", g_strerror(errno));
		bare->offset += size;
		fn_mutex_lock(&bare->mutex);
		for (guint i = 0; i < writers->len; i++) {
			Writer *writer = writers->pdata[i];

			writer->is_durable = TRUE;
			pthread_cond_signal(&writer->durable);
		}
		g_ptr_array_set_size(writers, 0);
		fn_mutex_unlock(&bare->mutex);
	}
}

static void *
bare_write(void *data)
{
	Writer *writer = data;
	Bare *bare = writer->bare;
	g_autofree guint8 *frame = g_malloc(frame_size);

	memset(frame, 'x', frame_size);
	while (g_atomic_int_get(writer->stop) == 0) {
		fn_mutex_lock(&bare->mutex);
		memcpy(bare->filling + bare->used, frame, frame_size);
		bare->used += frame_size;
		writer->is_durable = FALSE;
		g_ptr_array_add(bare->waiting, writer);
		pthread_cond_signal(&bare->work);
		while (!writer->is_durable)
			fn_cond_wait(&writer->durable, &bare->mutex);
		fn_mutex_unlock(&bare->mutex);
		writer->done++;
	}
	return NULL;
}

/* ---- ours ---- */

static void *
ledger_write(void *data)
{
	Writer *writer = data;

	while (g_atomic_int_get(writer->stop) == 0) {
		g_autoptr(GError) error = NULL;

		if (!fn_ledger_append_wait(writer->client, FN_CLASS_6M, body, strlen(body), NULL, &error))
			g_error("the ledger refused: %s", error->message);
		writer->done++;
	}
	return NULL;
}

/* Entries a second of @count writers. */
static double
run_round(guint count, void *(*write_one)(void *), Bare *bare, FnIpcClient *client)
{
	g_autofree pthread_t *thread = g_new(pthread_t, count);
	g_autofree Writer *writer = g_new0(Writer, count);
	gint64 began = g_get_monotonic_time();
	guint64 done = 0;
	gint stop = 0;
	double seconds;

	for (guint i = 0; i < count; i++) {
		writer[i] = (Writer){ bare, client, &stop, 0, FN_COND_INIT, FALSE };
		g_assert_cmpint(pthread_create(&thread[i], NULL, write_one, &writer[i]), ==, 0);
	}
	g_usleep(ROUND_US);
	g_atomic_int_set(&stop, 1);
	for (guint i = 0; i < count; i++) {
		pthread_join(thread[i], NULL);
		done += writer[i].done;
	}
	seconds = (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC;
	return (double)done / seconds;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
print_line(const char *name, double *ours, double *reference, guint rounds)
{
	qsort(ours, rounds, sizeof(*ours), by_value);
	qsort(reference, rounds, sizeof(*reference), by_value);
	printf("%s\t%.0f\t%.0f\t%.2f\n", name, ours[rounds / 2], reference[rounds / 2], ours[rounds / 2] / reference[rounds / 2]);
	fflush(stdout);
}

/* Until the last head covers all: what ours left to do must not weigh on the reference. */
static void
wait_quiet(FnIpcClient *client)
{
	gboolean quiet = FALSE;

	for (guint i = 0; i < 100 && !quiet; i++) {
		g_autoptr(GBytes) reply = fn_ipc_call(client, FN_LEDGER_OP_STATUS, NULL, 0, 0, NULL);
		json_t *status = reply != NULL ? fn_json_parse(g_bytes_get_data(reply, NULL), g_bytes_get_size(reply), NULL) : NULL;

		quiet = status != NULL && json_integer_value(json_object_get(status, "signed")) + 1 ==
						  json_integer_value(json_object_get(status, "durable"));
		json_decref(status);
		g_usleep(200000);
	}
}

static void
bench_append(guint count, Bare *bare, FnIpcClient *client)
{
	double ours[ROUNDS], reference[ROUNDS];
	g_autofree char *name = g_strdup_printf("append.%u", count);

	for (guint i = 0; i < ROUNDS; i++) {
		pthread_t committer;

		wait_quiet(client);
		bare->stop = FALSE;
		g_assert_cmpint(pthread_create(&committer, NULL, bare_commit, bare), ==, 0);
		reference[i] = run_round(count, bare_write, bare, NULL);
		fn_mutex_lock(&bare->mutex);
		bare->stop = TRUE;
		pthread_cond_signal(&bare->work);
		fn_mutex_unlock(&bare->mutex);
		pthread_join(committer, NULL);
		ours[i] = run_round(count, ledger_write, NULL, client);
	}
	print_line(name, ours, reference, ROUNDS);
}

/* ---- the ledger's own process ---- */

static void
serve(const char *directory, const char *socket_path)
{
	g_autoptr(TestKeys) keys = test_keys_new();
	FnLogOptions options = test_options(directory, keys);

	options.segment_bytes = 64u << 20;
	options.head_interval_ms = 1000;
	bench_serve(&options, socket_path);
}

static void
bench_appends(const char *directory)
{
	static const guint counts[] = { 1, 8, 64, 256 };
	g_autofree char *path = g_build_filename(directory, "bare", NULL);
	g_autofree char *log = g_build_filename(directory, "ledger", NULL);
	g_autofree char *socket_path = g_build_filename(directory, "ledger.sock", NULL);
	g_autoptr(FnIpcClient) client = NULL;
	Bare bare = { FN_MUTEX_INIT, FN_COND_INIT, open(path, O_CREAT | O_RDWR, 0600), g_malloc(1u << 20), g_malloc(1u << 20), 0,
		g_ptr_array_new(), g_ptr_array_new() };
	pid_t child = fork();

	if (child == 0) {
		serve(log, socket_path);
		_exit(0);
	}
	for (guint64 at = 0; at < FILE_MAX; at += 1u << 20) /* zeroed, as the ledger's segments are */
		if (pwrite(bare.fd, bare.filling, 1u << 20, (off_t)at) != 1 << 20)
			g_error("the reference cannot write: %s", g_strerror(errno));
	fsync(bare.fd);
	client = fn_ipc_client_new(socket_path, FN_ROLE_ANY);
	for (guint i = 0; i < 100 && !fn_ledger_append_wait(client, FN_CLASS_6M, body, strlen(body), NULL, NULL); i++)
		g_usleep(100000);
	for (gsize i = 0; i < G_N_ELEMENTS(counts); i++)
		bench_append(counts[i], &bare, client);
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
	close(bare.fd);
	g_unlink(path);
	g_ptr_array_unref(bare.waiting);
	g_ptr_array_unref(bare.waking);
	g_free(bare.filling);
	g_free(bare.writing);
}

int
main(int argc, char **argv)
{
	g_autofree char *template = g_build_filename(argc > 1 ? argv[1] : g_get_tmp_dir(), "ledger-bench-XXXXXX", NULL);
	g_autoptr(TestDirectory) directory = g_mkdtemp(g_strdup(template));

	if (directory == NULL)
		g_error("%s: %s", template, g_strerror(errno));
	fn_roles_init(0);
	make_body();
	bench_appends(directory);
	return 0;
}
