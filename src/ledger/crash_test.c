/* A ledger process is killed again and again while writers wait for their entries: whatever was acknowledged is there after. */
#include "ledger/service.h"
#include "ledger/test_keys.h"

#include "ledger/entry.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define WRITERS 6u

typedef struct {
	FnIpcClient *client;
	guint number;
	GArray *acknowledged; /* of guint64 index; its position is the entry's own count */
	gint *stop;
} Writer;

static void
serve(const char *directory, const char *socket_path, TestKeys *keys)
{
	FnLogOptions options = test_options(directory, keys);
	FnLedgerService *service = fn_ledger_service_new(socket_path, NULL);
	FnLog *log;

	options.head_interval_ms = 15;
	log = fn_log_open(&options, NULL);
	if (service == NULL || log == NULL)
		_exit(1);
	fn_ledger_service_run(service, log);
}

static char *
make_body(guint writer, guint count)
{
	g_autofree char *fill = g_strnfill((count * 53 + writer * 31) % 400, 'x');

	return g_strdup_printf("{\"count\":%u,\"event\":\"crash\",\"fill\":\"%s\",\"writer\":%u}", count, fill, writer);
}

static void *
write_on(void *data)
{
	Writer *writer = data;

	while (g_atomic_int_get(writer->stop) == 0) {
		g_autofree char *body = make_body(writer->number, writer->acknowledged->len);
		guint64 index;

		/* What fails may be there or not; it is not counted, and its text comes again: the check takes any such entry. */
		if (fn_ledger_append_wait(writer->client, FN_CLASS_6M, body, strlen(body), &index, NULL))
			g_array_append_val(writer->acknowledged, index);
		else
			g_usleep(500);
	}
	return NULL;
}

static void
check_entry(FnLog *log, guint64 index, const char *body)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_autoptr(GError) error = NULL;
	FnEntry entry;

	fn_log_read(log, index, 1, 100000, out, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(out->len, >, 2);
	g_assert_true(fn_entry_parse((const char *)out->data + 2, out->len - 2, &entry));
	if (!fn_span_is(entry.body, body))
		g_error("entry %" G_GUINT64_FORMAT " is not the one that was acknowledged", index);
}

static void
check_all(const char *directory, TestKeys *keys, Writer *writer)
{
	FnLog *log = test_open(directory, keys);
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < WRITERS; i++)
		for (guint j = 0; j < writer[i].acknowledged->len; j++) {
			g_autofree char *body = make_body(i, j);

			check_entry(log, g_array_index(writer[i].acknowledged, guint64, j), body);
		}
	g_assert_true(fn_log_publish(log, NULL));
	fn_log_close(log);
	fn_ledger_verify(directory, keys->gm_text, keys->intl_text, NULL, NULL, NULL, &error);
	g_assert_no_error(error);
}

/* One life of the ledger: @ms milliseconds under load, then kill -9. */
static void
live_and_die(const char *directory, const char *socket_path, TestKeys *keys, Writer *writer, guint us)
{
	pthread_t thread[WRITERS];
	gint stop = 0;
	guint before = 0, after = 0;
	pid_t child = fork(); /* no thread of ours lives now */

	if (child == 0) {
		serve(directory, socket_path, keys);
		_exit(1);
	}
	for (guint i = 0; i < WRITERS; i++) {
		before += writer[i].acknowledged->len;
		writer[i].client = fn_ipc_client_new(socket_path, FN_ROLE_ANY);
		writer[i].stop = &stop;
		g_assert_cmpint(pthread_create(&thread[i], NULL, write_on, &writer[i]), ==, 0);
	}
	g_usleep(us);
	g_assert_cmpint(kill(child, SIGKILL), ==, 0);
	g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
	g_atomic_int_set(&stop, 1);
	for (guint i = 0; i < WRITERS; i++) {
		pthread_join(thread[i], NULL);
		fn_ipc_client_free(writer[i].client);
		after += writer[i].acknowledged->len;
	}
	g_test_message("%u more were acknowledged", after - before);
}

static void
test_kill(void)
{
	g_autoptr(TestDirectory) directory = test_directory_new();
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autoptr(GRand) random = g_rand_new_with_seed(20261122);
	g_autofree char *log = g_build_filename(directory, "ledger", NULL);
	g_autofree char *socket_path = g_build_filename(directory, "ledger.sock", NULL);
	Writer writer[WRITERS];
	guint lives = g_test_thorough() ? 200 : 12, all = 0;

	for (guint i = 0; i < WRITERS; i++)
		writer[i] = (Writer){ .number = i, .acknowledged = g_array_new(FALSE, FALSE, sizeof(guint64)) };
	for (guint i = 0; i < lives; i++) {
		live_and_die(log, socket_path, keys, writer, (guint)g_rand_int_range(random, 20000, 250000));
		if (i % 4 == 3)
			check_all(log, keys, writer);
	}
	check_all(log, keys, writer);
	for (guint i = 0; i < WRITERS; i++) {
		all += writer[i].acknowledged->len;
		g_array_unref(writer[i].acknowledged);
	}
	g_assert_cmpuint(all, >, 50);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	/* GLib's own locks are not instrumented: what they guard is made before the threads, for ThreadSanitizer's sake. */
	g_error_free(g_error_new(FN_IPC_ERROR, FN_IPC_ERROR_LOST, "%u", (guint)FN_LEDGER_ERROR));
	g_test_add_func("/ledger/crash/kill", test_kill);
	return g_test_run();
}
