#include "cli/daemons.h"

#include "base/pool.h"
#include "base/program.h"
#include "base/say.h"
#include "base/text.h"
#include "cli/init.h"
#include "cli/upgrade.h"
#include "http/door.h"
#include "ipc/ipc.h"
#include "ipc/spawn.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static G_DEFINE_QUARK(fn-daemons-error-quark, fn_daemons_error)

#define GATE_SOCKET "run/gate/console.sock"
enum { SECRET_FD = 3, READY_MS = 20000, GRACE_MS = 5000, PROGRAMS = 6 };

struct FnDaemons {
	const FnSettings *settings;
	FnDaemonsSet set;
	FnMutex mutex; /* the supervisor, and what follows */
	FnCond changed;
	FnSupervisor *supervisor; /* made, turned and freed by the thread alone */
	gboolean ready, failed, ending, over;
	int lock;            /* on the instance's directory: one supervisor for each instance */
	sigset_t signals;    /* what the caller had blocked */
	GError *error;
	pthread_t thread;
};

/* ---- the table ---- */

/* What the table points at and the instance decides. */
typedef struct {
	char *directory, *gate, *door;
	char **nginx_arguments;
	int secret;
	const char *keeper_arguments[4];
	FnProgram program[PROGRAMS];
} Table;

static void
fill_strings(Table *table, const FnSettings *settings)
{
	table->directory = g_strdup(fn_settings_directory(settings));
	table->gate = fn_settings_path(settings, GATE_SOCKET);
	table->door = fn_door_ready(settings);
	table->nginx_arguments = fn_door_arguments(settings);
	memcpy(table->keeper_arguments, (const char *[]){ table->directory, "--unseal-fd", "3", NULL }, sizeof(table->keeper_arguments));
}

static void
fill_table(Table *table, const FnSettings *settings, int secret)
{
	const FnProgram programs[PROGRAMS] = {
		{ .name = "fengni-keeper", .role = FN_ROLE_KEEPER, .arguments = table->keeper_arguments, .inherit = { { secret, SECRET_FD } } },
		{ .name = "fengni-ledger", .role = FN_ROLE_LEDGER, .depends = { "fengni-keeper" } },
		{ .name = "fengni-inspect", .role = FN_ROLE_INSPECT },
		{ .name = "fengni-clock", .role = FN_ROLE_CLOCK, .depends = { "fengni-ledger" } },
		{ .name = "fengni-gate", .role = FN_ROLE_GATE, .ready = table->gate, .depends = { "fengni-ledger", "fengni-inspect", "fengni-clock" } },
		{ .name = "nginx", .role = FN_ROLE_DOOR, .program = "/usr/sbin/nginx", .arguments = (const char *const *)table->nginx_arguments, .ready = table->door,
			.depends = { "fengni-gate" }, .confine = TRUE },
	};

	memcpy(table->program, programs, sizeof(programs));
	table->secret = secret;
}

static Table *
table_new(const FnSettings *settings, GError **error)
{
	g_autofree char *path = fn_init_unseal_path(settings);
	int secret = open(path, O_RDONLY | O_CLOEXEC);
	Table *table;

	if (secret < 0) {
		g_set_error(error, fn_daemons_error_quark(), 0, "%s: %s", path, g_strerror(errno));
		return NULL;
	}
	table = g_new0(Table, 1);
	fill_strings(table, settings);
	fill_table(table, settings, secret);
	return table;
}

static void
table_free(Table *table)
{
	g_free(table->directory);
	g_free(table->gate);
	g_free(table->door);
	g_strfreev(table->nginx_arguments);
	close(table->secret);
	g_free(table);
}

/* ---- the thread ---- */

static void
announce(FnDaemons *daemons, gboolean ready, GError *error)
{
	fn_mutex_lock(&daemons->mutex);
	daemons->ready = ready;
	daemons->failed = !ready;
	daemons->error = error;
	pthread_cond_broadcast(&daemons->changed);
	fn_mutex_unlock(&daemons->mutex);
}

/* Turns while nobody asked for the end; the mutex is free between turns, so that others may look. */
static void
turn(FnDaemons *daemons)
{
	gboolean go_on = TRUE;

	while (go_on) {
		fn_mutex_lock(&daemons->mutex);
		go_on = fn_supervisor_turn(daemons->supervisor, 10) && !daemons->ending;
		fn_mutex_unlock(&daemons->mutex);
		g_usleep(1000);
	}
	fn_mutex_lock(&daemons->mutex);
	daemons->over = TRUE;
	fn_mutex_unlock(&daemons->mutex);
}

static void *
supervise(void *data)
{
	FnDaemons *daemons = data;
	GError *error = NULL;
	Table *table = table_new(daemons->settings, &error);
	guint count = daemons->set == FN_DAEMONS_ALL ? PROGRAMS : 2;

	if (table != NULL)
		daemons->supervisor = fn_supervisor_new(daemons->settings, table->program, count, NULL, NULL, &error);
	if (daemons->supervisor != NULL && fn_supervisor_start(daemons->supervisor, READY_MS, &error)) {
		announce(daemons, TRUE, NULL);
		turn(daemons);
	} else
		announce(daemons, FALSE, error);
	if (daemons->supervisor != NULL)
		fn_supervisor_stop(daemons->supervisor, GRACE_MS);
	fn_supervisor_free(daemons->supervisor);
	if (table != NULL)
		table_free(table);
	return NULL;
}

/* The kernel lets go of it when we die. */
int
fn_daemons_lock(const FnSettings *settings, GError **error)
{
	const char *directory = fn_settings_directory(settings);
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (fd >= 0 && errno == EWOULDBLOCK)
		g_set_error(error, fn_daemons_error_quark(), 0, fn_say("%s: the instance runs already; stop that `fengni run` first"), directory);
	else
		g_set_error(error, fn_daemons_error_quark(), 0, "%s: %s", directory, g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* They are for the supervisor's thread; to any other they would be a sudden death. */
static void
block_signals(sigset_t *before_out)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
	sigset_t ends;

	sigemptyset(&ends);
	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
		sigaddset(&ends, numbers[i]);
	pthread_sigmask(SIG_BLOCK, &ends, before_out);
}

FnDaemons *
fn_daemons_start(const FnSettings *settings, FnDaemonsSet set, GError **error)
{
	int failed, lock = fn_daemons_lock(settings, error);
	FnDaemons *daemons;

	if (lock < 0)
		return NULL;
	daemons = g_new0(FnDaemons, 1);
	daemons->lock = lock;
	block_signals(&daemons->signals);
	daemons->settings = settings;
	daemons->set = set;
	pthread_mutex_init(&daemons->mutex, NULL);
	pthread_cond_init(&daemons->changed, NULL);
	failed = pthread_create(&daemons->thread, NULL, supervise, daemons);
	g_assert(failed == 0);
	fn_mutex_lock(&daemons->mutex);
	while (!daemons->ready && !daemons->failed)
		fn_cond_wait(&daemons->changed, &daemons->mutex);
	fn_mutex_unlock(&daemons->mutex);
	if (daemons->ready)
		return daemons;
	g_propagate_error(error, g_steal_pointer(&daemons->error));
	fn_daemons_free(daemons);
	return NULL;
}

void
fn_daemons_free(FnDaemons *daemons)
{
	if (daemons == NULL)
		return;
	fn_mutex_lock(&daemons->mutex);
	daemons->ending = TRUE;
	fn_mutex_unlock(&daemons->mutex);
	pthread_join(daemons->thread, NULL);
	pthread_mutex_destroy(&daemons->mutex);
	pthread_cond_destroy(&daemons->changed);
	close(daemons->lock);
	pthread_sigmask(SIG_SETMASK, &daemons->signals, NULL);
	g_free(daemons);
}

gboolean
fn_daemons_ending(FnDaemons *daemons)
{
	gboolean over;

	fn_mutex_lock(&daemons->mutex);
	over = daemons->over;
	fn_mutex_unlock(&daemons->mutex);
	return over;
}

/* ---- looking at them ---- */

pid_t
fn_daemons_pid(FnDaemons *daemons, FnRole role)
{
	g_autofree char *name = role == FN_ROLE_DOOR ? g_strdup("nginx") : g_strconcat("fengni-", fn_role_name(role), NULL);
	pid_t pid;

	fn_mutex_lock(&daemons->mutex);
	pid = fn_supervisor_pid(daemons->supervisor, name);
	fn_mutex_unlock(&daemons->mutex);
	return pid;
}

/* The gate speaks HTTP: that it listens must do; and the door that it runs, callers try again. */
static gboolean
answers(FnDaemons *daemons, FnRole role, pid_t pid)
{
	g_autofree char *gate = fn_settings_path(daemons->settings, GATE_SOCKET);
	g_autofree char *path = fn_role_socket(daemons->settings, role);
	g_autoptr(FnIpcClient) client = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) reply = NULL;

	if (role == FN_ROLE_DOOR || role == FN_ROLE_GATE)
		return role == FN_ROLE_DOOR || fn_socket_listener(gate) == pid;
	client = fn_ipc_client_new(path, role);
	reply = fn_ipc_call(client, G_MAXUINT32, "{}", 2, 1000, &error);
	return reply != NULL || g_error_matches(error, FN_IPC_ERROR, FN_IPC_ERROR_REFUSED);
}

gboolean
fn_daemons_wait_again(FnDaemons *daemons, FnRole role, pid_t before, GError **error)
{
	for (guint tries = 0; tries < 1000; tries++) {
		pid_t pid = fn_daemons_pid(daemons, role);

		if (pid != 0 && pid != before && answers(daemons, role, pid))
			return TRUE;
		g_usleep(20000);
	}
	g_set_error(error, fn_daemons_error_quark(), 0, fn_say("%s did not come back"), fn_role_name(role));
	return FALSE;
}

gint64
fn_daemons_peak(FnDaemons *daemons, FnRole role)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/status", (int)fn_daemons_pid(daemons, role)), *text = NULL;
	const char *line;

	if (!g_file_get_contents(path, &text, NULL, NULL) || (line = strstr(text, "VmHWM:")) == NULL)
		return 0;
	return g_ascii_strtoll(line + strlen("VmHWM:"), NULL, 10) * 1024;
}

/* ---- keys ---- */

typedef struct {
	int secret;
} Handing;

/* After fork: the secret becomes descriptor 3 of the child. */
static void
hand_secret(gpointer data)
{
	const Handing *handing = data;

	if (handing->secret == SECRET_FD)
		fcntl(SECRET_FD, F_SETFD, 0);
	else
		dup2(handing->secret, SECRET_FD);
}

gboolean
fn_daemons_create_keys(const FnSettings *settings, GError **error)
{
	g_autofree char *keeper = fn_spawn_beside("fengni-keeper"), *secret = fn_init_unseal_path(settings), *said = NULL;
	const char *arguments[] = { keeper, fn_settings_directory(settings), "--create", "--unseal-fd", "3", NULL };
	Handing handing = { open(secret, O_RDONLY | O_CLOEXEC) };
	int status = -1;
	gboolean made;

	made = handing.secret >= 0 && keeper != NULL &&
		g_spawn_sync(NULL, (char **)arguments, NULL, G_SPAWN_LEAVE_DESCRIPTORS_OPEN, hand_secret, &handing, NULL, &said, &status, error) &&
		WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (handing.secret >= 0)
		close(handing.secret);
	if (!made && error != NULL && *error == NULL) {
		g_autofree char *safe = fn_text_safe(said != NULL ? said : secret, -1, 600);

		g_set_error(error, fn_daemons_error_quark(), 0, fn_say("the keeper could not make its keys: %s"), safe);
	}
	return made;
}

/* ---- the command ---- */

/* The door's configuration is the last thing that `fengni init` writes. */
static gboolean
is_whole(const FnSettings *settings, GError **error)
{
	g_autofree char *last = fn_settings_path(settings, "door/nginx.conf");

	if (g_file_test(last, G_FILE_TEST_IS_REGULAR))
		return TRUE;
	g_set_error(error, fn_daemons_error_quark(), 0,
		fn_say("%s is missing: if `fengni init` was interrupted here, remove the directory and make the instance anew; else put the file back from a backup"),
		last);
	return FALSE;
}

/* From the settings as they are now; the page for measuring stays where it was made. */
static gboolean
renew_door(const FnSettings *settings, GError **error)
{
	g_autofree char *bench = fn_settings_path(settings, "door/bench.bin");

	return fn_door_write(settings, g_file_test(bench, G_FILE_TEST_IS_REGULAR), error);
}

/* A registry that cannot be reached may come back: the programs say so themselves. */
static gboolean
is_upgraded(const FnInstance *instance, GError **error)
{
	GError *why = NULL;

	if (fn_upgrade_is_done(instance, &why) || g_error_matches(why, FN_DB_ERROR, FN_DB_ERROR_CONNECT)) {
		g_clear_error(&why);
		return TRUE;
	}
	g_propagate_error(error, why);
	return FALSE;
}

int
fn_run_command(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnInstance) instance = NULL;
	g_autoptr(FnDaemons) daemons = NULL;

	if (argc != 2 || argv[1][0] == '-') {
		fprintf(stderr, fn_say("usage: %s"), "fengni run DIR\n");
		return FN_EXIT_USAGE;
	}
	if ((instance = fn_instance_new(argv[1], &error)) == NULL || !is_whole(instance->settings, &error) || !is_upgraded(instance, &error) ||
		!fn_upgrade_own_rules(instance->settings, &error) ||
		!renew_door(instance->settings, &error) ||
		(daemons = fn_daemons_start(instance->settings, FN_DAEMONS_ALL, &error)) == NULL) {
		fprintf(stderr, "fengni run: %s\n", error->message);
		return FN_EXIT_ENVIRONMENT;
	}
	if (fn_roles_development())
		fputs(fn_say("development: all programs share one user (uid_base = 0)\n"), stderr);
	puts(fn_say("ready"));
	fflush(stdout);
	while (!fn_daemons_ending(daemons))
		g_usleep(100000);
	g_clear_pointer(&daemons, fn_daemons_free);
	return FN_EXIT_OK;
}
