/* The log over HTTP: a real ledger behind the console, read as third parties and auditors read it. */
#include "api/test_console.h"

#include "api/feed.h"
#include "ledger/published.h"
#include "ledger/service.h"
#include "ledger/tile.h"
#include "ledger/tlog_proof.h"

#include <poll.h>

#define BASE "/api/v1/ledger/"

typedef struct {
	Console *console;
	TestDirectory *directory;
	TestKeys *keys;
	FnLog *log;
	gint64 now; /* the log's clock */
	FnLedgerService *service;
	pthread_t thread;
	const char *auditor; /* token */
} Fixture;

static void *
serve(void *data)
{
	Fixture *f = data;

	fn_ledger_service_run(f->service, f->log);
	return NULL;
}

/* Once it answers, it may be appended to; the connection to the one before is lost first. */
static void
await_ledger(Fixture *f)
{
	for (guint tries = 0; tries < 3; tries++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) status = fn_ipc_call(f->console->ledger.client, FN_LEDGER_OP_STATUS, NULL, 0, 0, &error);

		if (status != NULL)
			return;
		g_assert_error(error, FN_IPC_ERROR, FN_IPC_ERROR_LOST);
	}
	g_assert_not_reached();
}

static void
set_up(Fixture *f, gconstpointer engine)
{
	g_autoptr(GError) error = NULL;
	FnLogOptions options;

	f->console = console_new(engine);
	f->directory = test_directory_new();
	f->keys = test_keys_new();
	f->now = G_GINT64_CONSTANT(1762135200) * G_USEC_PER_SEC; /* 2025-11-03 */
	options = test_options(f->directory, f->keys);
	options.clock = test_keys_clock;
	options.clock_data = &f->now;
	f->log = fn_log_open(&options, &error);
	g_assert_no_error(error);
	peer_stop(&f->console->ledger);
	f->service = fn_ledger_service_new(f->console->ledger.path, &error);
	g_assert_no_error(error);
	g_assert_cmpint(pthread_create(&f->thread, NULL, serve, f), ==, 0);
	await_ledger(f);
	for (guint i = 0; i < OFFICES; i++)
		if (g_str_equal(console_offices[i], "auditor"))
			f->auditor = f->console->token[i];
}

static void
tear_down(Fixture *f, gconstpointer unused)
{
	console_free(f->console);
	fn_ledger_service_stop(f->service);
	pthread_join(f->thread, NULL);
	fn_log_close(f->log);
	fn_ledger_service_free(f->service);
	test_keys_free(f->keys);
	test_directory_free(f->directory);
}

static void
publish(Fixture *f)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_log_publish(f->log, &error));
	g_assert_no_error(error);
}

static Answer
get(Fixture *f, const char *path, const char *token)
{
	g_autofree char *whole = g_strconcat(BASE, path, NULL);

	return console_ask(f->console, "GET", whole, token, NULL);
}

static GString *
expect(Fixture *f, const char *path, const char *token, const char *type)
{
	Answer answer = get(f, path, token);
	g_autofree char *got = answer_header(&answer, "Content-Type");
	GString *body;

	if (answer.status != 200)
		g_error("%s: %u %s", path, answer.status, answer.body->str);
	g_assert_true(answer.whole);
	g_assert_cmpstr(got, ==, type);
	body = g_steal_pointer(&answer.body);
	answer_clear(&answer);
	return body;
}

static void
refused(Fixture *f, const char *path, const char *token, guint status)
{
	Answer answer = get(f, path, token);

	if (answer.status != status)
		g_error("%s: %u %s", path, answer.status, answer.body->str);
	answer_clear(&answer);
}

static guint64
log_size(Fixture *f)
{
	g_autofree char *status = fn_log_status(f->log);
	json_t *json = fn_json_parse(status, strlen(status), NULL);
	guint64 size = (guint64)json_integer_value(json_object_get(json, "durable"));

	json_decref(json);
	return size;
}

/* ---- what everybody may have ---- */

static void
check_tile(Fixture *f, FnSuite suite, guint64 index, guint width)
{
	g_autofree char *path = fn_tile_path(suite, 0, index, width);
	g_autoptr(GString) tile = expect(f, path, NULL, "application/octet-stream");

	g_assert_cmpuint(tile->len, ==, width * FN_DIGEST_SIZE);
	for (guint i = 0; i < width; i += 50) {
		g_autoptr(GByteArray) entry = g_byte_array_new();
		guint8 leaf[FN_DIGEST_SIZE];

		g_assert_true(fn_log_read(f->log, index * 256 + i, 1, G_MAXSIZE, entry, NULL));
		fn_tree_leaf(suite, entry->data + 2, entry->len - 2, leaf);
		g_assert_true(memcmp(tile->str + i * FN_DIGEST_SIZE, leaf, sizeof(leaf)) == 0);
	}
}

static void
test_public(Fixture *f, gconstpointer unused)
{
	static const char *const none[] = { "tile/0/002", "tile/0/001", "tile/0/001.p/0", "tile/0/001.p/255", "tile/00/000", "tile/9/000", "tile/0/0",
		"tile/0/000/", "tile/", "tile/0/x000/000", "sm3/tile/3/000.p/1", "heads/01", "heads/x", "checkpoint/", "sm3/checkpoint", "tile/entry/000" };
	Answer answer;
	g_autofree char *cache = NULL;
	g_autoptr(GString) note = NULL, heads = NULL, head = NULL, consistency = NULL, inclusion = NULL;

	refused(f, "checkpoint", NULL, 503);
	refused(f, "tile/0/000.p/1", NULL, 503);
	test_append_many(f->log, 0, 100);
	publish(f);
	test_append_many(f->log, 100, 200);
	publish(f);
	note = expect(f, "checkpoint", NULL, "text/plain; charset=utf-8");
	g_assert_true(g_str_has_prefix(note->str, "log.test.example/one\n301\n"));
	check_tile(f, FN_SUITE_INTL, 0, 256);
	check_tile(f, FN_SUITE_INTL, 1, 45);
	check_tile(f, FN_SUITE_GM, 0, 256);
	check_tile(f, FN_SUITE_GM, 0, 77);
	check_tile(f, FN_SUITE_GM, 1, 45);
	answer = get(f, "tile/0/000", NULL);
	cache = answer_header(&answer, "Cache-Control");
	g_assert_cmpstr(cache, ==, "public, max-age=31536000, immutable");
	answer_clear(&answer);
	heads = expect(f, "heads/0", NULL, "application/x-ndjson");
	g_assert_cmpint(heads->str[heads->len - 1], ==, '\n');
	g_string_truncate(heads, heads->len - 1);
	head = expect(f, "head", NULL, "application/json");
	g_assert_true(g_str_has_suffix(heads->str, head->str));
	consistency = expect(f, "proofs/consistency?first=37&size=290", NULL, "application/json");
	inclusion = expect(f, "proofs/inclusion?index=37", NULL, "application/json");
	g_assert_nonnull(strstr(inclusion->str, "\"size\":301}"));
	for (gsize i = 0; i < G_N_ELEMENTS(none); i++)
		refused(f, none[i], NULL, 404);
	refused(f, "cosigned", NULL, 404); /* no witness was asked */
	refused(f, "proofs/inclusion?index=400", NULL, 404);
	refused(f, "proofs/inclusion?size=40", NULL, 400);
	refused(f, "proofs/inclusion?index=4&size=302", NULL, 503);
	refused(f, "proofs/consistency?first=x", NULL, 400);
}

/* No way that strangers may go leads to an entry. */
static void
test_entries_are_not_public(Fixture *f, gconstpointer unused)
{
	static const char *const closed[] = { "tile/entries/000", "tile/entries/000.p/3", "sm3/tile/entries/000.p/3", "tile/entries/nonsense", "entries",
		"entries/0", "receipts/0", "receipts/0?form=tlog-proof", "stream?from=0", "export", "export?form=cef" };

	test_append(f->log, 0, 5);
	publish(f);
	for (gsize i = 0; i < G_N_ELEMENTS(closed); i++) {
		refused(f, closed[i], NULL, 401);
		refused(f, closed[i], f->console->token[0], 403);
	}
	refused(f, "tile/entries%2f000.p/3", NULL, 400);
	refused(f, "tile//entries/000.p/3", NULL, 404);
}

/* ---- auditors ---- */

static void
test_bundles(Fixture *f, gconstpointer unused)
{
	static const struct {
		const char *path;
		guint64 from, until;
	} cases[] = { { "tile/entries/000", 0, 256 }, { "tile/entries/001.p/44", 256, 300 }, { "sm3/tile/entries/000.p/7", 0, 7 } };

	test_append_many(f->log, 0, 300);
	publish(f);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) bundle = expect(f, cases[i].path, f->auditor, "application/octet-stream");
		g_autoptr(GByteArray) want = g_byte_array_new();

		g_assert_true(fn_log_read(f->log, cases[i].from, (guint)(cases[i].until - cases[i].from), G_MAXSIZE, want, NULL));
		g_assert_cmpuint(bundle->len, ==, want->len);
		g_assert_true(memcmp(bundle->str, want->data, want->len) == 0);
	}
	refused(f, "tile/entries/001.p/45", f->auditor, 404);
	refused(f, "tile/entries/001", f->auditor, 404);
	refused(f, "tile/entries/x072/x057/x594/x037/x927/935", f->auditor, 404);
	refused(f, "tile/entries/nonsense", f->auditor, 404);
}

/* A bundle that no frame holds comes in pieces. */
static void
test_large_bundle(Fixture *f, gconstpointer unused)
{
	g_autofree char *fill = g_strnfill(60000, 'x'), *body = g_strdup_printf("{\"event\":\"test\",\"fill\":\"%s\"}", fill);
	g_autoptr(GByteArray) want = g_byte_array_new();
	g_autoptr(GString) bundle = NULL;

	for (guint i = 0; i < 60; i++)
		g_assert_true(fn_log_append_wait(f->log, FN_ROLE_GATE, FN_CLASS_6M, body, strlen(body), NULL, NULL, NULL));
	publish(f);
	bundle = expect(f, "tile/entries/000.p/60", f->auditor, "application/octet-stream");
	g_assert_true(fn_log_read(f->log, 0, 60, G_MAXSIZE, want, NULL));
	g_assert_cmpuint(want->len, >, 3u << 20);
	g_assert_cmpuint(bundle->len, ==, want->len);
	g_assert_true(memcmp(bundle->str, want->data, want->len) == 0);
}

static void
test_receipts(Fixture *f, gconstpointer unused)
{
	g_autoptr(GString) receipt = NULL, text = NULL, entry = NULL;
	g_autoptr(GError) error = NULL;
	g_auto(FnTlogProof) proof = { 0 };

	test_append(f->log, 0, 20);
	publish(f);
	receipt = expect(f, "receipts/7", f->auditor, "application/json");
	g_assert_true(fn_receipt_verify(receipt->str, receipt->len, f->keys->gm_text, f->keys->intl_text, &error));
	g_assert_no_error(error);
	entry = expect(f, "entries/7", f->auditor, "application/json");
	g_assert_nonnull(strstr(receipt->str, entry->str));
	text = expect(f, "receipts/7?form=tlog-proof", f->auditor, "text/plain; charset=utf-8");
	g_assert_true(fn_tlog_proof_parse(text->str, text->len, &proof, &error));
	g_assert_no_error(error);
	g_assert_true(fn_tlog_proof_leads(&proof, entry->str, entry->len));
	refused(f, "receipts/7?form=pdf", f->auditor, 400);
	refused(f, "receipts/x", f->auditor, 400);
	refused(f, "receipts/700000", f->auditor, 404);
	refused(f, "entries/700000", f->auditor, 404);
}

static guint
count(const char *text, const char *what)
{
	guint n = 0;

	for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
		n++;
	return n;
}

static void
test_export(Fixture *f, gconstpointer unused)
{
	guint64 size;

	test_append_many(f->log, 0, 700);
	publish(f);
	size = log_size(f);
	for (guint i = 0; i < 4; i++) {
		static const char *const form[] = { "ndjson", "syslog", "cef", "syslog-octets" };
		g_autofree char *path = g_strdup_printf("export?form=%s&from=10&until=650", form[i]);
		g_autoptr(GString) got = expect(f, path, f->auditor, fn_export_type((FnExportForm[]){ FN_EXPORT_NDJSON, FN_EXPORT_SYSLOG, FN_EXPORT_CEF,
			FN_EXPORT_SYSLOG_OCTETS }[i]));
		g_autoptr(GByteArray) frames = g_byte_array_new();
		g_autoptr(GString) want = g_string_new(NULL);
		gsize at = 0;

		g_assert_true(fn_log_read(f->log, 10, 640, G_MAXSIZE, frames, NULL));
		for (guint64 index = 10; index < 650; index++) {
			gsize length = (gsize)frames->data[at] << 8 | frames->data[at + 1];
			FnExportForm which;

			g_assert_true(fn_export_form(form[i], &which));
			g_assert_true(fn_export_write(want, which, "log.test.example/one", index, frames->data + at + 2, length));
			at += 2 + length;
		}
		g_assert_cmpstr(got->str, ==, want->str);
	}
	/* to the end as it was when it began: its own entry is not in it, but the next one sees it */
	for (guint i = 0; i < 2; i++) {
		g_autoptr(GString) all = expect(f, "export", f->auditor, "application/x-ndjson");

		g_assert_cmpuint(count(all->str, "\n"), >=, size);
		g_assert_cmpuint(count(all->str, "\"event\":\"ledger.export\""), ==, 4 + i);
	}
	refused(f, "export?form=xml", f->auditor, 400);
	refused(f, "export?from=9&until=8", f->auditor, 400);
	refused(f, "export?from=999999", f->auditor, 400);
	refused(f, "export?from=-1", f->auditor, 400);
}

/* ---- the stream ---- */

typedef struct {
	int fd;
	GString *seen;
} Stream;

static Stream
follow(Fixture *f, const char *path, const char *token, const char *last)
{
	g_autofree char *header = last != NULL ? g_strdup_printf("Last-Event-ID: %s\r\n", last) : g_strdup("");
	g_autofree char *text = g_strdup_printf("GET " BASE "%s HTTP/1.1\r\nHost: x\r\nX-Fengni-Address: 10.0.0.9\r\nUser-Agent: test\r\n"
						"Authorization: Bearer %s\r\n%s\r\n", path, token, header);
	Stream stream = { test_http_connect(f->console->http_path), g_string_new(NULL) };

	test_http_send(stream.fd, text, strlen(text));
	return stream;
}

static void
stream_clear(Stream *stream)
{
	close(stream->fd);
	g_string_free(stream->seen, TRUE);
}

/* Reads until @what was seen, or the end (then FALSE). */
static gboolean
see(Stream *stream, const char *what)
{
	while (strstr(stream->seen->str, what) == NULL) {
		struct pollfd ready = { stream->fd, POLLIN, 0 };
		char buffer[4096];
		ssize_t n;

		g_assert_cmpint(poll(&ready, 1, 30000), ==, 1);
		n = recv(stream->fd, buffer, sizeof(buffer), 0);
		if (n <= 0)
			return FALSE;
		g_string_append_len(stream->seen, buffer, n);
	}
	return TRUE;
}

static void
test_stream(Fixture *f, gconstpointer unused)
{
	Stream stream, again;

	test_append(f->log, 0, 3);
	publish(f);
	stream = follow(f, "stream?from=1", f->auditor, NULL);
	g_assert_true(see(&stream, "id: 2\ndata: {\"body\":"));
	g_assert_nonnull(strstr(stream.seen->str, "Content-Type: text/event-stream"));
	g_assert_null(strstr(stream.seen->str, "id: 0\n"));
	g_assert_true(see(&stream, "\"event\":\"ledger.stream\"")); /* its own entry */
	test_append(f->log, 777, 1);
	g_assert_true(see(&stream, "\"n\":777}"));
	again = follow(f, "stream?from=1", f->auditor, "2");
	g_assert_true(see(&again, "id: 3\n"));
	g_assert_null(strstr(again.seen->str, "id: 2\n"));
	stream_clear(&stream);
	stream_clear(&again);
	refused(f, "stream", f->auditor, 400);
	refused(f, "stream?from=1000000", f->auditor, 404);
}

/* Nobody is shut out by one who opens many. */
static void
test_stream_limit(Fixture *f, gconstpointer unused)
{
	Stream stream[FN_FEEDS_OF_ONE];

	test_append(f->log, 0, 3);
	publish(f);
	for (guint i = 0; i < FN_FEEDS_OF_ONE; i++) {
		stream[i] = follow(f, "stream?from=0", f->auditor, NULL);
		g_assert_true(see(&stream[i], "id: 2\n"));
	}
	refused(f, "stream?from=0", f->auditor, 503);
	refused(f, "export", f->auditor, 503);
	for (guint i = 0; i < FN_FEEDS_OF_ONE; i++)
		stream_clear(&stream[i]);
}

/* A reader who does not read is not read for: what waits for him is bounded, and he gets all of it later. */
static void
test_slow_reader(Fixture *f, gconstpointer unused)
{
	g_autofree char *fill = g_strnfill(60000, 'x'), *body = g_strdup_printf("{\"event\":\"test\",\"fill\":\"%s\"}", fill);
	Stream stream;

	for (guint i = 0; i < 100; i++)
		g_assert_true(fn_log_append_wait(f->log, FN_ROLE_GATE, FN_CLASS_6M, body, strlen(body), NULL, NULL, NULL));
	publish(f);
	stream = follow(f, "stream?from=0", f->auditor, NULL);
	g_assert_true(see(&stream, "id: 0\n"));
	test_append(f->log, 778, 1);
	g_assert_true(see(&stream, "\"n\":778}"));
	for (guint i = 0; i < 100; i++) {
		g_autofree char *id = g_strdup_printf("\nid: %u\n", i);

		g_assert_nonnull(strstr(stream.seen->str, id));
	}
	stream_clear(&stream);
}

/* A stream ends with its session, in order; an answer that has an end is cut. */
static void
test_session_ends(Fixture *f, gconstpointer unused)
{
	Stream stream;

	test_append(f->log, 0, 3);
	publish(f);
	stream = follow(f, "stream?from=0", f->auditor, NULL);
	g_assert_true(see(&stream, "\"event\":\"ledger.stream\""));
	console_do(f->console, "POST", "/api/v1/logout", f->auditor, "{}", 200);
	g_assert_true(see(&stream, "\r\n0\r\n\r\n"));
	refused(f, "stream?from=0", f->auditor, 401);
	stream_clear(&stream);
}

/* With the ledger gone a stream ends, it does not look quiet. */
static void
test_ledger_dies(Fixture *f, gconstpointer unused)
{
	Stream stream;

	test_append(f->log, 0, 3);
	publish(f);
	stream = follow(f, "stream?from=0", f->auditor, NULL);
	g_assert_true(see(&stream, "\"event\":\"ledger.stream\""));
	fn_ledger_service_stop(f->service);
	pthread_join(f->thread, NULL);
	fn_ledger_service_free(f->service);
	g_assert_false(see(&stream, "never comes"));
	stream_clear(&stream);
	f->service = fn_ledger_service_new(f->console->ledger.path, NULL);
	g_assert_nonnull(f->service);
	g_assert_cmpint(pthread_create(&f->thread, NULL, serve, f), ==, 0);
}

/* ---- what was pruned ---- */

static void
check_stream_passes(Fixture *f, guint64 size)
{
	Stream stream = follow(f, "stream?from=0", f->auditor, NULL);
	g_autofree char *last = g_strdup_printf("\nid: %" G_GUINT64_FORMAT "\n", size - 1);

	g_assert_true(see(&stream, last));
	g_assert_null(strstr(stream.seen->str, "\nid: 3\n"));
	stream_clear(&stream);
}

/* Answers go on behind the gap; only a bundle cannot have one. */
static void
test_pruned(Fixture *f, gconstpointer unused)
{
	g_autoptr(GString) all = NULL, items = NULL;
	g_autoptr(GError) error = NULL;
	guint64 size, left = 0;

	for (guint month = 0; month < 3; month++, f->now += 30 * G_TIME_SPAN_DAY) {
		test_append_many(f->log, 0, 600);
		test_append(f->log, 0, 8); /* of all classes */
		publish(f);
	}
	f->now += 240 * G_TIME_SPAN_DAY;
	g_assert_true(test_keys_prune(f->log, f->keys, "2025-12", &error));
	g_assert_no_error(error);
	size = log_size(f);
	for (guint64 index = 0; index < size; index++) {
		g_autoptr(GByteArray) frame = g_byte_array_new();

		left += fn_log_read(f->log, index, 1, G_MAXSIZE, frame, NULL);
	}
	g_assert_cmpuint(left, <, size - 500);
	all = expect(f, "export", f->auditor, "application/x-ndjson");
	g_assert_cmpuint(count(all->str, "\n"), ==, left);
	refused(f, "tile/entries/000", f->auditor, 410);
	refused(f, "entries/3", f->auditor, 410);
	items = expect(f, "entries?from=3&limit=2", f->auditor, "application/json");
	g_assert_null(strstr(items->str, "\"index\":3,"));
	check_stream_passes(f, size);
	g_string_free(expect(f, "tile/0/000", NULL, "application/octet-stream"), TRUE); /* the tree is whole */
}

/* ---- what is entered of it ---- */

static json_t *
last_body(Fixture *f)
{
	g_autoptr(GByteArray) frame = g_byte_array_new();
	json_t *entry, *body;

	g_assert_true(fn_log_read(f->log, log_size(f) - 1, 1, G_MAXSIZE, frame, NULL));
	entry = fn_json_parse((const char *)frame->data + 2, frame->len - 2, NULL);
	body = json_incref(json_object_get(entry, "body"));
	json_decref(entry);
	return body;
}

static void
test_entered(Fixture *f, gconstpointer unused)
{
	static const struct {
		const char *path, *event, *subject;
	} cases[] = {
		{ "entries?from=1&limit=3", "ledger.read", "1-3" },
		{ "entries/2", "ledger.read", "2" },
		{ "receipts/3?form=tlog-proof", "ledger.read", "3" },
		{ "tile/entries/000.p/4", "ledger.read", "0-3" },
		{ "export?form=cef&from=2&until=5", "ledger.export", "2-4" },
	};
	guint64 before;

	test_append(f->log, 0, 5);
	publish(f);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		Answer answer = get(f, cases[i].path, f->auditor);
		json_t *body = last_body(f);

		g_assert_cmpuint(answer.status, ==, 200);
		g_assert_cmpstr(text_of(body, "event"), ==, cases[i].event);
		g_assert_cmpstr(text_of(body, "subject"), ==, cases[i].subject);
		json_decref(body);
		answer_clear(&answer);
	}
	before = log_size(f);
	refused(f, "tile/0/000.p/999", NULL, 404);
	g_string_free(expect(f, "checkpoint", NULL, "text/plain; charset=utf-8"), TRUE);
	g_assert_cmpuint(log_size(f), ==, before); /* what everybody may have is not entered */
}

/* One line a minute of each address and reason, however often it knocks. */
static void
test_strangers(Fixture *f, gconstpointer unused)
{
	static const char login[] = "{\"login\":\"stranger\",\"password\":\"x\"}";
	guint64 before = log_size(f);
	json_t *body;

	for (guint i = 0; i < 30; i++) {
		refused(f, i % 2 == 0 ? "entries" : "stream?from=0", NULL, 401);
		refused(f, "export", "no such token", 401);
	}
	g_assert_cmpuint(log_size(f), ==, before + 1);
	body = last_body(f);
	g_assert_cmpstr(text_of(body, "event"), ==, "ledger.read");
	g_assert_cmpstr(text_of(body, "result"), ==, "refused:session");
	g_assert_cmpstr(text_of(body, "address"), ==, "10.0.0.9");
	json_decref(body);
	for (guint i = 0; i < 3; i++)
		console_do(f->console, "POST", "/api/v1/login", NULL, login, 401);
	g_assert_cmpuint(log_size(f), ==, before + 2);
	fn_api_enter_strangers(f->console->api, FALSE); /* not yet a minute */
	g_assert_cmpuint(log_size(f), ==, before + 2);
	fn_api_enter_strangers(f->console->api, TRUE);
	g_assert_cmpuint(log_size(f), ==, before + 4);
	body = last_body(f);
	g_assert_cmpstr(text_of(body, "event"), ==, "console.strangers");
	g_assert_cmpint(json_integer_value(json_object_get(body, "count")), ==, g_str_equal(text_of(body, "result"), "refused:login") ? 2 : 59);
	json_decref(body);
	/* who is known is entered each time */
	for (guint i = 0; i < 3; i++)
		refused(f, "entries", f->console->token[0], 403);
	g_assert_cmpuint(log_size(f), ==, before + 7);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	/* GLib makes a lock with the first error; made by a thread, ThreadSanitizer would not see that it is safe. */
	g_error_free(g_error_new_literal(FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "first"));
#define ADD(name, test) g_test_add("/api/ledger/" name, Fixture, "sqlite", set_up, test, tear_down)
	ADD("public", test_public);
	ADD("entries-are-not-public", test_entries_are_not_public);
	ADD("bundles", test_bundles);
	ADD("large-bundle", test_large_bundle);
	ADD("receipts", test_receipts);
	ADD("export", test_export);
	ADD("stream", test_stream);
	ADD("stream-limit", test_stream_limit);
	ADD("slow-reader", test_slow_reader);
	ADD("session-ends", test_session_ends);
	ADD("ledger-dies", test_ledger_dies);
	ADD("pruned", test_pruned);
	ADD("entered", test_entered);
	ADD("strangers", test_strangers);
	return g_test_run();
}
