/* For tests: the console API on a Unix socket as the door would reach it, with a real registry and small stand-ins for ledger,
 * keeper, inspect and clock; an account for every office. */
#pragma once

#include "api/api_priv.h"

#include "audit/audit.h"
#include "base/identifiers.h"
#include "base/text.h"
#include "base/time.h"
#include "catalog/activation.h"
#include "catalog_sql.h"
#include "http/test_client.h"
#include "inspect/inspect.h"
#include "ledger/ledger.h"
#include "ledger/test_keys.h"
#include "people/testing.h"
#include "intake_sql.h"
#include "notify_sql.h"
#include "oversight_sql.h"
#include "people_sql.h"
#include "register_sql.h"
#include "share_sql.h"
#include "watch_sql.h"
#include "store/testing.h"
#include "work_sql.h"

#define CONSOLE_WORD "Fengche#7Lu-tai"
#define CONSOLE_START (G_GINT64_CONSTANT(1782000000) * G_USEC_PER_SEC) /* of the entries, one a second */

static const char *const console_offices[] = { "department_head", "sharing_head", "officer", "editor", "reviewer", "secrecy_reviewer",
	"system_admin", "security_admin", "auditor" };
enum { OFFICES = G_N_ELEMENTS(console_offices), PLAIN = OFFICES, CLOSED, CALLERS };

typedef struct {
	char *path;
	FnIpcServer *server;
	FnIpcClient *client;
	pthread_t thread;
} Peer;

typedef struct {
	TestDirectory *directory;
	TestKeys *keys;
	FnSettings *settings;
	FnInForce *in_force;
	FnDb *db;
	FnNow *now;
	FnApi *api;
	FnHttpServer *http;
	char *http_path;
	Peer ledger, keeper, inspect, clock;
	FnMutex mutex;
	GPtrArray *entries;         /* under the mutex: bodies, as they came */
	const char *ledger_refuses; /* under the mutex: code of the refusal of every append, or NULL */
	const char *clock_refuses;  /* the same for signing */
	const char *keeper_refuses; /* the same for turning back */
	const char *inspect_refuses, *inspect_says; /* under the mutex */
	char *inspect_opened;                       /* under the mutex: what the last document was opened with */
	GByteArray *document;                       /* under the mutex: its bytes */
	char *organization, *company;
	const char *language; /* Accept-Language of the calls */
	char *account[CALLERS], *token[CALLERS]; /* by office; then one without an office, one whose account was closed */
} Console;

/* ---- stand-ins ---- */

static inline void
console_append(Console *c, FnIpcToken *token, const guint8 *payload, gsize size)
{
	guint8 reply[24] = { 0 };
	const char *refuses;
	guint64 index;

	fn_mutex_lock(&c->mutex);
	refuses = c->ledger_refuses;
	if (refuses == NULL)
		g_ptr_array_add(c->entries, g_strndup((const char *)payload + 1, size - 1));
	index = GUINT64_TO_LE((guint64)c->entries->len - 1);
	fn_mutex_unlock(&c->mutex);
	if (refuses != NULL) {
		fn_ipc_refuse(token, refuses, "nothing is taken any more");
		return;
	}
	memcpy(reply, &index, sizeof(index));
	fn_ipc_reply(token, reply, sizeof(reply));
}

static inline void
console_read(Console *c, FnIpcToken *token, const guint8 *payload)
{
	g_autoptr(GByteArray) reply = g_byte_array_new();
	guint64 first;
	guint32 most;

	memcpy(&first, payload, sizeof(first));
	memcpy(&most, payload + sizeof(first), sizeof(most));
	fn_mutex_lock(&c->mutex);
	for (guint i = (guint)MIN(GUINT64_FROM_LE(first), c->entries->len); i < c->entries->len && most-- > 0; i++) {
		g_autofree char *time = fn_time_format(CONSOLE_START + i * G_USEC_PER_SEC);
		g_autofree char *entry = g_strdup_printf(
			"{\"body\":%s,\"class\":\"3y\",\"from\":\"gate\",\"salt\":\"000102030405060708090a0b0c0d0e0f\",\"time\":\"%s\"}",
			(const char *)g_ptr_array_index(c->entries, i), time);
		guint16 size = GUINT16_TO_BE((guint16)strlen(entry));

		g_byte_array_append(reply, (const guint8 *)&size, sizeof(size));
		g_byte_array_append(reply, (const guint8 *)entry, (guint)strlen(entry));
	}
	fn_mutex_unlock(&c->mutex);
	fn_ipc_reply(token, reply->data, reply->len);
}

static inline void
console_status(Console *c, FnIpcToken *token)
{
	char reply[64];

	fn_mutex_lock(&c->mutex);
	g_snprintf(reply, sizeof(reply), "{\"durable\":%u,\"minimum\":0}", c->entries->len);
	fn_mutex_unlock(&c->mutex);
	fn_ipc_reply(token, reply, strlen(reply));
}

static inline void
console_ledger(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	if (op == FN_LEDGER_OP_APPEND)
		console_append(data, token, payload, size);
	else if (op == FN_LEDGER_OP_READ)
		console_read(data, token, payload);
	else if (op == FN_LEDGER_OP_PROVE)
		fn_ipc_refuse(token, "range", "no such entry");
	else if (op == FN_LEDGER_OP_STATUS)
		console_status(data, token);
	else if (op == FN_LEDGER_OP_NEXT) /* nothing was pruned */
		fn_ipc_reply(token, payload, size);
	else
		fn_ipc_reply(token, "{\"size\":1}", 10);
}

static inline void
console_keeper(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	g_autofree char *reply = NULL;

	if (op == FN_KEEPER_OP_LEASE)
		reply = g_strdup("{\"key\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\",\"seconds\":300}");
	else if (op == FN_KEEPER_OP_PUBLIC)
		reply = g_strdup_printf("{\"key\":\"%s\"}", ((Console *)data)->keys->gm_text);
	else if (op == FN_KEEPER_OP_REVERSE && ((Console *)data)->keeper_refuses == NULL)
		reply = g_strdup("{\"values\":[\"CLEAR\",null]}");
	if (reply != NULL)
		fn_ipc_reply(token, reply, strlen(reply));
	else
		fn_ipc_refuse(token, op == FN_KEEPER_OP_REVERSE ? ((Console *)data)->keeper_refuses : "bad_csr", "not so");
}

/* Takes documents and says what it was told to say of them. */
static inline void
console_inspect(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	Console *c = data;

	fn_mutex_lock(&c->mutex);
	if (c->inspect_refuses != NULL) {
		fn_ipc_refuse(token, c->inspect_refuses, "not now");
	} else if (op == FN_INSPECT_OP_OPEN) {
		g_free(c->inspect_opened);
		c->inspect_opened = g_strndup((const char *)payload, size);
		g_byte_array_set_size(c->document, 0);
		fn_ipc_reply(token, "{\"job\":1}", 9);
	} else if (op == FN_INSPECT_OP_ADD) {
		g_byte_array_append(c->document, payload + 8, (guint)size - 8);
		fn_ipc_reply(token, "\1", 1);
	} else if (op == FN_INSPECT_OP_END) {
		fn_ipc_reply(token, c->inspect_says, strlen(c->inspect_says));
	} else {
		fn_ipc_reply(token, "{\"columns\":[]}", 14);
	}
	fn_mutex_unlock(&c->mutex);
}

static inline void
console_clock(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	static const char authorised[] = "{\"authorisation\":{\"pseudonyms\":[\"p1\",\"p2\"]},\"signature\":\"s\"}";
	const char *reply = op == FN_CLOCK_OP_REVERSAL ? authorised : "{}";
	Console *c = data;

	if (c->clock_refuses != NULL)
		fn_ipc_refuse(token, c->clock_refuses, "the history does not allow it");
	else
		fn_ipc_reply(token, reply, strlen(reply));
}

static inline void *
peer_run(void *server)
{
	fn_ipc_server_run(server);
	return NULL;
}

static inline void
peer_start(Console *c, Peer *peer, const char *name, FnIpcHandler handler)
{
	g_autoptr(GError) error = NULL;

	if (peer->path == NULL) {
		peer->path = g_strdup_printf("%s/%s/s.sock", c->directory, name);
		peer->client = fn_ipc_client_new(peer->path, FN_ROLE_ANY);
	}
	peer->server = fn_ipc_server_new(peer->path, handler, NULL, c, &error);
	g_assert_no_error(error);
	g_assert_cmpint(pthread_create(&peer->thread, NULL, peer_run, peer->server), ==, 0);
}

static inline void
peer_stop(Peer *peer)
{
	fn_ipc_server_stop(peer->server);
	pthread_join(peer->thread, NULL);
	fn_ipc_server_free(peer->server);
	peer->server = NULL;
}

static inline void
peer_free(Peer *peer)
{
	fn_ipc_client_free(peer->client);
	if (peer->server != NULL)
		peer_stop(peer);
	g_free(peer->path);
}

/* ---- a call ---- */

/* @body NULL: none. */
static inline Answer
console_ask(Console *c, const char *method, const char *path, const char *token, const char *body)
{
	g_autoptr(GString) text = g_string_new(NULL);
	int fd = test_http_connect(c->http_path);
	Answer answer;

	g_string_append_printf(text, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Fengni-Address: 10.0.0.9\r\nUser-Agent: test\r\nAccept-Language: %s\r\n",
		method, path, c->language);
	if (token != NULL)
		g_string_append_printf(text, "Authorization: Bearer %s\r\n", token);
	if (body != NULL)
		g_string_append_printf(text, "Content-Length: %zu\r\n", strlen(body));
	g_string_append_printf(text, "\r\n%s", body != NULL ? body : "");
	test_http_send(fd, text->str, text->len);
	answer = test_http_receive(fd, G_MAXSSIZE);
	close(fd);
	return answer;
}

/* The answer of a call that must be answered with @status. */
static inline json_t *
console_expect(Console *c, const char *method, const char *path, const char *token, const char *body, guint status)
{
	Answer answer = console_ask(c, method, path, token, body);
	g_autoptr(GError) error = NULL;
	json_t *reply = fn_json_parse(answer.body->str, answer.body->len, &error);

	if (answer.status != status)
		g_test_message("%s %s: %u %s", method, path, answer.status, answer.body->str);
	g_assert_cmpuint(answer.status, ==, status);
	g_assert_no_error(error);
	answer_clear(&answer);
	return reply;
}

static inline void
console_do(Console *c, const char *method, const char *path, const char *token, const char *body, guint status)
{
	json_decref(console_expect(c, method, path, token, body, status));
}

static inline const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

/* "@office", "@nobody", "@gone" log in as themselves. */
static inline void
console_login(Console *c, guint who)
{
	const char *name = who < OFFICES ? console_offices[who] : who == PLAIN ? "nobody" : "gone";
	g_autofree char *login = g_strdelimit(g_strdup(name), "_", '-');
	g_autofree char *body = g_strdup_printf("{\"login\":\"%s\",\"password\":\"" CONSOLE_WORD "\"}", login);
	json_t *reply = console_expect(c, "POST", "/api/v1/login", NULL, body, 200);

	g_free(c->token[who]);
	c->token[who] = g_strdup(text_of(reply, "token"));
	g_assert_cmpuint(strlen(c->token[who]), >=, 64);
	json_decref(reply);
}

/* ---- what was entered ---- */

static inline guint
console_entries(Console *c)
{
	guint n;

	fn_mutex_lock(&c->mutex);
	n = c->entries->len;
	fn_mutex_unlock(&c->mutex);
	return n;
}

static inline json_t *
console_entry(Console *c, guint i)
{
	json_t *entry;

	fn_mutex_lock(&c->mutex);
	g_assert_cmpuint(i, <, c->entries->len);
	entry = fn_json_parse(g_ptr_array_index(c->entries, i), strlen(g_ptr_array_index(c->entries, i)), NULL);
	fn_mutex_unlock(&c->mutex);
	g_assert_nonnull(entry);
	return entry;
}

static inline void
console_ledger_refuses(Console *c, const char *code)
{
	fn_mutex_lock(&c->mutex);
	c->ledger_refuses = code;
	fn_mutex_unlock(&c->mutex);
}

/* ---- life ---- */

static inline char *
console_organization(Console *c, const char *first17, const char *name, const char *kind)
{
	char *id = g_strdup_printf("%s%c", first17, fn_credit_code_check_character(first17));
	g_autoptr(GError) error = NULL;

	fn_people_add_organization(c->db, id, name, kind, "130100", NULL, &error);
	g_assert_no_error(error);
	return id;
}

static inline void
console_people(Console *c)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_db_begin(c->db, &error));
	c->organization = console_organization(c, "11130100MB0000001", "市数据局", "bureau");
	c->company = console_organization(c, "91130100MA0000004", "某公司", "enterprise");
	for (guint i = 0; i < CALLERS; i++) {
		const char *name = i < OFFICES ? console_offices[i] : i == PLAIN ? "nobody" : "gone";
		g_autofree char *login = g_strdelimit(g_strdup(name), "_", '-');

		c->account[i] =
			fn_people_add_account_at_cost(c->db, c->organization, login, login, CONSOLE_WORD, FN_PASSWORD_TEST_COST, &error);
		g_assert_no_error(error);
		if (i < OFFICES)
			fn_people_set_office(c->db, c->account[i], console_offices[i], TRUE, &error);
		g_assert_no_error(error);
	}
	g_assert_true(fn_db_commit(c->db, &error));
}

static inline void
console_serve(Console *c)
{
	FnApiOptions options = { .settings = c->settings, .in_force = c->in_force, .registry = fn_test_db_url(c->db), .ledger = c->ledger.client,
		.keeper = c->keeper.client, .inspect = c->inspect.client, .clock = c->clock.client };
	FnHttpOptions http = { .peer_uid = (uid_t)-1, .threads = 1, .body_max = 1 << 20, .connections = 50, .timeout = 30,
		.handler = fn_api_handle, .large = fn_api_large, .large_max = 4 << 20, .large_most = 2 };
	g_autoptr(GError) error = NULL;

	options.now = c->now = fn_now_wait(c->settings, c->ledger.client, &error);
	g_assert_no_error(error);
	c->api = fn_api_new(&options, &error);
	g_assert_no_error(error);
	http.socket_path = c->http_path = g_strdup_printf("%s/h/h.sock", c->directory);
	http.data = c->api;
	c->http = fn_http_server_new(&http, &error);
	g_assert_no_error(error);
}

/* An index of the ledger in which nothing is yet. */
static inline void
console_index(Console *c)
{
	g_autofree char *directory = g_build_filename(c->directory, "audit", NULL), *url = fn_audit_url(c->settings);
	g_autoptr(GError) error = NULL;
	FnDb *db;

	g_assert_cmpint(g_mkdir(directory, 0700), ==, 0);
	db = fn_audit_open(url, &error);
	g_assert_no_error(error);
	fn_db_close(db);
}

static inline Console *
console_new(gconstpointer engine)
{
	static const FnMigration *const rooms[] = { fn_sql_people_migrations, fn_sql_work_migrations, fn_sql_catalog_migrations, fn_sql_share_migrations, fn_sql_notify_migrations,
		fn_sql_watch_migrations, fn_sql_oversight_migrations, fn_sql_register_migrations, fn_sql_intake_migrations, NULL };
	Console *c = g_new0(Console, 1);
	g_autofree char *registry = NULL, *rules = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);
	g_autoptr(GError) error = NULL;

	c->directory = test_directory_new();
	registry = g_build_filename(c->directory, "registry", NULL);
	g_assert_cmpint(g_mkdir(registry, 0700), ==, 0);
	c->keys = test_keys_new();
	c->entries = g_ptr_array_new_with_free_func(g_free);
	c->document = g_byte_array_new();
	c->language = "en";
	c->inspect_says = "{\"verdict\":\"clean\",\"level\":1,\"found\":0,\"counts\":{},\"findings\":[]}";
	g_ptr_array_add(c->entries, g_strdup("{\"event\":\"instance.made\",\"throw_away\":true}"));
	c->settings = fn_settings_load(c->directory, &error);
	g_assert_no_error(error);
	console_index(c);
	c->in_force = fn_in_force_new(fn_rules_load(rules, fn_settings_text(c->settings, "pack"), NULL, &error), fn_catalog_effects, &error);
	g_assert_no_error(error);
	c->db = fn_test_db(engine, rooms);
	console_people(c);
	peer_start(c, &c->ledger, "l", console_ledger);
	peer_start(c, &c->keeper, "k", console_keeper);
	peer_start(c, &c->inspect, "i", console_inspect);
	peer_start(c, &c->clock, "c", console_clock);
	console_serve(c);
	for (guint i = 0; i < CALLERS; i++)
		console_login(c, i);
	g_assert_true(fn_db_begin(c->db, &error));
	g_assert_true(fn_people_close_account(c->db, c->account[CLOSED], &error));
	g_assert_true(fn_db_commit(c->db, &error));
	return c;
}

static inline void
console_free(Console *c)
{
	fn_http_server_free(c->http, 2000);
	fn_api_free(c->api);
	fn_now_free(c->now);
	peer_free(&c->ledger);
	peer_free(&c->keeper);
	peer_free(&c->inspect);
	peer_free(&c->clock);
	fn_db_close(c->db);
	fn_in_force_free(c->in_force);
	fn_settings_free(c->settings);
	for (guint i = 0; i < CALLERS; i++) {
		g_free(c->account[i]);
		g_free(c->token[i]);
	}
	g_ptr_array_unref(c->entries);
	g_byte_array_unref(c->document);
	g_free(c->inspect_opened);
	g_free(c->organization);
	g_free(c->company);
	g_free(c->http_path);
	test_keys_free(c->keys);
	test_directory_free(c->directory);
	g_free(c);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Console, console_free)
