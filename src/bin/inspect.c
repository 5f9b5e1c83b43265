/* fengni-inspect DIR: says what strangers' bytes hold, so that no other program has to look at them.
 *
 * SECURITY: what comes here comes from anyone who can hand the gate a document or fill a table; a mistake must cost no more
 * than a wrong or missing answer. Before anything else it forks the nursery, which starts a confined fengni-extract for each
 * document that is not plain text; then it reads the rules, opens its socket, and confines itself: own user, no network, no
 * spawning, no files but the rules, a limit on memory, an allow-list of system calls. It parses plain text and its workers'
 * answers, nothing else. It holds no key and keeps no document beyond its job. Callers must treat its answers as hostile.
 * Peers are known by uid; strangers are closed by the socket layer. When it dies, requests fail, and no answer is never
 * "clean"; when the nursery dies, it ends, to be started again. SIGHUP makes it read its rules again. */
#include "base/program.h"
#include "base/say.h"
#include "inspect/inspect.h"
#include "instance/instance.h"

#include <sys/timerfd.h>
#include <unistd.h>

enum { TICK_SECONDS = 5 };

typedef struct {
	FnInstance *instance;
	FnScannerRef *scanner;
	FnInspectService *service;
	FnIpcServer *server;
	gboolean orphaned;
} Inspect;

static void
on_end(int fd, gpointer data)
{
	fn_ipc_server_stop(((Inspect *)data)->server);
}

static void
on_nursery_gone(int fd, gpointer data)
{
	Inspect *inspect = data;

	inspect->orphaned = TRUE;
	fn_ipc_server_stop(inspect->server);
}

static void
tell_reload(const GError *error)
{
	if (error == NULL)
		g_message("%s", fn_say("the rules were read again"));
	else
		g_warning("%s: %s", fn_say("the rules in force stay"), error->message);
}

static void
on_reload(int fd, gpointer data)
{
	Inspect *inspect = data;

	if (fn_program_reload_asked(fd))
		fn_inspect_service_reload(inspect->service, inspect->instance->rules_directory,
			fn_settings_text(inspect->instance->settings, "pack"), fn_instance_own_rules(inspect->instance), tell_reload);
}

static void
on_tick(int fd, gpointer data)
{
	guint64 times;

	if (read(fd, &times, sizeof(times)) == sizeof(times))
		fn_inspect_service_tick(((Inspect *)data)->service);
}

static void
handle(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	fn_inspect_service_handle(token, role, op, payload, size, ((Inspect *)data)->service);
}

static void
on_leave(guint64 peer, gpointer data)
{
	fn_inspect_service_leave(peer, ((Inspect *)data)->service);
}

static int
ticks(void)
{
	struct itimerspec every = { { TICK_SECONDS, 0 }, { TICK_SECONDS, 0 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	return fd >= 0 && timerfd_settime(fd, 0, &every, NULL) == 0 ? fd : -1;
}

static FnInspector *
start_nursery(const FnInstance *instance, GError **error)
{
	FnInspectOptions options = fn_inspect_options_default();

	options.workers = (guint)fn_settings_int(instance->settings, "inspect_workers");
	options.wall_seconds = (guint)fn_settings_int(instance->settings, "inspect_seconds");
	options.recognise = fn_settings_int(instance->settings, "recognise_pictures") != 0;
	options.user = fn_roles_development() ? 0 : fn_role_uid(FN_ROLE_INSPECT);
	return fn_inspector_new(&options, NULL, error);
}

static void
open_socket(Inspect *inspect, const FnInspector *inspector, int ends, GError **error)
{
	g_autofree char *path = fn_role_socket(inspect->instance->settings, FN_ROLE_INSPECT);
	int reloads = fn_program_reloads(), ticking = ticks();

	g_assert(ticking >= 0);
	if ((inspect->server = fn_ipc_server_new(path, handle, NULL, inspect, error)) == NULL)
		fn_program_fail(fn_say("cannot listen"), *error);
	fn_ipc_server_watch(inspect->server, ends, on_end, inspect);
	fn_ipc_server_watch(inspect->server, reloads, on_reload, inspect);
	fn_ipc_server_watch(inspect->server, ticking, on_tick, inspect);
	fn_ipc_server_watch(inspect->server, fn_inspector_fd(inspector), on_nursery_gone, inspect);
	fn_ipc_server_on_leave(inspect->server, on_leave, inspect);
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	FnInspector *inspector;
	FnScanner *scanner = NULL;
	Inspect inspect = { 0 };
	int ends;

	fn_program_start("fengni-inspect");
	ends = fn_program_signals();
	if ((inspect.instance = fn_instance_open(argc, argv, &error)) == NULL ||
		(inspector = start_nursery(inspect.instance, &error)) == NULL ||
		(scanner = fn_scanner_new(inspect.instance->rules, &error)) == NULL)
		fn_program_fail(fn_say("cannot start"), error);
	if (fn_inspector_gap(inspector) != NULL)
		g_warning("%s", fn_inspector_gap(inspector));
	inspect.scanner = fn_scanner_ref_new(scanner);
	open_socket(&inspect, inspector, ends, &error);
	if (!fn_instance_confine(inspect.instance, FN_ROLE_INSPECT, &error))
		fn_program_fail(fn_say("cannot confine itself"), error);
	inspect.service = fn_inspect_service_new(inspector, inspect.scanner);
	fn_ipc_server_run(inspect.server);
	fn_inspect_service_free(inspect.service);
	fn_ipc_server_free(inspect.server);
	fn_scanner_ref_free(inspect.scanner);
	fn_inspector_free(inspector);
	fn_instance_free(inspect.instance);
	if (inspect.orphaned)
		fn_program_fail(fn_say("the nursery of workers is gone"), NULL);
	return FN_EXIT_OK;
}
