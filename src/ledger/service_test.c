#include "ledger/service.h"
#include "ledger/test_keys.h"

typedef struct {
	TestDirectory *directory;
	TestKeys *keys;
	char *path;
	FnLog *log;
	FnLedgerService *service;
	pthread_t thread;
	FnIpcClient *client;
} Running;

static void *
run(void *data)
{
	Running *running = data;

	fn_ledger_service_run(running->service, running->log);
	return NULL;
}

static void
start(Running *running, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	FnLogOptions options;

	running->directory = test_directory_new();
	running->keys = test_keys_new();
	running->path = g_build_filename(running->directory, "ledger.sock", NULL);
	running->service = fn_ledger_service_new(running->path, &error);
	g_assert_no_error(error);
	options = test_options(running->directory, running->keys);
	options.head_interval_ms = 50;
	running->log = fn_log_open(&options, &error);
	g_assert_no_error(error);
	g_assert_cmpint(pthread_create(&running->thread, NULL, run, running), ==, 0);
	running->client = fn_ipc_client_new(running->path, FN_ROLE_ANY);
}

static void
stop(Running *running, gconstpointer unused)
{
	fn_ipc_client_free(running->client);
	fn_ledger_service_stop(running->service);
	pthread_join(running->thread, NULL);
	fn_log_close(running->log);
	fn_ledger_service_free(running->service);
	g_free(running->path);
	test_keys_free(running->keys);
	test_directory_free(running->directory);
}

static const char body[] = "{\"event\":\"share.query\",\"grant\":\"g1\"}";

static char *
wait_for_receipt(FnIpcClient *client, guint64 index)
{
	for (guint i = 0; i < 200; i++) {
		g_autoptr(GError) error = NULL;
		char *receipt = fn_ledger_receipt(client, index, &error);

		if (receipt != NULL)
			return receipt;
		g_assert_true(fn_ipc_error_is(error, "not_yet"));
		g_usleep(20000);
	}
	g_assert_not_reached();
}

static void
test_journey(Running *running, gconstpointer unused)
{
	g_autoptr(GPtrArray) entries = NULL;
	g_autofree char *receipt = NULL;
	g_autoptr(GError) error = NULL;
	guint64 index = 99;

	g_assert_true(fn_ledger_append_wait(running->client, FN_CLASS_1Y, body, strlen(body), &index, NULL));
	g_assert_cmpuint(index, ==, 0);
	entries = fn_ledger_read(running->client, 0, 1, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(entries->len, ==, 1);
	receipt = wait_for_receipt(running->client, 0);
	g_assert_true(fn_receipt_verify(receipt, strlen(receipt), running->keys->gm_text, running->keys->intl_text, &error));
	g_assert_no_error(error);
	g_assert_null(fn_ledger_receipt(running->client, 1u << 20, &error));
	g_assert_true(fn_ipc_error_is(error, "range"));
	g_clear_error(&error);
	g_assert_false(fn_ledger_append_wait(running->client, FN_CLASS_1Y, "{ }", 3, NULL, &error));
	g_assert_true(fn_ipc_error_is(error, "entry"));
}

typedef struct {
	gint left; /* atomic */
	gint seen[600];
} Many;

static void
one_of_many(guint64 index, const guint8 *salt, const GError *error, gpointer data)
{
	Many *many = data;

	g_assert_no_error(error);
	g_assert_nonnull(salt);
	if (index < G_N_ELEMENTS(many->seen))
		g_atomic_int_inc(&many->seen[index]);
	g_atomic_int_add(&many->left, -1);
}

/* Each answer has an index of its own. */
static void
test_many(Running *running, gconstpointer unused)
{
	Many many = { .left = 500 };
	guint ones = 0;

	for (guint i = 0; i < 500; i++)
		fn_ledger_append(running->client, FN_CLASS_6M, body, strlen(body), one_of_many, &many);
	for (guint i = 0; i < 3000 && g_atomic_int_get(&many.left) > 0; i++)
		g_usleep(10000);
	g_assert_cmpint(g_atomic_int_get(&many.left), ==, 0);
	for (guint i = 0; i < G_N_ELEMENTS(many.seen); i++) {
		g_assert_cmpint(many.seen[i], <=, 1);
		ones += (guint)many.seen[i];
	}
	g_assert_cmpuint(ones, ==, 500); /* heads lie between them, fewer than the rest of the table */
}

static void
test_bad_requests(Running *running, gconstpointer unused)
{
	static const struct {
		guint32 op;
		gsize size;
		const char *code;
	} bad[] = {
		{ FN_LEDGER_OP_APPEND, 0, "request" }, { FN_LEDGER_OP_APPEND, 1, "request" }, { FN_LEDGER_OP_APPEND, 9, "entry" },
		{ FN_LEDGER_OP_READ, 11, "request" }, { FN_LEDGER_OP_READ, 13, "request" }, { FN_LEDGER_OP_HEAD, 1, "request" },
		{ FN_LEDGER_OP_PROVE, 0, "request" }, { FN_LEDGER_OP_STATUS, 3, "request" }, { 99, 0, "request" },
		{ FN_LEDGER_OP_CONSISTENCY, 8, "request" }, { FN_LEDGER_OP_PROVE, 8, "range" }, { FN_LEDGER_OP_INCLUSION, 15, "request" },
		{ FN_LEDGER_OP_FILE, 0, "range" }, { FN_LEDGER_OP_FILE, 16, "range" }, { FN_LEDGER_OP_FILE, 65, "request" },
	};
	const guint8 zero[80] = { 0 };

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) reply = fn_ipc_call(running->client, bad[i].op, zero, bad[i].size, 0, &error);

		g_assert_null(reply);
		g_assert_true(fn_ipc_error_is(error, bad[i].code));
	}
}

static void
test_texts(Running *running, gconstpointer unused)
{
	static const struct {
		guint32 op;
		gsize size;
		const char *member;
	} op[] = { { FN_LEDGER_OP_STATUS, 0, "durable" }, { FN_LEDGER_OP_HEAD, 0, "note" }, { FN_LEDGER_OP_CONSISTENCY, 16, "proof" },
		{ FN_LEDGER_OP_INCLUSION, 16, "proof" } };
	guint64 sizes[2] = { 0, 0 };
	g_autofree char *receipt = NULL;
	g_autoptr(GBytes) note = NULL, tile = NULL;

	g_assert_true(fn_ledger_append_wait(running->client, FN_CLASS_6M, body, strlen(body), NULL, NULL));
	receipt = wait_for_receipt(running->client, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(op); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) reply = fn_ipc_call(running->client, op[i].op, sizes, op[i].size, 0, &error);
		json_t *json;

		g_assert_no_error(error);
		json = fn_json_parse(g_bytes_get_data(reply, NULL), g_bytes_get_size(reply), NULL);
		g_assert_nonnull(json_object_get(json, op[i].member));
		json_decref(json);
	}
	note = fn_ledger_file(running->client, "checkpoint", NULL);
	g_assert_true(g_str_has_prefix(g_bytes_get_data(note, NULL), "log.test.example/one\n"));
	tile = fn_ledger_file(running->client, "sm3/tile/0/000.p/1", NULL);
	g_assert_cmpuint(g_bytes_get_size(tile), ==, 32);
}

/* Over the socket: an authorisation, what is left after, and where to go on. */
static void
test_prune_over(Running *running, gconstpointer unused)
{
	gint64 now = fn_time_now() - 400 * G_TIME_SPAN_DAY;
	FnLogOptions options = test_options(running->directory, running->keys);
	g_autofree char *authorised = NULL;
	g_autofree char *month = NULL;
	g_autoptr(GPtrArray) entries = NULL;
	g_autoptr(GError) error = NULL;
	guint64 minimum, first = 1, next;

	fn_ledger_service_stop(running->service);
	pthread_join(running->thread, NULL);
	fn_log_close(running->log);
	options.clock = test_keys_clock;
	options.clock_data = &now;
	running->log = fn_log_open(&options, &error);
	g_assert_no_error(error);
	test_append_many(running->log, 0, 600);
	g_assert_true(fn_log_publish(running->log, NULL));
	fn_log_close(running->log);
	options.head_interval_ms = 50;
	options.clock = NULL;
	running->log = fn_log_open(&options, &error);
	g_assert_no_error(error);
	test_append_many(running->log, 0, 600);
	g_assert_true(fn_log_publish(running->log, NULL));
	fn_ledger_service_free(running->service);
	running->service = fn_ledger_service_new(running->path, &error);
	g_assert_no_error(error);
	g_assert_cmpint(pthread_create(&running->thread, NULL, run, running), ==, 0);

	month = fn_time_date_text(fn_time_now());
	month[7] = '\0';
	authorised = test_keys_authorise(running->keys, "log.test.example/one", month, fn_time_now() + 60 * G_USEC_PER_SEC);
	g_assert_false(fn_ledger_prune(running->client, "{}", 0, &minimum, &error));
	g_assert_true(fn_ipc_error_is(error, "not_authorised"));
	g_clear_error(&error);
	fn_ledger_prune(running->client, authorised, 0, &minimum, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(minimum, >=, 600);
	g_assert_null(fn_ledger_read(running->client, first, 10, &error));
	g_assert_true(fn_ipc_error_is(error, "pruned"));
	g_clear_error(&error);
	g_assert_true(fn_ledger_next(running->client, first, &next, NULL));
	g_assert_cmpuint(next, >, first);
	entries = fn_ledger_read_left(running->client, &first, 10, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(first, ==, next);
	g_assert_cmpuint(entries->len, >, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	g_test_add("/ledger/service/journey", Running, NULL, start, test_journey, stop);
	g_test_add("/ledger/service/many", Running, NULL, start, test_many, stop);
	g_test_add("/ledger/service/bad-requests", Running, NULL, start, test_bad_requests, stop);
	g_test_add("/ledger/service/texts", Running, NULL, start, test_texts, stop);
	g_test_add("/ledger/service/prune", Running, NULL, start, test_prune_over, stop);
	return g_test_run();
}
