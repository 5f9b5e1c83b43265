/* fengni-keeper DIR --unseal-fd N             serves the keys of the instance DIR
 * fengni-keeper DIR --create --unseal-fd N    makes them; refuses when there are some
 *
 * Answers on DIR/run/keeper/keeper.sock what crypto/keeper_client.h lists, until SIGTERM. A wrong secret, a damaged or missing
 * bundle, a second keeper: a message and exit 3.
 *
 * SECURITY. The only program that holds the platform's and the master keys. The 32-byte unseal secret comes on an inherited
 * descriptor, never in an argument or the environment; it is wiped and the descriptor closed before the first peer is heard.
 * Keys lie in locked memory that no core file holds. Who may do what is one table (keeper/permits.c), by the kernel's word on
 * the peer's user; what is signed is rebuilt from typed members, never a caller's bytes. After opening its directory and
 * socket it becomes its own user, without network, other files or new programs. Requests are hostile input: strict JSON, at
 * most 1 MiB, all sizes bounded. Who has root on the machine has the keys while the keeper runs: only hardware would help. */
#include "base/program.h"
#include "base/say.h"
#include "ipc/ipc.h"
#include "keeper/keeper.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
	const char *directory;
	int fd;
	gboolean create;
} Arguments;

static gboolean
take_arguments(int argc, char **argv, Arguments *arguments)
{
	guint64 fd;

	for (int i = 1; i < argc; i++)
		if (g_str_equal(argv[i], "--create"))
			arguments->create = TRUE;
		else if (g_str_equal(argv[i], "--unseal-fd") && i + 1 < argc &&
			g_ascii_string_to_unsigned(argv[i + 1], 10, 0, 1 << 20, &fd, NULL))
			arguments->fd = (int)fd, i++;
		else if (argv[i][0] != '-' && arguments->directory == NULL)
			arguments->directory = argv[i];
		else
			return FALSE;
	return arguments->directory != NULL && arguments->fd >= 0 && arguments->fd != STDOUT_FILENO &&
		arguments->fd != STDERR_FILENO;
}

static void
handle(FnIpcToken *token, FnRole role, guint32 operation, const guint8 *payload, gsize size, gpointer data)
{
	g_autoptr(GString) reply = g_string_sized_new(FN_KEEPER_REPLY);
	g_autoptr(GError) error = NULL;

	if (fn_keeper_handle(data, role, operation, payload, size, reply, &error)) {
		fn_ipc_reply(token, reply->str, reply->len);
	} else {
		if (!g_error_matches(error, FN_KEEPER_ERROR, FN_KEEPER_ERROR_REQUEST))
			g_warning("refused: %s asked for operation %u: %s", fn_role_name(role), operation, error->message);
		fn_ipc_refuse(token, fn_keeper_error_code(error), error->message);
	}
	explicit_bzero(reply->str, reply->allocated_len); /* perhaps a key, or whom pseudonyms stand for */
}

static void
on_signal(int fd, gpointer server)
{
	fn_ipc_server_stop(server);
}

static void
serve(const FnSettings *settings, FnKeeper *keeper)
{
	g_autofree char *path = fn_role_socket(settings, FN_ROLE_KEEPER);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnIpcServer) server = fn_ipc_server_new(path, handle, NULL, keeper, &error);
	int fd = fn_program_signals();

	if (server == NULL)
		fn_program_fail(fn_say("cannot listen"), error);
	fn_ipc_server_watch(server, fd, on_signal, server);
	if (fn_confine_gap() != NULL) /* before: once confined nobody can ask the kernel any more */
		g_warning("%s", fn_confine_gap());
	if (!fn_confine(FN_ROLE_KEEPER, settings, NULL, &error))
		fn_program_fail(fn_say("cannot confine itself"), error);
	fn_ipc_server_run(server);
	close(fd);
}

static FnSettings *
start(const Arguments *arguments)
{
	g_autoptr(GError) error = NULL;
	FnSettings *settings = fn_settings_load(arguments->directory, &error);

	if (settings == NULL)
		fn_program_fail(fn_say("cannot read the settings"), error);
	fn_roles_init(fn_settings_int(settings, "uid_base"));
	fn_crypto_init();
	if (!fn_keeper_lock_memory())
		g_warning("%s", fn_say("the process may not be locked into memory; the keys alone are"));
	if (fn_roles_development())
		g_warning("%s", fn_say("uid_base is 0: every program runs as one user and may do everything; for development only"));
	return settings;
}

int
main(int argc, char **argv)
{
	Arguments arguments = { .fd = -1 };
	g_autoptr(FnSettings) settings = NULL;
	g_autoptr(FnKeeper) keeper = NULL;
	g_autoptr(GError) error = NULL;
	guint8 *secret;

	fn_program_start("fengni-keeper");
	if (!take_arguments(argc, argv, &arguments)) {
		fprintf(stderr, fn_say("usage: %s"), "fengni-keeper DIR [--create] --unseal-fd N\n");
		return FN_EXIT_USAGE;
	}
	settings = start(&arguments);
	if ((secret = fn_keeper_secret_read(arguments.fd, &error)) == NULL)
		fn_program_fail(fn_say("cannot take the unseal secret"), error);
	if (arguments.create) {
		gboolean created = fn_keeper_create(settings, secret, &error);

		fn_keeper_secret_free(secret);
		if (!created)
			fn_program_fail(fn_say("cannot make the keys"), error);
		return FN_EXIT_OK;
	}
	keeper = fn_keeper_open(settings, secret, &error);
	fn_keeper_secret_free(secret);
	if (keeper == NULL)
		fn_program_fail(fn_say("cannot open the keys"), error);
	serve(settings, keeper);
	return FN_EXIT_OK;
}
