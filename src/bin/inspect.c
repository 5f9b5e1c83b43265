/* fengni-inspect DIR: says what strangers' bytes hold, so that no other program has to look at them.
 *
 * SECURITY: reads the rules, opens its socket, and then confines itself: own user, no network, no spawning, no files, a limit
 * on memory, an allow-list of system calls. What it parses (texts and column samples) comes from anyone who can hand the
 * gate a document or fill a table; a mistake here must cost no more than a wrong or missing answer. It holds no key and
 * remembers nothing between requests. Callers must treat its answers as hostile. Peers are known by uid; strangers are
 * closed by the socket layer. When it dies, requests fail, and no answer is never "clean". */
#include "base/program.h"
#include "base/say.h"
#include "base/text.h"
#include "instance/instance.h"
#include "scan/scan.h"

#include <string.h>

enum { LISTED_MAX = 4000 };

static void
on_signal(int fd, gpointer server)
{
	fn_ipc_server_stop(server);
}

/* An answer must fit a frame: verdict and level are of all findings, the list is of the first. */
static void
shorten(FnScanResult *result)
{
	if (result->listed <= LISTED_MAX)
		return;
	result->listed = LISTED_MAX;
	if (result->reason == NULL)
		result->reason = g_strdup_printf("only the first %d of %" G_GUINT64_FORMAT " findings are listed", LISTED_MAX, result->found);
}

static void
answer_scan(const FnScanner *scanner, FnIpcToken *token, const guint8 *payload, gsize size)
{
	g_autoptr(FnScanResult) result = fn_scan(scanner, (const char *)payload, size);
	g_autofree char *json = NULL;

	shorten(result);
	json = fn_scan_result_json(result);
	fn_ipc_reply(token, json, strlen(json));
}

static void
answer_profile(const FnScanner *scanner, FnIpcToken *token, const guint8 *payload, gsize size)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *json = fn_scan_profile_json(scanner, (const char *)payload, size, &error);

	if (json != NULL)
		fn_ipc_reply(token, json, strlen(json));
	else
		fn_ipc_refuse(token, "bad_request", error->message);
}

static const struct {
	guint32 op;
	void (*answer)(const FnScanner *scanner, FnIpcToken *token, const guint8 *payload, gsize size);
} operations[] = {
	{ FN_INSPECT_OP_SCAN, answer_scan },
	{ FN_INSPECT_OP_PROFILE, answer_profile },
};

static void
serve(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer scanner)
{
	for (gsize i = 0; i < G_N_ELEMENTS(operations); i++)
		if (operations[i].op == op) {
			operations[i].answer(scanner, token, payload, size);
			return;
		}
	fn_ipc_refuse(token, "unknown_operation", "fengni-inspect knows scan (16) and profile (17)");
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnInstance) instance = NULL;
	g_autoptr(FnScanner) scanner = NULL;
	g_autoptr(FnIpcServer) server = NULL;
	g_autofree char *socket = NULL;
	int signals;

	fn_program_start("fengni-inspect");
	signals = fn_program_signals();
	if ((instance = fn_instance_open(argc, argv, &error)) == NULL || (scanner = fn_scanner_new(instance->rules, &error)) == NULL)
		fn_program_fail(fn_say("cannot start"), error);
	socket = fn_role_socket(instance->settings, FN_ROLE_INSPECT);
	if ((server = fn_ipc_server_new(socket, serve, NULL, scanner, &error)) == NULL)
		fn_program_fail(fn_say("cannot listen"), error);
	fn_ipc_server_watch(server, signals, on_signal, server);
	if (!fn_instance_confine(instance, FN_ROLE_INSPECT, &error))
		fn_program_fail(fn_say("cannot confine itself"), error);
	fn_ipc_server_run(server);
	return FN_EXIT_OK;
}
