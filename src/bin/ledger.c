/* fengni-ledger DIR - the only writer of the audit ledger in DIR/ledger.
 *
 * Takes entries on DIR/run/ledger/ledger.sock, writes them durably, acknowledges, and has heads signed by fengni-keeper once
 * per head_interval_ms. Works without the keeper: heads catch up. Ends on SIGTERM.
 *
 * Exit: 0 ended as asked, 2 wrong command line, 3 something around it is missing or broken (in use, altered, unreadable).
 *
 * SECURITY. Runs as its own user; may write below DIR/ledger and DIR/run/ledger, listen on its socket and connect to the
 * keeper, nothing else. Peers are known by their user; gate, clock, keeper and admin may append, gate and admin may read.
 * Entries go only by pruning, which takes an authorisation that the keeper signed for the clock.
 * Holds no key. The list of witnesses (DIR/witnesses) is read before. What peers send is bounded by the frame and checked to be canonical JSON before it is written. */
#include "base/program.h"
#include "base/say.h"
#include "base/settings.h"
#include "crypto/keeper_client.h"
#include "ledger/service.h"

#include <stdio.h>
#include <unistd.h>

static guint8 *
sign(gpointer keeper, const char *purpose, const char *message, gsize *size_out, GError **error)
{
	return fn_keeper_sign(keeper, purpose, message, size_out, error);
}

static char *
public_key(gpointer keeper, const char *purpose, GError **error)
{
	return fn_keeper_public(keeper, purpose, error);
}

static FnLog *
open_log(const FnSettings *settings, FnIpcClient *keeper)
{
	g_autofree char *directory = fn_settings_path(settings, "ledger");
	g_autoptr(GError) error = NULL;
	FnLogOptions options = {
		.directory = directory,
		.origin = fn_settings_text(settings, "ledger_origin"),
		.segment_bytes = (guint64)fn_settings_int(settings, "segment_bytes"),
		.reserve = (guint64)fn_settings_int(settings, "ledger_reserve"),
		.head_interval_ms = (guint)fn_settings_int(settings, "head_interval_ms"),
		.signer = { keeper, sign, public_key },
	};
	FnLog *log = fn_log_open(&options, &error);

	if (log == NULL)
		fn_program_fail(fn_say("cannot open the ledger"), error);
	if (fn_log_cut(log) > 0)
		g_warning("%s (%" G_GUINT64_FORMAT ")", fn_say("bytes of a commit that was under way at the last end were cut off; it was never acknowledged"),
			fn_log_cut(log));
	return log;
}

static void
serve(const FnSettings *settings, FnLedgerService *service, const GPtrArray *witnesses, int signal_fd)
{
	g_autofree char *keeper_path = fn_role_socket(settings, FN_ROLE_KEEPER);
	g_autoptr(FnIpcClient) keeper = fn_ipc_client_new(keeper_path, FN_ROLE_KEEPER);
	g_autofree char *directory = fn_settings_path(settings, "ledger");
	FnLog *log = open_log(settings, keeper);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnCosignatures) cosignatures = fn_cosignatures_open(directory, witnesses, &error);

	if (cosignatures == NULL)
		fn_program_fail(fn_say("cannot open the ledger"), error);
	fn_ledger_service_cosignatures(service, cosignatures);
	fn_ledger_service_end_on(service, signal_fd);
	fn_ledger_service_run(service, log);
	fn_log_close(log);
}

/* All in one thread still: confined before the ledger's own threads begin. */
static void
start(const FnSettings *settings)
{
	g_autofree char *path = fn_role_socket(settings, FN_ROLE_LEDGER);
	g_autofree char *list = fn_settings_path(settings, "witnesses");
	g_autoptr(FnLedgerService) service = NULL;
	g_autoptr(GPtrArray) witnesses = NULL;
	g_autoptr(GError) error = NULL;
	int signal_fd = fn_program_signals();

	if ((witnesses = fn_witnesses_read(list, &error)) == NULL) /* before it is out of reach */
		fn_program_fail(fn_say("cannot read the list of witnesses"), error);

	if (fn_confine_gap() != NULL) /* before: once confined nobody can ask the kernel any more */
		g_warning("%s", fn_confine_gap());
	if (!fn_confine(FN_ROLE_LEDGER, settings, NULL, &error))
		fn_program_fail(fn_say("cannot confine itself"), error);
	service = fn_ledger_service_new(path, &error);
	if (service == NULL)
		fn_program_fail(fn_say("cannot listen"), error);
	serve(settings, service, witnesses, signal_fd);
	close(signal_fd);
}

int
main(int argc, char **argv)
{
	g_autoptr(FnSettings) settings = NULL;
	g_autoptr(GError) error = NULL;

	fn_program_start("fengni-ledger");
	if (argc != 2 || argv[1][0] == '-') {
		fprintf(stderr, fn_say("usage: %s"), "fengni-ledger DIR\n");
		return FN_EXIT_USAGE;
	}
	settings = fn_settings_load(argv[1], &error);
	if (settings == NULL)
		fn_program_fail(fn_say("cannot read the settings"), error);
	fn_roles_init(fn_settings_int(settings, "uid_base"));
	fn_crypto_init();
	if (fn_roles_development())
		g_warning("%s", fn_say("uid_base is 0: every program runs as one user and may do everything; for development only"));
	start(settings);
	return FN_EXIT_OK;
}
