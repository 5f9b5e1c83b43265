/* For tests of the gate: a registry, a source, a real ledger, a keeper of our own, and the gate on a Unix socket as the door
 * would reach it. */
#pragma once

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "catalog/catalog.h"
#include "catalog_sql.h"
#include "crypto/keeper_client.h"
#include "http/test_client.h"
#include "ledger/service.h"
#include "ledger/test_keys.h"
#include "people_sql.h"
#include "share_sql.h"
#include "share/share_priv.h"
#include "share/sign.h"
#include "store/testing.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WORLD_PEOPLE 60000
#define WORLD_NOTED  1000 /* in this person's note stands somebody's number, the standard's own example */
#define WORLD_NUMBER "11010519491231002X"
#define WORLD_DAY    ((gint64)86400 * G_USEC_PER_SEC)

typedef struct {
	char *key_file, *certificate_file, *escaped, fingerprint[65];
	gint64 not_before, not_after;
} WorldCaller;

typedef struct {
	TestDirectory *directory;
	TestKeys *ledger_keys;
	EVP_PKEY *grant_key;
	char *grant_key_text, *ledger_path, *keeper_path, *http_path, *registry;
	FnLog *log;
	FnLedgerService *ledger_service;
	FnIpcServer *keeper_server;
	pthread_t ledger_thread, keeper_thread;
	FnIpcClient *ledger, *keeper;
	FnSettings *settings;
	FnRules *rules;
	FnScannerRef *scanner;
	FnDb *db;
	FnShare *share;
	FnHttpServer *http;
	gint64 ahead; /* of the share's clock, us; changed only while nothing runs */
	WorldCaller hall, other, revoked, expired, unknown;
} World;

/* ---- the keeper: public key of grants, leases derived from their context ---- */

static inline void
world_keeper(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	World *w = data;
	json_t *request = fn_json_parse((const char *)payload, size, NULL);
	g_autofree char *reply = NULL, *base64 = NULL, *context = NULL;
	guint8 key[32];

	if (op == FN_KEEPER_OP_PUBLIC) {
		reply = g_strdup_printf("{\"key\":\"%s\"}", w->grant_key_text);
	} else {
		context = g_strconcat(json_string_value(json_object_get(request, "purpose")), "/",
			json_string_value(json_object_get(request, "context")), NULL);
		fn_sha256(context, strlen(context), key);
		base64 = g_base64_encode(key, sizeof(key));
		reply = g_strdup_printf("{\"key\":\"%s\",\"seconds\":300}", base64);
	}
	json_decref(request);
	fn_ipc_reply(token, reply, strlen(reply));
}

static inline void *
world_run_keeper(void *data)
{
	fn_ipc_server_run(((World *)data)->keeper_server);
	return NULL;
}

static inline void *
world_run_ledger(void *data)
{
	World *w = data;

	fn_ledger_service_run(w->ledger_service, w->log);
	return NULL;
}

/* ---- certificates ---- */

static inline void
world_caller(World *w, WorldCaller *caller, const char *name, long from, long until)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	X509 *certificate = X509_new();
	g_autofree char *pem = NULL;
	guint8 digest[32];
	unsigned n = sizeof(digest);
	gsize size;
	FILE *out;

	X509_set_version(certificate, X509_VERSION_3);
	X509_gmtime_adj(X509_getm_notBefore(certificate), from);
	X509_gmtime_adj(X509_getm_notAfter(certificate), until);
	X509_set_pubkey(certificate, key);
	g_assert_cmpint(X509_sign(certificate, key, EVP_sha256()), >, 0);
	caller->key_file = g_strdup_printf("%s/%s.key", w->directory, name);
	caller->certificate_file = g_strdup_printf("%s/%s.crt", w->directory, name);
	out = fopen(caller->key_file, "w");
	g_assert_cmpint(PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL), ==, 1);
	fclose(out);
	out = fopen(caller->certificate_file, "w");
	g_assert_cmpint(PEM_write_X509(out, certificate), ==, 1);
	fclose(out);
	g_assert_true(g_file_get_contents(caller->certificate_file, &pem, &size, NULL));
	caller->escaped = g_uri_escape_string(pem, NULL, FALSE);
	X509_digest(certificate, EVP_sha256(), digest, &n);
	g_autofree char *hex = fn_hex(digest, sizeof(digest));

	g_strlcpy(caller->fingerprint, hex, sizeof(caller->fingerprint));
	caller->not_before = fn_time_now() + from * G_USEC_PER_SEC;
	caller->not_after = fn_time_now() + until * G_USEC_PER_SEC;
	X509_free(certificate);
	EVP_PKEY_free(key);
}

static inline void
world_caller_clear(WorldCaller *caller)
{
	g_free(caller->key_file);
	g_free(caller->certificate_file);
	g_free(caller->escaped);
}

/* ---- the registry ---- */

static const char *const world_none[] = { NULL };
#define WORLD_SQL(text_) { .name = "test", .sqlite = text_, .postgres = text_, .parameters = world_none }

static const FnSql world_rows[] = {
	WORLD_SQL("INSERT INTO organization (id, name, kind, region, parent, state, created_at) VALUES ('A', 'Provider', 'department', '371400', NULL, 'active', 0)"),
	WORLD_SQL("INSERT INTO organization (id, name, kind, region, parent, state, created_at) VALUES ('B', 'Consumer', 'department', '371400', NULL, 'active', 0)"),
	WORLD_SQL("INSERT INTO organization (id, name, kind, region, parent, state, created_at) VALUES ('C', 'Third', 'department', '371400', NULL, 'active', 0)"),
	WORLD_SQL("INSERT INTO person VALUES ('p1', 'B', 'Li', 0)"),
	WORLD_SQL("INSERT INTO account (id, person, organization, login, password, password_at, totp_step, state, created_at) VALUES ('op1', 'p1', 'B', 'li', 'x', 0, 0, 'active', 0)"),
	WORLD_SQL("INSERT INTO system VALUES ('s1', 'B', 'hall', 3, 'active', 0)"),
	WORLD_SQL("INSERT INTO system VALUES ('s2', 'C', 'other', 3, 'active', 0)"),
	WORLD_SQL("INSERT INTO system_operator VALUES ('s1', 'op1')"),
	WORLD_SQL("INSERT INTO resource VALUES ('371400-A-1', 'A', 1, 'Residents', 'conditional', 2, 'published', 'published', 1, 1, 'op1', 0, 0)"),
	WORLD_SQL("INSERT INTO resource VALUES ('371400-A-2', 'A', 2, 'Secrets', 'conditional', 3, 'published', 'published', 1, 1, 'op1', 0, 0)"),
	WORLD_SQL("INSERT INTO resource VALUES ('371400-A-3', 'A', 3, 'Withheld', 'withheld', 2, 'published', 'published', 1, 1, 'op1', 0, 0)"),
	WORLD_SQL("INSERT INTO resource VALUES ('371400-A-4', 'A', 4, 'Draft', 'conditional', 2, 'draft', 'no', 1, 0, 'op1', 0, 0)"),
};

static const FnSql world_certificate = { .name = "test_certificate",
	.sqlite = "INSERT INTO certificate VALUES (:fingerprint, :system, '', :not_before, :not_after, 0, :revoked_at, NULL)", .postgres = "",
	.parameters = (const char *const[]){ "fingerprint", "system", "not_before", "not_after", "revoked_at", NULL } };
static const FnSql world_source = { .name = "test_source",
	.sqlite = "INSERT INTO source VALUES ('src', 'A', 'residents', :spec, 'active', 'op1', 0)", .postgres = "",
	.parameters = (const char *const[]){ "spec", NULL } };
static const FnSql world_grant = { .name = "test_grant",
	.sqlite = "INSERT INTO sharing_grant (id, case_id, resource, resource_version, provider, consumer, system, mode, purpose, basis, scenario, "
		  "row_scope, operators, hour_from, hour_until, quota_day, case_required, level, valid_from, valid_until, state, content, signature, "
		  "prepared_at, changed_at) VALUES (:id, :id, '371400-A-1', 1, 'A', 'B', 's1', 'query', 'x', '', '', '[]', '[]', 0, 1440, 0, 0, 2, 0, 0, "
		  ":state, :content, :signature, 0, 0)",
	.postgres = "", .parameters = (const char *const[]){ "id", "state", "content", "signature", NULL } };
static const FnSql world_state = { .name = "test_state", .sqlite = "UPDATE sharing_grant SET state = :state WHERE id = :id", .postgres = "",
	.parameters = (const char *const[]){ "state", "id", NULL } };

static inline void
world_exec(World *w, const FnSql *sql, const FnBind *binds)
{
	g_autoptr(GError) error = NULL;

	fn_db_exec(w->db, sql, binds, NULL, &error);
	g_assert_no_error(error);
}

static inline void
world_pin(World *w, const WorldCaller *caller, const char *system, gboolean revoked)
{
	world_exec(w, &world_certificate, FN_BINDS(FN_TEXT("fingerprint", caller->fingerprint), FN_TEXT("system", system),
		FN_INT("not_before", caller->not_before), FN_INT("not_after", caller->not_after),
		revoked ? FN_INT("revoked_at", 1) : FN_NULL("revoked_at")));
}

/* What a grant of a test differs in; NULL and 0: the usual. */
typedef struct {
	const char *id, *resource, *system, *consumer, *mode, *state, *rows;
	gint64 from, until, quota; /* from and until relative to now; 0: a day either way */
	guint hour_from, hour_until;
	guint note_level; /* of the field "note", which leaves as it is; 0: without it */
	const char *why; /* the town's mask was planned so; NULL: a grant of before plans */
	gboolean forged, replanned; /* replanned: pins another plan than its fields are */
} WorldGrant;

/* @content as it is signed, rightly but for @forged. */
static inline void
world_add_content(World *w, const char *id, const char *state, const char *content, gboolean forged)
{
	g_autofree char *bytes = g_strconcat("fengni/v1/grant\n", forged ? "x" : "", content, NULL), *base64 = NULL;
	g_autofree guint8 *signature = NULL;
	gsize size;

	signature = test_keys_sign_bytes(w->grant_key, FALSE, bytes, strlen(bytes), &size);
	base64 = g_base64_encode(signature, size);
	world_exec(w, &world_grant, FN_BINDS(FN_TEXT("id", id), FN_TEXT("state", state != NULL ? state : "active"),
		FN_TEXT("content", content), FN_TEXT("signature", base64)));
}

static inline void
world_add_grant(World *w, const WorldGrant *grant)
{
	gint64 now = fn_time_now();
	const char *mode = grant->mode != NULL ? grant->mode : "query";
	g_autofree char *why = grant->why == NULL ? g_strdup("") : g_strdup_printf(",\"why\":\"%s\"", grant->why);
	g_autofree char *note = grant->note_level == 0 ? g_strdup("") :
		g_strdup_printf(",{\"column\":\"note\",\"level\":%u,\"mask\":\"keep\",\"name\":\"note\"}", grant->note_level);
	g_autofree char *content = g_strdup_printf(
		"{\"binding\":{\"cursor\":\"serial\",\"source\":\"src\",\"table\":\"residents\"},\"case_required\":true,\"consumer\":\"%s\","
		"\"fields\":[{\"column\":\"name\",\"level\":2,\"mask\":\"partial:keep=1.0\",\"name\":\"name\"},"
		"{\"column\":\"resident_id\",\"level\":2,\"mask\":\"hash\",\"name\":\"resident_id\"},"
		"{\"column\":\"town\",\"level\":1,\"mask\":\"keep\",\"name\":\"town\"%s}%s],\"from\":%" G_GINT64_FORMAT ",\"grant\":\"%s\",\"hour_from\":%u,"
		"\"hour_until\":%u,\"keys\":[{\"column\":\"resident_id\",\"name\":\"resident_id\"}],\"level\":2,\"mode\":\"%s\",\"operators\":[],%s"
		"\"provider\":\"A\",\"purpose\":\"低保核验\",\"quota_day\":%" G_GINT64_FORMAT ",\"resource\":\"%s\",\"rows\":%s,\"system\":\"%s\","
		"\"until\":%" G_GINT64_FORMAT "}",
		grant->consumer != NULL ? grant->consumer : "B", why, note, now + (grant->from != 0 ? grant->from : -WORLD_DAY), grant->id, grant->hour_from,
		grant->hour_until != 0 ? grant->hour_until : 1440, mode,
		grant->replanned ? "\"plan\":{\"digest\":\"sha-256:00\",\"scenario\":\"department\",\"table\":1}," : "", grant->quota, grant->resource != NULL ? grant->resource : "371400-A-1",
		grant->rows != NULL ? grant->rows : "[]", grant->system != NULL ? grant->system : "s1",
		now + (grant->until != 0 ? grant->until : WORLD_DAY));

	world_add_content(w, grant->id, grant->state, content, grant->forged);
}

static inline void
world_raise(World *w)
{
	g_assert_true(fn_db_begin(w->db, NULL));
	g_assert_true(fn_catalog_raise_generation(w->db, NULL));
	g_assert_true(fn_db_commit(w->db, NULL));
}

static inline void
world_set_state(World *w, const char *grant, const char *state)
{
	world_exec(w, &world_state, FN_BINDS(FN_TEXT("state", state), FN_TEXT("id", grant)));
	world_raise(w);
}

static inline void
world_fill_registry(World *w)
{
	static const FnMigration *const rooms[] = { fn_sql_people_migrations, fn_sql_catalog_migrations, fn_sql_share_migrations, NULL };
	g_autoptr(GError) error = NULL;
	g_autofree char *spec = g_strdup_printf("{\"kind\":\"sqlite\",\"path\":\"%s/residents.db\"}", w->directory);

	w->registry = g_strdup_printf("sqlite:%s/registry.db", w->directory);
	w->db = fn_db_open(w->registry, &error);
	g_assert_no_error(error);
	g_assert_true(fn_db_migrate(w->db, rooms, &error));
	for (gsize i = 0; i < G_N_ELEMENTS(world_rows); i++)
		world_exec(w, &world_rows[i], FN_NO_BINDS);
	world_exec(w, &world_source, FN_BINDS(FN_TEXT("spec", spec)));
	world_pin(w, &w->hall, "s1", FALSE);
	world_pin(w, &w->other, "s2", FALSE);
	world_pin(w, &w->revoked, "s1", TRUE);
	world_pin(w, &w->expired, "s1", FALSE);
}

static inline void
world_fill_source(World *w)
{
	g_autofree char *csv = g_strdup_printf("%s/residents.csv", w->directory);
	g_autofree char *path = g_strdup_printf("%s/residents.db", w->directory);
	static const char *const index[] = { "resident_id", "serial", NULL };
	g_autoptr(GString) text = g_string_new("serial,resident_id,name,town,note\n");
	g_autoptr(GError) error = NULL;
	guint64 rows;

	for (guint i = 0; i < WORLD_PEOPLE; i++)
		g_string_append_printf(text, "%07u,ID%06u,\"王 \"\"%u\"\"\",town %u,%s\n", i, i, i, i % 7,
			i == WORLD_NOTED ? "其父" WORLD_NUMBER "已故" : "");
	g_assert_true(g_file_set_contents(csv, text->str, (gssize)text->len, NULL));
	g_assert_true(fn_source_import_csv(csv, path, "residents", index, &rows, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(rows, ==, WORLD_PEOPLE);
}

/* ---- everything together ---- */

static const FnSql world_second_source = { .name = "test_source2",
	.sqlite = "INSERT INTO source VALUES ('src2', 'A', 'people', :spec, 'active', 'op1', 0)", .postgres = "",
	.parameters = (const char *const[]){ "spec", NULL } };

/* Registers the second source, "src2"; the test fills the database at the path, which the caller frees. */
static inline char *
world_add_people(World *w)
{
	char *path = g_strdup_printf("%s/people.db", w->directory);
	g_autofree char *spec = g_strdup_printf("{\"kind\":\"sqlite\",\"path\":\"%s\"}", path);

	world_exec(w, &world_second_source, FN_BINDS(FN_TEXT("spec", spec)));
	return path;
}

static inline gint64
world_clock(gpointer data)
{
	return fn_time_now() + ((World *)data)->ahead;
}

static inline void
world_start_gate(World *w)
{
	g_autoptr(GError) error = NULL;
	FnShareOptions options = { .settings = w->settings, .registry = w->registry, .keeper = w->keeper, .ledger = w->ledger,
		.scanner = w->scanner, .clock = world_clock, .clock_data = w };
	FnHttpOptions http = { .socket_path = w->http_path, .peer_uid = (uid_t)-1, .threads = 2, .body_max = 1 << 20, .connections = 200,
		.timeout = 30, .handler = fn_share_handle };

	w->share = fn_share_new(&options, &error);
	g_assert_no_error(error);
	http.data = w->share;
	w->http = fn_http_server_new(&http, &error);
	g_assert_no_error(error);
}

static inline void
world_wait_ready(World *w)
{
	while (!fn_share_ready(w->share))
		g_usleep(5000);
}

static inline void
world_stop_gate(World *w)
{
	fn_http_server_free(w->http, 2000);
	fn_share_free(w->share);
	w->http = NULL;
	w->share = NULL;
}

static inline void
world_start_ledger(World *w)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *directory = g_build_filename(w->directory, "ledger", NULL);
	FnLogOptions options = test_options(directory, w->ledger_keys);

	options.head_interval_ms = 50;
	options.segment_bytes = 4 << 20;
	w->ledger_service = fn_ledger_service_new(w->ledger_path, &error);
	g_assert_no_error(error);
	w->log = fn_log_open(&options, &error);
	g_assert_no_error(error);
	g_assert_cmpint(pthread_create(&w->ledger_thread, NULL, world_run_ledger, w), ==, 0);
}

static inline void
world_stop_ledger(World *w)
{
	fn_ledger_service_stop(w->ledger_service);
	pthread_join(w->ledger_thread, NULL);
	fn_log_close(w->log);
	fn_ledger_service_free(w->ledger_service);
}

static inline void
world_load_rules(World *w)
{
	g_autofree char *directory = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);
	g_autoptr(GError) error = NULL;
	FnScanner *scanner;

	w->rules = fn_rules_load(directory, "national", NULL, &error);
	g_assert_no_error(error);
	scanner = fn_scanner_new(w->rules, &error);
	g_assert_no_error(error);
	w->scanner = fn_scanner_ref_new(scanner);
}

static inline World *
world_new(const char *conf)
{
	World *w = g_new0(World, 1);
	g_autofree char *file = NULL;
	g_autoptr(GError) error = NULL;
	guint8 point[32];
	gsize size = sizeof(point);

	w->directory = test_directory_new();
	w->ledger_keys = test_keys_new();
	w->grant_key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	g_assert_cmpint(EVP_PKEY_get_raw_public_key(w->grant_key, point, &size), ==, 1);
	w->grant_key_text = fn_public_key_text(FN_SUITE_INTL, point);
	file = g_strdup_printf("%s/fengni.conf", w->directory);
	g_autofree char *text = g_strdup_printf("source_root = %s\n%s", w->directory, conf);

	g_assert_true(g_file_set_contents(file, text, -1, NULL));
	w->settings = fn_settings_load(w->directory, &error);
	g_assert_no_error(error);
	w->ledger_path = g_strdup_printf("%s/l/l.sock", w->directory);
	w->keeper_path = g_strdup_printf("%s/k/k.sock", w->directory);
	w->http_path = g_strdup_printf("%s/h/h.sock", w->directory);
	world_start_ledger(w);
	w->keeper_server = fn_ipc_server_new(w->keeper_path, world_keeper, NULL, w, &error);
	g_assert_no_error(error);
	g_assert_cmpint(pthread_create(&w->keeper_thread, NULL, world_run_keeper, w), ==, 0);
	w->ledger = fn_ipc_client_new(w->ledger_path, FN_ROLE_ANY);
	w->keeper = fn_ipc_client_new(w->keeper_path, FN_ROLE_ANY);
	world_caller(w, &w->hall, "hall", -60, 36000);
	world_caller(w, &w->other, "other", -60, 36000);
	world_caller(w, &w->revoked, "revoked", -60, 36000);
	world_caller(w, &w->expired, "expired", -7200, -3600);
	world_caller(w, &w->unknown, "unknown", -60, 36000);
	world_load_rules(w);
	world_fill_source(w);
	world_fill_registry(w);
	return w;
}

static inline void
world_free(World *w)
{
	if (w->share != NULL)
		world_stop_gate(w);
	fn_db_close(w->db);
	fn_ipc_client_free(w->keeper);
	fn_ipc_client_free(w->ledger);
	world_stop_ledger(w);
	fn_ipc_server_stop(w->keeper_server);
	pthread_join(w->keeper_thread, NULL);
	fn_ipc_server_free(w->keeper_server);
	fn_settings_free(w->settings);
	fn_scanner_ref_free(w->scanner);
	fn_rules_free(w->rules);
	world_caller_clear(&w->hall);
	world_caller_clear(&w->other);
	world_caller_clear(&w->revoked);
	world_caller_clear(&w->expired);
	world_caller_clear(&w->unknown);
	EVP_PKEY_free(w->grant_key);
	g_free(w->grant_key_text);
	g_free(w->ledger_path);
	g_free(w->keeper_path);
	g_free(w->http_path);
	g_free(w->registry);
	test_keys_free(w->ledger_keys);
	test_directory_free(w->directory);
	g_free(w);
}

/* ---- a client ---- */

static inline int
world_connect(World *w)
{
	return test_http_connect(w->http_path);
}

/* What a call of a test differs in; NULL: the usual; "-": the header is left out. */
typedef struct {
	const char *method, *path, *body, *grant, *purpose, *operator_account, *case_number, *verify, *more;
	const WorldCaller *caller; /* NULL: the hall's */
	gboolean no_certificate;
} Ask;

static inline void
ask_header(GString *out, const char *name, const char *value, const char *usual)
{
	value = value != NULL ? value : usual;
	if (strcmp(value, "-") != 0)
		g_string_append_printf(out, "%s: %s\r\n", name, value);
}

static inline char *
ask_text(World *w, const Ask *ask)
{
	const char *body = ask->body != NULL ? ask->body : "{\"keys\":{\"resident_id\":\"ID000007\"}}";
	const WorldCaller *caller = ask->caller != NULL ? ask->caller : &w->hall;
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Fengni-Address: 10.0.0.9\r\nAccept-Language: en\r\n",
		ask->method != NULL ? ask->method : "POST", ask->path != NULL ? ask->path : "/share/v1/371400-A-1/query");
	ask_header(out, "X-Fengni-Verify", ask->no_certificate ? "NONE" : ask->verify, "SUCCESS");
	if (!ask->no_certificate)
		ask_header(out, "X-Fengni-Certificate", caller->escaped, "-");
	ask_header(out, "Fengni-Grant", ask->grant, "g1");
	ask_header(out, "Fengni-Purpose", ask->purpose, "%E4%BD%8E%E4%BF%9D%E6%A0%B8%E9%AA%8C");
	ask_header(out, "Fengni-Operator", ask->operator_account, "op1");
	ask_header(out, "Fengni-Case", ask->case_number, "c-1");
	if (ask->more != NULL)
		g_string_append(out, ask->more);
	if (g_strcmp0(ask->method, "GET") == 0)
		g_string_append(out, "\r\n");
	else
		g_string_append_printf(out, "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
	return g_string_free(out, FALSE);
}

static inline Answer
world_ask(World *w, const Ask *ask)
{
	g_autofree char *text = ask_text(w, ask);
	int fd = world_connect(w);
	Answer answer;

	test_http_send(fd, text, strlen(text));
	answer = test_http_receive(fd, G_MAXSSIZE);
	close(fd);
	return answer;
}

/* ---- the ledger's side ---- */

static inline guint64
world_size(World *w)
{
	g_autofree char *status = fn_log_status(w->log);
	json_t *json = fn_json_parse(status, strlen(status), NULL);
	guint64 size = (guint64)json_integer_value(json_object_get(json, "durable"));

	json_decref(json);
	return size;
}

static inline const char *
body_text(const json_t *body, const char *name)
{
	const char *text = json_string_value(json_object_get(body, name));

	return text != NULL ? text : "";
}

/* The bodies of the gate's entries from @first on; json_decref() it. */
static inline json_t *
world_entries(World *w, guint64 first)
{
	guint64 size = world_size(w);
	json_t *list = json_array();

	while (first < size) {
		g_autoptr(GPtrArray) entries = fn_ledger_read(w->ledger, first, 1000, NULL);

		g_assert_cmpuint(entries->len, >, 0);
		for (guint i = 0; i < entries->len; i++, first++) {
			gsize n;
			const char *text = g_bytes_get_data(g_ptr_array_index(entries, i), &n);
			json_t *entry = fn_json_parse(text, n, NULL);

			g_assert_nonnull(entry);
			if (g_str_has_prefix(body_text(json_object_get(entry, "body"), "event"), "share."))
				json_array_append(list, json_object_get(entry, "body"));
			json_decref(entry);
		}
	}
	return list;
}

static inline guint
count_entries(json_t *entries, const char *event, const char *name, const char *value)
{
	guint n = 0;
	json_t *body;
	gsize i;

	json_array_foreach(entries, i, body)
		n += strcmp(body_text(body, "event"), event) == 0 && (name == NULL || strcmp(body_text(body, name), value) == 0);
	return n;
}
