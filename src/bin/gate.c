/* fengni-gate: the share API and the console API, each on a Unix socket behind the door.
 *
 * SECURITY: faces callers, through the door only (peer uid is checked, in production nobody else may connect). Opens the registry,
 * SQLite and PostgreSQL sources, and the sockets of keeper, ledger, inspect and clock. Listens on no network, starts no program,
 * holds keys as short leases, cannot sign grants or ledger heads. SIGHUP makes it read its rules again, all of them or none: what
 * leaves and what is asked from then on goes by them. */
#include "api/api.h"
#include "base/program.h"
#include "base/say.h"
#include "instance/instance.h"
#include "share/share.h"

#include <poll.h>

typedef struct {
	FnInstance *instance;
	FnScannerRef *scanner;
	FnInForce *in_force;
	FnIpcClient *keeper, *ledger, *inspect, *clock;
	FnNow *now;
	FnShare *share;
	FnApi *api;
	FnHttpServer *share_server, *console_server;
} Gate;

static gint64
read_clock(gpointer now)
{
	return fn_now(now);
}

enum { DOCUMENTS = 8 }; /* large ones in memory at a time */

static FnHttpServer *
listen_on(const Gate *gate, const char *socket, FnHttpHandler handler, gpointer data, gboolean documents, GError **error)
{
	const FnSettings *settings = gate->instance->settings;
	g_autofree char *path = g_build_filename(fn_settings_directory(settings), "run", "gate", socket, NULL);
	FnHttpOptions options = {
		.socket_path = path,
		.peer_uid = fn_role_uid(FN_ROLE_DOOR),
		.threads = (guint)fn_settings_int(settings, "http_threads"),
		.body_max = (gsize)fn_settings_int(settings, "body_max"),
		.connections = 4096,
		.timeout = 120,
		.handler = handler,
		.data = data,
		.large = documents ? fn_api_large : NULL,
		.large_max = (gsize)fn_settings_int(settings, "scan_body_max"),
		.large_most = DOCUMENTS,
	};

	return fn_http_server_new(&options, error);
}

static gboolean
open_share(Gate *gate, GError **error)
{
	FnShareOptions options = { .settings = gate->instance->settings, .registry = gate->instance->registry, .keeper = gate->keeper,
		.ledger = gate->ledger, .scanner = gate->scanner, .clock = read_clock, .clock_data = gate->now };

	gate->share = fn_share_new(&options, error);
	return gate->share != NULL;
}

/* Another connection than those of the threads that answer: a reload waits for nobody. */
static gboolean
replace_rules(Gate *gate, FnRules *rules, GError **error)
{
	FnDb *db = fn_db_open_existing(gate->instance->registry, error);
	gboolean done = db != NULL && fn_in_force_replace(gate->in_force, rules, db, error);

	if (db == NULL)
		fn_rules_free(rules);
	else
		fn_db_close(db);
	return done;
}

static gboolean
open_api(Gate *gate, GError **error)
{
	FnApiOptions options = { .settings = gate->instance->settings, .in_force = gate->in_force, .registry = gate->instance->registry,
		.ledger = gate->ledger, .keeper = gate->keeper, .inspect = gate->inspect, .clock = gate->clock, .now = gate->now,
		.share = gate->share };

	gate->api = fn_api_new(&options, error);
	return gate->api != NULL;
}

static gboolean
start(Gate *gate, int argc, char **argv, GError **error)
{
	FnScanner *scanner;

	if ((gate->instance = fn_instance_open(argc, argv, error)) == NULL)
		return FALSE;
	if ((scanner = fn_scanner_new(gate->instance->rules, error)) == NULL)
		return FALSE;
	gate->scanner = fn_scanner_ref_new(scanner);
	if ((gate->in_force = fn_in_force_new(g_steal_pointer(&gate->instance->rules), fn_catalog_effects, error)) == NULL)
		return FALSE;
	gate->keeper = fn_instance_client(gate->instance, FN_ROLE_KEEPER);
	gate->ledger = fn_instance_client(gate->instance, FN_ROLE_LEDGER);
	gate->inspect = fn_instance_client(gate->instance, FN_ROLE_INSPECT);
	gate->clock = fn_instance_client(gate->instance, FN_ROLE_CLOCK);
	if (!fn_instance_confine(gate->instance, FN_ROLE_GATE, error) || (gate->now = fn_now_wait(gate->instance->settings, gate->ledger, error)) == NULL || !open_share(gate, error) ||
		!open_api(gate, error))
		return FALSE;
	gate->share_server = listen_on(gate, "share.sock", fn_share_handle, gate->share, FALSE, error);
	if (gate->share_server == NULL)
		return FALSE;
	gate->console_server = listen_on(gate, "console.sock", fn_api_handle, gate->api, TRUE, error);
	return gate->console_server != NULL;
}

/* Servers first, so that no request is under way when what they use goes. */
static void
stop(Gate *gate)
{
	fn_http_server_free(gate->console_server, 2000);
	fn_http_server_free(gate->share_server, 2000);
	fn_api_free(gate->api);
	fn_share_free(gate->share);
	fn_now_free(gate->now);
	fn_ipc_client_free(gate->clock);
	fn_ipc_client_free(gate->inspect);
	fn_ipc_client_free(gate->ledger);
	fn_ipc_client_free(gate->keeper);
	fn_in_force_free(gate->in_force);
	fn_scanner_ref_free(gate->scanner);
	fn_instance_free(gate->instance);
}

/* What leaves is looked at, and what is asked is judged, by the rules that are there now: all of them or none. */
static gboolean
read_again(Gate *gate, GError **error)
{
	FnRules *rules = fn_instance_read_rules(gate->instance, error);
	FnScanner *scanner = rules != NULL ? fn_scanner_new(rules, error) : NULL;

	if (scanner == NULL) {
		fn_rules_free(rules);
		return FALSE;
	}
	if (!replace_rules(gate, rules, error)) {
		fn_scanner_free(scanner);
		return FALSE;
	}
	fn_scanner_ref_set(gate->scanner, scanner);
	return TRUE;
}

static void
reload(Gate *gate)
{
	g_autoptr(GError) error = NULL;

	if (read_again(gate, &error))
		g_message("%s", fn_say("the rules were read again"));
	else
		g_warning("%s: %s", fn_say("the rules in force stay"), error->message);
}

static void
wait_for_end(Gate *gate, int ends, int reloads)
{
	struct pollfd signals[] = { { .fd = ends, .events = POLLIN }, { .fd = reloads, .events = POLLIN } };

	while (signals[0].revents == 0)
		if (poll(signals, G_N_ELEMENTS(signals), -1) > 0 && signals[1].revents != 0 && fn_program_reload_asked(reloads))
			reload(gate);
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	Gate gate = { 0 };
	int ends, reloads;

	fn_program_start("fengni-gate");
	ends = fn_program_signals();
	reloads = fn_program_reloads();
	if (!start(&gate, argc, argv, &error))
		fn_program_fail(fn_say("cannot start"), error);
	fn_say_logs();
	wait_for_end(&gate, ends, reloads);
	stop(&gate);
	return FN_EXIT_OK;
}
