#include "ipc/spawn.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_DELAY (100 * 1000)        /* µs until the first restart */
#define LAST_DELAY  (10 * G_USEC_PER_SEC)
#define HEALTHY     (30 * G_USEC_PER_SEC) /* so long a life forgives earlier deaths */
#define LOG_TAIL    1500
#define CANNOT_EXEC 126

typedef struct {
	const FnProgram *program;
	pid_t pid; /* 0: not running */
	gint64 since, due; /* monotonic */
	gint64 delay;
} Child;

struct FnSupervisor {
	const FnSettings *settings;
	Child *child; /* in order of start */
	guint count;
	int signals;
	sigset_t before;
	gboolean ending;
	FnSpawnEvent on_event;
	gpointer data;
};

G_DEFINE_QUARK(fn-spawn-error-quark, fn_spawn_error)

char *
fn_spawn_beside(const char *name)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *directory = self != NULL ? g_path_get_dirname(self) : NULL;

	return directory != NULL ? g_build_filename(directory, name, NULL) : NULL;
}

/* ---- the order ---- */

static gboolean
placed(const FnSupervisor *supervisor, const char *name)
{
	for (guint i = 0; i < supervisor->count; i++)
		if (g_str_equal(supervisor->child[i].program->name, name))
			return TRUE;
	return FALSE;
}

static gboolean
may_follow(const FnSupervisor *supervisor, const FnProgram *program)
{
	for (guint i = 0; i < FN_SPAWN_FEW && program->depends[i] != NULL; i++)
		if (!placed(supervisor, program->depends[i]))
			return FALSE;
	return TRUE;
}

/* Places each program once all that it depends on is placed; a round without progress is a circle or an unknown name. */
static gboolean
place_all(FnSupervisor *supervisor, const FnProgram *programs, guint count, GError **error)
{
	while (supervisor->count < count) {
		guint before = supervisor->count;

		for (guint i = 0; i < count; i++)
			if (!placed(supervisor, programs[i].name) && may_follow(supervisor, &programs[i]))
				supervisor->child[supervisor->count++] = (Child){ &programs[i], 0, 0, 0, FIRST_DELAY };
		if (supervisor->count == before) {
			g_set_error(error, FN_SPAWN_ERROR, FN_SPAWN_ERROR_TABLE,
				"a program depends on one that is unknown, given twice, or depends on it in turn");
			return FALSE;
		}
	}
	return TRUE;
}

FnSupervisor *
fn_supervisor_new(const FnSettings *settings, const FnProgram *programs, guint count, FnSpawnEvent on_event, gpointer data,
	GError **error)
{
	FnSupervisor *supervisor = g_new0(FnSupervisor, 1);
	sigset_t wanted;

	supervisor->settings = settings;
	supervisor->child = g_new0(Child, count);
	supervisor->on_event = on_event;
	supervisor->data = data;
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGHUP);
	sigaddset(&wanted, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &wanted, &supervisor->before);
	supervisor->signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	g_assert(supervisor->signals >= 0);
	if (place_all(supervisor, programs, count, error))
		return supervisor;
	supervisor->count = 0;
	fn_supervisor_free(supervisor);
	return NULL;
}

static void
tell(FnSupervisor *supervisor, const Child *child, const char *event, pid_t pid)
{
	if (supervisor->on_event != NULL)
		supervisor->on_event(child->program->name, event, pid, supervisor->data);
}

/* ---- the child, between fork and exec ---- */

static gboolean
set_descriptors(const FnProgram *program, int log)
{
	int kept[FN_SPAWN_FEW];
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	/* First out of the way, since a target may be another's source. */
	for (guint i = 0; i < FN_SPAWN_FEW && program->inherit[i].to != 0; i++)
		if ((kept[i] = fcntl(program->inherit[i].from, F_DUPFD_CLOEXEC, 64)) < 0)
			return FALSE;
	log = fcntl(log, F_DUPFD_CLOEXEC, 64);
	if (dup2(null, 0) != 0 || dup2(log, 1) != 1 || dup2(log, 2) != 2 || close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) != 0)
		return FALSE;
	for (guint i = 0; i < FN_SPAWN_FEW && program->inherit[i].to != 0; i++)
		if (dup2(kept[i], program->inherit[i].to) < 0)
			return FALSE;
	return TRUE;
}

static G_GNUC_NORETURN void
become(const FnSupervisor *supervisor, const FnProgram *program, char *const *argument, pid_t parent, int log)
{
	g_autoptr(GError) error = NULL;
	sigset_t none;

	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	/* A group of its own: Ctrl-C reaches us alone, and what a program started can be ended with it. A foreign program is asked
	 * to end when we die, so that it ends its own children, which would hold its port otherwise. */
	if (!set_descriptors(program, log) || setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, program->confine ? SIGTERM : SIGKILL) != 0 ||
		getppid() != parent)
		_exit(CANNOT_EXEC);
	if (program->confine && !fn_confine(program->role, supervisor->settings, NULL, &error)) {
		g_printerr("%s: %s\n", program->name, error->message);
		_exit(CANNOT_EXEC);
	}
	execv(argument[0], argument);
	g_printerr("%s: %s: %s\n", program->name, argument[0], g_strerror(errno));
	_exit(CANNOT_EXEC);
}

/* ---- start ---- */

static char *
log_path(const FnSupervisor *supervisor, const FnProgram *program)
{
	g_autofree char *below = g_strdup_printf("log/%s.log", program->name);

	return fn_settings_path(supervisor->settings, below);
}

static char **
arguments_of(const FnSupervisor *supervisor, const FnProgram *program)
{
	GPtrArray *all = g_ptr_array_new();

	g_ptr_array_add(all, program->program != NULL ? g_strdup(program->program) : fn_spawn_beside(program->name));
	if (program->arguments == NULL)
		g_ptr_array_add(all, g_strdup(fn_settings_directory(supervisor->settings)));
	for (guint i = 0; program->arguments != NULL && program->arguments[i] != NULL; i++)
		g_ptr_array_add(all, g_strdup(program->arguments[i]));
	g_ptr_array_add(all, NULL);
	return (char **)g_ptr_array_free(all, FALSE);
}

static gboolean
fail(GError **error, const char *what)
{
	g_set_error(error, FN_SPAWN_ERROR, FN_SPAWN_ERROR_START, "%s: %s", what, g_strerror(errno));
	return FALSE;
}

static gboolean
start_child(FnSupervisor *supervisor, Child *child, GError **error)
{
	g_auto(GStrv) argument = arguments_of(supervisor, child->program);
	g_autofree char *path = log_path(supervisor, child->program);
	g_autofree char *directory = g_path_get_dirname(path);
	pid_t parent = getpid();
	int log;

	if (argument[0] == NULL || access(argument[0], X_OK) != 0)
		return fail(error, argument[0] != NULL ? argument[0] : child->program->name);
	if (g_mkdir_with_parents(directory, 0755) != 0 ||
		(log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640)) < 0)
		return fail(error, path);
	child->pid = fork();
	if (child->pid == 0)
		become(supervisor, child->program, argument, parent, log);
	close(log);
	child->pid = MAX(child->pid, 0);
	child->since = g_get_monotonic_time();
	if (child->pid == 0)
		return fail(error, "fork");
	tell(supervisor, child, "started", child->pid);
	return TRUE;
}

/* ---- ready ---- */

static gboolean
answers_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	gboolean answers = fd >= 0 && g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) < sizeof(address.sun_path) &&
		connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;

	if (fd >= 0)
		close(fd);
	return answers;
}

static gboolean
answers_tcp(const char *place)
{
	g_auto(GStrv) part = g_strsplit(place, ":", 2);
	struct sockaddr_in address = { .sin_family = AF_INET };
	gboolean answers;
	guint64 port;
	int fd;

	if (part[0] == NULL || part[1] == NULL || !g_ascii_string_to_unsigned(part[1], 10, 1, 65535, &port, NULL) ||
		inet_pton(AF_INET, part[0], &address.sin_addr) != 1)
		return FALSE;
	address.sin_port = htons((guint16)port);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	answers = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
	if (fd >= 0)
		close(fd);
	return answers;
}

static gboolean
answers(const FnSupervisor *supervisor, const FnProgram *program)
{
	g_autofree char *own = NULL;

	if (program->ready == NULL)
		own = fn_role_socket(supervisor->settings, program->role);
	if (own != NULL || program->ready[0] == '/')
		return answers_unix(own != NULL ? own : program->ready);
	return answers_tcp(program->ready);
}

/* TRUE when it ended and was reaped. */
static gboolean
has_ended(Child *child)
{
	pid_t pid = child->pid;
	siginfo_t info = { 0 };

	if (pid == 0 || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != pid)
		return FALSE;
	/* Its orphans first, while its number cannot be another's. */
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
	child->pid = 0;
	return TRUE;
}

static gboolean
has_died(FnSupervisor *supervisor, Child *child)
{
	pid_t pid = child->pid;

	if (pid == 0 || !has_ended(child))
		return FALSE;
	tell(supervisor, child, "died", pid);
	return TRUE;
}

static void
set_not_ready(const FnSupervisor *supervisor, const FnProgram *program, const char *how, GError **error)
{
	g_autofree char *path = log_path(supervisor, program);
	g_autofree char *text = NULL;
	g_autofree char *tail = NULL;
	gsize size = 0;

	if (g_file_get_contents(path, &text, &size, NULL)) {
		const char *from = size > LOG_TAIL ? text + size - LOG_TAIL : text;

		tail = fn_text_safe(g_strchomp((char *)from), -1, LOG_TAIL * 2);
	}
	g_set_error(error, FN_SPAWN_ERROR, FN_SPAWN_ERROR_READY, "%s %s; see %s: %s", program->name, how, path,
		tail != NULL && *tail != '\0' ? tail : "(it says nothing)");
}

static gboolean
await_ready(FnSupervisor *supervisor, Child *child, guint timeout_ms, GError **error)
{
	gint64 until = g_get_monotonic_time() + (gint64)timeout_ms * 1000;

	while (g_get_monotonic_time() < until) {
		if (has_died(supervisor, child)) {
			set_not_ready(supervisor, child->program, "ended at once", error);
			return FALSE;
		}
		if (answers(supervisor, child->program)) {
			tell(supervisor, child, "ready", child->pid);
			return TRUE;
		}
		g_usleep(5000);
	}
	set_not_ready(supervisor, child->program, "is not ready in time", error);
	return FALSE;
}

/* Else a stranger would be taken for our own program. */
static gboolean
place_is_free(const FnSupervisor *supervisor, const FnProgram *program, GError **error)
{
	g_autofree char *own = program->ready == NULL ? fn_role_socket(supervisor->settings, program->role) : NULL;

	if (!answers(supervisor, program))
		return TRUE;
	g_set_error(error, FN_SPAWN_ERROR, FN_SPAWN_ERROR_START,
		"%s: another program answers at %s already; end it (is the instance running?), or change the place in %s/fengni.conf",
		program->name, own != NULL ? own : program->ready, fn_settings_directory(supervisor->settings));
	return FALSE;
}

gboolean
fn_supervisor_start(FnSupervisor *supervisor, guint timeout_ms, GError **error)
{
	for (guint i = 0; i < supervisor->count; i++)
		if (!place_is_free(supervisor, supervisor->child[i].program, error) ||
			!start_child(supervisor, &supervisor->child[i], error) ||
			!await_ready(supervisor, &supervisor->child[i], timeout_ms, error)) {
			fn_supervisor_stop(supervisor, 1000);
			return FALSE;
		}
	return TRUE;
}

/* ---- run ---- */

/* Sets when a dead child is started again: later after each early death. */
static void
plan_restart(Child *child, gint64 now)
{
	if (now - child->since >= HEALTHY)
		child->delay = FIRST_DELAY;
	child->due = now + child->delay;
	child->delay = MIN(child->delay * 2, LAST_DELAY);
}

static void
tend(FnSupervisor *supervisor, Child *child)
{
	gint64 now = g_get_monotonic_time();

	if (has_died(supervisor, child))
		plan_restart(child, now);
	if (child->pid == 0 && now >= child->due && !start_child(supervisor, child, NULL))
		plan_restart(child, now);
}

static int
wait_time(const FnSupervisor *supervisor, guint ms)
{
	gint64 now = g_get_monotonic_time();
	gint64 wait = (gint64)ms * 1000;

	for (guint i = 0; i < supervisor->count; i++)
		if (supervisor->child[i].pid == 0)
			wait = MIN(wait, MAX(supervisor->child[i].due - now, 0) + 1000);
	return (int)(wait / 1000);
}

gboolean
fn_supervisor_turn(FnSupervisor *supervisor, guint ms)
{
	struct pollfd wait = { supervisor->signals, POLLIN, 0 };
	struct signalfd_siginfo info;

	for (guint i = 0; !supervisor->ending && i < supervisor->count; i++)
		tend(supervisor, &supervisor->child[i]);
	if (poll(&wait, 1, wait_time(supervisor, ms)) > 0)
		while (read(supervisor->signals, &info, sizeof(info)) == sizeof(info))
			supervisor->ending |= info.ssi_signo != SIGCHLD;
	for (guint i = 0; !supervisor->ending && i < supervisor->count; i++)
		tend(supervisor, &supervisor->child[i]);
	return !supervisor->ending;
}

/* ---- stop ---- */

static void
stop_child(FnSupervisor *supervisor, Child *child, guint grace_ms)
{
	gint64 until = g_get_monotonic_time() + (gint64)grace_ms * 1000;
	pid_t pid = child->pid;

	if (pid == 0)
		return;
	kill(pid, SIGTERM);
	while (!has_ended(child)) {
		if (g_get_monotonic_time() >= until)
			kill(-pid, SIGKILL);
		g_usleep(2000);
	}
	tell(supervisor, child, "stopped", pid);
}

void
fn_supervisor_stop(FnSupervisor *supervisor, guint grace_ms)
{
	supervisor->ending = TRUE;
	for (guint i = supervisor->count; i > 0; i--)
		stop_child(supervisor, &supervisor->child[i - 1], grace_ms);
}

pid_t
fn_supervisor_pid(const FnSupervisor *supervisor, const char *name)
{
	for (guint i = 0; i < supervisor->count; i++)
		if (g_str_equal(supervisor->child[i].program->name, name))
			return supervisor->child[i].pid;
	return 0;
}

void
fn_supervisor_free(FnSupervisor *supervisor)
{
	if (supervisor == NULL)
		return;
	fn_supervisor_stop(supervisor, 5000);
	close(supervisor->signals);
	pthread_sigmask(SIG_SETMASK, &supervisor->before, NULL);
	g_free(supervisor->child);
	g_free(supervisor);
}
