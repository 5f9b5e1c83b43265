/* From inside: what a cell forbids, each thing tried in a process of its own, in both kinds, as root and as somebody else. */
#include "ipc/sandbox_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REFUSED = 10, WENT_THROUGH = 11, NOT_CONFINED = 12, NOBODY = 65534, LEAK = 40, ANSWER = 9 };
#define MEMORY (G_GUINT64_CONSTANT(256) << 20)

static int self_program; /* this test, as a program of others */

/* ---- attempts: TRUE when it went through ---- */

static gboolean
can_open(const char *path, int flags)
{
	return open(path, flags, 0600) >= 0;
}

static gboolean
read_passwd(void)
{
	return can_open("/etc/passwd", O_RDONLY) || can_open("/etc/hostname", O_RDONLY);
}

static gboolean
read_proc(void)
{
	return can_open("/proc/self/maps", O_RDONLY) || can_open("/proc/1/environ", O_RDONLY) || can_open("/proc/self/mem", O_RDWR);
}

static gboolean
read_library(void)
{
	return can_open("/usr/bin/env", O_RDONLY);
}

static gboolean
create_file(void)
{
	return can_open("/tmp/fn-sandbox-test", O_WRONLY | O_CREAT) || can_open("/var/tmp", O_TMPFILE | O_WRONLY) ||
	       can_open("/dev/shm/fn-sandbox-test", O_RDWR | O_CREAT) || mkdir("/tmp/fn-sandbox-test.d", 0700) == 0;
}

static gboolean
write_device(void)
{
	return can_open("/dev/null", O_WRONLY) || can_open("/dev/tty", O_RDWR);
}

static gboolean
change_files(void)
{
	return chmod("/tmp", 01777) == 0 || rename("/tmp/fn-a", "/tmp/fn-b") == 0 || symlink("/tmp", "/tmp/fn-sandbox-link") == 0 ||
	       truncate("/tmp/fn-a", 0) == 0 || unlink("/tmp/fn-a") == 0;
}

static gboolean
network(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_INET6, SOCK_DGRAM, 0) >= 0;
}

static gboolean
local_socket(void)
{
	int pair[2];

	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0;
}

static gboolean
other_sockets(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0) >= 0 || socket(AF_PACKET, SOCK_RAW, 0) >= 0 || socket(AF_VSOCK, SOCK_STREAM, 0) >= 0 ||
	       socket(AF_ALG, SOCK_SEQPACKET, 0) >= 0;
}

static gboolean
make_process(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return child > 0;
}

static gboolean
vfork_raw(void)
{
	return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL) >= 0;
}

static void *
idle(void *data)
{
	return data;
}

static gboolean
make_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, idle, NULL) == 0;
}

static gboolean
execute(void)
{
	char *const argument[] = { (char *)"true", NULL };

	return execv("/bin/true", argument) == 0;
}

static gboolean
execute_again(void)
{
	char *const argument[] = { (char *)"again", (char *)"through", NULL };
	int fd = open("/usr/bin/env", O_RDONLY);

	return syscall(SYS_execveat, fd, "", argument, environ, AT_EMPTY_PATH) == 0;
}

static gboolean
signal_parent(void)
{
	return kill(getppid(), 0) == 0;
}

static gboolean
signal_thread(void)
{
	return syscall(SYS_tgkill, getppid(), getppid(), 0) == 0 || syscall(SYS_tkill, getppid(), 0) == 0;
}

static gboolean
queue_signal(void)
{
	siginfo_t info = { .si_code = SI_QUEUE };

	return syscall(SYS_rt_sigqueueinfo, getppid(), SIGTERM, &info) == 0 || syscall(SYS_pidfd_open, getppid(), 0) >= 0;
}

static gboolean
signal_by_descriptor(void)
{
	return fcntl(1, F_SETOWN, getppid()) == 0 || fcntl(1, F_SETSIG, SIGTERM) == 0;
}

static gboolean
trace(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0 || ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static gboolean
read_memory_of_parent(void)
{
	char byte;
	struct iovec mine = { &byte, 1 }, theirs = { &self_program, 1 };

	return syscall(SYS_process_vm_readv, getppid(), &mine, 1UL, &theirs, 1UL, 0UL) == 1;
}

static gboolean
huge_allocation(void)
{
	char *volatile bytes = malloc(MEMORY + 1); /* a compiler that sees nobody use it leaves it out */
	void *mapped = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return bytes != NULL || mapped != MAP_FAILED;
}

static gboolean
raise_limits(void)
{
	struct rlimit more = { RLIM_INFINITY, RLIM_INFINITY }, none = { 0, 0 };

	return setrlimit(RLIMIT_AS, &more) == 0 || setrlimit(RLIMIT_CPU, &more) == 0 || setrlimit(RLIMIT_NOFILE, &none) == 0;
}

static gboolean
endless(void)
{
	for (volatile guint i = 0;; i++)
		;
	return TRUE;
}

static gboolean
core_file(void)
{
	struct rlimit core;

	return getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0;
}

static gboolean
be_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1) == 0 || prctl(PR_SET_PTRACER, -1L) == 0 || prctl(PR_SET_PDEATHSIG, 0) == 0;
}

static gboolean
change_root(void)
{
	return chroot("/") == 0 || chdir("/tmp") == 0 || fchdir(0) == 0;
}

static gboolean
mount_something(void)
{
	return mount("none", "/tmp", "tmpfs", 0, NULL) == 0 || umount2("/tmp", MNT_DETACH) == 0 || syscall(SYS_open_tree, AT_FDCWD, "/", 1) >= 0;
}

static gboolean
new_namespaces(void)
{
	return unshare(CLONE_NEWUSER) == 0 || unshare(CLONE_NEWNS) == 0 || syscall(SYS_clone3, NULL, 0) >= 0;
}

static gboolean
become_root(void)
{
	return setuid(0) == 0 || setgid(0) == 0 || setresuid(0, 0, 0) == 0;
}

static gboolean
leaked_descriptor(void)
{
	return write(LEAK, "x", 1) == 1 || fcntl(LEAK, F_GETFD) >= 0 || dup2(0, LEAK + 60) >= 0;
}

static gboolean
kernel_doors(void)
{
	char parameters[256] = { 0 };

	return syscall(SYS_io_uring_setup, 1, parameters) >= 0;
}

static gboolean
kernel_programs(void)
{
	char parameters[256] = { 0 };

	return syscall(SYS_bpf, 0, parameters, sizeof(parameters)) >= 0;
}

static gboolean
page_faults(void)
{
	return syscall(SYS_userfaultfd, 1) >= 0;
}

static gboolean
keys_and_counters(void)
{
	return syscall(SYS_add_key, "user", "x", "y", 1, -3) >= 0 || syscall(SYS_keyctl, 0, -3, 1) >= 0;
}

static gboolean
perf_events(void)
{
	char attribute[128] = { 0 };

	return syscall(SYS_perf_event_open, attribute, 0, -1, -1, 0) >= 0;
}

static gboolean
anonymous_file(void)
{
	return memfd_create("x", 0) >= 0 || shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600) >= 0;
}

static gboolean
executable_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0 ||
	       mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static gboolean
terminal(void)
{
	char letter = 'x';

	return ioctl(0, 0x5412 /* TIOCSTI: types for whoever sits there */, &letter) == 0;
}

static gboolean
change_clock(void)
{
	struct timespec now = { 1, 0 };

	return clock_settime(CLOCK_REALTIME, &now) == 0 || sethostname("x", 1) == 0;
}

/* ---- what must go on ---- */

static gboolean
allocates(void)
{
	char *bytes = malloc(8 << 20);

	if (bytes == NULL)
		return FALSE;
	memset(bytes, 1, 8 << 20);
	bytes = realloc(bytes, 32 << 20);
	free(bytes);
	return bytes != NULL;
}

static gboolean
tells_time(void)
{
	return g_get_monotonic_time() > 0 && g_get_real_time() > 0;
}

static gboolean
writes(void)
{
	return write(1, "", 0) == 0;
}

/* A worker that fails an assertion ends by abort(), which must be seen as such. */
static gboolean
aborts(void)
{
	abort();
}

enum { BOTH = 3, WORKER = 1, PROGRAM = 2 };

static const struct {
	const char *why;
	gboolean (*attempt)(void);
	guint forbidden; /* to which kinds */
	int signal;      /* that ends the worker; a program gets an error. -1: ends both by SIGXCPU, -2: by SIGABRT */
	gboolean sanitizable; /* not enforced under a sanitizer, which needs it itself */
	gboolean control;     /* goes through without a cell, for anyone, and does no harm */
} attempts[] = {
	{ "read of /etc", read_passwd, BOTH, 0, TRUE, TRUE },
	{ "read of /proc", read_proc, BOTH, 0, TRUE, TRUE },
	{ "read of the system", read_library, WORKER, 0, TRUE, TRUE },
	{ "new file", create_file, BOTH, 0, TRUE, TRUE },
	{ "write to a device", write_device, BOTH, 0, TRUE, TRUE },
	{ "change of files", change_files, BOTH, 0, FALSE, FALSE },
	{ "network", network, BOTH, SIGSYS, FALSE, TRUE },
	{ "local socket", local_socket, BOTH, SIGSYS, FALSE, TRUE },
	{ "other sockets", other_sockets, BOTH, SIGSYS, FALSE, FALSE },
	{ "fork", make_process, BOTH, 0, TRUE, TRUE },
	{ "clone", vfork_raw, BOTH, 0, TRUE, TRUE },
	{ "thread", make_thread, BOTH, 0, TRUE, TRUE },
	{ "exec", execute, BOTH, SIGSYS, FALSE, FALSE },
	{ "exec by descriptor", execute_again, BOTH, SIGSYS, FALSE, FALSE },
	{ "signal to the parent", signal_parent, BOTH, SIGSYS, TRUE, TRUE },
	{ "signal to a thread", signal_thread, BOTH, SIGSYS, TRUE, FALSE },
	{ "queued signal", queue_signal, BOTH, 0, FALSE, FALSE },
	{ "signal by way of a descriptor", signal_by_descriptor, BOTH, 0, FALSE, TRUE },
	{ "ptrace", trace, BOTH, SIGSYS, TRUE, FALSE },
	{ "memory of the parent", read_memory_of_parent, BOTH, SIGSYS, FALSE, FALSE },
	{ "huge allocation", huge_allocation, BOTH, 0, TRUE, TRUE },
	{ "other limits", raise_limits, BOTH, 0, TRUE, FALSE },
	{ "endless computing", endless, BOTH, SIGXCPU, FALSE, FALSE },
	{ "core file", core_file, BOTH, 0, FALSE, FALSE },
	{ "dumpable again", be_dumpable, BOTH, 0, TRUE, FALSE },
	{ "chroot, chdir", change_root, BOTH, 0, FALSE, TRUE },
	{ "mount", mount_something, BOTH, SIGSYS, FALSE, FALSE },
	{ "namespaces", new_namespaces, BOTH, SIGSYS, FALSE, TRUE },
	{ "other user", become_root, BOTH, 0, FALSE, FALSE },
	{ "descriptor that was not given", leaked_descriptor, BOTH, 0, FALSE, TRUE },
	{ "io_uring", kernel_doors, BOTH, SIGSYS, FALSE, FALSE },
	{ "bpf", kernel_programs, BOTH, SIGSYS, FALSE, FALSE },
	{ "userfaultfd", page_faults, BOTH, SIGSYS, FALSE, FALSE },
	{ "keys", keys_and_counters, BOTH, 0, FALSE, FALSE },
	{ "perf", perf_events, BOTH, SIGSYS, FALSE, FALSE },
	{ "anonymous file", anonymous_file, BOTH, 0, FALSE, TRUE },
	{ "executable memory", executable_memory, WORKER, 0, TRUE, TRUE },
	{ "typing on the terminal", terminal, BOTH, 0, FALSE, FALSE },
	{ "clock and name", change_clock, BOTH, 0, FALSE, FALSE },
	{ "memory", allocates, 0, 0, FALSE, FALSE },
	{ "time", tells_time, 0, 0, FALSE, FALSE },
	{ "writing", writes, 0, 0, FALSE, FALSE },
	{ "abort", aborts, 0, SIGABRT, FALSE, FALSE },
};

static G_GNUC_NORETURN void
try(guint which)
{
	_exit(attempts[which].attempt() ? WENT_THROUGH : REFUSED);
}

/* ---- around them ---- */

typedef struct {
	uid_t user;
	guint kind;
} Case;

static void
leave_root(uid_t user)
{
	if (user != geteuid() && (setgid(user) != 0 || setuid(user) != 0))
		_exit(NOT_CONFINED);
}

/* A descriptor that was left open by mistake. */
static void
leak(void)
{
	if (dup2(open("/dev/null", O_WRONLY), LEAK) < 0)
		_exit(NOT_CONFINED);
}

static G_GNUC_NORETURN void
go_in(const Case *about, guint which)
{
	const FnCell cell = { MEMORY, 1 };
	g_autofree char *number = g_strdup_printf("%u", which);
	char *const arguments[] = { (char *)"attempt", number, NULL };
	char *const environment[] = { (char *)"ASAN_OPTIONS=detect_leaks=0", NULL };
	g_autoptr(GError) error = NULL;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	leak();
	leave_root(about->user);
	if (about->kind == PROGRAM)
		fn_cell_run(&cell, self_program, arguments, environment, &error);
	else if (fn_cell_enter(&cell, -1, &error))
		try(which);
	g_printerr("# %s\n", error->message);
	_exit(NOT_CONFINED);
}

static int
outcome(const Case *about, guint which)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		go_in(about, which);
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* An attempt that is fatal to the worker, and endless computing or abort() in both. */
static int
expected(guint kind, guint which)
{
	int by = attempts[which].signal;

	if (by == SIGXCPU || by == SIGABRT || (by != 0 && kind == WORKER))
		return -by;
	return (attempts[which].forbidden & kind) != 0 ? REFUSED : WENT_THROUGH;
}

static void
test_attempts(gconstpointer data)
{
	const Case *about = data;

	if (about->user != geteuid() && geteuid() != 0) {
		g_test_skip("needs root to become somebody else");
		return;
	}
	for (guint i = 0; i < G_N_ELEMENTS(attempts); i++) {
		int got;

		if (attempts[i].sanitizable && FN_SANITIZED)
			continue;
		got = outcome(about, i);
		if (got != expected(about->kind, i) &&
			!(about->kind == PROGRAM && (attempts[i].forbidden & PROGRAM) != 0 && got == -SIGSYS))
			g_error("%s, user %u: %s: got %d, expected %d", about->kind == WORKER ? "worker" : "program", (guint)about->user,
				attempts[i].why, got, expected(about->kind, i));
	}
}

/* Without a cell they go through: it is the cell that refuses them, nothing else. */
static void
test_control(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(attempts); i++) {
		int status = 0;
		pid_t child = attempts[i].control ? fork() : 0;

		if (!attempts[i].control)
			continue;
		if (child == 0) {
			leak();
			try(i);
		}
		g_assert_cmpint(waitpid(child, &status, 0), ==, child);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != WENT_THROUGH)
			g_error("%s: does not even go through outside: %d", attempts[i].why, status);
	}
	unlink("/tmp/fn-sandbox-test");
}

/* What a program would see where there is no Landlock. */
static G_GNUC_NORETURN void
look_around(uid_t user)
{
	leave_root(user);
	if (!fn_cell_mounts(NULL))
		_exit(NOT_CONFINED);
	_exit(read_library() && !read_passwd() && !read_proc() && !create_file() && access("/tmp", F_OK) != 0 &&
				open("/usr/fn-sandbox-test", O_WRONLY | O_CREAT, 0600) < 0
			? REFUSED
			: WENT_THROUGH);
}

static void
test_mounts(gconstpointer data)
{
	uid_t user = (uid_t)GPOINTER_TO_UINT(data);
	pid_t child = fork();
	int status;

	if (child == 0)
		look_around(user);
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_CONFINED)
		g_test_skip("this machine gives no mount namespace to this user");
	else
		g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == REFUSED);
}

static void
test_known_calls(void)
{
	g_assert_cmpstr(fn_cell_unknown(), ==, NULL);
}

static void
test_holds_programs(void)
{
	g_assert_true(fn_cell_holds_programs());
}

int
main(int argc, char **argv)
{
	static const Case cases[] = { { 0, WORKER }, { NOBODY, WORKER }, { 0, PROGRAM }, { NOBODY, PROGRAM } };
	static const char *const name[] = { "/sandbox/worker/root", "/sandbox/worker/nobody", "/sandbox/program/root",
		"/sandbox/program/nobody" };

	if (argc == 2 && g_str_equal(argv[0], "attempt"))
		try((guint)g_ascii_strtoull(argv[1], NULL, 10));
	g_test_init(&argc, &argv, NULL);
	self_program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	g_assert_cmpint(self_program, >=, 0);
	g_test_add_func("/sandbox/known-calls", test_known_calls);
	g_test_add_func("/sandbox/control", test_control);
	g_test_add_data_func("/sandbox/mounts/own", GUINT_TO_POINTER(geteuid()), test_mounts);
	if (geteuid() == 0)
		g_test_add_data_func("/sandbox/mounts/nobody", GUINT_TO_POINTER(NOBODY), test_mounts);
	g_test_add_func("/sandbox/holds-programs", test_holds_programs);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		g_test_add_data_func(name[i], &cases[i], test_attempts);
	return g_test_run();
}
