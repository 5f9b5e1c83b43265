/* The program itself, as a supervisor runs it: the secret on a descriptor, requests over the socket, death and return. As root
 * with distinct users, so that the kernel's word on the peer decides; else in development mode. */
#include "crypto/keeper_client.h"
#include "ipc/ipc.h"
#include "keeper/test_help.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { UNSEAL = 9 };

static const char head[] = "{\"origin\":\"o\",\"root\":\"0000000000000000000000000000000000000000000000000000000000000000\","
						   "\"size\":1,\"time\":\"2026-01-01T00:00:00Z\"}";

typedef struct {
	Instance *instance;
	char *socket, *said;
	pid_t keeper;
} Daemon;

static gint64
uid_base(void)
{
	return geteuid() == 0 ? 61000 : 0;
}

static void
become_keeper(const Daemon *daemon, const guint8 *with, gsize size, const char *option)
{
	g_autofree char *program = g_build_filename(g_getenv("FENGNI_BUILD"), "fengni-keeper", NULL);
	int said = open(daemon->said, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int pipe_fd[2];

	if (pipe(pipe_fd) != 0 || write(pipe_fd[1], with, size) != (ssize_t)size || dup2(pipe_fd[0], UNSEAL) < 0 ||
	    dup2(said, STDERR_FILENO) < 0)
		_exit(99);
	close(pipe_fd[1]);
	/* The leak checker reads /proc/self/task, which a process that may not be dumped cannot. */
	g_setenv("ASAN_OPTIONS", "detect_leaks=0:abort_on_error=1", TRUE);
	execl(program, program, daemon->instance->directory, "--unseal-fd", "9", option, NULL);
	_exit(98);
}

static pid_t
start(const Daemon *daemon, const guint8 *with, gsize size, const char *option)
{
	pid_t child = fork();

	g_assert_cmpint(child, >=, 0);
	if (child == 0)
		become_keeper(daemon, with, size, option);
	return child;
}

static int
ended(pid_t child)
{
	int status;

	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static gboolean
said(const Daemon *daemon, const char *what)
{
	g_autofree char *text = NULL;

	g_assert_true(g_file_get_contents(daemon->said, &text, NULL, NULL));
	return strstr(text, what) != NULL;
}

static void
serve(Daemon *daemon)
{
	g_autoptr(FnIpcClient) client = fn_ipc_client_new(daemon->socket, FN_ROLE_KEEPER);
	gboolean ready = FALSE;

	daemon->keeper = start(daemon, secret, sizeof secret, NULL);
	for (int i = 0; i < 1000 && !ready; i++) {
		g_autoptr(GBytes) reply = fn_ipc_call(client, FN_KEEPER_OP_STATUS, "{}", 2, 0, NULL);

		if (!(ready = reply != NULL))
			g_usleep(20000);
	}
	g_assert_true(ready);
}

static void
open_daemon(Daemon *daemon, gconstpointer data)
{
	g_autofree char *conf = g_strdup_printf("uid_base = %" G_GINT64_FORMAT "\n", uid_base());

	daemon->instance = instance_new(FN_SUITE_GM);
	instance_set(daemon->instance, conf);
	g_assert_cmpint(chmod(daemon->instance->directory, 0711), ==, 0);
	daemon->socket = fn_role_socket(daemon->instance->settings, FN_ROLE_KEEPER);
	daemon->said = g_build_filename(daemon->instance->directory, "said", NULL);
	g_assert_cmpint(ended(start(daemon, secret, sizeof secret, "--create")), ==, 0);
}

static void
close_daemon(Daemon *daemon, gconstpointer data)
{
	static const char *const names[] = { "run/keeper/keeper.sock", "run/keeper", "run" };

	if (daemon->keeper > 0) {
		kill(daemon->keeper, SIGTERM);
		g_assert_cmpint(ended(daemon->keeper), ==, 0);
	}
	g_remove(daemon->said);
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(daemon->instance->directory, names[i], NULL);

		g_remove(path);
	}
	instance_free(daemon->instance);
	g_free(daemon->socket);
	g_free(daemon->said);
}

/* ---- as another program: a child of that user ---- */

typedef gboolean (*Act)(FnIpcClient *client);

static gboolean
as(const Daemon *daemon, FnRole role, Act act)
{
	pid_t child = fork();

	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		uid_t uid = fn_role_uid(role);
		FnIpcClient *client;

		if (!fn_roles_development() && (setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0))
			_exit(2);
		client = fn_ipc_client_new(daemon->socket, FN_ROLE_KEEPER);
		_exit(act(client) ? 0 : 1);
	}
	switch (ended(child)) {
	case 0:
		return TRUE;
	case 1:
		return FALSE;
	}
	g_assert_not_reached();
}

static gboolean
lease(FnIpcClient *client)
{
	FnLease *got = fn_lease_get(client, "mask", "g1", NULL);

	return got != NULL && fn_lease_key(got) != NULL;
}

static gboolean
sign_head(FnIpcClient *client)
{
	g_autofree char *text = fn_keeper_public(client, "ledger_head_gm", NULL);
	FnPublicKey *key = text != NULL ? fn_public_key_parse(text, NULL) : NULL;
	gsize size;
	guint8 *signature = fn_keeper_sign(client, "ledger_head_gm", head, &size, NULL);

	return key != NULL && signature != NULL && fn_verify(key, "ledger_head_gm", head, strlen(head), signature, size, NULL);
}

static gboolean
sign_grant(FnIpcClient *client)
{
	gsize size;

	return fn_keeper_sign(client, "grant", "{\"grant\":\"g\"}", &size, NULL) != NULL;
}

static gboolean
destroy(FnIpcClient *client)
{
	return fn_keeper_destroy(client, "mask", "g1", NULL);
}

static void
test_roles_by_user(Daemon *daemon, gconstpointer data)
{
	static const struct {
		Act act;
		FnRole may;
	} table[] = { { sign_head, FN_ROLE_LEDGER }, { sign_grant, FN_ROLE_CLOCK }, { lease, FN_ROLE_GATE } };

	serve(daemon);
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		for (int role = FN_ROLE_GATE; role < FN_ROLES; role++)
			g_assert_cmpint(as(daemon, (FnRole)role, table[i].act), ==, fn_roles_development() || role == (int)table[i].may);
}

/* What is destroyed stays so when the keeper is killed right after; all other keys come back as they were. */
static void
test_killed_and_back(Daemon *daemon, gconstpointer data)
{
	g_autoptr(FnIpcClient) client = fn_ipc_client_new(daemon->socket, FN_ROLE_KEEPER);
	g_autofree char *before = NULL, *after = NULL;

	serve(daemon);
	before = fn_keeper_public(client, "grant", NULL);
	g_assert_nonnull(before);
	g_assert_true(as(daemon, FN_ROLE_GATE, lease));
	g_assert_true(as(daemon, FN_ROLE_CLOCK, destroy));
	kill(daemon->keeper, SIGKILL);
	g_assert_cmpint(ended(daemon->keeper), ==, -SIGKILL);
	serve(daemon);
	/* The first call after a death may fail as LOST; the client then connects anew. */
	after = fn_keeper_public(client, "grant", NULL);
	if (after == NULL)
		after = fn_keeper_public(client, "grant", NULL);
	g_assert_cmpstr(after, ==, before);
	g_assert_false(as(daemon, FN_ROLE_GATE, lease));
}

static void
test_refuses_to_start(Daemon *daemon, gconstpointer data)
{
	static const guint8 other[32] = { 1 };
	g_autofree char *bundle = instance_path(daemon->instance, "bundle");
	g_autofree char *conf = g_build_filename(daemon->instance->directory, "fengni.conf", NULL);

	g_assert_cmpint(ended(start(daemon, other, sizeof other, NULL)), ==, 3);
	g_assert_true(said(daemon, "the unseal secret is not the one"));
	g_assert_cmpint(ended(start(daemon, other, 5, NULL)), ==, 3);
	g_assert_true(said(daemon, "5 of 32 bytes"));
	g_assert_cmpint(ended(start(daemon, secret, sizeof secret, "--create")), ==, 3);
	g_assert_true(said(daemon, "never replaced"));
	g_assert_cmpint(ended(start(daemon, secret, sizeof secret, "--secret=abc")), ==, 2);
	g_assert_true(g_file_set_contents(conf, "no such setting\n", -1, NULL));
	g_assert_cmpint(ended(start(daemon, secret, sizeof secret, NULL)), ==, 3);
	g_assert_true(said(daemon, "fengni.conf:1"));
	g_remove(conf);
	g_remove(bundle);
	g_assert_cmpint(ended(start(daemon, secret, sizeof secret, NULL)), ==, 3);
	g_assert_true(said(daemon, "--create"));
}

static void
test_one_keeper_only(Daemon *daemon, gconstpointer data)
{
	serve(daemon);
	g_assert_cmpint(ended(start(daemon, secret, sizeof secret, NULL)), ==, 3);
	g_assert_true(said(daemon, "another keeper"));
}

/* The secret is in neither the arguments nor the environment, and its descriptor is gone; the user is the keeper's. */
static void
test_what_the_process_shows(Daemon *daemon, gconstpointer data)
{
	g_autofree char *fd = NULL, *status = NULL, *text = NULL, *uid = NULL;
	char target[64];

	serve(daemon);
	fd = g_strdup_printf("/proc/%d/fd/%d", (int)daemon->keeper, UNSEAL);
	g_assert_cmpint(readlink(fd, target, sizeof target) > 0 && g_str_has_prefix(target, "pipe:"), ==, FALSE);
	status = g_strdup_printf("/proc/%d/status", (int)daemon->keeper);
	g_assert_true(g_file_get_contents(status, &text, NULL, NULL));
	uid = g_strdup_printf("Uid:\t%u\t%u\t%u\t%u\n", fn_role_uid(FN_ROLE_KEEPER), fn_role_uid(FN_ROLE_KEEPER),
		fn_role_uid(FN_ROLE_KEEPER), fn_role_uid(FN_ROLE_KEEPER));
	g_assert_nonnull(strstr(text, uid));
	g_assert_nonnull(strstr(text, "NoNewPrivs:\t1"));
	g_assert_nonnull(strstr(text, "Seccomp:\t2"));
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(Daemon *, gconstpointer);
	} table[] = {
		{ "/daemon/roles-by-user", test_roles_by_user },
		{ "/daemon/killed-and-back", test_killed_and_back },
		{ "/daemon/refuses-to-start", test_refuses_to_start },
		{ "/daemon/one-keeper-only", test_one_keeper_only },
		{ "/daemon/what-the-process-shows", test_what_the_process_shows },
	};

	g_test_init(&argc, &argv, NULL);
	fn_roles_init(uid_base());
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		g_test_add(table[i].name, Daemon, NULL, open_daemon, table[i].run, close_daemon);
	return g_test_run();
}
