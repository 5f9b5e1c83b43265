/* The supervisor with this very program as its children. */
#include "ipc/ipc.h"
#include "ipc/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
	char *directory, *self, *socket[3];
	FnSettings *settings;
	GString *events;
} World;

/* ---- what a child does: test-program --child SOCKET HOW ---- */

static FnIpcServer *child_server;

static void
on_term(int signal_number)
{
	fn_ipc_server_stop(child_server);
}

static void
answer(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%d %d", (int)getpid(), (int)getuid());

	fn_ipc_reply(token, text, (gsize)n);
}

static int
child_main(const char *path, const char *how)
{
	char secret[7] = { 0 };

	fn_roles_init(0);
	if (g_str_equal(how, "fail")) {
		g_printerr("the disk is\nfull\n");
		return 3;
	}
	if (g_str_equal(how, "inherit") && (read(5, secret, 6) != 6 || !g_str_equal(secret, "secret") || fcntl(6, F_GETFD) >= 0))
		return 4;
	if (g_str_equal(how, "stubborn"))
		signal(SIGTERM, SIG_IGN);
	else
		signal(SIGTERM, on_term);
	child_server = fn_ipc_server_new(path, answer, NULL, NULL, NULL);
	if (child_server == NULL)
		return 5;
	fn_ipc_server_run(child_server);
	fn_ipc_server_free(child_server);
	return 0;
}

/* ---- the tests ---- */

static void
note(const char *name, const char *event, pid_t pid, gpointer data)
{
	g_string_append_printf(((World *)data)->events, "%s %s;", name, event);
}

static void
set_up(World *world, gconstpointer unused)
{
	world->directory = g_dir_make_tmp("fn-sup-XXXXXX", NULL);
	world->settings = fn_settings_load(world->directory, NULL);
	world->self = g_file_read_link("/proc/self/exe", NULL);
	world->events = g_string_new(NULL);
	for (guint i = 0; i < G_N_ELEMENTS(world->socket); i++)
		world->socket[i] = g_strdup_printf("%s/%u.sock", world->directory, i);
}

static void
tear_down(World *world, gconstpointer unused)
{
	const char *const remove[] = { "rm", "-rf", "--", world->directory, NULL };

	g_spawn_sync(NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(world->socket); i++)
		g_free(world->socket[i]);
	g_string_free(world->events, TRUE);
	fn_settings_free(world->settings);
	g_free(world->self);
	g_free(world->directory);
}

static pid_t
ask_pid(const char *path)
{
	g_autoptr(FnIpcClient) client = fn_ipc_client_new(path, FN_ROLE_ANY);
	g_autoptr(GBytes) reply = fn_ipc_call(client, FN_IPC_FIRST_OP, NULL, 0, 0, NULL);
	g_autofree char *text = NULL;

	if (reply == NULL)
		return 0;
	text = g_strndup(g_bytes_get_data(reply, NULL), g_bytes_get_size(reply));
	return (pid_t)g_ascii_strtoll(text, NULL, 10);
}

static void
test_life(World *world, gconstpointer unused)
{
	const char *const first[] = { "--child", world->socket[0], "plain", NULL };
	const char *const second[] = { "--child", world->socket[1], "stubborn", NULL };
	/* In the table the dependent comes first. */
	const FnProgram programs[] = {
		{ "second", FN_ROLE_GATE, world->self, second, world->socket[1], { "first" } },
		{ "first", FN_ROLE_KEEPER, world->self, first, world->socket[0] },
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(FnSupervisor) supervisor = fn_supervisor_new(world->settings, programs, 2, note, world, &error);
	pid_t before, after = 0;

	g_assert_no_error(error);
	fn_supervisor_start(supervisor, 30000, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(world->events->str, ==, "first started;first ready;second started;second ready;");
	before = ask_pid(world->socket[0]);
	g_assert_cmpint(before, ==, fn_supervisor_pid(supervisor, "first"));
	g_assert_cmpint(fn_supervisor_pid(supervisor, "third"), ==, 0);
	for (int i = 0; i < 3; i++) {
		kill(fn_supervisor_pid(supervisor, "first"), SIGKILL);
		while (fn_supervisor_pid(supervisor, "first") == before || (after = ask_pid(world->socket[0])) == 0)
			g_assert_true(fn_supervisor_turn(supervisor, 20));
		g_assert_cmpint(after, !=, before);
		before = after;
	}
	g_string_truncate(world->events, 0);
	fn_supervisor_stop(supervisor, 100);
	g_assert_cmpstr(world->events->str, ==, "second stopped;first stopped;");
	g_assert_cmpint(ask_pid(world->socket[0]), ==, 0);
}

static void
test_signal(World *world, gconstpointer unused)
{
	g_autoptr(FnSupervisor) supervisor = fn_supervisor_new(world->settings, NULL, 0, NULL, NULL, NULL);

	g_assert_true(fn_supervisor_turn(supervisor, 1));
	kill(getpid(), SIGTERM);
	g_assert_false(fn_supervisor_turn(supervisor, 10000));
}

static void
test_inherit(World *world, gconstpointer unused)
{
	const char *const arguments[] = { "--child", world->socket[0], "inherit", NULL };
	int pipes[2];
	FnProgram program = { "heir", FN_ROLE_KEEPER, world->self, arguments, world->socket[0] };
	g_autoptr(GError) error = NULL;
	g_autoptr(FnSupervisor) supervisor = NULL;

	g_assert_cmpint(pipe(pipes), ==, 0); /* not close-on-exec: the child must lose it all the same */
	g_assert_cmpint(write(pipes[1], "secret", 6), ==, 6);
	program.inherit[0] = (FnInherit){ pipes[0], 5 };
	supervisor = fn_supervisor_new(world->settings, &program, 1, NULL, NULL, NULL);
	fn_supervisor_start(supervisor, 30000, &error);
	g_assert_no_error(error);
	close(pipes[0]);
	close(pipes[1]);
}

static void
test_failures(World *world, gconstpointer unused)
{
	const char *const arguments[] = { "--child", world->socket[0], "fail", NULL };
	const FnProgram failing = { "failing", FN_ROLE_KEEPER, world->self, arguments, world->socket[0] };
	const FnProgram absent = { "absent", FN_ROLE_KEEPER, "/nonexistent/program", arguments, world->socket[0] };
	const FnProgram circle[] = {
		{ "a", FN_ROLE_KEEPER, world->self, arguments, NULL, { "b" } },
		{ "b", FN_ROLE_KEEPER, world->self, arguments, NULL, { "a" } },
	};
	const struct {
		const FnProgram *program;
		int code;
		const char *holds;
	} cases[] = { { &failing, FN_SPAWN_ERROR_READY, "the disk is\\x0afull" },
		{ &absent, FN_SPAWN_ERROR_START, "/nonexistent/program" } };
	g_autoptr(GError) circular = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(FnSupervisor) supervisor =
			fn_supervisor_new(world->settings, cases[i].program, 1, note, world, NULL);
		g_autoptr(GError) error = NULL;

		g_assert_false(fn_supervisor_start(supervisor, 30000, &error));
		g_assert_error(error, FN_SPAWN_ERROR, cases[i].code);
		g_assert_nonnull(strstr(error->message, cases[i].holds));
	}
	g_assert_null(fn_supervisor_new(world->settings, circle, 2, NULL, NULL, &circular));
	g_assert_error(circular, FN_SPAWN_ERROR, FN_SPAWN_ERROR_TABLE);
}

/* A supervisor that is killed takes its children along. */
static void
test_orphans(World *world, gconstpointer unused)
{
	const char *const arguments[] = { "--child", world->socket[0], "stubborn", NULL };
	const FnProgram program = { "orphan", FN_ROLE_KEEPER, world->self, arguments, world->socket[0] };
	pid_t child, middle = fork();

	if (middle == 0) {
		FnSupervisor *supervisor = fn_supervisor_new(world->settings, &program, 1, NULL, NULL, NULL);

		fn_supervisor_start(supervisor, 30000, NULL);
		while (fn_supervisor_turn(supervisor, 10000))
			;
		_exit(0);
	}
	while ((child = ask_pid(world->socket[0])) == 0)
		g_usleep(2000);
	kill(middle, SIGKILL);
	waitpid(middle, NULL, 0);
	while (ask_pid(world->socket[0]) != 0)
		g_usleep(2000);
}

int
main(int argc, char **argv)
{
	if (argc == 4 && g_str_equal(argv[1], "--child"))
		return child_main(argv[2], argv[3]);
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	g_test_add("/spawn/life", World, NULL, set_up, test_life, tear_down);
	g_test_add("/spawn/signal", World, NULL, set_up, test_signal, tear_down);
	g_test_add("/spawn/inherit", World, NULL, set_up, test_inherit, tear_down);
	g_test_add("/spawn/failures", World, NULL, set_up, test_failures, tear_down);
	g_test_add("/spawn/orphans", World, NULL, set_up, test_orphans, tear_down);
	return g_test_run();
}
