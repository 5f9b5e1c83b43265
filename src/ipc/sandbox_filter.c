/* Which system calls a cell may make. Workers and programs get a list of what they need and EPERM for the rest; what our own
 * worker never asks for ends it at once, so that an intruder has one try. */
#include "ipc/sandbox_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Open descriptors, memory, clocks, the end. */
static const char *const basic[] = { "brk", "clock_getres", "clock_gettime", "clock_nanosleep", "close", "exit", "exit_group",
	"futex", "getegid", "geteuid", "getgid", "getpid", "getrandom", "getrusage", "gettid", "gettimeofday", "getuid", "lseek",
	"madvise", "membarrier", "mremap", "munmap", "nanosleep", "poll", "ppoll", "read", "readv", "restart_syscall", "rseq",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sched_getaffinity", "sched_yield", "set_robust_list", "sigaltstack",
	"sysinfo", "time", "times", "write", "writev" };
/* To be loaded, and to read files of the system. */
static const char *const reading[] = { "access", "arch_prctl", "dup", "dup2", "dup3", "faccessat", "faccessat2", "fadvise64",
	"fstat", "fstatfs", "getcwd", "getdents64", "getrlimit", "getppid", "lstat", "mmap", "mprotect", "newfstatat", "pipe2",
	"pread64", "preadv", "readlink", "readlinkat", "set_tid_address", "stat", "statfs", "statx", "umask", "uname" };
/* Sanitizers look into their own process at the end, by way of a helper. */
static const char *const sanitizing[] = { "clone", "getdents64", "kill", "mmap", "mprotect", "newfstatat", "openat", "pipe2",
	"prctl", "prlimit64", "ptrace", "readlink", "setrlimit", "tgkill", "wait4" };
/* Our parsers never ask for these; programs of others may, and go on without (a name service, say). */
static const char *const fatal[] = { "accept", "accept4", "bind", "bpf", "connect", "execve", "fork", "init_module",
	"io_uring_setup", "kexec_load", "listen", "mount", "open_by_handle_at", "perf_event_open", "pidfd_getfd", "process_vm_readv",
	"process_vm_writev", "sendmsg", "sendto", "setns", "socket", "socketpair", "unshare", "userfaultfd", "vfork" };
static const char *const fatal_unless_sanitizing[] = { "kill", "ptrace", "tkill" };
/* The nursery passes descriptors and makes processes; it reaches nobody. */
static const char *const reaching[] = { "accept", "accept4", "bind", "connect", "listen", "ptrace", "socket", "socketpair", "tkill" };
/* A descriptor has more commands than these: some send signals. */
static const int descriptor_commands[] = { F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL };
/* For the cell of a program where there is no Landlock. */
static const char *const mounting[] = { "mount", "pivot_root", "umount2", "unshare" };

static const struct {
	const char *const *name;
	gsize count;
} lists[] = { { basic, G_N_ELEMENTS(basic) }, { reading, G_N_ELEMENTS(reading) }, { sanitizing, G_N_ELEMENTS(sanitizing) },
	{ fatal, G_N_ELEMENTS(fatal) }, { fatal_unless_sanitizing, G_N_ELEMENTS(fatal_unless_sanitizing) },
	{ reaching, G_N_ELEMENTS(reaching) }, { mounting, G_N_ELEMENTS(mounting) } };

const char *
fn_cell_unknown(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
		for (gsize j = 0; j < lists[i].count; j++)
			if (seccomp_syscall_resolve_name(lists[i].name[j]) == __NR_SCMP_ERROR)
				return lists[i].name[j];
	return NULL;
}

#define ADD(filter, action, names) fn_seccomp_add(filter, action, names, G_N_ELEMENTS(names))
#define COUNT(...) ((guint)(sizeof((struct scmp_arg_cmp[]){ __VA_ARGS__ }) / sizeof(struct scmp_arg_cmp)))
#define RULE(filter, action, call, ...) (seccomp_rule_add(filter, action, SCMP_SYS(call), COUNT(__VA_ARGS__), __VA_ARGS__) == 0)

/* At an address that differs from start to start and that the program which is started cannot know. */
static const char nothing[1] = "";

void
fn_cell_execute(int program, char *const *arguments, char *const *environment)
{
	syscall(SYS_execveat, program, nothing, arguments, environment, AT_EMPTY_PATH);
}

/* What both kinds may do in one form only: end themselves with abort(), name themselves, ask for limits, leave clone3. */
static gboolean
add_forms(scmp_filter_ctx filter)
{
	gboolean added = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
		RULE(filter, SCMP_ACT_ALLOW, prlimit64, SCMP_A2(SCMP_CMP_EQ, 0));

	if (added && !FN_SANITIZED)
		added = RULE(filter, SCMP_ACT_ALLOW, tgkill, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())) &&
			RULE(filter, SCMP_ACT_ALLOW, prctl, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME)) &&
			ADD(filter, SCMP_ACT_KILL_PROCESS, fatal_unless_sanitizing);
	return added;
}

/* Memory that can be executed is made by a loader, never by a parser. */
static gboolean
fill_worker(scmp_filter_ctx filter)
{
	gboolean filled = ADD(filter, SCMP_ACT_ALLOW, basic) && ADD(filter, SCMP_ACT_KILL_PROCESS, fatal) && add_forms(filter) &&
		seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(execveat), 0) == 0;

	if (filled && FN_SANITIZED)
		return ADD(filter, SCMP_ACT_ALLOW, sanitizing);
	return filled && RULE(filter, SCMP_ACT_ALLOW, mmap, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) &&
	       RULE(filter, SCMP_ACT_ALLOW, mprotect, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

static gboolean
add_reading(scmp_filter_ctx filter)
{
	const scmp_datum_t changing = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
	gboolean added = TRUE;

	for (gsize i = 0; added && i < G_N_ELEMENTS(descriptor_commands); i++)
		added = RULE(filter, SCMP_ACT_ALLOW, fcntl, SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)descriptor_commands[i]));
	return added && ADD(filter, SCMP_ACT_ALLOW, reading) && RULE(filter, SCMP_ACT_ALLOW, open, SCMP_A1(SCMP_CMP_MASKED_EQ, changing, 0)) &&
	       RULE(filter, SCMP_ACT_ALLOW, openat, SCMP_A2(SCMP_CMP_MASKED_EQ, changing, 0)) &&
	       RULE(filter, SCMP_ACT_ALLOW, ioctl, SCMP_A1(SCMP_CMP_EQ, FIONREAD));
}

/* The one execution is told from all later ones by the descriptor, which is closed by it, and by an address. */
static gboolean
fill_program(scmp_filter_ctx filter, int program)
{
	const scmp_datum_t place = (scmp_datum_t)(gsize)nothing;

	return ADD(filter, SCMP_ACT_ALLOW, basic) && add_reading(filter) && add_forms(filter) &&
	       (!FN_SANITIZED || ADD(filter, SCMP_ACT_ALLOW, sanitizing)) &&
	       seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(execve), 0) == 0 &&
	       RULE(filter, SCMP_ACT_KILL_PROCESS, execveat, SCMP_A1(SCMP_CMP_NE, place)) &&
	       RULE(filter, SCMP_ACT_ALLOW, execveat, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)program), SCMP_A1(SCMP_CMP_EQ, place),
		       SCMP_A4(SCMP_CMP_EQ, AT_EMPTY_PATH));
}

static gboolean
fill_nursery(scmp_filter_ctx filter)
{
	gsize count;
	const char *const *dangerous = fn_seccomp_dangerous(&count);
	gboolean filled = ADD(filter, SCMP_ACT_ERRNO(EPERM), reaching);

	for (gsize i = 0; filled && i < count; i++) {
		gboolean needed = FALSE;

		for (gsize j = 0; j < G_N_ELEMENTS(mounting) && fn_landlock_version() == 0; j++)
			needed |= g_str_equal(dangerous[i], mounting[j]);
		filled = needed || fn_seccomp_add(filter, SCMP_ACT_ERRNO(EPERM), &dangerous[i], 1);
	}
	return filled;
}

gboolean
fn_cell_filter(FnCellKind kind, int program, GError **error)
{
	scmp_filter_ctx filter = seccomp_init(kind == FN_CELL_NURSERY ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM));
	gboolean loaded = filter != NULL && seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0;

	if (loaded)
		loaded = kind == FN_CELL_WORKER ? fill_worker(filter)
			: kind == FN_CELL_PROGRAM ? fill_program(filter, program) : fill_nursery(filter);
	loaded = loaded && seccomp_load(filter) == 0;
	if (!loaded)
		g_set_error(error, FN_CONFINE_ERROR, FN_CONFINE_ERROR_SECCOMP,
			"the filter of system calls cannot be loaded: the kernel needs CONFIG_SECCOMP_FILTER");
	if (filter != NULL)
		seccomp_release(filter);
	return loaded;
}
