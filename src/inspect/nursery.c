#include "inspect/nursery_priv.h"

#include "base/say.h"
#include "inspect/job.h"
#include "ipc/sandbox.h"
#include "ipc/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_FD 64 /* above every number that a worker gets */
enum { CANNOT_START = 126 };

/* A worker under way. */
typedef struct {
	pid_t pid;
	int exit;
	gint64 deadline;
	gboolean late;
} Running;

typedef struct {
	const FnNursery *nursery;
	int signals;
	GArray *running; /* Running */
} Crib;

/* What each kind is started with. */
static const struct {
	const char *path; /* NULL: fengni-extract */
	const char *arguments[10];
	gboolean foreign; /* started in a cell; ours goes in by itself, once its libraries are loaded */
} programs[FN_WORKERS] = {
	[FN_WORKER_EXTRACT] = { NULL, { "fengni-extract" }, FALSE },
	[FN_WORKER_PDF] = { "/usr/bin/pdftotext", { "pdftotext", "-enc", "UTF-8", "-", "-" }, TRUE },
	[FN_WORKER_PICTURE] = { "/usr/bin/tesseract", { "tesseract", "-", "-", "-l", "chi_sim+eng", "--psm", "3" }, TRUE },
};
static const char *const environment[] = { "PATH=/usr/bin", "LANG=C.UTF-8", "HOME=/", "OMP_THREAD_LIMIT=1", NULL };

/* ---- a worker, between fork and exec ---- */

static gboolean
place(int fd, int number)
{
	return dup2(fd, number) == number;
}

/* First all out of the way, since a target may be another's source. */
static gboolean
set_descriptors(const int passed[FN_PASSED], gboolean foreign, int *program)
{
	int high[FN_PASSED], null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	for (guint i = 0; i < FN_PASSED; i++)
		if ((high[i] = fcntl(passed[i], F_DUPFD_CLOEXEC, FIRST_FD)) < 0)
			return FALSE;
	*program = fcntl(*program, F_DUPFD_CLOEXEC, FIRST_FD);
	null = fcntl(null, F_DUPFD_CLOEXEC, FIRST_FD);
	if (*program < 0 || null < 0 || close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) != 0 || !place(high[FN_PASS_ERRORS], 2))
		return FALSE;
	if (foreign)
		return place(high[FN_PASS_DOCUMENT], 0) && place(high[FN_PASS_ANSWER], 1);
	return place(null, 0) && place(high[FN_PASS_ERRORS], 1) && place(high[FN_PASS_DOCUMENT], FN_JOB_DOCUMENT) &&
	       place(high[FN_PASS_ANSWER], FN_JOB_ANSWER);
}

static G_GNUC_NORETURN void
become(const FnNursery *nursery, FnWorkerKind kind, const int passed[FN_PASSED], pid_t parent)
{
	const FnCell cell = { nursery->options.memory, nursery->options.limits.seconds };
	char *const *arguments = (char *const *)programs[kind].arguments;
	int program = nursery->program[kind];
	sigset_t none;

	sigemptyset(&none);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent || sigprocmask(SIG_SETMASK, &none, NULL) != 0 ||
		signal(SIGPIPE, SIG_DFL) == SIG_ERR || !set_descriptors(passed, programs[kind].foreign, &program))
		_exit(CANNOT_START);
	if (programs[kind].foreign)
		fn_cell_run(&cell, program, arguments, (char *const *)environment, NULL);
	else
		syscall(SYS_execveat, program, "", arguments, environment, AT_EMPTY_PATH);
	_exit(CANNOT_START);
}

/* ---- the loop ---- */

static void
report(const Running *running, int status)
{
	FnWorkerReport report = { status, running->late };
	/* When nobody reads it any more, nobody wants to know. */
	ssize_t written G_GNUC_UNUSED = write(running->exit, &report, sizeof(report));

	close(running->exit);
}

static void
start(Crib *crib, const FnWorkerRequest *request, const int passed[FN_PASSED])
{
	Running running = { .exit = fcntl(passed[FN_PASS_EXIT], F_DUPFD_CLOEXEC, FIRST_FD), .deadline = request->deadline };
	pid_t parent = getpid();

	if (running.exit < 0)
		return;
	if (request->kind >= FN_WORKERS || crib->nursery->program[request->kind] < 0)
		running.pid = -1;
	else if ((running.pid = fork()) == 0)
		become(crib->nursery, (FnWorkerKind)request->kind, passed, parent);
	if (running.pid < 0)
		report(&running, CANNOT_START << 8);
	else
		g_array_append_val(crib->running, running);
}

/* FALSE at the end: the parent is gone. */
static gboolean
take_request(Crib *crib)
{
	FnWorkerRequest request;
	struct iovec io = { &request, sizeof(request) };
	union {
		char bytes[CMSG_SPACE(FN_PASSED * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr message = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control) };
	ssize_t size = recvmsg(crib->nursery->socket, &message, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *head = size > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	int passed[FN_PASSED];

	if (size <= 0)
		return size < 0 && (errno == EINTR || errno == EAGAIN);
	g_assert(size == sizeof(request) && head != NULL && head->cmsg_type == SCM_RIGHTS && head->cmsg_len == CMSG_LEN(sizeof(passed)));
	memcpy(passed, CMSG_DATA(head), sizeof(passed));
	start(crib, &request, passed);
	for (guint i = 0; i < FN_PASSED; i++)
		close(passed[i]);
	return TRUE;
}

static void
reap(Crib *crib)
{
	struct signalfd_siginfo drained;
	pid_t pid;
	int status;

	while (read(crib->signals, &drained, sizeof(drained)) == sizeof(drained))
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (guint i = 0; i < crib->running->len; i++) {
			const Running *running = &g_array_index(crib->running, Running, i);

			if (running->pid != pid)
				continue;
			report(running, status);
			g_array_remove_index_fast(crib->running, i);
			break;
		}
}

/* Milliseconds until the next worker's time is over; those whose time is over are ended. */
static int
keep_time(Crib *crib)
{
	gint64 now = g_get_monotonic_time(), next = G_MAXINT64;

	for (guint i = 0; i < crib->running->len; i++) {
		Running *running = &g_array_index(crib->running, Running, i);

		if (running->late)
			continue;
		if (running->deadline > now) {
			next = MIN(next, running->deadline);
			continue;
		}
		running->late = TRUE;
		kill(running->pid, SIGKILL);
	}
	return next == G_MAXINT64 ? -1 : (int)MIN((next - now) / 1000 + 1, 60000);
}

static G_GNUC_NORETURN void
serve(Crib *crib)
{
	for (;;) {
		g_autofree struct pollfd *polled = g_new0(struct pollfd, crib->running->len + 2);
		guint n = crib->running->len;
		int wait = keep_time(crib);

		polled[0] = (struct pollfd){ crib->nursery->socket, POLLIN, 0 };
		polled[1] = (struct pollfd){ crib->signals, POLLIN, 0 };
		for (guint i = 0; i < n; i++) /* POLLERR alone: nobody reads the other end any more */
			polled[i + 2] = (struct pollfd){ g_array_index(crib->running, Running, i).exit, 0, 0 };
		if (poll(polled, n + 2, wait) < 0 && errno != EINTR)
			_exit(1);
		for (guint i = 0; i < n; i++)
			if (polled[i + 2].revents != 0)
				kill(g_array_index(crib->running, Running, i).pid, SIGKILL);
		if (polled[1].revents != 0)
			reap(crib);
		if (polled[0].revents != 0 && !take_request(crib))
			_exit(0);
	}
}

/* ---- the child's beginning ---- */

static gboolean
leave_root(uid_t user)
{
	return user == 0 || geteuid() != 0 ||
	       (setgroups(0, NULL) == 0 && setresgid(user, user, user) == 0 && setresuid(user, user, user) == 0);
}

/* Nothing of the parent's is kept but the way to it, the programs and standard error. */
static void
close_others(FnNursery *nursery)
{
	int *kept[FN_WORKERS + 1], next = 3;

	kept[0] = &nursery->socket;
	for (guint i = 0; i < FN_WORKERS; i++)
		kept[i + 1] = &nursery->program[i];
	for (guint i = 0; i <= FN_WORKERS; i++)
		if (*kept[i] >= 0)
			*kept[i] = fcntl(*kept[i], F_DUPFD_CLOEXEC, FIRST_FD);
	for (guint i = 0; i <= FN_WORKERS; i++)
		if (*kept[i] >= 0)
			*kept[i] = dup3(*kept[i], next, O_CLOEXEC) == next ? next++ : -1;
	close_range((guint)next, ~0u, 0);
}

static G_GNUC_NORETURN void
live(FnNursery *nursery, pid_t parent)
{
	g_autoptr(GError) error = NULL;
	Crib crib = { nursery, -1, g_array_new(FALSE, FALSE, sizeof(Running)) };
	int programs_open[FN_WORKERS];
	guint count = 0;
	sigset_t wanted;

	prctl(PR_SET_NAME, "fengni-nursery");
	signal(SIGPIPE, SIG_IGN);
	close_others(nursery);
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGCHLD);
	sigprocmask(SIG_BLOCK, &wanted, NULL);
	crib.signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	for (guint i = 0; i < FN_WORKERS; i++)
		if (nursery->program[i] >= 0)
			programs_open[count++] = nursery->program[i];
	/* The kernel forgets the death signal when the user changes. */
	if (crib.signals < 0 || nursery->socket < 0 || !leave_root(nursery->options.user) || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
		getppid() != parent || !fn_cell_nursery(programs_open, count, &error)) {
		g_printerr("%s\n", error != NULL ? error->message : g_strerror(errno));
		_exit(CANNOT_START);
	}
	serve(&crib);
}

/* ---- the parent's beginning ---- */

static gboolean
open_programs(FnNursery *nursery, const char *worker, GError **error)
{
	g_autofree char *beside = worker != NULL ? g_strdup(worker) : fn_spawn_beside("fengni-extract");
	gboolean held = fn_cell_holds_programs();

	for (guint i = 0; i < FN_WORKERS; i++)
		if (!programs[i].foreign)
			nursery->program[i] = beside != NULL ? open(beside, O_RDONLY | O_CLOEXEC) : -1;
		else if (held && (i != FN_WORKER_PICTURE || nursery->options.recognise))
			nursery->program[i] = open(programs[i].path, O_RDONLY | O_CLOEXEC);
	if (nursery->program[FN_WORKER_EXTRACT] >= 0)
		return TRUE;
	g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_CONNECT, fn_say("%s: cannot be opened: %s; install it beside this program"),
		beside != NULL ? beside : "fengni-extract", g_strerror(errno));
	return FALSE;
}

FnNursery *
fn_nursery_new(const FnInspectOptions *options, const char *worker, GError **error)
{
	g_autoptr(FnNursery) nursery = g_new0(FnNursery, 1);
	pid_t parent = getpid();
	int pair[2];

	*nursery = (FnNursery){ .options = *options, .socket = -1, .program = { -1, -1, -1 } };
	if (!open_programs(nursery, worker, error))
		return NULL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0 || (nursery->pid = fork()) < 0) {
		g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_CONNECT, fn_say("cannot start a process: %s"), g_strerror(errno));
		return NULL;
	}
	nursery->socket = pair[nursery->pid == 0];
	close(pair[nursery->pid != 0]);
	if (nursery->pid == 0)
		live(nursery, parent);
	return g_steal_pointer(&nursery);
}

void
fn_nursery_free(FnNursery *nursery)
{
	if (nursery == NULL)
		return;
	for (guint i = 0; i < FN_WORKERS; i++)
		if (nursery->program[i] >= 0)
			close(nursery->program[i]);
	if (nursery->socket >= 0)
		close(nursery->socket); /* at which it ends */
	if (nursery->pid > 0)
		waitpid(nursery->pid, NULL, 0);
	g_free(nursery);
}

gboolean
fn_nursery_has(const FnNursery *nursery, FnWorkerKind kind)
{
	return nursery->program[kind] >= 0;
}

int
fn_nursery_fd(const FnNursery *nursery)
{
	return nursery->socket;
}
