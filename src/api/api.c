#include "api/api_priv.h"

#include "api/feed.h"
#include "base/pool.h"
#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "catalog/activation.h"
#include "ledger/ledger.h"

#include <string.h>

#define PREFIX FN_API_PREFIX
enum { SCAN_THREADS = 4, SCANS_WAITING = 16 };

G_DEFINE_QUARK(fn-api-error-quark, fn_api_error)

const char *
fn_api_need(FnApiCall *call, const char *name, GError **error)
{
	return fn_json_get_text(call->body, name, TRUE, error);
}

gboolean
fn_api_want(FnApiCall *call, const char *name, const char **text_out, GError **error)
{
	GError *wrong = NULL;

	*text_out = fn_json_get_text(call->body, name, FALSE, &wrong);
	if (wrong != NULL)
		g_propagate_error(error, wrong);
	return wrong == NULL;
}

gboolean
fn_api_want_truth(FnApiCall *call, const char *name, gboolean otherwise, gboolean *truth_out, GError **error)
{
	const json_t *member = json_object_get(call->body, name);

	if (member != NULL && !json_is_boolean(member)) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"%s\" must be true or false", name);
		return FALSE;
	}
	*truth_out = member != NULL ? json_is_true(member) : otherwise;
	return TRUE;
}

gboolean
fn_api_want_number(FnApiCall *call, const char *name, gint64 otherwise, gint64 *number_out, GError **error)
{
	const json_t *member = json_object_get(call->body, name);

	if (member != NULL && !json_is_integer(member)) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"%s\" must be a whole number", name);
		return FALSE;
	}
	*number_out = member != NULL ? json_integer_value(member) : otherwise;
	return TRUE;
}

gboolean
fn_api_number(const char *text, const char *name, guint64 otherwise, guint64 *number_out, GError **error)
{
	*number_out = otherwise;
	if (text == NULL || g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, number_out, NULL))
		return TRUE;
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "\"%s\" must be a whole number from 0 on", name);
	return FALSE;
}

json_t *
fn_api_ask(FnIpcClient *peer, guint32 op, const json_t *payload, GError **error)
{
	g_autofree char *text = fn_json_canonical(payload);
	g_autoptr(GBytes) reply = fn_ipc_call(peer, op, text, strlen(text), 0, error);
	gconstpointer bytes;
	gsize size;

	if (reply == NULL)
		return NULL;
	bytes = g_bytes_get_data(reply, &size);
	return fn_json_parse(bytes, size, error);
}

/* ---- finding the route ---- */

static gboolean
path_fits(const char *pattern, const char *path, char *part[3])
{
	g_auto(GStrv) want = g_strsplit(pattern, "/", -1), have = g_strsplit(path, "/", -1);
	guint parts = 0;

	if (g_str_has_suffix(pattern, "/**")) {
		gsize before = strlen(pattern) - 2;

		if (strncmp(path, pattern, before) != 0 || path[before] == '\0')
			return FALSE;
		part[0] = g_strdup(path + before);
		return TRUE;
	}
	if (g_strv_length(want) != g_strv_length(have))
		return FALSE;
	for (guint i = 0; want[i] != NULL; i++)
		if (!g_str_equal(want[i], "*") && !g_str_equal(want[i], have[i]))
			return FALSE;
	for (guint i = 0; want[i] != NULL; i++)
		if (g_str_equal(want[i], "*") && parts < 3)
			part[parts++] = g_strdup(have[i]);
	return TRUE;
}

static const FnRoute *
find_route(const char *method, const char *path, char *part[3], GError **error)
{
	gboolean known = FALSE;

	if (!g_str_has_prefix(path, PREFIX "/")) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_UNKNOWN, "no such address; the API begins with " PREFIX "/");
		return NULL;
	}
	path += strlen(PREFIX);
	for (const FnRoute *route = fn_api_routes; route->method != NULL; route++) {
		if (!path_fits(route->path, path, part))
			continue;
		if (g_str_equal(route->method, method))
			return route;
		for (guint i = 0; i < 3; i++)
			g_clear_pointer(&part[i], g_free);
		known = TRUE;
	}
	fn_refuse(error, FN_API_ERROR, known ? FN_API_ERROR_METHOD : FN_API_ERROR_UNKNOWN,
		known ? "this address does not take %s" : "no such address for %s", method);
	return NULL;
}

/* ---- who asks, and may they ---- */

char *
fn_api_terminal(FnApiCall *call)
{
	const char *agent = fn_http_header(call->request, "User-Agent");
	const char *address = fn_http_header(call->request, "X-Fengni-Address");

	return g_strdup_printf("%.200s|%.64s", agent != NULL ? agent : "", address != NULL ? address : "");
}

const char *
fn_api_token(FnApiCall *call)
{
	const char *header = fn_http_header(call->request, "Authorization");

	return header != NULL && g_str_has_prefix(header, "Bearer ") ? header + strlen("Bearer ") : NULL;
}

gint64
fn_api_idle(const FnApi *api)
{
	return fn_settings_int(api->options.settings, "session_minutes") * 60 * G_USEC_PER_SEC;
}

static gboolean
is_public(const FnRoute *route)
{
	return *route->offices == '\0';
}

gboolean
fn_api_permits(const FnRoute *route, const FnActor *actor)
{
	g_auto(GStrv) office = NULL;

	if (g_str_equal(route->offices, "*"))
		return TRUE;
	office = g_strsplit(route->offices, " ", -1);
	for (guint i = 0; office[i] != NULL; i++)
		if (fn_actor_has(actor, office[i]))
			return TRUE;
	return FALSE;
}

/* Who came with a password that somebody else knows sets an own one, or leaves. */
static gboolean
has_own_password(FnApiCall *call, GError **error)
{
	static const FnRouteHandler before[] = { fn_api_set_password, fn_api_logout, fn_api_me };

	for (gsize i = 0; i < G_N_ELEMENTS(before); i++)
		if (!call->actor->first || call->route->handler == before[i])
			return TRUE;
	fn_refuse(error, FN_API_ERROR, FN_API_ERROR_PASSWORD, "set a password of your own first: POST " PREFIX "/me/password, then log in with it");
	return FALSE;
}

static gboolean
identify(FnApiCall *call, GError **error)
{
	g_autofree char *terminal = fn_api_terminal(call);
	const char *token = fn_api_token(call);

	if (is_public(call->route))
		return TRUE;
	if (token == NULL) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_SESSION, "log in first: POST " PREFIX "/login, then send Authorization: Bearer");
		return FALSE;
	}
	call->actor = fn_people_session(call->db, token, terminal, fn_time_now(), fn_api_idle(call->api), error);
	if (call->actor == NULL || !has_own_password(call, error))
		return FALSE;
	if (!fn_api_permits(call->route, call->actor)) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_FORBIDDEN, "this needs one of the offices: %s", call->route->offices);
		return FALSE;
	}
	return TRUE;
}

static gboolean
read_body(FnApiCall *call, GError **error)
{
	gsize size, most = (gsize)fn_settings_int(call->api->options.settings, "body_max");
	const char *text = fn_http_body(call->request, &size);

	if (g_str_equal(call->route->method, "GET") || fn_api_is_document(call->request))
		return TRUE;
	if (size > most) { /* came in where documents may be larger */
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_SIZE, "JSON may have %zu bytes here; send a larger document as it is, with its own Content-Type", most);
		return FALSE;
	}
	call->body = size == 0 ? json_object() : fn_json_parse(text, size, error);
	if (call->body == NULL)
		return FALSE;
	if (!json_is_object(call->body)) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_INPUT, "the body must be a JSON object");
		return FALSE;
	}
	return TRUE;
}

/* ---- the ledger ---- */

enum { SUBJECT_MAX = 200 }; /* bytes: an entry holds 65,535, and what a caller wrote into an address may be longer */

/* @count: how many times it happened. */
static gboolean
enter(FnApiCall *call, const char *result, guint count, GError **error)
{
	const char *about = call->subject != NULL ? call->subject : call->part[0];
	g_autofree char *subject = about != NULL ? fn_text_safe(about, -1, SUBJECT_MAX) : NULL;
	g_autofree char *address = fn_http_address(call->request), *full = g_strconcat(result, call->outcome != NULL ? ":" : NULL, call->outcome, NULL);
	g_autofree char *conditions = call->conditions != NULL ? fn_json_canonical(call->conditions) : NULL;
	g_autoptr(GString) body = g_string_new(NULL);
	FnJson json = fn_json_to(body);

	if (call->route->event == NULL)
		return TRUE;
	fn_json_begin_object(&json);
	fn_json_member(&json, "actor", call->actor != NULL ? call->actor->account : NULL);
	fn_json_member(&json, "address", address);
	if (conditions != NULL) {
		fn_json_name(&json, "conditions");
		fn_json_raw(&json, conditions, strlen(conditions));
	}
	if (count > 1)
		fn_json_member_int(&json, "count", count);
	fn_json_member(&json, "event", call->route->event);
	fn_json_member(&json, "organization", call->actor != NULL ? call->actor->organization : NULL);
	fn_json_member(&json, "result", full);
	fn_json_member(&json, "subject", subject);
	fn_json_end_object(&json);
	return fn_ledger_append_wait(call->api->options.ledger, FN_CLASS_3Y, body->str, body->len, NULL, error);
}

/* Handler and ledger entry inside one transaction: either both stand or neither is answered as done. */
static json_t *
run_write(FnApiCall *call, GError **error)
{
	json_t *reply = NULL;

	if (!fn_db_begin(call->db, error))
		return NULL;
	if (identify(call, error) && (reply = call->route->handler(call, error)) != NULL && enter(call, "done", 1, error) &&
		(call->undo || fn_db_commit(call->db, error))) {
		if (call->undo)
			fn_db_rollback(call->db);
		call->stands = !call->undo;
		return reply;
	}
	fn_db_rollback(call->db);
	json_decref(reply);
	return NULL;
}

/* Reads; the login, which makes its own transactions: a failed attempt must stay counted; scans, which change nothing and may
 * take a minute. */
static json_t *
run_plain(FnApiCall *call, GError **error)
{
	json_t *reply;

	if (!identify(call, error) || (reply = call->route->handler(call, error)) == NULL)
		return NULL;
	if (enter(call, "done", 1, error))
		return reply;
	json_decref(reply);
	return NULL;
}

static gboolean
sign_grant(FnApiCall *call, GError **error)
{
	g_autoptr(GBytes) reply = NULL;

	if (call->grant_to_sign == NULL)
		return TRUE;
	reply = fn_ipc_call(call->api->options.clock, FN_CLOCK_OP_SIGN, call->grant_to_sign, strlen(call->grant_to_sign), 0, error);
	g_prefix_error(error, "%s", fn_say("the step was taken, the grant waits for its signature: "));
	return reply != NULL;
}

/* ---- refusals ---- */

/* Those of whom we do not know stand in one line a minute for each address and reason: at once for the first, then together. */
static void
enter_refusal(FnApiCall *call, const char *code)
{
	FnStrangers *strangers = call->api->strangers;
	g_autofree char *result = g_strconcat("refused:", code, NULL), *address = fn_http_address(call->request);
	guint count = call->actor != NULL ? 1 : fn_strangers_note(strangers, address, code, fn_time_now());

	/* That a refusal is answered does not hang on its entry. */
	if (count > 0 && !enter(call, result, count, NULL) && call->actor == NULL)
		fn_strangers_return(strangers, address, code, count);
}

static void
enter_strangers(const char *address, const char *code, guint count, gpointer data)
{
	FnApi *api = data;
	g_autofree char *result = g_strconcat("refused:", code, NULL);
	g_autoptr(GString) body = g_string_new(NULL);
	FnJson json = fn_json_to(body);

	fn_json_begin_object(&json);
	fn_json_member(&json, "address", address);
	fn_json_member_int(&json, "count", count);
	fn_json_member(&json, "event", "console.strangers");
	fn_json_member(&json, "result", result);
	fn_json_end_object(&json);
	if (!fn_ledger_append_wait(api->options.ledger, FN_CLASS_6M, body->str, body->len, NULL, NULL))
		fn_strangers_return(api->strangers, address, code, count);
}

void
fn_api_enter_strangers(FnApi *api, gboolean all)
{
	fn_strangers_flush(api->strangers, fn_time_now(), all, enter_strangers, api);
}

/* ---- answering ---- */

static void
answer_error(FnApiCall *call, const GError *why)
{
	const char *code;
	guint status = fn_api_status(why, &code);
	g_autofree char *detail = fn_text_safe(why->message, -1, 1000);

	call->outcome = NULL;
	if (call->route != NULL && call->route->event != NULL && (!call->stands || call->then != NULL))
		enter_refusal(call, code);
	fn_http_problem(call->request, status, code, detail, NULL, NULL);
}

json_t *
fn_api_answer_bytes(FnApiCall *call, GBytes *bytes, const char *type, const char *cache)
{
	call->bytes = bytes;
	call->bytes_type = type;
	call->bytes_cache = cache;
	return json_null();
}

static void
answer_bytes(FnApiCall *call)
{
	FnHttpHeader headers[4] = { { "Cache-Control", call->bytes_cache } }; /* nosniff comes from the door, for every answer */
	guint n = 1;
	gsize size;
	const void *bytes = g_bytes_get_data(call->bytes, &size);

	if (call->bytes_name != NULL)
		headers[n++] = (FnHttpHeader){ "Content-Disposition", call->bytes_name };
	if (call->bytes_policy != NULL)
		headers[n++] = (FnHttpHeader){ "Content-Security-Policy", call->bytes_policy };
	fn_http_answer(call->request, 200, call->bytes_type, headers, g_memdup2(bytes, size), size);
}

static void
answer(FnApiCall *call, json_t *reply)
{
	static const FnHttpHeader headers[] = { { "Cache-Control", "no-store" }, { NULL, NULL } };
	char *text;

	if (call->feed != NULL) {
		fn_feed_start(g_steal_pointer(&call->feed), call->request);
		return;
	}
	if (call->bytes != NULL) {
		answer_bytes(call);
		return;
	}
	text = json_dumps(reply, JSON_COMPACT);

	fn_http_answer(call->request, 200, "application/json", headers, text, strlen(text));
}

static void
call_clear(FnApiCall *call)
{
	for (guint i = 0; i < G_N_ELEMENTS(call->part); i++)
		g_free(call->part[i]);
	json_decref(call->body);
	json_decref(call->conditions);
	fn_actor_free(call->actor);
	g_free(call->subject);
	g_free(call->grant_to_sign);
	g_free(call->confirmed);
	g_free(call->bytes_name);
	g_clear_pointer(&call->bytes, g_bytes_unref);
	fn_feed_drop(call->feed);
	fn_api_intake_free(call->intake);
	fn_force_release(call->force);
}

/* What takes long comes before any transaction is open. A step that is signed comes with the password, and a failure must stay counted;
 * a file is inspected. */
static gboolean
before(FnApiCall *call, GError **error)
{
	const char *password, *address = fn_http_header(call->request, "X-Fengni-Address");
	g_autofree char *terminal = fn_api_terminal(call);
	g_autoptr(FnActor) actor = NULL;

	if (call->route->handler == fn_api_attach)
		return fn_api_inspect_file(call, error);
	if (call->route->handler != fn_api_step_case)
		return TRUE;
	if (!fn_api_want(call, "password", &password, error))
		return FALSE;
	if (password == NULL || fn_api_token(call) == NULL) /* then the session is refused where every call's is */
		return TRUE;
	actor = fn_people_session_seen(call->db, fn_api_token(call), terminal, fn_time_now(), fn_api_idle(call->api), error);
	if (actor == NULL || !fn_people_confirm(call->db, actor->account, password, address != NULL ? address : "", fn_time_now(), error))
		return FALSE;
	call->confirmed = g_strdup(actor->account);
	return TRUE;
}

/* The caller is asked for again in the transaction: what it may can have changed meanwhile. */
static gboolean
prepare(FnApiCall *call, GError **error)
{
	gboolean done;

	if (call->route->prepare == NULL)
		return TRUE;
	done = identify(call, error) && call->route->prepare(call, error);
	if (done)
		g_clear_pointer(&call->actor, fn_actor_free);
	return done;
}

static json_t *
run(FnApiCall *call, GError **error)
{
	json_t *reply;

	call->route = find_route(fn_http_method(call->request), fn_http_path(call->request), call->part, error);
	if (call->route == NULL || !read_body(call, error) || !before(call, error) || !prepare(call, error))
		return NULL;
	reply = g_str_equal(call->route->method, "GET") || is_public(call->route) || call->route->handler == fn_api_scan
		? run_plain(call, error) : run_write(call, error);
	if (reply != NULL && !g_str_equal(call->route->method, "GET"))
		fn_feeds_look(call->api->feeds); /* it may have ended a session, or taken an office */
	if (reply != NULL && !sign_grant(call, error))
		g_clear_pointer(&reply, json_decref);
	if (reply == NULL || call->then == NULL)
		return reply;
	json_decref(reply);
	return call->then(call, error);
}

typedef struct {
	FnApi *api;
	FnHttpRequest *request;
} Waiting;

/* A thread of the pool with its connection to the registry, opened when it is first needed and again while it is missing. */
typedef struct {
	const char *url;
	FnDb *db;
} Worker;

FnDb *
fn_api_registry(gpointer data, GError **error)
{
	Worker *worker = data;
	g_autoptr(GError) why = NULL;

	if (worker->db == NULL && (worker->db = fn_db_open_existing(worker->url, &why)) == NULL) {
		g_warning("registry: %s", why->message);
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_SERVICE, "the registry cannot be opened: see `fengni doctor`");
	}
	return worker->db;
}

static void
work_on(gpointer data, gpointer worker)
{
	Waiting *waiting = data;
	FnApiCall call = { .api = waiting->api, .request = waiting->request, .force = fn_in_force_take(waiting->api->options.in_force) };
	g_autoptr(GError) error = NULL;
	json_t *reply = NULL;
	FnReader before;

	call.now = fn_now(waiting->api->options.now);
	call.chinese = fn_http_wants_chinese(waiting->request);
	before = fn_say_to(call.chinese ? FN_READER_CHINESE : FN_READER_ENGLISH);
	if ((call.db = fn_api_registry(worker, &error)) != NULL)
		reply = run(&call, &error);
	if (reply != NULL)
		answer(&call, reply);
	else
		answer_error(&call, error);
	fn_say_to(before);
	json_decref(reply);
	call_clear(&call);
	g_free(waiting);
}

void
fn_api_handle(FnHttpRequest *request, gpointer data)
{
	static const FnHttpHeader later[] = { { "Retry-After", "1" }, { NULL, NULL } };
	FnApi *api = data;
	const char *path = fn_http_path(request);
	gboolean scan = g_str_equal(path, PREFIX "/scan") || g_str_has_suffix(path, "/comparison") ||
		(g_str_has_prefix(path, PREFIX "/intake/") && fn_api_is_document(request)) ||
		(fn_api_is_document(request) && g_str_has_suffix(path, "/attachments"));
	Waiting *waiting = g_new(Waiting, 1);

	*waiting = (Waiting){ api, request };
	if (fn_pool_push(scan ? api->scans : api->pool, work_on, waiting))
		return;
	g_free(waiting);
	fn_http_problem(request, 503, "busy", fn_say_in("too many requests are waiting; try again", fn_http_wants_chinese(request)), NULL, later);
}

/* ---- life ---- */

static gpointer
open_worker(gpointer url)
{
	Worker *worker = g_new0(Worker, 1);

	worker->url = url;
	return worker;
}

static void
close_worker(gpointer data)
{
	Worker *worker = data;

	fn_db_close(worker->db);
	g_free(worker);
}

FnApi *
fn_api_new(const FnApiOptions *options, GError **error)
{
	g_autoptr(FnApi) api = g_new0(FnApi, 1);

	api->options = *options;
	if (!fn_suite_from_name(fn_settings_text(options->settings, "suite"), &api->suite)) {
		fn_refuse(error, FN_API_ERROR, FN_API_ERROR_SERVICE, "setting suite: neither gm nor intl");
		return NULL;
	}
	api->pool = fn_pool_new("console", (guint)fn_settings_int(options->settings, "registry_threads"), 256, open_worker,
		close_worker, (gpointer)options->registry);
	api->index = fn_api_index_new(options->settings, options->ledger);
	api->subjects = fn_subjects_new(options->keeper, api->suite);
	api->strangers = fn_strangers_new();
	api->feeds = fn_feeds_new(api);
	api->scans = fn_pool_new("scans", SCAN_THREADS, SCANS_WAITING, open_worker, close_worker, (gpointer)options->registry);
	return g_steal_pointer(&api);
}

void
fn_api_free(FnApi *api)
{
	if (api == NULL)
		return;
	if (api->feeds != NULL)
		fn_feeds_end(api->feeds);
	fn_pool_free(api->pool);
	fn_pool_free(api->scans);
	fn_api_index_free(api->index);
	fn_subjects_free(api->subjects);
	if (api->feeds != NULL)
		fn_feeds_free(api->feeds);
	if (api->strangers != NULL)
		fn_api_enter_strangers(api, TRUE);
	fn_strangers_free(api->strangers);
	g_free(api);
}
