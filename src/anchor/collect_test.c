/* A ledger, its witnesses and the way between them, whole: real sockets, a real witness; and answers that nobody should give. */
#include "anchor/collect.h"
#include "anchor/testing.h"
#include "anchor/timestamp.h"
#include "ledger/service.h"
#include "witness/testing.h"

typedef struct {
	TestWorld world;
	FnLedgerService *service;
	FnCosignatures *cosignatures;
	pthread_t thread;
	FnIpcClient *ledger;
	char *socket;
	FnWitnessServer *server;
	TestStub stub;
	TestAuthority *authority;
	GPtrArray *witnesses; /* the witness; one that is the stub, under the same key */
	FnCollector *collector;
} Fixture;

static void *
run_ledger(void *data)
{
	Fixture *fixture = data;

	fn_ledger_service_run(fixture->service, fixture->world.log);
	return NULL;
}

static void
ignore_alarm(const char *text)
{
}

static void
renew(Fixture *fixture)
{
	FnCollectorOptions options = { .ledger = fixture->ledger, .witnesses = fixture->witnesses, .interval_s = 1, .public_key = test_keys_public,
		.data = fixture->world.keys, .timestamp_digest = "sm3" };

	fn_collector_free(fixture->collector);
	if (fixture->authority != NULL) {
		options.timestamp_url = fixture->stub.url;
		options.timestamp_ca = fixture->authority->ca_pem;
	}
	fixture->collector = fn_collector_new(&options);
}

/* @which: "witness", "stub" or "authority" (and the witness). */
static void
start(Fixture *fixture, gconstpointer which)
{
	gboolean stub = g_str_equal(which, "stub");
	g_autofree char *url = NULL, *list = NULL;
	g_autoptr(GBytes) running = NULL;
	g_autoptr(GError) error = NULL;

	fn_roles_init(0);
	test_world_start(&fixture->world, TRUE);
	test_stub_start(&fixture->stub);
	fixture->server = fn_witness_serve(fixture->world.witness, test_listen(&url), ignore_alarm, &error);
	g_assert_no_error(error);
	list = g_strdup_printf("%s %s\n", stub ? fixture->stub.url : url, fixture->world.witness_line);
	fixture->witnesses = fn_witnesses_parse(list, &error);
	g_assert_no_error(error);
	fixture->socket = g_build_filename(fixture->world.logs[0], "ledger.sock", NULL);
	fixture->service = fn_ledger_service_new(fixture->socket, &error);
	g_assert_no_error(error);
	fixture->cosignatures = fn_cosignatures_open(fixture->world.logs[0], fixture->witnesses, &error);
	g_assert_no_error(error);
	fn_ledger_service_cosignatures(fixture->service, fixture->cosignatures);
	g_assert_cmpint(pthread_create(&fixture->thread, NULL, run_ledger, fixture), ==, 0);
	fixture->ledger = fn_ipc_client_new(fixture->socket, FN_ROLE_ANY);
	running = fn_ipc_call(fixture->ledger, FN_LEDGER_OP_STATUS, NULL, 0, 0, NULL); /* before the first entry comes past it */
	g_assert_nonnull(running);
	if (g_str_equal(which, "authority")) {
		fixture->authority = test_authority_new();
		fixture->stub.authority = fixture->authority;
		test_stub_say(&fixture->stub, 200, "application/timestamp-reply", NULL);
	}
	renew(fixture);
}

static void
stop(Fixture *fixture, gconstpointer which)
{
	fn_collector_free(fixture->collector);
	fn_witness_server_free(fixture->server);
	test_stub_stop(&fixture->stub);
	fn_ipc_client_free(fixture->ledger);
	fn_ledger_service_stop(fixture->service);
	pthread_join(fixture->thread, NULL);
	g_clear_pointer(&fixture->world.log, fn_log_close); /* it may answer until then */
	fn_ledger_service_free(fixture->service);
	fn_cosignatures_free(fixture->cosignatures);
	g_ptr_array_unref(fixture->witnesses);
	if (fixture->authority != NULL)
		test_authority_free(fixture->authority);
	g_free(fixture->socket);
	test_world_stop(&fixture->world);
}

/* ---- looking ---- */

static json_t *
status(const Fixture *fixture)
{
	g_autofree char *text = fn_collector_status(fixture->collector);
	json_t *json = fn_json_parse(text, strlen(text), NULL);

	g_assert_nonnull(json);
	return json;
}

/* A member of what is said about the witness, or ("timestamp") about the authority. */
static char *
told(const Fixture *fixture, const char *member)
{
	json_t *json = status(fixture), *value;
	char *text;

	value = json_object_get(g_str_has_prefix(member, "stamp_") ? json_object_get(json, "timestamp") : json_array_get(json_object_get(json, "witnesses"), 0),
		g_str_has_prefix(member, "stamp_") ? member + 6 : member);
	text = json_is_integer(value) ? g_strdup_printf("%lld", (long long)json_integer_value(value)) : g_strdup(json_string_value(value));
	json_decref(json);
	return text;
}

static void
expect(const Fixture *fixture, const char *member, const char *wanted)
{
	g_autofree char *found = told(fixture, member);

	g_assert_cmpstr(found, ==, wanted);
}

static void
expect_size(const Fixture *fixture, guint64 size)
{
	g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, size);

	expect(fixture, "size", text);
}

/* How many entries of the event hold @part. */
static guint
entries(const Fixture *fixture, const char *part)
{
	g_autoptr(GPtrArray) all = fn_ledger_read(fixture->ledger, 0, 10000, NULL);
	guint count = 0;

	for (guint i = 0; i < all->len; i++)
		count += g_strstr_len(g_bytes_get_data(all->pdata[i], NULL), (gssize)g_bytes_get_size(all->pdata[i]), part) != NULL;
	return count;
}

#define ALARM(kind) "\"event\":\"ledger.alarm\",\"kind\":\"" kind "\""

/* ---- a witness that works ---- */

static void
test_collects(Fixture *fixture, gconstpointer unused)
{
	g_auto(TestHead) first = test_head(fixture->world.log, 5), second = { 0 };
	g_autofree char *path = g_build_filename(fixture->world.logs[0], "cosignatures/checkpoint", NULL), *note = NULL;
	const FnKnownWitness *witness = g_ptr_array_index(fixture->witnesses, 0);
	FnCheckpoint checkpoint;

	expect(fixture, "state", "new");
	fn_collector_round(fixture->collector);
	expect(fixture, "state", "current");
	expect(fixture, "behind", "0");
	expect(fixture, "why", NULL);
	expect_size(fixture, first.size);
	g_assert_true(g_file_get_contents(path, &note, NULL, NULL));
	g_assert_true(fn_checkpoint_parse(note, strlen(note), &checkpoint, NULL));
	g_assert_cmpuint(checkpoint.size, ==, first.size);
	g_assert_true(fn_cosignature_find(checkpoint.lines, checkpoint.body, witness->key, NULL, NULL, NULL));
	second = test_head(fixture->world.log, 300);
	fn_collector_round(fixture->collector);
	expect_size(fixture, second.size);
	/* Another process knows what this one collected, and goes on from there. */
	renew(fixture);
	fn_collector_round(fixture->collector);
	expect(fixture, "state", "current");
	expect_size(fixture, second.size);
	g_assert_cmpuint(entries(fixture, "ledger.alarm"), ==, 0);
}

static void
test_no_head(Fixture *fixture, gconstpointer unused)
{
	fn_collector_round(fixture->collector);
	expect(fixture, "state", "new");
}

static void
test_unreachable(Fixture *fixture, gconstpointer unused)
{
	g_auto(TestHead) first = test_head(fixture->world.log, 5), second = { 0 };
	g_autofree char *behind = NULL, *since = NULL, *why = NULL;

	fn_collector_round(fixture->collector);
	g_clear_pointer(&fixture->server, fn_witness_server_free);
	second = test_head(fixture->world.log, 5);
	fn_collector_round(fixture->collector);
	behind = g_strdup_printf("%" G_GUINT64_FORMAT, second.size - first.size);
	expect(fixture, "state", "unreachable");
	expect(fixture, "behind", behind);
	since = told(fixture, "since");
	why = told(fixture, "why");
	g_assert_nonnull(since);
	g_assert_nonnull(why);
	fn_collector_round(fixture->collector);
	expect(fixture, "since", since);
	expect_size(fixture, first.size);
}

/* The witness was set back to nothing, and says so: it leads on, and there is an entry. */
static void
test_witness_set_back(Fixture *fixture, gconstpointer unused)
{
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, TEST_ORIGIN, -1);
	g_autofree char *path = g_build_filename(fixture->world.directory, "state", hash, NULL);
	g_autofree char *url = NULL;

	test_grow(fixture->world.log, 5);
	fn_collector_round(fixture->collector);
	test_grow(fixture->world.log, 5);
	g_clear_pointer(&fixture->server, fn_witness_server_free);
	g_assert_cmpint(g_unlink(path), ==, 0);
	test_reopen(&fixture->world);
	fixture->server = fn_witness_serve(fixture->world.witness, test_listen(&url), ignore_alarm, NULL);
	g_free(((FnKnownWitness *)fixture->witnesses->pdata[0])->url);
	((FnKnownWitness *)fixture->witnesses->pdata[0])->url = g_steal_pointer(&url);
	fn_collector_round(fixture->collector);
	expect(fixture, "state", "current");
	g_assert_cmpuint(entries(fixture, ALARM("witness_set_back")), ==, 1);
}

/* ---- forks ---- */

/* The witness sees @head of the other log first. */
static void
mislead(const Fixture *fixture, const TestHead *head)
{
	g_autofree char *body = test_add_head(head, 0);
	FnWitnessAnswer answer = test_post(fixture->world.witness, "/add-head", body);

	g_assert_cmpuint(answer.status, ==, 200);
	fn_witness_answer_clear(&answer);
}

static void
expect_fork(Fixture *fixture)
{
	for (guint i = 0; i < 2; i++) {
		fn_collector_round(fixture->collector);
		expect(fixture, "state", "fork");
		expect(fixture, "size", "0");
	}
	g_assert_cmpuint(entries(fixture, ALARM("fork")), ==, 1);
}

static void
test_fork(Fixture *fixture, gconstpointer unused)
{
	g_auto(TestHead) other = test_head(fixture->world.fork, 5);

	test_grow(fixture->world.log, 9);
	mislead(fixture, &other);
	expect_fork(fixture);
}

static void
test_fork_of_the_same_size(Fixture *fixture, gconstpointer unused)
{
	g_auto(TestHead) other = test_head(fixture->world.fork, 5), ours = test_head(fixture->world.log, 5);

	g_assert_cmpuint(other.size, ==, ours.size);
	mislead(fixture, &other);
	expect_fork(fixture);
}

static void
test_set_back(Fixture *fixture, gconstpointer unused)
{
	g_auto(TestHead) other = test_head(fixture->world.fork, 9);

	test_grow(fixture->world.log, 5);
	mislead(fixture, &other);
	expect_fork(fixture);
}

/* ---- answers that nobody should give ---- */

static void
test_lies(Fixture *fixture, gconstpointer unused)
{
	static const struct {
		guint status;
		const char *type, *body, *state;
	} lies[] = {
		{ 200, "text/plain", "", "refused" },
		{ 200, "text/plain", "\xe2\x80\x94 witness.test.example/w AAAAAAAA\n", "refused" },
		{ 200, "text/plain", "sm2 1 AAAA\n", "refused" },
		{ 404, "text/plain", "unknown\n", "refused" },
		{ 403, "text/plain", "no\x1b[31m\n", "refused" },
		{ 400, "text/plain", "what?\n", "refused" },
		{ 302, "text/plain", "elsewhere\n", "refused" },
		{ 409, "text/plain", "7\n", "refused" },
		{ 409, "text/x.tlog.size", "seven\n", "refused" },
		{ 409, "text/x.tlog.size", "", "refused" },
		{ 409, "text/x.tlog.size", "0\n", "refused" },
		{ 409, "text/x.tlog.size", "7", "refused" },
		{ 422, "text/plain", "bad proof\n", "refused" }, /* of nothing: no fork */
		{ 429, "text/plain", "later\n", "unreachable" },
		{ 503, "text/plain", "later\n", "unreachable" },
	};

	test_grow(fixture->world.log, 9);
	for (gsize i = 0; i < G_N_ELEMENTS(lies); i++) {
		g_autofree char *why = NULL;

		g_test_message("%u %s", lies[i].status, lies[i].type);
		test_stub_say(&fixture->stub, lies[i].status, lies[i].type, lies[i].body);
		fn_collector_round(fixture->collector);
		expect(fixture, "state", lies[i].state);
		why = told(fixture, "why");
		g_assert_nonnull(why);
		g_assert_null(strchr(why, '\x1b'));
		expect(fixture, "size", "0");
	}
	/* Always another size: asked a few times, then left. */
	test_stub_say(&fixture->stub, 409, "text/x.tlog.size", "3\n");
	fixture->stub.asked = 0;
	fn_collector_round(fixture->collector);
	expect(fixture, "state", "refused");
	g_assert_cmpuint(fixture->stub.asked, ==, 2);
	g_assert_cmpuint(entries(fixture, "ledger.alarm"), ==, 0);
}

static void
test_too_much(Fixture *fixture, gconstpointer unused)
{
	g_autofree char *much = g_strnfill(1 << 20, 'x');

	test_grow(fixture->world.log, 9);
	test_stub_say(&fixture->stub, 200, "text/plain", much);
	fn_collector_round(fixture->collector);
	expect(fixture, "state", "unreachable");
}

static void *
run_collector(void *data)
{
	fn_collector_run(data);
	return NULL;
}

/* A witness that never answers: nobody waits for it, least of all the end. */
static void
test_never_answers(Fixture *fixture, gconstpointer unused)
{
	g_auto(TestHead) head = test_head(fixture->world.log, 9);
	pthread_t thread;
	json_t *json;

	test_stub_say(&fixture->stub, 0, NULL, NULL);
	g_assert_cmpint(pthread_create(&thread, NULL, run_collector, fixture->collector), ==, 0);
	fn_mutex_lock(&fixture->stub.mutex);
	while (fixture->stub.asked == 0)
		fn_cond_wait(&fixture->stub.asked_one, &fixture->stub.mutex);
	fn_mutex_unlock(&fixture->stub.mutex);
	json = status(fixture);
	g_assert_cmpint(json_integer_value(json_object_get(json, "size")), ==, (gint64)head.size);
	json_decref(json);
	fn_collector_stop(fixture->collector);
	pthread_join(thread, NULL);
	expect(fixture, "state", "unreachable");
}

/* ---- time stamps ---- */

static void
test_stamps(Fixture *fixture, gconstpointer unused)
{
	g_auto(TestHead) head = test_head(fixture->world.log, 9);
	g_autofree char *name = g_strdup_printf("cosignatures/timestamp-%" G_GUINT64_FORMAT, head.size);
	g_autofree char *path = g_build_filename(fixture->world.logs[0], name, NULL), *text = NULL;
	const TestKeys *keys = fixture->world.keys;
	g_autoptr(GError) error = NULL;
	guint64 size, time;
	gsize length;

	fn_collector_round(fixture->collector);
	expect(fixture, "stamp_state", "current");
	g_assert_cmpuint(entries(fixture, "\"event\":\"ledger.timestamp\""), ==, 1);
	g_assert_true(g_file_get_contents(path, &text, &length, NULL));
	fn_timestamp_verify_kept(text, length, keys->gm_text, keys->intl_text, fixture->authority->ca_pem, &size, &time, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(size, ==, head.size);
	g_assert_cmpuint(time, >, 1700000000);
	/* Another head of the same day has none, whoever asks. */
	test_grow(fixture->world.log, 9);
	fn_collector_round(fixture->collector);
	renew(fixture);
	fn_collector_round(fixture->collector);
	g_assert_cmpuint(entries(fixture, "\"event\":\"ledger.timestamp\""), ==, 1);
	*strstr(text, "\ntimestamp 1") = ' ';
	g_assert_false(fn_timestamp_verify_kept(text, length, keys->gm_text, keys->intl_text, fixture->authority->ca_pem, &size, &time, NULL));
}

static void
test_no_stamp(Fixture *fixture, gconstpointer unused)
{
	test_grow(fixture->world.log, 9);
	fixture->authority->refuses = TRUE;
	fn_collector_round(fixture->collector);
	expect(fixture, "state", "current"); /* the witness does not suffer */
	expect(fixture, "stamp_state", "refused");
	fixture->authority->refuses = FALSE;
	renew(fixture);
	test_stub_say(&fixture->stub, 500, "text/plain", "no");
	fn_collector_round(fixture->collector);
	expect(fixture, "stamp_state", "refused");
	g_assert_cmpuint(entries(fixture, "\"event\":\"ledger.timestamp\""), ==, 0);
	/* Asked again only after a while. */
	test_stub_say(&fixture->stub, 200, "application/timestamp-reply", NULL);
	fixture->stub.asked = 0;
	fn_collector_round(fixture->collector);
	g_assert_cmpuint(fixture->stub.asked, ==, 0);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name, *which;
		void (*run)(Fixture *fixture, gconstpointer which);
	} tests[] = {
		{ "collects", "witness", test_collects },
		{ "no-head", "witness", test_no_head },
		{ "unreachable", "witness", test_unreachable },
		{ "witness-set-back", "witness", test_witness_set_back },
		{ "fork", "witness", test_fork },
		{ "fork-of-the-same-size", "witness", test_fork_of_the_same_size },
		{ "set-back", "witness", test_set_back },
		{ "lies", "stub", test_lies },
		{ "too-much", "stub", test_too_much },
		{ "never-answers", "stub", test_never_answers },
		{ "stamps", "authority", test_stamps },
		{ "no-stamp", "authority", test_no_stamp },
	};

	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strconcat("/collect/", tests[i].name, NULL);

		g_test_add(path, Fixture, tests[i].which, start, tests[i].run, stop);
	}
	return g_test_run();
}
