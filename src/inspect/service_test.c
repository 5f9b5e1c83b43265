/* fengni-inspect's requests over a real socket: jobs in pieces, by several at once, by those who lose interest or lie. */
#include "extract/testing.h"
#include "inspect/inspect_priv.h"
#include "scan/fixture.h"

#include <glib/gstdio.h>

#include <unistd.h>

#define TEXT "联系 li.si@example.com 即可\n"

static FnInspector *inspector; /* made before any thread */
static FnScannerRef *scanner;

typedef struct {
	char *directory, *path;
	FnInspectService *service;
	FnIpcServer *server;
	pthread_t thread;
	FnIpcClient *client;
} World;

static void *
run(void *server)
{
	fn_ipc_server_run(server);
	return NULL;
}

static void
set_up(World *world, gconstpointer data)
{
	world->directory = g_dir_make_tmp("fn-inspect-XXXXXX", NULL);
	world->path = g_build_filename(world->directory, "sock", NULL);
	world->service = fn_inspect_service_new(inspector, scanner);
	world->server = fn_ipc_server_new(world->path, fn_inspect_service_handle, NULL, world->service, NULL);
	g_assert_nonnull(world->server);
	fn_ipc_server_on_leave(world->server, fn_inspect_service_leave, world->service);
	g_assert_cmpint(pthread_create(&world->thread, NULL, run, world->server), ==, 0);
	world->client = fn_ipc_client_new(world->path, FN_ROLE_ANY);
}

static void
tear_down(World *world, gconstpointer data)
{
	fn_ipc_client_free(world->client);
	fn_ipc_server_stop(world->server);
	pthread_join(world->thread, NULL);
	fn_inspect_service_free(world->service);
	fn_ipc_server_free(world->server);
	g_rmdir(world->directory);
	g_free(world->directory);
	g_free(world->path);
}

/* The answer's JSON, or "refused: message". Caller frees. */
static char *
call(FnIpcClient *client, guint32 op, const void *payload, gsize size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) reply = fn_ipc_call(client, op, payload, size, 60000, &error);

	return reply != NULL ? g_strdup_printf("%.*s", (int)g_bytes_get_size(reply), (const char *)g_bytes_get_data(reply, NULL))
		: g_strdup_printf("refused: %s", error->message);
}

static char *
ask(FnIpcClient *client, const char *name, const void *bytes, gsize size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) reply = fn_inspect_ask(client, NULL, name, bytes, size, &error);

	return reply != NULL ? g_strdup_printf("%.*s", (int)g_bytes_get_size(reply), (const char *)g_bytes_get_data(reply, NULL))
		: g_strdup_printf("refused: %s", error->message);
}

static void
expect(char *got, const char *part)
{
	if (strstr(got, part) == NULL)
		g_error("got: %s\nexpected: %s", got, part);
	g_free(got);
}

static guint64
open_job(FnIpcClient *client)
{
	g_autofree char *reply = call(client, FN_INSPECT_OP_OPEN, "{}", 2);

	g_assert_true(g_str_has_prefix(reply, "{\"job\":"));
	return GUINT64_TO_LE(g_ascii_strtoull(reply + strlen("{\"job\":"), NULL, 10));
}

static GByteArray *
small_zip(void)
{
	TestingZip zip = testing_zip();

	testing_zip_add_text(&zip, "a.csv", TEXT);
	return testing_zip_end(&zip);
}

static void
test_ask(World *world, gconstpointer data)
{
	g_autoptr(GByteArray) zip = small_zip();
	g_autoptr(GString) large = g_string_new(NULL);

	expect(ask(world->client, "a.txt", "nothing", 7), "{\"verdict\":\"clean\"");
	expect(ask(world->client, "a.zip", zip->data, zip->len), "\"where\":\"a.csv\"");
	while (large->len < 3 << 20)
		g_string_append(large, "这里什么也没有。\n");
	g_string_append(large, TEXT);
	expect(ask(world->client, "", large->str, large->len), "\"counts\":{\"email\":1}}");
}

/* More findings than fit an answer: all are counted, the first are listed, and it is said. */
static void
test_many_findings(World *world, gconstpointer data)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *said = NULL;

	for (int i = 0; i < 50000; i++)
		g_string_append(text, TEXT);
	said = ask(world->client, "a.txt", text->str, text->len);
	g_assert_nonnull(strstr(said, "\"counts\":{\"email\":50000}}"));
	g_assert_nonnull(strstr(said, "only the first of 50000 findings are listed"));
	g_assert_nonnull(strstr(said, "\"verdict\":\"found\""));
	g_assert_cmpuint(strlen(said), <, FN_IPC_MAX);
}

static void
test_one_frame(World *world, gconstpointer data)
{
	static const char columns[] = "{\"columns\":[{\"header\":\"mail\",\"values\":[\"li.si@example.com\"]}]}";

	expect(call(world->client, FN_INSPECT_OP_SCAN, TEXT, strlen(TEXT)), "\"verdict\":\"found\"");
	expect(call(world->client, FN_INSPECT_OP_PROFILE, columns, strlen(columns)), "\"detector\":\"email\"");
	expect(call(world->client, FN_INSPECT_OP_PROFILE, "x", 1), "refused: bad_request");
	expect(call(world->client, 99, "", 0), "refused: unknown_operation");
}

static void
test_bad_requests(World *world, gconstpointer data)
{
	static const struct {
		guint32 op;
		const char *payload;
		gsize size;
		const char *expected;
	} cases[] = {
		{ FN_INSPECT_OP_OPEN, "", 0, "refused: bad_request" },
		{ FN_INSPECT_OP_OPEN, "[1]", 3, "refused: bad_request" },
		{ FN_INSPECT_OP_OPEN, "{\"name\":1}", 10, "refused: bad_request" },
		{ FN_INSPECT_OP_OPEN, "{\"profile\":\"x\"}", 15, "refused: bad_request" },
		{ FN_INSPECT_OP_ADD, "", 0, "refused: bad_request" },
		{ FN_INSPECT_OP_ADD, "1234567", 7, "refused: bad_request" },
		{ FN_INSPECT_OP_ADD, "12345678", 8, "refused: no_job" },
		{ FN_INSPECT_OP_END, "12345678", 8, "refused: no_job" },
		{ FN_INSPECT_OP_ABORT, "12345678", 8, "refused: no_job" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		expect(call(world->client, cases[i].op, cases[i].payload, cases[i].size), cases[i].expected);
}

static void
test_life(World *world, gconstpointer data)
{
	guint64 job = open_job(world->client);
	char broken[32] = { 0 };

	expect(call(world->client, FN_INSPECT_OP_ABORT, &job, 8), "");
	expect(call(world->client, FN_INSPECT_OP_END, &job, 8), "refused: no_job");
	job = open_job(world->client);
	memcpy(broken, &job, 8);
	memcpy(broken + 8, "cut off", 7);
	expect(call(world->client, FN_INSPECT_OP_END, broken, 15), "\"reason\":\"cut off\"");
}

/* A job is its connection's alone, and ends with it. */
static void
test_peers(World *world, gconstpointer data)
{
	g_autoptr(FnIpcClient) other = fn_ipc_client_new(world->path, FN_ROLE_ANY);
	guint64 job = open_job(world->client);

	expect(call(other, FN_INSPECT_OP_END, &job, 8), "refused: no_job");
	for (int i = 0; i < 32; i++)
		open_job(other);
	expect(call(other, FN_INSPECT_OP_OPEN, "{}", 2), "refused: busy");
	fn_ipc_client_free(g_steal_pointer(&other));
	for (int i = 0; i < 3; i++) { /* three times all that is free */
		g_autoptr(FnIpcClient) next = fn_ipc_client_new(world->path, FN_ROLE_ANY);

		for (int j = 0; j < 32; j++)
			open_job(next);
	}
	expect(call(world->client, FN_INSPECT_OP_END, &job, 8), "clean");
}

typedef struct {
	const World *world;
	const GByteArray *zip;
	gint right; /* atomic */
} Crowd;

static void *
ask_often(void *data)
{
	Crowd *crowd = data;
	g_autoptr(FnIpcClient) client = fn_ipc_client_new(crowd->world->path, FN_ROLE_ANY);

	for (int i = 0; i < 5; i++) {
		g_autofree char *text = ask(client, "a.txt", TEXT, strlen(TEXT));
		g_autofree char *zip = ask(client, "a.zip", crowd->zip->data, crowd->zip->len);

		if (strstr(text, "\"verdict\":\"found\"") != NULL && strstr(zip, "\"where\":\"a.csv\"") != NULL)
			g_atomic_int_inc(&crowd->right);
	}
	return NULL;
}

static void
test_crowd(World *world, gconstpointer data)
{
	g_autoptr(GByteArray) zip = small_zip();
	Crowd crowd = { world, zip, 0 };
	pthread_t thread[6];

	for (guint i = 0; i < G_N_ELEMENTS(thread); i++)
		g_assert_cmpint(pthread_create(&thread[i], NULL, ask_often, &crowd), ==, 0);
	for (guint i = 0; i < G_N_ELEMENTS(thread); i++)
		pthread_join(thread[i], NULL);
	g_assert_cmpint(crowd.right, ==, 30);
}

static void
forget(GBytes *reply, const GError *error, gpointer data)
{
}

/* Whoever leaves in the middle leaves nothing behind: the sanitizers and the next test would show it. */
static void
test_leaving(World *world, gconstpointer data)
{
	g_autoptr(GByteArray) zip = small_zip();
	g_autofree guint8 *piece = g_malloc(8 + zip->len);

	for (int i = 0; i < 20; i++) {
		g_autoptr(FnIpcClient) client = fn_ipc_client_new(world->path, FN_ROLE_ANY);
		guint64 job = open_job(client);

		memcpy(piece, &job, 8);
		memcpy(piece + 8, zip->data, zip->len);
		fn_ipc_send(client, FN_INSPECT_OP_ADD, piece, 8 + zip->len, forget, NULL);
		if (i % 2 == 0)
			fn_ipc_send(client, FN_INSPECT_OP_END, piece, 8, forget, NULL);
	}
}

static gint reloads, failures; /* atomic */

static void
count_reload(const GError *error)
{
	g_atomic_int_inc(error == NULL ? &reloads : &failures);
}

static void
test_reload(World *world, gconstpointer data)
{
	g_autofree char *tree = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);

	fn_inspect_service_reload(world->service, tree, "national", NULL, count_reload);
	fn_inspect_service_reload(world->service, "/no/such/rules", "national", NULL, count_reload);
	for (int i = 0; i < 3000 && g_atomic_int_get(&reloads) + g_atomic_int_get(&failures) < 2; i++)
		g_usleep(10000);
	g_assert_cmpint(g_atomic_int_get(&reloads), ==, 1);
	g_assert_cmpint(g_atomic_int_get(&failures), ==, 1);
	expect(ask(world->client, "a.txt", TEXT, strlen(TEXT)), "\"verdict\":\"found\"");
	fn_inspect_service_tick(world->service);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*test)(World *world, gconstpointer data);
	} tests[] = {
		{ "/service/ask", test_ask },
		{ "/service/many-findings", test_many_findings },
		{ "/service/one-frame", test_one_frame },
		{ "/service/bad-requests", test_bad_requests },
		{ "/service/life", test_life },
		{ "/service/peers", test_peers },
		{ "/service/crowd", test_crowd },
		{ "/service/leaving", test_leaving },
		{ "/service/reload", test_reload },
	};
	g_autofree char *worker = g_build_filename(g_getenv("FENGNI_BUILD"), "fengni-extract", NULL);
	FnInspectOptions options = fn_inspect_options_default();
	int failed;

	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	inspector = fn_inspector_new(&options, worker, NULL);
	g_assert_nonnull(inspector);
	scanner = fn_scanner_ref_new(fixture_scanner(NULL, NULL));
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].name, World, NULL, set_up, tests[i].test, tear_down);
	failed = g_test_run();
	fn_scanner_ref_free(scanner);
	fn_inspector_free(inspector);
	return failed;
}
